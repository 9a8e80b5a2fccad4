"""Starts what statements are tried on: the embedded account, and other emulators of DynamoDB, each on a loopback port.

ministack and dynalite are not among the packages of this project: ministack pins other versions of packages that moto
needs, and dynalite is a package of npm. Their commands are named by the environment variables MINISTACK and DYNALITE.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.credentials import Credentials

import harness
from harness.gateway.server import Gateway
from harness.targets.embedded.account import EmbeddedAccount
from tests.fidelity.statement import Target
from tests.support import moto_server

START_SECONDS = 60.0
MADE_UP = Credentials("test", "test")
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody serves: what an emulator would fetch from elsewhere fails at once."""


@dataclass(frozen=True)
class Emulator:
    """One emulator: how to start it, and which version it is."""

    name: str
    start: Callable[[], AbstractContextManager[Target]]
    version: Callable[[], str]
    command: str = ""
    """The environment variable that names its command; empty if it is always there."""

    @property
    def is_here(self) -> bool:
        return not self.command or bool(os.environ.get(self.command))


@contextmanager
def embedded() -> Iterator[Target]:
    """The embedded account behind its gateway, in this process."""
    account = EmbeddedAccount(time.monotonic)
    account.load()
    with Gateway(account, reads_only=False) as gateway:
        yield Target(gateway.url, gateway.credentials("submission"))


@contextmanager
def plain_moto() -> Iterator[Target]:
    """moto without our corrections, in a process of its own."""
    with moto_server() as url:
        yield Target(url, MADE_UP)


@contextmanager
def ministack() -> Iterator[Target]:
    """ministack, from the command that MINISTACK names."""
    port = _free_port()
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    with _server([os.environ["MINISTACK"]], settings, port) as url:
        yield Target(url, MADE_UP)


@contextmanager
def dynalite() -> Iterator[Target]:
    """dynalite, from the command that DYNALITE names, with tables that are ready at once."""
    port = _free_port()
    at_once = [word for option in ("create", "delete", "update") for word in (f"--{option}TableMs", "0")]
    command = [os.environ["DYNALITE"], "--host", "127.0.0.1", "--port", str(port), *at_once]
    with _server(command, {"PATH": os.environ.get("PATH", os.defpath)}, port) as url:
        yield Target(url, MADE_UP)


def _of_ministack() -> str:
    command = Path(os.environ["MINISTACK"])
    script = "import importlib.metadata; print(importlib.metadata.version('ministack'))"
    return subprocess.check_output([command.parent / "python", "-c", script], text=True).strip()


def _of_dynalite() -> str:
    package = Path(os.environ["DYNALITE"]).resolve().parent / "package.json"
    return str(json.loads(package.read_text("utf-8"))["version"])


EMULATORS = (
    Emulator("embedded", embedded, lambda: harness.__version__),
    Emulator("moto", plain_moto, lambda: importlib.metadata.version("moto")),
    Emulator("ministack", ministack, _of_ministack, "MINISTACK"),
    Emulator("dynalite", dynalite, _of_dynalite, "DYNALITE"),
)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _server(command: list[str], settings: Mapping[str, str], port: int) -> Iterator[str]:
    """Runs a server, with a home folder that is gone afterwards, and with no way to other hosts that it knows."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.defpath,
            "HOME": home,
            "TMPDIR": home,
            "HTTP_PROXY": NOWHERE,
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "DOCKER_HOST": f"unix://{home}/no-docker",
            **settings,
        }
        server = subprocess.Popen(
            command,
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait_for(url, server)
            yield url
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Waits until a server answers anything.

    Raises:
        RuntimeError: it ended, or did not answer within START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer")
