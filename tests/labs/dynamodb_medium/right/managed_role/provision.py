"""A role with AWS's managed policy, the mapping on an alias of a version, from TRIM_HORIZON; a second consumer beside it."""

import io
import json
import os
import time
import zipfile
from datetime import datetime, timezone
from decimal import Decimal

import boto3

TABLE = os.environ["TABLE_NAME"]
FUNCTION = os.environ["FUNCTION_NAME"]

session = boto3.Session()
ddb = session.resource("dynamodb")
iam = session.client("iam")
awslambda = session.client("lambda")


def hash_range(first, second):
    return [dict(AttributeName=first, KeyType="HASH"), dict(AttributeName=second, KeyType="RANGE")]


ddb.meta.client.create_table(
    TableName=TABLE,
    BillingMode="PAY_PER_REQUEST",
    TableClass="STANDARD",
    DeletionProtectionEnabled=True,
    KeySchema=hash_range("customer_id", "order_id"),
    AttributeDefinitions=[
        dict(AttributeName=name, AttributeType="N" if name == "total_amount" else "S")
        for name in ("customer_id", "order_date", "order_id", "product", "status", "total_amount")
    ],
    LocalSecondaryIndexes=[
        dict(
            IndexName="CustomerDateIndex",
            KeySchema=hash_range("customer_id", "order_date"),
            Projection=dict(ProjectionType="KEYS_ONLY"),
        ),
        dict(
            IndexName="CustomerAmountIndex",
            KeySchema=hash_range("customer_id", "total_amount"),
            Projection=dict(ProjectionType="ALL"),
        ),
    ],
    GlobalSecondaryIndexes=[
        dict(
            IndexName="ProductIndex",
            KeySchema=[dict(AttributeName="product", KeyType="HASH")],
            Projection=dict(ProjectionType="KEYS_ONLY"),
        ),
        dict(
            IndexName="StatusDateIndex",
            KeySchema=hash_range("status", "order_date"),
            Projection=dict(ProjectionType="ALL"),
        ),
    ],
    StreamSpecification=dict(StreamEnabled=True, StreamViewType="NEW_AND_OLD_IMAGES"),
    Tags=[
        dict(Key="StudentID", Value=os.environ["STUDENT_ID"]),
        dict(Key="Environment", Value="Production"),
        dict(Key="Application", Value="OrderManagement"),
        dict(Key="CostCenter", Value="42"),
    ],
)
table = ddb.Table(TABLE)
table.wait_until_exists()
table.load()

role_name = f"{FUNCTION}-role-7x2k"
role = iam.create_role(
    Path="/service-role/",
    RoleName=role_name,
    AssumeRolePolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName=role_name,
    PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
)
time.sleep(15)

SOURCE = """
import json
import logging

logging.getLogger().setLevel(logging.INFO)


def status(image):
    return image.get("status", {}).get("S", "unknown")


def lambda_handler(event, context):
    records = event.get("Records", [])
    for record in records:
        data = record["dynamodb"]
        if record["eventName"] == "INSERT":
            new = data["NewImage"]
            logging.info("order %s of %s is %s", new["order_id"]["S"], new["customer_id"]["S"], status(new))
        elif record["eventName"] == "MODIFY" and status(data["OldImage"]) != status(data["NewImage"]):
            logging.info("order %s: %s, %s", data["Keys"]["order_id"]["S"], status(data["OldImage"]), status(data["NewImage"]))
    return {"statusCode": 200, "body": json.dumps({"count": len(records)})}
"""


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("lambda_function.py", SOURCE)
        archive.writestr("README.txt", "orders")
    return out.getvalue()


# A consumer of somebody else, older than ours, with settings of its own
audit = f"audit-{TABLE}"
for name in (audit, FUNCTION):
    awslambda.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Role=role,
        Code={"ZipFile": zipped()},
        Architectures=["arm64"],
        MemorySize=256,
        Timeout=60,
        Environment={"Variables": {"TABLE": TABLE}},
        Publish=True,
    )
    awslambda.get_waiter("function_active_v2").wait(FunctionName=name)
version = awslambda.publish_version(FunctionName=FUNCTION)["Version"]
alias = awslambda.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)["AliasArn"]

awslambda.create_event_source_mapping(
    FunctionName=audit,
    EventSourceArn=table.latest_stream_arn,
    StartingPosition="LATEST",
    BatchSize=100,
    Enabled=False,
)
awslambda.create_event_source_mapping(
    FunctionName=alias,
    EventSourceArn=table.latest_stream_arn,
    StartingPosition="TRIM_HORIZON",
    BatchSize=10,
    MaximumBatchingWindowInSeconds=1,
    MaximumRetryAttempts=3,
    BisectBatchOnFunctionError=True,
    FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT", "MODIFY"]})}]},
)

ddb.meta.client.update_time_to_live(
    TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiry_date"}
)
now = datetime.now(timezone.utc)
with table.batch_writer(overwrite_by_pkeys=["customer_id", "order_id"]) as batch:
    for n in range(1, 31):
        order = {
            "customer_id": f"CUST{n % 7 + 1:03d}",
            "order_id": f"ORD{n:04d}",
            "status": ("pending", "processing", "shipped", "delivered", "cancelled")[n % 5],
            "order_date": f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
            "product": ("Laptop", "Mouse", "Keyboard", "Monitor", "Headphones")[n % 5],
            "quantity": n % 5 + 1,
            "total_amount": Decimal(50 * n),
            "shipping_address": f"{n} High Street, Oxford, UK",
            "created_at": now.isoformat(timespec="milliseconds"),
        }
        if n % 5 == 3:  # delivered
            order["expiry_date"] = int(now.timestamp()) + 90 * 86400
        batch.put_item(Item=order)

topic = session.client("sns").create_topic(Name=f"{TABLE}-ops")["TopicArn"]
cloudwatch = session.client("cloudwatch")
for metric, dimensions, most in (
    ("ReadThrottleEvents", {"TableName": TABLE}, 5),
    ("WriteThrottleEvents", {"TableName": TABLE}, 5),
    ("ReadThrottleEvents", {"TableName": TABLE, "GlobalSecondaryIndexName": "StatusDateIndex"}, 10),
    ("WriteThrottleEvents", {"TableName": TABLE, "GlobalSecondaryIndexName": "StatusDateIndex"}, 10),
    ("ReadThrottleEvents", {"TableName": TABLE, "GlobalSecondaryIndexName": "ProductIndex"}, 10),
):
    cloudwatch.put_metric_alarm(
        AlarmName="/".join([*dimensions.values(), metric]),
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=most,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=True,
        AlarmActions=[topic],
        TreatMissingData="missing",
    )
