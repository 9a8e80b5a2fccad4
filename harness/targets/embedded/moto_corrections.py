"""Corrects mistakes of moto that would make a verdict wrong. All of them exist in moto 5.2.5. What would make grading
slow is not corrected: requests for items go to our own engine (`bench/items.py` compares both).

Each correction is one function that says what moto does and what AWS does. If moto no longer needs a correction, a test
in `tests/harness/targets/embedded/test_moto_corrections.py` fails: then delete the correction.

The dispatcher of moto's own server is not corrected, because the embedded account does not use it. It looks at some 200
directories for each request.
"""

from __future__ import annotations

import copy
import json
import logging
import uuid
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from harness.targets.embedded import items

CORRECTED_VERSION = "5.2.5"

Patch = Callable[[Any, str, Any], None]
"""Replaces an attribute of a class or a module of moto."""

Correction = Callable[[Patch], None]


def keep_items(patch: Patch) -> None:
    """moto evaluates requests for items differently from DynamoDB in many ways, and slowly. Our engine answers them, and
    keeps the items."""
    items.keep(patch)


def enable_streams_again(patch: Patch) -> None:
    """moto refuses a stream on a table that once had one. AWS refuses it only while one is enabled.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html"""
    from moto.dynamodb.models import DynamoDBBackend

    update_table_streams = DynamoDBBackend.update_table_streams

    def update(self: Any, table: Any, specification: dict[str, Any]) -> None:
        if table.stream_specification.get("StreamEnabled"):
            update_table_streams(self, table, specification)
        else:
            table.set_stream_specification(specification)

    patch(DynamoDBBackend, "update_table_streams", update)


