"""Evidence made by hand: what might have been gathered of a shop's Store, a call at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fixtures.dynamodb_ecommerce.scenario import shop
from harness.checking.finding import Finding, Status
from harness.driving.evidence import SESSION_ROLE, CallRecord, Change, Evidence, Exchange, TimeJump
from harness.driving.scenario import LITTLE, LOAD, Driven
from harness.submission.caller import Call, Failure, FailureKind
from tests.support import judge, table

TODAY = date(2026, 3, 1)
TABLE = "orders"
EXPIRING = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}}
STORE = Driven(
    name="store",
    module="store",
    class_name="Store",
    arguments=(TABLE, "archive"),
    made_with=("environ['TABLE_NAME']", "environ['ARCHIVE_BUCKET']"),
    session=True,
    tables=(TABLE,),
    scenario_name="shop",
    scenario=shop,
)


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def exchange(operation: str, **fields: Any) -> Exchange:
    """A request of the lab's table that succeeded."""
    plain = Exchange(SESSION_ROLE, "dynamodb", operation, (TABLE,), 200)
    return replace(plain, **fields)


def called(phase: str, method: str, *arguments: Any, value: Any = None, by: Any = (), **fields: Any) -> CallRecord:
    """A call that came to a value."""
    exchanges = by if isinstance(by, tuple) else (by,)
    return replace(CallRecord(phase, Call(method, arguments), value, None, exchanges), **fields)


def failed(one: CallRecord, kind: FailureKind = FailureKind.RAISED, summary: str = "KeyError: 'PK'") -> CallRecord:
    return replace(one, value=None, failure=Failure(kind, summary, "Traceback: line 3\n"))


def change(after: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None) -> Change:
    return Change(before, after)


def gathered(*calls: CallRecord, driven: Driven = STORE, time_jumps: tuple[TimeJump, ...] = ()) -> Evidence:
    return Evidence(driven.plain(), 7, TODAY, "", calls, time_jumps)


def judged(
    kind: str, *calls: CallRecord, driven: Driven = STORE, time_jumps: tuple[TimeJump, ...] = (), **parameters: Any
) -> Finding:
    """What a check of that kind says of these calls."""
    answers = {"DescribeTable": table(), "DescribeTimeToLive": EXPIRING}
    evidence = gathered(*calls, driven=driven, time_jumps=time_jumps)
    return judge(kind, answers, driven=driven, evidence=evidence, **parameters)


def told(finding: Finding, *, with_call: bool = True) -> str:
    """A failure's message, when it says everything else too: which call it was, where it was one."""
    assert finding.status is Status.FAIL, finding
    assert "" not in (finding.expected, finding.actual, finding.remedy, finding.resource)
    assert finding.detail or not with_call
    return finding.message


QUERY = exchange("Query", index="GSI1", condition="PK = 1", examined=2, returned=2, size=600)
WINDOW = (ago(30), ago(0))


def order(number: int, days: int, customer: str = "C1") -> dict[str, Any]:
    return {
        "orderId": f"O{number}",
        "customerId": customer,
        "orderDate": ago(days),
        "total": Decimal(number),
        "items": [],
    }


ORDERS = (order(1, 30), order(2, 0), order(3, 31), order(4, 5, "C10"))
PLACED = tuple(called(LOAD, "place_order", one) for one in ORDERS)


def orders(value: Any, *, phase: str = LITTLE, customer: str = "C1", by: Any = QUERY) -> CallRecord:
    """A customer's orders of the last 30 days are asked for."""
    return called(phase, "orders_for_customer", customer, *WINDOW, value=value, by=by)


PRODUCT = {"productId": "P1", "name": "Lamp", "price": Decimal("1.50"), "attributes": {"size": {"w": 1}, "tags": ["a"]}}
REVIEW = {"reviewId": "R1", "productId": "P1", "rating": 4, "comment": "", "date": ago(1)}
ORDER = {"orderId": "O1", "customerId": "C1", "orderDate": ago(1), "items": [], "total": Decimal(0)}
PUT = exchange("PutItem")
GET = exchange("GetItem")

WRITES = (
    called(LOAD, "put_product", {**PRODUCT, "priceHistory": []}, by=PUT),
    called(LOAD, "record_price", "P1", Decimal(1), ago(1), by=PUT),
    called(LOAD, "put_review", REVIEW, by=PUT),
    called(LOAD, "set_inventory", "P1", 5, ago(0), by=PUT),
    called(LOAD, "place_order", ORDER, by=exchange("TransactWriteItems")),
)


def without(method: str) -> tuple[CallRecord, ...]:
    return tuple(one for one in WRITES if one.method != method)
