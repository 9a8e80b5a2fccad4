"""What moto does, corrected or not: each probe looks at one fault and returns plain data.

Run as a script, it prints what every probe sees of moto as it is, without corrections.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

ITEMS = 400
KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def client(service: str) -> Any:
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return session.client(service)


def create_table(dynamodb: Any, **changes: Any) -> dict[str, Any]:
    parameters = {
        "TableName": "orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        "KeySchema": KEYS,
    }
    description: dict[str, Any] = dynamodb.create_table(**{**parameters, **changes})["TableDescription"]
    return description


def describe(dynamodb: Any) -> dict[str, Any]:
    description: dict[str, Any] = dynamodb.describe_table(TableName="orders")["Table"]
    return description


def item(number: int) -> dict[str, Any]:
    return {
        "PK": {"S": f"P{number % 50}"},
        "SK": {"S": f"S{number}"},
        "stock": {"N": "5"},
        "deep": {"M": {"level": {"L": [{"N": "1"}]}}},
    }


def code_of(call: Callable[[], Any]) -> str:
    """The error code of a call, or `accepted`."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "accepted"


def stream_enabled_again() -> str:
    """Whether a stream can be enabled again, and is another one then."""
    dynamodb = client("dynamodb")
    create_table(dynamodb, StreamSpecification=STREAM)
    first = describe(dynamodb)["LatestStreamArn"]
    if code_of(lambda: dynamodb.update_table(TableName="orders", StreamSpecification=STREAM)) == "accepted":
        return "enabled twice"
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    if describe(dynamodb)["LatestStreamArn"] != first or "StreamSpecification" in describe(dynamodb):
        return "not switched off as on AWS"
    answer = code_of(lambda: dynamodb.update_table(TableName="orders", StreamSpecification=STREAM))
    return "another stream" if answer == "accepted" and describe(dynamodb)["LatestStreamArn"] != first else answer


def definitions_after_an_index() -> list[str]:
    """The attributes that are defined after an index came and went."""
    dynamodb = client("dynamodb")
    create_table(dynamodb)
    index = {
        "IndexName": "by-status",
        "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    seen = []
    for definitions, change in (
        ([{"AttributeName": "status", "AttributeType": "S"}], {"Create": index}),
        ([], {"Delete": {"IndexName": "by-status"}}),
    ):
        named = {"AttributeDefinitions": definitions} if definitions else {}
        dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[change], **named)
        seen.append(",".join(sorted(one["AttributeName"] for one in describe(dynamodb)["AttributeDefinitions"])))
    return seen


def table_classes() -> list[str | None]:
    """The table class of a table that names none, after it was changed, and of one that is made with it."""
    dynamodb = client("dynamodb")

    def told() -> str | None:
        summary: dict[str, str] = describe(dynamodb).get("TableClassSummary", {})
        return summary.get("TableClass")

    create_table(dynamodb)
    seen = [told()]
    dynamodb.update_table(TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS")
    seen.append(told())
    dynamodb.delete_table(TableName="orders")
    create_table(dynamodb, TableClass="STANDARD_INFREQUENT_ACCESS")
    seen.append(told())
    dynamodb.delete_table(TableName="orders")
    return seen


def ids_of_tables() -> list[bool]:
    """Whether a backup names the table it was made of, and not a later one of the same name."""
    dynamodb = client("dynamodb")
    create_table(dynamodb)
    first = describe(dynamodb).get("TableId", "")
    dynamodb.create_backup(TableName="orders", BackupName="of-the-first")
    dynamodb.delete_table(TableName="orders")
    create_table(dynamodb)
    second = describe(dynamodb).get("TableId", "")
    backups = dynamodb.list_backups(TableName="orders")["BackupSummaries"]
    named = {backup.get("TableId") for backup in backups if backup["BackupType"] == "USER"}
    return [first != second, named == {first}, describe(dynamodb).get("TableId") == second]


def encryption_keys() -> list[str]:
    """Who manages the key of a table: by default, by alias, by a key of one's own, when switched off again; then the
    answer to a key that is disabled."""
    dynamodb, kms = client("dynamodb"), client("kms")
    own = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/own", TargetKeyId=own["KeyId"])

    def told() -> str:
        sse = describe(dynamodb).get("SSEDescription")
        if sse is None:
            return "none"
        arn = sse.get("KMSMasterKeyArn", "")
        if not arn.startswith("arn:aws:kms:"):
            return f"no ARN: {arn}"
        manager = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyManager"]
        return f"{manager} own" if arn == own["Arn"] else str(manager)

    seen = []
    for key_id in (None, "alias/aws/dynamodb", own["KeyId"], "alias/own", own["Arn"]):
        named = {"KMSMasterKeyId": key_id} if key_id else {}
        create_table(dynamodb, SSESpecification={"Enabled": True, "SSEType": "KMS", **named})
        seen.append(told())
        dynamodb.delete_table(TableName="orders")
    create_table(dynamodb, SSESpecification={"Enabled": False})
    seen.append(told())
    for specification in ({"Enabled": True, "KMSMasterKeyId": own["KeyId"]}, {"Enabled": False}):
        dynamodb.update_table(TableName="orders", SSESpecification=specification)
        seen.append(told())
    kms.disable_key(KeyId=own["KeyId"])
    disabled = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": own["KeyId"]}
    seen.append(code_of(lambda: dynamodb.update_table(TableName="orders", SSESpecification=disabled)))
    return seen


def changes_of_time_to_live() -> list[str]:
    """The answers to: enable, enable again, enable on another attribute, disable, disable again; then what is told."""
    dynamodb = client("dynamodb")
    create_table(dynamodb)

    def change(enabled: bool, attribute: str) -> str:
        specification = {"Enabled": enabled, "AttributeName": attribute}
        return code_of(lambda: dynamodb.update_time_to_live(TableName="orders", TimeToLiveSpecification=specification))

    answers = [
        change(True, "expiresAt"),
        change(True, "expiresAt"),
        change(True, "other"),
        change(False, "expiresAt"),
        change(False, "expiresAt"),
    ]
    told = dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    return [*answers, *sorted(told)]


def template(**properties: Any) -> str:
    """A template of the table orders."""
    table = {
        "TableName": "orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        "KeySchema": KEYS,
        **properties,
    }
    return json.dumps({"Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": table}}})


