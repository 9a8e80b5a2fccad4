"""What to grade, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.labs.definition import DEFAULT_STUDENT_ID
from harness.targets.target import TargetOptions


@dataclass(frozen=True, slots=True)
class GradeOptions:
    """How to grade. Times are in seconds. `timeout_seconds` is the submission's own time, without the time in which it
    waits for the target. `seed` is the seed of the data (None: a new one each time)."""

    lab_id: str
    submission: Path | None = None
    student_id: str = DEFAULT_STUDENT_ID
    task_id: str | None = None
    timeout_seconds: float = 120.0
    wait_seconds: float = 60.0
    seed: int | None = None
    target: TargetOptions = field(default_factory=TargetOptions)
