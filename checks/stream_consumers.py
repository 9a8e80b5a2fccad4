"""Consumers of a table's stream: the Lambda event source mapping, the function behind it, and the function's role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn, get_args

from checks.facts.roles import Role, refuse_wide_actions
from checks.facts.tables import account_of, listed, refuse_unknown
from checks.languages.filter_patterns import PatternError, Stream, shuts_out
from checks.streams import StreamedTable, ViewType
from harness.account.iam import any_holds
from harness.account.reading import Reader
from harness.checking.check import Failed, Outcome, Passed, Pending, Undetermined, check
from harness.checking.parameters import Schema

MAPPING = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"
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

LAMBDA = "lambda.amazonaws.com"
READS_OF_A_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
LIST_STREAMS = "dynamodb:ListStreams"
PERMISSIONS = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-eventsourcemapping.html"

UNSUPPORTED_RUNTIMES = frozenset(
    {
        *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x"),
        *("nodejs14.x", "nodejs16.x", "nodejs18.x", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9"),
        *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "java8", "go1.x"),
        *("ruby2.5", "ruby2.7", "provided"),
    }
)
"""Runtimes whose support AWS had ended by 2026: they get no security patches any more.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated"""

HANDLERS: Mapping[str, str] = {
    "python": r"[\w/.-]+\.\w+",
    "nodejs": r"\S+\.[\w$]+",
    "ruby": r"[\w/.:-]+\.\w+",
    "java": r"[\w.$]+(::\w+)?",
    "": r"\S+",
}
"""What a handler's name looks like, by how the runtime's name begins; elsewhere it may be anything but empty.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""


class ConsumedTable(StreamedTable):
    """A table whose stream is consumed."""

    actions = (*StreamedTable.actions, "lambda:ListEventSourceMappings")

    @property
    def current_stream(self) -> str:
        """The ARN of the stream that the table has now."""
        if self.specification is None:
            raise Failed(
                "The table has no stream that is switched on, so nothing can consume it.",
                expected="a stream, and a consumer of it",
                actual="no stream",
                remedy="Enable a stream with UpdateTable, then make an event source mapping on its ARN.",
            )
        return str(self.description["LatestStreamArn"])

    @property
    def mappings(self) -> list[Mapping[str, Any]]:
        """The mappings on the table's current stream, or else those on a former one; none that is being deleted. Raises
        where there is none at all."""
        return self.mappings_of(None)

    def mappings_of(self, function: str | None) -> list[Mapping[str, Any]]:
        """As `mappings`, of one function alone where one is given."""
        stream = self.current_stream
        every = self.account.read("lambda", "ListEventSourceMappings").get("EventSourceMappings", [])
        staying = [one for one in every if one["State"] != "Deleting"]
        found = [one for one in staying if one.get("EventSourceArn") == stream]
        streams = f"{self.arn}/stream/"
        found = found or [one for one in staying if one.get("EventSourceArn", "").startswith(streams)]
        if ours := [one for one in found if function in (None, _unqualified(one["FunctionArn"]))]:
            return ours
        others = listed(dict.fromkeys(_name(one["FunctionArn"]) for one in found))
        raise Failed(
            f"The function {function} does not consume the table's stream."
            if function
            else "The table's stream has no consumer.",
            expected=f"an event source mapping{f' of {function}' if function else ''} on {stream}",
            actual=f"mappings of other functions: {others}" if found else "no mapping",
            remedy="Make one with CreateEventSourceMapping on the stream's ARN.",
        )

    def consumers(self, function: str | None) -> list[str]:
        """The functions that consume the stream, by ARN; of a function that is named, its versions and aliases that do,
        or else it itself."""
        try:
            return [one["FunctionArn"] for one in self.mappings_of(function)]
        except Failed:
            if function is None or self.specification is None:
                raise
            return [function]


