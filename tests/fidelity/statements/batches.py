"""Batches and transactions"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fidelity.statement import Target, item, refused, statement, values

WRITES = "APIReference/API_BatchWriteItem.html"
READS = "APIReference/API_BatchGetItem.html"
TRANSACT = "APIReference/API_TransactWriteItems.html"
TRANSACT_READS = "APIReference/API_TransactGetItems.html"
TRANSACTIONS = "developerguide/transaction-apis.html"
KIB = 1024


def put_request(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A put within a batch."""
    return {"PutRequest": {"Item": item(attributes)}}


def write(aws: Target, *requests: dict[str, Any], table: str = "") -> dict[str, Any]:
    """BatchWriteItem on one table, `pair` unless another is named."""
    answer: dict[str, Any] = aws.dynamodb.batch_write_item(RequestItems={table or aws.pair: list(requests)})
    return answer


def read(aws: Target, *keys: Mapping[str, Any], table: str = "", **request: Any) -> dict[str, Any]:
    """BatchGetItem on one table, `pair` unless another is named."""
    asked = {"Keys": [item(key) for key in keys], **request}
    answer: dict[str, Any] = aws.dynamodb.batch_get_item(RequestItems={table or aws.pair: asked})
    return answer


def put(aws: Target, attributes: Mapping[str, Any], table: str = "", **more: Any) -> dict[str, Any]:
    """A put within a transaction."""
    return {"Put": {"TableName": table or aws.single, "Item": item(attributes), **more}}


def check(aws: Target, key: Mapping[str, Any], condition: str, **more: Any) -> dict[str, Any]:
    """A condition check within a transaction."""
    return {"ConditionCheck": {"TableName": aws.single, "Key": item(key), "ConditionExpression": condition, **more}}


def update(aws: Target, key: Mapping[str, Any], expression: str, **given: Any) -> dict[str, Any]:
    """An update within a transaction."""
    action = {"TableName": aws.single, "Key": item(key), "UpdateExpression": expression}
    return {"Update": {**action, **({"ExpressionAttributeValues": values(**given)} if given else {})}}


def transact(aws: Target, *actions: dict[str, Any], **request: Any) -> dict[str, Any]:
    """TransactWriteItems."""
    answer: dict[str, Any] = aws.dynamodb.transact_write_items(TransactItems=list(actions), **request)
    return answer


def transact_read(aws: Target, *keys: Mapping[str, Any], table: str = "", **request: Any) -> dict[str, Any]:
    """TransactGetItems of one table, `single` unless another is named."""
    gets = [{"Get": {"TableName": table or aws.single, "Key": item(key)}} for key in keys]
    answer: dict[str, Any] = aws.dynamodb.transact_get_items(TransactItems=gets, **request)
    return answer


def pairs(aws: Target, count: int) -> list[dict[str, str]]:
    """Keys of `pair`, in a partition of their own."""
    partition = aws.fresh()
    return [{"pk": partition, "sk": f"{number:03}"} for number in range(count)]


def singles(aws: Target, count: int) -> list[dict[str, str]]:
    """Keys of `single`."""
    return [{"pk": aws.fresh()} for _ in range(count)]


# BatchWriteItem


@statement(WRITES)
def a_batch_has_25_writes(aws: Target) -> None:
    """BatchWriteItem writes 25 items, and answers with empty UnprocessedItems."""
    keys = pairs(aws, 25)
    assert write(aws, *map(put_request, keys))["UnprocessedItems"] == {}
    assert aws.query(aws.pair, "pk = :p", p=keys[0]["pk"], Select="COUNT")["Count"] == 25


@statement(WRITES)
def a_batch_has_at_most_25_writes(aws: Target) -> None:
    """BatchWriteItem refuses 26 requests."""
    with refused():
        write(aws, *map(put_request, pairs(aws, 26)))


@statement(WRITES)
def a_batch_writes_an_item_once(aws: Target) -> None:
    """BatchWriteItem refuses two requests for one item, also a put and a deletion."""
    [key] = pairs(aws, 1)
    for second in (put_request(key), {"DeleteRequest": {"Key": item(key)}}):
        with refused("ValidationException", "duplicates"):
            write(aws, put_request(key), second)


@statement(WRITES)
def a_batch_is_not_empty(aws: Target) -> None:
    """BatchWriteItem refuses an empty batch."""
    with refused():
        aws.dynamodb.batch_write_item(RequestItems={})


