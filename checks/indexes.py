"""Secondary indexes, global and local: single ones by their requirements, or all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Annotated, Any, Literal, get_args

from checks.facts.tables import (
    API,
    GUIDE,
    NAME,
    AttributeName,
    KeyAttribute,
    Table,
    key_parts,
    listed,
    refuse_unknown,
    type_name,
)
from harness.checking.check import Failed, Passed, Pending, Undetermined, check
from harness.checking.parameters import Schema
from harness.usage import counted

GLOBAL_QUOTA = 20
LOCAL_QUOTA = 5
PROJECTED_ATTRIBUTES_QUOTA = 100
INCLUDED_PER_INDEX = 20

IndexName = Annotated[str, NAME]
Projection = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
GlobalIndexes = Annotated[int, Schema(minimum=0, maximum=GLOBAL_QUOTA)]
LocalIndexes = Annotated[int, Schema(minimum=0, maximum=LOCAL_QUOTA)]
CHANGING = ("CREATING", "UPDATING", "DELETING")


Parts = Annotated[list[KeyAttribute], Schema(maxItems=4)]


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index as DescribeTable describes it. Local indexes have no status of their own: they are active.
    `keys_of_table` are in every index, whatever its projection."""

    name: str
    partition: tuple[str, ...]
    sort: tuple[str, ...]
    types: Mapping[str, str]
    projection: str
    included: tuple[str, ...]
    keys_of_table: tuple[str, ...]
    status: str
    backfilling: bool
    arn: str

    def __str__(self) -> str:
        roles = [("HASH", name) for name in self.partition] + [("RANGE", name) for name in self.sort]
        parts = [f"{role} {name} ({self.types.get(name, 'unknown type')})" for role, name in roles]
        projection = f"{self.projection} {listed(self.included)}" if self.included else self.projection
        return f"{self.name}: {', '.join(parts)}; projection {projection}; {self.status}"

    def missing(self, attributes: Sequence[str]) -> list[str]:
        """The attributes, out of these, that a query of the index does not return."""
        if self.projection == "ALL":
            return []
        there = {*self.partition, *self.sort, *self.keys_of_table, *self.included}
        return [name for name in attributes if name not in there]


def global_indexes(table: Table) -> list[Index]:
    """The table's global secondary indexes, with those that are being deleted."""
    return [_index(table, one, one["IndexStatus"]) for one in table.description.get("GlobalSecondaryIndexes", [])]


def local_indexes(table: Table) -> list[Index]:
    """The table's local secondary indexes."""
    return [_index(table, one, "ACTIVE") for one in table.description.get("LocalSecondaryIndexes", [])]


def _index(table: Table, data: Mapping[str, Any], status: str) -> Index:
    arn = data.get("IndexArn", table.arn)
    names = key_parts(data["KeySchema"], arn)
    projection = data["Projection"]
    return Index(
        name=data["IndexName"],
        partition=names["HASH"],
        sort=names["RANGE"],
        types=table.types,
        projection=projection["ProjectionType"],
        included=tuple(projection.get("NonKeyAttributes", ())),
        keys_of_table=tuple(part["AttributeName"] for part in table.description["KeySchema"]),
        status=status,
        backfilling=data.get("Backfilling", False),
        arn=arn,
    )


@check(
    "indexes.global",
    example={
        "partition_key": [{"name": "status", "types": ["S"]}],
        "sort_key": [{"name": "created", "types": ["N"]}],
        "projected": ["total"],
    },
    source=f"{GUIDE}GSI.html",
)
def global_index(
    table: Table,
    name: IndexName | None = None,
    partition_key: Parts | None = None,
    sort_key: Parts | None = None,
    projection: Projection | None = None,
    projected: Sequence[AttributeName] | None = None,
) -> Passed:
    """The table has a global secondary index as required, and it is active.

    What a definition leaves out is free. `partition_key` names all attributes of the partition key, in any order.
    `sort_key` names those with which the sort key begins, because a longer one answers the same queries. `projection`
    requires a type of projection; `projected` requires attributes that a query must return, whatever the type is.
    """
    wanted = _Wanted("global secondary index", name, partition_key, sort_key, projection, projected)
    return _judge(table, [index for index in global_indexes(table) if index.status != "DELETING"], wanted)


