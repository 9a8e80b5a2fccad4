"""Calls a submission's code over a pipe: the methods of a class or the functions of a module, in a separate process.

The code can only make its own calls fail, whatever it does: it may raise, hang, print, end its process or write to the
pipe. A process that has ended is started again for the next call.
"""

from __future__ import annotations

import json
import os
import pprint
import select
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from harness import paths
from harness.documents.abridged import filled_up
from harness.documents.plain import decode, encode
from harness.submission.process import SubmissionProcess

if TYPE_CHECKING:
    from harness.gateway.server import Traffic

LARGEST_REPLY_MEBIBYTES = 16
READ_BYTES = 1024**2
OUTPUT_SHOWN_BYTES = 2048
LONGEST_ERROR = 4000
"""How many characters of an error are kept, and of its traceback."""

STARTS_LIMIT = 20
PLACES_LIMIT = 1_000
LONGEST_FILE = 10**7
"""The most methods of an object, and lines of a file, that are believed."""

LOOK_SECONDS = 1.0
LOOKS = 20
"""How often a process is looked at, at least, while it uses up one of its limits of time."""

BUSY_SHARE = 1 / 30
"""A process that uses a smaller share of a processor is waiting. A busy machine may give only that much to each
process."""

PYTHON_WIDTH = 68
LONG_TEXT = 60
"""Texts of this many characters or more are not shown in full."""


class FailureKind(StrEnum):
    """Why a call did not return plain data."""

    RAISED = "raised"
    MISSING = "missing"
    NOT_PLAIN = "not-plain"
    HUNG = "hung"
    TOO_MUCH_CPU = "too-much-cpu"
    TOO_MANY_REQUESTS = "too-many-requests"
    ENDED = "ended"
    GARBLED = "garbled"
    OUT_OF_TIME = "out-of-time"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call returned nothing. `summary` is a sentence without its full stop; `traceback` is the submission's own
    (empty if it raised nothing)."""

    kind: FailureKind
    summary: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method or of a function."""

    method: str
    arguments: tuple[Any, ...]

    def python(self, subject: str) -> str:
        """The call as Python code, in which dots stand for most of a long text. A long call takes several lines.

        Args:
            subject: the object or module that has the method or function.
        """
        arguments = [_pasted(one) for one in self.arguments]
        line = f"{subject}.{self.method}({', '.join(map(repr, arguments))})"
        if len(line) <= PYTHON_WIDTH:
            return line
        told = (pprint.pformat(one, width=PYTHON_WIDTH, sort_dicts=False) + "," for one in arguments)
        return f"{subject}.{self.method}(\n{textwrap.indent(chr(10).join(told), '    ')}\n)"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a submission: a file, by its path in the submission's folder, and a line of it. Empty and 0 if they
    are not known."""

    file: str = ""
    line: int = 0

    @property
    def is_inside(self) -> bool:
        """Whether it is a line of a file below the submission's folder. The submission may have made it up."""
        path = PurePosixPath(self.file)
        return self.file != "" and not path.is_absolute() and ".." not in path.parts and 1 <= self.line <= LONGEST_FILE


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a call: a value, unless there is a failure. `place` is where it failed, or else where its method
    is; `output` is the end of what was printed meanwhile; `size` is the number of bytes of the value on the pipe."""

    call: Call
    value: Any = None
    failure: Failure | None = None
    place: Place = NOWHERE
    output: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Callee:
    """What is called: a class in a module of a submission's folder, the arguments for its constructor, and the
    arguments of the boto3 session that comes after them (None: no session). If `class_name` is None, the functions of
    the module are called. `secrets` are left out of what the code prints."""

    folder: Path
    module: str
    class_name: str | None
    arguments: tuple[Any, ...]
    session: Mapping[str, str] | None
    secrets: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The module's file, by its path in the submission's folder."""
        return file_of(self.module)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use: seconds in which it neither computes nor waits for the target, seconds of CPU time, and
    requests. They are generous, and neither the target's time nor a busy machine counts."""

    idle_seconds: float = 30.0
    cpu_seconds: float = 30.0
    requests: int = 1_000

    @property
    def look_seconds(self) -> float:
        """After how many seconds without a reply a process is looked at."""
        return min(LOOK_SECONDS, self.idle_seconds / LOOKS, self.cpu_seconds / LOOKS)


