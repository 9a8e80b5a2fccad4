"""What crosses the wire is told as it was: what was asked, of which tables, at what cost; and nothing in it can do harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.account.errors import NOT_ALLOWED_CODE
from harness.account.reads import ITEM_READS, ITEM_WRITES, STATEMENTS
from harness.driving.evidence import SCENARIO_ROLE, SESSION_ROLE, UNKNOWN_ROLE, Exchange
from harness.driving.request_log import CONDITION_LIMIT, RequestLog, tables_of, written_items
from harness.gateway.server import HARNESS_ROLE, Request, Response, error_response
from tests.each import each

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def request(operation: str, parameters: Mapping[str, Any], *, service: str = "dynamodb", **more: Any) -> Request:
    return Request(
        role=more.get("role", "reader session"),
        region="us-east-1",
        signing_name=service,
        service=service,
        operation=operation,
        parameters=parameters,
        method="POST",
        path="/",
        query="",
        headers=more.get("headers", {}),
        body=b"",
    )


def noted(asked: Request, response: Response) -> Exchange:
    """What the wire says of one request."""
    wire = RequestLog({"orders": ["PK", "SK"]})
    wire(asked, response)
    [exchange] = wire.take("reader")
    return exchange


def of_reader(*fields: Any) -> Exchange:
    """An exchange of the client that `request` stands for, in its session's role."""
    return replace(Exchange("session", *fields), client="reader")


def seen(operation: str, parameters: Mapping[str, Any], answer: object = None, status: int = 200) -> Exchange:
    """What the wire says of a DynamoDB request that was answered by that JSON."""
    return noted(request(operation, parameters), Response(status, json.dumps(answer or {}).encode()))


def test_everybodys_requests_are_kept_but_those_of_the_harness_and_the_scenario() -> None:
    wire = RequestLog({"orders": ["PK", "SK"]})
    for role in ("reader session", HARNESS_ROLE, "reader environment", SCENARIO_ROLE, UNKNOWN_ROLE, "cleaner"):
        wire(request("ListTables", {}, role=role), Response(200, b"{}"))

    taken = wire.take("reader")
    assert [one.role for one in taken] == ["session", "environment", "unknown", "cleaner"]
    assert [one.client for one in taken] == ["reader", "reader", "", ""]
    assert wire.take("reader") == ()


def test_what_two_clients_ask_does_not_mix() -> None:
    """Also where one's name begins as the other's, or holds a blank; and what nobody's credentials sign is taken once."""
    wire = RequestLog({})
    names = ("reader", "later reader", "reader 2", "read")
    for operation in ("Query", "Scan"):
        for name in names:
            wire(request(operation, {}, role=f"{name} {SESSION_ROLE}"), Response(200, b"{}"))
        wire(request("ListTables", {}, role=UNKNOWN_ROLE), Response(403, b"{}"))

    assert [(one.operation, one.client) for one in wire.take("reader")] == [
        ("Query", "reader"),
        ("ListTables", ""),
        ("Scan", "reader"),
        ("ListTables", ""),
    ]
    for name in names[1:]:
        assert [(one.operation, one.client) for one in wire.take(name)] == [("Query", name), ("Scan", name)]


def test_an_answer_that_the_scenario_made_is_marked() -> None:
    made = Response(400, b'{"__type": "ThrottlingException"}', injected=True)

    answers = (made, replace(made, injected=False), Response(0), Response(0, injected=True))
    assert [noted(request("Query", {}), one).injected for one in answers] == [True, False, False, True]


def test_of_each_table_the_partitions_are_told_by_its_own_key() -> None:
    wire = RequestLog({"orders": ["PK"], "stock": ["id"]})
    keys = {"PK": {"S": "a"}, "id": {"S": "b"}}
    puts = [{"Put": {"TableName": name, "Item": keys}} for name in ("orders", "stock", "other")]
    wire(request("TransactWriteItems", {"TransactItems": puts[:1]}), Response(200, b"{}"))
    wire(request("TransactWriteItems", {"TransactItems": puts}), Response(200, b"{}"))

    assert [one.partitions for one in wire.take("reader")] == [('"a"',), ('"a"', '"b"')]


