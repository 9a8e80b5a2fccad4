"""What a submission's Store does with what it is given: the session, the table, and the entities."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks.facts.answers import NOT_GIVEN, difference, told
from checks.facts.shop import (
    LITTLE,
    LOADERS,
    MUCH,
    asked,
    compared,
    evidence,
    refuse,
    refuse_failures,
    refuse_from_memory,
    resting_on,
    shop,
    shown,
    writes_of,
)
from checks.facts.tables import TABLE, counted, listed
from harness.account.reads import is_read
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.driving.evidence import ENVIRONMENT_ROLE, STORE_ROLE, CallRecord, Evidence, Exchange
from harness.usage import shortened

SESSION = "README.md#what-a-submission-is"
SINGLE_TABLE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/data-modeling-foundations.html"
DATA_TYPES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"

PARTITION_KEYS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html"
BUSIEST_SHARE = 0.2
"""So much of a method's calls may go to one partition key that several customers or products share: with five such
keys or more, each gets less."""

EQUALITY = re.compile(r'([\w.-]+) = ("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)')
"""A part of a Query's condition that asks for one value."""

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
def session(context: Context, table: str) -> Passed:
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
                **shown(called),
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
    return Passed(f"The Store uses its session: {counted(len(used), 'request')}.", resource=arn)


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
@resting_on(lambda **_: LOADERS.values())
def single_table(context: Context, table: str) -> Passed:
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
    return Passed(f"Every kind of entity is written to {table}, and to nothing else.", resource=arn)


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
@resting_on(lambda entity, **_: ENTITIES[entity])
def round_trip(context: Context, table: str, entity: str) -> Passed:
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
                **shown(called),
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
    return Passed(f"{counted(compared, entity)} came back exactly.", resource=arn)


@check(
    "store.partition_keys",
    parameters={"table": TABLE},
    example={"table": "shop-${student_id}"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "store.single_table"),
    source=PARTITION_KEYS,
    probe=shop,
    phases=(LITTLE, MUCH),
)
def partition_keys(context: Context, table: str) -> Passed:
    """The requests are spread over many values of the table's partition key.

    DynamoDB serves 1,000 writes or 3,000 reads a second of one value, whatever the table as a whole may do. A value that
    is used for one customer or product alone, or for one order or review, is right however popular that is. Another
    may get at most a fifth of a method's calls (or twice the share of one customer or product, where these are few),
    when each customer and product counts the same, however often it is called for. The keys of indexes are remarked on
    alone.
    """
    transcript, arn = evidence(context, table)
    calls = [one for one in transcript.calls if one.failure is None]
    values = {value for called in calls for value in _partition_values(called)}
    if not values:
        raise Undetermined("No partition key was seen: the evidence is of another version of this tool.", resource=arn)
    busiest = _busiest(calls, _partition_values)
    if busiest is not None:
        value = shortened(busiest.value)
        raise Failed(
            f"The partition key {value} gets {busiest.percent} % of {busiest.method}, whoever it is for.",
            expected=f"less than {busiest.most_percent} % for a partition key that several {busiest.owners} share, each of "
            "them counted the same",
            actual=f"{value} in {busiest.calls} of {counted(busiest.all_calls, 'call')} of {busiest.method}, for "
            f"{busiest.sharing} of {busiest.all_owners} {busiest.owners}; one of them alone would get "
            f"{100 // busiest.all_owners} %",
            resource=arn,
            remedy="Put the id of the customer or the product into the table's partition key, such as CUSTOMER#<id>: one "
            "value of it takes 1,000 writes or 3,000 reads a second, whatever the table as a whole can take.",
            **shown(busiest.example),
        )
    hot = _busiest(calls, _index_values)
    remark = (
        f" Remark: {hot.percent} % of {hot.method} ask {shortened(hot.value)}, which will be a hot partition of that index."
        if hot is not None
        else ""
    )
    return Passed(f"The requests are spread over {len(values)} values of the partition key.{remark}", resource=arn)


@dataclass(frozen=True, slots=True)
class _Busiest:
    """A partition key that many share: its share of a method's calls, were all customers or products as busy, and the
    figures from which it comes."""

    value: str
    method: str
    share: float
    most: float
    calls: int
    all_calls: int
    sharing: int
    all_owners: int
    example: CallRecord

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def most_percent(self) -> int:
        return round(100 * self.most)

    @property
    def owners(self) -> str:
        return "customers" if self.method in ("place_order", "orders_for_customer") else "products"


