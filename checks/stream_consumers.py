"""Consumers of a table's stream: the Lambda event source mapping, the function behind it, and the function's role."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from checks.facts.roles import READS_OF_A_ROLE, read_role, refuse_untrusted, refuse_wide_actions
from checks.facts.tables import (
    TABLE,
    Description,
    account_of,
    attribute_types,
    describe_table,
    listed,
    refuse_unknown,
    refuse_while_updating,
)
from checks.languages.filter_patterns import PatternError, Stream, shuts_out
from checks.streams import VIEW_TYPES
from harness.account.iam import any_holds
from harness.checking.check import Context, Failed, Passed, Pending, Undetermined, check

MAPPING = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"
CHANGING = ("Creating", "Enabling", "Updating")
STOPPED = ("Disabling", "Disabled")
STATES = (*CHANGING, *STOPPED, "Enabled", "Deleting")
POSITIONS = ("TRIM_HORIZON", "LATEST")
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


@check(
    "streams.consumer",
    parameters={
        "table": TABLE,
        "maximum_batch_size": {"type": "integer", "minimum": 1, "maximum": 10000},
        "starting_positions": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": [*POSITIONS]},
        },
    },
    example={"table": "${table_name}", "maximum_batch_size": 1000},
    actions=("dynamodb:DescribeTable", "lambda:ListEventSourceMappings"),
    requires=("table.exists", "streams.enabled"),
    source=MAPPING,
)
def consumer(
    context: Context,
    table: str,
    maximum_batch_size: int | None = None,
    starting_positions: Sequence[str] = POSITIONS,
) -> Passed:
    """A Lambda function is sent the changes of the table.

    There is an event source mapping of any function, version or alias on the stream that the table has now. It is
    enabled, its last run found no problem, and its filters let something pass.
    """
    description = describe_table(context, table)
    mappings = _mappings(context, description)
    if former := [one for one in mappings if one["EventSourceArn"] != description["LatestStreamArn"]]:
        _refuse_former(former, description["LatestStreamArn"])
    view_type = description["StreamSpecification"].get("StreamViewType")
    refuse_unknown("The stream's view type is", view_type, VIEW_TYPES, description["TableArn"])
    types = attribute_types(description)
    keys = {one["AttributeName"]: types.get(one["AttributeName"], "") for one in description["KeySchema"]}
    stream = Stream(description["LatestStreamArn"], str(view_type), keys)
    judged = [_judged(one, stream, maximum_batch_size, starting_positions) for one in mappings]
    right = [one for one in judged if not one.problems]
    for one in right:
        if one.certain:
            function = one.mapping["FunctionArn"]
            return Passed(f"{_name(function)} is sent the changes.", actual=str(one), resource=function)
    expected = "an enabled event source mapping on the table's current stream"
    if maximum_batch_size is not None:
        expected += f", batch size at most {maximum_batch_size}"
    expected += f", starting position {' or '.join(starting_positions)}"
    for one in right:
        arn = one.mapping["FunctionArn"]
        if one.doubts:
            message = f"The consumer {_name(arn)}: {'; '.join(one.doubts)}."
            raise Undetermined(message, expected=expected, actual=str(one), resource=arn)
        raise Pending(
            f"The mapping of {_name(arn)} is {one.mapping['State']}.", expected=expected, actual=str(one), resource=arn
        )
    raise Failed(
        f"No consumer is sent the changes: {'. '.join(one.in_words for one in judged)}.",
        expected=expected,
        actual=" | ".join(map(str, judged)),
        resource=judged[0].mapping["FunctionArn"],
        remedy="Change it with UpdateEventSourceMapping; a starting position is chosen when the mapping is made.",
    )


@check(
    "streams.consumer_function",
    parameters={"table": TABLE},
    example={"table": "${table_name}"},
    actions=(
        *("dynamodb:DescribeTable", "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration"),
        "lambda:ListEventSourceMappings",
    ),
    requires=("table.exists", "streams.enabled"),
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
)
def consumer_function(context: Context, table: str) -> Passed:
    """The consumer's function exists and can run: its runtime is supported, and its handler has that runtime's form.

    A function whose reserved concurrency is 0 never runs. Where only a former stream of the table has a consumer, its
    function is judged.
    """
    return _any(context, table, lambda arn: _judge_function(context, arn))


@check(
    "streams.consumer_role",
    parameters={"table": TABLE, "least_privilege": {"type": "boolean"}},
    example={"table": "${table_name}", "least_privilege": True},
    actions=(
        *("dynamodb:DescribeTable", "lambda:GetFunctionConfiguration", "lambda:ListEventSourceMappings"),
        *READS_OF_A_ROLE,
    ),
    requires=("table.exists", "streams.enabled"),
    source=PERMISSIONS,
)
def consumer_role(context: Context, table: str, least_privilege: bool = False) -> Passed:
    """Lambda can assume the role of the consumer's function, and the role can read the stream.

    Inline and managed policies and the permissions boundary are evaluated together. With `least_privilege`, no policy
    may allow most of a service by wildcards. Where only a former stream of the table has a consumer, its role is judged.
    """
    stream = _current_stream(describe_table(context, table))
    return _any(context, table, lambda arn: _judge_role(context, arn, stream, least_privilege=least_privilege))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A mapping, with what is wrong with it and what of it this version cannot read."""

    mapping: Mapping[str, Any]
    problems: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def certain(self) -> bool:
        return not self.doubts and self.mapping["State"] not in CHANGING

    @property
    def in_words(self) -> str:
        return f"{_name(self.mapping['FunctionArn'])}: {'; '.join(self.problems)}"

    def __str__(self) -> str:
        told = ("State", "BatchSize", "StartingPosition", "LastProcessingResult")
        values = ", ".join(f"{name} {self.mapping[name]}" for name in told if name in self.mapping)
        filters = [one.get("Pattern", "") for one in self.mapping.get("FilterCriteria", {}).get("Filters", [])]
        return f"{_name(self.mapping['FunctionArn'])}: {values}" + (f", filters {listed(filters)}" if filters else "")


