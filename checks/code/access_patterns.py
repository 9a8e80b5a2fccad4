"""The lab's four questions: whether a Store answers them rightly, and at what cost however much the table holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.facts.answers import difference, told
from checks.facts.shop import (
    CURRENT,
    LITTLE,
    MUCH,
    PATTERNS,
    SMALL_PAGES,
    Asked,
    Problem,
    asked,
    described,
    evidence,
    memory_problem,
    reads_of,
    refuse,
    refuse_failures,
    resting_on,
    shop,
    shown,
)
from checks.facts.tables import TABLE, counted
from fixtures.dynamodb_ecommerce.model import Prices
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.documents.abridged import full_length
from harness.documents.plain import encode
from harness.driving.evidence import CallRecord, Exchange
from harness.usage import shortened

QUERY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-query-scan.html"
PAGES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"
CONSISTENCY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"
PATTERN = {"enum": sorted(PATTERNS)}
IDS = {"orders_for_customer": "orderId", "reviews_for_product": "reviewId"}
SHOWN = 5
LOOK_AT_KEYS = (
    "Look at which keys are written, and which are asked for. Days in a sort key must sort as they follow each other, "
    "from one month or year to the next too: ISO days do."
)

FREE_ITEMS = 20
FREE_BYTES = 16_384
"""So much may be read for any answer, however small: a stock may be part of a whole product, and pointers may lead to
what is asked for."""

GROWTH_FACTOR = 2
GROWTH_ITEMS = 5
GROWTH_BYTES = 1024
"""Reading ahead costs a little more where there is more to read; reading everything costs as much more as there is."""

MORE_CALLS = 4
PAGE_BYTES = 500_000
"""A longer answer may take a few more calls: another page, or a batch of items by their keys. A page ends at 1 MB."""


@check(
    "access_patterns.answers",
    parameters={"table": TABLE, "pattern": PATTERN},
    example={"table": "shop-${student_id}", "pattern": "reviews_for_product"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=PAGES,
    probe=shop,
    phases=(LITTLE, MUCH, SMALL_PAGES, CURRENT),
)
@resting_on(lambda pattern, **_: (pattern, *PATTERNS[pattern]))
def answers(context: Context, table: str, pattern: str) -> Passed:
    """The Store answers a question of the lab rightly, for everybody and everything that is asked about.

    Its answers are compared with a model: before and after unrelated data is written, on the days at the edges of the
    window, for what has nothing, with ids of which one is the beginning of another, and when an answer takes several
    pages. An answer that holds something must come from the table: what answers is another process than what wrote.
    Orders and reviews may come in any order, prices come oldest first.
    """
    transcript, arn = evidence(context, table)
    refuse_failures(transcript, PATTERNS[pattern], arn)
    asks = asked(transcript, pattern)
    singly = {one.called.arguments: one.called.value for one in asked(transcript, "get_order")}
    if not asks:
        raise Undetermined(f"Nobody asked {pattern}: the evidence is of another version of this tool.", resource=arn)
    wrong = [(one, problem) for one in asks if (problem := _problem(one, table, singly)) is not None]
    if wrong:
        first, problem = wrong[0]
        if first.called.failure is not None:
            refuse(first.called, arn, times=sum(one.called.failure is not None for one, _ in wrong))
        raise Failed(
            f"{pattern} answers {counted(len(wrong), 'question')} of {len(asks)} wrong. {problem.says}",
            expected=problem.expected,
            actual=problem.actual,
            resource=arn,
            remedy=problem.remedy,
            **shown(first.called, first.called.phase),
        )
    return Passed(f"{pattern} answers {counted(len(asks), 'question')} rightly.", resource=arn)


@check(
    "access_patterns.cost",
    parameters={
        "table": TABLE,
        "pattern": PATTERN,
        "examined_per_item": {"type": "integer", "minimum": 1},
        "bytes_factor": {"type": "integer", "minimum": 2},
        "maximum_calls": {"type": "integer", "minimum": 1},
    },
    example={
        "table": "shop-${student_id}",
        "pattern": "reviews_for_product",
        "examined_per_item": 5,
        "bytes_factor": 10,
        "maximum_calls": 40,
    },
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active", "access_patterns.answers"),
    source=QUERY,
    probe=shop,
    phases=(LITTLE, MUCH, SMALL_PAGES),
)
@resting_on(lambda pattern, **_: (pattern, *PATTERNS[pattern]))
def cost(
    context: Context, table: str, pattern: str, examined_per_item: int, bytes_factor: int, maximum_calls: int
) -> Passed:
    """What an answer costs does not grow with what else the table holds, and no question is answered by a Scan.

    The same questions are asked with little data, and again with four times as much and more of other customers and
    products, of older orders and prices, and of other kinds of items. Counted are the items that DynamoDB examined, the
    bytes that it answered and the calls, as they crossed the wire. An entity may lie in several items, such as an order
    with an item for each of its lines: at most `examined_per_item` items may be examined for each object in an answer
    (and 20 for any), and at most `bytes_factor` times its bytes be read (and 16 KB). The number of calls may be any up
    to `maximum_calls`, but not one for each entity.
    """
    transcript, arn = evidence(context, table)
    much = [one for one in asked(transcript, pattern) if one.called.phase == MUCH]
    before = {
        json.dumps(encode(one.arguments)): one
        for one in transcript.calls
        if one.method == pattern and one.phase == LITTLE
    }
    asks = [
        _Costly(before[key], one.called) for one in much if (key := json.dumps(encode(one.called.arguments))) in before
    ]
    if not asks:
        raise Undetermined(f"Nobody asked {pattern}: the evidence is of another version of this tool.", resource=arn)
    scans = [one.called for one in asked(transcript, pattern) if _Cost.of(one.called).scans]
    if scans:
        raise Failed(
            f"{pattern} reads the whole table or index: it uses Scan.",
            expected="Query or GetItem by keys; no Scan, which reads everything, whatever its filter lets through",
            actual=_calls(scans[-1]),
            resource=arn,
            remedy="Give the items of a question one partition key, in the table or in an index, and use Query.",
            **shown(scans[-1]),
        )
    bounds = _Bounds(examined_per_item, bytes_factor, maximum_calls)
    usual: dict[str, int] = {}
    for one in asks:
        if one.returned:
            usual[one.window] = min(one.after.calls, usual.get(one.window, maximum_calls))
    wrong = [
        (one, problem)
        for one in asks
        if (problem := bounds.problem(one, usual.get(one.window, maximum_calls))) is not None
    ]
    if wrong:
        worst, problem = max(wrong, key=lambda pair: (pair[1].weight, pair[0].after.examined, pair[0].after.size))
        raise Failed(
            f"{pattern} {problem.says}",
            expected=problem.expected,
            actual=f"{worst.figures}; {_calls(worst.much)}",
            resource=arn,
            remedy=problem.remedy,
            **shown(worst.much),
        )
    examined = max(asks, key=lambda one: one.after.examined)
    return Passed(
        f"What {pattern} reads does not grow with the table: at most {counted(examined.after.examined, 'item')} "
        f"for an answer of {examined.returned}.",
        actual=examined.figures,
        resource=arn,
    )


@check(
    "access_patterns.current_stock",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=CONSISTENCY,
    probe=shop,
    phases=(LITTLE, CURRENT),
)
@resting_on(lambda **_: ("set_inventory", "inventory_level"))
def current_stock(context: Context, table: str) -> Passed:
    """A product's stock, asked right after it was set, is the new one.

    A read that is not consistent, or that goes to an index, may say what was before, for a moment: the report remarks
    on it and takes no points.
    """
    transcript, arn = evidence(context, table)
    refuse_failures(transcript, ("set_inventory",), arn)
    asks = [one for one in asked(transcript, "inventory_level") if one.called.phase == CURRENT]
    if not asks:
        raise Undetermined("Nobody asked for a stock that was just set.", resource=arn)
    before = {one.called.arguments[0]: one.expected for one in asked(transcript, "inventory_level")[: -len(asks)]}
    late = False
    for one in asks:
        if one.called.failure is not None:
            refuse(one.called, arn)
        problem = _inventory_problem(one, table)
        late = late or problem is not None
        if problem is not None and not _is_late(one.called, before.get(one.called.arguments[0])):
            raise Failed(
                f"inventory_level does not say what was set a moment before. {problem.says}",
                expected=problem.expected,
                actual=problem.actual,
                resource=arn,
                remedy="Let set_inventory write what inventory_level reads, by GetItem with ConsistentRead=True.",
                **shown(one.called),
            )
    eventual = [read for one in asks for read in reads_of(one.called) if not read.consistent]
    remark = (
        " Remark: it is read eventually consistently"
        + (f", by the index {eventual[0].index}" if eventual[0].index else "")
        + ", which on AWS may be the old value for a moment; ConsistentRead=True on the table never is."
        if eventual
        else ""
    )
    current = "The stock is current: asked right after it was set, it is the new one."
    told_late = "Asked right after it was set, the stock was the old one still."
    return Passed(f"{told_late if late else current}{remark}", resource=arn)


def _is_late(called: CallRecord, before: Any) -> bool:
    """Whether an answer is the old one, of a read that may be so for a moment."""
    reads = reads_of(called)
    eventual = bool(reads) and not [read for read in reads if read.consistent]
    return eventual and before is not None and difference(before, called.value) is None


def _problem(one: Asked, table: str, singly: Mapping[tuple[Any, ...], Any]) -> Problem | None:
    called = one.called
    if called.failure is not None:
        return Problem("It failed.", "an answer", called.failure.summary, "")
    if called.method == "inventory_level":
        return _inventory_problem(one, table)
    if not isinstance(called.value, list):
        return Problem(
            f"It returned {told(called.value)}, not a list.",
            "a list, empty where there is nothing",
            told(called.value),
            "Return a list from every path through the method.",
        )
    if (problem := _from_memory(called, table)) is not None:
        return problem
    if isinstance(one.expected, Prices):
        return _price_problem(called, one.expected)
    return _entities_problem(called, one.expected, singly)


def _from_memory(called: CallRecord, table: str) -> Problem | None:
    problem = memory_problem(called, table)
    return problem and replace(problem, says=f"It {problem.says}")


def _inventory_problem(one: Asked, table: str) -> Problem | None:
    value = one.called.value
    if one.expected == 0 and value is None:
        return None
    if (problem := _from_memory(one.called, table)) is not None or difference(one.expected, value) is None:
        return problem
    return Problem(
        f"For the product {shortened(one.called.arguments[0])} it says {told(value)}.",
        f"{one.expected}, as set_inventory was told" if one.expected else "None or 0, as there is no stock",
        told(value),
        "Return the number that was set last, as an int or a Decimal.",
    )


def _price_problem(called: CallRecord, expected: Prices) -> Problem | None:
    dates = [_named(entry, "date") for entry in called.value]
    due = {entry["date"] for entry in expected.due}
    wanted = [entry for entry in expected.entries if entry["date"] not in due or entry["date"] in dates]
    missing = [str(entry["date"]) for entry in wanted if entry["date"] not in dates]
    allowed = {entry["date"] for entry in wanted}
    extra = [date for date in dates if date not in allowed]
    _, since, until = called.arguments
    window = f"{counted(len(wanted), 'price')} from {since} to {until}, oldest first"
    actual = _told("price", dates, missing, extra)
    if missing or extra:
        return _membership_problem(called, missing, extra, window, actual)
    if len(set(dates)) < len(dates):
        return Problem("One price comes twice.", window, actual, "Return each record once.")
    if dates != sorted(dates):
        return Problem(
            "The prices are not in the order of their dates, oldest first.",
            window,
            actual,
            "Let the sort key sort by date: ISO days do; query with ScanIndexForward=True.",
        )
    problem = difference(wanted, called.value)
    if problem is None:
        return None
    return Problem(
        f"A price is not what was recorded: {problem}.",
        "records of exactly a date and a price",
        problem,
        "Return {'date', 'price'} for each record, the price as the Decimal that was given.",
    )


def _entities_problem(
    called: CallRecord, expected: Sequence[Mapping[str, Any]], singly: Mapping[tuple[Any, ...], Any]
) -> Problem | None:
    name = IDS[called.method]
    what = "order" if name == "orderId" else "review"
    ids = [_named(entity, name) for entity in called.value]
    by_id = {entity[name]: entity for entity in expected}
    missing = [one for one in by_id if one not in ids]
    extra = [one for one in ids if one not in by_id]
    wanted = _told(what, [*missing, *(one for one in by_id if one not in missing)], (), ())
    actual = _told(what, ids, missing, extra)
    if missing or extra:
        days = [by_id[one].get("orderDate", one) for one in missing]
        return _membership_problem(called, days, extra, wanted, actual)
    if repeated := [one for one, times in Counter(ids).items() if times > 1]:
        return Problem(
            f"The {what} {repeated[0]} comes twice.", wanted, actual, f"Return each {what} once, whatever items it has."
        )
    if name == "reviewId":  # what is in a review, the round trip judges
        return None
    for entity in called.value:
        asked_singly = (called.arguments[0], entity[name])
        if asked_singly not in singly:  # of what get_order gives back, the round trip judges what is in it
            continue
        problem = difference(by_id[entity[name]], entity)
        if problem is not None and difference(singly[asked_singly], entity) is not None:
            return Problem(
                f"The order {entity[name]} is not what was placed: {problem}.",
                "orders in full, as they were placed",
                problem,
                "Return whole orders. An index that projects keys alone needs a BatchGetItem after its Query.",
            )
    return None


def _named(entity: Any, attribute: str) -> str:
    """What an entity is called by: its id, or how what it has instead is told. It may be anything."""
    if not isinstance(entity, Mapping):
        return told(entity)
    value = entity.get(attribute)
    return value if isinstance(value, str) else told(value)


def _membership_problem(
    called: CallRecord, missing: Sequence[Any], extra: Sequence[Any], wanted: str, actual: str
) -> Problem:
    """What is wrong with an answer that lacks something, or holds what it should not; with the most likely cause.

    Args:
        missing: the days of what is missing, or the ids of what has no day.
    """
    says = (
        f"It lacks {len(missing)} that should be there"
        if missing
        else f"It holds {len(extra)} that should not be there"
    )
    if missing and extra:
        says += f", and holds {len(extra)} that should not be"
    says, remedy = _likely_cause(called, missing, extra, says)
    return Problem(says, wanted, actual, remedy)


def _likely_cause(called: CallRecord, missing: Sequence[Any], extra: Sequence[Any], says: str) -> tuple[str, str]:
    """The whole sentence of what is wrong, and what to do about it."""
    if missing and (left := _unread(called)) is not None:
        again = (
            "Ask again for the UnprocessedKeys, as long as an answer has some."
            if left.operation == "BatchGetItem"
            else "Ask again with ExclusiveStartKey as long as an answer has a LastEvaluatedKey; a page may end anywhere."
        )
        limit = " Leave out Limit, which ends a page early." if left.limited else ""
        return f"{says}, when an answer takes several pages.", f"{again}{limit}"
    if missing and not called.value:
        return f"{says}: it answers nothing at all.", LOOK_AT_KEYS
    edges = [one for one in missing if one in called.arguments[1:]]
    if missing and len(edges) == len(missing):
        return (
            f"{says}: the day at the window's edge, {edges[0]}, is part of it.",
            "Both ends of the window are included. What comes after the day in a sort key sorts after the bare day.",
        )
    if missing and called.phase == MUCH and not extra:
        return (
            f"{says}, now that the table holds more.",
            "Give each entity a key of its own: what is written under the key of another replaces it.",
        )
    if extra:
        return (
            f"{says}.",
            "Query by the whole id: begins_with on C1 finds C10 too. Mind the window, and what belongs to somebody else.",
        )
    return f"{says}.", LOOK_AT_KEYS


def _unread(called: CallRecord) -> Exchange | None:
    """A read whose answer ended before all was read, and that was not taken up again."""
    last = {(one.operation, one.index, one.condition, one.filter): one for one in reads_of(called)}
    return next((one for one in last.values() if one.more), None)


def _told(what: str, found: Sequence[Any], missing: Sequence[str], extra: Sequence[Any]) -> str:
    """How many there are and which; those that should not be there come first, and those that are missing are named."""
    several = [*extra, *(one for one in found if one not in extra)]
    says = f"{counted(len(found), what)}{': ' if several else ''}{_shown(map(str, several))}"
    return f"{says}; missing: {_shown(missing)}" if missing else says


def _shown(several: Iterable[str]) -> str:
    every = [shortened(one) for one in several]
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a call read: the number of reads, of items examined and of bytes answered."""

    calls: int
    examined: int
    size: int
    scans: tuple[Exchange, ...]

    @classmethod
    def of(cls, called: CallRecord) -> _Cost:
        reads = reads_of(called)
        return cls(
            len(reads),
            sum(one.examined for one in reads),
            sum(one.size for one in reads),
            tuple(one for one in reads if one.operation == "Scan"),
        )


