"""Changes that no finding notices, grouped by place, and the draft of a review that waives them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from harness.audit.auditor import Case, Ruling
from harness.audit.outcomes import INDICES, together
from harness.audit.review import ANY_INDEX, EVIDENCE

WIDTH = 120


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """A place with changes that no finding notices; with `whole`, all changes. Places that differ only in indices are
    one, such as `Table.KeySchema[0-1].KeyType`."""

    read: str
    where: str
    changes: tuple[str, ...]
    whole: bool
    why: str


def blind_spots(cases: Iterable[Case]) -> list[BlindSpot]:
    """The blind places among the cases of an audit."""
    changes: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    noticed: set[tuple[str, str]] = set()
    for case in cases:
        if case.path and case.ruling is Ruling.BLIND:
            changes[case.read, case.path, case.explanation].append(case.change)
        elif case.path:
            noticed.add((case.read, case.path))
    alike: dict[tuple[str, tuple[str, ...], bool, str], list[str]] = defaultdict(list)
    for (read, path, why), found in changes.items():
        alike[read, tuple(found), (read, path) not in noticed, why].append(path)
    return [
        BlindSpot(read, where, found, whole, why)
        for (read, found, whole, why), paths in alike.items()
        for where in together(paths)
    ]


def draft(spots: Iterable[BlindSpot]) -> str:
    """What an author may paste below `irrelevant:` and must give reasons for; empty if nothing is blind."""
    entries: dict[tuple[str, tuple[str, ...]], dict[str, None]] = defaultdict(dict)
    for spot in spots:
        of_evidence = spot.read.startswith(f"{EVIDENCE} ")
        changes = () if not spot.changes[0] or (spot.whole and not of_evidence) else spot.changes
        entries[spot.read, changes][INDICES.sub(_any_of_several, spot.where)] = None
    return "".join(
        f"  - read: {read}\n{_list('paths', paths)}{_list('changes', changes) if changes else ''}    reason: \n"
        for (read, changes), paths in entries.items()
    )


def _any_of_several(indices: re.Match[str]) -> str:
    return indices[0] if indices[1].isdecimal() else ANY_INDEX


def _list(name: str, texts: Iterable[str]) -> str:
    """A list on one line, or with a line for each element."""
    dumped = [yaml.safe_dump([one], default_flow_style=True, width=math.inf).strip()[1:-1] for one in texts]
    line = f"    {name}: [{', '.join(dumped)}]\n"
    return line if len(line) <= WIDTH else "".join([f"    {name}:\n", *(f"      - {one}\n" for one in dumped)])
