"""Reads"""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import Target, index, item, number, refused, statement, values, wire

GET = "APIReference/API_GetItem.html"
QUERY = "APIReference/API_Query.html"
SCAN = "APIReference/API_Scan.html"
KEY_CONDITIONS = "developerguide/Query.KeyConditionExpressions.html"
FILTERS = "developerguide/Query.FilterExpression.html"
PAGES = "developerguide/Query.Pagination.html"
COUNTS = "developerguide/Query.Other.html"
PROJECTIONS = "developerguide/Expressions.ProjectionExpressions.html"
GSI = "developerguide/GSI.html"
LSI = "developerguide/LSI.html"
MULTIPLE_KEYS = "developerguide/GSI.DesignPattern.MultiAttributeKeys.html"
ORDER = "developerguide/HowItWorks.NamingRulesDataTypes.html"


def query_refused(aws: Target, condition: str, *phrases: str, table: str = "", **request: Any) -> None:
    """Asserts that a query is refused, of the table with a sort key unless another is named."""
    with refused("ValidationException", *phrases):
        aws.query(table or aws.pair, condition, **request)


def scan(aws: Target, table: str, **request: Any) -> dict[str, Any]:
    """Scan."""
    answer: dict[str, Any] = aws.dynamodb.scan(TableName=table, **request)
    return answer


def sort_keys(answer: dict[str, Any]) -> list[Any]:
    """The sort keys of what was read, in order."""
    return [next(iter(one["sk"].values())) for one in answer["Items"]]


def place(aws: Target, **attributes: Any) -> str:
    """Puts an item with these attributes into the table with the index `by-place`, in a country of its own."""
    country = aws.fresh()
    aws.put(aws.multiple, {"pk": aws.fresh(), "country": country, **attributes})
    return country


# GetItem


@statement(GET)
def a_missing_item_is_no_error(aws: Target) -> None:
    """GetItem of an item that does not exist answers without an Item."""
    assert aws.get({"pk": aws.fresh()}) is None


@statement(PROJECTIONS)
def a_projection_takes_parts(aws: Target) -> None:
    """A projection gives parts of maps and lists, within their parents."""
    key = aws.given(m={"a": 1, "b": 2}, l=["x", "y", "z"], c=3)
    assert aws.get(key, ProjectionExpression="m.b, l[2], l[0], absent") == item({"m": {"b": 2}, "l": ["x", "z"]})


@statement(PROJECTIONS)
def a_projection_joins_parts_of_an_element(aws: Target) -> None:
    """A projection of two parts of one element gives one element with both."""
    key = aws.given(l=[{"a": 1, "b": 2, "c": 3}])
    assert aws.get(key, ProjectionExpression="l[0].a, l[0].c") == item({"l": [{"a": 1, "c": 3}]})


@statement(PROJECTIONS)
def a_projection_of_nothing_is_an_empty_item(aws: Target) -> None:
    """A projection of attributes that an item lacks gives an empty Item."""
    assert aws.get(aws.given(a=1), ProjectionExpression="b") == {}


# Key conditions


@statement(KEY_CONDITIONS)
def a_query_needs_the_partition_key(aws: Target) -> None:
    """A key condition without the partition key is refused."""
    query_refused(aws, "sk = :s", "missed key schema element", s="1")


@statement(KEY_CONDITIONS)
def a_partition_key_is_equal(aws: Target) -> None:
    """A key condition with another operator than `=` on the partition key is refused."""
    query_refused(aws, "pk > :p", "not supported", p="1")
    query_refused(aws, "begins_with(pk, :p)", "not supported", p="1")


@statement(KEY_CONDITIONS)
def a_key_condition_is_about_keys(aws: Target) -> None:
    """A key condition with an attribute that is not a key is refused."""
    query_refused(aws, "pk = :p AND a = :a", p="1", a="1")


