"""What tests share: a clock that they drive, an account made of plain facts, and the command in a subprocess."""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from botocore.credentials import Credentials

from harness import paths
from harness.account.errors import Denied, NotFound, ReadError
from harness.account.reading import Answer, ReadKey, fields
from harness.account.session import sealed_client, sealed_session
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding
from harness.checking.runner import Runner
from harness.driving.evidence import Evidence
from harness.driving.scenario import Driven
from harness.grading.tape import Stamp, Tape
from harness.labs.definition import known_labs
from harness.submission.provisioning import Provisioning
from tests.labs.engine import LAB

LISTED = known_labs()
"""The labs that `list` shows."""

MISSPELT = LISTED[0][:-1]
"""What somebody types who means the first of them."""

DEFINITION = paths.definition(LAB)
SOLUTION = paths.solution(LAB)
ACCOUNT_ID = "123456789012"

EVERY_CHECK = "every_check"
"""The lab with every kind of check, on a recorded account."""

RUNS = "RUNS_OF_THE_REFERENCES"
"""The environment variable with the folder in which the processes of one test run share what they recorded."""

ROOT = Path(__file__).resolve().parent.parent
TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"

STAMP = Stamp(
    tool_version="0.1.0",
    lab=LAB,
    definition_digest="0" * 16,
    student_id="student",
    submission="account",
    submission_folder="",
    target="live",
    region="us-east-1",
    account_id="123456789012",
    identity="",
    faithful=True,
    task="",
    interrupted=False,
    recorded="2026-01-01T12:00:00+00:00",
    seed=None,
)
EMPTY_TAPE = Tape(STAMP, None, ())


class FakeClock:
    """Time that passes only when something waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


class Facts:
    """An account that holds given answers: by operation, an answer, an error, or a list of those to give in turn
    (the last one for ever)."""

    def __init__(self, answers: Mapping[str, Any], *, faithful: bool = True) -> None:
        self.answers = dict(answers)
        self.region = "us-east-1"
        self.account_id = "123456789012"
        self.faithful = faithful
        self.started = datetime(2026, 1, 1, 12, tzinfo=UTC)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.regions: list[str] = []

    def forget(self, keys: Iterable[ReadKey]) -> None:
        for answers in self.answers.values():
            if isinstance(answers, list) and len(answers) > 1:
                answers.pop(0)

    def read(self, service: str, operation: str, *, in_region: str = "", **parameters: Any) -> Answer:
        self.asked.append((service, operation, parameters))
        self.regions.append(in_region)
        if operation not in self.answers:
            raise AssertionError(f"the check read {service} {operation}, for which the test holds no answer")
        answer = self.answers[operation]
        answer = answer[0] if isinstance(answer, list) else answer
        if isinstance(answer, ReadError):
            raise answer
        return fields(answer, service, operation, parameters)


def judge(
    kind: str,
    answers: Mapping[str, Any],
    *,
    faithful: bool = True,
    wait_seconds: float = 0.0,
    provisioning: Provisioning | None = None,
    driven: Driven | None = None,
    evidence: Evidence | None = None,
    **parameters: Any,
) -> Finding:
    """What a check of that kind finds in an account that gives these answers; through the real runner. One that judges
    code is told which is driven, and what was gathered of it."""
    spec = CheckSpec("the-check", "the-task", REGISTRY[kind], 10, (), parameters, driven)
    runner = Runner([spec], Facts(answers, faithful=faithful), FakeClock(), wait_seconds=wait_seconds)
    if evidence is None:
        [finding] = runner.run(provisioning)
    else:
        [finding] = runner.run(provisioning, lambda driven, phases: evidence)
    return finding


def table(**changes: Any) -> dict[str, Any]:
    """A DescribeTable answer as AWS gives it for a plain on-demand table, with changes; None removes a field."""
    description: dict[str, Any] = {
        "TableName": "orders",
        "TableArn": TABLE_ARN,
        "TableId": "0a1b2c3d-0000-4000-8000-000000000001",
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "DeletionProtectionEnabled": False,
        **changes,
    }
    return {"Table": {name: value for name, value in description.items() if value is not None}}


def not_found(operation: str = "DescribeTable", service: str = "dynamodb") -> NotFound:
    """The error of a resource that is not there."""
    return NotFound(service, operation, {"TableName": "orders"}, "ResourceNotFoundException", "not found")


def denied(operation: str, service: str = "dynamodb") -> Denied:
    """The error of a missing permission."""
    return Denied(service, operation, {"TableName": "orders"}, "AccessDeniedException", "not authorized")


def run_command(
    *arguments: str | Path,
    cwd: Path | None = None,
    root: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> subprocess.CompletedProcess[str]:
    """Runs `python validate_tasks.py …` as a user would, in a clean environment unless one is given. The clone is one
    in which nobody has begun a submission, unless another is given."""
    root = root or _clean_clone()
    return subprocess.run(
        [sys.executable, root / "validate_tasks.py", *arguments],
        cwd=cwd or root,
        env=clean_environment() if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """What a user's shell has in its environment at least."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}


