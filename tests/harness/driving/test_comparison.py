"""What a submission answers is compared exactly, and where it differs is told as a student can find it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from harness.driving.comparison import difference, told
from tests.each import each

ORDER: dict[str, Any] = {
    "orderId": "O-1",
    "total": Decimal("79.90"),
    "items": [{"productId": "a", "quantity": 2}, {"productId": "b", "quantity": 1}],
    "address": {"city": "Köln", "zip": None},
}


@each(
    ("expected", "found"),
    [
        (3, 3),
        (3, Decimal("3.0")),
        (Decimal("3.0"), 3),
        (Decimal("1.20"), Decimal("1.2")),
        (Decimal("1E+3"), 1000),
        (Decimal("-0"), 0),
        (2**70, Decimal(2**70)),
        (True, True),
        (None, None),
        ("", ""),
        (b"x", b"x"),
        (date(2026, 3, 1), date(2026, 3, 1)),
        ([], ()),
        ((1, [2]), [Decimal(1), [2]]),
        ({}, {}),
        (ORDER, {**dict(reversed(ORDER.items())), "items": tuple(ORDER["items"]), "total": Decimal("79.9")}),
    ],
)
def test_what_is_the_same_does_not_differ(expected: object, found: object) -> None:
    assert difference(expected, found) is None
    assert difference([{"a": expected}], [{"a": found}]) is None


@each(
    ("expected", "found", "text"),
    [
        (3, 4, "4 instead of 3"),
        (3, 3.0, "the float 3.0 instead of 3"),
        (Decimal("0.5"), 0.5, "the float 0.5 instead of 0.5"),
        (0.5, Decimal("0.5"), "0.5 instead of the float 0.5"),
        (0, float("nan"), "the float nan instead of 0"),
        (Decimal("1.20"), Decimal("1.21"), "1.21 instead of 1.20"),
        (3, Decimal("NaN"), "the Decimal NaN instead of 3"),
        (3, Decimal("sNaN"), "the Decimal sNaN instead of 3"),
        (Decimal("1.5"), Decimal("-sNaN7"), "the Decimal -sNaN7 instead of 1.5"),
        (3, Decimal("Infinity"), "the Decimal Infinity instead of 3"),
        (1, True, "True instead of 1"),
        (False, 0, "0 instead of False"),
        (True, Decimal(1), "1 instead of True"),
        (True, "True", "'True' instead of True"),
        (3, "3", "'3' instead of 3"),
        ("3", 3, "3 instead of '3'"),
        (None, "", "'' instead of None"),
        ("", None, "None instead of ''"),
        (0, None, "None instead of 0"),
        (None, 0, "0 instead of None"),
        (None, False, "False instead of None"),
        ("Köln", "Koeln", "'Koeln' instead of 'Köln'"),
        ("x", b"x", "the bytes b'x' instead of 'x'"),
        ("2026-03-01", date(2026, 3, 1), "the date 2026-03-01 instead of '2026-03-01'"),
        (date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), "the datetime 2026-03-01 00:00:00+00:00 instead of the date 2026-03-01"),
        ("x", "y" * 100, "'" + "y" * 56 + "... instead of 'x'"),
        ({}, [], "a list instead of an object"),
        ({}, None, "None instead of an object"),
        ({"a": 1}, "a", "'a' instead of an object"),
        ([], {}, "an object instead of a list"),
        ([], "", "'' instead of a list"),
        (["a"], frozenset("a"), "a set instead of a list"),
        (3, [3], "a list instead of 3"),
        ("x", {"S": "x"}, "an object instead of 'x'"),
        ([], [None, None], "2 elements instead of 0"),
        ([1, 2, 3], (1, 2), "2 elements instead of 3"),
        ([1, 2], [2, 1], "at [0]: 2 instead of 1"),
        ([1, [2, {"a": 3}]], [1, [2, {"a": 4}]], "at [1][1].a: 4 instead of 3"),
        ({"a": 1, "b": 2}, {"b": 2}, "the attribute a is missing"),
        ({"a": None}, {}, "the attribute a is missing"),
        ({"a": 1}, {"a": 1, "PK": "x"}, "the answer has the attribute PK, which was not given"),
        ({"a": 1}, {"b": 1}, "the attribute a is missing"),
        ({}, {"x" * 100: 1}, "the answer has the attribute " + "x" * 57 + "..., which was not given"),
        ({"a": 1, "b": 2}, {"b": 3, "a": 4}, "at a: 4 instead of 1"),
        (ORDER, {**ORDER, "total": 79.9}, "at total: the float 79.9 instead of 79.90"),
        (ORDER, {**ORDER, "items": [*ORDER["items"], None]}, "at items: 3 elements instead of 2"),
        (ORDER, {**ORDER, "items": [ORDER["items"][0], {"productId": "b"}]}, "at items[1]: the attribute quantity is missing"),
        (ORDER, {**ORDER, "items": [{**ORDER["items"][0], "quantity": "2"}, 5]}, "at items[0].quantity: '2' instead of 2"),
        (ORDER, {**ORDER, "address": {**ORDER["address"], "PK": 1}}, "at address: the answer has the attribute PK, which was not given"),
        (ORDER, {**ORDER, "address": {"city": "Köln", "zip": "None"}}, "at address.zip: 'None' instead of None"),
    ],
)  # fmt: skip
def test_a_difference_says_where_and_what(expected: Any, found: Any, text: str) -> None:
    assert difference(expected, found) == text


def test_the_place_begins_where_it_is_told() -> None:
    assert difference(1, 2, "order") == "at order: 2 instead of 1"
    assert difference({"a": [1]}, {"a": [2]}, "answer[0]") == "at answer[0].a[0]: 2 instead of 1"
    assert difference({"a": 1}, {}, "order") == "at order: the attribute a is missing"


@each(
    "value",
    [
        *("x" * 5000, b"x" * 5000, frozenset(["x" * 5000]), {"x" * 5000: 1}, [1] * 5000),
        *(10**60, -(10**59), 10**4000, Decimal("1" * 5000), Decimal(f"0.{'1' * 5000}"), Decimal("-1E-9999999")),
        *(Decimal("1E+999999"), Decimal("-9E+99999999"), Decimal(f"NaN{'1' * 5000}"), float("-inf")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_told_fits_a_finding(value: object) -> None:
    assert 0 < len(told(value)) <= 61
    assert difference("expected", value) == f"{told(value)} instead of 'expected'"
