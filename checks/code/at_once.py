"""Whether calls of several clients at once, or calls that meet conflicts, come to what single calls would."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

from checks.facts.evidence import Code, code_of, refuse, resting_on, shown
from checks.facts.tables import listed
from checks.facts.trials import (
    Part,
    by_part,
    effects,
    lost_answer,
    possible,
    table,
    told_key,
    trials,
    wrong_reading,
)
from harness.account.reads import ITEM_WRITES
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.driving.agreement import applied, wrong_before
from harness.driving.evidence import CallRecord
from harness.driving.scenario import AFTERWARDS, AT_ONCE, CONFLICTS, LITTLE, MEANWHILE, MUCH, READY
from harness.usage import counted

CONDITIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html"
CONFLICTING = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"
AGAIN = "read again what is needed, and try again at least three times"


@check(
    "code.at_once",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=f"{CONDITIONS}#WorkingWithItems.ConditionalUpdate",
    phases=(LITTLE, MUCH, AT_ONCE),
)
@resting_on(lambda scenario: (*scenario.writes.values(), *scenario.readers))
def at_once(context: Context) -> Passed:
    """Calls of several clients at once come to what they would come to one after another, in some sequence.

    Each client is a process of its own. Their requests are held back and answered in many sequences: for two clients in
    all that their first requests can have, and for more in random ones. Nothing is given away twice, nothing is lost or
    half written, and nobody is refused who need not be. No client loses against the others more than three times in a
    row. A finding shows the shortest sequence of requests that went wrong.
    """
    code = code_of(context)
    calls = trials(code, READY, AT_ONCE, MEANWHILE, AFTERWARDS)
    ignored = wrong_before(code.scenario, code.evidence)
    for one in calls:
        if one.phase == READY and one.failure is not None:
            refuse(code, one)
    parts = [
        Part(
            *(tuple(one for one in several if one.phase == phase) for phase in (READY, AT_ONCE, MEANWHILE, AFTERWARDS))
        )
        for several in by_part(calls)
    ]
    wrong: list[tuple[Part, Failed]] = []
    for part in parts:
        try:
            _refuse_part(code, part, ignored)
        except Failed as failed:
            wrong.append((part, failed))
    if wrong:
        _, shortest = min(wrong, key=lambda one: len(one[0].exchanges))
        raise shortest
    return Passed(
        f"In {counted(len(parts), 'trial')}, calls at once come to what they would come to one after another.",
        resource=code.resource,
    )


def _refuse_part(code: Code, part: Part, ignored: frozenset[str]) -> None:
    low = _below(code, part)
    if low is None and possible(code, part, ignored):
        return
    method = part.calls[0].method
    crowd = f"When {len(part.calls)} clients call {method} at once"
    returned = replace(part, calls=tuple(one for one in part.calls if one.failure is None), afterwards=())
    if not possible(code, returned, ignored):
        raise _failed(
            code,
            part,
            f"{crowd}, it accepts what it must refuse: {_first_refusal(code, returned)}.",
            f"{method} raises, as it would if the clients came one after another",
            "Check and take in one request: a ConditionExpression on the item from which something is taken. What was read "
            "before may no longer be true.",
        )
    if low is not None:
        raise _failed(
            code,
            part,
            f"{crowd}, {low.method} answers {low.value} meanwhile.",
            f"never less than {code.scenario.questions[low.method].least}",
            "Refuse the write with a condition. Who writes first and looks afterwards may have given away too much.",
        )
    if possible(code, part, ignored, raising=True):
        refused = next(one for one in part.calls if one.failure is not None)
        raise _failed(
            code,
            part,
            f"{crowd}, one of them fails, although it could succeed: {refused.failure and refused.failure.summary}.",
            f"{method} succeeds: whoever loses against another client tries again",
            f"A write that lost against another client is no refusal: {AGAIN}.",
            refused,
        )
    raise _failed(
        code,
        part,
        f"{crowd}, {_first_misreading(code, part, ignored)} afterwards.",
        "what the accepted calls would have left one after another",
        "Let DynamoDB calculate (SET stock = stock - :n), with a condition, and write everything in one transaction. A "
        "number that was read before may be old when it is written.",
    )


def _failed(code: Code, part: Part, says: str, expected: str, remedy: str, called: CallRecord | None = None) -> Failed:
    called = called or part.calls[0]
    where = shown(code.driven, called, called.phase, [*part.ready, *(one for one in part.calls if one is not called)])
    where["detail"] = f"Which request was answered when:\n\n{table(part)}\n\n{where['detail']}"
    outcomes = [f"{part.name_of(one)}: {one.failure.summary if one.failure else 'accepted'}" for one in part.calls]
    return Failed(says, expected=expected, actual="; ".join(outcomes), resource=code.resource, remedy=remedy, **where)


def _below(code: Code, part: Part) -> CallRecord | None:
    """A reading that is lower than anything can be."""
    for one in (*part.meanwhile, *part.afterwards):
        question = code.scenario.questions.get(one.method)
        least = None if question is None else question.least
        number = isinstance(one.value, int | Decimal) and Decimal(one.value).is_finite()
        if least is not None and number and one.value < least:
            return one
    return None


def _first_refusal(code: Code, part: Part) -> str:
    """Why the model refuses the first of the calls that it cannot accept after the others."""
    model = code.scenario.model(code.evidence.today)
    told = [applied(model, one).refusal for one in (*part.ready, *part.calls)]
    return next(one for one in told if one)


def _first_misreading(code: Code, part: Part, ignored: frozenset[str]) -> str:
    """What was read wrongly after the accepted calls, in a sequence in which the model accepts them."""
    problems = []
    for sequence in itertools.permutations([one for one in part.calls if True in effects(one)]):
        model = code.scenario.model(code.evidence.today)
        if not [one for one in (*part.ready, *sequence) if applied(model, one).refusal]:
            problems.append(wrong_reading(code, model, part.afterwards, ignored))
    wrong = next((one for one in problems if one is not None), None)
    return (
        "what was read is wrong"
        if wrong is None
        else f"{wrong[1]} (asked about {', '.join(map(str, wrong[0].arguments))})"
    )


@check(
    "code.conflicts",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=f"{CONFLICTING}#transaction-conflict-handling",
    phases=(LITTLE, MUCH, CONFLICTS),
)
@resting_on(lambda scenario: (*scenario.writes.values(), *scenario.readers))
def conflicts(context: Context) -> Passed:
    """A write that meets a conflict, throttling or a lost answer is done once, or raises and is not done.

    DynamoDB is made to answer as it may at any time: the transaction is cancelled because of another one, or because an
    item gets too many requests; a transaction with the same token is still in progress; the table is throttled; the
    answer to a write that took effect is lost. The code may try again or raise. Who tries again after a lost answer must
    not report as refused what was written.
    """
    code = code_of(context)
    ignored = wrong_before(code.scenario, code.evidence)
    calls = trials(code, CONFLICTS)
    met = []
    for several in by_part(calls):
        place = next((number for number, one in enumerate(several) if one.changes is not None), None)
        if place is None:
            raise Undetermined("No call was watched: the evidence is from another version of this tool.")
        called = several[place]
        for one in several[:place]:
            if one.failure is not None:
                refuse(code, one)
        if _met(called):
            met.append(called)
            _refuse_conflict(code, Part(tuple(several[:place]), (called,), (), tuple(several[place + 1 :])), ignored)
    if not met:
        first = next(one for one in calls if one.changes is not None)
        if first.failure is not None:
            refuse(code, first)
        raise Failed(
            f"{first.method} sends no transaction that could meet a conflict.",
            expected="one TransactWriteItems for each call",
            actual=f"requests: {listed([one.operation for one in first.exchanges]) or 'none'}",
            resource=code.resource,
            remedy="Collect the writes, each with its condition, and send them as the TransactItems of one "
            "transact_write_items.",
            **shown(code.driven, first, first.phase),
        )
    gave_up = [one for one in met if one.failure is not None and _met(one) == "TransactionConflict"]
    remark = f" Remark: {gave_up[0].method} gives up at a TransactionConflict. Better: {AGAIN}." if gave_up else ""
    return Passed(
        f"Nothing is half done or done twice, in {counted(len(met), 'call')} that met a fault.{remark}",
        resource=code.resource,
    )


def _refuse_conflict(code: Code, part: Part, ignored: frozenset[str]) -> None:
    [called] = part.calls
    how = f"When it meets {_met(called)}, {called.method}"
    if called.failure is not None and called.changes and lost_answer(called) is None:
        raise _failed(
            code,
            part,
            f"{how} raises, but leaves {counted(len(called.changes), 'item')} changed: "
            f"{listed([told_key(one.key) for one in called.changes[:3]])}.",
            "every item as it was before the call",
            "Write everything in one transaction, and take back what you wrote besides, such as a lock, in a finally block.",
        )
    returned = replace(part, calls=tuple(one for one in part.calls if one.failure is None), afterwards=())
    if not possible(code, returned, ignored):
        raise _failed(
            code,
            part,
            f"{how} returns, although it must refuse this call: {_first_refusal(code, returned)}.",
            "it raises, and changes nothing",
            "Let an exception leave the method whenever the transaction was not done.",
        )
    if not possible(code, part, ignored):
        raise _failed(
            code,
            part,
            f"{how} {'raises' if called.failure else 'returns'}, and {_first_misreading(code, part, ignored)} afterwards.",
            "the call is done once, or raises and is not done",
            "Send the same transaction again, whose conditions hold only once. If it still does not succeed, raise.",
        )
    if called.failure is not None and called.changes and _tried_again(called):
        raise _failed(
            code,
            part,
            f"{how} tries again, and then reports as refused what it wrote itself.",
            "it returns, because what it was asked for is done",
            "Leave the retry to boto3, which repeats the ClientRequestToken, or repeat a token of your own for this call; or "
            "read whether what exists is what this call wrote.",
        )


def _tried_again(called: CallRecord) -> bool:
    """Whether DynamoDB itself answered a write after the one whose answer was lost."""
    places = [number for number, one in enumerate(called.exchanges) if one.injected and one.status == 0]
    later = called.exchanges[places[0] + 1 :] if places else ()
    return bool([one for one in later if one.operation in ITEM_WRITES and not one.injected])


def _met(called: CallRecord) -> str:
    """What a call met, in words; empty if nothing."""
    one = next((one for one in called.exchanges if one.injected), None)
    if one is None:
        return ""
    return "a lost answer" if one.status == 0 else one.code.removeprefix("TransactionCanceledException: ")
