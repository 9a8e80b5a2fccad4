"""Proves the bounds of a definition: for each, it makes an account just inside and an account just outside.

Authors write none of these. Each number in what a check read, and the length of each list, is changed up and down until
the verdict changes. A change is caused by a bound if the check with the bound one stricter refuses the account inside,
and the check with the bound one looser accepts the account outside.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from harness.account.reading import fields
from harness.account.session import service_model
from harness.audit.leaves import ATTRIBUTE_VALUE, changed_elements, member_of
from harness.audit.review import names_of
from harness.checking.check import CheckSpec
from harness.driving.evidence import CallRecord, Evidence
from harness.grading.tape import Tape

NO_BOUNDS = frozenset({"const", "enum", "multipleOf"})
"""Numbers in a JSON Schema that are not limits."""

STEPS_LIMIT = 2**34
"""How far a number is changed: the seconds of some centuries, or a terabyte."""

LENGTH_LIMIT = 1000
MINUTE_SECONDS = 60
LENGTH = "length of "
NUMBERS = frozenset({"integer", "long", "float", "double"})
OWN_NAMES = ("Name", "Arn", "Id", "Key")
"""The ends of fields with which AWS distinguishes the things in a list."""

Path = tuple[str | int, ...]
Passes = Callable[[CheckSpec, Tape], bool | None]
"""Whether a check passes (True) or fails (False) on a tape; None if it does neither."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A number among the parameters of a check."""

    path: Path
    value: int | float

    @property
    def name(self) -> str:
        """Its name, such as `schema.properties.total.minimum`."""
        return ".".join(map(str, self.path))

    @property
    def unit(self) -> int | float:
        """The smallest step of such a bound: 1, or 0.1 for 2.5."""
        exponent = Decimal(str(self.value)).normalize().as_tuple().exponent
        return 10**exponent if isinstance(exponent, int) and exponent < 0 else 1


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of an account. `turned` makes the account with another value of it."""

    place: str
    start: Any
    turned: Callable[[Any], Tape]
    least: float | None = None
    most: float | None = None
    steps: tuple[int, ...] = (1,)

    def value(self, steps: int) -> Any:
        """Its value after this many steps."""
        if isinstance(self.start, datetime):
            return self.start + timedelta(seconds=steps)
        return self.start + steps


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a bound shows: with one value of a number of the account the check passes, and with the next it fails."""

    place: str
    inside: Any
    outside: Any
    tape: Tape


def bounds(spec: CheckSpec) -> Iterator[Bound]:
    """The numbers among a check's parameters. A number from a list in the kind's schema is a choice, not a bound."""
    told: Mapping[str, Any] = spec.check.parameters["properties"]
    for name, value in spec.parameters.items():
        if "enum" not in told.get(name, {}):
            yield from _bounds(value, (name,))


