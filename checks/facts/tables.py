"""Facts that several subjects need: a table's description, and words for it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypedDict

from harness.checking.check import Fact, Failed, Passed, Pending, Undetermined, Unsupported
from harness.checking.parameters import Schema

AWS = "https://docs.aws.amazon.com/"
GUIDE = f"{AWS}amazondynamodb/latest/developerguide/"
API = f"{AWS}amazondynamodb/latest/APIReference/"
"""The place of the pages that state the rules."""

NAME = Schema(pattern="^[A-Za-z0-9_.-]{3,255}$")
"""The form of the name of a table, or of an index.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

AttributeName = Annotated[str, Schema(minLength=1, maxLength=255)]
AttributeType = Literal["S", "N", "B"]
TYPE_NAMES = {"S": "String", "N": "Number", "B": "Binary"}


class KeyAttribute(TypedDict, total=False):
    """What is required of a key attribute. What is left out is free."""

    name: AttributeName
    types: Sequence[AttributeType]


Description = Mapping[str, Any]


class NamedTable(Fact):
    """A table of which only the name is needed."""

    schema = NAME
    example: ClassVar[str] = "${table_name}"
    requires: ClassVar[tuple[str, ...]] = ("table.exists",)

    @property
    def resource(self) -> str:
        return self.account.table_arn(self.name)


class Table(NamedTable):
    """A table as DescribeTable describes it."""

    actions: ClassVar[tuple[str, ...]] = ("dynamodb:DescribeTable",)

    @functools.cached_property
    def description(self) -> Description:
        """What DescribeTable returns. Fails for a table that is being deleted: AWS no longer reports its indexes, so it
        would look like a table without indexes."""
        found: Description = self.account.read("dynamodb", "DescribeTable", TableName=self.name)["Table"]
        if found["TableStatus"] == "DELETING":
            message = f"The table {self.name} is being deleted."
            expected = "an existing table"
            remedy = "Create it again when the deletion has ended."
            raise Failed(message, expected=expected, actual="DELETING", resource=found["TableArn"], remedy=remedy)
        return found

    @property
    def resource(self) -> str:
        return self.description["TableArn"] if "description" in vars(self) else super().resource

    @property
    def arn(self) -> str:
        return str(self.description["TableArn"])

    @property
    def types(self) -> dict[str, str]:
        """The types of its and its indexes' key attributes, by name."""
        return {one["AttributeName"]: one["AttributeType"] for one in self.description["AttributeDefinitions"]}

    @property
    def key(self) -> dict[str, tuple[str, ...]]:
        """The attributes of its primary key, as `key_parts` has them."""
        return key_parts(self.description["KeySchema"])

    def settled(self, what: str) -> Description:
        """Its description. Raises Pending while the table changes, because `what` may be about to change too."""
        status = self.description["TableStatus"]
        if status in ("CREATING", "UPDATING"):
            raise Pending(
                f"The table is {status}: its {what} may be changing.", expected="table status ACTIVE", actual=status
            )
        return self.description

    def refuse_untold_types(self, names: Sequence[str], actual: str) -> None:
        """Raises if the types of these key attributes are needed and unknown. AWS always reports them; an emulator may
        not."""
        if names and self.account.faithful:
            raise Undetermined(
                f"The answer does not have the type of {listed(names)}, as AWS's always does.", actual=actual
            )
        if names:
            raise Unsupported(f"This target does not report the type of {listed(names)}.", actual=actual)

    def refuse_unknown_types(self, names: Iterable[str], resource: str = "") -> None:
        """Raises Undetermined if this version does not know the type of one of these attributes."""
        for name in names:
            if name in self.types:
                refuse_unknown(f"The key attribute {name} has the type", self.types[name], TYPE_NAMES, resource)


def refuse_unknown(what: str, value: str | None, known: Collection[str], resource: str = "") -> None:
    """Raises Undetermined if AWS reports a state, type or mode that this version does not know: neither a pass nor a
    fail could be justified."""
    if value not in known:
        raise Undetermined(f"{what} {value}, which this version does not know.", actual=str(value), resource=resource)


def setting(what: str, found: str, wanted: str, *, remedy: str, passed: str = "") -> Passed:
    """The verdict on a setting with one value: `Deletion protection` is `on`. `passed` replaces `what` if the setting
    is right and the sentence needs other words."""
    if found != wanted:
        raise Failed(f"{what} is {found}, not {wanted}.", expected=wanted, actual=found, remedy=remedy)
    return Passed(f"{passed or what} is {found}.", actual=found)


def key_parts(key_schema: Iterable[Mapping[str, str]], resource: str = "") -> dict[str, tuple[str, ...]]:
    """The attributes of a key schema, in order, by their role: HASH (the partition key) and RANGE (the sort key)."""
    parts: dict[str, tuple[str, ...]] = {"HASH": (), "RANGE": ()}
    for part in key_schema:
        role = part["KeyType"]
        refuse_unknown(f"The key attribute {part['AttributeName']} has the role", role, parts, resource)
        parts[role] += (part["AttributeName"],)
    return parts


def listed(words: Iterable[str]) -> str:
    """`a, b, c`, or `none`."""
    return ", ".join(words) or "none"


def type_name(letter: str) -> str:
    """`S (String)`."""
    return f"{letter} ({TYPE_NAMES[letter]})" if letter in TYPE_NAMES else letter


def account_of(arn: str) -> str:
    """The account's id in an ARN; empty if the ARN names none."""
    return "".join(arn.split(":")[4:5])
