"""Recovery and time to live"""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import Target, item, refused, statement

BACKUPS = "APIReference/API_UpdateContinuousBackups.html"
DESCRIBED = "APIReference/API_DescribeContinuousBackups.html"
RESTORES = "developerguide/PointInTimeRecovery_Howitworks.html"
TTL = "APIReference/API_UpdateTimeToLive.html"
LONG_AGO = 1_600_000_000
STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def recovery(aws: Target, table: str, **specification: Any) -> dict[str, Any]:
    """Sets a table's recovery, if a specification is given, and describes it."""
    if specification:
        aws.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)
    answer: dict[str, Any] = aws.dynamodb.describe_continuous_backups(TableName=table)
    return answer["ContinuousBackupsDescription"]  # type: ignore[no-any-return]


def time_to_live(aws: Target, table: str, enabled: bool, attribute: str = "expires") -> None:
    """Switches time to live on or off."""
    aws.dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute}
    )


@statement(DESCRIBED)
def continuous_backups_are_enabled_from_creation(aws: Target) -> None:
    """Every table has ContinuousBackupsStatus ENABLED, with point-in-time recovery DISABLED, from its creation."""
    description = recovery(aws, aws.single)
    assert description["ContinuousBackupsStatus"] == "ENABLED"
    assert description["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


@statement(DESCRIBED)
def the_backups_of_a_missing_table_are_not_found(aws: Target) -> None:
    """DescribeContinuousBackups of a missing table is refused with TableNotFoundException."""
    with refused("TableNotFoundException"):
        recovery(aws, "missing")


@statement(RESTORES)
def recovery_reaches_35_days_back_by_default(aws: Target) -> None:
    """Point-in-time recovery keeps 35 days unless another period is given."""
    description = recovery(aws, aws.table(), PointInTimeRecoveryEnabled=True)["PointInTimeRecoveryDescription"]
    assert description["PointInTimeRecoveryStatus"] == "ENABLED"
    assert description["RecoveryPeriodInDays"] == 35


@statement(RESTORES)
def the_recovery_period_may_be_one_day(aws: Target) -> None:
    """The recovery period may be 1 day."""
    description = recovery(aws, aws.table(), PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=1)
    assert description["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 1


@statement("APIReference/API_PointInTimeRecoverySpecification.html")
def the_recovery_period_is_at_most_35_days(aws: Target) -> None:
    """A recovery period of 36 days is refused."""
    with refused():
        recovery(aws, aws.table(), PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=36)


@statement("APIReference/API_PointInTimeRecoverySpecification.html")
def the_recovery_period_is_at_least_one_day(aws: Target) -> None:
    """A recovery period of 0 days is refused."""
    with refused():
        recovery(aws, aws.table(), PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=0)


@statement("APIReference/API_PointInTimeRecoveryDescription.html")
def recovery_describes_its_window(aws: Target) -> None:
    """A table with point-in-time recovery shows the earliest and the latest time to which it can be restored."""
    description = recovery(aws, aws.table(), PointInTimeRecoveryEnabled=True)["PointInTimeRecoveryDescription"]
    assert {"EarliestRestorableDateTime", "LatestRestorableDateTime"} <= set(description)


@statement("APIReference/API_RestoreTableToPointInTime.html")
def a_restore_needs_recovery(aws: Target) -> None:
    """RestoreTableToPointInTime is refused with PointInTimeRecoveryUnavailableException if recovery is off."""
    with refused("PointInTimeRecoveryUnavailableException"):
        aws.dynamodb.restore_table_to_point_in_time(
            SourceTableName=aws.single, TargetTableName=aws.fresh("table"), UseLatestRestorableTime=True
        )


@statement(RESTORES)
def a_restore_makes_a_new_table(aws: Target) -> None:
    """RestoreTableToPointInTime into a table that exists is refused with TableAlreadyExistsException."""
    table = aws.table()
    recovery(aws, table, PointInTimeRecoveryEnabled=True)
    with refused("TableAlreadyExistsException"):
        aws.dynamodb.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=aws.single, UseLatestRestorableTime=True
        )


@statement(RESTORES)
def a_restored_table_has_the_items_but_not_the_settings(aws: Target) -> None:
    """A restored table has the items of its source, but not its stream, time to live, recovery or tags."""
    source = aws.table(StreamSpecification=STREAM, Tags=[{"Key": "lab", "Value": "7"}])
    recovery(aws, source, PointInTimeRecoveryEnabled=True)
    time_to_live(aws, source, True)
    aws.put(source, {"pk": "one"})
    target = aws.fresh("table")
    aws.dynamodb.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
    )
    assert aws.get({"pk": "one"}, target) == item({"pk": "one"})
    description = aws.describe(target)
    assert "StreamSpecification" not in description
    assert aws.dynamodb.list_tags_of_resource(ResourceArn=description["TableArn"])["Tags"] == []
    status = aws.dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]["TimeToLiveStatus"]
    point_in_time = recovery(aws, target)["PointInTimeRecoveryDescription"]
    assert (status, point_in_time["PointInTimeRecoveryStatus"]) == ("DISABLED", "DISABLED")


