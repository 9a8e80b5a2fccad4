"""Metric math: the expressions that alarms are made with."""

from __future__ import annotations

import pytest

from checks.languages import metric_math
from tests.each import each

VALUES = {"m1": 6.0, "m2": 2.0, "errors": 0.0}
PERIODS = {"m1": 60, "m2": 300, "errors": None}


def worth(expression: str) -> float | list[float]:
    return metric_math.formula(expression, PERIODS).value(VALUES)


@each(
    ("expression", "expected"),
    [
        ("m1", 6.0),
        ("m1+m2", 8.0),
        ("m1 - m2 * 2", 2.0),
        ("100*(m1/m2)", 300.0),
        ("m1^2 + m2", 38.0),
        ("-m1", -6.0),
        ("SUM([m1, m2])", 8.0),
        ("SUM(METRICS())", 8.0),
        ('SUM(METRICS("m"))', 8.0),
        ('SUM(METRICS("err"))', 0.0),
        ("MAX([m1,m2])+MIN([m1,m2])", 8.0),
        ("AVG(METRICS())", 8 / 3),
        ("METRIC_COUNT(METRICS())", 3.0),
        ("FILL(m1, 0) + FILL(m2, REPEAT)", 8.0),
        ("SUM(FILL(METRICS(), 0))", 8.0),
        ("FILL(m3, 5) + SUM([m1, m3])", 11.0),
        ("FILL(m1 / errors, 4)", 4.0),
        ("IF(m1 > 5, 1, 0)", 1.0),
        ("IF(m1 < 5, 1, m2)", 2.0),
        ("IF(m1 > 5 && m2 > 5, 1, 0)", 0.0),
        ("IF(m1 > 5 || m2 > 5, 1, 0)", 1.0),
        ("IF(m1 > 5 AND m2 > 5, 1, 0)", 0.0),
        ("IF(m1 > 5 OR m2 > 5, 1, 0)", 1.0),
        ("m1 / PERIOD(m1) + m2 / PERIOD( m2 ) * 150", 1.1),
        ("ABS(0 - m1) + CEIL(m2 / 4) + FLOOR(m2 / 4) + RUNNING_SUM(m2) + TIME_SERIES(7)", 16.0),
        ("ABS(METRICS() - 3)", [3.0, 1.0, 3.0]),
        ("METRICS() * 2", [12.0, 4.0, 0.0]),
        ("1 - METRICS()", [-5.0, -1.0, 1.0]),
    ],
)
def test_what_an_expression_is_worth(expression: str, expected: float | list[float]) -> None:
    assert worth(expression) == expected


@each("expression", ["m1/errors", "IF(m1 < 5, 1)", "10 ^ 1000", "m3", "m1 + m3", "SUM([m3])", "FILL(m3, REPEAT)"])
def test_an_expression_that_is_worth_nothing(expression: str) -> None:
    with pytest.raises(ArithmeticError):
        worth(expression)


@each(
    "expression",
    [
        "",
        "m1 +",
        "RATE(m1)",
        "PERIOD(errors)",
        "PERIOD(m3)",
        "IF(METRICS() > 5, 1, 0)",
        "IF(m1 > 5 AND METRICS(), 1, 0)",
        "IF(m1)",
        "IF(m1, 1, 2, 3)",
        "!m1",
        "SEARCH('{AWS/DynamoDB,TableName}', 'Sum', 60)",
        "ANOMALY_DETECTION_BAND(m1, 2)",
        "SELECT SUM(x) FROM y",
        "m1.real",
        "(lambda: 1)()",
        "__import__('os')",
        "'text'",
        "1 < m1 < 9",
        "(" * 900 + "m1" + ")" * 900,
        "m1+" * 400 + "m1",
        "(0-1)^(1/2)",
    ],
)
def test_what_cannot_be_followed_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        worth(expression)


def test_the_names_in_an_expression() -> None:
    formula = metric_math.formula("SUM(METRICS()) + e1 * IF(m9 > 1 AND E2 > 1, 2, 3)", {"m1": 60, "m2": 60})

    assert formula.names == {"m1", "m2", "e1", "m9", "E2"}
