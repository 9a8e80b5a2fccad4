"""The audit proves every lab."""

from __future__ import annotations

import json

import pytest

from harness import paths
from harness.audit.review import load_review
from harness.labs.definition import load_lab
from harness.targets.embedded.account import ACCOUNT_ID
from tests.labs.labs import EVERY_LAB, LABS, proven
from tests.support import run_command


@pytest.mark.parametrize("lab", proven(EVERY_LAB))
def test_everything_is_proven_in_full(lab: str) -> None:
    checks = list(load_lab(lab, student_id="student", account_id=ACCOUNT_ID, region="us-east-1").checks)
    review = load_review(paths.review(lab), {one.finding_id for one in checks})

    done = run_command("audit", lab, "--full", "--format", "json")

    assert done.returncode == 0, done.stdout
    [found] = json.loads(done.stdout)["labs"]
    assert (found["lab"], found["proven"]) == (lab, True)
    assert found["blind"] == found["wrongly_blamed"] == found["judged_anew"] == found["remarks"] == []
    assert found["mutants"] == found["noticed"] + found["irrelevant"]
    assert found["noticed"] > 5 * len(checks)
    assert found["right_variants"] > 5
    for mutant in review.submission_mutants if lab in LABS else ():
        assert f"... grading the submission {mutant.id}\n" in done.stderr
