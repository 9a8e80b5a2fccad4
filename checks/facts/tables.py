"""Facts that several concerns read: a table's description, and how to speak of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from harness.checking.check import Context, Failed, Pending, Undetermined, Unsupported

TABLE = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{3,255}$"}
"""The schema of a table's name.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

TYPE_NAMES = {"S": "String", "N": "Number", "B": "Binary"}

Description = Mapping[str, Any]


def describe_table(context: Context, table: str) -> Description:
    """What DescribeTable says of a table. One that is being deleted fails: AWS tells nothing of its indexes any
    more, which would look like a table without any."""
    description: Description = context.account.read("dynamodb", "DescribeTable", TableName=table)["Table"]
    if description["TableStatus"] == "DELETING":
        raise Failed(
            f"The table {table} is being deleted.",
            expected="an existing table",
            actual="DELETING",
            resource=description["TableArn"],
            remedy="Create it again when the deletion has ended.",
        )
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
        )


def refuse_unknown(what: str, value: str | None, known: Collection[str], resource: str) -> None:
    """Raises Undetermined where AWS tells a state, type or mode that came after this version: neither a pass nor a
    fail could be justified."""
    if value not in known:
        raise Undetermined(f"{what} {value}, which this version does not know.", actual=str(value), resource=resource)


def key_parts(key_schema: Iterable[Mapping[str, str]], resource: str) -> dict[str, tuple[str, ...]]:
    """The attributes of a key schema, in order, by their role: HASH (the partition key) and RANGE (the sort key)."""
    parts: dict[str, tuple[str, ...]] = {"HASH": (), "RANGE": ()}
    for part in key_schema:
        role = part["KeyType"]
        refuse_unknown(f"The key attribute {part['AttributeName']} has the role", role, parts, resource)
        parts[role] += (part["AttributeName"],)
    return parts


def attribute_types(description: Description) -> dict[str, str]:
    """The types of a table's and its indexes' key attributes, by name."""
    return {one["AttributeName"]: one["AttributeType"] for one in description["AttributeDefinitions"]}


def refuse_unknown_types(names: Iterable[str], types: Mapping[str, str], resource: str) -> None:
    """Raises Undetermined where one of these attributes has a type that came after this version."""
    for name in names:
        if name in types:
            refuse_unknown(f"The key attribute {name} has the type", types[name], TYPE_NAMES, resource)


def refuse_untold_types(context: Context, names: Sequence[str], actual: str, resource: str) -> None:
    """Raises where the types of these key attributes are needed and not told. AWS always tells them; an emulator may
    not."""
    if not names:
        return
    if context.account.faithful:
        message = f"The answer does not tell the type of {listed(names)}, as AWS always does."
        raise Undetermined(message, actual=actual, resource=resource)
    raise Unsupported(f"This target does not tell the type of {listed(names)}.", actual=actual, resource=resource)


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


def account_of(arn: str) -> str:
    """The account's id in an ARN; empty where it names none."""
    return "".join(arn.split(":")[4:5])
