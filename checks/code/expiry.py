"""Records that time to live must delete when their time is over, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from checks.facts.evidence import Code, code_of, refuse, refuse_from_memory, resting_on, shown
from harness.checking.check import Context, Failed, Passed, Undetermined, Unsupported, check
from harness.driving.comparison import difference, told
from harness.driving.evidence import CallRecord, Change, TimeJump
from harness.driving.scenario import BEFORE_EXPIRY, NEW_RECORDS, ExpiringRecord
from harness.submission.caller import FailureKind
from harness.usage import counted, shortened

TIME_TO_LIVE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"
EARLIER, LATER = timedelta(days=1), timedelta(days=2)
"""How much earlier or later a record may expire: two years may have a leap day, and a day may begin in another time
zone."""

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
LONGEST = timedelta(days=36_600)
"""A hundred years: they can be added to any day of a record."""

MILLISECONDS, MICROSECONDS = 1_000, 1_000_000

Item = Mapping[str, Any]


@check(
    "code.expiry",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"),
    requires=("table.exists", "table.active", "ttl.enabled"),
    source=TIME_TO_LIVE,
    phases=(NEW_RECORDS,),
    declared=("tables", "expiring"),
)
@resting_on(lambda scenario: () if scenario.expiring is None else scenario.expiring.written_by)
def expiry(context: Context) -> Passed:
    """What is recorded for a time becomes an item of its own, which is due to expire when that time is over.

    The table is read before and after calls that record something. For each record, a new item must have the table's
    attribute for time to live: at the top level, a Number, in epoch seconds, as long after the record's date as the lab
    requires (a day less and two days more are also right).
    """
    code = code_of(context)
    record = _record(code)
    attribute = _expiry_attribute(context, code)
    calls = code.in_phases(NEW_RECORDS)
    if not calls:
        raise Undetermined(
            f"{record.written_by[0]} was never watched: the evidence is from another version of this tool.",
            resource=code.resource,
        )
    for called in calls:
        if called.failure is not None:
            refuse(code, called)
        added = [one.after for one in called.changes or () if one.before is None and one.after is not None]
        days = [day for _, day in record.recorded(called)]
        rest = [item for item in added if not any(_is_due_rightly(record, item.get(attribute), day) for day in days)]
        for day in days:
            if [item for item in added if _is_due_rightly(record, item.get(attribute), day)]:
                continue
            problem, remedy = _mistake(record, called, day, rest, attribute, code.evidence.today)
            raise Failed(
                problem,
                expected=f"a new item with {attribute}, a Number of seconds since 1970, {record.days} days after the "
                f"{record.name}'s date {day}: about {_seconds(day, timedelta(days=record.days))}",
                actual=_found(called, rest, attribute),
                resource=code.resource,
                remedy=remedy,
                **shown(code.driven, called),
            )
    number = sum(len(record.recorded(one)) for one in calls)
    return Passed(
        f"Each of {counted(number, record.name)} became an item that expires {record.period} after its date.",
        resource=code.resource,
    )


@check(
    "code.expired",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"),
    requires=("table.exists", "table.active", "ttl.enabled"),
    source=TIME_TO_LIVE,
    phases=(NEW_RECORDS, BEFORE_EXPIRY),
    declared=("tables", "expiring"),
)
@resting_on(lambda scenario: scenario.methods)
def expired(context: Context) -> Passed:
    """After time to live has worked, old records are gone, and nothing else is.

    The embedded account is moved to other days, on which what is due is deleted as DynamoDB would: just before the
    newest record expires, when it is due, and long after that. Younger records, and everything else, must still be
    answered as before.
    """
    code = code_of(context)
    record = _record(code)
    before = {_question(one): one for one in code.in_phases(BEFORE_EXPIRY)}
    if not code.evidence.time_jumps or not before:
        raise Unsupported(
            "Only the embedded account can be moved to another time.",
            resource=code.resource,
            remedy="Also grade on the embedded account, to see what expires.",
        )
    recorded = code.in_phases(NEW_RECORDS)
    histories = [one for one in before.values() if one.method == record.listed_by]
    for called in (*recorded, *histories):
        if called.failure is not None:
            refuse(code, called)
    records = [each for one in recorded for each in record.recorded(one)]
    known = {(one.arguments[0], day) for one in histories for day in _dates(one)}
    missing = [one for one in records if one not in known]
    if not records:
        raise Undetermined(
            f"No {record.name} was recorded: the evidence is from another version of this tool.", resource=code.resource
        )
    if missing:
        of, day = missing[0]
        raise Failed(
            f"{record.listed_by} does not return all {record.name}s that were just recorded, so it is unknown whether "
            "they expire.",
            expected=f"{record.name}s, until they expire",
            actual=f"{len(records) - len(missing)} of {counted(len(records), record.name)}, without that of the {record.of} "
            f"{of} of {day}",
            resource=code.resource,
            remedy=f"Make {record.listed_by} find what {' and '.join(record.written_by)} write.",
        )
    for jump in code.evidence.time_jumps:
        for called in code.in_phases(jump.phase):
            _refuse_wrong_expiry(code, record, called, before[_question(called)], jump)
    gone = sum(one.expired for one in code.evidence.time_jumps)
    return Passed(
        f"By {code.evidence.time_jumps[-1].day} {counted(gone, 'item')} had expired: old {record.name}s, and nothing else.",
        resource=code.resource,
    )


def _record(code: Code) -> ExpiringRecord:
    if code.scenario.expiring is None:
        raise ValueError("the scenario has no records that expire: a definition with this check is refused")
    return code.scenario.expiring


def _expiry_attribute(context: Context, code: Code) -> str:
    """The attribute's name. A prerequisite is that time to live is enabled."""
    answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=code.driven.tables[0])
    attribute = answer["TimeToLiveDescription"].get("AttributeName")
    if not isinstance(attribute, str):
        raise Undetermined("AWS does not report the attribute of time to live.", resource=code.resource)
    return attribute


