"""How a store of the lab is driven: what cannot be used is told once, and a task drives what its checks need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.dynamodb_ecommerce.scenario import LATER_DAYS
from harness.checking.finding import Reason, Status
from harness.driving.evidence import START
from harness.driving.scenario import BEFORE_EXPIRY, LITTLE, LOAD, NEW_RECORDS
from tests.labs.dynamodb_ecommerce.stores import Rig, reference_with, rig

LATER = {f"{days} days on" for days in LATER_DAYS}


@pytest.fixture(scope="module")
def made() -> Iterator[Rig]:
    with rig() as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        (
            "class Store:\n    def __init__(self, *given)\n        pass\n",
            "SyntaxError: expected ':' (store.py, line 2)",
            2,
        ),
        ("import a_package_of_tomorrow\n", "ModuleNotFoundError: No module named 'a_package_of_tomorrow'", 1),
        ("class Shop:\n    pass\n", "store.py has no class Store", 1),
        (
            "class Store:\n    def __init__(self, *given):\n        self.at = given[0][99]\n",
            "IndexError: string index",
            3,
        ),
        (None, "there is no store.py in the submission's folder", 0),
    ],
    ids=["syntax", "package", "class", "object", "nothing"],
)
@pytest.mark.parametrize("task_id", [None, "entities"])
def test_code_that_cannot_be_used_is_told_once_before_anything_is_driven(
    made: Rig, tmp_path: Path, text: str | None, says: str, place: int, task_id: str | None
) -> None:
    store = reference_with(tmp_path, {})
    store.unlink() if text is None else store.write_text(text, "utf-8")
    before = len(made.gateway.records)

    findings = made.findings_of(store) if task_id is None else made.of_a_task(store, task_id)[0]

    [first] = [one for one in findings.values() if one.status is Status.FAIL]
    others = [one for one in findings.values() if one is not first]
    assert first.id == ("entities.session" if task_id else "expiry.price-records")
    assert (first.status, first.file, first.line) == (Status.FAIL, "store.py" if place else "", place)
    assert first.message.startswith(f"The code cannot be used: {says}")
    assert first.remedy
    assert {(one.status, one.reason) for one in others} == {(Status.SKIP, Reason.PREREQUISITE)}
    assert not [one.id for one in others if one.not_graded or one.undecided]
    assert {one.role for one in made.gateway.records[before:]} == {"harness"}


def test_a_store_that_can_be_made_once_alone_is_told_once_too(made: Rig, tmp_path: Path) -> None:
    store = reference_with(tmp_path, {})
    store.write_text(
        store.read_text("utf-8").replace(
            '        self._table = session.resource("dynamodb").Table(table_name)\n',
            '        self._table = session.resource("dynamodb").Table(table_name)\n'
            '        if self._table.scan(Limit=1)["Items"]:\n            raise LookupError("it is not empty")\n',
        ),
        "utf-8",
    )

    findings, evidence = made.of_a_task(store, "entities")

    assert [one.message for one in findings.values() if one.status is Status.FAIL] == [
        "The code cannot be used: LookupError: it is not empty."
    ]
    assert evidence is not None
    assert {one.phase for one in evidence.calls} == {LOAD, START}


@pytest.mark.parametrize(
    ("task_id", "phases"),
    [
        pytest.param("entities", {LOAD, LITTLE}, marks=pytest.mark.proof),
        ("expiry", {LOAD, NEW_RECORDS, BEFORE_EXPIRY, *LATER}),
    ],
)
def test_a_task_drives_what_its_checks_need(made: Rig, tmp_path: Path, task_id: str, phases: set[str]) -> None:
    findings, evidence = made.of_a_task(reference_with(tmp_path, {}), task_id)

    assert {one.status for one in findings.values()} == {Status.PASS}
    assert evidence is not None
    assert {one.phase for one in evidence.calls} == phases
