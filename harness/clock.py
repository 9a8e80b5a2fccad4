"""Time as the harness uses it. Tests use a clock of their own, so that no test really waits."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Interrupted(Exception):
    """The run was stopped (Ctrl-C) while something waited."""


class Clock(Protocol):
    """The clock for waits and retries."""

    def now(self) -> float:
        """Seconds on a clock that never goes backwards."""

    def wait(self, seconds: float) -> None:
        """Returns after that many seconds; raises Interrupted if the run is stopped meanwhile."""


class SystemClock:
    """The machine's own clock. `stop` ends every wait at once, so that nothing keeps running after Ctrl-C."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Interrupted

    def stop(self) -> None:
        self._stopped.set()
