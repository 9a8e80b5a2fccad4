"""PutItem, UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.targets.dynamodb import legacy
from harness.targets.dynamodb.capacity import Consumed, read_units
from harness.targets.dynamodb.evaluation import holds, projected, updated
from harness.targets.dynamodb.expressions import CONDITION, UPDATE, Change, Condition, Expressions, Literal, paths_in
from harness.targets.dynamodb.reads import TRANSACTION_BYTES, FindTable, cancelled, refuse_paths_into_keys
from harness.targets.dynamodb.refusals import INVALID, Refused, Undecided
from harness.targets.dynamodb.tables import Table, refuse_an_empty_key
from harness.targets.dynamodb.values import (
    ITEM_BYTES,
    Item,
    checked_item,
    refuse_a_large_item,
    same_items,
    size_of,
    size_of_item,
)

BATCH_WRITES = 25
BATCHED: Mapping[str, str] = {"PutRequest": "Put", "DeleteRequest": "Delete"}
ACTIONS = ("ConditionCheck", "Put", "Update", "Delete")
UPDATE_BYTES_IN_DOUBT = 64
"""In some Regions, UpdateItem refuses items that are smaller than the limit by less than this for each change.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items"""


@dataclass(frozen=True, slots=True)
class Write:
    """One write, validated as far as that is possible without its table.

    Attributes:
        kind: `Put`, `Update`, `Delete` or `ConditionCheck`.
        attributes: the item of a Put; otherwise the key.
        changes: what an Update does.
        tells_item: whether a failed condition answers with the item.
    """

    kind: str
    table_name: str
    attributes: Item
    condition: Condition | None
    changes: Sequence[Change]
    tells_item: bool

    @property
    def size(self) -> int:
        """How many bytes of attributes and values the request holds for this write."""
        values = [one.operand.value for one in self.changes if isinstance(one.operand, Literal)]
        return size_of_item(self.attributes) + sum(map(size_of, values))

    def refuse_for(self, table: Table) -> None:
        """Raises Refused unless the write fits its table."""
        if self.kind == "Put":
            table.refuse_wrong_item(self.attributes)
            return
        table.refuse_wrong_key(self.attributes)
        for change in self.changes:
            name = change.path[0]
            operands = [] if change.operand is None else paths_in(change.operand)
            refuse_paths_into_keys((change.path, *operands), table)
            if name in table.key.attributes:
                message = f"Cannot update attribute {name}. This attribute is part of the key"
                raise Refused("update-of-key", INVALID + message)

    def outcome(self, table: Table, old: Item | None) -> Item | None:
        """The item after the write; None if there is none.

        Raises:
            Refused: its condition is false, or it does not fit the item.
        """
        if not holds(self.condition, old or {}):
            details = {"Item": old} if self.tells_item and old is not None else {}
            message = "The conditional request failed"
            raise Refused("condition-false", message, "ConditionalCheckFailedException", **details)
        if self.kind == "ConditionCheck":
            return old
        if self.kind == "Delete":
            return None
        if self.kind == "Put":
            return self.attributes
        if old is None and self.changes and not [one for one in self.changes if one.action in ("SET", "ADD")]:
            return None
        new = updated(self.changes, self.attributes if old is None else old)
        try:
            table.refuse_wrong_index_keys(new)
        except Refused as refused:
            raise _of_an_update(refused, self.changes, table) from refused
        if size_of_item(new) > ITEM_BYTES:
            raise Refused("update-item-size", "Item size to update has exceeded the maximum allowed size")
        return new


def _of_an_update(refused: Refused, changes: Sequence[Change], table: Table) -> Refused:
    """How an update is refused that gives an index key a value that cannot be one. A wrong type is named where the
    request itself gives the value."""
    if refused.rule == "index-key-empty":
        what = "binary" if "empty binary" in refused.message else "string"
        return Refused(
            refused.rule,
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key "
            "to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
            f"{what} value.",
        )
    given = [one.path[0] for one in changes if isinstance(one.operand, Literal) and len(one.path) == 1]
    if refused.rule != "index-key-type" or [name for name in given if name in table.types]:
        return refused
    message = "The update expression attempted to update the secondary index key to unsupported type"
    return Refused(refused.rule, message)


def write_of(kind: str, parameters: Mapping[str, Any]) -> Write:
    """A write from the parameters of PutItem, UpdateItem or DeleteItem, or from an action of a transaction.

    Raises:
        Refused: DynamoDB does not accept it, whatever its table is.
    """
    legacy.refuse_mixed(parameters)
    member = "Item" if kind == "Put" else "Key"
    attributes = checked_item(parameters[member], member)
    if kind != "Put":
        for name, value in attributes.items():
            refuse_an_empty_key(name, value)
    else:
        refuse_a_large_item(attributes)
    older = legacy.filter_of(parameters, "Expected"), legacy.changes_of(parameters)
    expressions = Expressions(parameters, (UPDATE, CONDITION) if kind == "Update" else (CONDITION,))
    condition = expressions.conditions.get(CONDITION, older[0])
    changes = older[1] if expressions.changes is None else expressions.changes
    tells_item = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Write(kind, parameters["TableName"], attributes, condition, changes or (), tells_item)


def write_item(kind: str, find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers PutItem, UpdateItem and DeleteItem."""
    wanted = parameters.get("ReturnValues") or "NONE"
    if kind != "Update" and wanted not in ("NONE", "ALL_OLD"):
        raise Refused("return-values", "ReturnValues can only be ALL_OLD or NONE")
    write = write_of(kind, parameters)
    table = find_table(write.table_name)
    write.refuse_for(table)
    key = table.key_of(write.attributes)
    old = table.items.get(key)
    new = write.outcome(table, old)
    if kind == "Update" and new is not None:
        doubt = UPDATE_BYTES_IN_DOUBT * (1 + len(write.changes))
        if size_of_item(new) > ITEM_BYTES - doubt and (old is None or not same_items(old, new)):
            raise Undecided(
                f"The updated item has nearly {ITEM_BYTES} bytes. AWS's Regions differ in how many they accept there."
            )
    _apply(table, key, old, new)
    consumed = Consumed(parameters)
    consumed.add_write(table, old, new)
    answer = consumed.report()
    if returned := _returned(wanted, write.changes, old, new):
        answer["Attributes"] = returned
    if metrics := _collection_metrics(parameters, table, write.attributes):
        answer["ItemCollectionMetrics"] = metrics
    return answer


