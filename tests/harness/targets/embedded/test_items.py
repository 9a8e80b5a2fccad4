"""Items of the embedded account: their streams, backups and exports, in tables that moto keeps."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.session import Session
from botocore.exceptions import ClientError

from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount
from tests.each import each

KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
EVERY_TYPE = {
    "text": {"S": "é"},
    "amount": {"N": "-1.5"},
    "binary": {"B": b"\x00\xff"},
    "truth": {"BOOL": False},
    "nothing": {"NULL": True},
    "list": {"L": [{"B": b"x"}, {"M": {"B": {"S": "a map's name"}}}]},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "binaries": {"BS": [b"a"]},
}


class Account:
    """An embedded account, by its clients."""

    def __init__(self, backend: EmbeddedAccount, gateway: Gateway) -> None:
        credentials = gateway.credentials("student")
        self._session: Any = Session(
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            region_name="eu-west-1",
        )
        self._url = gateway.url
        self.backend = backend
        self.dynamodb = self.client("dynamodb")

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self._url)

    def create(self, view_type: str | None = "NEW_AND_OLD_IMAGES", **more: Any) -> None:
        stream = {} if view_type is None else {"StreamEnabled": True, "StreamViewType": view_type}
        self.dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
            KeySchema=KEYS,
            **({"StreamSpecification": stream} if stream else {}),
            **more,
        )

    def put(self, number: int, **attributes: Any) -> None:
        self.dynamodb.put_item(TableName="orders", Item={**key(number), **attributes})

    def records(self) -> list[Any]:
        """All records of the table's latest stream."""
        streams = self.client("dynamodbstreams")
        arn = self.dynamodb.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found: list[Any] = streams.get_records(ShardIterator=iterator)["Records"]
        return found

    def images(self) -> list[tuple[str, Any, Any]]:
        """The name of each event, and what the attribute `n` was before and after it."""

        def n(record: Any, image: str) -> Any:
            return record["dynamodb"].get(image, {}).get("n", {}).get("N")

        return [(one["eventName"], n(one, "OldImage"), n(one, "NewImage")) for one in self.records()]


@pytest.fixture
def account() -> Iterator[Account]:
    backend = EmbeddedAccount(lambda: 0.0)
    with Gateway(backend, reads_only=False) as gateway:
        yield Account(backend, gateway)


def key(number: int) -> dict[str, Any]:
    return {"PK": {"S": f"P{number % 2}"}, "SK": {"S": f"S{number}"}}


def test_every_change_is_recorded_once_in_its_order(account: Account) -> None:
    account.create()
    account.put(1, n={"N": "1"})
    account.dynamodb.update_item(
        TableName="orders",
        Key=key(1),
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    account.dynamodb.delete_item(TableName="orders", Key=key(1))
    account.dynamodb.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": {**key(1), "n": {"N": "7"}}}}]})

    assert account.images() == [
        ("INSERT", None, "1"),
        ("MODIFY", "1", "2"),
        ("REMOVE", "2", None),
        ("INSERT", None, "7"),
    ]
    numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in account.records()]
    assert numbers == sorted(set(numbers))
    assert {one["awsRegion"] for one in account.records()} == {"eu-west-1"}


def test_a_write_that_changes_nothing_is_not_recorded(account: Account) -> None:
    account.create()
    account.put(1, n={"N": "1"}, tags={"SS": ["a", "b"]})
    account.put(1, n={"N": "1.0"}, tags={"SS": ["b", "a"]})
    account.dynamodb.delete_item(TableName="orders", Key=key(2))
    account.dynamodb.update_item(
        TableName="orders",
        Key=key(1),
        UpdateExpression="SET n = :n REMOVE gone",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    check = {"TableName": "orders", "Key": key(1), "ConditionExpression": "n = n2 OR attribute_exists(n)"}
    account.dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}])

    assert account.images() == [("INSERT", None, "1")]


@each(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", ["Keys"]),
        ("NEW_IMAGE", ["Keys", "NewImage"]),
        ("OLD_IMAGE", ["Keys", "OldImage"]),
        ("NEW_AND_OLD_IMAGES", ["Keys", "NewImage", "OldImage"]),
    ],
)
def test_a_stream_shows_the_images_of_its_view_type(view_type: str, images: list[str]) -> None:
    backend = EmbeddedAccount(lambda: 0.0)
    with Gateway(backend, reads_only=False) as gateway:
        account = Account(backend, gateway)
        account.create(view_type)
        account.put(1, **EVERY_TYPE)
        account.put(1)

        modified = account.records()[1]["dynamodb"]

        assert [name for name in ("Keys", "NewImage", "OldImage") if name in modified] == images
        assert modified["StreamViewType"] == view_type
        assert modified["Keys"] == key(1)
        if "OldImage" in images:
            assert modified["OldImage"] == {**key(1), **EVERY_TYPE}


