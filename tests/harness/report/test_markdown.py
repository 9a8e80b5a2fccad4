"""The report as Markdown: what it says as a page, that it stays one, and that it fits into a step's summary."""

from __future__ import annotations

from dataclasses import replace

from markdown_it.token import Token

from harness.checking.finding import Finding, Reason
from harness.report.markdown import SIZE_LIMIT_BYTES, render
from tests.each import each
from tests.harness.report.consumers import read_markdown
from tests.harness.report.results import FAILS, HOLDS, NOT_GRADED, PASSES, UNDECIDED, result, titled, uncounted


def texts(text: str, kind: str = "text") -> list[str]:
    """What a reader sees of that kind."""
    return [token.content for token in read_markdown(text) if token.type == kind]


def test_a_report_in_full() -> None:
    assert render(result(PASSES, HOLDS, FAILS), hints=1) == (
        "# A lab\n"
        "\n"
        "**FAILED**: 60 of 100 points, pass mark 70 %\n"
        "\n"
        "Required, and not passed: task.\n"
        "\n"
        "| | task | verdict | points |\n"
        "|--:|---|---|--:|\n"
        "| 1 | A task (required) | failed | 60 of 100 |\n"
        "\n"
        "### What did not pass\n"
        "\n"
        "- FAIL task.third (40 points): `Time to live is off.`\n"
        "  - expected: `on`\n"
        "  - found: `off`\n"
        "  - where: `table shop`\n"
        "  - to do: `Turn it on.`\n"
        "  - hint 1: Look there.\n"
        "  ```text\n"
        "  first line\n"
        "  second line\n"
        "  ```\n"
        "\n"
        "Graded with tool version `0.1.0`, definition digest `0000000000000000`, target `embedded`,"
        " account id `123456789012`, region `us-east-1`, student id `ann`, submission folder `work`,"
        " replayed `False`, seed `None`, started `2026-01-02T03:04:05+00:00`, seconds `1.25`, api calls `7`.\n"
    )


def test_the_table_is_one_of_cells() -> None:
    page = read_markdown(render(result(PASSES, HOLDS, FAILS), hints=0))

    assert [token.type for token in page].count("th_open") == 4
    assert [token.type for token in page].count("td_open") == 4


def test_a_run_in_which_all_passed_has_no_details() -> None:
    text = render(result(PASSES, replace(HOLDS, points=100)), hints=5)

    assert "**PASSED**: 100 of 100 points, pass mark 70 %\n" in text
    assert "###" not in text
    assert "hint" not in text


def test_an_undecided_score_is_a_range() -> None:
    text = render(result(HOLDS, UNDECIDED), hints=1)

    assert "**INCOMPLETE**: 60 to 100 of 100 points, pass mark 70 %\n" in text
    assert "| 1 | A task (required) | incomplete | 60 to 100 of 100 |\n" in text
    assert "ERROR task.third (40 points) [denied]: " in texts(text)
    assert "Undecided, so neither passed nor failed: task.third." in texts(text)
    assert "hint" not in text


def test_what_was_not_graded_is_said() -> None:
    text = render(result(HOLDS, NOT_GRADED), hints=1)

    assert "60 of 60 points, pass mark 70 %, of what this target can show (40 points not graded)" in text
    assert "Not graded on this target: task.third (unsupported)." in texts(text)
    assert "SKIP task.third (40 points) [unsupported]: " in texts(text)


def test_what_else_a_reader_must_know_is_said() -> None:
    seen = texts(render(result(HOLDS, submission="reference", replayed=True, interrupted=True), hints=0))

    assert "Graded again from a tape, without access to the account." in seen
    assert [one for one in seen if one.startswith("This grades the reference solution, not a student's work.")]
    assert "The run was stopped: everything that was not judged by then is undecided." in seen
    assert " (only as a prerequisite) | " in render(uncounted(result(HOLDS)), hints=0)


@each(("hints", "shown"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_as_many_hints_are_shown_as_asked_for(hints: int, shown: int) -> None:
    assert render(result(FAILS), hints=hints).count("- hint ") == shown


@each(
    "title",
    [
        "a|b",
        r"a\|b \\| c",
        "*a* _b_ ~~c~~ `d`",
        "<b>a</b> &amp; &#65;",
        "[a](http://example.com) ![b](c) [d]",
        "www.example.com http://example.com e@example.com",
        "@octocat #1 :smile: $x$",
        "# a #",
    ],
)
def test_an_authors_title_means_nothing_either(title: str) -> None:
    text = render(titled(result(FAILS), title), hints=0, verbose=True)

    tame = read_markdown(render(titled(result(FAILS), "tame"), hints=0, verbose=True))
    page = read_markdown(text)
    words = ("text", "text_special", "inline")
    assert [one.type for one in page if one.type not in words] == [one.type for one in tame if one.type not in words]
    assert contents(page, "heading_open") == [title, "What did not pass", f"1. {title}"]
    assert contents(page, "td_open") == ["1", f"{title} (required)", "failed", "0 of 40"]


def contents(page: list[Token], opening: str) -> list[str]:
    """What a reader sees of each heading, or of each cell."""
    lines = [page[place + 1] for place, token in enumerate(page) if token.type == opening]
    return ["".join(child.content for child in line.children or ()) for line in lines]


@each("text", ["`", "a``b", "`a`", " a ", "a`", "```", "\\`", "a\\"])
def test_code_is_shown_as_it_is(text: str) -> None:
    shown = render(result(replace(FAILS, message=text, detail=text)), hints=0)

    assert texts(shown, "code_inline")[0] == text
    assert texts(shown, "fence") == [f"{text}\n"]


def test_long_text_is_a_block_that_nothing_leaves() -> None:
    detail = "a\n```\n# b\n````\n\n  c\n- d"

    assert texts(render(result(replace(FAILS, detail=detail)), hints=0), "fence") == [f"{detail}\n"]


def test_a_crash_keeps_its_traceback_for_debug() -> None:
    crash = replace(UNDECIDED, reason=Reason.CRASHED, detail="Traceback of ours")

    assert "Traceback of ours" not in render(result(crash), hints=1)


def test_what_does_not_fit_into_a_summary_is_left_out_and_that_is_said() -> None:
    findings = [
        Finding(
            f"{number}" + "\x1b" * 2_000,
            f"task.c{number}",
            "table.exists",
            FAILS.status,
            0,
            expected="\U0001f600" * 2_000,
        )
        for number in range(200)
    ]

    text = render(result(*findings), hints=1)

    assert 700_000 < len(text.encode("utf-8")) < SIZE_LIMIT_BYTES
    shown = sum(one.startswith("FAIL task.c") for one in texts(text))
    [said] = [one for one in texts(text) if one.startswith("Left out")]
    assert said == f"Left out, because a summary can hold only 1 MiB: the last {200 - shown} entries."
    assert text.endswith("`.\n")
