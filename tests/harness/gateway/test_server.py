"""The gateway: who asked what, what may pass, and what is answered in the backend's place."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness.account.errors import NOT_ALLOWED_CODE
from harness.account.session import sealed_client, sealed_session
from harness.gateway import server as gateways
from harness.gateway.server import HARNESS_ROLE, Gateway, Hold, Request, Response, error_response

JSON = {"content-type": "application/x-amz-json-1.0"}
SESSION = sealed_session()


class Backend:
    """Answers everything with nothing, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(200, b"{}", JSON) if request.signing_name == "dynamodb" else Response(200)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def gateway(backend: Backend) -> Iterator[Gateway]:
    with Gateway(backend, reads_only=False) as opened:
        yield opened


@pytest.fixture
def guarded(backend: Backend) -> Iterator[Gateway]:
    with Gateway(backend, reads_only=True) as opened:
        yield opened


def client(gateway: Gateway, service: str = "dynamodb", credentials: Credentials | None = None) -> Any:
    return sealed_client(
        SESSION,
        service,
        region="us-east-1",
        endpoint_url=gateway.url,
        credentials=credentials or gateway.credentials("student"),
    )


def send(
    gateway: Gateway, method: str, path: str, headers: dict[str, str], body: bytes = b"", service: str = "dynamodb"
) -> tuple[int, bytes]:
    """A request as anybody could write it, with credentials that the gateway knows."""
    access_key = gateway.credentials("student").access_key
    scope = f"{access_key}/20260101/us-east-1/{service}/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    connection = http.client.HTTPConnection("127.0.0.1", int(gateway.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request(method, path, body, {**signed, **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_each_request_is_recorded_with_its_role(gateway: Gateway, backend: Backend) -> None:
    first, second = gateway.credentials("loader"), gateway.credentials("reader")
    assert first.access_key != second.access_key

    client(gateway, credentials=first).delete_table(TableName="orders")
    client(gateway, credentials=second).list_tables(Limit=5)

    records = gateway.records
    assert [(record.role, record.service, record.operation, record.status) for record in records] == [
        ("loader", "dynamodb", "DeleteTable", 200),
        ("reader", "dynamodb", "ListTables", 200),
    ]
    assert [record.parameters for record in records] == [{"TableName": "orders"}, {"Limit": 5}]
    assert [record.region for record in records] == ["us-east-1"] * 2
    assert [record for record in records if not 0 < record.seconds < 10] == []


def test_unknown_credentials_are_refused_and_recorded(gateway: Gateway, backend: Backend) -> None:
    with pytest.raises(ClientError, match=r"UnrecognizedClientException.*Use boto3's default session"):
        client(gateway, credentials=Credentials("AKIAAAAAAAAAAAAAAAAA", "x")).list_tables()

    assert backend.asked == []
    assert [(record.role, record.status) for record in gateway.records] == [("unknown", 403)]


def test_revoked_credentials_are_unknown(gateway: Gateway, backend: Backend) -> None:
    credentials = gateway.credentials("submission")
    client(gateway, credentials=credentials).list_tables()

    gateway.revoke(credentials)

    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client(gateway, credentials=credentials).list_tables()
    assert len(backend.asked) == 1


def test_a_rule_may_make_another_request_of_one_for_the_rules_after_it_and_the_backend(
    gateway: Gateway, backend: Backend
) -> None:
    """What is recorded and observed stays what was asked."""

    def with_limit(request: Request) -> Request:
        return replace(request, parameters={**request.parameters, "Limit": 3})

    seen: list[Any] = []
    observed: list[Any] = []
    gateway.observers.append(lambda request, _: observed.append(request.parameters))
    with gateway.rule(with_limit), gateway.rule(lambda request: seen.append(request.parameters)):
        client(gateway).list_tables(ExclusiveStartTableName="orders")
    client(gateway).list_tables()

    changed = {"ExclusiveStartTableName": "orders", "Limit": 3}
    assert (seen, [one.parameters for one in backend.asked]) == ([changed], [changed, {}])
    told = [{"ExclusiveStartTableName": "orders"}, {}]
    assert [one.parameters for one in gateway.records] == observed == told


