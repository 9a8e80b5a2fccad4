"""The least IAM policy that grading needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from harness.account.reading import partition

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
"""The resources of each action, with a check's parameters in braces. All of them must be allowed. `*` if IAM knows no
resource for it.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html"""


def least_policy(
    needs: Iterable[tuple[Iterable[str], Mapping[str, Any], str]], *, account_id: str = ANY_ACCOUNT
) -> dict[str, Any]:
    """The policy document that allows what checks need, and nothing else.

    Args:
        needs: for each check, its IAM actions, its parameters and its Region.
        account_id: the account of the resources; `*` for the account in which the policy is used.

    Raises:
        KeyError: an action's resources are not known here.
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for names, parameters, region in needs:
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
