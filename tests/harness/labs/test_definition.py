"""Loading definitions: every mistake is a sentence with its place, and nothing else ever comes out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest

import checks  # noqa: F401  (registers the kinds)
from harness import paths
from harness.checking.check import REGISTRY, Context, Passed, check
from harness.checking.parameters import Schema
from harness.documents.strict_yaml import DefinitionError, Problem, read
from harness.driving.scenario import Entity, Question, Scenario
from harness.labs import definition
from harness.labs.definition import Lab, load, validate_student_id
from harness.usage import UsageError
from tests.each import each
from tests.support import DEFINITION

REAL = DEFINITION.read_text("utf-8")
LAB = """\
schema_version: 1
id: lab
title: A lab
summary: About it.
names:
  table_name: shop-${student_id}
  bucket: shop-${account_id}-${region}-${student_id}
tasks:
  - id: first
    title: First
    description: Make ${table_name}.
    hints: ["Call it ${table_name}."]
    checks:
      - id: table
        kind: table.exists
        gate: true
        with: {table: "${table_name}"}
      - id: active
        kind: table.active
        points: 40
        with: {table: "${table_name}"}
  - id: second
    title: Second
    description: Protect it.
    required: true
    hints: []
    checks:
      - id: recovery
        kind: backup.point_in_time_recovery
        points: 60
        needs: [active]
        with: {table: "${table_name}"}
