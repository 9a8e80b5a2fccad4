"""The least IAM policy that grading needs, and a gateway that enforces one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from harness.aws.errors import RESOURCE_PARAMETERS, iam_action
from harness.aws.gateway import Request, Response, error_response
from harness.aws.iam import Policy
from harness.aws.reading import partition

ANY_ACCOUNT = "*"
ANY_RESOURCE = "*"
VERSION = "2012-10-17"

RESOURCES: Mapping[str, str] = {
    "cloudwatch:DescribeAlarms": "*",
    "dynamodb:DescribeContinuousBackups": "arn:{partition}:dynamodb:{region}:{account_id}:table/{table}",
    "dynamodb:DescribeTable": "arn:{partition}:dynamodb:{region}:{account_id}:table/{table}",
    "dynamodb:DescribeTimeToLive": "arn:{partition}:dynamodb:{region}:{account_id}:table/{table}",
    "dynamodb:ListBackups": "*",
    "dynamodb:ListTagsOfResource": "arn:{partition}:dynamodb:{region}:{account_id}:table/{table}",
    "iam:GetPolicy": "arn:{partition}:iam::*:policy/*",
    "iam:GetPolicyVersion": "arn:{partition}:iam::*:policy/*",
    "iam:GetRole": "arn:{partition}:iam::{account_id}:role/*",
    "iam:GetRolePolicy": "arn:{partition}:iam::{account_id}:role/*",
    "iam:ListAttachedRolePolicies": "arn:{partition}:iam::{account_id}:role/*",
    "iam:ListRolePolicies": "arn:{partition}:iam::{account_id}:role/*",
    "kms:DescribeKey": "arn:{partition}:kms:{region}:{account_id}:key/*",
    "lambda:GetFunctionConfiguration": "arn:{partition}:lambda:{region}:{account_id}:function:*",
    "lambda:ListEventSourceMappings": "*",
    "sns:ListSubscriptionsByTopic": "arn:{partition}:sns:{region}:*:*",
}
"""The resource that each action is about, with a check's parameters in braces; `*` where IAM knows none for it.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html"""

ALLOWED_TO_ALL = frozenset({"sts:GetCallerIdentity"})
"""What needs no permission.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


def least_policy(
    needs: Iterable[tuple[Iterable[str], Mapping[str, Any]]], *, region: str, account_id: str = ANY_ACCOUNT
) -> dict[str, Any]:
    """The policy document that allows what checks need and nothing else.

    Args:
        needs: of each check, its IAM actions and its parameters.
        account_id: whose resources; `*` for those of the account that the policy is used in.

    Raises:
        KeyError: an action's resource is not known here.
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for names, parameters in needs:
        for name in names:
            values = {**parameters, "partition": partition(region), "region": region, "account_id": account_id}
            actions[RESOURCES[name].format(**values)].add(name)
    by_actions: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource in sorted(actions):
        by_actions[tuple(sorted(actions[resource]))].append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(names), "Resource": resources} for names, resources in by_actions.items()
    ]
    return {"Version": VERSION, "Statement": statements}


def enforce(policy: Policy, role: str, *, account_id: str) -> Callable[[Request], Response | None]:
    """A rule for the gateway: answers AccessDenied to what a role's policy does not allow."""

    def rule(request: Request) -> Response | None:
        action = iam_action(request.service, request.operation)
        if request.role != role or action in ALLOWED_TO_ALL:
            return None
        resource = _resource(request, action, account_id)
        if policy.allows(action, resource):
            return None
        user = f"arn:{partition(request.region)}:iam::{account_id}:user/{role}"
        message = f"User: {user} is not authorized to perform: {action} on resource: {resource}"
        return error_response(request, 400, "AccessDeniedException", message)

    return rule


def _resource(request: Request, action: str, account_id: str) -> str:
    """The ARN of what a request is about."""
    form = RESOURCES.get(action, ANY_RESOURCE)
    given = next((request.parameters[one] for one in RESOURCE_PARAMETERS if one in request.parameters), None)
    if form == ANY_RESOURCE or not isinstance(given, str):
        return ANY_RESOURCE
    name = unquote(given)
    values = {"partition": partition(request.region), "region": request.region, "account_id": account_id}
    return name if name.startswith("arn:") else re.sub(r"\*$", name, form.format(table=name, **values))
