"""What a check is: one small function, declared once. Schema, documentation and policy are derived from it.

A check reads facts (see Fact), or the account itself, and judges what it read. It returns Passed if the requirement
holds. Otherwise, or if that cannot be decided, it raises one of the exceptions below. It creates no client, catches no
AWS error and never waits: the runner turns errors of reads into findings.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict, Unpack, get_type_hints

from harness.checking.finding import Statement
from harness.checking.parameters import Schema, schema_of

if TYPE_CHECKING:
    from harness.account.reading import Reader
    from harness.driving.evidence import Evidence
    from harness.driving.scenario import Driven
    from harness.submission.provisioning import Provisioning

KIND_PATTERN = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
DRIVEN = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"}
"""The schema of the name under which a lab declares code."""

ACTION_PATTERN = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Passed(Statement):
    """What a check saw if its requirement holds. A check that returns anything else has crashed."""


class Texts(TypedDict, total=False):
    """What a Statement may say besides its message."""

    expected: str
    actual: str
    resource: str
    remedy: str
    detail: str
    file: str
    line: int


class Outcome(Exception):
    """The base class of what a check may raise, with what it says."""

    usual_remedy: ClassVar[str] = ""

    def __init__(self, message: str, **texts: Unpack[Texts]) -> None:
        super().__init__(message)
        said = Statement(message, **texts)
        self.statement = said if said.remedy else replace(said, remedy=self.usual_remedy)

    @property
    def message(self) -> str:
        return self.statement.message


class Failed(Outcome):
    """The requirement does not hold. Say what was expected, what was found, where, and what to do."""


class Pending(Outcome):
    """The resource is still changing, so the answer would be a guess."""

    usual_remedy = "Nothing to do: grade again when that has ended, or with a longer --wait."


class Undetermined(Outcome):
    """The account answered with something that this version does not know (such as a new state), or the target failed
    at a request."""


class Unsupported(Outcome):
    """This target cannot show the requirement, whatever the submission does."""


class UsedGap(Outcome):
    """The submission called an operation that this target lacks, so what depends on it is undecided. Another submission
    could be judged here, so no points leave the maximum."""


class NotAllowed(Outcome):
    """To judge the requirement, something would be needed that was not allowed on this target."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may read: the account, how the submission's script ended (None: it did not run), and, if it judges
    code, the declaration of the code and the evidence about it."""

    account: Reader
    provisioning: Provisioning | None = None
    code: Driven | None = None
    gathered: Callable[[], Evidence] | None = None

    @property
    def driven(self) -> Driven:
        """The declaration of the code.

        Raises:
            ValueError: the check does not judge code.
        """
        if self.code is None:
            raise ValueError("this check does not judge code")
        return self.code

    @property
    def evidence(self) -> Evidence:
        """The evidence about the code that the check judges.

        Raises:
            NotAllowed, ReadError: there is none. A check does not catch these.
        """
        if self.gathered is None:
            raise NotAllowed("No code was called: on this target, what is in the account is graded.")
        return self.gathered()


class Fact:
    """What a check reads of one resource. If a parameter of a check has this type, its value in the definition names
    the resource. The fact reads only when it is asked.

    `schema` is the JSON Schema of the parameter, besides that it is a text; `example` is a value for it; `actions` are the
    IAM actions of its reads; `requires` are the kinds that must pass first.
    """

    schema: ClassVar[Schema]
    example: ClassVar[str]
    noun: ClassVar[str] = ""
    actions: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: Context, name: str) -> None:
        self.context, self.account, self.name = context, context.account, name

    @property
    def resource(self) -> str:
        """The resource of findings that name no other: its name, after its noun if it has one. Facts that know their
        ARN return that."""
        return f"{self.noun} {self.name}".lstrip()

    def must_tell(self, what: str, value: object = None) -> None:
        """Raises Unsupported if an emulator does not report a value. If AWS does not report it, that means
        something."""
        if value is None and not self.account.faithful:
            raise Unsupported(f"This endpoint does not report {what}.")


def about(fact: Fact, judge: Callable[[], Passed]) -> Passed:
    """What a check returns, or raises as an Outcome. If it names no resource, it is about the fact."""
    try:
        passed: Any = judge()
    except Outcome as outcome:
        outcome.statement = replace(outcome.statement, resource=outcome.statement.resource or fact.resource)
        raise
    return replace(passed, resource=passed.resource or fact.resource) if isinstance(passed, Passed) else passed


CheckFunction = Callable[..., Passed]


@dataclass(frozen=True, slots=True)
class Check:
    """A declared kind. `parameters` is the JSON Schema of its parameters; `actions` are the IAM actions that it needs;
    `requires` are the kinds that become its prerequisites if a definition has them on the same resource; `phases` are
    the parts of a scenario that it judges, besides the load (None: it does not judge code); `declared` names attributes
    of the code's declaration, or of its scenario, that must not be empty."""

    kind: str
    summary: str
    description: str
    example: Mapping[str, Any]
    parameters: Mapping[str, Any]
    actions: tuple[str, ...]
    requires: tuple[str, ...]
    source: str
    function: CheckFunction
    phases: tuple[str, ...] | None = None
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check of a task. `needs` holds the ids of the checks that must pass first; `parameters` are expanded;
    `driven` is the code that it judges (None: none); `region` is where it reads the account (empty: in the run's own
    Region). `says` is the requirement in the lab's own words, and `hint` is shown if it fails (both may be empty)."""

    id: str
    task_id: str
    check: Check
    points: int
    needs: tuple[str, ...]
    parameters: Mapping[str, Any]
    driven: Driven | None = None
    region: str = ""
    says: str = ""
    hint: str = ""

    @property
    def summary(self) -> str:
        """The requirement as one sentence, in the lab's words or in those of the kind."""
        return self.says or self.check.summary

    @property
    def about(self) -> list[Mapping[str, Any]]:
        """What it is about: the parameters that name resources, and each table of the code that it judges."""
        if self.driven is None or not self.driven.tables:
            return [self.parameters]
        return [{**self.parameters, "table": one} for one in self.driven.tables]

    @property
    def finding_id(self) -> str:
        """The stable id of its finding, such as `schema.primary-key`."""
        return f"{self.task_id}.{self.id}"


