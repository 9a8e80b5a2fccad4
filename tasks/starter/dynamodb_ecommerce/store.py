"""The shop's data: fill in the methods. Each docstring says what the shop relies on; how you keep it is yours.

Dates are ISO 8601 days as text ("2026-03-01"). Money is decimal.Decimal, with as many digits as DynamoDB keeps (38);
quantities and ratings are int (a Decimal without a fraction is as good). An order has at most 40 lines. Identifiers are text without control characters; one may be the beginning of another
("C1", "C10"). Empty text occurs in a review's comment and inside a product's attributes alone.

    product  {"productId", "name", "category", "price", "attributes": {...}, "priceHistory": [{"date", "price"}, ...]}
    order    {"orderId", "customerId", "orderDate", "status", "total", "items": [{"productId", "quantity", "price"}, ...],
              "paymentInfo": {"method", "last4"}}
    review   {"reviewId", "productId", "customerId", "rating", "comment", "date"}

What writes and what asks are different processes, so keep everything in the table. What you return is plain data:
dictionaries, lists, text, Decimal, int, bool and None. Return entities as they were given: nothing lost, nothing added.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3


class Store:
    """What the shop asks of its data."""

    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        """Keep what you need of these. Make clients and resources of this session alone: it has the credentials, and
        the endpoint and the Region are in the environment."""
        self._table = session.resource("dynamodb").Table(table_name)
        self._archive_bucket = archive_bucket

    def put_product(self, product: Mapping[str, Any]) -> None:
        """Keeps a product, or replaces what was kept of it. Each entry of its `priceHistory`, if it has one, becomes a
        price record, as `record_price` makes them. Its stock is not touched."""
        raise NotImplementedError

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        """The product as it was given, with or without `priceHistory`; None when there is none."""
        raise NotImplementedError

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        """Adds one price record: an item of its own, which expires two years (730 days) after `date`, not after today.
        The product's own `price` is not changed."""
        raise NotImplementedError

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """The price records of a product from `since` to `until`, both days included, as `{"date", "price"}`, oldest
        first. Those that are due to expire may be among them or not. It reads what it returns, not more."""
        raise NotImplementedError

    def put_review(self, review: Mapping[str, Any]) -> None:
        """Keeps a review of a product. A comment may have 300 KB."""
        raise NotImplementedError

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        """All reviews of a product, in any order; however many pages they take."""
        raise NotImplementedError

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        """Sets the stock of a product, which may be there or not."""
        raise NotImplementedError

    def inventory_level(self, product_id: str) -> int | None:
        """The stock as it is now, right after it was changed too; None or 0 when there is none."""
        raise NotImplementedError

    def place_order(self, order: Mapping[str, Any]) -> None:
        """Writes the order and takes the stock of every product in it, all in one transaction: one conditional write
        for each product, even when several lines name it. Raises, and writes nothing, when a product has not enough
        stock or the order's id exists already."""
        raise NotImplementedError

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        """The order as it was placed, with its present status; None when there is none."""
        raise NotImplementedError

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        """Gives an order another status: Pending, Processing, Shipped, Delivered or Cancelled. Raises when there is no
        such order."""
        raise NotImplementedError

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """The customer's orders dated from `since` to `until`, both days included, in full and in any order. It reads
        what it returns, not more, however many older orders there are."""
        raise NotImplementedError
