"""A table and its settings: existence, primary key, billing, class, encryption, deletion protection, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from checks.facts.tables import (
    API,
    GUIDE,
    TYPE_NAMES,
    KeyAttribute,
    Table,
    listed,
    refuse_unknown,
    setting,
    type_name,
)
from harness.checking.check import Failed, Passed, Pending, Unsupported, check
from harness.checking.parameters import Schema

if TYPE_CHECKING:
    from harness.submission.provisioning import Provisioning

ANY_KMS_KEY = "a KMS key of the account"
CapacityMode = Literal["PAY_PER_REQUEST", "PROVISIONED"]
TableClass = Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"]
KeyKind = Literal["AWS_OWNED", "AWS_MANAGED", "CUSTOMER_MANAGED"]
KEYS = {
    "AWS_OWNED": ("a key that AWS owns", "Enabled=false"),
    "AWS_MANAGED": ("a KMS key that AWS manages", "Enabled=true, SSEType=KMS and no KMSMasterKeyId"),
    "CUSTOMER_MANAGED": (
        "a KMS key that the customer manages",
        "Enabled=true, SSEType=KMS and your own key as KMSMasterKeyId",
    ),
    ANY_KMS_KEY: (ANY_KMS_KEY, ""),
}
"""What each kind of key is in words, and how SSESpecification requests it."""

KEY_MANAGERS = {"AWS": "AWS_MANAGED", "CUSTOMER": "CUSTOMER_MANAGED"}
UNUSABLE = ("Disabled", "PendingDeletion", "PendingImport", "PendingReplicaDeletion", "Unavailable")
"""The states of a KMS key, if they last, in which it cannot be used.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""

Tags = Annotated[
    Mapping[str, str],
    Schema(
        type="object",
        minProperties=1,
        propertyNames={"minLength": 1, "maxLength": 128},
        additionalProperties={"type": "string", "maxLength": 256},
    ),
]


@check("table.exists", source=f"{API}API_TableDescription.html")
def exists(table: Table) -> Passed:
    """The table exists, with the name that the lab gives."""
    region = table.account.region
    if table.account.find("dynamodb", "DescribeTable", TableName=table.name) is None:
        raise Failed(
            f"There is no table {table.name} in {region}.",
            expected=f"a table named {table.name}",
            actual=_what_the_script_did(table.context.provisioning),
            remedy=f"Create the table with exactly this name (TABLE_NAME, if the lab says so), in {region}. "
            "Names are case-sensitive.",
        )
    status = table.description["TableStatus"]
    if status == "CREATING":
        message = f"The table {table.name} is still being created."
        raise Pending(message, expected="an existing table", actual=status)
    return Passed(f"The table exists ({status}).", actual=status)


def _what_the_script_did(run: Provisioning | None) -> str:
    """Why there may be no table: the script failed, or created others, whose names may differ by a letter or a
    Region."""
    if run is None:
        return "no such table"
    if made := _tables(run, "CreateTable"):
        deleted = f" and deleted {listed(gone)}" if (gone := _tables(run, "DeleteTable")) else ""
        return f"no such table; the script created {listed(made)}{deleted}"
    ending = "was ended after its time limit" if run.timed_out else f"ended with exit code {run.exit_code}"
    return f"no such table; {run.script.name} {ending}" if run.exit_code else "no such table"


def _tables(run: Provisioning, operation: str) -> list[str]:
    """The tables that the script created or deleted, with their Regions."""
    found = [one for one in run.requests if (one.service, one.operation, one.status) == ("dynamodb", operation, 200)]
    return [f"{one.parameters.get('TableName')} in {one.region}" for one in found]


@check("table.active", source=f"{API}API_TableDescription.html")
def active(table: Table) -> Passed:
    """The table is active: ready for reads and writes."""
    status = table.settled("state")["TableStatus"]
    if status == "ACTIVE":
        return Passed("The table is ACTIVE.", actual=status)
    remedies = {
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "Restore DynamoDB's access to the table's KMS key: "
        "enable the key, cancel its deletion, or correct its policy.",
        "ARCHIVING": "Restore the table from the backup that DynamoDB makes of it, with a key that DynamoDB can use.",
        "ARCHIVED": "Restore the table from its backup, with a key that DynamoDB can use.",
    }
    refuse_unknown("The table has the status", status, remedies)
    raise Failed(f"The table is {status}, not ACTIVE.", expected="ACTIVE", actual=status, remedy=remedies[status])


