"""What `new-lab` writes can be checked and graded as it is, and is never written over anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import LISTED, copy_of_the_clone, run_command

NEXT = """\
The lab shelves is in {tasks}. Next:
  1. edit {tasks}/shelves.yaml, starter/shelves/ and solution/shelves/ beside it
  2. python validate_tasks.py check-lab shelves     shows what is wrong with the definition
  3. python validate_tasks.py shelves     grades the solution
  4. python validate_tasks.py audit shelves --full     shows which mistakes no check notices; put what the lab
     does not require into audit/shelves.yaml, and if everything is proven, add --accept
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with a new lab."""
    clone = copy_of_the_clone(tmp_path_factory.mktemp("new"))
    run = run_command("new-lab", "shelves", root=clone)
    assert (run.returncode, run.stderr, run.stdout) == (0, "", NEXT.format(tasks=clone / "tasks"))
    return clone


def test_it_has_no_problem_and_its_solution_earns_every_point(clone: Path) -> None:
    checked = run_command("check-lab", "shelves", root=clone)
    assert checked.stdout == "shelves: 2 tasks, 5 checks, 100 points: no problem found.\n"

    graded = run_command("shelves", "--format", "json", root=clone)
    assert graded.returncode == 0, graded.stderr
    result = json.loads(graded.stdout)
    assert (result["verdict"], result["earned"], result["submission"]) == ("passed", 100, "reference")
    assert {finding["status"] for task in result["tasks"] for finding in task["findings"]} == {"pass"}


def test_its_starter_earns_nothing(clone: Path) -> None:
    graded = run_command("shelves", "--submission", clone / "tasks/starter/shelves", "--format", "json", root=clone)

    assert graded.returncode == 1, graded.stderr
    assert json.loads(graded.stdout)["earned"] == 0


def test_it_consists_of_four_files_that_name_it(clone: Path) -> None:
    files = {str(file.relative_to(clone)): file for file in clone.rglob("*shelves*/**/*.*")}
    files |= {str(file.relative_to(clone)): file for file in clone.rglob("shelves*") if file.is_file()}

    assert {*files} == {
        "tasks/shelves.yaml",
        "tasks/audit/shelves.yaml",
        "tasks/starter/shelves/provision.py",
        "tasks/solution/shelves/provision.py",
    }
    definition = files["tasks/shelves.yaml"].read_text("utf-8")
    assert "\nid: shelves\n" in definition
    assert "  table_name: shelves-${student_id}\n" in definition
    assert not [name for name, file in files.items() if "new_lab" in file.read_text("utf-8")]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("shelves", "The lab shelves exists; choose another name."),
        (LISTED[0], f"The lab {LISTED[0]} exists; choose another name."),
        ("tiny", "The lab tiny exists; choose another name."),
        ("grade", "grade is the name of a command; choose another name."),
        (
            "../x",
            "'../x' cannot be the name of a lab: use 3 to 60 lower-case letters, digits and underscores, beginning with a",
        ),
        ("a\n", "cannot be the name of a lab"),
        ("", "'' cannot be the name of a lab"),
        ("begun", "{tasks}/starter/begun exists. Nothing was written; choose another name."),
        ("judged", "{tasks}/audit/judged.yaml exists. Nothing was written; choose another name."),
    ],
)
def test_a_name_that_is_bad_or_taken_is_refused_and_nothing_written(name: str, sentence: str, clone: Path) -> None:
    (clone / "tasks" / "starter" / "begun").mkdir(exist_ok=True)
    (clone / "tasks" / "audit" / "judged.yaml").touch()
    before = {file: file.stat().st_mtime_ns for file in (clone / "tasks").rglob("*")}

    run = run_command("new-lab", name, root=clone)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("validate_tasks.py: ")
    assert sentence.format(tasks=clone / "tasks") in run.stderr
    assert {file: file.stat().st_mtime_ns for file in (clone / "tasks").rglob("*")} == before


def test_a_lab_called_like_a_command_is_refused_by_check_lab(clone: Path) -> None:
    text = (clone / "tasks" / "shelves.yaml").read_text("utf-8")
    (clone / "tasks" / "audit.yaml").write_text(text.replace("shelves", "audit"), "utf-8")

    checked = run_command("check-lab", "audit", root=clone)

    assert (checked.returncode, checked.stderr) == (2, "")
    assert f"{clone}/tasks/audit.yaml:3: at id: is the name of a command; choose another.\n" in checked.stdout
