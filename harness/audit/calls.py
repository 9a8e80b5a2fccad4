"""Every small change that can be made to a probe's evidence: the mutants of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from harness.audit.leaves import changes
from harness.driver import Failure, FailureKind
from harness.transcript import ENVIRONMENT_ROLE, Called, Change, Exchange, Transcript

FAILURE = Failure(FailureKind.RAISED, "RuntimeError: as the audit wants it")
MANY = 100


@dataclass(frozen=True, slots=True)
class CallMutant:
    """A transcript with one call changed. `path` says of which phase and method, `name` what was done to it."""

    path: str
    name: str
    transcript: Transcript


def mutants(transcript: Transcript) -> Iterator[CallMutant]:
    """Each change of one call of each method in each phase: of the first that holds something."""
    for number in _representatives(transcript):
        called = transcript.calls[number]
        for name, changed in _changes(called):
            calls = (*transcript.calls[:number], changed, *transcript.calls[number + 1 :])
            yield CallMutant(f"{called.phase}.{called.method}", name, replace(transcript, calls=calls))


def _representatives(transcript: Transcript) -> list[int]:
    found: dict[tuple[str, str], int] = {}
    for number, called in enumerate(transcript.calls):
        key = (called.phase, called.method)
        if key not in found or (not transcript.calls[found[key]].value and called.value):
            found[key] = number
    return list(found.values())


def _changes(called: Called) -> Iterator[tuple[str, Called]]:
    yield "it fails", replace(called, value=None, failure=FAILURE)
    if called.value is not None:
        yield "it answers nothing", replace(called, value=None)
        for name, value in _other_values(called.value):
            yield name, replace(called, value=value)
    yield "no requests", replace(called, exchanges=())
    for name, fields in EXCHANGES.items():
        yield name, replace(called, exchanges=tuple(replace(one, **fields) for one in called.exchanges))
    yield "a hundred times the cost", replace(called, exchanges=tuple(map(_costly, called.exchanges)))
    yield "a hundred times the calls", replace(called, exchanges=called.exchanges * MANY)
    if called.changes is not None:
        yield "nothing changed in the table", replace(called, changes=())
        for name, changed in _other_changes(called.changes):
            yield name, replace(called, changes=changed)


EXCHANGES: Mapping[str, Mapping[str, Any]] = {
    "by a Scan": {"operation": "Scan"},
    "with other credentials": {"role": ENVIRONMENT_ROLE},
    "in another table": {"tables": ("another",)},
    "in another service": {"service": "s3", "operation": "PutObject", "tables": ()},
}


def _costly(exchange: Exchange) -> Exchange:
    return replace(exchange, examined=exchange.examined * MANY, size=exchange.size * MANY)


def _other_values(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value:
        yield "one less", value[1:]
        yield "one twice", [value[0], *value]
        yield "another way round", value[::-1]
        yield from ((f"[0].{name}", [other, *value[1:]]) for name, other in _other_entities(value[0]))
    elif isinstance(value, Mapping):
        yield from _other_entities(value)
    elif isinstance(value, int | Decimal):
        yield "another number", value + 1
        yield "a float", float(value)


def _other_entities(entity: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(entity, Mapping):
        yield "more", {**entity, "FieldOfTomorrow": 1}
        for change in changes(entity, None):
            yield f"{change.path}: {change.name}", change.value


def _other_changes(items: tuple[Change, ...]) -> Iterator[tuple[str, tuple[Change, ...]]]:
    first, *others = items
    for change in changes(dict(first.after or {}), None):
        yield f"{change.path}: {change.name}", (replace(first, after=change.value), *others)
