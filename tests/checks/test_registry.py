"""What every check kind must be, whatever it checks; and what importing them may cost."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.account.errors import IAM_ACTIONS
from harness.account.session import service_model
from harness.checking.check import REGISTRY, Check
from tests.each import each
from tests.support import ROOT

KINDS = each("check", [check for _, check in sorted(REGISTRY.items())], ids=lambda check: check.kind)
OPERATIONS_BY_ACTION = {action: operation for operation, action in IAM_ACTIONS.items()}


def test_kinds_are_registered() -> None:
    assert {kind.partition(".")[0] for kind in REGISTRY} >= {
        "archive",
        "backup",
        "indexes",
        "items",
        "streams",
        "submission",
        "table",
        "ttl",
    }


@KINDS
def test_a_student_can_read_the_first_line(check: Check) -> None:
    assert check.summary == (inspect.getdoc(check.function) or "").splitlines()[0]
    assert re.fullmatch(r"[A-Z].+\.", check.summary), "a sentence"
    assert len(check.summary) <= 120


@KINDS
def test_the_parameters_are_a_valid_schema(check: Check) -> None:
    Draft202012Validator.check_schema(check.parameters)
    assert check.parameters["additionalProperties"] is False


@KINDS
def test_nonsense_is_refused(check: Check) -> None:
    validator = Draft202012Validator(check.parameters)

    assert not validator.is_valid({"tabel": "orders"})
    assert validator.is_valid({}) == (not check.parameters["required"])
    for name in check.parameters["properties"]:
        assert not validator.is_valid({name: None}), name


NAME_255, NAME_256 = "n" * 255, "n" * 256
LIMITS = [
    ("table.exists", {"table": ["abc", "A-b_c.9", NAME_255]}, {"table": ["ab", NAME_256, "a b c", "größe", 3]}),
    (
        "table.key_schema",
        {
            "keys": [1, 2],
            "partition_key": [{}, {"name": "n"}, {"name": NAME_255}, {"types": ["S"]}, {"types": ["B", "N", "S"]}],
        },
        {
            "keys": [0, 3, "2"],
            "partition_key": [{"name": ""}, {"name": NAME_256}, {"types": []}, {"types": ["S", "S"]}, {"typ": "S"}],
            "sort_key": [{"types": ["BOOL"]}, {"types": "S"}],
        },
    ),
    ("table.billing_mode", {"mode": ["PROVISIONED"]}, {"mode": ["ON_DEMAND", "provisioned"]}),
    ("table.class", {"table_class": ["STANDARD"]}, {"table_class": ["STANDARD_IA"]}),
    ("table.encryption", {"key": ["AWS_MANAGED"]}, {"key": ["KMS"]}),
    ("table.deletion_protection", {"enabled": [True, False]}, {"enabled": ["yes", 1]}),
    (
        "table.tags",
        {"tags": [{"a": ""}, {"k" * 128: "v" * 256}]},
        {"tags": [{}, {"": "v"}, {"k" * 129: "v"}, {"k": "v" * 257}, {"k": 1}]},
    ),
    (
        "indexes.global",
        {
            "name": ["abc"],
            "partition_key": [[{}], [{"name": "a", "types": ["S"]}] * 4],
            "sort_key": [[{"name": NAME_255}]],
            "projection": ["KEYS_ONLY"],
            "projected": [["a"], ["a", "b"]],
        },
        {
            "name": ["ab", NAME_256],
            "partition_key": [[], [{}] * 5, [{"typ": "S"}], [{"name": ""}], [{"type": "SS"}], {"name": "a"}],
            "sort_key": [[{"name": NAME_256}]],
            "projection": ["all"],
            "projected": [[], ["a", "a"], "a"],
        },
    ),
    ("indexes.local", {"sort_key": [{}, {"name": "a"}]}, {"sort_key": [[{"name": "a"}]]}),
    (
        "indexes.quotas",
        {"maximum_global": [0, 20], "maximum_local": [0, 5]},
        {"maximum_global": [-1, 21, 1.5], "maximum_local": [-1, 6]},
    ),
    ("ttl.enabled", {"attribute": ["a", NAME_255]}, {"attribute": ["", NAME_256]}),
    (
        "backup.point_in_time_recovery",
        {"minimum_recovery_period_days": [1, 35]},
        {"minimum_recovery_period_days": [0, 36, "7"]},
    ),
    ("backup.on_demand", {"minimum": [1, 100]}, {"minimum": [0, 101]}),
    (
        "streams.view_type",
        {"allowed": [["KEYS_ONLY"], ["NEW_IMAGE", "OLD_IMAGE"]]},
        {"allowed": [[], ["NEW_IMAGE", "NEW_IMAGE"], ["BOTH"], "NEW_IMAGE"]},
    ),
    (
        "archive.bucket",
        {"bucket": ["abc", "a-b.9", "b" * 63]},
        {"bucket": ["ab", "b" * 64, "Abc", "a_b", "-abc", "abc-", "a/b", 3]},
    ),
    (
        "archive.encrypted",
        {"algorithms": [["AES256"], ["aws:kms", "aws:kms:dsse"]]},
        {"algorithms": [[], ["aws:kms", "aws:kms"], ["KMS"], "AES256"]},
    ),
    (
        "archive.lifecycle",
        {"prefix": ["", "a/b", "p" * 1024], "minimum_retention_days": [1, 36500]},
        {"prefix": ["p" * 1025, 1], "minimum_retention_days": [0, 36501, 1.5]},
    ),
    (
        "archive.database",
        {"database": ["a", "shop_archive-1", "d" * 255]},
        {"database": ["", "Shop", "a.b", "d" * 256]},
    ),
    ("archive.workgroup", {"workgroup": ["a", "A.b_c-9", "w" * 128]}, {"workgroup": ["", "a b", "w" * 129]}),
    (
        "archive.query",
        {"glue_table": ["orders"], "name": ["Orders by id", "n" * 128]},
        {"glue_table": ["", "Orders", "a.b"], "name": ["", "n" * 129]},
    ),
    ("items.count", {"minimum": [1, 10**9], "where": [{}]}, {"minimum": [0, 1.5], "where": [True, []]}),
    ("items.shape", {"schema": [{}, {"type": "object"}]}, {"schema": [False, {"type": "map"}, {"$id": "x"}]}),
    ("items.distinct", {"attribute": ["a", NAME_255]}, {"attribute": ["", NAME_256]}),
    (
        "code.cost",
        {
            "driven": ["store", "low_stock_2", "d" * 60],
            "question": ["price_history", "findAll"],
            "examined_per_item": [1],
            "bytes_factor": [2],
            "maximum_calls": [1],
        },
        {
            "driven": ["", "Store", "a-b", "d" * 61],
            "question": ["", "price history", "1st", "a.b"],
            "examined_per_item": [0, 1.5],
            "bytes_factor": [1],
            "maximum_calls": [0, "1"],
        },
    ),
    ("code.round_trip", {"entity": ["order"]}, {"entity": ["Order", "an order", ""]}),
]
"""Kinds with values that their parameters may have, and values that are refused."""


@pytest.mark.parametrize(("kind", "right", "wrong"), LIMITS)
def test_parameters_have_limits(kind: str, right: dict[str, list[Any]], wrong: dict[str, list[Any]]) -> None:
    schema = REGISTRY[kind].parameters["properties"]
    accepted = {name: Draft202012Validator(schema[name]) for name in {*right, *wrong}}

    refused = [
        (name, value) for name, values in right.items() for value in values if not accepted[name].is_valid(value)
    ]
    let_through = [
        (name, value) for name, values in wrong.items() for value in values if accepted[name].is_valid(value)
    ]
    assert (refused, let_through) == ([], [])


@KINDS
def test_the_source_is_a_page_or_a_section_that_exists(check: Check) -> None:
    if check.source.startswith("https://docs.aws.amazon.com/"):
        assert re.fullmatch(r"https://[\w./-]+\.html(#[\w.-]+)?", check.source)
        return
    file, _, anchor = check.source.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


@KINDS
def test_the_iam_actions_are_those_of_operations_that_exist(check: Check) -> None:
    for action in check.actions:
        service, _, operation = action.partition(":")
        service, operation = OPERATIONS_BY_ACTION.get(action, (service, operation))
        assert operation in service_model(service).operation_names, action


@KINDS
def test_what_reads_a_table_names_the_action_and_needs_the_table(check: Check) -> None:
    if "table" not in resources_of(check):
        return
    assert check.actions
    assert check.kind == "table.exists" or "table.exists" in check.requires


@KINDS
def test_prerequisites_exist_and_lead_nowhere_back(check: Check) -> None:
    assert set(check.requires) <= set(REGISTRY)
    seen: set[str] = set()
    waiting = list(check.requires)
    while waiting:
        kind = waiting.pop()
        if kind not in seen:
            seen.add(kind)
            waiting += REGISTRY[kind].requires
    assert check.kind not in seen


@KINDS
def test_a_prerequisite_is_about_the_same_resource(check: Check) -> None:
    for kind in check.requires:
        assert resources_of(check) & resources_of(REGISTRY[kind]), kind


def resources_of(check: Check) -> set[str]:
    """The parameters that may name a resource. What is driven works with tables."""
    return {*check.parameters["properties"], *({"table"} if check.phases is not None else ())}


def test_importing_the_checks_makes_no_client_and_loads_no_simulator() -> None:
    heavy = [
        "boto3",
        "botocore.client",
        "botocore.session",
        "jsonschema",
        "moto",
        "regex",
        "rich",
        "sqlglot",
        "werkzeug",
    ]
    program = f"import sys, checks; print(*[name for name in {heavy!r} if name in sys.modules])"

    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.split() == []
