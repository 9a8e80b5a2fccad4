"""Hostile strings, wherever an account or a submission could put them, in every format as its consumer reads it."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.checking.finding import Status
from harness.grading.grade import Result
from harness.report import FORMATS
from harness.report.text import UNSAFE_CATEGORIES
from tests.each import each
from tests.harness.report.consumers import (
    read_gradescope,
    read_json,
    read_junit,
    read_log,
    read_markdown,
)
from tests.harness.report.hostile import HOSTILE, label
from tests.harness.report.results import BEHIND, FAILS, HOLDS, NOT_GRADED, NOT_ON_TAPE, UNDECIDED, result

TAME = "tame"
LONGEST = 1_000_000
"""Characters of the longest report: for 11 strings in 6 findings of which each could be of any length."""


def everywhere(text: str) -> Result:
    """A result that has this string wherever one may stand that is not the author's or the harness's."""
    findings = [
        replace(
            finding,
            id=f"task.{place}",
            message=text,
            expected=text,
            actual=text,
            resource=text,
            remedy=text,
            detail=text,
            file=text,
            line=12,
        )
        for place, finding in enumerate((HOLDS, FAILS, BEHIND, UNDECIDED, NOT_ON_TAPE, NOT_GRADED))
    ]
    return result(
        *findings,
        student_id=text,
        account_id=text,
        identity=text,
        submission_folder=text,
    )


def structure_of_text(text: str) -> Any:
    """What begins each line that is not a string's."""
    return [line for line in text.splitlines() if line.startswith(("PASSED", "FAILED", "INCOMPLETE", "NEXT", "1. "))]


def structure_of_json(text: str) -> Any:
    report = read_json(text)
    findings = [finding for task in report["tasks"] for finding in task["findings"]]
    return report["earned"], report["verdict"], [(one["id"], one["status"], one["points"]) for one in findings]


def structure_of_junit(text: str) -> Any:
    return [
        (case.classname, case.name, [(type(one).__name__, one.type) for one in case.result])
        for suite in read_junit(text)
        for case in suite
    ]


def structure_of_markdown(text: str) -> Any:
    """Everything but what is code: no string of an account may be anything else."""
    code = ("code_inline", "fence")
    tokens = read_markdown(text)
    assert {token.type for token in tokens} & {"html_block", "html_inline", "image", "link_open"} == set()
    return [
        (token.type, token.tag, token.level, token.info, "" if token.type in code else token.content)
        for token in tokens
        if token.type != "inline"  # their parts follow them
    ]


def structure_of_github(text: str) -> Any:
    return [(command.name, command.properties) for command in read_log(text)], text.count("\n")


def structure_of_gradescope(text: str) -> Any:
    report = read_gradescope(text)
    tests = [{key: value for key, value in one.items() if key != "output"} for one in report["tests"]]
    lines = [one["output"].count("\n") for one in report["tests"] if one["status"] == "passed"]
    return report["score"], tests, lines, report["output"].count("\n")


STRUCTURES: dict[str, Callable[[str], Any]] = {
    "text": structure_of_text,
    "json": structure_of_json,
    "junit": structure_of_junit,
    "markdown": structure_of_markdown,
    "github": structure_of_github,
    "gradescope": structure_of_gradescope,
}


def test_every_format_is_tried() -> None:
    assert set(STRUCTURES) == set(SHOWN) == set(FORMATS)


@functools.cache
def tame(form: str) -> Any:
    """What a report is made of when its strings are harmless."""
    return STRUCTURES[form](FORMATS[form](everywhere(TAME), 1, False))


@pytest.mark.parametrize("form", FORMATS)
def test_every_report_shows_the_words_and_the_hint_that_a_lab_gives_a_check(form: str) -> None:
    own = replace(FAILS, says="Carts go after 30 days.", hint="Look at the number.")

    text = FORMATS[form](result(own), 0, False)

    assert "Carts go after 30 days." in text
    assert "Look at the number." in text


@pytest.mark.parametrize("form", STRUCTURES)
@each("hostile", HOSTILE, ids=label)
def test_hostile_strings_are_shown_and_change_nothing_else(form: str, hostile: str) -> None:
    structure = STRUCTURES[form]

    text = FORMATS[form](everywhere(hostile), 1, False)

    assert structure(text) == tame(form)
    assert [one for one in set(text) if one != "\n" and unicodedata.category(one) in UNSAFE_CATEGORIES] == []
    text.encode("utf-8")
    assert form == "github" or read_log(text) == []
    assert form == "json" or len(text) < LONGEST  # the one for machines is complete


def messages_of_junit(text: str) -> list[str]:
    return [one.message for suite in read_junit(text) for case in suite for one in case.result]


SHOWN: dict[str, Callable[[str], str]] = {
    "text": lambda text: " ".join(text.split()),
    "json": lambda text: str(read_json(text)["tasks"][0]["findings"][0]["message"]),
    "junit": lambda text: messages_of_junit(text)[0],
    "markdown": lambda text: next(one.content for one in read_markdown(text) if one.type == "code_inline"),
    "github": lambda text: read_log(text)[1].data,
    "gradescope": lambda text: str(read_gradescope(text)["tests"][0]["output"]),
}


@pytest.mark.parametrize("form", SHOWN)
def test_what_is_harmless_is_shown_as_it_is(form: str) -> None:
    harmless = (
        "The table \u00e4\u6f22\U0001f600 holds ${x} = 'y' (100 %); see arn:aws:iam::aws:policy/AWS::DynamoDB::Table"
    )

    text = FORMATS[form](result(replace(FAILS, message=harmless)), 0, False)

    assert harmless in SHOWN[form](text)


def test_the_tame_result_has_every_kind_of_finding() -> None:
    findings = everywhere(TAME).findings

    assert {finding.status for finding in findings} == set(Status)
    assert {(finding.undecided, finding.not_graded) for finding in findings} == {(0, 0), (1, 0), (0, 1)}


def test_the_reader_of_logs_finds_commands() -> None:
    log = "  ::error title=a%3A b,file=c%2Cd::x%0Ay%2525\nno ::error::x\ny ##[Add-Mask]z\n::Stop-Commands::t\r::unknown::x"

    found = [(one.name, one.data, one.properties) for one in read_log(log)]

    assert found == [
        ("error", "x\ny%25", {"title": "a: b", "file": "c,d"}),
        ("add-mask", "z", {}),
        ("stop-commands", "t", {}),
    ]


def test_the_reader_of_markdown_finds_what_github_would_link() -> None:
    found = [
        token.type for token in read_markdown("www.example.com [a](b) ![c](d) <b> e@example.com http://example.com")
    ]

    assert found.count("link_open") == 4
    assert {"image", "html_inline"} <= set(found)
