"""A lab's review: what may stand in it, and what is said of what may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import paths
from harness.account.reading import Reading
from harness.audit.review import (
    NOTHING,
    Expected,
    Irrelevant,
    Patch,
    load_common,
    load_review,
    names_of,
    names_of_evidence,
    patched,
)
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.documents.strict_yaml import DefinitionError

REVIEW = """\
schema_version: 1
irrelevant:
  - read: dynamodb DescribeTable
    paths: [Table.ItemCount]
    reason: How many items there are is not asked.
account_mutants:
  - id: off
    says: what is on in the right account is off
    changes:
      - {read: dynamodb DescribeTable, path: Table.On, from: true, to: false}
    findings: {a.b: error pending}
submission_mutants: []
"""


def load(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "audit.yaml"
    file.write_text(text, "utf-8")
    return load_review(file, {"a.b"})


def test_a_review_is_read(tmp_path: Path) -> None:
    review = load(tmp_path, REVIEW)

    assert review.irrelevant[0].reason == "How many items there are is not asked."
    assert review.account_mutants[0].patches == (Patch("dynamodb DescribeTable", "Table.On", True, False, None),)
    assert review.account_mutants[0].findings == {"a.b": Expected("error", "pending")}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("reason: How many items there are is not asked.", "reason: no", "reason: must not be shorter"),
        ("read: dynamodb DescribeTable\n", "read: DescribeTable\n", "irrelevant[0].read"),
        ("a.b: error pending", "a.c: fail", "the lab has no finding 'a.c'"),
        ("a.b: error pending", "a.b: broken", "must be a status, such as fail"),
        ("irrelevant:", "irrelevants:", "missing: 'irrelevant'"),
        ("paths: [Table.ItemCount]", "path: Table.ItemCount", "'path' is not known here. Did you mean 'paths'?"),
    ],
)
def test_what_is_wrong_in_a_review_is_said_with_its_line(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in REVIEW
    with pytest.raises(DefinitionError) as raised:
        load(tmp_path, REVIEW.replace(before, after))

    assert message in str(raised.value)
    assert "audit.yaml:" in str(raised.value)


def test_two_mutants_of_one_name_are_refused(tmp_path: Path) -> None:
    mutant = REVIEW[REVIEW.index("  - id: off") : REVIEW.index("submission_mutants")]

    with pytest.raises(DefinitionError, match="two mutants have the id 'off'"):
        load(tmp_path, REVIEW.replace(mutant, mutant + mutant))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("Table.ItemCount", "Table.ItemCount", True),
        ("Table.ItemCount", "Table.ItemCounts", False),
        ("Table.KeySchema[*].KeyType", "Table.KeySchema[12].KeyType", True),
        ("Table.KeySchema[*]", "Table.KeySchema[0].KeyType", False),
        ("Table.KeySchema", "Table.KeySchema[0]", False),
        ("Table.Stream", "Table.Stream.Enabled", False),
        ("load.*", "load.put_product", True),
        ("*.put_product", "more data.put_product", True),
        ("*.put_product", "load.put_products", False),
        ("*.*", "every call", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, expected: bool) -> None:
    entry = Irrelevant("dynamodb DescribeTable", (pattern,), (), "because")

    assert (entry.match(["dynamodb DescribeTable"], path, "absent") is not None) is expected


def test_an_entry_speaks_of_its_reads_and_its_changes_alone() -> None:
    entry = Irrelevant("dynamodb DescribeTable orders", ("Table",), ("absent",), "because")
    reading = Reading("dynamodb", "DescribeTable", {"TableName": "orders"}, {}, None)
    other = Reading("dynamodb", "DescribeTable", {"TableName": "lookups"}, {}, None)

    assert entry.match(names_of(reading), "Table", "absent") == ("Table", "absent")
    assert entry.match(names_of(reading), "Table", "emptied") is None
    assert entry.match(names_of(other), "Table", "absent") is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("an item with name", True),
        ("an item with name absent", True),
        ("an item with name.S another", True),
        ("an item with name[0] another", True),
        ("an item with names absent", False),
    ],
)
def test_a_part_of_evidence_is_waived_with_what_lies_in_it(change: str, expected: bool) -> None:
    entry = Irrelevant("evidence", ("*.*",), ("an item with name",), "because")

    assert (entry.match(names_of_evidence("store"), "load.put", change) is not None) is expected
    assert Irrelevant("s3 X", ("a",), ("a",), "because").match(["s3 X"], "a", "a day later") is None


@pytest.mark.parametrize(
    ("read", "waived", "says"),
    [
        (
            "dynamodb DescribeTable",
            "paths: ['**']",
            "'**' waives what it does not name: name each of them (`[*]` means",
        ),
        ("dynamodb DescribeTable", "paths: ['Table.**']", "'Table.**' waives what it does not name"),
        ("dynamodb DescribeTable", "paths: [Table.*]", "'Table.*' waives what it does not name"),
        (
            "cloudwatch DescribeAlarms",
            "paths: ['MetricAlarms[*].State*']",
            "'MetricAlarms[*].State*' waives what it does",
        ),
        (
            "evidence store",
            "paths: ['**'], changes: [it fails]",
            "name each of them (`*` means a whole phase or met",
        ),
        (
            "evidence store",
            "paths: ['* days on.get'], changes: [it fails]",
            "'* days on.get' waives what it does not name",
        ),
        ("evidence store", "paths: ['load.put']", "a waiver of evidence names its changes"),
        (
            "s3 ListBuckets",
            "paths: [Owner], unless: [archive.bucket]",
            "unless: only the waivers in common/, which hold for every lab, have exceptions",
        ),
    ],
)
def test_a_waiver_names_what_it_waives(tmp_path: Path, read: str, waived: str, says: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        load(tmp_path, f"schema_version: 1\nirrelevant: [{{read: {read}, {waived}, reason: It is tried out.}}]\n")

    assert says in str(raised.value)


@pytest.mark.parametrize("waived", ["paths: ['Keys[*].Name', 'Keys[0]']", "paths: [Table]"])
def test_any_index_and_one_field_are_names(tmp_path: Path, waived: str) -> None:
    load(tmp_path, f"schema_version: 1\nirrelevant: [{{read: a B, {waived}, reason: It is tried out.}}]\n")


COMMON = """\
schema_version: 1
irrelevant:
  - read: lambda ListEventSourceMappings
    paths: ['EventSourceMappings[*].BatchSize']
    unless: [streams.consumer.maximum_batch_size, archive.bucket]
    reason: How large batches are is the student's.
  - read: lambda ListEventSourceMappings
    paths: ['EventSourceMappings[*].UUID']
    reason: It decides nothing.
