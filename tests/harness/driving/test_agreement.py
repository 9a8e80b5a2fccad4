"""A model says what each call must come to, and each way in which an answer can differ from that is noticed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from harness.driving.agreement import applied, first_mismatch, foreseen, mismatch, raised, wrong_answer, wrong_before
from harness.driving.evidence import START, CallRecord, Evidence, Exchange
from harness.driving.scenario import (
    BEFORE_EXPIRY,
    LITTLE,
    LOAD,
    ONE_BY_ONE,
    SEQUENCES,
    Either,
    Entity,
    Expiring,
    Question,
    Refused,
    Scenario,
)
from harness.submission.caller import Call, Failure, FailureKind
from tests.each import each

TODAY = date(2026, 3, 1)


class Library:
    """Books with a number of copies, which are lent once each to a reader."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.copies: dict[str, int] = {}
        self.loans: list[dict[str, Any]] = []

    def stock(self, book: str, copies: int) -> None:
        self.copies[book] = copies

    def lend(self, book: str, reader: str) -> None:
        if self.copies.get(book, 0) < 1:
            raise Refused(f"all copies of {book} are lent")
        self.copies[book] -= 1
        self.loans.append({"book": book, "reader": reader})

    def left(self, book: str) -> int:
        return self.copies.get(book, 0)

    def loans_of(self, reader: str) -> list[dict[str, Any]]:
        return [one for one in self.loans if one["reader"] == reader]


LIBRARY = Scenario(
    gather=lambda driving: None,
    model=Library,
    writes={"copies": "stock", "loans": "lend"},
    questions={
        "left": Question(written_by=("stock",), about="book", answers="copies", nothing=(None, 0)),
        "loans_of": Question(written_by=("lend",), about="reader", answers="loan", identified_by="book"),
        "log": Question(written_by=(), about="reader", answers="visit", identified_by="day", dated_by="day"),
        "author": Question(written_by=(), about="book", answers="author"),
    },
    entities={
        "card": Entity(written_by="sign", given_back_by="card", left_free=("seen", "by")),
        "loan": Entity(written_by="lend", given_back_by="loan"),
    },
    may_refuse=lambda model, called: called.method == "lend" and called.arguments[1] == "rude",
)
RAISED = Failure(FailureKind.RAISED, "ValueError: no")
HUNG = Failure(FailureKind.HUNG, "it idles")


def called(method: str, *arguments: Any, value: Any = None, failure: Failure | None = None, **more: Any) -> CallRecord:
    return CallRecord(more.get("phase", LOAD), Call(method, arguments), value, failure, (), part=more.get("part", 0))


def refused(method: str, *arguments: Any, **more: Any) -> CallRecord:
    return called(method, *arguments, failure=RAISED, **more)


STOCKED = called("stock", "b", 1)
LENT = called("lend", "b", "ann")


def problems(*calls: CallRecord) -> list[str]:
    return [problem for one in foreseen(LIBRARY, TODAY, calls) if (problem := mismatch(LIBRARY, one)) is not None]


def answer(method: str, expected: Any, value: Any) -> str | None:
    return wrong_answer(LIBRARY, method, expected, value)


def test_what_is_answered_and_refused_as_the_model_says_agrees() -> None:
    calls = (
        STOCKED,
        LENT,
        called("left", "b", value=0),
        refused("lend", "b", "bob"),
        called("loans_of", "bob", value=[]),
    )

    assert problems(*calls) == []
    assert [one.refusal for one in foreseen(LIBRARY, TODAY, calls)] == ["", "", "", "all copies of b are lent", ""]
    assert [one.expected for one in foreseen(LIBRARY, TODAY, calls)] == [None, None, 0, None, []]


def test_a_call_that_must_be_refused_and_returns_is_told_with_the_reason() -> None:
    told = problems(STOCKED, LENT, called("lend", "b", "bob", value={"ok": True}), called("lend", "b", "eve"))

    why = "lend must refuse this, because all copies of b are lent, but returns"
    assert told == [f"{why} an object", f"{why} None"]


@each("failure", [RAISED, HUNG])
@each("method", ["lend", "left"])
def test_a_call_that_must_return_and_fails_is_told(method: str, failure: Failure) -> None:
    arguments = ("b", "ann") if method == "lend" else ("b",)

    assert problems(STOCKED, called(method, *arguments, failure=failure)) == [
        f"{method} must return here, and raises {failure.summary}"
    ]


