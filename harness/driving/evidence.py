"""A scenario's evidence: the calls of a submission's code, their answers, and the requests that the code sent
meanwhile.

It is plain data, made in one place and judged in others: by a run, by a replay of its tape, and by the audit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from harness.documents.plain import decode, encode
from harness.submission.caller import NOWHERE, Call, Failure, FailureKind, Place

OPTIONAL: Mapping[str, type] = {
    "code": str,
    "index": str,
    "condition": str,
    "filter": str,
    "consistent": bool,
    "examined": int,
    "returned": int,
    "size": int,
    "limited": bool,
    "more": bool,
    "partitions": list,
    "client": str,
    "injected": bool,
    "written": list,
    "number": int,
}
"""The fields of an exchange that a tape holds if they are not empty."""

TEXTS = ("output", "client")
"""The texts of a call that a tape holds if they are not empty."""

START = "start"
"""The phase of a call that should have created the object or imported the module, and failed."""

SESSION_ROLE = "session"
"""The role of requests with the session that the object got."""

ENVIRONMENT_ROLE = "environment"
"""The role of requests with the credentials in the environment of the process."""

UNKNOWN_ROLE = "unknown"
"""The role of requests with credentials that the tool did not provide."""

SCENARIO_ROLE = "scenario"
"""The role of requests with which a scenario itself writes."""


class NoEvidence(Exception):
    """No code was called, because that was not allowed on this target. The text says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of the submission's code and its answer. `tables` are those that it names. `condition` and `filter`
    are its expressions with names and values filled in. `examined` and `returned` count items, and `size` counts bytes
    of the answer. `limited` says that the request has a Limit, and `more` that the answer leaves something to do:
    pages, or a part of a batch. `partitions` are the values of the tables' partition keys that the request names.
    `code` is the error's (empty: it succeeded). `client` is the process that asked (empty: unknown credentials).
    `injected` says that the scenario made all or part of the answer, to see what the code does about it. `written` are
    the keys of the items that the request writes. `number` is its place among the requests of several clients at once
    (0: nobody else asks meanwhile)."""

    role: str
    service: str
    operation: str
    tables: tuple[str, ...]
    status: int
    code: str = ""
    index: str = ""
    condition: str = ""
    filter: str = ""
    consistent: bool = False
    examined: int = 0
    returned: int = 0
    size: int = 0
    limited: bool = False
    more: bool = False
    partitions: tuple[str, ...] = ()
    client: str = ""
    injected: bool = False
    written: tuple[str, ...] = ()
    number: int = 0

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Change:
    """An item before and after a call, as DynamoDB returns it (None: it did not exist), and its key."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of a method or function. `changes` are those of the items that it wrote (None: they were not read);
    `place` is where it failed, or else where the method is; `output` is the end of what was printed meanwhile; `client`
    is the process in which it was called. Phases that try several things, each with data of its own, have several
    parts, from 1 on: `part` is the number of the call's (0: the phase has no parts)."""

    phase: str
    call: Call
    value: Any
    failure: Failure | None
    exchanges: tuple[Exchange, ...]
    changes: tuple[Change, ...] | None = None
    place: Place = NOWHERE
    output: str = ""
    client: str = ""
    part: int = 0

    @property
    def method(self) -> str:
        return self.call.method

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.call.arguments


