"""DynamoDB Streams: whether changes are captured now, and what of them."""

from __future__ import annotations

from collections.abc import Sequence

from checks.facts.tables import TABLE, describe_table, refuse_unknown, refuse_while_updating
from harness.checking.check import Context, Failed, Passed, check

STREAMS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"
VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


@check(
    "streams.enabled",
    parameters={"table": TABLE},
    example={"table": "${table_name}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists",),
    source=STREAMS,
)
def enabled(context: Context, table: str) -> Passed:
    """A stream is enabled on the table now.

    The ARN of the latest stream stays in the table's description after the stream is switched off, so the ARN
    proves nothing.
    """
    description = describe_table(context, table)
    refuse_while_updating(description, "stream")
    arn = description["TableArn"]
    specification = description.get("StreamSpecification", {})
    if not specification.get("StreamEnabled", False):
        former = description.get("LatestStreamArn")
        raise Failed(
            "The table's stream was switched off." if former else "The table has no stream.",
            expected="StreamSpecification.StreamEnabled true",
            actual=f"off; the ARN of a former stream remains: {former}" if former else "no stream",
            resource=arn,
            remedy="Enable it with UpdateTable: StreamSpecification with StreamEnabled=true and a StreamViewType.",
        )
    view_type = specification.get("StreamViewType", "view type not told")
    stream = description.get("LatestStreamArn", arn)
    return Passed(f"A stream is enabled ({view_type}).", actual=f"on, {view_type}", resource=stream)


@check(
    "streams.view_type",
    parameters={
        "table": TABLE,
        "allowed": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": VIEW_TYPES}},
    },
    example={"table": "${table_name}", "allowed": ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "streams.enabled"),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
)
def view_type(context: Context, table: str, allowed: Sequence[str]) -> Passed:
    """The stream's records show what the lab needs of each change."""
    description = describe_table(context, table)
    refuse_while_updating(description, "stream")
    arn = description["TableArn"]
    expected = " or ".join(allowed)
    specification = description.get("StreamSpecification", {})
    if not specification.get("StreamEnabled", False):
        raise Failed(
            "The table has no stream that is switched on.",
            expected=expected,
            actual="no stream",
            resource=arn,
            remedy=f"Enable one with UpdateTable: StreamSpecification with StreamViewType={expected}.",
        )
    found = specification.get("StreamViewType")
    refuse_unknown("The stream's view type is", found, VIEW_TYPES, arn)
    if found not in allowed:
        raise Failed(
            f"The stream's view type is {found}.",
            expected=expected,
            actual=str(found),
            resource=arn,
            remedy="A stream's view type cannot be changed: disable the stream, then enable it with the right one.",
        )
    stream = description.get("LatestStreamArn", arn)
    return Passed(f"The stream's view type is {found}.", actual=str(found), resource=stream)
