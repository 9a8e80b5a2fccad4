"""Capacity and collections"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fidelity.statement import Target, item, statement, values

READS = "developerguide/read-write-operations.html"
SIZES = "developerguide/CapacityUnitCalculations.html"
CONSUMED = "APIReference/API_ConsumedCapacity.html"
TRANSACTIONS = "developerguide/transaction-apis.html"
GSI = "developerguide/GSI.html"
LSI = "developerguide/LSI.html"
TOTAL = {"ReturnConsumedCapacity": "TOTAL"}
INDEXES = {"ReturnConsumedCapacity": "INDEXES"}
METRICS = {"ReturnItemCollectionMetrics": "SIZE"}
KIB = 1024


def sized(aws: Target, size: int) -> dict[str, Any]:
    """An item of so many bytes, by AWS's rule: the names and the values of its attributes."""
    key = {"pk": aws.fresh()}
    return {**key, "v": "x" * (size - len("pk") - len(key["pk"]) - len("v"))}


def there(aws: Target, size: int) -> dict[str, str]:
    """The key of a new item of so many bytes."""
    new = sized(aws, size)
    aws.put(aws.single, new)
    return {"pk": new["pk"]}


def read_units(aws: Target, key: Mapping[str, str], **request: Any) -> float:
    """What GetItem costs."""
    return aws.units(aws.dynamodb.get_item(TableName=aws.single, Key=item(key), **TOTAL, **request))


def arms(answer: Mapping[str, Any]) -> dict[str, float]:
    """What an answer with INDEXES says was used: in all, of the table, of each index."""
    consumed = answer["ConsumedCapacity"]
    indexes = {**consumed.get("GlobalSecondaryIndexes", {}), **consumed.get("LocalSecondaryIndexes", {})}
    return {
        "total": consumed["CapacityUnits"],
        "table": consumed["Table"]["CapacityUnits"],
        **{name: index["CapacityUnits"] for name, index in indexes.items()},
    }


def shown(aws: Target, **attributes: Any) -> dict[str, Any]:
    """An item for the table with indexes."""
    return {"pk": aws.fresh(), "sk": "1", **attributes}


@statement(CONSUMED)
def capacity_is_told_if_asked_for(aws: Target) -> None:
    """ConsumedCapacity is in an answer only if the request asks for it."""
    assert "ConsumedCapacity" not in aws.put(aws.single, {"pk": aws.fresh()})
    answer = aws.put(aws.single, {"pk": aws.fresh()}, **TOTAL)
    assert answer["ConsumedCapacity"] == {"TableName": aws.single, "CapacityUnits": 1.0}


@statement(READS)
def an_eventual_read_costs_half_a_unit(aws: Target) -> None:
    """GetItem of up to 4 KB costs 0.5 units."""
    assert read_units(aws, there(aws, 4 * KIB)) == 0.5


@statement(READS)
def a_consistent_read_costs_one_unit(aws: Target) -> None:
    """GetItem with ConsistentRead of up to 4 KB costs 1 unit."""
    assert read_units(aws, there(aws, 4 * KIB), ConsistentRead=True) == 1


@statement(READS)
def a_read_costs_by_started_4_kb(aws: Target) -> None:
    """GetItem of 4 KB and one byte costs 1 unit, or 2 with ConsistentRead."""
    key = there(aws, 4 * KIB + 1)
    assert (read_units(aws, key), read_units(aws, key, ConsistentRead=True)) == (1, 2)


@statement(READS)
def a_read_of_a_missing_item_costs_as_the_smallest(aws: Target) -> None:
    """GetItem of a missing item costs 0.5 units, or 1 with ConsistentRead."""
    key = {"pk": aws.fresh()}
    assert (read_units(aws, key), read_units(aws, key, ConsistentRead=True)) == (0.5, 1)


@statement(READS)
def a_projection_saves_no_capacity(aws: Target) -> None:
    """GetItem with a projection costs by the size of the whole item."""
    assert read_units(aws, there(aws, 9 * KIB), ProjectionExpression="pk") == 1.5


