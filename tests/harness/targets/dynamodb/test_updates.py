"""What UpdateItem accepts, and what it makes of an item."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable, values

ONE, LIST = {"N": "1"}, {"L": [{"N": "1"}]}


@each(
    ("expression", "given", "rule", "says"),
    [
        ("INVALID SYNTAX HERE", {}, "expression-syntax", 'token: "INVALID", near: "INVALID SYNTAX"'),
        ("SET _a = :v", {"v": ONE}, "expression-syntax", 'Syntax error; token: "_"'),
        ("SET 1a = :v", {"v": ONE}, "expression-syntax", 'token: "1'),
        ("SET a-b = :v", {"v": ONE}, "expression-syntax", 'token: "-", near: "a-b"'),
        ("SET a = _f(b)", {}, "expression-syntax", 'token: "_"'),
        ("SET a[:v] = :v", {"v": ONE}, "expression-syntax", 'token: ":v", near: "[:v]"'),
        ("SET a[#v] = :v", {"v": ONE}, "expression-syntax", 'token: "#v"'),
        ("SET :v = :v", {"v": ONE}, "expression-syntax", 'token: ":v", near: "SET :v ="'),
        ("SET a = if_not_exists(c, :v + :v)", {"v": ONE}, "expression-syntax", 'token: "+", near: ":v + :v"'),
        ("SET a = LIST_APPEND(:v, :v)", {"v": LIST}, "function-unknown", "function: LIST_APPEND"),
        ("SET a = list_append(list_append(:v, :v), :v)", {"v": LIST}, "function-misused", "function: list_append"),
        ("SET a = if_not_exists(a, list_append(:v, :v))", {"v": LIST}, "function-misused", "function: list_append"),
        ("SET a = if_not_exists(if_not_exists(a, :v), :v)", {"v": ONE}, "function-needs-path", "if_not_exists"),
        ("SET a = :v SET b = :v", {"v": ONE}, "section-twice", '"SET" section can only be used once'),
        ("SET a.b = :v, a[1] = :v", {"v": ONE}, "paths-conflict", "path one: [a, b], path two: [a, [1]]"),
        ("REMOVE a SET a.b = :v", {"v": ONE}, "paths-overlap", "path one: [a], path two: [a, b]"),
        ("SET g.x = :v", {"v": ONE}, "path-into-key", "are not allowed: IndexKey: g"),
        ("SET a = if_not_exists(pk.x, :v)", {"v": ONE}, "path-into-key", "are not allowed: Key: pk"),
        ("DELETE pk :v", {"v": {"SS": ["x"]}}, "update-of-key", "Cannot update attribute pk"),
        ("ADD a :v", {"v": LIST}, "update-operand-type", "operator: ADD, operand type: LIST"),
    ],
)
def test_updates_that_are_refused(expression: str, given: dict[str, Any], rule: str, says: str) -> None:
    more = values(**given) if given else {}
    found, _, message = SmallTable().refusal("UpdateItem", Key=KEY, UpdateExpression=expression, **more)
    assert found == rule
    assert says in message


@each(
    ("expression", "after"),
    [
        ("SET a = list_append(if_not_exists(z, :l), :l)", {"a": {"L": [ONE, ONE]}}),
        ("SET a = if_not_exists(z, if_not_exists(l, :l))", {"a": {"L": [{"S": "x"}]}}),
        ("SET a = if_not_exists(n, :n)+:n", {"a": {"N": "3"}}),
        ("SET n = (n - :n)", {"n": {"N": "1"}}),
        ("REMOVE l[0] SET l[7] = :n", {"l": {"L": [ONE]}}),
        ("SET l[3] = :n, l[2] = :l", {"l": {"L": [{"S": "x"}, LIST, ONE]}}),
        ("REMOVE m.x", {"m": {"M": {}}}),
        ("REMOVE l[5], m.y, z", {}),
        ("sEt   a=:n", {"a": ONE}),
        ("SET a = m.x REMOVE m", {"a": {"S": "y"}, "m": None}),
    ],
)
def test_what_an_update_makes(expression: str, after: dict[str, Any]) -> None:
    before: dict[str, Any] = {"n": {"N": "2"}, "l": {"L": [{"S": "x"}]}, "m": {"M": {"x": {"S": "y"}}}}
    table = SmallTable()
    table.ask("PutItem", Item={**KEY, **{f"{name}": value for name, value in before.items() if name != "l"}})
    table.update("SET l2 = :l", **values(l=before["l"]))
    expression = expression.replace("l[", "l2[").replace("(l,", "(l2,")
    used: dict[str, Any] = {name: value for name, value in {"l": LIST, "n": ONE}.items() if f":{name}" in expression}
    table.update(expression, **(values(**used) if used else {}))
    expected = {**before, **after}
    expected["l2"] = expected.pop("l")
    assert table.item() == {name: value for name, value in expected.items() if value is not None}


@each("expression", ["REMOVE x", "REMOVE x.y", "REMOVE x[0]", "DELETE s :s"])
def test_an_update_that_only_takes_away_makes_no_item(expression: str) -> None:
    table = SmallTable()
    table.update(expression, **(values(s={"SS": ["x"]}) if ":s" in expression else {}))
    assert table.item() is None


def test_an_update_without_actions_makes_an_item() -> None:
    table = SmallTable()
    assert table.ask("UpdateItem", Key=KEY) == {}
    assert table.item() == {}


@each(
    ("one", "sign", "other", "rule"),
    [
        ("1e50", "+", "1", "sum-digits"),
        ("1e50", "-", "1", "sum-digits"),
        ("9e125", "+", "9e125", "number-overflow"),
        ("9e125", "-", "-9e125", "number-overflow"),
    ],
)
def test_sums_that_dynamodb_cannot_keep(one: str, sign: str, other: str, rule: str) -> None:
    asked = {"UpdateExpression": f"SET a = :a {sign} :b", **values(a={"N": one}, b={"N": other})}
    found, _, message = SmallTable().refusal("UpdateItem", Key=KEY, **asked)
    assert found == rule
    assert message.startswith("Number overflow")


@each(
    ("now", "action", "value"),
    [
        ({"S": "x"}, "DELETE", {"NS": ["1"]}),
        ({"NS": ["1"]}, "DELETE", {"SS": ["x"]}),
        ({"SS": ["x"]}, "ADD", {"N": "2"}),
        ({"L": [ONE]}, "ADD", {"SS": ["x"]}),
        ({"N": "2"}, "ADD", LIST),
    ],
)
def test_attribute_updates_of_another_type(now: Any, action: str, value: Any) -> None:
    table = SmallTable()
    table.put(v=now)
    _, _, message = table.refusal("UpdateItem", Key=KEY, AttributeUpdates={"v": {"Action": action, "Value": value}})
    assert message == "Type mismatch for attribute to update"


def test_attribute_updates_append_to_lists() -> None:
    table = SmallTable()
    for _ in range(2):
        table.ask("UpdateItem", Key=KEY, AttributeUpdates={"v": {"Action": "ADD", "Value": LIST}})
    assert table.item() == {"v": {"L": [ONE, ONE]}}


@each(
    ("expression", "wanted", "told"),
    [
        ("SET b = :n, z = :n", "UPDATED_OLD", {"b": {"S": "dog"}}),
        ("SET b = :n, z = :n", "UPDATED_NEW", {"b": ONE, "z": ONE}),
        ("SET z = :n", "UPDATED_OLD", None),
        ("REMOVE b", "UPDATED_OLD", {"b": {"S": "dog"}}),
        ("REMOVE b", "UPDATED_NEW", None),
        ("SET m.x = :n", "UPDATED_NEW", {"m": {"M": {"x": ONE}}}),
        ("SET m.ns[1] = :n", "UPDATED_OLD", {"m": {"M": {"ns": {"L": [{"N": "2"}]}}}}),
        ("REMOVE m.ns[1], m.ns[7]", "UPDATED_OLD", {"m": {"M": {"ns": {"L": [{"N": "2"}]}}}}),
        ("REMOVE m.ns[1]", "UPDATED_NEW", {"m": {"M": {"ns": {"L": [{"N": "3"}]}}}}),
        ("SET m.ns[100] = :n", "UPDATED_NEW", None),
        ("SET m.y = :n", "UPDATED_OLD", None),
    ],
)
def test_what_an_update_returns(expression: str, wanted: str, told: Any) -> None:
    # A list element is told by its index, wherever it moved: that is how AWS does it.
    table = SmallTable()
    table.put(b={"S": "dog"}, m={"M": {"x": {"S": "y"}, "ns": {"L": [ONE, {"N": "2"}, {"N": "3"}]}}})
    answer = table.update(expression, ReturnValues=wanted, **(values(n=ONE) if ":n" in expression else {}))
    assert answer.get("Attributes") == told


def test_a_write_that_changes_nothing_is_no_change() -> None:
    # Streams have a record for each change.
    table, item = SmallTable(), {**KEY, "s": {"SS": ["b", "a"]}, "n": {"N": "1.50"}}
    table.ask("DeleteItem", Key=KEY)
    table.update("REMOVE s")
    assert table.changes == []
    table.ask("PutItem", Item=item)
    table.ask("PutItem", Item={**KEY, "s": {"SS": ["a", "b"]}, "n": {"N": "15e-1"}})
    table.update("SET n = n")
    table.update("ADD s :s", **values(s={"SS": ["a"]}))
    table.update("DELETE s :s", **values(s={"SS": ["x"]}))
    table.ask("BatchWriteItem", RequestItems={"table": [{"PutRequest": {"Item": item}}]})
    table.ask("UpdateItem", Key=KEY)
    kept = {**KEY, "s": {"SS": ["a", "b"]}, "n": {"N": "1.5"}}
    assert table.changes == [(None, kept)]
    table.ask("DeleteItem", Key=KEY)
    assert table.changes[1:] == [(kept, None)]


@each(
    ("expression", "given", "says"),
    [
        ("SET g = :v", {"v": ONE}, "Type mismatch for Index Key g Expected: S Actual: N"),
        ("SET g = e", {}, "attempted to update the secondary index key to unsupported type"),
        ("SET g = if_not_exists(e, :v)", {"v": ONE}, "attempted to update the secondary index key to unsupported type"),
        ("SET g = :v", {"v": {"S": ""}}, "The update expression attempted to update a secondary index key to a value"),
    ],
)
def test_an_index_key_stays_one(expression: str, given: dict[str, Any], says: str) -> None:
    table = SmallTable()
    table.put(e=ONE, g={"S": "x"})

    names = {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}} if given else {}
    _, code, message = table.refusal("UpdateItem", Key=KEY, UpdateExpression=expression, **names)

    assert code == "ValidationException"
    assert says in message
    assert table.item() == {"e": ONE, "g": {"S": "x"}}
