"""Attribute values, as they cross the wire: `{"S": "text"}`. Which are valid, how large they are, how they compare.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from harness.targets.dynamodb.numbers import normal, size_of_number
from harness.targets.dynamodb.refusals import INVALID, Refused

Value = Mapping[str, Any]
"""One attribute value: its type and what it holds."""

Item = Mapping[str, Value]
"""An item's attributes. Values of an item are never changed in place, so items may share them."""

TYPES = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"})
SETS = frozenset({"SS", "NS", "BS"})
ORDERED = frozenset({"S", "N", "B"})
"""The types whose values have an order, and of which keys may be."""

NAME_BYTES = 65535
"""How long the name of an attribute may be. Measured on AWS; the documentation says 64 KB.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes"""

LEVELS = 32
ITEM_BYTES = 400 * 1024
"""How deep values may be nested, the attribute itself included, and how large an item may be.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

COLLECTION_BYTES, ELEMENT_BYTES = 3, 1
"""What a list or a map takes, and what each of its elements takes, beside their contents.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""


def kind_of(value: Value) -> str:
    """The type of a value."""
    return next(iter(value))


def checked_item(attributes: Any, name: str = "Item") -> Item:
    """An item from a request, with its numbers in their normal form.

    Raises:
        Refused: DynamoDB does not accept it.
    """
    if not isinstance(attributes, Mapping):
        raise _of_another_type(attributes, name)
    if "" in attributes:
        raise Refused("empty-attribute-name", "Empty attribute name")
    refuse_long_names(attributes)
    return {name: checked(value) for name, value in attributes.items()}


def refuse_long_names(names: Iterable[str]) -> None:
    """Raises Refused if the name of an attribute is too long."""
    if [one for one in names if len(one) > NAME_BYTES // 4 and len(one.encode("utf-8", "surrogatepass")) > NAME_BYTES]:
        message = f"Attribute name is too large, must be less than {NAME_BYTES + 1} bytes"
        raise Refused("attribute-name-size", INVALID + message)


def checked(value: Any, level: int = 1) -> Value:
    """A value from a request, with its numbers in their normal form.

    Args:
        level: how deep it lies in its item; the value of an attribute has level 1.

    Raises:
        Refused: DynamoDB does not accept it.
    """
    if not isinstance(value, Mapping):
        raise _of_another_type(value, "AttributeValue")
    kinds = [kind for kind, inner in value.items() if kind in TYPES and inner is not None]
    if len(kinds) != 1:
        how, rule = ("is empty", "value-empty") if not kinds else ("has more than one datatypes set", "value-two-types")
        raise Refused(rule, f"Supplied AttributeValue {how}, must contain exactly one of the supported datatypes")
    [kind] = kinds
    if level > LEVELS:
        raise too_deep()
    return {kind: _CHECKS[kind](value[kind], level)}


def too_deep() -> Refused:
    """A value is nested more deeply than DynamoDB allows."""
    where = "Attributes in the item have nested levels beyond supported limit"
    return Refused("value-nesting", f"Nesting Levels have exceeded supported limits: {where}")


def _of_another_type(inner: Any, expected: str) -> Refused:
    """How a JSON value of another type than the expected one is refused."""
    if isinstance(inner, bool):
        message = f"{str(inner).upper()}_VALUE cannot be converted to {expected}"
    elif isinstance(inner, int | float):
        message = f"{'NUMBER' if isinstance(inner, int) else 'DECIMAL'}_VALUE cannot be converted to {expected}"
    elif isinstance(inner, str):
        message = f"STRING_VALUE cannot be converted to {expected}"
    elif isinstance(inner, Mapping):
        message = "Start of structure or map found where not expected"
    else:
        message = f"Unrecognized collection type, where {expected} is expected"
    return Refused("wrong-type", message, "SerializationException")


def _text(inner: Any, _level: int) -> str:
    if not isinstance(inner, str):
        raise _of_another_type(inner, "String")
    return inner


def _number(inner: Any, level: int) -> str:
    return normal(_text(inner, level))


def _binary(inner: Any, level: int) -> str:
    try:
        return base64.b64encode(base64.b64decode(_text(inner, level), validate=True)).decode()
    except (binascii.Error, ValueError) as error:
        message = "only base-64-encoded strings are convertible to bytes"
        raise Refused("binary-not-base64", message, "SerializationException") from error


def _truth(inner: Any, _level: int) -> bool:
    if not isinstance(inner, bool):
        raise _of_another_type(inner, "Boolean")
    return inner


def _null(inner: Any, _level: int) -> bool:
    if not _truth(inner, 1):
        raise Refused("null-false", f"{INVALID}Null attribute value types must have the value of true")
    return True


def _list(inner: Any, level: int) -> list[Value]:
    if not isinstance(inner, Sequence) or isinstance(inner, str):
        raise _of_another_type(inner, "List")
    return [checked(one, level + 1) for one in inner]


def _map(inner: Any, level: int) -> dict[str, Value]:
    if not isinstance(inner, Mapping):
        raise _of_another_type(inner, "Map")
    return {name: checked(one, level + 1) for name, one in inner.items()}


def _set(kind: str, inner: Any, level: int) -> list[str]:
    """The members of a set, which is neither empty nor has a member twice."""
    if not isinstance(inner, Sequence) or isinstance(inner, str):
        raise _of_another_type(inner, "List")
    if not inner:
        empty = {"SS": "An string set  may not be empty", "NS": "An number set  may not be empty"}
        raise Refused("set-empty", INVALID + empty.get(kind, "Binary sets should not be empty"))
    members: list[str] = [_CHECKS[kind[0]](one, level) for one in inner]
    if len(set(members)) < len(members):
        shown = f"{INVALID}Input collection [{', '.join(members)}]"
        texts = {"SS": f"{shown} contains duplicates.", "NS": "Input collection contains duplicates"}
        raise Refused("set-duplicates", texts.get(kind, f"{shown}of type BS contains duplicates."))
    return in_order(kind, members)


def in_order(kind: str, members: Iterable[str]) -> list[str]:
    """The members of a set in the order in which DynamoDB returns them."""
    return sorted(members, key=lambda one: sort_key({kind[0]: one}))


_CHECKS: Mapping[str, Any] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _truth,
    "NULL": _null,
    "L": _list,
    "M": _map,
    **{kind: functools.partial(_set, kind) for kind in SETS},
}


