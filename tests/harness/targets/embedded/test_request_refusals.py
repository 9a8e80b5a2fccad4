"""What AWS refuses and moto lets through is refused by the embedded account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount
from harness.targets.embedded.request_refusals import RULED

ALL = {"ProjectionType": "ALL"}
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def dynamodb(gateway: Gateway) -> Any:
    return sealed_client(
        sealed_session(),
        "dynamodb",
        region="us-east-1",
        endpoint_url=gateway.url,
        credentials=gateway.credentials("student"),
    )


def key(*parts: str) -> list[dict[str, str]]:
    """`HASH PK` and so on, as a key schema."""
    return [dict(zip(("KeyType", "AttributeName"), part.split(), strict=True)) for part in parts]


def index(name: str, *parts: str, projection: Any = ALL, **more: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": key(*parts), "Projection": projection, **more}


def create(dynamodb: Any, name: str = "orders", **changes: Any) -> None:
    schema = changes.get("KeySchema", key("HASH PK", "RANGE SK"))
    indexes = [*changes.get("GlobalSecondaryIndexes", []), *changes.get("LocalSecondaryIndexes", [])]
    parts = [*schema, *(part for one in indexes for part in one["KeySchema"])]
    names = dict.fromkeys(part["AttributeName"] for part in parts)
    parameters = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema,
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in names],
    }
    dynamodb.create_table(**{**parameters, **changes})


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("a sort key first", {"KeySchema": key("RANGE SK", "HASH PK")}, "first KeySchemaElement is not a HASH"),
    ("one attribute twice", {"KeySchema": key("HASH PK", "RANGE PK")}, "have the same name"),
    (
        "one attribute twice in an index",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", "RANGE x")]},
        "have the same name",
    ),
    (
        "a sort key first in an index",
        {"GlobalSecondaryIndexes": [index("by-x", "RANGE x", "HASH y")]},
        "first KeySchemaElement is not a HASH",
    ),
    (
        "a partition key attribute after a sort key attribute",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", "RANGE y", "HASH z")]},
        "HASH key types must come before",
    ),
    (
        "a type of attribute that is none of a key",
        {"AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "BOOL"}]},
        r"Value 'BOOL' at 'AttributeDefinitions\.1\.member\.AttributeType'.*enum value set: \[S, N, B\]",
    ),
    (
        "a projection of no known type",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", projection={"ProjectionType": "SOME"})]},
        r"Value 'SOME'.*enum value set",
    ),
    (
        "a projection without a type",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", projection={})]},
        "Unknown ProjectionType: null",
    ),
    (
        "a name with a blank",
        {"GlobalSecondaryIndexes": [index("my index!", "HASH x")]},
        "satisfy regular expression pattern",
    ),
    (
        "two indexes of one name",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x"), index("by-x", "HASH y")]},
        "Duplicate index name: by-x",
    ),
    (
        "a global and a local index of one name",
        {
            "GlobalSecondaryIndexes": [index("by-x", "HASH x")],
            "LocalSecondaryIndexes": [index("by-x", "HASH PK", "RANGE x")],
        },
        "Duplicate index name: by-x",
    ),
    (
        "INCLUDE without attributes",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", projection={"ProjectionType": "INCLUDE"})]},
        "INCLUDE, but NonKeyAttributes is not specified",
    ),
    (
        "ALL with attributes",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", projection={**ALL, "NonKeyAttributes": ["y"]})]},
        "ALL, but NonKeyAttributes is specified",
    ),
    (
        "21 attributes",
        {
            "GlobalSecondaryIndexes": [
                index(
                    "by-x",
                    "HASH x",
                    projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"n{n}" for n in range(21)]},
                )
            ]
        },
        "length less than or equal to 20",
    ),
    (
        "capacity units of an index on demand",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", ProvisionedThroughput=UNITS)]},
        "should not be specified for index: by-x",
    ),
    (
        "no capacity units of an index of a provisioned table",
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": UNITS,
            "GlobalSecondaryIndexes": [index("by-x", "HASH x")],
        },
        "must be specified for index: by-x",
    ),
    ("a stream without a view", {"StreamSpecification": {"StreamEnabled": True}}, "StreamViewType is required"),
    (
        "a stream that is off, with a view",
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_AND_OLD_IMAGES"}},
        "created with a stream disabled, UpdateViewType should not be specified",
    ),
    ("two partition keys", {"KeySchema": key("HASH PK", "HASH SK")}, r"number of HASH key attributes \(1\)"),
    (
        "capacity units of a table on demand",
        {"ProvisionedThroughput": UNITS},
        "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST",
    ),
    (
        "a local index with another partition key",
        {"LocalSecondaryIndexes": [index("by-x", "HASH x", "RANGE SK")]},
        "index: by-x. index hash key: x, table hash key: PK",
    ),
    (
        "a local index without a sort key",
        {"LocalSecondaryIndexes": [index("by-x", "HASH PK")]},
        "does not have a range key for index: by-x",
    ),
    (
        "a local index with two sort attributes",
        {"LocalSecondaryIndexes": [index("by-x", "HASH PK", "RANGE x", "RANGE y")]},
        r"number of RANGE key attributes \(1\)",
    ),
    (
        "a local index of a table without a sort key",
        {"KeySchema": key("HASH PK"), "LocalSecondaryIndexes": [index("by-x", "HASH PK", "RANGE x")]},
        "Table KeySchema does not have a range key",
    ),
    (
        "a global index with five partition key attributes",
        {"GlobalSecondaryIndexes": [index("by-x", *(f"HASH h{n}" for n in range(5)))]},
        r"number of HASH key attributes \(4\)",
    ),
    (
        "a global index with five sort key attributes",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", *(f"RANGE r{n}" for n in range(5)))]},
        r"number of RANGE key attributes \(4\)",
    ),
    (
        "a stream with another view",
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "BOTH"}},
        "Value 'BOTH'",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_a_table_that_aws_refuses_is_not_made(dynamodb: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        create(dynamodb, **changes)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert dynamodb.list_tables()["TableNames"] == []


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("a partition key alone", {"KeySchema": key("HASH PK")}),
    (
        "4 + 4 key attributes",
        {
            "GlobalSecondaryIndexes": [
                index("by-all", *(f"HASH h{n}" for n in range(4)), *(f"RANGE r{n}" for n in range(4)))
            ]
        },
    ),
    (
        "20 attributes",
        {
            "GlobalSecondaryIndexes": [
                index(
                    "by-x",
                    "HASH x",
                    projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"n{n}" for n in range(20)]},
                )
            ]
        },
    ),
    (
        "provisioned capacity",
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": UNITS,
            "GlobalSecondaryIndexes": [index("by-x", "HASH x", ProvisionedThroughput=UNITS)],
        },
    ),
    ("the stream off", {"StreamSpecification": {"StreamEnabled": False}}),
    (
        "a local index by the table's own sort key",
        {"LocalSecondaryIndexes": [index("by-sk", "HASH PK", "RANGE SK")]},
    ),
]


@pytest.mark.parametrize("changes", [pytest.param(row[1], id=row[0]) for row in ACCEPTED])
def test_a_table_that_aws_accepts_is_made(dynamodb: Any, changes: dict[str, Any]) -> None:
    create(dynamodb, **changes)

    assert dynamodb.list_tables()["TableNames"] == ["orders"]
    dynamodb.delete_table(TableName="orders")


@pytest.fixture
def table(dynamodb: Any) -> Iterator[Any]:
    create(dynamodb)
    yield dynamodb
    dynamodb.delete_table(TableName="orders")


def add(dynamodb: Any, *indexes: dict[str, Any], defined: str = "x", table_name: str = "orders") -> None:
    dynamodb.update_table(
        TableName=table_name,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in defined.split()],
        GlobalSecondaryIndexUpdates=[{"Create": one} for one in indexes],
    )


def test_indexes_are_made_one_at_a_time(table: Any) -> None:
    with pytest.raises(ClientError, match=r"LimitExceededException.*Only 1 online index"):
        add(table, index("by-x", "HASH x"), index("by-y", "HASH y"), defined="x y")

    add(table, index("by-x", "HASH x"))


def test_an_index_needs_its_attributes_defined(table: Any) -> None:
    with pytest.raises(ClientError, match=r"not defined in AttributeDefinitions. Keys: \[y\]"):
        add(table, index("by-y", "HASH x", "RANGE y"))
    with pytest.raises(ClientError, match="NonKeyAttributes is not specified"):
        add(table, index("by-x", "HASH x", projection={"ProjectionType": "INCLUDE"}))

    add(table, index("by-sk", "HASH SK", "RANGE PK"), defined="PK SK")


def test_an_index_is_made_once_and_deleted_when_it_is_there(table: Any) -> None:
    def delete() -> None:
        table.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-x"}}])

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        delete()
    add(table, index("by-x", "HASH x"))
    with pytest.raises(ClientError, match="an index which already exists"):
        add(table, index("by-x", "HASH x"))
    delete()
    add(table, index("by-x", "HASH x"))


def test_an_attribute_keeps_its_type(table: Any) -> None:
    definition = {"AttributeName": "PK", "AttributeType": "N"}

    with pytest.raises(ClientError, match="PK is of type S already"):
        table.update_table(
            TableName="orders",
            AttributeDefinitions=[definition],
            GlobalSecondaryIndexUpdates=[{"Create": index("by-pk", "HASH PK")}],
        )


def test_a_definition_that_no_new_index_needs_changes_no_type(table: Any) -> None:
    """As AWS was seen to do it, also with another type than the key's."""
    table.update_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "N"}],
        DeletionProtectionEnabled=False,
    )

    definitions = table.describe_table(TableName="orders")["Table"]["AttributeDefinitions"]
    assert {one["AttributeName"]: one["AttributeType"] for one in definitions} == {"PK": "S", "SK": "S"}


