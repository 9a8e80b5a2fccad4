"""`audit [LAB]`: whether a lab's checks notice every mistake, and blame nothing that is right."""

from __future__ import annotations

import argparse

from harness import paths
from harness.cli.arguments import ExitCode
from harness.cli.output import say, tell
from harness.usage import UsageError

SUMMARY = "Proves that a lab's checks notice every mistake, and blame nothing that is right."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab", nargs="?", help="the lab; by default all labs, with those for tests")
    parser.add_argument("--full", action="store_true", help="also run the mutants of the reference's code")
    parser.add_argument(
        "--accept",
        action="store_true",
        help="write down how each mutant is judged now, if everything is proven; then look at the difference",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")


def run(options: argparse.Namespace) -> int:
    """Audits one lab or all of them."""
    from harness.audit import audit as audits
    from harness.labs.definition import known_labs
    from harness.report import audit_report

    labs = list(dict.fromkeys([*known_labs(), *paths.labs_for_tests()])) if options.lab is None else [options.lab]
    shipped = [lab for lab in labs if paths.INSTALLED and paths.tasks(lab) != paths.own_tasks()]
    if options.accept and shipped:
        raise UsageError(
            f"{shipped[0]} is a part of this tool; --accept is only for labs of your own, in {paths.own_tasks()}."
        )
    results = [
        audits.audit(lab, full=options.full, accept=options.accept, progress=lambda line: tell(f"... {line}"))
        for lab in labs
    ]
    say(audit_report.as_json(results) if options.format == "json" else audit_report.as_text(results))
    return ExitCode.PASSED if not [one for one in results if not one.proven] else ExitCode.FAILED
