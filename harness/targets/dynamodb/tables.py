"""Tables: their keys and indexes, which items fit them, and what they hold.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.targets.dynamodb.refusals import INVALID, Refused
from harness.targets.dynamodb.values import Item, Value, kind_of, size_of, sort_key

PARTITION_KEY_BYTES, SORT_KEY_BYTES = 2048, 1024
TABLE_NAME_LENGTHS, TABLE_NAME = range(3, 256), re.compile(r"[a-zA-Z0-9_.-]+")
NOT_THE_SCHEMA = "The provided key element does not match the schema"


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The attributes of a key. Only those of a global index may have more than one attribute for each part.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""

    partition: tuple[str, ...]
    sort: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        return (*self.partition, *self.sort)


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index.

    Attributes:
        projected: the attributes that it holds beside all keys; None if it holds all.
        is_global: whether it is global, not local.
    """

    name: str
    key: KeySchema
    projected: frozenset[str] | None
    is_global: bool


class Items:
    """The items of one table, by their keys."""

    def __init__(self) -> None:
        self._partitions: dict[Any, dict[Any, Item]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._partitions.values()))

    def __iter__(self) -> Iterator[Item]:
        for partition in self._partitions.values():
            yield from partition.values()

    def __deepcopy__(self, _memo: dict[int, Any]) -> Items:
        copied = Items()
        copied._partitions = {key: dict(partition) for key, partition in self._partitions.items()}
        return copied

    def get(self, key: tuple[Any, Any]) -> Item | None:
        """The item with a key, as `Table.key_of` gives it."""
        return self._partitions.get(key[0], {}).get(key[1])

    def put(self, key: tuple[Any, Any], item: Item | None) -> None:
        """Writes an item, or deletes the one with this key if it is None."""
        if item is not None:
            self._partitions.setdefault(key[0], {})[key[1]] = item
        elif partition := self._partitions.get(key[0]):
            partition.pop(key[1], None)
            if not partition:
                del self._partitions[key[0]]

    def of_partition(self, key: Any) -> Iterable[Item]:
        """The items of one partition key, in any order."""
        return self._partitions.get(key, {}).values()


Changed = Callable[["Item | None", "Item | None"], None]
"""Is called with an item before and after a write that changed it."""