def test_an_expired_item_is_deleted_by_the_service(account: Account) -> None:
    account.create()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    account.put(1, n={"N": str(int(now.timestamp()) + 10)})
    account.put(2, n={"N": str(int(now.timestamp()) + 100)})
    account.put(3, n={"S": "1"})

    assert account.backend.expire("eu-west-1", "orders", "n", now, now + timedelta(seconds=50)) == 1

    removed = account.records()[-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert [one["SK"]["S"] for one in account.dynamodb.scan(TableName="orders")["Items"]] != ["S1"]
    account.dynamodb.delete_item(TableName="orders", Key=key(2))
    assert "userIdentity" not in account.records()[-1]


def test_a_table_is_written_to_after_its_stream(account: Account) -> None:
    account.create()
    account.put(1)
    account.dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    account.put(2)

    assert len(account.records()) == 1


def test_records_stay_readable_though_a_function_consumes_them(account: Account) -> None:
    account.create()
    functions, iam = account.client("lambda"), account.client("iam")
    role = iam.create_role(RoleName="consumer", AssumeRolePolicyDocument='{"Statement": []}')["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("consumer.py", "def handle(event, context): return {}")
    functions.create_function(
        FunctionName="consumer",
        Runtime="python3.12",
        Handler="consumer.handle",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
    )
    arn = account.dynamodb.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    functions.create_event_source_mapping(FunctionName="consumer", EventSourceArn=arn, StartingPosition="LATEST")
    for number in range(3):
        account.put(number)

    assert len(account.records()) == 3


@pytest.mark.parametrize(
    "failing",
    [
        {"ConditionCheck": {"Key": key(9), "ConditionExpression": "n > :x"}},
        {"Put": {"Item": key(9), "ConditionExpression": "attribute_not_exists(PK) AND :x = :x"}},
        {"Update": {"Key": key(0), "UpdateExpression": "SET n = :x"}},
        {"Update": {"Key": key(8), "UpdateExpression": "SET n = :x + missing"}},
    ],
    ids=["a condition fails", "an item exists", "an item twice", "an operand is missing"],
)
def test_a_failed_transaction_leaves_nothing_half_done(account: Account, failing: dict[str, Any]) -> None:
    account.create()
    for number in range(10):
        account.put(number, n={"N": "5"}, deep={"M": {"list": {"L": [{"N": "1"}]}}})

    def everything() -> Any:
        return account.dynamodb.scan(TableName="orders")["Items"], account.records()

    before = everything()
    [(kind, action)] = failing.items()
    change = {
        "TableName": "orders",
        "Key": key(0),
        "UpdateExpression": "SET deep.#l[0] = :new, added = :new ADD n :new",
        "ExpressionAttributeNames": {"#l": "list"},
        "ExpressionAttributeValues": {":new": {"N": "7"}},
    }
    actions: list[Any] = [
        {"Put": {"TableName": "orders", "Item": key(50)}},
        {"Update": change},
        {"Delete": {"TableName": "orders", "Key": key(2)}},
        {kind: {"TableName": "orders", **action, "ExpressionAttributeValues": {":x": {"N": "99"}}}},
    ]

    with pytest.raises(ClientError):
        account.dynamodb.transact_write_items(TransactItems=actions)
    assert everything() == before

    account.dynamodb.transact_write_items(TransactItems=actions[:-1])
    after = account.dynamodb.get_item(TableName="orders", Key=key(0))["Item"]
    assert (after["n"], after["deep"]) == ({"N": "12"}, {"M": {"list": {"L": [{"N": "7"}]}}})
    assert "Item" not in account.dynamodb.get_item(TableName="orders", Key=key(2))
    assert account.dynamodb.describe_table(TableName="orders")["Table"]["ItemCount"] == 10


def test_a_backup_does_not_change_with_its_table(account: Account) -> None:
    account.create(None)
    account.put(1, **EVERY_TYPE)
    backup = account.dynamodb.create_backup(TableName="orders", BackupName="before")["BackupDetails"]["BackupArn"]
    account.dynamodb.update_item(
        TableName="orders",
        Key=key(1),
        UpdateExpression="SET #l[0] = :x",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":x": {"N": "0"}},
    )

    account.dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)

    assert account.dynamodb.scan(TableName="restored")["Items"] == [{**key(1), **EVERY_TYPE}]


def test_an_export_has_every_item(account: Account) -> None:
    account.create(None)
    items = [
        {**key(number), **EVERY_TYPE, "binary": {"S": "b"}, "binaries": {"S": "b"}, "list": {"L": []}}
        for number in range(5)
    ]
    for one in items:
        account.dynamodb.put_item(TableName="orders", Item=one)
    account.dynamodb.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    s3 = account.client("s3")
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    arn = account.dynamodb.describe_table(TableName="orders")["Table"]["TableArn"]
    export = account.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="archive", S3Prefix="x")
    while (
        account.dynamodb.describe_export(ExportArn=export["ExportDescription"]["ExportArn"])["ExportDescription"][
            "ExportStatus"
        ]
        == "IN_PROGRESS"
    ):
        pass

    data = next(one["Key"] for one in s3.list_objects_v2(Bucket="archive")["Contents"] if one["Key"].endswith(".gz"))
    rows = gzip.decompress(s3.get_object(Bucket="archive", Key=data)["Body"].read()).decode().splitlines()

    def by_key(one: Any) -> str:
        return str(one["SK"])

    assert sorted([json.loads(row)["Item"] for row in rows], key=by_key) == sorted(items, key=by_key)
