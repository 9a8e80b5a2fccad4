"""Measures what the task about orders adds to a run: `python bench/orders.py [ROUNDS]`.

Grades the reference with the task `orders` and without it, taking turns: the task's checks ask for several clients at
once, faults and sequences of calls. Prints CPU seconds of all processes: medians, the spread, and the cost (goal: at
most 35 %).
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.turns import LAB, compare

TASK = "orders"


def grade() -> None:
    import checks  # noqa: F401
    from harness.cli.main import main
    from harness.labs import definition

    load = definition.load

    def without_orders(*given: Any, **named: Any) -> Any:
        lab = load(*given, **named)
        return replace(lab, tasks=tuple(one for one in lab.tasks if one.id != TASK))

    if sys.argv[1] == "without":
        definition.load = without_orders
    raise SystemExit(main([LAB, "--seed", "1"]))


if __name__ == "__main__":
    if sys.argv[1:] in (["with"], ["without"]):
        grade()
    compare(__file__, "the task", goal="at most 35 %")
