"""Secondary indexes: as required, active, within the quotas, and of a form that AWS accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.checking.finding import Finding
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown, is_unsupported
from tests.support import TABLE_ARN, denied, judge, not_found, table

Json = dict[str, Any]
ALL = {"ProjectionType": "ALL"}
KEYS_ONLY = {"ProjectionType": "KEYS_ONLY"}
MAKE = "Make it with UpdateTable"

KINDS: list[tuple[str, Json]] = [
    ("indexes.global", {"name": "by-status"}),
    ("indexes.local", {"name": "by-date"}),
    ("indexes.active", {}),
    ("indexes.quotas", {}),
    ("indexes.sound", {}),
]


def include(*names: str) -> Json:
    """A projection of these attributes."""
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}


def local(name: str, *key: str, projection: Json = ALL) -> Json:
    """A local index as DescribeTable tells it; `key` is `PK SK`."""
    roles = zip(key, ("HASH", *("RANGE" for _ in key[1:])), strict=True)
    return {
        "IndexName": name,
        "IndexArn": arn(name),
        "KeySchema": [{"AttributeName": part, "KeyType": role} for part, role in roles],
        "Projection": projection,
    }


def index(
    name: str,
    partition: Sequence[str],
    sort: Sequence[str] = (),
    projection: Json = ALL,
    status: str = "ACTIVE",
    **more: Any,
) -> Json:
    """A global index as DescribeTable tells it."""
    schema = [{"AttributeName": part, "KeyType": "HASH"} for part in partition]
    schema += [{"AttributeName": part, "KeyType": "RANGE"} for part in sort]
    return {
        "IndexName": name,
        "IndexArn": arn(name),
        "IndexStatus": status,
        "KeySchema": schema,
        "Projection": projection,
        **more,
    }


def arn(name: str) -> str:
    return f"{TABLE_ARN}/index/{name}"


def indexed(*indexes: Json, locals_: Sequence[Json] = (), types: Json | None = None, **changes: Any) -> Json:
    """A DescribeTable answer of a table with these indexes. Key attributes are text unless `types` says otherwise;
    None there leaves the definition out."""
    used = {part["AttributeName"] for one in (*indexes, *locals_) for part in one["KeySchema"]} | {"PK", "SK"}
    letters = dict.fromkeys(sorted(used), "S") | (types or {})
    return table(
        **{
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": letter} for name, letter in letters.items() if letter
            ],
            "GlobalSecondaryIndexes": list(indexes) or None,
            "LocalSecondaryIndexes": list(locals_) or None,
            **changes,
        }
    )


def find(kind: str, description: Any, **parameters: Any) -> Finding:
    """What a check of indexes finds: they read nothing but the table's description."""
    return judge(kind, {"DescribeTable": description}, table="orders", **parameters)


def names(*wanted: str) -> list[Json]:
    """Required key attributes by name."""
    return [{"name": name} for name in wanted]


# What all of them have in common


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_a_missing_table_fails(kind: str, parameters: Json) -> None:
    is_missing(find(kind, not_found(), **parameters))


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_denied_is_no_verdict(kind: str, parameters: Json) -> None:
    is_denied(find(kind, denied("DescribeTable"), **parameters), "dynamodb:DescribeTable")


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_a_table_that_is_being_deleted_fails_though_it_shows_no_index(kind: str, parameters: Json) -> None:
    description = table(TableStatus="DELETING", KeySchema=None, AttributeDefinitions=None)

    fails(
        find(kind, description, **parameters),
        "The table orders is being deleted.",
        expected="an existing table",
        actual="DELETING",
        remedy="Create it again",
    )


# indexes.global: what passes

FOUR = ["a", "b", "c", "d"]
BIG = index("big", FOUR, ["e", "f", "g", "h"], KEYS_ONLY)
BY_STATUS = index("by-status", ["status"], ["date"])


