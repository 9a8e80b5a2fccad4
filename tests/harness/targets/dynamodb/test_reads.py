"""Query, Scan and GetItem: which conditions, projections and starting keys they accept, and what they find."""

from __future__ import annotations

from typing import Any

import pytest

from harness.targets.dynamodb.refusals import Undecided
from harness.targets.dynamodb.tables import KeySchema
from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, MULTI, SmallTable, values

A, ONE = {"S": "a"}, {"N": "1"}
SCHEMA = "One or more parameter values were invalid: Condition parameter type does not match schema type"
OPERAND = "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: "
INVALID = "Invalid KeyConditionExpression: "


@each(
    ("condition", "given", "says"),
    [
        # Measured in eu-west-2, October 2026.
        ("pk = :p AND begins_with(sk, :v)", {"v": ONE}, f"{OPERAND}begins_with, operand type: N"),
        ("pk = :p AND begins_with(sk, :v)", {"v": {"BOOL": True}}, f"{OPERAND}begins_with, operand type: BOOL"),
        ("pk = :p AND begins_with(sk, :v)", {"v": A}, SCHEMA),
        ("pk = :p AND sk < :v", {"v": {"BOOL": True}}, f"{OPERAND}<, operand type: BOOL"),
        ("pk = :p AND :v >= sk", {"v": {"BOOL": True}}, f"{OPERAND}>=, operand type: BOOL"),
        ("pk = :p AND sk BETWEEN :v AND :w", {"v": {"BOOL": False}, "w": {"BOOL": True}}, f"{OPERAND}BETWEEN, operand"),
        ("pk = :p AND sk = :v", {"v": {"BOOL": True}}, SCHEMA),
        ("pk = :p AND sk > :v AND sk < :w", {"v": ONE, "w": ONE}, "must only contain one condition per key"),
        (
            "pk = :p AND sk > :v AND extra = :w",
            {"v": ONE, "w": ONE},
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
        ),
        ("pk = :missing AND begins_with(sk, :v) AND sk = :p", {"v": ONE}, "is not defined; attribute value: :missing"),
        ("begins_with(sk, :v) AND pk = :missing AND pk = :p", {"v": ONE}, f"{OPERAND}begins_with, operand type: N"),
        ("pk = :p AND begins_with(sk, :v) AND sk > :w", {"v": ONE, "w": ONE}, f"{OPERAND}begins_with, operand type: N"),
        ("((pk = :p)) AND ((sk = :v))", {"v": ONE}, f"{INVALID}The expression has redundant parentheses;"),
        # ScyllaDB's tests, which are run on AWS too.
        ("sk = :v AND sk = :p", {"v": ONE}, "must only contain one condition per key"),
        ("pk = sk AND sk = :p", {}, "Multiple attribute names used in one condition"),
        (":p = :v", {"v": ONE}, "No key attribute specified"),
        ("pk = :p AND a.b < :v", {"v": ONE}, f"{INVALID}KeyConditionExpressions cannot have conditions on nested"),
        ("pk = :p AND BEGINS_WITH(sk, :v)", {"v": A}, "Invalid function name; function: BEGINS_WITH"),
        ("pk = :p AND a < :v", {"v": ONE}, "Query condition missed key schema element: sk"),
        ("a = :p", {}, "Query condition missed key schema element: pk"),
        ("pk > :p", {}, "Query key condition not supported"),
    ],
)
def test_key_conditions_that_are_refused(condition: str, given: dict[str, Any], says: str) -> None:
    asked = {"KeyConditionExpression": condition, **values(p=A, **given)}
    _, code, message = SmallTable().refusal("Query", **asked)
    assert code == "ValidationException"
    assert says in message


def test_operands_are_judged_before_the_table_is_looked_for() -> None:
    asked = {"TableName": "missing", "KeyConditionExpression": "pk = :p AND begins_with(sk, :v)"}
    for value, code in ((ONE, "ValidationException"), (A, "ResourceNotFoundException")):
        assert SmallTable().refusal("Query", **asked, **values(p=A, v=value))[1] == code


@pytest.fixture(scope="module")
def table() -> SmallTable:
    """The items that were queried in eu-central-1, us-east-1 and eu-west-2, October 2026: five of them in `multi`."""
    made = SmallTable()
    for number, keys in enumerate(("TlbR1", "TlaR2", "TlaR1", "TdcR1", "FlaR0", "Tl")):
        parts = [keys[0], keys[1], keys[2:3], keys[3:]]
        given = {name: {"S": part} for name, part in zip(MULTI, parts, strict=True) if part}
        made.ask("PutItem", Item={"pk": A, "sk": {"N": str(number + 1)}, "h": {"S": "o"}, **given})
    return made


