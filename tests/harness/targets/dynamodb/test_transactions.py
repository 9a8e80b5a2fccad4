"""TransactWriteItems and TransactGetItems: what is refused as a whole, and what cancels a transaction."""

from __future__ import annotations

from typing import Any

import pytest

from harness.targets.dynamodb.refusals import Refused
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable, values


def key(number: int) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"N": str(number)}}


def put(number: int, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "table", "Item": key(number), **more}}


def reasons(table: SmallTable, *actions: dict[str, Any]) -> list[dict[str, Any]]:
    """The reasons for which a transaction is cancelled."""
    with pytest.raises(Refused) as refused:
        table.ask("TransactWriteItems", TransactItems=actions)
    assert refused.value.code == "TransactionCanceledException"
    told: list[dict[str, Any]] = refused.value.details["CancellationReasons"]
    codes = ", ".join(one["Code"] for one in told)
    assert refused.value.message.endswith(f"for specific reasons [{codes}]")
    return told


def test_every_false_condition_is_told() -> None:
    table = SmallTable()
    table.put(v={"S": "x"})
    told = reasons(
        table,
        put(2),
        put(3, ConditionExpression="attribute_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        put(1, ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert told == [{"Code": "None"}, failed, {**failed, "Item": {**KEY, "v": {"S": "x"}}}]
    assert len(table.changes) == 1


def test_only_the_first_action_that_does_not_fit_its_table_is_told() -> None:
    # Validation comes before any condition. Measured by ScyllaDB's tests, which are run on AWS too.
    wrong = {"Put": {"TableName": "table", "Item": {"pk": {"N": "7"}, "sk": {"N": "1"}}}}
    told = reasons(SmallTable(), put(1, ConditionExpression="attribute_exists(pk)"), wrong, wrong)
    assert [one["Code"] for one in told] == ["None", "ValidationError", "None"]
    assert told[1]["Message"].endswith("Type mismatch for key pk expected: S actual: N")


def test_the_size_of_a_transaction_is_what_its_request_holds() -> None:
    table, long = SmallTable(), {"S": "x" * 100_000}
    large = [{"Put": {"TableName": "table", "Item": {**key(number), "v": long}}} for number in range(50)]
    rule, code, message = table.refusal("TransactWriteItems", TransactItems=large)
    assert (rule, code) == ("transaction-size", "ValidationException")
    assert "size cannot exceed" in message
    update = {"UpdateExpression": "SET v = :v", **values(v=long)}
    updates = [{"Update": {"TableName": "table", "Key": key(number), **update}} for number in range(50)]
    assert table.refusal("TransactWriteItems", TransactItems=updates)[0] == "transaction-size"
    for half in (large[:25], large[25:]):
        table.ask("TransactWriteItems", TransactItems=half)
    check = {"ConditionExpression": "attribute_exists(pk)"}
    checks = [{"ConditionCheck": {"TableName": "table", "Key": key(number), **check}} for number in range(50)]
    table.ask("TransactWriteItems", TransactItems=checks)
    table.ask(
        "TransactWriteItems", TransactItems=[{"Delete": {"TableName": "table", "Key": key(one)}} for one in range(50)]
    )
    assert table.ask("Scan")["Count"] == 0


def test_a_get_with_a_wrong_key_cancels() -> None:
    gets = [{"Get": {"TableName": "table", "Key": one}} for one in ({}, KEY)]
    with pytest.raises(Refused) as refused:
        SmallTable().ask("TransactGetItems", TransactItems=gets)
    assert refused.value.code == "TransactionCanceledException"
    assert [one["Code"] for one in refused.value.details["CancellationReasons"]] == ["ValidationError", "None"]
