"""Hostile strings become harmless."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

from harness.report.text import LINE_LENGTH_LIMIT, TEXT_LENGTH_LIMIT, UNSAFE_CATEGORIES, printable
from tests.each import each
from tests.harness.report.consumers import read_log


@each(
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


@each(
    ("options", "limit"),
    [
        ({}, LINE_LENGTH_LIMIT),
        ({"lines": True}, TEXT_LENGTH_LIMIT),
        ({"limit": 7}, 7),
        ({"lines": True, "limit": 7}, 7),
    ],
)
def test_long_text_is_cut_and_says_so(options: dict[str, Any], limit: int) -> None:
    assert printable("x" * limit, **options) == "x" * limit
    assert printable("x" * (limit + 3), **options) == "x" * limit + " ... (3 characters left out)"


def test_no_character_is_unsafe() -> None:
    for start in range(0, sys.maxunicode + 1, LINE_LENGTH_LIMIT):
        text = printable("".join(map(chr, range(start, min(start + LINE_LENGTH_LIMIT, sys.maxunicode + 1)))))
        assert [character for character in text if unicodedata.category(character) in UNSAFE_CATEGORIES] == []
        text.encode("utf-8")


@each(
    ("text", "harmless"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("x ::Stop-Commands::y", r"x \x3a:Stop-Commands::y"),
        ("::error title=x::y", r"\x3a:error title=x::y"),
        (":::error::x", r":\x3a:error::x"),
        ("::error\t::x", r"\x3a:error    ::x"),
        ("::group::a ::endgroup::", r"\x3a:group::a \x3a:endgroup::"),
        ("##[error]x", r"\x23#[error]x"),
        ("###[error]x", r"#\x23#[error]x"),
        ("##vso[task]", r"\x23#vso[task]"),
        ("AWS::DynamoDB::Table", "AWS::DynamoDB::Table"),
        ("arn:aws:iam::aws:policy/x", "arn:aws:iam::aws:policy/x"),
        ("arn:aws:s3:::error", "arn:aws:s3:::error"),
        ("::errors::", "::errors::"),
        ("## [x]", "## [x]"),
    ],
)
def test_what_a_ci_would_obey_is_written_out(text: str, harmless: str) -> None:
    assert printable(text) == printable(text, lines=True) == harmless
    assert read_log(harmless) == []
