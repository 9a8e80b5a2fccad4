"""Scores and verdicts of tasks."""

from __future__ import annotations

from harness.checking.finding import Finding, Reason, Score, Status, Verdict, task_verdict
from tests.each import each


def finding(status: Status, points: int = 10, reason: Reason | None = None) -> Finding:
    return Finding("", "task.check", "table.exists", status, points, reason)


PASS = finding(Status.PASS)
FAIL = finding(Status.FAIL)
BLOCKED = finding(Status.SKIP, reason=Reason.PREREQUISITE)
UNSUPPORTED = finding(Status.SKIP, reason=Reason.UNSUPPORTED)
NOT_ALLOWED = finding(Status.SKIP, reason=Reason.NOT_ALLOWED)
ERRORS = [
    finding(Status.ERROR, reason=reason) for reason in Reason if reason not in (Reason.UNSUPPORTED, Reason.NOT_ALLOWED)
]


@each(
    ("findings", "score"),
    [
        ([], Score(earned=0, undetermined=0, not_graded=0, maximum=0)),
        ([PASS], Score(earned=10, undetermined=0, not_graded=0, maximum=10)),
        ([FAIL], Score(earned=0, undetermined=0, not_graded=0, maximum=10)),
        ([BLOCKED], Score(earned=0, undetermined=0, not_graded=0, maximum=10)),
        ([UNSUPPORTED], Score(earned=0, undetermined=0, not_graded=10, maximum=0)),
        ([NOT_ALLOWED], Score(earned=0, undetermined=0, not_graded=10, maximum=0)),
        *[([error], Score(earned=0, undetermined=10, not_graded=0, maximum=10)) for error in ERRORS],
        (
            [PASS, PASS, FAIL, BLOCKED, UNSUPPORTED, NOT_ALLOWED, ERRORS[0]],
            Score(earned=20, undetermined=10, not_graded=20, maximum=50),
        ),
    ],
)
def test_points_are_added_up(findings: list[Finding], score: Score) -> None:
    assert Score.of(findings) == score
    assert Score.of(iter(findings)) == score


@each(
    ("earned", "maximum", "pass_mark", "reaches"),
    [
        (70, 100, 70, True),
        (69, 100, 70, False),
        (0, 0, 1, False),
        (0, 100, 1, False),
        (1, 3, 33, True),
        (1, 3, 34, False),
        (2, 3, 67, False),
        (29, 50, 58, True),  # 29 / 50 * 100 is 57.99999999999999
        (7, 100, 7, True),  # 7 / 100 is less than 0.07 times 1, with some roundings
        (14, 25, 56, True),
        (100, 100, 100, True),
        (99, 100, 100, False),
    ],
)
def test_the_pass_mark_is_compared_exactly(earned: int, maximum: int, pass_mark: int, reaches: bool) -> None:
    assert Score(earned, 0, 0, maximum).reaches(pass_mark) is reaches


def test_points_that_are_undecided_do_not_reach_the_pass_mark() -> None:
    assert not Score(earned=60, undetermined=40, not_graded=0, maximum=100).reaches(70)


@each(
    ("findings", "verdict"),
    [
        ([PASS], Verdict.PASSED),
        ([PASS, UNSUPPORTED], Verdict.PASSED),
        ([PASS, FAIL], Verdict.FAILED),
        ([PASS, BLOCKED], Verdict.FAILED),
        ([FAIL, ERRORS[0]], Verdict.INCOMPLETE),
        ([PASS, ERRORS[0]], Verdict.INCOMPLETE),
        ([BLOCKED, UNSUPPORTED], Verdict.FAILED),
        ([UNSUPPORTED, NOT_ALLOWED], Verdict.NOT_GRADED),
        ([], Verdict.NOT_GRADED),
        ([finding(Status.PASS, 0)], Verdict.PASSED),
        ([finding(Status.FAIL, 0), PASS], Verdict.FAILED),
    ],
)
def test_incomplete_beats_failed_beats_passed(findings: list[Finding], verdict: Verdict) -> None:
    assert task_verdict(findings) is verdict
    assert task_verdict(reversed(findings)) is verdict


def test_only_what_the_target_cannot_show_is_not_graded() -> None:
    assert [one for one in [PASS, FAIL, BLOCKED, *ERRORS] if one.not_graded] == []
    assert UNSUPPORTED.not_graded
    assert NOT_ALLOWED.not_graded
    assert not finding(Status.ERROR, reason=Reason.UNSUPPORTED).not_graded
