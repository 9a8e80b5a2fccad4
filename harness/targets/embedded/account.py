"""The embedded account: moto in this process, one request at a time, with moto's mistakes corrected."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader

from harness.account.errors import GAP_STATUS
from harness.account.reads import STATEMENTS
from harness.account.regions import is_region_of
from harness.gateway.server import Request, Response, error_response
from harness.targets.dynamodb.engine import OPERATIONS, Engine
from harness.targets.dynamodb.refusals import Undecided
from harness.targets.dynamodb.tables import Items
from harness.targets.embedded import alarm_refusals, items, mapping_refusals, request_models, request_refusals
from harness.targets.embedded.request_models import Refusal
from harness.targets.embedded.settings_refusals import DescribeTable
from harness.targets.embedded.templates import TemplateGap

ACCOUNT_ID = "123456789012"
NEVER_EXPIRES_AFTER = timedelta(days=5 * 365)
"""Time to live never deletes what was due longer ago, because such a number probably means something else."""

NO_METHOD = re.compile(r"been implemented")
"""What moto says about an operation that it lacks."""

SEED_OF_IDS = 1
"""The ids that moto makes are the same in each run. An audit's mutants are named by what they change, so they keep
their names in the next run."""

TOPIC_ARN = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
SETTINGS = ("AWS_", "BOTO_", "MOTO_", "TEST_SERVER_MODE")
"""Environment variables that begin like this configure botocore or moto."""

HOSTS = {
    "cloudwatch": "monitoring.{region}.amazonaws.com",
    "dynamodbstreams": "streams.dynamodb.{region}.amazonaws.com",
    "iam": "iam.amazonaws.com",
}
"""Services whose host name is not `service.region.amazonaws.com`."""

NOT_THERE: Mapping[tuple[str, str], tuple[str, str, int]] = {
    ("athena", "GetNamedQuery"): ("NamedQueryId", "InvalidRequestException", 400),
    ("athena", "GetPreparedStatement"): ("StatementName", "ResourceNotFoundException", 400),
    ("athena", "GetQueryExecution"): ("QueryExecutionId", "InvalidRequestException", 400),
    ("athena", "StopQueryExecution"): ("QueryExecutionId", "InvalidRequestException", 400),
    ("cloudformation", "DeleteChangeSet"): ("ChangeSetName", "ChangeSetNotFound", 404),
    ("cloudformation", "ExecuteChangeSet"): ("ChangeSetName", "ChangeSetNotFound", 404),
    ("dynamodb", "DescribeExport"): ("ExportArn", "ExportNotFoundException", 400),
    ("dynamodb", "DescribeImport"): ("ImportArn", "ImportNotFoundException", 400),
    ("dynamodbstreams", "DescribeStream"): ("StreamArn", "ResourceNotFoundException", 400),
    ("dynamodbstreams", "GetRecords"): ("ShardIterator", "ValidationException", 400),
    ("dynamodbstreams", "GetShardIterator"): ("StreamArn", "ResourceNotFoundException", 400),
    ("kms", "CreateGrant"): ("KeyId", "NotFoundException", 400),
    ("kms", "ListGrants"): ("KeyId", "NotFoundException", 400),
    ("kms", "RevokeGrant"): ("KeyId", "NotFoundException", 400),
    ("logs", "GetQueryResults"): ("queryId", "ResourceNotFoundException", 400),
    ("s3", "CompleteMultipartUpload"): ("UploadId", "NoSuchUpload", 404),
}
"""Operations at which moto fails if what they name does not exist: the parameter that names it, and how AWS reports
that."""

INVOCATION_TYPE = "x-amz-invocation-type"
ANSWERED = "RequestResponse"
"""The header of a function's invocation, and its default: AWS waits for the function's answer.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


