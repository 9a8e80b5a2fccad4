"""Filters of a Lambda event source mapping: whether any record of a stream could pass.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn


class PatternError(ValueError):
    """A pattern that cannot be read, or that holds something that is not supported here."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value in a record, of the JSON type `kind`, and one of `values` if these are known. Numbers are never
    negative."""

    values: tuple[str, ...] = ()
    kind: type = str


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known about the records of a stream. `keys` are the types of the table's key attributes by name, such as
    `S`; an unknown type is empty."""

    arn: str
    view_type: str
    keys: Mapping[str, str]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class Item:
    """The attributes of an item, each an object with its type: its keys, and any others."""

    keys: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an item: an object such as `{"S": "Shipped"}`."""


class Elements:
    """The elements of a list. It is not documented how a filter looks into them."""


Shape = Leaf | Item | Attribute | Elements | Mapping[str, "Shape"]

MISSING = "no such record has "
TEXT = Leaf()
NUMBER = Leaf(kind=float)
TYPES: Mapping[str, Shape] = {
    **dict.fromkeys(("S", "N", "B", "SS", "NS", "BS"), TEXT),
    "L": Elements(),
    "BOOL": Leaf(kind=bool),
    "NULL": Leaf(("true",), kind=bool),
}
"""What a record holds under an attribute's type. DynamoDB's numbers are text in a record."""
EXPIRY = {"type": Leaf(("Service",)), "principalId": Leaf(("dynamodb.amazonaws.com",))}
COMPARISONS = ("=", "<", "<=", ">", ">=")
OPERATORS: Mapping[str, Callable[[Any, Leaf], bool]] = {
    "prefix": lambda operand, leaf: _some(leaf, str.startswith, _text(operand)),
    "suffix": lambda operand, leaf: _some(leaf, str.endswith, _text(operand)),
    "equals-ignore-case": lambda operand, leaf: _some(
        leaf, lambda one, other: one.lower() == other.lower(), _text(operand)
    ),
    "anything-but": lambda operand, leaf: (
        leaf.kind is not str or _some(leaf, lambda one, others: one not in others, _plain(operand))
    ),
    "numeric": lambda operand, leaf: _is_a_range(operand) and leaf.kind is float,
    "exists": lambda operand, _: operand is True,
}


def shuts_out(pattern: str, stream: Stream) -> str | None:
    """Why no record of a stream can pass a filter whose JSON is `pattern`; None if some can.

    Raises:
        PatternError: the pattern cannot be read, or holds something that is not supported here.
    """
    try:
        read = json.loads(pattern, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PatternError("it is not JSON") from error
    if not isinstance(read, dict):
        raise PatternError("it is not a JSON object")
    records = list(_records(stream))
    if "eventName" in read:  # about the other events, it only says that they do not pass
        asked = [one for one in records if _excluded({"eventName": read["eventName"]}, one, "") is None]
        records = asked or records
    reasons = [_excluded(read, record, "") for record in records]
    return None if None in reasons else ", or else ".join(_telling(one for one in reasons if one))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _telling(reasons: Iterable[str]) -> Iterator[str]:
    """The reasons, without those that say that something is missing if the same thing, where it exists, is wrong."""
    distinct = list(dict.fromkeys(reasons))
    wrong = [one.split(" ")[0] for one in distinct if not one.startswith(MISSING)]
    for reason in distinct:
        path = reason.removeprefix(MISSING)
        if path == reason or not [one for one in wrong if path.startswith(one) or one.startswith(path)]:
            yield reason


def _records(stream: Stream) -> Iterator[Mapping[str, Shape]]:
    """The forms that a stream's records have.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    images = {"KEYS_ONLY": (), "NEW_IMAGE": ("New",), "OLD_IMAGE": ("Old",), "NEW_AND_OLD_IMAGES": ("New", "Old")}
    keys: dict[str, Shape] = {
        name: {kind: TYPES[kind]} if kind in TYPES else Attribute() for name, kind in stream.keys.items()
    }
    for event, has in (("INSERT", ("New",)), ("MODIFY", ("New", "Old")), ("REMOVE", ("Old",)), ("REMOVE", ("Old",))):
        change: dict[str, Shape] = {
            "ApproximateCreationDateTime": NUMBER,
            "Keys": keys,
            "SequenceNumber": TEXT,
            "SizeBytes": NUMBER,
            "StreamViewType": Leaf((stream.view_type,)),
            **{f"{image}Image": Item(keys) for image in images[stream.view_type] if image in has},
        }
        record: dict[str, Shape] = {
            "eventID": TEXT,
            "eventName": Leaf((event,)),
            "eventVersion": Leaf(("1.0", "1.1")),
            "eventSource": Leaf(("aws:dynamodb",)),
            "eventSourceARN": Leaf((stream.arn,)),
            "awsRegion": Leaf((stream.region,)),
            "dynamodb": change,
        }
        yield record
        if event == "REMOVE":
            yield {**record, "userIdentity": EXPIRY}


