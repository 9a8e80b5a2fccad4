"""Reports for graders, as the command writes them: each format, several in one run, whatever the verdict is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.report import FORMATS
from tests.e2e.test_readme import flawed_submission
from tests.harness.report.consumers import (
    read_gradescope,
    read_json,
    read_junit,
    read_log,
    read_markdown,
)
from tests.support import ROOT, run_command

LAB = "dynamodb_ecommerce"
REFERENCE = ROOT / "tasks" / "solution" / LAB
FAILING = "print('::stop-commands::x ##[error]y <b>`|@z\\x1b[2J')\nraise RuntimeError('my own mistake')\n"
TIMES = re.compile(r'(time="|seconds" value="|seconds `|"seconds": |execution_time": |seconds: |in )\d+(\.\d+)?')


def markdown_text(text: str) -> str:
    return "\n".join(token.content for token in read_markdown(text) if token.type in ("text", "code_inline", "fence"))


def errors_of_junit(text: str) -> int:
    return sum(suite.errors for suite in read_junit(text))


VERDICTS: dict[str, Callable[[str], str]] = {
    "text": lambda text: re.findall(r"^(PASSED|FAILED|INCOMPLETE)  ", text, re.MULTILINE)[-1],
    "json": lambda text: str(read_json(text)["verdict"]).upper(),
    "junit": lambda text: re.findall(r'"verdict" value="(\w+)"', text)[0].upper() if read_junit(text) else "",
    "markdown": lambda text: next(one for one in markdown_text(text).splitlines()[1:] if one),
    "github": lambda text: read_log(text)[0].properties["title"].removeprefix(f"{LAB}: "),
    "gradescope": lambda text: re.findall(r": (PASSED|FAILED|INCOMPLETE), ", read_gradescope(text)["output"])[0],
}
"""How each format's reader learns the verdict. Each refuses a text that holds anything but the report."""


