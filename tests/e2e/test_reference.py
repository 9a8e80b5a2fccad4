"""The main job, as a newcomer runs it: the reference solution on the embedded account."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.labs.engine import LAB
from tests.labs.labs import reference_run
from tests.support import ACCOUNT_ID, ROOT, SOLUTION, copy_of_the_clone, named, points, run_command

PLAIN = {"PATH": os.defpath, "HOME": "/", "NO_COLOR": "1"}
SCHEMA = json.loads((ROOT / "harness" / "report" / "report.schema.json").read_text("utf-8"))


def read_report(text: str) -> dict[str, Any]:
    """A JSON report, checked against its schema."""
    report: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(report)
    return report


def test_the_reference_solution_earns_everything_in_plain_text_of_80_columns(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()

    run = run_command(
        *(LAB, "--student-id", "ann-7", "--region", "eu-central-1", "--report", f"json={tmp_path / 'report.json'}"),
        cwd=folder,
        env={**PLAIN, "COLUMNS": "300", "LC_ALL": "C"},
    )

    assert run.returncode == 0, run.stderr
    assert [line for line in run.stdout.splitlines() if len(line) > 80] == []
    assert run.stdout.isascii()
    assert "\x1b" not in run.stdout
    assert "This grades the reference solution, not a student's work." in " ".join(run.stdout.split())
    assert "PASSED  100 of 100 points, pass mark 70 %" in run.stdout
    assert "account 123456789012" in run.stdout
    assert re.search(r"seed +(\d+) \(--seed \1 repeats the data\)", run.stdout)
    assert re.search(r"\d+ API calls in \d+\.\d s", run.stdout)
    assert run.stderr.startswith("... provisioning with ")
    assert sorted(folder.iterdir()) == []
    report = read_report((tmp_path / "report.json").read_text("utf-8"))
    assert (report["verdict"], report["earned"], report["maximum"]) == ("passed", 100, 100)
    assert report["submission"] == "reference"
    stamp = report["stamp"]
    assert (stamp["target"], stamp["region"], stamp["student_id"]) == ("embedded", "eu-central-1", "ann-7")
    resources = {finding["resource"] for task in report["tasks"] for finding in task["findings"]}
    assert f"arn:aws:dynamodb:eu-central-1:{ACCOUNT_ID}:table/{named('table_name', 'ann-7')}" in resources


@pytest.mark.proof
def test_the_json_report_keeps_its_schema_and_stands_alone_on_stdout() -> None:
    run = reference_run(LAB)

    assert run.exit_code == 0, run.stderr
    assert read_report(run.stdout)["verdict"] == "passed"


@pytest.mark.proof
def test_the_report_can_be_written_to_a_file(tmp_path: Path) -> None:
    run = run_command(LAB, "--task", "schema", "--format", "json", "--output", tmp_path / "report.json")

    assert (run.returncode, run.stdout) == (0, "")
    assert read_report((tmp_path / "report.json").read_text("utf-8"))["verdict"] == "passed"


@pytest.mark.proof
def test_one_task_is_graded_with_what_it_needs() -> None:
    run = run_command(LAB, "--task", "recovery", "--format", "json")

    assert run.returncode == 0, run.stderr
    report = read_report(run.stdout)
    assert report["earned"] == report["maximum"] == points("recovery")
    assert report["stamp"]["seed"] is None
    assert [(task["id"], task["counted"]) for task in report["tasks"]] == [("schema", False), ("recovery", True)]
    assert [finding["id"] for task in report["tasks"] for finding in task["findings"]] == [
        "schema.table",
        "recovery.point-in-time",
    ]


@pytest.mark.proof
def test_everything_but_the_default_works_without_the_solutions(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path, without=(SOLUTION.relative_to(ROOT),))

    missing = run_command(LAB, root=clone)
    assert missing.returncode == 2
    assert f"There is no submission to grade. Start one with: python validate_tasks.py init {LAB}" in missing.stderr

    assert run_command("check-lab", LAB, root=clone).returncode == 0
    assert run_command("list", root=clone).returncode == 0
    started = run_command("init", LAB, root=clone, cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    own = clone / "submission" / LAB
    shutil.copytree(SOLUTION, own, dirs_exist_ok=True)

    run = run_command(LAB, "--task", "schema", "--format", "json", root=clone, cwd=tmp_path)

    assert run.returncode == 0, run.stderr
    report = read_report(run.stdout)
    assert (report["submission"], report["earned"]) == ("student", points("schema"))
    assert report["stamp"]["submission_folder"] == str(own)


@pytest.fixture
def trap() -> Iterator[tuple[str, list[bytes]]]:
    """A server that nobody should ever call, and what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    calls: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                calls.append(connection.recv(1000))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", calls
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


