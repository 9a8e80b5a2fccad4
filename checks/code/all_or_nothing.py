"""Whether a method does all that it should, or raises and changes nothing; and with how many requests it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from checks.facts.evidence import Code, code_of, refuse, resting_on, shown
from checks.facts.tables import listed
from checks.facts.trials import before, told_key, trials
from harness.account.reads import ITEM_WRITES
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.checking.parameters import Schema
from harness.driving.agreement import Foreseen, foreseen, mismatch, wrong_before
from harness.driving.comparison import told
from harness.driving.evidence import CallRecord, Change, Exchange
from harness.driving.scenario import CONFLICTS, LITTLE, MUCH, ONE_BY_ONE
from harness.usage import counted, shortened

TRANSACTIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"
SHOWN = 3
MethodName = Annotated[str, Schema(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of a method or function that writes."""


@check(
    "code.all_or_nothing",
    example={"driven": "store", "method": "place_order"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=TRANSACTIONS,
    phases=(LITTLE, MUCH, ONE_BY_ONE),
)
@resting_on(lambda scenario, method: (method, *scenario.readers))
def all_or_nothing(context: Context, method: MethodName) -> Passed:
    """A method does all that it should, or raises and changes nothing.

    The lab's scenario calls it with what it must accept and with what it must refuse, and its model knows which is
    which. What another process reads afterwards must be what the model says. A call that must be refused raises, whatever
    the exception, and leaves all items as they were. Answers that were wrong before other calls are judged elsewhere.
    """
    code = code_of(context)
    calls = trials(code, ONE_BY_ONE)
    ignored = wrong_before(code.scenario, code.evidence)
    last, judged = "", []
    blocked: CallRecord | None = None
    for one in foreseen(code.scenario, code.evidence.today, calls):
        called = one.called
        if called.method in code.scenario.readers:
            if last == method and called.method not in ignored:
                _refuse_reading(code, calls, one, method)
            continue
        last = called.method
        if last == method:
            judged.append(one)
            _refuse_call(code, calls, one)
        elif called.failure is not None and not one.refusal:
            blocked = blocked or called
    if not [one for one in judged if one.called.failure is None]:
        if blocked is not None:  # nothing was there on which it could have worked
            refuse(code, blocked)
        raise Undetermined(f"{method} was never tried: the evidence is from another version of this tool.")
    return Passed(
        f"{method} does all or nothing: {counted(len(judged), 'call')} came to what they should.",
        resource=code.resource,
    )


def _refuse_call(code: Code, calls: Sequence[CallRecord], one: Foreseen) -> None:
    called = one.called
    where = shown(code.driven, called, called.phase, before(code, calls, called))
    if not one.refusal and called.failure is not None:
        if not called.exchanges or called.exchanges[-1].succeeded:
            refuse(code, called)
        where["detail"] += f"\n{called.failure.traceback}"
        raise Failed(
            f"{called.method} refuses what it must accept: {called.failure.summary}.",
            expected="it returns: no condition is broken",
            actual=called.failure.summary,
            resource=code.resource,
            remedy="Compare each condition with the calls below. Exactly enough is enough, and one item can have only one "
            "write in a transaction: add up what belongs to it.",
            **where,
        )
    if one.refusal and called.failure is None:
        raise Failed(
            f"{called.method} returns, although it must refuse this call: {one.refusal}.",
            expected="it raises, and changes nothing",
            actual=f"it returned {told(called.value)}; {_told_changes(called.changes or ())}",
            resource=code.resource,
            remedy="Give each write in the transaction the condition that must hold for it. DynamoDB then refuses all of "
            "them, and boto3 raises: let that exception, or one of your own, leave the method.",
            **where,
        )
    if one.refusal and called.changes:
        raise Failed(
            f"{called.method} raises, because {one.refusal}, but leaves changes behind: {_told_changes(called.changes)}.",
            expected="every item as it was before the call",
            actual=_told_changes(called.changes),
            resource=code.resource,
            remedy="Write everything in one transaction, which DynamoDB does wholly or not at all; then nothing is left "
            "to take back.",
            **where,
        )


def _refuse_reading(code: Code, calls: Sequence[CallRecord], one: Foreseen, method: str) -> None:
    called = one.called
    problem = mismatch(code.scenario, one)
    if problem is None:
        return
    if called.failure is not None:
        refuse(code, called)
    about = ", ".join(map(str, called.arguments))
    raise Failed(
        f"After {method}, {problem} (asked about {about}).",
        expected=f"what the calls of {method} that were accepted have left, and nothing of those that were refused",
        actual=problem,
        resource=code.resource,
        remedy=f"Let {method} write everything that {called.method} reads, in one transaction, and nothing if it raises.",
        **shown(code.driven, called, called.phase, before(code, calls, called)),
    )


def _told_changes(changes: Sequence[Change]) -> str:
    """What changed in the tables, in words."""
    if not changes:
        return "nothing changed in the table"
    several = [_told_change(one) for one in changes[:SHOWN]]
    more = f", and {counted(len(changes) - SHOWN, 'more item')}" if len(changes) > SHOWN else ""
    return listed(several) + more


def _told_change(change: Change) -> str:
    if change.before is None or change.after is None:
        return f"the item {told_key(change.key)} {'is new' if change.before is None else 'is gone'}"
    names = {*change.before, *change.after}
    name = next(one for one in sorted(names) if change.before.get(one) != change.after.get(one))
    was, is_now = (_plain(side.get(name)) for side in (change.before, change.after))
    return f"{shortened(name)} of the item {told_key(change.key)} is {is_now} instead of {was}"


def _plain(value: Any) -> str:
    """An attribute's value without its type."""
    inner = next(iter(value.values()), None) if isinstance(value, Mapping) else value
    return told(inner) if not isinstance(value, Mapping) or "N" not in value else str(inner)


@check(
    "code.one_request",
    example={"driven": "store", "method": "place_order"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active"),
    source=TRANSACTIONS,
    phases=(ONE_BY_ONE, CONFLICTS),
)
@resting_on(lambda scenario, method: (method,))
def one_request(context: Context, method: MethodName) -> Passed:
    """All that a method changes, it changes with one request, which DynamoDB does wholly or not at all.

    That is a transaction, or a write of one item. Between two requests the code may end, and others see a half. Writes
    that change nothing in the end, such as taking and giving back a lock, do not count.
    """
    code = code_of(context)
    calls = [one for one in trials(code, ONE_BY_ONE, CONFLICTS) if one.method == method]
    done = [one for one in calls if one.failure is None]
    if calls and not done:
        refuse(code, calls[0])
    for called in done:
        changed = {one.key for one in called.changes or ()}
        writes = [one for one in called.exchanges if _took_effect(one) and changed & {*one.written}]
        whole = [one for one in writes if changed <= {*one.written} and one.operation != "BatchWriteItem"]
        if changed and not whole:
            several = [f"{one.operation} of {_told_keys(one.written)}" for one in writes]
            raise Failed(
                f"{method} writes in {counted(len(writes), 'request')} what belongs together: "
                f"{listed(list(dict.fromkeys(one.operation for one in writes)))}.",
                expected="one TransactWriteItems with everything that the call changes",
                actual="; ".join(several),
                resource=code.resource,
                remedy="Collect the writes, each with its condition, and send them as the TransactItems of one "
                "transact_write_items: up to 100. If one of several requests fails, or the process ends between them, a half "
                "stays; taking it back may fail too.",
                **shown(code.driven, called, called.phase),
            )
    return Passed(
        f"{method} changes what it changes with one request, in each of {counted(len(done), 'call')}.",
        resource=code.resource,
    )


def _took_effect(one: Exchange) -> bool:
    lost = one.status == 0 and one.injected
    return one.operation in ITEM_WRITES and (one.succeeded or lost)


def _told_keys(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return ", ".join(told_key(one) for one in keys[:SHOWN]) + more
