"""Finds a submission and runs its provisioning, so that nothing which its script does can harm the grading."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from harness import paths
from harness.usage import UsageError

if TYPE_CHECKING:
    from harness.aws.gateway import Record

SCRIPT = "provision.py"
OUTPUT_KEPT_BYTES = 8 * 1024
PIPE_GRACE_SECONDS = 2.0
ENDING_GRACE_SECONDS = 2.0
"""How long what the script started may take to end after it, as the helpers of multiprocessing do."""

LOOK_SECONDS = 0.02
PROCESSES = Path("/proc")


class SubmissionKind(StrEnum):
    """Whose work is graded. `account`: what lies in the account, whoever built it."""

    STUDENT = "student"
    REFERENCE = "reference"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission and its folder (None: the account itself)."""

    kind: SubmissionKind
    folder: Path | None

    @property
    def script(self) -> Path:
        """The script that provisions."""
        if self.folder is None:
            raise ValueError("an account has no provisioning script")
        return self.folder / SCRIPT


@dataclass(frozen=True, slots=True)
class Provisioning:
    """How the submission's script ended. `exit_code` is negative when a signal ended it; `sleeps_seconds` are
    the waits that were recorded instead of waited; `requests` what the gateway saw of it."""

    script: Path
    exit_code: int
    timed_out: bool
    timeout_seconds: float
    seconds: float
    output: str
    output_bytes: int
    sleeps: int
    sleeps_seconds: float
    left_processes: bool
    requests: tuple[Record, ...] = field(default=(), repr=False)

    def plain(self) -> dict[str, Any]:
        """As plain data, for a tape. Of what the requests said, only the names of tables are kept."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        requests = [
            {
                "role": request.role,
                "region": request.region,
                "service": request.service,
                "operation": request.operation,
                "parameters": {name: value for name, value in request.parameters.items() if name == "TableName"},
                "status": request.status,
            }
            for request in self.requests
        ]
        return {**data, "script": str(self.script), "requests": requests}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Provisioning:
        """The opposite of `plain`. How long each request took is not kept."""
        from harness.aws.gateway import Record

        requests = tuple(Record(**request, seconds=0.0) for request in data["requests"])
        return cls(**{**data, "script": Path(data["script"]), "requests": requests})


def find_submission(assessment_id: str, folder: Path | None) -> Submission:
    """Which submission is graded: the named folder; else `submission/<assessment>`; else the reference solution.

    Raises:
        UsageError: there is none, or it has no provisioning script.
    """
    if folder is not None:
        submission = Submission(SubmissionKind.STUDENT, folder.resolve())
    elif paths.submission(assessment_id).is_dir():
        submission = Submission(SubmissionKind.STUDENT, paths.submission(assessment_id))
    elif paths.solution(assessment_id).is_dir():
        submission = Submission(SubmissionKind.REFERENCE, paths.solution(assessment_id))
    else:
        raise UsageError(
            f"There is no submission to grade. Start one with: python validate_tasks.py init {assessment_id}"
        )
    if not submission.script.is_file():
        raise UsageError(
            f"{submission.script} does not exist. A submission is a folder with a {SCRIPT}; "
            f"start one with: python validate_tasks.py init {assessment_id}"
        )
    return submission


class ProvisioningRun:
    """A submission's script while it runs. Made by `start`; `finish` waits for it, and `end` may be called at any
    time to leave nothing behind."""

    def __init__(self, script: Path, environment: Mapping[str, str], timeout_seconds: float) -> None:
        self._script = script
        self._timeout_seconds = timeout_seconds
        self._folder = Path(tempfile.mkdtemp(prefix="submission-"))
        folders = {name: self._folder / name for name in ("home", "work", "tmp", "log")}
        for folder in folders.values():
            folder.mkdir()
        self._sleeps = folders["log"] / "sleeps"
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-B", "-u", "-X", "utf8", paths.LAUNCH, script, self._sleeps),
                str(math.ceil(timeout_seconds + ENDING_GRACE_SECONDS)),
                os.pathsep.join(_package_folders()),
            ],
            cwd=folders["work"],
            env=_environment(environment, folders["home"], folders["tmp"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self._process.stdout is None:
            raise RuntimeError("a process started with a pipe has none")
        self._output = _Tail(self._process.stdout)

    def finish(self) -> Provisioning:
        """Waits until the script ends or its time is over, and ends what it left running."""
        left = self._started + self._timeout_seconds - time.monotonic()
        try:
            self._process.wait(max(left, 0.0))
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        seconds = time.monotonic() - self._started
        left_processes = not timed_out and not self._ends_by_itself()
        self._end_all()
        exit_code = self._process.wait()
        self._output.join(PIPE_GRACE_SECONDS)
        sleeps = _read_sleeps(self._sleeps)
        return Provisioning(
            script=self._script,
            exit_code=exit_code,
            timed_out=timed_out,
            timeout_seconds=self._timeout_seconds,
            seconds=seconds,
            output=self._output.text,
            output_bytes=self._output.size,
            sleeps=len(sleeps),
            sleeps_seconds=sum(sleeps),
            left_processes=left_processes,
        )

    def end(self) -> None:
        """Ends the script and everything it started, and removes its folders."""
        self._end_all()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ends_by_itself(self) -> bool:
        """Whether everything that the ended script started ends too, within a moment."""
        deadline = time.monotonic() + ENDING_GRACE_SECONDS
        while self._runs():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)  # nobody can wait for a process that is not a child
        return True

    def _runs(self) -> bool:
        return bool(self._members()) if PROCESSES.is_dir() else self._signal_group(0)

    def _end_all(self) -> None:
        """Kills the script's process group, and whatever has left the group, where the system tells."""
        self._signal_group(signal.SIGKILL)
        for process_id in self._members():
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)

    def _signal_group(self, number: int) -> bool:
        """Signals the process group; False when nothing is left in it."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group whose members have all ended
            return False
        return True

    def _members(self) -> list[int]:
        """The processes that the script started, and that have not ended: those of its group, and those that still
        have the home folder that only it was given. Linux alone tells."""
        home = f"HOME={self._folder / 'home'}".encode()
        members = []
        for folder in PROCESSES.glob("[0-9]*"):
            try:
                state, _, group = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:3]
                ours = int(group) == self._process.pid or home in (folder / "environ").read_bytes().split(b"\0")
            except (OSError, ValueError):  # it has just ended, or is not ours to look at
                continue
            if ours and state != b"Z":
                members.append(int(folder.name))
        return members


def _package_folders() -> list[str]:
    """Where the packages of requirements.txt lie for the harness itself: the script must find the same."""
    return [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]


def _environment(given: Mapping[str, str], home: Path, temporary: Path) -> dict[str, str]:
    """All that the script sees of its environment: nothing of this machine's but where programs are."""
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
    """Reads a pipe to its end, however long, and keeps the last part."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self.size = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe:
            while block := os.read(self._pipe.fileno(), 65536):
                self.size += len(block)
                self._kept += block
                del self._kept[:-OUTPUT_KEPT_BYTES]

    def join(self, seconds: float) -> None:
        """Waits for the end of the output. A process that left its group may hold the pipe open: not for ever."""
        self._thread.join(seconds)

    @property
    def text(self) -> str:
        return bytes(self._kept).decode("utf-8", "replace")


def _read_sleeps(path: Path) -> list[float]:
    """The recorded waits in seconds. The script could write anything there, so what is no number is left out."""
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
