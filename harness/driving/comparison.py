"""Whether two plain values are the same, and where they differ: for the answers of a submission's code."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from harness.usage import counted, shortened

LARGE = 10**60
NOT_GIVEN = "was not given"
"""The end of the sentence about an extra attribute."""


def difference(expected: Any, found: Any, where: str = "") -> str | None:
    """Where a value differs from the expected one, as a sentence without its full stop; None if it does not differ.

    Numbers are compared exactly: 3 and Decimal("3.0") are the same, and a float is never right, because most decimal
    fractions cannot be floats.
    """
    at = f"at {where}: " if where else ""
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            return f"{at}{told(found)} instead of an object"
        lost = [name for name in expected if name not in found]
        added = [name for name in found if name not in expected]
        if lost:
            return f"{at}the attribute {lost[0]} is missing"
        if added:
            return f"{at}the answer has the attribute {shortened(str(added[0]))}, which {NOT_GIVEN}"
        inner = (
            difference(value, found[name], f"{where}.{name}" if where else name) for name, value in expected.items()
        )
        return next((one for one in inner if one is not None), None)
    if isinstance(expected, list | tuple):
        if not isinstance(found, list | tuple):
            return f"{at}{told(found)} instead of a list"
        if len(expected) != len(found):
            return f"{at}{counted(len(found), 'element')} instead of {len(expected)}"
        pairs = enumerate(zip(expected, found, strict=True))
        inner = (difference(one, other, f"{where}[{number}]") for number, (one, other) in pairs)
        return next((one for one in inner if one is not None), None)
    if _is_same(expected, found):
        return None
    if isinstance(expected, str) and isinstance(found, str) and told(expected) == told(found):
        pairs = enumerate(zip_longest(expected, found))
        place = next(number for number, (one, other) in pairs if one != other)
        what = f"{told(found[place:])} instead of {told(expected[place:])}"
        return f"{at}another text from its character {place + 1} on: {what}"
    return f"{at}{told(found)} instead of {told(expected)}"


def _is_same(expected: Any, found: Any) -> bool:
    numbers = (int, Decimal)
    if isinstance(expected, bool) or isinstance(found, bool) or expected is None or found is None:
        return expected is found
    if isinstance(expected, numbers):
        return isinstance(found, numbers) and not _is_no_number(found) and expected == found
    return type(expected) is type(found) and bool(expected == found)


def _is_no_number(value: int | Decimal) -> bool:
    return isinstance(value, Decimal) and not value.is_finite()


def told(value: Any) -> str:
    """A value as a finding shows it, with its type if that may be what is wrong."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int | Decimal) and not _is_no_number(value):
        return shortened(str(value)) if -LARGE < value < LARGE else "a number of more than 60 digits"
    if isinstance(value, str):
        return shortened(repr(value))
    if isinstance(value, frozenset):  # a set has no order, so it would be shown differently each time
        return "a set"
    kind = type(value).__name__
    return shortened(f"the {kind} {value}")
