"""Requests for items that DynamoDB accepts, made at random: all ten operations on the tables of `tables.py`.

DynamoDB may still answer some of them with an error that depends on the items: a condition that does not hold, a path
whose parent is missing. The placeholders of an expression begin with the letter of the parameter that it is in (`LETTERS`):
so an expression can be replaced, together with its names and values.
"""

from __future__ import annotations

import base64
import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.fidelity.tables import ORDERS, TABLES, Index, Table, Value, b, n, s

Draw = Callable[[st.SearchStrategy[Any]], Any]
Part = dict[str, Any]
Path = tuple[str | int, ...]
T = TypeVar("T")

LETTERS = {
    "KeyConditionExpression": "k",
    "FilterExpression": "f",
    "ConditionExpression": "c",
    "ProjectionExpression": "p",
    "UpdateExpression": "u",
}

SAFE = frozenset(
    (
        "id",
        "amount",
        "flag",
        "words",
        "digits",
        "blobs",
        "things",
        "tree",
        "leaf",
        "branch",
        "twigs",
        "pk",
        "sk",
        "customer",
        "country",
        "city",
        "zip",
        "street",
        "note",
        "device",
        "extra",
    )
)
"""Attributes whose names are no reserved words: an expression may hold them as they are."""

ATTRIBUTES = ("text", "amount", "raw", "flag", "none", "words", "digits", "blobs", "things", "tree", "extra")
"""Attributes that are no keys; items have some of them."""

PATHS: Mapping[str, tuple[Path, ...]] = {
    "things": (("things", 0), ("things", 1), ("things", 2, 1), ("things", 3, "inner"), ("things", 9)),
    "tree": (
        *(("tree", "leaf"), ("tree", "branch"), ("tree", "branch", "leaf"), ("tree", "branch", "twigs")),
        *(("tree", "branch", "twigs", 1), ("tree", "missing"), ("tree", "missing", "leaf")),
    ),
    "text": (("text", "leaf"), ("text", 0)),
}
"""Paths into attributes, which some items have."""

STRINGS = ("a", "app", "apple", "banana", "é", "ø", "x", "", "o1", "2026-01-01", "open")
NUMBERS = ("0", "1", "-1", "2", "2.5", "10", "1E+3", "007", "1.50", "-0.5", "99999999999999999999999999999999999999")
BYTES = (b"\x00", b"\x01", b"\x01\x02", b"\xff", b"id", b"")
SCALARS = ("S", "N", "B")
TYPES = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")


@dataclass(frozen=True)
class Request:
    """A request, as it crosses the wire."""

    operation: str
    parameters: Part

    def copied(self) -> Request:
        """A copy that may be changed."""
        return Request(self.operation, copy.deepcopy(self.parameters))

    def parts(self) -> list[tuple[str, Part, str]]:
        """The parts that are about one table: what is done there, its parameters, and the table's name. A part of a batch
        that writes is called PutRequest or DeleteRequest; one of a transaction Put, Update, Delete, ConditionCheck, Get."""
        given = self.parameters
        if self.operation in ("TransactWriteItems", "TransactGetItems"):
            actions = [next(iter(one.items())) for one in given["TransactItems"]]
            return [(kind, part, part["TableName"]) for kind, part in actions]
        if self.operation == "BatchGetItem":
            return [("BatchGetItem", part, name) for name, part in given["RequestItems"].items()]
        if self.operation == "BatchWriteItem":
            return [
                (kind, part, name)
                for name, writes in given["RequestItems"].items()
                for write in writes
                for kind, part in write.items()
            ]
        return [(self.operation, given, given["TableName"])]


def pick(draw: Draw, options: Sequence[T]) -> T:
    """One of several."""
    found: T = draw(st.sampled_from(options))
    return found


def often(draw: Draw, of_ten: int = 5) -> bool:
    """True in some of ten cases; what Hypothesis shrinks becomes False."""
    return bool(draw(st.integers(0, 9)) >= 10 - of_ten)


def some(draw: Draw, options: Sequence[T], least: int = 1, most: int = 3) -> list[T]:
    """A few different ones, in any order."""
    found: list[T] = draw(
        st.lists(st.sampled_from(options), min_size=least, max_size=min(most, len(options)), unique_by=repr)
    )
    return found


