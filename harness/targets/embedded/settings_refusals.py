"""What DynamoDB refuses in a request about tags, resource policies, exports and restores, but moto accepts.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.targets.embedded.request_models import Refusal

Problems = Iterator[Refusal]

DescribeTable = Callable[[str], Mapping[str, Any] | None]
"""What DescribeTable says about a table, by its name or ARN; None if there is no such table."""

INVALID = "One or more parameter values were invalid: "
VALIDATION = "ValidationException"
TAGS_OF_A_TABLE = 50
BYTES_OF_A_POLICY = 20_480
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-resource-based-policies"""

SHORTEST_INCREMENT_SECONDS, LONGEST_INCREMENT_SECONDS = 15 * 60, 24 * 60 * 60
RESTORABLE_AFTER_SECONDS = 5 * 60
"""A table can be exported or restored as it was this long ago, and not as it was since then.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"""

TAGGING = ("ListTagsOfResource", "TagResource", "UntagResource")
POLICIES = ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
LEGACY = ("CreateGlobalTable", "UpdateGlobalTable")
RULED = frozenset({*TAGGING, *POLICIES, *LEGACY, "ExportTableToPointInTime", "RestoreTableToPointInTime"})

LEGACY_REFUSED = (
    "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version "
    "2019.11.21, instead of version 2017.11.29 (Legacy)."
)


def problems(operation: str, parameters: Mapping[str, Any], describe: DescribeTable) -> Problems:
    """Why AWS would refuse a request, first things first.

    Args:
        operation: one of RULED.
        parameters: as they crossed the wire; AWS's model of the operation allows them.
        describe: describes an existing table, with its ContinuousBackups.
    """
    if operation in LEGACY:
        yield invalid(LEGACY_REFUSED)
    elif operation == "ExportTableToPointInTime":
        yield from _problems_of_an_export(parameters, describe)
    elif operation == "RestoreTableToPointInTime":
        yield from _problems_of_a_restore(parameters, describe)
    else:
        arn = str(parameters["ResourceArn"])
        yield from _problems_of_an_arn(arn, operation, describe)
        if operation == "TagResource":
            if not parameters["Tags"]:
                yield Refusal(VALIDATION, "Atleast one Tag needs to be provided as Input.")
            yield from problems_of_tags(parameters["Tags"], (describe(arn) or {}).get("Tags") or ())
        elif operation == "UntagResource" and not parameters["TagKeys"]:
            yield Refusal(VALIDATION, "Atleast one Tag Key needs to be provided as Input.")
        elif operation == "PutResourcePolicy":
            yield from problems_of_a_policy(parameters["Policy"])


def invalid(message: str) -> Refusal:
    """A ValidationException that begins as most of DynamoDB's do."""
    return Refusal(VALIDATION, INVALID + message)


def _of_another_account(arn: str) -> bool:
    from moto.core.models import DEFAULT_ACCOUNT_ID

    return arn.split(":")[4:5] != [DEFAULT_ACCOUNT_ID]


def _problems_of_an_arn(arn: str, operation: str, describe: DescribeTable) -> Problems:
    """The ARN of a table of this account and Region; of a policy also that of a stream."""
    parts = arn.split(":", 5)
    if parts[0] != "arn":
        yield invalid(f"ARNs must start with 'arn:': {arn}")
    elif len(parts) < 6 or parts[2] != "dynamodb":
        yield invalid(f"Provided Arn is not a DynamoDB resource arn: {arn}")
    elif "/index/" in arn:
        message = "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: "
        yield invalid(message + arn)
    elif describe(arn.split("/stream/", maxsplit=1)[0]) is not None:
        return
    elif operation in POLICIES:
        if _of_another_account(arn):
            message = "This action is only supported by accounts that match the resource owner's account."
            yield Refusal(VALIDATION, message)
        name = parts[5].split("/")[1:2]
        yield Refusal("ResourceNotFoundException", f"Requested resource not found: Table: {''.join(name)} not found")
    elif _of_another_account(arn):
        yield Refusal("AccessDeniedException", f"Access to the resource {arn} is denied.")
    else:
        yield Refusal("ResourceNotFoundException", f"Requested resource not found: ResourceArn: {arn} not found")


def problems_of_tags(new: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]] = ()) -> Problems:
    """Why DynamoDB would refuse these tags of a table that has some already.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html"""
    for key, times in Counter(tag["Key"] for tag in new).items():
        if key.lower().startswith("aws:"):
            yield Refusal(VALIDATION, f"Tag Key cannot be prefixed with aws:, Key: {key}")
        if times > 1:
            message = f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}"
            yield Refusal(VALIDATION, message)
    if len({tag["Key"] for tag in (*new, *there)}) > TAGS_OF_A_TABLE:
        yield Refusal(VALIDATION, "Number of Tags exceed the current limit for the provided ResourceArn")


def problems_of_a_policy(text: str) -> Problems:
    """Why DynamoDB would refuse this resource policy.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa.html"""
    if len(text.encode()) > BYTES_OF_A_POLICY:
        yield invalid(f"Maximum policy size of {BYTES_OF_A_POLICY} bytes exceeded")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        yield invalid("Invalid policy document: This policy contains invalid Json")
        return
    statements = document.get("Statement") or ()
    statements = [statements] if isinstance(statements, dict) else statements
    if not statements:
        yield invalid("Invalid policy document: Could not parse the policy: Statement is empty!")
    for one in statements:
        if not isinstance(one, dict) or not {"Resource", "NotResource"} & one.keys():
            yield invalid("Invalid policy document: Missing required field Resource")
        elif one.get("Effect") == "Allow" and not one.get("Condition") and one.get("Principal") in ("*", {"AWS": "*"}):
            message = "Resource-based policy grants unbounded access in one or more elements. Please revise the policy"
            yield Refusal(VALIDATION, f"{message} to ensure least-privilege form of access")


