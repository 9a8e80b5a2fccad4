"""The only way to read an account.

Each distinct read is made once a run; threads that ask at the same time wait for the same answer. Lists are read to
their last page. Retries happen here (botocore's are off): throttled reads are retried with full jitter within a budget,
and broken connections a few times. A check decides what an answer means; `errors.classify` names what went wrong.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from botocore import xform_name
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ParamValidationError,
    UnknownServiceError,
)
from botocore.model import OperationModel
from botocore.paginate import Paginator, PaginatorModel

from harness.account.errors import ReadError, Throttled, Unreachable, classify
from harness.account.reading import Answer, Reading, ReadKey, fields, other_region, read_key
from harness.account.reads import is_read
from harness.account.session import sealed_client, sealed_session
from harness.account.shapes import misshapen
from harness.clock import Clock

BACKOFF_FIRST_SECONDS = 0.1
BACKOFF_LARGEST_SECONDS = 2.0
BACKOFF_TOTAL_PER_READ_SECONDS = 20.0
BACKOFF_TOTAL_PER_RUN_SECONDS = 120.0
ATTEMPTS_WHEN_UNREACHABLE = 4

SECONDS_BETWEEN_CALLS = {
    "DescribeContinuousBackups": 0.1,
    "ListTagsOfResource": 0.1,
}
"""AWS allows these ten times a second.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html"""

SECRETS = {"GetFunctionConfiguration": "Environment"}
"""Fields of answers that may hold secrets and that no check needs: they are removed at once."""

MAY_BE_EMPTY = frozenset({"GetFunctionConcurrency"})
"""Reads that AWS answers with an empty object if nothing is set.
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html"""

_MAKING_CLIENTS = threading.Lock()
"""A botocore session is shared, so it makes only one client at a time.
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions"""


class Account:
    """An account behind a gateway. Safe to use from several threads."""

    def __init__(
        self, *, endpoint_url: str, credentials: Credentials, region: str, clock: Clock, faithful: bool = True
    ) -> None:
        """Args:
        endpoint_url: the gateway's.
        credentials: from these the gateway knows the harness; never AWS credentials.
        region: where it is read, unless a read names another Region.
        faithful: False for another emulator, which may leave out what it does not simulate.

        Whoever finds out `account_id` sets it.
        """
        self.region = region
        self.account_id = ""
        self.faithful = faithful
        self.started = datetime.now(UTC).replace(microsecond=0)
        self._endpoint_url = endpoint_url
        self._credentials = credentials
        self._clock = clock
        self._session = sealed_session()
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._lock = threading.Lock()
        self._answers: dict[ReadKey, Future[Answer]] = {}
        self._parameters: dict[ReadKey, Mapping[str, Any]] = {}
        self._backoff_left = BACKOFF_TOTAL_PER_RUN_SECONDS
        self._next_call: dict[str, float] = {}
        self._jitter = random.Random()  # noqa: S311  (spreads retries; nothing secret)

    def read(self, service: str, operation: str, *, in_region: str = "", **parameters: Any) -> Answer:
        """The answer of a read. All pages of a list are merged.

        Args:
            service, operation: botocore's names, such as `dynamodb` and `DescribeTable`.
            in_region: where to ask; by default in the account's own Region.
            parameters: those of the operation.

        Raises:
            ValueError: the operation is not a read.
            ReadError: one of its kinds, if there is no usable answer.
        """
        if not is_read(service, operation):
            raise ValueError(f"{service} {operation} is not a read, and checks may only read")
        key = read_key(service, operation, parameters, other_region(in_region, self.region))
        with self._lock:
            answer = self._answers.get(key)
            ours = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
                self._parameters[key] = parameters
        if ours:
            try:
                told = self._fetch(service, operation, parameters, in_region or self.region)
                answer.set_result(fields(told, service, operation, parameters))
            except BaseException as error:
                answer.set_exception(error)
                if not isinstance(error, ReadError):
                    self.forget([key])
                raise
        return answer.result()

    def forget(self, keys: Iterable[ReadKey]) -> None:
        """Makes the next such reads ask again, because something was still changing."""
        with self._lock:
            for key in keys:
                self._answers.pop(key, None)

    @property
    def readings(self) -> list[Reading]:
        """Every distinct read of the run so far, in the order in which they were made."""
        with self._lock:
            done = [(key, answer) for key, answer in self._answers.items() if answer.done()]
        readings = []
        for key, answer in done:
            service, operation, _, region = key
            error = answer.exception()
            if error is None:
                readings.append(Reading(service, operation, self._parameters[key], answer.result(), None, region))
            elif isinstance(error, ReadError):
                readings.append(Reading(service, operation, self._parameters[key], None, error, region))
        return readings

    def _fetch(self, service: str, operation: str, parameters: Mapping[str, Any], region: str) -> Answer:
        client = self._client(service, region)
        model = client.meta.service_model.operation_model(operation)

        def call(**page_parameters: Any) -> dict[str, Any]:
            return self._call(client, model, page_parameters)

        pagination = self._pagination(service, operation)
        if pagination is None:
            return call(**parameters)
        paginator: Any = Paginator(call, pagination, model)  # type: ignore[arg-type]  # the stubs have it wrong
        merged: dict[str, Any] = paginator.paginate(**parameters).build_full_result()
        return {name: value for name, value in merged.items() if value is not None}  # without what no page holds

    def _client(self, service: str, region: str) -> BaseClient:
        with _MAKING_CLIENTS:
            if (service, region) not in self._clients:
                client = sealed_client(
                    self._session,
                    service,
                    region=region,
                    endpoint_url=self._endpoint_url,
                    credentials=self._credentials,
                )
                client.meta.events.register("before-parse", _refuse_malformed)
                self._clients[service, region] = client
            return self._clients[service, region]

    def _pagination(self, service: str, operation: str) -> dict[str, Any] | None:
        loader = self._session.get_component("data_loader")
        try:
            pagination: dict[str, Any] = PaginatorModel(
                loader.load_service_model(service, "paginators-1")
            ).get_paginator(operation)
            return pagination
        except (ValueError, UnknownServiceError, BotoCoreError):
            return None

    def _call(self, client: BaseClient, model: OperationModel, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One request, with its retries."""
        slept = 0.0
        attempt = 0
        while True:
            self._keep_rate(model.name)
            attempt += 1
            try:
                return self._request(client, model, parameters)
            except Throttled as error:
                last: ReadError = error
            except Unreachable as error:
                if attempt >= ATTEMPTS_WHEN_UNREACHABLE or not _worth_another_try(error):
                    raise
                last = error
            pause = self._backoff(attempt, slept)
            if pause is None:
                raise last
            slept += pause
            self._clock.wait(pause)

    def _backoff(self, attempt: int, slept: float) -> float | None:
        """Seconds until the next attempt (full jitter), or None if the budget is used up.
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/"""
        ceiling = min(BACKOFF_LARGEST_SECONDS, BACKOFF_FIRST_SECONDS * 2**attempt)
        pause = self._jitter.uniform(BACKOFF_FIRST_SECONDS / 2, ceiling)
        with self._lock:
            if slept + pause > BACKOFF_TOTAL_PER_READ_SECONDS or pause > self._backoff_left:
                return None
            self._backoff_left -= pause
        return pause

    def _keep_rate(self, operation: str) -> None:
        spacing = SECONDS_BETWEEN_CALLS.get(operation)
        if spacing is None:
            return
        with self._lock:
            now = self._clock.now()
            start = max(now, self._next_call.get(operation, now))
            self._next_call[operation] = start + spacing
        if start > now:
            self._clock.wait(start - now)

    def _request(self, client: BaseClient, model: OperationModel, parameters: Mapping[str, Any]) -> dict[str, Any]:
        service = model.service_model.service_name

        def failure(kind: type[ReadError], code: str, text: str) -> ReadError:
            return kind(service, model.name, parameters, code, text)

        try:
            answer: dict[str, Any] = getattr(client, xform_name(model.name))(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
            text = str(error.response.get("Error", {}).get("Message", ""))
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise failure(classify(code, status, model.http.get("method", ""), text), code, text) from error
        except ParamValidationError:  # a bug of the check, not of the account
            raise
        except Exception as error:  # botocore's parsers can raise anything for a strange body
            raise failure(Unreachable, type(error).__name__.strip("_"), str(error)) from error
        answer.pop("ResponseMetadata", None)
        answer.pop(SECRETS.get(model.name, ""), None)
        tells = model.output_shape is not None and bool(model.output_shape.members) and model.name not in MAY_BE_EMPTY
        if not answer and tells and _is_json(model):
            raise failure(Unreachable, "EmptyAnswer", "the answer holds none of the fields that AWS documents")
        if (where := misshapen(answer, model.output_shape)) is not None:
            raise failure(Unreachable, "MalformedAnswer", f"{where} does not have the type that AWS documents")
        return answer


class _MalformedError(Exception):
    """A successful answer whose body does not follow its protocol."""


def _is_json(model: OperationModel) -> bool:
    return model.service_model.resolved_protocol in ("json", "rest-json")


def _refuse_malformed(operation_model: OperationModel, response_dict: Mapping[str, Any], **_: Any) -> None:
    """botocore reads an answer that cannot be parsed, or that is a page for people, as an empty one. That would look
    like a missing setting, so it is refused first."""
    if response_dict["status_code"] >= 300:
        return
    if _is_json(operation_model):
        _refuse_malformed_json(response_dict["body"])
    elif operation_model.service_model.resolved_protocol == "query":
        _refuse_malformed_xml(response_dict["body"], f"{operation_model.name}Response")


def _refuse_malformed_json(body: bytes) -> None:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise _MalformedError(f"the answer is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _MalformedError("the answer is not a JSON object")


def _refuse_malformed_xml(body: bytes, root: str) -> None:
    try:
        found = ET.fromstring(body).tag.rpartition("}")[2]  # noqa: S314  (botocore parses it in the same way next)
    except (ET.ParseError, ValueError) as error:
        raise _MalformedError(f"the answer is not XML: {error}") from error
    if found != root:
        raise _MalformedError(f"the answer is {found}, not {root}")


def _worth_another_try(error: Unreachable) -> bool:
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
    return True
