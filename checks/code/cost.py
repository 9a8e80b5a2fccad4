"""What an answer costs, whatever else the table holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from checks.facts.evidence import Problem, QuestionName, code_of, described, reads_of, resting_on, shown
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.checking.parameters import Schema
from harness.documents.abridged import full_length
from harness.documents.plain import encode
from harness.driving.evidence import CallRecord, Exchange
from harness.driving.scenario import LITTLE, MUCH, SMALL_PAGES
from harness.usage import counted

SHOWN = 5
QUERY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-query-scan.html"

FREE_ITEMS = 20
FREE_BYTES = 16_384
"""This much may be read for any answer, however small: it may be a part of a larger item, or pointers may lead to
it."""

GROWTH_FACTOR = 2
GROWTH_ITEMS = 5
GROWTH_BYTES = 1024
"""Reading ahead costs a little more if there is more to read; reading everything costs as much more as there is."""

AtLeastOne = Annotated[int, Schema(minimum=1)]
AtLeastTwo = Annotated[int, Schema(minimum=2)]

MORE_CALLS = 4
PAGE_BYTES = 500_000
BATCH_ITEMS = 100
"""A longer answer may take a few more calls: another page, or a batch of items by their keys. A page ends at 1 MB, and
a batch has at most a hundred keys."""


@check(
    "code.cost",
    example={
        "driven": "store",
        "question": "reviews_for_product",
        "examined_per_item": 5,
        "bytes_factor": 10,
        "maximum_calls": 40,
    },
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active", "code.answers"),
    source=QUERY,
    phases=(LITTLE, MUCH, SMALL_PAGES),
)
@resting_on(lambda scenario, question, **_: (question, *scenario.questions[question].written_by))
def cost(
    context: Context,
    question: QuestionName,
    examined_per_item: AtLeastOne,
    bytes_factor: AtLeastTwo,
    maximum_calls: AtLeastOne,
) -> Passed:
    """The cost of an answer does not grow with the other data in the table, and no question is answered with a Scan.

    The same questions are asked with little data, and again with much more unrelated data. What counts are the items
    that DynamoDB examined, the bytes of its answers and the calls, as they crossed the wire. A thing may consist of
    several items, for example one for each of its parts: at most `examined_per_item` items may be examined for each
    object in an answer (and 20 for any answer), and at most `bytes_factor` times its bytes may be read (and 16 KB). The
    number of calls may be up to `maximum_calls`, but not one for each thing.
    """
    code = code_of(context)
    much = [one for one in code.asked(question) if one.called.phase == MUCH]
    before = {json.dumps(encode(one.arguments)): one for one in code.in_phases(LITTLE) if one.method == question}
    asks = [
        _Costly(before[key], one.called) for one in much if (key := json.dumps(encode(one.called.arguments))) in before
    ]
    if not asks:
        raise Undetermined(
            f"{question} was never called: the evidence is from another version of this tool.", resource=code.resource
        )
    scans = [one.called for one in code.asked(question) if _Cost.of(one.called).scans]
    if scans:
        raise Failed(
            f"{question} reads the whole table or index: it uses Scan.",
            expected="Query or GetItem by keys; no Scan, which reads everything, whatever its filter lets through",
            actual=_calls(scans[-1]),
            resource=code.resource,
            remedy="Give the items for a question the same partition key, in the table or in an index, and use Query.",
            **shown(code.driven, scans[-1]),
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
            f"{question} {problem.says}",
            expected=problem.expected,
            actual=f"{worst.figures}; {_calls(worst.much)}",
            resource=code.resource,
            remedy=problem.remedy,
            **shown(code.driven, worst.much),
        )
    examined = max(asks, key=lambda one: one.after.examined)
    return Passed(
        f"What {question} reads does not grow with the table: at most {counted(examined.after.examined, 'item')} "
        f"for an answer of {examined.returned}.",
        actual=examined.figures,
        resource=code.resource,
    )


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a call read: the number of reads, of items examined and of bytes returned."""

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
        """The window that it asks about. If items are kept by weeks, a month needs more calls than a day."""
        return repr(self.much.arguments[1:])

    @property
    def figures(self) -> str:
        return (
            f"with little data {_figures(self.before)}; with much more, unrelated data {_figures(self.after)}; "
            f"the answer holds {counted(self.returned, 'item')}"
        )


def _objects(value: Any) -> int:
    """How many objects an answer holds, each of which may be an item: things, and their parts."""
    if isinstance(value, Mapping):
        return 1 + sum(map(_objects, value.values()))
    return sum(map(_objects, value)) if isinstance(value, list | tuple) else 0


def _size(value: Any) -> int:
    """The bytes of an answer as JSON. An abridged text counts with its full length."""
    return len(json.dumps(encode(value), ensure_ascii=False).encode()) + full_length(value)


def _figures(cost: _Cost) -> str:
    return f"{counted(cost.examined, 'item')} examined and {cost.size} bytes in {counted(cost.calls, 'call')}"


def _calls(called: CallRecord) -> str:
    reads = reads_of(called)
    shown = "; ".join(described(one) for one in reads[:SHOWN])
    return shown + (f"; and {len(reads) - SHOWN} more calls" if len(reads) > SHOWN else "")


def _reading_less(one: _Costly) -> str:
    """How to read no more than what is returned."""
    queries = [read for read in reads_of(one.much) if read.operation in ("Query", "Scan")]
    keys = (
        "Put what you ask for into the keys: whom or what you ask about in the partition key, the time in the sort key."
    )
    if [read for read in queries if read.filter or read.examined > read.returned]:
        return f"A filter does not make a Query read less. {keys}"
    if one.after.examined <= GROWTH_FACTOR * one.before.examined + GROWTH_ITEMS and one.after.size > one.before.size:
        return f"An item that collects others is always read whole. Make each of them an item of its own. {keys}"
    return f"You also pay for what is read and then left out. {keys}"


@dataclass(frozen=True, slots=True)
class _Bounds:
    examined_per_item: int
    bytes_factor: int
    maximum_calls: int

    def problem(self, one: _Costly, usual_calls: int) -> Problem | None:
        """What is wrong with the cost of a question. `usual_calls` is the number of calls for the cheapest answer about
        the same window that holds something."""
        before, after = one.before, one.after
        grown = (
            after.examined > GROWTH_FACTOR * before.examined + GROWTH_ITEMS
            or after.size > GROWTH_FACTOR * before.size + GROWTH_BYTES
        )
        if grown:
            return Problem(
                "reads more as the table grows, for the same answer.",
                "the same cost with and without unrelated data",
                "",
                _reading_less(one),
                weight=3,
            )
        more = MORE_CALLS + max(after.size // PAGE_BYTES, one.returned // BATCH_ITEMS)
        if after.calls > min(usual_calls + more, self.maximum_calls):
            return Problem(
                f"makes {after.calls} calls for an answer of {counted(one.returned, 'item')}.",
                f"a number of calls that does not grow with the answer, and at most {self.maximum_calls}",
                "",
                "Query returns up to 1 MB of items at once, and BatchGetItem up to 100 items by their keys: ask for them "
                "together, not one by one.",
                weight=2,
            )
        most = self.examined_per_item * one.parts + FREE_ITEMS
        if after.examined > most:
            return Problem(
                f"examines {counted(after.examined, 'item')} for an answer of {counted(one.returned, 'item')}.",
                f"at most {most} items examined: {self.examined_per_item} for each object in the answer, "
                f"and {FREE_ITEMS}",
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
                "Store separately what is asked for separately: an item is read whole, however little of it is needed.",
                weight=1,
            )
        return None
