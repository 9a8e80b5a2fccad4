"""Whether AWS's own model of a service allows a request: required members, types, lengths, values, patterns.

AWS checks these before anything else, so the embedded account never sees a request that breaks them.
https://smithy.io/2.0/spec/constraint-traits.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import regex
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from harness.account.session import service_model
from harness.gateway.server import Request

UNKNOWN = "UnknownOperationException"
WRONG_TYPE = "SerializationException"
"""How AWS refuses a value whose type is not that of its model, in a JSON request."""

VALIDATION_CODES: Mapping[str, str] = {
    "athena": "InvalidRequestException",
    "glue": "InvalidInputException",
    "logs": "InvalidParameterException",
    "s3": "MalformedXML",
    "sns": "InvalidParameter",
}
"""The error codes of services for a request that breaks their model, if not ValidationError (the code of the query
protocol, and of CloudWatch) or ValidationException."""

REQUIRED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("glue", "CreateTable"): ("TableInput",),
    ("glue", "UpdateTable"): ("TableInput",),
    ("s3", "PutBucketLifecycleConfiguration"): ("LifecycleConfiguration",),
    ("s3", "PutBucketLifecycle"): ("LifecycleConfiguration",),
}
"""Parameters that AWS requires although its models do not."""

ONE_OF: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cloudformation", "CreateChangeSet"): ("TemplateBody", "TemplateURL", "UsePreviousTemplate"),
    ("cloudformation", "CreateStack"): ("TemplateBody", "TemplateURL"),
    ("cloudformation", "UpdateStack"): ("TemplateBody", "TemplateURL", "UsePreviousTemplate"),
    ("cloudformation", "ValidateTemplate"): ("TemplateBody", "TemplateURL"),
    ("cloudformation", "GetTemplateSummary"): ("TemplateBody", "TemplateURL", "StackName", "StackSetName"),
    ("sns", "Publish"): ("TopicArn", "TargetArn", "PhoneNumber"),
}
"""Parameters of which AWS requires one."""

QUERY_CODE, USUAL_CODE = "ValidationError", "ValidationException"
JAVA_SUPPLEMENTARY = r"\uD800\uDC00-\uDBFF\uDFFF"
"""All characters beyond the basic plane, as a Java pattern writes them."""

TEXT_SHOWN = 200
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "list": list,
    "map": Mapping,
    "string": str,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
}
"""The Python types for the types of the model. Others (timestamps, binary data) may have several forms."""


class NotAnObject(Exception):
    """The body of a JSON request is not a JSON object."""


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's error code and message."""

    code: str
    message: str


def refusal(request: Request) -> tuple[Refusal | None, Mapping[str, Any]]:
    """Why AWS would refuse a request because of its form alone (None: it would not), and its parameters as botocore
    takes them. A request is not refused if its protocol is not read here, or if it names no operation."""
    if not request.operation:
        unknown = request.signing_name == "dynamodb" and "x-amz-target" in request.headers
        return (Refusal(UNKNOWN, ""), {}) if unknown else (None, {})
    operation = service_model(request.service).operation_model(request.operation)
    shape = operation.input_shape
    if shape is None:
        return None, {}
    try:
        parameters = _parameters(request, operation)
    except NotAnObject:
        return Refusal(WRONG_TYPE, "The body is not a JSON object."), {}
    except (ValueError, TypeError, AttributeError) as error:
        return Refusal(_code(request, operation), f"The request cannot be read: {error}"[:TEXT_SHOWN]), {}
    if parameters is None:
        return None, {}
    for wrong in of_wrong_type(parameters, shape, ""):
        return Refusal(WRONG_TYPE, wrong), parameters
    problems = [
        _null(name) for name in REQUIRED.get((request.service, request.operation), ()) if name not in parameters
    ]
    choice = ONE_OF.get((request.service, request.operation), ())
    if choice and not parameters.keys() & set(choice):
        problems.append(f"One of {', '.join(choice)} must be specified")
    problems += outside_the_model(parameters, shape, "")
    if problems:
        many = "s" if len(problems) > 1 else ""
        message = f"{len(problems)} validation error{many} detected: {'; '.join(problems)}"
        return Refusal(_code(request, operation), message), parameters
    return None, parameters


def _code(request: Request, operation: OperationModel) -> str:
    protocol = operation.service_model.metadata["protocol"]
    usual = QUERY_CODE if protocol == "query" or request.service == "cloudwatch" else USUAL_CODE
    return VALIDATION_CODES.get(request.service, usual)


