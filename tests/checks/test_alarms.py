"""Alarms: those that can really fire, and tell somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from checks.facts.metrics import METRICS, in_words
from harness.checking.check import REGISTRY
from harness.checking.finding import Finding, Reason, Status
from harness.documents.schema import sentences, strict_validator
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown
from tests.support import denied, judge, not_found, table

TOPIC = "arn:aws:sns:us-east-1:123456789012:operations"
SCALING = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:resource/dynamodb/table/orders:policyName/x"
BY_TABLE = {"TableName": "orders"}
BY_INDEX = {"TableName": "orders", "GlobalSecondaryIndexName": "by-status"}
WITH_INDEX = table(GlobalSecondaryIndexes=[{"IndexName": "by-status", "IndexStatus": "ACTIVE"}])
SUBSCRIBED = {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}]}
NO_ALARM_EXPECTED = (
    "Sum/SampleCount of ReadThrottleEvents [TableName=orders], "
    "GreaterThanThreshold or GreaterThanOrEqualToThreshold a threshold, action: any"
)


def dimensions(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"


def alarm(by: dict[str, str] | None = None, /, **changes: Any) -> dict[str, Any]:
    """A metric alarm that is right, as AWS tells it, with changes; None removes a field."""
    described = {
        "AlarmName": "reads",
        "AlarmArn": arn("reads"),
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "INSUFFICIENT_DATA",
        "Namespace": "AWS/DynamoDB",
        "MetricName": "ReadThrottleEvents",
        "Dimensions": dimensions(BY_TABLE if by is None else by),
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **changes,
    }
    return {name: value for name, value in described.items() if value is not None}


def stat(
    query_id: str, metric: str, by: dict[str, str], *, returned: bool = False, period: int = 60, **more: Any
) -> dict[str, Any]:
    """A metric in an alarm's metric math."""
    named = {"Namespace": "AWS/DynamoDB", "MetricName": metric, "Dimensions": dimensions(by)}
    return {
        "Id": query_id,
        "MetricStat": {"Metric": named, "Period": period, "Stat": "Sum"},
        "ReturnData": returned,
        **more,
    }


def maths(*queries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An alarm on metric math."""
    without = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    return alarm(**{**without, "Metrics": list(queries), **changes})


def expression(text: str, **more: Any) -> dict[str, Any]:
    return {"Id": "e1", "Expression": text, "ReturnData": True, **more}


def composite(rule: str, **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "any",
        "AlarmArn": arn("any"),
        "AlarmRule": rule,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        **changes,
    }


def watch(
    *alarms: dict[str, Any],
    composites: Sequence[dict[str, Any]] = (),
    described: Any = None,
    subscriptions: Any = None,
    **parameters: Any,
) -> Finding:
    """What `alarms.table`, or `alarms.index`, finds in an account with these alarms."""
    answers = {
        "DescribeTable": table() if described is None else described,
        "DescribeAlarms": {"MetricAlarms": list(alarms), "CompositeAlarms": list(composites)},
    }
    if subscriptions is not None:
        answers["ListSubscriptionsByTopic"] = subscriptions
    kind = "alarms.index" if "index" in parameters else "alarms.table"
    return judge(kind, answers, **{"table": "orders", "metric": "ReadThrottleEvents", **parameters})


SUM_BY_TABLE = 'SELECT SUM(ReadThrottleEvents) FROM SCHEMA("AWS/DynamoDB", TableName)'


def promql(text: str, **changes: Any) -> dict[str, Any]:
    """An alarm on a PromQL query, as AWS tells it."""
    without = dict.fromkeys(
        (
            *("Namespace", "MetricName", "Dimensions", "Statistic", "Period"),
            *("EvaluationPeriods", "Threshold", "ComparisonOperator"),
        )
    )
    return alarm(**{**without, "EvaluationCriteria": {"PromQLCriteria": {"Query": text}}, **changes})


def query(text: str) -> dict[str, Any]:
    """An alarm on a query of Metrics Insights."""
    return maths(expression(text, Period=60))


def band(text: str, *more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An alarm on reads above an anomaly band."""
    return maths(
        stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True),
        {"Id": "ad1", "Expression": text, "ReturnData": True},
        *more,
        **{
            "ThresholdMetricId": "ad1",
            "Threshold": None,
            "ComparisonOperator": "GreaterThanUpperThreshold",
            **changes,
        },
    )


RIGHT = [
    pytest.param(alarm(), id="a sum of at least one"),
    pytest.param(alarm(Statistic="SampleCount"), id="a count of samples"),
    pytest.param(alarm(ComparisonOperator="GreaterThanThreshold", Threshold=0.0), id="more than none"),
    pytest.param(alarm(StateValue="OK", TreatMissingData="breaching"), id="any state, any treatment of missing data"),
    pytest.param(alarm(Unit="Count"), id="with the metric's unit"),
    pytest.param(alarm(Metrics=[], OKActions=[TOPIC]), id="as emulators tell it"),
    pytest.param(alarm(EvaluationPeriods=5, DatapointsToAlarm=3, Period=300), id="three of five periods"),
    pytest.param(maths(stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True)), id="one metric in a list"),
    pytest.param(
        maths(
            expression("SUM(METRICS())"),
            stat("m1", "WriteThrottleEvents", BY_TABLE),
            stat("m2", "ReadThrottleEvents", BY_TABLE, AccountId="123456789012"),
        ),
        id="a sum with another metric",
    ),
    pytest.param(
        maths(
            expression("100 * throttled / consumed", ReturnData=True),
            stat("throttled", "ReadThrottleEvents", BY_TABLE),
            stat("consumed", "ConsumedReadCapacityUnits", BY_TABLE),
            Threshold=2.0,
        ),
        id="in percent of what is consumed",
    ),
    pytest.param(
        maths(
            {"Id": "e2", "Expression": "1 - e1", "ReturnData": True},
            expression("m1 / m2", ReturnData=False),
            stat("m1", "ReadThrottleEvents", BY_TABLE),
            stat("m2", "ConsumedReadCapacityUnits", BY_TABLE),
            ComparisonOperator="LessThanThreshold",
            Threshold=0.99,
        ),
        id="a rate of success that falls",
    ),
    pytest.param(maths(expression("IF(m1 > 0, 1, 0)"), stat("m1", "ReadThrottleEvents", BY_TABLE)), id="a condition"),
    *(
        pytest.param(maths(expression(text), stat("m1", "ReadThrottleEvents", BY_TABLE)), id=text)
        for text in ("IF(m1 > 0, 1)", "IF(m1 >= 1, m1)", "IF(FILL(m1, 0) > 0, 1)", "FILL(m1, 0)", "m1 * 0 + 100")
    ),
    *(
        pytest.param(
            maths(
                expression(text),
                stat("m1", "ReadThrottleEvents", BY_TABLE),
                stat("m2", "ConsumedReadCapacityUnits", BY_TABLE),
                Threshold=5.0,
            ),
            id=text,
        )
        for text in (
            "100 * m1 / (m1 + m2)",
            "IF(m2 > 0, 100 * m1 / m2, 0)",
            "IF(m2 == 0, 0, 100 * m1 / m2)",
            "IF(m2 > 100, m1, 0)",
            "FILL(m1, 0) / (FILL(m1, 0) + FILL(m2, 0)) * 100",
        )
    ),
    pytest.param(
        maths(
            stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True),
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=0.0,
        ),
        id="any value at all: there is none in good times",
    ),
    pytest.param(band("ANOMALY_DETECTION_BAND(m1, 2)"), id="above an anomaly band"),
    pytest.param(query(f"{SUM_BY_TABLE} WHERE TableName = 'orders'"), id="a query of the table"),
    pytest.param(query(f"{SUM_BY_TABLE} GROUP BY TableName"), id="a query of each table"),
    pytest.param(query(f"{SUM_BY_TABLE} WHERE TableName != 'carts'"), id="a query of all tables but one"),
    pytest.param(
        query(f"{SUM_BY_TABLE} WHERE \"AWS.AccountId\" = '123456789012' AND TableName != 'carts'"),
        id="a query of the table's account",
    ),
    pytest.param(
        query("select count(ReadThrottleEvents) from \"AWS/DynamoDB\" where TableName='orders' limit 1"),
        id="a query of table and indexes",
    ),
]


