"""Plain data keeps its types through JSON, and what is no plain data is refused."""

from __future__ import annotations

import enum
import json
import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from harness.documents.plain import decode, encode
from tests.each import each


class Colour(enum.StrEnum):
    RED = "red"


class Clever(str):
    """A text that says it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


@each(
    "value",
    [
        None,
        True,
        7,
        2**80,
        "grüße\ud83d",
        1.5,
        1.0,
        [],
        {"a": [1, {"b": None}]},
        Decimal("1.20"),
        Decimal("1E+3"),
        Decimal("NaN"),
        datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        date(2024, 2, 29),
        b"\x00\xff",
        frozenset({1, 2}),
        frozenset(),
        {"$decimal": "5"},
        {"$object": {"$set": [1]}},
        {"$a": 1, "b": Decimal(2)},
        math.inf,
    ],
)
def test_what_is_plain_comes_back_with_its_type(value: object) -> None:
    back = decode(json.loads(json.dumps(encode(value))))

    assert repr(back) == repr(value) or back == value
    assert type(back) is type(value)


@each(
    ("value", "expected"),
    [
        ((1, 2), [1, 2]),
        ({1, 2}, frozenset({1, 2})),
        (bytearray(b"x"), b"x"),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[]), {"a": []}),
        (Colour.RED, "red"),
        (Clever("x"), "x"),
        ({Clever("k"): Clever("x")}, {"k": "x"}),
        (True, True),
    ],
)
def test_what_is_like_something_plain_becomes_that(value: object, expected: object) -> None:
    back = decode(json.loads(json.dumps(encode(value))))

    assert (type(back), repr(back)) == (type(expected), repr(expected))


@each(
    ("make", "what"),
    [
        (lambda: (number for number in [1]), "a generator"),
        (lambda: [map(str, [1])], "a map"),
        (object, "a object"),
        (lambda: {"a": {1: 2}}, "a mapping with a key that is not text but int"),
        (lambda: {None: 1}, "a mapping with a key that is not text but NoneType"),
        (lambda: 1j, "a complex"),
        (lambda: int, "a type"),
    ],
)
def test_what_is_no_plain_data_is_refused(make: Callable[[], Any], what: str) -> None:
    with pytest.raises(TypeError, match=f"^{what}$"):
        encode(make())


@each(
    "data",
    [{"$time": "yesterday"}, {"$date": "x"}, {"$bytes": "x"}, {"$float": "x"}, {"$set": [{}]}],
)
def test_what_has_not_the_form_of_its_type_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode(data)


def test_an_unknown_type_is_an_object() -> None:
    assert decode({"$colour": "red"}) == {"$colour": "red"}
    assert decode({"$decimal": 5}) == {"$decimal": 5}