@statement("APIReference/API_DescribeTimeToLive.html")
def time_to_live_is_off_at_first(aws: Target) -> None:
    """A new table has time to live DISABLED."""
    answer = aws.dynamodb.describe_time_to_live(TableName=aws.table())
    assert answer["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}


@statement("APIReference/API_DescribeTimeToLive.html")
def time_to_live_names_its_attribute(aws: Target) -> None:
    """DescribeTimeToLive shows ENABLING or ENABLED, and the attribute."""
    table = aws.table()
    time_to_live(aws, table, True)
    description = aws.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert description["TimeToLiveStatus"] in ("ENABLING", "ENABLED")
    assert description["AttributeName"] == "expires"


@statement("APIReference/API_DescribeTimeToLive.html")
def the_time_to_live_of_a_missing_table_is_not_found(aws: Target) -> None:
    """DescribeTimeToLive of a missing table is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        aws.dynamodb.describe_time_to_live(TableName="missing")


@statement(TTL)
def time_to_live_of_a_missing_table_is_not_set(aws: Target) -> None:
    """UpdateTimeToLive of a missing table is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        time_to_live(aws, "missing", True)


@statement(TTL)
def time_to_live_is_not_enabled_twice(aws: Target) -> None:
    """UpdateTimeToLive that enables what is enabled is refused with ValidationException."""
    table = aws.table()
    time_to_live(aws, table, True)
    with refused():
        time_to_live(aws, table, True)


@statement(TTL)
def time_to_live_keeps_its_attribute(aws: Target) -> None:
    """The attribute of time to live cannot be changed while it is enabled."""
    table = aws.table()
    time_to_live(aws, table, True)
    with refused():
        time_to_live(aws, table, True, "other")


@statement(TTL)
def time_to_live_does_not_change_twice_in_a_row(aws: Target) -> None:
    """UpdateTimeToLive right after another change of time to live is refused with ValidationException."""
    table = aws.table()
    time_to_live(aws, table, True)
    with refused():
        time_to_live(aws, table, False)


@statement(TTL)
def time_to_live_that_is_off_is_not_disabled(aws: Target) -> None:
    """UpdateTimeToLive that disables what is disabled is refused with ValidationException."""
    with refused():
        time_to_live(aws, aws.table(), False)


@statement("APIReference/API_TimeToLiveSpecification.html")
def time_to_live_has_an_attribute(aws: Target) -> None:
    """UpdateTimeToLive refuses an empty name of its attribute."""
    with refused():
        time_to_live(aws, aws.table(), True, "")


@statement("developerguide/TTL.html")
def an_expired_item_is_still_read(aws: Target) -> None:
    """An item whose time to live is over is still read until it is deleted."""
    table = aws.table()
    time_to_live(aws, table, True)
    aws.put(table, {"pk": "old", "expires": LONG_AGO})
    assert aws.get({"pk": "old"}, table) == item({"pk": "old", "expires": LONG_AGO})