@pytest.mark.parametrize("path", ["/moto-api/reset", "//moto-api/reset", "/%6doto-api/reset", "/moto%2Dapi/reset"])
def test_motos_own_paths_are_closed(gateway: Gateway, backend: Backend, path: str) -> None:
    status, _ = send(gateway, "POST", path, {})

    assert (status, backend.asked) == (404, [])


def test_without_a_signature_nothing_passes(gateway: Gateway, backend: Backend) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(gateway.url.rpartition(":")[2]), timeout=10)
    connection.request("POST", "/", b"{}", {"X-Amz-Target": "DynamoDB_20120810.ListTables"})

    assert connection.getresponse().status == 403
    connection.close()
    assert backend.asked == []


READ = "DynamoDB_20120810.DescribeTable"
FORM = {"content-type": "application/x-www-form-urlencoded"}
WRITES: list[tuple[str, str, str, dict[str, str], bytes]] = [
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDB_20120810.PutItem"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDB_20120810.DescribeTable.PutItem"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDB_20120810.PutItem.DescribeTable"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDB_20120810.describeTable"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DescribeTable"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": READ + " PutItem"}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDB_20120810.ExecuteStatement"}, b"{}"),
    ("dynamodb", "POST", "/?Action=DeleteTable", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/service/DynamoDB/operation/PutItem", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/x/service/DynamoDB_20120810/operation/PutItem", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/service/DynamoDB_20120810/operation/PutItem/", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/%73ervice/DynamoDB_20120810/operation/PutItem", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": READ, **FORM}, b"Action=PutItem"),
    ("dynamodb", "POST", "/", {"x-amz-target": "Elsewhere.DescribeTable"}, b"{}"),
    ("sns", "POST", "/", FORM, b"Action=Publish&Action=ListTopics"),
    ("secretsmanager", "POST", "/", {"x-amz-target": "secretsmanager.GetSecretValue"}, b"{}"),
    ("ecr", "POST", "/", {"x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"}, b"{}"),
    ("dynamodb", "POST", "/", {}, b"{}"),
    ("dynamodb", "PUT", "/", {"x-amz-target": READ}, b"{}"),
    ("dynamodb", "POST", "/", {"x-amz-target": READ, "x-http-method-override": "DELETE"}, b"{}"),
    ("sns", "POST", "/", FORM, b"Action=Publish&Message=x"),
    ("sns", "POST", "/?Action=ListTopics", FORM, b"Action=Publish"),
    ("sns", "POST", "/", FORM, b"Action=ListTopics&Action=Publish"),
    ("sns", "POST", "/x", FORM, b"Action=Publish"),
    ("sts", "POST", "/", FORM, b"Action=GetSessionToken"),
    ("sts", "POST", "/", FORM, b"Action=AssumeRole"),
    ("s3", "PUT", "/bucket/key", {}, b"x"),
    ("s3", "DELETE", "/bucket", {}, b""),
    ("s3", "POST", "/bucket?delete", {}, b"<Delete/>"),
    ("s3", "PUT", "/bucket?policy", {}, b"{}"),
    ("s3", "GET", "/bucket/key", {"x-http-method-override": "DELETE"}, b""),
    ("lambda", "POST", "/2015-03-31/functions/f/invocations", {}, b"{}"),
    ("monitoring", "POST", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", {}, b""),
    ("nothing-we-know", "POST", "/do/it", {}, b"{}"),
]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write[0]} {write[1]} {write[2]} {write[3]} {write[4]!r}")
def test_nothing_but_reads_passes_when_only_reads_may(
    guarded: Gateway, backend: Backend, write: tuple[str, str, str, dict[str, str], bytes]
) -> None:
    service, method, path, headers, body = write

    status, answer = send(guarded, method, path, headers, body, service=service)

    assert status == 403
    assert NOT_ALLOWED_CODE.encode() in answer
    assert backend.asked == []


