"""The embedded account and ministack answer the same requests: right ones, and such as break one rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.accounts import endpoint
from tests.fidelity import comparison, servers
from tests.fidelity.disagreements import SETTLED
from tests.fidelity.requests import MAKERS, Request, right
from tests.fidelity.rules import BREAKAGES, Breakage, broken
from tests.fidelity.tables import TABLES

pytestmark = pytest.mark.proof

SEQUENCES = 150
LONGEST_SEQUENCE = 6
TRIES_OF_A_RULE = 8
"""How many requests break each rule."""

Pair = tuple[servers.Server, servers.Server]
Test = Callable[..., None]


def repeated(times: int) -> Callable[[Test], Test]:
    """Runs a test with this many generated examples, the same ones in each run."""
    return settings(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """The embedded account and ministack, with the same tables."""
    with servers.ministack() as other, endpoint() as embedded:
        if other is None:
            pytest.skip("ministack is not installed")
        both = servers.Server(embedded), servers.Server(other)
        for one in both:
            comparison.fill(one)
        yield both
        for one in both:
            one.close()


def differences(pair: Pair, request: Request, rule: str = "") -> list[str]:
    """What differs in the answers to a request, if it is not settled."""
    ours, theirs = (comparison.outcome(one, request) for one in pair)
    if ours == theirs or any(one.applies(rule, request, ours, theirs) for one in SETTLED):
        return []
    fields = {**ours, **theirs}
    told = [name for name in fields if ours.get(name) != theirs.get(name)]
    return [
        f"{rule or 'a right request'}: {request.operation} {json.dumps(request.parameters, ensure_ascii=False)}",
        *(f"{name}: embedded {ours.get(name)!r}, ministack {theirs.get(name)!r}" for name in told),
    ]


def settle(pair: Pair, *requests: Request) -> list[str]:
    """Restores what the requests may have changed. Says where the tables differed."""
    found = []
    for table in comparison.changed(requests):
        held = [comparison.contents(one, table) for one in pair]
        if held[0] != held[1]:
            found.append(f"{table.name}: embedded {held[0]}, ministack {held[1]}")
        for server, items in zip(pair, held, strict=True):
            comparison.restore(server, table, items)
    return found


@repeated(SEQUENCES)
@given(sequence=st.lists(right(), min_size=1, max_size=LONGEST_SEQUENCE))
def test_right_requests_get_the_same_answers(pair: Pair, sequence: list[Request]) -> None:
    found: list[str] = []
    for request in sequence:
        found = differences(pair, request)
        if found:
            break
    contents = settle(pair, *sequence)
    assert not found, "\n".join(found)
    assert not contents, "\n".join([*map(str, sequence), *contents])


@pytest.mark.parametrize("breakage", BREAKAGES, ids=str)
def test_both_refuse_what_breaks_a_rule(breakage: Breakage, pair: Pair) -> None:
    @repeated(TRIES_OF_A_RULE)
    @given(broken(breakage))
    def check(request: Request) -> None:
        found = differences(pair, request, breakage.rule)
        settle(pair, request)
        assert not found, "\n".join(found)

    check()


def test_generated_requests_are_of_all_kinds() -> None:
    """What is not generated is not compared: each operation, each parameter of a request."""
    seen: dict[str, Any] = {operation: set() for operation in MAKERS}

    @repeated(60)
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        for operation, make in MAKERS.items():
            for _, part, table in make(data.draw).parts():
                seen[operation].update(part)
                assert table in TABLES

    collect()
    assert {*seen["Query"]} >= {
        *("KeyConditionExpression", "KeyConditions", "FilterExpression", "QueryFilter", "ProjectionExpression"),
        *("AttributesToGet", "IndexName", "Limit", "ScanIndexForward", "Select", "ConsistentRead", "ExclusiveStartKey"),
        *("ExpressionAttributeNames", "ExpressionAttributeValues", "ConditionalOperator"),
    }
    assert {*seen["Scan"]} >= {
        "FilterExpression",
        "ScanFilter",
        "IndexName",
        "Limit",
        "Segment",
        "TotalSegments",
        "Select",
    }
    for operation in ("PutItem", "UpdateItem", "DeleteItem"):
        assert seen[operation] >= {
            "ConditionExpression",
            "Expected",
            "ReturnValues",
            "ReturnValuesOnConditionCheckFailure",
        }
    assert seen["UpdateItem"] >= {"UpdateExpression", "AttributeUpdates"}
    assert seen["TransactWriteItems"] >= {"ConditionExpression", "UpdateExpression", "Item", "Key"}
    assert seen["BatchGetItem"] >= {"Keys", "ProjectionExpression", "AttributesToGet", "ConsistentRead"}
