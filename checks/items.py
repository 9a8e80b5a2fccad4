"""The items of a table: how many there are, what they look like, and how many values an attribute has."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from checks.facts.tables import API, GUIDE, AttributeName, Table
from harness.checking.check import Failed, Passed, Pending, Undetermined, check
from harness.checking.parameters import Schema
from harness.usage import counted, shortened

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

PATTERN_SECONDS = 1.0
LONGEST = timedelta(days=36_600)
"""A hundred years. A time to live beyond that is not a number of seconds."""

DIGITS_LIMIT = 38
EXPONENTS = range(-130, 126)
"""How many digits a number may have, and powers of ten.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB returns it: by the attribute's name, its value under the letters of its type."""

WHERE = {"required": ["kind"], "properties": {"kind": {"const": "order"}}}
"""The condition in the examples."""

_PART = {"$ref": "#"}
_PARTS = {"type": "array", "minItems": 1, "items": _PART}
_PART_OR_BOOLEAN = {"type": ["object", "boolean"], "if": {"type": "object"}, "then": _PART}
_TYPES = {"enum": ["object", "array", "string", "number", "integer", "boolean", "null"]}
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
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), _PARTS),
        **dict.fromkeys(("not", "if", "then", "else", "propertyNames", "contains"), _PART),
        "properties": {"type": "object", "additionalProperties": _PART},
        **dict.fromkeys(("additionalProperties", "items"), _PART_OR_BOOLEAN),
        "required": _NAMES,
        "dependentRequired": {"type": "object", "additionalProperties": _NAMES},
        **{
            f"{limit}{what}": {"type": "integer", "minimum": 0}
            for limit in ("min", "max")
            for what in ("Properties", "Items", "Length")
        },
        "uniqueItems": {"type": "boolean"},
        "pattern": {"type": "string", "format": "regex"},
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    },
}
"""The schema of a JSON Schema for items: the keywords of draft 2020-12 that say something about plain data. Keywords
that only annotate would require nothing, and references leave the definition: both are refused, like misspelt words.
https://json-schema.org/draft/2020-12/json-schema-validation"""


JsonSchema = Annotated[Mapping[str, Any], Schema(**SCHEMA)]
AtLeastOne = Annotated[int, Schema(minimum=1)]


class FilledTable(Table):
    """A table with its items."""

    example = "events-${student_id}"
    actions = (*Table.actions, "dynamodb:Scan")

    @functools.cached_property
    def items(self) -> list[Item]:
        """All of them."""
        if self.description["TableStatus"] == "CREATING":
            message = "The table is still being created, so its items cannot be read yet."
            raise Pending(message, expected="table status ACTIVE", actual="CREATING")
        found: list[Item] = self.account.read("dynamodb", "Scan", TableName=self.name, ConsistentRead=True)["Items"]
        return found

    def chosen(self, where: Mapping[str, Any] | None) -> list[Item]:
        """Those that satisfy a condition."""
        if where is None:
            return self.items
        validator = _validator(where)
        return [item for item in self.items if validator.is_valid(_plain_item(item))]


@check("items.count", example={"minimum": 2, "where": WHERE}, source=f"{API}API_Scan.html")
def count(table: FilledTable, minimum: AtLeastOne, where: JsonSchema | None = None) -> Passed:
    """The table holds at least the required number of items.

    All pages are read, consistently, because AWS updates a table's ItemCount only every six hours. With `where`, only
    items that satisfy this JSON Schema count, as `items.shape` reads it.
    """
    number, kind = len(table.chosen(where)), _kind(where)
    actual = f"{number} of {counted(len(table.items), 'item')}"
    if number < minimum:
        message = f"The table holds {counted(number, 'item')}{kind}, fewer than {minimum}."
        remedy = "Write them with PutItem or BatchWriteItem; the latter returns in UnprocessedItems what it left out."
        raise Failed(message, expected=f"at least {counted(minimum, 'item')}{kind}", actual=actual, remedy=remedy)
    return Passed(f"The table holds {counted(number, 'item')}{kind}.", actual=actual)


