"""Runs checks in the order of their prerequisites and turns what they raise into findings.

The rows of the Verdicts table are here: this is the only place where an exception becomes a status.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from harness.account.errors import (
    GAP_STATUS,
    Denied,
    NotAllowedHere,
    NotFound,
    NotImplementedByTarget,
    NotOnTape,
    ReadError,
    Throttled,
)
from harness.account.reading import Reader, ReadKey, Source, called
from harness.checking.check import (
    CheckSpec,
    Context,
    Failed,
    NotAllowed,
    Outcome,
    Passed,
    Pending,
    Undetermined,
    Unsupported,
    UsedGap,
)
from harness.checking.finding import Finding, Reason, Status
from harness.clock import Clock, Interrupted
from harness.driving.evidence import Evidence
from harness.submission.provisioning import BUILD_OTHERWISE, PROVISIONED, RUN_AGAIN, Provisioning
from harness.usage import UsageError

CONCURRENT_CHECKS = 8
SECONDS_BETWEEN_LOOKS = 3.0

OUTCOMES: Mapping[type[Outcome], tuple[Status, Reason | None]] = {
    Failed: (Status.FAIL, None),
    Pending: (Status.ERROR, Reason.PENDING),
    Unsupported: (Status.SKIP, Reason.UNSUPPORTED),
    UsedGap: (Status.ERROR, Reason.UNSUPPORTED),
    NotAllowed: (Status.SKIP, Reason.NOT_ALLOWED),
    Undetermined: (Status.ERROR, Reason.UNREACHABLE),
}
"""What it means that a check raises one of these."""

Gather = Callable[[Sequence[CheckSpec]], Evidence]
"""Gathers the evidence that some checks' probe is for; raises what each would, where that cannot be."""


def _gather_nothing(specs: Sequence[CheckSpec]) -> Evidence:
    raise NotAllowed(f"No code was driven for {specs[0].finding_id}: what lies in the account is graded.")


@dataclass(frozen=True, slots=True)
class _Judged:
    finding: Finding
    reads: frozenset[ReadKey]