class _Costly:
    """A question, asked with little data and with much."""

    def __init__(self, little: CallRecord, much: CallRecord) -> None:
        self.much = much
        self.before, self.after = _Cost.of(little), _Cost.of(much)
        value = much.value
        self.returned = len(value) if isinstance(value, list) else int(value is not None)
        self.parts = max(1, _objects(value))
        self.answer_bytes = _size(value)

    @property
    def window(self) -> str:
        """Of when it asks: whoever keeps items by weeks makes more calls for a month than for a day."""
        return repr(self.much.arguments[1:])

    @property
    def figures(self) -> str:
        return (
            f"with little data {_figures(self.before)}; with much more, unrelated data {_figures(self.after)}; "
            f"the answer holds {counted(self.returned, 'item')}"
        )


def _objects(value: Any) -> int:
    """How many objects an answer holds, each of which may be an item: orders, and the lines of each."""
    if isinstance(value, Mapping):
        return 1 + sum(map(_objects, value.values()))
    return sum(map(_objects, value)) if isinstance(value, list | tuple) else 0


def _size(value: Any) -> int:
    """The bytes of an answer as JSON. A long text that is told by its length counts with that."""
    return len(json.dumps(encode(value), ensure_ascii=False).encode()) + full_length(value)


def _figures(cost: _Cost) -> str:
    return f"{counted(cost.examined, 'item')} examined and {cost.size} bytes in {counted(cost.calls, 'call')}"