REGISTRY: dict[str, Check] = {}


def check(
    kind: str,
    *,
    source: str,
    example: Mapping[str, Any] = MappingProxyType({}),
    actions: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    phases: tuple[str, ...] | None = None,
    declared: tuple[str, ...] = (),
) -> Callable[[CheckFunction], CheckFunction]:
    """Declares the decorated function as the check of a kind.

    The types in its signature say what a definition may give (see `schema_of`). A parameter without a default is
    required; any other name is refused. If the type is a Fact, the function gets that fact instead of the name.
    Findings that name no resource are about its first fact. The function may also have the parameter `context`.

    Args:
        kind: `concern.aspect`, as definitions name it.
        source: link to the page that states the rule.
        example: parameters that a definition could give besides its facts, for the catalogue.
        actions: IAM actions that it needs besides those of its facts.
        requires: kinds that must pass first, on the same resource, besides those of its facts.
        phases: for a check that judges code, the phases of a scenario that it judges, besides the load. Its definitions
            name the code as `driven`.
        declared: for a check that judges code, attributes of the code's declaration, or of its scenario, that must not
            be empty.

    Returns:
        a decorator. The decorated function takes the context, and the parameters as the definition gives them.

    Raises:
        ValueError: the declaration is wrong (duplicate kind, no docstring, a parameter without a type).
    """

    def declare(function: CheckFunction) -> CheckFunction:
        signature = inspect.signature(function).parameters
        names = [name for name in signature if name != "context"]
        types = get_type_hints(function, include_extras=True)
        if kind in REGISTRY or not KIND_PATTERN.fullmatch(kind):
            raise ValueError(f"check kind {kind!r} is declared twice or badly named")
        if untyped := [name for name in names if name not in types]:
            raise ValueError(f"{kind}: parameters without a type: {untyped}")
        if wrong := [action for action in actions if not ACTION_PATTERN.fullmatch(action)]:
            raise ValueError(f"{kind}: not IAM actions: {wrong}")
        summary, _, description = (inspect.getdoc(function) or "").partition("\n")
        if not summary:
            raise ValueError(f"{kind}: the function needs a docstring whose first line a student can read")
        facts = {name: types[name] for name in names if inspect.isclass(types[name]) and issubclass(types[name], Fact)}
        of_code = {} if phases is None else {"driven": DRIVEN}
        hints = {name: Annotated[str, facts[name].schema] if name in facts else types[name] for name in names}
        required = [name for name in names if signature[name].default is inspect.Parameter.empty]
        schema = {
            "type": "object",
            "properties": {**of_code, **{name: schema_of(hint) for name, hint in hints.items()}},
            "required": [*of_code, *required],
            "additionalProperties": False,
        }
        every_action = sorted({*actions, *(action for fact in facts.values() for action in fact.actions)})
        every_requirement = [*(one for fact in facts.values() for one in fact.requires if one != kind), *requires]

        @functools.wraps(function)
        def judge(context: Context, **parameters: Any) -> Passed:
            made = {name: fact(context, parameters[name]) for name, fact in facts.items()}
            given = parameters | made | ({"context": context} if "context" in signature else {})
            first = next(iter(made.values()), None)
            return function(**given) if first is None else about(first, lambda: function(**given))

        every_example = {name: fact.example for name, fact in facts.items()} | {**example}
        description, needed = description.strip(), (tuple(every_action), tuple(dict.fromkeys(every_requirement)))
        REGISTRY[kind] = Check(
            kind, summary, description, every_example, schema, *needed, source, judge, phases, declared
        )
        return judge

    return declare
