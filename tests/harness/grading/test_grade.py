"""One submission on one target, start to finish: what a result says as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding, Reason, Status, Verdict
from harness.checking.runner import Runner
from harness.clock import Interrupted, SystemClock
from harness.gateway.server import HARNESS_ROLE, Gateway
from harness.grading.grade import Result, TaskResult, grade
from harness.grading.options import GradeOptions
from harness.grading.tape import Tape
from harness.labs.definition import Lab, Task
from harness.targets.target import TargetOptions
from harness.usage import UsageError
from tests.each import each
from tests.labs.engine import LAB
from tests.support import LISTED, MISSPELT, SOLUTION, STAMP


def result(*findings: Finding, required: bool = False, interrupted: bool = False) -> Result:
    """A result of one task with these findings."""
    specs = tuple(
        CheckSpec(finding.id, "task", REGISTRY["table.exists"], finding.points, (), {}) for finding in findings
    )
    task = Task("task", "A task", "Do it.", required, (), specs)
    return Result(
        lab=Lab("lab", "A lab", "About it.", 70, {}, (task,), "0" * 16),
        tape=Tape(replace(STAMP, interrupted=interrupted), None, ()),
        tasks=(TaskResult(task, findings, counted=True),),
        seconds=1.0,
        api_calls=0,
    )


def finding(status: Status, points: int, reason: Reason | None = None) -> Finding:
    return Finding("", "task.check", "table.exists", status, points, reason)


@each(
    ("outcome", "verdict"),
    [
        (result(finding(Status.PASS, 70), finding(Status.FAIL, 30)), Verdict.PASSED),
        (result(finding(Status.PASS, 69), finding(Status.FAIL, 31)), Verdict.FAILED),
        (result(finding(Status.PASS, 70), finding(Status.FAIL, 30), required=True), Verdict.FAILED),
        (result(finding(Status.PASS, 100), finding(Status.ERROR, 0, Reason.DENIED)), Verdict.INCOMPLETE),
        (result(finding(Status.FAIL, 100), finding(Status.ERROR, 0, Reason.PENDING)), Verdict.INCOMPLETE),
        (result(finding(Status.PASS, 50), finding(Status.SKIP, 50, Reason.UNSUPPORTED)), Verdict.PASSED),
        (result(finding(Status.PASS, 50), finding(Status.SKIP, 50, Reason.PREREQUISITE)), Verdict.FAILED),
        (result(finding(Status.SKIP, 100, Reason.NOT_ALLOWED)), Verdict.INCOMPLETE),
        (result(finding(Status.PASS, 100), interrupted=True), Verdict.INTERRUPTED),
        (result(), Verdict.INCOMPLETE),
        (result(finding(Status.PASS, 0)), Verdict.PASSED),
        (result(finding(Status.FAIL, 0)), Verdict.FAILED),
        (result(finding(Status.SKIP, 0, Reason.NOT_ALLOWED)), Verdict.INCOMPLETE),
        (result(finding(Status.PASS, 0), finding(Status.SKIP, 100, Reason.UNSUPPORTED)), Verdict.INCOMPLETE),
    ],
)
def test_interrupted_beats_incomplete_beats_failed_beats_passed(outcome: Result, verdict: Verdict) -> None:
    assert outcome.verdict is verdict


@each(
    ("options", "message"),
    [
        (GradeOptions(MISSPELT), rf"no lab {MISSPELT!r}\. Did you mean {LISTED[0]!r}\?"),
        (GradeOptions(LAB, student_id="Ann"), "cannot be part of AWS names"),
        (GradeOptions(LAB, submission=Path("nowhere")), r"provision\.py does not exist"),
        (GradeOptions(LAB, task_id=""), "no task ''"),
        (GradeOptions(LAB, task_id="expiri"), r"no task 'expiri'\. Did you mean 'expiry'\?"),
        (GradeOptions(LAB, target=TargetOptions(endpoint_url="http://[::1")), "is not a URL"),
        (GradeOptions(LAB, target=TargetOptions(endpoint_url="http://a:99999")), "is not a URL"),
        (GradeOptions(LAB, target=TargetOptions(region="moon")), "not the name of an AWS Region"),
        (
            GradeOptions(LAB, submission=Path(), target=TargetOptions(endpoint_url="http://127.0.0.1:9")),
            "--submission is not used here.*add --allow-writes.*--provision",
        ),
        (GradeOptions(LAB, submission=Path(), target=TargetOptions(live=True)), "--submission is not used here"),
    ],
)
def test_what_cannot_be_graded_is_refused_with_a_sentence(options: GradeOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        grade(options)


def test_progress_is_told(tmp_path: Path) -> None:
    (tmp_path / "provision.py").write_text("")
    told: list[str] = []

    outcome = grade(GradeOptions(LAB, submission=tmp_path), progress=told.append)

    assert told == [f"provisioning with {tmp_path / 'provision.py'}", "judging 47 checks"]
    assert outcome.verdict is Verdict.FAILED


def test_the_scripts_credentials_end_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "provision.py").write_text("import os; print(os.environ)")
    revoked: list[str] = []
    revoke = Gateway.revoke

    def remember(gateway: Gateway, credentials: Credentials) -> None:
        assert not [one for one in gateway.records if one.role == HARNESS_ROLE], "before anything is judged"
        revoked.append(str(credentials.access_key))
        revoke(gateway, credentials)

    monkeypatch.setattr(Gateway, "revoke", remember)

    outcome = grade(GradeOptions(LAB, submission=tmp_path))

    [access_key] = revoked
    assert outcome.tape.provisioning is not None
    output = outcome.tape.provisioning["output"]
    assert access_key not in output
    assert output.count("(credentials left out)") == 2


def test_a_run_that_is_stopped_leaves_no_wait_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "provision.py").write_text("")
    clock = SystemClock()

    def stop(runner: Runner, provisioning: object, gather: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Runner, "run", stop)

    outcome = grade(GradeOptions(LAB, submission=tmp_path), clock=clock)

    assert (outcome.stamp.interrupted, outcome.verdict) == (True, Verdict.INTERRUPTED)
    with pytest.raises(Interrupted):
        clock.wait(60)


def test_each_distinct_read_is_made_once() -> None:
    outcome = grade(GradeOptions(LAB, submission=SOLUTION, task_id="recovery"))

    asked = [one.key for one in outcome.tape.readings]
    assert len(asked) == len(set(asked))
    assert outcome.tape.provisioning is not None
    assert outcome.api_calls == len(asked) + len(outcome.tape.provisioning["requests"])
