"""What the checks of code share: the evidence, with what the scenario says about it, and how failed calls are shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, TypedDict

from checks.facts.tables import Table, listed
from harness.account.errors import DENIED_CODES, GAP_STATUS, NOT_ALLOWED_CODE, THROTTLED_CODES, TOOL_FAULT_CODE, Denied
from harness.account.reads import ITEM_READS, ITEM_WRITES, STATEMENTS
from harness.checking.check import CheckFunction, Context, Failed, NotAllowed, Passed, Undetermined, UsedGap
from harness.checking.parameters import Schema
from harness.driving.agreement import raised
from harness.driving.evidence import ENVIRONMENT_ROLE, SESSION_ROLE, START, CallRecord, Evidence, Exchange, in_phases
from harness.driving.scenario import BEFORE_EXPIRY, Driven, Scenario
from harness.submission.caller import FailureKind
from harness.usage import shortened


class Shown(TypedDict):
    """The arguments of an Outcome that show a call, and where in the submission it happened."""

    detail: str
    file: str
    line: int


ERROR_CHARACTERS = 300

QuestionName = Annotated[str, Schema(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
"""A question's name: that of a method or function in the scenario that answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its right answer: what the model says at that moment."""

    called: CallRecord
    expected: Any


@dataclass(frozen=True, slots=True)
class Code:
    """The code that was called, the evidence about it, and the ARN of its first table (its file, if it uses no
    table)."""

    driven: Driven
    evidence: Evidence
    resource: str

    @property
    def scenario(self) -> Scenario:
        return self.driven.scenario

    @property
    def tables(self) -> str:
        """Its tables, as a sentence names them."""
        return " and ".join(self.driven.tables) or "the table"

    def asked(self, *methods: str) -> list[Asked]:
        """The calls of methods that answer, before anything expires, in their order."""
        return [one for one in _asked(self.driven, self.evidence) if one.called.method in methods]

    def in_phases(self, *phases: str) -> list[CallRecord]:
        """The calls of some phases, in their order."""
        return in_phases(self.evidence.calls, *phases)

    def compared(self, called: CallRecord) -> Any:
        """The value of a call for comparison: without the attributes that may be returned or not."""
        entities = self.scenario.entities.values()
        free = {name for one in entities if one.given_back_by == called.method for name in one.left_free}
        if not free or not isinstance(called.value, Mapping):
            return called.value
        return {name: value for name, value in called.value.items() if name not in free}

    def reads_tables(self, called: CallRecord) -> bool:
        """Whether a call read one of its tables."""
        return bool([read for read in reads_of(called) if {*read.tables} & {*self.driven.tables}])


@functools.lru_cache(maxsize=8)
def _asked(driven: Driven, evidence: Evidence) -> tuple[Asked, ...]:
    """All questions. The model has seen every earlier write, also those that failed: that is what should be known."""
    scenario = driven.scenario
    model = scenario.model(evidence.today)
    found = []
    for called in evidence.calls:
        if called.phase == BEFORE_EXPIRY:
            break
        if called.phase == START or called.part:  # what has parts has data of its own, and is judged by itself
            continue
        if called.method not in scenario.methods:
            raise Undetermined(f"The evidence holds an unexpected call: {shortened(called.method)}.")
        expected = getattr(model, called.method)(*called.arguments)
        if called.method in scenario.readers:
            found.append(Asked(called, list(expected) if isinstance(expected, list) else expected))
    return tuple(found)


def code_of(context: Context) -> Code:
    """What a check of code judges.

    Raises:
        Failed: the submission's code cannot be used at all.
    """
    driven = context.driven
    resource = driven.file
    for name in driven.tables[:1]:
        resource = Table(context, name).arn
    code = Code(driven, context.evidence, resource)
    if code.evidence.failed_start is not None:
        refuse(code, code.evidence.failed_start)
    return code


