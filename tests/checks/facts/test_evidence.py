"""What judges of code share: how a failed call is told, and how a call is shown to be repeated."""

from __future__ import annotations

import datetime as dt
import sys
import types
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import boto3
import pytest

from checks.facts.evidence import START_REMEDIES, pasted, shown
from harness.account.errors import TOOL_FAULT_CODE
from harness.checking.check import Context
from harness.checking.finding import Reason, Status
from harness.driving.evidence import START, CallRecord
from harness.driving.scenario import LITTLE, LOAD, Driven
from harness.submission.caller import FailureKind, Place
from tests.checks.code.evidence import STORE, called, exchange, failed, judged, told
from tests.each import each
from tests.support import denied, judge, not_found, table

PRODUCT = {"productId": "P1", "price": Decimal("79.90")}


class Thing:
    """Remembers how it was made and what it was asked."""

    made: ClassVar[list[Thing]] = []

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.asked: list[Any] = []
        Thing.made.append(self)

    def put_product(self, *arguments: Any) -> None:
        self.asked += arguments


def example(monkeypatch: pytest.MonkeyPatch, driven: Driven, called: CallRecord) -> tuple[str, Thing]:
    """A call as it is pasted, and the object, or the module that stands for it, when that has been run as it stands: without
    indentation, in the environment that provision.py has, beside the submission's files."""
    Thing.made.clear()
    package, _, name = driven.module.rpartition(".")
    module = types.ModuleType(driven.module)
    if driven.class_name:
        monkeypatch.setattr(module, driven.class_name, Thing, raising=False)
    else:
        monkeypatch.setattr(module, "put_product", Thing().put_product, raising=False)
    monkeypatch.setitem(sys.modules, driven.module, module)
    if package:
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
        monkeypatch.setattr(sys.modules[package], name, module, raising=False)
    monkeypatch.setenv("TABLE_NAME", "orders")
    monkeypatch.setenv("ARCHIVE_BUCKET", "archive")

    first, _, program = pasted(driven, called, "load").partition("\n\n")
    exec(program, {})

    assert first == "The call (load), as Python code to run where provision.py has run, with its environment:"
    assert max(map(len, program.splitlines())) <= 80
    [thing] = Thing.made
    return program, thing


