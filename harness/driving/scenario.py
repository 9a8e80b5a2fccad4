"""What a lab declares about the code that it asks for: which code it is, what the tool does with it, and in which
words.

A scenario is in `fixtures/<lab>/scenario.py`. Its `gather` is ordinary Python that uses a `DrivingSession`. The rest is
what checks must know about the lab to judge the evidence: the right answers, and the names of things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from harness.driving.driven_code import DrivenCode

if TYPE_CHECKING:
    from harness.driving.evidence import CallRecord
    from harness.driving.session import DrivingSession

LOAD, LITTLE, MORE, MUCH = "load", "little data", "more data", "much data"
SMALL_PAGES, FAULTS = "small pages", "under faults"
JUST_WRITTEN, NEW_RECORDS, BEFORE_EXPIRY = "just written", "new records", "before anything expires"
ONE_BY_ONE, CONFLICTS, SEQUENCES = "one by one", "at conflicts", "in a sequence"
AT_ONCE, READY, MEANWHILE, AFTERWARDS = "at once", "made ready", "seen meanwhile", "seen afterwards"
"""The phases that checks know. The load phase writes what is always needed. If a table is moved to another time, the
phase is named after how far. Each part of the phases from `ONE_BY_ONE` on has data of its own, and its calls may raise if
the model refuses them. What several clients do at once has four phases: what makes it ready, their calls, and what is
read meanwhile and afterwards."""


class Refused(Exception):
    """A model raises this: the code must refuse the call by raising, and must then change nothing. The text says why,
    as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Either:
    """A right answer that may be any of several."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Expiring:
    """A right answer of entries that expire: those that are due may be left out."""

    entries: tuple[Mapping[str, Any], ...]
    due: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of thing that code stores: the method that writes it, and the one that returns it. If it has an
    identifying attribute, the method returns a list of several; otherwise one, or None. `left_free` are attributes that
    may be returned or not; `remark` is added to the advice about a wrong one."""

    written_by: str
    given_back_by: str
    identified_by: str = ""
    left_free: tuple[str, ...] = ()
    remark: str = ""

    @property
    def methods(self) -> tuple[str, str]:
        """The method that writes, and the one that returns."""
        return self.written_by, self.given_back_by


@dataclass(frozen=True, slots=True)
class Question:
    """A method that answers with one value, or with a list of things that one attribute identifies.

    `written_by` are the methods that write what it returns (none: it is calculated); `about` is what its first argument
    names, and `answers` what it returns, in the singular. `dated_by` is the attribute with a thing's day, if it has
    one. If that is also `identified_by`, the things must come in the order of their days, oldest first; otherwise in
    any order. `singly` is the method that returns one thing, by the question's first argument and the thing's
    identifying attribute; the check of a round trip judges what it returns. `contents` says whether the content of a
    thing is judged here too. A value in `nothing` means that there is none, and one below `least` is always wrong.
    `remedy` says what to do about a wrong value or thing.
    """

    written_by: tuple[str, ...]
    about: str
    answers: str
    identified_by: str = ""
    dated_by: str = ""
    singly: str = ""
    contents: bool = True
    nothing: tuple[Any, ...] = (None,)
    least: int | None = None
    remedy: str = ""

    @property
    def is_list(self) -> bool:
        return self.identified_by != ""

    @property
    def writer(self) -> str:
        """The method that writes most of what it returns, in words."""
        return self.written_by[0] if self.written_by else "the code"

    @property
    def is_ordered(self) -> bool:
        return self.is_list and self.identified_by == self.dated_by


@dataclass(frozen=True, slots=True)
class ExpiringRecord:
    """A record of its own that expires `days` after its date; `period` says that in words. `recorded` returns what a
    call records: for each record, what it belongs to and its day, an ISO date. The first method of `written_by` records
    one; others may record several, which an entity's attribute `listed_in` holds. `listed_by` is the question that
    lists the records of one thing, and `name` says what they are."""

    name: str
    of: str
    days: int
    period: str
    written_by: tuple[str, ...]
    listed_by: str
    recorded: Callable[[CallRecord], list[tuple[str, str]]]
    listed_in: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom or what a call is made for: the kind of owner, and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """What the tool does with a submission's code, and what checks must know to judge it.

    `model` makes the program that knows the right answers on a given day: it has the same methods. `writes` are the
    methods that load, by what each of them writes, and `changes` the others that write; `questions` and `entities` are what is asked for. `rests_on` names
    methods that can work only after others. `owner_of` returns for whom a call is made, if a busy system makes many
    such calls (None: unknown), and `ids_of` whom and what it concerns: these two show how requests are spread over
    partition keys. `may_refuse` says whether the code may refuse a call that the model accepts. Each object is equal only
    to itself.
    """

    gather: Callable[[DrivingSession], None]
    model: Callable[[date], Any]
    writes: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    expiring: ExpiringRecord | None = None
    rests_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner_of: Callable[[CallRecord], Owner | None] | None = None
    ids_of: Callable[[CallRecord], set[str]] = lambda called: set()
    may_refuse: Callable[[Any, CallRecord], bool] = lambda model, called: False
    changes: frozenset[str] = frozenset()

    @property
    def readers(self) -> frozenset[str]:
        """The methods that answer."""
        return frozenset({*self.questions, *(one.given_back_by for one in self.entities.values())})

    @property
    def methods(self) -> frozenset[str]:
        """All methods that are called."""
        return self.readers | self.changes | frozenset(self.writes.values())


@dataclass(frozen=True, slots=True)
class Driven(DrivenCode):
    """Code that a lab asks for, and what the tool does with it."""

    scenario: Scenario