@pytest.mark.parametrize(
    ("description", "parameters", "name"),
    [
        pytest.param(indexed(BY_STATUS), {}, "by-status", id="any index"),
        pytest.param(indexed(BY_STATUS), {"name": "by-status"}, "by-status", id="by name"),
        pytest.param(
            indexed(BY_STATUS),
            {"partition_key": [{"name": "status", "types": ["S"]}], "sort_key": [{"name": "date", "types": ["S"]}]},
            "by-status",
            id="key, names and types",
        ),
        pytest.param(
            indexed(BY_STATUS, types={"date": "N"}),
            {"partition_key": [{"types": ["S"]}], "sort_key": [{"types": ["N"]}]},
            "by-status",
            id="types alone",
        ),
        pytest.param(indexed(BY_STATUS), {"partition_key": [{}], "sort_key": [{}]}, "by-status", id="any key"),
        pytest.param(
            indexed(index("by-status", ["status"])), {"partition_key": names("status")}, "by-status", id="no sort key"
        ),
        pytest.param(
            indexed(index("long", ["status"], ["date", "id"])),
            {"partition_key": names("status"), "sort_key": names("date")},
            "long",
            id="a longer sort key than asked for",
        ),
        pytest.param(
            indexed(BIG),
            {"partition_key": names("d", "b", "a", "c"), "sort_key": names("e", "f", "g", "h")},
            "big",
            id="4 + 4 attributes, those of the partition key in any order",
        ),
        pytest.param(
            indexed(BIG), {"partition_key": [{}, {}, {}, {}], "sort_key": names("e", "f")}, "big", id="4 of any name"
        ),
        pytest.param(
            indexed(index("two", ["x", "y"]), types={"y": "N"}),
            {"partition_key": [{}, {"name": "x"}]},
            "two",
            id="any one and a named one",
        ),
        pytest.param(
            indexed(index("two", ["x", "y"])),
            {"partition_key": [{"types": ["S"]}, {"name": "x"}]},
            "two",
            id="one of a type and a named one, both of that type",
        ),
        pytest.param(
            indexed(index("two", ["x", "y"]), types={"y": "N"}),
            {"partition_key": [{"types": ["N"]}, {"types": ["S"]}]},
            "two",
            id="two types in the other order",
        ),
        pytest.param(
            indexed(index("three", ["x", "y", "z"]), types={"z": "N"}),
            {"partition_key": [{}, {"types": ["S"]}, {"name": "x", "types": ["S"]}]},
            "three",
            id="any, of a type, named",
        ),
        pytest.param(indexed(BY_STATUS), {"projection": "ALL"}, "by-status", id="a type of projection"),
        pytest.param(indexed(BY_STATUS), {"projected": ["total", "items"]}, "by-status", id="ALL has everything"),
        pytest.param(
            indexed(index("by-status", ["status"], projection=include("items", "total"))),
            {"projected": ["total", "items"]},
            "by-status",
            id="INCLUDE has what is needed",
        ),
        pytest.param(
            indexed(index("by-status", ["status"], ["date"], projection=KEYS_ONLY)),
            {"projected": ["PK", "SK", "status", "date"]},
            "by-status",
            id="keys are in every index",
        ),
        pytest.param(
            indexed(index("wrong", ["other"]), index("making", ["status"], status="CREATING"), BY_STATUS),
            {"partition_key": names("status")},
            "by-status",
            id="one among others that are wrong or being made",
        ),
        pytest.param(
            indexed(index("by-status", ["status"], status="ACTIVE", Backfilling=False)),
            {"name": "by-status"},
            "by-status",
            id="a filled index says so",
        ),
        pytest.param(
            indexed(BY_STATUS, TableStatus="UPDATING"), {"name": "by-status"}, "by-status", id="the table changes"
        ),
        pytest.param(
            indexed(index("v", ["other"], projection={"ProjectionType": "VECTOR"}), BY_STATUS),
            {"projected": ["total"]},
            "by-status",
            id="one of the future beside it",
        ),
    ],
)
def test_a_global_index_as_required_passes(description: Json, parameters: Json, name: str) -> None:
    described = description["Table"]
    mirrored = {"Table": {**described, "GlobalSecondaryIndexes": described["GlobalSecondaryIndexes"][::-1]}}

    for answer in (description, mirrored):  # the order of AWS's lists means nothing
        finding = find("indexes.global", answer, **parameters)
        holds(finding, f"The global secondary index {name} is as required.", resource=arn(name))
        assert finding.actual.startswith(f"{name}: HASH ")


def test_the_evidence_shows_the_index() -> None:
    finding = find("indexes.global", indexed(index("by-status", ["status"], ["date"], include("total", "items"))))

    assert finding.actual == "by-status: HASH status (S), RANGE date (S); projection INCLUDE total, items; ACTIVE"


# indexes.global: what fails


