"""Reports for graders, as the command writes them: each format, several in one run, whatever the verdict is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.report import FORMATS
from tests.harness.report.consumers import (
    read_gradescope,
    read_json,
    read_junit,
    read_log,
    read_markdown,
)
from tests.labs.engine import LAB
from tests.labs.labs import FOLDERS, SMALL, copy_of_the_solution, reference_run
from tests.support import DEFINITION, ROOT, SOLUTION, copy_of_the_clone, points, run_command

REFERENCE = SOLUTION
FAILING = "print('::stop-commands::x ##[error]y <b>`|@z\\x1b[2J')\nraise RuntimeError('my own mistake')\n"
TIMES = re.compile(r'(time="|seconds" value="|seconds `|"seconds": |execution_time": |seconds: |in )\d+(\.\d+)?')


def markdown_text(text: str) -> str:
    return "\n".join(token.content for token in read_markdown(text) if token.type in ("text", "code_inline", "fence"))


def errors_of_junit(text: str) -> int:
    return sum(suite.errors for suite in read_junit(text))


VERDICTS: dict[str, Callable[[str], str]] = {
    "text": lambda text: text.partition("  ")[0],
    "json": lambda text: str(read_json(text)["verdict"]).upper(),
    "junit": lambda text: re.findall(r'"verdict" value="(\w+)"', text)[0].upper() if read_junit(text) else "",
    "markdown": lambda text: next(one for one in markdown_text(text).splitlines()[1:] if one),
    "github": lambda text: read_log(text)[0].properties["title"].partition(": ")[2],
    "gradescope": lambda text: re.findall(r": ([A-Z]+), ", read_gradescope(text)["output"])[0],
}
"""How each format's reader learns the verdict. Each refuses a text that holds anything but the report."""


def finding_ids(text: str, **fields: object) -> list[str]:
    """Of the JSON report, the findings with these fields."""
    found = [finding for task in read_json(text)["tasks"] for finding in task["findings"]]
    return [one["id"] for one in found if {name: one[name] for name in fields} == fields]


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
    shutil.copy(reference_run(LAB).tape, made["PASSED"])
    run = run_command(LAB, "--submission", failing, "--record", made["FAILED"])
    assert run.returncode == 1, run.stderr
    tape: dict[str, Any] = json.loads(made["PASSED"].read_text("utf-8"))
    tape["readings"] = [one for one in tape["readings"] if one["operation"] != "DescribeContinuousBackups"]
    made["INCOMPLETE"].write_text(json.dumps(tape), "utf-8")
    return made


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("verdict", "code"),
    [("PASSED", 0), *(pytest.param(*one, marks=pytest.mark.proof) for one in (("FAILED", 1), ("INCOMPLETE", 3)))],
)
def test_standard_output_holds_the_report_alone(form: str, verdict: str, code: int, tapes: dict[str, Path]) -> None:
    run = run_command(LAB, "--replay", tapes[verdict], "--format", form)

    assert (run.returncode, run.stderr) == (code, "")
    assert VERDICTS[form](run.stdout) == verdict


@pytest.mark.proof
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
    failures = finding_ids(texts["json"], status="fail")[:10]
    assert [one.name for one in read_log(run.stdout)] == ["notice", *("error" for _ in failures)]
    assert len(failures) >= 2


def flawed_submission(folder: Path) -> Path:
    """The small lab's reference with an index that holds the keys alone, and with a Scan."""
    submission = copy_of_the_solution(SMALL, folder, FOLDERS / SMALL / "wrong" / "scans")
    script = submission / "provision.py"
    text = script.read_text("utf-8")
    assert text.count('"ProjectionType": "ALL"') == 1
    script.write_text(text.replace('"ProjectionType": "ALL"', '"ProjectionType": "KEYS_ONLY"'), "utf-8")
    return submission