EVERYTHING = {
    "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "SSESpecification": {"SSEEnabled": True},
}


def settings_of_the_table() -> list[Any]:
    """Time to live, point-in-time recovery, table class and encryption of the table orders."""
    dynamodb = client("dynamodb")
    expiry = dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    described = describe(dynamodb)
    key_arn = described.get("SSEDescription", {}).get("KMSMasterKeyArn")
    return [
        expiry["TimeToLiveStatus"],
        expiry.get("AttributeName"),
        recovery["PointInTimeRecoveryStatus"],
        recovery.get("RecoveryPeriodInDays"),
        described.get("TableClassSummary", {}).get("TableClass"),
        client("kms").describe_key(KeyId=key_arn)["KeyMetadata"]["KeyManager"] if key_arn else None,
    ]


def settings_of_a_template() -> list[Any]:
    """The settings of a table that a template describes, at once or by an update; then whether the text "false"
    protects a table."""
    stacks = client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=template(**EVERYTHING))
    at_once = settings_of_the_table()
    stacks.delete_stack(StackName="shop")
    stacks.create_stack(StackName="shop", TemplateBody=template(DeletionProtectionEnabled="false"))
    protected = describe(client("dynamodb"))["DeletionProtectionEnabled"]
    stacks.update_stack(StackName="shop", TemplateBody=template(**EVERYTHING))
    return [at_once, settings_of_the_table(), protected]


def backend_of_functions() -> str:
    """What would run functions."""
    from moto.awslambda.utils import get_backend

    return type(get_backend("123456789012", "us-east-1")).__name__


