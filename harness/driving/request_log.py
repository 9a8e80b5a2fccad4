"""What the requests of a submission's code ask for and cost, as the gateway sees them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from harness.account.reads import STATEMENTS
from harness.documents.abridged import abridged
from harness.driving.evidence import SCENARIO_ROLE, Exchange
from harness.driving.keys import NO_KEY, key_text
from harness.gateway.server import HARNESS_ROLE, Request, Response

PLACEHOLDER = re.compile(r"[#:][A-Za-z0-9_]+")
EQUALITY = re.compile(r"(#?[A-Za-z_][A-Za-z0-9_.-]*|#[A-Za-z0-9_]+)\s*=\s*(:[A-Za-z0-9_]+)")
PUTS = frozenset({"PutItem", "PutRequest", "Put"})
"""Writes of whole items. They do not name the items by their keys."""

XML_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
LEFT = ("LastEvaluatedKey", "UnprocessedKeys", "UnprocessedItems")
"""The field of an answer that names what is left to do."""

OWN_ROLES = frozenset({HARNESS_ROLE, SCENARIO_ROLE})
"""The roles of the harness's own requests. Those of the submission's code have other roles."""

CONDITION_LIMIT = 400
"""How many characters of an expression are kept."""


class RequestLog:
    """Watches a gateway, and keeps the requests of a submission's code, by the client that sent them."""

    def __init__(self, key_names: Mapping[str, Sequence[str]]) -> None:
        """Args:
        key_names: the tables whose keys to note, with the names of each table's key attributes.
        """
        self._key_names = key_names
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._number = 0
        self.numbers = False
        """Whether requests are numbered, so that the order of those of several clients is known."""

    def __call__(self, request: Request, response: Response) -> None:
        """Notes a request that was answered."""
        if request.role in OWN_ROLES:
            return
        try:
            exchange = self._exchange(request, response)
        except RecursionError:  # a body that holds only brackets
            exchange = Exchange("", request.service, request.operation, (), response.status, "Unreadable")
        client, role = client_of(request)
        with self._lock:
            self._number += self.numbers
            number = self._number if self.numbers else 0
            self._exchanges.append(
                replace(exchange, role=role, client=client, injected=response.injected, number=number)
            )

    def take(self, client: str) -> tuple[Exchange, ...]:
        """A client's requests since the last call of this, and those with unknown credentials."""
        with self._lock:
            taken = tuple(one for one in self._exchanges if one.client in (client, ""))
            self._exchanges = [one for one in self._exchanges if one.client not in (client, "")]
        return taken

    def _exchange(self, request: Request, response: Response) -> Exchange:
        exchange = _exchange(request, response)
        names = [self._key_names[one][0] for one in exchange.tables if one in self._key_names]
        values = [value for name in names for value in _partitions(request.operation, request.parameters, name)]
        partitions = tuple(dict.fromkeys(map(_partition, values)))
        return replace(exchange, partitions=partitions, written=tuple(self._written(request)))

    def _written(self, request: Request) -> Iterator[str]:
        for table, item in written_items(request.operation, request.parameters):
            names = self._key_names.get(_table_name(table))
            if names is not None:
                with suppress(*NO_KEY):
                    yield abridged(key_text(names, item))


def client_of(request: Request) -> tuple[str, str]:
    """The client that sent a request, and the role of its credentials."""
    client, _, role = request.role.rpartition(" ")
    return client, role


def tables_of(operation: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the tables in a DynamoDB request, each once, in their order. An ARN counts as its table's name."""
    return tuple(dict.fromkeys(_table_name(one) for one in _tables(operation, parameters) if isinstance(one, str)))


def _tables(operation: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    yield parameters.get("TableName")
    if operation in ("BatchGetItem", "BatchWriteItem") and isinstance(batch := parameters.get("RequestItems"), Mapping):
        yield from batch
    for action in _actions(parameters):
        yield action.get("TableName")


def _actions(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The actions of a transaction."""
    items = parameters.get("TransactItems")
    for item in items if isinstance(items, list) else ():
        for action in item.values() if isinstance(item, Mapping) else ():
            if isinstance(action, Mapping):
                yield action


def _table_name(name: str) -> str:
    return name.partition(":table/")[2].partition("/")[0] or name


def _exchange(request: Request, response: Response) -> Exchange:
    status = response.status
    parameters = request.parameters
    answer = _answer(request, response)
    code = "" if 200 <= status < 300 else _code(answer, response)
    if request.service != "dynamodb":
        return Exchange(request.role, request.service, request.operation, (), status, code)
    examined, returned = _counts(request.operation, parameters, answer) if 200 <= status < 300 else (0, 0)
    return Exchange(
        role=request.role,
        service=request.service,
        operation=request.operation,
        tables=tables_of(request.operation, parameters),
        status=status,
        code=code,
        index=str(parameters.get("IndexName", "")),
        condition=_condition(request.operation, parameters),
        filter=_expression(parameters, "FilterExpression", "QueryFilter", "ScanFilter"),
        consistent=_is_consistent(request.operation, parameters),
        examined=examined,
        returned=returned,
        size=len(response.body),
        limited="Limit" in parameters,
        more=bool([one for one in LEFT if answer.get(one)]),
    )


def _answer(request: Request, response: Response) -> Mapping[str, Any]:
    if request.service != "dynamodb":
        return {}
    try:
        answer = json.loads(response.body or b"{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _code(answer: Mapping[str, Any], response: Response) -> str:
    if response.status == 0:
        return "ConnectionDropped"
    headers = {name.lower(): value for name, value in response.headers.items()}
    xml = XML_CODE.search(response.body[:CONDITION_LIMIT])
    in_xml = xml[1].decode("utf-8", "replace") if xml else None
    told = answer.get("__type") or headers.get("x-amzn-errortype") or in_xml or f"HTTP {response.status}"
    code = str(told).rpartition("#")[2].partition(":")[0]
    reasons = [str(_mapping(one).get("Code")) for one in _list(answer.get("CancellationReasons"))]
    why = ", ".join(one for one in dict.fromkeys(reasons) if one != "None")
    return (f"{code}: {why}" if why else code)[:100]


def _counts(operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[int, int]:
    """How many items were examined, and how many were returned. A read by keys examines the items that it asks for."""
    if operation in ("Query", "Scan"):
        return _count(answer.get("ScannedCount")), _count(answer.get("Count"))
    if operation == "GetItem":
        return 1, int("Item" in answer)
    if operation == "BatchGetItem":
        asked = [_keys(one) for one in _mapping(parameters.get("RequestItems")).values()]
        found = _mapping(answer.get("Responses")).values()
        return sum(asked), sum(len(one) for one in found if isinstance(one, list))
    if operation == "TransactGetItems":
        found_items = answer.get("Responses")
        found_list = found_items if isinstance(found_items, list) else []
        return len(list(_actions(parameters))), sum("Item" in one for one in found_list if isinstance(one, Mapping))
    if operation in STATEMENTS:
        return len(_list(answer.get("Items"))), len(_list(answer.get("Items")))
    return 0, 0


def _keys(asked: Any) -> int:
    return len(_list(_mapping(asked).get("Keys")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0


def _is_consistent(operation: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a read returns the result of the last write. Transactions always do.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"""
    if operation == "TransactGetItems":
        return True
    if operation == "BatchGetItem":
        asked = [_mapping(one) for one in _mapping(parameters.get("RequestItems")).values()]
        return bool(asked) and not [one for one in asked if one.get("ConsistentRead") is not True]
    return parameters.get("ConsistentRead") is True


def _condition(operation: str, parameters: Mapping[str, Any]) -> str:
    if operation in STATEMENTS:
        statements = [parameters.get("Statement")]
        several = _list(parameters.get("Statements")) + _list(parameters.get("TransactStatements"))
        statements += [_mapping(one).get("Statement") for one in several]
        return "; ".join(str(one) for one in statements if one)[:CONDITION_LIMIT]
    if "Key" in parameters:
        return _key(parameters["Key"])[:CONDITION_LIMIT]
    return _expression(parameters, "KeyConditionExpression", "KeyConditions")


def _expression(parameters: Mapping[str, Any], name: str, *legacy: str) -> str:
    """An expression with its names and values filled in; or the parameters that older requests use instead."""
    text = parameters.get(name)
    if isinstance(text, str):
        names = _mapping(parameters.get("ExpressionAttributeNames"))
        values = _mapping(parameters.get("ExpressionAttributeValues"))

        def fill(match: re.Match[str]) -> str:
            placeholder = match[0]
            if placeholder.startswith("#"):
                return str(names.get(placeholder, placeholder))
            return _value(values[placeholder]) if placeholder in values else placeholder

        return PLACEHOLDER.sub(fill, text)[:CONDITION_LIMIT]
    for one in legacy:
        if parameters.get(one):
            return json.dumps(parameters[one], ensure_ascii=False)[:CONDITION_LIMIT]
    return ""


def _key(key: Any) -> str:
    return " AND ".join(f"{name} = {_value(value)}" for name, value in _mapping(key).items())


def _value(value: Any) -> str:
    """An attribute's value: a text in quotes, a number as it is."""
    told = list(_mapping(value).items())
    if len(told) != 1:
        return "?"
    kind, inner = told[0]
    return str(inner) if kind == "N" else json.dumps(inner, ensure_ascii=False)


def _partitions(operation: str, parameters: Mapping[str, Any], name: str) -> Iterator[Any]:
    """The values of the table's partition key in the keys, items and conditions of a request, as far as it names
    them."""
    yield from (item[name] for _, item in written_items(operation, parameters) if name in item)
    keys: list[Any] = []
    if operation == "GetItem":
        keys = [parameters.get("Key")]
    elif operation == "BatchGetItem":
        batches = _mapping(parameters.get("RequestItems")).values()
        keys = [key for batch in batches for key in _list(_mapping(batch).get("Keys"))]
    elif operation == "TransactGetItems":
        keys = [action.get("Key") for action in _actions(parameters)]
    elif operation == "Query":
        keys = [_equalities(parameters)]
    yield from (_mapping(key)[name] for key in keys if name in _mapping(key))


def _equalities(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attributes for which a Query asks for one exact value."""
    names = _mapping(parameters.get("ExpressionAttributeNames"))
    values = _mapping(parameters.get("ExpressionAttributeValues"))
    found = EQUALITY.findall(str(parameters.get("KeyConditionExpression", "")))
    legacy = {
        name: _list(_mapping(condition).get("AttributeValueList"))
        for name, condition in _mapping(parameters.get("KeyConditions")).items()
        if _mapping(condition).get("ComparisonOperator") == "EQ"
    }
    return {
        **{name: several[0] for name, several in legacy.items() if several},
        **{str(names.get(name, name)): values[value] for name, value in found if value in values},
    }


def _partition(value: Any) -> str:
    """A key attribute's value as text; equal numbers are one text."""
    number = _mapping(value).get("N")
    try:
        text = _value(value) if number is None else str(Decimal(str(number)).normalize())
    except InvalidOperation:
        text = "?"
    short: str = abridged(text)
    return short


def written_items(operation: str, parameters: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each item that a request would write: its table as the request names it, and the item or its key."""

    def one(table: Any, kind: str, action: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        return str(table), _mapping(action.get("Item" if kind in PUTS else "Key"))

    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [one(parameters.get("TableName"), operation, parameters)]
    if operation == "BatchWriteItem":
        return [
            one(table, kind, _mapping(action))
            for table, requests in _mapping(parameters.get("RequestItems")).items()
            for request in _list(requests)
            for kind, action in _mapping(request).items()
        ]
    if operation == "TransactWriteItems":
        return [
            one(_mapping(action).get("TableName"), kind, _mapping(action))
            for item in _list(parameters.get("TransactItems"))
            for kind, action in _mapping(item).items()
            if kind != "ConditionCheck"
        ]
    return []
