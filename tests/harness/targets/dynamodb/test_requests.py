"""Requests for items that AWS refuses are refused, in AWS's words; those that it accepts, in any of their forms, are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.session import Session
from botocore.exceptions import ClientError

from harness.gateway.server import Gateway
from harness.targets.dynamodb.refusals import Refused
from harness.targets.dynamodb.values import checked
from harness.targets.embedded.account import EmbeddedAccount
from tests.each import each

ITEM: dict[str, Any] = {
    "PK": "CUSTOMER#1",
    "SK": "ORDER#2",
    "by": 7,
    "when": "2026-01-01",
    "nested": {"list": [1, {"deep": "x"}]},
    "n": 1,
}
KEY = {"PK": ITEM["PK"], "SK": ITEM["SK"]}
QUERY: dict[str, Any] = {"KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": "CUSTOMER#1"}}
LOWER = "Invalid KeyConditionExpression: "


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    """A table with a global index of two partition key attributes (a Number and a text) and one of a Number, with one
    item, as a boto3 resource."""
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as gateway:
        credentials = gateway.credentials("student")
        dynamodb = Session(
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            region_name="us-east-1",
        ).resource("dynamodb", endpoint_url=gateway.url)
        definitions: list[Any] = [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("PK", "S"), ("SK", "S"), ("by", "N"), ("when", "S"), ("rank", "N"))
        ]
        made = dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            AttributeDefinitions=definitions,
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-when",
                    "KeySchema": [
                        {"AttributeName": "by", "KeyType": "HASH"},
                        {"AttributeName": "when", "KeyType": "HASH"},
                        {"AttributeName": "SK", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                },
                {
                    "IndexName": "ranked",
                    "KeySchema": [
                        {"AttributeName": "PK", "KeyType": "HASH"},
                        {"AttributeName": "rank", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                },
            ],
        )
        made.put_item(Item=ITEM)
        yield made


def values(**given: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}}


def names(**given: str) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {f"#{name}": value for name, value in given.items()}}


def query(condition: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "query", {"KeyConditionExpression": condition, **more}


def update(expression: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "update_item", {"Key": KEY, "UpdateExpression": expression, **more}


REFUSED: list[tuple[str, tuple[str, dict[str, Any]], str]] = [
    (
        "OR of keys",
        query("PK = :p AND (SK > :a OR SK < :a)", **values(p="1", a="2")),
        f"{LOWER}Invalid operator used in KeyConditionExpression: OR",
    ),
    (
        "NOT",
        query("PK = :p AND NOT SK = :a", **values(p="1", a="2")),
        "Invalid operator used in KeyConditionExpression: NOT",
    ),
    (
        "<>",
        query("PK = :p AND SK <> :a", **values(p="1", a="2")),
        "Invalid operator used in KeyConditionExpression: <>",
    ),
    (
        "IN",
        query("PK = :p AND SK IN (:a)", **values(p="1", a="2")),
        "Invalid operator used in KeyConditionExpression: IN",
    ),
    (
        "contains",
        query("PK = :p AND contains(SK, :a)", **values(p="1", a="2")),
        "Invalid operator used in KeyConditionExpression: contains",
    ),
    (
        "two conditions on one key, as boto3 writes them",
        query(Key("PK").eq("1") & Key("SK").gte("2") & Key("SK").lte("3")),
        f"{LOWER}KeyConditionExpressions must only contain one condition per key",
    ),
    (
        "a text where the key is a Number",
        query("#b = :b AND #w = :w", IndexName="by-when", **names(b="by", w="when"), **values(b="7", w="2026-01-01")),
        "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ),
    (
        "a Number where the key is a text",
        query("PK = :p AND SK > :a", **values(p="1", a=20260101)),
        "Condition parameter type does not match schema type",
    ),
    (
        "begins_with of a Number",
        query("PK = :p AND begins_with(#r, :a)", IndexName="ranked", **names(r="rank"), **values(p="1", a=2)),
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    ("no partition key", query("SK = :a", **values(a="2")), "Query condition missed key schema element: PK"),
    (
        "one of two partition key attributes",
        query("#b = :b", IndexName="by-when", **names(b="by"), **values(b=7)),
        "Query condition missed key schema element: when",
    ),
    ("a range of partition keys", query("PK > :p", **values(p="1")), "Query key condition not supported"),
    (
        "another attribute",
        query("PK = :p AND n = :n", **values(p="1", n=1)),
        "Query condition missed key schema element: SK",
    ),
    (
        "an inverted range",
        query("PK = :p AND SK BETWEEN :a AND :b", **values(p="1", a="2", b="1")),
        "lower bound operand: AttributeValue: {S:2}, upper bound operand: AttributeValue: {S:1}",
    ),
    (
        "part of a key",
        query("PK = :p AND SK.a = :a", **values(p="1", a="2")),
        "KeyConditionExpressions cannot have conditions on nested attributes",
    ),
    (
        "a key's size",
        query("PK = :p AND size(SK) = :a", **values(p="1", a=2)),
        "KeyConditionExpressions cannot contain nested operations",
    ),
    (
        "a filter on a key",
        ("query", {**QUERY, "FilterExpression": Attr("SK").begins_with("ORDER")}),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: SK",
    ),
    (
        "a filter on the index's key",
        query("PK = :p", IndexName="ranked", FilterExpression="#r > :r", **names(r="rank"), **values(p="1", r=1)),
        "Primary key attribute: rank",
    ),
    (
        "parentheses twice",
        query("((PK = :p)) AND SK > :a", **values(p="1", a="2")),
        "Invalid KeyConditionExpression: The expression has redundant parentheses;",
    ),
    (
        "an expression beside what was before expressions",
        ("query", {**QUERY, "AttributesToGet": ["PK"]}),
        "Non-expression parameters: {AttributesToGet} Expression parameters: {KeyConditionExpression}",
    ),
    (
        "a condition of before expressions without a value",
        ("query", {"KeyConditions": {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": []}}}),
        "Invalid number of argument(s) for the EQ ComparisonOperator",
    ),
    (
        "a range of before expressions with one end",
        ("scan", {"ScanFilter": {"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [1]}}}),
        "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    ),
    (
        "an update of before expressions that adds a text",
        ("update_item", {"Key": KEY, "AttributeUpdates": {"n": {"Action": "ADD", "Value": "x"}}}),
        "ADD action is not supported for the type S",
    ),
    (
        "an update of before expressions without a value",
        ("update_item", {"Key": KEY, "AttributeUpdates": {"n": {"Action": "PUT"}}}),
        "Only DELETE action is allowed when no attribute value is specified",
    ),
    (
        "a start key without the sort key",
        ("query", {**QUERY, "ExclusiveStartKey": {"PK": "CUSTOMER#1"}}),
        "The provided starting key is invalid",
    ),
    (
        "a start key of another type",
        ("scan", {"ExclusiveStartKey": {**KEY, "SK": 1}}),
        "The provided starting key is invalid",
    ),
    (
        "a start key without the index's attributes",
        ("scan", {"IndexName": "ranked", "ExclusiveStartKey": KEY}),
        "The provided starting key is invalid",
    ),
    (
        "a start key in another partition",
        ("query", {**QUERY, "ExclusiveStartKey": {"PK": "CUSTOMER#2", "SK": "ORDER#1"}}),
        "The provided starting key is outside query boundaries based on provided conditions",
    ),
    (
        "an index that does not exist",
        query("PK = :p", IndexName="missing", **values(p="1")),
        "The table does not have the specified index: missing",
    ),
    (
        "a value that no expression uses",
        query("PK = :p", **values(p="1", left=1)),
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:left}",
    ),
    (
        "a name that no expression uses",
        query("PK = :p", **values(p="1"), **names(left="x")),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#left}",
    ),
    (
        "a value that is not defined",
        query("PK = :p AND SK = :a", **values(p="1")),
        "An expression attribute value used in expression is not defined; attribute value: :a",
    ),
    (
        "a name that is not defined",
        query("#p = :p", **values(p="1")),
        "An expression attribute name used in the document path is not defined; attribute name: #p",
    ),
    (
        "a name without its sign",
        query("pk = :p", ExpressionAttributeNames={"pk": "PK"}, **values(p="1")),
        'ExpressionAttributeNames contains invalid key: Syntax error; key: "pk"',
    ),
    (
        "a value without its sign",
        query("PK = p", ExpressionAttributeValues={"p": "1"}),
        'ExpressionAttributeValues contains invalid key: Syntax error; key: "p"',
    ),
    (
        "values without an expression",
        ("put_item", {"Item": ITEM, **values(p=1)}),
        "ExpressionAttributeValues can only be specified when using expressions",
    ),
    (
        "an empty expression",
        ("scan", {"FilterExpression": " "}),
        "Invalid FilterExpression: The expression can not be empty;",
    ),
    (
        "==",
        ("put_item", {"Item": ITEM, "ConditionExpression": "n == :n", **values(n=1)}),
        'Invalid ConditionExpression: Syntax error; token: "=", near: "== :n"',
    ),
    (
        "!=",
        ("put_item", {"Item": ITEM, "ConditionExpression": "n != :n", **values(n=1)}),
        'Invalid ConditionExpression: Syntax error; token: "!", near: "n !="',
    ),
    ("an operand for a condition", ("scan", {"FilterExpression": "n"}), "Invalid FilterExpression: Syntax error;"),
    (
        "a condition for an operand",
        ("scan", {"FilterExpression": "(n = :n) = :n", **values(n=1)}),
        "Invalid FilterExpression: Syntax error;",
    ),
    (
        "a function of updates in a condition",
        ("scan", {"FilterExpression": "if_not_exists(n, :n)", **values(n=1)}),
        "The function is not allowed in a condition expression; function: if_not_exists",
    ),
    (
        "a function that does not exist",
        ("scan", {"FilterExpression": "starts_with(PK, :n)", **values(n="1")}),
        "Invalid FilterExpression: Invalid function name; function: starts_with",
    ),
    (
        "a reserved word",
        ("scan", {"FilterExpression": "status = :s", **values(s="Pending")}),
        "Attribute name is a reserved keyword; reserved keyword: status",
    ),
    (
        "a reserved word inside of a path",
        ("get_item", {"Key": KEY, "ProjectionExpression": "nested.items"}),
        "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: items",
    ),
    (
        "a section twice",
        update("SET n = :n SET m = :n", **values(n=1)),
        'The "SET" section can only be used once in an update expression;',
    ),
    ("an update that is none", update("n = :n", **values(n=1)), "Invalid UpdateExpression: Syntax error;"),
    (
        "an expression that is too long",
        ("scan", {"FilterExpression": " OR ".join(["n = :n"] * 500), **values(n=1)}),
        "Invalid FilterExpression: Expression size has exceeded the maximum allowed size;",
    ),
    (
        "an attribute too many in a key",
        ("get_item", {"Key": {**KEY, "by": 7}}),
        "The provided key element does not match the schema",
    ),
    ("half a key", ("delete_item", {"Key": {"PK": "1"}}), "The provided key element does not match the schema"),
    (
        "a key of another type",
        ("get_item", {"Key": {"PK": "1", "SK": 2}}),
        "The provided key element does not match the schema",
    ),
    (
        "an index key of another type",
        ("put_item", {"Item": {**ITEM, "by": "seven"}}),
        "Type mismatch for Index Key by Expected: N Actual: S IndexName: by-when",
    ),
    (
        "an index key of another type, by an update",
        update("SET #w = :w", **names(w="when"), **values(w=2026)),
        "Type mismatch for Index Key when Expected: S Actual: N IndexName: by-when",
    ),
    (
        "an empty index key",
        ("put_item", {"Item": {**ITEM, "when": ""}}),
        "cannot contain an empty string value. IndexName: by-when, IndexKey: when",
    ),
]


@pytest.mark.parametrize(("asked", "says"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_aws_refuses_is_refused(table: Any, asked: tuple[str, dict[str, Any]], says: str) -> None:
    operation, parameters = asked

    with pytest.raises(ClientError) as caught:
        getattr(table, operation)(**parameters)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert says in caught.value.response["Error"]["Message"]
    assert table.get_item(Key=KEY)["Item"] == ITEM


@pytest.mark.parametrize(
    ("action", "code", "says"),
    [
        ({"Put": {"Item": {**ITEM, "by": "seven"}}}, "ValidationError", "Type mismatch for Index Key by"),
        ({"Put": {"Item": {"PK": 1, "SK": "x"}}}, "ValidationError", "Type mismatch for key PK expected: S actual: N"),
        ({"Delete": {"Key": {"PK": "1"}}}, "ValidationError", "The provided key element does not match the schema"),
        (
            {"Update": {"Key": KEY, "UpdateExpression": "SET n = n + absent"}},
            "ValidationError",
            "refers to an attribute that does not exist in the item",
        ),
        (
            {"ConditionCheck": {"Key": KEY, "ConditionExpression": "attribute_not_exists(PK)"}},
            "ConditionalCheckFailed",
            "The conditional request failed",
        ),
    ],
    ids=["index key", "key type", "half a key", "operand", "condition"],
)
def test_what_depends_on_table_or_item_cancels_a_transaction(
    table: Any, action: dict[str, Any], code: str, says: str
) -> None:
    [(kind, parameters)] = action.items()
    other = {"Put": {"TableName": "orders", "Item": {"PK": "other", "SK": "x"}}}

    with pytest.raises(ClientError, match=rf"specific reasons \[None, {code}\]") as caught:
        table.meta.client.transact_write_items(TransactItems=[other, {kind: {"TableName": "orders", **parameters}}])

    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    innocent, guilty = caught.value.response["CancellationReasons"]
    assert innocent == {"Code": "None"}
    assert (guilty["Code"], says in guilty["Message"]) == (code, True)
    assert "Item" not in table.get_item(Key={"PK": "other", "SK": "x"})


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ({"Update": {"Key": KEY, "UpdateExpression": "SET n == :n", **values(n=1)}}, "Syntax error"),
        ({"Put": {"Item": {**ITEM, "PK": ""}}}, "cannot contain an empty string value. Key: PK"),
        ({"Put": {"Item": {**ITEM, "n": "x" * 409_600}}}, "Item size has exceeded the maximum allowed size"),
    ],
    ids=["expression", "empty key", "size"],
)
def test_what_the_request_alone_shows_is_refused_before_a_transaction(
    table: Any, action: dict[str, Any], says: str
) -> None:
    [(kind, parameters)] = action.items()

    with pytest.raises(ClientError, match=says) as caught:
        table.meta.client.transact_write_items(TransactItems=[{kind: {"TableName": "orders", **parameters}}])

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_action_of_a_transaction_does_exactly_one_thing(table: Any) -> None:
    with pytest.raises(ClientError, match="can only contain one of Check, Put, Update or Delete"):
        table.meta.client.transact_write_items(TransactItems=[{}])


@pytest.mark.parametrize(
    "batch",
    [
        {"PutRequest": {"Item": {**ITEM, "by": "seven"}}},
        {"DeleteRequest": {"Key": {"PK": "1"}}},
    ],
    ids=["put", "delete"],
)
def test_it_is_refused_in_a_batch_too(table: Any, batch: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        table.meta.client.batch_write_item(RequestItems={"orders": [batch]})
    with pytest.raises(ClientError, match="does not match the schema"):
        table.meta.client.batch_get_item(RequestItems={"orders": {"Keys": [{"PK": "1"}]}})


@pytest.mark.parametrize(
    ("operation", "parameters", "count"),
    [
        ("query", QUERY, 1),
        ("query", {"KeyConditionExpression": Key("PK").eq("CUSTOMER#1") & Key("SK").begins_with("ORDER#")}, 1),
        ("query", query("(PK = :p) and (SK between :a and :b)", **values(p="CUSTOMER#1", a="O", b="P"))[1], 1),
        (
            "query",
            query(
                "#b = :b AND #w = :w AND SK >= :a",
                IndexName="by-when",
                **names(b="by", w="when"),
                **values(b=7, w="2026-01-01", a="ORDER"),
            )[1],
            1,
        ),
        ("query", {**QUERY, "FilterExpression": Attr("n").gt(0) & ~Attr("m").exists() & Attr("by").between(1, 9)}, 1),
        ("scan", {"FilterExpression": Attr("SK").begins_with("ORDER") & Attr("nested.list[1].deep").eq("x")}, 1),
        ("scan", {"FilterExpression": "size(nested) > :n AND attribute_type(n, :t)", **values(n=0, t="N")}, 1),
        ("scan", {"FilterExpression": "n IN (:a, :b) OR NOT contains(PK, :c)", **values(a=1, b=2, c="x")}, 1),
    ],
)
def test_what_aws_accepts_is_accepted(table: Any, operation: str, parameters: dict[str, Any], count: int) -> None:
    assert getattr(table, operation)(**parameters)["Count"] == count


FORMS = {
    "query": [
        "PK = :p AND SK BETWEEN :a AND :b",
        "SK BETWEEN :a AND :b AND PK = :p",
        "( PK = :p ) and ( SK between :a and :b )",
        "\n  PK = :p\n\tAND SK\r\n BETWEEN :a AND :b\n",
        "(PK=:p AND SK BETWEEN (:a) AND (:b))",
        ":p = PK AND SK BETWEEN :a AND :b",
        "begins_with (\n SK , :a\n) AND (PK) = (:p)",
        ":b >= SK AND PK = :p",
    ],
    "filter": [
        "n = :n",
        "(n)=(:n) and not ( n <> :n )",
        "NOT NOT n = :n",
        "n IN (\n:n,\n:n)",
        "n\tBETWEEN\n:n AND :n",
        "size ( nested . #l )>:n",
        "attribute_not_exists(gone) AND NOT size(gone) > :n",
        "NOT PK > :n AND nested.#l[0] <= :n",
    ],
    "update": [
        "SET m = ( n + :n )",
        "set m=n+:n",
        "SET\tm = n\r\n+ :n REMOVE gone",
        "REMOVE gone SET m = (if_not_exists (m, n)) + :n",
    ],
}
"""Expressions that say the same in every form that AWS takes."""


@pytest.mark.parametrize("text", FORMS["query"])
def test_a_key_condition_may_be_written_in_many_ways(table: Any, text: str) -> None:
    given = {":p": "CUSTOMER#1", ":a": "ORDER#", ":b": "ORDER#9"}
    used = {name: value for name, value in given.items() if name in text}

    assert table.query(KeyConditionExpression=text, ExpressionAttributeValues=used)["Items"] == [ITEM]


@pytest.mark.parametrize("text", FORMS["filter"])
def test_a_condition_may_be_written_in_many_ways(table: Any, text: str) -> None:
    named = names(l="list") if "#l" in text else {}

    assert table.scan(FilterExpression=text, **values(n=1), **named)["Items"] == [ITEM]
    table.put_item(Item=ITEM, ConditionExpression=text, **values(n=1), **named)


@pytest.mark.parametrize("text", FORMS["update"])
def test_an_update_may_be_written_in_many_ways(table: Any, text: str) -> None:
    key = {"PK": "forms", "SK": text}
    table.put_item(Item={**key, "n": 1})

    updated = table.update_item(Key=key, UpdateExpression=text, ReturnValues="UPDATED_NEW", **values(n=1))

    assert updated["Attributes"] == {"m": 2}
    table.delete_item(Key=key)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (
            {"ProjectionExpression": "nested.#l[1].deep,\n n", **names(l="list")},
            {"nested": {"list": [{"deep": "x"}]}, "n": 1},
        ),
        ({"ProjectionExpression": "#n[0]", **names(n="nested")}, {}),
        ({"AttributesToGet": ["n", "when"]}, {"n": 1, "when": "2026-01-01"}),
    ],
    ids=["paths", "an index of what is no list", "before expressions"],
)
def test_what_is_asked_for_is_read_by_every_operation(table: Any, asked: dict[str, Any], found: dict[str, Any]) -> None:
    many = {"RequestItems": {"orders": {"Keys": [KEY], **asked}}}
    only = {"KeyConditions": {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["PK"]]}}}

    assert table.get_item(Key=KEY, **asked)["Item"] == found
    assert table.meta.client.batch_get_item(**many)["Responses"]["orders"] == [found]
    if "AttributesToGet" in asked:
        assert table.query(**only, **asked)["Items"] == [found]
    else:
        [answer] = table.meta.client.transact_get_items(
            TransactItems=[{"Get": {"TableName": "orders", "Key": KEY, **asked}}]
        )["Responses"]
        assert answer["Item"] == found


def test_an_item_of_a_key_alone_can_be_made_by_an_update(table: Any) -> None:
    key = {"PK": "alone", "SK": "key"}

    table.update_item(Key=key)

    assert table.get_item(Key=key)["Item"] == key
    table.delete_item(Key=key)


@each(
    ("value", "says"),
    [({}, "is empty"), ({"S": "a", "N": "1"}, "has more than one datatypes set")],
)
def test_a_value_has_exactly_one_type(value: dict[str, str], says: str) -> None:
    with pytest.raises(Refused) as caught:
        checked({"L": [value]})

    assert caught.value.code == "ValidationException"
    assert str(caught.value) == f"Supplied AttributeValue {says}, must contain exactly one of the supported datatypes"


@pytest.mark.parametrize(
    ("expression", "more", "name", "value"),
    [
        ("SET m = if_not_exists(m, :z) + :n", values(z=1, n=2), "m", 3),
        ("SET #m = :m REMOVE gone", {**names(m="m"), **values(m=[1])}, "m", [1]),
        ("SET m = list_append(:m, :m)", values(m=[1]), "m", [1, 1]),
        ("ADD m :n", values(n=5), "m", 5),
    ],
)
def test_updates_that_aws_accepts_are_accepted(
    table: Any, expression: str, more: dict[str, Any], name: str, value: Any
) -> None:
    key = {"PK": "update", "SK": expression}
    table.put_item(Item={**key, "nested": {}})

    table.update_item(Key=key, UpdateExpression=expression, **more)

    assert table.get_item(Key=key)["Item"][name] == value
    table.delete_item(Key=key)
