"""The ledger knows every item that a submission's code writes, and where it guards, nothing else is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.errors import NOT_ALLOWED_CODE, Throttled
from harness.account.session import sealed_client, sealed_session
from harness.driving.keys import Key, attributes
from harness.driving.write_guard import GuardedTable, WriteGuard, read_items
from harness.gateway.server import HARNESS_ROLE, Gateway, Request, Response
from tests.each import each
from tests.support import Facts

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


def key(number: int) -> dict[str, Any]:
    return {"PK": {"S": f"P{number}"}, "SK": {"N": str(number)}}


def item(number: int, **more: Any) -> dict[str, Any]:
    """An item, with its key last."""
    return {"stock": {"N": "5"}, **more, "SK": key(number)["SK"], "PK": key(number)["PK"]}


def text(number: int) -> Key:
    return json.dumps(key(number))


def request(
    operation: str,
    parameters: Mapping[str, Any],
    role: str = "store",
    service: str = "dynamodb",
    region: str = "us-east-1",
) -> Request:
    return Request(role, region, service, service, operation, parameters, "POST", "/", "", {}, b"")


def put(number: int, table: str = "orders", region: str = "us-east-1") -> Request:
    return request("PutItem", {"TableName": table, "Item": item(number)}, region=region)


class Guard:
    """Allows everything but what it was told to refuse, and remembers what it was asked."""

    def __init__(self, *refused: int) -> None:
        self.refused = [text(number) for number in refused]
        self.asked: list[Key] = []

    def __call__(self, key: Key) -> str | None:
        self.asked.append(key)
        return "it was there before" if key in self.refused else None


class Kept(WriteGuard):
    """A guard of one table, with that table's keys at hand."""

    def __init__(self, table: GuardedTable) -> None:
        super().__init__(table)
        self.table = table

    @property
    def keys(self) -> list[Key]:
        return self.table.keys


def ledger(guard: Guard | None = None) -> Kept:
    return Kept(GuardedTable("orders", ["PK", "SK"], guard, region="us-east-1", arn=ARN))


def problem(response: Response | None) -> str:
    """Why a ledger refused."""
    assert response is not None
    told = json.loads(response.body)
    assert (response.status, told["__type"]) == (403, NOT_ALLOWED_CODE)
    beginning, _, why = str(told["message"]).partition(": ")
    assert beginning == "Only new items of the table orders may be written here"
    assert why.endswith(".")
    return why[:-1]


CONDITION = {"ConditionCheck": {"TableName": "orders", "Key": key(9), "ConditionExpression": "attribute_exists(PK)"}}
WRITES: list[tuple[str, dict[str, Any], list[int]]] = [
    ("PutItem", {"TableName": "orders", "Item": item(1), "Key": key(2)}, [1]),
    ("PutItem", {"TableName": ARN, "Item": item(1)}, [1]),
    ("UpdateItem", {"TableName": "orders", "Key": key(1), "UpdateExpression": "SET a = :a"}, [1]),
    ("DeleteItem", {"TableName": "orders", "Key": key(1)}, [1]),
    (
        "BatchWriteItem",
        {
            "RequestItems": {
                "orders": [
                    {"PutRequest": {"Item": item(2)}},
                    {"DeleteRequest": {"Key": key(1)}},
                    {"PutRequest": {"Item": item(2)}},
                ]
            }
        },
        [2, 1],
    ),
    ("BatchWriteItem", {"RequestItems": {"orders": [{"DeleteRequest": {"Key": key(1)}}], ARN: []}}, [1]),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Update": {"TableName": "orders", "Key": key(4), "UpdateExpression": "SET a = :a"}},
                CONDITION,
                {"Put": {"TableName": ARN, "Item": item(3)}},
                {"Delete": {"TableName": "orders", "Key": key(1)}},
            ]
        },
        [4, 3, 1],
    ),
    ("TransactWriteItems", {"TransactItems": [CONDITION]}, []),
    ("BatchWriteItem", {"RequestItems": {}}, []),
]


@each("guarded", [True, False])
@each(("operation", "parameters", "numbers"), WRITES)
def test_the_key_of_every_written_item_is_kept(
    operation: str, parameters: dict[str, Any], numbers: list[int], guarded: bool
) -> None:
    guard = Guard()
    kept = ledger(guard if guarded else None)

    assert kept(request(operation, parameters)) is None
    assert kept.keys == [text(number) for number in numbers]
    assert guard.asked == (kept.keys if guarded else [])


