"""`python validate_tasks.py audit`, as an author runs it."""

from __future__ import annotations

import json
from pathlib import Path

from harness import paths
from tests.support import EVERY_CHECK, ROOT, copy_of_the_clone, run_command


def test_everything_is_proven_in_full() -> None:
    done = run_command("audit", "--full", "--format", "json", timeout=180)

    assert done.returncode == 0, done.stdout
    lab, every_check = json.loads(done.stdout)["labs"]
    assert (lab["lab"], lab["proven"]) == ("dynamodb_ecommerce", True)
    assert (every_check["lab"], every_check["proven"]) == ("every_check", True)
    assert lab["blind"] == lab["wrongly_blamed"] == lab["judged_anew"] == lab["remarks"] == []
    assert lab["mutants"] == lab["noticed"] + lab["irrelevant"]
    assert lab["noticed"] > 100
    assert lab["right_variants"] > 10
    assert "... grading the submission another-region" in done.stderr


def test_the_kinds_of_checks_are_audited_by_the_name_that_is_printed() -> None:
    done = run_command("audit", "every_check", "--format", "json")

    assert done.returncode == 0, done.stderr
    assert [(one["lab"], one["proven"]) for one in json.loads(done.stdout)["labs"]] == [("every_check", True)]


def test_a_weakened_check_turns_the_audit_red(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    file = clone / "checks" / "backup.py"
    text = file.read_text("utf-8")
    assert text.count('if status == "DISABLED":') == 1
    file.write_text(text.replace('if status == "DISABLED":', "if False:"), "utf-8")

    outcomes = clone / paths.outcomes(paths.review(EVERY_CHECK)).relative_to(ROOT)
    before = outcomes.read_bytes()

    done = run_command("audit", "every_check", "--accept", root=clone)

    assert done.returncode == 1
    assert "every_check: NOT PROVEN" in done.stdout
    assert (f"  nothing was accepted, because the audit is not proven; {outcomes} was left as it was\n") in done.stdout
    assert outcomes.read_bytes() == before
    assert (
        "blind: dynamodb DescribeContinuousBackups orders-student ContinuousBackupsDescription."
        "PointInTimeRecoveryDescription.PointInTimeRecoveryStatus: DISABLED (no finding changed)"
    ) in done.stdout


def test_what_is_proven_can_be_accepted_and_the_file_is_named(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    outcomes = clone / paths.outcomes(paths.review(EVERY_CHECK)).relative_to(ROOT)
    before = outcomes.read_text("utf-8")
    outcomes.unlink()
    outcomes.parent.rmdir()

    done = run_command("audit", "every_check", "--accept", root=clone)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"\n  how each is judged was written to {outcomes}\n")
    assert outcomes.read_text("utf-8") == before


def test_a_lab_without_its_reference_cannot_be_audited(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path, without=["tasks/solution"])

    done = run_command("audit", "dynamodb_ecommerce", root=clone)

    assert done.returncode == 2
    assert "The audit needs the lab's reference solution" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lab_without_a_review_cannot_be_audited(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    (clone / "tasks" / "audit" / "dynamodb_ecommerce.yaml").unlink()

    done = run_command("audit", "dynamodb_ecommerce", root=clone)

    assert done.returncode == 2
    assert "dynamodb_ecommerce.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_lab_is_told_by_its_name() -> None:
    done = run_command("audit", "dynamodb_ecomerce")

    assert done.returncode == 2
    assert "Did you mean 'dynamodb_ecommerce'?" in done.stderr
