"""IAM: what roles and policies allow, evaluated as IAM does. Policies of resources and organizations are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.facts.roles import (
    READS_OF_A_ROLE,
    read_policy,
    read_role,
    refuse_untrusted,
    refuse_wide_actions,
    request_context,
)
from checks.facts.tables import account_of, listed
from harness.account.iam import Policy, any_holds
from harness.checking.check import Context, Failed, Passed, Undetermined, check

EVALUATION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"

Calls = Sequence[Mapping[str, Sequence[str]]]


def _texts(pattern: str, title: str) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": pattern, "title": title}}


CALLS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["actions", "resources"],
        "additionalProperties": False,
        "properties": {
            "actions": _texts("^[a-z0-9-]+:[A-Za-z0-9]+$", "an action without wildcards, such as dynamodb:GetItem"),
            "resources": _texts(r"^(\*|arn:[^*?]+)$", "an ARN without wildcards, or *"),
        },
    },
}
"""The schema of calls: each of the actions on each of the resources. To refuse one on `*` is to refuse it on any."""


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
) -> Passed:
    """A role may do what the lab asks for, and nothing that it forbids.

    Inline and managed policies and the permissions boundary are evaluated together. To refuse an action on `*` is to
    refuse it on any resource. With `least_privilege`, no policy may allow most of a service by wildcards.
    """
    found = read_role(context, role)
    if assumed_by:
        refuse_untrusted(found, role, assumed_by, SourceAccount=account_of(found.arn))
    subject = _Subject(
        f"The role {role}", found.arn, found.documents, found.allows, found.examples(context.account.region)
    )
    subject.refuse(allows, refuses, least_privilege=least_privilege)
    return Passed(f"{subject.name} allows what it needs.", actual=listed(found.documents), resource=found.arn)


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
) -> Passed:
    """A managed policy allows what the lab asks for, and nothing that it forbids.

    To refuse an action on `*` is to refuse it on any resource. With `least_privilege`, it may not allow most of a
    service by wildcards.
    """
    document = read_policy(context, policy_arn)
    try:
        evaluated = Policy.of(document)
    except ValueError as error:
        raise Undetermined(f"The policy cannot be evaluated: {error}.", resource=policy_arn) from error

    def allowed(action: str, resource: str) -> bool | None:
        return evaluated.judges(action, resource, request_context(resource))

    documents = {policy_arn.rpartition("/")[2]: document}
    examples = evaluated.examples(context.account.region, account_of(policy_arn))
    subject = _Subject("The policy", policy_arn, documents, allowed, examples)
    subject.refuse(allows, refuses, least_privilege=least_privilege)
    return Passed("The policy allows what it must.", actual=listed(documents), resource=policy_arn)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A role or a policy. `allowed` says whether it allows an action on a resource (None: that depends on conditions
    that cannot be judged here); `examples` are resources of each kind that it speaks of."""

    name: str
    arn: str
    documents: Mapping[str, Mapping[str, Any]]
    allowed: Callable[[str, str], bool | None]
    examples: Sequence[str]

    def refuse(self, allows: Calls, refuses: Calls, *, least_privilege: bool) -> None:
        """Raises where something is missing or too much."""
        needed = {call: self.allowed(*call) for call in _calls(allows)}
        if missing := [call for call, allowed in needed.items() if allowed is False]:
            raise Failed(
                f"{self.name} does not allow {_in_words(missing)}.",
                expected=f"allowed: {_in_words(_calls(allows))}",
                actual=f"not allowed: {_in_words(missing)}",
                resource=self.arn,
                remedy="Allow exactly these actions on these resources; look for a Deny and at the permissions boundary too.",
            )
        unwanted = {call: self._allowed_anywhere(*call) for call in _calls(refuses)}
        if forbidden := [call for call, allowed in unwanted.items() if allowed]:
            raise Failed(
                f"{self.name} allows {_in_words(forbidden)}.",
                expected=f"not allowed: {_in_words(_calls(refuses))}",
                actual=f"allowed: {_in_words(forbidden)}",
                resource=self.arn,
                remedy="Allow only the actions and the resources that are needed.",
            )
        if least_privilege:
            refuse_wide_actions(self.name, self.arn, self.documents)
        if doubtful := [call for call, allowed in (needed | unwanted).items() if allowed is None]:
            message = (
                f"Whether {self.name[0].lower()}{self.name[1:]} allows {_in_words(doubtful)} depends on a condition"
            )
            raise Undetermined(f"{message} that cannot be judged here.", resource=self.arn)

    def _allowed_anywhere(self, action: str, resource: str) -> bool | None:
        """Whether an action is allowed on a resource; for `*`, on any that a policy speaks of."""
        resources = [resource] if resource != "*" else ["*", *self.examples]
        return any_holds([self.allowed(action, one) for one in resources])


def _calls(several: Calls) -> Iterator[tuple[str, str]]:
    """Every pair of an action and a resource."""
    for one in several:
        for action in one["actions"]:
            for resource in one["resources"]:
                yield action, resource


def _in_words(calls: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    return listed(f"{action} on {resource}" for action, resource in calls)
