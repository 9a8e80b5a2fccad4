"""A rig for stores: drives one in an embedded account that the reference has built, and judges it by the real lab."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from fixtures.dynamodb_ecommerce import scenario
from fixtures.dynamodb_ecommerce.data import unrelated
from harness import paths
from harness.account.session import sealed_client, sealed_session
from harness.checking.finding import Finding
from harness.checking.runner import Runner, with_prerequisites
from harness.driving.evidence import Evidence
from harness.driving.scenario_runner import ScenarioOptions, ScenarioRunner
from harness.gateway.server import Gateway
from harness.grading.options import GradeOptions
from harness.submission.provisioning import environment
from harness.targets.dynamodb.tables import Items
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from harness.targets.target import Target, TargetKind, TargetOptions
from tests.accounts import account_of, lab, reference_account
from tests.support import ROOT, FakeClock

LAB = "dynamodb_ecommerce"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = "ecommerce-student"


@dataclass
class Rig:
    """An account with the reference's table, which is emptied before each store is tried."""

    gateway: Gateway
    embedded: EmbeddedAccount

    def evidence_of(self, store: Path, seed: int = 7) -> Evidence:
        """What the lab's scenario gathers of that file."""
        findings, evidence = self._run(store, seed)
        assert evidence is not None, findings
        return evidence

    def findings_of(self, store: Path, seed: int = 7, now: datetime = NOW) -> dict[str, Finding]:
        """What the lab's checks of its code say, by their ids. A store that looks at the clock needs the real time."""
        return self._run(store, seed, now)[0]

    def of_a_task(self, store: Path, task_id: str) -> tuple[dict[str, Finding], Evidence | None]:
        """What the checks of one task say of its code, by their ids, and what was gathered for them."""
        return self._run(store, 7, task_id=task_id)

    def _run(
        self, store: Path, seed: int, now: datetime = NOW, task_id: str | None = None
    ) -> tuple[dict[str, Finding], Evidence | None]:
        self._empty()
        definition = lab()
        chosen = definition.checks if task_id is None else definition.task(task_id).checks
        of_code = [spec for spec in chosen if spec.driven is not None]
        account = account_of(self.gateway, FakeClock())
        account.account_id = ACCOUNT_ID
        target = Target(TargetKind.EMBEDDED, "us-east-1", self.gateway, account, self.embedded, ACCOUNT_ID, "")
        options = ScenarioOptions(
            folder=store.parent,
            environment=environment(self.gateway.url, "us-east-1", "student", definition.names),
            started=now,
            timeout_seconds=GradeOptions(LAB).timeout_seconds,
            target=TargetOptions(),
            seed=seed,
        )
        driving = ScenarioRunner(options, target, FakeClock(), lambda line: None)
        runner = Runner(with_prerequisites(definition.checks, of_code), account, FakeClock())
        wanted = {spec.finding_id for spec in of_code}
        with mock.patch.object(scenario, "unrelated", functools.partial(unrelated, times=1)):  # to be quicker
            findings = {one.id: one for one in runner.run(None, driving.gather) if one.id in wanted}
        evidence = driving.evidence.get("store")
        return findings, evidence if isinstance(evidence, Evidence) else None

    def _empty(self) -> None:
        from moto.dynamodb.models import dynamodb_backends

        tables: dict[str, Any] = dynamodb_backends[ACCOUNT_ID]["us-east-1"].tables
        for name in [name for name in tables if name != TABLE]:
            del tables[name]
        tables[TABLE].items = Items()


@contextmanager
def rig() -> Iterator[Rig]:
    """A rig, for as many stores as you like."""
    with reference_account() as gateway:
        assert isinstance(gateway.backend, EmbeddedAccount)
        yield Rig(gateway, gateway.backend)


@contextmanager
def rig_of(design: Path) -> Iterator[Rig]:
    """A rig whose account holds nothing but the table of a design."""
    told = json.loads((design / "table.json").read_text("utf-8"))
    embedded = EmbeddedAccount(lambda: 0.0)
    embedded.load()
    with Gateway(embedded, reads_only=False) as gateway:
        client: Any = sealed_client(
            sealed_session(),
            "dynamodb",
            region="us-east-1",
            endpoint_url=gateway.url,
            credentials=gateway.credentials("submission"),
        )
        client.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST", **told["table"])
        expiry = {"Enabled": True, "AttributeName": told["expires"]}
        client.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=expiry)
        yield Rig(gateway, embedded)


DESIGNS = ROOT / "tests" / "labs" / LAB / "designs"


def reference_with(folder: Path, changes: Mapping[str, str], design: Path | None = None) -> Path:
    """The reference's store, or a design's, with some of its text replaced."""
    text = ((design or paths.solution(LAB)) / "store.py").read_text("utf-8")
    for before, after in changes.items():
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in the store"
        text = text.replace(before, after)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(paths.solution(LAB) / "provision.py", folder)
    (folder / "store.py").write_text(text, "utf-8")
    return folder / "store.py"
