"""The audit proves each bound of a definition by accounts of its own, and says which one nothing shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness import paths
from harness.account.reading import Reading
from harness.audit.auditor import Auditor, Case, Ruling
from harness.audit.bounds import bounds, proofs
from harness.audit.outcomes import load_outcomes
from harness.checking.check import REGISTRY, Check, CheckSpec
from harness.grading.tape import Tape
from tests.harness.audit.test_auditor import every_check, recorded_tape
from tests.support import EVERY_CHECK, STAMP


def a_check(**parameters: Any) -> CheckSpec:
    """A check of which only the parameters matter."""
    told = {"type": "object", "properties": {"keys": {"enum": [1, 2]}}}
    check = Check("a.b", "", "", {}, told, (), (), "", lambda context: None, None)  # type: ignore[arg-type, return-value]
    return CheckSpec("c", "t", check, 1, (), parameters)


def proven(
    answer: Mapping[str, Any],
    operation: str,
    parameters: Mapping[str, Any],
    holds: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    service: str = "dynamodb",
) -> dict[str, tuple[str, Any, Any] | None]:
    """Where each bound shows, what is inside and what is outside, for a check that holds of an answer and parameters."""
    tape = Tape(STAMP, None, (Reading(service, operation, {}, answer, None),))

    def passes(spec: CheckSpec, changed: Tape) -> bool | None:
        answered = changed.readings[0].answer
        assert answered is not None
        try:
            return holds(answered, spec.parameters)
        except (IndexError, ValueError):
            return None  # as a check that cannot be judged

    return {
        bound.name: None if proof is None else (proof.place, proof.inside, proof.outside)
        for bound, proof in proofs(a_check(**parameters), tape, [0], passes)
    }


def test_a_bound_is_a_number_that_limits() -> None:
    schema = {"properties": {"total": {"minimum": 0, "multipleOf": 0.01, "const": 3}, "size": {"enum": [1, 2]}}}
    spec = a_check(keys=2, minimum=3, least=2.5, on=True, name="4", schema=schema, each=[{"minItems": 1}])

    found = {bound.name: (bound.value, bound.unit) for bound in bounds(spec)}

    assert found == {
        "minimum": (3, 1),
        "least": (2.5, 0.1),
        "schema.properties.total.minimum": (0, 1),
        "each.0.minItems": (1, 1),
    }


def test_every_number_of_the_kinds_that_limits_is_proven() -> None:
    """On the account with everything there is to check: whoever adds a parameter that is a number meets this."""
    cases = {case.name: case for case in every_check().bound_mutants()}

    assert {case.ruling for case in cases.values()} == {Ruling.NOTICED}
    assert len(cases) >= 16
    by_bound = {name.partition(", ")[0]: name.partition(", ")[2] for name in cases}
    assert by_bound["bound orders.quotas maximum_global 3"].endswith("Indexes: 3 holds and 4 does not")
    assert by_bound["bound consume.mapping maximum_batch_size 100"].endswith("BatchSize: 100 holds and 101 does not")
    assert by_bound["bound watch.throttled-reads within_seconds 300"].endswith("Period: 60 holds and 120 does not")
    assert by_bound["bound orders.backups minimum 2"].endswith("BackupSummaries: 2 holds and 1 does not")


def test_a_number_that_stands_in_the_answer_shows_its_bound() -> None:
    answer = {"Table": {"ItemCount": 70, "TableSizeBytes": 5}}

    found = proven(
        answer, "DescribeTable", {"maximum": 100, "minimum": 20}, lambda told, asked:
        asked["minimum"] <= told["Table"]["ItemCount"] <= asked["maximum"],
    )  # fmt: skip

    place = "dynamodb DescribeTable Table.ItemCount"
    assert found == {"maximum": (place, 100, 101), "minimum": (place, 20, 19)}


def test_a_bound_that_nothing_shows_has_no_proof() -> None:
    answer = {"Table": {"ItemCount": 70}}

    assert proven(answer, "DescribeTable", {"maximum": 100}, lambda told, asked: True) == {"maximum": None}


def test_another_limit_at_the_same_number_is_no_proof() -> None:
    """A quota of AWS, or one that is written into the check, does not move with the definition's."""
    answer = {"Table": {"ItemCount": 70}}

    found = proven(answer, "DescribeTable", {"maximum": 100}, lambda told, asked: told["Table"]["ItemCount"] <= 100)

    assert found == {"maximum": None}


