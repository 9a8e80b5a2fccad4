"""How checks speak, and what they refuse to guess."""

from __future__ import annotations

from typing import Any

import pytest

from checks.facts.tables import Table, listed, refuse_unknown, type_name
from harness.account.reading import Reader
from harness.checking.check import Context, Failed, Pending, Undetermined
from harness.usage import counted
from tests.each import each
from tests.support import TABLE_ARN, Facts, table


@each(
    ("number", "noun", "text"),
    [
        (0, "day", "0 days"),
        (1, "day", "1 day"),
        (2, "day", "2 days"),
        (0, "global index", "0 global indexes"),
        (1, "global index", "1 global index"),
        (25, "global index", "25 global indexes"),
    ],
)
def test_numbers_agree_with_their_nouns(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


@each(("words", "text"), [([], "none"), (["a"], "a"), (["a", "b"], "a, b")])
def test_lists_are_never_empty_texts(words: list[str], text: str) -> None:
    assert listed(words) == text


@each(("letter", "text"), [("S", "S (String)"), ("N", "N (Number)"), ("B", "B (Binary)"), ("X", "X")])
def test_types_are_named(letter: str, text: str) -> None:
    assert type_name(letter) == text


def test_a_known_value_is_let_through() -> None:
    refuse_unknown("The state is", "ON", ("ON", "OFF"), "the-resource")


@each("value", ["DIMMED", None])
def test_an_unknown_value_is_refused_and_told(value: str | None) -> None:
    with pytest.raises(Undetermined) as raised:
        refuse_unknown("The state is", value, ("ON", "OFF"), "the-resource")

    assert raised.value.message == f"The state is {value}, which this version does not know."
    assert (raised.value.statement.actual, raised.value.statement.resource) == (str(value), "the-resource")


@each("status", ["ACTIVE", "CREATING", "UPDATING", "ARCHIVED", "NEWSTATE"])
def test_a_table_is_described(status: str) -> None:
    account: Any = Facts({"DescribeTable": table(TableStatus=status)})

    assert Table(Context(account), "orders").description["TableStatus"] == status
    assert account.asked == [("dynamodb", "DescribeTable", {"TableName": "orders"})]


def test_a_table_that_is_being_deleted_is_not_described() -> None:
    account: Any = Facts({"DescribeTable": table(TableStatus="DELETING")})

    with pytest.raises(Failed, match="The table orders is being deleted"):
        _ = Table(Context(account), "orders").description


@each("status", ["CREATING", "UPDATING"])
def test_a_table_that_changes_is_refused(status: str) -> None:
    account: Any = Facts({"DescribeTable": table(TableStatus=status)})
    changing = Table(Context(account), "orders")

    with pytest.raises(Pending) as raised:
        changing.settled("stream")

    assert raised.value.message == f"The table is {status}: its stream may be changing."
    assert (raised.value.statement.actual, changing.resource) == (status, TABLE_ARN)


@each("status", ["ACTIVE", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"])
def test_a_table_that_rests_is_let_through(status: str) -> None:
    account: Any = Facts({"DescribeTable": table(TableStatus=status)})

    assert Table(Context(account), "orders").settled("stream")["TableStatus"] == status


def test_a_tables_resource_is_what_it_says_itself_once_it_was_asked() -> None:
    account: Any = Facts({"DescribeTable": table(TableArn="arn:aws:dynamodb:us-east-1:210987654321:table/orders")})
    named = Table(Context(Reader(account)), "orders")

    assert named.resource == TABLE_ARN
    assert account.asked == []
    assert named.arn == named.resource == "arn:aws:dynamodb:us-east-1:210987654321:table/orders"
