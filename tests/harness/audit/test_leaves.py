"""Which changes are made of an answer: every leaf, by what AWS's model says it may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.account.session import service_model
from harness.audit.leaves import NEW_MEMBER, changes, without


def changed(answer: Any, operation: str = "DescribeTable") -> dict[tuple[str, str], Any]:
    shape = service_model("dynamodb").operation_model(operation).output_shape
    return {(change.path, change.name): change.value for change in changes(answer, shape)}


def test_an_enumeration_becomes_each_other_member_and_an_unknown_one() -> None:
    found = changed({"Table": {"KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}]}})

    path = "Table.KeySchema[0].KeyType"
    assert {name for where, name in found if where == path} == {"absent", "RANGE", "unknown member"}
    assert found[path, "RANGE"] == {"Table": {"KeySchema": [{"AttributeName": "PK", "KeyType": "RANGE"}]}}
    assert found[path, "unknown member"]["Table"]["KeySchema"][0]["KeyType"] == NEW_MEMBER
    assert found[path, "absent"] == {"Table": {"KeySchema": [{"AttributeName": "PK"}]}}


def test_every_state_that_the_model_knows_is_tried() -> None:
    found = changed({"Table": {"TableStatus": "ACTIVE"}})

    shape = service_model("dynamodb").shape_for("TableStatus")
    members = set(shape.enum) - {"ACTIVE"}  # type: ignore[attr-defined]
    assert {name for where, name in found if where == "Table.TableStatus"} == members | {"absent", "unknown member"}
    assert "ARCHIVED" in members


def test_texts_numbers_and_truths_become_others() -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    found = changed({"Table": {"TableName": "Orders", "ItemCount": 3, "DeletionProtectionEnabled": True}})
    found |= changed({"Table": {"ItemCount": 0, "CreationDateTime": time, "TableId": "7"}})

    names = {name: {change for where, change in found if where == f"Table.{name}"} for name in ("TableName", "TableId")}
    assert names["TableName"] == {"absent", "other text", "emptied", "other case"}
    assert names["TableId"] == {"absent", "other text", "emptied"}, "digits have no case"
    assert found["Table.TableName", "other case"]["Table"]["TableName"] == "oRDERS"
    assert found["Table.DeletionProtectionEnabled", "negated"]["Table"]["DeletionProtectionEnabled"] is False
    assert found["Table.ItemCount", "zero"]["Table"]["ItemCount"] == 0
    assert found["Table.ItemCount", "negated"]["Table"]["ItemCount"] == -3
    assert {found["Table.ItemCount", name]["Table"]["ItemCount"] for name in ("plus one", "minus one")} == {1, -1}
    assert found["Table.CreationDateTime", "a day later"]["Table"]["CreationDateTime"].day == 2


def test_elements_are_dropped_and_doubled_and_lists_emptied() -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    found = changed({"Tags": tags}, "ListTagsOfResource")

    assert found["Tags", "emptied"] == {"Tags": []}
    assert found["Tags[0]", "dropped"] == {"Tags": tags[1:]}
    assert found["Tags[1]", "doubled"] == {"Tags": [*tags, tags[1]]}
    assert ("Tags", "absent") in found


def test_what_the_model_does_not_know_is_changed_too() -> None:
    found = changed({"Table": {"FieldOfTomorrow": {"Depth": "deep"}}})

    assert {name for where, name in found if where == "Table.FieldOfTomorrow.Depth"} == {
        "absent",
        "other text",
        "emptied",
        "other case",
    }


def test_no_change_leaves_the_answer_as_it_was() -> None:
    answer = {
        "Table": {"TableName": "Orders", "ItemCount": 0, "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}
    }

    assert [key for key, value in changed(answer).items() if value == answer] == []


def test_fields_are_taken_away_by_their_paths() -> None:
    value = {"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}

    assert without(value, {"a", "b.d[0].e"}) == {"b": {"c": 2, "d": [{"f": 4}]}}


def test_a_field_of_aws_is_told_from_what_is_the_users_own() -> None:
    item = {"kind": {"S": "order"}, "lines": {"L": [{"M": {"sku": {"S": "s-7"}}}]}}
    shape = service_model("dynamodb").operation_model("Scan").output_shape
    answer = {"Items": [item], "Count": 1, "Invented": {"a": 1}}

    fields = {one.path: one.is_field for one in changes(answer, shape) if one.name == "absent"}

    assert {path for path, is_field in fields.items() if is_field} == {"Items", "Count"}
    assert {"Items[0].kind", "Items[0].kind.S", "Items[0].lines.L[0].M.sku", "Invented", "Invented.a"} <= fields.keys()
    assert not any(one.is_field for one in changes(answer, shape) if one.name != "absent")


def test_of_items_one_of_each_form_is_changed() -> None:
    def order(number: int) -> dict[str, Any]:
        return {"id": {"S": f"e-{number}"}, "lines": {"L": [{"S": "one"}, {"S": "two"}, {"N": "3"}]}}

    items = [order(0), order(1), {**order(2), "note": {"S": "new"}}, {**order(3), "id": {"N": "3"}}, order(4)]
    shape = service_model("dynamodb").operation_model("Scan").output_shape

    found = [(one.path, one.name) for one in changes({"Items": items}, shape)]

    assert [path for path, name in found if name == "dropped" and path.count("[") == 1] == [
        "Items[0]",
        "Items[2]",
        "Items[3]",
    ]
    assert {path for path, _ in found if path.startswith("Items[0].lines.L[")} >= {"Items[0].lines.L[0].S"}
    assert not [path for path, _ in found if path.startswith("Items[0].lines.L[1]")], "a text as the one before it"
    assert ("Items", "emptied") in found


def test_each_element_that_is_not_the_users_own_is_changed() -> None:
    key = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}]

    found = changed({"Table": {"KeySchema": key}})

    assert {path for path, name in found if name == "dropped"} == {"Table.KeySchema[0]", "Table.KeySchema[1]"}
