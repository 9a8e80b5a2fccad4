"""A table for tests of the engine, which call it without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.targets.dynamodb.engine import Engine
from harness.targets.dynamodb.refusals import Refused
from harness.targets.dynamodb.tables import Index, Items, KeySchema, Table

KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}
MULTI = ("k1", "k2", "k3", "k4")


class SmallTable:
    """A table `table` with the key `pk` (S) and `sk` (N), and four indexes: `gi` (global, `g` S and `n` N, holds `x`), `all`
    (global, `g`, holds all), `multi` (global, `h` S and four sort key attributes `k1` to `k4`, S, holds all) and `li`
    (local, `l` S, holds keys).

    Attributes:
        changes: the items before and after each change, in their order.
    """

    def __init__(self) -> None:
        self.changes: list[tuple[Any, Any]] = []
        self._engine = Engine(lambda: 0.0)
        self._table = Table(
            name="table",
            key=KeySchema(("pk",), ("sk",)),
            types={"pk": "S", "sk": "N", "g": "S", "n": "N", "l": "S", **dict.fromkeys(("h", *MULTI), "S")},
            indexes={
                "gi": Index("gi", KeySchema(("g",), ("n",)), frozenset({"x"}), is_global=True),
                "all": Index("all", KeySchema(("g",)), None, is_global=True),
                "multi": Index("multi", KeySchema(("h",), MULTI), None, is_global=True),
                "li": Index("li", KeySchema(("pk",), ("l",)), frozenset(), is_global=False),
            },
            items=Items(),
            changed=lambda old, new: self.changes.append((old, new)),
        )

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a request; its TableName is filled in.

        Raises:
            Refused: the request is refused.
        """
        return self._engine.answer(operation, {"TableName": "table", **parameters}, self._find)

    def _find(self, name: str) -> Table:
        if name != "table":
            raise Refused("table-missing", "Requested resource not found", "ResourceNotFoundException")
        return self._table

    def add_index(self, name: str, key: KeySchema) -> None:
        """Adds a global index; its key is of strings, and it holds all."""
        self._table.types = {**self._table.types, **dict.fromkeys(key.attributes, "S")}
        self._table.indexes = {**self._table.indexes, name: Index(name, key, None, is_global=True)}

    def put(self, **attributes: Any) -> dict[str, Any]:
        """Puts an item with the key KEY and some attributes."""
        return self.ask("PutItem", Item={**KEY, **attributes})

    def item(self) -> dict[str, Any] | None:
        """The attributes of the item with the key KEY beside its key; None if there is no item."""
        found = self.ask("GetItem", Key=KEY).get("Item")
        return None if found is None else {name: value for name, value in found.items() if name not in KEY}

    def update(self, expression: str, **parameters: Any) -> dict[str, Any]:
        """Updates the item with the key KEY."""
        return self.ask("UpdateItem", Key=KEY, UpdateExpression=expression, **parameters)

    def holds(self, condition: str, **parameters: Any) -> bool:
        """Whether a condition is true for the item with the key KEY."""
        check = {"TableName": "table", "Key": KEY, "ConditionExpression": condition, **parameters}
        try:
            self.ask("TransactWriteItems", TransactItems=[{"ConditionCheck": check}])
        except Refused as refused:
            if refused.rule != "condition-false":
                raise
            return False
        return True

    def refusal(self, operation: str, **parameters: Any) -> tuple[str, str, str]:
        """The rule, the code and the message with which a request is refused; empty texts if it is not."""
        try:
            self.ask(operation, **parameters)
        except Refused as refused:
            return refused.rule, refused.code, refused.message
        return "", "", ""


def values(**given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter ExpressionAttributeValues."""
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}}
