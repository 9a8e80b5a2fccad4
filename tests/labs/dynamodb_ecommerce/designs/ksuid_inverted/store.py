"""Orders sort by an id that begins with its time, as a KSUID does; an index with the keys turned round finds reviews.
Everything by the low-level client.

| item        | PK     | SK            |
|-------------|--------|---------------|
| product     | P#<id> | P#<id>        |
| stock       | P#<id> | STOCK#<id>    |
| price       | P#<id> | H#<yyyymmdd>  |
| review      | R#<id> | P#<product>   |
| order       | C#<id> | O#<ksuid>     |
| order's key | C#<id> | ID#<order id> |

INVERTED: SK is the partition key there, and PK the sort key.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    import boto3

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KSUID_LENGTH = 29
SMALLEST, LARGEST = bytes(16), b"\xff" * 16
"""The digests between which all others lie."""

SECONDS_A_DAY = 86_400
TWO_YEARS = timedelta(days=730)

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._client = session.client("dynamodb")
        self._table_name = table_name

    def put_product(self, product: Mapping[str, Any]) -> None:
        product_id = product["productId"]
        self._put(_product_key(product_id), {name: product[name] for name in product if name != "priceHistory"})
        for entry in product.get("priceHistory", []):
            self.record_price(product_id, entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        return self._get(_product_key(product_id))

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        expires = datetime.fromisoformat(date).replace(tzinfo=UTC) + TWO_YEARS
        key = {"PK": f"P#{product_id}", "SK": f"H#{_compact(date)}"}
        self._put(key, {"date": date, "price": price, "ttl": int(expires.timestamp())})

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        found = self._query(
            "PK = :pk AND SK BETWEEN :first AND :last",
            {":pk": f"P#{product_id}", ":first": f"H#{_compact(since)}", ":last": f"H#{_compact(until)}"},
        )
        return [{"date": one["date"], "price": one["price"]} for one in found]

    def put_review(self, review: Mapping[str, Any]) -> None:
        self._put({"PK": f"R#{review['reviewId']}", "SK": f"P#{review['productId']}"}, review)

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        values = {":sk": f"P#{product_id}", ":review": "R#"}
        found = self._query("SK = :sk AND begins_with(PK, :review)", values, IndexName="INVERTED")
        return [_entity(one) for one in found]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        stock = {"productId": product_id, "quantity": quantity, "lastUpdated": last_updated}
        self._put(_stock_key(product_id), stock)

    def inventory_level(self, product_id: str) -> int | None:
        stock = self._get(_stock_key(product_id))
        return int(stock["quantity"]) if stock else None

    def place_order(self, order: Mapping[str, Any]) -> None:
        customer_id, order_id = order["customerId"], order["orderId"]
        order_key = {"PK": f"C#{customer_id}", "SK": f"O#{_ksuid(order['orderDate'], _digest(order_id))}"}
        wanted: dict[str, int] = {}
        for line in order["items"]:
            wanted[line["productId"]] = wanted.get(line["productId"], 0) + line["quantity"]
        actions: list[Any] = [
            {
                "Put": {
                    "TableName": self._table_name,
                    "Item": _packed({**_order_id_key(customer_id, order_id), "order": order_key["SK"]}),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
            {
                "Put": {
                    "TableName": self._table_name,
                    "Item": _packed({**order, **order_key}),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
        ]
        for product_id, quantity in wanted.items():
            update = {
                "TableName": self._table_name,
                "Key": _packed(_stock_key(product_id)),
                "UpdateExpression": "SET quantity = quantity - :wanted",
                "ConditionExpression": "quantity >= :wanted",
                "ExpressionAttributeValues": _packed({":wanted": quantity}),
            }
            actions.append({"Update": update})
        self._client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        key = self._order_key(customer_id, order_id)
        return None if key is None else self._get(key)

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        key = self._order_key(customer_id, order_id)
        if key is None:
            raise LookupError(f"the customer {customer_id} has no order {order_id}")
        self._client.update_item(
            TableName=self._table_name,
            Key=_packed(key),
            UpdateExpression="SET #status = :status",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=_packed({":status": status}),
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        values = {
            ":pk": f"C#{customer_id}",
            ":first": f"O#{_ksuid(since, SMALLEST)}",
            ":last": f"O#{_ksuid(until, LARGEST)}",
        }
        return [_entity(one) for one in self._query("PK = :pk AND SK BETWEEN :first AND :last", values)]

    def _order_key(self, customer_id: str, order_id: str) -> dict[str, str] | None:
        found = self._get(_order_id_key(customer_id, order_id))
        return {"PK": f"C#{customer_id}", "SK": found["order"]} if found else None

    def _put(self, key: Mapping[str, str], attributes: Mapping[str, Any]) -> None:
        self._client.put_item(TableName=self._table_name, Item=_packed({**attributes, **key}))

    def _get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table_name, Key=_packed(key), ConsistentRead=True)
        return _entity(_unpacked(answer["Item"])) if "Item" in answer else None

    def _query(self, condition: str, values: Mapping[str, str], **more: Any) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=_packed(values),
            **more,
        )
        return [_unpacked(item) for page in pages for item in page["Items"]]


def _product_key(product_id: str) -> dict[str, str]:
    return {"PK": f"P#{product_id}", "SK": f"P#{product_id}"}


def _stock_key(product_id: str) -> dict[str, str]:
    return {"PK": f"P#{product_id}", "SK": f"STOCK#{product_id}"}


def _order_id_key(customer_id: str, order_id: str) -> dict[str, str]:
    return {"PK": f"C#{customer_id}", "SK": f"ID#{order_id}"}


def _compact(day: str) -> str:
    return day.replace("-", "")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[: len(LARGEST)]


def _ksuid(day: str, digest: bytes) -> str:
    """Five bytes of seconds and sixteen of the digest, in base 62: all of one length, and sorted by time."""
    seconds = date.fromisoformat(day).toordinal() * SECONDS_A_DAY
    number = int.from_bytes(seconds.to_bytes(5, "big") + digest, "big")
    letters = ""
    for _ in range(KSUID_LENGTH):
        number, digit = divmod(number, len(BASE62))
        letters = BASE62[digit] + letters
    return letters


def _packed(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serializer.serialize(value) for name, value in item.items()}


def _unpacked(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def _entity(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("PK", "SK")}
