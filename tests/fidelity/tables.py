"""The small tables that generated requests are about, with their items. Values are in the form that crosses the wire."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Value = Mapping[str, Any]
Item = Mapping[str, Value]


@dataclass(frozen=True)
class Index:
    """A secondary index. `attributes` are those that it projects besides keys; None means all, () only keys."""

    name: str
    hashes: tuple[str, ...]
    ranges: tuple[str, ...] = ()
    attributes: tuple[str, ...] | None = None
    local: bool = False


@dataclass(frozen=True)
class Table:
    """A table: `types` has the type of each attribute that is a key of it or of an index."""

    name: str
    hash: str
    range: str | None
    types: Mapping[str, str]
    items: tuple[Item, ...]
    indexes: tuple[Index, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The attributes of the primary key."""
        return (self.hash,) if self.range is None else (self.hash, self.range)

    def key(self, item: Item) -> dict[str, Value]:
        """The primary key of an item."""
        return {name: item[name] for name in self.keys}

    def creation(self) -> dict[str, Any]:
        """The parameters of CreateTable."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeySchema": schema((self.hash,), self.keys[1:]),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.types.items()
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        for local, parameter in ((True, "LocalSecondaryIndexes"), (False, "GlobalSecondaryIndexes")):
            if indexes := [one for one in self.indexes if one.local is local]:
                request[parameter] = [_described(one) for one in indexes]
        return request


def schema(hashes: tuple[str, ...], ranges: tuple[str, ...]) -> list[dict[str, str]]:
    """A key schema."""
    return [
        *({"AttributeName": name, "KeyType": "HASH"} for name in hashes),
        *({"AttributeName": name, "KeyType": "RANGE"} for name in ranges),
    ]


def _described(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": "ALL"}
    if index.attributes == ():
        projection = {"ProjectionType": "KEYS_ONLY"}
    elif index.attributes is not None:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.attributes)}
    return {"IndexName": index.name, "KeySchema": schema(index.hashes, index.ranges), "Projection": projection}


def b(raw: bytes) -> Value:
    """A binary value."""
    return {"B": base64.b64encode(raw).decode()}


def s(text: str) -> Value:
    """A string value."""
    return {"S": text}


def n(text: str | int) -> Value:
    """A number value."""
    return {"N": str(text)}


PLAIN = Table(
    "plain",
    "id",
    None,
    {"id": "S"},
    (
        {"id": s("a"), "text": s("apple"), "amount": n(1), "raw": b(b"\x01\x02"), "flag": {"BOOL": True}},
        {
            "id": s("b"),
            "text": s("é"),
            "amount": n("-2.5"),
            "raw": b(b"\xff"),
            "flag": {"BOOL": False},
            "none": {"NULL": True},
        },
        {
            "id": s("c"),
            "text": s(""),
            "amount": n(0),
            "words": {"SS": ["x", "y", "z"]},
            "digits": {"NS": ["1", "2", "3"]},
            "blobs": {"BS": ["AA==", "AQ=="]},
        },
        {
            "id": s("d"),
            "things": {"L": [n(1), s("two"), {"L": [n(3), n(4)]}, {"M": {"inner": s("deep")}}]},
            "tree": {"M": {"leaf": n(7), "branch": {"M": {"leaf": s("green"), "twigs": {"L": [n(1), n(2)]}}}}},
        },
        {"id": s("e"), "text": n(5), "amount": s("many"), "words": {"L": [s("x")]}, "tree": s("none")},
        {"id": s("f"), "text": s("app"), "amount": n("1E+3"), "things": {"L": []}, "tree": {"M": {}}},
    ),
)

ORDERS = Table(
    "orders",
    "pk",
    "sk",
    {
        **dict.fromkeys(("pk", "sk", "state", "day", "customer", "country", "city", "street"), "S"),
        **dict.fromkeys(("total", "zip"), "N"),
    },
    (
        {
            "pk": s("c1"),
            "sk": s("o1"),
            "state": s("open"),
            "total": n(10),
            "day": s("2026-01-01"),
            "customer": s("ann"),
            "country": s("no"),
            "city": s("oslo"),
            "zip": n(150),
            "street": s("a"),
            "note": s("first"),
            "amount": n(3),
            "text": s("apple"),
        },
        {
            "pk": s("c1"),
            "sk": s("o2"),
            "state": s("open"),
            "total": n(20),
            "day": s("2026-01-01"),
            "customer": s("ann"),
            "country": s("no"),
            "city": s("oslo"),
            "zip": n(150),
            "street": s("b"),
            "amount": n(4),
            "words": {"SS": ["x", "y"]},
        },
        {
            "pk": s("c1"),
            "sk": s("o3"),
            "state": s("done"),
            "total": n("30.5"),
            "day": s("2026-01-02"),
            "customer": s("bob"),
            "country": s("no"),
            "city": s("oslo"),
            "zip": n(160),
            "street": s("a"),
            "tree": {"M": {"leaf": n(1)}},
            "things": {"L": [n(1), n(2)]},
        },
        {"pk": s("c1"), "sk": s("p1"), "state": s("open"), "text": s("banana")},
        {"pk": s("c1"), "sk": s("p2"), "total": n(-5), "customer": s("ann")},
        {
            "pk": s("c2"),
            "sk": s("o1"),
            "state": s("done"),
            "total": n(5),
            "day": s("2026-01-02"),
            "customer": s("ann"),
            "country": s("no"),
            "city": s("moss"),
            "zip": n(1),
            "street": s("c"),
            "amount": n(9),
        },
        {
            "pk": s("c2"),
            "sk": s("ø"),
            "state": s("open"),
            "total": n(15),
            "day": s("2026-01-03"),
            "customer": s("bob"),
            "country": s("se"),
            "city": s("lund"),
            "zip": n(7),
            "street": s("d"),
            "flag": {"BOOL": True},
        },
        {"pk": s("c3"), "sk": s("o9"), "none": {"NULL": True}},
    ),
    (
        Index("by_state", ("state",), ("total",)),
        Index("by_day", ("day",), (), ()),
        Index("by_customer", ("customer",), ("total",), ("note", "amount")),
        Index("by_place", ("country", "city"), ("zip", "street")),
        Index("own_total", ("pk",), ("total",), (), local=True),
        Index("own_state", ("pk",), ("state",), ("text",), local=True),
        Index("own_day", ("pk",), ("day",), None, local=True),
    ),
)

METRICS = Table(
    "metrics",
    "device",
    "at",
    {"device": "S", "at": "N"},
    (
        {"device": s("d1"), "at": n(-1), "amount": n(1)},
        {"device": s("d1"), "at": n(2), "amount": n(2), "flag": {"BOOL": True}},
        {"device": s("d1"), "at": n("2.5"), "text": s("half")},
        {"device": s("d1"), "at": n(10), "amount": n("0.1"), "digits": {"NS": ["1", "10"]}},
        {"device": s("d1"), "at": n(1000), "things": {"L": [s("a"), s("b")]}},
        {"device": s("d2"), "at": n(0)},
    ),
)

BLOBS = Table(
    "blobs",
    "id",
    "part",
    {"id": "B", "part": "B"},
    (
        {"id": b(b"\x00"), "part": b(b"\x01"), "text": s("one")},
        {"id": b(b"\x00"), "part": b(b"\x01\x02"), "amount": n(2)},
        {"id": b(b"\x00"), "part": b(b"\xff"), "raw": b(b"")},
        {"id": b(b"id"), "part": b(b"\x01")},
    ),
)

COUNTERS = Table(
    "counters",
    "number",
    None,
    {"number": "N"},
    ({"number": n(1), "amount": n(1)}, {"number": n("-0.5"), "amount": n(2)}, {"number": n(100), "text": s("c")}),
)

TABLES: Mapping[str, Table] = {one.name: one for one in (PLAIN, ORDERS, METRICS, BLOBS, COUNTERS)}
