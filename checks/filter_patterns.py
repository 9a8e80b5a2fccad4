"""Filters of a Lambda event source mapping: whether any record of a stream could pass.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class PatternError(ValueError):
    """A pattern that cannot be read, or has something in it that is not known here."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value in a record, of JSON's type `kind`, and if known one of `values`."""

    values: tuple[str, ...] = ()
    kind: type = str


class Item:
    """The attributes of an item, each an object with its type."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an item: an object such as `{"S": "Shipped"}`."""


Shape = Leaf | Item | Attribute | Mapping[str, "Shape"]

MISSING = "no record has "
TEXT = Leaf()
NUMBER = Leaf(kind=float)
TYPES: Mapping[str, Leaf] = {
    **dict.fromkeys(("S", "N", "B", "SS", "NS", "BS", "L"), TEXT),
    **dict.fromkeys(("BOOL", "NULL"), Leaf(kind=bool)),
}
"""What stands under an attribute's type. DynamoDB's numbers are text in a record."""
EXPIRY = {"type": Leaf(("Service",)), "principalId": Leaf(("dynamodb.amazonaws.com",))}
OPERATORS: Mapping[str, Callable[[Any, Leaf], bool]] = {
    "prefix": lambda operand, leaf: _some(leaf, lambda value: value.startswith(str(operand))),
    "suffix": lambda operand, leaf: _some(leaf, lambda value: value.endswith(str(operand))),
    "equals-ignore-case": lambda operand, leaf: _some(leaf, lambda value: value.lower() == str(operand).lower()),
    "anything-but": lambda operand, leaf: (
        leaf.kind is not str or _some(leaf, lambda value: value not in _several(operand))
    ),
    "numeric": lambda _, leaf: leaf.kind is float,
    "exists": lambda operand, _: operand is True,
}


def shuts_out(pattern: str, view_type: str) -> str | None:
    """Why no record of a stream can pass a filter; None when some can.

    Args:
        pattern: the filter's JSON.
        view_type: the stream's.

    Raises:
        PatternError: the pattern cannot be read, or has something in it that is not known here.
    """
    try:
        read = json.loads(pattern)
    except (ValueError, RecursionError) as error:
        raise PatternError("it is not JSON") from error
    if not isinstance(read, dict):
        raise PatternError("it is not a JSON object")
    reasons = [_excluded(read, record, "") for record in _records(view_type)]
    return None if None in reasons else ", or else ".join(_telling(one for one in reasons if one))


def _telling(reasons: Iterable[str]) -> Iterator[str]:
    """Reasons without those that say that something is missing which, where it is not, is wrong."""
    distinct = list(dict.fromkeys(reasons))
    wrong = [one.split(" ")[0] for one in distinct if not one.startswith(MISSING)]
    for reason in distinct:
        path = reason.removeprefix(MISSING)
        if path == reason or not [one for one in wrong if path.startswith(one) or one.startswith(path)]:
            yield reason


def _records(view_type: str) -> Iterator[Mapping[str, Shape]]:
    """The forms that a stream's records have.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    images = {"KEYS_ONLY": (), "NEW_IMAGE": ("New",), "OLD_IMAGE": ("Old",), "NEW_AND_OLD_IMAGES": ("New", "Old")}
    for event, has in (("INSERT", ("New",)), ("MODIFY", ("New", "Old")), ("REMOVE", ("Old",)), ("REMOVE", ("Old",))):
        change: dict[str, Shape] = {
            "ApproximateCreationDateTime": NUMBER,
            "Keys": Item(),
            "SequenceNumber": TEXT,
            "SizeBytes": NUMBER,
            "StreamViewType": Leaf((view_type,)),
            **{f"{image}Image": Item() for image in images[view_type] if image in has},
        }
        record: dict[str, Shape] = {
            "eventID": TEXT,
            "eventName": Leaf((event,)),
            "eventVersion": TEXT,
            "eventSource": Leaf(("aws:dynamodb",)),
            "eventSourceARN": TEXT,
            "awsRegion": TEXT,
            "dynamodb": change,
        }
        yield record
        if event == "REMOVE":
            yield {**record, "userIdentity": EXPIRY}


def _excluded(pattern: Any, shape: Shape | None, path: str) -> str | None:
    """Why nothing of a shape (None: nothing is there) passes a part of a pattern; None when something does."""
    if isinstance(pattern, dict):
        return _object_excluded(pattern, shape, path)
    if not isinstance(pattern, list):
        raise PatternError(f"{path or 'it'} is neither an object nor a list")
    if shape is None:
        absent = [one for one in pattern if isinstance(one, dict) and one.get("exists") is False]
        return None if absent else f"{MISSING}{path}"
    if not isinstance(shape, Leaf):
        kind = 'an object with its type, such as {"S": [...]}' if isinstance(shape, Attribute) else "an object"
        return f"{path} is {kind}, and never one of the values"
    passing = [one for one in pattern if _passes(one, shape)]
    kind = " (numbers come as text)" if path.endswith(".N") else ""
    return None if passing else f"{path} is never {json.dumps(pattern)}{kind}"


def _object_excluded(pattern: Mapping[str, Any], shape: Shape | None, path: str) -> str | None:
    if isinstance(shape, Leaf):
        return f"{path} is a value, and no object"
    for name, inner in pattern.items():
        below = f"{path}.{name}" if path else name
        if name == "$or":
            reasons = [_excluded(one, shape, path) for one in _several(inner)]
            reason = None if None in reasons else f"no alternative of {below} can be"
        else:
            reason = _excluded(inner, _member(shape, name), below)
        if reason is not None:
            return reason
    return None


def _member(shape: Shape | None, name: str) -> Shape | None:
    match shape:
        case Item():
            return Attribute()
        case Attribute():
            if name == "M":
                return Item()
            return TYPES.get(name)
        case Mapping():
            return shape.get(name)
    return None


def _passes(condition: Any, leaf: Leaf) -> bool:
    """Whether a value of a leaf can be what one element of a pattern's list asks for."""
    if isinstance(condition, dict):
        if len(condition) != 1 or (name := next(iter(condition))) not in OPERATORS:
            raise PatternError(f"the condition {json.dumps(condition)} is not known here")
        return OPERATORS[name](condition[name], leaf)
    if isinstance(condition, str):
        return _some(leaf, lambda value: value == condition)
    if isinstance(condition, bool):
        return leaf.kind is bool
    if isinstance(condition, int | float):
        return leaf.kind is float
    raise PatternError(f"the condition {json.dumps(condition)} is not known here")


def _some(leaf: Leaf, test: Callable[[str], bool]) -> bool:
    """Whether some text that a leaf can be passes a test."""
    return leaf.kind is str and (not leaf.values or True in [test(value) for value in leaf.values])


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