@check(
    "table.key_schema",
    example={"keys": 2, "partition_key": {"name": "customer_id", "types": ["S"]}, "sort_key": {"types": ["S", "N"]}},
    source=f"{GUIDE}HowItWorks.CoreComponents.html#HowItWorks.CoreComponents.PrimaryKey",
)
def key_schema(
    table: Table,
    keys: Literal[1, 2] | None = None,
    partition_key: KeyAttribute | None = None,
    sort_key: KeyAttribute | None = None,
) -> Passed:
    """The table's primary key has the required form.

    `keys` is the number of key attributes: 1 (a partition key) or 2 (a partition key and a sort key). A key's `name`
    and `types` are judged if the definition gives them, and free otherwise.
    """
    types = table.types
    found = {role: names[0] for role, names in table.key.items() if names}
    required: dict[str, KeyAttribute] = {"HASH": partition_key or {}}
    if keys == 2 or sort_key is not None:
        required["RANGE"] = sort_key or {}
    table.refuse_unknown_types(name for role, name in found.items() if "types" in required.get(role, {}))
    problems: list[str] = []
    for role, noun in (("HASH", "partition key"), ("RANGE", "sort key")):
        if role in required:
            problems += _key_problems(noun, found.get(role), types, required[role])
    if "HASH" in found and found["HASH"] == found.get("RANGE"):
        problems.append(f"{found['HASH']} is both partition key and sort key, which AWS refuses")
    if keys == 1 and "RANGE" in found:
        problems.append(f"{found['RANGE']} is a sort key, and there must be none")
    actual = ", ".join(f"{role} {name} ({types.get(name, 'unknown type')})" for role, name in sorted(found.items()))
    if problems:
        message = f"The primary key is not as required: {'; '.join(problems)}."
        remedy = "A table's primary key cannot be changed: delete the table and create it with this key."
        raise Failed(message, expected=_required_key_text(keys, required), actual=actual, remedy=remedy)
    unknown = [name for role, name in found.items() if "types" in required.get(role, {}) and name not in types]
    table.refuse_untold_types(unknown, actual)
    return Passed(f"The primary key is {actual}.", actual=actual)


def _key_problems(noun: str, name: str | None, types: Mapping[str, str], required: KeyAttribute) -> list[str]:
    if name is None:
        return [f"there is no {noun}"]
    problems = []
    if "name" in required and name != required["name"]:
        problems.append(f"the {noun} is {name}, not {required['name']}")
    if "types" in required and name in types and types[name] not in required["types"]:
        allowed = " or ".join(type_name(letter) for letter in required["types"])
        problems.append(f"the {noun} {name} has type {type_name(types[name])}, not {allowed}")
    return problems


def _required_key_text(keys: int | None, required: Mapping[str, KeyAttribute]) -> str:
    parts = []
    for role, key in required.items():
        types = "/".join(key.get("types", TYPE_NAMES))
        parts.append(f"{role} {key.get('name', '<any name>')} ({types})")
    return ", ".join(parts) + (", no sort key" if keys == 1 else "")


@check("table.billing_mode", example={"mode": "PAY_PER_REQUEST"}, source=f"{API}API_BillingModeSummary.html")
def billing_mode(table: Table, mode: CapacityMode) -> Passed:
    """The table has the required capacity mode.

    For a table that was always provisioned, AWS leaves out the summary; it has capacity units.
    """
    description = table.settled("capacity mode")
    found = description.get("BillingModeSummary", {}).get("BillingMode")
    if found is None:
        units = description.get("ProvisionedThroughput", {}).get("ReadCapacityUnits")
        table.must_tell("the capacity mode", units or None)
        found = "PROVISIONED"
    refuse_unknown("The table's capacity mode is", found, get_args(CapacityMode))
    and_units = " and a ProvisionedThroughput" if mode == "PROVISIONED" else ""
    remedy = f"Switch it with UpdateTable: BillingMode={mode}{and_units}."
    return setting("The table's capacity mode", found, mode, remedy=remedy, passed="The capacity mode")


@check(
    "table.class", example={"table_class": "STANDARD_INFREQUENT_ACCESS"}, source=f"{GUIDE}HowItWorks.TableClasses.html"
)
def table_class(table: Table, table_class: TableClass) -> Passed:
    """The table has the required table class.

    For a table whose class was never set, AWS leaves out the summary; it is STANDARD.
    """
    summary = table.settled("table class").get("TableClassSummary")
    table.must_tell("the table class", summary)
    found = (summary or {}).get("TableClass", "STANDARD")
    refuse_unknown("The table class is", found, get_args(TableClass))
    remedy = f"Change it with UpdateTable: TableClass={table_class}."
    return setting("The table class", found, table_class, remedy=remedy)


