"""The conditions of a Query on keys.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.targets.dynamodb.evaluation import holds
from harness.targets.dynamodb.expressions import KEY_CONDITION, Condition, Joined, Literal, Not, Test
from harness.targets.dynamodb.refusals import INVALID, Refused
from harness.targets.dynamodb.tables import KeySchema, refuse_an_empty_key
from harness.targets.dynamodb.values import Item, Value

KeyConditions = Mapping[str, tuple[str, Sequence[Value]]]
"""The operator (`=`, `<`, `BETWEEN`, `begins_with`) and the values for each key attribute."""

OPERATORS = ("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with")
SWAPPED: Mapping[str, str] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What a comparison becomes if its operands change places."""


def conditions_of(condition: Condition) -> KeyConditions:
    """What a KeyConditionExpression states about each attribute.

    Raises:
        Refused: it is not a condition on keys.
    """
    found: dict[str, tuple[str, Sequence[Value]]] = {}
    for test in _tests(condition):
        name, operator, values = _one(test)
        if name in found:
            raise _refused("key-twice", "KeyConditionExpressions must only contain one condition per key")
        found[name] = (operator, values)
    return found


def _refused(rule: str, problem: str) -> Refused:
    return Refused(rule, f"Invalid {KEY_CONDITION}: {problem}")


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Joined) and condition.all_of:
        for one in condition.conditions:
            yield from _tests(one)
    elif isinstance(condition, Test):
        yield condition
    else:
        operator = "NOT" if isinstance(condition, Not) else "OR"
        raise _refused("key-operator", f"Invalid operator used in KeyConditionExpression: {operator}")


def _one(test: Test) -> tuple[str, str, list[Value]]:
    """The attribute of a condition on a key, its operator and its values."""
    operator, operands = test.name, test.operands
    if operator not in OPERATORS:
        raise _refused("key-operator", f"Invalid operator used in KeyConditionExpression: {operator}")
    if [one for one in operands if not isinstance(one, tuple | Literal)]:
        raise _refused("key-nested-operation", "KeyConditionExpressions cannot contain nested operations")
    paths = [one for one in operands if isinstance(one, tuple)]
    invalid = "Invalid condition in KeyConditionExpression:"
    if not paths:
        raise _refused("key-operand", f"{invalid} No key attribute specified")
    if len(paths) > 1:
        raise _refused("key-operand", f"{invalid} Multiple attribute names used in one condition")
    if not isinstance(operands[0], tuple):
        if operator not in SWAPPED:
            problem = f"{operator} operator must have the key attribute as its first operand"
            raise _refused("key-operand", f"{invalid} {problem}")
        operator = SWAPPED[operator]
    [path] = paths
    if len(path) > 1:
        raise _refused("key-nested-path", "KeyConditionExpressions cannot have conditions on nested attributes")
    return str(path[0]), operator, [one.value for one in operands if isinstance(one, Literal)]


def refuse_wrong_conditions(conditions: KeyConditions, key: KeySchema, types: Mapping[str, str]) -> None:
    """Raises Refused unless the conditions select one partition of a key, and at most a range of sort keys in it, with
    values of the right types: `=` on each partition key attribute and on all sort key attributes before the last one.
    """
    if len(conditions) > len(key.attributes):
        message = (
            f"The number of query conditions ({len(conditions)}) exceeds the number of key attributes defined in the "
            f"schema ({len(key.attributes)})"
        )
        raise Refused("key-count", message)
    for name in key.partition:
        if name not in conditions:
            raise Refused("key-missing", f"Query condition missed key schema element: {name}")
    for name, (operator, values) in conditions.items():
        if name not in key.attributes:
            missing = next((one for one in key.sort if one not in conditions), name)
            raise Refused("key-unknown", f"Query condition missed key schema element: {missing}")
        _refuse_wrong_values(name, values, types[name])
        if name in key.partition and operator != "=":
            raise Refused("key-partition-operator", "Query key condition not supported")
    given = [name for name in key.sort if name in conditions]
    for last in given[-1:]:
        before = key.sort[: key.sort.index(last)]
        if open_ones := [name for name in before if conditions.get(name, ("", ()))[0] != "="]:
            raise Refused(
                "key-sort-gap",
                f"RANGE key attributes {', '.join(open_ones)} must have equality conditions specified in the query "
                f"because a condition is present on key attribute {last}",
            )


def _refuse_wrong_values(name: str, values: Sequence[Value], expected: str) -> None:
    if [value for value in values if expected not in value]:
        raise Refused("key-value-type", f"{INVALID}Condition parameter type does not match schema type")
    for value in values:
        refuse_an_empty_key(name, value)


def matched(conditions: KeyConditions, item: Item) -> bool:
    """Whether an item meets all conditions."""
    for name, (operator, values) in conditions.items():
        if operator == "=":
            if item.get(name) != values[0]:
                return False
        elif not holds(Test(operator, ((name,), *map(Literal, values))), item):
            return False
    return True
