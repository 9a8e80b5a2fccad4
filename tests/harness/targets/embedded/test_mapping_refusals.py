"""Mappings that Lambda refuses are refused, and their right neighbours are not."""

from __future__ import annotations

from typing import Any

import pytest

from harness.targets.embedded.mapping_refusals import INVALID, refusal

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
FILTER = {"Pattern": "{}"}


@pytest.mark.parametrize(
    ("operation", "parameters", "says"),
    [
        ("CreateEventSourceMapping", {"EventSourceArn": STREAM}, "Value null at 'startingPosition'"),
        (
            "CreateEventSourceMapping",
            {"EventSourceArn": STREAM, "StartingPosition": "AT_TIMESTAMP"},
            "Unsupported starting position AT_TIMESTAMP",
        ),
        (
            "CreateEventSourceMapping",
            {"EventSourceArn": STREAM, "StartingPosition": "LATEST", "FilterCriteria": {"Filters": [FILTER] * 6}},
            "6 filters",
        ),
        ("UpdateEventSourceMapping", {"UUID": "1", "FilterCriteria": {"Filters": [FILTER] * 6}}, "6 filters"),
    ],
)
def test_what_lambda_refuses_is_refused(operation: str, parameters: dict[str, Any], says: str) -> None:
    refused = refusal(operation, parameters)

    assert refused is not None
    assert refused.code == INVALID
    assert says in refused.message


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateEventSourceMapping", {"EventSourceArn": STREAM, "StartingPosition": "TRIM_HORIZON"}),
        (
            "CreateEventSourceMapping",
            {"EventSourceArn": STREAM, "StartingPosition": "LATEST", "FilterCriteria": {"Filters": [FILTER] * 5}},
        ),
        ("CreateEventSourceMapping", {"EventSourceArn": QUEUE}),
        ("UpdateEventSourceMapping", {"UUID": "1", "FilterCriteria": {}}),
    ],
)
def test_what_lambda_accepts_is_accepted(operation: str, parameters: dict[str, Any]) -> None:
    assert refusal(operation, parameters) is None
