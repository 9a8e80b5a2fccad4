"""A customer's orders of a month lie together, and each month is asked for by a Query of its own; a small item for
each of those months, and one for each order's id, tells where to look. Reviews are found by an index.

| item          | pk                         | sk                 |
|---------------|----------------------------|--------------------|
| order         | orders#<customer>#<yyyy-mm>| <yyyy-mm-dd>#<id>  |
| order pointer | customer#<customer>        | order#<id>         |
| month         | customer#<customer>        | month#<yyyy-mm>    |
| product       | product#<id>               | details            |
| stock         | product#<id>               | stock              |
| price         | prices#<product>           | <yyyy-mm-dd>       |
| review        | review#<id>                | review             |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

if TYPE_CHECKING:
    import boto3

REVIEWS = "reviews-of-product"
INTERNAL = {"pk", "sk", "reviewed_product", "reviewed_on"}


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        details = dict(product)
        history = details.pop("priceHistory", [])
        self._table.put_item(Item={"pk": f"product#{product['productId']}", "sk": "details", **details})
        for entry in history:
            self.record_price(product["productId"], entry["price"], entry["date"])

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        return self._get(f"product#{product_id}", "details")

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        expires = datetime.fromisoformat(f"{date}T00:00:00+00:00") + timedelta(days=730)
        self._table.put_item(
            Item={
                "pk": f"prices#{product_id}",
                "sk": date,
                "price": price,
                "delete_after": int(expires.timestamp()),
            }
        )

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        found = self._query(Key("pk").eq(f"prices#{product_id}") & Key("sk").between(since, until))
        now = datetime.now(UTC).timestamp()
        return [{"date": one["sk"], "price": one["price"]} for one in found if one["delete_after"] > now]

    def put_review(self, review: Mapping[str, Any]) -> None:
        index: dict[str, Any] = {"reviewed_product": review["productId"], "reviewed_on": review["date"]}
        self._table.put_item(Item={"pk": f"review#{review['reviewId']}", "sk": "review", **index, **review})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        found = self._query(Key("reviewed_product").eq(product_id), IndexName=REVIEWS, ScanIndexForward=False)
        return [_entity(one) for one in found]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        stock: dict[str, Any] = {"quantity": quantity, "lastUpdated": last_updated}
        self._table.put_item(Item={"pk": f"product#{product_id}", "sk": "stock", **stock})

    def inventory_level(self, product_id: str) -> int | None:
        stock = self._get(f"product#{product_id}", "stock")
        return None if stock is None else int(stock["quantity"])

    def place_order(self, order: Mapping[str, Any]) -> None:
        customer = f"customer#{order['customerId']}"
        day = order["orderDate"]
        pointer = {"pk": customer, "sk": f"order#{order['orderId']}", "day": day}
        absent = "attribute_not_exists(pk)"
        writes: list[Any] = [
            {"Put": {"Item": pointer, "ConditionExpression": absent}},
            {"Put": {"Item": {"pk": customer, "sk": f"month#{_month(day)}"}}},
            {"Put": {"Item": {**_order_key(order["customerId"], day, order["orderId"]), **order}}},
        ]
        wanted: Counter[str] = Counter()
        for line in order["items"]:
            wanted[line["productId"]] += line["quantity"]
        for product_id, quantity in wanted.items():
            take = {
                "Key": {"pk": f"product#{product_id}", "sk": "stock"},
                "UpdateExpression": "ADD quantity :less",
                "ConditionExpression": "quantity >= :wanted",
                "ExpressionAttributeValues": {":less": -quantity, ":wanted": quantity},
            }
            writes.append({"Update": take})
        for write in writes:
            for action in write.values():
                action["TableName"] = self._table.name
        self._table.meta.client.transact_write_items(TransactItems=writes)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        pointer = self._get(f"customer#{customer_id}", f"order#{order_id}")
        if pointer is None:
            return None
        key = _order_key(customer_id, pointer["day"], order_id)
        return self._get(key["pk"], key["sk"])

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        pointer = self._get(f"customer#{customer_id}", f"order#{order_id}")
        if pointer is None:
            raise KeyError(order_id)
        self._table.update_item(
            Key=_order_key(customer_id, pointer["day"], order_id),
            UpdateExpression="SET #s = :s",
            ConditionExpression=Attr("pk").exists(),
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        window = Key("sk").between(f"month#{_month(since)}", f"month#{_month(until)}")
        orders: list[dict[str, Any]] = []
        for month in self._query(Key("pk").eq(f"customer#{customer_id}") & window):
            bucket = f"orders#{customer_id}#{month['sk'].removeprefix('month#')}"
            days = Key("sk").between(since, f"{until}$")  # the character after #: all of the last day
            orders += [_entity(one) for one in self._query(Key("pk").eq(bucket) & days)]
        return orders

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        item = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return None if item is None else _entity(item)

    def _query(self, condition: ConditionBase, **more: Any) -> Iterator[Mapping[str, Any]]:
        answer = self._table.query(KeyConditionExpression=condition, **more)
        yield from answer["Items"]
        while "LastEvaluatedKey" in answer:
            place = answer["LastEvaluatedKey"]
            answer = self._table.query(KeyConditionExpression=condition, ExclusiveStartKey=place, **more)
            yield from answer["Items"]


def _month(day: str) -> str:
    return day[:7]


def _order_key(customer_id: str, day: str, order_id: str) -> dict[str, str]:
    return {"pk": f"orders#{customer_id}#{_month(day)}", "sk": f"{day}#{order_id}"}


def _entity(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in INTERNAL}