@check(
    "table.encryption",
    example={"key": "CUSTOMER_MANAGED"},
    actions=("kms:DescribeKey",),
    source=f"{GUIDE}encryption.usagenotes.html",
)
def encryption(table: Table, key: KeyKind) -> Passed:
    """The table is encrypted at rest with the required kind of KMS key.

    Every table is encrypted. Without an SSEDescription, AWS owns the key. With one, the KMS key itself shows whether
    AWS or the customer manages it, and whether it can be used.
    """
    sse = table.settled("encryption").get("SSEDescription", {})
    status = sse.get("Status", "DISABLED")
    if status in ("ENABLING", "UPDATING", "DISABLING"):
        message = f"The table's encryption is {status}."
        raise Pending(message, expected=f"encryption with a key that is {key}", actual=status)
    refuse_unknown("The table's encryption has the status", status, ("ENABLED", "DISABLED"))
    if "InaccessibleEncryptionDateTime" in sse:
        message = "DynamoDB cannot use the table's KMS key."
        actual = f"inaccessible since {sse['InaccessibleEncryptionDateTime']}"
        remedy = "Enable the key, cancel its deletion or correct its policy: DynamoDB archives such a table."
        raise Failed(message, expected=f"a usable key ({key})", actual=actual, remedy=remedy)
    if not table.account.faithful and (key != "AWS_OWNED" or status == "DISABLED"):
        raise Unsupported("Emulators do not reliably report which KMS key a table has.")
    remedy = f"Change it with UpdateTable: SSESpecification with {KEYS[key][1]}."
    if status == "DISABLED":
        found, detail = "AWS_OWNED", "AWS_OWNED (no SSEDescription)"
    elif key == "AWS_OWNED":  # whoever manages a KMS key, DynamoDB does not own it, so KMS need not be asked
        found, detail = ANY_KMS_KEY, sse.get("KMSMasterKeyArn", "a KMS key")
    else:
        found, detail = _kms_key(table, sse["KMSMasterKeyArn"], key, remedy)
    in_words = f"The table is encrypted with {KEYS[found][0]}"
    if found != key:
        raise Failed(f"{in_words}, not with {KEYS[key][0]}.", expected=key, actual=detail, remedy=remedy)
    return Passed(f"{in_words}.", actual=detail)


def _kms_key(table: Table, key_arn: str, wanted: str, remedy: str) -> tuple[str, str]:
    """Who manages a KMS key, and that with its ARN and state. Fails if the key cannot be used."""
    answer = table.account.find("kms", "DescribeKey", KeyId=key_arn)
    if answer is None:
        message = "The table's KMS key no longer exists."
        raise Failed(message, expected=wanted, actual=f"no key {key_arn}", remedy=remedy)
    manager, state = answer["KeyMetadata"]["KeyManager"], answer["KeyMetadata"]["KeyState"]
    refuse_unknown("The key's manager is", manager, KEY_MANAGERS, key_arn)
    found = KEY_MANAGERS[manager]
    detail = f"{found} {key_arn} ({state})"
    if found != wanted:
        return found, detail
    expected = f"{wanted}, Enabled"
    if state in ("Creating", "Updating"):
        raise Pending(f"The table's KMS key is {state}.", expected=expected, actual=state, resource=key_arn)
    refuse_unknown("The key's state is", state, ("Enabled", *UNUSABLE), key_arn)
    if state in UNUSABLE:
        remedy = "Enable the key or cancel its deletion: without it, DynamoDB loses access to the table."
        message = f"The table's KMS key cannot be used: it is {state}."
        raise Failed(message, expected=expected, actual=detail, remedy=remedy)
    return found, detail


@check(
    "table.deletion_protection",
    source=f"{GUIDE}WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection",
)
def deletion_protection(table: Table, enabled: bool = True) -> Passed:
    """Deletion protection is on (or off, if the lab requires that)."""
    found = table.settled("deletion protection").get("DeletionProtectionEnabled")
    table.must_tell("deletion protection", found)
    words = {True: "on", False: "off"}
    remedy = f"Change it with UpdateTable: DeletionProtectionEnabled={str(enabled).lower()}."
    return setting("Deletion protection", words[bool(found)], words[enabled], remedy=remedy)


@check(
    "table.tags",
    example={"tags": {"course": "dynamodb"}},
    actions=("dynamodb:ListTagsOfResource",),
    source=f"{GUIDE}Tagging.html",
)
def tags(table: Table, tags: Tags) -> Passed:
    """The table has the required tags, with exactly these values. It may have more tags."""
    answer = table.account.read("dynamodb", "ListTagsOfResource", ResourceArn=table.arn)
    found = {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
    actual = _tags_text(found)
    if problems := [_tag_problem(name, value, found) for name, value in tags.items() if found.get(name) != value]:
        message = f"Tags are missing or differ: {'; '.join(problems)}."
        remedy = "Set them with TagResource. Keys and values are case-sensitive."
        raise Failed(message, expected=_tags_text(tags), actual=actual, remedy=remedy)
    message = "The table has the required tag." if len(tags) == 1 else f"The table has all {len(tags)} required tags."
    return Passed(message, actual=actual)


def _tag_problem(name: str, value: str, found: Mapping[str, str]) -> str:
    if name in found:
        return f"{name} is {found[name]!r}, not {value!r}"
    alike = [other for other in found if other.lower() == name.lower()]
    return f"{name} is missing" + (f" ({alike[0]} is spelt differently)" if alike else "")


def _tags_text(tags: Mapping[str, str]) -> str:
    return listed(f"{name}={value}" for name, value in sorted(tags.items()))
