"""The file of accepted outcomes: short, and still of every single mutant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.audit.outcomes import dump_outcomes, parse_outcomes, together

INDICES = st.integers(0, 4)
PLACES = st.builds("s3 Get Rules[{}].Keys[{}].Name".format, INDICES, INDICES) | st.builds("Rules[{}]".format, INDICES)
CHANGES = st.sampled_from(["absent", "doubled", "injected, and by another client"])
ODD = st.sampled_from(
    [
        "a: b: c",
        "a[0-1]: absent",
        "a[1,3]: absent",
        "a: b | c",
        "= a: b",
        "an account -> nothing: absent",
        "no colon",
        ": x",
    ]
)
MUTANTS = st.builds("{}: {}".format, PLACES, CHANGES) | ODD
OUTCOMES = st.dictionaries(MUTANTS, st.sampled_from(["a.b fail", "a.b fail, a.c error pending"]))


@given(outcomes=OUTCOMES)
def test_what_is_written_is_read_again_mutant_by_mutant(outcomes: dict[str, str]) -> None:
    assert parse_outcomes(dump_outcomes(outcomes)) == outcomes


def test_what_is_judged_alike_shares_a_line() -> None:
    outcomes = {
        f"s3 Get Rules[{rule}].Keys[{key}]: {change}": "a.b fail"
        for change in ("absent", "doubled")
        for rule in (0, 1, 2, 5)
        for key in (0, 1)
    }

    assert dump_outcomes(outcomes) == "s3 Get Rules[0-2,5].Keys[0-1]: absent | doubled -> a.b fail\n"


def test_one_that_is_judged_otherwise_has_a_line_of_its_own() -> None:
    alike = {f"Rules[{rule}]: {change}": "a.b fail" for rule in range(4) for change in ("absent", "emptied")}
    one = alike | {"Rules[2]: absent": "a.b error pending"}

    text = dump_outcomes(one)

    assert text.splitlines() == [
        "Rules[0-1,3]: absent | emptied -> a.b fail",
        "Rules[2]: absent -> a.b error pending",
        "Rules[2]: emptied -> a.b fail",
    ]
    assert parse_outcomes(text) == one


def test_what_looks_like_several_and_is_one_is_written_as_it_is() -> None:
    outcomes = {"off: it matches [0-9] or [1,2]: absent": "a.b fail", "a: b | c": "a.b fail"}

    text = dump_outcomes(outcomes)

    assert [line[:2] for line in text.splitlines()] == ["= ", "= "]
    assert parse_outcomes(text) == outcomes


def test_paths_that_differ_in_indices_are_told_as_one() -> None:
    assert list(together(["a[0].b", "a[1].b", "a[3].b", "c", "a[0]"])) == ["a[0-1,3].b", "c", "a[0]"]
