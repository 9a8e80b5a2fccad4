"""What requests consume. The figures of writes with indexes were measured in eu-west-2, August 2026."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable, values

INDEXED: dict[str, Any] = {"g": {"S": "g"}, "n": {"N": "1"}, "l": {"S": "l"}, "x": {"S": "x"}, "o": {"S": "o"}}
WRITTEN = {"gi": 1, "all": 1, "li": 1}


def units(answer: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """The units of the table and of each index that a report names; they add up to the report's total."""
    told = answer["ConsumedCapacity"]
    told = told[0] if isinstance(told, list) else told
    indexes = told.get("GlobalSecondaryIndexes", {}) | told.get("LocalSecondaryIndexes", {})
    found = {name: one["CapacityUnits"] for name, one in indexes.items()}
    assert told["CapacityUnits"] == told["Table"]["CapacityUnits"] + sum(found.values())
    return told["Table"]["CapacityUnits"], found


@each(
    ("expression", "indexes"),
    [
        ("SET o = :v", {"all": 1}),
        ("SET x = :v", {"gi": 1, "all": 1}),
        ("SET g = :v", {"gi": 2, "all": 2}),
        ("REMOVE g", {"gi": 1, "all": 1}),
        ("SET l = :v", {"li": 2, "all": 1}),
        ("SET x = x", {}),
    ],
)
def test_an_update_costs_the_indexes_that_it_changes(expression: str, indexes: dict[str, float]) -> None:
    table = SmallTable()
    table.put(**INDEXED)
    given = values(v={"S": "new"}) if ":v" in expression else {}
    assert units(table.update(expression, ReturnConsumedCapacity="INDEXES", **given)) == (1, indexes)


def test_puts_and_deletes_cost_the_indexes_that_hold_the_item() -> None:
    table = SmallTable()
    asked: dict[str, Any] = {"ReturnConsumedCapacity": "INDEXES"}
    assert units(table.ask("PutItem", Item={**KEY, "o": {"S": "o"}}, **asked)) == (1, {})
    assert units(table.ask("PutItem", Item={**KEY, **INDEXED}, **asked)) == (1, WRITTEN)
    assert units(table.ask("PutItem", Item={**KEY, **INDEXED}, **asked)) == (1, {})
    assert units(table.ask("DeleteItem", Key=KEY, **asked)) == (1, WRITTEN)
    assert units(table.ask("DeleteItem", Key=KEY, **asked)) == (1, {})
    batch = [{"PutRequest": {"Item": {**KEY, "sk": {"N": sk}, **more}}} for sk, more in (("1", INDEXED), ("2", {}))]
    assert units(table.ask("BatchWriteItem", RequestItems={"table": batch}, **asked)) == (2, WRITTEN)


def test_a_total_names_no_index() -> None:
    told = SmallTable().ask("PutItem", Item={**KEY, **INDEXED}, ReturnConsumedCapacity="TOTAL")
    assert told == {"ConsumedCapacity": {"TableName": "table", "CapacityUnits": 4.0}}


def filled(size: int) -> dict[str, Any]:
    """An item with KEY that takes some bytes: its key takes 8 of them, its attribute's name one."""
    return {**KEY, "f": {"S": "x" * (size - 8)}}


@each(
    ("before", "after", "expected"),
    [(None, 1024, 1), (None, 1025, 2), (2049, 100, 3), (100, 2049, 3), (2048, None, 2), (None, None, 1)],
)
def test_a_write_costs_by_the_larger_of_the_item_before_and_after(
    before: int | None, after: int | None, expected: int
) -> None:
    table = SmallTable()
    if before is not None:
        table.ask("PutItem", Item=filled(before))
    asked: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL"}
    if after is None:
        told = table.ask("DeleteItem", Key=KEY, **asked)
    else:
        told = table.ask("PutItem", Item=filled(after), **asked)
    assert told["ConsumedCapacity"]["CapacityUnits"] == expected


