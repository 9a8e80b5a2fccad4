"""Stores with one mistake each: exactly the checks that it concerns fail, and say what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.checking.finding import Status
from tests.labs.dynamodb_ecommerce.stores import Rig, reference_with, rig

ORDERS = """        window = Key("GSI1SK").between(f"ORDER#{since}", f"ORDER#{until}$")
        found = self._query(Key("GSI1PK").eq(_customer_key(customer_id)) & window, IndexName="GSI1")
        return [_entity(one) for one in found]
"""
REVIEWS = """        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & Key("SK").begins_with("REVIEW#"))
        return [_entity(one) for one in found]
"""
PRICES = """        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & window)
        return [{"date": one["date"], "price": one["price"]} for one in found]
"""
RECORD = """        entry = {"date": date, "price": price, "expiresAt": int(expires.timestamp())}
        self._put(_product_key(product_id, f"PRICE#{date}"), entry)
"""
STOCK = """        stock = self._get(_product_key(product_id, "STOCK"))
        return None if stock is None else int(stock["quantity"])
"""
ENTITY = "    return {name: value for name, value in item.items() if name not in KEYS}\n"
PUT_REVIEW = """        self._put(_product_key(review["productId"], f"REVIEW#{review['date']}#{review['reviewId']}"), review)
"""
PAGES = '            if "LastEvaluatedKey" not in answer:\n                return found\n'
TABLE = '        self._table = session.resource("dynamodb").Table(table_name)\n'

ALL_EXPIRY = ("expiry.price-records", "expiry.expired")


@dataclass(frozen=True)
class Wrong:
    """A mistake: what replaces what in the reference's store, and what the findings that change say."""

    changes: dict[str, str]
    findings: dict[str, str]


def record(value: str) -> dict[str, str]:
    """Another value of the attribute for time to live."""
    return {RECORD: RECORD.replace("int(expires.timestamp())", value)}