def _excluded(pattern: Any, shape: Shape | None, path: str) -> str | None:
    """Why nothing of a shape (None: there is nothing) passes a part of a pattern; None if something does."""
    if isinstance(shape, Elements):
        raise PatternError(f"{path} is a list, and filters that look into lists are not supported here")
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
        return f"{path} is a value, not an object"
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
            return shape.keys.get(name, Attribute())
        case Attribute():
            return Item({}) if name == "M" else TYPES.get(name)
        case Mapping():
            return shape.get(name)
    return None


def _passes(condition: Any, leaf: Leaf) -> bool:
    """Whether a value of a leaf can match one element of a pattern's list."""
    if isinstance(condition, dict):
        if len(condition) != 1 or (name := next(iter(condition))) not in OPERATORS:
            raise PatternError(f"the condition {json.dumps(condition)} is not supported here")
        return OPERATORS[name](condition[name], leaf)
    if isinstance(condition, str):
        return _some(leaf, str.__eq__, condition)
    if isinstance(condition, bool):
        return leaf.kind is bool and (not leaf.values or str(condition).lower() in leaf.values)
    if isinstance(condition, int | float):
        return leaf.kind is float and condition >= 0
    if condition is None:  # no value in a record is JSON's null: DynamoDB's is {"NULL": true}
        return False
    raise PatternError(f"the condition {json.dumps(condition)} is not supported here")


def _is_a_range(operand: Any) -> bool:
    """Whether a number that is not negative can be in a range such as `[">", 0, "<=", 5]`."""
    if not isinstance(operand, list) or len(operand) not in {2, 4}:
        raise PatternError(f"{json.dumps(operand)} is not a range of numbers")
    lowest, highest = (0.0, True), (float("inf"), False)  # each with whether it may be reached
    for sign, limit in zip(operand[::2], operand[1::2], strict=True):
        if sign not in COMPARISONS or isinstance(limit, bool) or not isinstance(limit, int | float):
            raise PatternError(f"{json.dumps(operand)} is not a range of numbers")
        if sign in ("=", ">", ">="):
            lowest = max(lowest, (limit, sign != ">"), key=lambda one: (one[0], not one[1]))
        if sign in ("=", "<", "<="):
            highest = min(highest, (limit, sign != "<"))
    return lowest[0] < highest[0] or (lowest[0] == highest[0] and lowest[1] and highest[1])


def _some(leaf: Leaf, test: Callable[[str, Any], bool], operand: Any) -> bool:
    """Whether some text of a leaf passes a test with an operand."""
    return leaf.kind is str and (not leaf.values or True in [test(value, operand) for value in leaf.values])


def _text(operand: Any) -> str:
    """An operand that is text. EventBridge has other forms, but Lambda's documentation does not name them."""
    if not isinstance(operand, str):
        raise PatternError(f"the operand {json.dumps(operand)} is not supported here")
    return operand


def _plain(operand: Any) -> Sequence[Any]:
    """Several operands that are texts or numbers."""
    several = _several(operand)
    if [one for one in several if not isinstance(one, str | int | float)]:
        raise PatternError(f"the operand {json.dumps(operand)} is not supported here")
    return several


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
