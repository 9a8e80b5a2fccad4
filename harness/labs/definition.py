"""Loads lab definitions. It is strict, and names every problem with its place in the file."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import paths
from harness.account.reading import other_region
from harness.checking.check import REGISTRY, Check, CheckSpec
from harness.documents import strict_yaml
from harness.documents.schema import schema_problems, strict_validator
from harness.documents.strict_yaml import DefinitionError, Document, Problem, ValuePath
from harness.driving.scenario import Driven, Scenario
from harness.region_names import validate_region
from harness.submission.caller import file_of
from harness.submission.provisioning import SCRIPT
from harness.usage import UsageError, did_you_mean, shortened

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SCHEMA_VERSION = 1
TOTAL_POINTS = 100
DEFAULT_PASS_MARK = 70
PROBLEMS_SHOWN = 20

STUDENT_ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,19}")
RESERVED_BUCKET_SUFFIXES = ("-s3alias", "-an")
STUDENT_ID_RULE = "1 to 20 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit"
DEFAULT_STUDENT_ID = "student"
REFERENCE = re.compile(r"\$\{([^{}]*)(\}?)")
RESERVED_NAMES = re.compile(
    r"account_id|region|student_id|path|home|tmpdir|lang|python.*|(https?|all|no)_proxy|(aws|boto|lc|ld|dyld)_.*"
)
"""Names that would change the meaning of ${…}, or of the environment of the submission's script."""

DECLARED = {
    "tables": "`tables`",
    "expiring": "a scenario with records that expire (`expiring`)",
    "owner_of": "a scenario that says for whom calls are made (`owner_of`)",
}
"""What kinds may need of the code that they judge, in words."""


@dataclass(frozen=True, slots=True)
class Task:
    """One numbered requirement."""

    id: str
    title: str
    description: str
    required: bool
    hints: tuple[str, ...]
    checks: tuple[CheckSpec, ...]

    @property
    def points(self) -> int:
        return sum(spec.points for spec in self.checks)


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab, with its names filled in. `provision` says whether a submission holds a script that builds the
    infrastructure; `driven` is the code that the tool calls, by its name in the definition; `regions` are the Regions
    that the lab names besides the run's own; `digest` identifies the text of the definition."""

    id: str
    title: str
    summary: str
    pass_mark: int
    names: Mapping[str, str]
    tasks: tuple[Task, ...]
    digest: str
    provision: bool = False
    driven: Mapping[str, Driven] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> Mapping[str, str]:
        """The lab's part of a submission's environment, where these names are in capitals."""
        return {**self.names, **self.regions}

    @property
    def checks(self) -> Iterator[CheckSpec]:
        """All checks, in the order of the report."""
        for task in self.tasks:
            yield from task.checks

    def task(self, task_id: str) -> Task:
        """The task with that id.

        Raises:
            UsageError: there is no such task.
        """
        for task in self.tasks:
            if task.id == task_id:
                return task
        known = [task.id for task in self.tasks]
        raise UsageError(
            f"{self.id} has no task {task_id!r}.{did_you_mean(task_id, known)} Its tasks: {', '.join(known)}."
        )


def validate_student_id(student_id: str) -> str:
    """Returns the id if every name of a table, bucket or role that is made with it is valid.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

    Raises:
        UsageError: one of them is not.
    """
    if not STUDENT_ID_PATTERN.fullmatch(student_id):
        raise UsageError(f"--student-id {student_id!r} cannot be part of AWS names: use {STUDENT_ID_RULE}.")
    for suffix in RESERVED_BUCKET_SUFFIXES:
        if f"-{student_id}".endswith(suffix):
            raise UsageError(f"--student-id {student_id!r} cannot end a bucket's name: S3 reserves {suffix} there.")
    return student_id


def known_labs() -> list[str]:
    """The ids of the labs in `tasks/`, the user's among them, sorted."""
    return sorted({file.stem for folder in (paths.own_tasks(), paths.TASKS) for file in folder.glob("*.yaml")})


