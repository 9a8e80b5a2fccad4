"""What CloudWatch refuses in an alarm."""

from __future__ import annotations

from typing import Any

import pytest

from harness.targets.embedded.alarm_refusals import contradictions, refusal
from tests.each import each

BY_TABLE = [{"Name": "TableName", "Value": "orders"}]


def alarm(**changes: Any) -> dict[str, Any]:
    """A request that AWS accepts, with changes; None leaves a parameter out."""
    parameters = {
        "AlarmName": "reads",
        "Namespace": "AWS/DynamoDB",
        "MetricName": "ReadThrottleEvents",
        "Dimensions": BY_TABLE,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def maths(*queries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    without = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    return alarm(**{**without, "Metrics": list(queries), **changes})


def stat(name: str, *, returned: bool = False, period: int = 60) -> dict[str, Any]:
    metric = {"Namespace": "AWS/DynamoDB", "MetricName": "SystemErrors", "Dimensions": BY_TABLE}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, "ReturnData": returned}


def expression(text: str, name: str = "e1", **more: Any) -> dict[str, Any]:
    return {"Id": name, "Expression": text, **more}


BAND = {
    "ThresholdMetricId": "ad1",
    "Threshold": None,
    "ComparisonOperator": "GreaterThanUpperThreshold",
}
SEARCH = "SUM(SEARCH('{AWS/DynamoDB,TableName,Operation} MetricName=\"SystemErrors\"', 'Sum', 60))"
TEN = [stat(f"m{number}") for number in range(10)]

ACCEPTED = [
    pytest.param(alarm(), id="one metric"),
    pytest.param(alarm(DatapointsToAlarm=5), id="as many datapoints as periods"),
    pytest.param(alarm(Threshold=0.0), id="a threshold of 0"),
    pytest.param(alarm(Dimensions=[], Metrics=[]), id="empty lists"),
    *(pytest.param(alarm(Period=seconds), id=f"every {seconds} s") for seconds in (10, 20, 30, 120, 3600)),
    pytest.param(alarm(Period=60, EvaluationPeriods=1440), id="a day"),
    pytest.param(alarm(Period=3600, EvaluationPeriods=168), id="a week"),
    pytest.param(alarm(Period=86_400, EvaluationPeriods=7), id="a week of days"),
    pytest.param(alarm(Statistic=None, ExtendedStatistic="p99"), id="a percentile"),
    pytest.param(
        alarm(Statistic=None, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore"),
        id="a percentile of few samples",
    ),
    pytest.param(maths(stat("m1", returned=True)), id="one metric in a list"),
    pytest.param(maths(expression("SUM(METRICS())"), *TEN), id="ten metrics"),
    pytest.param(
        maths(expression("100 * (FILL(m1, REPEAT) / m0) ^ 1e3 + IF(m1 > m2 AND m2 < PERIOD(m1), 1, 0)"), *TEN),
        id="functions, constants and numbers",
    ),
    pytest.param(maths(expression("SUM(METRICS('m')) - MAX(METRICS(\"nothing\"))"), *TEN), id="texts"),
    pytest.param(
        maths(expression("e2 + 1"), expression("m1 * 2", "e2", ReturnData=False), stat("m1")), id="two expressions"
    ),
    pytest.param(
        maths(expression("SELECT SUM(search) FROM SCHEMA(\"AWS/DynamoDB\", TableName) WHERE a = 'b'", Period=60)),
        id="a query",
    ),
    pytest.param(
        maths(stat("m1", returned=True), expression("ANOMALY_DETECTION_BAND(m1, 2)", "ad1"), **BAND), id="a band"
    ),
    pytest.param(
        maths(stat("m1", returned=True), expression("ANOMALY_DETECTION_BAND(m1)", "ad1", ReturnData=False), **BAND),
        id="a band that is not returned",
    ),
    pytest.param(
        {"AlarmName": "p", "EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}}, "EvaluationInterval": 60},
        id="PromQL",
    ),
]


@each("parameters", ACCEPTED)
def test_what_aws_accepts_is_accepted(parameters: dict[str, Any]) -> None:
    assert refusal("PutMetricAlarm", parameters) is None


REFUSED = [
    (alarm(DatapointsToAlarm=6), "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
    (
        maths(stat("m1", returned=True), EvaluationPeriods=1, DatapointsToAlarm=2),
        "DatapointsToAlarm must be less than or equal to EvaluationPeriods, and 2 is more than 1",
    ),
    *((alarm(Period=seconds), "Period must be 10, 20, 30 or a multiple of 60") for seconds in (1, 5, 15, 45, 90, 3601)),
    (maths(stat("m1", returned=True, period=90)), "Period must be 10, 20, 30 or a multiple of 60, not 90"),
    (alarm(Period=60, EvaluationPeriods=1441), "Metrics cannot be checked across more than a day"),
    (alarm(Period=1800, EvaluationPeriods=49), "EvaluationPeriods * Period must be <= 86400"),
    (alarm(Period=3600, EvaluationPeriods=169), "Metrics cannot be checked across more than a week"),
    (maths(stat("m1", returned=True, period=300), EvaluationPeriods=300), "across more than a day"),
    (alarm(Metrics=[stat("m1", returned=True)]), "Namespace should not be set if list of Metrics is set."),
    (maths(stat("m1", returned=True), Statistic="Sum"), "Statistic should not be set if list of Metrics is set."),
    (maths(stat("m1", returned=True), Period=60), "Period should not be set if list of Metrics is set."),
    (maths(), "MetricName must not be null"),
    (alarm(MetricName=None), "MetricName must not be null"),
    (alarm(Namespace=None), "Namespace must not be null"),
    (alarm(Period=None), "Period must not be null"),
    (alarm(Statistic=None), "Exactly one of Statistic and ExtendedStatistic must be set"),
    (alarm(ExtendedStatistic="p99"), "Exactly one of Statistic and ExtendedStatistic must be set"),
    (
        alarm(EvaluateLowSampleCountPercentile="ignore"),
        "Option evaluateLowSampleCountPercentile can not be applied with statistic Sum.",
    ),
    (alarm(Threshold=None), "PutMetricAlarm request should have valid Threshold parameter"),
    (
        alarm(ComparisonOperator="GreaterThanUpperThreshold"),
        "ComparisonOperators for ranges require ThresholdMetricId to be set",
    ),
    (alarm(EvaluationPeriods=None), "Value null at 'evaluationPeriods'"),
    (alarm(ComparisonOperator=None), "Value null at 'comparisonOperator'"),
    (maths(expression(SEARCH)), "SEARCH is not supported on Metric Alarms"),
    (maths(expression("SUM(METRICS())"), *TEN, stat("m10")), "Too many metrics in alarm, maximum is 10"),
    (
        maths(
            expression("m0"), *(expression("m0", f"x{number}", ReturnData=False) for number in range(10)), stat("m0")
        ),
        "Too many expressions in alarm, maximum is 10",
    ),
    (
        maths(stat("m1", returned=True), stat("m2", returned=True)),
        "Exactly one element of the metrics list should return data.",
    ),
    (
        maths(expression("m1"), {"Id": "m1", "MetricStat": stat("m1")["MetricStat"]}),
        "Exactly one element of the metrics list should return data.",
    ),
    (maths(stat("m1")), "Exactly one element of the metrics list should return data."),
    (
        maths(stat("m1", returned=True), stat("m2", returned=True), expression("m1", "ad1"), **BAND),
        "Exactly two elements of the metrics list should return data.",
    ),
    (
        maths(stat("m1", returned=True), **BAND),
        "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter",
    ),
    (
        maths({**stat("m1", returned=True), "Expression": "m1"}),
        "The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both.",
    ),
    (maths(expression("m1"), stat("m1"), stat("m1")), "Invalid metrics list: the Id m1 occurs 2 times"),
    (maths(expression("m1", "E1"), stat("m1")), "Invalid metrics list: the Id E1 is not"),
    (maths(expression("m1", "a.b"), stat("m1")), "Invalid metrics list: the Id a.b is not"),
    (
        maths(expression("SUM([m1, m2])"), stat("m1")),
        "Invalid metrics list: the expression e1 names m2, which is not an Id of the list",
    ),
    (
        {**alarm(), "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}},
        "Namespace should not be set if EvaluationCriteria is set.",
    ),
    (
        {"AlarmName": "p", "Threshold": 0.0, "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}},
        "Threshold should not be set if EvaluationCriteria is set.",
    ),
]


@each(("parameters", "reason"), REFUSED)
def test_what_aws_refuses_is_refused_in_its_words(parameters: dict[str, Any], reason: str) -> None:
    refused = refusal("PutMetricAlarm", parameters)

    assert refused is not None
    assert refused.code == "ValidationError"
    assert reason in refused.message


def test_other_operations_are_not_looked_at() -> None:
    assert refusal("PutDashboard", {"DashboardName": "x"}) is None
    assert refusal("PutCompositeAlarm", {"AlarmName": "x", "AlarmRule": "ALARM(reads)"}) is None


@each(
    "told",
    [
        {"AlarmName": "reads"},
        maths(
            {"Id": "m1", "MetricStat": stat("m1")["MetricStat"]}, {"Id": "m2", "MetricStat": stat("m2")["MetricStat"]}
        ),
        alarm(Metrics=[], Threshold=None, Statistic=None),
    ],
)
def test_what_an_account_does_not_tell_contradicts_nothing(told: dict[str, Any]) -> None:
    assert list(contradictions(told)) == []
