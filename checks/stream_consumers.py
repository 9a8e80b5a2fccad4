"""Consumers of a table's stream: the Lambda event source mapping, the function behind it, and the function's role."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn, get_args

from checks.facts.roles import Role, refuse_wide_actions
from checks.facts.tables import AWS, account_of, listed, refuse_unknown
from checks.languages.filter_patterns import PatternError, Stream, shuts_out
from checks.streams import StreamedTable, ViewType
from harness.account.iam import any_holds
from harness.checking.check import Fact, Failed, Outcome, Passed, Pending, Undetermined, about, check
from harness.checking.parameters import Schema

CHANGING = ("Creating", "Enabling", "Updating")
STOPPED = ("Disabling", "Disabled")
STATES = (*CHANGING, *STOPPED, "Enabled", "Deleting")
Position = Literal["TRIM_HORIZON", "LATEST"]
POSITIONS: tuple[Position, ...] = get_args(Position)
BatchSize = Annotated[int, Schema(minimum=1, maximum=10000)]
FunctionName = Annotated[str, Schema(pattern="^[a-zA-Z0-9_-]{1,64}$")]
Runtime = Annotated[str, Schema(pattern="^[a-z]+[a-z0-9.]*$")]
Handler = Annotated[str, Schema(minLength=1, maxLength=128)]
PROBLEM = "PROBLEM"
"""https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html"""

FUNCTION_STATES = ("Active", "Inactive", "Pending", "Failed")
UPDATE_STATES = ("Successful", "InProgress", "Failed")

UNTOLD = "AWS gives no reason"
LAMBDA = "lambda.amazonaws.com"
READS_OF_A_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
LIST_STREAMS = "dynamodb:ListStreams"

UNSUPPORTED_RUNTIMES = frozenset(
    {
        *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x"),
        *("nodejs14.x", "nodejs16.x", "nodejs18.x", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9"),
        *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "java8", "go1.x"),
        *("ruby2.5", "ruby2.7", "provided"),
    }
)
"""Runtimes whose support AWS had ended by 2026: they get no more security patches.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated"""

HANDLERS: Mapping[str, str] = {
    "python": r"[\w/.-]+\.\w+",
    "nodejs": r"\S+\.[\w$]+",
    "ruby": r"[\w/.:-]+\.\w+",
    "java": r"[\w.$]+(::\w+)?",
    "": r"\S+",
}
"""What a handler's name looks like, by the beginning of the runtime's name. For others it may be anything but empty.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""


class Function(Fact):
    """A function of AWS Lambda, by its ARN."""

    actions = ("lambda:GetFunctionConfiguration",)

    @property
    def title(self) -> str:
        """Its name, with its version or alias: `consumer:live`."""
        return self.name.partition(":function:")[2] or self.name

    @property
    def unqualified(self) -> Function:
        """The function itself, without version or alias."""
        return Function(self.context, ":".join(self.name.split(":")[:7]))

    @functools.cached_property
    def configuration(self) -> Mapping[str, Any]:
        """The configuration of a function that can be invoked."""
        found: Mapping[str, Any] = self.account.read("lambda", "GetFunctionConfiguration", FunctionName=self.name)
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        refuse_unknown(f"The function {self.title} is in the state", state, FUNCTION_STATES)
        refuse_unknown(f"The last update of the function {self.title} is", update, UPDATE_STATES)
        if state == "Pending":
            raise Pending(f"The function {self.title} is still being created.", expected="state Active", actual=state)
        if update == "InProgress":
            message = f"The function {self.title} is still being updated."
            raise Pending(message, expected="a successful update", actual=update)
        if state == "Failed":
            message = f"The function {self.title} could not be created: {found.get('StateReason', UNTOLD)}."
            remedy = "Correct what the reason names, and create the function again."
            raise Failed(message, expected="state Active", actual=state, remedy=remedy)
        if update == "Failed":
            told = f"so its configuration may not be what AWS reports: {found.get('LastUpdateStatusReason', UNTOLD)}"
            message = f"The last update of the function {self.title} failed, {told}."
            raise Undetermined(message, expected="a successful update", actual=update)
        return found


