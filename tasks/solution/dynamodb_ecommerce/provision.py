"""Builds the e-commerce lab: one table for every entity, alarms on it, a consumer of its stream, and the place
for archived orders.

How the table answers the lab's four questions, each with one Query or GetItem:

| item          | PK           | SK                 | GSI1PK       | GSI1SK            |
|---------------|--------------|--------------------|--------------|-------------------|
| product       | PRODUCT#<id> | DETAILS            |              |                   |
| stock         | PRODUCT#<id> | STOCK              |              |                   |
| price record  | PRODUCT#<id> | PRICE#<date>       |              |                   |
| review        | PRODUCT#<id> | REVIEW#<date>#<id> |              |                   |
| order         | CUSTOMER#<id>| ORDER#<id>         | CUSTOMER#<id>| ORDER#<date>#<id> |

- A customer's recent orders: a Query of GSI1 with GSI1PK = CUSTOMER#<id> and GSI1SK from ORDER#<first day> on. An order
  is also read and updated by its id alone, so the date is not in SK. Only orders have the index's keys, so the index is
  sparse and has few writes.
- A product's reviews, and its prices over a year: the product's item collection, with SK beginning with REVIEW#, or
  between two PRICE# days. ISO dates sort by time.
- A product's stock: one consistent GetItem. It is an item of its own, so that an order can take from it with a
  conditional write that does not change the product.
- A price is an item of its own too, because time to live deletes whole items. Only price records have EXPIRES_AT.

Running it again changes nothing: each step first looks at what exists.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import alarms
import archive
import boto3
import consumer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

EXPIRES_AT = "expiresAt"
BACKUPS_READY_ATTEMPTS = 30
BACKUPS_READY_SECONDS = 10


def main() -> None:
    table_name = os.environ["TABLE_NAME"]
    bucket_name = os.environ["ARCHIVE_BUCKET"]
    session = boto3.Session()
    dynamodb = session.client("dynamodb")
    create_table(dynamodb, table_name)
    expire_old_prices(dynamodb, table_name)
    enable_point_in_time_recovery(dynamodb, table_name)
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    topic_arn = alarms.create_topic(session.client("sns"), f"{table_name}-trouble")
    indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
    alarms.create_alarms(session.client("cloudwatch"), table_name, indexes, topic_arn)
    consume_stream(session, f"{table_name}-low-stock", table["LatestStreamArn"], topic_arn)
    archive.create_bucket(session.client("s3"), bucket_name)
    archive.make_queryable(session, bucket_name)
    print(f"{table_name} and {bucket_name} are ready.")


def create_table(dynamodb: DynamoDBClient, table_name: str) -> None:
    """Creates an on-demand table with overloaded keys, one sparse index, and a stream of old and new images."""
    try:
        dynamodb.create_table(
            TableName=table_name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "GSI1PK", "GSI1SK")
            ],
            KeySchema=[
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "GSI1",
                    "KeySchema": [
                        {"AttributeName": "GSI1PK", "KeyType": "HASH"},
                        {"AttributeName": "GSI1SK", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    except dynamodb.exceptions.ResourceInUseException:
        print(f"{table_name} already exists.")
    dynamodb.get_waiter("table_exists").wait(TableName=table_name)


def expire_old_prices(dynamodb: DynamoDBClient, table_name: str) -> None:
    """Enables time to live. Enabling it twice is an error, so this looks first."""
    description = dynamodb.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    if description.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=table_name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES_AT},
        )


def enable_point_in_time_recovery(dynamodb: DynamoDBClient, table_name: str) -> None:
    """Enables point-in-time recovery, which a table needs to be exported. A table that has just become active may not
    be ready for it."""
    for attempt in range(1, BACKUPS_READY_ATTEMPTS + 1):
        try:
            dynamodb.update_continuous_backups(
                TableName=table_name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            return
        except dynamodb.exceptions.ContinuousBackupsUnavailableException:
            if attempt == BACKUPS_READY_ATTEMPTS:
                raise
            time.sleep(BACKUPS_READY_SECONDS)


def consume_stream(session: boto3.Session, name: str, stream_arn: str, topic_arn: str) -> None:
    """Creates a function that receives every change of stock from the table's current stream."""
    role_arn = consumer.create_role(session.client("iam"), name, stream_arn, topic_arn)
    function_arn = consumer.create_function(session.client("lambda"), name, role_arn, topic_arn)
    consumer.consume(session.client("lambda"), function_arn, stream_arn)


if __name__ == "__main__":
    main()