@pytest.mark.parametrize(
    ("found", "parameters", "problem", "expected"),
    [
        pytest.param(
            index("by-status", ["state"]),
            {"partition_key": names("status")},
            "its partition key is state, not status",
            "a global secondary index by-status: HASH status (any type)",
            id="partition key",
        ),
        pytest.param(
            index("by-status", ["status", "month"]),
            {"partition_key": names("status")},
            "its partition key has 2 attributes (status, month), not 1: a query must name all of them",
            "a global secondary index by-status: HASH status (any type)",
            id="a longer partition key",
        ),
        pytest.param(
            index("by-status", ["status"]),
            {"partition_key": names("status", "month")},
            "its partition key has 1 attribute (status), not 2: a query must name all of them",
            "a global secondary index by-status: HASH status (any type), HASH month (any type)",
            id="a shorter partition key",
        ),
        pytest.param(
            index("by-status", ["status", "month"]),
            {"partition_key": names("status", "year")},
            "its partition key is status, month, not year",
            "a global secondary index by-status: HASH status (any type), HASH year (any type)",
            id="one of two partition key attributes",
        ),
        pytest.param(
            index("by-status", ["status"]),
            {"partition_key": [{"name": "status", "types": ["N"]}]},
            "its partition key status has type S (String), not N (Number)",
            "a global secondary index by-status: HASH status (N)",
            id="type of the partition key",
        ),
        pytest.param(
            index("by-status", ["status", "month"]),
            {"partition_key": [{"types": ["N"]}, {"types": ["S"]}]},
            "its partition key status has type S (String), month has type S (String), not N (Number)",
            "a global secondary index by-status: HASH <any> (N), HASH <any> (S)",
            id="type of one of two partition key attributes",
        ),
        pytest.param(
            index("by-status", ["status"]),
            {"sort_key": names("date")},
            "it has no sort key",
            "a global secondary index by-status: RANGE date (any type)",
            id="no sort key",
        ),
        pytest.param(
            index("by-status", ["status"], ["date"]),
            {"sort_key": names("date", "id")},
            "its sort key has only 1 attribute, not 2",
            "a global secondary index by-status: RANGE date (any type), RANGE id (any type)",
            id="a shorter sort key",
        ),
        pytest.param(
            index("by-status", ["status"], ["id", "date"]),
            {"sort_key": names("date")},
            "its sort key is id, not date",
            "a global secondary index by-status: RANGE date (any type)",
            id="a longer sort key that begins with something else",
        ),
        pytest.param(
            index("by-status", ["status"], ["date", "id"]),
            {"sort_key": names("id", "date")},
            "its sort key is date, not id; its sort key is id, not date",
            "a global secondary index by-status: RANGE id (any type), RANGE date (any type)",
            id="sort key attributes in the wrong order",
        ),
        pytest.param(
            index("by-status", ["status"], ["date"]),
            {"sort_key": [{"types": ["N"]}]},
            "its sort key date has type S (String), not N (Number)",
            "a global secondary index by-status: RANGE <any> (N)",
            id="type of the sort key",
        ),
        pytest.param(
            index("by-status", ["status"], projection=KEYS_ONLY),
            {"projection": "ALL"},
            "its projection is KEYS_ONLY, not ALL",
            "a global secondary index by-status: projection ALL",
            id="type of projection",
        ),
        pytest.param(
            index("by-status", ["status"], projection=KEYS_ONLY),
            {"projected": ["total", "status", "items"]},
            "its projection (KEYS_ONLY) leaves out total, items",
            "a global secondary index by-status: with total, status, items",
            id="KEYS_ONLY leaves out",
        ),
        pytest.param(
            index("by-status", ["status"], projection=include("items")),
            {"projected": ["total", "items"]},
            "its projection (INCLUDE) leaves out total",
            "a global secondary index by-status: with total, items",
            id="INCLUDE leaves out",
        ),
        pytest.param(
            index("by-status", ["state"], projection=KEYS_ONLY),
            {"partition_key": names("status"), "sort_key": names("date"), "projection": "ALL"},
            "its partition key is state, not status; it has no sort key; its projection is KEYS_ONLY, not ALL",
            "a global secondary index by-status: HASH status (any type), RANGE date (any type); projection ALL",
            id="everything",
        ),
    ],
)
def test_a_global_index_of_that_name_that_is_wrong_fails(
    found: Json, parameters: Json, problem: str, expected: str
) -> None:
    finding = find("indexes.global", indexed(found), name="by-status", **parameters)

    fails(
        finding,
        f"The global secondary index by-status is not as required: {problem}.",
        expected=expected,
        actual=finding.actual,
        remedy=MAKE,
    )
    assert finding.actual.startswith("by-status: HASH ")


def test_without_a_name_the_nearest_index_is_named() -> None:
    far = index("far", ["other"], projection=KEYS_ONLY)
    near = index("near", ["status"], ["id"])
    wanted = {"partition_key": names("status"), "sort_key": names("date")}

    for description in (indexed(far, near), indexed(near, far)):
        finding = find("indexes.global", description, **wanted)
        assert finding.status == "fail"
        assert finding.message == "The global secondary index near is not as required: its sort key is id, not date."
        assert "far: HASH other (S); projection KEYS_ONLY; ACTIVE" in finding.actual
        assert "near: HASH status (S), RANGE id (S); projection ALL; ACTIVE" in finding.actual


