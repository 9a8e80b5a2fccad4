"""Hostile strings become harmless."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from harness.report.text import LENGTH_LIMIT, UNSAFE_CATEGORIES, printable


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("", ""),
        ("plain text, \u00e4\u6f22\U0001f600", "plain text, \u00e4\u6f22\U0001f600"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b1m", r"\x9b1m"),
        ("a\x00b\x7f", r"a\x00b\x7f"),
        ("\u202ex", r"\u202ex"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
        ("a\nb\r\u2028", r"a\nb\r\u2028"),
        ("a\tb", "a    b"),
        ("[bold]", "[bold]"),
        ("\\x1b", "\\x1b"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text: str, harmless: str) -> None:
    assert printable(text) == harmless


def test_line_ends_may_stay() -> None:
    assert printable("a\r\nb\x1b", lines=True) == "a\\r\nb\\x1b"


def test_long_text_is_cut_and_says_so() -> None:
    assert printable("x" * LENGTH_LIMIT) == "x" * LENGTH_LIMIT
    assert printable("x" * (LENGTH_LIMIT + 3)) == "x" * LENGTH_LIMIT + " ... (3 characters left out)"


def test_no_character_is_unsafe() -> None:
    for start in range(0, sys.maxunicode + 1, LENGTH_LIMIT):
        text = printable("".join(map(chr, range(start, min(start + LENGTH_LIMIT, sys.maxunicode + 1)))))
        assert [character for character in text if unicodedata.category(character) in UNSAFE_CATEGORIES] == []
        text.encode("utf-8")