@pytest.mark.parametrize("path", ["@127.0.0.1:9/", "http://127.0.0.1:9/", "*", "x/y"])
def test_paths_that_could_lead_elsewhere_are_closed(gateway: Gateway, backend: Backend, path: str) -> None:
    status, _ = send(gateway, "POST", path, {"x-amz-target": READ}, b"{}")

    assert (status, backend.asked) == (404, [])


def test_the_harness_itself_only_reads_even_where_others_may_write(gateway: Gateway, backend: Backend) -> None:
    own = gateway.credentials(HARNESS_ROLE)

    with pytest.raises(ClientError, match=NOT_ALLOWED_CODE):
        client(gateway, credentials=own).delete_table(TableName="orders")
    client(gateway, credentials=own).list_tables()

    assert [request.operation for request in backend.asked] == ["ListTables"]


READS: list[tuple[str, str, str, dict[str, str], bytes, str]] = [
    ("dynamodb", "POST", "/", {"x-amz-target": READ}, b"{}", "DescribeTable"),
    ("dynamodb", "POST", "/", {"x-amz-target": "DynamoDBStreams_20120810.GetRecords"}, b"{}", "GetRecords"),
    ("sts", "POST", "/", FORM, b"Action=GetCallerIdentity&Version=2011-06-15", "GetCallerIdentity"),
    ("s3", "GET", "/bucket?encryption", {}, b"", "GetBucketEncryption"),
    ("s3", "HEAD", "/bucket", {}, b"", "HeadBucket"),
    ("s3", "GET", "/bucket/some%20key", {}, b"", "GetObject"),
    ("lambda", "GET", "/2015-03-31/functions/f", {}, b"", "GetFunction"),
    (
        "monitoring",
        "POST",
        "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        {"smithy-protocol": "rpc-v2-cbor"},
        b"",
        "DescribeAlarms",
    ),
]


@pytest.mark.parametrize("read", READS, ids=lambda read: f"{read[0]} {read[5]}")
def test_reads_of_every_protocol_pass(
    guarded: Gateway, backend: Backend, read: tuple[str, str, str, dict[str, str], bytes, str]
) -> None:
    service, method, path, headers, body, operation = read

    assert send(guarded, method, path, headers, body, service=service)[0] == 200
    assert [request.operation for request in backend.asked] == [operation]


def test_what_a_backend_raises_is_a_servers_error(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(request: Request) -> Response:
        raise KeyError("x" * 5_000)

    with Gateway(broken, reads_only=False) as gateway, pytest.raises(ClientError, match="KeyError: 'xxx") as caught:
        client(gateway).list_tables()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(caught.value.response["Error"]["Message"]) == 1_000
    assert [record.status for record in gateway.records] == [500]
    assert capfd.readouterr() == ("", "")


def test_a_rule_answers_in_the_backends_place(gateway: Gateway, backend: Backend) -> None:
    slow = gateway.rule(lambda request: error_response(request, 400, "ThrottlingException", "slow down"))
    with slow, pytest.raises(ClientError, match=r"ThrottlingException.*slow down"):
        client(gateway).list_tables()
    client(gateway).list_tables()

    assert len(backend.asked) == 1


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("dynamodb", lambda api: api.list_tables()),
        ("sts", lambda api: api.get_caller_identity()),
        ("s3", lambda api: api.list_objects_v2(Bucket="bucket")),
        ("lambda", lambda api: api.get_function(FunctionName="f")),
        ("cloudwatch", lambda api: api.describe_alarms()),
    ],
)
def test_errors_are_understood_in_every_protocol(gateway: Gateway, service: str, call: Any) -> None:
    denied = gateway.rule(lambda request: error_response(request, 403, "AccessDeniedException", "not <you> & me"))
    with denied, pytest.raises(ClientError) as caught:
        call(client(gateway, service))

    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_connection_can_be_dropped(gateway: Gateway) -> None:
    def drop(request: Request) -> Response:
        return Response(0)

    with gateway.rule(drop), pytest.raises(http.client.RemoteDisconnected):
        send(gateway, "POST", "/", {"x-amz-target": READ})

    assert [record.status for record in gateway.records] == [0]


