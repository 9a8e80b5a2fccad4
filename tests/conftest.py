"""Registers the check kinds that tests ask for, gives tests a folder to share what they record, and tells what the fault
matrix counted."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from typing import Any

import pytest

import checks  # noqa: F401
from tests.support import RUNS

TALLY: Counter[str] = Counter()
"""What the fault matrix counted, in whichever process it ran."""


def _counted_here() -> Counter[str]:
    return Counter(getattr(sys.modules.get("tests.labs.test_fault_matrix"), "TALLY", {}))


def pytest_configure(config: pytest.Config) -> None:
    """The workers inherit the folder of what they share."""
    if not hasattr(config, "workerinput"):
        os.environ[RUNS] = tempfile.mkdtemp(prefix="runs-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes what the workers shared."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUNS), ignore_errors=True)


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
