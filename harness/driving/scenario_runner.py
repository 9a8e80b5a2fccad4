"""Drives a submission's code on a target for the probes of one run: with which data, as whom, and whether it may."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from harness.account.errors import ReadError
from harness.checking.check import CheckSpec, NotAllowed
from harness.clock import Clock
from harness.driving.evidence import Evidence
from harness.driving.journal import Place, counted, kept, remove, try_removal
from harness.driving.session import DrivingSession, NotStarted, Setting
from harness.driving.write_guard import Key, WriteGuard, read_item
from harness.labs.definition import Lab
from harness.submission.provisioning import STORE, Submission, environment
from harness.targets.target import Target, TargetKind
from harness.usage import UsageError

if TYPE_CHECKING:
    from harness.grading.grade import GradeOptions

SEEDS = 1_000_000
"""A seed is below it: short enough to be typed."""


def _new_key(kinds: Mapping[str, str]) -> Key:
    """A key that no item has, by the types of its attributes."""
    token = secrets.token_hex(14)  # as a number no longer than DynamoDB takes, and sound base64
    attributes = {name: {kind: str(int(token, 16)) if kind == "N" else token} for name, kind in kinds.items()}
    return WriteGuard("", tuple(kinds)).key_of(attributes)


class ScenarioRunner:
    """The probes of one run. `evidence` holds what has been gathered, by the probes' names; or why nothing could be."""

    def __init__(
        self,
        options: GradeOptions,
        submission: Submission,
        target: Target,
        lab: Lab,
        started: datetime,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self.seed = secrets.randbelow(SEEDS) if options.seed is None else options.seed
        self.evidence: dict[str, Evidence | str] = {}
        self._options = options
        self._submission = submission
        self._target = target
        self._lab = lab
        self._started = started
        self._clock = clock
        self._progress = progress

    def gather(self, specs: Sequence[CheckSpec]) -> Evidence:
        """Lets the probe of some checks gather their evidence.

        Raises:
            NotAllowed: nothing may be written on this target, or there is no code.
            ReadError: what the probe must know of the table cannot be read.
        """
        spec = specs[0]
        if spec.check.probe is None:
            raise ValueError(f"{spec.check.kind} has no probe")
        name, probe, table = spec.check.probe.__name__, spec.check.probe, spec.parameters["table"]
        reason = self._reason_against()
        if reason is not None:
            self.evidence[name] = reason
            raise NotAllowed(reason)
        self._progress(f"driving {STORE}, with the data of seed {self.seed}")
        description = self._target.account.read("dynamodb", "DescribeTable", TableName=table)["Table"]
        key_names = tuple(part["AttributeName"] for part in description["KeySchema"])
        arn = description["TableArn"]

        def drive(ledger: WriteGuard, prefix: str) -> Evidence:
            phases = {phase for one in specs for phase in one.check.phases}
            bench = DrivingSession(
                self._setting(prefix, phases), self._target, table, ledger, self._clock, self._progress
            )
            with suppress(NotStarted):  # the evidence says so
                probe(bench, table, self._lab.names.get("archive_bucket", ""), self._expiry_attribute(table))
            return bench.evidence

        if self._target.kind is TargetKind.EMBEDDED:
            evidence = drive(WriteGuard(table, key_names, arn=arn), "")
        else:
            kinds = {one["AttributeName"]: one["AttributeType"] for one in description["AttributeDefinitions"]}
            evidence = self._drive_and_remove(drive, table, {name: kinds[name] for name in key_names}, arn)
        self.evidence[name] = evidence
        return evidence

    def _reason_against(self) -> str | None:
        """Why no code may be driven; None where it may."""
        kind = self._target.kind
        if kind is not TargetKind.EMBEDDED and not self._options.target.allow_writes:
            return (
                "No code was driven: on this target, what lies in the account is graded by reads alone. --allow-writes "
                f"lets {STORE} be tried, with data of its own that is removed afterwards."
            )
        if kind is TargetKind.LIVE and not self._target.account_id:
            return (
                "No code was driven: it could not be found out whose account this is, so that what a stopped run leaves "
                "could not be removed later. See why with: aws sts get-caller-identity; then run again."
            )
        return None

    def _setting(self, prefix: str, phases: Collection[str]) -> Setting:
        target, folder = self._target, self._submission.folder
        if folder is None:
            raise ValueError("an account has no code")
        return Setting(
            folder=folder,
            environment=environment(target.gateway.url, target.region, self._options.student_id, self._lab.told),
            seed=self.seed,
            now=self._started,
            prefix=prefix,
            phases=phases,
            timeout_seconds=self._options.timeout_seconds,
        )

    def _drive_and_remove(
        self, drive: Callable[[WriteGuard, str], Evidence], table: str, key_kinds: Mapping[str, str], arn: str
    ) -> Evidence:
        """Drives code on a table that somebody keeps: what it writes is removed again, and was not there before.

        Raises:
            ReadError: neither can be made sure of with these credentials; nothing was written.
        """
        prefix = f"run{secrets.token_hex(4)}-"
        options = self._options.target
        place = Place(
            endpoint_url=options.endpoint_url or "",
            profile=options.profile or "",
            region=self._target.region,
            account_id=self._target.account_id,
            table=table,
            key_names=tuple(key_kinds),
        )
        nobodys = _new_key(key_kinds)
        read_item(self._target.account, table, nobodys)
        try_removal(place, nobodys, self._target, self._clock)
        with kept(place) as journal:

            def guard(key: Key) -> str | None:
                problem = self._problem_with(table, key) if prefix not in key else None
                if problem is None:
                    journal.note(key)
                return problem

            try:
                return drive(WriteGuard(table, place.key_names, guard, region=self._target.region, arn=arn), prefix)
            finally:
                self._progress(f"removing {counted(len(journal.keys))} from {table}")
                try:
                    remove(journal, self._target, self._clock)
                except UsageError as error:  # what was found out by then is told all the same
                    self._progress(str(error))
                except BaseException:
                    self._progress(
                        f"the removal was cut short: {counted(len(journal.keys))} may still be in {table}. To remove "
                        "what is left, type: python validate_tasks.py sweep"
                    )
                    raise

    def _problem_with(self, table: str, key: Key) -> str | None:
        """Why an item is not the run's own to write; None where it is."""
        try:
            found = read_item(self._target.account, table, key)
            return f"the item {key} was there before" if found is not None else None
        except ReadError as error:
            return f"whether the item {key} was there before cannot be read ({error.code})"

    def _expiry_attribute(self, table: str) -> str | None:
        """The table's attribute for time to live; None where it is not enabled, or nobody tells."""
        try:
            told = self._target.account.read("dynamodb", "DescribeTimeToLive", TableName=table)
        except ReadError:
            return None
        description = told["TimeToLiveDescription"]
        return description.get("AttributeName") if description["TimeToLiveStatus"] == "ENABLED" else None
