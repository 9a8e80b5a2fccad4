"""Writes batches of items, and repeats what DynamoDB leaves undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from harness.account.errors import ReadError, Throttled, Unreachable, classify
from harness.account.session import sealed_client, sealed_session
from harness.clock import Clock
from harness.gateway.server import Gateway

BATCH_ITEMS = 25
"""How many items BatchWriteItem accepts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""

ATTEMPTS = 10
SECONDS_BETWEEN_ATTEMPTS = 0.5

Value = TypeVar("Value")


@contextmanager
def writing(gateway: Gateway, role: str, region: str) -> Iterator[Any]:
    """A DynamoDB client with which the harness itself writes. It has that role inside this block."""
    credentials = gateway.credentials(role)
    try:
        yield sealed_client(
            sealed_session(), "dynamodb", region=region, endpoint_url=gateway.url, credentials=credentials
        )
    finally:
        gateway.revoke(credentials)


def batches(several: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Groups of as many values as DynamoDB accepts at a time."""
    for start in range(0, len(several), BATCH_ITEMS):
        yield several[start : start + BATCH_ITEMS]


def write_batch(client: Any, table: str, requests: list[Any], clock: Clock) -> None:
    """Sends a batch, and repeats what AWS leaves undone.

    Raises:
        ReadError: AWS refused it, or left some of it undone too often.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    kind: type[ReadError] = Throttled
    code = "UnprocessedItems"
    for attempt in range(ATTEMPTS):
        if attempt:
            clock.wait(SECONDS_BETWEEN_ATTEMPTS)
        try:
            answer = client.batch_write_item(RequestItems={table: requests})
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code, text = error.response["Error"]["Code"], str(error.response["Error"]["Message"])
            kind = classify(code, status)
            if kind is not Throttled and not (kind is Unreachable and status >= 500):
                raise refused(table, kind, code, text) from error
        except (BotoCoreError, ResponseParserError) as error:
            kind, code = Unreachable, type(error).__name__
        else:
            requests = answer.get("UnprocessedItems", {}).get(table, [])
            if not requests:
                return
            kind, code = Throttled, "UnprocessedItems"
    raise refused(table, kind, code, f"{len(requests)} of them are still undone after {ATTEMPTS} attempts")


def refused(table: str, kind: type[ReadError], code: str, text: str) -> ReadError:
    return kind("dynamodb", "BatchWriteItem", {"TableName": table}, code, text.removesuffix("."))