@pytest.mark.parametrize("name", ["By-Status", "status-index"])
def test_an_index_that_is_alike_but_for_its_name_is_named(name: str) -> None:
    fails(
        find("indexes.global", indexed(index(name, ["status"])), name="by-status", partition_key=names("status")),
        f"There is no global secondary index by-status; {name} differs only in its name.",
        expected="a global secondary index by-status: HASH status (any type)",
        actual=f"{name}: HASH status (S); projection ALL; ACTIVE",
        remedy=MAKE,
    )


def test_an_index_of_another_name_and_another_key_is_shown() -> None:
    fails(
        find("indexes.global", indexed(index("other", ["x"])), name="by-status", partition_key=names("status")),
        "There is no global secondary index by-status.",
        expected="a global secondary index by-status: HASH status (any type)",
        actual="other: HASH x (S); projection ALL; ACTIVE",
        remedy=MAKE,
    )


@pytest.mark.parametrize(
    ("parameters", "message", "expected"),
    [
        ({}, "There is no global secondary index.", "a global secondary index <any name>"),
        ({"name": "by-status"}, "There is no global secondary index by-status.", "a global secondary index by-status"),
    ],
)
def test_no_global_index_at_all_fails(parameters: Json, message: str, expected: str) -> None:
    fails(
        find("indexes.global", table(), **parameters),
        message,
        expected=expected,
        actual="no global secondary index",
        remedy=MAKE,
    )


def test_a_local_index_is_no_global_one() -> None:
    finding = find("indexes.global", indexed(locals_=[local("by-date", "PK", "date")]), name="by-date")

    assert finding.message == "There is no global secondary index by-date."


def test_an_index_that_is_being_deleted_does_not_count() -> None:
    fails(
        find("indexes.global", indexed(index("by-status", ["status"], status="DELETING")), name="by-status"),
        "There is no global secondary index by-status.",
        expected="a global secondary index by-status",
        actual="no global secondary index",
        remedy=MAKE,
    )


# indexes.global: what cannot be said


@pytest.mark.parametrize(
    ("status", "more", "message"),
    [
        ("CREATING", {}, "The index by-status is CREATING."),
        ("CREATING", {"Backfilling": False}, "The index by-status is CREATING."),
        ("CREATING", {"Backfilling": True}, "The index by-status is CREATING and being filled."),
        ("UPDATING", {}, "The index by-status is UPDATING."),
    ],
)
def test_an_index_that_is_being_made_is_pending_and_passes_when_that_ends(
    status: str, more: Json, message: str
) -> None:
    answers = [indexed(index("by-status", ["status"], status=status, **more)), indexed(BY_STATUS)]

    is_pending(find("indexes.global", list(answers), name="by-status"), message)
    holds(
        find("indexes.global", list(answers), wait_seconds=60, name="by-status"),
        "The global secondary index by-status is as required.",
        resource=arn("by-status"),
    )


def test_an_index_that_is_being_made_wrongly_fails_at_once() -> None:
    answers = [indexed(index("by-status", ["state"], status="CREATING")), indexed(BY_STATUS)]

    finding = find("indexes.global", answers, wait_seconds=60, name="by-status", partition_key=names("status"))

    assert (finding.status, finding.reason) == ("fail", None)


def test_an_index_that_may_be_about_to_appear_is_pending() -> None:
    answers = [indexed(TableStatus="UPDATING"), indexed(BY_STATUS)]

    is_pending(
        find("indexes.global", list(answers), name="by-status"),
        "The table is UPDATING: its indexes may be changing.",
    )
    assert find("indexes.global", list(answers), wait_seconds=60, name="by-status").status == "pass"


def test_an_index_with_a_status_of_the_future_is_no_verdict() -> None:
    is_unknown(
        find("indexes.global", indexed(index("by-status", ["status"], status="COLD"))),
        "The index by-status has the status COLD, which this version does not know.",
    )


def test_of_two_that_fit_one_that_is_being_made_weighs_more_than_one_of_the_future() -> None:
    cold, making = index("cold", ["status"], status="COLD"), index("making", ["status"], status="CREATING")

    for description in (indexed(cold, making), indexed(making, cold)):
        is_pending(find("indexes.global", description), "The index making is CREATING.")


