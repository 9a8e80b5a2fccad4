"""Ctrl-C: a partial report, exit code 130, and nothing left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.report.consumers import read_junit
from tests.labs.engine import LAB
from tests.support import ROOT

SCRIPT = """
import os, pathlib, subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
pathlib.Path({pids!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
with open({fifo!r}, "w") as ready: ready.write("ready")
threading.Event().wait()
"""


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_stopped_run_reports_what_it_has_and_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    fifo, pids = tmp_path / "ready", tmp_path / "pids"
    os.mkfifo(fifo)
    (tmp_path / "provision.py").write_text(SCRIPT.format(pids=str(pids), fifo=str(fifo)))
    command = subprocess.Popen(
        [
            sys.executable,
            ROOT / "validate_tasks.py",
            LAB,
            "--submission",
            tmp_path,
            "--format",
            "json",
            "--report",
            f"junit={tmp_path / 'report.xml'}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    fifo.read_text()

    for _ in range(5):  # as when fingers bounce
        command.send_signal(number)
    stdout, stderr = command.communicate(timeout=600)

    assert command.returncode == 130, stderr
    assert "Traceback" not in stderr
    report = json.loads(stdout)
    assert (report["verdict"], report["interrupted"], report["earned"]) == ("interrupted", True, 0)
    findings = [finding for task in report["tasks"] for finding in task["findings"]]
    assert {(finding["status"], finding["reason"]) for finding in findings} == {("error", "interrupted")}
    suites = list(read_junit((tmp_path / "report.xml").read_text()))
    assert sum(suite.errors for suite in suites) == sum(suite.tests for suite in suites) == len(findings)
    assert [pid for pid in map(int, pids.read_text().split()) if not is_gone(pid)] == []
