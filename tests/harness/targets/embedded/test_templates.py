"""What a CloudFormation template says of a table is so: written as text too, and when the stack is updated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount

KEY = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
EXPIRES = {"AttributeName": "expiresAt", "Enabled": True}
RECOVERS = {"PointInTimeRecoveryEnabled": True}
STREAM = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
OFF: dict[str, Any] = {"expiry": "DISABLED", "recovery": "DISABLED", "protected": False, "stream": None, "key": None}


def defined(*names: str, kind: str = "S") -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name in names]


def index(name: str, attribute: str, **more: Any) -> dict[str, Any]:
    key = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": key, "Projection": {"ProjectionType": "ALL"}, **more}


class Stack:
    """A stack of one table, on an embedded account of its own."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.stacks, self.dynamodb = self._client("cloudformation"), self._client("dynamodb")

    def _client(self, service: str) -> Any:
        return sealed_client(
            sealed_session(),
            service,
            region="us-east-1",
            endpoint_url=self._gateway.url,
            credentials=self._gateway.credentials("student"),
        )

    def create(self, parameters: dict[str, str] | None = None, **properties: Any) -> None:
        self.stacks.create_stack(StackName="shop", **self._described(parameters or {}, properties))

    def update(self, parameters: dict[str, str] | None = None, **properties: Any) -> None:
        self.stacks.update_stack(StackName="shop", **self._described(parameters or {}, properties))

    def _described(self, parameters: dict[str, str], properties: dict[str, Any]) -> dict[str, Any]:
        table = {
            "TableName": "orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": defined("PK", "SK"),
            "KeySchema": KEY,
            **properties,
        }
        told = {name: value for name, value in table.items() if value is not None}
        template = {
            "Parameters": {name: {"Type": "String"} for name in parameters},
            "Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": told}},
        }
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        return {"TemplateBody": json.dumps(template), "Parameters": given}

    def tables(self) -> list[str]:
        names: list[str] = self.dynamodb.list_tables()["TableNames"]
        return names

    def describe(self, name: str = "orders") -> dict[str, Any]:
        description: dict[str, Any] = self.dynamodb.describe_table(TableName=name)["Table"]
        return description

    def settings(self) -> dict[str, Any]:
        """Those of OFF."""
        expiry = self.dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
        backups = self.dynamodb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
        description = self.describe()
        return {
            "expiry": expiry["TimeToLiveStatus"],
            "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            "protected": description["DeletionProtectionEnabled"],
            "stream": description.get("StreamSpecification", {}).get("StreamViewType"),
            "key": description.get("SSEDescription", {}).get("Status"),
        }


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as gateway:
        yield Stack(gateway)


def switched(value: Any) -> dict[str, Any]:
    """Every setting that is on or off, set to that value."""
    return {
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": value},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": value},
        "SSESpecification": {"SSEEnabled": value},
        "DeletionProtectionEnabled": value,
    }


ON = {**OFF, "expiry": "ENABLED", "recovery": "ENABLED", "protected": True, "key": "ENABLED"}


@pytest.mark.parametrize(
    ("value", "settings"),
    [
        pytest.param(False, OFF, id="off"),
        pytest.param("false", OFF, id="off, as text"),
        pytest.param({"Ref": "Switch"}, OFF, id="off, by a parameter"),
        pytest.param(True, ON, id="on"),
        pytest.param("true", ON, id="on, as text"),
    ],
)
def test_a_setting_is_on_or_off_however_that_is_written(stack: Stack, value: Any, settings: dict[str, Any]) -> None:
    stack.create({"Switch": "false"}, **switched(value))
    assert stack.settings() == settings


@pytest.mark.parametrize(
    ("value", "settings"), [(False, OFF), ("false", OFF), ({"Ref": "Switch"}, OFF), (True, ON), ("true", ON)], ids=str
)
def test_so_it_is_when_the_stack_is_updated(stack: Stack, value: Any, settings: dict[str, Any]) -> None:
    stack.create()
    stack.update({"Switch": "false"}, **switched(value))

    assert stack.settings() == settings
    assert stack.stacks.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"


def test_time_to_live_that_is_off_needs_no_attribute(stack: Stack) -> None:
    stack.create(TimeToLiveSpecification={"Enabled": False})
    assert stack.settings() == OFF