@statement(WRITES)
def a_batch_with_a_wrong_item_writes_nothing(aws: Target) -> None:
    """BatchWriteItem with one invalid item is refused, and writes none."""
    [key] = pairs(aws, 1)
    with refused():
        write(aws, put_request(key), put_request({"pk": "without a sort key"}))
    assert aws.get(key, aws.pair) is None


@statement(WRITES)
def a_batch_to_a_missing_table_is_not_found(aws: Target) -> None:
    """BatchWriteItem to a table that does not exist is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        write(aws, put_request({"pk": "one"}), table="missing")


@statement(WRITES)
def a_batch_puts_and_deletes(aws: Target) -> None:
    """BatchWriteItem puts and deletes, in several tables; a put replaces the whole item."""
    kept, gone = pairs(aws, 2)
    aws.put(aws.pair, {**kept, "a": 1})
    aws.put(aws.pair, gone)
    other = {"pk": aws.fresh()}
    requests = {
        aws.pair: [put_request({**kept, "b": 2}), {"DeleteRequest": {"Key": item(gone)}}],
        aws.single: [put_request(other)],
    }
    aws.dynamodb.batch_write_item(RequestItems=requests)
    assert aws.get(kept, aws.pair) == item({**kept, "b": 2})
    assert aws.get(gone, aws.pair) is None
    assert aws.get(other) is not None


# BatchGetItem


@statement(READS)
def a_batch_leaves_out_missing_items(aws: Target) -> None:
    """BatchGetItem leaves out items that do not exist, and answers with empty UnprocessedKeys."""
    there, missing = pairs(aws, 2)
    aws.put(aws.pair, there)
    answer = read(aws, there, missing)
    assert answer["Responses"][aws.pair] == [item(there)]
    assert answer["UnprocessedKeys"] == {}


@statement(READS)
def a_batch_has_100_keys(aws: Target) -> None:
    """BatchGetItem accepts 100 keys and refuses 101."""
    read(aws, *pairs(aws, 100))
    with refused():
        read(aws, *pairs(aws, 101))


@statement(READS)
def a_batch_reads_an_item_once(aws: Target) -> None:
    """BatchGetItem refuses a key that is there twice."""
    [key] = pairs(aws, 1)
    with refused("ValidationException", "duplicates"):
        read(aws, key, key)


@statement(READS)
def a_key_of_a_batch_is_whole(aws: Target) -> None:
    """BatchGetItem refuses a key without the sort key."""
    with refused("ValidationException", "does not match the schema"):
        read(aws, {"pk": "one"})


@statement(READS)
def a_batch_projects(aws: Target) -> None:
    """BatchGetItem applies a projection."""
    [key] = pairs(aws, 1)
    aws.put(aws.pair, {**key, "a": 1, "b": 2})
    assert read(aws, key, ProjectionExpression="b")["Responses"][aws.pair] == [item({"b": 2})]


@statement(READS)
def a_batch_that_projects_nothing_has_an_empty_item(aws: Target) -> None:
    """BatchGetItem with a projection of attributes that an item lacks has an empty item for it."""
    [key] = pairs(aws, 1)
    aws.put(aws.pair, key)
    assert read(aws, key, ProjectionExpression="b")["Responses"][aws.pair] == [{}]


@statement(READS)
def a_batch_above_16_mb_is_answered_in_part(aws: Target) -> None:
    """BatchGetItem of more than 16 MB answers with a part, and with the other keys as UnprocessedKeys."""
    table, partition = aws.heavy
    keys = [{"pk": partition, "sk": f"{number:02}"} for number in range(60)]
    answer = read(aws, *keys)
    found, left = answer["Responses"][table], answer["UnprocessedKeys"][table]["Keys"]
    assert 0 < len(found) < 60
    assert len(found) + len(left) == 60


# TransactWriteItems


@statement(TRANSACT)
def a_transaction_has_100_actions(aws: Target) -> None:
    """TransactWriteItems accepts 100 actions and refuses 101."""
    transact(aws, *(put(aws, key) for key in singles(aws, 100)))
    with refused():
        transact(aws, *(put(aws, key) for key in singles(aws, 101)))


@statement(TRANSACT)
def a_transaction_has_at_most_4_mb(aws: Target) -> None:
    """TransactWriteItems refuses items of more than 4 MB in all."""
    with refused():
        transact(aws, *(put(aws, {**key, "b": b"x" * 390 * KIB}) for key in singles(aws, 11)))


@statement(TRANSACT)
def an_item_above_400_kb_refuses_the_transaction(aws: Target) -> None:
    """A Put of an item of more than 400 KB refuses the whole request with ValidationException."""
    with refused("ValidationException", "size"):
        transact(aws, put(aws, {"pk": aws.fresh(), "b": b"x" * 401 * KIB}))


@statement(TRANSACT)
def an_item_that_grows_above_400_kb_is_a_reason(aws: Target) -> None:
    """An Update that makes an item larger than 400 KB cancels the transaction, with the reason ValidationError."""
    key = aws.given(b=b"x" * 300 * KIB)
    with refused("TransactionCanceledException") as refusal:
        transact(aws, update(aws, key, "SET c = :c", c=b"x" * 200 * KIB))
    assert refusal.reasons == ["ValidationError"]


@statement(TRANSACT)
def a_transaction_has_an_action(aws: Target) -> None:
    """TransactWriteItems refuses an empty list of actions."""
    with refused():
        transact(aws)


@statement(TRANSACT)
def a_transaction_writes_an_item_once(aws: Target) -> None:
    """TransactWriteItems refuses two actions on one item, with ValidationException."""
    [key] = singles(aws, 1)
    with refused("ValidationException", "multiple operations on one item"):
        transact(aws, put(aws, key), update(aws, key, "SET a = :v", v=1))


@statement(TRANSACT)
def a_check_is_an_action_on_its_item(aws: Target) -> None:
    """TransactWriteItems refuses a ConditionCheck and an Update of one item."""
    key = aws.given(stock=1)
    with refused("ValidationException", "multiple operations on one item"):
        transact(aws, check(aws, key, "attribute_exists(pk)"), update(aws, key, "SET a = :v", v=1))


@statement(TRANSACT)
def an_entry_of_a_transaction_is_one_action(aws: Target) -> None:
    """TransactWriteItems refuses an entry with a Put and a ConditionCheck."""
    first, second = singles(aws, 2)
    with refused():
        transact(aws, {**put(aws, first), **check(aws, second, "attribute_not_exists(pk)")})


@statement(TRANSACT)
def a_transaction_writes_all(aws: Target) -> None:
    """TransactWriteItems puts, updates, deletes and checks in one request, also items that do not exist."""
    fresh, absent = singles(aws, 2)
    counted, gone, checked = aws.given(stock=5), aws.given(), aws.given(a=1)
    transact(
        aws,
        put(aws, fresh),
        update(aws, counted, "SET stock = stock - :n", n=2),
        update(aws, absent, "ADD stock :n", n=1),
        {"Delete": {"TableName": aws.single, "Key": item(gone)}},
        check(aws, checked, "a = :v", ExpressionAttributeValues=values(v=1)),
    )
    assert aws.get(fresh) == item(fresh)
    assert aws.get(counted) == item({**counted, "stock": 3})
    assert aws.get(absent) == item({**absent, "stock": 1})
    assert aws.get(gone) is None


@statement(TRANSACTIONS)
def a_cancelled_transaction_writes_nothing(aws: Target) -> None:
    """If one condition is false, TransactWriteItems writes nothing."""
    fresh, missing = singles(aws, 2)
    counted = aws.given(stock=5)
    with refused("TransactionCanceledException"):
        transact(
            aws,
            put(aws, fresh),
            update(aws, counted, "SET stock = :v", v=0),
            check(aws, missing, "attribute_exists(pk)"),
        )
    assert aws.get(fresh) is None
    assert aws.get(counted) == item({**counted, "stock": 5})


@statement(TRANSACT)
def reasons_are_in_the_order_of_the_actions(aws: Target) -> None:
    """A cancelled transaction has a reason for each action in order: None, or ConditionalCheckFailed."""
    first, second, third = singles(aws, 3)
    with refused("TransactionCanceledException", "[None, ConditionalCheckFailed, None]") as refusal:
        transact(aws, put(aws, first), check(aws, second, "attribute_exists(pk)"), put(aws, third))
    assert refusal.reasons == ["None", "ConditionalCheckFailed", "None"]


@statement(TRANSACT)
def a_reason_can_hold_the_item(aws: Target) -> None:
    """With ReturnValuesOnConditionCheckFailure ALL_OLD, the reason holds the item that is there."""
    key = aws.given(stock=1)
    action = check(
        aws,
        key,
        "stock > :v",
        ExpressionAttributeValues=values(v=1),
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    with refused("TransactionCanceledException") as refusal:
        transact(aws, action)
    assert refusal.answer["CancellationReasons"][0]["Item"] == item({**key, "stock": 1})


@statement(TRANSACT)
def a_fault_of_an_action_is_a_reason(aws: Target) -> None:
    """A key of the wrong type in one action cancels the transaction, with the reason ValidationError."""
    [key] = singles(aws, 1)
    with refused("TransactionCanceledException") as refusal:
        transact(aws, put(aws, key), put(aws, {"pk": 1}))
    assert refusal.reasons == ["None", "ValidationError"]


@statement(TRANSACT)
def a_fault_of_an_index_key_is_a_reason(aws: Target) -> None:
    """An index key of the wrong type in one action cancels the transaction, with the reason ValidationError."""
    with refused("TransactionCanceledException") as refusal:
        transact(aws, put(aws, {"pk": aws.fresh(), "sk": "1", "maker": 1}, aws.indexed))
    assert refusal.reasons == ["ValidationError"]


@statement(TRANSACT)
def a_fault_of_the_old_item_is_a_reason(aws: Target) -> None:
    """Arithmetic on a missing attribute in one action cancels the transaction, with the reason ValidationError."""
    [key] = singles(aws, 1)
    with refused("TransactionCanceledException") as refusal:
        transact(aws, put(aws, key), update(aws, aws.given(), "SET a = a + :v", v=1))
    assert refusal.reasons == ["None", "ValidationError"]


@statement(TRANSACT)
def an_empty_key_refuses_the_transaction(aws: Target) -> None:
    """An empty string as a key in one action refuses the whole request with ValidationException."""
    with refused("ValidationException", "empty string value"):
        transact(aws, put(aws, {"pk": ""}))


@statement(TRANSACT)
def a_transaction_on_a_missing_table_is_not_found(aws: Target) -> None:
    """TransactWriteItems on a table that does not exist is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        transact(aws, put(aws, {"pk": "one"}, "missing"))


