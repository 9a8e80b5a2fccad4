"""Values in a form that JSON can hold, with their types: for tapes, and for the pipe to a submission's code.

This module imports nothing from the harness, because the process that runs a submission's code uses it too.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping, Set
from datetime import date, datetime
from decimal import Decimal
from typing import Any

DEPTH_LIMIT = 100
"""How deep lists and objects may be nested: three times as deep as in an item of DynamoDB.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

INTEGER_BITS_LIMIT = 10_000
"""Python cannot read a longer integer as JSON. https://docs.python.org/3/library/stdtypes.html#int-max-str-digits"""

READERS: Mapping[str, Callable[[str], Any]] = {
    "$float": float,
    "$decimal": Decimal,
    "$time": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
}


def encode(value: Any, depth: int = DEPTH_LIMIT) -> Any:
    """A value in a form that JSON can hold. What JSON lacks becomes an object with one key that begins with a dollar. A
    tuple becomes a list; an instance of a subclass becomes one of its base class.

    Args:
        depth: how deep it may be nested.

    Raises:
        TypeError: it is not plain data, or holds something else. Says what, as the end of a sentence.
    """
    kind = type(value)  # an object may lie about its class
    if value is None or kind in (bool, str):
        return value
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return _integer(int.__int__(value))
    if issubclass(kind, float):
        number = float.__float__(value)
        return number if math.isfinite(number) else {"$float": repr(number)}
    if depth <= 0:
        raise TypeError(f"lists or objects nested more than {DEPTH_LIMIT} levels deep")
    if issubclass(kind, Mapping):
        if wrong := [key for key in value if not issubclass(type(key), str)]:
            raise TypeError(f"a mapping with a key that is not text but {type(wrong[0]).__name__}")
        plain = {str.__str__(key): encode(inner, depth - 1) for key, inner in value.items()}
        return {"$object": plain} if [key for key in plain if key.startswith("$")] else plain
    if issubclass(kind, list | tuple):
        return [encode(inner, depth - 1) for inner in value]
    if issubclass(kind, Set):
        return _encoded_set([encode(inner, depth - 1) for inner in value])
    return _encoded(value, kind)


def _integer(number: int) -> int:
    if number.bit_length() > INTEGER_BITS_LIMIT:
        raise TypeError(f"an int of more than {INTEGER_BITS_LIMIT * 3 // 10} digits")
    return number


def _encoded_set(members: list[Any]) -> dict[str, Any]:
    try:
        _set(members, DEPTH_LIMIT)
    except ValueError as error:
        raise TypeError("a set with a member that a set in DynamoDB cannot hold") from error
    return {"$set": sorted(members, key=json.dumps)}


def _encoded(value: Any, kind: type) -> dict[str, Any]:
    if issubclass(kind, Decimal):
        return {"$decimal": str(Decimal(value))}
    if issubclass(kind, datetime):
        return {"$time": datetime.isoformat(value)}
    if issubclass(kind, date):
        return {"$date": date.isoformat(value)}
    if issubclass(kind, bytes | bytearray):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"a {kind.__name__}")


def decode(value: Any, depth: int = DEPTH_LIMIT) -> Any:
    """The opposite of `encode`.

    Raises:
        ValueError, ArithmeticError: the value of such a key does not have its form, or it is nested too deep.
    """
    if not isinstance(value, list | dict):
        return value
    if depth <= 0:
        raise ValueError(f"lists or objects are nested more than {DEPTH_LIMIT} levels deep")
    if isinstance(value, list):
        return [decode(inner, depth - 1) for inner in value]
    if len(value) == 1:
        [(name, inner)] = value.items()
        if name in READERS and isinstance(inner, str):
            return READERS[name](inner)
        if name == "$object" and isinstance(inner, dict):
            return {key: decode(one, depth - 1) for key, one in inner.items()}
        if name == "$set" and isinstance(inner, list):
            return _set(inner, depth - 1)
    return {key: decode(inner, depth - 1) for key, inner in value.items()}


def _set(members: list[Any], depth: int) -> frozenset[Any]:
    try:
        return frozenset(decode(one, depth) for one in members)
    except TypeError as error:
        raise ValueError("a set holds what no set can hold") from error
