"""The audit proves the checks, and these tests prove the audit: whoever weakens a check, or makes it too strict,
turns it red."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.ttl import enabled as ttl_enabled
from harness import paths
from harness.account.reading import Reading, ReadKey
from harness.audit.auditor import Auditor, Case, Ruling
from harness.audit.outcomes import load_outcomes
from harness.checking.check import REGISTRY, CheckSpec, Context, Failed, Passed
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.grading import tape
from harness.grading.tape import Tape, TapeAccount
from harness.labs.definition import find_definition
from harness.usage import UsageError
from tests.harness.audit.weakening import Weakening, weakened, weakenings
from tests.labs.engine import LAB
from tests.labs.labs import LABS, right_tape
from tests.support import EVERY_CHECK, ROOT, STAMP, FakeClock, table

EQUIVALENT = {
    ("facts.alarms", "ValueError", 2): "a rule that cannot be parsed would be None, which is refused a moment later",
    ("items", "Undetermined", 2): "no pattern takes long in the fixture",
    ("languages.sql", "Doubtful", 0): "a long text would only take longer",
    ("languages.sql", "NoQuery", 5): "what begins with another word is parsed then, and found to be no query",
    ("streams", "Failed", 1): "view_type is only asked when streams.enabled holds; then its own look is not needed",
    ("archive", "problems.append", 0): "it only tells what the queries ask instead",
    ("archive", "problems.append", 1): "likewise",
    ("stream_consumers", "Failed", 1): "consumers are only asked for when streams.enabled holds",
    ("table", "Failed", 0): "exists would fail with the runner's words instead of its own",
}
"""Weakenings that change no verdict, by module, statement and its place among such statements of the module."""


@functools.cache
def recorded_tape() -> Tape:
    return tape.read(paths.tape(EVERY_CHECK))


def every_check(change_spec: Callable[[CheckSpec], CheckSpec] = lambda spec: spec) -> Auditor:
    review = paths.review(EVERY_CHECK)
    accepted = load_outcomes(paths.outcomes(review))
    recorded = recorded_tape()
    return Auditor(paths.definition(EVERY_CHECK), recorded, review, accepted=accepted, change_spec=change_spec)


@pytest.fixture(scope="module")
def reference() -> Tape:
    return right_tape(LAB)


def of_the_lab(reference: Tape, change_spec: Callable[[CheckSpec], CheckSpec] = lambda spec: spec) -> Auditor:
    """The auditor of the lab of a reference."""
    lab = reference.stamp.lab
    review = paths.review(lab)
    accepted = load_outcomes(paths.outcomes(review))
    return Auditor(find_definition(lab), reference, review, accepted=accepted, change_spec=change_spec)


def problems(auditor: Auditor) -> list[Case]:
    return [case for case in auditor.cases() if case.is_problem]


@pytest.mark.proof
def test_everything_is_noticed_and_nothing_that_is_right_is_blamed() -> None:
    """The lab's own audit is in `tests/e2e/test_audit.py`."""
    auditor = every_check()

    assert problems(auditor) == []
    assert auditor.unused == ()


@functools.cache
def place(weakening: Weakening) -> tuple[str, str, int]:
    alike = [one for one in weakenings() if (one.module, one.statement) == (weakening.module, weakening.statement)]
    return weakening.module, weakening.statement, sorted(one.line for one in alike).index(weakening.line)


class Recorder(Auditor):
    """Keeps each mutant of answers that it judges, with the findings that became others."""

    def __init__(self) -> None:
        super().__init__(paths.definition(EVERY_CHECK), recorded_tape(), paths.review(EVERY_CHECK))
        self.mutants: list[tuple[TapeAccount, set[ReadKey], Mapping[str, Finding]]] = []

    def _changed_by(self, readings: Mapping[int, Reading]) -> Mapping[str, Finding]:
        changed = super()._changed_by(readings)
        tape = recorded_tape()
        every = [readings.get(number, one) for number, one in enumerate(tape.readings)]
        keys = {one.key for one in readings.values()}
        self.mutants.append((TapeAccount(replace(tape, readings=tuple(every))), keys, changed))
        return changed


