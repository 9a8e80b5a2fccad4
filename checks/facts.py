"""Facts that several concerns read: a table's description, and how to speak of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.check import Context, Pending

TABLE = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{3,255}$"}
"""The schema of a table's name.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

TYPE_NAMES = {"S": "String", "N": "Number", "B": "Binary"}

Description = Mapping[str, Any]


def describe_table(context: Context, table: str) -> Description:
    """What DescribeTable says of a table."""
    description: Description = context.account.read("dynamodb", "DescribeTable", TableName=table)["Table"]
    return description


def refuse_while_updating(description: Description, what: str) -> None:
    """Raises Pending while the table changes: what it says of `what` may be about to change too."""
    status = description["TableStatus"]
    if status in ("CREATING", "UPDATING"):
        raise Pending(
            f"The table is {status}: its {what} may be changing.",
            expected="table status ACTIVE",
            actual=status,
            resource=description["TableArn"],
            remedy="Wait until the table is ACTIVE, or grade with a longer --wait.",
        )


def listed(words: Iterable[str]) -> str:
    """`a, b, c`, or `none`."""
    return ", ".join(words) or "none"


def counted(number: int, noun: str) -> str:
    """`1 index`, `2 indexes`, `0 tables`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('x') else 's'}"


def type_name(letter: str) -> str:
    """`S (String)`."""
    return f"{letter} ({TYPE_NAMES[letter]})" if letter in TYPE_NAMES else letter
