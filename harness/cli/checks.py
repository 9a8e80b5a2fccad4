"""`checks [KIND]`: the kinds of checks, and how a definition uses them."""

from __future__ import annotations

import argparse

from harness import paths
from harness.cli.arguments import ExitCode
from harness.cli.output import say
from harness.usage import UsageError, did_you_mean

SUMMARY = "Shows the kinds of checks, or one of them in full."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("kind", nargs="?")
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="in full: all kinds as in docs/checks.md, or the named one",
    )


def run(options: argparse.Namespace) -> int:
    """Shows the kinds of checks, or one of them in full."""
    from harness.checking.check import REGISTRY
    from harness.report import catalogue

    if options.kind in REGISTRY:
        say(catalogue.entry(REGISTRY[options.kind]))
    elif options.kind is not None:
        near = did_you_mean(options.kind, REGISTRY) or f" {paths.PROGRAM} checks shows all of them."
        raise UsageError(f"There is no check kind {options.kind!r}.{near}")
    elif options.markdown:
        say(catalogue.markdown(REGISTRY.values()))
    else:
        say("".join(f"{kind:32} {check.summary}\n" for kind, check in sorted(REGISTRY.items())))
    return ExitCode.PASSED
