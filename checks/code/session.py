"""Which credentials code uses."""

from __future__ import annotations

from checks.facts.evidence import code_of, refuse_failures, shown
from harness.checking.check import Context, Failed, Passed, check
from harness.driving.evidence import ENVIRONMENT_ROLE, SESSION_ROLE, UNKNOWN_ROLE
from harness.driving.scenario import LITTLE
from harness.usage import counted

SESSION = "docs/students.md#what-a-submission-is"


@check(
    "code.session",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active"),
    source=SESSION,
    phases=(LITTLE,),
)
def session(context: Context) -> Passed:
    """The code sends every request with the credentials that it got.

    A class that gets a session uses it: the session has credentials of its own, and the environment has others.
    Functions use those of their environment. The credentials of a request show which ones were used.
    """
    code = code_of(context)
    driven, own = code.driven, SESSION_ROLE if code.driven.session else ENVIRONMENT_ROLE
    given = "the session that it got" if driven.session else "the credentials of its environment"
    requests = [(called, one) for called in code.evidence.calls for one in called.exchanges]
    for role, whose, remedy in (
        (
            ENVIRONMENT_ROLE,
            "the credentials of the environment",
            "Make clients and resources from the session that __init__ gets: session.resource('dynamodb').",
        ),
        (
            UNKNOWN_ROLE,
            "unknown credentials, which were refused",
            "Leave out access keys and profiles of your own; use "
            + ("the session that __init__ gets." if driven.session else "boto3's default session."),
        ),
    ):
        found = [(called, one) for called, one in requests if one.role == role and role != own]
        if found:
            called, one = found[0]
            raise Failed(
                f"{driven.what} ignores {given}: {counted(len(found), 'request')} came with {whose}.",
                expected=f"requests only with {'the session' if driven.session else 'the environment'}'s credentials",
                actual=f"{one.service} {one.operation} in {called.method}",
                resource=code.resource,
                remedy=remedy,
                **shown(driven, called),
            )
    used = [one for _, one in requests if one.role == own]
    if not used:
        refuse_failures(code, {one.method for one in code.evidence.calls})
        raise Failed(
            f"{driven.what} sends no request at all.",
            expected=f"requests with {given}",
            actual=f"{counted(len(code.evidence.calls), 'call')} and no request",
            resource=code.resource,
            remedy="Keep the entities in the table: session.resource('dynamodb').Table(table_name)."
            if driven.session
            else "Keep things in the table: boto3.resource('dynamodb').Table(name).",
        )
    return Passed(
        f"{driven.what} uses its {'session' if driven.session else 'credentials'}: {counted(len(used), 'request')}.",
        resource=code.resource,
    )
