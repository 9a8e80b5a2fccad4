"""The streams that a table has and had, as methods of moto's backend for streams.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from typing import Any

MOST_RECORDS = 1000
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""


def keep(table: Any) -> None:
    """Remembers a table's latest stream, so that it can still be read after it was disabled."""
    if table.stream_specification["StreamEnabled"]:
        view = table.stream_specification["StreamViewType"]
        _streams_of(table)[table.latest_stream_label] = (table.stream_shard, view)


def _streams_of(table: Any) -> dict[str, tuple[Any, str]]:
    """The shards and view types of all streams of a table, by their labels."""
    streams: dict[str, tuple[Any, str]] = table.__dict__.setdefault("streams_by_label", {})
    return streams


def _find(backend: Any, arn: str) -> tuple[Any, str, Any, str]:
    """A stream's table, label, shard and view type.

    Raises:
        ResourceNotFoundException: there is no such stream.
    """
    from moto.dynamodb.exceptions import ResourceNotFoundException

    for table in backend.dynamodb.tables.values():
        label = arn.removeprefix(f"{table.table_arn}/stream/")
        if label in _streams_of(table):
            shard, view = _streams_of(table)[label]
            return table, label, table.stream_shard if label == table.latest_stream_label else shard, view
    raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")


def describe(backend: Any, arn: str) -> dict[str, Any]:
    """What DescribeStream tells."""
    table, label, shard, view = _find(backend, arn)
    on = label == table.latest_stream_label and table.stream_specification["StreamEnabled"]
    return {
        "StreamArn": arn,
        "StreamLabel": label,
        "StreamStatus": "ENABLED" if on else "DISABLED",
        "StreamViewType": view,
        "CreationRequestDateTime": shard.created_on,
        "TableName": table.name,
        "KeySchema": table.schema,
        "Shards": [shard.to_json()],
    }


def listed(backend: Any, table_name: str | None = None) -> list[dict[str, Any]]:
    """What ListStreams tells, of one table or of all."""
    return [
        {"StreamArn": f"{table.table_arn}/stream/{label}", "TableName": table.name, "StreamLabel": label}
        for table in backend.dynamodb.tables.values()
        if table_name in (None, table.name)
        for label in _streams_of(table)
    ]


def iterator(backend: Any, arn: str, shard_id: str, kind: str, number: int | None = None) -> Any:
    """What GetShardIterator makes.

    Raises:
        ResourceNotFoundException: there is no such stream or shard.
        MockValidationException: the sequence number is missing.
        JsonRESTError: the sequence number is before the shard's first one.
        NotImplementedError: the iterator begins at a time.
    """
    from moto.core.exceptions import JsonRESTError
    from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
    from moto.dynamodbstreams.models import ShardIterator

    _, _, shard, _ = _find(backend, arn)
    if shard.id != shard_id:
        raise ResourceNotFoundException("Requested resource not found: Shard does not exist")
    if kind == "AT_TIMESTAMP":
        raise NotImplementedError("AT_TIMESTAMP has not been implemented")
    if kind.endswith("_SEQUENCE_NUMBER"):
        if number is None:
            raise MockValidationException(f"SequenceNumber is required for the ShardIteratorType {kind}")
        if number < shard.starting_sequence_number:
            reason = "The operation attempted to read past the oldest stream record in a shard"
            raise JsonRESTError("TrimmedDataAccessException", reason)
    made = ShardIterator(backend, shard, kind, number)
    backend.shard_iterators[made.arn] = made
    return made


def records(backend: Any, name: str, limit: int) -> dict[str, Any]:
    """What GetRecords gives.

    Raises:
        MockValidationException: it asks for too many.
        KeyError: there is no such iterator.
    """
    from moto.dynamodb.exceptions import MockValidationException

    if limit > MOST_RECORDS:
        reason = (
            f"Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to"
        )
        raise MockValidationException(f"1 validation error detected: {reason} {MOST_RECORDS}")
    found: dict[str, Any] = backend.shard_iterators[name].get(limit)
    return found
