"""Compares two ways of grading the reference, which take turns: for `validation.py` and `orders.py`."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = "dynamodb_ecommerce"


def measure(script: str, how: str) -> float:
    """CPU seconds of one run, with all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, script, how], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(script: str, what: str, *, goal: str) -> None:
    """Runs a script with the arguments `with` and `without` in turns, and prints what the difference costs.

    Args:
        what: what the script does or leaves out.
    """
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(rounds):
        for how, taken in seconds.items():
            taken.append(measure(script, how))
    medians = {how: statistics.median(taken) for how, taken in seconds.items()}
    for how, taken in seconds.items():
        print(f"{how:7} {what}: {medians[how]:.2f} s of CPU ({min(taken):.2f} to {max(taken):.2f})")
    print(f"{what} cost {medians['with'] / medians['without'] - 1:.1%} of a run (goal: {goal}), {rounds} rounds")
