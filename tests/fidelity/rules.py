"""How each of DynamoDB's rules for data requests is broken: one at a time, in a request that keeps all others.

Each function gets a request that DynamoDB accepts, of one of the operations that the rule names, and may change it. It
returns another one, or None if it changed the one that it got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fidelity import requests as make
from tests.fidelity.requests import Draw, Expression, Part, Request, often, pick, put_in
from tests.fidelity.tables import COUNTERS, METRICS, ORDERS, PLAIN, TABLES, Index, Table, Value, b, n, s

Break = Callable[[Draw, Request], Request | None]

ONE_KEY = ("GetItem", "UpdateItem", "DeleteItem")
KEYED = (*ONE_KEY, "BatchGetItem", "TransactGetItems")
ITEMS = ("PutItem", "BatchWriteItem", "TransactWriteItems")
CONDITIONED = ("PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "TransactWriteItems")
PROJECTED = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
EXPRESSED = (*CONDITIONED, "GetItem", "BatchGetItem", "TransactGetItems")
READS = ("Query", "Scan")
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
def broken(draw: Draw, breakage: Breakage) -> Request:
    """A request that breaks this rule, and no other."""
    given = Request("", {})
    if breakage.operations:
        given = make.MAKERS[pick(draw, breakage.operations)](draw)
    if given.operation == "BatchGetItem":  # a change of one table's part would not fit the others
        [first, *_] = given.parameters["RequestItems"].items()
        given = Request("BatchGetItem", {"RequestItems": dict([first])})
    return breakage.breaks(draw, given) or given


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


def a_value(draw: Draw, wrong: Value, *, expressions: bool = True) -> Request:
    """A request with a wrong value: in an item, within an attribute, or as the value of an expression."""
    inside = pick(draw, (wrong, {"L": [s("x"), wrong]}, {"M": {"leaf": wrong}}))
    where = pick(draw, (*ITEMS, "UpdateItem", *(CONDITIONED if expressions else ())))
    if where in ITEMS and not (expressions and often(draw, 2)):
        return with_attribute(draw, where, "extra", inside)
    if where == "UpdateItem":
        return an_update(draw, lambda e: f"SET extra = {e.value(inside)}")
    request = make.MAKERS[where](draw)
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


@rule("key-empty", "item key empty", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    names = [(table, name) for table in TABLES.values() for name in table.keys if table.types[name] in ("S", "B")]
    table, name = pick(draw, names)
    return with_attribute(draw, request.operation, name, {table.types[name]: ""}, table)


@rule("partition-key-size", "of an item", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    return with_attribute(draw, request.operation, "pk", s("x" * 2049), ORDERS)


@rule("sort-key-size", "of an item", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    return with_attribute(draw, request.operation, "sk", s("x" * 1025), ORDERS)


# ---- items and values


@rule("item-size", "item too large", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    return with_attribute(draw, request.operation, "extra", s("x" * 410_000))


@rule("update-item-size", "updated item too large")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"SET extra = {e.value(s('x' * 410_000))}")


@rule("value-nesting", "nesting too deep")
def _(draw: Draw, _: Request) -> Request:
    deep: Value = n(1)
    for _step in range(draw(st.integers(33, 40))):
        deep = {"L": [deep]} if often(draw) else {"M": {"leaf": deep}}
    return with_attribute(draw, pick(draw, ITEMS), "extra", deep)


@rule("number-not-numeric", "number unreadable")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, ("", "one", "1,5", "0x10", "NaN", "Infinity", "1 2", "--1"))
    return a_value(draw, pick(draw, ({"N": text}, {"NS": ["1", text]})))


@rule("number-digits", "number too precise")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, n(pick(draw, ("1" * 39, "0." + "3" * 39, "1." + "0" * 37 + "1" + "1"))))


@rule("number-overflow", "number too large")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, n(pick(draw, ("1E+126", "-1E126", "99E125"))))


@rule("number-underflow", "number too small")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, n(pick(draw, ("1E-131", "-1E-131"))))


@rule("set-empty", "set empty")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, {pick(draw, ("SS", "NS", "BS")): []})


@rule("set-duplicates", "set with duplicates")
def _(draw: Draw, _: Request) -> Request:
    return a_value(
        draw, pick(draw, ({"SS": ["x", "x"]}, {"NS": ["1", "1.0"]}, {"NS": ["2", "2"]}, {"BS": ["AA==", "AA=="]}))
    )


@rule("null-false", "null not true")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, {"NULL": False})


@rule("value-empty", "value without type")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, {})


@rule("value-two-types", "value of two types")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, {"S": "x", "N": "1"})


# ---- keys of indexes


@rule("index-key-type", "index key type")
def _(draw: Draw, _: Request) -> Request:
    name = pick(draw, [one for one in ORDERS.types if one not in ORDERS.keys])
    return every_write(draw, name, another_type(draw, ORDERS.types[name]))


@rule("index-key-empty", "index key empty")
def _(draw: Draw, _: Request) -> Request:
    name = pick(draw, [one for one in ORDERS.types if one not in ORDERS.keys and ORDERS.types[one] == "S"])
    return every_write(draw, name, s(""))


@rule("index-key-size", "index partition key too long")
def _(draw: Draw, _: Request) -> Request:
    return every_write(draw, pick(draw, ("customer", "country")), s("x" * 2049))


@rule("index-key-size", "index sort key too long")
def _(draw: Draw, _: Request) -> Request:
    return every_write(draw, "street", s("x" * 1025))


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


@rule("undefined-value", "undefined attribute value", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: "amount = :nothing")


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


@rule("expression-size", "expression too long", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(
        draw, request, lambda e: f"attribute_exists({'x' * 4080})" if often(draw) else f"amount = {' ' * 4090}:f0"
    )
    # the placeholder is defined, so that only the length is wrong
    for _, part, _ in request.parts():
        for parameter, letter in (("FilterExpression", "f"), ("ConditionExpression", "c")):
            if part.get(parameter, "").startswith("amount = "):
                part[parameter] = part[parameter].replace(":f0", f":{letter}0")
                part.setdefault("ExpressionAttributeValues", {})[f":{letter}0"] = n(1)


@rule("expression-operators", "too many operators", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    # `amount=:c0 OR ` 302 times is longer than 4 KB: short names, and the operator NOT
    a_condition(draw, request, lambda e: "NOT " * 301 + f"id2 = {e.value(n(1))}")


@rule("in-operands", "too many in operands", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: f"amount IN ({', '.join(e.value(n(at)) for at in range(101))})")


@rule("reserved-word", "reserved word", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    word = pick(draw, ("status", "Name", "DATE", "items", "total", "year", "ttl", "user", "count", "zone", "tree.name"))
    a_condition(draw, request, lambda e: f"attribute_exists({word})")


@rule("expression-syntax", "condition syntax", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    wrong = (
        *(
            "amount = ",
            "= {0}",
            "amount == {0}",
            "amount ! {0}",
            "amount = {0} AND",
            "AND amount = {0}",
            "(amount = {0}",
        ),
        *(
            "amount = {0})",
            "amount IN {0}",
            "amount IN ()",
            "amount BETWEEN {0}",
            "amount = 1",
            "amount = 'x'",
            "amount",
        ),
        *("things[a] = {0}", "things[-1] = {0}", "things[] = {0}", "tree..leaf = {0}", "tree. = {0}", "NOT", "{0}"),
        *(
            "amount = {0} OR OR amount = {0}",
            "amount = {0} amount",
            "attribute_exists amount",
            "size(amount)",
            "a-b = {0}",
        ),
        *("amount LIKE {0}", "amount = {0};", "extra.1 = {0}", "1extra = {0}", "amount <> = {0}"),
    )
    text = pick(draw, wrong)
    a_condition(draw, request, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("expression-syntax", "projection syntax", *PROJECTED)
def _(draw: Draw, request: Request) -> None:
    wrong = (
        "amount,",
        ",amount",
        "amount extra",
        "things[x]",
        "tree..leaf",
        "amount, , extra",
        "a-b",
        "size(amount)",
        ":a",
    )
    text = pick(draw, wrong)
    a_projection(draw, request, lambda e: text)


@rule("expression-syntax", "update syntax")
def _(draw: Draw, _: Request) -> Request:
    wrong = (
        *("SET", "SET amount", "SET amount {0}", "SET amount = ", "SET amount = {0},", "amount = {0}", "SET = {0}"),
        *(
            "REMOVE",
            "REMOVE amount,",
            "REMOVE amount extra",
            "ADD amount",
            "ADD amount = {0}",
            "DELETE words",
            "PUT amount = {0}",
        ),
        *(
            "SET amount = amount + ",
            "SET amount = 1",
            "SET amount = amount * {0}",
            "SET amount == {0}",
            "SET amount = -{0}",
        ),
        *(
            "SET amount = {0} AND extra = {0}",
            "SET things[x] = {0}",
            "SET amount = {0} REMOVE",
            "SET amount = list_append",
        ),
    )
    text = pick(draw, wrong)
    return an_update(draw, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("redundant-parentheses", "redundant parentheses", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    text = pick(draw, ("((amount = {0}))", "NOT ((amount = {0}))", "((amount = {0}) AND ((amount = {0})))"))
    a_condition(draw, request, lambda e: text.format(e.value(n(1))))


@rule("function-unknown", "unknown function", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    name = pick(draw, ("attribute_missing", "Size", "BEGINS_WITH", "begins_With", "lower", "starts_with", "Contains"))
    a_condition(draw, request, lambda e: f"{name}(amount, {e.value(s('x'))})")


@rule("function-operands", "function arguments", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    text = pick(
        draw,
        (
            "attribute_exists(amount, {0})",
            "begins_with(extra)",
            "contains(extra)",
            "size(amount, {0}) = {0}",
            "attribute_type(extra)",
            "begins_with(extra, {0}, {0})",
            "contains(extra, {0}, {0})",
        ),
    )
    a_condition(draw, request, lambda e: text.format(e.value(s("S"))) if "{0}" in text else text)


@rule("function-misused", "function out of place", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    text = pick(
        draw,
        (
            "size(amount)",
            "attribute_exists(amount) = {0}",
            "if_not_exists(amount, {0}) = {0}",
            "NOT size(amount)",
            "size(size(extra)) = {0}",
            "begins_with(extra, begins_with(extra, {0}))",
        ),
    )
    a_condition(draw, request, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("operand-type", "operand type", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    kind = pick(draw, ("BOOL", "NULL", "SS", "NS", "BS", "L", "M"))
    text = pick(draw, ("amount < {0}", "{0} >= amount", "amount BETWEEN {0} AND {0}", "begins_with(extra, {0})"))
    if text.startswith("begins") and often(draw):
        kind = "N"
    a_condition(draw, request, lambda e: text.format(e.value(make.value(draw, (kind,)))))


@rule("attribute-type-name", "attribute type unknown", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    name = pick(draw, ("String", "s", "", "BOOLEAN", "LIST", "X"))
    a_condition(draw, request, lambda e: f"attribute_type(extra, {e.value(s(name))})")


@rule("operand-type", "attribute type operand", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: f"attribute_type(extra, {e.value(make.value(draw, ('N', 'SS', 'BOOL')))})")


@rule("operand-type", "size operand", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: f"size({e.value(make.value(draw, ('N', 'BOOL', 'NULL')))}) = {e.value(n(1))}")


@rule("operands-equal", "same operands", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    text = pick(
        draw,
        (
            "amount = amount",
            "extra <= extra",
            "tree.leaf <> tree.leaf",
            "begins_with(extra, extra)",
            "contains(extra, extra)",
        ),
    )
    a_condition(draw, request, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("between-inverted", "between inverted", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    low, high = pick(
        draw, ((n(2), n(10)), (s("a"), s("é")), (b(b"\x01"), b(b"\xff")), (s("10"), s("2")), (n(-3), n("-2.5")))
    )
    a_condition(draw, request, lambda e: f"amount BETWEEN {e.value(high)} AND {e.value(low)}")


@rule("between-types", "between types", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    low, high = pick(draw, ((n(2), s("3")), (s("a"), b(b"b")), (b(b"\x01"), n(1))))
    a_condition(draw, request, lambda e: f"amount BETWEEN {e.value(low)} AND {e.value(high)}")


@rule("function-needs-path", "operand not a path", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    name = pick(draw, ("attribute_exists({0})", "attribute_not_exists({0})", "attribute_exists(size(extra))"))
    a_condition(draw, request, lambda e: name.format(e.value(s("x"))) if "{0}" in name else name)


@rule("path-depth", "path too deep", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: f"attribute_exists({'.'.join(['tree', *('leaf' for _ in range(33))])})")


# ---- projections and updates


@rule("paths-overlap", "projection paths overlap", *PROJECTED)
def _(draw: Draw, request: Request) -> None:
    text = pick(
        draw,
        (
            "amount, amount",
            "tree, tree.leaf",
            "tree.branch.leaf, tree.branch",
            "things, things[1]",
            "things[0], things[0]",
        ),
    )
    a_projection(draw, request, lambda e: text)


@rule("paths-conflict", "projection paths conflict", *PROJECTED)
def _(draw: Draw, request: Request) -> None:
    a_projection(draw, request, lambda e: pick(draw, ("tree.leaf, tree[0]", "things[0].leaf, things[0][1]")))


@rule("section-twice", "update clause repeated")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "SET amount = {0} SET extra = {0}",
            "REMOVE amount REMOVE extra",
            "ADD amount {0} SET extra = {0} ADD digits {0}",
        ),
    )
    return an_update(draw, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("paths-overlap", "update paths overlap")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "SET amount = {0}, amount = {0}",
            "SET amount = {0} REMOVE amount",
            "SET tree = {0}, tree.leaf = {0}",
            "REMOVE tree.branch, tree.branch.leaf",
            "SET things[1] = {0} REMOVE things",
            "ADD amount {0} SET amount = {0}",
        ),
    )
    return an_update(draw, lambda e: text.format(e.value(n(1))) if "{0}" in text else text)


@rule("paths-conflict", "update paths conflict")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"SET tree.leaf = {e.value(n(1))}, tree[0] = {e.value(n(1))}")


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


@rule("update-operand-type", "add operand type")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"ADD amount {e.value(make.value(draw, ('S', 'B', 'BOOL', 'NULL', 'L', 'M')))}")


@rule("update-operand-type", "delete operand type")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"DELETE words {e.value(make.value(draw, ('S', 'N', 'BOOL', 'L', 'M')))}")


@rule("operand-type", "arithmetic operand type")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, ("SET amount = amount + {0}", "SET amount = {0} - amount", "SET extra = amount - {0}"))
    return an_update(draw, lambda e: text.format(e.value(make.value(draw, ("S", "BOOL", "SS", "L", "NULL")))))


@rule("operand-type", "list append operand type")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, ("SET things = list_append(things, {0})", "SET things = list_append({0}, things)"))
    return an_update(draw, lambda e: text.format(e.value(make.value(draw, ("S", "N", "SS", "M", "NULL")))))


@rule("function-unknown", "update unknown function")
def _(draw: Draw, _: Request) -> Request:
    name = pick(draw, ("IF_NOT_EXISTS", "append", "plus", "list_Append"))
    return an_update(draw, lambda e: f"SET amount = {name}(amount, {e.value(n(1))})")


@rule("function-misused", "update function out of place")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw, ("SET amount = size(extra)", "SET flag = attribute_exists(amount)", "SET flag = begins_with(extra, {0})")
    )
    return an_update(draw, lambda e: text.format(e.value(s("x"))) if "{0}" in text else text)


@rule("function-operands", "update function arguments")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "SET amount = if_not_exists(amount)",
            "SET amount = if_not_exists(amount, {0}, {0})",
            "SET things = list_append({0})",
        ),
    )
    return an_update(draw, lambda e: text.format(e.value({"L": []})) if "{0}" in text else text)


@rule("function-needs-path", "if not exists operand")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"SET amount = if_not_exists({e.value(n(1))}, {e.value(n(2))})")


@rule("update-path", "update path invalid")
def _(draw: Draw, _: Request) -> Request:
    text, key = pick(
        draw,
        (
            ("SET extra.leaf = {0}", "a"),
            ("SET tree.unseen.leaf = {0}", "d"),
            ("SET amount.leaf = {0}", "a"),
            ("SET extra[0] = {0}", "a"),
            ("SET tree[0] = {0}", "d"),
            ("REMOVE extra.leaf", "a"),
            ("ADD extra.leaf {0}", "a"),
            ("SET things.leaf = {0}", "d"),
            ("SET things[2].leaf = {0}", "d"),
        ),
    )
    return an_update(draw, lambda e: text.format(e.value(n(1))) if "{0}" in text else text, key)


@rule("operand-missing", "update operand missing")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "SET amount = extra + {0}",
            "SET extra = extra",
            "SET extra = tree.leaf",
            "SET extra = {0} - tree.leaf",
            "SET extra = if_not_exists(extra, tree)",
        ),
    )
    return an_update(draw, lambda e: text.format(e.value(n(1))) if "{0}" in text else text, "a")


@rule("update-operand-value", "update operand incorrect")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "SET amount = #t + {0}",
            "SET amount = {0} - flag",
            "SET things = list_append(#t, {1})",
            "SET extra = list_append(amount, {1})",
        ),
    )

    def write(made: Expression) -> str:
        made.names.update({"#t": "text"} if "#t" in text else {})
        return text.format(made.value(n(1) if "{0}" in text else {"L": [n(1)]}), ":u0")

    return an_update(draw, write, "a")


@rule("update-operand-value", "add to another type")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, (("amount", {"SS": ["x"]}), ("flag", n(1)), ("extra2", n(1))))
    if text[0] == "extra2":
        return an_update(draw, lambda e: f"ADD words {e.value(pick(draw, (n(1), {'NS': ['1']})))}", "c")
    return an_update(draw, lambda e: f"ADD {text[0]} {e.value(text[1])}", "a")


@rule("update-operand-value", "delete from another type")
def _(draw: Draw, _: Request) -> Request:
    name, wrong = pick(draw, (("words", {"NS": ["1"]}), ("digits", {"SS": ["1"]})))
    return an_update(draw, lambda e: f"DELETE {name} {e.value(wrong)}", "c")


@rule("number-overflow", "sum too large")
def _(draw: Draw, _: Request) -> Request:
    big = e_value = n("9.9E+125")
    text = pick(draw, ("SET amount = {0} + {1}", "SET amount = if_not_exists(extra, {0}) + {1}"))
    return an_update(draw, lambda e: text.format(e.value(big), e.value(e_value)), "a")


@rule("undecided", "arithmetic chain")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"SET amount = amount + {e.value(n(1))} + {e.value(n(2))}", "a")


# ---- key conditions


@rule("key-missing", "partition key condition missing")
def _(draw: Draw, _: Request) -> Request:
    index = pick(draw, ("", "by_state", "by_place", "own_total"))
    if index == "by_place":
        name = pick(draw, ("country", "city"))
        return a_query(draw, lambda e: f"{e.path((name,))} = {e.value(s('no'))}", ORDERS, index)
    name, given = {"": ("sk", s("o1"))}.get(index, ("total", n(10)))
    return a_query(draw, lambda e: f"{e.path((name,))} = {e.value(given)}", ORDERS, index)


@rule("key-partition-operator", "partition key operator")
def _(draw: Draw, _: Request) -> Request:
    operator = pick(draw, ("<", "<=", ">", ">=", "BETWEEN", "begins_with"))

    def write(made: Expression) -> str:
        path, given = made.path(("pk",)), made.value(s("c1"))
        if operator == "BETWEEN":
            return f"{path} BETWEEN {given} AND {made.value(s('c2'))}"
        return f"begins_with({path}, {given})" if operator == "begins_with" else f"{path} {operator} {given}"

    return a_query(draw, write)


@rule("key-operator", "key condition operator")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "{h} OR sk = {0}",
            "NOT {h}",
            "{h} AND NOT sk = {0}",
            "{h} AND sk <> {0}",
            "{h} AND sk IN ({0})",
            "{h} AND contains(sk, {0})",
            "{h} AND attribute_exists(sk)",
            "{h} AND attribute_type(sk, {0})",
        ),
    )

    def write(made: Expression) -> str:
        first = hash_is(made)
        return text.format(made.value(s("S")), h=first) if "{0}" in text else text.format(h=first)

    return a_query(draw, write)


@rule("key-nested-operation", "key condition nested operation")
def _(draw: Draw, _: Request) -> Request:
    return a_query(draw, lambda e: f"{hash_is(e)} AND size(sk) > {e.value(n(1))}")


@rule("key-nested-path", "key condition nested path")
def _(draw: Draw, _: Request) -> Request:
    return a_query(draw, lambda e: f"{hash_is(e)} AND {pick(draw, ('sk.leaf', 'sk[0]'))} = {e.value(s('x'))}")


@rule("key-twice", "two conditions on one key")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, ("{h} AND sk > {0} AND sk < {0}", "{h} AND sk = {0} AND sk = {0}", "{h} AND pk = {0}"))

    def write(made: Expression) -> str:
        first = hash_is(made)
        return text.format(made.value(s("o1")), h=first)

    return a_query(draw, write)


@rule("key-unknown", "key condition on another attribute")
def _(draw: Draw, _: Request) -> Request:
    index, given = pick(draw, (("", "c1"), ("own_total", "c1")))
    name = "sk" if index else pick(draw, ("amount", "customer"))
    return a_query(draw, lambda e: f"{hash_is(e, given)} AND {name} = {e.value(s('x'))}", ORDERS, index)


@rule("key-sort-gap", "sort key condition skipped")
def _(draw: Draw, _: Request) -> Request:
    return a_query(draw, lambda e: f"{place(e)} AND street = {e.value(s('a'))}", ORDERS, "by_place")


def place(made: Expression) -> str:
    """The condition on the partition key of by_place."""
    return f"country = {made.value(s('no'))} AND city = {made.value(s('oslo'))}"


@rule("key-sort-gap", "sort key condition after a range")
def _(draw: Draw, _: Request) -> Request:
    return a_query(
        draw, lambda e: f"{place(e)} AND zip > {e.value(n(1))} AND street = {e.value(s('a'))}", ORDERS, "by_place"
    )


@rule("key-value-type", "key condition type")
def _(draw: Draw, _: Request) -> Request:
    text = pick(draw, ("pk = {0}", "{h} AND sk = {0}", "{h} AND sk BETWEEN {0} AND {0}", "{h} AND sk > {0}"))
    wrong = make.value(draw, ("N", "B"))

    def write(made: Expression) -> str:
        return text.format(made.value(wrong), h=hash_is(made)) if "{h}" in text else text.format(made.value(wrong))

    return a_query(draw, write)


@rule("operand-type", "key condition begins with number")
def _(draw: Draw, _: Request) -> Request:
    return a_query(
        draw, lambda e: f"device = {e.value(s('d1'))} AND begins_with({e.path(('at',))}, {e.value(n(1))})", METRICS
    )


@rule("between-inverted", "key condition between inverted")
def _(draw: Draw, _: Request) -> Request:
    return a_query(draw, lambda e: f"{hash_is(e)} AND sk BETWEEN {e.value(s('o2'))} AND {e.value(s('o1'))}")


@rule("no-key-condition", "key condition absent", "Query")
def _(draw: Draw, request: Request) -> None:
    part = request.parameters
    for name in ("KeyConditions", "ExclusiveStartKey"):
        part.pop(name, None)
    if "KeyConditionExpression" in part:
        make.left_out(part, "KeyConditionExpression")


@rule("key-empty", "key condition value empty")
def _(draw: Draw, _: Request) -> Request:
    if often(draw):
        return a_query(draw, lambda e: hash_is(e, ""))
    return a_query(draw, lambda e: f"{hash_is(e)} AND sk = {e.value(s(''))}")


@rule("key-operand", "key condition operands")
def _(draw: Draw, _: Request) -> Request:
    text = pick(
        draw,
        (
            "{h} AND {0} BETWEEN sk AND {0}",
            "{h} AND begins_with({0}, sk)",
            "{h} AND sk = amount",
            "{h} AND {0} = {0}",
            "pk = sk",
        ),
    )

    def write(made: Expression) -> str:
        first = hash_is(made) if "{h}" in text else ""
        return text.format(made.value(s("o1")), h=first) if "{0}" in text else text.format(h=first)

    return a_query(draw, write)


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


@rule("condition-arguments", "legacy arguments")
def _(draw: Draw, _: Request) -> Request:
    operator, told = pick(
        draw,
        (
            ("EQ", 0),
            ("EQ", 2),
            ("BETWEEN", 1),
            ("BETWEEN", 3),
            ("NULL", 1),
            ("NOT_NULL", 1),
            ("IN", 0),
            ("BEGINS_WITH", 2),
        ),
    )
    return a_legacy_condition(
        draw, {"ComparisonOperator": operator, "AttributeValueList": [s("x") for _ in range(told)]}
    )


@rule("condition-types", "legacy argument types differ")
def _(draw: Draw, _: Request) -> Request:
    operator = pick(draw, ("IN", "BETWEEN"))
    return a_legacy_condition(draw, {"ComparisonOperator": operator, "AttributeValueList": [n(1), s("2")]})


@rule("condition-value-type", "legacy argument type")
def _(draw: Draw, _: Request) -> Request:
    operator, given = pick(
        draw,
        (
            ("LT", {"BOOL": True}),
            ("GE", {"SS": ["x"]}),
            ("BEGINS_WITH", n(1)),
            ("CONTAINS", {"L": []}),
            ("IN", {"M": {}}),
        ),
    )
    return a_legacy_condition(draw, {"ComparisonOperator": operator, "AttributeValueList": [given]})


@rule("between-inverted", "legacy between inverted")
def _(draw: Draw, _: Request) -> Request:
    return a_legacy_condition(draw, {"ComparisonOperator": "BETWEEN", "AttributeValueList": [n(10), n(2)]})


@rule("outside-the-model", "legacy operator unknown")
def _(draw: Draw, _: Request) -> Request:
    operator = pick(draw, ("EQUALS", "eq", "=", ""))
    return a_legacy_condition(draw, {"ComparisonOperator": operator, "AttributeValueList": [n(1)]})


@rule("condition-parameters", "expected exists and operator")
def _(draw: Draw, _: Request) -> Request:
    return expecting(draw, {"Exists": True, "ComparisonOperator": "EQ", "AttributeValueList": [n(1)]})


@rule("condition-parameters", "expected value and list")
def _(draw: Draw, _: Request) -> Request:
    return expecting(draw, {"Value": n(1), "ComparisonOperator": "EQ", "AttributeValueList": [n(1)]})


@rule("condition-parameters", "expected list without operator")
def _(draw: Draw, _: Request) -> Request:
    return expecting(draw, {"AttributeValueList": [n(1)]})


@rule("condition-parameters", "expected without value")
def _(draw: Draw, _: Request) -> Request:
    return expecting(draw, pick(draw, ({"Exists": True}, {})))


@rule("condition-parameters", "expected value of nothing")
def _(draw: Draw, _: Request) -> Request:
    return expecting(draw, {"Exists": False, "Value": n(1)})


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


@rule("update-without-value", "attribute update without value", "UpdateItem")
def _(draw: Draw, request: Request) -> None:
    legacy(request.parameters)
    request.parameters["AttributeUpdates"] = {"extra": pick(draw, ({"Action": "PUT"}, {"Action": "ADD"}, {}))}


@rule("update-action-type", "attribute update type", "UpdateItem")
def _(draw: Draw, request: Request) -> None:
    legacy(request.parameters)
    action, given = pick(
        draw, (("ADD", s("x")), ("ADD", {"BOOL": True}), ("DELETE", n(1)), ("DELETE", {"L": []}), ("ADD", {"M": {}}))
    )
    request.parameters["AttributeUpdates"] = {"extra": {"Action": action, "Value": given}}


@rule("update-of-key", "attribute update of key", "UpdateItem")
def _(draw: Draw, request: Request) -> None:
    part = request.parameters
    legacy(part)
    table = TABLES[part["TableName"]]
    name = pick(draw, table.keys)
    part["AttributeUpdates"] = {name: {"Value": make.key_value(draw, table, name), "Action": "PUT"}}


@rule("outside-the-model", "attribute update action unknown", "UpdateItem")
def _(draw: Draw, request: Request) -> None:
    legacy(request.parameters)
    request.parameters["AttributeUpdates"] = {"extra": {"Action": "SET", "Value": n(1)}}


@rule("legacy-and-expressions", "attribute updates and update expression")
def _(draw: Draw, _: Request) -> Request:
    made = an_update(draw, lambda e: f"SET amount = {e.value(n(1))}")
    part = next(part for _, part, _ in made.parts())
    part["AttributeUpdates"] = {"extra": {"Value": n(1)}}
    return Request("UpdateItem", part)


@rule("key-missing", "in KeyConditions")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    part["KeyConditions"] = {"sk": {"ComparisonOperator": "EQ", "AttributeValueList": [s("o1")]}}
    return Request("Query", part)


@rule("key-partition-operator", "in KeyConditions")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    part["KeyConditions"]["pk"]["ComparisonOperator"] = pick(draw, ("LT", "GE", "BEGINS_WITH"))
    return Request("Query", part)


@rule("key-operator", "key conditions operator")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    operator = pick(draw, ("NE", "CONTAINS", "NOT_CONTAINS", "IN"))
    part["KeyConditions"]["sk"] = {"ComparisonOperator": operator, "AttributeValueList": [s("o1")]}
    return Request("Query", part)


@rule("key-unknown", "key conditions other attribute")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    part["KeyConditions"]["amount"] = {"ComparisonOperator": "EQ", "AttributeValueList": [n(1)]}
    return Request("Query", part)


@rule("key-conditions-count", "key conditions number")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    if often(draw, 3):
        part["KeyConditions"] = {}
    else:
        for name in ("sk", "amount"):
            part["KeyConditions"][name] = {"ComparisonOperator": "EQ", "AttributeValueList": [s("o1")]}
    return Request("Query", part)


@rule("key-value-type", "key conditions type")
def _(draw: Draw, _: Request) -> Request:
    part = legacy_query(draw)
    part["KeyConditions"][pick(draw, ("pk", "sk"))] = {"ComparisonOperator": "EQ", "AttributeValueList": [n(1)]}
    return Request("Query", part)


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


@rule("outside-the-model", "select unknown", *READS)
def _(draw: Draw, request: Request) -> None:
    request.parameters["Select"] = pick(draw, ("ALL", "count", ""))


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
    operation, given = request.operation, request.parameters
    if operation in ("BatchGetItem", "BatchWriteItem"):
        name = next(iter(given["RequestItems"]))
        given["RequestItems"] = {"nothing": given["RequestItems"][name]}
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        next(iter(given["TransactItems"][0].values()))["TableName"] = "nothing"
    else:
        given["TableName"] = pick(draw, ("nothing", "Orders"))


@rule("table-missing", "of any form", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters["TableName"] = pick(draw, ("ab", "nothing-here"))


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


# ---- batches and transactions


@rule("outside-the-model", "26 writes of one table")
def _(draw: Draw, _: Request) -> Request:
    writes = [{"DeleteRequest": {"Key": {"id": s(f"n{at}")}}} for at in range(26)]
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: writes}})


@rule("batch-write-requests", "26 writes of two tables")
def _(draw: Draw, _: Request) -> Request:
    writes = [{"DeleteRequest": {"Key": {"id": s(f"n{at}")}}} for at in range(25)]
    more = [{"DeleteRequest": {"Key": {"number": n(1)}}}]
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: writes, COUNTERS.name: more}})


@rule("batch-write-twice", "batch duplicate writes")
def _(draw: Draw, _: Request) -> Request:
    first, second = (
        {"DeleteRequest": {"Key": {"number": n(1)}}},
        {"PutRequest": {"Item": {"number": n("1.0"), "amount": n(1)}}},
    )
    return Request(
        "BatchWriteItem",
        {"RequestItems": {COUNTERS.name: pick(draw, ([first, second], [first, first], [second, second]))}},
    )


@rule("outside-the-model", "batch empty", "BatchGetItem", "BatchWriteItem")
def _(draw: Draw, request: Request) -> Request:
    empty: Any = {"Keys": []} if request.operation == "BatchGetItem" else []
    return Request(request.operation, {"RequestItems": pick(draw, ({}, {PLAIN.name: empty}))})


@rule("batch-write-one-of", "batch write of nothing")
def _(draw: Draw, _: Request) -> Request:
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: [{}]}})


@rule("batch-write-one-of", "batch write of both")
def _(draw: Draw, _: Request) -> Request:
    both = {"PutRequest": {"Item": {"id": s("z")}}, "DeleteRequest": {"Key": {"id": s("z")}}}
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: [both]}})


@rule("key-schema", "of a PutRequest")
def _(draw: Draw, _: Request) -> Request:
    table = make.table_of(draw)
    name = pick(draw, table.keys)
    made = with_attribute(draw, "BatchWriteItem", name, another_type(draw, table.types[name]), table)
    if often(draw):
        [(_kind, part, _name)] = made.parts()
        del part["Item"][name]
    return made


@rule("key-schema", "of a DeleteRequest")
def _(draw: Draw, _: Request) -> Request:
    key: Part = pick(draw, ({}, {"id": n(1)}, {"id": s("a"), "amount": n(1)}, {"name": s("a")}))
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: [{"DeleteRequest": {"Key": key}}]}})


@rule("key-empty", "of a DeleteRequest")
def _(draw: Draw, _: Request) -> Request:
    return Request("BatchWriteItem", {"RequestItems": {PLAIN.name: [{"DeleteRequest": {"Key": {"id": s("")}}}]}})


@rule("outside-the-model", "101 keys of one table")
def _(draw: Draw, _: Request) -> Request:
    keys = [{"id": s(f"n{at}")} for at in range(101)]
    return Request("BatchGetItem", {"RequestItems": {PLAIN.name: {"Keys": keys}}})


@rule("batch-get-keys", "101 keys of two tables")
def _(draw: Draw, _: Request) -> Request:
    keys = [{"id": s(f"n{at}")} for at in range(100)]
    more = {"Keys": [{"number": n(1)}]}
    return Request("BatchGetItem", {"RequestItems": {PLAIN.name: {"Keys": keys}, COUNTERS.name: more}})


@rule("batch-get-twice", "batch duplicate keys")
def _(draw: Draw, _: Request) -> Request:
    keys = pick(draw, ([{"number": n(1)}, {"number": n("1.0")}], [{"number": n(7)}, {"number": n(7)}]))
    return Request("BatchGetItem", {"RequestItems": {COUNTERS.name: {"Keys": keys}}})


@rule("outside-the-model", "transaction too many actions", "TransactGetItems", "TransactWriteItems")
def _(draw: Draw, request: Request) -> Request:
    kind = "Get" if request.operation == "TransactGetItems" else "Delete"
    actions = [{kind: {"TableName": PLAIN.name, "Key": {"id": s(f"n{at}")}}} for at in range(101)]
    return Request(request.operation, {"TransactItems": actions})


@rule("outside-the-model", "transaction empty", "TransactGetItems", "TransactWriteItems")
def _(draw: Draw, request: Request) -> Request:
    return Request(request.operation, {"TransactItems": []})


@rule("transaction-twice", "transaction item twice")
def _(draw: Draw, _: Request) -> Request:
    put = {"Put": {"TableName": PLAIN.name, "Item": {"id": s("a")}}}
    delete = {"Delete": {"TableName": PLAIN.name, "Key": {"id": s("a")}}}
    check = {"ConditionCheck": {**delete["Delete"], "ConditionExpression": "attribute_exists(id)"}}
    return Request("TransactWriteItems", {"TransactItems": pick(draw, ([put, delete], [check, put], [delete, delete]))})


@rule("outside-the-model", "a Get of nothing")
def _(draw: Draw, _: Request) -> Request:
    return Request("TransactGetItems", {"TransactItems": [{}]})


@rule("transaction-one-of", "an action of nothing")
def _(draw: Draw, _: Request) -> Request:
    return Request("TransactWriteItems", {"TransactItems": [{}]})


@rule("transaction-one-of", "transaction two actions in one")
def _(draw: Draw, _: Request) -> Request:
    both = {
        "Put": {"TableName": PLAIN.name, "Item": {"id": s("z")}},
        "Delete": {"TableName": PLAIN.name, "Key": {"id": s("z")}},
    }
    return Request("TransactWriteItems", {"TransactItems": [both]})


@rule("outside-the-model", "condition check without condition")
def _(draw: Draw, _: Request) -> Request:
    return Request(
        "TransactWriteItems", {"TransactItems": [{"ConditionCheck": {"TableName": PLAIN.name, "Key": {"id": s("a")}}}]}
    )


@rule("outside-the-model", "transaction update without expression")
def _(draw: Draw, _: Request) -> Request:
    return Request(
        "TransactWriteItems", {"TransactItems": [{"Update": {"TableName": PLAIN.name, "Key": {"id": s("a")}}}]}
    )


@rule("key-schema", "of an action")
def _(draw: Draw, _: Request) -> Request:
    key: Part = pick(draw, ({"id": n(1)}, {"id": s("a"), "amount": n(1)}, {"name": s("a")}, {}))
    return deletion(draw, key)


@rule("key-empty", "of an action")
def _(draw: Draw, _: Request) -> Request:
    return deletion(draw, {"id": s("")})


def deletion(draw: Draw, key: Part) -> Request:
    """A transaction that deletes one item, and maybe puts another one before."""
    actions: list[Part] = [{"Delete": {"TableName": PLAIN.name, "Key": key}}]
    if often(draw):
        actions.insert(0, {"Put": {"TableName": COUNTERS.name, "Item": {"number": n(5)}}})
    return Request("TransactWriteItems", {"TransactItems": actions})


@rule("transaction-size", "transaction too large")
def _(draw: Draw, _: Request) -> Request:
    actions = [
        {"Put": {"TableName": PLAIN.name, "Item": {"id": s(f"n{at}"), "extra": s("x" * 390_000)}}} for at in range(11)
    ]
    return Request("TransactWriteItems", {"TransactItems": actions})


@rule("outside-the-model", "token too long", "TransactWriteItems")
def _(draw: Draw, request: Request) -> None:
    request.parameters["ClientRequestToken"] = pick(draw, ("x" * 37, ""))


# ---- limits and segments, and the parameters that say what is returned


@rule("outside-the-model", "limit too small", *READS)
def _(draw: Draw, request: Request) -> None:
    request.parameters["Limit"] = pick(draw, (0, -1))


@rule("segment-alone", "segment without total", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters.pop("TotalSegments", None)
    request.parameters["Segment"] = pick(draw, (0, 1))


@rule("segment-alone", "total without segment", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters.pop("Segment", None)
    request.parameters["TotalSegments"] = 2


@rule("segment-range", "segment too large", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters.update({"Segment": pick(draw, (2, 3)), "TotalSegments": 2})


@rule("outside-the-model", "segment negative", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters.update({"Segment": -1, "TotalSegments": 2})


@rule("outside-the-model", "total segments out of range", "Scan")
def _(draw: Draw, request: Request) -> None:
    request.parameters.update({"Segment": 0, "TotalSegments": pick(draw, (0, 1_000_001))})


@rule("return-values", "return values of put or delete", "PutItem", "DeleteItem")
def _(draw: Draw, request: Request) -> None:
    request.parameters["ReturnValues"] = pick(draw, ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))


@rule("outside-the-model", "return values unknown", "PutItem", "UpdateItem", "DeleteItem")
def _(draw: Draw, request: Request) -> None:
    request.parameters["ReturnValues"] = pick(draw, ("ALL", "all_old", ""))


@rule("outside-the-model", "return consumed capacity unknown", *make.MAKERS)
def _(draw: Draw, request: Request) -> None:
    request.parameters["ReturnConsumedCapacity"] = pick(draw, ("ALL", "total", ""))


@rule(
    "outside-the-model",
    "return item collection metrics unknown",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)
def _(draw: Draw, request: Request) -> None:
    request.parameters["ReturnItemCollectionMetrics"] = pick(draw, ("TRUE", "size"))


@rule("outside-the-model", "return values on failure unknown", "PutItem", "UpdateItem", "DeleteItem")
def _(draw: Draw, request: Request) -> None:
    request.parameters["ReturnValuesOnConditionCheckFailure"] = pick(draw, ("ALL_NEW", "UPDATED_OLD", "x"))


# ---- rules that other parts of the list have not


@rule("binary-not-base64", "in any value")
def _(draw: Draw, _: Request) -> Request:
    return a_value(draw, {"B": pick(draw, ("a", "====", "a b=", "é"))})


@rule("wrong-type", "in any value")
def _(draw: Draw, _: Request) -> Request:
    wrong: Sequence[Value] = (
        {"S": 1},
        {"N": 1},
        {"BOOL": "yes"},
        {"SS": "x"},
        {"L": {}},
        {"M": []},
        {"SS": [1]},
        {"B": 1},
    )
    return a_value(draw, pick(draw, wrong))


@rule("empty-attribute-name", "of an item", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    return with_attribute(draw, request.operation, "", n(1))


@rule("condition-false", "in any write", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
def _(draw: Draw, request: Request) -> None:
    a_condition(draw, request, lambda e: "attribute_exists(extra) AND attribute_not_exists(extra)")


@rule("filter-not-projected", "of a global index", *READS)
def _(draw: Draw, request: Request) -> Request:
    made = reading(draw, request.operation, INDEXES["by_day"])
    text = pick(draw, ("attribute_exists(amount)", "amount = extra", "NOT contains(extra, words)"))
    put_in(made.parameters, "FilterExpression", Expression(draw, "f", text))
    return made


@rule("key-count", "in a key condition")
def _(draw: Draw, _: Request) -> Request:
    return a_query(draw, lambda e: f"{hash_is(e)} AND sk = {e.value(s('o1'))} AND amount = {e.value(n(1))}")


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


@rule("attribute-name-size", "of an item", *ITEMS)
def _(draw: Draw, request: Request) -> Request:
    return with_attribute(draw, request.operation, pick(draw, ("x", "é")) * 65_536, n(1))


@rule("names-size", "in any expression", *EXPRESSED)
def _(draw: Draw, request: Request) -> None:
    a_reference(draw, request)["ExpressionAttributeNames"]["#" + "x" * 255] = "amount"


@rule("values-size", "in any condition", *CONDITIONED)
def _(draw: Draw, request: Request) -> None:
    part = a_condition(draw, request, lambda e: f"amount = {e.value(n(1))}")
    part["ExpressionAttributeValues"][":" + "x" * 255] = n(1)


@rule("sum-digits", "in an update")
def _(draw: Draw, _: Request) -> Request:
    return an_update(draw, lambda e: f"SET amount = amount + {e.value(n('1E-38'))}", "a")


@rule("update-attribute-type", "in AttributeUpdates")
def _(draw: Draw, _: Request) -> Request:
    name, action, given = pick(
        draw, (("amount", "ADD", {"SS": ["x"]}), ("flag", "ADD", n(1)), ("text", "DELETE", {"SS": ["x"]}))
    )
    updates = {name: {"Action": action, "Value": given}}
    return Request("UpdateItem", {"TableName": PLAIN.name, "Key": {"id": s("a")}, "AttributeUpdates": updates})