def test_requests_are_numbered_while_several_clients_ask() -> None:
    log = RequestLog({})
    for numbers in (False, True, False, True):
        log.numbers = numbers
        for client in ("a", "b", "a"):
            log(request("Query", {}, role=f"{client} {SESSION_ROLE}"), Response(200, b"{}"))
        log(request("Query", {}, role=SCENARIO_ROLE), Response(200, b"{}"))

    assert [one.number for one in log.take("a")] == [0, 0, 1, 3, 0, 0, 4, 6]
    assert [one.number for one in log.take("b")] == [0, 2, 0, 5]


@each(
    ("operation", "parameters", "written"),
    [
        ("PutItem", {"Item": {"stock": {"N": "5"}, "SK": {"S": "1"}, "PK": {"S": "a"}}}, [("a", "1")]),
        ("UpdateItem", {"TableName": ARN, "Key": {"SK": {"S": "1"}, "PK": {"S": "a"}}}, [("a", "1")]),
        ("DeleteItem", {"Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}, [("a", "1")]),
        ("DeleteItem", {"TableName": "other", "Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}, []),
        ("PutItem", {"Item": {"PK": {"S": "a"}}}, []),
        ("PutItem", {"Item": {"PK": {"S": "a"}, "SK": {"BOOL": True}}}, []),
        ("PutItem", {"TableName": ["orders"], "Item": {"PK": {"S": "a"}, "SK": {"S": "1"}}}, []),
        ("GetItem", {"Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}, []),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "orders", "Item": {"PK": {"S": "b"}, "SK": {"S": "2"}}}},
                    {"ConditionCheck": {"TableName": "orders", "Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}},
                    {"Update": {"TableName": "other", "Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}},
                    {"Update": {"TableName": "orders", "Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}},
                ]
            },
            [("b", "2"), ("a", "1")],
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"orders": [{"DeleteRequest": {"Key": {"PK": {"S": "a"}, "SK": {"S": "1"}}}}]}},
            [("a", "1")],
        ),
    ],
)
def test_the_keys_of_what_is_written_are_told(operation: str, parameters: Any, written: list[tuple[str, str]]) -> None:
    """Also where the request is refused."""
    for status in (200, 400, 0):
        found = seen(operation, {"TableName": "orders", **parameters}, status=status)

        assert found.written == tuple(json.dumps({"PK": {"S": one}, "SK": {"S": two}}) for one, two in written)


@each(
    ("reasons", "code"),
    [
        (["None", "TransactionConflict"], "TransactionCanceledException: TransactionConflict"),
        (
            ["TransactionConflict", "ConditionalCheckFailed", "None", "TransactionConflict"],
            "TransactionCanceledException: TransactionConflict, ConditionalCheckFailed",
        ),
        (["None"], "TransactionCanceledException"),
    ],
)
def test_why_a_transaction_was_cancelled_is_told(reasons: list[str], code: str) -> None:
    answer = {"__type": "x#TransactionCanceledException", "CancellationReasons": [{"Code": one} for one in reasons]}

    assert seen("TransactWriteItems", {}, answer, 400).code == code


def test_an_exchange_says_what_was_asked_and_what_it_cost() -> None:
    parameters = {
        "TableName": "orders",
        "IndexName": "by-date",
        "KeyConditionExpression": "#k = :k",
        "FilterExpression": "total > :n",
        "ExpressionAttributeNames": {"#k": "PK"},
        "ExpressionAttributeValues": {":k": {"S": "C-1"}, ":n": {"N": "5"}},
        "ConsistentRead": True,
    }

    assert seen("Query", parameters, {"Count": 3, "ScannedCount": 7}) == Exchange(
        role="session",
        service="dynamodb",
        operation="Query",
        tables=("orders",),
        status=200,
        code="",
        index="by-date",
        condition='PK = "C-1"',
        filter="total > 5",
        consistent=True,
        examined=7,
        returned=3,
        size=len('{"Count": 3, "ScannedCount": 7}'),
        partitions=('"C-1"',),
        client="reader",
    )


PK: Any = {"S": "C-1"}
PUT: Any = {"Item": {"PK": PK, "SK": {"S": "1"}}}
GET: Any = {"Key": {"PK": PK, "SK": {"S": "1"}}}
OTHER: Any = {"Key": {"PK": {"S": "C-2"}}}
BY_NAME = {"KeyConditionExpression": "PK = :a AND SK > :b", "ExpressionAttributeValues": {":a": PK, ":b": {"S": "1"}}}
BY_PLACEHOLDER = {
    "KeyConditionExpression": "(begins_with(#n1, :v1) AND #n0=:v0)",
    "ExpressionAttributeNames": {"#n0": "PK", "#n1": "SK"},
    "ExpressionAttributeValues": {":v0": PK, ":v1": {"S": "1"}},
}
BEFORE_EXPRESSIONS: Any = {"KeyConditions": {"PK": {"AttributeValueList": [PK], "ComparisonOperator": "EQ"}}}


@each(
    ("operation", "parameters", "partitions"),
    [
        ("PutItem", PUT, ['"C-1"']),
        ("UpdateItem", GET, ['"C-1"']),
        ("DeleteItem", GET, ['"C-1"']),
        ("GetItem", GET, ['"C-1"']),
        ("Query", BY_NAME, ['"C-1"']),
        ("Query", BY_PLACEHOLDER, ['"C-1"']),
        ("Query", BEFORE_EXPRESSIONS, ['"C-1"']),
        ("BatchGetItem", {"RequestItems": {"orders": {"Keys": [GET["Key"], OTHER["Key"]]}}}, ['"C-1"', '"C-2"']),
        (
            "BatchWriteItem",
            {"RequestItems": {"orders": [{"PutRequest": PUT}, {"DeleteRequest": OTHER}, {"PutRequest": PUT}]}},
            ['"C-1"', '"C-2"'],
        ),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "orders", **PUT}}, {"Update": {"TableName": "orders", **OTHER}}]},
            ['"C-1"', '"C-2"'],
        ),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "orders", **OTHER}}]}, ['"C-2"']),
        ("GetItem", {"Key": {"PK": {"N": "1.0"}}}, ["1"]),
        ("GetItem", {"Key": {"PK": {"N": "0.1E+1"}}}, ["1"]),
        ("GetItem", {"Key": {"PK": {"N": "many"}}}, ["?"]),
        ("GetItem", {"Key": {"PK": {"B": "AAE="}}}, ['"AAE="']),
        ("GetItem", {"Key": {"PK": {"S": "x" * 2000}}}, ['"' + "x" * 29 + "… (2002 characters"]),
        ("GetItem", {**GET, "TableName": "other"}, []),
        ("Query", {"KeyConditionExpression": "GSI1PK = :a", "ExpressionAttributeValues": {":a": PK}}, []),
        ("Query", {"KeyConditionExpression": "PK = :missing"}, []),
        ("Query", {"KeyConditionExpression": 7, "KeyConditions": {"PK": "x"}}, []),
        ("GetItem", {"Key": "x"}, []),
        ("Scan", {}, []),
    ],
)
def test_the_values_of_the_partition_key_are_told(operation: str, parameters: Any, partitions: list[str]) -> None:
    found = seen(operation, {"TableName": "orders", **parameters}).partitions

    assert len(found) == len(partitions)
    assert [one for one, other in zip(found, partitions, strict=True) if not one.startswith(other)] == []


