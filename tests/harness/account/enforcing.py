"""A gateway that enforces an IAM policy, as AWS does."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from harness.account.errors import RESOURCE_PARAMETERS, iam_action
from harness.account.iam import Policy
from harness.account.least_policy import ANY_RESOURCE, RESOURCES
from harness.account.reading import partition
from harness.gateway.server import Request, Response, error_response

NAMED_BY = {"table": "TableName", "bucket": "Bucket", "database": "Name", "workgroup": "WorkGroup"}
"""The parameter of a request that names each kind of resource."""

ALLOWED_TO_ALL = frozenset({"sts:GetCallerIdentity"})
"""What needs no permission.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


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
