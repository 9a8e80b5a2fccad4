"""--allow-writes: a store is tried on a table that somebody keeps, and the table is as it was, however the run ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.accounts import endpoint
from tests.labs.engine import LAB
from tests.support import (
    TABLE,
    clean_environment,
    client_of,
    copy_of_the_clone,
    copy_of_the_reference,
    run_command,
)

pytestmark = pytest.mark.proof

DEADLINE_SECONDS = 600.0

OWN = {"PK": {"S": "CUSTOMER#me"}, "SK": {"S": "ORDER#1"}, "total": {"N": "79.9"}}
COUNTER = {"PK": {"S": "COUNTER"}, "SK": {"S": "orders"}, "orders": {"N": "41"}}

STORE = '''
"""Writes to another table, changes items that were there before, and puts one at a key that is always the same."""

class Store:
    def __init__(self, table_name, archive_bucket, session):
        self._dynamodb = session.resource("dynamodb")
        self._table = self._dynamodb.Table(table_name)

    def put_product(self, product):
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        self._table.put_item(Item={"PK": product["productId"], "SK": "DETAILS", "details": details})

    def get_product(self, product_id):
        found = self._table.get_item(Key={"PK": product_id, "SK": "DETAILS"}, ConsistentRead=True)
        return found["Item"]["details"] if "Item" in found else None

    def record_price(self, product_id, price, date):
        self._table.delete_item(Key={"PK": "CUSTOMER#me", "SK": "ORDER#1"})

    def set_inventory(self, product_id, quantity, last_updated):
        self._table.put_item(Item={"PK": "COUNTER", "SK": "stock", "quantity": quantity})

    def put_review(self, review):
        self._dynamodb.Table("elsewhere").put_item(Item={"PK": review["reviewId"]})

    def place_order(self, order):
        key = {"PK": "COUNTER", "SK": "orders"}
        self._table.update_item(Key=key, UpdateExpression="ADD orders :n", ExpressionAttributeValues={":n": 1})

    def __getattr__(self, name):
        return lambda *arguments: None
'''


class Lab:
    """A clone, and the table that the reference solution built on an endpoint. Somebody keeps an item there."""

    def __init__(self, endpoint: str, clone: Path) -> None:
        self.endpoint = endpoint
        self.clone = clone
        self.api: Any = client_of(endpoint)

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return run_command(*arguments, root=self.clone)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Tries the reference's store meanwhile."""
        options = ("--endpoint-url", self.endpoint, "--allow-writes", "--seed", "3", "--format", "json", *arguments)
        process = subprocess.Popen(
            [sys.executable, self.clone / "validate_tasks.py", LAB, *options],
            cwd=self.clone,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    @property
    def items(self) -> list[dict[str, Any]]:
        """What lies in the table."""
        pages = self.api.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    @property
    def journals(self) -> list[Path]:
        return sorted((self.clone / ".journals").glob("*"))

    def wait_for_items(self, number: int, process: subprocess.Popen[str]) -> None:
        """Returns when a run has written so many items."""
        assert process.stderr is not None
        next((line for line in process.stderr if line.endswith(" calls made\n")), None)  # to wait without looking
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(self.items) <= number:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "nothing was written in time"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with endpoint() as url:
        opened = Lab(url, copy_of_the_clone(tmp_path_factory.mktemp("allow-writes")))
        built = opened.run(LAB, "--endpoint-url", url, "--provision", "--task", "schema")
        assert built.returncode == 0, built.stderr
        opened.api.put_item(TableName=TABLE, Item=OWN)
        yield opened


def findings(stdout: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for task in json.loads(stdout)["tasks"] for one in task["findings"]}


def test_without_it_nothing_is_written_and_the_findings_name_it(lab: Lab) -> None:
    run = lab.run(LAB, "--endpoint-url", lab.endpoint, "--task", "questions", "--format", "json")

    assert run.returncode == 3, "nothing of the task could be graded"
    found = {name: one for name, one in findings(run.stdout).items() if name.startswith("questions.")}
    assert len(found) == 10
    assert {(one["status"], one["reason"]) for one in found.values()} == {("skip", "not-allowed")}
    silent = [name for name, one in found.items() if "With --allow-writes, store.py is tried" not in one["message"]]
    waiting = [name for name in found if name.endswith(("-cost", ".partition-keys"))]
    assert silent == waiting, "those need other findings, which name it"
    assert (lab.items, lab.journals) == ([OWN], [])


def test_where_nothing_can_be_written_down_nothing_is_written(lab: Lab) -> None:
    folder = lab.clone / ".journals"
    if folder.exists():
        folder.rmdir()
    folder.write_text("")

    run = lab.run(LAB, "--endpoint-url", lab.endpoint, "--allow-writes", "--task", "entities")

    folder.unlink()
    assert (run.returncode, run.stdout) == (2, "")
    assert "validate_tasks.py: --allow-writes must first note what it writes, and cannot write to " in run.stderr
    assert lab.items == [OWN]


def test_a_store_is_tried_and_what_it_wrote_is_gone(lab: Lab) -> None:
    with lab.running() as process:
        lab.wait_for_items(20, process)
        [journal] = lab.journals
        swept = lab.run("sweep")
        assert (swept.returncode, swept.stderr) == (0, "")
        assert swept.stdout == f"{journal.name}: its run is still going, so it was left alone.\n"
        assert process.poll() is None
        assert len(lab.items) > 20
        stdout, stderr = process.communicate(timeout=DEADLINE_SECONDS)

    assert process.returncode == 0, stderr
    found = findings(stdout)
    assert {name: (one["status"], one["reason"]) for name, one in found.items() if one["status"] != "pass"} == {
        "provisioning.script": ("skip", "not-allowed"),
        "expiry.expired": ("skip", "unsupported"),
    }
    assert {name.partition(".")[0] for name in found} >= {"entities", "questions", "expiry"}
    report = json.loads(stdout)
    assert (report["submission"], report["stamp"]["target"], report["stamp"]["seed"]) == ("reference", "endpoint", 3)
    written = int(stderr.partition("... removing ")[2].partition(f" items from {TABLE}\n")[0])
    assert written > 400
    assert (lab.items, lab.journals) == ([OWN], [])


def test_what_a_killed_run_leaves_is_swept(lab: Lab) -> None:
    with lab.running("--task", "questions") as process:
        lab.wait_for_items(30, process)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    left = len(lab.items) - 1
    [journal] = lab.journals
    header, *lines = journal.read_text("utf-8").splitlines()
    assert json.loads(header) == {
        "endpoint_url": lab.endpoint,
        "profile": "",
        "region": "us-east-1",
        "account_id": "123456789012",
        "table": TABLE,
        "key_names": ["PK", "SK"],
    }
    assert 30 <= left <= len(lines)

    swept = lab.run("sweep")

    assert (swept.returncode, swept.stderr) == (0, "")
    assert swept.stdout == f"{len(lines)} items were removed from {TABLE} ({lab.endpoint}).\n"
    assert (lab.items, lab.journals) == ([OWN], [])
    again = lab.run("sweep")
    assert (again.returncode, again.stdout, again.stderr) == (0, "Nothing was left behind.\n", "")


def test_a_stopped_run_removes_what_it_wrote(lab: Lab) -> None:
    with lab.running("--task", "questions") as process:
        lab.wait_for_items(30, process)
        for _ in range(5):  # as when fingers bounce
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=DEADLINE_SECONDS)

    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert json.loads(stdout)["interrupted"]
    assert int(stderr.partition("... removing ")[2].partition(" items")[0]) >= 30
    assert (lab.items, lab.journals) == ([OWN], [])


