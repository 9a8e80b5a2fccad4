"""The HTTP server in front of every target, on a loopback port that the system chooses.

It knows senders by random access keys, records each request, and passes on only what the target allows. It can also
answer in place of the backend: tests use that to inject faults, and to hold requests back and so choose their order.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
import string
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from botocore.credentials import Credentials

from harness.account.errors import GAP_STATUS, NOT_ALLOWED_CODE, TOOL_FAULT_CODE
from harness.account.reads import is_read
from harness.gateway.operations import Operation, identify, parse_signature

HARNESS_ROLE = "harness"
"""The role of the harness's own requests."""

BODY_LIMIT_BYTES = 64 * 1024 * 1024
LENGTH = re.compile(r"[0-9]{1,10}", re.ASCII)
CHUNK_LENGTH = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;.*)?\r?\n", re.DOTALL)
CHUNK_LINE_LIMIT = 256
RECORD_LIMIT = 100_000
WRITES_END_SECONDS = 60.0
"""How long running writes may take to end: longer than a backend waits for its server's answer."""

ERROR_LIMIT = 1_000
"""How many characters of a backend's exception are reported."""

HOP_BY_HOP = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
ACCESS_KEY_CHARACTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True)
class Request:
    """A request from a known sender. `path` and `query` are as they crossed the wire; header names are in lower case;
    `service` and `operation` are botocore's names (empty if the operation is not certain)."""

    role: str
    region: str
    signing_name: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def asking(self, parameters: Mapping[str, Any]) -> Request:
        """The same request with other parameters, in JSON."""
        return replace(self, parameters=parameters, body=json.dumps(parameters).encode())


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. `headers` does not hold those that the gateway itself sets. The status 0 closes the connection
    without an answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    """The text of an error that the gateway or the embedded account made."""

    injected: bool = False
    """Whether a scenario made all or part of it, to see what a submission's code does about it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it was served. An unknown sender has the role `unknown`; a dropped connection has the status 0.
    `error` is the text of an error that the gateway or the embedded account made."""

    role: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    status: int
    seconds: float
    error: str = ""

    @property
    def shortfall(self) -> str:
        """Where the target did not behave like AWS, as a sentence without its full stop."""
        if self.error:
            return self.error.rstrip(".")
        lacking = self.status == GAP_STATUS
        return f"This target {'lacks' if lacking else 'failed at'} {self.service} {self.operation}"


@dataclass(frozen=True, slots=True)
class Traffic:
    """The requests of some senders: how many arrived so far, and for how many seconds at least one of them was waiting
    for its answer."""

    requests: int
    waited_seconds: float


class Meter:
    """Counts the requests of some senders."""

    def __init__(self, roles: Collection[str] = ()) -> None:
        """Args:
        roles: the senders' roles; none: everybody except the harness.
        """
        self._roles = frozenset(roles)
        self._lock = threading.Lock()
        self._requests = 0
        self._under_way = 0
        self._waited_seconds = 0.0
        self._waiting_since = 0.0

    @property
    def traffic(self) -> Traffic:
        """How many requests came so far, and how long they waited."""
        with self._lock:
            waiting = time.monotonic() - self._waiting_since if self._under_way else 0.0
            return Traffic(self._requests, self._waited_seconds + waiting)

    def counts(self, role: str) -> bool:
        """Whether the requests of a sender count."""
        return role in self._roles if self._roles else role != HARNESS_ROLE

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts a request as waiting for its answer, inside this block."""
        with self._lock:
            self._requests += 1
            self._under_way += 1
            if self._under_way == 1:
                self._waiting_since = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                if self._under_way == 0:
                    self._waited_seconds += time.monotonic() - self._waiting_since


Backend = Callable[[Request], Response]
"""Answers a request. An exception is a bug of the tool, and is answered as a server's error."""

Observer = Callable[[Request, Response], None]
"""Is called with each request and its answer, before the sender gets the answer."""

Rule = Callable[[Request], "Response | Request | None"]
"""Looks at a request before the backend. It may answer it, replace it with another request, or wait."""


def error_response(request: Request | None, status: int, code: str, message: str) -> Response:
    """An error in the form of the request's protocol, which every SDK understands."""
    if request is not None and (request.service == "s3" or _speaks_xml(request)):
        body = f"<Error><Code>{code}</Code><Message>{_xml(message)}</Message></Error>"
        if request.service != "s3":
            body = f"<ErrorResponse>{body}</ErrorResponse>"
        return Response(status, body.encode(), {"content-type": "application/xml"}, message)
    body = json.dumps({"__type": code, "message": message})
    headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code}
    return Response(status, body.encode(), headers, message)