class EmbeddedAccount:
    """A backend for the gateway. A process has one such account, because moto keeps its state globally: a new one
    starts empty and ends the previous one."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Args:
        now: seconds on a monotonic clock, by which things expire.
        """
        self._engine = Engine(now)
        self._turn = threading.Lock()
        self._dispatcher: Any = None

    def load(self) -> None:
        """Imports moto and empties its state. This takes half a second, while a submission's process can start."""
        with self._turn:
            self._load()

    def _load(self) -> None:
        if self._dispatcher is not None:
            return
        _seal_this_process()
        from moto.core.base_backend import BackendDict
        from moto.core.botocore_stubber import BotocoreStubber
        from moto.moto_api._internal import mock_random

        from harness.targets.embedded import moto_corrections

        moto_corrections.apply(templates=False)
        BackendDict.reset()
        mock_random.seed(SEED_OF_IDS)
        self._dispatcher = BotocoreStubber()

    def __call__(self, request: Request) -> Response:
        if not is_region_of(request.service, request.region):
            message = f"AWS has no Region {request.region}, so this request would not reach AWS."
            return error_response(request, 400, "UnknownRegionException", message)
        if request.service == "dynamodb" and request.operation in STATEMENTS:
            return _lacking(request, "The embedded account lacks PartiQL: use GetItem, Query, PutItem and so on.")
        if request.operation == "Invoke" and request.headers.get(INVOCATION_TYPE, ANSWERED) == ANSWERED:
            return _lacking(request, "The embedded account cannot run functions.")
        with self._turn:
            self._load()
            return self._answer(request)

    def _answer(self, request: Request) -> Response:
        """AWS's refusal, if AWS would refuse the request and moto would accept it or fail; otherwise moto's answer."""
        refused, parameters = request_models.refusal(request)
        refused = refused or _beyond_the_model(request, parameters)
        if refused is not None:
            return error_response(request, 400, refused.code, refused.message)
        if request.service == "dynamodb" and request.operation in OPERATIONS:
            try:
                return items.answer(self._engine, request, _tables(request.region))
            except Undecided as undecided:
                return _lacking(request, str(undecided))
        if request.service == "dynamodb" and (missing := request_refusals.lacking(request.operation, parameters)):
            return _lacking(request, missing)
        try:
            return self._dispatch(request)
        except (KeyError, AttributeError, UnboundLocalError) as error:
            parameter, code, status = NOT_THERE.get((request.service, request.operation), ("", "", 0))
            named = parameters.get(parameter)
            if not parameter or (isinstance(error, KeyError) and error.args != (named,)):
                raise
            return error_response(request, status, code, f"{parameter} {named} was not found")

    def expire(self, region: str, table_name: str, attribute: str, now: datetime, until: datetime) -> int:
        """Deletes the items that DynamoDB would have deleted by `until`, if it deleted nothing before `now` and
        everything at once after it: items whose attribute is a Number of epoch seconds before `until`. What was due
        more than five years before `now` is never deleted. Returns how many items were deleted.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"""
        oldest, latest = Decimal((now - NEVER_EXPIRES_AFTER).timestamp()), Decimal(until.timestamp())
        with self._turn:
            table = items.table_of(_tables(region)[table_name], deleted_by=items.EXPIRY)
            due = [
                item
                for item in table.items
                if "N" in item.get(attribute, ()) and oldest <= Decimal(item[attribute]["N"]) <= latest
            ]
            for item in due:
                table.write(table.key_of(item), item, None)
        return len(due)

    @contextmanager
    def emptied(self, region: str, table_names: Iterable[str]) -> Iterator[None]:
        """Inside this block, those tables hold only what is written meanwhile. Afterwards, their old items are back."""
        self.load()
        with self._turn:
            tables = _tables(region)
            kept = {name: tables[name].items for name in table_names if name in tables}
            for name in kept:
                tables[name].items = Items()
        try:
            yield
        finally:
            with self._turn:
                for name, items in kept.items():
                    if name in tables:
                        tables[name].items = items

    def _dispatch(self, request: Request) -> Response:
        if request.service == "cloudformation":
            from harness.targets.embedded import moto_corrections

            moto_corrections.apply()
        host = HOSTS.get(request.service, request.signing_name + ".{region}.amazonaws.com")
        url = f"https://{host.format(region=request.region)}{request.path}"
        if request.query:
            url += f"?{request.query}"
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        headers["x-moto-account-id"] = ACCOUNT_ID
        prepared = AWSPreparedRequest(request.method, url, HTTPHeaders.from_dict(headers), request.body, False)
        try:
            answer = self._dispatcher.process_request(prepared)
        except TemplateGap as gap:
            return _lacking(request, str(gap))
        except NotImplementedError as error:
            if not NO_METHOD.search(str(error)):  # moto has the operation, and fails at this request
                raise
            return _lacking(request, f"The embedded account lacks the operation {request.service} {request.operation}.")
        if answer is None:
            return _lacking(request, f"The embedded account lacks the service {request.service}.")
        status, answer_headers, body = answer
        raw = body.encode() if isinstance(body, str) else bytes(body)
        if int(status) == 404 and raw == b"Not yet implemented":
            return _lacking(request, f"The embedded account lacks the operation {request.service} {request.operation}.")
        return Response(int(status), raw, {str(name): str(value) for name, value in dict(answer_headers).items()})


def _beyond_the_model(request: Request, parameters: Mapping[str, Any]) -> Refusal | None:
    """Why AWS would refuse a request that its model allows; None if it would not."""
    topic = parameters.get("TopicArn")
    if request.service == "sns" and topic is not None and not TOPIC_ARN.fullmatch(topic):
        return Refusal("InvalidParameter", "Invalid parameter: TopicArn")
    if request.operation == "PutBucketPolicy" and not request.body.lstrip().startswith(b"{"):
        return Refusal("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
    if request.service == "cloudwatch":
        return alarm_refusals.refusal(request.operation, parameters)
    if request.service == "lambda" and request.operation in mapping_refusals.RULED:
        return mapping_refusals.refusal(request.operation, parameters)
    if request.service == "dynamodb" and request.operation in request_refusals.RULED:
        return request_refusals.refusal(request.operation, parameters, _describing_tables(request))
    return None


def _lacking(request: Request, message: str) -> Response:
    """The answer to a request for what this account lacks. No AWS service answers like this."""
    return error_response(request, GAP_STATUS, "NotImplementedException", message)


def _tables(region: str) -> Any:
    """moto's tables in a Region, by name."""
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends[ACCOUNT_ID][region].tables


def _describing_tables(request: Request) -> DescribeTable:
    """Describes a table of the account in the request's Region."""

    def describe(name: str) -> Mapping[str, Any] | None:
        found = items.named(_tables(request.region), name)
        if found is None:
            return None
        described: Mapping[str, Any] = found.describe(base_key="Table")["Table"]
        return {**described, "ContinuousBackups": found.continuous_backups, "Tags": found.tags}

    return describe


def _seal_this_process() -> None:
    """Switches off what would let this machine change a grade: moto's own sessions would read its AWS settings (and
    fail on wrong ones), and it may have settings for moto. They stay off, because a process with an embedded account
    does not need them."""
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    Loader.CUSTOMER_DATA_PATH = Loader.BUILTIN_DATA_PATH
