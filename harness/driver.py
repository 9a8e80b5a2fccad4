"""Drives a submission's code: calls the methods of its class in a process of its own, over a pipe.

Nothing that the code does can do more than fail its own calls: it may raise, hang, print, end its process or write to
the pipe. A process that has ended is started again for the next call.
"""

from __future__ import annotations

import json
import os
import pprint
import select
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness import paths
from harness.abridged import filled_up
from harness.plain import decode, encode
from harness.processes import SubmissionProcess

LARGEST_REPLY_BYTES = 64 * 1024**2
READ_BYTES = 1024**2
STARTS_LIMIT = 20
PYTHON_WIDTH = 68
LONG_TEXT = 60
"""Characters from which on a text is not shown whole."""


class FailureKind(StrEnum):
    """What a call came to that did not return plain data."""

    RAISED = "raised"
    MISSING = "missing"
    NOT_PLAIN = "not-plain"
    HUNG = "hung"
    ENDED = "ended"
    GARBLED = "garbled"
    OUT_OF_TIME = "out-of-time"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call returned nothing. `summary` is a sentence without its full stop; `traceback` is the submission's own
    (empty: it raised nothing)."""

    kind: FailureKind
    summary: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method."""

    method: str
    arguments: tuple[Any, ...]

    def python(self) -> str:
        """The call as Python, in which long texts are filled up with dots to their length. A long one takes several
        lines."""
        arguments = [_pasted(one) for one in self.arguments]
        line = f"store.{self.method}({', '.join(map(repr, arguments))})"
        if len(line) <= PYTHON_WIDTH:
            return line
        told = (pprint.pformat(one, width=PYTHON_WIDTH, sort_dicts=False) + "," for one in arguments)
        return f"store.{self.method}(\n{textwrap.indent(chr(10).join(told), '    ')}\n)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a value, unless there is a failure."""

    call: Call
    value: Any = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Driven:
    """What is driven: a class in a file of a submission's folder, the arguments that make an object of it, and the
    arguments of the boto3 session that comes after them (None: none does)."""

    folder: Path
    module: str
    class_name: str
    arguments: tuple[Any, ...]
    session: Mapping[str, str] | None


class Driver:
    """A submission's object, in a process that is started for the first call. Times are in seconds."""

    def __init__(
        self, driven: Driven, environment: Mapping[str, str], *, call_seconds: float, total_seconds: float
    ) -> None:
        """Args:
        environment: what the code finds there beside where programs are.
        call_seconds: how long one call may take, and making the object.
        total_seconds: how long all calls together may take, from now on.
        """
        self._driven = driven
        self._environment = environment
        self._call_seconds = call_seconds
        self._deadline = time.monotonic() + total_seconds
        self._total_seconds = total_seconds
        self._worker: _Worker | None = None
        self._starts = 0
        self._broken: Failure | None = None
        self.output = ""

    def call(self, method: str, *arguments: Any) -> Outcome:
        """What a method returns; never raises for anything that the submission does."""
        call = Call(method, arguments)
        failure = self._ready()
        if failure is not None:
            return Outcome(call, failure=failure)
        return self._exchange(call, {"method": method, "arguments": list(arguments)})

    def close(self) -> None:
        """Ends the process. May be called at any time."""
        if self._worker is not None:
            self.output = self._worker.end()
            self._worker = None

    def _ready(self) -> Failure | None:
        """Starts the process where none runs; why that cannot be."""
        if time.monotonic() >= self._deadline:
            return Failure(FailureKind.OUT_OF_TIME, f"the {self._total_seconds:g} s for all calls were over before it")
        if self._worker is not None or self._broken is not None:
            return self._broken
        if self._starts >= STARTS_LIMIT:
            return Failure(FailureKind.ENDED, f"its process had ended {STARTS_LIMIT} times before")
        self._starts += 1
        driven = self._driven
        if not (driven.folder / f"{driven.module}.py").is_file():
            self._broken = Failure(FailureKind.MISSING, f"there is no {driven.module}.py in the submission")
            return self._broken
        self._worker = _Worker(driven.folder, self._environment, self._deadline - time.monotonic())
        made = self._exchange(
            Call(driven.class_name, driven.arguments),
            {
                "module": driven.module,
                "class": driven.class_name,
                "arguments": list(driven.arguments),
                "session": driven.session,
            },
        )
        self._broken = made.failure
        return self._broken

    def _exchange(self, call: Call, request: Mapping[str, Any]) -> Outcome:
        if self._worker is None:
            raise RuntimeError("nothing is driven")
        now = time.monotonic()
        deadline = min(now + self._call_seconds, self._deadline)
        try:
            reply = self._worker.ask(request, deadline)
        except TimeoutError:
            self.close()
            return Outcome(call, failure=Failure(FailureKind.HUNG, f"it did not end within {deadline - now:.3g} s"))
        except EOFError:
            exit_code = self._worker.kill()
            self.close()
            how = f"a signal ({-exit_code})" if exit_code < 0 else f"exit code {exit_code}"
            return Outcome(call, failure=Failure(FailureKind.ENDED, f"its process ended in the call, by {how}"))
        except ValueError as error:
            self.close()
            return Outcome(call, failure=Failure(FailureKind.GARBLED, f"the reply could not be read: {error}"))
        if (failure := reply.get("failure")) is not None:
            kind = FailureKind(failure["kind"])
            return Outcome(call, failure=Failure(kind, failure["summary"], failure["traceback"]))
        return Outcome(call, decode(reply["value"]))


