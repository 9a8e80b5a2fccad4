"""The report as annotations of GitHub Actions: which there are, and what is said of those for which there is no room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.checking.finding import Finding
from harness.report.github import render
from tests.each import each
from tests.harness.report.consumers import Command, read_log
from tests.harness.report.results import BEHIND, FAILS, HOLDS, NOT_GRADED, NOT_ON_TAPE, PASSES, UNDECIDED, result


def many(finding: Finding, number: int, name: str) -> list[Finding]:
    return [replace(finding, id=f"task.{name}{place}", actual=str(place)) for place in range(number)]


def test_a_report_in_full() -> None:
    assert render(result(PASSES, HOLDS, FAILS)) == (
        "::notice title=lab%3A FAILED::60 of 100 points, pass mark 70 %25%0ARequired, and not passed: task.\n"
        "::error title=task.third (40 points)::Time to live is off.%0Aexpected: on%0Afound: off"
        "%0Awhere: table shop%0Ato do: Turn it on.\n"
    )


@each(
    ("finding", "command"),
    [
        (UNDECIDED, Command("warning", "Access was denied.", {"title": "task.third (40 points) [denied]"})),
        (NOT_ON_TAPE, Command("warning", "Not on this tape.", {"title": "task.third (40 points) [not-on-tape]"})),
        (NOT_GRADED, Command("notice", "It cannot be shown.", {"title": "task.third (40 points) [unsupported]"})),
    ],
)
def test_what_each_finding_becomes(finding: Finding, command: Command) -> None:
    assert read_log(render(result(HOLDS, finding)))[1:] == [command]


def test_what_was_not_judged_because_of_a_failure_is_named_with_it() -> None:
    [_, error] = read_log(render(result(FAILS, BEHIND)))

    assert error.data.endswith("\n1 more check waits for this: task.fourth.")


def test_a_run_in_which_all_passed_is_one_notice() -> None:
    assert read_log(render(result(PASSES, replace(HOLDS, points=100)))) == [
        Command("notice", "100 of 100 points, pass mark 70 %", {"title": "lab: PASSED"})
    ]


def test_what_else_a_reader_must_know_is_said() -> None:
    [summary] = read_log(render(result(HOLDS, submission="account", submission_folder="", replayed=True)))

    assert "graded again from a tape" in summary.data
    assert "whoever built it" in summary.data


def test_there_are_no_more_of_a_kind_than_github_shows_and_the_others_are_named() -> None:
    findings = [*many(FAILS, 12, "f"), *many(UNDECIDED, 11, "u"), *many(NOT_GRADED, 10, "n")]

    commands = read_log(render(result(*findings)))

    names = [command.name for command in commands]
    assert {name: names.count(name) for name in names} == {"notice": 10, "error": 10, "warning": 10}
    assert commands[0].data.endswith(
        "\nNot among these annotations, because GitHub shows 10 of a kind: task.f10, task.f11, task.u10, task.n9."
    )


def test_as_many_as_github_shows_are_all_there() -> None:
    findings = [*many(FAILS, 10, "f"), *many(UNDECIDED, 10, "u"), *many(NOT_GRADED, 9, "n")]

    commands = read_log(render(result(*findings)))

    assert len(commands) == 30
    assert "Not among these" not in commands[0].data


def test_long_messages_are_cut() -> None:
    [_, error] = read_log(render(result(replace(FAILS, message="x" * 5_000))))

    assert error.data.startswith("x" * 1_000 + " ... (4000 characters left out)\nexpected: on\n")


@each(
    ("folder", "file", "line", "place"),
    [
        ("work", "store.py", 12, {"file": "work/store.py", "line": "12"}),
        ("my work", "sub/store.py", 3, {"file": "my work/sub/store.py", "line": "3"}),
        ("work", "template.yaml", 0, {"file": "work/template.yaml"}),
        (".", "store.py", 1, {"file": "store.py", "line": "1"}),
        ("..", "store.py", 12, {}),
        ("work", "", 0, {}),
        ("work", "/etc/passwd", 1, {}),
        ("work", "../other/store.py", 1, {}),
        ("work", "a,line=1::b\n::error::c%0A:", 2, {"file": r"work/a,line=1::b\n\x3a:error::c%0A:", "line": "2"}),
    ],
)
def test_a_place_in_the_submission_is_told_as_github_reads_it(
    folder: str, file: str, line: int, place: dict[str, str]
) -> None:
    finding = replace(FAILS, file=file, line=line)

    text = render(result(finding, submission_folder=str(Path(folder).resolve())))

    assert text.count("\n") == 2
    [_, error] = read_log(text)
    assert error.properties == {**place, "title": "task.third (40 points)"}
    assert (f"in: store.py, line {line}" in error.data) == (file == "store.py")
