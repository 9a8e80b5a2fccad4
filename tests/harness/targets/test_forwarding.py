"""What is forwarded is signed anew, and the sender's signature goes no further."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, CredentialRetrievalError

from harness.account.reading import partition
from harness.account.session import sealed_client, sealed_session
from harness.gateway.server import Gateway, Request
from harness.targets.forwarding import IAM_REGIONS, Upstream

REAL = Credentials("AKIAREALREALREALREAL", "the-real-secret", "the-session-token")
SESSION = sealed_session()


class Server:
    """A server that remembers what arrives and answers as it is told."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status, self.headers, self.body = 200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", "0")))
                server.arrived.append((self.command, self.path, headers, body))
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)

            do_POST = do_GET = do_PUT = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def gateway(server: Server) -> Iterator[Gateway]:
    with Gateway(Upstream(lambda service, region: server.url, lambda: REAL), reads_only=False) as opened:
        yield opened


def client(gateway: Gateway, service: str) -> tuple[Any, Credentials]:
    credentials = gateway.credentials("student")
    api = sealed_client(SESSION, service, region="eu-west-1", endpoint_url=gateway.url, credentials=credentials)
    return api, credentials


def is_signed_by(credentials: Credentials, server: Server, service: str, arrived: Any) -> bool:
    """Whether the signature that arrived is the one that these credentials make of what arrived."""
    method, path, headers, body = arrived
    signed = re.findall(r"SignedHeaders=([^,]+)", headers["authorization"])[0].split(";")
    request = AWSRequest(method, server.url + path, {name: headers[name] for name in signed if name != "host"}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer: Any = (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, "eu-west-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return f"Signature={signer.signature(text, request)}" in headers["authorization"]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("dynamodb", lambda api: api.list_tables()),
        ("sts", lambda api: api.get_caller_identity()),
        ("s3", lambda api: api.put_object(Bucket="bucket", Key="a key/ünï+=", Body=b"content")),
    ],
)
def test_the_real_credentials_sign_and_the_senders_go_no_further(
    gateway: Gateway, server: Server, service: str, call: Any
) -> None:
    api, senders = client(gateway, service)
    server.body = b"" if service == "s3" else b"{}"
    if service == "sts":
        server.body = b"<R><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></R>"

    call(api)

    [arrived] = server.arrived
    assert f"Credential={REAL.access_key}/" in arrived[2]["authorization"]
    assert arrived[2]["x-amz-security-token"] == REAL.token
    assert is_signed_by(REAL, server, service, arrived)
    assert str(senders.access_key) not in repr(arrived)
    assert arrived[2]["accept-encoding"] == "identity"  # nothing that is packed, which nobody here would unpack
    assert "expect" not in arrived[2]
    if service == "s3":
        assert arrived[1] == "/bucket/a%20key/%C3%BCn%C3%AF%2B%3D"
        assert arrived[3] == b"content"


def test_iam_is_signed_for_the_region_in_which_it_lives(server: Server) -> None:
    request = Request("s", "", "iam", "iam", "GetRole", {}, "POST", "/", "", {}, b"")
    assert set(SESSION.get_available_partitions()) == set(IAM_REGIONS)

    for name, home in IAM_REGIONS.items():
        region = SESSION.get_available_regions("dynamodb", name)[-1]
        Upstream(lambda service, region: server.url, lambda: REAL)(replace(request, region=region))
        api: Any = SESSION.create_client("iam", region, aws_access_key_id="a", aws_secret_access_key="b")
        botocores = api.generate_presigned_url("get_role", {"RoleName": "consumer"})

        assert partition(region) == name
        assert f"/{home}/iam/" in server.arrived[-1][2]["authorization"]
        assert f"%2F{home}%2Fiam%2F" in botocores


def test_a_path_that_would_lead_to_another_server_gets_no_credentials(server: Server) -> None:
    upstream = Upstream(lambda service, region: "http://good.example", lambda: REAL)
    host = server.url.removeprefix("http://")
    request = Request("student", "us-east-1", "dynamodb", "dynamodb", "DescribeTable", {}, "POST", "", "", {}, b"{}")

    for path in (f"@{host}/", f".{host}/", f":80@{host}/"):
        assert upstream(replace(request, path=path)).status == 400
    assert server.arrived == []


def test_the_senders_session_token_goes_no_further(server: Server) -> None:
    headers = {"x-amz-security-token": "the-senders-token"}
    request = Request("s", "us-east-1", "dynamodb", "dynamodb", "ListTables", {}, "POST", "/", "", headers, b"{}")

    Upstream(lambda service, region: server.url, lambda: REAL)(request)

    assert "the-senders-token" not in repr(server.arrived)


def test_errors_pass_as_they_are(gateway: Gateway, server: Server) -> None:
    server.status, server.body = 400, b'{"__type": "com.amazonaws#AccessDeniedException", "message": "not you"}'
    api, _ = client(gateway, "dynamodb")

    with pytest.raises(ClientError, match=r"AccessDeniedException.*not you"):
        api.list_tables()


def test_a_server_out_of_reach_is_a_bad_gateway() -> None:
    upstream = Upstream(lambda service, region: "http://127.0.0.1:9", lambda: REAL)
    with Gateway(upstream, reads_only=False) as gateway, pytest.raises(ClientError) as caught:
        client(gateway, "dynamodb")[0].list_tables()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9' in str(caught.value)


def test_credentials_that_cannot_be_renewed_are_expired(server: Server) -> None:
    def expired() -> Credentials:
        raise CredentialRetrievalError(provider="sso", error_msg="the session has expired")

    with (
        Gateway(Upstream(lambda service, region: server.url, expired), reads_only=False) as gateway,
        pytest.raises(ClientError, match=r"ExpiredTokenException.*the session has expired"),
    ):
        client(gateway, "dynamodb")[0].list_tables()

    assert server.arrived == []


def test_nothing_is_forwarded_to_where_no_service_is_known(gateway: Gateway, server: Server) -> None:
    def nowhere(service: str, region: str) -> str:
        raise AssertionError("asked")

    with Gateway(Upstream(nowhere, lambda: REAL), reads_only=True) as guarded, pytest.raises(ClientError) as caught:
        client(guarded, "dynamodb")[0].put_item(TableName="orders", Item={"PK": {"S": "x"}})

    assert caught.value.response["Error"]["Code"] == "HarnessReadsOnly"
