"""Keys and items"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.fidelity.statement import Raw, Target, number, refused, statement, values, wire

TYPES = "developerguide/HowItWorks.NamingRulesDataTypes.html"
CONSTRAINTS = "developerguide/Constraints.html"
GET = "APIReference/API_GetItem.html"
PUT = "APIReference/API_PutItem.html"
UPDATE = "APIReference/API_UpdateItem.html"
DELETE = "APIReference/API_DeleteItem.html"
VALUE = "APIReference/API_AttributeValue.html"
INDEXES = "developerguide/SecondaryIndexes.html"
SPARSE = "developerguide/bp-indexes-general-sparse-indexes.html"
LEGACY = "developerguide/LegacyConditionalParameters.html"
KIB = 1024


def kept(aws: Target, value: Any) -> Any:
    """An attribute's value as it comes back."""
    return aws.get(aws.given(v=value))["v"]


def nested(levels: int) -> Any:
    """A text within so many lists."""
    value: Any = "leaf"
    for _ in range(levels):
        value = [value]
    return value


def not_kept(aws: Target, value: Any, *phrases: str) -> None:
    """Asserts that an attribute's value is refused."""
    with refused("ValidationException", *phrases):
        aws.given(v=value)


def indexed(aws: Target, **attributes: Any) -> dict[str, Any]:
    """An item for the table with indexes."""
    return {"pk": aws.fresh(), "sk": "1", **attributes}


# Keys


@statement(GET)
def a_key_has_all_its_attributes(aws: Target) -> None:
    """GetItem refuses a key without the sort key."""
    with refused("ValidationException", "does not match the schema"):
        aws.get({"pk": "one"}, aws.pair)


@statement(GET)
def a_key_of_a_read_has_nothing_else(aws: Target) -> None:
    """GetItem refuses a key with an attribute that is not a key."""
    with refused("ValidationException", "does not match the schema"):
        aws.get({"pk": "one", "extra": "1"})


@statement(UPDATE)
def a_key_of_an_update_has_nothing_else(aws: Target) -> None:
    """UpdateItem refuses a key with an attribute that is not a key."""
    with refused("ValidationException", "does not match the schema"):
        aws.update({"pk": "one", "extra": "1"}, "SET a = :v", v=1)


@statement(DELETE)
def a_key_of_a_deletion_has_nothing_else(aws: Target) -> None:
    """DeleteItem refuses a key with an attribute that is not a key."""
    with refused("ValidationException", "does not match the schema"):
        aws.dynamodb.delete_item(TableName=aws.single, Key={"pk": wire("one"), "extra": wire("1")})


@statement(GET)
def a_key_has_the_defined_type(aws: Target) -> None:
    """GetItem refuses a key of another type than the table defines."""
    with refused("ValidationException", "does not match the schema"):
        aws.get({"pk": 1})


@statement(PUT)
def an_item_has_the_partition_key(aws: Target) -> None:
    """PutItem refuses an item without the partition key."""
    with refused("ValidationException", "missing the key"):
        aws.put(aws.single, {"a": 1})


@statement(PUT)
def an_item_has_the_sort_key(aws: Target) -> None:
    """PutItem refuses an item without the table's sort key."""
    with refused("ValidationException", "missing the key"):
        aws.put(aws.pair, {"pk": "one"})


@statement(PUT)
def an_items_key_has_the_defined_type(aws: Target) -> None:
    """PutItem refuses an item whose key has another type than the table defines."""
    with refused("ValidationException", "type mismatch for key"):
        aws.put(aws.single, {"pk": 1})


@statement(TYPES)
def a_partition_key_is_not_empty(aws: Target) -> None:
    """PutItem refuses an empty string as the partition key."""
    with refused("ValidationException", "empty string value"):
        aws.put(aws.single, {"pk": ""})


@statement(TYPES)
def a_sort_key_is_not_empty(aws: Target) -> None:
    """PutItem refuses an empty string as the sort key."""
    with refused("ValidationException", "empty string value"):
        aws.put(aws.pair, {"pk": "one", "sk": ""})


@statement(TYPES)
def a_binary_key_is_not_empty(aws: Target) -> None:
    """PutItem refuses an empty binary value as a key."""
    with refused("ValidationException", "empty binary value"):
        aws.put(aws.bytewise, {"pk": "one", "sk": b""})


