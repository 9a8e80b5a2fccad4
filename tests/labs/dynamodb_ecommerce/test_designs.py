"""A right submission that keeps the shop's data in another way than the reference does earns everything.

What the stores of all designs earn, `tests/labs/dynamodb_ecommerce/test_right_stores.py` tells faster.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, copy_of_the_reference, run_command

LAB = "dynamodb_ecommerce"
SUBMISSIONS = ROOT / "tests" / "labs" / LAB / "designs"
DESIGN = "multi_attribute_index"

PROVISION = """\
import json
from pathlib import Path

import reference

DESIGN = json.loads(Path(__file__).with_name("table.json").read_text("utf-8"))


def create_table(dynamodb, table_name):
    dynamodb.create_table(
        TableName=table_name,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **DESIGN["table"],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table_name)


if __name__ == "__main__":
    reference.EXPIRES_AT = DESIGN["expires"]
    reference.create_table = create_table
    reference.consumer.STOCK_ONLY = {"eventName": ["MODIFY"]}
    reference.main()
"""
"""The reference's script, with the design's table in the place of its own, and a consumer that is sent changes by no
key."""


def submission(folder: Path, design: str) -> Path:
    """A submission of that design: its table and its store, and the rest as the reference has it."""
    made = copy_of_the_reference(folder, PROVISION)
    solution = ROOT / "tasks" / "solution" / LAB
    shutil.copy(solution / "provision.py", made / "reference.py")
    for name in ("table.json", "store.py"):
        shutil.copy(SUBMISSIONS / design / name, made)
    return made


def lost(report: dict[str, Any]) -> list[str]:
    """What did not pass, with all that is needed to see why."""
    return [
        "\n  ".join((f"{one['id']} ({one['status']}): {one['message']}", str(one["actual"]), str(one["detail"])))
        for task in report["tasks"]
        for one in task["findings"]
        if one["status"] != "pass"
    ]


@pytest.mark.proof
def test_another_right_design_earns_everything(tmp_path: Path) -> None:
    run = run_command(LAB, "--submission", submission(tmp_path, DESIGN), "--format", "json")

    assert run.stdout, run.stderr
    report = json.loads(run.stdout)
    failed = lost(report)
    assert not failed, f"with the seed {report['stamp']['seed']}:\n" + "\n".join(failed)
    assert (run.returncode, report["earned"], report["maximum"]) == (0, 100, 100)