def value(draw: Draw, kinds: Sequence[str] = TYPES, depth: int = 0) -> Value:
    """A value of one of these types."""
    kind = pick(draw, kinds if depth < 2 else [one for one in kinds if one not in ("L", "M")] or ("S",))
    if kind == "S":
        return s(pick(draw, STRINGS))
    if kind == "N":
        return n(pick(draw, NUMBERS))
    if kind == "B":
        return b(pick(draw, BYTES))
    if kind == "BOOL":
        return {"BOOL": pick(draw, (True, False))}
    if kind == "SS":
        return {"SS": some(draw, ("x", "y", "z", "é", ""))}
    if kind == "NS":
        return {"NS": some(draw, ("1", "2", "3", "10", "2.5"))}
    if kind == "BS":
        return {"BS": some(draw, ("AA==", "AQ==", "/w=="))}
    if kind == "L":
        return {"L": [value(draw, depth=depth + 1) for _ in range(draw(st.integers(0, 3)))]}
    if kind == "M":
        names = some(draw, ("leaf", "branch", "inner"), 0)
        return {"M": {name: value(draw, depth=depth + 1) for name in names}}
    return {"NULL": True}


@dataclass
class Expression:
    """An expression that is being written, with its names and values."""

    draw: Draw
    letter: str
    text: str = ""
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)

    def path(self, path: Path) -> str:
        """How the expression refers to a path."""
        text = ""
        for step in path:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += ("." if text else "") + self._name(step)
        return text

    def _name(self, name: str) -> str:
        if name in SAFE and not often(self.draw, 3):
            return name
        placeholder = next((one for one, told in self.names.items() if told == name), None)
        if placeholder is None:
            placeholder = f"#{self.letter}{len(self.names)}"
            self.names[placeholder] = name
        return placeholder

    def value(self, given: Value) -> str:
        """How the expression refers to a value."""
        placeholder = f":{self.letter}{len(self.values)}"
        self.values[placeholder] = given
        return placeholder

    def any_path(self, attributes: Sequence[str]) -> str:
        """Any path that begins with one of these attributes."""
        return self.path(path_in(self.draw, attributes))


def path_in(draw: Draw, attributes: Sequence[str]) -> Path:
    """A path that begins with one of these attributes."""
    name = pick(draw, attributes)
    return pick(draw, ((name,), *PATHS.get(name, ())))


def expression(draw: Draw, parameter: str, write: Callable[[Expression], str]) -> Expression:
    """An expression for a parameter."""
    made = Expression(draw, LETTERS[parameter])
    made.text = write(made)
    return made


def put_in(part: Part, parameter: str, made: Expression) -> None:
    """Gives a part an expression; the names and values of the one before go."""
    letter = LETTERS[parameter]
    part[parameter] = made.text
    for where, given in (("ExpressionAttributeNames", made.names), ("ExpressionAttributeValues", made.values)):
        kept = {name: one for name, one in part.get(where, {}).items() if name[1:2] != letter}
        part.pop(where, None)
        if together := {**kept, **given}:
            part[where] = together


def left_out(part: Part, parameter: str) -> None:
    """Takes an expression away, with its names and values."""
    put_in(part, parameter, Expression(lambda strategy: None, LETTERS[parameter]))
    del part[parameter]


def condition(made: Expression, attributes: Sequence[str], depth: int = 0) -> str:
    """A condition on some attributes."""
    draw = made.draw
    kinds = ("compare", "compare", "between", "in", "exists", "type", "begins", "contains", "size")
    kind = pick(draw, kinds if depth >= 2 else (*kinds, "and", "or", "not"))
    if kind in ("and", "or"):
        word = pick(draw, (kind, kind.upper()))
        left, right = condition(made, attributes, depth + 1), condition(made, attributes, depth + 1)
        return f"({left}) {word} {right}" if often(draw) else f"{left} {word} {right}"
    if kind == "not":
        return f"NOT ({condition(made, attributes, depth + 1)})"
    path = made.any_path(attributes)
    if kind == "compare":
        operator = pick(draw, ("=", "<>", "<", "<=", ">", ">="))
        other = made.value(value(draw, TYPES if operator in ("=", "<>") else SCALARS))
        return f"{path} {operator} {other}" if often(draw, 8) else f"{other} {operator} {path}"
    if kind == "between":
        low, high = bounds(draw, pick(draw, SCALARS))
        return f"{path} BETWEEN {made.value(low)} AND {made.value(high)}"
    if kind == "in":
        options = [made.value(value(draw)) for _ in range(draw(st.integers(1, 4)))]
        return f"{path} IN ({', '.join(options)})"
    if kind == "exists":
        return f"{pick(draw, ('attribute_exists', 'attribute_not_exists'))}({path})"
    if kind == "type":
        return f"attribute_type({path}, {made.value(s(pick(draw, TYPES)))})"
    if kind == "begins":
        return f"begins_with({path}, {made.value(value(draw, ('S', 'B')))})"
    if kind == "contains":
        return f"contains({path}, {made.value(value(draw, SCALARS))})"
    return f"size({path}) {pick(draw, ('=', '<>', '<', '<=', '>', '>='))} {made.value(n(draw(st.integers(0, 5))))}"