class Runner:
    """Judges the checks of one run. `findings` holds what has been found so far, also when it is interrupted."""

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        account: Source,
        clock: Clock,
        *,
        wait_seconds: float = 0.0,
        concurrent_checks: int = CONCURRENT_CHECKS,
        known: Mapping[str, Finding] | None = None,
        progress: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Args:
        specs: the checks, with every prerequisite of each among them.
        wait_seconds: how long to wait for what is still changing.
        concurrent_checks: how many threads judge; 1 means none but the caller's, for facts that are at hand.
        known: findings, by the checks' ids, that hold unless what the check needs does not.
        progress: is told, in words, what the run waits for.
        """
        self._known = known or {}
        self._gathered: dict[Callable[..., None], Evidence | Exception] = {}
        self._specs = {spec.id: spec for spec in specs}
        self._account = account
        self._clock = clock
        self._provisioning: Provisioning | None = None
        self._wait_seconds = wait_seconds
        self._concurrent_checks = concurrent_checks
        self._progress = progress
        self._judged: dict[str, _Judged] = {}

    @property
    def findings(self) -> list[Finding]:
        """One finding a check, in the order of the definition. A check that was not reached is undecided."""
        return [
            self._judged[spec.id].finding
            if spec.id in self._judged
            else _finding(spec, Status.ERROR, "The run was stopped before this was judged.", Reason.INTERRUPTED)
            for spec in self._specs.values()
        ]

    def reads(self, finding_id: str) -> frozenset[ReadKey]:
        """What the check behind a finding read."""
        return next(one.reads for one in self._judged.values() if one.finding.id == finding_id)

    def run(self, provisioning: Provisioning | None = None, gather: Gather = _gather_nothing) -> list[Finding]:
        """Judges everything; looks again at what is still changing until the time for that is over.

        Looking again repeats all checks: they only judge facts, and facts that are not asked for anew are kept.
        Checks with a probe come last, when the account is what the probe may rest on.
        """
        self._provisioning = provisioning
        deadline = self._clock.now() + self._wait_seconds
        probing: set[str] = set()
        for check_id in TopologicalSorter({spec.id: spec.needs for spec in self._specs.values()}).static_order():
            if self._specs[check_id].check.probe or probing & set(self._specs[check_id].needs):
                probing.add(check_id)
        self._settle([spec for spec in self._specs.values() if spec.id not in probing], deadline)
        behind = [spec for spec in self._specs.values() if spec.id in probing]
        self._gather(behind, gather)
        self._settle([self._specs[spec.id] for spec in behind], deadline)
        return self.findings

    def _settle(self, specs: Sequence[CheckSpec], deadline: float) -> None:
        while specs:
            self._judge_all(specs)
            pending = [self._judged[spec.id] for spec in specs]
            pending = [one for one in pending if one.finding.reason is Reason.PENDING]
            left = deadline - self._clock.now()
            if not pending or left <= 0:
                return
            self._progress(f"waiting, {left:.0f} s at most: {pending[0].finding.message}")
            self._clock.wait(min(SECONDS_BETWEEN_LOOKS, left))
            self._account.forget(key for one in pending for key in one.reads)

    def _gather(self, specs: Sequence[CheckSpec], gather: Gather) -> None:
        """Lets each probe gather its evidence once, where a check wants it."""
        wanting: dict[Callable[..., None], list[CheckSpec]] = {}
        for spec in specs:
            if spec.check.probe is not None and spec.id not in self._known and not self._is_hopeless(spec):
                wanting.setdefault(spec.check.probe, []).append(spec)
        for probe, those in wanting.items():
            try:
                evidence = gather(those)
                self._gathered[probe] = evidence
                if evidence.failed_start is not None:
                    self._tell_once(those)
            except (Interrupted, UsageError):
                raise
            except Exception as error:  # noqa: BLE001  (each check that wants the evidence raises it again)
                self._gathered[probe] = error

    def _tell_once(self, specs: Sequence[CheckSpec]) -> None:
        """Lets one check say why the submission's code cannot be started: the others need what it needs."""
        ids = {spec.id for spec in specs}
        first = next(spec for spec in specs if not self._rests_on(spec, ids))
        for spec in specs:
            if spec is not first:
                self._specs[spec.id] = replace(spec, needs=(*spec.needs, first.id))

    def _rests_on(self, spec: CheckSpec, ids: Collection[str]) -> bool:
        """Whether a check needs one of these, or something that does."""
        return bool([need for need in spec.needs if need in ids or self._rests_on(self._specs[need], ids)])

    def _is_hopeless(self, spec: CheckSpec) -> bool:
        """Whether a check will not be judged, because what it needs does not hold, or will not be judged itself."""
        judged = [self._judged[need].finding for need in spec.needs if need in self._judged]
        waiting = [self._specs[need] for need in spec.needs if need not in self._judged]
        return _blocked(spec, judged) is not None or bool([one for one in waiting if self._is_hopeless(one)])

    def _transcript(self, spec: CheckSpec) -> Evidence:
        found = self._gathered.get(spec.check.probe) if spec.check.probe else None
        if isinstance(found, Exception):
            raise found
        if found is None:
            raise RuntimeError(f"no evidence was gathered for {spec.finding_id}")
        return found

    def _judge_all(self, specs: Sequence[CheckSpec]) -> None:
        ids = {spec.id for spec in specs}
        order: TopologicalSorter[str] = TopologicalSorter({spec.id: ids & set(spec.needs) for spec in specs})
        if self._concurrent_checks == 1:
            for check_id in order.static_order():
                self._judge(self._specs[check_id])
            return
        order.prepare()
        executor = ThreadPoolExecutor(self._concurrent_checks)
        try:
            while order.is_active():
                ready = order.get_ready()
                list(executor.map(self._judge, [self._specs[check_id] for check_id in ready]))
                order.done(*ready)
        finally:  # when the run is stopped, a check that waits for an answer must not hold up what has been found
            executor.shutdown(wait=False, cancel_futures=True)

    def _judge(self, spec: CheckSpec) -> None:
        """Judges one check, when those that it needs have been judged in this round."""
        blocked = _blocked(spec, (self._judged[need].finding for need in spec.needs))
        if blocked is not None:
            self._judged[spec.id] = _Judged(blocked, frozenset())
            return
        if spec.id in self._known:
            self._judged[spec.id] = _Judged(self._known[spec.id], frozenset())
            return
        reader = Reader(self._account, spec.region)
        started = self._clock.now()
        finding = self._call(spec, Context(reader, self._provisioning, lambda: self._transcript(spec)))
        finding = self._unless_unanswered(finding, {service for service, *_ in reader.keys})
        seconds = self._clock.now() - started
        self._judged[spec.id] = _Judged(
            replace(finding, seconds=seconds) if seconds else finding, frozenset(reader.keys)
        )

    def _unless_unanswered(self, finding: Finding, services: Collection[str]) -> Finding:
        """A finding, but not that something is wrong where it may be wrong for the reason alone that the target did not
        answer the script as AWS would: it ended the script, or the script went on without what the request would have
        built.

        Args:
            services: those that the check read.
        """
        run = self._provisioning
        if run is None or finding.status is not Status.FAIL:
            return finding
        ended_by = run.ended_by
        concerned = [one for one in run.unanswered if one.service in (*services, "cloudformation")]
        if ended_by is None and not concerned:
            return finding
        request = ended_by or concerned[0]
        lacking = request.status == GAP_STATUS
        then = "at which the script ended" if ended_by else "and what it would have built may be what is missing"
        return replace(
            finding,
            status=Status.ERROR,
            reason=Reason.UNSUPPORTED if lacking else Reason.UNREACHABLE,
            message=f"Not decided. {request.shortfall}, {then}. So far: {finding.message}",
            remedy=BUILD_OTHERWISE if lacking else RUN_AGAIN,
            waits_for=self._script_finding if ended_by and finding.id != self._script_finding else "",
        )

    @property
    def _script_finding(self) -> str:
        """The id of the finding that tells how the script ended; empty where nobody asks."""
        return next((one.finding_id for one in self._specs.values() if one.check.kind == PROVISIONED), "")

    def _call(self, spec: CheckSpec, context: Context) -> Finding:
        try:
            evidence = spec.check.function(context, **spec.parameters)
        except tuple(OUTCOMES) as outcome:
            return _outcome(spec, outcome)
        except ReadError as error:
            return _read_error(spec, error, context.account.region)
        except Interrupted:
            raise
        except (Exception, SystemExit):  # noqa: BLE001  (the finding shows it)
            return _crashed(spec)
        if not isinstance(evidence, Passed):
            return _finding(
                spec,
                Status.ERROR,
                f"The check {spec.check.kind} returned no evidence. This is a fault of the harness.",
                Reason.CRASHED,
            )
        return _finding(spec, Status.PASS, evidence.message, actual=evidence.actual, resource=evidence.resource)


