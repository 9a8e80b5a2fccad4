"""The report for people: readable without colour, in 80 columns, on a terminal without emoji."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from harness.finding import Finding, Status, Verdict
from harness.grade import Result, TaskResult
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
    Verdict.NOT_GRADED: "yellow",
}
WIDTH_WITHOUT_TERMINAL = 80


def render(result: Result, *, hints: int, width: int | None = None, colour: bool = False) -> str:
    """The report as text.

    Args:
        hints: how many tiers of hints to show with a failure.
        width: columns; 80 by default.
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
    for part in _parts(result, hints, console.width):
        console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _parts(result: Result, hints: int, width: int) -> Iterator[RenderableType]:
    lab = result.assessment
    title = Text(printable(lab.title), style="bold")
    yield Rule(title, characters="=", align="left") if title.cell_len < width - 3 else title  # a rule would cut it
    for note in wording.notes(result):
        yield Text(f"NOTE: {note}", style="bold yellow")
    yield Text(_stamp(result), style="dim")
    for number, task in enumerate(result.tasks, 1):
        yield Text()
        yield from _task(number, task, hints)
    yield Text()
    yield Rule(characters="=")
    yield from _summary(result)


def _stamp(result: Result) -> str:
    account = f"account {printable(result.account_id)}" if result.account_id else "account unknown"
    lines = [
        f"{result.assessment.id}, student id {printable(result.student_id)}",
        f"target {result.target}, {account}, {printable(result.region)}, {_time(result.started)}",
    ]
    if result.identity:
        lines.append(f"identity {printable(result.identity)}")
    if result.submission.folder:
        lines.append(f"submission {printable(str(result.submission.folder))}")
    if result.tape.stamp.seed is not None:
        lines.append(f"seed {result.tape.stamp.seed}: repeats the data of this run, with --seed")
    return "\n".join(lines)


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def _task(number: int, task: TaskResult, hints: int) -> Iterator[RenderableType]:
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
    yield heading
    for finding in task.findings:
        yield from _finding(finding)
    for tier, hint in enumerate(wording.hints(task, hints), 1):
        yield _field(f"hint {tier}", hint)


def _finding(finding: Finding) -> Iterator[RenderableType]:
    text = f"{finding.id}{wording.worth(finding)}: {printable(finding.message)}{wording.reason(finding)}"
    yield _row(Text(f"   {finding.status.upper():5}", style=STYLES[finding.status]), Text(text))
    if finding.status is Status.PASS:
        return
    for label, value in wording.evidence(finding):
        yield _field(label, value)
    if detail := wording.detail(finding):
        yield Padding(Text(printable(detail, lines=True), style="dim"), (0, 0, 0, 5))


def _field(name: str, value: str) -> Table:
    return _row(Text(f"     {name:8}", style="bold"), Text(printable(value)))


def _row(label: Text, text: Text) -> Table:
    """A label and a text that is wrapped beside it."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(label, text)
    return grid


def _summary(result: Result) -> Iterator[Text]:
    verdict = Text()
    verdict.append(str(result.verdict).upper(), style=STYLES[result.verdict])
    verdict.append(f"  {wording.summary(result)}")
    yield verdict
    for reason in wording.reasons(result):
        yield Text(reason)
    yield Text(
        f"{result.api_calls} API call{'' if result.api_calls == 1 else 's'} in {result.seconds:.1f} s", style="dim"
    )