@statement(KEY_CONDITIONS)
def a_key_has_one_condition(aws: Target) -> None:
    """Two conditions on one key attribute are refused."""
    query_refused(aws, "pk = :p AND sk > :a AND sk < :b", p="1", a="1", b="2")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_or(aws: Target) -> None:
    """OR in a key condition is refused."""
    query_refused(aws, "pk = :p OR sk = :s", "operator", p="1", s="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_not(aws: Target) -> None:
    """NOT in a key condition is refused."""
    query_refused(aws, "pk = :p AND NOT sk = :s", "operator", p="1", s="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_unequal(aws: Target) -> None:
    """`<>` in a key condition is refused."""
    query_refused(aws, "pk = :p AND sk <> :s", "operator", p="1", s="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_in(aws: Target) -> None:
    """IN in a key condition is refused."""
    query_refused(aws, "pk = :p AND sk IN (:s, :t)", "operator", p="1", s="1", t="2")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_contains(aws: Target) -> None:
    """`contains` in a key condition is refused."""
    query_refused(aws, "pk = :p AND contains(sk, :s)", "operator", p="1", s="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_attribute_exists(aws: Target) -> None:
    """`attribute_exists` in a key condition is refused."""
    query_refused(aws, "pk = :p AND attribute_exists(sk)", "operator", p="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_no_path(aws: Target) -> None:
    """A path into a key attribute is refused in a key condition."""
    query_refused(aws, "pk = :p AND sk.a = :s", p="1", s="1")


@statement(KEY_CONDITIONS)
def between_in_a_key_condition_has_its_bounds_in_order(aws: Target) -> None:
    """BETWEEN in a key condition with a lower bound above its upper bound is refused."""
    query_refused(aws, "pk = :p AND sk BETWEEN :low AND :high", "BETWEEN", p="1", low="2", high="1")


@statement(KEY_CONDITIONS)
def a_key_condition_has_the_keys_type(aws: Target) -> None:
    """A key condition with a value of another type than the key is refused."""
    query_refused(aws, "pk = :p AND sk = :s", "type", p="1", s=1)


@statement(KEY_CONDITIONS)
def a_number_key_begins_with_nothing(aws: Target) -> None:
    """`begins_with` on a sort key that is a number is refused."""
    query_refused(aws, "pk = :p AND begins_with(sk, :s)", table=aws.numbered, p="1", s=1)


@statement(KEY_CONDITIONS)
def a_key_conditions_value_is_not_empty(aws: Target) -> None:
    """An empty string as the value of a key condition is refused."""
    query_refused(aws, "pk = :p", "empty string value", p="")


@statement(QUERY)
def a_query_needs_a_key_condition(aws: Target) -> None:
    """Query without a key condition is refused."""
    with refused("ValidationException", "KeyCondition"):
        aws.dynamodb.query(TableName=aws.pair)


@statement(KEY_CONDITIONS)
def a_key_condition_selects_a_range(aws: Target) -> None:
    """The operators of a key condition select a range of sort keys."""
    partition = aws.filled(aws.pair, "a1", "a2", "b1", "b2")
    for condition, found in (
        ("sk < :s", ["a1", "a2"]),
        ("sk <= :s", ["a1", "a2", "b1"]),
        ("sk > :s", ["b2"]),
        ("sk >= :s", ["b1", "b2"]),
        ("sk = :s", ["b1"]),
        ("sk BETWEEN :s AND :s", ["b1"]),
        (":s < sk", ["b2"]),
    ):
        assert sort_keys(aws.query(aws.pair, f"pk = :p AND {condition}", p=partition, s="b1")) == found
    assert sort_keys(aws.query(aws.pair, "begins_with(sk, :s) AND pk = :p", p=partition, s="a")) == ["a1", "a2"]


# Order


@statement(ORDER)
def a_query_is_in_the_order_of_the_sort_key(aws: Target) -> None:
    """Query answers in the order of the sort key, by UTF-8 bytes; with ScanIndexForward false, in reverse."""
    partition = aws.filled(aws.pair, "b", "é", "a", "Z", "\ufffd", "\U0001f600")
    assert sort_keys(aws.query(aws.pair, "pk = :p", p=partition)) == ["Z", "a", "b", "é", "\ufffd", "\U0001f600"]
    assert sort_keys(aws.query(aws.pair, "pk = :p", p=partition, ScanIndexForward=False))[-1] == "Z"


@statement(ORDER)
def number_keys_are_in_numeric_order(aws: Target) -> None:
    """Sort keys that are numbers are in numeric order."""
    partition = aws.filled(aws.numbered, 10, 9, -1, number("1.5"))
    assert sort_keys(aws.query(aws.numbered, "pk = :p", p=partition)) == ["-1", "1.5", "9", "10"]


@statement(ORDER)
def binary_keys_are_in_the_order_of_bytes(aws: Target) -> None:
    """Sort keys that are binary are in the order of unsigned bytes."""
    partition = aws.filled(aws.bytewise, b"\x80", b"\x7f", b"\x00")
    assert sort_keys(aws.query(aws.bytewise, "pk = :p", p=partition)) == [b"\x00", b"\x7f", b"\x80"]


# Filters


@statement(FILTERS)
def a_querys_filter_is_not_about_the_partition_key(aws: Target) -> None:
    """Query refuses a filter on the partition key."""
    query_refused(aws, "pk = :p", "primary key attribute", p="1", FilterExpression="pk = :p")


@statement(FILTERS)
def a_querys_filter_is_not_about_the_sort_key(aws: Target) -> None:
    """Query refuses a filter on the sort key."""
    query_refused(aws, "pk = :p", "primary key attribute", p="1", FilterExpression="sk <> :p")


@statement("APIReference/API_Query.html")
def a_query_filter_is_not_about_keys(aws: Target) -> None:
    """Query refuses a QueryFilter on a key."""
    equal = {"ComparisonOperator": "EQ", "AttributeValueList": [wire("1")]}
    with refused():
        aws.dynamodb.query(TableName=aws.pair, KeyConditions={"pk": equal}, QueryFilter={"sk": equal})


@statement(FILTERS)
def a_filter_of_an_index_is_not_about_its_keys(aws: Target) -> None:
    """Query of an index refuses a filter on the index's key."""
    request: dict[str, Any] = {"IndexName": "by-kind", "FilterExpression": "score > :v"}
    query_refused(aws, "kind = :k", "primary key attribute", table=aws.indexed, k="x", v=1, **request)


@statement(FILTERS)
def a_filter_of_an_index_may_be_about_the_tables_keys(aws: Target) -> None:
    """Query of an index accepts a filter on a key of the table that is not a key of the index."""
    request: dict[str, Any] = {"IndexName": "by-kind", "FilterExpression": "sk = :v"}
    assert aws.query(aws.indexed, "kind = :k", k=aws.fresh(), v="1", **request)["Count"] == 0


@statement(SCAN)
def a_scans_filter_may_be_about_keys(aws: Target) -> None:
    """Scan accepts a filter on keys."""
    partition = aws.filled(aws.pair, "1", "2")
    assert scan(
        aws,
        aws.pair,
        FilterExpression="pk = :p AND sk = :s",
        ExpressionAttributeValues=values(p=partition, s="2"),
    )["Items"] == [item({"pk": partition, "sk": "2"})]


@statement(COUNTS)
def scanned_count_is_before_the_filter(aws: Target) -> None:
    """ScannedCount counts items before the filter, and Count after it."""
    partition = aws.filled(aws.pair, "1", "2", a=1)
    answer = aws.query(aws.pair, "pk = :p", p=partition, v=2, FilterExpression="a = :v")
    assert (answer["ScannedCount"], answer["Count"], answer["Items"]) == (2, 0, [])


# Pages


@statement(PAGES)
def limit_counts_before_the_filter(aws: Target) -> None:
    """Limit counts items before the filter: a page may be empty and not be the last."""
    partition = aws.filled(aws.pair, "1", "2", "3")
    answer = aws.query(aws.pair, "pk = :p", p=partition, FilterExpression="attribute_exists(a)", Limit=2)
    assert (answer["Count"], answer["ScannedCount"]) == (0, 2)
    assert answer["LastEvaluatedKey"] == item({"pk": partition, "sk": "2"})


@statement(QUERY)
def limit_is_at_least_1(aws: Target) -> None:
    """Query refuses a Limit of 0."""
    query_refused(aws, "pk = :p", p="1", Limit=0)


@statement(PAGES)
def the_next_page_begins_after_the_key(aws: Target) -> None:
    """The page after ExclusiveStartKey begins with the next item, even if an item with that key does not exist."""
    partition = aws.filled(aws.pair, "1", "3")
    for start in ("1", "2"):
        key = item({"pk": partition, "sk": start})
        assert sort_keys(aws.query(aws.pair, "pk = :p", p=partition, ExclusiveStartKey=key)) == ["3"]


@statement(PAGES)
def the_last_page_has_no_key(aws: Target) -> None:
    """A query that reads everything has no LastEvaluatedKey."""
    assert "LastEvaluatedKey" not in aws.query(aws.pair, "pk = :p", p=aws.filled(aws.pair, "1", "2"))


@statement(PAGES)
def a_start_key_is_of_the_same_partition(aws: Target) -> None:
    """Query refuses an ExclusiveStartKey of another partition."""
    query_refused(aws, "pk = :p", "starting key", p="1", ExclusiveStartKey=item({"pk": "2", "sk": "1"}))


@statement(PAGES)
def a_start_key_is_whole(aws: Target) -> None:
    """Query refuses an ExclusiveStartKey without the sort key."""
    query_refused(aws, "pk = :p", "starting key", p="1", ExclusiveStartKey=item({"pk": "1"}))


@statement(PAGES)
def a_start_key_has_nothing_else(aws: Target) -> None:
    """Query refuses an ExclusiveStartKey with an attribute that is not a key."""
    query_refused(aws, "pk = :p", "starting key", p="1", ExclusiveStartKey=item({"pk": "1", "sk": "1", "a": 1}))


@statement(PAGES)
def a_start_key_of_an_index_has_the_tables_keys(aws: Target) -> None:
    """Query of an index refuses an ExclusiveStartKey without the table's keys."""
    start = item({"kind": "x", "score": 1})
    query_refused(
        aws, "kind = :k", "starting key", table=aws.indexed, k="x", IndexName="by-kind", ExclusiveStartKey=start
    )


@statement(PAGES)
def a_start_key_satisfies_the_key_condition(aws: Target) -> None:
    """Query refuses an ExclusiveStartKey outside the range of the key condition."""
    start = item({"pk": "1", "sk": "a"})
    query_refused(aws, "pk = :p AND sk > :s", "starting key", p="1", s="m", ExclusiveStartKey=start)


@statement(SCAN)
def a_start_key_of_a_scan_is_whole(aws: Target) -> None:
    """Scan refuses an ExclusiveStartKey without the sort key."""
    with refused():
        scan(aws, aws.pair, ExclusiveStartKey=item({"pk": "1"}))


@statement(PAGES)
def the_key_of_a_page_of_an_index_has_both_keys(aws: Target) -> None:
    """LastEvaluatedKey of an index has the keys of the index and of the table, and leads through equal sort keys."""
    kind = aws.fresh()
    for sort_key in ("1", "2", "3"):
        aws.put(aws.indexed, {"pk": kind, "sk": sort_key, "kind": kind, "score": 7})
    found: list[str] = []
    start: dict[str, Any] = {}
    while True:
        answer = aws.query(aws.indexed, "kind = :k", k=kind, IndexName="by-kind", Limit=1, **start)
        found += sort_keys(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert set(answer["LastEvaluatedKey"]) == {"pk", "sk", "kind", "score"}
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert sorted(found) == ["1", "2", "3"]


@statement(PAGES)
def a_query_stops_at_1_mb(aws: Target) -> None:
    """A page of a query ends at 1 MB of items, by their own size and not by the size of the answer."""
    table, partition = aws.heavy
    answer = aws.query(table, "pk = :p", p=partition)
    assert answer["Count"] in (3, 4)
    assert "LastEvaluatedKey" in answer


@statement(PAGES)
def a_page_of_1_mb_is_before_the_filter(aws: Target) -> None:
    """A page ends at 1 MB before the filter and the projection."""
    table, partition = aws.heavy
    request: dict[str, Any] = {"FilterExpression": "attribute_exists(a)", "ProjectionExpression": "sk"}
    answer = aws.query(table, "pk = :p", p=partition, **request)
    assert answer["ScannedCount"] in (3, 4)
    assert answer["Count"] == 0


@statement(PAGES)
def a_count_stops_at_1_mb(aws: Target) -> None:
    """A query with Select COUNT stops at 1 MB, too."""
    table, partition = aws.heavy
    answer = aws.query(table, "pk = :p", p=partition, Select="COUNT")
    assert answer["Count"] in (3, 4)
    assert "LastEvaluatedKey" in answer


# Select


@statement(QUERY)
def select_count_returns_no_items(aws: Target) -> None:
    """Select COUNT returns Count, and no Items."""
    answer = aws.query(aws.pair, "pk = :p", p=aws.filled(aws.pair, "1", "2"), Select="COUNT")
    assert answer["Count"] == 2
    assert "Items" not in answer


@statement(QUERY)
def a_count_has_no_projection(aws: Target) -> None:
    """Select COUNT with a projection is refused."""
    query_refused(aws, "pk = :p", p="1", Select="COUNT", ProjectionExpression="a")


@statement(QUERY)
def all_attributes_have_no_projection(aws: Target) -> None:
    """Select ALL_ATTRIBUTES with a projection is refused."""
    query_refused(aws, "pk = :p", p="1", Select="ALL_ATTRIBUTES", ProjectionExpression="a")


@statement(QUERY)
def specific_attributes_need_a_projection(aws: Target) -> None:
    """Select SPECIFIC_ATTRIBUTES without a projection is refused."""
    query_refused(aws, "pk = :p", p="1", Select="SPECIFIC_ATTRIBUTES")


@statement(QUERY)
def projected_attributes_need_an_index(aws: Target) -> None:
    """Select ALL_PROJECTED_ATTRIBUTES without an index is refused."""
    query_refused(aws, "pk = :p", p="1", Select="ALL_PROJECTED_ATTRIBUTES")


@statement(QUERY)
def a_global_index_gives_only_what_it_projects(aws: Target) -> None:
    """Select ALL_ATTRIBUTES on a global index is refused unless it projects everything."""
    query_refused(aws, "maker = :m", table=aws.indexed, m="x", IndexName="by-maker", Select="ALL_ATTRIBUTES")
    aws.query(aws.indexed, "kind = :k", k="x", IndexName="by-kind", Select="ALL_ATTRIBUTES")


@statement(GSI)
def a_global_index_projects_what_a_query_names(aws: Target) -> None:
    """Query of a global index refuses a projection of an attribute that the index lacks."""
    query_refused(
        aws, "maker = :m", "project", table=aws.indexed, m="x", IndexName="by-maker", ProjectionExpression="surplus"
    )


@statement(GSI)
def a_global_index_holds_its_projection(aws: Target) -> None:
    """A global index gives its keys, the table's keys and the attributes that it includes."""
    maker = aws.fresh()
    aws.put(aws.indexed, {"pk": maker, "sk": "1", "maker": maker, "note": "n", "surplus": 1})
    [found] = aws.query(aws.indexed, "maker = :m", m=maker, IndexName="by-maker")["Items"]
    assert set(found) == {"pk", "sk", "maker", "note"}


@statement(LSI)
def a_local_index_fetches_from_the_table(aws: Target) -> None:
    """Query of a local index gives attributes that the index lacks, if they are asked for."""
    partition = aws.fresh()
    aws.put(aws.indexed, {"pk": partition, "sk": "1", "grade": 1, "surplus": 2})
    condition: dict[str, Any] = {"condition": "pk = :p AND grade = :g", "p": partition, "g": 1}
    request: dict[str, Any] = {"IndexName": "by-grade", **condition}
    [keys_only] = aws.query(aws.indexed, **request)["Items"]
    [everything] = aws.query(aws.indexed, Select="ALL_ATTRIBUTES", **request)["Items"]
    [named] = aws.query(aws.indexed, ProjectionExpression="surplus", **request)["Items"]
    assert set(keys_only) == {"pk", "sk", "grade"}
    assert set(everything) == {"pk", "sk", "grade", "surplus"}
    assert set(named) == {"surplus"}


@statement("developerguide/HowItWorks.ReadConsistency.html")
def a_global_index_is_eventually_consistent(aws: Target) -> None:
    """ConsistentRead on a global index is refused, for Query and Scan."""
    query_refused(
        aws, "maker = :m", "consistent read", table=aws.indexed, m="x", IndexName="by-maker", ConsistentRead=True
    )
    with refused("ValidationException", "consistent read"):
        scan(aws, aws.indexed, IndexName="by-maker", ConsistentRead=True)


@statement(LSI)
def a_local_index_may_be_read_consistently(aws: Target) -> None:
    """ConsistentRead on a local index is accepted."""
    request: dict[str, Any] = {"IndexName": "by-due", "ConsistentRead": True}
    assert aws.query(aws.indexed, "pk = :p AND due > :d", p=aws.fresh(), d="2", **request)["Count"] == 0


@statement(QUERY)
def a_missing_index_is_refused(aws: Target) -> None:
    """Query of an index that the table lacks is refused with ValidationException."""
    query_refused(aws, "pk = :p", "index", p="1", IndexName="missing")


@statement(GSI)
def items_may_share_the_key_of_a_global_index(aws: Target) -> None:
    """Several items may have the same key in a global index."""
    kind = aws.fresh()
    for partition in ("1", "2"):
        aws.put(aws.indexed, {"pk": kind + partition, "sk": "1", "kind": kind, "score": 7})
    assert aws.query(aws.indexed, "kind = :k AND score = :r", k=kind, r=7, IndexName="by-kind")["Count"] == 2


# Indexes with several key attributes


@statement(MULTIPLE_KEYS)
def all_partition_key_attributes_are_needed(aws: Target) -> None:
    """A key condition with one of an index's two partition key attributes is refused."""
    query_refused(aws, "country = :c", table=aws.multiple, c="x", IndexName="by-place")


@statement(MULTIPLE_KEYS)
def sort_key_attributes_are_used_from_the_left(aws: Target) -> None:
    """A key condition that leaves out the first sort key attribute and has the second is refused."""
    condition = "country = :c AND city = :t AND house = :h"
    query_refused(aws, condition, table=aws.multiple, c="x", t="y", h=1, IndexName="by-place")


@statement(MULTIPLE_KEYS)
def only_the_last_sort_key_condition_is_a_range(aws: Target) -> None:
    """A range on a sort key attribute, followed by a condition on the next one, is refused."""
    condition = "country = :c AND city = :t AND street > :s AND house = :h"
    query_refused(aws, condition, table=aws.multiple, c="x", t="y", s="z", h=1, IndexName="by-place")


@statement(MULTIPLE_KEYS)
def several_key_attributes_select(aws: Target) -> None:
    """A query uses all partition key attributes, and sort key attributes with a range at the end."""
    country = place(aws, city="Bonn", street="Mill", house=5)
    condition = "country = :c AND city = :t AND street = :s AND house BETWEEN :low AND :high"
    given = {"c": country, "t": "Bonn", "s": "Mill", "low": 1}
    assert aws.query(aws.multiple, condition, **given, high=9, IndexName="by-place")["Count"] == 1
    assert aws.query(aws.multiple, condition, **given, high=4, IndexName="by-place")["Count"] == 0


@statement(MULTIPLE_KEYS)
def an_index_holds_items_with_all_its_key_attributes(aws: Target) -> None:
    """An item that lacks one of an index's key attributes is not in the index."""
    country = place(aws, city="Bonn", street="Mill")
    answer = aws.query(aws.multiple, "country = :c AND city = :t", c=country, t="Bonn", IndexName="by-place")
    assert answer["Count"] == 0


# Scan


@statement(SCAN)
def segments_divide_a_table(aws: Target) -> None:
    """The segments of a parallel scan hold each item once."""
    table = aws.table()
    for number_of_item in range(12):
        aws.put(table, {"pk": f"{number_of_item}"})
    found = [
        one["pk"]["S"] for segment in range(3) for one in scan(aws, table, Segment=segment, TotalSegments=3)["Items"]
    ]
    assert sorted(found) == sorted(str(number_of_item) for number_of_item in range(12))


@statement(SCAN)
def a_segment_needs_their_number(aws: Target) -> None:
    """Scan refuses Segment without TotalSegments, and the other way round."""
    with refused("ValidationException", "TotalSegments"):
        scan(aws, aws.single, Segment=0)
    with refused("ValidationException", "Segment"):
        scan(aws, aws.single, TotalSegments=2)


@statement(SCAN)
def a_segment_is_below_their_number(aws: Target) -> None:
    """Scan refuses a Segment that is not below TotalSegments."""
    with refused():
        scan(aws, aws.single, Segment=2, TotalSegments=2)


@statement(SCAN)
def there_are_at_most_a_million_segments(aws: Target) -> None:
    """Scan refuses more than 1,000,000 segments."""
    with refused():
        scan(aws, aws.single, Segment=0, TotalSegments=1_000_001)


@statement(SCAN)
def a_scan_of_an_index_holds_its_items(aws: Target) -> None:
    """Scan of an index gives the items that have its key."""
    table = aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by-maker", "maker")])
    aws.put(table, {"pk": "1", "maker": "Ada"})
    aws.put(table, {"pk": "2"})
    assert scan(aws, table, IndexName="by-maker")["Items"] == [item({"pk": "1", "maker": "Ada"})]