@check(
    "items.shape",
    example={
        "where": WHERE,
        "schema": {"required": ["total"], "properties": {"total": {"type": "number", "minimum": 0}}},
    },
    source=f"{GUIDE}HowItWorks.NamingRulesDataTypes.html",
)
def shape(table: FilledTable, schema: JsonSchema, where: JsonSchema | None = None) -> Passed:
    """Every item has the required shape, and there is at least one item.

    The shape is a JSON Schema (draft 2020-12, without references) for the plain item: maps are objects; lists and sets
    are arrays, sets in ascending order; numbers are exact, and 3.0 is an integer; binary values are base64 text. With
    `where`, only items that satisfy that JSON Schema must have the shape. Students see a `title` beside a `pattern` as
    the description of what it requires.
    """
    chosen, kind = table.chosen(where), _kind(where)
    validator = _validator(schema)
    wrong = [item for item in chosen if not validator.is_valid(_plain_item(item))]
    actual = f"{len(chosen)} of {counted(len(table.items), 'item')}"
    if wrong or not chosen:
        have = "has" if len(wrong) == 1 else "have"
        raise Failed(
            f"Of {counted(len(chosen), 'item')}{kind}, {len(wrong)} {have} the wrong shape."
            if chosen
            else f"The table holds no item{kind}.",
            expected=f"items{kind} that satisfy the lab's JSON Schema",
            actual=_first_problem(wrong, table, validator) if wrong else actual,
            remedy="Write the items again as the task describes them; check the types of their attributes.",
        )
    return Passed(f"{counted(len(chosen), 'item')}{kind}, all of the required shape.", actual=actual)


@check("items.distinct", example={"attribute": "customer", "minimum": 2}, source=f"{API}API_Scan.html")
def distinct(
    table: FilledTable, attribute: AttributeName, minimum: AtLeastOne, where: JsonSchema | None = None
) -> Passed:
    """An attribute has at least the required number of different values among the items.

    It is an attribute at the top level; items without it do not count. Values of different types are different; the
    same number in different notations is not. With `where`, only items that satisfy this JSON Schema count.
    """
    chosen = [item for item in table.chosen(where) if attribute in item]
    number = len({_comparable(item[attribute]) for item in chosen})
    actual = f"{counted(number, 'value')} in {counted(len(chosen), 'item')}{_kind(where)} that have it"
    if number < minimum:
        message = f"The attribute {attribute} has {counted(number, 'different value')}, fewer than {minimum}."
        remedy = "Write items with different values for it. Names of attributes are case-sensitive."
        raise Failed(message, expected=f"at least {counted(minimum, 'different value')}", actual=actual, remedy=remedy)
    return Passed(f"The attribute {attribute} has {counted(number, 'different value')}.", actual=actual)


@check(
    "items.expiring",
    example={"attribute": "expires", "minimum": 1},
    source=f"{GUIDE}time-to-live-ttl-before-you-start.html",
)
def expiring(
    table: FilledTable, attribute: AttributeName, minimum: AtLeastOne, where: JsonSchema | None = None
) -> Passed:
    """At least the required number of items expire at a time in the future.

    Every item with the attribute must have a Number of epoch seconds in it: time to live ignores all other types, and a
    value more than a hundred years away is not in seconds. Items whose time is over do not count, and do no harm. With
    `where`, only items that satisfy this JSON Schema count.
    """
    having, now = [item for item in table.chosen(where) if attribute in item], table.account.started
    expected = f"at least {counted(minimum, 'item')}{_kind(where)} with {attribute}, a Number of epoch seconds after "
    expected += f"{int(now.timestamp())} ({now:%Y-%m-%d %H:%M:%S} UTC)"
    wrong = {_key(item, table): found for item in having if (found := _no_time(item[attribute], now))}
    if wrong:
        key = min(wrong)
        raise Failed(
            f"{attribute} of the item {key} is {wrong[key]}.",
            expected=expected,
            actual=f"{len(wrong)} of {counted(len(having), 'item')} with {attribute} have no valid time in it",
            remedy=f"Write {attribute} as a Number of seconds since 1970, such as int(time.time()) + 90 * 24 * 60 * 60.",
        )
    times = sorted(_number(item[attribute]["N"]) for item in having)
    number = len([one for one in times if one > now.timestamp()])
    actual = f"{counted(len(having), 'item')}{_kind(where)} with {attribute}" + (
        f", the last at {times[-1]}" if times else ""
    )
    if number < minimum:
        raise Failed(
            f"{counted(number, 'item')}{_kind(where)} will expire by {attribute}, fewer than {minimum}.",
            expected=expected,
            actual=actual,
            remedy=f"Give {attribute} a time in the future, such as int(time.time()) + 90 * 24 * 60 * 60.",
        )
    return Passed(f"{counted(number, 'item')}{_kind(where)} will expire by {attribute}.", actual=actual)