def test_lists_grow_and_shrink() -> None:
    answer = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}

    found = proven(
        answer, "ListTagsOfResource", {"minimum": 1, "maximum": 4}, lambda told, asked:
        asked["minimum"] <= len({one["Key"] for one in told["Tags"]}) <= asked["maximum"],
    )  # fmt: skip

    place = "length of dynamodb ListTagsOfResource Tags"
    assert found == {"minimum": (place, 1, 0), "maximum": (place, 4, 5)}


def test_seconds_that_are_counted_in_minutes() -> None:
    """The bound need not be a number of the answer: here it is a product of two."""
    answer = {"MetricAlarms": [{"Period": 60, "EvaluationPeriods": 3}]}

    def soon(told: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
        alarm = told["MetricAlarms"][0]
        return bool(
            not alarm["Period"] % 60 and alarm["Period"] * alarm["EvaluationPeriods"] <= asked["within_seconds"]
        )

    found = proven(answer, "DescribeAlarms", {"within_seconds": 900}, soon, service="cloudwatch")

    assert found == {"within_seconds": ("cloudwatch DescribeAlarms MetricAlarms[0].Period", 300, 360)}


def test_what_all_items_have_is_turned_together() -> None:
    """One order that is too small would leave enough of them."""
    answer = {"Items": [{"total": {"N": "12.50"}} for _ in range(5)], "Count": 5}

    def enough(told: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
        return len([one for one in told["Items"] if float(one["total"]["N"]) >= asked["where"]["minimum"]]) >= 3

    found = proven(answer, "Scan", {"where": {"minimum": 10}}, enough)

    assert found == {"where.minimum": ("dynamodb Scan Items[0].total.N and those like it", 10, 9)}


def test_texts_and_moments_have_bounds_too() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    answer = {"Items": [{"name": {"S": "a name"}}]}

    found = proven(answer, "Scan", {"minLength": 2}, lambda told, asked:
        len(told["Items"][0]["name"]["S"]) >= asked["minLength"])  # fmt: skip
    assert found == {"minLength": ("length of dynamodb Scan Items[0].name.S", 2, 1)}

    found = proven({"Table": {"CreationDateTime": made}}, "DescribeTable", {"days": 3}, lambda told, asked:
        told["Table"]["CreationDateTime"] <= made + timedelta(days=asked["days"]))  # fmt: skip
    assert found["days"] is not None
    assert found["days"][1:] == (made + timedelta(days=3), made + timedelta(days=3, seconds=1))


def test_a_number_that_the_answer_lacks_is_told() -> None:
    answer = {"Rules": [{"ID": "a"}]}

    def keeps(told: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
        return bool(told["Rules"][0].get("Expiration", {}).get("Days", 9999) >= asked["minimum_retention_days"])

    found = proven(answer, "GetBucketLifecycleConfiguration", {"minimum_retention_days": 365}, keeps, service="s3")

    place = "s3 GetBucketLifecycleConfiguration Rules[0].Expiration.Days"
    assert found == {"minimum_retention_days": (place, 365, 364)}


def forgetting(kind: str, parameter: str) -> Callable[[CheckSpec], CheckSpec]:
    """A check that takes no notice of one of its parameters."""
    function = REGISTRY[kind].function

    def change(spec: CheckSpec) -> CheckSpec:
        if spec.check.kind != kind:
            return spec
        forgets = lambda context, **told: function(context, **{**told, parameter: 10**9})  # noqa: E731
        return replace(spec, check=replace(spec.check, function=forgets))

    return change


def shifting(kind: str, parameter: str) -> Callable[[CheckSpec], CheckSpec]:
    """A check that allows one more than it should."""
    function = REGISTRY[kind].function

    def change(spec: CheckSpec) -> CheckSpec:
        if spec.check.kind != kind:
            return spec
        shifted = lambda context, **told: function(context, **{**told, parameter: told[parameter] + 1})  # noqa: E731
        return replace(spec, check=replace(spec.check, function=shifted))

    return change


BATCHES = ("streams.consumer", "maximum_batch_size")


def of_batches(change_spec: Callable[[CheckSpec], CheckSpec]) -> Case:
    return case_of_batches(every_check(change_spec))


def case_of_batches(auditor: Auditor) -> Case:
    """The case of that one bound: to try all takes seconds."""
    auditor.specs = [spec for spec in auditor.specs if spec.check.kind == BATCHES[0]]
    [case] = auditor.bound_mutants()
    return case


def test_a_bound_that_a_check_forgets_is_blind() -> None:
    case = of_batches(forgetting(*BATCHES))

    assert (case.ruling, case.name) == (Ruling.BLIND, "bound consume.mapping maximum_batch_size 100")
    assert "no finding notices an account just outside it" in case.explanation


def test_what_every_lab_waives_hides_no_requirement_of_one_that_asks() -> None:
    """A waiver of a field for all labs would hide that the check of a lab that asks for it takes no notice."""
    auditor = every_check(forgetting(*BATCHES))
    kept = Auditor(paths.definition(EVERY_CHECK), recorded_tape(), paths.review(EVERY_CHECK))

    for one in (auditor, kept):
        assert not [entry for entry in one.common if "EventSourceMappings[*].BatchSize" in entry.paths]
        assert [entry for entry in one.common if "EventSourceMappings[*].UUID" in entry.paths]
    larger = "lambda ListEventSourceMappings EventSourceMappings[0].BatchSize: plus one"
    case = next(one for one in auditor.leaf_mutants() if one.name == larger)
    assert (case.ruling, case.explanation) == (Ruling.BLIND, "no finding changed")


def test_a_bound_that_is_off_by_one_is_not_as_it_was_accepted() -> None:
    accepted = load_outcomes(paths.outcomes(paths.review(EVERY_CHECK)))
    case = of_batches(shifting(*BATCHES))

    assert accepted is not None
    assert case.name.endswith("BatchSize: 101 holds and 102 does not")
    assert case.name not in accepted
    assert case.name.replace("101 holds and 102", "100 holds and 101") in accepted


def test_a_bound_can_be_waived_with_a_reason(tmp_path: Path) -> None:
    review = tmp_path / "review.yaml"
    waived = "  - read: bound consume.mapping\n    paths: [maximum_batch_size]\n    reason: It is tried out.\n"
    text = paths.review(EVERY_CHECK).read_text("utf-8")
    review.write_text(text.replace("irrelevant:\n", f"irrelevant:\n{waived}", 1), "utf-8")
    definition, change = paths.definition(EVERY_CHECK), forgetting(*BATCHES)

    auditor = Auditor(definition, recorded_tape(), review, change_spec=change)

    case = case_of_batches(auditor)
    assert (case.ruling, case.explanation) == (Ruling.IRRELEVANT, "It is tried out.")


@pytest.mark.parametrize("lab", paths.labs_for_tests())
def test_the_bounds_that_were_accepted_hold_where_the_definition_says(lab: str) -> None:
    """Read as an author reads them: what holds and what does not are neighbours."""
    accepted = load_outcomes(paths.outcomes(paths.review(lab)))
    assert accepted
    said = [name for name in accepted if name.startswith("bound ")]
    pattern = re.compile(r"bound \S+ \S+ [\d.]+, .*: (-?[\d.]+) holds and (-?[\d.]+) does not")

    numbers = [found.groups() for name in said if (found := pattern.fullmatch(name))]

    assert len(numbers) == len(said) >= 3
    assert {abs(float(inside) - float(outside)) for inside, outside in numbers} <= {1, 60}
