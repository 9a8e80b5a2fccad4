"""Measures what the validation of requests costs a run: `python bench/validation.py [ROUNDS]`.

Grades the reference with and without the rules, taking turns. Without them, wrong requests would be accepted; the
reference sends none. Prints CPU seconds of all processes: medians, the spread, and the cost (goal: at most 8 %, or
inside the spread).
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LAB = "dynamodb_ecommerce"


def without_rules() -> None:
    """Switches off what only refuses, in this process. Names and values are still put into expressions, and numbers
    still get their normal form, because the evaluation needs both."""
    from harness.targets.dynamodb import expressions, key_conditions, reads, tables, values, writes
    from harness.targets.embedded import request_models

    def nothing(*_: Any, **__: Any) -> None:
        return None

    def none(*_: Any, **__: Any) -> tuple[()]:
        return ()

    for place in (expressions.Expressions, tables.Table, vars(reads)["_Search"]):
        for name in [name for name in vars(place) if name.startswith(("refuse_", "_refuse_"))]:
            setattr(place, name, nothing)
    for module in (key_conditions, reads, tables, values, writes):
        for name in [name for name in vars(module) if name.startswith(("refuse_", "_refuse_"))]:
            setattr(module, name, nothing)
    for name in ("outside_the_model", "_of_wrong_type"):
        setattr(request_models, name, none)


def grade() -> None:
    sys.path.insert(0, str(ROOT))
    import checks  # noqa: F401
    from harness.cli.main import main

    if sys.argv[1] == "without":
        without_rules()
    raise SystemExit(main([LAB, "--seed", "1"]))


def measure(how: str) -> float:
    """CPU seconds of one run, with all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, __file__, how], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    if sys.argv[1:] in (["with"], ["without"]):
        grade()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(rounds):
        for how, taken in seconds.items():
            taken.append(measure(how))
    medians = {how: statistics.median(taken) for how, taken in seconds.items()}
    for how, taken in seconds.items():
        print(f"{how:7} the rules: {medians[how]:.2f} s of CPU ({min(taken):.2f} to {max(taken):.2f})")
    cost = medians["with"] / medians["without"] - 1
    print(f"the rules cost {cost:.1%} of a run (goal: at most 8 %), {rounds} rounds")


if __name__ == "__main__":
    main()
