"""Whatever a method returns, however odd, each check of code says pass or fail: it is no fault of the harness."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.dynamodb_ecommerce import scenario
from fixtures.dynamodb_ecommerce.data import Step, generate
from fixtures.dynamodb_ecommerce.model import PRICES_EXPIRE_AFTER, Model
from fixtures.dynamodb_ecommerce.orders import maker
from harness.checking.check import REGISTRY
from harness.checking.finding import Finding, Status
from harness.checking.runner import Runner
from harness.driving import session
from harness.driving.agreement import applied
from harness.driving.evidence import CallRecord, Change, Evidence, Exchange, TimeJump
from harness.driving.faults import Fault
from harness.driving.scenario import (
    BEFORE_EXPIRY,
    JUST_WRITTEN,
    LITTLE,
    LOAD,
    MUCH,
    NEW_RECORDS,
    SMALL_PAGES,
    Either,
    Expiring,
)
from harness.driving.session import DrivingOptions, DrivingSession, NotStarted
from harness.driving.write_guard import GuardedTable, WriteGuard
from harness.gateway.server import Gateway, Response
from harness.grading import tape
from harness.submission.caller import Call, Failure, FailureKind, Limits
from harness.targets.target import Target, TargetKind
from tests.accounts import lab
from tests.checks.code.evidence import EXPIRING, STORE, TABLE, TODAY, gathered
from tests.checks.code.evidence import exchange as request
from tests.support import Facts, FakeClock, table

READERS = scenario.shop.readers
ALONE = replace(STORE, arguments=())
"""A Store that is given its session alone."""

BEFORE_THE_CLASS = """
import collections.abc, datetime, decimal, enum, os, stat, sys, threading
from decimal import Decimal

class Liar:
    __class__ = dict
class LyingText:
    __class__ = str
class Text(str):
    def __eq__(self, other): raise ZeroDivisionError
    def __hash__(self): return 7
    def __str__(self): return 5
class Number(int):
    def __int__(self): return 'x'
    def __lt__(self, other): raise ZeroDivisionError
class Day(datetime.date):
    def isoformat(self): return 'noon'
class Endless(collections.abc.Sequence):
    def __len__(self): return 5
    def __getitem__(self, place): return self
class Members(collections.abc.Set):
    def __contains__(self, one): return True
    def __len__(self): return 2
    def __iter__(self): return iter([[1], {'a': 1}])
class Raising(dict):
    def items(self): raise LookupError('no items')

def nested(depth, inner=0):
    sys.setrecursionlimit(10**6)
    for _ in range(depth):
        inner = [inner]
    return inner
def in_a_pipe(text):
    for fd in range(3, 30):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.write(fd, text)
        except OSError:
            pass
    threading.Event().wait()
