"""Declaring checks: what a declaration must say, and what follows from it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import (
    DRIVEN,
    REGISTRY,
    Check,
    Context,
    Fact,
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
from harness.checking.parameters import Schema
from tests.support import Facts

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


def untyped(table: str, size=3, unit=""):  # type: ignore[no-untyped-def]
    """The table is large."""
    return Passed("large")


def undocumented(context: Context, table: str, size: int = 3) -> Passed:
    return Passed("large")


PARAMETERS: dict[str, Any] = {"table": {"type": "string"}, "size": {"type": "integer"}}


def test_a_declaration_says_everything() -> None:
    declare = check(
        "test.large",
        example={"table": "orders"},
        actions=("dynamodb:DescribeTable",),
        requires=("table.exists",),
        source="https://example.com",
    )

    declared = declare(good)

    assert REGISTRY["test.large"] == Check(
        kind="test.large",
        summary="The table is large.",
        description="Size is counted\nin items.",
        example={"table": "orders"},
        parameters={"type": "object", "properties": PARAMETERS, "required": ["table"], "additionalProperties": False},
        actions=("dynamodb:DescribeTable",),
        requires=("table.exists",),
        source="https://example.com",
        function=declared,
    )
    assert inspect.unwrap(declared) is good


def test_a_check_of_code_is_told_which_by_its_definition() -> None:
    check("test.large", example={}, phases=("little data",), source="test")(good)

    declared = REGISTRY["test.large"]
    assert declared.phases == ("little data",)
    assert declared.parameters["properties"] == {"driven": DRIVEN, **PARAMETERS}
    assert declared.parameters["required"] == ["driven", "table"]


@pytest.mark.parametrize(
    ("kind", "function", "actions", "message"),
    [
        ("table.exists", good, (), "check kind 'table.exists' is declared twice or badly named"),
        ("large", good, (), "check kind 'large' is declared twice or badly named"),
        ("test.Large", good, (), "check kind 'test.Large' is declared twice or badly named"),
        ("test.large\n", good, (), "check kind 'test.large\\n' is declared twice or badly named"),
        ("test.a.b", good, (), "check kind 'test.a.b' is declared twice or badly named"),
        ("", good, (), "check kind '' is declared twice or badly named"),
        ("test.large", untyped, (), "test.large: parameters without a type: ['size', 'unit']"),
        ("test.large", good, ("DescribeTable",), "test.large: not IAM actions: ['DescribeTable']"),
        ("test.large", good, ("dynamodb:*",), "test.large: not IAM actions: ['dynamodb:*']"),
        (
            "test.large",
            undocumented,
            (),
            "test.large: the function needs a docstring whose first line a student can read",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(
    kind: str, function: Callable[..., Passed], actions: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check(kind, example={}, actions=actions, source="test")(function)

    assert sorted(REGISTRY) == ALL


class Shelf(Fact):
    """A shelf, which is read when it is asked."""

    schema = Schema(pattern="^[a-z]+$")
    example: ClassVar[str] = "wine"
    actions: ClassVar[tuple[str, ...]] = ("s3:GetObject", "s3:ListBucket")
    requires = ("test.shelf", "table.exists")

    @property
    def resource(self) -> str:
        return f"shelf {self.name}"


class Cellar(Shelf):
    actions = ("dynamodb:Scan",)


def test_what_a_fact_needs_is_said_once() -> None:
    def tidy(shelf: Shelf, number: int, cellar: Cellar) -> Passed:
        """It is tidy."""
        return Passed("tidy")

    check("test.shelf", example={}, actions=("dynamodb:Query",), requires=("table.active",), source="test")(tidy)

    declared = REGISTRY["test.shelf"]
    name = {"type": "string", "pattern": "^[a-z]+$"}
    assert declared.parameters["properties"] == {"shelf": name, "number": {"type": "integer"}, "cellar": name}
    assert declared.parameters["required"] == ["shelf", "number", "cellar"]
    assert declared.actions == ("dynamodb:Query", "dynamodb:Scan", "s3:GetObject", "s3:ListBucket")
    assert declared.requires == ("table.exists", "table.active"), "it is no prerequisite of itself"


@pytest.mark.parametrize(("given", "resource"), [("", "shelf wine"), ("bottle 7", "bottle 7")])
def test_a_finding_is_about_the_first_fact_unless_it_says_otherwise(given: str, resource: str) -> None:
    def full(context: Context, shelf: Shelf, cellar: Cellar, fails: bool = False) -> Passed:
        """It is full."""
        assert (shelf.name, cellar.name) == ("wine", "deep")
        if fails:
            raise Failed("Empty.", resource=given, remedy="Fill it.")
        return Passed("Full.", actual=context.account.region, resource=given)

    account: Any = Facts({})
    judged = check("test.full", example={}, source="test")(full)

    passed = judged(Context(account), shelf="wine", cellar="deep")
    with pytest.raises(Failed) as raised:
        judged(Context(account), shelf="wine", cellar="deep", fails=True)

    assert passed == Passed("Full.", actual="us-east-1", resource=resource)
    assert raised.value.statement == Statement("Empty.", resource=resource, remedy="Fill it.")
    assert account.asked == []


@pytest.mark.parametrize(("value", "faithful"), [(None, True), ("", True), ("", False), (0, False)])
def test_aws_may_leave_out_what_an_emulator_must_tell(value: object, faithful: bool) -> None:
    account: Any = Facts({}, faithful=faithful)

    Shelf(Context(account), "wine").must_tell("how full it is", value)


def test_what_an_emulator_does_not_tell_is_not_graded() -> None:
    account: Any = Facts({}, faithful=False)

    with pytest.raises(Unsupported, match=r"^This endpoint does not report how full it is\.$"):
        Shelf(Context(account), "wine").must_tell("how full it is", None)


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
