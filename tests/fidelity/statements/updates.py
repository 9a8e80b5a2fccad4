"""Updates"""

from __future__ import annotations

from tests.fidelity.statement import Raw, Target, item, number, refused, statement, wire

UPDATE = "APIReference/API_UpdateItem.html"
EXPRESSIONS = "developerguide/Expressions.UpdateExpressions.html"


@statement(UPDATE)
def an_update_makes_a_missing_item(aws: Target) -> None:
    """UpdateItem of an item that does not exist makes it, with its key."""
    key = {"pk": aws.fresh()}
    aws.update(key, "SET a = :v", v=1)
    assert aws.get(key) == item({**key, "a": 1})


@statement(UPDATE)
def an_update_without_expression_makes_a_missing_item(aws: Target) -> None:
    """UpdateItem with a key alone makes an item with that key."""
    key = {"pk": aws.fresh()}
    aws.dynamodb.update_item(TableName=aws.single, Key=item(key))
    assert aws.get(key) == item(key)


@statement(UPDATE)
def a_condition_keeps_an_update_from_making_an_item(aws: Target) -> None:
    """With `attribute_exists`, UpdateItem of a missing item is refused, and no item is made."""
    key = {"pk": aws.fresh()}
    with refused("ConditionalCheckFailedException"):
        aws.update(key, "SET a = :v", ConditionExpression="attribute_exists(pk)", v=1)
    assert aws.get(key) is None


@statement(EXPRESSIONS)
def set_calculates(aws: Target) -> None:
    """SET adds and subtracts numbers exactly: 0.1 + 0.2 is 0.3."""
    assert aws.updated({"a": number("0.1")}, "SET a = a + :v, b = :v - a", v=number("0.2")) == item(
        {"a": number("0.3"), "b": number("0.1")}
    )


@statement(EXPRESSIONS)
def set_reads_the_item_before_the_update(aws: Target) -> None:
    """All actions of an update read the item as it was before: SET a = b, b = a swaps."""
    assert aws.updated({"a": 1, "b": 2}, "SET a = b, b = a") == item({"a": 2, "b": 1})


@statement(EXPRESSIONS)
def set_calculates_with_existing_attributes(aws: Target) -> None:
    """SET with arithmetic on a missing attribute is refused."""
    with refused("ValidationException", "does not exist in the item"):
        aws.updated({}, "SET a = a + :v", v=1)


@statement(EXPRESSIONS)
def set_copies_existing_attributes(aws: Target) -> None:
    """SET from a missing attribute is refused."""
    with refused("ValidationException", "does not exist in the item"):
        aws.updated({}, "SET a = b")


@statement(EXPRESSIONS)
def set_calculates_with_numbers(aws: Target) -> None:
    """SET with arithmetic on an attribute that is a string is refused."""
    with refused("ValidationException", "incorrect data type"):
        aws.updated({"a": "1"}, "SET a = a + :v", v=1)


@statement("developerguide/HowItWorks.NamingRulesDataTypes.html")
def a_sum_is_within_the_range_of_numbers(aws: Target) -> None:
    """An update whose sum is too large for a number is refused."""
    with refused("ValidationException", "overflow"):
        aws.updated({"a": number("9E+125")}, "SET a = a + :v", v=number("9E+125"))


@statement(EXPRESSIONS)
def if_not_exists_gives_a_default(aws: Target) -> None:
    """`if_not_exists` gives the attribute if it exists, otherwise the other operand."""
    expression = "SET a = if_not_exists(a, :zero) + :v, b = if_not_exists(b, :zero) + :v"
    assert aws.updated({"a": 5}, expression, zero=0, v=1) == item({"a": 6, "b": 1})


@statement(EXPRESSIONS)
def list_append_joins_in_order(aws: Target) -> None:
    """`list_append` joins two lists in the order of its operands."""
    assert aws.updated({"l": [1]}, "SET l = list_append(l, :v)", v=[2]) == item({"l": [1, 2]})
    assert aws.updated({"l": [1]}, "SET l = list_append(:v, l)", v=[2]) == item({"l": [2, 1]})


@statement(EXPRESSIONS)
def list_append_needs_an_existing_list(aws: Target) -> None:
    """`list_append` with a missing attribute is refused."""
    with refused("ValidationException", "does not exist in the item"):
        aws.updated({}, "SET l = list_append(l, :v)", v=[1])


@statement(EXPRESSIONS)
def list_append_with_a_default_makes_a_list(aws: Target) -> None:
    """`list_append(if_not_exists(…))` makes a list that is missing."""
    expression = "SET l = list_append(if_not_exists(l, :empty), :v)"
    assert aws.updated({}, expression, empty=[], v=[1]) == item({"l": [1]})