def require_lab_id(lab_id: str) -> None:
    """Refuses what no definition may have as its id.

    Raises:
        UsageError: it cannot be the id of a lab.
    """
    form = json.loads(paths.LAB_SCHEMA.read_text("utf-8"))["properties"]["id"]
    if not re.fullmatch(form["pattern"].strip("^$"), lab_id):
        raise UsageError(f"{lab_id!r} cannot be the name of a lab: use {form['title']}.")


def find_definition(lab_id: str) -> Path:
    """The file of a lab, in `tasks/` or among the labs for tests.

    Raises:
        UsageError: there is no such lab.
    """
    known = known_labs()
    if lab_id not in known and lab_id not in paths.labs_for_tests():
        raise UsageError(
            f"There is no lab {lab_id!r}.{did_you_mean(lab_id, known)} The labs: {', '.join(known) or 'none'}."
        )
    return paths.definition(lab_id)


def handed_in(file: Path) -> tuple[str, ...]:
    """The files that a submission must hold: first its script, if the lab asks for one, then its code.

    Raises:
        DefinitionError: with every problem found.
    """
    data = _read(file).value
    modules = (file_of(one["module"]) for one in data.get("driven", {}).values())
    return tuple(dict.fromkeys((*([SCRIPT] if data.get("provision", False) else []), *modules)))


def load_lab(lab_id: str, *, student_id: str, account_id: str, region: str) -> Lab:
    """Loads a lab by its name. The arguments may be anything that a person typed.

    Raises:
        UsageError: there is no such lab, the student's id or the Region is not valid, or the lab uses the Region for
            something else.
        DefinitionError: with every problem found.
    """
    return load(
        find_definition(lab_id),
        student_id=validate_student_id(student_id),
        account_id=account_id,
        region=validate_region(region),
    )


def load(file: Path, *, student_id: str, account_id: str, region: str) -> Lab:
    """Loads a definition, with its names filled in.

    Args:
        region: the run's own Region.

    Raises:
        DefinitionError: with every problem found.
        UsageError: the lab names this Region as another one than the run's own.
    """
    document = _read(file)
    data = document.value
    regions = data.get("regions", {})
    usable = {"region": region, **regions}
    given = {"student_id": student_id, "account_id": account_id, **usable}
    expansion = _Expansion(document, given, usable)
    for section in ("names", "regions"):
        for name in data.get(section, ()):
            if RESERVED_NAMES.fullmatch(name) or (section == "regions" and name in data["names"]):
                expansion.problems.append(document.problem((section, name), "this name is taken; choose another."))
    names = {name: expansion.expand(text, ("names", name)) for name, text in data["names"].items()}
    if expansion.problems:  # everything that uses these names would only repeat them
        raise DefinitionError(_shown(expansion.problems))
    expansion = _Expansion(document, {**given, **names}, usable)
    driven = {name: _driven(document, name, one, expansion) for name, one in data.get("driven", {}).items()}
    known = {name: one for name, one in driven.items() if one is not None}
    tasks = tuple(_task(document, index, task, expansion, known) for index, task in enumerate(data["tasks"]))
    problems = expansion.problems + list(_reference_problems(document))
    if problems:
        raise DefinitionError(_shown(problems))
    lab = Lab(
        id=data["id"],
        title=data["title"],
        summary=data["summary"].strip(),
        pass_mark=data.get("pass_mark", DEFAULT_PASS_MARK),
        names=names,
        tasks=_with_prerequisites(tasks),
        digest=document.digest,
        provision=data.get("provision", False),
        driven=known,
        regions=regions,
    )
    if problems := list(_order_problems(document, lab)):
        raise DefinitionError(problems)
    for name, one in regions.items():
        if one == region:
            raise UsageError(
                f"{lab.id} uses {region} as its {name}, so the run's own Region must be another one. "
                "Choose it with --region."
            )
    return lab


def named_regions(file: Path) -> Mapping[str, str]:
    """The Regions that a definition names besides the run's own.

    Raises:
        DefinitionError: it does not have the form of a definition.
    """
    regions: Mapping[str, str] = _read(file).value.get("regions", {})
    return regions


