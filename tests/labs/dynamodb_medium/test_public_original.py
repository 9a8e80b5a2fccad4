"""The nine verifications of the lab's public original hold for our reference, and where one of them does not hold, ours
does not either: sharedlabs1/s3assessment, commit 9ca74be, `test_dynamodb_medium_assessment.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.client import BaseClient

from harness.account.session import sealed_session
from harness.checking.finding import Status
from harness.checking.runner import Runner
from harness.gateway.server import Gateway
from tests.accounts import account_of, inspecting, reference_account
from tests.support import FakeClock

LAB = "dynamodb_medium"
TABLE, FUNCTION = "orders-student", "process-orders-stream-student"


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients of a student, to look and to break."""

    gateway: Gateway

    def __call__(self, service: str) -> Any:
        credentials = self.gateway.credentials("submission")
        client: BaseClient = sealed_session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.gateway.url,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
        )
        return client

    @property
    def table(self) -> dict[str, Any]:
        described: dict[str, Any] = self("dynamodb").describe_table(TableName=TABLE)["Table"]
        return described


def table_has_a_composite_key(client: Clients) -> bool:
    keys = [part["AttributeName"] for part in client.table["KeySchema"]]
    on_demand = client.table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    return client.table["TableStatus"] == "ACTIVE" and keys == ["customer_id", "order_id"] and on_demand


def global_index_is_active(client: Clients) -> bool:
    found = {one["IndexName"]: one for one in client.table.get("GlobalSecondaryIndexes", [])}
    index = found.get("StatusDateIndex", {"KeySchema": (), "IndexStatus": ""})
    return index["IndexStatus"] == "ACTIVE" and _names(index) == ["status", "order_date"]


def local_index_is_there(client: Clients) -> bool:
    found = {one["IndexName"]: one for one in client.table.get("LocalSecondaryIndexes", [])}
    return _names(found.get("CustomerAmountIndex", {"KeySchema": ()})) == ["customer_id", "total_amount"]


def table_has_fifteen_items(client: Clients) -> bool:
    return bool(client("dynamodb").scan(TableName=TABLE, Select="COUNT")["Count"] >= 15)


def stream_shows_both_images(client: Clients) -> bool:
    stream = client.table.get("StreamSpecification", {})
    shows = stream.get("StreamEnabled") and stream.get("StreamViewType") == "NEW_AND_OLD_IMAGES"
    return bool(shows and client.table.get("LatestStreamArn"))


def function_is_connected(client: Clients) -> bool:
    functions = [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]]
    if FUNCTION not in functions:
        return False
    stream = client.table.get("LatestStreamArn", "")
    mappings = client("lambda").list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    states = [one["State"] for one in mappings if one["EventSourceArn"] == stream]
    return states[:1] in (["Enabled"], ["Enabling"])


def time_to_live_is_enabled(client: Clients) -> bool:
    found = client("dynamodb").describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    on = found["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    return on and found.get("AttributeName") == "expiry_date"


def an_alarm_names_the_table(client: Clients) -> bool:
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    return bool([one for one in alarms if TABLE in (one["AlarmName"], *_values(one)) or TABLE in one["AlarmName"]])


def table_is_tagged(client: Clients) -> bool:
    tags = client("dynamodb").list_tags_of_resource(ResourceArn=client.table["TableArn"])["Tags"]
    return {"Environment", "Application", "StudentID"} <= {one["Key"] for one in tags}


def _names(index: Mapping[str, Any]) -> list[str]:
    return [part["AttributeName"] for part in index["KeySchema"]]


def _values(alarm: Mapping[str, Any]) -> list[str]:
    return [one["Value"] for one in alarm.get("Dimensions", [])]


def _remade(client: Clients, **other: Any) -> None:
    """The table is created anew, with other settings; a setting that is None is left out."""
    described = client.table
    dynamodb = client("dynamodb")
    dynamodb.delete_table(TableName=TABLE)
    index = ("IndexName", "KeySchema", "Projection")
    settings = {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": described["KeySchema"],
        "GlobalSecondaryIndexes": [{name: one[name] for name in index} for one in described["GlobalSecondaryIndexes"]],
        "LocalSecondaryIndexes": [{name: one[name] for name in index} for one in described["LocalSecondaryIndexes"]],
        **other,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    keys = [given, *given.get("GlobalSecondaryIndexes", ()), *given.get("LocalSecondaryIndexes", ())]
    used = {name for one in keys for name in _names(one)}
    types = [one for one in described["AttributeDefinitions"] if one["AttributeName"] in used]
    dynamodb.create_table(**given, AttributeDefinitions=types)


def _one_key(client: Clients) -> None:
    _remade(client, KeySchema=client.table["KeySchema"][:1], LocalSecondaryIndexes=None)


def _no_global_index(client: Clients) -> None:
    client("dynamodb").update_table(
        TableName=TABLE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "StatusDateIndex"}}]
    )