def _calls(called: CallRecord) -> str:
    reads = reads_of(called)
    shown = "; ".join(described(one) for one in reads[:SHOWN])
    return shown + (f"; and {len(reads) - SHOWN} calls more" if len(reads) > SHOWN else "")


def _reading_less(one: _Costly) -> str:
    """How to read no more than what is returned."""
    queries = [read for read in reads_of(one.much) if read.operation in ("Query", "Scan")]
    keys = "Put what you ask for into the keys: who in the partition key, when in the sort key."
    if [read for read in queries if read.filter or read.examined > read.returned]:
        return f"A filter does not make a Query read less. {keys}"
    if one.after.examined <= GROWTH_FACTOR * one.before.examined + GROWTH_ITEMS and one.after.size > one.before.size:
        return f"An item that collects others is always read whole. Give each an item of its own. {keys}"
    return f"What is read and then left out is paid for too. {keys}"


@dataclass(frozen=True, slots=True)
class _Bounds:
    examined_per_item: int
    bytes_factor: int
    maximum_calls: int

    def problem(self, one: _Costly, usual_calls: int) -> Problem | None:
        """What is wrong with the cost of a question. `usual_calls` are those of the cheapest answer about the same window
        that holds something."""
        before, after = one.before, one.after
        grown = (
            after.examined > GROWTH_FACTOR * before.examined + GROWTH_ITEMS
            or after.size > GROWTH_FACTOR * before.size + GROWTH_BYTES
        )
        if grown:
            return Problem(
                "reads more when the table holds more, for the same answer.",
                "the same cost with unrelated data as without",
                "",
                _reading_less(one),
                weight=3,
            )
        if after.calls > min(usual_calls + MORE_CALLS + after.size // PAGE_BYTES, self.maximum_calls):
            return Problem(
                f"makes {after.calls} calls for an answer of {counted(one.returned, 'item')}.",
                f"a number of calls that does not grow with the answer, and {self.maximum_calls} at most",
                "",
                "Query returns up to 1 MB of items at once, and BatchGetItem up to 100 by their keys: ask for them "
                "together, not one by one.",
                weight=2,
            )
        most = self.examined_per_item * one.parts + FREE_ITEMS
        if after.examined > most:
            return Problem(
                f"examines {counted(after.examined, 'item')} for an answer of {counted(one.returned, 'item')}.",
                f"at most {most} items examined: {self.examined_per_item} for each object in the answer, such as an order "
                f"and each of its lines, and {FREE_ITEMS}",
                "",
                _reading_less(one),
                weight=1,
            )
        most = self.bytes_factor * one.answer_bytes + FREE_BYTES
        if after.size > most:
            return Problem(
                f"reads {after.size} bytes for an answer of {one.answer_bytes}.",
                f"at most {most} bytes: {self.bytes_factor} times the answer, and {FREE_BYTES}",
                "",
                "Keep apart what is asked for apart: an item is read whole, however little of it is needed.",
                weight=1,
            )
        return None