@pytest.mark.parametrize("parameters", [{"projection": "ALL"}, {"projected": ["total"]}])
def test_a_projection_of_the_future_is_no_verdict(parameters: Json) -> None:
    found = index("by-status", ["status"], projection={"ProjectionType": "VECTOR"})

    is_unknown(
        find("indexes.global", indexed(found), **parameters),
        "The index by-status has the projection VECTOR, which this version does not know.",
    )


def test_a_projection_of_the_future_does_no_harm_where_none_is_asked_for() -> None:
    found = index("by-status", ["status"], projection={"ProjectionType": "VECTOR"})

    assert find("indexes.global", indexed(found), partition_key=names("status")).status == "pass"


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort_key": [{"name": "date", "types": ["N"]}]},
        {"sort_key": [{"types": ["N"]}]},
        {"partition_key": [{"types": ["S"]}], "sort_key": [{"types": ["S"]}]},
    ],
)
def test_a_type_that_is_not_told_is_not_graded(parameters: Json) -> None:
    description = indexed(BY_STATUS, types={"date": None})

    is_unsupported(
        find("indexes.global", description, faithful=False, **parameters),
        "This target does not report the type of date.",
    )
    is_unknown(
        find("indexes.global", description, **parameters),
        "The answer does not have the type of date, as AWS's always does.",
    )


def test_a_lost_type_does_no_harm_where_no_type_is_asked_for() -> None:
    description = indexed(BY_STATUS, types={"date": None, "status": None})

    assert find("indexes.global", description, partition_key=names("status")).status == "pass"


def test_a_lost_type_hides_no_wrong_name() -> None:
    description = indexed(BY_STATUS, types={"date": None})

    finding = find("indexes.global", description, name="by-status", sort_key=[{"name": "day", "types": ["S"]}])

    assert finding.message == "The global secondary index by-status is not as required: its sort key is date, not day."


# indexes.local

BY_DATE = local("by-date", "PK", "date")
REMADE = "create the table again with it"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"name": "by-date"},
        {"sort_key": {"name": "date"}},
        {"sort_key": {"name": "date", "types": ["S"]}},
        {"projection": "ALL", "projected": ["total"]},
    ],
)
def test_a_local_index_as_required_passes(parameters: Json) -> None:
    for others in ([BY_DATE, local("a", "PK", "total")], [local("z", "PK", "total"), BY_DATE]):
        parameters = {"name": "by-date", **parameters}
        finding = find("indexes.local", indexed(locals_=others), **parameters)
        holds(finding, "The local secondary index by-date is as required.", resource=arn("by-date"))


def test_any_local_index_will_do_where_the_name_is_free() -> None:
    holds(
        find("indexes.local", indexed(locals_=[BY_DATE]), sort_key={"name": "date"}),
        "The local secondary index by-date is as required.",
        actual="by-date: HASH PK (S), RANGE date (S); projection ALL; ACTIVE",
        resource=arn("by-date"),
    )


@pytest.mark.parametrize(
    ("found", "parameters", "problem", "expected"),
    [
        pytest.param(
            local("by-date", "customer", "date"),
            {"sort_key": {"name": "date"}},
            "its partition key is customer, not PK",
            "a local secondary index by-date: HASH PK (any type), RANGE date (any type)",
            id="partition key",
        ),
        pytest.param(
            local("by-date", "PK", "day"),
            {"sort_key": {"name": "date"}},
            "its sort key is day, not date",
            "a local secondary index by-date: HASH PK (any type), RANGE date (any type)",
            id="sort key",
        ),
        pytest.param(
            local("by-date", "PK", "date"),
            {"sort_key": {"name": "date", "types": ["N"]}},
            "its sort key date has type S (String), not N (Number)",
            "a local secondary index by-date: HASH PK (any type), RANGE date (N)",
            id="type",
        ),
        pytest.param(
            local("by-date", "PK", "date", projection=KEYS_ONLY),
            {"projected": ["total", "SK"]},
            "its projection (KEYS_ONLY) leaves out total",
            "a local secondary index by-date: HASH PK (any type); with total, SK",
            id="projection",
        ),
    ],
)
def test_a_local_index_that_is_wrong_fails(found: Json, parameters: Json, problem: str, expected: str) -> None:
    finding = find("indexes.local", indexed(locals_=[found]), name="by-date", **parameters)

    fails(
        finding,
        f"The local secondary index by-date is not as required: {problem}.",
        expected=expected,
        actual=finding.actual,
        remedy=REMADE,
    )
    assert finding.actual.startswith("by-date: HASH ")


