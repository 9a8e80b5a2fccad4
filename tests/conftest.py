"""Registers the check kinds that tests ask for, and tells what the fault matrix counted."""

from __future__ import annotations

import sys

import pytest

import checks  # noqa: F401


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells how many verdicts were given under faults, and how many of them were wrong."""
    tally = getattr(sys.modules.get("tests.harness.test_fault_matrix"), "TALLY", None)
    if tally:
        wrong = ", ".join(f"{tally[f'wrong {kind}']} wrong {kind}" for kind in ("passes", "fails", "others"))
        terminalreporter.write_line(f"verdicts under faults: {tally['verdicts']}, of which {wrong}")