def test_only_a_raised_exception_refuses() -> None:
    """A process that hung or ended refused nothing."""
    hung = called("lend", "x", "ann", failure=HUNG)

    assert [raised(one) for one in (hung, LENT, refused("lend"))] == [False, False, True]
    assert problems(hung) == ["lend must return here, and raises it idles"]


def test_a_call_that_failed_changes_nothing_in_the_model() -> None:
    lost = called("lend", "b", "ann", failure=HUNG)
    for one, left in ((refused("lend", "b", "ann"), 1), (LENT, 0), (lost, 1)):
        *_, last = foreseen(LIBRARY, TODAY, [STOCKED, one, called("left", "b")])
        assert last.expected == left


def test_what_the_code_may_refuse_it_may_also_do() -> None:
    rude = ("b", "rude")
    assert problems(STOCKED, refused("lend", *rude), called("left", "b", value=1)) == []
    assert problems(STOCKED, called("lend", *rude), called("left", "b", value=0)) == []
    assert problems(STOCKED, called("lend", *rude), called("left", "b", value=1)) == ["left answers 1 instead of 0"]
    assert problems(called("lend", *rude)) == [
        "lend must refuse this, because all copies of b are lent, but returns None"
    ]
    assert problems(STOCKED, called("lend", *rude, failure=HUNG)) == ["lend must return here, and raises it idles"]


def test_a_call_is_made_in_the_model_unless_that_refuses() -> None:
    model = Library(TODAY)
    model.stock("b", 1)

    assert (applied(model, LENT).refusal, model.copies) == ("", {"b": 0})
    assert (applied(model, LENT).refusal, model.copies) == ("all copies of b are lent", {"b": 0})


def test_what_a_write_returns_is_nobodys_answer() -> None:
    assert problems(called("stock", "b", 1, value="done")) == []


@each(
    ("expected", "value", "problem"),
    [
        (5, 5, None),
        (5, Decimal("5.0"), None),
        (0, 0, None),
        (0, None, None),
        (None, 0, None),
        (5, None, "None instead of 5"),
        (5, 0, "0 instead of 5"),
        (0, 5, "5 instead of 0"),
        (5, "5", "'5' instead of 5"),
        (5, 5.0, "the float 5.0 instead of 5"),
        (0, False, "False instead of 0"),
        (5, [5], "a list instead of 5"),
        (Either((4, 6)), 4, None),
        (Either((4, 6)), Decimal(6), None),
        (Either((4, 6)), 5, "5 instead of 4"),
        (Either((0, 2)), None, None),
        (Either((4, 6)), None, "None instead of 4"),
    ],
)
def test_one_value_is_right_or_told(expected: Any, value: Any, problem: str | None) -> None:
    assert answer("left", expected, value) == (None if problem is None else f"left answers {problem}")


def test_by_default_only_none_means_that_there_is_none() -> None:
    assert answer("author", None, None) is None
    assert answer("author", None, "") == "author answers '' instead of None"
    assert answer("author", "A", None) == "author answers None instead of 'A'"


A, B, C = ({"book": one, "reader": "ann"} for one in "abc")


@each(
    ("value", "problem"),
    [
        ([A, B], None),
        ([B, A], None),
        (None, "None instead of a list"),
        ({"a": A}, "an object instead of a list"),
        ([], "without the loan a"),
        ([A], "without the loan b"),
        ([A, B, C], "with the loan c, which does not belong there"),
        ([A, C], "with the loan c, which does not belong there"),
        ([A, B, A], "with one loan twice"),
        ([A, "b"], "with the loan None, which does not belong there"),
        ([A, {**B, "book": ["b"]}], "with the loan ['b'], which does not belong there"),
        ([A, {"reader": "ann"}], "with the loan None, which does not belong there"),
        ([A, {"book": "b"}], "with another loan b: the attribute reader is missing"),
        ([{**A, "x": 1}, B], "with another loan a: the answer has the attribute x, which was not given"),
        ([A, {**B, "reader": "bob"}], "with another loan b: at reader: 'bob' instead of 'ann'"),
    ],
)
def test_of_a_list_each_thing_is_right_or_told(value: Any, problem: str | None) -> None:
    assert answer("loans_of", [A, B], value) == (None if problem is None else f"loans_of answers {problem}")


DAYS: Any = [{"day": f"2026-01-0{number}", "text": "x"} for number in range(1, 4)]


