"""The report as workflow commands of GitHub Actions. GitHub shows them as annotations of the run.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.checking.finding import Finding, Status
from harness.grading.grade import Result
from harness.report import wording
from harness.report.text import printable

SHOWN_OF_A_KIND = 10
"""How many errors, warnings and notices of a step GitHub shows. It drops the others silently.
https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations"""

MESSAGE_LINE_LENGTH_LIMIT = 1_000
PROPERTY_LENGTH_LIMIT = 200


def render(result: Result) -> str:
    """One command a line: a notice with the verdict, an error for each failure, a warning for each check that could
    not be decided, a notice for each check that this target cannot show."""
    causes = wording.causes(result)
    found: dict[str, list[wording.Cause]] = {
        "error": [one for one in causes if one.finding.status is Status.FAIL],
        "warning": [one for one in causes if one.finding.undecided],
        "notice": [one for one in causes if one.finding.not_graded],
    }
    room = {"error": SHOWN_OF_A_KIND, "warning": SHOWN_OF_A_KIND, "notice": SHOWN_OF_A_KIND - 1}
    left_out = [cause for kind, causes in found.items() for cause in causes[room[kind] :]]
    kind = "error" if result.problem else "notice"
    title = {"title": f"{result.lab.id}: {result.verdict.upper()}"}
    commands = [_command(kind, title, _summary(result, left_out))]
    for kind, causes in found.items():
        commands += [_command(kind, _properties(one.finding, result), _message(one)) for one in causes[: room[kind]]]
    return "".join(f"{command}\n" for command in commands)


def _properties(finding: Finding, result: Result) -> dict[str, str]:
    """The title, after the place where GitHub shows the annotation: a path from the top of the repository, which is the
    current folder of a step. A file elsewhere has no place."""
    place = {}
    file, folder = Path(finding.file), wording.relative_folder(result)
    if finding.file and folder is not None and not file.is_absolute() and ".." not in file.parts:
        place = {"file": str(folder / file)}
        place |= {"line": str(finding.line)} if finding.line else {}
    return {**place, "title": f"{finding.id}{wording.worth(finding)}{wording.reason(finding)}"}


def _message(cause: wording.Cause) -> Iterable[str]:
    yield cause.finding.message
    for label, value in wording.evidence(cause.finding):
        yield f"{label}: {value}"
    yield from wording.others(cause, verbose=True)


def _summary(result: Result, left_out: list[wording.Cause]) -> Iterable[str]:
    yield wording.summary(result)
    yield from wording.notes(result)
    yield from wording.reasons(result)
    if left_out:
        named = ", ".join(map(wording.named, left_out))
        yield f"Not among these annotations, because GitHub shows {SHOWN_OF_A_KIND} of a kind: {named}."


def _command(kind: str, properties: Mapping[str, str], lines: Iterable[str]) -> str:
    """A command, escaped as the runner reads it: nothing in it can end its line or a property."""
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "%0A".join(printable(line, limit=MESSAGE_LINE_LENGTH_LIMIT).replace("%", "%25") for line in lines)
    return f"::{kind} {shown}::{message}"


def _property(value: str) -> str:
    shown = printable(value, limit=PROPERTY_LENGTH_LIMIT)
    for character in "%:,":
        shown = shown.replace(character, f"%{ord(character):02X}")
    return shown
