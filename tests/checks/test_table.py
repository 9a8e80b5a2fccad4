"""A table and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.checking.finding import Finding
from harness.gateway.server import Record
from harness.submission.provisioning import Provisioning
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown, is_unsupported
from tests.support import TABLE_ARN, denied, judge, not_found, table

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000000a"
PROVISIONED = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}

READ_BY_DESCRIBE_TABLE: list[tuple[str, dict[str, Any]]] = [
    ("table.active", {}),
    ("table.key_schema", {"keys": 2}),
    ("table.billing_mode", {"mode": "PAY_PER_REQUEST"}),
    ("table.class", {"table_class": "STANDARD"}),
    ("table.encryption", {"key": "AWS_OWNED"}),
    ("table.deletion_protection", {"enabled": False}),
    ("table.tags", {"tags": {"course": "db"}}),
]
"""Kinds with parameters that a plain table satisfies."""


def find(kind: str, description: Any, **parameters: Any) -> Finding:
    """What a check finds that reads nothing but the table's description."""
    return judge(kind, {"DescribeTable": description}, table="orders", **parameters)


# What all of them have in common


@pytest.mark.parametrize(("kind", "parameters"), READ_BY_DESCRIBE_TABLE)
def test_a_missing_table_fails(kind: str, parameters: dict[str, Any]) -> None:
    is_missing(find(kind, not_found(), **parameters))


@pytest.mark.parametrize(("kind", "parameters"), [("table.exists", {}), *READ_BY_DESCRIBE_TABLE])
def test_denied_is_no_verdict(kind: str, parameters: dict[str, Any]) -> None:
    is_denied(find(kind, denied("DescribeTable"), **parameters), "dynamodb:DescribeTable")


@pytest.mark.parametrize(("kind", "parameters"), [("table.exists", {}), *READ_BY_DESCRIBE_TABLE])
def test_a_table_that_is_being_deleted_fails(kind: str, parameters: dict[str, Any]) -> None:
    # AWS tells no keys and no indexes of it
    description = table(TableStatus="DELETING", KeySchema=None, AttributeDefinitions=None)

    fails(
        find(kind, description, **parameters),
        "The table orders is being deleted.",
        expected="an existing table",
        actual="DELETING",
        remedy="Create it again",
    )


@pytest.mark.parametrize("status", ["CREATING", "UPDATING"])
@pytest.mark.parametrize(
    ("kind", "parameters", "what"),
    [
        ("table.active", {}, "state"),
        ("table.billing_mode", {"mode": "PAY_PER_REQUEST"}, "capacity mode"),
        ("table.class", {"table_class": "STANDARD"}, "table class"),
        ("table.encryption", {"key": "AWS_OWNED"}, "encryption"),
        ("table.deletion_protection", {"enabled": False}, "deletion protection"),
    ],
)
def test_a_table_that_changes_is_pending_and_passes_when_that_ends(
    kind: str, parameters: dict[str, Any], what: str, status: str
) -> None:
    answers = [table(TableStatus=status), table()]

    is_pending(find(kind, list(answers), **parameters), f"The table is {status}: its {what} may be changing.")
    finding = find(kind, list(answers), wait_seconds=60, **parameters)
    holds(finding, finding.message)


# table.exists


@pytest.mark.parametrize(
    "status", ["ACTIVE", "UPDATING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED", "NEWSTATE"]
)
def test_a_table_exists_in_whatever_state_it_is(status: str) -> None:
    holds(find("table.exists", table(TableStatus=status)), f"The table exists ({status}).", actual=status)


def test_a_table_that_is_being_created_is_pending_and_passes_when_that_ends() -> None:
    answers = [table(TableStatus="CREATING"), table()]

    is_pending(find("table.exists", list(answers)), "The table orders is still being created.")
    holds(find("table.exists", list(answers), wait_seconds=60), "The table exists (ACTIVE).")


def test_a_table_that_is_not_there_fails() -> None:
    fails(
        find("table.exists", not_found()),
        "There is no table orders in us-east-1.",
        expected="a table named orders",
        actual="no such table",
        resource=TABLE_ARN,
        remedy="Create the table with exactly this name",
    )


