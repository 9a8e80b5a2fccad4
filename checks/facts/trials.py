"""What the checks of trials share: the parts of evidence in which calls may raise, and what may have happened there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.facts.evidence import Code, refuse, refuse_target
from harness.account.reads import ITEM_WRITES
from harness.checking.check import Undetermined
from harness.driving.agreement import applied, mismatch, raised, wrong_before
from harness.driving.comparison import told
from harness.driving.evidence import CallRecord, Exchange
from harness.usage import counted, shortened


def trials(code: Code, *phases: str) -> list[CallRecord]:
    """The calls of phases with parts, in their order. Methods that were wrong before may fail.

    Raises:
        Failed, Undetermined: a call came to something that decides nothing about the others; or there are none.
    """
    calls = code.in_phases(*phases)
    if not calls:
        raise Undetermined(
            "Nothing was tried: the evidence is from another version of this tool.", resource=code.resource
        )
    ignored = wrong_before(code.scenario, code.evidence)
    for called in calls:
        if called.method not in ignored and called.failure is not None and not raised(called):
            refuse(code, called)
        refuse_target(code, called)
    return calls


@dataclass(frozen=True, slots=True)
class Part:
    """One trial: the calls that made it ready, those that several clients made at once (or one of them), and what was
    read meanwhile and afterwards."""

    ready: tuple[CallRecord, ...]
    calls: tuple[CallRecord, ...]
    meanwhile: tuple[CallRecord, ...]
    afterwards: tuple[CallRecord, ...]

    @property
    def exchanges(self) -> list[tuple[CallRecord, Exchange]]:
        """The requests of its calls, in the order of their answers."""
        every = [(called, one) for called in self.calls for one in called.exchanges]
        return sorted(every, key=lambda one: one[1].number)

    def name_of(self, called: CallRecord) -> str:
        """The client of one of its calls, as a finding names it."""
        return f"client {1 + next(number for number, one in enumerate(self.calls) if one is called)}"


def possible(code: Code, part: Part, ignored: frozenset[str], *, raising: bool = False) -> bool:
    """Whether the calls of a part, made one after another in some sequence, come to what they came to.

    Args:
        ignored: methods whose answers are not compared.
        raising: allows each call that raised to have been refused for no reason.
    """
    return any(
        _explains(code, part, ignored, several)
        for calls in itertools.permutations(part.calls)
        for several in _effects(calls, raising=raising)
    )


def _effects(calls: Sequence[CallRecord], *, raising: bool) -> Iterator[tuple[tuple[CallRecord, bool | None], ...]]:
    """Each call with its effect: done, not done, or refused as the model refuses it (None)."""
    yield from itertools.product(*([(one, effect) for effect in effects(one, raising=raising)] for one in calls))


def effects(called: CallRecord, *, raising: bool = False) -> tuple[bool | None, ...]:
    """What a call may have come to in the table."""
    if called.failure is None:
        return (True,)
    met_fault = bool([one for one in called.exchanges if one.injected])
    return (None, *((False,) if raising or met_fault else ()), *((True,) if lost_answer(called) else ()))


def lost_answer(called: CallRecord) -> Exchange | None:
    """The write of a call that took effect, and whose answer was lost on purpose."""
    return next((one for one in called.exchanges if one.injected and one.status == 0), None)


def _explains(
    code: Code, part: Part, ignored: frozenset[str], several: Sequence[tuple[CallRecord, bool | None]]
) -> bool:
    model = code.scenario.model(code.evidence.today)
    for called in part.ready:
        applied(model, called)
    for called, effect in several:
        if effect is not False and bool(applied(model, called).refusal) is not (effect is None):
            return False
    return wrong_reading(code, model, part.afterwards, ignored) is None


def wrong_reading(
    code: Code, model: Any, reads: Sequence[CallRecord], ignored: frozenset[str]
) -> tuple[CallRecord, str] | None:
    """The first read that does not agree with a model, and why; None if all do."""
    for called in reads:
        problem = None if called.method in ignored else mismatch(code.scenario, applied(model, called))
        if problem is not None:
            return called, problem
    return None


def table(part: Part) -> str:
    """What happened, a request a line: who asked for what, the answer, and what was read after it."""
    rows = [("client", "request", "answer", "read after it")]
    numbers = [one.number for _, one in part.exchanges]
    for place, (called, one) in enumerate(part.exchanges):
        until = numbers[place + 1] if place + 1 < len(numbers) else float("inf")
        seen = [read for read in part.meanwhile if read.exchanges and one.number < read.exchanges[-1].number < until]
        rows.append((part.name_of(called), one.operation, _answer(one), ", ".join(map(_seen, seen))))
    rows += [(part.name_of(one), f"({one.method})", "raised" if one.failure else "returned", "") for one in part.calls]
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as a table of text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)


def _answer(one: Exchange) -> str:
    if one.succeeded:
        return "done" if one.operation in ITEM_WRITES else counted(one.returned, "item")
    return "lost on its way" if one.status == 0 else shortened(one.code)


def _seen(called: CallRecord) -> str:
    about = f" ({called.arguments[0]})" if called.arguments else ""
    return f"{told(called.value) if called.failure is None else 'failed'}{about}"


def by_part(calls: Sequence[CallRecord]) -> list[list[CallRecord]]:
    """The calls of each part, in their order."""
    numbers = dict.fromkeys(one.part for one in calls)
    return [[one for one in calls if one.part == number] for number in numbers]


def told_key(key: str) -> str:
    """An item's key as a finding shows it, such as `PK PART#7, SK LINE`."""
    try:
        parts = [f"{name} {next(iter(value.values()))}" for name, value in json.loads(key).items()]
    except (ValueError, AttributeError, StopIteration):  # it is abridged, or comes from another tape
        return shortened(key)
    return ", ".join(map(shortened, parts))


def before(code: Code, calls: Sequence[CallRecord], called: CallRecord) -> list[CallRecord]:
    """The writes before a call that are about the same things, so that a student can repeat them."""
    ids_of, readers = code.scenario.ids_of, code.scenario.readers
    earlier = calls[: next(number for number, one in enumerate(calls) if one is called)]
    ids = ids_of(called)
    return [one for one in earlier if one.method not in readers and (ids_of(one) <= ids or ids <= ids_of(one))]