class Observer:
    """Remembers what it is told, and whether its sender had been answered."""

    def __init__(self) -> None:
        self.told: list[tuple[Request, Response | None]] = []
        self.answered = threading.Event()
        self.late: list[bool] = []

    def __call__(self, request: Request, response: Response | None) -> None:
        self.late.append(self.answered.is_set())
        self.told.append((request, response))


@pytest.fixture
def observer(gateway: Gateway) -> Observer:
    observer = Observer()
    gateway.observers.append(observer)
    return observer


def test_who_observes_is_told_each_request_with_its_answer(
    gateway: Gateway, backend: Backend, observer: Observer
) -> None:
    client(gateway).describe_table(TableName="orders")
    client(gateway, "s3").list_objects_v2(Bucket="archive")

    [(first, answer), (second, _)] = observer.told
    assert first is backend.asked[0]
    assert answer == Response(200, b"{}", JSON)
    assert (first.role, first.service, first.operation) == ("student", "dynamodb", "DescribeTable")
    assert first.parameters == {"TableName": "orders"}
    assert (second.service, second.operation) == ("s3", "ListObjectsV2")


def test_who_observes_is_told_before_the_sender_is(gateway: Gateway, observer: Observer) -> None:
    api = client(gateway)
    for _ in range(20):
        observer.answered.clear()
        api.list_tables()
        observer.answered.set()

    assert observer.late == [False] * 20


def test_who_observes_is_told_what_is_refused_and_what_fails(
    gateway: Gateway, backend: Backend, observer: Observer
) -> None:
    def fail(request: Request) -> Response:
        raise KeyError("Table")

    with pytest.raises(ClientError):
        client(gateway, credentials=Credentials("AKIAAAAAAAAAAAAAAAAA", "x")).list_tables()
    with pytest.raises(ClientError):
        client(gateway, credentials=gateway.credentials(HARNESS_ROLE)).delete_table(TableName="orders")
    send(gateway, "POST", "/moto-api/reset", {})
    with gateway.rule(lambda request: error_response(request, 400, "ThrottlingException", "slow down")):
        send(gateway, "POST", "/", {"x-amz-target": READ})
    gateway.backend = fail
    send(gateway, "POST", "/", {"x-amz-target": READ})

    assert [(request.role, response.status if response else 0) for request, response in observer.told] == [
        ("unknown", 403),
        (HARNESS_ROLE, 403),
        ("student", 404),
        ("student", 400),
        ("student", 500),
    ]
    assert [record.status for record in gateway.records] == [403, 403, 404, 400, 500]
    assert backend.asked == []


def test_who_observes_is_told_of_a_dropped_connection_without_an_answer(gateway: Gateway, observer: Observer) -> None:
    def drop(request: Request) -> Response:
        return Response(0)

    with gateway.rule(drop), pytest.raises(http.client.RemoteDisconnected):
        send(gateway, "POST", "/", {"x-amz-target": READ})

    [(request, response)] = observer.told
    assert (request.operation, response) == ("DescribeTable", Response(0))


def test_several_observe_in_their_order_until_they_leave(gateway: Gateway) -> None:
    told: list[str] = []

    def leaves(request: Request, response: Response) -> None:
        told.append("leaves")
        gateway.observers.remove(leaves)

    gateway.observers += [leaves, lambda request, response: told.append("stays")]
    for _ in range(2):
        send(gateway, "POST", "/", {"x-amz-target": READ})

    assert told == ["leaves", "stays", "stays"]


