"""What a JSON Schema refuses in a document, as sentences with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sized
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.documents.strict_yaml import Document, Problem, ValuePath
from harness.usage import did_you_mean, shortened

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

FINAL_DOLLAR = re.compile(r"(?<!\\)\$$")
HUGE_COUNT = re.compile(r"\{\d*,?\d{4}")
"""A repetition, as in `a{10000}`. The engine needs memory for each of them."""

JSON_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

WORDINGS = {
    "const": "must be {limit}, not {value}.",
    "minimum": "must be at least {limit}, not {value}.",
    "maximum": "must be at most {limit}, not {value}.",
    "minLength": "must not be shorter than {limit}; its length is {length}.",
    "minItems": "must not be shorter than {limit}; its length is {length}.",
    "minProperties": "must not be shorter than {limit}; its length is {length}.",
    "maxLength": "must not be longer than {limit}.",
    "maxItems": "must not be longer than {limit}.",
    "pattern": "{value} does not have the form {limit}.",
    "uniqueItems": "duplicate value.",
    "format": "{value} is not a regular expression that can be used here.",
}
"""Sentences for schema errors, by the schema's keyword."""


def strict_validator(schema: Mapping[str, Any]) -> Validator:
    """A validator that does not accept 5.0 as an integer (points are added up and compared exactly). The only format
    that it knows is `regex`."""
    import regex
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.validators import extend

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda checker, value: type(value) is int)
    strict: Any = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": _pattern_problems}, type_checker=checker
    )

    def usable(value: object) -> bool:
        return not isinstance(value, str) or (not HUGE_COUNT.search(value) and bool(regex.compile(value)))

    formats = FormatChecker(())
    formats.checks("regex", raises=(regex.error, RecursionError))(usable)
    validator: Validator = strict(schema, format_checker=formats)
    return validator


def _pattern_problems(
    validator: Any,  # noqa: ARG001  (as jsonschema calls it)
    pattern: str,
    value: Any,
    schema: Any,  # noqa: ARG001
) -> Iterator[ValidationError]:
    """In JSON Schema, `$` matches only the very end of a text; in Python, also before a last line end."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not re.search(FINAL_DOLLAR.sub(r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def schema_problems(document: Document, path: ValuePath, validator: Validator) -> Iterator[Problem]:
    """What a schema refuses, as sentences."""
    for error in validator.iter_errors(document.value):
        where = (*path, *error.absolute_path)
        for extra, message in sentences(error):
            yield document.problem((*where, *extra), message)


def _brief(value: Any) -> str:
    return shortened(_json(value))


def _json(value: Any) -> str:
    return json.dumps(
        value, ensure_ascii=False, default=lambda one: float(one) if isinstance(one, Decimal) else str(one)
    )


def sentences(error: ValidationError, brief: Callable[[Any], str] = _brief) -> Iterator[tuple[ValuePath, str]]:
    """A schema error in words, with the path of the wrong key where that is deeper than the path of the error.

    Args:
        brief: how a value of the document is shown.
    """
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(value, dict):
        known = sorted(schema.get("properties", ()))
        for key in value:
            if key not in known:
                allowed = f"Allowed: {', '.join(known)}." if known else "No keys are allowed here."
                yield (key,), f"{shortened(key)!r} is not known here.{did_you_mean(shortened(key), known)} {allowed}"
    elif error.validator == "required" and isinstance(value, dict):
        yield (), f"missing: {', '.join(repr(key) for key in limit if key not in value)}."
    elif error.validator == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        yield (), f"must be {' or '.join(JSON_TYPES[kind] for kind in kinds)}, not {brief(value)}."
    elif error.validator == "enum":
        words = [str(one) for one in limit]
        near = did_you_mean(shortened(str(value)), words)
        yield (), f"must be one of {', '.join(words)}, not {brief(value)}.{near}"
    elif error.validator in WORDINGS:
        of_a_key = "propertyNames" in list(error.absolute_schema_path)[-2:]
        extra = (value,) if of_a_key and isinstance(value, str) else ()
        if error.validator == "pattern" and "title" in schema:
            yield extra, f"must be {schema['title']}, not {brief(value)}."
            return
        length = len(value) if isinstance(value, Sized) else 0
        yield extra, WORDINGS[error.validator].format(value=brief(value), limit=_json(limit), length=length)
    else:
        yield (), f"{brief(value)} breaks the rule {error.validator!r}: {_brief(limit)}."