def _seconds(day: str, after: timedelta) -> int:
    """The epoch seconds of a moment that long after a day."""
    return int((datetime.combine(date.fromisoformat(day), time(), UTC) + after).timestamp())


def _is_due_rightly(record: ExpiringRecord, value: Any, day: str) -> bool:
    number, due = _number(value), timedelta(days=record.days)
    return number is not None and _seconds(day, due - EARLIER) <= number <= _seconds(day, due + LATER)


def _number(value: Any) -> Decimal | None:
    """The number in an attribute's value, in whatever form it is written; None if it is not a number."""
    text = value.get("N") if isinstance(value, Mapping) else None
    return Decimal(text) if isinstance(text, str) and NUMBER.fullmatch(text) else None


def _mistake(
    record: ExpiringRecord, called: CallRecord, day: str, added: Sequence[Item], attribute: str, today: date
) -> tuple[str, str]:
    """What is wrong with how the record of a day was made, and what to do about it.

    Args:
        added: the new items, without those that are right for another record.
    """
    method, name = called.method, record.name
    modified = [one for one in called.changes or () if one.before is not None and one.after is not None]
    whole_items = (
        f"Time to live deletes whole items: write each {name} as an item of its own, beside its {record.of}, with "
        f"{attribute} in it."
    )
    if not added and modified:
        where = "a list" if any(map(_grew_a_list, modified)) else "another item"
        return (
            f"{method} keeps the {name} in {where} of an existing item, so it cannot expire alone.",
            whole_items,
        )
    if not added:
        return f"{method} adds no item to the table.", whole_items
    carrying = [item for item in added if attribute in item]
    if not carrying:
        others = [one for item in added for one in item if one.casefold() == attribute.casefold()]
        if others:
            return (
                f"The {name} record has {others[0]}, but time to live looks at {attribute}: names are case-sensitive.",
                f"Write {attribute}, spelt exactly like the attribute for which time to live is enabled.",
            )
        if any(_nested(item, attribute) for item in added):
            return (
                f"The {name} record has {attribute} inside another attribute, where time to live does not look.",
                f"Put {attribute} at the top level of the item.",
            )
        if method != record.written_by[0] and len(added) == 1:
            within = f" in {record.listed_in}" if record.listed_in else ""
            return f"{method} makes no item for the {name} of {day}{within}, so it cannot expire.", whole_items
        return f"The {name} record does not have {attribute}, so it never expires.", f"Add {attribute} to the item."
    return _wrong_value(record, carrying[0][attribute], day, attribute, today)