@pytest.mark.parametrize("right", RIGHT)
def test_an_alarm_that_can_fire_passes(right: dict[str, Any]) -> None:
    holds(watch(right), "ReadThrottleEvents is watched by reads.", resource=arn("reads"))


def test_the_evidence_tells_what_the_alarm_looks_at() -> None:
    assert watch(alarm()).actual == (
        f"reads: Sum of ReadThrottleEvents [TableName=orders], GreaterThanOrEqualToThreshold 1 in 1 period of 60 s, "
        f"actions: {TOPIC}"
    )
    several = watch(alarm(EvaluationPeriods=5, DatapointsToAlarm=3)).actual
    assert "Threshold 1 in 3 of 5 periods of 60 s, actions" in several


WRONG = [
    pytest.param(
        alarm({"TableName": "orders-archive"}),
        "it watches the TableName orders-archive, not orders",
        id="a table whose name contains this one's",
    ),
    pytest.param(alarm({"TableName": "Orders"}), "it watches the TableName Orders, not orders", id="another case"),
    pytest.param(
        alarm({}, AlarmName="orders-reads"),
        "it never gets data: ReadThrottleEvents exists only per TableName or per TableName and GlobalSecondaryIndexName, "
        "not for the account as a whole, without dimensions",
        id="no dimension, the table in the name alone",
    ),
    pytest.param(
        alarm({"Table": "orders"}),
        "it never gets data: ReadThrottleEvents exists only per TableName or per TableName and GlobalSecondaryIndexName, "
        "not per Table",
        id="the table in another dimension",
    ),
    pytest.param(
        alarm({"TableName": "orders", "Operation": "GetItem"}),
        "it never gets data: ReadThrottleEvents exists only per TableName or per TableName and GlobalSecondaryIndexName, "
        "not per TableName and Operation",
        id="a dimension too many",
    ),
    pytest.param(
        alarm(BY_INDEX),
        "it also has the dimension GlobalSecondaryIndexName, so it watches something else",
        id="an index of the table",
    ),
    pytest.param(
        alarm({}, MetricName="UserErrors", AlarmName="orders"),
        "it watches UserErrors, not ReadThrottleEvents",
        id="user errors",
    ),
    pytest.param(
        alarm(MetricName="UserErrors"),
        "it never gets data: UserErrors exists only for the account as a whole, without dimensions, not per TableName",
        id="user errors of a table",
    ),
    pytest.param(
        alarm(MetricName="ThrottledRequests"),
        "it never gets data: ThrottledRequests exists only per TableName and Operation, not per TableName",
        id="throttled requests of a table",
    ),
    pytest.param(
        alarm(MetricName="ReadThrottledEvents"),
        "DynamoDB has no metric ReadThrottledEvents that this version knows",
        id="a metric that does not exist",
    ),
    pytest.param(
        alarm(Namespace="AWS/DynamoDb"), "it watches the namespace AWS/DynamoDb, not AWS/DynamoDB", id="the namespace"
    ),
    pytest.param(
        alarm(Statistic="Average"),
        "its statistic is Average, which does not say how many there were (use Sum or SampleCount)",
        id="an average of ones",
    ),
    pytest.param(
        alarm(Statistic=None, ExtendedStatistic="p99"),
        "its statistic is p99, which does not say how many there were (use Sum or SampleCount)",
        id="a percentile of ones",
    ),
    pytest.param(
        alarm(Unit="Seconds"), "its unit Seconds never gets data: ReadThrottleEvents comes in Count", id="the unit"
    ),
    pytest.param(
        alarm(Period=10), "its period is 10 s, and DynamoDB sends its metrics once a minute", id="a period too short"
    ),
    pytest.param(
        maths(
            expression("MIN(FILL(METRICS(), 0))"),
            stat("m1", "ReadThrottleEvents", BY_TABLE),
            stat("m2", "ReadThrottleEvents", BY_INDEX),
        ),
        "it never fires, however high the value is: look at its threshold and its metric math",
        id="the least of two",
    ),
    pytest.param(
        maths(expression("FILL(m1, 0) * 0 + 100"), stat("m1", "ReadThrottleEvents", BY_TABLE), Threshold=50.0),
        "it never fires, however high the value is: look at its threshold and its metric math",
        id="a constant",
    ),
    *(
        pytest.param(
            maths(expression(text), stat("m1", "ReadThrottleEvents", BY_TABLE), Threshold=limit),
            "it never fires, however high the value is: look at its threshold and its metric math",
            id=f"in alarm all the time: {text} >= {limit:g}",
        )
        for text, limit in (("FILL(m1, 0)", 0.0), ("FILL(m1, 500)", 1.0))
    ),
    pytest.param(
        maths(
            expression("FILL(tableReadThrottleEvents, 0)"),
            stat("tableReadThrottleEvents", "ReadThrottleEvents", {"TableName": "lookups"}),
        ),
        "it watches the TableName lookups, not orders",
        id="another table, by an id with the metric's name in it",
    ),
    pytest.param(
        alarm(ComparisonOperator="LessThanThreshold"),
        "it never fires, however high the value is: it compares with LessThanThreshold",
        id="less than",
    ),
    pytest.param(
        alarm(ComparisonOperator="LessThanOrEqualToThreshold", Threshold=100.0),
        "it never fires, however high the value is: it compares with LessThanOrEqualToThreshold",
        id="at most a hundred",
    ),
    pytest.param(alarm(ActionsEnabled=False), "its actions are disabled", id="actions off"),
    pytest.param(alarm(AlarmActions=[]), "it has no action, so it notifies nobody", id="no action"),
    pytest.param(
        alarm(AlarmActions=[], OKActions=[TOPIC], InsufficientDataActions=[TOPIC]),
        "it has no action, so it notifies nobody",
        id="actions for other states",
    ),
    pytest.param(
        maths(
            expression("m1 * 0 + m2"),
            stat("m1", "ReadThrottleEvents", BY_TABLE),
            stat("m2", "WriteThrottleEvents", BY_TABLE),
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1e6,
        ),
        "it never fires, however high the value is: look at its threshold and its metric math",
        id="metric math that takes the metric times nothing",
    ),
    pytest.param(
        maths(
            expression("m2"),
            stat("m1", "ReadThrottleEvents", BY_TABLE),
            stat("m2", "WriteThrottleEvents", BY_TABLE),
            Threshold=5000.0,
        ),
        "it fetches the metric, but its expression leaves it out: add it to the metric math",
        id="a metric that the expression does not use",
    ),
    pytest.param(
        maths(
            expression('SUM(METRICS("w"))'),
            stat("r1", "ReadThrottleEvents", BY_TABLE),
            stat("w1", "WriteThrottleEvents", BY_TABLE),
        ),
        "it fetches the metric, but its expression leaves it out: add it to the metric math",
        id="a sum of the other metrics",
    ),
    pytest.param(
        maths(stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True, AccountId="210987654321")),
        "it watches the account 210987654321",
        id="another account's table",
    ),
    pytest.param(
        band("ANOMALY_DETECTION_BAND(m1, 2)", ComparisonOperator="LessThanLowerThreshold"),
        "it never fires, however high the value is: it compares with LessThanLowerThreshold",
        id="below an anomaly band",
    ),
    pytest.param(
        band("ANOMALY_DETECTION_BAND(m1, 2)", ThresholdMetricId="ad2"),
        "AWS refuses this alarm: Metrics list must contain exactly one metric matching the ThresholdMetricId "
        "parameter; its ThresholdMetricId ad2 is not an ANOMALY_DETECTION_BAND of the alarm",
        id="a band that is not there",
    ),
    pytest.param(
        band("m1 * 2", ThresholdMetricId=None),
        "AWS refuses this alarm: Exactly one element of the metrics list should return data; "
        "its ThresholdMetricId (none) is not an ANOMALY_DETECTION_BAND of the alarm",
        id="no band at all",
    ),
    pytest.param(
        maths(
            stat("m1", "ReadThrottleEvents", BY_TABLE),
            stat("m2", "WriteThrottleEvents", BY_TABLE, returned=True),
            {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m2, 2)", "ReturnData": True},
            ThresholdMetricId="ad1",
            Threshold=None,
            ComparisonOperator="GreaterThanUpperThreshold",
        ),
        "it fetches the metric, but its expression leaves it out: add it to the metric math",
        id="a band of another metric",
    ),
    pytest.param(
        query(f"{SUM_BY_TABLE} WHERE TableName != 'orders'"),
        "its query leaves out the TableName orders",
        id="a query of all tables but this one",
    ),
    pytest.param(
        query(f"{SUM_BY_TABLE} WHERE AWS.AccountId = '210987654321'"),
        "it watches the account 210987654321",
        id="a query of another account",
    ),
    pytest.param(
        promql('sum({"aws.dynamodb.throttles"}) > 1', AlarmName="orders-promql"),
        "this version cannot read which metric it watches",
        id="a PromQL query that names another metric",
    ),
    *(
        pytest.param(one, f"AWS refuses this alarm: {reason}", id=f"refused: {reason}")
        for one, reason in (
            (
                alarm(EvaluationPeriods=2, DatapointsToAlarm=4),
                "DatapointsToAlarm must be less than or equal to EvaluationPeriods, and 4 is more than 2",
            ),
            (alarm(Period=90), "Period must be 10, 20, 30 or a multiple of 60, not 90"),
            (
                maths(stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True, period=90)),
                "Period must be 10, 20, 30 or a multiple of 60, not 90",
            ),
            (
                alarm(Period=300, EvaluationPeriods=289, DatapointsToAlarm=1),
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)",
            ),
            (
                maths(
                    stat("m1", "ReadThrottleEvents", BY_TABLE, returned=True),
                    stat("m2", "WriteThrottleEvents", BY_TABLE, returned=True),
                ),
                "Exactly one element of the metrics list should return data",
            ),
            (
                maths(
                    expression("SUM(METRICS())"),
                    *(
                        stat(f"m{number}", "ReadThrottleEvents", {**BY_TABLE, "GlobalSecondaryIndexName": f"i{number}"})
                        for number in range(10)
                    ),
                    stat("m10", "ReadThrottleEvents", BY_TABLE),
                ),
                "Too many metrics in alarm, maximum is 10",
            ),
            (
                query("SUM(SEARCH('{AWS/DynamoDB,TableName} MetricName=\"ReadThrottleEvents\"', 'Sum', 60))"),
                "SEARCH is not supported on Metric Alarms",
            ),
        )
    ),
    pytest.param(
        query('SELECT SUM(ReadThrottleEvents) FROM SCHEMA("AWS/DynamoDB", TableName, Operation)'),
        "it never gets data: ReadThrottleEvents exists only per TableName or per TableName and GlobalSecondaryIndexName, "
        "not per TableName and Operation",
        id="a query by dimensions that do not exist",
    ),
    pytest.param(
        query("SELECT SUM(ReadThrottleEvents) FROM \"AWS/DynamoDB\" WHERE TableName = 'lookups'"),
        "it watches the TableName lookups, not orders",
        id="a query of another table",
    ),
]


