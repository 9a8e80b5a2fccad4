"""GetItem, BatchGetItem, TransactGetItems, Query and Scan.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.targets.dynamodb import legacy
from harness.targets.dynamodb.capacity import Consumed, read_units
from harness.targets.dynamodb.evaluation import holds, projected
from harness.targets.dynamodb.expressions import (
    FILTER,
    KEY_CONDITION,
    PROJECTION,
    Condition,
    Expressions,
    Path,
    paths_in,
)
from harness.targets.dynamodb.key_conditions import KeyConditions, conditions_of, matched, refuse_wrong_conditions
from harness.targets.dynamodb.refusals import INVALID, Refused, Undecided
from harness.targets.dynamodb.tables import Index, Table, refuse_an_empty_key
from harness.targets.dynamodb.values import Item, checked, checked_item, size_of_item

FindTable = Callable[[str], Table]
"""Finds a table by its name or ARN.

Raises:
    Refused: it does not exist.
"""

PAGE_BYTES = 1024 * 1024
BATCH_BYTES = 16 * 1024 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024
BATCH_KEYS = 100
HASHES = 1 << 64
WRONG_START = "The provided starting key is invalid"


@dataclass(frozen=True, slots=True)
class _Get:
    """A read of one item: its key and the paths to return (None: all attributes)."""

    table_name: str
    key: Item
    paths: Sequence[Path] | None
    consistent: bool

    def found(self, table: Table) -> Item | None:
        """The whole item."""
        table.refuse_wrong_key(self.key)
        refuse_paths_into_keys(self.paths or (), table)
        return table.items.get(table.key_of(self.key))

    def answer(self, item: Item) -> Item:
        """What the request asks of the item."""
        return item if self.paths is None else projected(self.paths, item)


def _projection(parameters: Mapping[str, Any]) -> Sequence[Path] | None:
    """The paths of a ProjectionExpression or of AttributesToGet."""
    legacy.refuse_mixed(parameters)
    paths = Expressions(parameters, (PROJECTION,)).projection
    return legacy.projection_of(parameters) if paths is None else paths


def _checked_key(key: Any) -> Item:
    attributes = checked_item(key, "Key")
    for name, value in attributes.items():
        refuse_an_empty_key(name, value)
    return attributes


def get_item(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers GetItem."""
    key = _checked_key(parameters["Key"])
    get = _Get(parameters["TableName"], key, _projection(parameters), bool(parameters.get("ConsistentRead")))
    table = find_table(get.table_name)
    item = get.found(table)
    consumed = Consumed(parameters)
    consumed.add(table, read_units(size_of_item(item or {}), get.consistent))
    answer: dict[str, Any] = {} if item is None else {"Item": get.answer(item)}
    return answer | consumed.report()


