"""Keeps the findings of every known submission and of every mutant, to compare them before and after a change that
affects many verdicts: `python bench/findings.py FILE`, and then `python bench/findings.py FILE COMPARED_WITH`.

With the data of one seed, it grades each lab's reference, its starter, an empty account, and its right and wrong
submissions; it judges all mutants of each audit. Texts are compared, but not durations and temporary folders.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import checks  # noqa: E402, F401
from harness import paths  # noqa: E402
from harness.audit.audit import SEED  # noqa: E402
from harness.audit.auditor import Auditor  # noqa: E402
from harness.grading import tape  # noqa: E402
from harness.grading.grade import grade  # noqa: E402
from harness.grading.options import GradeOptions  # noqa: E402
from tests.labs.dynamodb_ecommerce import test_designs  # noqa: E402
from tests.labs.dynamodb_ecommerce.stores import reference_with  # noqa: E402
from tests.labs.dynamodb_ecommerce.test_wrong_stores import WRONG  # noqa: E402

LAB = "dynamodb_ecommerce"
CASES = ROOT.parent / "shared" / "cases"
VARYING = re.compile(r"after [0-9.]+ s\b|submission-[a-z0-9_]+|[^ '\"]*/(?=\w+\.py)|(?<=/)[^/ ]+(?=/submission)")
"""Durations, and folders that a run or this script made."""


def submissions(folder: Path) -> Iterator[tuple[str, Path]]:
    """The name of each submission, and its folder."""
    solution = paths.solution(LAB)
    yield "reference", solution
    yield "starter", paths.starter(LAB)
    empty = folder / "empty"
    empty.mkdir()
    (empty / "provision.py").write_text("", "utf-8")
    yield "empty", empty
    for design in sorted(test_designs.SUBMISSIONS.glob("*/")):
        place = folder / f"right-{design.name}"
        place.mkdir()
        yield place.name, test_designs.submission(place, design.name)
    for name, wrong in WRONG.items():
        made = folder / f"wrong-{name}"
        reference_with(made, wrong.changes)
        for file in solution.glob("**/*"):
            place = made / file.relative_to(solution)
            if file.is_file() and not place.exists() and "__pycache__" not in file.parts:
                place.parent.mkdir(exist_ok=True)
                shutil.copy(file, place)
        yield made.name, made
    for case in sorted(CASES.glob("*/")):
        for number, change in enumerate(sorted(case.glob("*.sed")) or [case]):
            if (copy := _of_a_case(case, change, folder / f"case-{case.name}-{number}")) is not None:
                yield copy.name, copy


def _of_a_case(case: Path, change: Path, made: Path) -> Path | None:
    """The reference with the files of a case, or changed as it says; None if it is not a submission."""
    if change == case and not ((case / "append.py").is_file() or (case / "provision.py").is_file()):
        return None
    shutil.copytree(paths.solution(LAB), made, ignore=shutil.ignore_patterns("__pycache__"))
    if change != case:
        file = made / ("provision.py" if change.stem == "provision" else "alarms.py")
        subprocess.run(["sed", "-i", "-f", change, file], check=True)
    elif (case / "append.py").is_file():
        with (made / "store.py").open("a", encoding="utf-8") as store:
            store.write((case / "append.py").read_text("utf-8"))
    else:
        for file in case.glob("*"):
            shutil.copy(file, made)
    return made


def of_submission(folder: Path) -> dict[str, Any]:
    """The findings of a submission, by their ids; and what it earned."""
    run = subprocess.run(
        [sys.executable, ROOT / "validate_tasks.py", LAB, "--seed", "1", "--format", "json", "--submission", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(run.stdout)
    found = {one["id"]: one for task in report["tasks"] for one in task["findings"]}
    return {"exit": run.returncode, "verdict": report["verdict"], **found}


def of_audits() -> Iterator[tuple[str, dict[str, Any]]]:
    """The findings that each mutant changes, by the mutant."""
    every_check = "every_check"
    recorded = {
        LAB: grade(GradeOptions(LAB, submission=paths.solution(LAB), seed=SEED)).tape,
        every_check: tape.read(paths.tape(every_check)),
    }
    for lab, made in recorded.items():
        for case in Auditor(paths.definition(lab), made, paths.review(lab)).cases():
            yield f"audit {lab}: {case.name}", {one: asdict(found) for one, found in case.changed.items()}


def _stable(value: Any) -> Any:
    """A finding without what differs from run to run."""
    if isinstance(value, dict):
        return {name: _stable(inner) for name, inner in value.items() if name != "seconds"}
    return VARYING.sub("…", value) if isinstance(value, str) else value


def differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The differences, one line each."""
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield f"{name}: only {'after' if one is None else 'before'}"
            continue
        for finding in sorted(one.keys() | other.keys()):
            if one.get(finding) != other.get(finding):
                yield f"{name}: {finding}: {json.dumps(one.get(finding))} -> {json.dumps(other.get(finding))}"


def main() -> None:
    file, *others = map(Path, sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="findings-") as folder, ThreadPoolExecutor(2) as executor:
        every = list(submissions(Path(folder)))
        results = dict(
            zip((name for name, _ in every), executor.map(of_submission, (one for _, one in every)), strict=True)
        )
    results |= of_audits()
    told = _stable(results)
    file.write_text(json.dumps(told, indent=1, sort_keys=True), "utf-8")
    print(f"{len(told)} submissions and mutants")
    for other in others:
        found = list(differences(json.loads(other.read_text("utf-8")), json.loads(file.read_text("utf-8"))))
        print(f"{len(found)} differences")
        print("\n".join(found))


if __name__ == "__main__":
    main()