def _apply(table: Table, key: tuple[Any, Any], old: Item | None, new: Item | None) -> None:
    if old is None and new is None:
        return
    if old is None or new is None or not same_items(old, new):
        table.write(key, old, new)


def _returned(wanted: str, changes: Sequence[Change], old: Item | None, new: Item | None) -> Item | None:
    if wanted == "NONE":
        return None
    item = old if wanted.endswith("OLD") else new
    if wanted.startswith("ALL") or item is None:
        return item
    return projected([one.path for one in changes], item)


def _collection_metrics(parameters: Mapping[str, Any], table: Table, attributes: Item) -> dict[str, Any]:
    """The size of the item's collection. Only tables with a local index have item collections.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections"""
    local = [one for one in table.indexes.values() if not one.is_global]
    if parameters.get("ReturnItemCollectionMetrics") != "SIZE" or not local:
        return {}
    key = {name: attributes[name] for name in table.key.partition}
    return {"ItemCollectionKey": key, "SizeEstimateRangeGB": [0.0, 1.0]}


def batch_write_item(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers BatchWriteItem."""
    asked: Mapping[str, Any] = parameters["RequestItems"]
    if sum(map(len, asked.values())) > BATCH_WRITES:
        raise Refused("batch-write-requests", "Too many items requested for the BatchWriteItem call")
    writes = [_batch_write(name, request) for name, requests in asked.items() for request in requests]
    tables = {name: find_table(name) for name in asked}
    keys = []
    for write in writes:
        table = tables[write.table_name]
        table.refuse_wrong_key({name: write.attributes[name] for name in _key_names(write, table)})
        write.refuse_for(table)
        keys.append((table.name, table.key_of(write.attributes)))
    if len(set(keys)) < len(keys):
        raise Refused("batch-write-twice", "Provided list of item keys contains duplicates")
    consumed = Consumed(parameters)
    collections: dict[str, list[Any]] = {}
    for write, (_, key) in zip(writes, keys, strict=True):
        table = tables[write.table_name]
        old = table.items.get(key)
        new = write.outcome(table, old)
        _apply(table, key, old, new)
        consumed.add_write(table, old, new)
        _collect(collections, parameters, table, write)
    return {"UnprocessedItems": {}, **consumed.reports(), **_told(collections)}


def _key_names(write: Write, table: Table) -> Iterable[str]:
    """The names of the attributes that must be the table's key. Unlike PutItem, a batch has one message for all that
    is wrong about the key of an item."""
    return (name for name in write.attributes if write.kind != "Put" or name in table.key.attributes)


def _collect(collections: dict[str, list[Any]], parameters: Mapping[str, Any], table: Table, write: Write) -> None:
    """Adds the metrics of the collection of a write, if they are asked for and not there yet."""
    metrics = _collection_metrics(parameters, table, write.attributes)
    if metrics and metrics not in collections.get(table.name, ()):
        collections.setdefault(table.name, []).append(metrics)


def _told(collections: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    return {"ItemCollectionMetrics": collections} if collections else {}


def _batch_write(table_name: str, request: Mapping[str, Any]) -> Write:
    given = [(kind, one) for kind, one in request.items() if kind in BATCHED and one is not None]
    if len(given) != 1:
        how = "has more than one datatypes set" if given else "is empty"
        message = f"Supplied AttributeValue {how}, must contain exactly one of the supported datatypes"
        raise Refused("batch-write-one-of", message)
    [(kind, parameters)] = given
    return write_of(BATCHED[kind], {**parameters, "TableName": table_name})


def transact_write_items(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers TransactWriteItems: all its writes take effect, or none."""
    writes = [_transacted_write(action) for action in parameters["TransactItems"]]
    tables = [find_table(write.table_name) for write in writes]
    reasons = [_reason(write, table) for write, table in zip(writes, tables, strict=True)]
    distinct = [
        (table.name, table.key_of(write.attributes))
        for write, table, reason in zip(writes, tables, reasons, strict=True)
        if reason is None
    ]
    if len(set(distinct)) < len(distinct):
        raise Refused("transaction-twice", "Transaction request cannot include multiple operations on one item")
    _refuse_a_wrong_action(reasons)
    _refuse_a_large_transaction(writes)
    changes: list[tuple[Table, Any, Item | None, Item | None]] = []
    for number, (write, table) in enumerate(zip(writes, tables, strict=True)):
        key = table.key_of(write.attributes)
        old = table.items.get(key)
        try:
            changes.append((table, key, old, write.outcome(table, old)))
        except Refused as refused:
            reasons[number] = _of_one_action(refused)
    if any(reasons):
        raise cancelled(reasons)
    consumed = Consumed(parameters)
    collections: dict[str, list[Any]] = {}
    for write, (table, key, old, new) in zip(writes, changes, strict=True):
        _apply(table, key, old, new)
        consumed.add_write(table, old, new, transactional=True)
        _collect(collections, parameters, table, write)
    return {**consumed.reports("Write"), **_told(collections)}


def capacity_of_a_replay(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a transaction consumes that is sent again with its token: it reads its items, and writes nothing."""
    consumed = Consumed(parameters)
    for action in parameters["TransactItems"]:
        write = _transacted_write(action)
        table = find_table(write.table_name)
        item = table.items.get(table.key_of(write.attributes))
        consumed.add(table, read_units(size_of_item(item or {}), consistent=True, transactional=True))
    return consumed.reports("Read")


def _transacted_write(action: Mapping[str, Any]) -> Write:
    given = [(kind, one) for kind, one in action.items() if kind in ACTIONS and one is not None]
    if len(given) != 1:
        raise Refused("transaction-one-of", "TransactItems can only contain one of Check, Put, Update or Delete")
    [(kind, parameters)] = given
    return write_of(kind, parameters)


def _reason(write: Write, table: Table) -> Refused | None:
    """Why a write does not fit its table."""
    if write.kind == "Put":
        for name in table.key.attributes:
            if name in write.attributes:
                refuse_an_empty_key(name, write.attributes[name])
    try:
        write.refuse_for(table)
    except Refused as refused:
        return _of_one_action(refused)
    return None


def _of_one_action(refused: Refused) -> Refused:
    """Why one action of a transaction fails. Raises it if AWS refuses the whole request for it: no key may be empty,
    which AWS checks before it starts the transaction."""
    if refused.rule == "index-key-empty":
        raise refused
    return refused


def _refuse_a_wrong_action(reasons: Sequence[Refused | None]) -> None:
    """Raises Refused if an action does not fit its table. Only the first one gets a reason, and no condition is evaluated."""
    wrong = next((number for number, reason in enumerate(reasons) if reason is not None), None)
    if wrong is not None:
        raise cancelled([reason if number == wrong else None for number, reason in enumerate(reasons)])


def _refuse_a_large_transaction(writes: Iterable[Write]) -> None:
    """Raises Refused if a request is too large. What counts is what the request holds, not the items in the tables."""
    if sum(write.size for write in writes) > TRANSACTION_BYTES:
        message = f"Transaction payload size cannot exceed {TRANSACTION_BYTES} bytes"
        raise Refused("transaction-size", message)
