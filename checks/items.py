"""The items of a table: how many there are, what they look like, and how many values an attribute has."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from checks.facts.tables import TABLE, Description, counted, describe_table
from harness.checking.check import Context, Failed, Passed, Pending, Undetermined, check
from harness.usage import shortened

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCAN = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"
DATA_TYPES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
PATTERN_SECONDS = 1.0
DIGITS_LIMIT = 38
EXPONENTS = range(-130, 126)
"""How many digits a number may have, and powers of ten.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB tells it: by the attribute's name, its value under the letters of its type."""

WHERE = {"required": ["kind"], "properties": {"kind": {"const": "order"}}}
"""The condition in the examples."""

_PART = {"$ref": "#"}
_PARTS = {"type": "array", "minItems": 1, "items": _PART}
_NAMED_PARTS = {"type": "object", "additionalProperties": _PART}
_PART_OR_BOOLEAN = {"type": ["object", "boolean"], "if": {"type": "object"}, "then": _PART}
_TYPES = {"enum": ["object", "array", "string", "number", "integer", "boolean", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}
_NAMES = {"type": "array", "uniqueItems": True, "items": {"type": "string"}}

SCHEMA: Mapping[str, Any] = {
    "title": "a JSON Schema",
    "$id": "urn:dynamodb-lab-validator:item-schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "type": {
            "type": ["string", "array"],
            "if": {"type": "array"},
            "then": {"minItems": 1, "items": _TYPES},
            "else": _TYPES,
        },
        "enum": {"type": "array", "minItems": 1},
        "const": {},
        "allOf": _PARTS,
        "anyOf": _PARTS,
        "oneOf": _PARTS,
        "not": _PART,
        "if": _PART,
        "then": _PART,
        "else": _PART,
        "properties": _NAMED_PARTS,
        "additionalProperties": _PART_OR_BOOLEAN,
        "propertyNames": _PART,
        "required": _NAMES,
        "dependentRequired": {"type": "object", "additionalProperties": _NAMES},
        "minProperties": _COUNT,
        "maxProperties": _COUNT,
        "items": _PART_OR_BOOLEAN,
        "contains": _PART,
        "minItems": _COUNT,
        "maxItems": _COUNT,
        "uniqueItems": {"type": "boolean"},
        "minLength": _COUNT,
        "maxLength": _COUNT,
        "pattern": {"type": "string", "format": "regex"},
        "minimum": _NUMBER,
        "maximum": _NUMBER,
        "exclusiveMinimum": _NUMBER,
        "exclusiveMaximum": _NUMBER,
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    },
}
"""The schema of a JSON Schema for items: the keywords of draft 2020-12 that say something of plain data. What only
annotates would be no requirement, and references lead out of the definition: both are refused, as misspelt words are.
https://json-schema.org/draft/2020-12/json-schema-validation"""


@check(
    "items.count",
    parameters={"table": TABLE, "minimum": {"type": "integer", "minimum": 1}, "where": SCHEMA},
    example={"table": "events-${student_id}", "minimum": 2, "where": WHERE},
    actions=("dynamodb:DescribeTable", "dynamodb:Scan"),
    requires=("table.exists",),
    source=SCAN,
)
def count(context: Context, table: str, minimum: int, where: Mapping[str, Any] | None = None) -> Passed:
    """The table holds at least so many items.

    All pages are read, consistently: AWS updates the ItemCount of a table every six hours only. With `where`, those
    items are counted that satisfy this JSON Schema, as `items.shape` reads it.
    """
    description, items = _items(context, table)
    arn = description["TableArn"]
    chosen = _chosen(items, where, arn)
    kind = " of the kind that is asked for" if where is not None else ""
    actual = f"{len(chosen)} of {counted(len(items), 'item')}"
    if len(chosen) < minimum:
        raise Failed(
            f"The table holds {counted(len(chosen), 'item')}{kind}, fewer than {minimum}.",
            expected=f"at least {counted(minimum, 'item')}{kind}",
            actual=actual,
            resource=arn,
            remedy="Write them with PutItem or BatchWriteItem; the latter tells in UnprocessedItems what it left out.",
        )
    return Passed(f"The table holds {counted(len(chosen), 'item')}{kind}.", actual=actual, resource=arn)