def same(one: Value | None, other: Value | None) -> bool:
    """Whether two values are equal: of one type, numbers by their value, sets in any order. None is equal to nothing."""
    if one is None or other is None:
        return False
    kind = kind_of(one)
    return kind == kind_of(other) and _same_inside(kind, one[kind], other[kind])


def _same_inside(kind: str, one: Any, other: Any) -> bool:
    if kind in SETS:
        return set(one) == set(other)
    if kind == "L":
        return len(one) == len(other) and not [1 for a, b in zip(one, other, strict=True) if not same(a, b)]
    if kind == "M":
        return same_items(one, other)
    return bool(one == other)


def same_items(one: Item, other: Item) -> bool:
    """Whether two items have the same attributes with equal values."""
    return one.keys() == other.keys() and not [name for name in one if not same(one[name], other[name])]


def sort_key(value: Value) -> Any:
    """What sorts values of one type as DynamoDB does: text by its UTF-8 bytes, numbers by value, binary by its bytes.

    Args:
        value: of a type in ORDERED.
    """
    [(kind, inner)] = value.items()
    if kind == "N":
        return Decimal(inner)
    return inner.encode("utf-8", "surrogatepass") if kind == "S" else base64.b64decode(inner)


def shown(value: Value) -> str:
    """A value as DynamoDB's messages show it."""
    [(kind, inner)] = value.items()
    return f"{{{kind}:{inner}}}"


def size_of(value: Value) -> int:
    """The size of a value in bytes."""
    [(kind, inner)] = value.items()
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return COLLECTION_BYTES + sum(ELEMENT_BYTES + size_of(one) for one in inner)
    if kind == "M":
        return COLLECTION_BYTES + len(inner) * ELEMENT_BYTES + size_of_item(inner)
    if kind in SETS:
        return sum(size_of({kind[0]: one}) for one in inner)
    if kind == "S":
        return len(str(inner).encode("utf-8", "surrogatepass"))
    if kind == "B":
        return len(inner) * 3 // 4 - str(inner).count("=")
    return size_of_number(str(inner))


def size_of_item(item: Item) -> int:
    """The size of an item in bytes: its attributes' names and values."""
    return sum(len(name.encode("utf-8", "surrogatepass")) + size_of(value) for name, value in item.items())


def refuse_a_large_item(item: Item) -> None:
    """Raises Refused if an item that is put is larger than DynamoDB allows."""
    if size_of_item(item) > ITEM_BYTES:
        raise Refused("item-size", "Item size has exceeded the maximum allowed size")