def _bounds(value: Any, path: Path) -> Iterator[Bound]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in NO_BOUNDS:
                yield from _bounds(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _bounds(inner, (*path, index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield Bound(path, value)


def proofs(
    spec: CheckSpec, tape: Tape, readings: Sequence[int], passes: Passes
) -> Iterator[tuple[Bound, Proof | None]]:
    """Each bound of a check, with its proof or without one.

    Args:
        spec: the check, without its prerequisites.
        tape: of an account in which it passes.
        readings: the numbers of its readings on the tape.
        passes: judges a tape.
    """
    open_bounds = list(bounds(spec))
    found: dict[Bound, tuple[Proof, bool]] = {}
    for knobs in (_told, _untold) if open_bounds else ():
        for knob in knobs(spec, tape, readings) if len(found) < len(open_bounds) else ():
            for inside, outside in _flips(knob, lambda changed: passes(spec, changed)):
                for bound in open_bounds:
                    if bound in found and found[bound][1]:
                        continue
                    exact = _is_at(bound, spec, (knob.turned(inside), knob.turned(outside)), passes)
                    if exact or (exact is not None and bound not in found):
                        found[bound] = Proof(knob.place, inside, outside, knob.turned(outside)), exact
            if len(found) == len(open_bounds) and all(exact for _, exact in found.values()):
                break
    yield from ((bound, found[bound][0] if bound in found else None) for bound in open_bounds)


def _is_at(bound: Bound, spec: CheckSpec, flip: tuple[Tape, Tape], passes: Passes) -> bool | None:
    """Whether a bound causes the different verdicts on two accounts: True if a bound looser by its smallest step
    accepts the one outside, False if only a still looser one does, for example because a number counts minutes;
    otherwise None."""
    inside, outside = flip
    for sign in (1, -1):
        stricter = _with(spec, bound.path, bound.value - sign * bound.unit)
        if passes(stricter, inside) is not False:
            continue
        for looser in (bound.unit, MINUTE_SECONDS, max(abs(bound.value), 1)):
            if passes(_with(spec, bound.path, bound.value + sign * looser), outside):
                return looser == bound.unit
    return None


def _with(spec: CheckSpec, path: Path, value: Any) -> CheckSpec:
    return replace(spec, parameters=_put(spec.parameters, path, value))


def _put(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """A value with another one at a path."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return {**value, step: _put(value.get(step), rest, new)}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _put(value[step], rest, new), *value[step + 1 :]]
    return {step: _put({}, rest, new)}


def _flips(knob: Knob, passes: Callable[[Tape], bool | None]) -> Iterator[tuple[Any, Any]]:
    """Neighbouring values of a number where the first passes and the second fails: the nearest ones, up and down."""

    @functools.cache
    def verdict(steps: int) -> bool | None:
        try:
            value = knob.value(steps)
            if (knob.least is not None and value < knob.least) or (knob.most is not None and value > knob.most):
                return None
        except OverflowError:
            return None
        return passes(knob.turned(value))

    if not verdict(0):
        return
    for direction in (sign * step for step in knob.steps for sign in (1, -1)):
        end = knob.most if direction > 0 else knob.least
        farthest = STEPS_LIMIT if end is None else int(abs(end - knob.start))
        farthest -= farthest % abs(direction)
        if not farthest or verdict(farthest if direction > 0 else -farthest):
            continue  # it may have any value, like most numbers
        near, far = 0, direction
        while verdict(far) and abs(far) < farthest:
            near, far = far, 2 * far
        if verdict(far) is None:
            far = _last(near, far, direction, lambda steps: verdict(steps) is not None)
        if verdict(far) is False:
            near = _last(near, far, direction, lambda steps: verdict(steps) is True)
            yield knob.value(near), knob.value(near + direction)


def _last(near: int, far: int, direction: int, holds: Callable[[int], bool]) -> int:
    """The last number of steps for which something holds. It holds for the near one and not for the far one."""
    while abs(far - near) > abs(direction):
        middle = near + (far - near) // (2 * direction) * direction
        near, far = (middle, far) if holds(middle) else (near, middle)
    return near


def _told(spec: CheckSpec, tape: Tape, readings: Sequence[int]) -> Iterator[Knob]:
    """The numbers that a check may read: in what code did, and in the answers."""
    evidence = tape.evidence.get(spec.driven.name) if spec.driven is not None else None
    if spec.driven is not None and isinstance(evidence, Evidence):
        named = [one for one in spec.parameters.values() if isinstance(one, str)]
        methods = dict.fromkeys(called.method for called in evidence.calls if called.exchanges)
        for method in sorted(methods, key=lambda one: one not in named):
            yield from _of_calls(tape, spec.driven.name, evidence, method)
    longer = math.ceil(min(LENGTH_LIMIT, max(bound.value for bound in bounds(spec)))) + 1
    for number in readings:
        if tape.readings[number].answer is not None:
            yield from _of_answer(tape, number, longer)


def _untold(spec: CheckSpec, tape: Tape, readings: Sequence[int]) -> Iterator[Knob]:
    """Numbers that AWS may return but the answers lack, such as when a rule deletes objects; only values near the
    bounds."""
    wanted = sorted({bound.value for bound in bounds(spec)})
    for number in readings:
        reading = tape.readings[number]
        if reading.answer is None:
            continue
        shape = service_model(reading.service).operation_model(reading.operation).output_shape
        for path in _absent(reading.answer, shape, ()):
            for value in (near for one in wanted for near in (one, one - 1, one + 1)):
                told = _Number(path, value, lambda other: other)
                yield replace(_knob(tape, number, [told]), least=value - 2, most=value + 2)


def _of_answer(tape: Tape, number: int, longer: int) -> Iterator[Knob]:
    """The numbers in an answer, one by one; then those that occur in each element of a list, changed together."""
    reading = tape.readings[number]
    shape = service_model(reading.service).operation_model(reading.operation).output_shape
    alike: dict[Path, list[_Number]] = {}
    for one in _numbers(reading.answer, shape, ()):
        if one.first:
            yield _knob(tape, number, [one], longer)
        if indices := [index for index, step in enumerate(one.path) if isinstance(step, int)]:
            last = indices[-1]
            alike.setdefault((*one.path[:last], "[*]", *one.path[last + 1 :]), []).append(one)
    for numbers in alike.values():
        if len(numbers) > 1:
            yield _knob(tape, number, numbers, longer)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in an answer. `written` turns another number into the value at the path; `first` says that no earlier
    element of a list has the same form."""

    path: Path
    start: Any
    written: Callable[[Any], Any]
    what: str = ""
    first: bool = True


def _knob(tape: Tape, number: int, numbers: Sequence[_Number], longer: int = 0) -> Knob:
    """The numbers, changed together. A length grows by at most `longer`."""
    reading, first = tape.readings[number], numbers[0]

    def turned(value: Any) -> Tape:
        answer: Any = reading.answer
        for one in numbers:
            answer = _put(answer, one.path, one.written(value))
        return _answering(tape, number, answer)

    all_of_them = " and those like it" if len(numbers) > 1 else ""
    place = f"{first.what}{names_of(reading)[:2][-1]} {_text(first.path)}{all_of_them}"
    whole = isinstance(first.start, int | float | Decimal) and first.start and not first.start % MINUTE_SECONDS
    steps = (1, MINUTE_SECONDS) if whole else (1,)
    if first.what:
        return Knob(place, first.start, turned, 0, first.start + longer)
    return Knob(place, first.start, turned, steps=steps)


def _numbers(value: Any, shape: Shape | None, path: Path, *, first: bool = True) -> Iterator[_Number]:
    """Every number in a value, every moment, the length of every list and, in an item, of every text."""
    of_item = shape is not None and shape.name == ATTRIBUTE_VALUE
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if of_item and name in ("N", "S", "B"):
                yield from _in_item(name, inner, (*path, name), first=first)
            else:
                yield from _numbers(inner, member_of(shape, name), (*path, name), first=first)
    elif isinstance(value, list):
        member = shape.member if isinstance(shape, ListShape) else None
        yield _Number(path, len(value), functools.partial(_resized, value), LENGTH, first)
        one_by_one = {index for index, _ in changed_elements(value, member)}
        for index, inner in enumerate(value):
            yield from _numbers(inner, member, (*path, index), first=first and index in one_by_one)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        yield _Number(path, value, type(value), first=first)
    elif isinstance(value, datetime):
        yield _Number(path, value, lambda moment: moment, first=first)


def _in_item(kind: str, value: Any, path: Path, *, first: bool) -> Iterator[_Number]:
    if kind == "N":
        yield _Number(path, math.floor(Decimal(value)), str, first=first)
    elif value:
        filler = value[-1:]
        yield _Number(path, len(value), lambda length: (value + filler * length)[:length], LENGTH, first)


def _resized(elements: Sequence[Any], length: int) -> list[Any]:
    """A list of another length: without its last elements, or with copies of its last one under new names."""
    more = length - len(elements) if elements else 0
    return [*elements[:length], *(_named(elements[-1], f"-{number}") for number in range(1, more + 1))]


def _named(element: Any, suffix: str) -> Any:
    if isinstance(element, str):
        return element + suffix
    if isinstance(element, Mapping):
        named = [name for name, one in element.items() if isinstance(one, str) and name.endswith(OWN_NAMES)]
        return {**element, **{name: element[name] + suffix for name in named}}
    return element


def _absent(value: Any, shape: Shape | None, path: Path) -> Iterator[Path]:
    """Where a number may be missing: the fields of a structure, and those of a missing structure."""
    if isinstance(value, Mapping):
        members = shape.members if isinstance(shape, StructureShape) and shape.name != ATTRIBUTE_VALUE else {}
        for name, member in members.items():
            if name not in value:
                inner = member.members if isinstance(member, StructureShape) else {}
                yield from ((*path, name, below) for below, one in inner.items() if one.type_name in NUMBERS)
                if member.type_name in NUMBERS:
                    yield (*path, name)
        for name, one in value.items():
            yield from _absent(one, member_of(shape, name), (*path, name))
    elif isinstance(value, list):
        element = shape.member if isinstance(shape, ListShape) else None
        for index, one in changed_elements(value, element):
            yield from _absent(one, element, (*path, index))


def _of_calls(tape: Tape, driven: str, evidence: Evidence, method: str) -> Iterator[Knob]:
    """What each call of a method cost: items examined, bytes read, and requests."""

    def turned(changed: Callable[[CallRecord, int], CallRecord], value: int) -> Tape:
        calls = tuple(changed(one, value) if one.method == method and one.exchanges else one for one in evidence.calls)
        return replace(tape, evidence={**tape.evidence, driven: replace(evidence, calls=calls)})

    counts = {"items examined": _examining, "bytes read": _reading_bytes, "requests": _requesting}
    for what, changed in counts.items():
        least = 1 if changed is _requesting else 0
        place = f"{what} by each call of evidence {driven} {method}"
        yield Knob(place, least, functools.partial(turned, changed), least, steps=(1,))


def _examining(called: CallRecord, value: int) -> CallRecord:
    first, *others = called.exchanges
    return replace(called, exchanges=(replace(first, examined=value), *(replace(one, examined=0) for one in others)))


def _reading_bytes(called: CallRecord, value: int) -> CallRecord:
    first, *others = called.exchanges
    return replace(called, exchanges=(replace(first, size=value), *(replace(one, size=0) for one in others)))


def _requesting(called: CallRecord, value: int) -> CallRecord:
    """The call with this many requests, of which only the first returns anything."""
    first = called.exchanges[0]
    more = replace(first, examined=0, returned=0, size=0)
    return replace(called, exchanges=(first, *(more,) * min(value - 1, LENGTH_LIMIT)))


def _answering(tape: Tape, number: int, answer: Any) -> Tape:
    reading = tape.readings[number]
    changed = replace(reading, answer=fields(answer, reading.service, reading.operation, reading.parameters))
    return replace(tape, readings=(*tape.readings[:number], changed, *tape.readings[number + 1 :]))


def _text(path: Path) -> str:
    """`Table.KeySchema[0].KeyType`."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path).removeprefix(".")
