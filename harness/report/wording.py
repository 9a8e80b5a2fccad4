"""What all reports for people say in the same words. Each report escapes these texts for its own format."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import paths
from harness.checking.finding import Finding, Reason, Score, Status, Verdict
from harness.grading.grade import Result, TaskResult
from harness.labs.definition import DEFAULT_STUDENT_ID
from harness.submission.provisioning import PROVISIONED, SubmissionKind
from harness.targets.target import TargetKind

BANNERS = {
    SubmissionKind.STUDENT: "",
    SubmissionKind.REFERENCE: "This grades the reference solution, not a student's work. "
    "Name a submission with --submission DIR.",
    SubmissionKind.ACCOUNT: "This grades what is in the account, whoever built it.",
}


def notes(result: Result) -> Iterator[str]:
    """What a reader must know first: that this is not a fresh run, or does not grade a student's work."""
    if result.problem:
        return
    if result.replayed:
        yield "graded again from a tape, without access to the account."
    if banner := BANNERS[result.submission.kind]:
        yield banner
    run = result.tape.provisioning
    told = [finding for finding in result.findings if finding.check == PROVISIONED]
    if run is not None and (run["exit_code"] != 0 or run["timed_out"]) and not told:
        yield (
            f"{Path(run['script']).name} failed or ran out of time, so something may be missing only because of that. "
            "Grade without --task to see why."
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """What is shown once: a finding that did not pass, with its task; other findings that say the same; and those that
    were not judged because one of these did not hold. `stake` is the sum of their points, as far as these count."""

    finding: Finding
    task: TaskResult
    same: tuple[Finding, ...]
    waiting: tuple[Finding, ...]
    stake: int


def causes(result: Result) -> list[Cause]:
    """Why points are missing: failures first, then what could not be decided, then what was not graded; the most
    valuable first in each group. A script that failed comes before all others, because it can cause them."""
    roots = {one.id for one in result.findings if one.status is not Status.PASS and not one.waits_for}
    told: dict[object, list[tuple[Finding, TaskResult]]] = defaultdict(list)
    waiting: dict[str, list[tuple[Finding, TaskResult]]] = defaultdict(list)
    for task in result.tasks:
        for finding in task.findings:
            if finding.waits_for in roots:
                waiting[finding.waits_for].append((finding, task))
            elif finding.status is not Status.PASS:
                told[_said(finding)].append((finding, task))
    found = []
    for group in told.values():
        behind = [one for finding, _ in group for one in waiting[finding.id]]
        stake = sum(finding.points for finding, task in [*group, *behind] if task.counted)
        [(first, task), *others] = group
        found.append(Cause(first, task, tuple(one for one, _ in others), tuple(one for one, _ in behind), stake))
    return sorted(found, key=lambda one: (_rank(one.finding), one.finding.check != PROVISIONED, -one.stake))


def _said(finding: Finding) -> object:
    """Everything that a finding says, except the check's id."""
    return finding.status, finding.reason, finding.message, finding.detail, tuple(evidence(finding))


def _rank(finding: Finding) -> int:
    if finding.status is Status.FAIL:
        return 0
    return 1 if finding.undecided else 2


def named(cause: Cause) -> str:
    """`recovery.enabled`, or `recovery.enabled and 3 more`."""
    more = len(cause.same) + len(cause.waiting)
    return f"{cause.finding.id} and {more} more" if more else cause.finding.id


def others(cause: Cause, *, verbose: bool) -> Iterator[str]:
    """What else follows from a cause, each as a sentence.

    Args:
        verbose: name the checks.
    """
    for findings, one, several in (
        (cause.same, "1 more check says the same", "{} more checks say the same"),
        (cause.waiting, "1 more check waits for this", "{} more checks wait for this"),
    ):
        if findings:
            said = one if len(findings) == 1 else several.format(len(findings))
            yield said + (f": {', '.join(finding.id for finding in findings)}." if verbose else ".")


def place(finding: Finding) -> str:
    """`<file>, line 12`: where in the submission it happened; empty if there is no such place."""
    return f"{finding.file}, line {finding.line}" if finding.file and finding.line else finding.file


def next_steps(result: Result, *, hints: int, verbose: bool) -> Iterator[tuple[str, str]]:
    """What a reader can do next: the purpose, and the command (or no command).

    Args:
        hints: how many hints were shown.
        verbose: whether the checks that passed were shown.
    """
    if result.problem:
        return
    stamp, told = result.stamp, causes(result)
    same = f"--task {stamp.task} " if stamp.task else ""
    if stamp.interrupted and not result.replayed:
        yield "Grade again, to the end", command(result, same)
    failed = [cause for cause in told if cause.finding.status is Status.FAIL]
    for cause in failed[:1]:
        task = cause.task.task
        more = f"--task {task.id}"
        if more_hints := len(task.hints) > hints:
            more += f" --hints {hints + 1}"
        yield "Repeat one task" + (", with more hints" if more_hints else ""), command(result, more)
    explained = failed or [one for one in told if one.finding.reason is not Reason.INTERRUPTED]
    for cause in [one for one in explained if one.finding.check != PROVISIONED][:1]:
        seed = "" if stamp.seed is None or result.replayed else f" --seed {stamp.seed}"
        yield "See what one finding rests on", command(result, f"{same}--explain {cause.finding.id}{seed}")
    if not verbose:
        yield "See every check, also what passed", command(result, f"{same}--verbose")
    if result.verdict is Verdict.PASSED and stamp.task and not result.replayed:
        yield "Grade the whole lab", command(result, "")
    elif result.verdict is Verdict.PASSED and result.submission.kind is SubmissionKind.STUDENT and not result.replayed:
        yield f"{'This is enough to pass' if failed else 'All is done'}: hand in {shown_folder(result)}", ""
    if result.submission.kind is SubmissionKind.REFERENCE:
        yield "Start your own submission", f"{paths.PROGRAM} init {result.lab.id}"


def command(result: Result, more: str) -> str:
    """The command that made a result, with more options. For a target elsewhere, the full command is not known."""
    if result.replayed or result.stamp.target != TargetKind.EMBEDDED:
        return f"(the same command) {more}".rstrip()
    words = [*paths.PROGRAM.split(), result.lab.id]
    folder = result.submission.folder
    if result.submission.kind is SubmissionKind.STUDENT and folder != paths.submission(result.lab.id):
        words += ["--submission", shown_folder(result)]
    if result.stamp.student_id != DEFAULT_STUDENT_ID:
        words += ["--student-id", result.stamp.student_id]
    return f"{shlex.join(words)} {more}".rstrip()


def relative_folder(result: Result) -> Path | None:
    """The submission's folder, relative to the current one; None if it is not below it."""
    try:
        here = Path.cwd()
    except OSError:  # the current folder was removed
        return None
    folder = result.submission.folder
    return folder.relative_to(here) if folder is not None and folder.is_relative_to(here) else None


def shown_folder(result: Result) -> str:
    """The submission's folder as a command line names it."""
    return str(relative_folder(result) or result.submission.folder or ".")


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
    if result.problem:
        return "nothing was graded"
    score = result.score
    said = f"{points(score)}, pass mark {result.lab.pass_mark} %"
    if score.not_graded:
        said += f", of what this target can show ({score.not_graded} points not graded)"
    return said


def reasons(result: Result) -> Iterator[str]:
    """What the points alone do not explain about the verdict."""
    if result.problem:
        yield result.problem
        return
    if result.stamp.interrupted:
        yield "The run was stopped: everything that was not judged by then is undecided."
    told = causes(result)
    undecided = [cause for cause in told if cause.finding.undecided]
    if undecided:
        yield f"Undecided, so neither passed nor failed: {', '.join(map(named, undecided))}."
    elif result.verdict is Verdict.INCOMPLETE:
        yield "Nothing that earns points could be judged, so neither passed nor failed."
    skipped = [cause for cause in told if cause.finding.not_graded]
    if skipped:
        yield f"Not graded on this target: {', '.join(f'{named(one)} ({one.finding.reason})' for one in skipped)}."
    failed = [task.task.id for task in result.tasks if task.task.required and task.verdict is Verdict.FAILED]
    if failed:
        yield f"Required, and not passed: {', '.join(failed)}."


def reason(finding: Finding) -> str:
    """` [denied]` with a leading space: why a check was skipped or not decided. Empty if there is no such reason."""
    return f" [{finding.reason}]" if finding.reason else ""


def evidence(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is known about a finding besides its message, each with its label."""
    for label, value in (
        ("required", finding.says),
        ("expected", finding.expected),
        ("found", finding.actual),
        ("in", place(finding)),
        ("where", finding.resource),
        ("to do", finding.remedy),
        ("hint", finding.hint),
    ):
        if value:
            yield label, value


def detail(finding: Finding) -> str:
    """The long text of a finding. A traceback of the harness is left out: it does not help readers, and --debug shows
    it."""
    return "" if finding.reason is Reason.CRASHED else finding.detail


def hints(task: TaskResult, tiers: int) -> tuple[str, ...]:
    """The first hints of a task in which something failed."""
    return task.task.hints[:tiers] if [one for one in task.findings if one.status is Status.FAIL] else ()


def hinted(result: Result, tiers: int) -> Iterator[tuple[Cause, tuple[str, ...]]]:
    """Why points are missing. The first failure of each task comes with the task's first hints."""
    seen: set[str] = set()
    for cause in causes(result):
        task = cause.task.task
        first = cause.finding.status is Status.FAIL and task.id not in seen
        seen |= {task.id} if first else set()
        yield cause, task.hints[:tiers] if first else ()
