"""DynamoDB Streams: whether changes are captured now, and what a record holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from checks.facts.tables import API, GUIDE, Table, refuse_unknown
from harness.checking.check import Failed, Passed, check

ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


class StreamedTable(Table):
    """A table whose stream is checked."""

    requires = (*Table.requires, "streams.enabled")

    @property
    def specification(self) -> dict[str, Any] | None:
        """The specification of its stream; None if the stream is disabled, or if there is none."""
        found: dict[str, Any] = self.settled("stream").get("StreamSpecification", {})
        return found if found.get("StreamEnabled", False) else None

    @property
    def stream_arn(self) -> str:
        """The ARN of its stream, or the table's own if that is unknown."""
        return str(self.description.get("LatestStreamArn", self.arn))


@check("streams.enabled", source=f"{GUIDE}Streams.html")
def enabled(table: StreamedTable) -> Passed:
    """A stream is enabled on the table now.

    The ARN of the latest stream stays in the table's description after the stream is disabled, so the ARN alone proves
    nothing.
    """
    if table.specification is None:
        former = table.description.get("LatestStreamArn")
        raise Failed(
            "The table's stream was disabled." if former else "The table has no stream.",
            expected="StreamSpecification.StreamEnabled true",
            actual=f"off; the ARN of a former stream remains: {former}" if former else "no stream",
            remedy="Enable it with UpdateTable: StreamSpecification with StreamEnabled=true and a StreamViewType.",
        )
    view_type = table.specification.get("StreamViewType", "unknown view type")
    return Passed(f"A stream is enabled ({view_type}).", actual=f"on, {view_type}", resource=table.stream_arn)


@check(
    "streams.view_type",
    example={"allowed": ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]},
    source=f"{API}API_StreamSpecification.html",
)
def view_type(table: StreamedTable, allowed: Sequence[ViewType]) -> Passed:
    """The stream's records show what the lab needs to know about each change."""
    expected = " or ".join(allowed)
    if table.specification is None:
        message = "The table has no enabled stream."
        remedy = f"Enable one with UpdateTable: StreamSpecification with StreamViewType={expected}."
        raise Failed(message, expected=expected, actual="no stream", remedy=remedy)
    found = table.specification.get("StreamViewType")
    refuse_unknown("The stream's view type is", found, get_args(ViewType))
    message = f"The stream's view type is {found}."
    if found not in allowed:
        remedy = "A stream's view type cannot be changed: disable the stream, then enable it with the right one."
        raise Failed(message, expected=expected, actual=str(found), remedy=remedy)
    return Passed(message, actual=str(found), resource=table.stream_arn)
