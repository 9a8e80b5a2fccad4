"""What the judges of a shop's store share: how a failed call is told, and how a call is shown to be repeated."""

from __future__ import annotations

import datetime as dt
import sys
import types
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import boto3
import pytest
from checks.facts.shop import LITTLE, LOAD, START_REMEDIES, pasted, shown

from harness.account.errors import TOOL_FAULT_CODE
from harness.checking.finding import Reason, Status
from harness.driving.evidence import START, CallRecord
from harness.submission.caller import FailureKind, Place
from tests.checks.code.evidence import called, exchange, failed, judged

PRODUCT = {"productId": "P1", "price": Decimal("79.90")}


class Store:
    """Remembers how it was made and what it was asked."""

    made: ClassVar[list[Store]] = []

    def __init__(self, *arguments: Any) -> None:
        self.asked: list[Any] = [*arguments]
        Store.made.append(self)

    def put_product(self, *arguments: Any) -> None:
        self.asked += arguments


@pytest.mark.parametrize(
    "arguments",
    [(PRODUCT,), ("P1", "2026-03-01", None), (dt.date(2026, 3, 1), {"at": [Decimal(1)] * 40})],
    ids=["an entity", "plain", "a day"],
)
def test_a_call_is_shown_as_a_program_that_repeats_it(arguments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, without indentation, in the environment that provision.py has."""
    module = types.ModuleType("store")
    monkeypatch.setattr(module, "Store", Store, raising=False)
    monkeypatch.setitem(sys.modules, "store", module)
    monkeypatch.setenv("TABLE_NAME", "orders")
    monkeypatch.setenv("ARCHIVE_BUCKET", "archive")

    first, _, program = pasted(called(LOAD, "put_product", *arguments), "load").partition("\n\n")
    exec(program, {})

    assert first == "The call (load), as Python, to be run where provision.py has run, with its environment:"
    table, bucket, session, *asked = Store.made.pop().asked
    assert (table, bucket, type(session), tuple(asked)) == ("orders", "archive", boto3.Session, arguments)
    assert [line for line in program.splitlines() if line.startswith("store.")] != []
    assert max(map(len, program.splitlines())) <= 80


def test_what_the_call_printed_is_shown_with_it() -> None:
    one = called(LOAD, "put_product", PRODUCT)

    assert pasted(replace(one, output="x = 5\n\n")).endswith("\n--- what it printed, the end of it ---\nx = 5\n")
    assert "printed" not in pasted(replace(one, output=" \n"))


@pytest.mark.parametrize("kind", [one for one in FailureKind if one is not FailureKind.OUT_OF_TIME])
def test_a_failed_call_says_where_it_was(kind: FailureKind) -> None:
    one = replace(failed(called(LOAD, "put_product", PRODUCT), kind), place=Place("parts/keys.py", 7), output="hello\n")

    finding = judged("store.round_trip", one, entity="product")

    assert (finding.status, finding.file, finding.line) == (Status.FAIL, "parts/keys.py", 7)
    assert shown(one) == {"detail": pasted(one), "file": "parts/keys.py", "line": 7}
    assert "\nhello\n" in finding.detail


def test_that_the_time_of_the_run_was_over_is_no_verdict() -> None:
    one = failed(
        called(LOAD, "put_product", PRODUCT, by=exchange("PutItem")), FailureKind.OUT_OF_TIME, "the 9 s were over"
    )

    finding = judged("store.round_trip", one, entity="product")

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert finding.message == "put_product was not driven to its end: the 9 s were over."
    assert "--timeout" in finding.remedy


def start(kind: FailureKind, summary: str) -> CallRecord:
    return replace(failed(called(START, "Store", "orders", "archive"), kind, summary), place=Place("store.py", 3))


@pytest.mark.parametrize(
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
    for check in ("store.session", "price_records.expiry"):
        finding = judged(check, before, start(kind, summary))

        assert (finding.status, finding.file, finding.line) == (Status.FAIL, "store.py", 3)
        assert finding.message == f"The code cannot be used: {summary}."
        assert finding.expected == "store.py holds a class Store that can be imported and made"
        assert remedy in finding.remedy
        assert "store = Store(environ['TABLE_NAME']" in finding.detail


REVIEW = {"reviewId": "R1", "productId": "P1"}
GAP = exchange("ExecuteStatement", status=501, code="NotImplementedException")
CRASH = exchange("UpdateItem", status=500, code=TOOL_FAULT_CODE)


@pytest.mark.parametrize(
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
            "Please report it, with the submission: it is a fault of this tool.",
        ),
    ],
    ids=["a gap", "a fault of the tool"],
)
def test_what_follows_from_what_the_target_could_not_answer_is_no_failure(
    met: Any, reason: Reason, says: str, remedy: str
) -> None:
    """The code caught the error, and went on without what it had asked for."""
    wrote = called(LOAD, "put_review", REVIEW, by=met)
    asked = called(LITTLE, "reviews_for_product", "P1", value=[], by=exchange("Query"))

    finding = judged("access_patterns.answers", wrote, asked, pattern="reviews_for_product")

    assert (finding.status, finding.reason, finding.remedy) == (Status.ERROR, reason, remedy)
    assert finding.message.startswith(f"{says}reviews_for_product answers 1 question of 1 wrong.")


def test_what_the_target_could_not_answer_excuses_no_other_method() -> None:
    wrote = called(LOAD, "put_review", REVIEW, by=exchange("PutItem"))
    asked = called(LITTLE, "reviews_for_product", "P1", value=[], by=exchange("Query"))
    other = called(LOAD, "put_product", PRODUCT, by=GAP)

    finding = judged("access_patterns.answers", other, wrote, asked, pattern="reviews_for_product")

    assert finding.status is Status.FAIL


def test_right_answers_pass_whatever_the_target_could_not_answer() -> None:
    wrote = called(LOAD, "put_review", REVIEW, by=(GAP, exchange("PutItem")))
    asked = called(LITTLE, "reviews_for_product", "P1", value=[REVIEW], by=exchange("Query"))

    finding = judged("access_patterns.answers", wrote, asked, pattern="reviews_for_product")

    assert finding.status is Status.PASS


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (GAP, Reason.UNSUPPORTED),
        (exchange("PutBulk", status=501, code="NotImplementedException"), Reason.UNSUPPORTED),
        (CRASH, Reason.UNREACHABLE),
        (exchange("PutItem", status=503, code="ServiceUnavailable"), Reason.UNREACHABLE),
        (exchange("PutItem", status=0, code="ConnectionDropped"), Reason.UNREACHABLE),
    ],
    ids=["PartiQL", "a gap", "a fault of the tool", "a server's error", "a dropped connection"],
)
def test_a_call_that_ends_at_what_the_target_could_not_answer_leaves_no_maximum(last: Any, reason: Reason) -> None:
    wrote = failed(called(LOAD, "put_review", REVIEW, by=last))

    finding = judged("access_patterns.answers", wrote, pattern="reviews_for_product")

    assert (finding.status, finding.reason, finding.not_graded) == (Status.ERROR, reason, False)


def test_orders_that_cannot_be_placed_without_stock_are_told_by_the_stock() -> None:
    stock = failed(called(LOAD, "set_inventory", "P1", 1, "2026-03-01"), summary="ClientError: Syntax error")
    order = failed(called(LOAD, "place_order", {"orderId": "O1", "customerId": "C1", "items": []}))

    finding = judged("access_patterns.answers", stock, order, pattern="orders_for_customer")
    alone = judged("access_patterns.answers", order, pattern="orders_for_customer")

    assert finding.message == "set_inventory failed: ClientError: Syntax error."
    assert alone.message.startswith("place_order failed: KeyError")