def test_a_key_is_kept_once_in_the_order_of_the_first_writes() -> None:
    guard = Guard()
    kept = ledger(guard)
    for number in (2, 1, 2, 3, 1):
        assert kept(put(number)) is None

    assert kept.keys == guard.asked == [text(2), text(1), text(3)]


def test_a_key_is_text_that_tells_its_attributes_in_the_schemas_order() -> None:
    assert ledger().table.key_of(item(7)) == text(7) == '{"PK": {"S": "P7"}, "SK": {"N": "7"}}'
    assert attributes(text(7)) == key(7)
    assert GuardedTable("orders", ["PK"]).key_of({"PK": {"S": "ü\ud800"}}) == '{"PK": {"S": "\\u00fc\\ud800"}}'


@each(
    ("value", "same", "kept_as"),
    [
        ({"N": "7"}, {"N": "7.0"}, {"N": "7"}),
        ({"N": "7"}, {"N": "+0.70e1"}, {"N": "7"}),
        ({"N": "100"}, {"N": "1E2"}, {"N": "1E+2"}),
        ({"N": "0"}, {"N": "0.000"}, {"N": "0"}),
        ({"N": "-0"}, {"N": "0"}, {"N": "0"}),
        ({"N": "1." + "0" * 60}, {"N": "1"}, {"N": "1"}),
        ({"N": "-0.5"}, {"N": "-.50"}, {"N": "-0.5"}),
        ({"B": "AP8="}, {"B": b"\x00\xff"}, {"B": "AP8="}),
        ({"S": "7"}, {"S": "7"}, {"S": "7"}),
    ],
)
def test_one_item_has_one_key_however_its_key_is_written(
    value: dict[str, Any], same: dict[str, Any], kept_as: dict[str, str]
) -> None:
    guard = Guard()
    kept = Kept(GuardedTable("orders", ["PK"], guard, region="us-east-1", arn=ARN))

    assert json.loads(kept.table.key_of({"PK": same})) == {"PK": kept_as}
    for one in (value, same, kept_as):
        assert kept(request("DeleteItem", {"TableName": "orders", "Key": {"PK": one}})) is None
    assert kept.keys == guard.asked == [kept.table.key_of({"PK": value})]


@each(
    ("one", "other"),
    [
        ({"N": "1" * 38}, {"N": "1" * 37 + "2"}),
        ({"N": "7"}, {"N": "70"}),
        ({"N": "7"}, {"S": "7"}),
        ({"S": "7"}, {"S": "7.0"}),
        ({"B": "AA=="}, {"S": "AA=="}),
    ],
)
def test_other_keys_stay_others(one: dict[str, str], other: dict[str, str]) -> None:
    kept = GuardedTable("orders", ["PK"])

    assert kept.key_of({"PK": one}) != kept.key_of({"PK": other})


@each("value", [{"S": "ü"}, {"N": "-1.5"}, {"B": b"\x00\xff"}, {"B": b""}])
def test_a_keys_attributes_are_those_that_boto3_takes(value: dict[str, Any]) -> None:
    named = {"PK": {"S": "x"}, "SK": value}

    assert attributes(ledger().table.key_of(named)) == named


@each(
    "value",
    [{}, {"S": "a", "N": "1"}, {"N": "seven"}, {"N": ""}, {"N": "sNaN"}, {"N": 7.5j}, {"N": None}, {"N": "1" * 39}, {"N": "1E999999999"}, {"S": 5}, {"BOOL": True}, "x", [], None, {"B": "!"}, {"B": 5}, {"B": "é"}, {"B": "AA"}],
)  # fmt: skip
def test_what_can_be_no_key_is_not_written(value: Any) -> None:
    guard = Guard()
    kept = ledger(guard)
    named = {"PK": {"S": "x"}, "SK": value}
    told: list[Sequence[tuple[GuardedTable, Key]]] = []

    for name, where in (("PutItem", "Item"), ("DeleteItem", "Key")):
        with kept.looking(told.append):
            assert problem(kept(request(name, {"TableName": "orders", where: named}))) == "its key is not known"
    assert kept.keys == guard.asked == []
    assert told == [[], []]
    assert ledger()(request("PutItem", {"TableName": "orders", "Item": named})) is None


