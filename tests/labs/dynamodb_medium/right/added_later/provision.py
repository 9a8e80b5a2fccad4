"""A provisioned table with its local index and orders first; billing, index, stream, tags, time to live added later."""

import io
import json
import os
import time
import zipfile

import boto3

STUDENT, TABLE, FUNCTION = (os.environ[name] for name in ("STUDENT_ID", "TABLE_NAME", "FUNCTION_NAME"))

ddb = boto3.client("dynamodb")


def ready():
    """Waits until the table and all its indexes are ACTIVE."""
    while True:
        told = ddb.describe_table(TableName=TABLE)["Table"]
        states = [told["TableStatus"]] + [index["IndexStatus"] for index in told.get("GlobalSecondaryIndexes", [])]
        if all(state == "ACTIVE" for state in states):
            return told
        time.sleep(5)


def typed(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


ddb.create_table(
    TableName=TABLE,
    AttributeDefinitions=typed(customer_id="S", order_id="S", total_amount="N"),
    KeySchema=[{"AttributeName": "customer_id", "KeyType": "HASH"}, {"AttributeName": "order_id", "KeyType": "RANGE"}],
    LocalSecondaryIndexes=[
        {
            "IndexName": "CustomerAmountIndex",
            "KeySchema": [
                {"AttributeName": "customer_id", "KeyType": "HASH"},
                {"AttributeName": "total_amount", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
)
arn = ready()["TableArn"]

# 16 orders before there is an index on them or a stream; no samples, but words and people of our own
states = ["NEW", "PAID", "PACKED", "SENT", "RETURNED"]
for number in range(16):
    ddb.put_item(
        TableName=TABLE,
        Item={
            "customer_id": {"S": ["ann@example.org", "bob@example.org", "eve@example.org"][number % 3]},
            "order_id": {"S": f"ORD{number + 1:04d}"},
            "status": {"S": states[number % 5]},
            "order_date": {"S": f"2025-{number % 12 + 1:02d}-{number + 10}"},
            "product": {"S": ["Desk", "Chair", "Lamp"][number % 3]},
            "quantity": {"N": str(number % 4 + 1)},
            "total_amount": {"N": str(60 + number * 75)},
            "shipping_address": {"S": "1 Long Road, Cambridge"},
            "created_at": {"S": f"2025-{number % 12 + 1:02d}-{number + 10}T08:00:00+00:00"},
        },
        ConditionExpression="attribute_not_exists(order_id)",
    )

ddb.update_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST")
ready()
ddb.update_table(
    TableName=TABLE,
    AttributeDefinitions=typed(customer_id="S", order_id="S", total_amount="N", status="S", order_date="S"),
    GlobalSecondaryIndexUpdates=[
        {
            "Create": {
                "IndexName": "StatusDateIndex",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "order_date", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        }
    ],
)
ready()
ddb.update_table(
    TableName=TABLE,
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
)
stream = ready()["LatestStreamArn"]

# A wrong tag first, then the right one over it; one more than asked
ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": "Environment", "Value": "Test"}, {"Key": "Team", "Value": "growth"}])
for key, value in {"StudentID": STUDENT, "Application": "OrderManagement", "Environment": "Production"}.items():
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}])

ddb.update_time_to_live(
    TableName=TABLE, TimeToLiveSpecification={"AttributeName": "expiry_date", "Enabled": True}
)
ddb.update_item(
    TableName=TABLE,
    Key={"customer_id": {"S": "ann@example.org"}, "order_id": {"S": "ORD0001"}},
    UpdateExpression="SET expiry_date = :at",
    ConditionExpression="attribute_exists(order_id)",
    ExpressionAttributeValues={":at": {"N": str(int(time.time()) + 90 * 86400)}},
)

# The function with a customer managed policy, made before it has all it needs
iam = boto3.client("iam")
functions = boto3.client("lambda")
policy = iam.create_policy(
    PolicyName=f"read-{TABLE}-stream",
    PolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["dynamodb:Get*", "dynamodb:DescribeStream"], "Resource": stream},
                {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"},
                {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
            ],
        }
    ),
)["Policy"]["Arn"]
role = iam.create_role(
    RoleName=f"{FUNCTION}-role",
    AssumeRolePolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "events.amazonaws.com"]},
                "Action": ["sts:AssumeRole"],
            },
        }
    ),
)["Role"]["Arn"]
iam.attach_role_policy(RoleName=f"{FUNCTION}-role", PolicyArn=policy)
time.sleep(15)

zipped = io.BytesIO()
with zipfile.ZipFile(zipped, "w") as out:
    out.writestr(
        "lambda_function.py",
        "def lambda_handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        data = record['dynamodb']\n"
        "        if record['eventName'] == 'INSERT':\n"
        "            image = data['NewImage']\n"
        "            print('new', image['order_id'], image['customer_id'], image['status'])\n"
        "        if record['eventName'] == 'MODIFY' and data['OldImage'].get('status') != data['NewImage'].get('status'):\n"
        "            print('changed', data['NewImage']['order_id'], data['NewImage'].get('status'))\n"
        "    return {'statusCode': 200, 'body': str(len(event['Records']))}\n",
    )
functions.create_function(
    FunctionName=FUNCTION,
    Runtime="python3.11",
    Handler="index.handler",
    Role=role,
    Code={"ZipFile": zipped.getvalue()},
)
functions.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
functions.update_function_configuration(
    FunctionName=FUNCTION, Runtime="python3.12", Handler="lambda_function.lambda_handler"
)
functions.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
mapping = functions.create_event_source_mapping(
    FunctionName=FUNCTION, EventSourceArn=stream, StartingPosition="LATEST", Enabled=False
)["UUID"]
time.sleep(30)
functions.update_event_source_mapping(UUID=mapping, BatchSize=10, Enabled=True)

# Alarms, the topic with a subscriber
sns = boto3.client("sns")
topic = sns.create_topic(Name="oncall")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="oncall@example.org")
for name, metric, index, least in [
    ("reads", "ReadThrottleEvents", None, 6),
    ("writes", "WriteThrottleEvents", None, 6),
    ("reads-by-status", "ReadThrottleEvents", "StatusDateIndex", 11),
]:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"throttled-{name}-{STUDENT}",
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=([{"Name": "GlobalSecondaryIndexName", "Value": index}] if index else [])
        + [{"Name": "TableName", "Value": TABLE}],
        Statistic="Sum",
        Unit="Count",
        Period=300,
        EvaluationPeriods=3,
        DatapointsToAlarm=1,
        Threshold=least,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
        OKActions=[topic],
    )
