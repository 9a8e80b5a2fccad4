"""What IAM policies allow, as IAM's documentation has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.aws.iam import Policy, trusts, whole_services

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.of({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any = "dynamodb:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statements", "action", "expected"),
    [
        ([], "dynamodb:GetItem", False),
        ([allow()], "dynamodb:GetItem", True),
        ([allow("*")], "dynamodb:GetItem", True),
        ([allow("dynamodb:Get*")], "dynamodb:GetItem", True),
        ([allow("dynamodb:Get*")], "dynamodb:PutItem", False),
        ([allow("dynamodb:Get????")], "dynamodb:GetItem", True),
        ([allow("dynamodb:Get???")], "dynamodb:GetItem", False),
        ([allow("DynamoDB:getitem")], "dynamodb:GetItem", True),
        ([allow("s3:*")], "dynamodb:GetItem", False),
        ([allow(["s3:GetObject", "dynamodb:GetItem"])], "dynamodb:GetItem", True),
        ([allow(), deny("dynamodb:GetItem")], "dynamodb:GetItem", False),
        ([deny("dynamodb:GetItem"), allow()], "dynamodb:GetItem", False),
        ([allow(), deny("dynamodb:PutItem")], "dynamodb:GetItem", True),
        ([{"Effect": "Allow", "NotAction": "dynamodb:Delete*", "Resource": "*"}], "dynamodb:GetItem", True),
        ([{"Effect": "Allow", "NotAction": "dynamodb:Delete*", "Resource": "*"}], "dynamodb:DeleteItem", False),
        ([allow(), {"Effect": "Deny", "NotAction": "dynamodb:GetItem", "Resource": "*"}], "dynamodb:PutItem", False),
    ],
)
def test_actions(statements: Sequence[dict[str, Any]], action: str, expected: bool) -> None:
    assert policy(*statements).allows(action, TABLE) is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(resource=TABLE), True),
        (allow(resource=TABLE.replace("orders", "Orders")), False),
        (allow(resource="arn:aws:dynamodb:*:*:table/ord*"), True),
        (allow(resource=f"{TABLE}/index/*"), False),
        (allow(resource=["arn:aws:s3:::b", TABLE]), True),
        ({"Effect": "Allow", "Action": "*", "NotResource": TABLE}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}, True),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:username}"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:${aws:PrincipalAccount}:table/orders"), True),
    ],
)
def test_resources(statement: dict[str, Any], expected: bool) -> None:
    context = {"aws:principalaccount": "123456789012"}

    assert policy(statement).allows("dynamodb:GetItem", TABLE, context) is expected


CONTEXT: dict[str, Any] = {
    "aws:SourceIp": "10.0.0.7",
    "aws:SecureTransport": "true",
    "aws:username": "ann",
    "aws:CurrentTime": "2026-06-01T12:00:00Z",
    "s3:max-keys": "10",
    "dynamodb:LeadingKeys": ["CUSTOMER#1", "CUSTOMER#2"],
    "dynamodb:Attributes": ["name"],
    "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic",
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:username": "ann"}}, True),
        ({"StringEquals": {"AWS:UserName": ["bob", "ann"]}}, True),
        ({"StringEquals": {"aws:username": "Ann"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "Ann"}}, True),
        ({"StringNotEquals": {"aws:username": "bob"}}, True),
        ({"StringNotEquals": {"aws:username": ["ann", "bob"]}}, False),
        ({"StringLike": {"aws:username": "a*"}}, True),
        ({"StringNotLike": {"aws:username": "a*"}}, False),
        ({"StringEquals": {"aws:absent": "x"}}, False),
        ({"StringNotEquals": {"aws:absent": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:absent": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:username": "bob"}}, False),
        ({"Null": {"aws:absent": "true"}}, True),
        ({"Null": {"aws:username": True}}, False),
        ({"Null": {"aws:username": False}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "no network"}}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": 10}}, True),
        ({"NumericLessThan": {"s3:max-keys": 10}}, False),
        ({"NumericGreaterThan": {"s3:max-keys": "9.5"}}, True),
        ({"NumericNotEquals": {"s3:max-keys": 10}}, False),
        ({"NumericEquals": {"aws:username": 10}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2026-07-01T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-07-01"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "1700000000"}}, True),
        ({"DateGreaterThan": {"aws:username": "2026-07-01"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:*"}}, True),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:topic"}}, False),
        ({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "CUSTOMER#*"}}, True),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "CUSTOMER#1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:absent": "x"}}, True),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "CUSTOMER#1"}}, True),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "CUSTOMER#3"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:absent": "x"}}, False),
        ({"ForAllValues:StringEquals": {"dynamodb:Attributes": ["name", "price"]}}, True),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
        ({"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:username": "ann", "aws:absent": "x"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    assert policy(allow(Condition=condition)).allows("dynamodb:GetItem", TABLE, CONTEXT) is expected


def test_one_statement_need_not_be_a_list() -> None:
    assert Policy.of({"Statement": allow()}).allows("dynamodb:GetItem", TABLE)


def test_several_documents_make_one_policy() -> None:
    both = Policy.of({"Statement": allow()}, {"Statement": [deny("dynamodb:GetItem")]})

    assert not both.allows("dynamodb:GetItem", TABLE)
    assert both.allows("dynamodb:Query", TABLE)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Effect": "allow", "Action": "*", "Resource": "*"}, "Effect is Allow or Deny"),
        ({"Effect": "Allow", "Resource": "*"}, "either Action or NotAction"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}, "either Action or NotAction"),
        ({"Effect": "Allow", "Action": "*"}, "either Resource or NotResource"),
        (allow(Condition={"StringSounds": {"a": "b"}}), "StringSounds is not known"),
        (allow(Condition={"ForSome:StringEquals": {"a": "b"}}), "ForSome:StringEquals is not known"),
    ],
)
def test_what_iam_would_not_accept_is_refused(statement: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy(statement)


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([TRUST], True),
        ([], False),
        ([{**TRUST, "Action": ["sts:TagSession", "STS:assumerole"]}], True),
        ([{**TRUST, "Action": "sts:*"}], True),
        ([{**TRUST, "Action": "sts:Tag*"}], False),
        ([{**TRUST, "Principal": {"Service": ["x.amazonaws.com", "lambda.amazonaws.com"]}}], True),
        ([{**TRUST, "Principal": {"Service": "x.amazonaws.com"}}], False),
        ([{**TRUST, "Principal": {"AWS": "lambda.amazonaws.com"}}], False),
        ([{**TRUST, "Principal": "*"}], True),
        ([TRUST, {**TRUST, "Effect": "Deny"}], False),
        ([TRUST, {**TRUST, "Effect": "Deny", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}], False),
        ([{**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*"}}}], True),
        ([{**TRUST, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}], False),
    ],
)
def test_whom_a_role_trusts(statements: list[dict[str, Any]], expected: bool) -> None:
    context = {"aws:SourceAccount": "1", "aws:SourceArn": "arn:aws:lambda:us-east-1:1:function:f"}

    assert trusts({"Statement": statements}, "lambda.amazonaws.com", context) is expected


@pytest.mark.parametrize(
    "document",
    [
        {},
        "text",
        {"Statement": ["text"]},
        {"Statement": [{**TRUST, "Effect": "allow"}]},
        {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "1"}}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*"}]},
        {"Statement": [{**TRUST, "Condition": {"StringRhymes": {}}}]},
        {"Statement": [{**TRUST, "Condition": {"StringEquals": "x"}}]},
    ],
)
def test_a_trust_policy_that_is_none_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        trusts(document, "lambda.amazonaws.com", {})


def test_what_allows_the_whole_of_a_service() -> None:
    document = {
        "Statement": [
            allow("*"),
            allow(["dynamodb:*", "s3:Get*", "s3:*Object", "logs:PutLogEvents"]),
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            deny("kms:*"),
        ]
    }

    assert whole_services(document) == ["*", "dynamodb:*", "everything but iam:*"]
