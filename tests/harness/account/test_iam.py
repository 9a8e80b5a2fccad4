"""What IAM policies allow, as IAM's documentation has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.account.iam import Policy, trusts, wide_actions
from tests.each import each

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.of({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any = "dynamodb:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@each(
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


@each(
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
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:PrincipalTag/Team}"), True),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:${aws:PrincipalTag/Kind}/orders"), True),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:username, 'orders'}"), True),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:PrincipalTag/Team, 'x'}"), True),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:username, orders}"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:PrincipalTag/Any}"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:TagKeys}"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${*}"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${orders"), False),
        (allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/[o]rders"), False),
        (allow(resource="arn:aws:dynamodb:*"), True),
        (allow(resource="arn:aws:dynamodb:*:table/orders"), True),
        (allow(resource="arn:aws:dynamodb:*:table/prod-*"), False),
        (allow(resource="arn:*"), True),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::${aws:username}"}, False),
    ],
)
def test_resources(statement: dict[str, Any], expected: bool) -> None:
    context: dict[str, Any] = {
        "aws:principaltag/team": "orders",
        "aws:principaltag/kind": "table",
        "aws:principaltag/any": "*",
        "aws:tagkeys": ["orders", "orders"],
    }

    assert policy(statement).allows("dynamodb:GetItem", TABLE, context) is expected


def test_a_character_that_a_pattern_names_is_itself() -> None:
    pattern = policy(allow(resource=f"{TABLE}/a${{*}}b${{?}}c${{$}}{{d}}*"))

    assert pattern.allows("dynamodb:GetItem", f"{TABLE}/a*b?c${{d}}e")
    assert not pattern.allows("dynamodb:GetItem", f"{TABLE}/aXbYc${{d}}e")


@each("version", [{}, {"Version": "2008-10-17"}])
def test_before_variables_there_were_texts(version: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
    resource = "arn:aws:dynamodb:us-east-1:123456789012:table/${aws:username}"
    old = Policy.of({**version, "Statement": allow(resource=resource)})
    condition = {"StringEquals": {"aws:username": "${aws:username}"}}
    conditional = Policy.of({**version, "Statement": [allow(Condition=condition)]})

    for username, literally in (("orders", False), ("${aws:username}", True)):
        context = {"aws:username": username}
        assert not old.allows("dynamodb:GetItem", TABLE, context)
        assert old.allows("dynamodb:GetItem", resource, context)
        assert conditional.allows("dynamodb:GetItem", TABLE, context) is literally


def test_a_pattern_that_could_be_read_in_many_ways_takes_no_time() -> None:
    hostile = policy(allow(resource=f"{TABLE}/{'*a' * 40}b"))

    assert not hostile.allows("dynamodb:GetItem", f"{TABLE}/{'a' * 200}")


CONTEXT: dict[str, Any] = {
    "aws:SourceIp": "10.0.0.7",
    "aws:SecureTransport": "true",
    "aws:username": "ann",
    "aws:CurrentTime": "2026-06-01T12:00:00Z",
    "s3:max-keys": "10",
    "dynamodb:LeadingKeys": ["CUSTOMER#1", "CUSTOMER#2"],
    "dynamodb:Attributes": ["name"],
    "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic",
    "aws:PrincipalTag/Star": "a*",
    "aws:NoArn": "urn:a:b:c:d:e",
    "aws:Nested": "arn:aws:service:us-east-2:9:store/abc:1:finance/document.txt",
}


@each(
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
        ({"StringEquals": {"aws:username": "${AWS:UserName, 'x'}"}}, True),
        ({"StringEquals": {"aws:username": "${aws:absent, 'ann'}"}}, True),
        ({"StringEquals": {"aws:username": "${aws:absent}"}}, False),
        ({"StringEqualsIfExists": {"aws:absent": "${aws:absent}"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Star": "a${*}"}}, True),
        ({"StringLike": {"aws:PrincipalTag/Star": "?${*}"}}, True),
        ({"StringLike": {"aws:username": "a${*}"}}, False),
        ({"StringLike": {"aws:username": "${aws:PrincipalTag/Star}"}}, False),
        ({"StringLike": {"aws:PrincipalTag/Star": "${aws:PrincipalTag/Star}"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Star": "${aws:PrincipalTag/Star}"}}, True),
        ({"NumericNotEquals": {"aws:username": 10}}, False),
        ({"NumericNotEquals": {"s3:max-keys": "ten"}}, False),
        ({"NumericNotEquals": {"s3:max-keys": "NaN"}}, False),
        ({"NumericLessThan": {"s3:max-keys": "Infinity"}}, False),
        ({"NumericNotEquals": {"s3:max-keys": 11}}, True),
        ({"DateNotEquals": {"aws:CurrentTime": "9" * 30}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "9" * 30}}, False),
        ({"DateLessThan": {"aws:CurrentTime": 10**18}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "no network"}}, False),
        ({"NotIpAddress": {"aws:username": "10.0.0.0/8"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:1:t?pic"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "*"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:*"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ({"ArnLike": {"aws:username": "*:*:*:*:*:*"}}, False),
        ({"ArnLike": {"aws:NoArn": "*:*:*:*:*:*"}}, False),
        ({"ArnLike": {"aws:Nested": "arn:aws:service:*:1:finance/*"}}, False),
        ({"StringLike": {"aws:Nested": "arn:aws:service:*:1:finance/*"}}, True),
        ({"ArnLike": {"aws:Nested": "arn:aws:service:*:9:store*finance/*"}}, True),
        ({"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:username": "ann", "aws:absent": "x"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    assert policy(allow(Condition=condition)).allows("dynamodb:GetItem", TABLE, CONTEXT) is expected


@each(
    ("condition", "denied"),
    [
        ({"StringNotEquals": {"aws:username": "${aws:absent}"}}, True),
        ({"StringNotLike": {"aws:absent": "${aws:absent}"}}, True),
        ({"StringEquals": {"aws:username": "${aws:absent}"}}, False),
        ({"NumericNotEquals": {"aws:username": 10}}, True),
    ],
)
def test_what_has_no_value_denies_where_it_must_differ_and_never_allows(
    condition: dict[str, Any], denied: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value"""
    guarded = policy(allow(), deny("*", Condition=condition))

    assert guarded.allows("dynamodb:GetItem", TABLE, CONTEXT) is not denied
    assert not policy(allow(Condition=condition)).allows("dynamodb:GetItem", TABLE, CONTEXT)


