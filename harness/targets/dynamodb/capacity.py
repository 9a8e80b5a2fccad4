"""What requests consume, and how AWS reports it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from harness.targets.dynamodb.tables import Index, Table
from harness.targets.dynamodb.values import Item, same_items, size_of_item

READ_UNIT_BYTES, WRITE_UNIT_BYTES = 4096, 1024


def read_units(size: int, consistent: bool, transactional: bool = False) -> float:
    """The read capacity units for some bytes: one for each started 4 KB, a half if the read is eventually consistent,
    two in a transaction. A read of nothing counts as one of 4 KB."""
    started = max(1, -(-size // READ_UNIT_BYTES))
    return started * (2.0 if transactional else 1.0 if consistent else 0.5)


class Consumed:
    """The capacity units that a request consumes, for each table and index."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._asked = parameters.get("ReturnConsumedCapacity") or "NONE"
        self._tables: dict[str, Table] = {}
        self._units: defaultdict[tuple[str, str], float] = defaultdict(float)

    def add(self, table: Table, units: float, index: Index | None = None) -> None:
        """Counts units of a table, or of an index of it."""
        self._tables[table.name] = table
        self._units[table.name, index.name if index is not None else ""] += units

    def add_write(self, table: Table, old: Item | None, new: Item | None, transactional: bool = False) -> None:
        """Counts a write: by the larger of the item before and after, for the table and for each index that it
        changes."""
        factor = 2 if transactional else 1
        self.add(table, factor * max(_write_units(old), _write_units(new)))
        for index in table.indexes.values():
            self.add(table, factor * _index_units(table, index, old, new), index)

    def report(self) -> dict[str, Any]:
        """The member ConsumedCapacity of an answer about one table; no member if the request does not ask for it."""
        return {} if self._asked == "NONE" else {"ConsumedCapacity": self.reports()["ConsumedCapacity"][0]}

    def reports(self, kind: str = "") -> dict[str, Any]:
        """The same for an answer about several tables.

        Args:
            kind: `Read` or `Write` in a transaction, whose answers repeat the units under that name.
        """
        if self._asked == "NONE":
            return {}
        return {"ConsumedCapacity": [self._of_table(table, kind) for table in self._tables.values()]}

    def _of_table(self, table: Table, kind: str) -> dict[str, Any]:
        units = {name: count for (owner, name), count in self._units.items() if owner == table.name}

        def told(count: float) -> dict[str, Any]:
            return {"CapacityUnits": float(count)} | ({f"{kind}CapacityUnits": float(count)} if kind else {})

        found: dict[str, Any] = {"TableName": table.name, **told(sum(units.values()))}
        if self._asked == "INDEXES":
            found["Table"] = told(units.get("", 0.0))
            for member, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
                parts = {
                    name: told(count)
                    for name, count in units.items()
                    if name and count and table.indexes[name].is_global is is_global
                }
                if parts:
                    found[member] = parts
        return found


def _write_units(item: Item | None) -> int:
    return 1 if item is None else max(1, -(-size_of_item(item) // WRITE_UNIT_BYTES))


def _index_units(table: Table, index: Index, old: Item | None, new: Item | None) -> int:
    """The write capacity units that a change costs an index: none if the index's part of the item stays as it is, and
    two writes if the item moves within the index."""
    before, after = (
        table.in_index(one, index) if one is not None and table.indexed(one, index) else None for one in (old, new)
    )
    if before is None or after is None:
        return sum(_write_units(one) for one in (before, after) if one is not None)
    if same_items(before, after):
        return 0
    if table.place(before, index) == table.place(after, index):
        return max(_write_units(before), _write_units(after))
    return _write_units(before) + _write_units(after)