@functools.cache
def recorder() -> Recorder:
    made = Recorder()
    list(made.cases())
    return made


def judges_otherwise(change_spec: Callable[[CheckSpec], CheckSpec], module: str) -> bool:
    """Whether the checks that a module declares or helps judge some mutant in another way when they are changed: the
    audit compares how each is judged with what was accepted."""
    reads = recorder().reads
    specs = [change_spec(spec) for spec in recorder().specs if module in modules_of(spec.check.kind)]
    for account, keys, changed in recorder().mutants:
        before = {spec.finding_id: outcome_of(changed.get(spec.finding_id)) for spec in specs}
        judged = [
            replace(spec, needs=())
            for spec in specs
            if reads[spec.finding_id] & keys and before[spec.finding_id][1] is not Reason.PREREQUISITE
        ]
        for finding in Runner(judged, account, FakeClock(), wait_seconds=0.0, concurrent_checks=1).run(None):
            if outcome_of(finding) != before[finding.id]:
                return True
    return False


def outcome_of(finding: Finding | None) -> tuple[Status, Reason | None]:
    return (Status.PASS, None) if finding is None else (finding.status, finding.reason)


@functools.cache
def modules_of(kind: str) -> frozenset[str]:
    """The modules of checks that a kind is made of."""
    own = REGISTRY[kind].function.__module__.removeprefix("checks.")
    text = (ROOT / "checks" / f"{own}.py").read_text("utf-8")
    return frozenset({own, *re.findall(r"^from checks\.([\w.]+) import", text, re.MULTILINE)})


@pytest.mark.proof
@pytest.mark.parametrize(
    "weakening", [pytest.param(one, id=str(one)) for one in weakenings() if place(one) not in EQUIVALENT]
)
def test_a_check_that_refuses_less_is_noticed(weakening: Weakening) -> None:
    change_spec = weakened(weakening)

    noticed = judges_otherwise(change_spec, weakening.module)
    noticed = noticed or any(case.is_problem for case in every_check(change_spec).cases())
    tapes = sorted(map(right_tape, LABS), key=lambda tape: len(tape.evidence))  # what drives no code is audited sooner
    audits = (of_the_lab(tape, change_spec) for tape in tapes)
    assert noticed or any(case.is_problem for auditor in audits for case in auditor.cases())


def test_the_equivalent_weakenings_are_there() -> None:
    assert set(EQUIVALENT) <= {place(one) for one in weakenings()}


@pytest.mark.proof
@pytest.mark.parametrize("kind", [kind for kind in sorted(REGISTRY) if REGISTRY[kind].phases is None])
def test_a_check_that_always_holds_is_noticed(kind: str) -> None:
    def always_holds(spec: CheckSpec) -> CheckSpec:
        function = (lambda context, **parameters: Passed("It holds.")) if spec.check.kind == kind else None
        return spec if function is None else replace(spec, check=replace(spec.check, function=function))

    assert any(case.is_problem for case in every_check(always_holds).cases())


def test_a_check_of_what_code_does_would_be_missed_if_it_always_held(reference: Tape) -> None:
    """Each has mutants that it notices, as the author has accepted it: the audit tells when they are noticed no more."""
    accepted = load_outcomes(paths.outcomes(paths.review(LAB)))
    of_code = [spec.finding_id for spec in of_the_lab(reference).specs if spec.driven is not None]
    assert accepted is not None
    assert len(of_code) == 23

    noticing = {one.removesuffix(" fail") for outcome in accepted.values() for one in outcome.split(", ")}
    assert set(of_code) <= noticing


def with_ttl(function: Callable[..., Passed]) -> Callable[[CheckSpec], CheckSpec]:
    def changed(spec: CheckSpec) -> CheckSpec:
        if spec.check.kind != "ttl.enabled":
            return spec
        return replace(spec, check=replace(spec.check, function=function))

    return changed


