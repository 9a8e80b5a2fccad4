"""The report as Gradescope's results.json. https://gradescope-autograders.readthedocs.io/en/latest/specs/

Gradescope knows tests that passed and tests that failed. It shows what is in this file to the student, except a test
whose visibility is hidden. So:

- A check that could not be decided is a test with 0 of its points that is called UNDETERMINED. It must not look passed,
  so its status is failed. The score is what is certain, and the text above the tests gives the lowest and the highest
  possible score.
- A check that this target cannot show is not a test: its points leave the maximum. The text above the tests says why.
- The student sees what the checks say about the work: message, expected, found, where, what to do, the end of the
  script's own output. The last test is hidden and holds what only graders need: the identity, the folders of the
  machine, why a check could not be decided, a traceback of the harness, the stamp. Other tests show paths without
  folders.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from harness.checking.finding import Finding, Status, Verdict
from harness.grading.grade import Result, TaskResult
from harness.report import wording
from harness.report.json_report import stamp
from harness.report.text import printable

FOLDERS = re.compile(r"(?<![\w./:-])/(?:[^\s/'\":<>|]+/)+")
"""The folders before the name of a file in a text, except in a link or an ARN."""

UNDECIDED = "This could not be decided, so it is neither passed nor failed. Your grader can see why."
TEXT = "text"
"""The format in which Gradescope does not interpret anything."""


def render(result: Result, *, hints: int) -> str:
    """The report as JSON text, ASCII only, with a newline at its end.

    Args:
        hints: how many hints to show with a failure.
    """
    tests = [
        _test(f"{number}.{place}", finding, task, result, hints)
        for number, task in enumerate(result.tasks, 1)
        for place, finding in enumerate(task.findings, 1)
        if not finding.not_graded
    ]
    results = {
        "score": result.score.earned,
        "execution_time": math.ceil(result.seconds),
        "output": "\n".join(printable(line) for line in _output(result)),
        "output_format": TEXT,
        "test_output_format": TEXT,
        "test_name_format": TEXT,
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*tests, _for_graders(result)],
    }
    return json.dumps(results, indent=2) + "\n"


def _output(result: Result) -> Iterator[str]:
    score = result.score
    yield f"{result.lab.title}: {str(result.verdict).upper()}, {wording.summary(result)}"
    yield from (note[:1].upper() + note[1:] for note in wording.notes(result))
    if score.undetermined and not result.problem:
        yield (
            f"The score shown, {score.earned}, is what is certain. "
            f"The true score is between {score.earned} and {score.earned + score.undetermined} of {score.maximum}."
        )
    yield from (_without_folders(reason, result) for reason in wording.reasons(result))
    for finding in result.findings:
        if finding.not_graded:
            yield _without_folders(f"{finding.id}: {finding.message} {finding.remedy}".rstrip(), result)


def _test(number: str, finding: Finding, task: TaskResult, result: Result, hints: int) -> dict[str, Any]:
    passed, counted = finding.status is Status.PASS, task.counted
    name = f"{finding.id}: {task.task.title}" + ("" if counted else " (only as a prerequisite)")
    return {
        "number": number,
        "name": printable(f"UNDETERMINED {name}" if finding.undecided else name),
        "score": finding.points if passed and counted else 0,
        "max_score": finding.points if counted else 0,
        "status": "passed" if passed else "failed",
        "output": "\n".join(_shown(finding, task, result, hints)),
        "visibility": "visible",
    }


def _shown(finding: Finding, task: TaskResult, result: Result, hints: int) -> Iterator[str]:
    """What the student sees of a finding."""
    if finding.undecided:
        yield UNDECIDED
        return
    yield _without_folders(finding.message, result)
    if finding.status is Status.PASS:
        return
    for label, value in wording.evidence(finding):
        yield f"{label}: {_without_folders(value, result)}"
    if detail := wording.detail(finding):
        yield _without_folders(detail, result, lines=True)
    if finding is next((one for one in task.findings if one.status is Status.FAIL), None):
        for tier, hint in enumerate(wording.hints(task, hints), 1):
            yield f"hint {tier}: {printable(hint)}"


def _without_folders(text: str, result: Result, *, lines: bool = False) -> str:
    if result.submission.folder:
        text = text.replace(f"{result.submission.folder}/", "")
    return FOLDERS.sub("", printable(text, lines=lines))


def _for_graders(result: Result) -> dict[str, Any]:
    """The hidden test: the stamp, and everything that is known about what was not decided or not graded. It earns
    nothing, and fails where a grader should look."""
    lines = [f"{name}: {printable(str(value))}" for name, value in stamp(result).items()]
    lines += ["", printable(result.problem)] if result.problem else []
    for finding in result.findings:
        if finding.undecided or finding.not_graded:
            lines += ["", f"{finding.id}{wording.worth(finding)}{wording.reason(finding)}"]
            lines += [printable(finding.message)]
            lines += [f"{label}: {printable(value)}" for label, value in wording.evidence(finding)]
            lines += [printable(finding.detail, lines=True)] if finding.detail else []
    return {
        "name": "For graders",
        "score": 0,
        "max_score": 0,
        "status": "passed" if result.verdict in (Verdict.PASSED, Verdict.FAILED) else "failed",
        "output": "\n".join(lines),
        "visibility": "hidden",
    }
