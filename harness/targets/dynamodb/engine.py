"""Answers DynamoDB's operations on items."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.targets.dynamodb.reads import FindTable, batch_get_item, get_item, query, scan, transact_get_items
from harness.targets.dynamodb.refusals import Refused
from harness.targets.dynamodb.tables import wrong_table_name
from harness.targets.dynamodb.writes import batch_write_item, capacity_of_a_replay, transact_write_items, write_item

TOKEN_LIFETIME_SECONDS = 600.0
"""How long AWS remembers a ClientRequestToken.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

OPERATIONS: Mapping[str, Callable[[FindTable, Mapping[str, Any]], dict[str, Any]]] = {
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "DeleteItem": functools.partial(write_item, "Delete"),
    "GetItem": get_item,
    "PutItem": functools.partial(write_item, "Put"),
    "Query": query,
    "Scan": scan,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UpdateItem": functools.partial(write_item, "Update"),
}


@dataclass(frozen=True, slots=True)
class _Transaction:
    """A transaction that was applied, by its token."""

    body: str
    answer: dict[str, Any]
    until: float


class Engine:
    """Answers requests for items. It is not safe to use from several threads at once."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Args:
        now: seconds on a monotonic clock, by which the tokens of transactions expire.
        """
        self._now = now
        self._transactions: dict[tuple[str, str], _Transaction] = {}

    def answer(
        self, operation: str, parameters: Mapping[str, Any], find_table: FindTable, region: str = ""
    ) -> dict[str, Any]:
        """The answer to a request, as JSON.

        Args:
            operation: one of OPERATIONS.
            parameters: as they crossed the wire. AWS's model of the operation allows them, except attribute values:
                those are validated here.
            region: where the request was sent. Tokens of transactions are remembered for each Region.

        Raises:
            Refused: AWS would refuse the request.
            Undecided: it is not known what AWS would answer.
        """
        for name in _table_names(parameters):
            if problem := wrong_table_name(name):
                raise Refused("table-name", problem)
        token = parameters.get("ClientRequestToken") if operation == "TransactWriteItems" else None
        if token is None:
            return OPERATIONS[operation](find_table, parameters)
        body = json.dumps(parameters, sort_keys=True)
        before = self._transactions.get((region, token))
        if before is not None and self._now() < before.until:
            if before.body != body:
                raise Refused(
                    "token-reused",
                    "The ClientRequestToken was used before, in a request with other parameters.",
                    "IdempotentParameterMismatchException",
                )
            return before.answer | capacity_of_a_replay(find_table, parameters)
        answer = OPERATIONS[operation](find_table, parameters)
        self._transactions[region, token] = _Transaction(body, answer, self._now() + TOKEN_LIFETIME_SECONDS)
        return answer


def _table_names(parameters: Mapping[str, Any]) -> Iterable[str]:
    """The names of the tables in a request."""
    if "TransactItems" in parameters:
        parts = [part for action in parameters["TransactItems"] for part in action.values() if part is not None]
        return [part["TableName"] for part in parts]
    return parameters["RequestItems"] if "RequestItems" in parameters else [parameters["TableName"]]