def _speaks_xml(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Gateway:
    """The server. Use it as a context manager, or call `start` and `stop`."""

    def __init__(self, backend: Backend, *, reads_only: bool) -> None:
        """Args:
        backend: answers the requests that may pass; called from several threads.
        reads_only: pass on only reads, whoever sends them, except what `writable` allows. The harness itself never
            does more.
        """
        self.rules: list[Rule] = []
        self.observers: list[Observer] = []
        self.backend = backend
        self._reads_only = reads_only
        self._roles: dict[str, str] = {}
        self._records: list[Record] = []
        self._lock = threading.Lock()
        self._everybody = Meter()
        self._meters = [self._everybody]
        self._writes_changed = threading.Condition()
        self._writes = 0
        self._connections: set[socket.socket] = set()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:49152`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def records(self) -> list[Record]:
        """What was served so far, in the order of the answers."""
        with self._lock:
            return list(self._records)

    @property
    def traffic(self) -> Traffic:
        """The requests so far of everybody except the harness."""
        return self._everybody.traffic

    def meter(self, *roles: str) -> Meter:
        """Counts the requests of these senders from now on."""
        meter = Meter(roles)
        self._meters.append(meter)
        return meter

    def start(self) -> None:
        """Starts to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stops at once: open connections are closed, the port is free."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _close(connection)

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def opened(self, connection: socket.socket) -> None:
        """Notes an open connection, so that `stop` can close it."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forgets a connection."""
        with self._lock:
            self._connections.discard(connection)

    def credentials(self, role: str) -> Credentials:
        """New throw-away credentials. Requests with them have that role."""
        access_key = "AKIA" + "".join(secrets.choice(ACCESS_KEY_CHARACTERS) for _ in range(16))
        with self._lock:
            self._roles[access_key] = role
        return Credentials(access_key, secrets.token_urlsafe(30))

    def revoke(self, credentials: Credentials) -> None:
        """Makes credentials invalid, so that no process that is still running can use them."""
        with self._lock:
            self._roles.pop(str(credentials.access_key), None)

    @contextmanager
    def rule(self, rule: Rule) -> Iterator[None]:
        """Applies a rule for the duration of a block."""
        self.rules.append(rule)
        try:
            yield
        finally:
            self.rules.remove(rule)

    @contextmanager
    def writable(self, rule: Rule) -> Iterator[None]:
        """Passes on writes for the duration of a block, for every sender except the harness, unless a rule refuses
        them. All writes that arrived are answered before the block ends, so nothing is written afterwards."""
        before = self._reads_only
        with self.rule(rule):
            self._reads_only = False
            try:
                yield
            finally:
                with self._writes_changed:
                    self._reads_only = before
                    self._writes_changed.wait_for(lambda: self._writes == 0, WRITES_END_SECONDS)

    def serve(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answers one request and records it."""
        started = time.perf_counter()
        request = self._authenticate(method, target, headers, body)
        with ExitStack() as waiting:
            for meter in [one for one in list(self._meters) if one.counts(request.role)]:
                waiting.enter_context(meter.waiting())
            response = Response(0)
            try:
                response = self._answer(request)
                return response
            finally:
                record = Record(
                    request.role,
                    request.region,
                    request.service,
                    request.operation,
                    request.parameters,
                    response.status,
                    time.perf_counter() - started,
                    response.error,
                )
                with self._lock:
                    if len(self._records) < RECORD_LIMIT:
                        self._records.append(record)
                for observer in list(self.observers):
                    observer(request, response)

    def _authenticate(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        path, _, query = target.partition("?")
        signature = parse_signature(headers.get("authorization", ""))
        role = region = signing_name = ""
        operation: Operation | None = None
        if signature is not None:
            region, signing_name = signature.region, signature.signing_name
            with self._lock:
                role = self._roles.get(signature.access_key, "")
            operation = identify(signing_name, method, path, query, headers, body)
        return Request(
            role=role or "unknown",
            region=region,
            signing_name=signing_name,
            service=operation.service if operation else signing_name,
            operation=operation.name if operation else "",
            parameters=operation.parameters if operation else {},
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
        )

    def _answer(self, request: Request) -> Response:
        if request.role == "unknown":
            return error_response(
                request,
                403,
                "UnrecognizedClientException",
                "These are not the credentials from the environment of this process. "
                "Use boto3's default session, without an access key, profile or endpoint of your own.",
            )
        if not request.path.startswith("/") or request.path.startswith("//") or _is_private_path(request.path):
            return error_response(request, 404, "UnknownOperationException", "This path does not exist here.")
        if is_read(request.service, request.operation):
            return self._pass(request)
        with self._writes_changed:
            allowed = not self._reads_only and request.role != HARNESS_ROLE
            self._writes += allowed
        if not allowed:
            name = f"{request.service} {request.operation}".strip() or "this request"
            return error_response(request, 403, NOT_ALLOWED_CODE, f"This target is read-only here: {name} is blocked.")
        try:
            return self._pass(request)
        finally:
            with self._writes_changed:
                self._writes -= 1
                self._writes_changed.notify_all()

    def _pass(self, request: Request) -> Response:
        """The answer of a rule, or otherwise of the backend."""
        for rule in list(self.rules):
            outcome = rule(request)
            if isinstance(outcome, Response):
                return outcome
            request = outcome or request
        return self.ask_backend(request)

    def ask_backend(self, request: Request) -> Response:
        """The backend's answer, without the rules. An exception is answered as a server's error."""
        try:
            return self.backend(request)
        except Exception as error:  # noqa: BLE001  (a backend's bugs are the tool's, not the student's: a 500)
            what = f"{request.service} {request.operation}".strip() or "a request"
            message = f"The grading tool failed at {what}. This is a bug of the tool. {type(error).__name__}: {error}"
            return error_response(request, 500, TOOL_FAULT_CODE, message[:ERROR_LIMIT])


def _is_private_path(path: str) -> bool:
    """moto's own control paths: they could empty the account or change its answers."""
    return unquote(path).lstrip("/").startswith(("moto-api", "_moto", "favicon.ico"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is normal. Anything else is a bug of the tool, and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.gateway.opened(self.connection)

    def finish(self) -> None:
        self.server.gateway.closed(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Writes no log: the gateway keeps records instead."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._read_body(headers)
        if body is None:
            self.close_connection = True
            self.send_error(413, "The body is larger than a request to AWS may be, or its length is unknown")
            return
        response = self.server.gateway.serve(self.command, self.path, headers, body)
        if response.status == 0:
            self.close_connection = True
            _close(self.connection)
            return
        self.send_response(response.status)
        length = str(len(response.body))
        for name, value in response.headers.items():
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            elif name.lower() not in HOP_BY_HOP:
                self.send_header(name, value.replace("\r", " ").replace("\n", " "))
        if not {"x-amzn-requestid", "x-amz-request-id"} & {name.lower() for name in response.headers}:
            self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve

    def _read_body(self, headers: Mapping[str, str]) -> bytes | None:
        """The request's body, or None if it is too large or its length is unknown."""
        if (encoding := headers.get("transfer-encoding")) is not None:
            chunked = encoding.strip().lower() == "chunked" and "content-length" not in headers
            return self._read_chunks() if chunked else None
        length = headers.get("content-length", "0")
        if not LENGTH.fullmatch(length) or int(length) > BODY_LIMIT_BYTES:
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            length = CHUNK_LENGTH.match(self.rfile.readline(CHUNK_LINE_LIMIT))
            if length is None or len(body) + (size := int(length[1], 16)) > BODY_LIMIT_BYTES:
                return None
            if size == 0:
                while self.rfile.readline(8192).strip():
                    pass
                return bytes(body)
            body += self.rfile.read(size)
            self.rfile.readline(8)


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Hold:
    """A rule that keeps matching requests waiting until each is let through, so that their order can be chosen.

    >>> hold = Hold(lambda request: request.operation == "UpdateItem")
    >>> with gateway.rule(hold): ...
    """

    def __init__(self, matches: Callable[[Request], bool]) -> None:
        self._matches = matches
        self._changed = threading.Condition()
        self._waiting: list[Request] = []
        self._passing: list[Request] = []
        self._open = False

    def __call__(self, request: Request) -> None:
        if not self._matches(request):
            return
        with self._changed:
            self._waiting.append(request)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._open or any(one is request for one in self._passing))
            self._waiting = [one for one in self._waiting if one is not request]

    def wait(self, ready: Callable[[Sequence[Request]], bool]) -> list[Request]:
        """The requests held back, as soon as they are as they should be. `look_again` looks when something else
        changed."""
        with self._changed:
            self._changed.wait_for(lambda: ready(self._waiting))
            return list(self._waiting)

    def look_again(self) -> None:
        """Lets `wait` look again."""
        with self._changed:
            self._changed.notify_all()

    def waiting(self, count: int, timeout_seconds: float) -> list[Request]:
        """The requests held back, as soon as there are that many, or those that there are when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) >= count, timeout_seconds)
            return list(self._waiting)

    def release(self, request: Request) -> None:
        """Lets one request through."""
        with self._changed:
            self._passing.append(request)
            self._changed.notify_all()

    def release_all(self) -> None:
        """Lets all requests through, now and later."""
        with self._changed:
            self._open = True
            self._changed.notify_all()
