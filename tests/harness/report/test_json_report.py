"""The report for machines: its schema, and that any string survives in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from harness.checking.finding import Finding, Reason, Status, Verdict
from harness.grading.grade import Result
from harness.report import json_report
from harness.submission.provisioning import SubmissionKind
from harness.targets.target import TargetKind
from tests.each import each
from tests.harness.report.consumers import read_json
from tests.harness.report.hostile import HOSTILE, label
from tests.harness.report.results import result
from tests.support import ROOT

SCHEMA = json.loads((ROOT / "harness" / "report" / "report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def read(result: Result) -> dict[str, Any]:
    """The report, checked against its schema."""
    text = json_report.render(result)
    assert text.isascii()
    assert text.endswith("}\n")
    return read_json(text)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_report_in_full() -> None:
    report = read(
        result(
            Finding("Yes.", "task.a", "table.exists", Status.PASS, 60, actual="ACTIVE", seconds=0.12345),
            Finding(
                "No.",
                "task.b",
                "ttl.enabled",
                Status.FAIL,
                10,
                None,
                expected="on",
                actual="off",
                resource="arn",
                remedy="Turn it on.",
                detail="long",
            ),
            Finding("Denied.", "task.c", "table.active", Status.ERROR, 10, Reason.DENIED),
            Finding("Cannot.", "task.d", "table.active", Status.SKIP, 20, Reason.UNSUPPORTED),
            target=TargetKind.ENDPOINT,
            account_id="",
            recorded="2026-01-02T03:04:05.678+00:00",
            seconds=1.23456,
        )
    )

    assert {name: value for name, value in report.items() if name not in ("stamp", "tasks")} == {
        "schema_version": 2,
        "lab": "lab",
        "verdict": "incomplete",
        "message": "",
        "interrupted": False,
        "earned": 60,
        "undetermined": 10,
        "not_graded": 20,
        "maximum": 80,
        "pass_mark": 70,
        "submission": "student",
    }
    assert report["stamp"] == {
        "tool_version": report["stamp"]["tool_version"],
        "definition_digest": "0" * 16,
        "target": "endpoint",
        "account_id": "",
        "identity": "",
        "region": "us-east-1",
        "student_id": "ann",
        "submission_folder": "work",
        "replayed": False,
        "seed": None,
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": 1.235,
        "api_calls": 7,
    }
    [task] = report["tasks"]
    findings = task.pop("findings")
    assert task == {
        "id": "task",
        "title": "A task",
        "required": True,
        "counted": True,
        "verdict": "incomplete",
        "earned": 60,
        "undetermined": 10,
        "not_graded": 20,
        "points": 100,
        "seconds": 0.123,
    }
    assert findings[1] == {
        "id": "task.b",
        "check": "ttl.enabled",
        "status": "fail",
        "reason": None,
        "message": "No.",
        "expected": "on",
        "actual": "off",
        "resource": "arn",
        "remedy": "Turn it on.",
        "says": "",
        "hint": "",
        "detail": "long",
        "file": "",
        "line": 0,
        "waits_for": "",
        "points": 10,
    }
    assert [finding["reason"] for finding in findings] == [None, None, "denied", "unsupported"]


@each("hostile", HOSTILE, ids=label)
def test_any_string_survives(hostile: str) -> None:
    finding = Finding(
        hostile,
        "task.a",
        "table.exists",
        Status.FAIL,
        100,
        None,
        expected=hostile,
        actual=hostile,
        resource=hostile,
        remedy=hostile,
    )
    graded = result(finding, account_id=hostile, identity=hostile, submission_folder=hostile)

    report = read(graded)

    assert report["stamp"]["identity"] == report["tasks"][0]["findings"][0]["actual"] == hostile


@each("status", Status)
@each("reason", [None, *Reason])
def test_every_status_and_reason_is_in_the_schema(status: Status, reason: Reason | None) -> None:
    read(result(Finding("", "task.a", "table.exists", status, 10, reason)))


def test_every_kind_of_submission_and_target_is_in_the_schema() -> None:
    for kind in SubmissionKind:
        read(result(tasks=(), submission=kind, submission_folder=""))
    for target in TargetKind:
        read(result(tasks=(), target=target))
    of_runs, of_tasks = (set(schema["properties"]["verdict"]["enum"]) for schema in (SCHEMA, SCHEMA["$defs"]["task"]))
    assert of_runs | of_tasks == set(Verdict)
    assert of_runs - of_tasks == {Verdict.INTERRUPTED, Verdict.UNUSABLE}


def test_the_schema_refuses_what_is_no_report() -> None:
    report = read(result(Finding("Yes.", "task.a", "table.exists", Status.PASS, 100)))
    for name in SCHEMA["required"]:
        with pytest.raises(ValidationError):
            VALIDATOR.validate({key: value for key, value in report.items() if key != name})
    for wrong in ({"earned": 7.5}, {"verdict": "not-graded"}, {"extra": 1}, {"pass_mark": 0}):
        with pytest.raises(ValidationError):
            VALIDATOR.validate({**report, **wrong})