def bounds(draw: Draw, kind: str) -> tuple[Value, Value]:
    """Two values of a type, the smaller one first."""
    first, second = value(draw, (kind,)), value(draw, (kind,))
    return (first, second) if rank(first) <= rank(second) else (second, first)


def rank(given: Value) -> Any:
    """What sorts values of one scalar type as DynamoDB sorts them."""
    [(kind, inner)] = given.items()
    if kind == "N":
        return Decimal(inner)
    if kind == "S":
        return inner.encode()
    return base64.b64decode(inner)


def projection(made: Expression, attributes: Sequence[str]) -> str:
    """Paths of which none is within another."""
    paths: list[Path] = []
    for path in [path_in(made.draw, attributes) for _ in range(made.draw(st.integers(1, 4)))]:
        if not any(overlap(path, other) for other in paths):
            paths.append(path)
    return ", ".join(made.path(path) for path in paths)


def overlap(one: Path, other: Path) -> bool:
    """Whether two paths may not be in one expression: one within the other, or a name where the other has an index."""
    for left, right in zip(one, other, strict=False):
        if isinstance(left, int) is not isinstance(right, int):
            return True
        if left != right:
            return False
    return True


def update(made: Expression, table: Table, attributes: Sequence[str] = ATTRIBUTES) -> str:
    """An update expression that touches no key of the table."""
    draw = made.draw
    clauses: dict[str, list[str]] = {}
    keys = {name for index in table.indexes for name in (*index.hashes, *index.ranges)} - set(table.keys)
    for name in some(draw, (*attributes, *sorted(keys)), 1, 4):
        action = pick(draw, ("SET", "SET", "SET", "REMOVE") + (() if name in keys else ("ADD", "DELETE")))
        path = (name,) if name in keys else path_in(draw, (name,))
        target = made.path(path)
        if action == "SET":
            text = f"{target} = {made.value(key_value(draw, table, name)) if name in keys else assigned(made, name)}"
        elif action == "REMOVE":
            text = target
        elif action == "ADD":
            text = f"{target} {made.value(value(draw, ('N', 'SS', 'NS', 'BS')))}"
        else:
            text = f"{target} {made.value(value(draw, ('SS', 'NS', 'BS')))}"
        clauses.setdefault(action, []).append(text)
    return " ".join(f"{pick(draw, (action, action.lower()))} {', '.join(parts)}" for action, parts in clauses.items())


def _updating(table: Table, made: Expression) -> str:
    return update(made, table)


def assigned(made: Expression, name: str) -> str:
    """What an update sets an attribute to."""
    draw = made.draw
    kind = pick(draw, ("value", "value", "path", "plus", "minus", "default", "counter", "append", "prepend"))
    if kind == "value":
        return made.value(value(draw))
    if kind == "path":
        return made.any_path(ATTRIBUTES)
    if kind in ("plus", "minus"):
        return f"{made.path((name,))} {'+' if kind == 'plus' else '-'} {made.value(value(draw, ('N',)))}"
    if kind == "default":
        return f"if_not_exists({made.any_path(ATTRIBUTES)}, {made.value(value(draw))})"
    if kind == "counter":
        start = f"if_not_exists({made.path((name,))}, {made.value(n(0))})"
        return f"{start} + {made.value(value(draw, ('N',)))}"
    items = made.value(value(draw, ("L",)))
    old = made.path((name,)) if often(draw) else f"if_not_exists({made.path((name,))}, {made.value({'L': []})})"
    return f"list_append({old}, {items})" if kind == "append" else f"list_append({items}, {old})"


