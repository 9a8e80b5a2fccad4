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

from checks.shop import LITTLE, LOAD, START_REMEDIES, pasted, place_of
from harness.driver import FailureKind, Place
from harness.finding import Reason, Status
from harness.transcript import START, Called
from tests.checks.transcripts import called, exchange, failed, judged

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
    assert place_of(one) == {"file": "parts/keys.py", "line": 7}
    assert "\nhello\n" in finding.detail


def test_that_the_time_of_the_run_was_over_is_no_verdict() -> None:
    one = failed(
        called(LOAD, "put_product", PRODUCT, by=exchange("PutItem")), FailureKind.OUT_OF_TIME, "the 9 s were over"
    )

    finding = judged("store.round_trip", one, entity="product")

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert finding.message == "put_product was not driven to its end: the 9 s were over."
    assert "--timeout" in finding.remedy


def start(kind: FailureKind, summary: str) -> Called:
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