def _wrong_value(record: ExpiringRecord, value: Item, day: str, attribute: str, today: date) -> tuple[str, str]:
    whose = f"The {record.name} record's {attribute}"
    kind, inner = next(iter(value.items()), ("?", ""))
    seconds = f"Write {attribute} as an int: the seconds since 1970 of the {record.name}'s date, in UTC, and {record.days} days."
    if kind == "S" and NUMBER.fullmatch(str(inner)):
        return f"{whose} is a text of digits; time to live reads only a Number.", seconds
    if kind == "S" and ISO_DAY.fullmatch(str(inner)):
        return f"{whose} is a date as text; time to live reads only epoch seconds.", seconds
    number = _number(value)
    if number is None:
        return f"{whose} is of the type {kind}; time to live reads only a Number.", seconds
    for factor, unit in ((MILLISECONDS, "milliseconds"), (MICROSECONDS, "microseconds")):
        if _is_due_rightly(record, {"N": str(number / factor)}, day):
            return f"{whose} is in {unit}; time to live reads seconds.", seconds
    midnight = Decimal(int(datetime.combine(today, time(), UTC).timestamp()))
    own = Decimal(_seconds(day, timedelta()))
    tolerance = Decimal(int(timedelta(days=2).total_seconds()))
    lifetime = Decimal(int(timedelta(days=record.days).total_seconds()))
    if abs(number - midnight - lifetime) <= tolerance:
        return (
            f"{whose} is {record.period} from now, not from the {record.name}'s date: an old {record.name} lives too long.",
            seconds,
        )
    if abs(number - own) <= tolerance:
        return f"{whose} is the {record.name}'s own date: it is due to expire at once.", seconds
    days = (number - own) / Decimal(86_400)
    return (
        f"{whose} is {_days(days)} the {record.name}'s date, not {record.days} days after it.",
        seconds,
    )


def _days(days: Decimal) -> str:
    if abs(days) > 100_000:
        return "more than 270 years from"
    return f"{abs(days):.0f} days {'after' if days >= 0 else 'before'}"


def _grew_a_list(change: Change) -> bool:
    """Whether a list became longer, at the top level of an item or one level below."""
    before, after = change.before or {}, change.after or {}
    return any(
        "L" in value and len(value["L"]) > len((before.get(name) or {}).get("L", ()))
        for name, value in after.items()
        if isinstance(value, Mapping)
    )


