"""Metric math, as far as alarms need it: the value of an expression when its metrics have given values.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

Value = float | list[float]
FILLERS = frozenset({"REPEAT", "LINEAR"})
"""Words for what FILL fills a gap with, if the data decide it."""

Compute = Callable[[Mapping[str, Value]], Value]

LONGEST_EXPRESSION = 1024
METRICS = re.compile(r'METRICS\(\s*(?:"([^"]*)")?\s*\)')
PERIOD = re.compile(r"PERIOD\(\s*(\w+)\s*\)")
IN_PYTHON = ((r"\^", "**"), (r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "))
"""Operators that Python writes differently."""

OPERATORS: Mapping[type, Callable[[float, float], float | bool]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
OF_ALL: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
    "METRIC_COUNT": len,
}
OF_EACH: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "RUNNING_SUM": lambda value: value,
    "TIME_SERIES": lambda value: value,
}
"""Functions of every value. A running sum is at least as high as its last value."""


class NoData(ArithmeticError):
    """There is no value: a metric has none, or nothing can be calculated from what there is."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression that this version understands. `names` are the ids that it uses."""

    names: frozenset[str]
    _compute: Compute

    def value(self, values: Mapping[str, Value]) -> Value:
        """The value of the expression.

        Args:
            values: by id, for those metrics that have data.

        Raises:
            ValueError: such values are not supported here.
            ArithmeticError: with these values it has no value, for example because something is divided by 0.
        """
        try:
            return self._compute(values)
        except (TypeError, RecursionError) as error:
            raise ValueError("the expression is not supported") from error


def formula(expression: str, periods: Mapping[str, int | None]) -> Formula:
    """An expression that can be calculated.

    Args:
        periods: those of the metrics, by their ids, in seconds (None: unknown).

    Raises:
        ValueError: it uses something that is not supported here.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError("the expression is longer than AWS allows")
    return _formula(_written_out(expression, periods))


@functools.lru_cache(maxsize=256)
def _formula(text: str) -> Formula:
    for pattern, replacement in IN_PYTHON:
        text = re.sub(pattern, replacement, text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
        return Formula(frozenset(names) - FILLERS, _compiled(tree))
    except (SyntaxError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("the expression is not supported") from error


def _written_out(expression: str, periods: Mapping[str, int | None]) -> str:
    """The expression with every `METRICS()`, or `METRICS("part of an id")`, as a list of ids, and every `PERIOD(id)`
    as a number."""

    def metrics(match: re.Match[str]) -> str:
        return f"[{', '.join(one for one in periods if (match[1] or '') in one)}]"

    def period(match: re.Match[str]) -> str:
        return str(periods.get(match[1]) or match[0])

    return PERIOD.sub(period, METRICS.sub(metrics, expression))


def _compiled(node: ast.AST) -> Compute:
    match node:
        case ast.Constant(value=int() | float() as number):
            return lambda _: float(number)
        case ast.Name(id=name):
            return lambda values: _known(values, name)
        case ast.List(elts=elements):
            several = [_compiled(part) for part in elements]
            return lambda values: _listed(several, values)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _compiled(operand)
            return lambda values: _each(operator.sub, 0.0, inner(values))
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            operation, one, other = OPERATORS[type(sign)], _compiled(left), _compiled(right)
            return lambda values: _each(operation, one(values), other(values))
        case ast.BoolOp(op=sign, values=sides):
            parts, holds = [_compiled(side) for side in sides], all if isinstance(sign, ast.And) else any
            return lambda values: float(holds([_truth(part(values)) for part in parts]))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, [_compiled(one) for one in arguments])
    raise ValueError("the expression is not supported")


def _known(values: Mapping[str, Value], name: str) -> Value:
    if name not in values:
        raise NoData(name)
    return values[name]


def _listed(parts: Sequence[Compute], values: Mapping[str, Value]) -> Value:
    """Those of several metrics that have data: functions of several metrics use what there is."""
    found: list[float] = []
    for part in parts:
        with suppress(NoData):
            found += _several(part(values))
    if parts and not found:
        raise NoData("none of several metrics has data")
    return found


def _filled(series: Compute, filler: Compute, values: Mapping[str, Value]) -> Value:
    try:
        return series(values)
    except ArithmeticError:
        return filler(values)


def _call(function: str, arguments: Sequence[Compute]) -> Compute:
    match function, arguments:
        case "FILL", [series, filler]:
            return lambda values: _filled(series, filler, values)
        case "IF", [condition, *branches] if len(branches) in {1, 2}:
            return lambda values: _chosen(condition, branches, values)
        case _, [series] if function in OF_EACH:
            each = OF_EACH[function]
            return lambda values: _each(lambda value, _: each(value), series(values), 0.0)
        case _, [series]:
            of_all = OF_ALL[function]
            return lambda values: float(of_all(_several(series(values))))
    raise ValueError("the expression is not supported")


def _chosen(condition: Compute, branches: Sequence[Compute], values: Mapping[str, Value]) -> Value:
    chosen = branches[:1] if _truth(condition(values)) else branches[1:]
    if not chosen:
        raise NoData("neither branch")
    return chosen[0](values)


def _truth(one: Value) -> bool:
    if isinstance(one, list):
        raise ValueError("the expression asks whether a list is true, which is not supported here")  # noqa: TRY004
    return bool(one)


def _several(one: Value) -> list[float]:
    return one if isinstance(one, list) else [one]


def _each(operation: Callable[[float, float], float | bool], left: Value, right: Value) -> Value:
    """An operation on numbers, or on each of a list and a number."""
    match left, right:
        case list(), list():
            raise ValueError("the expression combines two lists, which is not supported here")
        case list(), float():
            return [float(operation(one, right)) for one in left]
        case float(), list():
            return [float(operation(left, other)) for other in right]
    return float(operation(left, right))  # type: ignore[arg-type]  # mypy does not narrow pairs
