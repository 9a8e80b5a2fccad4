"""What DynamoDB refuses in a request about tables and their settings, but moto accepts. The embedded account refuses it
too, as an account with AWS's default quotas does.

The error codes are AWS's, and so are the phrases, so that a student can look them up. Whole texts differ between Regions.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.targets.dynamodb.tables import wrong_table_name
from harness.targets.embedded import settings_refusals
from harness.targets.embedded.request_models import Refusal
from harness.targets.embedded.settings_refusals import VALIDATION, DescribeTable, invalid

NOT_FOUND = "ResourceNotFoundException"
NO_SUCH_TABLE = "TableNotFoundException"

NAMED: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("DeleteTable", "DescribeTable", "DescribeTimeToLive", "UpdateTable", "UpdateTimeToLive"),
        (NOT_FOUND, "Requested resource not found: Table: {} not found"),
    ),
    **dict.fromkeys(
        ("CreateBackup", "DescribeContinuousBackups", "UpdateContinuousBackups"),
        (NO_SUCH_TABLE, "Table not found: {}"),
    ),
}
"""Operations whose TableName must name a table, and how DynamoDB refuses another name."""

RULED = frozenset({"CreateTable", *NAMED, *settings_refusals.RULED})

KEY_ATTRIBUTES_OF_A_GLOBAL_INDEX = 4
"""How many attributes the partition key of a global index may have, and its sort key.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""

LOCAL_INDEXES, GLOBAL_INDEXES, PROJECTED_ATTRIBUTES = 5, 20, 100
"""AWS's default quotas for a table. The last one counts the attributes that all INCLUDE projections name.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-secondary-indexes"""

CHANGES = (
    *("ProvisionedThroughput", "BillingMode", "StreamSpecification", "GlobalSecondaryIndexUpdates", "SSESpecification"),
    *("ReplicaUpdates", "MultiRegionConsistency", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput"),
    *("TableClass", "GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode", "VectorIndexUpdates"),
    "DisassociationProtectionEnabled",
)
"""The parameters of UpdateTable that change something."""

NOTHING_TO_CHANGE = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
    "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
    "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
)

ALONE: Mapping[str, str] = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
    "WarmThroughput": "WarmThroughput",
}
"""The parameters of UpdateTable beside which there may be no other change, in the order in which DynamoDB names them."""

LACKING: Mapping[str, Mapping[str, str]] = {
    "CreateTable": {
        "GlobalTableSourceArn": "global tables",
        "GlobalTableSettingsReplicationMode": "global tables",
        "VectorIndexes": "vector indexes",
    },
    "UpdateTable": {
        "ReplicaUpdates": "global tables",
        "MultiRegionConsistency": "global tables",
        "GlobalTableWitnessUpdates": "global tables",
        "GlobalTableSettingsReplicationMode": "global tables",
        "DisassociationProtectionEnabled": "global tables",
        "VectorIndexUpdates": "vector indexes",
    },
    "ExportTableToPointInTime": {
        "IncrementalExportSpecification": "incremental exports",
        "FilterSpecification": "filtered exports",
    },
    **dict.fromkeys(
        ("RestoreTableFromBackup", "RestoreTableToPointInTime"),
        dict.fromkeys(
            (
                *("BillingModeOverride", "GlobalSecondaryIndexOverride", "LocalSecondaryIndexOverride"),
                *("ProvisionedThroughputOverride", "OnDemandThroughputOverride", "SSESpecificationOverride"),
                "VectorIndexOverride",
            ),
            "other settings of a restored table",
        ),
    ),
}
"""Parameters that moto ignores although AWS would not, and what the embedded account lacks so."""

Key = Sequence[Mapping[str, str]]


