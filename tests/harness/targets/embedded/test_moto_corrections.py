"""moto's faults are corrected, and each correction is still needed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from harness.targets.embedded import moto_corrections
from tests.harness.targets.embedded import moto_behaviour
from tests.harness.targets.embedded.moto_behaviour import (
    PROBES,
    client,
    create_table,
    run,
)
from tests.support import ROOT


@pytest.fixture(autouse=True)
def corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto as the embedded account has it; its streams' endpoint as it knows it."""
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    moto_corrections.apply()


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """What the probes see of moto as it is, in a process without corrections."""
    output = subprocess.run(
        [sys.executable, Path(moto_behaviour.__file__)],
        env={"PATH": os.defpath, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout
    seen: dict[str, Any] = json.loads(output)
    return seen


def test_the_corrections_are_for_the_installed_moto() -> None:
    assert importlib.metadata.version("moto") == moto_corrections.CORRECTED_VERSION, "look at each correction again"


def test_every_correction_has_a_probe_and_a_reason() -> None:
    """Whether our engine for items is needed, docs/fidelity.md shows."""
    names = [correction.__name__ for correction in moto_corrections.CORRECTIONS]
    assert names == ["keep_items", *PROBES]
    assert [
        correction.__name__ for correction in moto_corrections.CORRECTIONS if "moto" not in (correction.__doc__ or "")
    ] == []


@pytest.mark.proof
@pytest.mark.parametrize("name", PROBES)
def test_the_fault_is_corrected(name: str) -> None:
    probe, right = PROBES[name]

    assert run(probe) == right


@pytest.mark.proof
@pytest.mark.parametrize("name", PROBES)
def test_the_correction_is_needed(name: str, plain: dict[str, Any]) -> None:
    assert plain[name] != PROBES[name][1], f"moto no longer needs the correction {name}: delete it"


@pytest.mark.proof
def test_managed_policies_are_not_loaded_before_iam_is_used() -> None:
    from moto.iam.models import iam_backends

    with mock_aws():
        create_table(client("dynamodb"))
        assert dict(iam_backends) == {}
        client("iam").list_users()
        assert len(iam_backends["123456789012"]["aws"].managed_policies) > 1_000
