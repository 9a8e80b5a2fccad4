"""Streams that are closed, full or no longer read, and Pythons that lack something: a sentence, and the right exit code."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness import paths
from harness.grading import tape as tapes
from tests.labs.labs import SMALL as LAB
from tests.support import LISTED, ROOT, copy_of_the_clone, run_command

pytestmark = pytest.mark.proof

PASSING = str(paths.solution(LAB))
GRADE = f"{LAB} --task build --submission {shlex.quote(PASSING)}"


def shell(
    arguments: str, redirection: str, *, python: str = "", before: str = "", after: str = ""
) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it, with its streams redirected, between other words."""
    command = f"{shlex.quote(sys.executable)} {python} {shlex.quote(str(ROOT / 'validate_tasks.py'))} {arguments}"
    return subprocess.run(
        ["/bin/sh", "-c", f"{before}{command} {redirection}{after}"],
        env={"PATH": os.defpath, "HOME": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_submission_that_passes_passes_without_standard_error(redirection: str) -> None:
    done = shell(GRADE, redirection)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PASSED  30 of 30 points")


@pytest.mark.parametrize("redirection", [">&-", ">&- 2>&-"])
@pytest.mark.parametrize("arguments", [GRADE, "list", "--help", f"list {LAB}"])
def test_what_a_closed_standard_output_loses_is_an_error(arguments: str, redirection: str) -> None:
    done = shell(arguments, redirection)

    assert done.returncode == 2
    sentence = "validate_tasks.py: The output cannot be written: standard output is closed.\n"
    assert done.stderr.endswith(sentence if redirection == ">&-" else "")
    assert "Traceback" not in done.stderr


def test_nothing_is_lost_with_a_closed_standard_output_when_the_report_is_a_file(tmp_path: Path) -> None:
    done = shell(f"{GRADE} --output {tmp_path / 'report.txt'}", ">&-")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.txt").read_text().startswith("PASSED  ")


@pytest.mark.parametrize("arguments", [GRADE, "list"])
def test_a_report_that_nobody_reads_is_an_error(arguments: str, tmp_path: Path) -> None:
    code, started = tmp_path / "code", tmp_path / "started"
    os.mkfifo(started)

    done = shell(
        arguments,
        f"; echo $? >{shlex.quote(str(code))}",
        before=f"{{ read _ <{shlex.quote(str(started))}; ",
        after=f"; }} | {{ exec <&-; echo >{shlex.quote(str(started))}; }}",
    )

    assert code.read_text() == "2\n"
    assert "validate_tasks.py: The output cannot be written: Broken pipe.\n" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [GRADE, "list", "--help"])
def test_a_full_disk_is_told(arguments: str) -> None:
    done = shell(arguments, ">/dev/full")

    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "bug of this tool" not in done.stderr


def test_a_report_is_not_lost_with_a_tape_that_cannot_be_written() -> None:
    done = shell(f"{GRADE} --record /dev/full", "")

    assert done.returncode == 2
    assert "PASSED  30 of 30 points" in done.stdout
    assert "The tape cannot be written to /dev/full" in done.stderr


def test_files_are_written_when_standard_output_cannot_be(tmp_path: Path) -> None:
    done = shell(f"{GRADE} --report junit={tmp_path / 'report.xml'}", ">/dev/full")

    assert done.returncode == 2
    assert "The output cannot be written: No space left on device." in done.stderr
    assert (tmp_path / "report.xml").read_text().startswith("<?xml")


def test_a_tape_is_not_lost_with_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    tape = tmp_path / "ann.tape"

    done = shell(f"{GRADE} --output /dev/full --record {shlex.quote(str(tape))}", "")

    assert done.returncode == 2
    assert "The report cannot be written to /dev/full: No space left on device." in done.stderr
    assert f"The tape is in {tape}." in done.stderr
    assert tapes.read(tape).readings


def test_everything_that_cannot_be_written_is_told() -> None:
    done = shell(f"{GRADE} --output /dev/full --record /proc/none", "")

    assert done.returncode == 2
    assert "The tape cannot be written to /proc/none: " in done.stderr
    assert "The report cannot be written to /dev/full: " in done.stderr


def test_an_isolated_python_finds_the_harness() -> None:
    assert shell("list", "", python="-I").stdout.startswith(LISTED[0])


@pytest.mark.parametrize("arguments", ["list", GRADE, "checks", f"init {LAB} nowhere", "audit"])
def test_a_python_without_the_packages_says_what_to_type(arguments: str) -> None:
    done = shell(arguments, "", python="-S -I")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert " is missing. Type: " in done.stderr
    assert done.stderr.endswith("-m pip install -r requirements.txt\n")


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        (
            "checks/table.py",
            "from botocore.model import Nothing\n",
            "cannot import name 'Nothing' from 'botocore.model'",
        ),
        ("checks/__init__.py", "import a_package_of_tomorrow\n", "No module named 'a_package_of_tomorrow'"),
        ("harness/cli/main.py", "def main(:\n", "invalid syntax"),
        ("harness/report/console.py", "import a_package_of_tomorrow\n", "the package a_package_of_tomorrow is missing"),
    ],
)
def test_a_tool_that_cannot_be_loaded_is_told_in_a_sentence(
    file: str, text: str, sentence: str, tmp_path: Path
) -> None:
    clone = copy_of_the_clone(tmp_path)
    (clone / file).write_text(text)

    run = run_command(LAB, "--task", "build", root=clone)

    assert (run.returncode, run.stdout) == (2, "")
    [said] = [line for line in run.stderr.splitlines() if not line.startswith("... ")]
    assert said.startswith("validate_tasks.py: ")
    assert sentence in said
    assert said.endswith(f". Type: {sys.executable} -m pip install -r requirements.txt")


def test_an_older_python_is_told_so(tmp_path: Path) -> None:
    older = tmp_path / "sitecustomize.py"
    older.write_text("import sys\nsys.version_info = (3, 10, 0)\nsys.version = '3.10.0 (main)'\n")

    run = run_command("list", env={"PATH": os.defpath, "PYTHONPATH": str(tmp_path)})

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "validate_tasks.py: Python 3.11 or newer is required; this is 3.10.0.\n"
