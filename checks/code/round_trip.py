"""Whether code returns what it stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from checks.facts.evidence import Code, code_of, refuse, refuse_failures, refuse_from_memory, resting_on, shown
from checks.facts.tables import listed
from harness.checking.check import Context, Failed, Passed, check
from harness.checking.parameters import Schema
from harness.driving.comparison import NOT_GIVEN, difference, told
from harness.driving.evidence import CallRecord
from harness.driving.scenario import FAULTS, LITTLE, Entity
from harness.usage import counted

DATA_TYPES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
EntityName = Annotated[str, Schema(pattern="^[a-z][a-z0-9_]*$")]
"""A kind of entity, as a scenario names it."""


@check(
    "code.round_trip",
    example={"driven": "store", "entity": "product"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=DATA_TYPES,
    phases=(LITTLE,),
)
@resting_on(lambda scenario, entity: scenario.entities[entity].methods)
def round_trip(context: Context, entity: EntityName) -> Passed:
    """What was stored is returned exactly: every attribute, also nested ones, and every digit.

    No attribute may be lost or added, money is Decimal and not float, and what does not exist is None. Attributes that
    the lab leaves free may be returned or not.
    """
    code = code_of(context)
    kind = code.scenario.entities[entity]
    writer, reader = kind.methods
    refuse_failures(code, (writer,))
    compared = 0
    for called, wanted, found in _compared(code, kind):
        if called.failure is not None:
            refuse(code, called)
        problem = difference(wanted, found)
        if problem is not None:
            raise Failed(
                f"{_article(entity)} is not returned by {reader} as it was given to {writer}: {problem}.",
                expected=f"{told(wanted)} with the attributes {listed(list(wanted))}"
                if wanted
                else "None: there is none",
                actual=problem,
                resource=code.resource,
                remedy=_remedy(kind, problem, wanted),
                **shown(code.driven, called),
            )
        if not kind.identified_by:  # the check of the question judges whether a list is read from the table
            refuse_from_memory(code, called)
        compared += wanted is not None
    if not compared:
        raise Failed(
            f"{reader} returns no {entity}.",
            expected=f"every {entity} that {writer} was given",
            actual="none of them",
            resource=code.resource,
            remedy=f"Make {reader} read what {writer} writes; another process must find it in the table.",
        )
    return Passed(f"{counted(compared, entity)} returned exactly.", resource=code.resource)


def _compared(code: Code, kind: Entity) -> Iterator[tuple[CallRecord, Any, Any]]:
    """Each call that returns entities, what it should have returned, and what it did return. Calls under faults are
    left out, because the checks of questions judge their answers."""
    for one in code.asked(kind.given_back_by):
        called = one.called
        if called.phase == FAULTS:
            continue
        if not kind.identified_by:
            yield called, one.expected, code.compared(called)
        elif called.failure is not None:
            yield called, None, None
        else:
            given = {thing[kind.identified_by]: thing for thing in one.expected}
            for found in called.value if isinstance(called.value, list) else ():
                name = found.get(kind.identified_by) if isinstance(found, Mapping) else None
                known = given.get(name) if isinstance(name, str) else None
                if known is not None:
                    yield called, known, found


def _remedy(kind: Entity, problem: str, wanted: Any) -> str:
    if wanted is None:
        return "Return None if the table has no such item."
    if " float " in problem:
        return "Keep numbers as they are: boto3 writes Decimal and reads Decimal; a float loses digits."
    if problem.endswith(NOT_GIVEN):
        return "Leave out what only the table needs, such as keys and time to live, before you return an item."
    if problem.endswith("is missing") or problem.startswith("None instead"):
        return "Write every attribute, also nested ones, and return it."
    remedy = "Write values as they are given, and return them as they are written."
    return f"{remedy} {kind.remark}".rstrip()


def _article(entity: str) -> str:
    return f"An {entity}" if entity[0] in "aeiou" else f"A {entity}"
