"""How each of DynamoDB's rules for data requests is broken: one at a time, in a request that keeps all others.

Each function gets a request that DynamoDB accepts, of one of the operations that the rule names, and may change it. It
returns another one, or None if it changed the one that it got. Or it returns several, of which the last one breaks the rule.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fidelity import requests as make
from tests.fidelity.requests import Draw, Expression, Part, Request, often, pick, put_in
from tests.fidelity.tables import COUNTERS, METRICS, ORDERS, PLAIN, TABLES, Index, Table, Value, b, n, s

Broken = Request | Sequence[Request] | None
Break = Callable[[Draw, Request], Broken]

ONE_KEY = ("GetItem", "UpdateItem", "DeleteItem")
KEYED = (*ONE_KEY, "BatchGetItem", "TransactGetItems")
ITEMS = ("PutItem", "BatchWriteItem", "TransactWriteItems")
CONDITIONED = ("PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "TransactWriteItems")
PROJECTED = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
EXPRESSED = (*CONDITIONED, "GetItem", "BatchGetItem", "TransactGetItems")
READS = ("Query", "Scan")
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
INDEXES = {one.name: one for one in ORDERS.indexes}
LEGACY = ("AttributesToGet", "AttributeUpdates", "ConditionalOperator", "Expected", "QueryFilter", "ScanFilter")


@dataclass(frozen=True)
class Breakage:
    """One way to break a rule: how, in which operations, and the function that does it."""

    rule: str
    how: str
    operations: tuple[str, ...]
    breaks: Break

    def __str__(self) -> str:
        return f"{self.rule}: {self.how}"


BREAKAGES: list[Breakage] = []


def rule(name: str, how: str, *operations: str) -> Callable[[Break], Break]:
    """Declares a way to break a rule, in requests of these operations. Without operations, the function makes the whole
    request, and gets an empty one."""

    def declared(breaks: Break) -> Break:
        BREAKAGES.append(Breakage(name, how, operations, breaks))
        return breaks

    return declared


@st.composite
def broken(draw: Draw, breakage: Breakage) -> list[Request]:
    """Requests of which the last one breaks this rule, and no other; nearly always one."""
    given = Request("", {})
    if breakage.operations:
        given = make.MAKERS[pick(draw, breakage.operations)](draw)
    if given.operation == "BatchGetItem":  # a change of one table's part would not fit the others
        [first, *_] = given.parameters["RequestItems"].items()
        given = Request("BatchGetItem", {"RequestItems": dict([first])})
    made = breakage.breaks(draw, given) or given
    return [made] if isinstance(made, Request) else list(made)


# ---- what several rules use


def a_part(draw: Draw, request: Request, *kinds: str) -> tuple[str, Part, Table]:
    """A part of a request that is about one table: one of these kinds, or any."""
    found = [one for one in request.parts() if not kinds or one[0] in kinds]
    kind, part, name = pick(draw, found)
    return kind, part, TABLES[name]


def expressive(part: Part) -> None:
    """Takes the parameters away that DynamoDB had before expressions."""
    conditions = part.pop("KeyConditions", None)
    for name in LEGACY:
        part.pop(name, None)
    if conditions is not None:
        made = Expression(lambda strategy: None, "k")
        texts = []
        for at, (name, one) in enumerate(conditions.items()):
            if one["ComparisonOperator"] == "EQ":
                made.names[f"#k{at}"], made.values[f":k{at}"] = name, one["AttributeValueList"][0]
                texts.append(f"#k{at} = :k{at}")
        made.text = " AND ".join(texts)
        put_in(part, "KeyConditionExpression", made)
    if part.get("Select") == "SPECIFIC_ATTRIBUTES" and "ProjectionExpression" not in part:
        del part["Select"]


def legacy(part: Part) -> None:
    """Takes all expressions away."""
    for name in (*make.LETTERS, "ExpressionAttributeNames", "ExpressionAttributeValues"):
        part.pop(name, None)
    if part.get("Select") == "SPECIFIC_ATTRIBUTES" and "AttributesToGet" not in part:
        del part["Select"]


def a_condition(draw: Draw, request: Request, write: Callable[[Expression], str]) -> Part:
    """Gives a part of a request another condition or filter. Returns the part."""
    kind, part, _ = a_part(draw, request, *(("Query", "Scan") if request.operation in READS else ()))
    expressive(part)
    parameter = "FilterExpression" if kind in READS else "ConditionExpression"
    put_in(part, parameter, make.expression(draw, parameter, write))
    return part


def a_projection(draw: Draw, request: Request, write: Callable[[Expression], str]) -> None:
    """Gives a part of a request another projection."""
    _, part, _ = a_part(draw, request)
    expressive(part)
    part.pop("Select", None)
    part.pop("IndexName", None) if request.operation == "Scan" else None
    put_in(part, "ProjectionExpression", make.expression(draw, "ProjectionExpression", write))


def an_update(draw: Draw, write: Callable[[Expression], str], key: str | None = None) -> Request:
    """An UpdateItem, or one in a transaction, of PLAIN; on the item with this key, if one is named."""
    part: Part = {"TableName": PLAIN.name, "Key": {"id": s(key)} if key else make.key(draw, PLAIN)}
    put_in(part, "UpdateExpression", make.expression(draw, "UpdateExpression", write))
    if often(draw, 3):
        return Request("TransactWriteItems", {"TransactItems": [{"Update": part}]})
    return Request("UpdateItem", part)


def a_value(draw: Draw, request: Request, wrong: Value) -> Request:
    """A request with a wrong value: in an item, within an attribute, or as the value of an expression."""
    inside = pick(draw, (wrong, {"L": [s("x"), wrong]}, {"M": {"leaf": wrong}}))
    if request.operation in ITEMS and (request.operation not in CONDITIONED or often(draw)):
        return with_attribute(draw, request.operation, "extra", inside)
    if request.operation == "UpdateItem" and often(draw):
        return an_update(draw, lambda e: f"SET extra = {e.value(inside)}")
    a_condition(draw, request, lambda e: f"extra = {e.value(wrong)}")
    return request


def with_attribute(draw: Draw, operation: str, name: str, given: Value, table: Table | None = None) -> Request:
    """A write of an item that has this attribute."""
    table = table or make.table_of(draw)
    made = {**make.item(draw, table), name: given}
    if operation == "PutItem":
        return Request(operation, {"TableName": table.name, "Item": made})
    if operation == "BatchWriteItem":
        return Request(operation, {"RequestItems": {table.name: [{"PutRequest": {"Item": made}}]}})
    return Request(operation, {"TransactItems": [{"Put": {"TableName": table.name, "Item": made}}]})


def every_write(draw: Draw, name: str, given: Value) -> Request:
    """Any write of ORDERS that gives this attribute a value."""
    how = pick(draw, (*ITEMS, "UpdateItem", "AttributeUpdates", "Update"))
    if how in ITEMS:
        return with_attribute(draw, how, name, given, ORDERS)
    part: Part = {"TableName": ORDERS.name, "Key": make.key(draw, ORDERS)}
    if how == "AttributeUpdates":
        part["AttributeUpdates"] = {name: {"Value": given, "Action": "PUT"}}
        return Request("UpdateItem", part)
    put_in(
        part,
        "UpdateExpression",
        make.expression(draw, "UpdateExpression", lambda e: f"SET {e.path((name,))} = {e.value(given)}"),
    )
    if how == "UpdateItem":
        return Request("UpdateItem", part)
    return Request("TransactWriteItems", {"TransactItems": [{"Update": part}]})


def another_type(draw: Draw, kind: str) -> Value:
    """A value of another type than this."""
    return make.value(draw, [one for one in make.TYPES if one != kind])


def a_query(draw: Draw, write: Callable[[Expression], str], table: Table = ORDERS, index: str = "") -> Request:
    """A Query with this key condition, and nothing else."""
    part: Part = {"TableName": table.name, **({"IndexName": index} if index else {})}
    put_in(part, "KeyConditionExpression", make.expression(draw, "KeyConditionExpression", write))
    return Request("Query", part)


def hash_is(made: Expression, given: str = "c1") -> str:
    """The condition on the partition key of ORDERS."""
    return f"{made.path(('pk',))} = {made.value(s(given))}"


def keys_of(part: Part) -> dict[str, Value]:
    """The key in a part of a request: for BatchGetItem the first one."""
    found: dict[str, Value] = part["Keys"][0] if "Keys" in part else part["Key"]
    return found


# ---- keys


@rule("key-schema", "key attribute missing", *KEYED)
def _(draw: Draw, request: Request) -> None:
    _, part, table = a_part(draw, request)
    del keys_of(part)[pick(draw, table.keys)]


@rule("key-schema", "key attribute superfluous", *KEYED)
def _(draw: Draw, request: Request) -> None:
    _, part, _ = a_part(draw, request)
    keys_of(part)["amount"] = make.value(draw)


@rule("key-schema", "key attribute type", *KEYED)
def _(draw: Draw, request: Request) -> None:
    _, part, table = a_part(draw, request)
    name = pick(draw, table.keys)
    keys_of(part)[name] = another_type(draw, table.types[name])


@rule("key-empty", "key empty", *KEYED)
def _(draw: Draw, request: Request) -> Request | None:
    names = [(table, name) for table in TABLES.values() for name in table.keys if table.types[name] in ("S", "B")]
    table, name = pick(draw, names)
    made = {**make.key(draw, table), name: {table.types[name]: ""}}
    return on_key(request.operation, table, made)


def on_key(operation: str, table: Table, made: Mapping[str, Value]) -> Request:
    """A request for one key."""
    if operation == "BatchGetItem":
        return Request(operation, {"RequestItems": {table.name: {"Keys": [dict(made)]}}})
    part = {"TableName": table.name, "Key": dict(made)}
    return Request(operation, {"TransactItems": [{"Get": part}]} if operation == "TransactGetItems" else part)


@rule("partition-key-size", "partition key too long", *KEYED)
def _(draw: Draw, request: Request) -> Request:
    return on_key(request.operation, ORDERS, {"pk": s("x" * 2049), "sk": s("a")})


@rule("sort-key-size", "sort key too long", *KEYED)
def _(draw: Draw, request: Request) -> Request:
    return on_key(request.operation, ORDERS, {"pk": s("a"), "sk": s("é" * 513)})


@rule("item-key-missing", "item key missing", "PutItem", "TransactWriteItems")
def _(draw: Draw, request: Request) -> Request:
    table = make.table_of(draw)
    made = with_attribute(draw, request.operation, "amount", n(1), table)
    _, part, _ = a_part(draw, made)
    del part["Item"][pick(draw, table.keys)]
    return made


@rule("item-key-type", "item key type", "PutItem", "TransactWriteItems")
def _(draw: Draw, request: Request) -> Request:
    table = make.table_of(draw)
    name = pick(draw, table.keys)
    return with_attribute(draw, request.operation, name, another_type(draw, table.types[name]), table)


@rule("value-nesting", "nesting too deep")
def _(draw: Draw, _: Request) -> Request:
    deep: Value = n(1)
    for _step in range(draw(st.integers(33, 40))):
        deep = {"L": [deep]} if often(draw) else {"M": {"leaf": deep}}
    return with_attribute(draw, pick(draw, ITEMS), "extra", deep)


# ---- names, values and form of expressions


@rule("unused-names", "unused attribute name", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    a_reference(draw, request)["ExpressionAttributeNames"]["#unused"] = pick(draw, make.ATTRIBUTES)


def a_reference(draw: Draw, request: Request) -> Part:
    """Gives a part of a request an expression that uses a name. Returns the part."""
    kind, part, _ = a_part(draw, request)
    expressive(part)
    if kind in PROJECTED or kind == "Get":
        part.pop("Select", None)
        part.pop("IndexName", None) if kind == "Scan" else None
        parameter = "ProjectionExpression" if kind != "Query" else "FilterExpression"
    else:
        parameter = "ConditionExpression"
    made = Expression(draw, make.LETTERS[parameter], names={"#used": "text"})
    made.text = "#used" if parameter == "ProjectionExpression" else "attribute_exists(#used)"
    if parameter == "ProjectionExpression":
        made.names = {f"#{made.letter}0": "text"}
        made.text = f"#{made.letter}0"
    else:
        made.names = {f"#{made.letter}0": "text"}
        made.text = f"attribute_exists(#{made.letter}0)"
    put_in(part, parameter, made)
    return part


@rule("unused-values", "unused attribute value", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    part = a_condition(draw, request, lambda e: f"amount = {e.value(n(1))}")
    part["ExpressionAttributeValues"][":unused"] = make.value(draw)


@rule("undefined-name", "undefined attribute name", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    part = a_reference(draw, request)
    names = part["ExpressionAttributeNames"]
    del names[pick(draw, sorted(names))]
    if not names:
        del part["ExpressionAttributeNames"]


@rule("names-syntax", "attribute name key syntax", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    part = a_reference(draw, request)
    part["ExpressionAttributeNames"][pick(draw, ("name", "#", "#a-b", "#a b", ":name", "##"))] = "amount"


@rule("values-syntax", "attribute value key syntax", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    part = a_condition(draw, request, lambda e: f"amount = {e.value(n(1))}")
    part["ExpressionAttributeValues"][pick(draw, ("value", ":", ":a-b", ":a b", "#value"))] = n(1)


@rule(
    "names-without-expression",
    "attribute names without expression",
    "GetItem",
    "PutItem",
    "DeleteItem",
    "UpdateItem",
    "Scan",
)
def _(draw: Draw, request: Request) -> None:
    _, part, _ = a_part(draw, request)
    legacy(part)
    part["ExpressionAttributeNames"] = {"#name": "text"}


@rule("values-without-expression", "attribute values without expression", "PutItem", "DeleteItem", "UpdateItem", "Scan")
def _(draw: Draw, request: Request) -> None:
    _, part, _ = a_part(draw, request)
    legacy(part)
    part["ExpressionAttributeValues"] = {":value": n(1)}


@rule("names-empty", "attribute names empty", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    _, part, _ = a_part(draw, request)
    expressive(part)
    for parameter in ("FilterExpression", "ConditionExpression", "ProjectionExpression"):
        if parameter in part:
            make.left_out(part, parameter)
    if "UpdateExpression" in part:
        put_in(part, "UpdateExpression", Expression(draw, "u", "REMOVE extra"))
    kind = request.operation
    key_condition(part)
    if kind in CONDITIONED:
        parameter = "FilterExpression" if kind in READS else "ConditionExpression"
        put_in(part, parameter, Expression(draw, make.LETTERS[parameter], "attribute_exists(amount)"))
    else:
        put_in(part, "ProjectionExpression", Expression(draw, "p", "amount"))
    part["ExpressionAttributeNames"] = {}


def key_condition(part: Part) -> None:
    """Gives a Query a key condition without placeholders for names."""
    if "KeyConditionExpression" in part:
        part["TableName"] = ORDERS.name
        for name in ("IndexName", "ExclusiveStartKey", "Select"):
            part.pop(name, None)
        put_in(
            part, "KeyConditionExpression", Expression(lambda strategy: None, "k", "pk = :k0", values={":k0": s("c1")})
        )


@rule("values-empty", "attribute values empty", "PutItem", "DeleteItem", "UpdateItem", "Scan")
def _(draw: Draw, request: Request) -> None:
    part = a_condition(draw, request, lambda e: "attribute_exists(amount)")
    if "UpdateExpression" in part:
        make.left_out(part, "UpdateExpression")
    part["ExpressionAttributeValues"] = {}


@rule("expression-empty", "expression empty", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    kind, part, _ = a_part(draw, request)
    expressive(part)
    part.pop("Select", None)
    options = ["ProjectionExpression"] if kind in PROJECTED or kind == "Get" else ["ConditionExpression"]
    options += {"Query": ["KeyConditionExpression", "FilterExpression"], "Scan": ["FilterExpression"]}.get(kind, [])
    options += ["UpdateExpression"] if kind in ("Update", "UpdateItem") else []
    parameter = pick(draw, options)
    put_in(part, parameter, Expression(draw, make.LETTERS[parameter], pick(draw, ("", " "))))


@rule("update-of-key", "update of key", "UpdateItem", "TransactWriteItems")
def _(draw: Draw, request: Request) -> Request:
    table = make.table_of(draw)
    name = pick(draw, table.keys)
    part: Part = {"TableName": table.name, "Key": make.key(draw, table)}
    texts = ("SET {0} = {1}", "REMOVE {0}", *(("ADD {0} {1}",) if table.types[name] == "N" else ()))
    text = pick(draw, texts)

    def write(made: Expression) -> str:
        path = made.path((name,))
        return (
            str(text.format(path, made.value(make.key_value(draw, table, name))))
            if "{1}" in text
            else text.format(path)
        )

    put_in(part, "UpdateExpression", make.expression(draw, "UpdateExpression", write))
    if request.operation == "UpdateItem":
        return Request("UpdateItem", part)
    return Request("TransactWriteItems", {"TransactItems": [{"Update": part}]})


# ---- key conditions


@rule("operand-type", "key condition begins with number")
def _(draw: Draw, _: Request) -> Request:
    return a_query(
        draw, lambda e: f"device = {e.value(s('d1'))} AND begins_with({e.path(('at',))}, {e.value(n(1))})", METRICS
    )


@rule("no-key-condition", "key condition absent", "Query")
def _(draw: Draw, request: Request) -> None:
    part = request.parameters
    for name in ("KeyConditions", "ExclusiveStartKey"):
        part.pop(name, None)
    if "KeyConditionExpression" in part:
        make.left_out(part, "KeyConditionExpression")


@rule("filter-on-key", "filter on key")
def _(draw: Draw, _: Request) -> Request:
    index = pick(draw, (None, *ORDERS.indexes))
    made = make.query(draw, ORDERS, index)
    expressive(made.parameters)
    hashes, ranges = make.schema_of(ORDERS, index)
    name = pick(draw, (*hashes, *ranges))
    path: make.Path = (name,) if often(draw, 8) else (name, "leaf")
    put_in(
        made.parameters,
        "FilterExpression",
        make.expression(draw, "FilterExpression", lambda e: f"attribute_exists({e.path(path)})"),
    )
    return made


@rule("filter-on-key", "query filter on key")
def _(draw: Draw, _: Request) -> Request:
    index = pick(draw, (None, *[one for one in ORDERS.indexes if len(one.hashes) == 1]))
    hashes, ranges = make.schema_of(ORDERS, index)
    part = legacy_query(draw, ORDERS, index)
    part["QueryFilter"] = {pick(draw, (*hashes, *ranges)): {"ComparisonOperator": "NOT_NULL"}}
    return Request("Query", part)


def legacy_query(draw: Draw, table: Table = ORDERS, index: Index | None = None) -> Part:
    """The parameters of a Query without expressions."""
    part: Part = {"TableName": table.name, **({"IndexName": index.name} if index else {})}
    [name], _ = make.schema_of(table, index)
    part["KeyConditions"] = {
        name: {"ComparisonOperator": "EQ", "AttributeValueList": [make.key_value(draw, table, name)]}
    }
    return part


# ---- parameters from before expressions


@rule(
    "legacy-and-expressions",
    "legacy and expression",
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
)
def _(draw: Draw, request: Request) -> None:
    kind, part, _ = a_part(draw, request)
    expressive(part)
    part.pop("Select", None)
    part.pop("IndexName", None) if kind == "Scan" else None
    exists: Part = {"amount": {"ComparisonOperator": "NOT_NULL"}}
    options: dict[str, Sequence[tuple[str, Any]]] = {
        "GetItem": (("AttributesToGet", ["amount"]),),
        "BatchGetItem": (("AttributesToGet", ["amount"]),),
        "PutItem": (("Expected", exists),),
        "DeleteItem": (("Expected", exists),),
        "UpdateItem": (("Expected", exists), ("AttributeUpdates", {"extra": {"Value": n(1)}})),
        "Query": (("QueryFilter", {"extra": {"ComparisonOperator": "NOT_NULL"}}), ("AttributesToGet", ["pk"])),
        "Scan": (("ScanFilter", exists), ("AttributesToGet", ["amount"])),
    }
    parameter = {"Scan": "FilterExpression", "Query": "FilterExpression"}.get(kind, "ConditionExpression")
    if kind in ("GetItem", "BatchGetItem"):
        put_in(part, "ProjectionExpression", Expression(draw, "p", "extra"))
    else:
        put_in(part, parameter, Expression(draw, make.LETTERS[parameter], "attribute_exists(extra)"))
    name, given = pick(draw, options[kind])
    part[name] = given


@rule("legacy-and-expressions", "in two tables of a batch")
def _(draw: Draw, _: Request) -> Request:
    asked = {
        PLAIN.name: {"Keys": [make.key(draw, PLAIN)], "AttributesToGet": ["amount"]},
        COUNTERS.name: {"Keys": [make.key(draw, COUNTERS)], "ProjectionExpression": "amount"},
    }
    return Request("BatchGetItem", {"RequestItems": asked})


@rule("legacy-and-expressions", "key conditions and expression")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    put_in(part, "KeyConditionExpression", make.expression(draw, "KeyConditionExpression", hash_is))
    return Request("Query", part)


def a_legacy_condition(draw: Draw, given: Part) -> Request:
    """A request with this condition in QueryFilter, ScanFilter or Expected."""
    where = pick(draw, ("QueryFilter", "ScanFilter", "Expected"))
    if where == "QueryFilter":
        return Request("Query", {**legacy_query(draw), where: {"amount": given}})
    if where == "ScanFilter":
        return Request("Scan", {"TableName": pick(draw, list(TABLES)), where: {"amount": given}})
    return expecting(draw, given)


def expecting(draw: Draw, given: Part) -> Request:
    """A write with this condition in Expected."""
    request = make.MAKERS[pick(draw, ("PutItem", "DeleteItem", "UpdateItem"))](draw)
    legacy(request.parameters)
    request.parameters.pop("ConditionalOperator", None)
    request.parameters.pop("ReturnValuesOnConditionCheckFailure", None)
    request.parameters["Expected"] = {"amount": given}
    return request


@rule("conditional-operator", "conditional operator alone", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
def _(draw: Draw, request: Request) -> None:
    part = request.parameters
    legacy_part = part.pop("KeyConditions", None)
    expressive(part)
    for parameter in ("FilterExpression", "ConditionExpression", "UpdateExpression", "ProjectionExpression"):
        if parameter in part:
            make.left_out(part, parameter)
    part.pop("Select", None)
    part.pop("ReturnValuesOnConditionCheckFailure", None)
    if legacy_part is not None:
        part["KeyConditions"] = legacy_part
    elif request.operation == "Query":
        part.clear()
        part.update(legacy_query(draw))
    part["ConditionalOperator"] = pick(draw, ("AND", "OR"))


@rule("attributes-to-get-twice", "attributes to get duplicates", "GetItem", "Scan", "BatchGetItem")
def _(draw: Draw, request: Request) -> None:
    _, part, _ = a_part(draw, request)
    legacy(part)
    for name in ("Select", "IndexName"):
        part.pop(name, None)
    part["AttributesToGet"] = ["amount", "text", "amount"]


@rule("update-of-key", "attribute update of key", "UpdateItem")
def _(draw: Draw, request: Request) -> None:
    part = request.parameters
    legacy(part)
    table = TABLES[part["TableName"]]
    name = pick(draw, table.keys)
    part["AttributeUpdates"] = {name: {"Value": make.key_value(draw, table, name), "Action": "PUT"}}


@rule("legacy-and-expressions", "attribute updates and update expression")
def _(draw: Draw, _: Request) -> Request:
    made = an_update(draw, lambda e: f"SET amount = {e.value(n(1))}")
    part = next(part for _, part, _ in made.parts())
    part["AttributeUpdates"] = {"extra": {"Value": n(1)}}
    return Request("UpdateItem", part)


# ---- start keys, Select, projections of indexes, consistent reads


def started(draw: Draw, operation: str) -> tuple[Request, Part]:
    """A Query or a Scan of ORDERS with a right start key, and that key."""
    index = pick(draw, (None, INDEXES["by_state"], INDEXES["by_place"], INDEXES["own_total"]))
    first = ORDERS.items[0]
    if operation == "Scan":
        part: Part = {"TableName": ORDERS.name, **({"IndexName": index.name} if index else {})}
        made = Request("Scan", part)
    else:
        hashes, _ = make.schema_of(ORDERS, index)
        made = a_query(
            draw,
            lambda e: " AND ".join(f"{e.path((name,))} = {e.value(first[name])}" for name in hashes),
            ORDERS,
            index.name if index else "",
        )
    hashes, ranges = make.schema_of(ORDERS, index)
    start = {name: first[name] for name in dict.fromkeys((*hashes, *ranges, *ORDERS.keys))}
    made.parameters["ExclusiveStartKey"] = start
    return made, start


@rule("start-key", "start key attribute missing", *READS)
def _(draw: Draw, request: Request) -> Request:
    made, start = started(draw, request.operation)
    del start[pick(draw, sorted(start))]
    return made


@rule("start-key", "start key attribute superfluous", *READS)
def _(draw: Draw, request: Request) -> Request:
    made, start = started(draw, request.operation)
    start["amount"] = make.value(draw)
    return made


@rule("start-key", "start key type", *READS)
def _(draw: Draw, request: Request) -> Request:
    made, start = started(draw, request.operation)
    name = pick(draw, sorted(start))
    start[name] = another_type(draw, ORDERS.types[name])
    return made


@rule("start-key-outside-partition", "start key of another partition")
def _(draw: Draw, _: Request) -> Request:
    made, start = started(draw, "Query")
    name = {"by_state": "state", "by_place": "city"}.get(made.parameters.get("IndexName", ""), "pk")
    start[name] = s("elsewhere")
    return made


@rule("start-key-outside-range", "start key outside the range")
def _(draw: Draw, _: Request) -> Request:
    low, high = pick(draw, (("o2", "p1"), ("x", "z")))
    made = a_query(draw, lambda e: f"{hash_is(e)} AND sk BETWEEN {e.value(s(low))} AND {e.value(s(high))}")
    made.parameters["ExclusiveStartKey"] = {"pk": s("c1"), "sk": s("a")}
    made.parameters["ScanIndexForward"] = False
    return made


@rule("select-all-of-global-index", "select all attributes of a global index", *READS)
def _(draw: Draw, request: Request) -> Request:
    index = INDEXES[pick(draw, ("by_day", "by_customer"))]
    return reading(draw, request.operation, index, Select="ALL_ATTRIBUTES")


def reading(draw: Draw, operation: str, index: Index | None, table: Table = ORDERS, **more: Any) -> Request:
    """A Query or Scan of a table or an index with these parameters, and no others."""
    part: Part = {"TableName": table.name, **({"IndexName": index.name} if index else {})}
    if operation == "Query":
        hashes, ranges = make.schema_of(table, index)
        made = make.expression(draw, "KeyConditionExpression", lambda e: make.key_condition(e, table, hashes, ranges))
        put_in(part, "KeyConditionExpression", made)
    return Request(operation, {**part, **more})


@rule("select-projected-without-index", "select projected attributes of a table", *READS)
def _(draw: Draw, request: Request) -> Request:
    return reading(draw, request.operation, None, make.table_of(draw), Select="ALL_PROJECTED_ATTRIBUTES")


@rule("select-specific-without-projection", "select specific attributes of nothing", *READS)
def _(draw: Draw, request: Request) -> Request:
    return reading(draw, request.operation, None, make.table_of(draw), Select="SPECIFIC_ATTRIBUTES")


@rule("select-and-projection", "select beside a projection", *READS)
def _(draw: Draw, request: Request) -> Request:
    index, told = pick(
        draw, ((None, "COUNT"), (None, "ALL_ATTRIBUTES"), (INDEXES["by_state"], "ALL_PROJECTED_ATTRIBUTES"))
    )
    if request.operation == "Scan" and often(draw, 3):
        return reading(draw, "Scan", index, Select=told, AttributesToGet=["amount"])
    return reading(draw, request.operation, index, Select=told, ProjectionExpression="amount")


@rule("attribute-not-projected", "attribute not projected", *READS)
def _(draw: Draw, request: Request) -> Request:
    index, name = pick(
        draw, ((INDEXES["by_day"], "amount"), (INDEXES["by_customer"], "flag"), (INDEXES["by_day"], "extra"))
    )
    if request.operation == "Scan" and often(draw, 3):
        return reading(draw, "Scan", index, AttributesToGet=[name])
    return reading(draw, request.operation, index, ProjectionExpression=name)


@rule("consistent-read-of-global-index", "consistent read of a global index", *READS)
def _(draw: Draw, request: Request) -> Request:
    index = pick(draw, [one for one in ORDERS.indexes if not one.local])
    return reading(draw, request.operation, index, ConsistentRead=True)


@rule("index-unknown", "index unknown", *READS)
def _(draw: Draw, request: Request) -> Request:
    made = reading(draw, request.operation, None)
    made.parameters["IndexName"] = pick(draw, ("nothing", "BY_STATE"))
    return made


@rule("table-missing", "table unknown", *make.MAKERS)
def _(draw: Draw, request: Request) -> None:
    named(request, pick(draw, ("nothing", "Orders")))


def named(request: Request, name: str) -> None:
    """Gives the first table of a request another name."""
    given = request.parameters
    if "RequestItems" in given:
        [first, *rest] = given["RequestItems"].items()
        given["RequestItems"] = {name: first[1], **dict(rest)}
    elif "TransactItems" in given:
        next(iter(given["TransactItems"][0].values()))["TableName"] = name
    else:
        given["TableName"] = name


@rule("table-name", "length", *make.MAKERS)
def _(draw: Draw, request: Request) -> None:
    named(request, pick(draw, ("ab", "x" * 256)))


@rule("table-name", "letters", *make.MAKERS)
def _(draw: Draw, request: Request) -> None:
    named(request, pick(draw, ("not!there", "a b c", "tåble")))


@rule("outside-the-model", "index name syntax", *READS)
def _(draw: Draw, request: Request) -> Request:
    made = reading(draw, request.operation, None)
    made.parameters["IndexName"] = pick(draw, ("a b", "", "x" * 256, "ab"))
    return made


@rule("outside-the-model", "member missing", *make.MAKERS)
def _(draw: Draw, request: Request) -> None:
    required = {
        "GetItem": ("TableName", "Key"),
        "DeleteItem": ("TableName", "Key"),
        "UpdateItem": ("TableName", "Key"),
        "PutItem": ("TableName", "Item"),
        "Query": ("TableName",),
        "Scan": ("TableName",),
        "BatchGetItem": ("RequestItems",),
        "BatchWriteItem": ("RequestItems",),
        "TransactGetItems": ("TransactItems",),
        "TransactWriteItems": ("TransactItems",),
    }
    del request.parameters[pick(draw, required[request.operation])]


# ---- rules that other parts of the list have not


@rule("condition-false", "of one write", *WRITES)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: "attribute_exists(extra) AND attribute_not_exists(extra)")


@rule("filter-not-projected", "of a global index", "Query")
@rule("undecided", "filter of a Scan", "Scan")
def _(draw: Draw, request: Request) -> Request:
    made = reading(draw, request.operation, INDEXES["by_day"])
    text = pick(draw, ("attribute_exists(amount)", "amount = extra", "NOT contains(extra, words)"))
    put_in(made.parameters, "FilterExpression", Expression(draw, "f", text))
    return made


@rule("path-into-key", "in an update")
def _(draw: Draw, _: Request) -> Request:
    name = pick(draw, ("pk", "customer"))
    part: Part = {"TableName": ORDERS.name, "Key": make.key(draw, ORDERS)}
    put_in(
        part,
        "UpdateExpression",
        make.expression(draw, "UpdateExpression", lambda e: f"SET {name}.leaf = {e.value(n(1))}"),
    )
    return Request("UpdateItem", part)


@rule("path-into-key", "in a read", *PROJECTED)
def _(draw: Draw, request: Request) -> Request:
    text = pick(draw, ("sk[0]", "pk.leaf", "customer.leaf"))
    if request.operation in READS:
        return reading(draw, request.operation, None, ProjectionExpression=text)
    made = on_key(request.operation, ORDERS, make.key(draw, ORDERS))
    _, part, _ = a_part(draw, made)
    part["ProjectionExpression"] = text
    return made


@rule("start-key-segment", "of another segment")
def _(draw: Draw, _: Request) -> Request:
    start = {"id": s(pick(draw, ("a", "b", "c", "d")))}
    # the key is in one of 64 segments: of two neighbours at least one is wrong, and of most both
    segment = pick(draw, range(64))
    return Request(
        "Scan", {"TableName": PLAIN.name, "TotalSegments": 64, "Segment": segment, "ExclusiveStartKey": start}
    )


@rule("names-size", "in any expression", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    a_reference(draw, request)["ExpressionAttributeNames"]["#" + "x" * 255] = "amount"


@rule("names-value-empty", "in any expression", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    names = a_reference(draw, request)["ExpressionAttributeNames"]
    names[next(iter(names))] = ""


@rule("values-size", "in any condition", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    part = a_condition(draw, request, lambda e: f"amount = {e.value(n(1))}")
    part["ExpressionAttributeValues"][":" + "x" * 255] = n(1)


@rule("update-attribute-type", "in AttributeUpdates")
def _(draw: Draw, _: Request) -> Request:
    name, action, given = pick(
        draw, (("amount", "ADD", {"SS": ["x"]}), ("flag", "ADD", n(1)), ("text", "DELETE", {"SS": ["x"]}))
    )
    updates = {name: {"Action": action, "Value": given}}
    return Request("UpdateItem", {"TableName": PLAIN.name, "Key": {"id": s("a")}, "AttributeUpdates": updates})


# ---- expressions, as tables: for each breakage the texts, between bars, and the choices of values for {0}, {1}


Row = tuple[Any, ...]

OTHERS: Sequence[Row] = (
    *(({"BOOL": True},), ({"NULL": True},), ({"SS": ["x"]},), ({"NS": ["1"]},), ({"BS": ["AA=="]},)),
    *(({"L": []},), ({"M": {}},)),
)
"""Values that are not ordered."""

CONDITIONS: Mapping[str, Row] = {
    "expression-syntax: condition syntax": (
        (
            "amount = | = {0} | amount == {0} | amount ! {0} | amount = {0} AND | AND amount = {0} | (amount = {0} | "
            "amount = {0}) | amount IN {0} | amount IN () | amount BETWEEN {0} | amount = 1 | amount = 'x' | amount | "
            "things[a] = {0} | things[-1] = {0} | things[] = {0} | tree..leaf = {0} | tree. = {0} | NOT | {0} | "
            "amount = {0} OR OR amount = {0} | amount = {0} amount | attribute_exists amount | size(amount) | a-b = {0} | "
            "amount LIKE {0} | amount = {0}; | extra.1 = {0} | 1extra = {0} | amount <> = {0}"
        ),
        (n(1),),
    ),
    "redundant-parentheses: in a condition": (
        "((amount = {0})) | NOT ((amount = {0})) | ((amount = {0}) AND ((amount = {0})))",
        (n(1),),
    ),
    "function-unknown: in a condition": (
        (
            "attribute_missing(amount, {0}) | Size(amount, {0}) | BEGINS_WITH(amount, {0}) | begins_With(amount, {0}) | "
            "lower(amount, {0}) | starts_with(amount, {0}) | Contains(amount, {0})"
        ),
        (s("x"),),
    ),
    "function-operands: in a condition": (
        (
            "attribute_exists(amount, {0}) | begins_with(extra) | contains(extra) | size(amount, {0}) = {0} | "
            "attribute_type(extra) | begins_with(extra, {0}, {0}) | contains(extra, {0}, {0})"
        ),
        (s("S"),),
    ),
    "function-misused: in a condition": (
        (
            "size(amount) | attribute_exists(amount) = {0} | if_not_exists(amount, {0}) = {0} | NOT size(amount) | "
            "size(size(extra)) = {0} | begins_with(extra, begins_with(extra, {0}))"
        ),
        (n(1),),
    ),
    "function-needs-path: in a condition": (
        "attribute_exists({0}) | attribute_not_exists({0}) | attribute_exists(size(extra))",
        (s("x"),),
    ),
    "operand-type: of a comparison": (
        "amount < {0} | {0} >= amount | amount BETWEEN {0} AND {0} | begins_with(extra, {0})",
        *OTHERS,
    ),
    "operand-type: of begins_with": ("begins_with(extra, {0})", (n(1),)),
    "operand-type: of attribute_type": ("attribute_type(extra, {0})", (n(1),), *OTHERS),
    "operand-type: of size": ("size({0}) = {1}", *((one, n(1)) for one in (n(1), {"BOOL": True}, {"NULL": True}))),
    "attribute-type-name: in a condition": (
        "attribute_type(extra, {0})",
        *((s(one),) for one in ("String", "s", "", "BOOLEAN", "LIST", "X")),
    ),
    "operands-equal: in a condition": (
        "amount = amount | extra <= extra | tree.leaf <> tree.leaf | begins_with(extra, extra) | contains(extra, extra)",
    ),
    "between-inverted: in a condition": (
        "amount BETWEEN {1} AND {0}",
        *((n(2), n(10)), (s("a"), s("é")), (b(b"\x01"), b(b"\xff")), (s("10"), s("2")), (n(-3), n("-2.5"))),
    ),
    "between-types: in a condition": (
        "amount BETWEEN {0} AND {1}",
        *((n(2), s("3")), (s("a"), b(b"b")), (b(b"\x01"), n(1))),
    ),
    "undefined-value: in a condition": ("amount = :nothing",),
    "reserved-word: in a condition": (
        " | ".join(
            f"attribute_exists({one})"
            for one in ["status", "Name", "DATE", "items", "total", "year", "ttl", "user", "count", "zone", "tree.name"]
        ),
    ),
    "path-index: in a condition": ("attribute_exists(tree[2147483648])",),
    "values-total-size: in a condition": ("amount = {0}", (s("x" * (2 * 1024 * 1024 + 1)),)),
    "path-depth: in a condition": (f"attribute_exists(tree{'.leaf' * 33})",),
    # `amount=:c0 OR ` 302 times is longer than 4 KB: short names, and the operator NOT
    "expression-operators: in a condition": ("NOT " * 301 + "id2 = {0}", (n(1),)),
    "expression-size: in a condition": (f"attribute_exists({'x' * 4080}) | amount = {' ' * 4090}{{0}}", (n(1),)),
    "in-operands: in a condition": (
        f"amount IN ({', '.join(f'{{{at}}}' for at in range(101))})",
        tuple(n(at) for at in range(101)),
    ),
}

PROJECTIONS: Mapping[str, str] = {
    "expression-syntax: in a projection": (
        "amount, | ,amount | amount extra | things[x] | tree..leaf | amount, , extra | a-b | size(amount) | :a"
    ),
    "paths-overlap: in a projection": (
        "amount, amount | tree, tree.leaf | tree.branch.leaf, tree.branch | things, things[1] | things[0], things[0]"
    ),
    "paths-conflict: in a projection": "tree.leaf, tree[0] | things[0].leaf, things[0][1]",
}

UPDATES: Mapping[str, Row] = {
    "expression-syntax: in an update": (
        "",
        (
            "SET | SET amount | SET amount {0} | SET amount = | SET amount = {0}, | amount = {0} | SET = {0} | REMOVE | "
            "REMOVE amount, | REMOVE amount extra | ADD amount | ADD amount = {0} | DELETE words | PUT amount = {0} | "
            "SET amount = amount + | SET amount = 1 | SET amount = amount * {0} | SET amount == {0} | SET amount = -{0} | "
            "SET amount = {0} AND extra = {0} | SET things[x] = {0} | SET amount = {0} REMOVE | SET amount = list_append"
        ),
        (n(1),),
    ),
    "section-twice: in an update": (
        "",
        "SET amount = {0} SET extra = {0} | REMOVE amount REMOVE extra | ADD amount {0} SET extra = {0} ADD digits {0}",
        (n(1),),
    ),
    "paths-overlap: in an update": (
        "",
        (
            "SET amount = {0}, amount = {0} | SET amount = {0} REMOVE amount | SET tree = {0}, tree.leaf = {0} | "
            "REMOVE tree.branch, tree.branch.leaf | SET things[1] = {0} REMOVE things | ADD amount {0} SET amount = {0}"
        ),
        (n(1),),
    ),
    "paths-conflict: in an update": ("", "SET tree.leaf = {0}, tree[0] = {0}", (n(1),)),
    "update-operand-type: of ADD": (
        "",
        "ADD amount {0}",
        *((s("x"),), (b(b"x"),), ({"BOOL": True},), ({"NULL": True},), ({"L": []},), ({"M": {}},)),
    ),
    "update-operand-type: of DELETE": (
        "",
        "DELETE words {0}",
        *((s("x"),), (n(1),), ({"BOOL": True},), ({"L": []},), ({"M": {}},)),
    ),
    "operand-type: of a sum": (
        "",
        "SET amount = amount + {0} | SET amount = {0} - amount | SET extra = amount - {0}",
        *((s("x"),), *OTHERS),
    ),
    "operand-type: of list_append": (
        "",
        "SET things = list_append(things, {0}) | SET things = list_append({0}, things)",
        *((s("x"),), (n(1),), ({"SS": ["x"]},), ({"M": {}},), ({"NULL": True},)),
    ),
    "function-unknown: in an update": (
        "",
        (
            "SET amount = IF_NOT_EXISTS(amount, {0}) | SET amount = append(amount, {0}) | SET amount = plus(amount, {0}) | "
            "SET amount = list_Append(amount, {0})"
        ),
        (n(1),),
    ),
    "function-misused: in an update": (
        "",
        "SET amount = size(extra) | SET flag = attribute_exists(amount) | SET flag = begins_with(extra, {0})",
        (s("x"),),
    ),
    "function-operands: in an update": (
        "",
        (
            "SET amount = if_not_exists(amount) | SET amount = if_not_exists(amount, {0}, {0}) | "
            "SET things = list_append({0})"
        ),
        ({"L": []},),
    ),
    "function-needs-path: in an update": ("", "SET amount = if_not_exists({0}, {1})", (n(1), n(2))),
    "update-path: parent missing": (
        "a",
        "SET extra.leaf = {0} | SET amount.leaf = {0} | SET extra[0] = {0} | REMOVE extra.leaf | ADD extra.leaf {0}",
        (n(1),),
    ),
    "update-path: parent of another type": (
        "d",
        "SET tree.unseen.leaf = {0} | SET tree[0] = {0} | SET things.leaf = {0} | SET things[2].leaf = {0}",
        (n(1),),
    ),
    "operand-missing: in an update": (
        "a",
        (
            "SET amount = extra + {0} | SET extra = extra | SET extra = tree.leaf | SET extra = {0} - tree.leaf | "
            "SET extra = if_not_exists(extra, tree)"
        ),
        (n(1),),
    ),
    "update-operand-value: of a sum": ("a", "SET amount = flag + {0} | SET amount = {0} - flag", (n(1),)),
    "update-operand-value: of list_append": (
        "a",
        "SET things = list_append(flag, {0}) | SET extra = list_append(amount, {0})",
        ({"L": [n(1)]},),
    ),
    "update-operand-value: of ADD to a boolean": ("a", "ADD flag {0}", (n(1),), ({"SS": ["x"]},)),
    "update-operand-value: of ADD to a number": ("a", "ADD amount {0}", ({"SS": ["x"]},)),
    "update-operand-value: of ADD to a set": ("c", "ADD words {0}", (n(1),), ({"NS": ["1"]},)),
    "update-operand-value: of DELETE": ("c", "DELETE words {0} | DELETE blobs {0}", ({"NS": ["1"]},)),
    "update-item-size: in an update": ("", "SET extra = {0}", (s("x" * 410_000),)),
    "number-overflow: of a sum": (
        "a",
        "SET amount = {0} + {0} | SET amount = if_not_exists(extra, {0}) + {0}",
        (n("9.9E+125"),),
    ),
    "sum-digits: in an update": ("a", "SET amount = amount + {0}", (n("1E-38"),)),
    "undecided: arithmetic chain": ("a", "SET amount = amount + {0} + {0}", (n(1),)),
}
"""Each with the key of an item of PLAIN; empty: any key."""

KEY_CONDITIONS: Mapping[str, Row] = {
    "key-missing: of a table": ("", "sk = {0}", (s("o1"),)),
    "key-missing: of an index": ("by_place", "country = {0} | city = {0}", (s("no"),)),
    "key-partition-operator: in a key condition": (
        "",
        "pk < {0} | pk <= {0} | pk > {0} | pk >= {0} | pk BETWEEN {0} AND {1} | begins_with(pk, {0})",
        (s("c1"), s("c2")),
    ),
    "key-operator: in a key condition": (
        "",
        (
            "{h} OR sk = {0} | NOT {h} | {h} AND NOT sk = {0} | {h} AND sk <> {0} | {h} AND sk IN ({0}) | "
            "{h} AND contains(sk, {0}) | {h} AND attribute_exists(sk) | {h} AND attribute_type(sk, {0})"
        ),
        (s("S"),),
    ),
    "key-nested-operation: in a key condition": ("", "{h} AND size(sk) > {0}", (n(1),)),
    "key-nested-path: in a key condition": ("", "{h} AND sk.leaf = {0} | {h} AND sk[0] = {0}", (s("x"),)),
    "key-twice: in a key condition": (
        "",
        "{h} AND sk > {0} AND sk < {0} | {h} AND sk = {0} AND sk = {0} | {h} AND pk = {0}",
        (s("o1"),),
    ),
    "key-unknown: of a table": ("", "{h} AND amount = {0} | {h} AND customer = {0}", (s("x"),)),
    "key-unknown: of an index": ("own_total", "{h} AND sk = {0}", (s("x"),)),
    "key-count: in a key condition": ("", "{h} AND sk = {0} AND amount = {0}", (s("o1"),)),
    "key-sort-gap: one left out": (
        "by_place",
        "country = {0} AND city = {1} AND street = {2}",
        (s("no"), s("oslo"), s("a")),
    ),
    "key-sort-gap: after a range": (
        "by_place",
        "country = {0} AND city = {1} AND zip > {3} AND street = {2}",
        (s("no"), s("oslo"), s("a"), n(1)),
    ),
    "key-value-type: in a key condition": (
        "",
        "pk = {0} | {h} AND sk = {0} | {h} AND sk BETWEEN {0} AND {0} | {h} AND sk > {0}",
        *((n(1),), (b(b"x"),)),
    ),
    "key-empty: in a key condition": ("", "pk = {0} | {h} AND sk = {0}", (s(""),)),
    "key-operand: in a key condition": (
        "",
        "{h} AND {0} BETWEEN sk AND {0} | {h} AND begins_with({0}, sk) | {h} AND sk = amount | {h} AND {0} = {0} | pk = sk",
        (s("o1"),),
    ),
    "between-inverted: in a key condition": ("", "{h} AND sk BETWEEN {1} AND {0}", (s("o1"), s("o2"))),
}
"""Each with the index of ORDERS that is read; empty: the table. `{h}` is a right condition on the partition key."""


def from_row(made: Expression, row: Row) -> str:
    """A text of a row, with the values that it needs."""
    text = pick(made.draw, [one.strip() for one in row[0].split("|")])
    values = pick(made.draw, row[1:] or ((),))
    more = {"h": hash_is(made)} if "{h}" in text else {}
    used = (made.value(one) if f"{{{at}}}" in text else "" for at, one in enumerate(values))
    return str(text.format(*used, **more))


def each_row(rows: Mapping[str, Any], *operations: str) -> Callable[[Callable[[Draw, Request, Any], Broken]], None]:
    """Declares one way to break a rule for each row of a table. The function gets the row too."""

    def declared(breaks: Callable[[Draw, Request, Any], Broken]) -> None:
        for name, row in rows.items():
            broken_rule, _, how = name.partition(": ")
            rule(broken_rule, how, *operations)(functools.partial(_with_row, breaks, row))

    return declared


def _with_row(breaks: Callable[..., Broken], row: Any, draw: Draw, request: Request) -> Broken:
    return breaks(draw, request, row)


@each_row(CONDITIONS, *CONDITIONED)
def _(draw: Draw, request: Request, row: Row) -> None:
    a_condition(draw, request, lambda made: from_row(made, row))


@each_row(PROJECTIONS, *PROJECTED)
def _(draw: Draw, request: Request, row: str) -> None:
    a_projection(draw, request, lambda made: from_row(made, (row,)))


@each_row(UPDATES)
def _(draw: Draw, _: Request, row: Row) -> Request:
    return an_update(draw, lambda made: from_row(made, row[1:]), row[0])


@each_row(KEY_CONDITIONS)
def _(draw: Draw, _: Request, row: Row) -> Request:
    return a_query(draw, lambda made: from_row(made, row[1:]), ORDERS, row[0])


# ---- other parameters, as tables: for each breakage the choices


def compared(operator: str, *values: Value) -> Part:
    """A condition from before expressions."""
    return {"ComparisonOperator": operator, "AttributeValueList": [*values]}


LEGACY_CONDITIONS: Mapping[str, Sequence[Part]] = {
    "condition-arguments: of an operator": [
        compared(operator, *[s("x")] * number)
        for operator, number in (
            *(("EQ", 0), ("EQ", 2), ("BETWEEN", 1), ("BETWEEN", 3)),
            *(("NULL", 1), ("NOT_NULL", 1), ("IN", 0), ("BEGINS_WITH", 2)),
        )
    ],
    "condition-types: of an operator": [compared("IN", n(1), s("2")), compared("BETWEEN", n(1), s("2"))],
    "condition-value-type: of an operator": [
        *(compared("LT", {"BOOL": True}), compared("GE", {"SS": ["x"]}), compared("BEGINS_WITH", n(1))),
        *(compared("CONTAINS", {"L": []}), compared("IN", {"M": {}})),
    ],
    "between-inverted: of an operator": [compared("BETWEEN", n(10), n(2))],
    "outside-the-model: operator unknown": [compared(operator, n(1)) for operator in ("EQUALS", "eq", "=", "")],
}

EXPECTED: Mapping[str, Sequence[Part]] = {
    "condition-parameters: Exists and an operator": [{"Exists": True, **compared("EQ", n(1))}],
    "condition-parameters: Value and a list": [{"Value": n(1), **compared("EQ", n(1))}],
    "condition-parameters: a list without an operator": [{"AttributeValueList": [n(1)]}],
    "condition-parameters: no Value": [{"Exists": True}, {}],
    "condition-parameters: Value of nothing": [{"Exists": False, "Value": n(1)}],
}

LEGACY_KEYS: Mapping[str, Sequence[Part]] = {
    "key-missing: in KeyConditions": [{"sk": compared("EQ", s("o1"))}],
    "key-partition-operator: in KeyConditions": [
        {"pk": compared(operator, s("c1"))} for operator in ("LT", "GE", "BEGINS_WITH")
    ],
    "key-operator: in KeyConditions": [
        {"pk": compared("EQ", s("c1")), "sk": compared(operator, s("o1"))}
        for operator in ("NE", "CONTAINS", "NOT_CONTAINS", "IN")
    ],
    "key-unknown: in KeyConditions": [{"pk": compared("EQ", s("c1")), "amount": compared("EQ", n(1))}],
    "key-conditions-count: in KeyConditions": [
        *({}, {name: compared("EQ", s("o1")) for name in ("pk", "sk", "amount")}),
    ],
    "key-value-type: in KeyConditions": [
        *({"pk": compared("EQ", n(1))}, {"pk": compared("EQ", s("c1")), "sk": compared("EQ", n(1))}),
    ],
}

LEGACY_UPDATES: Mapping[str, Sequence[Part]] = {
    "update-without-value: in AttributeUpdates": [{"Action": "PUT"}, {"Action": "ADD"}, {}],
    "update-action-type: in AttributeUpdates": [
        *({"Action": "ADD", "Value": s("x")}, {"Action": "ADD", "Value": {"M": {}}}),
        *({"Action": "DELETE", "Value": n(1)}, {"Action": "DELETE", "Value": {"L": []}}),
    ],
    "outside-the-model: action unknown": [{"Action": "SET", "Value": n(1)}],
}

PARAMETERS: Mapping[str, tuple[Sequence[str], Sequence[Part]]] = {
    "outside-the-model: Limit": (READS, [{"Limit": 0}, {"Limit": -1}]),
    "outside-the-model: Select": (READS, [{"Select": one} for one in ("ALL", "count", "")]),
    "segment-alone: no TotalSegments": (("Scan",), [{"Segment": one, "TotalSegments": None} for one in (0, 1)]),
    "segment-alone: no Segment": (("Scan",), [{"Segment": None, "TotalSegments": 2}]),
    "segment-range: too large": (("Scan",), [{"Segment": one, "TotalSegments": 2} for one in (2, 3)]),
    "outside-the-model: Segment": (("Scan",), [{"Segment": -1, "TotalSegments": 2}]),
    "outside-the-model: TotalSegments": (("Scan",), [{"Segment": 0, "TotalSegments": one} for one in (0, 1_000_001)]),
    "return-values: of a write": (
        ("PutItem", "DeleteItem"),
        [{"ReturnValues": one} for one in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")],
    ),
    "outside-the-model: ReturnValues": (WRITES, [{"ReturnValues": one} for one in ("ALL", "all_old", "")]),
    "outside-the-model: ReturnConsumedCapacity": (
        tuple(make.MAKERS),
        [{"ReturnConsumedCapacity": one} for one in ("ALL", "total", "")],
    ),
    "outside-the-model: ReturnItemCollectionMetrics": (
        (*WRITES, "BatchWriteItem", "TransactWriteItems"),
        [{"ReturnItemCollectionMetrics": one} for one in ("TRUE", "size")],
    ),
    "outside-the-model: ReturnValuesOnConditionCheckFailure": (
        WRITES,
        [{"ReturnValuesOnConditionCheckFailure": one} for one in ("ALL_NEW", "UPDATED_OLD", "x")],
    ),
    "outside-the-model: ClientRequestToken empty": (("TransactWriteItems",), [{"ClientRequestToken": ""}]),
    "outside-the-model: ClientRequestToken too long": (("TransactWriteItems",), [{"ClientRequestToken": "x" * 37}]),
}


@each_row(LEGACY_CONDITIONS)
def _(draw: Draw, _: Request, row: Sequence[Part]) -> Request:
    return a_legacy_condition(draw, pick(draw, row))


@each_row(EXPECTED)
def _(draw: Draw, _: Request, row: Sequence[Part]) -> Request:
    return expecting(draw, pick(draw, row))


@each_row(LEGACY_KEYS)
def _(draw: Draw, _: Request, row: Sequence[Part]) -> Request:
    return Request("Query", {"TableName": ORDERS.name, "KeyConditions": pick(draw, row)})


@each_row(LEGACY_UPDATES, "UpdateItem")
def _(draw: Draw, request: Request, row: Sequence[Part]) -> None:
    legacy(request.parameters)
    request.parameters["AttributeUpdates"] = {"extra": pick(draw, row)}


def changed(draw: Draw, request: Request, choices: Sequence[Part]) -> None:
    """Gives a request some of these parameters; None takes one away."""
    given = {**request.parameters, **pick(draw, choices)}
    request.parameters.clear()
    request.parameters.update({name: one for name, one in given.items() if one is not None})


for _name, (_operations, _choices) in PARAMETERS.items():
    each_row({_name: _choices}, *_operations)(changed)


VALUES: Mapping[str, Sequence[Value]] = {
    "number-not-numeric: in any value": [
        one
        for text in ("", "one", "1,5", "0x10", "NaN", "Infinity", "1 2", "--1")
        for one in ({"N": text}, {"NS": ["1", text]})
    ],
    "number-digits: in any value": [n("1" * 39), n("0." + "3" * 39), n("1." + "0" * 37 + "11")],
    "number-overflow: in any value": [n("1E+126"), n("-1E126"), n("99E125")],
    "number-underflow: in any value": [n("1E-131"), n("-1E-131")],
    "set-empty: in any value": [{"SS": []}, {"NS": []}, {"BS": []}],
    "set-duplicates: in any value": [
        {"SS": ["x", "x"]},
        {"NS": ["1", "1.0"]},
        {"NS": ["2", "2"]},
        {"BS": ["AA=="] * 2},
    ],
    "null-false: in any value": [{"NULL": False}],
    "value-empty: in any value": [{}],
    "value-two-types: in any value": [{"S": "x", "N": "1"}],
    "binary-not-base64: in any value": [{"B": one} for one in ("a", "====", "a b=", "é")],
    "wrong-type: in any value": [
        *({"S": 1}, {"N": 1}, {"B": 1}, {"BOOL": "yes"}, {"SS": "x"}, {"SS": [1]}, {"L": {}}, {"M": []}),
    ],
}

OF_ITEMS: Mapping[str, Sequence[tuple[str, Value]]] = {
    "partition-key-size: of an item": [("pk", s("x" * 2049))],
    "sort-key-size: of an item": [("sk", s("x" * 1025))],
    "key-empty: of an item": [("pk", s("")), ("sk", s(""))],
    "item-size: of an item": [("extra", s("x" * 410_000))],
    "empty-attribute-name: of an item": [("", n(1))],
    "attribute-name-size: of an item": [("x" * 65_536, n(1)), ("é" * 65_536, n(1))],
}

OF_INDEXES: Mapping[str, Sequence[tuple[str, Value]]] = {
    "index-key-type: of any write": [
        *(("state", n(1)), ("total", s("x")), ("day", {"L": []}), ("zip", {"NULL": True}), ("street", b(b"x"))),
    ],
    "index-key-empty: of any write": [
        (one, s("")) for one in ("state", "day", "customer", "country", "city", "street")
    ],
    "index-key-size: of a partition key": [("customer", s("x" * 2049)), ("country", s("x" * 2049))],
    "index-key-size: of a sort key": [("street", s("x" * 1025))],
}


@each_row(VALUES, *CONDITIONED, "BatchWriteItem")
def _(draw: Draw, request: Request, row: Sequence[Value]) -> Request:
    return a_value(draw, request, pick(draw, row))


@each_row(OF_ITEMS, *ITEMS)
def _(draw: Draw, request: Request, row: Sequence[tuple[str, Value]]) -> Request:
    return with_attribute(draw, request.operation, *pick(draw, row), ORDERS)


@each_row(OF_INDEXES)
def _(draw: Draw, _: Request, row: Sequence[tuple[str, Value]]) -> Request:
    return every_write(draw, *pick(draw, row))


# ---- batches and transactions, as tables: for each breakage the choices


def written_in_batch(*writes: Part, **others: Sequence[Part]) -> Request:
    """A BatchWriteItem of PLAIN, and of other tables."""
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: [*writes], **others}})


def read_in_batch(*keys: Part, **others: Part) -> Request:
    """A BatchGetItem of PLAIN, and of other tables."""
    return Request("BatchGetItem", {"RequestItems": {PLAIN.name: {"Keys": [*keys]}, **others}})


def transacted(*actions: Part, **more: Any) -> Request:
    """A TransactWriteItems."""
    return Request("TransactWriteItems", {"TransactItems": [*actions], **more})


def in_plain(**more: Any) -> Part:
    """The parameters of an action on PLAIN."""
    return {"TableName": PLAIN.name, **more}


A, Z = {"id": s("a")}, {"id": s("z")}
WRONG_KEYS: Sequence[Part] = ({}, {"id": n(1)}, {**A, "amount": n(1)}, {"name": s("a")})
MANY = [{"id": s(f"n{at}")} for at in range(101)]
PUT_A, DELETE_A = {"Put": in_plain(Item=A)}, {"Delete": in_plain(Key=A)}
CHECK_A = {"ConditionCheck": in_plain(Key=A, ConditionExpression="attribute_exists(id)")}
SAME = ({"DeleteRequest": {"Key": A}}, {"PutRequest": {"Item": {**A, "amount": n(1)}}})

REQUESTS: Mapping[str, Sequence[Request]] = {
    "outside-the-model: 26 writes of one table": [
        written_in_batch(*({"DeleteRequest": {"Key": one}} for one in MANY[:26]))
    ],
    "batch-write-requests: 26 writes of two tables": [
        written_in_batch(
            *({"DeleteRequest": {"Key": one}} for one in MANY[:25]),
            counters=[{"DeleteRequest": {"Key": {"number": n(1)}}}],
        )
    ],
    "batch-write-twice: in a batch": [
        *(written_in_batch(*SAME), written_in_batch(SAME[0], SAME[0]), written_in_batch(SAME[1], SAME[1])),
    ],
    "outside-the-model: empty batch": [
        *(Request(one, {"RequestItems": {}}) for one in ("BatchGetItem", "BatchWriteItem")),
        *(written_in_batch(), read_in_batch()),
    ],
    "batch-write-one-of: nothing": [written_in_batch({})],
    "batch-write-one-of: both": [written_in_batch({**SAME[0], **SAME[1]})],
    "key-schema: of a PutRequest": [
        *(written_in_batch({"PutRequest": {"Item": one}}) for one in ({}, {"id": n(1)}, {"amount": n(1)})),
    ],
    "key-schema: of a DeleteRequest": [written_in_batch({"DeleteRequest": {"Key": one}}) for one in WRONG_KEYS],
    "key-empty: of a DeleteRequest": [written_in_batch({"DeleteRequest": {"Key": {"id": s("")}}})],
    "outside-the-model: 101 keys of one table": [read_in_batch(*MANY)],
    "batch-get-keys: 101 keys of two tables": [read_in_batch(*MANY[:100], counters={"Keys": [{"number": n(1)}]})],
    "batch-get-twice: the same text": [read_in_batch(A, A)],
    "batch-get-twice: the same number": [
        Request("BatchGetItem", {"RequestItems": {COUNTERS.name: {"Keys": [{"number": n(1)}, {"number": n("1.0")}]}}})
    ],
    "outside-the-model: 101 actions": [
        transacted(*({"Delete": in_plain(Key=one)} for one in MANY)),
        Request("TransactGetItems", {"TransactItems": [{"Get": in_plain(Key=one)} for one in MANY]}),
    ],
    "outside-the-model: no action": [transacted(), Request("TransactGetItems", {"TransactItems": []})],
    "transaction-twice: in a transaction": [
        *(transacted(PUT_A, DELETE_A), transacted(CHECK_A, PUT_A), transacted(DELETE_A, DELETE_A)),
    ],
    "outside-the-model: a Get of nothing": [Request("TransactGetItems", {"TransactItems": [{}]})],
    "transaction-one-of: nothing": [transacted({})],
    "transaction-one-of: two": [transacted({**PUT_A, **DELETE_A})],
    "outside-the-model: a check without a condition": [transacted({"ConditionCheck": in_plain(Key=A)})],
    "outside-the-model: an Update without an expression": [transacted({"Update": in_plain(Key=A)})],
    "key-schema: of an action": [
        request
        for key in WRONG_KEYS
        for request in (transacted({"Delete": in_plain(Key=key)}), transacted(PUT_A, {"Delete": in_plain(Key=key)}))
    ],
    "key-empty: of an action": [transacted(PUT_A, {"Delete": in_plain(Key={"id": s("")})})],
    "transaction-size: in a transaction": [
        transacted(*({"Put": in_plain(Item={**one, "extra": s("x" * 390_000)})} for one in MANY[:11])),
    ],
    "condition-false: in a transaction": [
        transacted(PUT_A | {"Put": in_plain(Item=Z, ConditionExpression="attribute_exists(id)")}, CHECK_A),
    ],
}


@each_row(REQUESTS)
def _(draw: Draw, _: Request, row: Sequence[Request]) -> Request:
    return pick(draw, row).copied()


@rule("token-reused", "by another transaction")
def _(draw: Draw, _: Request) -> Sequence[Request]:
    token = str(draw(st.uuids()))
    return [transacted({"Put": in_plain(Item={**A, "amount": n(at)})}, ClientRequestToken=token) for at in (1, 2)]
