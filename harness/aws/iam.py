"""Whether IAM policies allow a call.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

VARIABLE = re.compile(r"\$\{([^{}]+)\}")
WHOLE_SERVICE = re.compile(r"\*+|[^:]*:\*+")
OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")

Values = Mapping[str, Sequence[str]]
"""The values of condition keys in a request, by the key in lower case."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The statements of one or more identity policies."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, *documents: Mapping[str, Any]) -> Policy:
        """The policy that some documents make together.

        Raises:
            ValueError: a document is not one that IAM accepts, or has a condition operator that is not known here.
        """
        statements = tuple(one for document in documents for one in _statements(document))
        for statement in statements:
            _validate(statement, "Action", "Resource")
        return cls(statements)

    def allows(self, action: str, resource: str, context: Mapping[str, str | Sequence[str]] | None = None) -> bool:
        """Whether a call is allowed: some statement allows it, and none denies it.

        Args:
            action: such as `dynamodb:GetItem`.
            resource: an ARN, or `*` for an action that is about none.
            context: condition keys with their values, such as `dynamodb:LeadingKeys`.
        """
        keys = {name.lower(): several(value) for name, value in (context or {}).items()}
        effects = {one["Effect"] for one in self.statements if _applies(one, action, resource, keys)}
        return effects == {"Allow"}


def trusts(document: Mapping[str, Any], service: str, context: Mapping[str, str]) -> bool:
    """Whether a role's trust policy lets an AWS service assume the role.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

    Args:
        service: such as `lambda.amazonaws.com`.
        context: condition keys with their values, such as `aws:SourceArn`.

    Raises:
        ValueError: the document is not one that IAM accepts, or has something in it that is not known here.
    """
    keys = {name.lower(): [value] for name, value in context.items()}
    effects = set()
    for statement in _statements(document):
        _validate(statement, "Action")
        if "Principal" not in statement:
            raise ValueError("a statement of a trust policy names no Principal")
        principal = statement["Principal"]
        services = several(principal.get("Service", ())) if isinstance(principal, Mapping) else [principal]
        if (
            {service, "*"} & set(services)
            and _covers(statement, "Action", "sts:assumerole", str.lower)
            and _conditions_hold(statement, keys)
        ):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def whole_services(document: Mapping[str, Any]) -> list[str]:
    """The actions by which a policy allows all of a service, or of AWS: `*`, `dynamodb:*`, or everything but some."""
    found = []
    for statement in _statements(document):
        if statement["Effect"] == "Allow":
            found += [f"everything but {one}" for one in several(statement.get("NotAction", ()))]
            found += [one for one in several(statement.get("Action", ())) if WHOLE_SERVICE.fullmatch(one)]
    return found


def _statements(document: Any) -> Sequence[Any]:
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise ValueError("a policy is a JSON object with a Statement")
    return several(document["Statement"])


def several(value: Any) -> Sequence[Any]:
    """A list as it is, anything else as a list of one: IAM allows either in most places."""
    return value if isinstance(value, list | tuple) else [value]


def _validate(statement: Any, *elements: str) -> None:
    if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement's Effect is Allow or Deny")
    for name in elements:
        if (name in statement) == (f"Not{name}" in statement):
            raise ValueError(f"a statement has either {name} or Not{name}")
        if [one for one in several(statement.get(name, statement.get(f"Not{name}"))) if not isinstance(one, str)]:
            raise ValueError(f"a statement's {name} is text")
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, Mapping) or [one for one in conditions.values() if not isinstance(one, Mapping)]:
        raise ValueError("a statement's Condition has operators, each with keys and values")
    for name in conditions:
        _condition(name)


def _applies(statement: Mapping[str, Any], action: str, resource: str, keys: Values) -> bool:
    return (
        _covers(statement, "Action", action.lower(), str.lower)
        and _covers(statement, "Resource", resource, lambda pattern: _filled_in(pattern, keys))
        and _conditions_hold(statement, keys)
    )


def _conditions_hold(statement: Mapping[str, Any], keys: Values) -> bool:
    return not [
        key
        for name, wanted in statement.get("Condition", {}).items()
        for key, values in wanted.items()
        if not _condition(name)(keys.get(key.lower(), ()), [_filled_in(_text(one), keys) for one in several(values)])
    ]


def _covers(statement: Mapping[str, Any], name: str, value: str, form: Callable[[str], str]) -> bool:
    if name in statement:
        return any(_like(value, form(pattern)) for pattern in several(statement[name]))
    return not any(_like(value, form(pattern)) for pattern in several(statement[f"Not{name}"]))


def _like(value: str, pattern: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards: `*` for any text, `?` for one character."""
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern), re.DOTALL)


def _filled_in(text: str, keys: Values) -> str:
    """A text with its variables, such as `${aws:username}`, replaced; one without a value stays and matches nothing."""
    return VARIABLE.sub(lambda match: next(iter(keys.get(match[1].lower(), ())), match[0]), text)


def _text(value: Any) -> str:
    """JSON's true and numbers as IAM compares them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    def test(value: str, wanted: str) -> bool:
        try:
            return compare(Decimal(value), Decimal(wanted))
        except InvalidOperation:
            return False

    return test


def _moment(text: str) -> datetime:
    """A time in ISO 8601 or in epoch seconds."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date(compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    def test(value: str, wanted: str) -> bool:
        try:
            return compare(_moment(value), _moment(wanted))
        except ValueError:
            return False

    return test


def _in_network(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _in_network,
    **{f"Numeric{name}": _number(compare) for name, compare in COMPARISONS.items()},
    **{f"Date{name}": _date(compare) for name, compare in COMPARISONS.items()},
}
NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


@functools.cache
def _condition(name: str) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """What a condition operator says of a key's values (none: the key is not there) and of those that are wanted.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

    Raises:
        ValueError: the operator is not known here.
    """
    match = OPERATOR.fullmatch(name)
    quantifier, base, optional = match.groups() if match else (None, "", None)
    if base == "Null":
        return lambda values, wanted: (not values) is (wanted[0].lower() == "true")
    negated = base in NEGATED
    test = TESTS.get(NEGATED.get(base, base))
    if test is None:
        raise ValueError(f"the condition operator {name} is not known here")

    def holds(values: Sequence[str], wanted: Sequence[str]) -> bool:
        if not values:
            return quantifier == "ForAllValues" or optional is not None or (negated and quantifier is None)
        found = [any(test(value, one) for one in wanted) is not negated for value in values]
        return False not in found if quantifier == "ForAllValues" else True in found

    return holds
