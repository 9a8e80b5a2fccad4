"""Changes that leave an account as right as before, so no verdict may change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from harness.account.reading import ReadKey, fields
from harness.account.regions import known_regions
from harness.account.session import service_model
from harness.driving.evidence import CallRecord, Change
from harness.grading.tape import Tape, TapeAccount

CHANGING = frozenset({"CREATING", "UPDATING", "ENABLING", "IN_PROGRESS", "Creating", "Updating"})
"""States that change into the one that a resource has afterwards."""

NAMES = frozenset({"AttributeName", "IndexName", "NonKeyAttributes"})
ITEMS = frozenset({"Keys", "NewImage", "OldImage"})
"""Where the records of a stream hold items."""
BY_INDEX = "GlobalSecondaryIndexName"
OTHER_ACCOUNT_ID = "210987654321"
OTHER_REGION = "eu-central-2"
NEW_FIELD = "FieldOfTomorrow"

Replace = Callable[[Any, Shape | None], Any]
"""Makes another answer from an answer and its shape."""


def variants(tape: Tape, fixed: frozenset[str]) -> Iterator[tuple[str, Tape]]:
    """Tapes of accounts that are as right as the account of the given tape, each with a name.

    Args:
        fixed: names that the definition requires; all others are free.
    """
    yield "lists in another order", _answers(tape, lambda value, _: _reordered(value))
    yield "unknown fields", _answers(tape, _with_new_fields)
    yield "another account and Region", _elsewhere(tape, fixed)
    yield "other free names", _with_renamed_items(_answers(tape, lambda value, _: _renamed(value, fixed)), fixed)
    yield "more tags", _answers(tape, lambda value, _: _with_more_tags(value))
    yield "more indexes", _answers(tape, lambda value, _: _with_more_indexes(value))
    yield "more alarms", _answers(tape, lambda value, _: _with_more_alarms(value))


def states(tape: Tape) -> Iterator[tuple[str, TapeAccount]]:
    """Accounts in which one thing is still changing when a check looks at it first, and no longer when it looks
    again."""
    for number, reading in enumerate(tape.readings):
        if reading.answer is None:
            continue
        shape = service_model(reading.service).operation_model(reading.operation).output_shape
        for path, state, answer in _changing(reading.answer, shape, ""):
            asked = (reading.service, reading.operation, reading.parameters)
            changed = replace(reading, answer=fields(answer, *asked))
            first = replace(tape, readings=(*tape.readings[:number], changed, *tape.readings[number + 1 :]))
            yield f"{reading.called} {path}: {state} at first", _Later(first, tape, reading.key)


class _Later(TapeAccount):
    """An account that changes when one of its reads is repeated."""

    def __init__(self, first: Tape, later: Tape, key: ReadKey) -> None:
        super().__init__(first)
        self._later = later
        self._key = key

    def forget(self, keys: Iterable[ReadKey]) -> None:
        if self._key in keys:
            super().__init__(self._later)


def _answers(tape: Tape, change: Replace) -> Tape:
    """The tape with a change made to every answer."""
    readings = []
    for one in tape.readings:
        if one.answer is None:
            readings.append(one)
            continue
        answer = change(one.answer, service_model(one.service).operation_model(one.operation).output_shape)
        readings.append(replace(one, answer=fields(answer, one.service, one.operation, one.parameters)))
    return replace(tape, readings=tuple(readings))


def _reordered(value: Any) -> Any:
    """Every list in reverse order. The parts of an index's key keep their order within their role, where it matters."""
    if isinstance(value, Mapping):
        return {
            name: sorted(map(_reordered, inner), key=lambda part: str(part["KeyType"]), reverse=True)
            if name == "KeySchema"
            else _reordered(inner)
            for name, inner in reversed(list(value.items()))
        }
    return [_reordered(inner) for inner in reversed(value)] if isinstance(value, list) else value


def _with_new_fields(value: Any, shape: Shape | None) -> Any:
    """A new field in every structure. In a map, such as an item, the user chooses the names, as in a policy."""
    if isinstance(value, list):
        return [_with_new_fields(inner, shape.member if isinstance(shape, ListShape) else None) for inner in value]
    if not isinstance(value, Mapping) or isinstance(shape, StringShape):
        return value
    if isinstance(shape, MapShape):
        return {name: _with_new_fields(inner, shape.value) for name, inner in value.items()}
    members = shape.members if isinstance(shape, StructureShape) else {}
    told = {name: _with_new_fields(inner, members.get(name)) for name, inner in value.items()}
    return {**told, NEW_FIELD: {"Status": "NEW"}}