@each(
    ("parameters", "answer", "limited", "more"),
    [
        ({}, {}, False, False),
        ({"Limit": 5}, {"LastEvaluatedKey": {"PK": PK}}, True, True),
        ({}, {"UnprocessedKeys": {"orders": {}}}, False, True),
        ({}, {"UnprocessedKeys": {}, "LastEvaluatedKey": None}, False, False),
    ],
)
def test_whether_an_answer_has_more_pages_is_told(parameters: Any, answer: Any, limited: bool, more: bool) -> None:
    found = seen("Query", {"TableName": "orders", **parameters}, answer)

    assert (found.limited, found.more) == (limited, more)


def test_a_dropped_connection_has_no_status() -> None:
    exchange = noted(request("GetItem", {"TableName": "orders"}), Response(0))

    assert exchange == of_reader("dynamodb", "GetItem", ("orders",), 0, "ConnectionDropped")
    assert not exchange.succeeded


def test_of_another_service_no_more_than_the_operation_is_told() -> None:
    parameters = {"TableName": "orders", "Key": {"PK": {"S": "x"}}, "Bucket": "archive"}
    asked = request("PutObject", parameters, service="s3")

    assert noted(asked, Response(200, b"x" * 9)) == of_reader("s3", "PutObject", (), 200)