def test_no_item_is_touched_that_was_there_before_and_no_other_table(lab: Lab, tmp_path: Path) -> None:
    lab.api.create_table(
        TableName="elsewhere",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )
    lab.api.put_item(TableName=TABLE, Item=COUNTER)
    submission = copy_of_the_reference(tmp_path, "")
    (submission / "store.py").write_text(STORE)
    options = ("--endpoint-url", lab.endpoint, "--allow-writes", "--seed", "3", "--format", "json")

    run = lab.run(LAB, *options, "--task", "entities", "--submission", submission)

    found = findings(run.stdout)
    assert {name: (one["status"], one["reason"]) for name, one in found.items() if name.startswith("entities.")} == {
        "entities.session": ("pass", None),
        "entities.single-table": ("fail", None),
        "entities.product": ("pass", None),
        "entities.order": ("skip", "not-allowed"),
        "entities.review": ("skip", "not-allowed"),
    }
    assert found["entities.single-table"]["message"].startswith("put_review writes to the table elsewhere")
    for name, operation, where in (
        ("entities.order", "place_order asked for dynamodb UpdateItem", 'PK = "COUNTER" AND SK = "orders"'),
        ("entities.review", "put_review asked for dynamodb PutItem", "elsewhere"),
    ):
        assert found[name]["message"] == f"{operation}, which this target does not allow."
        assert found[name]["actual"] == where
        assert found[name]["remedy"].startswith("Only new items of the lab's table may be written there.")
    items = sorted(lab.items, key=lambda item: str(item["PK"]["S"]))
    assert items == [COUNTER, OWN]
    assert lab.api.scan(TableName="elsewhere")["Items"] == []
    assert lab.journals == []
    lab.api.delete_item(TableName=TABLE, Key={"PK": COUNTER["PK"], "SK": COUNTER["SK"]})
