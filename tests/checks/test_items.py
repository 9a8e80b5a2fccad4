"""Items: counted, of the right shape, different in an attribute; exactly, and with no more shown than is needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checks import items
from harness.account.reading import Reader
from harness.checking.check import REGISTRY, Context
from harness.checking.finding import Finding, Reason, Status
from harness.documents.schema import strict_validator
from harness.documents.strict_yaml import DefinitionError
from harness.labs.definition import load
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown
from tests.support import TABLE_ARN, Facts, denied, judge, not_found, table

KEY = {"PK": {"S": "CUSTOMER#7"}, "SK": {"S": "ORDER#1"}}
ORDER = {**KEY, "kind": {"S": "order"}, "total": {"N": "12.50"}}
REVIEW = {"PK": {"S": "PRODUCT#1"}, "SK": {"S": "REVIEW#1"}, "kind": {"S": "review"}}
IS_ORDER = {"required": ["kind"], "properties": {"kind": {"const": "order"}}}
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("items.count", {"minimum": 1}),
    ("items.shape", {"schema": {}}),
    ("items.distinct", {"attribute": "kind", "minimum": 1}),
    ("items.expiring", {"attribute": "expires", "minimum": 1}),
]


def judge_items(kind: str, *found: dict[str, Any], **parameters: Any) -> Finding:
    """What a check finds in a table with these items."""
    answers = {"DescribeTable": table(), "Scan": {"Items": list(found), "Count": 99, "ScannedCount": 99}}
    return judge(kind, answers, table="orders", **parameters)


def value(attribute: dict[str, Any], schema: dict[str, Any]) -> Finding:
    """What items.shape finds where one attribute must have a shape."""
    return judge_items(
        "items.shape", {**KEY, "it": attribute}, schema={"required": ["it"], "properties": {"it": schema}}
    )


def test_items_are_counted_and_not_what_the_answer_says_of_their_number() -> None:
    holds(
        judge_items("items.count", ORDER, REVIEW, minimum=2),
        "The table holds 2 items.",
        actual="2 of 2 items",
    )
    fails(
        judge_items("items.count", ORDER, REVIEW, minimum=3),
        "The table holds 2 items, fewer than 3.",
        expected="at least 3 items",
        actual="2 of 2 items",
        remedy="UnprocessedItems",
    )


def test_only_items_that_meet_the_condition_are_counted() -> None:
    holds(
        judge_items("items.count", ORDER, REVIEW, minimum=1, where=IS_ORDER),
        "The table holds 1 item of the required kind.",
        actual="1 of 2 items",
    )
    fails(
        judge_items("items.count", ORDER, REVIEW, minimum=2, where=IS_ORDER),
        "The table holds 1 item of the required kind, fewer than 2.",
        expected="at least 2 items of the required kind",
        actual="1 of 2 items",
        remedy="PutItem",
    )


NOW = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
"""When the runs of these tests begin."""


def expiring(*values: dict[str, Any], minimum: int = 1) -> Finding:
    """What a check finds where items expire at these times."""
    found = [{**KEY, "SK": {"S": f"ORDER#{number}"}, "expires": one} for number, one in enumerate(values)]
    return judge_items("items.expiring", REVIEW, *found, attribute="expires", minimum=minimum)


def test_items_that_expire_later_are_counted() -> None:
    past, soon, latest = {"N": str(NOW)}, {"N": str(NOW + 1)}, {"N": str(NOW + 36_600 * 86_400 - 1)}

    holds(
        expiring(past, soon, latest, minimum=2),
        "2 items will expire by expires.",
        actual=f"3 items with expires, the last at {latest['N']}",
    )
    fails(
        expiring(past, soon, minimum=2),
        "1 item will expire by expires, fewer than 2.",
        expected=f"at least 2 items with expires, a Number of epoch seconds after {NOW} (2026-01-01 12:00:00 UTC)",
        actual=f"2 items with expires, the last at {NOW + 1}",
        remedy="int(time.time())",
    )
    fails(
        expiring(),
        "0 items will expire by expires, fewer than 1.",
        expected=f"at least 1 item with expires, a Number of epoch seconds after {NOW} (2026-01-01 12:00:00 UTC)",
        actual="0 items with expires",
        remedy="a time in the future",
    )


@pytest.mark.parametrize(
    ("value", "is_what"),
    [
        ({"S": str(NOW + 99)}, "of the type S, which time to live ignores"),
        ({"N": str((NOW + 99) * 1000)}, f"{(NOW + 99) * 1000}, a number of milliseconds"),
        ({"N": str((NOW + 99) * 1000_000)}, f"{(NOW + 99) * 1000_000}, a number of something smaller than seconds"),
    ],
)
def test_what_time_to_live_cannot_understand_fails_beside_right_ones(value: dict[str, Any], is_what: str) -> None:
    fails(
        expiring({"N": str(NOW + 1)}, value),
        f"expires of the item PK 'CUSTOMER#7', SK 'ORDER#1' is {is_what}.",
        expected=f"at least 1 item with expires, a Number of epoch seconds after {NOW} (2026-01-01 12:00:00 UTC)",
        actual="1 of 2 items with expires have no valid time in it",
        remedy="a Number of seconds since 1970",
    )


def test_an_empty_table_holds_nothing() -> None:
    fails(
        judge_items("items.count", minimum=1),
        "The table holds 0 items, fewer than 1.",
        expected="at least 1 item",
        actual="0 of 0 items",
        remedy="PutItem",
    )


def test_items_of_the_right_shape_pass() -> None:
    schema = {"required": ["total"], "properties": {"total": {"type": "number", "minimum": 0}}}

    holds(
        judge_items("items.shape", ORDER, REVIEW, schema=schema, where=IS_ORDER),
        "1 item of the required kind, all of the required shape.",
        actual="1 of 2 items",
    )
    holds(
        judge_items("items.shape", ORDER, REVIEW, schema={"required": ["kind"]}),
        "2 items, all of the required shape.",
        actual="2 of 2 items",
    )


def test_the_first_wrong_item_is_named_by_its_key_with_what_is_wrong() -> None:
    schema = {"properties": {"total": {"type": "number"}}}
    wrong = [{**ORDER, "SK": {"S": f"ORDER#{number}"}, "total": {"S": "secret"}} for number in (3, 2, 4)]

    fails(
        judge_items("items.shape", ORDER, *wrong, schema=schema),
        "Of 4 items, 3 have the wrong shape.",
        expected="items that satisfy the lab's JSON Schema",
        actual="the item PK 'CUSTOMER#7', SK 'ORDER#2': at total: must be a number, not 'secret'.",
        remedy="check the types of their attributes",
    )


def test_no_item_is_of_no_shape() -> None:
    fails(
        judge_items("items.shape", schema={}),
        "The table holds no item.",
        expected="items that satisfy the lab's JSON Schema",
        actual="0 of 0 items",
        remedy="Write the items",
    )
    fails(
        judge_items("items.shape", REVIEW, schema={}, where=IS_ORDER),
        "The table holds no item of the required kind.",
        expected="items of the required kind that satisfy the lab's JSON Schema",
        actual="0 of 1 item",
        remedy="Write the items",
    )


PLAIN = [
    ({"S": "text"}, "text"),
    ({"N": "3"}, 3),
    ({"N": "3.0"}, 3),
    ({"N": "-0.10"}, -0.1),
    ({"N": "1E+2"}, 100),
    ({"N": "12345678901234567890123456789012345678"}, 12345678901234567890123456789012345678),
    ({"BOOL": True}, True),
    ({"BOOL": False}, False),
    ({"NULL": True}, None),
    ({"B": b"\x00x"}, "AHg="),
    ({"SS": ["b", "a"]}, ["a", "b"]),
    ({"NS": ["10", "9.5", "-1"]}, [-1, 9.5, 10]),
    ({"BS": [b"x", b"\x00x"]}, ["AHg=", "eA=="]),
    ({"L": [{"N": "1"}, {"L": []}, {"NULL": True}]}, [1, [], None]),
    ({"M": {"a": {"M": {"S": {"S": "deep"}}}, "N": {"N": "0"}}}, {"a": {"S": "deep"}, "N": 0}),
]


@pytest.mark.parametrize(("attribute", "plain"), PLAIN)
def test_values_are_plain(attribute: dict[str, Any], plain: Any) -> None:
    assert value(attribute, {"const": plain}).status is Status.PASS
    assert value(attribute, {"not": {"const": plain}}).status is Status.FAIL


@pytest.mark.parametrize(
    ("attribute", "kinds"),
    [
        ({"S": "3"}, {"string"}),
        ({"N": "3"}, {"number", "integer"}),
        ({"N": "3.00"}, {"number", "integer"}),
        ({"N": "1E+125"}, {"number", "integer"}),
        ({"N": "3.5"}, {"number"}),
        ({"N": "1E-130"}, {"number"}),
        ({"N": "-9." + "9" * 37 + "E+125"}, {"number", "integer"}),
        ({"N": "0"}, {"number", "integer"}),
        ({"BOOL": True}, {"boolean"}),
        ({"NULL": True}, {"null"}),
        ({"B": b"3"}, {"string"}),
        ({"SS": ["3"]}, {"array"}),
        ({"L": []}, {"array"}),
        ({"M": {}}, {"object"}),
    ],
)
def test_each_type_has_its_names_in_json_schema(attribute: dict[str, Any], kinds: set[str]) -> None:
    every = {"object", "array", "string", "number", "integer", "boolean", "null"}

    assert {kind for kind in every if value(attribute, {"type": kind}).status is Status.PASS} == kinds


@pytest.mark.parametrize(
    ("number", "schema", "right"),
    [
        ("0.1", {"minimum": 0.1}, True),
        ("0.1", {"exclusiveMinimum": 0.1}, False),
        ("0.3", {"maximum": 0.3}, True),
        ("0.1", {"const": 0.1}, True),
        ("0.10", {"enum": [0.1]}, True),
        ("0.1000000000000000055511151231257827", {"const": 0.1}, False),
        ("12.34", {"multipleOf": 0.01}, True),
        ("12.345", {"multipleOf": 0.01}, False),
        ("99999999999999999999999999999999999.99", {"multipleOf": 0.01}, True),
        ("99999999999999999999999999999999999.991", {"multipleOf": 0.01}, False),
        ("1E+125", {"multipleOf": 7}, False),
        ("1E-130", {"multipleOf": 0.5}, False),
        ("9007199254740993", {"maximum": 9007199254740992}, False),
        ("12345678901234567890123456789012345678", {"minimum": 12345678901234567890123456789012345678}, True),
        ("12345678901234567890123456789012345677", {"minimum": 12345678901234567890123456789012345678}, False),
        ("4", {"multipleOf": 2}, True),
        ("5", {"multipleOf": 2}, False),
    ],
)
def test_numbers_are_exact(number: str, schema: dict[str, Any], right: bool) -> None:
    assert value({"N": number}, schema).status is (Status.PASS if right else Status.FAIL)


@pytest.mark.parametrize(
    ("attribute", "schema", "what"),
    [
        ({"S": "x"}, {"type": "number"}, "at it: must be a number, not 'x'."),
        ({"N": "12.505"}, {"type": "integer"}, "at it: must be a whole number, not 12.505."),
        ({"N": "5"}, {"maximum": 4.5}, "at it: must be at most 4.5, not 5."),
        ({"N": "5"}, {"multipleOf": 0.3}, "at it: 5 breaks the rule 'multipleOf': 0.3."),
        ({"M": {"card": {"S": "4111"}}}, {"type": "string"}, "at it: must be text, not a mapping."),
        ({"L": [{"S": "4111"}]}, {"type": "string"}, "at it: must be text, not a list."),
        ({"SS": ["4111", "5"]}, {"items": {"maxLength": 1}}, "at it[0]: must not be longer than 1."),
        ({"BOOL": True}, {"type": ["string", "null"]}, "at it: must be text or null, not true."),
        ({"NULL": True}, {"type": "string"}, "at it: must be text, not null."),
        ({"S": "Shiped"}, {"enum": ["Shipped", "Pending"]}, "at it: must be one of Shipped, Pending, not 'Shiped'."),
        ({"S": "2024-1-1"}, {"pattern": "^[0-9]{4}-[0-9]{2}"}, "at it: '2024-1-1' does not have the form"),
        ({"S": "\u0663"}, {"pattern": "^\\d$"}, "at it: '\u0663' does not have the form"),
        ({"L": []}, {"minItems": 1}, "at it: must not be shorter than 1; its length is 0."),
        (
            {"S": "1/2/24"},
            {"pattern": "^[0-9-]+$", "title": "an ISO date"},
            "at it: must be an ISO date, not '1/2/24'.",
        ),
        ({"M": {"a": {"M": {}}}}, {"properties": {"a": {"required": ["b"]}}}, "at it.a: missing: 'b'."),
        ({"M": {"b": {"S": "4111"}}}, {"additionalProperties": False}, "at it.b: 'b' is not known here."),
        ({"L": [{"N": "1"}, {"N": "1.0"}]}, {"uniqueItems": True}, "at it: duplicate value."),
        ({"L": [{"N": "1"}]}, {"contains": {"const": 2}}, "at it: a list breaks the rule 'contains'"),
        ({"N": "1"}, {"anyOf": [{"type": "string"}, {"minimum": 5}]}, "at it: 1 breaks the rule 'anyOf': "),
        ({"S": "y" * 200}, {"maxLength": 3}, "at it: must not be longer than 3."),
        ({"S": "y" * 200}, {"type": "number"}, f"at it: must be a number, not '{'y' * 56}...."),
        ({"S": "\x1b[31m\u202e"}, {"type": "number"}, r"at it: must be a number, not '\x1b[31m\u202e'."),
    ],
)
def test_what_is_wrong_is_said_without_the_item(attribute: dict[str, Any], schema: dict[str, Any], what: str) -> None:
    finding = value(attribute, schema)

    assert finding.status is Status.FAIL
    assert finding.actual.startswith(f"the item PK 'CUSTOMER#7', SK 'ORDER#1': {what}")
    assert "4111" not in finding.actual
    assert len(finding.actual) < 250


def test_a_key_of_another_type_is_shown_too() -> None:
    description = table(KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    for key, shown in (({"N": "7.50"}, "id 7.50"), ({"B": b"\x00x"}, "id 'AHg='")):
        answers = {"DescribeTable": description, "Scan": {"Items": [{"id": key}]}}
        finding = judge("items.shape", answers, table="orders", schema={"required": ["total"]})

        assert finding.actual == f"the item {shown}: missing: 'total'."


def test_a_pattern_ends_where_the_text_ends() -> None:
    assert value({"S": "a1"}, {"pattern": "^a[0-9]$"}).status is Status.PASS
    assert value({"S": "a1\n"}, {"pattern": "^a[0-9]$"}).status is Status.FAIL
    assert value({"S": "xa1"}, {"pattern": "a"}).status is Status.PASS


def test_a_pattern_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "PATTERN_SECONDS", 0.05)

    finding = value({"S": "a" * 64 + "!"}, {"pattern": "^(a|aa)+$"})

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert finding.message == "The lab's pattern ^(a|aa)+$ takes too long on an item."


def test_different_values_are_counted_once() -> None:
    found = [{**ORDER, "it": one} for one, _ in PLAIN]

    finding = judge_items("items.distinct", *found, *found, ORDER, attribute="it", minimum=14)

    holds(finding, "The attribute it has 14 different values.", actual="14 values in 30 items that have it")


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ({"N": "1"}, {"N": "1.00"}, False),
        ({"N": "100"}, {"N": "1E+2"}, False),
        ({"N": "1"}, {"S": "1"}, True),
        ({"N": "1"}, {"BOOL": True}, True),
        ({"S": "a"}, {"S": "A"}, True),
        ({"S": "x"}, {"B": b"x"}, True),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, False),
        ({"NS": ["1", "2"]}, {"NS": ["2.0", "1"]}, False),
        ({"BS": [b"a"]}, {"BS": [b"b"]}, True),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}, True),
        ({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}, {"N": "1"}]}, True),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.0"}]}, False),
        ({"M": {"a": {"N": "1"}, "b": {"S": "x"}}}, {"M": {"b": {"S": "x"}, "a": {"N": "1.0"}}}, False),
        ({"M": {"a": {"N": "1"}}}, {"M": {"b": {"N": "1"}}}, True),
        (
            {"N": "12345678901234567890123456789012345678"},
            {"N": "12345678901234567890123456789012345679"},
            True,
        ),
    ],
)
def test_values_differ_as_dynamodb_sees_it(one: dict[str, Any], other: dict[str, Any], different: bool) -> None:
    found = [{**KEY, "it": one}, {**KEY, "it": other}]

    status = judge_items("items.distinct", *found, attribute="it", minimum=2).status

    assert status is (Status.PASS if different else Status.FAIL)


def test_too_few_different_values_fail() -> None:
    found = [ORDER, ORDER, REVIEW]

    fails(
        judge_items("items.distinct", *found, attribute="kind", minimum=3),
        "The attribute kind has 2 different values, fewer than 3.",
        expected="at least 3 different values",
        actual="2 values in 3 items that have it",
        remedy="Names of attributes are case-sensitive",
    )
    fails(
        judge_items("items.distinct", *found, attribute="kind", minimum=2, where=IS_ORDER),
        "The attribute kind has 1 different value, fewer than 2.",
        expected="at least 2 different values",
        actual="1 value in 2 items of the required kind that have it",
        remedy="Write items",
    )
    fails(
        judge_items("items.distinct", *found, attribute="Kind", minimum=1),
        "The attribute Kind has 0 different values, fewer than 1.",
        expected="at least 1 different value",
        actual="0 values in 0 items that have it",
        remedy="case-sensitive",
    )


@pytest.mark.parametrize("attribute", [{"V": "x"}, {}, {"S": "x", "N": "1"}])
def test_a_type_of_the_future_is_no_verdict(attribute: dict[str, Any]) -> None:
    message = "An item holds a value of a type that this version does not know."

    is_unknown(value(attribute, {}), message)
    is_unknown(judge_items("items.distinct", {**KEY, "it": attribute}, attribute="it", minimum=1), message)
    is_unknown(judge_items("items.count", {**KEY, "it": attribute}, minimum=1, where={}), message)
    assert judge_items("items.count", {**KEY, "it": attribute}, minimum=1).status is Status.PASS


@pytest.mark.parametrize(
    "number", ["", "3x", "NaN", "Infinity", "-sNaN", "1E+126", "1E-131", "9" * 39, "1E+999999999", "1E-999999999"]
)
def test_a_number_that_is_none_is_no_verdict(number: str) -> None:
    message = "An item holds a number that DynamoDB cannot hold."

    is_unknown(value({"N": number}, {}), message)
    is_unknown(value({"NS": [number]}, {}), message)
    is_unknown(judge_items("items.distinct", {"it": {"N": number}}, attribute="it", minimum=1), message)


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_a_new_table_is_waited_for(kind: str, parameters: dict[str, Any]) -> None:
    answers = {
        "DescribeTable": [table(TableStatus="CREATING"), table()],
        "Scan": {"Items": [{**ORDER, "expires": {"N": str(NOW + 1)}}]},
    }
    message = "The table is still being created, so its items cannot be read yet."

    is_pending(
        judge(kind, {**answers, "DescribeTable": list(answers["DescribeTable"])}, table="orders", **parameters), message
    )
    assert judge(kind, answers, wait_seconds=60, table="orders", **parameters).status is Status.PASS


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_a_table_that_is_being_changed_has_its_items(kind: str, parameters: dict[str, Any]) -> None:
    answers = {
        "DescribeTable": table(TableStatus="UPDATING"),
        "Scan": {"Items": [{**ORDER, "expires": {"N": str(NOW + 1)}}]},
    }

    assert judge(kind, answers, table="orders", **parameters).status is Status.PASS


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_a_table_that_is_going_or_gone_fails(kind: str, parameters: dict[str, Any]) -> None:
    is_missing(judge(kind, {"DescribeTable": not_found()}, table="orders", **parameters))
    is_missing(judge(kind, {"DescribeTable": table(), "Scan": not_found("Scan")}, table="orders", **parameters))
    deleting = judge(kind, {"DescribeTable": table(TableStatus="DELETING")}, table="orders", **parameters)
    assert (deleting.status, deleting.message) == (Status.FAIL, "The table orders is being deleted.")


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_denied_is_no_verdict(kind: str, parameters: dict[str, Any]) -> None:
    is_denied(
        judge(kind, {"DescribeTable": denied("DescribeTable")}, table="orders", **parameters), "dynamodb:DescribeTable"
    )
    is_denied(
        judge(kind, {"DescribeTable": table(), "Scan": denied("Scan")}, table="orders", **parameters), "dynamodb:Scan"
    )


def test_the_table_is_read_consistently() -> None:
    facts = Facts({"DescribeTable": table(), "Scan": {"Items": [ORDER]}})

    evidence = REGISTRY["items.count"].function(Context(Reader(facts)), table="orders", minimum=1)

    assert evidence.resource == TABLE_ARN
    assert facts.asked[-1] == ("dynamodb", "Scan", {"TableName": "orders", "ConsistentRead": True})


LAB = """\
schema_version: 1
id: lab
title: A lab
summary: About it.
names: {table_name: "shop-${student_id}"}
tasks:
  - id: first
    title: First
    description: Fill it.
    hints: [Fill it.]
    checks:
      - id: shape
        kind: items.shape
        points: 100
        with:
          table: ${table_name}
          schema:
