"""Stores that keep the shop's data in other ways than the reference does: each earns everything."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import paths
from harness.checking.finding import Status
from tests.labs.dynamodb_ecommerce.stores import LAB, rig_of
from tests.support import ROOT

DESIGNS = sorted((ROOT / "tests" / "labs" / LAB / "designs").glob("*/"))


@pytest.mark.proof
@pytest.mark.parametrize(
    "design",
    [pytest.param(design, id=design.name) for design in DESIGNS],
)
def test_another_right_design_earns_everything(design: Path, tmp_path: Path) -> None:
    shutil.copy(paths.solution(LAB) / "provision.py", tmp_path)
    store = Path(shutil.copy(design / "store.py", tmp_path))

    with rig_of(design) as made:
        findings = made.findings_of(store, now=datetime.now(UTC))

    assert [one for one in findings.values() if one.status is not Status.PASS] == []
    assert len(findings) == 23


def test_there_are_designs() -> None:
    assert len(DESIGNS) >= 5