@pytest.mark.parametrize(("wrong", "problem"), WRONG)
def test_an_alarm_that_cannot_fire_or_tells_nobody_fails(wrong: dict[str, Any], problem: str) -> None:
    finding = watch(wrong)

    fails(
        finding,
        "No alarm watches ReadThrottleEvents of TableName orders as it should. "
        f"The closest is {wrong['AlarmName']}: {problem}.",
        expected=NO_ALARM_EXPECTED,
        actual=finding.actual,
        resource=wrong["AlarmArn"],
        remedy="Change it with PutMetricAlarm",
    )
    assert finding.actual.startswith(f"{wrong['AlarmName']}: ")


@pytest.mark.parametrize(
    "alarms",
    [
        pytest.param([], id="no alarm"),
        pytest.param([alarm({"FunctionName": "f"}, Namespace="AWS/Lambda", MetricName="Errors")], id="of other things"),
        pytest.param(
            [alarm(AlarmActions=[SCALING], AlarmName="TargetTracking-table/orders-AlarmHigh-1")], id="scaling"
        ),
        pytest.param(
            [alarm({"TableName": "lookups"}, MetricName="WriteThrottleEvents")], id="another table and metric"
        ),
    ],
)
def test_no_alarm_at_all_fails(alarms: list[dict[str, Any]]) -> None:
    fails(
        watch(*alarms),
        "No alarm watches ReadThrottleEvents of TableName orders.",
        expected=NO_ALARM_EXPECTED,
        actual="no alarm on this metric or table",
        remedy="Make one with PutMetricAlarm",
    )


def test_what_watches_something_else_of_the_table_is_shown() -> None:
    finding = watch(alarm(MetricName="ConsumedReadCapacityUnits", AlarmName="consumed"))

    assert finding.message == "No alarm watches ReadThrottleEvents of TableName orders."
    assert finding.actual.startswith("consumed: Sum of ConsumedReadCapacityUnits [TableName=orders]")


