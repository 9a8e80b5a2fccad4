"""Statements about DynamoDB hold on the embedded account, and docs/fidelity.md says which hold where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fidelity import statements
from tests.fidelity.emulators import EMULATORS, embedded
from tests.fidelity.gaps import GAPS
from tests.fidelity.report import PAGE, document
from tests.fidelity.statement import Refusal, Target, refused


@pytest.fixture(scope="module")
def account() -> Iterator[Target]:
    """The embedded account."""
    with embedded() as target:
        yield target


@pytest.mark.parametrize("subject", statements.SUBJECTS)
def test_statements_hold_on_the_embedded_account(account: Target, subject: str) -> None:
    """Except those that the list of gaps names; and those do not hold."""
    tried = [statement for statement in statements.ALL if statement.group == subject]
    found = {statement.id: problem for statement in tried if (problem := statement.problem(account))}
    assert {name: problem for name, problem in found.items() if name not in GAPS} == {}
    assert {name for name in GAPS if name in {statement.id for statement in tried}} - set(found) == set()


def test_every_gap_is_a_statement() -> None:
    assert set(GAPS) <= {statement.id for statement in statements.ALL}
    assert all(GAPS.values())


def test_a_statement_has_a_name_a_sentence_and_a_page() -> None:
    assert [name for name, count in Counter(one.id for one in statements.ALL).items() if count > 1] == []
    for statement in statements.ALL:
        assert re.fullmatch(r"[a-z0-9-]+", statement.id)
        assert re.fullmatch(r"[^|\n]+\.", statement.sentence), statement.id
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+\.html", statement.page), statement.id


def test_what_is_accepted_is_not_refused(account: Target) -> None:
    """A statement about a refusal fails if the request is accepted, or refused with another code or message."""
    with pytest.raises(AssertionError, match="accepted"), refused():
        pass
    for code, phrase, problem in (
        ("Other", "key", "ValidationException"),
        ("ValidationException", "other", "no 'other'"),
    ):
        with pytest.raises(AssertionError, match=problem), refused(code, phrase):
            account.put(account.single, {"a": 1})


def test_a_refusal_has_its_reasons() -> None:
    refusal = Refusal({"CancellationReasons": [{"Code": "None"}, {"Code": "ValidationError"}]})
    assert refusal.reasons == ["None", "ValidationError"]


@pytest.mark.proof
@pytest.mark.skipif(
    not all(emulator.is_here for emulator in EMULATORS if emulator.name != "dynalite"),
    reason="MINISTACK names no ministack; .ci/run installs one",
)
def test_the_page_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNALITE", raising=False)
    assert PAGE.read_text("utf-8") == document()
