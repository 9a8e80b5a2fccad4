"""BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.harness.targets.dynamodb.small_table import KEY, SmallTable

SCHEMA = "The provided key element does not match the schema"


@each(
    ("request", "says"),
    [
        ({"PutRequest": {"Item": {"pk": {"N": "5"}, "sk": {"N": "1"}}}}, SCHEMA),
        ({"PutRequest": {"Item": {"pk": {"L": [{"S": "x"}]}, "sk": {"N": "1"}}}}, SCHEMA),
        ({"PutRequest": {"Item": {"pk": {"S": "a"}, "other": {"S": "x"}}}}, SCHEMA),
        ({"DeleteRequest": {"Key": {"pk": {"S": "a"}}}}, SCHEMA),
        ({"DeleteRequest": {"Key": {**KEY, "other": {"S": "x"}}}}, SCHEMA),
        (
            {"PutRequest": {"Item": {"pk": {"S": ""}, "sk": {"N": "1"}}}},
            "cannot contain an empty string value. Key: pk",
        ),
        ({"PutRequest": {"Item": {**KEY, "g": {"N": "1"}}}}, "Type mismatch for Index Key g Expected: S Actual: N"),
    ],
)
def test_wrong_keys_in_a_batch(request: dict[str, Any], says: str) -> None:
    # Measured in us-east-1 and eu-west-2, October 2026.
    _, code, message = SmallTable().refusal("BatchWriteItem", RequestItems={"table": [request]})
    assert code == "ValidationException"
    assert says in message


def test_a_batch_does_not_mix_projections_and_older_parameters() -> None:
    asked = {
        "table": {"Keys": [KEY], "ProjectionExpression": "pk"},
        "other": {"Keys": [KEY], "AttributesToGet": ["pk"]},
    }
    rule, _, message = SmallTable().refusal("BatchGetItem", RequestItems=asked)
    assert rule == "legacy-and-expressions"
    assert message.endswith(
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


def test_a_request_of_a_batch_puts_or_deletes() -> None:
    requests: list[dict[str, Any]] = [{"Unknown": {}}, {"PutRequest": {"Item": KEY}, "DeleteRequest": {"Key": KEY}}]
    for request in requests:
        rule, code, _ = SmallTable().refusal("BatchWriteItem", RequestItems={"table": [request]})
        assert (rule, code) == ("batch-write-one-of", "ValidationException")