def refuse_failures(code: Code, methods: Collection[str]) -> None:
    """Raises if a call of one of these methods returned no value, in a phase without parts."""
    failed = [one for one in code.evidence.calls if not one.part and one.method in methods and one.failure is not None]
    if failed:
        earlier = code.scenario.rests_on.get(failed[0].method, ())
        causes = [
            one for one in code.evidence.calls if not one.part and one.method in earlier and one.failure is not None
        ]
        first, *others = causes or failed
        refuse(code, first, times=1 + len(others))


def resting_on(methods: Callable[..., Iterable[str]]) -> Callable[[CheckFunction], CheckFunction]:
    """Decorates a check of code, so that a submission is not blamed if a method that the check judges met something
    that the target lacks, or at which the tool failed, and continued: what follows may be a result of that.

    Args:
        methods: returns, for the scenario and the check's parameters, the methods on which the check depends.
    """

    def decorate(judge: CheckFunction) -> CheckFunction:
        @functools.wraps(judge)
        def judged(context: Context, **parameters: Any) -> Passed:
            try:
                return judge(context, **parameters)
            except Failed as failed:
                scenario = context.driven.scenario
                _refuse_unanswered(context, frozenset(methods(scenario, **parameters)), failed)
                raise

        return judged

    return decorate


def _refuse_unanswered(context: Context, methods: Collection[str], failed: Failed) -> None:
    """Raises if one of these methods, or one on which they depend, asked for what the target could not answer."""
    driven = context.driven
    concerned = {*methods, *(other for one in methods for other in driven.scenario.rests_on.get(one, ()))}
    for called in context.evidence.calls:
        for one in called.exchanges if called.method in concerned else ():
            what = f"{called.method} asked for {one.service} {one.operation}"
            if one.status == GAP_STATUS:
                raise UsedGap(
                    f"Not decided, because {what}, which this target lacks. So far: {failed.message}",
                    resource=failed.statement.resource,
                    remedy=f"Write {called.method} without {one.operation}, or grade on a target that has it.",
                    **shown(driven, called),
                ) from failed
            if one.code == TOOL_FAULT_CODE:
                raise Undetermined(
                    f"Not decided, because {what}, at which this tool itself failed. So far: {failed.message}",
                    resource=failed.statement.resource,
                    remedy="Please report it, with the submission: it is a bug of this tool.",
                    **shown(driven, called),
                ) from failed


def refuse(code: Code, called: CallRecord, *, times: int = 1) -> NoReturn:
    """Raises what a failed call means: usually that the submission is wrong.

    Args:
        times: how often the method failed.
    """
    failure, driven, resource = called.failure, code.driven, code.resource
    if failure is None:
        raise ValueError("this call did not fail")
    last = called.exchanges[-1] if called.exchanges else None
    refuse_target(code, called)
    if failure.kind is FailureKind.OUT_OF_TIME:
        raise Undetermined(
            f"{called.method} did not finish: {_sentence(failure.summary)}",
            expected="all calls end within --timeout",
            actual=f"{failure.kind}: {_sentence(failure.summary)}",
            resource=resource,
            remedy="Grade again with a longer --timeout, or on a less busy machine.",
            **shown(driven, called),
        )
    where = shown(driven, called)
    if failure.traceback:
        where["detail"] += f"\n{failure.traceback}"
    again = f" This and {times - 1} more of its calls failed." if times > 1 else ""
    if called.phase == START:
        message = f"The code cannot be used: {_sentence(failure.summary)}"
        what = f"holds a class {driven.class_name} that can be imported and created"
        expected = f"{driven.file} {what if driven.class_name else 'can be imported'}"
        remedy = START_REMEDIES.get(failure.summary.partition(":")[0], REMEDIES[failure.kind])
    else:
        fault = "" if last is None or not last.injected else f" It does not handle {_fault(last)}."
        message = f"{called.method} failed: {_sentence(failure.summary)}{fault}{again}"
        expected = f"{called.method} returns plain data, without an error"
        remedy = REMEDIES[failure.kind]
    raise Failed(
        message,
        expected=expected,
        actual=f"{failure.kind}: {_sentence(failure.summary)}",
        resource=resource,
        remedy=remedy.format(file=driven.file, module=driven.module, holds=_holds(driven)),
        **where,
    )