KEYS = [{"PK": {"S": "a"}}, {"PK": {"S": "b"}}]


@each(
    ("operation", "parameters", "answer", "examined", "returned"),
    [
        ("Query", {}, {"Count": 3, "ScannedCount": 7, "Items": [{}]}, 7, 3),
        ("Scan", {"Select": "COUNT"}, {"Count": 0, "ScannedCount": 400}, 400, 0),
        ("GetItem", {"Key": KEYS[0]}, {"Item": KEYS[0]}, 1, 1),
        ("GetItem", {"Key": KEYS[0]}, {}, 1, 0),
        (
            "BatchGetItem",
            {"RequestItems": {"orders": {"Keys": KEYS}, "archive": {"Keys": KEYS[:1]}}},
            {"Responses": {"orders": KEYS, "archive": []}, "UnprocessedKeys": {}},
            *(3, 2),
        ),
        (
            "TransactGetItems",
            {"TransactItems": [{"Get": {"TableName": "orders", "Key": KEYS[0]}}] * 3},
            {"Responses": [{"Item": KEYS[0]}, {}, {"Item": KEYS[0]}]},
            *(3, 2),
        ),
        ("ExecuteStatement", {"Statement": "SELECT *"}, {"Items": KEYS}, 2, 2),
        ("PutItem", {"Item": KEYS[0]}, {"Attributes": KEYS[0]}, 0, 0),
        ("DescribeTable", {}, {"Count": 3, "ScannedCount": 7}, 0, 0),
    ],
)
def test_items_are_counted_by_what_the_operation_says(
    operation: str, parameters: dict[str, Any], answer: object, examined: int, returned: int
) -> None:
    exchange = seen(operation, {"TableName": "orders", **parameters}, answer)

    assert (exchange.examined, exchange.returned) == (examined, returned)


def test_what_failed_examined_nothing() -> None:
    for operation in ("Query", "GetItem", "BatchGetItem"):
        exchange = seen(operation, {"RequestItems": {"orders": {"Keys": KEYS}}}, {"Count": 3, "ScannedCount": 7}, 400)
        assert (exchange.examined, exchange.returned, exchange.succeeded) == (0, 0, False)
        assert exchange.size > 0


@each("count", [-1, True, 1.5, "5", None, [5], {"N": "5"}])
def test_a_count_that_is_none_is_nothing(count: object) -> None:
    exchange = seen("Query", {}, {"Count": count, "ScannedCount": count})

    assert (exchange.examined, exchange.returned) == (0, 0)


