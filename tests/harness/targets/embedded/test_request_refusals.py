"""What AWS refuses and moto lets through is refused by the embedded account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount

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


def defined(names: str, kind: str = "S") -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name in names.split()]


def included(number: int) -> dict[str, Any]:
    """A projection of that many attributes."""
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"n{n}" for n in range(number)]}


def many(number: int, included_attributes: int = 0) -> list[dict[str, Any]]:
    """That many global indexes."""
    projection = included(included_attributes) if included_attributes else ALL
    return [index(f"by-{n}", f"HASH a{n}", projection=projection) for n in range(number)]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("a sort key first", {"KeySchema": key("RANGE SK", "HASH PK")}, "first KeySchemaElement is not a HASH"),
    (
        "one attribute twice, and defined once",
        {"KeySchema": key("HASH PK", "RANGE PK")},
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    (
        "one attribute twice in a local index",
        {"LocalSecondaryIndexes": [index("by-x", "HASH PK", "RANGE PK")]},
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    (
        "one attribute twice in an index",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", "RANGE x")]},
        "The KeySchema contains multiple key attributes with the same name",
    ),
    (
        "a sort key first in an index",
        {"GlobalSecondaryIndexes": [index("by-x", "RANGE x", "HASH y")]},
        "first KeySchemaElement is not a HASH",
    ),
    (
        "a partition key attribute after a sort key attribute",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", "RANGE y", "HASH z")]},
        "All HASH key attributes must precede RANGE key attributes in the KeySchema",
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
        "ProvisionedThroughput is not specified for index: by-x",
    ),
    (
        "a stream without a view",
        {"StreamSpecification": {"StreamEnabled": True}},
        "Table is being created with a stream enabled, UpdateViewType is required",
    ),
    (
        "a stream that is off, with a view",
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_AND_OLD_IMAGES"}},
        "created with a stream disabled, UpdateViewType should not be specified",
    ),
    (
        "two partition keys",
        {"KeySchema": key("HASH PK", "HASH SK")},
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
    (
        "three key attributes",
        {"KeySchema": key("HASH PK", "RANGE SK", "RANGE x")},
        r"attributeName=x, keyType=RANGE\)\]' at 'keySchema' failed.*length less than or equal to 2",
    ),
    (
        "capacity units of a table on demand",
        {"ProvisionedThroughput": UNITS},
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
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
        r"at 'localSecondaryIndexes\.1\.member\.keySchema' failed.*length less than or equal to 2",
    ),
    (
        "a local index of a table without a sort key",
        {"KeySchema": key("HASH PK"), "LocalSecondaryIndexes": [index("by-x", "HASH PK", "RANGE x")]},
        "Table KeySchema does not have a range key",
    ),
    (
        "a global index with five partition key attributes",
        {"GlobalSecondaryIndexes": [index("by-x", *(f"HASH h{n}" for n in range(5)))]},
        "exceeds the maximum allowed number of HASH key attributes",
    ),
    (
        "a global index with five sort key attributes",
        {"GlobalSecondaryIndexes": [index("by-x", "HASH x", *(f"RANGE r{n}" for n in range(5)))]},
        "exceeds the maximum allowed number of RANGE key attributes",
    ),
    (
        "a stream with another view",
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "BOTH"}},
        "Value 'BOTH'",
    ),
    (
        "21 global indexes",
        {"GlobalSecondaryIndexes": many(21)},
        "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    (
        "6 local indexes",
        {"LocalSecondaryIndexes": [index(f"by-{n}", "HASH PK", f"RANGE a{n}") for n in range(6)]},
        "LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    ("no global indexes", {"GlobalSecondaryIndexes": []}, "List of GlobalSecondaryIndexes is empty"),
    ("no local indexes", {"LocalSecondaryIndexes": []}, "List of LocalSecondaryIndexes is empty"),
    (
        "101 attributes in all projections",
        {"GlobalSecondaryIndexes": [*many(5, 20), index("by-y", "HASH y", projection=included(1))]},
        "NonKeyAttributes, summed across all of the secondary indexes.*limit of 100",
    ),
    (
        "one attribute twice in a projection",
        {
            "GlobalSecondaryIndexes": [
                index("by-x", "HASH x", projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n", "n"]})
            ]
        },
        "Duplicate element in NonKeyAttributes: n",
    ),
    (
        "a definition too many",
        {"AttributeDefinitions": defined("PK SK x")},
        "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
    ),
    (
        "a definition too many beside an index",
        {"AttributeDefinitions": defined("PK SK x y"), "GlobalSecondaryIndexes": [index("by-x", "HASH x")]},
        r"Some AttributeDefinitions are not used\. AttributeDefinitions: \[PK, SK, x, y\], keys used: \[PK, SK, x\]",
    ),
    (
        "a definition too few",
        {"AttributeDefinitions": defined("PK")},
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    (
        "another definition",
        {"AttributeDefinitions": defined("PK x")},
        r"Some index key attributes are not defined in AttributeDefinitions\. Keys: \[SK\], AttributeDefinitions: \[PK, x\]",
    ),
    (
        "a definition too few for an index",
        {"AttributeDefinitions": defined("PK SK"), "GlobalSecondaryIndexes": [index("by-x", "HASH x")]},
        r"not defined in AttributeDefinitions\. Keys: \[x\]",
    ),
    ("a definition twice", {"AttributeDefinitions": defined("PK PK SK")}, "Attribute Name is duplicated: PK"),
    (
        "provisioned capacity without units",
        {"BillingMode": "PROVISIONED"},
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    (
        "a maximum of a provisioned table",
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": UNITS,
            "OnDemandThroughput": {"MaxReadRequestUnits": 5},
        },
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED",
    ),
    (
        "a maximum of nothing",
        {"OnDemandThroughput": {"MaxWriteRequestUnits": 0}},
        "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range",
    ),
    (
        "less warm throughput than there is",
        {"WarmThroughput": {"ReadUnitsPerSecond": 11_999}},
        "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand",
    ),
    (
        "a key without the type KMS",
        {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "alias/own"}},
        "SSEType KMS is required if KMSMasterKeyId is specified",
    ),
    (
        "a key that is not there",
        {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/own"}},
        "KMS validation error: NotFoundException",
    ),
    (
        "a type of encryption that is off",
        {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
        "SSEType can not be specified if Enabled is false",
    ),
    (
        "AES256",
        {"SSESpecification": {"Enabled": True, "SSEType": "AES256"}},
        "SSEType AES256 is not supported",
    ),
    ("a tag twice", {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate Tag Key found a"),
    ("a tag of AWS", {"Tags": [{"Key": "aws:a", "Value": "1"}]}, "Tag Key cannot be prefixed with aws:, Key: aws:a"),
    (
        "51 tags",
        {"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
        "Number of Tags exceed the current limit for the provided ResourceArn",
    ),
    (
        "a policy that is no JSON",
        {"ResourcePolicy": "allow"},
        "Invalid policy document: This policy contains invalid Json",
    ),
    ("a name of 2 characters", {"name": "ab"}, "Value 'ab' at 'tableName'.*length greater than or equal to 3"),
    ("a name of 256 characters", {"name": "a" * 256}, "at 'tableName'.*length less than or equal to 255"),
    (
        "another name",
        {"name": "my orders"},
        r"Value 'my orders' at 'tableName' failed.*regular expression pattern: \[a-zA-Z0-9_\.-\]\+",
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
    ("20 global indexes", {"GlobalSecondaryIndexes": many(20)}),
    ("5 local indexes", {"LocalSecondaryIndexes": [index(f"by-{n}", "HASH PK", f"RANGE a{n}") for n in range(5)]}),
    ("100 attributes in all projections", {"GlobalSecondaryIndexes": many(5, 20)}),
    ("a maximum on demand", {"OnDemandThroughput": {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1}}),
    ("warm throughput", {"WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_001}}),
    ("encryption by its type alone", {"SSESpecification": {"SSEType": "KMS"}}),
    ("encryption that is off", {"SSESpecification": {"Enabled": False}}),
    ("encryption that says nothing", {"SSESpecification": {}}),
    ("50 tags", {"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(50)]}),
    ("no tags", {"Tags": []}),
    ("an index with the name of the table", {"GlobalSecondaryIndexes": [index("orders", "HASH x")]}),
    ("a projected key attribute", {"GlobalSecondaryIndexes": [index("by-x", "HASH x", projection=ALL)]}),
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


@pytest.mark.parametrize("name", ["abc", "a" * 255, "A_b-c.9"])
def test_a_name_that_aws_accepts(dynamodb: Any, name: str) -> None:
    create(dynamodb, name)

    assert dynamodb.describe_table(TableName=name)["Table"]["TableName"] == name
    dynamodb.delete_table(TableName=name)


def test_a_name_is_used_once(table: Any) -> None:
    with pytest.raises(ClientError, match=r"ResourceInUseException.*Table already exists: orders"):
        create(table)


def test_what_the_account_lacks_of_a_request_is_no_refusal(table: Any) -> None:
    foreign = "arn:aws:dynamodb:us-west-2:123456789012:table/orders"
    calls: list[tuple[Callable[[], None], str]] = [
        (partial(create, table, "second", GlobalTableSourceArn=foreign), "global tables"),
        (partial(update, table, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}]), "global tables"),
        (partial(create, table, foreign), "make a table by its ARN"),
    ]
    for call, says in calls:
        with pytest.raises(ClientError, match=f"NotImplementedException.*{says}") as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert table.list_tables()["TableNames"] == ["orders"]


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
    with pytest.raises(ClientError, match=r"ValidationException.*not defined in AttributeDefinitions. Keys: \[y\]"):
        add(table, index("by-y", "HASH x", "RANGE y"))
    with pytest.raises(ClientError, match=r"not defined in AttributeDefinitions. Keys: \[SK\]"):
        add(table, index("by-y", "HASH x", "RANGE SK"))
    with pytest.raises(
        ClientError, match=r"ValidationException.*AttributeDefinitions is not specified for index: by-sk"
    ):
        update(table, GlobalSecondaryIndexUpdates=[{"Create": index("by-sk", "HASH SK")}])
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

    existing = r"Existing schema: Schema:\[SchemaElement: key\{PK:S:HASH\}\] New schema: .*\{PK:N:HASH\}"
    with pytest.raises(ClientError, match=f"ValidationException.*Attributes cannot be redefined.*{existing}"):
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
        {"OnDemandThroughput": {"MaxReadRequestUnits": 5}},
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


def units_of(name: str, units: dict[str, int] = UNITS) -> list[dict[str, Any]]:
    """An update of an index that gives it capacity units."""
    return [{"Update": {"IndexName": name, "ProvisionedThroughput": units}}]


def test_capacity_units_change(dynamodb: Any) -> None:
    by_x = index("by-x", "HASH x", ProvisionedThroughput=UNITS)
    create(dynamodb, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS, GlobalSecondaryIndexes=[by_x])
    more = {**UNITS, "WriteCapacityUnits": 2}

    same = "Current ReadCapacityUnits provisioned for the table: 1. Requested ReadCapacityUnits: 1."
    for mode in ({}, {"BillingMode": "PROVISIONED"}):
        with pytest.raises(
            ClientError, match=f"ValidationException.*provisioned throughput for the table will not.*{same}"
        ):
            update(dynamodb, ProvisionedThroughput=UNITS, **mode)
    with pytest.raises(
        ClientError, match=r"ValidationException.*provisioned throughput for the index by-x will not change"
    ):
        update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-x"))
    with pytest.raises(
        ClientError, match="MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table"
    ):
        update(dynamodb, OnDemandThroughput={"MaxReadRequestUnits": 5})
    update(dynamodb, ProvisionedThroughput=more, GlobalSecondaryIndexUpdates=units_of("by-x", more))

    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    update(dynamodb, BillingMode="PAY_PER_REQUEST")
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    dynamodb.delete_table(TableName="orders")


SSE: dict[str, Any] = {"SSESpecification": {"Enabled": True}}
CLASS = {"TableClass": "STANDARD"}
PROTECTION = {"DeletionProtectionEnabled": False}
WARM = {"WarmThroughput": {"ReadUnitsPerSecond": 13_000}}
MAXIMUM = {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
CAPACITY = {"ProvisionedThroughput": UNITS}
ADDED = {
    "AttributeDefinitions": [{"AttributeName": "x", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [{"Create": index("by-x", "HASH x")}],
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({**SSE, **PROTECTION}, "Server-Side Encryption modification must be the only operation in the request"),
        ({**SSE, **CLASS}, "Server-Side Encryption modification must be"),
        ({**ADDED, **SSE}, "Server-Side Encryption modification must be"),
        ({**CLASS, **PROTECTION}, "TableClass modification must be the only operation in the request"),
        ({**ADDED, **CLASS}, "TableClass modification must be"),
        ({**PROTECTION, **ON_DEMAND}, "DeletionProtection modification must be the only operation in the request"),
        ({**WARM, **PROTECTION}, "DeletionProtection modification must be"),
        ({**ADDED, **PROTECTION}, "DeletionProtection modification must be"),
        ({**WARM, **STREAM}, "WarmThroughput must be the only operation in the request"),
        ({**ADDED, **WARM}, "Create global secondary index cannot be specified when updating WarmThroughput"),
        ({**MAXIMUM, **STREAM}, "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
        ({**STREAM, **CAPACITY}, "You cannot modify stream status while updating table IOPS"),
        (
            {**STREAM, **CAPACITY, "BillingMode": "PROVISIONED"},
            "You cannot modify stream status while updating table IOPS",
        ),
        ({**ADDED, **CAPACITY}, "You cannot create or delete index while updating table IOPS"),
        ({**ADDED, **STREAM}, "You cannot create or delete index while changing stream status"),
        ({"GlobalSecondaryIndexUpdates": [], **PROTECTION}, "List of GlobalSecondaryIndexUpdates is empty"),
        ({"GlobalSecondaryIndexUpdates": [{}]}, "One of GlobalSecondaryIndexUpdate.Update.*must not be null"),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-x"}, **units_of("by-x")[0]}]},
            "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [*units_of("by-x"), {"Delete": {"IndexName": "by-x"}}]},
            "Only one global secondary index update per index is allowed simultaneously. Index: by-x",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            "If stream is being enabled then UpdateViewType is required",
        ),
        ({"SSESpecification": {"Enabled": False}}, "Table is already encrypted by default"),
        ({"SSESpecification": {}}, "Table is already encrypted by default"),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
            "for OnDemandThroughput for table is outside of valid range",
        ),
    ],
    ids=str,
)
def test_changes_that_aws_does_not_make_together(table: Any, changes: dict[str, Any], message: str) -> None:
    before = table.describe_table(TableName="orders")["Table"]

    with pytest.raises(ClientError, match=message) as caught:
        update(table, **changes)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert table.describe_table(TableName="orders")["Table"] == before


@pytest.mark.parametrize(
    "changes",
    [
        {**ON_DEMAND, **STREAM},
        {**ON_DEMAND, **MAXIMUM},
        {**ON_DEMAND, **ADDED},
        {**PROTECTION, "AttributeDefinitions": ADDED["AttributeDefinitions"]},
        {**PROTECTION, "WarmThroughput": {}},
        {"OnDemandThroughput": {"MaxReadRequestUnits": -1}},
        WARM,
        STREAM,
        ADDED,
    ],
    ids=str,
)
def test_changes_that_aws_makes_together_or_alone(table: Any, changes: dict[str, Any]) -> None:
    update(table, **changes)


def test_an_index_may_be_made_while_another_changes(dynamodb: Any) -> None:
    by_y = index("by-y", "HASH y", ProvisionedThroughput=UNITS)
    create(dynamodb, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS, GlobalSecondaryIndexes=[by_y])
    by_x = index("by-x", "HASH x", ProvisionedThroughput=UNITS)

    update(
        dynamodb,
        AttributeDefinitions=ADDED["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=[
            {"Create": by_x},
            *units_of("by-y", {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}),
        ],
    )

    indexes = dynamodb.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"]
    units = {one["IndexName"]: one["ProvisionedThroughput"]["ReadCapacityUnits"] for one in indexes}
    assert units == {"by-y": 2, "by-x": 1}
    dynamodb.delete_table(TableName="orders")


def test_the_21st_index_is_beyond_the_quota(dynamodb: Any) -> None:
    create(dynamodb, GlobalSecondaryIndexes=many(19, 5))
    add(dynamodb, index("by-x", "HASH x"))

    with pytest.raises(ClientError, match="Number of global secondary indexes exceeds per-table limit of 20") as caught:
        add(dynamodb, index("by-y", "HASH y"), defined="y")

    assert caught.value.response["Error"]["Code"] == "LimitExceededException"
    update(dynamodb, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-x"}}])
    with pytest.raises(ClientError, match=r"ValidationException.*NonKeyAttributes, summed across all.*limit of 100"):
        add(dynamodb, index("by-y", "HASH y", projection=included(6)), defined="y")
    add(dynamodb, index("by-y", "HASH y", projection=included(5)), defined="y")
    dynamodb.delete_table(TableName="orders")


def test_a_local_index_stays(dynamodb: Any) -> None:
    create(dynamodb, LocalSecondaryIndexes=[index("by-x", "HASH PK", "RANGE x")])

    with pytest.raises(ClientError, match=r"ValidationException.*Cannot delete an index that is not a Global.*: by-x"):
        update(dynamodb, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-x"}}])
    with pytest.raises(ClientError, match=r"ValidationException.*Cannot update an index that is not a Global.*: by-x"):
        update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-x"))
    with pytest.raises(ClientError, match=r"ValidationException.*Attempting to create an index which already exists"):
        add(dynamodb, index("by-x", "HASH x"))
    dynamodb.delete_table(TableName="orders")


def test_a_key_is_named_again_only_by_its_id(gateway: Gateway, table: Any) -> None:
    credentials = gateway.credentials("student")
    kms: Any = sealed_client(
        sealed_session(), "kms", region="us-east-1", endpoint_url=gateway.url, credentials=credentials
    )
    own = kms.create_key()["KeyMetadata"]

    def encrypt(key_id: str) -> None:
        update(table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_id})

    encrypt(own["Arn"])
    with pytest.raises(ClientError, match=r"ValidationException.*Table is already encrypted with given KMSMasterKeyId"):
        encrypt(own["Arn"])
    encrypt(own["KeyId"])
    kms.disable_key(KeyId=own["KeyId"])
    with pytest.raises(ClientError, match=r"ValidationException.*KMS key disabled error.* is disabled"):
        encrypt(own["KeyId"])
    kms.schedule_key_deletion(KeyId=own["KeyId"])
    with pytest.raises(ClientError, match=r"ValidationException.*KMS validation error.* is pending deletion"):
        encrypt(own["KeyId"])


def test_a_protected_table_is_not_deleted(dynamodb: Any) -> None:
    create(dynamodb, DeletionProtectionEnabled=True)

    with pytest.raises(
        ClientError, match="Resource cannot be deleted as it is currently protected against del"
    ) as caught:
        dynamodb.delete_table(TableName="orders")

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    update(dynamodb, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="orders")


def test_on_demand_there_are_no_capacity_units(dynamodb: Any) -> None:
    create(dynamodb, GlobalSecondaryIndexes=[index("by-x", "HASH x")])

    for mode in ({}, {"BillingMode": "PAY_PER_REQUEST"}):
        with pytest.raises(ClientError, match="Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"):
            update(dynamodb, ProvisionedThroughput=UNITS, **mode)
        with pytest.raises(ClientError, match="The only Updates for index: by-x when TableThroughputMode is PAY_PER_R"):
            update(dynamodb, GlobalSecondaryIndexUpdates=units_of("by-x"), **mode)
        with pytest.raises(ClientError, match="can be specified for index: by-y when BillingMode is PAY_PER_REQUEST"):
            add(dynamodb, index("by-y", "HASH y", ProvisionedThroughput=UNITS), defined="y")

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
    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified when BillingMode is PROVISIONED"):
        update(dynamodb, BillingMode="PROVISIONED")
    with pytest.raises(
        ClientError, match="Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by-z"
    ):
        add(dynamodb, index("by-z", "HASH z"), defined="z")
    add(dynamodb, index("by-z", "HASH z", ProvisionedThroughput=UNITS), defined="z")

    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    dynamodb.delete_table(TableName="orders")


def test_an_index_that_is_updated_is_there(table: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        update(table, GlobalSecondaryIndexUpdates=units_of("by-nothing"))


def test_a_table_can_be_named_by_its_arn(table: Any) -> None:
    arn = table.describe_table(TableName="orders")["Table"]["TableArn"]

    add(table, index("by-sk", "HASH x", "RANGE PK"), defined="x PK", table_name=arn)


def test_the_recovery_period_has_a_limit(table: Any) -> None:
    def recover(days: int, *, enabled: bool = True) -> None:
        specification = {"PointInTimeRecoveryEnabled": enabled, "RecoveryPeriodInDays": days}
        table.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=specification)

    with pytest.raises(ClientError, match=r"ValidationException.*value less than or equal to 35"):
        recover(36)
    with pytest.raises(ClientError, match=r"ValidationException.*Cannot specify RecoveryPeriodInDays when disabling"):
        recover(35, enabled=False)
    recover(35)
    recover(1)


EXPIRES = {"AttributeName": "expires", "Enabled": True}
RECOVERS = {"PointInTimeRecoveryEnabled": True}


def test_a_table_that_is_not_there_is_not_found(dynamodb: Any) -> None:
    stream = {"StreamEnabled": False}
    for code, message, call in (
        ("ResourceNotFoundException", "not found: Table: nowhere not found", dynamodb.describe_table),
        ("ResourceNotFoundException", "not found: Table: nowhere not found", dynamodb.delete_table),
        (
            "ResourceNotFoundException",
            "not found: Table: nowhere not found",
            partial(dynamodb.update_table, **PROTECTION),
        ),
        ("ResourceNotFoundException", "not found", partial(dynamodb.update_table, StreamSpecification=stream)),
        ("ResourceNotFoundException", "not found", partial(dynamodb.update_table, **ADDED)),
        ("ResourceNotFoundException", "not found: Table: nowhere not found", dynamodb.describe_time_to_live),
        (
            "ResourceNotFoundException",
            "not found: Table: nowhere not found",
            partial(dynamodb.update_time_to_live, TimeToLiveSpecification=EXPIRES),
        ),
        ("TableNotFoundException", "Table not found: nowhere", dynamodb.describe_continuous_backups),
        (
            "TableNotFoundException",
            "Table not found: nowhere",
            partial(dynamodb.update_continuous_backups, PointInTimeRecoverySpecification=RECOVERS),
        ),
        ("TableNotFoundException", "Table not found: nowhere", partial(dynamodb.create_backup, BackupName="one")),
        ("ValidationException", "At least one of", dynamodb.update_table),
    ):
        with pytest.raises(ClientError, match=message) as caught:
            call(TableName="nowhere")
        assert caught.value.response["Error"]["Code"] == code


def test_time_to_live_is_changed_once(table: Any) -> None:
    def change(**changes: Any) -> None:
        table.update_time_to_live(TableName="orders", TimeToLiveSpecification={**EXPIRES, **changes})

    for code, changes in (
        (r"ValidationException.*TimeToLive is already disabled", {"Enabled": False}),
        (
            r"ValidationException.*'TimeToLiveSpecification.AttributeName'.*length less than",
            {"AttributeName": "a" * 256},
        ),
    ):
        with pytest.raises(ClientError, match=code):
            change(**changes)
    change()
    for code, changes in (
        (r"ValidationException.*TimeToLive is already enabled", {}),
        (r"ValidationException.*different AttributeName: current AttributeName is expires", {"AttributeName": "other"}),
        (r"ValidationException.*modified multiple times within a fixed interval", {"Enabled": False}),
    ):
        with pytest.raises(ClientError, match=code):
            change(**changes)
    described = table.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert described == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}
