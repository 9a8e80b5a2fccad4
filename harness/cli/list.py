"""`list [LAB]`: the labs and their titles, or the tasks of one."""

from __future__ import annotations

import argparse
import textwrap

from harness.cli.arguments import ExitCode, add_names
from harness.cli.output import say
from harness.paths import PROGRAM

SUMMARY = "Shows the labs, or the tasks, checks and points of one."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab", nargs="?")
    add_names(parser)


def run(options: argparse.Namespace) -> int:
    """Shows the labs, or one of them."""
    return _show_labs() if options.lab is None else _show_tasks(options)


def _show_labs() -> ExitCode:
    from harness.documents.strict_yaml import DefinitionError, read
    from harness.labs.definition import known_labs
    from harness.paths import definition

    lines = []
    for lab_id in known_labs():
        try:
            value = read(definition(lab_id)).value
            title = str(value.get("title", "")) if isinstance(value, dict) else ""
        except DefinitionError:
            title = f"(its definition is broken; see: {PROGRAM} check-lab {lab_id})"
        lines.append(f"{lab_id:24} {title}\n")
    say("".join(lines))
    return ExitCode.PASSED


def _show_tasks(options: argparse.Namespace) -> ExitCode:
    """Prints what a lab requires, and the points of each check."""
    from harness.labs.definition import load_lab
    from harness.report.wording import so_many
    from harness.targets.embedded.account import ACCOUNT_ID

    lab = load_lab(options.lab, student_id=options.student_id, account_id=ACCOUNT_ID, region=options.region)
    lines = [f"{lab.title}\n\n{_wrapped(lab.summary)}\n"]
    lines.append(f"Pass mark: {lab.pass_mark} of 100 points. Names to use:")
    lines += [f"  {name.upper()}={value}" for name, value in lab.variables.items()]
    for number, task in enumerate(lab.tasks, 1):
        required = ", required" if task.required else ""
        lines.append(f"\n{number}. {task.title} [{task.id}] {so_many(task.points)}{required}\n")
        lines.append(f"{_wrapped(task.description, '   ')}\n")
        for spec in task.checks:
            worth = so_many(spec.points) if spec.points else "gate"
            where = f" In {spec.region}." if spec.region else ""
            lines.append(_wrapped(f"- {spec.finding_id} ({worth}): {spec.summary}{where}", "   ", "  "))
    say("\n".join(lines) + "\n")
    return ExitCode.PASSED


def _wrapped(paragraphs: str, indent: str = "", hanging: str = "") -> str:
    """Paragraphs, filled to 80 columns."""
    filled = [
        textwrap.fill(" ".join(one.split()), 80, initial_indent=indent, subsequent_indent=indent + hanging)
        for one in paragraphs.split("\n\n")
    ]
    return "\n\n".join(filled)
