"""Finds a submission and runs its provisioning script."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import paths
from harness.account.errors import GAP_STATUS
from harness.account.reads import is_read
from harness.submission.process import SubmissionProcess
from harness.usage import UsageError

if TYPE_CHECKING:
    from harness.gateway.server import Record, Traffic

SCRIPT = "provision.py"

PROVISIONED = "submission.provisioned"
"""The kind of check that says how the submission's script ended."""

UNANSWERED = (500, GAP_STATUS)
"""The HTTP statuses of a target that failed to handle a request, or that lacks the operation."""

BUILD_OTHERWISE = (
    "To have it graded here, build that part with other operations; or grade it on a target that has this one (--live)."
)
RUN_AGAIN = "Run again. If it happens again on the embedded account, it is a bug of this tool: please report it."
"""What to do if the target lacks an operation, and if it failed to handle one."""

REQUESTS_LIMIT = 10_000
"""How many requests a script may send. Sleeping takes no time here, so an endless loop that waits sends many."""

LOOK_SECONDS = 0.5

TRACEBACK = "Traceback (most recent call last):\n"
LED_TO = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
"""How Python joins the tracebacks of exceptions that caused each other.
https://docs.python.org/3/tutorial/errors.html#exception-chaining"""


class SubmissionKind(StrEnum):
    """Whose work is graded. `account`: what is in the account, whoever built it."""

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
        """The provisioning script."""
        if self.folder is None:
            raise ValueError("an account has no provisioning script")
        return self.folder / SCRIPT


