"""How a shop's requests are spread over partition keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord, Exchange
from harness.driving.scenario import LITTLE, LOAD
from tests.checks.code.evidence import ORDER, ago, called, exchange, failed, judged, told
from tests.each import each


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
    return judged("code.partition_keys", *calls, *more)


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
    @each("keys", RIGHT.values())
    def test_keys_of_customers_products_orders_and_reviews_pass(self, keys: Any) -> None:
        finding = shop_of(keys)

        assert finding.status is Status.PASS, finding
        assert finding.message.startswith("The requests are spread over ")
        assert "Remark" not in finding.message

    @each(("keys", "said"), WRONG.values())
    def test_a_key_that_many_share_fails_with_its_figures(self, keys: Any, said: str) -> None:
        finding = shop_of(keys)

        assert said in told(finding)
        assert "20 %" in finding.expected
        assert "of 10 " in finding.actual
        assert "one of them alone would get 10 %" in finding.actual
        assert "the id of the customer or the product" in finding.remedy
        assert "The call, as Python code to run where provision.py has run" in finding.detail

    def test_the_figures_are_those_of_the_requests(self) -> None:
        finding = shop_of(WRONG["orders"][0])

        assert told(finding) == 'The partition key "ORDER" gets 100 % of place_order, whoever it is for.'
        assert finding.expected == (
            "less than 20 % for a partition key that several customers share, if each of them counts the same"
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
