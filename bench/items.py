"""Measures requests for items on a table of 2,000 items with a stream, on plain moto and on the embedded account.

Prints medians of 15 requests taking turns, their ratio, and what memory each transaction leaves behind. This is what
makes the embedded account fast; `moto_corrections.py` holds only what makes verdicts true.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ITEMS = 2_000
ROUNDS = 15
KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def item(number: int) -> dict[str, Any]:
    return {**key(number), "stock": {"N": "5"}, "deep": {"M": {"level": {"L": [{"N": "1"}]}}}}


def key(number: int) -> dict[str, Any]:
    return {"PK": {"S": f"P{number % 200}"}, "SK": {"S": f"S{number}"}}


def transaction(dynamodb: Any) -> None:
    less = {
        "TableName": "orders",
        "UpdateExpression": "SET stock = stock - :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    updates = [{"Update": {**less, "Key": key(number)}} for number in range(3)]
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "orders", "Item": item(ITEMS)}}, *updates])


def query(dynamodb: Any) -> None:
    values = {":p": {"S": "P7"}}
    dynamodb.query(TableName="orders", KeyConditionExpression="PK = :p", ExpressionAttributeValues=values)


def update(dynamodb: Any) -> None:
    values = {":one": {"N": "1"}}
    dynamodb.update_item(
        TableName="orders", Key=key(7), UpdateExpression="ADD n :one", ExpressionAttributeValues=values
    )


REQUESTS: dict[str, Callable[[Any], None]] = {
    "a transaction of four actions": transaction,
    "a query of ten items": query,
    "an update": update,
}


def plain() -> AbstractContextManager[str]:
    """moto's own server."""
    from contextlib import contextmanager

    from moto.server import ThreadedMotoServer

    @contextmanager
    def running() -> Any:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield f"http://{host}:{port}"
        finally:
            server.stop()

    return running()


def measure(url: str, credentials: tuple[str, str]) -> dict[str, float]:
    """Median milliseconds of each request, and MiB by which memory grew for each transaction."""
    from boto3.session import Session

    session: Any = Session(*credentials, region_name="us-east-1")
    dynamodb = session.client("dynamodb", endpoint_url=url)
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        KeySchema=KEYS,
        StreamSpecification=STREAM,
    )
    for number in range(ITEMS):
        dynamodb.put_item(TableName="orders", Item=item(number))
    taken: dict[str, list[float]] = {name: [] for name in REQUESTS}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(ROUNDS):
        for name, request in REQUESTS.items():
            started = time.perf_counter()
            request(dynamodb)
            taken[name].append(1000 * (time.perf_counter() - started))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found = {name: statistics.median(times) for name, times in taken.items()}
    return {**found, "memory": grown / 1024 / ROUNDS}


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] == "plain":
        with plain() as url:
            json.dump(measure(url, ("test", "test")), sys.stdout)
        return
    if len(sys.argv) > 1:
        from harness.gateway.server import Gateway
        from harness.targets.embedded.account import EmbeddedAccount

        with Gateway(EmbeddedAccount(time.monotonic), reads_only=False) as gateway:
            credentials = gateway.credentials("bench")
            json.dump(measure(gateway.url, (credentials.access_key, credentials.secret_key)), sys.stdout)
        return
    found = {}
    for how in ("plain", "embedded"):
        command = [sys.executable, __file__, how]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        found[how] = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    for name in REQUESTS:
        slow, fast = found["plain"][name], found["embedded"][name]
        print(f"{name:30} plain moto {slow:7.1f} ms, embedded account {fast:5.1f} ms, ratio {slow / fast:5.1f}")
    print(f"memory for each round: {found['plain']['memory']:.2f} MiB, {found['embedded']['memory']:.2f} MiB")


if __name__ == "__main__":
    main()