def update(dynamodb: Any, **changes: Any) -> None:
    dynamodb.update_table(TableName="orders", **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"GlobalSecondaryIndexUpdates": []},
        {"AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}]},
    ],
    ids=str,
)
def test_an_update_changes_something(table: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*At least one of ProvisionedThroughput"):
        update(table, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"BillingMode": "PAY_PER_REQUEST"},
        {"DeletionProtectionEnabled": False},
        {"TableClass": "STANDARD"},
        {"SSESpecification": {"Enabled": True}},
    ],
    ids=str,
)
def test_an_update_may_repeat_what_is_set(table: Any, changes: dict[str, Any]) -> None:
    for _ in range(2):
        update(table, **changes)


NEW_IMAGE = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def stream_of(dynamodb: Any) -> dict[str, Any]:
    specification: dict[str, Any] = dynamodb.describe_table(TableName="orders")["Table"].get("StreamSpecification", {})
    return specification


def test_a_stream_that_is_off_has_no_view(table: Any) -> None:
    off = {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}

    with pytest.raises(ClientError, match=r"ValidationException.*disabled, then UpdateViewType must not be specified"):
        update(table, StreamSpecification=off)
    assert stream_of(table) == {}

    update(table, StreamSpecification=NEW_IMAGE)
    with pytest.raises(ClientError, match=r"ValidationException.*disabled, then UpdateViewType must not be specified"):
        update(table, StreamSpecification=off)
    assert stream_of(table) == NEW_IMAGE


