"""Whether calls in any order agree with a lab's model."""

from __future__ import annotations

from checks.facts.evidence import code_of, resting_on, shown
from checks.facts.trials import by_part, trials
from harness.checking.check import Context, Failed, Passed, Unsupported, check
from harness.driving.agreement import first_mismatch, wrong_before
from harness.driving.scenario import LITTLE, MUCH, SEQUENCES
from harness.usage import counted

CONSISTENCY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"


@check(
    "code.sequences",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=CONSISTENCY,
    phases=(LITTLE, MUCH, SEQUENCES),
)
@resting_on(lambda scenario: (*scenario.methods, *scenario.readers))
def sequences(context: Context) -> Passed:
    """Calls of all methods, in a random order, come to what a model says.

    Two processes make the calls in turn. If one call comes to something else, calls are left out as long as it still
    does, so that the finding shows a short sequence to repeat. Answers that were wrong before other calls are judged
    elsewhere.
    """
    code = code_of(context)
    if not code.in_phases(SEQUENCES):
        raise Unsupported("On this target, indexes return what was written only after a moment.")
    parts = by_part(trials(code, SEQUENCES))
    ignored = wrong_before(code.scenario, code.evidence)
    for calls in sorted(parts, key=len):
        wrong = first_mismatch(code.scenario, code.evidence.today, calls, ignored)
        if wrong is None:
            continue
        number, problem = wrong
        called = calls[number]
        raise Failed(
            f"In a sequence of {counted(number + 1, 'call')}, {problem}.",
            expected="what the model says: each method does what the task says, whatever was called before",
            actual=problem,
            resource=code.resource,
            remedy="Repeat the calls below, and look at the table after each.",
            **shown(code.driven, called, called.phase, calls[:number]),
        )
    return Passed(f"The calls of {counted(len(parts), 'sequence')} agree with the model.", resource=code.resource)
