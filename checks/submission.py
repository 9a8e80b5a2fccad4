"""The submission's own script: whether it does its work in the environment that it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.facts import counted, listed
from harness.aws.operations import is_read
from harness.check import Context, Evidence, Failed, NotAllowed, check

if TYPE_CHECKING:
    from harness.aws.gateway import Record
    from harness.submission import Provisioning


@check(
    "submission.provisioned",
    parameters={},
    source="README.md#what-a-submission-is",
)
def provisioned(context: Context) -> Evidence:
    """The submission's provision.py runs to its end and builds something in the account it is given."""
    run = context.provisioning
    if run is None:
        raise NotAllowed("No script was run: on this target, what lies in the account is graded.")
    problem = _ending_problem(run) or _request_problem(run)
    if problem is not None:
        message, expected, remedy = problem
        raise Failed(
            message,
            expected=expected,
            actual=_summary(run),
            resource=str(run.script),
            remedy=remedy,
            detail=_output(run),
        )
    return Evidence(f"{run.script.name} built its resources.", actual=_summary(run), resource=str(run.script))


Problem = tuple[str, str, str]


def _ending_problem(run: Provisioning) -> Problem | None:
    """What is wrong with how the script ended: message, what was expected, remedy."""
    name = run.script.name
    if run.timed_out:
        waits = f" It also asked to sleep {run.sleeps} times; here that costs no time." if run.sleeps else ""
        return (
            f"{name} was still running after {run.timeout_seconds:g} s and was ended.{waits}",
            f"an end within {run.timeout_seconds:g} s",
            "Look for a loop that never ends, or a wait for something that never comes (input, another server).",
        )
    if run.exit_code < 0:
        return (
            f"{name} was ended by signal {-run.exit_code}.",
            "exit code 0",
            "Look at the end of its output; a script may use 4 GiB of memory and write files of 256 MiB.",
        )
    if run.exit_code != 0:
        return (
            f"{name} ended with exit code {run.exit_code}.",
            "exit code 0",
            "Mend the error at the end of its output, then run it again.",
        )
    if run.left_processes:
        return (
            f"{name} ended and left processes running; they were ended too.",
            "no process left behind",
            "Wait for what the script starts: an account that still changes cannot be graded.",
        )
    return None


def _request_problem(run: Provisioning) -> Problem | None:
    """What is wrong with what the script asked of the account."""
    name = run.script.name
    known = [request for request in run.requests if request.role != "unknown"]
    if len(known) < len(run.requests):
        strangers = counted(len(run.requests) - len(known), "request")
        return (
            f"{name} used credentials of its own: {strangers} came with an unknown access key and were refused.",
            "requests with the credentials of the environment",
            "Use boto3's default session; leave out aws_access_key_id, aws_secret_access_key and profile_name.",
        )
    if not known:
        return (
            f"{name} ended well but sent no request to the account it was given.",
            "requests to AWS_ENDPOINT_URL",
            "Use boto3's default session and no endpoint_url of your own. Does the script call its own functions?",
        )
    if not [request for request in known if request.status < 300 and not is_read(request.service, request.operation)]:
        return (
            f"{name} ended well but created nothing.",
            "at least one resource created",
            "None of its requests changed anything: see the requests and the end of the output.",
        )
    return None


def _summary(run: Provisioning) -> str:
    ending = "ended after the time limit" if run.timed_out else f"exit code {run.exit_code}"
    waits = f", {run.sleeps_seconds:g} s of sleep not slept" if run.sleeps else ""
    return f"{ending} after {run.seconds:.1f} s{waits}; requests: {_requests(run.requests)}"


def _requests(requests: Sequence[Record]) -> str:
    counts = Counter(
        f"{request.operation or request.service}" + (f" (HTTP {request.status})" if request.status >= 300 else "")
        for request in requests
    )
    names = [f"{count} x {name}" if count > 1 else name for name, count in counts.items()]
    return listed(names[:20]) + (f" and {len(names) - 20} more kinds" if len(names) > 20 else "")


def _output(run: Provisioning) -> str:
    if not run.output.strip():
        return "(no output)"
    lines = run.output.rstrip().splitlines()[-20:]
    size = f"the last {len(lines)} lines of {run.output_bytes} bytes" if run.output_bytes > 2000 else "output"
    return f"--- {size} ---\n" + "\n".join(lines)
