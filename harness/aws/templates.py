"""What a CloudFormation template says of a DynamoDB table, done to moto's table.

moto makes a table from a template, drops some of its properties, and never updates it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOOLEANS = frozenset({"DeletionProtectionEnabled", "Enabled", "PointInTimeRecoveryEnabled", "SSEEnabled"})
INTEGERS = frozenset({"ReadCapacityUnits", "RecoveryPeriodInDays", "WriteCapacityUnits"})

Properties = Mapping[str, Any]


def typed(value: Any, name: str = "") -> Any:
    """A property's value in the type that the table's schema gives it: a template, or a parameter of type String, may
    write `true` and numbers as text.

    Raises:
        ValidationError: the text is neither.
    """
    if isinstance(value, Mapping):
        return {key: typed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner, name) for inner in value]
    if name in BOOLEANS and not isinstance(value, bool):
        if (text := str(value).lower()) not in ("true", "false"):
            raise _refused(f"Value of property {name} must be of type Boolean")
        return text == "true"
    if name in INTEGERS and not isinstance(value, int):
        if not str(value).isdecimal():
            raise _refused(f"Value of property {name} must be of type Integer")
        return int(value)
    return value


def must_be_replaced(table: Any, properties: Properties) -> bool:
    """Whether AWS makes a new table for these properties, instead of changing this one.

    Raises:
        ValidationError: it would have to, and both would have the same name.
    """
    types = {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", ())}
    retyped = [
        one for one in table.attr if types.get(one["AttributeName"], one["AttributeType"]) != one["AttributeType"]
    ]
    local = [index.describe() for index in table.indexes]
    renamed = properties.get("TableName", table.name) != table.name
    rebuilt = properties["KeySchema"] != table.schema or properties.get("LocalSecondaryIndexes", []) != local
    if (rebuilt or retyped) and properties.get("TableName") == table.name:
        raise _refused(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {table.name} and update the stack again."
        )
    return renamed or rebuilt or bool(retyped)


def update(table: Any, properties: Properties) -> None:
    """Changes a table to what its template says now. What a template no longer names is as if it never had.

    Raises:
        ValidationError: AWS refuses the change.
    """
    changes = _index_changes(table, properties)
    _refuse_time_to_live_without_attribute(table, properties)
    _backend(table).update_table(
        table.name,
        properties["AttributeDefinitions"],
        changes,
        properties.get("ProvisionedThroughput"),
        properties.get("BillingMode", "PROVISIONED"),
        None,
        properties.get("DeletionProtectionEnabled", False),
        properties.get("WarmThroughput"),
    )
    view = properties.get("StreamSpecification", {}).get("StreamViewType")
    if view != table.stream_specification.get("StreamViewType"):
        table.set_stream_specification({"StreamEnabled": True, "StreamViewType": view} if view else None)
    table.tags = properties.get("Tags", [])
    complete(table, properties)


def complete(table: Any, properties: Properties) -> None:
    """Sets what moto drops: time to live, point-in-time recovery, table class and encryption.

    Raises:
        ValidationError: AWS refuses the change.
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.kms.models import kms_backends

    expiry = properties.get("TimeToLiveSpecification", {})
    now = table.ttl if table.ttl["TimeToLiveStatus"] == "ENABLED" else {}
    _refuse_time_to_live_without_attribute(table, properties)
    if expiry.get("Enabled", False) != bool(now) or (now and expiry["AttributeName"] != now["AttributeName"]):
        try:
            _backend(table).update_time_to_live(table.name, expiry)
        except MockValidationException as error:
            raise _refused(error.exception_msg) from error
    recovery = {"PointInTimeRecoveryEnabled": False, **properties.get("PointInTimeRecoverySpecification", {})}
    _backend(table).update_continuous_backups(table.name, recovery)
    table.table_class = properties.get("TableClass")
    encryption = properties.get("SSESpecification", {})
    table.sse_specification = None
    if encryption.get("SSEEnabled", False):
        key = encryption.get("KMSMasterKeyId")
        arn = kms_backends[table.account_id][table.region_name].describe_key(key).arn if key else None
        arn = arn or table._get_default_encryption_key(table.account_id, table.region_name)  # noqa: SLF001  (moto's own)
        table.sse_specification = {"Enabled": True, "KMSMasterKeyId": arn}


def _refuse_time_to_live_without_attribute(table: Any, properties: Properties) -> None:
    """AWS wants to be told the attribute to switch time to live off, too."""
    expiry = properties.get("TimeToLiveSpecification", {})
    concerned = expiry.get("Enabled", False) or table.ttl["TimeToLiveStatus"] == "ENABLED"
    if concerned and "AttributeName" not in expiry:
        raise _refused(
            "AttributeName property of TimeToLiveSpecification is required when TTL status is enabled or while "
            "enabling/disabling TTL."
        )


def _index_changes(table: Any, properties: Properties) -> list[dict[str, Any]]:
    """The changes of global indexes, as UpdateTable takes them. AWS makes or deletes one in an update of a stack, and
    changes nothing of those that stay but their capacity."""
    there = {index.name: index.describe() for index in table.global_indexes}
    wanted = {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", ())}
    changes = [{"Delete": {"IndexName": name}} for name in there if name not in wanted]
    changes += [{"Create": index} for name, index in wanted.items() if name not in there]
    if len(changes) > 1:
        raise _refused("Cannot perform more than one GSI creation or deletion in a single update")
    for name, index in wanted.items():
        if name not in there:
            continue
        if [part for part in ("KeySchema", "Projection") if index[part] != there[name][part]]:
            raise _refused(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
                "Specification. You can create a new GSI with a different name."
            )
        if "ProvisionedThroughput" in index:
            units = {"IndexName": name, "ProvisionedThroughput": index["ProvisionedThroughput"]}
            changes.append({"Update": units})
    return changes


def _backend(table: Any) -> Any:
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends[table.account_id][table.region_name]


def _refused(message: str) -> Exception:
    from moto.cloudformation.exceptions import ValidationError

    return ValidationError(message=message)