def managed_policy() -> str:
    """Whether a policy that AWS manages can be attached to a role."""
    iam = client("iam")
    iam.create_role(RoleName="consumer", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
    return code_of(lambda: iam.attach_role_policy(RoleName="consumer", PolicyArn=arn))


def settings_of_a_new_bucket() -> list[Any]:
    """What a new bucket blocks, who owns its objects, how it encrypts, and how it does when that was taken away."""
    s3 = client("s3")
    s3.create_bucket(Bucket="archive")

    def algorithm() -> str:
        rules = s3.get_bucket_encryption(Bucket="archive")["ServerSideEncryptionConfiguration"]["Rules"]
        return ",".join(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules)

    block = s3.get_public_access_block(Bucket="archive")["PublicAccessBlockConfiguration"]
    owner = s3.get_bucket_ownership_controls(Bucket="archive")["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    seen = [sorted(block.items()), owner, algorithm()]
    s3.put_bucket_encryption(
        Bucket="archive",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )
    s3.delete_bucket_encryption(Bucket="archive")
    return [json.loads(json.dumps(one)) for one in (*seen, algorithm())]


def missing_workgroups() -> list[str]:
    """The answers to: look at a workgroup that is not there, list its queries, save one; then list those of primary."""
    athena = client("athena")
    query = {"Name": "q", "Database": "archive", "QueryString": "SELECT 1"}
    return [
        code_of(lambda: athena.get_work_group(WorkGroup="archive")),
        code_of(lambda: athena.list_named_queries(WorkGroup="archive")),
        code_of(lambda: athena.create_named_query(**query, WorkGroup="archive")),
        code_of(athena.list_named_queries),
    ]


def exports() -> list[Any]:
    """How many exports there are after one without a prefix and its repetition, and whether the first wrote a manifest
    where its ARN says."""
    dynamodb, s3 = client("dynamodb"), client("s3")
    s3.create_bucket(Bucket="bucket")
    arn = create_table(dynamodb)["TableArn"]
    dynamodb.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for _ in range(2):
        made = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", ClientToken="once")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="bucket")["Contents"]]
    name = made["ExportDescription"]["ExportArn"].removeprefix(f"{arn}/export/")
    return [
        len(dynamodb.list_exports()["ExportSummaries"]),
        len(dynamodb.list_exports(TableArn=arn)["ExportSummaries"]),
        f"AWSDynamoDB/{name}/manifest-summary.json" in keys,
    ]


def streams_after_disabling() -> list[Any]:
    """The status of a stream that was disabled and of the next one, the answers to a label and to a shard that are not
    there, and how many streams are listed."""
    dynamodb, streams = client("dynamodb"), client("dynamodbstreams")
    create_table(dynamodb, StreamSpecification=STREAM)
    first = describe(dynamodb)["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=first)["StreamDescription"]["Shards"][0]["ShardId"]
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    dynamodb.update_table(TableName="orders", StreamSpecification=STREAM)
    found = [
        streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"]
        for arn in (first, describe(dynamodb)["LatestStreamArn"])
    ]
    wanted = {"ShardIteratorType": "TRIM_HORIZON"}
    return [
        *found,
        code_of(lambda: streams.describe_stream(StreamArn=f"{first}0")),
        code_of(lambda: streams.get_shard_iterator(StreamArn=first, ShardId=f"{shard}0", **wanted)),
        len(streams.list_streams()["Streams"]),
    ]


def settings_of_restored_tables() -> list[Any]:
    """The billing mode, and whether there is encryption, of a table restored from a backup and of one restored by its
    source's ARN."""
    dynamodb = client("dynamodb")
    arn = create_table(dynamodb, SSESpecification={"Enabled": True})["TableArn"]
    backup = dynamodb.create_backup(TableName="orders", BackupName="one")["BackupDetails"]["BackupArn"]
    dynamodb.restore_table_from_backup(TargetTableName="from-backup", BackupArn=backup)
    dynamodb.restore_table_to_point_in_time(
        TargetTableName="from-table", SourceTableArn=arn, UseLatestRestorableTime=True
    )
    described = [dynamodb.describe_table(TableName=name)["Table"] for name in ("from-backup", "from-table")]
    return [[one["BillingModeSummary"].get("BillingMode"), "SSEDescription" in one] for one in described]


def tags_of_a_key() -> list[dict[str, str]]:
    """The tags of a table that was tagged twice with one key."""
    dynamodb = client("dynamodb")
    arn = create_table(dynamodb)["TableArn"]
    for value in ("1", "2"):
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": value}])
    tags: list[dict[str, str]] = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return tags


def resource_policies() -> list[str]:
    """The answers to: read the policy that a table was made with; read it of the next table of that name; delete it."""
    dynamodb = client("dynamodb")
    arn = create_table(dynamodb, ResourcePolicy="{}")["TableArn"]
    first = code_of(lambda: dynamodb.get_resource_policy(ResourceArn=arn))
    dynamodb.put_resource_policy(ResourceArn=arn, Policy="{}")
    dynamodb.delete_table(TableName="orders")
    create_table(dynamodb)
    return [
        first,
        code_of(lambda: dynamodb.get_resource_policy(ResourceArn=arn)),
        code_of(lambda: dynamodb.delete_resource_policy(ResourceArn=arn)),
    ]


def capacity_on_demand() -> list[int]:
    """The units of a table and of its index after they changed to on-demand billing."""
    dynamodb = client("dynamodb")
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 3}
    index = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "SK", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": units,
    }
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    create_table(dynamodb, **provisioned, GlobalSecondaryIndexes=[index])
    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    described = describe(dynamodb)
    both = (described, *described["GlobalSecondaryIndexes"])
    return [one["ProvisionedThroughput"]["ReadCapacityUnits"] for one in both]


def maximum_throughput() -> list[Any]:
    """The maximum of a table on demand: as it was made, changed, and taken away."""
    dynamodb = client("dynamodb")
    create_table(dynamodb, OnDemandThroughput={"MaxReadRequestUnits": 5})
    seen = [describe(dynamodb).get("OnDemandThroughput")]
    for units in (6, -1):
        dynamodb.update_table(TableName="orders", OnDemandThroughput={"MaxReadRequestUnits": units})
        seen.append(describe(dynamodb).get("OnDemandThroughput"))
    dynamodb.delete_table(TableName="orders")
    return seen


def stack_of(resource: dict[str, Any]) -> str:
    """The status of a stack of that resource, or why it could not be made."""
    try:
        client("cloudformation").create_stack(
            StackName="shop", TemplateBody=json.dumps({"Resources": {"It": resource}})
        )
    except NotImplementedError as error:
        return str(error)
    return str(client("cloudformation").describe_stacks()["Stacks"][0]["StackStatus"])


def role(**properties: Any) -> dict[str, Any]:
    """A role as a template says it."""
    told = {"RoleName": "consumer", "AssumeRolePolicyDocument": {"Statement": []}, **properties}
    return {"Type": "AWS::IAM::Role", "Properties": told}


def inline_policy_of_a_template() -> Any:
    """An inline policy of a role from a template."""
    stack_of(role(Policies=[{"PolicyName": "one", "PolicyDocument": {"Statement": []}}]))
    return client("iam").get_role_policy(RoleName="consumer", PolicyName="one")["PolicyDocument"]


def state_of_a_new_alarm() -> str:
    """The state of an alarm that has seen no data."""
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="reads",
        Namespace="AWS/DynamoDB",
        MetricName="ReadThrottleEvents",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    return str(cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"])


PROBES: dict[str, tuple[Callable[[], Any], Any]] = {
    "enable_streams_again": (stream_enabled_again, "another stream"),
    "tell_streams_apart": (
        streams_after_disabling,
        ["DISABLED", "ENABLED", "ResourceNotFoundException", "ResourceNotFoundException", 2],
    ),
    "export_as_dynamodb_does": (exports, [1, 1, True]),
    "restore_what_is_restored": (settings_of_restored_tables, [["PAY_PER_REQUEST", True]] * 2),
    "replace_tags": (tags_of_a_key, [{"Key": "a", "Value": "2"}]),
    "keep_resource_policies": (resource_policies, ["accepted", "PolicyNotFoundException", "accepted"]),
    "forget_capacity_on_demand": (capacity_on_demand, [0, 0]),
    "keep_attribute_definitions": (definitions_after_an_index, ["PK,SK,status", "PK,SK"]),
    "tell_table_class_and_id": (
        lambda: [table_classes(), maximum_throughput(), *ids_of_tables()],
        [
            [None, "STANDARD_INFREQUENT_ACCESS", "STANDARD_INFREQUENT_ACCESS"],
            [{"MaxReadRequestUnits": 5}, {"MaxReadRequestUnits": 6}, None],
            *[True] * 3,
        ],
    ),
    "tell_encryption_keys": (
        encryption_keys,
        [
            *("AWS", "AWS", "CUSTOMER own", "CUSTOMER own", "CUSTOMER own", "none", "CUSTOMER own", "none"),
            "ValidationException",
        ],
    ),
    "keep_time_to_live": (
        changes_of_time_to_live,
        [
            *("accepted", "ValidationException", "ValidationException", "ValidationException", "ValidationException"),
            *("AttributeName", "TimeToLiveStatus"),
        ],
    ),
    "honour_templates": (
        settings_of_a_template,
        [*[["ENABLED", "expiresAt", "ENABLED", 7, "STANDARD_INFREQUENT_ACCESS", "AWS"]] * 2, False],
    ),
    "drop_nothing_of_templates": (
        lambda: stack_of(role(ManagedPolicyArns=[])),
        "The embedded account cannot set the property ManagedPolicyArns of It (AWS::IAM::Role) from a template.",
    ),
    "keep_inline_policies_as_text": (inline_policy_of_a_template, {"Statement": []}),
    "run_nothing_in_docker": (backend_of_functions, "LambdaSimpleBackend"),
    "load_managed_policies": (managed_policy, "accepted"),
    "protect_new_buckets": (
        settings_of_a_new_bucket,
        [
            [
                ["BlockPublicAcls", True],
                ["BlockPublicPolicy", True],
                ["IgnorePublicAcls", True],
                ["RestrictPublicBuckets", True],
            ],
            *("BucketOwnerEnforced", "AES256", "AES256"),
        ],
    ),
    "tell_missing_workgroups": (missing_workgroups, [*["InvalidRequestException"] * 3, "accepted"]),
    "begin_alarms_without_data": (state_of_a_new_alarm, "INSUFFICIENT_DATA"),
}
"""By the correction's name: the probe, and what AWS would show."""


def run(probe: Callable[[], Any]) -> Any:
    """What a probe sees in an empty account; an exception that moto lets out is seen too."""
    with mock_aws():
        try:
            return probe()
        except Exception as error:  # noqa: BLE001
            return repr(error)


if __name__ == "__main__":
    json.dump({name: run(probe) for name, (probe, _) in PROBES.items()}, sys.stdout)
