"""Long texts, shortened to their beginning, their length and their digest: evidence needs no more of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

LONG_TEXT = 1_000
TEXT_KEPT = 30
ABRIDGED = re.compile(r"(?s)(.{30})… \(([0-9]{2,9}) characters, sha256 [0-9a-f]{32}\)")
"""What `abridged` makes. A length of two digits occurs only if a short text looked like one of these."""


def abridged(value: Any) -> Any:
    """A plain value with its long texts abridged. Equal texts stay equal, and different texts different."""
    if isinstance(value, str):
        if len(value) <= LONG_TEXT and not ABRIDGED.fullmatch(value):
            return value
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{value[:TEXT_KEPT]}… ({len(value)} characters, sha256 {digest})"
    if isinstance(value, Mapping):
        return {abridged(key): abridged(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [abridged(inner) for inner in value]
    return value


def filled_up(text: str) -> str | None:
    """A Python expression for a text as long as the one that was abridged; None if the text was not abridged."""
    match = ABRIDGED.fullmatch(text)
    return None if match is None else f"{match[1]!r}.ljust({match[2]}, '.')"


def full_length(value: Any) -> int:
    """How many characters the abridged texts of a plain value had."""
    if isinstance(value, str):
        match = ABRIDGED.fullmatch(value)
        return 0 if match is None else int(match[2])
    if isinstance(value, Mapping):
        return sum(full_length(inner) for inner in value.values())
    return sum(map(full_length, value)) if isinstance(value, list | tuple) else 0
