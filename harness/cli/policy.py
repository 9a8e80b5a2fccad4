"""`policy LAB`: the IAM policy for an identity that grades, and can do nothing else."""

from __future__ import annotations

import argparse

from harness.cli.arguments import ExitCode, add_names
from harness.cli.output import say

SUMMARY = "Prints the least IAM policy that grading a lab needs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab")
    add_names(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the policy."""
    import json

    from harness.account.least_policy import ANY_ACCOUNT, least_policy
    from harness.labs.definition import load_lab
    from harness.targets.target import UNKNOWN_ACCOUNT_ID

    lab = load_lab(options.lab, student_id=options.student_id, account_id=UNKNOWN_ACCOUNT_ID, region=options.region)
    document = least_policy(
        (spec.check.actions, parameters, spec.region or options.region)
        for spec in lab.checks
        if spec.driven is None or spec.driven.tables  # code without tables reads nothing from an account
        for parameters in spec.about
    )
    say(json.dumps(document, indent=2).replace(UNKNOWN_ACCOUNT_ID, ANY_ACCOUNT) + "\n")
    return ExitCode.PASSED