def asks_for_a_name(context: Context, **parameters: Any) -> Passed:
    evidence = ttl_enabled(context, **parameters)
    if not evidence.actual.endswith(" expiresAt"):
        raise Failed("It must be called expiresAt.")
    return evidence


def asks_for_one_index(context: Context, **parameters: Any) -> Passed:
    table = context.account.read("dynamodb", "DescribeTable", TableName=parameters["table"])["Table"]
    if len(table.get("GlobalSecondaryIndexes", [])) != 1:
        raise Failed("There must be one index.")
    return ttl_enabled(context, **parameters)


def asks_for_a_region(context: Context, **parameters: Any) -> Passed:
    if context.account.region != "us-east-1":
        raise Failed("It must be in Virginia.")
    return ttl_enabled(context, **parameters)


def counts_fields(context: Context, **parameters: Any) -> Passed:
    answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=parameters["table"])
    if len(answer["TimeToLiveDescription"]) != 2:
        raise Failed("There must be two fields.")
    return ttl_enabled(context, **parameters)


def calls_enabling_a_failure(context: Context, **parameters: Any) -> Passed:
    answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=parameters["table"])
    if answer["TimeToLiveDescription"]["TimeToLiveStatus"] != "ENABLED":
        raise Failed("It is not enabled.")
    return ttl_enabled(context, **parameters)


@pytest.mark.parametrize(
    ("function", "blamed_on"),
    [
        (asks_for_a_name, "other free names"),
        (asks_for_one_index, "more indexes"),
        (asks_for_a_region, "another account and Region"),
        (counts_fields, "unknown fields"),
        (calls_enabling_a_failure, "ENABLING at first"),
        pytest.param(calls_enabling_a_failure, "unknown member", marks=pytest.mark.proof),
    ],
)
def test_a_check_that_asks_for_too_much_is_noticed(
    reference: Tape, function: Callable[..., Passed], blamed_on: str
) -> None:
    auditor = of_the_lab(reference, with_ttl(function))
    cases = auditor.leaf_mutants() if blamed_on == "unknown member" else auditor.right_variants()
    blamed = [case for case in cases if case.is_problem and blamed_on in case.name]

    assert {case.ruling for case in blamed} == {Ruling.WRONGLY_BLAMED}
    first = {one.id for case in blamed for one in case.changed.values() if one.reason is not Reason.PREREQUISITE}
    assert first == {"expiry.time-to-live"}


def test_a_configuration_that_is_absent_is_tried_where_it_may_be() -> None:
    absent = {case.name for case in every_check().read_mutants() if "NoSuch" in case.name or "NotFoundErr" in case.name}

    assert absent == {
        "s3 GetPublicAccessBlock archive-student answers NoSuchPublicAccessBlockConfiguration",
        "s3 GetBucketEncryption archive-student answers ServerSideEncryptionConfigurationNotFoundError",
        "s3 GetBucketLifecycleConfiguration archive-student answers NoSuchLifecycleConfiguration",
    }


@pytest.mark.proof
def test_a_check_that_crashes_is_noticed(reference: Tape) -> None:
    def crashes(context: Context, **parameters: Any) -> Passed:
        answer = context.account.read("dynamodb", "DescribeTimeToLive", TableName=parameters["table"])
        assert answer["TimeToLiveDescription"].get("AttributeName"), "a name"
        return ttl_enabled(context, **parameters)

    found = list(of_the_lab(reference, with_ttl(crashes)).leaf_mutants())

    assert "crashed: expiry.time-to-live" in {case.explanation for case in found if case.is_problem}


