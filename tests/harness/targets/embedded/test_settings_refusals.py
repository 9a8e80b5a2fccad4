"""What AWS refuses in requests about tags, policies, exports and restores is refused by the embedded account."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount

OWN = "arn:aws:dynamodb:us-east-1:123456789012:table/"
FOREIGN = "arn:aws:dynamodb:us-east-1:210987654321:table/orders"
RECOVERS = {"PointInTimeRecoveryEnabled": True}
KEY = {"PK": {"S": "one"}}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as opened:
        yield opened


def client(gateway: Gateway, service: str = "dynamodb") -> Any:
    credentials = gateway.credentials("student")
    return sealed_client(
        sealed_session(), service, region="us-east-1", endpoint_url=gateway.url, credentials=credentials
    )


def create(dynamodb: Any, name: str = "orders", **changes: Any) -> str:
    """The ARN of a new table."""
    described = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        **changes,
    )
    return str(described["TableDescription"]["TableArn"])


@pytest.fixture
def table(gateway: Gateway) -> Iterator[Any]:
    dynamodb = client(gateway)
    create(dynamodb)
    yield dynamodb
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)


def recover(dynamodb: Any) -> None:
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=RECOVERS)


def refused(call: Any, message: str, **parameters: Any) -> str:
    """The code with which a call is refused; the message holds that text."""
    with pytest.raises(ClientError, match=message) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("orders", "ValidationException", "ARNs must start with 'arn:': orders"),
        ("arn:aws:s3:::orders", "ValidationException", "Provided Arn is not a DynamoDB resource arn"),
        (f"{OWN}orders/index/by-x", "ValidationException", "Invalid resource arn provided, only table or stream is"),
        (
            f"{OWN}nothing",
            "ResourceNotFoundException",
            f"Requested resource not found: ResourceArn: {OWN}nothing not fo",
        ),
        (FOREIGN, "AccessDeniedException", "is denied"),
    ],
)
def test_what_is_tagged_is_a_table_of_the_account(table: Any, arn: str, code: str, message: str) -> None:
    for call, more in (
        (table.list_tags_of_resource, {}),
        (table.tag_resource, {"Tags": [{"Key": "a", "Value": "1"}]}),
        (table.untag_resource, {"TagKeys": ["a"]}),
    ):
        assert refused(call, message, ResourceArn=arn, **more) == code


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([], "Atleast one Tag needs to be provided as Input"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "Duplicate Tag Key found a"),
        ([{"Key": "AWS:a", "Value": "1"}], "Tag Key cannot be prefixed with aws:, Key: AWS:a"),
        ([{"Key": f"k{n}", "Value": ""} for n in range(50)], "Number of Tags exceed the current limit"),
    ],
    ids=["none", "one twice", "of AWS", "50 beside another"],
)
def test_tags_that_aws_refuses(table: Any, tags: list[dict[str, str]], message: str) -> None:
    table.tag_resource(ResourceArn=f"{OWN}orders", Tags=[{"Key": "first", "Value": "1"}])

    assert refused(table.tag_resource, message, ResourceArn=f"{OWN}orders", Tags=tags) == "ValidationException"
    assert table.list_tags_of_resource(ResourceArn=f"{OWN}orders")["Tags"] == [{"Key": "first", "Value": "1"}]


def test_a_tag_is_replaced_and_removed(table: Any) -> None:
    for value in ("1", "2"):
        table.tag_resource(ResourceArn=f"{OWN}orders", Tags=[{"Key": "a", "Value": value}])
    assert table.list_tags_of_resource(ResourceArn=f"{OWN}orders")["Tags"] == [{"Key": "a", "Value": "2"}]

    message = "Atleast one Tag Key needs to be provided as Input"
    assert refused(table.untag_resource, message, ResourceArn=f"{OWN}orders", TagKeys=[]) == "ValidationException"
    table.untag_resource(ResourceArn=f"{OWN}orders", TagKeys=["a", "never there"])
    assert table.list_tags_of_resource(ResourceArn=f"{OWN}orders")["Tags"] == []


def policy(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "dynamodb:GetItem",
        "Resource": f"{OWN}orders",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def test_a_policy_is_kept_from_creation_until_the_table_goes(table: Any) -> None:
    arn = create(table, "second", ResourcePolicy=policy())

    assert table.get_resource_policy(ResourceArn=arn)["Policy"] == policy()
    table.delete_table(TableName="second")
    create(table, "second")
    assert refused(table.get_resource_policy, "policy not found", ResourceArn=arn) == "PolicyNotFoundException"


def test_a_policy_is_put_and_deleted(table: Any) -> None:
    arn = f"{OWN}orders"
    assert refused(table.get_resource_policy, "policy not found", ResourceArn=arn) == "PolicyNotFoundException"
    table.delete_resource_policy(ResourceArn=arn)
    revision = table.put_resource_policy(ResourceArn=arn, Policy=policy())["RevisionId"]
    assert table.get_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    table.delete_resource_policy(ResourceArn=arn)
    assert refused(table.get_resource_policy, "policy not found", ResourceArn=arn) == "PolicyNotFoundException"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("allow", "Invalid policy document: This policy contains invalid Json"),
        ("[]", "Invalid policy document: This policy contains invalid Json"),
        ("{}", "Statement is empty"),
        ('{"Statement": [{"Effect": "Allow"}]}', "Missing required field Resource"),
        (policy(Principal="*"), "grants unbounded access"),
        (policy(Principal={"AWS": "*"}), "grants unbounded access"),
        (policy(Sid="x" * 20_480), "Maximum policy size of 20480 bytes exceeded"),
    ],
    ids=["text", "list", "nothing", "no resource", "everybody", "every account", "large"],
)
def test_policies_that_aws_refuses(table: Any, text: str, message: str) -> None:
    arn = f"{OWN}orders"
    assert refused(table.put_resource_policy, message, ResourceArn=arn, Policy=text) == "ValidationException"
    assert refused(create, message, dynamodb=table, name="second", ResourcePolicy=text) == "ValidationException"
    assert table.list_tables()["TableNames"] == ["orders"]


def test_a_policy_for_everybody_may_have_a_condition(table: Any) -> None:
    text = policy(Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})
    table.put_resource_policy(ResourceArn=f"{OWN}orders", Policy=text)


def test_a_policy_needs_a_table_of_the_account(table: Any) -> None:
    message = "only supported by accounts that match the resource owner"
    assert refused(table.get_resource_policy, message, ResourceArn=FOREIGN) == "ValidationException"
    message = "Requested resource not found: Table: nothing not found"
    for call, more in ((table.get_resource_policy, {}), (table.put_resource_policy, {"Policy": policy()})):
        assert refused(call, message, ResourceArn=f"{OWN}nothing", **more) == "ResourceNotFoundException"


def test_global_tables_of_the_old_version_are_refused(table: Any) -> None:
    group = [{"RegionName": "us-east-1"}, {"RegionName": "us-west-2"}]
    message = "global tables version 2017.11.29 is not supported"
    call = table.create_global_table
    assert refused(call, message, GlobalTableName="orders", ReplicationGroup=group) == "ValidationException"
    call = table.update_global_table
    assert refused(call, message, GlobalTableName="orders", ReplicaUpdates=[]) == "ValidationException"


def now(**difference: float) -> datetime:
    return datetime.now(UTC) + timedelta(**difference)


INCREMENTAL = {"ExportType": "INCREMENTAL_EXPORT"}


def increment(start: float, end: float) -> dict[str, Any]:
    """An increment between two moments, in minutes from now."""
    return {
        **INCREMENTAL,
        "IncrementalExportSpecification": {
            "ExportFromTime": now(minutes=start),
            "ExportToTime": now(minutes=end),
        },
    }


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"TableArn": "orders"}, "ValidationException", "tableArn is not a valid ARN"),
        ({"TableArn": f"{OWN}orders/index/by-x"}, "ValidationException", "Table ARN is invalid"),
        ({"TableArn": f"{OWN}nothing"}, "TableNotFoundException", f"Table not found: {OWN}nothing"),
        ({"TableArn": FOREIGN}, "AccessDeniedException", "Access is denied"),
        ({"ExportTime": now(hours=1)}, "InvalidExportTimeException", "Export Time is invalid"),
        (INCREMENTAL, "ValidationException", "Incremental Export Specification expected when export type is"),
        (
            {"IncrementalExportSpecification": {}},
            "ValidationException",
            "Export Type expected to be Incremental Export when incremental export specification is provided",
        ),
        (
            {"IncrementalExportSpecification": {}, "ExportType": "FULL_EXPORT"},
            "ValidationException",
            "When Export Type is Full Export , Incremental Export Specification should not be provided",
        ),
        (
            {"IncrementalExportSpecification": {}, **INCREMENTAL},
            "ValidationException",
            "ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        (increment(-30, -20), "InvalidExportTimeException", "is less than 15 minutes"),
        (increment(-20, -30), "InvalidExportTimeException", "is less than 15 minutes"),
        (increment(-60 * 26, -30), "InvalidExportTimeException", "is greater than 24 hours"),
        (increment(-30, 30), "InvalidExportTimeException", "to time cannot be greater than the current time"),
        ({"S3SseKmsKeyId": "k"}, "ValidationException", "KMS Key Id is not supported for this encryption type"),
        (
            {"FilterSpecification": {}},
            "ValidationException",
            "Invalid FilterSpecification: The specification can not be",
        ),
        (increment(-60, -30), "NotImplementedException", "lacks incremental exports"),
        ({"ExportFormat": "ION"}, "NotImplementedException", "format ION"),
        (
            {"FilterSpecification": {"FilterExpression": "attribute_exists(PK)"}},
            "NotImplementedException",
            "lacks filtered exports",
        ),
    ],
)
def test_exports_that_aws_refuses_or_the_account_lacks(
    table: Any, changes: dict[str, Any], code: str, message: str
) -> None:
    recover(table)
    request = {"TableArn": f"{OWN}orders", "S3Bucket": "archive", **changes}

    assert refused(table.export_table_to_point_in_time, message, **request) == code
    assert table.list_exports()["ExportSummaries"] == []


def test_the_last_five_minutes_are_not_exported_or_restored(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recover(table)
    request: dict[str, Any] = {"TableArn": f"{OWN}orders", "S3Bucket": "archive"}
    enabled = time.time()
    monkeypatch.setattr("harness.targets.embedded.settings_refusals.time.time", lambda: enabled + 1000)

    recent, old = (datetime.fromtimestamp(enabled + seconds, UTC) for seconds in (710, 690))
    message = "Point in Time Recovery is not available for specified export time"
    code = refused(table.export_table_to_point_in_time, message, **request, ExportTime=recent)
    assert code == "InvalidExportTimeException"
    made = table.export_table_to_point_in_time(**request, ExportTime=old)["ExportDescription"]
    assert abs(made["ExportTime"] - old) < timedelta(seconds=1)
    call, restored = table.restore_table_to_point_in_time, {"SourceTableName": "orders", "TargetTableName": "new"}
    code = refused(call, "RestoreDateTime", **restored, RestoreDateTime=recent)
    assert code == "InvalidRestoreTimeException"
    call(**restored, RestoreDateTime=old)


def test_an_export_needs_point_in_time_recovery(table: Any) -> None:
    request = {"TableArn": f"{OWN}orders", "S3Bucket": "archive"}
    message = "Point in time recovery is not enabled for table 'orders'"
    code = refused(table.export_table_to_point_in_time, message, **request)
    assert code == "PointInTimeRecoveryUnavailableException"

    recover(table)
    table.export_table_to_point_in_time(**request)


@pytest.mark.parametrize(("prefix", "before"), [(None, ""), ("orders", "orders/"), ("orders/", "orders/")])
def test_an_export_writes_its_manifests_and_rows(gateway: Gateway, table: Any, prefix: str | None, before: str) -> None:
    s3 = client(gateway, "s3")
    s3.create_bucket(Bucket="archive")
    recover(table)
    for number in range(3):
        table.put_item(TableName="orders", Item={"PK": {"S": str(number)}, "n": {"N": "1.5"}})
    request = {"TableArn": f"{OWN}orders", "S3Bucket": "archive", **({"S3Prefix": prefix} if prefix else {})}

    begun = table.export_table_to_point_in_time(**request)["ExportDescription"]

    assert begun["ExportStatus"] == "IN_PROGRESS"
    assert begun.keys() & {"ExportManifest", "ItemCount", "ExportType"} == set()
    ended = table.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
    assert (ended["ExportStatus"], ended["ItemCount"], ended["ExportFormat"]) == ("COMPLETED", 3, "DYNAMODB_JSON")
    assert ended.get("S3Prefix") == prefix
    root = f"{before}AWSDynamoDB/{begun['ExportArn'].rsplit('/', 1)[1]}/"
    assert ended["ExportManifest"] == f"{root}manifest-summary.json"

    def read(key: str) -> bytes:
        content: bytes = s3.get_object(Bucket="archive", Key=key)["Body"].read()
        return content

    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="archive", Prefix=root)["Contents"]]
    data = [key for key in keys if key.startswith(f"{root}data/") and key.endswith(".json.gz")]
    names = ("_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5")
    assert sorted(keys) == sorted([*data, *(root + name for name in names)])
    summary = json.loads(read(ended["ExportManifest"]))
    assert (summary["tableArn"], summary["itemCount"], summary["s3Prefix"]) == (f"{OWN}orders", 3, prefix)
    assert summary["tableId"] == table.describe_table(TableName="orders")["Table"]["TableId"]
    [listed] = [json.loads(line) for line in read(summary["manifestFilesS3Key"]).splitlines()]
    assert (listed["itemCount"], listed["dataFileS3Key"]) == (3, data[0])
    content = read(data[0])
    assert listed["md5Checksum"] == base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    assert sorted(row["Item"]["PK"]["S"] for row in rows) == ["0", "1", "2"]
    assert rows[0]["Item"]["n"] == {"N": "1.5"}


def test_a_bucket_that_is_not_there_fails_the_export(table: Any) -> None:
    recover(table)

    made = table.export_table_to_point_in_time(TableArn=f"{OWN}orders", S3Bucket="nowhere")["ExportDescription"]

    assert made["ExportStatus"] == "IN_PROGRESS"
    ended = table.describe_export(ExportArn=made["ExportArn"])["ExportDescription"]
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert ended.keys() & {"ExportManifest", "ItemCount"} == set()


def test_a_token_makes_one_export(table: Any) -> None:
    recover(table)
    request = {"TableArn": f"{OWN}orders", "S3Bucket": "archive", "ClientToken": "once"}

    first, again = (table.export_table_to_point_in_time(**request)["ExportDescription"] for _ in range(2))

    assert first["ExportArn"] == again["ExportArn"]
    message = "Export conflict: Duplicate request detected with conflicting parameters"
    code = refused(table.export_table_to_point_in_time, message, **request, S3Prefix="other")
    assert code == "ExportConflictException"
    assert len(table.list_exports(TableArn=f"{OWN}orders")["ExportSummaries"]) == 1
    table.delete_table(TableName="orders")
    create(table)
    assert table.list_exports(TableArn=f"{OWN}orders")["ExportSummaries"] == []
    assert table.describe_export(ExportArn=first["ExportArn"])["ExportDescription"]["ExportArn"] == first["ExportArn"]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"SourceTableName": "orders"},
            "ValidationException",
            "Either one of RestoreDateTime or UseLatestRestorableTime",
        ),
        (
            {"SourceTableName": "orders", "UseLatestRestorableTime": True, "RestoreDateTime": now()},
            "ValidationException",
            "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both",
        ),
        ({"UseLatestRestorableTime": True}, "ValidationException", "exactly one of: sourceTableArn, sourceTableName"),
        (
            {"SourceTableName": "nothing", "UseLatestRestorableTime": True},
            "TableNotFoundException",
            "Table not found: nothing",
        ),
        (
            {"SourceTableName": "orders", "RestoreDateTime": now(hours=1)},
            "InvalidRestoreTimeException",
            "RestoreDateTime",
        ),
        (
            {"SourceTableName": "orders", "UseLatestRestorableTime": True, "BillingModeOverride": "PAY_PER_REQUEST"},
            "NotImplementedException",
            "lacks other settings of a restored table",
        ),
    ],
)
def test_restores_that_aws_refuses(table: Any, changes: dict[str, Any], code: str, message: str) -> None:
    recover(table)

    call = table.restore_table_to_point_in_time
    assert refused(call, message, TargetTableName="restored", **changes) == code
    assert table.list_tables()["TableNames"] == ["orders"]


def test_a_restore_needs_point_in_time_recovery_and_a_new_name(table: Any) -> None:
    request = {"SourceTableArn": f"{OWN}orders", "UseLatestRestorableTime": True}
    message = "Point in time recovery is not enabled for table 'orders'"
    call = table.restore_table_to_point_in_time
    assert refused(call, message, TargetTableName="new", **request) == "PointInTimeRecoveryUnavailableException"
    recover(table)
    assert refused(call, "already exists", TargetTableName="orders", **request) == "TableAlreadyExistsException"
    call(TargetTableName="new", **request)


@pytest.mark.parametrize("how", ["backup", "point in time"])
def test_a_restored_table_lacks_what_was_set_beside_its_data(table: Any, how: str) -> None:
    table.update_table(TableName="orders", SSESpecification={"Enabled": True})
    table.update_table(TableName="orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    table.update_table(TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS")
    recover(table)
    table.update_time_to_live(TableName="orders", TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True})
    table.tag_resource(ResourceArn=f"{OWN}orders", Tags=[{"Key": "a", "Value": "1"}])
    table.put_item(TableName="orders", Item=KEY)

    if how == "backup":
        backup = table.create_backup(TableName="orders", BackupName="one")["BackupDetails"]["BackupArn"]
        table.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    else:
        table.restore_table_to_point_in_time(
            SourceTableName="orders", TargetTableName="restored", UseLatestRestorableTime=True
        )

    described = table.describe_table(TableName="restored")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["SSEDescription"]["SSEType"] == "KMS"
    assert described.keys() & {"StreamSpecification", "LatestStreamArn", "TableClassSummary"} == set()
    expiry = table.describe_time_to_live(TableName="restored")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "DISABLED"}
    backups = table.describe_continuous_backups(TableName="restored")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert table.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"] == []
    assert table.scan(TableName="restored")["Items"] == [KEY]


def test_the_recovery_period_is_as_given_or_35_days(table: Any) -> None:
    def period(**changes: Any) -> int | None:
        described = table.update_continuous_backups(
            TableName="orders", PointInTimeRecoverySpecification={**RECOVERS, **changes}
        )["ContinuousBackupsDescription"]
        assert described["ContinuousBackupsStatus"] == "ENABLED"
        days: int | None = described["PointInTimeRecoveryDescription"].get("RecoveryPeriodInDays")
        return days

    assert [period(), period(RecoveryPeriodInDays=7)] == [35, 7]
    assert [period(PointInTimeRecoveryEnabled=False), period()] == [None, 35]


SHARD = {"ShardIteratorType": "TRIM_HORIZON"}


def test_a_stream_that_was_disabled_stays_readable(gateway: Gateway, table: Any) -> None:
    streams = client(gateway, "dynamodbstreams")
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}

    def latest() -> str:
        return str(table.describe_table(TableName="orders")["Table"]["LatestStreamArn"])

    def read(arn: str) -> list[str]:
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        shard = described["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, **SHARD)["ShardIterator"]
        found = streams.get_records(ShardIterator=iterator)["Records"]
        return [described["StreamStatus"], described["StreamViewType"], *(one["eventName"] for one in found)]

    table.update_table(TableName="orders", StreamSpecification=on)
    first = latest()
    table.put_item(TableName="orders", Item=KEY)
    table.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    assert (latest(), read(first)) == (first, ["DISABLED", "NEW_IMAGE", "INSERT"])

    table.update_table(TableName="orders", StreamSpecification={**on, "StreamViewType": "KEYS_ONLY"})
    second = latest()
    table.delete_item(TableName="orders", Key=KEY)

    assert second != first
    assert read(first) == ["DISABLED", "NEW_IMAGE", "INSERT"]
    assert read(second) == ["ENABLED", "KEYS_ONLY", "REMOVE"]
    listed = [one["StreamArn"] for one in streams.list_streams(TableName="orders")["Streams"]]
    assert listed == [first, second]


def test_streams_that_are_not_there(gateway: Gateway, table: Any) -> None:
    streams = client(gateway, "dynamodbstreams")
    table.update_table(TableName="orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    arn = table.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]

    for wrong in (arn[:-1], f"{OWN}nothing/stream/2026-01-01T00:00:00.000", f"{OWN}orders/a/long/enough/arn"):
        message = "Requested resource not found: Stream: "
        assert refused(streams.describe_stream, message, StreamArn=wrong) == "ResourceNotFoundException"
        request = {"StreamArn": wrong, "ShardId": shard, **SHARD}
        assert refused(streams.get_shard_iterator, message, **request) == "ResourceNotFoundException"
    call, request = streams.get_shard_iterator, {"StreamArn": arn, "ShardId": shard}
    code = refused(call, "Shard does not exist", StreamArn=arn, ShardId=f"{shard}0", **SHARD)
    assert code == "ResourceNotFoundException"
    kind = {"ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert refused(call, "SequenceNumber is required", **request, **kind) == "ValidationException"
    code = refused(call, "past the oldest stream record", **request, **kind, SequenceNumber="0" * 21)
    assert code == "TrimmedDataAccessException"
    code = refused(streams.get_records, "was not found", ShardIterator="none")
    assert code == "ValidationException"
    kind = {"ShardIteratorType": "AT_TIMESTAMP"}
    assert refused(call, "lacks the operation", **request, **kind, Timestamp=now()) == "NotImplementedException"
