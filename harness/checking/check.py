"""What a check is: one small function, declared once, from which schema, documentation and policy are derived.

A check reads facts through `context.account` and judges them. It returns Passed when the requirement holds and
raises one of the exceptions below when it does not, or when that cannot be said. It holds no client, catches no
AWS error and never waits: the runner turns what the account's door raises into a finding.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec

from harness.checking.finding import Statement

if TYPE_CHECKING:
    from harness.account.reading import Reader
    from harness.driving.evidence import Evidence
    from harness.driving.scenario import Driven
    from harness.submission.provisioning import Provisioning

KIND_PATTERN = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
DRIVEN = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"}
"""The schema of the name under which a lab declares code that is driven."""

ACTION_PATTERN = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Passed(Statement):
    """What a check saw when its requirement holds. A check that returns anything else has crashed."""


Said = ParamSpec("Said")


def _with_arguments_of(
    made: Callable[Said, Statement],
) -> Callable[[Callable[[Any, Statement], None]], Callable[Concatenate[Any, Said], None]]:
    """Lets a constructor that takes a statement take that statement's own arguments instead, as mypy sees them too."""

    def decorate(constructor: Callable[[Any, Statement], None]) -> Callable[Concatenate[Any, Said], None]:
        def construct(instance: Any, /, *args: Said.args, **kwargs: Said.kwargs) -> None:
            constructor(instance, made(*args, **kwargs))

        return construct

    return decorate


class Outcome(Exception):
    """The base of what a check may raise. It is made with the arguments of Statement."""

    usual_remedy: ClassVar[str] = ""

    @_with_arguments_of(Statement)
    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.message)
        self.statement = statement if statement.remedy else replace(statement, remedy=self.usual_remedy)

    @property
    def message(self) -> str:
        return self.statement.message

    @property
    def resource(self) -> str:
        return self.statement.resource


class Failed(Outcome):
    """The requirement does not hold: say what was expected, what was found, where, and how to mend it."""


class Pending(Outcome):
    """The resource is still changing, so the answer would be a guess."""

    usual_remedy = "Nothing to mend: grade again when that has ended, or with a longer --wait."


class Undetermined(Outcome):
    """The account answered with something that this version cannot interpret (a state unknown to it), or the target
    failed at a request."""


class Unsupported(Outcome):
    """This target cannot show the requirement, whatever the submission does."""


class UsedGap(Outcome):
    """The submission called an operation that this target lacks, so that what depends on it is undecided: another
    submission could be judged here, so no points leave the maximum."""


class NotAllowed(Outcome):
    """Judging the requirement would need something that was not allowed on this target."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at: the account, how the submission's script ended (None: it was not run), and, where it
    judges code, what was driven and what was gathered."""

    account: Reader
    provisioning: Provisioning | None = None
    code: Driven | None = None
    gathered: Callable[[], Evidence] | None = None

    @property
    def driven(self) -> Driven:
        """What was driven.

        Raises:
            ValueError: the check judges no code.
        """
        if self.code is None:
            raise ValueError("this check judges no code")
        return self.code

    @property
    def evidence(self) -> Evidence:
        """What was gathered of the code that the check judges.

        Raises:
            NotAllowed, ReadError: there is none. A check lets it pass.
        """
        if self.gathered is None:
            raise NotAllowed("No code was driven: on this target, what lies in the account is graded.")
        return self.gathered()


CheckFunction = Callable[..., Passed]


@dataclass(frozen=True, slots=True)
class Check:
    """A declared kind. `parameters` is the JSON Schema of its parameters; `actions` the IAM actions it needs;
    `requires` the kinds that are its prerequisites where a definition has them on the same resource; `phases` those parts
    of a scenario that it judges, beside the load (None: it judges no code), and `declared` what must be declared of the
    code: attributes of it, or of its scenario, that hold something."""

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
    """One check of a task. `needs` holds the ids of the checks that must hold first; `parameters` are expanded; `driven` is
    the code that it judges (None: none); `region` is where it reads the account (empty: in the run's own Region)."""

    id: str
    task_id: str
    check: Check
    points: int
    needs: tuple[str, ...]
    parameters: Mapping[str, Any]
    driven: Driven | None = None
    region: str = ""

    @property
    def about(self) -> list[Mapping[str, Any]]:
        """What it is about, by the parameters that name resources: for each table of the code that it judges, that too."""
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
    parameters: Mapping[str, Any],
    example: Mapping[str, Any],
    source: str,
    actions: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    phases: tuple[str, ...] | None = None,
    declared: tuple[str, ...] = (),
) -> Callable[[CheckFunction], CheckFunction]:
    """Declares the decorated function as the check of a kind.

    Args:
        kind: `concern.aspect`, as definitions name it.
        parameters: JSON Schema properties by parameter name. Those without a default in the function's signature
            are required; any other name in a definition is refused.
        example: parameters that a definition could give, for the catalogue.
        source: link to the page that states the rule.
        actions: IAM actions that its reads need.
        requires: kinds that must hold first, on the same resource.
        phases: for a check that judges code, the phases of a scenario that it judges, beside the load. Its definitions
            name the code, as `driven`.
        declared: for a check that judges code, what must be declared of that: attributes of it, or of its scenario.

    Raises:
        ValueError: the declaration is wrong (duplicate kind, no docstring, parameters that do not match).
    """

    def declare(function: CheckFunction) -> CheckFunction:
        signature = inspect.signature(function)
        names = [name for name in signature.parameters if name != "context"]
        if kind in REGISTRY or not KIND_PATTERN.fullmatch(kind):
            raise ValueError(f"check kind {kind!r} is declared twice or badly named")
        if set(names) != set(parameters):
            raise ValueError(f"{kind}: the function takes {names}, the schema declares {sorted(parameters)}")
        if wrong := [action for action in actions if not ACTION_PATTERN.fullmatch(action)]:
            raise ValueError(f"{kind}: not IAM actions: {wrong}")
        documentation = inspect.getdoc(function) or ""
        summary, _, description = documentation.partition("\n")
        if not summary:
            raise ValueError(f"{kind}: the function needs a docstring whose first line a student can read")
        required = [name for name in names if signature.parameters[name].default is inspect.Parameter.empty]
        of_code = {} if phases is None else {"driven": DRIVEN}
        schema = {
            "type": "object",
            "properties": {**of_code, **parameters},
            "required": [*of_code, *required],
            "additionalProperties": False,
        }
        REGISTRY[kind] = Check(
            kind, summary, description.strip(), example, schema, actions, requires, source, function, phases, declared
        )
        return function

    return declare
