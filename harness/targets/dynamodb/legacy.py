"""The parameters that DynamoDB had before it had expressions, in the form of expressions.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.targets.dynamodb.expressions import KINDS, Change, Condition, Joined, Literal, Not, Path, Test
from harness.targets.dynamodb.key_conditions import KeyConditions
from harness.targets.dynamodb.refusals import INVALID, Refused
from harness.targets.dynamodb.values import ORDERED, SETS, Value, checked, kind_of, refuse_long_names, sort_key

LEGACY = (
    *("AttributesToGet", "AttributeUpdates", "Expected", "KeyConditions"),
    *("QueryFilter", "ScanFilter", "ConditionalOperator"),
)
EQUAL = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
FUNCTIONS = {
    **EQUAL,
    "IN": "IN",
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
    "CONTAINS": "contains",
    "NOT_CONTAINS": "contains",
    "NULL": "attribute_not_exists",
    "NOT_NULL": "attribute_exists",
}
"""The operator or function of an expression for each ComparisonOperator."""

ARGUMENTS: Mapping[str, tuple[int, int]] = {"BETWEEN": (2, 2), "IN": (1, 100), "NULL": (0, 0), "NOT_NULL": (0, 0)}
"""How many values a ComparisonOperator takes, if not one.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html"""

ADDED = SETS | {"N", "L"}
"""The types that the action ADD of AttributeUpdates takes."""


def refuse_mixed(parameters: Mapping[str, Any]) -> None:
    """Raises Refused if a request has both expressions and parameters from before them."""
    given = [one for one in KINDS if parameters.get(one) is not None]
    older = [one for one in LEGACY if parameters.get(one) is not None]
    if "KeyConditions" in older and "KeyConditionExpression" not in given:
        older.remove("KeyConditions")
    if given and older:
        raise Refused(
            "legacy-and-expressions",
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            f"{{{', '.join(older)}}} Expression parameters: {{{', '.join(given)}}}",
        )


def filter_of(parameters: Mapping[str, Any], name: str) -> Condition | None:
    """The condition that Expected, QueryFilter or ScanFilter states; None if the request has none.

    Raises:
        Refused: DynamoDB does not accept it.
    """
    given, joined_by = parameters.get(name), parameters.get("ConditionalOperator")
    if joined_by is not None and not given:
        raise Refused("conditional-operator", "ConditionalOperator cannot be used without Filter or Expected")
    if not given:
        return None
    if joined_by is not None and len(given) == 1:
        raise Refused(
            "conditional-operator",
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        )
    expected = name == "Expected"
    tests = [
        _test(attribute, *(_expected(attribute, one) if expected else _operator_and_values(one)))
        for attribute, one in given.items()
    ]
    return Joined(joined_by != "OR", tuple(tests))


def key_conditions(parameters: Mapping[str, Any]) -> KeyConditions | None:
    """What KeyConditions states; None if the request has none.

    Raises:
        Refused: DynamoDB does not accept it.
    """
    given = parameters.get("KeyConditions")
    if given is None:
        return None
    if not 1 <= len(given) <= 2:
        raise Refused("key-conditions-count", "Conditions can be of length 1 or 2 only")
    found = {}
    for attribute, one in given.items():
        name, values = _operator_and_values(one)
        if name not in (*EQUAL, "BETWEEN", "BEGINS_WITH") or name == "NE":
            raise Refused("key-operator", "Attempted conditional constraint is not an indexable operation")
        found[attribute] = (FUNCTIONS[name], values)
    return found


def projection_of(parameters: Mapping[str, Any]) -> tuple[Path, ...] | None:
    """What AttributesToGet names, as paths; None if the request has none.

    Raises:
        Refused: it names an attribute twice.
    """
    given = parameters.get("AttributesToGet")
    if given is None:
        return None
    if repeated := [one for one in given if given.count(one) > 1]:
        raise Refused("attributes-to-get-twice", f"{INVALID}Duplicate value in attribute name: {repeated[0]}")
    refuse_long_names(given)
    return tuple((one,) for one in given)


def changes_of(parameters: Mapping[str, Any]) -> tuple[Change, ...] | None:
    """What AttributeUpdates does; None if the request has none.

    Raises:
        Refused: DynamoDB does not accept it.
    """
    given = parameters.get("AttributeUpdates")
    refuse_long_names(given or ())
    return None if given is None else tuple(_change(name, one) for name, one in given.items())


def _change(name: str, update: Mapping[str, Any]) -> Change:
    action = update.get("Action") or "PUT"
    if update.get("Value") is None:
        if action != "DELETE":
            raise Refused(
                "update-without-value", f"{INVALID}Only DELETE action is allowed when no attribute value is specified"
            )
        return Change("REMOVE", (name,))
    value = checked(update["Value"])
    kind = kind_of(value)
    if action == "DELETE" and kind not in SETS:
        message = f"DELETE action with value is not supported for the type {kind}"
        raise Refused("update-action-type", INVALID + message)
    if action == "ADD" and kind not in ADDED:
        raise Refused("update-action-type", f"{INVALID}ADD action is not supported for the type {kind}")
    return Change("SET" if action == "PUT" else action, (name,), Literal(value), older=True)


def _expected(attribute: str, condition: Mapping[str, Any]) -> tuple[str, list[Value]]:
    """The ComparisonOperator and the values of a condition of Expected, also where it has Exists and Value instead."""
    for problem in _problems(condition):
        raise Refused("condition-parameters", f"{INVALID}{problem} for Attribute: {attribute}")
    one, many = condition.get("Value"), condition.get("AttributeValueList")
    values = many or ([] if one is None else [one])
    if condition.get("ComparisonOperator") is not None:
        return _operator_and_values({**condition, "AttributeValueList": values})
    return ("NULL", []) if condition.get("Exists") is False else ("EQ", [checked(value) for value in values])


def _operator_and_values(condition: Mapping[str, Any]) -> tuple[str, list[Value]]:
    """A condition's ComparisonOperator and its values."""
    name: str = condition["ComparisonOperator"]
    values = [checked(value) for value in condition.get("AttributeValueList") or ()]
    _refuse_wrong_values(name, values)
    return name, values


