"""Stores with one mistake each in their orders: exactly the checks that it concerns fail, and say what it is."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checking.check import CheckSpec
from harness.checking.finding import Finding, Status
from harness.checking.runner import Runner
from harness.driving.evidence import Evidence
from tests.accounts import lab
from tests.harness.audit.weakening import Weakening, weakened, weakenings
from tests.labs.dynamodb_ecommerce.stores import DESIGNS, Rig, reference_with, rig, rig_of
from tests.labs.dynamodb_ecommerce.wrong_orders import REFERENCE, WRONG
from tests.support import RUNS, Facts, FakeClock, table

TASK = "orders"
JUDGES = ("facts.trials", "code.all_or_nothing", "code.at_once", "code.sequences")
"""The modules that judge orders."""

EQUIVALENT = {
    ("facts.trials", "refuse_target", 0): "it is about targets: no store makes them deny or throttle",
}
"""Refusals without which every wrong store is judged as before, by module, statement and its place among such
statements of the module."""


def opened(design: str) -> AbstractContextManager[Rig]:
    """An account with the table of a design."""
    return rig() if design == REFERENCE else rig_of(DESIGNS / design)


def evidence_of(name: str, folder: Path) -> Evidence:
    """What is gathered of a wrong store for the task. Each is gathered once in a test run."""
    wrong, kept = WRONG[name], Path(os.environ[RUNS]) / f"orders-{name}.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            design = None if wrong.design == REFERENCE else DESIGNS / wrong.design
            with opened(wrong.design) as made:
                _, evidence = made.of_a_task(reference_with(folder / name, wrong.changes, design), TASK)
            assert evidence is not None
            kept.write_text(json.dumps(evidence.plain()), "utf-8")
    return Evidence.from_plain(json.loads(kept.read_text("utf-8")))


def judged(spec: CheckSpec, evidence: Evidence) -> Finding:
    """What a check says of evidence."""
    alone = replace(spec, needs=())
    [finding] = Runner([alone], Facts({"DescribeTable": table()}), FakeClock()).run(None, lambda _, __: evidence)
    return finding


@pytest.mark.proof
@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_costs_what_it_concerns_and_is_named(name: str, tmp_path: Path) -> None:
    evidence = evidence_of(name, tmp_path)
    findings = {spec.finding_id: judged(spec, evidence) for spec in lab().task(TASK).checks}

    failed = {one: found.message for one, found in findings.items() if found.status is not Status.PASS}
    assert failed.keys() == WRONG[name].findings.keys(), failed
    for finding_id, text in WRONG[name].findings.items():
        finding = findings[finding_id]
        assert finding.status is Status.FAIL
        assert text in finding.message
        assert "" not in (finding.expected, finding.actual, finding.remedy, finding.resource, finding.detail)


@pytest.mark.proof
def test_each_refusal_of_a_judge_is_needed_by_a_wrong_store(tmp_path: Path) -> None:
    gathered = {name: evidence_of(name, tmp_path) for name in WRONG}
    specs = {spec.finding_id: spec for spec in lab().task(TASK).checks}

    unneeded = [
        place(one)
        for one in weakenings(JUDGES)
        if one.statement != "Undetermined" and not lets_through(one, specs, gathered)
    ]

    assert sorted(unneeded) == sorted(EQUIVALENT)


def lets_through(weakening: Weakening, specs: dict[str, CheckSpec], gathered: dict[str, Evidence]) -> bool:
    """Whether a wrong store is judged otherwise without a refusal."""
    change = weakened(weakening, JUDGES)
    for name, wrong in WRONG.items():
        for finding_id, text in wrong.findings.items():
            finding = judged(change(specs[finding_id]), gathered[name])
            if finding.status is not Status.FAIL or text not in finding.message:
                return True
    return False


def place(weakening: Weakening) -> tuple[str, str, int]:
    alike = [
        one.line for one in weakenings(JUDGES) if (one.module, one.statement) == (weakening.module, weakening.statement)
    ]
    return weakening.module, weakening.statement, sorted(alike).index(weakening.line)


def test_every_mistake_is_of_another_student() -> None:
    sentences = [one.says for one in WRONG.values()]

    assert len(WRONG) >= 30
    assert len({*sentences}) == len(sentences)
    assert len({one.design for one in WRONG.values()}) >= 6
