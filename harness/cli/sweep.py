"""`sweep`: removes what killed runs with --allow-writes left in tables."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from pathlib import Path

from harness import paths
from harness.cli.arguments import ExitCode
from harness.cli.output import complain, say
from harness.usage import UsageError, counted

SUMMARY = "Removes what a killed run with --allow-writes left behind."


def run(options: argparse.Namespace) -> int:  # noqa: ARG001  (as every command is called)
    """Removes what each journal lists."""
    lines: list[str] = []
    problems: list[str] = []
    for file in sorted(paths.JOURNALS.glob("*.jsonl")):
        try:
            if line := _swept(file):
                lines.append(line)
                say(f"{line}\n")
        except UsageError as error:  # the other journals are swept all the same
            problems.append(str(error))
            complain(str(error))
    if not lines and not problems:
        say("Nothing was left behind.\n")
    return ExitCode.USAGE if problems else ExitCode.PASSED


def _swept(file: Path) -> str:
    """Removes what a run left, according to its journal, and says so; empty if it left nothing.

    Raises:
        UsageError: it cannot be removed, and the journal stays.
    """
    from harness.clock import SystemClock
    from harness.driving.journal import Journal, remove
    from harness.targets.target import open_target

    journal = Journal.reopen(file)
    if journal is None:
        return f"{file.name}: its run is still going, so it was left alone." if file.exists() else ""
    place, clock = journal.place, SystemClock()
    where = f"{place.table} ({place.endpoint_url or f'account {place.account_id}, {place.region}'})"
    by = f" of the profile {place.profile}" if place.profile else ""

    def still_there(why: str) -> UsageError:
        return UsageError(
            f"{counted(len(journal.keys), 'item')} may still be in {where}, because {why}. Make it reachable again as it was "
            f"for that run, or delete {file} if that table no longer exists; then type: {paths.PROGRAM} sweep"
        )

    with closing(journal), ExitStack() as stack:
        if not journal.keys:
            journal.end()
            return ""
        try:
            target = stack.enter_context(open_target(place.target, clock))
        except UsageError as error:  # its message names options of the grade command
            told = f" ({error.__cause__})" if error.__cause__ else ""
            raise still_there(f"the AWS credentials{by} cannot be used{told}") from error
        if place.account_id and not target.account_id:
            server = place.endpoint_url or "AWS"
            raise still_there(f"{server} does not report which account the credentials{by} belong to")
        if place.account_id not in ("", target.account_id):
            raise still_there(f"the credentials{by} belong to the account {target.account_id}")
        number = remove(journal, target, clock)
    if number == 0:
        return f"Nothing is left in {where}."
    return f"{counted(number, 'item')} {'was' if number == 1 else 'were'} removed from {where}."
