"""Grades a recorded run again, without any access to an account."""

from __future__ import annotations

import time

from harness.checking.finding import Finding
from harness.checking.runner import Runner, with_prerequisites
from harness.clock import SystemClock
from harness.grading.grade import Result, by_task
from harness.grading.tape import Tape, TapeAccount
from harness.labs import definition
from harness.submission.provisioning import Provisioning
from harness.targets.target import UNKNOWN_ACCOUNT_ID, TargetKind
from harness.usage import UsageError


def replay(tape: Tape, *, task_id: str | None = None) -> Result:
    """Grades a recorded run again, with the definition as it is now and without any access.

    Args:
        task_id: grade this task, and what it needs; by default, what the recorded run graded.

    Raises:
        UsageError: the lab or the task of the tape does not exist.
        DefinitionError: the definition cannot be used.
    """
    stamp, started_clock = tape.stamp, time.monotonic()
    lab = definition.load_lab(
        stamp.lab,
        student_id=stamp.student_id,
        account_id=stamp.account_id or UNKNOWN_ACCOUNT_ID,
        region=stamp.region,
    )
    if lab.provision and tape.provisioning is None and stamp.target == TargetKind.EMBEDDED and not stamp.interrupted:
        raise UsageError("The tape is damaged: it does not say how the script ended. Nothing was graded.")
    if stamp.task and task_id not in (None, stamp.task):
        raise UsageError(f"The tape holds only the task {stamp.task}. Leave out --task {task_id}.")
    task_id = task_id or stamp.task or None
    chosen = tuple(lab.checks) if task_id is None else lab.task(task_id).checks
    specs = with_prerequisites(lab.checks, chosen)
    runner = Runner(specs, TapeAccount(tape), SystemClock(), concurrent_checks=1)
    findings = judge_again(runner, tape)
    return Result(
        lab=lab,
        tape=tape,
        tasks=by_task(lab, findings, task_id),
        seconds=time.monotonic() - started_clock,
        api_calls=0,
        replayed=True,
    )


def judge_again(runner: Runner, tape: Tape) -> list[Finding]:
    """The findings of a recorded run.

    Args:
        runner: for the checks to judge, on the tape's account.
    """
    provisioning = Provisioning.from_plain(tape.provisioning) if tape.provisioning else None
    return runner.run(provisioning, lambda driven, _: tape.evidence_of(driven))
