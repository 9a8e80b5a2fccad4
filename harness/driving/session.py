"""What a scenario works with. It calls a submission's code, and records the answers and what crosses the wire."""

from __future__ import annotations

import json
import threading
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
    UNKNOWN_ROLE,
    CallRecord,
    Change,
    Evidence,
    Exchange,
    TimeJump,
)
from harness.driving.faults import Fault, FaultRule
from harness.driving.keys import Key
from harness.driving.request_log import RequestLog
from harness.driving.schedule import Choose, Schedule
from harness.driving.write_guard import GuardedTable, WriteGuard, read_items
from harness.gateway.server import Request, Response, error_response
from harness.submission.caller import Call, Callee, Caller, Failure, FailureKind, Limits, Outcome, OwnTime
from harness.targets.target import Target, TargetKind

LONG = frozenset({FailureKind.HUNG, FailureKind.TOO_MUCH_CPU, FailureKind.TOO_MANY_REQUESTS})
"""Failures that take so long that one of them is enough."""

ENDINGS = frozenset({FailureKind.ENDED, FailureKind.GARBLED})
"""Failures after which a new process is needed."""

ENDINGS_LIMIT = 2
SMALL_VALUE_BYTES = 64 * 1024
LARGEST_VALUE_BYTES = 1024**2
LARGEST_EVIDENCE_BYTES = 32 * 1024**2
"""How much is kept of one answer, and of all answers, with long texts abridged. A recorded tape must be readable."""

PROGRESS_STEPS = 10
INDEXES_SECONDS = 5.0
SMALL_PAGE_ITEMS = 3


@dataclass(frozen=True, slots=True)
class DrivingOptions:
    """How to call the code: the submission's folder, the environment without credentials, the seed, the run's own time
    (in UTC), how every id begins, the phases that are judged, how long all calls together may take (without the
    target's answers), and what one call may use."""

    folder: Path
    environment: Mapping[str, str]
    seed: int
    now: datetime
    prefix: str
    phases: Collection[str]
    timeout_seconds: float
    limits: Limits = field(default=Limits())


class NotStarted(Exception):
    """The object could not be created, or the module could not be imported. The evidence says so, and no more calls are
    possible."""


class CodeProcess:
    """A process of the submission's code. It shares nothing with other processes."""

    def __init__(self, session: DrivingSession, client: str, caller: Caller, exchanges: Sequence[Exchange]) -> None:
        """Args:
        client: its name, from which its requests are known.
        exchanges: the requests that were sent when it started. They count as part of its first call.
        """
        self.client = client
        self._session = session
        self._caller = caller
        self._exchanges = tuple(exchanges)
        self._costly: dict[str, list[Failure]] = defaultdict(list)

    def call(self, phase: str, method: str, *arguments: Any, watched: bool = False, part: int = 0) -> CallRecord:
        """Calls a method or function, and adds the result to the evidence; with `watched`, also what the call changes
        in the tables."""
        record = self.called(phase, method, *arguments, watched=watched, part=part)
        self._session.note(record)
        return record

    def called(self, phase: str, method: str, *arguments: Any, watched: bool = False, part: int = 0) -> CallRecord:
        """The same, without adding it to the evidence."""
        changes: tuple[Change, ...] | None = None
        if watched:
            outcome, changes = self._session.watch(lambda: self.outcome(method, *arguments))
        else:
            outcome = self.outcome(method, *arguments)
        return self.record(phase, outcome, changes, part)

    def outcome(self, method: str, *arguments: Any) -> Outcome:
        """What a call comes to. A method that hung, or ended its process twice, is not called again, because that would
        take the time of the others."""
        failures = self._costly[method]
        if len(failures) >= ENDINGS_LIMIT or [one for one in failures if one.kind in LONG]:
            return Outcome(Call(method, arguments), failure=failures[-1])
        self._session.request_log.take(self.client)
        outcome = self._caller.call(method, *arguments)
        if outcome.failure is not None and outcome.failure.kind in LONG | ENDINGS:
            failures.append(outcome.failure)
        return outcome

    def record(self, phase: str, outcome: Outcome, changes: tuple[Change, ...] | None, part: int) -> CallRecord:
        """A call in the form of evidence, with its requests."""
        session = self._session
        call = Call(outcome.call.method, tuple(abridged(one) for one in outcome.call.arguments))
        exchanges = (*self._exchanges, *session.request_log.take(self.client))[: session.options.limits.requests + 1]
        self._exchanges = ()
        value = abridged(outcome.value)
        failure = outcome.failure or session.too_large(call.method, value, outcome.size)
        value = None if failure else value
        return CallRecord(
            phase, call, value, failure, exchanges, changes, outcome.place, outcome.output, self.client, part
        )


