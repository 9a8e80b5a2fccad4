"""A table and its settings: existence, primary key, billing, class, encryption, deletion protection, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from checks.facts.tables import (
    TABLE,
    TYPE_NAMES,
    attribute_types,
    describe_table,
    key_parts,
    listed,
    refuse_unknown,
    refuse_unknown_types,
    refuse_untold_types,
    refuse_while_updating,
    type_name,
)
from harness.checking.check import Context, Failed, Passed, Pending, Unsupported, check

if TYPE_CHECKING:
    from harness.submission.provisioning import Provisioning

DESCRIBE_TABLE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"
TABLE_CLASSES = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"]
KEY_MANAGERS = {"AWS": "AWS_MANAGED", "CUSTOMER": "CUSTOMER_MANAGED"}
KEY_STATES = {
    "Enabled": True,
    "Disabled": False,
    "PendingDeletion": False,
    "PendingImport": False,
    "PendingReplicaDeletion": False,
    "Unavailable": False,
}
"""Whether a KMS key can be used in a state that lasts.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""

KEY = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "types": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": ["S", "N", "B"]}},
    },
    "additionalProperties": False,
}


@check(
    "table.exists",
    parameters={"table": TABLE},
    example={"table": "${table_name}"},
    actions=("dynamodb:DescribeTable",),
    source=DESCRIBE_TABLE,
)
def exists(context: Context, table: str) -> Passed:
    """The table exists under the name that the lab gives."""
    if context.account.find("dynamodb", "DescribeTable", TableName=table) is None:
        raise Failed(
            f"There is no table {table} in {context.account.region}.",
            expected=f"a table named {table}",
            actual=_what_the_script_did(context),
            resource=context.account.table_arn(table),
            remedy=f"Create the table with exactly this name (it is in TABLE_NAME where the lab says so), "
            f"in {context.account.region}. Names are case-sensitive.",
        )
    description = describe_table(context, table)
    status = description["TableStatus"]
    if status == "CREATING":
        raise Pending(
            f"The table {table} is still being created.",
            expected="an existing table",
            actual=status,
            resource=description["TableArn"],
        )
    return Passed(f"The table exists ({status}).", actual=status, resource=description["TableArn"])


def _what_the_script_did(context: Context) -> str:
    """Why there may be no table: the script created others, which often differ by a letter or a Region, or failed."""
    run = context.provisioning
    if run is None:
        return "no such table"
    if made := _tables(run, "CreateTable"):
        deleted = _tables(run, "DeleteTable")
        return f"no such table; the script created {listed(made)}" + (
            f" and deleted {listed(deleted)}" if deleted else ""
        )
    ending = "was ended after its time limit" if run.timed_out else f"ended with exit code {run.exit_code}"
    return f"no such table; {run.script.name} {ending}" if run.exit_code else "no such table"


def _tables(run: Provisioning, operation: str) -> list[str]:
    """The tables that the script created or deleted, with their Regions."""
    return [
        f"{request.parameters.get('TableName')} in {request.region}"
        for request in run.requests
        if (request.service, request.operation, request.status) == ("dynamodb", operation, 200)
    ]