def test_a_stream_is_enabled_where_there_is_none_and_disabled_where_there_is_one(table: Any) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Table has no stream to disable: TableName: orders"):
        update(table, StreamSpecification={"StreamEnabled": False})
    update(table, StreamSpecification=NEW_IMAGE)
    for view in ("NEW_IMAGE", "KEYS_ONLY"):
        with pytest.raises(ClientError, match=r"ValidationException.*Table already has an enabled stream"):
            update(table, StreamSpecification={**NEW_IMAGE, "StreamViewType": view})
    assert stream_of(table) == NEW_IMAGE
    update(table, StreamSpecification={"StreamEnabled": False})
    with pytest.raises(ClientError, match=r"ValidationException.*Table has no stream to disable"):
        update(table, StreamSpecification={"StreamEnabled": False})
    update(table, StreamSpecification=NEW_IMAGE)


def test_what_the_model_requires_is_there_whoever_sends_the_request(gateway: Gateway, table: Any) -> None:
    """Not every SDK looks before it sends."""
    credentials = gateway.credentials("student")
    unchecked = sealed_session().create_client(
        "dynamodb",
        "us-east-1",
        endpoint_url=gateway.url,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        config=Config(parameter_validation=False),
    )

    with pytest.raises(ClientError, match=r"ValidationException.*null at 'StreamSpecification.StreamEnabled'"):
        update(unchecked, StreamSpecification={"StreamViewType": "NEW_IMAGE"})
    assert stream_of(table) == {}


