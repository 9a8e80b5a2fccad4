"""What may raise: orders one by one, at once and at conflicts; and sequences of calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from harness.account.errors import NOT_ALLOWED_CODE, TOOL_FAULT_CODE
from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord, Change
from harness.driving.scenario import AFTERWARDS, AT_ONCE, CONFLICTS, LITTLE, MEANWHILE, ONE_BY_ONE, READY, SEQUENCES
from harness.submission.caller import FailureKind
from tests.checks.code.evidence import GET, TABLE, ago, called, exchange, failed, judged, told
from tests.each import each

KEY, STOCK = '{"PK": {"S": "ORDER"}}', '{"PK": {"S": "STOCK"}}'
TRANSACTION = exchange("TransactWriteItems", written=(KEY, STOCK))
CHANGES = (Change(None, {"PK": {"S": "ORDER"}}, KEY), Change({"n": {"N": "3"}}, {"n": {"N": "1"}}, STOCK))


def order(number: int = 1, quantity: int = 2) -> dict[str, Any]:
    lines = [{"productId": "P1", "quantity": quantity, "price": Decimal(1)}]
    return {"orderId": f"O{number}", "customerId": "C1", "orderDate": ago(1), "status": "Pending", "items": lines}


def stocked(phase: str, quantity: int = 3) -> CallRecord:
    return called(phase, "set_inventory", "P1", quantity, ago(0), by=exchange("PutItem"), part=1)


def placed(phase: str, one: dict[str, Any], **fields: Any) -> CallRecord:
    return called(phase, "place_order", one, **{"by": TRANSACTION, "changes": CHANGES, "part": 1, **fields})


def refused(phase: str, one: dict[str, Any], code: str = "TransactionCanceledException", **fields: Any) -> CallRecord:
    by = exchange("TransactWriteItems", status=400, code=code)
    return failed(placed(phase, one, **{"by": by, "changes": (), **fields}))


def read(phase: str, method: str, *arguments: Any, value: Any = None, **fields: Any) -> CallRecord:
    return called(phase, method, *arguments, value=value, by=GET, part=1, **fields)


class TestAllOrNothing:
    def judged(self, *calls: CallRecord, method: str = "place_order") -> Finding:
        return judged("code.all_or_nothing", *calls, method=method)

    def right(self) -> list[CallRecord]:
        return [
            stocked(ONE_BY_ONE),
            placed(ONE_BY_ONE, order()),
            refused(ONE_BY_ONE, order(2)),
            read(ONE_BY_ONE, "get_order", "C1", "O1", value=order()),
            read(ONE_BY_ONE, "get_order", "C1", "O2"),
            read(ONE_BY_ONE, "inventory_level", "P1", value=1),
        ]

    def test_what_is_accepted_and_refused_as_it_should_be_passes(self) -> None:
        finding = self.judged(*self.right())

        assert (finding.status, finding.message) == (
            Status.PASS,
            "place_order does all or nothing: 2 calls came to what they should.",
        )

    def test_what_is_accepted_although_it_must_be_refused_is_told_with_the_reason(self) -> None:
        calls = self.right()
        calls[2] = placed(ONE_BY_ONE, order(2))

        finding = self.judged(*calls)

        assert told(finding) == (
            "place_order returns, although it must refuse this call: P1 has a stock of 1, and 2 are ordered."
        )
        assert finding.expected == "it raises, and changes nothing"
        assert finding.actual == "it returned None; the item PK ORDER is new, n of the item PK STOCK is 1 instead of 3"
        assert finding.detail.count("store.place_order(") == 1
        assert "store.set_inventory('P1', 3, " in finding.detail

    def test_what_is_left_behind_is_told(self) -> None:
        calls = self.right()
        calls[2] = refused(ONE_BY_ONE, order(2), changes=CHANGES)

        assert "but leaves changes behind: the item PK ORDER is new" in told(self.judged(*calls))

    def test_what_is_refused_although_it_must_be_accepted_is_told(self) -> None:
        calls = self.right()
        calls[1] = refused(ONE_BY_ONE, order())

        assert told(self.judged(*calls)).startswith("place_order refuses what it must accept: KeyError: 'PK'")

    def test_a_mistake_in_the_code_is_no_refusal(self) -> None:
        calls = self.right()
        calls[1] = failed(placed(ONE_BY_ONE, order(), by=()), summary="NameError: name 'ordr' is not defined")

        assert told(self.judged(*calls)).startswith("place_order failed: NameError: name 'ordr' is not defined.")

    def test_what_is_read_afterwards_is_the_methods_fault(self) -> None:
        calls = self.right()
        calls[5] = read(ONE_BY_ONE, "inventory_level", "P1", value=3)

        assert (
            told(self.judged(*calls)) == "After place_order, inventory_level answers 3 instead of 1 (asked about P1)."
        )

    def test_what_was_answered_wrong_before_is_judged_elsewhere(self) -> None:
        calls = self.right()
        calls[5] = read(ONE_BY_ONE, "inventory_level", "P1", value=3)
        before = called(LITTLE, "inventory_level", "P1", value=7, by=GET)

        assert self.judged(before, *calls).status is Status.PASS

    @each(("kind", "says"), [(FailureKind.ENDED, "ended"), (FailureKind.HUNG, "hung"), (FailureKind.NOT_PLAIN, "not")])
    def test_whoever_ends_or_hangs_does_not_refuse(self, kind: FailureKind, says: str) -> None:
        calls = self.right()
        calls[2] = failed(calls[2], kind, f"it {says}")

        assert told(self.judged(*calls)).startswith(f"place_order failed: it {says}.")

    @each(
        ("code", "status", "reason"),
        [
            ("AccessDeniedException", 400, Reason.DENIED),
            ("ThrottlingException", 400, Reason.UNREACHABLE),
            ("InternalServerError", 500, Reason.UNREACHABLE),
            (TOOL_FAULT_CODE, 500, Reason.UNREACHABLE),
            (NOT_ALLOWED_CODE, 403, Reason.NOT_ALLOWED),
        ],
    )
    def test_whom_the_target_refuses_is_not_judged(self, code: str, status: int, reason: Reason) -> None:
        calls = self.right()
        by = exchange("TransactWriteItems", status=status, code=code)
        calls[2] = failed(placed(ONE_BY_ONE, order(2), by=by, changes=()))

        assert self.judged(*calls).reason is reason

    def test_a_status_is_not_judged_by_orders_that_were_never_placed(self) -> None:
        calls = [
            stocked(ONE_BY_ONE),
            failed(placed(ONE_BY_ONE, order(), by=()), summary="NotImplementedError"),
            failed(called(ONE_BY_ONE, "update_order_status", "C1", "O1", "Shipped", part=1, changes=())),
        ]

        assert told(self.judged(*calls, method="update_order_status")) == "place_order failed: NotImplementedError."

    def test_evidence_without_trials_is_of_another_version(self) -> None:
        assert self.judged(called(LITTLE, "get_order", "C1", "O1")).status is Status.ERROR


class TestOneRequest:
    def judged(self, *exchanges: Any, phase: str = ONE_BY_ONE) -> Finding:
        return judged("code.one_request", stocked(phase), placed(phase, order(), by=exchanges), method="place_order")

    def test_one_transaction_passes(self) -> None:
        assert self.judged(TRANSACTION).status is Status.PASS

    @each("phase", [ONE_BY_ONE, CONFLICTS])
    def test_two_requests_are_named_with_their_keys(self, phase: str) -> None:
        finding = self.judged(
            exchange("UpdateItem", written=(STOCK,)), exchange("PutItem", written=(KEY,)), phase=phase
        )

        assert told(finding) == "place_order writes in 2 requests what belongs together: UpdateItem, PutItem."
        assert finding.actual == "UpdateItem of PK STOCK; PutItem of PK ORDER"

    def test_a_batch_is_no_transaction(self) -> None:
        assert "BatchWriteItem" in told(self.judged(exchange("BatchWriteItem", written=(KEY, STOCK))))

    def test_a_lock_that_is_given_back_does_not_count(self) -> None:
        lock = exchange("PutItem", written=('{"PK": {"S": "LOCK"}}',))

        assert self.judged(lock, TRANSACTION, lock).status is Status.PASS

    def test_a_write_whose_answer_was_lost_took_effect(self) -> None:
        lost = exchange("TransactWriteItems", written=(KEY, STOCK), status=0, code="ConnectionDropped", injected=True)

        assert self.judged(lost).status is Status.PASS


def bought(number: int, client: str, *numbered: Any, **fields: Any) -> CallRecord:
    return placed(AT_ONCE, order(number), client=client, by=numbered, changes=None, **fields)


class TestAtOnce:
    def judged(self, first: CallRecord, second: CallRecord, *, left: int, seen: int = 1, kept: bool = False) -> Finding:
        return judged(
            "code.at_once",
            stocked(READY),
            read(MEANWHILE, "inventory_level", "P1", value=seen),
            first,
            second,
            read(AFTERWARDS, "get_order", "C1", "O1", value=order()),
            read(AFTERWARDS, "get_order", "C1", "O2", value=order(2) if kept else None),
            read(AFTERWARDS, "inventory_level", "P1", value=left),
        )

    first = bought(1, "writer", exchange("TransactWriteItems", number=1))

    def test_one_gets_the_last_and_the_other_is_refused(self) -> None:
        assert self.judged(self.first, failed(bought(2, "reader")), left=1).status is Status.PASS

    def test_who_sells_twice_is_shown_request_by_request(self) -> None:
        finding = self.judged(self.first, bought(2, "reader", exchange("PutItem", number=2)), left=1, kept=True)

        assert told(finding) == (
            "When 2 clients call place_order at once, it accepts what it must refuse: P1 has a stock of 1, and 2 are "
            "ordered."
        )
        assert finding.actual == "client 1: accepted; client 2: accepted"
        assert "client 1  TransactWriteItems  done\nclient 2  PutItem             done\n" in finding.detail

    def test_who_goes_below_nothing_for_a_moment_sold_it(self) -> None:
        finding = self.judged(self.first, failed(bought(2, "reader")), left=1, seen=-1)

        assert told(finding) == "When 2 clients call place_order at once, inventory_level answers -1 meanwhile."

    def test_who_refuses_what_is_left_is_told(self) -> None:
        finding = judged(
            "code.at_once",
            stocked(READY, 9),
            self.first,
            failed(bought(2, "reader")),
            read(AFTERWARDS, "inventory_level", "P1", value=7),
        )

        assert told(finding) == (
            "When 2 clients call place_order at once, one of them fails, although it could succeed: KeyError: 'PK'."
        )

    def test_what_is_lost_is_told(self) -> None:
        finding = self.judged(self.first, failed(bought(2, "reader")), left=3)

        assert told(finding) == (
            "When 2 clients call place_order at once, inventory_level answers 3 instead of 1 (asked about P1) afterwards."
        )


class TestConflicts:
    conflict = exchange("TransactWriteItems", status=400, code="TransactionCanceledException: TransactionConflict")

    def judged(self, call: CallRecord, *, left: int, kept: bool = True) -> Finding:
        return judged(
            "code.conflicts",
            stocked(CONFLICTS),
            call,
            read(CONFLICTS, "get_order", "C1", "O1", value=order() if kept else None),
            read(CONFLICTS, "inventory_level", "P1", value=left),
        )

    def met(self, **fields: Any) -> Any:
        return exchange("TransactWriteItems", written=(KEY, STOCK), injected=True, **fields)

    @property
    def conflicted(self) -> Any:
        return self.met(status=400, code="TransactionCanceledException: TransactionConflict")

    @property
    def lost(self) -> Any:
        return self.met(status=0, code="ConnectionDropped")

    def test_who_tries_again_passes(self) -> None:
        finding = self.judged(placed(CONFLICTS, order(), by=(self.conflicted, TRANSACTION)), left=1)

        assert (finding.status, "Remark" in finding.message) == (Status.PASS, False)

    def test_who_gives_up_passes_with_a_remark(self) -> None:
        finding = self.judged(failed(placed(CONFLICTS, order(), by=(self.conflicted,), changes=())), left=3, kept=False)

        assert finding.status is Status.PASS
        assert "Remark: place_order gives up at a TransactionConflict." in finding.message

    def test_who_returns_without_having_done_it_is_told(self) -> None:
        finding = self.judged(placed(CONFLICTS, order(), by=(self.conflicted,), changes=()), left=3, kept=False)

        assert told(finding) == (
            "When it meets TransactionConflict, place_order returns, and get_order answers None instead of an object "
            "(asked about C1, O1) afterwards."
        )

    def test_who_does_it_twice_is_told(self) -> None:
        finding = self.judged(placed(CONFLICTS, order(), by=(self.lost, TRANSACTION)), left=-1)

        assert "When it meets a lost answer, place_order returns, and inventory_level answers -1" in told(finding)

    def test_an_unknown_end_may_be_raised(self) -> None:
        assert self.judged(failed(placed(CONFLICTS, order(), by=(self.lost,))), left=1).status is Status.PASS

    def test_who_reports_as_refused_what_it_wrote_is_told(self) -> None:
        finding = self.judged(failed(placed(CONFLICTS, order(), by=(self.lost, self.conflict))), left=1)

        assert told(finding) == (
            "When it meets a lost answer, place_order tries again, and then reports as refused what it wrote itself."
        )

    def test_who_leaves_something_behind_is_told(self) -> None:
        finding = self.judged(failed(placed(CONFLICTS, order(), by=(self.conflicted,))), left=3, kept=False)

        assert "place_order raises, but leaves 2 items changed: PK ORDER, PK STOCK." in told(finding)

    def test_who_sends_no_transaction_meets_none(self) -> None:
        finding = self.judged(placed(CONFLICTS, order(), by=exchange("PutItem", written=(KEY,))), left=1)

        assert told(finding) == "place_order sends no transaction that could meet a conflict."
        assert finding.actual == "requests: PutItem"


class TestSequences:
    def judged(self, *calls: CallRecord) -> Finding:
        return judged("code.sequences", called(LITTLE, "get_order", "C9", "O9", by=GET), *calls)

    def test_what_agrees_with_the_model_passes(self) -> None:
        calls = (stocked(SEQUENCES), read(SEQUENCES, "inventory_level", "P1", value=3))

        assert self.judged(*calls).message == "The calls of 1 sequence agree with the model."

    def test_the_shortest_that_does_not_is_shown_as_calls(self) -> None:
        calls = (stocked(SEQUENCES), placed(SEQUENCES, order()), read(SEQUENCES, "inventory_level", "P1", value=3))

        finding = self.judged(*calls)

        assert told(finding) == "In a sequence of 3 calls, inventory_level answers 3 instead of 1."
        assert [line for line in finding.detail.splitlines() if line.startswith("store.")] == [
            "store.set_inventory('P1', 3, '2026-03-01')",
            "store.place_order(",
            "store.inventory_level('P1')",
        ]

    def test_where_indexes_are_late_nothing_is_judged(self) -> None:
        finding = self.judged()

        assert (finding.status, finding.reason) == (Status.SKIP, Reason.UNSUPPORTED)


def test_the_evidence_names_the_table_of_the_finding() -> None:
    finding = judged("code.one_request", stocked(ONE_BY_ONE), placed(ONE_BY_ONE, order()), method="place_order")

    assert finding.resource.endswith(f"table/{TABLE}")