def _problems(condition: Mapping[str, Any]) -> Iterator[str]:
    one, many = condition.get("Value"), condition.get("AttributeValueList")
    name, exists = condition.get("ComparisonOperator"), condition.get("Exists")
    if one is not None and many is not None:
        yield "Value and AttributeValueList cannot be used together"
    if name is not None:
        if exists is not None:
            yield "Exists and ComparisonOperator cannot be used together"
        if one is None and many is None and name not in ("NULL", "NOT_NULL"):
            yield f"Value or AttributeValueList must be used with ComparisonOperator: {name}"
    elif many is not None:
        yield "AttributeValueList can only be used with a ComparisonOperator"
    elif exists is False and one is not None:
        yield "Value cannot be used when Exists is false"
    elif exists is not False and one is None:
        yield f"Value must be provided when Exists is {'null' if exists is None else 'true'}"


def _refuse_wrong_values(name: str, values: Sequence[Value]) -> None:
    least, most = ARGUMENTS.get(name, (1, 1))
    if not least <= len(values) <= most:
        message = f"Invalid number of argument(s) for the {name} ComparisonOperator"
        raise Refused("condition-arguments", INVALID + message)
    kinds = {kind_of(value) for value in values}
    if len(kinds) > 1:
        message = "AttributeValues inside AttributeValueList must be of same type"
        raise Refused("condition-types", INVALID + message)
    if name in ("EQ", "NE"):
        return
    allowed = ORDERED - {"N"} if name == "BEGINS_WITH" else ORDERED
    if wrong := kinds - allowed:
        message = f"ComparisonOperator {name} is not valid for {wrong.pop()} AttributeValue type"
        raise Refused("condition-value-type", INVALID + message)
    if name == "BETWEEN" and sort_key(values[0]) > sort_key(values[1]):
        message = "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        raise Refused("between-inverted", message)


def _test(attribute: str, name: str, values: Sequence[Value]) -> Condition:
    path: Path = (attribute,)
    test = Test(FUNCTIONS[name], (path, *map(Literal, values)))
    if name == "NOT_CONTAINS":
        return Joined(True, (Test("attribute_exists", (path,)), Not(test)))
    return test
