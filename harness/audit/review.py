"""What a lab's author has reviewed: irrelevant parts of answers, and mistakes with the findings that must notice them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import paths
from harness.account.reading import Reading
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding
from harness.documents import strict_yaml
from harness.documents.schema import schema_problems, strict_validator
from harness.documents.strict_yaml import DefinitionError, Document, Problem

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

PROVISIONING = "provisioning"
MUTANTS = ("account_mutants", "submission_mutants")
EVIDENCE = "evidence"
STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
WILDCARDS = {r"\[\*\]": r"\[\d+\]", r"\*": r"[^.]+"}
ANY_INDEX = "[*]"
KIND_PARTS = 2


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()
"""Stands for what is not there, since None is a value."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a finding must say: a status, a reason unless any will do, and a part of its message."""

    status: str
    reason: str | None = None
    message: str = ""

    def is_met_by(self, finding: Finding) -> bool:
        told = finding.status == self.status and self.reason in (None, finding.reason)
        return told and self.message in finding.message


@dataclass(frozen=True, slots=True)
class Irrelevant:
    """Changes that may alter no finding. `changes` is empty for every change at those paths. `unless` are the kinds of
    checks, and the parameters of kinds, that ask for what stands there: where a lab has one of them, this says nothing."""

    read: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    reason: str
    unless: tuple[str, ...] = ()

    def match(self, reads: Collection[str], path: str, change: str) -> tuple[str, str] | None:
        """Which of its paths and changes (empty: any) speak of that change of a reading with those names; None where it
        says nothing of it. Of evidence, `an item with name` speaks of all that is changed in that attribute."""
        if self.read not in reads:
            return None
        where = next((one for one in self.paths if _pattern(one).fullmatch(path)), None)
        changes = [
            one for one in self.changes or ("",) if _speaks_of(one, change, of_part=self.read.startswith(EVIDENCE))
        ]
        return None if where is None or not changes else (where, changes[0])


def _speaks_of(waived: str, change: str, *, of_part: bool) -> bool:
    return waived in ("", change) or (of_part and change.startswith((f"{waived} ", f"{waived}.", f"{waived}[")))


@dataclass(frozen=True, slots=True)
class Patch:
    """One change to a tape: what stands at a path, and what comes there. `times` repeats a list's one element."""

    read: str
    path: str
    before: Any
    after: Any
    times: int | None


@dataclass(frozen=True, slots=True)
class AccountMutant:
    """A right account with one mistake. `findings` are those that must change."""

    id: str
    says: str
    patches: tuple[Patch, ...]
    findings: Mapping[str, Expected]


@dataclass(frozen=True, slots=True)
class SubmissionMutant:
    """The reference solution with one mistake in its code."""

    id: str
    says: str
    file: str
    replace: str
    by: str
    findings: Mapping[str, Expected]


@dataclass(frozen=True, slots=True)
class Review:
    """What an audit is measured by."""

    irrelevant: tuple[Irrelevant, ...]
    account_mutants: tuple[AccountMutant, ...]
    submission_mutants: tuple[SubmissionMutant, ...]


def names_of(reading: Reading) -> tuple[str, ...]:
    """What a review may call a reading: `dynamodb DescribeTable`, with ` in eu-west-1` after it in another Region than the
    run's own, or with what was asked for after that."""
    name = reading.called
    return (name, *(f"{name} {value}" for value in reading.parameters.values() if isinstance(value, str)))


def names_of_evidence(driven: str) -> tuple[str, ...]:
    """What a review may call the evidence of what a lab drives: `evidence` speaks of all of it."""
    return EVIDENCE, f"{EVIDENCE} {driven}"


def load_common(specs: Sequence[CheckSpec]) -> tuple[Irrelevant, ...]:
    """What is irrelevant to every lab, service by service, as far as no check of a lab asks for it.

    Args:
        specs: the lab's checks.

    Raises:
        DefinitionError: a file of it is wrong.
    """
    asked = {spec.check.kind for spec in specs}
    asked |= {f"{spec.check.kind}.{name}" for spec in specs for name in spec.parameters}
    found: list[Irrelevant] = []
    for file in sorted(paths.COMMON_REVIEWS.glob("*.yaml")):
        document = _document(file, file.stat().st_mtime_ns)
        if problems := [*_problems_of_names(document), *_problems_of_common(document)]:
            raise DefinitionError(problems)
        found += (one for one in _irrelevant(document) if not asked & set(one.unless))
    return tuple(found)


def load_review(file: Path, finding_ids: set[str]) -> Review:
    """Reads a review.

    Raises:
        DefinitionError: it is missing or wrong, or names findings that the lab does not have.
    """
    document = _document(file, file.stat().st_mtime_ns if file.is_file() else 0)
    if problems := [*_problems_of_names(document), *_problems(document, finding_ids)]:
        raise DefinitionError(problems)
    data = document.value
    return Review(
        irrelevant=tuple(_irrelevant(document)),
        account_mutants=tuple(
            AccountMutant(
                one["id"],
                one["says"],
                tuple(
                    Patch(
                        change["read"],
                        change["path"],
                        change.get("from", NOTHING),
                        change.get("to", NOTHING),
                        change.get("times"),
                    )
                    for change in one["changes"]
                ),
                _findings(one),
            )
            for one in data.get("account_mutants", ())
        ),
        submission_mutants=tuple(
            SubmissionMutant(one["id"], one["says"], one["file"], one["replace"], one["by"], _findings(one))
            for one in data.get("submission_mutants", ())
        ),
    )


