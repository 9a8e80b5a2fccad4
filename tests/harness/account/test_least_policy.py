"""Each kind of check needs exactly the permissions that it declares. What a lab's policy is worth, `tests/labs/test_policy.py`
tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import harness.account.least_policy as policies
from harness import paths
from harness.account.errors import iam_action
from harness.account.iam import Policy
from harness.account.least_policy import least_policy
from harness.checking.check import REGISTRY
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.gateway.server import HARNESS_ROLE, Gateway, Response
from harness.grading import tape
from harness.labs.definition import load_lab
from harness.region_names import validate_region
from harness.submission.provisioning import Provisioning
from harness.targets.embedded.account import ACCOUNT_ID
from tests.accounts import TapeBackend, account_of, lab
from tests.harness.account.enforcing import enforce
from tests.labs.engine import LAB
from tests.support import EVERY_CHECK, FakeClock, run_command


def actions(printed: dict[str, Any]) -> set[str]:
    return {action for statement in printed["Statement"] for action in statement["Action"]}


def without(printed: dict[str, Any], action: str) -> dict[str, Any]:
    statements = [{**one, "Action": [name for name in one["Action"] if name != action]} for one in printed["Statement"]]
    return {**printed, "Statement": [one for one in statements if one["Action"]]}


def test_the_command_takes_another_student_and_region() -> None:
    done = run_command("policy", LAB, "--student-id", "ann", "--region", "cn-north-1")

    resources = [one for statement in json.loads(done.stdout)["Statement"] for one in statement["Resource"]]
    table = lab().names["table_name"].replace("student", "ann")
    assert f"arn:aws-cn:dynamodb:cn-north-1:*:table/{table}" in resources
    assert {one.split(":")[1] for one in resources if one != "*"} == {"aws-cn"}
    wrong = run_command("policy", LAB, "--student-id", "A B")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)


class EveryKind:
    """Every kind of check, on the account of the fixture's tape."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.tape = tape.read(paths.tape(EVERY_CHECK))
        stamp = self.tape.stamp
        lab = load_lab(EVERY_CHECK, student_id=stamp.student_id, account_id=ACCOUNT_ID, region=stamp.region)
        self.specs = list(lab.checks)
        needs = [(spec.check.actions, spec.parameters, stamp.region) for spec in self.specs]
        self.policy = least_policy(needs, account_id=ACCOUNT_ID)

    def grade(self, document: dict[str, Any]) -> dict[str, Finding]:
        """The findings, by their checks' ids, with the permissions of a policy."""
        self.gateway.backend = TapeBackend(self.tape)
        self.gateway.rules[:] = [enforce(Policy.of(document), HARNESS_ROLE, account_id=ACCOUNT_ID)]
        account = account_of(self.gateway)
        account.account_id = ACCOUNT_ID
        assert self.tape.provisioning is not None
        findings = Runner(self.specs, account, FakeClock()).run(Provisioning.from_plain(self.tape.provisioning))
        return {spec.id: finding for spec, finding in zip(self.specs, findings, strict=True)}

    def behind(self, ids: set[str]) -> set[str]:
        """These checks, and those that need them."""
        more = {spec.id for spec in self.specs if ids & set(spec.needs)} - ids
        return self.behind(ids | more) if more else ids


@pytest.fixture(scope="module")
def every_kind() -> Iterator[EveryKind]:
    with Gateway(lambda request: Response(500), reads_only=True) as opened:
        yield EveryKind(opened)


def test_every_kind_holds_with_exactly_its_actions(every_kind: EveryKind) -> None:
    assert {one.status for one in every_kind.grade(every_kind.policy).values()} == {Status.PASS}


@pytest.mark.proof
def test_every_kind_is_denied_without_any_of_its_actions(every_kind: EveryKind) -> None:
    for action in actions(every_kind.policy):
        findings = every_kind.grade(without(every_kind.policy, action))

        needing = {spec.id: spec.check.kind for spec in every_kind.specs if action in spec.check.actions}
        undecided = {name for name, one in findings.items() if one.status is not Status.PASS}
        assert undecided <= every_kind.behind(set(needing))
        assert {needing[name] for name in undecided & set(needing)} == set(needing.values())
        denied = [one for one in findings.values() if one.reason is Reason.DENIED]
        assert {f"the IAM action {action} is missing" in one.message for one in denied} == {True}


@pytest.mark.proof
def test_every_resource_of_the_policy_is_needed(every_kind: EveryKind) -> None:
    statements = every_kind.policy["Statement"]
    resources = [one for statement in statements for one in statement["Resource"]]
    assert f"arn:aws:glue:us-east-1:{ACCOUNT_ID}:catalog" in resources

    for resource in resources:
        fewer = [{**one, "Resource": [two for two in one["Resource"] if two != resource]} for one in statements]
        left = [one for one in fewer if one["Resource"]]
        findings = every_kind.grade({**every_kind.policy, "Statement": left})

        assert Reason.DENIED in {one.reason for one in findings.values()}, resource


def test_every_action_has_a_resource() -> None:
    declared = {action for check in REGISTRY.values() for action in check.actions}

    assert declared == set(policies.RESOURCES)


def test_statements_are_by_resource() -> None:
    needs = [
        (("dynamodb:DescribeTable", "kms:DescribeKey"), {"table": "a"}, "us-gov-west-1"),
        (("dynamodb:ListBackups", "dynamodb:DescribeTable"), {"table": "b"}, "us-gov-west-1"),
    ]

    printed = least_policy(needs, account_id="1")

    assert printed["Statement"] == [
        {"Effect": "Allow", "Action": ["dynamodb:ListBackups"], "Resource": ["*"]},
        {
            "Effect": "Allow",
            "Action": ["dynamodb:DescribeTable"],
            "Resource": [
                "arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/a",
                "arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/b",
            ],
        },
        {"Effect": "Allow", "Action": ["kms:DescribeKey"], "Resource": ["arn:aws-us-gov:kms:us-gov-west-1:1:key/*"]},
    ]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_arns_are_of_the_regions_partition(region: str, partition: str) -> None:
    printed = least_policy([(["dynamodb:DescribeTable"], {"table": "a"}, validate_region(region))])

    assert printed["Statement"][0]["Resource"] == [f"arn:{partition}:dynamodb:{region}:*:table/a"]


def test_operations_and_actions_differ_where_iam_says_so() -> None:
    assert iam_action("s3", "HeadBucket") == "s3:ListBucket"
