"""Compares the time of the whole command, cold, with its floor, in one run: `python bench/command.py [ROUNDS]`.

The floor is the same requests, sent again without anything else (see floor.py). Prints medians, the ratio (at most 2.5
is the goal, and at most 20 s), peak memory, and how long `--help` and `list` take.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = Path(tempfile.mkdtemp(prefix="bench-")) / "requests"
COMMAND = [sys.executable, str(ROOT / "validate_tasks.py")]
MEASURED = {
    "floor": [sys.executable, str(ROOT / "bench" / "floor.py"), str(REQUESTS)],
    "command": [*COMMAND, "dynamodb_ecommerce", "--seed", "1"],
    "--help": [*COMMAND, "--help"],
    "list": [*COMMAND, "list"],
}


def measure(command: list[str]) -> tuple[float, int]:
    """Seconds and peak memory in KiB of one run (of the largest of its processes)."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    scale = 1024 if sys.platform == "darwin" else 1
    return seconds, usage.ru_maxrss // scale


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds: dict[str, list[float]] = {name: [] for name in MEASURED}
    memory: dict[str, int] = dict.fromkeys(MEASURED, 0)
    subprocess.run([sys.executable, str(ROOT / "bench" / "floor.py"), "record", str(REQUESTS)], check=True)
    for command in MEASURED.values():
        measure(command)
    for _ in range(rounds):  # in turns, so that other work of the machine affects all of them equally
        for name, command in MEASURED.items():
            taken, peak = measure(command)
            seconds[name].append(taken)
            memory[name] = max(memory[name], peak)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        low, high = min(seconds[name]), max(seconds[name])
        print(f"{name:8} {median:6.3f} s ({low:.3f} to {high:.3f}), peak memory {memory[name] / 1024:.0f} MiB")
    print(f"command / floor: {medians['command'] / medians['floor']:.2f} (goal: at most 2.5), {rounds} rounds")


if __name__ == "__main__":
    main()
