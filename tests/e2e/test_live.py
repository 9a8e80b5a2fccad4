"""The live target as far as it goes without AWS: a proxy that refuses everything stands in the way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.labs.engine import LAB
from tests.support import points, run_command

NO_WAY_OUT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL", "AWS_SECRET_ACCESS_KEY": "very-secret"}


def test_without_credentials_it_says_how_to_get_them() -> None:
    run = run_command(LAB, "--live", env=NO_WAY_OUT)

    assert run.returncode == 2
    assert "No AWS credentials were found. Sign in (aws sso login, aws configure) or name a --profile." in run.stderr


def test_without_a_region_it_asks_for_one() -> None:
    run = run_command(LAB, "--live", env={**NO_WAY_OUT, **CREDENTIALS})

    assert run.returncode == 2
    assert "Choose one with --region." in run.stderr


def test_an_unknown_profile_is_a_sentence() -> None:
    run = run_command(LAB, "--live", "--profile", "nonesuch", env={**NO_WAY_OUT, **CREDENTIALS})

    assert run.returncode == 2
    assert "The AWS settings of this machine cannot be used: The config profile (nonesuch) could not be found" in (
        run.stderr
    )


def test_an_account_that_cannot_be_told_is_not_the_expected_one(tmp_path: Path) -> None:
    options = ("--live", "--region", "eu-west-1", "--expect-account", "111122223333")

    run = run_command(LAB, *options, env={**NO_WAY_OUT, **CREDENTIALS})

    assert run.returncode == 2
    assert "--expect-account 111122223333: the account of these credentials is unknown" in run.stderr


@pytest.mark.proof
def test_aws_out_of_reach_is_incomplete_and_an_endpoint_setting_is_ignored() -> None:
    environment = {**NO_WAY_OUT, **CREDENTIALS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9/elsewhere"}

    run = run_command(LAB, "--live", "--region", "eu-west-1", "--task", "schema", "--format", "json", env=environment)

    assert run.returncode == 3, run.stderr
    report = json.loads(run.stdout)
    assert (report["verdict"], report["submission"], report["stamp"]["target"]) == ("incomplete", "account", "live")
    assert (report["earned"], report["undetermined"], report["maximum"]) == (
        0,
        points("schema"),
        points("schema"),
    )
    found = {finding["id"]: finding for task in report["tasks"] for finding in task["findings"]}
    assert found["schema.table"]["reason"] == "unreachable"
    assert "proxy" in found["schema.table"]["actual"].lower()
    assert "elsewhere" not in run.stdout
    assert "very-secret" not in run.stdout + run.stderr
