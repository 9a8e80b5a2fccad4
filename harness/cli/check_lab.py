"""`check-lab LAB`: every problem of a lab's definition."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.arguments import ExitCode, parser
from harness.cli.output import say


def run(arguments: Sequence[str]) -> int:
    """Shows every problem of a definition."""
    from harness import paths
    from harness.audit.lint import lint
    from harness.labs.definition import find_definition

    check_parser = parser("check-lab", "Checks a lab's definition.")
    check_parser.add_argument("lab")
    file = find_definition(check_parser.parse_args(arguments).lab)
    lab, problems = lint(file)
    if problems:
        say("".join(f"{problem}\n" for problem in problems))
        return ExitCode.USAGE
    number = len(list(lab.checks))
    unread = "" if paths.solution(lab.id).is_dir() else " There is no reference solution, so hints may quote it."
    say(f"{lab.id}: {len(lab.tasks)} tasks, {number} checks, 100 points: no problem found.{unread}\n")
    return ExitCode.PASSED
