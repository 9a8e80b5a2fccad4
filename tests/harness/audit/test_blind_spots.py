"""What nobody notices is told by place, with a draft of what would waive it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.audit.audit import AuditResult
from harness.audit.auditor import Case, Ruling
from harness.audit.blind_spots import BlindSpot, blind_spots, draft
from harness.audit.review import load_review
from harness.documents.strict_yaml import DefinitionError
from harness.report import audit_report

READ = "dynamodb DescribeTable orders"


def case(path: str, change: str, ruling: Ruling = Ruling.BLIND, read: str = READ) -> Case:
    return Case(f"{read} {path}: {change}", ruling, {}, "no finding changed", read, path, change)


CASES = [
    case("Table.On", "absent"),
    case("Table.On", "negated", Ruling.NOTICED),
    *(case(f"Table.Keys[{index}].Name", change) for index in (0, 1, 3) for change in ("absent", "other text")),
    case("load.put", "by a Scan", read="evidence store"),
    case("maximum_batch_size", "", read="bound a.b"),
]


DRAFT = """\
  - read: dynamodb DescribeTable orders
    paths: [Table.On]
    changes: [absent]
    reason:
  - read: dynamodb DescribeTable orders
    paths: ['Table.Keys[*].Name']
    reason:
  - read: evidence store
    paths: [load.put]
    changes: [by a Scan]
    reason:
  - read: bound a.b
    paths: [maximum_batch_size]
    reason:
"""


def test_blind_changes_are_put_together_by_place() -> None:
    why = "no finding changed"

    assert blind_spots(CASES) == [
        BlindSpot(READ, "Table.On", ("absent",), False, why),
        BlindSpot(READ, "Table.Keys[0-1,3].Name", ("absent", "other text"), True, why),
        BlindSpot("evidence store", "load.put", ("by a Scan",), True, why),
        BlindSpot("bound a.b", "maximum_batch_size", ("",), True, why),
    ]
    assert blind_spots([case("Table.On", "negated", Ruling.IRRELEVANT)]) == []


def test_the_draft_waives_what_is_blind_and_asks_for_reasons() -> None:
    assert draft(blind_spots(CASES)) == DRAFT.replace("reason:", "reason: ")


def test_a_long_list_takes_a_line_each() -> None:
    spots = [BlindSpot(READ, f"Table.AFieldWithALongName{number}", ("a, b",), False, "") for number in range(5)]

    text = draft(spots)

    assert "    paths:\n      - Table.AFieldWithALongName0\n" in text
    assert "    changes: ['a, b']\n" in text


def test_the_draft_can_be_pasted_and_is_refused_without_reasons(tmp_path: Path) -> None:
    review = tmp_path / "review.yaml"
    text = f"schema_version: 1\nirrelevant:\n{draft(blind_spots(CASES))}"
    review.write_text(text, "utf-8")
    with pytest.raises(DefinitionError, match="reason: must be"):
        load_review(review, set())

    review.write_text(text.replace("reason: ", "reason: It is tried out."), "utf-8")

    matching = [
        entry.match([one.read], one.path, one.change)
        for one in CASES
        for entry in load_review(review, set()).irrelevant
    ]
    assert sum(one is not None for one in matching) == len(CASES) - 1, "what is noticed needs no waiver"


def test_the_report_tells_places_and_the_draft() -> None:
    result = AuditResult("lab", tuple(CASES), (), 1.0)

    text = audit_report.as_text([result])

    assert f"  blind: {READ} Table.Keys[0-1,3].Name: absent, other text (no finding changed)\n" in text
    assert "  blind: bound a.b maximum_batch_size (no finding changed)\n" in text
    assert text.endswith(draft(blind_spots(CASES)))
    assert "this is a draft for the review, to paste below irrelevant:" in text
    assert "draft" not in audit_report.as_text([AuditResult("lab", (CASES[1],), (), 1.0)])
