"""A tape holds what a run read, and no more; a replay gives the same findings; what is damaged is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.account.errors import Denied, NotConfigured, NotFound, NotOnTape
from harness.account.reading import Reading
from harness.checking.finding import Finding, Reason, Status, Verdict
from harness.driving.evidence import Evidence
from harness.driving.scenario import Driven, Scenario
from harness.grading import tape as tapes
from harness.grading.grade import Result, grade
from harness.grading.options import GradeOptions
from harness.grading.replay import replay
from harness.grading.tape import Tape, TapeAccount
from harness.usage import UsageError
from tests.each import each
from tests.labs.engine import LAB
from tests.labs.labs import right_tape
from tests.support import SOLUTION, STAMP, TABLE, points

SCENARIO = Scenario(gather=lambda session: None, model=lambda today: None)
STORE = Driven("store", "store", "Store", ("orders",), (), True, ("orders",), "shop", SCENARIO)


def reading(operation: str, answer: dict[str, Any], **parameters: Any) -> Reading:
    return Reading("dynamodb", operation, parameters, answer, None)


def copied(tape: Tape, *, items: bool = True) -> Tape:
    """The tape after it was written and read."""
    return tapes.loads(tapes.dumps(tape, items=items), "a tape")


def timeless(findings: tuple[Finding, ...]) -> list[Finding]:
    return [replace(finding, seconds=0.0) for finding in findings]


@pytest.fixture(scope="module")
def graded() -> Result:
    """The reference's run, as its tape has it; that a replay says what the run said, `tests/labs/test_grading.py` tells."""
    return replay(right_tape(LAB))


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("flawed")
    (folder / "provision.py").write_text("print('\\x1b[31m'); raise SystemExit(3)")
    return grade(GradeOptions(LAB, submission=folder))


def test_a_replay_gives_the_same_findings(graded: Result, flawed: Result) -> None:
    for result in (graded, flawed):
        again = replay(copied(result.tape, items=False))

        assert timeless(again.findings) == timeless(result.findings)
        assert (again.verdict, again.score, again.stamp) == (result.verdict, result.score, result.stamp)
        assert (again.replayed, again.api_calls) == (True, 0)
        assert tapes.dumps(again.tape, items=True) == tapes.dumps(result.tape, items=True)


def test_one_task_of_a_tape_can_be_graded(graded: Result) -> None:
    again = replay(graded.tape, task_id="expiry")

    assert again.score.earned == again.score.maximum == points("expiry")


def test_a_replay_asks_nobody(graded: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("connected"))

    assert replay(graded.tape).score.earned == 100


def test_what_is_not_on_the_tape_is_skipped_and_leaves_the_run_undecided(graded: Result) -> None:
    kept = tuple(one for one in graded.tape.readings if one.operation != "DescribeContinuousBackups")

    again = replay(replace(graded.tape, readings=kept))

    [finding] = [finding for finding in again.findings if finding.status is not Status.PASS]
    assert (finding.id, finding.status, finding.reason) == (
        "recovery.point-in-time",
        Status.SKIP,
        Reason.NOT_ON_TAPE,
    )
    assert finding.message == "The answer to dynamodb DescribeContinuousBackups is not on this tape."
    assert (again.score.earned, again.score.undetermined, again.score.maximum) == (
        100 - points("recovery"),
        points("recovery"),
        100,
    )
    assert again.verdict is Verdict.INCOMPLETE


def test_what_needs_an_answer_that_is_not_on_the_tape_is_undecided_too(graded: Result) -> None:
    kept = tuple(one for one in graded.tape.readings if one.operation != "DescribeTable")

    again = replay(replace(graded.tape, readings=kept))

    behind = [one for one in again.findings if one.id.split(".")[0] not in ("provisioning", "archive")]
    assert {finding.reason for finding in behind} == {Reason.NOT_ON_TAPE}
    assert again.score.undetermined == 100 - points("archive")


