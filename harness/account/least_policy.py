"""The least IAM policy that grading needs, and a gateway that enforces one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from harness.account.errors import RESOURCE_PARAMETERS, iam_action
from harness.account.iam import Policy
from harness.account.reading import partition
from harness.gateway.server import Request, Response, error_response

ANY_ACCOUNT = "*"
ANY_RESOURCE = "*"
VERSION = "2012-10-17"

TABLE = "arn:{partition}:dynamodb:{region}:{account_id}:table/{table}"
BUCKET = "arn:{partition}:s3:::{bucket}"
CATALOG = "arn:{partition}:glue:{region}:{account_id}:catalog"
DATABASE = "arn:{partition}:glue:{region}:{account_id}:database/{database}"
WORKGROUP = "arn:{partition}:athena:{region}:{account_id}:workgroup/{workgroup}"
ROLE = "arn:{partition}:iam::{account_id}:role/*"
POLICY = "arn:{partition}:iam::*:policy/*"

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "athena:GetNamedQuery": (WORKGROUP,),
    "athena:GetWorkGroup": (WORKGROUP,),
    "athena:ListNamedQueries": (WORKGROUP,),
    "cloudwatch:DescribeAlarms": (ANY_RESOURCE,),
    "dynamodb:DescribeContinuousBackups": (TABLE,),
    "dynamodb:DescribeTable": (TABLE,),
    "dynamodb:DescribeTimeToLive": (TABLE,),
    "dynamodb:ListBackups": (ANY_RESOURCE,),
    "dynamodb:ListTagsOfResource": (TABLE,),
    "dynamodb:Scan": (TABLE,),
    "glue:GetDatabase": (CATALOG, DATABASE),
    "iam:GetPolicy": (POLICY,),
    "iam:GetPolicyVersion": (POLICY,),
    "iam:GetRole": (ROLE,),
    "iam:GetRolePolicy": (ROLE,),
    "iam:ListAttachedRolePolicies": (ROLE,),
    "iam:ListRolePolicies": (ROLE,),
    "kms:DescribeKey": ("arn:{partition}:kms:{region}:{account_id}:key/*",),
    "lambda:GetFunctionConcurrency": ("arn:{partition}:lambda:{region}:{account_id}:function:*",),
    "lambda:GetFunctionConfiguration": ("arn:{partition}:lambda:{region}:{account_id}:function:*",),
    "lambda:ListEventSourceMappings": (ANY_RESOURCE,),
    "s3:GetBucketPublicAccessBlock": (BUCKET,),
    "s3:GetEncryptionConfiguration": (BUCKET,),
    "s3:GetLifecycleConfiguration": (BUCKET,),
    "s3:ListAllMyBuckets": (ANY_RESOURCE,),
    "sns:ListSubscriptionsByTopic": ("arn:{partition}:sns:{region}:*:*",),
}
"""The resources that each action is about, all of which must be allowed, with a check's parameters in braces; `*` where
IAM knows none for it.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html"""

NAMED_BY = {"table": "TableName", "bucket": "Bucket", "database": "Name", "workgroup": "WorkGroup"}
"""The parameter of a request that names each kind of resource."""

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
        KeyError: an action's resources are not known here.
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for names, parameters in needs:
        for name in names:
            values = {**parameters, "partition": partition(region), "region": region, "account_id": account_id}
            for resource in RESOURCES[name]:
                actions[resource.format(**values)].add(name)
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
        refused = _refused(policy, action, _resources(request, action, account_id))
        if not refused:
            return None
        user = f"arn:{partition(request.region)}:iam::{account_id}:user/{role}"
        message = f"User: {user} is not authorized to perform: {action} on resource: {', '.join(refused)}"
        return error_response(request, 400, "AccessDeniedException", message)

    return rule


def _resources(request: Request, action: str, account_id: str) -> list[str]:
    """The ARNs of what a request is about; none where only AWS knows, as the workgroup of a named query's id."""
    templates = RESOURCES.get(action, (ANY_RESOURCE,))
    if templates == (ANY_RESOURCE,):
        return [ANY_RESOURCE]
    given = {name: unquote(str(value)) for name, value in request.parameters.items()}
    values = {"partition": partition(request.region), "region": request.region, "account_id": account_id}
    values |= {name: given[parameter] for name, parameter in NAMED_BY.items() if parameter in given}
    asked = next((given[one] for one in RESOURCE_PARAMETERS if one in given), "*")
    if asked.startswith("arn:"):
        return [asked]
    try:
        return [re.sub(r"\*$", asked, one.format(**values)) for one in templates]
    except KeyError:
        return []


def _refused(policy: Policy, action: str, resources: list[str]) -> list[str]:
    """Those of the resources on which the action is not allowed. Where they are not known, one on which it is allowed
    is enough."""
    if resources:
        return [one for one in resources if not policy.allows(action, one)]
    allowed = [one for statement in policy.statements for one in statement["Resource"] if policy.allows(action, one)]
    return [] if allowed else [ANY_RESOURCE]