"""


def refusals(folder: Path, schema: str) -> list[str]:
    """Why a definition with this JSON Schema is refused."""
    file = folder / "lab.yaml"
    file.write_text(LAB + "".join(f"            {line}\n" for line in schema.splitlines()), "utf-8")
    try:
        load(file, student_id="ann", account_id="1" * 12, region="us-east-1")
    except DefinitionError as error:
        return [str(problem).removeprefix(f"{file}:") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("requird: [total]", "18: at {0}.requird: 'requird' is not known here. Did you mean 'required'? Allowed: "),
        ("type: objekt", "18: at {0}.type: must be one of object, array, string, number, integer, boolean, null, not"),
        ("type: [string, text]", "18: at {0}.type[1]: must be one of object, array, string,"),
        ("properties:\n  total: number", '19: at {0}.properties.total: must be a mapping, not "number".'),
        ("properties:\n  total:\n    minimum: few", "20: at {0}.properties.total.minimum: must be a number, not"),
        ("items:\n  allOf:\n    - maxItems: -1", "20: at {0}.items.allOf[0].maxItems: must be at least 0, not -1."),
        ("additionalProperties:\n  typ: string", "19: at {0}.additionalProperties.typ: 'typ' is not known here."),
        (
            "if: {}\nthen:\n  not:\n    enum: []",
            "21: at {0}.then.not.enum: must not be shorter than 1; its length is 0.",
        ),
        ("multipleOf: 0", "18: at {0}.multipleOf: 0 breaks the rule 'exclusiveMinimum': 0."),
        ("minLength: 2.0", "18: at {0}.minLength: must be a whole number, not 2.0."),
        ("pattern: '['", '18: at {0}.pattern: "[" is not a regular expression that can be used here.'),
        ("pattern: 'a{100000}'", '18: at {0}.pattern: "a{100000}" is not a regular expression that can be used here.'),
        ("$ref: https://example.com/schema.json", "18: at {0}.$ref: '$ref' is not known here. Allowed: "),
        ("$ref: '#'", "18: at {0}.$ref: '$ref' is not known here. Allowed: "),
        ("format: date", "18: at {0}.format: 'format' is not known here."),
        ("patternProperties: {a: {}}", "18: at {0}.patternProperties: 'patternProperties' is not known here."),
    ],
)
def test_a_broken_schema_is_refused_where_it_stands(tmp_path: Path, schema: str, problem: str) -> None:
    [told] = refusals(tmp_path, schema)

    assert told.startswith(problem.replace("{0}", "tasks[0].checks[0].with.schema"))


def test_every_keyword_that_is_allowed_is_one_of_json_schema() -> None:
    """Whatever the schema of schemas lets through, the validator can use."""
    known = set(Draft202012Validator(True).VALIDATORS) | {"title", "description", "then", "else"}

    assert set(items.SCHEMA["properties"]) <= known
    assert {name for name in known - set(items.SCHEMA["properties"]) if not name.startswith("$")} == {
        *("dependentSchemas", "format", "patternProperties", "prefixItems"),
        *("unevaluatedItems", "unevaluatedProperties"),
    }


def test_a_schema_with_everything_is_accepted(tmp_path: Path) -> None:
    parts: dict[str, Any] = {name: {} for name in ("not", "if", "then", "else", "propertyNames", "contains", "items")}
    every: dict[str, Any] = {
        **parts,
        **{name: [{}] for name in ("allOf", "anyOf", "oneOf")},
        **{name: 3 for name in items.SCHEMA["properties"] if name.startswith(("min", "max", "exclusive", "multiple"))},
        "title": "t",
        "description": "d",
        "type": ["object", "null"],
        "enum": [None, 1.5, {}],
        "const": None,
        "properties": {"a": {"additionalProperties": False, "items": True}},
        "additionalProperties": {"type": "string"},
        "required": ["a"],
        "dependentRequired": {"a": ["b"]},
        "uniqueItems": True,
        "pattern": "^a$",
    }

    assert set(every) == set(items.SCHEMA["properties"])
    assert refusals(tmp_path, json.dumps(every)) == []


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
NAMES = st.lists(st.sampled_from(["PK", "it1", "it14", "other"]), unique=True)
COUNTS = [name for name, one in items.SCHEMA["properties"].items() if one == {"type": "integer", "minimum": 0}]
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
PLAIN_KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(LIMITS, st.sampled_from([-1, 0, 2.5, 1e30])),
    **dict.fromkeys(COUNTS, st.integers(0, 4)),
    "title": st.text(),
    "description": st.text(),
    "type": st.sampled_from(["object", "array", "string", "number", "integer", ["boolean", "null"]]),
    "enum": st.lists(LEAVES, min_size=1),
    "const": LEAVES,
    "required": NAMES,
    "dependentRequired": st.dictionaries(st.sampled_from(["PK", "it1"]), NAMES),
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^t", "[0-9]+$", "(?i)X"]),
    "multipleOf": st.sampled_from([0.01, 3, 1e-30, 7.5]),
}


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A schema with any keywords, of the schemas inside it."""
    every = {
        **PLAIN_KEYWORDS,
        **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), inner),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), st.lists(inner, min_size=1, max_size=2)),
        **dict.fromkeys(("items", "additionalProperties"), inner | st.booleans()),
        "properties": st.dictionaries(st.sampled_from(["PK", "it1", "it14", "deep"]), inner),
    }
    assert set(every) == set(items.SCHEMA["properties"])
    some = st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: every[name] for name in names}))


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(schema=st.recursive(st.just({}), larger, max_leaves=6))
def test_whatever_schema_is_accepted_can_judge_items(schema: dict[str, Any]) -> None:
    found = [{**KEY, f"it{number}": one} for number, (one, _) in enumerate(PLAIN)]

    assert strict_validator(items.SCHEMA).is_valid(schema)
    assert judge_items("items.shape", *found, schema=schema).status in (Status.PASS, Status.FAIL)
