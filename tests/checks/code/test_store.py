"""What a Store does with its session, the table and the entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from checks.facts.shop import BEFORE, LITTLE, LOAD

from harness.checking.check import Context
from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import ENVIRONMENT_ROLE, CallRecord, Exchange
from harness.submission.caller import FailureKind
from tests.checks.code.evidence import ago, called, exchange, failed, judged
from tests.support import denied, judge, not_found, table

PRODUCT = {"productId": "P1", "name": "Lamp", "price": Decimal("1.50"), "attributes": {"size": {"w": 1}, "tags": ["a"]}}
REVIEW = {"reviewId": "R1", "productId": "P1", "rating": 4, "comment": "", "date": ago(1)}
ORDER = {"orderId": "O1", "customerId": "C1", "orderDate": ago(1), "items": [], "total": Decimal(0)}
PUT = exchange("PutItem")
GET = exchange("GetItem")

WRITES = (
    called(LOAD, "put_product", {**PRODUCT, "priceHistory": []}, by=PUT),
    called(LOAD, "record_price", "P1", Decimal(1), ago(1), by=PUT),
    called(LOAD, "put_review", REVIEW, by=PUT),
    called(LOAD, "set_inventory", "P1", 5, ago(0), by=PUT),
    called(LOAD, "place_order", ORDER, by=exchange("TransactWriteItems")),
)


def without(method: str) -> tuple[CallRecord, ...]:
    return tuple(one for one in WRITES if one.method != method)


def told(finding: Finding) -> str:
    """A failure's message, when it says everything else too."""
    assert finding.status is Status.FAIL
    assert "" not in (finding.expected, finding.actual, finding.remedy, finding.resource)
    return finding.message


class TestSession:
    def test_a_store_that_uses_its_session_passes(self) -> None:
        finding = judged("store.session", *WRITES)

        assert (finding.status, finding.message) == (Status.PASS, "The Store uses its session: 5 requests.")

    def test_the_environments_credentials_are_not_the_sessions(self) -> None:
        other = called(LITTLE, "get_product", "P1", by=exchange("GetItem", role=ENVIRONMENT_ROLE))

        finding = judged("store.session", *WRITES, other)

        assert told(finding) == (
            "The Store ignores the session that it was given: 1 request came with the credentials of the environment."
        )
        assert "store.get_product('P1')" in finding.detail
        assert finding.actual == "dynamodb GetItem in get_product"

    def test_credentials_of_its_own_are_none_of_the_sessions(self) -> None:
        other = called(LITTLE, "get_product", "P1", by=exchange("GetItem", role="unknown", status=403))

        assert "credentials that nobody gave it, which were refused" in told(judged("store.session", *WRITES, other))

    def test_a_store_without_a_request_keeps_nothing_in_the_table(self) -> None:
        assert told(judged("store.session", called(LOAD, "put_review", REVIEW))) == "The Store sends no request at all."

    def test_a_store_that_cannot_be_made_shows_why(self) -> None:
        broken = failed(called(LOAD, "put_review", REVIEW), summary="SyntaxError: invalid syntax")

        finding = judged("store.session", broken, broken)

        assert told(finding) == "put_review failed: SyntaxError: invalid syntax. This and 1 more of its calls failed."
        assert "Traceback: line 3" in finding.detail


class TestSingleTable:
    def test_every_kind_in_the_table_passes(self) -> None:
        assert judged("store.single_table", *WRITES).status is Status.PASS

    @pytest.mark.parametrize(
        ("request_", "where"),
        [
            (exchange("PutItem", tables=("reviews",)), "the table reviews"),
            (exchange("TransactWriteItems", tables=("orders", "stock")), "the table stock"),
            (exchange("CreateTable", tables=("more",)), "the table more"),
            (exchange("PutObject", service="s3", tables=()), "s3 (PutObject)"),
            (exchange("PutItem", tables=("reviews",), status=403), "the table reviews"),
        ],
    )
    def test_a_write_to_somewhere_else_is_named(self, request_: Any, where: str) -> None:
        finding = judged("store.single_table", *WRITES, called(LOAD, "put_review", REVIEW, by=request_))

        assert told(finding) == f"put_review writes to {where}, which breaks this challenge's rule of one table."
        assert "Several tables are no bad practice" in finding.remedy

    @pytest.mark.parametrize(
        "request_",
        [exchange("GetItem", tables=("other",)), exchange("PutMetricData", service="cloudwatch", tables=())],
    )
    def test_what_keeps_no_data_may_go_elsewhere(self, request_: Any) -> None:
        other = called(LITTLE, "get_product", "P1", by=request_)

        assert judged("store.single_table", *WRITES, other).status is Status.PASS

    @pytest.mark.parametrize("method", ["put_product", "record_price", "put_review", "set_inventory", "place_order"])
    def test_a_kind_that_is_never_written_is_named(self, method: str) -> None:
        idle = called(LOAD, method, *next(one.arguments for one in WRITES if one.method == method))

        finding = judged("store.single_table", *without(method), idle)

        assert told(finding) == f"{method} writes nothing to the table orders."
        assert finding.actual == "1 call and no request"

    def test_a_write_that_failed_shows_its_error(self) -> None:
        broken = failed(
            called(LOAD, "put_review", REVIEW, by=exchange("PutItem", status=400, code="ValidationException"))
        )

        assert told(judged("store.single_table", *without("put_review"), broken)).startswith(
            "put_review failed: KeyError"
        )


