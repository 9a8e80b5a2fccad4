"""Which items a submission's code wrote, so that exactly those can be looked at, and be removed again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from harness.aws.errors import NOT_ALLOWED_CODE
from harness.aws.gateway import HARNESS_ROLE, Request, Response, error_response
from harness.aws.reads import ITEM_WRITES, is_read
from harness.aws.wire import written_keys

Key = str
"""A key as text: its attributes as JSON, in the order of the table's schema."""


class Guard(Protocol):
    """Says whether an item may be written, before it is; it has been noted durably when that returns."""

    def __call__(self, key: Key) -> str | None:
        """Why not; None when it may."""


Look = Callable[[Key], None]
"""Is told each item that is about to be written, every time."""


class Ledger:
    """A rule of a gateway. Without a guard it just keeps the keys; with one, nothing but items of this table may be
    written."""

    def __init__(self, table: str, key_names: Sequence[str], guard: Guard | None = None) -> None:
        """Args:
        key_names: of the table's primary key, in its order.
        """
        self._table = table
        self._names = tuple(key_names)
        self._guard = guard
        self._lock = threading.Lock()
        self._keys: dict[Key, None] = {}
        self._look: Look | None = None

    @contextmanager
    def looking(self, look: Look) -> Iterator[None]:
        """While it lasts, somebody is told what is about to be written."""
        self._look = look
        try:
            yield
        finally:
            self._look = None

    @property
    def keys(self) -> list[Key]:
        """The keys so far, in the order in which they were written first."""
        with self._lock:
            return list(self._keys)

    def key_of(self, item: Mapping[str, Any]) -> Key:
        """The key of an item, or of a key's attributes."""
        return json.dumps({name: item[name] for name in self._names})

    @staticmethod
    def attributes(key: Key) -> dict[str, Any]:
        """The attributes of a key, as DynamoDB tells them."""
        attributes: dict[str, Any] = json.loads(key)
        return attributes

    def __call__(self, request: Request) -> Response | None:
        if request.role == HARNESS_ROLE or is_read(request.service, request.operation):
            return None
        if request.service != "dynamodb" or request.operation not in ITEM_WRITES:
            return self._refused(request, f"{request.service} {request.operation} is no write of an item")
        for table, attributes in written_keys(request.operation, request.parameters, self._names):
            if table != self._table or attributes is None:
                problem: str | None = f"it writes to {table}" if table != self._table else "its key cannot be told"
            else:
                problem = self._noted(attributes)
            if problem is not None and (refused := self._refused(request, problem)) is not None:
                return refused
        return None

    def _noted(self, attributes: Mapping[str, Any]) -> str | None:
        key = self.key_of(attributes)
        with self._lock:
            if self._look is not None:
                self._look(key)
            if key in self._keys:
                return None
            if self._guard is not None and (problem := self._guard(key)) is not None:
                return problem
            self._keys[key] = None
        return None

    def _refused(self, request: Request, problem: str) -> Response | None:
        """Where everything is thrown away afterwards, nothing need be refused."""
        if self._guard is None:
            return None
        message = (
            f"Only items of the table {self._table} may be written here, and none that were there before: {problem}."
        )
        return error_response(request, 403, NOT_ALLOWED_CODE, message)
