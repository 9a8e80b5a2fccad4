"""What all reports for people say in the same words. Nothing here is escaped yet: each report does that for its sink."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.finding import Finding, Reason, Score, Status, Verdict
from harness.grade import Result, TaskResult
from harness.submission import SubmissionKind

PROVISIONED = "submission.provisioned"
"""The kind of check that tells how the submission's script ended."""

BANNERS = {
    SubmissionKind.STUDENT: "",
    SubmissionKind.REFERENCE: "This grades the reference solution, not a student's work. "
    "Name a submission with --submission DIR, or start one with: python validate_tasks.py init {assessment}",
    SubmissionKind.ACCOUNT: "This grades what lies in the account, whoever built it.",
}


def notes(result: Result) -> Iterator[str]:
    """What a reader must know before all else: that it is no fresh run, or not of a student's work."""
    if result.replayed:
        yield "graded again from a tape, without access to the account."
    if banner := BANNERS[result.submission.kind].format(assessment=result.assessment.id):
        yield banner
    run = result.tape.provisioning
    told = [finding for finding in result.findings if finding.check == PROVISIONED]
    if run is not None and (run["exit_code"] != 0 or run["timed_out"]) and not told:
        yield (
            f"{Path(run['script']).name} did not end well, so that something may be missing for that reason alone. "
            "Grade without --task to see why."
        )


def points(score: Score) -> str:
    """`20 of 25 points`, or `10 to 20 of 25 points` when something is undecided."""
    earned = str(score.earned)
    if score.undetermined:
        earned += f" to {score.earned + score.undetermined}"
    return f"{earned} of {so_many(score.maximum)}"


def so_many(points: int) -> str:
    """`1 point`, `20 points`."""
    return f"{points} point{'' if points == 1 else 's'}"


def worth(finding: Finding) -> str:
    """` (20 points)` with a leading space; nothing for a gate."""
    return f" ({so_many(finding.points)})" if finding.points else ""


def summary(result: Result) -> str:
    """The points of the run, without its verdict."""
    score = result.score
    said = f"{points(score)}, pass mark {result.assessment.pass_mark} %"
    if score.not_graded:
        said += f", of what this target can show ({score.not_graded} points not graded)"
    return said


def reasons(result: Result) -> Iterator[str]:
    """Why the verdict is not simply that of the points."""
    if result.interrupted:
        yield "The run was stopped: what was not judged by then is undecided."
    undecided = [finding for finding in result.findings if finding.undecided]
    if undecided:
        named = ", ".join(finding.id for finding in undecided)
        yield f"Undecided, so neither passed nor failed: {named}."
    elif result.verdict is Verdict.INCOMPLETE and not result.interrupted:
        yield "Nothing that earns points could be judged, so neither passed nor failed."
    skipped = [finding for finding in result.findings if finding.not_graded]
    if skipped:
        named = ", ".join(f"{finding.id} ({finding.reason})" for finding in skipped)
        yield f"Not graded on this target: {named}."
    failed = [task.task.id for task in result.tasks if task.task.required and task.verdict is Verdict.FAILED]
    if failed:
        yield f"Required, and not passed: {', '.join(failed)}."


def reason(finding: Finding) -> str:
    """` [denied]` with a leading space: why a check was skipped or not decided. Nothing where there is no such reason."""
    return f" [{finding.reason}]" if finding.reason else ""


def evidence(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is known of a finding beside its message, each with its label."""
    for label, value in (
        ("expected", finding.expected),
        ("found", finding.actual),
        ("where", finding.resource),
        ("to do", finding.remedy),
    ):
        if value:
            yield label, value


def detail(finding: Finding) -> str:
    """The long text of a finding. A traceback of the harness is nothing for readers: --debug shows it."""
    return "" if finding.reason is Reason.CRASHED else finding.detail


def hints(task: TaskResult, tiers: int) -> tuple[str, ...]:
    """The first tiers of hints of a task in which something failed."""
    return task.task.hints[:tiers] if [one for one in task.findings if one.status is Status.FAIL] else ()
