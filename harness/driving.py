"""Drives a submission's code on a target for the probes of one run: with which data, as whom, and whether it may."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from harness.assessment import Assessment, CheckSpec
from harness.aws.errors import ReadError
from harness.aws.ledger import Ledger
from harness.aws.target import Target
from harness.check import NotAllowed
from harness.probe import Bench, Setting
from harness.submission import STORE, Submission, environment
from harness.transcript import Transcript

if TYPE_CHECKING:
    from harness.grade import GradeOptions

SEEDS = 1_000_000
"""A seed is below it: short enough to be typed."""


def probe_name(spec: CheckSpec) -> str:
    """The name of the probe that a check is judged by."""
    if spec.check.probe is None:
        raise ValueError(f"{spec.check.kind} has no probe")
    return spec.check.probe.__name__


class Driving:
    """The probes of one run. `transcripts` holds what has been gathered, by the probes' names; or why nothing could be."""

    def __init__(
        self,
        options: GradeOptions,
        submission: Submission,
        target: Target,
        lab: Assessment,
        started: datetime,
        progress: Callable[[str], None],
    ) -> None:
        self.seed = secrets.randbelow(SEEDS) if options.seed is None else options.seed
        self.transcripts: dict[str, Transcript | str] = {}
        self._options = options
        self._submission = submission
        self._target = target
        self._lab = lab
        self._started = started
        self._progress = progress

    def gather(self, spec: CheckSpec) -> Transcript:
        """Lets the probe of a check gather its evidence.

        Raises:
            NotAllowed: nothing may be written on this target, or there is no code.
            ReadError: what the probe must know of the table cannot be read.
        """
        if spec.check.probe is None:
            raise ValueError(f"{spec.check.kind} has no probe")
        name = spec.check.probe.__name__
        folder = self._submission.folder
        if folder is None:
            reason = "No code was driven: on this target, what lies in the account is graded."
            self.transcripts[name] = reason
            raise NotAllowed(reason)
        self._progress(f"driving {STORE}, with the data of seed {self.seed}")
        table = spec.parameters["table"]
        account = self._target.account
        description = account.read("dynamodb", "DescribeTable", TableName=table)["Table"]
        ledger = Ledger(table, [part["AttributeName"] for part in description["KeySchema"]])
        setting = Setting(
            folder=folder,
            names=self._lab.names,
            environment=environment(
                self._target.gateway.url, self._target.region, self._options.student_id, self._lab.names
            ),
            seed=self.seed,
            now=self._started,
            prefix="",
            timeout_seconds=self._options.timeout_seconds,
        )
        bench = Bench(setting, self._target, table, ledger)
        spec.check.probe(bench, table, self._lab.names.get("archive_bucket", ""), self._expiry_attribute(table))
        self.transcripts[name] = bench.transcript
        return bench.transcript

    def _expiry_attribute(self, table: str) -> str | None:
        """The table's attribute for time to live; None where it is not enabled, or nobody tells."""
        try:
            told = self._target.account.read("dynamodb", "DescribeTimeToLive", TableName=table)
        except ReadError:
            return None
        description = told["TimeToLiveDescription"]
        return description.get("AttributeName") if description["TimeToLiveStatus"] == "ENABLED" else None
