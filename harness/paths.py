"""The tool's files and folders. In a clone, everything is in the clone, independent of the current folder. Once the tool is
installed, its own files are in its package, and what users own (their submissions, their labs, the journals of their runs) is
in the current folder."""

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
SKELETON = ROOT / "harness" / "labs" / "skeleton"
SKELETON_ID = "new_lab"
"""The id of the lab that authors start from, and the folder that holds it as `tasks/` holds others."""

INSTALLED = any(ROOT.parent.glob("dynamodb_lab_validator-*.dist-info"))
"""Whether pip installed this in a folder of packages. The tool never writes there."""

OWN = Path.cwd() if INSTALLED else ROOT
"""The folder of what users own."""

PROGRAM = "validate-tasks" if INSTALLED else "python validate_tasks.py"
"""What users type."""

JOURNALS = OWN / ".journals"


def own_tasks() -> Path:
    """The folder of the labs that users write."""
    return OWN / "tasks" if INSTALLED else TASKS


def tasks(lab_id: str) -> Path:
    """The folder that holds a lab: the user's, or the one that comes with the tool, or that of a lab for tests."""
    for folder in (own_tasks(), TASKS):
        if (folder / f"{lab_id}.yaml").is_file():
            return folder
    return FIXTURES / lab_id / "tasks" if lab_id in labs_for_tests() else own_tasks()


def labs_for_tests() -> list[str]:
    """The ids of the labs for tests, sorted. `fixtures/<lab>/tasks/` holds for each of them what `tasks/` holds for the
    other labs."""
    files = FIXTURES.glob("*/tasks/*.yaml")
    return sorted(file.stem for file in files if file.stem == file.parent.parent.name)


def definition(lab_id: str) -> Path:
    """The definition of a lab."""
    return tasks(lab_id) / f"{lab_id}.yaml"


def tape(lab_id: str) -> Path:
    """The recorded run of a lab without a solution. Only labs for tests have one."""
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
    """How the mutants of an audit are judged, as the lab's author accepted it."""
    return review_file.parent / "generated" / f"{review_file.stem}.outcomes.txt"


def scenario(lab_id: str) -> Path:
    """What the tool does with the code of a submission to a lab."""
    own = OWN / "fixtures" / lab_id / "scenario.py"
    return own if own.is_file() else FIXTURES / lab_id / "scenario.py"


def submission(lab_id: str) -> Path:
    """Where `init` puts a student's work, and where the tool looks for it."""
    return OWN / "submission" / lab_id
