"""Which items a submission's code wrote, so that exactly these can be read, and removed again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from harness.account.errors import NOT_ALLOWED_CODE, Throttled
from harness.account.reading import Source, read_key
from harness.account.reads import ITEM_WRITES, is_read
from harness.driving.keys import NO_KEY, Key, attributes, key_text
from harness.driving.request_log import written_items
from harness.gateway.server import HARNESS_ROLE, Request, Response, error_response

BATCH_KEYS = 100
"""How many items a BatchGetItem may ask for.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""


class MayWrite(Protocol):
    """Decides whether an item may be written, before it is. When it returns, the item's key has been noted durably."""

    def __call__(self, key: Key) -> str | None:
        """Why not; None if it may."""


class GuardedTable:
    """A table, and the keys of the items that were written to it."""

    def __init__(
        self, name: str, key_names: Sequence[str], may_write: MayWrite | None = None, *, region: str = "", arn: str = ""
    ) -> None:
        """Args:
        key_names: the names of the primary key's attributes, in their order.
        may_write: None allows every write.
        region, arn: the table's, if not every write is allowed: another table elsewhere may have the same name.
        """
        self.name = name
        self.region = region
        self.arn = arn
        self.key_names = tuple(key_names)
        self.may_write = may_write
        self._lock = threading.Lock()
        self._keys: dict[Key, None] = {}

    @property
    def keys(self) -> list[Key]:
        """The keys so far, in the order in which they were first written."""
        with self._lock:
            return list(self._keys)

    def key_of(self, item: Mapping[str, Any]) -> Key:
        """The key of an item, or of a key's attributes. It raises what `key_text` does."""
        return key_text(self.key_names, item)

    def problem(self, request: Request, item: Mapping[str, Any]) -> str | None:
        """Why an item may not be written; None if it may and its key has been noted.

        Args:
            item: the item, or its key.
        """
        if self.may_write is not None and request.region != self.region:
            return f"it writes in the Region {request.region}"
        try:
            return self._noted(self.key_of(item))
        except NO_KEY:
            return "its key is not known"

    def _noted(self, key: Key) -> str | None:
        with self._lock:
            if key in self._keys:
                return None
            if self.may_write is not None and (problem := self.may_write(key)) is not None:
                return problem
            self._keys[key] = None
        return None


Look = Callable[[Sequence[tuple[GuardedTable, Key]]], None]
"""Is called with the items that a request is about to write."""


class WriteGuard:
    """A rule of a gateway: it notes the keys of what is written to some tables."""

    def __init__(self, *tables: GuardedTable, strict: bool = False) -> None:
        """Args:
        strict: only items of these tables may be written, also if there are no tables. The same applies if one of the
            tables does not allow every write.
        """
        self.tables = tables
        self._look: Look | None = None
        self._refuses = strict or bool([one for one in tables if one.may_write is not None])

    @contextmanager
    def looking(self, look: Look) -> Iterator[None]:
        """Inside this block, `look` is called with what each request is about to write."""
        self._look = look
        try:
            yield
        finally:
            self._look = None

    def __call__(self, request: Request) -> Response | None:
        if request.role == HARNESS_ROLE or is_read(request.service, request.operation):
            return None
        if request.service != "dynamodb" or request.operation not in ITEM_WRITES:
            what = f"{request.service} {request.operation}".strip() or "this request"
            return self._refused(request, f"{what} is not a write of an item")
        written = [
            (self._table(name), name, item) for name, item in written_items(request.operation, request.parameters)
        ]
        if self._look is not None:
            self._look(list(_known(written)))
        for table, name, item in written:
            problem = f"it writes to {name}" if table is None else table.problem(request, item)
            if problem is not None and (refused := self._refused(request, problem)) is not None:
                return refused
        return None

    def _table(self, name: str) -> GuardedTable | None:
        return next((one for one in self.tables if name in (one.name, one.arn)), None)

    def _refused(self, request: Request, problem: str) -> Response | None:
        """Refuses nothing if everything is thrown away afterwards."""
        if not self._refuses:
            return None
        names = " and ".join(one.name for one in self.tables)
        tables = f"the {'table' if len(self.tables) == 1 else 'tables'} {names}"
        may = f"Only new items of {tables} may be written here"
        message = f"{may if self.tables else 'Nothing may be written here'}: {problem}."
        return error_response(request, 403, NOT_ALLOWED_CODE, message)


def _known(written: Iterable[tuple[GuardedTable | None, str, Mapping[str, Any]]]) -> Iterator[tuple[GuardedTable, Key]]:
    for table, _, item in written:
        if table is not None:
            with suppress(*NO_KEY):
                yield table, table.key_of(item)


def read_item(account: Source, table: str, key: Key) -> Mapping[str, Any] | None:
    """An item as it is now; None if it does not exist. It raises what `read_items` does."""
    return read_items(account, GuardedTable(table, tuple(json.loads(key))), [key])[key]


def read_items(account: Source, table: GuardedTable, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any] | None]:
    """Items as they are now; None for those that do not exist. They are read again each time, and are not on the tape.

    Raises:
        ReadError: they cannot be read, or DynamoDB leaves a part of the read undone.
    """
    found: dict[Key, Mapping[str, Any] | None] = dict.fromkeys(keys)
    for start in range(0, len(keys), BATCH_KEYS):
        asked = {"Keys": [attributes(one) for one in keys[start : start + BATCH_KEYS]], "ConsistentRead": True}
        parameters = {"RequestItems": {table.name: asked}}
        answer = account.read("dynamodb", "BatchGetItem", RequestItems=parameters["RequestItems"])
        account.forget([read_key("dynamodb", "BatchGetItem", parameters)])
        if answer.get("UnprocessedKeys"):
            place = {"TableName": table.name}
            raise Throttled("dynamodb", "BatchGetItem", place, "UnprocessedKeys", "the read was not done")
        found |= {table.key_of(item): item for item in answer["Responses"].get(table.name, ())}
    return found
