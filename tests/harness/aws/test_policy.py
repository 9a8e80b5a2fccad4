"""Grading needs exactly the permissions that `policy` prints: with them it succeeds, and without any one it is denied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import harness.aws.policy as policies
from harness.assessment import validate_region
from harness.aws.embedded import ACCOUNT_ID
from harness.aws.errors import iam_action
from harness.aws.gateway import HARNESS_ROLE, Gateway
from harness.aws.iam import Policy
from harness.aws.policy import enforce, least_policy
from harness.check import REGISTRY
from harness.finding import Reason, Status
from tests.harness.aws.accounts import grade, lab, reference_account
from tests.support import run_command


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with reference_account() as opened:
        yield opened


def document() -> dict[str, Any]:
    """The policy as the command prints it."""
    done = run_command("policy", "dynamodb_ecommerce")
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def actions(printed: dict[str, Any]) -> set[str]:
    return {action for statement in printed["Statement"] for action in statement["Action"]}


def without(printed: dict[str, Any], action: str) -> dict[str, Any]:
    statements = [{**one, "Action": [name for name in one["Action"] if name != action]} for one in printed["Statement"]]
    return {**printed, "Statement": [one for one in statements if one["Action"]]}


def test_grading_succeeds_with_exactly_this_policy(gateway: Gateway) -> None:
    rule = enforce(Policy.of(document()), HARNESS_ROLE, account_id=ACCOUNT_ID)

    findings = grade(gateway, rule)

    assert {finding.status for finding in findings.values()} == {Status.PASS}


def test_without_any_one_action_exactly_the_checks_that_need_it_are_denied(gateway: Gateway) -> None:
    printed = document()
    specs = {spec.id: spec for spec in lab().checks}
    assert len(actions(printed)) > 10

    for action in actions(printed):
        rule = enforce(Policy.of(without(printed, action)), HARNESS_ROLE, account_id=ACCOUNT_ID)
        findings = grade(gateway, rule)

        needing = {spec.id for spec in specs.values() if action in spec.check.actions}
        behind = {spec.id for spec in specs.values() if needing & set(spec.needs)}
        behind |= {spec.id for spec in specs.values() if behind & set(spec.needs)}
        undecided = {name for name, finding in findings.items() if finding.status is not Status.PASS}
        assert undecided == {specs[one].finding_id for one in needing | behind}
        denied = [finding for finding in findings.values() if finding.reason is Reason.DENIED]
        assert denied
        for finding in denied:
            assert f"the IAM action {action} is missing" in finding.message
            assert "is not authorized to perform" in finding.actual


def test_the_policy_covers_no_other_table(gateway: Gateway) -> None:
    policy = Policy.of(document())

    for action in [one for one in actions(document()) if one.startswith("dynamodb:")]:
        assert policy.allows(action, f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/ecommerce-student")
        assert not policy.allows(action, f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/ecommerce-ann")
        assert not policy.allows(action, f"arn:aws:dynamodb:eu-west-1:{ACCOUNT_ID}:table/ecommerce-student")
    assert not policy.allows("dynamodb:GetItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/ecommerce-student")


def test_another_role_is_not_concerned(gateway: Gateway) -> None:
    rule = enforce(Policy.of(), "submission", account_id=ACCOUNT_ID)

    assert {finding.status for finding in grade(gateway, rule).values()} == {Status.PASS}


def test_the_command_takes_another_student_and_region() -> None:
    done = run_command("policy", "dynamodb_ecommerce", "--student-id", "ann", "--region", "cn-north-1")

    resources = [one for statement in json.loads(done.stdout)["Statement"] for one in statement["Resource"]]
    assert "arn:aws-cn:dynamodb:cn-north-1:*:table/ecommerce-ann" in resources
    assert {one.split(":")[1] for one in resources if one != "*"} == {"aws-cn"}
    wrong = run_command("policy", "dynamodb_ecommerce", "--student-id", "A B")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)


def test_every_action_has_a_resource() -> None:
    declared = {action for check in REGISTRY.values() for action in check.actions}

    assert declared == set(policies.RESOURCES)


def test_statements_are_by_resource() -> None:
    needs = [
        (("dynamodb:DescribeTable", "kms:DescribeKey"), {"table": "a"}),
        (("dynamodb:ListBackups", "dynamodb:DescribeTable"), {"table": "b"}),
    ]

    printed = least_policy(needs, region="us-gov-west-1", account_id="1")

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
    printed = least_policy([(["dynamodb:DescribeTable"], {"table": "a"})], region=validate_region(region))

    assert printed["Statement"][0]["Resource"] == [f"arn:{partition}:dynamodb:{region}:*:table/a"]


def test_operations_and_actions_differ_where_iam_says_so() -> None:
    assert iam_action("s3", "HeadBucket") == "s3:ListBucket"
