"""The floor of `bench/command.py`: a bare script that does the least which grading the lab must do.

It imports boto3 and moto, makes the same account with the reference solution's own calls, and makes each distinct
read of the grading once. No processes, no gateway, no report.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from typing import Any

SOLUTION = Path(__file__).resolve().parent.parent / "tasks/solution/dynamodb_ecommerce"
READS = 20

os.environ.update(
    TABLE_NAME="ecommerce-student",
    ARCHIVE_BUCKET="ecommerce-archive-123456789012-student",
    ARCHIVE_DATABASE="ecommerce_archive_student",
    ARCHIVE_WORKGROUP="ecommerce-archive-student",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
)


def reads() -> list[object]:
    """Each distinct read of the grading; of the named queries one by one, since moto does not tell them together."""
    import boto3

    names = {name: os.environ[name] for name in os.environ if name.startswith(("TABLE_", "ARCHIVE_"))}
    table, bucket, workgroup = names["TABLE_NAME"], names["ARCHIVE_BUCKET"], names["ARCHIVE_WORKGROUP"]
    dynamodb, functions, iam = boto3.client("dynamodb"), boto3.client("lambda"), boto3.client("iam")
    s3, athena = boto3.client("s3"), boto3.client("athena")
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    mappings = functions.list_event_source_mappings()
    function = functions.get_function_configuration(FunctionName=mappings["EventSourceMappings"][0]["FunctionArn"])
    role = function["Role"].rpartition("/")[2]
    inline = iam.list_role_policies(RoleName=role)
    attached = iam.list_attached_role_policies(RoleName=role)
    policy_arn = attached["AttachedPolicies"][0]["PolicyArn"]
    policy = iam.get_policy(PolicyArn=policy_arn)
    queries = athena.list_named_queries(WorkGroup=workgroup)
    return [
        dynamodb.describe_table(TableName=table),
        dynamodb.describe_time_to_live(TableName=table),
        dynamodb.describe_continuous_backups(TableName=table),
        alarms,
        boto3.client("sns").list_subscriptions_by_topic(TopicArn=alarms["MetricAlarms"][0]["AlarmActions"][0]),
        mappings,
        function,
        iam.get_role(RoleName=role),
        inline,
        iam.get_role_policy(RoleName=role, PolicyName=inline["PolicyNames"][0]),
        attached,
        policy,
        iam.get_policy_version(PolicyArn=policy_arn, VersionId=policy["Policy"]["DefaultVersionId"]),
        s3.list_buckets(Prefix=bucket),
        s3.get_public_access_block(Bucket=bucket),
        s3.get_bucket_encryption(Bucket=bucket),
        s3.get_bucket_lifecycle_configuration(Bucket=bucket),
        boto3.client("glue").get_database(Name=names["ARCHIVE_DATABASE"]),
        athena.get_work_group(WorkGroup=workgroup),
        [queries, athena.get_named_query(NamedQueryId=queries["NamedQueryIds"][0])],
    ]


def main() -> None:
    from moto import mock_aws

    sys.path.insert(0, str(SOLUTION))
    settings: Any = {"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": True}}
    with mock_aws(config=settings):
        runpy.run_path(str(SOLUTION / "provision.py"), run_name="__main__")
        read = reads()
    sys.exit(0 if len(read) == READS else 1)


if __name__ == "__main__":
    main()
