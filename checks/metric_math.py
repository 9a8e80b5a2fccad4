"""Metric math, as far as alarms need it: what an expression is worth when the metrics in it have given values.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import functools
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Value = float | list[float]

LONGEST_EXPRESSION = 1024
METRICS = re.compile(r'METRICS\(\s*(?:"([^"]*)")?\s*\)')
IN_PYTHON = ((r"\^", "**"), (r"&&", " and "), (r"\|\|", " or "), (r"!(?!=)", " not "))
"""How operators are written that Python has, but writes differently."""

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
FUNCTIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
    "METRIC_COUNT": len,
}


def names(expression: str, metrics: Mapping[str, object]) -> set[str]:
    """The ids that an expression speaks of.

    Args:
        metrics: by id, what `METRICS()` stands for.
    """
    return set(re.findall(r"\b[a-z]\w*\b", _written_out(expression, metrics)))


def value(expression: str, values: Mapping[str, Value], metrics: Mapping[str, object]) -> Value:
    """What an expression is worth.

    Args:
        values: by id, of everything that the expression speaks of.
        metrics: by id, what `METRICS()` stands for.

    Raises:
        ValueError: it uses something that is not followed here.
        ArithmeticError: with these values it is worth nothing, as when something is divided by 0.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError("the expression is longer than AWS allows")
    try:
        return _value(_parsed(_written_out(expression, metrics)), values)
    except (SyntaxError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("the expression cannot be followed") from error


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> ast.AST:
    for pattern, replacement in IN_PYTHON:
        text = re.sub(pattern, replacement, text)
    return ast.parse(text.strip(), mode="eval").body


def _written_out(expression: str, metrics: Mapping[str, object]) -> str:
    """The expression with every `METRICS()`, or `METRICS("part of an id")`, as a list of ids."""
    return METRICS.sub(lambda match: f"[{', '.join(one for one in metrics if (match[1] or '') in one)}]", expression)


def _value(node: ast.AST, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.List(elts=parts):
            return [number for part in parts for number in _several(_value(part, values))]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _each(lambda number, _: -number, _value(inner, values), 0.0)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _each(lambda number, _: not number, _value(inner, values), 0.0)
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _each(OPERATORS[type(sign)], _value(left, values), _value(right, values))
        case ast.BoolOp(op=sign, values=parts):
            truths = [bool(_value(part, values)) for part in parts]
            return float(False not in truths if isinstance(sign, ast.And) else True in truths)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, values)
    raise ValueError("the expression cannot be followed")


def _called(function: str, arguments: Sequence[ast.AST], values: Mapping[str, Value]) -> Value:
    match function, list(arguments):
        case "FILL", [series, _]:
            return _value(series, values)
        case "IF", [condition, *branches]:
            if not _value(condition, values):
                branches = branches[1:]
            if not branches:
                raise ArithmeticError("there is no data")
            return _value(branches[0], values)
        case _, [series]:
            return float(FUNCTIONS[function](_several(_value(series, values))))
    raise ValueError("the expression cannot be followed")


def _several(one: Value) -> list[float]:
    return one if isinstance(one, list) else [one]


def _each(operation: Callable[[float, float], float | bool], left: Value, right: Value) -> Value:
    """An operation on numbers, or on each of a list and a number."""
    match left, right:
        case list(), list():
            raise ValueError("the expression joins two lists, which is not followed here")
        case list(), float():
            return [float(operation(one, right)) for one in left]
        case float(), list():
            return [float(operation(left, other)) for other in right]
    return float(operation(left, right))  # type: ignore[arg-type]  # mypy does not narrow pairs
