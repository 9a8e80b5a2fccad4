"""What was asked of a submission's code, what it answered, and what crossed the wire meanwhile: a scenario's evidence.

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
}
"""The fields of an exchange that a tape holds where they say something."""

TEXTS = ("output", "client")
"""The texts of a call that a tape holds where they say something."""

START = "start"
"""The phase of a call that was to make the object or import the module, and failed."""

SESSION_ROLE = "session"
"""The role of what uses the session that an object was given."""

ENVIRONMENT_ROLE = "environment"
"""The role of what uses the credentials in its process's environment."""

UNKNOWN_ROLE = "unknown"
"""The role of what uses credentials that nobody gave it."""

SCENARIO_ROLE = "scenario"
"""The role of what a scenario itself writes."""


class NoEvidence(Exception):
    """Nothing was driven, because that was not allowed on this target; the text says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of the submission's code and its answer. `tables` are those that it names; `condition` and `filter`
    are its expressions with names and values filled in; `examined` and `returned` count items, `size` bytes of the
    answer. `limited` says that the request has a Limit, `more` that the answer leaves something to do: pages, or a part of a
    batch. `partitions`
    are the values of the tables' partition keys that the request names. `code` is the error's (empty: it succeeded).
    `client` is the process that asked (empty: nobody's credentials); `injected` says that the scenario made the answer,
    or a part of it, to see what the code does about it."""

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

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Change:
    """An item before and after a call, as DynamoDB tells it (None: it was not there)."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of a method or function. `changes` are those of the items that it wrote (None: nobody looked); `place` is
    where it failed, or else where the method is; `output` the end of what was printed meanwhile; `client` the process in
    which it was called."""

    phase: str
    call: Call
    value: Any
    failure: Failure | None
    exchanges: tuple[Exchange, ...]
    changes: tuple[Change, ...] | None = None
    place: Place = NOWHERE
    output: str = ""
    client: str = ""

    @property
    def method(self) -> str:
        return self.call.method

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.call.arguments


@dataclass(frozen=True, slots=True)
class TimeJump:
    """A moment to which a table was brought: in the phase of that name, what was due by that day is gone."""

    phase: str
    day: date
    expired: int


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A scenario's evidence, in the order in which it was gathered. `driven` is what was driven, as the lab declared it;
    `today` the day of the run, in UTC. Each is equal to itself alone, so that what is found out about one can be kept."""

    driven: Mapping[str, Any]
    seed: int
    today: date
    prefix: str
    calls: tuple[CallRecord, ...]
    time_jumps: tuple[TimeJump, ...] = ()

    @property
    def failed_start(self) -> CallRecord | None:
        """The call that made no object, so that nothing more was driven; None where each made one."""
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
        """The opposite of `plain`. It may come from anybody.

        Raises:
            ValueError, ArithmeticError: it is not of that form.
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
        data["changes"] = [{"before": encode(one.before), "after": encode(one.after)} for one in called.changes]
    if called.place != NOWHERE:
        data["place"] = asdict(called.place)
    return {**data, **{name: text for name in TEXTS if (text := getattr(called, name))}}


def _plain_exchange(exchange: Exchange) -> dict[str, Any]:
    """An exchange without what is empty: there are thousands."""
    always = ("role", "service", "operation", "status")
    told = {name: value for name, value in asdict(exchange).items() if value or name in always}
    lists = {name: list(value) for name, value in told.items() if isinstance(value, tuple)}
    return {**told, **lists, "tables": list(exchange.tables)}


def _call(data: Any) -> CallRecord:
    _require(
        data,
        {"phase": str, "method": str, "arguments": list, "exchanges": list},
        ("value", "failure", "changes", "place", *TEXTS),
    )
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
        *(data.get(name, "") for name in TEXTS),
    )


def _place(data: Any) -> Place:
    _require(data, {"file": str, "line": int})
    place = Place(data["file"], data["line"])
    if not place.is_inside:
        raise ValueError("a place is no line of a file in the submission")
    return place


def _failure(data: Any) -> Failure:
    _require(data, {"kind": str, "summary": str, "traceback": str})
    return Failure(FailureKind(data["kind"]), data["summary"], data["traceback"])


def _exchange(data: Any) -> Exchange:
    _require(data, {"role": str, "service": str, "operation": str, "status": int, "tables": list}, OPTIONAL)
    for name, kind in OPTIONAL.items():
        if name in data and type(data[name]) is not kind:
            raise ValueError(f"{name} is no {kind.__name__}")
    if [one for one in (*data["tables"], *data.get("partitions", ())) if not isinstance(one, str)]:
        raise ValueError("the name of a table or a partition is no text")
    return Exchange(**{**data, "tables": tuple(data["tables"]), "partitions": tuple(data.get("partitions", ()))})


def _change(data: Any) -> Change:
    if not isinstance(data, dict) or data.keys() != {"before", "after"}:
        raise ValueError("a change has two sides")
    if [one for one in data.values() if one is not None and not isinstance(one, dict)]:
        raise ValueError("an item is an object")
    return Change(decode(data["before"]), decode(data["after"]))


def _travel(data: Any) -> TimeJump:
    _require(data, {"phase": str, "day": str, "expired": int})
    return TimeJump(data["phase"], date.fromisoformat(data["day"]), data["expired"])


def _require(data: Any, kinds: Mapping[str, type], optional: Collection[str] = ()) -> None:
    """Raises unless it is an object of these fields. There are thousands on a tape, so that a schema would take most
    of the time."""
    if not isinstance(data, dict) or not kinds.keys() <= data.keys() <= {*kinds, *optional}:
        raise ValueError("an object has other fields than it should")
    if wrong := [name for name, kind in kinds.items() if type(data[name]) is not kind]:
        raise ValueError(f"{wrong[0]} is no {kinds[wrong[0]].__name__}")


def in_phases(calls: Iterable[CallRecord], *phases: str) -> list[CallRecord]:
    """The calls of some phases, in their order."""
    return [one for one in calls if one.phase in phases]
