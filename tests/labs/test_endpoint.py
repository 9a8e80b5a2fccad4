"""Every lab behind `--endpoint-url`, where a process of its own speaks to our embedded account: the same is found there
as without an endpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from harness import paths
from harness.audit.audit import SEED
from tests.accounts import endpoint
from tests.labs.labs import LABS, proven, reference_run
from tests.support import run_command

OPTIONS = ("--seed", str(SEED), "--format", "json")
NOT_OF_AN_ENDPOINT = ("skip", "unsupported")
"""What an endpoint cannot show, whatever the submission does, such as what happens when time passes. So less is done there:
how many requests were sent differs."""

NUMBER_OF_REQUESTS = re.compile(r"\b\d+ requests")


def graded_there(lab: str, *more: str | Path) -> CompletedProcess[str]:
    """A run of the command on an endpoint, which builds what it grades."""
    with endpoint() as url:
        options = ("--endpoint-url", url, "--provision", "--allow-writes", *OPTIONS)
        return run_command(lab, *options, *more)


def said(report: dict[str, Any]) -> dict[str, tuple[str, str | None, str]]:
    """What each finding says."""
    return {
        one["id"]: (one["status"], one["reason"], NUMBER_OF_REQUESTS.sub("… requests", one["message"]))
        for task in report["tasks"]
        for one in task["findings"]
    }


def assert_the_same(there: dict[str, Any], here: dict[str, Any]) -> None:
    """The findings of a run on an endpoint are those on the embedded account, but for what no endpoint can show."""
    assert (there["stamp"]["target"], here["stamp"]["target"]) == ("endpoint", "embedded")
    found, expected = said(there), said(here)
    assert found.keys() == expected.keys()
    unseen = {name for name, one in found.items() if one[:2] == NOT_OF_AN_ENDPOINT}
    assert {name: one for name, one in found.items() if name not in unseen} == {
        name: one for name, one in expected.items() if name not in unseen
    }
    assert len(unseen) <= len(found) / 4, unseen
    assert there["not_graded"] == sum(
        one["points"] for task in there["tasks"] for one in task["findings"] if one["id"] in unseen
    )


@pytest.mark.proof
@pytest.mark.parametrize("lab", proven(LABS))
def test_the_reference_is_judged_the_same_there(lab: str) -> None:
    there, here = graded_there(lab), reference_run(lab)

    assert (there.returncode, here.exit_code) == (0, 0), there.stdout + there.stderr
    report = json.loads(there.stdout)
    assert (report["earned"], report["undetermined"]) == (report["maximum"], 0)
    assert_the_same(report, json.loads(here.stdout))


@pytest.mark.proof
@pytest.mark.parametrize("lab", proven(LABS))
def test_the_starter_is_judged_the_same_there(lab: str) -> None:
    submission = ("--submission", paths.starter(lab))

    there, here = graded_there(lab, *submission), run_command(lab, *OPTIONS, *submission)

    assert (there.returncode, here.returncode) == (1, 1), there.stdout + there.stderr
    assert_the_same(json.loads(there.stdout), json.loads(here.stdout))
