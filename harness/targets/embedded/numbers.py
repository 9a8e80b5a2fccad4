"""Numbers in DynamoDB's normal form: 1.50 is 1.5, and 1E+3 is 1000.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

DIGITS = 38
LARGEST, SMALLEST = Decimal("9.9999999999999999999999999999999999999E+125"), Decimal("1E-130")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?", re.ASCII)
TEXT_SHOWN = 100


class NumberProblem(ValueError):
    """A text is not a number that DynamoDB accepts. The message is DynamoDB's own."""


def normal(text: str) -> str:
    """A number in the form in which DynamoDB returns it.

    Raises:
        NumberProblem: DynamoDB refuses it.
    """
    if not NUMBER.fullmatch(text.strip()):
        raise NumberProblem(f"The parameter cannot be converted to a numeric value: {text[:TEXT_SHOWN]}")
    number = Decimal(text.strip())
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).lstrip("0")
    if not kept:
        return "0"
    if len(kept.rstrip("0")) > DIGITS:
        raise NumberProblem("Attempting to store more than 38 significant digits in a Number")
    if number.copy_abs() > LARGEST:
        raise NumberProblem("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number.copy_abs() < SMALLEST:
        raise NumberProblem(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    significant = kept.rstrip("0")
    shift = int(exponent) + len(kept) - len(significant)
    return f"{Decimal((sign, tuple(map(int, significant)), shift)):f}"


def normalised(value: Any) -> Any:
    """A part of a DynamoDB request or answer as JSON, with each number in its normal form.

    Raises:
        NumberProblem: DynamoDB refuses a number in it.
    """
    if isinstance(value, list):
        return [normalised(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(kind, inner)] = value.items()
        if kind == "N" and isinstance(inner, str):
            return {kind: normal(inner)}
        if kind == "NS" and isinstance(inner, list):
            return {kind: [normal(one) if isinstance(one, str) else one for one in inner]}
    return {name: normalised(one) for name, one in value.items()}