@pytest.mark.proof
def test_all_formats_tell_of_the_same_failures(tmp_path: Path) -> None:
    submission = flawed_submission(tmp_path)

    run = run_command(SMALL, "--submission", submission, "--hints", "2", *options_for(tmp_path))

    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMATS}
    report = read_json(texts["json"])
    failures = finding_ids(texts["json"], status="fail")
    assert failures == ["build.by-room", "code.cost"]
    assert run.stdout == texts["text"]
    assert {VERDICTS[form](text) for form, text in texts.items()} == {report["verdict"].upper()}
    assert failures == [
        f"{suite.name}.{case.name}"
        for suite in read_junit(texts["junit"])
        for case in suite
        if [one for one in case.result if type(one).__name__ == "Failure"]
    ]
    errors = [one for one in read_log(texts["github"]) if one.name == "error"]
    assert sorted(one.properties["title"].split()[0] for one in errors) == failures
    tests = read_gradescope(texts["gradescope"])["tests"]
    assert sum(test["score"] for test in tests) == report["earned"]
    assert sum(test["max_score"] for test in tests) == report["maximum"]
    failed = [test["name"].partition(":")[0] for test in tests if test["status"] == "failed"]
    assert [one for one in failed if one in failures] == failures
    assert [one for one in failures if f"FAIL {one}" not in markdown_text(texts["markdown"])] == []
    assert "hint 2" in texts["markdown"]


def test_an_incomplete_run_says_so_in_every_format(tmp_path: Path, tapes: dict[str, Path]) -> None:
    run = run_command(LAB, "--replay", tapes["INCOMPLETE"], *options_for(tmp_path))

    assert run.returncode == 3
    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMATS}
    assert {form: VERDICTS[form](text) for form, text in texts.items()} == dict.fromkeys(FORMATS, "INCOMPLETE")
    undecided = finding_ids(texts["json"], reason="not-on-tape")
    assert undecided == ["recovery.point-in-time"]
    assert errors_of_junit(texts["junit"]) == 1
    assert [one.name for one in read_log(texts["github"])] == ["notice", "warning"]
    earned, maximum = (read_json(texts["json"])[name] for name in ("earned", "maximum"))
    assert earned < maximum == 100
    assert f"**INCOMPLETE**: {earned} to 100 of 100 points" in texts["markdown"]
    report = read_gradescope(texts["gradescope"])
    assert report["score"] == earned
    assert f"The true score is between {earned} and 100 of 100." in report["output"]
    names = [one["name"] for one in report["tests"] if one["name"].startswith("UNDETERMINED")]
    assert [name.split()[1] for name in names] == ["recovery.point-in-time:"]


@pytest.mark.proof
def test_the_same_result_makes_the_same_reports(tmp_path: Path, tapes: dict[str, Path]) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        run_command(LAB, "--replay", tapes["FAILED"], *options_for(folder))

    for form in FORMATS:
        first, second = (TIMES.sub(r"\g<1>0", (folder / form).read_text("utf-8")) for folder in folders)
        assert first == second


@pytest.mark.proof
def test_a_task_by_itself(tmp_path: Path) -> None:
    run = run_command(LAB, "--submission", REFERENCE, "--task", "recovery", *options_for(tmp_path))

    assert run.returncode == 0
    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMATS}
    report, whole = read_gradescope(texts["gradescope"]), read_json(texts["json"])
    counted = [task["points"] for task in whole["tasks"] if task["counted"]]
    assert [report["score"]] == [sum(test["max_score"] for test in report["tests"])] == counted
    assert texts["markdown"].count(" (only as a prerequisite) | ") == len(whole["tasks"]) - 1 > 0


@pytest.mark.proof
def test_a_report_that_cannot_be_written_keeps_no_other_from_being_written(tmp_path: Path) -> None:
    run = run_command(
        *(LAB, "--submission", REFERENCE, "--task", "schema"),
        *("--report", "junit=/dev/full", "--report", f"json={tmp_path / 'report.json'}"),
    )

    assert run.returncode == 2
    assert f"PASSED  {points('schema')} of {points('schema')} points" in run.stdout
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


def empty_folder(folder: Path) -> list[str | Path]:
    (folder / "ann").mkdir(exist_ok=True)
    return ["--submission", folder / "ann"]


