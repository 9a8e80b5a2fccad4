"""The examples for CI: their commands are run as a runner would run them, on submissions that pass and that fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import paths
from tests.harness.report.consumers import read_gradescope, read_json, read_junit, read_log, read_markdown
from tests.labs.labs import SMALL as LAB
from tests.support import LISTED, ROOT, copy_of_the_clone

pytestmark = pytest.mark.proof

WORKFLOW = ROOT / ".github" / "workflows" / "grade.yml"
PAGE = (ROOT / "docs" / "grading.md").read_text("utf-8")
[SHOWN] = set(re.findall(r"validate_tasks\.py (\w+)\s+--submission", WORKFLOW.read_text("utf-8")))
"""The lab of the examples. They are run with a smaller one."""

FILE = WORKFLOW.read_text("utf-8").replace(SHOWN, LAB)
BLOCKS = [(kind, text.replace(SHOWN, LAB)) for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)]
WORKFLOWS = [FILE, *(text for kind, text in BLOCKS if kind == "yaml" and "runs-on:" in text)]
GITLAB = next(text for kind, text in BLOCKS if kind == "yaml" and "script:" in text)
SETUP, RUN_AUTOGRADER = (text for kind, text in BLOCKS if kind == "bash")
PASSING = paths.solution(LAB)
CODES = {"passing": 0, "failing": 1}


def submission(name: str, folder: Path) -> Path:
    """A submission that passes, or one that fails."""
    folder.parent.mkdir(exist_ok=True, parents=True)
    if name == "passing":
        return Path(shutil.copytree(PASSING, folder))
    folder.mkdir()
    (folder / "provision.py").write_text("raise RuntimeError('my own mistake')\n")
    return folder


def test_the_examples_grade_a_lab_that_there_is() -> None:
    assert SHOWN in LISTED


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with what the examples call: this Python, and a pip that installs nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, does in (("python", f'exec "{sys.executable}" "$@"'), ("pip", "exit 0")):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return folder


def bash(script: str, folder: Path, programs: Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a step as GitHub and GitLab do: the first command that fails ends it."""
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env={"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "HOME": str(folder)}
        | {name: str(value) for name, value in environment.items()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def steps(workflow: str) -> list[dict[str, Any]]:
    """The steps of the only job."""
    [job] = yaml.safe_load(workflow)["jobs"].values()
    assert job["timeout-minutes"] <= 30
    found: list[dict[str, Any]] = job["steps"]
    return found


def check_out(workflow: str, name: str, workspace: Path) -> None:
    """The working folder as the workflow's checkouts leave it: the tool, and the student's files where they belong."""
    folders = [step["with"].get("path", "") for step in steps(workflow) if "actions/checkout" in step.get("uses", "")]
    if folders == [""]:
        submission(name, copy_of_the_clone(workspace) / "submission" / LAB)
        return
    assert folders == ["student", "validator"]
    clone = copy_of_the_clone(workspace)
    submission(name, clone / "student")
    shutil.copytree(copy_of_the_clone(clone), clone / "validator")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=["the file", "the page"])
@pytest.mark.parametrize("name", CODES)
def test_a_workflow_grades_and_reports_whatever_the_verdict_is(
    workflow: str, name: str, tmp_path: Path, programs: Path
) -> None:
    check_out(workflow, name, tmp_path)
    workspace, summary = tmp_path / "clone", tmp_path / "summary"
    summary.touch()

    runs = [
        bash(step["run"], workspace, programs, GITHUB_STEP_SUMMARY=summary, CI="true", GITHUB_ACTIONS="true")
        for step in steps(workflow)
        if "run" in step
    ]

    assert [run.returncode for run in runs] == [0, CODES[name]], runs[-1].stderr
    verdict = "FAILED" if CODES[name] else "PASSED"
    commands = read_log(runs[-1].stdout)
    assert commands[0].properties == {"title": f"{LAB}: {verdict}"}
    assert len(commands) == len(runs[-1].stdout.splitlines())
    assert read_log(runs[-1].stderr) == []
    assert verdict in [token.content for token in read_markdown(summary.read_text("utf-8")) if token.type == "text"]
    [upload] = [step for step in steps(workflow) if "upload-artifact" in step.get("uses", "")]
    assert upload["if"] == "${{ !cancelled() }}"
    kept = [workspace / path for path in upload["with"]["path"].split()]
    failures = sum(suite.failures for suite in read_junit(kept[0].read_text("utf-8")))
    assert (failures > 0) == (name == "failing")
    assert [read_json(path.read_text("utf-8"))["verdict"].upper() for path in kept[1:]] == [verdict] * len(kept[1:])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=["the file", "the page"])
