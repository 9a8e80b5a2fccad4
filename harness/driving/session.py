"""The workbench of a probe: it drives a submission's code, and writes down what it answers and what crosses the wire."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from harness.account.errors import ReadError
from harness.account.reads import STATEMENTS
from harness.clock import Clock
from harness.documents.abridged import abridged
from harness.documents.plain import encode
from harness.driving.evidence import (
    ENVIRONMENT_ROLE,
    START,
    STORE_ROLE,
    CallRecord,
    Change,
    Evidence,
    Exchange,
    TimeJump,
)
from harness.driving.request_log import RequestLog
from harness.driving.write_guard import Key, WriteGuard, read_item
from harness.gateway.server import Request, Response, error_response
from harness.submission.caller import Call, Callee, Caller, Failure, FailureKind, Limits, Outcome, OwnTime
from harness.targets.target import Target, TargetKind

LONG = frozenset({FailureKind.HUNG, FailureKind.TOO_MUCH_CPU, FailureKind.TOO_MANY_REQUESTS})
"""Failures that take so long that one is enough."""

ENDINGS = frozenset({FailureKind.ENDED, FailureKind.GARBLED})
"""Failures after which a process must be started again."""

ENDINGS_LIMIT = 2
SMALL_VALUE_BYTES = 64 * 1024
LARGEST_VALUE_BYTES = 1024**2
LARGEST_EVIDENCE_BYTES = 32 * 1024**2
"""How much is kept of one answer, and of all, with long texts abridged: a tape that is recorded can be read again."""

PROGRESS_STEPS = 10
INDEXES_SECONDS = 5.0
SMALL_PAGE_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """Of what a probe is made: the submission's folder, what its environment holds, credentials apart, the seed,
    the run's own time (in UTC), how every id begins, the phases that are judged, how long all calls together may take
    (without the target's answers), and what one may use."""

    folder: Path
    environment: Mapping[str, str]
    seed: int
    now: datetime
    prefix: str
    phases: Collection[str]
    timeout_seconds: float
    limits: Limits = field(default=Limits())


class NotStarted(Exception):
    """The submission's object could not be made: that is in the evidence, and nothing more can be driven."""


class CodeProcess:
    """A process of the submission's code. Nothing that it keeps is there in another."""

    def __init__(self, bench: DrivingSession, driver: Caller, exchanges: Sequence[Exchange]) -> None:
        """Args:
        exchanges: the requests that were made when the object was made. They count to its first call.
        """
        self._bench = bench
        self._driver = driver
        self._exchanges = tuple(exchanges)
        self._costly: dict[str, list[Failure]] = defaultdict(list)

    def call(self, phase: str, method: str, *arguments: Any, watched: bool = False) -> None:
        """Calls a method. What it comes to goes into the evidence; with `watched`, what it changes in the table too.
        A method that hung, or ended its process twice, is not called again: that would take the time of the others."""
        call = Call(method, tuple(abridged(one) for one in arguments))
        failures = self._costly[method]
        if len(failures) >= ENDINGS_LIMIT or [one for one in failures if one.kind in LONG]:
            self._bench.note(CallRecord(phase, call, None, failures[-1], ()))
            return
        self._bench.note(self._called(phase, call, arguments, watched=watched))

    def _called(self, phase: str, call: Call, arguments: Sequence[Any], *, watched: bool) -> CallRecord:
        self._bench.wire.take()
        if watched:
            outcome, changes = self._bench.watch(lambda: self._driver.call(call.method, *arguments))
        else:
            outcome, changes = self._driver.call(call.method, *arguments), None
        exchanges = (*self._exchanges, *self._bench.wire.take())[: self._bench.setting.limits.requests + 1]
        self._exchanges = ()
        value = abridged(outcome.value)
        failure = outcome.failure or self._bench.too_large(call.method, value, outcome.size)
        if failure is not None and failure.kind in LONG | ENDINGS:
            self._costly[call.method].append(failure)
        value = None if failure else value
        return CallRecord(phase, call, value, failure, exchanges, changes, outcome.place, outcome.output)


class DrivingSession:
    """Works with one table. `setting` is the probe's own, and `today` its day."""

    def __init__(
        self,
        setting: Setting,
        target: Target,
        table: str,
        ledger: WriteGuard,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        """Args:
        progress: is told, in words, how far it is.
        """
        self.setting = setting
        self.today = setting.now.date()
        self.wire = RequestLog(table, ledger.partition_key)
        self._target = target
        self._table = table
        self._ledger = ledger
        self._clock = clock
        self._progress = progress
        self._planned = 0
        self._own_time = OwnTime(setting.timeout_seconds)
        self._kept_bytes = 0
        self._calls: list[CallRecord] = []
        self._travels: list[TimeJump] = []

    @property
    def evidence(self) -> Evidence:
        """What has been gathered so far."""
        setting = self.setting
        return Evidence(setting.seed, self.today, setting.prefix, tuple(self._calls), tuple(self._travels))

    @contextmanager
    def process(self, module: str, class_name: str, *arguments: Any) -> Iterator[CodeProcess]:
        """A process with an object of the submission's class, which is given a session as its last argument. It has
        credentials in its environment too, by which the harness knows who uses those instead.

        Raises:
            NotStarted: there is no such object.
        """
        gateway = self._target.gateway
        store, environment = gateway.credentials(STORE_ROLE), gateway.credentials(ENVIRONMENT_ROLE)
        session = {
            "aws_access_key_id": str(store.access_key),
            "aws_secret_access_key": str(store.secret_key),
            "region_name": self._target.region,
        }
        driver = Caller(
            Callee(
                self.setting.folder,
                module,
                class_name,
                arguments,
                session,
                secrets=tuple(str(key) for one in (store, environment) for key in (one.access_key, one.secret_key)),
            ),
            {
                **self.setting.environment,
                "AWS_ACCESS_KEY_ID": str(environment.access_key),
                "AWS_SECRET_ACCESS_KEY": str(environment.secret_key),
            },
            limits=self.setting.limits,
            own_time=self._own_time,
            traffic=lambda: gateway.traffic,
        )
        try:
            self.wire.take()
            started = driver.start()
            exchanges = self.wire.take()[: self.setting.limits.requests + 1]
            if started.failure is not None:
                self._calls.append(
                    CallRecord(
                        START, started.call, None, started.failure, exchanges, None, started.place, started.output
                    )
                )
                raise NotStarted
            yield CodeProcess(self, driver, exchanges)
        finally:
            driver.close()
            gateway.revoke(store)
            gateway.revoke(environment)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts, the code may write; its requests are noted, and the keys of what they write."""
        gateway = self._target.gateway
        gateway.observers.append(self.wire)
        try:
            with gateway.rule(_refuse_statements), gateway.writable(self._ledger):
                yield
        finally:
            gateway.observers.remove(self.wire)

    @contextmanager
    def small_pages(self) -> Iterator[None]:
        """While it lasts, a Query answers with three items at most, as if they were large. (A Scan has the whole table to
        page through anyway.)"""
        gateway = self._target.gateway
        backend = gateway.backend
        gateway.backend = lambda request: backend(_with_small_page(request))
        try:
            yield
        finally:
            gateway.backend = backend

    def plan(self, calls: int) -> None:
        """Says how many calls there will be, so that whoever waits sees how far it is."""
        self._planned = calls

    def wants(self, *phases: str) -> bool:
        """Whether one of these phases is judged."""
        return bool({*phases} & {*self.setting.phases})

    def note(self, called: CallRecord) -> None:
        """Adds a call to the evidence."""
        self._calls.append(called)
        done = len(self._calls)
        if self._planned and done * PROGRESS_STEPS // self._planned > (done - 1) * PROGRESS_STEPS // self._planned:
            self._progress(f"{done:,} of {self._planned:,} calls made")

    def too_large(self, method: str, value: Any, size: int) -> Failure | None:
        """That an answer is larger than what can be kept, or makes all of them so; otherwise it is counted.

        Args:
            value: abridged.
            size: the bytes that the whole answer took.
        """
        if size > SMALL_VALUE_BYTES:
            size = len(json.dumps(encode(value)))
        if size > LARGEST_VALUE_BYTES:
            return Failure(FailureKind.NOT_PLAIN, f"{method} returned {size:,} bytes, long texts not counted")
        if self._kept_bytes + size > LARGEST_EVIDENCE_BYTES:
            return Failure(FailureKind.NOT_PLAIN, f"with {method}, all answers are larger than 32 MiB")
        self._kept_bytes += size
        return None

    def watch(self, call: Callable[[], Outcome]) -> tuple[Outcome, tuple[Change, ...]]:
        """Makes a call, and says what it changed: the items that it wrote, before and after.

        Raises:
            ReadError: they cannot be read.
        """
        before: dict[Key, Mapping[str, Any] | None] = {}
        unread: list[ReadError] = []

        def look(key: Key) -> None:
            try:
                if key not in before:
                    before[key] = self._item(key)
            except ReadError as error:
                unread.append(error)

        with self._ledger.looking(look):
            outcome = call()
        if unread:
            raise unread[0]
        after = {key: self._item(key) for key in before}
        return outcome, tuple(Change(before[key], after[key]) for key in before if before[key] != after[key])

    def _item(self, key: Key) -> Mapping[str, Any] | None:
        """An item as it is now, as a evidence holds it."""
        item: Mapping[str, Any] | None = abridged(read_item(self._target.account, self._table, key))
        return item

    def settle(self) -> None:
        """Waits until indexes have what was written, where that takes time: in AWS, which does not tell when it is so.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes"""
        if self._target.kind is TargetKind.LIVE:
            self._clock.wait(INDEXES_SECONDS)

    @property
    def can_travel(self) -> bool:
        """Whether the table can be brought to another time."""
        return self._target.embedded is not None

    def travel(self, phase: str, day: date, attribute: str) -> None:
        """Deletes what time to live would have deleted by that day's beginning, in UTC."""
        embedded = self._target.embedded
        if embedded is None:
            raise RuntimeError("only the embedded account can travel in time")
        until = datetime.combine(day, time(), UTC)
        expired = embedded.expire(self._target.region, self._table, attribute, self.setting.now, until)
        self._travels.append(TimeJump(phase, day, expired))


def _refuse_statements(request: Request) -> Response | None:
    """PartiQL is not followed here: what a statement reads and writes, nobody else tells."""
    if request.service == "dynamodb" and request.operation in STATEMENTS:
        return error_response(request, 501, "NotImplementedException", "PartiQL statements cannot be followed here.")
    return None


def _with_small_page(request: Request) -> Request:
    if request.service != "dynamodb" or request.operation != "Query":
        return request
    limit = request.parameters.get("Limit")
    small = min(limit, SMALL_PAGE_ITEMS) if type(limit) is int and limit > 0 else SMALL_PAGE_ITEMS
    parameters = {**request.parameters, "Limit": small}
    return replace(request, parameters=parameters, body=json.dumps(parameters).encode())
