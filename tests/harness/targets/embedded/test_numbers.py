"""Numbers come back in DynamoDB's normal form, whatever wrote them, and what is no number is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.targets.embedded.numbers import NumberProblem, normal, normalised
from tests.each import each


@each(
    ("text", "kept"),
    [
        ("1.50", "1.5"),
        ("1E+3", "1000"),
        ("1.8588096E+9", "1858809600"),
        ("-0", "0"),
        ("0.000", "0"),
        ("+7", "7"),
        ("007.10", "7.1"),
        ("1e-7", "0.0000001"),
        ("9" * 38 + "00", "9" * 38 + "00"),
        ("0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678"),
        ("1E125", "1" + "0" * 125),
        ("-1E-130", "-0." + "0" * 129 + "1"),
    ],
)
def test_a_number_has_one_form(text: str, kept: str) -> None:
    assert normal(text) == kept


@each(
    ("text", "says"),
    [
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("", "The parameter cannot be converted to a numeric value: "),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("Infinity", "The parameter cannot be converted to a numeric value: Infinity"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("-1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    ],
)
def test_what_dynamodb_does_not_keep_is_refused(text: str, says: str) -> None:
    with pytest.raises(NumberProblem) as caught:
        normal(text)

    assert str(caught.value) == says


@given(some.integers(-(10**38) + 1, 10**38 - 1), some.integers(-80, 80))
def test_the_value_stays_the_same(digits: int, exponent: int) -> None:
    number = Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), exponent))

    kept = normal(str(number))

    assert Decimal(kept) == number
    assert normal(kept) == kept
    assert "E" not in kept


def test_numbers_are_found_where_values_are_and_nowhere_else() -> None:
    request = {
        "Item": {"N": {"N": "1.0"}, "set": {"NS": ["2.0", "1E1"]}, "list": {"L": [{"M": {"N": {"S": "1.0"}}}]}},
        "ExpressionAttributeNames": {"#N": "N"},
    }

    assert normalised(request) == {
        "Item": {"N": {"N": "1"}, "set": {"NS": ["2", "10"]}, "list": {"L": [{"M": {"N": {"S": "1.0"}}}]}},
        "ExpressionAttributeNames": {"#N": "N"},
    }