@each(
    ("value", "problem"),
    [
        (DAYS, None),
        (DAYS[1:], None),
        (DAYS[:1] + DAYS[2:], "without the visit 2026-01-02"),
        (DAYS[::-1], "with the visits in another order than oldest first"),
        ([{**DAYS[0], "text": "y"}, *DAYS[1:]], "with another visit 2026-01-01: at text: 'y' instead of 'x'"),
    ],
)
def test_entries_that_are_due_may_be_left_out_and_dated_ones_come_oldest_first(value: Any, problem: str | None) -> None:
    expected = Expiring(tuple(DAYS), tuple(DAYS[:1]))

    assert answer("log", expected, value) == (None if problem is None else f"log answers {problem}")


def test_attributes_that_are_free_are_not_compared_and_others_are() -> None:
    card = {"id": "ann", "since": 2020, "seen": 1}

    assert answer("card", card, {"id": "ann", "since": 2020, "by": "eve"}) is None
    assert answer("card", card, {"id": "ann", "seen": 1}) == "card answers the attribute since is missing"
    assert (
        answer("card", card, {**card, "more": 1})
        == "card answers the answer has the attribute more, which was not given"
    )
    assert answer("card", card, None) == "card answers None instead of an object"
    assert answer("card", None, None) is None
    assert answer("loan", card, {"id": "ann", "since": 2020}) == "loan answers the attribute seen is missing"


def test_the_first_call_that_is_wrong_is_found_by_its_number() -> None:
    wrong = called("left", "b", value=7)

    assert first_mismatch(LIBRARY, TODAY, [STOCKED, LENT], frozenset()) is None
    assert first_mismatch(LIBRARY, TODAY, [STOCKED, LENT, wrong, wrong], frozenset()) == (
        2,
        "left answers 7 instead of 0",
    )


def test_of_ignored_methods_nothing_is_compared_and_everything_is_made() -> None:
    calls = [STOCKED, called("left", "b", value=7), refused("lend", "b", "ann"), called("lend", "x", "ann")]
    ignored = frozenset({"left", "lend"})

    assert first_mismatch(LIBRARY, TODAY, calls, ignored) is None
    found = first_mismatch(LIBRARY, TODAY, [STOCKED, LENT, called("loans_of", "ann", value=[])], ignored)
    assert found == (2, "loans_of answers without the loan b")


def evidence(*calls: CallRecord) -> Evidence:
    return Evidence({}, 7, TODAY, "", calls)


def test_methods_that_answered_wrong_before_are_known() -> None:
    wrong, right = called("left", "b", value=7, phase=LITTLE), called("loans_of", "ann", value=[], phase=LITTLE)

    assert wrong_before(LIBRARY, evidence(STOCKED, wrong, right)) == {"left"}
    assert wrong_before(LIBRARY, evidence(STOCKED, called("left", "b", failure=HUNG))) == {"left"}
    assert wrong_before(LIBRARY, evidence(STOCKED, right)) == frozenset()


@pytest.mark.parametrize(
    "before",
    [
        (called("left", "b", value=7, part=1, phase=SEQUENCES),),
        (called("stock", "b", 5, part=1), called("left", "b", value=1)),
        (called("Library", value=None, failure=RAISED, phase=START),),
        (called("left", "b", phase=BEFORE_EXPIRY, value=1), called("left", "b", value=7, phase="730 days on")),
    ],
    ids=["wrong in a part", "written in a part", "the start", "after a time jump"],
)
def test_what_is_judged_elsewhere_is_not_wrong_before(before: tuple[CallRecord, ...]) -> None:
    assert wrong_before(LIBRARY, evidence(STOCKED, *before)) == frozenset()


def test_a_method_that_failed_was_wrong_before_unless_it_is_tried_one_by_one() -> None:
    before = (refused("stock", "b", 9), called("left", "b", value=1))
    tried = called("stock", "b", 5, phase=ONE_BY_ONE, part=1)

    assert wrong_before(LIBRARY, evidence(STOCKED, *before)) == {"stock"}
    assert wrong_before(LIBRARY, evidence(STOCKED, *before, tried)) == frozenset()


def test_what_the_requests_were_makes_no_answer_wrong() -> None:
    injected = Exchange("session", "dynamodb", "PutItem", (), 0, injected=True)
    one = CallRecord(LOAD, Call("left", ("b",)), 0, None, (injected,))

    assert problems(one) == []
