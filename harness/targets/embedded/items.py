"""Items of the embedded account: moto keeps the tables, our engine answers requests for what is in them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.gateway.server import Request, Response, error_response
from harness.targets.dynamodb.engine import Engine
from harness.targets.dynamodb.refusals import Refused
from harness.targets.dynamodb.tables import Index, Items, KeySchema, Table
from harness.targets.dynamodb.values import Item, size_of_item

EXPIRY = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
"""Who deletes an expired item, in its stream record.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""

OLD_IMAGE, NEW_IMAGE = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"), ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
"""The view types of a stream that show each image."""


def answer(engine: Engine, request: Request, tables: Mapping[str, Any]) -> Response:
    """The engine's answer to a request whose operation the engine has.

    Args:
        tables: moto's tables in the request's Region, by name.

    Raises:
        Undecided: it is not known what AWS would answer.
    """

    def find(name: str) -> Table:
        return table_of(find_table(tables, name))

    try:
        found = engine.answer(request.operation, request.parameters, find, request.region)
    except Refused as refused:
        response = error_response(request, 400, refused.code, refused.message)
        body = {**json.loads(response.body), **refused.details}
        return replace(response, body=json.dumps(body).encode())
    return Response(200, json.dumps(found).encode(), {"content-type": "application/x-amz-json-1.0"})


def find_table(tables: Mapping[str, Any], name: str) -> Any:
    """moto's table with a name or an ARN.

    Raises:
        Refused: there is none.
    """
    found = named(tables, name)
    if found is None:
        raise Refused("table-missing", "Requested resource not found", "ResourceNotFoundException")
    return found


def named(tables: Mapping[str, Any], name: str) -> Any:
    """moto's table with a name or an ARN; None if it does not exist."""
    return tables.get(name) or next((one for one in tables.values() if one.table_arn == name), None)


def table_of(table: Any, deleted_by: Mapping[str, str] | None = None) -> Table:
    """A table of moto's for the engine. What the engine changes in it is recorded in the table's stream.

    Args:
        deleted_by: who deletes items, if it is not a request.
    """
    indexes = [_index(one, is_global=True) for one in table.global_indexes]
    indexes += [_index(one, is_global=False) for one in table.indexes]
    types = {one["AttributeName"]: one["AttributeType"] for one in table.attr}

    def changed(old: Item | None, new: Item | None) -> None:
        if table.stream_specification.get("StreamEnabled"):
            record = _record(table, old, new)
            table.stream_shard.items.append(_Record(record | ({"userIdentity": deleted_by} if deleted_by else {})))

    return Table(table.name, _key_schema(table.schema), types, {one.name: one for one in indexes}, table.items, changed)


def _key_schema(schema: Iterable[Mapping[str, str]]) -> KeySchema:
    parts = [(one["KeyType"], one["AttributeName"]) for one in schema]
    partition, sort = (tuple(name for kind, name in parts if kind == wanted) for wanted in ("HASH", "RANGE"))
    return KeySchema(partition, sort)


def _index(index: Any, *, is_global: bool) -> Index:
    kind, others = index.projection["ProjectionType"], index.projection.get("NonKeyAttributes") or ()
    return Index(index.name, _key_schema(index.schema), None if kind == "ALL" else frozenset(others), is_global)


class _Record:
    """A record of a stream, as moto's shards keep them."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record

    def to_json(self) -> dict[str, Any]:
        return self._record


def _with_bytes(value: Any) -> Any:
    """A part of a record with its binary values as bytes, which moto encodes again."""
    if isinstance(value, list):
        return [_with_bytes(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    if value.keys() == {"BS"} and isinstance(value["BS"], list):
        return {"BS": [base64.b64decode(one) for one in value["BS"]]}
    return {name: _with_bytes(one) for name, one in value.items()}


def _record(table: Any, old: Item | None, new: Item | None) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    from moto.moto_api._internal import mock_random

    shard, view_type = table.stream_shard, table.stream_specification["StreamViewType"]
    names = [one["AttributeName"] for one in table.schema]
    images = {
        "Keys": {name: (new or old or {})[name] for name in names},
        **({"NewImage": new} if new is not None and view_type in NEW_IMAGE else {}),
        **({"OldImage": old} if old is not None and view_type in OLD_IMAGE else {}),
    }
    return {
        "eventID": mock_random.uuid4().hex,
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "eventSource": "aws:dynamodb",
        "eventVersion": "1.1",
        "awsRegion": table.region_name,
        "dynamodb": {
            **{name: _with_bytes(image) for name, image in images.items()},
            "ApproximateCreationDateTime": datetime.now(UTC).replace(microsecond=0),
            "SequenceNumber": str(shard.starting_sequence_number + len(shard.items)),
            "SizeBytes": sum(map(size_of_item, images.values())),
            "StreamViewType": view_type,
        },
    }


def keep(patch: Callable[[Any, str, Any], None]) -> None:
    """moto keeps items as objects of its own, which its expressions need."""
    from moto.dynamodb.models.table import Table as MotoTable

    initialise = MotoTable.__init__

    def initialised(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.items = Items()

    def put(self: Any, item_attrs: Mapping[str, Any], *_: Any, **__: Any) -> None:
        Engine(lambda: 0.0).answer("PutItem", {"TableName": self.name, "Item": item_attrs}, lambda _: table_of(self))

    patch(MotoTable, "__init__", initialised)
    patch(MotoTable, "__len__", lambda self: len(self.items))
    patch(MotoTable, "all_items", lambda self: [_Exported(item) for item in self.items])
    patch(MotoTable, "put_item", put)


class _Exported:
    """An item, as moto exports it."""

    def __init__(self, item: Item) -> None:
        self._item = item

    def to_json(self, root_attr_name: str) -> dict[str, Item]:
        return {root_attr_name: self._item}
