"""What a finding rests on can be shown, of a run and of a tape, and holds no items."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import paths
from harness.aws.errors import Denied
from harness.aws.reading import Reading
from harness.aws.tape import Tape
from harness.grade import GradeOptions, Result, grade, replay
from harness.report import explanation
from harness.usage import UsageError
from tests.support import points, run_command

LAB = "dynamodb_ecommerce"


@pytest.fixture(scope="module")
def result() -> Result:
    return grade(GradeOptions(LAB, submission=paths.solution(LAB)))


def test_it_shows_the_calls_their_answers_and_the_rule(result: Result) -> None:
    text = explanation.render(result, "expiry.time-to-live")

    assert text.startswith(
        f"expiry.time-to-live: PASS ({points('expiry.time-to-live')} points)\nTime to live is enabled on the attribute expiresAt.\n"
    )
    assert "Check ttl.enabled: Time to live is enabled" in text
    assert '  table: "ecommerce-student"\n' in text
    assert "  the rule: https://docs.aws.amazon.com/amazondynamodb/" in text
    assert 'Call 1 of 2: dynamodb DescribeTable {"TableName": "ecommerce-student"}' in text
    assert 'Call 2 of 2: dynamodb DescribeTimeToLive {"TableName": "ecommerce-student"}' in text
    assert '"TimeToLiveStatus": "ENABLED"' in text
    assert "DescribeContinuousBackups" not in text


def test_a_finding_without_calls_says_so(result: Result) -> None:
    assert "It rests on no call" in explanation.render(result, "provisioning.script")


def test_an_error_is_shown_as_it_came(result: Result) -> None:
    asked = ("dynamodb", "DescribeTimeToLive", {"TableName": "ecommerce-student"})
    refused = Reading(*asked, None, Denied(*asked, "AccessDeniedException", "no \x1b[31m"))
    readings = [refused if one.operation == "DescribeTimeToLive" else one for one in result.tape.readings]
    again = replay(Tape(result.tape.stamp, result.tape.provisioning, tuple(readings)))

    text = explanation.render(again, "expiry.time-to-live")

    assert text.startswith(f"expiry.time-to-live: ERROR [denied] ({points('expiry.time-to-live')} points)")
    assert "Denied: AccessDeniedException: no \\x1b[31m" in text


def test_a_finding_that_is_not_there_is_refused(result: Result) -> None:
    with pytest.raises(UsageError, match=r"no finding expiry\.ttl\."):
        explanation.render(result, "expiry.ttl")
    with pytest.raises(UsageError, match=r"Did you mean 'expiry.time-to-live'"):
        explanation.render(result, "expiry.time-to-lives")


def test_items_are_left_out() -> None:
    reading = Reading("dynamodb", "Scan", {"TableName": "orders"}, {"Items": [{"name": {"S": "secret"}}]}, None)

    assert "secret" not in explanation._answer(reading)


def test_the_command_explains_a_run_and_a_tape(tmp_path: Path) -> None:
    file = tmp_path / "run.tape"

    run = run_command(LAB, "--explain", "consumer.role", "--record", file)
    again = run_command(LAB, "--explain", "consumer.role", "--replay", file)

    assert (run.returncode, again.returncode) == (0, 0)
    assert run.stdout == again.stdout
    assert "iam GetRolePolicy" in run.stdout
    assert '"Action": "sts:AssumeRole"' in run.stdout
    refused = run_command(LAB, "--explain", "consumer.role", "--format", "json")
    assert (refused.returncode, "--explain shows one finding as text; leave out --format." in refused.stderr) == (
        2,
        True,
    )
