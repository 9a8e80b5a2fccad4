"""What conditions, projections and updates do to an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import copy
import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from harness.targets.dynamodb.expressions import Change, Condition, Joined, Literal, Not, Operand, Path, Sum, Test
from harness.targets.dynamodb.numbers import added
from harness.targets.dynamodb.refusals import Refused
from harness.targets.dynamodb.values import (
    LEVELS,
    ORDERED,
    SETS,
    Item,
    Value,
    in_order,
    kind_of,
    same,
    size_of,
    sort_key,
    too_deep,
)

UTF_16_BYTES = 2
"""The bytes of a UTF-16 code unit. The function `size` counts a text's code units, as was measured on AWS."""

ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value_at(path: Path, item: Item) -> Value | None:
    """The value at a path; None if there is none."""
    name, *steps = path
    value = item.get(str(name))
    for step in steps:
        if value is None:
            return None
        if isinstance(step, int):
            elements: Sequence[Value] = value.get("L", ())
            value = elements[step] if step < len(elements) else None
        else:
            value = value.get("M", {}).get(step)
    return value


def holds(condition: Condition | None, item: Item) -> bool:
    """Whether a condition is true for an item. No condition is true for every item."""
    if condition is None:
        return True
    if isinstance(condition, Not):
        return not holds(condition.condition, item)
    if isinstance(condition, Joined):
        if condition.all_of:
            return not [1 for one in condition.conditions if not holds(one, item)]
        return any(holds(one, item) for one in condition.conditions)
    return _is_true(condition, item)


def _is_true(test: Test, item: Item) -> bool:
    """Whether a comparison or a function is true. On a missing attribute, only `<>` and attribute_not_exists are."""
    name = test.name
    first, *others = (_operand(one, item) for one in test.operands)
    if name in ("attribute_exists", "attribute_not_exists"):
        return (first is None) is (name == "attribute_not_exists")
    if name == "<>":
        return not same(first, others[0])
    if first is None:
        return False
    if name == "IN":
        return any(same(first, one) for one in others)
    if name == "BETWEEN":
        return _in_order("<=", others[0], first) and _in_order("<=", first, others[1])
    [second] = others
    return second is not None and _holds_between(name, first, second)


def _holds_between(name: str, one: Value, other: Value) -> bool:
    """Whether a comparison or a function of two values is true."""
    if name in ORDERINGS:
        return _in_order(name, one, other)
    if name == "attribute_type":
        return bool(other["S"] == kind_of(one))
    if name == "begins_with":
        kind = kind_of(one)
        return kind == kind_of(other) and kind in ("S", "B") and sort_key(one).startswith(sort_key(other))
    return same(one, other) if name == "=" else _contains(one, other)


def _in_order(name: str, one: Value | None, other: Value | None) -> bool:
    """Whether a comparison is true. Between values of different types, and of types without an order, it is false."""
    if one is None or other is None:
        return False
    kind = kind_of(one)
    return kind in ORDERED and kind == kind_of(other) and ORDERINGS[name](sort_key(one), sort_key(other))


def _contains(whole: Value, part: Value) -> bool:
    [(kind, inner)] = whole.items()
    if kind == "L":
        return any(same(one, part) for one in inner)
    if kind in SETS:
        return kind[0] == kind_of(part) and part[kind[0]] in inner
    return kind in ("S", "B") and kind == kind_of(part) and sort_key(part) in sort_key(whole)