@statement(EXPRESSIONS)
def set_replaces_an_element_of_a_list(aws: Target) -> None:
    """SET with the index of an element replaces it."""
    assert aws.updated({"l": [1, 2, 3]}, "SET l[1] = :v", v=9) == item({"l": [1, 9, 3]})


@statement(EXPRESSIONS)
def set_beyond_a_list_appends(aws: Target) -> None:
    """SET with an index beyond the end of a list appends, without a gap."""
    assert aws.updated({"l": [1]}, "SET l[7] = :v", v=2) == item({"l": [1, 2]})


@statement(EXPRESSIONS)
def elements_beyond_a_list_are_appended_by_index(aws: Target) -> None:
    """Several elements beyond the end are appended in the order of their indexes."""
    assert aws.updated({"l": [1]}, "SET l[9] = :nine, l[5] = :five", nine=9, five=5) == item({"l": [1, 5, 9]})


@statement(EXPRESSIONS)
def set_needs_the_parent_of_a_path(aws: Target) -> None:
    """SET into a map that does not exist is refused."""
    with refused("ValidationException", "invalid for update"):
        aws.updated({}, "SET m.a = :v", v=1)


@statement(EXPRESSIONS)
def set_needs_the_list_of_an_element(aws: Target) -> None:
    """SET of an element of a list that does not exist is refused."""
    with refused("ValidationException", "invalid for update"):
        aws.updated({}, "SET l[0] = :v", v=1)


@statement(EXPRESSIONS)
def set_needs_a_map_in_a_path(aws: Target) -> None:
    """SET of an entry of a number is refused."""
    with refused("ValidationException", "invalid for update"):
        aws.updated({"a": 1}, "SET a.b = :v", v=1)


@statement(EXPRESSIONS)
def set_keeps_the_other_entries_of_a_map(aws: Target) -> None:
    """SET of an entry of a map keeps the other entries."""
    assert aws.updated({"m": {"a": 1, "b": 2}}, "SET m.a = :v", v=9) == item({"m": {"a": 9, "b": 2}})


@statement(EXPRESSIONS)
def remove_closes_the_gap(aws: Target) -> None:
    """REMOVE of an element of a list moves the following elements up."""
    assert aws.updated({"l": [1, 2, 3]}, "REMOVE l[1]") == item({"l": [1, 3]})


@statement(EXPRESSIONS)
def remove_counts_by_the_old_list(aws: Target) -> None:
    """REMOVE of several elements counts them as they were before."""
    assert aws.updated({"l": [0, 1, 2, 3]}, "REMOVE l[0], l[1]") == item({"l": [2, 3]})


@statement(EXPRESSIONS)
def remove_of_what_is_missing_does_nothing(aws: Target) -> None:
    """REMOVE of an attribute or an element that does not exist does nothing."""
    assert aws.updated({"l": [1]}, "REMOVE a, l[5]") == item({"l": [1]})


@statement(EXPRESSIONS)
def add_makes_a_missing_number(aws: Target) -> None:
    """ADD to a missing number begins with 0."""
    assert aws.updated({}, "ADD a :v", v=-3) == item({"a": -3})


@statement(EXPRESSIONS)
def add_adds_to_a_number(aws: Target) -> None:
    """ADD adds to a number."""
    assert aws.updated({"a": number("1.5")}, "ADD a :v", v=1) == item({"a": number("2.5")})


@statement(EXPRESSIONS)
def add_joins_sets(aws: Target) -> None:
    """ADD adds elements to a set, those that are new."""
    after = aws.updated({"s": {"a", "b"}}, "ADD s :v", v={"b", "c"})
    assert sorted(after["s"]["SS"]) == ["a", "b", "c"]


@statement(EXPRESSIONS)
def add_makes_a_missing_set(aws: Target) -> None:
    """ADD to a missing set makes it."""
    assert aws.updated({}, "ADD s :v", v={"a"}) == item({"s": {"a"}})


@statement(EXPRESSIONS)
def add_needs_the_same_type(aws: Target) -> None:
    """ADD of a number to a string, or of strings to a set of numbers, is refused."""
    with refused("ValidationException", "incorrect data type"):
        aws.updated({"a": "1"}, "ADD a :v", v=1)
    with refused("ValidationException", "data type"):
        aws.updated({"a": {1}}, "ADD a :v", v={"x"})


@statement(EXPRESSIONS)
def delete_takes_elements_from_a_set(aws: Target) -> None:
    """DELETE takes elements from a set; those that it lacks do not matter."""
    after = aws.updated({"s": {"a", "b", "c"}}, "DELETE s :v", v={"a", "z"})
    assert sorted(after["s"]["SS"]) == ["b", "c"]


