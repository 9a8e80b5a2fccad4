"""What a scenario works with: it calls a submission's code, and writes down what that answers and what crosses the wire."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from harness.account.errors import ReadError
from harness.account.reads import STATEMENTS
from harness.clock import Clock
from harness.documents.abridged import abridged
from harness.documents.plain import encode
from harness.driving.batch_writer import batches, write_batch, writing
from harness.driving.driven_code import DrivenCode
from harness.driving.evidence import (
    ENVIRONMENT_ROLE,
    SCENARIO_ROLE,
    SESSION_ROLE,
    START,
    CallRecord,
    Change,
    Evidence,
    Exchange,
    TimeJump,
)
from harness.driving.faults import Fault, FaultRule
from harness.driving.request_log import RequestLog
from harness.driving.write_guard import GuardedTable, Key, WriteGuard, read_item
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
class DrivingOptions:
    """How code is driven: the submission's folder, what its environment holds, credentials apart, the seed, the run's own
    time (in UTC), how every id begins, the phases that are judged, how long all calls together may take (without the
    target's answers), and what one may use."""

    folder: Path
    environment: Mapping[str, str]
    seed: int
    now: datetime
    prefix: str
    phases: Collection[str]
    timeout_seconds: float
    limits: Limits = field(default=Limits())


class NotStarted(Exception):
    """The object could not be made, or the module not be imported: that is in the evidence, and nothing more can be
    driven."""


class CodeProcess:
    """A process of the submission's code. Nothing that it keeps is there in another."""

    def __init__(self, session: DrivingSession, client: str, caller: Caller, exchanges: Sequence[Exchange]) -> None:
        """Args:
        client: its name, by which its requests are known.
        exchanges: the requests that were made when it began. They count to its first call.
        """
        self._session = session
        self._client = client
        self._caller = caller
        self._exchanges = tuple(exchanges)
        self._costly: dict[str, list[Failure]] = defaultdict(list)

    def call(self, phase: str, method: str, *arguments: Any, watched: bool = False) -> None:
        """Calls a method or function. What it comes to goes into the evidence; with `watched`, what it changes in the
        tables too. One that hung, or ended its process twice, is not called again: that would take the time of the
        others."""
        call = Call(method, tuple(abridged(one) for one in arguments))
        failures = self._costly[method]
        if len(failures) >= ENDINGS_LIMIT or [one for one in failures if one.kind in LONG]:
            self._session.note(CallRecord(phase, call, None, failures[-1], (), client=self._client))
            return
        self._session.note(self._called(phase, call, arguments, watched=watched))

    def _called(self, phase: str, call: Call, arguments: Sequence[Any], *, watched: bool) -> CallRecord:
        session = self._session
        session.request_log.take(self._client)
        if watched:
            outcome, changes = session.watch(lambda: self._caller.call(call.method, *arguments))
        else:
            outcome, changes = self._caller.call(call.method, *arguments), None
        exchanges = (*self._exchanges, *session.request_log.take(self._client))[: session.options.limits.requests + 1]
        self._exchanges = ()
        value = abridged(outcome.value)
        failure = outcome.failure or session.too_large(call.method, value, outcome.size)
        if failure is not None and failure.kind in LONG | ENDINGS:
            self._costly[call.method].append(failure)
        value = None if failure else value
        return CallRecord(phase, call, value, failure, exchanges, changes, outcome.place, outcome.output, self._client)


class DrivingSession:
    """One scenario's work with the code that a lab drives, on the tables that it declares. `today` is the day of the run.
    `options` holds the seed, the prefix of every id, and more."""

    def __init__(
        self,
        driven: DrivenCode,
        options: DrivingOptions,
        target: Target,
        guard: WriteGuard,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        """Args:
        guard: notes what is written, and refuses what may not be. It knows those of the tables that exist.
        progress: is told, in words, how far it is.
        """
        self.driven = driven
        self.options = options
        self.today = options.now.date()
        self.request_log = RequestLog({one.name: one.key_names[0] for one in guard.tables})
        self._target = target
        self._guard = guard
        self._clock = clock
        self._progress = progress
        self._planned = 0
        self._own_time = OwnTime(options.timeout_seconds)
        self._kept_bytes = 0
        self._calls: list[CallRecord] = []
        self._time_jumps: list[TimeJump] = []

    @property
    def evidence(self) -> Evidence:
        """What has been gathered so far."""
        options = self.options
        return Evidence(
            self.driven.plain(),
            options.seed,
            self.today,
            options.prefix,
            tuple(self._calls),
            tuple(self._time_jumps),
        )

    @contextmanager
    def process(self, client: str) -> Iterator[CodeProcess]:
        """A process with the module, or with an object of the class, that the lab drives. It has credentials of its own:
        some in its environment, and others in the session that the object is given, where it is given one.

        Args:
            client: its name in the evidence, another one for each process.

        Raises:
            NotStarted: there is no such module, class or object.
        """
        gateway, driven = self._target.gateway, self.driven
        session, environment = (gateway.credentials(f"{client} {role}") for role in (SESSION_ROLE, ENVIRONMENT_ROLE))
        given = {
            "aws_access_key_id": str(session.access_key),
            "aws_secret_access_key": str(session.secret_key),
            "region_name": self._target.region,
        }
        caller = Caller(
            Callee(
                self.options.folder,
                driven.module,
                driven.class_name or None,
                driven.arguments,
                given if driven.session else None,
                secrets=tuple(str(key) for one in (session, environment) for key in (one.access_key, one.secret_key)),
            ),
            {
                **self.options.environment,
                "AWS_ACCESS_KEY_ID": str(environment.access_key),
                "AWS_SECRET_ACCESS_KEY": str(environment.secret_key),
            },
            limits=self.options.limits,
            own_time=self._own_time,
            traffic=lambda: gateway.traffic,
        )
        try:
            self.request_log.take(client)
            started = caller.start()
            exchanges = self.request_log.take(client)[: self.options.limits.requests + 1]
            if started.failure is not None:
                self._calls.append(
                    CallRecord(
                        START,
                        started.call,
                        None,
                        started.failure,
                        exchanges,
                        None,
                        started.place,
                        started.output,
                        client,
                    )
                )
                raise NotStarted
            yield CodeProcess(self, client, caller, exchanges)
        finally:
            caller.close()
            gateway.revoke(session)
            gateway.revoke(environment)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """While it lasts, the code may write; its requests are noted, and the keys of what they write."""
        gateway = self._target.gateway
        gateway.observers.append(self.request_log)
        try:
            with gateway.rule(_refuse_statements), gateway.writable(self._guard):
                yield
        finally:
            gateway.observers.remove(self.request_log)

    def put(self, table: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Puts items into a table, as the harness itself: no call of the code has written them. Only while it is
        recording.

        Args:
            items: in DynamoDB's own form, such as `{"id": {"S": "1"}}`. Keys begin with the prefix, or hold it.

        Raises:
            ReadError: they cannot be written.
        """
        with writing(self._target.gateway, SCENARIO_ROLE, self._target.region) as client:
            for batch in batches(items):
                write_batch(client, table, [{"PutRequest": {"Item": one}} for one in batch], self._clock)

    @contextmanager
    def small_pages(self) -> Iterator[None]:
        """While it lasts, a Query answers with three items at most, as if they were large. (A Scan has the whole table to
        page through anyway.)"""
        with self._target.gateway.rule(_with_small_page):
            yield

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """While it lasts, requests of the code meet these faults."""
        gateway = self._target.gateway
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(gateway.rule(FaultRule(fault, gateway.ask_backend)))
            yield

    def plan(self, calls: int) -> None:
        """Says how many calls there will be, so that whoever waits sees how far it is."""
        self._planned = calls

    def wants(self, *phases: str) -> bool:
        """Whether one of these phases is judged."""
        return bool({*phases} & {*self.options.phases})

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
        before: dict[tuple[str, Key], Mapping[str, Any] | None] = {}
        unread: list[ReadError] = []

        def look(table: GuardedTable, key: Key) -> None:
            try:
                if (table.name, key) not in before:
                    before[table.name, key] = self._item(table.name, key)
            except ReadError as error:
                unread.append(error)

        with self._guard.looking(look):
            outcome = call()
        if unread:
            raise unread[0]
        after = {place: self._item(*place) for place in before}
        return outcome, tuple(Change(before[one], after[one]) for one in before if before[one] != after[one])

    def _item(self, table: str, key: Key) -> Mapping[str, Any] | None:
        """An item as it is now, as evidence holds it."""
        item: Mapping[str, Any] | None = abridged(read_item(self._target.account, table, key))
        return item

    def settle(self) -> None:
        """Waits until indexes have what was written, where that takes time: in AWS, which does not tell when it is so.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes"""
        if self._target.kind is TargetKind.LIVE:
            self._clock.wait(INDEXES_SECONDS)

    def can_jump(self, table: str) -> bool:
        """Whether a table can be brought to another time, at which something in it would expire."""
        return self._target.embedded is not None and self._expiry_attribute(table) is not None

    def jump(self, phase: str, day: date, table: str) -> None:
        """Deletes what time to live would have deleted from a table by that day's beginning, in UTC."""
        embedded, attribute = self._target.embedded, self._expiry_attribute(table)
        if embedded is None or attribute is None:
            raise RuntimeError(
                "only a table of the embedded account that has time to live can be brought to another time"
            )
        until = datetime.combine(day, time(), UTC)
        expired = embedded.expire(self._target.region, table, attribute, self.options.now, until)
        self._time_jumps.append(TimeJump(phase, day, expired))

    def _expiry_attribute(self, table: str) -> str | None:
        """The table's attribute for time to live; None where it is not enabled, or nobody tells."""
        try:
            told = self._target.account.read("dynamodb", "DescribeTimeToLive", TableName=table)
        except ReadError:
            return None
        description = told["TimeToLiveDescription"]
        return description.get("AttributeName") if description["TimeToLiveStatus"] == "ENABLED" else None


def _refuse_statements(request: Request) -> Response | None:
    """PartiQL is not followed here: what a statement reads and writes, nobody else tells."""
    if request.service == "dynamodb" and request.operation in STATEMENTS:
        return error_response(request, 501, "NotImplementedException", "PartiQL statements cannot be followed here.")
    return None


def _with_small_page(request: Request) -> Request | None:
    if request.service != "dynamodb" or request.operation != "Query":
        return None
    limit = request.parameters.get("Limit")
    small = min(limit, SMALL_PAGE_ITEMS) if type(limit) is int and limit > 0 else SMALL_PAGE_ITEMS
    return request.asking({**request.parameters, "Limit": small})
