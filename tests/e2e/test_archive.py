"""The archive's set-up and the items on the embedded account, built with boto3 as a student builds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import checks  # noqa: F401  (registers the kinds)
from harness.checking.check import REGISTRY, CheckSpec
from harness.checking.finding import Finding, Status
from harness.checking.runner import Runner
from harness.gateway.server import Gateway
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from tests.accounts import account_of
from tests.support import FakeClock

ARCHIVE = [
    ("archive.bucket", {"bucket": "archive"}),
    ("archive.private", {"bucket": "archive"}),
    ("archive.encrypted", {"bucket": "archive"}),
    ("archive.lifecycle", {"bucket": "archive", "prefix": "orders/"}),
    ("archive.database", {"database": "shop"}),
    ("archive.workgroup", {"workgroup": "shop"}),
    ("archive.query", {"workgroup": "shop", "database": "shop"}),
]


class Embedded:
    """An embedded account, and what a student and the harness do with it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        credentials = gateway.credentials("submission")
        self._session = boto3.Session(
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            region_name="us-east-1",
        )

    def client(self, service: str) -> Any:
        session: Any = self._session
        return session.client(service, endpoint_url=self.gateway.url)

    def judge(self, kind: str, **parameters: Any) -> Finding:
        spec = CheckSpec("check", "task", REGISTRY[kind], 10, (), parameters)
        account = account_of(self.gateway)
        account.account_id = ACCOUNT_ID
        [finding] = Runner([spec], account, FakeClock()).run()
        return finding

    def judge_archive(self) -> dict[str, Finding]:
        return {kind: self.judge(kind, **parameters) for kind, parameters in ARCHIVE}

    def failing(self) -> set[str]:
        found = self.judge_archive()
        assert {one.status for one in found.values()} <= {Status.PASS, Status.FAIL}, found
        return {kind for kind, finding in found.items() if finding.status is Status.FAIL}


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    account = EmbeddedAccount(lambda: 0.0)
    account.load()
    with Gateway(account, reads_only=False) as gateway:
        yield Embedded(gateway)


def build(embedded: Embedded) -> None:
    """An archive as AWS makes it, with no more than must be asked for."""
    s3, athena = embedded.client("s3"), embedded.client("athena")
    s3.create_bucket(Bucket="archive")
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "orders/", "ObjectSizeGreaterThan": 1024}},
        "Transitions": [{"Days": 30, "StorageClass": "GLACIER_IR"}],
    }
    s3.put_bucket_lifecycle_configuration(Bucket="archive", LifecycleConfiguration={"Rules": [rule]})
    embedded.client("glue").create_database(DatabaseInput={"Name": "shop"})
    location = {"ResultConfiguration": {"OutputLocation": "s3://archive/results/"}}
    athena.create_work_group(Name="shop", Configuration=location)
    athena.create_named_query(
        Name="orders of a customer",
        Database="shop",
        WorkGroup="shop",
        QueryString="SELECT item.sk.s FROM orders WHERE item.pk.s = ?",
    )


def test_an_empty_account_fails_each_and_says_what_is_missing(embedded: Embedded) -> None:
    found = embedded.judge_archive()

    assert {one.status for one in found.values()} == {Status.FAIL}
    assert [one.message for one in found.values()] == [
        "This account has no bucket archive.",
        *["There is no bucket archive in us-east-1."] * 3,
        "There is no Glue database shop in us-east-1.",
        *["There is no workgroup shop in us-east-1."] * 2,
    ]
    assert not [one for one in found.values() if not (one.expected and one.actual and one.resource and one.remedy)]


def test_an_archive_as_aws_makes_it_passes(embedded: Embedded) -> None:
    build(embedded)

    assert embedded.failing() == set()


def test_each_mistake_is_noticed_by_its_own_check(embedded: Embedded) -> None:
    build(embedded)
    s3 = embedded.client("s3")

    s3.delete_public_access_block(Bucket="archive")
    assert embedded.failing() == {"archive.private"}
    s3.put_public_access_block(Bucket="archive", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert embedded.judge("archive.private", bucket="archive").actual == (
        "false: IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets"
    )
    s3.delete_bucket_encryption(Bucket="archive")
    assert embedded.judge("archive.encrypted", bucket="archive").status is Status.PASS
    assert embedded.judge("archive.encrypted", bucket="archive", algorithms=["aws:kms"]).status is Status.FAIL
    s3.delete_bucket_lifecycle(Bucket="archive")
    embedded.client("glue").delete_database(Name="shop")
    embedded.client("athena").delete_work_group(WorkGroup="shop")
    assert embedded.failing() == {kind for kind, _ in ARCHIVE} - {"archive.bucket", "archive.encrypted"}


def test_a_bucket_of_another_account_is_not_ours(embedded: Embedded) -> None:
    from moto.s3.models import s3_backends

    s3_backends["999999999999"]["aws"].create_bucket("archive", "us-east-1")

    finding = embedded.judge("archive.bucket", bucket="archive")

    assert (finding.status, finding.message) == (Status.FAIL, "This account has no bucket archive.")


def test_primary_has_no_place_for_results(embedded: Embedded) -> None:
    finding = embedded.judge("archive.workgroup", workgroup="primary")

    assert (finding.status, finding.actual) == (Status.FAIL, "no OutputLocation")


def test_more_queries_than_one_page_and_one_call_hold(embedded: Embedded) -> None:
    build(embedded)
    athena = embedded.client("athena")
    for number in range(60):
        text = "SELECT 1 FROM reviews" if number == 59 else "DROP TABLE orders"
        athena.create_named_query(Name=f"q{number}", Database="shop", WorkGroup="shop", QueryString=text)

    finding = embedded.judge("archive.query", workgroup="shop", database="shop", glue_table="reviews")

    assert (finding.status, finding.message) == (
        Status.PASS,
        "The named query q59 asks the table shop.reviews.",
    )


@pytest.fixture
def orders(embedded: Embedded) -> Any:
    """A table with 60 items, which it gives in many pages."""
    resource: Any = embedded._session
    table = resource.resource("dynamodb", endpoint_url=embedded.gateway.url).create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item({"id": f"o{number}", "customer": f"c{number % 7}", "note": "x" * 100, "tags": {"b", "a"}})
    return table


def test_items_are_read_through_all_pages(embedded: Embedded, orders: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.targets.dynamodb.reads.PAGE_BYTES", 1500)

    assert embedded.judge("items.count", table="orders", minimum=60).status is Status.PASS
    assert embedded.judge("items.count", table="orders", minimum=61).actual == "60 of 60 items"
    assert embedded.judge("items.distinct", table="orders", attribute="customer", minimum=7).status is Status.PASS
    schema = {"properties": {"tags": {"const": ["a", "b"]}, "note": {"minLength": 100}}}
    assert embedded.judge("items.shape", table="orders", schema=schema).status is Status.PASS
    scans = [one for one in embedded.gateway.records if one.operation == "Scan"]
    assert len(scans) > 4 * 4
