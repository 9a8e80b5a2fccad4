"""Faults come at the requests that they are for, lose nothing, are marked, and never meet the harness itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.errors import TOOL_FAULT_CODE
from harness.account.session import sealed_client, sealed_session
from harness.driving.evidence import SCENARIO_ROLE, SESSION_ROLE
from harness.driving.faults import Fault, FaultRule, failing, throttled, unprocessed
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
