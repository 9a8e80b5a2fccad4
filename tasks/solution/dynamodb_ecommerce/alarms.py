"""Alarms that can fire: each uses exactly the dimensions with which DynamoDB sends the metric.

A table's ReadThrottleEvents and WriteThrottleEvents do not include its indexes, so each index has its own alarms.
DynamoDB sends SystemErrors separately for each operation; one alarm adds them up. It sends these metrics only if there
is something to count, so an alarm without data is a good sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryUnionTypeDef
    from types_boto3_sns import SNSClient

NAMESPACE = "AWS/DynamoDB"
MINUTE = 60
OPERATIONS = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
    *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
)


def create_topic(sns: SNSClient, name: str) -> str:
    """Creates the topic for the alarms; returns its ARN. Subscribe by hand: AWS asks the mailbox's owner to confirm."""
    return sns.create_topic(Name=name)["TopicArn"]


def create_alarms(cloudwatch: CloudWatchClient, table_name: str, indexes: Iterable[str], topic_arn: str) -> None:
    """Creates alarms on throttling, of the table and of each index, and on DynamoDB's own errors."""
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        watch(cloudwatch, f"{table_name}-{metric}", metric, dimensions(TableName=table_name), topic_arn)
        for index in indexes:
            of_index = dimensions(TableName=table_name, GlobalSecondaryIndexName=index)
            watch(cloudwatch, f"{table_name}-{index}-{metric}", metric, of_index, topic_arn)
    watch_system_errors(cloudwatch, table_name, topic_arn)


def watch(
    cloudwatch: CloudWatchClient, name: str, metric: str, dimensions: list[DimensionTypeDef], topic_arn: str
) -> None:
    """Fires after throttling in three of five minutes, because the SDK retries a single throttled request."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=dimensions,
        Statistic="Sum",
        Period=MINUTE,
        EvaluationPeriods=5,
        DatapointsToAlarm=3,
        Threshold=10,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic_arn],
    )


def watch_system_errors(cloudwatch: CloudWatchClient, table_name: str, topic_arn: str) -> None:
    """Creates one alarm over all operations, with metric math."""
    total: MetricDataQueryUnionTypeDef = {
        "Id": "errors",
        "Expression": "SUM(METRICS())",
        "Label": "Errors of DynamoDB",
        "ReturnData": True,
    }
    each: list[MetricDataQueryUnionTypeDef] = [
        {
            "Id": f"of{operation}",
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": "SystemErrors",
                    "Dimensions": dimensions(TableName=table_name, Operation=operation),
                },
                "Period": MINUTE,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for operation in OPERATIONS
    ]
    cloudwatch.put_metric_alarm(
        AlarmName=f"{table_name}-SystemErrors",
        Metrics=[total, *each],
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic_arn],
    )


def dimensions(**values: str) -> list[DimensionTypeDef]:
    return [{"Name": name, "Value": value} for name, value in values.items()]
