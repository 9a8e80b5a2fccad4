"""Judges mutants and right variants of a right account, all on its tape and without any access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness.account.errors import (
    NOT_CONFIGURED_CODES,
    Denied,
    NotConfigured,
    NotFound,
    NotImplementedByTarget,
    ReadError,
    Throttled,
    Unreachable,
)
from harness.account.reading import Reading, ReadKey, Source, fields
from harness.account.session import service_model
from harness.audit import calls, variants
from harness.audit.bounds import proofs
from harness.audit.leaves import UNKNOWN_MEMBER, changes, without
from harness.audit.review import (
    PROVISIONING,
    AccountMutant,
    Expected,
    Irrelevant,
    load_common,
    load_review,
    names_of,
    names_of_evidence,
    patched,
)
from harness.checking.check import CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.grading.replay import judge_again
from harness.grading.tape import Tape, TapeAccount
from harness.labs.definition import Lab, load
from harness.usage import UsageError

WAIT_SECONDS = 60.0

Outcome = tuple[Status, Reason | None]
"""What a finding says, without its texts."""

READ_ERRORS: Sequence[tuple[type[ReadError], str, Outcome]] = (
    (NotFound, "ResourceNotFoundException", (Status.FAIL, None)),
    (Denied, "AccessDeniedException", (Status.ERROR, Reason.DENIED)),
    (Throttled, "ThrottlingException", (Status.ERROR, Reason.THROTTLED)),
    (Unreachable, "InternalServerError", (Status.ERROR, Reason.UNREACHABLE)),
    (NotImplementedByTarget, "UnknownOperationException", (Status.SKIP, Reason.UNSUPPORTED)),
)
"""Errors that a read may get, and what the checks with that read must then say."""


def _read_errors(reading: Reading) -> Iterator[tuple[type[ReadError], str, Outcome]]:
    """Errors that a read may get. A missing configuration is also reported as an error."""
    yield from READ_ERRORS
    absent = NOT_CONFIGURED_CODES.get((reading.service, reading.operation))
    if absent is not None:
        yield NotConfigured, absent, (Status.FAIL, None)


class Ruling(StrEnum):
    """What the audit says about one mutant or variant."""

    NOTICED = "noticed"
    IRRELEVANT = "irrelevant"
    RIGHT = "right"
    BLIND = "blind"
    WRONGLY_BLAMED = "wrongly blamed"
    JUDGED_ANEW = "judged otherwise than accepted"


@dataclass(frozen=True, slots=True)
class Case:
    """One mutant or right variant, with the findings whose status or reason changed. If a review may waive it, `read`,
    `path` and `change` are its names in a review."""

    name: str
    ruling: Ruling
    changed: Mapping[str, Finding]
    explanation: str = ""
    read: str = ""
    path: str = ""
    change: str = ""

    @property
    def is_problem(self) -> bool:
        return self.ruling in (Ruling.BLIND, Ruling.WRONGLY_BLAMED, Ruling.JUDGED_ANEW)

    @property
    def outcome(self) -> str:
        """The findings that changed, without those that only follow from one of them."""
        told = {one: found for one, found in self.changed.items() if found.reason is not Reason.PREREQUISITE}
        return _listed(told, sorted(told))


class Auditor:
    """Audits one definition on the tape of a right account. `specs` are its checks; `reads` are the reads of each
    finding's check."""

    def __init__(
        self,
        definition: Path,
        tape: Tape,
        review: Path,
        *,
        accepted: Mapping[str, str] | None = None,
        change_spec: Callable[[CheckSpec], CheckSpec] = lambda spec: spec,
    ) -> None:
        """Args:
            tape: a run in which every check passed.
            review: the file with what the lab's author reviewed.
            accepted: the outcomes that the author accepted, by mutant; None to accept all.
            change_spec: may replace each check with another, to see whether the audit notices that.

        Raises:
            DefinitionError: the definition or the review cannot be used.
        """
        self._definition = definition
        self._tape = tape
        self._change_spec = change_spec
        self._accepted = accepted
        self.specs = self._load_specs(tape)
        self.common = load_common(self.specs)
        self.review = load_review(review, {spec.finding_id for spec in self.specs})
        self._used: set[tuple[Irrelevant, str]] = set()
        self._missed: dict[str, str] = {}
        self._dependents: dict[frozenset[int], Sequence[CheckSpec]] = {}
        runner = self._runner(TapeAccount(tape), self.specs)
        self._right = {finding.id: finding for finding in judge_again(runner, tape)}
        self.reads = {spec.finding_id: runner.reads(spec.finding_id) for spec in self.specs}

    def cases(self) -> Iterator[Case]:
        """Every case. Afterwards `unused` says which parts of the review no case needed."""
        self._used.clear()
        self._missed = dict(self._accepted or {})
        for case in self._cases():
            accepted = self._missed.pop(case.name, "")
            if self._accepted is None or case.is_problem or case.outcome == accepted:
                yield case
            else:
                explanation = f"{case.outcome or 'no finding changed'}; accepted: {accepted or 'no finding changes'}"
                yield replace(case, ruling=Ruling.JUDGED_ANEW, explanation=explanation)

    def _cases(self) -> Iterator[Case]:
        yield right("the right account", {one.id: one for one in self._right.values() if one.status is not Status.PASS})
        yield from map(self._account_mutant, self.review.account_mutants)
        yield from self.read_mutants()
        yield from self.leaf_mutants()
        yield from self.call_mutants()
        yield from self.bound_mutants()
        yield from self.right_variants()

    def leaf_mutants(self) -> Iterator[Case]:
        """Each change of each leaf of each answer; then an answer without all fields that may be missing."""
        optional: dict[int, set[str]] = defaultdict(set)
        for number, reading in enumerate(self._tape.readings):
            if reading.answer is None:
                continue
            shape = service_model(reading.service).operation_model(reading.operation).output_shape
            for change in changes(reading.answer, shape):
                changed = self._changed_by({number: self._answering(reading, change.value)})
                yield self._leaf_mutant(names_of(reading), change.path, change.name, changed)
                if change.is_field and not changed:
                    optional[number].add(change.path)
        older = self._tape
        for number, paths in optional.items():
            older = self._with_answer(older, number, without(older.readings[number].answer, paths))
        changed = self._changed(older)
        blamed = {
            one: finding for one, finding in changed.items() if finding.status is Status.FAIL or _crashed(finding)
        }
        yield right("answers of an older version, without any optional field", blamed)

    def call_mutants(self) -> Iterator[Case]:
        """Each change of a call of the submission's code, and code that may not be called."""
        for driven, evidence in self._tape.evidence.items():
            if isinstance(evidence, str):
                continue
            judged = [spec for spec in self.specs if spec.driven is not None and spec.driven.name == driven]
            specs = self._behind({spec.id for spec in judged})
            for mutant in calls.mutants(evidence):
                tape = replace(self._tape, evidence={**self._tape.evidence, driven: mutant.evidence})
                changed = self.differing(judge_again(self._runner(TapeAccount(tape), specs), tape))
                yield self._leaf_mutant(names_of_evidence(driven), mutant.path, mutant.name, changed)
            tape = replace(self._tape, evidence={**self._tape.evidence, driven: "as the audit wants it"})
            changed = self.differing(judge_again(self._runner(TapeAccount(tape), specs), tape))
            readers = [spec.finding_id for spec in judged]
            expected = self.consequences(readers, (Status.SKIP, Reason.NOT_ALLOWED))
            yield _exactly(f"{driven} may not be driven", changed, expected)

    def bound_mutants(self) -> Iterator[Case]:
        """For each bound in the definition, an account just outside it, if one just inside is right."""
        for spec in self.specs:
            reads = self.reads[spec.finding_id]
            numbers = [number for number, reading in enumerate(self._tape.readings) if reading.key in reads]
            for bound, proof in proofs(replace(spec, needs=()), self._tape, numbers, self._passes):
                read = f"bound {spec.finding_id}"
                name = f"{read} {bound.name} {bound.value}"
                if proof is None:
                    nobody = "no finding notices an account just outside it: no number that the check reads shows it"
                    yield self._waived(name, (read,), bound.name, "", nobody)
                    continue
                found = self._judge(replace(spec, needs=()), proof.tape)
                proven = f"{name}, {proof.place}: {proof.inside} holds and {proof.outside} does not"
                yield Case(proven, Ruling.NOTICED, {found.id: found})

    def read_mutants(self) -> Iterator[Case]:
        """Each read answered with an error, or with nothing."""
        for number, reading in enumerate(self._tape.readings):
            readers = {finding_id for finding_id, reads in self.reads.items() if reading.key in reads}
            name = names_of(reading)[:2][-1]
            for kind, code, outcome in _read_errors(reading):
                error = kind(reading.service, reading.operation, reading.parameters, code, "as the audit wants it")
                changed = self._changed_by({number: replace(reading, answer=None, error=error)})
                yield _exactly(f"{name} answers {code}", changed, self.consequences(readers, outcome))
            if reading.answer == {}:
                continue  # it is already empty
            changed = self._changed_by({number: self._answering(reading, {})})
            blind = sorted(readers - set(changed))
            ruling = Ruling.BLIND if blind else Ruling.NOTICED
            yield Case(f"{name} answers nothing", ruling, changed, ", ".join(blind))

    def right_variants(self) -> Iterator[Case]:
        """Right accounts of another form, and those that become right while the checks look at them."""
        for name, tape in variants.variants(self._tape, self._fixed_names()):
            yield right(name, self._changed(tape))
        for name, account in variants.states(self._tape):
            runner = self._runner(account, self.specs, wait_seconds=WAIT_SECONDS)
            yield right(name, self.differing(judge_again(runner, self._tape)))

    @property
    def unused(self) -> tuple[str, ...]:
        """What no case needed: paths and changes of the review, and accepted outcomes."""
        entries = (
            f"in the review, and not needed: {entry.read}: {one}"
            for entry in self.review.irrelevant
            for one in (*entry.paths, *entry.changes)
            if (entry, one) not in self._used
        )
        return (*entries, *(f"accepted, and no mutant any more: {one}" for one in self._missed))

    def differing(self, findings: Iterable[Finding]) -> Mapping[str, Finding]:
        """The findings of a run that differ from those of the right account."""
        return {one.id: one for one in findings if _outcome(one) != _outcome(self._right[one.id])}

    def _leaf_mutant(self, reads: Sequence[str], path: str, change: str, changed: Mapping[str, Finding]) -> Case:
        name = f"{reads[:2][-1]} {path}: {change}"
        if crashed := [one for one, finding in changed.items() if _crashed(finding)]:
            return Case(name, Ruling.WRONGLY_BLAMED, changed, f"crashed: {', '.join(crashed)}")
        failed = [one for one, finding in changed.items() if finding.status is Status.FAIL]
        if change == UNKNOWN_MEMBER and failed:
            return Case(name, Ruling.WRONGLY_BLAMED, changed, f"failed, not undecided: {', '.join(failed)}")
        if changed:
            return Case(name, Ruling.NOTICED, changed, read=reads[:2][-1], path=path, change=change)
        return self._waived(name, reads, path, change, "no finding changed")

    def _waived(self, name: str, reads: Sequence[str], path: str, change: str, blind: str) -> Case:
        """The case of a change that no finding notices: it is blind, unless it is waived for every lab or for this
        one."""
        in_any_region = (*reads, " ".join(reads[0].split()[:2]))
        entries = [*((one, in_any_region) for one in self.common), *((one, reads) for one in self.review.irrelevant)]
        for entry, names in entries:
            if (matching := entry.match(names, path, change)) is not None:
                self._used |= {(entry, one) for one in matching}
                return Case(name, Ruling.IRRELEVANT, {}, entry.reason, reads[:2][-1], path, change)
        return Case(name, Ruling.BLIND, {}, blind, reads[:2][-1], path, change)

    def _account_mutant(self, mutant: AccountMutant) -> Case:
        answers: dict[int, Any] = {}
        provisioning = self._tape.provisioning
        try:
            for patch in mutant.patches:
                if patch.read == PROVISIONING:
                    provisioning = patched(dict(provisioning or {}), patch)
                    continue
                numbers = [number for number, one in enumerate(self._tape.readings) if patch.read in names_of(one)]
                if not numbers:
                    raise ValueError(f"{patch.read} is not on the tape")
                for number in numbers:
                    before = answers.get(number, self._tape.readings[number].answer)
                    answers[number] = patched(before, patch)
        except ValueError as error:
            raise UsageError(f"The mutant {mutant.id} does not fit: {error}.") from error
        name = f"{mutant.id}: {mutant.says}"
        if provisioning != self._tape.provisioning:
            tape = replace(self._tape, provisioning=provisioning)
            for number, answer in answers.items():
                tape = self._with_answer(tape, number, answer)
            return as_expected(name, self._changed(tape), mutant.findings)
        readings = self._tape.readings
        changed = self._changed_by({number: self._answering(readings[number], one) for number, one in answers.items()})
        return as_expected(name, changed, mutant.findings)

    def consequences(self, readers: Iterable[str], outcome: Outcome) -> Mapping[str, Outcome]:
        """What findings must say if a read has that outcome: those of the checks with that read, and those behind
        them."""
        readers = set(readers)
        expected: dict[str, Outcome] = {}
        ids = {spec.id: spec.finding_id for spec in self.specs}
        waiting = list(self.specs)
        while waiting:
            spec = waiting.pop(0)
            needs = [ids[need] for need in spec.needs]
            if {one.finding_id for one in waiting} & set(needs):
                waiting.append(spec)
                continue
            broken = [expected[need] for need in needs if need in expected]
            statuses = {status for status, _ in broken}
            if Status.ERROR in statuses:
                expected[spec.finding_id] = (Status.ERROR, Reason.PREREQUISITE)
            elif Status.FAIL in statuses or (Status.SKIP, Reason.PREREQUISITE) in broken:
                expected[spec.finding_id] = (Status.SKIP, Reason.PREREQUISITE)
            elif broken:
                expected[spec.finding_id] = broken[0]
            elif spec.finding_id in readers:
                expected[spec.finding_id] = outcome
        return expected

    def _changed_by(self, readings: Mapping[int, Reading]) -> Mapping[str, Finding]:
        """The findings that other answers to some reads change. Only those that depend on them are judged again."""
        numbers = frozenset(readings)
        if numbers not in self._dependents:
            before = [self._tape.readings[number] for number in numbers]
            self._dependents[numbers] = self.resting_on({one.key for one in before})
        tape = self._tape
        for number, reading in readings.items():
            tape = _with(tape, number, reading)
        keys = {one.key for one in readings.values()}
        specs = self._dependents[numbers]
        known = {one.id: self._right[one.finding_id] for one in specs if not self.reads[one.finding_id] & keys}
        return self.differing(judge_again(self._runner(TapeAccount(tape), specs, known=known), tape))

    def resting_on(self, keys: Collection[ReadKey]) -> Sequence[CheckSpec]:
        """The checks with one of these reads, and those behind them, without their other prerequisites, because these
        hold."""
        return self._behind({spec.id for spec in self.specs if self.reads[spec.finding_id] & set(keys)})

    def _behind(self, found: set[str]) -> Sequence[CheckSpec]:
        """Some checks, by their ids, and those behind them, without their other prerequisites, because these hold."""
        while more := {spec.id for spec in self.specs if found & set(spec.needs)} - found:
            found |= more
        return [
            replace(one, needs=tuple(need for need in one.needs if need in found))
            for one in self.specs
            if one.id in found
        ]

    def _judge(self, spec: CheckSpec, tape: Tape) -> Finding:
        """The finding of one check on a tape, without its prerequisites."""
        [finding] = judge_again(self._runner(TapeAccount(tape), [spec]), tape)
        return finding

    def _passes(self, spec: CheckSpec, tape: Tape) -> bool | None:
        found = self._judge(spec, tape)
        return {Status.PASS: True, Status.FAIL: False}.get(found.status)

    def _changed(self, tape: Tape) -> Mapping[str, Finding]:
        """The findings that another tape changes."""
        specs = self.specs if tape.stamp is self._tape.stamp else self._load_specs(tape)
        return self.differing(judge_again(self._runner(TapeAccount(tape), specs), tape))

    def _runner(
        self,
        account: Source,
        specs: Sequence[CheckSpec],
        *,
        wait_seconds: float = 0.0,
        known: Mapping[str, Finding] | None = None,
    ) -> Runner:
        return Runner(specs, account, _StillClock(), wait_seconds=wait_seconds, concurrent_checks=1, known=known)

    def _load(self, tape: Tape) -> Lab:
        stamp = tape.stamp
        return load(self._definition, student_id=stamp.student_id, account_id=stamp.account_id, region=stamp.region)

    def _load_specs(self, tape: Tape) -> list[CheckSpec]:
        return [self._change_spec(spec) for spec in self._load(tape).checks]

    def _with_answer(self, tape: Tape, number: int, answer: Any) -> Tape:
        return _with(tape, number, self._answering(tape.readings[number], answer))

    @staticmethod
    def _answering(reading: Reading, answer: Any) -> Reading:
        return replace(reading, answer=fields(answer, reading.service, reading.operation, reading.parameters))

    def _fixed_names(self) -> frozenset[str]:
        """Every text among the parameters of the definition's checks, and its Regions: these names are not free."""
        names = set(self._load(self._tape).regions.values())
        found: list[Any] = [spec.parameters for spec in self.specs]
        while found:
            one = found.pop()
            if isinstance(one, str):
                names.add(one)
            elif isinstance(one, Mapping | list):
                found += one.values() if isinstance(one, Mapping) else one
        return frozenset(names)


