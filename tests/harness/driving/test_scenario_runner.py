"""Scenarios on a real table: what is there before and after, whose each request is, and what the harness does itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from harness import paths
from harness.account.session import sealed_client, sealed_session
from harness.driving.evidence import CallRecord, Evidence
from harness.driving.faults import throttled, unprocessed
from harness.driving.scenario import Driven, Scenario
from harness.driving.scenario_runner import ScenarioOptions, ScenarioRunner
from harness.driving.session import DrivingSession
from harness.gateway.server import Gateway
from harness.submission.caller import FailureKind
from harness.submission.provisioning import environment
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from harness.targets.target import Target, TargetKind, TargetOptions
from tests.accounts import account_of
from tests.support import FakeClock

REGION = "us-east-1"
MODULE = """
import os, boto3
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
client = boto3.client("dynamodb")
client.describe_table(TableName=os.environ["TABLE_NAME"])

def put(id):
    table.put_item(Item={"id": id})

def put_all(ids):
    with table.batch_writer() as batch:
        for id in ids:
            batch.put_item(Item={"id": id})

def get(id):
    return table.get_item(Key={"id": id}).get("Item")

def ids():
    pages = client.get_paginator("scan").paginate(TableName=table.name)
    return sorted(item["id"]["S"] for page in pages for item in page["Items"])

def page(**more):
    asked = {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "a"}}}
    answer = client.query(TableName="lines", **asked, **more)
    return [answer["Count"], "LastEvaluatedKey" in answer]

def page_of(limit):
    return page(Limit=limit)

def put_as_somebody(id):
    other = boto3.client("dynamodb", aws_access_key_id="AKIAOFSOMEBODYELSE00", aws_secret_access_key="x")
    other.put_item(TableName=table.name, Item={"id": {"S": id}})

def create(name):
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    client.put_item(TableName=name, Item={"id": {"S": "1"}})

class Store:
    def __init__(self, name, session):
        self.table = session.resource("dynamodb").Table(name)
    def put(self, id):
        self.table.put_item(Item={"id": id})
        return get(id)

class Plain:
    def __init__(self, name, number):
        self.told = [name, number]
    def put(self, id):
        return self.told
