"""Statements that the embedded account does not hold, each with the reason."""

GAPS: dict[str, str] = {
    "an-export-can-be-in-ion": "moto's exports are simpler than DynamoDB's",
    "an-export-can-be-filtered": "moto's exports are simpler than DynamoDB's",
}
"""By the id of the statement. A test fails for one that holds."""
