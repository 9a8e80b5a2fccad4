"""What tests of faults share: the reference account behind a gateway, and rules that make its answers go wrong."""

from __future__ import annotations

import base64
import gzip
import json
import os
import runpy
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import botocore
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from harness import paths
from harness.account.client import Account
from harness.account.reading import ReadKey, read_key
from harness.account.session import service_model
from harness.checking.check import CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.gateway.server import HARNESS_ROLE, Gateway, Request, Response, Rule, error_response
from harness.grading.tape import Tape
from harness.labs.definition import Lab, load_lab
from harness.submission.provisioning import environment
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from tests.labs.engine import LAB
from tests.support import FakeClock

ENDPOINTS_KEY = "test"
"""The access key with which the command speaks to an endpoint."""

DOCUMENTS = ("AssumeRolePolicyDocument", "Document", "PolicyDocument")
JSON = {"content-type": "application/x-amz-json-1.0"}


@contextmanager
def reference_account(lab_id: str = LAB) -> Iterator[Gateway]:
    """A gateway before an embedded account that a lab's reference solution has built."""
    embedded = EmbeddedAccount(lambda: 0.0)
    embedded.load()
    with Gateway(embedded, reads_only=False) as gateway:
        credentials = gateway.credentials("submission")
        given = {
            **environment(gateway.url, "us-east-1", "student", lab(lab_id).variables),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        }
        solution = paths.solution(lab_id)
        path = mock.patch.object(sys, "path", [str(solution), *sys.path])
        with mock.patch.dict(os.environ, given), path:
            if lab(lab_id).provision:
                runpy.run_path(str(solution / "provision.py"), run_name="__main__")
        for file in solution.glob("*.py"):
            sys.modules.pop(file.stem, None)
        yield gateway


@contextmanager
def endpoint() -> Iterator[str]:
    """The URL of an embedded account in which there is nothing, for the command in a process of its own."""
    embedded = EmbeddedAccount(lambda: 0.0)
    embedded.load()
    with Gateway(embedded, reads_only=False) as gateway:
        gateway._roles[ENDPOINTS_KEY] = "the command"
        yield gateway.url


def inspecting(lab_id: str = LAB) -> list[CheckSpec]:
    """A lab's checks that look at the account alone: nobody runs the submission's code for them."""
    return [
        spec for spec in lab(lab_id).checks if spec.driven is None and not spec.check.kind.startswith("submission.")
    ]


def lab(lab_id: str = LAB) -> Lab:
    """A lab as its definition has it, for one student."""
    return load_lab(lab_id, student_id="student", account_id=ACCOUNT_ID, region="us-east-1")


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
    """The findings of the real lab, by id, while rules apply. What runs the submission's code is left out."""
    clock = FakeClock()
    specs = inspecting()
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
    return Response(0)


def every_second(answer: Callable[[Request], Response]) -> Callable[[Request], Response | None]:
    """The first, the third, … of the requests that ask the same get this answer."""
    asked: Counter[ReadKey] = Counter()

    def rule(request: Request) -> Response | None:
        key = read_key(request.service, request.operation, request.parameters)
        asked[key] += 1
        return answer(request) if asked[key] % 2 else None

    return rule


def changed(gateway: Gateway, change: Callable[[dict[str, Any]], None]) -> Callable[[Request], Response]:
    """The true answer with a change made to it."""

    def answer(request: Request) -> Response:
        response = gateway.backend(request)
        data = json.loads(response.body)
        change(data)
        return Response(response.status, json.dumps(data).encode(), JSON)

    return answer


FAULTS: list[tuple[str, Callable[[Request], Response], Status, Reason]] = [
    ("denied, 400", refuse(400, "AccessDeniedException"), Status.ERROR, Reason.DENIED),
    ("denied, 403", refuse(403, "AccessDenied"), Status.ERROR, Reason.DENIED),
    ("denied, a code of its own", refuse(403, "SomethingNew"), Status.ERROR, Reason.DENIED),
    ("expired token", refuse(400, "ExpiredTokenException"), Status.ERROR, Reason.DENIED),
    ("region disabled", refuse(403, "UnrecognizedClientException"), Status.ERROR, Reason.DENIED),
    ("opt-in required", refuse(403, "OptInRequired"), Status.ERROR, Reason.DENIED),
    ("throttled, 400", refuse(400, "ThrottlingException"), Status.ERROR, Reason.THROTTLED),
    ("throttled, 429", refuse(429, "Unknown"), Status.ERROR, Reason.THROTTLED),
    ("throttled, 503", refuse(503, "SlowDown"), Status.ERROR, Reason.THROTTLED),
    ("500", refuse(500, "InternalServerError"), Status.ERROR, Reason.UNREACHABLE),
    ("503", refuse(503, "ServiceUnavailable"), Status.ERROR, Reason.UNREACHABLE),
    ("a page of a proxy", body(502, b"<html>Bad gateway</html>"), Status.ERROR, Reason.UNREACHABLE),
    ("connection dropped", drop, Status.ERROR, Reason.UNREACHABLE),
    ("malformed", body(200, b"{'Table': "), Status.ERROR, Reason.UNREACHABLE),
    ("truncated", body(200, b'{"Table": {"TableName": "eco'), Status.ERROR, Reason.UNREACHABLE),
    ("empty", body(200, b""), Status.ERROR, Reason.UNREACHABLE),
    ("an empty object", body(200, b"{}"), Status.ERROR, Reason.UNREACHABLE),
    ("a list", body(200, b"[]"), Status.ERROR, Reason.UNREACHABLE),
    ("a page for people", body(200, b"<html>Sign in</html>"), Status.ERROR, Reason.UNREACHABLE),
    ("an error without meaning", refuse(400, "ValidationException"), Status.ERROR, Reason.UNREACHABLE),
    ("not implemented", refuse(501, "NotImplementedException"), Status.SKIP, Reason.UNSUPPORTED),
    ("unknown operation", refuse(400, "UnknownOperationException"), Status.SKIP, Reason.UNSUPPORTED),
]
"""Everything that can go wrong with a call: what is answered instead, and the row of the Verdicts table."""


