"""What `check-lab` says of a definition that can be loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import checks  # noqa: F401  (registers the kinds)
from harness import paths
from harness.audit.lint import lint
from harness.documents.strict_yaml import DefinitionError

SOLUTION = '''\
"""Builds the shop's table with a neutral key and one sparse index."""
NAME = "GSI1"
ATTRIBUTE = "expiresAt"
PLAIN = "orders by date"
'''


REVIEW = "schema_version: 1\nirrelevant: []\naccount_mutants: []\nsubmission_mutants: []\n"


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of labs with a starter, a solution and a review for `lab`."""
    monkeypatch.setattr(paths, "TASKS", tmp_path)
    (tmp_path / "starter" / "lab").mkdir(parents=True)
    (tmp_path / "solution" / "lab").mkdir(parents=True)
    (tmp_path / "solution" / "lab" / "provision.py").write_text(SOLUTION)
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "lab.yaml").write_text(REVIEW)
    return tmp_path


def problems(
    tasks: Path,
    *hints: str,
    names: str = "{table_name: 'shop-${student_id}'}",
    points: int = 100,
    more: str = "",
    description: str = "Do it.",
    another: str = "",
) -> list[str]:
    """What is wrong with a lab that has these hints and names."""
    file = tasks / "lab.yaml"
    file.write_text(
        f"schema_version: 1\nid: lab\ntitle: A lab\nsummary: About it.\nnames: {names}\ntasks:\n"
        f"  - id: task\n    title: A task\n    description: {description}\n"
        f"    hints: {list(hints)}\n"
        f"    checks: [{{id: table, kind: table.exists, points: {points}, with: {{table: '${{table_name}}'}} {more}}}"
        f"{another}]\n"
    )
    return [f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in lint(file)[1]]


BUCKET = ", {id: bucket, kind: archive.bucket, gate: true, with: {bucket: '${shelf}'}}"
"""A check of the bucket of that name."""


def test_a_good_lab_has_no_problem(tasks: Path) -> None:
    assert problems(tasks, "Think of a neutral key.", "One index is enough.") == []


def test_each_task_needs_a_hint(tasks: Path) -> None:
    assert problems(tasks) == ["tasks[0].hints: a task needs a hint."]


@pytest.mark.parametrize(
    ("hint", "quoted"),
    [
        ("Call the index GSI1.", "GSI1"),
        ("It is expiresAt, of course.", "expiresAt"),
        ("Try: the shop's TABLE, with a Neutral way", "shop s table with a neutral"),
        ("with a neutral key, and one thing", "with a neutral key and one"),
    ],
)
def test_a_hint_must_not_quote_the_solution(tasks: Path, hint: str, quoted: str) -> None:
    assert problems(tasks, "Think.", hint) == [f"tasks[0].hints[1]: quotes the solution: {quoted!r}."]
    assert problems(tasks, "Think.", more=f", hint: {json.dumps(hint)}") == [
        f"tasks[0].checks[0].hint: quotes the solution: {quoted!r}."
    ]


def test_what_a_check_says_is_no_secret_in_its_hint(tasks: Path) -> None:
    assert problems(tasks, "Think.", more=", says: The index is GSI1., hint: Look at GSI1.") == []


@pytest.mark.parametrize("hint", ["orders by date", "with a neutral key, and two", "gsi1", "GSI12", "an expiresAtAll"])
def test_a_hint_may_use_plain_words(tasks: Path, hint: str) -> None:
    assert problems(tasks, hint) == []


@pytest.mark.parametrize(
    ("hint", "description"),
    [
        ("Call the index GSI1.", "The index is called GSI1."),
        ("It is expiresAt, of course.", "Time to live is on expiresAt."),
        ("Try the shop's table with a neutral key.", "Build the shop's table with a neutral key."),
    ],
)
def test_what_the_task_itself_prescribes_is_no_quotation(tasks: Path, hint: str, description: str) -> None:
    assert problems(tasks, hint, description=description) == []
    assert len(problems(tasks, hint)) == 1
    assert len(problems(tasks, "Think.", f"{hint} GSI1 expiresAt", description="It has GSI11.")) == 1


def test_hints_cannot_quote_a_solution_that_a_course_has_deleted(tasks: Path) -> None:
    (tasks / "solution" / "lab" / "provision.py").unlink()
    (tasks / "solution" / "lab").rmdir()

    assert problems(tasks, "GSI1") == []


@pytest.mark.parametrize("text", [b"def (", b"\xff", b"\x00"])
def test_a_solution_that_is_no_python_is_said_so(tasks: Path, text: bytes) -> None:
    (tasks / "solution" / "lab" / "provision.py").write_bytes(text)

    [problem] = problems(tasks, "Think.")

    assert problem.startswith("the reference solution cannot be read: ")


@pytest.mark.parametrize(
    "bucket",
    [
        "shop_${student_id}",
        "Shop-${student_id}",
        "shop..${student_id}",
        "${student_id}-",
        "long-enough-to-break-the-limit-${account_id}-${student_id}",
        "${region}-${account_id}-the-archives-of-${student_id}",  # 64 characters in ap-northeast-1,
    ],
)
def test_the_buckets_name_must_be_valid_for_the_longest_names(tasks: Path, bucket: str) -> None:
    names = f"{{table_name: 'shop-${{student_id}}', shelf: '{bucket}'}}"

    try:
        [problem] = problems(tasks, "Think.", names=names, another=BUCKET)
    except DefinitionError as refused:  # the schema of the check's parameter says so already
        [problem] = [f"{one.path}: {one.message}" for one in refused.problems]

    assert problem.startswith(("names.shelf: ", "tasks[0].checks[1].with.bucket: "))
    assert (
        "is not a valid bucket name for every student id and account." in problem or "does not have the form" in problem
    )


def test_the_longest_bucket_name_is_valid(tasks: Path) -> None:
    bucket = "x" * (63 - 20 - 12 - 2) + "-${account_id}-${student_id}"

    names = f"{{table_name: 'a-${{student_id}}', shelf: '{bucket}'}}"
    assert problems(tasks, "Think.", names=names, another=BUCKET) == []


def test_what_is_no_buckets_name_may_be_none(tasks: Path) -> None:
    assert problems(tasks, "Think.", names="{table_name: 'shop_${student_id}'}") == []


def test_names_must_differ_from_student_to_student(tasks: Path) -> None:
    assert problems(tasks, "Think.", names="{table_name: shop}") == [
        "names.table_name: must hold ${student_id}, so that students can share an account."
    ]


def test_regions_are_those_of_aws(tasks: Path) -> None:
    names = "{table_name: 'shop-${student_id}'}\nregions: {replica_region: eu-west-9, tokyo: ap-northeast-1}"

    [problem] = problems(tasks, "Think.", names=names)

    assert problem.startswith("regions.replica_region: AWS does not have the Region eu-west-9. Did you mean 'eu-")


def test_a_table_name_that_the_longest_student_id_breaks_cannot_be_loaded(tasks: Path) -> None:
    with pytest.raises(DefinitionError, match="does not have the form"):
        problems(tasks, "Think.", names=f"{{table_name: '{'x' * 236}${{student_id}}'}}")
    assert problems(tasks, "Think.", names=f"{{table_name: '{'x' * 235}${{student_id}}'}}") == []


def test_what_cannot_be_loaded_is_refused(tasks: Path) -> None:
    with pytest.raises(DefinitionError, match=r"the points add up to 99, not to 100\."):
        problems(tasks, "Think.", points=99)
    with pytest.raises(DefinitionError, match="wait for each other: table needs table"):
        problems(tasks, "Think.", more=", needs: [table]")


def test_a_lab_needs_a_starter(tasks: Path) -> None:
    (tasks / "starter" / "lab").rmdir()

    assert problems(tasks, "Think.") == [f"there is no starter: {tasks / 'starter' / 'lab'} does not exist."]


def test_a_lab_needs_a_review(tasks: Path) -> None:
    review = tasks / "audit" / "lab.yaml"
    review.write_text(REVIEW.replace("irrelevant: []\n", ""))
    with pytest.raises(DefinitionError, match=r"lab\.yaml:1: missing: 'irrelevant'"):
        problems(tasks, "Think.")

    review.unlink()
    assert problems(tasks, "Think.") == [f"there is no review for its audit: {review} does not exist."]