@pytest.mark.parametrize(
    ("description", "actual"),
    [
        pytest.param(table(), "no local secondary index", id="no index"),
        pytest.param(indexed(index("by-date", ["PK"], ["date"])), "no local secondary index", id="a global one"),
    ],
)
def test_no_local_index_fails(description: Json, actual: str) -> None:
    fails(
        find("indexes.local", description, name="by-date"),
        "There is no local secondary index by-date.",
        expected="a local secondary index by-date: HASH PK (any type)",
        actual=actual,
        remedy=REMADE,
    )


def test_a_local_index_of_another_name_is_named() -> None:
    finding = find("indexes.local", indexed(locals_=[BY_DATE]), name="ByDate", sort_key={"name": "date"})

    assert finding.message == "There is no local secondary index ByDate; by-date differs only in its name."


def test_the_type_of_a_local_indexs_sort_key_that_is_not_told_is_not_graded() -> None:
    description = indexed(locals_=[BY_DATE], types={"date": None})
    sort_key = {"name": "date", "types": ["N"]}

    is_unsupported(
        find("indexes.local", description, faithful=False, sort_key=sort_key),
        "This target does not report the type of date.",
    )
    is_unknown(
        find("indexes.local", description, sort_key=sort_key),
        "The answer does not have the type of date, as AWS's always does.",
    )


# indexes.active


@pytest.mark.parametrize(
    ("description", "message", "actual"),
    [
        pytest.param(table(), "There are no secondary indexes to wait for.", "no index", id="none"),
        pytest.param(indexed(BY_STATUS), "1 index is active: by-status.", "by-status", id="one"),
        pytest.param(
            indexed(BY_STATUS, BIG, locals_=[BY_DATE]),
            "3 indexes are active: by-status, big, by-date.",
            "by-status, big, by-date",
            id="global and local",
        ),
    ],
)
def test_indexes_that_are_all_active_pass(description: Json, message: str, actual: str) -> None:
    holds(find("indexes.active", description), message, actual=actual)


@pytest.mark.parametrize(
    ("status", "more", "message"),
    [
        ("CREATING", {"Backfilling": True}, "The index by-status is CREATING and being filled."),
        ("CREATING", {}, "The index by-status is CREATING."),
        ("UPDATING", {}, "The index by-status is UPDATING."),
        ("DELETING", {}, "The index by-status is DELETING."),
    ],
)
def test_an_index_that_changes_is_pending_and_passes_when_that_ends(status: str, more: Json, message: str) -> None:
    changing = index("by-status", ["status"], status=status, **more)
    answers = [indexed(BIG, changing), indexed(BIG)]

    is_pending(find("indexes.active", list(answers)), message)
    is_pending(find("indexes.active", indexed(changing, BIG)), message)
    holds(find("indexes.active", list(answers), wait_seconds=60), "1 index is active: big.", actual="big")


@pytest.mark.parametrize("status", ["CREATING", "UPDATING"])
def test_a_table_that_changes_may_be_about_to_change_its_indexes(status: str) -> None:
    answers = [indexed(TableStatus=status), indexed(BY_STATUS)]

    is_pending(find("indexes.active", list(answers)), f"The table is {status}: its indexes may be changing.")
    assert find("indexes.active", list(answers), wait_seconds=60).message == "1 index is active: by-status."


def test_an_index_of_the_future_is_not_known_to_be_active() -> None:
    cold = index("by-status", ["status"], status="COLD")

    for description in (indexed(BIG, cold), indexed(cold, BIG)):
        is_unknown(
            find("indexes.active", description),
            "The index by-status has the status COLD, which this version does not know.",
        )


# indexes.quotas


def many(number: int, projection: Json = ALL, status: str = "ACTIVE") -> list[Json]:
    """Global indexes."""
    return [index(f"index-{place}", [f"k{place}"], projection=projection, status=status) for place in range(number)]


def many_local(number: int, projection: Json = ALL) -> list[Json]:
    """Local indexes."""
    return [local(f"local-{place}", "PK", f"s{place}", projection=projection) for place in range(number)]


TWENTY = include(*(f"a{place}" for place in range(20)))


