"""Streams"""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import Target, item, refused, statement

STREAMS = "developerguide/Streams.html"
RECORD = "APIReference/API_streams_Record.html"
STREAM_RECORD = "APIReference/API_streams_StreamRecord.html"
ITERATOR = "APIReference/API_streams_GetShardIterator.html"
DESCRIBED = "APIReference/API_streams_DescribeStream.html"
TTL = "developerguide/time-to-live-ttl-streams.html"


def lived(aws: Target, view: str) -> list[dict[str, Any]]:
    """The records of an item that was put, changed and deleted: each one's images."""
    table = aws.streaming(view)
    aws.put(table, {"pk": "1", "a": 1})
    aws.put(table, {"pk": "1", "a": 2})
    aws.dynamodb.delete_item(TableName=table, Key=item({"pk": "1"}))
    records = aws.records(table)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert all(record["dynamodb"]["Keys"] == item({"pk": "1"}) for record in records)
    assert all(record["dynamodb"]["StreamViewType"] == view for record in records)
    return [
        {name: image["a"]["N"] for name, image in record["dynamodb"].items() if name in ("OldImage", "NewImage")}
        for record in records
    ]


@statement(STREAMS)
def a_stream_of_both_images_has_those_that_exist(aws: Target) -> None:
    """With NEW_AND_OLD_IMAGES, an INSERT has the new image, a MODIFY both, and a REMOVE the old one."""
    assert lived(aws, "NEW_AND_OLD_IMAGES") == [
        {"NewImage": "1"},
        {"NewImage": "2", "OldImage": "1"},
        {"OldImage": "2"},
    ]


@statement(STREAMS)
def a_stream_of_new_images_has_no_old_ones(aws: Target) -> None:
    """With NEW_IMAGE, an INSERT and a MODIFY have the new image, and a REMOVE none."""
    assert lived(aws, "NEW_IMAGE") == [{"NewImage": "1"}, {"NewImage": "2"}, {}]


@statement(STREAMS)
def a_stream_of_old_images_has_no_new_ones(aws: Target) -> None:
    """With OLD_IMAGE, a MODIFY and a REMOVE have the old image, and an INSERT none."""
    assert lived(aws, "OLD_IMAGE") == [{}, {"OldImage": "1"}, {"OldImage": "2"}]


@statement(STREAMS)
def a_stream_of_keys_has_no_images(aws: Target) -> None:
    """With KEYS_ONLY, a record has the item's key, and no image."""
    assert lived(aws, "KEYS_ONLY") == [{}, {}, {}]


@statement(STREAM_RECORD)
def a_records_keys_are_the_primary_key(aws: Target) -> None:
    """A record's Keys are the partition key and the sort key of the item."""
    table = aws.streaming("NEW_IMAGE", "sk")
    aws.put(table, {"pk": "1", "sk": "2", "a": 3})
    [record] = aws.records(table)
    assert record["dynamodb"]["Keys"] == item({"pk": "1", "sk": "2"})
    assert record["dynamodb"]["NewImage"] == item({"pk": "1", "sk": "2", "a": 3})


@statement(RECORD)
def a_record_tells_where_it_comes_from(aws: Target) -> None:
    """A record has an id of its own, a version, the source `aws:dynamodb`, the Region, a time and a size."""
    table = aws.streaming()
    for number in range(2):
        aws.put(table, {"pk": "1", "a": number})
    first, second = aws.records(table)
    assert first["eventID"] != second["eventID"]
    assert (first["eventSource"], first["awsRegion"]) == ("aws:dynamodb", "us-east-1")
    assert first["eventVersion"]
    assert {"ApproximateCreationDateTime", "SequenceNumber", "SizeBytes"} <= set(first["dynamodb"])


@statement(STREAMS)
def the_same_item_again_makes_no_record(aws: Target) -> None:
    """PutItem of the item that is there makes no record."""
    table = aws.streaming()
    for _ in range(2):
        aws.put(table, {"pk": "1", "a": 1})
    assert len(aws.records(table)) == 1


