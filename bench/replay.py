"""Measures how many tapes one core grades again in a second (goal: more than 200): `python bench/replay.py [TAPES]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import checks  # noqa: F401  (registers the kinds)
from harness.grading import tape
from harness.grading.grade import grade
from harness.grading.options import GradeOptions
from harness.grading.replay import replay


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    result = grade(GradeOptions("dynamodb_ecommerce"))
    text = tape.dumps(result.tape, items=False)
    if replay(tape.loads(text, "")).score != result.score:
        raise SystemExit("a replay gave a different score")
    started, processor = time.perf_counter(), time.process_time()
    for _ in range(number):
        replay(tape.loads(text, ""))
    seconds, busy = time.perf_counter() - started, time.process_time() - processor
    print(
        f"{number} tapes in {seconds:.2f} s: {number / seconds:.0f} a second, {number / busy:.0f} a second on one core"
    )


if __name__ == "__main__":
    main()
