"""A product's stock is an attribute of the product's item, and the table's sort key is a Number: a day, or a number
made of an id. A local index sorts a customer's orders by their day.

| item    | owner              | number                       | day (by_day) |
|---------|--------------------|------------------------------|--------------|
| product | product/<id>       | 0                            |              |
| price   | prices/<product>   | days since 1970              |              |
| review  | reviews/<product>  | the id's digest              |              |
| order   | orders/<customer>  | the id's digest              | since 1970   |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date as Date  # noqa: N812  (record_price has an argument of that name)
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

if TYPE_CHECKING:
    import boto3

DIGEST_BYTES = 14
"""A number of 34 digits at most. DynamoDB keeps 38."""

EPOCH = Date(1970, 1, 1)
SECONDS_A_DAY = 24 * 60 * 60
KEPT_DAYS = 730


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        """Sets the details alone, so that the stock stays what it is."""
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        self._table.update_item(
            Key=_product_key(product["productId"]),
            UpdateExpression="SET details = :details",
            ExpressionAttributeValues={":details": details},
        )
        for entry in product.get("priceHistory") or []:
            self.record_price(product["productId"], entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        item: Mapping[str, Any] = self._table.get_item(
            Key=_product_key(product_id), ProjectionExpression="details", ConsistentRead=True
        ).get("Item", {})
        return item.get("details")

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        day = _day(date)
        self._table.put_item(
            Item={
                "owner": f"prices/{product_id}",
                "number": day,
                "date": date,
                "price": price,
                "expiryEpoch": (day + KEPT_DAYS) * SECONDS_A_DAY,
            }
        )

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        window = Key("number").between(_day(since), _day(until))
        found = self._query(Key("owner").eq(f"prices/{product_id}") & window)
        return [{"date": one["date"], "price": one["price"]} for one in found]

    def put_review(self, review: Mapping[str, Any]) -> None:
        key: dict[str, Any] = {"owner": f"reviews/{review['productId']}", "number": _number(review["reviewId"])}
        self._table.put_item(Item={**key, "review": review})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        return [one["review"] for one in self._query(Key("owner").eq(f"reviews/{product_id}"))]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        self._table.update_item(
            Key=_product_key(product_id),
            UpdateExpression="SET stock = :quantity, stockUpdated = :day",
            ExpressionAttributeValues={":quantity": quantity, ":day": last_updated},
        )

    def inventory_level(self, product_id: str) -> int:
        item: Mapping[str, Any] = self._table.get_item(
            Key=_product_key(product_id), ProjectionExpression="stock", ConsistentRead=True
        ).get("Item", {})
        return int(item.get("stock", 0))

    def place_order(self, order: Mapping[str, Any]) -> None:
        item = {
            **_order_key(order["customerId"], order["orderId"]),
            "day": _day(order["orderDate"]),
            "placed": order,
            "state": order["status"],
        }
        new = {
            "TableName": self._table.name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#owner)",
            "ExpressionAttributeNames": {"#owner": "owner"},
        }
        takes = []
        for product_id in sorted({line["productId"] for line in order["items"]}):
            quantity = sum(line["quantity"] for line in order["items"] if line["productId"] == product_id)
            takes.append(
                {
                    "TableName": self._table.name,
                    "Key": _product_key(product_id),
                    "UpdateExpression": "SET stock = stock - :quantity",
                    "ConditionExpression": "stock >= :quantity",
                    "ExpressionAttributeValues": {":quantity": quantity},
                }
            )
        actions: list[Any] = [*({"Update": take} for take in takes), {"Put": new}]
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        answer = self._table.get_item(Key=_order_key(customer_id, order_id), ConsistentRead=True)
        return _order(answer["Item"]) if "Item" in answer else None

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
            UpdateExpression="SET #state = :state",
            ConditionExpression=Attr("placed").exists(),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        window = Key("day").between(_day(since), _day(until))
        found = self._query(Key("owner").eq(f"orders/{customer_id}") & window, IndexName="by_day", ConsistentRead=True)
        return [_order(one) for one in found]

    def _query(self, condition: ConditionBase, **arguments: Any) -> list[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = []
        while True:
            page = self._table.query(KeyConditionExpression=condition, **arguments)
            items.extend(page["Items"])
            if not page.get("LastEvaluatedKey"):
                return items
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _product_key(product_id: str) -> dict[str, Any]:
    return {"owner": f"product/{product_id}", "number": 0}


def _order_key(customer_id: str, order_id: str) -> dict[str, Any]:
    return {"owner": f"orders/{customer_id}", "number": _number(order_id)}


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:DIGEST_BYTES], "big")


def _day(text: str) -> int:
    return (Date.fromisoformat(text) - EPOCH).days


def _order(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item["placed"], "status": item["state"]}