@dataclass(slots=True)
class OwnTime:
    """The time that all calls of a run may take together, in seconds in which no request waits for an answer."""

    limit_seconds: float
    used_seconds: float = field(default=0.0, init=False)

    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def left_seconds(self) -> float:
        return self.limit_seconds - self.used_seconds

    def use(self, seconds: float) -> None:
        """Takes time that a call took. Several may end at once."""
        with self._lock:
            self.used_seconds += seconds

    @property
    def failure(self) -> Failure:
        """The failure of a call for which no time is left."""
        return Failure(
            FailureKind.OUT_OF_TIME,
            f"the {self.limit_seconds:g} s for all calls together, not counting the target's answers, were used up",
        )


def file_of(module: str) -> str:
    """The file of a module, by its path in the submission's folder."""
    return f"{module.replace('.', '/')}.py"


class Caller:
    """A submission's object or module, in a process that starts with the first call."""

    def __init__(
        self,
        callee: Callee,
        environment: Mapping[str, str],
        *,
        limits: Limits,
        own_time: OwnTime,
        traffic: Callable[[], Traffic],
    ) -> None:
        """Args:
        environment: the environment variables of the code, besides those that say where programs are.
        limits: for each call, and for making the object or importing the module.
        own_time: for all calls; several drivers may share it.
        traffic: returns how many requests the code has sent so far, and how long it has waited.
        """
        self._callee = callee
        self._environment = environment
        self._limits = limits
        self._own_time = own_time
        self._traffic = traffic
        self._worker: _Worker | None = None
        self._starts = 0
        self._broken: Outcome | None = None
        self._places: Mapping[str, Place] = {}

    def start(self) -> Outcome:
        """Makes the object or imports the module, unless that is done; returns the result. Never raises, whatever the
        submission does."""
        callee = self._callee
        call = Call(callee.class_name or callee.module, callee.arguments)
        if self._broken is not None:
            return self._broken
        if self._worker is not None:
            return Outcome(call)
        if self._own_time.left_seconds <= 0:
            return Outcome(call, failure=self._own_time.failure)
        if self._starts >= STARTS_LIMIT:
            return Outcome(
                call, failure=Failure(FailureKind.ENDED, f"its process had already ended {STARTS_LIMIT} times")
            )
        self._starts += 1
        if not (callee.folder / callee.file).is_file():
            self._broken = Outcome(
                call, failure=Failure(FailureKind.MISSING, f"there is no {callee.file} in the submission's folder")
            )
            return self._broken
        self._worker = _Worker(callee.folder, self._environment, self._own_time.limit_seconds)
        made = self._exchange(
            call,
            {
                "module": callee.module,
                "class": callee.class_name,
                "arguments": list(callee.arguments),
                "session": callee.session,
            },
        )
        if made.failure is not None:
            place = made.place if made.place.file else Place(callee.file, 1)
            self._broken = Outcome(call, None, made.failure, place, made.output)
            return self._broken
        self._places = _places(made.value, callee.folder)
        return made

    def call(self, method: str, *arguments: Any) -> Outcome:
        """What a method returns. Never raises, whatever the submission does."""
        call = Call(method, arguments)
        if self._own_time.left_seconds <= 0:
            return Outcome(call, failure=self._own_time.failure)
        started = self.start()
        if started.failure is not None:
            return Outcome(call, None, started.failure, started.place, started.output)
        return self._exchange(call, {"method": method, "arguments": list(arguments)})

    def close(self) -> None:
        """Ends the process. May be called at any time."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def _exchange(self, call: Call, request: Mapping[str, Any]) -> Outcome:
        worker = self._worker
        if worker is None:
            raise RuntimeError("no process is running")
        printed = worker.process.printed_bytes
        watch = _Watch(self._limits, self._own_time, self._traffic, worker.process.cpu_seconds)
        place, value, size = self._places.get(call.method, NOWHERE), None, 0
        failure: Failure | None = None
        ends = False
        try:
            reply, size = worker.ask(request, watch.look, self._limits.look_seconds)
            if "failure" in reply:
                failure, place = self._told(reply["failure"], place)
            else:
                value = decode(reply["value"])
                failure = watch.too_many_requests() or _refused(call.method, value)
        except _Stopped as stopped:
            failure = stopped.failure
        except EOFError:
            exit_code = worker.process.kill()
            how = f"a signal ({-exit_code})" if exit_code < 0 else f"exit code {exit_code}"
            failure = Failure(FailureKind.ENDED, f"its process ended during the call, with {how}")
        except _TooLarge:
            what = f"{call.method} returned more than {LARGEST_REPLY_MEBIBYTES} MiB"
            failure, ends = Failure(FailureKind.NOT_PLAIN, what), True
        except (ValueError, ArithmeticError) as error:
            what = "it holds an invalid number" if isinstance(error, ArithmeticError) else str(error)
            failure = Failure(FailureKind.GARBLED, f"the reply could not be read: {what[:LONGEST_ERROR]}")
        finally:
            self._own_time.use(watch.own_seconds())
        output = self._without_secrets(worker.process.printed_since(printed, OUTPUT_SHOWN_BYTES))
        if ends or (failure is not None and failure.kind in PROCESS_ENDING):
            self.close()
        return Outcome(call, None if failure else value, failure, place, output, size)

    def _told(self, told: Mapping[str, Any], usual: Place) -> tuple[Failure, Place]:
        """A failure that the process reports, and where it was."""
        summary, trace = (self._without_secrets(told[name])[-LONGEST_ERROR:] for name in ("summary", "traceback"))
        place = _place(told.get("place"), self._callee.folder) or usual
        return Failure(FailureKind(told["kind"]), summary, trace), place

    def _without_secrets(self, text: str) -> str:
        for secret in self._callee.secrets:
            text = text.replace(secret, "(credentials left out)")
        return text


PROCESS_ENDING = frozenset(
    {
        FailureKind.HUNG,
        FailureKind.TOO_MUCH_CPU,
        FailureKind.TOO_MANY_REQUESTS,
        FailureKind.ENDED,
        FailureKind.GARBLED,
        FailureKind.OUT_OF_TIME,
    }
)
"""Failures after which a new process is needed: the old one has ended, or is still busy with the call."""


class _Stopped(Exception):
    """A call that used up one of its limits."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


