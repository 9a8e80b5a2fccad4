"""Price records, which time to live must delete two years after the price's date, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from checks.facts.answers import difference, told
from checks.facts.shop import (
    BEFORE,
    LOADERS,
    PRICES,
    READERS,
    compared,
    evidence,
    refuse,
    refuse_from_memory,
    resting_on,
    shop,
    shown,
)
from checks.facts.tables import TABLE, counted
from fixtures.dynamodb_ecommerce.model import PRICES_EXPIRE_AFTER
from harness.checking.check import Context, Failed, Passed, Undetermined, Unsupported, check
from harness.driving.evidence import CallRecord, Change, TimeJump, in_phases
from harness.submission.caller import FailureKind
from harness.usage import shortened

TIME_TO_LIVE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"
EARLIEST = PRICES_EXPIRE_AFTER - timedelta(days=1)
LATEST = PRICES_EXPIRE_AFTER + timedelta(days=2)
"""When a record may expire, after the price's date: two years may have a leap day, and a day may begin elsewhere."""

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
MILLISECONDS, MICROSECONDS = 1_000, 1_000_000

Item = Mapping[str, Any]


@check(
    "price_records.expiry",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"),
    requires=("table.exists", "table.active", "ttl.enabled"),
    source=TIME_TO_LIVE,
    probe=shop,
    phases=(PRICES,),
)
@resting_on(lambda **_: ("record_price", "put_product"))
def expiry(context: Context, table: str) -> Passed:
    """A recorded price is an item of its own that is due to expire two years after the price's date.

    The table is looked at before and after calls of `record_price`, and of `put_product` with a `priceHistory`. For each
    price, an item that was added must carry the table's attribute for time to live: at the top level, a Number, in
    epoch seconds, between 729 and 732 days after the price's date.
    """
    transcript, arn = evidence(context, table)
    attribute = _expiry_attribute(context, table, arn)
    calls = in_phases(transcript.calls, PRICES)
    if not calls:
        raise Undetermined(
            "Nobody watched record_price: the evidence is of another version of this tool.", resource=arn
        )
    for called in calls:
        if called.failure is not None:
            refuse(called, arn)
        added = [one.after for one in called.changes or () if one.before is None and one.after is not None]
        days = [day for _, day in _prices(called)]
        rest = [item for item in added if not any(_is_due_rightly(item.get(attribute), day) for day in days)]
        for day in days:
            if [item for item in added if _is_due_rightly(item.get(attribute), day)]:
                continue
            problem, remedy = _mistake(called, day, rest, attribute, transcript.today)
            raise Failed(
                problem,
                expected=f"a new item with {attribute}, a Number of seconds since 1970, 730 days after the price's date "
                f"{day}: about {_seconds(day, PRICES_EXPIRE_AFTER)}",
                actual=_found(called, rest, attribute),
                resource=arn,
                remedy=remedy,
                **shown(called),
            )
    prices = sum(len(_prices(one)) for one in calls)
    return Passed(
        f"Each of {counted(prices, 'price')} became an item that expires two years after its date.", resource=arn
    )


@check(
    "price_records.expired",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"),
    requires=("table.exists", "table.active", "ttl.enabled"),
    source=TIME_TO_LIVE,
    probe=shop,
    phases=(PRICES, BEFORE),
)
@resting_on(lambda **_: (*LOADERS.values(), *READERS))
def expired(context: Context, table: str) -> Passed:
    """When time to live has done its work, old prices are gone, and nothing else is.

    The embedded account is brought to other days, on which what is due is deleted as DynamoDB would: just before the
    newest price expires, when it is due, after that, and ten years on. Younger prices, products, reviews, orders and
    stock must still be answered as before.
    """
    transcript, arn = evidence(context, table)
    before = {_question(one): one for one in in_phases(transcript.calls, BEFORE)}
    if not transcript.time_jumps or not before:
        raise Unsupported(
            "Only the embedded account can be brought to another time.",
            resource=arn,
            remedy="Grade on the embedded account too, to see what expires.",
        )
    recorded = in_phases(transcript.calls, PRICES)
    histories = [one for one in before.values() if one.method == "price_history"]
    for called in (*recorded, *histories):
        if called.failure is not None:
            refuse(called, arn)
    prices = [price for one in recorded for price in _prices(one)]
    known = {(one.arguments[0], day) for one in histories for day in _dates(one)}
    missing = [one for one in prices if one not in known]
    if not prices:
        raise Undetermined("Nobody recorded a price: the evidence is of another version of this tool.", resource=arn)
    if missing:
        product, day = missing[0]
        raise Failed(
            "price_history does not answer all prices that were just recorded, so it cannot be seen whether they expire.",
            expected="prices, until they expire",
            actual=f"{len(prices) - len(missing)} of {counted(len(prices), 'price')}, without that of the product "
            f"{product} of {day}",
            resource=arn,
            remedy="Let price_history find what record_price and put_product write.",
        )
    for travel in transcript.time_jumps:
        for called in in_phases(transcript.calls, travel.phase):
            _refuse_wrong_expiry(called, before[_question(called)], travel, table, arn)
    gone = sum(one.expired for one in transcript.time_jumps)
    return Passed(
        f"By {transcript.time_jumps[-1].day} {counted(gone, 'item')} had expired: old prices, and nothing else.",
        resource=arn,
    )


