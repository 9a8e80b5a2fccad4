"""Alarms that fire: each uses exactly the dimensions with which DynamoDB sends the metric.

UserErrors does not count throttled requests, and it has no dimensions: it is for the whole account. A table's throttle
events do not include its indexes, so the index has its own alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

FIVE_MINUTES = 300


def create_alarms(cloudwatch: CloudWatchClient, table_name: str, index_name: str, topic_arn: str) -> None:
    """Creates alarms on throttled reads and writes of the table, and on throttled reads of an index."""
    of_table = {"TableName": table_name}
    of_index = {**of_table, "GlobalSecondaryIndexName": index_name}
    watch(cloudwatch, f"{table_name}-reads", "ReadThrottleEvents", of_table, 5, topic_arn)
    watch(cloudwatch, f"{table_name}-writes", "WriteThrottleEvents", of_table, 5, topic_arn)
    watch(cloudwatch, f"{table_name}-{index_name}-reads", "ReadThrottleEvents", of_index, 10, topic_arn)


def watch(
    cloudwatch: CloudWatchClient, name: str, metric: str, dimensions: dict[str, str], threshold: int, topic_arn: str
) -> None:
    """Fires when the metric counts more than the threshold within five minutes."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Sum",
        Period=FIVE_MINUTES,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