class ConsumedTable(StreamedTable):
    """A table whose stream is consumed."""

    actions = (*StreamedTable.actions, "lambda:ListEventSourceMappings")

    @property
    def current_stream(self) -> str:
        """The ARN of the stream that the table has now."""
        if self.specification is None:
            message = "The table has no enabled stream, so nothing can consume it."
            remedy = "Enable a stream with UpdateTable, then make an event source mapping on its ARN."
            raise Failed(message, expected="a stream, and a consumer of it", actual="no stream", remedy=remedy)
        return str(self.description["LatestStreamArn"])

    def mappings(self, function: str | None) -> list[Mapping[str, Any]]:
        """The mappings on the table's current stream, or else those on a former one, without those that are being
        deleted; if a function is named, only its own. Raises if there are none."""
        stream = self.current_stream
        every = self.account.read("lambda", "ListEventSourceMappings").get("EventSourceMappings", [])
        staying = [one for one in every if one["State"] != "Deleting"]
        found = [one for one in staying if one.get("EventSourceArn") == stream]
        streams = f"{self.arn}/stream/"
        found = found or [one for one in staying if one.get("EventSourceArn", "").startswith(streams)]
        titles = [Function(self.context, one["FunctionArn"]).unqualified.title for one in found]
        if ours := [one for one, title in zip(found, titles, strict=True) if function in (None, title)]:
            return ours
        message, of = "The table's stream has no consumer.", ""
        if function is not None:
            message, of = f"The function {function} does not consume the table's stream.", f" of {function}"
        raise Failed(
            message,
            expected=f"an event source mapping{of} on {stream}",
            actual=f"mappings of other functions: {listed(dict.fromkeys(titles))}" if found else "no mapping",
            remedy="Make one with CreateEventSourceMapping on the stream's ARN.",
        )

    def consumers(self, function: str | None) -> list[Function]:
        """The functions that consume the stream; or the named function, even if it does not."""
        if function is None:
            return [Function(self.context, one["FunctionArn"]) for one in self.mappings(None)]
        _ = self.current_stream  # refuses a table without one
        return [Function(self.context, self.account.function_arn(function))]


@check(
    "streams.consumer", example={"maximum_batch_size": 1000}, source=f"{AWS}lambda/latest/dg/services-ddb-params.html"
)
def consumer(
    table: ConsumedTable,
    function: FunctionName | None = None,
    batch_size: BatchSize | None = None,
    minimum_batch_size: BatchSize | None = None,
    maximum_batch_size: BatchSize | None = None,
    starting_positions: Sequence[Position] = POSITIONS,
) -> Passed:
    """A Lambda function receives the changes of the table.

    An event source mapping is on the table's current stream: of any function, or of the named one, or of a version or
    alias of it. It is enabled, its last run reported no problem, and its filters let some records pass.
    """
    mappings, current = table.mappings(function), table.current_stream
    sizes = BatchSizes(batch_size, minimum_batch_size, maximum_batch_size)
    if former := [one for one in mappings if one["EventSourceArn"] != current]:
        _refuse_former(table, former)
    view_type = table.description["StreamSpecification"].get("StreamViewType")
    refuse_unknown("The stream's view type is", view_type, get_args(ViewType))
    keys = {one["AttributeName"]: table.types.get(one["AttributeName"], "") for one in table.description["KeySchema"]}
    stream = Stream(current, str(view_type), keys)
    judged = [_Judged(Function(table.context, one["FunctionArn"]), one) for one in mappings]
    for one in judged:
        one.judge(stream, sizes, starting_positions)
    right = [one for one in judged if not one.problems]
    for one in right:
        if one.certain:
            return Passed(f"{one.function.title} receives the changes.", actual=str(one), resource=one.function.name)
    expected = "an enabled event source mapping on the table's current stream"
    expected += f"{sizes}, starting position {' or '.join(starting_positions)}"
    for one in right:
        if one.doubts:
            message = f"The consumer {one.function.title}: {'; '.join(one.doubts)}."
            raise Undetermined(message, expected=expected, actual=str(one), resource=one.function.name)
        message = f"The mapping of {one.function.title} is {one.mapping['State']}."
        raise Pending(message, expected=expected, actual=str(one), resource=one.function.name)
    problems = [f"{one.function.title}: {'; '.join(one.problems)}" for one in judged]
    message = f"No consumer receives the changes: {'. '.join(problems)}."
    actual = " | ".join(map(str, judged))
    remedy = "Change it with UpdateEventSourceMapping. A starting position can be chosen only when the mapping is made."
    raise Failed(message, expected=expected, actual=actual, resource=judged[0].function.name, remedy=remedy)


