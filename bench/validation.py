"""Measures what the validation of requests costs a run: `python bench/validation.py [ROUNDS]`.

Grades the reference with and without the rules, taking turns. Without them, wrong requests would be accepted; the
reference sends none. Prints CPU seconds of all processes: medians, the spread, and the cost (goal: at most 8 %, or
inside the spread).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.turns import LAB, compare


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
    import checks  # noqa: F401
    from harness.cli.main import main

    if sys.argv[1] == "without":
        without_rules()
    raise SystemExit(main([LAB, "--seed", "1"]))


if __name__ == "__main__":
    if sys.argv[1:] in (["with"], ["without"]):
        grade()
    compare(__file__, "the rules", goal="at most 8 %")
