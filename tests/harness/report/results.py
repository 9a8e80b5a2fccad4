"""Results to report, without grading anything."""

from __future__ import annotations

from dataclasses import fields, replace

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.grading.grade import Result, TaskResult
from harness.grading.tape import Stamp
from harness.labs.definition import Lab, Task
from tests.support import EMPTY_TAPE, STAMP

STUDENTS = replace(
    STAMP,
    student_id="ann",
    submission="student",
    submission_folder="work",
    target="embedded",
    recorded="2026-01-02T03:04:05+00:00",
)

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
    """A result with one task that has these findings.

    Args:
        changes: fields of the result, and of its stamp.
    """
    specs = tuple(CheckSpec(one.id, "task", REGISTRY["table.exists"], one.points, (), {}) for one in findings)
    task = Task("task", "A task", "Do it.", True, ("Look there.", "Then there."), specs)
    stamped = {one.name: changes.pop(one.name) for one in fields(Stamp) if one.name in changes}
    plain = Result(
        lab=Lab("lab", "A lab", "About it.", 70, {}, (task,), "0" * 16),
        tape=replace(EMPTY_TAPE, stamp=replace(STUDENTS, **stamped)),  # type: ignore[arg-type]
        tasks=(TaskResult(task, findings, counted=True),),
        seconds=1.25,
        api_calls=7,
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