@check(
    "streams.consumer_function",
    actions=("lambda:GetFunctionConcurrency", *Function.actions),
    source=f"{AWS}lambda/latest/dg/lambda-runtimes.html",
)
def consumer_function(
    table: ConsumedTable,
    function: FunctionName | None = None,
    runtimes: Sequence[Runtime] = (),
    handler: Handler | None = None,
) -> Passed:
    """The consumer's function exists and can run: its runtime is supported, and its handler has that runtime's form.

    A function whose reserved concurrency is 0 never runs. If only a former stream of the table has a consumer, its
    function is judged. A named `function` is judged even if it consumes nothing. `runtimes` and `handler` are what the
    lab requires.
    """
    return _any(table.consumers(function), lambda one: _judge_function(one, runtimes, handler))


@check(
    "streams.consumer_role",
    example={"least_privilege": True},
    actions=(*Function.actions, *Role.actions),
    source=f"{AWS}lambda/latest/dg/services-ddb-eventsourcemapping.html",
)
def consumer_role(table: ConsumedTable, function: FunctionName | None = None, least_privilege: bool = False) -> Passed:
    """Lambda can assume the role of the consumer's function, and the role can read the stream.

    Inline and managed policies and the permissions boundary are evaluated together. With `least_privilege`, no policy
    may allow most of a service with wildcards. If only a former stream of the table has a consumer, its role is judged.
    The role of a named `function` is judged even if it consumes nothing.
    """
    return _any(table.consumers(function), lambda one: _judge_role(table, one, least_privilege=least_privilege))


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """The sizes of batches that a lab allows."""

    exactly: int | None
    at_least: int | None
    at_most: int | None

    def __str__(self) -> str:
        """`, batch size at most 100`; empty if any size is allowed."""
        words = {"": self.exactly, "at least ": self.at_least, "at most ": self.at_most}
        allowed = [f"{words}{size}" for words, size in words.items() if size is not None]
        return f", batch size {' and '.join(allowed)}" if allowed else ""

    def problem(self, mapping: Mapping[str, Any]) -> str | None:
        """What is wrong with the size of a mapping's batches. Where any will do, it is not read."""
        if (self.exactly, self.at_least, self.at_most) == (None, None, None):
            return None
        size = mapping["BatchSize"]
        if self.exactly is not None and size != self.exactly:
            return f"its batch size is {size}, not {self.exactly}"
        if self.at_least is not None and size < self.at_least:
            return f"its batch size is {size}, below {self.at_least}"
        if self.at_most is not None and size > self.at_most:
            return f"its batch size is {size}, above {self.at_most}"
        return None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A mapping, with what is wrong with it and what this version cannot read in it."""

    function: Function
    mapping: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def judge(self, stream: Stream, sizes: BatchSizes, starting_positions: Sequence[str]) -> None:
        """Finds what is wrong with it."""
        mapping, problems, doubts = self.mapping, self.problems, self.doubts
        state = mapping["State"]
        if state in STOPPED:
            problems.append(f"it is {state}")
        elif state not in STATES:
            doubts.append(f"this version does not know its state {state}")
        if (problem := sizes.problem(mapping)) is not None:
            problems.append(problem)
        position = mapping["StartingPosition"]
        if position in POSITIONS and position not in starting_positions:
            problems.append(f"its starting position is {position}, not {' or '.join(starting_positions)}")
        elif position not in POSITIONS:
            doubts.append(f"this version does not know its starting position {position}")
        if mapping.get("LastProcessingResult", "").startswith(PROBLEM):
            problems.append(f"its last run ended with {mapping['LastProcessingResult']!r}")
        self.judge_filters(stream)

    def judge_filters(self, stream: Stream) -> None:
        """Finds what is wrong with its filters."""
        mapping, problems, doubts = self.mapping, self.problems, self.doubts
        if "FilterCriteriaError" in mapping:
            reason = mapping["FilterCriteriaError"].get("Message", UNTOLD)
            doubts.append(f"its filters cannot be read: {reason}")
        reasons: list[str | None] = []
        for one in mapping.get("FilterCriteria", {}).get("Filters", []):
            try:
                reasons.append(shuts_out(one.get("Pattern", "{}"), stream))
            except PatternError as error:
                doubts.append(f"its filter {one['Pattern']} cannot be judged: {error}")
                reasons.append(None)
        if reasons and None not in reasons:
            problems.append(f"its filters let no record pass: {listed(reason for reason in reasons if reason)}")

    @property
    def certain(self) -> bool:
        return not self.doubts and self.mapping["State"] not in CHANGING

    def __str__(self) -> str:
        told = ("State", "BatchSize", "StartingPosition", "LastProcessingResult")
        values = ", ".join(f"{name} {self.mapping[name]}" for name in told if name in self.mapping)
        filters = [one.get("Pattern", "") for one in self.mapping.get("FilterCriteria", {}).get("Filters", [])]
        return f"{self.function.title}: {values}" + (f", filters {listed(filters)}" if filters else "")


def _refuse_former(table: ConsumedTable, mappings: Sequence[Mapping[str, Any]]) -> NoReturn:
    """Raises, because all consumers are on former streams and receive nothing any more.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    names = list(dict.fromkeys(Function(table.context, one["FunctionArn"]).title for one in mappings))
    raise Failed(
        f"The consumer {names[0]} is on a former stream of the table, which gets no more changes."
        if len(names) == 1
        else f"The consumers {listed(names)} are on former streams of the table, which get no more changes.",
        expected=table.current_stream,
        actual=listed(dict.fromkeys(one["EventSourceArn"] for one in mappings)),
        resource=mappings[0]["FunctionArn"],
        remedy="Make a mapping on the current stream's ARN with CreateEventSourceMapping, and delete the old one: a "
        "mapping stays on its stream, and each time a stream is enabled it has a new ARN.",
    )


