"""Makes strings from an account or a submission, which may be hostile, harmless for a terminal and a CI's log.

Every report except the JSON one shows them in this form, and then escapes it for its own format.
"""

from __future__ import annotations

import re
import unicodedata

UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
"""Controls (terminal escapes), format characters (writing direction), lone surrogates, line separators. These include
every character that XML 1.0 forbids."""

LOG_COMMAND = re.compile(
    r"::(?=(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env"
    r"|set-output|stop-commands|warning)(?:\s|::))"
    r"|##(?=\w*\[)",
    re.IGNORECASE,
)
"""What a CI's runner obeys in a log: GitHub's workflow commands in both forms, and what others begin with `##`.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""

LINE_LENGTH_LIMIT = 2_000
TEXT_LENGTH_LIMIT = 20_000
"""How many characters are shown of a text of one line, and of several lines. More would not help a reader."""


def printable(text: str, *, lines: bool = False, limit: int | None = None) -> str:
    """The text, with everything that could control a terminal or a CI's runner written out, such as `\\x1b`.

    Args:
        lines: keep line ends (for long text); otherwise they are written out too.
        limit: how many characters to show, if not the usual number. Written out, they may take ten times as much
            space.
    """
    limit = limit or (TEXT_LENGTH_LIMIT if lines else LINE_LENGTH_LIMIT)
    if len(text) > limit:
        text = text[:limit] + f" ... ({len(text) - limit} characters left out)"
    shown = "".join(_harmless(character, lines) for character in text)
    return LOG_COMMAND.sub(lambda command: f"\\x{ord(command[0][0]):x}{command[0][1:]}", shown)


def _harmless(character: str, lines: bool) -> str:
    if character == "\n" and lines:
        return character
    if character == "\t":
        return "    "
    if unicodedata.category(character) in UNSAFE_CATEGORIES:
        return character.encode("unicode_escape").decode("ascii")
    return character