def tell_streams_apart(patch: Patch) -> None:
    """moto describes a table's latest stream whatever the label in the ARN, and fails at one that was disabled, at a
    shard that is not there and at a missing SequenceNumber. AWS keeps a stream that was disabled, and refuses the rest.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
    from moto.dynamodb.models.table import Table
    from moto.dynamodbstreams.models import DynamoDBStreamsBackend

    from harness.targets.embedded import table_streams

    set_stream_specification = Table.set_stream_specification

    def set_and_keep(self: Any, streams: dict[str, Any] | None) -> None:
        set_stream_specification(self, streams)
        table_streams.keep(self)

    patch(Table, "set_stream_specification", set_and_keep)
    patch(DynamoDBStreamsBackend, "describe_stream", table_streams.describe)
    patch(DynamoDBStreamsBackend, "list_streams", table_streams.listed)
    patch(DynamoDBStreamsBackend, "get_shard_iterator", table_streams.iterator)
    patch(DynamoDBStreamsBackend, "get_records", table_streams.records)


def export_as_dynamodb_does(patch: Patch) -> None:
    """moto fails if an export has no S3Prefix, and if ListExports names no table; it writes no manifests, names exports
    oddly, and exports again if a ClientToken is repeated.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html"""
    from moto.core.exceptions import JsonRESTError
    from moto.core.responses import ActionResult
    from moto.dynamodb.responses import DynamoHandler

    from harness.targets.embedded.exports import Export

    def exported(self: Any) -> Any:
        made, token = self.dynamodb_backend.table_exports, self.body.get("ClientToken")
        for one in made.values() if token else ():
            if one.parameters.get("ClientToken") == token:
                if one.parameters != self.body:
                    reason = "Export conflict: Duplicate request detected with conflicting parameters"
                    raise JsonRESTError("ExportConflictException", reason)
                return ActionResult({"ExportDescription": one.description})
        tables = self.dynamodb_backend.tables.values()
        export = Export(next(one for one in tables if one.table_arn == self.body["TableArn"]), dict(self.body))
        made[export.arn] = export
        begun = dict(export.description)
        export.run()
        return ActionResult({"ExportDescription": begun})

    def described(self: Any) -> Any:
        return ActionResult(
            {"ExportDescription": self.dynamodb_backend.table_exports[self.body["ExportArn"]].description}
        )

    def listed(self: Any) -> Any:
        """The latest first. Those of a table that was deleted since are not listed."""
        tables = {id(one) for one in self.dynamodb_backend.tables.values()}
        wanted = self.body.get("TableArn")
        found = [
            {"ExportArn": one.arn, "ExportStatus": one.description["ExportStatus"], "ExportType": one.type}
            for one in self.dynamodb_backend.table_exports.values()
            if wanted in (None, one.table.table_arn) and id(one.table) in tables
        ]
        found.sort(key=lambda one: one["ExportArn"], reverse=True)
        page = [one for one in found if one["ExportArn"] < self.body.get("NextToken", "b")]
        size = self.body.get("MaxResults") or len(page)
        more = {"NextToken": page[size - 1]["ExportArn"]} if size < len(page) else {}
        return ActionResult({"ExportSummaries": page[:size], **more})

    patch(DynamoHandler, "export_table_to_point_in_time", exported)
    patch(DynamoHandler, "describe_export", described)
    patch(DynamoHandler, "list_exports", listed)


def restore_what_is_restored(patch: Patch) -> None:
    """moto forgets the billing mode, the maximum throughput and the encryption of a table that it restores, and takes
    no SourceTableArn.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html"""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.responses import DynamoHandler

    restore = DynamoHandler.restore_table_to_point_in_time
    restore_table_from_backup = DynamoDBBackend.restore_table_from_backup
    restore_table_to_point_in_time = DynamoDBBackend.restore_table_to_point_in_time

    def like(source: Any, restored: Any) -> Any:
        for name in ("billing_mode", "sse_specification", "on_demand_throughput"):
            setattr(restored, name, copy.deepcopy(getattr(source, name)))
        return restored

    def from_backup(self: Any, target_table_name: str, backup_arn: str) -> Any:
        restored = restore_table_from_backup(self, target_table_name, backup_arn)
        return like(self.get_backup(backup_arn).table, restored)

    def to_point_in_time(self: Any, target_table_name: str, source_table_name: str) -> Any:
        restored = restore_table_to_point_in_time(self, target_table_name, source_table_name)
        return like(self.get_table(source_table_name), restored)

    def named(self: Any) -> Any:
        if arn := self.body.get("SourceTableArn"):
            self.body["SourceTableName"] = arn.split("/")[-1]
        return restore(self)

    patch(DynamoDBBackend, "restore_table_from_backup", from_backup)
    patch(DynamoDBBackend, "restore_table_to_point_in_time", to_point_in_time)
    patch(DynamoHandler, "restore_table_to_point_in_time", named)


def replace_tags(patch: Patch) -> None:
    """moto gives a table two tags of the same key if that key is tagged again. AWS replaces the value.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html"""
    from moto.dynamodb.models import DynamoDBBackend

    tag_resource = DynamoDBBackend.tag_resource

    def tag(self: Any, arn: str, tags: dict[str, str]) -> None:
        self.untag_resource(arn, list(tags))
        tag_resource(self, arn, tags)

    patch(DynamoDBBackend, "tag_resource", tag)


def keep_resource_policies(patch: Patch) -> None:
    """moto drops the resource policy of CreateTable, keeps that of a table that was deleted, and fails to delete one
    that is not there.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create.html"""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.responses import DynamoHandler

    create_table, delete_table = DynamoHandler.create_table, DynamoDBBackend.delete_table
    delete_policy = DynamoDBBackend.delete_resource_policy

    def create(self: Any) -> Any:
        response = create_table(self)
        if self.body.get("ResourcePolicy") is not None:
            backend = self.dynamodb_backend
            arn = backend.get_table(self.body["TableName"]).table_arn
            backend.put_resource_policy(arn, self.body["ResourcePolicy"], None)
        return response

    def delete(self: Any, name: str) -> Any:
        table = delete_table(self, name)
        self.resource_policies.pop(table.table_arn, None)
        return table

    def without_policy(self: Any, resource_arn: str, expected_revision_id: str | None) -> None:
        if resource_arn in self.resource_policies or expected_revision_id:
            delete_policy(self, resource_arn, expected_revision_id)

    patch(DynamoHandler, "create_table", create)
    patch(DynamoDBBackend, "delete_table", delete)
    patch(DynamoDBBackend, "delete_resource_policy", without_policy)


def forget_capacity_on_demand(patch: Patch) -> None:
    """moto keeps the capacity units of a table that changes to on-demand billing, and of its global indexes. AWS then
    tells none.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ProvisionedThroughputDescription.html"""
    from moto.dynamodb.models import DynamoDBBackend

    update_table: Callable[..., Any] = DynamoDBBackend.update_table

    def update(self: Any, name: str, attr_definitions: Any, *arguments: Any, **named: Any) -> Any:
        table = update_table(self, name, attr_definitions, *arguments, **named)
        if table.billing_mode == "PAY_PER_REQUEST":
            for one in (table, *table.global_indexes):
                one.throughput = {**one.throughput, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        return table

    patch(DynamoDBBackend, "update_table", update)


def keep_attribute_definitions(patch: Patch) -> None:
    """moto replaces a table's attribute definitions with those of UpdateTable, and so forgets the types of its keys.
    AWS keeps the definitions that keys still use.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    from moto.dynamodb.models import DynamoDBBackend

    update_table: Callable[..., Any] = DynamoDBBackend.update_table

    def update(self: Any, name: str, attr_definitions: Any, *arguments: Any, **named: Any) -> Any:
        table = self.get_table(name)
        definitions = {one["AttributeName"]: one for one in [*(attr_definitions or ()), *table.attr]}
        update_table(self, name, None, *arguments, **named)
        table.attr = [one for one in definitions.values() if one["AttributeName"] in table.attribute_keys]
        return table

    patch(DynamoDBBackend, "update_table", update)


