"""Time to live: whether DynamoDB deletes expired items, and by which attribute."""

from __future__ import annotations

from checks.facts.tables import TABLE, attribute_types, describe_table, refuse_unknown, type_name
from harness.checking.check import Context, Failed, Passed, Pending, Undetermined, check

TTL = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"


@check(
    "ttl.enabled",
    parameters={"table": TABLE, "attribute": {"type": "string", "minLength": 1, "maxLength": 255}},
    example={"table": "${table_name}", "attribute": "expires_at"},
    actions=("dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"),
    requires=("table.exists",),
    source=TTL,
)
def enabled(context: Context, table: str, attribute: str | None = None) -> Passed:
    """Time to live is enabled, on the required attribute where the lab names one.

    An attribute that is a key of another type than Number can never hold an expiry time.
    """
    resource = context.account.table_arn(table)
    answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=table)["TimeToLiveDescription"]
    status = answer["TimeToLiveStatus"]
    found = answer.get("AttributeName")
    expected = f"ENABLED on {f'the attribute {attribute}' if attribute else 'an attribute of your choice'}"
    refuse_unknown("Time to live has the status", status, ("ENABLED", "ENABLING", "DISABLED", "DISABLING"), resource)
    if status in ("DISABLED", "DISABLING"):
        raise Failed(
            f"Time to live is {status}.",
            expected=expected,
            actual=status,
            resource=resource,
            remedy="Enable it with UpdateTimeToLive, on the attribute that holds the expiry time "
            "as a Number of epoch seconds."
            + (" AWS takes up to an hour to disable it first." if status == "DISABLING" else ""),
        )
    if not found:
        raise Undetermined(f"Time to live is {status}, on an attribute that is not told.", resource=resource)
    actual = f"{status} on the attribute {found}"
    if attribute is not None and found != attribute:
        raise Failed(
            f"Time to live looks at the attribute {found}, not {attribute}.",
            expected=expected,
            actual=actual,
            resource=resource,
            remedy="The attribute cannot be changed while time to live is on: disable it, wait (up to an hour), "
            f"and enable it on {attribute}. Names are case-sensitive.",
        )
    types = attribute_types(describe_table(context, table))
    if types.get(found, "N") != "N":
        raise Failed(
            f"Time to live looks at {found}, a key of type {type_name(types[found])}: no item will ever expire.",
            expected="an attribute of type N (Number), in epoch seconds",
            actual=f"{actual}, a key of type {types[found]}",
            resource=resource,
            remedy="Disable time to live and enable it on an attribute of its own, such as expiresAt.",
        )
    if status == "ENABLING":
        raise Pending(
            f"Time to live is being enabled on {found}. AWS takes up to an hour.",
            expected=expected,
            actual=actual,
            resource=resource,
        )
    return Passed(f"Time to live is enabled on the attribute {found}.", actual=actual, resource=resource)