def _fault(exchange: Exchange) -> str:
    """What DynamoDB is made to answer in a scenario, in words."""
    answer = exchange.code or "an answer that leaves a part of the batch undone"
    return f"{answer}, which {exchange.operation} may answer at any time"


def _holds(driven: Driven) -> str:
    """What a submission's file must hold."""
    return f"a class {driven.class_name} that has every method" if driven.class_name else "every function"


def shown(driven: Driven, called: CallRecord, when: str = "", before: Sequence[CallRecord] = ()) -> Shown:
    """What an Outcome shows of a call: the call itself, after those that came before it, and where in the submission it
    failed, or where its method is."""
    return {"detail": pasted(driven, called, when, before), "file": called.place.file, "line": called.place.line}


def pasted(driven: Driven, called: CallRecord, when: str = "", before: Sequence[CallRecord] = ()) -> str:
    """A call as a finding's detail shows it, with the code that makes its object, and with what was printed."""
    told = f" ({when})" if when else ""
    calls = [] if called.phase == START else [one.call.python(driven.subject) for one in (*before, called)]
    needed = [line for name, line in IMPORTS.items() if [call for call in calls if name in call]]
    lines = [*needed, *_made_by_hand(driven), *calls]
    where = "where provision.py has run, with its environment" if driven.tables else "in the submission's folder"
    text = f"The call{'s' if before else ''}{told}, as Python code to run {where}:\n\n"
    text += "\n".join(lines) + "\n"
    if called.output.strip():
        text += f"\n--- the end of what it printed ---\n{called.output.rstrip()}\n"
    return text


IMPORTS = {"Decimal(": "from decimal import Decimal", "datetime.": "import datetime"}


def _made_by_hand(driven: Driven) -> list[str]:
    """The code that makes the object, or that imports the module."""
    package, _, module = driven.module.rpartition(".")
    if not driven.class_name:
        return [f"from {package} import {module}" if package else f"import {module}"]
    arguments = [*driven.made_with, *(["boto3.Session()"] if driven.session else [])]
    return [
        *(["from os import environ"] if "environ[" in "".join(arguments) else []),
        *(["import boto3"] if driven.session else []),
        f"from {driven.module} import {driven.class_name}",
        f"{driven.subject} = {driven.class_name}({', '.join(arguments)})",
    ]


REMEDIES = {
    FailureKind.RAISED: "See the traceback, which shows only your own lines. The call above it repeats the error.",
    FailureKind.MISSING: "Write {file} with {holds} of the starter, with the same names.",
    FailureKind.NOT_PLAIN: "Return lists, dictionaries, texts, Decimal, int, bool and None; no objects of your own, and "
    "no more than the method is asked for.",
    FailureKind.HUNG: "Look for what it waits for: a lock, an event, input, or a connection to somewhere else.",
    FailureKind.TOO_MUCH_CPU: "Look for a loop that never ends.",
    FailureKind.TOO_MANY_REQUESTS: "Look for a loop that never ends, such as pages that are asked for with the same "
    "start key, or a request that is repeated until it succeeds.",
    FailureKind.ENDED: "Leave out sys.exit and os._exit, and what uses too much memory (the limit is 4 GiB).",
    FailureKind.GARBLED: "Do not touch file descriptors that your code did not open.",
}
"""What to do about a call that failed."""

START_REMEDIES = {
    "ModuleNotFoundError": "Import only the standard library, the packages of requirements.txt, and your own files beside {file}.",
    "SyntaxError": "Correct the line in the message, or save the file as UTF-8. To try it, in the submission's folder: python -c 'import {module}'",
}
"""What to do about an error that occurs when the code is imported, by its name."""


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= ERROR_CHARACTERS else f"{line[: ERROR_CHARACTERS - 3]}..."
    return line if line.endswith((".", "!", "?")) else f"{line}."


