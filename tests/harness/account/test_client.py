"""The door: each read once, every page, retries on a budget, and the right name for what goes wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.account.client import BACKOFF_TOTAL_PER_READ_SECONDS, BACKOFF_TOTAL_PER_RUN_SECONDS
from harness.account.errors import (
    NOT_CONFIGURED_CODES,
    Denied,
    NotConfigured,
    NotFound,
    Throttled,
    Unreachable,
    iam_action,
)
from harness.account.reading import Reader
from harness.account.session import sealed_client, sealed_session
from harness.clock import Interrupted
from harness.gateway.server import HARNESS_ROLE, Gateway, Request, Response, error_response
from harness.targets.embedded.account import EmbeddedAccount
from tests.accounts import JSON, account_of, body, drop, refuse
from tests.support import FakeClock

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


class Backend:
    """Answers with one plain table, after the given answers are used up."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[Request] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        self.gate.wait(10)
        if self.answers:
            answer: Response = self.answers.pop(0)(request)
            return answer
        return Response(200, json.dumps({"Table": {"TableName": "orders"}}).encode(), JSON)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def gateway(backend: Backend) -> Iterator[Gateway]:
    with Gateway(backend, reads_only=True) as opened:
        yield opened


def test_a_write_is_refused_at_the_door(gateway: Gateway, backend: Backend) -> None:
    account = account_of(gateway)

    for service, operation in (("dynamodb", "PutItem"), ("s3", "DeleteBucket"), ("sts", "GetSessionToken")):
        with pytest.raises(ValueError, match=rf"{service} {operation} is not a read"):
            account.read(service, operation, TableName="orders")
    assert backend.asked == []


def test_each_distinct_read_is_made_once_however_many_ask(gateway: Gateway, backend: Backend) -> None:
    account = account_of(gateway)
    backend.gate.clear()
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(account.read("dynamodb", "DescribeTable", TableName="orders")))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    backend.gate.set()
    for thread in threads:
        thread.join(10)

    assert answers == [{"Table": {"TableName": "orders"}}] * 16
    assert len(backend.asked) == 1
    account.read("dynamodb", "DescribeTable", TableName="others")
    assert len(backend.asked) == 2


def test_what_is_forgotten_is_asked_again(gateway: Gateway, backend: Backend) -> None:
    account = account_of(gateway)
    reader = Reader(account)
    reader.read("dynamodb", "DescribeTable", TableName="orders")

    account.forget(reader.keys)
    account.read("dynamodb", "DescribeTable", TableName="orders")

    assert len(backend.asked) == 2


