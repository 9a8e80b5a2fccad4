"""Lambda functions at streams"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from typing import Any

from tests.fidelity.statement import Target, refused, statement

MAPPING = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
PARAMETERS = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"
FILTERS = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"
REFUSED = "ValidationException|InvalidParameterValueException"
PATTERN = json.dumps({"eventName": ["REMOVE"]})


@cache
def function(aws: Target) -> str:
    """The name of a function."""
    allowed = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    role = aws.client("iam").create_role(RoleName=aws.fresh("role"), AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handle(event, context):\n    return None\n")
    name = aws.fresh("function")
    aws.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="handler.handle", Code={"ZipFile": code.getvalue()}
    )
    return name


def mapped(aws: Target, **request: Any) -> dict[str, Any]:
    """CreateEventSourceMapping of a function at a new stream."""
    arn = aws.describe(aws.streaming())["LatestStreamArn"]
    given = {"EventSourceArn": arn, "FunctionName": function(aws), "StartingPosition": "LATEST", "Enabled": False}
    answer: dict[str, Any] = aws.client("lambda").create_event_source_mapping(
        **{name: value for name, value in {**given, **request}.items() if value is not None}
    )
    return answer


@statement(PARAMETERS)
def a_mapping_has_batches_of_100(aws: Target) -> None:
    """The batches of a mapping at a stream have 100 records by default."""
    assert mapped(aws)["BatchSize"] == 100


@statement(PARAMETERS)
def a_mapping_has_batches_of_at_most_10000(aws: Target) -> None:
    """A mapping at a stream may have batches of 10,000 records without a window, and not more."""
    assert mapped(aws, BatchSize=10_000)["BatchSize"] == 10_000
    with refused(REFUSED):
        mapped(aws, BatchSize=10_001)


@statement(MAPPING)
def a_mapping_needs_a_starting_position(aws: Target) -> None:
    """A mapping at a stream needs a StartingPosition."""
    with refused(REFUSED):
        mapped(aws, StartingPosition=None)


@statement(MAPPING)
def a_mapping_at_a_stream_starts_at_an_end(aws: Target) -> None:
    """A mapping at a stream of DynamoDB refuses the StartingPosition AT_TIMESTAMP."""
    with refused(REFUSED):
        mapped(aws, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1_700_000_000)


@statement(FILTERS)
def a_mapping_has_at_most_5_filters(aws: Target) -> None:
    """A mapping accepts 5 filters, and refuses 6."""
    filters = [{"Pattern": PATTERN}] * 6
    assert len(mapped(aws, FilterCriteria={"Filters": filters[:5]})["FilterCriteria"]["Filters"]) == 5
    with refused(REFUSED):
        mapped(aws, FilterCriteria={"Filters": filters})
