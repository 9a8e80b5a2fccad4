"""Builds the order-management lab: a table with a global and a local index, orders in it, a stream with a consumer,
time to live, and alarms.

Running it again changes only the orders, which it writes again.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import alarms
import boto3
import consumer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

STATUS_INDEX = "StatusDateIndex"
AMOUNT_INDEX = "CustomerAmountIndex"
EXPIRY = "expiry_date"
ORDERS = 20
CUSTOMERS = 5
KEPT = timedelta(days=90)
STATUSES = ("pending", "processing", "shipped", "delivered")
PRICES = {
    "Laptop": Decimal("1299.00"),
    "Mouse": Decimal("24.50"),
    "Keyboard": Decimal("79.90"),
    "Monitor": Decimal("349.00"),
    "Headphones": Decimal("59.95"),
}


def main() -> None:
    table_name, function_name = os.environ["TABLE_NAME"], os.environ["FUNCTION_NAME"]
    session = boto3.Session()
    dynamodb = session.client("dynamodb")
    create_table(dynamodb, table_name, os.environ["STUDENT_ID"])
    enable_time_to_live(dynamodb, table_name)
    with session.resource("dynamodb").Table(table_name).batch_writer() as batch:
        for number in range(1, ORDERS + 1):
            batch.put_item(Item=order(number, datetime.now(UTC)))
    stream_arn = dynamodb.describe_table(TableName=table_name)["Table"]["LatestStreamArn"]
    role_arn = consumer.create_role(session.client("iam"), function_name, stream_arn)
    consumer.create_function(session.client("lambda"), function_name, role_arn)
    consumer.consume(session.client("lambda"), function_name, stream_arn)
    topic_arn = session.client("sns").create_topic(Name=f"{table_name}-throttling")["TopicArn"]
    alarms.create_alarms(session.client("cloudwatch"), table_name, STATUS_INDEX, topic_arn)
    print(f"{table_name} is ready.")


def create_table(dynamodb: DynamoDBClient, table_name: str, student_id: str) -> None:
    """Creates the table, with its tags and with what can only be made together with it, such as the local index."""
    try:
        dynamodb.create_table(
            TableName=table_name,
            BillingMode="PAY_PER_REQUEST",
            TableClass="STANDARD",
            AttributeDefinitions=[
                {"AttributeName": "customer_id", "AttributeType": "S"},
                {"AttributeName": "order_id", "AttributeType": "S"},
                {"AttributeName": "status", "AttributeType": "S"},
                {"AttributeName": "order_date", "AttributeType": "S"},
                {"AttributeName": "total_amount", "AttributeType": "N"},
            ],
            KeySchema=[
                {"AttributeName": "customer_id", "KeyType": "HASH"},
                {"AttributeName": "order_id", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": STATUS_INDEX,
                    "KeySchema": [
                        {"AttributeName": "status", "KeyType": "HASH"},
                        {"AttributeName": "order_date", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            LocalSecondaryIndexes=[
                {
                    "IndexName": AMOUNT_INDEX,
                    "KeySchema": [
                        {"AttributeName": "customer_id", "KeyType": "HASH"},
                        {"AttributeName": "total_amount", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            Tags=[
                {"Key": "Environment", "Value": "Production"},
                {"Key": "Application", "Value": "OrderManagement"},
                {"Key": "StudentID", "Value": student_id},
            ],
        )
    except dynamodb.exceptions.ResourceInUseException:
        print(f"{table_name} already exists.")
    dynamodb.get_waiter("table_exists").wait(TableName=table_name)


def enable_time_to_live(dynamodb: DynamoDBClient, table_name: str) -> None:
    """Enables time to live. Enabling it twice is an error, so this looks first."""
    description = dynamodb.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    if description.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=table_name, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY}
        )


def order(number: int, now: datetime) -> dict[str, Any]:
    """One sample order. Amounts are Decimal, because boto3 refuses floats; delivered orders expire in 90 days."""
    product = list(PRICES)[number % len(PRICES)]
    status = STATUSES[number % len(STATUSES)]
    quantity = number % 5 + 1
    expiry = {EXPIRY: int((now + KEPT).timestamp())} if status == "delivered" else {}
    return {
        "customer_id": f"CUST{number % CUSTOMERS + 1:03}",
        "order_id": f"ORD{number:04}",
        "status": status,
        "order_date": (now - timedelta(days=number)).date().isoformat(),
        "product": product,
        "quantity": quantity,
        "total_amount": quantity * PRICES[product],
        "shipping_address": f"{100 + number} Main St, City, State",
        "created_at": now.isoformat(timespec="seconds"),
        **expiry,
    }


if __name__ == "__main__":
    main()
