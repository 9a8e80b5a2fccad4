"""What DynamoDB refuses in a request and moto lets through, so that the embedded account refuses it too.

Only what AWS refuses for sure stands here: limits that AWS raises on request (the number of indexes) are left to the
checks. Where AWS's own words are known, the messages use them, so that a student finds them explained elsewhere.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

from harness.aws.session import service_model

RULED = frozenset({"CreateTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"})
INVALID = "One or more parameter values were invalid: "
VALIDATION = "ValidationException"

DescribeTable = Callable[[str], Mapping[str, Any] | None]
"""What DescribeTable says of a table by its name or ARN; None where there is no such table."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's error code and message."""

    code: str
    message: str


def refusal(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Refusal | None:
    """Why AWS would refuse a DynamoDB request that moto may accept, or None.

    Args:
        operation: one of RULED.
        parameters: as they crossed the wire.
        describe: tells what there is already.
    """
    shape = service_model("dynamodb").operation_model(operation).input_shape
    for message in _outside_the_model(parameters, shape, ""):
        return Refusal(VALIDATION, f"1 validation error detected: {message}")
    if operation == "CreateTable":
        messages = _problems_of_a_new_table(parameters)
    elif operation == "UpdateTable":
        if len(_online_changes(parameters)) > 1:
            return Refusal(
                "LimitExceededException",
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
            )
        table = describe(str(parameters.get("TableName"))) or {}
        there = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())}
        if {change["Delete"]["IndexName"] for change in _online_changes(parameters) if "Delete" in change} - there:
            return Refusal("ResourceNotFoundException", "Requested resource not found")
        messages = _problems_of_an_update(parameters, table)
    else:
        return None
    for message in messages:
        return Refusal(VALIDATION, message)
    return None


def _outside_the_model(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """Values that AWS's own model of the request does not allow."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _outside_the_model(inner, shape.members.get(name), f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from _outside(len(value), shape, path, value, "length")
        for number, inner in enumerate(value, 1):
            yield from _outside_the_model(inner, shape.member, f"{path}.{number}.member")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        where = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
        pattern = shape.metadata.get("pattern")
        if shape.enum and value not in shape.enum:
            yield f"{where} satisfy enum value set: [{', '.join(shape.enum)}]"
        if pattern and not re.fullmatch(pattern, value):
            yield f"{where} satisfy regular expression pattern: {pattern}"
        yield from _outside(len(value), shape, path, value, "length")
    elif shape is not None and shape.type_name in ("integer", "long") and isinstance(value, int):
        yield from _outside(value, shape, path, value, "value")


def _outside(size: int, shape: Shape, path: str, value: Any, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    where = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have {what}"
    if least is not None and size < least:
        yield f"{where} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{where} less than or equal to {most}"


def _problems_of_a_new_table(parameters: Mapping[str, Any]) -> Iterator[str]:
    local = parameters.get("LocalSecondaryIndexes") or []
    every = parameters.get("GlobalSecondaryIndexes") or []
    yield from _problems_of_a_key(parameters.get("KeySchema") or [])
    names = [index["IndexName"] for index in (*local, *every)]
    for name in names:
        if names.count(name) > 1:
            yield f"{INVALID}Duplicate index name: {name}"
    for index in (*local, *every):
        yield from _problems_of_an_index(index)
    for index in every:
        yield from _problems_of_a_capacity(index, parameters.get("BillingMode"))
    yield from _problems_of_a_stream(parameters)


def _problems_of_an_update(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    yield from _problems_of_a_stream(parameters)
    defined = {one["AttributeName"]: one["AttributeType"] for one in table.get("AttributeDefinitions", ())}
    for one in parameters.get("AttributeDefinitions") or ():
        name, kind = one["AttributeName"], one["AttributeType"]
        if defined.setdefault(name, kind) != kind:
            yield f"{INVALID}The attribute {name} is of type {defined[name]} already, and cannot be of type {kind} too"
    there = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())]
    there += [index["IndexName"] for index in table.get("LocalSecondaryIndexes", ())]
    for change in _online_changes(parameters):
        if (index := change.get("Create")) is None:
            continue
        if index["IndexName"] in there:
            yield f"{INVALID}Attempting to create an index which already exists"
        yield from _problems_of_an_index(index)
        mode = table.get("BillingModeSummary", {}).get("BillingMode")
        yield from _problems_of_a_capacity(index, parameters.get("BillingMode", mode))
        if unknown := [part["AttributeName"] for part in index["KeySchema"] if part["AttributeName"] not in defined]:
            yield (
                f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
                f"Keys: [{', '.join(unknown)}]"
            )


def _online_changes(parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those changes of global indexes of which AWS makes one at a time."""
    return [
        change
        for change in parameters.get("GlobalSecondaryIndexUpdates") or ()
        if "Create" in change or "Delete" in change
    ]


def _problems_of_a_key(key_schema: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The partition key's attributes come first, and no attribute stands twice."""
    roles = [part["KeyType"] for part in key_schema]
    names = [part["AttributeName"] for part in key_schema]
    if roles and roles[0] != "HASH":
        yield "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    if roles != sorted(roles):
        yield "Invalid KeySchema: The HASH key types must come before the RANGE key types"
    if len(set(names)) < len(names):
        yield "Both the Hash Key and the Range Key element in the KeySchema have the same name"


def _problems_of_an_index(index: Mapping[str, Any]) -> Iterator[str]:
    yield from _problems_of_a_key(index["KeySchema"])
    projection = index.get("Projection") or {}
    kind, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        yield f"{INVALID}Unknown ProjectionType: null"
    elif kind == "INCLUDE" and not included:
        yield f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
    elif kind != "INCLUDE" and included is not None:
        yield f"{INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified"


def _problems_of_a_capacity(index: Mapping[str, Any], billing_mode: str | None) -> Iterator[str]:
    """A global index has capacity units exactly when its table has. A mode that is not named is PROVISIONED."""
    on_demand = billing_mode == "PAY_PER_REQUEST"
    if on_demand and "ProvisionedThroughput" in index:
        name = index["IndexName"]
        yield f"{INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is {billing_mode}"
    elif not on_demand and "ProvisionedThroughput" not in index:
        yield f"{INVALID}ProvisionedThroughput must be specified for index: {index['IndexName']}"


def _problems_of_a_stream(parameters: Mapping[str, Any]) -> Iterator[str]:
    stream = parameters.get("StreamSpecification") or {}
    if stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        yield f"{INVALID}StreamViewType is required when StreamEnabled is true"