@pytest.mark.parametrize(
    ("description", "parameters", "actual"),
    [
        pytest.param(table(), {}, "0 global, 0 local, 0 projected attributes", id="none"),
        pytest.param(
            table(),
            {"maximum_global": 0, "maximum_local": 0},
            "0 global, 0 local, 0 projected attributes",
            id="none allowed",
        ),
        pytest.param(
            indexed(*many(20), locals_=many_local(5)), {}, "20 global, 5 local, 0 projected attributes", id="the quotas"
        ),
        pytest.param(
            indexed(*many(2, TWENTY), locals_=many_local(3, TWENTY)),
            {},
            "2 global, 3 local, 100 projected attributes",
            id="100 attributes over all indexes",
        ),
        pytest.param(
            indexed(*many(1, include("total"))),
            {"maximum_global": 1},
            "1 global, 0 local, 1 projected attribute",
            id="as many as the lab allows",
        ),
    ],
)
def test_indexes_within_the_limits_pass(description: Json, parameters: Json, actual: str) -> None:
    finding = find("indexes.quotas", description, **parameters)

    holds(finding, "The number of indexes is within the limits.", actual=actual)


@pytest.mark.parametrize(
    ("description", "parameters", "message", "expected", "actual"),
    [
        pytest.param(
            indexed(*many(25)),
            {},
            "The table has too many indexes: 25 global indexes, 20 allowed.",
            "at most 20 global, 5 local, 100 projected attributes",
            "25 global, 0 local, 0 projected attributes",
            id="25 global ones",
        ),
        pytest.param(
            indexed(locals_=many_local(6)),
            {},
            "The table has too many indexes: 6 local indexes, 5 allowed.",
            "at most 20 global, 5 local, 100 projected attributes",
            "0 global, 6 local, 0 projected attributes",
            id="6 local ones",
        ),
        pytest.param(
            indexed(*many(2), locals_=many_local(1)),
            {"maximum_global": 1, "maximum_local": 0},
            "The table has too many indexes: 2 global indexes, 1 allowed; 1 local index, 0 allowed.",
            "at most 1 global, 0 local, 100 projected attributes",
            "2 global, 1 local, 0 projected attributes",
            id="more than the lab allows",
        ),
        pytest.param(
            indexed(*many(5, TWENTY), index("one-more", ["x"], projection=include("a0"))),
            {},
            "The indexes project 101 attributes by name, 100 are allowed.",
            "at most 20 global, 5 local, 100 projected attributes",
            "6 global, 0 local, 101 projected attributes",
            id="101 attributes, the same name counted twice",
        ),
        pytest.param(
            indexed(*many(6, TWENTY), locals_=many_local(6)),
            {},
            "The table has too many indexes: 6 local indexes, 5 allowed. "
            "The indexes project 120 attributes by name, 100 are allowed.",
            "at most 20 global, 5 local, 100 projected attributes",
            "6 global, 6 local, 120 projected attributes",
            id="too much of both",
        ),
    ],
)
def test_indexes_beyond_the_limits_fail(
    description: Json, parameters: Json, message: str, expected: str, actual: str
) -> None:
    fails(
        find("indexes.quotas", description, **parameters),
        message,
        expected=expected,
        actual=actual,
        remedy="keep only those that a question of the lab needs",
    )


def test_one_index_too_many_that_is_being_deleted_is_pending_and_passes_when_that_ends() -> None:
    answers = [indexed(*many(2), index("old", ["x"], status="DELETING")), indexed(*many(2))]

    is_pending(find("indexes.quotas", list(answers), maximum_global=2), "The index old is DELETING.")
    holds(
        find("indexes.quotas", list(answers), wait_seconds=60, maximum_global=2),
        "The number of indexes is within the limits.",
    )


def test_too_many_indexes_fail_at_once_if_those_that_go_are_not_enough() -> None:
    description = indexed(*many(2), index("old", ["x"], status="DELETING"))

    finding = find("indexes.quotas", description, maximum_global=1)

    assert (finding.status, finding.message) == (
        "fail",
        "The table has too many indexes: 3 global indexes, 1 allowed.",
    )


# indexes.sound


@pytest.mark.parametrize(
    ("description", "message"),
    [
        pytest.param(table(), "There are no secondary indexes that could be wrong.", id="none"),
        pytest.param(indexed(index("x", ["x"])), "1 index is well-formed.", id="a global one without a sort key"),
        pytest.param(indexed(BIG, BY_STATUS), "2 indexes are well-formed.", id="4 + 4 key attributes"),
        pytest.param(indexed(locals_=[BY_DATE]), "1 index is well-formed.", id="a local one"),
        # AWS accepts these, pointless as they are (verified there by scylladb's test_lsi_identical, among others)
        pytest.param(
            indexed(locals_=[local("again", "PK", "SK")]),
            "1 index is well-formed.",
            id="a local one with the table's key",
        ),
        pytest.param(indexed(index("again", ["PK"], ["SK"])), "1 index is well-formed.", id="a global one with it"),
        pytest.param(indexed(index("orders", ["x"])), "1 index is well-formed.", id="an index named as the table"),
        pytest.param(
            indexed(index("x", ["SK"], ["PK"]), locals_=[local("total", "PK", "total")]),
            "2 indexes are well-formed.",
            id="the key the other way round, and a local one",
        ),
    ],
)
def test_indexes_that_aws_accepts_pass(description: Json, message: str) -> None:
    holds(find("indexes.sound", description), message)


