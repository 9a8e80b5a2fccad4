"""What DynamoDB refuses in a request but moto accepts. The embedded account refuses it too.

Only what AWS is known to refuse is here. The checks judge limits that AWS raises on request (the number of indexes). A
request that repeats an existing setting is accepted, except for streams, because AWS documents that.
Where AWS's own words are known, the messages use them, so that a student can look them up.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.targets.embedded.request_models import Refusal

RULED = frozenset({"CreateTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"})
INVALID = "One or more parameter values were invalid: "
VALIDATION = "ValidationException"
KEY_ATTRIBUTES_OF_A_GLOBAL_INDEX = 4
"""How many attributes the partition key of a global index may have, and its sort key.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""

NO_CHANGE = frozenset({"AttributeDefinitions", "TableName"})
"""Parameters of UpdateTable that change nothing by themselves."""

NOTHING_TO_CHANGE = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
    "SSESpecification, ReplicaUpdates, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass "
    "is required"
)

DescribeTable = Callable[[str], Mapping[str, Any] | None]
"""What DescribeTable says about a table, by its name or ARN; None if there is no such table."""


def refusal(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Refusal | None:
    """Why AWS would refuse a DynamoDB request that moto may accept, or None.

    Args:
        operation: one of RULED.
        parameters: as they crossed the wire; AWS's model of the operation allows them.
        describe: describes an existing table.
    """
    if operation == "CreateTable":
        messages = _problems_of_a_new_table(parameters)
    elif operation == "UpdateTable":
        if not {name for name, value in parameters.items() if value not in (None, [])} - NO_CHANGE:
            return Refusal(VALIDATION, NOTHING_TO_CHANGE)
        if len(_online_changes(parameters)) > 1:
            return Refusal(
                "LimitExceededException",
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
            )
        table = describe(str(parameters.get("TableName")))
        if table is None:
            return None
        changed = {*_changes(parameters, "Update"), *_changes(parameters, "Delete")}
        if changed - _names(table.get("GlobalSecondaryIndexes", ())):
            return Refusal("ResourceNotFoundException", "Requested resource not found")
        messages = _problems_of_an_update(parameters, table)
    else:
        return None
    for message in messages:
        return Refusal(VALIDATION, message)
    return None


def _problems_of_a_new_table(parameters: Mapping[str, Any]) -> Iterator[str]:
    local = parameters.get("LocalSecondaryIndexes") or []
    every = parameters.get("GlobalSecondaryIndexes") or []
    key = parameters.get("KeySchema") or []
    for name in ("AttributeDefinitions", "KeySchema"):
        if not parameters.get(name) and not parameters.get("GlobalTableSourceArn"):
            yield f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
    yield from _problems_of_a_key(key, most=1)
    yield from _problems_of_the_definitions(parameters)
    names = [index["IndexName"] for index in (*local, *every)]
    for name in names:
        if names.count(name) > 1:
            yield f"{INVALID}Duplicate index name: {name}"
    for index in local:
        yield from _problems_of_a_key(index["KeySchema"], most=1)
        yield from _problems_of_a_local_index(index, key)
        yield from _problems_of_a_projection(index)
    for index in every:
        yield from _problems_of_a_key(index["KeySchema"], most=KEY_ATTRIBUTES_OF_A_GLOBAL_INDEX)
        yield from _problems_of_a_projection(index)
        yield from _problems_of_a_capacity(index, parameters.get("BillingMode"))
    stream = parameters.get("StreamSpecification") or {}
    if stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        yield f"{INVALID}StreamViewType is required when StreamEnabled is true"
    if stream.get("StreamEnabled") is False and stream.get("StreamViewType"):
        yield f"{INVALID}Table is being created with a stream disabled, UpdateViewType should not be specified"


def _problems_of_the_definitions(parameters: Mapping[str, Any]) -> Iterator[str]:
    """The attribute definitions must be exactly the attributes of the keys."""
    defined = [one["AttributeName"] for one in parameters.get("AttributeDefinitions") or ()]
    indexes = [*(parameters.get("GlobalSecondaryIndexes") or ()), *(parameters.get("LocalSecondaryIndexes") or ())]
    schemas = [parameters.get("KeySchema") or (), *(index["KeySchema"] for index in indexes)]
    used = [part["AttributeName"] for schema in schemas for part in schema]
    told = f"AttributeDefinitions: [{', '.join(defined)}]"
    if undefined := [name for name in used if name not in defined]:
        yield (
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(undefined)}], {told}"
        )
    if set(defined) - set(used):
        yield f"{INVALID}Some AttributeDefinitions are not used. {told}, keys used: [{', '.join(dict.fromkeys(used))}]"


def _problems_of_an_update(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    yield from _problems_of_a_changed_stream(parameters, table)
    yield from _problems_of_a_changed_capacity(parameters, table)
    defined = {one["AttributeName"]: one["AttributeType"] for one in table.get("AttributeDefinitions", ())}
    told = {one["AttributeName"]: one["AttributeType"] for one in parameters.get("AttributeDefinitions") or ()}
    there = _names((*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())))
    for name, index in _changes(parameters, "Create").items():
        if name in there:
            yield f"{INVALID}Attempting to create an index which already exists"
        yield from _problems_of_a_key(index["KeySchema"], most=KEY_ATTRIBUTES_OF_A_GLOBAL_INDEX)
        yield from _problems_of_a_projection(index)
        yield from _problems_of_a_capacity(index, parameters.get("BillingMode") or _billing_mode(table))
        names = [part["AttributeName"] for part in index["KeySchema"]]
        for one in names:
            if one in defined and told.get(one, defined[one]) != defined[one]:
                yield (
                    f"{INVALID}The attribute {one} is of type {defined[one]} already, and cannot be of type "
                    f"{told[one]} too"
                )
        if unknown := [one for one in names if one not in defined and one not in told]:
            yield (
                f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
                f"Keys: [{', '.join(unknown)}]"
            )


