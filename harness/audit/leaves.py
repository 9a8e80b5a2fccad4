"""Every small change that can be made to an answer: the mutants of its leaves."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

ABSENT = "absent"
UNKNOWN_MEMBER = "unknown member"
NEW_MEMBER = "MEMBER_OF_TOMORROW"
ATTRIBUTE_VALUE = "AttributeValue"
"""botocore's name for the value of an item's attribute."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a value. `path` leads to the leaf, such as `Table.KeySchema[0].KeyType`; `name` says what was done:
    the other enum member that it became, or a word such as `absent`; `value` is the whole, changed. `is_field` says
    that what is missing is a field of AWS's answer, and not the user's own, such as an attribute of an item."""

    path: str
    name: str
    value: Any
    is_field: bool = False


def changes(value: Any, shape: Shape | None, path: str = "") -> Iterator[Change]:
    """Every change of every leaf. In a list of the user's own elements, such as the items of a Scan, one element of
    each form is changed, because AWS promises nothing about their number or order.

    Args:
        value: an answer, or a part of one.
        shape: botocore's model of it; None if there is none.
        path: where the value is.
    """
    if isinstance(value, Mapping):
        yield from _changes_of_structure(value, shape, path)
    elif isinstance(value, list):
        yield from _changes_of_list(value, shape, path)
    else:
        for name, other in _others(value, shape):
            yield Change(path, name, other)


def _changes_of_structure(value: Mapping[str, Any], shape: Shape | None, path: str) -> Iterator[Change]:
    if value and path:
        yield Change(path, "emptied", {})
    for name, inner in value.items():
        below = f"{path}.{name}" if path else name
        told = isinstance(shape, StructureShape) and name in shape.members
        yield Change(below, ABSENT, {key: one for key, one in value.items() if key != name}, told)
        for change in changes(inner, member_of(shape, name), below):
            yield replace(change, value={**value, name: change.value}, is_field=change.is_field and told)


def _changes_of_list(value: Sequence[Any], shape: Shape | None, path: str) -> Iterator[Change]:
    if len(value) > 1:
        yield Change(path, "emptied", [])
    member = shape.member if isinstance(shape, ListShape) else None
    for index, inner in changed_elements(value, member):
        below = f"{path}[{index}]"
        yield Change(below, "dropped", [*value[:index], *value[index + 1 :]])
        yield Change(below, "doubled", [*value[: index + 1], *value[index:]])
        for change in changes(inner, member, below):
            yield replace(change, value=[*value[:index], change.value, *value[index + 1 :]])


def changed_elements(value: Sequence[Any], member: Shape | None) -> Iterator[tuple[int, Any]]:
    """The elements of a list that are changed one by one, with their indices. Of the user's own elements, these are the
    first of each form (the attributes' names and types). Any other element may have a role of its own (an alarm, a
    statement, a part of a key), so each is changed."""
    own = isinstance(member, MapShape) or (member is not None and member.name == ATTRIBUTE_VALUE)
    seen = set()
    for index, inner in enumerate(value):
        form = _form(inner) if own else index
        if form not in seen:
            yield index, inner
        seen.add(form)


def _form(value: Any) -> Any:
    """The form of an item's value: the names in it, and the types."""
    if isinstance(value, Mapping):
        return frozenset((name, _form(inner)) for name, inner in value.items())
    return frozenset(map(_form, value)) if isinstance(value, list) else type(value).__name__


def member_of(shape: Shape | None, name: str) -> Shape | None:
    """botocore's model of a field of a structure, or of a value in a map."""
    if isinstance(shape, StructureShape):
        member: Shape | None = shape.members.get(name)
        return member
    return shape.value if isinstance(shape, MapShape) else None


def _others(value: Any, shape: Shape | None) -> Iterator[tuple[str, Any]]:
    """Other plausible values of a leaf, each with a word for the change."""
    if isinstance(value, bool):
        yield "negated", not value
    elif isinstance(value, str):
        yield from _other_texts(value, shape)
    elif isinstance(value, int | float | Decimal):
        yield "plus one", value + 1
        yield "minus one", value - 1
        if value:
            yield "zero", type(value)(0)
            yield "negated", -value
    elif isinstance(value, datetime):
        yield "a day later", value + timedelta(days=1)
        yield "a day earlier", value - timedelta(days=1)
    elif isinstance(value, bytes):
        yield "emptied", b""


def _other_texts(value: str, shape: Shape | None) -> Iterator[tuple[str, str]]:
    members = shape.enum if isinstance(shape, StringShape) else []
    if members:
        for member in members:
            if member != value:
                yield member, member
        yield UNKNOWN_MEMBER, NEW_MEMBER
        return
    yield "other text", f"{value}x"
    if value:
        yield "emptied", ""
    if value.swapcase() != value:
        yield "other case", value.swapcase()


def without(value: Any, paths: Container[str], path: str = "") -> Any:
    """A value without the fields at these paths."""
    if isinstance(value, Mapping):
        below = {name: f"{path}.{name}" if path else name for name in value}
        return {name: without(one, paths, below[name]) for name, one in value.items() if below[name] not in paths}
    if isinstance(value, list):
        return [without(one, paths, f"{path}[{index}]") for index, one in enumerate(value)]
    return value