def _elsewhere(tape: Tape, fixed: frozenset[str]) -> Tape:
    """The same account with another id, and with another Region, which the definition does not name, as the run's
    own."""
    stamp = tape.stamp
    region = next(one for one in (OTHER_REGION, *sorted(known_regions())) if one not in {*fixed, stamp.region})
    pattern = re.compile("|".join(re.escape(one) for one in (stamp.account_id, stamp.region) if one))
    words = {stamp.account_id: OTHER_ACCOUNT_ID, stamp.region: region}

    def moved(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: moved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        return pattern.sub(lambda match: words[match[0]], value) if isinstance(value, str) else value

    readings = []
    for one in _answers(tape, lambda value, _: moved(value)).readings:
        parameters = moved(one.parameters)
        answer = None if one.answer is None else fields(one.answer, one.service, one.operation, parameters)
        readings.append(replace(one, parameters=parameters, answer=answer))
    there = replace(stamp, account_id=OTHER_ACCOUNT_ID, region=region)
    evidence = {
        name: one if isinstance(one, str) else replace(one, driven=moved(one.driven))
        for name, one in tape.evidence.items()
    }
    return replace(
        tape, stamp=there, provisioning=moved(tape.provisioning), readings=tuple(readings), evidence=evidence
    )


def _renamed(value: Any, fixed: frozenset[str], name: str = "") -> Any:
    if isinstance(value, Mapping):
        if value.get("Name") == BY_INDEX:
            name = "IndexName"
        return {key: _renamed(inner, fixed, name if key == "Value" else key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, fixed, name) for inner in value]
    if name == "Pattern":
        return json.dumps(_with_renamed_attributes(json.loads(value), fixed))
    return f"my-{value}" if name in NAMES and value not in fixed else value


def _with_renamed_items(tape: Tape, fixed: frozenset[str]) -> Tape:
    """The items whose changes were recorded, with new names for their attributes."""

    def item(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        return value and {one if one in fixed else f"my-{one}": inner for one, inner in value.items()}

    def change(one: Change) -> Change:
        return replace(one, before=item(one.before), after=item(one.after))

    def called(one: CallRecord) -> CallRecord:
        if one.changes is None:
            return one
        return replace(one, changes=tuple(map(change, one.changes)))

    evidence = {
        name: one if isinstance(one, str) else replace(one, calls=tuple(map(called, one.calls)))
        for name, one in tape.evidence.items()
    }
    return replace(tape, evidence=evidence)


def _with_renamed_attributes(pattern: Any, fixed: frozenset[str]) -> Any:
    """The filter of a mapping, with the new names of the attributes that it uses."""
    if not isinstance(pattern, dict):
        return pattern
    return {
        name: {one if one in fixed else f"my-{one}": condition for one, condition in inner.items()}
        if name in ITEMS and isinstance(inner, dict)
        else _with_renamed_attributes(inner, fixed)
        for name, inner in pattern.items()
    }


def _with_more_tags(answer: Any) -> Any:
    return {**answer, "Tags": [{"Key": "team", "Value": "7"}, *answer["Tags"]]} if "Tags" in answer else answer


def _with_more_alarms(answer: Any) -> Any:
    """One alarm on another table, and one that auto scaling made on this one."""
    if not answer.get("MetricAlarms"):
        return answer
    first = answer["MetricAlarms"][0]
    other = {**first, "MetricName": "ConsumedReadCapacityUnits", "Namespace": "AWS/DynamoDB"}
    scaling = {
        **other,
        "AlarmName": "TargetTracking-table/music-AlarmHigh-1",
        "AlarmActions": ["arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:resource/dynamodb/table/music"],
    }
    more = [{**other, "AlarmName": "one-more", "Dimensions": [{"Name": "TableName", "Value": "another"}]}, scaling]
    return {**answer, "MetricAlarms": [*more, *answer["MetricAlarms"]]}


def _with_more_indexes(answer: Any) -> Any:
    """One more index of each kind, as AWS would describe it, with alarms if there are alarms on indexes."""
    if "MetricAlarms" in answer:
        alarms = answer["MetricAlarms"]
        return {**answer, "MetricAlarms": [*alarms, *(_of_index(one) for one in alarms if BY_INDEX in str(one))]}
    if "Table" not in answer:
        return answer
    table = answer["Table"]
    key = next(part for part in table["KeySchema"] if part["KeyType"] == "HASH")
    more = {
        "IndexName": "one-more",
        "KeySchema": [key, {"AttributeName": "one-more-key", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
        "IndexArn": f"{table['TableArn']}/index/one-more",
    }
    changed = {
        **table,
        "AttributeDefinitions": [
            *table["AttributeDefinitions"],
            {"AttributeName": "one-more-key", "AttributeType": "B"},
        ],
        "GlobalSecondaryIndexes": [*table.get("GlobalSecondaryIndexes", ()), {**more, "IndexStatus": "ACTIVE"}],
    }
    if len(table["KeySchema"]) == 2:
        local = {**more, "IndexName": "one-more-local"}
        changed["LocalSecondaryIndexes"] = [*table.get("LocalSecondaryIndexes", ()), local]
    return {**answer, "Table": changed}


def _of_index(value: Any, name: str = "") -> Any:
    """An alarm on indexes, changed to one on the index `one-more`."""
    if isinstance(value, Mapping):
        name = BY_INDEX if value.get("Name") == BY_INDEX else ""
        return {key: _of_index(inner, name if key == "Value" else "") for key, inner in value.items()}
    if isinstance(value, list):
        return [_of_index(inner) for inner in value]
    return "one-more" if name else value


def _changing(value: Any, shape: Shape | None, path: str) -> Iterator[tuple[str, str, Any]]:
    """Path, state and whole of every answer in which one state is still changing."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            member = shape.members.get(name) if isinstance(shape, StructureShape) else None
            member = shape.value if isinstance(shape, MapShape) else member
            for below, state, changed in _changing(inner, member, f"{path}.{name}" if path else name):
                yield below, state, {**value, name: changed}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            member = shape.member if isinstance(shape, ListShape) else None
            for below, state, changed in _changing(inner, member, f"{path}[{index}]"):
                yield below, state, [*value[:index], changed, *value[index + 1 :]]
    elif isinstance(shape, StringShape) and value not in CHANGING:
        for state in shape.enum:
            if state in CHANGING:
                yield path, state, state
