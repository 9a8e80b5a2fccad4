"""IAM: roles and policies that allow what they must, and nothing that they may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from harness.account.errors import NotFound
from harness.checking.finding import Finding, Reason, Status
from tests.checks.test_stream_consumers import ROLE, document, role, statement, trust
from tests.checks.verdicts import fails, holds, is_denied, is_unknown
from tests.support import TABLE_ARN, denied, judge

POLICY = "arn:aws:iam::123456789012:policy/reads"
READS = [{"actions": ["dynamodb:GetItem", "dynamodb:Query"], "resources": [TABLE_ARN]}]
DELETES = [{"actions": ["dynamodb:DeleteTable"], "resources": [TABLE_ARN, "*"]}]
ALLOWED = document(statement(["dynamodb:GetItem", "dynamodb:Query"], TABLE_ARN))


def look(kind: str, written: dict[str, Any], **parameters: Any) -> Finding:
    """What a kind finds of a role with one inline policy, or of a managed policy."""
    if kind == "iam.role":
        return judge(kind, role(written), role="consumer-role", **parameters)
    answers = {
        "GetPolicy": {"Policy": {"DefaultVersionId": "v3"}},
        "GetPolicyVersion": {"PolicyVersion": {"Document": written}},
    }
    return judge(kind, answers, policy_arn=POLICY, **parameters)


@dataclass(frozen=True)
class Subject:
    """What a kind judges: in words, by its ARN, and the name of its policy."""

    kind: str
    words: str
    arn: str
    policy: str


SUBJECTS = [
    Subject("iam.role", "The role consumer-role", ROLE, "inline"),
    Subject("iam.policy", "The policy", POLICY, "reads"),
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.kind)
class TestBoth:
    def test_what_allows_what_it_must_passes(self, subject: Subject) -> None:
        finding = look(subject.kind, ALLOWED, allows=READS, refuses=DELETES, least_privilege=True)

        assert finding.message == f"{subject.words} allows what it needs."
        holds(finding, finding.message, actual=subject.policy, resource=subject.arn)

    def test_what_is_missing_is_named(self, subject: Subject) -> None:
        fails(
            look(subject.kind, document(statement("dynamodb:Get*", TABLE_ARN)), allows=READS),
            f"{subject.words} does not allow dynamodb:Query on {TABLE_ARN}.",
            expected=f"allowed: dynamodb:GetItem on {TABLE_ARN}, dynamodb:Query on {TABLE_ARN}",
            actual=f"not allowed: dynamodb:Query on {TABLE_ARN}",
            resource=subject.arn,
            remedy="Allow exactly these actions",
        )

    def test_what_is_forbidden_is_named(self, subject: Subject) -> None:
        fails(
            look(subject.kind, document(statement("dynamodb:*", TABLE_ARN)), allows=READS, refuses=DELETES),
            f"{subject.words} allows dynamodb:DeleteTable on {TABLE_ARN}, dynamodb:DeleteTable on *.",
            expected=f"not allowed: dynamodb:DeleteTable on {TABLE_ARN}, dynamodb:DeleteTable on *",
            actual=f"allowed: dynamodb:DeleteTable on {TABLE_ARN}, dynamodb:DeleteTable on *",
            resource=subject.arn,
            remedy="only the actions and the resources that are needed",
        )

    def test_the_whole_of_a_service_is_too_much(self, subject: Subject) -> None:
        wide = document(statement("dynamodb:*", TABLE_ARN))

        assert look(subject.kind, wide, allows=READS).status is Status.PASS
        fails(
            look(subject.kind, wide, allows=READS, least_privilege=True),
            f"{subject.words} allows most of a service: {subject.policy} allows dynamodb:*.",
            expected="the actions that are needed, by their names",
            actual=f"{subject.policy} allows dynamodb:*",
            resource=subject.arn,
            remedy="Name the actions",
        )

    def test_to_refuse_an_action_on_anything_is_to_refuse_it_on_each(self, subject: Subject) -> None:
        anywhere = [{"actions": ["dynamodb:DeleteTable"], "resources": ["*"]}]
        guarded = document(
            statement("dynamodb:*", "*"), statement("dynamodb:DeleteTable", "*", Effect="Deny"), statement("s3:*", "*")
        )
        but_one = document(
            statement("dynamodb:*", "*"),
            {"Effect": "Deny", "Action": "dynamodb:DeleteTable", "NotResource": f"{TABLE_ARN}-old"},
        )

        tables = "arn:aws:dynamodb:*:*:table/*"
        but_some = [
            document(statement("dynamodb:*", tables), statement("dynamodb:*", some, Effect="Deny"))
            for some in (tables.replace(":*:*:", ":us-east-1:*:"), tables.replace("/*", "/x*"))
        ]
        for wide in (document(statement("dynamodb:*", TABLE_ARN)), document(statement("*", "*")), but_one, *but_some):
            finding = look(subject.kind, wide, refuses=anywhere)
            assert finding.message == f"{subject.words} allows dynamodb:DeleteTable on *."
        assert look(subject.kind, guarded, refuses=anywhere).status is Status.PASS

    def test_conditions_that_every_call_meets_are_met(self, subject: Subject) -> None:
        secure = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:RequestedRegion": "us-east-1"}}
        conditional = document(statement("dynamodb:*", TABLE_ARN, Condition=secure))

        assert look(subject.kind, conditional, allows=READS).status is Status.PASS
        assert look(subject.kind, conditional, refuses=DELETES).status is Status.FAIL

    @pytest.mark.parametrize("wanted", [{"allows": READS[:1]}, {"refuses": READS[:1]}])
    def test_a_condition_that_cannot_be_judged_is_no_verdict(self, subject: Subject, wanted: dict[str, Any]) -> None:
        from_a_network = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
        written = document(statement(["dynamodb:GetItem", "dynamodb:Query"], TABLE_ARN, Condition=from_a_network))

        is_unknown(
            look(subject.kind, written, **wanted),
            f"Whether {subject.words[0].lower()}{subject.words[1:]} allows dynamodb:GetItem on {TABLE_ARN}, "
            f"dynamodb:Query on {TABLE_ARN} depends on a condition that cannot be judged here.",
        )

    def test_what_cannot_be_evaluated_is_no_verdict(self, subject: Subject) -> None:
        finding = look(subject.kind, document(statement("s3:*", Condition={"StringRhymes": {"a": "b"}})), allows=READS)

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
        assert "the condition operator StringRhymes is not supported here" in finding.message
        assert finding.resource == subject.arn


def test_who_may_assume_the_role() -> None:
    answers = role(ALLOWED, trusted=trust(Principal={"Service": "ec2.amazonaws.com"}))

    right = judge("iam.role", answers, role="consumer-role", assumed_by="ec2.amazonaws.com")
    wrong = judge("iam.role", answers, role="consumer-role", assumed_by="lambda.amazonaws.com")

    assert right.status is Status.PASS
    fails(
        wrong,
        "lambda.amazonaws.com may not assume the role consumer-role.",
        expected="a trust policy that allows sts:AssumeRole to lambda.amazonaws.com",
        actual="its trust policy does not",
        resource=ROLE,
        remedy="UpdateAssumeRolePolicy",
    )


def test_a_role_of_this_account_may_be_limited_to_it() -> None:
    own = role(ALLOWED, trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}))
    of_one_function = role(ALLOWED, trusted=trust(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:f"}}))

    assert judge("iam.role", own, role="consumer-role", assumed_by="lambda.amazonaws.com").status is Status.PASS
    is_unknown(
        judge("iam.role", of_one_function, role="consumer-role", assumed_by="lambda.amazonaws.com"),
        "lambda.amazonaws.com may assume the role consumer-role only under a condition that cannot be judged here.",
    )


@pytest.mark.parametrize(
    ("kind", "operation", "parameters", "what"),
    [
        ("iam.role", "GetRole", {"role": "consumer-role"}, "role consumer-role"),
        ("iam.policy", "GetPolicy", {"policy_arn": POLICY}, f"policy {POLICY}"),
    ],
)
def test_missing_and_denied(kind: str, operation: str, parameters: dict[str, Any], what: str) -> None:
    named = {"RoleName": "consumer-role"} if kind == "iam.role" else {"PolicyArn": POLICY}
    missing = judge(kind, {operation: NotFound("iam", operation, named, "NoSuchEntity", "")}, **parameters)

    assert (missing.status, missing.message) == (Status.FAIL, f"There is no {what} in us-east-1.")
    is_denied(judge(kind, {operation: denied(operation, "iam")}, **parameters), f"iam:{operation}")
