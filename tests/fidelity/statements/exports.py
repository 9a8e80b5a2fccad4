"""Exports to S3"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from base64 import b64encode
from functools import cache
from typing import Any

from tests.fidelity.statement import Target, item, refused, statement

EXPORT = "APIReference/API_ExportTableToPointInTime.html"
DESCRIBED = "APIReference/API_ExportDescription.html"
OUTPUT = "developerguide/S3DataExport.Output.html"
WORKS = "developerguide/S3DataExport.HowItWorks.html"
PREFIX = "archive"
DEADLINE_SECONDS = 20.0


def bucket(aws: Target) -> str:
    """A new bucket."""
    name = aws.fresh("bucket")
    aws.client("s3").create_bucket(Bucket=name)
    return name


def recovering(aws: Target) -> tuple[str, str]:
    """A table with point-in-time recovery and two items: its name and its ARN."""
    table = aws.table()
    aws.dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for number in range(2):
        aws.put(table, {"pk": str(number), "a": number})
    return table, aws.describe(table)["TableArn"]


def exported(aws: Target, **request: Any) -> dict[str, Any]:
    """The description of an export, when it has ended."""
    description = aws.dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    deadline = time.monotonic() + DEADLINE_SECONDS
    while description["ExportStatus"] == "IN_PROGRESS":
        assert time.monotonic() < deadline, "the export does not end"
        description = aws.dynamodb.describe_export(ExportArn=description["ExportArn"])["ExportDescription"]
    return dict(description)


@cache
def full(aws: Target) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A full export of a table with two items: its description, and the objects in its bucket."""
    _, arn = recovering(aws)
    name = bucket(aws)
    description = exported(aws, TableArn=arn, S3Bucket=name, S3Prefix=PREFIX)
    s3 = aws.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    return description, {key: s3.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}


def file(aws: Target, name: str) -> bytes:
    """The content of one of the export's files."""
    description, objects = full(aws)
    export = description["ExportArn"].rpartition("/")[2]
    return objects[f"{PREFIX}/AWSDynamoDB/{export}/{name}"]


def data_files(aws: Target) -> dict[str, bytes]:
    """The export's files of data, by their keys."""
    description, objects = full(aws)
    folder = f"{PREFIX}/AWSDynamoDB/{description['ExportArn'].rpartition('/')[2]}/data/"
    return {key: body for key, body in objects.items() if key.startswith(folder)}


@statement(EXPORT)
def an_export_needs_recovery(aws: Target) -> None:
    """An export of a table without point-in-time recovery is refused with PointInTimeRecoveryUnavailableException."""
    with refused("PointInTimeRecoveryUnavailableException"):
        exported(aws, TableArn=aws.describe(aws.single)["TableArn"], S3Bucket=bucket(aws), S3Prefix=PREFIX)


@statement("APIReference/API_DescribeExport.html")
def a_missing_export_is_not_found(aws: Target) -> None:
    """DescribeExport of an export that does not exist is refused with ExportNotFoundException."""
    arn = f"{aws.describe(aws.single)['TableArn']}/export/01771261966793-39cb1837"
    with refused("ExportNotFoundException"):
        aws.dynamodb.describe_export(ExportArn=arn)


@statement(DESCRIBED)
def an_export_counts_its_items(aws: Target) -> None:
    """A completed export tells the number of items, the manifest and the times of its start and end."""
    description, _ = full(aws)
    assert (description["ExportStatus"], description["ItemCount"]) == ("COMPLETED", 2)
    assert {"ExportManifest", "StartTime", "EndTime", "ExportTime"} <= set(description)


@statement(DESCRIBED)
def an_export_is_in_dynamodb_json_by_default(aws: Target) -> None:
    """The format of an export is DYNAMODB_JSON unless another is given."""
    assert full(aws)[0]["ExportFormat"] == "DYNAMODB_JSON"


@statement(DESCRIBED)
def an_exports_arn_is_below_the_tables(aws: Target) -> None:
    """The ARN of an export is the table's ARN, `/export/`, 14 digits, a hyphen and 8 hexadecimal digits."""
    description, _ = full(aws)
    table, _, export = description["ExportArn"].rpartition("/export/")
    assert table == description["TableArn"]
    digits, _, rest = export.partition("-")
    assert (len(digits), digits.isdigit(), len(rest)) == (14, True, 8)


@statement(WORKS)
def an_export_leaves_the_table_alone(aws: Target) -> None:
    """An export moves and deletes nothing: the items are still in the table."""
    table, arn = recovering(aws)
    exported(aws, TableArn=arn, S3Bucket=bucket(aws), S3Prefix=PREFIX)
    assert aws.dynamodb.scan(TableName=table)["Count"] == 2


@statement(EXPORT)
def an_export_needs_no_prefix(aws: Target) -> None:
    """An export needs no S3Prefix."""
    _, arn = recovering(aws)
    assert exported(aws, TableArn=arn, S3Bucket=bucket(aws))["ExportStatus"] == "COMPLETED"


