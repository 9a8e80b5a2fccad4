"""Values as JSON can hold them, with their types: for tapes, and for the pipe to a submission's code.

Stands alone: it imports nothing of the harness, because the process that runs a submission's code uses it too.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping, Set
from datetime import date, datetime
from decimal import Decimal
from typing import Any

READERS: Mapping[str, Callable[[str], Any]] = {
    "$float": float,
    "$decimal": Decimal,
    "$time": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
}


def encode(value: Any) -> Any:
    """A value as JSON can hold it: what JSON lacks becomes an object with one key that begins with a dollar. A tuple
    becomes a list; a subclass becomes what it is a subclass of.

    Raises:
        TypeError: it is, or holds, something else than plain data. Says what, as the end of a sentence.
    """
    if value is None or type(value) in (bool, str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise TypeError(f"a mapping with a key that is no text but a {type(wrong[0]).__name__}")
        plain = {str.__str__(key): encode(inner) for key, inner in value.items()}
        return {"$object": plain} if [key for key in plain if key.startswith("$")] else plain
    if isinstance(value, list | tuple):
        return [encode(inner) for inner in value]
    return _encoded(value)


def _encoded(value: Any) -> dict[str, Any]:
    match value:
        case float():
            return {"$float": repr(float(value))}
        case Decimal():
            return {"$decimal": str(Decimal(value))}
        case datetime():
            return {"$time": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case bytes() | bytearray():
            return {"$bytes": base64.b64encode(value).decode("ascii")}
        case Set():
            return {"$set": sorted((encode(inner) for inner in value), key=json.dumps)}
    raise TypeError(f"a {type(value).__name__}")


def decode(value: Any) -> Any:
    """The opposite of `encode`.

    Raises:
        ValueError, ArithmeticError: what stands under such a key is not of its form.
    """
    if isinstance(value, list):
        return [decode(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, inner)] = value.items()
        if name in READERS and isinstance(inner, str):
            return READERS[name](inner)
        if name == "$object" and isinstance(inner, dict):
            return {key: decode(one) for key, one in inner.items()}
        if name == "$set" and isinstance(inner, list):
            return _set(inner)
    return {key: decode(inner) for key, inner in value.items()}


def _set(members: list[Any]) -> frozenset[Any]:
    try:
        return frozenset(decode(one) for one in members)
    except TypeError as error:
        raise ValueError("a set holds what no set can hold") from error
