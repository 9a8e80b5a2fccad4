"""What a finding rests on can be shown, of a run and of a tape, and holds no items."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.account.errors import Denied
from harness.account.reading import Reading
from harness.driving.evidence import CallRecord, Evidence, Exchange
from harness.grading.grade import Result
from harness.grading.replay import replay
from harness.grading.tape import Tape
from harness.report import explanation
from harness.submission.caller import Failure, FailureKind
from harness.usage import UsageError
from tests.labs.engine import LAB
from tests.labs.labs import right_tape
from tests.support import TABLE, points, run_command


@pytest.fixture(scope="module")
def result() -> Result:
    return replay(right_tape(LAB))


def test_it_shows_the_calls_their_answers_and_the_rule(result: Result) -> None:
    text = explanation.render(result, "expiry.time-to-live")

    assert text.startswith(
        f"expiry.time-to-live: PASS ({points('expiry.time-to-live')} points)\nTime to live is enabled on the attribute expiresAt.\n"
    )
    assert "Check ttl.enabled: Time to live is enabled" in text
    assert f'  table: "{TABLE}"\n' in text
    assert "  the rule: https://docs.aws.amazon.com/amazondynamodb/" in text
    assert f'Call 1 of 2: dynamodb DescribeTable {{"TableName": "{TABLE}"}}' in text
    assert f'Call 2 of 2: dynamodb DescribeTimeToLive {{"TableName": "{TABLE}"}}' in text
    assert '"TimeToLiveStatus": "ENABLED"' in text
    assert "DescribeContinuousBackups" not in text


def test_it_shows_the_requirement_in_the_labs_own_words(result: Result) -> None:
    checks = [replace(one, says="Carts go after 30 days.") for one in result.lab.checks]
    tasks = tuple(
        replace(task, checks=tuple(one for one in checks if one.task_id == task.id)) for task in result.lab.tasks
    )

    text = explanation.render(replace(result, lab=replace(result.lab, tasks=tasks)), "expiry.time-to-live")

    assert "Check ttl.enabled: Carts go after 30 days.\n" in text


def test_a_finding_without_calls_says_so(result: Result) -> None:
    assert "It rests on no call" in explanation.render(result, "provisioning.script")


def test_an_error_is_shown_as_it_came(result: Result) -> None:
    asked = ("dynamodb", "DescribeTimeToLive", {"TableName": TABLE})
    refused = Reading(*asked, None, Denied(*asked, "AccessDeniedException", "no \x1b[31m"))
    readings = [refused if one.operation == "DescribeTimeToLive" else one for one in result.tape.readings]
    again = replay(Tape(result.tape.stamp, result.tape.provisioning, tuple(readings)))

    text = explanation.render(again, "expiry.time-to-live")

    assert text.startswith(f"expiry.time-to-live: ERROR [denied] ({points('expiry.time-to-live')} points)")
    assert "Denied: AccessDeniedException: no \\x1b[31m" in text


def changed(result: Result, method: str, number: int, **changes: Any) -> tuple[Result, CallRecord]:
    """The run judged again, with the evidence of one call of a method changed; and that call."""
    [(name, evidence)] = result.tape.evidence.items()
    assert isinstance(evidence, Evidence)
    places = [place for place, one in enumerate(evidence.calls) if one.method == method]
    calls = list(evidence.calls)
    calls[places[number]] = replace(calls[places[number]], **changes)
    tape = replace(result.tape, evidence={name: replace(evidence, calls=tuple(calls))})
    return replay(tape), calls[places[number]]


def driven(text: str) -> list[str]:
    """The calls of the submission's code that an explanation shows."""
    return re.findall(r"^store\.(\w+)\(", text.partition("\nCheck ")[2], re.MULTILINE)


def test_it_shows_the_calls_of_the_code_that_the_check_looked_at_with_their_requests(result: Result) -> None:
    text = explanation.render(result, "questions.orders")

    assert set(driven(text)) == {"orders_for_customer"}
    assert len(driven(text)) == explanation.CALLS_SHOWN
    assert re.search(
        rf"^  dynamodb Query {TABLE}, .*where .*: \d+ examined, \d+ returned, \d+ bytes$", text, re.MULTILINE
    )
    assert "\nIt answered [{'orderId': 'O" in text
    assert " more calls were looked at." in text
    assert driven(explanation.render(result, "expiry.time-to-live")) == []


@pytest.mark.parametrize("number", [3, 9])
def test_the_wrong_call_comes_first(result: Result, number: int) -> None:
    refused = Exchange("session", "dynamodb", "Query", (TABLE,), 400, "ValidationException")
    failure = Failure(FailureKind.RAISED, "ValueError: no \x1b[31m", "Traceback of mine\n")
    again, wrong = changed(
        result, "reviews_for_product", number, value=None, failure=failure, exchanges=(refused,) * 25
    )

    text = explanation.render(again, "questions.reviews")

    assert text.startswith("questions.reviews: FAIL")
    first = text.partition("of the submission's code, in the phase ")[2]
    assert first.startswith(
        f"{wrong.phase}:\n{wrong.call.python('store')}\nIts requests: 25\n"
        f"  dynamodb Query {TABLE}: ValidationException (HTTP 400)\n"
    )
    assert "\n  and 5 more\nIt answered nothing (raised): ValueError: no \\x1b[31m\nTraceback of mine\n" in first


def test_a_wrong_answer_comes_first(result: Result) -> None:
    again, wrong = changed(result, "orders_for_customer", 0, value=[])

    text = explanation.render(again, "questions.orders")

    assert text.startswith("questions.orders: FAIL")
    assert f"of the submission's code, in the phase {wrong.phase}:\n{wrong.call.python('store')}\n" in text
    assert driven(text)[0] == "orders_for_customer"
    assert text.partition("\nCall 1 of ")[2].partition("\nCall 2 of ")[0].endswith("\nIt answered []\n")


def test_a_finding_that_is_not_there_is_refused(result: Result) -> None:
    with pytest.raises(UsageError, match=r"no finding expiry\.ttl\."):
        explanation.render(result, "expiry.ttl")
    with pytest.raises(UsageError, match=r"Did you mean 'expiry.time-to-live'"):
        explanation.render(result, "expiry.time-to-lives")


def test_items_are_left_out() -> None:
    reading = Reading("dynamodb", "Scan", {"TableName": "orders"}, {"Items": [{"name": {"S": "secret"}}]}, None)

    assert "secret" not in explanation._answer(reading)


@pytest.mark.proof
def test_the_command_explains_a_run_and_a_tape(tmp_path: Path) -> None:
    file = tmp_path / "run.tape"

    run = run_command(LAB, "--task", "consumer", "--explain", "consumer.role", "--record", file)
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
