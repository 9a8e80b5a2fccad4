"""The embedded account: one request at a time, transactions once by their token, moto's faults turned into answers."""

from __future__ import annotations

import contextlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from tests.accounts import account_of
from tests.harness.gateway.test_server import send
from tests.support import FakeClock

SESSION = sealed_session()
KEY = {"PK": {"S": "stock"}}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def gateway(clock: FakeClock) -> Iterator[Gateway]:
    with Gateway(EmbeddedAccount(clock.now), reads_only=False) as opened:
        yield opened


def client(gateway: Gateway, service: str = "dynamodb", region: str = "us-east-1") -> Any:
    return sealed_client(
        SESSION, service, region=region, endpoint_url=gateway.url, credentials=gateway.credentials("student")
    )


def create_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )


def add(dynamodb: Any, number: int, token: str, condition: str = "attribute_exists(PK) OR :n = :n") -> None:
    dynamodb.transact_write_items(
        ClientRequestToken=token,
        TransactItems=[
            {
                "Update": {
                    "TableName": "orders",
                    "Key": KEY,
                    "UpdateExpression": "ADD amount :n",
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": {":n": {"N": str(number)}},
                }
            }
        ],
    )


def amount(dynamodb: Any) -> str:
    item: dict[str, dict[str, str]] = dynamodb.get_item(TableName="orders", Key=KEY)["Item"]
    return item["amount"]["N"]


def test_a_new_account_is_empty_and_has_its_own_id(gateway: Gateway) -> None:
    create_table(client(gateway))
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as another:
        assert client(another).list_tables()["TableNames"] == []
        assert client(another, "sts").get_caller_identity()["Account"] == ACCOUNT_ID


def test_a_transaction_is_applied_once_by_its_token(gateway: Gateway, clock: FakeClock) -> None:
    dynamodb = client(gateway)
    create_table(dynamodb)

    add(dynamodb, 1, "a-token")
    add(dynamodb, 1, "a-token")
    assert amount(dynamodb) == "1"

    with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
        add(dynamodb, 2, "a-token")
    add(dynamodb, 1, "another-token")
    assert amount(dynamodb) == "2"

    clock.wait(601)
    add(dynamodb, 1, "a-token")
    assert amount(dynamodb) == "3"


def test_a_transaction_that_failed_can_be_tried_again_by_its_token(gateway: Gateway) -> None:
    dynamodb = client(gateway)
    create_table(dynamodb)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        add(dynamodb, 1, "a-token", condition="attribute_exists(PK)")
    dynamodb.put_item(TableName="orders", Item=KEY)

    add(dynamodb, 1, "a-token", condition="attribute_exists(PK)")

    assert amount(dynamodb) == "1"


def test_requests_are_served_one_at_a_time(gateway: Gateway) -> None:
    dynamodb = client(gateway)
    create_table(dynamodb)
    dynamodb.put_item(TableName="orders", Item={**KEY, "amount": {"N": "5"}})
    taken: list[int] = []

    def take(number: int) -> None:
        try:
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": "orders", "Item": {"PK": {"S": f"order-{number}"}}}},
                    {
                        "Update": {
                            "TableName": "orders",
                            "Key": KEY,
                            "UpdateExpression": "SET amount = amount - :one",
                            "ConditionExpression": "amount >= :one",
                            "ExpressionAttributeValues": {":one": {"N": "1"}},
                        }
                    },
                ]
            )
        except ClientError:
            return
        taken.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (len(taken), amount(dynamodb)) == (5, "0")
    assert len(dynamodb.scan(TableName="orders")["Items"]) == 6


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUE = {
    "due": (NOW - timedelta(days=1), True),
    "due since long": (NOW - timedelta(days=5 * 365 - 1), True),
    "due in the future": (NOW + timedelta(days=729), True),
    "due a second before": (NOW + timedelta(days=730, seconds=-1), True),
    "due a second later": (NOW + timedelta(days=730, seconds=1), False),
    "taken for no time": (NOW - timedelta(days=5 * 365 + 1), False),
    "years from then": (NOW + timedelta(days=5000), False),
}
NEVER_DUE: dict[str, dict[str, Any]] = {
    "zero": {"N": "0"},
    "negative": {"N": "-1772366400"},
    "milliseconds": {"N": "1772366400000"},
    "a text": {"S": "1772366400"},
    "a set": {"NS": ["1772366400"]},
    "a list": {"L": [{"N": "1772366400"}]},
    "nothing": {"NULL": True},
}