MULTI_VALUES: dict[str, Any] = {"h": "o", "a": "T", "b": "l", "c": "a", "d": "R", "x": "R1"}


def multi(condition: str, **more: Any) -> dict[str, Any]:
    given = {name: {"S": value} for name, value in MULTI_VALUES.items() if f":{name}" in condition}
    return {"IndexName": "multi", "KeyConditionExpression": condition, **values(**given), **more}


@each(
    ("condition", "found"),
    [
        ("h = :h", "54321"),
        ("h = :h AND k1 = :a", "4321"),
        ("h = :h AND k1 = :a AND k2 = :b", "321"),
        ("k2 = :b AND h = :h AND k1 = :a", "321"),
        ("h = :h AND k1 = :a AND k2 = :b AND k3 = :c", "32"),
        ("h = :h AND k1 = :a AND k2 = :b AND k3 > :c", "1"),
        ("h = :h AND k1 = :a AND k2 = :b AND :c < k3", "1"),
        ("h = :h AND k1 = :a AND k2 < :b", "4"),
        ("h = :h AND k1 = :a AND k2 = :b AND k3 = :c AND begins_with(k4, :d)", "32"),
        ("h = :h AND k1 = :a AND k2 = :b AND k3 = :c AND k4 BETWEEN :x AND :x", "3"),
    ],
)
def test_a_key_of_several_attributes(table: SmallTable, condition: str, found: str) -> None:
    told = table.ask("Query", **multi(condition))
    assert "".join(one["sk"]["N"] for one in told["Items"]) == found
    told = table.ask("Query", **multi(condition, ScanIndexForward=False))
    assert "".join(one["sk"]["N"] for one in told["Items"]) == found[::-1]


def test_a_page_of_a_key_of_several_attributes(table: SmallTable) -> None:
    page = table.ask("Query", **multi("h = :h AND k1 = :a", Limit=2))
    assert [one["sk"]["N"] for one in page["Items"]] == ["4", "3"]
    assert page["LastEvaluatedKey"].keys() == {"pk", "sk", "h", *MULTI}
    rest = table.ask("Query", **multi("h = :h AND k1 = :a", ExclusiveStartKey=page["LastEvaluatedKey"]))
    assert [one["sk"]["N"] for one in rest["Items"]] == ["2", "1"]
    assert "LastEvaluatedKey" not in rest


@each(
    ("condition", "missing", "last"),
    [
        ("h = :h AND k1 = :a AND k3 = :c", "k2", "k3"),
        ("h = :h AND k1 = :a AND k2 > :b AND k3 = :c", "k2", "k3"),
        ("h = :h AND k2 = :b", "k1", "k2"),
    ],
)
def test_gaps_in_a_key_of_several_attributes(table: SmallTable, condition: str, missing: str, last: str) -> None:
    rule, _, message = table.refusal("Query", **multi(condition))
    assert rule == "key-sort-gap"
    assert message == (
        f"RANGE key attributes {missing} must have equality conditions specified in the query because a condition is "
        f"present on key attribute {last}"
    )


def test_numbers_are_in_the_order_of_their_values() -> None:
    table, order = (
        SmallTable(),
        ["-2E10", "-710", "-4.1", "-0.1", "-1E-5", "0", "1E-130", "0.15", "1", "1.00001", "9e37"],
    )
    for number in sorted(order):
        table.ask("PutItem", Item={"pk": A, "sk": {"N": number}})
    told = table.ask("Query", KeyConditionExpression="pk = :p", **values(p=A))
    assert [float(one["sk"]["N"]) for one in told["Items"]] == [float(one) for one in order]


def test_pages_may_be_empty_behind_a_filter_and_one_comes_after_the_last_item() -> None:
    table = SmallTable()
    for number in range(4):
        table.ask("PutItem", Item={"pk": A, "sk": {"N": str(number)}, "v": {"BOOL": number % 2 == 0}})
    asked: dict[str, Any] = {"KeyConditionExpression": "pk = :p", "FilterExpression": "v = :v", "Limit": 1}
    pages = [table.ask("Query", **asked, **values(p=A, v={"BOOL": True}))]
    while "LastEvaluatedKey" in pages[-1]:
        start = pages[-1]["LastEvaluatedKey"]
        pages.append(table.ask("Query", **asked, **values(p=A, v={"BOOL": True}), ExclusiveStartKey=start))
    assert [one["Count"] for one in pages] == [1, 0, 1, 0, 0]
    assert [one["ScannedCount"] for one in pages] == [1, 1, 1, 1, 0]