@check(
    "items.shape",
    parameters={"table": TABLE, "schema": SCHEMA, "where": SCHEMA},
    example={
        "table": "events-${student_id}",
        "where": WHERE,
        "schema": {"required": ["total"], "properties": {"total": {"type": "number", "minimum": 0}}},
    },
    actions=("dynamodb:DescribeTable", "dynamodb:Scan"),
    requires=("table.exists",),
    source=DATA_TYPES,
)
def shape(context: Context, table: str, schema: Mapping[str, Any], where: Mapping[str, Any] | None = None) -> Passed:
    """Every item has the required shape, and there is one.

    The shape is a JSON Schema (draft 2020-12, without references) of the plain item: maps are objects; lists and sets
    are arrays, sets in ascending order; numbers are exact, and 3.0 is an integer; binary values are base64 text. With
    `where`, only items that satisfy that JSON Schema must have the shape. A `title` beside a `pattern` is how students
    are told what it asks for.
    """
    description, items = _items(context, table)
    arn = description["TableArn"]
    chosen = _chosen(items, where, arn)
    kind = " of the kind that is asked for" if where is not None else ""
    validator = _validator(schema)
    wrong = [item for item in chosen if not validator.is_valid(_plain_item(item, arn))]
    if wrong or not chosen:
        raise Failed(
            f"Of {counted(len(chosen), 'item')}{kind}, {len(wrong)} {'has' if len(wrong) == 1 else 'have'} another shape."
            if chosen
            else f"The table holds no item{kind}.",
            expected=f"items{kind} that satisfy the lab's JSON Schema",
            actual=_first_problem(wrong, description, validator) if wrong else f"0 of {counted(len(items), 'item')}",
            resource=arn,
            remedy="Write the items anew as the task describes them; mind the types of their attributes.",
        )
    return Passed(
        f"{counted(len(chosen), 'item')}{kind}, all of the required shape.",
        actual=f"{len(chosen)} of {counted(len(items), 'item')}",
        resource=arn,
    )


@check(
    "items.distinct",
    parameters={
        "table": TABLE,
        "attribute": {"type": "string", "minLength": 1, "maxLength": 255},
        "minimum": {"type": "integer", "minimum": 1},
        "where": SCHEMA,
    },
    example={"table": "events-${student_id}", "attribute": "customer", "minimum": 2},
    actions=("dynamodb:DescribeTable", "dynamodb:Scan"),
    requires=("table.exists",),
    source=SCAN,
)
def distinct(
    context: Context, table: str, attribute: str, minimum: int, where: Mapping[str, Any] | None = None
) -> Passed:
    """An attribute has at least so many different values among the items.

    It is an attribute at the top level; items without it do not count. Values of different types differ, numbers of
    different spelling do not. With `where`, only items that satisfy this JSON Schema are looked at.
    """
    description, items = _items(context, table)
    arn = description["TableArn"]
    chosen = [item for item in _chosen(items, where, arn) if attribute in item]
    kind = " of the kind that is asked for" if where is not None else ""
    values = {_comparable(item[attribute], arn) for item in chosen}
    actual = f"{counted(len(values), 'value')} in {counted(len(chosen), 'item')}{kind} that have it"
    if len(values) < minimum:
        raise Failed(
            f"The attribute {attribute} has {counted(len(values), 'different value')}, fewer than {minimum}.",
            expected=f"at least {counted(minimum, 'different value')}",
            actual=actual,
            resource=arn,
            remedy="Write items that differ in it. Names of attributes are case-sensitive.",
        )
    return Passed(
        f"The attribute {attribute} has {counted(len(values), 'different value')}.", actual=actual, resource=arn
    )


def _items(context: Context, table: str) -> tuple[Description, list[Item]]:
    """A table's description and all its items."""
    description = describe_table(context, table)
    if description["TableStatus"] == "CREATING":
        raise Pending(
            "The table is still being created: its items cannot be read yet.",
            expected="table status ACTIVE",
            actual="CREATING",
            resource=description["TableArn"],
        )
    return description, context.account.read("dynamodb", "Scan", TableName=table, ConsistentRead=True)["Items"]


def _chosen(items: list[Item], where: Mapping[str, Any] | None, arn: str) -> list[Item]:
    if where is None:
        return items
    validator = _validator(where)
    return [item for item in items if validator.is_valid(_plain_item(item, arn))]


def _first_problem(wrong: Iterable[Item], description: Description, validator: Validator) -> str:
    """The key of the first wrong item (in the order of keys), where in it something is wrong, and what: no more of it
    than that."""
    from jsonschema.exceptions import best_match

    from harness.documents.schema import sentences
    from harness.documents.strict_yaml import path_text

    arn = description["TableArn"]
    names = [part["AttributeName"] for part in description["KeySchema"]]

    def key(item: Item) -> str:
        return ", ".join(f"{name} {_brief(_plain(item[name], arn))}" for name in names if name in item)

    first = min(wrong, key=key)
    errors = list(validator.iter_errors(_plain_item(first, arn)))
    error = best_match(errors) or errors[0]
    path, sentence = next(sentences(error, _brief))
    where = path_text((*error.absolute_path, *path))
    return f"the item {key(first)}: {f'at {where}: ' if where else ''}{sentence}"


