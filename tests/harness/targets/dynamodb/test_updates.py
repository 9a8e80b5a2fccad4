"""What UpdateItem accepts, and what it makes of an item."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.targets.dynamodb.refusals import Undecided
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
    table.ask("BatchWriteItem", RequestItems={"t": [{"PutRequest": {"Item": item}}]})
    table.ask("UpdateItem", Key=KEY)
    kept = {**KEY, "s": {"SS": ["a", "b"]}, "n": {"N": "1.5"}}
    assert table.changes == [(None, kept)]
    table.ask("DeleteItem", Key=KEY)
    assert table.changes[1:] == [(kept, None)]


BYTES = 409_600


@each(
    ("expression", "charge", "item"),
    [
        # How many bytes the update is counted as beside the long value, and the item. Measured in eu-west-2, October 2026.
        ("SET b = :pad", 3 + 19 + 1, {}),
        ("SET b = :pad, c = big", 23 + 20 + 1 + 14 + 3, {"big": {"S": "y" * 10}}),
        ("SET b = :pad, c = m.z", 23 + 20 + 1 + 15 + 15, {"m": {"M": {"z": ONE}}}),
        ("SET b = :pad, c = q[0]", 23 + 20 + 1 + 15 + 15, {"q": {"L": [ONE]}}),
        ("SET b = :pad, n = n + :n", 23 + 20 + 34 + 15 + 1 + 2, {"n": ONE}),
        ("SET b = :pad, n = n - :n", 23 + 20 + 37 + 15 + 1 + 2, {"n": ONE}),
        ("SET b = :pad, q = list_append(q, :q)", 23 + 20 + 37 + 16 + 14, {"q": {"L": []}}),
        ("SET b = :pad, c = if_not_exists(c, :n)", 23 + 20 + 39 + 16 + 2, {"c": ONE}),
        ("SET b = :pad ADD abcde :n", 23 + 19 + 5 + 2, {}),
        ("SET b = :pad REMOVE m.yy, q[1]", 23 + 1 + 7 + 1 + 6, {"m": {"M": {"yy": ONE}}, "q": {"L": [ONE, ONE]}}),
        ("SET b = :pad DELETE ss :ss", 23 + 1 + 2, {"ss": {"SS": ["a", "b"]}}),
    ],
)
def test_the_size_of_an_update_is_undecided_where_regions_differ(
    expression: str, charge: int, item: dict[str, Any]
) -> None:
    others: dict[str, Any] = {"n": ONE, "q": {"L": [{"S": "y" * 10}]}, "ss": {"SS": ["b"]}}
    given = {name: others[name] for name in re.findall(r":(\w+)", expression) if name != "pad"}
    table = SmallTable()
    table.put(**item)
    table.update(expression, **values(pad={"S": "x" * (BYTES - charge)}, **given))
    with pytest.raises(Undecided, match="AWS's Regions differ"):
        table.update(expression, **values(pad={"S": "x" * (BYTES - charge + 1)}, **given))


def test_what_an_update_leaves_alone_does_not_count() -> None:
    table, long = SmallTable(), {"S": "x" * (BYTES - 100)}
    table.put(long=long)
    table.update("SET b = :b", **values(b={"S": "y" * (100 - 7 - 4 - 1)}))
    change = {"UpdateExpression": "SET b = :b", **values(b={"S": "y" * (100 - 7 - 4)})}
    assert table.refusal("UpdateItem", Key=KEY, **change)[0] == "update-item-size"


def test_attribute_updates_count_as_the_item() -> None:
    table = SmallTable()
    for length, rule in ((BYTES - 8, ""), (BYTES - 7, "update-item-size")):
        change = {"b": {"Action": "PUT", "Value": {"S": "x" * length}}}
        assert table.refusal("UpdateItem", Key=KEY, AttributeUpdates=change)[0] == rule


@pytest.mark.parametrize("condition", ["attribute_exists(c)", "attribute_exists(x)"])
@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_long_value_that_is_not_written_counts_in_some_regions(condition: str, in_transaction: bool) -> None:
    table = SmallTable()
    table.put(c=ONE)
    update = {
        "TableName": "t",
        "Key": KEY,
        "UpdateExpression": "SET c = if_not_exists(c, :c)",
        "ConditionExpression": condition,
        **values(c={"S": "x" * BYTES}),
    }
    asked = (
        ("TransactWriteItems", {"TransactItems": [{"Update": update}]}) if in_transaction else ("UpdateItem", update)
    )
    with pytest.raises(Undecided, match="AWS's Regions differ"):
        table.ask(asked[0], **asked[1])