@each(
    ("size", "consistent", "expected"),
    [(None, False, 0.5), (None, True, 1), (4096, True, 1), (4097, True, 2), (4097, False, 1), (8193, False, 1.5)],
)
def test_a_read_costs_by_the_size_of_the_whole_item(size: int | None, consistent: bool, expected: float) -> None:
    table = SmallTable()
    if size is not None:
        table.ask("PutItem", Item=filled(size))
    asked: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL", "ProjectionExpression": "pk"}
    told = table.ask("GetItem", Key=KEY, ConsistentRead=consistent, **asked)
    assert told["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": expected}


def test_filters_and_projections_save_nothing() -> None:
    table = SmallTable()
    for number in range(6):
        table.ask("PutItem", Item={**filled(3000), "sk": {"N": str(number)}, "keep": {"BOOL": number == 0}})
    keep = {"FilterExpression": "keep = :k", "ProjectionExpression": "sk"}
    for operation, more, given in (
        ("Scan", {}, {}),
        ("Query", {"KeyConditionExpression": "pk = :p"}, {"p": {"S": "a"}}),
    ):
        plain = table.ask(operation, ReturnConsumedCapacity="TOTAL", **more, **(values(**given) if given else {}))
        narrow = {**more, **keep, **values(k={"BOOL": True}, **given)}
        told = table.ask(operation, ReturnConsumedCapacity="TOTAL", **narrow)
        assert (plain["Count"], told["Count"], told["ScannedCount"]) == (6, 1, 6)
        assert told["ConsumedCapacity"] == plain["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": 2.5}


def test_a_local_index_fetches_what_it_does_not_hold() -> None:
    table = SmallTable()
    for number in range(3):
        table.ask("PutItem", Item={**KEY, "sk": {"N": str(number)}, **INDEXED})
    query: dict[str, Any] = {"IndexName": "li", "KeyConditionExpression": "pk = :p", **values(p={"S": "a"})}
    asked = {**query, "ReturnConsumedCapacity": "INDEXES"}
    assert units(table.ask("Query", **asked)) == (0, {"li": 0.5})
    assert units(table.ask("Query", **asked, Select="ALL_ATTRIBUTES")) == (1.5, {"li": 0.5})
    assert units(table.ask("Query", **asked, ProjectionExpression="o")) == (1.5, {"li": 0.5})


def test_transactions_cost_twice() -> None:
    table = SmallTable()
    puts = [{"Put": {"TableName": "table", "Item": {**KEY, "sk": {"N": number}}}} for number in "12"]
    told = table.ask("TransactWriteItems", TransactItems=puts, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert [one["CapacityUnits"] for one in told] == [4]
    gets = [{"Get": {"TableName": "table", "Key": {**KEY, "sk": {"N": number}}}} for number in "19"]
    told = table.ask("TransactGetItems", TransactItems=gets, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert told[0]["CapacityUnits"] == told[0]["Table"]["ReadCapacityUnits"] == 4


def test_batches_count_each_key() -> None:
    table = SmallTable()
    table.put()
    keys = [{**KEY, "sk": {"N": number}} for number in "123"]
    for consistent, expected in ((True, 3.0), (False, 1.5)):
        asked: dict[str, Any] = {"table": {"Keys": keys, "ConsistentRead": consistent}}
        told = table.ask("BatchGetItem", RequestItems=asked, ReturnConsumedCapacity="TOTAL")
        assert told["ConsumedCapacity"] == [{"TableName": "table", "CapacityUnits": expected}]
        assert told["Responses"] == {"table": [KEY]}


def test_a_small_collection_is_up_to_one_gigabyte() -> None:
    asked: dict[str, Any] = {"ReturnItemCollectionMetrics": "SIZE"}
    told = SmallTable().ask("PutItem", Item=KEY, **asked)
    assert told == {"ItemCollectionMetrics": {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0, 1]}}
