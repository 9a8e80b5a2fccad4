"""The catalogue of checks: in step with the code, and every example works."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness import paths
from harness.account.errors import ReadError
from harness.checking.check import REGISTRY
from harness.checking.finding import Status
from harness.checking.runner import Runner
from harness.grading import tape
from harness.grading.tape import TapeAccount
from harness.labs.definition import Lab, load, load_lab
from harness.report.catalogue import entry, markdown
from harness.submission.provisioning import Provisioning
from tests.each import each
from tests.labs.engine import LAB
from tests.support import EVERY_CHECK, ROOT, FakeClock, run_command

TAPE = tape.read(paths.tape(EVERY_CHECK))
CHECKS = [REGISTRY[kind] for kind in sorted(REGISTRY)]
INSPECTING = [kind for kind in sorted(REGISTRY) if REGISTRY[kind].phases is None]
"""The kinds that look at an account alone."""


def runner(lab: Lab) -> Runner:
    return Runner(list(lab.checks), TapeAccount(TAPE), FakeClock(), concurrent_checks=1)


def run(made: Runner) -> dict[str, Status]:
    assert TAPE.provisioning is not None
    return {finding.id: finding.status for finding in made.run(Provisioning.from_plain(TAPE.provisioning))}


def shown(kind: str) -> dict[str, object]:
    """The example as an author copies it from the page."""
    [check] = yaml.safe_load(entry(REGISTRY[kind]).partition("```yaml\n")[2].partition("```")[0])
    found: dict[str, object] = check
    return found


def lab_of(folder: Path, checks: list[dict[str, object]]) -> Lab:
    """A lab of one task that has these checks. It drives what the lab of that id does."""
    task = {"id": "task", "title": "T", "description": "D", "hints": ["Look."], "checks": checks}
    store = {"module": "store", "class": "Store", "tables": ["${table_name}"], "scenario": "shop"}
    lab: dict[str, object] = {"schema_version": 1, "id": LAB, "title": "T", "summary": "S", "tasks": [task]}
    lab["driven"] = {"store": store}
    lab["names"] = {"table_name": "orders-${student_id}", "archive_bucket": "archive-${student_id}"}
    file = folder / f"{LAB}.yaml"
    file.write_text(yaml.safe_dump(lab, sort_keys=False), "utf-8")
    return load(file, student_id="student", account_id=TAPE.stamp.account_id, region=TAPE.stamp.region)


def test_the_page_is_what_the_registry_says() -> None:
    page = (ROOT / "docs" / "checks.md").read_text("utf-8")

    assert page == markdown(CHECKS), "type: python validate_tasks.py checks --markdown > docs/checks.md"


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_every_example_is_loaded_and_holds(kind: str, tmp_path: Path) -> None:
    worth = {name: value for name, value in shown(kind).items() if name not in ("points", "gate")}
    exists = [] if kind == "table.exists" else [shown("table.exists")]
    checks = [*exists, {**worth, "points": 100}]

    found = run(runner(lab_of(tmp_path, checks)))

    assert set(found.values()) <= ({Status.PASS} if kind in INSPECTING else {Status.PASS, Status.SKIP})


def test_a_check_uses_the_actions_that_it_declares_and_no_other() -> None:
    used: dict[str, set[str]] = {}
    lab = load_lab(EVERY_CHECK, student_id="student", account_id=TAPE.stamp.account_id, region=TAPE.stamp.region)
    made = runner(lab)
    run(made)
    for spec in lab.checks:
        reads = made.reads(spec.finding_id)
        used.setdefault(spec.check.kind, set()).update(actions_of(read[0], read[1]) for read in reads)

    assert used == {kind: set(REGISTRY[kind].actions) for kind in INSPECTING}


def actions_of(service: str, operation: str) -> str:
    return ReadError(service, operation, {}, "", "").action


@each("kind", sorted(REGISTRY))
def test_an_entry_says_everything(kind: str) -> None:
    check, text = REGISTRY[kind], entry(REGISTRY[kind])

    for said in (check.summary, check.description, check.source, *check.actions, *check.requires):
        assert said in text
    for name in check.parameters["properties"]:
        assert f"- `{name}`" in text


def test_the_command_lists_shows_and_suggests() -> None:
    every, one, wrong = (run_command("checks", *more) for more in ((), ("ttl.enabled",), ("ttl.enable",)))
    shouted, unlike = (run_command("checks", *more) for more in (("TTL.ENABLED",), ("nope", "--markdown")))

    assert [line.split()[0] for line in every.stdout.splitlines()] == sorted(REGISTRY)
    assert one.stdout == entry(REGISTRY["ttl.enabled"])
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "There is no check kind 'ttl.enable'. Did you mean 'ttl.enabled'?" in wrong.stderr
    assert "There is no check kind 'TTL.ENABLED'. Did you mean 'ttl.enabled'?" in shouted.stderr
    assert "There is no check kind 'nope'. python validate_tasks.py checks shows all of them." in unlike.stderr
    assert (shouted.returncode, unlike.returncode, unlike.stdout) == (2, 2, "")
    assert run_command("checks", "--markdown").stdout == markdown(CHECKS)
    assert run_command("checks", "ttl.enabled", "--markdown").stdout == entry(REGISTRY["ttl.enabled"])