@statement(CONSTRAINTS)
def a_partition_key_has_2048_bytes(aws: Target) -> None:
    """A partition key of 2,048 bytes is accepted; one byte more is refused."""
    aws.put(aws.single, {"pk": "x" * 2048})
    with refused("ValidationException", "2048"):
        aws.put(aws.single, {"pk": "x" * 2049})


@statement(CONSTRAINTS)
def a_sort_key_has_1024_bytes(aws: Target) -> None:
    """A sort key of 1,024 bytes is accepted; one byte more is refused."""
    aws.put(aws.pair, {"pk": "one", "sk": "x" * 1024})
    with refused("ValidationException", "1024"):
        aws.put(aws.pair, {"pk": "one", "sk": "x" * 1025})


@statement(CONSTRAINTS)
def the_size_of_a_key_is_in_bytes(aws: Target) -> None:
    """The size of a key is counted in bytes of UTF-8: 1,025 letters of two bytes are too long."""
    with refused("ValidationException", "2048"):
        aws.put(aws.single, {"pk": "é" * 1025})


@statement(CONSTRAINTS)
def a_read_refuses_a_key_that_is_too_long(aws: Target) -> None:
    """GetItem refuses a partition key of more than 2,048 bytes."""
    with refused():
        aws.get({"pk": "x" * 2049})


# Sizes


@statement(CONSTRAINTS)
def an_item_of_almost_400_kb_is_accepted(aws: Target) -> None:
    """PutItem accepts an item of 399 KB."""
    aws.given(v="x" * 399 * KIB)


@statement(CONSTRAINTS)
def an_item_has_at_most_400_kb(aws: Target) -> None:
    """PutItem refuses an item of 401 KB."""
    not_kept(aws, "x" * 401 * KIB, "size has exceeded the maximum")


@statement(CONSTRAINTS)
def the_size_of_an_item_is_in_bytes(aws: Target) -> None:
    """The size of an item is counted in bytes of UTF-8: 210,000 letters of two bytes are too many."""
    not_kept(aws, "é" * 210_000, "size has exceeded the maximum")


@statement(CONSTRAINTS)
def the_size_of_an_item_includes_names(aws: Target) -> None:
    """The names of attributes count in the size of an item."""
    names = {f"{number:03}{'n' * 60}": 1 for number in range(100)}
    with refused("ValidationException", "size has exceeded the maximum"):
        aws.given(v="x" * 399 * KIB, **names)


@statement(CONSTRAINTS)
def the_size_of_binary_is_not_that_of_its_text(aws: Target) -> None:
    """The size of a binary value is its number of bytes, not that of its base64 text."""
    aws.given(v=b"x" * 390 * KIB)


@statement(CONSTRAINTS)
def an_update_makes_no_item_above_400_kb(aws: Target) -> None:
    """UpdateItem refuses to make an item larger than 400 KB."""
    key = aws.given(v="x" * 300 * KIB)
    with refused("ValidationException", "exceeded the maximum"):
        aws.update(key, "SET w = :w", w="x" * 200 * KIB)


@statement(CONSTRAINTS)
def a_value_may_be_31_levels_deep(aws: Target) -> None:
    """A value within 31 lists is accepted."""
    aws.given(v=nested(31))


@statement(CONSTRAINTS)
def a_value_is_at_most_31_levels_deep(aws: Target) -> None:
    """A value within 32 lists is refused."""
    not_kept(aws, nested(32), "nesting levels")


# Numbers


@statement(TYPES)
def a_number_has_38_digits(aws: Target) -> None:
    """A number of 38 digits comes back with all of them."""
    assert kept(aws, number("1" * 38)) == {"N": "1" * 38}


@statement(TYPES)
def a_number_has_at_most_38_digits(aws: Target) -> None:
    """A number of 39 significant digits is refused."""
    not_kept(aws, number("1" * 39), "38")


@statement(TYPES)
def zeros_at_the_end_are_not_significant(aws: Target) -> None:
    """Zeros at the end of a number are not significant: 1 with 40 zeros is accepted."""
    assert kept(aws, number("1" + "0" * 40)) == {"N": "1" + "0" * 40}


@statement(TYPES)
def a_number_is_below_1e126(aws: Target) -> None:
    """9.99E+125 is accepted, and 1E+126 is refused."""
    aws.given(v=number("9.99E+125"))
    not_kept(aws, number("1E+126"), "overflow")


@statement(TYPES)
def a_number_is_at_least_1e_130(aws: Target) -> None:
    """1E-130 is accepted, and 1E-131 is refused."""
    aws.given(v=number("1E-130"))
    not_kept(aws, number("1E-131"), "underflow")


