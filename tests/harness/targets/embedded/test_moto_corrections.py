"""moto's faults are corrected, and each correction is still needed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from harness.targets.embedded import moto_corrections
from tests.harness.targets.embedded import moto_behaviour
from tests.harness.targets.embedded.moto_behaviour import (
    KEYS,
    PROBES,
    STREAM,
    client,
    create_table,
    image,
    item,
    key,
    run,
    update,
)
from tests.support import ROOT


@pytest.fixture(autouse=True)
def corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto as the embedded account has it; its streams' endpoint as it knows it."""
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    moto_corrections.apply()


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """What the probes see of moto as it is, in a process without corrections."""
    output = subprocess.run(
        [sys.executable, Path(moto_behaviour.__file__)],
        env={"PATH": os.defpath, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout
    seen: dict[str, Any] = json.loads(output)
    return seen


def test_the_corrections_are_for_the_installed_moto() -> None:
    assert importlib.metadata.version("moto") == moto_corrections.CORRECTED_VERSION, "look at each correction again"


def test_every_correction_has_a_probe_and_a_reason() -> None:
    assert [correction.__name__ for correction in moto_corrections.CORRECTIONS] == list(PROBES)
    assert [
        correction.__name__ for correction in moto_corrections.CORRECTIONS if "moto" not in (correction.__doc__ or "")
    ] == []


@pytest.mark.proof
@pytest.mark.parametrize("name", PROBES)
def test_the_fault_is_corrected(name: str) -> None:
    probe, right = PROBES[name]

    assert run(probe) == right


@pytest.mark.proof
@pytest.mark.parametrize("name", PROBES)
def test_the_correction_is_needed(name: str, plain: dict[str, Any]) -> None:
    assert plain[name] != PROBES[name][1], f"moto no longer needs the correction {name}: delete it"


@pytest.mark.proof
def test_records_stay_readable_though_a_function_consumes_them() -> None:
    assert run(moto_behaviour.consumed_stream) == 3


@pytest.mark.parametrize("index", [None, "by-place", "by-group", "local"])
@pytest.mark.parametrize("backwards", [False, True])
def test_queries_answer_in_the_order_of_their_keys(index: str | None, backwards: bool) -> None:
    """In pages of three, of numbers that as texts would have another order, some of whose partitions were emptied."""
    schemas = {"by-place": ("group", "place"), "by-group": ("group", None), "local": ("PK", "place")}
    made = [
        {
            "IndexName": name,
            "KeySchema": [
                {"AttributeName": attribute, "KeyType": kind}
                for attribute, kind in zip(keys, ("HASH", "RANGE"), strict=True)
                if attribute
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
        for name, keys in schemas.items()
    ]
    types = {"PK": "S", "SK": "N", "group": "S", "place": "N"}
    with mock_aws():
        dynamodb = client("dynamodb")
        create_table(
            dynamodb,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
            GlobalSecondaryIndexes=made[:2],
            LocalSecondaryIndexes=made[2:],
        )
        for number in (10, 9, 100, 1, 11, 2, 20):
            for partition in ("own", "other", "emptied"):
                keys = {"PK": {"S": partition}, "SK": {"N": str(number)}, "group": {"S": partition}}
                place = {} if number == 11 else {"place": {"N": str(-number)}}
                dynamodb.put_item(TableName="orders", Item={**keys, **place})
                if partition == "emptied":
                    dynamodb.delete_item(TableName="orders", Key={"PK": keys["PK"], "SK": keys["SK"]})

        def query(partition: str) -> list[int]:
            hash_key = schemas[index][0] if index else "PK"
            pages = dynamodb.get_paginator("query").paginate(
                TableName="orders",
                KeyConditionExpression="#k = :v",
                ExpressionAttributeNames={"#k": hash_key},
                ExpressionAttributeValues={":v": {"S": partition}},
                ScanIndexForward=not backwards,
                PaginationConfig={"PageSize": 3},
                **({"IndexName": index} if index else {}),
            )
            return [int(one["SK"]["N"]) for page in pages for one in page["Items"]]

        forwards = [100, 20, 10, 9, 2, 1] if index in ("by-place", "local") else [1, 2, 9, 10, 11, 20, 100]
        assert query("own") == (forwards[::-1] if backwards else forwards)
        assert query("emptied") == query("never there") == []


def test_a_table_without_a_sort_key_is_queried() -> None:
    with mock_aws():
        dynamodb = client("dynamodb")
        create_table(dynamodb, AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}], KeySchema=KEYS[:1])
        for number in range(3):
            dynamodb.put_item(TableName="orders", Item={"PK": {"S": f"P{number}"}})

        found = [
            dynamodb.query(
                TableName="orders",
                KeyConditionExpression="PK = :p",
                ExpressionAttributeValues={":p": {"S": f"P{number}"}},
            )["Items"]
            for number in (1, 3)
        ]

        assert found == [[{"PK": {"S": "P1"}}], []]
        assert len(dynamodb.scan(TableName="orders")["Items"]) == 3


@pytest.mark.proof
def test_managed_policies_are_not_loaded_before_iam_is_used() -> None:
    from moto.iam.models import iam_backends

    with mock_aws():
        create_table(client("dynamodb"))
        assert dict(iam_backends) == {}
        client("iam").list_users()
        assert len(iam_backends["123456789012"]["aws"].managed_policies) > 1_000


@pytest.mark.parametrize(
    "failing",
    [
        {"ConditionCheck": {"TableName": "orders", "Key": key(9), "ConditionExpression": "stock > :x"}},
        {"Put": {"TableName": "orders", "Item": item(9), "ConditionExpression": "attribute_not_exists(PK)"}},
        {"Update": {"TableName": "orders", "Key": key(0), "UpdateExpression": "SET stock = :x"}},
    ],
    ids=["a condition fails", "an item exists", "an item twice"],
)
def test_a_failed_transaction_leaves_nothing_half_done(failing: dict[str, Any]) -> None:
    with mock_aws():
        dynamodb = client("dynamodb")
        create_table(dynamodb, StreamSpecification=STREAM)
        for number in range(10):
            dynamodb.put_item(TableName="orders", Item=item(number))
        before = image(dynamodb)
        [(kind, action)] = failing.items()
        values = {} if kind == "Put" else {"ExpressionAttributeValues": {":x": {"N": "99"}}}
        actions = [
            {"Put": {"TableName": "orders", "Item": item(50)}},
            update(0, "SET deep.#l[0] = :new, added = :new ADD stock :new", new={"N": "7"}),
            {"Put": {"TableName": "orders", "Item": {**item(1), "stock": {"N": "0"}}}},
            {"Delete": {"TableName": "orders", "Key": key(2)}},
            {kind: {**action, **values}},
        ]
        actions[1]["Update"]["ExpressionAttributeNames"] = {"#l": "level"}

        with pytest.raises(ClientError):
            dynamodb.transact_write_items(TransactItems=actions)
        assert image(dynamodb) == before

        dynamodb.transact_write_items(TransactItems=actions[:-1])
        after = dynamodb.get_item(TableName="orders", Key=key(0))["Item"]
        assert (after["stock"], after["deep"]) == ({"N": "12"}, {"M": {"level": {"L": [{"N": "7"}]}}})
        assert "Item" not in dynamodb.get_item(TableName="orders", Key=key(2))
        assert len(dynamodb.scan(TableName="orders")["Items"]) == 10


def test_a_backup_does_not_change_with_its_table() -> None:
    with mock_aws():
        dynamodb = client("dynamodb")
        create_table(dynamodb)
        dynamodb.put_item(TableName="orders", Item=item(1))
        backup = dynamodb.create_backup(TableName="orders", BackupName="before")["BackupDetails"]["BackupArn"]
        changed = update(1, "SET deep.#l[0] = :x, stock = :x", x={"N": "0"})["Update"]
        dynamodb.update_item(**changed, ExpressionAttributeNames={"#l": "level"})

        dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)

        assert dynamodb.scan(TableName="restored")["Items"] == [item(1)]
