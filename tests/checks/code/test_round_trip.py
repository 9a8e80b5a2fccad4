"""What a shop's Store is given comes back as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from harness.checking.finding import Finding, Status
from harness.driving.scenario import BEFORE_EXPIRY, LITTLE, LOAD
from tests.checks.code.evidence import (
    GET,
    ORDER,
    PRODUCT,
    PUT,
    REVIEW,
    WRITES,
    ago,
    called,
    exchange,
    failed,
    judged,
    told,
)
from tests.each import each


class TestRoundTrip:
    def asked(self, entity: str, found: Any, by: Any = GET) -> Finding:
        question = {
            "product": called(LITTLE, "get_product", "P1", value=found, by=by),
            "order": called(LITTLE, "get_order", "C1", "O1", value=found, by=by),
            "review": called(LITTLE, "reviews_for_product", "P1", value=found, by=by),
        }
        return judged("code.round_trip", *WRITES, question[entity], entity=entity)

    @each(
        ("entity", "found"),
        [
            ("product", PRODUCT),
            ("product", {**PRODUCT, "priceHistory": [{"date": ago(1), "price": Decimal(1)}]}),
            ("product", {**PRODUCT, "price": Decimal("1.5")}),
            ("order", {**ORDER, "total": 0}),
            ("review", [{**REVIEW, "rating": Decimal(4)}]),
            ("review", [REVIEW, {"reviewId": "of somebody else"}]),
        ],
    )
    def test_what_is_the_same_passes(self, entity: str, found: Any) -> None:
        finding = self.asked(entity, found)

        assert (finding.status, finding.message) == (Status.PASS, f"1 {entity} returned exactly.")

    @each(
        ("entity", "found", "problem"),
        [
            ("product", {**PRODUCT, "price": 1.5}, "at price: the float 1.5 instead of 1.50"),
            ("product", {**PRODUCT, "PK": "P#1"}, "the answer has the attribute PK, which was not given"),
            (
                "product",
                {**PRODUCT, "attributes": {"size": {"w": 2}, "tags": ["a"]}},
                "at attributes.size.w: 2 instead of 1",
            ),
            ("product", None, "None instead of an object"),
            (
                "order",
                {name: value for name, value in ORDER.items() if name != "total"},
                "the attribute total is missing",
            ),
            ("order", {**ORDER, "items": {}}, "at items: an object instead of a list"),
            ("review", [{**REVIEW, "comment": None}], "at comment: None instead of ''"),
        ],
    )
    def test_what_differs_is_told_with_its_place(self, entity: str, found: Any, problem: str) -> None:
        finding = self.asked(entity, found)

        assert told(finding).endswith(f": {problem}.")
        assert finding.actual == problem

    def test_a_product_that_is_put_again_replaces_what_was_there(self) -> None:
        again = called(LOAD, "put_product", {**PRODUCT, "name": "Torch"}, by=PUT)
        question = called(LITTLE, "get_product", "P1", value=PRODUCT, by=GET)

        finding = judged("code.round_trip", *WRITES, again, question, entity="product")

        assert told(finding).endswith(": at name: 'Lamp' instead of 'Torch'.")
        assert "the second call replaces the first values" in finding.remedy

    def test_an_entity_that_is_not_there_is_none(self) -> None:
        unknown = called(LITTLE, "get_product", "P2", value={}, by=exchange("GetItem"))

        finding = judged("code.round_trip", *WRITES, unknown, entity="product")

        assert "an object instead of None" in told(finding)
        assert finding.expected == "None: there is none"

    @each("by", [(), exchange("GetItem", tables=("other",)), exchange("GetItem", status=400)])
    def test_an_answer_needs_a_read_of_the_table(self, by: Any) -> None:
        assert told(self.asked("product", PRODUCT, by)) == "get_product answered without reading the table."

    def test_nothing_that_comes_back_is_no_round_trip(self) -> None:
        assert told(self.asked("review", []), with_call=False) == "reviews_for_product returns no review."

    def test_what_is_asked_when_prices_have_expired_is_judged_elsewhere(self) -> None:
        later = called(BEFORE_EXPIRY, "get_product", "P1", value=None)

        assert judged("code.round_trip", *WRITES, later, entity="product").message == "get_product returns no product."

    @each("method", ["put_product", "get_product"])
    def test_a_method_that_fails_shows_the_call_and_the_traceback(self, method: str) -> None:
        writes = tuple(failed(one) if one.method == method else one for one in WRITES)
        ask = called(LITTLE, "get_product", "P1", value=PRODUCT, by=exchange("GetItem"))

        finding = judged("code.round_trip", *writes, failed(ask) if method == "get_product" else ask, entity="product")

        assert told(finding).startswith(f"{method} failed: KeyError: 'PK'.")
        assert f"store.{method}(" in finding.detail
        assert "Traceback: line 3" in finding.detail
