"""The schemas of parameters, by their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict

import pytest
from jsonschema import Draft202012Validator

from harness.checking.parameters import Schema, schema_of

Name = Annotated[str, Schema(minLength=1, maxLength=9)]


class Part(TypedDict, total=False):
    name: Name
    types: Sequence[Literal["S", "N"]]


class Call(TypedDict):
    actions: list[str]


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (object, {}),
        (Literal[1, 2], {"enum": [1, 2]}),
        (Name, {"type": "string", "minLength": 1, "maxLength": 9}),
        (Name | None, {"type": "string", "minLength": 1, "maxLength": 9}),
        (Annotated[int, Schema(minimum=1)], {"type": "integer", "minimum": 1}),
        (Annotated[str, Schema(enum=["a"])], {"enum": ["a"]}),
        (Annotated[str | Sequence[str], Schema(type=["string", "array"])], {"type": ["string", "array"]}),
        (Annotated[Mapping[str, Any], Schema(type="object")], {"type": "object"}),
        (Sequence[int], {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "integer"}}),
        (list[int], {"type": "array", "minItems": 1, "items": {"type": "integer"}}),
        (
            Annotated[list[Call], Schema(maxItems=4)],
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 4,
                "items": {
                    "type": "object",
                    "properties": {"actions": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
                    "required": ["actions"],
                    "additionalProperties": False,
                },
            },
        ),
        (
            Part,
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 9},
                    "types": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": ["S", "N"]}},
                },
                "additionalProperties": False,
            },
        ),
    ],
)
def test_a_type_says_what_a_definition_may_give(hint: Any, schema: dict[str, Any]) -> None:
    assert schema_of(hint) == schema
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("hint", [bytes, set[str], int | str, Mapping[str, int]])
def test_a_type_that_says_too_little_is_refused(hint: Any) -> None:
    with pytest.raises((KeyError, ValueError)):
        schema_of(hint)
