"""Where a Store keeps what it is given."""

from __future__ import annotations

from typing import Any

from harness.checking.finding import Status
from harness.driving.scenario import LITTLE, LOAD
from tests.checks.code.evidence import REVIEW, WRITES, called, exchange, failed, judged, told, without
from tests.each import each


class TestSingleTable:
    def test_every_kind_in_the_table_passes(self) -> None:
        assert judged("code.one_table", *WRITES).status is Status.PASS

    @each(
        ("request_", "where"),
        [
            (exchange("PutItem", tables=("reviews",)), "the table reviews"),
            (exchange("TransactWriteItems", tables=("orders", "stock")), "the table stock"),
            (exchange("CreateTable", tables=("more",)), "the table more"),
            (exchange("PutObject", service="s3", tables=()), "s3 (PutObject)"),
            (exchange("PutItem", tables=("reviews",), status=403), "the table reviews"),
        ],
    )
    def test_a_write_to_somewhere_else_is_named(self, request_: Any, where: str) -> None:
        finding = judged("code.one_table", *WRITES, called(LOAD, "put_review", REVIEW, by=request_))

        assert (
            told(finding, with_call=False)
            == f"put_review writes to {where}, which breaks this lab's rule of one table."
        )
        assert "Several tables are not a bad practice" in finding.remedy

    @each(
        "request_",
        [exchange("GetItem", tables=("other",)), exchange("PutMetricData", service="cloudwatch", tables=())],
    )
    def test_what_keeps_no_data_may_go_elsewhere(self, request_: Any) -> None:
        other = called(LITTLE, "get_product", "P1", by=request_)

        assert judged("code.one_table", *WRITES, other).status is Status.PASS

    @each("method", ["put_product", "record_price", "put_review", "set_inventory", "place_order"])
    def test_a_kind_that_is_never_written_is_named(self, method: str) -> None:
        idle = called(LOAD, method, *next(one.arguments for one in WRITES if one.method == method))

        finding = judged("code.one_table", *without(method), idle)

        assert told(finding, with_call=False) == f"{method} writes nothing to the table orders."
        assert finding.actual == "1 call and no request"

    def test_a_write_that_failed_shows_its_error(self) -> None:
        broken = failed(
            called(LOAD, "put_review", REVIEW, by=exchange("PutItem", status=400, code="ValidationException"))
        )

        assert told(judged("code.one_table", *without("put_review"), broken)).startswith("put_review failed: KeyError")
