"""What two accounts answer to the same requests, in a form that can be compared: order within sets, the order of a Scan's
partitions and error texts, which DynamoDB does not promise, are left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.fidelity.requests import Request, schema_of, written
from tests.fidelity.servers import Answer, Server
from tests.fidelity.tables import TABLES, Item, Table

PAGES = 40
"""More pages than any of the tables has."""

WRITES = 25
"""How many items one BatchWriteItem may write."""

Outcome = Mapping[str, Any]


def normal(value: Any) -> Any:
    """Any part of an answer with sets in one order and numbers in one form."""
    if isinstance(value, list):
        return [normal(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(kind, inner)] = value.items()
        if kind == "N" and isinstance(inner, str):
            return {kind: _number(inner)}
        if kind in ("SS", "BS") and isinstance(inner, list):
            return {kind: sorted(inner)}
        if kind == "NS" and isinstance(inner, list):
            return {kind: sorted(_number(one) for one in inner)}
    return {name: normal(one) for name, one in value.items()}


def _number(text: str) -> str:
    """A number in the form in which DynamoDB returns it: it must have this form, if it is not the same number."""
    try:
        return text if text == format(Decimal(text).normalize(), "f") else f"not normal: {text}"
    except InvalidOperation:
        return text


def outcome(server: Server, request: Request) -> Outcome:
    """What comes of a request. With a Limit or segments, all pages and segments are read."""
    if request.operation not in ("Query", "Scan"):
        return _plain(request, server.ask(request.operation, request.parameters))
    pages: list[Mapping[str, Any]] = []
    segments = request.parameters.get("TotalSegments")
    each: Iterable[int | None] = (None,)
    if isinstance(segments, int) and 0 < segments < PAGES and request.parameters.get("Segment") == 0:
        each = range(segments)
    for segment in each:
        parameters = dict(request.parameters)
        if segment is not None:
            parameters["Segment"] = segment
        for _ in range(PAGES):
            answer = server.ask(request.operation, parameters)
            if answer.code:
                return _plain(request, answer)
            pages.append(answer.body)
            if (start := answer.body.get("LastEvaluatedKey")) is None:
                break
            parameters["ExclusiveStartKey"] = start
        else:
            return {"error": "pages without an end"}
    return _read(request, pages)


def _plain(request: Request, answer: Answer) -> Outcome:
    if answer.code:
        found: dict[str, Any] = {"status": answer.status, "error": answer.code}
        if "CancellationReasons" in answer.body:
            found["reasons"] = [one.get("Code") for one in answer.body["CancellationReasons"]]
            found["items"] = [normal(one.get("Item")) for one in answer.body["CancellationReasons"]]
        elif "Item" in answer.body:
            found["item"] = normal(answer.body["Item"])
        return found
    body = {name: one for name, one in answer.body.items() if one != {} or request.operation == "GetItem"}
    if request.operation == "BatchGetItem":
        body["Responses"] = {name: _unordered(items) for name, items in answer.body.get("Responses", {}).items()}
    return {name: normal(one) for name, one in body.items()}


def _unordered(items: Iterable[Any]) -> list[str]:
    return sorted(json.dumps(normal(one), sort_keys=True) for one in items)


def _read(request: Request, pages: Sequence[Mapping[str, Any]]) -> Outcome:
    """What the pages of a Query or a Scan hold together."""
    table = TABLES.get(request.parameters["TableName"])
    name = request.parameters.get("IndexName")
    index = next((one for one in table.indexes if one.name == name), None) if table else None
    items = [one for page in pages for one in page.get("Items", ())]
    found: dict[str, Any] = {
        "items": _unordered(items),
        "has items": ["Items" in page for page in pages],
        "counted": sum(page["Count"] for page in pages),
        "scanned": sum(page["ScannedCount"] for page in pages),
        "fields": sorted({field for page in pages for field in page}),
    }
    if "TotalSegments" not in request.parameters:
        found["pages"] = [page["ScannedCount"] for page in pages]
    if request.operation == "Query" and table is not None:
        found["order"] = [[one.get(key) for key in schema_of(table, index)[1]] for one in items]
        if index is None:
            found["last"] = [normal(page.get("LastEvaluatedKey")) for page in pages]
    elif "TotalSegments" not in request.parameters:
        found["last"] = [sorted(page.get("LastEvaluatedKey") or ()) for page in pages]
    return found


def contents(server: Server, table: Table) -> dict[str, Any]:
    """All items of a table, by their keys. If the account fails at reading them, that stands in their place."""
    answer = server.ask("Scan", {"TableName": table.name})
    if answer.code:
        return {"": f"{answer.code} {answer.message}"}
    return {_key(table, one): normal(one) for one in answer.body["Items"]}


def _key(table: Table, item: Item) -> str:
    return json.dumps([normal(item.get(name)) for name in table.keys], sort_keys=True)


def fill(server: Server) -> None:
    """Makes the tables, with their items.

    Raises:
        AssertionError: the account refused one.
    """
    for table in TABLES.values():
        _make(server, table)


def _make(server: Server, table: Table) -> None:
    for operation, parameters in (
        ("CreateTable", table.creation()),
        ("BatchWriteItem", _writes(table, [{"PutRequest": {"Item": one}} for one in table.items])),
    ):
        answer = server.ask(operation, parameters)
        assert not answer.code, f"{operation} {table.name}: {answer.code} {answer.message}"


def _writes(table: Table, writes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"RequestItems": {table.name: list(writes)}}


def restore(server: Server, table: Table, held: Mapping[str, Any]) -> None:
    """Gives a table that holds these items its first ones again."""
    first = {_key(table, stored(one)): one for one in table.items}
    other = [one for key, one in held.items() if key not in first]
    if any(name not in one for one in other for name in table.keys):  # the account stored what has no key
        answer = server.ask("DeleteTable", {"TableName": table.name})
        assert not answer.code, f"{table.name}: {answer.code} {answer.message}"
        _make(server, table)
        return
    writes: list[dict[str, Any]] = [
        {"PutRequest": {"Item": one}} for key, one in first.items() if held.get(key) != normal(stored(one))
    ]
    writes += [{"DeleteRequest": {"Key": table.key(one)}} for one in other]
    for at in range(0, len(writes), WRITES):
        answer = server.ask("BatchWriteItem", _writes(table, writes[at : at + WRITES]))
        assert not answer.code, f"{table.name}: {answer.code} {answer.message}"


def stored(value: Any) -> Any:
    """Any part of a request, with its numbers as DynamoDB stores them."""
    if isinstance(value, list):
        return [stored(one) for one in value]
    if isinstance(value, dict):
        if len(value) == 1:
            [(kind, inner)] = value.items()
            if kind == "N" and isinstance(inner, str):
                return {kind: format(Decimal(inner).normalize(), "f")}
        return {name: stored(one) for name, one in value.items()}
    return value


def changed(requests: Iterable[Request]) -> list[Table]:
    """The tables that these requests may have changed."""
    return list({table.name: table for request in requests for table in written(request)}.values())