def _current_stream(description: Description) -> str:
    """The ARN of the stream that the table has now."""
    refuse_while_updating(description, "stream")
    if not description.get("StreamSpecification", {}).get("StreamEnabled", False):
        raise Failed(
            "The table has no stream that is switched on, so nothing can consume it.",
            expected="a stream, and a consumer of it",
            actual="no stream",
            resource=description["TableArn"],
            remedy="Enable a stream with UpdateTable, then make an event source mapping on its ARN.",
        )
    stream: str = description["LatestStreamArn"]
    return stream


def _mappings(context: Context, description: Description) -> list[Mapping[str, Any]]:
    """The mappings on the table's current stream, or else those on a former one; none that is being deleted. Raises
    where there is none at all."""
    stream = _current_stream(description)
    every = context.account.read("lambda", "ListEventSourceMappings").get("EventSourceMappings", [])
    staying = [one for one in every if one["State"] != "Deleting"]
    streams = f"{description['TableArn']}/stream/"
    found = [one for one in staying if one.get("EventSourceArn") == stream]
    found = found or [one for one in staying if one.get("EventSourceArn", "").startswith(streams)]
    if found:
        return found
    raise Failed(
        "The table's stream has no consumer.",
        expected=f"an event source mapping on {stream}",
        actual="no mapping",
        resource=description["TableArn"],
        remedy="Make one with CreateEventSourceMapping on the stream's ARN.",
    )


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
    mapping: Mapping[str, Any], stream: Stream, maximum_batch_size: int | None, starting_positions: Sequence[str]
) -> _Judged:
    problems: list[str] = []
    doubts: list[str] = []
    state = mapping["State"]
    if state in STOPPED:
        problems.append(f"it is {state}")
    elif state not in STATES:
        doubts.append(f"its state {state} is not known to this version")
    if maximum_batch_size is not None and mapping["BatchSize"] > maximum_batch_size:
        problems.append(f"its batch size is {mapping['BatchSize']}, above {maximum_batch_size}")
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
        doubts.append(
            f"its filters cannot be read: {mapping['FilterCriteriaError'].get('Message', 'AWS tells no reason')}"
        )
    reasons: list[str | None] = []
    for one in mapping.get("FilterCriteria", {}).get("Filters", []):
        try:
            reasons.append(shuts_out(one.get("Pattern", "{}"), stream))
        except PatternError as error:
            doubts.append(f"its filter {one['Pattern']} cannot be judged: {error}")
            reasons.append(None)
    if reasons and None not in reasons:
        problems.append(f"its filters let no record pass: {listed(reason for reason in reasons if reason)}")