@check(
    "table.active",
    parameters={"table": TABLE},
    example={"table": "${table_name}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source=DESCRIBE_TABLE,
)
def active(context: Context, table: str) -> Passed:
    """The table is active: ready for reads and writes."""
    description = describe_table(context, table)
    refuse_while_updating(description, "state")
    status, arn = description["TableStatus"], description["TableArn"]
    if status == "ACTIVE":
        return Passed("The table is ACTIVE.", actual=status, resource=arn)
    remedies = {
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "Restore DynamoDB's access to the table's KMS key: "
        "enable the key, cancel its deletion, or mend its policy.",
        "ARCHIVING": "Restore the table from the backup that is made of it, with a key that DynamoDB can use.",
        "ARCHIVED": "Restore the table from its backup, with a key that DynamoDB can use.",
    }
    refuse_unknown("The table has the status", status, remedies, arn)
    raise Failed(
        f"The table is {status}, not ACTIVE.", expected="ACTIVE", actual=status, resource=arn, remedy=remedies[status]
    )


@check(
    "table.key_schema",
    parameters={"table": TABLE, "keys": {"enum": [1, 2]}, "partition_key": KEY, "sort_key": KEY},
    example={
        "table": "${table_name}",
        "keys": 2,
        "partition_key": {"name": "customer_id", "types": ["S"]},
        "sort_key": {"types": ["S", "N"]},
    },
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html"
    "#HowItWorks.CoreComponents.PrimaryKey",
)
def key_schema(
    context: Context,
    table: str,
    keys: int | None = None,
    partition_key: Mapping[str, Any] | None = None,
    sort_key: Mapping[str, Any] | None = None,
) -> Passed:
    """The table's primary key has the required form.

    `keys` is the number of key attributes: 1 (a partition key) or 2 (a partition key and a sort key). A key's
    `name` and `types` are judged where they are given and free where they are not.
    """
    description = describe_table(context, table)
    arn = description["TableArn"]
    types = attribute_types(description)
    found = {role: names[0] for role, names in key_parts(description["KeySchema"], arn).items() if names}
    required = {
        "HASH": partition_key or {},
        **({"RANGE": sort_key or {}} if keys == 2 or sort_key is not None else {}),
    }
    refuse_unknown_types([name for role, name in found.items() if "types" in required.get(role, {})], types, arn)
    problems: list[str] = []
    for role, noun in (("HASH", "partition key"), ("RANGE", "sort key")):
        if role in required:
            problems += _key_problems(noun, found.get(role), types, required[role])
    if "HASH" in found and found["HASH"] == found.get("RANGE"):
        problems.append(f"{found['HASH']} is both partition key and sort key, which AWS refuses")
    if keys == 1 and "RANGE" in found:
        problems.append(f"there must be no sort key, but {found['RANGE']} is one")
    actual = _key_text(found, types)
    if problems:
        raise Failed(
            f"The primary key is not as required: {'; '.join(problems)}.",
            expected=_required_key_text(keys, required),
            actual=actual,
            resource=arn,
            remedy="A table's primary key cannot be changed: delete the table and create it with this key.",
        )
    unknown = [name for role, name in found.items() if required.get(role, {}).get("types") and name not in types]
    refuse_untold_types(context, unknown, actual, arn)
    return Passed(f"The primary key is {actual}.", actual=actual, resource=arn)


def _key_problems(noun: str, name: str | None, types: Mapping[str, str], required: Mapping[str, Any]) -> list[str]:
    if name is None:
        return [f"there is no {noun}"]
    problems = []
    if "name" in required and name != required["name"]:
        problems.append(f"the {noun} is {name}, not {required['name']}")
    if "types" in required and name in types and types[name] not in required["types"]:
        allowed = " or ".join(type_name(letter) for letter in required["types"])
        problems.append(f"the {noun} {name} has type {type_name(types[name])}, not {allowed}")
    return problems


def _key_text(found: Mapping[str, str], types: Mapping[str, str]) -> str:
    return ", ".join(f"{role} {name} ({types.get(name, 'type not told')})" for role, name in sorted(found.items()))


def _required_key_text(keys: int | None, required: Mapping[str, Mapping[str, Any]]) -> str:
    parts = []
    for role, key in required.items():
        types = "/".join(key.get("types", TYPE_NAMES))
        parts.append(f"{role} {key.get('name', '<any name>')} ({types})")
    return ", ".join(parts) + (", no sort key" if keys == 1 else "")


@check(
    "table.billing_mode",
    parameters={"table": TABLE, "mode": {"enum": ["PAY_PER_REQUEST", "PROVISIONED"]}},
    example={"table": "${table_name}", "mode": "PAY_PER_REQUEST"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html",
)
def billing_mode(context: Context, table: str, mode: str) -> Passed:
    """The table has the required capacity mode.

    AWS leaves the summary out of tables that were always provisioned; those have capacity units.
    """
    description = describe_table(context, table)
    refuse_while_updating(description, "capacity mode")
    found = description.get("BillingModeSummary", {}).get("BillingMode")
    if found is None:
        units = description.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0)
        if units == 0 and not context.account.faithful:
            raise Unsupported("This endpoint does not tell the capacity mode.", resource=description["TableArn"])
        found = "PROVISIONED"
    refuse_unknown("The table's capacity mode is", found, ("PROVISIONED", "PAY_PER_REQUEST"), description["TableArn"])
    if found != mode:
        raise Failed(
            f"The table's capacity mode is {found}, not {mode}.",
            expected=mode,
            actual=found,
            resource=description["TableArn"],
            remedy=f"Switch it with UpdateTable: BillingMode={mode}"
            + (" and a ProvisionedThroughput." if mode == "PROVISIONED" else "."),
        )
    return Passed(f"The capacity mode is {found}.", actual=found, resource=description["TableArn"])


@check(
    "table.class",
    parameters={"table": TABLE, "table_class": {"enum": TABLE_CLASSES}},
    example={"table": "${table_name}", "table_class": "STANDARD_INFREQUENT_ACCESS"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.TableClasses.html",
)
def table_class(context: Context, table: str, table_class: str) -> Passed:
    """The table has the required table class.

    AWS leaves the summary out of tables whose class was never set, which are STANDARD.
    """
    description = describe_table(context, table)
    refuse_while_updating(description, "table class")
    summary = description.get("TableClassSummary")
    if summary is None and not context.account.faithful:
        raise Unsupported("This endpoint does not tell the table class.", resource=description["TableArn"])
    found = (summary or {}).get("TableClass", "STANDARD")
    refuse_unknown("The table class is", found, TABLE_CLASSES, description["TableArn"])
    if found != table_class:
        raise Failed(
            f"The table class is {found}, not {table_class}.",
            expected=table_class,
            actual=found,
            resource=description["TableArn"],
            remedy=f"Change it with UpdateTable: TableClass={table_class}.",
        )
    return Passed(f"The table class is {found}.", actual=found, resource=description["TableArn"])


@check(
    "table.encryption",
    parameters={"table": TABLE, "key": {"enum": ["AWS_OWNED", "AWS_MANAGED", "CUSTOMER_MANAGED"]}},
    example={"table": "${table_name}", "key": "CUSTOMER_MANAGED"},
    actions=("dynamodb:DescribeTable", "kms:DescribeKey"),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
)
def encryption(context: Context, table: str, key: str) -> Passed:
    """The table is encrypted at rest with the required kind of KMS key.

    Every table is encrypted. Without an SSEDescription the key is AWS owned; with one, the KMS key itself tells
    whether AWS or the customer manages it, and whether it can be used.
    """
    description = describe_table(context, table)
    refuse_while_updating(description, "encryption")
    arn = description["TableArn"]
    sse = description.get("SSEDescription", {})
    status = sse.get("Status", "DISABLED")
    if status in ("ENABLING", "UPDATING", "DISABLING"):
        raise Pending(
            f"The table's encryption is {status}.",
            expected=f"encryption with a key that is {key}",
            actual=status,
            resource=arn,
        )
    refuse_unknown("The table's encryption has the status", status, ("ENABLED", "DISABLED"), arn)
    if "InaccessibleEncryptionDateTime" in sse:
        raise Failed(
            "DynamoDB cannot use the table's KMS key.",
            expected=f"a usable key ({key})",
            actual=f"inaccessible since {sse['InaccessibleEncryptionDateTime']}",
            resource=arn,
            remedy="Enable the key, cancel its deletion or mend its policy: DynamoDB archives such a table.",
        )
    if not context.account.faithful and (key != "AWS_OWNED" or status == "DISABLED"):
        raise Unsupported("Emulators do not tell reliably which KMS key a table has.", resource=arn)
    if status == "DISABLED":
        found, detail = "AWS_OWNED", "AWS_OWNED (no SSEDescription)"
    elif key == "AWS_OWNED":  # whoever manages a KMS key, DynamoDB does not own it: nothing to ask of KMS
        found, detail = "a KMS key of the account", sse.get("KMSMasterKeyArn", "a KMS key")
    else:
        found, detail = _kms_key(context, sse["KMSMasterKeyArn"], key, arn)
    if found != key:
        raise Failed(
            f"The table is encrypted with {_key_in_words(found)}, not with {_key_in_words(key)}.",
            expected=key,
            actual=detail,
            resource=arn,
            remedy=_encryption_remedy(key),
        )
    return Passed(f"The table is encrypted with {_key_in_words(found)}.", actual=detail, resource=arn)


def _kms_key(context: Context, key_arn: str, wanted: str, table_arn: str) -> tuple[str, str]:
    """Who manages a KMS key, and that with its ARN and state; fails where the key cannot be used."""
    answer = context.account.find("kms", "DescribeKey", KeyId=key_arn)
    if answer is None:
        raise Failed(
            "The table's KMS key does not exist any more.",
            expected=wanted,
            actual=f"no key {key_arn}",
            resource=table_arn,
            remedy=_encryption_remedy(wanted),
        )
    manager, state = answer["KeyMetadata"]["KeyManager"], answer["KeyMetadata"]["KeyState"]
    refuse_unknown("The key's manager is", manager, KEY_MANAGERS, key_arn)
    found = KEY_MANAGERS[manager]
    detail = f"{found} {key_arn} ({state})"
    if found != wanted:
        return found, detail
    if state in ("Creating", "Updating"):
        raise Pending(
            f"The table's KMS key is {state}.",
            expected=f"{wanted}, Enabled",
            actual=state,
            resource=key_arn,
        )
    refuse_unknown("The key's state is", state, KEY_STATES, key_arn)
    if not KEY_STATES[state]:
        raise Failed(
            f"The table's KMS key cannot be used: it is {state}.",
            expected=f"{wanted}, Enabled",
            actual=detail,
            resource=table_arn,
            remedy="Enable the key or cancel its deletion: DynamoDB loses access to the table without it.",
        )
    return found, detail


def _key_in_words(key: str) -> str:
    return {
        "AWS_OWNED": "a key that AWS owns",
        "AWS_MANAGED": "a KMS key that AWS manages",
        "CUSTOMER_MANAGED": "a KMS key that the customer manages",
    }.get(key, key)


def _encryption_remedy(key: str) -> str:
    settings = {
        "AWS_OWNED": "Enabled=false",
        "AWS_MANAGED": "Enabled=true, SSEType=KMS and no KMSMasterKeyId",
        "CUSTOMER_MANAGED": "Enabled=true, SSEType=KMS and your own key as KMSMasterKeyId",
    }
    return f"Change it with UpdateTable: SSESpecification with {settings[key]}."


@check(
    "table.deletion_protection",
    parameters={"table": TABLE, "enabled": {"type": "boolean"}},
    example={"table": "${table_name}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"
    "#WorkingWithTables.Basics.DeletionProtection",
)
def deletion_protection(context: Context, table: str, enabled: bool = True) -> Passed:
    """Deletion protection is on (or off, where the lab asks for that)."""
    description = describe_table(context, table)
    refuse_while_updating(description, "deletion protection")
    found = description.get("DeletionProtectionEnabled")
    if found is None and not context.account.faithful:
        raise Unsupported("This endpoint does not tell about deletion protection.", resource=description["TableArn"])
    found = bool(found)
    words = {True: "on", False: "off"}
    if found is not enabled:
        raise Failed(
            f"Deletion protection is {words[found]}, not {words[enabled]}.",
            expected=words[enabled],
            actual=words[found],
            resource=description["TableArn"],
            remedy=f"Change it with UpdateTable: DeletionProtectionEnabled={str(enabled).lower()}.",
        )
    return Passed(f"Deletion protection is {words[found]}.", actual=words[found], resource=description["TableArn"])


@check(
    "table.tags",
    parameters={
        "table": TABLE,
        "tags": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"minLength": 1, "maxLength": 128},
            "additionalProperties": {"type": "string", "maxLength": 256},
        },
    },
    example={"table": "${table_name}", "tags": {"course": "dynamodb"}},
    actions=("dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html",
)
def tags(context: Context, table: str, tags: Mapping[str, str]) -> Passed:
    """The table has the required tags, with exactly these values; it may have more."""
    arn = describe_table(context, table)["TableArn"]
    answer = context.account.read("dynamodb", "ListTagsOfResource", ResourceArn=arn)
    found = {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
    problems = [_tag_problem(name, value, found) for name, value in tags.items() if found.get(name) != value]
    actual = _tags_text(list(found.items()))
    if problems:
        raise Failed(
            f"Tags are missing or differ: {'; '.join(problems)}.",
            expected=_tags_text(list(tags.items())),
            actual=actual,
            resource=arn,
            remedy="Set them with TagResource. Keys and values are case-sensitive.",
        )
    message = "The required tag is there." if len(tags) == 1 else f"All {len(tags)} required tags are there."
    return Passed(message, actual=actual, resource=arn)


def _tag_problem(name: str, value: str, found: Mapping[str, str]) -> str:
    if name in found:
        return f"{name} is {found[name]!r}, not {value!r}"
    alike = [other for other in found if other.lower() == name.lower()]
    return f"{name} is missing" + (f" ({alike[0]} is written differently)" if alike else "")


def _tags_text(pairs: Sequence[tuple[str, str]]) -> str:
    return listed(f"{name}={value}" for name, value in sorted(pairs))
