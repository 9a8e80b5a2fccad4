"""Forwards requests to an endpoint or to AWS. Each is signed again, because the sender's signature is not valid
there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from harness.account.reading import partition
from harness.account.session import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from harness.gateway.server import Request, Response, error_response

NOT_FORWARDED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "transfer-encoding",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    }
)

IAM_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-us-gov": "us-gov-west-1",
}
"""The Region that IAM is in, for every partition that botocore knows."""


class Upstream:
    """A backend for the gateway: another server."""

    def __init__(
        self,
        endpoint_for: Callable[[str, str], str],
        credentials: Callable[[], Credentials],
        proxies: dict[str, str] | None = None,
        verify: bool | str = True,
    ) -> None:
        """Args:
        endpoint_for: the base URL of a service (botocore's name) in a Region.
        credentials: read for each request, so that those which expire can be renewed.
        proxies: proxy URL by scheme; none by default.
        verify: whether to verify certificates, or a file with the authorities to verify them with.
        """
        self._endpoint_for = endpoint_for
        self._credentials = credentials
        self._http = URLLib3Session(
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),  # type: ignore[arg-type]  # the stubs have it wrong
            max_pool_connections=16,
            proxies=proxies or {},
            verify=verify,  # type: ignore[arg-type]  # the stubs have it wrong
        )
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        try:
            with self._lock:
                credentials = self._credentials().get_frozen_credentials()
        except BotoCoreError as error:  # an SSO session that has expired, a credential process that fails
            return error_response(request, 403, "ExpiredTokenException", str(error))
        try:
            with self._lock:
                base = self._endpoint_for(request.service, request.region).rstrip("/")
            url = base + request.path + (f"?{request.query}" if request.query else "")
            if urlsplit(url)[:2] != urlsplit(base)[:2]:  # credentials go nowhere else, whatever the path holds
                return error_response(request, 400, "InvalidPath", "This path would lead to another server.")
            headers = {name: value for name, value in request.headers.items() if name not in NOT_FORWARDED}
            outgoing = AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
            signer = S3SigV4Auth if request.signing_name == "s3" else SigV4Auth
            signer(credentials, request.signing_name, _signing_region(request)).add_auth(outgoing)
            answer = self._http.send(outgoing.prepare())
            return Response(answer.status_code, answer.content, dict(answer.headers))
        except BotoCoreError as error:
            return error_response(request, 502, "UpstreamUnreachable", str(error))


def _signing_region(request: Request) -> str:
    """The Region that a signature names. IAM is shared by all Regions of a partition, and is in one of them.
    https://docs.aws.amazon.com/general/latest/gr/iam-service.html"""
    return IAM_REGIONS[partition(request.region)] if request.service == "iam" else request.region
