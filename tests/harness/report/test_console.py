"""The report for people: what it says, and that nothing in it can steer a terminal."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from harness.finding import Finding, Reason
from harness.report.console import render
from harness.submission import Submission, SubmissionKind
from tests.harness.report.hostile import HOSTILE, label
from tests.harness.report.results import FAILS, HOLDS, NOT_GRADED, PASSES, UNDECIDED, result, titled, uncounted


def test_a_report_in_full() -> None:
    assert render(result(PASSES, HOLDS, FAILS), hints=1) == (
        "A lab ==========================================================================\n"
        "lab, student id ann\n"
        "target embedded, account 123456789012, us-east-1, 2026-01-02 03:04:05 UTC\n"
        "submission work\n"
        "\n"
        "1. A task  [task]  FAILED  60 of 100 points  (required)\n"
        "   PASS  task.first: The table exists.\n"
        "   PASS  task.second (60 points): It is ACTIVE.\n"
        "   FAIL  task.third (40 points): Time to live is off.\n"
        "     expected on\n"
        "     found    off\n"
        "     where    table shop\n"
        "     to do    Turn it on.\n"
        "     first line\n"
        "     second line\n"
        "     hint 1   Look there.\n"
        "\n"
        "================================================================================\n"
        "FAILED  60 of 100 points, pass mark 70 %\n"
        "Required, and not passed: task.\n"
        "7 API calls in 1.2 s\n"
    )


def test_an_undecided_score_is_a_range() -> None:
    text = render(result(HOLDS, UNDECIDED), hints=1)

    assert "1. A task  [task]  INCOMPLETE  60 to 100 of 100 points  (required)\n" in text
    assert "   ERROR task.third (40 points): Access was denied. [denied]\n" in text
    assert "INCOMPLETE  60 to 100 of 100 points, pass mark 70 %\n" in text
    assert "Undecided, so neither passed nor failed: task.third.\n" in text
    assert "hint" not in text


def test_what_was_not_graded_is_said() -> None:
    text = " ".join(render(result(HOLDS, NOT_GRADED), hints=1).split())

    assert (
        "PASSED 60 of 60 points, pass mark 70 %, of what this target can show (40 points not graded) "
        "Not graded on this target: task.third (unsupported)." in text
    )


@pytest.mark.parametrize(
    ("changes", "findings", "sentence"),
    [
        ({"interrupted": True}, [HOLDS], "The run was stopped: what was not judged by then is undecided."),
        ({}, [NOT_GRADED], "Nothing that earns points could be judged, so neither passed nor failed."),
        ({"account_id": ""}, [HOLDS], "target embedded, account unknown, us-east-1"),
        ({"identity": "arn:aws:iam::1:user/ann"}, [HOLDS], "identity arn:aws:iam::1:user/ann"),
        (
            {"submission": Submission(SubmissionKind.ACCOUNT, None)},
            [HOLDS],
            "NOTE: This grades what lies in the account, whoever built it.",
        ),
        (
            {"submission": Submission(SubmissionKind.REFERENCE, Path("work"))},
            [HOLDS],
            "or start one with: python validate_tasks.py init lab",
        ),
    ],
)
def test_what_else_a_reader_must_know_is_said(
    changes: dict[str, object], findings: list[Finding], sentence: str
) -> None:
    assert sentence in " ".join(render(result(*findings, **changes), hints=1).split())


@pytest.mark.parametrize(("hints", "shown"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_as_many_hints_are_shown_as_asked_for(hints: int, shown: int) -> None:
    assert render(result(FAILS), hints=hints).count("     hint ") == shown


def test_a_task_that_is_only_a_prerequisite_is_marked() -> None:
    assert "  (only as a prerequisite)\n" in render(uncounted(result(HOLDS)), hints=1)


def test_a_crash_keeps_its_traceback_for_debug() -> None:
    crash = replace(UNDECIDED, reason=Reason.CRASHED, detail="Traceback of ours")

    assert "Traceback of ours" not in render(result(crash), hints=1)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("hostile", HOSTILE, ids=label)
def test_hostile_strings_are_harmless(hostile: str, width: int) -> None:
    finding = replace(
        FAILS, message=hostile, expected=hostile, actual=hostile, resource=hostile, remedy=hostile, detail=hostile
    )
    graded = result(
        finding, account_id=hostile, identity=hostile, submission=Submission(SubmissionKind.STUDENT, Path(hostile))
    )
    started = time.monotonic()

    text = render(graded, hints=1, width=width)

    assert time.monotonic() - started < 10
    text.encode("utf-8")
    lines = text.splitlines()
    assert lines == text.removesuffix("\n").split("\n")
    assert [one for one in set(text) - {"\n"} if not one.isprintable() and unicodedata.category(one) != "Zs"] == []
    assert [line for line in lines if cell_len(line) > width] == []
    assert [line for line in lines if line.startswith("PASSED")] == []
    assert len(text) < 20 * 20_000 * 8


def test_markup_is_shown_as_it_is() -> None:
    finding = replace(FAILS, message="[bold]x[/bold] :smile: [/]")

    assert "[bold]x[/bold] :smile: [/]" in render(result(finding), hints=0)
    assert "[bold]x[/bold] :smile: [/]" in render(result(finding), hints=0, colour=True)


@pytest.mark.parametrize("title", ["T" * 120, "long " * 20, "\u6f22" * 60, "A lab\x1b[2J"])
def test_a_long_title_is_not_cut(title: str) -> None:
    text = render(titled(result(HOLDS), title), hints=0)

    shown = title.replace("\x1b", r"\x1b")
    assert "".join(shown.split()) in "".join(text.split())
    assert max(map(cell_len, text.splitlines())) <= 80


def test_colour_changes_nothing_but_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "300", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    graded = result(PASSES, HOLDS, FAILS)

    plain, coloured = render(graded, hints=2), render(graded, hints=2, colour=True)

    assert "\x1b" not in plain
    assert plain.isascii()
    assert "\x1b[1;31mFAILED\x1b[0m" in coloured
    words = "".join(part.partition("m")[2] if index else part for index, part in enumerate(coloured.split("\x1b[")))
    assert words.split() == plain.split()