@functools.cache
def _clean_clone() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="clone-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return copy_of_the_clone(folder)


def copy_of_the_clone(folder: Path, *, without: Iterable[str | Path] = ()) -> Path:
    """A copy of what is needed to run, without some parts. What Python compiled of the tool is copied too: to compile it
    again takes longer than most commands."""
    clone = folder / "clone"
    clone.mkdir()
    shutil.copy(ROOT / "validate_tasks.py", clone)
    for name in ("harness", "checks", "tasks", "fixtures"):
        compiled = () if name in ("harness", "checks") else ("__pycache__",)
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns(*compiled))
    for part in without:
        shutil.rmtree(clone / part)
    return clone


@contextmanager
def moto_server() -> Iterator[str]:
    """The URL of a stand-alone moto server: an AWS-compatible endpoint, in a process of its own."""
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        env={"PATH": os.defpath, "HOME": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    url = next((match[0] for line in server.stderr if (match := re.search(r"http://127\.0\.0\.1:\d+", line))), None)
    reader = threading.Thread(target=deque, args=(server.stderr, 0))  # it logs each request: a full pipe would stop it
    reader.start()
    try:
        assert url is not None, "the server did not start"
        yield url
    finally:
        server.kill()
        server.wait()
        reader.join()
        server.stderr.close()


def client_of(endpoint: str, service: str = "dynamodb") -> Any:
    """A client that speaks to an endpoint itself, not through a gateway."""
    return sealed_client(
        sealed_session(),
        service,
        region="us-east-1",
        endpoint_url=endpoint,
        credentials=Credentials("test", "test"),
    )


def copy_of_the_reference(folder: Path, provision: str) -> Path:
    """The reference solution, with another text of its script."""
    copied = folder / "submission"
    shutil.copytree(SOLUTION, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "provision.py").write_text(provision, "utf-8")
    return copied


@functools.cache
def _definition() -> dict[str, Any]:
    definition: dict[str, Any] = yaml.safe_load(DEFINITION.read_text("utf-8"))
    return definition


def named(name: str, student_id: str = "student", account_id: str = ACCOUNT_ID) -> str:
    """What the lab calls something for a student, such as its `table_name`."""
    template: str = _definition()["names"][name]
    return template.replace("${student_id}", student_id).replace("${account_id}", account_id)


def points(name: str) -> int:
    """What a task of the lab is worth, or a check by its finding's id, as the definition has it."""
    return sum(
        check.get("points", 0)
        for task in _definition()["tasks"]
        for check in task["checks"]
        if name in (task["id"], f"{task['id']}.{check['id']}")
    )


TABLE = named("table_name")
"""The lab's table, of the student whom nobody named."""
