"""How many bytes UpdateItem counts in most Regions before it updates an item: what the UpdateExpression says, not what
the item holds. The other Regions count the item alone. Both refuse more than 400 KB.

Measured in eu-west-2, October 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.targets.dynamodb.expressions import Call, Change, Literal, Operand, Path, Sum
from harness.targets.dynamodb.values import size_of

UPDATE, WRITE, REMOVAL, STEP = 3, 19, 1, 4
"""What an update costs, each SET and ADD, each REMOVE and DELETE, and each later step of the path that they change."""

READ, READ_STEP = 1, 14
"""What the path of an operand costs, and each of its steps. The value there costs nothing."""

CALLS: Mapping[str, int] = {"if_not_exists": 39, "list_append": 37}
SIGNS: Mapping[int, int] = {1: 34, -1: 37}


def charge_of(changes: Sequence[Change]) -> int:
    """The bytes that changes are counted as; 0 for those of AttributeUpdates, of which only the item counts."""
    return 0 if any(one.older for one in changes) else UPDATE + sum(map(_charge_of, changes))


def _charge_of(change: Change) -> int:
    first, *rest = map(_length, change.path)
    target = first + sum(STEP + length for length in rest)
    if change.operand is None or change.action == "DELETE":
        return REMOVAL + target
    return WRITE + target + _charge_of_operand(change.operand)


def _charge_of_operand(operand: Operand) -> int:
    if isinstance(operand, Literal):
        return size_of(operand.value)
    if isinstance(operand, Call):
        return CALLS[operand.name] + sum(map(_charge_of_operand, operand.operands))
    if isinstance(operand, Sum):
        return SIGNS[operand.sign] + _charge_of_operand(operand.left) + _charge_of_operand(operand.right)
    return _charge_of_path(operand)


def _charge_of_path(path: Path) -> int:
    return READ + sum(READ_STEP + _length(step) for step in path)


def _length(step: str | int) -> int:
    return len(str(step).encode("utf-8", "surrogatepass"))
