"""Runs the labs many times, in random order and side by side, and reports every run whose report differs from the
first one of its lab, except in its times: `python bench/flakes.py [RUNS]`. It ends with exit code 1 if there was one."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIMES = re.compile(r"after \d+\.\d s|\d{4}-\d\d-\d\dT[\d:.]+")
WITH_TIMES = ("seconds", "started", "api_calls")


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = random.randrange(2**32)
    labs = [file.stem for file in sorted((ROOT / "tasks").glob("*.yaml"))]
    with tempfile.TemporaryDirectory() as folder:
        tapes = {lab: Path(folder) / f"{lab}.json" for lab in labs}
        first = {lab: run(lab, "--record", tapes[lab]) for lab in labs}
        jobs = [(lab, replayed) for lab in labs for replayed in (False, True) for _ in range(runs)]
        random.Random(seed).shuffle(jobs)
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            reports = executor.map(lambda job: run(job[0], *(("--replay", tapes[job[0]]) if job[1] else ())), jobs)
            flakes = [job for job, report in zip(jobs, reports, strict=True) if report != first[job[0]]]
    for lab, replayed in flakes:
        print(f"{lab}: a {'replay' if replayed else 'run'} gave a different report")
    print(f"{len(jobs)} runs and replays of {len(labs)} labs in random order (seed {seed}): {len(flakes)} flakes")
    return 1 if flakes else 0


def run(lab: str, *options: str | Path) -> str:
    """The JSON report of a run, without its times."""
    done = subprocess.run(
        [sys.executable, ROOT / "validate_tasks.py", lab, "--format", "json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.dumps(timeless(json.loads(done.stdout)), sort_keys=True) if done.stdout else done.stderr


def timeless(value: object) -> object:
    """A report without what differs from run to run."""
    if isinstance(value, dict):
        return {name: timeless(one) for name, one in value.items() if name not in (*WITH_TIMES, "replayed")}
    if isinstance(value, list):
        return [timeless(one) for one in value]
    return TIMES.sub("(a time)", value) if isinstance(value, str) else value


if __name__ == "__main__":
    sys.exit(main())
