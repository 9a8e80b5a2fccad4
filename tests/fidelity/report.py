"""Tries the statements on emulators, and writes docs/fidelity.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from tests.fidelity import disagreements, statements
from tests.fidelity.emulators import EMULATORS, Emulator
from tests.fidelity.gaps import GAPS
from tests.fidelity.statement import Statement
from tests.support import ROOT

PAGE = ROOT / "docs" / "fidelity.md"
Problems = Mapping[str, str]
"""The statements that an emulator does not hold, by id: why not."""

NOT_IN_CI = "dynalite"
"""Runs only where its command is named. Elsewhere the page keeps its line."""

INTRODUCTION = """\
# Fidelity

How far the embedded account behaves like DynamoDB, as a number. A statement is a sentence about DynamoDB, with the page of
AWS that says it and a function in [tests/fidelity/statements/](../tests/fidelity/statements/) that asserts it with a few
requests. Each statement is tried on the embedded account, on [moto](https://docs.getmoto.org) without our corrections, and
on [ministack](https://pypi.org/project/ministack/). A statement holds if no assertion fails and no request fails
unexpectedly. Statements assert error codes and parts of messages that are the same in every Region. None is left out
because an emulator does not hold it; what the sources contradict each other about is left out.

This page is written by `python -m tests.fidelity.statements > docs/fidelity.md`; a test compares it. The environment
variable `MINISTACK` names the command of a ministack in a virtual environment of its own (`pip install -r
requirements-ministack.txt`), because it needs other versions of packages than moto does. `DYNALITE` may name the command
of [dynalite](https://www.npmjs.com/package/dynalite), an older emulator.
"""

DIFFERENTIAL = """\
## Where ministack answers differently

Generated requests are sent to the embedded account and to ministack ([tests/fidelity/](../tests/fidelity/)): right ones, and
such as break one rule of the engine each. A test fails if an answer differs that these tables do not name, and if a row of
them no longer occurs. AWS's documentation decides who is right; where it is silent, what others measured.
"""

RULES = """\
The embedded account refuses all requests that break a rule. ministack treats some of those that break these in another way:
it accepts them, or refuses them with another code.
"""


def problems(emulator: Emulator, tried: Iterable[Statement] = statements.ALL) -> Problems:
    """The statements that an emulator does not hold."""
    with emulator.start() as target:
        found = {statement.id: statement.problem(target) for statement in tried}
    return {name: problem for name, problem in found.items() if problem}


def document() -> str:
    """The text of docs/fidelity.md."""
    found = {emulator: problems(emulator) for emulator in EMULATORS if emulator.is_here and emulator.name != NOT_IN_CI}
    return "\n".join(
        [INTRODUCTION, *_figures(found), _other_line(), "", *_gaps(), *_disagreements(), *_every_statement(found)]
    )


def _figures(found: Mapping[Emulator, Problems]) -> list[str]:
    named = [f"{emulator.name} {emulator.version()}" for emulator in found]
    rows = [
        _row(title, len(group), *(_held(group, failed) for failed in found.values())) for title, group in _by_subject()
    ]
    total = _row("**all**", len(statements.ALL), *(f"**{_held(statements.ALL, one)}**" for one in found.values()))
    return [*_header("subject", "statements", *named), *rows, total, ""]


def _held(group: Iterable[Statement], failed: Problems) -> int:
    return sum(statement.id not in failed for statement in group)


def _other_line() -> str:
    [emulator] = (one for one in EMULATORS if one.name == NOT_IN_CI)
    if not emulator.is_here:
        kept = re.search(rf"^{NOT_IN_CI} .*$", PAGE.read_text("utf-8") if PAGE.exists() else "", re.MULTILINE)
        return kept[0] if kept else ""
    held = _held(statements.ALL, problems(emulator))
    today = datetime.now(UTC).date().isoformat()
    of_all = f"{held} of {len(statements.ALL)} on {today}"
    return f"{NOT_IN_CI} {emulator.version()} held {of_all}. It has no streams, exports or transactions; CI does not run it."


def _gaps() -> list[str]:
    if not GAPS:
        return []
    sentences = {statement.id: statement.sentence for statement in statements.ALL}
    rows = [_row(sentences[name], reason) for name, reason in GAPS.items()]
    return ["## What the embedded account does not hold", "", *_header("statement", "why"), *rows, ""]


def _disagreements() -> list[str]:
    settled, rules = disagreements.SETTLED, disagreements.RULES
    doubted = [f"`{name}`: {reason}." for name, reason in disagreements.NOT_SETTLED.items()]
    return [
        DIFFERENTIAL,
        *_header("about", "embedded", "ministack", "right"),
        *(_row(f"[{one.about}]({one.page})", one.embedded, one.ministack, one.right) for one in settled),
        "",
        RULES,
        *_header("rule that requests break", "ministack", "right"),
        *(
            _row(f"[{name}]({disagreements.page_of(name)})", what, disagreements.right_about(name))
            for name, what in rules.items()
        ),
        "",
        "Why it is not known who is right:",
        "",
        *(f"- {one}" for one in doubted),
        "",
    ]


def _every_statement(found: Mapping[Emulator, Problems]) -> list[str]:
    lines: list[str] = []
    for title, group in _by_subject():
        lines += [f"## {title}", "", *_header("statement", *(emulator.name for emulator in found))]
        for statement in group:
            marks = ("no" if statement.id in failed else "yes" for failed in found.values())
            lines.append(_row(f"[{statement.sentence}]({statement.page})", *marks))
        lines.append("")
    return lines


def _by_subject() -> list[tuple[str, list[Statement]]]:
    return [
        (title, [statement for statement in statements.ALL if statement.group == group])
        for group, title in statements.SUBJECTS.items()
    ]


def _header(*cells: str) -> list[str]:
    return [_row(*cells), "|---" * len(cells) + "|"]


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
