"""Backups: point-in-time recovery and on-demand backups."""

from __future__ import annotations

from checks.facts import TABLE, counted, describe_table, listed
from harness.check import Context, Evidence, Failed, Pending, Undetermined, check

PITR = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"
DEFAULT_RECOVERY_PERIOD_DAYS = 35


@check(
    "backup.point_in_time_recovery",
    parameters={"table": TABLE, "minimum_recovery_period_days": {"type": "integer", "minimum": 1, "maximum": 35}},
    actions=("dynamodb:DescribeContinuousBackups",),
    requires=("table.exists",),
    source=PITR,
)
def point_in_time_recovery(context: Context, table: str, minimum_recovery_period_days: int | None = None) -> Evidence:
    """Point-in-time recovery is enabled, with the required recovery period where the lab names one.

    `ContinuousBackupsStatus` says ENABLED of every table: only the status inside it tells. A recovery period that
    is not told is 35 days.
    """
    resource = f"table {table}"
    backups = context.account.read("dynamodb", "DescribeContinuousBackups", TableName=table)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    status = recovery.get("PointInTimeRecoveryStatus", "DISABLED")
    if status == "ENABLING":
        raise Pending("Point-in-time recovery is being enabled.", expected="ENABLED", actual=status, resource=resource)
    if status not in ("ENABLED", "DISABLED"):
        raise Undetermined(
            f"Point-in-time recovery has the status {status}, which this version does not know.",
            actual=status,
            resource=resource,
        )
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
    actual = f"ENABLED, recovery period {counted(days, 'day')}"
    if minimum_recovery_period_days is not None and days < minimum_recovery_period_days:
        raise Failed(
            f"The recovery period is {counted(days, 'day')}, shorter than required.",
            expected=f"at least {counted(minimum_recovery_period_days, 'day')}",
            actual=actual,
            resource=resource,
            remedy="Set RecoveryPeriodInDays with UpdateContinuousBackups.",
        )
    return Evidence(f"Point-in-time recovery is enabled ({counted(days, 'day')}).", actual=actual, resource=resource)


@check(
    "backup.on_demand",
    parameters={"table": TABLE, "minimum": {"type": "integer", "minimum": 1, "maximum": 100}},
    actions=("dynamodb:DescribeTable", "dynamodb:ListBackups"),
    requires=("table.exists",),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html",
)
def on_demand(context: Context, table: str, minimum: int = 1) -> Evidence:
    """There are on-demand backups of this very table.

    Backups outlive their table: those of a deleted table of the same name do not count.
    """
    description = describe_table(context, table)
    answer = context.account.read("dynamodb", "ListBackups", TableName=table, BackupType="ALL")
    table_id = description.get("TableId")
    wanted = [
        backup
        for backup in answer["BackupSummaries"]
        if backup["BackupType"] in ("USER", "AWS_BACKUP") and backup["BackupStatus"] != "DELETED"
    ]
    ours = [backup for backup in wanted if table_id is None or backup.get("TableId", table_id) == table_id]
    available = [backup["BackupName"] for backup in ours if backup["BackupStatus"] == "AVAILABLE"]
    creating = [backup["BackupName"] for backup in ours if backup["BackupStatus"] == "CREATING"]
    foreign = [backup["BackupName"] for backup in wanted if backup not in ours]
    expected = f"at least {counted(minimum, 'available backup')}"
    actual = f"available: {listed(available)}; being made: {listed(creating)}; of a deleted table: {listed(foreign)}"
    if len(available) >= minimum:
        return Evidence(
            f"There is {counted(len(available), 'available backup')}.",
            actual=actual,
            resource=description["TableArn"],
        )
    if len(available) + len(creating) >= minimum:
        raise Pending(
            "A backup is still being made.", expected=expected, actual=actual, resource=description["TableArn"]
        )
    raise Failed(
        f"There is {counted(len(available), 'available on-demand backup')} of this table.",
        expected=expected,
        actual=actual,
        resource=description["TableArn"],
        remedy="Make one with CreateBackup. A backup of an earlier table of the same name does not count.",
    )