def _busiest(calls: Iterable[CallRecord], values_of: Callable[[CallRecord], Iterable[str]]) -> _Busiest | None:
    """The busiest of the partition keys that are too busy, and that no single customer, product, order or review
    explains."""
    common: dict[str, set[str]] = {}
    by_method: dict[str, list[tuple[str, set[str], CallRecord]]] = defaultdict(list)
    for called in calls:
        values = set(values_of(called))
        ids = _ids(called)
        for value in values:
            common[value] = common.get(value, ids) & ids
        if (owner := _owner(called)) is not None:
            by_method[called.method].append((owner, values, called))
    found: list[_Busiest] = []
    for method, uses in by_method.items():
        all_calls = Counter(owner for owner, _, _ in uses)
        most = max(BUSIEST_SHARE, 2 / len(all_calls))
        examples: dict[str, CallRecord] = {}
        touched: dict[str, Counter[str]] = defaultdict(Counter)
        for owner, values, called in uses:
            for value in values:
                touched[value][owner] += 1
                examples[value] = called
        for value, times in touched.items():
            share = sum(number / all_calls[owner] for owner, number in times.items()) / len(all_calls)
            if share >= most and len(times) > 1 and not common[value]:
                figures = (times.total(), len(uses), len(times), len(all_calls))
                found.append(_Busiest(value, method, share, most, *figures, examples[value]))
    return max(found, key=lambda one: (one.share, one.calls), default=None)


def _ids(called: CallRecord) -> set[str]:
    """Whom and what a call concerns."""
    first = called.arguments[0]
    if called.method == "get_order":
        return {*called.arguments}
    if not isinstance(first, Mapping):
        return {first}
    names = ("productId", "customerId", "orderId", "reviewId")
    return {part[name] for part in (first, *first.get("items", ())) for name in names if name in part}


def _owner(called: CallRecord) -> str | None:
    """The customer or product for which a call is made, where such calls are many in a busy shop: products are seldom
    put, and single orders are found by whoever placed them."""
    first = called.arguments[0]
    if called.method in ("put_product", "get_order"):
        return None
    owner: str = (
        first["customerId" if called.method == "place_order" else "productId"] if isinstance(first, Mapping) else first
    )
    return owner


def _partition_values(called: CallRecord) -> Iterator[str]:
    """The values of the table's partition key that a call wrote or read."""
    for one in called.exchanges:
        if one.succeeded:
            yield from one.partitions


def _index_values(called: CallRecord) -> Iterator[str]:
    """What a call asks of indexes: each index, with the values that its condition names."""
    for one in called.exchanges:
        if one.index and (values := sorted(EQUALITY.findall(one.condition))):
            yield f"the index {one.index} for {' AND '.join(f'{name} = {value}' for name, value in values)}"


def _compared(transcript: Evidence, entity: str, reader: str) -> Iterator[tuple[CallRecord, Any, Any]]:
    """Each call that gives entities back, what it should have given, and what it gave."""
    for one in asked(transcript, reader):
        called = one.called
        if entity != "review":
            yield called, one.expected, compared(called)
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
    if problem.endswith(NOT_GIVEN):
        return "Leave out what only the table needs, such as keys and time to live, before you return an item."
    if problem.endswith("is missing") or problem.startswith("None instead"):
        return "Write every attribute, nested ones too, and return it."
    remedy = "Write values as they are given, and return them as they are written."
    again = " One product is put twice, with other values: what is put again replaces what was there."
    return remedy + again if entity == "product" else remedy


def _writes_elsewhere(transcript: Evidence, table: str) -> Iterator[tuple[CallRecord, Exchange, str]]:
    for called in transcript.calls:
        for one in called.exchanges:
            if is_read(one.service, one.operation) or one.service not in DATA_STORES:
                continue
            if one.service != "dynamodb":
                yield called, one, f"{one.service} ({one.operation})"
            for other in one.tables:
                if other != table:
                    yield called, one, f"the table {shortened(other)}"


def _requests(calls: list[CallRecord]) -> str:
    operations = sorted({f"{one.service} {one.operation}" for called in calls for one in called.exchanges})
    return f"requests: {listed(operations)}" if operations else f"{counted(len(calls), 'call')} and no request"


def _article(entity: str) -> str:
    return f"An {entity}" if entity[0] in "aeiou" else f"A {entity}"
