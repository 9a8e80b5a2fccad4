"""An index that holds nothing but keys tells which orders a customer has, newest first; a batch reads them. The reviews
of a product are spread over four partitions.

| item    | partition                  | sort         | buyer | newest_first         |
|---------|----------------------------|--------------|-------|----------------------|
| order   | ORDER~["<customer>","<id>"]| ORDER        | <id>  | 99999999 - yyyymmdd  |
| product | PRODUCT~<id>               | PRODUCT      |       |                      |
| stock   | PRODUCT~<id>               | INVENTORY    |       |                      |
| price   | PRODUCT~<id>               | PRICE~<date> |       |                      |
| review  | REVIEWS~<0 to 3>~<product> | <review>     |       |                      |
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, Key

if TYPE_CHECKING:
    import boto3

BUYER_INDEX = "order.keys.by.buyer"
BATCH_SIZE = 100
SHARDS = 4
ATTEMPTS = 8
SECONDS_KEPT = 730 * 24 * 3600


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._dynamodb = session.resource("dynamodb")
        self._table = self._dynamodb.Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        details = {name: value for name, value in product.items() if name != "priceHistory"}
        self._table.put_item(Item={**_product_key(product["productId"], "PRODUCT"), "product": details})
        for entry in product.get("priceHistory", []):
            self.record_price(product["productId"], entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        item = self._get(_product_key(product_id, "PRODUCT"))
        return item.get("product")

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        day = datetime.fromisoformat(date).replace(tzinfo=UTC)
        record = {"date": date, "price": price}
        expires = int(day.timestamp()) + SECONDS_KEPT
        self._table.put_item(
            Item={**_product_key(product_id, f"PRICE~{date}"), "record": record, "dies_at": expires},
        )

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        partition = _product_key(product_id, "")["partition"]
        window = Key("sort").between(f"PRICE~{since}", f"PRICE~{until}")
        return [one["record"] for one in self._query(Key("partition").eq(partition) & window)]

    def put_review(self, review: Mapping[str, Any]) -> None:
        shard = zlib.crc32(review["reviewId"].encode()) % SHARDS
        key = {"partition": _reviews(review["productId"], shard), "sort": review["reviewId"]}
        self._table.put_item(Item={**key, "review": review})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        conditions = [Key("partition").eq(_reviews(product_id, shard)) for shard in range(SHARDS)]
        return [one["review"] for condition in conditions for one in self._query(condition)]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        self._table.update_item(
            Key=_product_key(product_id, "INVENTORY"),
            UpdateExpression="SET available = :quantity, as_of = :day",
            ExpressionAttributeValues={":quantity": quantity, ":day": last_updated},
        )

    def inventory_level(self, product_id: str) -> int:
        return int(self._get(_product_key(product_id, "INVENTORY")).get("available", 0))

    def place_order(self, order: Mapping[str, Any]) -> None:
        index = {"buyer": order["customerId"], "newest_first": _complement(order["orderDate"])}
        put = {
            "TableName": self._table.name,
            "Item": {**_order_key(order["customerId"], order["orderId"]), **index, "order": order},
            "ConditionExpression": "attribute_not_exists(#partition)",
            "ExpressionAttributeNames": {"#partition": "partition"},
        }
        actions: list[Any] = [{"Put": put}]
        for product_id in dict.fromkeys(line["productId"] for line in order["items"]):
            quantity = sum(line["quantity"] for line in order["items"] if line["productId"] == product_id)
            update = {
                "TableName": self._table.name,
                "Key": _product_key(product_id, "INVENTORY"),
                "UpdateExpression": "SET available = available - :quantity",
                "ConditionExpression": "available >= :quantity",
                "ExpressionAttributeValues": {":quantity": quantity},
            }
            actions.append({"Update": update})
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        return self._get(_order_key(customer_id, order_id)).get("order")

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
            UpdateExpression="SET #order.#status = :status",
            ConditionExpression="attribute_exists(#order)",
            ExpressionAttributeNames={"#order": "order", "#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        window = Key("newest_first").between(_complement(until), _complement(since))
        found = self._query(Key("buyer").eq(customer_id) & window, IndexName=BUYER_INDEX)
        partitions = list(dict.fromkeys(one["partition"] for one in found))
        keys = [{"partition": one, "sort": "ORDER"} for one in partitions]
        batches = [keys[start : start + BATCH_SIZE] for start in range(0, len(keys), BATCH_SIZE)]
        return [item["order"] for batch in batches for item in self._read(batch)]

    def _read(self, keys: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
        """Up to 100 items. A batch may answer less than it was asked for; the rest is asked for again."""
        left: Any = {self._table.name: {"Keys": keys}}
        for attempt in range(ATTEMPTS):
            answer = self._dynamodb.batch_get_item(RequestItems=left)
            yield from answer["Responses"].get(self._table.name, [])
            left = answer.get("UnprocessedKeys")
            if not left:
                return
            time.sleep(0.05 * 2**attempt)
        raise TimeoutError(f"not all orders could be read in {ATTEMPTS} attempts")

    def _get(self, key: Mapping[str, str]) -> dict[str, Any]:
        item: dict[str, Any] = self._table.get_item(Key=dict(key), ConsistentRead=True).get("Item", {})
        return item

    def _query(self, condition: ConditionBase, **more: Any) -> Iterator[Mapping[str, Any]]:
        place: dict[str, Any] | None = {}
        while place is not None:
            answer = self._table.query(KeyConditionExpression=condition, **more, **place)
            yield from answer["Items"]
            last = answer.get("LastEvaluatedKey")
            place = {"ExclusiveStartKey": last} if last else None


def _product_key(product_id: str, what: str) -> dict[str, str]:
    return {"partition": f"PRODUCT~{product_id}", "sort": what}


def _order_key(customer_id: str, order_id: str) -> dict[str, str]:
    """Two ids as JSON: wherever one ends, no other pair makes the same text."""
    return {"partition": f"ORDER~{json.dumps([customer_id, order_id])}", "sort": "ORDER"}


def _reviews(product_id: str, shard: int) -> str:
    return f"REVIEWS~{shard}~{product_id}"


def _complement(day: str) -> str:
    """Sorts the other way round than the day does."""
    return f"{99_999_999 - int(day.replace('-', '')):08}"
