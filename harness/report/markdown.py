"""The report as Markdown. GitHub shows it as the summary of a step; elsewhere it is a file or a comment.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checking.finding import Finding
from harness.grading.grade import Result
from harness.report import wording
from harness.report.json_report import stamp
from harness.report.text import printable

SIZE_LIMIT_BYTES = 1024 * 1024
"""GitHub refuses a larger summary of a step."""

ROOM_FOR_THE_END_BYTES = 128 * 1024
BACKTICKS = re.compile("`+")
SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$#@]|:(?=\S)|(?<=www)\.")
"""What has a meaning within a line, also for GitHub, which links @names, #numbers and addresses, and draws :emoji:."""


def render(result: Result, *, hints: int, verbose: bool = False) -> str:
    """The report as Markdown of less than 1 MiB.

    Args:
        hints: how many hints to show with a failure.
        verbose: show every check, also those that passed and those that wait for another check.
    """
    lines = [*_head(result), *_table(result)]
    size, left_out = _size(lines), 0
    for block in (*_causes(result, hints, verbose=verbose), *(_checks(result) if verbose else ())):
        size += _size(block)
        if size > SIZE_LIMIT_BYTES - ROOM_FOR_THE_END_BYTES:
            left_out += 1
        else:
            lines += block
    if left_out:
        lines += ["", f"Left out, because a summary can hold only 1 MiB: the last {left_out} entries."]
    return "\n".join([*lines, "", _stamp(result)]) + "\n"


def _head(result: Result) -> Iterator[str]:
    yield f"# {_prose(result.lab.title)}"
    yield ""
    yield f"**{str(result.verdict).upper()}**: {_prose(wording.summary(result))}"
    yield ""
    if result.problem:
        yield from (*_fence(result.problem), "")
        return
    for said in (*wording.notes(result), *wording.reasons(result)):
        yield _prose(said[:1].upper() + said[1:])
        yield ""


def _table(result: Result) -> Iterator[str]:
    """The tasks. The table holds no text from an account or a submission."""
    if not result.tasks:
        return
    yield "| | task | verdict | points |"
    yield "|--:|---|---|--:|"
    for number, task in enumerate(result.tasks, 1):
        title = _prose(task.task.title)
        title += " (required)" if task.task.required else ""
        title += "" if task.counted else " (only as a prerequisite)"
        shown = wording.points(task.score).removesuffix(" points") if task.task.points else ""
        yield f"| {number} | {title} | {task.verdict} | {shown} |"


def _causes(result: Result, hints: int, *, verbose: bool) -> Iterator[list[str]]:
    """What did not pass, the most valuable first. The first failure of a task shows the task's hints."""
    heading = ["", "### What did not pass", ""]
    for cause, tiers in wording.hinted(result, hints):
        block = [*heading, *_finding(cause.finding)]
        block += [f"  - hint {tier}: {_prose(hint)}" for tier, hint in enumerate(tiers, 1)]
        block += [f"  - {_prose(sentence)}" for sentence in wording.others(cause, verbose=verbose)]
        if detail := wording.detail(cause.finding):
            block += [f"  {line}" for line in _fence(detail)]
        yield block
        heading = []


def _checks(result: Result) -> Iterator[list[str]]:
    """Every check, under its task's title."""
    for number, task in enumerate(result.tasks, 1):
        yield ["", f"### {number}. {_prose(task.task.title)}", "", *map(_line, task.findings)]


def _finding(finding: Finding) -> Iterator[str]:
    yield _line(finding)
    for label, value in wording.evidence(finding):
        yield f"  - {label}: {_code(value)}"


def _line(finding: Finding) -> str:
    name = f"{finding.status.upper()} {finding.id}{wording.worth(finding)}{wording.reason(finding)}"
    return f"- {_prose(name)}: {_code(finding.message)}"


def _stamp(result: Result) -> str:
    told = (f"{name.replace('_', ' ')} {_code(str(value))}" for name, value in stamp(result).items() if value != "")
    return f"Graded with {', '.join(told)}."


def _prose(text: str) -> str:
    """Text of a definition or of the tool, shown as it is, whatever it holds."""
    return SPECIAL.sub(r"\\\g<0>", printable(text))


def _code(text: str) -> str:
    """A string that may hold anything, as code: nothing in it is read as Markdown, HTML, a link, a mention or an emoji.
    https://spec.commonmark.org/0.31.2/#code-spans"""
    shown = printable(text)
    ticks = "`" * (_longest_run(shown) + 1)
    space = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _fence(text: str) -> Iterator[str]:
    """Long text as a block of code. https://spec.commonmark.org/0.31.2/#fenced-code-blocks"""
    shown = printable(text, lines=True)
    ticks = "`" * max(3, _longest_run(shown) + 1)
    yield from (f"{ticks}text", *shown.split("\n"), ticks)


def _longest_run(text: str) -> int:
    """The length of the longest run of backticks."""
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)


def _size(lines: list[str]) -> int:
    return sum(len(line.encode("utf-8")) + 1 for line in lines)
