"""Expressions: what is refused"""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import Raw, Target, refused, statement, values

NAMES = "developerguide/Expressions.ExpressionAttributeNames.html"
VALUES = "developerguide/Expressions.ExpressionAttributeValues.html"
OPERATORS = "developerguide/Expressions.OperatorsAndFunctions.html"
RESERVED = "developerguide/ReservedWords.html"
UPDATES = "developerguide/Expressions.UpdateExpressions.html"
LIMITS = "developerguide/Constraints.html"
PROJECTIONS = "developerguide/Expressions.ProjectionExpressions.html"
PUT = "APIReference/API_PutItem.html"
KEY = {"pk": "expressions"}


def condition_refused(aws: Target, condition: str, *phrases: str, names: Any = None, **given: Any) -> None:
    """Asserts that a condition is refused, whatever item it would be about."""
    request: dict[str, Any] = {"ExpressionAttributeNames": names} if names is not None else {}
    if given:
        request["ExpressionAttributeValues"] = values(**given)
    with refused("ValidationException", *phrases):
        aws.put(aws.single, KEY, ConditionExpression=condition, **request)


def update_refused(aws: Target, expression: str, *phrases: str, **request: Any) -> None:
    """Asserts that an update is refused, whatever item it would be about."""
    with refused("ValidationException", *phrases):
        aws.update(KEY, expression, **request)


@statement(NAMES)
def an_unused_name_is_refused(aws: Target) -> None:
    """ExpressionAttributeNames with a name that no expression uses are refused."""
    condition_refused(aws, "attribute_exists(a)", "unused in expressions", names={"#b": "b"})


@statement(VALUES)
def an_unused_value_is_refused(aws: Target) -> None:
    """ExpressionAttributeValues with a value that no expression uses are refused."""
    condition_refused(aws, "a = :v", "unused in expressions", v=1, w=2)


@statement(NAMES)
def an_undefined_name_is_refused(aws: Target) -> None:
    """An expression with a `#` name that is not defined is refused."""
    condition_refused(aws, "attribute_exists(#a)", "not defined")


@statement(VALUES)
def an_undefined_value_is_refused(aws: Target) -> None:
    """An expression with a `:` value that is not defined is refused."""
    condition_refused(aws, "a = :v", "not defined")


@statement(NAMES)
def a_name_begins_with_a_hash(aws: Target) -> None:
    """ExpressionAttributeNames refuse a name that does not begin with `#`."""
    condition_refused(aws, "attribute_exists(a)", "ExpressionAttributeNames", names={"a": "a"})


@statement(VALUES)
def a_value_begins_with_a_colon(aws: Target) -> None:
    """ExpressionAttributeValues refuse a name that does not begin with `:`."""
    with refused("ValidationException", "ExpressionAttributeValues"):
        aws.put(aws.single, KEY, "attribute_exists(a)", ExpressionAttributeValues={"v": {"N": "1"}})


@statement(VALUES)
def values_need_an_expression(aws: Target) -> None:
    """PutItem refuses ExpressionAttributeValues without an expression."""
    with refused("ValidationException", "ExpressionAttributeValues"):
        aws.put(aws.single, KEY, ExpressionAttributeValues=values(v=1))


@statement(NAMES)
def names_need_an_expression(aws: Target) -> None:
    """GetItem refuses ExpressionAttributeNames without an expression."""
    with refused("ValidationException", "ExpressionAttributeNames"):
        aws.get(KEY, ExpressionAttributeNames={"#a": "a"})


@statement(VALUES)
def values_are_not_empty(aws: Target) -> None:
    """Empty ExpressionAttributeValues are refused."""
    with refused("ValidationException", "ExpressionAttributeValues"):
        aws.put(aws.single, KEY, "attribute_exists(a)", ExpressionAttributeValues={})


@statement(NAMES)
def names_are_not_empty(aws: Target) -> None:
    """Empty ExpressionAttributeNames are refused."""
    condition_refused(aws, "attribute_exists(a)", "ExpressionAttributeNames", names={})


@statement(PUT)
def a_condition_is_not_empty(aws: Target) -> None:
    """PutItem refuses an empty ConditionExpression."""
    condition_refused(aws, "", "empty")


@statement(UPDATES)
def an_update_is_not_empty(aws: Target) -> None:
    """UpdateItem refuses an empty UpdateExpression."""
    update_refused(aws, "", "empty")


@statement("APIReference/API_GetItem.html")
def a_projection_is_not_empty(aws: Target) -> None:
    """GetItem refuses an empty ProjectionExpression."""
    with refused("ValidationException", "empty"):
        aws.get(KEY, ProjectionExpression="")


@statement("APIReference/API_Scan.html")
def a_filter_is_not_empty(aws: Target) -> None:
    """Scan refuses an empty FilterExpression."""
    with refused("ValidationException", "empty"):
        aws.dynamodb.scan(TableName=aws.single, FilterExpression="")


@statement("APIReference/API_Query.html")
def a_key_condition_is_not_empty(aws: Target) -> None:
    """Query refuses an empty KeyConditionExpression."""
    with refused("ValidationException", "empty"):
        aws.query(aws.single, "")


@statement(RESERVED)
def a_condition_has_no_reserved_word(aws: Target) -> None:
    """A reserved word such as `status` is refused as a name in a condition."""
    condition_refused(aws, "attribute_exists(status)", "reserved keyword")


@statement(RESERVED)
def an_update_has_no_reserved_word(aws: Target) -> None:
    """A reserved word is refused as a name in an update."""
    update_refused(aws, "SET name = :v", "reserved keyword", v=1)


@statement(RESERVED)
def a_projection_has_no_reserved_word(aws: Target) -> None:
    """A reserved word is refused as a name in a projection."""
    with refused("ValidationException", "reserved keyword"):
        aws.get(KEY, ProjectionExpression="a, items")


@statement(RESERVED)
def a_path_has_no_reserved_word(aws: Target) -> None:
    """A reserved word is refused inside a path, too."""
    condition_refused(aws, "attribute_exists(a.date)", "reserved keyword")


@statement(RESERVED)
def a_reserved_word_is_so_in_any_case(aws: Target) -> None:
    """A reserved word is refused in upper, lower and mixed case."""
    for name in ("TOTAL", "total", "Total"):
        condition_refused(aws, f"attribute_exists({name})", "reserved keyword")


@statement(NAMES)
def a_name_with_a_hyphen_needs_a_placeholder(aws: Target) -> None:
    """A name with a hyphen is refused without a placeholder."""
    condition_refused(aws, "attribute_exists(a-b)", "syntax error")


@statement(OPERATORS)
def a_wrong_condition_is_a_syntax_error(aws: Target) -> None:
    """A condition that breaks the grammar is refused."""
    condition_refused(aws, "a = = :v", "syntax error", v=1)


@statement(OPERATORS)
def the_operator_is_not_a_doubled_sign(aws: Target) -> None:
    """Operators of other languages, such as `==` and `!=`, are refused."""
    condition_refused(aws, "a == :v", "syntax error", v=1)
    condition_refused(aws, "a != :v", "syntax error", v=1)


@statement(OPERATORS)
def parentheses_are_not_doubled(aws: Target) -> None:
    """An expression with redundant parentheses is refused."""
    condition_refused(aws, "((a = :v))", "redundant parentheses", v=1)


@statement(OPERATORS)
def an_unknown_function_is_refused(aws: Target) -> None:
    """A condition with an unknown function is refused."""
    condition_refused(aws, "ends_with(a, :v)", "invalid function name", v="x")


@statement(OPERATORS)
def functions_are_written_in_lower_case(aws: Target) -> None:
    """The names of functions are case-sensitive: `BEGINS_WITH` is refused."""
    condition_refused(aws, "BEGINS_WITH(a, :v)", "invalid function name", v="x")


@statement(OPERATORS)
def a_functions_operands_are_counted(aws: Target) -> None:
    """A function with too few operands is refused."""
    condition_refused(aws, "begins_with(a)", "number of operands")


@statement(OPERATORS)
def attribute_exists_needs_a_path(aws: Target) -> None:
    """`attribute_exists` refuses a value instead of a path."""
    condition_refused(aws, "attribute_exists(:v)", "document path", v="a")


@statement(OPERATORS)
def size_needs_a_path(aws: Target) -> None:
    """`size` refuses a number as its operand."""
    condition_refused(aws, "size(:v) > :w", v=1, w=1)


@statement(OPERATORS)
def size_is_no_condition(aws: Target) -> None:
    """`size` alone is refused as a condition."""
    condition_refused(aws, "size(a)")


@statement(OPERATORS)
def begins_with_needs_a_text(aws: Target) -> None:
    """`begins_with` refuses a number as the prefix."""
    condition_refused(aws, "begins_with(a, :v)", "operand type", v=1)


@statement(OPERATORS)
def contains_needs_two_operands(aws: Target) -> None:
    """`contains` refuses one path as both operands."""
    condition_refused(aws, "contains(a, a)", "distinct")


@statement(OPERATORS)
def a_comparison_needs_two_operands(aws: Target) -> None:
    """A comparison of a path with itself is refused."""
    condition_refused(aws, "a = a", "distinct")


@statement(OPERATORS)
def attribute_type_needs_a_known_type(aws: Target) -> None:
    """`attribute_type` refuses the name of an unknown type."""
    condition_refused(aws, "attribute_type(a, :v)", "type", v="STRING")


@statement(OPERATORS)
def attribute_type_needs_a_text(aws: Target) -> None:
    """`attribute_type` refuses a number as the type."""
    condition_refused(aws, "attribute_type(a, :v)", v=1)


@statement(OPERATORS)
def between_has_its_bounds_in_order(aws: Target) -> None:
    """BETWEEN with a lower bound above its upper bound is refused."""
    condition_refused(aws, "a BETWEEN :low AND :high", "BETWEEN", low=2, high=1)


@statement(OPERATORS)
def between_has_bounds_of_one_type(aws: Target) -> None:
    """BETWEEN with bounds of different types is refused."""
    condition_refused(aws, "a BETWEEN :low AND :high", "BETWEEN", low=1, high="2")


@statement(OPERATORS)
def only_scalars_are_in_an_order(aws: Target) -> None:
    """`<` refuses a Boolean, NULL, a list, a map and a set."""
    for value in (True, None, [1], {"a": 1}, {"a"}):
        condition_refused(aws, "a < :v", "operand type", v=value)


@statement(OPERATORS)
def in_has_at_most_100_operands(aws: Target) -> None:
    """IN accepts 100 operands and refuses 101."""
    for count in (100, 101):
        given = {f"v{number}": number for number in range(count)}
        condition = f"NOT a IN ({', '.join(f':{name}' for name in given)})"
        if count == 100:
            assert aws.holds({"a": -1}, condition, **given)
        else:
            condition_refused(aws, condition, **given)


@statement(LIMITS)
def an_expression_has_at_most_4_kb(aws: Target) -> None:
    """A condition of 4,096 bytes is accepted, and one of 4,097 bytes is refused."""
    condition = "attribute_not_exists({})".format
    space = 4096 - len(condition(""))
    aws.put(aws.single, {"pk": aws.fresh()}, f"attribute_not_exists({'a' * 200}{' ' * (space - 200)})")
    condition_refused(aws, f"attribute_not_exists({'a' * 200}{' ' * (space - 199)})", "expression size")


@statement(LIMITS)
def an_expression_has_at_most_300_operators(aws: Target) -> None:
    """A condition with more than 300 operators is refused."""
    condition_refused(aws, " OR ".join(["a = :v"] * 310), "operator", v=1)


@statement(UPDATES)
def an_update_sets_a_path_once(aws: Target) -> None:
    """UpdateItem refuses to set one attribute twice."""
    update_refused(aws, "SET a = :v, a = :w", "overlap", v=1, w=2)


@statement(UPDATES)
def an_update_changes_no_path_within_another(aws: Target) -> None:
    """UpdateItem refuses to set an attribute and a part of it."""
    update_refused(aws, "SET a = :v, a.b = :w", "overlap", v={"c": 1}, w=2)


@statement(UPDATES)
def clauses_of_an_update_do_not_overlap(aws: Target) -> None:
    """UpdateItem refuses to set and to remove one attribute."""
    update_refused(aws, "SET a = :v REMOVE a", "overlap", v=1)


@statement(UPDATES)
def a_placeholder_hides_no_overlap(aws: Target) -> None:
    """UpdateItem refuses overlapping paths also if a placeholder names one of them."""
    update_refused(aws, "SET a = :v REMOVE #a", "overlap", ExpressionAttributeNames={"#a": "a"}, v=1)


@statement(PROJECTIONS)
def a_projection_names_a_path_once(aws: Target) -> None:
    """GetItem refuses a projection that names an attribute twice."""
    with refused("ValidationException", "overlap"):
        aws.get(KEY, ProjectionExpression="a, a")


@statement(PROJECTIONS)
def a_projection_names_no_path_within_another(aws: Target) -> None:
    """GetItem refuses a projection with an attribute and a part of it."""
    with refused("ValidationException", "overlap"):
        aws.get(KEY, ProjectionExpression="a, a.b")


@statement(UPDATES)
def a_clause_of_an_update_is_written_once(aws: Target) -> None:
    """UpdateItem refuses an expression with two SET clauses."""
    update_refused(aws, "SET a = :v SET b = :v", v=1)


@statement("APIReference/API_UpdateItem.html")
def an_update_leaves_the_key_alone(aws: Target) -> None:
    """UpdateItem refuses to change a key attribute, even to the value that it has."""
    update_refused(aws, "SET pk = :v", "part of the key", v=KEY["pk"])
    update_refused(aws, "REMOVE pk", "part of the key")


@statement(UPDATES)
def only_numbers_are_added(aws: Target) -> None:
    """`+` in SET refuses a string."""
    update_refused(aws, "SET a = a + :v", "operand type", v="1")


@statement(UPDATES)
def list_append_needs_lists(aws: Target) -> None:
    """`list_append` refuses a value that is not a list."""
    update_refused(aws, "SET a = list_append(a, :v)", "operand type", v="x")


@statement(UPDATES)
def add_needs_a_number_or_a_set(aws: Target) -> None:
    """ADD refuses a string, a list and a map."""
    for value in ("x", [1], {"a": 1}):
        update_refused(aws, "ADD a :v", "operand type", v=value)


@statement(UPDATES)
def delete_needs_a_set(aws: Target) -> None:
    """DELETE refuses a value that is not a set."""
    update_refused(aws, "DELETE a :v", "operand type", v=1)


@statement(UPDATES)
def a_value_in_an_update_is_valid(aws: Target) -> None:
    """UpdateItem refuses an empty set as a value."""
    update_refused(aws, "SET a = :v", "empty", v=Raw({"SS": []}))


@statement("APIReference/API_Query.html")
def a_condition_of_a_write_reads_no_other_function(aws: Target) -> None:
    """A condition refuses the functions of updates, such as `if_not_exists`."""
    condition_refused(aws, "if_not_exists(a, :v) = :v", v=1)


@statement(LIMITS)
def a_value_of_an_expression_is_at_most_31_levels_deep(aws: Target) -> None:
    """A value of an expression within 32 lists is refused."""
    value: Any = "leaf"
    for _ in range(32):
        value = [value]
    condition_refused(aws, "a = :v", "nesting levels", v=value)