def _problems_of_an_export(parameters: Mapping[str, Any], describe: DescribeTable) -> Problems:
    arn = str(parameters["TableArn"])
    if not arn.startswith("arn:"):
        yield invalid("tableArn is not a valid ARN")
    if "/index/" in arn:
        yield Refusal(VALIDATION, "Invalid Request: Table ARN is invalid.")
    table = describe(arn)
    if table is None:
        if _of_another_account(arn):
            yield Refusal("AccessDeniedException", "Access is denied")
        yield Refusal("TableNotFoundException", f"Table not found: {arn}")
        return
    increment = parameters.get("IncrementalExportSpecification")
    yield from _problems_of_an_exports_type(parameters, increment)
    if parameters.get("S3SseKmsKeyId") is not None and parameters.get("S3SseAlgorithm") != "KMS":
        yield Refusal(VALIDATION, "Invalid Request: KMS Key Id is not supported for this encryption type")
    if parameters.get("FilterSpecification") == {}:
        message = "Invalid Request: Invalid FilterSpecification: The specification can not be empty"
        yield Refusal(VALIDATION, message)
    yield from _unrecoverable(table)
    if increment is not None:
        yield from _problems_of_an_increment(increment)
    elif (when := parameters.get("ExportTime")) is not None:
        yield from _problems_of_an_exports_time(float(when), table)


def _problems_of_an_exports_time(when: float, table: Mapping[str, Any]) -> Problems:
    now = time.time()
    if when > now or when < _earliest(table):
        yield Refusal("InvalidExportTimeException", "Export Time is invalid")
    if when > _latest(table, now):
        message = "Point in Time Recovery is not available for specified export time"
        yield Refusal("InvalidExportTimeException", message)


def _problems_of_an_exports_type(parameters: Mapping[str, Any], increment: Mapping[str, Any] | None) -> Problems:
    told = parameters.get("ExportType")
    message = ""
    if increment is not None and told is None:
        message = "Export Type expected to be Incremental Export when incremental export specification is provided"
    elif increment is not None and told == "FULL_EXPORT":
        message = "When Export Type is Full Export , Incremental Export Specification should not be provided"
    elif increment is None and told == "INCREMENTAL_EXPORT":
        message = "Incremental Export Specification expected when export type is set as Incremental Export"
    elif increment is not None and increment.get("ExportFromTime") is None:
        message = "ExportFromTime must be provided in IncrementalExportSpecification"
    if message:
        yield Refusal(VALIDATION, f"Invalid Request: {message}")


def _problems_of_an_increment(increment: Mapping[str, Any]) -> Problems:
    now = time.time()
    start, end = float(increment["ExportFromTime"]), float(increment.get("ExportToTime") or now)
    difference = "Difference between export period from time and export period to time is"
    message = ""
    if end > now:
        message = "Incremental export period to time cannot be greater than the current time"
    elif end - start < SHORTEST_INCREMENT_SECONDS:
        message = f"{difference} less than 15 minutes"
    elif end - start > LONGEST_INCREMENT_SECONDS:
        message = f"{difference} greater than 24 hours"
    if message:
        yield Refusal("InvalidExportTimeException", message)


def _recovery(table: Mapping[str, Any]) -> Mapping[str, Any]:
    described: Mapping[str, Any] = table["ContinuousBackups"]["PointInTimeRecoveryDescription"]
    return described


def _unrecoverable(table: Mapping[str, Any]) -> Problems:
    if _recovery(table)["PointInTimeRecoveryStatus"] != "ENABLED":
        message = f"Point in time recovery is not enabled for table '{table['TableName']}'"
        yield Refusal("PointInTimeRecoveryUnavailableException", message)


def _earliest(table: Mapping[str, Any]) -> float:
    """When recovery was enabled, in whole seconds, as clients send times."""
    return float(int(_recovery(table)["EarliestRestorableDateTime"]))


def _latest(table: Mapping[str, Any], now: float) -> float:
    """The latest second of which the table can be restored: when recovery was enabled, or five minutes ago."""
    return max(_earliest(table) + 1, now - RESTORABLE_AFTER_SECONDS)


def _problems_of_a_restore(parameters: Mapping[str, Any], describe: DescribeTable) -> Problems:
    name, arn = parameters.get("SourceTableName"), parameters.get("SourceTableArn")
    if (name is None) == (arn is None):
        yield Refusal(VALIDATION, "Must provide exactly one of: sourceTableArn, sourceTableName")
    when = parameters.get("RestoreDateTime")
    if (when is None) == (not parameters.get("UseLatestRestorableTime")):
        message = "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
        yield Refusal(VALIDATION, f"Invalid Request: {message}")
    table = describe(str(name or arn))
    if table is None:
        yield Refusal("TableNotFoundException", f"Table not found: {name or arn}")
        return
    yield from _unrecoverable(table)
    if when is not None and not _earliest(table) <= when <= _latest(table, time.time()):
        yield Refusal(
            "InvalidRestoreTimeException", "The specified RestoreDateTime is not within the restorable window"
        )
