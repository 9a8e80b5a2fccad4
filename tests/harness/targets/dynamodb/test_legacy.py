"""The parameters that DynamoDB had before it had expressions. Measured by ScyllaDB's tests, which are run on AWS too."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable

NUMBERS: dict[str, Any] = {"NS": ["2", "4", "7"]}
ITEM: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "2"},
    "b": {"B": "aGkgdGhlcmU="},
    "u": {"NULL": True},
    "set": NUMBERS,
    "els": {"L": [{"N": "4"}]},
    "t": {"BOOL": True},
}
FALSE = "ConditionalCheckFailedException"
INVALID = "ValidationException"


def n(*numbers: int) -> list[Any]:
    return [{"N": str(one)} for one in numbers]


def s(*texts: str) -> list[Any]:
    return [{"S": one} for one in texts]


@each(
    ("attribute", "operator", "given", "code"),
    [
        ("n", "EQ", n(2), ""),
        ("set", "EQ", [{"NS": ["7", "2", "4"]}], ""),
        ("t", "EQ", [{"BOOL": True}], ""),
        ("q", "EQ", n(2), FALSE),
        ("q", "NE", n(2), ""),
        ("n", "NE", s("2"), ""),
        ("n", "NE", n(2), FALSE),
        ("n", "LE", n(2), ""),
        ("n", "LT", n(2), FALSE),
        ("n", "GE", s("0"), FALSE),
        ("n", "GT", n(1), ""),
        ("n", "GE", n(1, 2), INVALID),
        ("n", "LT", [{"L": []}], INVALID),
        ("u", "NOT_NULL", [], ""),
        ("q", "NOT_NULL", [], FALSE),
        ("q", "NULL", [], ""),
        ("u", "NULL", [], FALSE),
        ("n", "NULL", n(2), INVALID),
        ("n", "NOT_NULL", n(2), INVALID),
        ("s", "CONTAINS", s("ell"), ""),
        ("s", "CONTAINS", n(1), FALSE),
        ("b", "CONTAINS", [{"B": "aGVyZQ=="}], ""),
        ("set", "CONTAINS", n(4), ""),
        ("els", "CONTAINS", n(4), ""),
        ("q", "CONTAINS", n(4), FALSE),
        ("s", "CONTAINS", n(1, 2), INVALID),
        ("s", "CONTAINS", [], INVALID),
        ("s", "CONTAINS", [{"L": n(1)}], INVALID),
        ("s", "NOT_CONTAINS", s("dog"), ""),
        ("s", "NOT_CONTAINS", n(1), ""),
        ("set", "NOT_CONTAINS", n(4), FALSE),
        ("q", "NOT_CONTAINS", n(4), FALSE),
        ("s", "BEGINS_WITH", s("hell"), ""),
        ("n", "BEGINS_WITH", s("2"), FALSE),
        ("s", "BEGINS_WITH", n(3), INVALID),
        ("s", "BEGINS_WITH", s("hell", "he"), INVALID),
        ("n", "IN", n(1, 2), ""),
        ("set", "IN", n(2, 4, 7), FALSE),
        ("n", "IN", [*n(2), *s("dog")], INVALID),
        ("n", "IN", [], INVALID),
        ("n", "IN", [{"L": []}], INVALID),
        ("n", "BETWEEN", n(1, 2), ""),
        ("s", "BETWEEN", s("h", "i"), ""),
        ("n", "BETWEEN", s("1", "3"), FALSE),
        ("q", "BETWEEN", n(1, 3), FALSE),
        ("n", "BETWEEN", n(3, 1), INVALID),
        ("n", "BETWEEN", n(1, 2, 3), INVALID),
        ("n", "BETWEEN", [*n(1), *s("x")], INVALID),
        ("set", "BETWEEN", [NUMBERS, NUMBERS], INVALID),
    ],
)
def test_expected(attribute: str, operator: str, given: list[Any], code: str) -> None:
    table = SmallTable()
    table.put(**ITEM)
    expected = {attribute: {"ComparisonOperator": operator, "AttributeValueList": given}}
    assert table.refusal("PutItem", Item={**KEY, **ITEM}, Expected=expected)[1] == code


@each(
    ("expected", "says"),
    [
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": {"S": "x"}}, "Value cannot be used when Exists is false for Attribute: a"),
        (
            {"Value": {"S": "x"}, "ComparisonOperator": "EQ", "AttributeValueList": s("x")},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        ({"ComparisonOperator": "EQ"}, "must be used with ComparisonOperator: EQ for Attribute: a"),
        (
            {"ComparisonOperator": "BETWEEN", "AttributeValueList": s("x")},
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
    ],
)
def test_expected_that_is_refused(expected: dict[str, Any], says: str) -> None:
    # Measured in eu-west-2 and us-east-1, October 2026.
    _, code, message = SmallTable().refusal("DeleteItem", Key=KEY, Expected={"a": expected})
    assert code == INVALID
    assert message.startswith("One or more parameter values were invalid: ")
    assert message.endswith(says)


@each(
    ("key", "says"),
    [
        ({"sk": ("EQ", n(1))}, "Query condition missed key schema element: pk"),
        ({"pk": ("EQ", s("a")), "x": ("EQ", n(1))}, "Query condition missed key schema element: sk"),
        ({"pk": ("EQ", s("a")), "sk": ("EQ", n(1)), "x": ("EQ", n(1))}, "Conditions can be of length 1 or 2 only"),
        ({"pk": ("GT", s("a"))}, "Query key condition not supported"),
        ({"pk": ("EQ", s("a")), "sk": ("CONTAINS", n(1))}, "is not an indexable operation"),
        ({"pk": ("EQ", s("a")), "sk": ("BEGINS_WITH", n(1))}, "BEGINS_WITH is not valid for N AttributeValue type"),
    ],
)
def test_key_conditions_that_are_refused(key: dict[str, Any], says: str) -> None:
    conditions = {
        name: {"ComparisonOperator": operator, "AttributeValueList": given} for name, (operator, given) in key.items()
    }
    _, code, message = SmallTable().refusal("Query", KeyConditions=conditions)
    assert code == INVALID
    assert says in message


def test_an_empty_filter_filters_nothing() -> None:
    table = SmallTable()
    table.put()
    key = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": s("a")}}
    assert table.ask("Query", KeyConditions=key, QueryFilter={})["Count"] == 1