@statement(STREAMS)
def an_update_that_changes_nothing_makes_no_record(aws: Target) -> None:
    """UpdateItem that sets the value that is there makes no record."""
    table = aws.streaming()
    aws.put(table, {"pk": "1", "a": 1})
    aws.update({"pk": "1"}, "SET a = :v REMOVE b", table, v=1)
    assert len(aws.records(table)) == 1


@statement(STREAMS)
def a_deletion_of_nothing_makes_no_record(aws: Target) -> None:
    """DeleteItem of a missing item makes no record."""
    table = aws.streaming()
    aws.dynamodb.delete_item(TableName=table, Key=item({"pk": "1"}))
    assert aws.records(table) == []


@statement(STREAMS)
def a_refused_write_makes_no_record(aws: Target) -> None:
    """A write whose condition is false makes no record."""
    table = aws.streaming()
    with refused("ConditionalCheckFailedException"):
        aws.put(table, {"pk": "1"}, "attribute_exists(pk)")
    assert aws.records(table) == []


@statement(STREAMS)
def records_of_an_item_are_in_order(aws: Target) -> None:
    """The records of an item are in the order of its changes, with rising sequence numbers."""
    table = aws.streaming()
    for number in range(12):
        aws.update({"pk": "1"}, "SET a = :v", table, v=number)
    records = [record["dynamodb"] for record in aws.records(table)]
    assert [record["NewImage"]["a"]["N"] for record in records] == [str(number) for number in range(12)]
    numbers = [int(record["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


@statement(STREAMS)
def an_update_of_a_missing_item_is_an_insert(aws: Target) -> None:
    """UpdateItem that makes an item makes an INSERT record."""
    table = aws.streaming()
    aws.update({"pk": "1"}, "SET a = :v", table, v=1)
    [record] = aws.records(table)
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == item({"pk": "1", "a": 1})


@statement(STREAMS)
def a_batch_makes_a_record_for_each_item(aws: Target) -> None:
    """BatchWriteItem makes a record for each item."""
    table = aws.streaming()
    puts = [{"PutRequest": {"Item": item({"pk": str(number)})}} for number in range(3)]
    aws.dynamodb.batch_write_item(RequestItems={table: puts})
    assert sorted(record["dynamodb"]["Keys"]["pk"]["S"] for record in aws.records(table)) == ["0", "1", "2"]


@statement(STREAMS)
def a_transaction_makes_a_record_for_each_item(aws: Target) -> None:
    """TransactWriteItems makes a record for each item that it changes, and none if it is cancelled."""
    table = aws.streaming()
    put = {"Put": {"TableName": table, "Item": item({"pk": "1"})}}
    check = {"TableName": table, "Key": item({"pk": "2"}), "ConditionExpression": "attribute_exists(pk)"}
    with refused("TransactionCanceledException"):
        aws.dynamodb.transact_write_items(TransactItems=[put, {"ConditionCheck": check}])
    assert aws.records(table) == []
    aws.dynamodb.transact_write_items(TransactItems=[put])
    assert [record["eventName"] for record in aws.records(table)] == ["INSERT"]


@statement(TTL)
def a_users_deletion_has_no_identity(aws: Target) -> None:
    """The record of a deletion by a user has no userIdentity."""
    table = aws.streaming()
    aws.put(table, {"pk": "1"})
    aws.dynamodb.delete_item(TableName=table, Key=item({"pk": "1"}))
    assert not aws.records(table)[-1].get("userIdentity")


@statement(STREAM_RECORD)
def empty_values_are_in_images(aws: Target) -> None:
    """Images hold empty strings, lists and maps, and NULL."""
    table = aws.streaming()
    given = item({"pk": "1", "s": "", "l": [], "m": {}, "n": None})
    aws.dynamodb.put_item(TableName=table, Item=given)
    assert aws.records(table)[0]["dynamodb"]["NewImage"] == given


@statement(ITERATOR)
def latest_begins_after_what_is_there(aws: Target) -> None:
    """An iterator of the type LATEST gives only records that come after it."""
    table = aws.streaming()
    aws.put(table, {"pk": "1"})
    arn = aws.describe(table)["LatestStreamArn"]
    iterators = [
        aws.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
        for shard in aws.shards(arn)
    ]
    aws.put(table, {"pk": "2"})
    records = [
        record["dynamodb"]["Keys"]["pk"]["S"]
        for iterator in iterators
        for record in aws.streams.get_records(ShardIterator=iterator)["Records"]
    ]
    assert records == ["2"]


@statement(ITERATOR)
def an_iterator_begins_at_or_after_a_record(aws: Target) -> None:
    """An iterator begins at a sequence number, or after it."""
    table = aws.streaming()
    for number in range(3):
        aws.put(table, {"pk": "1", "a": number})
    arn = aws.describe(table)["LatestStreamArn"]
    [shard] = [one for one in aws.shards(arn) if aws.records_of(arn, one)]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in aws.records_of(arn, shard)]
    for start, expected in (("AT_SEQUENCE_NUMBER", numbers[1:]), ("AFTER_SEQUENCE_NUMBER", numbers[2:])):
        records = aws.records_of(arn, shard, start, SequenceNumber=numbers[1])
        assert [record["dynamodb"]["SequenceNumber"] for record in records] == expected


@statement("APIReference/API_streams_GetRecords.html")
def an_open_shard_goes_on(aws: Target) -> None:
    """GetRecords gives at most Limit records, and an iterator for the next ones."""
    table = aws.streaming()
    for number in range(3):
        aws.put(table, {"pk": "1", "a": number})
    arn = aws.describe(table)["LatestStreamArn"]
    [shard] = [one for one in aws.shards(arn) if aws.records_of(arn, one)]
    iterator = aws.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    first = aws.streams.get_records(ShardIterator=iterator["ShardIterator"], Limit=2)
    assert len(first["Records"]) == 2
    rest = aws.streams.get_records(ShardIterator=first["NextShardIterator"])
    assert len(rest["Records"]) == 1
    assert rest["NextShardIterator"]


@statement("APIReference/API_streams_GetRecords.html")
def at_most_1000_records_are_read(aws: Target) -> None:
    """GetRecords refuses a Limit above 1,000."""
    arn = aws.describe(aws.streaming())["LatestStreamArn"]
    iterator = aws.streams.get_shard_iterator(
        StreamArn=arn, ShardId=aws.shards(arn)[0], ShardIteratorType="TRIM_HORIZON"
    )
    with refused():
        aws.streams.get_records(ShardIterator=iterator["ShardIterator"], Limit=1001)


@statement(DESCRIBED)
def a_stream_is_described(aws: Target) -> None:
    """DescribeStream shows the table, the view type, the key and the status of a stream."""
    table = aws.streaming("NEW_IMAGE")
    description = aws.streams.describe_stream(StreamArn=aws.describe(table)["LatestStreamArn"])["StreamDescription"]
    assert (description["TableName"], description["StreamViewType"]) == (table, "NEW_IMAGE")
    assert description["StreamStatus"] in ("ENABLING", "ENABLED")
    assert description["KeySchema"] == aws.describe(table)["KeySchema"]


@statement(DESCRIBED)
def a_missing_stream_is_not_found(aws: Target) -> None:
    """DescribeStream of a stream that does not exist is refused with ResourceNotFoundException."""
    arn = aws.describe(aws.single)["TableArn"]
    with refused("ResourceNotFoundException"):
        aws.streams.describe_stream(StreamArn=f"{arn}/stream/2026-01-01T00:00:00.000")


@statement("APIReference/API_streams_ListStreams.html")
def streams_are_listed_by_table(aws: Target) -> None:
    """ListStreams with a table gives the streams of that table."""
    table = aws.streaming()
    aws.streaming()
    assert [one["TableName"] for one in aws.streams.list_streams(TableName=table)["Streams"]] == [table]
