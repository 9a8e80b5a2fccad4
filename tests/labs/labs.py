"""The labs of this clone, what their test folders say, and the one run of each reference that the tests share."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import paths
from harness.audit.audit import SEED
from harness.grading import tape as tapes
from harness.grading.tape import Tape
from harness.labs.definition import known_labs
from tests.support import ROOT, RUNS, run_command

EVERY_LAB = list(dict.fromkeys([*known_labs(), *paths.labs_for_tests()]))
"""All labs: those in `tasks/`, and those that were made for tests."""

LABS = [lab for lab in EVERY_LAB if paths.solution(lab).is_dir()]
"""The labs that have a solution. The others have a recorded run instead."""

SMALL = "tiny"
"""The lab for which a plain `pytest` proves what it proves of the others with `-m proof`."""

FOLDERS = ROOT / "tests" / "labs"
EXPECTED = "expected.yaml"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the command: how it ended, its report as JSON, and the file of its tape."""

    exit_code: int
    stdout: str
    stderr: str
    tape: Path


@functools.cache
def reference_run(lab: str) -> Run:
    """The command's run of a lab's reference, with the data of the audit's seed. There is one in each test run."""
    folder = Path(os.environ[RUNS]) / lab
    folder.mkdir(exist_ok=True)
    tape, ended = folder / "tape.json", folder / "ended.yaml"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ended.is_file():
            options = ("--seed", str(SEED), "--record", tape, "--record-items", "--format", "json")
            done = run_command(lab, *options)
            ended.write_text(yaml.safe_dump([done.returncode, done.stdout, done.stderr]), "utf-8")
    exit_code, stdout, stderr = yaml.safe_load(ended.read_text("utf-8"))
    return Run(exit_code, stdout, stderr, tape)


def proven(labs: Iterable[str]) -> list[Any]:
    """The labs as parameters of a test that takes long: all but the small one are marked as proofs."""
    return [pytest.param(lab, marks=() if lab == SMALL else pytest.mark.proof) for lab in labs]


@functools.cache
def right_tape(lab: str) -> Tape:
    """The tape of an account in which everything holds."""
    return tapes.read(reference_run(lab).tape if lab in LABS else paths.tape(lab))


def told(lab: str, name: str) -> Any:
    """What a file in a lab's test folder says; None where there is none."""
    file = FOLDERS / lab / name
    return yaml.safe_load(file.read_text("utf-8")) if file.is_file() else None


def submissions(kind: str) -> list[Any]:
    """The `right` or `wrong` submissions in the labs' test folders, each with its lab, as parameters: all but the small
    lab's are marked as proofs."""
    return [
        pytest.param(lab, folder, id=f"{lab}-{folder.name}", marks=() if lab == SMALL else pytest.mark.proof)
        for lab in LABS
        for folder in sorted((FOLDERS / lab / kind).glob("*/"))
    ]


def copy_of_the_solution(lab: str, folder: Path, changed: Path | None = None) -> Path:
    """A lab's reference solution as a submission, with the files of another folder in it."""
    ignored = shutil.ignore_patterns("__pycache__", EXPECTED)
    made = shutil.copytree(paths.solution(lab), folder / "submission", ignore=ignored)
    if changed is not None:
        shutil.copytree(changed, made, ignore=ignored, dirs_exist_ok=True)
    return made
