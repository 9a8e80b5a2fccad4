"""Faults that a scenario injects: answers that DynamoDB can give at any time, and that code must handle."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.driving.batch_writer import BATCH_ITEMS
from harness.driving.request_log import OWN_ROLES
from harness.gateway.server import Backend, Request, Response, error_response

BATCHES = {"BatchGetItem": 100, "BatchWriteItem": BATCH_ITEMS}
"""How many keys or writes a batch may hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

REASONS = {
    "TransactionConflict": "Transaction is ongoing for the item",
    "ThrottlingError": "Throughput exceeds the current capacity for one or more items.",
    "ConditionalCheckFailed": "The conditional request failed",
}
"""The messages of the reasons why a transaction is cancelled."""

CHECKSUM = "x-amz-crc32"
"""The header from which SDKs know whether an answer was changed on its way."""


@dataclass(frozen=True, slots=True)
class Fault:
    """DynamoDB's answer to some requests: an error, or a batch whose second half is left undone (`code` is empty).
    `at` holds the numbers of these requests among those for the operation, from 1 on, while the fault is injected. A
    transaction is cancelled for the `reason`, if there is one; `besides` says that DynamoDB has a reason of its own. An
    answer that is `lost` closes the connection after the request took effect."""

    operation: str
    at: Collection[int]
    code: str = ""
    status: int = 400
    reason: str = ""
    besides: bool = False
    lost: bool = False


def throttled(operation: str, *, at: Collection[int]) -> Fault:
    """Requests are refused because the table's throughput is used up.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    return Fault(operation, at, "ProvisionedThroughputExceededException")


def failing(operation: str, *, at: Collection[int]) -> Fault:
    """DynamoDB itself fails at requests."""
    return Fault(operation, at, "InternalServerError", 500)


def conflict(*, at: Collection[int], besides: bool = False) -> Fault:
    """Transactions meet another one on one of their items.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling

    Args:
        besides: only transactions that DynamoDB cancels anyway meet it, for one more of their items.
    """
    return Fault("TransactWriteItems", at, reason="TransactionConflict", besides=besides)


def throttled_item(*, at: Collection[int]) -> Fault:
    """Transactions meet an item whose partition gets too many requests.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html"""
    return Fault("TransactWriteItems", at, reason="ThrottlingError")


def in_progress(*, at: Collection[int]) -> Fault:
    """DynamoDB still works on a transaction with the same token.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    return Fault("TransactWriteItems", at, "TransactionInProgressException")


def lost(operation: str, *, at: Collection[int]) -> Fault:
    """The answers of requests that took effect do not arrive."""
    return Fault(operation, at, lost=True)


def unprocessed(operation: str, *, at: Collection[int]) -> Fault:
    """The second half of a BatchGetItem or BatchWriteItem is not done: the answer names what to ask for again.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

    Raises:
        ValueError: the operation is not a batch.
    """
    if operation not in BATCHES:
        raise ValueError(f"{operation} does not return unprocessed keys or items")
    return Fault(operation, at)


class FaultRule:
    """A rule of a gateway that injects a fault."""

    def __init__(self, fault: Fault, backend: Backend) -> None:
        self._fault = fault
        self._backend = backend
        self._lock = threading.Lock()
        self._requests = 0

    def __call__(self, request: Request) -> Response | None:
        fault = self._fault
        if request.service != "dynamodb" or request.operation != fault.operation:
            return None
        if request.role in OWN_ROLES:
            return None
        with self._lock:
            self._requests += 1
            if self._requests not in fault.at:
                return None
        if fault.lost:
            response = self._backend(request)
            return Response(0, injected=True) if response.status == 200 else response
        if fault.besides:
            return self._cancelled_anyway(request)
        if fault.reason:
            actions = request.parameters.get("TransactItems")
            return self._cancelled(request, ["None"] * (len(_entries(actions)) - 1) + [fault.reason])
        if fault.code:
            response = error_response(request, fault.status, fault.code, "The tool injects this fault on purpose.")
            return replace(response, injected=True)
        return self._half_done(request)

    def _cancelled(self, request: Request, codes: Sequence[str]) -> Response:
        """A transaction's answer that it was cancelled, with the code of each action's reason."""
        text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
        response = error_response(request, 400, "TransactionCanceledException", text)
        reasons = [{"Code": one, **({"Message": REASONS[one]} if one in REASONS else {})} for one in codes]
        body = {**json.loads(response.body), "CancellationReasons": reasons}
        return replace(response, body=json.dumps(body).encode(), injected=True)

    def _cancelled_anyway(self, request: Request) -> Response:
        response = self._backend(request)
        reasons = json.loads(response.body or b"{}").get("CancellationReasons", ())
        codes = [str(one.get("Code")) for one in reasons]
        if "None" not in codes:
            return response
        codes[codes.index("None")] = self._fault.reason
        return self._cancelled(request, codes)

    def _half_done(self, request: Request) -> Response | None:
        asked = request.parameters.get("RequestItems")
        batch = [entry for one in asked.values() for entry in _entries(one)] if isinstance(asked, Mapping) else []
        if not isinstance(asked, Mapping) or not 1 < len(batch) <= BATCHES[request.operation]:
            return None  # DynamoDB refuses it, or there is no half to leave undone
        done: dict[str, Any] = {}
        left: dict[str, Any] = {}
        room = math.ceil(len(batch) / 2)
        for table, one in asked.items():
            for half, part in ((done, _part(one, slice(0, room))), (left, _part(one, slice(room, None)))):
                if _entries(part):
                    half[table] = part
            room = max(room - len(_entries(one)), 0)
        response = self._backend(request.asking({**request.parameters, "RequestItems": done}))
        if response.status != 200:
            return response
        answer = json.loads(response.body)
        name = "UnprocessedKeys" if request.operation == "BatchGetItem" else "UnprocessedItems"
        answer[name] = {**answer.get(name, {}), **left}
        headers = {key: value for key, value in response.headers.items() if key.lower() != CHECKSUM}
        return replace(response, body=json.dumps(answer).encode(), headers=headers, injected=True)


def _entries(of_a_table: Any) -> list[Any]:
    """The keys or writes of one table in a batch."""
    entries = of_a_table.get("Keys") if isinstance(of_a_table, Mapping) else of_a_table
    return entries if isinstance(entries, list) else []


def _part(of_a_table: Any, which: slice) -> Any:
    entries = _entries(of_a_table)[which]
    return {**of_a_table, "Keys": entries} if isinstance(of_a_table, Mapping) else entries
