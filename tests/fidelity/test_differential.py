"""The embedded account and ministack answer the same requests: right ones, and such as break one rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.accounts import endpoint
from tests.fidelity import comparison
from tests.fidelity.comparison import Outcome, Server
from tests.fidelity.disagreements import MINISTACK, NOT_SETTLED, RULES, SETTLED, Disagreement, deviation
from tests.fidelity.emulators import EMULATORS
from tests.fidelity.requests import MAKERS, Request, right
from tests.fidelity.rules import BREAKAGES, Breakage, broken
from tests.fidelity.tables import TABLES

pytestmark = pytest.mark.proof

SEQUENCES = 150
SHOWN = 2_000
LONGEST_SEQUENCE = 6
TRIES_OF_A_RULE = 12
TRIES_OF_AN_OPERATION = 6
"""How many requests of each operation break a rule, if its breakage names operations."""

Pair = tuple[Server, Server]
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
    [other] = (one for one in EMULATORS if one.name == MINISTACK)
    if not other.is_here:
        pytest.skip("MINISTACK names no ministack; .ci/run installs one")
    with other.start() as target, endpoint() as embedded:
        both = Server(embedded), Server(target.url)
        for one in both:
            comparison.fill(one)
        yield both
        for one in both:
            one.close()


def outcomes(pair: Pair, request: Request) -> tuple[Outcome, Outcome]:
    """What comes of a request in both."""
    ours, theirs = (comparison.outcome(one, request) for one in pair)
    return ours, theirs


def restore(pair: Pair, *requests: Request) -> None:
    """Restores in both what the requests may have changed."""
    for one in pair:
        comparison.restore(one, requests)


def described(request: Request, ours: Outcome, theirs: Outcome) -> str:
    """A request, and what of its outcomes differs."""
    lines = [f"{request.operation} {json.dumps(request.parameters, ensure_ascii=False)[:SHOWN]}"]
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return "\n".join(
        [*lines, *(f"{name}: embedded {ours.get(name)!r}, ministack {theirs.get(name)!r}" for name in names)]
    )


@repeated(SEQUENCES)
@given(sequence=st.lists(right(), min_size=1, max_size=LONGEST_SEQUENCE))
def test_right_requests_get_the_same_answers_or_the_difference_is_known(pair: Pair, sequence: list[Request]) -> None:
    found = ""
    for request in sequence:
        ours, theirs = outcomes(pair, request)
        if ours != theirs:  # the tables may differ from here on
            known = any(one.applies(request, ours, theirs) for one in SETTLED)
            found = "" if known else described(request, ours, theirs)
            break
    restore(pair, *sequence)
    assert not found, found


@pytest.mark.parametrize("known", SETTLED, ids=lambda one: one.about)
def test_a_known_difference_still_exists(known: Disagreement, pair: Pair) -> None:
    ours, theirs = outcomes(pair, known.example)
    restore(pair, known.example)
    assert ours != theirs
    assert known.applies(known.example, ours, theirs)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=str)
def test_both_refuse_what_breaks_a_rule_or_the_difference_is_known(breakage: Breakage, pair: Pair) -> None:
    found: dict[str, str] = {}

    def ask(requests: list[Request]) -> None:
        for request in requests[:-1]:
            outcomes(pair, request)
        ours, theirs = outcomes(pair, requests[-1])
        restore(pair, *requests)
        found.setdefault(deviation(ours, theirs), described(requests[-1], ours, theirs))

    for operation in breakage.operations:
        one = replace(breakage, operations=(operation,))
        repeated(TRIES_OF_AN_OPERATION)(given(broken(one))(ask))()
    if not breakage.operations:
        repeated(TRIES_OF_A_RULE)(given(broken(breakage))(ask))()
    found.pop("", None)
    known = [one for one in RULES.get(str(breakage), "").split(", ") if one]
    assert found.keys() <= set(known), "\n".join(found.values())
    assert bool(found) == bool(known), "ministack refuses all of these requests now"


def test_rows_are_about_breakages() -> None:
    assert {*RULES} <= {str(one) for one in BREAKAGES}
    assert {*NOT_SETTLED} <= {*RULES}


def test_generated_requests_are_of_all_kinds() -> None:
    """What is not generated is not compared: each operation, each parameter of a request."""
    seen: dict[str, Any] = {operation: set() for operation in MAKERS}

    @repeated(100)
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