"""
ODD = {
    "sNaN": "Decimal('sNaN')",
    "NaN": "Decimal('NaN')",
    "infinity": "Decimal('-Infinity')",
    "a float NaN": "float('nan')",
    "a huge Decimal": "Decimal('1E+999999')",
    "a huge int": "10**5000",
    "a long int": "10**2000",
    "half a character": "'a\\ud83d'",
    "control characters": "'\\x00\\x1b[31m\\u202e'",
    "a list": "['x']",
    "an object": "{'x': 1}",
    "a set": "{'x', 'y', Decimal(1)}",
    "a set of tuples": "{(1, 2)}",
    "a set of sNaN": "Members()",
    "bytes": "b'\\xff'",
    "a date": "datetime.date(2026, 3, 1)",
    "a time": "datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=1)))",
    "no day": "'2026-13-45'",
    "the last day": "'9999-12-31'",
    "true": "True",
    "none": "None",
    "an empty text": "''",
    "a text with odd methods": "Text('x')",
    "a number with odd methods": "Number(7)",
    "a date with odd methods": "Day(2026, 3, 1)",
    "an object that is not": "Liar()",
    "a text that is not": "LyingText()",
    "an object that raises": "Raising(a=1)",
    "a sequence": "Endless()",
    "a generator": "(one for one in [1])",
    "a class": "dict",
    "an enumeration": "enum.IntEnum('E', 'a')['a']",
    "nested 98 deep": "nested(97)",
    "nested 800 deep": "nested(800)",
    "nested 100,000 deep": "nested(100_000)",
}
"""Values, as expressions of Python."""

LARGE = {"many": "[0] * 400_000", "more than a pipe should carry": "'x' * 20_000_000"}

GARBLED = {
    "it is not JSON": "in_a_pipe(b'[' * 5000 + b'\\n')",
    "it does not have the form of a reply": """in_a_pipe(b'{"number": 2}\\n')""",
    "it is the reply to another call": """in_a_pipe(b'{"number": 3, "value": 1}\\n')""",
    "it holds an invalid number": """in_a_pipe(b'{"number": 2, "value": {"$decimal": "five"}}\\n')""",
    "a set holds what no set can hold": """in_a_pipe(b'{"number": 2, "value": {"$set": [[1]]}}\\n')""",
    "Invalid isoformat string: 'noon'": """in_a_pipe(b'{"number": 2, "value": {"$date": "noon"}}\\n')""",
    "lists or objects are nested more than 100 levels deep": """in_a_pipe(b'{"number": 2, "value": ' + b'[' * 200 + b']' * 200 + b'}\\n')""",
}
"""What is wrong with a reply that the code itself writes to the pipe, and an expression that does so."""

EVERYWHERE = ("all answers", "all but prices", "what did not expire", "prices later")
FORMS = {
    "alone": ("{}", EVERYWHERE),
    "in a list": ("[{}]", ("all answers",)),
    "as an id": ("[{{'orderId': {0}, 'reviewId': {0}, 'date': {0}, 'price': {0}}}]", ("all but prices",)),
    "as a day": ("[{{'date': {0}, 'price': Decimal(1)}}]", ("all answers", "prices later")),
    "in an entity": ("{{'productId': {0}, 'name': {0}, 'items': {0}}}", ("all but prices",)),
}
"""In which form such a value is returned, and where."""


@contextmanager
def driving(folder: Path) -> Iterator[DrivingSession]:
    """The driving of a Store that asks nothing."""
    with Gateway(lambda request: Response(200, b"{}"), reads_only=False) as gateway:
        target = Target(TargetKind.ENDPOINT, "us-east-1", gateway, None, None, "", "")  # type: ignore[arg-type]
        now = datetime.combine(TODAY, datetime.min.time(), UTC)
        options = DrivingOptions(folder, {}, 7, now, "", (), 600.0, Limits(idle_seconds=20.0))
        guard = WriteGuard(GuardedTable(TABLE, ("PK",)))
        yield DrivingSession(ALONE, options, target, guard, FakeClock(), lambda line: None)


def answered(folder: Path, expressions: list[str]) -> list[CallRecord]:
    """What a real process answers: the value of each of these expressions."""
    (folder / "store.py").write_text(
        f"{BEFORE_THE_CLASS}\nclass Store:\n    def __init__(self, session): pass\n"
        "    def do(self, text): return eval(text)\n",
        "utf-8",
    )
    with driving(folder) as made, made.process("reader") as store:
        for one in expressions:
            store.call(LITTLE, "do", one)
        return list(made.evidence.calls)


def exchange(operation: str, returned: int, step: Step) -> Exchange:
    """A request for the item collection of what the step is about."""
    first = step.arguments[0]
    owner = first if isinstance(first, str) else first["customerId" if "orderId" in first else "productId"]
    return request(operation, partitions=(owner,), examined=returned, returned=returned, size=100)


class ByTheModel:
    """Stands for a driving session and for each of its processes: the model answers. A transaction meets a fault in
    each part that injects some."""

    client, is_current, today = "by the model", True, TODAY

    def __init__(self, model: Model, session: ByTheModel | None = None) -> None:
        self.model = model
        self.session = session or self
        self.calls: list[CallRecord] = [] if session is None else session.calls
        self.injects = False

    @property
    def evidence(self) -> Evidence:
        return gathered(*self.calls)

    def wants(self, *_: str) -> bool:
        return True

    def settle(self) -> None:
        pass

    def note(self, called: CallRecord) -> None:
        self.calls.append(called)

    @contextmanager
    def process(self, _: str) -> Iterator[ByTheModel]:
        yield ByTheModel(self.model, self)

    @contextmanager
    def faults(self, *_: Fault) -> Iterator[None]:
        self.injects = True
        yield
        self.injects = False

    def call(self, phase: str, method: str, *arguments: Any, watched: bool = False, part: int = 0) -> None:
        self.note(self.called(phase, method, *arguments, watched=watched, part=part))

    def called(self, phase: str, method: str, *arguments: Any, watched: bool = False, part: int = 0) -> CallRecord:
        one = CallRecord(phase, Call(method, arguments), None, None, (), () if watched else None, part=part)
        foreseen = applied(self.model, one)
        expected = foreseen.expected.values[0] if isinstance(foreseen.expected, Either) else foreseen.expected
        value = list(expected.entries) if isinstance(expected, Expiring) else expected
        failure = Failure(FailureKind.RAISED, "ValueError: it is refused") if foreseen.refusal else None
        operation = "Query" if method in READERS else "TransactWriteItems"
        injects = self.session.injects
        asked = request(operation, injected=injects, written=("a", "b"), code="TransactionConflict" * injects)
        changes = (Change(None, {}, "a"), Change(None, {}, "b")) if watched and not failure else one.changes
        exchanges = (asked, replace(asked, injected=False, code="")) if injects else (asked,)
        return replace(one, value=value, failure=failure, exchanges=exchanges, changes=changes)

    def at_once(self, phase: str, part: int, calls: Any, choose: Any, after_write: Callable[[], object]) -> None:
        for method, arguments in calls.values():
            self.call(phase, method, *arguments, part=part)
            after_write()


@functools.cache
def right() -> Evidence:
    """The evidence of a right store: it answers by the model."""
    made, model = generate(7, TODAY), Model(TODAY)
    calls: list[CallRecord] = []
    day = TODAY

    def do(phase: str, *steps: Step, changes: tuple[Change, ...] | None = None) -> None:
        for step in steps:
            value = getattr(model, step.method)(*step.arguments)
            if isinstance(value, Expiring):
                value = [one for one in value.entries if date.fromisoformat(one["date"]) + PRICES_EXPIRE_AFTER > day]
            operation = "Query" if step.method in READERS else "PutItem"
            returned = len(value) if isinstance(value, list) else 1
            call = Call(step.method, step.arguments)
            value = list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value
            calls.append(CallRecord(phase, call, value, None, (exchange(operation, returned, step),), changes))

    do(LOAD, *made.steps)
    for phase in (LITTLE, MUCH, SMALL_PAGES):
        do(phase, *scenario.questions(made), *scenario._single_reads(made))
    do(JUST_WRITTEN, Step("set_inventory", (made.bare, 3, made.day(0))), Step("inventory_level", (made.bare,)))
    for_orders = ByTheModel(model)
    clients = [ByTheModel(model, for_orders) for _ in range(2)]
    scenario._try_orders(for_orders, clients, for_orders, maker(made, ""))  # type: ignore[arg-type]
    calls += for_orders.calls
    for age in scenario.NEW_PRICE_AGES:
        due = datetime.combine(TODAY - timedelta(days=age), datetime.min.time(), UTC) + PRICES_EXPIRE_AFTER
        item = {"PK": {"S": "x"}, "ttl": {"N": str(int(due.timestamp()))}}
        do(NEW_RECORDS, scenario.new_price(made, age), changes=(Change(None, item),))
    do(BEFORE_EXPIRY, *scenario._all_that_stays(made))
    time_jumps = []
    for days in scenario.LATER_DAYS:
        day = TODAY + timedelta(days=days)
        time_jumps.append(TimeJump(f"{days} days on", day, 1))
        do(time_jumps[-1].phase, *scenario._all_that_stays(made))
    return gathered(*calls, time_jumps=tuple(time_jumps))


def findings(evidence: Evidence) -> list[Finding]:
    """What every check of the lab that judges code says, each by itself."""
    specs = [replace(one, needs=(), driven=STORE) for one in lab().checks if one.driven is not None]
    answers = {"DescribeTable": table(), "DescribeTimeToLive": EXPIRING}
    runner = Runner(specs, Facts(answers), FakeClock(), concurrent_checks=1)
    return runner.run(None, lambda driven, phases: evidence)


def with_answers(odd: CallRecord, wrong: Callable[[CallRecord], bool]) -> Evidence:
    """The right evidence, in which some answers are that."""
    calls = [replace(one, value=odd.value, failure=odd.failure) if wrong(one) else one for one in right().calls]
    return replace(right(), calls=tuple(calls))


PLACES: dict[str, Callable[[CallRecord], bool]] = {
    "all answers": lambda called: called.method in READERS,
    "all but prices": lambda called: called.method in READERS and called.method != "price_history",
    "what did not expire": lambda called: called.phase.endswith("days on") and called.method != "price_history",
    "prices later": lambda called: called.phase.endswith("days on") and called.method == "price_history",
}


def test_a_right_store_passes_all_of_them() -> None:
    assert {one.check for one in findings(right())} == {one.kind for one in REGISTRY.values() if one.phases is not None}
    assert [one for one in findings(right()) if one.status is not Status.PASS] == []


@pytest.mark.proof
@pytest.mark.parametrize("form", FORMS)
def test_no_answer_is_a_fault_of_the_harness(tmp_path: Path, form: str) -> None:
    expression, places = FORMS[form]

    for name, odd in zip(ODD, answered(tmp_path, [expression.format(one) for one in ODD.values()]), strict=True):
        for place in places:
            if odd.failure is None or form == "alone":
                told = findings(with_answers(odd, PLACES[place]))
                assert [one for one in told if one.status is Status.ERROR] == [], (name, place)
                assert [one for one in told if one.status is Status.FAIL], (name, place)
        evidence = replace(right(), calls=(odd,))
        again = Evidence.from_plain(json.loads(json.dumps(evidence.plain())))
        assert repr(again.calls) == repr(evidence.calls), name


@pytest.mark.parametrize(("name", "expression"), GARBLED.items(), ids=list(GARBLED))
def test_no_reply_is_a_fault_of_the_harness(tmp_path: Path, name: str, expression: str) -> None:
    [odd] = answered(tmp_path, [expression])

    assert odd.failure is not None
    assert odd.failure.kind is FailureKind.GARBLED
    assert odd.failure.summary == f"the reply could not be read: {name}"


@pytest.mark.parametrize(
    ("name", "kind", "summary"),
    [
        ("sNaN", FailureKind.NOT_PLAIN, "do returned a signaling NaN, which is not a number in DynamoDB"),
        (
            "half a character",
            FailureKind.NOT_PLAIN,
            "do returned a text with half a character (U+D83D), which UTF-8 cannot encode",
        ),
        ("a huge int", FailureKind.NOT_PLAIN, "do returned an int of more than 3000 digits, not plain data"),
        (
            "a set of tuples",
            FailureKind.NOT_PLAIN,
            "do returned a set with a member that a set in DynamoDB cannot hold",
        ),
        ("an object that is not", FailureKind.NOT_PLAIN, "do returned a Liar, not plain data"),
        ("an object that raises", FailureKind.RAISED, "LookupError: no items"),
        ("nested 98 deep", None, ""),
        ("nested 800 deep", FailureKind.NOT_PLAIN, "do returned lists or objects nested more than 100 levels deep"),
        ("nested 100,000 deep", FailureKind.NOT_PLAIN, "do returned lists or objects nested more than 100 levels deep"),
        ("many", FailureKind.NOT_PLAIN, "do returned 1,200,000 bytes, not counting long texts"),
        ("more than a pipe should carry", FailureKind.NOT_PLAIN, "do returned more than 16 MiB"),
    ],
)
def test_what_was_returned_is_told(tmp_path: Path, name: str, kind: FailureKind | None, summary: str) -> None:
    [called] = answered(tmp_path, [{**ODD, **LARGE}[name]])

    assert (called.failure.kind if called.failure else None) is kind
    assert (called.failure.summary if called.failure else "").startswith(summary)


def test_all_answers_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a tape that is recorded can be read again."""
    assert 2 * session.LARGEST_EVIDENCE_BYTES <= tape.SIZE_LIMIT_BYTES
    monkeypatch.setattr(session, "LARGEST_EVIDENCE_BYTES", 500)

    calls = answered(tmp_path, ["'x' * 100"] * 5)

    told = [one.failure.summary if one.failure else None for one in calls]
    assert told == [None] * 3 + ["with do, all answers are larger than 32 MiB"] * 2


def test_an_object_that_cannot_be_made_ends_the_driving(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("import not_there\n", "utf-8")

    with driving(tmp_path) as made:
        with pytest.raises(NotStarted), made.process("reader"):
            raise AssertionError("it was driven")
        evidence = made.evidence

    [told] = {one.message for one in findings(evidence) if one.status is not Status.SKIP}
    assert told == ("The code cannot be used: ModuleNotFoundError: No module named 'not_there'.")