def refuse_target(code: Code, called: CallRecord) -> None:
    """Raises if a call ended at something that this target cannot do or does not allow. That says nothing about the
    code."""
    last = called.exchanges[-1] if called.exchanges else None
    if not raised(called) or last is None or last.succeeded or last.injected:
        return
    driven, resource = code.driven, code.resource
    what = f"{last.service} {last.operation}"
    if last.operation in STATEMENTS:
        raise UsedGap(
            f"{called.method} uses PartiQL ({last.operation}), which is not supported here.",
            actual=last.condition,
            resource=resource,
            remedy="Use GetItem, Query and the other operations that name keys; then it can be graded.",
        )
    if last.code == NOT_ALLOWED_CODE:
        raise NotAllowed(
            f"{called.method} asked for {what}, which this target does not allow.",
            actual=last.condition or ", ".join(last.tables),
            resource=resource,
            remedy="Only new items of the lab's table may be written there. Grade on the embedded account.",
        )
    if last.status == GAP_STATUS:
        raise UsedGap(
            f"{called.method} ended when it asked for {what}, which this target lacks.",
            actual=last.code,
            resource=resource,
            remedy=f"Write {called.method} without {last.operation}, or grade on a target that has it.",
        )
    if last.code == TOOL_FAULT_CODE:
        raise Undetermined(
            f"{called.method} ended when it asked for {what}, at which this tool itself failed. That says nothing about "
            f"{called.method}.",
            actual=last.condition or last.code,
            resource=resource,
            remedy="Please report it, with the submission: it is a bug of this tool.",
            **shown(driven, called),
        )
    if last.status >= 500 or last.status == 0:
        raise Undetermined(
            f"{called.method} ended when it asked for {what}, to which this target gave no usable answer "
            f"({f'HTTP {last.status}' if last.status else 'the connection was closed'}).",
            actual=last.code,
            resource=resource,
            remedy="Check the connection and the endpoint, and run again.",
        )
    if last.role in (SESSION_ROLE, ENVIRONMENT_ROLE) and last.code in DENIED_CODES:
        raise Denied(last.service, last.operation, {"TableName": next(iter(last.tables), "")}, last.code, "")
    if last.code in THROTTLED_CODES:
        raise Undetermined(
            f"{called.method} was throttled when it asked for {what}. That says nothing about how it works.",
            actual=last.code,
            resource=resource,
        )


def reads_of(called: CallRecord) -> list[Exchange]:
    """The successful reads of items in a call."""
    return _succeeded(called, ITEM_READS)


def writes_of(called: CallRecord) -> list[Exchange]:
    """The successful writes of items in a call."""
    return _succeeded(called, ITEM_WRITES)


def _succeeded(called: CallRecord, operations: Collection[str]) -> list[Exchange]:
    return [
        one for one in called.exchanges if one.service == "dynamodb" and one.operation in operations and one.succeeded
    ]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an answer or its cost, in words for its author. A higher `weight` is worse."""

    says: str
    expected: str
    actual: str
    remedy: str
    weight: int = 0


def memory_problem(code: Code, called: CallRecord) -> Problem | None:
    """What is wrong with an answer that holds something although the call did not read the table."""
    if called.value in (None, []) or not code.driven.tables or code.reads_tables(called):
        return None
    return Problem(
        "answered without reading the table.",
        f"a read of {code.tables} for each answer that holds something",
        f"requests: {listed(sorted({one.operation for one in called.exchanges})) or 'none'}",
        "Answer from the table each time: another process must find everything there, also what is new.",
    )


def refuse_from_memory(code: Code, called: CallRecord) -> None:
    """Raises if an answer holds something although the call did not read the table."""
    problem = memory_problem(code, called)
    if problem is not None:
        raise Failed(
            f"{called.method} {problem.says}",
            expected=problem.expected,
            actual=problem.actual,
            resource=code.resource,
            remedy=problem.remedy,
            **shown(code.driven, called, called.phase),
        )


def described(exchange: Exchange) -> str:
    """A read as a finding shows it: where it looked, with which condition, and what that cost."""
    where = f" of index {exchange.index}" if exchange.index else ""
    condition = f" where {exchange.condition}" if exchange.condition else ""
    filtered = f", filtered by {exchange.filter}" if exchange.filter else ""
    return (
        f"{exchange.operation}{where}{condition}{filtered}: "
        f"{exchange.examined} examined, {exchange.returned} returned, {exchange.size} bytes"
    )
