"""Conditions and filters: what they accept, and when they are true."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable, values

EVERY: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "b": {"B": "aGkgdGhlcmU="},
    "t": {"BOOL": True},
    "u": {"NULL": True},
    "ss": {"SS": ["hello", "world"]},
    "ns": {"NS": ["2", "4", "7"]},
    "bs": {"BS": ["aGk="]},
    "els": {"L": [{"N": "2"}, {"SS": ["1", "2"]}, {"L": [{"N": "3"}]}]},
    "doc": {"M": {"x": {"N": "1"}, "y": {"L": [{"N": "-1"}, {"N": "2"}]}}},
}
GIVEN: dict[str, Any] = {
    **{f"_{name}": value for name, value in EVERY.items()},
    "one": {"N": "1"},
    "five": {"N": "5.0"},
    "nine": {"N": "9"},
    "x": {"S": "x"},
    "S": {"S": "S"},
    "N": {"S": "N"},
    "hell": {"S": "hell"},
    "here": {"B": "aGVyZQ=="},
    "reversed": {"SS": ["world", "hello"]},
    "set": {"SS": ["2", "1"]},
    "three": {"L": [{"N": "3"}]},
}


def used(condition: str) -> dict[str, Any]:
    """Those of the values GIVEN that a condition uses."""
    wanted = {one.strip(":,()") for one in condition.replace("(", " ").split() if one.startswith(":")}
    return values(**{name: GIVEN[name] for name in wanted}) if wanted else {}


@each(
    ("condition", "true"),
    [
        *[(f"{name} = :_{name}", True) for name in EVERY],
        *[(f"{name} = :x", False) for name in EVERY],
        *[(f"{name} <> :_{name}", False) for name in EVERY],
        *[(f"{name} IN ( :x , :_{name} )", True) for name in EVERY],
        ("n = :five", True),
        ("ss = :reversed", True),
        ("q = z", False),
        ("q <> z", True),
        ("q < z", False),
        ("q between z and n", False),
        ("q <> :one", True),
        ("NOT q = :one", True),
        (":one < q", False),
        ("els < :one", False),
        ("s < :one", False),
        ("n > :one", True),
        ("n between :one and :nine", True),
        ("n between :nine and z", False),
        ("n BETWEEN doc.x AND :nine AND s = :_s", True),
        ("doc.x < doc.y[1]", True),
        ("doc.x < doc.y[0]", False),
        ("doc.z < doc.y[9]", False),
        ("doc[0] = :one", False),
        ("els.x = :one", False),
        ("attribute_exists (doc.x)", True),
        ("attribute_exists (doc.y[2])", False),
        ("attribute_not_exists (doc.y[2])", True),
        ("attribute_type( n , :N )", True),
        ("attribute_type( n , :S )", False),
        ("attribute_type( :one , :N )", True),
        ("attribute_type( q , :N )", False),
        ("begins_with( s , :hell )", True),
        ("begins_with( :_s , s2)", False),
        ("begins_with( n , :hell )", False),
        ("contains( s , :hell )", True),
        ("contains( s , n)", False),
        ("contains( ns , doc.y[1])", True),
        ("contains( ns , :one )", False),
        ("contains( els , :set )", True),
        ("contains( els , :three )", True),
        ("contains( b , :here )", True),
        ("contains( b , :set )", False),
        ("contains( n , :five )", False),
        ("size(s) = n", True),
        ("size(s) = :x", False),
        ("size(ss) < :five", True),
        ("size(doc) between :one and :nine", True),
        ("size(b) > :five", True),
        ("size(n) = :one", False),
        ("size(t) <> :one", True),
        ("size(q) = :one", False),
        ("s = :x OR n = :one AND s = :_s", False),
        ("n = :five OR n = :one AND s = :x", True),
        ("NOT n = :one AND s = :x", False),
        ("NOT NOT NOT NOT n = :five", True),
        ("(n = :five OR s = :x) AND (s = :_s AND (n = :one OR n = :five ))", True),
    ],
)
def test_when_a_condition_is_true(condition: str, true: bool) -> None:
    table = SmallTable()
    table.put(**EVERY)
    assert table.holds(condition, **used(condition)) is true


@each(
    ("condition", "rule", "says"),
    [
        ("n", "expression-syntax", "Syntax error"),
        ("n IN ()", "expression-syntax", 'token: ")", near: "()"'),
        ("s = = n", "expression-syntax", 'token: "=", near: "= = n"'),
        ("attribute_not_exists(", "expression-syntax", 'token: "<EOF>", near: "("'),
        ("!!!", "expression-syntax", 'token: "!", near: "!!"'),
        ("hello!", "expression-syntax", 'token: "!", near: "hello!"'),
        ("((attribute_exists(n)))", "redundant-parentheses", "The expression has redundant parentheses;"),
        ("n < :_els", "operand-type", "operator or function: <, operand type: L"),
        (":_t >= n", "operand-type", "operator or function: >=, operand type: BOOL"),
        ("n BETWEEN :_els AND :_els", "operand-type", "operator or function: BETWEEN, operand type: L"),
        ("n BETWEEN :nine AND :one", "between-inverted", "lower bound operand: AttributeValue: {N:9}"),
        ("n BETWEEN :one AND :x", "between-types", "same data type"),
        ("begins_with( s , :one )", "operand-type", "operator or function: begins_with, operand type: N"),
        ("begins_with( s )", "function-operands", "begins_with, number of operands: 1"),
        ("BEGINS_WITH( s , :hell )", "function-unknown", "function: BEGINS_WITH"),
        ("attribute_exists( :one )", "function-needs-path", "attribute_exists"),
        ("attribute_type( n , s)", "operand-type", "attribute_type"),
        ("attribute_type( n , :x )", "attribute-type-name", "type: x"),
        ("contains( s , s)", "operands-equal", "operator: contains, first operand: [s]"),
        ("size(n)", "function-misused", "function: size"),
        ("size(n, n) = :one", "function-operands", "size, number of operands: 2"),
        ("attribute_exists(n) < :one", "function-misused", "function: attribute_exists"),
        ("if_not_exists(n, n) = :one", "function-misused", "function: if_not_exists"),
        ("list_append(n, n) = :one", "function-misused", "function: list_append"),
        ("dog(n) = :one", "function-unknown", "function: dog"),
        ("_a = :one", "expression-syntax", 'token: "_"'),
        ("not " * 1000 + "n < s", "expression-operators", "too many operators"),
        ("n<s " + "or (n<s " * 150 + ")" * 150, "expression-operators", "operator count: 301"),
        ("(" * 2046 + "n<s" + ")" * 2046, "redundant-parentheses", "redundant parentheses"),
        ("(" * 4096, "expression-syntax", "Syntax error"),
        ("(" * 4097, "expression-size", "expression size: 4097"),
        ("n < " + "f(" * 1355 + "s" + ")" * 1355, "expression-operators", "too many operators"),
    ],
)
def test_conditions_that_are_refused(condition: str, rule: str, says: str) -> None:
    asked = {"Item": KEY, "ConditionExpression": condition, **used(condition)}
    found, code, message = SmallTable().refusal("PutItem", **asked)
    assert (found, code) == (rule, "ValidationException")
    assert says in message


def test_the_longest_conditions() -> None:
    table = SmallTable()
    table.put(n={"N": "1"}, m={"N": "2"})
    assert table.holds("n<m " + "or (n<m " * 149 + ")" * 149)
    assert table.holds(f"n{' ' * 4092}<m")
    in_all = {f"v{number}": {"N": str(number)} for number in range(100)}
    assert table.holds(f"n IN ({', '.join(f':{name}' for name in in_all)})", **values(**in_all))


@each(("index", "fits"), [("2147483647", True), ("2147483648", False), ("99999999999", False), ("9" * 4_000, False)])
def test_an_index_of_a_list_has_31_bits(index: str, fits: bool) -> None:
    table = SmallTable()
    table.put(q={"L": []})

    rule, _, message = table.refusal("Scan", FilterExpression=f"attribute_exists(q[{index}])")

    assert rule == ("" if fits else "path-index")
    assert fits or "List index is not within the allowable range" in message


def test_a_name_of_an_attribute_is_not_empty() -> None:
    table = SmallTable()

    names = {"ExpressionAttributeNames": {"#a": ""}}
    says = "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"
    assert table.refusal("Scan", FilterExpression="attribute_exists(#a)", **names)[2] == says
    assert table.refusal("PutItem", Item={**KEY, "": {"S": "x"}})[2] == "Empty attribute name"
