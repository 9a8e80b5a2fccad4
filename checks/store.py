"""What a submission's Store does with what it is given: the session, the table, and the entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.answers import difference, told
from checks.facts import TABLE, counted, listed
from checks.shop import (
    LITTLE,
    LOADERS,
    asked,
    evidence,
    pasted,
    refuse,
    refuse_failures,
    refuse_from_memory,
    shop,
    writes_of,
)
from harness.aws.reads import is_read
from harness.check import Context, Evidence, Failed, check
from harness.transcript import ENVIRONMENT_ROLE, STORE_ROLE, Called, Exchange, Transcript
from harness.usage import shortened

SESSION = "README.md#what-a-submission-is"
SINGLE_TABLE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/data-modeling-foundations.html"
DATA_TYPES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"

ENTITIES: Mapping[str, tuple[str, str]] = {
    "product": ("put_product", "get_product"),
    "order": ("place_order", "get_order"),
    "review": ("put_review", "reviews_for_product"),
}
"""Of each kind of entity, the method that writes it and the one that gives it back."""

DATA_STORES = ("dynamodb", "s3")
"""Services in which somebody might keep entities. Metrics, say, may go where they like."""

PIECEMEAL = ("product", "order")
"""Those that are given back one by one. Whether a list of reviews is read from the table, its question is judged by."""


@check(
    "store.session",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active"),
    source=SESSION,
    probe=shop,
    phases=(LITTLE,),
)
def session(context: Context, table: str) -> Evidence:
    """The Store asks everything with the session that it was given.

    The session has credentials of its own, the environment has others, and whoever uses those, or credentials from
    somewhere else, is known by them.
    """
    transcript, arn = evidence(context, table)
    requests = [(called, one) for called in transcript.calls for one in called.exchanges]
    for role, whose, remedy in (
        (
            ENVIRONMENT_ROLE,
            "the credentials of the environment",
            "Make clients and resources of the session that __init__ is given: session.resource('dynamodb').",
        ),
        (
            "unknown",
            "credentials that nobody gave it, which were refused",
            "Leave out access keys and profiles of your own; use the session that __init__ is given.",
        ),
    ):
        found = [(called, one) for called, one in requests if one.role == role]
        if found:
            called, one = found[0]
            raise Failed(
                f"The Store ignores the session that it was given: {counted(len(found), 'request')} came with {whose}.",
                expected="requests with the session's credentials alone",
                actual=f"{one.service} {one.operation} in {called.method}",
                resource=arn,
                remedy=remedy,
                detail=pasted(called),
            )
    used = [one for _, one in requests if one.role == STORE_ROLE]
    if not used:
        refuse_failures(transcript, {one.method for one in transcript.calls}, arn)
        raise Failed(
            "The Store sends no request at all.",
            expected="requests with the session that it was given",
            actual=f"{counted(len(transcript.calls), 'call')} and no request",
            resource=arn,
            remedy="Keep the entities in the table: session.resource('dynamodb').Table(table_name).",
        )
    return Evidence(f"The Store uses its session: {counted(len(used), 'request')}.", resource=arn)


@check(
    "store.single_table",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active"),
    source=SINGLE_TABLE,
    probe=shop,
    phases=(LITTLE,),
)
def single_table(context: Context, table: str) -> Evidence:
    """Products, prices, reviews, stock and orders all lie in the one table of the lab.

    Seen are the writes of each method. Several tables are often a good design; this challenge asks for one.
    """
    transcript, arn = evidence(context, table)
    elsewhere = [(called, one, where) for called, one, where in _writes_elsewhere(transcript, table)]
    if elsewhere:
        called, one, where = elsewhere[0]
        every = sorted({place for _, _, place in elsewhere})
        raise Failed(
            f"{called.method} writes to {where}, which breaks this challenge's rule of one table.",
            expected=f"writes to {table} alone",
            actual=f"{one.service} {one.operation} to {where}; in all, writes to {listed(every)}",
            resource=arn,
            remedy=f"Keep that in {table} too: a prefix in the key tells the kinds of entities apart. "
            "(Several tables are no bad practice; one table is what this lab is about.)",
        )
    for kind, method in LOADERS.items():
        calls = [one for one in transcript.calls if one.method == method]
        if not [one for one in calls if [write for write in writes_of(one) if table in write.tables]]:
            refuse_failures(transcript, (method,), arn)
            raise Failed(
                f"{method} writes nothing to the table {table}.",
                expected=f"{kind} in {table}",
                actual=_requests(calls),
                resource=arn,
                remedy=f"Write an item to {table} in {method}.",
            )
    return Evidence(f"Every kind of entity is written to {table}, and to nothing else.", resource=arn)


@check(
    "store.round_trip",
    parameters={"table": TABLE, "entity": {"enum": sorted(ENTITIES)}},
    example={"table": "shop-${student_id}", "entity": "product"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "indexes.active"),
    source=DATA_TYPES,
    probe=shop,
    phases=(LITTLE,),
)
def round_trip(context: Context, table: str, entity: str) -> Evidence:
    """What was put comes back exactly: every attribute, nested ones too, and every digit.

    No attribute may be lost or added, money is Decimal and no float, and what does not exist is None. The prices of a
    product are records of their own: its `priceHistory` may come back or not.
    """
    transcript, arn = evidence(context, table)
    writer, reader = ENTITIES[entity]
    refuse_failures(transcript, (writer,), arn)
    compared = 0
    for called, wanted, found in _compared(transcript, entity, reader):
        if called.failure is not None:
            refuse(called, arn)
        if entity == "product" and isinstance(found, Mapping):
            found = {name: value for name, value in found.items() if name != "priceHistory"}  # noqa: PLW2901  (its other name)
        problem = difference(wanted, found)
        if problem is not None:
            raise Failed(
                f"{_article(entity)} does not come back from {reader} as it was given to {writer}: {problem}.",
                expected=f"{told(wanted)} with the attributes {listed(list(wanted))}"
                if wanted
                else "None: there is none",
                actual=problem,
                resource=arn,
                remedy=_remedy(entity, problem, wanted),
                detail=pasted(called),
            )
        if entity in PIECEMEAL:
            refuse_from_memory(called, table, arn)
        compared += wanted is not None
    if not compared:
        raise Failed(
            f"{reader} gives no {entity} back.",
            expected=f"every {entity} that {writer} was given",
            actual="none of them",
            resource=arn,
            remedy=f"Let {reader} read what {writer} writes; another process must find it in the table.",
        )
    return Evidence(f"{counted(compared, entity)} came back exactly.", resource=arn)


def _compared(transcript: Transcript, entity: str, reader: str) -> Iterator[tuple[Called, Any, Any]]:
    """Each call that gives entities back, what it should have given, and what it gave."""
    for one in asked(transcript, reader):
        called = one.called
        if entity != "review":
            yield called, one.expected, called.value
        elif called.failure is not None:
            yield called, None, None
        else:
            given = {review["reviewId"]: review for review in one.expected}
            for found in called.value if isinstance(called.value, list) else ():
                name = found.get("reviewId") if isinstance(found, Mapping) else None
                known = given.get(name) if isinstance(name, str) else None
                if known is not None:
                    yield called, known, found


def _remedy(entity: str, problem: str, wanted: Any) -> str:
    if wanted is None:
        return "Return None where the table has no such item."
    if " float " in problem:
        return "Keep numbers as they are: boto3 writes Decimal and reads Decimal; a float loses digits."
    if problem.endswith("was not there"):
        return "Leave out what only the table needs, such as keys and time to live, before you return an item."
    if problem.endswith("is missing") or problem.startswith("None instead"):
        return "Write every attribute, nested ones too, and return it."
    remedy = "Write values as they are given, and return them as they are written."
    again = " One product is put twice, with other values: what is put again replaces what was there."
    return remedy + again if entity == "product" else remedy


def _writes_elsewhere(transcript: Transcript, table: str) -> Iterator[tuple[Called, Exchange, str]]:
    for called in transcript.calls:
        for one in called.exchanges:
            if is_read(one.service, one.operation) or one.service not in DATA_STORES:
                continue
            if one.service != "dynamodb":
                yield called, one, f"{one.service} ({one.operation})"
            for other in one.tables:
                if other != table:
                    yield called, one, f"the table {shortened(other)}"


def _requests(calls: list[Called]) -> str:
    operations = sorted({f"{one.service} {one.operation}" for called in calls for one in called.exchanges})
    return f"requests: {listed(operations)}" if operations else f"{counted(len(calls), 'call')} and no request"


def _article(entity: str) -> str:
    return f"An {entity}" if entity[0] in "aeiou" else f"A {entity}"
