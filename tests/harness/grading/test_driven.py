"""A lab that drives much code: each scenario's evidence is its own, on the tape too, and is judged again alike."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from harness import paths
from harness.account.errors import NotOnTape
from harness.checking.check import REGISTRY, Context, Failed, Passed, check
from harness.checking.finding import Reason, Status, Verdict
from harness.driving.evidence import Evidence
from harness.driving.scenario import Scenario
from harness.driving.session import DrivingSession
from harness.grading import tape as tapes
from harness.grading.grade import Result, grade
from harness.grading.options import GradeOptions
from harness.grading.replay import replay
from harness.labs import definition
from harness.targets.target import TargetOptions
from harness.usage import UsageError

COUNT = 12
NUMBERS = range(1, COUNT + 1)
SCRIPT = f"""
import boto3
client = boto3.client("dynamodb")
for number in range(1, {COUNT} + 1):
    client.create_table(
        TableName=f"table-{{number}}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{{"AttributeName": "id", "AttributeType": "S"}}],
        KeySchema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
    )
"""
MODULE = """
import boto3
table = boto3.resource("dynamodb").Table("table-NUMBER")

def put(id):
    table.put_item(Item={"id": id})

def ids():
    return sorted(item["id"] for item in table.scan()["Items"])
"""


def lab_of(count: int, *, provision: bool = True, module: str = "part_{number}") -> str:
    """A definition with so much code, each with its own module, table and scenario."""
    driven, checks = "", ""
    for number in range(1, count + 1):
        file = module.format(number=number)
        driven += f"  code_{number}: {{module: {file}, tables: [table-{number}], scenario: scenario_{number}}}\n"
        points = 100 // count + (100 % count if number == 1 else 0)
        checks += f"      - {{id: code-{number}, kind: test.own, points: {points}, with: {{driven: code_{number}}}}}\n"
    return (
        "schema_version: 1\nid: dozen\ntitle: A lab\nsummary: About it.\nnames: {a_name: some}\n"
        f"provision: {str(provision).lower()}\ndriven:\n{driven}"
        "tasks:\n  - id: first\n    title: First\n    description: Do it.\n    hints: []\n    checks:\n" + checks
    )


def gathering(number: int) -> Callable[[DrivingSession], None]:
    def gather(session: DrivingSession) -> None:
        with session.recording(), session.process(f"client {number}") as process:
            process.call("load", "put", f"item {number}")
            process.call("load", "ids")

    return gather


@pytest.fixture
def dozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The lab `dozen`, and a kind of check that fails unless evidence is that of its own code; the submission's folder."""

    @check("test.own", example={}, phases=("load",), source="test")
    def judge(context: Context) -> Passed:
        """Each code has its own evidence."""
        number = context.driven.name.removeprefix("code_")
        failures = [one.failure.summary for one in context.evidence.calls if one.failure]
        if failures:
            raise Failed(failures[0])
        put, ids = context.evidence.calls
        seen = (put.arguments, ids.value, {one.client for one in (*put.exchanges, *ids.exchanges)})
        if seen != ((f"item {number}",), [f"item {number}"], {f"client {number}"}):
            raise Failed(f"code {number} saw {seen}")
        [table] = {table for one in (*put.exchanges, *ids.exchanges) for table in one.tables}
        return Passed(f"{table}: {ids.value}")

    module = ModuleType("fixtures.dozen.scenario")
    for number in NUMBERS:
        setattr(module, f"scenario_{number}", Scenario(gathering(number), model=lambda today: None))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(paths, "TASKS", tmp_path / "tasks")
    (tmp_path / "tasks").mkdir()
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "provision.py").write_text(SCRIPT, "utf-8")
    for number in NUMBERS:
        (folder / f"part_{number}.py").write_text(MODULE.replace("NUMBER", str(number)), "utf-8")
    define(lab_of(COUNT))
    yield folder
    del REGISTRY["test.own"]
    definition._parameter_validator.cache_clear()


def define(text: str) -> None:
    (paths.TASKS / "dozen.yaml").write_text(text, "utf-8")


def findings_of(result: Result) -> list[object]:
    return [replace(one, seconds=0.0) for one in result.findings]


