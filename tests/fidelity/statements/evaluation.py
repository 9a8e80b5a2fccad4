"""Expressions: what is true"""

from __future__ import annotations

from tests.fidelity.statement import Raw, Target, number, statement

OPERATORS = "developerguide/Expressions.OperatorsAndFunctions.html"
TYPES = "developerguide/HowItWorks.NamingRulesDataTypes.html"
PATHS = "developerguide/Expressions.Attributes.html"


@statement(OPERATORS)
def different_types_are_not_equal(aws: Target) -> None:
    """A string does not equal a number: `=` is false and `<>` is true."""
    assert not aws.holds({"a": "1"}, "a = :v", v=1)
    assert aws.holds({"a": "1"}, "a <> :v", v=1)


@statement(OPERATORS)
def different_types_have_no_order(aws: Target) -> None:
    """`<`, `<=`, `>` and `>=` are false between a string and a number."""
    for operator in ("<", "<=", ">", ">="):
        assert not aws.holds({"a": "1"}, f"a {operator} :v", v=1)


@statement(OPERATORS)
def between_is_false_for_another_type(aws: Target) -> None:
    """BETWEEN is false for an attribute of another type."""
    assert not aws.holds({"a": "5"}, "a BETWEEN :low AND :high", low=1, high=9)


@statement(OPERATORS)
def in_is_false_for_another_type(aws: Target) -> None:
    """IN is false for an attribute of another type."""
    assert not aws.holds({"a": "1"}, "a IN (:v)", v=1)


@statement(OPERATORS)
def a_missing_attribute_equals_nothing(aws: Target) -> None:
    """`=` and `<` are false for a missing attribute."""
    assert not aws.holds({}, "a = :v", v=1)
    assert not aws.holds({}, "a < :v", v=1)


@statement(OPERATORS)
def a_missing_attribute_is_unequal(aws: Target) -> None:
    """`<>` is true for a missing attribute."""
    assert aws.holds({}, "a <> :v", v=1)


@statement(OPERATORS)
def a_missing_attribute_is_in_no_range(aws: Target) -> None:
    """BETWEEN and IN are false for a missing attribute."""
    assert not aws.holds({}, "a BETWEEN :low AND :high", low=1, high=9)
    assert not aws.holds({}, "a IN (:v)", v=1)


@statement(OPERATORS)
def not_turns_a_missing_attribute_round(aws: Target) -> None:
    """NOT of a comparison with a missing attribute is true."""
    assert aws.holds({}, "NOT a = :v", v=1)


@statement(TYPES)
def numbers_are_equal_by_value(aws: Target) -> None:
    """Numbers are equal by value: 1.0 equals 1."""
    assert aws.holds({"a": number("1.0")}, "a = :v", v=number("1"))


@statement(TYPES)
def numbers_are_ordered_by_value(aws: Target) -> None:
    """Numbers are ordered by value: 9 is below 10, and -10 below -9."""
    assert aws.holds({"a": 9}, "a < :v", v=10)
    assert aws.holds({"a": -10}, "a < :v", v=-9)


@statement(TYPES)
def all_38_digits_count(aws: Target) -> None:
    """Numbers that differ in the 38th digit are not equal."""
    assert not aws.holds({"a": number("1" * 37 + "2")}, "a = :v", v=number("1" * 38))


@statement(TYPES)
def a_number_in_a_list_is_equal_by_value(aws: Target) -> None:
    """Numbers within lists and maps are equal by value, too."""
    assert aws.holds({"a": [number("1.0")]}, "a = :v", v=[number("1")])
    assert aws.holds({"a": {"n": number("10")}}, "a = :v", v={"n": number("1E1")})


@statement(TYPES)
def strings_are_ordered_by_bytes(aws: Target) -> None:
    """Strings are ordered by their bytes: Z comes before a, and z before é."""
    assert aws.holds({"a": "Z"}, "a < :v", v="a")
    assert aws.holds({"a": "z"}, "a < :v", v="é")


@statement(TYPES)
def strings_are_ordered_by_utf_8(aws: Target) -> None:
    """Strings are ordered by UTF-8, not by UTF-16: U+FFFD comes before U+1F600."""
    assert aws.holds({"a": "\ufffd"}, "a < :v", v="\U0001f600")


@statement(TYPES)
def binary_is_ordered_by_unsigned_bytes(aws: Target) -> None:
    """Binary values are ordered by unsigned bytes: 7F comes before 80."""
    assert aws.holds({"a": b"\x7f"}, "a < :v", v=b"\x80")