def _expiry_attribute(context: Context, table: str, arn: str) -> str:
    """The attribute's name. That time to live is enabled is a prerequisite."""
    answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=table)
    attribute = answer["TimeToLiveDescription"].get("AttributeName")
    if not isinstance(attribute, str):
        raise Undetermined("AWS does not tell the attribute of time to live.", resource=arn)
    return attribute


def _prices(called: CallRecord) -> list[tuple[str, str]]:
    """The prices that a call records, each by its product and its date."""
    if called.method == "put_product":
        product = called.arguments[0]
        return [(product["productId"], entry["date"]) for entry in product.get("priceHistory", ())]
    return [(called.arguments[0], called.arguments[2])]


def _seconds(day: str, after: timedelta) -> int:
    """Epoch seconds, so long after a day."""
    return int((datetime.combine(date.fromisoformat(day), time(), UTC) + after).timestamp())


def _is_due_rightly(value: Any, day: str) -> bool:
    number = _number(value)
    return number is not None and _seconds(day, EARLIEST) <= number <= _seconds(day, LATEST)


def _number(value: Any) -> Decimal | None:
    """The number in an attribute's value, in whatever form it is written; None where it is none."""
    text = value.get("N") if isinstance(value, Mapping) else None
    return Decimal(text) if isinstance(text, str) and NUMBER.fullmatch(text) else None


def _mistake(called: CallRecord, day: str, added: Sequence[Item], attribute: str, today: date) -> tuple[str, str]:
    """What is wrong with how the price of a day was recorded, and how to mend it.

    Args:
        added: the items that were added, without those that are right for another price.
    """
    method = called.method
    modified = [one for one in called.changes or () if one.before is not None and one.after is not None]
    whole_items = (
        "Time to live deletes whole items: put each price as an item of its own, beside its product, with "
        f"{attribute} in it."
    )
    if not added and modified:
        where = "a list" if any(map(_grew_a_list, modified)) else "another item"
        return (
            f"{method} keeps the price in {where} of an item that was there before, so it cannot expire alone.",
            whole_items,
        )
    if not added:
        return f"{method} adds no item to the table.", whole_items
    carrying = [item for item in added if attribute in item]
    if not carrying:
        others = [name for item in added for name in item if name.casefold() == attribute.casefold()]
        if others:
            return (
                f"The price record carries {others[0]}, but time to live looks at {attribute}: names are case-sensitive.",
                f"Write {attribute}, spelt exactly as the attribute for which time to live is enabled.",
            )
        if any(_nested(item, attribute) for item in added):
            return (
                f"The price record has {attribute} inside another attribute, where time to live does not look.",
                f"Put {attribute} at the top level of the item.",
            )
        if method == "put_product" and len(added) == 1:
            return f"put_product makes no item of the price of {day} in priceHistory, so it cannot expire.", whole_items
        return f"The price record does not carry {attribute}, so it never expires.", f"Add {attribute} to the item."
    return _wrong_value(carrying[0][attribute], day, attribute, today)


