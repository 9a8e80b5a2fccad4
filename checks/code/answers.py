"""Whether code answers a lab's questions correctly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checks.facts.evidence import (
    Asked,
    Code,
    Problem,
    QuestionName,
    code_of,
    memory_problem,
    reads_of,
    refuse,
    refuse_failures,
    resting_on,
    shown,
    writes_of,
)
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.driving.comparison import difference, told
from harness.driving.evidence import CallRecord, Exchange
from harness.driving.scenario import FAULTS, JUST_WRITTEN, LITTLE, MUCH, SMALL_PAGES, Expiring, Question
from harness.usage import counted, shortened

PAGES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"
SHOWN = 5
WINDOW = 3
"""How many arguments a question about days has: whom or what it is about, since, and until."""

LOOK_AT_KEYS = "Compare the keys that are written with those that are asked for."
DAYS_SORT = "Days in a sort key must sort in the order of the calendar, also across months and years: ISO days do."


@check(
    "code.answers",
    example={"driven": "store", "question": "reviews_for_product"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=PAGES,
    phases=(LITTLE, MUCH, SMALL_PAGES, FAULTS, JUST_WRITTEN),
)
@resting_on(lambda scenario, question: (question, *scenario.questions[question].written_by))
def answers(context: Context, question: QuestionName) -> Passed:
    """The code answers a question of the lab correctly, for everybody and everything that it is asked about.

    Its answers are compared with a model: before and after unrelated data is written, on the days at the edges of the
    window, for what has nothing, with ids where one begins with another, when an answer takes several pages, and when
    DynamoDB leaves a part undone or throttles, as far as the lab's scenario tries that. An answer that holds something
    must come from the table, because one process writes and another answers. The things in a list may come in any
    order, unless the lab requires one.
    """
    code = code_of(context)
    asked = code.scenario.questions[question]
    refuse_failures(code, asked.written_by)
    asks = code.asked(question)
    singly = {one.called.arguments: one.called.value for one in code.asked(asked.singly)}
    if not asks:
        raise Undetermined(
            f"{question} was never called: the evidence is from another version of this tool.", resource=code.resource
        )
    wrong = [(one, problem) for one in asks if (problem := problem_with(code, asked, one, singly)) is not None]
    if wrong:
        first, problem = wrong[0]
        if first.called.failure is not None:
            refuse(code, first.called, times=sum(one.called.failure is not None for one, _ in wrong))
        raise Failed(
            f"{question} answers {counted(len(wrong), 'question')} of {len(asks)} wrong. {problem.says}",
            expected=problem.expected,
            actual=problem.actual,
            resource=code.resource,
            remedy=problem.remedy,
            **shown(code.driven, first.called, first.called.phase),
        )
    return Passed(f"{question} answers {counted(len(asks), 'question')} correctly.", resource=code.resource)


def problem_with(code: Code, question: Question, one: Asked, singly: Mapping[tuple[Any, ...], Any]) -> Problem | None:
    """What is wrong with an answer; None if nothing is.

    Args:
        singly: what the question's method for single things returns, by its arguments.
    """
    called = one.called
    if called.failure is not None:
        return Problem("It failed.", "an answer", called.failure.summary, "")
    if not question.is_list:
        return _value_problem(code, question, one)
    if not isinstance(called.value, list):
        return Problem(
            f"It returned {told(called.value)}, not a list.",
            "a list, empty if there is nothing",
            told(called.value),
            "Return a list from every path through the method.",
        )
    if (problem := _from_memory(code, called)) is not None:
        return problem
    if question.is_ordered:
        return _record_problem(code, question, called, one.expected)
    return _things_problem(code, question, called, one.expected, singly)


def _from_memory(code: Code, called: CallRecord) -> Problem | None:
    problem = memory_problem(code, called)
    return problem and replace(problem, says=f"It {problem.says}")


def _value_problem(code: Code, question: Question, one: Asked) -> Problem | None:
    value, expected = one.called.value, one.expected
    is_nothing = bool([empty for empty in question.nothing if difference(empty, expected) is None])
    if is_nothing and value is None and None in question.nothing:
        return None
    if (problem := _from_memory(code, one.called)) is not None:
        return problem
    allowed = (expected, *(question.nothing if is_nothing else ()))
    wrong = difference(expected, value)
    if wrong is None or [other for other in allowed if difference(other, value) is None]:
        return None
    of_several = wrong if isinstance(expected, Mapping | list) and isinstance(value, Mapping | list) else told(value)
    empty = " or ".join(map(repr, question.nothing))
    return Problem(
        f"For the {question.about} {_told_of(one.called)} it says {of_several}.",
        f"{empty}, because there is no {question.answers}"
        if is_nothing
        else f"{_shown_value(expected)}{f', as given to {question.writer}' if question.written_by else ''}",
        told(value),
        question.remedy
        or (
            "Return what was written last, as it was given."
            if question.written_by
            else "Calculate it as the task says."
        ),
    )


def _told_of(called: CallRecord) -> str:
    first = called.arguments[0] if called.arguments else None
    return shortened(first) if isinstance(first, str) else told(first)


def _shown_value(value: Any) -> str:
    return str(value) if isinstance(value, int) else told(value)


def _record_problem(code: Code, question: Question, called: CallRecord, right: Any) -> Problem | None:
    expected = right if isinstance(right, Expiring) else Expiring(tuple(right), ())
    name, what = question.identified_by, question.answers
    dates = [_named(entry, name) for entry in called.value]
    due = {entry[name] for entry in expected.due}
    wanted = [entry for entry in expected.entries if entry[name] not in due or entry[name] in dates]
    missing = [str(entry[name]) for entry in wanted if entry[name] not in dates]
    allowed = {entry[name] for entry in wanted}
    extra = [date for date in dates if date not in allowed]
    window = f" from {called.arguments[1]} to {called.arguments[2]}" if len(called.arguments) == WINDOW else ""
    in_words = f"{counted(len(wanted), what)}{window}, oldest first"
    actual = _told(what, dates, missing, extra)
    if missing or extra:
        return _membership_problem(code, question, called, missing, extra, in_words, actual)
    if len(set(dates)) < len(dates):
        return Problem(f"One {what} is returned twice.", in_words, actual, "Return each record once.")
    if dates != sorted(dates):
        return Problem(
            f"The {what}s are not in the order of their {name}s, oldest first.",
            in_words,
            actual,
            f"Make the sort key sort by {name}: ISO days do; query with ScanIndexForward=True.",
        )
    problem = difference(wanted, called.value)
    if problem is None:
        return None
    return Problem(
        f"A {what} is not what was recorded: {problem}.",
        f"records of exactly {' and '.join(f'a {one}' for one in wanted[0])}",
        problem,
        question.remedy or "Return each record as it was given.",
    )


def _things_problem(
    code: Code,
    question: Question,
    called: CallRecord,
    expected: Sequence[Mapping[str, Any]],
    singly: Mapping[tuple[Any, ...], Any],
) -> Problem | None:
    name, what = question.identified_by, question.answers
    ids = [_named(entity, name) for entity in called.value]
    by_id = {entity[name]: entity for entity in expected}
    missing = [one for one in by_id if one not in ids]
    extra = [one for one in ids if one not in by_id]
    wanted = _told(what, [*missing, *(one for one in by_id if one not in missing)], (), ())
    actual = _told(what, ids, missing, extra)
    if missing or extra:
        days = [by_id[one].get(question.dated_by, one) for one in missing]
        return _membership_problem(code, question, called, days, extra, wanted, actual)
    if repeated := [one for one, times in Counter(ids).items() if times > 1]:
        return Problem(
            f"The {what} {repeated[0]} is returned twice.",
            wanted,
            actual,
            f"Return each {what} once, whatever items it has.",
        )
    if not question.contents:
        return None
    for entity in called.value:
        problem = difference(by_id[entity[name]], entity)
        if question.singly:
            alone = (called.arguments[0], entity[name])
            if alone not in singly:  # if it is also returned singly, the round trip judges its content
                continue
            problem = problem and difference(singly[alone], entity) and problem
        if problem is not None:
            return Problem(
                f"The {what} {entity[name]} is not what {question.writer} was given: {problem}.",
                f"complete {what}s, as they were given",
                problem,
                question.remedy
                or f"Return complete {what}s. If an index projects only keys, use BatchGetItem after its Query.",
            )
    return None


def _named(entity: Any, attribute: str) -> str:
    """The name of an entity: its id, or what it has instead, as it is shown. It may be anything."""
    if not isinstance(entity, Mapping):
        return told(entity)
    value = entity.get(attribute)
    return value if isinstance(value, str) else told(value)


def _membership_problem(
    code: Code,
    question: Question,
    called: CallRecord,
    missing: Sequence[Any],
    extra: Sequence[Any],
    wanted: str,
    actual: str,
) -> Problem:
    """What is wrong with an answer that lacks something, or holds too much; with the most likely cause.

    Args:
        missing: the days of what is missing, or the ids of what has no day.
    """
    says = (
        f"It lacks {len(missing)} that should be there"
        if missing
        else f"It holds {len(extra)} that should not be there"
    )
    if missing and extra:
        says += f", and holds {len(extra)} that should not be there"
    says, remedy = _likely_cause(code, question, called, missing, extra, says)
    return Problem(says, wanted, actual, remedy)


def _likely_cause(
    code: Code, question: Question, called: CallRecord, missing: Sequence[Any], extra: Sequence[Any], says: str
) -> tuple[str, str]:
    """The whole sentence about what is wrong, and what to do about it."""
    if missing and (left := _unread(called)) is not None:
        again = (
            "Ask again for the UnprocessedKeys, as long as an answer has some."
            if left.operation == "BatchGetItem"
            else "Ask again with ExclusiveStartKey as long as an answer has a LastEvaluatedKey; a page may end anywhere."
        )
        limit = " Leave out Limit, which ends a page early." if left.limited else ""
        when = "DynamoDB leaves a part undone" if left.injected else "an answer takes several pages"
        return f"{says}, when {when}.", f"{again}{limit}"
    unwritten = [one for one in code.evidence.calls if one.method in question.written_by and _leaves_unwritten(one)]
    if missing and unwritten:
        return (
            f"{says}: {unwritten[0].method} does not write what DynamoDB leaves undone in a batch.",
            "Send the UnprocessedItems again, as long as an answer has some; boto3's batch_writer does this.",
        )
    if missing and not called.value:
        return f"{says}: it returns nothing at all.", _look_at_keys(question)
    edges = [one for one in missing if one in called.arguments[1:]]
    if missing and len(edges) == len(missing):
        return (
            f"{says}: the day at the window's edge, {edges[0]}, belongs to the window.",
            "Both ends of the window are included. A sort key that continues after the day sorts after the day alone.",
        )
    if missing and called.phase == MUCH and not extra:
        return (
            f"{says}, now that the table holds more.",
            "Give each entity a key of its own: writing with the key of another entity replaces that one.",
        )
    if extra:
        return (
            f"{says}.",
            "Query by the whole id: begins_with on C1 also finds C10. Check the window, and whose data is returned.",
        )
    return f"{says}.", _look_at_keys(question)


def _leaves_unwritten(called: CallRecord) -> bool:
    """Whether the last batch that a call wrote was partly left undone."""
    batches = [one for one in writes_of(called) if one.operation == "BatchWriteItem"]
    return bool(batches) and batches[-1].more


def _look_at_keys(question: Question) -> str:
    return f"{LOOK_AT_KEYS} {DAYS_SORT}" if question.dated_by or not question.is_list else LOOK_AT_KEYS


def _unread(called: CallRecord) -> Exchange | None:
    """A read whose answer ended before everything was read, and that was not continued."""
    reads = reads_of(called)
    return next(
        (
            one
            for number, one in enumerate(reads, 1)
            if one.more and not [later for later in reads[number:] if _goes_on(one, later)]
        ),
        None,
    )


def _goes_on(one: Exchange, later: Exchange) -> bool:
    """Whether a read asks for what another left. The keys of a batch are known only by their partitions."""
    is_alike = (one.operation, one.index, one.condition, one.filter) == (
        later.operation,
        later.index,
        later.condition,
        later.filter,
    )
    if one.operation == "BatchGetItem" and one.partitions:
        return is_alike and bool({*one.partitions} & {*later.partitions})
    return is_alike


def _told(what: str, found: Sequence[Any], missing: Sequence[str], extra: Sequence[Any]) -> str:
    """How many there are and which. Those that should not be there come first; those that are missing are named."""
    several = [*extra, *(one for one in found if one not in extra)]
    says = f"{counted(len(found), what)}{': ' if several else ''}{_shown(map(str, several))}"
    return f"{says}; missing: {_shown(missing)}" if missing else says


def _shown(several: Iterable[str]) -> str:
    every = [shortened(one) for one in several]
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")
