"""Facts about IAM roles: who may assume one, and what its policies allow."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.facts.tables import account_of, listed
from harness.account.iam import Policy, all_hold, several, trusts, wide_actions
from harness.checking.check import Context, Failed, Undetermined

READS_OF_A_ROLE = (
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
)


@dataclass(frozen=True, slots=True)
class Role:
    """A role with everything that decides what it may do, but for policies of resources and of the organization.
    `documents` are its policies, by name, and `identity` what they make together; `boundary` is None where it has none."""

    arn: str
    trust: Mapping[str, Any]
    documents: Mapping[str, Mapping[str, Any]]
    identity: Policy
    boundary: Policy | None

    def allows(self, action: str, resource: str) -> bool | None:
        """Whether its policies, within its boundary, allow a call that is made by it; None where that depends on
        conditions that cannot be judged here."""
        context = request_context(resource, self.arn)
        within = True if self.boundary is None else self.boundary.judges(action, resource, context)
        return all_hold([self.identity.judges(action, resource, context), within])

    def examples(self, region: str) -> list[str]:
        """An ARN for each resource that one of its policies names."""
        return self.identity.examples(region, account_of(self.arn))

    def is_assumed_by(self, service: str, **context: str) -> bool | None:
        """Whether a service may assume it; `context` holds condition keys without their prefix `aws:`."""
        return trusts(self.trust, service, {f"aws:{name}": value for name, value in context.items()})

    @property
    def unconditional(self) -> Role:
        """The role as if its trust policy had no conditions."""
        statements = [{**one} for one in several(self.trust["Statement"])]
        for one in statements:
            one.pop("Condition", None)
        return replace(self, trust={**self.trust, "Statement": statements})


def request_context(resource: str, role_arn: str = "") -> dict[str, str]:
    """The condition keys of a call that is made with TLS where the resource is, by a role where one is given.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    account_id, region = account_of(role_arn), "".join(resource.split(":")[3:4])
    owner = account_of(resource) or account_id
    return {
        "aws:SecureTransport": "true",
        **({"aws:PrincipalAccount": account_id, "aws:PrincipalArn": role_arn} if role_arn else {}),
        **({"aws:ResourceAccount": owner} if owner else {}),
        **({"aws:RequestedRegion": region} if region else {}),
    }


def read_role(context: Context, name: str) -> Role:
    """A role, by its name. Raises Undetermined where one of its policies cannot be evaluated."""
    read = context.account.read
    role = read("iam", "GetRole", RoleName=name)["Role"]
    inline = read("iam", "ListRolePolicies", RoleName=name)["PolicyNames"]
    attached = read("iam", "ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]
    documents = {one: read("iam", "GetRolePolicy", RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline}
    documents |= {one["PolicyArn"]: read_policy(context, one["PolicyArn"]) for one in attached}
    arn = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    try:
        boundary = None if arn is None else Policy.of(read_policy(context, arn))
        identity = Policy.of(*documents.values())
        found = Role(role["Arn"], role["AssumeRolePolicyDocument"], documents, identity, boundary)
        found.is_assumed_by("")
    except ValueError as error:
        raise Undetermined(
            f"A policy of the role {name} cannot be evaluated: {error}.", resource=role["Arn"]
        ) from error
    return found


def read_policy(context: Context, arn: str) -> Mapping[str, Any]:
    """The document of a managed policy's default version."""
    version = context.account.read("iam", "GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = context.account.read("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=version)
    document: Mapping[str, Any] = answer["PolicyVersion"]["Document"]
    return document


def refuse_wide_actions(subject: str, arn: str, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises where a policy allows most of a service by wildcards.

    Args:
        subject: whose policies they are, as a sentence begins: `The role consumer`.
        documents: the policies, by name.
    """
    found = listed(
        f"{name} allows {one}" for name, document in documents.items() for one in wide_actions(document, _operations)
    )
    if found != listed(()):
        raise Failed(
            f"{subject} allows most of a service: {found}.",
            expected="the actions that are needed, by their names",
            actual=found,
            resource=arn,
            remedy="Name the actions instead of most of a service with a wildcard.",
        )


@functools.cache
def _operations(service: str) -> Sequence[str]:
    """The operations of a service by the prefix of its actions, which is mostly its name in botocore too."""
    from botocore.exceptions import UnknownServiceError

    from harness.account.session import service_model

    try:
        return service_model(service).operation_names
    except UnknownServiceError:
        return ()


def refuse_untrusted(role: Role, name: str, service: str, **context: str) -> None:
    """Raises where a service may not assume a role; `context` as for `Role.is_assumed_by`."""
    assumed = role.is_assumed_by(service, **context)
    if assumed is None:
        message = f"{service} may assume the role {name} only under a condition that cannot be judged here."
        raise Undetermined(message, resource=role.arn)
    if not assumed:
        raise Failed(
            f"{service} may not assume the role {name}.",
            expected=f"a trust policy that allows sts:AssumeRole to {service}",
            actual="its trust policy does, under a condition that is not met"
            if role.unconditional.is_assumed_by(service)
            else "its trust policy does not",
            resource=role.arn,
            remedy="Change it with UpdateAssumeRolePolicy.",
        )