def _read(file: Path) -> Document:
    return _document(file, file.stat().st_mtime_ns if file.exists() else 0)


@functools.lru_cache(maxsize=16)
def _document(file: Path, changed: int) -> Document:  # noqa: ARG001  (a changed file is another one)
    """The text of a definition that has the right form. It is kept, because a grader may grade a whole class."""
    document = strict_yaml.read(file)
    _require_version(document)
    problems = list(schema_problems(document, (), _lab_validator()))
    if problems:
        raise DefinitionError(_shown(problems))
    if document.value["id"] != file.stem:
        raise DefinitionError([document.problem(("id",), f"must be {file.stem!r}, like the name of the file.")])
    return document


def _require_version(document: Document) -> None:
    """Reports another version of the format first, because other messages could then be wrong."""
    version = document.value.get("schema_version") if isinstance(document.value, dict) else None
    if type(version) is int and version != SCHEMA_VERSION:
        message = f"is {version}; this tool reads version {SCHEMA_VERSION}. Update the tool or the definition."
        raise DefinitionError([document.problem(("schema_version",), message)])


def _shown(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line)[:PROBLEMS_SHOWN]


class _Expansion:
    """Fills in `${name}` and collects problems. `regions` are those that a check may name, with the run's own."""

    def __init__(self, document: Document, values: Mapping[str, str], regions: Mapping[str, str]) -> None:
        self._document = document
        self._values = values
        self.regions = regions
        self.problems: list[Problem] = []

    def expand(self, value: Any, path: ValuePath) -> Any:
        if isinstance(value, dict):
            return {key: self.expand(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.expand(inner, (*path, index)) for index, inner in enumerate(value)]
        if not isinstance(value, str):
            return value

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if not match[2]:
                self.problems.append(self._document.problem(path, "${ is not closed by }."))
                return ""
            if name not in self._values:
                known = ", ".join(f"${{{one}}}" for one in sorted(self._values))
                message = f"${{{name}}} is not known.{did_you_mean(name, self._values)} Known here: {known}."
                self.problems.append(self._document.problem(path, message))
                return ""
            return self._values[name]

        return REFERENCE.sub(fill, value)


def _driven(document: Document, name: str, data: Mapping[str, Any], expansion: _Expansion) -> Driven | None:
    """What a lab declares about code; None if its scenario does not exist."""
    path: ValuePath = ("driven", name)
    for key in ("arguments", "session"):
        if key in data and "class" not in data:
            message = "needs a class: functions are called with the arguments that their scenario gives."
            expansion.problems.append(document.problem((*path, key), message))
    arguments = data.get("arguments", [])
    expanded = expansion.expand({"arguments": arguments, "tables": data["tables"]}, path)
    scenario = _scenario(document, (*path, "scenario"), data["scenario"], expansion)
    if scenario is None:
        return None
    return Driven(
        name=name,
        module=data["module"],
        class_name=data.get("class", ""),
        arguments=tuple(expanded["arguments"]),
        made_with=tuple(
            _as_python(given, filled, document.value["names"])
            for given, filled in zip(arguments, expanded["arguments"], strict=True)
        ),
        session=data.get("session", False),
        tables=tuple(expanded["tables"]),
        scenario_name=data["scenario"],
        scenario=scenario,
    )


def _as_python(given: Any, expanded: Any, names: Collection[str]) -> str:
    """An argument as a student would write it: the lab's names and the student's id come from the environment."""
    name = REFERENCE.fullmatch(given) if isinstance(given, str) else None
    is_there = name is not None and name[1] in {*names, "student_id"}
    return f"environ[{name[1].upper()!r}]" if name and is_there else repr(expanded)


def _scenario(document: Document, path: ValuePath, name: str, expansion: _Expansion) -> Scenario | None:
    lab_id = document.value["id"]
    file = paths.scenario(lab_id)
    try:
        module = importlib.import_module(f"fixtures.{lab_id}.scenario")
    except ModuleNotFoundError as error:
        if file.is_file():
            raise
        expansion.problems.append(document.problem(path, f"there is no {file} ({error.name} cannot be imported)."))
        return None
    found = getattr(module, name, None)
    if isinstance(found, Scenario):
        return found
    known = sorted(one for one, value in vars(module).items() if isinstance(value, Scenario))
    message = f"{file} has no Scenario {name!r}.{did_you_mean(name, known)} Known: {', '.join(known) or 'none'}."
    expansion.problems.append(document.problem(path, message))
    return None


def _task(
    document: Document, index: int, data: Mapping[str, Any], expansion: _Expansion, driven: Mapping[str, Driven]
) -> Task:
    path: ValuePath = ("tasks", index)
    specs = []
    for position, check in enumerate(data["checks"]):
        spec = _check_spec(document, (*path, "checks", position), data["id"], check, expansion, driven)
        if spec is not None:
            specs.append(spec)
    return Task(
        id=data["id"],
        title=data["title"],
        description=expansion.expand(data["description"].strip(), (*path, "description")),
        required=data.get("required", False),
        hints=tuple(expansion.expand(hint.strip(), (*path, "hints", tier)) for tier, hint in enumerate(data["hints"])),
        checks=tuple(specs),
    )


def _check_spec(
    document: Document,
    path: ValuePath,
    task_id: str,
    data: Mapping[str, Any],
    expansion: _Expansion,
    driven: Mapping[str, Driven],
) -> CheckSpec | None:
    check = REGISTRY.get(data["kind"])
    if check is None:
        kind = shortened(data["kind"])
        message = f"there is no check kind {kind!r}.{did_you_mean(kind, REGISTRY)}"
        expansion.problems.append(document.problem((*path, "kind"), f"{message} Known: {', '.join(sorted(REGISTRY))}."))
        return None
    if ("points" in data) == ("gate" in data):
        expansion.problems.append(document.problem(path, "must have either points or gate: true."))
        return None
    known_problems = len(expansion.problems)
    parameters = expansion.expand(data["with"], (*path, "with"))
    name = parameters.get("driven")
    if len(expansion.problems) == known_problems:  # what could not be filled in has a problem already
        filled = Document(document.file, parameters, document.lines)
        expansion.problems += schema_problems(filled, (*path, "with"), _parameter_validator(check.kind))
    for parameter, problem in _code_problems(check, parameters, document.value.get("driven", {}), driven):
        expansion.problems.append(document.problem((*path, "with", parameter), problem))
    return CheckSpec(
        id=data["id"],
        task_id=task_id,
        check=check,
        points=data.get("points", 0),
        needs=tuple(data.get("needs", ())),
        parameters={name: value for name, value in parameters.items() if name != "driven"},
        driven=driven.get(name) if check.phases is not None and isinstance(name, str) else None,
        region=_region(document, path, check, data, expansion),
        says=expansion.expand(data.get("says", "").strip(), (*path, "says")),
        hint=expansion.expand(data.get("hint", "").strip(), (*path, "hint")),
    )


def _region(document: Document, path: ValuePath, check: Check, data: Mapping[str, Any], expansion: _Expansion) -> str:
    """The Region in which a check reads the account; empty for the run's own Region."""
    if "region" not in data:
        return ""
    path = (*path, "region")
    if check.phases is not None:
        message = f"{check.kind} judges code, which is called only in the run's own Region; leave it out."
        expansion.problems.append(document.problem(path, message))
        return ""
    known_problems = len(expansion.problems)
    region: str = expansion.expand(data["region"], path)
    if region not in expansion.regions.values() and len(expansion.problems) == known_problems:
        known = ", ".join(f"${{{name}}}" for name in expansion.regions)
        message = f"{shortened(region)!r} is not a Region of this lab. Known here: {known}."
        expansion.problems.append(document.problem(path, message))
    return other_region(region, expansion.regions["region"])


def _code_problems(
    check: Check, parameters: Mapping[str, Any], declared: Mapping[str, Any], driven: Mapping[str, Driven]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the code that a check names: the parameter, and why. Nothing if the definition of that code
    has a problem already."""
    name = parameters.get("driven")
    if check.phases is None or not isinstance(name, str) or (name in declared and name not in driven):
        return
    if name not in driven:
        known = ", ".join(declared) or "none"
        message = f"{shortened(name)!r} is not declared as driven.{did_you_mean(name, declared)} Known: {known}."
        yield "driven", message
        return
    scenario = driven[name].scenario
    for parameter, known_names in (("question", scenario.questions), ("entity", scenario.entities)):
        value = parameters.get(parameter)
        if isinstance(value, str) and value not in known_names:
            message = f"{shortened(value)!r} is not a known {parameter} of the scenario {driven[name].scenario_name}."
            known = ", ".join(sorted(known_names)) or "none"
            yield parameter, f"{message}{did_you_mean(value, known_names)} Known: {known}."
    for one in check.declared:
        if not (getattr(driven[name], one, None) or getattr(scenario, one, None)):
            yield "driven", f"{check.kind} needs {DECLARED[one]}, and {name} has none."


def _reference_problems(document: Document) -> Iterator[Problem]:
    """Duplicate ids, needs that do not exist, points that do not add up."""
    data = document.value["tasks"]
    task_ids: set[str] = set()
    check_ids: set[str] = set()
    for task_index, task in enumerate(data):
        if task["id"] in task_ids:
            yield document.problem(("tasks", task_index, "id"), f"two tasks have the id {task['id']!r}.")
        task_ids.add(task["id"])
        for check_index, check in enumerate(task["checks"]):
            path: ValuePath = ("tasks", task_index, "checks", check_index, "id")
            if check["id"] in check_ids:
                yield document.problem(path, f"two checks have the id {check['id']!r}.")
            check_ids.add(check["id"])
    for task_index, task in enumerate(data):
        for check_index, check in enumerate(task["checks"]):
            for need_index, need in enumerate(check.get("needs", ())):
                if need not in check_ids:
                    path = ("tasks", task_index, "checks", check_index, "needs", need_index)
                    yield document.problem(path, f"there is no check {need!r}.{did_you_mean(need, check_ids)}")
    total = sum(check.get("points", 0) for task in data for check in task["checks"])
    if total != TOTAL_POINTS:
        yield document.problem(("tasks",), f"the points add up to {total}, not to {TOTAL_POINTS}.")


def _with_prerequisites(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Adds to the needs of each check the checks of the kinds that its kind requires, if they are about the same
    resource: in the same Region, and equal in all parameters that both have."""
    specs = [spec for task in tasks for spec in task.checks]

    def needs(spec: CheckSpec) -> tuple[str, ...]:
        required = [one.id for one in specs if one.check.kind in spec.check.requires and _share(one, spec)]
        return (*spec.needs, *(one for one in required if one not in spec.needs))

    return tuple(
        Task(
            task.id,
            task.title,
            task.description,
            task.required,
            task.hints,
            tuple(replace(spec, needs=needs(spec)) for spec in task.checks),
        )
        for task in tasks
    )


def _share(one: CheckSpec, other: CheckSpec) -> bool:
    """Whether two checks are about the same resource."""
    if one.region != other.region:
        return False
    if one.driven is not None and other.driven is not None and one.driven.name != other.driven.name:
        return False
    pairs = [(mine, theirs) for mine in one.about for theirs in other.about]
    return any(
        mine.keys() & theirs.keys() and {name: mine[name] for name in theirs if name in mine}.items() <= theirs.items()
        for mine, theirs in pairs
    )


def _order_problems(document: Document, lab: Lab) -> Iterator[Problem]:
    graph = {spec.id: spec.needs for spec in lab.checks}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        yield document.problem(("tasks",), f"these checks wait for each other: {circle}.")


@functools.cache
def _lab_validator() -> Validator:
    return strict_validator(json.loads(paths.LAB_SCHEMA.read_text("utf-8")))


@functools.cache
def _parameter_validator(kind: str) -> Validator:
    return strict_validator(REGISTRY[kind].parameters)