@statement(TYPES)
def zeros_after_the_point_are_cut(aws: Target) -> None:
    """The number 1.50 comes back as 1.5."""
    assert kept(aws, number("1.50")) == {"N": "1.5"}


@statement(TYPES)
def zeros_before_a_number_are_cut(aws: Target) -> None:
    """The number 00042 comes back as 42."""
    assert kept(aws, number("00042")) == {"N": "42"}


@statement(TYPES)
def an_exponent_is_written_out(aws: Target) -> None:
    """The number 1E+3 comes back as 1000."""
    assert kept(aws, number("1E+3")) == {"N": "1000"}


@statement(TYPES)
def there_is_one_zero(aws: Target) -> None:
    """The number -0 comes back as 0."""
    assert kept(aws, number("-0")) == {"N": "0"}


@statement(TYPES)
def numbers_in_sets_are_normal_too(aws: Target) -> None:
    """A number within a set comes back in its normal form."""
    assert kept(aws, Raw({"NS": ["1.50"]})) == {"NS": ["1.5"]}


@statement(TYPES)
def a_number_key_is_found_by_its_value(aws: Target) -> None:
    """An item whose key is the number 1.0 is found with the key 1."""
    partition = aws.filled(aws.numbered, number("1.0"))
    assert aws.get({"pk": partition, "sk": 1}, aws.numbered) is not None


@statement(TYPES)
def a_text_is_no_number(aws: Target) -> None:
    """A number that is written as letters, NaN or with a space is refused."""
    for text in ("five", "NaN", "Infinity", " 5", "1_000", "1e+", "0x5", ""):
        not_kept(aws, number(text))


# Types


@statement(VALUE)
def a_set_is_not_empty(aws: Target) -> None:
    """An empty set of any type is refused."""
    for kind in ("SS", "NS", "BS"):
        not_kept(aws, Raw({kind: []}), "empty")


@statement(VALUE)
def a_set_within_a_map_is_not_empty(aws: Target) -> None:
    """An empty set within a map or a list is refused."""
    not_kept(aws, {"inner": Raw({"SS": []})}, "empty")
    not_kept(aws, [Raw({"NS": []})], "empty")


@statement(VALUE)
def a_string_set_has_no_duplicates(aws: Target) -> None:
    """A set of strings with a duplicate is refused."""
    not_kept(aws, Raw({"SS": ["a", "a"]}), "duplicates")


@statement(VALUE)
def a_number_set_has_no_duplicates_by_value(aws: Target) -> None:
    """A set of numbers with a duplicate is refused, also if it is written differently."""
    not_kept(aws, Raw({"NS": ["1", "1.0"]}), "duplicates")


@statement(VALUE)
def a_binary_set_has_no_duplicates(aws: Target) -> None:
    """A set of binary values with a duplicate is refused."""
    not_kept(aws, Raw({"BS": [b"a", b"a"]}), "duplicates")


@statement(VALUE)
def a_set_within_a_list_has_no_duplicates(aws: Target) -> None:
    """A set with a duplicate is refused within a list, too."""
    not_kept(aws, [Raw({"SS": ["a", "a"]})], "duplicates")


@statement(TYPES)
def a_set_may_hold_an_empty_string(aws: Target) -> None:
    """A set of strings may hold the empty string."""
    assert sorted(kept(aws, {"", "a"})["SS"]) == ["", "a"]


@statement(TYPES)
def a_value_may_be_an_empty_string(aws: Target) -> None:
    """An attribute that is not a key may be an empty string, or an empty binary value."""
    assert kept(aws, "") == {"S": ""}
    assert kept(aws, b"") == {"B": b""}


@statement(TYPES)
def a_list_and_a_map_may_be_empty(aws: Target) -> None:
    """A list and a map may be empty."""
    assert kept(aws, []) == {"L": []}
    assert kept(aws, {}) == {"M": {}}


@statement(VALUE)
def null_is_true(aws: Target) -> None:
    """NULL with the value false is refused."""
    not_kept(aws, Raw({"NULL": False}))


@statement(VALUE)
def a_value_has_one_type(aws: Target) -> None:
    """A value with two types is refused."""
    not_kept(aws, Raw({"S": "1", "N": "1"}), "must contain exactly one of the supported datatypes")