def test_each_region_is_read_for_itself() -> None:
    with Gateway(EmbeddedAccount(lambda: 0.0), reads_only=False) as gateway:
        client = sealed_client(
            sealed_session(),
            "dynamodb",
            region="eu-west-1",
            endpoint_url=gateway.url,
            credentials=gateway.credentials("submission"),
        )
        client.create_table(  # type: ignore[attr-defined]  # botocore makes it
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        account = account_of(gateway)
        here, there = Reader(account), Reader(account, "eu-west-1")

        assert here.find("dynamodb", "DescribeTable", TableName="orders") is None
        table = there.read("dynamodb", "DescribeTable", TableName="orders")["Table"]

        account.account_id = table["TableArn"].split(":")[4]
        assert (there.region, there.table_arn("orders")) == ("eu-west-1", table["TableArn"])
        assert (here.region, here.table_arn("orders")) == (
            "us-east-1",
            table["TableArn"].replace("eu-west-1", "us-east-1"),
        )
        own = account.read("dynamodb", "ListTables", in_region="us-east-1")
        assert (own["TableNames"], account.read("dynamodb", "ListTables")) == ([], own)
        assert account.read("dynamodb", "ListTables", in_region="eu-west-1")["TableNames"] == ["orders"]
        asked = [one.region for one in gateway.records if one.role == HARNESS_ROLE]
        assert asked == ["us-east-1", "eu-west-1", "us-east-1", "eu-west-1"]
        assert [one.region for one in account.readings] == ["", "eu-west-1", "", "eu-west-1"]
        assert {one.key for one in account.readings[:2]} == here.keys | there.keys
        account.forget(there.keys)
        assert len(account.readings) == 3


def test_errors_are_remembered_too(gateway: Gateway, backend: Backend) -> None:
    account = account_of(gateway)
    backend.answers = [refuse(400, "ResourceNotFoundException")]

    for _ in range(2):
        with pytest.raises(NotFound):
            account.read("dynamodb", "DescribeTable", TableName="orders")
    assert Reader(account).find("dynamodb", "DescribeTable", TableName="orders") is None
    assert len(backend.asked) == 1
    [reading] = account.readings
    assert (reading.operation, reading.answer, type(reading.error)) == ("DescribeTable", None, NotFound)


def test_lists_are_read_to_their_last_page(gateway: Gateway, backend: Backend) -> None:
    pages = [[("a", 1)], [], [("b", 2)], [], [("c", 3)]]

    def page(request: Request) -> Response:
        number = int(request.parameters.get("NextToken", "token-0").removeprefix("token-"))
        answer: dict[str, Any] = {"Tags": [{"Key": key, "Value": str(value)} for key, value in pages[number]]}
        if number + 1 < len(pages):
            answer["NextToken"] = f"token-{number + 1}"
        return Response(200, json.dumps(answer).encode(), JSON)

    backend.answers = [page] * len(pages)

    answer = account_of(gateway).read("dynamodb", "ListTagsOfResource", ResourceArn=ARN)

    assert [tag["Key"] for tag in answer["Tags"]] == ["a", "b", "c"]
    assert len(backend.asked) == len(pages)


def test_a_page_that_fails_once_is_asked_again_and_no_other(gateway: Gateway, backend: Backend) -> None:
    def page(name: str, last: str | None) -> Any:
        answer = {"BackupSummaries": [{"BackupName": name}]} | ({"LastEvaluatedBackupArn": last} if last else {})
        return body(200, json.dumps(answer).encode())

    first, second = page("first", f"{ARN}/backup/0123456789012345-01234567"), page("second", None)
    backend.answers = [first, refuse(400, "ThrottlingException"), second]

    answer = account_of(gateway).read("dynamodb", "ListBackups", TableName="orders")

    assert [backup["BackupName"] for backup in answer["BackupSummaries"]] == ["first", "second"]
    starts = [request.parameters.get("ExclusiveStartBackupArn") for request in backend.asked]
    assert [start is None for start in starts] == [True, False, False]


def test_throttling_is_retried_within_its_budget(gateway: Gateway, backend: Backend) -> None:
    clock = FakeClock()
    backend.answers = [refuse(400, "ThrottlingException")] * 10_000

    with pytest.raises(Throttled):
        account_of(gateway, clock).read("dynamodb", "DescribeTable", TableName="orders")

    assert BACKOFF_TOTAL_PER_READ_SECONDS / 2 < clock.time <= BACKOFF_TOTAL_PER_READ_SECONDS
    assert 10 < len(backend.asked) < 100


def test_all_reads_of_a_run_share_a_budget(gateway: Gateway, backend: Backend) -> None:
    clock = FakeClock()
    account = account_of(gateway, clock)
    backend.answers = [refuse(400, "ThrottlingException")] * 100_000

    for number in range(12):
        with pytest.raises(Throttled):
            account.read("dynamodb", "DescribeTable", TableName=f"table-{number}")

    assert clock.time <= BACKOFF_TOTAL_PER_RUN_SECONDS


@pytest.mark.parametrize("fault", [drop, refuse(500, "InternalServerError"), body(200, b"{")])
def test_a_broken_answer_is_asked_for_again_a_few_times(gateway: Gateway, backend: Backend, fault: Any) -> None:
    backend.answers = [fault] * 3
    answer = account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")
    assert answer == {"Table": {"TableName": "orders"}}

    backend.asked.clear()
    backend.answers = [fault] * 100
    with pytest.raises(Unreachable):
        account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")
    assert len(backend.asked) == 4


def test_what_is_refused_for_good_is_not_asked_again(gateway: Gateway, backend: Backend) -> None:
    backend.answers = [refuse(400, "AccessDeniedException")] * 2

    with pytest.raises(Denied) as caught:
        account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")

    assert len(backend.asked) == 1
    assert (caught.value.action, caught.value.resource) == ("dynamodb:DescribeTable", "table orders")
    assert not caught.value.credentials_refused


def test_calls_that_aws_limits_keep_their_distance(gateway: Gateway, backend: Backend) -> None:
    clock = FakeClock()
    account = account_of(gateway, clock)
    backend.answers = [body(200, b'{"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}}')] * 21

    for number in range(21):
        account.read("dynamodb", "DescribeContinuousBackups", TableName=f"table-{number}")

    assert clock.time == pytest.approx(2.0)


def test_the_gateways_own_refusal_is_no_denial(gateway: Gateway, backend: Backend) -> None:
    backend.answers = [lambda request: error_response(request, 403, "HarnessReadsOnly", "only reads")]

    with pytest.raises(Exception, match="HarnessReadsOnly") as caught:
        account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")

    assert type(caught.value).__name__ == "NotAllowedHere"


def test_actions_are_named_as_iam_names_them() -> None:
    assert iam_action("dynamodb", "DescribeTable") == "dynamodb:DescribeTable"
    assert iam_action("s3", "HeadBucket") == "s3:ListBucket"
    assert iam_action("s3", "ListBuckets") == "s3:ListAllMyBuckets"
    assert iam_action("dynamodbstreams", "DescribeStream") == "dynamodb:DescribeStream"


@pytest.mark.parametrize(
    ("region", "account_id", "arn"),
    [
        ("eu-west-1", "123456789012", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"),
        ("cn-north-1", "123456789012", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders"),
        ("us-gov-west-1", "123456789012", "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/orders"),
        ("eu-west-1", "", "table orders"),
    ],
)
def test_a_table_is_named_by_its_arn_where_the_account_is_known(
    gateway: Gateway, region: str, account_id: str, arn: str
) -> None:
    account = account_of(gateway)
    account.region, account.account_id = region, account_id

    assert Reader(account).table_arn("orders") == arn


@pytest.mark.parametrize(
    "answer",
    [
        body(404, b""),
        body(404, b"<html>nginx</html>"),
        body(404, b'{"detail": "Not Found"}'),
        body(200, b'{"Table": []}'),
        body(200, b'{"Table": {"TableStatus": 7}}'),
        body(200, b'{"Table": {"KeySchema": [{"AttributeName": ["PK"]}]}}'),
    ],
    ids=["404 without a word", "404 of a proxy", "404 of a framework", "a list", "a number", "deep inside"],
)
def test_what_no_aws_would_answer_says_nothing_of_the_table(gateway: Gateway, backend: Backend, answer: Any) -> None:
    backend.answers = [answer] * 10

    with pytest.raises(Unreachable):
        account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")


def test_an_answer_in_html_where_xml_is_due_is_unusable(gateway: Gateway, backend: Backend) -> None:
    backend.answers = [lambda request: Response(200, b"<html><p>Sign in</p></html>", {"content-type": "text/html"})] * 9

    with pytest.raises(Unreachable):
        account_of(gateway).read("sts", "GetCallerIdentity")


def test_a_bucket_that_is_not_there_is_told_by_the_status_alone(gateway: Gateway, backend: Backend) -> None:
    backend.answers = [lambda request: Response(404)]

    with pytest.raises(NotFound):
        account_of(gateway).read("s3", "HeadBucket", Bucket="archive")


def test_what_no_page_told_is_not_there(gateway: Gateway, backend: Backend) -> None:
    xml = b"<ListAllMyBucketsResult><Buckets><Bucket><Name>archive</Name></Bucket></Buckets></ListAllMyBucketsResult>"
    backend.answers = [lambda request: Response(200, xml, {"content-type": "application/xml"})]

    answer = account_of(gateway).read("s3", "ListBuckets", Prefix="archive")

    assert answer == {"Buckets": [{"Name": "archive"}]}


@pytest.mark.parametrize("operation", [operation for _, operation in NOT_CONFIGURED_CODES])
def test_a_configuration_that_is_absent_is_told_from_a_missing_bucket(
    gateway: Gateway, backend: Backend, operation: str
) -> None:
    backend.answers = [refuse(404, NOT_CONFIGURED_CODES["s3", operation]), refuse(404, "NoSuchBucket")]

    assert Reader(account_of(gateway)).configuration("s3", operation, Bucket="archive") is None
    with pytest.raises(NotFound):
        Reader(account_of(gateway)).configuration("s3", operation, Bucket="archive")


def test_a_configuration_that_is_absent_is_no_missing_resource(gateway: Gateway, backend: Backend) -> None:
    backend.answers = [refuse(404, "NoSuchLifecycleConfiguration")]

    with pytest.raises(NotConfigured):
        Reader(account_of(gateway)).find("s3", "GetBucketLifecycleConfiguration", Bucket="archive")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("WorkGroup is not found", NotFound),
        ("WorkGroup shop is not found.", NotFound),
        ("WorkGroup shop is not found. (Service: AmazonAthena)", NotFound),
        ("Queries of the WorkGroup shop are not found", Unreachable),
        ("The S3 location is not found", Unreachable),
        ("Value at 'workGroup' failed to satisfy constraint", Unreachable),
        ("", Unreachable),
    ],
)
def test_a_wrong_request_is_no_missing_workgroup(
    gateway: Gateway, backend: Backend, text: str, kind: type[Exception]
) -> None:
    backend.answers = [refuse(400, "InvalidRequestException", text)] * 10

    with pytest.raises(kind) as caught:
        account_of(gateway).read("athena", "GetWorkGroup", WorkGroup="shop")
    assert type(caught.value) is kind


def test_a_bucket_in_another_region_is_read_there(gateway: Gateway, backend: Backend) -> None:
    """S3 answers with the bucket's Region, and botocore asks again, signed for that one."""

    def elsewhere(request: Request) -> Response:
        response = error_response(request, 301, "PermanentRedirect", "Please use another endpoint")
        return Response(301, response.body, {**response.headers, "x-amz-bucket-region": "eu-west-1"})

    block = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"
    backend.answers = [elsewhere, lambda request: Response(200, block, {"content-type": "application/xml"})]

    answer = account_of(gateway).read("s3", "GetPublicAccessBlock", Bucket="archive")

    assert answer == {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
    assert [request.region for request in backend.asked] == ["us-east-1", "eu-west-1"]


def test_a_field_that_aws_always_tells_makes_an_answer_unusable_when_it_is_missing(gateway: Gateway) -> None:
    answer = account_of(gateway).read("dynamodb", "DescribeTable", TableName="orders")

    assert answer["Table"].get("TableStatus") is None
    with pytest.raises(Unreachable, match="IncompleteAnswer: the answer lacks the field TableStatus"):
        answer["Table"]["TableStatus"]


def test_a_read_that_was_stopped_is_no_reading(gateway: Gateway, backend: Backend) -> None:
    class StoppedClock(FakeClock):
        def wait(self, seconds: float) -> None:
            raise Interrupted

    backend.answers = [refuse(400, "ThrottlingException")]
    account = account_of(gateway, StoppedClock())

    with pytest.raises(Interrupted):
        account.read("dynamodb", "DescribeTable", TableName="orders")
    assert account.readings == []