"""


def loaded(folder: Path, text: str | bytes, name: str = "lab") -> Lab:
    """The lab that this text defines, for the student ann."""
    file = folder / f"{name}.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, student_id="ann", account_id="123456789012", region="us-east-1")


def changed(*changes: str) -> str:
    """The lab above with changes, each `what stands there => what shall stand there`."""
    text = LAB
    for change in changes:
        old, new = change.split(" => ")
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problems_of(folder: Path, text: str | bytes, name: str = "lab") -> list[str]:
    """Why the text is refused: `line: path: message`."""
    with pytest.raises(DefinitionError) as refused:
        loaded(folder, text, name)
    assert {problem.file for problem in refused.value.problems} == {folder / f"{name}.yaml"}
    return [f"{problem.line}: {problem.path}: {problem.message}" for problem in refused.value.problems]


def test_a_lab_is_loaded_with_its_names_filled_in(tmp_path: Path) -> None:
    lab = loaded(tmp_path, LAB)

    assert (lab.id, lab.title, lab.summary, lab.pass_mark) == ("lab", "A lab", "About it.", 70)
    assert dict(lab.names) == {"table_name": "shop-ann", "bucket": "shop-123456789012-us-east-1-ann"}
    first, second = lab.tasks
    assert (first.description, first.hints, first.required) == ("Make shop-ann.", ("Call it shop-ann.",), False)
    assert (first.points, second.points, second.required) == (40, 60, True)
    assert [spec.finding_id for spec in lab.checks] == ["first.table", "first.active", "second.recovery"]
    assert {spec.parameters["table"] for spec in lab.checks} == {"shop-ann"}


def test_prerequisites_are_those_of_the_definition_and_of_the_kind(tmp_path: Path) -> None:
    lab = loaded(tmp_path, LAB)

    assert {spec.id: spec.needs for spec in lab.checks} == {
        "table": (),
        "active": ("table",),
        "recovery": ("active", "table"),
    }


def test_a_kinds_prerequisite_is_about_the_same_resource(tmp_path: Path) -> None:
    lab = loaded(
        tmp_path,
        changed('points: 40\n        with: {table: "${table_name}"} => points: 40\n        with: {table: other}'),
    )

    assert {spec.id: spec.needs for spec in lab.checks}["active"] == ()


NAME_RULE = "must be lower-case letters, digits and underscores, beginning with a letter"
REGIONS = "tasks: => regions:\n  replica_region: eu-west-1\n  far: ap-south-1\ntasks:"
THERE = 'with: {table: "${table_name}"}\n      - id: active => region: REGION\n        '
THERE += 'with: {table: "${table_name}"}\n      - id: active'


def test_regions_are_names_that_checks_can_look_in(tmp_path: Path) -> None:
    bucket = "bucket: shop-${account_id}-${region}-${student_id} => bucket: shop-${replica_region}"
    described = "Make ${table_name}. => Make it in ${far}."
    lab = loaded(tmp_path, changed(REGIONS, bucket, described, THERE.replace("REGION", "${replica_region}")))

    assert dict(lab.regions) == {"replica_region": "eu-west-1", "far": "ap-south-1"}
    assert dict(lab.variables) == {"table_name": "shop-ann", "bucket": "shop-eu-west-1", **lab.regions}
    assert lab.tasks[0].description == "Make it in ap-south-1."
    assert [spec.region for spec in lab.checks] == ["eu-west-1", "", ""]
    assert {spec.id: spec.needs for spec in lab.checks}["active"] == (), "of a kind, and of another Region"
    assert (dict(loaded(tmp_path, LAB).regions), [spec.region for spec in loaded(tmp_path, LAB).checks]) == (
        {},
        ["", "", ""],
    )


def test_the_runs_own_region_may_be_said(tmp_path: Path) -> None:
    lab = loaded(tmp_path, changed(THERE.replace("REGION", "${region}")))

    assert [spec.region for spec in lab.checks] == ["", "", ""]
    assert {spec.id: spec.needs for spec in lab.checks}["active"] == ("table",)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (("tasks: => regions: {}\ntasks:",), "8: regions: must not be shorter than 1; its length is 0."),
        (("tasks: => regions: eu-west-1\ntasks:",), '8: regions: must be a mapping, not "eu-west-1".'),
        (
            (REGIONS, "eu-west-1 => moon"),
            '9: regions.replica_region: must be the name of an AWS Region, such as eu-west-1, not "moon".',
        ),
        (
            (REGIONS, "eu-west-1 => ${region}"),
            '9: regions.replica_region: must be the name of an AWS Region, such as eu-west-1, not "${region}".',
        ),
        ((REGIONS, "eu-west-1 => 1"), "9: regions.replica_region: must be text, not 1."),
        ((REGIONS, "far: => Far:"), f'10: regions.Far: {NAME_RULE}, not "Far".'),
        ((REGIONS, "far: => bucket:"), "10: regions.bucket: this name is taken; choose another."),
        ((REGIONS, "far: => region:"), "10: regions.region: this name is taken; choose another."),
        ((REGIONS, "far: => aws_region:"), "10: regions.aws_region: this name is taken; choose another."),
        (
            (THERE.replace("REGION", "eu-west-1"),),
            "17: tasks[0].checks[0].region: 'eu-west-1' is not a Region of this lab. Known here: ${region}.",
        ),
        (
            (REGIONS, THERE.replace("REGION", "eu-west-2")),
            (
                "20: tasks[0].checks[0].region: 'eu-west-2' is not a Region of this lab. Known here: ${region}, "
                "${replica_region}, ${far}."
            ),
        ),
        (
            (THERE.replace("REGION", "${regoin}"),),
            (
                "17: tasks[0].checks[0].region: ${regoin} is not known. Did you mean 'region'? "
                "Known here: ${account_id}, ${bucket}, ${region}, ${student_id}, ${table_name}."
            ),
        ),
        ((THERE.replace("REGION", "7"),), "17: tasks[0].checks[0].region: must be text, not 7."),
    ],
)
def test_regions_that_are_none_are_refused(tmp_path: Path, changes: tuple[str, ...], problem: str) -> None:
    assert problems_of(tmp_path, changed(*changes)) == [problem]


OWN_WORDS = "kind: table.active => kind: table.active\n        says: ' ${table_name} is there. '\n        hint: Wait for ${table_nam}."


def test_a_check_may_say_what_it_requires_in_its_own_words(tmp_path: Path) -> None:
    lab = loaded(tmp_path, changed(OWN_WORDS, "${table_nam}. => ${table_name}."))

    _, active, recovery = lab.checks
    assert (active.summary, active.says, active.hint) == (
        "shop-ann is there.",
        "shop-ann is there.",
        "Wait for shop-ann.",
    )
    assert (recovery.summary, recovery.says, recovery.hint) == (recovery.check.summary, "", "")


def test_what_a_check_says_is_filled_in_or_refused(tmp_path: Path) -> None:
    [unknown] = problems_of(tmp_path, changed(OWN_WORDS))
    assert unknown.startswith("21: tasks[0].checks[1].hint: ${table_nam} is not known. Did you mean 'table_name'?")
    [empty] = problems_of(tmp_path, changed("kind: table.active => kind: table.active\n        says: ' '"))
    assert empty == '20: tasks[0].checks[1].says: must be some text, not " ".'


def test_code_is_tried_in_the_runs_own_region(tmp_path: Path) -> None:
    @check("test.driven", example={}, source="test", phases=())
    def driven(context: Context) -> Passed:
        """It holds."""
        return Passed("It holds.")

    try:
        text = changed(
            REGIONS,
            'kind: table.active\n        points: 40\n        with: {table: "${table_name}"} => '
            "kind: test.driven\n        points: 40\n        region: ${replica_region}\n        with: {}",
        )
        problems = problems_of(tmp_path, text)
    finally:
        del REGISTRY["test.driven"]

    assert (
        "24: tasks[0].checks[1].region: test.driven judges code, which is called only in the run's own Region; "
        "leave it out."
    ) in problems


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_the_digest_is_the_same_whatever_ends_the_lines(tmp_path: Path, ending: str) -> None:
    assert b"\n" in LAB.encode()
    first = loaded(tmp_path, LAB).digest
    (tmp_path / "other").mkdir()

    assert loaded(tmp_path / "other", LAB.replace("\n", ending).encode()).digest == first


def test_the_digest_tells_definitions_apart(tmp_path: Path) -> None:
    assert loaded(tmp_path, LAB).digest == loaded(tmp_path, LAB).digest != loaded(tmp_path, LAB + "\n").digest


ID_RULE = "must be 1 to 60 lower-case letters, digits and hyphens, beginning with a letter"
KINDS = ", ".join(sorted(REGISTRY))


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            "schema_version: 1 => schema_version: 2",
            "1: schema_version: is 2; this tool reads version 1. Update the tool or the definition.",
        ),
        ("schema_version: 1 => schema_version: '1'", '1: schema_version: must be 1, not "1".'),
        ("schema_version: 1 => schema_version: true", "1: schema_version: must be 1, not true."),
        ("schema_version: 1 => #", "2: : missing: 'schema_version'."),
        ("id: lab => id: lob", "2: id: must be 'lab', like the name of the file."),
        (
            "id: lab => id: Lab",
            '2: id: must be 3 to 60 lower-case letters, digits and underscores, beginning with a letter, not "Lab".',
        ),
        (
            'id: lab => id: "lab\\n"',
            '2: id: must be 3 to 60 lower-case letters, digits and underscores, beginning with a letter, not "lab\\n".',
        ),
        ("title: A lab => title: 5", "3: title: must be text, not 5."),
        ("title: A lab => title:", "3: title: must be text, not null."),
        ("title: A lab => title: ' '", '3: title: must be one line of text, not " ".'),
        ('title: A lab => title: "a\\nb"', '3: title: must be one line of text, not "a\\nb".'),
        ("title: A lab => title: " + "x" * 121, "3: title: must not be longer than 120."),
        ("summary: About it. => summary: ''", '4: summary: must be some text, not "".'),
        (
            "summary: => sumary:",
            (
                "1: : missing: 'summary'. | 4: sumary: 'sumary' is not known here. Did you mean 'summary'? "
                "Allowed: driven, id, names, pass_mark, provision, regions, schema_version, summary, tasks, title."
            ),
        ),
        ("names: => pass_mark: 70.0\nnames:", "5: pass_mark: must be a whole number, not 70.0."),
        ("names: => pass_mark: true\nnames:", "5: pass_mark: must be a whole number, not true."),
        ("names: => pass_mark: 0\nnames:", "5: pass_mark: must be at least 1, not 0."),
        ("names: => pass_mark: 101\nnames:", "5: pass_mark: must be at most 100, not 101."),
        ("table_name: => 1:", f'6: names.1: {NAME_RULE}, not "1".'),
        ("table_name: => Table:", f'6: names.Table: {NAME_RULE}, not "Table".'),
        ("table_name: => t\u00e4ble:", f'6: names.t\u00e4ble: {NAME_RULE}, not "t\u00e4ble".'),
        ("bucket: => student_id:", "7: names.student_id: this name is taken; choose another."),
        ("bucket: => path:", "7: names.path: this name is taken; choose another."),
        ("bucket: => ld_preload:", "7: names.ld_preload: this name is taken; choose another."),
        ("bucket: => aws_endpoint_url:", "7: names.aws_endpoint_url: this name is taken; choose another."),
        ("bucket: shop => bucket: [1] #", "7: names.bucket: must be text, not [1]."),
        (
            "bucket: shop- => bucket: ${table_name}",
            "7: names.bucket: ${table_name} is not known. Known here: ${account_id}, ${region}, ${student_id}.",
        ),
        (
            "bucket: shop- => bucket: ${studentid}",
            (
                "7: names.bucket: ${studentid} is not known. Did you mean 'student_id'? "
                "Known here: ${account_id}, ${region}, ${student_id}."
            ),
        ),
        (
            "bucket: shop- => bucket: ${}",
            "7: names.bucket: ${} is not known. Known here: ${account_id}, ${region}, ${student_id}.",
        ),
        ("-${region} => -${region", "7: names.bucket: ${ is not closed by }."),
        ("- id: first => - id: First", f'9: tasks[0].id: {ID_RULE}, not "First".'),
        ('- id: first => - id: "first\\n"', f'9: tasks[0].id: {ID_RULE}, not "first\\n".'),
        ("- id: first => - id: \U0001f600", f'9: tasks[0].id: {ID_RULE}, not "\U0001f600".'),
        ("- id: second => - id: first", "22: tasks[1].id: two tasks have the id 'first'."),
        (
            "Make ${table_name} => Make ${table_nam}",
            (
                "11: tasks[0].description: ${table_nam} is not known. Did you mean 'table_name'? "
                "Known here: ${account_id}, ${bucket}, ${region}, ${student_id}, ${table_name}."
            ),
        ),
        (
            "Call it ${table_name} => Call it ${x}",
            (
                "12: tasks[0].hints[0]: ${x} is not known. "
                "Known here: ${account_id}, ${bucket}, ${region}, ${student_id}, ${table_name}."
            ),
        ),
        ("hints: [] => hints: {}", "26: tasks[1].hints: must be a list, not {}."),
        ("hints: [] => hints: [' ']", '26: tasks[1].hints[0]: must be some text, not " ".'),
        ("required: true => required: yes", '25: tasks[1].required: must be true or false, not "yes".'),
        ("required: true => required: 1", "25: tasks[1].required: must be true or false, not 1."),
        (
            "- id: active => - id: table",
            (
                "18: tasks[0].checks[1].id: two checks have the id 'table'. | "
                "31: tasks[1].checks[0].needs[0]: there is no check 'active'."
            ),
        ),
        ("gate: true => gate: false", "16: tasks[0].checks[0].gate: must be true, not false."),
        ("gate: true => gate: 1", "16: tasks[0].checks[0].gate: must be true, not 1."),
        ("points: 40 => points: 40.0", "20: tasks[0].checks[1].points: must be a whole number, not 40.0."),
        ("points: 40 => points: 4e1", "20: tasks[0].checks[1].points: must be a whole number, not 40.0."),
        ("points: 40 => points: '40'", '20: tasks[0].checks[1].points: must be a whole number, not "40".'),
        ("points: 40 => points: -40", "20: tasks[0].checks[1].points: must be at least 1, not -40."),
        ("points: 40 => points: 39", "9: tasks: the points add up to 99, not to 100."),
        (
            "points: 40 => points: 999999999999999999999999999999",
            "20: tasks[0].checks[1].points: must be at most 100, not 999999999999999999999999999999.",
        ),
        (
            "kind: table.active => kind: table.activ",
            (
                "19: tasks[0].checks[1].kind: there is no check kind 'table.activ'. Did you mean 'table.active'? "
                f"Known: {KINDS}."
            ),
        ),
        (
            "with: {table: => with: {tabel: x, table:",
            "17: tasks[0].checks[0].with.tabel: 'tabel' is not known here. Did you mean 'table'? Allowed: table.",
        ),
        ('with: {table: "${table_name}"} => with: {}', "17: tasks[0].checks[0].with: missing: 'table'."),
        ('with: {table: "${table_name}"} => with:', "17: tasks[0].checks[0].with: must be a mapping, not null."),
        ('{table: "${table_name}"} => {table: 5}', "17: tasks[0].checks[0].with.table: must be text, not 5."),
        ("needs: [active] => needs: []", "31: tasks[1].checks[0].needs: must not be shorter than 1; its length is 0."),
        (
            "needs: [active] => needs: [activ]",
            "31: tasks[1].checks[0].needs[0]: there is no check 'activ'. Did you mean 'active'?",
        ),
        (
            "needs: [active] => needs: [active, active]",
            "31: tasks[1].checks[0].needs: duplicate value.",
        ),
        (
            "needs: [active] => needs: [recovery]",
            "9: tasks: these checks wait for each other: recovery needs recovery.",
        ),
    ],
)
def test_a_mistake_is_named_where_it_stands(tmp_path: Path, change: str, problems: str) -> None:
    assert problems_of(tmp_path, changed(change)) == problems.split(" | ")


@pytest.mark.parametrize("change", ["gate: true => gate: true\n        points: 5", "points: 40\n => \n"])
def test_a_check_has_points_or_is_a_gate(tmp_path: Path, change: str) -> None:
    assert [one for one in problems_of(tmp_path, changed(change)) if "must have either points or gate: true." in one]


@pytest.mark.parametrize("value", ["text", "5", "[]", "null", "", "---", "true"])
def test_a_file_that_holds_no_mapping_is_refused(tmp_path: Path, value: str) -> None:
    [problem] = problems_of(tmp_path, value)

    assert problem.startswith("1: : ")


def test_another_version_is_all_that_is_said(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "schema_version: 99\nnonsense: true\n") == [
        "1: schema_version: is 99; this tool reads version 1. Update the tool or the definition."
    ]


def test_several_mistakes_are_named_at_once_from_top_to_bottom(tmp_path: Path) -> None:
    text = changed("title: A lab => titel: A lab", "points: 40 => points: many", "required: true => required: 3")

    assert [problem.partition(":")[0] for problem in problems_of(tmp_path, text)] == ["1", "3", "20", "25"]


def test_no_more_than_twenty_mistakes_are_named(tmp_path: Path) -> None:
    assert len(problems_of(tmp_path, LAB + "".join(f"extra{number}: 1\n" for number in range(100)))) == 20


def test_messages_stay_short_whatever_stands_in_the_file(tmp_path: Path) -> None:
    text = changed(f"kind: table.exists => kind: {'x' * 50_000}", f"title: First => title: {'y' * 50_000}")

    assert max(map(len, problems_of(tmp_path, text))) < 200
    kind = changed(f"kind: table.exists => kind: {'x' * 50_000}", f"title: A lab => 'title': {'y' * 100}")
    assert max(map(len, problems_of(tmp_path, kind))) < 200 + len(KINDS)
    assert max(map(len, problems_of(tmp_path, LAB + "z" * 1000 + ": 1\n"))) < 400


def test_checks_in_a_circle_are_named(tmp_path: Path) -> None:
    text = changed("gate: true => gate: true\n        needs: [recovery]")

    [problem] = problems_of(tmp_path, text)

    assert problem.startswith("9: tasks: these checks wait for each other: ")
    assert {"table", "active", "recovery"} >= set(problem.rpartition(": ")[2].rstrip(".").split(" needs "))


OF_CODE = """\
schema_version: 1
id: lab
title: A lab
summary: About it.
names:
  table_name: shop-${student_id}
