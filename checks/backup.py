"""Backups: point-in-time recovery and on-demand backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.facts.tables import TABLE, Description, counted, describe_table, listed, refuse_unknown
from harness.checking.check import Context, Failed, Passed, Pending, Unsupported, check

PITR = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"
DEFAULT_RECOVERY_PERIOD_DAYS = 35
TYPES = ("USER", "AWS_BACKUP")
STATUSES = ("AVAILABLE", "CREATING")


@check(
    "backup.point_in_time_recovery",
    parameters={"table": TABLE, "minimum_recovery_period_days": {"type": "integer", "minimum": 1, "maximum": 35}},
    example={"table": "${table_name}", "minimum_recovery_period_days": 14},
    actions=("dynamodb:DescribeContinuousBackups",),
    requires=("table.exists",),
    source=PITR,
)
def point_in_time_recovery(context: Context, table: str, minimum_recovery_period_days: int | None = None) -> Passed:
    """Point-in-time recovery is enabled, with the required recovery period where the lab names one.

    `ContinuousBackupsStatus` says ENABLED of every table: only the status inside it tells. A recovery period that
    is not told is 35 days.
    """
    resource = context.account.table_arn(table)
    backups = context.account.read("dynamodb", "DescribeContinuousBackups", TableName=table)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if not recovery and not context.account.faithful:
        raise Unsupported("This endpoint does not tell about point-in-time recovery.", resource=resource)
    status = recovery.get("PointInTimeRecoveryStatus", "DISABLED")
    if status == "ENABLING":
        raise Pending(
            "Point-in-time recovery is being enabled.",
            expected="PointInTimeRecoveryStatus ENABLED",
            actual=status,
            resource=resource,
        )
    refuse_unknown("Point-in-time recovery has the status", status, ("ENABLED", "DISABLED"), resource)
    if status == "DISABLED":
        raise Failed(
            "Point-in-time recovery is not enabled.",
            expected="PointInTimeRecoveryStatus ENABLED",
            actual="PointInTimeRecoveryStatus DISABLED (ContinuousBackupsStatus is ENABLED on every table "
            "and does not count)",
            resource=resource,
            remedy="Enable it with UpdateContinuousBackups: PointInTimeRecoveryEnabled=true. "
            "It is also what an export to S3 needs.",
        )
    days = recovery.get("RecoveryPeriodInDays", DEFAULT_RECOVERY_PERIOD_DAYS)
    if minimum_recovery_period_days is not None and not (
        context.account.faithful or "RecoveryPeriodInDays" in recovery
    ):
        raise Unsupported("This endpoint does not tell the recovery period.", resource=resource)
    actual = f"ENABLED, recovery period {counted(days, 'day')}"
    if minimum_recovery_period_days is not None and days < minimum_recovery_period_days:
        raise Failed(
            f"The recovery period is {counted(days, 'day')}, shorter than required.",
            expected=f"at least {counted(minimum_recovery_period_days, 'day')}",
            actual=actual,
            resource=resource,
            remedy="Set RecoveryPeriodInDays with UpdateContinuousBackups.",
        )
    return Passed(f"Point-in-time recovery is enabled ({counted(days, 'day')}).", actual=actual, resource=resource)


@check(
    "backup.on_demand",
    parameters={"table": TABLE, "minimum": {"type": "integer", "minimum": 1, "maximum": 100}},
    example={"table": "${table_name}", "minimum": 2},
    actions=("dynamodb:DescribeTable", "dynamodb:ListBackups"),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html",
)
def on_demand(context: Context, table: str, minimum: int = 1) -> Passed:
    """There are on-demand backups of this very table.

    Backups outlive their table: those of a deleted table of the same name do not count.
    """
    description = describe_table(context, table)
    arn = description["TableArn"]
    answer = context.account.read("dynamodb", "ListBackups", TableName=table, BackupType="ALL")
    kept = [backup for backup in answer["BackupSummaries"] if backup["BackupStatus"] != "DELETED"]
    wanted = [backup for backup in kept if backup["BackupType"] != "SYSTEM"]
    ours = [backup for backup in wanted if _is_of(description, backup)]
    available, creating = (_names(ours, status) for status in STATUSES)
    foreign = [backup["BackupName"] for backup in wanted if backup not in ours]
    expected = f"at least {counted(minimum, 'available backup')}"
    actual = f"available: {listed(available)}; being made: {listed(creating)}; of a deleted table: {listed(foreign)}"
    if len(available) >= minimum:
        return Passed(f"The table has {counted(len(available), 'available backup')}.", actual=actual, resource=arn)
    for backup in ours:
        refuse_unknown(f"The backup {backup['BackupName']} is of the type", backup["BackupType"], TYPES, arn)
        refuse_unknown(f"The backup {backup['BackupName']} has the status", backup["BackupStatus"], STATUSES, arn)
    if len(available) + len(creating) >= minimum:
        raise Pending(
            "A backup is still being made.",
            expected=expected,
            actual=actual,
            resource=arn,
        )
    raise Failed(
        f"The table has {counted(len(available), 'available on-demand backup')}.",
        expected=expected,
        actual=actual,
        resource=arn,
        remedy="Make one with CreateBackup. A backup of an earlier table of the same name does not count, and "
        "DynamoDB does not list those that AWS Backup makes.",
    )


def _names(backups: Sequence[Mapping[str, Any]], status: str) -> list[str]:
    """The names of the backups with that status, of those types that this version knows."""
    return [one["BackupName"] for one in backups if one["BackupStatus"] == status and one["BackupType"] in TYPES]


def _is_of(description: Description, backup: Mapping[str, Any]) -> bool:
    """Whether a backup is of this very table: by the table's id, or, where that is not told, by the time."""
    if "TableId" in description and "TableId" in backup:
        return bool(description["TableId"] == backup["TableId"])
    if "CreationDateTime" in description and "BackupCreationDateTime" in backup:
        return bool(description["CreationDateTime"] <= backup["BackupCreationDateTime"])
    raise Unsupported("This endpoint does not tell which table a backup is of.", resource=description["TableArn"])