@statement(TRANSACT)
def a_token_makes_a_transaction_happen_once(aws: Target) -> None:
    """The same transaction with the same ClientRequestToken succeeds again without a second effect."""
    key, token = aws.given(stock=5), aws.fresh()
    for _ in range(2):
        transact(aws, update(aws, key, "SET stock = stock - :n", n=1), ClientRequestToken=token)
    assert aws.get(key) == item({**key, "stock": 4})


@statement(TRANSACT)
def a_token_is_for_one_transaction(aws: Target) -> None:
    """Another transaction with a used ClientRequestToken is refused with IdempotentParameterMismatchException."""
    key, token = aws.given(stock=5), aws.fresh()
    transact(aws, update(aws, key, "SET stock = stock - :n", n=1), ClientRequestToken=token)
    with refused("IdempotentParameterMismatchException"):
        transact(aws, update(aws, key, "SET stock = stock - :n", n=2), ClientRequestToken=token)


@statement(TRANSACT)
def a_token_has_at_most_36_letters(aws: Target) -> None:
    """TransactWriteItems refuses a ClientRequestToken of 37 letters."""
    with refused():
        transact(aws, put(aws, {"pk": aws.fresh()}), ClientRequestToken="x" * 37)


# TransactGetItems


@statement(TRANSACT_READS)
def a_transaction_reads_in_order(aws: Target) -> None:
    """TransactGetItems answers in the order of the request; for a missing item without an Item."""
    first, [missing], last = aws.given(a=1), singles(aws, 1), aws.given(a=2)
    answer = transact_read(aws, first, missing, last)
    assert [one.get("Item", {}).get("a") for one in answer["Responses"]] == [{"N": "1"}, None, {"N": "2"}]
    assert "Item" not in answer["Responses"][1]


@statement(TRANSACT_READS)
def a_transaction_reads_at_most_100_items(aws: Target) -> None:
    """TransactGetItems accepts 100 keys and refuses 101."""
    transact_read(aws, *singles(aws, 100))
    with refused():
        transact_read(aws, *singles(aws, 101))


@statement(TRANSACT_READS)
def a_transaction_reads_an_item_once(aws: Target) -> None:
    """TransactGetItems refuses a key that is there twice."""
    key = aws.given()
    with refused("ValidationException", "multiple operations on one item"):
        transact_read(aws, key, key)


@statement(TRANSACT_READS)
def a_wrong_key_cancels_a_transaction_of_reads(aws: Target) -> None:
    """A key without the sort key cancels TransactGetItems, with the reason ValidationError."""
    with refused("TransactionCanceledException") as refusal:
        transact_read(aws, {"pk": "one"}, table=aws.pair)
    assert refusal.reasons == ["ValidationError"]
