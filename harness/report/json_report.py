"""The report for machines, as `report.schema.json` describes it."""

from __future__ import annotations

import json
import re
from typing import Any

from harness import __version__
from harness.checking.finding import Finding
from harness.grading.grade import Result, TaskResult

SCHEMA_VERSION = 2
LOG_COMMAND = re.compile(r"##(?=\w*\[)")
"""What a CI's runner obeys anywhere in a line of its log. No line of JSON can begin with the other form of command."""


def render(result: Result) -> str:
    """The report as JSON text, ASCII only, with a newline at its end."""
    return LOG_COMMAND.sub(r"\\u0023#", json.dumps(report(result), indent=2)) + "\n"


def report(result: Result) -> dict[str, Any]:
    """The report as plain data."""
    score = result.score
    return {
        "schema_version": SCHEMA_VERSION,
        "lab": result.lab.id,
        "verdict": str(result.verdict),
        "message": result.problem,
        "interrupted": result.stamp.interrupted,
        "earned": score.earned,
        "undetermined": score.undetermined,
        "not_graded": score.not_graded,
        "maximum": score.maximum,
        "pass_mark": result.lab.pass_mark,
        "submission": result.stamp.submission,
        "stamp": stamp(result),
        "tasks": [_task(task) for task in result.tasks],
    }


def stamp(result: Result) -> dict[str, Any]:
    """What was graded, where, when, and with which tool and definition."""
    told = result.stamp
    return {
        "tool_version": __version__,
        "definition_digest": result.lab.digest,
        "target": told.target,
        "account_id": told.account_id,
        "identity": told.identity,
        "region": told.region,
        "student_id": told.student_id,
        "submission_folder": told.submission_folder,
        "replayed": result.replayed,
        "seed": told.seed,
        "started": result.started.isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 3),
        "api_calls": result.api_calls,
    }


def _task(task: TaskResult) -> dict[str, Any]:
    score = task.score
    return {
        "id": task.task.id,
        "title": task.task.title,
        "required": task.task.required,
        "counted": task.counted,
        "verdict": str(task.verdict),
        "earned": score.earned,
        "undetermined": score.undetermined,
        "not_graded": score.not_graded,
        "points": score.maximum + score.not_graded,
        "seconds": round(task.seconds, 3),
        "findings": [_finding(finding) for finding in task.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "check": finding.check,
        "status": str(finding.status),
        "reason": str(finding.reason) if finding.reason else None,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "resource": finding.resource,
        "remedy": finding.remedy,
        "says": finding.says,
        "hint": finding.hint,
        "detail": finding.detail,
        "file": finding.file,
        "line": finding.line,
        "waits_for": finding.waits_for,
        "points": finding.points,
    }
