"""Time to live: enabled, on an attribute that can hold an expiry time."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checking.finding import Finding
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown
from tests.support import TABLE_ARN, denied, judge, not_found, table

TABLE = TABLE_ARN
ANY = "ENABLED on an attribute of your choice"


def ttl(status: str, attribute: str | None = None) -> dict[str, Any]:
    """A DescribeTimeToLive answer."""
    described = {"TimeToLiveStatus": status, **({"AttributeName": attribute} if attribute else {})}
    return {"TimeToLiveDescription": described}


def enabled(time_to_live: Any, description: Any = None, *, wait_seconds: float = 0.0, **parameters: Any) -> Finding:
    """What `ttl.enabled` finds."""
    answers = {"DescribeTimeToLive": time_to_live, "DescribeTable": description or table()}
    return judge("ttl.enabled", answers, wait_seconds=wait_seconds, table="orders", **parameters)


def keys_of(**types: str) -> dict[str, Any]:
    """A DescribeTable answer with these types of key attributes, in an order of no meaning."""
    names = [{"AttributeName": name, "AttributeType": letter} for name, letter in types.items()]
    return table(AttributeDefinitions=list(reversed(names)))


@pytest.mark.parametrize("name", ["expiresAt", "ttl", "Time#To-Live", "délai"])
def test_any_attribute_of_its_own_will_do(name: str) -> None:
    holds(
        enabled(ttl("ENABLED", name)),
        f"Time to live is enabled on the attribute {name}.",
        actual=f"ENABLED on the attribute {name}",
        resource=TABLE,
    )


def test_the_named_attribute_will_do() -> None:
    holds(
        enabled(ttl("ENABLED", "expiresAt"), attribute="expiresAt"),
        "Time to live is enabled on the attribute expiresAt.",
        resource=TABLE,
    )


def test_a_key_of_type_number_will_do() -> None:
    holds(
        enabled(ttl("ENABLED", "due"), keys_of(PK="S", due="N")),
        "Time to live is enabled on the attribute due.",
        resource=TABLE,
    )


@pytest.mark.parametrize(
    ("status", "attribute", "remedy"),
    [
        ("DISABLED", None, "UpdateTimeToLive"),
        ("DISABLED", "expiresAt", "UpdateTimeToLive"),  # the attribute's name may stay behind
        ("DISABLING", "expiresAt", "takes up to an hour to disable it first"),
    ],
)
def test_switched_off_fails_even_if_an_attribute_is_named(status: str, attribute: str | None, remedy: str) -> None:
    fails(
        enabled(ttl(status, attribute)),
        f"Time to live is {status}.",
        expected=ANY,
        actual=status,
        resource=TABLE,
        remedy=remedy,
    )


@pytest.mark.parametrize("found", ["ExpiresAt", "ttl"])
def test_another_attribute_fails(found: str) -> None:
    fails(
        enabled(ttl("ENABLED", found), attribute="expiresAt"),
        f"Time to live looks at the attribute {found}, not expiresAt.",
        expected="ENABLED on the attribute expiresAt",
        actual=f"ENABLED on the attribute {found}",
        resource=TABLE,
        remedy="enable it on expiresAt",
    )


@pytest.mark.parametrize(("letter", "words"), [("S", "S (String)"), ("B", "B (Binary)")])
def test_a_key_that_holds_no_number_fails(letter: str, words: str) -> None:
    fails(
        enabled(ttl("ENABLED", "SK"), keys_of(PK="S", SK=letter)),
        f"Time to live looks at SK, a key of type {words}: no item will ever expire.",
        expected="an attribute of type N (Number), in epoch seconds",
        actual=f"ENABLED on the attribute SK, a key of type {letter}",
        resource=TABLE,
        remedy="a separate attribute",
    )


def test_still_being_enabled_is_pending_and_passes_when_that_ends_in_time() -> None:
    answers = [ttl("ENABLING", "expiresAt"), ttl("ENABLING", "expiresAt"), ttl("ENABLED", "expiresAt")]

    is_pending(enabled(list(answers)), "Time to live is being enabled on expiresAt. AWS takes up to an hour.")
    is_pending(
        enabled(list(answers), wait_seconds=3),
        "Time to live is being enabled on expiresAt. AWS takes up to an hour.",
    )
    holds(
        enabled(list(answers), wait_seconds=60),
        "Time to live is enabled on the attribute expiresAt.",
        resource=TABLE,
    )


def test_being_enabled_on_the_wrong_attribute_fails_at_once() -> None:
    fails(
        enabled([ttl("ENABLING", "ttl"), ttl("ENABLED", "expiresAt")], attribute="expiresAt", wait_seconds=60),
        "Time to live looks at the attribute ttl, not expiresAt.",
        expected="ENABLED on the attribute expiresAt",
        actual="ENABLING on the attribute ttl",
        resource=TABLE,
        remedy="disable it",
    )


def test_being_enabled_on_a_key_of_text_fails_at_once() -> None:
    fails(
        enabled([ttl("ENABLING", "PK"), ttl("ENABLED", "expiresAt")], wait_seconds=60),
        "Time to live looks at PK, a key of type S (String): no item will ever expire.",
        expected="an attribute of type N (Number), in epoch seconds",
        actual="ENABLING on the attribute PK, a key of type S",
        resource=TABLE,
        remedy="Disable time to live",
    )


def test_a_status_of_the_future_is_no_verdict() -> None:
    is_unknown(
        enabled(ttl("PAUSED", "expiresAt")),
        "Time to live has the status PAUSED, which this version does not know.",
    )


def test_enabled_on_an_attribute_that_is_not_told_is_no_verdict() -> None:
    is_unknown(enabled(ttl("ENABLED")), "Time to live is ENABLED, on an unknown attribute.")


def test_a_missing_table_fails() -> None:
    is_missing(enabled(not_found("DescribeTimeToLive")))


def test_a_table_that_was_deleted_meanwhile_fails() -> None:
    is_missing(enabled(ttl("ENABLED", "expiresAt"), not_found()))


@pytest.mark.parametrize("operation", ["DescribeTimeToLive", "DescribeTable"])
def test_denied_is_no_verdict(operation: str) -> None:
    answers = {"DescribeTimeToLive": ttl("ENABLED", "expiresAt"), "DescribeTable": table()}

    finding = judge("ttl.enabled", {**answers, operation: denied(operation)}, table="orders")

    is_denied(finding, f"dynamodb:{operation}")


def test_switched_off_fails_without_asking_for_more_than_that_needs() -> None:
    finding = enabled(ttl("DISABLED"), denied("DescribeTable"))

    fails(finding, "Time to live is DISABLED.", expected=ANY, actual="DISABLED", resource=TABLE, remedy="Enable it")
