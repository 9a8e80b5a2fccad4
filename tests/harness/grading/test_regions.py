"""A lab in two Regions, from its definition to its tape: each check looks where the definition says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import checks  # noqa: F401  (registers the kinds)
from harness import paths
from harness.account.iam import Policy
from harness.account.least_policy import least_policy
from harness.audit.auditor import Auditor, Ruling
from harness.checking.finding import Finding, Reason, Status, Verdict
from harness.checking.runner import Runner
from harness.cli import main
from harness.gateway.server import HARNESS_ROLE, Gateway
from harness.grading import tape as tapes
from harness.grading.grade import Result, grade
from harness.grading.options import GradeOptions
from harness.grading.replay import replay
from harness.labs.definition import Lab, load_lab
from harness.report import explanation
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from harness.targets.target import TargetOptions
from harness.usage import UsageError
from tests.accounts import account_of
from tests.harness.account.enforcing import enforce
from tests.support import FakeClock

LAB = """\
schema_version: 1
id: two_regions
title: Two Regions
summary: The same table twice.
provision: true
names: {table_name: 'shop-${student_id}'}
regions: {replica_region: eu-west-1}
tasks:
  - id: here
    title: Here
    description: Make the table.
    hints: [Think.]
    checks:
      - {id: table, kind: table.exists, gate: true, with: {table: '${table_name}'}}
      - {id: active, kind: table.active, points: 30, with: {table: '${table_name}'}}
      - {id: recovery, kind: backup.point_in_time_recovery, points: 10, with: {table: '${table_name}'}}
  - id: there
    title: There
    description: Make it in ${replica_region} too.
    hints: [Think.]
    checks:
      - {id: replica, kind: table.exists, gate: true, region: '${replica_region}', with: {table: '${table_name}'}}
      - {id: replica-active, kind: table.active, points: 60, region: '${replica_region}', with: {table: '${table_name}'}}
"""
SCRIPT = """\
import os
import boto3

