"""The submission's own script: whether it builds its resources in the environment that it gets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from checks.facts.tables import listed
from harness.account.reads import is_read
from harness.checking.check import Context, Failed, NotAllowed, Passed, check
from harness.submission.caller import NOWHERE, Place
from harness.submission.process import OUTPUT_KEPT_BYTES
from harness.submission.provisioning import REQUESTS_LIMIT, TRACEBACK
from harness.usage import counted

if TYPE_CHECKING:
    from harness.gateway.server import Record
    from harness.submission.provisioning import Provisioning

LINES_SHOWN = 20
KINDS_SHOWN = 20
FRAME = re.compile(r'^  File "(.+)", line ([0-9]{1,7})', re.MULTILINE)
"""A line of a traceback. https://docs.python.org/3/library/traceback.html"""


@check("submission.provisioned", source="docs/students.md#what-a-submission-is")
def provisioned(context: Context) -> Passed:
    """The submission's provision.py runs to its end and builds something in its account."""
    run = context.provisioning
    if run is None:
        raise NotAllowed("No script was run: on this target, what is in the account is graded.")
    problem = _ending_problem(run) or _request_problem(run, starts_empty=context.account.faithful)
    if problem is not None:
        message, expected, remedy = problem
        place = _place(run)
        raise Failed(
            message,
            expected=expected,
            actual=_summary(run),
            resource=str(run.script),
            remedy=remedy,
            detail=_output(run),
            file=place.file,
            line=place.line,
        )
    return Passed(f"{run.script.name} built its resources.", actual=_summary(run), resource=str(run.script))


def _place(run: Provisioning) -> Place:
    """The innermost line of the submission in the traceback at the end of its script."""
    frames = FRAME.findall(run.output.rpartition(TRACEBACK)[2]) if run.exit_code == 1 else []
    for file, line in reversed(frames):
        if PurePath(file).is_relative_to(run.script.parent):
            place = Place(PurePath(file).relative_to(run.script.parent).as_posix(), int(line))
            return place if place.is_inside else NOWHERE
    return NOWHERE


Problem = tuple[str, str, str]


def _ending_problem(run: Provisioning) -> Problem | None:
    """What is wrong with how the script ended: the message, what was expected, the remedy."""
    name = run.script.name
    if run.timed_out and len(run.requests) > REQUESTS_LIMIT:
        message = f"{name} sent more than {REQUESTS_LIMIT:,} requests and was ended."
        remedy = "Look for a loop that never ends, such as a wait for something that never comes. Sleeping takes no time here."
        return message, f"at most {REQUESTS_LIMIT:,} requests", remedy
    if run.timed_out:
        waits = f" It also called sleep {counted(run.sleeps, 'time')}; here that takes no time." if run.sleeps else ""
        message = f"{name} was still running after {run.timeout_seconds:g} s and was ended.{waits}"
        remedy = "Look for a loop that never ends, or a wait for something that never comes (input, another server)."
        return message, f"an end within {run.timeout_seconds:g} s (--timeout), not counting waits for answers", remedy
    if run.exit_code < 0:
        remedy = "Look at the end of its output; a script may use 4 GiB of memory and write files of 256 MiB."
        return f"{name} was ended by signal {-run.exit_code}.", "exit code 0", remedy
    if run.exit_code != 0:
        remedy = "Correct the error at the end of its output, then run it again."
        return f"{name} ended with exit code {run.exit_code}.", "exit code 0", remedy
    if run.left_processes:
        remedy = "Wait for what the script starts: an account that is still changing cannot be graded."
        return f"{name} ended and left processes running; they were ended too.", "no process left behind", remedy
    return None


def _request_problem(run: Provisioning, *, starts_empty: bool) -> Problem | None:
    """What is wrong with the script's requests. If the account did not start empty, everything may have existed
    before."""
    name = run.script.name
    known = [request for request in run.requests if request.role != "unknown"]
    strangers = [request for request in run.requests if request.role == "unknown" and request.region]  # signed ones
    if strangers:
        number, were = counted(len(strangers), "request"), "was" if len(strangers) == 1 else "were"
        message = f"{name} used credentials of its own: {number} came with an unknown access key and {were} refused."
        remedy = "Use boto3's default session; leave out aws_access_key_id, aws_secret_access_key and profile_name."
        return message, "requests with the credentials of the environment", remedy
    if not known:
        unsigned = f" It sent {counted(len(run.requests), 'request')} without a signature." if run.requests else ""
        message = f"{name} ended without an error, but sent no request to its account.{unsigned}"
        remedy = "Use boto3's default session and no endpoint_url of your own. Does the script call its own functions?"
        return message, "requests to AWS_ENDPOINT_URL", remedy
    changed = [one for one in known if 200 <= one.status < 300 and not is_read(one.service, one.operation)]
    if starts_empty and not changed:
        remedy = "None of its requests changed anything: see the requests and the end of the output."
        return f"{name} ended without an error, but created nothing.", "at least one resource created", remedy
    return None


def _summary(run: Provisioning) -> str:
    ending = "ended after the time limit" if run.timed_out else f"exit code {run.exit_code}"
    waits = f", {run.sleeps_seconds:g} s of sleep skipped" if run.sleeps else ""
    return f"{ending} after {run.seconds:.1f} s{waits}; requests: {_requests(run.requests)}"


def _requests(requests: Sequence[Record]) -> str:
    counts = Counter((one.operation or one.service or "unsigned request") + _status(one.status) for one in requests)
    names = [f"{count} x {name}" if count > 1 else name for name, count in counts.items()]
    return listed(names[:KINDS_SHOWN]) + (f" and {len(names) - KINDS_SHOWN} more" if len(names) > KINDS_SHOWN else "")


def _status(status: int) -> str:
    """How an answer that is not a success is shown; 0 means that the connection was dropped."""
    if 200 <= status < 300:
        return ""
    return f" (HTTP {status})" if status else " (no answer)"


def _output(run: Provisioning) -> str:
    if not run.output.strip():
        return "(no output)"
    lines = run.output.rstrip().splitlines()
    shown = "\n".join(lines[-LINES_SHOWN:])
    whole = len(lines) <= LINES_SHOWN and run.output_bytes <= OUTPUT_KEPT_BYTES
    size = "output" if whole else f"the end of {run.output_bytes} bytes of output"
    return f"--- {size} ---\n{shown}"
