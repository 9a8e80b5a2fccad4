"""What can go wrong when an account is read, by code and by status, because services and emulators differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

IAM_ACTIONS = {
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("dynamodbstreams", "DescribeStream"): "dynamodb:DescribeStream",
}
"""Operations whose IAM action is not simply `service:Operation`.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html"""

NOT_FOUND_CODES = frozenset(
    [
        "ResourceNotFoundException",
        "TableNotFoundException",
        "BackupNotFoundException",
        "NotFoundException",
        "NotFound",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchEntity",
        "NoSuchEntityException",
        "EntityNotFoundException",
    ]
)
NOT_FOUND_TEXT = re.compile(r"WorkGroup( \S+)? is not found\b.*", re.DOTALL)
"""What Athena says about a missing workgroup, with the same code as for any wrong request."""

NOT_CONFIGURED_CODES: Mapping[tuple[str, str], str] = {
    ("s3", "GetBucketEncryption"): "ServerSideEncryptionConfigurationNotFoundError",
    ("s3", "GetBucketLifecycleConfiguration"): "NoSuchLifecycleConfiguration",
    ("s3", "GetPublicAccessBlock"): "NoSuchPublicAccessBlockConfiguration",
}
"""How each read says that the bucket exists but has no such configuration.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

DENIED_CODES = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthorizationError",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "SubscriptionRequiredException",
        "TokenRefreshRequired",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    ]
)
CREDENTIALS_CODES = DENIED_CODES - frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "NotAuthorized",
        "UnauthorizedOperation",
        "OptInRequired",
        "SubscriptionRequiredException",
    ]
)
THROTTLED_CODES = frozenset(
    [
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    ]
)
UNSUPPORTED_CODES = frozenset(
    [
        "ActionNotFound",
        "InvalidAction",
        "MethodNotAllowed",
        "NotImplemented",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
        "UnsupportedOperationException",
    ]
)
"""The lists of https://docs.aws.amazon.com/general/latest/gr/api-retries.html, of botocore's retry handler and
of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html."""

NOT_ALLOWED_CODE = "HarnessReadsOnly"
"""The gateway's own answer to a request that it does not pass on to this target."""

GAP_STATUS = 501
"""The HTTP status of the answer to an operation that the target lacks."""

TOOL_FAULT_CODE = "HarnessFault"
"""The gateway's own answer if the tool itself fails at a request: the embedded account raised an error."""

RESOURCE_PARAMETERS = {
    "TableName": "table",
    "IndexName": "index",
    "ResourceArn": "resource",
    "Bucket": "bucket",
    "KeyId": "KMS key",
    "WorkGroup": "workgroup",
    "FunctionName": "function",
    "TopicArn": "topic",
    "PolicyArn": "policy",
    "RoleName": "role",
    "Name": "Glue database",
}


class ReadError(Exception):
    """A read without a usable answer. `code` is AWS's own, or the name of what went wrong on the way."""

    def __init__(self, service: str, operation: str, parameters: Mapping[str, Any], code: str, text: str) -> None:
        super().__init__(f"{service} {operation}: {code}: {text}")
        self.service = service
        self.operation = operation
        self.parameters = dict(parameters)
        self.code = code
        self.text = text

    @property
    def action(self) -> str:
        """The IAM action that the read needs."""
        return iam_action(self.service, self.operation)

    @property
    def resource(self) -> str:
        """What was asked for, in words: `table music-ann`; empty for a list of everything."""
        for parameter, noun in RESOURCE_PARAMETERS.items():
            if parameter in self.parameters:
                return f"{noun} {self.parameters[parameter]}"
        return ""


class NotFound(ReadError):
    """The resource does not exist, or has been deleted."""


class NotConfigured(ReadError):
    """The resource exists, and has no configuration of the requested kind."""


class Denied(ReadError):
    """These credentials may not make this call: a missing permission, expired credentials, a disabled Region."""

    @property
    def credentials_refused(self) -> bool:
        """True if the credentials themselves were refused, so that no permission would help."""
        return self.code in CREDENTIALS_CODES


class Throttled(ReadError):
    """Still throttled when the budget for retries ran out."""


class NotImplementedByTarget(ReadError):
    """The target lacks this operation."""


class NotOnTape(ReadError):
    """The recorded run that is graded again did not make this read."""


class NotAllowedHere(ReadError):
    """The gateway passes on only reads, and this was not a read."""


class Unreachable(ReadError):
    """A 5xx answer, a broken connection, a timeout, or an answer that cannot be read."""


def iam_action(service: str, operation: str) -> str:
    """The IAM action that an operation needs, such as `dynamodb:DescribeTable`."""
    return IAM_ACTIONS.get((service, operation), f"{service}:{operation}")


def classify(code: str, status: int, method: str = "POST", text: str = "") -> type[ReadError]:
    """Which kind of error an answer is. Its code decides first, then its HTTP status (and the request's method). The
    text decides only if one code has several meanings.

    A code that is not about permissions, limits or existence (a ValidationException) is an answer that the harness
    cannot use: Unreachable, never a verdict on the submission.
    """
    if code == NOT_ALLOWED_CODE:
        return NotAllowedHere
    if code in NOT_FOUND_CODES or (code == "InvalidRequestException" and NOT_FOUND_TEXT.fullmatch(text)):
        return NotFound
    if code in NOT_CONFIGURED_CODES.values():
        return NotConfigured
    if code in DENIED_CODES:
        return Denied
    if code in THROTTLED_CODES or status == 429:
        return Throttled
    if code in UNSUPPORTED_CODES or status == 501:
        return NotImplementedByTarget
    if status in (401, 403):
        return Denied
    if status == 404 and method == "HEAD":  # such an answer has no body, so it names no code
        return NotFound
    return Unreachable
