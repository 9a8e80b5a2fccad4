"""The shop's data: fill in the methods. Each docstring says what the shop relies on. You choose how to store it.

Dates are ISO 8601 days as text ("2026-03-01"). Money is decimal.Decimal, with as many digits as DynamoDB keeps (38).
Quantities and ratings are int (a Decimal without a fraction is as good). An order has at most 40 lines. Identifiers are
text without control characters; one may begin with another ("C1", "C10"). Empty text occurs only in a review's comment
and inside a product's attributes.

    product  {"productId", "name", "category", "price", "attributes": {...}, "priceHistory": [{"date", "price"}, ...]}
    order    {"orderId", "customerId", "orderDate", "status", "total", "items": [{"productId", "quantity", "price"}, ...],
              "paymentInfo": {"method", "last4"}}
    review   {"reviewId", "productId", "customerId", "rating", "comment", "date"}

Several processes write and ask, some at once, so keep everything in the table. Return plain data: dictionaries, lists,
text, Decimal, int, bool and None. Return entities as they were given: nothing lost, nothing added.

To refuse a call, raise any exception. Then the table must be exactly as it was before the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3


class Store:
    """Stores the shop's data and answers its questions."""

    def __init__(self, table_name: str, archive_bucket: str, session: boto3.Session) -> None:
        """Keep what you need of these. Make clients and resources only from this session: it has the credentials, and
        the endpoint and the Region are in the environment."""
        self._table = session.resource("dynamodb").Table(table_name)
        self._archive_bucket = archive_bucket

    def put_product(self, product: Mapping[str, Any]) -> None:
        """Stores a product, or replaces the stored one. Each entry of its `priceHistory`, if it has one, becomes a
        price record, like those that `record_price` makes. Its stock does not change."""
        raise NotImplementedError

    def get_product(self, product_id: str) -> dict[str, Any] | None:
        """Returns the product as it was given, with or without `priceHistory`; None if there is no such product."""
        raise NotImplementedError

    def record_price(self, product_id: str, price: Decimal, date: str) -> None:
        """Adds one price record: an item of its own, which expires two years (730 days) after `date`, not after today.
        The product's own `price` does not change."""
        raise NotImplementedError

    def price_history(self, product_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """Returns the price records of a product from `since` to `until`, both days included, as `{"date", "price"}`,
        oldest first. Records that are due to expire may be included or left out. It reads no more than it returns."""
        raise NotImplementedError

    def put_review(self, review: Mapping[str, Any]) -> None:
        """Stores a review of a product. A comment may have 300 KB."""
        raise NotImplementedError

    def reviews_for_product(self, product_id: str) -> list[dict[str, Any]]:
        """Returns all reviews of a product, in any order, however many pages they take."""
        raise NotImplementedError

    def set_inventory(self, product_id: str, quantity: int, last_updated: str) -> None:
        """Sets the stock of a product. The product itself may be stored or not."""
        raise NotImplementedError

    def inventory_level(self, product_id: str) -> int | None:
        """Returns the current stock, also right after it changed; None or 0 if there is none."""
        raise NotImplementedError

    def place_order(self, order: Mapping[str, Any]) -> None:
        """Writes the order (as one item or several) and takes the stock of every product in it, all in one transaction:
        one conditional write for each product, even if several lines name it. It refuses the order if a product does
        not have enough stock, or none at all, and if this customer has an order with this id. Another customer's order
        with the same id may be refused or be a second one.

        Other clients buy at the same time. Who loses against another client's transaction tries again, at least three
        times: no client loses more often than that in a row. If DynamoDB is busy or an answer gets lost, the order is
        placed once, or the call raises and leaves nothing behind."""
        raise NotImplementedError

    def get_order(self, customer_id: str, order_id: str) -> dict[str, Any] | None:
        """Returns the order as it was placed, with its current status; None if there is no such order."""
        raise NotImplementedError

    def update_order_status(self, customer_id: str, order_id: str, status: str) -> None:
        """Gives an order a new status: Pending, Processing, Shipped, Delivered or Cancelled. Every answer shows it;
        nothing else changes, except that an order that is cancelled may give its stock back, once. It refuses an order
        that does not exist, and creates nothing."""
        raise NotImplementedError

    def orders_for_customer(self, customer_id: str, since: str, until: str) -> list[dict[str, Any]]:
        """Returns the customer's orders dated from `since` to `until`, both days included, complete and in any order.
        It reads no more than it returns, however many older orders there are."""
        raise NotImplementedError