class DrivingSession:
    """One scenario's work with the code that a lab asks for, on the tables that the lab declares. `today` is the day of
    the run. `options` holds the seed, the prefix of every id, and more."""

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
        guard: notes what is written, and refuses what may not be written. It knows those of the tables that exist.
        progress: is called with a text that says how far it is.
        """
        self.driven = driven
        self.options = options
        self.today = options.now.date()
        self.request_log = RequestLog({one.name: one.key_names for one in guard.tables})
        self._target = target
        self._guard = guard
        self._clock = clock
        self._progress = progress
        self._planned = self._done = 0
        self._own_time = OwnTime(options.timeout_seconds)
        self._kept_bytes = 0
        self._calls: list[CallRecord] = []
        self._time_jumps: list[TimeJump] = []

    @property
    def evidence(self) -> Evidence:
        """What was gathered so far."""
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
        """A process with the module, or with an object of the class, that the lab declares. It has credentials of its
        own: some in its environment, and others in the session that the object gets, if the lab declares one.

        Args:
            client: its name in the evidence; each process needs another one.

        Raises:
            NotStarted: the module, the class or the object could not be made.
        """
        gateway, driven = self._target.gateway, self.driven
        roles = [f"{client} {role}" for role in (SESSION_ROLE, ENVIRONMENT_ROLE)]
        session, environment = map(gateway.credentials, roles)
        meter = gateway.meter(*roles, UNKNOWN_ROLE)  # its own: others may wait until it is done
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
            traffic=lambda: meter.traffic,
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
        """Inside this block, the code may write; its requests are noted, and the keys of what they write."""
        gateway = self._target.gateway
        gateway.observers.append(self.request_log)
        try:
            with gateway.rule(_refuse_statements), gateway.writable(self._guard):
                yield
        finally:
            gateway.observers.remove(self.request_log)

    def put(self, table: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Puts items into a table as the harness, without a call of the code. Only possible while it is
        recording.

        Args:
            items: in DynamoDB's own form, such as `{"id": {"S": "1"}}`. Keys begin with the prefix, or hold it.

        Raises:
            ReadError: the items cannot be written.
        """
        with writing(self._target.gateway, SCENARIO_ROLE, self._target.region) as client:
            for batch in batches(items):
                write_batch(client, table, [{"PutRequest": {"Item": one}} for one in batch], self._clock)

    @contextmanager
    def small_pages(self) -> Iterator[None]:
        """Inside this block, a Query returns at most three items, as if they were large. (A Scan has the pages of the
        whole table anyway.)"""
        with self._target.gateway.rule(_with_small_page):
            yield

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Inside this block, requests of the code meet these faults."""
        gateway = self._target.gateway
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(gateway.rule(FaultRule(fault, gateway.ask_backend)))
            yield

    def at_once(
        self,
        phase: str,
        part: int,
        calls: Mapping[CodeProcess, tuple[str, Sequence[Any]]],
        choose: Choose,
        after_write: Callable[[], object] = lambda: None,
    ) -> None:
        """Calls a method in each of several processes at once, and adds the results to the evidence.

        Args:
            calls: the method and the arguments, by the process.
            choose: chooses whose request is answered next.
            after_write: is called after each write that took effect, while all of them wait.
        """

        def caller(process: CodeProcess, method: str, arguments: Sequence[Any]) -> Callable[[], Outcome]:
            return lambda: process.outcome(method, *arguments)

        schedule = Schedule(self._target.gateway, choose, after_write)
        self.request_log.numbers = True
        try:
            outcomes = schedule.run({one.client: caller(one, *call) for one, call in calls.items()})
        finally:
            self.request_log.numbers = False
        for process in calls:
            self.note(process.record(phase, outcomes[process.client], None, part))

    def plan(self, calls: int) -> None:
        """Sets how many calls there will be in phases without parts, so that the progress can be shown."""
        self._planned = calls

    def wants(self, *phases: str) -> bool:
        """Whether one of these phases is judged."""
        return bool({*phases} & {*self.options.phases})

    def note(self, called: CallRecord) -> None:
        """Adds a call to the evidence."""
        self._calls.append(called)
        if called.part:
            return
        done = self._done = self._done + 1
        if self._planned and done * PROGRESS_STEPS // self._planned > (done - 1) * PROGRESS_STEPS // self._planned:
            self._progress(f"{done:,} of {self._planned:,} calls made")

    def too_large(self, method: str, value: Any, size: int) -> Failure | None:
        """A failure, if an answer is too large to keep, or makes all answers too large; otherwise it is counted.

        Args:
            value: the answer, abridged.
            size: the size of the whole answer in bytes.
        """
        if size > SMALL_VALUE_BYTES:
            size = len(json.dumps(encode(value)))
        if size > LARGEST_VALUE_BYTES:
            return Failure(FailureKind.NOT_PLAIN, f"{method} returned {size:,} bytes, not counting long texts")
        if self._kept_bytes + size > LARGEST_EVIDENCE_BYTES:
            return Failure(FailureKind.NOT_PLAIN, f"with {method}, all answers are larger than 32 MiB")
        self._kept_bytes += size
        return None

    def watch(self, call: Callable[[], Outcome]) -> tuple[Outcome, tuple[Change, ...]]:
        """Makes a call, and returns what it changed: the items that it wrote, before and after.

        Raises:
            ReadError: these items cannot be read.
        """
        before: dict[tuple[GuardedTable, Key], Mapping[str, Any] | None] = {}
        unread: list[ReadError] = []
        lock = threading.Lock()

        def look(written: Sequence[tuple[GuardedTable, Key]]) -> None:
            try:
                with lock:
                    before.update(self._items([one for one in written if one not in before]))
            except ReadError as error:
                unread.append(error)

        with self._guard.looking(look):
            outcome = call()
        if unread:
            raise unread[0]
        after = self._items(before)
        changed = [one for one in before if before[one] != after[one]]
        return outcome, tuple(Change(before[one], after[one], abridged(one[1])) for one in changed)

    def _items(
        self, places: Collection[tuple[GuardedTable, Key]]
    ) -> dict[tuple[GuardedTable, Key], Mapping[str, Any] | None]:
        """Items as they are now, in the form of evidence."""
        found: dict[tuple[GuardedTable, Key], Mapping[str, Any] | None] = {}
        for table in dict.fromkeys(table for table, _ in places):
            keys = list(dict.fromkeys(key for other, key in places if other is table))
            items = read_items(self._target.account, table, keys)
            found |= {(table, key): abridged(item) for key, item in items.items()}
        return found

    def settle(self) -> None:
        """Waits until indexes hold what was written. This takes time in AWS, which does not say when it is done.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes"""
        if not self.is_current:
            self._clock.wait(INDEXES_SECONDS)

    @property
    def is_current(self) -> bool:
        """Whether also indexes return at once what was written, so that nothing need be waited for."""
        return self._target.kind is not TargetKind.LIVE

    def can_jump(self, table: str) -> bool:
        """Whether a table can be moved to another time, so that items in it expire."""
        return self._target.embedded is not None and self._expiry_attribute(table) is not None

    def jump(self, phase: str, day: date, table: str) -> None:
        """Deletes what time to live would have deleted from a table by the beginning of that day, in UTC."""
        embedded, attribute = self._target.embedded, self._expiry_attribute(table)
        if embedded is None or attribute is None:
            raise RuntimeError(
                "only a table of the embedded account that has time to live can be moved to another time"
            )
        until = datetime.combine(day, time(), UTC)
        expired = embedded.expire(self._target.region, table, attribute, self.options.now, until)
        self._time_jumps.append(TimeJump(phase, day, expired))

    def _expiry_attribute(self, table: str) -> str | None:
        """The table's attribute for time to live; None if it is not enabled, or not known."""
        try:
            told = self._target.account.read("dynamodb", "DescribeTimeToLive", TableName=table)
        except ReadError:
            return None
        description = told["TimeToLiveDescription"]
        return description.get("AttributeName") if description["TimeToLiveStatus"] == "ENABLED" else None


def _refuse_statements(request: Request) -> Response | None:
    """Refuses PartiQL, because what a statement reads and writes is not known here."""
    if request.service == "dynamodb" and request.operation in STATEMENTS:
        return error_response(request, 501, "NotImplementedException", "PartiQL statements are not supported here.")
    return None


def _with_small_page(request: Request) -> Request | None:
    if request.service != "dynamodb" or request.operation != "Query":
        return None
    limit = request.parameters.get("Limit")
    small = min(limit, SMALL_PAGE_ITEMS) if type(limit) is int and limit > 0 else SMALL_PAGE_ITEMS
    return request.asking({**request.parameters, "Limit": small})