def _parameters(request: Request, operation: OperationModel) -> Mapping[str, Any] | None:
    """A request's parameters, with the names of its model; None if its protocol is not read here.

    Raises:
        ValueError, TypeError, AttributeError: it cannot be read.
    """
    protocols = operation.service_model.metadata.get("protocols", [operation.service_model.metadata["protocol"]])
    if "x-amz-target" in request.headers and "json" in protocols:
        if not request.parameters and request.body and not _is_object(request.body):
            raise NotAnObject
        return request.parameters
    if request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return _moto_parsed(request, operation, "query") if "query" in protocols else None
    for protocol in ("rest-json", "rest-xml"):
        if protocol in protocols:
            return _moto_parsed(request, operation, protocol)
    return None


def _moto_parsed(request: Request, operation: OperationModel, protocol: str) -> Mapping[str, Any]:
    """The parameters as moto's parser for a protocol reads them."""
    from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
    from moto.core.utils import get_service_model
    from werkzeug.datastructures import Headers, MultiDict

    model = get_service_model(request.service).operation_model(operation.name)
    text = request.body.decode("utf-8", "replace") if protocol == "query" else request.query
    told: Any = {
        "method": request.method,
        "values": MultiDict(parse_qsl(text, keep_blank_values=True)),
        "headers": Headers(list(request.headers.items())),
        "body": request.body,
        "url_path": request.path,
        "url_params": dict(request.parameters),
    }
    try:
        parsed: Mapping[str, Any] = PROTOCOL_PARSERS[protocol](model).parse(told)
    except RequestParserError as error:
        raise ValueError(str(error)) from error
    return parsed


def _inner(value: Any, shape: Shape, path: str) -> Iterator[tuple[Any, Shape, str]]:
    """What a structure, a list or a map holds, with shapes and paths. Members that the model does not know, and those
    that are null, are left out, because AWS ignores them; so are DynamoDB's attribute values, which have rules of their
    own."""
    if shape.name in (
        "AttributeMap",
        "Key",
        "PutItemInputAttributeMap",
        "ExpressionAttributeValueMap",
        "AttributeValue",
    ):
        return
    if isinstance(shape, StructureShape):
        for name, inner in value.items():
            if name in shape.members and inner is not None:
                yield inner, shape.members[name], f"{path}.{name}" if path else name
    elif isinstance(shape, ListShape):
        for number, inner in enumerate(value, 1):
            yield inner, shape.member, f"{path}.{number}.member"
    elif isinstance(shape, MapShape):
        for name, inner in value.items():
            yield name, shape.key, f"{path}.key"
            yield inner, shape.value, f"{path}.{name}.member"


def of_wrong_type(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Values in a request's parameters whose type is not that of the model."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return
    if kind in TYPES and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"The value at '{path}' is not of the type {kind}."
        return
    for inner in _inner(value, shape, path):
        yield from of_wrong_type(*inner)


def outside_the_model(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What AWS's model does not allow in a request's parameters. Every value already has its type."""
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if value.get(name) is None:
                yield _null(f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape | MapShape):
        yield from _outside(len(value), shape, path, value, "length")
    elif isinstance(shape, StringShape):
        yield from _problems_of_a_text(value, shape, path)
    elif shape.type_name in ("integer", "long"):
        yield from _outside(value, shape, path, value, "value")
    for inner in _inner(value, shape, path):
        yield from outside_the_model(*inner)


def _null(where: str) -> str:
    return f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _problems_of_a_text(value: str, shape: StringShape, path: str) -> Iterator[str]:
    where = f"Value '{value[:TEXT_SHOWN]}' at '{path}' failed to satisfy constraint: Member must"
    pattern = shape.metadata.get("pattern")
    if shape.enum and value not in shape.enum:
        yield f"{where} satisfy enum value set: [{', '.join(shape.enum)}]"
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{where} satisfy regular expression pattern: {pattern}"
    yield from _outside(len(value), shape, path, value, "length")


@functools.cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern of a service's model, which is written for Java."""
    return regex.compile(pattern.replace(JAVA_SUPPLEMENTARY, r"\U00010000-\U0010FFFF"))


def _outside(size: int, shape: Shape, path: str, value: Any, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    where = f"Value '{str(value)[:TEXT_SHOWN]}' at '{path}' failed to satisfy constraint: Member must have {what}"
    if least is not None and size < least:
        yield f"{where} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{where} less than or equal to {most}"
