"""What breaks AWS's own model of a request is refused by the embedded account, in the words of its service; and no
operation of the services that labs use makes the embedded account fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import regex
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from harness.account.errors import GAP_STATUS, TOOL_FAULT_CODE
from harness.account.session import sealed_session, service_model
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount
from harness.targets.embedded.request_models import _compiled
from harness.targets.embedded.settings_refusals import LEGACY
from tests.support import ROOT

ROLE = "arn:aws:iam::123456789012:role/consumer"
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
ALARM = {"AlarmName": "reads", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
TYPES: dict[str, Any] = {
    "double": 1.0,
    "float": 1.0,
    "boolean": True,
    "blob": b"x",
    "timestamp": 0,
}

KNOWN_FAULTS = {
    ("athena", "CreateCapacityReservation"),
    ("athena", "TagResource"),
    ("dynamodbstreams", "DescribeStream"),
    ("glue", "GetRegistry"),
    ("glue", "PutSchemaVersionMetadata"),
    ("kms", "GenerateRandom"),
    ("kms", "RetireGrant"),
    ("sns", "DeletePlatformApplication"),
}
"""Where moto fails at a request of the fewest parameters still: operations that no lab has a use for."""

PACKAGES = {"lambda": "awslambda"}
"""Where moto's package has another name than the service."""