@statement(SIZES)
def a_write_costs_by_started_kb(aws: Target) -> None:
    """PutItem of 1,024 bytes costs 1 unit, and of 1,025 bytes 2 units."""
    assert aws.units(aws.put(aws.single, sized(aws, KIB), **TOTAL)) == 1
    assert aws.units(aws.put(aws.single, sized(aws, KIB + 1), **TOTAL)) == 2


@statement(SIZES)
def letters_cost_by_their_bytes(aws: Target) -> None:
    """The size of a string is its bytes of UTF-8: 600 letters of two bytes cost 2 units."""
    assert aws.units(aws.put(aws.single, {"pk": aws.fresh(), "v": "é" * 600}, **TOTAL)) == 2


@statement(SIZES)
def binary_costs_by_its_bytes(aws: Target) -> None:
    """The size of a binary value is its bytes, not those of its base64 text: 900 bytes cost 1 unit."""
    assert aws.units(aws.put(aws.single, {"pk": aws.fresh(), "v": b"x" * 900}, **TOTAL)) == 1


@statement(SIZES)
def numbers_cost_about_half_their_digits(aws: Target) -> None:
    """The size of a number is about half its number of digits: 40 numbers of 38 digits cost 1 unit."""
    numbers = {f"n{number:02}": int("1" * 38) for number in range(40)}
    assert aws.units(aws.put(aws.single, {"pk": aws.fresh(), **numbers}, **TOTAL)) == 1


@statement(READS)
def a_smaller_item_costs_as_the_one_it_replaces(aws: Target) -> None:
    """PutItem costs by the larger of the item before and the item after."""
    key = there(aws, 3 * KIB)
    assert aws.units(aws.put(aws.single, key, **TOTAL)) == 3


@statement(READS)
def an_update_costs_by_the_whole_item(aws: Target) -> None:
    """UpdateItem costs by the larger of the item before and after, even if it changes one small attribute."""
    assert aws.units(aws.update(there(aws, 3 * KIB - 10), "SET a = :v", v=1, **TOTAL)) == 3
    assert aws.units(aws.update(there(aws, 3 * KIB), "SET v = :v", v="x", **TOTAL)) == 3


@statement(READS)
def a_deletion_costs_by_the_item(aws: Target) -> None:
    """DeleteItem costs by the size of the item, and 1 unit for a missing item."""
    for key, units in ((there(aws, 3 * KIB), 3), ({"pk": aws.fresh()}, 1)):
        assert aws.units(aws.dynamodb.delete_item(TableName=aws.single, Key=item(key), **TOTAL)) == units


@statement(READS)
def a_query_costs_by_the_sum_of_its_items(aws: Target) -> None:
    """Query adds up the sizes of its items, and then rounds up: 10 items of about 1 KB cost 1.5 units."""
    partition = aws.filled(aws.pair, *(f"{number}" for number in range(10)), v="x" * 1000)
    assert aws.units(aws.query(aws.pair, "pk = :p", p=partition, **TOTAL)) == 1.5
    assert aws.units(aws.query(aws.pair, "pk = :p", p=partition, ConsistentRead=True, **TOTAL)) == 3


@statement(READS)
def a_query_costs_by_what_it_reads(aws: Target) -> None:
    """Query costs the same with a filter, a projection or Select COUNT."""
    partition = aws.filled(aws.pair, *(f"{number}" for number in range(10)), v="x" * 1000)
    requests: tuple[dict[str, Any], ...] = (
        {"FilterExpression": "attribute_exists(a)"},
        {"ProjectionExpression": "sk"},
        {"Select": "COUNT"},
    )
    for request in requests:
        assert aws.units(aws.query(aws.pair, "pk = :p", p=partition, **TOTAL, **request)) == 1.5


@statement("APIReference/API_Query.html")
def a_query_that_finds_nothing_costs_half_a_unit(aws: Target) -> None:
    """Query that finds nothing costs 0.5 units."""
    assert aws.units(aws.query(aws.pair, "pk = :p", p=aws.fresh(), **TOTAL)) == 0.5


@statement(READS)
def a_scan_costs_by_what_it_reads(aws: Target) -> None:
    """Scan costs by all the items that it reads, with a filter, too."""
    table = aws.table()
    for number in range(10):
        aws.put(table, {"pk": f"{number}", "v": "x" * 1000})
    answer = aws.dynamodb.scan(TableName=table, FilterExpression="attribute_exists(a)", **TOTAL)
    assert aws.units(answer) == 1.5