@check("streams.consumer", example={"table": "${table_name}", "maximum_batch_size": 1000}, source=MAPPING)
def consumer(
    table: ConsumedTable,
    function: FunctionName | None = None,
    batch_size: BatchSize | None = None,
    minimum_batch_size: BatchSize | None = None,
    maximum_batch_size: BatchSize | None = None,
    starting_positions: Sequence[Position] = POSITIONS,
) -> Passed:
    """A Lambda function is sent the changes of the table.

    There is an event source mapping of any function, or of the one that is named, or of a version or alias of it, on the
    stream that the table has now. It is enabled, its last run found no problem, and its filters let something pass.
    """
    mappings, current = table.mappings_of(function), table.current_stream
    sizes = BatchSizes(batch_size, minimum_batch_size, maximum_batch_size)
    if former := [one for one in mappings if one["EventSourceArn"] != current]:
        _refuse_former(former, current)
    view_type = table.description["StreamSpecification"].get("StreamViewType")
    refuse_unknown("The stream's view type is", view_type, get_args(ViewType))
    keys = {one["AttributeName"]: table.types.get(one["AttributeName"], "") for one in table.description["KeySchema"]}
    stream = Stream(current, str(view_type), keys)
    judged = [_judged(one, stream, sizes, starting_positions) for one in mappings]
    right = [one for one in judged if not one.problems]
    for one in right:
        if one.certain:
            return Passed(f"{_name(one.arn)} is sent the changes.", actual=str(one), resource=one.arn)
    expected = "an enabled event source mapping on the table's current stream"
    expected += f"{sizes}, starting position {' or '.join(starting_positions)}"
    for one in right:
        if one.doubts:
            message = f"The consumer {_name(one.arn)}: {'; '.join(one.doubts)}."
            raise Undetermined(message, expected=expected, actual=str(one), resource=one.arn)
        message = f"The mapping of {_name(one.arn)} is {one.mapping['State']}."
        raise Pending(message, expected=expected, actual=str(one), resource=one.arn)
    raise Failed(
        f"No consumer is sent the changes: {'. '.join(one.in_words for one in judged)}.",
        expected=expected,
        actual=" | ".join(map(str, judged)),
        resource=judged[0].arn,
        remedy="Change it with UpdateEventSourceMapping; a starting position is chosen when the mapping is made.",
    )


@check(
    "streams.consumer_function",
    example={"table": "${table_name}"},
    actions=("lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration"),
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
)
def consumer_function(
    table: ConsumedTable,
    function: FunctionName | None = None,
    runtimes: Sequence[Runtime] | None = None,
    handler: Handler | None = None,
) -> Passed:
    """The consumer's function exists and can run: its runtime is supported, and its handler has that runtime's form.

    A function whose reserved concurrency is 0 never runs. Where only a former stream of the table has a consumer, its
    function is judged; a `function` that is named is judged though it consumes nothing. `runtimes` and `handler` are
    what the lab asks for.
    """
    return _any(table.consumers(function), lambda arn: _judge_function(table.account, arn, runtimes, handler))


@check(
    "streams.consumer_role",
    example={"table": "${table_name}", "least_privilege": True},
    actions=("lambda:GetFunctionConfiguration", *Role.actions),
    source=PERMISSIONS,
)
def consumer_role(
    table: ConsumedTable, function: FunctionName | None = None, least_privilege: bool = False
) -> Passed:
    """Lambda can assume the role of the consumer's function, and the role can read the stream.

    Inline and managed policies and the permissions boundary are evaluated together. With `least_privilege`, no policy
    may allow most of a service by wildcards. Where only a former stream of the table has a consumer, its role is judged;
    that of a `function` that is named is judged though it consumes nothing.
    """
    return _any(table.consumers(function), lambda arn: _judge_role(table, arn, least_privilege=least_privilege))


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """The sizes of batches that a lab allows."""

    exactly: int | None
    at_least: int | None
    at_most: int | None

    def __str__(self) -> str:
        """`, batch size at most 100`; empty where any will do."""
        words = {"": self.exactly, "at least ": self.at_least, "at most ": self.at_most}
        allowed = [f"{words}{size}" for words, size in words.items() if size is not None]
        return f", batch size {' and '.join(allowed)}" if allowed else ""

    def problem(self, size: int) -> str | None:
        """What is wrong with a size."""
        if self.exactly is not None and size != self.exactly:
            return f"its batch size is {size}, not {self.exactly}"
        if self.at_least is not None and size < self.at_least:
            return f"its batch size is {size}, below {self.at_least}"
        if self.at_most is not None and size > self.at_most:
            return f"its batch size is {size}, above {self.at_most}"
        return None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A mapping, with what is wrong with it and what of it this version cannot read."""

    mapping: Mapping[str, Any]
    problems: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def arn(self) -> str:
        return str(self.mapping["FunctionArn"])

    @property
    def certain(self) -> bool:
        return not self.doubts and self.mapping["State"] not in CHANGING

    @property
    def in_words(self) -> str:
        return f"{_name(self.arn)}: {'; '.join(self.problems)}"

    def __str__(self) -> str:
        told = ("State", "BatchSize", "StartingPosition", "LastProcessingResult")
        values = ", ".join(f"{name} {self.mapping[name]}" for name in told if name in self.mapping)
        filters = [one.get("Pattern", "") for one in self.mapping.get("FilterCriteria", {}).get("Filters", [])]
        return f"{_name(self.arn)}: {values}" + (f", filters {listed(filters)}" if filters else "")


def _refuse_former(mappings: Sequence[Mapping[str, Any]], stream: str) -> NoReturn:
    """Raises that these consumers, all there are, are sent nothing any more.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    names = list(dict.fromkeys(_name(one["FunctionArn"]) for one in mappings))
    raise Failed(
        f"The consumer {names[0]} is on a former stream of the table, which gets no more changes."
        if len(names) == 1
        else f"The consumers {listed(names)} are on former streams of the table, which get no more changes.",
        expected=stream,
        actual=listed(dict.fromkeys(one["EventSourceArn"] for one in mappings)),
        resource=mappings[0]["FunctionArn"],
        remedy="Make a mapping on the current stream's ARN with CreateEventSourceMapping, and delete the old one: a "
        "mapping stays on its stream, and a stream that is enabled again has a new ARN.",
    )


