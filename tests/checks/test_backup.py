"""Backups: point-in-time recovery, and on-demand backups of this very table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.checking.finding import Finding
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown, is_unsupported
from tests.support import TABLE_ARN, denied, judge, not_found, table

TABLE = TABLE_ARN
THIS_TABLE = table()["Table"]["TableId"]
OTHER_TABLE = "0a1b2c3d-0000-4000-8000-00000000000f"
BEFORE, CREATED, AFTER = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def continuous(status: str | None = "ENABLED", days: int | None = 35, outer: str = "ENABLED") -> dict[str, Any]:
    """A DescribeContinuousBackups answer; None leaves a field out."""
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": status}
    if days is not None:
        recovery["RecoveryPeriodInDays"] = days
    inner = {"PointInTimeRecoveryDescription": recovery} if status else {}
    return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": outer, **inner}}


def recovery(answer: Any, *, faithful: bool = True, wait_seconds: float = 0.0, minimum: int | None = None) -> Finding:
    """What `backup.point_in_time_recovery` finds."""
    parameters: dict[str, Any] = {} if minimum is None else {"minimum_recovery_period_days": minimum}
    answers = {"DescribeContinuousBackups": answer}
    return judge(
        "backup.point_in_time_recovery",
        answers,
        faithful=faithful,
        wait_seconds=wait_seconds,
        table="orders",
        **parameters,
    )


@pytest.mark.parametrize(
    ("answer", "minimum", "days"),
    [
        pytest.param(continuous(), None, "35 days", id="as by default"),
        pytest.param(continuous(days=None), None, "35 days", id="an old answer without a period"),
        pytest.param(continuous(days=None), 35, "35 days", id="an old answer, and the longest period asked for"),
        pytest.param(continuous(days=1), None, "1 day", id="one day, and none asked for"),
        pytest.param(continuous(days=7), 7, "7 days", id="exactly as long as asked for"),
        pytest.param(continuous(days=8), 7, "8 days", id="longer than asked for"),
    ],
)
def test_recovery_that_is_on_passes(answer: dict[str, Any], minimum: int | None, days: str) -> None:
    holds(
        recovery(answer, minimum=minimum),
        f"Point-in-time recovery is enabled ({days}).",
        actual=f"ENABLED, recovery period {days}",
        resource=TABLE,
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(continuous("DISABLED", days=None), id="outer status enabled, inner disabled"),
        pytest.param(continuous("DISABLED", days=35), id="disabled, with a period all the same"),
        pytest.param(continuous(None), id="no inner status"),
        pytest.param(continuous(None, outer="DISABLED"), id="nothing enabled at all"),
    ],
)
def test_recovery_that_is_off_fails(answer: dict[str, Any]) -> None:
    fails(
        recovery(answer),
        "Point-in-time recovery is not enabled.",
        expected="PointInTimeRecoveryStatus ENABLED",
        actual="PointInTimeRecoveryStatus DISABLED (ContinuousBackupsStatus is ENABLED on every table and does not "
        "count)",
        resource=TABLE,
        remedy="PointInTimeRecoveryEnabled=true",
    )


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (6, "6 days")])
def test_a_recovery_period_that_is_too_short_fails(days: int, words: str) -> None:
    fails(
        recovery(continuous(days=days), minimum=7),
        f"The recovery period is {words}, shorter than required.",
        expected="at least 7 days",
        actual=f"ENABLED, recovery period {words}",
        resource=TABLE,
        remedy="Set RecoveryPeriodInDays",
    )


def test_recovery_that_is_being_enabled_is_pending_and_passes_when_that_ends() -> None:
    answers = [continuous("ENABLING"), continuous()]

    is_pending(recovery(list(answers)), "Point-in-time recovery is being enabled.")
    holds(recovery(list(answers), wait_seconds=60), "Point-in-time recovery is enabled (35 days).", resource=TABLE)


def test_a_recovery_status_of_the_future_is_no_verdict() -> None:
    is_unknown(
        recovery(continuous("DIMMED")),
        "Point-in-time recovery has the status DIMMED, which this version does not know.",
    )


@pytest.mark.parametrize("code", ["TableNotFoundException", "ResourceNotFoundException"])
def test_recovery_of_a_missing_table_fails(code: str) -> None:
    error = not_found("DescribeContinuousBackups")
    error.code = code

    is_missing(recovery(error), code)


def test_recovery_that_may_not_be_read_is_no_verdict() -> None:
    is_denied(recovery(denied("DescribeContinuousBackups")), "dynamodb:DescribeContinuousBackups")


def test_an_emulator_that_leaves_recovery_out_is_not_graded() -> None:
    is_unsupported(recovery(continuous(None), faithful=False), "This endpoint does not report point-in-time recovery.")


def test_an_emulator_that_leaves_the_period_out_is_not_graded_on_it() -> None:
    answer = continuous(days=None)

    is_unsupported(recovery(answer, faithful=False, minimum=7), "This endpoint does not report the recovery period.")
    holds(recovery(answer, faithful=False), "Point-in-time recovery is enabled (35 days).", resource=TABLE)


def test_an_emulator_that_tells_recovery_is_graded() -> None:
    assert recovery(continuous("DISABLED"), faithful=False).status == "fail"


def backup(
    name: str, status: str = "AVAILABLE", kind: str = "USER", table_id: str | None = THIS_TABLE
) -> dict[str, Any]:
    """A summary of ListBackups."""
    summary: dict[str, Any] = {"BackupName": name, "BackupStatus": status, "BackupType": kind}
    return {**summary, **({"TableId": table_id} if table_id else {})}


def backups(*summaries: dict[str, Any]) -> dict[str, Any]:
    """A ListBackups answer."""
    return {"BackupSummaries": list(summaries)}


def on_demand(
    answer: Any, description: Any = None, *, faithful: bool = True, wait_seconds: float = 0.0, **parameters: Any
) -> Finding:
    """What `backup.on_demand` finds."""
    answers = {"DescribeTable": description or table(), "ListBackups": answer}
    return judge(
        "backup.on_demand", answers, faithful=faithful, wait_seconds=wait_seconds, table="orders", **parameters
    )


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("summaries", "minimum", "message"),
    [
        pytest.param([backup("one")], 1, "The table has 1 available backup.", id="one"),
        pytest.param([backup("one", kind="AWS_BACKUP")], 1, "The table has 1 available backup.", id="by AWS Backup"),
        pytest.param(
            [backup("one"), backup("two"), backup("three", "CREATING")],
            2,
            "The table has 2 available backups.",
            id="as many as asked for, and another being made",
        ),
        pytest.param(
            [backup("old", table_id=OTHER_TABLE), backup("one"), backup("gone", "DELETED"), backup("s", kind="SYSTEM")],
            1,
            "The table has 1 available backup.",
            id="one among others that do not count",
        ),
        pytest.param(
            [backup("one"), backup("two", "MOVING"), backup("three", kind="CLOUD")],
            1,
            "The table has 1 available backup.",
            id="enough, whatever the future adds",
        ),
    ],
)
def test_available_backups_pass(summaries: list[dict[str, Any]], minimum: int, message: str, reverse: bool) -> None:
    holds(on_demand(backups(*(reversed(summaries) if reverse else summaries)), minimum=minimum), message)


@pytest.mark.parametrize(
    ("summaries", "actual"),
    [
        pytest.param([], "available: none; being made: none; of a deleted table: none", id="none"),
        pytest.param(
            [backup("s", kind="SYSTEM")],
            "available: none; being made: none; of a deleted table: none",
            id="one that DynamoDB made by itself",
        ),
        pytest.param(
            [backup("gone", "DELETED")],
            "available: none; being made: none; of a deleted table: none",
            id="a deleted backup",
        ),
        pytest.param(
            [backup("old", table_id=OTHER_TABLE)],
            "available: none; being made: none; of a deleted table: old",
            id="of a deleted table of the same name",
        ),
        pytest.param(
            [backup("old", "CREATING", table_id=OTHER_TABLE)],
            "available: none; being made: none; of a deleted table: old",
            id="being made, of a deleted table",
        ),
    ],
)
def test_backups_that_do_not_count_fail(summaries: list[dict[str, Any]], actual: str) -> None:
    fails(
        on_demand(backups(*summaries)),
        "The table has 0 available on-demand backups.",
        expected="at least 1 available backup",
        actual=actual,
        remedy="Make one with CreateBackup",
    )


def test_too_few_backups_fail() -> None:
    fails(
        on_demand(backups(backup("one"), backup("old", table_id=OTHER_TABLE)), minimum=2),
        "The table has 1 available on-demand backup.",
        expected="at least 2 available backups",
        actual="available: one; being made: none; of a deleted table: old",
        remedy="Make one with CreateBackup",
    )


def test_a_backup_that_is_being_made_is_pending_and_passes_when_that_ends() -> None:
    answers = [backups(backup("one", "CREATING")), backups(backup("one"))]

    is_pending(on_demand(list(answers)), "A backup is still being made.")
    holds(on_demand(list(answers), wait_seconds=60), "The table has 1 available backup.")


@pytest.mark.parametrize(
    ("summary", "message"),
    [
        (backup("one", "MOVING"), "The backup one has the status MOVING, which this version does not know."),
        (backup("one", kind="CLOUD"), "The backup one is of the type CLOUD, which this version does not know."),
    ],
)
def test_a_backup_of_the_future_is_no_verdict(summary: dict[str, Any], message: str) -> None:
    is_unknown(on_demand(backups(summary)), message)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        pytest.param(BEFORE, "fail", id="before"),
        pytest.param(CREATED, "pass", id="in the same second"),
        pytest.param(AFTER, "pass", id="after"),
    ],
)
@pytest.mark.parametrize("ids", [(None, None), (THIS_TABLE, None), (None, OTHER_TABLE)])
def test_without_both_ids_the_time_tells_whose_backup_it_is(
    ids: tuple[str | None, str | None], made: datetime, status: str
) -> None:
    summary = {**backup("one", table_id=ids[1]), "BackupCreationDateTime": made}

    assert on_demand(backups(summary), table(TableId=ids[0], CreationDateTime=CREATED)).status == status


@pytest.mark.parametrize(
    ("summary", "description"),
    [
        pytest.param({}, table(TableId=None), id="neither id nor time"),
        pytest.param({}, table(TableId=None, CreationDateTime=CREATED), id="the table's time alone"),
        pytest.param({"BackupCreationDateTime": AFTER}, table(TableId=None), id="the backup's time alone"),
    ],
)
def test_an_endpoint_that_does_not_tell_whose_backup_it_is_is_not_graded(
    summary: dict[str, Any], description: dict[str, Any]
) -> None:
    is_unsupported(
        on_demand(backups({**backup("one", table_id=None), **summary}), description, faithful=False),
        "This endpoint does not say which table a backup is of.",
    )


def test_backups_of_a_missing_table_fail() -> None:
    is_missing(on_demand(backups(backup("one")), not_found()))


@pytest.mark.parametrize("operation", ["DescribeTable", "ListBackups"])
def test_backups_that_may_not_be_read_are_no_verdict(operation: str) -> None:
    answers = {"DescribeTable": table(), "ListBackups": backups(backup("one"))}

    finding = judge("backup.on_demand", {**answers, operation: denied(operation)}, table="orders")

    is_denied(finding, f"dynamodb:{operation}")
