"""The tool as pip installs it: it grades from any folder, keeps what users own there, and stays as it was installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import paths
from tests.support import LISTED, ROOT, clean_environment

pytestmark = pytest.mark.proof


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the tool, which sees the packages of the tests."""

    command: Path
    packages: Path

    def run(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Runs the command that pip made."""
        return subprocess.run(
            [self.command, *arguments],
            cwd=cwd,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def files(self) -> Mapping[Path, int]:
        """What was installed, bytecode aside, and when each file was written."""
        found = (file for file in self.packages.rglob("*") if file.suffix != ".pyc" and file.name != "__pycache__")
        return {file: file.stat().st_mtime_ns for file in found if file.is_file()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this clone, in a fresh virtual environment, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = (folder / "dist").glob("*.whl")
    environment = folder / "venv"
    venv.create(environment)
    python = environment / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-deps",
        "--quiet",
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    purelib = sysconfig.get_path("purelib", "venv", {"base": str(environment)})
    Path(purelib, "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return Installed(environment / "bin" / "validate-tasks", Path(purelib))


def test_it_grades_starts_and_keeps_labs_in_the_current_folder(installed: Installed, tmp_path: Path) -> None:
    before = installed.files()

    listed = installed.run("list", cwd=tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == LISTED, listed.stderr

    begun = installed.run("init", LISTED[0], cwd=tmp_path)
    assert f"The starter of {LISTED[0]} is in {tmp_path / 'submission' / LISTED[0]}." in begun.stdout
    assert f"  1. validate-tasks list {LISTED[0]} " in begun.stdout
    assert any((tmp_path / "submission" / LISTED[0]).iterdir())

    made = installed.run("new-lab", "shelves", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert f"$schema={installed.packages}/" in (tmp_path / "tasks" / "shelves.yaml").read_text("utf-8")
    assert "100 points: no problem found" in installed.run("check-lab", "shelves", cwd=tmp_path).stdout
    assert [line.split()[0] for line in installed.run("list", cwd=tmp_path).stdout.splitlines()] == sorted(
        [*LISTED, "shelves"]
    )

    graded = installed.run("shelves", "--format", "json", cwd=tmp_path)
    assert graded.returncode == 0, graded.stderr
    assert json.loads(graded.stdout)["earned"] == 100
    assert not installed.files().keys() - before.keys()
    assert installed.files() == before


def test_it_drives_the_code_of_a_lab_that_lies_with_its_scenario_in_the_current_folder(
    installed: Installed, tmp_path: Path
) -> None:
    shutil.copytree(paths.tasks("tiny"), tmp_path / "tasks")
    (tmp_path / "fixtures" / "tiny").mkdir(parents=True)
    shutil.copy(paths.scenario("tiny"), tmp_path / "fixtures" / "tiny")

    graded = installed.run("tiny", "--format", "json", cwd=tmp_path)

    assert graded.returncode == 0, graded.stderr
    assert json.loads(graded.stdout)["earned"] == 100


def test_its_errors_are_sentences_that_name_its_command(installed: Installed, tmp_path: Path) -> None:
    unknown = installed.run(LISTED[0][:-1], cwd=tmp_path)
    assert unknown.stderr.startswith(f"validate-tasks: There is no lab {LISTED[0][:-1]!r}. Did you mean {LISTED[0]!r}?")

    accepted = installed.run("audit", LISTED[0], "--accept", cwd=tmp_path)
    assert accepted.returncode == 2
    assert accepted.stderr == (
        f"validate-tasks: {LISTED[0]} is a part of this tool; --accept is only for labs of your own, in "
        f"{tmp_path / 'tasks'}.\n"
    )


def test_a_submission_finds_nothing_of_it_under_the_names_of_its_parts(installed: Installed) -> None:
    names = sorted(one.name for one in installed.packages.iterdir() if "dist-info" not in one.name)

    assert names == ["dynamodb_lab_validator", "packages_of_the_tests.pth"]
    assert not (installed.packages / "dynamodb_lab_validator" / "fixtures" / "tiny").exists(), (
        "labs for tests stay away"
    )
    assert os.access(installed.command, os.X_OK)