class TestRoundTrip:
    def asked(self, entity: str, found: Any, by: Any = GET) -> Finding:
        question = {
            "product": called(LITTLE, "get_product", "P1", value=found, by=by),
            "order": called(LITTLE, "get_order", "C1", "O1", value=found, by=by),
            "review": called(LITTLE, "reviews_for_product", "P1", value=found, by=by),
        }
        return judged("store.round_trip", *WRITES, question[entity], entity=entity)

    @pytest.mark.parametrize(
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

        assert (finding.status, finding.message) == (Status.PASS, f"1 {entity} came back exactly.")

    @pytest.mark.parametrize(
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

        finding = judged("store.round_trip", *WRITES, again, question, entity="product")

        assert told(finding).endswith(": at name: 'Lamp' instead of 'Torch'.")
        assert "what is put again replaces what was there" in finding.remedy

    def test_an_entity_that_is_not_there_is_none(self) -> None:
        unknown = called(LITTLE, "get_product", "P2", value={}, by=exchange("GetItem"))

        finding = judged("store.round_trip", *WRITES, unknown, entity="product")

        assert "an object instead of None" in told(finding)
        assert finding.expected == "None: there is none"

    @pytest.mark.parametrize("by", [(), exchange("GetItem", tables=("other",)), exchange("GetItem", status=400)])
    def test_an_answer_needs_a_read_of_the_table(self, by: Any) -> None:
        assert told(self.asked("product", PRODUCT, by)) == "get_product answered without reading the table."

    def test_nothing_that_comes_back_is_no_round_trip(self) -> None:
        assert told(self.asked("review", [])) == "reviews_for_product gives no review back."

    def test_what_is_asked_when_prices_have_expired_is_judged_elsewhere(self) -> None:
        later = called(BEFORE, "get_product", "P1", value=None)

        assert (
            judged("store.round_trip", *WRITES, later, entity="product").message == "get_product gives no product back."
        )

    @pytest.mark.parametrize("method", ["put_product", "get_product"])
    def test_a_method_that_fails_shows_the_call_and_the_traceback(self, method: str) -> None:
        writes = tuple(failed(one) if one.method == method else one for one in WRITES)
        ask = called(LITTLE, "get_product", "P1", value=PRODUCT, by=exchange("GetItem"))

        finding = judged("store.round_trip", *writes, failed(ask) if method == "get_product" else ask, entity="product")

        assert told(finding).startswith(f"{method} failed: KeyError: 'PK'.")
        assert f"store.{method}(" in finding.detail
        assert "Traceback: line 3" in finding.detail


def at(*partitions: str, operation: str = "PutItem", **more: Any) -> Exchange:
    return exchange(operation, partitions=tuple(f'"{one}"' for one in partitions), **more)


def shop_of(keys: Callable[..., list[str]], *more: CallRecord, customers: int = 10, products: int = 10) -> Finding:
    """What is said of a store whose partition keys are these, by the kind of entity and whose it is. The first customer
    has most of the orders, the first product most of everything."""
    calls: list[CallRecord] = []
    for number in range(products):
        product = f"P{number}"
        calls.append(called(LOAD, "put_product", {"productId": product}, by=at(*keys("product", product))))
        for index in range(40 if number == 0 else 2):
            review = {"reviewId": f"R{number}-{index}", "productId": product, "customerId": f"C{index % customers}"}
            calls += [
                called(LOAD, "record_price", product, Decimal(1), ago(index), by=at(*keys("price", product))),
                called(LOAD, "put_review", review, by=at(*keys("review", product, review["customerId"]))),
                called(LOAD, "set_inventory", product, 5, ago(0), by=at(*keys("stock", product))),
            ]
    for number in range(customers):
        for index in range(80 if number == 0 else 3):
            product = f"P{index % products}"
            order = {**ORDER, "customerId": f"C{number}", "orderId": f"O{number}-{index}"}
            order["items"] = [{"productId": product, "quantity": 0}]
            by = at(*keys("order", order["customerId"], order["orderId"]), *keys("stock", product))
            calls.append(called(LOAD, "place_order", order, by=by))
    return judged("store.partition_keys", *calls, *more)


RIGHT: dict[str, Callable[..., list[str]]] = {
    "a collection for each customer and product": lambda kind, one, *_: [f"{'C' if kind == 'order' else 'P'}#{one}"],
    "a collection for each kind, customer and product": lambda kind, one, *_: [f"{kind}#{one}"],
    "an order by its id": lambda kind, *ids: [f"{kind}#{ids[-1]}"],
    "reviews with the customer": lambda kind, *ids: [ids[-1] if kind == "review" else ids[0]],
    "a pointer beside each": lambda kind, *ids: [f"{kind}#{one}" for one in ids],
    "a popular product in shards": lambda kind, one, *more: [f"{kind}#{one}#{hash(more) % 4}"],
    "a list of all products": lambda kind, one, *_: [one, "CATALOG"] if kind == "product" else [one],
    "orders by their days": lambda kind, one, *more: [f"DAY#{more[0][-1]}{one}"] if kind == "order" else [one],
}
WRONG: dict[str, tuple[Callable[..., list[str]], str]] = {
    "one key": (lambda *_: ["SHOP"], '"SHOP" gets 100 %'),
    "orders": (lambda kind, one, *_: ["ORDER"] if kind == "order" else [one], '"ORDER" gets 100 % of place_order'),
    "reviews": (lambda kind, one, *_: ["REVIEW"] if kind == "review" else [one], '"REVIEW" gets 100 % of put_review'),
    "kinds": (lambda kind, *_: [kind], " gets 100 % of "),
    "customers and products": (lambda kind, *_: ["C" if kind == "order" else "P"], " gets 100 % of "),
    "four shards": (lambda kind, one, *_: [f"SHARD#{int(one[1:]) % 4}"], " % of place_order"),
    "two shards of orders": (
        lambda kind, one, *more: [f"ORDERS#{more[0][-1] in '02468'}"] if kind == "order" else [one],
        "of place_order",
    ),
    "a counter of orders": (
        lambda kind, one, *_: [one, "COUNTER"] if kind == "order" else [one],
        '"COUNTER" gets 100 % of place_order',
    ),
}


class TestPartitionKeys:
    @pytest.mark.parametrize("keys", RIGHT.values(), ids=RIGHT.keys())
    def test_keys_of_customers_products_orders_and_reviews_pass(self, keys: Any) -> None:
        finding = shop_of(keys)

        assert finding.status is Status.PASS, finding
        assert finding.message.startswith("The requests are spread over ")
        assert "Remark" not in finding.message

    @pytest.mark.parametrize(("keys", "said"), WRONG.values(), ids=WRONG.keys())
    def test_a_key_that_many_share_fails_with_its_figures(self, keys: Any, said: str) -> None:
        finding = shop_of(keys)

        assert said in told(finding)
        assert "20 %" in finding.expected
        assert "of 10 " in finding.actual
        assert "one of them alone would get 10 %" in finding.actual
        assert "the id of the customer or the product" in finding.remedy
        assert "The call, as Python, to be run where provision.py has run" in finding.detail

    def test_the_figures_are_those_of_the_requests(self) -> None:
        finding = shop_of(WRONG["orders"][0])

        assert told(finding) == 'The partition key "ORDER" gets 100 % of place_order, whoever it is for.'
        assert finding.expected == (
            "less than 20 % for a partition key that several customers share, each of them counted the same"
        )
        assert finding.actual == (
            '"ORDER" in 107 of 107 calls of place_order, for 10 of 10 customers; one of them alone would get 10 %'
        )

    def test_reads_count_too(self) -> None:
        asks = [
            called(LITTLE, "price_history", f"P{number}", ago(9), ago(0), value=[], by=at("INDEX", operation="Query"))
            for number in range(10)
        ]

        assert '"INDEX" gets 100 % of price_history' in told(shop_of(RIGHT["an order by its id"], *asks))

    def test_of_few_customers_one_may_get_more(self) -> None:
        keys = RIGHT["a collection for each customer and product"]
        shared: Any = lambda kind, one, *_: ["ORDER"] if kind == "order" else [one]  # noqa: E731

        assert shop_of(keys, customers=2).status is Status.PASS
        assert shop_of(shared, customers=1).status is Status.PASS
        assert shop_of(shared, customers=3).status is Status.FAIL

    def test_the_key_of_an_index_is_remarked_on(self) -> None:
        def asks(condition: str) -> list[CallRecord]:
            by = exchange("Query", index="GSI1", condition=condition)
            return [called(LITTLE, "inventory_level", f"P{number}", value=5, by=by) for number in range(10)]

        keys = RIGHT["an order by its id"]
        finding = shop_of(keys, *asks('GSI1PK = "STOCK" AND begins_with(GSI1SK, "P1")'))
        several = shop_of(keys, *(one for n in range(10) for one in asks(f'kind = "stock" AND id = "P{n}"')[n : n + 1]))

        assert (finding.status, several.status) == (Status.PASS, Status.PASS)
        assert finding.message.endswith(
            'Remark: 100 % of inventory_level ask the index GSI1 for GSI1PK = "STOCK", which will be a hot partition of that '
            "index."
        )
        assert "Remark" not in several.message

    def test_what_failed_or_was_not_seen_does_not_count(self) -> None:
        refused = [
            called(LITTLE, "price_history", f"P{number}", ago(9), ago(0), value=[], by=at("X", status=400))
            for number in range(10)
        ]
        broken = [failed(replace(one, exchanges=(at("X"),))) for one in refused]

        assert shop_of(RIGHT["an order by its id"], *refused, *broken).status is Status.PASS
        assert shop_of(lambda *_: []).reason is Reason.UNREACHABLE


LAST = {
    "partiql": (
        exchange("ExecuteStatement", status=501, condition="SELECT 1"),
        Status.ERROR,
        Reason.UNSUPPORTED,
        "PartiQL",
    ),
    "not allowed": (
        exchange("PutItem", status=403, code="HarnessReadsOnly"),
        Status.SKIP,
        Reason.NOT_ALLOWED,
        "may not pass",
    ),
    "a gap": (
        exchange("PutItem", status=501, code="NotImplementedException"),
        Status.ERROR,
        Reason.UNSUPPORTED,
        "which this target lacks",
    ),
    "dropped": (exchange("PutItem", status=0), Status.ERROR, Reason.UNREACHABLE, "the connection was closed"),
    "throttled": (
        exchange("PutItem", status=400, code="ThrottlingException"),
        Status.ERROR,
        Reason.UNREACHABLE,
        "throttled",
    ),
    "denied": (
        exchange("PutItem", status=400, code="AccessDeniedException"),
        Status.ERROR,
        Reason.DENIED,
        "dynamodb:PutItem",
    ),
    "own credentials": (
        exchange("PutItem", status=403, code="UnrecognizedClientException", role="unknown"),
        Status.FAIL,
        None,
        "failed",
    ),
    "its own error": (exchange("PutItem", status=400, code="ValidationException"), Status.FAIL, None, "failed"),
    "after a success": (exchange("PutItem"), Status.FAIL, None, "failed"),
}


@pytest.mark.parametrize("why", LAST)
def test_a_call_that_the_target_ended_says_nothing_of_the_store(why: str) -> None:
    last, status, reason, said = LAST[why]
    broken = failed(called(LOAD, "put_product", {**PRODUCT}, by=(PUT, last)))

    finding = judged("store.round_trip", broken, entity="product")

    assert (finding.status, finding.reason) == (status, reason)
    assert said in finding.message


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.MISSING,
        FailureKind.NOT_PLAIN,
        FailureKind.HUNG,
        FailureKind.TOO_MUCH_CPU,
        FailureKind.TOO_MANY_REQUESTS,
        FailureKind.ENDED,
        FailureKind.GARBLED,
    ],
)
def test_every_way_to_fail_has_its_remedy(kind: FailureKind) -> None:
    broken = failed(called(LOAD, "put_product", {**PRODUCT}, by=exchange("PutItem", status=400)), kind, "it did not")

    finding = judged("store.round_trip", broken, entity="product")

    assert told(finding) == "put_product failed: it did not."
    assert finding.actual == f"{kind}: it did not."


@pytest.mark.parametrize("kind", ["store.session", "store.single_table", "store.partition_keys"])
def test_what_cannot_be_read_or_was_not_driven_is_no_verdict(kind: str) -> None:
    missing = judge(kind, {"DescribeTable": not_found()}, table="orders")
    refused = judge(kind, {"DescribeTable": denied("DescribeTable")}, table="orders")
    undriven = judge(kind, {"DescribeTable": table()}, table="orders")

    assert (missing.status, refused.reason) == (Status.FAIL, Reason.DENIED)
    assert (undriven.status, undriven.reason) == (Status.SKIP, Reason.NOT_ALLOWED)
    assert Context(None).gathered is None  # type: ignore[arg-type]  # whoever makes one by hand drives nothing
