"""Every small change that can be made to a scenario's evidence: the mutants of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from harness.driving.evidence import UNKNOWN_ROLE, CallRecord, Change, Evidence, Exchange
from harness.submission.caller import Failure, FailureKind

FAILURE = Failure(FailureKind.RAISED, "RuntimeError: as the audit wants it")
MANY = 100


@dataclass(frozen=True, slots=True)
class CallMutant:
    """Evidence with one call changed. `path` is its phase and method, `name` says what was changed."""

    path: str
    name: str
    evidence: Evidence


def mutants(evidence: Evidence) -> Iterator[CallMutant]:
    """Each change of one call of each method in each phase: the first call that returns something, and the first that
    raised where it may. The parts of a method's answer are changed only in its first phase. One mutant changes all
    calls together, because only they show how requests spread over partition keys."""
    seen: set[str] = set()
    for number in _representatives(evidence):
        called = evidence.calls[number]
        for name, changed in _changes(called, in_parts=called.method not in seen):
            calls = (*evidence.calls[:number], changed, *evidence.calls[number + 1 :])
            yield CallMutant(f"{called.phase}.{called.method}", name, replace(evidence, calls=calls))
        seen.add(called.method)
    calls = tuple(replace(one, exchanges=tuple(map(_in_one_partition, one.exchanges))) for one in evidence.calls)
    if calls != evidence.calls:
        yield CallMutant("every call", "with one partition key", replace(evidence, calls=calls))


def _representatives(evidence: Evidence) -> list[int]:
    found: dict[tuple[str, str, bool], int] = {}
    for number, called in enumerate(evidence.calls):
        key = (called.phase, called.method, bool(called.part) and called.failure is not None)
        if key not in found or (not evidence.calls[found[key]].value and called.value):
            found[key] = number
    return list(found.values())


def _changes(called: CallRecord, *, in_parts: bool) -> Iterator[tuple[str, CallRecord]]:
    if called.part and called.failure is not None:
        yield from _changes_of_refused(called)
        return
    yield "it fails", replace(called, value=None, failure=FAILURE)
    if called.value is not None:
        yield "it answers nothing", replace(called, value=None)
        for name, value in _other_values(called.value, in_parts=in_parts):
            yield name, replace(called, value=value)
    if called.exchanges:
        for name, fields in EXCHANGES.items():
            yield name, replace(called, exchanges=tuple(replace(one, **fields) for one in called.exchanges))
    if called.part:  # judged by what the call comes to, not by what it costs
        yield from _changes_of_parts(called)
        return
    if called.exchanges:
        yield "no requests", replace(called, exchanges=())
        yield "by a Scan", replace(called, exchanges=tuple(replace(one, operation="Scan") for one in called.exchanges))
        yield "a hundred times the cost", replace(called, exchanges=tuple(map(_costly, called.exchanges)))
        yield "a hundred times the calls", replace(called, exchanges=called.exchanges * MANY)
    if called.changes is not None:
        yield "nothing changed in the table", replace(called, changes=())
        for name, changed in _other_changes(called.changes):
            yield name, replace(called, changes=changed)


def _changes_of_parts(called: CallRecord) -> Iterator[tuple[str, CallRecord]]:
    """Changes of a call that wrote several items."""
    written = [one for one in called.exchanges if len(one.written) > 1]
    if called.changes and written:
        first, second = (replace(written[0], written=part) for part in (written[0].written[:1], written[0].written[1:]))
        yield "in two requests", replace(called, exchanges=(first, second))
        yield "in a batch", replace(called, exchanges=(replace(written[0], operation="BatchWriteItem"),))


def _changes_of_refused(called: CallRecord) -> Iterator[tuple[str, CallRecord]]:
    yield "it returns instead", replace(called, failure=None)
    yield "it ends its process", replace(called, failure=replace(FAILURE, kind=FailureKind.ENDED))
    if called.changes is not None:
        yield "it leaves an item behind", replace(called, changes=(Change(None, {"left": {"S": "behind"}}, "a key"),))


EXCHANGES: Mapping[str, Mapping[str, Any]] = {
    "with other credentials": {"role": UNKNOWN_ROLE},
    "in another table": {"tables": ("another",)},
    "in another service": {"service": "s3", "operation": "PutObject", "tables": ()},
    "injected, and by another client": {"injected": True, "client": "another"},
    "with a Limit, more pages and another partition key": {"limited": True, "more": True, "partitions": ('"another"',)},
}


def _in_one_partition(exchange: Exchange) -> Exchange:
    return replace(exchange, partitions=('"one"',) if exchange.partitions else ())


def _costly(exchange: Exchange) -> Exchange:
    return replace(exchange, examined=exchange.examined * MANY, size=exchange.size * MANY)


def _other_values(value: Any, *, in_parts: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value:
        yield "one less", value[1:]
        yield "one twice", [value[0], *value]
        if len(value) > 1:
            yield "another way round", value[::-1]
        if in_parts:
            yield from ((f"one with {name}", [other, *value[1:]]) for name, other in _other_parts(value[0]))
    elif in_parts and value != []:
        yield from _other_parts(value)


def _other_parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """A value with one part changed: each attribute missing or with another value, and one added. In a list, the
    first."""
    if isinstance(value, Mapping):
        yield f"{path}.FieldOfTomorrow".removeprefix("."), {**value, "FieldOfTomorrow": 1}
        for name, inner in value.items():
            below = f"{path}.{name}".removeprefix(".")
            yield f"{below} absent", {key: one for key, one in value.items() if key != name}
            yield from ((told, {**value, name: other}) for told, other in _other_parts(inner, below))
    elif isinstance(value, list) and value:
        yield f"{path} without its first", value[1:]
        yield from ((told, [other, *value[1:]]) for told, other in _other_parts(value[0], f"{path}[0]"))
    elif isinstance(value, bool) or value is None:
        yield f"{path} another", not value
    elif isinstance(value, int | Decimal):
        yield f"{path} another", value + 1
        yield f"{path} as a float", float(value)
    else:
        yield f"{path} another", f"{value}x"


def _other_changes(items: tuple[Change, ...]) -> Iterator[tuple[str, tuple[Change, ...]]]:
    first, *others = items
    for name, other in _other_parts(first.after or {}):
        yield f"an item with {name}", (replace(first, after=other), *others)