def _any(context: Context, table: str, judge: Callable[[str], Passed]) -> Passed:
    """The evidence of the first consumer that is right; where none is, raises what is wrong with the first one of
    which nothing certain can be said, or else with the first one."""
    failures: list[Failed] = []
    doubts: list[Undetermined | Pending] = []
    for mapping in _mappings(context, describe_table(context, table)):
        try:
            return judge(mapping["FunctionArn"])
        except Failed as failed:
            failures.append(failed)
        except (Undetermined, Pending) as doubt:
            doubts.append(doubt)
    raise [*doubts, *failures][0]


def _judge_function(context: Context, arn: str) -> Passed:
    function = _function(context, arn)
    name = _name(arn)
    _refuse_stopped(context, arn)
    package = function.get("PackageType", "Zip")
    refuse_unknown(f"The function {name} has the package type", package, ("Zip", "Image"), arn)
    if package == "Image":
        return Passed(f"The function {name} runs a container image.", actual="a container image", resource=arn)
    runtime, handler = function["Runtime"], function.get("Handler", "")
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


def _refuse_stopped(context: Context, arn: str) -> None:
    """Raises where a function never runs. The limit is that of the function, whatever its version or alias is.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    unqualified = ":".join(arn.split(":")[:7])
    answer = context.account.read("lambda", "GetFunctionConcurrency", FunctionName=unqualified)
    if answer.get("ReservedConcurrentExecutions") == 0:
        raise Failed(
            f"The function {_name(unqualified)} never runs: its reserved concurrency is 0.",
            expected="no reserved concurrency, or at least 1",
            actual="ReservedConcurrentExecutions 0",
            resource=arn,
            remedy="Remove the limit with DeleteFunctionConcurrency, or raise it with PutFunctionConcurrency.",
        )


def _function(context: Context, arn: str) -> Mapping[str, Any]:
    """The configuration of a function that can be invoked."""
    function = context.account.read("lambda", "GetFunctionConfiguration", FunctionName=arn)
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


def _judge_role(context: Context, arn: str, stream: str, *, least_privilege: bool) -> Passed:
    role_name = _function(context, arn)["Role"].rpartition("/")[2]
    role = read_role(context, role_name)
    function = ":".join(arn.split(":")[:7])
    refuse_untrusted(role, role_name, LAMBDA, SourceArn=function, SourceAccount=account_of(arn))
    allowed = {action: role.allows(action, stream) for action in READS_OF_A_STREAM}
    lists = (stream, f"{stream.rpartition('/')[0]}/*", "*")
    allowed[LIST_STREAMS] = any_holds([role.allows(LIST_STREAMS, one) for one in lists])
    missing = [action for action, verdict in allowed.items() if verdict is False]
    if missing:
        raise Failed(
            f"The role {role_name} may not read the stream: {listed(missing)}.",
            expected=f"{listed(allowed)} on {stream}",
            actual=f"not allowed: {listed(missing)}",
            resource=role.arn,
            remedy="Allow these actions on the stream's ARN, which is not the table's; look for a Deny and at the "
            "permissions boundary too.",
        )
    if least_privilege:
        refuse_wide_actions(f"The role {role_name}", role.arn, role.documents)
    if doubtful := [action for action, verdict in allowed.items() if verdict is None]:
        message = f"The role {role_name} may read the stream only under a condition that cannot be judged here"
        raise Undetermined(f"{message}: {listed(doubtful)}.", resource=role.arn)
    return Passed(f"The role {role_name} can read the stream.", actual=listed(role.documents), resource=role.arn)


def _name(arn: str) -> str:
    """A function's name, with its version or alias: `consumer:live`."""
    return arn.partition(":function:")[2] or arn
