"""Many cases in one test: all are tried, and a failure names each that failed."""

from __future__ import annotations

import inspect

import pytest

from tests.each import each


def test_all_cases_are_tried_and_those_that_failed_are_named() -> None:
    tried = []

    @each("number, word", [(1, "a"), (2, "b"), (3, "c"), pytest.param(4, "d", id="four")])
    def test(tmp: str, number: int, word: str) -> None:
        tried.append((tmp, number, word))
        assert number % 2, f"{number} is even"

    with pytest.raises(AssertionError, match="2 is even") as failed:
        test(tmp="x")

    assert tried == [("x", 1, "a"), ("x", 2, "b"), ("x", 3, "c"), ("x", 4, "d")]
    assert failed.value.__notes__ == ["failed with 2 of 4 cases: 2, 'b'; four"]
    assert list(inspect.signature(test).parameters) == ["tmp"]


def test_what_was_to_be_raised_and_was_not_is_a_failure() -> None:
    @each("value", ["1", "x", "y"], ids=lambda value: f"<{value}>")
    def test(value: str) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            int(value)

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE") as failed:
        test()

    assert failed.value.__notes__ == ["failed with 1 of 3 cases: <1>"]


def test_a_test_without_a_case_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no case"):
        each("value", [])(lambda value: None)
