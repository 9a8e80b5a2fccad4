"""Where things lie in a clone, whatever the current folder."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TASKS = ROOT / "tasks"
LAB_SCHEMA = TASKS / "lab.schema.json"
AUDIT_SCHEMA = TASKS / "audit" / "audit.schema.json"
FIXTURES = ROOT / "fixtures"
LAUNCH = ROOT / "harness" / "submission" / "inside" / "launch.py"
SERVE_CALLS = ROOT / "harness" / "submission" / "inside" / "serve_calls.py"
PLAIN = ROOT / "harness" / "documents" / "plain.py"
JOURNALS = ROOT / ".journals"


def definition(lab_id: str) -> Path:
    """The definition of a lab."""
    return TASKS / f"{lab_id}.yaml"


def starter(lab_id: str) -> Path:
    """What a student starts from."""
    return TASKS / "starter" / lab_id


def solution(lab_id: str) -> Path:
    """The reference solution. A course may have deleted it."""
    return TASKS / "solution" / lab_id


def review(lab_id: str) -> Path:
    """What the lab's author has reviewed for its audit."""
    return TASKS / "audit" / f"{lab_id}.yaml"


def outcomes(review_file: Path) -> Path:
    """How the mutants of an audit are judged, as its author has accepted it. The command writes this file."""
    return review_file.parent / "generated" / f"{review_file.stem}.outcomes.txt"


def submission(lab_id: str) -> Path:
    """Where `init` puts a student's work and where it is looked for."""
    return ROOT / "submission" / lab_id
