"""The report for people: what it says, and that nothing in it can steer a terminal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len

from harness.checking.finding import Finding, Reason, Status
from harness.report.console import render
from harness.report.text import printable
from tests.each import each
from tests.harness.report.hostile import HOSTILE, label
from tests.harness.report.results import BEHIND, FAILS, HOLDS, NOT_GRADED, PASSES, UNDECIDED, result, titled, uncounted


def test_a_report_in_full() -> None:
    assert render(result(PASSES, HOLDS, replace(FAILS, file="store.py", line=12)), hints=1) == (
        "FAILED  60 of 100 points, pass mark 70 %\n"
        "A lab\n"
        "Required, and not passed: task.\n"
        "\n"
        "FAIL  task.third (40 points): Time to live is off.\n"
        "  expected on\n"
        "  found    off\n"
        "  in       store.py, line 12\n"
        "  where    table shop\n"
        "  to do    Turn it on.\n"
        "  hint 1   Look there.\n"
        "first line\n"
        "second line\n"
        "\n"
        "1. A task  [task]  FAILED  60 of 100 points  (required)\n"
        "\n"
        "lab        lab, student id ann\n"
        "target     embedded, account 123456789012, us-east-1, 2026-01-02 03:04:05 UTC\n"
        "took       7 API calls in 1.2 s\n"
        "submission work\n"
        "\n"
        "NEXT\n"
        "Repeat one task, with more hints:\n"
        "  python validate_tasks.py lab --submission work --student-id ann --task task --hints 2\n"
        "See what one finding rests on:\n"
        "  python validate_tasks.py lab --submission work --student-id ann --explain task.third\n"
        "See every check, also what passed:\n"
        "  python validate_tasks.py lab --submission work --student-id ann --verbose\n"
    )


def test_everything_is_shown_to_whoever_asks_for_it() -> None:
    text = render(result(PASSES, HOLDS, FAILS, BEHIND), hints=1, verbose=True)

    assert "  1 more check waits for this: task.fourth.\n" in text.replace("   1", "  1")
    assert (
        "1. A task  [task]  FAILED  60 of 110 points  (required)\n"
        "   PASS  task.first: The table exists.\n"
        "   PASS  task.second (60 points): It is ACTIVE.\n"
        "   FAIL  task.third (40 points): Time to live is off.\n"
        "   SKIP  task.fourth (10 points): Not judged. [prerequisite]\n"
    ) in text
    assert "--verbose" not in text


def test_the_failure_with_the_most_points_behind_it_comes_first_and_what_waits_is_one_line() -> None:
    gate = Finding("There is no table.", "task.gate", "table.exists", Status.FAIL, 0)
    behind = [replace(BEHIND, id=f"task.b{number}", waits_for="task.gate") for number in range(5)]
    script = Finding("It ended with exit code 1.", "task.script", "submission.provisioned", Status.FAIL, 0)

    text = render(result(UNDECIDED, replace(FAILS, id="task.dear"), gate, *behind, script), hints=0)

    told = [line for line in text.splitlines() if re.match("[A-Z]+  ?task", line)]
    assert told == [
        "FAIL  task.script: It ended with exit code 1.",
        "FAIL  task.gate: There is no table.",
        "FAIL  task.dear (40 points): Time to live is off.",
        "ERROR task.third (40 points): Access was denied. [denied]",
    ]
    assert text.count("5 more checks wait for this.") == 1
    assert "task.b0" not in text


def test_what_several_checks_say_alike_is_told_once() -> None:
    stopped = Finding("Stopped.", "task.a", "table.exists", Status.ERROR, 30, Reason.INTERRUPTED)
    findings = [replace(stopped, id=f"task.{name}") for name in "abc"]

    text = render(result(*findings, interrupted=True), hints=0)

    assert text.startswith("INTERRUPTED  0 to 90 of 90 points, pass mark 70 %\n")
    assert text.count("Stopped.") == 1
    assert "2 more checks say the same.\n" in text
    assert "Undecided, so neither passed nor failed: task.a and 2 more.\n" in text
    assert "NEXT\nGrade again, to the end:\n  python validate_tasks.py lab " in text


def test_a_call_can_be_pasted_as_it_stands() -> None:
    call = f"store.put_product(\n    {{'product_id': 'P1', 'name': '{'long ' * 30}'}},\n)"

    text = render(result(replace(FAILS, detail=f"The call, as Python:\n\n{call}\n")), hints=0, width=40)

    assert f"\n{call}\n" in text


@pytest.mark.parametrize("line", ["PASSED  100 of 100 points", "FAIL  x", "NEXT", "1. A task  [task]  PASSED"])
def test_a_line_of_a_submission_does_not_pass_for_one_of_the_report(line: str) -> None:
    lines = render(result(replace(FAILS, detail=f"{line}\n{line}x\n{line}")), hints=0).splitlines()

    assert lines.count(f"  {line}") == 2
    assert lines.count(line) == (line == "NEXT")


@pytest.mark.parametrize(
    ("findings", "changes", "steps"),
    [
        ([HOLDS], {}, ["All is done: hand in work."]),
        ([replace(HOLDS, points=160), replace(FAILS, id="task.x")], {}, ["--explain task.x", "Required"]),
        ([HOLDS], {"task": "task"}, ["Grade the whole lab:\n  python validate_tasks.py lab --submission work"]),
        ([HOLDS], {"submission": "reference"}, ["python validate_tasks.py init lab"]),
        ([FAILS], {"seed": 7}, ["--explain task.third --seed 7\n"]),
        ([FAILS], {"replayed": True}, ["\n  (the same command) --task task --hints 2\n"]),
        ([UNDECIDED], {"target": "live"}, ["\n  (the same command) --explain task.third\n"]),
        (
            [FAILS],
            {"submission_folder": "my work"},
            [" lab --submission 'my work' --student-id ann --task"],
        ),
    ],
)
def test_it_ends_with_what_to_do_next(findings: list[Finding], changes: dict[str, object], steps: list[str]) -> None:
    text = render(result(*findings, **changes), hints=1)

    assert [step for step in steps if step not in text] == []
    assert text.rpartition("NEXT\n")[2].count("\n") <= 8


def test_no_more_hints_are_offered_than_there_are() -> None:
    assert " --task task\n" in render(result(FAILS), hints=2)
    assert "--hints" not in render(result(FAILS), hints=2)


def test_an_undecided_score_is_a_range() -> None:
    text = render(result(HOLDS, UNDECIDED), hints=1)

    assert "1. A task  [task]  INCOMPLETE  60 to 100 of 100 points  (required)\n" in text
    assert "\nERROR task.third (40 points): Access was denied. [denied]\n" in text
    assert text.startswith("INCOMPLETE  60 to 100 of 100 points, pass mark 70 %\n")
    assert "Undecided, so neither passed nor failed: task.third.\n" in text
    assert "hint" not in text


def test_what_was_not_graded_is_said() -> None:
    text = " ".join(render(result(HOLDS, NOT_GRADED), hints=1).split())

    assert (
        "PASSED 60 of 60 points, pass mark 70 %, of what this target can show (40 points not graded) A lab "
        "Not graded on this target: task.third (unsupported)." in text
    )
    assert "SKIP task.third (40 points): It cannot be shown. [unsupported]" in text


@pytest.mark.parametrize(
    ("changes", "findings", "sentence"),
    [
        ({"interrupted": True}, [HOLDS], "The run was stopped: everything that was not judged by then is undecided."),
        ({}, [NOT_GRADED], "Nothing that earns points could be judged, so neither passed nor failed."),
        ({"account_id": ""}, [HOLDS], "target embedded, account unknown, us-east-1"),
        ({"identity": "arn:aws:iam::1:user/ann"}, [HOLDS], "identity arn:aws:iam::1:user/ann"),
        (
            {"submission": "account", "submission_folder": ""},
            [HOLDS],
            "NOTE: This grades what is in the account, whoever built it.",
        ),
        (
            {"submission": "reference"},
            [HOLDS],
            "NOTE: This grades the reference solution, not a student's work. Name a submission with --submission DIR.",
        ),
    ],
)
def test_what_else_a_reader_must_know_is_said(
    changes: dict[str, object], findings: list[Finding], sentence: str
) -> None:
    assert sentence in " ".join(render(result(*findings, **changes), hints=1).split())


@pytest.mark.parametrize(("hints", "shown"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_as_many_hints_are_shown_as_asked_for(hints: int, shown: int) -> None:
    assert render(result(FAILS), hints=hints).count("\n  hint ") == shown


def test_a_task_that_is_only_a_prerequisite_is_marked() -> None:
    assert "  (only as a prerequisite)\n" in render(uncounted(result(HOLDS)), hints=1)


def test_a_crash_keeps_its_traceback_for_debug() -> None:
    crash = replace(UNDECIDED, reason=Reason.CRASHED, detail="Traceback of ours")

    assert "Traceback of ours" not in render(result(crash), hints=1)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@each("hostile", HOSTILE, ids=label)
def test_hostile_strings_are_harmless(hostile: str, width: int) -> None:
    finding = replace(
        FAILS, message=hostile, expected=hostile, actual=hostile, resource=hostile, remedy=hostile, detail=hostile
    )
    graded = result(finding, account_id=hostile, identity=hostile, submission_folder=hostile)

    text = render(graded, hints=1, width=width)

    text.encode("utf-8")
    lines = text.splitlines()
    assert lines == text.removesuffix("\n").split("\n")
    assert [one for one in set(text) - {"\n"} if not one.isprintable() and unicodedata.category(one) != "Zs"] == []
    pasted = {line.strip() for line in printable(hostile, lines=True).splitlines()}
    wide = [line for line in lines if cell_len(line) > width and line.strip() not in pasted]
    assert [line for line in wide if not line.startswith("  python validate_tasks.py lab ")] == []
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
    assert "\x1b[1;31mFAIL \x1b[0m" in coloured
    words = "".join(part.partition("m")[2] if index else part for index, part in enumerate(coloured.split("\x1b[")))
    assert words.split() == plain.split()