driven:
  store:
    module: app.store
    class: Store
    arguments: ['${table_name}', 'of ${student_id}', 5, null]
    session: true
    tables: ['${table_name}', archive]
    scenario: shop
  report:
    module: report
    tables: []
    scenario: audit
tasks:
  - id: first
    title: First
    description: Do it.
    hints: []
    checks:
      - id: orders
        kind: test.answers
        points: 60
        with:
          driven: store
          question: orders_for_customer
      - id: report
        kind: test.answers
        points: 40
        with: {driven: report, entity: order}
"""


@pytest.fixture
def scenarios(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The scenarios `shop` and `audit` of the lab, and a kind of check that judges code."""

    @check("test.answers", example={}, phases=("little data",), source="test")
    def judge(context: Context, question: str = "", entity: str = "") -> Passed:
        """It holds."""
        return Passed("holds")

    module = ModuleType("fixtures.lab.scenario")
    vars(module).update(
        shop=Scenario(
            gather=lambda session: None,
            model=lambda today: None,
            questions={"orders_for_customer": Question(("place_order",), "customer", "order")},
        ),
        audit=Scenario(
            gather=lambda session: None,
            model=lambda today: None,
            entities={"order": Entity("place_order", "get_order")},
        ),
        other=5,
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    yield module
    del REGISTRY["test.answers"]
    definition._parameter_validator.cache_clear()


def test_what_is_driven_is_loaded_with_its_names_filled_in(tmp_path: Path, scenarios: ModuleType) -> None:
    lab = loaded(tmp_path, OF_CODE)

    store, report = lab.driven["store"], lab.driven["report"]
    assert (store.file, store.class_name, store.session) == ("app/store.py", "Store", True)
    assert (store.arguments, store.tables) == (("shop-ann", "of ann", 5, None), ("shop-ann", "archive"))
    assert store.made_with == ("environ['TABLE_NAME']", "'of ann'", "5", "None")
    assert (store.scenario, report.scenario) == (scenarios.shop, scenarios.audit)
    assert (report.class_name, report.arguments, report.session, report.tables) == ("", (), False, ())
    assert (store.what, store.subject, report.what, report.subject) == ("The Store", "store", "report.py", "report")
    assert {spec.id: spec.driven for spec in lab.checks} == {"orders": store, "report": report}
    assert {spec.id: dict(spec.parameters) for spec in lab.checks} == {
        "orders": {"question": "orders_for_customer"},
        "report": {"entity": "order"},
    }
    assert [one.get("table") for spec in lab.checks for one in spec.about] == ["shop-ann", "archive", None]
    assert lab.provision is False
    assert definition.handed_in(tmp_path / "lab.yaml") == ("app/store.py", "report.py")


@pytest.mark.usefixtures("scenarios")
@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ("scenario: shop => scenario: shopp", "14: driven.store.scenario: {file} has no Scenario 'shopp'. Did you mean 'shop'? Known: audit, shop."),
        ("scenario: shop => scenario: other", "14: driven.store.scenario: {file} has no Scenario 'other'. Known: audit, shop."),
        ("scenario: shop => scenario: 5", "14: driven.store.scenario: must be text, not 5."),
        ("    scenario: shop => #", "9: driven.store: missing: 'scenario'."),
        ("    class: Store => #", "11: driven.store.arguments: needs a class: functions are called with the arguments that their scenario gives. | 12: driven.store.session: needs a class: functions are called with the arguments that their scenario gives."),
        ("class: Store => class: Store()", '10: driven.store.class: must be the name of a Python class, not "Store()".'),
        ("module: app.store => module: app/store.py", '9: driven.store.module: must be the name of a Python module, not "app/store.py".'),
        ("module: app.store => module: ..store", '9: driven.store.module: must be the name of a Python module, not "..store".'),
        ("module: report => module: 'report\n\n'", '16: driven.report.module: must be the name of a Python module, not "report\\n".'),
        ("'${table_name}', archive => archive, archive", "13: driven.store.tables: duplicate value."),
        ("tables: ['${table_name}', => tables: ['${table_nam}',", "13: driven.store.tables[0]: ${table_nam} is not known. Did you mean 'table_name'? Known here: ${account_id}, ${region}, ${student_id}, ${table_name}."),
        ("arguments: ['${table_name}' => arguments: ['${x}'", "11: driven.store.arguments[0]: ${x} is not known. Known here: ${account_id}, ${region}, ${student_id}, ${table_name}."),
        ("session: true => sessions: true", "12: driven.store.sessions: 'sessions' is not known here. Did you mean 'session'? Allowed: arguments, class, module, scenario, session, tables."),
        ("driven: store => driven: stroe", "29: tasks[0].checks[0].with.driven: 'stroe' is not declared as driven. Did you mean 'store'? Known: store, report."),
        ("driven: store => driven: [store]", "29: tasks[0].checks[0].with.driven: must be text, not [\"store\"]."),
        ("          driven: store\n => ", "29: tasks[0].checks[0].with: missing: 'driven'."),
        ("question: orders_for_customer => question: orders_for_customers", "30: tasks[0].checks[0].with.question: 'orders_for_customers' is not a known question of the scenario shop. Did you mean 'orders_for_customer'? Known: orders_for_customer."),
        ("question: orders_for_customer => entity: order", "30: tasks[0].checks[0].with.entity: 'order' is not a known entity of the scenario shop. Known: none."),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_driven_is_named_where_it_stands(tmp_path: Path, change: str, problems: str) -> None:
    old, new = change.split(" => ")
    assert old in OF_CODE
    text = OF_CODE.replace(old, new, 1)

    expected = problems.replace("{file}", str(paths.scenario("lab"))).split(" | ")
    assert problems_of(tmp_path, text) == expected


@pytest.mark.usefixtures("scenarios")
def test_a_lab_without_scenarios_is_told_which_file_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fixtures.lab.scenario")

    problems = problems_of(tmp_path, OF_CODE)

    assert problems == [
        f"{line}: driven.{name}.scenario: there is no {paths.scenario('lab')} (fixtures.lab cannot be imported)."
        for line, name in ((14, "store"), (18, "report"))
    ]


@pytest.fixture
def rivals() -> Iterator[None]:
    """Two kinds that require each other, and one whose schema is picky."""

    def declare(kind: str, *requires: str) -> None:
        @check(kind, example={}, requires=requires, source="test")
        def judge(context: Context, table: str) -> Passed:
            """It holds."""
            return Passed("holds")

    declare("test.one", "test.two")
    declare("test.two", "test.one")
    declare("test.itself", "test.itself")

    @check("test.odd", example={}, source="t")
    def odd(
        size: Annotated[int, Schema(multipleOf=5)] = 5,
        any: Annotated[object, Schema(anyOf=[{"const": 1}])] = 1,
        none: Annotated[None, Schema(type="null")] = None,
    ) -> Passed:
        """It holds."""
        return Passed("holds")

    yield
    for kind in ("test.one", "test.two", "test.itself", "test.odd"):
        del REGISTRY[kind]
    definition._parameter_validator.cache_clear()


@pytest.mark.usefixtures("rivals")
def test_kinds_that_require_each_other_make_a_circle(tmp_path: Path) -> None:
    text = changed("kind: table.exists => kind: test.one", "kind: table.active => kind: test.two")

    [problem] = problems_of(tmp_path, text)

    assert "table needs active" in problem
    [problem] = problems_of(tmp_path, changed("kind: table.exists => kind: test.itself"))
    assert problem.endswith("these checks wait for each other: table needs table.")


@pytest.mark.usefixtures("rivals")
def test_a_schemas_other_rules_are_told_too(tmp_path: Path) -> None:
    text = changed("kind: table.exists => kind: test.odd", '{table: "${table_name}"} => {size: 7, any: "{x}", none: 0}')

    assert problems_of(tmp_path, text) == [
        "17: tasks[0].checks[0].with.size: 7 breaks the rule 'multipleOf': 5.",
        '17: tasks[0].checks[0].with.any: "{x}" breaks the rule \'anyOf\': [{"const": 1}].',
        "17: tasks[0].checks[0].with.none: must be null, not 0.",
    ]


@each("student_id", ["student", "a", "7", "0", "ann-7", "a-b-c", "a" * 20, "1" * 20, "s3-alias", "ann", "san", "xn"])
def test_student_ids_that_names_can_hold(student_id: str) -> None:
    assert validate_student_id(student_id) == student_id


@each(
    "student_id",
    [
        "",
        " ",
        "-",
        "-a",
        "a-",
        "a--b",
        "xn--a",
        "a" * 21,
        "Ann",
        "ann_b",
        "a.b",
        "a b",
        "ann\n",
        "\u0661",
        "\u00e4nn",
        "\uff41",
        "a\u0301",
        "${region}",
        "../x",
        "a/b",
        "a\x00",
        "\ud800",
        "a" * 100_000,
    ],
)
def test_student_ids_that_would_break_names_are_refused(student_id: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be part of AWS names: use 1 to 20 lower-case letters, digits and"):
        validate_student_id(student_id)


@each(("student_id", "suffix"), [("s3alias", "-s3alias"), ("a-s3alias", "-s3alias"), ("an", "-an"), ("jo-an", "-an")])
def test_student_ids_that_s3_reserves_at_the_end_of_a_bucket_are_refused(student_id: str, suffix: str) -> None:
    with pytest.raises(UsageError) as refused:
        validate_student_id(student_id)

    assert str(refused.value) == (
        f"--student-id {student_id!r} cannot end a bucket's name: S3 reserves {suffix} there."
    )


def test_an_unknown_task_or_lab_gets_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = loaded(tmp_path, LAB)
    assert lab.task("second").id == "second"
    with pytest.raises(UsageError) as refused:
        lab.task("secnd")
    assert str(refused.value) == "lab has no task 'secnd'. Did you mean 'second'? Its tasks: first, second."

    monkeypatch.setattr(paths, "TASKS", tmp_path)
    (tmp_path / "other.yaml").write_text("")
    assert definition.known_labs() == ["lab", "other"]
    assert definition.find_definition("lab") == tmp_path / "lab.yaml"
    for unknown, suggestion in (("labs", " Did you mean 'lab'?"), ("", ""), ("../lab", " Did you mean 'lab'?")):
        with pytest.raises(UsageError) as refused:
            definition.find_definition(unknown)
        assert str(refused.value) == f"There is no lab {unknown!r}.{suggestion} The labs: lab, other."
    monkeypatch.setattr(paths, "TASKS", tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"There is no lab 'lab'\. The labs: none\."):
        definition.find_definition("lab")


def accepted(folder: Path, text: str | bytes) -> bool:
    """Whether the text is a definition. Nothing but DefinitionError may be raised."""
    problems: list[Problem] = []
    try:
        loaded(folder, text, DEFINITION.stem)
    except DefinitionError as refused:
        problems = refused.problems or [Problem(folder, 0, "", "refused without a reason")]
    assert len(problems) <= definition.PROBLEMS_SHOWN
    assert [
        one for one in problems if one.line < 1 or not one.message.endswith((".", "?")) or len(str(one)) > 2000
    ] == []
    return not problems


def test_the_real_definition_is_accepted_in_every_encoding_of_its_lines(tmp_path: Path) -> None:
    assert accepted(tmp_path, REAL)
    assert accepted(tmp_path, "\ufeff" + REAL)
    assert accepted(tmp_path, REAL.replace("\n", "\r\n"))
    assert not accepted(tmp_path, REAL.replace("  ", "\t"))


@pytest.mark.proof
@pytest.mark.parametrize("step", [199, pytest.param(29, marks=pytest.mark.proof)])
def test_every_beginning_of_the_real_definition_is_judged(tmp_path: Path, step: int) -> None:
    verdicts = [accepted(tmp_path, REAL[:length]) for length in range(0, REAL.rindex("points:"), step)]

    assert not any(verdicts)


@pytest.mark.proof
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.proof)])
def test_the_real_definition_without_any_one_line_is_judged(tmp_path: Path, step: int) -> None:
    lines = REAL.splitlines(keepends=True)
    tried = range(0, len(lines), step)
    refused = [number for number in tried if not accepted(tmp_path, "".join(lines[:number] + lines[number + 1 :]))]

    keys = ("schema_version:", "id:", "title:", "names:", "tasks:", "- id:", "kind:", "points:", "gate:", "with:")
    needed = [number for number in tried if lines[number].strip().startswith(keys)]
    assert len(needed) > len(tried) / 4
    assert [lines[number] for number in needed if number not in refused] == []