NAMED = {"ExpressionAttributeNames": {"#p": "PK", "#pk": "SK", "#d": "date"}}
VALUES = {
    "ExpressionAttributeValues": {
        ":s": {"S": 'a "b"'},
        ":n": {"N": "1.50"},
        ":b": {"BOOL": True},
        ":u": {"S": "grüße"},
        ":l": {"L": [{"S": "x"}]},
        ":two": {"S": "a", "N": "1"},
        ":not": "text",
    }
}
LEGACY = {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ü"}]}}


@each(
    ("operation", "parameters", "condition"),
    [
        ("Query", {"KeyConditionExpression": "#p = :s AND begins_with(#pk, :u)"}, 'PK = "a \\"b\\"" AND begins_with(SK, "grüße")'),
        ("Query", {"KeyConditionExpression": "PK=:n AND #d BETWEEN :n AND :s"}, 'PK=1.50 AND date BETWEEN 1.50 AND "a \\"b\\""'),
        ("Query", {"KeyConditionExpression": "#x = :x AND :b = :l"}, '#x = :x AND true = [{"S": "x"}]'),
        ("Query", {"KeyConditionExpression": "PK = :two AND SK = :not"}, "PK = ? AND SK = ?"),
        ("Query", {"KeyConditions": LEGACY}, json.dumps(LEGACY, ensure_ascii=False)),
        ("Query", {"KeyConditionExpression": "PK = :n", "KeyConditions": LEGACY}, "PK = 1.50"),
        ("Query", {"KeyConditions": {}}, ""),
        ("Scan", {"FilterExpression": "#p = :s"}, ""),
        ("GetItem", {"Key": {"PK": {"S": "ü"}, "SK": {"N": "-1"}}}, 'PK = "ü" AND SK = -1'),
        ("UpdateItem", {"Key": {"PK": {"B": "AA=="}}, "ConditionExpression": "#p = :s"}, 'PK = "AA=="'),
        ("GetItem", {"Key": {}}, ""),
        ("PutItem", {"Item": {"PK": {"S": "x"}}}, ""),
        ("ExecuteStatement", {"Statement": "SELECT * FROM orders"}, "SELECT * FROM orders"),
        ("BatchExecuteStatement", {"Statements": [{"Statement": "A"}, {"Statement": "B"}]}, "A; B"),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": "A"}, {}, 5]}, "A"),
    ],
)  # fmt: skip
def test_a_condition_is_told_as_people_write_it(operation: str, parameters: dict[str, Any], condition: str) -> None:
    assert seen(operation, {"TableName": "orders", **NAMED, **VALUES, **parameters}).condition == condition


@each(
    ("parameters", "told"),
    [
        ({"FilterExpression": "#d > :n"}, "date > 1.50"),
        ({"QueryFilter": LEGACY}, json.dumps(LEGACY, ensure_ascii=False)),
        ({"ScanFilter": LEGACY}, json.dumps(LEGACY, ensure_ascii=False)),
        ({"FilterExpression": "a = :n", "ScanFilter": LEGACY}, "a = 1.50"),
        ({"KeyConditionExpression": "a = :n"}, ""),
    ],
)
def test_a_filter_is_told_as_people_write_it(parameters: dict[str, Any], told: str) -> None:
    assert seen("Query", {**NAMED, **VALUES, **parameters}).filter == told


@each(
    ("operation", "parameters"),
    [
        ("Query", {"KeyConditionExpression": "PK = :v", "FilterExpression": "a = :v"}),
        ("Query", {"KeyConditions": {"PK": "x" * 1000}, "QueryFilter": {"PK": "x" * 1000}}),
        ("GetItem", {"Key": {"PK": {"S": "x" * 1000}}, "FilterExpression": "x" * 1000}),
        ("ExecuteStatement", {"Statement": "x" * 1000, "FilterExpression": "x" * 1000}),
    ],
)
def test_long_expressions_are_cut(operation: str, parameters: dict[str, Any]) -> None:
    exchange = seen(operation, {**parameters, "ExpressionAttributeValues": {":v": {"S": "x" * 1000}}})

    assert (len(exchange.condition), len(exchange.filter)) == (CONDITION_LIMIT, CONDITION_LIMIT)


@each(
    ("operation", "parameters", "tables"),
    [
        ("Query", {"TableName": "orders"}, ("orders",)),
        ("Query", {"TableName": ARN}, ("orders",)),
        ("Query", {"TableName": f"{ARN}/index/by-date"}, ("orders",)),
        ("Query", {"TableName": ARN.replace("arn:aws:", "arn:aws-cn:")}, ("orders",)),
        ("BatchGetItem", {"RequestItems": {"b": {}, ARN: {}, "orders": {}, "a": {}}}, ("b", "orders", "a")),
        ("BatchWriteItem", {"RequestItems": {"orders": [], "a": []}}, ("orders", "a")),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "b"}},
                    {"ConditionCheck": {"TableName": "a"}},
                    {"Update": {"TableName": ARN}},
                    {"Delete": {"TableName": "b"}},
                ]
            },
            ("b", "a", "orders"),
        ),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "orders"}}]}, ("orders",)),
        ("PutItem", {"TableName": "orders", "RequestItems": {"other": []}}, ("orders",)),
        ("ListTables", {}, ()),
    ],
)
def test_every_table_is_named_once(operation: str, parameters: dict[str, Any], tables: tuple[str, ...]) -> None:
    assert tables_of(operation, parameters) == tables
    assert seen(operation, parameters).tables == tables


