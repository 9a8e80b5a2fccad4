"""Submissions whose script misbehaves: a clear finding with the end of its output, never a hang or a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.grading.grade import grade
from harness.grading.options import GradeOptions
from harness.report import json_report
from tests.labs.engine import LAB
from tests.support import named, run_command

TABLE = """
import boto3, os
def create_table(client=None, **changes):
    (client or boto3.client("dynamodb")).create_table(**{
        "TableName": os.environ["TABLE_NAME"],
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK")],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        **changes})
"""


def grade_script(folder: Path, text: str, timeout_seconds: float = 120.0) -> tuple[str, dict[str, Any]]:
    """Verdict and findings by id of a submission with that script."""
    (folder / "provision.py").write_text(text, "utf-8")
    report = json_report.report(grade(GradeOptions(LAB, submission=folder, timeout_seconds=timeout_seconds)))
    return report["verdict"], {finding["id"]: finding for task in report["tasks"] for finding in task["findings"]}


@pytest.mark.parametrize(
    ("script", "message", "told"),
    [
        pytest.param(
            "print('first'); raise RuntimeError('my own mistake')",
            "provision.py ended with exit code 1.",
            "RuntimeError: my own mistake",
            id="raises",
        ),
        pytest.param(
            "print('working', flush=True)\nwhile True: pass",
            "provision.py was still running after 2 s and was ended.",
            "working",
            id="hangs",
        ),
        pytest.param("x = (", "provision.py ended with exit code 1.", "SyntaxError", id="syntax error"),
        pytest.param(
            "import os; os.abort()", "provision.py was ended by signal 6.", "no output", id="ended by a signal"
        ),
        pytest.param(
            "print('done')",
            "provision.py ended without an error, but sent no request to its account.",
            "done",
            id="does nothing",
        ),
        pytest.param(
            "import boto3; print(boto3.client('dynamodb').list_tables()['TableNames'])",
            "provision.py ended without an error, but created nothing.",
            "[]",
            id="creates nothing",
        ),
        pytest.param(
            "import boto3\n"
            "try:\n"
            "    boto3.client('dynamodb', aws_access_key_id='AKIAAAAAAAAAAAAAAAAA',\n"
            "        aws_secret_access_key='x').list_tables()\n"
            "except Exception as error:\n"
            "    print(error)",
            "provision.py used credentials of its own: 1 request came with an unknown access key and was refused.",
            "UnrecognizedClientException",
            id="its own credentials",
        ),
        pytest.param(
            "for _ in range(5_000): print('\\x1b[31m' + 'x' * 1000)\nraise SystemExit(3)",
            "provision.py ended with exit code 3.",
            "x" * 1000,
            id="megabytes",
        ),
    ],
)
def test_a_script_that_goes_wrong(tmp_path: Path, script: str, message: str, told: str) -> None:
    verdict, findings = grade_script(tmp_path, script, timeout_seconds=2)

    finding = findings["provisioning.script"]
    assert verdict == "failed"
    assert (finding["status"], finding["points"]) == ("fail", 0)
    assert finding["message"] == message
    assert told in finding["detail"]
    assert finding["remedy"]
    assert findings["schema.table"]["status"] == "fail"


def test_what_a_failing_script_built_is_graded_all_the_same(tmp_path: Path) -> None:
    verdict, findings = grade_script(tmp_path, TABLE + "create_table()\nraise RuntimeError('after the table')")

    assert verdict == "failed"
    assert findings["provisioning.script"]["status"] == "fail"
    assert findings["schema.primary-key"]["status"] == "pass"
    assert findings["expiry.time-to-live"]["status"] == "fail"


@pytest.mark.parametrize(("ending", "told"), [("raise RuntimeError('no more')", True), ("", False)])
def test_one_task_tells_that_the_script_did_not_end_well(tmp_path: Path, ending: str, told: bool) -> None:
    (tmp_path / "provision.py").write_text(TABLE + f"create_table()\n{ending}\n", "utf-8")

    done = run_command(LAB, "--submission", tmp_path, "--task", "expiry")

    assert done.returncode == 1
    assert ("provision.py failed or ran out of time" in done.stdout.replace("\n", " ")) is told


GAP = "boto3.client('dynamodb').describe_contributor_insights(TableName=os.environ['TABLE_NAME'])\n"


@pytest.mark.parametrize(
    ("ending", "message", "told"),
    [
        pytest.param(
            f"try:\n    {GAP}except Exception:\n    pass\n{{}}['oops']",
            "provision.py ended with exit code 1.",
            "KeyError: 'oops'",
            id="its own error, after it went on from a gap",
        ),
        pytest.param(
            "boto3.client('dynamodb', region_name='us-esat-1').list_tables()",
            "provision.py ended with exit code 1.",
            "AWS has no Region us-esat-1",
            id="a Region that is none",
        ),
        pytest.param(
            "create_table(boto3.client('dynamodb', region_name='us-esat-1'))",
            "provision.py ended with exit code 1.",
            "AWS has no Region us-esat-1",
            id="a table in a Region that is none",
        ),
        pytest.param(
            "boto3.client('dynamodb').update_table(TableName=os.environ['TABLE_NAME'],\n"
            "    StreamSpecification={'StreamEnabled': False, 'StreamViewType': 'NEW_AND_OLD_IMAGES'})",
            "provision.py ended with exit code 1.",
            "ValidationException",
            id="a stream that is off",
        ),
    ],
)
def test_what_would_end_a_script_on_aws_fails_here(tmp_path: Path, ending: str, message: str, told: str) -> None:
    verdict, findings = grade_script(tmp_path, f"{TABLE}create_table()\n{ending}")

    finding = findings["provisioning.script"]
    assert (verdict, finding["status"], finding["message"]) == ("failed", "fail", message)
    assert told in finding["detail"]
    assert findings["schema.primary-key"]["status"] == "pass"
    assert findings["stream.enabled"]["status"] == "fail"


def test_what_this_target_cannot_do_is_not_held_against_a_script(tmp_path: Path) -> None:
    verdict, findings = grade_script(tmp_path, f"{TABLE}create_table()\n{GAP}")

    finding = findings["provisioning.script"]
    assert (verdict, finding["status"], finding["reason"]) == ("incomplete", "error", "unsupported")
    assert finding["message"] == (
        "Not decided. The embedded account lacks the operation dynamodb DescribeContributorInsights, at which the script "
        "ended. So far: provision.py ended with exit code 1."
    )
    behind = findings["stream.enabled"]
    assert (behind["status"], behind["reason"], behind["waits_for"]) == ("error", "unsupported", "provisioning.script")
    assert findings["schema.primary-key"]["status"] == "pass"


def test_a_table_in_another_region_is_named(tmp_path: Path) -> None:
    _, findings = grade_script(tmp_path, TABLE + "create_table(boto3.client('dynamodb', region_name='eu-west-1'))")

    assert findings["schema.table"]["actual"] == f"no such table; the script created {named('table_name')} in eu-west-1"


def test_a_table_of_another_name_is_named(tmp_path: Path) -> None:
    _, findings = grade_script(tmp_path, TABLE + "create_table(TableName='Ecommerce-Student')")

    assert findings["schema.table"]["actual"] == "no such table; the script created Ecommerce-Student in us-east-1"


def test_terminal_escapes_in_the_output_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "provision.py").write_text("print('\\x1b]0;owned\\x07\\x1b[2J[bold]x[/bold]'); raise SystemExit(1)")

    run = run_command(LAB, "--submission", tmp_path)

    assert run.returncode == 1
    assert "\x1b" not in run.stdout
    assert "\\x1b]0;owned\\x07\\x1b[2J[bold]x[/bold]" in run.stdout
