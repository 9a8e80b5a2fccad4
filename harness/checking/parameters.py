"""Makes the JSON Schemas of a check's parameters from their types."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}


class Schema:
    """Keywords of JSON Schema that say more than a type: `Annotated[int, Schema(minimum=1)]`."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


def schema_of(hint: Any) -> dict[str, Any]:
    """The schema of a type.

    `Literal` is an enum; `Sequence[X]` is a list of at least one X without duplicates; `list[X]` is a list whose values
    may repeat; a TypedDict is an object without other names; `X | None` is an X that may be left out. A `Schema` adds
    keywords; with a `type` or an `enum` of its own, it replaces the type.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        keywords = arguments[1].keywords
        return keywords if {"type", "enum"} & keywords.keys() else {**schema_of(arguments[0]), **keywords}
    if origin is Literal:
        return {"enum": [*arguments]}
    if origin in (Union, UnionType):
        [one] = [argument for argument in arguments if argument is not NoneType]
        return schema_of(one)
    if origin in (Sequence, list):
        unique = {"uniqueItems": True} if origin is Sequence else {}
        return {"type": "array", "minItems": 1, **unique, "items": schema_of(arguments[0])}
    if is_typeddict(hint):
        properties = {name: schema_of(one) for name, one in get_type_hints(hint, include_extras=True).items()}
        required = {"required": [name for name in properties if name in hint.__required_keys__]}
        closed = {"type": "object", "properties": properties, "additionalProperties": False}
        return closed | required if hint.__required_keys__ else closed
    return {} if hint is object else {"type": SCALARS[hint]}