@statement(VALUE)
def a_value_has_a_type(aws: Target) -> None:
    """A value without a type is refused."""
    not_kept(aws, Raw({}), "must contain exactly one of the supported datatypes")


@statement(TYPES)
def every_type_comes_back(aws: Target) -> None:
    """Values of all types come back as they were put."""
    given = {"l": ["a", 1, None], "m": {"deep": {"b": b"\x00\xff"}}, "t": True, "n": Decimal("-1.5"), "s": {1, 2}}
    back = aws.get(aws.given(**given))
    assert sorted(back.pop("s")["NS"]) == ["1", "2"]
    assert back == {**{name: wire(given[name]) for name in "lmtn"}, "pk": back["pk"]}


# Writes


@statement(PUT)
def a_put_replaces_the_item(aws: Target) -> None:
    """PutItem replaces the whole item."""
    key = aws.given(a=1)
    aws.put(aws.single, {**key, "b": 2})
    assert set(aws.get(key)) == {"pk", "b"}


@statement(PUT)
def a_put_returns_the_old_item(aws: Target) -> None:
    """PutItem with ReturnValues ALL_OLD returns the item that it replaced."""
    key = aws.given(a=1)
    assert aws.put(aws.single, key, ReturnValues="ALL_OLD")["Attributes"]["a"] == wire(1)


@statement(PUT)
def a_put_of_a_new_item_returns_nothing(aws: Target) -> None:
    """PutItem of a new item returns no Attributes."""
    assert "Attributes" not in aws.put(aws.single, {"pk": aws.fresh()}, ReturnValues="ALL_OLD")


@statement(PUT)
def a_put_returns_no_new_values(aws: Target) -> None:
    """PutItem refuses ReturnValues other than NONE and ALL_OLD."""
    for returned in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"):
        with refused():
            aws.put(aws.single, {"pk": "one"}, ReturnValues=returned)


@statement(DELETE)
def a_deletion_returns_no_new_values(aws: Target) -> None:
    """DeleteItem refuses ReturnValues other than NONE and ALL_OLD."""
    for returned in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"):
        with refused():
            aws.dynamodb.delete_item(TableName=aws.single, Key={"pk": wire("one")}, ReturnValues=returned)


@statement(DELETE)
def a_missing_item_is_deleted_silently(aws: Target) -> None:
    """DeleteItem of an item that does not exist succeeds and returns no Attributes."""
    key = {"pk": wire(aws.fresh())}
    assert "Attributes" not in aws.dynamodb.delete_item(TableName=aws.single, Key=key, ReturnValues="ALL_OLD")