@each(
    ("projection", "found"),
    [
        ("m.els[0]", {"m": {"M": {"els": {"L": [{"N": "2"}]}}}}),
        ("m.els[2].y", {"m": {"M": {"els": {"L": [{"M": {"y": A}}]}}}}),
        ("m.els[2], m.c, m.els[0]", {"m": {"M": {"els": {"L": [{"N": "2"}, {"M": {"y": A}}]}, "c": ONE}}}),
        ("m.els[3], m.x, m.x.y, m.els.x, m[0].z, q", None),
        ("m.els[0].x, m.els[1][0]", {}),
        ("pk, m.c", {"pk": A, "m": {"M": {"c": ONE}}}),
        (" m.c ,  z ", {"m": {"M": {"c": ONE}}}),
        ("m.c, m.c", None),
        ("m, m.els[0]", None),
        ("m.c,", None),
        (",m", None),
        ("", None),
    ],
)
def test_projections(projection: str, found: Any) -> None:
    table = SmallTable()
    table.put(m={"M": {"els": {"L": [{"N": "2"}, {"N": "4"}, {"M": {"y": A}}]}, "c": ONE}})
    if found is None:
        assert table.refusal("GetItem", Key=KEY, ProjectionExpression=projection)[1] == "ValidationException"
    else:
        assert table.ask("GetItem", Key=KEY, ProjectionExpression=projection) == {"Item": found}


def test_a_dot_in_a_placeholder_is_part_of_the_name() -> None:
    table = SmallTable()
    table.put(**{"a.b": A, "a": {"M": {"b": ONE}}})
    told = table.ask("GetItem", Key=KEY, ProjectionExpression="#n", ExpressionAttributeNames={"#n": "a.b"})
    assert told == {"Item": {"a.b": A}}


@each(
    ("parameters", "says"),
    [
        ({"Select": "SPECIFIC_ATTRIBUTES"}, "when choosing to get SPECIFIC_ATTRIBUTES"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "can be used only when Querying using an IndexName"),
        ({"Select": "COUNT", "AttributesToGet": ["x"]}, "the AttributesToGet when choosing to get only the Count"),
        (
            {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "x"},
            "the ProjectionExpression when choosing to get ALL",
        ),
        ({"IndexName": "gi", "Select": "ALL_ATTRIBUTES"}, "is not supported for global secondary index gi"),
        ({"IndexName": "gi", "ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
        ({"IndexName": "gi", "ProjectionExpression": "x, o"}, "does not project [o]"),
        ({"IndexName": "no"}, "The table does not have the specified index: no"),
        ({"Segment": 5, "TotalSegments": 5}, "Segment: 5 is not less than TotalSegments: 5"),
        ({"Segment": 0}, "but was not present in the request when Segment parameter is present"),
        ({"TotalSegments": 1}, "but was not present in the request when parameter TotalSegments is present"),
        ({"ExclusiveStartKey": {"pk": A}}, "The provided starting key is invalid"),
        (
            {"ExclusiveStartKey": {"pk": {"N": "b"}}},
            "The provided starting key is invalid: The parameter cannot be conv",
        ),
        ({"ScanFilter": {"a": {"ComparisonOperator": "LT"}}}, "Invalid number of argument(s) for the LT Comparison"),
        ({"ExclusiveStartKey": {**KEY, "x": A}}, "The provided starting key is invalid"),
        ({"FilterExpression": "begins_with(q, :n)", **values(n=ONE)}, "begins_with, operand type: N"),
        ({"ProjectionExpression": "#q"}, "is not defined; attribute name: #q"),
    ],
)
def test_scans_that_are_refused(parameters: dict[str, Any], says: str) -> None:
    _, code, message = SmallTable().refusal("Scan", **parameters)
    assert code == "ValidationException"
    assert says in message


def test_a_start_lies_in_its_segment() -> None:
    starts = [{"pk": {"S": str(number)}, "sk": ONE} for number in range(20)]
    asked: dict[str, Any] = {"TotalSegments": 1_000_000, "Segment": 0}
    rules = {SmallTable().refusal("Scan", ExclusiveStartKey=start, **asked)[0] for start in starts}
    assert rules == {"start-key-segment"}


def test_the_filter_of_a_scan_on_what_an_index_does_not_hold_is_undecided() -> None:
    table, asked = SmallTable(), {"IndexName": "gi", "FilterExpression": "attribute_exists(o)"}
    with pytest.raises(Undecided, match="Sources disagree"):
        table.ask("Scan", **asked)
    key = {"KeyConditionExpression": "g = :g", **values(g=A)}
    assert table.refusal("Query", **asked, **key)[0] == "filter-not-projected"


@each(
    ("name", "says"),
    [
        ("ab", "'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
        ("x" * 256, "Member must have length less than or equal to 255"),
        ("a b", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ("arn:aws:dynamodb:us-east-1:1:table/x", "Requested resource not found"),
        ("x" * 255, "Requested resource not found"),
    ],
)
def test_the_name_of_a_table_is_validated_before_the_table_is_looked_up(name: str, says: str) -> None:
    requests: dict[str, dict[str, Any]] = {
        "GetItem": {"TableName": name, "Key": KEY},
        "Scan": {"TableName": name},
        "BatchGetItem": {"RequestItems": {name: {"Keys": [KEY]}}},
        "BatchWriteItem": {"RequestItems": {name: [{"DeleteRequest": {"Key": KEY}}]}},
        "TransactGetItems": {"TransactItems": [{"Get": {"TableName": name, "Key": KEY}}]},
        "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": name, "Key": KEY}}]},
    }
    for operation, parameters in requests.items():
        rule, _, message = SmallTable().refusal(operation, **parameters)
        assert rule == ("table-missing" if "not found" in says else "table-name")
        assert says in message, operation


