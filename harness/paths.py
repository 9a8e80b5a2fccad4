"""Where things lie in a clone, whatever the current folder."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TASKS = ROOT / "tasks"
LAB_SCHEMA = TASKS / "lab.schema.json"
AUDIT_SCHEMA = TASKS / "audit" / "audit.schema.json"
COMMON_REVIEWS = TASKS / "audit" / "common"
FIXTURES = ROOT / "fixtures"
LAUNCH = ROOT / "harness" / "submission" / "inside" / "launch.py"
SERVE_CALLS = ROOT / "harness" / "submission" / "inside" / "serve_calls.py"
PLAIN = ROOT / "harness" / "documents" / "plain.py"
JOURNALS = ROOT / ".journals"


def tasks(lab_id: str) -> Path:
    """The folder that holds a lab: `tasks/`, else that of a lab for tests."""
    if (TASKS / f"{lab_id}.yaml").is_file() or lab_id not in labs_for_tests():
        return TASKS
    return FIXTURES / lab_id / "tasks"


def labs_for_tests() -> list[str]:
    """The ids of the labs that were made for tests, sorted: of each, `fixtures/<lab>/tasks/` holds what `tasks/` holds of
    the others."""
    files = FIXTURES.glob("*/tasks/*.yaml")
    return sorted(file.stem for file in files if file.stem == file.parent.parent.name)


def definition(lab_id: str) -> Path:
    """The definition of a lab."""
    return tasks(lab_id) / f"{lab_id}.yaml"


def tape(lab_id: str) -> Path:
    """The recorded run of a lab that has no solution. Only labs that were made for tests have one."""
    return tasks(lab_id) / f"{lab_id}.tape.json"


def starter(lab_id: str) -> Path:
    """What a student starts from."""
    return tasks(lab_id) / "starter" / lab_id


def solution(lab_id: str) -> Path:
    """The reference solution. A course may have deleted it."""
    return tasks(lab_id) / "solution" / lab_id


def review(lab_id: str) -> Path:
    """What the lab's author has reviewed for its audit."""
    return tasks(lab_id) / "audit" / f"{lab_id}.yaml"


def outcomes(review_file: Path) -> Path:
    """How the mutants of an audit are judged, as its author has accepted it."""
    return review_file.parent / "generated" / f"{review_file.stem}.outcomes.txt"


def scenario(lab_id: str) -> Path:
    """What is done with the code that a lab drives."""
    return FIXTURES / lab_id / "scenario.py"


def submission(lab_id: str) -> Path:
    """Where `init` puts a student's work and where it is looked for."""
    return ROOT / "submission" / lab_id