"""


@dataclass(frozen=True, slots=True)
class World:
    """An account with the tables `orders` and `stock`, a submission, and what drives it there."""

    owner: Any
    runner: ScenarioRunner

    def create(self, name: str) -> None:
        self.owner.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )

    def put(self, table: str, *ids: str, **more: Any) -> None:
        for one in ids:
            self.owner.put_item(TableName=table, Item={"id": {"S": one}, **more})

    def ids(self, table: str = "orders") -> list[str]:
        return sorted(one["id"]["S"] for one in self.owner.scan(TableName=table)["Items"])

    def gather(self, gather: Callable[[DrivingSession], None], *tables: str, **more: Any) -> Evidence:
        return self.runner.gather(driven(gather, *(tables or ("orders",)), **more), ("load",))


def driven(gather: Callable[[DrivingSession], None], *tables: str, **more: Any) -> Driven:
    """The functions of app/orders.py, unless a test says otherwise."""
    scenario = Scenario(gather, model=lambda today: None)
    fields: dict[str, Any] = {"class_name": "", "arguments": (), "session": False, **more}
    return Driven("orders", "app.orders", made_with=(), tables=tables, scenario_name="s", scenario=scenario, **fields)


def world(folder: Path, kind: TargetKind) -> Iterator[World]:
    (folder / "work" / "app").mkdir(parents=True)
    (folder / "work" / "app" / "orders.py").write_text(MODULE, "utf-8")
    embedded = EmbeddedAccount(lambda: 0.0)
    is_embedded = kind is TargetKind.EMBEDDED
    with Gateway(embedded, reads_only=False) as owners, Gateway(embedded, reads_only=not is_embedded) as gateway:
        target = Target(kind, REGION, gateway, account_of(gateway), embedded if is_embedded else None, ACCOUNT_ID, "")
        allowed = TargetOptions() if is_embedded else TargetOptions(endpoint_url="http://x", allow_writes=True)
        given = environment(gateway.url, REGION, "student", {"table_name": "orders"})
        now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        options = ScenarioOptions(folder / "work", given, now, 120.0, allowed, seed=1)
        owner = sealed_client(
            sealed_session(),
            "dynamodb",
            region=REGION,
            endpoint_url=owners.url,
            credentials=owners.credentials("owner"),
        )
        made = World(owner, ScenarioRunner(options, target, FakeClock(), print))
        for name in ("orders", "stock"):
            made.create(name)
            made.put(name, "before")
        yield made


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[World]:
    yield from world(tmp_path, TargetKind.EMBEDDED)


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(paths, "JOURNALS", tmp_path / "journals")
    yield from world(tmp_path, TargetKind.ENDPOINT)


def asked(called: CallRecord) -> list[tuple[str, str, str]]:
    return [(one.client, one.role, one.operation) for one in called.exchanges]


def test_requests_of_clients_that_are_made_at_import_are_those_of_their_process(embedded: World) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer, session.process("reader") as reader:
            for number in ("1", "2"):
                writer.call("load", "put", number)
                reader.call("load", "get", number)
            reader.call("load", "ids")
            writer.call("load", "put_as_somebody", "3")

    evidence = embedded.gather(gather)

    writer, reader = ("writer", "environment"), ("reader", "environment")
    assert [asked(one) for one in evidence.calls] == [
        [(*writer, "DescribeTable"), (*writer, "PutItem")],
        [(*reader, "DescribeTable"), (*reader, "GetItem")],
        [(*writer, "PutItem")],
        [(*reader, "GetItem")],
        [(*reader, "Scan")],
        [("", "unknown", "PutItem")],
    ]
    assert [one.client for one in evidence.calls] == ["writer", "reader"] * 2 + ["reader", "writer"]
    assert [one.value for one in evidence.calls] == [None, {"id": "1"}, None, {"id": "2"}, ["1", "2"], None]
    last = evidence.calls[-1]
    assert last.failure is not None
    assert last.failure.kind is FailureKind.RAISED
    assert "UnrecognizedClientException" in last.failure.summary
    assert last.place.file == "app/orders.py"


def test_an_object_is_made_with_arguments_and_a_session_of_another_role(embedded: World) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer:
            writer.call("load", "put", "1")

    evidence = embedded.gather(gather, class_name="Store", arguments=("orders",), session=True)

    [put] = evidence.calls
    assert (put.value, put.failure) == ({"id": "1"}, None)
    assert [(one.role, one.operation) for one in put.exchanges] == [
        ("environment", "DescribeTable"),
        ("session", "PutItem"),
        ("environment", "GetItem"),
    ]


def test_an_object_is_made_with_its_arguments_alone_where_no_session_is_declared(embedded: World) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer:
            writer.call("load", "put", "1")

    evidence = embedded.gather(gather, class_name="Plain", arguments=("orders", 5))

    assert [(one.value, one.failure) for one in evidence.calls] == [(["orders", 5], None)]


@pytest.mark.parametrize("error", [None, RuntimeError], ids=["ends", "raises"])
def test_a_scenario_begins_on_emptied_tables_and_what_was_there_comes_back(
    embedded: World, error: type[Exception] | None
) -> None:
    seen: list[list[str]] = []

    def gather(session: DrivingSession) -> None:
        seen.extend((embedded.ids("orders"), embedded.ids("stock")))
        with session.recording():
            session.put("orders", [{"id": {"S": "mine"}}])
        seen.append(embedded.ids())
        if error is not None:
            raise error

    if error is None:
        embedded.gather(gather)
    else:
        with pytest.raises(error):
            embedded.gather(gather)

    assert seen == [[], ["before"], ["mine"]], "a table that is not driven stays as it is"
    assert (embedded.ids("orders"), embedded.ids("stock")) == (["before"], ["before"])


def test_a_table_that_does_not_exist_yet_is_no_obstacle(embedded: World) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer:
            assert not session.can_jump("later")
            writer.call("load", "create", "later")

    evidence = embedded.gather(gather, "orders", "later")

    assert [one.failure for one in evidence.calls] == [None]
    assert embedded.ids("later") == ["1"]


def test_time_passes_for_one_table_alone(embedded: World) -> None:
    ends = {"ends": {"N": str(int(datetime(2026, 3, 5, tzinfo=UTC).timestamp()))}}
    for name in ("orders", "stock"):
        embedded.owner.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
        )

    def gather(session: DrivingSession) -> None:
        for name in ("orders", "stock"):
            embedded.put(name, "1", **ends)
        session.jump("4 days on", date(2026, 3, 4), "orders")
        assert (embedded.ids("orders"), embedded.ids("stock")) == (["1"], ["1"])
        session.jump("5 days on", date(2026, 3, 5), "stock")
        assert (embedded.ids("orders"), embedded.ids("stock")) == (["1"], [])

    evidence = embedded.gather(gather, "orders", "stock")

    assert [(one.phase, one.expired) for one in evidence.time_jumps] == [("4 days on", 0), ("5 days on", 1)]


def test_a_query_answers_with_small_pages_while_they_last(embedded: World) -> None:
    names = ("id", "line")
    embedded.owner.create_table(
        TableName="lines",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
        ],
    )

    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("reader") as reader:
            session.put("lines", [{"id": {"S": "a"}, "line": {"S": str(number)}} for number in range(5)])
            with session.small_pages():
                reader.call("small pages", "page")
                for limit in (2, 4):
                    reader.call("small pages", "page_of", limit)
            reader.call("load", "page")

    evidence = embedded.gather(gather, "lines")

    assert [one.value for one in evidence.calls] == [[3, True], [2, True], [3, True], [5, False]]
    first, last = evidence.calls[0].exchanges[-1], evidence.calls[-1].exchanges[-1]
    assert (first.limited, first.examined, last.limited) == (False, 3, False), "told as the code asked, not the rule"


def test_code_meets_faults_while_they_last(embedded: World) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer:
            with session.faults(unprocessed("BatchWriteItem", at=(1,)), throttled("PutItem", at=(1,))):
                session.put("orders", [{"id": {"S": "5"}}, {"id": {"S": "8"}}])  # is not counted
                writer.call("under faults", "put_all", ["1", "2", "3", "4"])
                writer.call("under faults", "put", "6")
            writer.call("load", "put", "7")
            writer.call("load", "ids")

    evidence = embedded.gather(gather)

    assert evidence.calls[-1].value == ["1", "2", "3", "4", "5", "6", "7", "8"], "boto3 asks again, and nothing is lost"
    told = [[(one.operation, one.injected) for one in called.exchanges] for called in evidence.calls]
    assert told == [
        [("DescribeTable", False), ("BatchWriteItem", True), ("BatchWriteItem", False)],
        [("PutItem", True), ("PutItem", False)],
        [("PutItem", False)],
        [("Scan", False)],
    ]


def test_what_a_scenario_puts_is_in_no_calls_requests_and_is_removed_again(endpoint: World, tmp_path: Path) -> None:
    noted: list[list[str]] = []

    def gather(session: DrivingSession) -> None:
        ids = [f"{session.options.prefix}{number:02}" for number in range(30)]
        with session.recording(), session.process("reader") as reader:
            session.put("orders", [{"id": {"S": one}} for one in ids])
            session.put("stock", [{"id": {"S": ids[0]}}])
            noted.extend(
                [json.loads(line)["id"]["S"] for line in file.read_text().splitlines()[1:]]
                for file in sorted((tmp_path / "journals").glob("*.jsonl"))
            )
            reader.call("load", "get", ids[0])
            reader.call("load", "put", f"{session.options.prefix}own")
        assert noted == [ids, ids[:1]]
        assert endpoint.ids() == ["before", *ids, f"{session.options.prefix}own"]

    evidence = endpoint.gather(gather, "orders", "stock")

    assert [[one.operation for one in called.exchanges] for called in evidence.calls] == [
        ["DescribeTable", "GetItem"],
        ["PutItem"],
    ]
    assert evidence.calls[0].value is not None
    assert (endpoint.ids("orders"), endpoint.ids("stock")) == (["before"], ["before"])
    assert list((tmp_path / "journals").iterdir()) == []


@pytest.mark.parametrize("tables", [(), ("later",), ("stock",), ("stock", "later")], ids="+".join)
def test_in_somebodys_account_nothing_but_the_declared_tables_that_exist_is_written(
    endpoint: World, tables: tuple[str, ...]
) -> None:
    """Also where none of them does: that must not let everything pass."""

    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process("writer") as writer:
            writer.call("load", "put", f"{session.options.prefix}1")
            writer.call("load", "create", "later")

    evidence = endpoint.runner.gather(driven(gather, *tables), ("load",))

    who = "Only new items of the table stock" if "stock" in tables else "Nothing may be written here"
    for called, why in zip(evidence.calls, ("it writes to orders", "dynamodb CreateTable is not a write"), strict=True):
        assert called.failure is not None
        assert who in called.failure.summary
        assert why in called.failure.summary
    assert endpoint.ids() == ["before"]
    assert endpoint.owner.list_tables()["TableNames"] == ["orders", "stock"]