def script_run(exit_code: int = 0, timed_out: bool = False, requests: tuple[Record, ...] = ()) -> Provisioning:
    return Provisioning(
        Path("provision.py"),
        exit_code=exit_code,
        timed_out=timed_out,
        timeout_seconds=120,
        seconds=1,
        output="",
        output_bytes=0,
        sleeps=0,
        sleeps_seconds=0,
        left_processes=False,
        requests=requests,
    )


def record(service: str, name: str, region: str, status: int, operation: str = "CreateTable") -> Record:
    return Record("submission", region, service, operation, {"TableName": name}, status, 0.0)


OTHER_TABLES = (
    record("dynamodb", "Orders", "us-east-1", 200),
    record("dynamodb", "orders", "eu-west-1", 200),
    record("dynamodb", "refused", "us-east-1", 400),
    record("glue", "of another service", "us-east-1", 200),
)


@pytest.mark.parametrize(
    ("run", "actual"),
    [
        (
            script_run(requests=OTHER_TABLES),
            "no such table; the script created Orders in us-east-1, orders in eu-west-1",
        ),
        (
            script_run(
                requests=(
                    record("dynamodb", "orders", "us-east-1", 200),
                    record("dynamodb", "orders", "us-east-1", 200, "DeleteTable"),
                )
            ),
            "no such table; the script created orders in us-east-1 and deleted orders in us-east-1",
        ),
        (script_run(exit_code=1), "no such table; provision.py ended with exit code 1"),
        (script_run(exit_code=-9, timed_out=True), "no such table; provision.py was ended after its time limit"),
        (script_run(), "no such table"),
    ],
)
def test_what_the_script_did_instead_is_told(run: Provisioning, actual: str) -> None:
    finding = judge("table.exists", {"DescribeTable": not_found()}, provisioning=run, table="orders")

    assert (finding.status, finding.actual) == ("fail", actual)


# table.active


def test_an_active_table_is_active() -> None:
    holds(find("table.active", table()), "The table is ACTIVE.", actual="ACTIVE")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "KMS key"),
        ("ARCHIVING", "Restore the table from the backup"),
        ("ARCHIVED", "Restore the table from its backup"),
    ],
)
def test_a_table_that_cannot_be_used_is_not_active(status: str, remedy: str) -> None:
    fails(
        find("table.active", table(TableStatus=status)),
        f"The table is {status}, not ACTIVE.",
        expected="ACTIVE",
        actual=status,
        remedy=remedy,
    )


def test_a_table_in_a_state_of_the_future_is_no_verdict() -> None:
    is_unknown(
        find("table.active", table(TableStatus="HIBERNATING")),
        "The table has the status HIBERNATING, which this version does not know.",
    )


# table.key_schema


