"""What one finding rests on: the reads that its check made, the calls of the submission's code that it looked at, their
answers, and the source of the rule."""

from __future__ import annotations

import json
import pprint
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from harness.account.reading import Reading
from harness.checking.check import CheckSpec
from harness.checking.finding import Finding
from harness.checking.runner import Runner, with_prerequisites
from harness.clock import SystemClock
from harness.driving.evidence import ENVIRONMENT_ROLE, CallRecord, Evidence, Exchange
from harness.grading.grade import Result
from harness.grading.tape import CONFIGURATION_READ, TapeAccount, to_plain
from harness.report import wording
from harness.report.text import printable
from harness.submission.provisioning import Provisioning
from harness.usage import UsageError, did_you_mean

ANSWER_LENGTH_LIMIT = 100_000
"""How many characters of an answer are shown: more than any setting of AWS has."""

CALLS_SHOWN = 10
"""How many calls of the submission's code are shown."""

REQUESTS_SHOWN = 20
"""How many requests of each call are shown."""

VALUE_LENGTH_LIMIT = 4_000
ANSWERS = frozenset({"value", "failure", "exchanges", "changes"})
"""The fields of a call that hold its result."""


def render(result: Result, finding_id: str) -> str:
    """One finding with its evidence, as text, without the items of tables.

    Raises:
        UsageError: the run has no such finding.
    """
    findings = {finding.id: finding for finding in result.findings}
    if finding_id not in findings:
        raise UsageError(f"This run has no finding {finding_id}.{did_you_mean(finding_id, findings)}")
    spec = next(one for one in result.lab.checks if one.finding_id == finding_id)
    finding = findings[finding_id]
    return "\n".join([*_finding(finding), "", *_check(spec), "", *_evidence(result, spec, finding)]) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    yield printable(f"{finding.id}: {finding.status.upper()}{wording.reason(finding)}{wording.worth(finding)}")
    yield printable(finding.message)
    for label, value in wording.evidence(finding):
        yield f"  {label}: {printable(value)}"
    if detail := wording.detail(finding):
        yield printable(detail, lines=True)


def _check(spec: CheckSpec) -> Iterator[str]:
    yield f"Check {spec.check.kind}: {spec.summary}"
    for name, value in spec.parameters.items():
        yield printable(f"  {name}: {json.dumps(value)}")
    if spec.region:
        yield f"  in the Region {spec.region}"
    yield f"  the rule: {spec.check.source}"
    if spec.needs:
        yield f"  judged when these hold: {', '.join(spec.needs)}"


def _evidence(result: Result, spec: CheckSpec, finding: Finding) -> Iterator[str]:
    """The calls of the submission's code that the check looked at, the wrong one first; then the check's reads, in the
    order in which they were made."""
    tape = result.tape
    specs = with_prerequisites(result.lab.checks, [spec])
    found = {one.id: one for one in result.findings}
    others = {one.id: found[one.finding_id] for one in specs if one.id != spec.id}
    runner = Runner(specs, TapeAccount(tape), SystemClock(), concurrent_checks=1, known=others)
    looked: dict[int, CallRecord] = {}
    provisioning = Provisioning.from_plain(tape.provisioning) if tape.provisioning else None
    runner.run(provisioning, lambda driven, _: _watched(tape.evidence_of(driven), looked))
    keys = runner.reads(spec.finding_id)
    readings = [one for one in tape.readings if one.key in keys]
    if not readings and not looked:
        yield "It rests on no call, but on how the script ended or on another finding."
    if spec.driven is not None:
        yield from _driven([looked[number] for number in sorted(looked)], finding, spec, spec.driven.subject)
    for number, reading in enumerate(readings, 1):
        yield f"Call {number} of {len(readings)}: {printable(_call(reading))}"
        yield printable(_answer(reading), lines=True, limit=ANSWER_LENGTH_LIMIT)


class _Watched(CallRecord):
    """A call that notes when a check looks at its result. Nothing else of a call can decide a verdict."""

    __slots__ = ("note",)

    def __getattribute__(self, name: str) -> Any:
        if name in ANSWERS:
            object.__getattribute__(self, "note")()
        return object.__getattribute__(self, name)


def _watched(evidence: Evidence, looked: dict[int, CallRecord]) -> Evidence:
    """The same evidence. It notes in `looked` the calls that are looked at, by their places."""

    def watched(number: int, called: CallRecord) -> CallRecord:
        made = _Watched(**{one.name: getattr(called, one.name) for one in fields(called)})
        object.__setattr__(made, "note", lambda: looked.setdefault(number, called))
        return made

    return replace(evidence, calls=tuple(watched(number, one) for number, one in enumerate(evidence.calls)))


def _driven(calls: list[CallRecord], finding: Finding, spec: CheckSpec, subject: str) -> Iterator[str]:
    """Calls of the submission's code: first the one that the finding shows, then those that failed, then those of
    methods that the check names, then the others."""
    detail, named = _words(finding.detail), json.dumps(spec.parameters)

    def rank(called: CallRecord) -> tuple[bool, bool, bool]:
        return _words(called.call.python(subject)) not in detail, called.failure is None, called.method not in named

    ranked = sorted(calls, key=rank)
    for number, called in enumerate(ranked[:CALLS_SHOWN], 1):
        yield f"Call {number} of {len(calls)} of the submission's code, in the phase {printable(called.phase)}:"
        yield printable(called.call.python(subject), lines=True, limit=VALUE_LENGTH_LIMIT)
        if called.failure is None:
            answer = pprint.pformat(called.value, sort_dicts=False)
        else:
            answer = f"nothing ({called.failure.kind}): {called.failure.summary}\n{called.failure.traceback}".rstrip()
        yield f"Its requests: {len(called.exchanges) or 'none'}"
        yield from (f"  {printable(_request(one))}" for one in called.exchanges[:REQUESTS_SHOWN])
        if len(called.exchanges) > REQUESTS_SHOWN:
            yield f"  and {len(called.exchanges) - REQUESTS_SHOWN} more"
        yield f"It answered {printable(answer, lines=True, limit=VALUE_LENGTH_LIMIT)}"
        yield ""
    if len(calls) > CALLS_SHOWN:
        yield f"{len(calls) - CALLS_SHOWN} more calls were looked at. A tape holds all of them: see --record."
        yield ""


def _words(text: str) -> str:
    return " ".join(text.split())


def _request(exchange: Exchange) -> str:
    """A request of the submission's code: where it looked, with which condition, and the result."""
    tables = ", ".join(exchange.tables)
    said = f"{exchange.service} {exchange.operation}{f' {tables}' if tables else ''}"
    if exchange.index:
        said += f", index {exchange.index}"
    if exchange.condition:
        said += f", where {exchange.condition}"
    if exchange.filter:
        said += f", filtered by {exchange.filter}"
    if exchange.consistent:
        said += ", consistent"
    if exchange.role == ENVIRONMENT_ROLE:
        said += ", with the environment's credentials"
    if not exchange.succeeded:
        return f"{said}: {exchange.code or 'an error'} (HTTP {exchange.status})"
    return f"{said}: {exchange.examined} examined, {exchange.returned} returned, {exchange.size} bytes"


def _call(reading: Reading) -> str:
    return f"{reading.called} {json.dumps(to_plain(reading.parameters))}"


def _answer(reading: Reading) -> str:
    if reading.error is not None:
        return f"{type(reading.error).__name__}: {reading.error.code}: {reading.error.text}"
    if not CONFIGURATION_READ.fullmatch(reading.operation):
        return "(the answer holds items, which are left out)"
    return json.dumps(to_plain(reading.answer), indent=2)
