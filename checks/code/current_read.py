"""Whether a read returns what was just written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from checks.code.answers import problem_with
from checks.facts.evidence import (
    Asked,
    Code,
    QuestionName,
    code_of,
    reads_of,
    refuse,
    refuse_failures,
    resting_on,
    shown,
)
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.driving.scenario import JUST_WRITTEN, LITTLE, Question

CONSISTENCY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"


@check(
    "code.current_read",
    example={"driven": "store", "question": "inventory_level"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=CONSISTENCY,
    phases=(LITTLE, JUST_WRITTEN),
)
@resting_on(lambda scenario, question: (question, *scenario.questions[question].written_by))
def current_read(context: Context, question: QuestionName) -> Passed:
    """A question right after a write is answered with the new value.

    A read that is not consistent, or that uses an index, may return the old value for a moment. The report remarks on
    it and takes no points.
    """
    code = code_of(context)
    asked = replace(code.scenario.questions[question], singly="")
    writer, what = asked.writer, asked.answers
    refuse_failures(code, asked.written_by)
    asks = [one for one in code.asked(question) if one.called.phase == JUST_WRITTEN]
    if not asks:
        raise Undetermined(f"The {what} was never asked for right after it was set.", resource=code.resource)
    before: dict[str, list[Any]] = defaultdict(list)
    late = False
    for one in code.asked(question):
        earlier = before[repr(one.called.arguments)]
        if one.called.phase != JUST_WRITTEN:
            earlier.append(one.expected)
            continue
        if one.called.failure is not None:
            refuse(code, one.called)
        problem = problem_with(code, asked, one, {})
        late = late or problem is not None
        if problem is not None and not _is_late(code, asked, one, earlier):
            raise Failed(
                f"{question} does not return what was set a moment before. {problem.says}",
                expected=problem.expected,
                actual=problem.actual,
                resource=code.resource,
                remedy=f"Make {writer} write what {question} reads, with GetItem and ConsistentRead=True.",
                **shown(code.driven, one.called),
            )
        earlier.append(one.expected)
    eventual = [read for one in asks for read in reads_of(one.called) if not read.consistent]
    remark = (
        " Remark: the read is eventually consistent"
        + (f", with the index {eventual[0].index}" if eventual[0].index else "")
        + ". On AWS it may return the old value for a moment; with ConsistentRead=True on the table it never does."
        if eventual
        else ""
    )
    current = f"The {what} is current: right after it was set, the answer was the new value."
    told_late = f"Right after the {what} was set, the answer was still the old value."
    return Passed(f"{told_late if late else current}{remark}", resource=code.resource)


def _is_late(code: Code, question: Question, one: Asked, before: list[Any]) -> bool:
    """Whether an answer is an old one, from a read that may be old for a moment.

    Args:
        before: the right answers before.
    """
    reads = reads_of(one.called)
    if not reads or [read for read in reads if read.consistent]:
        return False
    return bool([old for old in before if problem_with(code, question, replace(one, expected=old), {}) is None])
