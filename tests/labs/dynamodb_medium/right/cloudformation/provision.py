"""Table, topic, role, function and mapping by a CloudFormation stack; time to live, alarms and orders by calls."""

import io
import json
import os
import time
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import boto3

student = os.environ["STUDENT_ID"]
table_name = os.environ["TABLE_NAME"]
function_name = os.environ["FUNCTION_NAME"]

TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        name: {"Type": "String"} for name in ("TableName", "FunctionName", "StudentId", "CodeBucket", "CodeKey")
    },
    "Resources": {
        "Orders": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": {"Ref": "TableName"},
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "customer_id", "AttributeType": "S"},
                    {"AttributeName": "order_id", "AttributeType": "S"},
                    {"AttributeName": "status", "AttributeType": "S"},
                    {"AttributeName": "order_date", "AttributeType": "S"},
                    {"AttributeName": "total_amount", "AttributeType": "N"},
                ],
                "KeySchema": [
                    {"AttributeName": "customer_id", "KeyType": "HASH"},
                    {"AttributeName": "order_id", "KeyType": "RANGE"},
                ],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "StatusDateIndex",
                        "KeySchema": [
                            {"AttributeName": "status", "KeyType": "HASH"},
                            {"AttributeName": "order_date", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "LocalSecondaryIndexes": [
                    {
                        "IndexName": "CustomerAmountIndex",
                        "KeySchema": [
                            {"AttributeName": "customer_id", "KeyType": "HASH"},
                            {"AttributeName": "total_amount", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                "Tags": [
                    {"Key": "Environment", "Value": "Production"},
                    {"Key": "Application", "Value": "OrderManagement"},
                    {"Key": "StudentID", "Value": {"Ref": "StudentId"}},
                ],
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "Policies": [
                    {
                        "PolicyName": "stream",
                        "PolicyDocument": {
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
                                    "Resource": {"Fn::GetAtt": ["Orders", "StreamArn"]},
                                },
                                {
                                    "Effect": "Allow",
                                    "Action": [
                                        "logs:CreateLogGroup",
                                        "logs:CreateLogStream",
                                        "logs:PutLogEvents",
                                    ],
                                    "Resource": "*",
                                },
                            ],
                        },
                    }
                ],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": {"Ref": "FunctionName"},
                "Runtime": "python3.12",
                "Handler": "lambda_function.lambda_handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]},
                "BatchSize": 10,
                "StartingPosition": "LATEST",
            },
        },
    },
    "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}},
}

CODE = """
def lambda_handler(event, context):
    for record in event["Records"]:
        images = record["dynamodb"]
        if record["eventName"] == "INSERT":
            new = images["NewImage"]
            print(f"{new['order_id']['S']} of {new['customer_id']['S']}: {new['status']['S']}")
        elif record["eventName"] == "MODIFY":
            old, new = images["OldImage"].get("status"), images["NewImage"].get("status")
            if old != new:
                print(f"{images['Keys']['order_id']['S']}: {old} became {new}")
    return {"statusCode": 200, "body": f"{len(event['Records'])} records"}
"""

account = boto3.client("sts").get_caller_identity()["Account"]
bucket = f"orders-code-{account}-{student}"
s3 = boto3.client("s3")
s3.create_bucket(Bucket=bucket)
package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    archive.writestr("lambda_function.py", CODE)
s3.put_object(Bucket=bucket, Key="function.zip", Body=package.getvalue())

cloudformation = boto3.client("cloudformation")
stack = f"orders-lab-{student}"
cloudformation.create_stack(
    StackName=stack,
    TemplateBody=json.dumps(TEMPLATE),
    Capabilities=["CAPABILITY_IAM"],
    Parameters=[
        {"ParameterKey": key, "ParameterValue": value}
        for key, value in {
            "TableName": table_name,
            "FunctionName": function_name,
            "StudentId": student,
            "CodeBucket": bucket,
            "CodeKey": "function.zip",
        }.items()
    ],
)
cloudformation.get_waiter("stack_create_complete").wait(StackName=stack)
outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
topic = next(output["OutputValue"] for output in outputs if output["OutputKey"] == "TopicArn")

boto3.client("dynamodb").update_time_to_live(
    TableName=table_name,
    TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiry_date"},
)

cloudwatch = boto3.client("cloudwatch")
for name, metric, index, most in (
    ("ReadThrottling", "ReadThrottleEvents", (), 5),
    ("WriteThrottling", "WriteThrottleEvents", (), 5),
    ("GSIThrottling", "ReadThrottleEvents", ("StatusDateIndex",), 10),
):
    cloudwatch.put_metric_alarm(
        AlarmName=f"{name}-{table_name}",
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[
            {"Name": "TableName", "Value": table_name},
            *({"Name": "GlobalSecondaryIndexName", "Value": value} for value in index),
        ],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=most,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )

orders = boto3.resource("dynamodb").Table(table_name)
today = date.today()
with orders.batch_writer() as batch:
    for number in range(1, 16):  # 15, no more
        day = today - timedelta(days=2 * number)
        batch.put_item(
            Item={
                "customer_id": f"CUST{(number * 7) % 5 + 1:03d}",
                "order_id": f"ORD{number:04d}",
                "status": ["pending", "processing", "shipped", "delivered"][number // 4],
                "order_date": day.isoformat(),
                "product": ["Laptop", "Mouse", "Keyboard", "Monitor", "Headphones"][number % 5],
                "quantity": 5 - number % 5,
                "total_amount": Decimal("1499.99") - 90 * number,
                "shipping_address": f"{100 + number} Main St, Springfield, IL",
                "created_at": f"{day.isoformat()}T12:00:00",
                **({"expiry_date": int(time.time()) + 90 * 86400} if number == 15 else {}),
            }
        )
