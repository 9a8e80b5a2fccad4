"""The report as Gradescope's results.json: the score, what a student sees, and what stays hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema.exceptions import ValidationError

from harness.checking.finding import Finding, Reason, Status
from harness.grading.grade import Result
from harness.report.gradescope import render
from tests.each import each
from tests.harness.report.consumers import read_gradescope
from tests.harness.report.results import (
    BEHIND,
    FAILS,
    HOLDS,
    NOT_GRADED,
    NOT_ON_TAPE,
    PASSES,
    UNDECIDED,
    result,
    uncounted,
)


def read(graded: Result, *, hints: int = 1) -> dict[str, Any]:
    """The report, checked against its schema, and for what must always hold."""
    text = render(graded, hints=hints)
    assert text.isascii()
    report = read_gradescope(text)
    shown = [test for test in report["tests"] if test["visibility"] == "visible"]
    assert report["score"] == sum(test["score"] for test in shown) == graded.score.earned
    assert sum(test["max_score"] for test in shown) == graded.score.maximum
    assert report["stdout_visibility"] == "hidden"
    return report


def test_a_report_in_full() -> None:
    report = read(result(PASSES, HOLDS, FAILS))

    hidden = report["tests"].pop()
    assert report == {
        "score": 60,
        "execution_time": 2,
        "output": "A lab: FAILED, 60 of 100 points, pass mark 70 %\nRequired, and not passed: task.",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "number": "1.1",
                "name": "task.first: A task",
                "score": 0,
                "max_score": 0,
                "status": "passed",
                "output": "The table exists.",
                "visibility": "visible",
            },
            {
                "number": "1.2",
                "name": "task.second: A task",
                "score": 60,
                "max_score": 60,
                "status": "passed",
                "output": "It is ACTIVE.",
                "visibility": "visible",
            },
            {
                "number": "1.3",
                "name": "task.third: A task",
                "score": 0,
                "max_score": 40,
                "status": "failed",
                "output": "Time to live is off.\nexpected: on\nfound: off\nwhere: table shop\nto do: Turn it on.\n"
                "first line\nsecond line\nhint 1: Look there.",
                "visibility": "visible",
            },
        ],
    }
    assert {name: value for name, value in hidden.items() if name != "output"} == {
        "name": "For graders",
        "score": 0,
        "max_score": 0,
        "status": "passed",
        "visibility": "hidden",
    }
    assert hidden["output"].startswith("tool_version: 0.1.0\ndefinition_digest: 0000000000000000\ntarget: embedded\n")


@each("finding", [UNDECIDED, NOT_ON_TAPE], ids=lambda one: one.message)
def test_what_could_not_be_decided_is_neither_passed_nor_a_certain_score(finding: Finding) -> None:
    report = read(result(HOLDS, replace(finding, actual="said")))

    [_, test, hidden] = report["tests"]
    assert test["name"] == "UNDETERMINED task.third: A task"
    assert (test["score"], test["max_score"], test["status"]) == (0, 40, "failed")
    assert test["output"] == ("This could not be decided, so it is neither passed nor failed. Your grader can see why.")
    assert report["score"] == 60
    assert "A lab: INCOMPLETE, 60 to 100 of 100 points, pass mark 70 %\n" in report["output"]
    assert (
        "The score shown, 60, is what is certain. The true score is between 60 and 100 of 100.\n"
        "Undecided, so neither passed nor failed: task.third." in report["output"]
    )
    assert hidden["status"] == "failed"
    assert f"\ntask.third (40 points) [{finding.reason}]\n{finding.message}\nfound: said" in hidden["output"]


def test_a_gate_that_could_not_be_decided_does_not_look_passed() -> None:
    [gate, _] = read(result(replace(UNDECIDED, points=0)))["tests"]

    assert (gate["score"], gate["max_score"], gate["status"]) == (0, 0, "failed")


def test_what_the_target_cannot_show_leaves_the_maximum_and_is_said() -> None:
    report = read(result(HOLDS, replace(NOT_GRADED, remedy="Leave it out.")))

    assert [test["name"] for test in report["tests"]] == ["task.second: A task", "For graders"]
    assert "of what this target can show (40 points not graded)" in report["output"]
    assert report["output"].endswith("\ntask.third: It cannot be shown. Leave it out.")


def test_what_was_not_judged_because_of_a_failure_earns_nothing() -> None:
    [_, behind, _] = read(result(FAILS, BEHIND))["tests"]

    assert (behind["score"], behind["max_score"], behind["status"]) == (0, 10, "failed")
    assert behind["output"] == "Not judged."


def test_a_task_that_is_only_a_prerequisite_has_no_points() -> None:
    [test, _] = read(uncounted(result(HOLDS)))["tests"]

    assert test["name"] == "task.second: A task (only as a prerequisite)"
    assert (test["score"], test["max_score"], test["status"]) == (0, 0, "passed")


SECRET = "arn:aws:iam::111122223333:user/grader"
FOLDER = Path("/srv/the grader's/work/ann")
TRACEBACK = 'Traceback:\n  File "/opt/validator/harness/runner.py", line 1, in x\nKeyError: 1'


@each("reason", Reason)
def test_a_student_sees_nothing_of_the_grader_or_the_machine(reason: Reason) -> None:
    status = Status.ERROR if reason not in (Reason.UNSUPPORTED, Reason.NOT_ALLOWED) else Status.SKIP
    undecided = Finding(
        f"User: {SECRET} is not authorized",
        "task.third",
        "ttl.enabled",
        status,
        40,
        reason,
        expected=f"{FOLDER}/provision.py",
        actual=SECRET,
        resource=str(FOLDER),
        remedy=f"Allow it for {SECRET}.",
        detail=TRACEBACK,
    )
    undecided = undecided if status is Status.ERROR else replace(undecided, message="Not here.", remedy="")
    graded = result(undecided, identity=SECRET, submission_folder=str(FOLDER))

    report = read(graded, hints=5)

    visible = [one for one in report["tests"] if one["visibility"] != "hidden"]
    seen = str({**report, "tests": visible})
    for secret in (SECRET, str(FOLDER), "/opt", "harness", "Traceback", "KeyError"):
        assert secret not in seen
    hidden = report["tests"][-1]
    assert SECRET in hidden["output"]
    assert TRACEBACK in hidden["output"]


def test_a_student_sees_the_end_of_the_scripts_output_without_the_machines_folders() -> None:
    failed = replace(
        FAILS,
        message=f"{FOLDER}/provision.py failed, see https://docs.aws.amazon.com/a/b and arn:aws:s3:::b/a/b (n/a, 1 /2/)",
        resource=f"{FOLDER}/provision.py",
        detail=f'File "{FOLDER}/lib/store.py", line 3\n'
        'File "/usr/lib/python3/site-packages/botocore/client.py", line 5\n'
        "cannot open '/home/ann/x.txt': /tmp/a/b",
    )
    graded = result(failed, submission_folder=str(FOLDER))

    [test, hidden] = read(graded, hints=0)["tests"]

    assert test["output"].splitlines() == [
        "provision.py failed, see https://docs.aws.amazon.com/a/b and arn:aws:s3:::b/a/b (n/a, 1 )",
        "expected: on",
        "found: off",
        "where: provision.py",
        "to do: Turn it on.",
        'File "lib/store.py", line 3',
        'File "client.py", line 5',
        "cannot open 'x.txt': b",
    ]
    assert f"submission_folder: {FOLDER}" in hidden["output"]


def test_what_else_a_reader_must_know_is_said() -> None:
    report = read(result(HOLDS, submission="reference", submission_folder="", replayed=True, interrupted=True))

    assert "Graded again from a tape, without access to the account." in report["output"]
    assert "This grades the reference solution, not a student's work." in report["output"]
    assert "The run was stopped: everything that was not judged by then is undecided." in report["output"]


@each(("hints", "shown"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_hints_come_with_the_first_failure_of_a_task(hints: int, shown: int) -> None:
    tests = read(result(HOLDS, FAILS, replace(FAILS, id="task.fourth")), hints=hints)["tests"]

    assert [test["output"].count("\nhint ") for test in tests] == [0, shown, 0, 0]


@each(
    "wrong",
    [
        {"score": "60"},
        {"visibility": "secret"},
        {"output_format": "markdown"},
        {"extra": 1},
        {"tests": [{"score": 1, "status": "undetermined"}]},
        {"tests": [{"number": 1}]},
    ],
)
def test_the_schema_refuses_what_is_not_documented(wrong: dict[str, Any]) -> None:
    report = read(result(HOLDS))

    with pytest.raises(ValidationError):
        read_gradescope(json.dumps({**report, **wrong}))