class _Worker:
    """The process at the other end of the pipe."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        try:
            self._process = SubmissionProcess(
                paths.DRIVE,
                [str(paths.PLAIN), str(folder), str(requests), str(replies)],
                folder=folder,
                environment=environment,
                seconds=seconds,
                pipes=(requests, replies),
            )
        finally:
            os.close(requests)
            os.close(replies)
        os.set_blocking(self._requests, False)
        self._number = 0

    def ask(self, request: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        """The reply to a request.

        Raises:
            TimeoutError: there was none in time.
            EOFError: the process closed the pipe, or ended.
            ValueError: it is no reply.
        """
        self._number += 1
        text = json.dumps(encode({**request, "number": self._number}))
        left = memoryview(text.encode("ascii") + b"\n")
        received = bytearray()
        while b"\n" not in received[-READ_BYTES:]:
            waiting = [self._requests] if left else []
            readable, writable, _ = select.select([self._replies], waiting, [], max(deadline - time.monotonic(), 0.0))
            if not readable and not writable:
                raise TimeoutError
            if writable:
                left = left[self._write(left) :]
            if readable:
                part = os.read(self._replies, READ_BYTES)
                if not part:
                    raise EOFError
                received += part
            if len(received) > LARGEST_REPLY_BYTES:
                raise ValueError(f"it is longer than {LARGEST_REPLY_BYTES} bytes")
        reply = _reply(bytes(received))
        if reply.get("number") != self._number:
            raise ValueError("it is the reply to another call")
        return reply

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._requests, data)
        except BrokenPipeError as error:
            raise EOFError from error

    def kill(self) -> int:
        return self._process.kill()

    def end(self) -> str:
        """Ends the process; returns the last part of what it printed."""
        self._process.kill()
        output, _ = self._process.output()
        self._process.end()
        os.close(self._requests)
        os.close(self._replies)
        return output


def _reply(line: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(reply, dict) or not ("value" in reply) ^ _is_failure(reply.get("failure")):
        raise ValueError("it is not of the form of a reply")
    return reply


def _is_failure(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("kind") in set(FailureKind)
        and isinstance(value.get("summary"), str)
        and isinstance(value.get("traceback"), str)
    )


class _Expression:
    """What is shown as an expression of Python."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _pasted(value: Any) -> Any:
    """A value as it is shown: a long text by what makes one of its length."""
    if isinstance(value, str):
        filled = filled_up(value)
        if filled is None and len(value) > LONG_TEXT:
            filled = f"{value[: LONG_TEXT // 2]!r}.ljust({len(value)}, '.')"
        return value if filled is None else _Expression(filled)
    if isinstance(value, Mapping):
        return {key: _pasted(inner) for key, inner in value.items()}
    return [_pasted(inner) for inner in value] if isinstance(value, list | tuple) else value
