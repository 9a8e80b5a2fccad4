"""`handout LAB`: the lab as students read it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.arguments import ExitCode, names_parser
from harness.cli.output import say


def run(arguments: Sequence[str]) -> int:
    """Prints the handout."""
    from harness.labs.definition import load_lab
    from harness.report import handout as handouts
    from harness.targets.target import UNKNOWN_ACCOUNT_ID

    options = names_parser("handout", "Prints what students read before they start, as Markdown.").parse_args(arguments)
    lab = load_lab(options.lab, student_id=options.student_id, account_id=UNKNOWN_ACCOUNT_ID, region=options.region)
    say(handouts.render(lab, student_id=options.student_id, unknown_account_id=UNKNOWN_ACCOUNT_ID))
    return ExitCode.PASSED
