"""The floor of `bench/command.py`: the least work that grading the lab needs.

`python bench/floor.py record FILE` grades the lab once and keeps its requests. `python bench/floor.py FILE` sends the
same requests again, through the gateway to a new embedded account, one after the other, and starts as many
interpreters with boto3 as grading does: no submission, no checks, no report.
"""

from __future__ import annotations

import http.client
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SOLUTION = ROOT / "tasks" / "solution" / "dynamodb_ecommerce"
INTERPRETERS = 6
"""The script's process and five of the store's; this process takes the place of the command's own."""


@dataclass(frozen=True)
class Sent:
    """A request as it crossed the wire."""

    role: str
    access_key: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def record(file: Path) -> None:
    """Grades the lab, and keeps every request."""
    import checks  # noqa: F401  (registers the kinds)
    from harness.gateway.operations import parse_signature
    from harness.gateway.server import Gateway, Request, Response
    from harness.grading.grade import grade
    from harness.grading.options import GradeOptions

    sent: list[Sent] = []

    def observe(request: Request, response: Response | None) -> None:  # noqa: ARG001  (as gateways call it)
        signature = parse_signature(request.headers.get("authorization", ""))
        target = request.path + (f"?{request.query}" if request.query else "")
        access_key = signature.access_key if signature else ""
        sent.append(Sent(request.role, access_key, request.method, target, dict(request.headers), request.body))

    start = Gateway.start

    def observed(gateway: Gateway) -> None:
        gateway.observers.append(observe)
        start(gateway)

    Gateway.start = observed  # type: ignore[method-assign, assignment]
    result = grade(GradeOptions("dynamodb_ecommerce", submission=SOLUTION, seed=1))
    assert str(result.verdict) == "passed"
    file.write_bytes(pickle.dumps(sent))


def replay(file: Path) -> None:
    """Sends the requests again."""
    starts = [
        subprocess.Popen([sys.executable, "-c", "import boto3; boto3.resource('dynamodb', region_name='us-east-1')"])
        for _ in range(INTERPRETERS)
    ]
    from harness.gateway.server import Gateway
    from harness.targets.embedded.account import EmbeddedAccount

    sent: list[Sent] = pickle.loads(file.read_bytes())
    embedded = EmbeddedAccount(time.monotonic)
    embedded.load()
    with Gateway(embedded, reads_only=False) as gateway:
        for one in sent:
            gateway._roles[one.access_key] = one.role  # noqa: SLF001  (as the run was given them)
        connection = http.client.HTTPConnection(gateway.url.removeprefix("http://"))
        for one in sent:
            headers = {name: value for name, value in one.headers.items() if name != "host"}
            connection.request(one.method, one.target, one.body, headers)
            connection.getresponse().read()
    for process in starts:
        process.wait()


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(Path(sys.argv[2]))
    else:
        replay(Path(sys.argv[1]))
