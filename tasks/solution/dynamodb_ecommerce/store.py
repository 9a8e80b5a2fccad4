"""The shop's data in one table. provision.py describes its keys, and which question each of them answers.

Every method is one Query, one GetItem or one write for each thing it stores, whatever the size of the shop: nothing
scans, and nothing reads an item only to throw it away.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

if TYPE_CHECKING:
    import boto3

PRICES_EXPIRE_AFTER = timedelta(days=730)
KEYS = ("PK", "SK", "GSI1PK", "GSI1SK")

WAITS_SECONDS = (0.1, 0.2, 0.4, 0.8)
"""How long a transaction waits at most before each further attempt, if another one was at the same items."""

PASSING = {"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
"""The reasons of a cancelled transaction that do not speak against trying again."""


class Store:
    """Stores the shop's data and answers its questions.

    Dates are ISO 8601 days, which sort as text; money is Decimal.
    """

    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)
        self._archive_bucket = archive_bucket

    def put_product(self, product: Mapping[str, Any]) -> None:
        """Stores a product. Its prices become records of their own, because time to live deletes whole items, and the
        product's item would grow with each price."""
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        self._put(_product_key(product["productId"], "DETAILS"), details)
        for entry in product.get("priceHistory", ()):
            self.record_price(product["productId"], entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        """Returns a product as it was given, without its prices."""
        return self._get(_product_key(product_id, "DETAILS"))

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        """Stores a price for two years from its date. Time to live needs seconds since 1970, as a Number."""
        expires = datetime.fromisoformat(date).replace(tzinfo=UTC) + PRICES_EXPIRE_AFTER
        entry = {"date": date, "price": price, "expiresAt": int(expires.timestamp())}
        self._put(_product_key(product_id, f"PRICE#{date}"), entry)

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """Returns a product's prices in a window, oldest first. DynamoDB may take days to delete an expired one."""
        window = Key("SK").between(f"PRICE#{since}", f"PRICE#{until}")
        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & window)
        return [{"date": one["date"], "price": one["price"]} for one in found]

    def put_review(self, review: Mapping[str, Any]) -> None:
        """Stores a review next to its product."""
        self._put(_product_key(review["productId"], f"REVIEW#{review['date']}#{review['reviewId']}"), review)

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        """Returns all reviews of a product, oldest first."""
        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & Key("SK").begins_with("REVIEW#"))
        return [_entity(one) for one in found]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        """Sets a product's stock. It is an item of its own, so that an order can take from it without changing the
        product."""
        stock = {"productId": product_id, "quantity": quantity, "lastUpdated": last_updated}
        self._put(_product_key(product_id, "STOCK"), stock)

    def inventory_level(self, product_id: str) -> int | None:
        """Returns a product's stock after the last write, with a consistent read."""
        stock = self._get(_product_key(product_id, "STOCK"))
        return None if stock is None else int(stock["quantity"])

    def place_order(self, order: Mapping[str, Any]) -> None:
        """Writes an order and takes its products from the stock: everything or nothing. Nothing is read before, because
        it could change before the transaction: each write has a condition instead.

        Raises:
            ClientError: TransactionCanceledException, if the order exists or a product does not have enough stock.
        """
        index = {
            "GSI1PK": _customer_key(order["customerId"]),
            "GSI1SK": f"ORDER#{order['orderDate']}#{order['orderId']}",
        }
        put = {
            "TableName": self._table.name,
            "Item": {**_order_key(order["customerId"], order["orderId"]), **index, **order},
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        wanted: Counter[str] = Counter()
        for line in order["items"]:
            wanted[line["productId"]] += line["quantity"]
        writes: list[Any] = [{"Put": put}]
        for product_id, quantity in wanted.items():
            take = {
                "TableName": self._table.name,
                "Key": _product_key(product_id, "STOCK"),
                "UpdateExpression": "SET quantity = quantity - :taken",
                "ConditionExpression": "quantity >= :taken",
                "ExpressionAttributeValues": {":taken": quantity},
            }
            writes.append({"Update": take})
        self._transact(writes)

    def _transact(self, writes: Sequence[Any]) -> None:
        """Does all writes or none. If another transaction works on the same items, it tries again; a condition that
        failed is final. boto3 itself repeats a request that got no answer, with the same ClientRequestToken, so that
        nothing is done twice."""
        client = self._table.meta.client
        for wait_seconds in (*WAITS_SECONDS, None):
            try:
                client.transact_write_items(TransactItems=writes)
            except client.exceptions.TransactionCanceledException as cancelled:
                if wait_seconds is None or not _may_succeed_later(cancelled):
                    raise
                time.sleep(random.uniform(0, wait_seconds))  # noqa: S311  (nothing secret)
            else:
                return

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        """Returns an order as it was placed, with its current status."""
        return self._get(_order_key(customer_id, order_id))

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        """Gives an existing order a new status.

        Raises:
            ClientError: ConditionalCheckFailedException, if there is no such order.
        """
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
            UpdateExpression="SET #status = :status",
            ConditionExpression=Attr("PK").exists(),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """Returns a customer's orders in a window, oldest first. `$` follows `#`, so the whole last day is included."""
        window = Key("GSI1SK").between(f"ORDER#{since}", f"ORDER#{until}$")
        found = self._query(Key("GSI1PK").eq(_customer_key(customer_id)) & window, IndexName="GSI1")
        return [_entity(one) for one in found]

    def _put(self, key: Mapping[str, Any], entity: Mapping[str, Any]) -> None:
        self._table.put_item(Item={**key, **entity})

    def _get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        item = self._table.get_item(Key=dict(key), ConsistentRead=True).get("Item")
        return None if item is None else _entity(item)

    def _query(self, condition: ConditionBase, **more: Any) -> Sequence[Mapping[str, Any]]:
        """Returns the items of all pages of a query. Each page ends at 1 MB."""
        found: list[Mapping[str, Any]] = []
        place: dict[str, Any] = {}
        while True:
            answer = self._table.query(KeyConditionExpression=condition, **more, **place)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _may_succeed_later(cancelled: Any) -> bool:
    """Whether no write of a cancelled transaction was refused for good. Each write has its reason, or "None"."""
    return {reason["Code"] for reason in cancelled.response["CancellationReasons"]} <= PASSING


def _product_key(product_id: str, what: str = "") -> dict[str, str]:
    return {"PK": f"PRODUCT#{product_id}", "SK": what}


def _customer_key(customer_id: str) -> str:
    return f"CUSTOMER#{customer_id}"


def _order_key(customer_id: str, order_id: str) -> dict[str, str]:
    return {"PK": _customer_key(customer_id), "SK": f"ORDER#{order_id}"}


def _entity(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item without the key attributes."""
    return {name: value for name, value in item.items() if name not in KEYS}