def test_metric_math_is_shown_as_it_is_written() -> None:
    rate = maths(
        expression("m1 / m2"),
        stat("m1", "ReadThrottleEvents", BY_TABLE),
        stat("m2", "ConsumedReadCapacityUnits", BY_TABLE),
    )

    assert watch(rate).actual == (
        "reads: m1 / m2 where m1 = Sum of ReadThrottleEvents [TableName=orders], "
        f"m2 = Sum of ConsumedReadCapacityUnits [TableName=orders], GreaterThanOrEqualToThreshold 1 in 1 period "
        f"of 60 s, actions: {TOPIC}"
    )


def test_one_right_alarm_among_wrong_ones_passes() -> None:
    others = [alarm(AlarmName=f"other-{number}", Statistic="Average") for number in range(3)]

    holds(watch(*others, alarm()), "ReadThrottleEvents is watched by reads.", resource=arn("reads"))


def test_the_closest_alarm_is_named() -> None:
    finding = watch(
        alarm(AlarmName="far", MetricName="ThrottledRequests"),
        alarm(AlarmName="two-faults", Statistic="Average", ActionsEnabled=False),
        alarm(AlarmName="one-fault", Statistic="Maximum"),
        alarm({"TableName": "lookups"}, AlarmName="near"),
    )

    assert "The closest is one-fault: its statistic is Maximum" in finding.message


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Threshold": 12.0}, "its threshold is 12, above 10"),
        ({"Threshold": 11.0, "ComparisonOperator": "GreaterThanThreshold"}, "its threshold is 11, above 10"),
        (
            {"Period": 300, "EvaluationPeriods": 2},
            "it fires after 2 x 300 s of trouble, later than the 300 s that are allowed",
        ),
        (
            {"EvaluationPeriods": 9, "DatapointsToAlarm": 6},
            "it fires after 6 x 60 s of trouble, later than the 300 s that are allowed",
        ),
    ],
)
def test_threshold_and_delay_within_what_the_lab_asks(changes: dict[str, Any], problem: str) -> None:
    limits: dict[str, Any] = {"maximum_threshold": 10, "within_seconds": 300}

    assert watch(alarm(Threshold=10.0, Period=300), **limits).status is Status.PASS
    assert watch(alarm(Threshold=11.0), **limits).status is Status.PASS  # of whole numbers: as > 10
    assert watch(alarm(Threshold=10.5, ComparisonOperator="GreaterThanThreshold"), **limits).status is Status.PASS
    assert watch(alarm(EvaluationPeriods=9, DatapointsToAlarm=5), **limits).status is Status.PASS
    finding = watch(alarm(**changes), **limits)
    assert finding.status is Status.FAIL
    assert finding.message.endswith(f"The closest is reads: {problem}.")
    assert "threshold at most 10, fires within 300 s" in finding.expected


@pytest.mark.parametrize("text", ["m1 / 1000", "IF(m1 > 5000, 1, 0)", "m1 - 5000"])
def test_a_threshold_is_not_hidden_by_metric_math(text: str) -> None:
    hidden = maths(expression(text), stat("m1", "ReadThrottleEvents", BY_TABLE), Threshold=1.0)

    assert watch(hidden).status is Status.PASS
    assert watch(hidden, maximum_threshold=100).message.endswith(
        "it does not fire at every value above 100: look at its threshold and its metric math."
    )


UNREAD = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
UNTOLD = [
    pytest.param(alarm(**UNREAD), "the watched metric is unknown", id="neither MetricName nor Metrics"),
    pytest.param(alarm(**UNREAD, Metrics=[]), "the watched metric is unknown", id="no metrics"),
    pytest.param(
        alarm(**UNREAD, AlarmName="checkout"), "the watched metric is unknown", id="under a name that does not say so"
    ),
    pytest.param(
        maths(expression("m1 + m2"), stat("m1", "WriteThrottleEvents", BY_TABLE), {"Id": "m2", "ReturnData": False}),
        "the metrics m2 are unknown",
        id="one of its metrics",
    ),
    pytest.param(
        promql('sum(rate({"ReadThrottleEvents", TableName="orders"}[1m])) > 1'),
        'its query is not understood: sum(rate({"ReadThrottleEvents", TableName="orders"}[1m])) > 1',
        id="PromQL",
    ),
    pytest.param(
        promql('sum({__name__=~".*ThrottleEvents"}) > 1'),
        'its query is not understood: sum({__name__=~".*ThrottleEvents"}) > 1',
        id="PromQL of all metrics of a form",
    ),
]


@pytest.mark.parametrize(("one", "doubt"), UNTOLD)
def test_an_alarm_whose_metrics_cannot_be_read_may_be_the_one(one: dict[str, Any], doubt: str) -> None:
    for others in ([], [alarm({"TableName": "lookups"}, AlarmName="other")]):
        finding = watch(*others, one, action="sns", subscriptions={"Subscriptions": []})
        is_unknown(finding, f"The alarm {one['AlarmName']}: {doubt}.")
        assert finding.expected.startswith("Sum/SampleCount of ReadThrottleEvents [TableName=orders]")


@pytest.mark.parametrize(("one", "doubt"), UNTOLD)
@pytest.mark.parametrize(
    "wrong",
    [{"ActionsEnabled": False}, {"AlarmActions": []}, {"AlarmActions": [SCALING.replace(":autoscaling:", ":ssm:")]}],
)
def test_what_tells_nobody_is_not_the_one_whatever_it_watches(
    one: dict[str, Any], doubt: str, wrong: dict[str, Any]
) -> None:
    finding = watch({**one, **wrong}, action="sns")

    assert finding.status is Status.FAIL, doubt
    assert finding.message.startswith("No alarm watches ReadThrottleEvents of TableName orders")


@pytest.mark.parametrize(("one", "doubt"), UNTOLD)
def test_what_cannot_be_read_does_no_harm_beside_a_right_alarm(one: dict[str, Any], doubt: str) -> None:
    right = alarm(AlarmName="right", AlarmArn=arn("right"))

    holds(watch(one, right), "ReadThrottleEvents is watched by right.", resource=arn("right"))
    assert doubt


@pytest.mark.parametrize("kind", ["indexes", "operations"])
def test_what_cannot_be_read_may_watch_what_another_leaves_out(kind: str) -> None:
    unread = alarm(**UNREAD, AlarmName="unread", AlarmArn=arn("unread"))
    if kind == "indexes":
        finding = watch(alarm(), unread, described=WITH_INDEX, indexes="all")
    else:
        finding = watch_errors(errors("GetItem"), unread)

    is_unknown(finding, "The alarm unread: the watched metric is unknown.")


