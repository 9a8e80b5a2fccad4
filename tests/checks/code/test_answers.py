"""Right answers to a shop's questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord
from harness.driving.scenario import LITTLE, LOAD, MUCH, SMALL_PAGES
from tests.checks.code.evidence import (
    ORDERS,
    PLACED,
    QUERY,
    ago,
    called,
    exchange,
    failed,
    judged,
    order,
    orders,
    told,
)
from tests.each import each


def review(number: int) -> dict[str, Any]:
    return {"reviewId": f"R{number}", "productId": "P1", "rating": 5}


REVIEWED = tuple(called(LOAD, "put_review", review(number)) for number in range(20))
PRICED = tuple(called(LOAD, "record_price", "P1", Decimal(days), ago(days)) for days in (3, 365, 730))


def answers(
    *calls: CallRecord, question: str = "orders_for_customer", written: Sequence[CallRecord] = PLACED
) -> Finding:
    return judged("code.answers", *written, *calls, question=question)


class TestOrders:
    @each("value", [[order(1, 30), order(2, 0)], [order(2, 0), order(1, 30)]])
    def test_the_right_ones_in_any_order_pass(self, value: Any) -> None:
        finding = answers(orders(value), orders([], customer="C2", by=()))

        assert (finding.status, finding.message) == (Status.PASS, "orders_for_customer answers 2 questions correctly.")

    @each(
        ("value", "phase", "said"),
        [
            (
                [order(2, 0)],
                LITTLE,
                f"It lacks 1 that should be there: the day at the window's edge, {ago(30)}, belongs to the window.",
            ),
            ([order(1, 30)], LITTLE, f"the day at the window's edge, {ago(0)}, belongs to the window."),
            ([*ORDERS[:2], order(3, 31)], LITTLE, "It holds 1 that should not be there."),
            ([*ORDERS[:2], order(4, 5, "C10")], LITTLE, "It holds 1 that should not be there."),
            ([order(2, 0), order(3, 31)], MUCH, "It lacks 1 that should be there, and holds 1 that should not be"),
            ([], LITTLE, "It lacks 2 that should be there: it returns nothing at all."),
            ([order(2, 0)], SMALL_PAGES, f"the day at the window's edge, {ago(30)}, belongs to the window."),
            ([*ORDERS[:2], order(2, 0)], LITTLE, "The order O2 is returned twice."),
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

    @each("phase", [LITTLE, SMALL_PAGES])
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
        assert "It lacks 3 that should be there: it returns nothing at all." in told(nothing)
        assert "also across months and years: ISO days do." in nothing.remedy

    def test_what_is_missing_or_too_much_is_shown_first(self) -> None:
        many = [order(number, 5) for number in range(10, 30)]
        written = [called(LOAD, "place_order", one) for one in many]
        finding = answers(orders([*many[:-1], order(7, 5)]), written=written)

        assert told(finding)
        assert finding.expected.startswith("20 orders: O29, O10, O11")
        assert finding.actual == "20 orders: O7, O10, O11, O12, O13 and 15 more; missing: O29"

    @each("by", [(), exchange("Query", tables=("other",)), exchange("PutItem")])
    def test_an_answer_from_somewhere_else_is_none(self, by: Any) -> None:
        assert "It answered without reading the table." in told(answers(orders([*ORDERS[:2]], by=by)))

    def test_orders_must_be_whole_unless_get_order_gives_them_so_too(self) -> None:
        part = [{"orderId": "O1", "orderDate": ago(30)}, order(2, 0)]
        single = called(LITTLE, "get_order", "C1", "O1", value=order(1, 30), by=exchange("GetItem"))
        as_poor = called(LITTLE, "get_order", "C1", "O1", value=part[0], by=exchange("GetItem"))

        whole = told(answers(single, orders(part)))

        assert "The order O1 is not what place_order was given: the attribute customerId is missing." in whole
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

        assert answers(ask, question="reviews_for_product", written=REVIEWED).status is Status.PASS
        assert "It lacks 2 that should be there." in told(
            answers(less, question="reviews_for_product", written=REVIEWED)
        )

    @each(("value", "right"), [(5, True), (Decimal(5), True), (4, False), (5.0, False), ("5", False), (None, False)])
    def test_stock_is_the_number_that_was_set(self, value: Any, right: bool) -> None:
        stock = called(LOAD, "set_inventory", "P1", 5, ago(0))
        ask = called(LITTLE, "inventory_level", "P1", value=value, by=exchange("GetItem"))

        finding = answers(ask, question="inventory_level", written=(stock,))

        assert (finding.status is Status.PASS) is right

    @each(("value", "right"), [(0, True), (None, True), (1, False), (False, False), ([], False)])
    def test_no_stock_is_none_or_nothing(self, value: Any, right: bool) -> None:
        ask = called(LITTLE, "inventory_level", "P9", value=value, by=exchange("GetItem"))

        assert (answers(ask, question="inventory_level", written=()).status is Status.PASS) is right

    @each(
        ("days", "said"),
        [
            ((365, 3), ""),
            ((730, 365, 3), ""),
            ((3, 365), "The prices are not in the order of their dates, oldest first."),
            ((3,), "It lacks 1 that should be there."),
            ((365, 100, 3), "It holds 1 that should not be there."),
            ((365, 3, 3), "One price is returned twice."),
        ],
    )
    def test_prices_come_oldest_first_and_those_that_are_due_may_be_gone(self, days: Sequence[int], said: str) -> None:
        value = [{"date": ago(one), "price": Decimal(one)} for one in days]
        ask = called(LITTLE, "price_history", "P1", "2000-01-01", ago(0), value=value, by=QUERY)

        finding = answers(ask, question="price_history", written=PRICED)

        assert (finding.status, said in finding.message) == (Status.FAIL if said else Status.PASS, True)

    @each(
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
            answers(ask, question="price_history", written=PRICED)
        )
