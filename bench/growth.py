"""Counts the requests of the lab's probe for several sizes of data: `python bench/growth.py`.

They must grow linearly with the calls that write the data: each additional call adds about the same number.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TIMES = (1, 3, 6, 12)


def main() -> None:
    import fixtures.dynamodb_ecommerce.scenario
    from fixtures.dynamodb_ecommerce.data import unrelated
    from harness.driving.evidence import Evidence
    from harness.grading.grade import grade
    from harness.grading.options import GradeOptions

    solution = ROOT / "tasks" / "solution" / "dynamodb_ecommerce"
    before = (0, 0)
    for times in TIMES:
        setattr(fixtures.dynamodb_ecommerce.scenario, "unrelated", functools.partial(unrelated, times=times))  # noqa: B010  (the checks do not offer it)
        result = grade(GradeOptions("dynamodb_ecommerce", submission=solution, seed=1))
        evidence = result.tape.evidence["store"]
        assert isinstance(evidence, Evidence)
        calls, requests = len(evidence.calls), result.api_calls
        more = f", {(requests - before[1]) / (calls - before[0]):.2f} for each additional call" if before[0] else ""
        print(f"{calls:6} calls, {requests:6} requests, {result.seconds:5.1f} s{more}")
        before = (calls, requests)


if __name__ == "__main__":
    main()
