"""What the command prints, on streams that may be closed, full, or no longer read."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from harness.paths import PROGRAM
from harness.usage import UsageError

REPEATED_SIGNAL_SECONDS = 1.0

_closed: set[str] = set()
"""The standard streams that were closed when the command started."""


def prepare() -> None:
    """Makes the standard streams safe to write to: a closed one ignores everything, and every character is accepted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            _closed.add(name)
            _silence(name)
        getattr(sys, name).reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Writes to standard output.

    Raises:
        UsageError: it cannot be written, so the user would miss it.
    """
    if "stdout" in _closed:
        raise UsageError("The output cannot be written: standard output is closed.")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _silence("stdout")
        raise UsageError(f"The output cannot be written: {error.strerror}.") from error


def tell(text: str) -> None:
    """Writes a line to standard error. Nothing depends on it."""
    from harness.report.text import printable

    try:
        sys.stderr.write(printable(text, lines=True) + "\n")
        sys.stderr.flush()
    except OSError:
        _silence("stderr")


def complain(message: str) -> None:
    """Says what is wrong."""
    tell(f"{PROGRAM.split()[-1]}: {message}")


def stop_on_signals() -> None:
    """Makes each signal that asks the run to end raise KeyboardInterrupt, so that it ends in good order. Several of
    them in quick succession count as one, because keys bounce and terminals send several."""
    last = [0.0]

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (as signal calls it)
        now = time.monotonic()
        repeated, last[0] = now - last[0] < REPEATED_SIGNAL_SECONDS, now
        if not repeated:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores it
            signal.signal(number, stop)


def _silence(name: str) -> None:
    """Replaces a stream that cannot be written to, so that nothing fails on it later."""
    with suppress(AttributeError, OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), getattr(sys, name).fileno())
    setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (until the process ends)