def test_indexes_hold_what_they_project() -> None:
    table, item = SmallTable(), {**KEY, "g": A, "n": ONE, "l": A, "x": A, "o": A}
    table.ask("PutItem", Item=item)
    table.ask("PutItem", Item={"pk": A, "sk": {"N": "2"}, "x": A})
    held = {"gi": "pk sk g n x", "all": "pk sk g n l x o", "li": "pk sk l"}
    for name, attributes in held.items():
        assert table.ask("Scan", IndexName=name)["Items"] == [{one: item[one] for one in attributes.split()}]
    assert table.ask("Scan", IndexName="li", Select="ALL_ATTRIBUTES")["Items"] == [item]
    assert table.ask("Scan", IndexName="li", ProjectionExpression="o, g")["Items"] == [{"o": A, "g": A}]
    assert table.ask("Scan", IndexName="li", ConsistentRead=True)["Count"] == 1
    assert table.ask("Scan", FilterExpression="sk = :n", **values(n=ONE))["Count"] == 1


def test_an_index_leaves_out_older_items_that_cannot_be_in_it() -> None:
    table = SmallTable()
    for number, length in enumerate((0, 1, 1024, 1025, 2048, 2049)):
        table.ask("PutItem", Item={"pk": A, "sk": {"N": str(number)}, "x": {"S": "x" * length}, "y": A})
    table.ask("PutItem", Item={"pk": A, "sk": {"N": "6"}, "x": ONE, "y": A})
    table.add_index("partition", KeySchema(("x",)))
    table.add_index("sort", KeySchema(("y",), ("x",)))
    for index, numbers in (("partition", "1234"), ("sort", "12")):
        found = table.ask("Scan", IndexName=index)["Items"]
        assert sorted(item["sk"]["N"] for item in found) == list(numbers)
    # Such an item is not updated until it fits.
    key = {"pk": A, "sk": {"N": "6"}}
    change = {"UpdateExpression": "SET z = :a", **values(a=A)}
    assert table.refusal("UpdateItem", Key=key, **change)[0] == "index-key-type"
    table.ask("UpdateItem", Key=key, UpdateExpression="SET x = :a", **values(a=A))


def test_a_batch_does_not_answer_in_the_order_of_its_keys() -> None:
    table = SmallTable()
    keys = [{"pk": {"S": f"p{number}"}, "sk": {"N": "1"}} for number in range(8)]
    for key in keys:
        table.ask("PutItem", Item=key)

    found = table.ask("BatchGetItem", RequestItems={"table": {"Keys": keys}})["Responses"]["table"]

    assert found != keys
    assert sorted(found, key=str) == keys


@pytest.mark.parametrize("backward", [False, True])
def test_items_with_one_key_in_an_index_are_not_in_the_order_of_the_table(backward: bool) -> None:
    table = SmallTable()
    keys = [{"pk": {"S": "a"}, "sk": {"N": str(number)}} for number in range(10)]
    for key in keys:
        table.ask("PutItem", Item={**key, "g": {"S": "G"}, "n": {"N": "1"}})
    found: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        page = table.ask(
            "Query",
            IndexName="gi",
            KeyConditionExpression="g = :g",
            ScanIndexForward=not backward,
            Limit=3,
            **values(g={"S": "G"}),
            **start,
        )
        found += [{name: one[name] for name in ("pk", "sk")} for one in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    assert found not in (keys, keys[::-1])
    assert sorted(found, key=str) == keys