def test_one_statement_need_not_be_a_list() -> None:
    assert Policy.of({"Statement": allow()}).allows("dynamodb:GetItem", TABLE)


def test_several_documents_make_one_policy() -> None:
    both = Policy.of({"Statement": allow()}, {"Statement": [deny("dynamodb:GetItem")]})

    assert not both.allows("dynamodb:GetItem", TABLE)
    assert both.allows("dynamodb:Query", TABLE)


@each(
    ("statement", "message"),
    [
        ({"Effect": "allow", "Action": "*", "Resource": "*"}, "Effect must be Allow or Deny"),
        ({"Effect": "Allow", "Resource": "*"}, "either Action or NotAction"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}, "either Action or NotAction"),
        ({"Effect": "Allow", "Action": "*"}, "either Resource or NotResource"),
        (allow(Condition={"StringSounds": {"a": "b"}}), "StringSounds is not supported"),
        (allow(Condition={"ForSome:StringEquals": {"a": "b"}}), "ForSome:StringEquals is not supported"),
        (allow(Condition={"NullIfExists": {"a": "true"}}), "NullIfExists is not supported"),
        (allow(Condition={"ForAnyValue:Null": {"a": "true"}}), "ForAnyValue:Null is not supported"),
        (allow(Condition={"BinaryEquals": {"a": "YQ=="}}), "BinaryEquals is not supported"),
        (allow(Condition={"Null": {"a": []}}), "values must be texts, numbers, true or false; those of Null are not"),
        (allow(Condition={"Null": {"a": "yes"}}), "the value of Null must be true or false"),
        (allow(Condition={"Null": {"a": ["true", "false"]}}), "the value of Null must be true or false"),
        (allow(Condition={"StringEquals": {"a": []}}), "those of StringEquals are not"),
        (allow(Condition={"StringEquals": {"a": {"b": "c"}}}), "those of StringEquals are not"),
        (allow(Condition={"StringEquals": {"a": None}}), "those of StringEquals are not"),
        (allow(Condition={"NumericEquals": {"a": "${s3:max-keys}"}}), "NumericEquals does not accept variables"),
        (allow(Conditions={"Bool": {"aws:SecureTransport": "true"}}), "'Conditions' is not an element here"),
        (allow(Principal="*"), "'Principal' is not an element here"),
        ({"effect": "Allow", "Action": "*", "Resource": "*"}, "Effect must be Allow or Deny"),
        ({"Effect": "ALLOW", "Action": "*", "Resource": "*"}, "Effect must be Allow or Deny"),
        (allow([]), "Action must be \\* or a service and an action"),
        (allow("GetItem"), "Action must be \\* or a service and an action"),
        (allow(["dynamodb:GetItem", "dynamodb:"]), "Action must be \\* or a service and an action"),
        ({"Effect": "Deny", "NotAction": [], "Resource": "*"}, "Action must be \\* or a service and an action"),
        (allow(resource=[]), "Resource must be \\* or an ARN"),
        (allow(resource="orders"), "Resource must be \\* or an ARN"),
        (allow(resource="*:table/orders"), "Resource must be \\* or an ARN"),
        (allow(resource="arn:aws:dynamodb:us-east-1"), "Resource must be \\* or an ARN"),
        (allow(resource="arn:aws:dynamodb:us-east-1:${aws:PrincipalAccount}:table/orders"), "only in its last part"),
        ({"Effect": "Deny", "Action": "*", "NotResource": [""]}, "Resource must be \\* or an ARN"),
    ],
)
def test_what_iam_would_not_accept_is_refused(statement: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy(statement)


@each(
    ("document", "message"),
    [
        ({"Version": "2012-10-18", "Statement": []}, "Version must be 2008-10-17 or 2012-10-17"),
        ({"Version": ["2012-10-17"], "Statement": []}, "Version must be 2008-10-17 or 2012-10-17"),
        ({"Version": "2012-10-17", "Statements": []}, "a policy must be a JSON object with a Statement"),
        ({"version": "2012-10-17", "Statement": []}, "'version' is not an element here"),
    ],
)
def test_a_document_that_is_no_policy_is_refused(document: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Policy.of(document)


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@each(
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
        ([{**TRUST, "Principal": {"AWS": "*"}}], True),
        ([TRUST, {**TRUST, "Effect": "Deny"}], False),
        ([TRUST, {**TRUST, "Effect": "Deny", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}], False),
        ([{**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:1:*"}}}], True),
        ([{**TRUST, "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}}], None),
        ([{**TRUST, "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1", "aws:SourceAccount": "2"}}}], False),
        ([TRUST, {**TRUST, "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}}], True),
        ([TRUST, {**TRUST, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceOrgID": "o-1"}}}], None),
    ],
)
def test_whom_a_role_trusts(statements: list[dict[str, Any]], expected: bool | None) -> None:
    context = {"aws:SourceAccount": "1", "aws:SourceArn": "arn:aws:lambda:us-east-1:1:function:f"}

    assert trusts({"Statement": statements}, "lambda.amazonaws.com", context) is expected


@each(
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
        {"Statement": [{**TRUST, "Conditions": {"StringEquals": {"aws:SourceAccount": "1"}}}]},
        {"Statement": [{**TRUST, "Resource": "*"}]},
        {"Statement": [{**TRUST, "Action": "AssumeRole"}]},
        {"Statement": [{**TRUST, "Principal": "lambda.amazonaws.com"}]},
        {"Statement": [{**TRUST, "Principal": {}}]},
        {"Statement": [{**TRUST, "Principal": {"Services": "lambda.amazonaws.com"}}]},
        {"Statement": [{**TRUST, "Principal": {"Service": []}}]},
        {"Statement": [{**TRUST, "Principal": {"Service": [{}]}}]},
        {"Version": "1", "Statement": [TRUST]},
    ],
)
def test_a_trust_policy_that_is_none_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        trusts(document, "lambda.amazonaws.com", {})


OPERATIONS = ("CreateTable", "DeleteItem", "DeleteTable", "GetItem", "ListTables", "PutItem", "Query", "Scan")


@each(
    ("statement", "expected"),
    [
        (allow("*"), ["*"]),
        (allow("*:*"), ["*:*"]),
        (allow(["dynamodb:*", "other:Get*", "other:*Object", "logs:PutLogEvents"]), ["dynamodb:*"]),
        (allow("dynamodb:?*"), ["dynamodb:?*"]),
        (allow("d*b:GetItem"), ["d*b:GetItem"]),
        (allow("DynamoDB:*E*"), ["DynamoDB:*E*"]),
        (allow([f"dynamodb:{letter}*" for letter in "CDGPQ"]), [f"dynamodb:{letter}*" for letter in "CDGPQ"]),
        (allow("dynamodb:*Item"), []),
        (allow(["dynamodb:Get*", "dynamodb:Query"]), []),
        (allow([f"dynamodb:{one}" for one in OPERATIONS]), []),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, ["everything except iam:*"]),
        (deny("dynamodb:*"), []),
    ],
)
def test_what_allows_most_of_a_service(statement: dict[str, Any], expected: list[str]) -> None:
    def operations(service: str) -> tuple[str, ...]:
        return OPERATIONS if service == "dynamodb" else ()

    assert wide_actions({"Statement": statement}, operations) == expected


@each(
    ("statements", "expected"),
    [
        ([allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], None),
        ([allow(Condition={"IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}})], None),
        ([allow(Condition={"Null": {"aws:SourceIp": "true"}})], None),
        ([allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "x"}})], None),
        ([allow(Condition={"StringEquals": {"aws:username": "${aws:SourceIp}"}})], None),
        ([allow(Condition={"StringEquals": {"aws:username": "bob", "aws:SourceIp": "1"}})], False),
        ([allow(Condition={"StringEquals": {"aws:username": "ann"}})], True),
        ([allow(resource="arn:aws:dynamodb:us-east-1:123456789012:table/${aws:SourceVpc}")], None),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::${aws:SourceVpc}"}], None),
        ([allow(), allow(Condition={"StringEquals": {"aws:SourceVpc": "x"}})], True),
        ([allow(), deny("*", Condition={"StringNotEquals": {"aws:SourceVpc": "x"}})], None),
        ([allow(), deny("dynamodb:PutItem", Condition={"StringNotEquals": {"aws:SourceVpc": "x"}})], True),
        ([deny("*"), allow(Condition={"StringEquals": {"aws:SourceVpc": "x"}})], False),
        ([allow("s3:*", Condition={"StringEquals": {"aws:SourceVpc": "x"}})], False),
    ],
)
def test_what_depends_on_keys_that_are_not_told_is_not_decided(
    statements: list[dict[str, Any]], expected: bool | None
) -> None:
    assert policy(*statements).judges("dynamodb:GetItem", TABLE, {"aws:Username": "ann"}) is expected


@each(
    ("pattern", "example"),
    [
        ("*", "x:x:x:us-east-1:123456789012:x"),
        ("*", "q7:q7:q7:eu-south-2:000000000001:q7"),
        ("arn:aws:dynamodb:*", "arn:aws:dynamodb:us-east-1:123456789012:x"),
        ("arn:aws:dynamodb:us-*-1:*:table/o?ders-*", "arn:aws:dynamodb:us-east-1:123456789012:table/oxders-x"),
        ("arn:aws:dynamodb:us-*-1:*:table/o?ders-*", "arn:aws:dynamodb:us-q7-1:000000000001:table/oqders-q7"),
        ("arn:aws:dynamodb:eu-*:*:table/orders", "arn:aws:dynamodb:eu-x:123456789012:table/orders"),
        ("arn:aws:s3:::b/${*}/${?}", "arn:aws:s3:::b/*/?"),
    ],
)
def test_examples_of_each_resource_that_a_policy_names(pattern: str, example: str) -> None:
    allowing = policy(allow(resource=pattern))
    examples = allowing.examples("us-east-1", "123456789012")

    assert example in examples
    assert [one for one in examples if not allowing.allows("dynamodb:GetItem", one)] == []


def test_examples_of_resources_that_are_left_out() -> None:
    statement = {"Effect": "Allow", "Action": "*", "NotResource": [TABLE, "*"]}

    assert policy(statement).examples("us-east-1", "1")[:2] == [TABLE, "x:x:x:us-east-1:1:x"]