@pytest.mark.parametrize(
    "one",
    [
        maths(
            expression("SUM(" + "*".join(["METRICS()"] * 8) + ")"),
            *(stat(f"m{n}", "ReadThrottleEvents", BY_TABLE) for n in range(10)),
        ),
        maths(
            *({"Id": f"e{n}", "Expression": f"e{n + 1}+e{n + 2}", "ReturnData": n == 0} for n in range(40)),
            stat("e40", "ReadThrottleEvents", BY_TABLE),
            stat("e41", "ReadThrottleEvents", BY_TABLE),
        ),
        maths(
            *({"Id": f"e{n}", "Expression": f"e{n + 1}", "ReturnData": n == 0} for n in range(5000)),
            stat("e5000", "ReadThrottleEvents", BY_TABLE),
        ),
        maths(
            expression("SELECT SUM(ReadThrottleEvents) FROM x WHERE " + "TableName = 'orders' AND " * 40 + "x != 'y'")
        ),
    ],
    ids=["products of lists", "expressions of expressions", "a long chain of them", "many conditions"],
)
def test_nothing_in_an_alarm_takes_long(one: dict[str, Any]) -> None:
    """Whoever follows each of them would not come to an end."""
    finding = watch(one, composites=[composite("ALARM(" + " " * 9000 + "x(")])

    assert finding.reason is not Reason.CRASHED


def test_the_threshold_of_a_sum_counts_and_that_of_a_rate_has_another_unit() -> None:
    metrics = [stat("m1", "ReadThrottleEvents", BY_TABLE), stat("m2", "ConsumedReadCapacityUnits", BY_TABLE)]
    twice = maths(
        expression("m1 + FILL(m3, 0)"), metrics[0], stat("m3", "WriteThrottleEvents", BY_TABLE), Threshold=12.0
    )

    assert "its threshold is 12, above 10" in watch(twice, maximum_threshold=10).message
    for text in ("100 * m1 / m2", "100 * m1 / (m1 + m2)", "IF(m2 > 0, 100 * m1 / m2, 0)"):
        rate = maths(expression(text), *metrics, Threshold=12.0)
        assert watch(rate, maximum_threshold=10).status is Status.PASS


def test_each_index_needs_an_alarm_of_its_own() -> None:
    own = alarm(BY_INDEX, AlarmName="index", AlarmArn=arn("index"))

    holds(
        watch(alarm(), own, described=WITH_INDEX, indexes="all"),
        "ReadThrottleEvents is watched by reads, index.",
        resource=arn("reads"),
    )
    assert watch(alarm(), described=WITH_INDEX).status is Status.PASS
    missing = watch(alarm(), described=WITH_INDEX, indexes="all")
    assert missing.status is Status.FAIL
    assert missing.message == (
        "No alarm watches ReadThrottleEvents of TableName orders, GlobalSecondaryIndexName by-status. reads is needed for "
        "other dimensions, and it lacks the dimension GlobalSecondaryIndexName, so it watches something else."
    )
    assert missing.actual.startswith("reads: Sum of ReadThrottleEvents [TableName=orders]")
    another = alarm({**BY_INDEX, "GlobalSecondaryIndexName": "by-date"}, AlarmName="index", AlarmArn=arn("index"))
    finding = watch(alarm(), another, described=WITH_INDEX, indexes="all")
    assert "The closest is index: it watches the GlobalSecondaryIndexName by-date, not by-status." in finding.message


def test_one_alarm_may_watch_table_and_index_together() -> None:
    both = maths(
        expression("m1 + m2"), stat("m1", "ReadThrottleEvents", BY_TABLE), stat("m2", "ReadThrottleEvents", BY_INDEX)
    )
    query = maths(expression('SELECT SUM(ReadThrottleEvents) FROM "AWS/DynamoDB"', Period=60))

    for one in (both, query):
        finding = watch(one, described=WITH_INDEX, indexes="all")
        holds(finding, "ReadThrottleEvents is watched by reads.", resource=arn("reads"))


def test_a_metric_without_indexes_needs_the_table_alone() -> None:
    conflicts = alarm(MetricName="TransactionConflict")

    finding = watch(conflicts, metric="TransactionConflict", described=WITH_INDEX, indexes="all")

    assert finding.status is Status.PASS


TWO = table(
    GlobalSecondaryIndexes=[
        {"IndexName": "by-status", "IndexStatus": "ACTIVE"},
        {"IndexName": "of-the-students", "IndexStatus": "ACTIVE"},
    ]
)


def test_only_the_indexes_that_the_lab_names_need_an_alarm() -> None:
    own = alarm(BY_INDEX, AlarmName="index", AlarmArn=arn("index"))

    assert watch(alarm(), own, described=TWO, indexes=["by-status"]).status is Status.PASS
    assert watch(alarm(), own, described=TWO, indexes="all").status is Status.FAIL
    missing = watch(alarm(), described=TWO, indexes=["by-status"])
    assert missing.message.startswith(
        "No alarm watches ReadThrottleEvents of TableName orders, GlobalSecondaryIndexName by-status."
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("all", None),
        (["by-status"], None),
        ("by-status", 'must be `all`, or a list of names of indexes, not "by-status".'),
        (True, "must be text or a list, not true."),
        ([], "must not be shorter than 1; its length is 0."),
        (["a"], '"a" does not have the form "^[A-Za-z0-9_.-]{3,255}$".'),
    ],
)
def test_a_definition_names_indexes_or_asks_for_all(value: Any, problem: str | None) -> None:
    parameters = {"table": "orders", "metric": "ReadThrottleEvents", "indexes": value}
    errors = strict_validator(REGISTRY["alarms.table"].parameters).iter_errors(parameters)

    assert [text for error in errors for _, text in sentences(error)] == ([] if problem is None else [problem])


@pytest.mark.parametrize("status", [None, "DELETING"])
def test_an_index_that_the_lab_names_must_be_there(status: str | None) -> None:
    going = [{"IndexName": "by-date", "IndexStatus": status}] if status else []
    described = table(GlobalSecondaryIndexes=[*TWO["Table"]["GlobalSecondaryIndexes"], *going])

    fails(
        watch(alarm(), described=described, indexes=["by-status", "by-date"]),
        "The table has no global index by-date to watch.",
        expected="the global indexes by-status, by-date",
        actual="by-status, of-the-students",
        remedy="Create it with UpdateTable",
    )


def test_an_index_that_is_being_deleted_needs_no_alarm() -> None:
    going = table(GlobalSecondaryIndexes=[{"IndexName": "by-status", "IndexStatus": "DELETING"}])

    assert watch(alarm(), described=going, indexes="all").status is Status.PASS
    coming = table(GlobalSecondaryIndexes=[{"IndexName": "by-status", "IndexStatus": "CREATING"}])
    assert watch(alarm(), described=coming, indexes="all").status is Status.FAIL


def test_indexes_of_a_table_that_changes_are_not_certain() -> None:
    finding = watch(alarm(), described=table(TableStatus="UPDATING"), indexes="all")

    is_pending(finding, "The table is UPDATING: its indexes may be changing.")


