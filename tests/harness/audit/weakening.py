"""Weakens the checks: each statement with which one refuses something is taken out of its code, one at a time; so is the
look whether a table is changing."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import CodeType, ModuleType
from unittest import mock

from harness.checking import check
from harness.checking.check import CheckSpec
from tests.support import ROOT

MODULES = (
    *(
        "facts.tables",
        "languages.sql",
        "archive",
        "backup",
        "indexes",
        "items",
        "streams",
        "submission",
        "table",
        "ttl",
    ),
    *("facts.roles", "iam", "stream_consumers", "facts.alarms", "alarms"),
)
"""The modules whose checks look at an account. Those that judge what code does, wrong submissions prove
(`tests/labs/`)."""

LISTS = ("problems", "doubts", "missing")
"""Where checks gather what they refuse."""

SETTLED = "settled"
"""What gives a table's description when the table does not change; `description` gives it in any case."""

NOT_OF_THIS_TARGET = ("Unsupported", "NotAllowed")
"""What is raised on other targets than the one whose tape is audited."""


@dataclass(frozen=True, slots=True)
class Weakening:
    """A statement taken out of a module."""

    module: str
    line: int
    statement: str

    def __str__(self) -> str:
        return f"{self.module}-{self.line}-{self.statement}"


@functools.cache
def weakenings(modules: tuple[str, ...] = MODULES) -> tuple[Weakening, ...]:
    """Every statement of some modules of checks that refuses something."""
    return tuple(_found(modules))


def _found(modules: tuple[str, ...]) -> Iterator[Weakening]:
    for module in modules:
        for node in ast.walk(_tree(module)):
            if (statement := _refusal(node)) is not None:
                yield Weakening(module, node.lineno, statement)  # type: ignore[attr-defined]


def weakened(weakening: Weakening, modules: tuple[str, ...] = MODULES) -> Callable[[CheckSpec], CheckSpec]:
    """What makes, of each check, the one that the weakened code declares.

    Args:
        modules: those that are run again, each after those that it imports.
    """
    kinds = _declared(weakening, modules)
    return lambda spec: replace(spec, check=kinds.get(spec.check.kind, spec.check))


def _refusal(node: ast.AST) -> str | None:
    """The name of what a statement raises or calls, when it refuses something."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
        return node.exc.func.id if node.exc.func.id not in NOT_OF_THIS_TARGET else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == SETTLED:
        return SETTLED
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = ast.unparse(node.value.func)
        if not name.startswith("self.") and name.rpartition(".")[2].lstrip("_").startswith(("refuse", "judge")):
            return name
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and isinstance(node.value.value, ast.Call):
        return ast.unparse(node.value.value.func)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return (
            ast.unparse(node.value.func)
            if node.value.func.attr == "append" and ast.unparse(node.value.func.value) in LISTS
            else None
        )
    return None


class _TakeOut(ast.NodeTransformer):
    def __init__(self, line: int) -> None:
        self.line = line

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Call) and node.lineno == self.line and _refusal(node) == SETTLED:
            return ast.copy_location(ast.Attribute(node.func.value, "description", ast.Load()), node)  # type: ignore[attr-defined]
        if isinstance(node, ast.stmt) and node.lineno == self.line and _refusal(node) is not None:
            return ast.copy_location(ast.Pass(), node)
        return super().generic_visit(node)


def _tree(module: str) -> ast.Module:
    return ast.parse((ROOT / "checks" / f"{module.replace('.', '/')}.py").read_text("utf-8"))


@functools.lru_cache(maxsize=2 * len(MODULES))
def _code(module: str, without: int) -> CodeType:
    """A module's code without the statement in a line (0: with all of them)."""
    tree = _tree(module)
    if without:
        _TakeOut(without).visit(tree)
    return compile(tree, f"checks/{module}.py", "exec")


def _declared(weakening: Weakening, modules: tuple[str, ...]) -> dict[str, check.Check]:
    """The kinds that the modules declare when one of them is weakened. What is imported stays as it is."""
    kinds: dict[str, check.Check] = {}
    fresh: dict[str, ModuleType] = {}
    with mock.patch.object(check, "REGISTRY", kinds), mock.patch.dict(sys.modules, fresh):
        for name in modules:
            module = ModuleType(f"checks.{name}")
            sys.modules[module.__name__] = module
            exec(_code(name, weakening.line if name == weakening.module else 0), vars(module))
    return kinds