@dataclass(frozen=True, slots=True)
class TimeJump:
    """A moment to which a table was moved: in the phase of that name, what was due by that day is gone."""

    phase: str
    day: date
    expired: int


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A scenario's evidence, in the order in which it was gathered. `driven` is the code as the lab declared it;
    `today` is the day of the run, in UTC. Each object is equal only to itself, so that results about it can be
    cached."""

    driven: Mapping[str, Any]
    seed: int
    today: date
    prefix: str
    calls: tuple[CallRecord, ...]
    time_jumps: tuple[TimeJump, ...] = ()

    @property
    def failed_start(self) -> CallRecord | None:
        """The call that should have created an object and failed, so that no more calls were made; None if none
        failed."""
        return next((one for one in self.calls if one.phase == START), None)

    def plain(self) -> dict[str, Any]:
        """As plain data, for a tape."""
        return {
            "driven": dict(self.driven),
            "seed": self.seed,
            "today": self.today.isoformat(),
            "prefix": self.prefix,
            "calls": [_plain_call(one) for one in self.calls],
            "time_jumps": [
                {"phase": one.phase, "day": one.day.isoformat(), "expired": one.expired} for one in self.time_jumps
            ],
        }

    @classmethod
    def from_plain(cls, data: Any) -> Evidence:
        """The opposite of `plain`. The data may come from anybody.

        Raises:
            ValueError, ArithmeticError: it does not have that form.
        """
        _require(data, {"driven": dict, "seed": int, "today": str, "prefix": str, "calls": list, "time_jumps": list})
        return cls(
            data["driven"],
            data["seed"],
            date.fromisoformat(data["today"]),
            data["prefix"],
            tuple(map(_call, data["calls"])),
            tuple(map(_travel, data["time_jumps"])),
        )


def _plain_call(called: CallRecord) -> dict[str, Any]:
    data: dict[str, Any] = {
        "phase": called.phase,
        "method": called.method,
        "arguments": [encode(one) for one in called.arguments],
        "exchanges": [_plain_exchange(one) for one in called.exchanges],
    }
    if called.failure is None:
        data["value"] = encode(called.value)
    else:
        data["failure"] = {**asdict(called.failure), "kind": str(called.failure.kind)}
    if called.changes is not None:
        data["changes"] = [
            {"before": encode(one.before), "after": encode(one.after), "key": one.key} for one in called.changes
        ]
    if called.place != NOWHERE:
        data["place"] = asdict(called.place)
    if called.part:
        data["part"] = called.part
    return {**data, **{name: text for name in TEXTS if (text := getattr(called, name))}}


def _plain_exchange(exchange: Exchange) -> dict[str, Any]:
    """An exchange without its empty fields, because there are thousands of exchanges."""
    always = ("role", "service", "operation", "status")
    told = {name: value for name, value in asdict(exchange).items() if value or name in always}
    lists = {name: list(value) for name, value in told.items() if isinstance(value, tuple)}
    return {**told, **lists, "tables": list(exchange.tables)}


def _call(data: Any) -> CallRecord:
    _require(
        data,
        {"phase": str, "method": str, "arguments": list, "exchanges": list},
        ("value", "failure", "changes", "place", "part", *TEXTS),
    )
    if type(part := data.get("part", 0)) is not int:
        raise ValueError("the number of a part is not a number")
    if ("value" in data) == ("failure" in data) or type(data.get("changes", [])) is not list:
        raise ValueError("a call has either a value or a failure, and its changes are a list")
    if [name for name in TEXTS if type(data.get(name, "")) is not str]:
        raise ValueError("what was printed, and the name of a client, are texts")
    return CallRecord(
        data["phase"],
        Call(data["method"], tuple(decode(one) for one in data["arguments"])),
        decode(data.get("value")),
        _failure(data["failure"]) if "failure" in data else None,
        tuple(map(_exchange, data["exchanges"])),
        tuple(map(_change, data["changes"])) if "changes" in data else None,
        _place(data["place"]) if "place" in data else NOWHERE,
        output=data.get("output", ""),
        client=data.get("client", ""),
        part=part,
    )


def _place(data: Any) -> Place:
    _require(data, {"file": str, "line": int})
    place = Place(data["file"], data["line"])
    if not place.is_inside:
        raise ValueError("a place is not a line of a file in the submission")
    return place


def _failure(data: Any) -> Failure:
    _require(data, {"kind": str, "summary": str, "traceback": str})
    return Failure(FailureKind(data["kind"]), data["summary"], data["traceback"])


def _exchange(data: Any) -> Exchange:
    _require(data, {"role": str, "service": str, "operation": str, "status": int, "tables": list}, OPTIONAL)
    for name, kind in OPTIONAL.items():
        if name in data and type(data[name]) is not kind:
            raise ValueError(f"{name} is not of the type {kind.__name__}")
    lists = {name: tuple(data.get(name, ())) for name in ("tables", "partitions", "written")}
    if [one for several in lists.values() for one in several if not isinstance(one, str)]:
        raise ValueError("the name of a table, a partition or a key is not text")
    return Exchange(**{**data, **lists})


def _change(data: Any) -> Change:
    if not isinstance(data, dict) or data.keys() != {"before", "after", "key"} or type(data["key"]) is not str:
        raise ValueError("a change does not have two sides and a key")
    if [one for one in (data["before"], data["after"]) if one is not None and not isinstance(one, dict)]:
        raise ValueError("an item is not an object")
    return Change(decode(data["before"]), decode(data["after"]), data["key"])


def _travel(data: Any) -> TimeJump:
    _require(data, {"phase": str, "day": str, "expired": int})
    return TimeJump(data["phase"], date.fromisoformat(data["day"]), data["expired"])


def _require(data: Any, kinds: Mapping[str, type], optional: Collection[str] = ()) -> None:
    """Raises unless it is an object with these fields. A tape holds thousands of them, and checking them with a schema
    would take most of the time."""
    if not isinstance(data, dict) or not kinds.keys() <= data.keys() <= {*kinds, *optional}:
        raise ValueError("an object does not have the fields that it should")
    if wrong := [name for name, kind in kinds.items() if type(data[name]) is not kind]:
        raise ValueError(f"{wrong[0]} is not of the type {kinds[wrong[0]].__name__}")


def in_phases(calls: Iterable[CallRecord], *phases: str) -> list[CallRecord]:
    """The calls of some phases, in their order."""
    return [one for one in calls if one.phase in phases]