@pytest.mark.parametrize("value", ["yes", "", 1])
def test_another_text_is_no_boolean(stack: Stack, value: Any) -> None:
    with pytest.raises(ClientError, match="PointInTimeRecoveryEnabled must be of type Boolean"):
        stack.create(PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": value})


def test_numbers_may_be_text_too(stack: Stack) -> None:
    units = {"ReadCapacityUnits": "3", "WriteCapacityUnits": "4"}
    stack.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)

    told = stack.describe()["ProvisionedThroughput"]
    assert (told["ReadCapacityUnits"], told["WriteCapacityUnits"]) == (3, 4)
    with pytest.raises(ClientError, match="ReadCapacityUnits must be of type Integer"):
        stack.update(BillingMode="PROVISIONED", ProvisionedThroughput={**units, "ReadCapacityUnits": "many"})


def test_an_update_adds_settings_and_takes_them_away(stack: Stack) -> None:
    stack.create()
    before = stack.describe()

    stack.update(
        TimeToLiveSpecification=EXPIRES,
        PointInTimeRecoverySpecification=RECOVERS,
        StreamSpecification=STREAM,
        TableClass="STANDARD_INFREQUENT_ACCESS",
        Tags=[{"Key": "course", "Value": "dynamodb"}],
    )

    after = stack.describe()
    assert stack.settings() == {**OFF, "expiry": "ENABLED", "recovery": "ENABLED", "stream": "NEW_AND_OLD_IMAGES"}
    assert after["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert after["TableId"] == before["TableId"], "it is the same table"
    tags = stack.dynamodb.list_tags_of_resource(ResourceArn=after["TableArn"])["Tags"]
    assert tags == [{"Key": "course", "Value": "dynamodb"}]

    stack.update(TimeToLiveSpecification=EXPIRES)
    assert stack.settings() == {**OFF, "expiry": "ENABLED"}
    assert "TableClassSummary" not in stack.describe()


def test_time_to_live_stays_for_an_hour_and_needs_its_attribute_to_go(stack: Stack) -> None:
    stack.create(TimeToLiveSpecification=EXPIRES)

    with pytest.raises(ClientError, match="AttributeName property of TimeToLiveSpecification is required"):
        stack.update(StreamSpecification=STREAM)
    with pytest.raises(ClientError, match="modified multiple times within a fixed interval"):
        stack.update(TimeToLiveSpecification={**EXPIRES, "Enabled": False})
    with pytest.raises(ClientError, match="active on a different AttributeName"):
        stack.update(TimeToLiveSpecification={**EXPIRES, "AttributeName": "other"})
    stack.update(TimeToLiveSpecification=EXPIRES, StreamSpecification=STREAM)

    assert stack.settings() == {**OFF, "expiry": "ENABLED", "stream": "NEW_AND_OLD_IMAGES"}


def test_an_update_makes_and_deletes_one_index(stack: Stack) -> None:
    def indexes() -> list[str]:
        return [one["IndexName"] for one in stack.describe().get("GlobalSecondaryIndexes", [])]

    stack.create()
    definitions = defined("PK", "SK", "status", "date")
    by_status, by_date = index("by-status", "status"), index("by-date", "date")

    with pytest.raises(ClientError, match="more than one GSI creation or deletion in a single update"):
        stack.update(AttributeDefinitions=definitions, GlobalSecondaryIndexes=[by_status, by_date])
    stack.update(AttributeDefinitions=defined("PK", "SK", "status"), GlobalSecondaryIndexes=[by_status])
    assert indexes() == ["by-status"]
    assert [one["AttributeName"] for one in stack.describe()["AttributeDefinitions"]] == ["PK", "SK", "status"]
    with pytest.raises(ClientError, match="Cannot update GSI's properties other than Provisioned Throughput"):
        stack.update(AttributeDefinitions=definitions, GlobalSecondaryIndexes=[index("by-status", "date")])
    stack.update()
    assert indexes() == []


def test_an_update_changes_the_capacity(stack: Stack) -> None:
    stack.create(AttributeDefinitions=defined("PK", "SK", "status"), GlobalSecondaryIndexes=[index("by-s", "status")])
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}

    stack.update(
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        AttributeDefinitions=defined("PK", "SK", "status"),
        GlobalSecondaryIndexes=[index("by-s", "status", ProvisionedThroughput=units)],
    )

    described = stack.describe()
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    [found] = described["GlobalSecondaryIndexes"]
    assert found["ProvisionedThroughput"]["WriteCapacityUnits"] == 3


