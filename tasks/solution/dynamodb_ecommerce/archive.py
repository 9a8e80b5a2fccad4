"""The place for archived orders: a private bucket, and what is needed to query it with SQL.

Orders come here as JSON lines, by an export of the table. AWS Glue describes them in a database, and Athena reads them
with that. Athena's own results are in the same bucket, apart from the orders.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient
    from types_boto3_s3 import S3Client

QUERY_NAME = "orders-of-a-customer"
QUERY = """\
SELECT item.orderid.s AS order_id, item.orderdate.s AS order_date, item.status.s AS status
FROM "{database}"."orders"
WHERE item.customerid.s = ?
ORDER BY order_date
"""


def make_queryable(session: boto3.Session, bucket_name: str) -> None:
    """Creates the database, the workgroup, and the query that the shop uses most."""
    database, workgroup = os.environ["ARCHIVE_DATABASE"], os.environ["ARCHIVE_WORKGROUP"]
    create_database(session.client("glue"), database)
    athena = session.client("athena")
    create_workgroup(athena, workgroup, f"s3://{bucket_name}/results/")
    save_query(athena, workgroup, database)


def create_bucket(s3: S3Client, bucket_name: str) -> None:
    """Creates a private, encrypted bucket. Archived orders are seldom read: after 30 days they move to a cheaper class,
    from which Athena can still read them at once."""
    region = s3.meta.region_name
    elsewhere: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket_name, **({} if region == "us-east-1" else elsewhere))
    except s3.exceptions.BucketAlreadyOwnedByYou:
        print(f"{bucket_name} already exists.")
    s3.get_waiter("bucket_exists").wait(Bucket=bucket_name)
    s3.put_public_access_block(
        Bucket=bucket_name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=bucket_name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket_name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "archived-orders",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
    )


def create_database(glue: GlueClient, name: str) -> None:
    try:
        glue.create_database(DatabaseInput={"Name": name, "Description": "Archived orders of the shop"})
    except glue.exceptions.AlreadyExistsException:
        print(f"The database {name} already exists.")


def create_workgroup(athena: AthenaClient, name: str, output_location: str) -> None:
    """Creates a workgroup whose results go to the archive's bucket, whatever location a client asks for."""
    if name in {group["Name"] for page in pages(athena, "list_work_groups") for group in page["WorkGroups"]}:
        print(f"The workgroup {name} already exists.")
        return
    athena.create_work_group(
        Name=name,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {
                "OutputLocation": output_location,
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            },
        },
    )


def save_query(athena: AthenaClient, workgroup: str, database: str) -> None:
    ids = [one for page in pages(athena, "list_named_queries", WorkGroup=workgroup) for one in page["NamedQueryIds"]]
    if QUERY_NAME in {athena.get_named_query(NamedQueryId=one)["NamedQuery"]["Name"] for one in ids}:
        print(f"The query {QUERY_NAME} is already saved.")
        return
    athena.create_named_query(
        Name=QUERY_NAME, Database=database, WorkGroup=workgroup, QueryString=QUERY.format(database=database)
    )


def pages(athena: AthenaClient, operation: str, **parameters: str) -> list[dict[str, Any]]:
    """Returns every page of a list. For some of Athena's lists, boto3 has no paginator."""
    found = [getattr(athena, operation)(**parameters)]
    while "NextToken" in found[-1]:
        found.append(getattr(athena, operation)(**parameters, NextToken=found[-1]["NextToken"]))
    return found
