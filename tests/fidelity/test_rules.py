"""Every rule of the engine is broken by generated requests, and each such request breaks that rule."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fidelity.engine import rule_of, rules_of_the_engine
from tests.fidelity.requests import Request, right
from tests.fidelity.rules import BREAKAGES, Breakage, broken

ABOUT_ITEMS = {
    *("", "condition-false", "update-path", "operand-missing", "update-operand-value", "update-attribute-type"),
    *("sum-digits",),
}
"""What may come of a right request, because of what the items hold."""

generated = functools.partial(
    settings,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same examples in each run."""


@pytest.mark.proof
@pytest.mark.parametrize("breakage", BREAKAGES, ids=str)
def test_a_request_breaks_the_rule_that_it_is_made_for(breakage: Breakage) -> None:
    @generated(max_examples=5)
    @given(broken(breakage))
    def check(requests: list[Request]) -> None:
        assert rule_of(*requests) == breakage.rule, requests

    check()


def test_every_rule_of_the_engine_is_broken() -> None:
    assert rules_of_the_engine() <= {one.rule for one in BREAKAGES}


@pytest.mark.proof
@generated(max_examples=300)
@given(right())
def test_right_requests_break_only_rules_about_what_items_hold(request: Request) -> None:
    assert rule_of(request) in ABOUT_ITEMS, request