def test_a_tape_of_one_task_is_no_tape_of_the_lab() -> None:
    one_task = grade(GradeOptions(LAB, submission=SOLUTION, task_id="stream")).tape

    again = replay(copied(one_task))

    assert again.score.earned == again.score.maximum == points("stream")
    assert {task.task.id for task in again.tasks if task.counted} == {"stream"}
    with pytest.raises(UsageError, match=r"The tape holds only the task stream\. Leave out --task schema\."):
        replay(one_task, task_id="schema")


def test_a_run_that_was_stopped_stays_incomplete(graded: Result) -> None:
    stopped = replace(graded.tape, stamp=replace(graded.tape.stamp, interrupted=True))

    again = replay(copied(stopped))

    assert (again.stamp.interrupted, again.verdict) == (True, Verdict.INTERRUPTED)


def test_a_tape_that_forgets_the_script_is_damaged(graded: Result) -> None:
    forgetful = copied(replace(graded.tape, provisioning=None), items=False)

    with pytest.raises(UsageError, match="does not say how the script ended"):
        replay(forgetful)


def test_errors_are_on_the_tape_too() -> None:
    errors = [
        Denied("dynamodb", "DescribeTable", {"TableName": "orders"}, "AccessDeniedException", "not you"),
        NotFound("dynamodb", "DescribeTimeToLive", {"TableName": "orders"}, "ResourceNotFoundException", ""),
        NotConfigured("dynamodb", "DescribeBackup", {"TableName": "orders"}, "NoSuchConfiguration", "none"),
    ]
    tape = copied(
        Tape(STAMP, None, tuple(Reading(one.service, one.operation, one.parameters, None, one) for one in errors))
    )

    for error in errors:
        with pytest.raises(type(error)) as caught:
            TapeAccount(tape).read(error.service, error.operation, TableName="orders")
        assert (caught.value.code, caught.value.text) == (error.code, error.text)
    with pytest.raises(NotOnTape):
        TapeAccount(tape).read("dynamodb", "DescribeTable", TableName="others")


def test_the_answers_of_each_region_are_told_apart() -> None:
    asked = {"TableName": "orders"}
    missing = NotFound("dynamodb", "DescribeTable", asked, "ResourceNotFoundException", "")
    tape = Tape(
        STAMP,
        None,
        (
            Reading("dynamodb", "DescribeTable", asked, {"Table": {"TableName": "here"}}, None),
            Reading("dynamodb", "DescribeTable", asked, {"Table": {"TableName": "there"}}, None, "eu-west-1"),
            Reading("dynamodb", "DescribeTable", asked, None, missing, "eu-west-2"),
        ),
    )

    written = json.loads(tapes.dumps(tape, items=False))["readings"]
    assert [one.get("region") for one in written] == [None, "eu-west-1", "eu-west-2"]
    again = copied(tape)
    assert [one.key for one in again.readings] == [one.key for one in tape.readings]
    account = TapeAccount(again)
    for region, name in (("", "here"), (STAMP.region, "here"), ("eu-west-1", "there")):
        answer = account.read("dynamodb", "DescribeTable", in_region=region, TableName="orders")
        assert answer["Table"]["TableName"] == name
    with pytest.raises(NotFound):
        account.read("dynamodb", "DescribeTable", in_region="eu-west-2", TableName="orders")
    with pytest.raises(NotOnTape):
        account.read("dynamodb", "DescribeTable", in_region="eu-west-3", TableName="orders")


@each("region", [None, 1, "", "moon", "eu-west-1\n", "\ud800", ["eu-west-1"]])
def test_a_region_that_is_none_is_damage(region: object) -> None:
    damaged = {**GOOD, "readings": [{**GOOD["readings"][0], "region": region}]}

    with pytest.raises(UsageError, match=r"The tape x is damaged at readings\.0\. Nothing was graded\."):
        tapes.loads(json.dumps(damaged), "x")


def test_the_runs_own_region_as_another_is_damage() -> None:
    damaged = {**GOOD, "readings": [*GOOD["readings"], {**GOOD["readings"][0], "region": STAMP.region}]}

    with pytest.raises(UsageError, match=r"damaged: a read names the run's own Region\. Nothing was graded\."):
        tapes.loads(json.dumps(damaged), "x")


