"""The consumer of the table's stream: a Lambda function, its role, and the mapping from the stream to the function."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient
    from types_boto3_lambda import LambdaClient

HANDLER = Path(__file__).with_name("low_stock") / "handler.py"
STOCK_ONLY = {"eventName": ["MODIFY"], "dynamodb": {"Keys": {"SK": {"S": ["STOCK"]}}}}
"""Only changes of stock items reach the function, so the others cost nothing."""

ROLE_READY_ATTEMPTS = 12
ROLE_READY_SECONDS = 5


def create_role(iam: IAMClient, name: str, stream_arn: str, topic_arn: str) -> str:
    """Creates a role that Lambda assumes. It may read this table's streams, write its log and publish to one topic."""
    _, partition, _, region, account_id, *_ = stream_arn.split(":")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        print(f"The role {name} already exists.")
    streams = stream_arn.rpartition("/")[0] + "/*"
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    logs = f"arn:{partition}:logs:{region}:{account_id}:log-group:/aws/lambda/{name}:*"
    writes_logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    iam.put_role_policy(
        RoleName=name,
        PolicyName="low-stock",
        PolicyDocument=policy(
            {"Effect": "Allow", "Action": reads, "Resource": streams},
            {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn},
            {"Effect": "Allow", "Action": writes_logs, "Resource": logs},
        ),
    )
    return iam.get_role(RoleName=name)["Role"]["Arn"]


def create_function(client: LambdaClient, name: str, role_arn: str, topic_arn: str) -> str:
    """Creates the function, with the code in the folder beside this file; returns its ARN."""
    code = zipped(HANDLER)
    try:
        when_role_is_ready(
            client,
            lambda: client.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Handler="handler.lambda_handler",
                Role=role_arn,
                Code={"ZipFile": code},
                Timeout=30,
                Environment={"Variables": {"TOPIC_ARN": topic_arn}},
            ),
        )
    except client.exceptions.ResourceConflictException:
        client.update_function_code(FunctionName=name, ZipFile=code)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return client.get_function_configuration(FunctionName=name)["FunctionArn"]


def consume(client: LambdaClient, function_arn: str, stream_arn: str) -> None:
    """Creates the mapping. A record that fails is tried five times, in ever smaller batches, and then skipped."""
    if client.list_event_source_mappings(FunctionName=function_arn, EventSourceArn=stream_arn)["EventSourceMappings"]:
        print("The function already consumes the stream.")
        return
    when_role_is_ready(
        client,
        lambda: client.create_event_source_mapping(
            FunctionName=function_arn,
            EventSourceArn=stream_arn,
            StartingPosition="TRIM_HORIZON",
            BatchSize=100,
            MaximumRetryAttempts=5,
            BisectBatchOnFunctionError=True,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": json.dumps(STOCK_ONLY)}]},
        ),
    )


def when_role_is_ready(client: LambdaClient, call: Callable[[], Any]) -> None:
    """Calls until the role can be used. A new role reaches other services after some seconds; Lambda has no waiter."""
    for attempt in range(1, ROLE_READY_ATTEMPTS + 1):
        try:
            call()
            return
        except client.exceptions.InvalidParameterValueException:
            if attempt == ROLE_READY_ATTEMPTS:
                raise
            time.sleep(ROLE_READY_SECONDS)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def zipped(file: Path) -> bytes:
    """A file as Lambda needs its code: zipped, and readable for everybody."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        entry = zipfile.ZipInfo(file.name, (2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        written.writestr(entry, file.read_bytes())
    return archive.getvalue()
