"""What tests of checks assert of a finding: never the status alone, always what the student reads too."""

from __future__ import annotations

from harness.checking.finding import Finding, Reason, Status
from tests.support import TABLE_ARN


def holds(finding: Finding, message: str, *, actual: str | None = None, resource: str = TABLE_ARN) -> None:
    """A pass, with its evidence."""
    assert (finding.status, finding.reason) == (Status.PASS, None), finding
    assert finding.message == message
    assert finding.resource == resource
    assert finding.actual if actual is None else finding.actual == actual


def fails(
    finding: Finding, message: str, *, expected: str, actual: str, remedy: str, resource: str = TABLE_ARN
) -> None:
    """A fail that says what was expected, what was found, where, and what corrects it (`remedy`: a part of that)."""
    assert (finding.status, finding.reason) == (Status.FAIL, None), finding
    assert finding.message == message
    assert finding.expected == expected
    assert finding.actual == actual
    assert finding.resource == resource
    assert remedy in finding.remedy
    assert remedy


def is_missing(finding: Finding, code: str = "ResourceNotFoundException") -> None:
    """A fail because the table is not there, as the runner says it."""
    assert (finding.status, finding.reason) == (Status.FAIL, None), finding
    assert finding.message == "There is no table orders in us-east-1."
    assert code in finding.actual
    assert "Create it with exactly this name" in finding.remedy


def is_denied(finding: Finding, action: str) -> None:
    """An error that names the missing IAM action."""
    assert (finding.status, finding.reason) == (Status.ERROR, Reason.DENIED), finding
    assert f"the IAM action {action} is missing" in finding.message
    assert f"Allow {action}" in finding.remedy


def is_pending(finding: Finding, message: str) -> None:
    """An error because something is still changing, with what to do about it."""
    assert (finding.status, finding.reason) == (Status.ERROR, Reason.PENDING), finding
    assert finding.message == message
    assert finding.expected
    assert finding.actual
    assert finding.resource
    assert "--wait" in finding.remedy


def is_unknown(finding: Finding, message: str) -> None:
    """An error because AWS said something that came after this version."""
    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE), finding
    assert finding.message == message
    assert finding.resource


def is_unsupported(finding: Finding, message: str) -> None:
    """Not graded, because this target cannot show it."""
    assert (finding.status, finding.reason) == (Status.SKIP, Reason.UNSUPPORTED), finding
    assert finding.not_graded
    assert finding.message == message