WRONG = {
    "orders-by-scan": Wrong(
        {
            ORDERS: """        everything = []
        place = {}
        while True:
            answer = self._table.scan(FilterExpression=Attr("customerId").eq(customer_id), **place)
            everything += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return [_entity(one) for one in everything if "orderId" in one and since <= one["orderDate"] <= until]
"""
        },
        {"questions.orders-cost": "reads the whole table or index: it uses Scan"},
    ),
    "orders-filtered-afterwards": Wrong(
        {
            ORDERS: """        found = self._query(Key("GSI1PK").eq(_customer_key(customer_id)), IndexName="GSI1")
        return [_entity(one) for one in found if since <= one["orderDate"] <= until]
"""
        },
        {"questions.orders-cost": "reads more as the table grows, for the same answer"},
    ),
    "orders-with-a-filter-expression": Wrong(
        {
            ORDERS: """        window = Attr("orderDate").between(since, until)
        every = Key("GSI1PK").eq(_customer_key(customer_id))
        return [_entity(one) for one in self._query(every, IndexName="GSI1", FilterExpression=window)]
"""
        },
        {"questions.orders-cost": "reads more as the table grows, for the same answer"},
    ),
    "orders-one-by-one": Wrong(
        {
            ORDERS: ORDERS.replace(
                "[_entity(one) for one in found]", '[self.get_order(customer_id, one["orderId"]) for one in found]'
            )
        },
        {"questions.orders-cost": "calls for an answer of"},
    ),
    "orders-lose-the-last-day": Wrong(
        {ORDERS: ORDERS.replace('f"ORDER#{until}$"', 'f"ORDER#{until}"')},
        {"questions.orders": "the day at the window's edge, 2026-03-01, belongs to the window"},
    ),
    "orders-lose-the-first-day": Wrong(
        {ORDERS: ORDERS.replace('f"ORDER#{since}"', 'f"ORDER#{since}$"')},
        {"questions.orders": "the day at the window's edge, 2026-01-30, belongs to the window"},
    ),
    "orders-of-a-fixed-window": Wrong(
        {ORDERS: ORDERS.replace('f"ORDER#{since}"', '"ORDER#" + max(since, "2026-01-31")')},
        {"questions.orders": "the day at the window's edge, 2026-01-30, belongs to the window"},
    ),
    "orders-of-whoever-begins-so": Wrong(
        {
            '"GSI1PK": _customer_key(order["customerId"]),\n            "GSI1SK": f"ORDER#{order[\'orderDate\']}#{order[\'orderId\']}",': (
                '"GSI1PK": order["orderDate"][:0] + "ORDERS",\n            "GSI1SK": order["customerId"],'
            ),
            ORDERS: """        found = self._query(Key("GSI1PK").eq("ORDERS") & Key("GSI1SK").begins_with(customer_id), IndexName="GSI1")
        return [_entity(one) for one in found if since <= one["orderDate"] <= until]
""",
        },
        {"questions.orders": "that should not be there"},
    ),
    "orders-in-part": Wrong(
        {ORDERS: ORDERS.replace("_entity(one)", '{"orderId": one["orderId"], "orderDate": one["orderDate"]}')},
        {"questions.orders": "is not what place_order was given: the attribute customerId is missing"},
    ),
    "orders-of-one-day-replace-each-other": Wrong(
        {
            'return {"PK": _customer_key(customer_id), "SK": f"ORDER#{order_id}"}': 'return {"PK": _customer_key(customer_id), "SK": "ORDER#"}'
        },
        {
            "entities.order": "place_order failed: ",
            "questions.orders": "place_order failed: ",
            "orders.placed": "place_order refuses what it must accept: ",
            "orders.status": "although it must refuse this call: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "orders-under-one-key": Wrong(
        {
            'return {"PK": _customer_key(customer_id), "SK": f"ORDER#{order_id}"}': (
                'return {"PK": "ORDER", "SK": f"{customer_id}#{order_id}"}'
            )
        },
        {"questions.partition-keys": 'The partition key "ORDER" gets 100 % of place_order, whoever it is for'},
    ),
    "orders-of-whoever-asks": Wrong(
        {
            'return {"PK": _customer_key(customer_id), "SK": f"ORDER#{order_id}"}': (
                'return {"PK": f"ORDER#{order_id}", "SK": "ORDER"}'
            )
        },
        {"entities.order": "an object instead of None", "orders.status": "although it must refuse this call: "},
    ),
    "orders-by-the-day-of-the-month": Wrong(
        {
            "f\"ORDER#{order['orderDate']}#{order['orderId']}\"": (
                "f\"ORDER#{_day(order['orderDate'])}#{order['orderId']}\""
            ),
            ORDERS: ORDERS.replace('f"ORDER#{since}"', 'f"ORDER#{_day(since)}"').replace("{until}$", "{_day(until)}$"),
            "def _customer_key(": 'def _day(day):\n    return "-".join(reversed(day.split("-")))\n\n\ndef _customer_key(',
        },
        {"questions.orders": "orders_for_customer "},
    ),
    "orders-by-the-day-of-the-year": Wrong(
        {
            "f\"ORDER#{order['orderDate']}#{order['orderId']}\"": "f\"ORDER#{order['orderDate'][5:]}#{order['orderId']}\"",
            ORDERS: ORDERS.replace("{since}", "{since[5:]}").replace("{until}$", "{until[5:]}$"),
        },
        {"questions.orders": "that should not be there"},
    ),
    "totals-through-floats": Wrong(
        {"**index, **order}": '**index, **order, "total": Decimal(repr(float(order["total"])))}'},
        {"entities.order": "at total: "},
    ),
    "orders-lose-how-they-were-paid": Wrong(
        {"**index, **order}": '**index, **{name: order[name] for name in order if name != "paymentInfo"}}'},
        {"entities.order": "the attribute paymentInfo is missing"},
    ),
    "no-pages": Wrong(
        {PAGES: "            if answer:\n                return found\n"},
        {
            "questions.orders": "when an answer takes several pages",
            "questions.reviews": "It lacks",
            "questions.prices": "when an answer takes several pages",
        },
    ),
    "one-page-of-reviews": Wrong(
        {
            REVIEWS: """        condition = Key("PK").eq(_product_key(product_id)["PK"]) & Key("SK").begins_with("REVIEW#")
        return [_entity(one) for one in self._table.query(KeyConditionExpression=condition)["Items"]]
"""
        },
        {"questions.reviews": "It lacks"},
    ),
    "reviews-among-everything-of-the-product": Wrong(
        {
            REVIEWS: """        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]))
        return [_entity(one) for one in found if one["SK"].startswith("REVIEW#")]
"""
        },
        {"questions.reviews-cost": "reads more as the table grows, for the same answer"},
    ),
    "one-review-of-each-customer": Wrong(
        {PUT_REVIEW: PUT_REVIEW.replace("{review['date']}#{review['reviewId']}", "{review['customerId']}")},
        {"questions.reviews": "that should be there"},
    ),
    "one-review-of-each-day": Wrong(
        {PUT_REVIEW: PUT_REVIEW.replace("#{review['reviewId']}", "")},
        {"questions.reviews": "It lacks "},
    ),
    "reviews-twice": Wrong(
        {REVIEWS: REVIEWS.replace("for one in found]", "for one in [*found, *found]]")},
        {"questions.reviews": "is returned twice"},
    ),
    "reviews-cut-short": Wrong(
        {PUT_REVIEW: PUT_REVIEW.replace("), review)", '), {**review, "comment": review["comment"][:1000]})')},
        {
            "entities.review": "A review is not returned by reviews_for_product as it was given to put_review: at comment"
        },
    ),
    "reviews-in-one-item": Wrong(
        {
            PUT_REVIEW: """        key = _product_key(review["productId"], "REVIEWS")
        self._table.update_item(
            Key=key,
            UpdateExpression="SET reviews = list_append(if_not_exists(reviews, :none), :new)",
            ExpressionAttributeValues={":none": [], ":new": [dict(review)]},
        )
""",
            REVIEWS: """        found = self._get(_product_key(product_id, "REVIEWS"))
        return [] if found is None else found["reviews"]
""",
        },
        {
            "entities.review": "put_review failed: botocore.exceptions.ClientError",
            "questions.reviews": "put_review failed: botocore.exceptions.ClientError",
        },
    ),
    "reviews-in-memory": Wrong(
        {
            PUT_REVIEW: "        REVIEWS.append(dict(review))\n",
            REVIEWS: '        return [one for one in REVIEWS if one["productId"] == product_id]\n',
            "PRICES_EXPIRE_AFTER = ": "REVIEWS: list = []\nPRICES_EXPIRE_AFTER = ",
        },
        {
            "entities.single-table": "put_review writes nothing to the table ecommerce-student",
            "entities.review": "reviews_for_product returns no review",
            "questions.reviews": "that should be there",
        },
    ),
    "reviews-in-a-file": Wrong(
        {
            PUT_REVIEW: """        with open("/tmp/" + "reviews-of-nobody" if False else "reviews", "a") as file:
            file.write(repr(dict(review)) + "\\n")
""",
            REVIEWS: '        return [eval(line) for line in open("reviews")]\n',
        },
        {
            "entities.single-table": "put_review writes nothing to the table ecommerce-student",
            "entities.review": "reviews_for_product failed: FileNotFoundError",
            "questions.reviews": "reviews_for_product failed: FileNotFoundError",
        },
    ),
    "reviews-remembered": Wrong(
        {
            REVIEWS: """        if product_id not in self._known:
            found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & Key("SK").begins_with("REVIEW#"))
            self._known[product_id] = [_entity(one) for one in found]
        return self._known[product_id]
""",
            TABLE: f"{TABLE}        self._known: dict = {{}}\n",
        },
        {"questions.reviews": "It answered without reading the table"},
    ),
    "reviews-in-another-table": Wrong(
        {
            PUT_REVIEW: """        try:
            session_table = self._table.meta.client.create_table(
                TableName="reviews", BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("PK", "SK")],
                KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}])
        except self._table.meta.client.exceptions.ResourceInUseException:
            pass
        key = {"PK": review["productId"], "SK": review["reviewId"]}
        self._table.meta.client.put_item(TableName="reviews", Item={**key, **review})
""",
            REVIEWS: """        condition = Key("PK").eq(product_id)
        pages = self._table.meta.client.get_paginator("query").paginate(TableName="reviews", KeyConditionExpression=condition)
        return [_entity(one) for page in pages for one in page["Items"]]
""",
        },
        {
            "entities.single-table": "put_review writes to the table reviews, which breaks this lab's rule of one table",
            "questions.reviews": "It answered without reading the table",
        },
    ),
    "floats": Wrong(
        {
            ENTITY: "    return {name: _float(value) for name, value in item.items() if name not in KEYS}\n\n\n"
            "def _float(value):\n    return float(value) if isinstance(value, Decimal) else value\n"
        },
        {
            "entities.product": "at price: the float",
            "entities.order": "at total: the float",
            "entities.review": "at rating: the float",
        },
    ),
    "keys-leak": Wrong(
        {ENTITY: "    return dict(item)\n"},
        {
            "entities.product": "the answer has the attribute PK, which was not given",
            "entities.order": "the answer has the attribute PK, which was not given",
            "entities.review": "the answer has the attribute PK, which was not given",
        },
    ),
    "keys-leak-from-one-question": Wrong(
        {ORDERS: ORDERS.replace("[_entity(one) for one in found]", "[dict(one) for one in found]")},
        {"questions.orders": "is not what place_order was given: the answer has the attribute PK, which was not given"},
    ),
    "attributes-as-text": Wrong(
        {'"DETAILS"), details)': '"DETAILS"), {**details, "attributes": str(details["attributes"])})'},
        {"entities.product": "at attributes: "},
    ),
    "nothing-is-an-error": Wrong(
        {"return None if item is None else _entity(item)": "return _entity(item)"},
        {
            "entities.product": "get_product failed: AttributeError",
            "entities.order": "get_order failed: AttributeError",
            "questions.stock": "inventory_level failed: AttributeError",
        },
    ),
    "nothing-is-an-empty-object": Wrong(
        {"return None if item is None else _entity(item)": "return {} if item is None else _entity(item)"},
        {
            "entities.product": "an object instead of None",
            "entities.order": "an object instead of None",
            "questions.stock": "inventory_level failed: KeyError",
        },
    ),
    "stock-as-text": Wrong(
        {STOCK: STOCK.replace("int(", "str(")},
        {"questions.stock": "it says '", "questions.stock-current": "inventory_level does not return what was set"},
    ),
    "stock-remembered": Wrong(
        {
            STOCK: """        if product_id not in self._known:
            self._known[product_id] = self._get(_product_key(product_id, "STOCK"))
        stock = self._known[product_id]
        return None if stock is None else int(stock["quantity"])
""",
            TABLE: f"{TABLE}        self._known: dict = {{}}\n",
        },
        {
            "questions.stock": "It answered without reading the table",
            "questions.stock-current": "inventory_level does not return what was set a moment before",
        },
    ),
    "stock-on-the-product-and-lost-with-it": Wrong(
        {
            '        self._put(_product_key(product_id, "STOCK"), stock)\n': """        self._table.update_item(
            Key=_product_key(product_id, "DETAILS"), UpdateExpression="SET quantity = :q",
            ExpressionAttributeValues={":q": quantity})
""",
            STOCK: """        item = self._get(_product_key(product_id, "DETAILS"))
        return None if item is None else item.get("quantity")
""",
            '"Key": _product_key(product_id, "STOCK")': '"Key": _product_key(product_id, "DETAILS")',
            'return self._get(_product_key(product_id, "DETAILS"))\n\n    def record': """item = self._get(_product_key(product_id, "DETAILS"))
        return item and {name: value for name, value in item.items() if name != "quantity"}

    def record""",
        },
        {
            "entities.order": "place_order failed: botocore.errorfactory.TransactionCanceledException",
            "questions.orders": "place_order failed: botocore.errorfactory.TransactionCanceledException",
            "orders.sequences": "get_product answers an object instead of None",
        },
    ),
    "prices-newest-first": Wrong(
        {PRICES: PRICES.replace("for one in found]", "for one in reversed(found)]")},
        {"questions.prices": "not in the order of their dates, oldest first"},
    ),
    "prices-with-their-expiry": Wrong(
        {PRICES: PRICES.replace('"price": one["price"]}', '"price": one["price"], "expiresAt": one["expiresAt"]}')},
        {"questions.prices": "the answer has the attribute expiresAt, which was not given"},
    ),
    "prices-among-everything-of-the-product": Wrong(
        {
            PRICES: """        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]))
        entries = [one for one in found if one["SK"].startswith("PRICE#")]
        return [{"date": one["date"], "price": one["price"]} for one in entries if since <= one["date"] <= until]
"""
        },
        {"questions.prices-cost": "reads more as the table grows, for the same answer"},
    ),
    "prices-in-milliseconds": Wrong(
        record("int(expires.timestamp()) * 1000"),
        {"expiry.price-records": "is in milliseconds; time to live reads seconds", "expiry.expired": "still exists"},
    ),
    "prices-expire-by-a-text": Wrong(
        record("str(int(expires.timestamp()))"),
        {"expiry.price-records": "is a text of digits", "expiry.expired": "still exists"},
    ),
    "prices-expire-by-a-date": Wrong(
        record("expires.isoformat()"),
        {"expiry.price-records": "is a date as text", "expiry.expired": "still exists"},
    ),
    "prices-expire-by-another-name": Wrong(
        {RECORD: RECORD.replace("expiresAt", "ExpiresAt")},
        {
            "expiry.price-records": "has ExpiresAt, but time to live looks at expiresAt: names are case-sensitive",
            "expiry.expired": "still exists",
        },
    ),
    "prices-that-come-with-a-product-never-expire": Wrong(
        {
            'self.record_price(product["productId"], entry["price"], entry["date"])': (
                'self._put(_product_key(product["productId"], f"PRICE#{entry[\'date\']}"), entry)'
            )
        },
        {"expiry.price-records": "does not have expiresAt, so it never expires", "expiry.expired": "still exists"},
    ),
    "prices-of-no-leap-day": Wrong(
        {RECORD: f"        datetime.fromisoformat(date).replace(year=int(date[:4]) + 2)\n{RECORD}"},
        {
            "entities.product": "put_product failed: ValueError: day is out of range for month",
            "questions.prices": "put_product failed: ValueError: day is out of range for month",
        },
    ),
    "prices-lose-the-last-day": Wrong(
        {PRICES: PRICES.replace("for one in found]", 'for one in found if one["date"] != until]')},
        {
            "questions.prices": "the day at the window's edge, 2026-03-01, belongs to the window",
            "expiry.expired": "price_history does not return all prices that were just recorded",
        },
    ),
    "prices-in-cents": Wrong(
        {PRICES: PRICES.replace('one["price"]}', 'round(one["price"], 2)}')},
        {"questions.prices": "A price is not what was recorded: at ["},
    ),
    "prices-expire-in-a-map": Wrong(
        {
            RECORD: RECORD.replace(
                '"expiresAt": int(expires.timestamp())', '"meta": {"expiresAt": int(expires.timestamp())}'
            )
        },
        {
            "expiry.price-records": "inside another attribute, where time to live does not look",
            "expiry.expired": "still exists",
        },
    ),
    "prices-never-expire": Wrong(
        {RECORD: RECORD.replace(', "expiresAt": int(expires.timestamp())', "")},
        {"expiry.price-records": "does not have expiresAt, so it never expires", "expiry.expired": "still exists"},
    ),
    "prices-expire-two-years-from-now": Wrong(
        {"datetime.fromisoformat(date).replace(tzinfo=UTC) + PRICES": "datetime(2026, 3, 1, 9, tzinfo=UTC) + PRICES"},
        {
            "expiry.price-records": "is two years from now, not from the price's date",
            "expiry.expired": "still exists",
        },
    ),
    "prices-expire-at-once": Wrong(
        {".replace(tzinfo=UTC) + PRICES_EXPIRE_AFTER": ".replace(tzinfo=UTC)"},
        {
            "expiry.price-records": "is the price's own date: it is due to expire at once",
            "expiry.expired": "is gone, before",
        },
    ),
    "prices-expire-after-a-year": Wrong(
        {"timedelta(days=730)": "timedelta(days=365)"},
        {
            "expiry.price-records": "is 365 days after the price's date, not 730 days after it",
            "expiry.expired": "is gone, before",
        },
    ),
    "products-expire": Wrong(
        {
            '"DETAILS"), details)': '"DETAILS"), {**details, "expiresAt": 1800000000})',
            'KEYS = ("PK", "SK", "GSI1PK", "GSI1SK")': 'KEYS = ("PK", "SK", "GSI1PK", "GSI1SK", "expiresAt")',
        },
        {"expiry.expired": "get_product gives another answer than before, so time to live deleted more than prices"},
    ),
    "prices-in-the-products-list": Wrong(
        {
            RECORD: """        self._table.update_item(
            Key=_product_key(product_id, "DETAILS"),
            UpdateExpression="SET priceHistory = list_append(if_not_exists(priceHistory, :none), :new)",
            ExpressionAttributeValues={":none": [], ":new": [{"date": date, "price": price, "expiresAt": int(expires.timestamp())}]},
        )
""",
            PRICES: """        item = self._get(_product_key(product_id, "DETAILS")) or {}
        entries = [{"date": one["date"], "price": one["price"]} for one in item.get("priceHistory", [])]
        return sorted((one for one in entries if since <= one["date"] <= until), key=lambda one: one["date"])
""",
            'self._put(_product_key(product["productId"], "DETAILS"), details)': (
                'kept = self._get(_product_key(product["productId"], "DETAILS")) or {}\n'
                '        details = {**{"priceHistory": kept.get("priceHistory", [])}, **details}\n'
                '        self._put(_product_key(product["productId"], "DETAILS"), details)'
            ),
        },
        {
            "expiry.price-records": "keeps the price in a list of an existing item, so it cannot expire alone",
            "expiry.expired": "still exists, more than two years after its date",
            "questions.prices-cost": "reads more as the table grows, for the same answer",
        },
    ),
    "the-environments-credentials": Wrong(
        {TABLE: '        import boto3\n        self._table = boto3.resource("dynamodb").Table(table_name)\n'},
        {"entities.session": "ignores the session that it got"},
    ),
    "exits": Wrong(
        {PUT_REVIEW: "        import sys\n        sys.exit(3)\n"},
        {
            "entities.single-table": "put_review failed: SystemExit: 3",
            "entities.review": "put_review failed: SystemExit: 3",
            "questions.reviews": "put_review failed: SystemExit: 3",
        },
    ),
    "dies": Wrong(
        {REVIEWS: "        import os\n        os._exit(4)\n"},
        {
            "entities.review": "reviews_for_product failed: its process ended during the call, with exit code 4",
            "questions.reviews": "reviews_for_product failed: its process ended during the call, with exit code 4",
        },
    ),
    "ids-in-lower-case": Wrong(
        {
            'def _customer_key(customer_id: str) -> str:\n    return f"CUSTOMER#{customer_id}"': (
                'def _customer_key(customer_id: str) -> str:\n    return f"CUSTOMER#{customer_id.lower()}"'
            )
        },
        {"questions.orders": "that should not be there"},
    ),
    "queries-that-aws-refuses": Wrong(
        {
            ORDERS: """        late = Key("GSI1SK").gte(f"ORDER#{since}") | Key("GSI1SK").lte(f"ORDER#{until}$")
        found = self._query(Key("GSI1PK").eq(_customer_key(customer_id)) & late, IndexName="GSI1")
        return [_entity(one) for one in found if since <= one["orderDate"] <= until]
""",
            REVIEWS: """        others = Key("SK").begins_with("REVIEW#") & Key("SK").gt("REVIEW#")
        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & others)
        return [_entity(one) for one in found]
""",
            STOCK: """        found = self._query(Key("PK").eq(_product_key(product_id)["PK"]) & Key("SK").gt(7))
        return next((int(one["quantity"]) for one in found if "quantity" in one), None)
""",
        },
        {
            "questions.orders": "Invalid operator used in KeyConditionExpression: OR",
            "entities.review": "KeyConditionExpressions must only contain one condition per key",
            "questions.reviews": "KeyConditionExpressions must only contain one condition per key",
            "questions.stock": "Condition parameter type does not match schema type",
            "questions.stock-current": "Condition parameter type does not match schema type",
        },
    ),
    "loose-requests": Wrong(
        {
            '        return self._get(_product_key(product_id, "DETAILS"))\n': """        key = {**_product_key(product_id, "DETAILS"), "GSI1PK": "x"}
        return self._get(key)
""",
            PRICES: """        answer = self._table.query(
            KeyConditionExpression="PK = :p",
            ExpressionAttributeValues={":p": _product_key(product_id)["PK"], ":since": since},
        )
        return [{"date": one["date"], "price": one["price"]} for one in answer["Items"] if "price" in one]
""",
            STOCK: """        answer = self._table.query(
            KeyConditionExpression="p = :p",
            ExpressionAttributeNames={"p": "PK"},
            ExpressionAttributeValues={":p": _product_key(product_id)["PK"]},
        )
        return next((int(one["quantity"]) for one in answer["Items"] if "quantity" in one), None)
""",
        },
        {
            "entities.product": "The provided key element does not match the schema",
            "expiry.expired": "Value provided in ExpressionAttributeValues unused in expressions: keys: {:since}",
            "questions.prices": "Value provided in ExpressionAttributeValues unused in expressions: keys: {:since}",
            "questions.stock": 'ExpressionAttributeNames contains invalid key: Syntax error; key: "p"',
            "questions.stock-current": 'ExpressionAttributeNames contains invalid key: Syntax error; key: "p"',
        },
    ),
    "index-key-of-another-type": Wrong(
        {"""f"ORDER#{order['orderDate']}#{order['orderId']}",""": "int(order['orderDate'].replace('-', '')),"},
        {
            "entities.order": "Type mismatch for Index Key GSI1SK Expected: S Actual: N IndexName: GSI1",
            "entities.single-table": "Type mismatch for Index Key GSI1SK Expected: S Actual: N IndexName: GSI1",
            "questions.orders": "Type mismatch for Index Key GSI1SK Expected: S Actual: N IndexName: GSI1",
            "orders.placed": "Type mismatch for Index Key GSI1SK Expected: S Actual: N IndexName: GSI1",
            "orders.one-transaction": "place_order failed: ",
            "orders.at-once": "place_order failed: ",
            "orders.status": "place_order failed: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "answers-with-a-generator": Wrong(
        {REVIEWS: REVIEWS.replace("[_entity(one) for one in found]", "(_entity(one) for one in found)")},
        {
            "entities.review": "reviews_for_product returned a generator, not plain data",
            "questions.reviews": "reviews_for_product returned a generator, not plain data",
        },
    ),
    "answers-with-what-equals-everything": Wrong(
        {
            REVIEWS: """        class Equal:
            def __eq__(self, other):
                return True
        return Equal()
"""
        },
        {
            "entities.review": "reviews_for_product returned a Equal, not plain data",
            "questions.reviews": "reviews_for_product returned a Equal, not plain data",
        },
    ),
    "lacks-a-method": Wrong(
        {"def reviews_for_product(": "def reviews_of_product("},
        {
            "entities.review": "Store has no method reviews_for_product",
            "questions.reviews": "Store has no method reviews_for_product",
        },
    ),
}
"""Mistakes by their names."""


@pytest.fixture(scope="module")
def made() -> Iterator[Rig]:
    with rig() as opened:
        yield opened


def waiting(findings: Iterable[str]) -> set[str]:
    """What is not judged where these findings fail: what an answer costs, and how partition keys are shared."""
    return {"questions.partition-keys" if one == "entities.single-table" else f"{one}-cost" for one in findings}


def touched(wrong: Wrong) -> set[str]:
    """The findings that a mistake may change: those that it names, and those that wait for them."""
    return {*wrong.findings, *waiting(wrong.findings)}


def rounds() -> list[tuple[str, ...]]:
    """The mistakes, in as few groups as there can be for mistakes of one group to concern different findings, and to
    change different parts of the text: each run of a store takes seconds."""
    groups: list[list[str]] = []
    for name, wrong in WRONG.items():
        for group in groups:
            others = [WRONG[one] for one in group]
            apart = not [one for one in others if touched(one) & touched(wrong)]
            if apart and not [one for one in others if one.changes.keys() & wrong.changes.keys()]:
                group.append(name)
                break
        else:
            groups.append([name])
    return [tuple(group) for group in groups]


@pytest.mark.proof
@pytest.mark.parametrize(
    "names",
    [pytest.param(names, id=" ".join(names)) for names in rounds()],
)
def test_a_mistake_costs_what_it_concerns_and_is_named(made: Rig, tmp_path: Path, names: tuple[str, ...]) -> None:
    changes = {before: after for name in names for before, after in WRONG[name].changes.items()}
    expected = {finding: text for name in names for finding, text in WRONG[name].findings.items()}

    findings = made.findings_of(reference_with(tmp_path, changes))

    failed = {one.id: one.message for one in findings.values() if one.status is Status.FAIL}
    assert failed.keys() == expected.keys(), failed
    for finding_id, text in expected.items():
        finding = findings[finding_id]
        assert text in finding.message
        assert "" not in (finding.expected, finding.actual, finding.remedy, finding.resource)
    skipped = {one.id for one in findings.values() if one.status is Status.SKIP}
    assert skipped == waiting(expected) & findings.keys()
    assert not [one for one in findings.values() if one.status is Status.ERROR]


@pytest.mark.proof
def test_the_reference_has_none(made: Rig, tmp_path: Path) -> None:
    findings = made.findings_of(reference_with(tmp_path, {}))

    assert {one.status for one in findings.values()} == {Status.PASS}
    assert len(findings) == 23