def test_requests_are_held_back_and_let_through_in_any_order(gateway: Gateway, backend: Backend) -> None:
    hold = Hold(lambda request: request.operation == "DescribeTable")
    api = client(gateway)
    with gateway.rule(hold):
        threads = [
            threading.Thread(target=api.describe_table, kwargs={"TableName": name}) for name in ("first", "second")
        ]
        for number, thread in enumerate(threads, 1):
            thread.start()
            assert len(hold.waiting(number, timeout_seconds=10)) == number
        api.list_tables()
        waiting = {request.parameters["TableName"]: request for request in hold.waiting(2, timeout_seconds=10)}
        for name in ("second", "first"):
            hold.release(waiting[name])
            [thread] = [thread for thread, own in zip(threads, ("first", "second"), strict=True) if own == name]
            thread.join(10)
            assert not thread.is_alive()

    assert [request.parameters.get("TableName") for request in backend.asked] == [None, "second", "first"]


@pytest.mark.parametrize("reads_only", [True, False])
def test_what_may_be_written_for_a_while_has_been_when_that_ends(backend: Backend, reads_only: bool) -> None:
    hold = Hold(lambda request: request.operation == "DeleteTable")
    with Gateway(backend, reads_only=reads_only) as opened:
        api = client(opened)
        with opened.writable(hold):
            sender = threading.Thread(target=api.delete_table, kwargs={"TableName": "orders"})
            sender.start()
            hold.waiting(1, timeout_seconds=10)
            threading.Timer(0.3, hold.release_all).start()
        assert [request.operation for request in backend.asked] == ["DeleteTable"]
        sender.join(10)
        if reads_only:
            with pytest.raises(ClientError, match=NOT_ALLOWED_CODE):
                api.delete_table(TableName="orders")


def test_nobody_waits_for_a_write_that_never_ends(guarded: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "WRITES_END_SECONDS", 0.1)
    hold = Hold(lambda request: True)
    with guarded.writable(hold):
        sender = threading.Thread(target=client(guarded).delete_table, kwargs={"TableName": "orders"})
        sender.start()
        hold.waiting(1, timeout_seconds=10)
    assert sender.is_alive()
    hold.release_all()
    sender.join(10)


def test_stopping_does_not_wait_for_a_request_that_is_held(backend: Backend) -> None:
    hold = Hold(lambda request: True)
    with Gateway(backend, reads_only=False) as gateway:
        gateway.rules.append(hold)
        failed: list[Exception] = []

        def ask() -> None:
            try:
                send(gateway, "POST", "/", {"x-amz-target": READ})
            except (OSError, http.client.HTTPException) as error:
                failed.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        hold.waiting(1, timeout_seconds=10)

    thread.join(10)
    assert (thread.is_alive(), len(failed)) == (False, 1)
    hold.release_all()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), 5).close()


def test_bodies_pass_whole_however_they_are_sent(gateway: Gateway, backend: Backend) -> None:
    large = bytes(range(256)) * 20_000
    client(gateway, "s3").put_object(Bucket="bucket", Key="a key/with ünïcode", Body=large)
    send(gateway, "POST", "/", {"x-amz-target": READ}, json.dumps({"TableName": "x"}).encode())
    connection = socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), 10)
    scope = f"{gateway.credentials('student').access_key}/20260101/us-east-1/dynamodb/aws4_request"
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Amz-Target: " + READ.encode() + b"\r\n"
        b"Authorization: AWS4-HMAC-SHA256 Credential=" + scope.encode() + b", SignedHeaders=host, Signature=0\r\n\r\n"
        b"7;x=y\r\n" + b'{"a": 1' + b"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"
    )
    answer = connection.recv(1000)
    connection.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert [request.body for request in backend.asked] == [large, b'{"TableName": "x"}', b'{"a": 1}']
    assert backend.asked[0].path == "/bucket/a%20key/with%20%C3%BCn%C3%AFcode"
    assert backend.asked[2].parameters == {"a": 1}


