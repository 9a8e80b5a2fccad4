"""What two accounts answer to the same requests, in a form that can be compared: order within sets, the order of a Scan's
partitions and error texts, which DynamoDB does not promise, are left out."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from tests.accounts import ENDPOINTS_KEY
from tests.fidelity.requests import Request, schema_of, written
from tests.fidelity.tables import TABLES, Item, Table

PAGES = 40
"""More pages than any of the tables has."""

WRITES = 25
"""How many items one BatchWriteItem may write."""

Outcome = Mapping[str, Any]
"""What comes of a request, in the form that can be compared."""

DIGITS = Context(prec=40)
"""More digits than a number has."""

SIGNATURE = (
    f"AWS4-HMAC-SHA256 Credential={ENDPOINTS_KEY}/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@dataclass(frozen=True)
class Answer:
    """What an account answered: the error's code, empty if there is none, and the body."""

    status: int
    code: str
    body: Mapping[str, Any]

    @property
    def message(self) -> str:
        """An error's text."""
        return str(self.body.get("message", self.body.get("Message", "")))


class Server:
    """An account behind HTTP. Requests are plain JSON: no SDK stands between, so they may be wrong in any way."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)

    def ask(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        """Sends one request. Nothing is repeated."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": SIGNATURE,
        }
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        response = self._connection.getresponse()
        raw = response.read()
        try:
            body = json.loads(raw)
        except ValueError:
            body = {"message": raw.decode("utf-8", "replace")}
        code = ""
        if response.status >= 300:
            code = str(body.get("__type", "")).rpartition("#")[2] or f"HTTP {response.status}"
        return Answer(response.status, code, body)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


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
        return text if text == format(Decimal(text).normalize(DIGITS), "f") else f"not normal: {text}"
    except InvalidOperation:
        return text


def outcome(server: Server, request: Request) -> Outcome:
    """What comes of a request: its answer, and what the tables that it may change hold then."""
    found = dict(_answer(server, request))
    if tables := written(request):
        found["contents"] = {table.name: contents(server, table) for table in tables}
    return found


def _answer(server: Server, request: Request) -> Outcome:
    """The answer to a request. With a Limit or segments, all pages and segments are read."""
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


def restore(server: Server, requests: Iterable[Request]) -> None:
    """Gives the tables that these requests may have changed their first items again."""
    for table in {table.name: table for request in requests for table in written(request)}.values():
        _restore(server, table, contents(server, table))


def _restore(server: Server, table: Table, held: Mapping[str, Any]) -> None:
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
                return {kind: format(Decimal(inner).normalize(DIGITS), "f")}
        return {name: stored(one) for name, one in value.items()}
    return value
