"""The reference's store answers as the model does: students read it as a lesson."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fixtures.dynamodb_ecommerce.data import PLENTY, RECENT_DAYS, YEAR_DAYS, Shop, generate, unrelated
from fixtures.dynamodb_ecommerce.model import Entity, Model
from harness import paths
from harness.gateway.server import Gateway
from tests.accounts import reference_account

TODAY = date(2026, 3, 1)
SINCE, UNTIL = (TODAY - timedelta(days=RECENT_DAYS)).isoformat(), TODAY.isoformat()
A_YEAR_AGO = (TODAY - timedelta(days=YEAR_DAYS)).isoformat()
TABLE = "ecommerce-student"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with reference_account() as made:
        yield made


@pytest.fixture
def store(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The reference's Store, before the embedded account that the reference has built."""
    file = paths.solution("dynamodb_ecommerce") / "store.py"
    spec = importlib.util.spec_from_file_location("reference_store", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("AWS_ENDPOINT_URL", gateway.url)
    credentials = gateway.credentials("submission")
    session = boto3.Session(
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        region_name="us-east-1",
    )
    return module.Store(TABLE, "bucket", session)


def filled(store: Any, seed: int, *, more: bool = True) -> tuple[Shop, Model]:
    """A shop of the store, with unrelated data unless that is not asked for, and its model."""
    shop = generate(seed, TODAY, prefix=f"{seed}-")
    model = Model(TODAY)
    for step in (*shop.steps, *(unrelated(shop, times=1, prefix=f"{seed}-") if more else ())):
        getattr(store, step.method)(*step.arguments)
        getattr(model, step.method)(*step.arguments)
    return shop, model


def order(store: Any, name: str, **changes: Any) -> dict[str, Any]:
    """An order of two products that the store has five of each."""
    for product in ("a", "b"):
        store.set_inventory(f"{name}-{product}", 5, UNTIL)
    lines = [
        {"productId": f"{name}-a", "quantity": 2, "price": Decimal("1.50")},
        {"productId": f"{name}-b", "quantity": 1, "price": Decimal(3)},
        {"productId": f"{name}-a", "quantity": 1, "price": Decimal("1.50")},
    ]
    return {
        "orderId": name,
        "customerId": f"{name}-C",
        "orderDate": UNTIL,
        "status": "Pending",
        "items": lines,
        **changes,
    }


def sorted_by(key: str, several: Iterable[Entity]) -> list[Entity]:
    return sorted(several, key=lambda one: str(one[key]))


def test_every_question_is_answered_as_the_model_does_and_by_no_scan(store: Any, gateway: Gateway) -> None:
    shop, model = filled(store, 11)
    before = len(gateway.records)

    for product in (*shop.products, shop.bare, "nothing"):
        assert store.get_product(product) == model.get_product(product)
        assert (store.inventory_level(product) or 0) == model.inventory_level(product)
        reviews = store.reviews_for_product(product)
        assert sorted_by("reviewId", reviews) == sorted_by("reviewId", model.reviews_for_product(product))
        for since in (A_YEAR_AGO, "2000-01-01"):
            prices = model.price_history(product, since, UNTIL)
            assert store.price_history(product, since, UNTIL) == list(prices.entries)
    for customer in (*shop.customers, shop.idle):
        for since in (SINCE, "2000-01-01"):
            found = store.orders_for_customer(customer, since, UNTIL)
            assert sorted_by("orderId", found) == sorted_by(
                "orderId", model.orders_for_customer(customer, since, UNTIL)
            )
        for one in store.orders_for_customer(customer, SINCE, UNTIL):
            assert store.get_order(customer, one["orderId"]) == one
    assert store.get_order(shop.idle, "nothing") is None

    assert {record.operation for record in gateway.records[before:]} == {"GetItem", "Query"}


def test_prices_alone_expire_two_years_after_their_date(store: Any) -> None:
    filled(store, 12, more=False)
    store.record_price("expiring", Decimal("9.99"), "2024-02-29")

    items = every_item(store)

    expiring = [item for item in items if "expiresAt" in item]
    assert {item["SK"].partition("#")[0] for item in expiring} == {"PRICE"}
    [found] = [item for item in expiring if item["PK"] == "PRODUCT#expiring"]
    assert found["expiresAt"] == 1772236800  # 2026-02-28T00:00Z, 730 days later
    assert type(found["expiresAt"]) is Decimal


def every_item(store: Any) -> list[dict[str, Any]]:
    """Every item of the store's table."""
    paginator = store._table.meta.client.get_paginator("scan")
    return [item for page in paginator.paginate(TableName=TABLE) for item in page["Items"]]


def test_an_order_takes_its_products_in_one_transaction(store: Any, gateway: Gateway) -> None:
    one = order(store, "one")
    before = len(gateway.records)

    store.place_order(one)

    assert [record.operation for record in gateway.records[before:]] == ["TransactWriteItems"]
    assert (store.inventory_level("one-a"), store.inventory_level("one-b")) == (2, 4)
    assert store.get_order("one-C", "one") == one


@pytest.mark.parametrize("why", ["exists", "too much", "unknown product"])
def test_an_order_that_cannot_be_placed_changes_nothing(store: Any, why: str) -> None:
    name = f"refused-{why.replace(' ', '-')}"
    one = order(store, name)
    if why == "exists":
        store.place_order(one)
    elif why == "too much":
        one["items"][1]["quantity"] = 6
    else:
        one["items"][1]["productId"] = "nobody-has-it"
    stock = [store.inventory_level(f"{name}-a"), store.inventory_level(f"{name}-b")]

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        store.place_order(one)

    assert [store.inventory_level(f"{name}-a"), store.inventory_level(f"{name}-b")] == stock
    assert (store.get_order(f"{name}-C", name) is None) is (why != "exists")


def test_an_orders_status_changes_and_nothing_else(store: Any) -> None:
    one = order(store, "status")
    store.place_order(one)

    store.update_order_status("status-C", "status", "Delivered")

    assert store.get_order("status-C", "status") == {**one, "status": "Delivered"}
    assert store.orders_for_customer("status-C", UNTIL, UNTIL) == [{**one, "status": "Delivered"}]
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        store.update_order_status("status-C", "not-there", "Delivered")
    assert store.get_order("status-C", "not-there") is None


def test_a_product_is_put_again_without_losing_its_stock(store: Any) -> None:
    store.set_inventory("again", PLENTY, UNTIL)
    store.put_product({"productId": "again", "name": "first"})
    store.put_product({"productId": "again", "name": "second", "priceHistory": [{"date": UNTIL, "price": Decimal(1)}]})

    assert store.get_product("again") == {"productId": "again", "name": "second"}
    assert store.inventory_level("again") == PLENTY
    assert store.price_history("again", UNTIL, UNTIL) == [{"date": UNTIL, "price": Decimal(1)}]