@statement(EXPRESSIONS)
def delete_of_the_last_element_removes_the_set(aws: Target) -> None:
    """DELETE of all elements removes the attribute."""
    assert aws.updated({"s": {"a"}}, "DELETE s :v", v={"a"}) == {}


@statement(EXPRESSIONS)
def delete_compares_numbers_by_value(aws: Target) -> None:
    """DELETE takes numbers from a set by value."""
    assert aws.updated({"s": {1, 2}}, "DELETE s :v", v=Raw({"NS": ["2.0"]})) == item({"s": {1}})


@statement(EXPRESSIONS)
def delete_of_a_missing_set_does_nothing(aws: Target) -> None:
    """DELETE from a set that does not exist does nothing."""
    assert aws.updated({"a": 1}, "DELETE s :v", v={"a"}) == item({"a": 1})


@statement(EXPRESSIONS)
def delete_needs_a_set_of_the_same_type(aws: Target) -> None:
    """DELETE of strings from a set of numbers is refused."""
    with refused("ValidationException", "data type"):
        aws.updated({"s": {1}}, "DELETE s :v", v={"a"})


@statement(EXPRESSIONS)
def clauses_come_in_any_order(aws: Target) -> None:
    """The clauses of an update come in any order, and in upper or lower case."""
    after = aws.updated({"a": 1, "b": 2, "s": {"x", "y"}}, "remove a ADD b :n DELETE s :x set c = :n", n=1, x={"x"})
    assert after == item({"b": 3, "s": {"y"}, "c": 1})


@statement(UPDATE)
def a_refused_update_changes_nothing(aws: Target) -> None:
    """A refused update changes nothing, not even what comes before the refused part."""
    key = aws.given(a=1)
    with refused():
        aws.update(key, "SET a = :v, b = absent", v=2)
    assert aws.get(key) == item({**key, "a": 1})


@statement(UPDATE)
def all_new_returns_the_item(aws: Target) -> None:
    """ReturnValues ALL_NEW returns the whole item after the update."""
    key = aws.given(a=1)
    assert aws.update(key, "SET b = :v", v=2, ReturnValues="ALL_NEW")["Attributes"] == item({**key, "a": 1, "b": 2})


@statement(UPDATE)
def all_old_returns_the_item_before(aws: Target) -> None:
    """ReturnValues ALL_OLD returns the whole item before the update, and nothing for a new item."""
    key = aws.given(a=1)
    assert aws.update(key, "SET a = :v", v=2, ReturnValues="ALL_OLD")["Attributes"] == item({**key, "a": 1})
    assert "Attributes" not in aws.update({"pk": aws.fresh()}, "SET a = :v", v=2, ReturnValues="ALL_OLD")


@statement(UPDATE)
def updated_new_returns_what_changed(aws: Target) -> None:
    """ReturnValues UPDATED_NEW returns the attributes that were set."""
    key = aws.given(a=1, b=2)
    assert aws.update(key, "SET a = :v", v=9, ReturnValues="UPDATED_NEW")["Attributes"] == item({"a": 9})


@statement(UPDATE)
def updated_old_returns_what_was_there(aws: Target) -> None:
    """ReturnValues UPDATED_OLD returns the old values of the attributes that were set."""
    key = aws.given(a=1, b=2)
    assert aws.update(key, "SET a = :v, c = :v", v=9, ReturnValues="UPDATED_OLD")["Attributes"] == item({"a": 1})


@statement(UPDATE)
def updated_new_of_a_path_returns_its_part(aws: Target) -> None:
    """ReturnValues UPDATED_NEW of a path returns only that part of the map."""
    key = aws.given(m={"a": 1, "b": 2})
    answer = aws.update(key, "SET m.a = :v", v=9, ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == item({"m": {"a": 9}})


@statement(UPDATE)
def updated_new_of_a_removal_returns_nothing(aws: Target) -> None:
    """ReturnValues UPDATED_NEW of a REMOVE returns no Attributes."""
    assert "Attributes" not in aws.update(aws.given(a=1), "REMOVE a", ReturnValues="UPDATED_NEW")


@statement("developerguide/LegacyConditionalParameters.html")
def attribute_updates_still_work(aws: Target) -> None:
    """UpdateItem still accepts AttributeUpdates."""
    key = aws.given(a=1, b=2)
    updates = {"a": {"Action": "ADD", "Value": wire(2)}, "b": {"Action": "DELETE"}, "c": {"Value": wire("x")}}
    aws.dynamodb.update_item(TableName=aws.single, Key=item(key), AttributeUpdates=updates)
    assert aws.get(key) == item({**key, "a": 3, "c": "x"})
