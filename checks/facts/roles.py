"""Facts about IAM roles: who may assume one, and what its policies allow."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from checks.facts.tables import account_of, listed
from harness.account.iam import Policy, all_hold, several, trusts, wide_actions
from harness.checking.check import Context, Fact, Failed, Undetermined
from harness.checking.parameters import Schema


class ManagedPolicy(Fact):
    """A managed policy, by its ARN."""

    schema = Schema(pattern="^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$")
    example = "arn:aws:iam::${account_id}:policy/readers-${student_id}"
    actions = ("iam:GetPolicy", "iam:GetPolicyVersion")

    @functools.cached_property
    def document(self) -> Mapping[str, Any]:
        """The document of its default version."""
        version = self.account.read("iam", "GetPolicy", PolicyArn=self.name)["Policy"]["DefaultVersionId"]
        answer = self.account.read("iam", "GetPolicyVersion", PolicyArn=self.name, VersionId=version)
        document: Mapping[str, Any] = answer["PolicyVersion"]["Document"]
        return document


class Role(Fact):
    """A role with everything that decides what it may do, except policies of resources and of the organization.
    `documents` are its policies, by name, and `identity` is all of them together; `boundary` is None if it has none."""

    schema = Schema(pattern=r"^[\w+=,.@-]{1,64}$")
    example = "shipping-${student_id}"
    actions = (
        *ManagedPolicy.actions,
        *("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
    )

    def __init__(self, context: Context, name: str) -> None:
        """Raises Undetermined if one of its policies cannot be evaluated."""
        super().__init__(context, name)
        read = self.account.read
        role = read("iam", "GetRole", RoleName=name)["Role"]
        self.arn: str = role["Arn"]
        self.trust: Mapping[str, Any] = role["AssumeRolePolicyDocument"]
        inline = read("iam", "ListRolePolicies", RoleName=name)["PolicyNames"]
        attached = read("iam", "ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]
        self.documents: dict[str, Mapping[str, Any]] = {
            one: read("iam", "GetRolePolicy", RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline
        } | {one["PolicyArn"]: ManagedPolicy(context, one["PolicyArn"]).document for one in attached}
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        try:
            self.boundary = None if boundary is None else Policy.of(ManagedPolicy(context, boundary).document)
            self.identity = Policy.of(*self.documents.values())
            trusts(self.trust, "", {})
        except ValueError as error:
            message = f"A policy of the role {name} cannot be evaluated: {error}."
            raise Undetermined(message, resource=self.arn) from error

    @property
    def resource(self) -> str:
        return self.arn

    def allows(self, action: str, resource: str) -> bool | None:
        """Whether its policies, within its boundary, allow a call by it; None if that depends on conditions that cannot
        be judged here."""
        context = request_context(resource, self.arn)
        within = True if self.boundary is None else self.boundary.judges(action, resource, context)
        return all_hold([self.identity.judges(action, resource, context), within])

    def refuse_untrusted(self, service: str, **context: str) -> None:
        """Raises if a service may not assume it; `context` holds condition keys without their prefix `aws:`."""
        assumed = trusts(self.trust, service, {f"aws:{name}": value for name, value in context.items()})
        if assumed is None:
            message = f"{service} may assume the role {self.name} only under a condition that cannot be judged here."
            raise Undetermined(message, resource=self.arn)
        if not assumed:
            statements = [{**one, "Condition": {}} for one in several(self.trust["Statement"])]
            conditions = trusts({**self.trust, "Statement": statements}, service, {})
            raise Failed(
                f"{service} may not assume the role {self.name}.",
                expected=f"a trust policy that allows sts:AssumeRole to {service}",
                actual=f"its trust policy does{', under a condition that is not met' if conditions else ' not'}",
                resource=self.arn,
                remedy="Change it with UpdateAssumeRolePolicy.",
            )


def request_context(resource: str, role_arn: str = "") -> dict[str, str]:
    """The condition keys of a call with TLS to the place of the resource, by a role if one is given.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    account_id, region = account_of(role_arn), "".join(resource.split(":")[3:4])
    owner = account_of(resource) or account_id
    return {
        "aws:SecureTransport": "true",
        **({"aws:PrincipalAccount": account_id, "aws:PrincipalArn": role_arn} if role_arn else {}),
        **({"aws:ResourceAccount": owner} if owner else {}),
        **({"aws:RequestedRegion": region} if region else {}),
    }


def refuse_wide_actions(subject: str, arn: str, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises if a policy allows most of a service with wildcards.

    Args:
        subject: whose policies they are, as the beginning of a sentence: `The role consumer`.
        documents: the policies, by name.
    """
    found = listed(
        f"{name} allows {one}" for name, document in documents.items() for one in wide_actions(document, _operations)
    )
    if found != listed(()):
        message = f"{subject} allows most of a service: {found}."
        expected = "the actions that are needed, by their names"
        remedy = "Name the actions instead of most of a service with a wildcard."
        raise Failed(message, expected=expected, actual=found, resource=arn, remedy=remedy)


@functools.cache
def _operations(service: str) -> Sequence[str]:
    """The operations of a service, by the prefix of its actions, which is usually also its name in botocore."""
    from botocore.exceptions import UnknownServiceError

    from harness.account.session import service_model

    try:
        return service_model(service).operation_names
    except UnknownServiceError:
        return ()
