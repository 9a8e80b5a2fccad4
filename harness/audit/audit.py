"""Audits a lab: how many possible mistakes its checks notice, and whether they blame what is right."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree, ignore_patterns

from harness import paths
from harness.audit.auditor import Auditor, Case, Ruling, as_expected, right
from harness.audit.outcomes import dump_outcomes, load_outcomes
from harness.audit.review import SubmissionMutant
from harness.checking.finding import Status
from harness.grading import tape
from harness.grading.grade import grade
from harness.grading.options import GradeOptions
from harness.labs.definition import find_definition, handed_in
from harness.usage import UsageError

SEED = 1
"""The seed of the data in every audit. It is fixed, because accepted outcomes name parts of its answers."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The audit of one lab. `remarks` say what is wrong with its review and with the accepted outcomes. `written` is
    the file to which the outcomes were written (None: none was)."""

    lab: str
    cases: tuple[Case, ...]
    remarks: tuple[str, ...]
    seconds: float
    written: Path | None = None

    def count(self, ruling: Ruling) -> int:
        return sum(case.ruling is ruling for case in self.cases)

    @property
    def problems(self) -> list[Case]:
        """The cases that must not occur."""
        return [case for case in self.cases if case.is_problem]

    @property
    def proven(self) -> bool:
        return bool(self.cases) and not self.problems and not self.remarks


def audit(
    lab_id: str, *, full: bool = False, accept: bool = False, progress: Callable[[str], None] = lambda message: None
) -> AuditResult:
    """Audits a lab with its reference solution, or with a recorded run if the lab has that instead.

    Args:
        lab_id: the lab.
        full: also run the mutants of the submission, each on its own account.
        accept: if everything is proven, write down how each mutant is judged now, for later audits to compare with.
        progress: is called with a text that says what happens now.

    Raises:
        UsageError: the lab has no reference solution, or its review does not fit it.
        DefinitionError: the definition or the review cannot be used.
    """
    started = time.monotonic()
    definition, solution, review = find_definition(lab_id), paths.solution(lab_id), paths.review(lab_id)
    solved = solution.is_dir()
    if solved:
        progress(f"building the reference account of {lab_id}")
        reference = grade(GradeOptions(lab_id, submission=solution, seed=SEED)).tape
        progress("judging its mutants")
    elif paths.tape(lab_id).is_file():
        reference = tape.read(paths.tape(lab_id))
    else:
        raise UsageError(f"The audit needs the lab's reference solution, but {solution} does not exist.")
    auditor, cases, remarks = _judged(definition, reference, review, accept=accept)
    outcomes = _outcomes(cases)
    if solved:
        progress("grading an empty account")
        cases.append(_empty_account(lab_id))
        for mutant in auditor.review.submission_mutants if full else ():
            progress(f"grading the submission {mutant.id}")
            cases.append(_submission_mutant(auditor, lab_id, solution, mutant))
    result = AuditResult(lab_id, tuple(cases), remarks, time.monotonic() - started)
    return _accepted(result, review, outcomes) if accept else result


def _outcomes(cases: list[Case]) -> str:
    return dump_outcomes({case.name: case.outcome for case in cases if case.outcome})


def _accepted(result: AuditResult, review: Path, outcomes: str) -> AuditResult:
    """Writes down the outcomes, if everything else is proven: an author who accepted a blind mutant would never see it
    again."""
    file = paths.outcomes(review)
    if not result.proven:
        left = f"; {file} was left as it was" if file.is_file() else ""
        remark = f"nothing was accepted, because the audit is not proven{left}"
        return replace(result, remarks=(*result.remarks, remark))
    file.parent.mkdir(exist_ok=True)
    file.write_text(outcomes, "utf-8")
    return replace(result, written=file)


def _judged(
    definition: Path, recorded: tape.Tape, review: Path, *, accept: bool
) -> tuple[Auditor, list[Case], tuple[str, ...]]:
    """The auditor, its cases, and what is wrong with the review and with the accepted outcomes."""
    accepted = None if accept else load_outcomes(paths.outcomes(review))
    auditor = Auditor(definition, recorded, review, accepted=accepted)
    cases = list(auditor.cases())
    if accepted is None and not accept:
        return auditor, cases, (*auditor.unused, "how the mutants are judged was never accepted: type --accept")
    return auditor, cases, auditor.unused


def _empty_account(lab_id: str) -> Case:
    """An empty account earns nothing, and its findings say what is missing."""
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        for file in map(Path(folder).joinpath, handed_in(find_definition(lab_id))[:1]):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("", "utf-8")
        result = grade(GradeOptions(lab_id, submission=Path(folder)))
    held = {one.id: one for one in result.findings if one.status in (Status.PASS, Status.ERROR)}
    missing = {one.id: one for one in result.findings if one.status is Status.FAIL and one.expected and one.actual}
    if held or not missing:
        return right("an empty account, of which nothing may hold", held or {one.id: one for one in result.findings})
    return Case("an empty account, of which nothing may hold", Ruling.NOTICED, missing)


def _submission_mutant(auditor: Auditor, lab_id: str, solution: Path, mutant: SubmissionMutant) -> Case:
    """The case of a changed submission. Its code is called only if a finding about it must change: that takes
    seconds."""
    of_code = {spec.finding_id: spec.driven for spec in auditor.specs if spec.driven is not None}
    driven = bool(of_code.keys() & mutant.findings.keys())
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        copy = copytree(solution, Path(folder) / "submission", ignore=ignore_patterns("__pycache__"))
        file = copy / mutant.file
        text = file.read_text("utf-8") if file.is_file() else ""
        if text.count(mutant.replace) != 1:
            raise UsageError(
                f"The mutant {mutant.id} replaces a text that does not occur exactly once in {mutant.file}."
            )
        file.write_text(text.replace(mutant.replace, mutant.by), "utf-8")
        for code in () if driven else of_code.values():
            (copy / code.file).unlink(missing_ok=True)
        result = grade(GradeOptions(lab_id, submission=copy, seed=SEED))
    judged = [one for one in result.findings if driven or one.id not in of_code]
    return as_expected(f"{mutant.id}: {mutant.says}", auditor.differing(judged), mutant.findings)
