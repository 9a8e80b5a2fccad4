"""Statements that the embedded account does not hold, each with the reason."""

GAPS: dict[str, str] = {
    "an-export-can-be-in-ion": "moto's exports are simpler than DynamoDB's",
    "an-export-can-be-filtered": "moto's exports are simpler than DynamoDB's",
    "a-mapping-needs-a-starting-position": "moto accepts this mapping",
    "a-mapping-at-a-stream-starts-at-an-end": "moto accepts this mapping",
    "a-mapping-has-at-most-5-filters": "moto accepts this mapping",
    "an-alarm-without-data-has-no-state": "moto's alarms are OK from the start",
}
"""By the id of the statement. A test fails for one that holds."""