@statement(READS)
def a_batch_of_reads_costs_by_each_item(aws: Target) -> None:
    """BatchGetItem rounds up each item: 3 small items cost 1.5 units."""
    keys = [item(there(aws, 100)) for _ in range(3)]
    answer = aws.dynamodb.batch_get_item(RequestItems={aws.single: {"Keys": keys}}, **TOTAL)
    assert answer["ConsumedCapacity"] == [{"TableName": aws.single, "CapacityUnits": 1.5}]


@statement(READS)
def a_batch_of_writes_costs_by_each_item(aws: Target) -> None:
    """BatchWriteItem rounds up each item: 3 small items cost 3 units."""
    puts = [{"PutRequest": {"Item": item(sized(aws, 100))}} for _ in range(3)]
    answer = aws.dynamodb.batch_write_item(RequestItems={aws.single: puts}, **TOTAL)
    assert answer["ConsumedCapacity"] == [{"TableName": aws.single, "CapacityUnits": 3.0}]


@statement(TRANSACTIONS)
def a_transaction_of_writes_costs_double(aws: Target) -> None:
    """TransactWriteItems costs 2 units for each KB of each item."""
    actions = [{"Put": {"TableName": aws.single, "Item": item(sized(aws, size))}} for size in (100, KIB + 1)]
    answer = aws.dynamodb.transact_write_items(TransactItems=actions, **TOTAL)
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 6


@statement(TRANSACTIONS)
def a_check_costs_as_a_write(aws: Target) -> None:
    """A ConditionCheck of a small item costs 2 units."""
    check = {"TableName": aws.single, "Key": item(there(aws, 100)), "ConditionExpression": "attribute_exists(pk)"}
    answer = aws.dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}], **TOTAL)
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 2


@statement(TRANSACTIONS)
def a_transaction_of_reads_costs_double(aws: Target) -> None:
    """TransactGetItems costs 2 units for each 4 KB of each item, and for a missing item."""
    keys = [there(aws, 100), there(aws, 4 * KIB + 1), {"pk": aws.fresh()}]
    gets = [{"Get": {"TableName": aws.single, "Key": item(key)}} for key in keys]
    answer = aws.dynamodb.transact_get_items(TransactItems=gets, **TOTAL)
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 8


@statement("APIReference/API_TransactWriteItems.html")
def a_repeated_transaction_costs_reads(aws: Target) -> None:
    """A transaction that is repeated with its token answers with the read capacity that it used."""
    action = {"Put": {"TableName": aws.single, "Item": item(sized(aws, 100))}}
    request = {"TransactItems": [action], "ClientRequestToken": aws.fresh(), **TOTAL}
    first, second = (aws.dynamodb.transact_write_items(**request)["ConsumedCapacity"][0] for _ in range(2))
    assert first["WriteCapacityUnits"] == 2
    assert second["ReadCapacityUnits"] == 2


@statement(GSI)
def a_write_costs_for_the_indexes_with_the_item(aws: Target) -> None:
    """A new item costs one more unit for each index that it is in, and none for others."""
    assert arms(aws.put(aws.indexed, shown(aws), **INDEXES)) == {"total": 1, "table": 1}
    assert arms(aws.put(aws.indexed, shown(aws, maker="Ada"), **INDEXES)) == {"total": 2, "table": 1, "by-maker": 1}
    assert arms(aws.put(aws.indexed, shown(aws, due="1"), **INDEXES)) == {"total": 2, "table": 1, "by-due": 1}


@statement(CONSUMED)
def the_total_includes_indexes(aws: Target) -> None:
    """TOTAL includes the units of indexes, without telling them apart."""
    answer = aws.put(aws.indexed, shown(aws, maker="Ada"), **TOTAL)
    assert answer["ConsumedCapacity"] == {"TableName": aws.indexed, "CapacityUnits": 2.0}


@statement(GSI)
def an_index_that_does_not_change_costs_nothing(aws: Target) -> None:
    """A write that changes nothing in an index costs nothing for that index."""
    new = shown(aws, maker="Ada", note="n")
    aws.put(aws.indexed, new)
    assert arms(aws.put(aws.indexed, {**new, "surplus": 1}, **INDEXES)) == {"total": 1, "table": 1}