def key_value(draw: Draw, table: Table, name: str) -> Value:
    """A value for a key attribute: one that an item has, or a new one; never an empty one."""
    told = [item[name] for item in table.items if name in item]
    kind = table.types[name]
    new = {"S": s("new"), "N": n("42"), "B": b(b"new")}[kind]
    return pick(draw, (*told, new))


def key(draw: Draw, table: Table) -> dict[str, Value]:
    """A primary key: often one of an item that the table has at first."""
    if often(draw, 7):
        return table.key(pick(draw, table.items))
    return {name: key_value(draw, table, name) for name in table.keys}


def item(draw: Draw, table: Table) -> dict[str, Value]:
    """An item that the table accepts."""
    made = key(draw, table)
    names = some(draw, [name for name in table.types if name not in table.keys], 0, 5) if table.indexes else []
    made.update({name: key_value(draw, table, name) for name in names})
    made.update({name: value(draw) for name in some(draw, ATTRIBUTES, 0, 5)})
    return made


def table_of(draw: Draw) -> Table:
    """One of the tables."""
    return pick(draw, tuple(TABLES.values()))


def _with_condition(draw: Draw, part: Part, table: Table, of_ten: int = 5) -> None:
    if often(draw, of_ten):
        attributes = (*ATTRIBUTES, *table.types)
        put_in(part, "ConditionExpression", expression(draw, "ConditionExpression", lambda e: condition(e, attributes)))


def _with_projection(draw: Draw, part: Part, attributes: Sequence[str], of_ten: int = 5) -> None:
    if often(draw, of_ten):
        put_in(
            part, "ProjectionExpression", expression(draw, "ProjectionExpression", lambda e: projection(e, attributes))
        )


def legacy_condition(draw: Draw) -> Part:
    """A condition of QueryFilter, ScanFilter or Expected."""
    operator = pick(
        draw,
        (
            "EQ",
            "NE",
            "LT",
            "LE",
            "GT",
            "GE",
            "BETWEEN",
            "IN",
            "NULL",
            "NOT_NULL",
            "CONTAINS",
            "NOT_CONTAINS",
            "BEGINS_WITH",
        ),
    )
    found: Part = {"ComparisonOperator": operator}
    if operator in ("NULL", "NOT_NULL"):
        return found
    kind = pick(draw, ("S", "B") if operator == "BEGINS_WITH" else SCALARS)
    if operator == "BETWEEN":
        found["AttributeValueList"] = list(bounds(draw, kind))
    elif operator == "IN":
        found["AttributeValueList"] = [value(draw, (kind,)) for _ in range(draw(st.integers(1, 3)))]
    else:
        found["AttributeValueList"] = [value(draw, (kind,))]
    return found


def _expected(draw: Draw, part: Part) -> None:
    conditions: dict[str, Part] = {}
    for name in some(draw, ATTRIBUTES, 1, 2):
        shape = pick(draw, ("operator", "value", "missing"))
        if shape == "operator":
            conditions[name] = legacy_condition(draw)
        elif shape == "value":
            conditions[name] = {"Value": value(draw), **({"Exists": True} if often(draw) else {})}
        else:
            conditions[name] = {"Exists": False}
    part["Expected"] = conditions
    if len(conditions) > 1 and often(draw):
        part["ConditionalOperator"] = pick(draw, ("AND", "OR"))


def _reported(draw: Draw, part: Part, options: Sequence[str]) -> None:
    if often(draw, 6):
        part["ReturnValues"] = pick(draw, options)
    if "ConditionExpression" in part and often(draw):
        part["ReturnValuesOnConditionCheckFailure"] = pick(draw, ("ALL_OLD", "NONE"))


def put_item(draw: Draw) -> Request:
    """A PutItem."""
    table = table_of(draw)
    part: Part = {"TableName": table.name, "Item": item(draw, table)}
    if often(draw, 2):
        _expected(draw, part)
    else:
        _with_condition(draw, part, table)
    _reported(draw, part, ("NONE", "ALL_OLD"))
    return Request("PutItem", part)


def delete_item(draw: Draw) -> Request:
    """A DeleteItem."""
    table = table_of(draw)
    part: Part = {"TableName": table.name, "Key": key(draw, table)}
    if often(draw, 2):
        _expected(draw, part)
    else:
        _with_condition(draw, part, table)
    _reported(draw, part, ("NONE", "ALL_OLD"))
    return Request("DeleteItem", part)