def batch_get_item(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers BatchGetItem, with items in an order that is not that of the keys. Above 16 MB, or above 1 MB of one
    partition key, the answer is partial."""
    asked: Mapping[str, Any] = parameters["RequestItems"]
    if sum(len(one["Keys"]) for one in asked.values()) > BATCH_KEYS:
        raise Refused("batch-get-keys", "Too many items requested for the BatchGetItem call")
    legacy.refuse_mixed({name: value for one in asked.values() for name, value in one.items() if value is not None})
    gets = {}
    for name, one in asked.items():
        paths, consistent = _projection(one), bool(one.get("ConsistentRead"))
        gets[name] = [_Get(name, _checked_key(key), paths, consistent) for key in one["Keys"]]
        if _has_twice([get.key for get in gets[name]]):
            raise Refused("batch-get-twice", "Provided list of item keys contains duplicates")
    consumed, sizes = Consumed(parameters), Counter[Any]()
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    for name, one in asked.items():
        table = find_table(name)
        found: list[tuple[int, Item]] = []
        left = []
        for get, key in zip(gets[name], one["Keys"], strict=True):
            item = get.found(table)
            size = size_of_item(item or {})
            places = (None, (table.name, table.key_of(get.key)[0]))
            if sizes[places[0]] + size > BATCH_BYTES or sizes[places[1]] + size > PAGE_BYTES:
                left.append(key)
                continue
            sizes.update(dict.fromkeys(places, size))
            consumed.add(table, read_units(size, get.consistent))
            if item is not None:
                found.append((table.scattered(get.key), get.answer(item)))
        responses[name] = [item for _, item in sorted(found, key=lambda one: one[0])]
        if left:
            unprocessed[name] = {**one, "Keys": left}
    return {"Responses": responses, "UnprocessedKeys": unprocessed, **consumed.reports()}


def transact_get_items(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers TransactGetItems."""
    gets = []
    for action in parameters["TransactItems"]:
        get = action["Get"]
        gets.append(_Get(get["TableName"], _checked_key(get["Key"]), _projection(get), consistent=True))
    tables = [find_table(get.table_name) for get in gets]
    if _has_twice([(table.name, get.key) for table, get in zip(tables, gets, strict=True)]):
        raise Refused("transaction-twice", "Transaction request cannot include multiple operations on one item")
    items: list[Item | None] = []
    reasons: list[Refused | None] = []
    for table, get in zip(tables, gets, strict=True):
        items.append(None)
        reasons.append(None)
        try:
            items[-1] = get.found(table)
        except Refused as refused:
            reasons[-1] = refused
    if any(reasons):
        raise cancelled(reasons)
    if sum(size_of_item(item or {}) for item in items) > TRANSACTION_BYTES:
        message = "The total size of the items in the transaction exceeds the limit of 4 MB"
        raise Refused("transaction-size", message)
    consumed = Consumed(parameters)
    for table, item in zip(tables, items, strict=True):
        consumed.add(table, read_units(size_of_item(item or {}), consistent=True, transactional=True))
    responses = [{} if item is None else {"Item": get.answer(item)} for get, item in zip(gets, items, strict=True)]
    return {"Responses": responses, **consumed.reports("Read")}


def cancelled(reasons: Iterable[Refused | None]) -> Refused:
    """How a transaction is refused in which some actions fail; the others have None.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html"""
    told: list[dict[str, Any]] = [
        {"Code": "None"}
        if one is None
        else {"Code": _REASON_CODES.get(one.code, "ValidationError"), "Message": one.message, **one.details}
        for one in reasons
    ]
    codes = ", ".join(one["Code"] for one in told)
    return Refused(
        next(one.rule for one in reasons if one is not None),
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        "TransactionCanceledException",
        CancellationReasons=told,
    )


_REASON_CODES = {"ConditionalCheckFailedException": "ConditionalCheckFailed"}


def _has_twice(ones: Sequence[Any]) -> bool:
    return any(one in ones[:number] for number, one in enumerate(ones))


@dataclass(slots=True)
class _Search:
    """A Query or a Scan, validated as far as that is possible without its table."""

    parameters: Mapping[str, Any]
    paths: Sequence[Path] | None
    condition: Condition | None
    filter_name: str
    start: Item | None
    keys: KeyConditions | None

    def run(self, find_table: FindTable) -> dict[str, Any]:
        table = find_table(self.parameters["TableName"])
        index = self._index(table)
        self._refuse_wrong_reads(table, index)
        schema = table.key if index is None else index.key
        if self.keys is not None:
            refuse_wrong_conditions(self.keys, schema, table.types)
        self._refuse_wrong_start(table, index)
        self._refuse_wrong_filter(table, index)
        return self._answer(table, index, self._found(table, index))

    def _index(self, table: Table) -> Index | None:
        name = self.parameters.get("IndexName")
        if name is None:
            return None
        if name not in table.indexes:
            raise Refused("index-unknown", f"The table does not have the specified index: {name}")
        return table.indexes[name]

    def _refuse_wrong_reads(self, table: Table, index: Index | None) -> None:
        """Raises Refused if a global index cannot answer: it has no consistent reads, and only projected attributes."""
        if index is None or not index.is_global:
            return
        if self.parameters.get("ConsistentRead"):
            raise Refused(
                "consistent-read-of-global-index", "Consistent reads are not supported on global secondary indexes"
            )
        if index.projected is None:
            return
        if self.parameters.get("Select") == "ALL_ATTRIBUTES":
            message = f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name}"
            raise Refused("select-all-of-global-index", f"{INVALID}{message} because its projection type is not ALL")
        if missing := _not_projected(self.paths or (), table, index):
            message = f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
            raise Refused("attribute-not-projected", INVALID + message)

    def _refuse_wrong_start(self, table: Table, index: Index | None) -> None:
        if self.start is None:
            return
        wanted = table.start_attributes(index)
        if self.start.keys() != wanted:
            detail = "" if index is not None else ": The provided key element does not match the schema"
            raise Refused("start-key", WRONG_START + detail)
        try:
            table.refuse_wrong_key({name: self.start[name] for name in table.key.attributes})
            table.refuse_wrong_index_keys(self.start)
        except Refused as refused:
            raise Refused("start-key", f"{WRONG_START}: {refused.message}") from refused
        if self.keys is not None and not matched(self.keys, self.start):
            schema = table.key if index is None else index.key
            if matched({name: self.keys[name] for name in schema.partition}, self.start):
                raise Refused(
                    "start-key-outside-range", "The provided starting key does not match the range key predicate"
                )
            raise Refused(
                "start-key-outside-partition",
                "The provided starting key is outside query boundaries based on provided conditions",
            )
        if self.keys is None and not self._in_segment(table.place(self.start, index)):
            segment, total = self.parameters.get("Segment"), self.parameters.get("TotalSegments")
            detail = "Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment."
            raise Refused("start-key-segment", f"{WRONG_START}: {detail} TotalSegments: {total} Segment: {segment}")

    def _refuse_wrong_filter(self, table: Table, index: Index | None) -> None:
        """Raises Refused if the filter of a Query uses a key attribute, or one that the index does not project.

        Raises:
            Undecided: the filter of a Scan uses an attribute that the index does not project.
        """
        paths = [] if self.condition is None else list(paths_in(self.condition))
        if self.keys is not None:
            for name in (table.key if index is None else index.key).attributes:
                if [path for path in paths if path[0] == name]:
                    message = f"can only contain non-primary key attributes: Primary key attribute: {name}"
                    raise Refused("filter-on-key", f"{self.filter_name} {message}")
        if index is not None and index.projected is not None and (missing := _not_projected(paths, table, index)):
            if self.keys is None:
                raise Undecided(
                    "Sources disagree on whether the filter of a Scan may use attributes that the index does not project."
                )
            message = f"Secondary index {index.name} does not project one or more filter attributes"
            raise Refused("filter-not-projected", f"{INVALID}{message}: [{', '.join(missing)}]")
        refuse_paths_into_keys((*paths, *(self.paths or ())), table)

    def _found(self, table: Table, index: Index | None) -> list[Item]:
        """The items to read, in their order, after the starting key."""
        items: Iterable[Item] = table.items
        if self.keys is not None:
            if index is None:
                wanted = {name: self.keys[name][1][0] for name in table.key.partition}
                items = table.items.of_partition(table.partition_of(wanted))
            items = (item for item in items if matched(self.keys, item))
        if index is not None:
            items = (item for item in items if table.indexed(item, index))
        placed = [(table.place(item, index), item) for item in items]
        placed = [one for one in placed if self._in_segment(one[0])]
        backward = self.keys is not None and self.parameters.get("ScanIndexForward") is False
        placed.sort(key=lambda one: one[0], reverse=backward)
        if self.start is not None:
            start = table.place(self.start, index)
            placed = [one for one in placed if (one[0] < start if backward else one[0] > start)]
        return [item for _, item in placed]

    def _in_segment(self, place: tuple[Any, ...]) -> bool:
        total = self.parameters.get("TotalSegments")
        return total is None or place[0] * total // HASHES == self.parameters["Segment"]

    def _answer(self, table: Table, index: Index | None, found: Sequence[Item]) -> dict[str, Any]:
        limit = self.parameters.get("Limit")
        fetches = self._fetches(table, index)
        items, read, size, fetched_units = [], 0, 0, 0.0
        last: Item | None = None
        consistent = bool(self.parameters.get("ConsistentRead"))
        for item in found:
            there = item if index is None else table.in_index(item, index)
            size_here = size_of_item(there)
            if size + size_here > PAGE_BYTES or read == limit:
                break
            size, read, last = size + size_here, read + 1, item
            if fetches:
                fetched_units += read_units(size_of_item(item), consistent)
            if holds(self.condition, there):
                items.append(item if fetches else there)
        answer: dict[str, Any] = {"Count": len(items), "ScannedCount": read}
        if self.parameters.get("Select") != "COUNT":
            answer["Items"] = items if self.paths is None else [projected(self.paths, item) for item in items]
        if last is not None and (read < len(found) or read == limit):
            attributes = table.start_attributes(index)
            answer["LastEvaluatedKey"] = {name: last[name] for name in last if name in attributes}
        consumed = Consumed(self.parameters)
        consumed.add(table, read_units(size, consistent), index)
        if fetched_units:
            consumed.add(table, fetched_units)
        return answer | consumed.report()

    def _fetches(self, table: Table, index: Index | None) -> bool:
        """Whether a local index has to fetch from the table what it does not project.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.Projections"""
        if index is None or index.projected is None or index.is_global:
            return False
        return self.parameters.get("Select") == "ALL_ATTRIBUTES" or bool(_not_projected(self.paths or (), table, index))


