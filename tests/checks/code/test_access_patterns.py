"""The lab's questions: right answers, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from checks.facts.shop import CURRENT, LITTLE, LOAD, MUCH, SMALL_PAGES

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord, Exchange
from tests.checks.code.evidence import ago, called, exchange, failed, judged

QUERY = exchange("Query", index="GSI1", condition="PK = 1", examined=2, returned=2, size=600)
WINDOW = (ago(30), ago(0))


def order(number: int, days: int, customer: str = "C1") -> dict[str, Any]:
    return {
        "orderId": f"O{number}",
        "customerId": customer,
        "orderDate": ago(days),
        "total": Decimal(number),
        "items": [],
    }


def review(number: int) -> dict[str, Any]:
    return {"reviewId": f"R{number}", "productId": "P1", "rating": 5}


ORDERS = (order(1, 30), order(2, 0), order(3, 31), order(4, 5, "C10"))
PLACED = tuple(called(LOAD, "place_order", one) for one in ORDERS)
REVIEWED = tuple(called(LOAD, "put_review", review(number)) for number in range(20))
PRICED = tuple(called(LOAD, "record_price", "P1", Decimal(days), ago(days)) for days in (3, 365, 730))
BOUNDS: dict[str, Any] = {"examined_per_item": 5, "bytes_factor": 10, "maximum_calls": 40}


def told(finding: Finding) -> str:
    assert finding.status is Status.FAIL, finding
    assert "" not in (finding.expected, finding.actual, finding.remedy, finding.resource, finding.detail)
    return finding.message


def orders(value: Any, *, phase: str = LITTLE, customer: str = "C1", by: Any = QUERY) -> CallRecord:
    return called(phase, "orders_for_customer", customer, *WINDOW, value=value, by=by)


def answers(
    *calls: CallRecord, pattern: str = "orders_for_customer", written: Sequence[CallRecord] = PLACED
) -> Finding:
    return judged("access_patterns.answers", *written, *calls, pattern=pattern)


class TestOrders:
    @pytest.mark.parametrize("value", [[order(1, 30), order(2, 0)], [order(2, 0), order(1, 30)]])
    def test_the_right_ones_in_any_order_pass(self, value: Any) -> None:
        finding = answers(orders(value), orders([], customer="C2", by=()))

        assert (finding.status, finding.message) == (Status.PASS, "orders_for_customer answers 2 questions rightly.")

    @pytest.mark.parametrize(
        ("value", "phase", "said"),
        [
            (
                [order(2, 0)],
                LITTLE,
                f"It lacks 1 that should be there: the day at the window's edge, {ago(30)}, is part of it.",
            ),
            ([order(1, 30)], LITTLE, f"the day at the window's edge, {ago(0)}, is part of it."),
            ([*ORDERS[:2], order(3, 31)], LITTLE, "It holds 1 that should not be there."),
            ([*ORDERS[:2], order(4, 5, "C10")], LITTLE, "It holds 1 that should not be there."),
            ([order(2, 0), order(3, 31)], MUCH, "It lacks 1 that should be there, and holds 1 that should not be"),
            ([], LITTLE, "It lacks 2 that should be there: it answers nothing at all."),
            ([order(2, 0)], SMALL_PAGES, f"the day at the window's edge, {ago(30)}, is part of it."),
            ([*ORDERS[:2], order(2, 0)], LITTLE, "The order O2 comes twice."),
            (None, LITTLE, "It returned None, not a list."),
            ({"Items": []}, LITTLE, "It returned an object, not a list."),
            (["O1", "O2"], LITTLE, "It lacks 2 that should be there"),
        ],
    )
    def test_what_is_wrong_is_told(self, value: Any, phase: str, said: str) -> None:
        finding = answers(orders(value, phase=phase))

        assert told(finding).startswith("orders_for_customer answers 1 question of 1 wrong. ")
        assert said in finding.message
        assert "store.orders_for_customer('C1'" in finding.detail

    @pytest.mark.parametrize("phase", [LITTLE, SMALL_PAGES])
    def test_pages_are_named_where_one_was_not_read(self, phase: str) -> None:
        page = replace(QUERY, more=True)
        batch = exchange("BatchGetItem", more=True)
        finding = answers(orders([order(2, 0)], phase=phase, by=(QUERY, page)))
        limited = answers(orders([order(2, 0)], phase=phase, by=replace(page, limited=True)))
        batched = answers(orders([order(2, 0)], phase=phase, by=(QUERY, batch)))
        read = answers(orders([order(2, 0)], phase=phase, by=(page, replace(page, more=False, limited=True))))

        assert "It lacks 1 that should be there, when an answer takes several pages." in told(finding)
        assert finding.remedy == (
            "Ask again with ExclusiveStartKey as long as an answer has a LastEvaluatedKey; a page may end anywhere."
        )
        assert limited.remedy == f"{finding.remedy} Leave out Limit, which ends a page early."
        assert batched.remedy == "Ask again for the UnprocessedKeys, as long as an answer has some."
        assert "several pages" not in told(read)
        assert "Limit" not in read.remedy

    def test_what_came_too_late_and_what_did_not_come_at_all_are_told_apart(self) -> None:
        in_the_middle = (*PLACED, called(LOAD, "place_order", order(5, 5)))
        less = answers(orders([*ORDERS[:2]], phase=MUCH), written=in_the_middle)
        nothing = answers(orders([], phase=MUCH), written=in_the_middle)

        assert "It lacks 1 that should be there, now that the table holds more." in told(less)
        assert less.remedy.startswith("Give each entity a key of its own")
        assert "It lacks 3 that should be there: it answers nothing at all." in told(nothing)
        assert "from one month or year to the next too: ISO days do." in nothing.remedy

    def test_what_is_missing_or_too_much_is_shown_first(self) -> None:
        many = [order(number, 5) for number in range(10, 30)]
        written = [called(LOAD, "place_order", one) for one in many]
        finding = answers(orders([*many[:-1], order(7, 5)]), written=written)

        assert told(finding)
        assert finding.expected.startswith("20 orders: O29, O10, O11")
        assert finding.actual == "20 orders: O7, O10, O11, O12, O13 and 15 more; missing: O29"

    @pytest.mark.parametrize("by", [(), exchange("Query", tables=("other",)), exchange("PutItem")])
    def test_an_answer_from_somewhere_else_is_none(self, by: Any) -> None:
        assert "It answered without reading the table." in told(answers(orders([*ORDERS[:2]], by=by)))

    def test_orders_must_be_whole_unless_get_order_gives_them_so_too(self) -> None:
        part = [{"orderId": "O1", "orderDate": ago(30)}, order(2, 0)]
        single = called(LITTLE, "get_order", "C1", "O1", value=order(1, 30), by=exchange("GetItem"))
        as_poor = called(LITTLE, "get_order", "C1", "O1", value=part[0], by=exchange("GetItem"))

        whole = told(answers(single, orders(part)))

        assert "The order O1 is not what was placed: the attribute customerId is missing." in whole
        assert answers(as_poor, orders(part)).status is Status.PASS

    def test_a_write_or_a_question_that_failed_is_shown(self) -> None:
        wrong_write = answers(orders([]), written=(*PLACED[:1], failed(PLACED[1])))
        wrong_read = answers(failed(orders([])), orders([*ORDERS[:2]]))

        assert told(wrong_write).startswith("place_order failed: ")
        assert told(wrong_read).startswith("orders_for_customer failed: ")

    def test_without_a_question_there_is_no_verdict(self) -> None:
        finding = answers()

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)


class TestOthers:
    def test_reviews_are_told_by_their_ids(self) -> None:
        ask = called(
            LITTLE, "reviews_for_product", "P1", value=[{**review(n), "rating": None} for n in range(20)], by=QUERY
        )
        less = called(LITTLE, "reviews_for_product", "P1", value=[review(n) for n in range(18)], by=QUERY)

        assert answers(ask, pattern="reviews_for_product", written=REVIEWED).status is Status.PASS
        assert "It lacks 2 that should be there." in told(
            answers(less, pattern="reviews_for_product", written=REVIEWED)
        )

    @pytest.mark.parametrize(
        ("value", "right"), [(5, True), (Decimal(5), True), (4, False), (5.0, False), ("5", False), (None, False)]
    )
    def test_stock_is_the_number_that_was_set(self, value: Any, right: bool) -> None:
        stock = called(LOAD, "set_inventory", "P1", 5, ago(0))
        ask = called(LITTLE, "inventory_level", "P1", value=value, by=exchange("GetItem"))

        finding = answers(ask, pattern="inventory_level", written=(stock,))

        assert (finding.status is Status.PASS) is right

    @pytest.mark.parametrize(("value", "right"), [(0, True), (None, True), (1, False), (False, False), ([], False)])
    def test_no_stock_is_none_or_nothing(self, value: Any, right: bool) -> None:
        ask = called(LITTLE, "inventory_level", "P9", value=value, by=exchange("GetItem"))

        assert (answers(ask, pattern="inventory_level", written=()).status is Status.PASS) is right

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            ((365, 3), ""),
            ((730, 365, 3), ""),
            ((3, 365), "The prices are not in the order of their dates, oldest first."),
            ((3,), "It lacks 1 that should be there."),
            ((365, 100, 3), "It holds 1 that should not be there."),
            ((365, 3, 3), "One price comes twice."),
        ],
    )
    def test_prices_come_oldest_first_and_those_that_are_due_may_be_gone(self, days: Sequence[int], said: str) -> None:
        value = [{"date": ago(one), "price": Decimal(one)} for one in days]
        ask = called(LITTLE, "price_history", "P1", "2000-01-01", ago(0), value=value, by=QUERY)

        finding = answers(ask, pattern="price_history", written=PRICED)

        assert (finding.status, said in finding.message) == (Status.FAIL if said else Status.PASS, True)

    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            ({"date": ago(3), "price": Decimal(4)}, "at [1].price: 4 instead of 3"),
            ({"date": ago(3), "price": 3.0}, "at [1].price: the float 3.0 instead of 3"),
            (
                {"date": ago(3), "price": Decimal(3), "ttl": 1},
                "at [1]: the answer has the attribute ttl, which was not given",
            ),
        ],
    )
    def test_a_price_is_exactly_its_date_and_price(self, entry: Any, said: str) -> None:
        value = [{"date": ago(365), "price": Decimal(365)}, entry]
        ask = called(LITTLE, "price_history", "P1", "2000-01-01", ago(0), value=value, by=QUERY)

        assert f"A price is not what was recorded: {said}." in told(
            answers(ask, pattern="price_history", written=PRICED)
        )


def cost(little: Sequence[Exchange], much: Sequence[Exchange], *more: CallRecord) -> Finding:
    """What is said of a question whose answer holds two orders, by what it read with little data and with much."""
    value = [*ORDERS[:2]]
    calls = (orders(value, by=tuple(little)), orders(value, phase=MUCH, by=tuple(much)), *more)
    return judged("access_patterns.cost", *PLACED, *calls, pattern="orders_for_customer", **BOUNDS)


class TestCost:
    @pytest.mark.parametrize(
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

    @pytest.mark.parametrize(
        ("little", "much", "said"),
        [
            (
                QUERY,
                exchange("Query", examined=20, size=600),
                "reads more when the table holds more, for the same answer.",
            ),
            (
                QUERY,
                exchange("GetItem", examined=1, size=30_000),
                "reads more when the table holds more, for the same answer.",
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

    @pytest.mark.parametrize("phase", [LITTLE, MUCH, SMALL_PAGES])
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
        assert "and 8 calls more" in finding.actual

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

    @pytest.mark.parametrize(
        ("little", "much", "said"),
        [
            ({}, {"filter": "a = 1", "returned": 2}, "A filter does not make a Query read less."),
            ({}, {"returned": 2}, "A filter does not make a Query read less."),
            ({}, {"returned": 60}, "What is read and then left out is paid for too."),
            ({"examined": 60}, {"returned": 60, "size": 9_000}, "An item that collects others is always read whole."),
        ],
    )
    def test_filters_are_spoken_of_where_something_is_filtered(self, little: Any, much: Any, said: str) -> None:
        before = replace(QUERY, **little)
        finding = cost([before], [replace(QUERY, **{"examined": 60, **much})])

        assert told(finding)
        assert finding.remedy.startswith(said)
        assert finding.remedy.endswith("who in the partition key, when in the sort key.")

    def test_a_question_that_was_asked_once_only_is_compared_with_nothing(self) -> None:
        calls = (*PLACED, orders([*ORDERS[:2]]))
        finding = judged("access_patterns.cost", *calls, pattern="orders_for_customer", **BOUNDS)

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)


class TestCurrentStock:
    def asked(self, value: Any, **read: Any) -> Finding:
        sets = called(CURRENT, "set_inventory", "P1", 1, ago(0))
        by = exchange("GetItem", **read)
        return judged(
            "access_patterns.current_stock", sets, called(CURRENT, "inventory_level", "P1", value=value, by=by)
        )

    def test_a_consistent_read_passes_without_a_remark(self) -> None:
        finding = self.asked(1, consistent=True)

        assert (finding.status, "Remark" in finding.message) == (Status.PASS, False)

    @pytest.mark.parametrize(
        ("read", "said"), [({}, "eventually consistently, which"), ({"index": "GSI1"}, "by the index GSI1, which")]
    )
    def test_another_read_gets_a_remark_and_passes(self, read: Any, said: str) -> None:
        finding = self.asked(1, **read)

        assert finding.status is Status.PASS
        assert "Remark: it is read eventually consistently" in finding.message
        assert said in finding.message

    def test_the_old_number_is_remarked_on_where_the_read_may_be_late(self) -> None:
        sets = [called(phase, "set_inventory", "P1", number, ago(0)) for phase, number in ((LOAD, 7), (CURRENT, 1))]
        first = called(MUCH, "inventory_level", "P1", value=7, by=exchange("GetItem"))

        def ask(value: Any, *, consistent: bool) -> Finding:
            by = exchange("GetItem", consistent=consistent)
            last = called(CURRENT, "inventory_level", "P1", value=value, by=by)
            return judged("access_patterns.current_stock", sets[0], first, sets[1], last)

        late = ask(7, consistent=False)
        assert (late.status, "was the old one still. Remark: " in late.message) == (Status.PASS, True)
        assert ask(7, consistent=True).status is Status.FAIL
        assert ask(8, consistent=False).status is Status.FAIL

    def test_the_old_number_fails(self) -> None:
        assert told(self.asked(7, consistent=True)).startswith(
            "inventory_level does not say what was set a moment before."
        )

    def test_a_failure_and_silence_are_told(self) -> None:
        sets = called(CURRENT, "set_inventory", "P1", 1, ago(0))
        ask = failed(called(CURRENT, "inventory_level", "P1"))

        assert told(judged("access_patterns.current_stock", sets, ask)).startswith("inventory_level failed: ")
        assert told(judged("access_patterns.current_stock", failed(sets))).startswith("set_inventory failed: ")
        assert judged("access_patterns.current_stock", sets).status is Status.ERROR