@pytest.mark.parametrize(
    ("description", "problem", "remedy"),
    [
        pytest.param(
            indexed(locals_=[local("by-date", "customer", "date")]),
            "the local index by-date has the partition key customer, not the table's (PK)",
            "If you need another partition key, make a global index",
            id="a local one with another partition key",
        ),
        pytest.param(
            indexed(locals_=[local("by-date", "PK")]),
            "the local index by-date has 0 sort key attributes, not 1",
            "together with its table",
            id="a local one without a sort key",
        ),
        pytest.param(
            indexed(locals_=[local("by-date", "PK", "year", "month")]),
            "the local index by-date has 2 sort key attributes, not 1",
            "together with its table",
            id="a local one with two sort key attributes",
        ),
        pytest.param(
            indexed(locals_=[local("by-date", "PK", "PK")]),
            "an attribute occurs twice in the key of by-date (PK, PK)",
            "together with its table",
            id="a local one with one attribute twice",
        ),
        pytest.param(
            indexed(locals_=[BY_DATE], KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}]),
            "the local index by-date needs a table with a sort key",
            "together with its table",
            id="a local one on a table without a sort key",
        ),
        pytest.param(
            indexed(index("big", ["a", "b", "c", "d", "e"])),
            "the global index big has 5 partition key attributes and 0 sort key attributes",
            "make a global index",
            id="5 partition key attributes",
        ),
        pytest.param(
            indexed(index("big", ["a"], ["b", "c", "d", "e", "f"])),
            "the global index big has 1 partition key attribute and 5 sort key attributes",
            "make a global index",
            id="5 sort key attributes",
        ),
        pytest.param(
            indexed(index("twice", ["a"], ["a"])),
            "an attribute occurs twice in the key of twice (a, a)",
            "as CreateTable allows",
            id="one attribute as partition key and as sort key",
        ),
        pytest.param(
            indexed(index("one", ["a"]), index("one", ["b"])),
            "2 indexes have the name one",
            "as CreateTable allows",
            id="two of one name",
        ),
        pytest.param(
            indexed(index("by-date", ["a"]), locals_=[BY_DATE]),
            "2 indexes have the name by-date",
            "as CreateTable allows",
            id="a global and a local one of one name",
        ),
        pytest.param(
            indexed(BY_STATUS, index("some", ["a"], projection={"ProjectionType": "INCLUDE"})),
            "some projects INCLUDE with 0 attributes, not 1 to 20",
            "as CreateTable allows",
            id="INCLUDE without attributes",
        ),
        pytest.param(
            indexed(
                BY_STATUS,
                index(
                    "some",
                    ["a"],
                    projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"n{n}" for n in range(21)]},
                ),
            ),
            "some projects INCLUDE with 21 attributes, not 1 to 20",
            "as CreateTable allows",
            id="INCLUDE with 21 attributes",
        ),
        pytest.param(
            indexed(BY_STATUS, index("some", ["a"], projection={"ProjectionType": "ALL", "NonKeyAttributes": ["n"]})),
            "some projects ALL and names attributes (n)",
            "as CreateTable allows",
            id="ALL with attributes",
        ),
        pytest.param(
            indexed(index("headless", [], ["a"])),
            "the global index headless has 0 partition key attributes and 1 sort key attribute",
            "make a global index",
            id="no partition key",
        ),
    ],
)
def test_indexes_that_aws_would_refuse_fail(description: Json, problem: str, remedy: str) -> None:
    finding = find("indexes.sound", description)

    fails(
        finding,
        f"AWS would refuse this table: {problem}.",
        expected="local indexes with the table's partition key and a sort key, on a table with a sort key; global ones "
        "with at most 4 + 4 key attributes; names, keys and projections that CreateTable allows",
        actual=finding.actual,
        remedy=remedy,
    )
    assert "projection ALL" in finding.actual


def test_every_unsound_index_is_named() -> None:
    description = indexed(
        index("big", ["a", "b", "c", "d", "e"]), BY_STATUS, locals_=[local("dates", "customer", "date"), BY_DATE]
    )

    assert find("indexes.sound", description).message == (
        "AWS would refuse this table: the local index dates has the partition key customer, not the table's (PK); "
        "the global index big has 5 partition key attributes and 0 sort key attributes."
    )