@pytest.mark.parametrize(
    "arguments",
    [(PRODUCT,), ("P1", "2026-03-01", None), (dt.date(2026, 3, 1), {"at": [Decimal(1)] * 40})],
    ids=["an entity", "plain", "a day"],
)
def test_a_call_is_shown_as_a_program_that_repeats_it(arguments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program, store = example(monkeypatch, STORE, called(LOAD, "put_product", *arguments))

    table_name, bucket, session = store.arguments
    assert (table_name, bucket, type(session), tuple(store.asked)) == ("orders", "archive", boto3.Session, arguments)
    assert [line for line in program.splitlines() if line.startswith("store.")] != []


PLAIN = replace(STORE, arguments=(), made_with=(), session=False)
FORMS = {
    "a class with a session": (STORE, ("orders", "archive", boto3.Session), "store = Store(environ['TABLE_NAME'], "),
    "a class that is given a session alone": (
        replace(PLAIN, session=True),
        (boto3.Session,),
        "import boto3\nfrom store import Store\nstore = Store(boto3.Session())\nstore.put_product(",
    ),
    "a class without arguments": (PLAIN, (), "from store import Store\nstore = Store()\nstore.put_product("),
    "a class of other arguments": (
        replace(PLAIN, arguments=("x", 7, None, True), made_with=("'x'", "7", "None", "True")),
        ("x", 7, None, True),
        "from store import Store\nstore = Store('x', 7, None, True)\nstore.put_product(",
    ),
    "a class of a dotted module": (
        replace(PLAIN, name="shelf", module="parts.store"),
        (),
        "from parts.store import Store\nshelf = Store()\nshelf.put_product(",
    ),
    "a module": (replace(PLAIN, class_name=""), (), "import store\nstore.put_product("),
    "a module of another name": (replace(PLAIN, name="shelf", class_name=""), (), "import store\nstore.put_product("),
    "a dotted module": (
        replace(PLAIN, name="shelf", module="parts.store", class_name=""),
        (),
        "from parts import store\nstore.put_product(",
    ),
    "a module in a package of a package": (
        replace(PLAIN, module="parts.of.store", class_name=""),
        (),
        "from parts.of import store\nstore.put_product(",
    ),
}
"""What may be driven, what it is made with, and how an example of it begins, the imports of its arguments apart."""


@pytest.mark.parametrize(("driven", "made_with", "begins"), FORMS.values(), ids=FORMS.keys())
def test_an_example_makes_or_imports_what_the_lab_drives(
    driven: Driven, made_with: tuple[Any, ...], begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, thing = example(monkeypatch, driven, called(LOAD, "put_product", PRODUCT))

    given = tuple(type(one) if isinstance(one, boto3.Session) else one for one in thing.arguments)
    assert (given, thing.asked) == (made_with, [PRODUCT])
    assert begins in program
    assert ("import boto3" in program, "environ" in program) == (driven.session, "environ[" in str(driven.made_with))


@pytest.mark.parametrize(("driven", "made_with", "begins"), FORMS.values(), ids=FORMS.keys())
def test_an_example_of_what_cannot_be_started_ends_before_any_call(
    driven: Driven, made_with: tuple[Any, ...], begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, thing = example(monkeypatch, driven, called(START, driven.class_name or "store"))

    assert (len(thing.arguments), thing.asked) == (len(made_with), [])
    assert begins.removesuffix(f"{driven.subject}.put_product(").rstrip("\n") in program
    assert f"{driven.subject}.put_product" not in program


@each(
    ("driven", "what", "must_hold"),
    [
        (STORE, "store.py holds a class Store that can be imported and created", "a class Store that has every method"),
        (replace(PLAIN, module="parts.store", class_name=""), "parts/store.py can be imported", "every function"),
    ],
)
def test_what_cannot_be_started_says_what_the_file_must_hold(driven: Driven, what: str, must_hold: str) -> None:
    finding = judged("code.session", start(FailureKind.MISSING, "there is no such file"), driven=driven)

    assert told(finding) == "The code cannot be used: there is no such file."
    assert finding.expected == what
    assert finding.remedy == f"Write {driven.file} with {must_hold} of the starter, with the same names."


def test_what_the_call_printed_is_shown_with_it() -> None:
    one = called(LOAD, "put_product", PRODUCT)

    assert pasted(STORE, replace(one, output="x = 5\n\n")).endswith("\n--- the end of what it printed ---\nx = 5\n")
    assert "printed" not in pasted(STORE, replace(one, output=" \n"))


@each("kind", [one for one in FailureKind if one is not FailureKind.OUT_OF_TIME])
def test_a_failed_call_says_where_it_was(kind: FailureKind) -> None:
    one = replace(failed(called(LOAD, "put_product", PRODUCT), kind), place=Place("parts/keys.py", 7), output="hello\n")

    finding = judged("code.round_trip", one, entity="product")

    assert (finding.status, finding.file, finding.line) == (Status.FAIL, "parts/keys.py", 7)
    assert shown(STORE, one) == {"detail": pasted(STORE, one), "file": "parts/keys.py", "line": 7}
    assert "\nhello\n" in finding.detail


def test_that_the_time_of_the_run_was_over_is_no_verdict() -> None:
    one = failed(
        called(LOAD, "put_product", PRODUCT, by=exchange("PutItem")), FailureKind.OUT_OF_TIME, "the 9 s were over"
    )

    finding = judged("code.round_trip", one, entity="product")

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert finding.message == "put_product did not finish: the 9 s were over."
    assert "--timeout" in finding.remedy


def start(kind: FailureKind, summary: str) -> CallRecord:
    return replace(failed(called(START, "Store", "orders", "archive"), kind, summary), place=Place("store.py", 3))


@each(
    ("kind", "summary", "remedy"),
    [
        (FailureKind.RAISED, "ModuleNotFoundError: No module named 'x'", START_REMEDIES["ModuleNotFoundError"]),
        (FailureKind.RAISED, "SyntaxError: invalid syntax (store.py, line 3)", START_REMEDIES["SyntaxError"]),
        (FailureKind.RAISED, "KeyError: 'x'", "See the traceback"),
        (FailureKind.MISSING, "there is no store.py in the submission's folder", "Write store.py with a class Store"),
        (FailureKind.HUNG, "it neither computed nor waited for an answer for 30 s", "Look for what it waits for"),
    ],
)
def test_code_that_cannot_be_used_is_told_by_any_check_that_needs_it(
    kind: FailureKind, summary: str, remedy: str
) -> None:
    before = called(LITTLE, "get_product", "P1", value=None, by=exchange("GetItem"))
    for check in ("code.session", "code.expiry"):
        finding = judged(check, before, start(kind, summary))

        assert (finding.status, finding.file, finding.line) == (Status.FAIL, "store.py", 3)
        assert finding.message == f"The code cannot be used: {summary}."
        assert finding.expected == "store.py holds a class Store that can be imported and created"
        assert remedy.format(file="store.py", module="store") in finding.remedy
        assert "store = Store(environ['TABLE_NAME']" in finding.detail


REVIEW = {"reviewId": "R1", "productId": "P1"}
GAP = exchange("ExecuteStatement", status=501, code="NotImplementedException")
CRASH = exchange("UpdateItem", status=500, code=TOOL_FAULT_CODE)


@each(
    ("met", "reason", "says", "remedy"),
    [
        (
            GAP,
            Reason.UNSUPPORTED,
            "Not decided, because put_review asked for dynamodb ExecuteStatement, which this target lacks. So far: ",
            "Write put_review without ExecuteStatement, or grade on a target that has it.",
        ),
        (
            CRASH,
            Reason.UNREACHABLE,
            "Not decided, because put_review asked for dynamodb UpdateItem, at which this tool itself failed. So far: ",
            "Please report it, with the submission: it is a bug of this tool.",
        ),
    ],
)
def test_what_follows_from_what_the_target_could_not_answer_is_no_failure(
    met: Any, reason: Reason, says: str, remedy: str
) -> None:
    """The code caught the error, and went on without what it had asked for."""
    wrote = called(LOAD, "put_review", REVIEW, by=met)
    asked = called(LITTLE, "reviews_for_product", "P1", value=[], by=exchange("Query"))

    finding = judged("code.answers", wrote, asked, question="reviews_for_product")

    assert (finding.status, finding.reason, finding.remedy) == (Status.ERROR, reason, remedy)
    assert finding.message.startswith(f"{says}reviews_for_product answers 1 question of 1 wrong.")


def test_what_the_target_could_not_answer_excuses_no_other_method() -> None:
    wrote = called(LOAD, "put_review", REVIEW, by=exchange("PutItem"))
    asked = called(LITTLE, "reviews_for_product", "P1", value=[], by=exchange("Query"))
    other = called(LOAD, "put_product", PRODUCT, by=GAP)

    finding = judged("code.answers", other, wrote, asked, question="reviews_for_product")

    assert finding.status is Status.FAIL


def test_right_answers_pass_whatever_the_target_could_not_answer() -> None:
    wrote = called(LOAD, "put_review", REVIEW, by=(GAP, exchange("PutItem")))
    asked = called(LITTLE, "reviews_for_product", "P1", value=[REVIEW], by=exchange("Query"))

    finding = judged("code.answers", wrote, asked, question="reviews_for_product")

    assert finding.status is Status.PASS


@each(
    ("last", "reason"),
    [
        (GAP, Reason.UNSUPPORTED),
        (exchange("PutBulk", status=501, code="NotImplementedException"), Reason.UNSUPPORTED),
        (CRASH, Reason.UNREACHABLE),
        (exchange("PutItem", status=503, code="ServiceUnavailable"), Reason.UNREACHABLE),
        (exchange("PutItem", status=0, code="ConnectionDropped"), Reason.UNREACHABLE),
    ],
)
def test_a_call_that_ends_at_what_the_target_could_not_answer_leaves_no_maximum(last: Any, reason: Reason) -> None:
    wrote = failed(called(LOAD, "put_review", REVIEW, by=last))

    finding = judged("code.answers", wrote, question="reviews_for_product")

    assert (finding.status, finding.reason, finding.not_graded) == (Status.ERROR, reason, False)


def test_orders_that_cannot_be_placed_without_stock_are_told_by_the_stock() -> None:
    stock = failed(called(LOAD, "set_inventory", "P1", 1, "2026-03-01"), summary="ClientError: Syntax error")
    order = failed(called(LOAD, "place_order", {"orderId": "O1", "customerId": "C1", "items": []}))

    finding = judged("code.answers", stock, order, question="orders_for_customer")
    alone = judged("code.answers", order, question="orders_for_customer")

    assert finding.message == "set_inventory failed: ClientError: Syntax error."
    assert alone.message.startswith("place_order failed: KeyError")


LAST = {
    "partiql": (
        exchange("ExecuteStatement", status=501, condition="SELECT 1"),
        Status.ERROR,
        Reason.UNSUPPORTED,
        "PartiQL",
    ),
    "not allowed": (
        exchange("PutItem", status=403, code="HarnessReadsOnly"),
        Status.SKIP,
        Reason.NOT_ALLOWED,
        "does not allow",
    ),
    "a gap": (
        exchange("PutItem", status=501, code="NotImplementedException"),
        Status.ERROR,
        Reason.UNSUPPORTED,
        "which this target lacks",
    ),
    "dropped": (exchange("PutItem", status=0), Status.ERROR, Reason.UNREACHABLE, "the connection was closed"),
    "throttled": (
        exchange("PutItem", status=400, code="ThrottlingException"),
        Status.ERROR,
        Reason.UNREACHABLE,
        "throttled",
    ),
    "denied": (
        exchange("PutItem", status=400, code="AccessDeniedException"),
        Status.ERROR,
        Reason.DENIED,
        "dynamodb:PutItem",
    ),
    "own credentials": (
        exchange("PutItem", status=403, code="UnrecognizedClientException", role="unknown"),
        Status.FAIL,
        None,
        "failed",
    ),
    "its own error": (exchange("PutItem", status=400, code="ValidationException"), Status.FAIL, None, "failed"),
    "after a success": (exchange("PutItem"), Status.FAIL, None, "failed"),
}


@each("why", LAST)
def test_a_call_that_the_target_ended_says_nothing_of_the_store(why: str) -> None:
    last, status, reason, said = LAST[why]
    broken = failed(called(LOAD, "put_product", PRODUCT, by=(exchange("PutItem"), last)))

    finding = judged("code.round_trip", broken, entity="product")

    assert (finding.status, finding.reason) == (status, reason)
    assert said in finding.message


@each(
    "kind",
    [
        FailureKind.MISSING,
        FailureKind.NOT_PLAIN,
        FailureKind.HUNG,
        FailureKind.TOO_MUCH_CPU,
        FailureKind.TOO_MANY_REQUESTS,
        FailureKind.ENDED,
        FailureKind.GARBLED,
    ],
)
def test_every_way_to_fail_has_its_remedy(kind: FailureKind) -> None:
    broken = failed(called(LOAD, "put_product", PRODUCT, by=exchange("PutItem", status=400)), kind, "it did not")

    finding = judged("code.round_trip", broken, entity="product")

    assert told(finding) == "put_product failed: it did not."
    assert finding.actual == f"{kind}: it did not."


@each("kind", ["code.session", "code.one_table", "code.partition_keys"])
def test_what_cannot_be_read_or_was_not_driven_is_no_verdict(kind: str) -> None:
    missing = judge(kind, {"DescribeTable": not_found()}, driven=STORE)
    refused = judge(kind, {"DescribeTable": denied("DescribeTable")}, driven=STORE)
    undriven = judge(kind, {"DescribeTable": table()}, driven=STORE)

    assert (missing.status, refused.reason) == (Status.FAIL, Reason.DENIED)
    assert (undriven.status, undriven.reason) == (Status.SKIP, Reason.NOT_ALLOWED)
    assert Context(None).gathered is None  # type: ignore[arg-type]  # whoever makes one by hand drives nothing
