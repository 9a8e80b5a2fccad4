"""Declaring checks: what a declaration must say, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import (
    DRIVEN,
    REGISTRY,
    Check,
    Context,
    Failed,
    NotAllowed,
    Outcome,
    Passed,
    Pending,
    Undetermined,
    Unsupported,
    check,
)
from harness.checking.finding import Statement

ALL = sorted(REGISTRY)


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """Kinds that a test declares are gone after it."""
    yield
    for kind in set(REGISTRY) - set(ALL):
        del REGISTRY[kind]


def good(context: Context, table: str, size: int = 3) -> Passed:
    """The table is large.

    Size is counted
    in items.
    """
    return Passed("large")


def undocumented(context: Context, table: str, size: int = 3) -> Passed:
    return Passed("large")


PARAMETERS: dict[str, Any] = {"table": {"type": "string"}, "size": {"type": "integer"}}


def test_a_declaration_says_everything() -> None:
    declare = check(
        "test.large",
        parameters=PARAMETERS,
        example={"table": "orders"},
        actions=("dynamodb:DescribeTable",),
        requires=("table.exists",),
        source="https://example.com",
    )

    assert declare(good) is good

    assert REGISTRY["test.large"] == Check(
        kind="test.large",
        summary="The table is large.",
        description="Size is counted\nin items.",
        example={"table": "orders"},
        parameters={"type": "object", "properties": PARAMETERS, "required": ["table"], "additionalProperties": False},
        actions=("dynamodb:DescribeTable",),
        requires=("table.exists",),
        source="https://example.com",
        function=good,
    )


def test_a_check_of_code_is_told_which_by_its_definition() -> None:
    check("test.large", parameters=PARAMETERS, example={}, phases=("little data",), source="test")(good)

    declared = REGISTRY["test.large"]
    assert declared.phases == ("little data",)
    assert declared.parameters["properties"] == {"driven": DRIVEN, **PARAMETERS}
    assert declared.parameters["required"] == ["driven", "table"]


@pytest.mark.parametrize(
    ("kind", "function", "parameters", "actions", "message"),
    [
        ("table.exists", good, PARAMETERS, (), "check kind 'table.exists' is declared twice or badly named"),
        ("large", good, PARAMETERS, (), "check kind 'large' is declared twice or badly named"),
        ("test.Large", good, PARAMETERS, (), "check kind 'test.Large' is declared twice or badly named"),
        ("test.large\n", good, PARAMETERS, (), "check kind 'test.large\\n' is declared twice or badly named"),
        ("test.a.b", good, PARAMETERS, (), "check kind 'test.a.b' is declared twice or badly named"),
        ("", good, PARAMETERS, (), "check kind '' is declared twice or badly named"),
        (
            "test.large",
            good,
            {"table": {}},
            (),
            "test.large: the function takes ['table', 'size'], the schema declares ['table']",
        ),
        (
            "test.large",
            good,
            {**PARAMETERS, "unit": {}},
            (),
            "test.large: the function takes ['table', 'size'], the schema declares ['size', 'table', 'unit']",
        ),
        ("test.large", good, PARAMETERS, ("DescribeTable",), "test.large: not IAM actions: ['DescribeTable']"),
        ("test.large", good, PARAMETERS, ("dynamodb:*",), "test.large: not IAM actions: ['dynamodb:*']"),
        (
            "test.large",
            undocumented,
            PARAMETERS,
            (),
            "test.large: the function needs a docstring whose first line a student can read",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(
    kind: str, function: Callable[..., Passed], parameters: dict[str, Any], actions: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check(kind, parameters=parameters, example={}, actions=actions, source="test")(function)

    assert sorted(REGISTRY) == ALL


@pytest.mark.parametrize("outcome", [Failed, Pending, Undetermined, Unsupported, NotAllowed])
def test_what_a_check_raises_carries_texts(outcome: type[Outcome]) -> None:
    raised = outcome("No.", expected="e", actual="a", resource="r", remedy="m", detail="d")

    assert str(raised) == raised.message == "No."
    assert raised.statement == Statement("No.", expected="e", actual="a", resource="r", remedy="m", detail="d")
    assert outcome("No.").statement.detail == ""


@pytest.mark.parametrize("kind", ALL)
def test_each_kind_of_this_clone_is_declared_fully(kind: str) -> None:
    declared = REGISTRY[kind]

    Draft202012Validator.check_schema(dict(declared.parameters))
    assert [required for required in declared.requires if required not in ALL] == []
    assert kind not in declared.requires
    assert re.fullmatch(r"[^\n]{10,110}\.", declared.summary)
    assert declared.source.startswith(("https://docs.aws.amazon.com/", "docs/students.md#"))
