"""How requests are spread over the values of partition keys."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from checks.facts.evidence import code_of, shown
from harness.checking.check import Context, Failed, Passed, Undetermined, check
from harness.driving.evidence import CallRecord
from harness.driving.scenario import LITTLE, MUCH, Owner, Scenario
from harness.usage import counted, shortened

PARTITION_KEYS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html"
BUSIEST_SHARE = 0.2
"""One partition key that several owners share may get this share of a method's calls. With five or more such keys, each
gets less."""

EQUALITY = re.compile(r'([\w.-]+) = ("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)')
"""A part of a Query's condition that asks for one value."""


@check(
    "code.partition_keys",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active", "code.one_table"),
    source=PARTITION_KEYS,
    phases=(LITTLE, MUCH),
    declared=("tables", "owner_of"),
)
def partition_keys(context: Context) -> Passed:
    """The requests are spread over many values of the table's partition key.

    For one value, DynamoDB serves 1,000 writes or 3,000 reads a second, whatever the whole table can take. A value that
    is used only for one owner or one thing is right, however popular that is. Any other value may get at most a fifth
    of a method's calls (or twice the share of one owner, if there are few), where each owner counts the same, however
    many calls there are for it. About the keys of indexes there is only a remark.
    """
    code = code_of(context)
    calls = [one for one in code.evidence.calls if one.failure is None and not one.part]
    values = {value for called in calls for value in _partition_values(called)}
    if not values:
        raise Undetermined(
            "No partition key was seen: the evidence is from another version of this tool.", resource=code.resource
        )
    busiest = _busiest(code.scenario, calls, _partition_values)
    if busiest is not None:
        value = shortened(busiest.value)
        raise Failed(
            f"The partition key {value} gets {busiest.percent} % of {busiest.method}, whoever it is for.",
            expected=f"less than {busiest.most_percent} % for a partition key that several {busiest.owners} share, if each of "
            "them counts the same",
            actual=f"{value} in {busiest.calls} of {counted(busiest.all_calls, 'call')} of {busiest.method}, for "
            f"{busiest.sharing} of {busiest.all_owners} {busiest.owners}; one of them alone would get "
            f"{100 // busiest.all_owners} %",
            resource=code.resource,
            remedy=f"Put the id of the {' or the '.join(busiest.kinds)} into the table's partition key, such as "
            f"{busiest.kinds[0].upper()}#<id>: one value takes 1,000 writes or 3,000 reads a second, whatever the whole table can take.",
            **shown(code.driven, busiest.example),
        )
    hot = _busiest(code.scenario, calls, _index_values)
    remark = (
        f" Remark: {hot.percent} % of {hot.method} ask {shortened(hot.value)}, which will be a hot partition of that index."
        if hot is not None
        else ""
    )
    return Passed(
        f"The requests are spread over {len(values)} values of the partition key.{remark}", resource=code.resource
    )


@dataclass(frozen=True, slots=True)
class _Busiest:
    """A partition key that many share: its share of a method's calls, as if all owners were equally busy, and the
    figures behind it. `kind` is the kind of its owners, `kinds` are those of all calls."""

    value: str
    method: str
    share: float
    most: float
    calls: int
    all_calls: int
    sharing: int
    all_owners: int
    kind: str
    kinds: tuple[str, ...]
    example: CallRecord

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def most_percent(self) -> int:
        return round(100 * self.most)

    @property
    def owners(self) -> str:
        return f"{self.kind}s"


def _busiest(
    scenario: Scenario, calls: Iterable[CallRecord], values_of: Callable[[CallRecord], Iterable[str]]
) -> _Busiest | None:
    """The busiest partition key that is too busy, unless a single owner or thing explains it."""
    if scenario.owner_of is None:
        raise ValueError("the scenario has no owners: a definition with this check is refused")
    common: dict[str, set[str]] = {}
    by_method: dict[str, list[tuple[Owner, set[str], CallRecord]]] = defaultdict(list)
    kinds: dict[str, None] = {}
    for called in calls:
        values = set(values_of(called))
        ids = scenario.ids_of(called)
        for value in values:
            common[value] = common.get(value, ids) & ids
        if (owner := scenario.owner_of(called)) is not None:
            kinds[owner.kind] = None
            by_method[called.method].append((owner, values, called))
    found: list[_Busiest] = []
    for method, uses in by_method.items():
        all_calls = Counter(owner for owner, _, _ in uses)
        most = max(BUSIEST_SHARE, 2 / len(all_calls))
        examples: dict[str, CallRecord] = {}
        touched: dict[str, Counter[Owner]] = defaultdict(Counter)
        for owner, values, called in uses:
            for value in values:
                touched[value][owner] += 1
                examples[value] = called
        for value, times in touched.items():
            share = sum(number / all_calls[owner] for owner, number in times.items()) / len(all_calls)
            if share >= most and len(times) > 1 and not common[value]:
                figures = (times.total(), len(uses), len(times), len(all_calls))
                kind = next(iter(times)).kind
                found.append(
                    _Busiest(value, method, share, most, *figures, kind, tuple(sorted(kinds)), examples[value])
                )
    return max(found, key=lambda one: (one.share, one.calls), default=None)


def _partition_values(called: CallRecord) -> Iterator[str]:
    """The values of the table's partition key that a call wrote or read."""
    for one in called.exchanges:
        if one.succeeded:
            yield from one.partitions


def _index_values(called: CallRecord) -> Iterator[str]:
    """What a call asks indexes for: each index, with the values that its condition names."""
    for one in called.exchanges:
        if one.index and (values := sorted(EQUALITY.findall(one.condition))):
            yield f"the index {one.index} for {' AND '.join(f'{name} = {value}' for name, value in values)}"