def archive(folder: Path) -> list[str | Path]:
    (folder / "ann.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    return ["--submission", folder / "ann.zip"]


def foreign_tape(folder: Path) -> list[str | Path]:
    (folder / "ann.tape").write_text("{}")
    return ["--replay", folder / "ann.tape"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (empty_folder, "provision.py does not exist. A submission is a folder that holds provision.py; start one"),
        (archive, "ann.zip is a file. Unpack it, and name the folder that holds provision.py."),
        (foreign_tape, "ann.tape is damaged at its beginning. Nothing was graded."),
        (lambda folder: ["--submission", folder / "::error::\n<b>x"], "does not exist. A submission is a folder"),
        (lambda folder: ["--student-id", "Ann"], "--student-id 'Ann' cannot be part of AWS names: use 1 to 20"),
        (lambda folder: ["--submission", REFERENCE, "--task", "none"], f"{LAB} has no task 'none'."),
    ],
)
def test_a_run_that_grades_nothing_is_a_row_in_every_report(
    given: Callable[[Path], list[str | Path]], sentence: str, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()

    run = run_command(
        LAB, *given(tmp_path), "--format", "json", "--output", reports / "own.json", *options_for(reports)
    )

    assert (run.returncode, run.stdout) == (2, "")
    texts = {form: (reports / form).read_text("utf-8") for form in FORMATS}
    assert {form: VERDICTS[form](text) for form, text in texts.items()} == dict.fromkeys(FORMATS, "UNUSABLE")
    report = read_json(texts["json"])
    assert sentence in report["message"]
    assert (report["earned"], report["undetermined"], report["maximum"], report["tasks"]) == (0, 100, 100, [])
    printed = run_command(LAB, *given(tmp_path), "--format", "json")
    assert (printed.returncode, read_json(printed.stdout)["message"]) == (2, report["message"])
    own = read_json((reports / "own.json").read_text("utf-8"))
    assert (own["verdict"], own["message"]) == ("unusable", report["message"])
    words = " ".join(sentence.rpartition("/")[2].split())
    assert "".join(words.split()) in "".join(texts["text"].split())  # a long path is broken into lines
    assert words in markdown_text(texts["markdown"])
    [suite] = read_junit(texts["junit"])
    assert [(case.name, [type(one).__name__ for one in case.result]) for case in suite] == [("run", ["Error"])]
    [annotation] = read_log(texts["github"])
    assert (annotation.name, words in annotation.data) == ("error", True)
    results = read_gradescope(texts["gradescope"])
    assert (results["score"], [one["status"] for one in results["tests"]]) == (0, ["failed"])
    assert words in results["output"]
    assert str(tmp_path) not in results["output"]
    assert read_log("".join(text for form, text in texts.items() if form != "github")) == []


def test_a_definition_that_cannot_be_used_is_told_in_the_reports(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    (clone / DEFINITION.relative_to(ROOT)).write_text("id: x\n")

    run = run_command(LAB, "--report", f"json={tmp_path / 'json'}", root=clone)

    assert run.returncode == 2
    report = read_json((tmp_path / "json").read_text("utf-8"))
    assert (report["verdict"], f"{LAB}.yaml:1: " in report["message"]) == ("unusable", True)


def test_a_fault_of_the_tool_is_a_row_too(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    grade = clone / "harness" / "grading" / "grade.py"
    text = grade.read_text("utf-8")
    assert text.count("    submission = _submission(options, definition.handed_in(file))\n") == 1
    grade.write_text(
        text.replace(
            "    submission = _submission(options, definition.handed_in(file))\n", "    raise ValueError('odd')\n"
        ),
        "utf-8",
    )

    run = run_command(LAB, "--report", f"json={tmp_path / 'json'}", root=clone)

    assert run.returncode == 3
    report = read_json((tmp_path / "json").read_text("utf-8"))
    assert (report["verdict"], report["undetermined"]) == ("incomplete", 100)
    assert "bug of this tool (ValueError: odd)" in report["message"]


def test_reports_are_not_lost_with_a_finding_that_is_not_there(tmp_path: Path, tapes: dict[str, Path]) -> None:
    run = run_command(LAB, "--replay", tapes["FAILED"], "--explain", "x.y", "--report", f"json={tmp_path / 'json'}")

    assert (run.returncode, run.stdout) == (2, "")
    assert "This run has no finding x.y." in run.stderr
    assert read_json((tmp_path / "json").read_text("utf-8"))["verdict"] == "failed"


@pytest.mark.proof
def test_one_cause_is_told_once_and_in_full_to_whoever_asks(tapes: dict[str, Path]) -> None:
    short, long = (run_command(LAB, "--replay", tapes["FAILED"], *more).stdout for more in ([], ["--verbose"]))

    report = run_command(LAB, "--replay", tapes["FAILED"], "--format", "json").stdout
    waiting = finding_ids(report, waits_for="schema.table")
    assert len(waiting) > 20
    assert f"\n  {len(waiting)} more checks wait for this.\n" in short
    assert [one for one in waiting if one in short] == []
    assert [one for one in finding_ids(report) if one not in long] == []