@check(
    "indexes.local",
    example={"sort_key": {"name": "created", "types": ["N"]}, "projection": "ALL"},
    source=f"{GUIDE}LSI.html",
)
def local_index(
    table: Table,
    name: IndexName | None = None,
    sort_key: KeyAttribute | None = None,
    projection: Projection | None = None,
    projected: Sequence[AttributeName] | None = None,
) -> Passed:
    """The table has a local secondary index as required.

    Its partition key is the table's. On AWS, no local index has another one, even if an emulator accepts it.
    """
    partition_key: Parts = [{"name": one} for one in table.key["HASH"]]
    sort_keys = None if sort_key is None else [sort_key]
    wanted = _Wanted("local secondary index", name, partition_key, sort_keys, projection, projected)
    return _judge(table, local_indexes(table), wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    noun: str
    name: str | None
    partition: Parts | None
    sort: Parts | None
    projection: str | None
    projected: Sequence[str] | None

    def __str__(self) -> str:
        roles = [("HASH", part) for part in self.partition or ()] + [("RANGE", part) for part in self.sort or ()]
        parts = [f"{role} {part.get('name', '<any>')} ({_types_text(part)})" for role, part in roles]
        texts = [", ".join(parts)] if parts else []
        texts += [f"projection {self.projection}"] if self.projection else []
        texts += [f"with {listed(self.projected)}"] if self.projected else []
        return f"a {self.noun} {self.name or '<any name>'}" + (f": {'; '.join(texts)}" if texts else "")

    def problems(self, index: Index) -> list[str]:
        """Why an index is not the wanted one, except for its name."""
        found = _partition_problems(self.partition, index) if self.partition is not None else []
        found += _sort_problems(self.sort, index) if self.sort is not None else []
        if self.projection is not None and index.projection != self.projection:
            found.append(f"its projection is {index.projection}, not {self.projection}")
        if missing := index.missing(self.projected or ()):
            found.append(f"its projection ({index.projection}) leaves out {listed(missing)}")
        return found

    @property
    def local(self) -> bool:
        return self.noun.startswith("local")

    @property
    def typed(self) -> bool:
        """Whether the type of a key attribute matters."""
        return bool([part for part in (*(self.partition or ()), *(self.sort or ())) if "types" in part])

    def untold(self, index: Index) -> list[str]:
        """Key attributes whose required type this target does not report."""
        return [name for name in (*index.partition, *index.sort) if self.typed and name not in index.types]


def _types_text(part: KeyAttribute) -> str:
    return "/".join(part.get("types", ())) or "any type"


def _wrong(wanted: Parts, names: Sequence[str], types: Mapping[str, str]) -> list[tuple[KeyAttribute, str]]:
    """The requirements on key attributes that do not hold. An unknown type contradicts nothing: see `untold`."""
    return [
        (part, name)
        for part, name in zip(wanted, names, strict=False)
        if part.get("name", name) != name or ("types" in part and types.get(name) not in (None, *part["types"]))
    ]


def _partition_problems(wanted: Parts, index: Index) -> list[str]:
    if len(index.partition) != len(wanted):
        number = counted(len(index.partition), "attribute")
        names = listed(index.partition)
        return [f"its partition key has {number} ({names}), not {len(wanted)}: a query must name all of them"]
    # how to assign attributes to requirements best, whatever the order of both
    wrong = min((_wrong(wanted, names, index.types) for names in permutations(index.partition)), key=len)
    return [_part_problem("partition key", part, index.partition, index.types) for part, _ in wrong]


def _sort_problems(wanted: Parts, index: Index) -> list[str]:
    if not index.sort:
        return ["it has no sort key"]
    if len(index.sort) < len(wanted):
        return [f"its sort key has only {counted(len(index.sort), 'attribute')}, not {len(wanted)}"]
    wrong = _wrong(wanted, index.sort, index.types)
    return [_part_problem("sort key", part, [name], index.types) for part, name in wrong]


def _part_problem(noun: str, part: KeyAttribute, names: Sequence[str], types: Mapping[str, str]) -> str:
    wanted_name, wanted_types = part.get("name"), part.get("types", ())
    if wanted_name is not None and wanted_name not in names:
        return f"its {noun} is {listed(names)}, not {wanted_name}"
    concerned = [wanted_name] if wanted_name is not None else names
    found = listed(f"{name} has type {type_name(types.get(name, 'unknown'))}" for name in concerned)
    return f"its {noun} {found}, not {' or '.join(map(type_name, wanted_types)) or 'any'}"


def _judge(table: Table, indexes: Sequence[Index], wanted: _Wanted) -> Passed:
    named = [index for index in indexes if wanted.name in (None, index.name)]
    fitting = [index for index in named if not wanted.problems(index)]
    if not fitting:
        for index in named:
            if wanted.projection or wanted.projected:
                what = f"The index {index.name} has the projection"
                refuse_unknown(what, index.projection, get_args(Projection), index.arn)
            if wanted.typed:
                table.refuse_unknown_types((*index.partition, *index.sort), index.arn)
        if not wanted.local:  # local indexes are created with their table, and never later
            table.settled("indexes")
        raise _no_index(indexes, named, wanted)
    told = [index for index in fitting if not wanted.untold(index)]
    if not told:
        table.refuse_untold_types(wanted.untold(fitting[0]), str(fitting[0]))
    for index in told:
        if index.status == "ACTIVE":
            message = f"The {wanted.noun} {index.name} is as required."
            return Passed(message, actual=str(index), resource=index.arn)
    for index in told:
        _refuse_changing(index, str(wanted))
    raise _unknown_status(told[0])


def _refuse_changing(index: Index, expected: str) -> None:
    if index.status in CHANGING:
        message = f"The index {index.name} is {index.status}{' and being filled' if index.backfilling else ''}."
        raise Pending(message, expected=expected, actual=str(index), resource=index.arn)


def _unknown_status(index: Index) -> Undetermined:
    message = f"The index {index.name} has the status {index.status}, which this version does not know."
    return Undetermined(message, actual=str(index), resource=index.arn)


def _no_index(indexes: Sequence[Index], named: Sequence[Index], wanted: _Wanted) -> Failed:
    """The failure that names the closest index, and what is wrong with it."""
    remedy = "Make it with UpdateTable (GlobalSecondaryIndexUpdates); delete a wrong index first."
    if wanted.local:
        remedy = "A local index can only be made together with its table: create the table again with it."
    if named:
        nearest = min(named, key=lambda index: len(wanted.problems(index)))
        message = f"The {wanted.noun} {nearest.name} is not as required: {'; '.join(wanted.problems(nearest))}."
    elif fitting := [index for index in indexes if not wanted.problems(index)]:
        message = f"There is no {wanted.noun} {wanted.name}; {fitting[0].name} differs only in its name."
    else:
        message = f"There is no {wanted.noun}{f' {wanted.name}' if wanted.name else ''}."
    actual = " | ".join(map(str, named or indexes)) or f"no {wanted.noun}"
    return Failed(message, expected=str(wanted), actual=actual, remedy=remedy)


@check("indexes.active", source=f"{GUIDE}GSI.OnlineOps.html")
def active(table: Table) -> Passed:
    """Every secondary index is active; none is still being built or deleted."""
    table.settled("indexes")
    indexes = [*global_indexes(table), *local_indexes(table)]
    for index in indexes:
        _refuse_changing(index, "every index ACTIVE")
    for index in indexes:
        if index.status != "ACTIVE":
            raise _unknown_status(index)
    if not indexes:
        return Passed("There are no secondary indexes to wait for.", actual="no index")
    names = listed(index.name for index in indexes)
    subject = "index is" if len(indexes) == 1 else "indexes are"
    return Passed(f"{len(indexes)} {subject} active: {names}.", actual=names)


@check("indexes.quotas", example={"maximum_global": 3}, source=f"{GUIDE}ServiceQuotas.html")
def quotas(
    table: Table, maximum_global: GlobalIndexes = GLOBAL_QUOTA, maximum_local: LocalIndexes = LOCAL_QUOTA
) -> Passed:
    """The number of indexes is within AWS's quotas and the lab's limits.

    By default these are 20 global indexes (AWS raises this on request), 5 local ones, and 100 attributes that INCLUDE
    projections name, added up over all indexes.
    """
    every, local = global_indexes(table), local_indexes(table)
    included = sum(len(index.included) for index in (*every, *local))
    actual = f"{len(every)} global, {len(local)} local, {counted(included, 'projected attribute')}"
    staying = [index for index in every if index.status != "DELETING"]
    if problems := _quota_problems(every, local, maximum_global, maximum_local):
        if not _quota_problems(staying, local, maximum_global, maximum_local):
            leaving = next(index for index in every if index.status == "DELETING")
            _refuse_changing(leaving, "no more indexes than allowed")
        raise Failed(
            " ".join(problems),
            expected=f"at most {maximum_global} global, {maximum_local} local, "
            f"{PROJECTED_ATTRIBUTES_QUOTA} projected attributes",
            actual=actual,
            remedy="You pay for each index, and for writing every item that it holds: keep only those that a question of "
            "the lab needs. One overloaded index can serve several kinds of item.",
        )
    return Passed("The number of indexes is within the limits.", actual=actual)


def _quota_problems(every: Sequence[Index], local: Sequence[Index], most_global: int, most_local: int) -> list[str]:
    """Sentences about what there is too much of."""
    numbers = ((len(every), most_global, "global index"), (len(local), most_local, "local index"))
    too_many = [f"{counted(number, noun)}, {limit} allowed" for number, limit, noun in numbers if number > limit]
    problems = [f"The table has too many indexes: {'; '.join(too_many)}."] if too_many else []
    if (included := sum(len(index.included) for index in (*every, *local))) > PROJECTED_ATTRIBUTES_QUOTA:
        problems.append(f"The indexes project {included} attributes by name, {PROJECTED_ATTRIBUTES_QUOTA} are allowed.")
    return problems


@check("indexes.sound", source=f"{API}API_CreateTable.html")
def sound(table: Table) -> Passed:
    """Every secondary index is one that AWS accepts.

    No two indexes have the same name, no attribute occurs twice in a key, and only INCLUDE projections name attributes,
    from 1 to 20. A local index has the table's partition key and one sort key attribute, and its table has a sort key.
    A global index has 1 to 4 partition key attributes and at most 4 sort key attributes. An emulator may accept others.
    A local index may repeat the table's own sort key: that is pointless, but AWS accepts it.
    """
    key, local, every = table.key, local_indexes(table), global_indexes(table)
    problems = [problem for index in local for problem in _local_problems(index, key)]
    problems += [
        f"the global index {index.name} has {counted(len(index.partition), 'partition key attribute')} and "
        f"{counted(len(index.sort), 'sort key attribute')}"
        for index in every
        if not 1 <= len(index.partition) <= 4 or len(index.sort) > 4
    ]
    problems += _general_problems([*every, *local])
    actual = " | ".join(map(str, [*every, *local])) or "no index"
    if problems:
        raise Failed(
            f"AWS would refuse this table: {'; '.join(problems)}.",
            expected="local indexes with the table's partition key and a sort key, on a table with a sort key; global "
            "ones with at most 4 + 4 key attributes; names, keys and projections that CreateTable allows",
            actual=actual,
            remedy="Make the index as CreateTable allows it; a local one can only be made together with its table. If you "
            "need another partition key, make a global index.",
        )
    number = len(every) + len(local)
    if not number:
        return Passed("There are no secondary indexes that could be wrong.", actual=actual)
    return Passed(f"{number} {'index is' if number == 1 else 'indexes are'} well-formed.", actual=actual)


def _general_problems(indexes: Sequence[Index]) -> list[str]:
    """Why AWS would refuse indexes of any kind."""
    names = Counter(index.name for index in indexes)
    problems = [f"{counted(number, 'index')} have the name {name}" for name, number in names.items() if number > 1]
    for index in indexes:
        keys = (*index.partition, *index.sort)
        if len(set(keys)) < len(keys):
            problems.append(f"an attribute occurs twice in the key of {index.name} ({listed(keys)})")
        if index.projection == "INCLUDE" and not 1 <= len(index.included) <= INCLUDED_PER_INDEX:
            number = counted(len(index.included), "attribute")
            problems.append(f"{index.name} projects INCLUDE with {number}, not 1 to {INCLUDED_PER_INDEX}")
        if index.projection in ("ALL", "KEYS_ONLY") and index.included:
            problems.append(f"{index.name} projects {index.projection} and names attributes ({listed(index.included)})")
    return problems


def _local_problems(index: Index, key: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Why AWS would refuse a local index of a table with that primary key."""
    name = f"the local index {index.name}"
    problems = []
    if index.partition != key["HASH"]:
        problems.append(
            f"{name} has the partition key {listed(index.partition)}, not the table's ({listed(key['HASH'])})"
        )
    if len(index.sort) != 1:
        problems.append(f"{name} has {counted(len(index.sort), 'sort key attribute')}, not 1")
    if not key["RANGE"]:
        problems.append(f"{name} needs a table with a sort key")
    return problems