REBUILT: list[dict[str, Any]] = [
    {"KeySchema": KEY[:1], "AttributeDefinitions": defined("PK")},
    {"AttributeDefinitions": defined("PK", "SK", kind="N")},
    {
        "AttributeDefinitions": defined("PK", "SK", "date"),
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by-date",
                "KeySchema": [KEY[0], {"AttributeName": "date", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    },
]


@pytest.mark.parametrize("properties", REBUILT, ids=["another key", "another type", "a local index"])
def test_a_table_that_must_be_replaced_needs_another_name(stack: Stack, properties: dict[str, Any]) -> None:
    stack.create()
    first = stack.describe()["TableId"]

    with pytest.raises(ClientError, match="when a custom-named resource requires replacing"):
        stack.update(**properties)
    assert stack.describe()["TableId"] == first

    stack.update(TableName="orders-2", **properties)
    assert stack.tables() == ["orders-2"]
    assert stack.describe("orders-2")["KeySchema"] == properties.get("KeySchema", KEY)


def test_a_table_without_a_name_of_its_own_is_updated_too(stack: Stack) -> None:
    stack.create(TableName=None)
    [name] = stack.tables()

    stack.update(TableName=None, StreamSpecification=STREAM)
    assert stack.tables() == [name]
    assert stack.describe(name)["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"

    stack.update(TableName=None, **REBUILT[0])
    [other] = stack.tables()
    assert other != name


def test_a_stack_that_was_updated_can_be_deleted(stack: Stack) -> None:
    stack.create()
    stack.update(StreamSpecification=STREAM)

    stack.stacks.delete_stack(StackName="shop")

    assert stack.tables() == []


ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "reads"}}
BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "archive-of-orders"}}
LAMBDA = {"Service": "lambda.amazonaws.com"}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "consumer",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}],
        },
    },
}


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        (ALARM, "build a resource of the type AWS::CloudWatch::Alarm"),
        ({"Type": "AWS::DynamoDB::GlobalTable"}, "build a resource of the type AWS::DynamoDB::GlobalTable"),
        ({"Type": "AWS::Serverless::Function"}, "build a resource of the type AWS::Serverless::Function"),
        ({"Type": "Custom::Thing"}, "build a resource of the type Custom::Thing"),
        (
            {"Type": "AWS::CloudFormation::WaitCondition"},
            "build a resource of the type AWS::CloudFormation::WaitCondition",
        ),
        (
            {**BUCKET, "Properties": {**BUCKET["Properties"], "LifecycleConfiguration": {"Rules": []}}},
            "set the property LifecycleConfiguration of It (AWS::S3::Bucket)",
        ),
        (
            {**ROLE, "Properties": {**ROLE["Properties"], "ManagedPolicyArns": []}},
            "set the property ManagedPolicyArns of It (AWS::IAM::Role)",
        ),
    ],
    ids=[
        "alarm",
        "global table",
        "SAM",
        "custom resource",
        "wait condition",
        "property of a bucket",
        "property of a role",
    ],
)
def test_a_stack_of_what_moto_would_drop_fails_and_names_it(
    stack: Stack, resource: dict[str, Any], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    stacks = stack.stacks
    template = json.dumps({"Resources": {"It": resource}})

    with pytest.raises(ClientError) as caught:
        stacks.create_stack(StackName="shop", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])

    reason = f"The embedded account cannot {says} from a template."
    assert caught.value.response["Error"]["Code"] == "NotImplementedException"
    assert caught.value.response["Error"]["Message"] == reason
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    [failed] = stacks.describe_stacks()["Stacks"]
    assert failed["StackStatus"] == "CREATE_FAILED"
    reasons = [
        event.get("ResourceStatusReason") for event in stacks.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert reason in reasons
    assert capfd.readouterr() == ("", "")


def test_a_resource_whose_condition_does_not_hold_is_not_missed(stack: Stack) -> None:
    stacks = stack.stacks
    template = {
        "Conditions": {"Watched": {"Fn::Equals": ["no", "yes"]}},
        "Resources": {"Alarm": {**ALARM, "Condition": "Watched"}, "Bucket": BUCKET},
    }

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))

    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_a_consumer_can_be_built_from_a_template(stack: Stack) -> None:

    reading = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:GetRecords", "Resource": {"Fn::GetAtt": ["Orders", "StreamArn"]}}
        ],
    }
    described = stack._described({}, {"StreamSpecification": STREAM})
    template = json.loads(described["TemplateBody"])
    template["Resources"] |= {
        "Role": {
            **ROLE,
            "Properties": {**ROLE["Properties"], "Policies": [{"PolicyName": "stream", "PolicyDocument": reading}]},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "def handler(event, context): pass"},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]},
                "FunctionName": {"Ref": "Function"},
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": 50,
                "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["MODIFY"]}'}]},
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "trouble"}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/f", "RetentionInDays": 7}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "failed", "VisibilityTimeout": 60}},
    }

    stack.stacks.create_stack(
        StackName="shop", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    [mapping] = stack._client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert (mapping["BatchSize"], mapping["FilterCriteria"]["Filters"]) == (
        50,
        [{"Pattern": '{"eventName":["MODIFY"]}'}],
    )
    document = stack._client("iam").get_role_policy(RoleName="consumer", PolicyName="stream")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "dynamodb:GetRecords"
    groups = stack._client("logs").describe_log_groups()["logGroups"]
    assert groups[0]["retentionInDays"] == 7


def test_a_change_that_moto_would_drop_fails(stack: Stack) -> None:
    stacks = stack.stacks
    topic = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/f", "RetentionInDays": 7}}
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"Logs": topic}}))
    topic["Properties"] = {"LogGroupName": "/aws/lambda/f", "RetentionInDays": 30}

    with pytest.raises(
        ClientError, match=r"The embedded account cannot change Logs \(AWS::Logs::LogGroup\) from a template"
    ):
        stacks.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"Logs": topic}}))
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "UPDATE_FAILED"


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (
            {"AttributeDefinitions": defined("PK", "SK", "x")},
            "Number of attributes in KeySchema does not exactly match",
        ),
        ({"AttributeDefinitions": None}, "null at 'AttributeDefinitions'"),
        ({"TableName": "my orders"}, "regular expression pattern"),
        ({"BillingMode": None}, "ReadCapacityUnits and WriteCapacityUnits must both be specified"),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": 1}},
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified",
        ),
        (
            {
                "AttributeDefinitions": defined("PK", "SK", *(f"a{n}" for n in range(21))),
                "GlobalSecondaryIndexes": [index(f"by-{n}", f"a{n}") for n in range(21)],
            },
            "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {
                "AttributeDefinitions": defined("PK", "SK", "x"),
                "GlobalSecondaryIndexes": [index("by-x", "x", Projection={"ProjectionType": "INCLUDE"})],
            },
            "NonKeyAttributes is not specified",
        ),
        ({"AttributeDefinitions": defined("PK", "SK", kind="BOOL")}, "Member must satisfy enum value set"),
        ({"KeySchema": [{"AttributeName": "PK"}]}, "KeyType"),
        ({"KeySchema": "PK"}, "'KeySchema' is not of the type list"),
        ({"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "alias/own"}}, "SSEType KMS is required"),
        ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "Tag Key cannot be prefixed with aws:"),
        (
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7}},
            "Cannot specify RecoveryPeriodInDays when disabling",
        ),
    ],
)
def test_a_table_that_create_table_refuses_fails_its_stack(stack: Stack, properties: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says) as caught:
        stack.create(**properties)

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert stack.tables() == []
    assert stack.stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_FAILED"
    reasons = [
        one.get("ResourceStatusReason", "")
        for one in stack.stacks.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert caught.value.response["Error"]["Message"] in reasons


def test_a_table_may_have_what_create_table_allows(stack: Stack) -> None:
    key = stack._client("kms").create_key()["KeyMetadata"]["KeyId"]

    stack.create(
        AttributeDefinitions=defined("PK", "SK", *(f"a{n}" for n in range(20))),
        GlobalSecondaryIndexes=[index(f"by-{n}", f"a{n}") for n in range(20)],
        LocalSecondaryIndexes=[],
        SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        StreamSpecification=STREAM,
        Tags=[{"Key": "course", "Value": "dynamodb"}],
    )

    assert len(stack.describe()["GlobalSecondaryIndexes"]) == 20
    assert stack.settings()["key"] == "ENABLED"