def _wrong_value(value: Item, day: str, attribute: str, today: date) -> tuple[str, str]:
    kind, inner = next(iter(value.items()), ("?", ""))
    seconds = f"Write {attribute} as an int: the seconds since 1970 of the price's date, in UTC, and 730 days."
    if kind == "S" and NUMBER.fullmatch(str(inner)):
        return f"The price record's {attribute} is a text of digits; time to live reads a Number alone.", seconds
    if kind == "S" and ISO_DAY.fullmatch(str(inner)):
        return f"The price record's {attribute} is a date as text; time to live reads epoch seconds alone.", seconds
    number = _number(value)
    if number is None:
        return f"The price record's {attribute} is of the type {kind}; time to live reads a Number alone.", seconds
    for factor, unit in ((MILLISECONDS, "milliseconds"), (MICROSECONDS, "microseconds")):
        if _is_due_rightly({"N": str(number / factor)}, day):
            return f"The price record's {attribute} is in {unit}; time to live reads seconds.", seconds
    midnight = Decimal(int(datetime.combine(today, time(), UTC).timestamp()))
    own = Decimal(_seconds(day, timedelta()))
    tolerance = Decimal(int(timedelta(days=2).total_seconds()))
    two_years = Decimal(int(PRICES_EXPIRE_AFTER.total_seconds()))
    if abs(number - midnight - two_years) <= tolerance:
        return (
            f"The price record's {attribute} is two years from now, not from the price's date: an old price lives too long.",
            seconds,
        )
    if abs(number - own) <= tolerance:
        return f"The price record's {attribute} is the price's own date: it is due to expire at once.", seconds
    days = (number - own) / Decimal(86_400)
    return (
        f"The price record's {attribute} is {_days(days)} the price's date, not 730 days after it.",
        seconds,
    )


def _days(days: Decimal) -> str:
    if abs(days) > 100_000:
        return "more than 270 years from"
    return f"{abs(days):.0f} days {'after' if days >= 0 else 'before'}"


def _grew_a_list(change: Change) -> bool:
    """Whether a list somewhere at the top level of an item, or one level below, became longer."""
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
    """Whether a text begins with a day of the calendar, from which on two years can be counted."""
    try:
        return bool(ISO_DAY.fullmatch(text)) and date.fromisoformat(text[:10]) + LATEST > date.min
    except (ValueError, OverflowError):
        return False


def _refuse_wrong_expiry(called: CallRecord, before: CallRecord, travel: TimeJump, table: str, arn: str) -> None:
    """Raises where an answer on that day is not what it must be: as before, but for what has expired."""
    if called.method in ("price_history", "get_product"):  # where the others look, the lab's questions tell
        refuse_from_memory(called, table, arn)
    where = shown(called, f"on {travel.day}")
    if called.failure is not None and called.failure.kind is FailureKind.OUT_OF_TIME:
        refuse(called, arn)
    if called.failure is not None and before.failure is None:
        raise Failed(
            f"{called.method} failed on {travel.day}, when old prices had expired, and did not before: "
            f"{' '.join(called.failure.summary.split())}",
            expected="the same answer as before",
            actual=called.failure.summary,
            resource=arn,
            remedy="Let nothing but price records carry the attribute of time to live, and no answer rest on one.",
            **where,
        )
    if called.method != "price_history":
        problem = difference(compared(before), compared(called)) if before.failure is None else None
        if problem is not None:
            raise Failed(
                f"On {travel.day} {called.method} answers otherwise than before, so time to live deleted more than "
                f"prices: {problem}.",
                expected="products, orders, reviews and stock that never expire",
                actual=problem,
                resource=arn,
                remedy="Let nothing but price records carry the attribute of time to live.",
                **where,
            )
        return
    if not isinstance(called.value, list):
        raise Failed(
            f"On {travel.day}, when prices had expired, price_history returned {told(called.value)}, not a list.",
            expected="a list, empty where there is nothing",
            actual=told(called.value),
            resource=arn,
            remedy="Return a list from every path through the method.",
            **where,
        )
    was, now = _dates(before), _dates(called)
    late = sorted(one for one in now if date.fromisoformat(one[:10]) + LATEST < travel.day)
    if late:
        raise Failed(
            f"On {travel.day} the price of {late[0]} is still there, more than two years after its date.",
            expected="prices younger than two years",
            actual=f"{counted(len(late), 'price')} too old, of {len(now)}",
            resource=arn,
            remedy="Give each price an item of its own, with the attribute of time to live two years after its date; "
            "what lies in a list of another item cannot expire.",
            **where,
        )
    early = sorted(one for one in was - now if date.fromisoformat(one[:10]) + EARLIEST > travel.day)
    if early:
        raise Failed(
            f"On {travel.day} the price of {early[0]} is gone, before two years were over.",
            expected="every price that is younger than two years",
            actual=f"{counted(len(early), 'price')} gone too early",
            resource=arn,
            remedy="Let the attribute of time to live be two years after the price's own date, in each record.",
            **where,
        )