READS = [
    request(name, {"TableName": "other", "Key": key(1)})
    for name in ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems", "DescribeTable")
]


@each(
    "passing",
    [
        *READS,
        request("ListBuckets", {}, service="s3"),
        request("PutItem", {"TableName": "other", "Item": item(1)}, role=HARNESS_ROLE),
        request("DeleteTable", {"TableName": "orders"}, role=HARNESS_ROLE),
    ],
    ids=lambda one: f"{one.role} {one.operation}",
)
def test_reads_and_the_harness_itself_pass_unseen(passing: Request) -> None:
    guard = Guard(1)
    kept = ledger(guard)
    looks: list[Sequence[tuple[GuardedTable, Key]]] = []

    with kept.looking(looks.append):
        assert kept(passing) is None

    assert (kept.keys, guard.asked, looks) == ([], [], [])


REFUSED: dict[str, tuple[Request, str]] = {
    "another table": (put(1, "other"), "it writes to other"),
    "no table": (request("PutItem", {"Item": item(1)}), "it writes to None"),
    "a table that is none": (request("PutItem", {"TableName": ["orders"], "Item": item(1)}), "it writes to ['orders']"),
    **{
        f"the ARN {arn}": (put(1, arn), f"it writes to {arn}")
        for arn in (
            ARN.replace("table/orders", "table/other"),
            ARN.replace("us-east-1", "eu-west-1"),
            ARN.replace("123456789012", "999999999999"),
            ARN.replace("arn:aws:", "arn:aws-cn:"),
            f"{ARN}/index/by-date",
            f"{ARN}2",
            "",
        )
    },
    "another Region": (put(1, region="eu-west-1"), "it writes in the Region eu-west-1"),
    "another Region, by the table's ARN": (put(1, ARN, "eu-west-1"), "it writes in the Region eu-west-1"),
    "no Region": (put(1, region=""), "it writes in the Region "),
    "another table in a batch": (
        request("BatchWriteItem", {"RequestItems": {"other": [{"DeleteRequest": {"Key": key(1)}}]}}),
        "it writes to other",
    ),
    "another table in a transaction": (
        request("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "other", "Key": key(1)}}]}),
        "it writes to other",
    ),
    "an item without its whole key": (
        request("PutItem", {"TableName": "orders", "Item": {"PK": {"S": "x"}}}),
        "its key is not known",
    ),
    "no item": (request("PutItem", {"TableName": "orders"}), "its key is not known"),
    "a key that is none": (request("DeleteItem", {"TableName": "orders", "Key": "P1"}), "its key is not known"),
    "a batch of something else": (
        request("BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": 5}]}}),
        "its key is not known",
    ),
    "a transaction of something else": (
        request("TransactWriteItems", {"TransactItems": [{"Teleport": {"TableName": "orders"}}]}),
        "its key is not known",
    ),
    "a put that names a key alone": (
        request("PutItem", {"TableName": "orders", "Key": key(1)}),
        "its key is not known",
    ),
    "an update that names an item alone": (
        request("UpdateItem", {"TableName": "orders", "Item": item(1)}),
        "its key is not known",
    ),
    "what was there before": (put(5), "it was there before"),
    "what was there before, by the table's ARN": (put(5, ARN), "it was there before"),
    "a put whose item is not its key": (
        request("PutItem", {"TableName": "orders", "Item": item(5), "Key": key(1)}),
        "it was there before",
    ),
    "a put in a batch whose item is not its key": (
        request(
            "BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": {"Item": item(5), "Key": key(1)}}]}}
        ),
        "it was there before",
    ),
    "a transaction's put whose item is not its key": (
        request(
            "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": ARN, "Item": item(5), "Key": key(1)}}]}
        ),
        "it was there before",
    ),
    "what was there before, to be deleted": (
        request("DeleteItem", {"TableName": "orders", "Key": key(5)}),
        "it was there before",
    ),
    "an update whose key is not its item": (
        request("UpdateItem", {"TableName": "orders", "Key": key(5), "Item": item(1)}),
        "it was there before",
    ),
    "a deletion in a batch whose key is not its item": (
        request("BatchWriteItem", {"RequestItems": {"orders": [{"DeleteRequest": {"Key": key(5), "Item": item(1)}}]}}),
        "it was there before",
    ),
    "a transaction's deletion whose key is not its item": (
        request(
            "TransactWriteItems",
            {"TransactItems": [{"Delete": {"TableName": "orders", "Key": key(5), "Item": item(1)}}]},
        ),
        "it was there before",
    ),
    "another kind of write": (request("UpdateTable", {"TableName": "orders"}), "dynamodb UpdateTable is not a write of an item"),
    "PartiQL": (request("ExecuteStatement", {"Statement": "x"}), "dynamodb ExecuteStatement is not a write of an item"),
    "another service": (request("Publish", {}, service="events"), "events Publish is not a write of an item"),
    "a write of another service by that name": (
        request("PutItem", {"TableName": "orders", "Item": item(1)}, service="lambda"),
        "lambda PutItem is not a write of an item",
    ),
}  # fmt: skip