@each(
    ("operation", "parameters", "consistent"),
    [
        ("Query", {"ConsistentRead": True}, True),
        ("Query", {"ConsistentRead": "true"}, False),
        ("GetItem", {}, False),
        ("TransactGetItems", {}, True),
        ("BatchGetItem", {"RequestItems": {"a": {"ConsistentRead": True}, "b": {"ConsistentRead": True}}}, True),
        ("BatchGetItem", {"RequestItems": {"a": {"ConsistentRead": True}, "b": {}}}, False),
        ("BatchGetItem", {"RequestItems": {}, "ConsistentRead": True}, False),
    ],
)
def test_a_read_is_consistent_where_all_of_it_is(operation: str, parameters: dict[str, Any], consistent: bool) -> None:
    assert seen(operation, parameters).consistent is consistent


@each(
    ("body", "headers", "code"),
    [
        ({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}, {}, "ResourceNotFoundException"),
        ({"__type": "ThrottlingException"}, {"x-amzn-errortype": "Other"}, "ThrottlingException"),
        ({}, {"x-amzn-errortype": "ValidationException:http://internal.amazon.com/"}, "ValidationException"),
        ({"message": "no"}, {}, "HTTP 400"),
        ({"__type": "x" * 5000}, {}, "x" * 100),
    ],
)
def test_the_code_of_an_error_is_told(body: object, headers: dict[str, str], code: str) -> None:
    exchange = noted(request("Query", {}), Response(400, json.dumps(body).encode(), headers))

    assert (exchange.code, exchange.status) == (code, 400)


@each(
    ("service", "operation", "headers"),
    [
        ("dynamodb", "CreateTable", {}),
        ("lambda", "Invoke", {}),
        ("sqs", "SendMessage", {}),
        ("s3", "PutObject", {}),
        ("sns", "Publish", FORM),
    ],
)
def test_the_gateways_own_refusal_is_told_in_every_protocol(
    service: str, operation: str, headers: dict[str, str]
) -> None:
    """By that code a judge knows that it was the target, not the submission."""
    asked = request(operation, {}, service=service, headers=headers)

    assert noted(asked, error_response(asked, 403, NOT_ALLOWED_CODE, "no")).code == NOT_ALLOWED_CODE


@each("status", [200, 500])
@each(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"NaN", b"1" * 5000, b'{"Count": 1e999}', b"[" * 400],
    ids=lambda body: repr(body[:20]),
)
def test_a_damaged_answer_says_nothing(body: bytes, status: int) -> None:
    for operation in ("Query", "GetItem", "BatchGetItem", "TransactGetItems", "ExecuteStatement"):
        exchange = noted(request(operation, {"TableName": "orders"}), Response(status, body))

        assert (exchange.code, exchange.size) == ("" if status == 200 else "HTTP 500", len(body))
        assert exchange.returned == 0


@each("status", [200, 500])
@each("service", ["dynamodb", "s3"])
def test_an_answer_of_nothing_but_brackets_is_noted_as_unreadable(service: str, status: int) -> None:
    asked = request("Query", {"TableName": "orders", "ConsistentRead": True}, service=service)
    code = "Unreadable" if service == "dynamodb" else "" if status == 200 else "HTTP 500"

    for body in (b"[" * 100_000, b'{"Items":' * 100_000):
        assert noted(asked, Response(status, body)) == of_reader(service, "Query", (), status, code)