def units_of(name: str) -> list[dict[str, Any]]:
    """An update of an index that gives it capacity units."""
    return [{"Update": {"IndexName": name, "ProvisionedThroughput": UNITS}}]


def test_on_demand_there_are_no_capacity_units(dynamodb: Any) -> None:
    create(dynamodb, GlobalSecondaryIndexes=[index("by-x", "HASH x")])

    for mode in ({}, {"BillingMode": "PAY_PER_REQUEST"}):
        with pytest.raises(ClientError, match="Neither ReadCapacityUnits nor WriteCapacityUnits can be specified"):
            update(dynamodb, ProvisionedThroughput=UNITS, **mode)
        with pytest.raises(ClientError, match="should not be specified for index: by-x when BillingMode is PAY_PER_R"):
            update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-x"), **mode)

    dynamodb.delete_table(TableName="orders")


def test_whoever_switches_to_provisioned_capacity_says_how_much(dynamodb: Any) -> None:
    create(dynamodb, GlobalSecondaryIndexes=[index("by-x", "HASH x"), index("by-y", "HASH y")])

    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified when BillingMode is PROVISIONED"):
        update(dynamodb, BillingMode="PROVISIONED")
    units: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified for index: by-x"):
        update(dynamodb, **units)
    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified for index: by-y"):
        update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-x"), **units)
    update(dynamodb, GlobalSecondaryIndexUpdates=[*units_of("by-x"), *units_of("by-y")], **units)
    update(dynamodb, BillingMode="PROVISIONED")
    update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-y"))

    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    dynamodb.delete_table(TableName="orders")


def test_an_index_that_is_updated_is_there(table: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        update(table, GlobalSecondaryIndexUpdates=units_of("by-nothing"))


def test_a_table_can_be_named_by_its_arn(table: Any) -> None:
    arn = table.describe_table(TableName="orders")["Table"]["TableArn"]

    add(table, index("by-sk", "HASH x", "RANGE PK"), table_name=arn)


def test_the_recovery_period_has_a_limit(table: Any) -> None:
    def recover(days: int) -> None:
        specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}
        table.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=specification)

    with pytest.raises(ClientError, match=r"ValidationException.*value less than or equal to 35"):
        recover(36)
    recover(35)


def test_a_table_that_is_not_there_is_still_not_found(dynamodb: Any) -> None:
    for changes in (
        {"DeletionProtectionEnabled": True},
        {"StreamSpecification": {"StreamEnabled": False}},
        {"GlobalSecondaryIndexUpdates": [{"Create": index("by-pk", "HASH PK")}]},
    ):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            dynamodb.update_table(TableName="nowhere", **changes)


def test_the_rules_are_for_what_configures() -> None:
    assert {"CreateTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups"} == RULED
