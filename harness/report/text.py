"""Strings from an account or a submission are hostile: here they become harmless for a terminal."""

from __future__ import annotations

import unicodedata

UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
"""Controls (terminal escapes), format characters (writing direction), lone surrogates, line separators."""

LENGTH_LIMIT = 20_000


def printable(text: str, *, lines: bool = False) -> str:
    """The text with everything that could steer a terminal written out, such as `\\x1b`.

    Args:
        lines: keep line ends (for long text); otherwise they are written out too.
    """
    if len(text) > LENGTH_LIMIT:
        text = text[:LENGTH_LIMIT] + f" ... ({len(text) - LENGTH_LIMIT} characters left out)"
    return "".join(_harmless(character, lines) for character in text)


def _harmless(character: str, lines: bool) -> str:
    if character == "\n" and lines:
        return character
    if character == "\t":
        return "    "
    if unicodedata.category(character) in UNSAFE_CATEGORIES:
        return character.encode("unicode_escape").decode("ascii")
    return character