@each(("refused", "why"), REFUSED.values())
def test_a_guard_lets_nothing_else_be_written(refused: Request, why: str) -> None:
    kept = ledger(Guard(5))

    assert problem(kept(refused)) == why
    assert kept.keys == []


NOT_KEPT = [
    one
    for one, why in REFUSED.values()
    if why != "it was there before" and not (one.operation == "PutItem" and why.startswith("it writes in the Region"))
]


@each("passing", NOT_KEPT)
def test_without_a_guard_everything_passes_and_the_rest_is_not_kept(passing: Request) -> None:
    kept = ledger()

    assert kept(passing) is None
    assert kept.keys == []


def test_one_item_that_may_not_be_written_stops_its_whole_request() -> None:
    guard = Guard(2)
    kept = ledger(guard)
    actions = [{"PutRequest": {"Item": item(number)}} for number in (1, 2, 3)]

    assert problem(kept(request("BatchWriteItem", {"RequestItems": {"orders": actions}}))) == "it was there before"
    assert guard.asked == [text(1), text(2)]
    assert kept.keys == [text(1)]


def test_what_was_refused_is_asked_for_again() -> None:
    guard = Guard(1)
    kept = ledger(guard)
    problem(kept(put(1)))
    guard.refused.clear()

    assert kept(put(1)) is None
    assert (kept.keys, guard.asked) == ([text(1)], [text(1)] * 2)


def test_who_looks_is_told_once_per_request_what_it_writes_before_anybody_is_asked() -> None:
    """Also of what is then refused, and of what was written before: it may have changed since."""
    guard = Guard(2)
    kept = ledger(guard)
    told: list[tuple[list[Key], list[Key]]] = []
    several = [{"Put": {"TableName": "orders", "Item": item(number)}} for number in (3, 4, 3)]
    kept(put(1))

    with kept.looking(lambda written: told.append(([one for _, one in written], list(guard.asked)))):
        kept(put(1))
        problem(kept(put(2)))
        kept(request("TransactWriteItems", {"TransactItems": [*several, CONDITION]}))
        problem(kept(put(4, "other")))
    kept(put(5))

    assert told == [
        ([text(1)], [text(1)]),
        ([text(2)], [text(1)]),
        ([text(3), text(4), text(3)], [text(1), text(2)]),
        ([], [text(1), text(2), text(3), text(4)]),
    ]


def two_tables(*guards: Guard | None, strict: bool = False) -> WriteGuard:
    tables = zip(("orders", "stock"), (["PK", "SK"], ["SK"]), guards, strict=True)
    return WriteGuard(*(GuardedTable(*one, region="us-east-1") for one in tables), strict=strict)


@each("guarded", [True, False])
def test_a_transaction_over_two_tables_is_noted_in_both_by_their_own_keys(guarded: bool) -> None:
    guards = [Guard(), Guard()] if guarded else [None, None]
    kept = two_tables(*guards)
    told: list[list[tuple[str, Key]]] = []
    puts = [{"Put": {"TableName": table, "Item": item(1)}} for table in ("orders", "stock")]

    with kept.looking(lambda written: told.append([(table.name, key) for table, key in written])):
        assert kept(request("TransactWriteItems", {"TransactItems": puts})) is None

    of_stock = json.dumps({"SK": key(1)["SK"]})
    assert [one.keys for one in kept.tables] == [[text(1)], [of_stock]]
    assert told == [[("orders", text(1)), ("stock", of_stock)]]


