"""Alarms on DynamoDB's metrics"""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import Target, refused, statement

ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
MATH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
STATES = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html"
REFUSED = "ValidationError|InvalidParameterCombination|InvalidParameterValue"
METRIC = {"Namespace": "AWS/DynamoDB", "MetricName": "ReadThrottleEvents"}
RULE = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, "EvaluationPeriods": 1}
ONE_METRIC = {**METRIC, "Statistic": "Sum", "Period": 60}


def put(aws: Target, *parts: dict[str, Any], **more: Any) -> str:
    """PutMetricAlarm; returns the name of the alarm."""
    request: dict[str, Any] = {"AlarmName": aws.fresh("alarm"), **RULE}
    for part in parts:
        request |= part
    aws.client("cloudwatch").put_metric_alarm(**{**request, **more})
    return str(request["AlarmName"])


def fetch(name: str, **more: Any) -> dict[str, Any]:
    """A query of one metric."""
    return {"Id": name, "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum"}, "ReturnData": False, **more}


def result(expression: str) -> dict[str, Any]:
    """The expression of an alarm."""
    return {"Id": "result", "Expression": expression, "ReturnData": True}


@statement(ALARM)
def an_alarm_on_missing_metrics_is_accepted(aws: Target) -> None:
    """PutMetricAlarm accepts an alarm without the dimension that its metric has."""
    name = put(aws, ONE_METRIC)
    assert len(aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]) == 1


@statement(STATES)
def an_alarm_without_data_has_no_state(aws: Target) -> None:
    """A new alarm has the state INSUFFICIENT_DATA."""
    name = put(aws, ONE_METRIC)
    [alarm] = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"


@statement(ALARM)
def datapoints_are_at_most_the_periods(aws: Target) -> None:
    """PutMetricAlarm refuses DatapointsToAlarm above EvaluationPeriods."""
    with refused(REFUSED):
        put(aws, ONE_METRIC, DatapointsToAlarm=2)


@statement(ALARM)
def a_period_is_a_number_of_minutes(aws: Target) -> None:
    """PutMetricAlarm refuses a Period of 45 seconds."""
    with refused(REFUSED):
        put(aws, ONE_METRIC, Period=45)


@statement(ALARM)
def an_alarm_looks_back_a_day(aws: Target) -> None:
    """PutMetricAlarm refuses to evaluate more than a day with a Period of less than an hour."""
    put(aws, ONE_METRIC, EvaluationPeriods=1440)
    with refused(REFUSED):
        put(aws, ONE_METRIC, EvaluationPeriods=1441)


@statement(ALARM)
def an_alarm_with_long_periods_looks_back_a_week(aws: Target) -> None:
    """PutMetricAlarm accepts to evaluate a week with a Period of an hour, and refuses more."""
    put(aws, ONE_METRIC, Period=3600, EvaluationPeriods=168)
    with refused(REFUSED):
        put(aws, ONE_METRIC, Period=3600, EvaluationPeriods=169)


@statement(ALARM)
def an_alarm_has_a_metric_or_math(aws: Target) -> None:
    """PutMetricAlarm refuses MetricName together with Metrics."""
    with refused(REFUSED):
        put(aws, ONE_METRIC, Metrics=[fetch("m1", ReturnData=True)])


@statement(ALARM)
def an_alarm_needs_a_metric(aws: Target) -> None:
    """PutMetricAlarm refuses an alarm without a metric and without math."""
    with refused(REFUSED):
        put(aws)


@statement(MATH)
def math_has_at_most_10_metrics(aws: Target) -> None:
    """PutMetricAlarm accepts math with 10 metrics, and refuses 11."""
    metrics = [fetch(f"m{number}") for number in range(11)]
    put(aws, Metrics=[*metrics[:10], result("SUM(METRICS())")])
    with refused(REFUSED):
        put(aws, Metrics=[*metrics, result("SUM(METRICS())")])


@statement(MATH)
def math_of_an_alarm_does_not_search(aws: Target) -> None:
    """PutMetricAlarm refuses SEARCH in its math."""
    search = "SUM(SEARCH('{AWS/DynamoDB,TableName} MetricName=\"ReadThrottleEvents\"', 'Sum', 60))"
    with refused(REFUSED):
        put(aws, Metrics=[result(search)])
