"""What every lab holds when submissions are graded: the reference, the starter, nothing at all, and those in the lab's
test folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import paths
from harness.audit.audit import SEED
from harness.audit.lint import lint
from harness.checking.finding import Reason, Status, Verdict
from harness.grading import tape as tapes
from harness.grading.grade import Result, grade
from harness.grading.options import GradeOptions
from harness.grading.replay import replay
from harness.report import json_report
from tests.labs.labs import (
    EVERY_LAB,
    EXPECTED,
    LABS,
    copy_of_the_solution,
    proven,
    reference_run,
    right_tape,
    submissions,
    told,
)

OF_THE_RUN = {"seconds", "api_calls", "replayed", "started"}
"""What a report says of the run itself."""


def lost(result: Result) -> str:
    """What did not pass, with all that is needed to see why."""
    lines = [
        f"{one.id} ({one.status} {one.reason or ''}): {one.message}\n  {one.actual}\n  {one.detail}"
        for one in result.findings
        if one.status is not Status.PASS
    ]
    return "\n".join([f"with the seed {result.tape.stamp.seed}:", *lines])


def steady(report: Any) -> Any:
    """A report without what it says of the run itself."""
    if isinstance(report, dict):
        return {name: steady(inner) for name, inner in report.items() if name not in OF_THE_RUN}
    return [steady(inner) for inner in report] if isinstance(report, list) else report


@pytest.mark.parametrize("lab", LABS)
def test_check_lab_finds_no_problem(lab: str) -> None:
    found, problems = lint(paths.definition(lab))

    assert (found.id, problems) == (lab, [])


@pytest.mark.parametrize("lab", LABS)
def test_the_reference_earns_everything(lab: str) -> None:
    run = reference_run(lab)

    assert run.exit_code == 0, run.stdout + run.stderr
    report = json.loads(run.stdout)
    assert (report["lab"], report["submission"], report["verdict"]) == (lab, "reference", "passed")
    assert (report["earned"], report["maximum"], report["undetermined"], report["not_graded"]) == (100, 100, 0, 0)
    assert {one["status"] for task in report["tasks"] for one in task["findings"]} == {"pass"}


@pytest.mark.parametrize("lab", EVERY_LAB)
def test_a_replay_says_the_same_byte_for_byte(lab: str) -> None:
    tape = right_tape(lab)

    again = replay(tape)

    assert {one.status for one in again.findings} == {Status.PASS}
    assert again.score.earned == 100
    if lab in LABS:
        run = reference_run(lab)
        assert json.dumps(steady(json_report.report(again))) == json.dumps(steady(json.loads(run.stdout)))
        assert tapes.dumps(tape, items=True) == run.tape.read_text("utf-8")


@pytest.mark.parametrize("lab", proven(LABS))
@pytest.mark.parametrize("what", ["starter", "empty"])
def test_what_nobody_worked_on_earns_nothing(lab: str, what: str, tmp_path: Path) -> None:
    """Or what `earns.yaml` in the lab's test folder says, such as `starter: 5`."""
    submission = paths.starter(lab)
    if what == "empty":
        submission = copy_of_the_solution(lab, tmp_path)
        for file in submission.rglob("*.py"):
            file.write_text("", "utf-8")

    result = grade(GradeOptions(lab, submission=submission))

    earned = (told(lab, "earns.yaml") or {}).get(what, 0)
    score = result.score
    assert (score.earned, score.maximum, score.undetermined, score.not_graded) == (earned, 100, 0, 0), lost(result)
    assert result.verdict is Verdict.FAILED
    failed = [one for one in result.findings if one.status is Status.FAIL]
    assert failed
    assert not [one.id for one in failed if not (one.message and one.remedy)]


@pytest.mark.parametrize(("lab", "folder"), submissions("right"))
def test_a_right_submission_earns_everything(lab: str, folder: Path, tmp_path: Path) -> None:
    result = grade(GradeOptions(lab, submission=copy_of_the_solution(lab, tmp_path, folder)))

    assert {one.status for one in result.findings} == {Status.PASS}, lost(result)
    assert (result.score.earned, result.verdict) == (100, Verdict.PASSED)


@pytest.mark.parametrize(("lab", "folder"), submissions("wrong"))
def test_a_wrong_submission_fails_where_it_is_wrong(lab: str, folder: Path, tmp_path: Path) -> None:
    expected: dict[str, str] = yaml.safe_load((folder / EXPECTED).read_text("utf-8"))

    result = grade(GradeOptions(lab, submission=copy_of_the_solution(lab, tmp_path, folder), seed=SEED))

    failed = {one.id: one for one in result.findings if one.status is Status.FAIL}
    assert failed.keys() == expected.keys(), lost(result)
    assert {name: one.message for name, one in failed.items() if expected[name] not in one.message} == {}
    assert not [one.id for one in failed.values() if "" in (one.expected, one.actual, one.remedy)]
    others = {(one.status, one.reason) for one in result.findings if one.id not in failed}
    assert others <= {(Status.PASS, None), (Status.SKIP, Reason.PREREQUISITE)}, lost(result)