@pytest.mark.parametrize("length", ["-1", "x", "99999999999", "1_0", "+1", "\u00b2", "9" * 5000])
def test_a_body_without_end_is_refused(gateway: Gateway, backend: Backend, length: str) -> None:
    status, _ = send(gateway, "POST", "/", {"x-amz-target": READ, "Content-Length": length})

    assert (status, backend.asked) == (413, [])


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Transfer-Encoding: chunked", b"-1\r\n"),
        ("Transfer-Encoding: chunked", b"fffffff\r\n"),
        ("Transfer-Encoding: chunked", b"0x5\r\nabcde\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"1" * 5000),
        ("Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n"),
    ],
)
def test_a_body_in_chunks_that_cannot_be_told_is_refused(
    gateway: Gateway, backend: Backend, headers: str, body: bytes
) -> None:
    connection = socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), 10)
    connection.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode() + body)
    answer = connection.recv(1000)
    connection.close()

    assert answer.startswith(b"HTTP/1.1 413")
    assert backend.asked == []


def test_headers_cannot_be_injected_by_an_answer(gateway: Gateway) -> None:
    with gateway.rule(lambda request: Response(200, b"{}", {"x-note": "a\r\nSet-Cookie: b"})):
        connection = http.client.HTTPConnection("127.0.0.1", int(gateway.url.rpartition(":")[2]), timeout=10)
        scope = f"{gateway.credentials('student').access_key}/20260101/us-east-1/dynamodb/aws4_request"
        connection.request("POST", "/", b"", {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, x"})
        response = connection.getresponse()
        response.read()
        connection.close()

    assert response.getheader("Set-Cookie") is None
    assert response.getheader("x-note") == "a  Set-Cookie: b"


def test_the_time_in_which_somebody_waits_for_an_answer_is_counted_once(gateway: Gateway) -> None:
    hold = Hold(lambda request: request.operation == "ListTables")
    before = gateway.traffic
    with gateway.rule(hold):
        threads = [threading.Thread(target=client(gateway).list_tables) for _ in range(2)]
        for number, thread in enumerate(threads, 1):
            thread.start()
            assert len(hold.waiting(number, timeout_seconds=10)) == number
        started = time.monotonic()
        first, second = gateway.traffic, gateway.traffic
        hold.release_all()
        for thread in threads:
            thread.join()
    waited = time.monotonic() - started
    after = gateway.traffic

    assert (before.requests, before.waited_seconds) == (0, 0.0)
    assert (first.requests, after.requests) == (2, 2)
    assert 0 < first.waited_seconds < second.waited_seconds < after.waited_seconds
    assert after.waited_seconds - second.waited_seconds <= waited, "two who wait at once wait once"
    assert gateway.traffic == after, "nobody waits any more"


def test_who_waits_is_counted_apart_from_the_others(gateway: Gateway) -> None:
    hold = Hold(lambda request: request.role == "waiting")
    waits, idles = gateway.meter("waiting"), gateway.meter("idle", "also idle")
    with gateway.rule(hold):
        asked = client(gateway, credentials=gateway.credentials("waiting")).list_tables
        thread = threading.Thread(target=asked)
        thread.start()
        assert len(hold.waiting(1, timeout_seconds=10)) == 1
        first, second = waits.traffic, waits.traffic
        for role in ("also idle", HARNESS_ROLE, "somebody"):
            client(gateway, credentials=gateway.credentials(role)).list_tables()
        while_it_waits = idles.traffic
        hold.release_all()
        thread.join()

    assert first.waited_seconds < second.waited_seconds
    assert (idles.traffic, idles.traffic.requests) == (while_it_waits, 1)
    assert (waits.traffic.requests, gateway.traffic.requests) == (1, 3)


def test_what_the_harness_asks_is_nobodys_time(gateway: Gateway) -> None:
    client(gateway, credentials=gateway.credentials(HARNESS_ROLE)).list_tables()

    assert (gateway.traffic.requests, gateway.traffic.waited_seconds) == (0, 0.0)


def test_every_answer_has_the_id_of_its_request(gateway: Gateway) -> None:
    """Programs log it."""
    accepted = client(gateway).list_tables()["ResponseMetadata"]["RequestId"]
    with pytest.raises(ClientError) as caught:
        client(gateway, credentials=Credentials("unknown", "unknown")).list_tables()

    refused = caught.value.response["ResponseMetadata"]["RequestId"]
    assert len(accepted) == len(refused) == 36
    assert accepted != refused