def with_prerequisites(specs: Iterable[CheckSpec], chosen: Iterable[CheckSpec]) -> list[CheckSpec]:
    """The chosen checks and everything they need, in the order of `specs`."""
    by_id = {spec.id: spec for spec in specs}
    wanted = [spec.id for spec in chosen]
    for check_id in wanted:
        wanted += [need for need in by_id[check_id].needs if need not in wanted]
    return [spec for spec in by_id.values() if spec.id in wanted]


def _finding(
    spec: CheckSpec,
    status: Status,
    message: str,
    reason: Reason | None = None,
    *,
    expected: str = "",
    actual: str = "",
    resource: str = "",
    remedy: str = "",
    detail: str = "",
    file: str = "",
    line: int = 0,
    waits_for: str = "",
) -> Finding:
    return Finding(
        id=spec.finding_id,
        check=spec.check.kind,
        status=status,
        message=message,
        points=spec.points,
        reason=reason,
        expected=expected,
        actual=actual,
        resource=resource,
        remedy=remedy,
        detail=detail,
        file=file,
        line=line,
        waits_for=waits_for,
    )


def _outcome(spec: CheckSpec, outcome: Outcome) -> Finding:
    status, reason = OUTCOMES[type(outcome)]
    return _finding(
        spec,
        status,
        outcome.message,
        reason,
        expected=outcome.expected,
        actual=outcome.actual,
        resource=outcome.resource,
        remedy=outcome.remedy,
        detail=outcome.detail,
        file=outcome.file,
        line=outcome.line,
    )


