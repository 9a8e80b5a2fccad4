"""What Lambda refuses in an event source mapping of a DynamoDB stream, and moto accepts.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.targets.embedded.request_models import Refusal

RULED = frozenset({"CreateEventSourceMapping", "UpdateEventSourceMapping"})
INVALID = "InvalidParameterValueException"
STREAM_ARN = re.compile(r"arn:[a-z-]+:dynamodb:[^:]*:[0-9]{12}:table/[^/]+/stream/.+")
POSITIONS = ("TRIM_HORIZON", "LATEST")
MOST_FILTERS = 5
"""The default quota of filters in a mapping.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"""


def refusal(operation: str, parameters: Mapping[str, Any]) -> Refusal | None:
    """Why Lambda would refuse a request, or None.

    Args:
        operation: one of RULED.
        parameters: as they crossed the wire; Lambda's model of the operation allows them.
    """
    filters = (parameters.get("FilterCriteria") or {}).get("Filters") or ()
    if len(filters) > MOST_FILTERS:
        return Refusal(
            INVALID, f"FilterCriteria has {len(filters)} filters, which exceeds the limit of {MOST_FILTERS}."
        )
    arn = str(parameters.get("EventSourceArn"))
    if operation != "CreateEventSourceMapping" or not STREAM_ARN.fullmatch(arn):
        return None
    position = parameters.get("StartingPosition")
    if position is None:
        where = "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
        return Refusal(INVALID, f"1 validation error detected: {where}")
    if position not in POSITIONS:
        return Refusal(INVALID, f"Unsupported starting position {position} for arn type: {arn}")
    return None
