"""What a student reads who has only copied the starter."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.test_reference import read_report
from tests.support import run_command

LAB = "dynamodb_ecommerce"


def test_the_starter_earns_nothing_and_each_failure_says_what_to_do(tmp_path: Path) -> None:
    started = run_command("init", LAB, tmp_path / "mine")
    assert started.returncode == 0, started.stderr
    assert f"python validate_tasks.py {LAB} --submission {tmp_path / 'mine'}" in started.stdout

    run = run_command(LAB, "--submission", tmp_path / "mine", "--format", "json")

    assert run.returncode == 1
    report = read_report(run.stdout)
    assert (report["verdict"], report["earned"], report["maximum"]) == ("failed", 0, 100)
    assert report["submission"] == "student"
    findings = {finding["id"]: finding for task in report["tasks"] for finding in task["findings"]}
    script = findings["provisioning.script"]
    assert script["message"] == "provision.py ended without an error, but sent no request to its account."
    assert "Nothing is built yet" in script["detail"]
    table = findings["schema.table"]
    assert (table["status"], table["message"]) == ("fail", "There is no table ecommerce-student in us-east-1.")
    assert findings["archive.bucket"]["message"] == "This account has no bucket ecommerce-archive-123456789012-student."
    first = ("provisioning.script", "schema.table")
    behind = [finding for name, finding in findings.items() if name not in first and "archive" not in name]
    assert {(finding["status"], finding["reason"]) for finding in behind} == {("skip", "prerequisite")}
