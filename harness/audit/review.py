"""What a lab's author reviewed: irrelevant parts of answers, and mistakes with the findings that must notice them."""

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
"""Marks a missing value, because None is a value."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a finding must say: a status, a reason unless any is right, and a part of its message."""

    status: str
    reason: str | None = None
    message: str = ""

    def is_met_by(self, finding: Finding) -> bool:
        told = finding.status == self.status and self.reason in (None, finding.reason)
        return told and self.message in finding.message


@dataclass(frozen=True, slots=True)
class Irrelevant:
    """Changes that may change no finding. `changes` is empty for every change at those paths. `unless` names the kinds
    of checks, and the parameters of kinds, that need what is there: if a lab has one of them, this does not apply."""

    read: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    reason: str
    unless: tuple[str, ...] = ()

    def match(self, reads: Collection[str], path: str, change: str) -> tuple[str, str] | None:
        """The path and change (empty: any) that match that change of a reading with those names; None if none does. In
        evidence, `an item with name` matches all changes in that attribute."""
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
    """One change of a tape: what is at a path, and what replaces it. `times` repeats the one element of a list."""

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
    """What an audit is compared with."""

    irrelevant: tuple[Irrelevant, ...]
    account_mutants: tuple[AccountMutant, ...]
    submission_mutants: tuple[SubmissionMutant, ...]


def names_of(reading: Reading) -> tuple[str, ...]:
    """The names of a reading in a review: `dynamodb DescribeTable`, with ` in eu-west-1` after it if that is not the
    run's own Region, and the same followed by what was asked for."""
    name = reading.called
    return (name, *(f"{name} {value}" for value in reading.parameters.values() if isinstance(value, str)))


def names_of_evidence(driven: str) -> tuple[str, ...]:
    """The names, in a review, of the evidence about driven code. `evidence` means all evidence."""
    return EVIDENCE, f"{EVIDENCE} {driven}"


def load_common(specs: Sequence[CheckSpec]) -> tuple[Irrelevant, ...]:
    """What is irrelevant to every lab, by service, unless a check of this lab needs it.

    Args:
        specs: the lab's checks.

    Raises:
        DefinitionError: one of these files is wrong.
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
        ValueError: what the patch replaces does not exist.
    """
    return _patched(value, STEP.findall(patch.path), patch)


def _patched(value: Any, steps: list[str], patch: Patch) -> Any:
    if not steps:
        if value is NOTHING and patch.before is NOTHING:
            return patch.after
        if patch.times is not None and isinstance(value, list) and len(value) == 1:
            return [_numbered(value[0], number) for number in range(1, patch.times + 1)]
        if value != patch.before:
            raise ValueError(f"at {patch.path} there is {value!r}, not {patch.before!r}")
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
    """A copy of an element, with a new name if elements have names."""
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
    """The text of a review, if it has the form of one."""
    document = strict_yaml.read(file)
    if problems := list(schema_problems(document, (), _validator())):
        raise DefinitionError(problems)
    return document


def _problems(document: Document, finding_ids: set[str]) -> Iterator[Problem]:
    for index, entry in enumerate(document.value["irrelevant"]):
        if "unless" in entry:
            says = "only the waivers in common/, which hold for every lab, have exceptions: leave it out here."
            yield document.problem(("irrelevant", index, "unless"), says)
    seen: set[str] = set()
    for section in MUTANTS:
        for index, mutant in enumerate(document.value.get(section, ())):
            if mutant["id"] in seen:
                yield document.problem((section, index, "id"), f"two mutants have the id {mutant['id']!r}.")
            seen.add(mutant["id"])
            for finding_id in mutant["findings"]:
                if finding_id not in finding_ids:
                    path = (section, index, "findings", finding_id)
                    yield document.problem(path, f"the lab has no finding {finding_id!r}.")


def _problems_of_names(document: Document) -> Iterator[Problem]:
    """A waiver must name what it waives, so that an author looks at what AWS or the lab adds later."""
    for index, entry in enumerate(document.value["irrelevant"]):
        of_evidence = entry["read"].split()[0] == EVIDENCE
        if of_evidence and "changes" not in entry:
            yield document.problem(
                ("irrelevant", index), "a waiver of evidence names its changes: every part of a call is one."
            )
        for place, waived in enumerate(entry["paths"]):
            parts = waived.split(".") if of_evidence else [waived.replace(ANY_INDEX, "")]
            if [one for one in parts if "*" in one and not (of_evidence and one == "*")]:
                wildcard = "`*` means a whole phase or method" if of_evidence else "`[*]` means any index"
                says = f"{waived!r} waives what it does not name: name each of them ({wildcard})."
                yield document.problem(("irrelevant", index, "paths", place), says)


def _problems_of_common(document: Document) -> Iterator[Problem]:
    for section in MUTANTS:
        if section in document.value:
            yield document.problem(
                (section,), "mistakes belong to one lab: leave them out of what holds for every lab."
            )
    for index, entry in enumerate(document.value["irrelevant"]):
        for place, one in enumerate(entry.get("unless", ())):
            kind, parameter = ".".join(one.split(".")[:KIND_PARTS]), one.split(".")[KIND_PARTS:]
            known = REGISTRY[kind].parameters["properties"] if kind in REGISTRY else {}
            if kind not in REGISTRY or set(parameter) - set(known):
                path = ("irrelevant", index, "unless", place)
                yield document.problem(path, f"no kind of check, and no parameter of one, has the name {one!r}.")


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    pattern = re.escape(path)
    for wildcard, expression in WILDCARDS.items():
        pattern = pattern.replace(wildcard, expression)
    return re.compile(pattern)


@functools.cache
def _validator() -> Validator:
    return strict_validator(json.loads(paths.AUDIT_SCHEMA.read_text("utf-8")))