AUDIT = """
import runpy, sys
touched = []
def audit(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and HOME in str(arguments[0]):
        touched.append(str(arguments[0]))
    if event in ("os.listdir", "os.scandir") and HOME in str(arguments[0]):
        touched.append(str(arguments[0]))
sys.addaudithook(audit)
sys.argv = sys.argv[1:]
sys.path.insert(0, ROOT)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("TOUCHED", touched, file=sys.stderr)
"""


TASKS = {"in the environment": (), "in the home folder": ("--task", "recovery")}
"""Where the machine's settings are, and what is graded meanwhile: everything, or less."""


@pytest.mark.proof
@pytest.mark.parametrize("where", [pytest.param("in the environment", marks=pytest.mark.proof), "in the home folder"])
def test_nothing_of_the_machines_aws_settings_is_touched(
    tmp_path: Path, trap: tuple[str, list[bytes]], where: str
) -> None:
    url, calls = trap
    home = tmp_path / "hostile-home"
    (home / ".aws" / "sso" / "cache").mkdir(parents=True)
    (home / ".aws" / "models").mkdir()
    marker = tmp_path / "credential-process-ran"
    (home / ".aws" / "config").write_text(
        f"[default]\nregion = xx-nowhere-9\nendpoint_url = {url}\ncredential_process = touch {marker}\n"
        f"s3 =\n    addressing_style = virtual\n[profile other]\nsso_start_url = {url}\n"
    )
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    (home / ".aws" / "sso" / "cache" / "token.json").write_text('{"accessToken": "REAL"}')
    (home / ".boto").write_text("[Credentials]\naws_access_key_id = REAL\n")
    audited = tmp_path / "audited.py"
    audited.write_text(f"HOME = {str(home)!r}\nROOT = {str(ROOT)!r}\n{AUDIT}")
    environment = {"PATH": os.defpath, "HOME": str(home), "AWS_PROFILE": "nonesuch"}
    settings = {
        "AWS_DEFAULT_PROFILE": "other",
        "AWS_ACCESS_KEY_ID": "REALKEY",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_REGION": "xx-nowhere-9",
        "AWS_DEFAULT_REGION": "xx-nowhere-9",
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
        "AWS_DATA_PATH": str(home / ".aws" / "models"),
        "AWS_CA_BUNDLE": "/nonexistent.pem",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_MAX_ATTEMPTS": "nonsense",
        "AWS_DEFAULTS_MODE": "nonsense",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense",
        "MOTO_ACCOUNT_ID": "999999999999",
        "TEST_SERVER_MODE": "true",
        **{name: url for proxy in ("http_proxy", "https_proxy", "all_proxy") for name in (proxy, proxy.upper())},
    }

    run = subprocess.run(
        [sys.executable, audited, ROOT / "validate_tasks.py", LAB, "--format", "json", *TASKS[where]],
        cwd=tmp_path,
        env={**environment, **(settings if where == "in the environment" else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    report = read_report(run.stdout)
    earned = sum(map(points, TASKS[where][1:])) or 100
    assert (report["earned"], report["stamp"]["account_id"]) == (earned, "123456789012")
    assert run.stderr.rstrip().endswith("TOUCHED []")
    assert calls == []
    assert not marker.exists()
    assert "REAL" not in run.stdout + run.stderr