@statement(TYPES)
def sets_have_no_order(aws: Target) -> None:
    """Sets with the same elements are equal, in whichever order they were written."""
    assert aws.holds({"a": {"x", "y"}}, "a = :v", v=Raw({"SS": ["y", "x"]}))
    assert aws.holds({"a": {1, 2}}, "a = :v", v=Raw({"NS": ["2", "1.0"]}))


@statement(TYPES)
def lists_have_an_order(aws: Target) -> None:
    """Lists with the same elements in another order are not equal."""
    assert aws.holds({"a": [1, 2]}, "a = :v", v=[1, 2])
    assert not aws.holds({"a": [1, 2]}, "a = :v", v=[2, 1])


@statement(TYPES)
def maps_have_no_order(aws: Target) -> None:
    """Maps with the same entries are equal."""
    assert aws.holds({"a": {"x": 1, "y": 2}}, "a = :v", v={"y": 2, "x": 1})


@statement(TYPES)
def null_equals_null(aws: Target) -> None:
    """NULL equals NULL."""
    assert aws.holds({"a": None}, "a = :v", v=None)


@statement(OPERATORS)
def null_exists(aws: Target) -> None:
    """An attribute whose value is NULL exists."""
    assert aws.holds({"a": None}, "attribute_exists(a)")


@statement(OPERATORS)
def between_includes_its_bounds(aws: Target) -> None:
    """BETWEEN includes both of its bounds."""
    assert aws.holds({"a": 1}, "a BETWEEN :low AND :high", low=1, high=2)
    assert aws.holds({"a": 2}, "a BETWEEN :low AND :high", low=1, high=2)


@statement(OPERATORS)
def in_compares_with_each(aws: Target) -> None:
    """IN is true if the attribute equals one of the values."""
    assert aws.holds({"a": 2}, "a IN (:one, :two)", one=1, two=number("2.0"))
    assert not aws.holds({"a": 3}, "a IN (:one, :two)", one=1, two=2)


@statement(OPERATORS)
def attributes_are_compared_with_each_other(aws: Target) -> None:
    """An attribute can be compared with another attribute."""
    assert aws.holds({"a": 1, "b": 2}, "a < b")
    assert not aws.holds({"a": 1}, "a < b")


@statement(OPERATORS)
def a_value_may_come_first(aws: Target) -> None:
    """The value may be on the left side of a comparison."""
    assert aws.holds({"a": 2}, ":v < a", v=1)


@statement(OPERATORS)
def and_binds_more_than_or(aws: Target) -> None:
    """AND is evaluated before OR."""
    assert aws.holds({"a": 1}, "a = :one OR a = :two AND b = :two", one=1, two=2)


@statement(OPERATORS)
def not_binds_more_than_and(aws: Target) -> None:
    """NOT is evaluated before AND."""
    assert not aws.holds({"a": 1}, "NOT a = :two AND a = :two", two=2)


@statement(OPERATORS)
def keywords_are_written_in_any_case(aws: Target) -> None:
    """Keywords such as AND and BETWEEN may be written in lower case."""
    assert aws.holds({"a": 1}, "a between :v and :v and not a = :w", v=1, w=2)


@statement(OPERATORS)
def attribute_type_tells_the_type(aws: Target) -> None:
    """`attribute_type` is true for the type of the attribute only."""
    assert aws.holds({"a": "1"}, "attribute_type(a, :v)", v="S")
    assert not aws.holds({"a": "1"}, "attribute_type(a, :v)", v="N")


@statement(OPERATORS)
def a_missing_attribute_has_no_type(aws: Target) -> None:
    """`attribute_type` is false for a missing attribute."""
    assert not aws.holds({}, "attribute_type(a, :v)", v="S")


@statement(OPERATORS)
def begins_with_works_on_binary(aws: Target) -> None:
    """`begins_with` works on binary values."""
    assert aws.holds({"a": b"\x01\x02"}, "begins_with(a, :v)", v=b"\x01")


@statement(OPERATORS)
def a_number_begins_with_nothing(aws: Target) -> None:
    """`begins_with` is false for a number."""
    assert not aws.holds({"a": 12}, "begins_with(a, :v)", v="1")


@statement(OPERATORS)
def contains_finds_a_part_of_a_string(aws: Target) -> None:
    """`contains` finds a part of a string."""
    assert aws.holds({"a": "orders"}, "contains(a, :v)", v="der")


