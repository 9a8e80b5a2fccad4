"""IAM: what roles and policies allow, evaluated as IAM does. Policies of resources and organizations are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from checks.facts.roles import ManagedPolicy, Role, refuse_wide_actions, request_context
from checks.facts.tables import AWS, account_of, listed
from harness.account.iam import Policy, any_holds
from harness.checking.check import Failed, Passed, Undetermined, check
from harness.checking.parameters import Schema

Service = Annotated[str, Schema(pattern=r"^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$")]
Action = Annotated[
    str, Schema(pattern="^[a-z0-9-]+:[A-Za-z0-9]+$", title="an action without wildcards, such as dynamodb:GetItem")
]
Resource = Annotated[str, Schema(pattern=r"^(\*|arn:[^*?]+)$", title="an ARN without wildcards, or *")]


class CallsOf(TypedDict):
    """Calls: each of the actions on each of the resources. To refuse an action on `*` is to refuse it on any
    resource."""

    actions: list[Action]
    resources: list[Resource]


Calls = list[CallsOf]


@check(
    "iam.role",
    example={
        "assumed_by": "lambda.amazonaws.com",
        "allows": [
            {
                "actions": ["dynamodb:GetItem"],
                "resources": ["arn:aws:dynamodb:${region}:${account_id}:table/${table_name}"],
            }
        ],
    },
    source=f"{AWS}IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
)
def role(
    role: Role,
    assumed_by: Service | None = None,
    allows: Calls | None = None,
    refuses: Calls | None = None,
    least_privilege: bool = False,
) -> Passed:
    """A role may do what the lab requires, and nothing that it forbids.

    Inline and managed policies and the permissions boundary are evaluated together. To refuse an action on `*` is to
    refuse it on any resource. With `least_privilege`, no policy may allow most of a service with wildcards.
    """
    if assumed_by:
        role.refuse_untrusted(assumed_by, SourceAccount=account_of(role.arn))
    examples = role.identity.examples(role.account.region, account_of(role.arn))
    subject = _Subject(f"The role {role.name}", role.arn, role.documents, role.allows, examples)
    subject.refuse(allows, refuses, least_privilege=least_privilege)
    return Passed(f"{subject.name} allows what it needs.", actual=listed(role.documents))


@check(
    "iam.policy",
    example={"refuses": [{"actions": ["dynamodb:DeleteTable"], "resources": ["*"]}]},
    source=f"{AWS}IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
)
def policy(
    policy_arn: ManagedPolicy, allows: Calls | None = None, refuses: Calls | None = None, least_privilege: bool = False
) -> Passed:
    """A managed policy allows what the lab requires, and nothing that it forbids.

    To refuse an action on `*` is to refuse it on any resource. With `least_privilege`, it may not allow most of a
    service with wildcards.
    """
    arn, document = policy_arn.name, policy_arn.document
    try:
        evaluated = Policy.of(document)
    except ValueError as error:
        raise Undetermined(f"The policy cannot be evaluated: {error}.") from error

    def allowed(action: str, resource: str) -> bool | None:
        return evaluated.judges(action, resource, request_context(resource))

    documents = {arn.rpartition("/")[2]: document}
    examples = evaluated.examples(policy_arn.account.region, account_of(arn))
    subject = _Subject("The policy", arn, documents, allowed, examples)
    subject.refuse(allows, refuses, least_privilege=least_privilege)
    return Passed("The policy allows what it needs.", actual=listed(documents))


@dataclass(frozen=True, slots=True)
class _Subject:
    """A role or a policy. `allowed` says whether it allows an action on a resource (None: that depends on conditions
    that cannot be judged here); `examples` are resources of each kind that it names."""

    name: str
    arn: str
    documents: Mapping[str, Mapping[str, Any]]
    allowed: Callable[[str, str], bool | None]
    examples: Sequence[str]

    def refuse(self, allows: Calls | None, refuses: Calls | None, *, least_privilege: bool) -> None:
        """Raises if the subject allows too little or too much."""
        needed = {call: self.allowed(*call) for call in _calls(allows)}
        if missing := [call for call, allowed in needed.items() if allowed is False]:
            raise Failed(
                f"{self.name} does not allow {_in_words(missing)}.",
                expected=f"allowed: {_in_words(_calls(allows))}",
                actual=f"not allowed: {_in_words(missing)}",
                remedy="Allow exactly these actions on these resources. Also look for a Deny and at the permissions boundary.",
            )
        unwanted = {call: self._allowed_anywhere(*call) for call in _calls(refuses)}
        if forbidden := [call for call, allowed in unwanted.items() if allowed]:
            message = f"{self.name} allows {_in_words(forbidden)}."
            expected = f"not allowed: {_in_words(_calls(refuses))}"
            remedy = "Allow only the actions and the resources that are needed."
            raise Failed(message, expected=expected, actual=f"allowed: {_in_words(forbidden)}", remedy=remedy)
        if least_privilege:
            refuse_wide_actions(self.name, self.arn, self.documents)
        if doubtful := [call for call, allowed in (needed | unwanted).items() if allowed is None]:
            message = f"Whether {self.name[0].lower()}{self.name[1:]} allows {_in_words(doubtful)}"
            raise Undetermined(f"{message} depends on a condition that cannot be judged here.")

    def _allowed_anywhere(self, action: str, resource: str) -> bool | None:
        """Whether an action is allowed on a resource; for `*`, on any resource that a policy names."""
        resources = [resource] if resource != "*" else ["*", *self.examples]
        return any_holds([self.allowed(action, one) for one in resources])


def _calls(several: Calls | None) -> Iterator[tuple[str, str]]:
    """Every pair of an action and a resource."""
    for one in several or ():
        for action in one["actions"]:
            for resource in one["resources"]:
                yield action, resource


def _in_words(calls: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    return listed(f"{action} on {resource}" for action, resource in calls)