def test_a_workflow_may_do_little_and_its_actions_are_pinned(workflow: str) -> None:
    assert yaml.safe_load(workflow)["permissions"] == {"contents": "read"}
    used = [step for step in steps(workflow) if "uses" in step]
    assert [step["uses"] for step in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])] == []
    checkouts = [step["with"] for step in used if "checkout" in step["uses"]]
    assert checkouts
    assert [one for one in checkouts if one["persist-credentials"] is not False] == []
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_a_workflow_without_a_submission_says_what_is_missing(tmp_path: Path, programs: Path) -> None:
    clone = copy_of_the_clone(tmp_path)

    run = bash(steps(WORKFLOWS[0])[-2]["run"], clone, programs, GITHUB_STEP_SUMMARY=tmp_path / "summary")

    said = "provision.py does not exist. A submission is a folder that holds provision.py"
    assert run.returncode == 2
    assert said in run.stderr
    [annotation] = read_log(run.stdout)
    assert (annotation.name, annotation.properties["title"]) == ("error", f"{LAB}: UNUSABLE")
    assert said in annotation.data
    assert said in (tmp_path / "summary").read_text("utf-8")
    assert sum(suite.errors for suite in read_junit((clone / "report.xml").read_text("utf-8"))) == 1


@pytest.mark.parametrize("name", CODES)
def test_gitlab_finds_the_junit_report(name: str, tmp_path: Path, programs: Path) -> None:
    job = yaml.safe_load(GITLAB)["grade"]
    clone = copy_of_the_clone(tmp_path)
    submission(name, clone / "submission" / LAB)

    run = bash("\n".join(job["script"]), clone, programs, CI="true")

    assert run.returncode == CODES[name], run.stderr
    assert ("FAILED" if CODES[name] else "PASSED") in run.stdout
    assert job["artifacts"]["when"] == "always"
    assert [path for path in job["artifacts"]["paths"] if not (clone / path).is_file()] == []
    read_junit((clone / job["artifacts"]["reports"]["junit"]).read_text("utf-8"))


def autograder(tmp_path: Path, programs: Path) -> Path:
    """The folders as Gradescope and setup.sh make them, somewhere else than at the root."""
    folder = tmp_path / "autograder"
    for part in ("results", "source", "venv/bin"):
        (folder / part).mkdir(parents=True)
    shutil.copytree(copy_of_the_clone(folder / "source"), folder / "source" / "validator")
    shutil.copy(programs / "python", folder / "venv" / "bin")
    return folder


@pytest.mark.parametrize(("name", "score"), [("passing", 100), ("failing", 0)])
def test_gradescope_finds_its_results(name: str, score: int, tmp_path: Path, programs: Path) -> None:
    folder = autograder(tmp_path, programs)
    submission(name, folder / "submission")

    run = bash(RUN_AUTOGRADER.replace("/autograder/", f"{folder}/"), folder, programs)

    assert run.returncode == 0, run.stderr
    text = (folder / "results" / "results.json").read_text("utf-8")
    report = read_gradescope(text)
    assert report["score"] == score
    visible = json.dumps([report["output"], *(one for one in report["tests"] if one["visibility"] == "visible")])
    assert str(tmp_path) not in visible
    assert "launch.py" not in visible
    assert str(folder / "submission") in report["tests"][-1]["output"]
    assert ("RuntimeError: my own mistake" in visible) == (name == "failing")


def test_gradescope_is_told_when_there_is_nothing_to_grade(tmp_path: Path, programs: Path) -> None:
    folder = autograder(tmp_path, programs)
    (folder / "submission").mkdir()

    run = bash(RUN_AUTOGRADER.replace("/autograder/", f"{folder}/"), folder, programs)

    assert run.returncode == 0, run.stderr
    report = read_gradescope((folder / "results" / "results.json").read_text("utf-8"))
    assert report["score"] == 0
    assert report["output"].startswith(f"{LAB}: UNUSABLE, nothing was graded\nprovision.py does not exist. ")
    assert str(tmp_path) not in report["output"]
    assert [(one["visibility"], one["status"]) for one in report["tests"]] == [("hidden", "failed")]


def test_a_course_that_names_no_lab_is_no_result_for_gradescope(tmp_path: Path, programs: Path) -> None:
    folder = autograder(tmp_path, programs)
    submission("passing", folder / "submission")
    script = RUN_AUTOGRADER.replace("/autograder/", f"{folder}/").replace(LAB, "no_such_lab")

    run = bash(script, folder, programs)

    assert run.returncode == 2
    assert "There is no lab 'no_such_lab'." in run.stderr


def test_what_cannot_be_run_here_is_a_script_at_least(tmp_path: Path, programs: Path) -> None:
    run = subprocess.run(["bash", "-n"], input=SETUP, capture_output=True, text=True, timeout=600, check=False)

    assert (run.returncode, run.stderr) == (0, "")
    assert "/autograder/source/validator/requirements.txt" in SETUP
    assert SETUP.splitlines()[0] == RUN_AUTOGRADER.splitlines()[0] == "#!/usr/bin/env bash"


def test_the_page_tells_of_every_format() -> None:
    from harness.report import FORMATS

    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(FORMATS)
