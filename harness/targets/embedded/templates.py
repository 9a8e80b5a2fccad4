"""What a CloudFormation template says, and what moto makes of it.

moto makes a table from a template, drops some of its properties, and never updates it: this module sets them. Of other
resources moto also drops properties, and even whole types: this module finds out which, so that the stack fails.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

BOOLEANS = frozenset({"DeletionProtectionEnabled", "Enabled", "PointInTimeRecoveryEnabled", "SSEEnabled"})
INTEGERS = frozenset({"ReadCapacityUnits", "RecoveryPeriodInDays", "WriteCapacityUnits"})

SAME_IN_BOTH = (
    *("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes"),
    *("OnDemandThroughput", "ProvisionedThroughput", "TableClass", "Tags"),
)
"""Properties of a table that CreateTable takes as they are, unless they are empty."""

NAMES_OF_ENCRYPTION = {"SSEEnabled": "Enabled"}

Properties = Mapping[str, Any]


class WatchedProperties(dict[str, Any]):
    """The properties of a resource. They note which ones moto reads: it drops the others."""

    def __init__(self, values: Properties, used: set[str] | None = None) -> None:
        super().__init__(values)
        self._used: set[str] = set() if used is None else used

    @property
    def unused(self) -> list[str]:
        """The names of the properties that were never read."""
        return sorted(set(dict.keys(self)) - self._used)

    def typed(self) -> WatchedProperties:
        """The same properties, each in its type. Reading one of these counts for both."""
        return WatchedProperties({name: typed(value, name) for name, value in dict.items(self)}, self._used)

    def __getitem__(self, name: str) -> Any:
        self._used.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._used.add(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._used.add(name)
        return super().pop(name, *default)

    def __iter__(self) -> Iterator[str]:
        """Going through all properties uses all of them."""
        self._used.update(dict.keys(self))
        return super().__iter__()

    def items(self) -> Any:
        self._used.update(dict.keys(self))
        return super().items()

    def __deepcopy__(self, memo: dict[int, Any]) -> WatchedProperties:
        return WatchedProperties(copy.deepcopy(dict(dict.items(self)), memo), self._used)


class TemplateGap(NotImplementedError):
    """The embedded account cannot build what a template says. The message is a sentence that says what."""


class StrictTemplates:
    """Makes a stack fail if its template holds a resource type, a property or a change that moto would drop."""

    def __init__(self) -> None:
        from moto.cloudformation import models, parsing

        self._create, self._update = parsing.parse_and_create_resource, parsing.parse_and_update_resource
        self._parse, self._delete = parsing.parse_resource, parsing.parse_and_delete_resource
        self._create_resources, self._update_stack = models.Stack.create_resources, models.Stack.update
        self._model_map = parsing.get_model_map
        self._watched: list[WatchedProperties] = []

    def install(self, patch: Callable[[Any, str, Any], None]) -> None:
        """Puts this between moto's stacks and its resources."""
        from moto.cloudformation import models, parsing

        patch(parsing, "resource_class_from_type", self._class_of)
        patch(parsing, "parse_resource", self._parsed)
        patch(parsing, "parse_and_create_resource", self._created)
        patch(parsing, "parse_and_update_resource", self._updated)
        patch(parsing, "parse_and_delete_resource", self._deleted)
        patch(models.Stack, "create_resources", self._failing(self._create_resources, "CREATE_FAILED"))
        patch(models.Stack, "update", self._failing(self._update_stack, "UPDATE_FAILED"))

    def _class_of(self, resource_type: str) -> Any:
        found = self._model_map().get(resource_type)
        if found is None:
            raise _lacking(f"build a resource of the type {resource_type}")
        return found

    def _parsed(self, resource_json: dict[str, Any], resources_map: Any) -> Any:
        found, described, resource_type = self._parse(resource_json, resources_map)
        self._watched.append(WatchedProperties(described["Properties"]))
        return found, {**described, "Properties": self._watched[-1]}, resource_type

    def _created(self, logical_id: str, resource_json: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        resource = self._create(logical_id, resource_json, *arguments, **named)
        if resource is not None:  # otherwise its condition does not hold
            self._refuse_unused(logical_id, resource_json)
        return resource

    def _updated(self, logical_id: str, resource_json: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        resource = self._update(logical_id, resource_json, *arguments, **named)
        if resource is None:
            raise _lacking(f"change {logical_id} ({resource_json['Type']})")
        self._refuse_unused(logical_id, resource_json)
        return resource

    def _deleted(self, name: str, resource_json: dict[str, Any], *arguments: Any) -> None:
        found = self._class_of(resource_json["Type"])
        if hasattr(found.delete_from_cloudformation_json, "__isabstractmethod__"):
            raise _lacking(f"delete {name} ({resource_json['Type']})")
        self._delete(name, resource_json, *arguments)

    def _refuse_unused(self, logical_id: str, resource_json: Properties) -> None:
        if unused := self._watched.pop().unused:
            raise _lacking(f"set the property {unused[0]} of {logical_id} ({resource_json['Type']})")

    def _failing(self, work: Callable[..., None], status: str) -> Callable[..., None]:
        """Work of a stack that, if it cannot be done or AWS refuses it, gives the stack a status and a reason."""
        from moto.cloudformation.exceptions import ValidationError

        def worked(stack: Any, *arguments: Any, **named: Any) -> None:
            self._watched.clear()
            try:
                work(stack, *arguments, **named)
            except (TemplateGap, ValidationError) as failure:
                reason = str(failure) if isinstance(failure, TemplateGap) else str(failure.message)
                stack.status = status
                stack._add_stack_event(status, resource_status_reason=reason)  # noqa: SLF001  (moto's own)
                raise

        return worked


def _lacking(what: str) -> TemplateGap:
    return TemplateGap(f"The embedded account cannot {what} from a template.")


def typed(value: Any, name: str = "") -> Any:
    """A property's value in the type of the table's schema: a template, or a parameter of type String, may write `true`
    and numbers as text.

    Raises:
        ValidationError: the text is not a value of that type.
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


def refuse_what_create_table_refuses(name: str, properties: Properties) -> None:
    """A new table of a template is made by CreateTable, by the rules of that operation.

    Raises:
        ValidationError: DynamoDB would refuse the request, or the one that sets point-in-time recovery.
    """
    from harness.account.session import service_model
    from harness.targets.embedded import request_models, request_refusals

    stream, encryption = properties.get("StreamSpecification"), properties.get("SSESpecification", {})
    request = {
        **{one: properties[one] for one in SAME_IN_BOTH if properties.get(one)},
        "TableName": name,
        "SSESpecification": {NAMES_OF_ENCRYPTION.get(one, one): value for one, value in encryption.items()},
        **({"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}),
    }
    shape: Any = service_model("dynamodb").operation_model("CreateTable").input_shape
    for look in (request_models.of_wrong_type, request_models.outside_the_model):
        for wrong in look(request, shape, ""):
            raise _refused(wrong)
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    for refused in request_refusals.problems_of_a_new_table(request):
        raise _refused(refused.message)
    if "RecoveryPeriodInDays" in recovery and not recovery.get("PointInTimeRecoveryEnabled"):
        raise _refused("Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")


def must_be_replaced(table: Any, properties: Properties) -> bool:
    """Whether AWS makes a new table for these properties instead of changing this one.

    Raises:
        ValidationError: AWS would have to make one with the same name.
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
    """Changes a table to what its template says now. What the template no longer names is reset.

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
    """AWS needs the name of the attribute also to disable time to live."""
    expiry = properties.get("TimeToLiveSpecification", {})
    concerned = expiry.get("Enabled", False) or table.ttl["TimeToLiveStatus"] == "ENABLED"
    if concerned and "AttributeName" not in expiry:
        raise _refused(
            "AttributeName property of TimeToLiveSpecification is required when TTL status is enabled or while "
            "enabling/disabling TTL."
        )


def _index_changes(table: Any, properties: Properties) -> list[dict[str, Any]]:
    """The changes of global indexes, as UpdateTable takes them. In one update of a stack, AWS makes or deletes only
    one, and changes nothing but the capacity of those that stay."""
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
