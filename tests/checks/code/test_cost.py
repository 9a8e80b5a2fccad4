"""What an answer costs, by what a shop's Store read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord, Exchange
from harness.driving.scenario import LITTLE, LOAD, MUCH, SMALL_PAGES
from tests.checks.code.evidence import (
    ORDERS,
    PLACED,
    QUERY,
    WINDOW,
    ago,
    called,
    exchange,
    judged,
    order,
    orders,
    told,
)
from tests.each import each

BOUNDS: dict[str, Any] = {"examined_per_item": 5, "bytes_factor": 10, "maximum_calls": 40}


def cost(little: Sequence[Exchange], much: Sequence[Exchange], *more: CallRecord) -> Finding:
    """What is said of a question whose answer holds two orders, by what it read with little data and with much."""
    value = [*ORDERS[:2]]
    calls = (orders(value, by=tuple(little)), orders(value, phase=MUCH, by=tuple(much)), *more)
    return judged("code.cost", *PLACED, *calls, question="orders_for_customer", **BOUNDS)


class TestCost:
    @each(
        ("little", "much"),
        [
            ([QUERY], [QUERY]),
            ([QUERY] * 12, [QUERY] * 5),
            ([exchange("Query", examined=2, size=300), exchange("BatchGetItem", examined=2, size=900)],) * 2,
            ([exchange("Query", examined=4, size=600)], [exchange("Query", examined=9, size=1500)]),
            ([QUERY], [QUERY, exchange("PutItem"), exchange("Query", status=400, examined=99)]),
        ],
    )
    def test_a_cost_that_does_not_grow_passes(self, little: Any, much: Any) -> None:
        finding = cost(little, much)

        assert finding.status is Status.PASS, finding
        assert "does not grow with the table" in finding.message

    @each(
        ("little", "much", "said"),
        [
            (
                QUERY,
                exchange("Query", examined=20, size=600),
                "reads more as the table grows, for the same answer.",
            ),
            (
                QUERY,
                exchange("GetItem", examined=1, size=30_000),
                "reads more as the table grows, for the same answer.",
            ),
            (*[exchange("Query", examined=31, size=600)] * 2, "examines 31 items for an answer of 2 items."),
            (*[exchange("Query", examined=2, size=90_000)] * 2, "reads 90000 bytes for an answer of "),
        ],
    )
    def test_what_grows_or_is_out_of_proportion_fails(self, little: Exchange, much: Exchange, said: str) -> None:
        finding = cost([little], [much])

        assert told(finding).startswith(f"orders_for_customer {said}")
        assert "with little data 2 items" in finding.actual or "with little data 31 items" in finding.actual
        assert "with much more, unrelated data" in finding.actual
        assert f"{much.operation}" in finding.actual

    @each("phase", [LITTLE, MUCH, SMALL_PAGES])
    def test_a_scan_fails_wherever_it_is(self, phase: str) -> None:
        scan = orders([*ORDERS[:2]], phase=phase, by=exchange("Scan", examined=2, filter="a = 1"))

        finding = cost([QUERY], [QUERY], scan)

        assert told(finding) == "orders_for_customer reads the whole table or index: it uses Scan."
        assert "Scan, filtered by a = 1: 2 examined" in finding.actual

    def test_one_read_for_each_item_fails(self) -> None:
        get = exchange("GetItem", examined=1, size=200)
        others = tuple(order(number, 3, "C9") for number in range(100, 112))
        written = tuple(called(LOAD, "place_order", one) for one in others)
        plenty = [
            called(phase, "orders_for_customer", "C9", *WINDOW, value=list(others), by=(QUERY, *[get] * 12))
            for phase in (LITTLE, MUCH)
        ]

        finding = cost([QUERY, get, get], [QUERY, get, get], *written, *plenty)

        assert told(finding) == "orders_for_customer makes 13 calls for an answer of 12 items."
        assert "and 8 more calls" in finding.actual

    def test_a_number_of_calls_that_the_window_decides_passes(self) -> None:
        """As of a store that keeps the orders of each week apart, and is asked for a day and for a month."""
        week = exchange("Query", examined=1, size=200)
        day = [
            called(phase, "orders_for_customer", "C1", ago(30), ago(30), value=[order(1, 30)], by=week)
            for phase in (LITTLE, MUCH)
        ]

        assert cost([week] * 6, [week] * 6, *day).status is Status.PASS

    def test_there_may_be_many_calls_but_not_any_number(self) -> None:
        assert "makes 41 calls" in told(cost([QUERY] * 41, [exchange("Query", examined=0)] * 41))

    def test_an_empty_answer_counts_as_one(self) -> None:
        def asked(examined: int) -> Finding:
            by = exchange("Query", examined=examined)
            return cost([QUERY], [QUERY], *(orders([], phase=one, customer="C2", by=by) for one in (LITTLE, MUCH)))

        assert asked(25).status is Status.PASS
        assert told(asked(26)) == "orders_for_customer examines 26 items for an answer of 0 items."

    def test_an_order_may_be_as_many_items_as_it_has_parts(self) -> None:
        """Such as a header, a line for each product, a pointer and an invoice, for which nothing is filtered."""
        lines = [{"productId": f"P{number}", "quantity": 1, "price": Decimal(1)} for number in range(40)]
        large = {**order(9, 3, "C8"), "items": lines, "paymentInfo": {"method": "PayPal"}}
        written = called(LOAD, "place_order", large)
        answer: dict[str, Any] = {"value": [large], "by": exchange("Query", examined=130, returned=130, size=40_000)}
        calls = [called(phase, "orders_for_customer", "C8", *WINDOW, **answer) for phase in (LITTLE, MUCH)]

        stock = [called(LOAD, "set_inventory", line["productId"], 5, ago(0)) for line in lines]

        assert cost([QUERY], [QUERY], *stock, written, *calls).status is Status.PASS

    @each(
        ("little", "much", "said"),
        [
            ({}, {"filter": "a = 1", "returned": 2}, "A filter does not make a Query read less."),
            ({}, {"returned": 2}, "A filter does not make a Query read less."),
            ({}, {"returned": 60}, "You also pay for what is read and then left out."),
            ({"examined": 60}, {"returned": 60, "size": 9_000}, "An item that collects others is always read whole."),
        ],
    )
    def test_filters_are_spoken_of_where_something_is_filtered(self, little: Any, much: Any, said: str) -> None:
        before = replace(QUERY, **little)
        finding = cost([before], [replace(QUERY, **{"examined": 60, **much})])

        assert told(finding)
        assert finding.remedy.startswith(said)
        assert finding.remedy.endswith("in the partition key, the time in the sort key.")

    def test_a_question_that_was_asked_once_only_is_compared_with_nothing(self) -> None:
        calls = (*PLACED, orders([*ORDERS[:2]]))
        finding = judged("code.cost", *calls, question="orders_for_customer", **BOUNDS)

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
