"""What tests of faults share: the reference account behind a gateway, and rules that make its answers go wrong."""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from harness import paths
from harness.assessment import Assessment, load
from harness.aws.account import Account
from harness.aws.embedded import ACCOUNT_ID, EmbeddedAccount
from harness.aws.gateway import HARNESS_ROLE, DropConnection, Gateway, Request, Response, Rule, error_response
from harness.finding import Finding
from harness.runner import Runner
from tests.support import FakeClock

LAB = "dynamodb_ecommerce"
TABLE = "ecommerce-student"
JSON = {"content-type": "application/x-amz-json-1.0"}


@contextmanager
def reference_account() -> Iterator[Gateway]:
    """A gateway before an embedded account that the reference solution has built."""
    embedded = EmbeddedAccount(lambda: 0.0)
    embedded.load()
    with Gateway(embedded, reads_only=False) as gateway:
        credentials = gateway.credentials("submission")
        environment = {
            "AWS_ENDPOINT_URL": gateway.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "TABLE_NAME": TABLE,
            "ARCHIVE_BUCKET": "ecommerce-archive",
        }
        with mock.patch.dict(os.environ, environment):
            runpy.run_path(str(paths.solution(LAB) / "provision.py"), run_name="__main__")
        yield gateway


def lab() -> Assessment:
    """The real definition."""
    return load(paths.definition(LAB), student_id="student", account_id=ACCOUNT_ID, region="us-east-1")


def account_of(gateway: Gateway, clock: FakeClock | None = None, **settings: Any) -> Account:
    """The door to what is behind a gateway, on a clock that nobody waits for."""
    return Account(
        endpoint_url=gateway.url,
        credentials=gateway.credentials(HARNESS_ROLE),
        region="us-east-1",
        clock=clock or FakeClock(),
        **settings,
    )


def grade(gateway: Gateway, *rules: Rule, wait_seconds: float = 0.0) -> dict[str, Finding]:
    """The findings of the real lab, by id, while rules apply. What runs the submission's script is left out."""
    clock = FakeClock()
    specs = [spec for spec in lab().checks if not spec.check.kind.startswith("submission.")]
    gateway.rules[:] = rules
    try:
        findings = Runner(specs, account_of(gateway, clock), clock, wait_seconds=wait_seconds).run()
    finally:
        gateway.rules.clear()
    return {finding.id: finding for finding in findings}


def fault(operation: str, answer: Callable[[Request], Response | None]) -> Rule:
    """A rule for one operation."""
    return lambda request: answer(request) if request.operation == operation else None


def refuse(status: int, code: str, message: str = "as the test wants it") -> Callable[[Request], Response]:
    """An error of AWS."""
    return lambda request: error_response(request, status, code, message)


def body(status: int, text: bytes) -> Callable[[Request], Response]:
    """An answer with just this body."""
    return lambda request: Response(status, text, JSON)


def drop(request: Request) -> Response:
    """No answer at all."""
    raise DropConnection


def every_second(answer: Callable[[Request], Response]) -> Callable[[Request], Response | None]:
    """The first, the third, … of the requests get this answer."""
    count = iter(range(1_000_000))
    return lambda request: answer(request) if next(count) % 2 == 0 else None


def changed(gateway: Gateway, change: Callable[[dict[str, Any]], None]) -> Callable[[Request], Response]:
    """The true answer with a change made to it."""

    def answer(request: Request) -> Response:
        response = gateway.backend(request)
        data = json.loads(response.body)
        change(data)
        return Response(response.status, json.dumps(data).encode(), JSON)

    return answer