def _blocked(spec: CheckSpec, needed: Iterable[Finding]) -> Finding | None:
    """What is said of a check whose prerequisites do not all hold: an error among them weighs most, and what this
    target cannot show weighs least."""
    failed = [finding for finding in needed if finding.status is not Status.PASS]
    if not failed:
        return None
    weights = (Status.ERROR, Status.FAIL, Status.SKIP)
    first = min(failed, key=lambda finding: (weights.index(finding.status), finding.not_graded))
    status = Status.ERROR if first.status is Status.ERROR else Status.SKIP
    reason: Reason | None = Reason.PREREQUISITE
    wording = "could not be decided" if status is Status.ERROR else "does not hold"
    if first.status is Status.SKIP and first.reason is not Reason.PREREQUISITE:
        reason, wording = first.reason, "was skipped"
    root = first.waits_for or first.id
    message = f"Not judged, because what it needs {wording}: {root}."
    return _finding(spec, status, message, reason, waits_for=root)


def _read_error(spec: CheckSpec, error: ReadError, region: str) -> Finding:
    """The row of the Verdicts table for a read that gave no answer in a Region."""
    what = called(error.service, error.operation, spec.region)
    said = f"{error.code}: {error.text}" if error.text else error.code
    if isinstance(error, NotFound):
        resource = error.resource or error.operation
        return _finding(
            spec,
            Status.FAIL,
            f"There is no {resource} in {region}.",
            expected=f"{resource} exists",
            actual=f"{what} answered {error.code}",
            resource=resource,
            remedy="Create it with exactly this name (names are case-sensitive), in this Region.",
        )
    if isinstance(error, NotOnTape):
        return _finding(spec, Status.SKIP, f"The answer to {what} is not on this tape.", Reason.NOT_ON_TAPE)
    if isinstance(error, NotImplementedByTarget):
        return _finding(
            spec,
            Status.SKIP,
            f"This target cannot show it: it does not implement {what}.",
            Reason.UNSUPPORTED,
            actual=said,
        )
    if isinstance(error, NotAllowedHere):
        return _finding(spec, Status.SKIP, f"Not allowed on this target: {what}.", Reason.NOT_ALLOWED, actual=said)
    if isinstance(error, Denied):
        if error.credentials_refused:
            message = f"The credentials were refused ({error.code}) when asking {what}."
            remedy = (
                "Renew the credentials (aws sso login, aws configure), check that the Region is enabled, and run again."
            )
        else:
            message = f"Access was denied to {what}: the IAM action {error.action} is missing."
            remedy = f"Allow {error.action} on {error.resource or '*'} for the identity that grades, and run again."
        return _finding(spec, Status.ERROR, message, Reason.DENIED, actual=said, resource=error.resource, remedy=remedy)
    if isinstance(error, Throttled):
        return _finding(
            spec,
            Status.ERROR,
            f"{what} was throttled until the budget for retries ran out.",
            Reason.THROTTLED,
            actual=said,
            resource=error.resource,
            remedy="Run again later, or with fewer graders at a time.",
        )
    return _finding(
        spec,
        Status.ERROR,
        f"{what} gave no usable answer.",
        Reason.UNREACHABLE,
        actual=said,
        resource=error.resource,
        remedy="Check the connection and the endpoint, and run again.",
    )


def _crashed(spec: CheckSpec) -> Finding:
    kind, value, _ = sys.exc_info()
    name = kind.__name__ if kind else "Exception"
    return _finding(
        spec,
        Status.ERROR,
        f"The check {spec.check.kind} raised {name}: {value}. This is a fault of the harness, not of the submission.",
        Reason.CRASHED,
        remedy="Please report it, with the output of --debug.",
        detail=traceback.format_exc(),
    )