def _no_time(value: Mapping[str, Any], now: datetime) -> str | None:
    """Why time to live cannot understand a value."""
    kind, inner = _typed(value)
    if kind != "N":
        return f"of the type {kind}, which time to live ignores"
    seconds = _number(inner)
    if seconds < (now + LONGEST).timestamp():
        return None
    in_milliseconds = seconds < 1000 * Decimal((now + LONGEST).timestamp())
    return f"{inner}, a number of {'milliseconds' if in_milliseconds else 'something smaller than seconds'}"


def _kind(where: Mapping[str, Any] | None) -> str:
    return " of the required kind" if where is not None else ""


def _first_problem(wrong: Iterable[Item], table: Table, validator: Validator) -> str:
    """The key of the first wrong item (in the order of keys), and where in it what is wrong; nothing more of the
    item."""
    from jsonschema.exceptions import best_match

    from harness.documents.schema import sentences
    from harness.documents.strict_yaml import path_text

    first = min(wrong, key=lambda item: _key(item, table))
    errors = list(validator.iter_errors(_plain_item(first)))
    error = best_match(errors) or errors[0]
    path, sentence = next(sentences(error, _brief))
    where = path_text((*error.absolute_path, *path))
    return f"the item {_key(first, table)}: {f'at {where}: ' if where else ''}{sentence}"


def _key(item: Item, table: Table) -> str:
    """An item's primary key, as a report may show it."""
    names = [part["AttributeName"] for part in table.description["KeySchema"]]
    return ", ".join(f"{name} {_brief(_plain(item[name]))}" for name in names if name in item)


def _brief(value: Any) -> str:
    """A plain value as far as a report may show it."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shortened(f"{value!r}" if isinstance(value, str) else str(value))


def _typed(value: Mapping[str, Any]) -> tuple[str, Any]:
    """The type of an attribute's value, and the value without it."""
    found = [(kind, inner) for kind, inner in value.items() if kind in _PLAIN]
    if len(found) != 1:
        raise Undetermined("An item holds a value of a type that this version does not know.")
    return found[0]


def _plain_item(item: Item) -> dict[str, Any]:
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    kind, inner = _typed(value)
    return _PLAIN[kind](inner)


def _number(text: str) -> Decimal:
    """A number, exactly."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    small = number.is_finite() and len(number.as_tuple().digits) <= DIGITS_LIMIT
    if not small or number.adjusted() not in EXPONENTS:  # calculating with it would take far too long
        raise Undetermined("An item holds a number that DynamoDB cannot hold.")
    return number


def _plain_number(text: str) -> int | Decimal:
    """A number as JSON Schema understands it, for which 3.0 is an integer."""
    number = _number(text)
    return int(number) if number == number.to_integral_value() else number


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "S": lambda inner: inner,
    "N": _plain_number,
    "B": _base64,
    "BOOL": lambda inner: inner,
    "NULL": lambda inner: None,
    "M": _plain_item,
    "L": lambda inner: [_plain(one) for one in inner],
    "SS": sorted,
    "NS": lambda inner: sorted(_plain_number(one) for one in inner),
    "BS": lambda inner: sorted(map(_base64, inner)),
}
"""How the value of each type becomes plain."""


def _comparable(value: Mapping[str, Any]) -> Any:
    """A form of a value that is equal for equal values and different for different ones, with their types."""
    kind, inner = _typed(value)
    if kind == "N":
        return kind, _number(inner)
    if kind == "NS":
        return kind, frozenset(_number(one) for one in inner)
    if kind == "L":
        return kind, tuple(_comparable(one) for one in inner)
    if kind == "M":
        return kind, frozenset((name, _comparable(one)) for name, one in inner.items())
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
            yield ValidationError(f"{value} is not a multiple of {limit}")

    def pattern(validator: Validator, limit: str, value: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001  (likewise)
        expression = FINAL_DOLLAR.sub(r"\\Z", limit)
        try:  # \d and \w are ASCII, as in ECMA-262, whose patterns JSON Schema uses
            if isinstance(value, str) and not regex.search(expression, value, regex.ASCII, timeout=PATTERN_SECONDS):
                yield ValidationError(f"the pattern {limit} does not match")
        except TimeoutError as error:
            raise Undetermined(f"The lab's pattern {shortened(limit)} takes too long on an item.") from error

    return extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"multipleOf": multiple_of, "pattern": pattern}
    )


def _exact(schema: Any) -> Any:
    """A schema with its fractions as they are written, because as a float 0.1 is not exactly a tenth."""
    if isinstance(schema, dict):
        return {name: _exact(one) for name, one in schema.items()}
    if isinstance(schema, list):
        return [_exact(one) for one in schema]
    return Decimal(str(schema)) if isinstance(schema, float) else schema