@statement(OPERATORS)
def contains_finds_an_element_of_a_set(aws: Target) -> None:
    """`contains` finds an element of a set, and no part of an element."""
    assert aws.holds({"a": {"red", "blue"}}, "contains(a, :v)", v="red")
    assert not aws.holds({"a": {"red", "blue"}}, "contains(a, :v)", v="re")


@statement(OPERATORS)
def contains_finds_an_element_of_a_list(aws: Target) -> None:
    """`contains` finds an element of a list, of the same type."""
    assert aws.holds({"a": [1, "two"]}, "contains(a, :v)", v="two")
    assert not aws.holds({"a": [1, "two"]}, "contains(a, :v)", v="1")


@statement(OPERATORS)
def contains_compares_numbers_by_value(aws: Target) -> None:
    """`contains` compares the numbers of a set by value."""
    assert aws.holds({"a": {1, 2}}, "contains(a, :v)", v=number("2.0"))


@statement(OPERATORS)
def a_number_contains_nothing(aws: Target) -> None:
    """`contains` is false for a number."""
    assert not aws.holds({"a": 123}, "contains(a, :v)", v="2")


@statement(OPERATORS)
def the_size_of_a_string_is_its_length(aws: Target) -> None:
    """`size` of a string is its number of letters, not of bytes."""
    assert aws.holds({"a": "ééé"}, "size(a) = :v", v=3)


@statement(OPERATORS)
def the_size_of_binary_is_its_bytes(aws: Target) -> None:
    """`size` of a binary value is its number of bytes."""
    assert aws.holds({"a": b"\x00\xff"}, "size(a) = :v", v=2)


@statement(OPERATORS)
def the_size_of_a_collection_is_its_elements(aws: Target) -> None:
    """`size` of a list, a map or a set is the number of its elements."""
    for value in ([1, 2], {"x": 1, "y": [1, 2]}, {"x", "y"}):
        assert aws.holds({"a": value}, "size(a) = :v", v=2)


@statement(OPERATORS)
def a_missing_attribute_has_no_size(aws: Target) -> None:
    """`size` of a missing attribute is not 0."""
    assert not aws.holds({}, "size(a) = :v", v=0)


@statement(PATHS)
def a_path_leads_into_maps_and_lists(aws: Target) -> None:
    """A path leads into maps and lists."""
    assert aws.holds({"a": {"b": [1, {"c": "x"}]}}, "a.b[1].c = :v", v="x")


@statement(PATHS)
def a_path_that_leads_nowhere_is_missing(aws: Target) -> None:
    """What a path does not find does not exist."""
    for path in ("a.z", "a.b[7]", "a.b.c", "a[0]", "a.b[0].c"):
        assert aws.holds({"a": {"b": [1]}}, f"attribute_not_exists({path})")


@statement("developerguide/Expressions.ExpressionAttributeNames.html")
def a_placeholder_with_a_dot_is_one_name(aws: Target) -> None:
    """A placeholder stands for one name, even if that name has a dot."""
    assert aws.holds({"a.b": 1}, "#x = :v", v=1, ExpressionAttributeNames={"#x": "a.b"})
    assert not aws.holds({"a": {"b": 1}}, "#x = :v", v=1, ExpressionAttributeNames={"#x": "a.b"})


@statement("developerguide/HowItWorks.NamingRulesDataTypes.html")
def a_name_may_have_any_sign(aws: Target) -> None:
    """The name of an attribute may have signs such as `#`, `-` and a space; then it needs a placeholder."""
    assert aws.holds({"Status#Date - now": 1}, "#x = :v", v=1, ExpressionAttributeNames={"#x": "Status#Date - now"})


@statement(OPERATORS)
def a_number_has_no_size(aws: Target) -> None:
    """A comparison with the `size` of a number, a Boolean or NULL is false."""
    for value in (123, True, None):
        assert not aws.holds({"a": value}, "size(a) >= :v", v=0)


@statement(OPERATORS)
def a_list_is_below_nothing(aws: Target) -> None:
    """`<` is false for an attribute that is a list, a map, a set, a Boolean or NULL."""
    for value in ([1], {"x": 1}, {1}, True, None):
        assert not aws.holds({"a": value}, "a < :v", v=9)
        assert not aws.holds({"a": value, "b": value}, "a <= b")
