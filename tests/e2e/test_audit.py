"""`python validate_tasks.py audit`, as an author runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import paths
from tests.labs.engine import LAB
from tests.support import EVERY_CHECK, LISTED, MISSPELT, ROOT, copy_of_the_clone, run_command


@pytest.mark.proof
def test_all_labs_are_audited_where_none_is_named_those_for_tests_too(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    for file in (clone / "tasks").glob("*.yaml"):
        file.unlink()

    done = run_command("audit", "--format", "json", timeout=180, root=clone)

    assert done.returncode == 0, done.stderr
    audited = [(one["lab"], one["proven"]) for one in json.loads(done.stdout)["labs"]]
    assert audited == [(lab, True) for lab in paths.labs_for_tests()]
    assert EVERY_CHECK in paths.labs_for_tests()


@pytest.mark.proof
def test_a_weakened_check_turns_the_audit_red(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    file = clone / "checks" / "backup.py"
    text = file.read_text("utf-8")
    assert text.count('if status == "DISABLED":') == 1
    file.write_text(text.replace('if status == "DISABLED":', "if False:"), "utf-8")

    outcomes = clone / paths.outcomes(paths.review(EVERY_CHECK)).relative_to(ROOT)
    before = outcomes.read_bytes()

    done = run_command("audit", EVERY_CHECK, "--accept", root=clone)

    assert done.returncode == 1
    assert f"{EVERY_CHECK}: NOT PROVEN" in done.stdout
    assert (f"  nothing was accepted, because the audit is not proven; {outcomes} was left as it was\n") in done.stdout
    assert outcomes.read_bytes() == before
    status = "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
    blind = next(line for line in done.stdout.splitlines() if f"{status}: " in line)
    assert blind.startswith(f"  blind: dynamodb DescribeContinuousBackups orders-student {status}: ")
    assert "DISABLED" in blind
    assert status in done.stdout.partition("this is a draft for the review")[2]
    assert done.stdout.count("    reason: \n") >= 1


@pytest.mark.proof
def test_what_is_proven_can_be_accepted_and_the_file_is_named(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    outcomes = clone / paths.outcomes(paths.review(EVERY_CHECK)).relative_to(ROOT)
    before = outcomes.read_text("utf-8")
    outcomes.unlink()
    outcomes.parent.rmdir()

    done = run_command("audit", EVERY_CHECK, "--accept", root=clone)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"\n  how each is judged was written to {outcomes}\n")
    assert outcomes.read_text("utf-8") == before


def test_a_lab_without_its_reference_cannot_be_audited(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path, without=[paths.solution(LAB).relative_to(ROOT)])

    done = run_command("audit", LAB, root=clone)

    assert done.returncode == 2
    assert "The audit needs the lab's reference solution" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lab_without_a_review_cannot_be_audited(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    (clone / paths.review(EVERY_CHECK).relative_to(ROOT)).unlink()

    done = run_command("audit", EVERY_CHECK, root=clone)

    assert done.returncode == 2
    assert f"{EVERY_CHECK}.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_lab_is_told_by_its_name() -> None:
    done = run_command("audit", MISSPELT)

    assert done.returncode == 2
    assert f"Did you mean {LISTED[0]!r}?" in done.stderr
