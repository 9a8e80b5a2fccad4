"""Which items a submission's code wrote, so that exactly these can be read, and removed again."""

from __future__ import annotations

import base64
import functools
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Protocol

from harness.account.errors import NOT_ALLOWED_CODE, Throttled
from harness.account.reading import Source, read_key
from harness.account.reads import ITEM_WRITES, is_read
from harness.driving.request_log import written_items
from harness.gateway.server import HARNESS_ROLE, Request, Response, error_response

Key = str
"""A key as text: its attributes as JSON, in the order of the table's schema."""

NUMBER_DIGITS = 38
"""How many digits a number may have.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""


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
        self.look: Callable[[Key], None] = lambda key: None
        """Is called with each item that is about to be written, every time."""

    @property
    def keys(self) -> list[Key]:
        """The keys so far, in the order in which they were first written."""
        with self._lock:
            return list(self._keys)

    def key_of(self, item: Mapping[str, Any]) -> Key:
        """The key of an item, or of a key's attributes. The same number may be written in several ways."""
        return json.dumps({name: _canonical(item[name]) for name in self.key_names})

    @staticmethod
    def attributes(key: Key) -> dict[str, Any]:
        """The attributes of a key, as boto3's clients take them: binary values as bytes."""
        attributes: dict[str, Any] = json.loads(key)
        return {
            name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in attributes.items()
        }

    def problem(self, request: Request, item: Mapping[str, Any]) -> str | None:
        """Why an item may not be written; None if it may and its key has been noted.

        Args:
            item: the item, or its key.
        """
        if self.may_write is not None and request.region != self.region:
            return f"it writes in the Region {request.region}"
        try:
            return self._noted(self.key_of(item))
        except (KeyError, TypeError, ValueError, ArithmeticError):
            return "its key is not known"

    def _noted(self, key: Key) -> str | None:
        with self._lock:
            self.look(key)
            if key in self._keys:
                return None
            if self.may_write is not None and (problem := self.may_write(key)) is not None:
                return problem
            self._keys[key] = None
        return None


class WriteGuard:
    """A rule of a gateway: it notes the keys of what is written to some tables."""

    def __init__(self, *tables: GuardedTable, strict: bool = False) -> None:
        """Args:
        strict: only items of these tables may be written, also if there are no tables. The same applies if one of the
            tables does not allow every write.
        """
        self.tables = tables
        self._refuses = strict or bool([one for one in tables if one.may_write is not None])

    @contextmanager
    def looking(self, look: Callable[[GuardedTable, Key], None]) -> Iterator[None]:
        """Inside this block, `look` is called with what is about to be written."""
        for table in self.tables:
            table.look = functools.partial(look, table)
        try:
            yield
        finally:
            for table in self.tables:
                table.look = lambda key: None

    def __call__(self, request: Request) -> Response | None:
        if request.role == HARNESS_ROLE or is_read(request.service, request.operation):
            return None
        if request.service != "dynamodb" or request.operation not in ITEM_WRITES:
            what = f"{request.service} {request.operation}".strip() or "this request"
            return self._refused(request, f"{what} is not a write of an item")
        for name, item in written_items(request.operation, request.parameters):
            table = next((one for one in self.tables if name in (one.name, one.arn)), None)
            problem = f"it writes to {name}" if table is None else table.problem(request, item)
            if problem is not None and (refused := self._refused(request, problem)) is not None:
                return refused
        return None

    def _refused(self, request: Request, problem: str) -> Response | None:
        """Refuses nothing if everything is thrown away afterwards."""
        if not self._refuses:
            return None
        names = " and ".join(one.name for one in self.tables)
        tables = f"the {'table' if len(self.tables) == 1 else 'tables'} {names}"
        may = f"Only new items of {tables} may be written here"
        message = f"{may if self.tables else 'Nothing may be written here'}: {problem}."
        return error_response(request, 403, NOT_ALLOWED_CODE, message)


def read_item(account: Source, table: str, key: Key) -> Mapping[str, Any] | None:
    """An item as it is now; None if it does not exist. It is read again each time, and is not on the tape.

    Raises:
        ReadError: it cannot be read, or DynamoDB leaves the read undone.
    """
    parameters = {"RequestItems": {table: {"Keys": [GuardedTable.attributes(key)], "ConsistentRead": True}}}
    answer = account.read("dynamodb", "BatchGetItem", RequestItems=parameters["RequestItems"])
    account.forget([read_key("dynamodb", "BatchGetItem", parameters)])
    if answer.get("UnprocessedKeys"):
        raise Throttled("dynamodb", "BatchGetItem", {"TableName": table}, "UnprocessedKeys", "the read was not done")
    found = answer["Responses"].get(table, ())
    return found[0] if found else None


def _canonical(value: Any) -> dict[str, Any]:
    """A key attribute's value in a form that is the same for equal values.

    Raises:
        TypeError, ValueError, ArithmeticError: it is not the value of a key attribute.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not the value of an attribute")
    [(kind, inner)] = value.items()
    if kind == "N":
        exact = Context(NUMBER_DIGITS, traps=[Inexact, InvalidOperation])
        return {kind: str(exact.normalize(exact.plus(Decimal(inner))))}  # plus makes 0 of -0
    if kind == "B":
        raw = inner if isinstance(inner, bytes) else base64.b64decode(inner, validate=True)
        return {kind: base64.b64encode(raw).decode("ascii")}
    if kind != "S" or not isinstance(inner, str):
        raise TypeError(f"{kind} {inner!r} cannot be in a key")
    return {kind: inner}
