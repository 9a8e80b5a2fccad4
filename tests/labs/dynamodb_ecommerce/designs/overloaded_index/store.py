"""Each entity lies alone, as a map in one attribute, and one overloaded index lists orders, reviews and prices by time.
Times are ISO timestamps. A product and its prices are written by one batch.

| item    | pk                 | sk        | gsi1pk              | gsi1sk                      |
|---------|--------------------|-----------|---------------------|-----------------------------|
| product | PRODUCT#<id>       | #METADATA |                     |                             |
| stock   | PRODUCT#<id>       | #STOCK    |                     |                             |
| price   | PRICES#<product>   | <time>    | PRICES#<product>    | <time>                      |
| review  | REVIEW#<id>        | #METADATA | REVIEWS#<product>   | <time>                      |
| order   | ORDERS#<customer>  | <id>      | ORDERS#<customer>   | <time>#<id>                 |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

if TYPE_CHECKING:
    import boto3

INDEX = "gsi1"


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        product_id = product["productId"]
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            batch.put_item(Item={"pk": f"PRODUCT#{product_id}", "sk": "#METADATA", "data": details})
            for entry in product.get("priceHistory", []):
                batch.put_item(Item=_price_item(product_id, entry["price"], entry["date"]))

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        return self._get({"pk": f"PRODUCT#{product_id}", "sk": "#METADATA"})

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        self._table.put_item(Item=_price_item(product_id, price, date))

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        return self._listed(f"PRICES#{product_id}", _time(since), _time(until))

    def put_review(self, review: Mapping[str, Any]) -> None:
        self._table.put_item(
            Item={
                "pk": f"REVIEW#{review['reviewId']}",
                "sk": "#METADATA",
                "gsi1pk": f"REVIEWS#{review['productId']}",
                "gsi1sk": _time(review["date"]),
                "data": review,
            }
        )

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        return self._listed(f"REVIEWS#{product_id}")

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        stock = {"quantity": quantity, "lastUpdated": last_updated}
        self._table.put_item(Item={**_stock_key(product_id), "data": stock})

    def inventory_level(self, product_id: str) -> int | None:
        stock = self._get(_stock_key(product_id))
        return None if stock is None else int(stock["quantity"])

    def place_order(self, order: Mapping[str, Any]) -> None:
        key = _order_key(order["customerId"], order["orderId"])
        index = {"gsi1pk": key["pk"], "gsi1sk": f"{_time(order['orderDate'])}#{order['orderId']}"}
        put = {
            "TableName": self._table.name,
            "Item": {**key, **index, "data": order},
            "ConditionExpression": "attribute_not_exists(pk) AND attribute_not_exists(sk)",
        }
        wanted: Counter[str] = Counter()
        for line in order["items"]:
            wanted[line["productId"]] += line["quantity"]
        updates = [
            {
                "TableName": self._table.name,
                "Key": _stock_key(product_id),
                "UpdateExpression": "SET #data.#quantity = #data.#quantity - :wanted",
                "ConditionExpression": "#data.#quantity >= :wanted",
                "ExpressionAttributeNames": {"#data": "data", "#quantity": "quantity"},
                "ExpressionAttributeValues": {":wanted": quantity},
            }
            for product_id, quantity in wanted.items()
        ]
        actions: list[Any] = [*({"Update": update} for update in updates), {"Put": put}]
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        return self._get(_order_key(customer_id, order_id))

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
            UpdateExpression="SET #data.#status = :status",
            ConditionExpression=Attr("pk").exists(),
            ExpressionAttributeNames={"#data": "data", "#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        end = datetime.fromisoformat(until) + timedelta(days=1)  # all of the last day, and nothing of the next
        return self._listed(f"ORDERS#{customer_id}", _time(since), _time(end.date().isoformat()))

    def _get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        item: dict[str, Any] = self._table.get_item(Key=dict(key), ConsistentRead=True).get("Item", {})
        return item.get("data")

    def _listed(self, partition: str, *window: str) -> list[dict[str, Any]]:
        """What the index lists under a partition, oldest first: all of it, or what lies in a window."""
        condition: Any = Key("gsi1pk").eq(partition)
        if window:
            condition = condition & Key("gsi1sk").between(*window)
        arguments: dict[str, Any] = {"IndexName": INDEX, "KeyConditionExpression": condition}
        found: list[dict[str, Any]] = []
        while True:
            page = self._table.query(**arguments)
            found += [item["data"] for item in page["Items"]]  # type: ignore[misc]
            if "LastEvaluatedKey" not in page:
                return found
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _price_item(product_id: str, price: Decimal, date: str) -> dict[str, Any]:
    key = {"pk": f"PRICES#{product_id}", "sk": _time(date)}
    expires = datetime.fromisoformat(_time(date)) + timedelta(days=730)
    return {
        **key,
        "gsi1pk": key["pk"],
        "gsi1sk": key["sk"],
        "data": {"date": date, "price": price},
        "TimeToLive": int(expires.timestamp()),
    }


def _stock_key(product_id: str) -> dict[str, str]:
    return {"pk": f"PRODUCT#{product_id}", "sk": "#STOCK"}


def _order_key(customer_id: str, order_id: str) -> dict[str, str]:
    return {"pk": f"ORDERS#{customer_id}", "sk": order_id}


def _time(day: str) -> str:
    """A day as the instant at which it begins."""
    return f"{day}T00:00:00Z"
