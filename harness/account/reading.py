"""Reads of an account, from the account itself or from a tape of an earlier run."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from harness.account.errors import NotConfigured, NotFound, ReadError, Unreachable

Answer = Mapping[str, Any]
ReadKey = tuple[str, str, str, str]
"""Service, operation, parameters (as text) and Region (empty: the run's own). Reads that agree in these are the
same."""


_encode = json.JSONEncoder(sort_keys=True, default=str).encode


def read_key(service: str, operation: str, parameters: Mapping[str, Any], region: str = "") -> ReadKey:
    """The key of a read. Most reads have one or two names as parameters, and JSON would take most of the time."""
    named = not [value for value in parameters.values() if type(value) is not str]
    return service, operation, repr(sorted(parameters.items())) if named else _encode(parameters), region


def other_region(region: str, own: str) -> str:
    """A Region as checks and readings hold it: empty if it is the run's own."""
    return "" if region == own else region


class Fields(dict[str, Any]):
    """A structure of an answer. If a check asks for a missing field that AWS always returns, this reports the answer as
    unusable. That is neither a bug of the check nor a verdict."""

    def __init__(self, values: Mapping[str, Any], asked: tuple[str, str, Mapping[str, Any]]) -> None:
        super().__init__(values)
        self._asked = asked

    def __missing__(self, name: str) -> Any:
        raise Unreachable(*self._asked, "IncompleteAnswer", f"the answer lacks the field {name}")


def fields(answer: Mapping[str, Any], service: str, operation: str, parameters: Mapping[str, Any]) -> Fields:
    """An answer in which every structure is a Fields."""
    asked = (service, operation, parameters)

    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return Fields({name: convert(inner) for name, inner in value.items()}, asked)
        return [convert(inner) for inner in value] if isinstance(value, list) else value

    converted: Fields = convert(answer)
    return converted


@functools.cache
def partition(region: str) -> str:
    """The partition of AWS that a Region belongs to, as botocore knows it; `aws` for an unknown Region, as in AWS's own
    rules for endpoints.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    https://smithy.io/2.0/aws/rules-engine/library-functions.html#aws-partition-function"""
    from botocore.exceptions import UnknownRegionError

    from harness.account.session import sealed_session

    try:
        return sealed_session().get_partition_for_region(region)
    except UnknownRegionError:
        return "aws"


@dataclass(frozen=True, slots=True)
class Reading:
    """One read of a run: what was asked, and the answer or the error (one of them is None). `region` is where it was
    asked (empty: the run's own Region)."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    answer: Answer | None
    error: ReadError | None
    region: str = ""

    @property
    def key(self) -> ReadKey:
        """The key with which it is found again."""
        return read_key(self.service, self.operation, self.parameters, self.region)

    @property
    def called(self) -> str:
        """The call and its Region, for people."""
        return called(self.service, self.operation, self.region)


def called(service: str, operation: str, region: str) -> str:
    """A call, for people: `dynamodb DescribeTable`, with ` in eu-west-1` after it if that is not the run's own
    Region."""
    return f"{service} {operation}{f' in {region}' if region else ''}"


class Source(Protocol):
    """Where readings come from. `region` is the run's own; `faithful` is False for another emulator, which may leave
    out what it does not simulate; `started` is the start of the run, in UTC, to the second."""

    @property
    def region(self) -> str: ...

    @property
    def account_id(self) -> str: ...

    @property
    def faithful(self) -> bool: ...

    @property
    def started(self) -> datetime: ...

    def read(self, service: str, operation: str, *, in_region: str = "", **parameters: Any) -> Answer:
        """The answer of a read in a Region (empty: the run's own). Raises ReadError if there is none."""

    def forget(self, keys: Iterable[ReadKey]) -> None:
        """Makes the next such reads ask again, if that is possible."""


class Reader:
    """A source as one check sees it, in one Region. It remembers what the check read."""

    def __init__(self, source: Source, region: str = "") -> None:
        """Args:
        region: where it reads; by default the run's own Region.
        """
        self._source = source
        self._other_region = other_region(region, source.region)
        self.region = region or source.region
        self.faithful = source.faithful
        self.started = source.started
        self.keys: set[ReadKey] = set()

    def read(self, service: str, operation: str, **parameters: Any) -> Answer:
        """The answer of a read. All pages of a list are merged.

        Raises:
            ReadError: one of its kinds, if there is no usable answer. A check does not catch it.
        """
        self.keys.add(read_key(service, operation, parameters, self._other_region))
        return self._source.read(service, operation, in_region=self._other_region, **parameters)

    def find(self, service: str, operation: str, **parameters: Any) -> Answer | None:
        """Like `read`, but None if the account says that there is no such resource."""
        try:
            return self.read(service, operation, **parameters)
        except NotFound:
            return None

    def configuration(self, service: str, operation: str, **parameters: Any) -> Answer | None:
        """Like `read`, but None if the account says that the resource has no such configuration. If the resource itself
        is missing, this raises."""
        try:
            return self.read(service, operation, **parameters)
        except NotConfigured:
            return None

    def table_arn(self, table: str) -> str:
        """The ARN of a table, by its name; only the name if the account's id is not known."""
        return self._arn("dynamodb", f"table/{table}") or f"table {table}"

    def function_arn(self, function: str) -> str:
        """The ARN of a Lambda function, by its name; only the name if the account's id is not known."""
        return self._arn("lambda", f"function:{function}") or function

    def _arn(self, service: str, resource: str) -> str:
        account_id = self._source.account_id
        return f"arn:{partition(self.region)}:{service}:{self.region}:{account_id}:{resource}" if account_id else ""
