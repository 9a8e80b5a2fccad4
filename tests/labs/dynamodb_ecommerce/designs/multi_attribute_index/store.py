"""Indexes with several key attributes, each of which is an attribute of the entity under its own name: no text is put
together for them.

| item    | id           | part           | customer-orders                | product-dates                 |
|---------|--------------|----------------|--------------------------------|-------------------------------|
| product | product:<id> | product        |                                |                               |
| stock   | product:<id> | stock          |                                |                               |
| price   | product:<id> | price:<date>   |                                | productId, kind + date, part  |
| review  | review:<id>  | review         |                                | productId, kind + date, part  |
| order   | buyer:<id>   | order:<id>     | customerId + orderDate, orderId|                               |

Items that lack one of an index's key attributes are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

CUSTOMER_ORDERS, PRODUCT_DATES = "customer-orders", "product-dates"
PRICE, REVIEW = "price", "review"
OWN = ("id", "part", "kind", "expires")
"""The attributes that no entity has."""


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        item: dict[str, Any] = {"id": f"product:{product['productId']}", "part": "product", **product}
        for entry in item.pop("priceHistory", []):
            self.record_price(product["productId"], **entry)
        self._table.put_item(Item=item)

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        return self._get(f"product:{product_id}", "product")

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        expires = datetime.fromisoformat(date).replace(tzinfo=UTC) + timedelta(days=730)
        item: dict[str, Any] = {
            "id": f"product:{product_id}",
            "part": f"price:{date}",
            "kind": PRICE,
            "productId": product_id,
            "date": date,
            "price": price,
            "expires": int(expires.timestamp()),
        }
        self._table.put_item(Item=item)

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        found = self._query(
            PRODUCT_DATES,
            "productId = :product AND kind = :kind AND #date BETWEEN :since AND :until",
            {":product": product_id, ":kind": PRICE, ":since": since, ":until": until},
            ExpressionAttributeNames={"#date": "date"},
        )
        return [{"date": one["date"], "price": one["price"]} for one in found]

    def put_review(self, review: Mapping[str, Any]) -> None:
        own: dict[str, Any] = {"id": f"review:{review['reviewId']}", "part": "review", "kind": REVIEW}
        self._table.put_item(Item={**review, **own})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        condition = "productId = :product AND kind = :kind"
        found = self._query(PRODUCT_DATES, condition, {":product": product_id, ":kind": REVIEW})
        return [_entity(one) for one in found]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        stock: dict[str, Any] = {"productId": product_id, "quantity": quantity, "lastUpdated": last_updated}
        self._table.put_item(Item={"id": f"product:{product_id}", "part": "stock", **stock})

    def inventory_level(self, product_id: str) -> int | None:
        stock = self._get(f"product:{product_id}", "stock")
        return int(stock["quantity"]) if stock is not None else None

    def place_order(self, order: Mapping[str, Any]) -> None:
        wanted: dict[str, int] = {}
        for line in order["items"]:
            wanted[line["productId"]] = line["quantity"] + wanted.get(line["productId"], 0)
        put = {
            "TableName": self._table.name,
            "Item": {**_order_key(order["customerId"], order["orderId"]), **order},
            "ConditionExpression": "attribute_not_exists(id)",
        }
        actions: list[Any] = [{"Put": put}]
        for product_id, quantity in wanted.items():
            update = {
                "TableName": self._table.name,
                "Key": {"id": f"product:{product_id}", "part": "stock"},
                "UpdateExpression": "SET #quantity = #quantity - :wanted",
                "ConditionExpression": "#quantity >= :wanted",
                "ExpressionAttributeNames": {"#quantity": "quantity"},
                "ExpressionAttributeValues": {":wanted": quantity},
            }
            actions.append({"Update": update})
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        return self._get(**_order_key(customer_id, order_id))

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
            UpdateExpression="SET #status = :status",
            ConditionExpression="attribute_exists(orderId)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        found = self._query(
            CUSTOMER_ORDERS,
            "customerId = :customer AND orderDate BETWEEN :since AND :until",
            {":customer": customer_id, ":since": since, ":until": until},
        )
        return [_entity(one) for one in found]

    def _get(self, id: str, part: str) -> dict[str, Any] | None:
        answer = self._table.get_item(Key={"id": id, "part": part}, ConsistentRead=True)
        return _entity(answer["Item"]) if "Item" in answer else None

    def _query(self, index: str, condition: str, values: Mapping[str, str], **more: Any) -> Iterator[Mapping[str, Any]]:
        while True:
            page = self._table.query(
                IndexName=index, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _order_key(customer_id: str, order_id: str) -> dict[str, str]:
    return {"id": f"buyer:{customer_id}", "part": f"order:{order_id}"}


def _entity(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in OWN}