for region in ({regions}):
    dynamodb = boto3.client("dynamodb", region_name=region)
    dynamodb.create_table(
        TableName=os.environ["TABLE_NAME"],
        KeySchema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
        AttributeDefinitions=[{{"AttributeName": "id", "AttributeType": "S"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_continuous_backups(
        TableName=os.environ["TABLE_NAME"], PointInTimeRecoverySpecification={{"PointInTimeRecoveryEnabled": True}}
    )
"""
HERE, THERE = 'os.environ["AWS_DEFAULT_REGION"], ', 'os.environ["REPLICA_REGION"], '


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of labs with this one."""
    monkeypatch.setattr(paths, "TASKS", tmp_path)
    (tmp_path / "two_regions.yaml").write_text(LAB)
    return tmp_path


def graded(folder: Path, regions: str) -> Result:
    """The result of a submission that makes the table in some Regions."""
    (folder / "provision.py").write_text(SCRIPT.format(regions=regions))
    return grade(GradeOptions("two_regions", submission=folder, wait_seconds=0))


def by_id(result: Result) -> dict[str, Finding]:
    return {one.id: one for one in result.findings}


def test_a_check_looks_in_the_region_that_it_names(tasks: Path, tmp_path: Path) -> None:
    result = graded(tmp_path, HERE + THERE)

    assert (result.verdict, result.score.earned) == (Verdict.PASSED, 100)
    assert ":eu-west-1:" in by_id(result)["there.replica"].resource
    assert [(one.operation, one.region) for one in result.tape.readings] == [
        ("DescribeTable", ""),
        ("DescribeTable", "eu-west-1"),
        ("DescribeContinuousBackups", ""),
    ]


def test_a_table_in_the_first_region_alone_is_missing_in_the_second(tasks: Path, tmp_path: Path) -> None:
    result = graded(tmp_path, HERE)

    finding = by_id(result)["there.replica"]
    assert (finding.status, finding.message) == (Status.FAIL, "There is no table shop-student in eu-west-1.")
    assert finding.actual == "no such table; the script created shop-student in us-east-1"
    assert "in eu-west-1" in finding.remedy
    behind = by_id(result)["there.replica-active"]
    assert (behind.reason, behind.waits_for) == (Reason.PREREQUISITE, "there.replica")
    assert (result.verdict, result.score.earned) == (Verdict.FAILED, 40)


def test_a_table_in_the_second_region_alone_is_missing_in_the_first(tasks: Path, tmp_path: Path) -> None:
    result = graded(tmp_path, THERE)

    failed = [one for one in result.findings if one.status is Status.FAIL]
    assert [one.message for one in failed] == ["There is no table shop-student in us-east-1."]
    assert result.score.earned == 60


def test_a_tape_tells_the_regions_apart(tasks: Path, tmp_path: Path) -> None:
    for regions in (HERE + THERE, HERE, THERE):
        result = graded(tmp_path, regions)
        text = tapes.dumps(result.tape, items=True)
        again = replay(tapes.loads(text, "a tape"))

        assert [replace(one, seconds=0.0) for one in again.findings] == [
            replace(one, seconds=0.0) for one in result.findings
        ]
        assert tapes.dumps(again.tape, items=True) == text
        assert {one.get("region") for one in json.loads(text)["readings"]} == {None, "eu-west-1"}


def test_an_explanation_names_the_other_region_alone(tasks: Path, tmp_path: Path) -> None:
    result = graded(tmp_path, HERE + THERE)

    here, there = (explanation.render(result, one) for one in ("here.active", "there.replica-active"))

    assert 'dynamodb DescribeTable {"TableName": "shop-student"}' in here
    assert "in the Region" not in here
    assert "\n  in the Region eu-west-1\n" in there
    assert 'Call 1 of 1: dynamodb DescribeTable in eu-west-1 {"TableName": "shop-student"}' in there


def test_the_runs_own_region_must_be_another(tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "provision.py").write_text(SCRIPT.format(regions=HERE))
    told = "two_regions uses eu-west-1 as its replica_region, so the run's own Region must be another one. "
    told += "Choose it with --region."

    with pytest.raises(UsageError) as refused:
        grade(GradeOptions("two_regions", submission=tmp_path, target=TargetOptions(region="eu-west-1")))
    assert str(refused.value) == told
    elsewhere = replace(result := graded(tmp_path, HERE), tape=replace(result.tape, stamp=in_ireland(result)))
    with pytest.raises(UsageError) as refused:
        replay(elsewhere.tape)
    assert str(refused.value) == told
    for command in ("handout", "policy"):
        assert main.main([command, "two_regions", "--region", "eu-west-1"]) == 2
        assert capsys.readouterr().err == f"validate_tasks.py: {told}\n"


def in_ireland(result: Result) -> tapes.Stamp:
    """The stamp of a run that was made in eu-west-1."""
    return replace(result.tape.stamp, region="eu-west-1")


def test_students_read_which_regions_to_use(tasks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["handout", "two_regions"])
    printed = capsys.readouterr().out
    assert "| `REPLICA_REGION` | `eu-west-1` |" in printed
    assert "In `eu-west-1`. (`there.replica`)" in printed
    assert "In `eu-west-1`. (`here.table`)" not in printed

    main.main(["list", "two_regions"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "REPLICA_REGION=eu-west-1" in printed
    assert "gives. In eu-west-1. " in printed


def lab() -> Lab:
    return load_lab("two_regions", student_id="student", account_id=ACCOUNT_ID, region="us-east-1")


def test_the_policy_is_about_each_check_in_its_region(tasks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["policy", "two_regions", "--region", "eu-central-1"])

    [both, first] = sorted(json.loads(capsys.readouterr().out)["Statement"], key=lambda one: len(one["Action"]))
    assert (both["Action"], both["Resource"]) == (
        ["dynamodb:DescribeTable"],
        ["arn:aws:dynamodb:eu-west-1:*:table/shop-student"],
    )
    assert first["Resource"] == ["arn:aws:dynamodb:eu-central-1:*:table/shop-student"]


def test_without_the_policys_second_region_what_looks_there_is_denied(tasks: Path) -> None:
    needs = [(spec.check.actions, spec.parameters, spec.region or "us-east-1") for spec in lab().checks]
    document = least_policy(needs, account_id=ACCOUNT_ID)
    fewer = [one for one in document["Statement"] if ":eu-west-1:" not in str(one["Resource"])]
    assert len(fewer) == len(document["Statement"]) - 1

    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as gateway:
        with_it = findings_with(gateway, document)
        without = findings_with(gateway, {**document, "Statement": fewer})

    assert {one.status for one in with_it} == {Status.FAIL, Status.SKIP}  # there is no table, and that may be seen
    [denied] = [one for one in without if one.reason is Reason.DENIED]
    assert (denied.id, denied.message) == (
        "there.replica",
        "Access was denied to dynamodb DescribeTable in eu-west-1: the IAM action dynamodb:DescribeTable is missing.",
    )


def findings_with(gateway: Gateway, document: dict[str, object]) -> list[Finding]:
    """What is found in an empty account with the permissions of a policy."""
    gateway.rules[:] = [enforce(Policy.of(document), HARNESS_ROLE, account_id=ACCOUNT_ID)]
    return Runner(list(lab().checks), account_of(gateway), FakeClock()).run()


def test_the_audit_names_the_other_region_and_leaves_it_where_it_is(tasks: Path, tmp_path: Path) -> None:
    result = graded(tmp_path, HERE + THERE)
    review = tmp_path / "review.yaml"
    review.write_text("schema_version: 1\nirrelevant: []\naccount_mutants: []\nsubmission_mutants: []\n")

    cases = {one.name: one for one in Auditor(tasks / "two_regions.yaml", result.tape, review).cases()}

    gone = "dynamodb DescribeTable{} shop-student answers ResourceNotFoundException"
    assert set(cases[gone.format("")].changed) == {"here.table", "here.active", "here.recovery"}
    assert set(cases[gone.format(" in eu-west-1")].changed) == {"there.replica", "there.replica-active"}
    assert cases["another account and Region"].ruling is Ruling.RIGHT
    for region in ("", " in eu-west-1"):
        of_every_lab = cases[f"dynamodb DescribeTable{region} shop-student Table.TableId: absent"]
        assert of_every_lab.ruling is Ruling.IRRELEVANT, "what every lab waives, it waives in every Region"
    state = "dynamodb DescribeTable in eu-west-1 Table.TableStatus: CREATING at first"
    assert cases[state].ruling is Ruling.RIGHT