@each(
    "value",
    [
        datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        b"\x00\xff",
        Decimal("1E-100"),
        {"$time": "text of somebody", "x": 1},
        {"$object": {"$bytes": "!"}},
        [None, True, 1.5, "ünï\u2028\ud800"],
        {},
    ],
)
def test_values_come_back_as_they_were(value: Any) -> None:
    [one] = copied(Tape(STAMP, None, (reading("DescribeTable", {"value": value}),))).readings

    assert one.answer == {"value": value}


@each(
    "query",
    [
        "AWSAccessKeyId=AKIASECRET&Signature=SECRET%3D&Expires=1",
        "Signature=SECRET%3D&AWSAccessKeyId=AKIASECRET",
        "response-content-type=a&AWSAccessKeyId=AKIASECRET&x-amz-security-token=SECRET&Signature=SECRET",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIASECRET&X-Amz-Signature=SECRET",
    ],
)
def test_signed_links_are_left_out_of_what_the_script_printed(query: str) -> None:
    output = f"see <https://b.s3.amazonaws.com/a/key?{query}> or 'http://127.0.0.1:99/b?{query}'\nnext line?"
    text = tapes.dumps(Tape(STAMP, {**RAN, "output": output}, ()), items=True)

    assert "SECRET" not in text
    assert json.loads(text)["provisioning"]["output"] == (
        "see <https://b.s3.amazonaws.com/a/key?(signature left out) or "
        "'http://127.0.0.1:99/b?(signature left out)'\nnext line?"
    )


ARCHIVE = [
    Reading("s3", "ListBuckets", {"Prefix": "archive"}, {"Buckets": []}, None),
    Reading("s3", "GetPublicAccessBlock", {"Bucket": "archive"}, {"PublicAccessBlockConfiguration": {}}, None),
    Reading("s3", "GetBucketEncryption", {"Bucket": "archive"}, {}, None),
    Reading("s3", "GetBucketLifecycleConfiguration", {"Bucket": "archive"}, {"Rules": []}, None),
    Reading("glue", "GetDatabase", {"Name": "archive"}, {"Database": {"Name": "archive"}}, None),
    Reading("athena", "GetWorkGroup", {"WorkGroup": "archive"}, {"WorkGroup": {"Name": "archive"}}, None),
    Reading("athena", "ListNamedQueries", {"WorkGroup": "archive"}, {"NamedQueryIds": ["a"]}, None),
    Reading("athena", "GetNamedQuery", {"NamedQueryId": "a"}, {"NamedQuery": {"Name": "a"}}, None),
]
"""What is read of an archive's set-up, none of which holds items."""


def test_signed_links_and_items_are_left_out() -> None:
    link = "https://code.example/f.zip?versionId=1&X-Amz-Security-Token=secret&X-Amz-Signature=abc"
    tape = Tape(
        STAMP,
        None,
        (
            reading("DescribeTable", {"Location": link, "Plain": "https://x.example/?a=b"}),
            reading("Scan", {"Items": [{"PK": {"S": "private"}}]}),
            Reading("athena", "GetQueryResults", {}, {"ResultSet": {"Rows": []}}, None),
            Reading("s3", "GetObject", {"Bucket": "archive", "Key": "orders"}, {"ETag": "private"}, None),
            *ARCHIVE,
        ),
    )

    text = tapes.dumps(tape, items=False)

    assert "secret" not in text
    assert "abc" not in text
    assert "private" not in text
    assert "https://code.example/f.zip?(signature left out)" in text
    assert "https://x.example/?a=b" in text
    set_up = [one.operation for one in ARCHIVE]
    assert [one.operation for one in tapes.loads(text, "").readings] == ["DescribeTable", *set_up]
    everything = ["DescribeTable", "Scan", "GetQueryResults", "GetObject", *set_up]
    assert [one.operation for one in copied(tape).readings] == everything


