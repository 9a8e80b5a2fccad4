"""Which operation an HTTP request is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import BotoCoreError, UnknownServiceError

from harness.account.session import service_model

SERVICES_BY_SIGNING_NAME = {"monitoring": "cloudwatch", "states": "stepfunctions", "email": "ses"}
CREDENTIAL_PATTERN = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9.-]+)/aws4_request\b"
)
RPC_V2_PATH = re.compile(r"/service/([A-Za-z0-9_]+)/operation/([A-Za-z0-9]+)")
METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


@dataclass(frozen=True, slots=True)
class Signature:
    """What a SigV4 Authorization header says about its sender and about where the request should go."""

    access_key: str
    region: str
    signing_name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, with botocore's names for service and operation, and its parameters as far as they are needed."""

    service: str
    name: str
    parameters: Mapping[str, Any]


def parse_signature(authorization: str) -> Signature | None:
    """Reads a SigV4 Authorization header; None for anything else."""
    match = CREDENTIAL_PATTERN.match(authorization)
    return Signature(*match.groups()) if match else None


def identify(
    signing_name: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Operation | None:
    """Which operation a request is for; None if that is not certain.

    The server behind could read an ambiguous request in another way. So a request must have exactly the form of one
    protocol of its service, and name one of the service's operations.

    Args:
        signing_name: the service in the signature's scope.
        path, query: as they crossed the wire, still percent-encoded.
        headers: names in lower case.
    """
    if METHOD_OVERRIDES & set(headers):
        return None
    service = SERVICES_BY_SIGNING_NAME.get(signing_name, signing_name)
    target = headers.get("x-amz-target")
    if target is None and (method != "POST" or query or (path != "/" and not RPC_V2_PATH.fullmatch(path))):
        return _by_path(service, method, path, query, headers, body)
    if target is not None:
        if method != "POST" or query or path != "/" or _is_form(headers):
            return None
        prefix, _, name = target.partition(".")
        if prefix.startswith("DynamoDBStreams"):
            service = "dynamodbstreams"
        return _known(Operation(service, name, _json_object(body)), "json", prefix)
    if (rpc := RPC_V2_PATH.fullmatch(path)) is not None:
        return _known(Operation(service, rpc[2], {}), "smithy-rpc-v2-cbor", rpc[1])
    form = _form(headers, body)
    return _known(Operation(service, form.pop("Action"), form), "query", None) if "Action" in form else None


def _known(operation: Operation, protocol: str, prefix: str | None) -> Operation | None:
    """The operation, if its service speaks that protocol and has it (under that target prefix)."""
    try:
        model = service_model(operation.service)
    except UnknownServiceError:
        return None
    spoken = model.metadata.get("protocols", [model.metadata["protocol"]])
    known = protocol in spoken and operation.name in model.operation_names
    return operation if known and prefix in (None, model.metadata.get("targetPrefix")) else None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The fields of a form; none if it is not a form, or if a field occurs twice."""
    if not _is_form(headers):
        return {}
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    return form if len(form) == len(pairs) else {}


def _by_path(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Operation | None:
    """Matches requests of the REST protocols (S3, Lambda) with the service's own model."""
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import HTTPException

    url = f"http://127.0.0.1{path}" + (f"?{query}" if query else "")
    request = Request.from_primitives(method, url, dict(headers), body)
    request.environ["RAW_URI"] = path
    try:
        operation, parameters = get_service_router(service).match(request)
    except (HTTPException, BotoCoreError, NotImplementedError, LookupError, ValueError):
        return None
    if not operation.service_model.metadata["protocol"].startswith("rest"):
        return None
    return Operation(service, operation.name, {**parse_query(query), **parameters})


def parse_query(query: str) -> dict[str, str]:
    """A query string's fields; the last one wins."""
    return dict(parse_qsl(query, keep_blank_values=True))