def test_a_request_of_nothing_but_brackets_is_noted_as_unreadable() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    asked = request("Query", {"TableName": "orders", "KeyConditions": nested})

    assert noted(asked, Response(0)) == of_reader("dynamodb", "Query", (), 0, "Unreadable")
    assert noted(asked, Response(400, b"{}")) == of_reader("dynamodb", "Query", (), 400, "Unreadable")


REQUESTS: dict[str, dict[str, Any]] = {
    "Query": {
        "TableName": "orders",
        "IndexName": "by-date",
        "KeyConditionExpression": "#p = :s",
        "FilterExpression": "#p = :s",
        "KeyConditions": LEGACY,
        "ConsistentRead": True,
        "ExpressionAttributeNames": {"#p": "PK"},
        "ExpressionAttributeValues": {":s": {"S": "x"}},
    },
    "Scan": {"TableName": "orders", "ScanFilter": LEGACY, "IndexName": "by-date"},
    "GetItem": {"TableName": "orders", "Key": KEYS[0]},
    "PutItem": {"TableName": "orders", "Item": KEYS[0]},
    "UpdateItem": {"TableName": "orders", "Key": KEYS[0]},
    "DeleteItem": {"TableName": "orders", "Key": KEYS[0]},
    "BatchGetItem": {"RequestItems": {"orders": {"Keys": KEYS, "ConsistentRead": True}}},
    "BatchWriteItem": {"RequestItems": {"orders": [{"PutRequest": {"Item": KEYS[0]}}]}},
    "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "orders", "Key": KEYS[0]}}]},
    "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": "orders", "Item": KEYS[0]}}]},
    "ExecuteStatement": {"Statement": "SELECT"},
    "BatchExecuteStatement": {"Statements": [{"Statement": "SELECT"}]},
    "ExecuteTransaction": {"TransactStatements": [{"Statement": "SELECT"}]},
}
ANSWER = {
    "__type": "Code",
    "Count": 1,
    "ScannedCount": 1,
    "Item": KEYS[0],
    "Items": KEYS,
    "Responses": {"orders": [{"Item": KEYS[0]}]},
}
ANY_JSON: tuple[Any, ...] = (
    None,
    True,
    5,
    -1.5,
    "",
    "\ud800",
    [],
    [[5]],
    [{"a": None}],
    {},
    {"a": [{}]},
    {"": {"": {}}},
)


def replaced(value: Any) -> Iterator[Any]:
    """Copies of a value with each of its parts, and the whole, replaced by any JSON."""
    yield from copy.deepcopy(ANY_JSON)
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        for other in replaced(inner):
            changed = copy.copy(value)
            changed[name] = other
            yield changed


def test_every_operation_on_items_is_tried() -> None:
    assert set(REQUESTS) == ITEM_READS | ITEM_WRITES | STATEMENTS


@each("operation", REQUESTS)
def test_whatever_stands_in_a_request_or_its_answer_is_noted(operation: str) -> None:
    sound = Response(200, json.dumps(ANSWER).encode())
    requests = [one for one in replaced(REQUESTS[operation]) if isinstance(one, dict)]
    answers = [Response(status, json.dumps(one).encode()) for one in replaced(ANSWER) for status in (200, 400)]

    wire = RequestLog({"orders": ["PK", "SK"]})
    for parameters in requests:
        wire(request(operation, parameters), sound)
        for table, item in written_items(operation, parameters):
            assert isinstance(table, str)
            assert isinstance(item, Mapping)
    for answer in answers:
        wire(request(operation, REQUESTS[operation]), answer)

    exchanges = wire.take("reader")
    assert len(exchanges) == len(requests) + len(answers) > 100
    for one in exchanges:
        assert [type(part) for part in (one.code, one.index, one.condition, one.filter)] == [str] * 4
        assert {type(table) for table in one.tables} <= {str}
        assert min(one.examined, one.returned) >= 0
