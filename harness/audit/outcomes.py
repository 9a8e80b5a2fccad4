"""How each mutant is judged, as an author accepted it: a file that people read as a diff.

Mutants that are judged alike share a line if they differ only in indices or in the change:

    dynamodb DescribeTable music Table.KeySchema[0-1].KeyType: absent | unknown member -> schema.key error unreachable

`[0-1]` and `[0,2]` mean those indices, one mutant each, so the file still names every single one.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

SAYS = " -> "
CHANGED = ": "
OR = " | "
LITERAL = "= "
"""Begins a line in which nothing is a range."""

INDEX = re.compile(r"\[(\d+)\]")
INDICES = re.compile(r"\[(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\]")

Indices = tuple[int, ...]


def load_outcomes(file: Path) -> Mapping[str, str] | None:
    """The outcomes of the audit that an author accepted, by mutant: the findings that change, and how. None if there is
    no such file."""
    return parse_outcomes(file.read_text("utf-8")) if file.is_file() else None


def parse_outcomes(text: str) -> Mapping[str, str]:
    """The outcomes in such a file's text: the opposite of `dump_outcomes`."""
    outcomes: dict[str, str] = {}
    for line in text.split("\n"):
        if SAYS in line:
            mutants, _, outcome = line.rpartition(SAYS)
            outcomes |= dict.fromkeys(_mutants(mutants), outcome)
    return outcomes


def dump_outcomes(outcomes: Mapping[str, str]) -> str:
    """The file's text."""
    plain = [one for one in outcomes if list(_mutants(one)) == [one] and not one.startswith(CHANGED)]
    changes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mutant in plain:
        place, _, change = mutant.rpartition(CHANGED)
        changes[place, outcomes[mutant]].append(change)
    indices: dict[tuple[str, str, str], list[Indices]] = defaultdict(list)
    for (place, outcome), alike_there in changes.items():
        alike = INDEX.sub("[]", place), OR.join(alike_there), outcome
        indices[alike].append(tuple(map(int, INDEX.findall(place))))
    lines = [
        f"{place}{CHANGED if place else ''}{found}{SAYS}{outcome}\n"
        for (form, found, outcome), places in indices.items()
        for place in _placed(form, places)
    ]
    lines += [f"{LITERAL}{mutant}{SAYS}{outcomes[mutant]}\n" for mutant in outcomes if mutant not in set(plain)]
    return "".join(lines)


def together(paths: Iterable[str]) -> Iterator[str]:
    """Paths, where those that differ only in indices become one, such as `Keys[0-1].Name`."""
    forms: dict[str, list[Indices]] = defaultdict(list)
    for path in paths:
        forms[INDEX.sub("[]", path)].append(tuple(map(int, INDEX.findall(path))))
    for form, places in forms.items():
        yield from _placed(form, places)


def _named(place: str) -> Iterator[str]:
    """The places that a place with ranges of indices means."""
    parts = INDICES.split(place)
    named = [parts[0]]
    for indices, rest in zip(parts[1::2], parts[2::2], strict=True):
        named = [f"{before}[{number}]{rest}" for before in named for number in _numbers(indices)]
    yield from named


def _mutants(text: str) -> Iterator[str]:
    """The mutants that the left side of a line names."""
    if text.startswith(LITERAL):
        yield text.removeprefix(LITERAL)
        return
    place, colon, found = text.rpartition(CHANGED)
    for one in _named(place):
        yield from (f"{one}{colon}{change}" for change in found.split(OR))


def _numbers(text: str) -> list[int]:
    """The indices that `0-2,7` means."""
    found: list[int] = []
    for one in text.split(","):
        first, _, last = one.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _placed(form: str, places: Iterable[Indices]) -> Iterator[str]:
    """Places of one form, with the indices of several combined."""
    pieces = form.split("[]")
    for indices in _together(places):
        yield "".join(f"{piece}[{one}]" for piece, one in zip(pieces, indices, strict=False)) + pieces[-1]


def _together(places: Iterable[Indices]) -> Iterator[tuple[str, ...]]:
    """Tuples of indices, combined where tuples share everything except the first index."""
    rests: dict[int, list[Indices]] = defaultdict(list)
    for place in places:
        if not place:
            yield ()
            return
        rests[place[0]].append(place[1:])
    firsts: dict[tuple[Indices, ...], list[int]] = defaultdict(list)
    for first, found in rests.items():
        firsts[tuple(found)].append(first)
    for alike, numbers in firsts.items():
        for rest in _together(alike):
            yield _range(numbers), *rest


def _range(numbers: list[int]) -> str:
    """`0-2,7` for 0, 1, 2 and 7."""
    runs = [
        [number for _, number in run]
        for _, run in itertools.groupby(enumerate(sorted(numbers)), lambda one: one[1] - one[0])
    ]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
