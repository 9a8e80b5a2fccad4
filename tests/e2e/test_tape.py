"""A recorded run is graded again by the command, as an instructor does who settles an appeal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.labs.engine import LAB
from tests.support import run_command


def findings(stdout: str) -> list[dict[str, Any]]:
    return [finding for task in json.loads(stdout)["tasks"] for finding in task["findings"]]


@pytest.mark.proof
def test_a_recorded_run_is_graded_again(tmp_path: Path) -> None:
    tape = tmp_path / "ann.json"
    (tmp_path / "provision.py").write_text(
        "import boto3, os\nboto3.client('dynamodb').create_table(TableName=os.environ['TABLE_NAME'],\n"
        "    BillingMode='PAY_PER_REQUEST', KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],\n"
        "    AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}])\n"
    )

    first = run_command(LAB, "--submission", tmp_path, "--record", tape, "--format", "json")
    again = run_command(LAB, "--replay", tape, "--format", "json", cwd=tmp_path)

    assert (first.returncode, again.returncode) == (1, 1)
    assert findings(again.stdout) == findings(first.stdout)
    assert json.loads(again.stdout)["stamp"]["replayed"] is True
    assert f"The tape is in {tape}." in first.stderr


def test_a_tape_is_never_overwritten_by_its_own_report(tmp_path: Path) -> None:
    tape, hard, soft = (tmp_path / name for name in ("ann.tape", "hard", "soft"))
    tape.write_text("the evidence")
    hard.hardlink_to(tape)
    soft.symlink_to(tape)
    (tmp_path / "to").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "new")

    for other in (tape, hard, soft, tmp_path / "to" / "ann.tape", "ann.tape"):
        refused = run_command(LAB, "--replay", tape, "--output", other, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--output and --replay name the same file; name two different files." in refused.stderr
    assert tape.read_text() == "the evidence"
    for one, other in ((hard, soft), (tmp_path / "dangling", tmp_path / "new")):
        refused = run_command(LAB, "--record", one, "--output", other)
        assert "--output and --record name the same file; name two different files." in refused.stderr


def test_what_cannot_be_replayed_is_refused(tmp_path: Path) -> None:
    tape = tmp_path / "tape.json"
    tape.write_text("{}")

    damaged = run_command(LAB, "--replay", tape)
    both = run_command(LAB, "--replay", tape, "--live")
    items = run_command(LAB, "--record-items")

    assert (damaged.returncode, both.returncode, items.returncode) == (2, 2, 2)
    assert "is damaged" in damaged.stderr
    assert "--replay grades only a tape; leave out --live." in both.stderr
    assert "--record-items needs --record." in items.stderr