def _no_local_index(client: Clients) -> None:
    _remade(client, LocalSecondaryIndexes=None)


def _fourteen_items(client: Clients) -> None:
    items = client("dynamodb").scan(TableName=TABLE)["Items"]
    for item in items[14:]:
        key = {name: item[name] for name in ("customer_id", "order_id")}
        client("dynamodb").delete_item(TableName=TABLE, Key=key)


def _no_stream(client: Clients) -> None:
    client("dynamodb").update_table(TableName=TABLE, StreamSpecification={"StreamEnabled": False})


def _no_function(client: Clients) -> None:
    client("lambda").delete_function(FunctionName=FUNCTION)


def _no_mapping(client: Clients) -> None:
    for one in client("lambda").list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]:
        client("lambda").delete_event_source_mapping(UUID=one["UUID"])


def _no_time_to_live(client: Clients) -> None:
    _remade(client)  # time to live cannot be switched off again within an hour


def _no_alarms(client: Clients) -> None:
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    client("cloudwatch").delete_alarms(AlarmNames=[one["AlarmName"] for one in alarms])


def _no_tags(client: Clients) -> None:
    client("dynamodb").untag_resource(ResourceArn=client.table["TableArn"], TagKeys=["StudentID"])


VERIFICATIONS: list[tuple[Callable[[Clients], bool], Callable[[Clients], None], str]] = [
    (table_has_a_composite_key, _one_key, "table.primary-key"),
    (global_index_is_active, _no_global_index, "status-index.by-status"),
    (local_index_is_there, _no_local_index, "amount-index.by-amount"),
    (table_has_fifteen_items, _fourteen_items, "orders.number"),
    (stream_shows_both_images, _no_stream, "stream.enabled"),
    (function_is_connected, _no_function, "consumer.function"),
    (function_is_connected, _no_mapping, "consumer.mapping"),
    (time_to_live_is_enabled, _no_time_to_live, "expiry.time-to-live"),
    (an_alarm_names_the_table, _no_alarms, "alarms.reads"),
    (table_is_tagged, _no_tags, "tags.tags"),
]
"""Each verification, an account in which it does not hold, and the finding of ours that must fail then."""


@pytest.fixture(name="client")
def _client() -> Iterator[Clients]:
    with reference_account(LAB) as gateway:
        yield Clients(gateway)


def test_every_verification_of_the_original_holds_for_the_reference(client: Clients) -> None:
    assert [one.__name__ for one, _, _ in VERIFICATIONS if not one(client)] == []


@pytest.mark.proof
@pytest.mark.parametrize(
    ("verification", "breaks", "finding"), [pytest.param(*one, id=one[1].__name__[1:]) for one in VERIFICATIONS]
)
def test_what_the_original_refuses_fails_here_too(
    client: Clients, verification: Callable[[Clients], bool], breaks: Callable[[Clients], None], finding: str
) -> None:
    breaks(client)

    assert not verification(client)
    findings = Runner(inspecting(LAB), account_of(client.gateway), FakeClock()).run()
    statuses = {one.id: one.status for one in findings}
    assert statuses[finding] is Status.FAIL