@statement(GSI)
def a_projected_change_costs_one_unit(aws: Target) -> None:
    """A change of an attribute that an index includes costs one unit for that index."""
    new = shown(aws, maker="Ada", note="n")
    aws.put(aws.indexed, new)
    assert arms(aws.put(aws.indexed, {**new, "note": "m"}, **INDEXES)) == {"total": 2, "table": 1, "by-maker": 1}


@statement(GSI)
def a_change_of_an_index_key_costs_two_units(aws: Target) -> None:
    """A change of an index key costs two units for that index: the old entry goes, and a new one comes."""
    new = shown(aws, maker="Ada")
    aws.put(aws.indexed, new)
    assert arms(aws.put(aws.indexed, {**new, "maker": "Bob"}, **INDEXES)) == {"total": 3, "table": 1, "by-maker": 2}


@statement(GSI)
def an_item_that_leaves_an_index_costs_one_unit(aws: Target) -> None:
    """An item that loses its index key, or is deleted, costs one unit for that index."""
    for _ in range(2):
        new = shown(aws, maker="Ada")
        aws.put(aws.indexed, new)
        key = {name: new[name] for name in ("pk", "sk")}
        if _ == 0:
            answer = aws.update(key, "REMOVE maker", aws.indexed, **INDEXES)
        else:
            answer = aws.dynamodb.delete_item(TableName=aws.indexed, Key=item(key), **INDEXES)
        assert arms(answer) == {"total": 2, "table": 1, "by-maker": 1}


@statement(GSI)
def a_query_of_a_global_index_costs_that_index(aws: Target) -> None:
    """Query of a global index uses units of the index, and none of the table."""
    answer = aws.query(aws.indexed, "maker = :m", m=aws.fresh(), IndexName="by-maker", **INDEXES)
    assert arms(answer) == {"total": 0.5, "table": 0, "by-maker": 0.5}


@statement(GSI)
def a_query_of_an_index_costs_by_what_it_projects(aws: Target) -> None:
    """Query of an index costs by the size of what the index holds of an item."""
    kind, maker = aws.fresh(), aws.fresh()
    aws.put(aws.indexed, shown(aws, kind=kind, score=1, maker=maker, surplus="x" * 9 * KIB))
    whole = aws.query(aws.indexed, "kind = :k", k=kind, IndexName="by-kind", **TOTAL)
    part = aws.query(aws.indexed, "maker = :m", m=maker, IndexName="by-maker", **TOTAL)
    assert (aws.units(whole), aws.units(part)) == (1.5, 0.5)


@statement(LSI)
def collections_are_measured_with_a_local_index(aws: Target) -> None:
    """A write to a table with a local index tells the size of its collection, if asked for."""
    new = shown(aws)
    metrics = aws.put(aws.indexed, new, **METRICS)["ItemCollectionMetrics"]
    assert metrics["ItemCollectionKey"] == item({"pk": new["pk"]})
    assert metrics["SizeEstimateRangeGB"] == [0, 1]
    assert "ItemCollectionMetrics" not in aws.put(aws.indexed, new)


@statement("APIReference/API_PutItem.html")
def collections_are_not_measured_without_a_local_index(aws: Target) -> None:
    """A write to a table without a local index tells no ItemCollectionMetrics."""
    assert "ItemCollectionMetrics" not in aws.put(aws.pair, {"pk": aws.fresh(), "sk": "1"}, **METRICS)


@statement("APIReference/API_UpdateItem.html")
def updates_and_deletions_measure_collections(aws: Target) -> None:
    """UpdateItem and DeleteItem tell ItemCollectionMetrics, too."""
    key = shown(aws)
    request: dict[str, Any] = {"TableName": aws.indexed, "Key": item(key), **METRICS}
    update = {"UpdateExpression": "SET a = :v", "ExpressionAttributeValues": values(v=1)}
    assert "ItemCollectionMetrics" in aws.dynamodb.update_item(**request, **update)
    assert "ItemCollectionMetrics" in aws.dynamodb.delete_item(**request)
