"""Keys of items as text, in a form that is the same for equal keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

Key = str
"""A key as text: its attributes as JSON, in the order of the table's schema."""

NUMBER_DIGITS = 38
"""How many digits a number may have.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

NO_KEY = (KeyError, TypeError, ValueError, ArithmeticError)
"""What `key_text` raises if there is no key."""


def key_text(names: Sequence[str], item: Mapping[str, Any]) -> Key:
    """The key of an item, or of a key's attributes. The same number may be written in several ways.

    Args:
        names: the names of the key's attributes, in their order.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: the item has no such key.
    """
    return json.dumps({name: _canonical(item[name]) for name in names})


def attributes(key: Key) -> dict[str, Any]:
    """The attributes of a key, as boto3's clients take them: binary values as bytes."""
    told: dict[str, Any] = json.loads(key)
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in told.items()}


def _canonical(value: Any) -> dict[str, Any]:
    """A key attribute's value in a form that is the same for equal values.

    Raises:
        TypeError, ValueError, ArithmeticError: it is not the value of a key attribute.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not the value of an attribute")
    [(kind, inner)] = value.items()
    if kind == "N":
        exact = Context(NUMBER_DIGITS, traps=[Inexact, InvalidOperation])
        return {kind: str(exact.normalize(exact.plus(Decimal(inner))))}  # plus makes 0 of -0
    if kind == "B":
        raw = inner if isinstance(inner, bytes) else base64.b64decode(inner, validate=True)
        return {kind: base64.b64encode(raw).decode("ascii")}
    if kind != "S" or not isinstance(inner, str):
        raise TypeError(f"{kind} {inner!r} cannot be in a key")
    return {kind: inner}
