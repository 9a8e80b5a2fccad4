"""The report as workflow commands of GitHub Actions, which shows them as annotations of the run.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.finding import Finding, Reason, Status
from harness.grade import Result
from harness.report import wording
from harness.report.text import printable

SHOWN_OF_A_KIND = 10
"""How many errors, warnings and notices of a step GitHub shows; it drops the others without a word.
https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations"""

MESSAGE_LINE_LENGTH_LIMIT = 1_000
TITLE_LENGTH_LIMIT = 200


def render(result: Result) -> str:
    """One command a line: a notice with the verdict, an error for each failure, a warning for each check that could
    not be decided, a notice for each that this target cannot show."""
    found: dict[str, list[Finding]] = {
        "error": [finding for finding in result.findings if finding.status is Status.FAIL],
        "warning": [finding for finding in result.findings if finding.undecided],
        "notice": [finding for finding in result.findings if finding.not_graded],
    }
    room = {"error": SHOWN_OF_A_KIND, "warning": SHOWN_OF_A_KIND, "notice": SHOWN_OF_A_KIND - 1}
    left_out = [finding for kind, findings in found.items() for finding in findings[room[kind] :]]
    commands = [_command("notice", f"{result.assessment.id}: {result.verdict.upper()}", _summary(result, left_out))]
    for kind, findings in found.items():
        commands += [_command(kind, _title(one), _message(one)) for one in findings[: room[kind]]]
    return "".join(f"{command}\n" for command in commands)


def _title(finding: Finding) -> str:
    return f"{finding.id}{wording.worth(finding)}{wording.reason(finding)}"


def _message(finding: Finding) -> Iterable[str]:
    yield finding.message
    for label, value in wording.evidence(finding):
        yield f"{label}: {value}"


def _summary(result: Result, left_out: list[Finding]) -> Iterable[str]:
    yield wording.summary(result)
    yield from wording.notes(result)
    yield from wording.reasons(result)
    behind = [one for one in result.findings if one.status is Status.SKIP and one.reason is Reason.PREREQUISITE]
    if behind:
        yield f"Not judged, because what they need does not hold: {_named(behind)}."
    if left_out:
        yield f"Not among these annotations, because GitHub shows {SHOWN_OF_A_KIND} of a kind: {_named(left_out)}."


def _named(findings: list[Finding]) -> str:
    return ", ".join(finding.id for finding in findings)


def _command(kind: str, title: str, lines: Iterable[str]) -> str:
    """A command, escaped as the runner reads it: nothing in it ends its line or its title."""
    shown = printable(title, limit=TITLE_LENGTH_LIMIT)
    for character in "%:,":
        shown = shown.replace(character, f"%{ord(character):02X}")
    message = "%0A".join(printable(line, limit=MESSAGE_LINE_LENGTH_LIMIT).replace("%", "%25") for line in lines)
    return f"::{kind} title={shown}::{message}"
