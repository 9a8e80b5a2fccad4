"""Time to live: whether DynamoDB deletes expired items, and which attribute it uses."""

from __future__ import annotations

from checks.facts.tables import GUIDE, AttributeName, Table, refuse_unknown, type_name
from harness.checking.check import Failed, Passed, Pending, Undetermined, check


@check(
    "ttl.enabled",
    example={"attribute": "expires_at"},
    actions=("dynamodb:DescribeTimeToLive",),
    source=f"{GUIDE}time-to-live-ttl-before-you-start.html",
)
def enabled(table: Table, attribute: AttributeName | None = None) -> Passed:
    """Time to live is enabled, on the required attribute if the lab names one.

    An attribute that is a key of another type than Number can never hold an expiry time.
    """
    answer = table.account.read("dynamodb", "DescribeTimeToLive", TableName=table.name)["TimeToLiveDescription"]
    status = answer["TimeToLiveStatus"]
    found = answer.get("AttributeName")
    expected = f"ENABLED on {f'the attribute {attribute}' if attribute else 'an attribute of your choice'}"
    refuse_unknown("Time to live has the status", status, ("ENABLED", "ENABLING", "DISABLED", "DISABLING"))
    if status in ("DISABLED", "DISABLING"):
        wait = " AWS takes up to an hour to disable it first." if status == "DISABLING" else ""
        remedy = (
            "Enable it with UpdateTimeToLive, on the attribute that holds the expiry time "
            f"as a Number of epoch seconds.{wait}"
        )
        raise Failed(f"Time to live is {status}.", expected=expected, actual=status, remedy=remedy)
    if not found:
        raise Undetermined(f"Time to live is {status}, on an unknown attribute.")
    actual = f"{status} on the attribute {found}"
    if attribute is not None and found != attribute:
        raise Failed(
            f"Time to live looks at the attribute {found}, not {attribute}.",
            expected=expected,
            actual=actual,
            remedy="The attribute cannot be changed while time to live is on: disable it, wait (up to an hour), "
            f"and enable it on {attribute}. Names are case-sensitive.",
        )
    kind = table.types.get(found, "N")
    if kind != "N":
        message = f"Time to live looks at {found}, a key of type {type_name(kind)}: no item will ever expire."
        expected = "an attribute of type N (Number), in epoch seconds"
        remedy = "Disable time to live and enable it on a separate attribute, such as expiresAt."
        raise Failed(message, expected=expected, actual=f"{actual}, a key of type {kind}", remedy=remedy)
    if status == "ENABLING":
        message = f"Time to live is being enabled on {found}. AWS takes up to an hour."
        raise Pending(message, expected=expected, actual=actual)
    return Passed(f"Time to live is enabled on the attribute {found}.", actual=actual)
