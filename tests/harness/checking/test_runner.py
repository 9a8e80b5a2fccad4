"""Running checks: the rows of the Verdicts table, prerequisites, waiting, concurrency and interruption."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from harness.account.errors import (
    Denied,
    NotAllowedHere,
    NotFound,
    NotImplementedByTarget,
    NotOnTape,
    ReadError,
    Throttled,
    Unreachable,
)
from harness.account.reading import Answer, ReadKey, read_key
from harness.checking.check import (
    REGISTRY,
    CheckFunction,
    CheckSpec,
    Context,
    Failed,
    NotAllowed,
    Outcome,
    Passed,
    Pending,
    Undetermined,
    Unsupported,
    check,
)
from harness.checking.finding import Finding, Reason, Score, Status
from harness.checking.runner import CONCURRENT_CHECKS, Runner, with_prerequisites
from harness.clock import Interrupted
from harness.driving.evidence import START, CallRecord, Evidence, NoEvidence
from harness.driving.scenario import Driven, Scenario
from harness.gateway.server import Record
from harness.submission.caller import Call, Failure, FailureKind
from harness.submission.provisioning import Provisioning
from tests.support import Facts, FakeClock, denied, not_found

PATIENCE_SECONDS = 10


class Kinds(Protocol):
    """Declares a function as a check kind; returns the kind."""

    def __call__(self, function: CheckFunction, of_code: Driven | None = None) -> str: ...


@pytest.fixture
def kinds() -> Iterator[Kinds]:
    """Declares functions as check kinds, which are gone after the test."""
    before = set(REGISTRY)

    def declare(function: CheckFunction, of_code: Driven | None = None) -> str:
        kind = f"test.kind{len(REGISTRY)}"
        function.__doc__ = "It holds."
        check(kind, example={}, source="test", phases=("load",) if of_code else None)(function)
        if of_code is not None:
            JUDGED[kind] = of_code
        return kind

    yield declare
    for kind in set(REGISTRY) - before:
        del REGISTRY[kind]
    JUDGED.clear()


JUDGED: dict[str, Driven] = {}
"""The code that checks of a declared kind judge."""


def driven(name: str) -> Driven:
    """Code that a lab drives; what is gathered of it, a test says."""
    scenario = Scenario(gather=lambda session: None, model=lambda today: None)
    return Driven(name, name, "Store", (), (), True, ("orders",), name, scenario)


shop, stall = driven("shop"), driven("stall")


def spec(check_id: str, kind: str, *needs: str, points: int = 10) -> CheckSpec:
    return CheckSpec(check_id, "task", REGISTRY[kind], points, needs, {}, JUDGED.get(kind))


def raising(error: BaseException) -> CheckFunction:
    """A check that raises."""

    def judge(context: Context) -> Passed:
        raise error

    return judge


def holds(context: Context) -> Passed:
    return Passed("It holds.", actual="a", resource="r")


def run(*specs: CheckSpec, answers: Mapping[str, Any] | None = None, **options: Any) -> list[Finding]:
    """What these checks find in an account with these answers."""
    account = Facts(answers or {})
    return Runner(specs, account, FakeClock(), **options).run()


def read_error(kind: type[ReadError], code: str = "Code", text: str = "text") -> ReadError:
    return kind("dynamodb", "DescribeTable", {"TableName": "orders"}, code, text)


TEXTS: dict[str, Any] = {"expected": "e", "actual": "a", "resource": "r", "remedy": "m", "detail": "d"}


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (Failed, Status.FAIL, None),
        (Pending, Status.ERROR, Reason.PENDING),
        (Undetermined, Status.ERROR, Reason.UNREACHABLE),
        (Unsupported, Status.SKIP, Reason.UNSUPPORTED),
        (NotAllowed, Status.SKIP, Reason.NOT_ALLOWED),
    ],
)
def test_what_a_check_says_is_kept(kinds: Kinds, outcome: type[Outcome], status: Status, reason: Reason | None) -> None:
    kind = kinds(raising(outcome("No.", **TEXTS)))

    [finding] = run(spec("one", kind))

    assert finding == Finding("No.", "task.one", kind, status, 10, reason, **TEXTS)


@pytest.mark.parametrize(
    ("error", "status", "reason", "message"),
    [
        (not_found(), Status.FAIL, None, "There is no table orders in us-east-1."),
        (
            denied("DescribeTable"),
            Status.ERROR,
            Reason.DENIED,
            "Access was denied to dynamodb DescribeTable: the IAM action dynamodb:DescribeTable is missing.",
        ),
        (
            read_error(Denied, "ExpiredTokenException"),
            Status.ERROR,
            Reason.DENIED,
            "The credentials were refused (ExpiredTokenException) for dynamodb DescribeTable.",
        ),
        (
            read_error(Throttled),
            Status.ERROR,
            Reason.THROTTLED,
            "dynamodb DescribeTable was throttled until the budget for retries ran out.",
        ),
        (read_error(Unreachable), Status.ERROR, Reason.UNREACHABLE, "dynamodb DescribeTable gave no usable answer."),
        (
            read_error(NotImplementedByTarget),
            Status.SKIP,
            Reason.UNSUPPORTED,
            "This target cannot show it, because it lacks dynamodb DescribeTable.",
        ),
        (
            read_error(NotAllowedHere),
            Status.SKIP,
            Reason.NOT_ALLOWED,
            "Not allowed on this target: dynamodb DescribeTable.",
        ),
        (read_error(ReadError), Status.ERROR, Reason.UNREACHABLE, "dynamodb DescribeTable gave no usable answer."),
    ],
)
def test_what_an_account_refuses_is_a_row_of_the_verdicts_table(
    kinds: Kinds, error: ReadError, status: Status, reason: Reason | None, message: str
) -> None:
    kind = kinds(lambda context: context.account.read("dynamodb", "DescribeTable", TableName="orders"))

    [finding] = run(spec("one", kind), answers={"DescribeTable": error})

    assert (finding.status, finding.reason, finding.message) == (status, reason, message)
    assert finding.points == 10
    if status is Status.FAIL or reason in (Reason.DENIED, Reason.THROTTLED, Reason.UNREACHABLE):
        assert finding.remedy
        assert finding.resource == "table orders"
    assert error.code in finding.actual


def ended_at(status: int, exit_code: int = 1, *later: Record, error: str = "") -> Provisioning:
    """A script whose request for a composite alarm was answered with a status; other requests may follow."""
    return Provisioning(
        script=Path("provision.py"),
        exit_code=exit_code,
        timed_out=False,
        timeout_seconds=120.0,
        seconds=1.0,
        output="",
        output_bytes=0,
        sleeps=0,
        sleeps_seconds=0.0,
        left_processes=False,
        requests=(
            Record("submission", "us-east-1", "cloudwatch", "PutCompositeAlarm", {}, status, 0.1, error),
            *later,
        ),
    )


OTHER = Record("submission", "us-east-1", "s3", "CreateBucket", {}, 200, 0.1)
SUCCEEDED = Record("submission", "us-east-1", "cloudwatch", "PutCompositeAlarm", {}, 200, 0.1)
LACKS = "The embedded account lacks the operation cloudwatch PutCompositeAlarm."
CLOUDWATCH: dict[str, Any] = {"DescribeAlarms": {"MetricAlarms": []}}


@pytest.mark.parametrize(
    ("provisioning", "reason", "says"),
    [
        pytest.param(
            ended_at(501, error=LACKS),
            Reason.UNSUPPORTED,
            "Not decided. The embedded account lacks the operation cloudwatch PutCompositeAlarm, at which the script "
            "ended. So far: It is missing.",
            id="at what it lacks",
        ),
        pytest.param(
            ended_at(500, error="This is a fault of the grading tool. KeyError: 'x'"),
            Reason.UNREACHABLE,
            "Not decided. This is a fault of the grading tool. KeyError: 'x', at which the script ended. So far: It is "
            "missing.",
            id="at what it failed at",
        ),
        pytest.param(
            ended_at(501),
            Reason.UNSUPPORTED,
            "Not decided. This target lacks cloudwatch PutCompositeAlarm, at which the script ended. So far: It is missing.",
            id="at what an endpoint lacks",
        ),
    ],
)
@pytest.mark.parametrize("reads", ["cloudwatch", "nothing"])
def test_what_is_missing_where_the_target_ended_the_script_is_not_decided(
    kinds: Kinds, provisioning: Provisioning, reason: Reason, says: str, reads: str
) -> None:
    missing, there = kinds(missing_after(reads)), kinds(lambda context: Passed("There it is."))

    runner = Runner([spec("one", missing), spec("two", there)], Facts(CLOUDWATCH), FakeClock(), wait_seconds=0.0)
    first, second = runner.run(provisioning)

    assert (first.status, first.reason, first.message) == (Status.ERROR, reason, says)
    assert first.remedy.startswith(
        "To have it graded here, build that part" if reason is Reason.UNSUPPORTED else "Run again."
    )
    assert second.status is Status.PASS


@pytest.mark.parametrize(
    ("provisioning", "reads", "says"),
    [
        pytest.param(
            ended_at(501, 0, error=LACKS),
            "cloudwatch",
            "Not decided. The embedded account lacks the operation cloudwatch PutCompositeAlarm, and what it would have "
            "built may be what is missing. So far: It is missing.",
            id="of its service",
        ),
        pytest.param(
            ended_at(501, 1, OTHER, error=LACKS),
            "cloudwatch",
            "Not decided. The embedded account lacks the operation cloudwatch PutCompositeAlarm, and what it would have "
            "built may be what is missing. So far: It is missing.",
            id="of its service, though the script failed later",
        ),
        pytest.param(ended_at(501, 0, error=LACKS), "nothing", "It is missing.", id="of another service"),
        pytest.param(
            ended_at(500, 0, SUCCEEDED), "cloudwatch", "It is missing.", id="what succeeded when it was asked again"
        ),
        pytest.param(ended_at(400), "cloudwatch", "It is missing.", id="what was refused"),
        pytest.param(None, "cloudwatch", "It is missing.", id="without a script"),
    ],
)
def test_what_the_script_went_on_without_is_not_decided_where_it_could_matter(
    kinds: Kinds, provisioning: Provisioning | None, reads: str, says: str
) -> None:
    runner = Runner([spec("one", kinds(missing_after(reads)))], Facts(CLOUDWATCH), FakeClock(), wait_seconds=0.0)
    [finding] = runner.run(provisioning)

    undecided = says != "It is missing."
    assert finding.message == says
    assert finding.status is (Status.ERROR if undecided else Status.FAIL)
    assert finding.reason is (Reason.UNSUPPORTED if undecided else None)


def missing_after(reads: str) -> Callable[[Context], Passed]:
    """A check that fails, after it read alarms or nothing."""

    def judge(context: Context) -> Passed:
        if reads == "cloudwatch":
            context.account.read("cloudwatch", "DescribeAlarms")
        raise Failed("It is missing.")

    return judge


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "remedy"),
    [
        ("s3", "ListBuckets", {}, "Allow s3:ListAllMyBuckets on * for the identity"),
        ("glue", "GetDatabase", {"Name": "shop"}, "Allow glue:GetDatabase on Glue database shop for the identity"),
    ],
)
def test_the_remedy_of_a_denied_read_is_to_allow_it(
    kinds: Kinds, service: str, operation: str, parameters: dict[str, Any], remedy: str
) -> None:
    kind = kinds(lambda context: context.account.read(service, operation, **parameters))
    refused = Denied(service, operation, parameters, "AccessDenied", "no")

    [finding] = run(spec("one", kind), answers={operation: refused})

    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError("boom"), "ValueError: boom"),
        (KeyError("Table"), "KeyError: 'Table'"),
        (RecursionError("deep"), "RecursionError: deep"),
        (MemoryError(), "MemoryError: "),
        (AssertionError(), "AssertionError: "),
        (StopIteration(), "StopIteration: "),
        (SystemExit(0), "SystemExit: 0"),
        (Outcome("bare"), "Outcome: bare"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_check_that_raises_anything_else_has_crashed(kinds: Kinds, error: BaseException, name: str) -> None:
    kind = kinds(raising(error))

    [finding] = run(spec("one", kind))

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.CRASHED)
    assert finding.message.startswith(f"The check {kind} raised {name}")
    assert finding.message.endswith("This is a bug of this tool, not of the submission.")
    assert "Traceback (most recent call last)" in finding.detail


@pytest.mark.parametrize("answer", [None, True, "fine", 0, Passed])
def test_a_check_that_returns_no_evidence_has_crashed(kinds: Kinds, answer: object) -> None:
    kind = kinds(lambda context: answer)  # type: ignore[arg-type, return-value]

    [finding] = run(spec("one", kind))

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.CRASHED)
    assert finding.message == f"The check {kind} returned no evidence. This is a bug of this tool."


def test_a_check_that_holds_shows_what_it_saw(kinds: Kinds) -> None:
    kind = kinds(holds)

    assert run(spec("one", kind)) == [
        Finding("It holds.", "task.one", kind, Status.PASS, 10, None, actual="a", resource="r")
    ]


ERROR = (Status.ERROR, Reason.PREREQUISITE)
SKIP = (Status.SKIP, Reason.PREREQUISITE)
UNSUPPORTED = (Status.SKIP, Reason.UNSUPPORTED)
NOT_ALLOWED = (Status.SKIP, Reason.NOT_ALLOWED)
PASS = (Status.PASS, None)


@pytest.mark.parametrize(
    ("first", "second", "behind"),
    [
        (None, None, PASS),
        (None, Failed("no"), SKIP),
        (Failed("no"), Failed("no"), SKIP),
        (Failed("no"), Pending("not yet"), ERROR),
        (Pending("not yet"), Failed("no"), ERROR),
        (None, ValueError(), ERROR),
        (Undetermined("what?"), None, ERROR),
        (read_error(Throttled), Unsupported("no"), ERROR),
        (Unsupported("no"), None, UNSUPPORTED),
        (NotAllowed("no"), None, NOT_ALLOWED),
        (Unsupported("no"), Failed("no"), SKIP),
        (Failed("no"), Unsupported("no"), SKIP),
        (Unsupported("no"), NotAllowed("no"), UNSUPPORTED),
    ],
)
def test_a_prerequisite_decides_what_is_behind_it(
    kinds: Kinds, first: Exception | None, second: Exception | None, behind: tuple[Status, Reason | None]
) -> None:
    names = [kinds(raising(error) if error else holds) for error in (first, second)]
    last = kinds(holds)

    findings = run(
        spec("a", names[0]), spec("b", names[1]), spec("c", last, "a", "b", points=30), spec("d", last, "c", points=7)
    )

    assert [(one.status, one.reason) for one in findings[2:]] == [behind, behind]
    score = Score.of(findings[2:])
    assert score.earned == (37 if behind is PASS else 0)
    assert score.undetermined == (37 if behind is ERROR else 0)
    assert score.not_graded == (37 if behind in (UNSUPPORTED, NOT_ALLOWED) else 0)


def test_a_failure_two_steps_before_outweighs_what_the_target_cannot_show(kinds: Kinds) -> None:
    fails, cannot, ok = kinds(raising(Failed("no"))), kinds(raising(Unsupported("no"))), kinds(holds)

    findings = run(
        spec("gate", fails), spec("behind", ok, "gate"), spec("other", cannot), spec("last", ok, "other", "behind")
    )

    assert findings[3].message == "Not judged, because what it needs does not hold: task.gate."
    assert (findings[3].status, findings[3].reason) == SKIP


def test_what_is_behind_says_what_it_needs(kinds: Kinds) -> None:
    fails, crashes, ok = kinds(raising(Failed("no"))), kinds(raising(ValueError())), kinds(holds)

    findings = run(spec("gate", fails), spec("crash", crashes), spec("c", ok, "gate"), spec("d", ok, "gate", "crash"))

    assert findings[2].message == "Not judged, because what it needs does not hold: task.gate."
    assert findings[3].message == "Not judged, because what it needs could not be decided: task.crash."
    assert [one.waits_for for one in findings] == ["", "", "task.gate", "task.crash"]


@pytest.mark.parametrize("error", [Failed("no"), Pending("not yet"), Unsupported("no"), NotAllowed("no")])
def test_what_waits_tells_the_root_of_a_chain(kinds: Kinds, error: Exception) -> None:
    root, ok = kinds(raising(error)), kinds(holds)

    found = run(spec("root", root), spec("b", ok, "root"), spec("c", ok, "b"), spec("d", ok, "c"), spec("free", ok))

    assert [one.waits_for for one in found] == ["", "task.root", "task.root", "task.root", ""]
    assert {one.message.rpartition(": ")[2] for one in found[1:4]} == {"task.root."}


def test_what_waits_for_two_tells_the_one_that_weighs_most(kinds: Kinds) -> None:
    cannot, fails, ok = kinds(raising(Unsupported("no"))), kinds(raising(Failed("no"))), kinds(holds)

    found = run(spec("a", cannot), spec("b", fails), spec("c", ok, "a"), spec("d", ok, "b"), spec("e", ok, "c", "d"))

    assert [one.waits_for for one in found[2:]] == ["task.a", "task.b", "task.b"]


def test_a_check_behind_a_failure_is_not_run(kinds: Kinds) -> None:
    def never(context: Context) -> Passed:
        raise AssertionError

    fails, behind = kinds(raising(Failed("no"))), kinds(never)

    assert run(spec("a", fails), spec("b", behind, "a"))[1].status is Status.SKIP


def test_findings_come_in_the_order_of_the_definition(kinds: Kinds) -> None:
    ok = kinds(holds)

    findings = run(spec("c", ok, "b"), spec("b", ok, "a"), spec("a", ok), spec("d", ok))

    assert [finding.id for finding in findings] == ["task.c", "task.b", "task.a", "task.d"]
    assert {finding.status for finding in findings} == {Status.PASS}


def test_the_checks_of_a_level_run_at_the_same_time(kinds: Kinds) -> None:
    together = threading.Barrier(CONCURRENT_CHECKS)

    def meet(context: Context) -> Passed:
        together.wait(PATIENCE_SECONDS)
        return Passed("met")

    kind = kinds(meet)

    findings = run(*[spec(f"check{number}", kind) for number in range(CONCURRENT_CHECKS)])

    assert {finding.message for finding in findings} == {"met"}


def test_a_check_starts_when_all_it_needs_has_ended(kinds: Kinds) -> None:
    ended: list[str] = []

    def slow(context: Context) -> Passed:
        ended.append("slow")
        return Passed("ended")

    def late(context: Context) -> Passed:
        return Passed(f"after {sorted(ended)}")

    kind = kinds(slow)

    findings = run(spec("late", kinds(late), "one", "two"), spec("one", kind), spec("two", kind))

    assert findings[0].message == "after ['slow', 'slow']"


def test_a_check_reads_in_its_region_and_errors_speak_of_it(kinds: Kinds) -> None:
    def look(context: Context) -> Passed:
        context.account.read("dynamodb", "DescribeTable", TableName="orders")
        return Passed(context.account.region)

    here = spec("here", kinds(look))
    there = replace(here, id="there", region="eu-west-1")
    account = Facts({"DescribeTable": {}})
    found = Runner([here, there], account, FakeClock(), concurrent_checks=1).run()
    assert ([one.message for one in found], account.regions) == (["us-east-1", "eu-west-1"], ["", "eu-west-1"])

    [one, other] = run(here, there, answers={"DescribeTable": read_error(NotFound)})
    assert one.message == "There is no table orders in us-east-1."
    assert other.message == "There is no table orders in eu-west-1."
    assert other.actual == "dynamodb DescribeTable in eu-west-1 answered Code"
    [one, other] = run(here, there, answers={"DescribeTable": read_error(Throttled)})
    assert one.message.startswith("dynamodb DescribeTable was throttled")
    assert other.message.startswith("dynamodb DescribeTable in eu-west-1 was throttled")


def test_what_is_pending_in_one_region_is_asked_again_there(kinds: Kinds) -> None:
    here = spec("here", kinds(state_of("orders")))
    there = replace(here, id="there", region="eu-west-1")
    account = Tables({"orders": ["ready", "being made", "ready"]})

    found = Runner([here, there], account, FakeClock(), wait_seconds=10, concurrent_checks=1).run()

    assert [one.status for one in found] == [Status.PASS, Status.PASS]
    assert account.forgotten == [["orders"]]
    assert len(account.asked) == 3


class Tables:
    """An account whose tables go through states, one a look, the last one for ever. It knows what it was asked."""

    region = "us-east-1"
    account_id = "123456789012"
    faithful = True
    started = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, states: Mapping[str, list[str]]) -> None:
        self.states = {table: list(one) for table, one in states.items()}
        self.forgotten: list[list[str]] = []
        self.asked: list[str] = []
        self.known: dict[ReadKey, Answer] = {}

    def read(self, service: str, operation: str, *, in_region: str = "", **parameters: Any) -> Answer:
        key = read_key(service, operation, parameters, in_region)
        if key not in self.known:
            table = parameters["TableName"]
            self.asked.append(table)
            states = self.states[table]
            self.known[key] = {"state": states.pop(0) if len(states) > 1 else states[0]}
        return self.known[key]

    def forget(self, keys: Iterable[ReadKey]) -> None:
        keys = list(keys)
        self.forgotten.append([dict(ast.literal_eval(parameters))["TableName"] for _, _, parameters, _ in keys])
        for key in keys:
            self.known.pop(key, None)


def state_of(table: str) -> CheckFunction:
    """A check that is pending as long as the table is not ready."""

    def judge(context: Context) -> Passed:
        state = context.account.read("dynamodb", "DescribeTable", TableName=table)["state"]
        if state != "ready":
            raise Pending(f"The table {table} is {state}.")
        return Passed(f"{table} is ready")

    return judge


def test_what_is_pending_is_looked_at_again_and_nothing_else(kinds: Kinds) -> None:
    account = Tables({"fast": ["ready"], "slow": ["creating", "updating", "ready"]})
    told: list[str] = []
    clock = FakeClock()
    specs = [
        spec("fast", kinds(state_of("fast"))),
        spec("slow", kinds(state_of("slow"))),
        spec("z", kinds(holds), "slow"),
    ]

    findings = Runner(specs, account, clock, wait_seconds=60, progress=told.append).run()

    assert [finding.status for finding in findings] == [Status.PASS] * 3
    assert account.forgotten == [["slow"], ["slow"]]
    assert sorted(account.asked) == ["fast", "slow", "slow", "slow"]
    assert clock.time == 6
    assert told == [
        "waiting, at most 60 s: The table slow is creating.",
        "waiting, at most 57 s: The table slow is updating.",
    ]


@pytest.mark.parametrize(("wait_seconds", "looks"), [(0, 1), (1, 2), (3, 2), (3.5, 3), (7, 4)])
def test_waiting_ends_when_the_time_is_over(kinds: Kinds, wait_seconds: float, looks: int) -> None:
    account = Tables({"slow": ["creating"]})
    clock = FakeClock()

    [first, behind] = Runner(
        [spec("slow", kinds(state_of("slow"))), spec("behind", kinds(holds), "slow")],
        account,
        clock,
        wait_seconds=wait_seconds,
    ).run()

    assert (first.status, first.reason, first.message) == (Status.ERROR, Reason.PENDING, "The table slow is creating.")
    assert (behind.status, behind.reason) == ERROR
    assert (len(account.asked), clock.time) == (looks, wait_seconds)


def test_what_is_undecided_for_another_reason_is_not_waited_for(kinds: Kinds) -> None:
    clock = FakeClock()
    account = Facts({})

    Runner([spec("a", kinds(raising(Undetermined("what?"))))], account, clock, wait_seconds=60).run()

    assert clock.time == 0


def test_a_resource_that_is_deleted_while_it_is_waited_for_fails(kinds: Kinds) -> None:
    kind = kinds(pending_until_gone)

    [finding] = run(spec("a", kind), answers={"DescribeTable": [{"Status": "CREATING"}, not_found()]}, wait_seconds=9)

    assert (finding.status, finding.message) == (Status.FAIL, "There is no table orders in us-east-1.")


def pending_until_gone(context: Context) -> Passed:
    raise Pending(str(context.account.read("dynamodb", "DescribeTable", TableName="orders")))


def test_a_stopped_run_keeps_what_was_found(kinds: Kinds) -> None:
    never = threading.Event()

    def stopped(context: Context) -> Passed:
        for _ in range(PATIENCE_SECONDS * 1000):
            if runner.findings[2].status is Status.PASS:
                break
            never.wait(0.001)
        raise KeyboardInterrupt

    specs = [
        spec("first", kinds(holds)),
        spec("stopped", kinds(stopped), "first"),
        spec("quick", kinds(holds), "first"),
    ]
    account = Facts({})
    runner = Runner([*specs, spec("last", specs[0].check.kind, "quick")], account, FakeClock())
    with pytest.raises(KeyboardInterrupt):
        runner.run()

    said = {finding.id: (finding.status, finding.reason) for finding in runner.findings}
    assert said["task.first"] == said["task.quick"] == PASS
    assert said["task.stopped"] == said["task.last"] == (Status.ERROR, Reason.INTERRUPTED)
    assert list(said) == ["task.first", "task.stopped", "task.quick", "task.last"]


def test_a_check_that_hangs_does_not_hold_up_a_stopped_run(kinds: Kinds) -> None:
    release, hanging, ended = threading.Event(), threading.Event(), threading.Event()

    def stopped(context: Context) -> Passed:
        assert hanging.wait(PATIENCE_SECONDS)
        raise KeyboardInterrupt

    def hangs(context: Context) -> Passed:
        hanging.set()
        release.wait(PATIENCE_SECONDS)
        ended.set()
        return Passed("at last")

    account = Facts({})
    runner = Runner([spec("stopped", kinds(stopped)), spec("hangs", kinds(hangs))], account, FakeClock())
    try:
        with pytest.raises(KeyboardInterrupt):
            runner.run()
        assert not ended.is_set()
        assert {finding.reason for finding in runner.findings} == {Reason.INTERRUPTED}
    finally:
        release.set()
        assert ended.wait(PATIENCE_SECONDS)


def test_a_run_that_is_stopped_while_it_waits_keeps_what_was_found(kinds: Kinds) -> None:
    class StoppedClock(FakeClock):
        def wait(self, seconds: float) -> None:
            raise Interrupted

    account = Tables({"slow": ["creating"]})
    runner = Runner(
        [spec("slow", kinds(state_of("slow"))), spec("ok", kinds(holds))], account, StoppedClock(), wait_seconds=9
    )

    with pytest.raises(Interrupted):
        runner.run()

    assert [finding.reason for finding in runner.findings] == [Reason.PENDING, None]


def test_a_read_that_is_stopped_is_no_finding(kinds: Kinds) -> None:
    account = Facts({})
    runner = Runner([spec("a", kinds(raising(Interrupted())))], account, FakeClock())

    with pytest.raises(Interrupted):
        runner.run()

    [finding] = runner.findings
    assert finding.message == "The run was stopped before this was judged."


def test_time_is_measured_by_the_clock(kinds: Kinds) -> None:
    clock = FakeClock()

    def takes_two_seconds(context: Context) -> Passed:
        clock.wait(2)
        return Passed("done")

    account = Facts({})
    [finding] = Runner([spec("a", kinds(takes_two_seconds))], account, clock).run()

    assert finding.seconds == 2


def test_no_checks_make_no_findings() -> None:
    assert run() == []


def test_one_task_brings_everything_it_needs(kinds: Kinds) -> None:
    ok = kinds(holds)
    specs = [spec("d", ok, "b", "c"), spec("a", ok), spec("b", ok, "a"), spec("x", ok), spec("c", ok, "a")]

    assert [one.id for one in with_prerequisites(specs, specs[:1])] == ["d", "a", "b", "c"]
    assert [one.id for one in with_prerequisites(specs, [specs[3], specs[1]])] == ["a", "x"]
    assert with_prerequisites(specs, []) == []


def test_not_found_is_told_with_the_resource(kinds: Kinds) -> None:
    error = NotFound("s3", "HeadBucket", {"Bucket": "archive"}, "404", "")
    kind = kinds(lambda context: context.account.read("s3", "HeadBucket", Bucket="archive"))

    [finding] = run(spec("a", kind), answers={"HeadBucket": error})

    assert finding.message == "There is no bucket archive in us-east-1."
    assert (finding.expected, finding.actual) == ("bucket archive exists", "s3 HeadBucket answered 404")


class Gathering:
    """Gathers what a test says, and remembers of what it was asked to, in which phases."""

    def __init__(self, raised: BaseException | None = None, events: list[str] | None = None) -> None:
        self.asked: list[str] = []
        self.events = self.asked if events is None else events
        self.raised = raised

    def __call__(self, driven: Driven, phases: Collection[str]) -> Evidence:
        assert {*phases} == {"load"}
        self.events.append(f"gather of {driven.name}")
        if self.raised is not None:
            raise self.raised
        return Evidence(driven.plain(), 1 if driven is shop else 2, date(2026, 3, 1), "", ())


def judges(context: Context) -> Passed:
    """A check that lives on evidence."""
    return Passed(f"seed {context.evidence.seed}")


def found(gathering: Gathering, *specs: CheckSpec, **options: Any) -> dict[str, Finding]:
    """What these checks find by what is gathered, by their ids."""
    findings = Runner(specs, Facts({}), FakeClock(), **options).run(gather=gathering)
    return {finding.id.removeprefix("task."): finding for finding in findings}


def test_checks_of_code_come_last_after_what_they_need(kinds: Kinds) -> None:
    events: list[str] = []

    def says(name: str) -> CheckFunction:
        def judge(context: Context) -> Passed:
            events.append(name)
            return Passed(name)

        return judge

    account = Tables({"orders": ["creating", "updating", "ready"]})
    specs = [
        spec("behind", kinds(says("behind")), "probed"),
        spec("probed", kinds(says("probed"), shop), "table"),
        spec("table", kinds(state_of("orders"))),
        spec("plain", kinds(says("plain"))),
    ]

    findings = Runner(specs, account, FakeClock(), wait_seconds=60).run(gather=Gathering(events=events))

    assert events == ["plain", "plain", "plain", "gather of shop", "probed", "behind"]
    assert account.asked == ["orders"] * 3
    assert [finding.message for finding in findings] == ["behind", "probed", "orders is ready", "plain"]


def test_of_what_is_driven_evidence_is_gathered_once_for_all_who_want_it(kinds: Kinds) -> None:
    gathering = Gathering()
    one, other, plain = kinds(judges, shop), kinds(judges, stall), kinds(holds)
    specs = [
        spec("a", one, "plain"),
        spec("b", other),
        spec("c", one, "a"),
        spec("d", other, "plain", "b"),
        spec("e", one),
        spec("plain", plain),
    ]

    said = found(gathering, *specs)

    assert gathering.asked == ["gather of shop", "gather of stall"]
    assert [said[name].message for name in "abcde"] == ["seed 1", "seed 2", "seed 1", "seed 2", "seed 1"]


@pytest.mark.parametrize("needs", ["", "a", "plain", "ready"])
def test_that_the_code_cannot_be_started_is_told_once(kinds: Kinds, needs: str) -> None:
    """By the first check that needs nothing of it: a definition may name those that rest on others first."""

    def gather(driven: Driven, phases: Collection[str]) -> Evidence:
        start = CallRecord(START, Call("Store", ()), None, Failure(FailureKind.RAISED, "KeyError: 1"), ())
        return Evidence(driven.plain(), 1, date(2026, 3, 1), "", (start,))

    def refuses(context: Context) -> Passed:
        raise Failed(f"{context.evidence.calls[0].method} failed")

    probed = kinds(refuses, shop)
    specs = [
        spec("first", probed, *([needs] if needs else [])),
        spec("a", probed, "ready"),
        spec("b", probed, "plain"),
        spec("c", probed, "first"),
        spec("known", probed),
        spec("blocked", probed, "wrong"),
        spec("plain", kinds(holds), *(["a"] if needs == "plain" else [])),
        spec("ready", kinds(holds)),
        spec("wrong", kinds(raising(Failed("no")))),
    ]

    findings = Runner(specs, Facts({}), FakeClock(), known=known("known")).run(gather=gather)

    said = {one.id.removeprefix("task."): one for one in findings}
    teller = "a" if needs in ("a", "plain") else "first"
    assert [name for name, one in said.items() if one.message == "Store failed"] == [teller]
    for name in {"first", "a", "b", "c"} - {teller}:
        assert (said[name].status, said[name].reason) == (Status.SKIP, Reason.PREREQUISITE)
        assert said[name].message.startswith("Not judged, because what it needs does not hold: task.")
    assert said["blocked"].message == "Not judged, because what it needs does not hold: task.wrong."
    assert said["known"].message == "known before"


def test_looking_again_gathers_nothing_again(kinds: Kinds) -> None:
    gathering, seeds = Gathering(), []

    def waits(context: Context) -> Passed:
        seeds.append(context.evidence.seed)
        raise Pending("not yet")

    said = found(gathering, spec("a", kinds(waits, shop)), wait_seconds=6)

    assert (said["a"].reason, seeds, gathering.asked) == (Reason.PENDING, [1] * 3, ["gather of shop"])


def known(check_id: str, status: Status = Status.PASS) -> dict[str, Finding]:
    """A finding that is known before, of a check."""
    return {check_id: Finding("known before", f"task.{check_id}", "test.known", status, 10, None)}


def test_nothing_is_gathered_where_nobody_can_use_it(kinds: Kinds) -> None:
    def never(context: Context) -> Passed:
        raise AssertionError

    gathering = Gathering()
    probed, fails, ok = kinds(never, shop), kinds(raising(Failed("no"))), kinds(holds)

    said = found(
        gathering,
        spec("blocked", probed, "fails"),
        spec("behind", probed, "ok", "blocked"),
        spec("known", probed, "ok"),
        spec("fails", fails),
        spec("ok", ok),
        known=known("known"),
    )

    assert gathering.asked == []
    assert [(said[name].status, said[name].reason) for name in ("blocked", "behind", "known")] == [SKIP, SKIP, PASS]


def test_one_who_can_use_it_is_enough_to_gather(kinds: Kinds) -> None:
    gathering = Gathering()
    probed, fails = kinds(judges, shop), kinds(raising(Failed("no")))

    said = found(
        gathering,
        spec("blocked", probed, "fails"),
        spec("known", probed),
        spec("free", probed),
        spec("fails", fails),
        known=known("known"),
    )

    assert gathering.asked == ["gather of shop"]
    assert [said[name].message for name in ("known", "free")] == ["known before", "seed 1"]
    assert (said["blocked"].status, said["blocked"].reason) == SKIP


@pytest.mark.parametrize("first", ["known", "of other code"])
def test_what_is_needed_first_does_not_keep_code_from_being_driven(kinds: Kinds, first: str) -> None:
    gathering = Gathering()
    needed = spec("needed", kinds(judges, shop if first == "known" else stall))

    said = found(
        gathering,
        needed,
        spec("wanting", kinds(judges, shop), "needed"),
        known=known("needed") if first == "known" else None,
    )

    assert (said["wanting"].status, said["wanting"].message) == (Status.PASS, "seed 1")
    assert gathering.asked[-1] == "gather of shop"


@pytest.mark.parametrize(
    ("error", "status", "reason", "message"),
    [
        (NoEvidence("Nothing may be written."), Status.SKIP, Reason.NOT_ALLOWED, "Nothing may be written."),
        (NotAllowed("Nothing may be written."), Status.SKIP, Reason.NOT_ALLOWED, "Nothing may be written."),
        (Unsupported("It cannot."), Status.SKIP, Reason.UNSUPPORTED, "It cannot."),
        (not_found(), Status.FAIL, None, "There is no table orders in us-east-1."),
        (denied("DescribeTable"), Status.ERROR, Reason.DENIED, "Access was denied to dynamodb DescribeTable: the IAM"),
        (read_error(Throttled), Status.ERROR, Reason.THROTTLED, "dynamodb DescribeTable was throttled until"),
        (read_error(NotOnTape), Status.SKIP, Reason.NOT_ON_TAPE, "The answer to dynamodb DescribeTable is not on this"),
        (ValueError("no code"), Status.ERROR, Reason.CRASHED, "The check {kind} raised ValueError: no code. This is"),
        (KeyError("Table"), Status.ERROR, Reason.CRASHED, "The check {kind} raised KeyError: 'Table'. This is a bug"),
        (RecursionError(), Status.ERROR, Reason.CRASHED, "The check {kind} raised RecursionError: . This is a bug"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else None,
)
def test_what_gathering_raises_is_found_by_each_who_wants_it(
    kinds: Kinds, error: Exception, status: Status, reason: Reason | None, message: str
) -> None:
    gathering = Gathering(error)
    probed = kinds(judges, shop)

    said = found(gathering, spec("a", probed), spec("b", probed), spec("plain", kinds(holds)), spec("c", probed, "a"))

    assert gathering.asked == ["gather of shop"]
    for name in "ab":
        assert (said[name].status, said[name].reason) == (status, reason)
        assert said[name].message.startswith(message.format(kind=probed))
    assert said["plain"].status is Status.PASS
    blocked = status if status is Status.ERROR else Status.SKIP
    assert said["c"].status is blocked
    assert said["c"].message.startswith("Not judged, because")


def test_a_check_that_does_not_look_is_not_hurt_by_what_gathering_raises(kinds: Kinds) -> None:
    said = found(Gathering(ValueError()), spec("a", kinds(holds, shop)), spec("b", kinds(judges, shop)))

    assert (said["a"].status, said["b"].reason) == (Status.PASS, Reason.CRASHED)


def test_a_run_that_is_stopped_while_it_gathers_keeps_what_was_found(kinds: Kinds) -> None:
    for stop in (Interrupted(), KeyboardInterrupt()):
        account = Facts({})
        runner = Runner([spec("a", kinds(holds, shop)), spec("b", kinds(holds))], account, FakeClock())

        with pytest.raises(type(stop)):
            runner.run(gather=Gathering(stop))

        assert [finding.reason for finding in runner.findings] == [Reason.INTERRUPTED, None]


def test_without_anybody_who_gathers_no_code_was_driven(kinds: Kinds) -> None:
    [finding] = run(spec("a", kinds(judges, shop)))

    assert (finding.status, finding.reason) == NOT_ALLOWED
    assert finding.message == "The Store was not called: on this target, what is in the account is graded."


def test_a_check_of_no_code_has_no_evidence_of_anothers(kinds: Kinds) -> None:
    said = found(Gathering(), spec("a", kinds(judges, shop)), spec("b", kinds(judges)))

    assert (said["a"].status, said["b"].status) == (Status.PASS, Status.ERROR)
    assert "no evidence was gathered for task.b" in said["b"].message


def test_the_phases_of_all_who_want_it_are_gathered_and_each_check_is_told_its_own_code(kinds: Kinds) -> None:
    asked: dict[str, set[str]] = {}

    def gather(driven: Driven, phases: Collection[str]) -> Evidence:
        asked[driven.name] = {*phases}
        return Evidence(driven.plain(), 1, date(2026, 3, 1), "", ())

    def tells(context: Context) -> Passed:
        return Passed(f"{context.driven.name}: {context.evidence.driven['module']}")

    def judging(check_id: str, code: Driven, *phases: str) -> CheckSpec:
        one = spec(check_id, kinds(tells, code))
        return replace(one, check=replace(one.check, phases=phases))

    specs = [judging("a", shop, "load", "much data"), judging("b", stall), judging("c", shop, "under faults")]

    findings = Runner(specs, Facts({}), FakeClock()).run(gather=gather)

    assert [one.message for one in findings] == ["shop: shop", "stall: stall", "shop: shop"]
    assert asked == {"shop": {"load", "much data", "under faults"}, "stall": set()}


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL])
@pytest.mark.parametrize(
    ("gate", "behind"),
    [(None, None), (Failed("no"), SKIP), (Pending("not yet"), ERROR), (Unsupported("no"), UNSUPPORTED)],
)
def test_what_is_known_holds_unless_what_it_needs_does_not(
    kinds: Kinds, status: Status, gate: Exception | None, behind: tuple[Status, Reason | None] | None
) -> None:
    def never(context: Context) -> Passed:
        raise AssertionError

    said = found(
        Gathering(),
        spec("one", kinds(never), "gate"),
        spec("last", kinds(holds), "one"),
        spec("gate", kinds(raising(gate) if gate else holds)),
        known=known("one", status),
    )

    if behind is None:
        assert said["one"] == known("one", status)["one"]
        assert (said["last"].status, said["last"].reason) == (PASS if status is Status.PASS else SKIP)
    else:
        assert (said["one"].status, said["one"].reason) == (said["last"].status, said["last"].reason) == behind


@pytest.mark.parametrize(
    ("raised", "hint"),
    [(Failed("No."), "Look."), (Pending("Soon."), ""), (Undetermined("Who knows."), ""), (Unsupported("Never."), "")],
)
def test_a_checks_own_hint_is_shown_where_it_fails(kinds: Kinds, raised: Outcome, hint: str) -> None:
    failing, passing = spec("a", kinds(raising(raised))), spec("b", kinds(holds))

    found, passed = run(*(replace(one, says="Five of them.", hint="Look.") for one in (failing, passing)))

    assert (found.says, found.hint) == ("Five of them.", hint)
    assert (passed.says, passed.hint) == ("Five of them.", "")