def test_an_action_must_be_a_topic_that_exists_where_the_lab_says_so() -> None:
    holds(
        watch(alarm(), action="sns", subscriptions={"Subscriptions": []}),
        "ReadThrottleEvents is watched by reads.",
        resource=arn("reads"),
    )
    scaled = watch(alarm(AlarmActions=["arn:aws:lambda:us-east-1:123456789012:function:sns"]), action="sns")
    assert scaled.message.endswith(
        "none of its actions is an SNS topic: arn:aws:lambda:us-east-1:123456789012:function:sns."
    )
    missing = watch(alarm(), action="sns", subscriptions=not_found("ListSubscriptionsByTopic", "sns"))
    assert missing.message.endswith(f"the topic {TOPIC} does not exist.")
    assert missing.expected.endswith("action: an existing SNS topic")


def test_a_subscription_may_be_asked_for() -> None:
    wanted: dict[str, Any] = {"action": "sns", "subscribed": True}
    confirmed = {"Subscriptions": [{"SubscriptionArn": f"{TOPIC}:1"}]}
    nobody: list[Any] = [{"Subscriptions": []}, {"Subscriptions": [{"SubscriptionArn": "Deleted"}]}]

    assert watch(alarm(), subscriptions=SUBSCRIBED, **wanted).status is Status.PASS
    assert watch(alarm(), subscriptions=confirmed, **wanted).status is Status.PASS
    for subscriptions in nobody:
        finding = watch(alarm(), subscriptions=subscriptions, **wanted)
        assert finding.message.endswith(f"the topic {TOPIC} has no subscription.")
        assert finding.expected.endswith("action: an existing SNS topic with a subscription")


@pytest.mark.parametrize(
    "rule",
    [
        'ALARM("reads")',
        "ALARM(reads)",
        f"ALARM({arn('reads')})",
        'ALARM("writes") OR (ALARM("reads") AND NOT ALARM("maintenance"))',
        "not ok(reads)",
        "ALARM(reads) AND OK(writes)",
        "NOT (FALSE OR OK(reads))",
        "TRUE AND ALARM(reads)",
        "ALARM(reads) AND NOT ALARM(later)",
    ],
)
def test_a_composite_alarm_may_tell_instead(rule: str) -> None:
    silent = alarm(ActionsEnabled=False, AlarmActions=[])

    later = composite("ALARM(writes)", AlarmName="later", AlarmArn=arn("later"), AlarmActions=[])

    holds(
        watch(silent, composites=[composite(rule, ActionsSuppressor="maintenance"), later]),
        "ReadThrottleEvents is watched by reads.",
        resource=arn("reads"),
    )


def test_alarms_on_the_same_metric_fire_together() -> None:
    quick, slow = (
        alarm(AlarmActions=[]),
        alarm(AlarmName="slow", AlarmArn=arn("slow"), EvaluationPeriods=5, AlarmActions=[]),
    )
    other = alarm(AlarmName="other", AlarmArn=arn("other"), MetricName="WriteThrottleEvents", AlarmActions=[])

    assert watch(quick, slow, composites=[composite("ALARM(reads) AND ALARM(slow)")]).status is Status.PASS
    assert watch(quick, other, composites=[composite("ALARM(reads) AND ALARM(other)")]).status is Status.FAIL


def test_nobody_can_say_how_high_an_anomaly_band_is() -> None:
    is_unknown(
        watch(band("ANOMALY_DETECTION_BAND(m1, 2)"), maximum_threshold=100),
        "The alarm reads: the height of its anomaly band is unknown.",
    )


def test_a_composite_alarm_over_a_composite_alarm_tells_too() -> None:
    middle = composite("ALARM(reads)", AlarmName="middle", AlarmArn=arn("middle"), AlarmActions=[])

    finding = watch(alarm(AlarmActions=[]), composites=[composite("ALARM(middle)"), middle])

    assert finding.status is Status.PASS


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("ALARM(reads) AND ALARM(writes)", {}),
        ("NOT ALARM(reads)", {}),
        ("OK(reads)", {}),
        ("INSUFFICIENT_DATA(reads)", {}),
        ("ALARM(reads-archive)", {}),
        ("TRUE", {}),
        ("ALARM(reads) OR NOT ALARM(writes)", {}),
        ("ALARM(reads)", {"ActionsSuppressor": "reads"}),
        ("ALARM(reads)", {"ActionsSuppressor": arn("any")}),
        ("AT_LEAST(1, ALARM, (reads-archive, more-reads))", {}),
        ("ALARM(reads)", {"ActionsEnabled": False}),
        ("ALARM(reads)", {"AlarmActions": []}),
    ],
)
def test_a_composite_alarm_that_does_not_fire_by_itself_tells_nobody(rule: str, changes: dict[str, Any]) -> None:
    finding = watch(alarm(AlarmActions=[]), composites=[composite(rule, **changes)])

    assert finding.status is Status.FAIL
    assert finding.message.endswith("The closest is reads: it has no action, so it notifies nobody.")


def test_composite_alarms_that_watch_each_other_are_no_verdict_and_take_no_time() -> None:
    circle = [
        composite("ALARM(b) OR ALARM(reads)", AlarmName="a", AlarmArn=arn("a")),
        composite("ALARM(a)", AlarmName="b", AlarmArn=arn("b")),
    ]
    doubling = [
        composite(f"ALARM(c{number}) AND ALARM(c{number})", AlarmName=f"c{number + 1}", AlarmArn=arn(f"c{number + 1}"))
        for number in range(100)
    ]

    is_unknown(
        watch(alarm(AlarmActions=[]), composites=[*circle, *doubling]),
        "The alarm reads: the rule of the composite alarm a is not understood.",
    )


@pytest.mark.parametrize(
    "rule", ["AT_LEAST(1, ALARM, (reads, writes))", "ALARM(reads", "ALARM(reads) ALARM(x)", "NOT " * 3000]
)
def test_a_rule_that_is_not_understood_is_no_verdict(rule: str) -> None:
    finding = watch(alarm(AlarmActions=[]), composites=[composite(f"{rule} reads")])

    is_unknown(finding, "The alarm reads: the rule of the composite alarm any is not understood.")


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (alarm(ComparisonOperator="Resembles"), "this version does not know its comparison Resembles"),
        (alarm(Statistic=None, ExtendedStatistic="q9"), "this version does not know its statistic q9"),
        (alarm(Period=None), "its period is unknown"),
        (
            maths(expression("RATE(m1)"), stat("m1", "ReadThrottleEvents", BY_TABLE)),
            "this version does not support its metric math",
        ),
        *(
            (query(f"{SUM_BY_TABLE} WHERE {where}"), f"its query is not understood: {SUM_BY_TABLE} WHERE {where}")
            for where in (
                "TableName LIKE 'orders'",
                "TableName = 'a' AND TableName = 'orders'",
                "AWS.AccountId != '210987654321'",
                "tag.env = 'prod'",
                "TableName = 'orders' OR TableName = 'carts'",
            )
        ),
        (
            query(f"{SUM_BY_TABLE} GROUP BY TableName ORDER BY SUM() ASC LIMIT 1"),
            f"its query is not understood: {SUM_BY_TABLE} GROUP BY TableName ORDER BY SUM() ASC LIMIT 1",
        ),
        (
            band("ANOMALY_DETECTION_BAND(m2, 2)", stat("m2", "WriteThrottleEvents", BY_TABLE)),
            "its anomaly band is for m2, which the alarm does not compare with it",
        ),
    ],
)
def test_what_this_version_does_not_know_is_no_verdict(one: dict[str, Any], problem: str) -> None:
    is_unknown(watch(one), f"The alarm reads: {problem}.")