SERVICES = (
    "athena",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "dynamodbstreams",
    "glue",
    "kms",
    "lambda",
    "sns",
    "sqs",
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as opened:
        yield opened


def client(gateway: Gateway, service: str, *, checked: bool = True) -> Any:
    """A client; an unchecked one sends what botocore itself would refuse, as SDKs of other languages do."""
    credentials = gateway.credentials("student")
    return sealed_session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=gateway.url,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        config=Config(parameter_validation=checked, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "says"),
    [
        pytest.param(
            "lambda",
            "create_event_source_mapping",
            {"FunctionName": "f", "EventSourceArn": STREAM, "StartingPosition": "LATEST", "BatchSize": 20_000},
            "ValidationException",
            "1 validation error detected: Value '20000' at 'BatchSize' failed to satisfy constraint: Member must have value "
            "less than or equal to 10000",
            id="a number above its maximum, in a JSON body below a path",
        ),
        pytest.param(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": "no ARN", "Code": {"ZipFile": b"x"}, "Runtime": "python9"},
            "ValidationException",
            "2 validation errors detected: ",
            id="two mistakes",
        ),
        pytest.param(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": b"x"}, "Runtime": "python9"},
            "ValidationException",
            "Value 'python9' at 'Runtime' failed to satisfy constraint: Member must satisfy enum value set: [",
            id="a value that is none of an enumeration's",
        ),
        pytest.param(
            "cloudwatch",
            "put_metric_alarm",
            {**ALARM, "EvaluationPeriods": 0},
            "ValidationError",
            "Value '0' at 'EvaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
            id="CloudWatch's own code",
        ),
        pytest.param(
            "iam",
            "create_role",
            {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"},
            "ValidationError",
            "Value 'a b' at 'RoleName' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
            id="a pattern, in a form",
        ),
        pytest.param(
            "athena",
            "create_work_group",
            {"Name": "a b"},
            "InvalidRequestException",
            "Value 'a b' at 'Name' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
            id="Athena's own code",
        ),
        pytest.param(
            "dynamodb",
            "batch_write_item",
            {"RequestItems": {"orders": [{"DeleteRequest": {"Key": {"PK": {"S": str(one)}}}} for one in range(26)]}},
            "ValidationException",
            "at 'RequestItems.orders.member' failed to satisfy constraint: Member must have length less than or equal to 25",
            id="a list of a map that is too long",
        ),
        pytest.param(
            "dynamodb",
            "create_table",
            {"TableName": "orders"},
            "ValidationException",
            "Value null at 'AttributeDefinitions' failed to satisfy constraint: Member must not be null",
            id="what AWS requires beyond its model",
        ),
    ],
)
def test_what_the_model_does_not_allow_is_refused(
    gateway: Gateway, service: str, operation: str, parameters: dict[str, Any], code: str, says: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(gateway, service, checked=False), operation)(**parameters)

    assert caught.value.response["Error"]["Code"] == code
    assert says in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_bucket_policy_that_is_no_json_is_refused(gateway: Gateway) -> None:
    s3 = client(gateway, "s3")
    s3.create_bucket(Bucket="policies")

    with pytest.raises(ClientError, match=r"\(MalformedPolicy\).*Policies must be valid JSON"):
        s3.put_bucket_policy(Bucket="policies", Policy="Allow")

    s3.put_object(Bucket="policies", Key="one", Body=b"1")


def test_a_value_of_another_type_is_refused_as_aws_reads_json(gateway: Gateway) -> None:
    with pytest.raises(
        ClientError, match=r"\(SerializationException\).*The value at 'Limit' is not of the type integer\."
    ):
        client(gateway, "dynamodb", checked=False).list_tables(Limit="ten")


def test_every_pattern_of_the_models_can_be_tried() -> None:
    tried = Counter(
        _compiled(shape.metadata["pattern"]).fullmatch("x" * 5) is not None
        for service in SERVICES
        for shape in _texts(service)
        if "pattern" in shape.metadata
    )

    assert min(tried[True], tried[False]) > 50
    assert regex.fullmatch(_compiled(r"[ -\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]*"), "name 🎧")


def _texts(service: str) -> Iterator[StringShape]:
    model = service_model(service)
    for name in model.shape_names:
        shape = model.shape_for(name)
        if isinstance(shape, StringShape):
            yield shape


@pytest.mark.parametrize("service", SERVICES)
def test_each_operation_is_answered_or_on_the_list_of_gaps(gateway: Gateway, service: str) -> None:
    asked, codes = client(gateway, service), {}
    for operation in service_model(service).operation_names:
        if operation.startswith(("Delete", "Invoke")):
            continue
        shape = service_model(service).operation_model(operation).input_shape
        try:
            getattr(asked, xform_name(operation))(**(_fewest(shape) if shape else {}))
        except ClientError as error:
            lacking = error.response["ResponseMetadata"]["HTTPStatusCode"] == GAP_STATUS
            codes[operation] = "gap" if lacking else error.response["Error"]["Code"]

    assert {(service, one) for one, code in codes.items() if code == TOOL_FAULT_CODE} <= KNOWN_FAULTS
    gaps = {one for one, code in codes.items() if code == "gap"} | set(_lacking(service)) - set(LEGACY)
    line = f"| {service} | {', '.join(sorted(gaps)) or 'none'} |"
    assert line in (ROOT / "docs" / "gaps.md").read_text("utf-8").splitlines(), (
        f"docs/gaps.md must have the line: {line}"
    )


def _lacking(service: str) -> Iterator[str]:
    """The operations for which moto has no method."""
    handlers = vars(import_module(f"moto.{PACKAGES.get(service, service)}.responses")).values()
    classes = [one for one in handlers if isinstance(one, type) and issubclass(one, BaseResponse)]
    methods = {name for one in classes for name in method_names_from_class(one)}
    for operation in service_model(service).operation_names:
        if camelcase_to_underscores(operation) not in methods:
            yield operation


def _fewest(shape: Shape, name: str = "") -> Any:
    """A value that the model allows, with nothing in it that it does not require."""
    if isinstance(shape, StructureShape):
        if shape.name == "AttributeValue":
            return {"S": "x"}
        return {one: _fewest(shape.members[one], one) for one in shape.required_members}
    if isinstance(shape, ListShape):
        return [_fewest(shape.member, name)] * max(1, shape.metadata.get("min", 1))
    if isinstance(shape, MapShape):
        return {"k" * max(1, shape.key.metadata.get("min", 1)): _fewest(shape.value)}
    if isinstance(shape, StringShape):
        if shape.enum:
            return shape.enum[0]
        return STREAM if name.lower().endswith("arn") else "x" * max(3, shape.metadata.get("min", 3))
    if shape.type_name in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    return TYPES[shape.type_name]
