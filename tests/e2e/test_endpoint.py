"""An AWS-compatible endpoint: a stand-alone moto server, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.labs.definition import load_lab
from tests.labs.engine import LAB
from tests.support import ACCOUNT_ID, SOLUTION, client_of, moto_server, named, points, run_command


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The URL of a moto server in a process of its own."""
    with moto_server() as url:
        yield url


def findings(stdout: str) -> dict[str, dict[str, Any]]:
    report = json.loads(stdout)
    return {finding["id"]: finding for task in report["tasks"] for finding in task["findings"]}


@pytest.mark.proof
def test_it_is_inspected_by_reads_alone_and_provisioned_when_asked(endpoint: str) -> None:
    tables = client_of(endpoint)

    before = run_command(LAB, "--endpoint-url", endpoint, "--format", "json", "--student-id", "bob")
    assert before.returncode == 3, "moto itself does not say that a workgroup is missing, so that is undecided"
    first, second = before.stderr.splitlines()[:2]
    assert first == f"... opening {endpoint}"
    assert second.startswith("... account 123456789012, Region us-east-1, as arn:aws:sts::123456789012:")
    report = json.loads(before.stdout)
    assert (report["submission"], report["earned"], report["stamp"]["target"]) == ("account", 0, "endpoint")
    script = findings(before.stdout)["provisioning.script"]
    assert (script["status"], script["reason"]) == ("skip", "not-allowed")
    assert tables.list_tables()["TableNames"] == []

    built = run_command(LAB, "--endpoint-url", endpoint, "--provision", "--format", "json", "--student-id", "bob")
    assert built.returncode == 0, built.stderr
    report = json.loads(built.stdout)
    found = findings(built.stdout)
    assert {one["status"] for name, one in found.items() if name.startswith(("entities.", "questions."))} == {"skip"}
    skipped = [name for name, one in found.items() if one["status"] == "skip"]
    assert {found[name]["reason"] for name in skipped} == {"not-allowed"}
    assert {one["status"] for one in found.values()} == {"pass", "skip"}
    earned = 100 - sum(map(points, skipped))
    assert (report["submission"], report["earned"]) == ("reference", earned)
    assert tables.list_tables()["TableNames"] == [named("table_name", "bob")]

    again = run_command(LAB, "--endpoint-url", endpoint, "--student-id", "bob")
    assert again.returncode == 0, again.stderr
    assert "This grades what is in the account, whoever built it." in again.stdout
    assert "Not graded on this target: provisioning.script (not-allowed), " in " ".join(again.stdout.split())

    wrong = run_command(LAB, "--endpoint-url", endpoint, "--expect-account", "999999999999")
    assert wrong.returncode == 2
    assert "these credentials belong to account 123456789012" in wrong.stderr


@pytest.mark.proof
def test_running_the_reference_twice_leaves_the_same_account(endpoint: str) -> None:
    reference = SOLUTION / "provision.py"
    lab_names = load_lab(LAB, student_id="twice", account_id=ACCOUNT_ID, region="us-east-1").names
    environment = {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **{name.upper(): value for name, value in lab_names.items()},
    }

    def build() -> tuple[str, dict[str, Any]]:
        output = subprocess.run(
            [sys.executable, reference], env=environment, check=True, capture_output=True, text=True, timeout=600
        ).stdout
        tables = client_of(endpoint)
        name = lab_names["table_name"]
        alarms = client_of(endpoint, "cloudwatch").describe_alarms()["MetricAlarms"]
        mappings = client_of(endpoint, "lambda").list_event_source_mappings()["EventSourceMappings"]
        return output, {
            "alarms": sorted(one["AlarmName"] for one in alarms if name in one["AlarmName"]),
            "mappings": [one["UUID"] for one in mappings if name in one["FunctionArn"]],
            "table": tables.describe_table(TableName=name)["Table"],
            "ttl": tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            "backups": tables.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"],
        }

    first, account = build()
    second, account_again = build()

    assert "already exists" not in first
    assert f"{lab_names['table_name']} already exists." in second
    for volatile in ("EarliestRestorableDateTime", "LatestRestorableDateTime"):
        account["backups"]["PointInTimeRecoveryDescription"].pop(volatile)
        account_again["backups"]["PointInTimeRecoveryDescription"].pop(volatile)
    assert account == account_again


def test_an_endpoint_that_is_not_there_is_incomplete_not_failed(tmp_path: Path) -> None:
    run = run_command(LAB, "--endpoint-url", "http://127.0.0.1:9", "--task", "schema", "--format", "json")

    assert run.returncode == 3, run.stderr
    found = findings(run.stdout)["schema.table"]
    assert (found["status"], found["reason"]) == ("error", "unreachable")
    assert "Could not connect to the endpoint URL" in found["actual"]