def test_what_is_not_known_excuses_no_mistake() -> None:
    finding = watch(alarm(ComparisonOperator="Resembles", ActionsEnabled=False))

    assert finding.status is Status.FAIL
    assert finding.message.endswith("The closest is reads: its actions are disabled.")


def errors(*operations: str, **changes: Any) -> dict[str, Any]:
    """An alarm on the system errors of some operations, by metric math."""
    metrics = [
        stat(f"m{number}", "SystemErrors", {"TableName": "orders", "Operation": operation})
        for number, operation in enumerate(operations)
    ]
    return maths(
        expression("SUM(METRICS())"), *metrics, **{"AlarmName": "errors", "AlarmArn": arn("errors"), **changes}
    )


def watch_errors(*alarms: dict[str, Any], **parameters: Any) -> Finding:
    answers = {"DescribeTable": table(), "DescribeAlarms": {"MetricAlarms": list(alarms), "CompositeAlarms": []}}
    wanted = {"table": "orders", "metric": "SystemErrors", "operations": ["GetItem", "PutItem"], **parameters}
    return judge("alarms.operations", answers, **wanted)


def test_operations_may_be_watched_together_or_one_by_one() -> None:
    one_by_one = [
        alarm({"TableName": "orders", "Operation": name}, MetricName="SystemErrors", AlarmName=name, AlarmArn=arn(name))
        for name in ("PutItem", "GetItem")
    ]

    holds(watch_errors(errors("PutItem", "GetItem")), "SystemErrors is watched by errors.", resource=arn("errors"))
    holds(watch_errors(*one_by_one), "SystemErrors is watched by GetItem, PutItem.", resource=arn("GetItem"))


OTHERS = [
    alarm({"TableName": "lookups", "Operation": "PutItem"}, MetricName="SystemErrors", AlarmName="another-tables"),
    alarm(AlarmName="orders-reads"),
    alarm({}, AlarmName="orders-users", MetricName="UserErrors"),
    alarm({"TableName": "orders", "Operation": "PutItem"}, MetricName="ThrottledRequests", AlarmName="throttled"),
]
"""Alarms that have nothing to do with it."""


@pytest.mark.parametrize("others", [[], OTHERS], ids=["alone", "among others"])
def test_an_operation_that_metric_math_forgets_is_to_be_added_to_it(others: list[dict[str, Any]]) -> None:
    fails(
        watch_errors(*others, errors("GetItem", "Query")),
        "SystemErrors of Operation PutItem is not watched: the metric math of the alarm errors leaves it out.",
        expected="Sum/SampleCount of SystemErrors [Operation=PutItem, TableName=orders], "
        "GreaterThanThreshold or GreaterThanOrEqualToThreshold a threshold, action: any",
        actual="errors watches Operation GetItem, Query",
        remedy="Add it to the metric math of errors with PutMetricAlarm",
        resource=arn("errors"),
    )


def test_all_operations_that_metric_math_forgets_are_listed() -> None:
    finding = watch_errors(errors("GetItem"), operations=["GetItem", "PutItem", "Query", "Scan"])

    assert finding.message == (
        "SystemErrors of Operation PutItem, Query, Scan is not watched: the metric math of the alarm "
        "errors leaves them out."
    )
    assert finding.expected.endswith("action: any; and the same for Operation Query, Scan")
    assert "Add each to the metric math of errors" in finding.remedy


def test_an_operation_whose_name_is_mistyped_in_metric_math_is_seen() -> None:
    finding = watch_errors(errors("GetItem", "Putitem"))

    assert "the metric math of the alarm errors leaves it out" in finding.message
    assert finding.actual == "errors watches Operation GetItem, Putitem"


def test_an_operation_that_is_fetched_and_not_added_up_is_to_be_added() -> None:
    metrics = [
        stat(f"m{number}", "SystemErrors", {"TableName": "orders", "Operation": name})
        for number, name in enumerate(("GetItem", "PutItem"))
    ]
    finding = watch_errors(maths(expression("m0"), *metrics, AlarmName="errors", AlarmArn=arn("errors")), *OTHERS)

    assert finding.message == (
        "No alarm watches SystemErrors of TableName orders, Operation PutItem as it should. The closest is errors: it "
        "fetches the metric, but its expression leaves it out: add it to the metric math."
    )


def test_an_alarm_of_its_own_with_a_fault_is_closer_than_metric_math_that_leaves_it_out() -> None:
    own = alarm(
        {"TableName": "orders", "Operation": "PutItem"},
        MetricName="SystemErrors",
        AlarmName="puts",
        Statistic="Average",
    )

    assert "The closest is puts: its statistic is Average" in watch_errors(errors("GetItem"), own).message


def test_an_operation_without_an_alarm_beside_alarms_of_one_operation_each() -> None:
    gets = alarm({"TableName": "orders", "Operation": "GetItem"}, MetricName="SystemErrors", AlarmName="gets")

    finding = watch_errors(gets)

    assert finding.message == (
        "No alarm watches SystemErrors of TableName orders, Operation PutItem. gets is needed for other dimensions, and it "
        "watches the Operation GetItem, not PutItem."
    )
    assert "with a name of its own" in finding.remedy


def test_an_alarm_of_this_table_is_closer_than_one_of_another() -> None:
    another = alarm({"TableName": "lookups", "Operation": "GetItem"}, MetricName="SystemErrors", AlarmName="lookups")
    table_alone = alarm(MetricName="SystemErrors", AlarmName="alone")

    finding = watch_errors(another, table_alone)

    assert (
        "The closest is alone: it never gets data: SystemErrors exists only per TableName and Operation"
        in finding.message
    )


def test_an_index_that_metric_math_forgets_is_to_be_added_to_it() -> None:
    indexes = [{"IndexName": name, "IndexStatus": "ACTIVE"} for name in ("by-status", "by-date")]
    both = maths(
        expression("m1 + m2"), stat("m1", "ReadThrottleEvents", BY_TABLE), stat("m2", "ReadThrottleEvents", BY_INDEX)
    )

    finding = watch(both, described=table(GlobalSecondaryIndexes=indexes), indexes="all")

    assert finding.message == (
        "ReadThrottleEvents of GlobalSecondaryIndexName by-date is not watched: the metric math of the alarm reads leaves "
        "it out."
    )
    assert finding.actual == "reads watches TableName orders, GlobalSecondaryIndexName by-status"


def test_system_errors_of_the_table_alone_are_never_emitted() -> None:
    finding = watch_errors(alarm(MetricName="SystemErrors"))

    assert finding.message == (
        "No alarm watches SystemErrors of TableName orders, Operation GetItem as it should. The closest is reads: "
        "it never gets data: SystemErrors exists only per TableName and Operation, not per TableName."
    )