class _TooLarge(Exception):
    """A reply that is larger than any valid answer."""


class _Watch:
    """Watches one call."""

    def __init__(
        self, limits: Limits, own_time: OwnTime, traffic: Callable[[], Traffic], cpu_seconds: Callable[[], float]
    ) -> None:
        self._limits = limits
        self._own_time = own_time
        self._traffic = traffic
        self._cpu_seconds = cpu_seconds
        self._first_cpu: float | None = None
        self._first = self._last = traffic()
        self._started = self._busy = time.monotonic()
        self._busy_cpu = 0.0

    def own_seconds(self) -> float:
        """How long the call has taken so far, without the target's answers."""
        waited = self._traffic().waited_seconds - self._first.waited_seconds
        return max(time.monotonic() - self._started - waited, 0.0)

    def too_many_requests(self) -> Failure | None:
        """A failure, if it has sent more requests than a call may."""
        if self._traffic().requests - self._first.requests <= self._limits.requests:
            return None
        return Failure(FailureKind.TOO_MANY_REQUESTS, f"it sent more than {self._limits.requests:,} requests")

    def look(self) -> None:
        """Looks at a call that has not ended. The limit of all calls comes last: it says nothing about this one.

        Raises:
            _Stopped: it has used up one of its limits.
        """
        failure = self.too_many_requests() or self._computes_too_long() or self._idles_too_long()
        if failure is None and self.own_seconds() > self._own_time.left_seconds:
            failure = self._own_time.failure
        if failure is not None:
            raise _Stopped(failure)

    def _computes_too_long(self) -> Failure | None:
        cpu = self._cpu_seconds()
        if self._first_cpu is None:
            self._first_cpu = self._busy_cpu = cpu
        if cpu - self._first_cpu <= self._limits.cpu_seconds:
            return None
        limit = self._limits.cpu_seconds
        return Failure(FailureKind.TOO_MUCH_CPU, f"it computed for more than {limit:g} s without finishing")

    def _idles_too_long(self) -> Failure | None:
        now, cpu, traffic, limit = time.monotonic(), self._cpu_seconds(), self._traffic(), self._limits.idle_seconds
        if traffic != self._last or cpu - self._busy_cpu >= limit * BUSY_SHARE:
            self._last, self._busy, self._busy_cpu = traffic, now, cpu
        if now - self._busy < limit:
            return None
        return Failure(FailureKind.HUNG, f"it neither computed nor waited for an answer for {limit:g} s")