def right(name: str, changed: Mapping[str, Finding]) -> Case:
    """The case of a right account, in which nothing may change."""
    return Case(name, Ruling.WRONGLY_BLAMED if changed else Ruling.RIGHT, changed, _listed(changed, changed))


def as_expected(name: str, changed: Mapping[str, Finding], expected: Mapping[str, Expected]) -> Case:
    """The case of a mistake that exactly these findings must notice, besides those that only follow from one of them.
    If there are none, it was not a mistake."""
    if not expected:
        return right(name, changed)
    wrong = [
        one
        for one, finding in changed.items()
        if not (expected[one].is_met_by(finding) if one in expected else finding.reason is Reason.PREREQUISITE)
    ]
    return _ruled(name, changed, wrong, expected)


def _exactly(name: str, changed: Mapping[str, Finding], expected: Mapping[str, Outcome]) -> Case:
    wrong = [one for one in changed if _outcome(changed[one]) != expected.get(one)]
    return _ruled(name, changed, wrong, expected)


def _ruled(name: str, changed: Mapping[str, Finding], wrong: Sequence[str], expected: Iterable[str]) -> Case:
    if wrong:
        return Case(name, Ruling.WRONGLY_BLAMED, changed, f"not expected: {_listed(changed, wrong)}")
    if blind := sorted(set(expected) - set(changed)):
        return Case(name, Ruling.BLIND, changed, f"not noticed by {', '.join(blind)}")
    return Case(name, Ruling.NOTICED, changed)


class _StillClock:
    """Time that passes only when something waits."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> float:
        return self._seconds

    def wait(self, seconds: float) -> None:
        self._seconds += seconds


def _with(tape: Tape, number: int, reading: Reading) -> Tape:
    return replace(tape, readings=(*tape.readings[:number], reading, *tape.readings[number + 1 :]))


def _outcome(finding: Finding) -> Outcome:
    return finding.status, finding.reason


def _crashed(finding: Finding) -> bool:
    return finding.reason is Reason.CRASHED


def _listed(changed: Mapping[str, Finding], ids: Iterable[str]) -> str:
    return ", ".join(f"{one} {changed[one].status} {changed[one].reason or ''}".strip() for one in ids)