def test_by_default_all_operations_must_be_watched() -> None:
    every = "GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem TransactGetItems TransactWriteItems"
    answers = {"DescribeTable": table(), "DescribeAlarms": {"MetricAlarms": [errors(*every.split())]}}

    assert judge("alarms.operations", answers, table="orders", metric="SystemErrors").status is Status.PASS
    answers["DescribeAlarms"] = {"MetricAlarms": [errors(*every.split()[1:])]}
    assert "Operation GetItem" in judge("alarms.operations", answers, table="orders", metric="SystemErrors").message


def test_a_latency_is_measured_not_counted() -> None:
    slow = alarm(
        {"TableName": "orders", "Operation": "GetItem"},
        MetricName="SuccessfulRequestLatency",
        Statistic=None,
        ExtendedStatistic="p99",
        Unit="Milliseconds",
        Threshold=50.0,
    )

    finding = watch_errors(slow, metric="SuccessfulRequestLatency", operations=["GetItem"])

    assert finding.status is Status.PASS


@pytest.mark.parametrize("kind", ["alarms.table", "alarms.operations"])
class TestFaults:
    """Whatever the kind."""

    @staticmethod
    def judge(kind: str, **answers: Any) -> Finding:
        metric = {"alarms.table": "ReadThrottleEvents", "alarms.operations": "SystemErrors"}[kind]
        more: dict[str, Any] = {"operations": ["GetItem"]} if kind == "alarms.operations" else {}
        right = alarm() if kind == "alarms.table" else errors("GetItem")
        facts = {"DescribeTable": table(), "DescribeAlarms": {"MetricAlarms": [right]}, **answers}
        return judge(kind, facts, table="orders", metric=metric, action="sns", **more)

    def test_a_missing_table_fails(self, kind: str) -> None:
        is_missing(self.judge(kind, DescribeTable=not_found()))

    def test_denied_is_no_verdict(self, kind: str) -> None:
        is_denied(self.judge(kind, DescribeTable=denied("DescribeTable")), "dynamodb:DescribeTable")
        alarms = denied("DescribeAlarms", "cloudwatch")
        is_denied(self.judge(kind, DescribeAlarms=alarms), "cloudwatch:DescribeAlarms")
        topic = denied("ListSubscriptionsByTopic", "sns")
        is_denied(self.judge(kind, ListSubscriptionsByTopic=topic), "sns:ListSubscriptionsByTopic")

    def test_an_alarm_that_lacks_what_aws_always_tells_is_no_verdict(self, kind: str) -> None:
        broken = alarm()
        del broken["AlarmArn"]

        finding = self.judge(kind, DescribeAlarms={"MetricAlarms": [broken]})

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)


def test_every_metric_has_dimensions_statistics_and_a_unit() -> None:
    for name, metric in METRICS.items():
        assert metric.dimensions, name
        assert metric.statistics, name
        assert metric.unit in ("Count", "Percent", "Milliseconds", "Bytes"), name
    assert in_words(frozenset()) == "for the account as a whole, without dimensions"
    assert (
        in_words(frozenset({"Operation", "TableName", "StreamLabel"})) == "per TableName and Operation and StreamLabel"
    )


WINDOW: dict[str, Any] = {"maximum_threshold": 5, "window_seconds": 300}
IN_ONE = "in one of its periods, at which it does not fire: choose a period as long as that time, or a lower threshold"
ABOVE_5 = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0, "Period": 300}


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(alarm(**ABOVE_5), id="more than five in five minutes"),
        pytest.param(
            alarm(**{**ABOVE_5, "EvaluationPeriods": 3, "DatapointsToAlarm": 1}), id="in one of three periods"
        ),
        pytest.param(alarm(**{**ABOVE_5, "Threshold": 1.0, "Period": 60}), id="one of five minutes has two of six"),
        pytest.param(alarm(**{**ABOVE_5, "Threshold": 1.0, "Period": 120}), id="one of three periods has two of six"),
        pytest.param(alarm(), id="any at all"),
        pytest.param(
            maths(
                stat("m1", "ReadThrottleEvents", BY_TABLE, period=300),
                expression("FILL(m1, 0)"),
                ComparisonOperator="GreaterThanThreshold",
                Threshold=5.0,
            ),
            id="by metric math",
        ),
    ],
)
def test_an_alarm_that_fires_when_more_comes_within_the_window_passes(one: dict[str, Any]) -> None:
    holds(watch(one, **WINDOW), "ReadThrottleEvents is watched by reads.", resource=arn("reads"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"Period": 60},
            f"more than 5 in 300 s may be just 2 {IN_ONE}",
        ),
        (
            {"Period": 240, "Threshold": 3.0},
            f"more than 5 in 300 s may be just 3 {IN_ONE}",
        ),
        ({"Threshold": 6.0}, "its threshold is 6, above 5"),
        ({"Period": 360}, "its period is 360 s, longer than the 300 s that count"),
        (
            {"EvaluationPeriods": 3, "DatapointsToAlarm": 2},
            "it waits for 2 bad periods, and all the trouble of 300 s may be in one of them",
        ),
        ({"EvaluationPeriods": 2}, "it waits for 2 bad periods, and all the trouble of 300 s may be in one of them"),
    ],
)
def test_an_alarm_that_lets_more_pass_within_the_window_fails(changes: dict[str, Any], problem: str) -> None:
    finding = watch(alarm(**{**ABOVE_5, **changes}), **WINDOW)

    assert finding.status is Status.FAIL
    assert finding.message == (
        f"No alarm watches ReadThrottleEvents of TableName orders as it should. The closest is reads: {problem}."
    )
    assert finding.expected == (
        "Sum/SampleCount of ReadThrottleEvents [TableName=orders], GreaterThanThreshold or "
        "GreaterThanOrEqualToThreshold a threshold, threshold at most 5 within 300 s, action: any"
    )


def test_an_alarm_on_one_index_is_not_that_of_the_table() -> None:
    of_index: dict[str, Any] = {"described": WITH_INDEX, "index": "by-status"}

    holds(watch(alarm(BY_INDEX), **of_index), "ReadThrottleEvents is watched by reads.", resource=arn("reads"))
    fails(
        watch(alarm(), **of_index),
        "No alarm watches ReadThrottleEvents of TableName orders, GlobalSecondaryIndexName by-status as it should. The "
        "closest is reads: it lacks the dimension GlobalSecondaryIndexName, so it watches something else.",
        expected="Sum/SampleCount of ReadThrottleEvents [GlobalSecondaryIndexName=by-status, TableName=orders], "
        "GreaterThanThreshold or GreaterThanOrEqualToThreshold a threshold, action: any",
        actual="reads: Sum of ReadThrottleEvents [TableName=orders], GreaterThanOrEqualToThreshold 1 in 1 period of 60 s, "
        f"actions: {TOPIC}",
        resource=arn("reads"),
        remedy="PutMetricAlarm",
    )
    fails(
        watch(alarm(BY_INDEX), index="by-date", described=WITH_INDEX),
        "The table has no global index by-date to watch.",
        expected="the global indexes by-date",
        actual="by-status",
        remedy="Create it with UpdateTable",
    )