def options_for(folder: Path) -> list[str]:
    return [option for form in FORMATS for option in ("--report", f"{form}={folder / form}")]


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tapes of a run that passes, one that fails and one of which not all can be told, by exit code and verdict."""
    folder = tmp_path_factory.mktemp("tapes")
    failing = folder / "failing"
    failing.mkdir()
    (failing / "provision.py").write_text(FAILING)
    made = {name: folder / f"{name}.tape" for name in ("PASSED", "FAILED", "INCOMPLETE")}
    for name, submission in (("PASSED", REFERENCE), ("FAILED", failing)):
        run = run_command(LAB, "--submission", submission, "--record", made[name])
        assert run.returncode == ("PASSED", "FAILED").index(name), run.stderr
    tape: dict[str, Any] = json.loads(made["PASSED"].read_text("utf-8"))
    tape["readings"] = [one for one in tape["readings"] if one["operation"] != "DescribeTimeToLive"]
    made["INCOMPLETE"].write_text(json.dumps(tape), "utf-8")
    return made


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("verdict", "code"), [("PASSED", 0), ("FAILED", 1), ("INCOMPLETE", 3)])
def test_standard_output_holds_the_report_alone(form: str, verdict: str, code: int, tapes: dict[str, Path]) -> None:
    run = run_command(LAB, "--replay", tapes[verdict], "--format", form)

    assert (run.returncode, run.stderr) == (code, "")
    assert VERDICTS[form](run.stdout) == verdict


def test_a_failing_submission_in_every_format_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "provision.py").write_text(FAILING)

    run = run_command(
        LAB, "--submission", tmp_path, "--student-id", "ann", "--format", "github", *options_for(tmp_path)
    )

    assert run.returncode == 1
    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMATS}
    assert {form: VERDICTS[form](text) for form, text in texts.items()} == dict.fromkeys(FORMATS, "FAILED")
    assert [line for line in run.stderr.splitlines() if "report" in line] == [
        f"The {form} report is in {tmp_path / form}." for form in FORMATS
    ]
    assert texts["github"] == run.stdout
    assert all("\x1b" not in text for text in texts.values())
    assert read_log(run.stderr + "".join(text for form, text in texts.items() if form != "github")) == []

    mistake = "RuntimeError: my own mistake"
    assert mistake in texts["text"]
    assert mistake in markdown_text(texts["markdown"])
    assert mistake in texts["junit"]
    assert "where: provision.py" in texts["gradescope"]
    assert [one.name for one in read_log(run.stdout)] == ["notice", "error", "error"]


def test_a_submission_that_passes_with_failures(tmp_path: Path) -> None:
    run = run_command(
        LAB, "--submission", flawed_submission(tmp_path / "flawed"), "--hints", "2", *options_for(tmp_path)
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout == (tmp_path / "text").read_text("utf-8")
    failures = [case.name for suite in read_junit((tmp_path / "junit").read_text()) for case in suite if case.result]
    assert failures == ["point-in-time", "view-type"]
    assert [one.name for one in read_log((tmp_path / "github").read_text())] == ["notice", "error", "error"]
    tests = read_gradescope((tmp_path / "gradescope").read_text())["tests"]
    assert (sum(test["score"] for test in tests), sum(test["max_score"] for test in tests)) == (72, 100)
    assert [test["number"] for test in tests if test["status"] == "failed"] == ["5.1", "6.2"]
    assert "hint 2" in (tmp_path / "markdown").read_text("utf-8")


def test_an_incomplete_run_says_so_in_every_format(tmp_path: Path, tapes: dict[str, Path]) -> None:
    run = run_command(LAB, "--replay", tapes["INCOMPLETE"], *options_for(tmp_path))

    assert run.returncode == 3
    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMATS}
    assert {form: VERDICTS[form](text) for form, text in texts.items()} == dict.fromkeys(FORMATS, "INCOMPLETE")
    assert errors_of_junit(texts["junit"]) == 1
    assert [one.name for one in read_log(texts["github"])] == ["notice", "warning"]
    assert "**INCOMPLETE**: 80 to 100 of 100 points" in texts["markdown"]
    report = read_gradescope(texts["gradescope"])
    assert report["score"] == 80
    assert "The true one lies between 80 and 100 of 100." in report["output"]
    assert [one["number"] for one in report["tests"] if one["name"].startswith("UNDETERMINED")] == ["4.1"]


def test_the_same_result_makes_the_same_reports(tmp_path: Path, tapes: dict[str, Path]) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        run_command(LAB, "--replay", tapes["FAILED"], *options_for(folder))

    for form in FORMATS:
        first, second = (TIMES.sub(r"\g<1>0", (folder / form).read_text("utf-8")) for folder in folders)
        assert first == second


def test_a_task_by_itself(tmp_path: Path) -> None:
    run = run_command(LAB, "--submission", REFERENCE, "--task", "expiry", *options_for(tmp_path))

    assert run.returncode == 0
    report = read_gradescope((tmp_path / "gradescope").read_text())
    assert (report["score"], sum(test["max_score"] for test in report["tests"])) == (20, 20)
    assert (
        "| 1 | One table for all entities (required) (only as a prerequisite) |" in (tmp_path / "markdown").read_text()
    )


def test_a_report_that_cannot_be_written_keeps_no_other_from_being_written(tmp_path: Path) -> None:
    run = run_command(
        LAB, "--submission", REFERENCE, "--report", "junit=/dev/full", "--report", f"json={tmp_path / 'report.json'}"
    )

    assert run.returncode == 2
    assert "PASSED  100 of 100 points" in run.stdout
    assert "The junit report cannot be written to /dev/full: No space left on device." in run.stderr
    assert VERDICTS["json"]((tmp_path / "report.json").read_text()) == "PASSED"


def test_nothing_is_graded_or_written_when_one_file_is_refused(tmp_path: Path) -> None:
    run = run_command(
        LAB,
        *("--report", f"junit={tmp_path / 'report.xml'}"),
        *("--report", f"markdown={tmp_path / 'nowhere' / 'report.md'}"),
    )

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"validate_tasks.py: --report markdown {tmp_path / 'nowhere' / 'report.md'}: "
        f"the folder {tmp_path / 'nowhere'} does not exist.\n"
    )
    assert list(tmp_path.iterdir()) == []