def _operand(operand: Operand, item: Item) -> Value | None:
    """The value of an operand of a condition."""
    if isinstance(operand, tuple):
        return value_at(operand, item)
    if isinstance(operand, Literal):
        return operand.value
    value = _operand(operand.operands[0], item) if not isinstance(operand, Sum) else None
    if value is None:
        return None
    [(kind, inner)] = value.items()
    if kind == "S":
        return {"N": str(len(inner.encode("utf-16-le", "surrogatepass")) // UTF_16_BYTES)}
    if kind == "B":
        return {"N": str(size_of(value))}
    return {"N": str(len(inner))} if kind in SETS or kind in ("L", "M") else None


def projected(paths: Iterable[Path], item: Item) -> Item:
    """Those parts of an item that lie at some paths. Elements of lists keep their order, without gaps."""
    wanted: dict[str | int, Any] = {}
    for path in paths:
        if value_at(path, item) is None:
            continue
        branch = wanted
        for step in path:
            branch = branch.setdefault(step, {})
    return {str(name): _pruned(item[str(name)], branch) for name, branch in wanted.items()}


def _pruned(value: Value, branch: Mapping[str | int, Any]) -> Value:
    if not branch:
        return value
    if "M" in value:
        return {"M": {step: _pruned(value["M"][step], inner) for step, inner in branch.items()}}
    return {"L": [_pruned(value["L"][step], branch[step]) for step in sorted(branch, key=int)]}


def updated(changes: Sequence[Change], item: Item) -> Item:
    """The item after an update. All operands have the values that they had before it.

    Raises:
        Refused: the update does not fit the item.
    """
    values = [None if one.operand is None else _update_operand(one.operand, item) for one in changes]
    nested = {str(one.path[0]) for one in changes if len(one.path) > 1}
    result = {name: copy.deepcopy(value) if name in nested else value for name, value in item.items()}
    lists: dict[int, _List] = {}
    for change, value in zip(changes, values, strict=True):
        holder, step = _holder(change.path, result), change.path[-1]
        if isinstance(holder, list):
            holder = lists.setdefault(id(holder), _List(holder))
        now = holder.get(step)
        new = None if change.action == "REMOVE" else _changed(change, now, value)
        if new is not None:
            holder[step] = new
        elif now is not None:
            del holder[step]
    for one in lists.values():
        one.finish()
    if max(map(_depth, result.values()), default=0) > LEVELS:
        raise too_deep()
    return result


class _List:
    """A list during an update. Its elements keep their indexes until the end; what is written beyond its end is
    appended then, in the order of the indexes."""

    def __init__(self, elements: list[Value]) -> None:
        self._elements = elements
        self._removed: set[int] = set()
        self._appended: dict[int, Value] = {}

    def get(self, index: Any) -> Value | None:
        return self._elements[index] if index < len(self._elements) else None

    def __setitem__(self, index: Any, value: Value) -> None:
        if index < len(self._elements):
            self._elements[index] = value
        else:
            self._appended[index] = value

    def __delitem__(self, index: Any) -> None:
        self._removed.add(index)

    def finish(self) -> None:
        kept = [one for index, one in enumerate(self._elements) if index not in self._removed]
        self._elements[:] = [*kept, *(self._appended[index] for index in sorted(self._appended))]


def _holder(path: Path, item: dict[str, Value]) -> Any:
    """The content of the map or list in which the last step of a path is."""
    holder: Any = item
    for step, following in itertools.pairwise(path):
        value = _List(holder).get(step) if isinstance(holder, list) else holder.get(step)
        holder = None if value is None else value.get("L" if isinstance(following, int) else "M")
        if holder is None:
            raise Refused("update-path", "The document path provided in the update expression is invalid for update")
    return holder


def _changed(change: Change, now: Value | None, value: Value | None) -> Value | None:
    """What SET, ADD or DELETE makes of a value; None if nothing is left."""
    if value is None:
        raise TypeError("only REMOVE has no value")
    if change.action == "SET":
        return value
    [(kind, inner)] = value.items()
    if now is not None and kind not in now:
        older = Refused("update-attribute-type", "Type mismatch for attribute to update")
        raise older if change.older else _incorrect_type()
    if change.action == "DELETE":
        left = [one for one in now[kind] if one not in inner] if now is not None else []
        return {kind: left} if left else None
    if now is None:
        return value
    if kind == "N":
        return {"N": added(now["N"], inner)}
    if kind == "L":
        return {kind: [*now[kind], *inner]}
    return {kind: in_order(kind, {*now[kind], *inner})}


def _depth(value: Value) -> int:
    """How many levels a value has."""
    elements = value.get("L") or list(value.get("M", {}).values())
    return 1 + max(map(_depth, elements), default=0)


def _update_operand(operand: Operand, item: Item) -> Value:
    if isinstance(operand, Literal):
        return operand.value
    if isinstance(operand, tuple):
        value = value_at(operand, item)
        if value is None:
            raise Refused(
                "operand-missing", "The provided expression refers to an attribute that does not exist in the item"
            )
        return value
    if isinstance(operand, Sum):
        left, right = (_of_type("N", one, item) for one in (operand.left, operand.right))
        return {"N": added(left, right, operand.sign)}
    if operand.name == "if_not_exists":
        path, other = operand.operands
        value = value_at(path, item) if isinstance(path, tuple) else None
        return _update_operand(other, item) if value is None else value
    before, after = (_of_type("L", one, item) for one in operand.operands)
    return {"L": [*before, *after]}


def _of_type(kind: str, operand: Operand, item: Item) -> Any:
    value = _update_operand(operand, item)
    if kind not in value:
        raise _incorrect_type()
    return value[kind]


def _incorrect_type() -> Refused:
    return Refused("update-operand-value", "An operand in the update expression has an incorrect data type")