def tell_table_class_and_id(patch: Patch) -> None:
    """moto forgets the table class and the maximum throughput, and gives neither tables nor backups a TableId. AWS uses
    it to distinguish a table from a later one with the same name. AWS shows the billing mode of a table only if the table
    is or was on demand.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"""
    from moto.dynamodb.models.table import Backup, Table
    from moto.dynamodb.responses import DynamoHandler

    initialise, describe = Table.__init__, Table.describe
    create_table, update_table = DynamoHandler.create_table, DynamoHandler.update_table
    summary: Callable[[Any], dict[str, Any]] = vars(Backup)["summary"].fget

    def identified(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.table_id = str(uuid.uuid4())
        self.table_class = None
        self.on_demand_throughput = {}
        self.was_on_demand = self.billing_mode == "PAY_PER_REQUEST"

    def described(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        description = describe(self, base_key)
        description[base_key]["TableId"] = self.table_id
        self.was_on_demand = self.was_on_demand or self.billing_mode == "PAY_PER_REQUEST"
        if not self.was_on_demand:
            del description[base_key]["BillingModeSummary"]
        if self.table_class is not None:
            description[base_key]["TableClassSummary"] = {"TableClass": self.table_class}
        if self.on_demand_throughput and self.billing_mode == "PAY_PER_REQUEST":
            description[base_key]["OnDemandThroughput"] = self.on_demand_throughput
        return description

    def remembering(respond: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(self: Any) -> Any:
            response = respond(self)
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            table.table_class = self.body.get("TableClass", table.table_class)
            table.on_demand_throughput |= self.body.get("OnDemandThroughput") or {}
            if table.billing_mode == "PROVISIONED" or set(table.on_demand_throughput.values()) == {-1}:
                table.on_demand_throughput = {}
            return response

        return answer

    patch(Table, "__init__", identified)
    patch(Table, "describe", described)
    patch(DynamoHandler, "create_table", remembering(create_table))
    patch(DynamoHandler, "update_table", remembering(update_table))
    patch(Backup, "summary", property(lambda self: {**summary(self), "TableId": self.table.table_id}))


def tell_encryption_keys(patch: Patch) -> None:
    """If SSESpecification names no key, moto's key is customer managed, and AWS's is the AWS managed key. moto returns
    the id or alias of a key where AWS returns the ARN, and takes keys that are disabled. It ignores SSESpecification in
    UpdateTable.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.responses import DynamoHandler

    default_key = vars(Table)["_get_default_encryption_key"]
    create_table, update_table = DynamoHandler.create_table, DynamoHandler.update_table

    def managed_key(table: Any, account_id: str, region: str) -> str:
        from moto.kms.models import kms_backends

        arn: str = default_key(table, account_id, region)
        kms_backends[account_id][region].describe_key(arn).key_manager = "AWS"
        return arn

    def resolved(handler: Any, specification: Mapping[str, Any]) -> dict[str, Any]:
        """The specification with its key as an ARN."""
        key = specification.get("KMSMasterKeyId")
        account_id, region = handler.current_account, handler.region
        if not specification.get("Enabled", "SSEType" in specification):
            return {"Enabled": False, "KMSMasterKeyId": None}
        if key is None or key.endswith("alias/aws/dynamodb"):
            arn = managed_key(None, account_id, region)
        else:
            arn = _usable_key(key, account_id, region)
        return {**specification, "Enabled": True, "KMSMasterKeyId": arn}

    def create(self: Any) -> Any:
        if "SSESpecification" in self.body:
            self.body["SSESpecification"] = resolved(self, self.body["SSESpecification"])
        return create_table(self)

    def update(self: Any) -> Any:
        response = update_table(self)
        if "SSESpecification" in self.body:
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            table.sse_specification = resolved(self, self.body["SSESpecification"])
        return response

    patch(Table, "_get_default_encryption_key", managed_key)
    patch(DynamoHandler, "create_table", create)
    patch(DynamoHandler, "update_table", update)


def _usable_key(key: str, account_id: str, region: str) -> str:
    """The ARN of a KMS key that DynamoDB can encrypt with.

    Raises:
        MockValidationException: there is none, or it is disabled or pending deletion.
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.kms.models import kms_backends

    keys = kms_backends[account_id][region]
    name = keys.get_alias_name(key)
    unknown = name.startswith("alias/") and keys.get_key_id_from_alias(name) is None
    if unknown or keys.any_id_to_key_id(key) not in keys.keys:
        raise MockValidationException(f"KMS validation error: NotFoundException: Key '{key}' does not exist")
    found = keys.describe_key(key)
    arn: str = found.arn
    if found.key_state == "PendingDeletion":
        raise MockValidationException(f"KMS validation error: KMSInvalidStateException: {arn} is pending deletion.")
    if found.key_state != "Enabled":
        raise MockValidationException(f"KMS key disabled error: DisabledException: {arn} is disabled.")
    return arn


def keep_time_to_live(patch: Patch) -> None:
    """moto accepts any number of changes of time to live. AWS refuses to enable it twice or on another attribute, and
    accepts one change an hour, which is longer than any run.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.models import DynamoDBBackend

    update_time_to_live = DynamoDBBackend.update_time_to_live

    def update(self: Any, table_name: str, ttl_spec: dict[str, Any]) -> None:
        table = self.tables.get(table_name)
        if table is None or not {"Enabled", "AttributeName"} <= set(ttl_spec):
            update_time_to_live(self, table_name, ttl_spec)
            return
        enabled = table.ttl["TimeToLiveStatus"] == "ENABLED"
        current, wanted = table.ttl.get("AttributeName"), ttl_spec["AttributeName"]
        if enabled and wanted != current:
            raise MockValidationException(
                f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
            )
        if enabled and ttl_spec["Enabled"]:
            raise MockValidationException("TimeToLive is already enabled")
        if not enabled and not ttl_spec["Enabled"]:
            raise MockValidationException("TimeToLive is already disabled")
        if enabled:
            raise MockValidationException("Time to live has been modified multiple times within a fixed interval")
        update_time_to_live(self, table_name, ttl_spec)

    patch(DynamoDBBackend, "update_time_to_live", update)


def honour_templates(patch: Patch) -> None:
    """moto drops some properties of a table in a CloudFormation template, reads the text "false" as true, and never
    updates a table; it still reports CREATE_COMPLETE and UPDATE_COMPLETE.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html"""
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.models.table import Table

    from harness.targets.embedded import templates

    create_from_template = vars(Table)["create_from_cloudformation_json"].__func__

    def create(
        cls: Any,
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **named: Any,
    ) -> Any:
        resource = {**cloudformation_json, "Properties": cloudformation_json["Properties"].typed()}
        unwatched = dict(dict.items(resource["Properties"]))
        templates.refuse_what_create_table_refuses(resource_name, unwatched)
        table = create_from_template(cls, resource_name, resource, account_id, region_name, **named)
        templates.complete(table, resource["Properties"])
        return table

    def update(
        cls: Any,
        /,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        properties = cloudformation_json["Properties"].typed()
        if not templates.must_be_replaced(original_resource, properties):
            templates.update(original_resource, properties)
            return original_resource
        table = create(cls, new_resource_name, cloudformation_json, account_id, region_name)
        dynamodb_backends[account_id][region_name].delete_table(original_resource.name)
        return table

    patch(Table, "create_from_cloudformation_json", classmethod(create))
    patch(Table, "update_from_cloudformation_json", classmethod(update))


def drop_nothing_of_templates(patch: Patch) -> None:
    """moto drops the resource types and properties of a CloudFormation template that it lacks, with no more than a
    warning, and still reports CREATE_COMPLETE. Here the stack fails, the request is answered like one for an operation
    that this account lacks, and both answers name the type or the property."""
    from harness.targets.embedded.templates import StrictTemplates

    StrictTemplates().install(patch)


def keep_inline_policies_as_text(patch: Patch) -> None:
    """moto keeps the inline policy of a role from a template as an object, and returns it in Python's notation. AWS
    keeps JSON.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html"""
    from moto.iam.models import Role

    put_policy: Callable[..., None] = Role.put_policy

    def put_text(self: Any, policy_name: str, document: Any) -> None:
        put_policy(self, policy_name, document if isinstance(document, str) else json.dumps(document))

    patch(Role, "put_policy", put_text)


def run_nothing_in_docker(_patch: Patch) -> None:
    """moto runs functions and batch jobs in Docker, on this machine. Checks judge functions by their configuration, so
    the backends without Docker are used."""
    from moto.core.config import default_user_config

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}


def load_managed_policies(patch: Patch) -> None:
    """moto loads the IAM policies that AWS manages only if a setting says so, together with IAM's other data, and it
    does so at the first request to any service, to note when an access key was last used. No client has an access key
    of moto's, so here nothing is noted, and the policies are loaded only where IAM is used.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"""
    from moto.core.config import default_user_config
    from moto.iam import models

    default_user_config["iam"] = {"load_aws_managed_policies": True}
    patch(models, "mark_account_as_visited", lambda **_: None)


def protect_new_buckets(patch: Patch) -> None:
    """moto's new buckets are unencrypted and open. AWS blocks all public access to a new bucket, disables its ACLs and
    encrypts it. If a bucket's default encryption is deleted, it has SSE-S3 again.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html"""
    from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

    initialise = FakeBucket.__init__

    def encryption() -> dict[str, Any]:
        return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}

    def protected(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.public_access_block = PublicAccessBlock("true", "true", "true", "true")
        self.encryption = encryption()
        self.ownership_rule = "BucketOwnerEnforced"

    def delete_bucket_encryption(self: Any, bucket_name: str) -> None:
        self.get_bucket(bucket_name).encryption = encryption()

    patch(FakeBucket, "__init__", protected)
    patch(S3Backend, "delete_bucket_encryption", delete_bucket_encryption)


def tell_missing_workgroups(patch: Patch) -> None:
    """moto returns nothing for a workgroup that does not exist, and lists no named queries of it. AWS refuses both.
    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html"""
    from moto.athena.models import AthenaBackend
    from moto.athena.responses import AthenaResponse
    from moto.core.exceptions import JsonRESTError

    get_work_group, list_named_queries = AthenaBackend.get_work_group, AthenaResponse.list_named_queries

    def get(self: Any, name: str) -> Any:
        found = get_work_group(self, name)
        if found is None:
            raise JsonRESTError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return found

    def listed(self: Any) -> Any:
        self.athena_backend.get_work_group(self._get_param("WorkGroup") or "primary")
        return list_named_queries(self)

    patch(AthenaBackend, "get_work_group", get)
    patch(AthenaResponse, "list_named_queries", listed)


def begin_alarms_without_data(patch: Patch) -> None:
    """moto's new alarms are OK. AWS's have INSUFFICIENT_DATA until there is data.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""
    from moto.cloudwatch.models import Alarm

    initialise = Alarm.__init__

    def without_data(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.state_value = "INSUFFICIENT_DATA"

    patch(Alarm, "__init__", without_data)


CORRECTIONS: tuple[Correction, ...] = (
    keep_items,
    enable_streams_again,
    tell_streams_apart,
    export_as_dynamodb_does,
    restore_what_is_restored,
    replace_tags,
    keep_resource_policies,
    forget_capacity_on_demand,
    keep_attribute_definitions,
    tell_table_class_and_id,
    tell_encryption_keys,
    keep_time_to_live,
    honour_templates,
    drop_nothing_of_templates,
    keep_inline_policies_as_text,
    run_nothing_in_docker,
    load_managed_policies,
    protect_new_buckets,
    tell_missing_workgroups,
    begin_alarms_without_data,
)

_applied: set[str] = set()


def apply(*, templates: bool = True) -> None:
    """Imports moto and applies every correction, once in a process. moto's logs and warnings are for its own
    developers, so they are switched off: a run itself says what it could not do.

    Args:
        templates: also those of CloudFormation, which import 20 services of moto: that takes longer than all the rest.
    """
    logging.getLogger("moto").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"moto\.")
    for correction in CORRECTIONS:
        if correction is drop_nothing_of_templates and not templates:
            continue
        if correction.__name__ not in _applied:
            _applied.add(correction.__name__)
            correction(setattr)
