"""Grades one submission on one target, from start to end. Every front end calls `grade`; it never prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.checking.finding import Finding, Score, Verdict, task_verdict
from harness.checking.runner import Runner, with_prerequisites
from harness.clock import Interrupted, SystemClock
from harness.driving.scenario_runner import ScenarioOptions, ScenarioRunner
from harness.gateway.server import HARNESS_ROLE
from harness.grading.options import GradeOptions
from harness.grading.tape import Stamp, Tape
from harness.labs import definition
from harness.labs.definition import DEFAULT_PASS_MARK, TOTAL_POINTS, Lab, Task
from harness.region_names import DEFAULT_REGION
from harness.submission.provisioning import (
    SCRIPT,
    Provisioning,
    ProvisioningRun,
    Submission,
    SubmissionKind,
    environment,
    find_submission,
)
from harness.targets.target import UNKNOWN_ACCOUNT_ID, Target, TargetKind, open_target
from harness.usage import UsageError

SUBMISSION_ROLE = "submission"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """A task with its findings. `counted` is False if only prerequisites of the task were judged."""

    task: Task
    findings: tuple[Finding, ...]
    counted: bool

    @property
    def score(self) -> Score:
        return Score.of(self.findings)

    @property
    def verdict(self) -> Verdict:
        return task_verdict(self.findings)

    @property
    def seconds(self) -> float:
        return sum(finding.seconds for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Result:
    """The one object from which every report is made. The tape's stamp says what was graded, where and when. If nothing
    was graded, `problem` says why, `problem_verdict` is the verdict, and there are no tasks."""

    lab: Lab
    tape: Tape
    tasks: tuple[TaskResult, ...]
    seconds: float
    api_calls: int
    replayed: bool = False
    problem: str = ""
    problem_verdict: Verdict = Verdict.UNUSABLE

    @property
    def stamp(self) -> Stamp:
        return self.tape.stamp

    @property
    def submission(self) -> Submission:
        """What was graded."""
        folder = self.stamp.submission_folder
        return Submission(SubmissionKind(self.stamp.submission), Path(folder) if folder else None)

    @property
    def started(self) -> datetime:
        """When, in UTC."""
        return datetime.fromisoformat(self.stamp.recorded)

    @property
    def score(self) -> Score:
        """The score of the tasks that count. If nothing was graded, all points are undetermined."""
        if self.problem:
            return Score(0, TOTAL_POINTS, 0, TOTAL_POINTS)
        return Score.of(finding for task in self.tasks if task.counted for finding in task.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for task in self.tasks for finding in task.findings)

    @property
    def verdict(self) -> Verdict:
        """If several verdicts apply, the first of these: interrupted, incomplete, failed, passed. A run in which
        nothing could be judged is incomplete. If nothing earns points (a task with only gates), the gates decide."""
        if self.problem:
            return self.problem_verdict
        if self.stamp.interrupted:
            return Verdict.INTERRUPTED
        undecided = [finding for finding in self.findings if finding.undecided]
        verdicts = {task.verdict for task in self.tasks if task.counted}
        score = self.score
        shown = score.maximum > 0 or (score.not_graded == 0 and not verdicts <= {Verdict.NOT_GRADED})
        if undecided or not shown:
            return Verdict.INCOMPLETE
        required = [task for task in self.tasks if task.task.required and task.verdict is Verdict.FAILED]
        enough = score.reaches(self.lab.pass_mark) if score.maximum else Verdict.FAILED not in verdicts
        return Verdict.PASSED if enough and not required else Verdict.FAILED


def grade(
    options: GradeOptions,
    *,
    clock: SystemClock | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> Result:
    """Grades.

    Args:
        progress: is called with a text that says what happens now.

    Returns:
        The result; a partial one when the run was interrupted (Ctrl-C).

    Raises:
        UsageError: it is impossible to grade with these options.
        DefinitionError: the definition cannot be used.
    """
    clock = clock or SystemClock()
    file = definition.find_definition(options.lab_id)
    definition.validate_student_id(options.student_id)
    submission = _submission(options, definition.handed_in(file))
    started_clock = time.monotonic()
    if options.target.kind is not TargetKind.EMBEDDED:
        progress(f"opening {options.target.endpoint_url or 'the AWS account of your credentials'}")
    with open_target(options.target, clock) as target:
        if target.kind is not TargetKind.EMBEDDED:
            account = f"account {target.account_id}" if target.account_id else "an unknown account"
            progress(f"{account}, Region {target.region}" + (f", as {target.identity}" if target.identity else ""))
        lab = definition.load(
            file,
            student_id=options.student_id,
            account_id=target.account_id or UNKNOWN_ACCOUNT_ID,
            region=target.region,
        )
        chosen = tuple(lab.checks) if options.task_id is None else lab.task(options.task_id).checks
        specs = with_prerequisites(lab.checks, chosen)
        provisioning: Provisioning | None = None
        interrupted = False
        runner = Runner(specs, target.account, clock, wait_seconds=options.wait_seconds, progress=progress)
        driving = ScenarioRunner(_scenario_options(options, submission, target, lab), target, clock, progress)
        try:
            if lab.provision and (target.kind is TargetKind.EMBEDDED or options.target.provision):
                progress(f"provisioning with {submission.script}")
                provisioning = _provision(submission, target, lab, options)
            progress(f"judging {len(specs)} checks")
            runner.run(provisioning, driving.gather)
        except (KeyboardInterrupt, Interrupted):
            interrupted = True
            clock.stop()
        stamp = Stamp(
            tool_version=__version__,
            lab=lab.id,
            definition_digest=lab.digest,
            student_id=options.student_id,
            submission=submission.kind,
            submission_folder=str(submission.folder or ""),
            target=target.kind,
            region=target.region,
            account_id=target.account_id,
            identity=target.identity,
            faithful=target.account.faithful,
            task=options.task_id or "",
            interrupted=interrupted,
            recorded=target.account.started.isoformat(),
            seed=driving.seed if driving.evidence else None,
        )
        return Result(
            lab=lab,
            tape=Tape(
                stamp,
                provisioning.plain() if provisioning else None,
                tuple(target.account.readings),
                driving.evidence,
            ),
            tasks=by_task(lab, runner.findings, options.task_id),
            seconds=time.monotonic() - started_clock,
            api_calls=len(target.gateway.records),
        )


def nothing_graded(options: GradeOptions, problem: str, verdict: Verdict = Verdict.UNUSABLE) -> Result:
    """The result of a run that ended before anything could be judged, for graders who need a report of every run.

    Args:
        problem: why, as a sentence.
    """
    folder = options.submission.absolute() if options.submission else None
    elsewhere = options.target.kind is not TargetKind.EMBEDDED
    kind = SubmissionKind.ACCOUNT if elsewhere and folder is None else SubmissionKind.STUDENT
    stamp = Stamp(
        tool_version=__version__,
        lab=options.lab_id,
        definition_digest="",
        student_id=options.student_id,
        submission=kind,
        submission_folder=str(folder or ""),
        target=options.target.kind,
        region=options.target.region or DEFAULT_REGION,
        account_id="",
        identity="",
        faithful=False,
        task=options.task_id or "",
        interrupted=verdict is Verdict.INTERRUPTED,
        recorded=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=None,
    )
    return Result(
        lab=Lab(options.lab_id, options.lab_id, "", DEFAULT_PASS_MARK, {}, (), ""),
        tape=Tape(stamp, None, ()),
        tasks=(),
        seconds=0.0,
        api_calls=0,
        problem=problem,
        problem_verdict=verdict,
    )


def by_task(lab: Lab, findings: Iterable[Finding], task_id: str | None) -> tuple[TaskResult, ...]:
    """The findings by task. Only the chosen task counts (None: all tasks)."""
    by_id = {finding.id: finding for finding in findings}
    results = []
    for task in lab.tasks:
        found = tuple(by_id[spec.finding_id] for spec in task.checks if spec.finding_id in by_id)
        if found:
            results.append(TaskResult(task, found, counted=task_id in (None, task.id)))
    return tuple(results)


def _submission(options: GradeOptions, files: Sequence[str]) -> Submission:
    """Which submission is graded. On an endpoint and on a live account, what is in the account is graded, unless the
    submission's script runs there, or its code may be called.

    Args:
        files: the files that the lab asks for.
    """
    target = options.target
    if target.kind is TargetKind.EMBEDDED or target.provision or target.allow_writes:
        return find_submission(options.lab_id, options.submission, files)
    if options.submission is not None:
        code = [file for file in files if file != SCRIPT]
        ways = ["Leave it out"]
        ways += [f"add --allow-writes to try its {' and '.join(code)} there"] if code else []
        ways += ["--provision to run its script"] if target.endpoint_url and SCRIPT in files else []
        raise UsageError(
            "--submission is not used here: on this target, what is in the account is graded with reads only. "
            f"{', or '.join(ways)}."
        )
    return Submission(SubmissionKind.ACCOUNT, None)


def _scenario_options(options: GradeOptions, submission: Submission, target: Target, lab: Lab) -> ScenarioOptions:
    return ScenarioOptions(
        folder=submission.folder,
        environment=environment(target.gateway.url, target.region, options.student_id, lab.variables),
        started=target.account.started,
        timeout_seconds=options.timeout_seconds,
        target=options.target,
        seed=options.seed,
    )


def _provision(submission: Submission, target: Target, lab: Lab, options: GradeOptions) -> Provisioning:
    """Runs the submission's script against the gateway."""
    credentials = target.gateway.credentials(SUBMISSION_ROLE)
    run = ProvisioningRun(
        submission.script,
        {
            **environment(target.gateway.url, target.region, options.student_id, lab.variables),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        },
        options.timeout_seconds,
        lambda: target.gateway.traffic,
    )
    loading = ThreadPoolExecutor(1)  # not in this thread: an interrupt during an import could break it
    try:
        loaded = loading.submit(target.embedded.load) if target.embedded is not None else None
        provisioning = run.finish()
        if loaded is not None:
            loaded.result()
    finally:
        loading.shutdown(wait=False)
        run.end()
        target.gateway.revoke(credentials)
    requests = tuple(record for record in target.gateway.records if record.role != HARNESS_ROLE)
    output = provisioning.output
    for secret in (str(credentials.access_key), str(credentials.secret_key)):
        output = output.replace(secret, "(credentials left out)")
    return replace(provisioning, requests=requests, output=output)
