"""Every fault, on every operation that the lab reads, gives the row of the Verdicts table: on the checks that needed
the call and on no other. Nothing waits: retries run on a clock that jumps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.checking.finding import Finding, Reason, Status
from harness.gateway.server import Gateway, Request, Response, error_response
from tests.accounts import (
    FAULTS,
    body,
    changed,
    drop,
    every_second,
    fault,
    grade,
    inspecting,
    reference_account,
    refuse,
)
from tests.support import TABLE

NEEDED_BY = {
    "DescribeTimeToLive": {"expiry.time-to-live"},
    "DescribeContinuousBackups": {"recovery.point-in-time"},
}
"""The checks that read each operation; DescribeTable is read by the gate, and so needed by all."""

GATE = "schema.table"
EVERY = {spec.finding_id for spec in inspecting()}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with reference_account() as opened:
        yield opened


def outcomes(findings: dict[str, Finding]) -> Counter[tuple[Status, Reason | None]]:
    return Counter((finding.status, finding.reason) for finding in findings.values())


def test_without_a_fault_everything_holds(gateway: Gateway) -> None:
    assert outcomes(grade(gateway)) == Counter({(Status.PASS, None): len(EVERY)})


@pytest.mark.parametrize(
    "operation", ["DescribeTimeToLive", pytest.param("DescribeContinuousBackups", marks=pytest.mark.proof)]
)
@pytest.mark.parametrize(("answer", "status", "reason"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_a_fault_concerns_the_checks_that_needed_the_call_and_no_other(
    gateway: Gateway,
    operation: str,
    answer: Callable[[Request], Response],
    status: Status,
    reason: Reason,
) -> None:
    findings = grade(gateway, fault(operation, answer))

    concerned = {name for name, finding in findings.items() if finding.status is not Status.PASS}
    assert concerned == NEEDED_BY[operation]
    for name in concerned:
        assert (findings[name].status, findings[name].reason) == (status, reason), findings[name]
        assert operation in findings[name].message
        assert findings[name].actual
        if reason is Reason.DENIED and "credentials" not in findings[name].message:
            assert f"dynamodb:{operation}" in findings[name].message


@pytest.mark.parametrize(("answer", "status", "reason"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_a_fault_of_the_gate_leaves_everything_behind_it_undecided(
    gateway: Gateway, answer: Callable[[Request], Response], status: Status, reason: Reason
) -> None:
    findings = grade(gateway, fault("DescribeTable", answer))

    assert (findings[GATE].status, findings[GATE].reason) == (status, reason)
    others = {name: finding for name, finding in findings.items() if name != GATE and "archive" not in name}
    behind = {(finding.status, finding.reason) for finding in others.values()}
    expected = (status, reason) if status is Status.SKIP else (Status.ERROR, Reason.PREREQUISITE)
    assert behind == {expected}


@pytest.mark.parametrize(
    "answer",
    [
        refuse(400, "ThrottlingException"),
        refuse(400, "ProvisionedThroughputExceededException"),
        refuse(500, "InternalServerError"),
        drop,
        body(200, b"{"),
    ],
    ids=["throttled", "throughput exceeded", "500", "dropped", "malformed"],
)
def test_half_of_the_calls_going_wrong_changes_no_verdict(
    gateway: Gateway, answer: Callable[[Request], Response]
) -> None:
    assert outcomes(grade(gateway, every_second(answer))) == Counter({(Status.PASS, None): len(EVERY)})


def test_a_table_that_stays_updating_leaves_undecided_what_may_be_changing(gateway: Gateway) -> None:
    def updating(answer: dict[str, Any]) -> None:
        answer["Table"]["TableStatus"] = "UPDATING"

    findings = grade(gateway, fault("DescribeTable", changed(gateway, updating)), wait_seconds=30)

    pending = {name for name, finding in findings.items() if finding.reason is Reason.PENDING}
    alarms = {"alarms.throttled-reads", "alarms.throttled-writes"}
    assert pending == {"schema.active", "indexes.all-active", "stream.enabled", *alarms}
    behind = {name for name, finding in findings.items() if finding.reason is Reason.PREREQUISITE}
    assert behind == {"stream.view-type", "consumer.mapping", "consumer.function", "consumer.role"}
    certain = {GATE, "schema.primary-key", "indexes.well-formed", "indexes.quotas"}
    certain |= {"expiry.time-to-live", "recovery.point-in-time", "alarms.system-errors"}
    assert {findings[name].status for name in certain} == {Status.PASS}


def test_a_table_that_becomes_active_in_time_passes(gateway: Gateway) -> None:
    looks = iter(["CREATING", "CREATING", "UPDATING"])

    def status(answer: dict[str, Any]) -> None:
        answer["Table"]["TableStatus"] = next(looks, "ACTIVE")

    findings = grade(gateway, fault("DescribeTable", changed(gateway, status)), wait_seconds=30)

    assert outcomes(findings) == Counter({(Status.PASS, None): len(EVERY)})


def test_a_table_deleted_between_two_reads_is_missing(gateway: Gateway) -> None:
    findings = grade(
        gateway,
        fault("DescribeTimeToLive", refuse(400, "ResourceNotFoundException")),
        fault("DescribeContinuousBackups", refuse(400, "TableNotFoundException")),
    )

    failed = {name: finding for name, finding in findings.items() if finding.status is Status.FAIL}
    assert set(failed) == {"expiry.time-to-live", "recovery.point-in-time"}
    assert {finding.message for finding in failed.values()} == {f"There is no table {TABLE} in us-east-1."}
    assert {finding.status for name, finding in findings.items() if name not in failed} == {Status.PASS}


def test_credentials_that_expire_in_mid_run_never_become_a_verdict(gateway: Gateway) -> None:
    def expire(request: Request) -> Response | None:
        if request.operation == "DescribeTable":
            return None
        return error_response(request, 400, "ExpiredTokenException", "expired")

    findings = grade(gateway, expire)

    reasons = {name: finding.reason for name, finding in findings.items() if finding.status is not Status.PASS}
    denied = {"expiry.time-to-live", "recovery.point-in-time"}
    denied |= {"consumer.mapping", "consumer.function", "consumer.role"}
    denied |= {"alarms.throttled-reads", "alarms.throttled-writes", "alarms.system-errors"}
    denied |= {"archive.bucket", "archive.database", "archive.workgroup", "archive.query"}
    behind = dict.fromkeys(["archive.private", "archive.encrypted", "archive.lifecycle"], Reason.PREREQUISITE)
    assert reasons == {**dict.fromkeys(denied, Reason.DENIED), **behind}
    assert "Renew the credentials" in findings["expiry.time-to-live"].remedy