@each(("target", "gathers"), [("embedded", True), ("endpoint", False), ("live", False)])
def test_what_was_gathered_in_somebodys_account_is_left_out_like_items(target: str, gathers: bool) -> None:
    gathered: dict[str, Evidence | str] = {
        "store": Evidence(STORE.plain(), 1, date(2026, 3, 1), "run1-", ()),
        "other": "not allowed",
    }
    tape = Tape(replace(STAMP, target=target), RAN, (), gathered)

    assert set(copied(tape).evidence) == {"store", "other"}
    without = copied(tape, items=False)
    assert without.evidence.get("other") == "not allowed"
    assert ("store" in without.evidence) is gathers
    if not gathers:
        with pytest.raises(NotOnTape):
            without.evidence_of(STORE)


def test_no_credentials_are_on_a_tape(graded: Result) -> None:
    text = tapes.dumps(graded.tape, items=True)

    assert "AKIA" not in text
    assert "ecret" not in text


def test_a_tape_of_another_version_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"is of version 1; this tool reads version 6\. Replay it with"):
        tapes.loads('{"tape_version": 1, "anything": true}', "x.json")


def test_a_tape_larger_than_any_is_not_even_parsed(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with file.open("wb") as stream:
        stream.truncate(tapes.SIZE_LIMIT_BYTES + 1)

    with pytest.raises(UsageError, match="is larger than a tape can be"):
        tapes.read(file)


GOOD: dict[str, Any] = json.loads(
    tapes.dumps(Tape(STAMP, None, (reading("DescribeTable", {"Table": {}}, TableName="orders"),)), items=True)
)

RAN: dict[str, Any] = {
    "script": "provision.py",
    "exit_code": 0,
    "timed_out": False,
    "timeout_seconds": 120.0,
    "seconds": 1.5,
    "output": "",
    "output_bytes": 0,
    "sleeps": 1,
    "sleeps_seconds": 30.0,
    "left_processes": False,
    "requests": [],
}
TOO_LARGE = ("1" + "0" * 400, str(2**53 + 1))
NO_NUMBERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("output_bytes", "sleeps"), (*TOO_LARGE, "-1", "1.0")),
    **dict.fromkeys(
        ("sleeps_seconds", "seconds", "timeout_seconds"), (*TOO_LARGE, "1e400", "-1", "NaN", "Infinity", "-Infinity")
    ),
    "exit_code": (*TOO_LARGE, f"-{TOO_LARGE[0]}", "1.0"),
}
"""What stands on a tape where numbers belong, and cannot be counted with."""


def test_what_ran_is_on_a_good_tape() -> None:
    assert tapes.loads(json.dumps({**GOOD, "provisioning": RAN}), "").provisioning == RAN


def damaged() -> Iterator[tuple[str, str]]:
    """Texts that are no tapes, with what each is."""
    yield "empty", ""
    yield "no JSON", "{"
    yield "a list", "[]"
    yield "a word", '"tape"'
    yield "deep", "[" * 100_000
    yield "a number too long", f'{{"tape_version": {"1" * 10_000}}}'
    for name in GOOD:
        yield f"without {name}", json.dumps({key: value for key, value in GOOD.items() if key != name})
        yield f"{name} of another type", json.dumps({**GOOD, name: 1.5})
    for name in GOOD["stamp"]:
        yield (
            f"stamp without {name}",
            json.dumps({**GOOD, "stamp": {key: value for key, value in GOOD["stamp"].items() if key != name}}),
        )
        yield f"{name} of another type", json.dumps({**GOOD, "stamp": {**GOOD["stamp"], name: []}})
    for change in (
        {"answer": 1},
        {"extra": 1},
        {"error": {"kind": "NotFound", "code": "", "text": ""}},
        {"service": None},
    ):
        yield f"a reading with {change}", json.dumps({**GOOD, "readings": [{**GOOD["readings"][0], **change}]})
    for stamp in ({"recorded": "yesterday"}, {"recorded": "2026-02-30T12:00:00+00:00"}, {"recorded": "2026-01-01"}):
        yield f"a stamp with {stamp}", json.dumps({**GOOD, "stamp": {**GOOD["stamp"], **stamp}})
    for stamp in ({"account_id": "123456789012\n"}, {"recorded": "2026-01-01T12:00:00+00:00\n"}):
        yield f"a stamp with {stamp}", json.dumps({**GOOD, "stamp": {**GOOD["stamp"], **stamp}})
    for name, numbers in NO_NUMBERS.items():
        for number in numbers:
            text = json.dumps({**GOOD, "provisioning": {**RAN, name: "HERE"}}).replace('"HERE"', number)
            yield f"{name} of {number[:20]}", text
    wrong: dict[str, Any]
    for wrong in (
        {"service": "dynamo"},
        {"operation": "DescribeTables"},
        {"answer": {"Table": []}},
        {"answer": {"Table": {"TableStatus": 7}}},
        {"answer": {"Table": {"KeySchema": {"AttributeName": "PK"}}}},
        {"answer": {"Table": {"KeySchema": [None]}}},
        {"answer": {"Table": {"DeletionProtectionEnabled": "yes"}}},
        {"answer": {"Table": {"CreationDateTime": "2026"}}},
        {"answer": {"Table": {"ItemCount": True}}},
        {"answer": {"Table": {"ItemCount": 2**63}}},
        {"answer": {"Table": {"TableSizeBytes": -(2**63)}}},
    ):
        yield f"a reading with {wrong}", json.dumps({**GOOD, "readings": [{**GOOD["readings"][0], **wrong}]})
    for answer in ({"$time": "yesterday"}, {"$bytes": "!"}, {"$decimal": "x"}):
        yield (
            f"an answer with {answer}",
            json.dumps({**GOOD, "readings": [{**GOOD["readings"][0], "answer": {"value": answer}}]}),
        )


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in damaged()])
def test_a_damaged_tape_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=r"The tape x\.json is damaged.*Nothing was graded\."):
        tapes.loads(text, "x.json")


