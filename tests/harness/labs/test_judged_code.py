"""Checks of code in a definition: what they name must be driven, and what they judge must be declared."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import REGISTRY
from harness.documents.strict_yaml import DefinitionError
from harness.driving.driven_code import DrivenCode
from harness.driving.scenario import Driven, Entity, ExpiringRecord, Owner, Question, Scenario
from harness.labs.definition import DECLARED, Lab, load

LAB = """\
schema_version: 1
id: library
title: A library
summary: About it.
names: {{books: 'books-${{student_id}}'}}
driven:
  catalogue: {{module: app.books, {more}tables: {tables}, scenario: {scenario}}}
tasks:
  - id: task
    title: A task
    description: Do it.
    hints: [Think.]
    checks:
      - {{id: judged, kind: {kind}, points: 100, with: {parameters}}}
"""
PLAIN = Scenario(
    gather=lambda session: None,
    model=lambda today: None,
    questions={"get": Question(written_by=("add",), about="id", answers="book")},
    entities={"book": Entity(written_by="add", given_back_by="get")},
)
FULL = Scenario(
    gather=PLAIN.gather,
    model=PLAIN.model,
    expiring=ExpiringRecord("loan", "book", 30, "a month", ("lend",), "loans", lambda called: []),
    owner_of=lambda called: Owner("reader", "R1"),
)


@pytest.fixture(autouse=True)
def scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("fixtures.library.scenario")
    monkeypatch.setattr(module, "plain", PLAIN, raising=False)
    monkeypatch.setattr(module, "full", FULL, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def loaded(
    folder: Path,
    kind: str,
    *,
    scenario: str = "plain",
    tables: str = "['${books}']",
    parameters: str = "{driven: catalogue}",
    more: str = "",
) -> Lab:
    file = folder / "library.yaml"
    file.write_text(LAB.format(kind=kind, scenario=scenario, tables=tables, parameters=parameters, more=more), "utf-8")
    return load(file, student_id="ann", account_id="123456789012", region="eu-west-1")


def problem(folder: Path, kind: str, **changes: str) -> str:
    """What is wrong with the check of that kind."""
    with pytest.raises(DefinitionError) as refused:
        loaded(folder, kind, **changes)
    [found] = refused.value.problems
    assert found.line == 14
    assert found.path.startswith("tasks[0].checks[0].with.")
    return found.message


@pytest.mark.parametrize("kind", ["code.expiry", "code.expired"])
def test_what_judges_records_that_expire_needs_a_scenario_that_has_some(tmp_path: Path, kind: str) -> None:
    assert problem(tmp_path, kind) == (
        f"{kind} needs a scenario with records that expire (`expiring`), and catalogue has none."
    )
    assert loaded(tmp_path, kind, scenario="full").driven["catalogue"].scenario is FULL


def test_what_judges_partition_keys_needs_a_scenario_that_tells_owners(tmp_path: Path) -> None:
    assert problem(tmp_path, "code.partition_keys") == (
        "code.partition_keys needs a scenario that says for whom calls are made (`owner_of`), and catalogue has none."
    )
    assert loaded(tmp_path, "code.partition_keys", scenario="full").driven["catalogue"].scenario is FULL


@pytest.mark.parametrize("kind", ["code.one_table", "code.partition_keys", "code.expiry", "code.expired"])
def test_what_judges_tables_needs_some(tmp_path: Path, kind: str) -> None:
    assert problem(tmp_path, kind, scenario="full", tables="[]") == f"{kind} needs `tables`, and catalogue has none."


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("code.session", "{driven: catalog}", "'catalog' is not declared as driven. Did you mean 'catalogue'? "),
        ("code.answers", "{driven: catalogue, question: got}", "'got' is not a known question of the scenario plain."),
        (
            "code.current_read",
            "{driven: catalogue, question: book}",
            "'book' is not a known question of the scenario plain.",
        ),
        (
            "code.round_trip",
            "{driven: catalogue, entity: books}",
            "'books' is not a known entity of the scenario plain.",
        ),
    ],
)
def test_what_a_check_names_must_be_there(tmp_path: Path, kind: str, parameters: str, message: str) -> None:
    assert problem(tmp_path, kind, parameters=parameters).startswith(message)


def test_what_kinds_need_is_something_that_can_be_declared() -> None:
    needed = {one for check in REGISTRY.values() for one in check.declared}
    assert needed == set(DECLARED)
    assert needed <= {*Driven.__dataclass_fields__, *DrivenCode.__dataclass_fields__, *Scenario.__dataclass_fields__}


def test_arguments_are_shown_as_a_student_would_write_them(tmp_path: Path) -> None:
    """The Region and the account have no variable of these names in the environment."""
    arguments = "['${books}', '${student_id}', '${region}', '${account_id}', 'a-${books}', 7, true, null]"
    lab = loaded(tmp_path, "code.session", more=f"class: Catalogue, arguments: {arguments}, ")

    driven = lab.driven["catalogue"]
    assert driven.arguments == ("books-ann", "ann", "eu-west-1", "123456789012", "a-books-ann", 7, True, None)
    assert driven.made_with == (
        "environ['BOOKS']",
        "environ['STUDENT_ID']",
        "'eu-west-1'",
        "'123456789012'",
        "'a-books-ann'",
        "7",
        "True",
        "None",
    )
