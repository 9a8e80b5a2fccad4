"""The report as JUnit XML: a suite for each task, a case for each check.

This format has no standard. What is written here is allowed by the schemas of both Ant's and Jenkins' dialect:
https://github.com/windyroad/JUnit-Schema and https://github.com/jenkinsci/xunit-plugin. GitLab reads it too:
https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.checking.finding import Finding, Status
from harness.grading.grade import Result, TaskResult
from harness.report import wording
from harness.report.json_report import stamp
from harness.report.text import printable

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
HOST = "localhost"
"""A host name, because the format requires one; the real one is private."""


def render(result: Result) -> str:
    """The report as XML text, ASCII only. A check that could not be decided is an error in JUnit's words."""
    suites = Element("testsuites")
    for number, task in enumerate(result.tasks):
        suites.append(_suite(number, task, result))
    if result.problem:
        suites.append(_nothing_graded(result))
    indent(suites)
    return f"{DECLARATION}{tostring(suites, encoding='us-ascii').decode('ascii')}\n"


def _suite(number: int, task: TaskResult, result: Result) -> Element:
    score = task.score
    properties = {
        "task_title": task.task.title,
        "task_verdict": task.verdict,
        "task_required": task.task.required,
        "task_counted": task.counted,
        "task_earned": score.earned,
        "task_undetermined": score.undetermined,
        "task_not_graded": score.not_graded,
        "task_maximum": score.maximum,
    }
    outcomes = [_outcome(finding) for finding in task.findings]
    cases = [_case(finding, task, result) for finding in task.findings]
    return _filled(result, task.task.id, number, task.seconds, outcomes, properties, cases)


def _nothing_graded(result: Result) -> Element:
    """A suite that says why nothing was graded, as an error of its one case."""
    case = _element("testcase", classname=result.lab.id, name="run", time=_seconds(0.0))
    case.append(_element("error", type=str(result.verdict), message=result.problem))
    return _filled(result, result.lab.id, 0, 0.0, ["error"], {}, [case])


def _filled(
    result: Result,
    name: str,
    number: int,
    seconds: float,
    outcomes: Sequence[str],
    properties: Mapping[str, object],
    cases: Iterable[Element],
) -> Element:
    """A suite whose cases end in this way, with the stamp among its properties."""
    suite = _element(
        "testsuite",
        name=name,
        id=str(number),
        package=result.lab.id,
        hostname=HOST,
        timestamp=result.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        time=_seconds(seconds),
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
    )
    listed = SubElement(suite, "properties")
    for key, value in {**stamp(result), "verdict": result.verdict, **properties}.items():
        said = str(value).lower() if isinstance(value, bool) else str(value)
        listed.append(_element("property", name=key, value=said))
    suite.extend(cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")
    return suite


def _case(finding: Finding, task: TaskResult, result: Result) -> Element:
    case = _element(
        "testcase",
        classname=f"{result.lab.id}.{task.task.id}",
        name=finding.id.removeprefix(f"{task.task.id}."),
        time=_seconds(finding.seconds),
    )
    if outcome := _outcome(finding):
        shown = _element(outcome, type=finding.reason or finding.status, message=finding.message)
        lines = [f"{label}: {printable(value)}" for label, value in wording.evidence(finding)]
        if detail := wording.detail(finding):
            lines.append(printable(detail, lines=True))
        shown.text = "\n".join(lines)
        case.append(shown)
    return case


def _outcome(finding: Finding) -> str:
    """The element that says how a case ended; none for a case that passed."""
    if finding.undecided:
        return "error"
    return {Status.PASS: "", Status.FAIL: "failure", Status.SKIP: "skipped"}[finding.status]


def _element(tag: str, **attributes: str) -> Element:
    return Element(tag, {name: printable(value) for name, value in attributes.items()})


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