@dataclass(slots=True)
class Table:
    """A table.

    Attributes:
        types: the type of each attribute that is part of a key of the table or of an index.
        changed: is called for each change of an item, in their order.
    """

    name: str
    key: KeySchema
    types: Mapping[str, str]
    indexes: Mapping[str, Index]
    items: Items
    changed: Changed = field(default=lambda _old, _new: None)

    def key_of(self, attributes: Item) -> tuple[Any, Any]:
        """The key in an item or among a request's attributes, by which `items` finds it."""
        return self.partition_of(attributes), tuple(sort_key(attributes[name]) for name in self.key.sort)

    def partition_of(self, attributes: Item) -> Any:
        """The partition key in an item or among a request's attributes, by which `items` finds the partition."""
        return tuple(sort_key(attributes[name]) for name in self.key.partition)

    def write(self, key: tuple[Any, Any], old: Item | None, new: Item | None) -> None:
        """Replaces what the table has under a key: `old`, by `new`."""
        self.items.put(key, new)
        self.changed(old, new)

    def refuse_wrong_key(self, key: Item) -> None:
        """Raises Refused unless a key has exactly the table's key attributes, with valid values."""
        if key.keys() != set(self.key.attributes) or [one for one in key if kind_of(key[one]) != self.types[one]]:
            raise Refused("key-schema", NOT_THE_SCHEMA)
        self._refuse_wrong_sizes(key)

    def refuse_wrong_item(self, item: Item) -> None:
        """Raises Refused unless an item has the table's key, and values of the right types for the indexes' keys."""
        for name in self.key.attributes:
            if name not in item:
                raise Refused("item-key-missing", f"{INVALID}Missing the key {name} in the item")
            kind, expected = kind_of(item[name]), self.types[name]
            if kind != expected:
                message = f"Type mismatch for key {name} expected: {expected} actual: {kind}"
                raise Refused("item-key-type", INVALID + message)
        self._refuse_wrong_sizes(item)
        self.refuse_wrong_index_keys(item)

    def _refuse_wrong_sizes(self, item: Item) -> None:
        for name in self.key.attributes:
            refuse_an_empty_key(name, item[name])
        for name in self.key.partition:
            if size_of(item[name]) > PARTITION_KEY_BYTES:
                message = f"Size of hashkey has exceeded the maximum size limit of{PARTITION_KEY_BYTES} bytes"
                raise Refused("partition-key-size", INVALID + message)
        for name in self.key.sort:
            if size_of(item[name]) > SORT_KEY_BYTES:
                message = f"Aggregated size of all range keys has exceeded the size limit of {SORT_KEY_BYTES} bytes"
                raise Refused("sort-key-size", INVALID + message)

    def refuse_wrong_index_keys(self, item: Item) -> None:
        """Raises Refused unless the attributes of an item that are keys of indexes have values that can be keys."""
        for index in self.indexes.values():
            for name in index.key.attributes:
                if name in item and (refused := self._wrong_index_key(name, item[name], index)):
                    raise refused

    def _wrong_index_key(self, name: str, value: Value, index: Index) -> Refused | None:
        """Why a value of an attribute cannot be in the key of an index; None if it can."""
        if name in self.key.attributes:
            return None
        kind, expected = kind_of(value), self.types[name]
        if kind != expected:
            message = f"Type mismatch for Index Key {name} Expected: {expected} Actual: {kind}"
            return Refused("index-key-type", f"{INVALID}{message} IndexName: {index.name}")
        if (size := size_of(value)) == 0:
            return Refused(
                "index-key-empty",
                "One or more parameter values are not valid. A value specified for a secondary index key is "
                "not supported. The AttributeValue for a key attribute cannot contain an empty "
                f"{_WORDS[kind]} value. IndexName: {index.name}, IndexKey: {name}",
            )
        most = PARTITION_KEY_BYTES if name in index.key.partition else SORT_KEY_BYTES
        if size <= most:
            return None
        message = f"Size of the index key {name} has exceeded the maximum size limit of {most} bytes"
        return Refused("index-key-size", f"{INVALID}{message} IndexName: {index.name}")

    def indexed(self, item: Item, index: Index) -> bool:
        """Whether an item is in an index: it has all key attributes of it. An item that is older than the index may
        have values that cannot be in its key.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.ViolationDetection.html"""
        return not [
            name
            for name in index.key.attributes
            if name not in item or self._wrong_index_key(name, item[name], index) is not None
        ]

    def in_index(self, item: Item, index: Index) -> Item:
        """What an index holds of an item."""
        if index.projected is None:
            return item
        kept = {*self.key.attributes, *index.key.attributes, *index.projected}
        return {name: value for name, value in item.items() if name in kept}

    def start_attributes(self, index: Index | None) -> set[str]:
        """The attributes of ExclusiveStartKey and LastEvaluatedKey."""
        return {*self.key.attributes, *(index.key.attributes if index is not None else ())}

    def scattered(self, attributes: Item) -> int:
        """A number that brings items into an order that looks random, where AWS promises none."""
        return hash_of(tuple(_text(attributes[name]) for name in self.key.attributes))

    def place(self, attributes: Item, index: Index | None) -> tuple[Any, ...]:
        """Where an item is in the order of a Scan of the table or of an index. Items with one partition key are
        together, sorted as a Query returns them. The order of the partition keys looks random, and so does that of items
        with one key in an index."""
        key = self.key if index is None else index.key
        place = (
            hash_of(tuple(_text(attributes[name]) for name in key.partition)),
            *(sort_key(attributes[name]) for name in key.attributes),
        )
        if index is None:
            return place
        return (*place, self.scattered(attributes), *(sort_key(attributes[name]) for name in self.key.attributes))


_WORDS = {"S": "string", "B": "binary"}


def wrong_table_name(name: str) -> str:
    """Why a text can be neither the name nor the ARN of a table, in AWS's words; an empty text if it can. AWS validates
    this before it looks for the table.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    if name.startswith("arn:"):
        return ""
    broken = []
    if len(name) < TABLE_NAME_LENGTHS.start:
        broken.append(f"have length greater than or equal to {TABLE_NAME_LENGTHS.start}")
    if len(name) >= TABLE_NAME_LENGTHS.stop:
        broken.append(f"have length less than or equal to {TABLE_NAME_LENGTHS.stop - 1}")
    if not TABLE_NAME.fullmatch(name):
        broken.append(f"satisfy regular expression pattern: {TABLE_NAME.pattern}")
    if not broken:
        return ""
    problems = [f"Value '{name}' at 'tableName' failed to satisfy constraint: Member must {one}" for one in broken]
    return f"{len(broken)} validation error{'s' * (len(broken) > 1)} detected: {'; '.join(problems)}"


def refuse_an_empty_key(name: str, value: Value) -> None:
    """Raises Refused if a key attribute is an empty string or binary value."""
    if value.get("S") == "" or value.get("B") == "":
        raise Refused(
            "key-empty",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty {_WORDS[kind_of(value)]} value. Key: {name}",
        )


def _text(value: Value) -> str:
    [(kind, inner)] = value.items()
    return f"{kind}{inner}"


@functools.lru_cache(maxsize=4096)
def hash_of(partition: tuple[str, ...]) -> int:
    """A number of 64 bits that stands for a partition key."""
    digest = hashlib.blake2b("\0".join(partition).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