def _any(functions: Iterable[Function], judge: Callable[[Function], Passed]) -> Passed:
    """The evidence of the first consumer that is right. If none is, raises what is undecided about the first consumer
    for which something is, or else what is wrong with the first one."""
    failures: list[Outcome] = []
    doubts: list[Outcome] = []
    for function in functions:
        try:
            return about(function, functools.partial(judge, function))
        except Failed as failed:
            failures.append(failed)
        except (Undetermined, Pending) as doubt:
            doubts.append(doubt)
    raise [*doubts, *failures][0]


@functools.cache
def _runtimes() -> Sequence[str]:
    """The runtimes that AWS had when botocore's model of Lambda was made."""
    from harness.account.session import service_model

    shape: Any = service_model("lambda").shape_for("Runtime")
    known: Sequence[str] = shape.enum
    return known


def _judge_function(function: Function, runtimes: Sequence[str], wanted: str | None) -> Passed:
    configuration, name = function.configuration, function.title
    _refuse_stopped(function.unqualified)
    package = configuration.get("PackageType", "Zip")
    refuse_unknown(f"The function {name} has the package type", package, ("Zip", "Image"))
    runtime = configuration.get("Runtime", "a container image") if package == "Image" else configuration["Runtime"]
    if runtimes and runtime not in runtimes:
        if package == "Zip":
            refuse_unknown(f"The function {name} has the runtime", runtime, _runtimes())
        raise Failed(
            f"The runtime of the function {name} is {runtime}, not {' or '.join(runtimes)}.",
            expected=" or ".join(runtimes),
            actual=runtime,
            remedy=f"Choose it with UpdateFunctionConfiguration: Runtime={runtimes[0]}. To replace a container image, "
            "create the function again, from a zip file.",
        )
    if package == "Image":
        return Passed(f"The function {name} runs a container image.", actual="a container image")
    handler = configuration.get("Handler", "")
    if wanted is not None and handler != wanted:
        message = f"The handler of the function {name} is {handler or 'missing'}, not {wanted}."
        remedy = f"Set it with UpdateFunctionConfiguration: Handler={wanted}."
        raise Failed(message, expected=wanted, actual=handler or "no handler", remedy=remedy)
    if runtime in UNSUPPORTED_RUNTIMES:
        message = f"AWS no longer supports the runtime {runtime} of the function {name}."
        remedy = "Choose a current one with UpdateFunctionConfiguration: this one gets no security patches."
        raise Failed(message, expected="a runtime that AWS supports", actual=runtime, remedy=remedy)
    form = next(one for prefix, one in HANDLERS.items() if runtime.startswith(prefix))
    if not re.fullmatch(form, handler):
        raise Failed(
            f"The handler {handler} of the function {name} does not fit its runtime {runtime}."
            if handler
            else f"The function {name} has no handler.",
            expected="the name of what is called, as the runtime needs it, such as handler.lambda_handler in Python",
            actual=handler or "no handler",
            remedy="Set it with UpdateFunctionConfiguration.",
        )
    return Passed(f"The function {name} exists: {runtime}, {handler}.", actual=f"{runtime}, {handler}")


