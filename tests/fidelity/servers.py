"""What differential tests speak to: an account behind HTTP, in the form that crosses the wire."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.accounts import ENDPOINTS_KEY

SIGNATURE = (
    f"AWS4-HMAC-SHA256 Credential={ENDPOINTS_KEY}/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@dataclass(frozen=True)
class Answer:
    """What an account answered: the error's code, empty if there is none, and the body."""

    status: int
    code: str
    body: Mapping[str, Any]

    @property
    def message(self) -> str:
        """An error's text."""
        return str(self.body.get("message", self.body.get("Message", "")))


class Server:
    """An account behind HTTP. Requests are plain JSON: no SDK stands between, so they may be wrong in any way."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)

    def ask(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        """Sends one request. Nothing is repeated."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": SIGNATURE,
        }
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        response = self._connection.getresponse()
        raw = response.read()
        try:
            body = json.loads(raw)
        except ValueError:
            body = {"message": raw.decode("utf-8", "replace")}
        code = ""
        if response.status >= 300:
            code = str(body.get("__type", "")).rpartition("#")[2] or f"HTTP {response.status}"
        return Answer(response.status, code, body)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@contextmanager
def ministack() -> Iterator[str | None]:
    """The URL of a ministack server in a process of its own; None if the command is not installed."""
    command = shutil.which("ministack")
    if command is None:
        yield None
        return
    port = _free_port()
    environment = {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "dynamodb",
        "LOG_LEVEL": "ERROR",
    }
    server = subprocess.Popen(
        [command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")
