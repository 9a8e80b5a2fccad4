"""Faults come at the requests that they are for, lose nothing, are marked, and never meet the harness itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from harness.account.errors import TOOL_FAULT_CODE
from harness.account.session import sealed_client, sealed_session
from harness.driving.evidence import SCENARIO_ROLE, SESSION_ROLE
from harness.driving.faults import (
    Fault,
    FaultRule,
    conflict,
    failing,
    in_progress,
    lost,
    throttled,
    throttled_item,
    unprocessed,
)
from harness.driving.request_log import RequestLog
from harness.gateway.server import HARNESS_ROLE, Gateway, Request, Response
from harness.targets.embedded.account import EmbeddedAccount

CODE = f"reader {SESSION_ROLE}"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """Before an embedded account with the tables `orders` and `stock`."""
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as gateway:
        for name in ("orders", "stock"):
            client(gateway, "owner").create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        yield gateway


def client(gateway: Gateway, role: str = CODE) -> Any:
    """A client that asks once, so that each answer is seen."""
    return sealed_client(
        sealed_session(),
        "dynamodb",
        region="us-east-1",
        endpoint_url=gateway.url,
        credentials=gateway.credentials(role),
    )


def rule(gateway: Gateway, fault: Fault) -> FaultRule:
    return FaultRule(fault, gateway.ask_backend)


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"{number:03}"}}


def puts(*numbers: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": key(number)}} for number in numbers]


def held(gateway: Gateway, table: str = "orders") -> list[str]:
    return sorted(one["id"]["S"] for one in client(gateway, "owner").scan(TableName=table)["Items"])


def code_of(request: Any, **parameters: Any) -> str:
    """The code of the error that a request comes to; empty where it succeeds."""
    try:
        request(**parameters)
    except ClientError as error:
        return f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
    return ""


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (throttled("PutItem", at=(2, 3)), "ProvisionedThroughputExceededException 400"),
        (failing("PutItem", at=(2, 3)), "InternalServerError 500"),
    ],
    ids=["throttled", "failing"],
)
def test_a_fault_comes_at_these_requests_of_its_operation_alone(gateway: Gateway, fault: Fault, told: str) -> None:
    reader = client(gateway)
    with gateway.rule(rule(gateway, fault)):
        codes = []
        for number in range(4):
            assert code_of(reader.get_item, TableName="orders", Key=key(number)) == ""
            codes.append(code_of(reader.put_item, TableName="orders", Item=key(number)))

    assert codes == ["", told, told, ""]
    assert held(gateway) == ["000", "003"], "a request that meets a fault changes nothing"


def test_the_harness_and_the_scenario_meet_no_fault_and_are_not_counted(gateway: Gateway) -> None:
    with (
        gateway.rule(rule(gateway, throttled("Query", at=(1,)))),
        gateway.rule(rule(gateway, failing("PutItem", at=(1,)))),
    ):
        asked = {
            "TableName": "orders",
            "KeyConditionExpression": "id = :i",
            "ExpressionAttributeValues": {":i": {"S": "1"}},
        }
        assert code_of(client(gateway, HARNESS_ROLE).query, **asked) == ""
        assert code_of(client(gateway, SCENARIO_ROLE).put_item, TableName="orders", Item=key(1)) == ""
        assert code_of(client(gateway).query, **asked) == "ProvisionedThroughputExceededException 400"
        assert code_of(client(gateway).put_item, TableName="orders", Item=key(2)) == "InternalServerError 500"


def test_half_of_a_batch_is_written_and_the_rest_is_named(gateway: Gateway) -> None:
    writer, asked = client(gateway), puts(*range(25))
    with gateway.rule(rule(gateway, unprocessed("BatchWriteItem", at=(1,)))):
        left = writer.batch_write_item(RequestItems={"orders": asked})["UnprocessedItems"]
        assert left == {"orders": puts(*range(13, 25))}
        assert held(gateway) == [f"{number:03}" for number in range(13)]
        assert writer.batch_write_item(RequestItems=left)["UnprocessedItems"] == {}

    assert held(gateway) == [f"{number:03}" for number in range(25)], "asked for again, nothing is lost"


def test_half_of_a_batch_is_read_and_the_rest_is_named_as_it_was_asked_for(gateway: Gateway) -> None:
    client(gateway, "owner").batch_write_item(RequestItems={"orders": puts(*range(5))})
    reader = client(gateway)
    keys = [key(number) for number in range(5)]
    with gateway.rule(rule(gateway, unprocessed("BatchGetItem", at=(1,)))):
        first = reader.batch_get_item(RequestItems={"orders": {"Keys": keys, "ConsistentRead": True}})
        assert first["UnprocessedKeys"] == {"orders": {"Keys": keys[3:], "ConsistentRead": True}}
        second = reader.batch_get_item(RequestItems=first["UnprocessedKeys"])

    found = [*first["Responses"]["orders"], *second["Responses"]["orders"]]
    assert sorted(one["id"]["S"] for one in found) == [one["id"]["S"] for one in keys]
    assert second["UnprocessedKeys"] == {}


@pytest.mark.parametrize("counts", [(1, 1), (2, 1), (1, 4)], ids=str)
def test_of_a_batch_over_two_tables_the_second_half_of_all_is_left(gateway: Gateway, counts: tuple[int, int]) -> None:
    writer = client(gateway)
    asked = {"orders": puts(*range(counts[0])), "stock": puts(*range(10, 10 + counts[1]))}
    with gateway.rule(rule(gateway, unprocessed("BatchWriteItem", at=(1,)))):
        left = writer.batch_write_item(RequestItems=asked)["UnprocessedItems"]
        assert sum(map(len, left.values())) == sum(counts) // 2
        writer.batch_write_item(RequestItems=left)

    assert (len(held(gateway)), len(held(gateway, "stock"))) == counts


def test_a_batch_of_one_has_no_half_and_one_that_is_too_large_is_refused_as_ever(gateway: Gateway) -> None:
    writer = client(gateway)
    with gateway.rule(rule(gateway, unprocessed("BatchWriteItem", at=(1, 2)))):
        assert writer.batch_write_item(RequestItems={"orders": puts(1)})["UnprocessedItems"] == {}
        assert code_of(writer.batch_write_item, RequestItems={"orders": puts(*range(26))}) == "ValidationException 400"
    with gateway.rule(rule(gateway, unprocessed("BatchGetItem", at=(1,)))):
        keys = [key(number) for number in range(101)]
        assert code_of(writer.batch_get_item, RequestItems={"orders": {"Keys": keys}}) == "ValidationException 400"

    assert held(gateway) == ["001"]


def test_a_backend_that_fails_at_half_a_batch_is_told_as_ever(gateway: Gateway) -> None:
    """It is the tool's fault, not the code's: a connection that breaks would be taken for something else."""

    def fails(request: Request) -> Response:
        raise KeyError("no")

    writer, gateway.backend = client(gateway), fails
    with gateway.rule(rule(gateway, unprocessed("BatchWriteItem", at=(1,)))):
        told = [code_of(writer.batch_write_item, RequestItems={"orders": puts(1, 2)}) for _ in range(2)]

    assert told == [f"{TOOL_FAULT_CODE} 500"] * 2


def test_what_is_no_batch_answers_nothing_unprocessed() -> None:
    with pytest.raises(ValueError, match="Query does not return unprocessed keys or items"):
        unprocessed("Query", at=(1,))


def test_an_answer_is_marked_where_the_scenario_made_it(gateway: Gateway) -> None:
    log = RequestLog({})
    gateway.observers.append(log)
    writer = client(gateway)
    with (
        gateway.rule(rule(gateway, throttled("PutItem", at=(1,)))),
        gateway.rule(rule(gateway, unprocessed("BatchWriteItem", at=(1,)))),
    ):
        for _ in range(2):
            code_of(writer.put_item, TableName="orders", Item=key(1))
            writer.batch_write_item(RequestItems={"orders": puts(1, 2)})

    taken = [(one.operation, one.code, one.injected) for one in log.take("reader")]
    assert taken == [
        ("PutItem", "ProvisionedThroughputExceededException", True),
        ("BatchWriteItem", "", True),
        ("PutItem", "", False),
        ("BatchWriteItem", "", False),
    ]


TRANSACTION = "TransactWriteItems"
SOLD: dict[str, Any] = {
    "TableName": "stock",
    "Key": key(1),
    "UpdateExpression": "SET quantity = quantity - :one",
    "ConditionExpression": "quantity >= :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def student(gateway: Gateway, attempts: int = 3) -> Any:
    """A client as boto3 makes it: it asks again by itself."""
    credentials = gateway.credentials(CODE)
    return sealed_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=gateway.url,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        config=Config(proxies={}, retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


def stocked(gateway: Gateway, quantity: int) -> None:
    item = {**key(1), "quantity": {"N": str(quantity)}}
    client(gateway, "owner").put_item(TableName="stock", Item=item)


def quantity(gateway: Gateway) -> int:
    return int(client(gateway, "owner").get_item(TableName="stock", Key=key(1))["Item"]["quantity"]["N"])


def sale(number: int) -> list[dict[str, Any]]:
    """A transaction that writes an order and takes a piece from the stock."""
    new = {"TableName": "orders", "Item": key(number), "ConditionExpression": "attribute_not_exists(id)"}
    return [{"Put": new}, {"Update": SOLD}]


def reasons(request: Any, **parameters: Any) -> list[str | None]:
    """The codes of the reasons with which botocore raises that a transaction was cancelled."""
    with pytest.raises(ClientError) as caught:
        request(**parameters)
    assert type(caught.value).__name__ == "TransactionCanceledException"
    response: Any = caught.value.response
    codes = [one["Code"] for one in response["CancellationReasons"]]
    assert response["Error"]["Message"].endswith(f"[{', '.join(codes)}]")
    assert [bool(one.get("Message")) for one in response["CancellationReasons"]] == [one != "None" for one in codes]
    return codes


@pytest.mark.parametrize(
    ("fault", "code"),
    [(conflict(at=(2, 3)), "TransactionConflict"), (throttled_item(at=(2, 3)), "ThrottlingError")],
    ids=["conflict", "throttled item"],
)
def test_a_transaction_that_meets_another_is_cancelled_with_reasons_and_changes_nothing(
    gateway: Gateway, fault: Fault, code: str
) -> None:
    """boto3 does not ask again: that is for the code to do."""
    stocked(gateway, 5)
    buyer = student(gateway)
    with gateway.rule(rule(gateway, fault)):
        buyer.transact_write_items(TransactItems=sale(1))
        for _ in range(2):
            assert reasons(buyer.transact_write_items, TransactItems=sale(2)) == ["None", code]
            assert (held(gateway), quantity(gateway)) == (["001"], 4)
        buyer.transact_write_items(TransactItems=sale(2))

    assert (held(gateway), quantity(gateway)) == (["001", "002"], 3)


def test_besides_only_transactions_that_are_cancelled_anyway_meet_another(gateway: Gateway) -> None:
    stocked(gateway, 1)
    buyer = student(gateway)
    with gateway.rule(rule(gateway, conflict(at=range(1, 9), besides=True))):
        buyer.transact_write_items(TransactItems=sale(1))
        asked = buyer.transact_write_items
        assert reasons(asked, TransactItems=sale(2)) == ["TransactionConflict", "ConditionalCheckFailed"]
        assert reasons(asked, TransactItems=sale(1)) == ["ConditionalCheckFailed", "ConditionalCheckFailed"]
        assert code_of(asked, TransactItems=sale(2) * 2) == "ValidationException 400"

    assert (held(gateway), quantity(gateway)) == (["001"], 0)


def test_a_transaction_that_meets_another_besides_is_marked_and_no_other(gateway: Gateway) -> None:
    stocked(gateway, 1)
    log = RequestLog({})
    gateway.observers.append(log)
    buyer = student(gateway)
    with gateway.rule(rule(gateway, conflict(at=range(1, 9), besides=True))):
        buyer.transact_write_items(TransactItems=sale(1))
        for number in (2, 1):
            reasons(buyer.transact_write_items, TransactItems=sale(number))

    cancelled = "TransactionCanceledException: "
    assert [(one.code, one.injected) for one in log.take("reader")] == [
        ("", False),
        (f"{cancelled}TransactionConflict, ConditionalCheckFailed", True),
        (f"{cancelled}ConditionalCheckFailed", False),
    ]


@pytest.mark.parametrize("fault", [in_progress(at=(1,)), throttled(TRANSACTION, at=(1, 2))], ids=lambda one: one.code)
def test_boto3_itself_repeats_what_is_throttled_or_in_progress(
    gateway: Gateway, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    stocked(gateway, 5)
    with gateway.rule(rule(gateway, fault)):
        assert code_of(student(gateway, 1).transact_write_items, TransactItems=sale(1)) == f"{fault.code} 400"
        student(gateway).transact_write_items(TransactItems=sale(1))

    assert (held(gateway), quantity(gateway)) == (["001"], 4)


def test_after_a_lost_answer_boto3_repeats_the_token_and_the_transaction_takes_effect_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    stocked(gateway, 5)
    log = RequestLog({"orders": ["id"], "stock": ["id"]})
    gateway.observers.append(log)
    with gateway.rule(rule(gateway, lost(TRANSACTION, at=(1,)))):
        student(gateway).transact_write_items(TransactItems=sale(1))

    first, second = log.take("reader")
    assert (held(gateway), quantity(gateway)) == (["001"], 4)
    assert [(one.status, one.code, one.injected) for one in (first, second)] == [
        (0, "ConnectionDropped", True),
        (200, "", False),
    ]
    assert first.written == second.written == ('{"id": {"S": "001"}}', '{"id": {"S": "001"}}')
    tokens = {one.parameters["ClientRequestToken"] for one in gateway.records if one.operation == TRANSACTION}
    assert len(tokens) == 1


def test_a_lost_answer_is_an_error_where_nobody_repeats_it_and_another_token_is_another_transaction(
    gateway: Gateway,
) -> None:
    stocked(gateway, 5)
    buyer = student(gateway, 1)
    with gateway.rule(rule(gateway, lost(TRANSACTION, at=(1,)))):
        with pytest.raises(ConnectionClosedError):
            buyer.transact_write_items(TransactItems=sale(1))
        assert (held(gateway), quantity(gateway)) == (["001"], 4), "it took effect"
        assert reasons(buyer.transact_write_items, TransactItems=sale(1)) == ["ConditionalCheckFailed", "None"]

    assert quantity(gateway) == 4


def test_an_answer_is_lost_only_where_the_request_took_effect(gateway: Gateway) -> None:
    """Judges take a lost answer for a write that took effect."""
    stocked(gateway, 0)
    with gateway.rule(rule(gateway, lost(TRANSACTION, at=(1,)))), gateway.rule(rule(gateway, lost("PutItem", at=(1,)))):
        buyer = student(gateway, 1)
        assert reasons(buyer.transact_write_items, TransactItems=sale(1)) == ["None", "ConditionalCheckFailed"]
        assert code_of(buyer.put_item, TableName="nowhere", Item=key(1)) == "ResourceNotFoundException 400"


def test_a_conflict_and_then_a_lost_answer_come_one_after_another(gateway: Gateway) -> None:
    stocked(gateway, 5)
    buyer = student(gateway, 1)
    with (
        gateway.rule(rule(gateway, conflict(at=(1,)))),
        gateway.rule(rule(gateway, lost(TRANSACTION, at=(1,)))),
    ):
        assert reasons(buyer.transact_write_items, TransactItems=sale(1)) == ["None", "TransactionConflict"]
        assert quantity(gateway) == 5
        with pytest.raises(ConnectionClosedError):
            buyer.transact_write_items(TransactItems=sale(1))

    assert quantity(gateway) == 4


def test_faults_of_transactions_meet_no_plain_write(gateway: Gateway) -> None:
    stocked(gateway, 5)
    several = (conflict(at=(1,)), throttled_item(at=(1,)), in_progress(at=(1,)), lost(TRANSACTION, at=(1,)))
    with ExitStack() as rules:
        for one in several:
            rules.enter_context(gateway.rule(rule(gateway, one)))
        assert code_of(student(gateway, 1).update_item, **SOLD) == ""
        assert code_of(client(gateway, SCENARIO_ROLE).transact_write_items, TransactItems=sale(1)) == ""

    assert quantity(gateway) == 3
