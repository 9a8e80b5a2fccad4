"""Whether IAM policies allow a call.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import fnmatch
import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

VERSION_WITH_VARIABLES = "2012-10-17"
VERSIONS = ("2008-10-17", VERSION_WITH_VARIABLES)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""

NULL = "Null"
VARIABLE = re.compile(r"\$\{([^{}*?$,']+)(?:, *'([^{}']*)')?\}")
CHARACTER = re.compile(r"\$\{([*?$])\}")
"""A variable, perhaps with a default value, and one that means a single character.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""

ACTION = re.compile(r"\*+|[^:]+:[^:]+")
WILDCARD = re.compile(r"[*?]")
EVERY_ACTION = re.compile(r"[*?]*\*[*?]*")
RESOURCE = re.compile(r"\*+|arn:(?:[^:$]*:){4}.+|arn:[^$]*\*(?::[^$]*)?", re.DOTALL)
"""An ARN with its six parts, of which only the last may hold variables; or a shorter one in which a part ends with `*`,
which then also matches colons.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""

ARN_PARTS = 6
OTHER_REGION = "eu-south-2"
OTHER_ACCOUNT = "000000000001"
FILLINGS = ("x", "q7")
WITHOUT_VARIABLES = re.compile(r"Numeric|Date|IpAddress")
OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")
PRINCIPALS = ("AWS", "Federated", "Service", "CanonicalUser")

Values = Mapping[str, Sequence[str]]
"""The values of condition keys in a request, by the key in lower case."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """The condition keys of a request. If they are not complete, nothing is known about the others."""

    values: Values
    complete: bool

    @classmethod
    def of(cls, context: Mapping[str, str | Sequence[str]], *, complete: bool) -> _Keys:
        return cls({name.lower(): several(value) for name, value in context.items()}, complete)

    def are_told(self, names: Iterable[str]) -> bool:
        return self.complete or not [name for name in names if name.lower() not in self.values]


@dataclass(frozen=True, slots=True)
class Policy:
    """The statements of one or more identity policies."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, *documents: Mapping[str, Any]) -> Policy:
        """The policy that consists of these documents.

        Raises:
            ValueError: IAM does not accept a document, or it holds something that is not supported here.
        """
        return cls(tuple(one for document in documents for one in _statements(document, "Resource")))

    def allows(self, action: str, resource: str, context: Mapping[str, str | Sequence[str]] | None = None) -> bool:
        """Whether a call is allowed: some statement allows it, and none denies it.

        Args:
            action: such as `dynamodb:GetItem`.
            resource: an ARN, or `*` for an action without resources.
            context: condition keys with their values, such as `dynamodb:LeadingKeys`.
        """
        return self._verdict(action, resource, _Keys.of(context or {}, complete=True)) is True

    def judges(self, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> bool | None:
        """Like `allows`, if only some condition keys of a request are known; None if it depends on others."""
        return self._verdict(action, resource, _Keys.of(context, complete=False))

    def _verdict(self, action: str, resource: str, keys: _Keys) -> bool | None:
        return _verdict((one["Effect"], _applies(one, action, resource, keys)) for one in self.statements)

    def examples(self, region: str, account_id: str) -> list[str]:
        """ARNs for each resource that a statement names: for this Region and account, and for others. Each comes with
        two texts for its wildcards, so that another statement about some of them does not cover all."""
        named = [one.get("Resource", one.get("NotResource")) for one in self.statements]
        patterns = [pattern for found in named for pattern in several(found)]
        places = [
            (region, account_id),
            (OTHER_REGION, account_id),
            (region, OTHER_ACCOUNT),
            (OTHER_REGION, OTHER_ACCOUNT),
        ]
        return list(
            dict.fromkeys(
                _example(pattern, *place, filling) for pattern in patterns for place in places for filling in FILLINGS
            )
        )


def _verdict(statements: Iterable[tuple[str, bool | None]]) -> bool | None:
    """The result of several statements. Each has an effect, and applies, does not apply, or perhaps does (None)."""
    found = list(statements)
    certain = {effect for effect, applies in found if applies}
    possible = {effect for effect, applies in found if applies is not False}
    if "Deny" in certain or "Allow" not in possible:
        return False
    return True if "Allow" in certain and "Deny" not in possible else None


def _example(pattern: str, region: str, account_id: str, filling: str) -> str:
    """A text that matches a resource pattern; `filling` takes the place of each `*`."""
    parts = pattern.split(":", ARN_PARTS - 1)
    parts += ["*"] * (ARN_PARTS - len(parts))
    for index, wanted in ((3, region), (4, account_id)):
        if _like(wanted, parts[index]):
            parts[index] = wanted
    return re.sub(
        r"\$\{([*?$])\}|[*?]",
        lambda match: match[1] or (filling if match[0] == "*" else filling[0]),
        ":".join(parts),
    )


def trusts(document: Mapping[str, Any], service: str, context: Mapping[str, str]) -> bool | None:
    """Whether a role's trust policy lets an AWS service assume the role; None if that depends on unknown condition
    keys.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

    Args:
        service: such as `lambda.amazonaws.com`.
        context: condition keys with their values, such as `aws:SourceArn`.

    Raises:
        ValueError: IAM does not accept the document, or it holds something that is not supported here.
    """
    keys = _Keys.of(context, complete=False)
    return _verdict(
        (one["Effect"], _conditions_hold(one, keys))
        for one in _statements(document, "Principal")
        if _names_principal(one["Principal"], service)
        and _covers(one, "Action", lambda pattern: _like("sts:assumerole", pattern.lower()))
    )


def _names_principal(principal: Any, service: str) -> bool:
    if not isinstance(principal, Mapping):
        return True
    return service in several(principal.get("Service", ())) or "*" in several(principal.get("AWS", ()))


def wide_actions(document: Mapping[str, Any], operations: Callable[[str], Collection[str]]) -> list[str]:
    """The wildcards with which a policy allows most of a service, or of AWS: `*`, `dynamodb:*`, `dynamodb:*e*`, or
    everything except some.

    Args:
        operations: the names of a service's operations, by its prefix; none if they are not known.

    Raises:
        ValueError: IAM does not accept the document.
    """
    found: list[str] = []
    of_services: dict[str, list[str]] = {}
    for statement in _statements(document, "Resource"):
        if statement["Effect"] == "Allow":
            found += [f"everything except {one}" for one in several(statement.get("NotAction", ()))]
            for one in several(statement.get("Action", ())):
                service, _, action = one.lower().partition(":")
                if WILDCARD.search(service) or EVERY_ACTION.fullmatch(action):
                    found.append(one)
                elif WILDCARD.search(action):
                    of_services.setdefault(service, []).append(one)
    for service, patterns in of_services.items():
        names = operations(service)
        matched = [
            name for name in names if [one for one in patterns if _like(f"{service}:{name}".lower(), one.lower())]
        ]
        if 2 * len(matched) > len(names):
            found += patterns
    return found


def _statements(document: Any, about: str) -> Sequence[Mapping[str, Any]]:
    """The statements of a document. If its version has no variables, `$` is an ordinary character in them.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

    Args:
        about: what its statements name besides actions: `Resource` (identity policies) or `Principal` (trust policies).
    """
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise ValueError("a policy must be a JSON object with a Statement")
    _refuse_others(document, ("Version", "Id", "Statement"))
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise ValueError(f"a policy's Version must be {' or '.join(VERSIONS)}")
    statements = several(document["Statement"])
    for statement in statements:
        _validate(statement, about)
    return statements if version == VERSION_WITH_VARIABLES else [_without_variables(one) for one in statements]


def _without_variables(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_variables(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_variables(inner) for inner in value]
    return value.replace("$", "${$}") if isinstance(value, str) else value


def several(value: Any) -> Sequence[Any]:
    """A list as it is, anything else as a list with one element: IAM allows both in most places."""
    return value if isinstance(value, list | tuple) else [value]


def _validate(statement: Any, about: str) -> None:
    if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement's Effect must be Allow or Deny")
    elements = ("Action", "NotAction", *(("Resource", "NotResource") if about == "Resource" else (about,)))
    _refuse_others(statement, ("Sid", "Effect", "Condition", *elements))
    _validate_texts(statement, "Action", ACTION, "* or a service and an action, such as dynamodb:GetItem")
    if about == "Resource":
        _validate_texts(statement, "Resource", RESOURCE, "* or an ARN, with variables only in its last part")
    else:
        _validate_principal(statement.get("Principal"))
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, Mapping) or [one for one in conditions.values() if not isinstance(one, Mapping)]:
        raise ValueError("a statement's Condition must have operators, each with keys and values")
    for name, keys in conditions.items():
        _condition(name)
        for values in keys.values():
            _validate_values(name, several(values))


def _refuse_others(found: Mapping[str, Any], known: Sequence[str]) -> None:
    if others := [name for name in found if name not in known]:
        raise ValueError(f"{others[0]!r:.80} is not an element here; the elements are {', '.join(known)}")


def _validate_texts(statement: Mapping[str, Any], name: str, form: re.Pattern[str], in_words: str) -> None:
    if (name in statement) == (f"Not{name}" in statement):
        raise ValueError(f"a statement needs either {name} or Not{name}")
    texts = several(statement.get(name, statement.get(f"Not{name}")))
    if not texts or [one for one in texts if not isinstance(one, str) or not form.fullmatch(one)]:
        raise ValueError(f"a statement's {name} must be {in_words}")


def _validate_principal(principal: Any) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    if principal == "*":
        return
    if not isinstance(principal, Mapping) or not principal:
        raise ValueError("a statement of a trust policy must name its Principal")
    _refuse_others(principal, PRINCIPALS)
    if [one for values in principal.values() for one in several(values) or [None] if not isinstance(one, str)]:
        raise ValueError("a Principal must be text")


def _validate_values(name: str, values: Sequence[Any]) -> None:
    if not values or [one for one in values if not isinstance(one, str | bool | int | float)]:
        raise ValueError(f"a condition's values must be texts, numbers, true or false; those of {name} are not")
    if name == NULL and [_text(one).lower() for one in values] not in (["true"], ["false"]):
        raise ValueError(f"the value of {NULL} must be true or false")
    if WITHOUT_VARIABLES.search(name) and [one for one in values if "${" in _text(one)]:
        raise ValueError(f"{name} does not accept variables")


def _applies(statement: Mapping[str, Any], action: str, resource: str, keys: _Keys) -> bool | None:
    """Whether a statement is about a call; None if that depends on unknown condition keys."""
    if not _covers(statement, "Action", lambda pattern: _like(action.lower(), pattern.lower())):
        return False
    patterns = several(statement.get("Resource", statement.get("NotResource")))
    told = keys.are_told(name for pattern in patterns for name in _variables(pattern))
    resources = told and _covers(
        statement, "Resource", lambda pattern: _compared(_like, resource, _filled_in(pattern, keys.values))
    )
    conditions = _conditions_hold(statement, keys)
    if conditions is False or (told and not resources):
        return False
    return conditions if told else None


def _conditions_hold(statement: Mapping[str, Any], keys: _Keys) -> bool | None:
    found: set[bool | None] = set()
    for name, tested in statement.get("Condition", {}).items():
        for key, values in tested.items():
            texts = [_text(one) for one in several(values)]
            if not keys.are_told([key, *(name for text in texts for name in _variables(text))]):
                found.add(None)
                continue
            wanted = [_filled_in(text, keys.values) for text in texts]
            found.add(_condition(name)(keys.values.get(key.lower(), ()), wanted, statement["Effect"]))
    return all_hold(found)


def all_hold(verdicts: Collection[bool | None]) -> bool | None:
    """Whether all hold. Each holds, does not hold, or perhaps does (None)."""
    return False if False in verdicts else None if None in verdicts else True


def any_holds(verdicts: Collection[bool | None]) -> bool | None:
    """Whether at least one holds. Each holds, does not hold, or perhaps does (None)."""
    return True if True in verdicts else None if None in verdicts else False


def _variables(text: str) -> list[str]:
    """The condition keys that a text uses."""
    return [match[1] for match in VARIABLE.finditer(text)]


def _covers(statement: Mapping[str, Any], name: str, test: Callable[[str], bool | None]) -> bool:
    negated = name not in statement
    patterns = several(statement[f"Not{name}" if negated else name])
    return _matches([test(one) for one in patterns], negated=negated, effect=statement["Effect"])


def _matches(found: Sequence[bool | None], *, negated: bool, effect: str) -> bool:
    """Whether one test succeeds, or none with `negated`. What could not be compared (None) matches nothing, as AWS says
    about variables without a value. AWS also says that it may make a statement invalid, so it never makes one allow.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value"""
    if negated and effect == "Allow" and None in found:
        return False
    return (True in found) is not negated


def _compared(test: Callable[[str, str], bool], value: str, wanted: str | None) -> bool | None:
    """The result of a test; None if it cannot compare one of the two values."""
    try:
        return None if wanted is None else test(value, wanted)
    except (ValueError, ArithmeticError, OSError):
        return None


def _like(value: str, pattern: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards: `*` matches any text, `?` one character."""
    sets = {"[": "[[]", "${*}": "[*]", "${?}": "[?]", "${$}": "$"}
    return re.compile(fnmatch.translate(re.sub(r"\[|\$\{[*?$]\}", lambda match: sets[match[0]], pattern)))


def _filled_in(text: str, keys: Values) -> str | None:
    """A text with its variables replaced. `*`, `?` and `$` in their values become ordinary characters. None if a
    variable has no value, or several."""

    def value(match: re.Match[str]) -> str:
        values = keys.get(match[1].lower(), ())
        found = values[0] if len(values) == 1 else match[2]
        return "${}" if found is None else re.sub(r"[*?$]", r"${\g<0>}", found)

    filled = VARIABLE.sub(value, text)
    return None if "${" in CHARACTER.sub(" ", filled) else filled


def _plain(text: str) -> str:
    """A text without wildcards, in the form in which it is compared."""
    return CHARACTER.sub(r"\1", text)


def _text(value: Any) -> str:
    """JSON's true and numbers as IAM compares them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a number")
    return number


def _moment(text: str) -> datetime:
    """A time in ISO 8601 or in epoch seconds."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _after(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(read(value), read(wanted))


def _is_in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _is_same_arn(value: str, wanted: str) -> bool:
    """Compares two ARNs part by part; the last part may hold colons."""
    parts, patterns = value.split(":", ARN_PARTS - 1), wanted.split(":", ARN_PARTS - 1)
    if not len(parts) == len(patterns) == ARN_PARTS or parts[0] != "arn":
        raise ValueError("not an ARN")
    return False not in map(_like, parts, patterns)


def _is_same_text(value: str, wanted: str) -> bool:
    return value == _plain(wanted)


def _is_same_text_in_any_case(value: str, wanted: str) -> bool:
    return value.lower() == _plain(wanted).lower()


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": _is_same_text,
    "StringEqualsIgnoreCase": _is_same_text_in_any_case,
    "StringLike": _like,
    "ArnEquals": _is_same_arn,
    "ArnLike": _is_same_arn,
    "Bool": _is_same_text_in_any_case,
    "IpAddress": _is_in_network,
    **{f"Numeric{name}": _after(_number, compare) for name, compare in COMPARISONS.items()},
    **{f"Date{name}": _after(_moment, compare) for name, compare in COMPARISONS.items()},
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
def _condition(name: str) -> Callable[[Sequence[str], Sequence[str | None], str], bool]:
    """How a condition operator compares a key's values (none: the key is missing) with the wanted values, in a
    statement with an effect.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

    Raises:
        ValueError: the operator is not supported here.
    """
    if name == NULL:
        return lambda values, wanted, effect: (not values) is (str(wanted[0]).lower() == "true")
    match = OPERATOR.fullmatch(name)
    quantifier, base, optional = match.groups() if match else (None, "", None)
    negated = base in NEGATED
    test = TESTS.get(NEGATED.get(base, base))
    if test is None:
        raise ValueError(f"the condition operator {name} is not supported here")

    def holds(values: Sequence[str], wanted: Sequence[str | None], effect: str) -> bool:
        if not values:
            absent = [None if one is None else False for one in wanted]
            return (
                quantifier == "ForAllValues"
                or optional is not None
                or (quantifier is None and _matches(absent, negated=negated, effect=effect))
            )
        found = [
            _matches([_compared(test, value, one) for one in wanted], negated=negated, effect=effect)
            for value in values
        ]
        return False not in found if quantifier == "ForAllValues" else True in found

    return holds