def update_item(draw: Draw) -> Request:
    """An UpdateItem."""
    table = table_of(draw)
    part: Part = {"TableName": table.name, "Key": key(draw, table)}
    if often(draw, 2):
        part["AttributeUpdates"] = {name: legacy_update(draw) for name in some(draw, ATTRIBUTES, 1, 3)}
        if often(draw, 3):
            _expected(draw, part)
    elif often(draw, 9):
        put_in(part, "UpdateExpression", expression(draw, "UpdateExpression", lambda e: update(e, table)))
        _with_condition(draw, part, table)
    _reported(draw, part, ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"))
    return Request("UpdateItem", part)


def legacy_update(draw: Draw) -> Part:
    """An action of AttributeUpdates."""
    action = pick(draw, ("PUT", "ADD", "DELETE", None))
    if action == "DELETE" and often(draw):
        return {"Action": action}
    kinds = {"ADD": ("N", "SS", "NS", "BS", "L"), "DELETE": ("SS", "NS", "BS")}.get(action or "", TYPES)
    return {"Value": value(draw, kinds), **({} if action is None else {"Action": action})}


def get_item(draw: Draw) -> Request:
    """A GetItem."""
    table = table_of(draw)
    part: Part = {"TableName": table.name, "Key": key(draw, table)}
    _reading(draw, part, (*ATTRIBUTES, *table.keys), older=often(draw, 2))
    return Request("GetItem", part)


def _reading(draw: Draw, part: Part, attributes: Sequence[str], *, older: bool) -> None:
    if older:
        part["AttributesToGet"] = some(draw, attributes, 1, 3)
    else:
        _with_projection(draw, part, attributes)
    if often(draw, 3):
        part["ConsistentRead"] = pick(draw, (True, False))


def visible(table: Table, index: Index | None) -> tuple[str, ...]:
    """The attributes that a read of a table or an index may ask for: a local index fetches the others from the table."""
    return filterable(table, None if index is not None and index.local else index)


def filterable(table: Table, index: Index | None) -> tuple[str, ...]:
    """The attributes that a filter may use: no index fetches others for it."""
    if index is None or index.attributes is None:
        return (*ATTRIBUTES, *table.types)
    return (*index.attributes, *index.hashes, *index.ranges, *table.keys)


def schema_of(table: Table, index: Index | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The partition and sort key attributes of a table or an index."""
    if index is None:
        return (table.hash,), () if table.range is None else (table.range,)
    return index.hashes, index.ranges


def query(draw: Draw, table: Table | None = None, index: Index | None = None) -> Request:
    """A Query of a table or one of its indexes."""
    if table is None:
        table = pick(draw, (*TABLES.values(), ORDERS, ORDERS))
        index = pick(draw, (None, *table.indexes)) if table.indexes else None
    part: Part = {"TableName": table.name}
    if index is not None:
        part["IndexName"] = index.name
    hashes, ranges = schema_of(table, index)
    if often(draw, 2) and len(hashes) == 1 and len(ranges) <= 1:
        part["KeyConditions"] = _key_conditions(draw, table, hashes[0], ranges)
    else:
        made = expression(draw, "KeyConditionExpression", lambda e: key_condition(e, table, hashes, ranges))
        put_in(part, "KeyConditionExpression", made)
    attributes = [name for name in filterable(table, index) if name not in (*hashes, *ranges)]
    if "KeyConditions" in part and often(draw):
        part["QueryFilter"] = {name: legacy_condition(draw) for name in some(draw, attributes, 1, 2)}
        if len(part["QueryFilter"]) > 1 and often(draw):
            part["ConditionalOperator"] = pick(draw, ("AND", "OR"))
    elif "KeyConditions" not in part and often(draw):
        put_in(part, "FilterExpression", expression(draw, "FilterExpression", lambda e: condition(e, attributes)))
    _selecting(draw, part, table, index)
    if often(draw, 3):
        part["ScanIndexForward"] = pick(draw, (False, True))
    if often(draw, 3):
        part["Limit"] = draw(st.integers(1, 4))
    if index is None:  # items with one index key are in any order: what comes after one of them may differ
        _starting(draw, part, table)
    return Request("Query", part)


def _starting(draw: Draw, part: Part, table: Table) -> None:
    """Lets a Query start after an item of its partition."""
    start = pick(draw, table.items)
    if often(draw, 3) and _selected(start, _wanted(part)):
        part["ExclusiveStartKey"] = table.key(start)


def _selected(item: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
    return all(item.get(name) == given for name, given in wanted.items())


def _wanted(part: Part) -> dict[str, Value]:
    """The values that a key condition asks for with `=`."""
    if "KeyConditions" in part:
        return {
            name: one["AttributeValueList"][0]
            for name, one in part["KeyConditions"].items()
            if one["ComparisonOperator"] == "EQ"
        }
    found = {}
    for one in part["KeyConditionExpression"].split(" AND "):
        name, operator, placeholder = (*one.split(" "), "", "")[:3]
        if operator == "=":
            name = part.get("ExpressionAttributeNames", {}).get(name, name)
            found[name] = part["ExpressionAttributeValues"].get(placeholder)
    return found


def _key_conditions(draw: Draw, table: Table, hash_name: str, ranges: Sequence[str]) -> Part:
    found: Part = {hash_name: {"ComparisonOperator": "EQ", "AttributeValueList": [key_value(draw, table, hash_name)]}}
    for name in ranges:
        operators = ("EQ", "LT", "LE", "GT", "GE", "BETWEEN") + (() if table.types[name] == "N" else ("BEGINS_WITH",))
        operator = pick(draw, operators)
        if operator == "BETWEEN":
            first, second = key_value(draw, table, name), key_value(draw, table, name)
            told = sorted((first, second), key=rank)
        else:
            told = [key_value(draw, table, name)]
        if often(draw, 7):
            found[name] = {"ComparisonOperator": operator, "AttributeValueList": told}
    return found


def key_condition(made: Expression, table: Table, hashes: Sequence[str], ranges: Sequence[str]) -> str:
    """A key condition: each partition key attribute, and the first few sort key attributes."""
    draw = made.draw
    parts = [f"{made.path((name,))} = {made.value(key_value(draw, table, name))}" for name in hashes]
    used = ranges[: draw(st.integers(0, len(ranges)))]
    parts += [f"{made.path((name,))} = {made.value(key_value(draw, table, name))}" for name in used[:-1]]
    parts += [sort_condition(made, table, name) for name in used[-1:]]
    return " AND ".join(parts[::-1] if often(draw, 2) else parts)


def sort_condition(made: Expression, table: Table, name: str) -> str:
    """A condition on a sort key attribute."""
    draw, path = made.draw, made.path((name,))
    kinds = ("=", "<", "<=", ">", ">=", "between") + (() if table.types[name] == "N" else ("begins_with",))
    kind = pick(draw, kinds)
    if kind == "between":
        low, high = sorted((key_value(draw, table, name), key_value(draw, table, name)), key=rank)
        return f"{path} BETWEEN {made.value(low)} AND {made.value(high)}"
    given = made.value(key_value(draw, table, name))
    return f"begins_with({path}, {given})" if kind == "begins_with" else f"{path} {kind} {given}"


def _selecting(draw: Draw, part: Part, table: Table, index: Index | None) -> None:
    """Adds what is returned: a projection, or Select; and ConsistentRead where it is allowed."""
    attributes = visible(table, index)
    legacy = "KeyConditions" in part or "ScanFilter" in part
    if often(draw, 4):
        if legacy:
            part["AttributesToGet"] = some(draw, attributes, 1, 3)
        else:
            _with_projection(draw, part, attributes, 10)
        if often(draw, 3):
            part["Select"] = "SPECIFIC_ATTRIBUTES"
    elif often(draw, 4):
        options = ["COUNT"]
        if index is None or index.local or index.attributes is None:
            options.append("ALL_ATTRIBUTES")
        if index is not None:
            options.append("ALL_PROJECTED_ATTRIBUTES")
        part["Select"] = pick(draw, options)
    if (index is None or index.local) and often(draw, 3):
        part["ConsistentRead"] = pick(draw, (True, False))


def scan(draw: Draw) -> Request:
    """A Scan of a table or one of its indexes."""
    table = table_of(draw)
    index = pick(draw, (None, *table.indexes)) if table.indexes else None
    part: Part = {"TableName": table.name}
    if index is not None:
        part["IndexName"] = index.name
    attributes = filterable(table, index)
    if often(draw, 2):
        part["ScanFilter"] = {name: legacy_condition(draw) for name in some(draw, attributes, 1, 2)}
        if len(part["ScanFilter"]) > 1 and often(draw):
            part["ConditionalOperator"] = pick(draw, ("AND", "OR"))
    elif often(draw):
        put_in(part, "FilterExpression", expression(draw, "FilterExpression", lambda e: condition(e, attributes)))
    _selecting(draw, part, table, index)
    if often(draw, 3):
        part["Limit"] = draw(st.integers(1, 4))
    if often(draw, 2):
        part["TotalSegments"] = draw(st.integers(1, 3))
        part["Segment"] = 0
    return Request("Scan", part)


def _different_keys(draw: Draw, table: Table, most: int) -> list[dict[str, Value]]:
    found: list[dict[str, Value]] = []
    for made in [key(draw, table) for _ in range(draw(st.integers(1, most)))]:
        if made not in found:
            found.append(made)
    return found


def batch_get_item(draw: Draw) -> Request:
    """A BatchGetItem."""
    asked: Part = {}
    older = often(draw, 2)
    for table in some(draw, tuple(TABLES.values()), 1, 2):
        asked[table.name] = {"Keys": _different_keys(draw, table, 4)}
        _reading(draw, asked[table.name], (*ATTRIBUTES, *table.keys), older=older)
    return Request("BatchGetItem", {"RequestItems": asked})


def batch_write_item(draw: Draw) -> Request:
    """A BatchWriteItem."""
    asked: Part = {}
    for table in some(draw, tuple(TABLES.values()), 1, 2):
        writes: list[Part] = []
        for made in _different_keys(draw, table, 3):
            if often(draw):
                writes.append({"PutRequest": {"Item": {**item(draw, table), **made}}})
            else:
                writes.append({"DeleteRequest": {"Key": made}})
        asked[table.name] = writes
    return Request("BatchWriteItem", {"RequestItems": asked})


def _different_items(draw: Draw) -> Iterator[tuple[Table, dict[str, Value]]]:
    seen = []
    for _ in range(draw(st.integers(1, 4))):
        table = table_of(draw)
        made = (table.name, key(draw, table))
        if made not in seen:
            seen.append(made)
            yield table, made[1]


def transact_write_items(draw: Draw) -> Request:
    """A TransactWriteItems."""
    actions: list[Part] = []
    for table, made in _different_items(draw):
        kind = pick(draw, ("Put", "Update", "Delete", "ConditionCheck"))
        part: Part = {"TableName": table.name}
        if kind == "Put":
            part["Item"] = {**item(draw, table), **made}
        else:
            part["Key"] = made
        if kind == "Update":
            put_in(part, "UpdateExpression", expression(draw, "UpdateExpression", functools.partial(_updating, table)))
        _with_condition(draw, part, table, 10 if kind == "ConditionCheck" else 3)
        if "ConditionExpression" in part and often(draw):
            part["ReturnValuesOnConditionCheckFailure"] = pick(draw, ("ALL_OLD", "NONE"))
        actions.append({kind: part})
    return Request("TransactWriteItems", {"TransactItems": actions})


def transact_get_items(draw: Draw) -> Request:
    """A TransactGetItems."""
    actions: list[Part] = []
    for table, made in _different_items(draw):
        part: Part = {"TableName": table.name, "Key": made}
        _with_projection(draw, part, (*ATTRIBUTES, *table.keys))
        actions.append({"Get": part})
    return Request("TransactGetItems", {"TransactItems": actions})


MAKERS: Mapping[str, Callable[[Draw], Request]] = {
    "GetItem": get_item,
    "PutItem": put_item,
    "UpdateItem": update_item,
    "DeleteItem": delete_item,
    "Query": query,
    "Scan": scan,
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
}
"""How a request of each operation is made."""


@st.composite
def right(draw: Draw) -> Request:
    """A request of any operation."""
    return MAKERS[pick(draw, sorted(MAKERS))](draw)


def written(request: Request) -> list[Table]:
    """The tables that a request may change, however wrong it is."""
    if request.operation not in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"):
        return []
    text = repr(request.parameters)
    return [table for name, table in TABLES.items() if repr(name) in text]
