"""IAM: what roles and policies allow, evaluated as IAM does. Policies of resources and organizations are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from checks.facts import account_of, listed
from checks.role_facts import READS_OF_A_ROLE, read_policy, read_role, refuse_untrusted, refuse_whole_services
from harness.aws.iam import Policy
from harness.check import Context, Evidence, Failed, Undetermined, check

EVALUATION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"

Calls = Sequence[Mapping[str, Sequence[str]]]
_TEXTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
CALLS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["actions", "resources"],
        "additionalProperties": False,
        "properties": {"actions": _TEXTS, "resources": _TEXTS},
    },
}
"""The schema of calls: each of the actions on each of the resources."""


@check(
    "iam.role",
    parameters={
        "role": {"type": "string", "pattern": r"^[\w+=,.@-]{1,64}$"},
        "assumed_by": {"type": "string", "pattern": r"^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$"},
        "allows": CALLS,
        "refuses": CALLS,
        "least_privilege": {"type": "boolean"},
    },
    example={
        "role": "shipping-${student_id}",
        "assumed_by": "lambda.amazonaws.com",
        "allows": [
            {
                "actions": ["dynamodb:GetItem"],
                "resources": ["arn:aws:dynamodb:${region}:${account_id}:table/${table_name}"],
            }
        ],
    },
    actions=READS_OF_A_ROLE,
    source=EVALUATION,
)
def role(
    context: Context,
    role: str,
    assumed_by: str | None = None,
    allows: Calls = (),
    refuses: Calls = (),
    least_privilege: bool = False,
) -> Evidence:
    """A role may do what the lab asks for, and nothing that it forbids.

    Inline and managed policies and the permissions boundary are evaluated together. With `least_privilege`, no policy
    may allow the whole of a service.
    """
    found = read_role(context, role)
    if assumed_by:
        account_id = account_of(found.arn)
        if found.unconditional.is_assumed_by(assumed_by) and not found.is_assumed_by(
            assumed_by, SourceAccount=account_id
        ):
            message = f"{assumed_by} may assume the role {role} only under a condition that cannot be judged here."
            raise Undetermined(message, resource=found.arn)
        refuse_untrusted(found, role, assumed_by, SourceAccount=account_id)
    subject = f"The role {role}"
    _judge(subject, found.arn, found.allows, found.documents, allows, refuses, least_privilege=least_privilege)
    return Evidence(f"{subject} allows what it needs.", listed(found.documents), found.arn)


@check(
    "iam.policy",
    parameters={
        "policy_arn": {"type": "string", "pattern": "^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$"},
        "allows": CALLS,
        "refuses": CALLS,
        "least_privilege": {"type": "boolean"},
    },
    example={
        "policy_arn": "arn:aws:iam::${account_id}:policy/readers-${student_id}",
        "refuses": [{"actions": ["dynamodb:DeleteTable"], "resources": ["*"]}],
    },
    actions=("iam:GetPolicy", "iam:GetPolicyVersion"),
    source=EVALUATION,
)
def policy(
    context: Context, policy_arn: str, allows: Calls = (), refuses: Calls = (), least_privilege: bool = False
) -> Evidence:
    """A managed policy allows what the lab asks for, and nothing that it forbids.

    With `least_privilege`, it may not allow the whole of a service.
    """
    document = read_policy(context, policy_arn)
    try:
        allowed = Policy.of(document).allows
    except ValueError as error:
        raise Undetermined(f"The policy cannot be evaluated: {error}.", resource=policy_arn) from error
    documents = {policy_arn.rpartition("/")[2]: document}
    _judge("The policy", policy_arn, allowed, documents, allows, refuses, least_privilege=least_privilege)
    return Evidence("The policy allows what it must.", listed(documents), policy_arn)


def _judge(
    subject: str,
    arn: str,
    allowed: Callable[[str, str], bool],
    documents: Mapping[str, Mapping[str, Any]],
    allows: Calls,
    refuses: Calls,
    *,
    least_privilege: bool,
) -> None:
    """Raises where something is missing or too much."""
    if missing := [call for call in _calls(allows) if not allowed(*call)]:
        raise Failed(
            f"{subject} does not allow {_in_words(missing)}.",
            expected=f"allowed: {_in_words(_calls(allows))}",
            actual=f"not allowed: {_in_words(missing)}",
            resource=arn,
            remedy="Allow exactly these actions on these resources; look for a Deny and at the permissions boundary too.",
        )
    if forbidden := [call for call in _calls(refuses) if allowed(*call)]:
        raise Failed(
            f"{subject} allows {_in_words(forbidden)}.",
            expected=f"not allowed: {_in_words(_calls(refuses))}",
            actual=f"allowed: {_in_words(forbidden)}",
            resource=arn,
            remedy="Allow only the actions and the resources that are needed.",
        )
    if least_privilege:
        refuse_whole_services(subject, arn, documents)


def _calls(several: Calls) -> Iterator[tuple[str, str]]:
    """Every pair of an action and a resource."""
    for one in several:
        for action in one["actions"]:
            for resource in one["resources"]:
                yield action, resource


def _in_words(calls: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    return listed(f"{action} on {resource}" for action, resource in calls)