class TapeBackend:
    """A server that answers what a tape holds, over the wire."""

    def __init__(self, tape: Tape) -> None:
        self._readings = [one for one in tape.readings if one.answer is not None]

    def __call__(self, request: Request) -> Response:
        if (request.service, request.operation) == ("sts", "GetCallerIdentity"):
            return error_response(request, 403, "AccessDenied", "not on the tape")
        return respond(request, self.answer(request))

    def answer(self, request: Request) -> dict[str, Any]:
        """The answer to a request: of the reading that has most of its parameters."""
        asked = {str(value) for value in request.parameters.values()}
        alike = [one for one in self._readings if (one.service, one.operation) == (request.service, request.operation)]
        best = max(alike, key=lambda one: len(asked & {str(value) for value in one.parameters.values()}))
        return {**(best.answer or {})}


def told(request: Request) -> dict[str, Any]:
    """What a request asks, by botocore's names, which differ from those on the wire in S3."""
    shape = service_model(request.service).operation_model(request.operation).input_shape
    names = {name: one.serialization.get("name", name) for name, one in shape.members.items()} if shape else {}
    return {name: request.parameters[wire] for name, wire in names.items() if wire in request.parameters}


def respond(request: Request, answer: dict[str, Any]) -> Response:
    """An answer as its service writes it."""
    model = get_service_model(request.service).operation_model(request.operation)
    protocol = model.service_model.protocol
    if protocol not in ("query", "rest-json", "rest-xml"):
        return Response(200, json.dumps(answer, default=_plain).encode(), JSON)
    serializer = get_serializer_class(request.service, protocol)
    made = serializer(model, value_picker=lambda context: context.obj.get(context.key)).serialize(_as_text(answer))
    raw = made["body"]
    return Response(made["status_code"], raw.encode() if isinstance(raw, str) else raw, dict(made["headers"]))


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()


def _as_text(value: Any) -> Any:
    """An answer with each policy in it as the encoded text that IAM gives."""
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: quote(json.dumps(inner)) if name in DOCUMENTS else _as_text(inner) for name, inner in value.items()}


def one_element_a_page(backend: TapeBackend, pages: Counter[str]) -> Callable[[Request], Response]:
    """A server that gives every list that AWS may cut in pages of one element, with an empty page before each, and
    a token that is another one each time. It counts the pages by operation."""
    tokens: dict[str, int] = {}

    def answer(request: Request) -> Response:
        paging = _paging(request)
        pages[request.operation] += 1
        if paging is None:
            return backend(request)
        token = told(request).get(paging["input_token"])
        page = tokens.pop(json.dumps(token)) if token else 0
        full = backend.answer(request)
        keys = paging["result_key"] if isinstance(paging["result_key"], list) else [paging["result_key"]]
        lists = [name for name in keys if isinstance(full.get(name), list)]
        elements = [(name, one) for name in lists for one in full[name]]
        shown = elements[page // 2 : page // 2 + 1] if page % 2 else []
        cut = {**full, **{name: [one for key, one in shown if key == name] for name in lists}}
        cut |= {name: len(shown) for name in keys if name in full and name not in lists}
        more = page + 1 < 2 * len(elements)
        if "more_results" in paging:
            cut[paging["more_results"]] = more
        if more:
            number = f"arn:aws:dynamodb:us-east-1:123456789012:token/{secrets.token_hex(4)}"
            next_token = {"id": {"S": number}} if paging["output_token"] == "LastEvaluatedKey" else number
            tokens[json.dumps(next_token)] = page + 1
            cut[paging["output_token"]] = next_token
        return respond(request, cut)

    return answer


def _paging(request: Request) -> dict[str, Any] | None:
    """How AWS cuts the answers of an operation, by botocore's data."""
    path = Path(botocore.__file__).parent / "data" / request.service
    files = sorted(path.glob("*/paginators-1.json*"))
    if not files:
        return None
    raw = gzip.decompress(files[-1].read_bytes()) if files[-1].suffix == ".gz" else files[-1].read_bytes()
    found: dict[str, Any] | None = json.loads(raw)["pagination"].get(request.operation)
    return found
