"""Errors that users see: sentences that say what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN_LENGTH = 60


class UsageError(Exception):
    """A wrong command line, definition or submission: exit code 2, and the message instead of a traceback."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'ttl'?` with a leading space, or nothing if no known word is similar. Case does not matter."""
    by_form = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), by_form, n=1, cutoff=0.6)
    return f" Did you mean {by_form[near[0]]!r}?" if near else ""


def shortened(text: str) -> str:
    """The text, short enough for a message."""
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."


def counted(number: int, noun: str) -> str:
    """`1 index`, `2 indexes`, `0 tables`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('x') else 's'}"
