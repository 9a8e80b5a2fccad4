"""What one finding rests on: the calls that its check made, what they were answered, and the source of the rule."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.assessment import CheckSpec
from harness.aws.reading import Reading, read_key
from harness.aws.tape import CONFIGURATION_READ, TapeAccount, to_plain
from harness.clock import SystemClock
from harness.finding import Finding
from harness.grade import Result
from harness.report import wording
from harness.report.text import printable
from harness.runner import Runner, with_prerequisites
from harness.submission import Provisioning
from harness.usage import UsageError, did_you_mean

ANSWER_LENGTH_LIMIT = 100_000
"""Characters of an answer that are shown: more than any setting of AWS has."""


def render(result: Result, finding_id: str) -> str:
    """One finding with its evidence, as text. Items of tables are left out.

    Raises:
        UsageError: the run has no such finding.
    """
    findings = {finding.id: finding for finding in result.findings}
    if finding_id not in findings:
        raise UsageError(f"This run has no finding {finding_id}.{did_you_mean(finding_id, findings)}")
    spec = next(one for one in result.assessment.checks if one.finding_id == finding_id)
    return "\n".join([*_finding(findings[finding_id]), "", *_check(spec), "", *_evidence(result, spec)]) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    yield printable(f"{finding.id}: {finding.status.upper()}{wording.reason(finding)}{wording.worth(finding)}")
    yield printable(finding.message)
    for label, value in wording.evidence(finding):
        yield f"  {label}: {printable(value)}"
    if detail := wording.detail(finding):
        yield printable(detail, lines=True)


def _check(spec: CheckSpec) -> Iterator[str]:
    yield f"Check {spec.check.kind}: {spec.check.summary}"
    for name, value in spec.parameters.items():
        yield printable(f"  {name}: {json.dumps(value)}")
    yield f"  the rule: {spec.check.source}"
    if spec.needs:
        yield f"  judged when these hold: {', '.join(spec.needs)}"


def _evidence(result: Result, spec: CheckSpec) -> Iterator[str]:
    """The calls, in the order in which they were made."""
    tape = result.tape
    specs = with_prerequisites(result.assessment.checks, [spec])
    runner = Runner(specs, TapeAccount(tape), SystemClock(), concurrent_checks=1)
    runner.run(Provisioning.from_plain(tape.provisioning) if tape.provisioning else None)
    keys = runner.reads(spec.finding_id)
    calls = [one for one in tape.readings if read_key(one.service, one.operation, one.parameters) in keys]
    if not calls:
        yield "It rests on no call: on how the script ended, or on another finding."
    for number, reading in enumerate(calls, 1):
        yield f"Call {number} of {len(calls)}: {printable(_call(reading))}"
        yield printable(_answer(reading), lines=True, limit=ANSWER_LENGTH_LIMIT)


def _call(reading: Reading) -> str:
    return f"{reading.service} {reading.operation} {json.dumps(to_plain(reading.parameters))}"


def _answer(reading: Reading) -> str:
    if reading.error is not None:
        return f"{type(reading.error).__name__}: {reading.error.code}: {reading.error.text}"
    if not CONFIGURATION_READ.fullmatch(reading.operation):
        return "(what it was answered holds items, which are left out)"
    return json.dumps(to_plain(reading.answer), indent=2)