"""


@pytest.fixture
def common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "COMMON_REVIEWS", tmp_path)
    return tmp_path / "lambda.yaml"


def spec(kind: str, **parameters: Any) -> CheckSpec:
    return CheckSpec("id", "task", REGISTRY[kind], 1, (), parameters)


def waived(*specs: CheckSpec) -> list[str]:
    return [one.paths[0] for one in load_common(specs)]


def test_what_is_waived_for_every_lab_is_not_where_a_lab_asks_for_it(common: Path) -> None:
    common.write_text(COMMON, "utf-8")

    both = ["EventSourceMappings[*].BatchSize", "EventSourceMappings[*].UUID"]
    assert waived(spec("streams.consumer", table="orders")) == both
    assert waived(spec("streams.consumer", table="orders", maximum_batch_size=10)) == both[1:]
    assert waived(spec("archive.bucket", bucket="orders")) == both[1:]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            "streams.consumer.maximum_batch_size",
            "streams.consumer.largest",
            "parameter of one, has the name 'streams.c",
        ),
        ("archive.bucket", "archive.buckets", "no kind of check"),
        ("['EventSourceMappings[*].UUID']", "['EventSourceMappings[*].**']", "waives what it does not name"),
        ("irrelevant:\n", "submission_mutants: []\nirrelevant:\n", "mistakes belong to one lab"),
    ],
)
def test_what_is_wrong_in_a_waiver_for_every_lab_is_said(common: Path, before: str, after: str, says: str) -> None:
    assert before in COMMON
    common.write_text(COMMON.replace(before, after), "utf-8")

    with pytest.raises(DefinitionError) as raised:
        load_common([])

    assert says in str(raised.value)
    assert "lambda.yaml:" in str(raised.value)


def test_a_reading_of_another_region_has_a_name_of_its_own(tmp_path: Path) -> None:
    reading = Reading("dynamodb", "DescribeTable", {"TableName": "orders"}, {}, None, "eu-west-1")

    names = names_of(reading)

    assert names == ("dynamodb DescribeTable in eu-west-1", "dynamodb DescribeTable in eu-west-1 orders")
    review = tmp_path / "review.yaml"
    for name in names:
        review.write_text(
            "schema_version: 1\naccount_mutants: []\nsubmission_mutants: []\n"
            f"irrelevant: [{{read: {name}, paths: [Table], reason: It is tried.}}]\n"
        )
        assert load_review(review, set()).irrelevant[0].match(names, "Table", "absent") == ("Table", "")


RIGHT: dict[str, Any] = {"Table": {"On": True, "Keys": [{"Name": "a"}], "Tags": []}}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (Patch("", "Table.On", True, False, None), {"On": False, "Keys": [{"Name": "a"}], "Tags": []}),
        (Patch("", "Table.On", True, NOTHING, None), {"Keys": [{"Name": "a"}], "Tags": []}),
        (Patch("", "Table.New", NOTHING, {"x": 1}, None), {**RIGHT["Table"], "New": {"x": 1}}),
        (Patch("", "Table.Keys[0].Name", "a", "b", None), {"On": True, "Keys": [{"Name": "b"}], "Tags": []}),
        (Patch("", "Table.Keys[0]", {"Name": "a"}, NOTHING, None), {"On": True, "Keys": [], "Tags": []}),
        (
            Patch("", "Table.Keys[1]", NOTHING, {"Name": "b"}, None),
            {**RIGHT["Table"], "Keys": [{"Name": "a"}, {"Name": "b"}]},
        ),
        (Patch("", "Table.Keys", NOTHING, NOTHING, 3), {**RIGHT["Table"], "Keys": [{"Name": "a"}] * 3}),
    ],
)
def test_a_patch_replaces_what_it_names(patch: Patch, expected: dict[str, Any]) -> None:
    assert patched(RIGHT, patch) == {"Table": expected}
    assert RIGHT["Table"]["On"] is True, "the right one is left alone"


@pytest.mark.parametrize(
    "patch",
    [
        Patch("", "Table.On", False, True, None),
        Patch("", "Table.On", NOTHING, False, None),
        Patch("", "Table.Off.Deeper", NOTHING, 1, None),
        Patch("", "Table.New", 1, 2, None),
        Patch("", "Table.Keys[5]", NOTHING, {}, None),
        Patch("", "Table.On[0]", NOTHING, 1, None),
        Patch("", "Table.Tags", NOTHING, NOTHING, 3),
    ],
)
def test_a_patch_that_does_not_fit_is_an_error(patch: Patch) -> None:
    with pytest.raises(ValueError, match=r"at Table|there is no Table"):
        patched(RIGHT, patch)


def test_what_is_expected_of_a_finding() -> None:
    pending = Finding("It is changing.", "a.b", "table.active", Status.ERROR, 5, Reason.PENDING)

    assert Expected("error").is_met_by(pending)
    assert Expected("error", "pending").is_met_by(pending)
    assert not Expected("error", "denied").is_met_by(pending)
    assert not Expected("fail").is_met_by(pending)


def test_the_reviews_of_the_labs_are_there() -> None:
    labs = {file.stem for file in paths.TASKS.glob("*.yaml")}

    assert labs == {file.stem for file in (paths.TASKS / "audit").glob("*.yaml")}
