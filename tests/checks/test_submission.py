"""The submission's script: what is said of each way in which it can end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.checking.finding import Finding, Reason, Status
from harness.gateway.server import Record
from harness.submission.provisioning import REQUESTS_LIMIT, Provisioning
from tests.checks.verdicts import fails, holds
from tests.support import judge

SCRIPT = Path("work") / "provision.py"


def request(
    operation: str, status: int = 200, *, role: str = "submission", service: str = "dynamodb", region: str = "us-east-1"
) -> Record:
    """A request as the gateway recorded it."""
    return Record(role, region, service, operation, {}, status, 0.01)


UNSIGNED = request("", 403, role="unknown", service="", region="")
FOREIGN = request("ListTables", 403, role="unknown")


def run(*requests: Record, **changes: Any) -> Provisioning:
    """A script that ended well, with changes."""
    ending: dict[str, Any] = {
        "exit_code": 0,
        "timed_out": False,
        "timeout_seconds": 120.0,
        "seconds": 1.5,
        "output": "",
        "output_bytes": 0,
        "sleeps": 0,
        "sleeps_seconds": 0.0,
        "left_processes": False,
        **changes,
    }
    return Provisioning(SCRIPT, requests=requests or (request("CreateTable"),), **ending)


def provisioned(provisioning: Provisioning | None) -> Finding:
    """What `submission.provisioned` finds."""
    return judge("submission.provisioned", {}, provisioning=provisioning)


@pytest.mark.parametrize(
    ("provisioning", "actual"),
    [
        pytest.param(run(), "exit code 0 after 1.5 s; requests: CreateTable", id="one request"),
        pytest.param(
            run(
                request("DescribeTable", 400),
                request("CreateTable"),
                request("DescribeTable"),
                request("DescribeTable"),
            ),
            "exit code 0 after 1.5 s; requests: DescribeTable (HTTP 400), CreateTable, 2 x DescribeTable",
            id="looks first and waits",
        ),
        pytest.param(
            run(request("CreateTable", 400), request("UpdateTable"), request("CreateBucket", 201, service="s3")),
            "exit code 0 after 1.5 s; requests: CreateTable (HTTP 400), UpdateTable, CreateBucket",
            id="one refused, others not",
        ),
        pytest.param(
            run(sleeps=3, sleeps_seconds=90.5),
            "exit code 0 after 1.5 s, 90.5 s of sleep skipped; requests: CreateTable",
            id="waits",
        ),
        pytest.param(
            run(UNSIGNED, request("CreateTable")),
            "exit code 0 after 1.5 s; requests: unsigned request (HTTP 403), CreateTable",
            id="asks without a signature whether the endpoint is there",
        ),
        pytest.param(
            run(request("CreateTable", region="eu-west-1")),
            "exit code 0 after 1.5 s; requests: CreateTable",
            id="in another Region, which other checks judge",
        ),
    ],
)
def test_a_script_that_builds_something_passes(provisioning: Provisioning, actual: str) -> None:
    holds(provisioned(provisioning), "provision.py built its resources.", actual=actual, resource=str(SCRIPT))


ASKED = (request("CreateTable"), request("ExportTableToPointInTime", 501))
ANSWER = "An error occurred (NotImplementedException) when calling the ExportTableToPointInTime operation: none here"


def traceback(error: str, line: str = "call()") -> str:
    """A traceback as Python prints it."""
    return f'Traceback (most recent call last):\n  File "provision.py", line 3, in <module>\n    {line}\n{error}\n'


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("", id="nothing"),
        pytest.param("giving up\n", id="words of its own"),
        pytest.param(traceback(f"botocore.exceptions.ClientError: {ANSWER}"), id="the gap's traceback"),
        pytest.param(
            traceback("KeyError: 'an earlier one'") + traceback(f"botocore.exceptions.ClientError: {ANSWER}"),
            id="the gap's traceback after that of something that it lived through",
        ),
        pytest.param(
            traceback(f"botocore.exceptions.ClientError: {ANSWER}")
            + "\nThe above exception was the direct cause of the following exception:\n\n"
            + traceback("RuntimeError: the export failed"),
            id="an error that the gap caused",
        ),
        pytest.param(
            traceback(f"botocore.exceptions.ClientError: {ANSWER}")
            + "\nDuring handling of the above exception, another exception occurred:\n\n"
            + traceback("KeyError: 'one'")
            + "\nDuring handling of the above exception, another exception occurred:\n\n"
            + traceback("KeyError: 'two'"),
            id="errors while the gap was handled",
        ),
        pytest.param(
            traceback(
                "botocore.exceptions.WaiterError: Waiter ExportCompleted failed: "
                "An error occurred (InternalFailure): KeyError"
            ),
            id="a waiter that met the gap",
        ),
    ],
)
@pytest.mark.parametrize(
    ("status", "reason", "says", "remedy"),
    [
        (
            501,
            Reason.UNSUPPORTED,
            "This target lacks dynamodb ExportTableToPointInTime",
            "To have it graded here, build",
        ),
        (
            500,
            Reason.UNREACHABLE,
            "This target failed at dynamodb ExportTableToPointInTime",
            "Run again. If it happens",
        ),
    ],
)
def test_a_script_that_ends_at_what_the_target_cannot_do_is_not_judged_by_that(
    status: int, reason: Reason, says: str, remedy: str, output: str
) -> None:
    finding = provisioned(run(request("CreateTable"), replace(ASKED[1], status=status), exit_code=1, output=output))

    assert (finding.status, finding.reason) == (Status.ERROR, reason)
    assert (
        finding.message
        == f"Not decided. {says}, at which the script ended. So far: provision.py ended with exit code 1."
    )
    assert finding.waits_for == ""
    assert finding.remedy.startswith(remedy)
    assert output.strip() in finding.detail


def test_what_the_target_says_of_what_it_cannot_do_is_passed_on() -> None:
    says = "The embedded account cannot build a resource of the type AWS::CloudWatch::Alarm from a template."
    gap = replace(request("CreateStack", 501, service="cloudformation"), error=says)

    finding = provisioned(run(gap, exit_code=3, output=traceback("KeyError: 'printed'")))

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNSUPPORTED)
    assert finding.message == (
        f"Not decided. {says.rstrip('.')}, at which the script ended. So far: provision.py ended with exit code 3."
    )


@pytest.mark.parametrize(
    ("requests", "exit_code", "output"),
    [
        pytest.param(ASKED, 1, traceback("KeyError: 'oops'", '{}["oops"]'), id="its own error"),
        pytest.param(
            ASKED,
            1,
            f"went on without: {ANSWER}\n" + traceback("KeyError: 'oops'"),
            id="its own error after it spoke of the gap",
        ),
        pytest.param(
            ASKED,
            1,
            traceback(f"botocore.exceptions.ClientError: {ANSWER}") + "going on\n" + traceback("KeyError: 'oops'"),
            id="its own error after it showed the gap's traceback",
        ),
        pytest.param(
            ASKED,
            1,
            traceback(
                "botocore.exceptions.ParamValidationError: Parameter validation failed:\n"
                'Missing required parameter in input: "TableName"'
            ),
            id="its own error of several lines",
        ),
        pytest.param(
            ASKED,
            1,
            traceback(f"botocore.exceptions.ClientError: {ANSWER.replace('Export', 'Import')}"),
            id="an answer to another request",
        ),
        pytest.param((*ASKED, request("DescribeTable")), 1, "", id="other requests after the gap"),
        pytest.param(
            (*ASKED, request("CreateTable", 400)),
            1,
            traceback(f"botocore.exceptions.ClientError: {ANSWER}"),
            id="a refusal after the gap",
        ),
        pytest.param((request("CreateTable"), request("", 501)), 1, "", id="a request that nobody knows"),
        pytest.param((request("CreateTable", 400),), 1, "", id="no gap"),
    ],
)
def test_a_gap_excuses_nothing_else(requests: tuple[Record, ...], exit_code: int, output: str) -> None:
    finding = provisioned(run(*requests, exit_code=exit_code, output=output))

    assert (finding.status, finding.message) == (Status.FAIL, f"provision.py ended with exit code {exit_code}.")
    assert output.strip() in finding.detail


def test_a_script_that_goes_on_without_what_the_target_cannot_do_passes() -> None:
    assert provisioned(run(*ASKED)).status is Status.PASS


def test_a_script_that_finds_everything_built_passes_where_the_account_did_not_start_empty() -> None:
    looked = run(request("DescribeTable"))

    found = judge("submission.provisioned", {}, provisioning=looked, faithful=False)

    assert (found.status, found.message) == (Status.PASS, "provision.py built its resources.")
    assert provisioned(looked).status is Status.FAIL


@pytest.mark.parametrize(
    ("number", "end"),
    [(20, "Create18, Create19"), (21, "Create18, Create19 and 1 more"), (23, "Create19 and 3 more")],
)
def test_many_kinds_of_requests_are_cut_short(number: int, end: str) -> None:
    finding = provisioned(run(*(request(f"Create{place}") for place in range(number))))

    assert finding.status is Status.PASS
    assert finding.actual.endswith(end)


@pytest.mark.parametrize(
    ("provisioning", "message", "expected", "actual", "remedy"),
    [
        pytest.param(
            run(exit_code=3),
            "provision.py ended with exit code 3.",
            "exit code 0",
            "exit code 3 after 1.5 s; requests: CreateTable",
            "end of its output",
            id="exit code",
        ),
        pytest.param(
            run(exit_code=-11),
            "provision.py was ended by signal 11.",
            "exit code 0",
            "exit code -11 after 1.5 s; requests: CreateTable",
            "memory",
            id="signal",
        ),
        pytest.param(
            run(*[request("DescribeTable")] * (REQUESTS_LIMIT + 1), exit_code=-9, timed_out=True, seconds=20.0),
            "provision.py sent more than 10,000 requests and was ended.",
            "at most 10,000 requests",
            "ended after the time limit after 20.0 s; requests: 10001 x DescribeTable",
            "a wait for something that never comes",
            id="too many requests",
        ),
        pytest.param(
            run(exit_code=-9, timed_out=True, seconds=120.0),
            "provision.py was still running after 120 s and was ended.",
            "an end within 120 s (--timeout), not counting waits for answers",
            "ended after the time limit after 120.0 s; requests: CreateTable",
            "a loop that never ends",
            id="time is over",
        ),
        pytest.param(
            run(exit_code=-9, timed_out=True, timeout_seconds=2.5, seconds=2.5, sleeps=1, sleeps_seconds=20),
            "provision.py was still running after 2.5 s and was ended. It also called sleep 1 time; here that takes "
            "no time.",
            "an end within 2.5 s (--timeout), not counting waits for answers",
            "ended after the time limit after 2.5 s, 20 s of sleep skipped; requests: CreateTable",
            "a wait for something that never comes",
            id="time is over, with a wait",
        ),
        pytest.param(
            run(exit_code=0, timed_out=True, sleeps=7, sleeps_seconds=70),
            "provision.py was still running after 120 s and was ended. It also called sleep 7 times; here that takes "
            "no time.",
            "an end within 120 s (--timeout), not counting waits for answers",
            "ended after the time limit after 1.5 s, 70 s of sleep skipped; requests: CreateTable",
            "a loop that never ends",
            id="time is over, whatever the exit code",
        ),
        pytest.param(
            run(left_processes=True),
            "provision.py ended and left processes running; they were ended too.",
            "no process left behind",
            "exit code 0 after 1.5 s; requests: CreateTable",
            "Wait for what the script starts",
            id="left processes",
        ),
        pytest.param(
            run(FOREIGN),
            "provision.py used credentials of its own: 1 request came with an unknown access key and was refused.",
            "requests with the credentials of the environment",
            "exit code 0 after 1.5 s; requests: ListTables (HTTP 403)",
            "aws_access_key_id",
            id="foreign credentials",
        ),
        pytest.param(
            run(request("CreateTable"), FOREIGN, FOREIGN),
            "provision.py used credentials of its own: 2 requests came with an unknown access key and were refused.",
            "requests with the credentials of the environment",
            "exit code 0 after 1.5 s; requests: CreateTable, 2 x ListTables (HTTP 403)",
            "default session",
            id="foreign credentials among the right ones",
        ),
        pytest.param(
            run(request("ListTables"), request("DescribeTable"), request("HeadBucket", service="s3")),
            "provision.py ended without an error, but created nothing.",
            "at least one resource created",
            "exit code 0 after 1.5 s; requests: ListTables, DescribeTable, HeadBucket",
            "None of its requests changed anything",
            id="only reads",
        ),
        pytest.param(
            run(request("CreateTable", 400), request("CreateBucket", 409, service="s3"), request("CreateTable", 500)),
            "provision.py ended without an error, but created nothing.",
            "at least one resource created",
            "exit code 0 after 1.5 s; requests: CreateTable (HTTP 400), CreateBucket (HTTP 409), CreateTable (HTTP 500)",
            "None of its requests changed anything",
            id="only refused writes",
        ),
        pytest.param(
            run(request("CreateTable", 0)),
            "provision.py ended without an error, but created nothing.",
            "at least one resource created",
            "exit code 0 after 1.5 s; requests: CreateTable (no answer)",
            "None of its requests changed anything",
            id="a write whose connection broke",
        ),
        pytest.param(
            run(request("CreateTable", 300)),
            "provision.py ended without an error, but created nothing.",
            "at least one resource created",
            "exit code 0 after 1.5 s; requests: CreateTable (HTTP 300)",
            "None of its requests changed anything",
            id="a write that was sent elsewhere",
        ),
        pytest.param(
            run(UNSIGNED),
            "provision.py ended without an error, but sent no request to its account. It sent 1 request without a "
            "signature.",
            "requests to AWS_ENDPOINT_URL",
            "exit code 0 after 1.5 s; requests: unsigned request (HTTP 403)",
            "default session",
            id="nothing but an unsigned request",
        ),
    ],
)
def test_a_script_that_goes_wrong_fails(
    provisioning: Provisioning, message: str, expected: str, actual: str, remedy: str
) -> None:
    finding = provisioned(provisioning)

    fails(finding, message, expected=expected, actual=actual, resource=str(SCRIPT), remedy=remedy)
    assert finding.detail == "(no output)"


def test_a_script_that_asks_nothing_of_the_account_fails() -> None:
    finding = provisioned(replace(run(output="done\n", output_bytes=5), requests=()))

    fails(
        finding,
        "provision.py ended without an error, but sent no request to its account.",
        expected="requests to AWS_ENDPOINT_URL",
        actual="exit code 0 after 1.5 s; requests: none",
        resource=str(SCRIPT),
        remedy="no endpoint_url of your own",
    )
    assert finding.detail == "--- output ---\ndone"


@pytest.mark.parametrize(
    ("output", "output_bytes", "detail"),
    [
        pytest.param("", 0, "(no output)", id="none"),
        pytest.param(" \n\t\n", 4, "(no output)", id="white space"),
        pytest.param("one\ntwo\n", 8, "--- output ---\none\ntwo", id="all of it"),
        pytest.param("grüße\n", 8, "--- output ---\ngrüße", id="all of it, counted in bytes"),
        pytest.param(
            "\n".join(map(str, range(30))),
            79,
            "--- the end of 79 bytes of output ---\n" + "\n".join(map(str, range(10, 30))),
            id="many short lines",
        ),
        pytest.param(
            "\n".join(map(str, range(20))),
            8192,
            "--- output ---\n" + "\n".join(map(str, range(20))),
            id="as much as is kept and shown",
        ),
        pytest.param("x" * 8192, 8193, "--- the end of 8193 bytes of output ---\n" + "x" * 8192, id="a byte more"),
        pytest.param(
            "x" * 100, 5_000_000, "--- the end of 5000000 bytes of output ---\n" + "x" * 100, id="one long line"
        ),
        pytest.param(
            "\ufffd" * 8192, 9000, "--- the end of 9000 bytes of output ---\n" + "\ufffd" * 8192, id="no text at all"
        ),
        pytest.param(
            "\x1b[2J\x00[bold]{0}%s\u202e\ud800",
            17,
            "--- output ---\n\x1b[2J\x00[bold]{0}%s\u202e\ud800",
            id="hostile characters, which the report writes out",
        ),
    ],
)
def test_the_end_of_the_output_is_shown(output: str, output_bytes: int, detail: str) -> None:
    finding = provisioned(run(exit_code=1, output=output, output_bytes=output_bytes))

    assert (finding.status, finding.detail) == (Status.FAIL, detail)


def test_an_account_without_a_script_is_not_graded_on_it() -> None:
    finding = provisioned(None)

    assert (finding.status, finding.reason) == (Status.SKIP, Reason.NOT_ALLOWED)
    assert finding.not_graded
    assert finding.message == "No script was run: on this target, what is in the account is graded."


def trace(*places: str) -> str:
    """A traceback of these places, as Python prints it."""
    return "".join(
        ("Traceback (most recent call last):\n", *(f'  File "{one}, in f\n' for one in places), "KeyError\n")
    )


LED_TO = "\nDuring handling of the above exception, another exception occurred:\n\n"


@pytest.mark.parametrize(
    ("output", "place"),
    [
        (
            trace('work/provision.py", line 9', 'work/parts/table.py", line 4', '/usr/boto3.py", line 7'),
            ("parts/table.py", 4),
        ),
        (
            '  File "work/provision.py", line 3\n    def (:\n        ^\nSyntaxError: invalid syntax\n',
            ("provision.py", 3),
        ),
        (trace('work/provision.py", line 2') + LED_TO + trace('work/provision.py", line 5'), ("provision.py", 5)),
        (trace('elsewhere/provision.py", line 3'), ("", 0)),
        (trace('work/../../x.py", line 3'), ("", 0)),
        (trace('work/provision.py", line 0'), ("", 0)),
        ("no traceback\n", ("", 0)),
        ("", ("", 0)),
    ],
    ids=["innermost own line", "syntax", "the last traceback", "elsewhere", "above", "line 0", "none", "no output"],
)
def test_a_script_that_ends_in_a_traceback_is_blamed_at_its_own_line(output: str, place: tuple[str, int]) -> None:
    finding = provisioned(run(exit_code=1, output=output))

    assert (finding.status, (finding.file, finding.line)) == (Status.FAIL, place)
