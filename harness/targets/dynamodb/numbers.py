"""Numbers in DynamoDB's normal form: 1.50 is 1.5, and 1E+3 is 1000.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from harness.targets.dynamodb.refusals import Refused, Undecided

DIGITS = 38
LARGEST, SMALLEST = Decimal("9.9999999999999999999999999999999999999E+125"), Decimal("1E-130")
NUMBER = re.compile(r"[+-]?(?P<digits>[0-9]+(\.[0-9]*)?|\.[0-9]+)([eE](?P<exponent>[+-]?[0-9]+))?", re.ASCII)
NORMAL = re.compile(r"0|-?[1-9][0-9]{0,36}|-?(?:0|[1-9][0-9]{0,17})\.[0-9]{0,17}[1-9]", re.ASCII)
"""Most numbers in their normal form."""

TEXT_SHOWN = 100
ZERO_EXPONENTS = range(-130, 126)
"""The exponents with which zero may be written everywhere."""

FAR_EXPONENT = 1_000_000
"""With an exponent beyond this, no number but zero is in DynamoDB's range."""

READABLE_EXPONENTS = (-(1 << 63), (1 << 63) - 1)
"""DynamoDB reads an exponent as an integer of 64 bits."""

EXACT = Context(prec=400)
"""Enough for the sum of any two numbers: their digits span at most 126 + 130 places."""


def normal(text: str) -> str:
    """A number in the form in which DynamoDB returns it.

    Raises:
        Refused: DynamoDB does not accept it.
        Undecided: it is zero with an exponent that only some measurements of AWS accept.
    """
    if NORMAL.fullmatch(text):
        return text
    match = NUMBER.fullmatch(text)
    exponent = int(match["exponent"] or 0) if match is not None else 0
    if match is None or not READABLE_EXPONENTS[0] <= exponent <= READABLE_EXPONENTS[1]:
        told = f": {text[:TEXT_SHOWN]}" if text else ""
        raise Refused("number-not-numeric", f"The parameter cannot be converted to a numeric value{told}")
    if not match["digits"].strip("0."):
        return _zero(exponent)
    if exponent > FAR_EXPONENT:
        raise _overflow()
    if exponent < -FAR_EXPONENT:
        raise _underflow()
    return normal_number(Decimal(text))


def _zero(exponent: int) -> str:
    if exponent not in ZERO_EXPONENTS:
        raise Undecided("Sources disagree on whether DynamoDB accepts zero with such an exponent.")
    return "0"


def normal_number(number: Decimal) -> str:
    """A number as DynamoDB returns it.

    Raises:
        Refused: it has too many digits, or is too large or too small.
    """
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).lstrip("0")
    if not kept:
        return "0"
    significant = kept.rstrip("0")
    if len(significant) > DIGITS:
        raise Refused("number-digits", "Attempting to store more than 38 significant digits in a Number")
    if number.copy_abs() > LARGEST:
        raise _overflow()
    if number.copy_abs() < SMALLEST:
        raise _underflow()
    shift = int(exponent) + len(kept) - len(significant)
    return f"{Decimal((sign, tuple(map(int, significant)), shift)):f}"


def _overflow() -> Refused:
    message = "Number overflow. Attempting to store a number with magnitude larger than supported range"
    return Refused("number-overflow", message)


def _underflow() -> Refused:
    message = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    return Refused("number-underflow", message)


def size_of_number(text: str) -> int:
    """The size in bytes of a number in its normal form: one byte, one for each two significant digits before the point
    and for each two after it, and one for a minus sign. Measured on AWS; the guide's rule is an approximation.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    whole, _, fraction = text.lstrip("-").partition(".")
    if fraction:
        fraction = fraction if whole.strip("0") else fraction.lstrip("0")
        whole = whole.lstrip("0")
    else:
        whole = whole.strip("0")
    return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + text.startswith("-")


def added(one: str, other: str, sign: int = 1) -> str:
    """The sum of two numbers, or their difference if `sign` is -1.

    Raises:
        Refused: DynamoDB cannot keep it. If it has too many digits, AWS's message is about an overflow.
    """
    combine = EXACT.add if sign > 0 else EXACT.subtract
    try:
        return normal_number(combine(Decimal(one), Decimal(other)))
    except Refused as refused:
        if refused.rule != "number-digits":
            raise
        raise Refused("sum-digits", _overflow().message) from refused
