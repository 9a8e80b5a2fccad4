"""Streams: on now, with a view that shows what the lab needs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown
from tests.support import TABLE_ARN, denied, judge, not_found, table

STREAM_ARN = f"{TABLE_ARN}/stream/2026-01-01T00:00:00.000"
VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
BOTH = [("streams.enabled", {}), ("streams.view_type", {"allowed": ["NEW_AND_OLD_IMAGES"]})]


def stream(view_type: str = "NEW_AND_OLD_IMAGES", **changes: Any) -> dict[str, Any]:
    """A DescribeTable answer of a table with a stream."""
    specification = {"StreamEnabled": True, "StreamViewType": view_type}
    return table(**{"StreamSpecification": specification, "LatestStreamArn": STREAM_ARN, **changes})


OFF = [
    pytest.param(table(), "The table has no stream.", "no stream", id="never switched on"),
    pytest.param(
        table(LatestStreamArn=STREAM_ARN),
        "The table's stream was disabled.",
        f"off; the ARN of a former stream remains: {STREAM_ARN}",
        id="switched off, the ARN remains",
    ),
    pytest.param(
        table(LatestStreamArn=STREAM_ARN, StreamSpecification={"StreamEnabled": False}),
        "The table's stream was disabled.",
        f"off; the ARN of a former stream remains: {STREAM_ARN}",
        id="switched off and said so",
    ),
    pytest.param(
        stream(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_AND_OLD_IMAGES"}),
        "The table's stream was disabled.",
        f"off; the ARN of a former stream remains: {STREAM_ARN}",
        id="switched off, the view type remains",
    ),
]


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_any_stream_that_is_on_counts(view_type: str) -> None:
    holds(
        judge("streams.enabled", {"DescribeTable": stream(view_type)}, table="orders"),
        f"A stream is enabled ({view_type}).",
        actual=f"on, {view_type}",
        resource=STREAM_ARN,
    )


@pytest.mark.parametrize(("description", "message", "actual"), OFF)
def test_a_stream_that_is_off_fails(description: dict[str, Any], message: str, actual: str) -> None:
    fails(
        judge("streams.enabled", {"DescribeTable": description}, table="orders"),
        message,
        expected="StreamSpecification.StreamEnabled true",
        actual=actual,
        remedy="StreamEnabled=true",
    )


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_an_allowed_view_type_passes(view_type: str) -> None:
    holds(
        judge("streams.view_type", {"DescribeTable": stream(view_type)}, table="orders", allowed=VIEW_TYPES),
        f"The stream's view type is {view_type}.",
        actual=view_type,
        resource=STREAM_ARN,
    )


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_another_view_type_fails(view_type: str) -> None:
    allowed = [other for other in VIEW_TYPES if other != view_type]

    fails(
        judge("streams.view_type", {"DescribeTable": stream(view_type)}, table="orders", allowed=allowed),
        f"The stream's view type is {view_type}.",
        expected=" or ".join(allowed),
        actual=view_type,
        remedy="disable the stream, then enable it",
    )


@pytest.mark.parametrize(("description", "message", "actual"), OFF)
def test_a_stream_that_is_off_has_no_view_type(description: dict[str, Any], message: str, actual: str) -> None:
    fails(
        judge("streams.view_type", {"DescribeTable": description}, table="orders", allowed=["NEW_AND_OLD_IMAGES"]),
        "The table has no enabled stream.",
        expected="NEW_AND_OLD_IMAGES",
        actual="no stream",
        remedy="Enable one with UpdateTable",
    )


def test_a_view_type_of_the_future_is_no_verdict() -> None:
    is_unknown(
        judge("streams.view_type", {"DescribeTable": stream("DIFF")}, table="orders", allowed=["NEW_AND_OLD_IMAGES"]),
        "The stream's view type is DIFF, which this version does not know.",
    )


@pytest.mark.parametrize(("kind", "parameters"), BOTH)
@pytest.mark.parametrize("status", ["CREATING", "UPDATING"])
def test_a_table_that_changes_is_pending_and_passes_when_that_ends(
    kind: str, parameters: dict[str, Any], status: str
) -> None:
    answers = [stream(TableStatus=status), stream()]

    is_pending(
        judge(kind, {"DescribeTable": list(answers)}, table="orders", **parameters),
        f"The table is {status}: its stream may be changing.",
    )
    finding = judge(kind, {"DescribeTable": list(answers)}, wait_seconds=60, table="orders", **parameters)
    holds(finding, finding.message, resource=STREAM_ARN)


@pytest.mark.parametrize(("kind", "parameters"), BOTH)
def test_a_missing_table_fails(kind: str, parameters: dict[str, Any]) -> None:
    is_missing(judge(kind, {"DescribeTable": not_found()}, table="orders", **parameters))


@pytest.mark.parametrize(("kind", "parameters"), BOTH)
def test_denied_is_no_verdict(kind: str, parameters: dict[str, Any]) -> None:
    finding = judge(kind, {"DescribeTable": denied("DescribeTable")}, table="orders", **parameters)

    is_denied(finding, "dynamodb:DescribeTable")


@pytest.mark.parametrize(("kind", "parameters"), BOTH)
def test_an_emulator_need_not_tell_the_streams_arn(kind: str, parameters: dict[str, Any]) -> None:
    description = stream(LatestStreamArn=None)

    finding = judge(kind, {"DescribeTable": description}, faithful=False, table="orders", **parameters)

    holds(finding, finding.message)
