"""Keys are bytes: a letter for the kind and the id; days are two numbers of fixed length, which sort as bytes do. The
entities are compressed, so that only what is counted or changed is an attribute of its own.

| item    | h              | r          | d (time)           |
|---------|----------------|------------|--------------------|
| product | p<id>          | p          |                    |
| stock   | p<id>          | s          |                    |
| price   | h<product>     | <day>      |                    |
| review  | r<product>     | <id>       |                    |
| order   | o<customer>    | <id>       | <day>              |
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812  (record_price has an argument of that name)
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    import boto3

KEPT_SECONDS = 730 * 86_400


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        self._table.put_item(Item={**_key("p", product["productId"], b"p"), "gz": _compressed(details)})
        for entry in product.get("priceHistory", []):
            self.record_price(product["productId"], entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        return self._get(_key("p", product_id, b"p"))

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        expires = int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()) + KEPT_SECONDS
        record = {"date": date, "price": price}
        self._table.put_item(
            Item={**_key("h", product_id, _day(date)), "gz": _compressed(record), "gone_by": expires},
        )

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        return self._query(Key("h").eq(_bytes("h", product_id)) & Key("r").between(_day(since), _day(until)))

    def put_review(self, review: Mapping[str, Any]) -> None:
        key = _key("r", review["productId"], review["reviewId"].encode())
        self._table.put_item(Item={**key, "gz": _compressed(review)})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        return self._query(Key("h").eq(_bytes("r", product_id)))

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        self._table.put_item(Item={**_key("p", product_id, b"s"), "quantity": quantity, "since": last_updated})

    def inventory_level(self, product_id: str) -> Any:
        answer = self._table.get_item(Key=_key("p", product_id, b"s"), ConsistentRead=True)
        return answer["Item"]["quantity"] if "Item" in answer else None

    def place_order(self, order: Mapping[str, Any]) -> None:
        item = {
            **_key("o", order["customerId"], order["orderId"].encode()),
            "d": _day(order["orderDate"]),
            "gz": _compressed({name: value for name, value in order.items() if name != "status"}),
            "status": order["status"],
        }
        table = self._table.name
        put = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(h)"}
        wanted: dict[str, int] = {}
        for line in order["items"]:
            wanted[line["productId"]] = wanted.get(line["productId"], 0) + line["quantity"]
        actions: list[Any] = [{"Put": put}]
        for product_id, quantity in wanted.items():
            update = {
                "TableName": table,
                "Key": _key("p", product_id, b"s"),
                "UpdateExpression": "SET quantity = quantity - :q",
                "ConditionExpression": "quantity >= :q",
                "ExpressionAttributeValues": {":q": quantity},
            }
            actions.append({"Update": update})
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        return self._get(_key("o", customer_id, order_id.encode()))

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        self._table.update_item(
            Key=_key("o", customer_id, order_id.encode()),
            UpdateExpression="SET #status = :status",
            ConditionExpression=Attr("h").exists(),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        window = Key("d").between(_day(since), _day(until))
        return self._query(Key("h").eq(_bytes("o", customer_id)) & window, IndexName="time")

    def _get(self, key: Mapping[str, bytes]) -> dict[str, Any] | None:
        answer = self._table.get_item(Key=dict(key), ConsistentRead=True)
        return _entity(answer["Item"]) if "Item" in answer else None

    def _query(self, condition: ConditionBase, **more: Any) -> list[dict[str, Any]]:
        page = self._table.query(KeyConditionExpression=condition, **more)
        found = [_entity(item) for item in page["Items"]]
        while "LastEvaluatedKey" in page:
            page = self._table.query(
                KeyConditionExpression=condition, ExclusiveStartKey=page["LastEvaluatedKey"], **more
            )
            found += [_entity(item) for item in page["Items"]]
        return found


def _bytes(kind: str, id: str) -> bytes:
    return f"{kind}{id}".encode()


def _key(kind: str, id: str, sort: bytes) -> dict[str, bytes]:
    return {"h": _bytes(kind, id), "r": sort}


def _day(text: str) -> bytes:
    """The year and the day of the year."""
    day = Date.fromisoformat(text)
    return struct.pack(">HH", day.year, day.timetuple().tm_yday)


def _compressed(entity: Mapping[str, Any]) -> bytes:
    """DynamoDB's own JSON, which keeps each number's digits as text, compressed."""
    return gzip.compress(json.dumps(TypeSerializer().serialize(dict(entity))).encode())


def _entity(item: Mapping[str, Any]) -> dict[str, Any]:
    entity: dict[str, Any] = TypeDeserializer().deserialize(json.loads(gzip.decompress(item["gz"].value)))
    if "status" in item:
        entity["status"] = item["status"]
    return entity