def places(definition: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """The path of one value for each place in a definition: of the same key in two tasks, or in two checks of a kind,
    the first."""
    found: dict[tuple[str, ...], tuple[str | int, ...]] = {}
    for path in every_value(definition):
        around: Any = definition
        names = []
        for part in path:
            around = around[part]
            names.append(
                part if isinstance(part, str) else around.get("kind", "*") if isinstance(around, dict) else "*"
            )
        found.setdefault(tuple(names), path)
    return list(found.values())


def every_value(value: Any, around: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values."""
    yield around
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from every_value(inner, (*around, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from every_value(inner, (*around, index))


@pytest.mark.proof
@pytest.mark.parametrize(
    "wrong",
    [None, *(pytest.param(one, marks=pytest.mark.proof) for one in (True, -1.5, "${", [[], "x"], {"": {"x": 1}}))],
    ids=repr,
)
def test_a_value_at_any_place_of_the_real_definition_may_be_something_else(tmp_path: Path, wrong: object) -> None:
    """Of places that differ only in which task or check they are in, the last stands for all."""
    real = read(DEFINITION).value
    alike = {tuple("*" if isinstance(part, int) else part for part in path): path for path in places(real)}
    assert len(alike) > 30
    for path in alike.values():
        value = json.loads(json.dumps(real))
        if path:
            around = value
            for part in path[:-1]:
                around = around[part]
            around[path[-1]] = wrong
        else:
            value = wrong
        known = accepted(tmp_path, json.dumps(value))
        assert not (known and path in ((), ("id",), ("tasks",), ("names",), ("schema_version",)))


def test_a_lab_for_tests_is_found_and_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "TASKS", tmp_path / "tasks")
    monkeypatch.setattr(paths, "FIXTURES", tmp_path / "fixtures")
    own = tmp_path / "fixtures" / "little" / "tasks"
    for folder in (paths.TASKS, own, tmp_path / "fixtures" / "other" / "tasks"):
        folder.mkdir(parents=True)
    for file in (
        paths.TASKS / "real.yaml",
        own / "little.yaml",
        tmp_path / "fixtures" / "other" / "tasks" / "not.yaml",
    ):
        file.write_text("")

    assert (definition.known_labs(), paths.labs_for_tests()) == (["real"], ["little"])
    assert definition.find_definition("little") == paths.definition("little") == own / "little.yaml"
    assert paths.solution("little") == own / "solution" / "little"
    assert paths.outcomes(paths.review("little")) == own / "audit" / "generated" / "little.outcomes.txt"
    with pytest.raises(UsageError, match=r"There is no lab 'litle'\. The labs: real\."):
        definition.find_definition("litle")

    (paths.TASKS / "little.yaml").write_text("")
    assert definition.find_definition("little") == paths.TASKS / "little.yaml", "what lies in tasks/ wins"
    for outside in ("not", "../little", ""):
        with pytest.raises(UsageError, match="There is no lab"):
            definition.find_definition(outside)
