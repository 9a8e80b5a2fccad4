"""DynamoDB Streams: whether changes are captured now, and what of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from checks.facts.tables import API, GUIDE, Table, refuse_unknown
from harness.checking.check import Failed, Passed, check

ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


class StreamedTable(Table):
    """A table whose stream is looked at."""

    requires = (*Table.requires, "streams.enabled")

    @property
    def specification(self) -> dict[str, Any] | None:
        """What is said of its stream; None where that is switched off, or there is none."""
        found: dict[str, Any] = self.settled("stream").get("StreamSpecification", {})
        return found if found.get("StreamEnabled", False) else None

    @property
    def stream_arn(self) -> str:
        """The ARN of its stream, or its own where that is not told."""
        return str(self.description.get("LatestStreamArn", self.arn))


@check("streams.enabled", source=f"{GUIDE}Streams.html")
def enabled(table: StreamedTable) -> Passed:
    """A stream is enabled on the table now.

    The ARN of the latest stream stays in the table's description after the stream is switched off, so the ARN
    proves nothing.
    """
    if table.specification is None:
        former = table.description.get("LatestStreamArn")
        raise Failed(
            "The table's stream was switched off." if former else "The table has no stream.",
            expected="StreamSpecification.StreamEnabled true",
            actual=f"off; the ARN of a former stream remains: {former}" if former else "no stream",
            remedy="Enable it with UpdateTable: StreamSpecification with StreamEnabled=true and a StreamViewType.",
        )
    view_type = table.specification.get("StreamViewType", "view type not told")
    return Passed(f"A stream is enabled ({view_type}).", actual=f"on, {view_type}", resource=table.stream_arn)


@check(
    "streams.view_type",
    example={"allowed": ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]},
    source=f"{API}API_StreamSpecification.html",
)
def view_type(table: StreamedTable, allowed: Sequence[ViewType]) -> Passed:
    """The stream's records show what the lab needs of each change."""
    expected = " or ".join(allowed)
    if table.specification is None:
        message = "The table has no stream that is switched on."
        remedy = f"Enable one with UpdateTable: StreamSpecification with StreamViewType={expected}."
        raise Failed(message, expected=expected, actual="no stream", remedy=remedy)
    found = table.specification.get("StreamViewType")
    refuse_unknown("The stream's view type is", found, get_args(ViewType))
    message = f"The stream's view type is {found}."
    if found not in allowed:
        remedy = "A stream's view type cannot be changed: disable the stream, then enable it with the right one."
        raise Failed(message, expected=expected, actual=str(found), remedy=remedy)
    return Passed(message, actual=str(found), resource=table.stream_arn)