def query(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers Query."""
    legacy.refuse_mixed(parameters)
    legacy_keys = legacy.key_conditions(parameters)
    search, expressions = _search(parameters, (KEY_CONDITION, FILTER, PROJECTION), "QueryFilter")
    condition = expressions.conditions.get(KEY_CONDITION)
    if condition is None and legacy_keys is None:
        raise Refused(
            "no-key-condition",
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        )
    search.keys = legacy_keys if condition is None else conditions_of(condition)
    return search.run(find_table)


def scan(find_table: FindTable, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Answers Scan."""
    legacy.refuse_mixed(parameters)
    segment, total = parameters.get("Segment"), parameters.get("TotalSegments")
    for name, other, one, two in (
        ("TotalSegments", "Segment parameter", total, segment),
        ("Segment", "parameter TotalSegments", segment, total),
    ):
        if one is None and two is not None:
            message = f"The {name} parameter is required but was not present in the request when {other} is present"
            raise Refused("segment-alone", message)
    if segment is not None and total is not None and segment >= total:
        message = "The Segment parameter is zero-based and must be less than parameter TotalSegments"
        detail = f"Segment: {segment} is not less than TotalSegments: {total}"
        raise Refused("segment-range", f"{message}: {detail}")
    search, _ = _search(parameters, (FILTER, PROJECTION), "ScanFilter")
    return search.run(find_table)


def _search(parameters: Mapping[str, Any], known: tuple[str, ...], filter_name: str) -> tuple[_Search, Expressions]:
    older = legacy.filter_of(parameters, filter_name)
    start_key = _start_of(parameters)
    expressions = Expressions(parameters, known)
    paths = expressions.projection
    if paths is None:
        paths = legacy.projection_of(parameters)
    _refuse_wrong_select(parameters, paths)
    if FILTER in expressions.conditions:
        return _Search(
            parameters, paths, expressions.conditions[FILTER], "Filter Expression", start_key, None
        ), expressions
    return _Search(parameters, paths, older, filter_name, start_key, None), expressions


def _start_of(parameters: Mapping[str, Any]) -> Item | None:
    start = parameters.get("ExclusiveStartKey")
    try:
        return None if start is None else {name: checked(value) for name, value in start.items()}
    except Refused as refused:
        raise Refused(refused.rule, f"{WRONG_START}: {refused.message}") from refused


def _refuse_wrong_select(parameters: Mapping[str, Any], paths: Sequence[Path] | None) -> None:
    """Raises Refused unless Select fits the request's projection and index."""
    select = parameters.get("Select")
    if select == "ALL_PROJECTED_ATTRIBUTES" and parameters.get("IndexName") is None:
        message = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        raise Refused("select-projected-without-index", INVALID + message)
    if select == "SPECIFIC_ATTRIBUTES" and paths is None:
        message = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        raise Refused("select-specific-without-projection", INVALID + message)
    if paths is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        what = "AttributesToGet" if parameters.get("AttributesToGet") is not None else "ProjectionExpression"
        how = "only the Count" if select == "COUNT" else select
        message = f"Cannot specify the {what} when choosing to get {how}"
        raise Refused("select-and-projection", INVALID + message)


def _not_projected(paths: Iterable[Path], table: Table, index: Index) -> list[str]:
    """The attributes in some paths that an index does not hold."""
    held = {*table.key.attributes, *index.key.attributes, *(index.projected or ())}
    return sorted({str(path[0]) for path in paths} - held)


def refuse_paths_into_keys(paths: Iterable[Path], table: Table) -> None:
    """Raises Refused if a path leads into a key attribute."""
    for path in paths:
        if len(path) > 1 and path[0] in table.types:
            what = "Key" if path[0] in table.key.attributes else "IndexKey"
            message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"
            raise Refused("path-into-key", f"{message}: {what}: {path[0]}")
