"""Price records: due two years after their date, and then gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import CallRecord, Change, TimeJump
from harness.driving.scenario import BEFORE_EXPIRY, NEW_RECORDS
from tests.checks.code.evidence import STORE, TODAY, ago, called, change, exchange, failed, gathered, judged, told
from tests.each import each
from tests.support import denied, judge, table

DAY = ago(100)
PRICE = Decimal("9.99")
KEY = {"PK": {"S": "P1"}, "SK": {"S": "x"}}


def seconds(days: float, since: str = DAY) -> int:
    start = datetime.combine(date.fromisoformat(since), datetime.min.time(), UTC)
    return int((start + timedelta(days=days)).timestamp())


def recorded(*changes: Change) -> Finding:
    return judged("code.expiry", called(NEW_RECORDS, "record_price", "P1", PRICE, DAY, changes=changes))


def new(ttl: Any) -> Change:
    return change({**KEY, "ttl": ttl})


class TestExpiry:
    @each("days", [729, 730, 730.9, 731, 732])
    def test_two_years_after_the_date_pass(self, days: float) -> None:
        assert recorded(new({"N": str(seconds(days))})).status is Status.PASS

    def test_another_item_beside_it_may_be_there(self) -> None:
        latest = change({**KEY, "latest": {"N": "9.99"}}, KEY)

        assert recorded(latest, new({"N": f"{seconds(730)}.5"}), change({"PK": {"S": "pointer"}})).status is Status.PASS

    @each("ttl", ["{:E}", "{:f}.000", "{:.1f}", "+{:f}", "{:.10e}"])
    def test_a_number_is_read_by_its_value(self, ttl: str) -> None:
        assert recorded(new({"N": ttl.format(Decimal(seconds(730)))})).status is Status.PASS

    @each(
        ("ttl", "said"),
        [
            ({"N": f"{Decimal(seconds(730) * 1000):E}"}, "is in milliseconds; time to live reads seconds."),
            ({"S": f"{Decimal(seconds(730)):E}"}, "is a text of digits; time to live reads only a Number."),
            ({"N": str(seconds(730) * 1000)}, "is in milliseconds; time to live reads seconds."),
            ({"N": str(seconds(730) * 1_000_000)}, "is in microseconds; time to live reads seconds."),
            ({"S": str(seconds(730))}, "is a text of digits; time to live reads only a Number."),
            ({"S": "2027-11-21T00:00:00"}, "is a date as text; time to live reads only epoch seconds."),
            ({"S": "soon"}, "is of the type S; time to live reads only a Number."),
            ({"M": {}}, "is of the type M; time to live reads only a Number."),
            ({}, "is of the type ?; time to live reads only a Number."),
            ({"N": str(seconds(730, ago(0)))}, "is two years from now, not from the price's date"),
            ({"N": str(seconds(0))}, "is the price's own date: it is due to expire at once."),
            ({"N": str(seconds(365))}, "is 365 days after the price's date, not 730 days after it."),
            ({"N": str(seconds(-30))}, "is 30 days before the price's date"),
            ({"N": "1E+125"}, "is more than 270 years from the price's date"),
            ({"N": "9" * 30}, "is more than 270 years from the price's date"),
            ({"N": str(seconds(728.9))}, "is 729 days after the price's date"),
            ({"N": str(seconds(732.1))}, "is 732 days after the price's date"),
            ({"N": "NaN"}, "is of the type N"),
        ],
    )
    def test_a_wrong_value_is_named(self, ttl: Any, said: str) -> None:
        assert said in told(recorded(new(ttl)))

    def test_where_the_price_went_is_named(self) -> None:
        before = {**KEY, "history": {"L": []}}
        grown = change({**KEY, "history": {"L": [{"M": {"ttl": {"N": str(seconds(730))}}}]}}, before)
        nested = change({**KEY, "meta": {"M": {"ttl": {"N": str(seconds(730))}}}})

        assert "keeps the price in a list of an existing item" in told(recorded(grown))
        assert "keeps the price in another item of an existing item" in told(
            recorded(change({**KEY, "price": {"N": "1"}}, KEY))
        )
        assert told(recorded()) == "record_price adds no item to the table."
        assert "has ttl inside another attribute, where time to live does not look" in told(recorded(nested))
        assert told(recorded(change(KEY))) == "The price record does not have ttl, so it never expires."
        assert told(recorded(change(None, KEY))) == "record_price adds no item to the table."

    def test_an_attribute_that_differs_by_case_alone_is_named(self) -> None:
        finding = recorded(change({**KEY, "TTL": {"N": str(seconds(730))}}))

        assert told(finding) == ("The price record has TTL, but time to live looks at ttl: names are case-sensitive.")
        assert finding.remedy == "Write ttl, spelt exactly like the attribute for which time to live is enabled."

    def test_prices_that_come_with_a_product_expire_too(self) -> None:
        history = [{"date": DAY, "price": PRICE}, {"date": ago(400), "price": PRICE}]
        details = change({**KEY, "name": {"S": "Lamp"}})
        first, second = new({"N": str(seconds(730))}), new({"N": str(seconds(730, ago(400)))})

        def put(*changes: Change) -> Finding:
            product = {"productId": "P1", "priceHistory": history}
            return judged("code.expiry", called(NEW_RECORDS, "put_product", product, changes=changes))

        assert put(details, first, second).message == (
            "Each of 2 prices became an item that expires two years after its date."
        )
        assert told(put(details)) == (
            f"put_product makes no item for the price of {DAY} in priceHistory, so it cannot expire."
        )
        assert told(put(details, first, change(KEY))) == "The price record does not have ttl, so it never expires."
        assert ago(400) in put(details, first).expected
        both = new({"N": str(seconds(730, TODAY.isoformat()))})
        assert "is two years from now, not from the price's date" in told(put(details, first, both))

    def test_a_failure_and_silence_are_told(self) -> None:
        call = called(NEW_RECORDS, "record_price", "P1", PRICE, DAY)

        assert told(judged("code.expiry", failed(call))).startswith("record_price failed: KeyError")
        assert judged("code.expiry").reason is Reason.UNREACHABLE

    def test_an_attribute_that_nobody_tells_is_no_verdict(self) -> None:
        answers = {"DescribeTable": table(), "DescribeTimeToLive": denied("DescribeTimeToLive")}

        finding = judge("code.expiry", answers, driven=STORE, evidence=gathered())
        silent = {**answers, "DescribeTimeToLive": {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED"}}}
        unnamed = judge("code.expiry", silent, driven=STORE, evidence=gathered())

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.DENIED)
        assert (unnamed.status, unnamed.reason) == (Status.ERROR, Reason.UNREACHABLE)


PUT = called(NEW_RECORDS, "put_product", {"productId": "P2", "priceHistory": [{"date": DAY, "price": PRICE}]})
READ = exchange("Query", examined=1)
WATCHED = (
    called(NEW_RECORDS, "record_price", "P1", PRICE, ago(0)),
    called(NEW_RECORDS, "record_price", "P1", PRICE, ago(700)),
)


def history(phase: str, *days: int, by: Any = READ) -> CallRecord:
    value = [{"date": ago(one), "price": PRICE} for one in days]
    return called(phase, "price_history", "P1", "2000-01-01", ago(0), value=value, by=by)


def product(phase: str, value: Any, by: Any = READ) -> CallRecord:
    return called(phase, "get_product", "P1", value=value, by=by)


def expired(*calls: CallRecord, days: int = 200, before: tuple[CallRecord, ...] | None = None) -> Finding:
    first = (*WATCHED, history(BEFORE_EXPIRY, 700, 0), product(BEFORE_EXPIRY, {"a": 1})) if before is None else before
    travel = TimeJump("later", TODAY + timedelta(days=days), 1)
    return judged("code.expired", *first, *calls, time_jumps=(travel,))


class TestExpired:
    def test_old_prices_gone_and_the_rest_as_before_pass(self) -> None:
        finding = expired(history("later", 0), product("later", {"a": 1}))

        assert (finding.status, finding.message) == (
            Status.PASS,
            f"By {TODAY + timedelta(days=200)} 1 item had expired: old prices, and nothing else.",
        )

    @each("left", [(0,), (700, 0)])
    def test_on_the_day_itself_either_is_right(self, left: tuple[int, ...]) -> None:
        assert expired(history("later", *left), days=30).status is Status.PASS

    @each(
        ("calls", "days", "said"),
        [
            (
                (history("later", 700, 0),),
                200,
                f"the price of {ago(700)} still exists, more than two years after its date.",
            ),
            ((history("later", 700),), 20, f"the price of {ago(0)} is gone, before two years are over."),
            ((history("later"),), 20, f"the price of {ago(700)} is gone, before two years are over."),
            (
                (product("later", None),),
                200,
                "get_product gives another answer than before, so time to live deleted more than prices",
            ),
            ((product("later", {"a": 2}),), 200, "at a: 2 instead of 1"),
            ((failed(product("later", None)),), 200, "get_product failed on"),
            ((history("later", 0, by=()),), 200, "price_history answered without reading the table."),
            ((product("later", {"a": 1}, by=()),), 200, "get_product answered without reading the table."),
            (
                (called("later", "price_history", "P1", "2000-01-01", ago(0), by=READ),),
                4000,
                "price_history returned None, not a list.",
            ),
        ],
    )
    def test_what_went_wrong_is_told(self, calls: tuple[CallRecord, ...], days: int, said: str) -> None:
        assert said in told(expired(*calls, days=days))

    @each(
        ("before", "said"),
        [
            ((*WATCHED, history(BEFORE_EXPIRY, 0)), "price_history does not return all prices that were just recorded"),
            ((*WATCHED, history(BEFORE_EXPIRY)), "price_history does not return all prices that were just recorded"),
            (
                (*WATCHED, PUT, history(BEFORE_EXPIRY, 700, 0)),
                "price_history does not return all prices that were just",
            ),
            ((WATCHED[0], failed(PUT), history(BEFORE_EXPIRY, 0)), "put_product failed: KeyError"),
            ((failed(WATCHED[0]), history(BEFORE_EXPIRY, 0)), "record_price failed: KeyError"),
            ((*WATCHED, failed(history(BEFORE_EXPIRY, 0))), "price_history failed: KeyError"),
        ],
    )
    def test_without_prices_nothing_can_expire(self, before: tuple[CallRecord, ...], said: str) -> None:
        assert said in told(expired(before=before), with_call=False)

    def test_a_product_may_come_with_its_prices_as_they_are_or_without(self) -> None:
        """Those of the past expire, so that the product says fewer of them."""
        now = {"a": 1, "priceHistory": [{"date": ago(700), "price": PRICE}, {"date": ago(0), "price": PRICE}]}
        later = {"a": 1, "priceHistory": [{"date": ago(0), "price": PRICE}]}
        before = (*WATCHED, history(BEFORE_EXPIRY, 700, 0), product(BEFORE_EXPIRY, now))

        assert expired(history("later", 0), product("later", later), before=before).status is Status.PASS
        assert expired(history("later", 0), product("later", {"a": 1}), before=before).status is Status.PASS
        assert "at a: 2 instead of 1" in told(expired(product("later", {**later, "a": 2}), before=before))
        assert "None instead of an object" in told(expired(product("later", None), before=before))

    def test_without_a_recorded_price_there_is_no_verdict(self) -> None:
        finding = expired(before=(history(BEFORE_EXPIRY, 0),))

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)

    def test_another_target_cannot_show_it(self) -> None:
        finding = judged("code.expired", *WATCHED)

        assert (finding.status, finding.reason) == (Status.SKIP, Reason.UNSUPPORTED)