@each("text", ["1E+400", "-Infinity", "NaN"])
def test_an_answer_that_is_no_number_is_damage(text: str) -> None:
    answer = {"MetricAlarms": [{"Threshold": {"$decimal": text}}]}
    alarms = {"service": "cloudwatch", "operation": "DescribeAlarms", "parameters": {}, "answer": answer}

    with pytest.raises(UsageError, match=r"The tape x\.json is damaged"):
        tapes.loads(json.dumps({**GOOD, "readings": [alarms]}), "x.json")


@each(
    "other",
    [
        {"answer": {"Table": {"TableStatus": "ACTIVE"}}},
        {"error": {"kind": "NotFound", "code": "ResourceNotFoundException", "text": ""}},
        {"parameters": {"$object": {"TableName": "orders"}}, "answer": {"Table": {}}},
    ],
)
def test_two_answers_to_the_same_read_are_damage(other: dict[str, Any]) -> None:
    one = GOOD["readings"][0]
    read = {name: one[name] for name in ("service", "operation", "parameters")}

    with pytest.raises(UsageError, match=r"x\.json is damaged: it holds two answers to the same read\. Nothing was"):
        tapes.loads(json.dumps({**GOOD, "readings": [one, {**read, **other}]}), "x.json")


def test_a_tape_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        tapes.read(tmp_path / "none.json")


@each(
    ("change", "message"),
    [
        ({"lab": "../../etc/passwd"}, "There is no lab"),
        ({"student_id": "A B"}, "cannot be part of AWS names"),
        ({"region": "moon"}, "not the name of an AWS Region"),
    ],
)
def test_a_hostile_stamp_is_refused_with_a_sentence(change: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replay(Tape(replace(STAMP, **change), None, ()))  # type: ignore[arg-type]


def test_an_answer_that_lacks_what_aws_tells_leaves_its_checks_undecided() -> None:
    answers = (
        reading("DescribeTable", {"Table": {"TableStatus": "ACTIVE"}}, TableName=TABLE),
        reading("DescribeTimeToLive", {}, TableName=TABLE),
    )

    again = replay(copied(Tape(STAMP, None, answers)))

    gate = next(finding for finding in again.findings if finding.id == "schema.table")
    assert (gate.status, gate.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert gate.actual == "IncompleteAnswer: the answer lacks the field TableArn"
    assert {finding.status for finding in again.findings} <= {Status.ERROR, Status.SKIP}
    assert again.verdict == "incomplete"
