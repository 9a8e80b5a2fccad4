"""An order is a header and one item for each of its lines, all in its customer's collection, of which the sort keys
begin with the day. A local index finds the items of an order by its id.

| item     | HK                 | RK                       | OrderRef (OrderLines) |
|----------|--------------------|--------------------------|-----------------------|
| header   | CUSTOMER|<id>      | <yyyy-mm-dd>|<order>|0000| <order>               |
| line     | CUSTOMER|<id>      | <yyyy-mm-dd>|<order>|0001| <order>               |
| order id | CUSTOMER|<id>      | ID|<order>               |                       |
| product  | PRODUCT|<id>       | PRODUCT                  |                       |
| stock    | PRODUCT|<id>       | STOCK                    |                       |
| price    | PRICES|<product>   | <yyyy-mm-dd>             |                       |
| review   | REVIEWS|<product>  | <yyyy-mm-dd>|<review>    |                       |

A transaction has 100 actions at most, so that an order may have 49 lines of different products.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

if TYPE_CHECKING:
    import boto3

KEYS = frozenset({"HK", "RK", "OrderRef"})


class Store:
    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        self._table = session.resource("dynamodb").Table(table_name)

    def put_product(self, product: Mapping[str, Any]) -> None:
        product_id = product["productId"]
        for entry in product.get("priceHistory", ()):
            self.record_price(product_id, entry["price"], entry["date"])
        item = {"HK": f"PRODUCT|{product_id}", "RK": "PRODUCT", **product}
        item.pop("priceHistory", None)
        self._table.put_item(Item=item)

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        item = self._get({"HK": f"PRODUCT|{product_id}", "RK": "PRODUCT"})
        return _without_keys(item) if item else None

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
        expires = int((day + timedelta(days=730)).timestamp())
        self._table.put_item(
            Item={"HK": f"PRICES|{product_id}", "RK": date, "Price": price, "PurgeAfter": expires},
        )

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        records = self._query(Key("HK").eq(f"PRICES|{product_id}") & Key("RK").between(since, until))
        return [{"date": record["RK"], "price": record["Price"]} for record in records]

    def put_review(self, review: Mapping[str, Any]) -> None:
        key = {"HK": f"REVIEWS|{review['productId']}", "RK": f"{review['date']}|{review['reviewId']}"}
        self._table.put_item(Item={**key, **review})

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        return [_without_keys(one) for one in self._query(Key("HK").eq(f"REVIEWS|{product_id}"))]

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        self._table.put_item(Item={**_stock_key(product_id), "Quantity": quantity, "LastUpdated": last_updated})

    def inventory_level(self, product_id: str) -> int | None:
        item = self._get(_stock_key(product_id))
        return int(item["Quantity"]) if item else None

    def place_order(self, order: Mapping[str, Any]) -> None:
        customer, order_id = f"CUSTOMER|{order['customerId']}", order["orderId"]
        header = {name: value for name, value in order.items() if name != "items"}
        parts: list[dict[str, Any]] = [header, *({"Line": line} for line in order["items"])]
        items = [
            {"HK": customer, "RK": f"{order['orderDate']}|{order_id}|{number:04}", "OrderRef": order_id, **part}
            for number, part in enumerate(parts)
        ]
        wanted: Counter[str] = Counter()
        for line in order["items"]:
            wanted.update({line["productId"]: line["quantity"]})
        table = self._table.name
        new = {
            "TableName": table,
            "Item": {"HK": customer, "RK": f"ID|{order_id}"},
            "ConditionExpression": "attribute_not_exists(HK)",
        }
        takes = [
            {
                "TableName": table,
                "Key": _stock_key(product_id),
                "UpdateExpression": "SET Quantity = Quantity - :n",
                "ConditionExpression": "attribute_exists(HK) AND Quantity >= :n",
                "ExpressionAttributeValues": {":n": quantity},
            }
            for product_id, quantity in wanted.items()
        ]
        actions: list[Any] = [
            {"Put": new},
            *({"Put": {"TableName": table, "Item": item}} for item in items),
            *({"Update": take} for take in takes),
        ]
        self._table.meta.client.transact_write_items(TransactItems=actions)

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        orders = _assembled(self._items_of(customer_id, order_id))
        return orders[0] if orders else None

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        headers = [one for one in self._items_of(customer_id, order_id) if "Line" not in one]
        if not headers:
            raise LookupError(f"no such order: {order_id}")
        self._table.update_item(
            Key={"HK": headers[0]["HK"], "RK": headers[0]["RK"]},
            UpdateExpression="SET #status = :status",
            ConditionExpression=Attr("HK").exists(),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """`}` is the character after `|`, so that the last day is in with everything that follows it."""
        window = Key("RK").between(since, f"{until}}}")
        return _assembled(self._query(Key("HK").eq(f"CUSTOMER|{customer_id}") & window))

    def _items_of(self, customer_id: str, order_id: str) -> Sequence[Mapping[str, Any]]:
        condition = Key("HK").eq(f"CUSTOMER|{customer_id}") & Key("OrderRef").eq(order_id)
        return self._query(condition, IndexName="OrderLines", ConsistentRead=True)

    def _get(self, key: Mapping[str, str]) -> Mapping[str, Any] | None:
        return self._table.get_item(Key=dict(key), ConsistentRead=True).get("Item")

    def _query(self, condition: ConditionBase, **more: Any) -> Sequence[Mapping[str, Any]]:
        page = self._table.query(KeyConditionExpression=condition, **more)
        found = page["Items"]
        while "LastEvaluatedKey" in page:
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            page = self._table.query(KeyConditionExpression=condition, **more)
            found += page["Items"]
        return found


def _stock_key(product_id: str) -> dict[str, str]:
    return {"HK": f"PRODUCT|{product_id}", "RK": "STOCK"}


def _without_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in KEYS}


def _assembled(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Orders, each made of its header and its lines in their order."""
    headers: list[Mapping[str, Any]] = []
    lines: defaultdict[str, list[Any]] = defaultdict(list)
    for item in sorted(items, key=lambda one: str(one["RK"])):
        if "Line" in item:
            lines[item["OrderRef"]].append(item["Line"])
        else:
            headers.append(item)
    return [{**_without_keys(header), "items": lines[header["OrderRef"]]} for header in headers]
