"""Time as the harness uses it: tests drive a clock of their own, so nothing in a test really waits."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Interrupted(Exception):
    """The run was stopped (Ctrl-C) while something waited."""


class Clock(Protocol):
    """What waits and retries are measured on."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""

    def wait(self, seconds: float) -> None:
        """Returns after that many seconds; raises Interrupted when the run is stopped meanwhile."""


class SystemClock:
    """The machine's own clock. `stop` ends every wait at once, which is how Ctrl-C leaves nothing running."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Interrupted

    def stop(self) -> None:
        self._stopped.set()