@statement(DESCRIBED)
def an_export_into_a_missing_bucket_fails(aws: Target) -> None:
    """An export into a bucket that does not exist ends as FAILED, with a FailureCode."""
    _, arn = recovering(aws)
    description = exported(aws, TableArn=arn, S3Bucket=aws.fresh("missing"), S3Prefix=PREFIX)
    assert (description["ExportStatus"], description["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


@statement(OUTPUT)
def an_export_can_be_in_ion(aws: Target) -> None:
    """Each row of an export in the format ION begins with `$ion_1_0`."""
    _, arn = recovering(aws)
    name = bucket(aws)
    exported(aws, TableArn=arn, S3Bucket=name, S3Prefix=PREFIX, ExportFormat="ION")
    s3 = aws.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"] if one["Key"].endswith(".gz")]
    bodies = [gzip.decompress(s3.get_object(Bucket=name, Key=key)["Body"].read()) for key in keys]
    rows = [line for body in bodies for line in body.splitlines() if line]
    assert len(rows) == 2
    assert all(row.startswith(b"$ion_1_0") for row in rows)


@statement("APIReference/API_ListExports.html")
def exports_are_listed_page_by_page(aws: Target) -> None:
    """ListExports gives at most MaxResults exports, and a NextToken for the next ones."""
    _, arn = recovering(aws)
    made = {exported(aws, TableArn=arn, S3Bucket=bucket(aws), S3Prefix=PREFIX)["ExportArn"] for _ in range(2)}
    first = aws.dynamodb.list_exports(TableArn=arn, MaxResults=1)
    second = aws.dynamodb.list_exports(TableArn=arn, MaxResults=1, NextToken=first["NextToken"])
    listed = [one["ExportArn"] for page in (first, second) for one in page["ExportSummaries"]]
    assert len(listed) == 2
    assert set(listed) == made


@statement(EXPORT)
def an_export_with_its_token_is_made_once(aws: Target) -> None:
    """An export that is asked for twice with one ClientToken is one export."""
    _, arn = recovering(aws)
    request = {"TableArn": arn, "S3Bucket": bucket(aws), "S3Prefix": PREFIX, "ClientToken": aws.fresh("token")}
    assert exported(aws, **request)["ExportArn"] == exported(aws, **request)["ExportArn"]


@statement("APIReference/API_ListExports.html")
def exports_are_listed_with_their_type(aws: Target) -> None:
    """ListExports of a table gives its exports, with their type."""
    description, _ = full(aws)
    [summary] = aws.dynamodb.list_exports(TableArn=description["TableArn"])["ExportSummaries"]
    assert (summary["ExportArn"], summary["ExportType"]) == (description["ExportArn"], "FULL_EXPORT")


@statement(OUTPUT)
def an_export_writes_a_summary(aws: Target) -> None:
    """An export writes `manifest-summary.json`, with its ARN, its table and the number of items."""
    description, _ = full(aws)
    summary = json.loads(file(aws, "manifest-summary.json"))
    assert summary["exportArn"] == description["ExportArn"]
    assert summary["tableArn"] == description["TableArn"]
    assert summary["itemCount"] == 2
    assert summary["outputFormat"] == "DYNAMODB_JSON"


@statement(OUTPUT)
def an_export_lists_its_files(aws: Target) -> None:
    """`manifest-files.json` has a line for each file of data, with its number of items and its checksum."""
    entries = [json.loads(line) for line in file(aws, "manifest-files.json").splitlines() if line]
    files = data_files(aws)
    assert sum(entry["itemCount"] for entry in entries) == 2
    for entry in entries:
        digest = hashlib.md5(files[entry["dataFileS3Key"]], usedforsecurity=False).digest()
        assert entry["md5Checksum"] == b64encode(digest).decode()


@statement(OUTPUT)
def an_export_writes_an_empty_first_file(aws: Target) -> None:
    """An export writes the empty object `_started`."""
    assert file(aws, "_started") == b""


@statement(OUTPUT)
def a_row_of_an_export_is_an_item(aws: Target) -> None:
    """The files of data are compressed; each line has an item as `Item`, in DynamoDB's JSON."""
    lines = [line for body in data_files(aws).values() for line in gzip.decompress(body).splitlines() if line]
    rows = sorted((json.loads(line) for line in lines), key=lambda row: str(row["Item"]["pk"]))
    assert rows == [{"Item": item({"pk": str(number), "a": number})} for number in range(2)]
    assert all(key.endswith(".json.gz") for key in data_files(aws))


@statement("APIReference/API_IncrementalExportSpecification.html")
def an_incremental_export_has_at_most_24_hours(aws: Target) -> None:
    """An incremental export of more than 24 hours is refused."""
    _, arn = recovering(aws)
    window = {"ExportFromTime": time.time() - 3 * 86_400, "ExportToTime": time.time()}
    with refused("ValidationException|InvalidExportTimeException"):
        exported(
            aws,
            TableArn=arn,
            S3Bucket=bucket(aws),
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification={**window, "ExportViewType": "NEW_IMAGE"},
        )


@statement(EXPORT)
def an_export_is_not_from_before_recovery(aws: Target) -> None:
    """An export from a time before point-in-time recovery was enabled is refused with InvalidExportTimeException."""
    _, arn = recovering(aws)
    with refused("InvalidExportTimeException"):
        exported(aws, TableArn=arn, S3Bucket=bucket(aws), ExportTime=time.time() - 10 * 86_400)


@statement("developerguide/S3DataExport.Filtered.html")
def an_export_can_be_filtered(aws: Target) -> None:
    """An export with a FilterSpecification holds only the items that match."""
    _, arn = recovering(aws)
    name = bucket(aws)
    specification = {"FilterExpression": "a > :v", "ExpressionAttributeValues": item({":v": 0})}
    description = exported(aws, TableArn=arn, S3Bucket=name, S3Prefix=PREFIX, FilterSpecification=specification)
    assert description["ItemCount"] == 1
