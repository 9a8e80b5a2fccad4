"""The report for people: readable without colour, in 80 columns, on a terminal without emoji."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.checking.finding import Finding, Status, Verdict
from harness.grading.grade import Result, TaskResult
from harness.report import wording
from harness.report.text import printable

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.SKIP: "yellow",
    Status.ERROR: "bold magenta",
    Verdict.PASSED: "bold green",
    Verdict.FAILED: "bold red",
    Verdict.INCOMPLETE: "bold magenta",
    Verdict.INTERRUPTED: "bold magenta",
    Verdict.UNUSABLE: "bold red",
    Verdict.NOT_GRADED: "yellow",
}
WIDTH_WITHOUT_TERMINAL = 80
OWN_LINE = re.compile(rf"^(?=(?:{'|'.join(map(str.upper, STYLES))}|NEXT|NOTE|\d+\.)(?!\w))", re.MULTILINE)
"""Where a line begins like a line of this report."""


def render(result: Result, *, hints: int, verbose: bool = False, width: int | None = None, colour: bool = False) -> str:
    """The report as text: the verdict, what did not pass, a line for each task, and what to do next.

    Args:
        hints: how many hints to show with a failure.
        verbose: show every check, also those that passed and those that wait for another check.
        width: columns; 80 by default. What can be pasted, such as code, is not broken into lines.
        colour: with ANSI colours.
    """
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width or WIDTH_WITHOUT_TERMINAL,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    for part in _parts(result, hints, verbose=verbose):
        console.print(part, soft_wrap=isinstance(part, _Pasted))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


class _Pasted(Text):
    """Text to paste elsewhere: its lines are not broken, however long they are."""


def _parts(result: Result, hints: int, *, verbose: bool) -> Iterator[Text | Table]:
    yield Text.assemble((str(result.verdict).upper(), STYLES[result.verdict]), f"  {wording.summary(result)}")
    yield Text(printable(result.lab.title), style="bold")
    for note in wording.notes(result):
        yield Text(f"NOTE: {note}", style="bold yellow")
    for reason in wording.reasons(result):
        yield _row(" ", reason) if result.problem else Text(reason)
    for cause, tiers in wording.hinted(result, hints):
        yield Text()
        yield from _cause(cause, tiers, verbose=verbose)
    if result.tasks:
        yield Text()
    for number, task in enumerate(result.tasks, 1):
        yield _heading(number, task)
        if verbose:
            yield from (_row(f"   {one.status.upper():5}", _says(one), STYLES[one.status]) for one in task.findings)
    yield Text()
    yield from _stamp(result)
    steps = list(wording.next_steps(result, hints=hints, verbose=verbose))
    if steps:
        yield Text()
        yield Text("NEXT", style="bold")
    for purpose, command in steps:
        yield Text(f"{printable(purpose)}{':' if command else '.'}")
        if command:
            yield _Pasted(f"  {printable(command)}")


def _cause(cause: wording.Cause, hints: tuple[str, ...], *, verbose: bool) -> Iterator[Text | Table]:
    finding = cause.finding
    yield _row(f"{finding.status.upper():5}", _says(finding), STYLES[finding.status])
    for label, value in wording.evidence(finding):
        yield _field(label, value)
    for tier, hint in enumerate(hints, 1):
        yield _field(f"hint {tier}", hint)
    for sentence in wording.others(cause, verbose=verbose):
        yield _row(" ", sentence)
    if detail := wording.detail(finding):
        yield _Pasted(OWN_LINE.sub("  ", printable(detail, lines=True).strip("\n")), style="dim")


def _says(finding: Finding) -> str:
    return f"{finding.id}{wording.worth(finding)}: {finding.message}{wording.reason(finding)}"


def _heading(number: int, task: TaskResult) -> Text:
    verdict = task.verdict
    heading = Text()
    heading.append(f"{number}. {printable(task.task.title)}", style="bold")
    heading.append(f"  [{task.task.id}]  ")
    heading.append(str(verdict).upper(), style=STYLES[verdict])
    heading.append(f"  {wording.points(task.score)}" if task.task.points else "")
    if task.task.required:
        heading.append("  (required)")
    if not task.counted:
        heading.append("  (only as a prerequisite)")
    return heading


def _stamp(result: Result) -> Iterator[Table]:
    stamp = result.stamp
    account = f"account {stamp.account_id}" if stamp.account_id else "account unknown"
    for label, value in (
        ("lab", f"{result.lab.id}, student id {stamp.student_id}"),
        ("target", f"{stamp.target}, {account}, {stamp.region}, {_time(result.started)}"),
        ("took", f"{result.api_calls} API call{'' if result.api_calls == 1 else 's'} in {result.seconds:.1f} s"),
        ("identity", stamp.identity),
        ("seed", "" if stamp.seed is None else f"{stamp.seed} (--seed {stamp.seed} repeats the data)"),
        ("submission", stamp.submission_folder),
    ):
        if value:
            yield _row(f"{label:10}", value)


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def _field(name: str, value: str) -> Table:
    return _row(f"  {name:8}", value, "bold")


def _row(label: str, text: str, style: str = "") -> Table:
    """A label, and beside it a text that is wrapped."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=style), Text(printable(text)))
    return grid
