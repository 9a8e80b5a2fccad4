"""Targets: AWS means AWS, whatever this machine's settings say, and AWS is never written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from harness.targets.target import TargetOptions, _AwsEndpoints, open_target
from harness.usage import UsageError
from tests.support import FakeClock


def test_settings_that_point_elsewhere_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://127.0.0.1:9/config\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9/every")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9/one")

    endpoints = _AwsEndpoints(Session())

    assert endpoints("dynamodb", "eu-west-1") == "https://dynamodb.eu-west-1.amazonaws.com"
    assert endpoints("sts", "eu-west-1") == "https://sts.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "https://dynamodb.eu-central-1.api.aws",
        "https://dynamodb.cn-north-1.amazonaws.com.cn",
        "https://123456789012.ddb.eu-central-1.amazonaws.com/",
        "https://dynamodb.eusc-de-east-1.amazonaws.eu",
        "https://dynamodb.us-iso-east-1.c2s.ic.gov",
        "https://dynamodb.cn-north-1.api.amazonwebservices.com.cn",
    ],
)
def test_aws_itself_is_never_provisioned(url: str) -> None:
    options = TargetOptions(endpoint_url=url, provision=True)

    with (
        pytest.raises(UsageError, match="--provision writes, and AWS is read-only here"),
        open_target(options, FakeClock()),
    ):
        pytest.fail("it was opened")


def test_the_embedded_account_has_the_regions_that_aws_has() -> None:
    with (
        pytest.raises(
            UsageError, match=r"^--region eu-centrl-1: AWS does not have this Region\. Did you mean 'eu-central-1'\?$"
        ),
        open_target(TargetOptions(region="eu-centrl-1"), FakeClock()),
    ):
        pytest.fail("it was opened")


def test_another_endpoint_may_have_newer_ones() -> None:
    with open_target(TargetOptions(region="ap-nope-9", endpoint_url="http://127.0.0.1:9"), FakeClock()) as target:
        assert target.region == "ap-nope-9"
