"""Results to report, without grading anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.grading.grade import Result, TaskResult
from harness.labs.definition import Lab, Task
from harness.submission.provisioning import Submission, SubmissionKind
from harness.targets.target import TargetKind
from tests.support import EMPTY_TAPE

PASSES = Finding("The table exists.", "task.first", "table.exists", Status.PASS, 0, actual="ACTIVE", resource="arn")
HOLDS = Finding("It is ACTIVE.", "task.second", "table.active", Status.PASS, 60)
FAILS = Finding(
    "Time to live is off.",
    "task.third",
    "ttl.enabled",
    Status.FAIL,
    40,
    expected="on",
    actual="off",
    resource="table shop",
    remedy="Turn it on.",
    detail="first line\nsecond line",
)
BEHIND = Finding(
    "Not judged.", "task.fourth", "ttl.enabled", Status.SKIP, 10, Reason.PREREQUISITE, waits_for="task.third"
)
UNDECIDED = Finding("Access was denied.", "task.third", "ttl.enabled", Status.ERROR, 40, Reason.DENIED)
NOT_ON_TAPE = Finding("Not on this tape.", "task.third", "ttl.enabled", Status.SKIP, 40, Reason.NOT_ON_TAPE)
NOT_GRADED = Finding("It cannot be shown.", "task.third", "ttl.enabled", Status.SKIP, 40, Reason.UNSUPPORTED)


def result(*findings: Finding, **changes: object) -> Result:
    """A result with one task that has these findings."""
    specs = tuple(CheckSpec(one.id, "task", REGISTRY["table.exists"], one.points, (), {}) for one in findings)
    task = Task("task", "A task", "Do it.", True, ("Look there.", "Then there."), specs)
    plain = Result(
        lab=Lab("lab", "A lab", "About it.", 70, {}, (task,), "0" * 16),
        submission=Submission(SubmissionKind.STUDENT, Path("work")),
        student_id="ann",
        target=TargetKind.EMBEDDED,
        region="us-east-1",
        account_id="123456789012",
        identity="",
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        seconds=1.25,
        api_calls=7,
        tasks=(TaskResult(task, findings, counted=True),),
        interrupted=False,
        tape=EMPTY_TAPE,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def titled(graded: Result, title: str) -> Result:
    """The same result, of a lab and a task that have this title."""
    [task] = graded.tasks
    return replace(
        graded,
        lab=replace(graded.lab, title=title),
        tasks=(replace(task, task=replace(task.task, title=title)),),
    )


def uncounted(graded: Result) -> Result:
    """The same result, of which the task was only a prerequisite."""
    return replace(graded, tasks=tuple(replace(task, counted=False) for task in graded.tasks))
