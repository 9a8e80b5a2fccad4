"""Consumers of the stream: the mapping, the function, the role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.stream_consumers import UNSUPPORTED_RUNTIMES
from harness.account.errors import NotFound
from harness.account.reading import Reader
from harness.checking.check import REGISTRY, Context
from harness.checking.finding import Finding, Reason, Status
from tests.checks.verdicts import fails, holds, is_denied, is_missing, is_pending, is_unknown
from tests.support import TABLE_ARN, Facts, denied, judge, not_found, table

STREAM = f"{TABLE_ARN}/stream/2026-02-01T00:00:00.000"
FORMER = f"{TABLE_ARN}/stream/2026-01-01T00:00:00.000"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:consumer"
ROLE = "arn:aws:iam::123456789012:role/service-role/consumer-role"
ON = table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}, LatestStreamArn=STREAM)
EXPECTED = "an enabled event source mapping on the table's current stream, starting position TRIM_HORIZON or LATEST"
READS = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
KINDS = ["streams.consumer", "streams.consumer_function", "streams.consumer_role"]


def mapping(**changes: Any) -> dict[str, Any]:
    described = {
        "UUID": "1",
        "EventSourceArn": STREAM,
        "FunctionArn": FUNCTION,
        "State": "Enabled",
        "BatchSize": 100,
        "StartingPosition": "LATEST",
        **changes,
    }
    return {name: value for name, value in described.items() if value is not None}


def function(**changes: Any) -> dict[str, Any]:
    described = {
        "FunctionArn": FUNCTION,
        "Role": ROLE,
        "Runtime": "python3.13",
        "Handler": "handler.lambda_handler",
        "PackageType": "Zip",
        "State": "Active",
        **changes,
    }
    return {name: value for name, value in described.items() if value is not None}


def statement(actions: Any, resource: Any = STREAM, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(**changes: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return document({**allowed, **changes})


def role(inline: Any = None, managed: Any = None, trusted: Any = None, boundary: Any = None) -> dict[str, Any]:
    """The answers that describe a role with these policies."""
    described: dict[str, Any] = {
        "RoleName": "consumer-role",
        "Arn": ROLE,
        "AssumeRolePolicyDocument": trusted or trust(),
    }
    if boundary is not None:
        described["PermissionsBoundary"] = {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/limit"}
    attached = (
        [] if managed is None else [{"PolicyName": "reads", "PolicyArn": "arn:aws:iam::123456789012:policy/reads"}]
    )
    return {
        "GetRole": {"Role": described},
        "ListRolePolicies": {"PolicyNames": [] if inline is None else ["inline"]},
        "ListAttachedRolePolicies": {"AttachedPolicies": attached},
        "GetRolePolicy": {"PolicyDocument": inline},
        "GetPolicy": {"Policy": {"DefaultVersionId": "v2"}},
        "GetPolicyVersion": {"PolicyVersion": {"Document": boundary if managed is None else managed}},
    }


RIGHT_ROLE = role(document(statement(READS)))


def look(kind: str = "streams.consumer", *mappings: dict[str, Any], described: Any = None, **more: Any) -> Finding:
    """What a kind finds; named answers and parameters may be given."""
    answers = {
        "DescribeTable": ON if described is None else described,
        "ListEventSourceMappings": {"EventSourceMappings": list(mappings)},
        "GetFunctionConfiguration": function(),
        "GetFunctionConcurrency": {},
        **RIGHT_ROLE,
        **{name: value for name, value in more.items() if name[0].isupper()},
    }
    parameters = {name: value for name, value in more.items() if not name[0].isupper()}
    return judge(kind, answers, table="orders", **parameters)


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (mapping(), "consumer"),
        (mapping(StartingPosition="TRIM_HORIZON", BatchSize=10000), "consumer"),
        (mapping(FunctionArn=f"{FUNCTION}:live"), "consumer:live"),
        (mapping(FunctionArn=f"{FUNCTION}:7"), "consumer:7"),
        (mapping(LastProcessingResult="OK"), "consumer"),
        (mapping(LastProcessingResult="No records processed"), "consumer"),
        (mapping(FilterCriteria={"Filters": []}), "consumer"),
        (mapping(FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}), "consumer"),
        (
            mapping(FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["X"]}'}, {"Pattern": "{}"}]}),
            "consumer",
        ),
    ],
)
def test_a_mapping_that_works_passes(one: dict[str, Any], name: str) -> None:
    finding = look("streams.consumer", one)

    holds(finding, f"{name} receives the changes.", resource=one["FunctionArn"])
    assert finding.actual.startswith(f"{name}: State Enabled, BatchSize {one['BatchSize']}")


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (mapping(State="Disabled"), "it is Disabled"),
        (mapping(State="Disabling"), "it is Disabling"),
        (
            mapping(LastProcessingResult="PROBLEM: Function call failed"),
            "its last run ended with 'PROBLEM: Function call failed'",
        ),
        (
            mapping(FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["CREATE"]}'}]}),
            'its filters let no record pass: eventName is never ["CREATE"]',
        ),
        (
            mapping(FilterCriteria={"Filters": [{"Pattern": '{"dynamodb": {"Keys": {"PK": {"N": ["1"]}}}}'}]}),
            "its filters let no record pass: no such record has dynamodb.Keys.PK.N",
        ),
        (
            mapping(State="Disabled", LastProcessingResult="PROBLEM: x"),
            "it is Disabled; its last run ended with 'PROBLEM: x'",
        ),
    ],
)
def test_a_mapping_that_sends_nothing_fails(one: dict[str, Any], problem: str) -> None:
    finding = look("streams.consumer", one)

    fails(
        finding,
        f"No consumer receives the changes: consumer: {problem}.",
        expected=EXPECTED,
        actual=finding.actual,
        resource=FUNCTION,
        remedy="UpdateEventSourceMapping",
    )
    assert f"State {one['State']}" in finding.actual


def test_batch_size_and_starting_position_as_the_lab_asks() -> None:
    wanted: dict[str, Any] = {"maximum_batch_size": 100, "starting_positions": ["TRIM_HORIZON"]}

    right = look("streams.consumer", mapping(StartingPosition="TRIM_HORIZON"), **wanted)
    wrong = look("streams.consumer", mapping(BatchSize=101), **wanted)

    assert right.status is Status.PASS
    assert wrong.status is Status.FAIL
    assert wrong.message.endswith(
        "its batch size is 101, above 100; its starting position is LATEST, not TRIM_HORIZON."
    )
    assert "batch size at most 100, starting position TRIM_HORIZON" in wrong.expected


@pytest.mark.parametrize(
    ("asked", "right", "wrong", "expected", "problem"),
    [
        ({"batch_size": 10}, [10], [9, 11], "batch size 10", "its batch size is {0}, not 10"),
        ({"minimum_batch_size": 10}, [10, 99], [9], "batch size at least 10", "its batch size is {0}, below 10"),
        (
            {"minimum_batch_size": 10, "maximum_batch_size": 20},
            [10, 20],
            [21],
            "batch size at least 10 and at most 20",
            "its batch size is {0}, above 20",
        ),
    ],
)
def test_batches_of_the_size_that_the_lab_asks_for(
    asked: dict[str, int], right: list[int], wrong: list[int], expected: str, problem: str
) -> None:
    for size in right:
        holds(
            look("streams.consumer", mapping(BatchSize=size), **asked),
            "consumer receives the changes.",
            resource=FUNCTION,
        )
    for size in wrong:
        fails(
            look("streams.consumer", mapping(BatchSize=size), **asked),
            f"No consumer receives the changes: consumer: {problem.format(size)}.",
            expected=f"an enabled event source mapping on the table's current stream, {expected}, "
            "starting position TRIM_HORIZON or LATEST",
            actual=f"consumer: State Enabled, BatchSize {size}, StartingPosition LATEST",
            resource=FUNCTION,
            remedy="UpdateEventSourceMapping",
        )


def test_a_function_that_the_lab_names_must_consume_the_stream_itself() -> None:
    other = mapping(FunctionArn=f"{FUNCTION}-2")

    holds(
        look("streams.consumer", other, mapping(FunctionArn=f"{FUNCTION}:live"), function="consumer"),
        "consumer:live receives the changes.",
        resource=f"{FUNCTION}:live",
    )
    fails(
        look("streams.consumer", other, function="consumer"),
        "The function consumer does not consume the table's stream.",
        expected=f"an event source mapping of consumer on {STREAM}",
        actual="mappings of other functions: consumer-2",
        remedy="CreateEventSourceMapping",
    )
    fails(
        look("streams.consumer", function="consumer"),
        "The function consumer does not consume the table's stream.",
        expected=f"an event source mapping of consumer on {STREAM}",
        actual="no mapping",
        remedy="CreateEventSourceMapping",
    )


def test_a_function_that_the_lab_names_is_judged_though_it_consumes_nothing() -> None:
    there = "The function consumer exists: python3.13, handler.lambda_handler."
    holds(look("streams.consumer_function", function="consumer"), there, resource=FUNCTION)
    reads = "The role consumer-role can read the stream."
    holds(look("streams.consumer_role", function="consumer"), reads, resource=ROLE)
    finding = look("streams.consumer_function", function="consumer", GetFunctionConfiguration=not_found())

    assert finding.status is Status.FAIL


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_that_the_lab_names_needs_a_stream_too(kind: str) -> None:
    fails(
        look(kind, described=table(), function="consumer"),
        "The table has no enabled stream, so nothing can consume it.",
        expected="a stream, and a consumer of it",
        actual="no stream",
        remedy="Enable a stream",
    )


def test_a_runtime_and_a_handler_that_the_lab_asks_for() -> None:
    asked = {"runtimes": ["python3.12", "python3.13"], "handler": "handler.lambda_handler"}

    there = "The function consumer exists: python3.13, handler.lambda_handler."
    holds(look("streams.consumer_function", mapping(), **asked), there, resource=FUNCTION)
    fails(
        look("streams.consumer_function", mapping(), GetFunctionConfiguration=function(Runtime="python3.11"), **asked),
        "The runtime of the function consumer is python3.11, not python3.12 or python3.13.",
        expected="python3.12 or python3.13",
        actual="python3.11",
        resource=FUNCTION,
        remedy="Runtime=python3.12",
    )
    image = function(PackageType="Image", Runtime=None, Handler=None)
    fails(
        look("streams.consumer_function", mapping(), GetFunctionConfiguration=image, **asked),
        "The runtime of the function consumer is a container image, not python3.12 or python3.13.",
        expected="python3.12 or python3.13",
        actual="a container image",
        resource=FUNCTION,
        remedy="from a zip file",
    )
    fails(
        look("streams.consumer_function", mapping(), GetFunctionConfiguration=function(Handler="index.main"), **asked),
        "The handler of the function consumer is index.main, not handler.lambda_handler.",
        expected="handler.lambda_handler",
        actual="index.main",
        resource=FUNCTION,
        remedy="Handler=handler.lambda_handler",
    )


def test_one_right_mapping_among_wrong_ones_passes() -> None:
    assert look("streams.consumer", mapping(State="Disabled"), mapping()).status is Status.PASS


def test_every_wrong_mapping_is_named() -> None:
    other = mapping(FunctionArn=f"{FUNCTION}-2", BatchSize=5000)

    finding = look("streams.consumer", mapping(State="Disabled"), other, maximum_batch_size=1000)

    assert finding.message == (
        "No consumer receives the changes: consumer: it is Disabled. consumer-2: its batch size is 5000, above 1000."
    )


@pytest.mark.parametrize("state", ["Creating", "Enabling", "Updating"])
def test_a_mapping_that_changes_is_pending(state: str) -> None:
    is_pending(look("streams.consumer", mapping(State=state)), f"The mapping of consumer is {state}.")


@pytest.mark.parametrize(
    ("one", "doubt"),
    [
        (mapping(State="Resting"), "this version does not know its state Resting"),
        (mapping(StartingPosition="MIDDLE"), "this version does not know its starting position MIDDLE"),
        (
            mapping(FilterCriteria={"Filters": [{"Pattern": '{"eventName": [{"like": 1}]}'}]}),
            'its filter {"eventName": [{"like": 1}]} cannot be judged: the condition {"like": 1} is not supported here',
        ),
        (
            mapping(FilterCriteriaError={"ErrorCode": "KMSAccessDenied", "Message": "the key may not be used"}),
            "its filters cannot be read: the key may not be used",
        ),
    ],
)
def test_what_this_version_does_not_know_is_no_verdict(one: dict[str, Any], doubt: str) -> None:
    is_unknown(look("streams.consumer", one), f"The consumer consumer: {doubt}.")


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_a_stream_without_a_consumer_fails(self, kind: str) -> None:
        fails(
            look(kind),
            "The table's stream has no consumer.",
            expected=f"an event source mapping on {STREAM}",
            actual="no mapping",
            remedy="CreateEventSourceMapping",
        )

    def test_a_mapping_that_is_being_deleted_does_not_count(self, kind: str) -> None:
        assert look(kind, mapping(State="Deleting")).message == "The table's stream has no consumer."

    @pytest.mark.parametrize(
        "other",
        [
            mapping(EventSourceArn=STREAM.replace("/orders/", "/orders-archive/")),
            mapping(EventSourceArn=None),
            mapping(EventSourceArn=FORMER, State="Deleting"),
        ],
        ids=["another table's", "no stream's", "a former stream's, being deleted"],
    )
    def test_what_consumes_nothing_of_the_table_does_not_count(self, kind: str, other: dict[str, Any]) -> None:
        assert look(kind, other).message == "The table's stream has no consumer."

    def test_a_table_without_a_stream_fails(self, kind: str) -> None:
        fails(
            look(kind, described=table(LatestStreamArn=STREAM)),
            "The table has no enabled stream, so nothing can consume it.",
            expected="a stream, and a consumer of it",
            actual="no stream",
            remedy="Enable a stream",
        )

    def test_a_missing_table_fails(self, kind: str) -> None:
        is_missing(look(kind, described=not_found()))

    def test_a_table_that_changes_is_pending(self, kind: str) -> None:
        changing = {"Table": {**ON["Table"], "TableStatus": "UPDATING"}}

        is_pending(look(kind, mapping(), described=changing), "The table is UPDATING: its stream may be changing.")

    def test_denied_is_no_verdict(self, kind: str) -> None:
        refused = denied("ListEventSourceMappings", "lambda")

        is_denied(look(kind, ListEventSourceMappings=refused), "lambda:ListEventSourceMappings")
        is_denied(look(kind, described=denied("DescribeTable")), "dynamodb:DescribeTable")


def test_a_consumer_of_a_former_stream_is_told_so_once() -> None:
    former = mapping(EventSourceArn=FORMER)

    fails(
        look("streams.consumer", former, mapping(EventSourceArn=None)),
        "The consumer consumer is on a former stream of the table, which gets no more changes.",
        expected=STREAM,
        actual=FORMER,
        resource=FUNCTION,
        remedy="Make a mapping on the current stream's ARN with CreateEventSourceMapping, and delete the old one",
    )
    for kind in KINDS[1:]:
        assert look(kind, former).status is Status.PASS, kind


def test_consumers_of_former_streams_are_named_each() -> None:
    older = FORMER.replace("2026-01", "2025-12")

    fails(
        look(
            "streams.consumer",
            mapping(EventSourceArn=FORMER),
            mapping(EventSourceArn=older, FunctionArn=f"{FUNCTION}-2:live", State="Disabled"),
        ),
        "The consumers consumer, consumer-2:live are on former streams of the table, which get no more changes.",
        expected=STREAM,
        actual=f"{FORMER}, {older}",
        resource=FUNCTION,
        remedy="each time a stream is enabled it has a new ARN",
    )


def test_a_consumer_of_a_former_stream_beside_one_of_the_current_does_no_harm() -> None:
    assert look("streams.consumer", mapping(EventSourceArn=FORMER), mapping()).status is Status.PASS
    wrong = look("streams.consumer", mapping(EventSourceArn=FORMER), mapping(State="Disabled"))
    assert wrong.message == "No consumer receives the changes: consumer: it is Disabled."


def test_an_unknown_view_type_is_no_verdict() -> None:
    described = table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "DIFF"}, LatestStreamArn=STREAM)

    is_unknown(
        look("streams.consumer", mapping(), described=described),
        "The stream's view type is DIFF, which this version does not know.",
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "python3.13, handler.lambda_handler"),
        ({"Handler": "package/module.handler"}, "python3.13, package/module.handler"),
        ({"Runtime": "nodejs22.x", "Handler": "index.handler"}, "nodejs22.x, index.handler"),
        (
            {"Runtime": "nodejs22.x", "Handler": "node_modules/@shop/orders/index.handler"},
            "nodejs22.x, node_modules/@shop/orders/index.handler",
        ),
        ({"Runtime": "nodejs22.x", "Handler": "src/[id].$handler"}, "nodejs22.x, src/[id].$handler"),
        ({"Runtime": "java21", "Handler": "shop.Consumer::handle"}, "java21, shop.Consumer::handle"),
        ({"Runtime": "java21", "Handler": "shop.Consumer"}, "java21, shop.Consumer"),
        (
            {"Runtime": "ruby3.3", "Handler": "lambda.Consumer::Handler.process"},
            "ruby3.3, lambda.Consumer::Handler.process",
        ),
        ({"Runtime": "dotnet8", "Handler": "Shop::Shop.Consumer::Handle"}, "dotnet8, Shop::Shop.Consumer::Handle"),
        ({"Runtime": "provided.al2023", "Handler": "bootstrap"}, "provided.al2023, bootstrap"),
        ({"State": None, "PackageType": None}, "python3.13, handler.lambda_handler"),
        ({"State": "Inactive"}, "python3.13, handler.lambda_handler"),
    ],
)
def test_a_function_that_can_run_passes(changes: dict[str, Any], told: str) -> None:
    finding = look("streams.consumer_function", mapping(), GetFunctionConfiguration=function(**changes))

    holds(finding, f"The function consumer exists: {told}.", actual=told, resource=FUNCTION)


def test_an_unknown_package_type_is_no_verdict() -> None:
    is_unknown(
        look("streams.consumer_function", mapping(), GetFunctionConfiguration=function(PackageType="Wasm")),
        "The function consumer has the package type Wasm, which this version does not know.",
    )


def test_a_container_image_has_no_handler() -> None:
    image = function(PackageType="Image", Runtime=None, Handler=None)

    finding = look("streams.consumer_function", mapping(), GetFunctionConfiguration=image)

    holds(finding, "The function consumer runs a container image.", resource=FUNCTION)


@pytest.mark.parametrize("runtime", sorted(UNSUPPORTED_RUNTIMES))
def test_a_runtime_without_support_fails(runtime: str) -> None:
    fails(
        look("streams.consumer_function", mapping(), GetFunctionConfiguration=function(Runtime=runtime)),
        f"AWS no longer supports the runtime {runtime} of the function consumer.",
        expected="a runtime that AWS supports",
        actual=runtime,
        resource=FUNCTION,
        remedy="UpdateFunctionConfiguration",
    )


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [
        ("python3.13", "lambda_handler"),
        ("python3.13", ""),
        ("nodejs22.x", "index"),
        ("java21", "::handle"),
        ("ruby3.3", "x"),
        ("dotnet8", ""),
        ("provided.al2023", "two words"),
    ],
)
def test_a_handler_of_another_form_fails(runtime: str, handler: str) -> None:
    fails(
        look(
            "streams.consumer_function", mapping(), GetFunctionConfiguration=function(Runtime=runtime, Handler=handler)
        ),
        f"The handler {handler} of the function consumer does not fit its runtime {runtime}."
        if handler
        else "The function consumer has no handler.",
        expected="the name of what is called, as the runtime needs it, such as handler.lambda_handler in Python",
        actual=handler or "no handler",
        resource=FUNCTION,
        remedy="UpdateFunctionConfiguration",
    )


@pytest.mark.parametrize("qualifier", ["", ":live", ":7", ":$LATEST"])
@pytest.mark.parametrize("package", ["Zip", "Image"])
def test_a_function_whose_reserved_concurrency_is_0_never_runs(qualifier: str, package: str) -> None:
    arn = f"{FUNCTION}{qualifier}"
    stopped = {"ReservedConcurrentExecutions": 0}

    fails(
        look(
            "streams.consumer_function",
            mapping(FunctionArn=arn),
            GetFunctionConfiguration=function(PackageType=package),
            GetFunctionConcurrency=stopped,
        ),
        "The function consumer never runs: its reserved concurrency is 0.",
        expected="no reserved concurrency, or at least 1",
        actual="ReservedConcurrentExecutions 0",
        resource=arn,
        remedy="DeleteFunctionConcurrency",
    )


def test_concurrency_is_that_of_the_function_without_its_alias() -> None:
    facts = Facts(
        {
            "DescribeTable": ON,
            "ListEventSourceMappings": {"EventSourceMappings": [mapping(FunctionArn=f"{FUNCTION}:live")]},
            "GetFunctionConfiguration": function(),
            "GetFunctionConcurrency": {"ReservedConcurrentExecutions": 1},
        }
    )

    REGISTRY["streams.consumer_function"].function(Context(Reader(facts)), table="orders")

    assert ("lambda", "GetFunctionConcurrency", {"FunctionName": FUNCTION}) in facts.asked


def test_a_concurrency_that_may_not_be_read_is_no_verdict() -> None:
    refused = denied("GetFunctionConcurrency", "lambda")

    finding = look("streams.consumer_function", mapping(), GetFunctionConcurrency=refused)

    is_denied(finding, "lambda:GetFunctionConcurrency")


@pytest.mark.parametrize("kind", KINDS[1:])
class TestTheFunction:
    def test_one_that_is_gone_fails(self, kind: str) -> None:
        gone = NotFound(
            "lambda", "GetFunctionConfiguration", {"FunctionName": FUNCTION}, "ResourceNotFoundException", ""
        )

        finding = look(kind, mapping(), GetFunctionConfiguration=gone)

        assert (finding.status, finding.message) == (Status.FAIL, f"There is no function {FUNCTION} in us-east-1.")

    def test_one_that_could_not_be_made_fails(self, kind: str) -> None:
        failed = function(State="Failed", StateReason="the image is gone")

        fails(
            look(kind, mapping(), GetFunctionConfiguration=failed),
            "The function consumer could not be created: the image is gone.",
            expected="state Active",
            actual="Failed",
            resource=FUNCTION,
            remedy="create the function again",
        )

    def test_one_that_is_being_made_is_pending(self, kind: str) -> None:
        finding = look(kind, mapping(), GetFunctionConfiguration=function(State="Pending"))

        is_pending(finding, "The function consumer is still being created.")

    def test_an_unknown_state_is_no_verdict(self, kind: str) -> None:
        finding = look(kind, mapping(), GetFunctionConfiguration=function(State="Dreaming"))

        is_unknown(finding, "The function consumer is in the state Dreaming, which this version does not know.")

    def test_denied_is_no_verdict(self, kind: str) -> None:
        refused = denied("GetFunctionConfiguration", "lambda")

        is_denied(look(kind, mapping(), GetFunctionConfiguration=refused), "lambda:GetFunctionConfiguration")

    def test_one_right_consumer_is_enough(self, kind: str) -> None:
        assert REGISTRY[kind].requires == ("table.exists", "streams.enabled")
        finding = look(kind, mapping(), mapping(FunctionArn=f"{FUNCTION}-2"))
        assert finding.status is Status.PASS

    def test_it_is_judged_though_the_mapping_is_wrong(self, kind: str) -> None:
        assert look(kind, mapping(State="Disabled", BatchSize=10_000)).status is Status.PASS

    def test_one_that_is_being_updated_is_pending(self, kind: str) -> None:
        finding = look(kind, mapping(), GetFunctionConfiguration=function(LastUpdateStatus="InProgress"))

        is_pending(finding, "The function consumer is still being updated.")

    def test_one_whose_update_failed_is_no_verdict(self, kind: str) -> None:
        failed = function(LastUpdateStatus="Failed", LastUpdateStatusReason="no such layer")

        is_unknown(
            look(kind, mapping(), GetFunctionConfiguration=failed),
            "The last update of the function consumer failed, so its configuration may not be what AWS reports: no such layer.",
        )

    def test_an_unknown_update_is_no_verdict(self, kind: str) -> None:
        finding = look(kind, mapping(), GetFunctionConfiguration=function(LastUpdateStatus="Halved"))

        is_unknown(finding, "The last update of the function consumer is Halved, which this version does not know.")


FROM_A_NETWORK = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}

RIGHT_ROLES = [
    pytest.param(RIGHT_ROLE, id="inline"),
    pytest.param(role(managed=document(statement(READS, "*"))), id="managed, as AWS's own"),
    pytest.param(
        role(
            document(statement(READS[:3], f"{TABLE_ARN}/stream/*")),
            document(statement("dynamodb:ListStreams", f"{TABLE_ARN}/stream/*")),
        ),
        id="inline and managed together",
    ),
    pytest.param(role(document(statement("dynamodb:*Stream*"), statement(["dynamodb:Get*"]))), id="wildcards"),
    pytest.param(
        role(document(statement(READS)), boundary=document(statement("dynamodb:*", "*"))), id="within a boundary"
    ),
    pytest.param(
        role(
            document(statement(READS)),
            trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}),
        ),
        id="trust for this account",
    ),
    pytest.param(
        role(
            document(statement(READS)),
            trusted=trust(Principal={"Service": ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]}),
        ),
        id="trust for several services",
    ),
]

KNOWN_OF_EVERY_CALL = [
    {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringEquals": {"aws:ResourceAccount": "123456789012", "aws:PrincipalAccount": "123456789012"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"ArnEquals": {"aws:PrincipalArn": ROLE}},
]


@pytest.mark.parametrize("condition", KNOWN_OF_EVERY_CALL)
def test_conditions_on_what_is_known_of_every_call_are_met(condition: dict[str, Any]) -> None:
    allowed = document(statement(READS, Condition=condition))
    guarded = document(
        statement(READS),
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
        },
    )

    assert look("streams.consumer_role", mapping(), **role(allowed)).status is Status.PASS
    assert look("streams.consumer_role", mapping(), **role(guarded)).status is Status.PASS


@pytest.mark.parametrize("answers", RIGHT_ROLES)
def test_a_role_that_can_read_the_stream_passes(answers: dict[str, Any]) -> None:
    finding = look("streams.consumer_role", mapping(), **answers)

    holds(finding, "The role consumer-role can read the stream.", resource=ROLE)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        (role(), READS),
        (role(document(statement("dynamodb:*", TABLE_ARN))), READS),
        (role(document(statement("dynamodb:*", FORMER))), READS),
        (role(document(statement("s3:*", "*"))), READS),
        (role(document(statement(READS[:3]))), READS[3:]),
        (role(document(statement(READS[1:]))), READS[:1]),
        (
            role(document(statement(READS), {"Effect": "Deny", "Action": "dynamodb:GetRecords", "Resource": "*"})),
            ["dynamodb:GetRecords"],
        ),
        (role(document(statement(READS)), boundary=document(statement("logs:*", "*"))), READS),
        (
            role(document(statement(READS, Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))),
            READS,
        ),
    ],
)
def test_a_role_that_cannot_read_the_stream_fails(answers: dict[str, Any], missing: list[str]) -> None:
    fails(
        look("streams.consumer_role", mapping(), **answers),
        f"The role consumer-role may not read the stream: {', '.join(missing)}.",
        expected=f"{', '.join(READS)} on {STREAM}",
        actual=f"not allowed: {', '.join(missing)}",
        resource=ROLE,
        remedy="which is not the table's",
    )


@pytest.mark.parametrize(
    "trusted",
    [
        trust(Principal={"Service": "ec2.amazonaws.com"}),
        trust(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        trust(Action="sts:TagSession"),
        trust(Effect="Deny"),
        document(),
    ],
)
def test_a_role_that_lambda_cannot_assume_fails(trusted: dict[str, Any]) -> None:
    fails(
        look("streams.consumer_role", mapping(), **role(document(statement(READS)), trusted=trusted)),
        "lambda.amazonaws.com may not assume the role consumer-role.",
        expected="a trust policy that allows sts:AssumeRole to lambda.amazonaws.com",
        actual="its trust policy does not",
        resource=ROLE,
        remedy="UpdateAssumeRolePolicy",
    )


def test_a_condition_that_keeps_lambda_out_is_told() -> None:
    other = trust(Condition={"StringEquals": {"aws:SourceAccount": "210987654321"}})

    finding = look("streams.consumer_role", mapping(), **role(document(statement(READS)), trusted=other))

    assert (finding.status, finding.actual) == (
        Status.FAIL,
        "its trust policy does, under a condition that is not met",
    )


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (statement("*", "*"), "inline allows *"),
        (statement(["dynamodb:*", "logs:PutLogEvents"], "*"), "inline allows dynamodb:*"),
        (statement("dynamodb:*e*", "*"), "inline allows dynamodb:*e*"),
        ({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}, "inline allows everything except iam:*"),
    ],
)
def test_least_privilege_names_what_is_too_much(policy: dict[str, Any], told: str) -> None:
    answers = role(document(statement(READS), policy))

    assert look("streams.consumer_role", mapping(), **answers).status is Status.PASS
    fails(
        look("streams.consumer_role", mapping(), least_privilege=True, **answers),
        f"The role consumer-role allows most of a service: {told}.",
        expected="the actions that are needed, by their names",
        actual=told,
        resource=ROLE,
        remedy="Name the actions",
    )
    assert look("streams.consumer_role", mapping(), least_privilege=True, **RIGHT_ROLE).status is Status.PASS


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            role(document(statement(READS, Condition={"StringEquals": {"aws:PrincipalTag/x": "y"}}))),
            f"The role consumer-role may read the stream only under a condition that cannot be judged here: {', '.join(READS)}.",
        ),
        (
            role(document(statement(READS)), boundary=document(statement("*", "*", Condition=FROM_A_NETWORK))),
            f"The role consumer-role may read the stream only under a condition that cannot be judged here: {', '.join(READS)}.",
        ),
        (
            role(document(statement(READS)), trusted=trust(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})),
            "lambda.amazonaws.com may assume the role consumer-role only under a condition that cannot be judged here.",
        ),
    ],
)
def test_a_condition_that_cannot_be_judged_is_no_verdict(answers: dict[str, Any], message: str) -> None:
    is_unknown(look("streams.consumer_role", mapping(), **answers), message)


def test_a_condition_that_cannot_be_judged_excuses_no_mistake() -> None:
    conditional = statement(READS[1:], Condition=FROM_A_NETWORK)

    finding = look("streams.consumer_role", mapping(), **role(document(conditional)))

    assert (finding.status, finding.message) == (
        Status.FAIL,
        f"The role consumer-role may not read the stream: {READS[0]}.",
    )


@pytest.mark.parametrize(
    "answers",
    [
        role(document(statement(READS, Condition={"StringRhymes": {"aws:x": "y"}}))),
        role(document({"Effect": "Maybe", "Action": "*", "Resource": "*"})),
        role(document(statement(READS)), trusted=document({"Effect": "Allow", "NotPrincipal": {}, "Action": "*"})),
        role(document(statement(READS)), trusted={"Version": "2012-10-17"}),
        role(document(statement(READS)), trusted=json.dumps(trust())),
        role(document(statement([1]))),
        role(document(statement(READS, Condition={"StringEquals": "x"}))),
    ],
)
def test_a_policy_that_cannot_be_evaluated_is_no_verdict(answers: dict[str, Any]) -> None:
    finding = look("streams.consumer_role", mapping(), **answers)

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE), finding
    assert finding.message.startswith("A policy of the role consumer-role cannot be evaluated: ")
    assert finding.resource == ROLE


def test_a_role_that_is_gone_fails() -> None:
    gone = NotFound("iam", "GetRole", {"RoleName": "consumer-role"}, "NoSuchEntity", "")

    finding = look("streams.consumer_role", mapping(), **{**RIGHT_ROLE, "GetRole": gone})

    assert (finding.status, finding.message) == (Status.FAIL, "There is no role consumer-role in us-east-1.")


@pytest.mark.parametrize(
    "operation",
    ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "GetRolePolicy", "GetPolicy", "GetPolicyVersion"],
)
def test_a_role_that_may_not_be_read_is_no_verdict(operation: str) -> None:
    answers = role(document(statement(READS)), document(statement(READS)))

    finding = look("streams.consumer_role", mapping(), **{**answers, operation: denied(operation, "iam")})

    is_denied(finding, f"iam:{operation}")