@dataclass(frozen=True, slots=True)
class Provisioning:
    """How the submission's script ended. `exit_code` is negative if a signal ended it; `timed_out` means that it was
    ended after `timeout_seconds` of its own time, or after too many requests; `sleeps_seconds` is the sum of the sleeps
    that were recorded and skipped; `requests` is what the gateway saw of it."""

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

    @property
    def ended_by(self) -> Record | None:
        """The request that ended the script because the target lacks the operation (501) or failed to handle it (500);
        None if no request did."""
        last = self.requests[-1] if self.requests else None
        if self.exit_code <= 0 or last is None or last.status not in UNANSWERED or not last.operation:
            return None
        return None if self._ended_by_something_else(last) else last

    @property
    def unanswered(self) -> tuple[Record, ...]:
        """The writing requests that the target did not answer as AWS would, in their order: it lacks the operation
        (501), or it failed (500) and did not succeed with that operation later."""
        done = [(one.service, one.operation) if 200 <= one.status < 300 else None for one in self.requests]
        return tuple(
            one
            for place, one in enumerate(self.requests)
            if one.status in UNANSWERED
            and one.operation
            and not is_read(one.service, one.operation)
            and (one.service, one.operation) not in done[place:]
        )

    def _ended_by_something_else(self, last: Record) -> bool:
        """Whether the output ends in a traceback in which no error is the answer to the last request, as botocore words
        it. If an exception ends a script, the exit code is 1, and Python also shows the exceptions that led to it."""
        before, header, after = self.output.rpartition(TRACEBACK)
        while before.rstrip().endswith(LED_TO):
            before, _, earlier = before.rpartition(TRACEBACK)
            after = earlier + after
        answer = rf"An error occurred \([^)]*\)(?: when calling the {re.escape(last.operation)} operation|: )"
        return self.exit_code == 1 and header != "" and re.search(answer, after) is None

    def plain(self) -> dict[str, Any]:
        """As plain data, for a tape. Of the requests' parameters, only the names of tables are kept."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        requests = [
            {
                "role": request.role,
                "region": request.region,
                "service": request.service,
                "operation": request.operation,
                "parameters": {name: value for name, value in request.parameters.items() if name == "TableName"},
                "status": request.status,
                "error": request.error,
            }
            for request in self.requests
        ]
        return {**data, "script": str(self.script), "requests": requests}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Provisioning:
        """The opposite of `plain`. The duration of each request is not kept."""
        from harness.gateway.server import Record

        requests = tuple(Record(**request, seconds=0.0) for request in data["requests"])
        return cls(**{**data, "script": Path(data["script"]), "requests": requests})


def find_submission(lab_id: str, folder: Path | None, files: Sequence[str]) -> Submission:
    """Which submission is graded: the named folder; else `submission/<lab>`; else the reference solution. If a lab asks
    for no files, what is in the account is graded.

    Args:
        files: the files that the lab asks for. Missing code is noticed only when it is called.

    Raises:
        UsageError: there is no submission, or it lacks the provisioning script that the lab asks for, or all files.
    """
    if not files:
        return Submission(SubmissionKind.ACCOUNT, None)
    if folder is not None:
        submission = Submission(SubmissionKind.STUDENT, folder.resolve())
    elif paths.submission(lab_id).is_dir():
        submission = Submission(SubmissionKind.STUDENT, paths.submission(lab_id))
    elif paths.solution(lab_id).is_dir():
        submission = Submission(SubmissionKind.REFERENCE, paths.solution(lab_id))
    else:
        raise UsageError(f"There is no submission to grade. Start one with: {paths.PROGRAM} init {lab_id}")
    if submission.folder is not None and submission.folder.is_file():
        raise UsageError(f"{submission.folder} is a file. Unpack it, and name the folder that holds {files[0]}.")
    needed = files[:1] if files[0] == SCRIPT else files
    held = [one for one in needed if submission.folder is not None and (submission.folder / one).is_file()]
    if not held:
        missing = " or ".join(str((submission.folder or Path()) / one) for one in needed)
        raise UsageError(
            f"{missing} does not exist. A submission is a folder that holds {' or '.join(needed)}; "
            f"start one with: {paths.PROGRAM} init {lab_id}"
        )
    return submission


def environment(endpoint_url: str, region: str, student_id: str, names: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of a submission's code, without credentials. They include the lab's names: `table_name`
    is in TABLE_NAME."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "STUDENT_ID": student_id,
        **{name.upper(): value for name, value in names.items()},
    }


class ProvisioningRun:
    """A submission's script while it runs. `finish` waits for it. `end` may be called at any time, to leave nothing
    behind."""

    def __init__(
        self,
        script: Path,
        environment: Mapping[str, str],
        timeout_seconds: float,
        traffic: Callable[[], Traffic],
    ) -> None:
        """Args:
        timeout_seconds: how long it may run, not counting the time in which a request waits for its answer.
        traffic: returns how many requests it has sent so far, and how long it has waited.
        """
        self._script = script
        self._timeout_seconds = timeout_seconds
        self._traffic = traffic
        self._before = traffic()
        self._started = time.monotonic()
        self._process = SubmissionProcess(
            script,
            (),
            folder=script.parent,
            environment=environment,
            seconds=2 * timeout_seconds,  # one thread may compute while another waits for an answer
        )

    def finish(self) -> Provisioning:
        """Waits until the script ends or its time is over, and ends the processes that it left running."""
        ended = self._process.wait(min(self._timeout_seconds, LOOK_SECONDS))
        while ended is None and (left := self._left_seconds()) > 0:
            ended = self._process.wait(min(left, LOOK_SECONDS))
        seconds = time.monotonic() - self._started
        left_processes = ended is not None and not self._process.leaves_nothing()
        exit_code = self._process.kill()
        output, output_bytes = self._process.output()
        sleeps = self._process.sleeps()
        return Provisioning(
            script=self._script,
            exit_code=exit_code,
            timed_out=ended is None,
            timeout_seconds=self._timeout_seconds,
            seconds=seconds,
            output=output,
            output_bytes=output_bytes,
            sleeps=len(sleeps),
            sleeps_seconds=sum(sleeps),
            left_processes=left_processes,
        )

    def _left_seconds(self) -> float:
        """How long it may still run; 0 if it has sent too many requests."""
        traffic = self._traffic()
        if traffic.requests - self._before.requests > REQUESTS_LIMIT:
            return 0.0
        waited = traffic.waited_seconds - self._before.waited_seconds
        return self._timeout_seconds + waited - (time.monotonic() - self._started)

    def end(self) -> None:
        """Ends the script and everything it started, and removes its folders."""
        self._process.end()
