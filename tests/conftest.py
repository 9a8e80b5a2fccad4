"""Registers the check kinds that tests ask for, and tells what the fault matrix counted."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest

import checks  # noqa: F401

TALLY: Counter[str] = Counter()
"""What the fault matrix counted, in whichever process it ran."""


def _counted_here() -> Counter[str]:
    return Counter(getattr(sys.modules.get("tests.harness.grading.test_fault_matrix"), "TALLY", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it counted."""
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["tally"] = dict(_counted_here())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The controller adds up what the workers counted."""
    TALLY.update(getattr(node, "workeroutput", {}).get("tally", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells how many verdicts were given under faults, and how many of them were wrong."""
    tally = TALLY + _counted_here()
    if tally["verdicts"]:
        wrong = ", ".join(f"{tally[f'wrong {kind}']} wrong {kind}" for kind in ("passes", "fails", "others"))
        terminalreporter.write_line(f"verdicts under faults: {tally['verdicts']}, of which {wrong}")
