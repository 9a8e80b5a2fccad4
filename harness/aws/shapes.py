"""Whether an answer has the form that AWS's own model gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "long": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
    "double": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
    "timestamp": lambda value: isinstance(value, datetime),
    "blob": lambda value: isinstance(value, bytes),
}

POLICY_DOCUMENT = "policyDocumentType"
"""IAM's policies are JSON in a text, which botocore reads."""


def misshapen(value: Any, shape: Shape | None, path: str = "") -> str | None:
    """Where a value is of another type than the model says, such as `Table.KeySchema[0]`; None where nowhere.
    What the model does not know may be anything."""
    if isinstance(shape, StructureShape | MapShape):
        if not isinstance(value, Mapping):
            return path or "its beginning"
        for name, inner in value.items():
            member = shape.value if isinstance(shape, MapShape) else shape.members.get(name)
            if found := misshapen(inner, member, f"{path}.{name}" if path else name):
                return found
        return None
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return path
        for index, inner in enumerate(value):
            if found := misshapen(inner, shape.member, f"{path}[{index}]"):
                return found
        return None
    if (
        shape is None
        or shape.type_name not in SCALARS
        or (shape.name == POLICY_DOCUMENT and isinstance(value, Mapping))
    ):
        return None
    return None if SCALARS[shape.type_name](value) else path
