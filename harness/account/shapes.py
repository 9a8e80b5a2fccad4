"""Whether an answer has the form that AWS's own model gives it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

LARGEST_WHOLE_NUMBER = 2**63 - 1
"""https://smithy.io/2.0/spec/simple-types.html#long"""


def _is_whole_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE_NUMBER


def _is_number(value: Any) -> bool:
    """Whether it is a number to calculate with: not infinite, not NaN, and not larger than any double."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return -sys.float_info.max <= value <= sys.float_info.max


SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole_number,
    "long": _is_whole_number,
    "float": _is_number,
    "double": _is_number,
    "timestamp": lambda value: isinstance(value, datetime),
    "blob": lambda value: isinstance(value, bytes),
}

POLICY_DOCUMENT = "policyDocumentType"
"""IAM's policies are JSON in a text; botocore parses it."""


def misshapen(value: Any, shape: Any, path: str = "") -> str | None:
    """Where a value's type is not that of the model, such as `Table.KeySchema[0]`; None if there is no such place.

    Args:
        shape: botocore's shape, whose kinds botocore's types do not separate; None for what the model does not know,
            which may be anything.
    """
    kind = "" if shape is None else shape.type_name
    if kind in {"structure", "map"}:
        if not isinstance(value, dict):
            return path or "its beginning"
        for name, inner in value.items():
            member = shape.value if kind == "map" else shape.members.get(name)
            if found := misshapen(inner, member, f"{path}.{name}" if path else name):
                return found
    elif kind == "list":
        if not isinstance(value, list):
            return path
        for index, inner in enumerate(value):
            if found := misshapen(inner, shape.member, f"{path}[{index}]"):
                return found
    elif kind in SCALARS and not SCALARS[kind](value):
        of_iam = shape.name == POLICY_DOCUMENT and isinstance(value, dict)
        return None if of_iam else path
    return None