def _refuse_stopped(function: Function) -> None:
    """Raises if a function never runs.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    answer = function.account.read("lambda", "GetFunctionConcurrency", FunctionName=function.name)
    if answer.get("ReservedConcurrentExecutions") == 0:
        message = f"The function {function.title} never runs: its reserved concurrency is 0."
        expected = "no reserved concurrency, or at least 1"
        remedy = "Remove the limit with DeleteFunctionConcurrency, or raise it with PutFunctionConcurrency."
        raise Failed(message, expected=expected, actual="ReservedConcurrentExecutions 0", remedy=remedy)


def _judge_role(table: ConsumedTable, function: Function, *, least_privilege: bool) -> Passed:
    stream = table.current_stream
    role = Role(table.context, function.configuration["Role"].rpartition("/")[2])
    role.refuse_untrusted(LAMBDA, SourceArn=function.unqualified.name, SourceAccount=account_of(function.name))
    allowed = {action: role.allows(action, stream) for action in READS_OF_A_STREAM}
    lists = (stream, f"{stream.rpartition('/')[0]}/*", "*")
    allowed[LIST_STREAMS] = any_holds([role.allows(LIST_STREAMS, one) for one in lists])
    if missing := [action for action, verdict in allowed.items() if verdict is False]:
        raise Failed(
            f"The role {role.name} may not read the stream: {listed(missing)}.",
            expected=f"{listed(allowed)} on {stream}",
            actual=f"not allowed: {listed(missing)}",
            resource=role.arn,
            remedy="Allow these actions on the stream's ARN, which is not the table's. Also look for a Deny and at the "
            "permissions boundary.",
        )
    if least_privilege:
        refuse_wide_actions(f"The role {role.name}", role.arn, role.documents)
    if doubtful := [action for action, verdict in allowed.items() if verdict is None]:
        message = f"The role {role.name} may read the stream only under a condition that cannot be judged here"
        raise Undetermined(f"{message}: {listed(doubtful)}.", resource=role.arn)
    return Passed(f"The role {role.name} can read the stream.", actual=listed(role.documents), resource=role.arn)