def _brief(value: Any) -> str:
    """A plain value as far as a report may show it."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shortened(f"{value!r}" if isinstance(value, str) else str(value))


def _typed(value: Mapping[str, Any], arn: str) -> tuple[str, Any]:
    """The type of an attribute's value, and the value without it."""
    found = [(kind, inner) for kind, inner in value.items() if kind in _PLAIN]
    if len(found) != 1:
        raise Undetermined("An item holds a value of a type that this version does not know.", resource=arn)
    return found[0]


def _plain_item(item: Item, arn: str) -> dict[str, Any]:
    return {name: _plain(value, arn) for name, value in item.items()}


def _plain(value: Mapping[str, Any], arn: str) -> Any:
    kind, inner = _typed(value, arn)
    return _PLAIN[kind](inner, arn)


def _number(text: str, arn: str) -> Decimal:
    """A number, exactly."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    small = number.is_finite() and len(number.as_tuple().digits) <= DIGITS_LIMIT
    if not small or number.adjusted() not in EXPONENTS:  # which would take for ever to compute with
        raise Undetermined("An item holds a number that DynamoDB cannot hold.", resource=arn)
    return number


def _plain_number(text: str, arn: str) -> int | Decimal:
    """A number as JSON Schema understands it, for which 3.0 is an integer."""
    number = _number(text, arn)
    return int(number) if number == number.to_integral_value() else number


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


_PLAIN: Mapping[str, Callable[[Any, str], Any]] = {
    "S": lambda inner, arn: inner,
    "N": _plain_number,
    "B": lambda inner, arn: _base64(inner),
    "BOOL": lambda inner, arn: inner,
    "NULL": lambda inner, arn: None,
    "M": _plain_item,
    "L": lambda inner, arn: [_plain(one, arn) for one in inner],
    "SS": lambda inner, arn: sorted(inner),
    "NS": lambda inner, arn: sorted(_plain_number(one, arn) for one in inner),
    "BS": lambda inner, arn: sorted(map(_base64, inner)),
}
"""How the value of each type becomes plain."""


def _comparable(value: Mapping[str, Any], arn: str) -> Any:
    """A value such that equal ones are equal and different ones differ, their types included."""
    kind, inner = _typed(value, arn)
    if kind == "N":
        return kind, _number(inner, arn)
    if kind == "NS":
        return kind, frozenset(_number(one, arn) for one in inner)
    if kind == "L":
        return kind, tuple(_comparable(one, arn) for one in inner)
    if kind == "M":
        return kind, frozenset((name, _comparable(one, arn)) for name, one in inner.items())
    return kind, frozenset(inner) if kind in ("SS", "BS") else inner


def _validator(schema: Mapping[str, Any]) -> Validator:
    """A validator that computes exactly, and gives up on a pattern that takes too long."""
    validator: Validator = _validator_class()(_exact(schema))
    return validator


@functools.cache
def _validator_class() -> Any:
    import regex
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    from harness.documents.schema import FINAL_DOLLAR

    def multiple_of(validator: Validator, limit: Any, value: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001  (as jsonschema calls it)
        if validator.is_type(value, "number") and Fraction(value) % Fraction(limit):
            yield ValidationError(f"{value} is no multiple of {limit}")

    def pattern(validator: Validator, limit: str, value: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001  (likewise)
        expression = FINAL_DOLLAR.sub(r"\\Z", limit)
        try:  # \d and \w are ASCII, as in ECMA-262, by which JSON Schema reads patterns
            if isinstance(value, str) and not regex.search(expression, value, regex.ASCII, timeout=PATTERN_SECONDS):
                yield ValidationError(f"the pattern {limit} does not match")
        except TimeoutError as error:
            raise Undetermined(f"The lab's pattern {shortened(limit)} takes too long on an item.") from error

    return extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"multipleOf": multiple_of, "pattern": pattern}
    )


def _exact(schema: Any) -> Any:
    """A schema with its fractions as they are written: 0.1 is not quite a tenth."""
    if isinstance(schema, dict):
        return {name: _exact(one) for name, one in schema.items()}
    if isinstance(schema, list):
        return [_exact(one) for one in schema]
    return Decimal(str(schema)) if isinstance(schema, float) else schema
