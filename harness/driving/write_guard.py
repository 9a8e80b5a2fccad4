"""Which items a submission's code wrote, so that exactly those can be looked at, and be removed again."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Protocol

from harness.account.errors import NOT_ALLOWED_CODE, Throttled
from harness.account.reading import Source, read_key
from harness.account.reads import ITEM_WRITES, is_read
from harness.driving.request_log import written_keys
from harness.gateway.server import HARNESS_ROLE, Request, Response, error_response

Key = str
"""A key as text: its attributes as JSON, in the order of the table's schema."""

NUMBER_DIGITS = 38
"""How many digits a number may have.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""


class Guard(Protocol):
    """Says whether an item may be written, before it is; it has been noted durably when that returns."""

    def __call__(self, key: Key) -> str | None:
        """Why not; None when it may."""


Look = Callable[[Key], None]
"""Is told each item that is about to be written, every time."""


class WriteGuard:
    """A rule of a gateway. Without a guard it just keeps the keys; with one, nothing but items of this table may be
    written."""

    def __init__(
        self, table: str, key_names: Sequence[str], guard: Guard | None = None, *, region: str = "", arn: str = ""
    ) -> None:
        """Args:
        key_names: of the table's primary key, in its order.
        region, arn: the table's, for a guard: there may be tables of the same name elsewhere.
        """
        self._region = region
        self._arn = arn
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
    def partition_key(self) -> str:
        """The name of the table's partition key."""
        return self._names[0]

    @property
    def keys(self) -> list[Key]:
        """The keys so far, in the order in which they were written first."""
        with self._lock:
            return list(self._keys)

    def key_of(self, item: Mapping[str, Any]) -> Key:
        """The key of an item, or of a key's attributes. One number may be written in several ways."""
        return json.dumps({name: _canonical(item[name]) for name in self._names})

    @staticmethod
    def attributes(key: Key) -> dict[str, Any]:
        """The attributes of a key, as boto3's clients take them: binary ones as bytes."""
        attributes: dict[str, Any] = json.loads(key)
        return {
            name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in attributes.items()
        }

    def __call__(self, request: Request) -> Response | None:
        if request.role == HARNESS_ROLE or is_read(request.service, request.operation):
            return None
        if request.service != "dynamodb" or request.operation not in ITEM_WRITES:
            what = f"{request.service} {request.operation}".strip() or "this request"
            return self._refused(request, f"{what} is no write of an item")
        for table, attributes in written_keys(request.operation, request.parameters, self._names):
            problem = self._problem(request, table, attributes)
            if problem is not None and (refused := self._refused(request, problem)) is not None:
                return refused
        return None

    def _problem(self, request: Request, table: str, attributes: Mapping[str, Any] | None) -> str | None:
        """Why an item may not be written; None where it may, and has been noted."""
        if self._guard is not None and request.region != self._region:
            return f"it writes in the Region {request.region}"
        if table not in (self._table, self._arn):
            return f"it writes to {table}"
        if attributes is None:
            return "its key cannot be told"
        try:
            return self._noted(attributes)
        except (TypeError, ValueError, ArithmeticError):
            return "its key cannot be told"

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


def read_item(account: Source, table: str, key: Key) -> Mapping[str, Any] | None:
    """An item as it is now, None where there is none. It is read anew each time, and left on no tape.

    Raises:
        ReadError: it cannot be read, or DynamoDB puts that off.
    """
    parameters = {"RequestItems": {table: {"Keys": [WriteGuard.attributes(key)], "ConsistentRead": True}}}
    answer = account.read("dynamodb", "BatchGetItem", RequestItems=parameters["RequestItems"])
    account.forget([read_key("dynamodb", "BatchGetItem", parameters)])
    if answer.get("UnprocessedKeys"):
        raise Throttled("dynamodb", "BatchGetItem", {"TableName": table}, "UnprocessedKeys", "the read was put off")
    found = answer["Responses"].get(table, ())
    return found[0] if found else None


def _canonical(value: Any) -> dict[str, Any]:
    """A key attribute's value, such that equal ones are written equally.

    Raises:
        TypeError, ValueError, ArithmeticError: it is none.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no attribute's value")
    [(kind, inner)] = value.items()
    if kind == "N":
        exact = Context(NUMBER_DIGITS, traps=[Inexact, InvalidOperation])
        return {kind: str(exact.normalize(exact.plus(Decimal(inner))))}  # plus makes 0 of -0
    if kind == "B":
        raw = inner if isinstance(inner, bytes) else base64.b64decode(inner, validate=True)
        return {kind: base64.b64encode(raw).decode("ascii")}
    if kind != "S" or not isinstance(inner, str):
        raise TypeError(f"{kind} {inner!r} is in no key")
    return {kind: inner}
