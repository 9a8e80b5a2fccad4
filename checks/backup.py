"""Backups: point-in-time recovery and on-demand backups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from checks.facts.tables import API, Description, NamedTable, Table, listed, refuse_unknown
from harness.checking.check import Failed, Passed, Pending, Unsupported, check
from harness.checking.parameters import Schema
from harness.usage import counted

DEFAULT_RECOVERY_PERIOD_DAYS = 35
TYPES = ("USER", "AWS_BACKUP")
STATUSES = ("AVAILABLE", "CREATING")
RecoveryPeriodDays = Annotated[int, Schema(minimum=1, maximum=35)]
Backups = Annotated[int, Schema(minimum=1, maximum=100)]


@check(
    "backup.point_in_time_recovery",
    example={"minimum_recovery_period_days": 14},
    actions=("dynamodb:DescribeContinuousBackups",),
    source=f"{API}API_PointInTimeRecoveryDescription.html",
)
def point_in_time_recovery(table: NamedTable, minimum_recovery_period_days: RecoveryPeriodDays | None = None) -> Passed:
    """Point-in-time recovery is enabled, with the required recovery period if the lab names one.

    `ContinuousBackupsStatus` is ENABLED for every table; only the status inside it counts. If AWS returns no recovery
    period, it is 35 days.
    """
    backups = table.account.read("dynamodb", "DescribeContinuousBackups", TableName=table.name)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    table.must_tell("point-in-time recovery", recovery or None)
    status = recovery.get("PointInTimeRecoveryStatus", "DISABLED")
    expected = "PointInTimeRecoveryStatus ENABLED"
    if status == "ENABLING":
        raise Pending("Point-in-time recovery is being enabled.", expected=expected, actual=status)
    refuse_unknown("Point-in-time recovery has the status", status, ("ENABLED", "DISABLED"))
    if status == "DISABLED":
        raise Failed(
            "Point-in-time recovery is not enabled.",
            expected=expected,
            actual="PointInTimeRecoveryStatus DISABLED (ContinuousBackupsStatus is ENABLED on every table "
            "and does not count)",
            remedy="Enable it with UpdateContinuousBackups: PointInTimeRecoveryEnabled=true. "
            "An export to S3 needs it too.",
        )
    days = recovery.get("RecoveryPeriodInDays", DEFAULT_RECOVERY_PERIOD_DAYS)
    actual = f"ENABLED, recovery period {counted(days, 'day')}"
    if minimum_recovery_period_days is not None:
        table.must_tell("the recovery period", recovery.get("RecoveryPeriodInDays"))
        if days < minimum_recovery_period_days:
            message = f"The recovery period is {counted(days, 'day')}, shorter than required."
            expected = f"at least {counted(minimum_recovery_period_days, 'day')}"
            remedy = "Set RecoveryPeriodInDays with UpdateContinuousBackups."
            raise Failed(message, expected=expected, actual=actual, remedy=remedy)
    return Passed(f"Point-in-time recovery is enabled ({counted(days, 'day')}).", actual=actual)


@check(
    "backup.on_demand", example={"minimum": 2}, actions=("dynamodb:ListBackups",), source=f"{API}API_ListBackups.html"
)
def on_demand(table: Table, minimum: Backups = 1) -> Passed:
    """There are on-demand backups of exactly this table.

    Backups outlive their table: those of a deleted table with the same name do not count.
    """
    described = table.description
    answer = table.account.read("dynamodb", "ListBackups", TableName=table.name, BackupType="ALL")
    kept = [backup for backup in answer["BackupSummaries"] if backup["BackupStatus"] != "DELETED"]
    wanted = [backup for backup in kept if backup["BackupType"] != "SYSTEM"]
    ours = [backup for backup in wanted if _is_of(described, backup)]
    known = [backup for backup in ours if backup["BackupType"] in TYPES]
    available, creating = ([one["BackupName"] for one in known if one["BackupStatus"] == status] for status in STATUSES)
    foreign = [backup["BackupName"] for backup in wanted if backup not in ours]
    expected = f"at least {counted(minimum, 'available backup')}"
    actual = f"available: {listed(available)}; being made: {listed(creating)}; of a deleted table: {listed(foreign)}"
    if len(available) >= minimum:
        return Passed(f"The table has {counted(len(available), 'available backup')}.", actual=actual)
    for backup in ours:
        refuse_unknown(f"The backup {backup['BackupName']} is of the type", backup["BackupType"], TYPES)
        refuse_unknown(f"The backup {backup['BackupName']} has the status", backup["BackupStatus"], STATUSES)
    if len(available) + len(creating) >= minimum:
        raise Pending("A backup is still being made.", expected=expected, actual=actual)
    raise Failed(
        f"The table has {counted(len(available), 'available on-demand backup')}.",
        expected=expected,
        actual=actual,
        remedy="Make one with CreateBackup. A backup of an earlier table with the same name does not count, and "
        "DynamoDB does not list those that AWS Backup makes.",
    )


def _is_of(table: Description, backup: Mapping[str, Any]) -> bool:
    """Whether a backup is of exactly this table: by the table's id, or, without an id, by the time."""
    if "TableId" in table and "TableId" in backup:
        return bool(table["TableId"] == backup["TableId"])
    if "CreationDateTime" in table and "BackupCreationDateTime" in backup:
        return bool(table["CreationDateTime"] <= backup["BackupCreationDateTime"])
    raise Unsupported("This endpoint does not say which table a backup is of.")