def names(dynamodb: Any, table: str = "orders") -> set[str]:
    """The keys of the items in a table."""
    return {item["PK"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


@pytest.fixture
def embedded(clock: FakeClock) -> EmbeddedAccount:
    return EmbeddedAccount(clock.now)


@pytest.fixture
def expiring(embedded: EmbeddedAccount) -> Iterator[Any]:
    """A client of an account whose table holds items that are due, and items that never are."""
    with Gateway(embedded, reads_only=False) as opened:
        dynamodb = client(opened)
        create_table(dynamodb)
        for name, value in {
            **{name: {"N": str(int(moment.timestamp()))} for name, (moment, _) in DUE.items()},
            **NEVER_DUE,
        }.items():
            dynamodb.put_item(TableName="orders", Item={"PK": {"S": name}, "expiresAt": value})
        dynamodb.put_item(TableName="orders", Item={"PK": {"S": "none"}, "other": {"N": "1772366400"}})
        yield dynamodb


def test_what_is_due_by_a_moment_expires_and_nothing_else(embedded: EmbeddedAccount, expiring: Any) -> None:
    until = NOW + timedelta(days=730)
    before = names(expiring)
    gone = {name for name, (_, is_due) in DUE.items() if is_due}

    assert embedded.expire("us-east-1", "orders", "expiresAt", NOW, until) == len(gone) == 4
    assert names(expiring) == before - gone
    assert embedded.expire("us-east-1", "orders", "expiresAt", NOW, until) == 0


def test_what_was_due_too_long_ago_stays_however_late_it_is(embedded: EmbeddedAccount, expiring: Any) -> None:
    """Five years are counted from now, when time to live is not behind, and not from the moment that is travelled to."""
    assert embedded.expire("us-east-1", "orders", "expiresAt", NOW, NOW + timedelta(days=40_000)) == len(DUE) - 1
    assert names(expiring) == {"taken for no time", "none", *NEVER_DUE}


@pytest.mark.parametrize("error", [None, KeyError], ids=["ends", "raises"])
def test_emptied_tables_hold_what_is_written_meanwhile_and_then_what_was_there(
    embedded: EmbeddedAccount, expiring: Any, error: type[Exception] | None
) -> None:
    before = names(expiring)

    def meanwhile() -> None:
        with embedded.emptied("us-east-1", ("orders", "not there")):
            assert names(expiring) == set()
            expiring.put_item(TableName="orders", Item={"PK": {"S": "mine"}})
            assert names(expiring) == {"mine"}
            with embedded.emptied("eu-west-1", ("orders",)):
                assert names(expiring) == {"mine"}, "a table of that name in another Region is another"
            if error is not None:
                raise error

    if error is None:
        meanwhile()
    else:
        with pytest.raises(error):
            meanwhile()

    assert names(expiring) == before


def test_a_table_that_is_deleted_while_it_is_emptied_stays_deleted(embedded: EmbeddedAccount, expiring: Any) -> None:
    with embedded.emptied("us-east-1", ("orders",)):
        expiring.delete_table(TableName="orders")

    assert expiring.list_tables()["TableNames"] == []


@pytest.mark.usefixtures("expiring")
def test_tables_of_an_account_that_was_asked_nothing_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto keeps its state globally: the tables of the account before are none of this one's. And moto is not imported
    before this machine's settings are sealed off."""
    events: list[str] = []
    monkeypatch.setattr("harness.targets.embedded.account._seal_this_process", lambda: events.append("sealed"))
    later = EmbeddedAccount(lambda: 0.0)
    with later.emptied("us-east-1", ()):
        assert events == ["sealed"]
    with later.emptied("us-east-1", ("orders",)), Gateway(later, reads_only=False) as opened:
        dynamodb = client(opened)
        assert dynamodb.list_tables()["TableNames"] == []
        create_table(dynamodb)
        dynamodb.put_item(TableName="orders", Item={"PK": {"S": "mine"}})
        assert names(dynamodb) == {"mine"}


@pytest.mark.parametrize(("attribute", "count"), [("other", 1), ("PK", 0), ("not there", 0)])
def test_items_expire_by_that_attribute_alone(
    embedded: EmbeddedAccount, expiring: Any, attribute: str, count: int
) -> None:
    assert embedded.expire("us-east-1", "orders", attribute, NOW, NOW + timedelta(days=1)) == count
    assert ("none" in names(expiring)) is (count == 0)


def test_items_expire_by_their_whole_key_in_one_table_of_one_region(embedded: EmbeddedAccount) -> None:
    past = {"N": str(int(NOW.timestamp()) - 1)}
    with Gateway(embedded, reads_only=False) as opened:
        tables = [(region, table) for region in ("eu-west-1", "us-east-1") for table in ("prices", "others")]
        for region, table in tables:
            dynamodb = client(opened, region=region)
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": "PK", "AttributeType": "S"},
                    {"AttributeName": "SK", "AttributeType": "N"},
                ],
                KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            )
            for number, more in enumerate(({"expiresAt": past}, {}, {"expiresAt": past})):
                item = {"PK": {"S": "P"}, "SK": {"N": str(number)}, **more}
                dynamodb.put_item(TableName=table, Item=item)

        assert embedded.expire("eu-west-1", "prices", "expiresAt", NOW, NOW) == 2

        left = [
            [item["SK"]["N"] for item in client(opened, region=region).scan(TableName=table)["Items"]]
            for region, table in tables
        ]
    assert left == [["1"], *[["0", "1", "2"]] * 3]


