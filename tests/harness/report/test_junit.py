"""The report as JUnit XML: what each finding becomes, and that its schema refuses what is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from xmlschema import XMLSchemaValidationError

from harness.checking.finding import Finding, Reason, Status
from harness.report import json_report
from harness.report.junit import render
from tests.each import each
from tests.harness.report.consumers import read_junit
from tests.harness.report.results import (
    BEHIND,
    FAILS,
    HOLDS,
    NOT_GRADED,
    NOT_ON_TAPE,
    PASSES,
    UNDECIDED,
    result,
    titled,
    uncounted,
)


def properties(text: str) -> dict[str, str]:
    """The properties of the only suite."""
    [suite] = read_junit(text)
    found = suite.properties()  # type: ignore[no-untyped-call]
    return {one.name: one.value for one in found}


def test_a_report_in_full() -> None:
    text = render(result(replace(PASSES, seconds=0.1234), replace(FAILS, seconds=2.0)))

    head, properties, cases = text.partition("    <properties>\n")[0], text, text.partition("    </properties>\n")[2]
    assert head == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="task" id="0" package="lab" hostname="localhost" timestamp="2026-01-02T03:04:05"'
        ' time="2.123" tests="2" failures="1" errors="0" skipped="0">\n'
    )
    assert '      <property name="student_id" value="ann" />\n' in properties
    assert cases == (
        '    <testcase classname="lab.task" name="first" time="0.123" />\n'
        '    <testcase classname="lab.task" name="third" time="2.000">\n'
        '      <failure type="fail" message="Time to live is off.">expected: on\n'
        "found: off\n"
        "where: table shop\n"
        "to do: Turn it on.\n"
        "first line\n"
        "second line</failure>\n"
        "    </testcase>\n"
        "    <system-out />\n"
        "    <system-err />\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


@each(
    ("finding", "outcome", "counts"),
    [
        (HOLDS, [], (1, 0, 0, 0)),
        (FAILS, [("Failure", "fail", "Time to live is off.")], (1, 1, 0, 0)),
        (UNDECIDED, [("Error", "denied", "Access was denied.")], (1, 0, 1, 0)),
        (NOT_ON_TAPE, [("Error", "not-on-tape", "Not on this tape.")], (1, 0, 1, 0)),
        (BEHIND, [("Skipped", "prerequisite", "Not judged.")], (1, 0, 0, 1)),
        (NOT_GRADED, [("Skipped", "unsupported", "It cannot be shown.")], (1, 0, 0, 1)),
    ],
)
def test_what_each_finding_becomes(finding: Finding, outcome: list[Any], counts: tuple[int, ...]) -> None:
    [suite] = read_junit(render(result(finding)))
    [case] = suite

    assert [(type(one).__name__, one.type, one.message) for one in case.result] == outcome
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == counts


def test_the_stamp_the_verdict_and_the_points_are_properties() -> None:
    graded = result(HOLDS, UNDECIDED, replace(NOT_GRADED, id="task.fourth"))

    found = properties(render(graded))

    stamp = {name: str(value) for name, value in json_report.stamp(graded).items()}
    assert found == {
        **stamp,
        "replayed": "false",
        "verdict": "incomplete",
        "task_title": "A task",
        "task_verdict": "incomplete",
        "task_required": "true",
        "task_counted": "true",
        "task_earned": "60",
        "task_undetermined": "40",
        "task_not_graded": "40",
        "task_maximum": "100",
    }
    assert properties(render(uncounted(result(HOLDS))))["task_counted"] == "false"
    assert properties(render(titled(result(HOLDS), "\u00c4 <task> & more")))["task_title"] == "\u00c4 <task> & more"


def test_each_task_is_a_suite() -> None:
    graded = result(HOLDS)
    [task] = graded.tasks
    other = replace(task, task=replace(task.task, id="other"), findings=(replace(FAILS, id="other.x"),))

    suites = list(read_junit(render(replace(graded, tasks=(task, other)))))

    assert [(suite.name, [case.name for case in suite]) for suite in suites] == [("task", ["second"]), ("other", ["x"])]
    assert list(read_junit(render(replace(graded, tasks=())))) == []


def test_a_crash_keeps_its_traceback_for_debug() -> None:
    crash = replace(UNDECIDED, reason=Reason.CRASHED, detail="Traceback of ours")

    assert "Traceback of ours" not in render(result(crash))


def test_any_console_can_print_it() -> None:
    assert render(result(replace(FAILS, message="\u00e4\u6f22\U0001f600"))).isascii()


@each("status", Status)
@each("reason", [None, *Reason])
def test_every_status_and_reason_is_in_the_schema(status: Status, reason: Reason | None) -> None:
    read_junit(render(result(Finding("", "task.a", "table.exists", status, 10, reason))))


@each(
    ("right", "wrong"),
    [
        ("<system-err />", ""),
        ('hostname="localhost" ', ""),
        ('tests="1"', 'tests="one"'),
        ("T03:04:05", "T03:04:05Z"),
        ('time="0.000"', 'time="0,0"'),
        ('type="fail" ', ""),
        ("<failure", "<failure/><failure"),
        ('name="third"', 'name=""'),
        ("<properties>", "<properties><other/>"),
    ],
)
def test_the_schema_refuses_what_is_no_report(right: str, wrong: str) -> None:
    text = render(result(FAILS))
    read_junit(text)
    assert right in text

    with pytest.raises(XMLSchemaValidationError):
        read_junit(text.replace(right, wrong))
