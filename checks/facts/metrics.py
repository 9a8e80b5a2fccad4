"""The metrics that DynamoDB sends to CloudWatch: each metric, its dimensions, and its meaningful statistics.

An alarm on another set of dimensions never gets data: "CloudWatch will not aggregate metrics for a missing dimension".
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/creating-alarms.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMESPACE = "AWS/DynamoDB"

BY_ACCOUNT: frozenset[str] = frozenset()
BY_TABLE = frozenset({"TableName"})
BY_INDEX = frozenset({"TableName", "GlobalSecondaryIndexName"})
BY_OPERATION = frozenset({"TableName", "Operation"})
BY_STREAM = frozenset({"TableName", "Operation", "StreamLabel"})
BY_REPLICA = frozenset({"TableName", "ReceivingRegion"})
BY_DELEGATE = frozenset({"TableName", "DelegatedOperation"})

COUNTED = frozenset({"Sum", "SampleCount"})
"""Statistics of a metric that counts events. The others say how large one event was, which is always 1."""

MEASURED = frozenset({"Average", "Maximum", "Minimum", "Sum", "SampleCount"})
"""Statistics of a metric that measures something; its percentiles count too."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: the sets of dimensions with which it is sent, its statistics, and its unit."""

    dimensions: tuple[frozenset[str], ...]
    statistics: frozenset[str] = COUNTED
    unit: str = "Count"


THROTTLING = (BY_TABLE, BY_INDEX)
CAUSES = ("", "ProvisionedThroughput", "KeyRangeThroughput", "MaxOnDemandThroughput", "AccountLimit")

METRICS: Mapping[str, Metric] = {
    **{f"Account{name}": Metric((BY_ACCOUNT,), MEASURED) for name in ("MaxReads", "MaxTableLevelReads")},
    **{f"Account{name}": Metric((BY_ACCOUNT,), MEASURED) for name in ("MaxWrites", "MaxTableLevelWrites")},
    **{
        f"{of}{kind}CapacityUtilization": Metric((BY_ACCOUNT,), MEASURED, "Percent")
        for of in ("AccountProvisioned", "MaxProvisionedTable")
        for kind in ("Read", "Write")
    },
    "UserErrors": Metric((BY_ACCOUNT,)),
    **dict.fromkeys(("ConditionalCheckFailedRequests", "TransactionConflict"), Metric((BY_TABLE,))),
    "TimeToLiveDeletedItemCount": Metric((BY_TABLE,)),
    **{f"Consumed{kind}CapacityUnits": Metric((BY_TABLE, BY_INDEX), MEASURED) for kind in ("Read", "Write")},
    **{f"Provisioned{kind}CapacityUnits": Metric((BY_TABLE, BY_INDEX), MEASURED) for kind in ("Read", "Write")},
    **{f"{kind}{cause}ThrottleEvents": Metric(THROTTLING) for kind in ("Read", "Write") for cause in CAUSES},
    **dict.fromkeys(
        ("OnlineIndexConsumedWriteCapacity", "OnlineIndexPercentageProgress"), Metric((BY_INDEX,), MEASURED)
    ),
    "OnlineIndexThrottleEvents": Metric((BY_INDEX,)),
    **dict.fromkeys(("SystemErrors", "ThrottledRequests"), Metric((BY_OPERATION,))),
    "SuccessfulRequestLatency": Metric((BY_OPERATION,), MEASURED, "Milliseconds"),
    "ReturnedItemCount": Metric((BY_OPERATION,), MEASURED),
    "ReturnedBytes": Metric((BY_STREAM,), MEASURED, "Bytes"),
    "ReturnedRecordsCount": Metric((BY_STREAM,), MEASURED),
    "ReplicationLatency": Metric((BY_REPLICA,), MEASURED, "Milliseconds"),
    "PendingReplicationCount": Metric((BY_REPLICA,), MEASURED),
    "AgeOfOldestUnreplicatedRecord": Metric((BY_DELEGATE,), MEASURED, "Milliseconds"),
    "ConsumedChangeDataCaptureUnits": Metric((BY_DELEGATE,), MEASURED),
    "ThrottledPutRecordCount": Metric((BY_DELEGATE,), MEASURED),
    "FailedToReplicateRecordCount": Metric((BY_DELEGATE,), MEASURED),
    **{f"OnDemandMax{kind}RequestUnits": Metric((BY_TABLE, BY_INDEX), MEASURED) for kind in ("Read", "Write")},
}


def in_words(dimensions: frozenset[str]) -> str:
    """`per TableName and Operation`, or `for the account as a whole`."""
    if not dimensions:
        return "for the account as a whole, without dimensions"
    first = [name for name in ("TableName",) if name in dimensions]
    return "per " + " and ".join([*first, *sorted(dimensions - BY_TABLE)])