def refusal(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Refusal | None:
    """Why AWS would refuse a DynamoDB request that moto may accept, or None.

    Args:
        operation: one of RULED.
        parameters: as they crossed the wire; AWS's model of the operation allows them.
        describe: describes an existing table.
    """
    return next(_problems(operation, parameters, describe), None)


def lacking(operation: str, parameters: Mapping[str, Any]) -> str | None:
    """What a request asks for that the embedded account lacks, as a sentence; None if it lacks nothing of it."""
    if operation == "CreateTable" and str(parameters["TableName"]).startswith("arn:"):
        return "The embedded account cannot make a table by its ARN."
    if operation == "ExportTableToPointInTime" and parameters.get("ExportFormat") == "ION":
        return "The embedded account lacks exports in the format ION."
    for name, what in LACKING.get(operation, {}).items():
        if parameters.get(name) is not None:
            return f"The embedded account lacks {what} ({name} of {operation})."
    return None


def _problems(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Iterator[Refusal]:
    if operation in settings_refusals.RULED:
        yield from settings_refusals.problems(operation, parameters, describe)
        return
    if operation == "CreateTable":
        yield from problems_of_a_new_table(parameters)
        return
    name = str(parameters["TableName"])
    yield from _problems_of_a_name(name)
    if operation == "UpdateTable":
        yield from _problems_of_an_update_by_itself(parameters)
    table = describe(name)
    if table is None:
        code, message = NAMED[operation]
        yield Refusal(code, message.format(name))
    elif operation == "UpdateTable":
        yield from _problems_of_an_update(parameters, table)
    elif operation == "DeleteTable" and table["DeletionProtectionEnabled"]:
        message = (
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection"
        )
        yield Refusal(VALIDATION, f"{message} first.")
    elif operation == "UpdateContinuousBackups":
        specification = parameters["PointInTimeRecoverySpecification"]
        if not specification["PointInTimeRecoveryEnabled"] and "RecoveryPeriodInDays" in specification:
            message = "Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
            yield Refusal(VALIDATION, f"Invalid Request: {message}")


def _problems_of_a_name(name: str) -> Iterator[Refusal]:
    if problem := wrong_table_name(name):
        yield Refusal(VALIDATION, problem)


def _outside_the_model(where: Sequence[str], broken: Sequence[str]) -> Refusal:
    problems = [
        f"{one} failed to satisfy constraint: Member must {rule}" for one, rule in zip(where, broken, strict=True)
    ]
    return Refusal(
        VALIDATION, f"{len(problems)} validation error{'s' * (len(problems) > 1)} detected: {'; '.join(problems)}"
    )


def problems_of_a_new_table(parameters: Mapping[str, Any]) -> Iterator[Refusal]:
    """Why DynamoDB would refuse CreateTable with these parameters, first things first. The model of the operation allows
    them."""
    yield from _problems_of_a_name(str(parameters["TableName"]))
    if parameters.get("GlobalTableSourceArn"):
        return
    local, every = parameters.get("LocalSecondaryIndexes"), parameters.get("GlobalSecondaryIndexes")
    key: Key = parameters.get("KeySchema") or []
    for name in ("AttributeDefinitions", "KeySchema"):
        if not parameters.get(name):
            yield _outside_the_model([f"Value null at '{name}'"], ["not be null"])
    for where, schema in [("keySchema", key), *_schemas_of("localSecondaryIndexes", local or [])]:
        if len(schema) > 2:
            told = ", ".join(
                f"KeySchemaElement(attributeName={part['AttributeName']}, keyType={part['KeyType']})" for part in schema
            )
            yield _outside_the_model([f"Value '[{told}]' at '{where}'"], ["have length less than or equal to 2"])
    yield from _problems_of_the_billing(parameters)
    yield from _problems_of_the_definitions(parameters)
    yield from _problems_of_a_key(key)
    yield from _problems_of_local_indexes(local, key)
    yield from _problems_of_global_indexes(every, parameters.get("BillingMode"))
    yield from _problems_of_names_and_projections([*(local or ()), *(every or ())])
    stream = parameters.get("StreamSpecification") or {}
    if stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        yield invalid("Table is being created with a stream enabled, UpdateViewType is required")
    if stream.get("StreamEnabled") is False and stream.get("StreamViewType"):
        yield invalid("Table is being created with a stream disabled, UpdateViewType should not be specified")
    yield from _problems_of_an_encryption(parameters.get("SSESpecification") or {})
    yield from settings_refusals.problems_of_tags(parameters.get("Tags") or ())
    if parameters.get("ResourcePolicy") is not None:
        yield from settings_refusals.problems_of_a_policy(parameters["ResourcePolicy"])


def _schemas_of(where: str, indexes: Sequence[Mapping[str, Any]]) -> list[tuple[str, Key]]:
    return [(f"{where}.{place}.member.keySchema", index["KeySchema"]) for place, index in enumerate(indexes, 1)]


def _problems_of_the_billing(parameters: Mapping[str, Any]) -> Iterator[Refusal]:
    on_demand = parameters.get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand and parameters.get("ProvisionedThroughput"):
        yield invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and not parameters.get("ProvisionedThroughput"):
        yield invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
    yield from _problems_of_a_maximum(parameters.get("OnDemandThroughput") or {}, on_demand, least=1)


def _problems_of_a_maximum(maximum: Mapping[str, int], on_demand: bool, least: int) -> Iterator[Refusal]:
    """A table on demand may have a maximum throughput; UpdateTable takes it away with -1.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html"""
    for name, units in maximum.items():
        if not on_demand:
            yield invalid(
                f"{name} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )
        if units < least or units == 0:
            yield invalid(f"Requested {name} for OnDemandThroughput for table is outside of valid range")


def _problems_of_the_definitions(parameters: Mapping[str, Any]) -> Iterator[Refusal]:
    """The attribute definitions must be exactly the attributes of the keys."""
    defined = [one["AttributeName"] for one in parameters.get("AttributeDefinitions") or ()]
    indexes = [*(parameters.get("GlobalSecondaryIndexes") or ()), *(parameters.get("LocalSecondaryIndexes") or ())]
    key = parameters.get("KeySchema") or ()
    for name in defined:
        if defined.count(name) > 1:
            yield Refusal(VALIDATION, f"Attribute Name is duplicated: {name}")
    if len(key) > len(defined):
        yield Refusal(VALIDATION, "Invalid KeySchema: Some index key attribute have no definition")
    for schema in (key, *(index["KeySchema"] for index in indexes)):
        yield from _undefined(schema, defined)
    used = dict.fromkeys(
        part["AttributeName"] for schema in (key, *(index["KeySchema"] for index in indexes)) for part in schema
    )
    if set(defined) - set(used):
        told = f"AttributeDefinitions: [{', '.join(defined)}], keys used: [{', '.join(used)}]"
        yield invalid(
            f"Some AttributeDefinitions are not used. {told}"
            if indexes
            else "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )


def _undefined(schema: Key, defined: Sequence[str]) -> Iterator[Refusal]:
    if missing := [part["AttributeName"] for part in schema if part["AttributeName"] not in defined]:
        yield invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(missing)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


def _problems_of_a_key(schema: Key) -> Iterator[Refusal]:
    """The key of a table or a local index: a partition key attribute, then at most one sort key attribute."""
    yield from _problems_of_the_first(schema)
    if len(schema) > 1:
        if schema[0]["AttributeName"] == schema[1]["AttributeName"]:
            message = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
            yield Refusal(VALIDATION, message)
        if schema[1]["KeyType"] != "RANGE":
            yield Refusal(VALIDATION, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def _problems_of_the_first(schema: Key) -> Iterator[Refusal]:
    if schema and schema[0]["KeyType"] != "HASH":
        yield Refusal(VALIDATION, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")


def _problems_of_a_global_key(schema: Key) -> Iterator[Refusal]:
    """A global index may have several attributes in each part of its key."""
    roles = [part["KeyType"] for part in schema]
    names = {part["AttributeName"] for part in schema}
    yield from _problems_of_the_first(schema)
    if len(names) < len(schema):
        yield Refusal(VALIDATION, "The KeySchema contains multiple key attributes with the same name")
    if roles != sorted(roles):
        yield invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    for role in ("HASH", "RANGE"):
        if roles.count(role) > KEY_ATTRIBUTES_OF_A_GLOBAL_INDEX:
            yield invalid(f"The KeySchema exceeds the maximum allowed number of {role} key attributes")


def _problems_of_local_indexes(indexes: Sequence[Mapping[str, Any]] | None, key: Key) -> Iterator[Refusal]:
    """A local index has its table's partition key and one sort key attribute, on a table with a sort key.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html"""
    if indexes is None:
        return
    if not indexes:
        yield invalid("List of LocalSecondaryIndexes is empty")
    if len(key) < 2:
        yield invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    for index in indexes:
        name, schema = index["IndexName"], index["KeySchema"]
        yield from _problems_of_a_key(schema)
        if len(schema) < 2:
            yield invalid(f"Index KeySchema does not have a range key for index: {name}")
        own, tables = schema[0]["AttributeName"], key[0]["AttributeName"]
        if own != tables:
            yield invalid(
                f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
                f"index hash key: {own}, table hash key: {tables}"
            )
    if len(indexes) > LOCAL_INDEXES:
        yield invalid(f"Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES}")


def _problems_of_global_indexes(indexes: Sequence[Mapping[str, Any]] | None, mode: str | None) -> Iterator[Refusal]:
    if indexes is None:
        return
    if not indexes:
        yield invalid("List of GlobalSecondaryIndexes is empty")
    on_demand = mode == "PAY_PER_REQUEST"
    for index in indexes:
        name, units = index["IndexName"], index.get("ProvisionedThroughput")
        yield from _problems_of_a_global_key(index["KeySchema"])
        if on_demand and units is not None:
            yield invalid(f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is {mode}")
        if not on_demand and units is None:
            yield invalid(f"ProvisionedThroughput is not specified for index: {name}")
    if len(indexes) > GLOBAL_INDEXES:
        yield invalid(f"GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES}")


def _problems_of_names_and_projections(indexes: Sequence[Mapping[str, Any]]) -> Iterator[Refusal]:
    names = [index["IndexName"] for index in indexes]
    for name in names:
        if names.count(name) > 1:
            yield invalid(f"Duplicate index name: {name}")
    for index in indexes:
        yield from _problems_of_a_projection(index)
    yield from _too_many_projected(indexes)


def _problems_of_a_projection(index: Mapping[str, Any]) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html"""
    projection = index.get("Projection") or {}
    kind: str | None = projection.get("ProjectionType")
    included: Sequence[str] | None = projection.get("NonKeyAttributes")
    if kind is None:
        yield invalid("Unknown ProjectionType: null")
    elif kind == "INCLUDE" and not included:
        yield invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    elif kind != "INCLUDE" and included is not None:
        yield invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    for name, times in Counter(included or ()).items():
        if times > 1:
            yield invalid(f"Duplicate element in NonKeyAttributes: {name}")


def _too_many_projected(indexes: Iterable[Mapping[str, Any]]) -> Iterator[Refusal]:
    """An attribute that two indexes project counts twice."""
    if sum(len(index["Projection"].get("NonKeyAttributes") or ()) for index in indexes) > PROJECTED_ATTRIBUTES:
        yield invalid(
            "The total count of NonKeyAttributes, summed across all of the secondary indexes, exceeds the per-table "
            f"limit of {PROJECTED_ATTRIBUTES}"
        )


def _problems_of_an_encryption(specification: Mapping[str, Any]) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html"""
    kind, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if specification.get("Enabled") is False:
        for name in ("SSEType", "KMSMasterKeyId"):
            if specification.get(name) is not None:
                yield invalid(f"{name} can not be specified if Enabled is false")
    if kind == "AES256":
        yield invalid("SSEType AES256 is not supported")
    if key is not None and kind is None:
        yield invalid("SSEType KMS is required if KMSMasterKeyId is specified")


def _problems_of_an_update_by_itself(parameters: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is wrong with a request, whatever its table is like. Most settings change in a request of their own."""
    told = {name for name in CHANGES if parameters.get(name) not in (None, [])}
    told -= {name for name in ("OnDemandThroughput", "WarmThroughput") if parameters.get(name) == {}}
    if not told:
        yield Refusal(VALIDATION, NOTHING_TO_CHANGE)
    if parameters.get("GlobalSecondaryIndexUpdates") == []:
        yield invalid("List of GlobalSecondaryIndexUpdates is empty")
    changes = parameters.get("GlobalSecondaryIndexUpdates") or ()
    yield from _problems_of_index_changes(changes)
    online = [change for change in changes if change.get("Create") or change.get("Delete")]
    yield from _problems_of_a_combination(parameters, told, bool(online))
    if len(online) > 1:
        yield Refusal(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        )
    stream = parameters.get("StreamSpecification")
    if stream and stream["StreamEnabled"] and not stream.get("StreamViewType"):
        yield invalid("If stream is being enabled then UpdateViewType is required")
    if stream and not stream["StreamEnabled"] and stream.get("StreamViewType"):
        yield invalid("If stream is being disabled, then UpdateViewType must not be specified")
    yield from _problems_of_an_encryption(parameters.get("SSESpecification") or {})


def _problems_of_index_changes(changes: Sequence[Mapping[str, Any]]) -> Iterator[Refusal]:
    """Each has one action, and each is of another index."""
    for change in changes:
        actions = [name for name in ("Update", "Create", "Delete") if change.get(name)]
        if not actions:
            yield invalid(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(actions) > 1:
            yield invalid("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
    names = [index["IndexName"] for change in changes for index in change.values() if index]
    for name in names:
        if names.count(name) > 1:
            yield invalid(f"Only one global secondary index update per index is allowed simultaneously. Index: {name}")


def _problems_of_a_combination(parameters: Mapping[str, Any], told: set[str], online: bool) -> Iterator[Refusal]:
    """Which changes cannot share a request. `online` is whether an index is made or deleted."""
    if online and "WarmThroughput" in told and not told & ({*ALONE} - {"WarmThroughput"}):
        yield invalid("Create global secondary index cannot be specified when updating WarmThroughput")
    for name, what in ALONE.items():
        if name in told and len(told) > 1:
            yield invalid(f"{what} must be the only operation in the request")
    if "OnDemandThroughput" in told - {"BillingMode"} and told - {"BillingMode", "OnDemandThroughput"}:
        yield invalid("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    capacity = "ProvisionedThroughput" in told or parameters.get("BillingMode") == "PROVISIONED"
    if capacity and "StreamSpecification" in told:
        yield invalid("You cannot modify stream status while updating table IOPS")
    if capacity and online:
        yield invalid("You cannot create or delete index while updating table IOPS")
    if online and "StreamSpecification" in told:
        yield invalid("You cannot create or delete index while changing stream status")


def _problems_of_an_update(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[Refusal]:
    yield from _problems_of_a_changed_stream(parameters, table)
    yield from _problems_of_changed_indexes(parameters, table)
    yield from _problems_of_a_changed_capacity(parameters, table)
    yield from _problems_of_a_changed_encryption(parameters.get("SSESpecification"), table)


def _names(indexes: Iterable[Mapping[str, Any]]) -> set[str]:
    return {index["IndexName"] for index in indexes}


def _changes(parameters: Mapping[str, Any], action: str) -> dict[str, Mapping[str, Any]]:
    """What Create, Update or Delete says about global indexes, by their names."""
    found = [change[action] for change in parameters.get("GlobalSecondaryIndexUpdates") or () if change.get(action)]
    return {index["IndexName"]: index for index in found}


def _billing_mode(table: Mapping[str, Any]) -> str:
    mode: str = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    return mode


def _problems_of_changed_indexes(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[Refusal]:
    local, every = table.get("LocalSecondaryIndexes", ()), table.get("GlobalSecondaryIndexes", ())
    for action in ("Update", "Delete"):
        for name in _changes(parameters, action):
            if name in _names(local):
                yield Refusal(
                    VALIDATION, f"Cannot {action.lower()} an index that is not a GlobalSecondaryIndex: {name}"
                )
            if name not in _names(every):
                message = f"Requested resource not found: Index {name} for table {table['TableName']}"
                yield Refusal(NOT_FOUND, message)
    for name, index in _changes(parameters, "Create").items():
        if name in _names((*local, *every)):
            yield Refusal(VALIDATION, "Attempting to create an index which already exists")
        yield from _problems_of_an_added_index(index, parameters, table)
        if len(every) >= GLOBAL_INDEXES:
            message = f"Number of global secondary indexes exceeds per-table limit of {GLOBAL_INDEXES}"
            yield Refusal("LimitExceededException", f"Subscriber limit exceeded: {message}")
        yield from _too_many_projected((*local, *every, index))


def _problems_of_an_added_index(
    index: Mapping[str, Any], parameters: Mapping[str, Any], table: Mapping[str, Any]
) -> Iterator[Refusal]:
    """The request itself defines the attributes of the new key; what the table has defined does not count."""
    name, units = index["IndexName"], index.get("ProvisionedThroughput")
    defined = [one["AttributeName"] for one in parameters.get("AttributeDefinitions") or ()]
    if not defined:
        yield invalid(f"AttributeDefinitions is not specified for index: {name}")
    yield from _undefined(index["KeySchema"], defined)
    yield from _problems_of_a_global_key(index["KeySchema"])
    yield from _redefined(index["KeySchema"], parameters["AttributeDefinitions"], table)
    yield from _problems_of_a_projection(index)
    mode = parameters.get("BillingMode") or _billing_mode(table)
    if mode == "PAY_PER_REQUEST" and units:
        what = f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name}"
        yield invalid(f"{what} when BillingMode is {mode}")
    if mode != "PAY_PER_REQUEST" and not units:
        yield invalid(f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}")


def _redefined(schema: Key, definitions: Key, table: Mapping[str, Any]) -> Iterator[Refusal]:
    """An attribute that is in a key already keeps its type in another key."""
    there, new = (
        {one["AttributeName"]: one["AttributeType"] for one in definitions}
        for definitions in (table.get("AttributeDefinitions", ()), definitions)
    )
    for part in schema:
        name = part["AttributeName"]
        if there.get(name, new[name]) != new[name]:
            old, wanted = (
                f"Schema:[SchemaElement: key{{{name}:{kind}:{part['KeyType']}}}]" for kind in (there[name], new[name])
            )
            yield invalid(
                "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
                f"defined. Existing schema: {old} New schema: {wanted}"
            )


def _problems_of_a_changed_capacity(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[Refusal]:
    """With on-demand billing, nothing has capacity units. A table that leaves it needs them, and so does each of its
    global indexes. A request that asks for the units that are there is refused."""
    mode = parameters.get("BillingMode") or _billing_mode(table)
    units = parameters.get("ProvisionedThroughput")
    changed = {
        name: index["ProvisionedThroughput"]
        for name, index in _changes(parameters, "Update").items()
        if index.get("ProvisionedThroughput")
    }
    least = -1
    yield from _problems_of_a_maximum(parameters.get("OnDemandThroughput") or {}, mode == "PAY_PER_REQUEST", least)
    if mode == "PAY_PER_REQUEST":
        if units:
            yield invalid(
                f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is {mode}"
            )
        for name in sorted(changed):
            yield invalid(
                f"The only Updates for index: {name} when TableThroughputMode is {mode} can be to OnDemandThroughput, "
                "WarmThroughput"
            )
        return
    if parameters.get("BillingMode") and not units:
        yield invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    every = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", ())}
    if _billing_mode(table) == "PAY_PER_REQUEST":
        for name in sorted(every.keys() - changed):
            yield invalid(f"ProvisionedThroughput must be specified for index: {name}")
        return
    if units:
        yield from _unchanged("for the table", "the table", units, table["ProvisionedThroughput"])
    for name in sorted(changed):
        yield from _unchanged(
            f"for the index {name}", f"index {name}", changed[name], every[name]["ProvisionedThroughput"]
        )


def _unchanged(whose: str, short: str, wanted: Mapping[str, int], there: Mapping[str, int]) -> Iterator[Refusal]:
    kinds = ("ReadCapacityUnits", "WriteCapacityUnits")
    if any(wanted[kind] != there[kind] for kind in kinds):
        return
    told = " ".join(
        f"Current {kind} provisioned for {short}: {there[kind]}. Requested {kind}: {wanted[kind]}." for kind in kinds
    )
    yield Refusal(
        VALIDATION,
        f"The provisioned throughput {whose} will not change. The requested value equals the current value. {told} "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
    )


def _problems_of_a_changed_stream(parameters: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[Refusal]:
    """AWS refuses to enable a stream if one is enabled, and to disable one if none is.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    stream = parameters.get("StreamSpecification")
    if not stream:
        return
    there = table.get("StreamSpecification", {}).get("StreamEnabled", False)
    if stream["StreamEnabled"] and there:
        yield Refusal(VALIDATION, f"Table already has an enabled stream: TableName: {table['TableName']}")
    if not stream["StreamEnabled"] and not there:
        yield Refusal(VALIDATION, f"Table has no stream to disable: TableName: {table['TableName']}")


def _problems_of_a_changed_encryption(
    specification: Mapping[str, Any] | None, table: Mapping[str, Any]
) -> Iterator[Refusal]:
    """What repeats the encryption that is there is refused, if it names the key's ARN or is the default."""
    if specification is None:
        return
    there = table.get("SSEDescription", {}).get("KMSMasterKeyArn")
    if there is None and not specification.get("Enabled", "SSEType" in specification):
        yield invalid("Table is already encrypted by default")
    if there is not None and specification.get("KMSMasterKeyId") == there:
        yield invalid(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change "
            "Master Key"
        )
