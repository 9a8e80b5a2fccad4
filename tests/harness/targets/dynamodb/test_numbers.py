"""Numbers come back in DynamoDB's normal form, whatever wrote them, and what is no number is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.targets.dynamodb.numbers import added, normal, size_of_number
from harness.targets.dynamodb.refusals import Refused
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
        ("", "The parameter cannot be converted to a numeric value"),
        (" 1", "The parameter cannot be converted to a numeric value:  1"),
        ("1e99999999999", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (
            "1e-99999999999",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
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
    with pytest.raises(Refused) as caught:
        normal(text)

    assert str(caught.value) == says


@given(some.integers(-(10**38) + 1, 10**38 - 1), some.integers(-80, 80))
def test_the_value_stays_the_same(digits: int, exponent: int) -> None:
    number = Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), exponent))

    kept = normal(str(number))

    assert Decimal(kept) == number
    assert normal(kept) == kept
    assert "E" not in kept


@each(
    ("text", "size"),
    [
        *(("0", 1), ("1", 2), ("-1", 3), ("123456", 4), ("3.14159", 5), ("42.12", 3), ("1000", 2), ("100.5", 4)),
        *(("0.001", 2), ("0.0123", 3), ("1" + "0" * 125, 2), ("9" * 38, 20)),
    ],
)
def test_a_numbers_size_counts_significant_digits_before_and_after_the_point(text: str, size: int) -> None:
    assert size_of_number(text) == size


def test_sums_are_exact() -> None:
    assert added("99999999999999999999999999999999999999", "1") == "1" + "0" * 38
    assert added("0.1", "0.2") == "0.3"
    assert added("12345678901234567890123456789.5", "-0.5", -1) == "12345678901234567890123456790"
    with pytest.raises(Refused, match="Number overflow"):
        added("1" + "0" * 30, "0.000000001")
