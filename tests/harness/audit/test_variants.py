"""Changes that leave an account right."""

from __future__ import annotations

from dataclasses import replace

from harness import paths
from harness.account.reading import Answer, read_key
from harness.audit.variants import NEW_FIELD, OTHER_ACCOUNT_ID, OTHER_REGION, states, variants
from harness.grading import tape
from harness.grading.tape import Tape
from tests.support import EVERY_CHECK

TAPE = tape.read(paths.tape(EVERY_CHECK))
VARIANTS = dict(variants(TAPE, frozenset({"by-status", "expires_at"})))


def table(of: Tape) -> Answer:
    answer = of.readings[0].answer
    assert answer is not None
    found: Answer = answer["Table"]
    return found


def test_each_variant_differs_from_the_tape() -> None:
    assert [name for name, variant in VARIANTS.items() if variant == TAPE] == []


def test_lists_are_reordered_but_not_the_parts_of_a_sort_key() -> None:
    key = table(VARIANTS["lists in another order"])["GlobalSecondaryIndexes"][0]["KeySchema"]

    assert [part["AttributeName"] for part in key] == ["shelf", "box", "region", "warehouse"]


def test_free_names_alone_are_renamed() -> None:
    renamed = table(VARIANTS["other free names"])

    assert [one["IndexName"] for one in renamed["GlobalSecondaryIndexes"]] == ["by-status", "my-by-place"]
    assert renamed["KeySchema"][0]["AttributeName"] == "my-customer_id"


def test_attributes_are_renamed_in_filters_too() -> None:
    [answer] = [
        one.answer for one in VARIANTS["other free names"].readings if one.operation == "ListEventSourceMappings"
    ]

    assert answer is not None
    [pattern] = answer["EventSourceMappings"][0]["FilterCriteria"]["Filters"]
    assert pattern == {"Pattern": '{"dynamodb": {"NewImage": {"my-status": {"S": ["Shipped"]}}}}'}


def test_every_structure_has_a_new_field() -> None:
    changed = table(VARIANTS["unknown fields"])

    assert NEW_FIELD in changed
    assert NEW_FIELD in changed["KeySchema"][1]


def test_a_map_has_no_new_field() -> None:
    """What stands in a map is the user's own: an item with one more attribute is another item."""
    [scan] = [one for one in VARIANTS["unknown fields"].readings if one.operation == "Scan"]

    assert scan.answer is not None
    assert NEW_FIELD in scan.answer
    assert NEW_FIELD not in scan.answer["Items"][0]
    assert NEW_FIELD in scan.answer["Items"][0]["id"]


def test_another_account_and_region_are_so_everywhere() -> None:
    moved = VARIANTS["another account and Region"]

    assert (moved.stamp.account_id, moved.stamp.region) == (OTHER_ACCOUNT_ID, OTHER_REGION)
    assert f"{OTHER_REGION}:{OTHER_ACCOUNT_ID}" in table(moved)["TableArn"]
    text = tape.dumps(moved, items=True)
    assert TAPE.stamp.account_id not in text
    assert TAPE.stamp.region not in text


def test_what_is_in_another_region_stays_there() -> None:
    [first, *_] = TAPE.readings
    there = replace(first, region="eu-west-1", answer={"TableNames": ["in eu-west-1"]}, operation="ListTables")
    both = replace(TAPE, readings=(first, there))

    moved = dict(variants(both, frozenset({OTHER_REGION, "eu-west-1"})))["another account and Region"]

    assert moved.stamp.region not in (OTHER_REGION, "eu-west-1", TAPE.stamp.region)
    assert [one.region for one in moved.readings] == ["", "eu-west-1"]
    assert f":{moved.stamp.region}:" in table(moved)["TableArn"]
    assert moved.readings[1].answer == there.answer


def test_indexes_and_tags_are_added() -> None:
    more = table(VARIANTS["more indexes"])
    tags = VARIANTS["more tags"].readings[3].answer

    assert len(more["GlobalSecondaryIndexes"]) == len(table(TAPE)["GlobalSecondaryIndexes"]) + 1
    assert len(more["LocalSecondaryIndexes"]) == len(table(TAPE)["LocalSecondaryIndexes"]) + 1
    assert tags is not None
    assert len(tags["Tags"]) == 3


def test_every_changing_state_ends_when_it_is_looked_at_again() -> None:
    accounts = dict(states(TAPE))
    asked = ("dynamodb", "DescribeTimeToLive")
    parameters = {"TableName": "orders-student"}

    account = accounts["dynamodb DescribeTimeToLive TimeToLiveDescription.TimeToLiveStatus: ENABLING at first"]
    assert account.read(*asked, **parameters)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLING"
    account.forget([read_key(*asked, {"TableName": "another"})])
    assert account.read(*asked, **parameters)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLING"
    account.forget([read_key(*asked, parameters)])
    assert account.read(*asked, **parameters)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    assert "dynamodb DescribeTable Table.GlobalSecondaryIndexes[1].IndexStatus: CREATING at first" in accounts
    assert not [name for name in accounts if "DELETING" in name or "DISABLING" in name]