def _names(indexes: Iterable[Mapping[str, Any]]) -> set[str]:
    return {index["IndexName"] for index in indexes}


def _changes(parameters: Mapping[str, Any], action: str) -> dict[str, Mapping[str, Any]]:
    """What Create, Update or Delete says about global indexes, by their names."""
    found = [change[action] for change in parameters.get("GlobalSecondaryIndexUpdates") or () if change.get(action)]
    return {index["IndexName"]: index for index in found}


def _online_changes(parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those changes of global indexes that AWS makes only one at a time."""
    return [
        change
        for change in parameters.get("GlobalSecondaryIndexUpdates") or ()
        if "Create" in change or "Delete" in change
    ]


def _problems_of_a_key(key_schema: Sequence[Mapping[str, str]], most: int) -> Iterator[str]:
    """The partition key's attributes come first, no attribute occurs twice, and neither part has more than `most`."""
    roles = [part["KeyType"] for part in key_schema]
    names = [part["AttributeName"] for part in key_schema]
    if roles and roles[0] != "HASH":
        yield "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    if roles != sorted(roles):
        yield "Invalid KeySchema: The HASH key types must come before the RANGE key types"
    if len(set(names)) < len(names):
        yield "Both the Hash Key and the Range Key element in the KeySchema have the same name"
    for role in ("HASH", "RANGE"):
        if roles.count(role) > most:
            yield f"{INVALID}The KeySchema exceeds the maximum allowed number of {role} key attributes ({most})"


def _problems_of_a_local_index(index: Mapping[str, Any], key: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """A local index has its table's partition key and one sort key attribute, on a table with a sort key.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html"""
    name = index["IndexName"]
    if "RANGE" not in [part["KeyType"] for part in key]:
        yield (
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    if "RANGE" not in [part["KeyType"] for part in index["KeySchema"]]:
        yield f"{INVALID}Index KeySchema does not have a range key for index: {name}"
    own, tables = index["KeySchema"][0]["AttributeName"], key[0]["AttributeName"]
    if own != tables:
        yield (
            f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {own}, table hash key: {tables}"
        )


def _problems_of_a_projection(index: Mapping[str, Any]) -> Iterator[str]:
    projection = index.get("Projection") or {}
    kind, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        yield f"{INVALID}Unknown ProjectionType: null"
    elif kind == "INCLUDE" and not included:
        yield f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
    elif kind != "INCLUDE" and included is not None:
        yield f"{INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified"


def _billing_mode(table: Mapping[str, Any]) -> str:
    mode: str = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    return mode


def _problems_of_a_capacity(index: Mapping[str, Any], billing_mode: str | None) -> Iterator[str]:
    """A global index has capacity units exactly if its table has. Without a mode, the mode is PROVISIONED."""
    on_demand = billing_mode == "PAY_PER_REQUEST"
    if on_demand and "ProvisionedThroughput" in index:
        name = index["IndexName"]
        yield f"{INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is {billing_mode}"
    elif not on_demand and "ProvisionedThroughput" not in index:
        yield f"{INVALID}ProvisionedThroughput must be specified for index: {index['IndexName']}"


def _problems_of_a_changed_capacity(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    """With on-demand billing, nothing has capacity units. A table that leaves it needs them, and so does each of its
    global indexes."""
    mode = parameters.get("BillingMode") or _billing_mode(table)
    given = {name for name, index in _changes(parameters, "Update").items() if index.get("ProvisionedThroughput")}
    if mode == "PAY_PER_REQUEST":
        if parameters.get("ProvisionedThroughput"):
            yield (
                f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
                "PAY_PER_REQUEST"
            )
        for name in sorted(given):
            yield f"{INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is {mode}"
    elif _billing_mode(table) == "PAY_PER_REQUEST":
        if not parameters.get("ProvisionedThroughput"):
            yield f"{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
        staying = _names(table.get("GlobalSecondaryIndexes", ())) - set(_changes(parameters, "Delete"))
        for name in sorted(staying - given):
            yield f"{INVALID}ProvisionedThroughput must be specified for index: {name}"


def _problems_of_a_changed_stream(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    """AWS refuses to enable a stream if one is enabled, and to disable one if none is.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    stream = parameters.get("StreamSpecification")
    if not stream:
        return
    there = table.get("StreamSpecification", {}).get("StreamEnabled", False)
    if stream["StreamEnabled"] and not stream.get("StreamViewType"):
        yield f"{INVALID}StreamViewType is required when StreamEnabled is true"
    if not stream["StreamEnabled"] and stream.get("StreamViewType"):
        yield f"{INVALID}If stream is being disabled, then UpdateViewType must not be specified"
    if stream["StreamEnabled"] and there:
        yield f"Table already has an enabled stream: TableName: {table['TableName']}"
    if not stream["StreamEnabled"] and not there:
        yield f"Table has no stream to disable: TableName: {table['TableName']}"
