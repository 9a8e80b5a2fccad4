"""The embedded account's engine, asked in this process which rule a request breaks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import paths
from harness.gateway.server import Request as WireRequest
from harness.targets import dynamodb
from harness.targets.dynamodb.engine import Engine
from harness.targets.dynamodb.reads import FindTable
from harness.targets.dynamodb.refusals import Refused, Undecided
from harness.targets.dynamodb.tables import Index, Items, KeySchema, Table
from harness.targets.embedded import request_models
from tests.fidelity import tables
from tests.fidelity.requests import Request
from tests.fidelity.tables import TABLES

OF_THE_MODEL = "outside-the-model"
"""The rule that AWS's model of the operation does not allow the request: its own validation comes before the engine's."""

UNDECIDED = "undecided"
"""Stands for a rule where the engine says that nobody knows."""

RULE = re.compile(r"[a-z]+(-[a-z][a-z0-9]*)+")


def engine_table(table: tables.Table) -> Table:
    """One of the tables, with its items, for the engine."""
    indexes = {
        one.name: Index(
            one.name,
            KeySchema(one.hashes, one.ranges),
            None if one.attributes is None else frozenset(one.attributes),
            is_global=not one.local,
        )
        for one in table.indexes
    }
    made = Table(table.name, KeySchema((table.hash,), table.keys[1:]), table.types, indexes, Items())
    for item in table.items:
        Engine(lambda: 0.0).answer("PutItem", {"TableName": table.name, "Item": item}, lambda _: made)
    return made


def rule_of(*requests: Request) -> str:
    """The rule that the last of some requests breaks, by the engine; empty if it breaks none."""
    engine, there = Engine(lambda: 0.0), {name: engine_table(one) for name, one in TABLES.items()}

    def find(name: str) -> Table:
        if name not in there:
            raise Refused("table-missing", "Requested resource not found", "ResourceNotFoundException")
        return there[name]

    return [_rule_of(engine, find, one) for one in requests][-1]


def _rule_of(engine: Engine, find: FindTable, request: Request) -> str:
    operation, parameters = request.operation, request.parameters
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    wire = WireRequest("", "us-east-1", "dynamodb", "dynamodb", operation, parameters, "POST", "/", "", headers, b"")
    refused, _ = request_models.refusal(wire)
    if refused is not None:
        return OF_THE_MODEL
    try:
        engine.answer(operation, parameters, find)
    except Refused as refusal:
        return refusal.rule
    except Undecided:
        return UNDECIDED
    return ""


def rules_of_the_engine() -> set[str]:
    """The names of all rules in the engine's source: each text in it that has the form of one."""
    folder = Path(str(dynamodb.__file__)).parent
    assert folder.is_relative_to(paths.ROOT)
    return {text for file in folder.glob("*.py") for text in _texts(ast.parse(file.read_text("utf-8")))}


def _texts(tree: ast.AST) -> Iterator[Any]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE.fullmatch(node.value):
            yield node.value