def _judged(
    mapping: Mapping[str, Any], stream: Stream, sizes: BatchSizes, starting_positions: Sequence[str]
) -> _Judged:
    problems: list[str] = []
    doubts: list[str] = []
    state = mapping["State"]
    if state in STOPPED:
        problems.append(f"it is {state}")
    elif state not in STATES:
        doubts.append(f"its state {state} is not known to this version")
    if (problem := sizes.problem(mapping["BatchSize"])) is not None:
        problems.append(problem)
    position = mapping["StartingPosition"]
    if position in POSITIONS and position not in starting_positions:
        problems.append(f"its starting position is {position}, not {' or '.join(starting_positions)}")
    elif position not in POSITIONS:
        doubts.append(f"its starting position {position} is not known to this version")
    if mapping.get("LastProcessingResult", "").startswith(PROBLEM):
        problems.append(f"its last run ended with {mapping['LastProcessingResult']!r}")
    _judge_filters(mapping, stream, problems, doubts)
    return _Judged(mapping, tuple(problems), tuple(doubts))


def _judge_filters(mapping: Mapping[str, Any], stream: Stream, problems: list[str], doubts: list[str]) -> None:
    """Adds what is wrong with the filters of a mapping, and what of them this version cannot read."""
    if "FilterCriteriaError" in mapping:
        reason = mapping["FilterCriteriaError"].get("Message", "AWS tells no reason")
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


def _any(functions: Iterable[str], judge: Callable[[str], Passed]) -> Passed:
    """The evidence of the first function that is right; where none is, raises what is wrong with the first one of
    which nothing certain can be said, or else with the first one."""
    failures: list[Outcome] = []
    doubts: list[Outcome] = []
    for function in functions:
        try:
            return judge(function)
        except Failed as failed:
            failures.append(failed)
        except (Undetermined, Pending) as doubt:
            doubts.append(doubt)
    raise [*doubts, *failures][0]


def _judge_function(account: Reader, arn: str, runtimes: Sequence[str] | None, wanted: str | None) -> Passed:
    function = _function(account, arn)
    arn = _arn(arn, function)
    name = _name(arn)
    _refuse_stopped(account, arn)
    package = function.get("PackageType", "Zip")
    refuse_unknown(f"The function {name} has the package type", package, ("Zip", "Image"), arn)
    runtime, handler = function.get("Runtime", "a container image"), function.get("Handler", "")
    if runtimes and runtime not in runtimes:
        raise Failed(
            f"The runtime of the function {name} is {runtime}, not {' or '.join(runtimes)}.",
            expected=" or ".join(runtimes),
            actual=runtime,
            resource=arn,
            remedy=f"Choose it with UpdateFunctionConfiguration: Runtime={runtimes[0]}. A function that was made of an "
            "image must be created again, from a zip file.",
        )
    if package == "Image":
        return Passed(f"The function {name} runs a container image.", actual="a container image", resource=arn)
    runtime = function["Runtime"]
    if wanted and handler != wanted:
        raise Failed(
            f"The handler of the function {name} is {handler or 'missing'}, not {wanted}.",
            expected=wanted,
            actual=handler or "no handler",
            resource=arn,
            remedy=f"Set it with UpdateFunctionConfiguration: Handler={wanted}.",
        )
    if runtime in UNSUPPORTED_RUNTIMES:
        raise Failed(
            f"AWS no longer supports the runtime {runtime} of the function {name}.",
            expected="a runtime that AWS supports",
            actual=runtime,
            resource=arn,
            remedy="Choose a current one with UpdateFunctionConfiguration: this one gets no security patches.",
        )
    form = next(one for prefix, one in HANDLERS.items() if runtime.startswith(prefix))
    if not re.fullmatch(form, handler):
        raise Failed(
            f"The handler {handler} of the function {name} does not fit its runtime {runtime}."
            if handler
            else f"The function {name} has no handler.",
            expected="the name of what is called, as the runtime wants it, such as handler.lambda_handler in Python",
            actual=handler or "no handler",
            resource=arn,
            remedy="Set it with UpdateFunctionConfiguration.",
        )
    return Passed(f"The function {name} is there: {runtime}, {handler}.", actual=f"{runtime}, {handler}", resource=arn)


