"""Which operation an HTTP request asks for, and whether that is a read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

SERVICES_BY_SIGNING_NAME = {"monitoring": "cloudwatch", "states": "stepfunctions", "email": "ses"}
CREDENTIAL_PATTERN = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9.-]+)/aws4_request\b"
)
RPC_V2_PATH = re.compile(r"/service/[^/]+/operation/([A-Za-z0-9]+)/?")
READ_PATTERN = re.compile(r"(Describe|List|Get|Head|BatchGet)[A-Z]\w*|Query|Scan|TransactGetItems")
NOT_READS = frozenset(
    {
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "GetDelegatedAccessToken"),
        ("sts", "GetWebIdentityToken"),
        ("kms", "GetParametersForImport"),
    }
)
"""Operations that are named like reads and make credentials or keys."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a SigV4 Authorization header says of its sender and of where the request is meant to go."""

    access_key: str
    region: str
    signing_name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation by botocore's names of service and operation, with its parameters as far as they are needed."""

    service: str
    name: str
    parameters: Mapping[str, Any]


def is_read(service: str, operation: str) -> bool:
    """Whether an operation only reads. Unknown names are not reads: only reading verbs pass."""
    return READ_PATTERN.fullmatch(operation) is not None and (service, operation) not in NOT_READS


def parse_signature(authorization: str) -> Signature | None:
    """Reads a SigV4 Authorization header; None for anything else."""
    match = CREDENTIAL_PATTERN.match(authorization)
    return Signature(*match.groups()) if match else None


def identify(
    signing_name: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Operation | None:
    """Which operation a request asks for; None when that is not certain.

    Args:
        signing_name: the service in the signature's scope.
        path, query: as they crossed the wire, still percent-encoded.
        headers: names in lower case.
    """
    service = SERVICES_BY_SIGNING_NAME.get(signing_name, signing_name)
    target = headers.get("x-amz-target", "")
    if target:
        prefix, _, name = target.rpartition(".")
        if prefix.startswith("DynamoDBStreams"):
            service = "dynamodbstreams"
        return Operation(service, name, _json_object(body))
    if match := RPC_V2_PATH.fullmatch(path):
        return Operation(service, match[1], {})
    if path in ("", "/") and (form := _query_protocol(query, headers, body)):
        return Operation(service, form.pop("Action"), form)
    return _by_path(service, method, path, query, headers, body)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _query_protocol(query: str, headers: Mapping[str, str], body: bytes) -> dict[str, str] | None:
    """The fields of a request of the query protocol. A field given twice could mean one thing here and another
    behind us, so such a request is none."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    return form if "Action" in form and len(form) == len(pairs) else None


def _by_path(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Operation | None:
    """Requests of the REST protocols (S3, Lambda), matched against the service's own model."""
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import HTTPException

    url = f"http://127.0.0.1{path}" + (f"?{query}" if query else "")
    request = Request.from_primitives(method, url, dict(headers), body)
    request.environ["RAW_URI"] = path
    try:
        operation, parameters = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError, LookupError, ValueError):
        return None
    return Operation(service, operation.name, {**parse_query(query), **parameters})


def parse_query(query: str) -> dict[str, str]:
    """A query string's fields; the last one wins."""
    return dict(parse_qsl(query, keep_blank_values=True))
