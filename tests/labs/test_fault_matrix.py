"""Every operation that any lab or check reads, times everything that can go wrong with it: exactly the row of the
Verdicts table, on the checks that needed the call and those behind them. No wrong pass, no wrong fail, and none of it
waits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from harness import paths
from harness.account import session
from harness.account.client import MAY_BE_EMPTY
from harness.audit.auditor import Auditor
from harness.checking.check import CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.gateway.server import Gateway, Request, Response, Rule
from harness.submission.provisioning import Provisioning
from tests.accounts import (
    FAULTS,
    TapeBackend,
    account_of,
    body,
    drop,
    every_second,
    fault,
    one_element_a_page,
    refuse,
)
from tests.labs.labs import EVERY_LAB, proven, right_tape
from tests.support import EVERY_CHECK, FakeClock

TALLY: Counter[str] = Counter()
"""Verdicts under faults, and how many of them were wrong: shown at the end of the test run."""

WORKED = {Status.PASS: "passes", Status.FAIL: "fails"}


class Account:
    """A server with a tape's answers behind a gateway, and the checks to judge it by: those that look at an account.
    What is judged of the submission's code does not come from there."""

    def __init__(self, lab: str) -> None:
        self.tape = right_tape(lab)
        self.auditor = Auditor(paths.definition(lab), self.tape, paths.review(lab))
        inspecting = {spec.finding_id for spec in self.auditor.specs if spec.driven is None}
        self.auditor.specs = [spec for spec in self.auditor.specs if spec.finding_id in inspecting]
        self.auditor.reads = {one: reads for one, reads in self.auditor.reads.items() if one in inspecting}
        self.backend = TapeBackend(self.tape)
        self.gateway = Gateway(self.backend, reads_only=True)

    @property
    def operations(self) -> list[str]:
        return sorted({one.operation for one in self.tape.readings if one.service != "sts"})

    def judge(self, *rules: Rule, specs: Sequence[CheckSpec] | None = None) -> dict[str, Finding]:
        """The findings of these checks (None: of all) while rules apply."""
        clock = FakeClock()
        account = account_of(self.gateway, clock)
        account.account_id = self.tape.stamp.account_id
        self.gateway.rules[:] = rules
        try:
            ended = self.tape.provisioning
            judged = self.auditor.specs if specs is None else specs
            findings = Runner(judged, account, clock).run(Provisioning.from_plain(ended) if ended else None)
        finally:
            self.gateway.rules.clear()
        return {finding.id: finding for finding in findings}

    def resting_on(self, operation: str) -> Sequence[CheckSpec]:
        """The checks that make such a call, and those behind them."""
        reads = {read for found in self.auditor.reads.values() for read in found}
        return self.auditor.resting_on({read for read in reads if read[1] == operation})

    def expected(
        self, operation: str, status: Status, reason: Reason | None
    ) -> dict[str, tuple[Status, Reason | None]]:
        """What each check must say when an operation has that outcome, and all others answer well."""
        readers = {
            finding_id
            for finding_id, reads in self.auditor.reads.items()
            if operation in {one_operation for _, one_operation, *_ in reads}
        }
        assert readers
        right: dict[str, tuple[Status, Reason | None]] = dict.fromkeys(self.auditor.reads, (Status.PASS, None))
        return {**right, **self.auditor.consequences(readers, (status, reason))}


@pytest.fixture(scope="module", params=proven(EVERY_LAB))
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    made = Account(request.param)
    with made.gateway:
        yield made


def tallied(found: dict[str, Finding], expected: dict[str, tuple[Status, Reason | None]]) -> bool:
    """Counts the verdicts; True when all are as expected."""
    for finding_id, finding in found.items():
        wanted = expected[finding_id]
        TALLY["verdicts"] += 1
        if (finding.status, finding.reason) != wanted:
            TALLY[f"wrong {WORKED.get(finding.status, 'others')}"] += 1
    return {finding_id: (one.status, one.reason) for finding_id, one in found.items()} == expected


def test_without_a_fault_everything_holds(account: Account) -> None:
    assert tallied(account.judge(), dict.fromkeys(account.auditor.reads, (Status.PASS, None)))


@pytest.mark.parametrize(("name", "answer", "status", "reason"), [pytest.param(*row, id=row[0]) for row in FAULTS])
def test_each_fault_on_each_operation(
    account: Account, name: str, answer: Callable[[Request], Response], status: Status, reason: Reason
) -> None:
    for operation in account.operations:
        found = account.judge(fault(operation, answer), specs=account.resting_on(operation))

        says_so = name in ("empty", "an empty object") and operation in MAY_BE_EMPTY
        expected = account.expected(operation, Status.PASS if says_so else status, None if says_so else reason)
        assert tallied(found, {finding_id: expected[finding_id] for finding_id in found}), operation


def test_a_fault_concerns_no_other_check(account: Account) -> None:
    for operation in account.operations:
        found = account.judge(fault(operation, refuse(400, "AccessDeniedException")))

        assert tallied(found, account.expected(operation, Status.ERROR, Reason.DENIED)), operation


def test_a_resource_that_is_gone_between_two_reads_is_missing(account: Account) -> None:
    for operation in account.operations:
        gone = fault(operation, refuse(400, "ResourceNotFoundException"))
        found = account.judge(gone, specs=account.resting_on(operation))

        expected = account.expected(operation, Status.FAIL, None)
        assert tallied(found, {finding_id: expected[finding_id] for finding_id in found}), operation
        failed = [finding for finding in found.values() if finding.status is Status.FAIL]
        assert not [finding for finding in failed if not (finding.expected and finding.actual and finding.remedy)]


@pytest.mark.parametrize(
    "answer",
    [
        refuse(400, "ThrottlingException"),
        refuse(500, "InternalServerError"),
        refuse(503, "ServiceUnavailable"),
        drop,
        body(200, b'{"Table": '),
    ],
    ids=["throttled", "500", "503", "dropped", "truncated"],
)
def test_half_of_the_calls_going_wrong_changes_no_verdict(
    account: Account, answer: Callable[[Request], Response]
) -> None:
    assert tallied(account.judge(every_second(answer)), dict.fromkeys(account.auditor.reads, (Status.PASS, None)))


def test_a_server_that_never_answers_is_out_of_reach(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "READ_TIMEOUT_SECONDS", 0.05)
    over = threading.Event()

    def never(request: Request) -> Response | None:
        over.wait(10)
        return None

    try:
        for operation in account.operations:
            found = account.judge(fault(operation, never), specs=account.resting_on(operation))

            expected = account.expected(operation, Status.ERROR, Reason.UNREACHABLE)
            assert tallied(found, {finding_id: expected[finding_id] for finding_id in found}), operation
    finally:
        over.set()


def test_every_list_is_read_to_its_end(account: Account) -> None:
    pages: Counter[str] = Counter()

    found = account.judge(one_element_a_page(account.backend, pages))

    assert tallied(found, dict.fromkeys(account.auditor.reads, (Status.PASS, None)))
    if account.tape.stamp.lab == EVERY_CHECK:
        assert {name: number for name, number in pages.items() if number > 2 and name != "DescribeTable"} == {
            "DescribeAlarms": 8,
            "ListTagsOfResource": 4,
            "ListBackups": 4,
            "Scan": 6,
            "ListBuckets": 4,
            "ListNamedQueries": 4,
        }