@each("guards", [(Guard(), Guard()), (Guard(), None), (None, Guard())])
def test_a_third_table_is_refused_where_one_of_them_is_guarded(guards: tuple[Guard | None, Guard | None]) -> None:
    kept = two_tables(*guards)
    puts = [{"Put": {"TableName": table, "Item": item(1)}} for table in ("orders", "other")]

    refused = kept(request("TransactWriteItems", {"TransactItems": puts}))

    assert refused is not None
    assert json.loads(refused.body)["message"] == (
        "Only new items of the tables orders and stock may be written here: it writes to other."
    )
    assert two_tables(None, None)(request("TransactWriteItems", {"TransactItems": puts})) is None


def test_a_strict_guard_without_tables_lets_nothing_be_written() -> None:
    strict = WriteGuard(strict=True)

    for asked, why in (
        (put(1), "it writes to orders"),
        (request("DeleteTable", {}), "dynamodb DeleteTable is not a write of an item"),
    ):
        refused = strict(asked)
        assert refused is not None
        assert json.loads(refused.body)["message"] == f"Nothing may be written here: {why}."
        assert WriteGuard()(asked) is None
    assert strict(request("DescribeTable", {"TableName": "orders"})) is None


def test_looking_ends_however_it_ends() -> None:
    kept = ledger()
    told: list[Sequence[tuple[GuardedTable, Key]]] = []

    with pytest.raises(KeyError), kept.looking(told.append):
        raise KeyError
    kept(put(1))

    assert told == []


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway(lambda request: Response(200, b"{}"), reads_only=False) as opened:
        yield opened


def test_a_gateway_with_a_guard_writes_nothing_else(gateway: Gateway) -> None:
    api: Any = sealed_client(
        sealed_session(),
        "dynamodb",
        region="us-east-1",
        endpoint_url=gateway.url,
        credentials=gateway.credentials("store"),
    )
    kept = ledger(Guard(2))
    with gateway.rule(kept):
        api.put_item(TableName="orders", Item=item(1))
        with pytest.raises(ClientError, match=rf"{NOT_ALLOWED_CODE}.*may be written here: it was there before\."):
            api.delete_item(TableName="orders", Key=key(2))
        with pytest.raises(ClientError, match="it writes to other"):
            api.put_item(TableName="other", Item=item(1))
        with pytest.raises(ClientError, match="dynamodb DeleteTable is not a write of an item"):
            api.delete_table(TableName="orders")

    assert kept.keys == [text(1)]
    assert [(one.operation, one.status) for one in gateway.records] == [
        ("PutItem", 200),
        ("DeleteItem", 403),
        ("PutItem", 403),
        ("DeleteTable", 403),
    ]


def test_items_are_read_a_hundred_at_a_time_and_those_that_do_not_exist_are_none() -> None:
    keys = [json.dumps({"PK": {"S": str(number)}}) for number in range(201)]
    there = [{"PK": {"S": str(number)}, "stock": {"N": "5"}} for number in (7, 100, 200)]
    account = Facts({"BatchGetItem": [{"UnprocessedKeys": {}, "Responses": {"orders": [one]}} for one in there]})

    found = read_items(account, GuardedTable("orders", ["PK"]), keys)

    assert list(found) == keys
    assert {place: one for place, one in enumerate(found.values()) if one} == dict(
        zip((7, 100, 200), there, strict=True)
    )
    asked = [parameters["RequestItems"]["orders"] for _, _, parameters in account.asked]
    assert [len(one["Keys"]) for one in asked] == [100, 100, 1]
    assert {one["ConsistentRead"] for one in asked} == {True}


def test_items_that_are_left_unread_are_not_taken_for_absent() -> None:
    account = Facts({"BatchGetItem": {"Responses": {}, "UnprocessedKeys": {"orders": {"Keys": [key(1)]}}}})

    with pytest.raises(Throttled):
        read_items(account, GuardedTable("orders", ["PK", "SK"]), [text(1)])