def _refuse_stopped(account: Reader, arn: str) -> None:
    """Raises where a function never runs. The limit is that of the function, whatever its version or alias is.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    unqualified = ":".join(arn.split(":")[:7])
    answer = account.read("lambda", "GetFunctionConcurrency", FunctionName=unqualified)
    if answer.get("ReservedConcurrentExecutions") == 0:
        raise Failed(
            f"The function {_name(unqualified)} never runs: its reserved concurrency is 0.",
            expected="no reserved concurrency, or at least 1",
            actual="ReservedConcurrentExecutions 0",
            resource=arn,
            remedy="Remove the limit with DeleteFunctionConcurrency, or raise it with PutFunctionConcurrency.",
        )


def _function(account: Reader, arn: str) -> Mapping[str, Any]:
    """The configuration of a function that can be invoked."""
    function = account.read("lambda", "GetFunctionConfiguration", FunctionName=arn)
    state = function.get("State", "Active")
    refuse_unknown(f"The function {_name(arn)} is in the state", state, FUNCTION_STATES, arn)
    update = function.get("LastUpdateStatus", "Successful")
    refuse_unknown(f"The last update of the function {_name(arn)} is", update, UPDATE_STATES, arn)
    if state == "Pending":
        message = f"The function {_name(arn)} is still being made."
        raise Pending(message, expected="state Active", actual=state, resource=arn)
    if update == "InProgress":
        message = f"The function {_name(arn)} is still being updated."
        raise Pending(message, expected="a successful update", actual=update, resource=arn)
    if state == "Failed":
        raise Failed(
            f"The function {_name(arn)} could not be made: {function.get('StateReason', 'AWS tells no reason')}.",
            expected="state Active",
            actual=state,
            resource=arn,
            remedy="Mend what the reason names, and create the function again.",
        )
    if update == "Failed":
        told = function.get("LastUpdateStatusReason", "AWS tells no reason")
        message = (
            f"The last update of the function {_name(arn)} failed, so that it may not be what it is said to be: {told}."
        )
        raise Undetermined(message, expected="a successful update", actual=update, resource=arn)
    return function


def _judge_role(table: ConsumedTable, arn: str, *, least_privilege: bool) -> Passed:
    stream = table.current_stream
    function = _function(table.account, arn)
    arn = _arn(arn, function)
    role = Role(table.context, function["Role"].rpartition("/")[2])
    role.refuse_untrusted(LAMBDA, SourceArn=":".join(arn.split(":")[:7]), SourceAccount=account_of(arn))
    allowed = {action: role.allows(action, stream) for action in READS_OF_A_STREAM}
    lists = (stream, f"{stream.rpartition('/')[0]}/*", "*")
    allowed[LIST_STREAMS] = any_holds([role.allows(LIST_STREAMS, one) for one in lists])
    if missing := [action for action, verdict in allowed.items() if verdict is False]:
        raise Failed(
            f"The role {role.name} may not read the stream: {listed(missing)}.",
            expected=f"{listed(allowed)} on {stream}",
            actual=f"not allowed: {listed(missing)}",
            resource=role.arn,
            remedy="Allow these actions on the stream's ARN, which is not the table's; look for a Deny and at the "
            "permissions boundary too.",
        )
    if least_privilege:
        refuse_wide_actions(f"The role {role.name}", role.arn, role.documents)
    if doubtful := [action for action, verdict in allowed.items() if verdict is None]:
        message = f"The role {role.name} may read the stream only under a condition that cannot be judged here"
        raise Undetermined(f"{message}: {listed(doubtful)}.", resource=role.arn)
    return Passed(f"The role {role.name} can read the stream.", actual=listed(role.documents), resource=role.arn)


def _arn(asked: str, function: Mapping[str, Any]) -> str:
    """The ARN of a function that was asked for by its name, or by its ARN."""
    return asked if ":" in asked else str(function["FunctionArn"])


def _unqualified(arn: str) -> str:
    """A function's name, without its version or alias."""
    return _name(arn).partition(":")[0]


def _name(arn: str) -> str:
    """A function's name, with its version or alias: `consumer:live`."""
    return arn.partition(":function:")[2] or arn
