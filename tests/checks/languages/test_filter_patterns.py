"""Filters of event source mappings: which let something pass, and which shut everything out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.languages.filter_patterns import PatternError, Stream, shuts_out
from tests.each import each

BOTH = "NEW_AND_OLD_IMAGES"
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"


def stream(view_type: str = BOTH) -> Stream:
    return Stream(ARN, view_type, {"PK": "S", "SK": "N"})


@each(
    "pattern",
    [
        {},
        {"eventName": ["INSERT"]},
        {"eventName": ["insert", "MODIFY"]},
        {"eventName": [{"anything-but": ["REMOVE"]}]},
        {"eventName": [{"prefix": "INS"}]},
        {"eventName": [{"suffix": "FY"}]},
        {"eventName": [{"equals-ignore-case": "remove"}]},
        {"eventSource": ["aws:dynamodb"], "awsRegion": ["eu-west-1"]},
        {"eventName": ["REMOVE"], "userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}},
        {"userIdentity": [{"exists": False}]},
        {"eventName": ["REMOVE"], "dynamodb": {"NewImage": [{"exists": False}]}},
        {"dynamodb": {"NewImage": {"status": {"S": ["Shipped"]}}}},
        {"dynamodb": {"OldImage": {"status": {"S": [{"anything-but": "Shipped"}]}}}},
        {"dynamodb": {"NewImage": {"total": {"N": ["10", {"prefix": "2"}]}}}},
        {"dynamodb": {"NewImage": {"paid": {"BOOL": [True]}, "note": {"NULL": [True]}}}},
        {"dynamodb": {"NewImage": {"address": {"M": {"city": {"S": ["Graz"]}}}}}},
        {"dynamodb": {"NewImage": {"address": {"M": {"city": {"S": [{"exists": True}]}}}}}},
        {"dynamodb": {"NewImage": {"note": {"S": [{"exists": False}, "x"]}}}},
        {"dynamodb": {"Keys": {"PK": {"S": [{"prefix": "ORDER#"}]}}}},
        {"dynamodb": {"SizeBytes": [{"numeric": [">", 100]}], "StreamViewType": [BOTH]}},
        {"dynamodb": {"SizeBytes": [100, {"anything-but": [5]}]}},
        {"dynamodb": {"SizeBytes": [{"numeric": [">", 0, "<=", 5]}, -1]}},
        {"dynamodb": {"SizeBytes": [{"numeric": ["=", 5]}]}},
        {"dynamodb": {"SizeBytes": [{"numeric": [">=", 5, "<=", 5]}]}},
        {"dynamodb": {"SizeBytes": [{"numeric": ["<=", 0]}]}},
        {"dynamodb": {"Keys": {"SK": {"N": ["1"]}}, "NewImage": {"PK": {"S": ["x"]}, "SK": {"N": ["1"]}}}},
        {"eventSourceARN": [ARN], "eventVersion": ["1.1"]},
        {"eventName": [None, "INSERT"]},
        {"$or": [{"eventName": ["CREATE"]}, {"eventName": ["INSERT"]}]},
        {"dynamodb": {"$or": [{"NewImage": {"a": {"S": ["x"]}}}, {"OldImage": {"a": ["x"]}}]}},
    ],
)
def test_a_filter_that_lets_something_pass(pattern: dict[str, Any]) -> None:
    assert shuts_out(json.dumps(pattern), stream()) is None


@each(
    ("pattern", "view_type", "reason"),
    [
        ({"eventName": ["CREATE"]}, BOTH, 'eventName is never ["CREATE"]'),
        ({"eventName": ["insert"]}, BOTH, 'eventName is never ["insert"]'),
        ({"eventName": []}, BOTH, "eventName is never []"),
        ({"eventName": {"S": ["INSERT"]}}, BOTH, "eventName is a value, not an object"),
        ({"eventname": ["INSERT"]}, BOTH, "no such record has eventname"),
        ({"body": {"status": ["Shipped"]}}, BOTH, "no such record has body.status"),
        ({"NewImage": {"status": {"S": ["Shipped"]}}}, BOTH, "no such record has NewImage.status.S"),
        (
            {"dynamodb": {"NewImage": {"status": ["Shipped"]}}},
            BOTH,
            'dynamodb.NewImage.status is an object with its type, such as {"S": [...]}, and never one of the values',
        ),
        ({"dynamodb": {"NewImage": ["x"]}}, BOTH, "dynamodb.NewImage is an object, and never one of the values"),
        ({"dynamodb": {"NewImage": {"a": {"s": ["x"]}}}}, BOTH, "no such record has dynamodb.NewImage.a.s"),
        (
            {"dynamodb": {"NewImage": {"a": {"S": {"x": ["y"]}}}}},
            BOTH,
            "dynamodb.NewImage.a.S is a value, not an object",
        ),
        ({"dynamodb": {"NewImage": {"a": {"S": [True]}}}}, BOTH, "dynamodb.NewImage.a.S is never [true]"),
        ({"dynamodb": {"NewImage": {"a": {"BOOL": ["true"]}}}}, BOTH, 'dynamodb.NewImage.a.BOOL is never ["true"]'),
        (
            {"dynamodb": {"NewImage": {"total": {"N": [{"numeric": [">", 100]}]}}}},
            BOTH,
            'dynamodb.NewImage.total.N is never [{"numeric": [">", 100]}] (numbers come as text)',
        ),
        (
            {"dynamodb": {"NewImage": {"total": {"N": [10]}}}},
            BOTH,
            "dynamodb.NewImage.total.N is never [10] (numbers come as text)",
        ),
        ({"dynamodb": {"SizeBytes": ["100"]}}, BOTH, 'dynamodb.SizeBytes is never ["100"]'),
        ({"dynamodb": {"NewImage": {"a": {"S": ["x"]}}}}, "KEYS_ONLY", "no such record has dynamodb.NewImage.a.S"),
        ({"dynamodb": {"NewImage": {"a": {"S": ["x"]}}}}, "OLD_IMAGE", "no such record has dynamodb.NewImage.a.S"),
        ({"dynamodb": {"OldImage": {"a": {"S": ["x"]}}}}, "NEW_IMAGE", "no such record has dynamodb.OldImage.a.S"),
        (
            {"eventName": ["REMOVE"], "dynamodb": {"NewImage": {"a": {"S": ["x"]}}}},
            BOTH,
            "no such record has dynamodb.NewImage.a.S",
        ),
        (
            {"eventName": ["INSERT"], "userIdentity": {"type": ["Service"]}},
            BOTH,
            "no such record has userIdentity.type",
        ),
        ({"dynamodb": {"SizeBytes": [-1]}}, BOTH, "dynamodb.SizeBytes is never [-1]"),
        *(
            (
                {"dynamodb": {"SizeBytes": [{"numeric": numbers}]}},
                BOTH,
                f'dynamodb.SizeBytes is never [{{"numeric": {json.dumps(numbers)}}}]',
            )
            for numbers in (
                [">", 100, "<", 50],
                [">", 5, "<=", 5],
                [">=", 5, "<", 5],
                ["=", 5, ">", 5],
                ["=", -1],
                ["<", 0],
            )
        ),
        ({"dynamodb": {"NewImage": {"a": {"NULL": [False]}}}}, BOTH, "dynamodb.NewImage.a.NULL is never [false]"),
        ({"dynamodb": {"NewImage": {"a": {"S": [None]}}}}, BOTH, "dynamodb.NewImage.a.S is never [null]"),
        ({"dynamodb": {"Keys": {"pk": {"S": ["x"]}}}}, BOTH, "no such record has dynamodb.Keys.pk.S"),
        ({"dynamodb": {"Keys": {"PK": {"N": ["1"]}}}}, BOTH, "no such record has dynamodb.Keys.PK.N"),
        ({"dynamodb": {"NewImage": {"SK": {"S": ["x"]}}}}, BOTH, "no such record has dynamodb.NewImage.SK.S"),
        ({"awsRegion": ["us-east-1"]}, BOTH, 'awsRegion is never ["us-east-1"]'),
        (
            {"eventSourceARN": [ARN.replace("orders", "carts")]},
            BOTH,
            f'eventSourceARN is never ["{ARN.replace("orders", "carts")}"]',
        ),
        ({"userIdentity": {"type": ["User"]}}, BOTH, 'userIdentity.type is never ["User"]'),
        ({"$or": [{"eventName": ["CREATE"]}, {"eventName": ["DROP"]}]}, BOTH, "no alternative of $or can be"),
    ],
)
def test_a_filter_that_shuts_everything_out(pattern: dict[str, Any], view_type: str, reason: str) -> None:
    assert shuts_out(json.dumps(pattern), stream(view_type)) == reason


@each(
    ("pattern", "problem"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("[" * 100_000, "it is not JSON"),
        ('{"eventName": "INSERT"}', "eventName is neither an object nor a list"),
        ('{"eventName": [{"wildcard": "I*"}]}', 'the condition {"wildcard": "I*"} is not supported here'),
        ('{"eventName": [{"prefix": "I", "suffix": "T"}]}', "is not supported here"),
        ('{"dynamodb": {"SizeBytes": [NaN]}}', "it is not JSON"),
        ('{"eventName": [{"prefix": ["INS", "MOD"]}]}', 'the operand ["INS", "MOD"] is not supported here'),
        (
            '{"eventName": [{"suffix": {"equals-ignore-case": "rt"}}]}',
            'the operand {"equals-ignore-case": "rt"} is not supported here',
        ),
        ('{"eventName": [{"equals-ignore-case": ["insert"]}]}', 'the operand ["insert"] is not supported here'),
        (
            '{"eventName": [{"anything-but": {"prefix": "INS"}}]}',
            'the operand {"prefix": "INS"} is not supported here',
        ),
        (
            '{"dynamodb": {"NewImage": {"tags": {"L": {"S": ["x"]}}}}}',
            "dynamodb.NewImage.tags.L is a list, and filters that look into lists are not supported here",
        ),
        ('{"dynamodb": {"SizeBytes": [{"numeric": [">"]}]}}', '[">"] is not a range of numbers'),
        ('{"dynamodb": {"SizeBytes": [{"numeric": ["~", 5]}]}}', '["~", 5] is not a range of numbers'),
        ('{"dynamodb": {"SizeBytes": [{"numeric": [">", "5"]}]}}', '[">", "5"] is not a range of numbers'),
        ('{"dynamodb": {"SizeBytes": [{"numeric": [">", true]}]}}', '[">", true] is not a range of numbers'),
        ('{"eventName": [["INSERT"]]}', 'the condition ["INSERT"] is not supported here'),
    ],
)
def test_a_filter_that_cannot_be_judged(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError) as raised:
        shuts_out(pattern, stream())
    assert problem in str(raised.value)


def test_a_key_of_a_type_that_is_not_known_may_be_anything() -> None:
    unknown = Stream(ARN, BOTH, {"PK": ""})

    assert shuts_out('{"dynamodb": {"Keys": {"PK": {"N": ["1"]}}}}', unknown) is None
    assert shuts_out('{"dynamodb": {"Keys": {"SK": {"N": ["1"]}}}}', unknown) == "no such record has dynamodb.Keys.SK.N"
