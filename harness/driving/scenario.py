"""What a lab declares of the code that it drives: which code, and what is done with it, by which words.

A scenario lies in `fixtures/<lab>/scenario.py`. Its `gather` is ordinary Python on a `DrivingSession`; the rest says what
judges must know of the lab to judge by evidence alone: the right answers, and the names of things.
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
"""The phases that judges know. What is written in the phase of the load is always needed. Phases in which a table was
brought to another time are named after how far that is."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """A right answer of entries that expire: those that are due to may be left out."""

    entries: tuple[Mapping[str, Any], ...]
    due: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of thing that code keeps: the method that writes it, and the one that gives it back. One whose identifying
    attribute is named comes in a list of several; another comes alone, or None. `left_free` are attributes that may come
    back or not; `remark` is added to what to do about a wrong one."""

    written_by: str
    given_back_by: str
    identified_by: str = ""
    left_free: tuple[str, ...] = ()
    remark: str = ""

    @property
    def methods(self) -> tuple[str, str]:
        """The one that writes, and the one that gives back."""
        return self.written_by, self.given_back_by


@dataclass(frozen=True, slots=True)
class Question:
    """A method that answers with one value, or with a list of things that one attribute tells apart.

    `written_by` are the methods that write what it answers with (none: it is worked out); `about` is what its first
    argument names, and `answers` what it answers with, in the singular. `dated_by` is the attribute that holds a thing's
    day, if it has one. Where that is `identified_by` too, the things must come in its order, oldest first; else in any.
    `singly` is the method that gives one thing back, by the question's first argument and the thing's identifying
    attribute: what it gives back, a round trip judges. `contents` says whether what is in a thing is judged here too. A value that is in `nothing` says that there is none.
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
    remedy: str = ""

    @property
    def is_list(self) -> bool:
        return self.identified_by != ""

    @property
    def writer(self) -> str:
        """The method that writes most of what it answers with, in words."""
        return self.written_by[0] if self.written_by else "the code"

    @property
    def is_ordered(self) -> bool:
        return self.is_list and self.identified_by == self.dated_by


@dataclass(frozen=True, slots=True)
class ExpiringRecord:
    """A record of its own that expires `days` after its date, a `period` in words. `recorded` tells what a call records: of
    each, what it is of and its day, an ISO date; the first method of `written_by` records one, others may record several,
    as an entity's attribute `listed_in` holds them. `listed_by` is the question that lists the records of one thing, and
    `name` says what they are."""

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
    """Whom or what a call is made for: a kind of owner, and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """What is done with a submission's code, and what judges must know to judge it.

    `model` makes the program that knows the right answers, for a day: it has the same methods. `writes` are the methods
    that load, by what each of them writes; `questions` and `entities` what is asked. `rests_on` names methods that can
    only work where others did before. `owner_of` tells for whom a call is made, where such calls are many in a busy
    system (None: nobody can tell), and `ids_of` whom and what it concerns: by them it is judged how requests are spread
    over partition keys. Each is equal to itself alone.
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

    @property
    def readers(self) -> frozenset[str]:
        """The methods that answer."""
        return frozenset({*self.questions, *(one.given_back_by for one in self.entities.values())})

    @property
    def methods(self) -> frozenset[str]:
        """All that are called."""
        return self.readers | frozenset(self.writes.values())


@dataclass(frozen=True, slots=True)
class Driven(DrivenCode):
    """Code that a lab drives, and what is done with it."""

    scenario: Scenario
