"""A scenario's evidence comes back from a tape as it was gathered, and nothing of another form is taken for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from harness.driving.evidence import OPTIONAL, CallRecord, Change, Evidence, Exchange, TimeJump, in_phases
from harness.submission.caller import NOWHERE, Call, Failure, FailureKind, Place
from tests.each import each

QUERY = Exchange(
    role="session",
    service="dynamodb",
    operation="Query",
    tables=("orders", "archive"),
    status=400,
    code="ValidationException",
    index="by-date",
    condition='PK = "C-1"',
    filter="total > 5",
    consistent=True,
    examined=7,
    returned=3,
    size=512,
    limited=True,
    more=True,
    partitions=('"C-1"', '"C-2"'),
    client="writer",
    injected=True,
    written=('{"PK": {"S": "C-1"}}', "{…"),
    number=12,
)
REFUSED = Exchange("environment", "", "", (), 0)
DRIVEN = {"module": "store", "class": "Store", "tables": ["orders"], "scenario": "shop"}
ITEM = {"PK": {"S": "P-1"}, "prices": {"L": [{"N": "1.20"}, {"NULL": True}]}}


def called(value: Any = None, *arguments: Any, **more: Any) -> CallRecord:
    return CallRecord(
        more.get("phase", "load"),
        Call("get_order", arguments),
        value,
        more.get("failure"),
        more.get("exchanges", ()),
        more.get("changes"),
        more.get("place", NOWHERE),
        more.get("output", ""),
        more.get("client", ""),
        more.get("part", 0),
    )


def evidence(*calls: CallRecord, time_jumps: tuple[TimeJump, ...] = ()) -> Evidence:
    return Evidence(DRIVEN, 7, date(2024, 2, 29), "run1-", calls, time_jumps)


def back(evidence: Evidence) -> Evidence:
    """The evidence as a tape gives it back."""
    return Evidence.from_plain(json.loads(json.dumps(evidence.plain())))


@each(
    "value",
    [
        *(None, True, 0, 2**70, -1.5, 1.0, float("inf"), "", "grüße\ud83d\x00", [], {}),
        *(Decimal("79.90"), Decimal("1E+3"), Decimal("-0"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
        *(date(2024, 2, 29), datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), b"\x00\xff", frozenset({"a"})),
        [{"price": Decimal("1.50"), "on": date(2026, 3, 1), "tags": [[], [None]]}, {"$decimal": "5"}],
        {"$object": {"$set": [1]}, "value": {"failure": None}},
    ],
)
def test_values_and_arguments_keep_their_types(value: object) -> None:
    gathered = evidence(called(value, value, "C-1", value))

    assert repr(back(gathered)) == repr(gathered)


@pytest.mark.parametrize(
    "evidence",
    [
        evidence(),
        Evidence(
            {}, 0, date.min, "", (), (TimeJump("on 2027-03-01", date(2027, 3, 1), 0), TimeJump("", date.max, 10**9))
        ),
        evidence(called(exchanges=(QUERY, REFUSED, QUERY)), called(phase="much data", exchanges=())),
        evidence(*(called(failure=Failure(kind, "KeyError: 'PK'", "File\n")) for kind in FailureKind)),
        evidence(called(failure=Failure(FailureKind.HUNG, "")), called(None)),
        evidence(called(changes=None), called(changes=())),
        evidence(called(changes=(Change(None, ITEM), Change(ITEM, None), Change(ITEM, {**ITEM, "n": {"N": "1"}})))),
        evidence(called(place=Place("parts/store.py", 7), output="hello\n\x1b[31m", client="writer")),
        evidence(called(changes=(Change(None, {"PK": {"S": "P-1"}, "photo": {"B": b"\x00\xff"}}),))),
        evidence(
            called(part=1), called(part=34, changes=(Change(ITEM, None, '{"PK": {"S": "P-1"}}'),)), called(part=0)
        ),
    ],
    ids=[
        "nothing",
        "time_jumps",
        "exchanges",
        "failures",
        "a value and none",
        "no changes",
        "changes",
        "place, output and client",
        "binary",
        "parts and keys",
    ],
)
def test_evidence_comes_back_unchanged(evidence: Evidence) -> None:
    again = back(evidence)

    assert (again.driven, again.seed) == (evidence.driven, evidence.seed)
    assert (again.today, again.prefix) == (evidence.today, evidence.prefix)
    assert (again.calls, again.time_jumps) == (evidence.calls, evidence.time_jumps)
    assert repr(again) == repr(evidence)


def test_evidence_is_equal_to_itself_alone() -> None:
    gathered = evidence(called([]))

    assert {gathered: "kept"}[gathered] == "kept"
    assert back(gathered) != gathered


def test_what_an_exchange_does_not_say_takes_no_room() -> None:
    [plain] = evidence(called(exchanges=(REFUSED,))).plain()["calls"]

    assert plain["exchanges"] == [{"role": "environment", "service": "", "operation": "", "status": 0, "tables": []}]
    assert list(plain) == ["phase", "method", "arguments", "exchanges", "value"]


PLAIN = evidence(
    called(
        {"total": Decimal(1)},
        "C-1",
        exchanges=(REFUSED,),
        changes=(Change(None, ITEM, '{"PK": {"S": "P-1"}}'),),
        place=Place("store.py", 3),
        output="x",
        client="writer",
        part=7,
    ),
    called(failure=Failure(FailureKind.RAISED, "KeyError: 'PK'", "File")),
    time_jumps=(TimeJump("on 2027-03-01", date(2027, 3, 1), 2),),
).plain()
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "evidence": lambda data: data,
    "call": lambda data: data["calls"][0],
    "failed call": lambda data: data["calls"][1],
    "exchange": lambda data: data["calls"][0]["exchanges"][0],
    "failure": lambda data: data["calls"][1]["failure"],
    "place": lambda data: data["calls"][0]["place"],
    "change": lambda data: data["calls"][0]["changes"][0],
    "travel": lambda data: data["time_jumps"][0],
}
OF_EACH_TYPE: tuple[Any, ...] = (None, True, 1, 1.5, "x", [], {})
MISSING = object()


def _is_sound(name: str, field: str, value: Any) -> bool:
    """Whether a field may be like that."""
    if field in ("before", "after"):
        return value is None or isinstance(value, dict)
    if field == "value":
        return value is not MISSING
    return type(value) is type(OBJECTS[name](PLAIN)[field]) or (
        field in ("changes", "place", "output", "client", "part") and value is MISSING
    )


DAMAGE = [
    *((name, "more", 1) for name in OBJECTS),
    *(
        (name, field, value)
        for name, find in OBJECTS.items()
        for field in find(PLAIN)
        for value in (MISSING, *OF_EACH_TYPE)
        if not _is_sound(name, field, value)
    ),
    *(
        ("exchange", field, value)
        for field, kind in OPTIONAL.items()
        for value in OF_EACH_TYPE
        if type(value) is not kind
    ),
]
"""Every field of every object: one more, left out, of each other type."""


@each(("name", "field", "value"), DAMAGE, ids=lambda one: "missing" if one is MISSING else repr(one))
def test_what_has_another_form_is_refused(name: str, field: str, value: object) -> None:
    data = copy.deepcopy(PLAIN)
    assert Evidence.from_plain(data).plain() == PLAIN
    if value is MISSING:
        del OBJECTS[name](data)[field]
    else:
        OBJECTS[name](data)[field] = value

    with pytest.raises(ValueError, match=r"\w"):
        Evidence.from_plain(data)


@each(
    ("name", "changes"),
    [
        ("call", {"failure": PLAIN["calls"][1]["failure"]}),
        ("failed call", {"value": None}),
        ("failure", {"kind": "tired"}),
        ("failure", {"kind": "RAISED"}),
        ("evidence", {"today": "yesterday"}),
        ("evidence", {"calls": [None]}),
        ("evidence", {"time_jumps": [[]]}),
        ("travel", {"day": "2026-02-30"}),
        ("call", {"exchanges": ["Query"]}),
        ("place", {"file": "/etc/passwd"}),
        ("place", {"file": "../x.py"}),
        ("place", {"file": ""}),
        ("place", {"line": 0}),
        ("place", {"line": 10**9}),
        ("call", {"changes": [None]}),
        ("exchange", {"tables": ["orders", 1]}),
        ("exchange", {"tables": [None]}),
        ("exchange", {"partitions": ["C-1", 1]}),
        ("exchange", {"written": ['{"PK": {"S": "C-1"}}', None]}),
        ("exchange", {"written": [["PK"]]}),
        ("call", {"value": {"$time": "noon"}}),
        ("call", {"arguments": [{"$bytes": "?"}]}),
    ],
)
def test_what_cannot_be_is_refused(name: str, changes: dict[str, Any]) -> None:
    data = copy.deepcopy(PLAIN)
    OBJECTS[name](data).update(changes)

    with pytest.raises(ValueError, match=r"\w"):
        Evidence.from_plain(data)


@each("data", [None, True, 7, "x", [], [PLAIN], {}])
def test_what_is_no_evidence_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="an object does not have the fields that it should"):
        Evidence.from_plain(data)


def test_a_number_that_is_none_is_refused_by_arithmetic() -> None:
    data = copy.deepcopy(PLAIN)
    data["calls"][0]["value"] = {"$decimal": "one"}

    with pytest.raises(ArithmeticError):
        Evidence.from_plain(data)


@each(("status", "succeeded"), [(0, False), (199, False), (200, True), (299, True), (300, False)])
def test_an_exchange_succeeds_by_its_status(status: int, succeeded: bool) -> None:
    assert Exchange("session", "s3", "GetObject", (), status).succeeded is succeeded


def test_calls_are_chosen_by_their_phases_in_their_own_order() -> None:
    calls = [called(number, phase=phase) for number, phase in enumerate(("load", "little", "load", "much"))]

    assert [one.value for one in in_phases(calls, "much", "load")] == [0, 2, 3]
    assert in_phases(calls) == []