def _irrelevant(document: Document) -> Iterator[Irrelevant]:
    for one in document.value["irrelevant"]:
        lists = (tuple(one.get(name, ())) for name in ("paths", "changes", "unless"))
        where, changes, unless = lists
        yield Irrelevant(one["read"], where, changes, one["reason"], unless)


def patched(value: Any, patch: Patch) -> Any:
    """A value with a patch applied.

    Raises:
        ValueError: what the patch replaces is not there.
    """
    return _patched(value, STEP.findall(patch.path), patch)


def _patched(value: Any, steps: list[str], patch: Patch) -> Any:
    if not steps:
        if value is NOTHING and patch.before is NOTHING:
            return patch.after
        if patch.times is not None and isinstance(value, list) and len(value) == 1:
            return [_numbered(value[0], number) for number in range(1, patch.times + 1)]
        if value != patch.before:
            raise ValueError(f"at {patch.path} stands {value!r}, not {patch.before!r}")
        return patch.after
    step, rest = steps[0], steps[1:]
    if step.startswith("["):
        return _patched_element(value, int(step[1:-1]), rest, patch)
    before = value.get(step, NOTHING) if isinstance(value, Mapping) else NOTHING
    if rest and before is NOTHING:
        raise ValueError(f"there is no {patch.path}")
    after = _patched(before, rest, patch)
    return {**{key: one for key, one in value.items() if key != step}, **({} if after is NOTHING else {step: after})}


def _numbered(element: Any, number: int) -> Any:
    """A copy of an element, under a name of its own where it has one."""
    named = isinstance(element, Mapping) and "IndexName" in element and number > 1
    return {**element, "IndexName": f"{element['IndexName']}-{number}"} if named else element


def _patched_element(value: Any, index: int, steps: list[str], patch: Patch) -> Any:
    if not isinstance(value, list) or index > len(value):
        raise ValueError(f"there is no {patch.path}")
    after = _patched(value[index] if index < len(value) else NOTHING, steps, patch)
    return [*value[:index], *([] if after is NOTHING else [after]), *value[index + 1 :]]


def _findings(data: Mapping[str, Any]) -> Mapping[str, Expected]:
    return {finding_id: _expected(value) for finding_id, value in data["findings"].items()}


def _expected(value: str | Mapping[str, str]) -> Expected:
    """`error pending`, or with a part of the message: `{error pending: is UPDATING}`."""
    [(outcome, message)] = value.items() if isinstance(value, Mapping) else [(value, "")]
    status, _, reason = outcome.partition(" ")
    return Expected(status, reason or None, message)


@functools.lru_cache(maxsize=16)
def _document(file: Path, changed: int) -> Document:  # noqa: ARG001  (a changed file is another one)
    """The text of a review, when it has the form of one."""
    document = strict_yaml.read(file)
    if problems := list(schema_problems(document, (), _validator())):
        raise DefinitionError(problems)
    return document


def _problems(document: Document, finding_ids: set[str]) -> Iterator[Problem]:
    for index, entry in enumerate(document.value["irrelevant"]):
        if "unless" in entry:
            says = "this is for what is waived for every lab: leave out what this lab asks for."
            yield document.problem(("irrelevant", index, "unless"), says)
    seen: set[str] = set()
    for section in MUTANTS:
        for index, mutant in enumerate(document.value.get(section, ())):
            if mutant["id"] in seen:
                yield document.problem((section, index, "id"), f"there are two mutants {mutant['id']!r}.")
            seen.add(mutant["id"])
            for finding_id in mutant["findings"]:
                if finding_id not in finding_ids:
                    path = (section, index, "findings", finding_id)
                    yield document.problem(path, f"the lab has no finding {finding_id!r}.")


def _problems_of_names(document: Document) -> Iterator[Problem]:
    """A waiver names what it waives: what AWS or the lab adds tomorrow, somebody has to look at."""
    for index, entry in enumerate(document.value["irrelevant"]):
        of_evidence = entry["read"].split()[0] == EVIDENCE
        if of_evidence and "changes" not in entry:
            yield document.problem(
                ("irrelevant", index), "a waiver of evidence names its changes: every part of a call is one."
            )
        for place, waived in enumerate(entry["paths"]):
            parts = waived.split(".") if of_evidence else [waived.replace(ANY_INDEX, "")]
            if [one for one in parts if "*" in one and not (of_evidence and one == "*")]:
                wildcard = "`*` stands for a whole phase or method" if of_evidence else "`[*]` stands for any index"
                says = f"{waived!r} waives what it does not name: name each of them ({wildcard})."
                yield document.problem(("irrelevant", index, "paths", place), says)


def _problems_of_common(document: Document) -> Iterator[Problem]:
    for section in MUTANTS:
        if section in document.value:
            yield document.problem((section,), "mistakes are a lab's own: what holds for every lab has none.")
    for index, entry in enumerate(document.value["irrelevant"]):
        for place, one in enumerate(entry.get("unless", ())):
            kind, parameter = ".".join(one.split(".")[:KIND_PARTS]), one.split(".")[KIND_PARTS:]
            known = REGISTRY[kind].parameters["properties"] if kind in REGISTRY else {}
            if kind not in REGISTRY or set(parameter) - set(known):
                path = ("irrelevant", index, "unless", place)
                yield document.problem(
                    path, f"there is no kind of check, and no parameter of one, that is called {one!r}."
                )


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    pattern = re.escape(path)
    for wildcard, expression in WILDCARDS.items():
        pattern = pattern.replace(wildcard, expression)
    return re.compile(pattern)


@functools.cache
def _validator() -> Validator:
    return strict_validator(json.loads(paths.AUDIT_SCHEMA.read_text("utf-8")))
