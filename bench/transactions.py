"""Measures a transaction of four actions on 2,000 items with a stream, on moto with and without corrections.

Prints medians, the ratio, and what memory each transaction leaves behind (goal: corrected under 30 ms, nothing left).
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ITEMS = 2_000
ROUNDS = 15


def measure() -> dict[str, float]:
    """Median milliseconds of a transaction, and MiB by which memory grew for each."""
    from moto import mock_aws

    from tests.harness.targets.embedded.moto_behaviour import STREAM, client, create_table, item, update

    with mock_aws():
        dynamodb = client("dynamodb")
        create_table(dynamodb, StreamSpecification=STREAM)
        for number in range(ITEMS):
            dynamodb.put_item(TableName="orders", Item=item(number))
        put = {"Put": {"TableName": "orders", "Item": item(ITEMS)}}
        updates = [update(number, "SET stock = stock - :one", one={"N": "1"}) for number in range(3)]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            dynamodb.transact_write_items(TransactItems=[put, *updates])
            taken.append(1000 * (time.perf_counter() - started))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"milliseconds": statistics.median(taken), "mebibytes": grown / 1024 / ROUNDS}


def main() -> None:
    if len(sys.argv) > 1:
        if sys.argv[1] == "corrected":
            from harness.targets.embedded import moto_corrections

            moto_corrections.apply()
        json.dump(measure(), sys.stdout)
        return
    found = {}
    for how in ("corrected", "plain"):
        command = [sys.executable, __file__, how]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        found[how] = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
        print(f"{how:9} {found[how]['milliseconds']:8.1f} ms, {found[how]['mebibytes']:.2f} MiB a transaction")
    print(f"plain / corrected: {found['plain']['milliseconds'] / found['corrected']['milliseconds']:.0f}")


if __name__ == "__main__":
    main()