def _nested(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        inner = value.get("M")
        return (isinstance(inner, Mapping) and name in inner) or any(_nested(one, name) for one in value.values())
    return any(_nested(one, name) for one in value) if isinstance(value, list) else False


def _found(called: CallRecord, added: Sequence[Item], attribute: str) -> str:
    changes = called.changes or ()
    modified = sum(one.before is not None for one in changes)
    items = f"{counted(len(added), 'item')} added, {modified} changed"
    values = [f"{attribute} {dict(item[attribute])}" for item in added if attribute in item]
    return f"{items}; {shortened(values[0])}" if values else f"{items}, none added with {attribute}"


def _question(called: CallRecord) -> tuple[str, str]:
    return called.method, repr(called.arguments)


def _dates(called: CallRecord) -> frozenset[str]:
    return frozenset(_each_date(called))


def _each_date(called: CallRecord) -> Iterator[str]:
    for entry in called.value if isinstance(called.value, list) else ():
        day = entry.get("date") if isinstance(entry, Mapping) else None
        if isinstance(day, str) and _is_day(day):
            yield day


def _is_day(text: str) -> bool:
    """Whether a text begins with a day of the calendar, to which two years can be added."""
    try:
        return bool(ISO_DAY.fullmatch(text)) and date.fromisoformat(text[:10]) + LONGEST > date.min
    except (ValueError, OverflowError):
        return False


def _refuse_wrong_expiry(
    code: Code, record: ExpiringRecord, called: CallRecord, before: CallRecord, jump: TimeJump
) -> None:
    """Raises if an answer on that day is not right: as before, except for what has expired."""
    name, due = record.name, timedelta(days=record.days)
    alone = {one.given_back_by for one in code.scenario.entities.values() if not one.identified_by}
    if called.method in {record.listed_by, *alone}:  # the lab's questions show where the others look
        refuse_from_memory(code, called)
    where = shown(code.driven, called, f"on {jump.day}")
    if called.failure is not None and called.failure.kind is FailureKind.OUT_OF_TIME:
        refuse(code, called)
    if called.failure is not None and before.failure is None:
        raise Failed(
            f"{called.method} failed on {jump.day}, when old {name}s had expired, and did not before: "
            f"{' '.join(called.failure.summary.split())}",
            expected="the same answer as before",
            actual=called.failure.summary,
            resource=code.resource,
            remedy=f"Give only {name} records the attribute of time to live, and let no answer depend on one.",
            **where,
        )
    if called.method != record.listed_by:
        problem = difference(code.compared(before), code.compared(called)) if before.failure is None else None
        if problem is not None:
            raise Failed(
                f"On {jump.day} {called.method} gives another answer than before, so time to live deleted more than "
                f"{name}s: {problem}.",
                expected=f"{_others(code, record)} that never expire",
                actual=problem,
                resource=code.resource,
                remedy=f"Give only {name} records the attribute of time to live.",
                **where,
            )
        return
    if not isinstance(called.value, list):
        raise Failed(
            f"On {jump.day}, when {name}s had expired, {record.listed_by} returned {told(called.value)}, not a list.",
            expected="a list, empty if there is nothing",
            actual=told(called.value),
            resource=code.resource,
            remedy="Return a list from every path through the method.",
            **where,
        )
    was, now = _dates(before), _dates(called)
    late = sorted(one for one in now if date.fromisoformat(one[:10]) + due + LATER < jump.day)
    if late:
        raise Failed(
            f"On {jump.day} the {name} of {late[0]} still exists, more than {record.period} after its date.",
            expected=f"{name}s younger than {record.period}",
            actual=f"{counted(len(late), name)} too old, of {len(now)}",
            resource=code.resource,
            remedy=f"Make each {name} an item of its own, with the attribute of time to live {record.period} after its date. "
            "What is in a list of another item cannot expire.",
            **where,
        )
    early = sorted(one for one in was - now if date.fromisoformat(one[:10]) + due - EARLIER > jump.day)
    if early:
        raise Failed(
            f"On {jump.day} the {name} of {early[0]} is gone, before {record.period} are over.",
            expected=f"every {name} that is younger than {record.period}",
            actual=f"{counted(len(early), name)} gone too early",
            resource=code.resource,
            remedy=f"Set the attribute of time to live to {record.period} after the {name}'s own date, in each record.",
            **where,
        )


def _others(code: Code, record: ExpiringRecord) -> str:
    """What else the code is given, apart from the records."""
    kinds = [kind for kind, method in code.scenario.writes.items() if method != record.written_by[0]]
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}" if len(kinds) > 1 else "things"
