"""`handout LAB`: the lab as students read it."""

from __future__ import annotations

import argparse

from harness.cli.arguments import ExitCode, add_names
from harness.cli.output import say

SUMMARY = "Prints what students read before they start, with hints, as Markdown."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab")
    add_names(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the handout."""
    from harness.labs.definition import load_lab
    from harness.report import handout as handouts
    from harness.targets.target import UNKNOWN_ACCOUNT_ID

    lab = load_lab(options.lab, student_id=options.student_id, account_id=UNKNOWN_ACCOUNT_ID, region=options.region)
    say(handouts.render(lab, student_id=options.student_id, unknown_account_id=UNKNOWN_ACCOUNT_ID))
    return ExitCode.PASSED
