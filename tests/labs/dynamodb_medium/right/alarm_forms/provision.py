"""Alarms by metric math, by Metrics with one MetricStat, and by the minute; two other alarms beside them."""

import io
import json
import os
import time
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import boto3

student = os.environ["STUDENT_ID"]
table = os.environ["TABLE_NAME"]
function = os.environ["FUNCTION_NAME"]

dynamodb = boto3.client("dynamodb")
iam = boto3.client("iam")
lambda_ = boto3.client("lambda")
sns = boto3.client("sns")
cloudwatch = boto3.client("cloudwatch")

# Tasks 1, 2, 3, 7: the table

TYPES = {
    "customer_id": "S",
    "order_id": "S",
    "status": "S",
    "order_date": "S",
    "total_amount": "N",
}
TAGS = {
    "Environment": "Production",
    "Application": "OrderManagement",
    "StudentID": student,
}


def key(partition, sort):
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


gsi = {
    "IndexName": "StatusDateIndex",
    "KeySchema": key("status", "order_date"),
    "Projection": {"ProjectionType": "ALL"},  # of the global index
}
lsi = {
    "IndexName": "CustomerAmountIndex",
    "KeySchema": key("customer_id", "total_amount"),
    "Projection": {"ProjectionType": "ALL"},  # of the local index
}
dynamodb.create_table(
    TableName=table,
    AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES.items()],
    KeySchema=key("customer_id", "order_id"),
    GlobalSecondaryIndexes=[gsi],
    LocalSecondaryIndexes=[lsi],
    BillingMode="PAY_PER_REQUEST",
    TableClass="STANDARD",
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    Tags=[{"Key": name, "Value": value} for name, value in TAGS.items()],
)
dynamodb.get_waiter("table_exists").wait(TableName=table)
description = dynamodb.describe_table(TableName=table)["Table"]
stream = description["LatestStreamArn"]

# Task 10: time to live

dynamodb.update_time_to_live(
    TableName=table,
    TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiry_date"},
)

# Task 8: the function, its role, its mapping

CODE = '''
import json


def lambda_handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        if record["eventName"] == "INSERT":
            new = change["NewImage"]
            print("New order", new["order_id"]["S"], new["customer_id"]["S"], new["status"]["S"])
        elif record["eventName"] == "MODIFY":
            old, new = change["OldImage"], change["NewImage"]
            if old.get("status") != new.get("status"):
                print("Order", new["order_id"]["S"], old.get("status"), "->", new.get("status"))
    return {"statusCode": 200, "body": json.dumps(f"Processed {len(event['Records'])} records")}
'''
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as file:
    file.writestr("lambda_function.py", CODE)

trust = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
rights = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            "Resource": stream,
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        },
    ],
}
role = iam.create_role(RoleName=f"{function}-role", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
iam.put_role_policy(RoleName=f"{function}-role", PolicyName="stream", PolicyDocument=json.dumps(rights))
iam.get_waiter("role_exists").wait(RoleName=f"{function}-role")
time.sleep(15)  # until Lambda can assume the role

lambda_.create_function(
    FunctionName=function,
    Runtime="python3.12",
    Handler="lambda_function.lambda_handler",
    Role=role,
    Code={"ZipFile": archive.getvalue()},
)
lambda_.get_waiter("function_active_v2").wait(FunctionName=function)
lambda_.create_event_source_mapping(
    FunctionName=function,
    EventSourceArn=stream,
    BatchSize=10,
    StartingPosition="LATEST",
)

# Task 11: alarms in other forms than one metric in five minutes

topic = sns.create_topic(Name="orders-pager")["TopicArn"]
backlog = sns.create_topic(Name="orders-backlog")["TopicArn"]


def throttles(name, metric, **dimensions):
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/DynamoDB",
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": 300,
            "Stat": "Sum",
        },
    }


# Reads: metric math over one metric, minutes without data count as none
cloudwatch.put_metric_alarm(
    AlarmName=f"{table}: reads are throttled",
    Metrics=[
        throttles("m1", "ReadThrottleEvents", TableName=table) | {"ReturnData": False},
        {"Id": "e1", "Expression": "FILL(m1, 0)", "Label": "read throttles", "ReturnData": True},
    ],
    EvaluationPeriods=1,
    Threshold=5,
    ComparisonOperator="GreaterThanThreshold",
    AlarmActions=[topic],
)

# Writes: Metrics with one MetricStat and no expression
cloudwatch.put_metric_alarm(
    AlarmName=f"{table}: writes are throttled",
    Metrics=[throttles("writes", "WriteThrottleEvents", TableName=table) | {"ReturnData": True}],
    EvaluationPeriods=1,
    Threshold=5,
    ComparisonOperator="GreaterThanThreshold",
    AlarmActions=[backlog, topic],
)

# The index: by the minute. 11 in 5 minutes are at least 3 in one of them, so whatever is above 10 in 5 minutes fires
cloudwatch.put_metric_alarm(
    AlarmName=f"{table}: reads by status are throttled",
    Namespace="AWS/DynamoDB",
    MetricName="ReadThrottleEvents",
    Dimensions=[
        {"Name": "TableName", "Value": table},
        {"Name": "GlobalSecondaryIndexName", "Value": "StatusDateIndex"},
    ],
    Statistic="Sum",
    Period=60,
    EvaluationPeriods=5,
    DatapointsToAlarm=1,
    Threshold=2,
    ComparisonOperator="GreaterThanThreshold",
    AlarmActions=[topic],
)

# Others that may be there too: the account's errors, and a draft that tells nobody
cloudwatch.put_metric_alarm(
    AlarmName=f"{table}: any request is refused",
    Namespace="AWS/DynamoDB",
    MetricName="UserErrors",
    Statistic="Sum",
    Period=300,
    EvaluationPeriods=1,
    Threshold=5,
    ComparisonOperator="GreaterThanThreshold",
    AlarmActions=[topic],
)
cloudwatch.put_metric_alarm(
    AlarmName=f"{table}: draft",
    Namespace="AWS/DynamoDB",
    MetricName="ReadThrottleEvents",
    Dimensions=[{"Name": "TableName", "Value": table}],
    Statistic="Sum",
    Period=3600,
    EvaluationPeriods=24,
    Threshold=5000,
    ComparisonOperator="GreaterThanThreshold",
    ActionsEnabled=False,
)

# Task 4: orders, some of which expire

STATUSES = ["pending", "processing", "shipped", "delivered"]
PRODUCTS = ["Laptop", "Mouse", "Keyboard", "Monitor", "Headphones"]
in_90_days = int(time.time()) + 90 * 24 * 60 * 60

orders = boto3.resource("dynamodb").Table(table)
for number in range(1, 21):
    day = date(2026, 1, 1) + timedelta(days=number)
    order = {
        "customer_id": f"CUST{number % 5 + 1:03d}",
        "order_id": f"ORD{number:04d}",
        "status": STATUSES[number % 4],
        "order_date": day.strftime("%Y-%m-%d"),
        "product": PRODUCTS[number % 5],
        "quantity": number % 5 + 1,
        "total_amount": Decimal("49.95") + 50 * number,
        "shipping_address": f"{number} Main St, City, State",
        "created_at": f"{day}T09:30:00Z",
    }
    if number % 3 == 0:
        order["expiry_date"] = in_90_days
    orders.put_item(Item=order)

print("done")
