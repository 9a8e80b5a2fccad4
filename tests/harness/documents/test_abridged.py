"""Long texts are told shorter: still the same where they were the same, and still as long where a call is repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations
from typing import Any

from harness.documents.abridged import LONG_TEXT, TEXT_KEPT, abridged, filled_up, full_length
from harness.submission.caller import Call
from tests.each import each

LONG = LONG_TEXT + 1
TOLD = f"{'é' * TEXT_KEPT}… (1001 characters, sha256 8095095994e57c6a686d6d14fd5ef883)"


def long(beginning: str, length: int = LONG, ending: str = "") -> str:
    return beginning.ljust(length - len(ending), "x") + ending


HOSTILE = [
    long('it\'s "so" \\ {}% '),
    long("two\nlines\r\n\x00\x85\u2028"),
    long("\ud83d lone"),
    long("'''"),
    long("', '.')"),
    long(TOLD),
    long("a", 999_999),
    "\n" * LONG,
]


def beginning(text: str) -> str:
    return ascii(text[:20])


def test_a_long_text_is_told_by_its_beginning_its_length_and_its_digest() -> None:
    assert abridged("é" * LONG) == TOLD
    assert len(TOLD) < LONG_TEXT


@each(
    "value",
    [*("", "a" * LONG_TEXT, None, True, 2**9000, 1.5, Decimal("1.20"), dt.date(2026, 3, 1)), [], {"a": [{}]}],
    ids=lambda value: repr(value)[:20],
)
def test_everything_else_stays_what_it_is(value: object) -> None:
    assert abridged(value) == value
    assert type(abridged(value)) is type(value)
    assert full_length(abridged(value)) == 0


def test_texts_are_abridged_wherever_they_are() -> None:
    text = "é" * LONG

    assert abridged({"a": [text, (text, 1)], text: {"b": {"c": text}}}) == {
        "a": [TOLD, [TOLD, 1]],
        TOLD: {"b": {"c": TOLD}},
    }
    assert full_length(abridged({"a": [text, (text, 1)], "b": {"c": text, text: "d"}})) == 3 * LONG


@each("text", HOSTILE, ids=beginning)
def test_the_same_stays_the_same(text: str) -> None:
    assert abridged([text]) == abridged(["".join(list(text))])
    assert full_length(abridged(text)) == len(text)


@each("text", HOSTILE, ids=beginning)
def test_nobody_can_give_what_is_told_of_a_text_instead_of_it(text: str) -> None:
    told = abridged(text)

    assert abridged(told) != told
    assert abridged({told: [told]}) != {told: [told]}
    assert abridged(told).startswith(f"{text[:TEXT_KEPT]}… ({len(told)} characters, sha256 ")


def test_what_differs_stays_different() -> None:
    texts = [
        *HOSTILE,
        *map(abridged, HOSTILE),
        *(abridged(abridged(text)) for text in HOSTILE),
        *(abridged(abridged(abridged(text))) for text in HOSTILE),
        long("a"),
        long("a", LONG + 1),
        long("a", ending="y"),
        long("A"),
        long("a")[:-1],
    ]
    texts += [long("a", ending=ending) for ending in ("\ud83d", "\ud83e", "?", "\n", "\r", "\x00", "e\u0301", "é")]

    assert [pair for pair in combinations(texts, 2) if abridged(pair[0]) == abridged(pair[1])] == []


@each("text", HOSTILE, ids=beginning)
def test_a_text_is_filled_up_to_its_length(text: str) -> None:
    pasted = filled_up(abridged(text))

    assert pasted is not None
    assert eval(pasted) == text[:TEXT_KEPT].ljust(len(text), ".")


@each(
    "text",
    [
        "",
        "a",
        "é" * LONG,
        TOLD[1:],
        TOLD + "\n",
        " " + TOLD,
        TOLD.replace("1001", "9"),
        TOLD.replace("0", "G"),
        TOLD.upper(),
    ],
    ids=lambda text: text[-20:],
)
def test_what_was_not_abridged_is_not_filled_up(text: str) -> None:
    assert filled_up(text) is None
    assert full_length(text) == 0


class Recorder:
    """A store that remembers what it is given."""

    def __getattr__(self, method: str) -> Callable[..., tuple[str, tuple[Any, ...]]]:
        return lambda *arguments: (method, arguments)


def repeated(call: Call) -> tuple[Any, ...]:
    """What a store is given when the call is pasted."""
    method, arguments = eval(call.python("store"), {"store": Recorder(), "Decimal": Decimal, "datetime": dt})
    assert method == call.method
    assert isinstance(arguments, tuple)
    return arguments


@each(
    "arguments",
    [
        (),
        ("C-1", "2026-01-01", None),
        ({"total": Decimal("1.20"), "lines": [{"quantity": 2, "price": Decimal(3)}] * 9, "ok": True},),
        ([[]], {}, {"a": {}}, -1, "it's", dt.date(2026, 3, 1)),
        ("words " * 10, "a" * 60, {"comment": "words " * 10, "a" * 60: ["words " * 10] * 9}),
        ("tab\t line\n quote' \u2028\ud83d" * 3, b"\x00" * 90),
    ],
)
def test_a_call_is_pasted_as_it_was(arguments: tuple[Any, ...]) -> None:
    assert repeated(Call("put_order", arguments)) == arguments


@each("text", [*HOSTILE, "b" * 201, "words " * 150], ids=beginning)
def test_a_pasted_call_has_texts_of_the_same_length(text: str) -> None:
    first, second, third = repeated(Call("put_review", (abridged(text), {"a": [abridged(text), "b"]}, [{"c": 1}] * 20)))

    assert first == second["a"][0]
    assert (first[:TEXT_KEPT], len(first)) == (text[:TEXT_KEPT], len(text))
    assert (second["a"][1], third) == ("b", [{"c": 1}] * 20)


def test_a_pasted_call_fits_a_finding() -> None:
    call = Call("put_review", ({"rating": 4, "comment": abridged("c" * 400_000), "tags": ["tag"] * 30},))

    assert call.python("store").startswith("store.put_review(\n    {'rating': 4,\n")
    assert max(map(len, call.python("store").splitlines())) < 110
