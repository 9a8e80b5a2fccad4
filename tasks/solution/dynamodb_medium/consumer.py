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

CODE = Path(__file__).with_name("lambda_function.py")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
MANAGED_POLICY = "service-role/AWSLambdaDynamoDBExecutionRole"
"""Allows a function to read streams and to write its log."""

ROLE_READY_ATTEMPTS = 12
ROLE_READY_SECONDS = 5


def create_role(iam: IAMClient, name: str, stream_arn: str) -> str:
    """Creates the role; returns its ARN."""
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        print(f"The role {name} already exists.")
    partition = stream_arn.split(":")[1]
    iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:{partition}:iam::aws:policy/{MANAGED_POLICY}")
    return iam.get_role(RoleName=name)["Role"]["Arn"]


def create_function(client: LambdaClient, name: str, role_arn: str) -> None:
    """Creates the function, with the code in the file beside this one."""
    try:
        when_role_is_ready(
            client,
            lambda: client.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Handler="lambda_function.lambda_handler",
                Role=role_arn,
                Code={"ZipFile": zipped(CODE)},
            ),
        )
    except client.exceptions.ResourceConflictException:
        client.update_function_code(FunctionName=name, ZipFile=zipped(CODE))
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def consume(client: LambdaClient, name: str, stream_arn: str) -> None:
    """Creates the mapping."""
    if client.list_event_source_mappings(FunctionName=name, EventSourceArn=stream_arn)["EventSourceMappings"]:
        print("The function already consumes the stream.")
        return
    when_role_is_ready(
        client,
        lambda: client.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream_arn, BatchSize=10, StartingPosition="LATEST"
        ),
    )


def when_role_is_ready(client: LambdaClient, call: Callable[[], Any]) -> None:
    """Calls until the role can be used. A new role reaches Lambda after some seconds; Lambda has no waiter."""
    for attempt in range(1, ROLE_READY_ATTEMPTS + 1):
        try:
            call()
            return
        except client.exceptions.InvalidParameterValueException:
            if attempt == ROLE_READY_ATTEMPTS:
                raise
            time.sleep(ROLE_READY_SECONDS)


def zipped(file: Path) -> bytes:
    """A file as Lambda needs its code: zipped, and readable for everybody."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        entry = zipfile.ZipInfo(file.name, (2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        written.writestr(entry, file.read_bytes())
    return archive.getvalue()