class _Worker:
    """The process at the other end of the pipe."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        try:
            self.process = SubmissionProcess(
                paths.SERVE_CALLS,
                [str(paths.PLAIN), str(folder), str(requests), str(replies)],
                folder=folder,
                environment=environment,
                seconds=2 * seconds,  # what waits for an answer in one thread may compute in another
                pipes=(requests, replies),
            )
        finally:
            os.close(requests)
            os.close(replies)
        os.set_blocking(self._requests, False)
        self._number = 0

    def ask(
        self, request: Mapping[str, Any], look: Callable[[], None], look_seconds: float
    ) -> tuple[dict[str, Any], int]:
        """The reply to a request, and its size in bytes.

        Args:
            look: is called while no reply comes, and may raise.
            look_seconds: how often.

        Raises:
            EOFError: the process closed the pipe, or ended.
            ValueError: what came is not a valid reply.
            _TooLarge: it is longer than any valid reply.
        """
        self._number += 1
        text = json.dumps(encode({**request, "number": self._number}))
        left = memoryview(text.encode("ascii") + b"\n")
        received = bytearray()
        next_look = time.monotonic() + look_seconds
        while b"\n" not in received[-READ_BYTES:]:
            waiting = [self._requests] if left else []
            seconds = max(next_look - time.monotonic(), 0.0)
            readable, writable, _ = select.select([self._replies], waiting, [], seconds)
            if writable:
                left = left[self._write(left) :]
            if readable:
                part = os.read(self._replies, READ_BYTES)
                if not part:
                    raise EOFError
                received += part
            if len(received) > LARGEST_REPLY_MEBIBYTES * 1024**2:
                raise _TooLarge
            if time.monotonic() >= next_look:
                look()
                next_look = time.monotonic() + look_seconds
        reply = _reply(bytes(received))
        if reply.get("number") != self._number:
            raise ValueError("it is the reply to another call")
        return reply, len(received)

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._requests, data)
        except BrokenPipeError as error:
            raise EOFError from error

    def end(self) -> None:
        """Ends the process."""
        self.process.end()
        os.close(self._requests)
        os.close(self._replies)


def _reply(line: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(reply, dict) or not ("value" in reply) ^ _is_failure(reply.get("failure")):
        raise ValueError("it does not have the form of a reply")
    return reply


def _is_failure(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("kind") in set(FailureKind)
        and isinstance(value.get("summary"), str)
        and isinstance(value.get("traceback"), str)
    )


def _refused(method: str, value: Any) -> Failure | None:
    """A failure, if a value holds what no answer can: checks compare, sort and show what they get."""
    what = next(_impossible(value), None)
    return None if what is None else Failure(FailureKind.NOT_PLAIN, f"{method} returned {what}")


def _impossible(value: Any) -> Iterator[str]:
    """What a value holds that no answer can hold, as the end of a sentence."""
    if isinstance(value, Decimal) and value.is_snan():
        yield "a signaling NaN, which is not a number in DynamoDB"
    elif isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            yield f"a text with half a character (U+{ord(value[error.start]):04X}), which UTF-8 cannot encode"
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _impossible(name)
            yield from _impossible(inner)
    elif isinstance(value, list | frozenset):
        for inner in value:
            yield from _impossible(inner)


def _places(value: Any, folder: Path) -> dict[str, Place]:
    """Where the methods are, as the process reports it. It may report anything."""
    told = value if isinstance(value, dict) and len(value) <= PLACES_LIMIT else {}
    found = {name: _place(one, folder) for name, one in told.items()}
    return {name: place for name, place in found.items() if place is not None}


def _place(value: Any, folder: Path) -> Place | None:
    """A place that the process reports; None unless it is a line of a file in the submission's folder."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    file, line = value
    if type(file) is not str or type(line) is not int:
        return None
    place = Place(file, line)
    try:
        return place if place.is_inside and (folder / file).is_file() else None
    except (OSError, ValueError):  # such as a null character, or a name that is too long
        return None


class _Expression:
    """A value that is shown as a Python expression."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _pasted(value: Any) -> Any:
    """A value as it is shown: a long text becomes an expression that makes a text of the same length."""
    if isinstance(value, str):
        filled = filled_up(value)
        if filled is None and len(value) > LONG_TEXT:
            filled = f"{value[: LONG_TEXT // 2]!r}.ljust({len(value)}, '.')"
        return value if filled is None else _Expression(filled)
    if isinstance(value, Mapping):
        return {key: _pasted(inner) for key, inner in value.items()}
    return [_pasted(inner) for inner in value] if isinstance(value, list | tuple) else value