@pytest.mark.proof
def test_twelve_scenarios_of_one_lab_do_not_mix_and_are_replayed_byte_for_byte(dozen: Path) -> None:
    result = grade(GradeOptions("dozen", submission=dozen, seed=7))

    assert [(one.status, one.message) for one in result.findings] == [
        (Status.PASS, f"table-{number}: ['item {number}']") for number in NUMBERS
    ]
    assert result.verdict is Verdict.PASSED
    assert list(result.tape.evidence) == [f"code_{number}" for number in NUMBERS]
    text = tapes.dumps(result.tape, items=True)
    again = replay(tapes.loads(text, "a tape"))
    assert findings_of(again) == findings_of(result)
    assert tapes.dumps(again.tape, items=True) == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tables: [table-1]", "tables: [table-1, table-2]"),
        ("module: part_1,", "module: part_2,"),
        ("scenario: scenario_1}", "scenario: scenario_2}"),
        ("module: part_1,", "module: part_1, class: Store,"),
    ],
    ids=["tables", "module", "scenario", "class"],
)
def test_evidence_of_what_is_declared_otherwise_now_is_not_on_the_tape(dozen: Path, old: str, new: str) -> None:
    define(lab_of(2))
    result = grade(GradeOptions("dozen", submission=dozen, seed=7))
    assert result.verdict is Verdict.PASSED
    define(lab_of(2).replace(old, new, 1))

    first, second = replay(tapes.loads(tapes.dumps(result.tape, items=True), "a tape")).findings

    assert (first.status, first.reason) == (Status.SKIP, Reason.NOT_ON_TAPE)
    assert first.message == "The answer to submission evidence of code_1 is not on this tape."
    assert second.status is Status.PASS
    renamed = replay(replace(result.tape, evidence={"other": result.tape.evidence["code_1"]}))
    assert {one.reason for one in renamed.findings} == {Reason.NOT_ON_TAPE}
    driven = definition.load_lab("dozen", student_id="a", account_id="1" * 12, region="us-east-1").driven["code_1"]
    with pytest.raises(NotOnTape, match="the recorded run called code that the lab declared differently then"):
        result.tape.evidence_of(driven)


def test_of_three_modules_the_one_that_is_missing_fails_alone(dozen: Path) -> None:
    define(lab_of(3))
    (dozen / "part_2.py").unlink()

    result = grade(GradeOptions("dozen", submission=dozen))

    assert [one.status for one in result.findings] == [Status.PASS, Status.FAIL, Status.PASS]
    assert result.findings[1].message == "there is no part_2.py in the submission's folder"


def test_a_lab_of_one_module_runs_no_script(dozen: Path) -> None:
    """The code makes its table itself: it is not there when the scenario begins."""
    define(lab_of(1, provision=False))
    (dozen / "provision.py").write_text("raise SystemExit('nobody runs this')")
    text = MODULE.replace("NUMBER", "1")
    (dozen / "part_1.py").write_text(text + SCRIPT.replace(f"range(1, {COUNT} + 1)", "(1,)"))

    result = grade(GradeOptions("dozen", submission=dozen))

    assert [(one.status, one.message) for one in result.findings] == [(Status.PASS, "table-1: ['item 1']")]
    assert result.tape.provisioning is None
    again = replay(tapes.loads(tapes.dumps(result.tape, items=True), "a tape"))
    assert findings_of(again) == findings_of(result)
    (dozen / "part_1.py").unlink()
    with pytest.raises(
        UsageError, match=r"part_1\.py does not exist\. A submission is a folder that holds part_1\.py; start"
    ):
        grade(GradeOptions("dozen", submission=dozen))


def test_code_is_driven_where_nothing_is_built_in_an_account_that_was_not_asked_anything(dozen: Path) -> None:
    define(lab_of(1, provision=False))

    [finding] = grade(GradeOptions("dozen", submission=dozen)).findings

    assert finding.status is Status.FAIL
    assert "ResourceNotFoundException" in finding.message


@pytest.mark.parametrize(
    ("provision", "ways"),
    [
        (True, "Leave it out, or add --allow-writes to try its part_1.py and part_2.py there, or --provision to run its script."),
        (False, "Leave it out, or add --allow-writes to try its part_1.py and part_2.py there."),
    ],
    ids=["with a script", "code alone"],
)  # fmt: skip
def test_what_can_be_done_with_a_submission_on_an_endpoint_is_told(dozen: Path, provision: bool, ways: str) -> None:
    define(lab_of(2, provision=provision))
    target = TargetOptions(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(UsageError) as refused:
        grade(GradeOptions("dozen", submission=dozen, target=target))

    assert str(refused.value).endswith(ways)


def test_a_lab_without_code_and_script_grades_an_account_alone(dozen: Path) -> None:
    define(
        "schema_version: 1\nid: dozen\ntitle: A lab\nsummary: About it.\nnames: {a_name: some}\ntasks:\n  - id: first\n"
        "    title: First\n    description: Do it.\n    hints: []\n    checks:\n"
        "      - {id: table, kind: table.exists, points: 100, with: {table: some}}\n"
    )

    result = grade(GradeOptions("dozen"))

    assert (str(result.submission.kind), result.submission.folder) == ("account", None)
    assert [one.status for one in result.findings] == [Status.FAIL]
    with pytest.raises(UsageError, match="Leave it out"):
        grade(GradeOptions("dozen", submission=dozen, target=TargetOptions(endpoint_url="http://127.0.0.1:1")))


def test_evidence_is_kept_by_name_as_the_lab_declared_it(dozen: Path) -> None:
    define(lab_of(2))

    gathered = grade(GradeOptions("dozen", submission=dozen)).tape.evidence

    for number in (1, 2):
        evidence = gathered[f"code_{number}"]
        assert isinstance(evidence, Evidence)
        assert evidence.driven == {
            "module": f"part_{number}",
            "class": "",
            "arguments": [],
            "session": False,
            "tables": [f"table-{number}"],
            "scenario": f"scenario_{number}",
        }