@pytest.mark.proof
def test_a_check_that_reads_what_it_need_not_is_noticed(reference: Tape) -> None:
    """A check that depends on a leaf that the review calls irrelevant leaves the entry of the review unused."""

    def minds_the_type(context: Context, **parameters: Any) -> Passed:
        table = context.account.read("dynamodb", "DescribeTable", TableName=parameters["table"])["Table"]
        if table["AttributeDefinitions"][0]["AttributeType"] == "B":
            raise Failed("It must not be Binary.")
        return ttl_enabled(context, **parameters)

    auditor = of_the_lab(reference, with_ttl(minds_the_type))
    list(auditor.leaf_mutants())

    assert [one for one in auditor.unused if "Table.AttributeDefinitions[0].AttributeType" in one]


def test_what_a_mutant_replaces_must_be_there(reference: Tape, tmp_path: Path) -> None:
    review = tmp_path / "audit.yaml"
    text = paths.review(LAB).read_text("utf-8").replace("from: expiresAt", "from: somethingElse")
    review.write_text(text, "utf-8")

    with pytest.raises(UsageError, match=r"time-to-live-on-a-number-key does not fit: .* 'expiresAt', not 'somethingE"):
        list(Auditor(find_definition(LAB), reference, review).cases())


@pytest.mark.proof
def test_each_kind_passes_fails_misses_and_is_denied_as_it_must() -> None:
    """By running it, without its prerequisites: on the right account, on mutants, and on answers that are errors."""
    kinds: dict[str, str] = {}

    def alone(spec: CheckSpec) -> CheckSpec:
        kinds[spec.finding_id] = spec.check.kind
        return replace(spec, needs=())

    cases = list(every_check(alone).cases())

    def kinds_with(outcome: Callable[[Case, Finding], bool]) -> set[str]:
        return {kinds[one] for case in cases for one, finding in case.changed.items() if outcome(case, finding)}

    def fails(case: Case, finding: Finding) -> bool:
        return finding.status is Status.FAIL and bool(finding.expected and finding.actual and finding.resource)

    inspecting = {kind for kind, check in REGISTRY.items() if check.phases is None}
    reading = {kind for kind in inspecting if REGISTRY[kind].actions}
    assert next(iter(cases)).ruling is Ruling.RIGHT
    assert set(kinds.values()) == inspecting
    assert kinds_with(fails) == inspecting
    assert kinds_with(lambda case, one: fails(case, one) and "answers ResourceNotFound" in case.name) == reading
    assert kinds_with(lambda case, one: "answers AccessDenied" in case.name and one.reason is Reason.DENIED) == reading


ENOUGH = """\
schema_version: 1
id: lab
title: A lab
summary: About it.
names: {table_name: 'orders-${student_id}'}
tasks:
  - id: task
    title: A task
    description: Do it.
    hints: [Think.]
    checks:
      - id: enough
        kind: items.count
        points: 100
        with: {table: '${table_name}', minimum: 2, where: {required: [kind], properties: {kind: {const: order}}}}
"""


def test_an_attribute_of_an_item_is_no_optional_field_of_an_answer(tmp_path: Path) -> None:
    """A check that counts items with an attribute is right, though each of them may lack it, but not all."""
    definition, review = tmp_path / "lab.yaml", tmp_path / "review.yaml"
    definition.write_text(ENOUGH)
    review.write_text("schema_version: 1\nirrelevant: []\naccount_mutants: []\nsubmission_mutants: []\n")
    items = [{"id": {"S": f"e-{number}"}, "kind": {"S": "order"}} for number in range(4)]
    asked = {"TableName": "orders-student", "ConsistentRead": True}
    description = table(TableName="orders-student")
    readings = (
        Reading("dynamodb", "DescribeTable", {"TableName": "orders-student"}, description, None),
        Reading("dynamodb", "Scan", asked, {"Items": items, "Count": 4, "ScannedCount": 4}, None),
    )
    auditor = Auditor(definition, Tape(STAMP, None, readings), review)

    cases = {case.name: case for case in auditor.cases()}

    older = cases["answers of an older version, without any optional field"]
    assert (older.ruling, older.explanation) == (Ruling.RIGHT, "")
    assert cases["dynamodb Scan orders-student Items[0].kind: absent"].changed == {}
    assert cases["the right account"].ruling is Ruling.RIGHT