def keys(partition: tuple[str, str], sort: tuple[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A DescribeTable answer of a table with this key, told in the less usual order."""
    parts = [(partition, "HASH"), *([(sort, "RANGE")] if sort else [])]
    return table(
        **{
            "KeySchema": [{"AttributeName": part[0], "KeyType": role} for part, role in reversed(parts)],
            "AttributeDefinitions": [
                *({"AttributeName": part[0], "AttributeType": part[1]} for part, _ in reversed(parts)),
                {"AttributeName": "of-an-index", "AttributeType": "N"},
            ],
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("description", "parameters", "actual"),
    [
        pytest.param(table(), {}, "HASH PK (S), RANGE SK (S)", id="nothing asked for"),
        pytest.param(table(), {"keys": 2}, "HASH PK (S), RANGE SK (S)", id="two keys"),
        pytest.param(
            keys(("pk", "B"), ("sk", "N")), {"keys": 2}, "HASH pk (B), RANGE sk (N)", id="other names and types"
        ),
        pytest.param(
            keys(("pk", "B"), ("sk", "N")),
            {"keys": 2, "partition_key": {"types": ["S", "B"]}, "sort_key": {"types": ["S", "N", "B"]}},
            "HASH pk (B), RANGE sk (N)",
            id="one of several types",
        ),
        pytest.param(
            keys(("customer#id", "S"), ("order-date", "S")),
            {"partition_key": {"name": "customer#id", "types": ["S"]}, "sort_key": {"name": "order-date"}},
            "HASH customer#id (S), RANGE order-date (S)",
            id="names asked for",
        ),
        pytest.param(keys(("id", "S")), {"keys": 1}, "HASH id (S)", id="one key"),
        pytest.param(keys(("id", "S")), {"partition_key": {"name": "id"}}, "HASH id (S)", id="the number is free"),
        pytest.param(table(TableStatus="UPDATING"), {"keys": 2}, "HASH PK (S), RANGE SK (S)", id="a key never changes"),
    ],
)
def test_the_right_key_passes(description: dict[str, Any], parameters: dict[str, Any], actual: str) -> None:
    holds(find("table.key_schema", description, **parameters), f"The primary key is {actual}.", actual=actual)


@pytest.mark.parametrize(
    ("description", "parameters", "problem", "expected", "actual"),
    [
        pytest.param(
            keys(("id", "S")),
            {"keys": 2},
            "there is no sort key",
            "HASH <any name> (S/N/B), RANGE <any name> (S/N/B)",
            "HASH id (S)",
            id="no sort key",
        ),
        pytest.param(
            keys(("id", "S")),
            {"sort_key": {"name": "SK"}},
            "there is no sort key",
            "HASH <any name> (S/N/B), RANGE SK (S/N/B)",
            "HASH id (S)",
            id="no sort key, and the number is free",
        ),
        pytest.param(
            table(),
            {"keys": 1},
            "SK is a sort key, and there must be none",
            "HASH <any name> (S/N/B), no sort key",
            "HASH PK (S), RANGE SK (S)",
            id="a sort key too many",
        ),
        pytest.param(
            keys(("SK", "S"), ("PK", "S")),
            {"partition_key": {"name": "PK"}, "sort_key": {"name": "SK"}},
            "the partition key is SK, not PK; the sort key is PK, not SK",
            "HASH PK (S/N/B), RANGE SK (S/N/B)",
            "HASH SK (S), RANGE PK (S)",
            id="the wrong way round",
        ),
        pytest.param(
            keys(("pk", "S"), ("SK", "S")),
            {"partition_key": {"name": "PK"}},
            "the partition key is pk, not PK",
            "HASH PK (S/N/B)",
            "HASH pk (S), RANGE SK (S)",
            id="names are case-sensitive",
        ),
        pytest.param(
            keys(("PK", "N"), ("SK", "B")),
            {"partition_key": {"types": ["S", "B"]}, "sort_key": {"types": ["S"]}},
            "the partition key PK has type N (Number), not S (String) or B (Binary); "
            "the sort key SK has type B (Binary), not S (String)",
            "HASH <any name> (S/B), RANGE <any name> (S)",
            "HASH PK (N), RANGE SK (B)",
            id="both of the wrong type",
        ),
        pytest.param(
            keys(("id", "S"), ("id", "S")),
            {"keys": 2},
            "id is both partition key and sort key, which AWS refuses",
            "HASH <any name> (S/N/B), RANGE <any name> (S/N/B)",
            "HASH id (S), RANGE id (S)",
            id="one attribute as both",
        ),
    ],
)
def test_a_wrong_key_fails(
    description: dict[str, Any], parameters: dict[str, Any], problem: str, expected: str, actual: str
) -> None:
    fails(
        find("table.key_schema", description, **parameters),
        f"The primary key is not as required: {problem}.",
        expected=expected,
        actual=actual,
        remedy="delete the table and create it with this key",
    )


def test_a_type_that_is_not_told_is_not_graded() -> None:
    description = table(AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}])
    types = {"partition_key": {"types": ["S"]}, "sort_key": {"types": ["S"]}}

    is_unsupported(
        find("table.key_schema", description, faithful=False, **types), "This target does not report the type of SK."
    )
    is_unknown(
        find("table.key_schema", description, **types),
        "The answer does not have the type of SK, as AWS's always does.",
    )


def test_a_lost_type_does_no_harm_where_no_type_is_asked_for() -> None:
    description = table(AttributeDefinitions=[])

    holds(
        find("table.key_schema", description, keys=2),
        "The primary key is HASH PK (unknown type), RANGE SK (unknown type).",
    )


# table.billing_mode


@pytest.mark.parametrize(
    ("description", "mode"),
    [
        pytest.param(table(), "PAY_PER_REQUEST", id="on demand"),
        pytest.param(
            table(BillingModeSummary={"BillingMode": "PROVISIONED"}, ProvisionedThroughput=PROVISIONED),
            "PROVISIONED",
            id="provisioned again",
        ),
        pytest.param(
            table(BillingModeSummary=None, ProvisionedThroughput=PROVISIONED), "PROVISIONED", id="always provisioned"
        ),
    ],
)
def test_the_right_capacity_mode_passes(description: dict[str, Any], mode: str) -> None:
    holds(find("table.billing_mode", description, mode=mode), f"The capacity mode is {mode}.", actual=mode)


@pytest.mark.parametrize(
    ("description", "found", "mode", "remedy"),
    [
        pytest.param(table(), "PAY_PER_REQUEST", "PROVISIONED", "a ProvisionedThroughput", id="on demand"),
        pytest.param(
            table(BillingModeSummary=None, ProvisionedThroughput=PROVISIONED),
            "PROVISIONED",
            "PAY_PER_REQUEST",
            "BillingMode=PAY_PER_REQUEST",
            id="always provisioned",
        ),
    ],
)
def test_the_other_capacity_mode_fails(description: dict[str, Any], found: str, mode: str, remedy: str) -> None:
    fails(
        find("table.billing_mode", description, mode=mode),
        f"The table's capacity mode is {found}, not {mode}.",
        expected=mode,
        actual=found,
        remedy=remedy,
    )


def test_a_capacity_mode_of_the_future_is_no_verdict() -> None:
    is_unknown(
        find("table.billing_mode", table(BillingModeSummary={"BillingMode": "FLAT_RATE"}), mode="PROVISIONED"),
        "The table's capacity mode is FLAT_RATE, which this version does not know.",
    )


@pytest.mark.parametrize("throughput", [None, {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}])
def test_an_emulator_that_leaves_the_capacity_mode_out_is_not_graded(throughput: Any) -> None:
    description = table(BillingModeSummary=None, ProvisionedThroughput=throughput)

    is_unsupported(
        find("table.billing_mode", description, faithful=False, mode="PAY_PER_REQUEST"),
        "This endpoint does not report the capacity mode.",
    )


def test_capacity_units_tell_the_mode_on_an_emulator_too() -> None:
    description = table(BillingModeSummary=None, ProvisionedThroughput=PROVISIONED)

    assert find("table.billing_mode", description, faithful=False, mode="PROVISIONED").status == "pass"
    assert find("table.billing_mode", description, faithful=False, mode="PAY_PER_REQUEST").status == "fail"


# table.class


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        (None, "STANDARD"),
        ({"TableClass": "STANDARD"}, "STANDARD"),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, "STANDARD_INFREQUENT_ACCESS"),
    ],
)
def test_the_right_table_class_passes(summary: Any, wanted: str) -> None:
    holds(
        find("table.class", table(TableClassSummary=summary), table_class=wanted),
        f"The table class is {wanted}.",
        actual=wanted,
    )


@pytest.mark.parametrize(
    ("summary", "found", "wanted"),
    [
        (None, "STANDARD", "STANDARD_INFREQUENT_ACCESS"),
        ({"TableClass": "STANDARD"}, "STANDARD", "STANDARD_INFREQUENT_ACCESS"),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, "STANDARD_INFREQUENT_ACCESS", "STANDARD"),
    ],
)
def test_the_other_table_class_fails(summary: Any, found: str, wanted: str) -> None:
    fails(
        find("table.class", table(TableClassSummary=summary), table_class=wanted),
        f"The table class is {found}, not {wanted}.",
        expected=wanted,
        actual=found,
        remedy=f"TableClass={wanted}",
    )


def test_a_table_class_of_the_future_is_no_verdict() -> None:
    is_unknown(
        find("table.class", table(TableClassSummary={"TableClass": "GLACIAL"}), table_class="STANDARD"),
        "The table class is GLACIAL, which this version does not know.",
    )


@pytest.mark.parametrize("wanted", ["STANDARD", "STANDARD_INFREQUENT_ACCESS"])
def test_an_emulator_that_leaves_the_table_class_out_is_not_graded(wanted: str) -> None:
    is_unsupported(
        find("table.class", table(), faithful=False, table_class=wanted),
        "This endpoint does not report the table class.",
    )


# table.encryption


def sse(status: str = "ENABLED", **changes: Any) -> dict[str, Any]:
    """A DescribeTable answer of a table with a KMS key."""
    return table(SSEDescription={"Status": status, "SSEType": "KMS", "KMSMasterKeyArn": KEY_ARN, **changes})


def kms_key(manager: str = "CUSTOMER", state: str = "Enabled") -> dict[str, Any]:
    """A DescribeKey answer."""
    return {"KeyMetadata": {"KeyId": KEY_ARN.rpartition("/")[2], "KeyManager": manager, "KeyState": state}}


def encryption(description: Any, kms: Any, key: str, *, wait_seconds: float = 0.0, faithful: bool = True) -> Finding:
    """What `table.encryption` finds; `kms` is the answer of DescribeKey, None where it must not be asked."""
    answers = {"DescribeTable": description, **({"DescribeKey": kms} if kms is not None else {})}
    return judge("table.encryption", answers, wait_seconds=wait_seconds, faithful=faithful, table="orders", key=key)


@pytest.mark.parametrize(
    ("description", "kms", "key", "words", "actual"),
    [
        pytest.param(
            table(), None, "AWS_OWNED", "a key that AWS owns", "AWS_OWNED (no SSEDescription)", id="the default"
        ),
        pytest.param(
            table(SSEDescription={"Status": "DISABLED"}),
            None,
            "AWS_OWNED",
            "a key that AWS owns",
            "AWS_OWNED (no SSEDescription)",
            id="switched off",
        ),
        pytest.param(
            sse(),
            kms_key("AWS"),
            "AWS_MANAGED",
            "a KMS key that AWS manages",
            f"AWS_MANAGED {KEY_ARN} (Enabled)",
            id="managed by AWS",
        ),
        pytest.param(
            sse(),
            kms_key("CUSTOMER"),
            "CUSTOMER_MANAGED",
            "a KMS key that the customer manages",
            f"CUSTOMER_MANAGED {KEY_ARN} (Enabled)",
            id="managed by the customer",
        ),
    ],
)
def test_the_right_kind_of_key_passes(description: Any, kms: Any, key: str, words: str, actual: str) -> None:
    holds(encryption(description, kms, key), f"The table is encrypted with {words}.", actual=actual)


@pytest.mark.parametrize(
    ("description", "kms", "key", "message", "actual", "remedy"),
    [
        pytest.param(
            table(),
            None,
            "AWS_MANAGED",
            "The table is encrypted with a key that AWS owns, not with a KMS key that AWS manages.",
            "AWS_OWNED (no SSEDescription)",
            "no KMSMasterKeyId",
            id="the default instead of a managed one",
        ),
        pytest.param(
            table(),
            None,
            "CUSTOMER_MANAGED",
            "The table is encrypted with a key that AWS owns, not with a KMS key that the customer manages.",
            "AWS_OWNED (no SSEDescription)",
            "your own key as KMSMasterKeyId",
            id="the default instead of the customer's",
        ),
        pytest.param(
            sse(),
            kms_key("AWS"),
            "CUSTOMER_MANAGED",
            "The table is encrypted with a KMS key that AWS manages, not with a KMS key that the customer manages.",
            f"AWS_MANAGED {KEY_ARN} (Enabled)",
            "your own key as KMSMasterKeyId",
            id="AWS's instead of the customer's",
        ),
        pytest.param(
            sse(),
            kms_key("CUSTOMER", "Updating"),
            "AWS_MANAGED",
            "The table is encrypted with a KMS key that the customer manages, not with a KMS key that AWS manages.",
            f"CUSTOMER_MANAGED {KEY_ARN} (Updating)",
            "no KMSMasterKeyId",
            id="the customer's instead of AWS's, in whatever state",
        ),
        pytest.param(
            sse(),
            None,
            "AWS_OWNED",
            "The table is encrypted with a KMS key of the account, not with a key that AWS owns.",
            KEY_ARN,
            "Enabled=false",
            id="a KMS key instead of the default, and KMS need not be asked",
        ),
    ],
)
def test_another_kind_of_key_fails(
    description: Any, kms: Any, key: str, message: str, actual: str, remedy: str
) -> None:
    fails(encryption(description, kms, key), message, expected=key, actual=actual, remedy=remedy)


@pytest.mark.parametrize(
    "state", ["Disabled", "PendingDeletion", "PendingImport", "PendingReplicaDeletion", "Unavailable"]
)
def test_a_key_that_cannot_be_used_fails(state: str) -> None:
    fails(
        encryption(sse(), kms_key(state=state), "CUSTOMER_MANAGED"),
        f"The table's KMS key cannot be used: it is {state}.",
        expected="CUSTOMER_MANAGED, Enabled",
        actual=f"CUSTOMER_MANAGED {KEY_ARN} ({state})",
        remedy="Enable the key or cancel its deletion",
    )


def test_a_key_that_is_gone_fails() -> None:
    error = not_found("DescribeKey", "kms")

    fails(
        encryption(sse(), error, "CUSTOMER_MANAGED"),
        "The table's KMS key no longer exists.",
        expected="CUSTOMER_MANAGED",
        actual=f"no key {KEY_ARN}",
        remedy="SSESpecification",
    )


def test_a_key_that_dynamodb_cannot_reach_fails() -> None:
    description = sse(InaccessibleEncryptionDateTime="2026-01-01 00:00:00+00:00")

    fails(
        encryption(description, kms_key(), "CUSTOMER_MANAGED"),
        "DynamoDB cannot use the table's KMS key.",
        expected="a usable key (CUSTOMER_MANAGED)",
        actual="inaccessible since 2026-01-01 00:00:00+00:00",
        remedy="correct its policy",
    )


@pytest.mark.parametrize("status", ["ENABLING", "UPDATING", "DISABLING"])
@pytest.mark.parametrize("key", ["AWS_OWNED", "CUSTOMER_MANAGED"])
def test_encryption_that_changes_is_pending_and_passes_when_that_ends(status: str, key: str) -> None:
    after = table() if key == "AWS_OWNED" else sse()
    answers = [sse(status), after]

    is_pending(encryption(list(answers), kms_key(), key), f"The table's encryption is {status}.")
    finding = encryption(list(answers), kms_key(), key, wait_seconds=60)
    holds(finding, finding.message)


@pytest.mark.parametrize("state", ["Creating", "Updating"])
def test_a_key_that_changes_is_pending_and_passes_when_that_ends(state: str) -> None:
    answers = [kms_key(state=state), kms_key()]

    is_pending(encryption(sse(), list(answers), "CUSTOMER_MANAGED"), f"The table's KMS key is {state}.")
    finding = encryption(sse(), list(answers), "CUSTOMER_MANAGED", wait_seconds=60)
    holds(finding, "The table is encrypted with a KMS key that the customer manages.")


@pytest.mark.parametrize(
    ("description", "kms", "message"),
    [
        (
            sse("ROTATING"),
            kms_key(),
            "The table's encryption has the status ROTATING, which this version does not know.",
        ),
        (sse(), kms_key("PARTNER"), "The key's manager is PARTNER, which this version does not know."),
        (sse(), kms_key(state="Sleeping"), "The key's state is Sleeping, which this version does not know."),
    ],
)
def test_encryption_of_the_future_is_no_verdict(description: Any, kms: Any, message: str) -> None:
    is_unknown(encryption(description, kms, "CUSTOMER_MANAGED"), message)


def test_a_key_that_may_not_be_read_is_no_verdict() -> None:
    is_denied(encryption(sse(), denied("DescribeKey", "kms"), "CUSTOMER_MANAGED"), "kms:DescribeKey")


@pytest.mark.parametrize(
    ("description", "key"),
    [(table(), "AWS_OWNED"), (table(), "AWS_MANAGED"), (sse(), "AWS_MANAGED"), (sse(), "CUSTOMER_MANAGED")],
)
def test_an_emulators_keys_are_not_graded(description: Any, key: str) -> None:
    is_unsupported(
        encryption(description, None, key, faithful=False),
        "Emulators do not reliably report which KMS key a table has.",
    )


def test_a_kms_key_on_an_emulator_is_not_the_default() -> None:
    assert encryption(sse(), None, "AWS_OWNED", faithful=False).status == "fail"


# table.deletion_protection


@pytest.mark.parametrize(
    ("found", "enabled", "word"), [(True, True, "on"), (False, False, "off"), (None, False, "off")]
)
def test_deletion_protection_as_required_passes(found: bool | None, enabled: bool, word: str) -> None:
    holds(
        find("table.deletion_protection", table(DeletionProtectionEnabled=found), enabled=enabled),
        f"Deletion protection is {word}.",
        actual=word,
    )


def test_deletion_protection_must_be_on_by_default() -> None:
    assert find("table.deletion_protection", table(DeletionProtectionEnabled=True)).status == "pass"
    assert find("table.deletion_protection", table(DeletionProtectionEnabled=False)).status == "fail"


@pytest.mark.parametrize(
    ("found", "enabled", "actual", "expected"),
    [(False, True, "off", "on"), (None, True, "off", "on"), (True, False, "on", "off")],
)
def test_deletion_protection_the_other_way_fails(found: bool | None, enabled: bool, actual: str, expected: str) -> None:
    fails(
        find("table.deletion_protection", table(DeletionProtectionEnabled=found), enabled=enabled),
        f"Deletion protection is {actual}, not {expected}.",
        expected=expected,
        actual=actual,
        remedy=f"DeletionProtectionEnabled={str(enabled).lower()}",
    )


@pytest.mark.parametrize("enabled", [True, False])
def test_an_emulator_that_leaves_deletion_protection_out_is_not_graded(enabled: bool) -> None:
    is_unsupported(
        find("table.deletion_protection", table(DeletionProtectionEnabled=None), faithful=False, enabled=enabled),
        "This endpoint does not report deletion protection.",
    )


# table.tags


def tags(found: Any, **wanted: str) -> Finding:
    """What `table.tags` finds."""
    answer = found
    if isinstance(found, dict):
        answer = {"Tags": [{"Key": name, "Value": value} for name, value in found.items()]}
    return judge("table.tags", {"DescribeTable": table(), "ListTagsOfResource": answer}, table="orders", tags=wanted)


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        pytest.param({"course": "db"}, {"course": "db"}, "The table has the required tag.", id="one"),
        pytest.param(
            {"team": "a", "course": "db", "cost": ""},
            {"course": "db", "team": "a"},
            "The table has all 2 required tags.",
            id="in another order, and more",
        ),
        pytest.param({"cost": ""}, {"cost": ""}, "The table has the required tag.", id="an empty value"),
    ],
)
def test_the_required_tags_pass(found: dict[str, str], wanted: dict[str, str], message: str) -> None:
    holds(tags(found, **wanted), message)


@pytest.mark.parametrize(
    ("found", "problem", "actual"),
    [
        pytest.param({}, "course is missing", "none", id="none"),
        pytest.param({"team": "db"}, "course is missing", "team=db", id="others"),
        pytest.param(
            {"Course": "db"}, "course is missing (Course is spelt differently)", "Course=db", id="case of the key"
        ),
        pytest.param({"course": "DB"}, "course is 'DB', not 'db'", "course=DB", id="case of the value"),
        pytest.param({"course": ""}, "course is '', not 'db'", "course=", id="an empty value"),
    ],
)
def test_tags_that_are_missing_or_differ_fail(found: dict[str, str], problem: str, actual: str) -> None:
    fails(
        tags(found, course="db"),
        f"Tags are missing or differ: {problem}.",
        expected="course=db",
        actual=actual,
        remedy="TagResource",
    )


def test_tags_of_a_table_that_was_deleted_meanwhile_fail() -> None:
    error = not_found("ListTagsOfResource")

    is_missing(tags(error, course="db"))


def test_tags_that_may_not_be_read_are_no_verdict() -> None:
    is_denied(tags(denied("ListTagsOfResource"), course="db"), "dynamodb:ListTagsOfResource")


def test_tags_are_asked_of_the_tables_arn() -> None:
    assert tags({"course": "db"}, course="db").resource == TABLE_ARN
