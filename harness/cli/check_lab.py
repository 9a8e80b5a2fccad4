"""`check-lab LAB`: every problem of a lab's definition."""

from __future__ import annotations

import argparse

from harness.cli.arguments import ExitCode
from harness.cli.commands import commands
from harness.cli.output import say

SUMMARY = "Shows every problem of a lab's definition."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab")


def run(options: argparse.Namespace) -> int:
    """Shows every problem of a definition."""
    from harness import paths
    from harness.audit.lint import lint
    from harness.documents import strict_yaml
    from harness.labs.definition import find_definition

    file = find_definition(options.lab)
    lab, problems = lint(file)
    if lab.id in commands():
        problems.append(strict_yaml.read(file).problem(("id",), "is the name of a command; choose another."))
    if problems:
        say("".join(f"{problem}\n" for problem in problems))
        return ExitCode.USAGE
    number = len(list(lab.checks))
    unread = "" if paths.solution(lab.id).is_dir() else " There is no reference solution, so hints may quote it."
    say(f"{lab.id}: {len(lab.tasks)} tasks, {number} checks, 100 points: no problem found.{unread}\n")
    return ExitCode.PASSED