def test_a_number_that_aws_would_refuse_does_not_stop_the_others(embedded: EmbeddedAccount, expiring: Any) -> None:
    """moto takes any text for a number in UpdateItem; where it is refused, as AWS does, there is nothing to expire."""
    for number in ("soon", "NaN", "sNaN", "-Infinity"):
        with contextlib.suppress(ClientError):
            expiring.update_item(
                TableName="orders",
                Key={"PK": {"S": number}},
                UpdateExpression="SET expiresAt = :n",
                ExpressionAttributeValues={":n": {"N": number}},
            )

    assert embedded.expire("us-east-1", "orders", "expiresAt", NOW, NOW) == 2


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("dynamodb", lambda api: api.describe_contributor_insights(TableName="orders")),
        ("cloudwatch", lambda api: api.put_composite_alarm(AlarmName="a", AlarmRule="TRUE")),
        ("iam", lambda api: api.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["s3:GetObject"])),
    ],
)
def test_what_moto_lacks_is_not_implemented(gateway: Gateway, service: str, call: Any) -> None:
    create_table(client(gateway))

    with pytest.raises(ClientError, match="NotImplementedException") as caught:
        call(client(gateway, service))

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_what_moto_lacks_within_an_operation_is_its_fault_and_no_gap(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise NotImplementedError("tags are not supported for this")

    monkeypatch.setattr("moto.dynamodb.models.DynamoDBBackend.list_tables", fails)

    with pytest.raises(ClientError, match=r"HarnessFault.*dynamodb ListTables.*NotImplementedError: tags are not"):
        client(gateway).list_tables()


def test_a_bug_of_moto_is_a_servers_error(gateway: Gateway) -> None:
    with pytest.raises(
        ClientError,
        match=r"HarnessFault.*The grading tool failed at kms GenerateRandom\. This is a bug of the tool\. TypeError: ",
    ) as caught:
        client(gateway, "kms").generate_random()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_an_export_needs_no_prefix_and_a_list_of_exports_no_table(gateway: Gateway) -> None:
    dynamodb = client(gateway)
    create_table(dynamodb)
    dynamodb.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    arn = dynamodb.describe_table(TableName="orders")["Table"]["TableArn"]

    made = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket")["ExportDescription"]["ExportArn"]

    assert [one["ExportArn"] for one in dynamodb.list_exports()["ExportSummaries"]] == [made]
    assert [one["ExportArn"] for one in dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [made]
    assert dynamodb.list_exports(TableArn=f"{arn}2")["ExportSummaries"] == []


NO_EXPORT = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/export/0"


@pytest.mark.parametrize(
    ("service", "code", "call"),
    [
        ("athena", "InvalidRequestException", lambda api: api.get_named_query(NamedQueryId="none")),
        ("athena", "InvalidRequestException", lambda api: api.get_query_execution(QueryExecutionId="none")),
        (
            "cloudformation",
            "ChangeSetNotFound",
            lambda api: api.execute_change_set(ChangeSetName="none", StackName="s"),
        ),
        (
            "dynamodb",
            "ExportNotFoundException",
            lambda api: api.describe_export(ExportArn=NO_EXPORT),
        ),
        ("dynamodbstreams", "ValidationException", lambda api: api.get_records(ShardIterator="none")),
    ],
)
def test_what_is_not_there_is_said_as_aws_says_it(gateway: Gateway, service: str, code: str, call: Any) -> None:
    with pytest.raises(ClientError, match="was not found") as caught:
        call(client(gateway, service))

    assert caught.value.response["Error"]["Code"] == code


def test_numbers_come_back_in_their_normal_form_also_where_moto_counted_them(gateway: Gateway) -> None:
    dynamodb = client(gateway)
    create_table(dynamodb)
    key = {"PK": {"S": "one"}}
    dynamodb.put_item(TableName="orders", Item={**key, "n": {"N": "1.8588096E+9"}, "set": {"NS": ["1.50", "1E1"]}})
    dynamodb.update_item(
        TableName="orders",
        Key=key,
        UpdateExpression="SET half = :half + :half",
        ExpressionAttributeValues={":half": {"N": "0.50"}},
    )

    item = dynamodb.get_item(TableName="orders", Key=key)["Item"]
    assert item == {**key, "n": {"N": "1858809600"}, "set": {"NS": ["1.5", "10"]}, "half": {"N": "1"}}
    with pytest.raises(ClientError, match=r"ValidationException.*cannot be converted to a numeric value: many"):
        dynamodb.put_item(TableName="orders", Item={**key, "n": {"N": "many"}})


def test_partiql_is_a_gap(gateway: Gateway) -> None:
    with pytest.raises(ClientError, match=r"NotImplementedException.*The embedded account lacks PartiQL"):
        client(gateway).execute_statement(Statement="SELECT * FROM orders")


@pytest.mark.parametrize("region", ["us-esat-1", "aws-global", "local"])
@pytest.mark.parametrize("call", [create_table, lambda dynamodb: dynamodb.list_tables()], ids=["ruled", "not ruled"])
def test_a_region_that_aws_does_not_have_is_named(
    gateway: Gateway, capfd: pytest.CaptureFixture[str], region: str, call: Any
) -> None:
    with pytest.raises(ClientError, match=f"UnknownRegionException.*AWS has no Region {region}, so") as caught:
        call(client(gateway, region=region))

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"])
def test_every_partitions_regions_are_there(gateway: Gateway, region: str) -> None:
    dynamodb = client(gateway, region=region)
    create_table(dynamodb)

    assert f":{region}:" in dynamodb.describe_table(TableName="orders")["Table"]["TableArn"]


@pytest.mark.parametrize(("service", "region"), [("iam", "us-esat-1"), ("iam", "aws-global"), ("sts", "aws-global")])
def test_a_global_service_has_no_regions(gateway: Gateway, service: str, region: str) -> None:
    api = client(gateway, service, region)

    answer = api.list_users() if service == "iam" else api.get_caller_identity()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.fixture
def function(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function with a version and an alias, and what it needs, on a machine where Docker is not to be asked."""
    monkeypatch.setattr("docker.from_env", lambda *_, **__: pytest.fail("Docker was asked"))
    role = client(gateway, "iam").create_role(RoleName="consumer", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("consumer.py", "def handle(event, context): return {}")
    functions = client(gateway, "lambda")
    created = functions.create_function(
        FunctionName="consumer",
        Runtime="python3.12",
        Handler="consumer.handle",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
    )
    functions.publish_version(FunctionName="consumer")
    functions.create_alias(FunctionName="consumer", Name="live", FunctionVersion="1")
    return created


@pytest.mark.parametrize(("suffix", "version"), [("", "$LATEST"), (":1", "1"), (":live", "1")])
def test_functions_are_found_by_arn_version_and_alias(
    gateway: Gateway, function: Any, suffix: str, version: str
) -> None:
    arn = function["FunctionArn"] + suffix

    found = client(gateway, "lambda").get_function_configuration(FunctionName=arn)

    assert (found["FunctionName"], found["Version"], found["Role"]) == ("consumer", version, function["Role"])


def test_a_function_consumes_a_stream_without_docker(gateway: Gateway, function: Any) -> None:
    dynamodb, functions = client(gateway), client(gateway, "lambda")
    create_table(dynamodb)
    dynamodb.update_table(
        TableName="orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    )
    stream = dynamodb.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    made = functions.create_event_source_mapping(
        FunctionName="consumer", EventSourceArn=stream, StartingPosition="LATEST"
    )

    dynamodb.put_item(TableName="orders", Item=KEY)

    [mapping] = functions.list_event_source_mappings(EventSourceArn=stream)["EventSourceMappings"]
    assert (mapping["UUID"], mapping["State"], mapping["FunctionArn"]) == (
        made["UUID"],
        "Enabled",
        function["FunctionArn"],
    )


def test_a_function_is_not_run(gateway: Gateway, function: Any) -> None:
    functions = client(gateway, "lambda")

    with pytest.raises(
        ClientError, match=r"NotImplementedException.*The embedded account cannot run functions"
    ) as caught:
        functions.invoke(FunctionName="consumer")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501

    assert functions.invoke(FunctionName="consumer", InvocationType="Event")["StatusCode"] == 202


def test_a_reserved_concurrency_is_told_and_that_there_is_none(gateway: Gateway, function: Any) -> None:
    functions, arn = client(gateway, "lambda"), function["FunctionArn"]

    def told() -> dict[str, Any]:
        return {**account_of(gateway).read("lambda", "GetFunctionConcurrency", FunctionName=arn)}

    assert told() == {}
    functions.put_function_concurrency(FunctionName="consumer", ReservedConcurrentExecutions=0)
    assert told() == {"ReservedConcurrentExecutions": 0}
    functions.delete_function_concurrency(FunctionName="consumer")
    assert told() == {}


def test_no_folder_is_listed_for_a_request(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's own server lists some 200 directories for each, which is why its dispatcher is not used."""
    dynamodb = client(gateway)
    create_table(dynamodb)
    dynamodb.describe_table(TableName="orders")
    listed: list[Any] = []

    def listdir(path: str = ".") -> list[str]:
        listed.append(path)
        return []

    monkeypatch.setattr(os, "listdir", listdir)

    dynamodb.describe_table(TableName="orders")

    assert listed == []


def test_motos_own_dispatcher_still_lists_them() -> None:
    """When it no longer does, it could take the place of ours."""
    import inspect

    from moto import backends
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    assert "list_of_moto_modules()" in inspect.getsource(DomainDispatcherApplication.get_backend_for_host)
    assert "os.listdir(path)" in inspect.getsource(backends.list_of_moto_modules)


def test_settings_of_this_machine_are_sealed_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "MOTO_ACCOUNT_ID"):
        monkeypatch.setenv(name, "hostile")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    EmbeddedAccount(lambda: 0.0).load()

    assert [name for name in os.environ if name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "MOTO_ACCOUNT_ID")] == []
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("FooBar", b"{}", "UnknownOperationException"),
        ("PutItem", b"{", "SerializationException"),
        ("PutItem", b"[]", "SerializationException"),
        ("GetItem", b"null", "SerializationException"),
        ("GetItem", b"{}", "ValidationException"),
    ],
)
def test_what_is_no_request_of_dynamodb_is_refused(gateway: Gateway, operation: str, body: bytes, code: str) -> None:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}

    status, answer = send(gateway, "POST", "/", headers, body)

    assert (status, json.loads(answer)["__type"]) == (400, code)
