"""Processes of a submission's code. What they do can harm neither the grading nor the machine."""

from __future__ import annotations

import math
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from harness import paths

OUTPUT_KEPT_BYTES = 8 * 1024
PIPE_GRACE_SECONDS = 2.0
ENDING_GRACE_SECONDS = 2.0
"""How long processes that the script started may take to end after it, as the helpers of multiprocessing do."""

LOOK_SECONDS = 0.02
PROCESSES = Path("/proc")


class SubmissionProcess:
    """A Python script that runs with a submission's folder as `sys.path[0]`, limits on memory, files and time, and
    fresh home, working and temporary folders. `end` may be called at any time, to leave nothing behind."""

    def __init__(
        self,
        script: Path,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
        pipes: Sequence[int] = (),
    ) -> None:
        """Args:
        folder: the submission's folder.
        environment: its environment variables, besides those that say where programs are.
        seconds: CPU time after which the kernel ends it, even if this process has ended.
        pipes: file descriptors that it may use.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="submission-"))
        folders = {name: self._folder / name for name in ("home", "work", "tmp", "log")}
        for one in folders.values():
            one.mkdir()
        self._sleeps = folders["log"] / "sleeps"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-B", "-u", "-X", "utf8", paths.LAUNCH, script, folder, self._sleeps),
                *(str(math.ceil(seconds + ENDING_GRACE_SECONDS)), os.pathsep.join(_package_folders()), *arguments),
            ],
            cwd=folders["work"],
            env=_environment(environment, folders["home"], folders["tmp"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pipes,
        )
        if self._process.stdout is None:
            raise RuntimeError("a process that was started with a pipe has no pipe")
        self._output = _Tail(self._process.stdout)
        self._cpu_seconds = 0.0

    def wait(self, seconds: float) -> int | None:
        """The exit code (negative: the signal that ended it); None if it still runs after that time."""
        try:
            return self._process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> int:
        """Ends it, and everything that it started. Returns its exit code."""
        self._signal_group(signal.SIGKILL)
        for process_id in self._members():
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        return self._process.wait()

    def end(self) -> None:
        """Ends it, and removes its folders."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def leaves_nothing(self) -> bool:
        """Whether, after it has ended, everything that it started also ends within a moment."""
        deadline = time.monotonic() + ENDING_GRACE_SECONDS
        while self._runs():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)  # only a parent can wait for a process
        return True

    def output(self) -> tuple[str, int]:
        """The last part of what it printed, and the number of bytes of all of it. A process that left its group may
        hold the pipe open, so this waits only for a limited time."""
        self._output.join(PIPE_GRACE_SECONDS)
        return self._output.text, self._output.size

    def printed_since(self, size: int, limit: int) -> str:
        """The last part of what it has printed so far, after the first `size` bytes: at most `limit` bytes."""
        self._output.take()
        return self._output.last(min(self._output.size - size, limit))

    @property
    def printed_bytes(self) -> int:
        """How many bytes it has printed so far."""
        self._output.take()
        return self._output.size

    def cpu_seconds(self) -> float:
        """The CPU time used so far by it and by what it started."""
        self._cpu_seconds = max(self._cpu_seconds, self._cpu_seconds_of_members())
        return self._cpu_seconds

    def _cpu_seconds_of_members(self) -> float:
        if not PROCESSES.is_dir():
            command = ["ps", "-A", "-o", "pgid=,time="]
            listed = subprocess.run(command, capture_output=True, text=True, check=False)
            return cpu_seconds_listed(listed.stdout, self._process.pid)
        ticks = 0
        for process_id in self._members():
            with suppress(OSError, ValueError):  # it has just ended
                fields = (PROCESSES / str(process_id) / "stat").read_bytes().rpartition(b")")[2].split()
                ticks += sum(map(int, fields[11:15]))  # utime, stime, and those of its children that have ended
        return ticks / os.sysconf("SC_CLK_TCK")

    def sleeps(self) -> list[float]:
        """The sleeps that were recorded and skipped, in seconds."""
        return _read_sleeps(self._sleeps)

    def _runs(self) -> bool:
        return bool(self._members()) if PROCESSES.is_dir() else self._signal_group(0)

    def _signal_group(self, number: int) -> bool:
        """Signals the process group; False when nothing is left in it."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS raises the latter if all members of a group have ended
            return False
        return True

    def _members(self) -> list[int]:
        """The processes that it started and that have not ended: those of its group, and those that still have its own
        home folder in their environment. Only Linux shows the latter."""
        home = f"HOME={self._folder / 'home'}".encode()
        members = []
        for folder in PROCESSES.glob("[0-9]*"):
            try:
                state, _, group = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:3]
                ours = int(group) == self._process.pid or home in (folder / "environ").read_bytes().split(b"\0")
            except (OSError, ValueError):  # it has just ended, or belongs to another user
                continue
            if ours and state != b"Z":
                members.append(int(folder.name))
        return members


def _package_folders() -> list[str]:
    """The folders of the packages that the harness uses. The script must find the same packages."""
    return [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]


def _environment(given: Mapping[str, str], home: Path, temporary: Path) -> dict[str, str]:
    """The whole environment of the script. Of this machine's environment it holds only where programs are."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        **given,
    }


class _Tail:
    """Reads a pipe to its end, and keeps only the last part."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self.size = 0
        self._ended = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended:
            select.select([self._pipe], [], [])
            self.take()
        self._pipe.close()

    def take(self) -> None:
        """Reads what has arrived."""
        with self._lock:
            if not self._ended and select.select([self._pipe], [], [], 0)[0]:
                block = os.read(self._pipe.fileno(), 65536)
                self._ended = not block
                self.size += len(block)
                self._kept += block
                del self._kept[:-OUTPUT_KEPT_BYTES]

    def join(self, seconds: float) -> None:
        """Waits for the end of the output, but only so long: a process that left its group may hold the pipe open."""
        self._thread.join(seconds)

    @property
    def text(self) -> str:
        return self.last(OUTPUT_KEPT_BYTES)

    def last(self, count: int) -> str:
        """The last `count` bytes, as text."""
        with self._lock:
            return bytes(self._kept[-count:] if count > 0 else b"").decode("utf-8", "replace")


def cpu_seconds_listed(listed: str, group: int) -> float:
    """The CPU time of a process group, from the output of `ps -o pgid=,time=`: `[[days-]hours:]minutes:seconds`."""
    seconds = 0.0
    for line in listed.splitlines():
        number, _, told = line.strip().partition(" ")
        if number == str(group):
            days, _, clock = told.strip().rpartition("-")
            for power, part in enumerate(reversed(clock.split(":"))):
                seconds += float(part) * 60**power
            seconds += float(days or 0) * 86_400
    return seconds


def _read_sleeps(path: Path) -> list[float]:
    """The recorded sleeps in seconds. The script could write anything to this file, so what is not a number is left
    out."""
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    sleeps = []
    for line in lines:
        try:
            seconds = float(line)
        except ValueError:
            continue
        if 0 <= seconds < 1e9:
            sleeps.append(seconds)
    return sleeps
