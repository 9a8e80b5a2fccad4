"""Runs checks in the order of their prerequisites and turns what they raise into findings.

The rows of the table of verdicts are here: only here does an exception become a status.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
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
from harness.checking.finding import Finding, Reason, Statement, Status
from harness.clock import Clock, Interrupted
from harness.driving.evidence import Evidence, NoEvidence
from harness.driving.scenario import Driven
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
"""What each exception of a check means."""

STOPPED = Statement("The run was stopped before this was judged.")

Gather = Callable[[Driven, Collection[str]], Evidence]
"""Gathers the evidence of some phases for driven code. If that is impossible, raises what each of its checks would."""


def _gather_nothing(driven: Driven, phases: Collection[str]) -> Evidence:  # noqa: ARG001  (as each Gather is called)
    raise NoEvidence(f"{driven.what} was not called: on this target, what is in the account is graded.")


@dataclass(frozen=True, slots=True)
class _Judged:
    finding: Finding
    reads: frozenset[ReadKey]


class Runner:
    """Judges the checks of one run. `findings` holds what was found so far, also if the run is interrupted."""

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
        specs: the checks, with all their prerequisites.
        wait_seconds: how long to wait for what is still changing.
        concurrent_checks: how many threads judge. 1 means only the caller's thread, for facts that are already there.
        known: findings, by the checks' ids, that are valid unless a prerequisite of the check does not hold.
        progress: is called with a text that says what the run waits for.
        """
        self._known = known or {}
        self._gathered: dict[str, Evidence | Exception] = {}
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
        """One finding for each check, in the order of the definition. A check that was not reached is undecided."""
        return [
            self._judged[spec.id].finding
            if spec.id in self._judged
            else _finding(spec, Status.ERROR, STOPPED, Reason.INTERRUPTED)
            for spec in self._specs.values()
        ]

    def reads(self, finding_id: str) -> frozenset[ReadKey]:
        """What the check behind a finding read."""
        return next(one.reads for one in self._judged.values() if one.finding.id == finding_id)

    def run(self, provisioning: Provisioning | None = None, gather: Gather = _gather_nothing) -> list[Finding]:
        """Judges everything, and looks again at what is still changing until the time for that is over.

        Looking again repeats all checks: they only judge facts, and facts that did not change are kept.
        Checks of code come last, when the account is what their scenarios may depend on.
        """
        self._provisioning = provisioning
        deadline = self._clock.now() + self._wait_seconds
        of_code: set[str] = set()
        for check_id in TopologicalSorter({spec.id: spec.needs for spec in self._specs.values()}).static_order():
            if self._specs[check_id].driven or of_code & set(self._specs[check_id].needs):
                of_code.add(check_id)
        self._settle([spec for spec in self._specs.values() if spec.id not in of_code], deadline)
        behind = [spec for spec in self._specs.values() if spec.id in of_code]
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
            self._progress(f"waiting, at most {left:.0f} s: {pending[0].finding.message}")
            self._clock.wait(min(SECONDS_BETWEEN_LOOKS, left))
            self._account.forget(key for one in pending for key in one.reads)

    def _gather(self, specs: Sequence[CheckSpec], gather: Gather) -> None:
        """Gathers the evidence of each driven code once, if a check needs it."""
        wanting: dict[str, list[CheckSpec]] = {}
        for spec in specs:
            if spec.driven is not None and spec.id not in self._known and not self._is_hopeless(spec):
                wanting.setdefault(spec.driven.name, []).append(spec)
        for name, those in wanting.items():
            phases = {phase for spec in those for phase in spec.check.phases or ()}
            try:
                [driven] = {spec.driven.name: spec.driven for spec in those if spec.driven is not None}.values()
                self._gathered[name] = evidence = gather(driven, phases)
                if evidence.failed_start is not None:
                    self._tell_once(those)
            except (Interrupted, UsageError):
                raise
            except Exception as error:  # noqa: BLE001  (each check that wants the evidence raises it again)
                self._gathered[name] = error

    def _tell_once(self, specs: Sequence[CheckSpec]) -> None:
        """Makes one check say why the submission's code cannot start; the others wait for what it needs."""
        ids = {spec.id for spec in specs}
        first = next(spec for spec in specs if not self._rests_on(spec, ids))
        for spec in specs:
            if spec is not first:
                self._specs[spec.id] = replace(spec, needs=(*spec.needs, first.id))

    def _rests_on(self, spec: CheckSpec, ids: Collection[str]) -> bool:
        """Whether a check needs one of these, or needs another check that does."""
        return bool([need for need in spec.needs if need in ids or self._rests_on(self._specs[need], ids)])

    def _is_hopeless(self, spec: CheckSpec) -> bool:
        """Whether a check will not be judged, because what it needs does not hold, or will not be judged itself."""
        judged = [self._judged[need].finding for need in spec.needs if need in self._judged]
        waiting = [self._specs[need] for need in spec.needs if need not in self._judged]
        return _blocked(spec, judged) is not None or bool([one for one in waiting if self._is_hopeless(one)])

    def _evidence(self, spec: CheckSpec) -> Evidence:
        found = self._gathered.get(spec.driven.name) if spec.driven else None
        if isinstance(found, NoEvidence):
            raise NotAllowed(str(found))
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
        finally:  # if the run is stopped, a check that waits for an answer must not delay what was found
            executor.shutdown(wait=False, cancel_futures=True)

    def _judge(self, spec: CheckSpec) -> None:
        """Judges one check, after those that it needs were judged in this round."""
        blocked = _blocked(spec, (self._judged[need].finding for need in spec.needs))
        if blocked is not None:
            self._judged[spec.id] = _Judged(blocked, frozenset())
            return
        if spec.id in self._known:
            self._judged[spec.id] = _Judged(self._known[spec.id], frozenset())
            return
        reader = Reader(self._account, spec.region)
        started = self._clock.now()
        finding = self._call(spec, Context(reader, self._provisioning, spec.driven, lambda: self._evidence(spec)))
        finding = self._unless_unanswered(finding, {service for service, *_ in reader.keys})
        seconds = self._clock.now() - started
        self._judged[spec.id] = _Judged(
            replace(finding, seconds=seconds) if seconds else finding, frozenset(reader.keys)
        )

    def _unless_unanswered(self, finding: Finding, services: Collection[str]) -> Finding:
        """The finding. But if it may fail only because the target did not answer the script as AWS would, it becomes
        undecided: the request ended the script, or the script continued without what the request would have built.

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
            hint="",
            waits_for=self._script_finding if ended_by and finding.id != self._script_finding else "",
        )

    @property
    def _script_finding(self) -> str:
        """The id of the finding about how the script ended; empty if no check asks."""
        return next((one.finding_id for one in self._specs.values() if one.check.kind == PROVISIONED), "")

    def _call(self, spec: CheckSpec, context: Context) -> Finding:
        try:
            evidence = spec.check.function(context, **spec.parameters)
        except tuple(OUTCOMES) as outcome:
            status, reason = OUTCOMES[type(outcome)]
            return _finding(spec, status, outcome.statement, reason)
        except ReadError as error:
            status, reason, said = _read_error(error, context.account.region, spec.region)
            return _finding(spec, status, said, reason)
        except Interrupted:
            raise
        except (Exception, SystemExit):  # noqa: BLE001  (the finding shows it)
            return _crashed(spec)
        if not isinstance(evidence, Passed):
            said = Statement(f"The check {spec.check.kind} returned no evidence. This is a bug of this tool.")
            return _finding(spec, Status.ERROR, said, Reason.CRASHED)
        return _finding(spec, Status.PASS, evidence)


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
    said: Statement,
    reason: Reason | None = None,
    waits_for: str = "",
) -> Finding:
    return Finding(
        id=spec.finding_id,
        check=spec.check.kind,
        status=status,
        points=spec.points,
        reason=reason,
        waits_for=waits_for,
        says=spec.says,
        hint=spec.hint if status is Status.FAIL else "",
        **asdict(said),
    )


def _blocked(spec: CheckSpec, needed: Iterable[Finding]) -> Finding | None:
    """The finding of a check whose prerequisites do not all hold. An error among them weighs most, and what this target
    cannot show weighs least."""
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
    said = Statement(f"Not judged, because what it needs {wording}: {root}.")
    return _finding(spec, status, said, reason, waits_for=root)


def _read_error(error: ReadError, region: str, other: str) -> tuple[Status, Reason | None, Statement]:
    """The row of the table of verdicts for a read that got no answer in a Region.

    Args:
        other: the Region, if it is not the run's own.
    """
    what = called(error.service, error.operation, other)
    said = f"{error.code}: {error.text}" if error.text else error.code
    if isinstance(error, NotFound):
        resource = error.resource or error.operation
        missing = Statement(
            f"There is no {resource} in {region}.",
            expected=f"{resource} exists",
            actual=f"{what} answered {error.code}",
            resource=resource,
            remedy="Create it with exactly this name (names are case-sensitive), in this Region.",
        )
        return Status.FAIL, None, missing
    if isinstance(error, NotOnTape):
        return Status.SKIP, Reason.NOT_ON_TAPE, Statement(f"The answer to {what} is not on this tape.")
    if isinstance(error, NotImplementedByTarget):
        message = f"This target cannot show it, because it lacks {what}."
        return Status.SKIP, Reason.UNSUPPORTED, Statement(message, actual=said)
    if isinstance(error, NotAllowedHere):
        message = f"Not allowed on this target: {what}."
        return Status.SKIP, Reason.NOT_ALLOWED, Statement(message, actual=said)
    if isinstance(error, Denied) and error.credentials_refused:
        reason, message = Reason.DENIED, f"The credentials were refused ({error.code}) for {what}."
        remedy = (
            "Renew the credentials (aws sso login, aws configure), check that the Region is enabled, and run again."
        )
    elif isinstance(error, Denied):
        reason, message = Reason.DENIED, f"Access was denied to {what}: the IAM action {error.action} is missing."
        remedy = f"Allow {error.action} on {error.resource or '*'} for the identity that grades, and run again."
    elif isinstance(error, Throttled):
        reason, message = Reason.THROTTLED, f"{what} was throttled until the budget for retries ran out."
        remedy = "Run again later, or with fewer graders at a time."
    else:
        reason, message = Reason.UNREACHABLE, f"{what} gave no usable answer."
        remedy = "Check the connection and the endpoint, and run again."
    return Status.ERROR, reason, Statement(message, actual=said, resource=error.resource, remedy=remedy)


def _crashed(spec: CheckSpec) -> Finding:
    kind, value, _ = sys.exc_info()
    name = kind.__name__ if kind else "Exception"
    said = Statement(
        f"The check {spec.check.kind} raised {name}: {value}. This is a bug of this tool, not of the submission.",
        remedy="Please report it, with the output of --debug.",
        detail=traceback.format_exc(),
    )
    return _finding(spec, Status.ERROR, said, Reason.CRASHED)
