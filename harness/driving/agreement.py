"""Compares what calls came to with what a lab's model says: answer by answer, also of calls that must be refused."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from harness.driving.comparison import difference, told
from harness.driving.evidence import START, CallRecord, Evidence
from harness.driving.scenario import BEFORE_EXPIRY, ONE_BY_ONE, Either, Expiring, Question, Refused, Scenario
from harness.submission.caller import FailureKind
from harness.usage import shortened


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A call, and what the model says at that moment: its answer, and why it refuses the call (empty: it does not)."""

    called: CallRecord
    expected: Any
    refusal: str


def raised(called: CallRecord) -> bool:
    """Whether the code raised."""
    return called.failure is not None and called.failure.kind is FailureKind.RAISED


def applied(model: Any, called: CallRecord) -> Foreseen:
    """What a model says of a call, which it makes too, unless it refuses it."""
    try:
        return Foreseen(called, getattr(model, called.method)(*called.arguments), "")
    except Refused as refused:
        return Foreseen(called, None, str(refused))


def foreseen(scenario: Scenario, today: date, calls: Iterable[CallRecord]) -> list[Foreseen]:
    """What a new model says of calls that were made one after another. It does not make those that failed."""
    model, found, made = scenario.model(today), [], []
    for called in calls:
        if raised(called) and scenario.may_refuse(model, called):
            found.append(Foreseen(called, None, "the code may"))
            continue
        found.append(applied(model, called))
        if called.failure is None:
            made.append(called)
        elif not found[-1].refusal:
            model = scenario.model(today)
            for one in made:
                applied(model, one)
    return found


def mismatch(scenario: Scenario, one: Foreseen) -> str | None:
    """Where a call came to something else than the model says, as a sentence without its full stop; None if it did
    not."""
    called = one.called
    if called.failure is not None:
        says = f"{called.method} must return here, and raises {called.failure.summary}"
        return None if one.refusal and raised(called) else says
    if one.refusal:
        return f"{called.method} must refuse this, because {one.refusal}, but returns {told(called.value)}"
    if called.method not in scenario.readers:
        return None
    return wrong_answer(scenario, called.method, one.expected, called.value)


def wrong_answer(scenario: Scenario, method: str, expected: Any, value: Any) -> str | None:
    """Where an answer differs from the right one, as a sentence without its full stop; None if it does not."""
    if isinstance(expected, Either):
        several = [wrong_answer(scenario, method, one, value) for one in expected.values]
        return None if None in several else several[0]
    free = {name for one in scenario.entities.values() if one.given_back_by == method for name in one.left_free}
    question = scenario.questions.get(method)
    if question is not None and question.is_list:
        problem = _list_problem(question, expected, value)
    elif question is not None and [one for one in (expected, *question.nothing) if difference(one, value) is None]:
        is_nothing = [one for one in question.nothing if difference(one, expected) is None]
        problem = None if is_nothing else difference(expected, value)
    else:
        problem = difference(*(_without(one, free) for one in (expected, value)))
    return None if problem is None else f"{method} answers {problem}"


def _list_problem(question: Question, expected: Any, value: Any) -> str | None:
    """Entries are compared by what identifies them."""
    if not isinstance(value, list):
        return f"{told(value)} instead of a list"
    name, what = question.identified_by, question.answers
    ids = [one.get(name) if isinstance(one, Mapping) else None for one in value]
    if isinstance(expected, Expiring):
        due = {one[name] for one in expected.due}
        expected = [one for one in expected.entries if one[name] not in due or one[name] in ids]
    by_id = {one[name]: one for one in expected}
    if extra := [one for one in ids if not isinstance(one, str) or one not in by_id]:
        return f"with the {what} {shortened(str(extra[0]))}, which does not belong there"
    if missing := [one for one in by_id if one not in ids]:
        return f"without the {what} {missing[0]}"
    if len(ids) > len(by_id):
        return f"with one {what} twice"
    if question.is_ordered and ids != sorted(map(str, ids)):
        return f"with the {what}s in another order than oldest first"
    problems = ((one[name], difference(by_id[one[name]], one)) for one in value)
    return next((f"with another {what} {one}: {problem}" for one, problem in problems if problem is not None), None)


def _without(value: Any, names: Iterable[str]) -> Any:
    return {name: one for name, one in value.items() if name not in names} if isinstance(value, Mapping) else value


@functools.lru_cache(maxsize=8)
def wrong_before(scenario: Scenario, evidence: Evidence) -> frozenset[str]:
    """The methods that failed or answered wrong before. Other checks judge that, so it is not judged again, except for
    the methods that are tried one by one."""
    tried = {one.method for one in evidence.calls if one.phase == ONE_BY_ONE} - scenario.readers
    calls = []
    for called in evidence.calls:
        if called.phase == BEFORE_EXPIRY:
            break
        if called.part == 0 and called.phase != START:
            calls.append(called)
    told_wrong = foreseen(scenario, evidence.today, calls)
    return frozenset(one.called.method for one in told_wrong if mismatch(scenario, one) is not None) - tried


def first_mismatch(
    scenario: Scenario, today: date, calls: Sequence[CallRecord], ignored: frozenset[str]
) -> tuple[int, str] | None:
    """The number of the first call, from 0 on, that came to something else than a new model says, and what is wrong.

    Args:
        ignored: methods whose answers are not compared.
    """
    for number, one in enumerate(foreseen(scenario, today, calls)):
        problem = None if one.called.method in ignored else mismatch(scenario, one)
        if problem is not None:
            return number, problem
    return None
