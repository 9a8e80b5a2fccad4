"""Streams that are closed, full or no longer read, and Pythons that lack something: a sentence, and the right exit code."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.aws import tape as tapes
from tests.support import ROOT, points

LAB = "dynamodb_ecommerce"
PASSING = str(ROOT / "tasks" / "solution" / LAB)
GRADE = f"{LAB} --task schema --submission {shlex.quote(PASSING)}"


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
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
def test_a_submission_that_passes_passes_whatever_its_streams_are(redirection: str) -> None:
    done = shell(GRADE, redirection)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if redirection == "2>/dev/full":
        assert f"PASSED  {points('schema')} of {points('schema')} points" in done.stdout


@pytest.mark.parametrize("arguments", [GRADE, "list", "--help", f"{LAB} --list", "checks"])
def test_whoever_stops_reading_is_not_told(arguments: str, tmp_path: Path) -> None:
    code = tmp_path / "code"

    done = shell(arguments, "; echo $? >" + shlex.quote(str(code)), before="{ ", after="; } | true")

    assert code.read_text() == "0\n"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [GRADE, "list", "--help"])
def test_a_full_disk_is_told(arguments: str) -> None:
    done = shell(arguments, ">/dev/full")

    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "fault of this tool" not in done.stderr


def test_a_report_is_not_lost_with_a_tape_that_cannot_be_written() -> None:
    done = shell(f"{GRADE} --record /dev/full", "")

    assert done.returncode == 2
    assert f"PASSED  {points('schema')} of {points('schema')} points" in done.stdout
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
    assert shell("list", "", python="-I").stdout.startswith(LAB)


def test_a_python_without_the_packages_says_what_to_type() -> None:
    done = shell("list", "", python="-S -I")

    assert done.returncode == 2
    assert "is missing. Type: " in done.stderr
    assert "-m pip install -r requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr
