"""What DynamoDB refuses in requests for items. The embedded account refuses it too: wrong expressions, key conditions
that do not select items of one partition, keys and index keys that do not have the form of the table's.

Messages are DynamoDB's own where they are known.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import base64
import functools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from harness.targets.embedded.expressions import Node, SyntaxProblem, attribute_words, bare, parsed, rendered, tokens
from harness.targets.embedded.request_models import Refusal
from harness.targets.embedded.settings_refusals import INVALID, VALIDATION, DescribeTable

EXPRESSIONS: Mapping[str, str] = {
    "KeyConditionExpression": "condition",
    "FilterExpression": "condition",
    "ConditionExpression": "condition",
    "ProjectionExpression": "projection",
    "UpdateExpression": "update",
}
"""The parameters that hold an expression, and the kind of each expression."""

WITHOUT_EXPRESSIONS = (
    *("AttributesToGet", "AttributeUpdates", "ConditionalOperator", "Expected"),
    *("KeyConditions", "QueryFilter", "ScanFilter"),
)
"""The parameters that DynamoDB used before it had expressions.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html"""

ARGUMENTS: Mapping[str, tuple[int, int]] = {"BETWEEN": (2, 2), "IN": (1, 100), "NULL": (0, 0), "NOT_NULL": (0, 0)}
"""How many values a comparison in those parameters takes, if not one.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html"""

EXPRESSION_BYTES = 4096
OPERATORS = 300
"""How long an expression may be, and how many operators and functions it may hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters"""

CONDITION_FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
NAME, VALUE = re.compile(r"#[A-Za-z0-9_]+"), re.compile(r":[A-Za-z0-9_]+")
SWAPPED: Mapping[str, str] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
Part = Mapping[str, Any]


class _Refused(Exception):
    """The request is refused, with this message."""


def refusal(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Refusal | None:
    """Why DynamoDB would refuse a request for items that moto may accept, or fail at; None if it would not.

    Args:
        parameters: as they crossed the wire; AWS's model of the operation allows them.
        describe: describes a table.
    """
    try:
        for part in _parts(operation, parameters):
            trees = _expressions(part)
            _refuse_odd_conditions(part)
            table = describe(str(part.get("TableName")))
            if table is not None:
                _refuse_wrong_keys(part, table, trees)
                if operation in ("Query", "Scan"):
                    _refuse_wrong_read(operation, part, table, trees)
    except _Refused as refused:
        return Refusal(VALIDATION, str(refused))
    return None


def canonical(operation: str, parameters: Part, describe: DescribeTable) -> dict[str, Any]:
    """The parameters of a valid request for items, with expressions in one form, and a projection in place of
    AttributesToGet: moto reads no other form."""

    def rewritten(part: Part) -> dict[str, Any]:
        found = dict(part)
        for parameter, kind in EXPRESSIONS.items():
            if part.get(parameter) is not None:
                tree, _ = _expression(parameter, kind, part[parameter])
                found[parameter] = rendered(tree)
                if parameter == "KeyConditionExpression":
                    found[parameter] = _key_condition_text(part, describe, tree)
        if operation == "UpdateItem" and "UpdateExpression" not in found:
            found.setdefault("AttributeUpdates", {})  # without either, moto stores an item that has only a key
        if named := found.pop("AttributesToGet", None):
            placeholders = {f"#attribute{number}": name for number, name in enumerate(named)}
            found["ProjectionExpression"] = ", ".join(placeholders)
            found["ExpressionAttributeNames"] = placeholders
        return found

    if operation in ("TransactWriteItems", "TransactGetItems"):
        actions = [{kind: rewritten(action) for kind, action in one.items()} for one in parameters["TransactItems"]]
        return {**parameters, "TransactItems": actions}
    if operation == "BatchGetItem":
        asked = {name: rewritten(one) for name, one in parameters["RequestItems"].items()}
        return {**parameters, "RequestItems": asked}
    return rewritten(parameters)


def _key_condition_text(part: Part, describe: DescribeTable, tree: Node) -> str:
    """A key condition that begins with the partition key, with each key before its operator."""
    table = describe(str(part.get("TableName")))
    schema = [] if table is None else _schema(part, table)
    partition = [one["AttributeName"] for one in schema if one["KeyType"] == "HASH"]
    conditions = []
    for node in _both(tree):
        path, operator, values = _key_condition(node)
        if operator == "between":
            text = f"{path} BETWEEN {values[0]} AND {values[1]}"
        elif operator == "begins_with":
            text = f"begins_with({path}, {values[0]})"
        else:
            text = f"{path} {operator} {values[0]}"
        conditions.append((_name(path, part) not in partition, text))
    return " AND ".join(text for _, text in sorted(conditions, key=lambda one: one[0]))


def _refuse_odd_conditions(part: Part) -> None:
    """Raises if a condition or an update without expressions has values that it cannot have."""
    older = ("KeyConditions", "QueryFilter", "ScanFilter", "Expected")
    for condition in [one for name in older for one in (part.get(name) or {}).values()]:
        operator, given = condition.get("ComparisonOperator"), condition.get("AttributeValueList") or ()
        if operator is not None and "Value" not in condition:
            least, most = ARGUMENTS.get(operator, (1, 1))
            if not least <= len(given) <= most:
                raise _Refused(f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")
    for update in (part.get("AttributeUpdates") or {}).values():
        action, value = update.get("Action", "PUT"), update.get("Value")
        if value is None and action != "DELETE":
            raise _Refused(f"{INVALID}Only DELETE action is allowed when no attribute value is specified")
        kind = next(iter(value)) if value else None
        allowed = {"ADD": ("N", "SS", "NS", "BS", "L"), "DELETE": ("SS", "NS", "BS")}.get(action)
        if kind is not None and allowed is not None and kind not in allowed:
            raise _Refused(f"{INVALID}Action {action} is not supported for the type {kind}")


def _parts(operation: str, parameters: Part) -> Iterator[Part]:
    """The parts of a request that are about one table: each action of a transaction, each item of a batch."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for one in parameters["TransactItems"]:
            if len(one) != 1:
                raise _Refused("TransactItems can only contain one of Check, Put, Update or Delete")
            yield from one.values()
    elif operation == "BatchGetItem":
        for name, asked in parameters["RequestItems"].items():
            yield {**asked, "TableName": name}
    elif operation == "BatchWriteItem":
        for name, requests in parameters["RequestItems"].items():
            for request in requests:
                if len(request) != 1:
                    raise _Refused(
                        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                    )
                yield from ({**action, "TableName": name} for action in request.values())
    else:
        yield parameters


def _expressions(part: Part) -> dict[str, Node]:
    """The expressions of a part, by their parameters. Every name and value in them is defined and used."""
    trees: dict[str, Node] = {}
    used: set[str] = set()
    names, values = part.get("ExpressionAttributeNames"), part.get("ExpressionAttributeValues")
    told = [one for one in EXPRESSIONS if part.get(one) is not None]
    older = [one for one in WITHOUT_EXPRESSIONS if part.get(one) is not None]
    if told and older:
        raise _Refused(
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            f"{{{', '.join(older)}}} Expression parameters: {{{', '.join(told)}}}"
        )
    if not told:
        for what, given in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
            if given is not None:
                raise _Refused(f"{what} can only be specified when using expressions")
        return trees
    for parameter, kind in EXPRESSIONS.items():
        if (text := part.get(parameter)) is None:
            continue
        trees[parameter], placeholders = _expression(parameter, kind, text)
        for one in placeholders:
            named = one.startswith("#")
            if one not in ((names if named else values) or ()):
                what, where = ("name", "in the document path") if named else ("value", "in expression")
                raise _Refused(
                    f"Invalid {parameter}: An expression attribute {what} used {where} is not defined; "
                    f"attribute {what}: {one}"
                )
        used.update(placeholders)
    _refuse_odd_placeholders("ExpressionAttributeNames", names, NAME, used)
    _refuse_odd_placeholders("ExpressionAttributeValues", values, VALUE, used)
    return trees


def _refuse_odd_placeholders(what: str, given: Part | None, pattern: re.Pattern[str], used: Collection[str]) -> None:
    """Raises if a placeholder does not have the right form, or if no expression uses it."""
    if given is None:
        return
    if not given:
        raise _Refused(f"{what} must not be empty")
    if wrong := [one for one in given if not pattern.fullmatch(one)]:
        raise _Refused(f'{what} contains invalid key: Syntax error; key: "{wrong[0]}"')
    if unused := sorted(given.keys() - used):
        raise _Refused(f"Value provided in {what} unused in expressions: keys: {{{', '.join(unused)}}}")


@functools.lru_cache(maxsize=1024)
def _expression(parameter: str, kind: str, text: str) -> tuple[Node, tuple[str, ...]]:
    """An expression, and the placeholders for names and values in it, in their order."""
    if not text.strip():
        raise _Refused(f"Invalid {parameter}: The expression can not be empty;")
    if len(text.encode()) > EXPRESSION_BYTES or text.count("(") > OPERATORS:
        raise _Refused(f"Invalid {parameter}: Expression size has exceeded the maximum allowed size;")
    try:
        tree = parsed(kind, text)
    except SyntaxProblem as error:
        raise _Refused(f"Invalid {parameter}: {error}") from error
    if reserved := [word for word in attribute_words(tree) if word.upper() in _reserved_words()]:
        raise _Refused(f"Invalid {parameter}: Attribute name is a reserved keyword; reserved keyword: {reserved[0]}")
    for group in tree.find_data("group"):
        if isinstance(group.children[0], Tree) and group.children[0].data == "group":
            raise _Refused(f"Invalid {parameter}: The expression has redundant parentheses;")
    if kind == "condition":
        _refuse_wrong_condition(parameter, tree)
    elif kind == "update":
        _refuse_wrong_update(parameter, tree)
    return tree, (*tokens(tree, "NAME"), *tokens(tree, "VALUE"))


@functools.cache
def _reserved_words() -> frozenset[str]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"""
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

    return frozenset(ReservedKeywords.get_reserved_keywords())


def _refuse_wrong_condition(parameter: str, tree: Node) -> None:
    """Raises if a condition has an operand where it needs something true or false, or an unknown function."""
    truths = [tree]
    while truths:
        node = truths.pop()
        if node.data in ("either", "both", "inverted", "group"):
            truths += [one for one in node.children if isinstance(one, Tree)]
            continue
        operands = [one for one in node.children if isinstance(one, Tree)]
        if node.data == "function":
            _refuse_function(parameter, node, CONDITION_FUNCTIONS)
        elif node.data not in ("compare", "between", "among"):
            raise _Refused(f'Invalid {parameter}: Syntax error; token: "<EOF>", near: "{_shown(node)}"')
        for operand in operands:
            inner = bare(operand)
            if inner.data == "function":
                _refuse_function(parameter, inner, frozenset({"size"}))
            elif inner.data not in ("path", "value"):
                raise _Refused(f'Invalid {parameter}: Syntax error; near: "{_shown(inner)}"')


def _refuse_function(parameter: str, node: Node, known: frozenset[str]) -> None:
    name = str(node.children[0])
    if name in known:
        return
    if name in CONDITION_FUNCTIONS | UPDATE_FUNCTIONS | {"size"}:
        raise _Refused(
            f"Invalid {parameter}: The function is not allowed to be used this way in an expression; function: {name}"
        )
    raise _Refused(f"Invalid {parameter}: Invalid function name; function: {name}")


def _refuse_wrong_update(parameter: str, tree: Node) -> None:
    clauses = Counter(str(one.data) for one in tree.children if isinstance(one, Tree))
    if repeated := [name for name, times in clauses.items() if times > 1]:
        raise _Refused(
            f'Invalid {parameter}: The "{repeated[0].upper()}" section can only be used once in an update expression;'
        )
    for node in tree.find_data("function"):
        _refuse_function(parameter, node, UPDATE_FUNCTIONS)


def _shown(node: Node) -> str:
    return " ".join(str(one) for one in node.scan_values(lambda one: isinstance(one, Token)))


def _refuse_wrong_keys(part: Part, table: Mapping[str, Any], trees: Mapping[str, Node]) -> None:
    """Raises if a key is not exactly the table's, or an item's index keys do not have the types of the indexes."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    names = [one["AttributeName"] for one in table["KeySchema"]]
    for key in (part["Key"],) if "Key" in part else part.get("Keys", ()):
        if not _has_exactly(key, names, types):
            raise _Refused("The provided key element does not match the schema")
    written = {**part.get("Item", {}), **_assigned(part, trees)}
    for index in _indexes(table):
        for one in index["KeySchema"]:
            name = one["AttributeName"]
            if name in names or name not in written:
                continue
            kind, value = next(iter(written[name].items()))
            if kind != types[name]:
                raise _Refused(
                    f"{INVALID}Type mismatch for Index Key {name} Expected: {types[name]} Actual: {kind} "
                    f"IndexName: {index['IndexName']}"
                )
            if value == "":
                what = "string" if kind == "S" else "binary"
                raise _Refused(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not "
                    f"supported. The AttributeValue for a key attribute cannot contain an empty {what} value. "
                    f"IndexName: {index['IndexName']}, IndexKey: {name}"
                )


def _has_exactly(key: Mapping[str, Any], names: Collection[str], types: Mapping[str, str]) -> bool:
    """Whether a key consists of exactly these attributes, each with its type."""
    return key.keys() == set(names) and not [name for name in names if types[name] not in key[name]]


def _indexes(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]


def _assigned(part: Part, trees: Mapping[str, Node]) -> dict[str, Any]:
    """The values that an update assigns to attributes, as far as it writes them out."""
    tree = trees.get("UpdateExpression")
    found = {}
    for node in tree.find_data("assignment") if tree is not None else ():
        path, _, value = node.children
        if isinstance(path, Tree) and len(path.children) == 1 and isinstance(value, Tree) and value.data == "value":
            found[_name(str(path.children[0]), part)] = part["ExpressionAttributeValues"][str(value.children[0])]
    return found


def _name(token: str, part: Part) -> str:
    """The attribute that a word or a placeholder stands for."""
    return str(part["ExpressionAttributeNames"][token]) if token.startswith("#") else token


def _refuse_wrong_read(operation: str, part: Part, table: Mapping[str, Any], trees: Mapping[str, Node]) -> None:
    """Raises if a Query or a Scan asks for what its table or its index does not have."""
    schema = _schema(part, table)
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    start = part.get("ExclusiveStartKey")
    if start is not None:
        keys = {one["AttributeName"] for one in (*schema, *table["KeySchema"])}
        if not _has_exactly(start, keys, types):
            raise _Refused("The provided starting key is invalid")
    if operation == "Scan":
        return
    if "KeyConditionExpression" in trees:
        wanted = _partition_wanted(part, schema, types, trees["KeyConditionExpression"])
        if start is not None and [name for name, value in wanted.items() if start[name] != value]:
            raise _Refused("The provided starting key is outside query boundaries based on provided conditions")
    names = {one["AttributeName"] for one in schema}
    for path in trees["FilterExpression"].find_data("path") if "FilterExpression" in trees else ():
        if (name := _name(str(path.children[0]), part)) in names:
            raise _Refused(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _schema(part: Part, table: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """The key of the table, or of the index that the request uses."""
    asked = part.get("IndexName")
    schemas: dict[str | None, Any] = {
        None: table["KeySchema"],
        **{one["IndexName"]: one["KeySchema"] for one in _indexes(table)},
    }
    if asked not in schemas:
        raise _Refused(f"The table does not have the specified index: {asked}")
    found: Sequence[Mapping[str, str]] = schemas[asked]
    return found


def _partition_wanted(
    part: Part, schema: Sequence[Mapping[str, str]], types: Mapping[str, str], tree: Node
) -> dict[str, Any]:
    """The value of the partition key in a key condition. Raises unless the condition selects one partition, and at most
    a range of sort keys in it, with values of the right types."""
    invalid = "Invalid KeyConditionExpression: "
    conditions: dict[str, str] = {}
    first: dict[str, Any] = {}
    for node in _both(tree):
        path, operator, placeholders = _key_condition(node)
        name, values = _name(path, part), [part["ExpressionAttributeValues"][one] for one in placeholders]
        if name in conditions:
            raise _Refused(f"{invalid}KeyConditionExpressions must only contain one condition per key")
        conditions[name], first[name] = operator, values[0]
        if operator == "begins_with" and "N" in values[0]:
            raise _Refused(
                f"{invalid}Incorrect operand type for operator or function; operator or function: begins_with, "
                "operand type: N"
            )
        if name in types and [one for one in values if types[name] not in one]:
            raise _Refused(f"{INVALID}Condition parameter type does not match schema type")
        if operator == "between" and _order(values[0]) > _order(values[1]):
            raise _Refused(
                f"{invalid}The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                f"lower bound operand: AttributeValue: {_told(values[0])}, upper bound operand: AttributeValue: "
                f"{_told(values[1])}"
            )
    partition = [one["AttributeName"] for one in schema if one["KeyType"] == "HASH"]
    for name in partition:
        if name not in conditions:
            raise _Refused(f"Query condition missed key schema element: {name}")
    sort = [one["AttributeName"] for one in schema if one["KeyType"] == "RANGE"]
    given = [name for name in sort if name in conditions]
    leading = [conditions[name] for name in (*partition, *given[:-1])]
    if set(conditions) - {*partition, *sort} or given != sort[: len(given)] or set(leading) - {"="}:
        raise _Refused("Query key condition not supported")
    return {name: first[name] for name in partition}


def _both(tree: Node) -> Iterator[Node]:
    """The conditions that a key condition joins with AND."""
    if tree.data in ("both", "group"):
        for child in tree.children:
            if isinstance(child, Tree):
                yield from _both(child)
    else:
        yield tree


def _key_condition(node: Node) -> tuple[str, str, list[str]]:
    """The attribute of a condition on a key, its operator, and the names of its values in the expression."""
    invalid = "Invalid KeyConditionExpression: "
    operands = [bare(one) for one in node.children if isinstance(one, Tree)]
    kind = str(node.data)
    if kind in ("compare", "function"):
        operator = str(node.children[kind == "compare"])
    else:
        operator = {"between": "between", "either": "OR", "inverted": "NOT", "among": "IN"}[kind]
    if operator not in ("=", "<", "<=", ">", ">=", "between", "begins_with"):
        raise _Refused(f"{invalid}Invalid operator used in KeyConditionExpression: {operator}")
    if operands[0].data == "value" and node.data == "compare":
        operands, operator = operands[::-1], SWAPPED[operator]
    if [one for one in operands if one.data not in ("path", "value")]:
        raise _Refused(f"{invalid}KeyConditionExpressions cannot contain nested operations")
    path, *others = operands
    if path.data != "path" or not others or [one for one in others if one.data != "value"]:
        raise _Refused(
            f"{invalid}Invalid condition in KeyConditionExpression: {operator} operator must have the key "
            "attribute as its first operand, and values as the others"
        )
    if len(path.children) > 1:
        raise _Refused(f"{invalid}KeyConditionExpressions cannot have conditions on nested attributes")
    return str(path.children[0]), operator, [str(one.children[0]) for one in others]


def _order(value: Mapping[str, Any]) -> Any:
    """A key that sorts values of one type as DynamoDB does: texts by their UTF-8 bytes."""
    [(kind, inner)] = value.items()
    if kind == "N":
        return Decimal(inner)
    return inner.encode("utf-8", "surrogatepass") if kind == "S" else base64.b64decode(inner)


def _told(value: Mapping[str, Any]) -> str:
    [(kind, inner)] = value.items()
    return f"{{{kind}:{inner}}}"
