"""Calls a submission's code on a target, so that the labs' scenarios can gather evidence, if that is allowed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness import paths
from harness.account.errors import NotFound, ReadError
from harness.clock import Clock
from harness.driving.evidence import Evidence, NoEvidence
from harness.driving.journal import Place, kept, remove, try_removal
from harness.driving.keys import Key, key_text
from harness.driving.scenario import Driven
from harness.driving.session import DrivingOptions, DrivingSession, NotStarted
from harness.driving.write_guard import GuardedTable, WriteGuard, read_item
from harness.targets.target import Target, TargetKind, TargetOptions
from harness.usage import UsageError, counted

SEEDS = 1_000_000
"""A seed is smaller than this, so that it is short enough to type."""


def _new_key(kinds: Mapping[str, str]) -> Key:
    """A key that no item has, with the types of its attributes."""
    token = secrets.token_hex(14)  # as a number no longer than DynamoDB accepts, and valid base64
    attributes = {name: {kind: str(int(token, 16)) if kind == "N" else token} for name, kind in kinds.items()}
    return key_text(tuple(kinds), attributes)


@dataclass(frozen=True, slots=True)
class ScenarioOptions:
    """What all scenarios of a run share: the submission's folder, the environment of its code without credentials, the
    start of the run (in UTC), how long the calls of each scenario may take (without the target's answers), the target
    as the user chose it, and the seed of the data (None: a new one each time)."""

    folder: Path | None
    environment: Mapping[str, str]
    started: datetime
    timeout_seconds: float
    target: TargetOptions
    seed: int | None = None


class ScenarioRunner:
    """The scenarios of one run. `evidence` holds what was gathered for each driven code, or why nothing could be."""

    def __init__(self, options: ScenarioOptions, target: Target, clock: Clock, progress: Callable[[str], None]) -> None:
        self.seed = secrets.randbelow(SEEDS) if options.seed is None else options.seed
        self.evidence: dict[str, Evidence | str] = {}
        self._options = options
        self._target = target
        self._clock = clock
        self._progress = progress

    def gather(self, driven: Driven, phases: Collection[str]) -> Evidence:
        """Makes a scenario gather its evidence.

        Args:
            phases: the phases that are judged.

        Raises:
            NoEvidence: nothing may be written on this target.
            ReadError: what must be known about the tables cannot be read.
        """
        reason = self._reason_against(driven)
        if reason is not None:
            self.evidence[driven.name] = reason
            raise NoEvidence(reason)
        self._progress(f"calling {driven.file}, with the data of seed {self.seed}")
        with ExitStack() as stack:
            if self._target.embedded is not None:
                stack.enter_context(self._target.embedded.emptied(self._target.region, driven.tables))
                prefix = ""
                tables = [self._guarded(one) for one in self._described(driven)]
            else:
                prefix = f"run{secrets.token_hex(4)}-"
                tables = [stack.enter_context(self._removed_again(one, prefix)) for one in self._described(driven)]
            session = DrivingSession(
                driven,
                self._driving_options(prefix, phases),
                self._target,
                WriteGuard(*tables, strict=self._target.embedded is None),
                self._clock,
                self._progress,
            )
            with suppress(NotStarted):  # the evidence says so
                driven.scenario.gather(session)
        self.evidence[driven.name] = session.evidence
        return session.evidence

    def _described(self, driven: Driven) -> list[Mapping[str, Any]]:
        """The descriptions of those of its tables that exist; the code may create others."""
        described = []
        for name in driven.tables:
            with suppress(NotFound):
                described.append(self._target.account.read("dynamodb", "DescribeTable", TableName=name)["Table"])
        return described

    def _reason_against(self, driven: Driven) -> str | None:
        """Why the code may not be called; None if it may."""
        kind = self._target.kind
        if kind is not TargetKind.EMBEDDED and not self._options.target.allow_writes:
            return (
                "No code was called: on this target, what is in the account is graded with reads only. With "
                f"--allow-writes, {driven.file} is tried, with data of its own that is removed afterwards."
            )
        if kind is TargetKind.LIVE and not self._target.account_id:
            return (
                "No code was called: the account of these credentials is unknown, so what a stopped run leaves behind "
                "could not be removed later. See why with: aws sts get-caller-identity; then run again."
            )
        return None

    def _driving_options(self, prefix: str, phases: Collection[str]) -> DrivingOptions:
        if self._options.folder is None:
            raise ValueError("an account has no code")
        return DrivingOptions(
            folder=self._options.folder,
            environment=self._options.environment,
            seed=self.seed,
            now=self._options.started,
            prefix=prefix,
            phases=phases,
            timeout_seconds=self._options.timeout_seconds,
        )

    def _guarded(self, description: Mapping[str, Any]) -> GuardedTable:
        """A table of an account that is thrown away afterwards."""
        return GuardedTable(description["TableName"], _key_names(description), arn=description["TableArn"])

    @contextmanager
    def _removed_again(self, description: Mapping[str, Any], prefix: str) -> Iterator[GuardedTable]:
        """A table that somebody keeps. Only new items are written to it, and they are removed again.

        Raises:
            ReadError: these credentials cannot guarantee that. Nothing was written.
        """
        options = self._options.target
        table = description["TableName"]
        kinds = {one["AttributeName"]: one["AttributeType"] for one in description["AttributeDefinitions"]}
        place = Place(
            endpoint_url=options.endpoint_url or "",
            profile=options.profile or "",
            region=self._target.region,
            account_id=self._target.account_id,
            table=table,
            key_names=_key_names(description),
        )
        nobodys = _new_key({name: kinds[name] for name in place.key_names})
        read_item(self._target.account, table, nobodys)
        try_removal(place, nobodys, self._target, self._clock)
        with kept(place) as journal:

            def may_write(key: Key) -> str | None:
                problem = self._problem_with(table, key) if prefix not in key else None
                if problem is None:
                    journal.note(key)
                return problem

            try:
                yield GuardedTable(
                    table, place.key_names, may_write, region=self._target.region, arn=description["TableArn"]
                )
            finally:
                self._progress(f"removing {counted(len(journal.keys), 'item')} from {table}")
                try:
                    remove(journal, self._target, self._clock)
                except UsageError as error:  # what was found out by then is still reported
                    self._progress(str(error))
                except BaseException:
                    self._progress(
                        f"the removal was interrupted: {counted(len(journal.keys), 'item')} may still be in {table}. To remove "
                        f"the rest, type: {paths.PROGRAM} sweep"
                    )
                    raise

    def _problem_with(self, table: str, key: Key) -> str | None:
        """Why the run may not write an item; None if it may."""
        try:
            found = read_item(self._target.account, table, key)
            return f"the item {key} already existed" if found is not None else None
        except ReadError as error:
            return f"it is unknown whether the item {key} already existed ({error.code})"


def _key_names(description: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in description["KeySchema"])