@statement(PUT)
def a_write_to_a_missing_table_is_not_found(aws: Target) -> None:
    """PutItem into a table that does not exist is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        aws.put("missing", {"pk": "one"})


@statement("developerguide/Expressions.ConditionExpressions.html")
def a_failed_condition_changes_nothing(aws: Target) -> None:
    """PutItem whose condition is false is refused with ConditionalCheckFailedException, and the item stays."""
    key = aws.given(a=1)
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        aws.put(aws.single, {**key, "a": 2}, "attribute_not_exists(pk)")
    assert aws.get(key)["a"] == wire(1)


@statement(PUT)
def a_failed_condition_can_return_the_item(aws: Target) -> None:
    """With ReturnValuesOnConditionCheckFailure ALL_OLD, the refusal holds the item that is there."""
    key = aws.given(a=1)
    with refused("ConditionalCheckFailedException") as refusal:
        aws.put(aws.single, key, "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refusal.answer["Item"]["a"] == wire(1)


# Keys of indexes


@statement(INDEXES)
def an_index_key_of_a_put_has_the_defined_type(aws: Target) -> None:
    """PutItem refuses an item whose index key has another type than the table defines."""
    with refused("ValidationException", "type mismatch for index key"):
        aws.put(aws.indexed, indexed(aws, maker=1))


@statement(INDEXES)
def a_sort_key_of_an_index_has_the_defined_type(aws: Target) -> None:
    """PutItem refuses an item whose index sort key has another type than the table defines."""
    with refused("ValidationException", "type mismatch for index key"):
        aws.put(aws.indexed, indexed(aws, kind="book", score="high"))


@statement(INDEXES)
def a_local_index_key_has_the_defined_type(aws: Target) -> None:
    """PutItem refuses an item whose key of a local index has another type than the table defines."""
    with refused("ValidationException", "type mismatch for index key"):
        aws.put(aws.indexed, indexed(aws, due=20260101))


@statement(INDEXES)
def an_index_key_is_a_scalar(aws: Target) -> None:
    """PutItem refuses a list as an index key."""
    with refused("ValidationException", "type mismatch for index key"):
        aws.put(aws.indexed, indexed(aws, maker=["Ada"]))


@statement(INDEXES)
def an_index_key_of_an_update_has_the_defined_type(aws: Target) -> None:
    """UpdateItem refuses an index key of another type than the table defines."""
    with refused():
        aws.update({"pk": aws.fresh(), "sk": "1"}, "SET maker = :v", aws.indexed, v=1)


@statement(INDEXES)
def an_index_key_of_a_batch_has_the_defined_type(aws: Target) -> None:
    """BatchWriteItem refuses an item whose index key has another type than the table defines."""
    with refused("ValidationException", "type mismatch for index key"):
        request = {"PutRequest": {"Item": {name: wire(value) for name, value in indexed(aws, maker=1).items()}}}
        aws.dynamodb.batch_write_item(RequestItems={aws.indexed: [request]})


@statement(INDEXES)
def an_index_key_is_not_an_empty_string(aws: Target) -> None:
    """PutItem refuses an empty string as an index key."""
    with refused("ValidationException", "empty string value"):
        aws.put(aws.indexed, indexed(aws, maker=""))


@statement(SPARSE)
def an_item_without_the_index_key_is_not_in_the_index(aws: Target) -> None:
    """An item without the key attribute of an index is accepted, and is not in the index."""
    note = aws.fresh()
    aws.put(aws.indexed, indexed(aws, note=note))
    filtered = {"FilterExpression": "note = :n", "ExpressionAttributeValues": values(n=note)}
    assert aws.dynamodb.scan(TableName=aws.indexed, IndexName="by-maker", **filtered)["Count"] == 0
    assert aws.dynamodb.scan(TableName=aws.indexed, **filtered)["Count"] == 1


@statement(SPARSE)
def an_item_with_half_of_the_index_key_is_not_in_the_index(aws: Target) -> None:
    """An item with the partition key of an index, but without its sort key, is not in the index."""
    kind = aws.fresh()
    aws.put(aws.indexed, indexed(aws, kind=kind))
    assert aws.query(aws.indexed, "kind = :k", k=kind, IndexName="by-kind")["Count"] == 0


# Parameters of the old interface


@statement(LEGACY)
def expected_goes_with_no_condition(aws: Target) -> None:
    """PutItem refuses Expected together with ConditionExpression."""
    with refused("ValidationException", "expression"):
        aws.put(aws.single, {"pk": "one"}, "attribute_not_exists(pk)", Expected={"pk": {"Exists": False}})


@statement(LEGACY)
def attributes_to_get_goes_with_no_projection(aws: Target) -> None:
    """GetItem refuses AttributesToGet together with ProjectionExpression."""
    with refused("ValidationException", "expression"):
        aws.get({"pk": "one"}, ProjectionExpression="a", AttributesToGet=["a"])


@statement(LEGACY)
def attribute_updates_go_with_no_expression(aws: Target) -> None:
    """UpdateItem refuses AttributeUpdates together with UpdateExpression."""
    with refused("ValidationException", "expression"):
        aws.update({"pk": "one"}, "REMOVE a", AttributeUpdates={"b": {"Action": "DELETE"}})


@statement(LEGACY)
def scan_filter_goes_with_no_expression(aws: Target) -> None:
    """Scan refuses ScanFilter together with FilterExpression."""
    with refused("ValidationException", "expression"):
        aws.dynamodb.scan(
            TableName=aws.single,
            FilterExpression="attribute_exists(a)",
            ScanFilter={"a": {"ComparisonOperator": "NOT_NULL"}},
        )


@statement(LEGACY)
def key_conditions_go_with_no_expression(aws: Target) -> None:
    """Query refuses KeyConditions together with KeyConditionExpression."""
    condition = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [wire("one")]}}
    with refused("ValidationException", "expression"):
        aws.query(aws.single, "pk = :p", p="one", KeyConditions=condition)


@statement(LEGACY)
def key_conditions_still_work(aws: Target) -> None:
    """Query still accepts KeyConditions."""
    partition = aws.filled(aws.pair, "a1", "a2", "b1")
    conditions = {
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [wire(partition)]},
        "sk": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [wire("a")]},
    }
    assert aws.dynamodb.query(TableName=aws.pair, KeyConditions=conditions)["Count"] == 2
