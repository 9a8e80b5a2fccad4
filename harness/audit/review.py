"""What a lab's author has reviewed: irrelevant parts of answers, and mistakes with the findings that must notice them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import paths
from harness.account.reading import Reading
from harness.checking.finding import Finding
from harness.documents import strict_yaml
from harness.documents.schema import schema_problems, strict_validator
from harness.documents.strict_yaml import DefinitionError, Document, Problem

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

PROVISIONING = "provisioning"
SAYS = " -> "
STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
WILDCARDS = {"\\*\\*": ".*", "\\[\\*\\]": r"\[\d+\]", "\\*": r"[^.\[\]]+"}


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
    """Changes that may alter no finding. `changes` is empty for every change at those paths."""

    read: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    reason: str

    def match(self, reads: Collection[str], path: str, change: str) -> str | None:
        """Which of its paths speaks of that change of a reading with those names; None where none does."""
        if self.read not in reads or (self.changes and change not in self.changes):
            return None
        return next((one for one in self.paths if _pattern(one).fullmatch(path)), None)


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


def load_review(file: Path, finding_ids: set[str]) -> Review:
    """Reads a review.

    Raises:
        DefinitionError: it is missing or wrong, or names findings that the lab does not have.
    """
    document = _document(file, file.stat().st_mtime_ns if file.is_file() else 0)
    if problems := list(_problems(document, finding_ids)):
        raise DefinitionError(problems)
    data = document.value
    return Review(
        irrelevant=tuple(
            Irrelevant(one["read"], tuple(one["paths"]), tuple(one.get("changes", ())), one["reason"])
            for one in data["irrelevant"]
        ),
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
            for one in data["account_mutants"]
        ),
        submission_mutants=tuple(
            SubmissionMutant(one["id"], one["says"], one["file"], one["replace"], one["by"], _findings(one))
            for one in data["submission_mutants"]
        ),
    )


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


def load_outcomes(file: Path) -> Mapping[str, str] | None:
    """What an author has accepted of the audit, by mutant: the findings that change, and how. None where there is no
    such file."""
    if not file.is_file():
        return None
    lines = file.read_text("utf-8").splitlines()
    return dict(line.rpartition(SAYS)[::2] for line in lines if SAYS in line)


def dump_outcomes(outcomes: Mapping[str, str]) -> str:
    """The file's text."""
    return "".join(f"{mutant}{SAYS}{outcome}\n" for mutant, outcome in outcomes.items())


def _problems(document: Document, finding_ids: set[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for section in ("account_mutants", "submission_mutants"):
        for index, mutant in enumerate(document.value[section]):
            if mutant["id"] in seen:
                yield document.problem((section, index, "id"), f"there are two mutants {mutant['id']!r}.")
            seen.add(mutant["id"])
            for finding_id in mutant["findings"]:
                if finding_id not in finding_ids:
                    path = (section, index, "findings", finding_id)
                    yield document.problem(path, f"the lab has no finding {finding_id!r}.")


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    pattern = re.escape(path)
    for wildcard, expression in WILDCARDS.items():
        pattern = pattern.replace(wildcard, expression)
    return re.compile(pattern)


@functools.cache
def _validator() -> Validator:
    return strict_validator(json.loads(paths.AUDIT_SCHEMA.read_text("utf-8")))
