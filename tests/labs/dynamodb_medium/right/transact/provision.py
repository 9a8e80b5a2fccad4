"""40 orders in transactions of ten, with attributes of their own and expiry_date on all; code from S3; a class of steps."""

import io
import json
import os
import time
import zipfile

import boto3


class Lab:
    def __init__(self):
        self.student = os.environ["STUDENT_ID"]
        self.table = os.environ["TABLE_NAME"]
        self.function = os.environ["FUNCTION_NAME"]
        self.dynamodb = boto3.client("dynamodb")
        self.account = boto3.client("sts").get_caller_identity()["Account"]
        self.region = boto3.Session().region_name

    def make_table(self):
        # Written as a file for the AWS CLI would be (--cli-input-json)
        request = json.loads(
            """
            {
              "AttributeDefinitions": [
                {"AttributeName": "total_amount", "AttributeType": "N"},
                {"AttributeName": "status", "AttributeType": "S"},
                {"AttributeName": "order_id", "AttributeType": "S"},
                {"AttributeName": "order_date", "AttributeType": "S"},
                {"AttributeName": "customer_id", "AttributeType": "S"}
              ],
              "KeySchema": [
                {"AttributeName": "customer_id", "KeyType": "HASH"},
                {"AttributeName": "order_id", "KeyType": "RANGE"}
              ],
              "LocalSecondaryIndexes": [{
                "IndexName": "CustomerAmountIndex",
                "KeySchema": [
                  {"AttributeName": "customer_id", "KeyType": "HASH"},
                  {"AttributeName": "total_amount", "KeyType": "RANGE"}
                ],
                "Projection": {"ProjectionType": "ALL"}
              }],
              "GlobalSecondaryIndexes": [{
                "IndexName": "StatusDateIndex",
                "KeySchema": [
                  {"AttributeName": "status", "KeyType": "HASH"},
                  {"AttributeName": "order_date", "KeyType": "RANGE"}
                ],
                "Projection": {"ProjectionType": "ALL"}
              }],
              "BillingMode": "PAY_PER_REQUEST",
              "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            }
            """
        )
        self.dynamodb.create_table(TableName=self.table, **request)
        self.dynamodb.get_waiter("table_exists").wait(TableName=self.table)
        told = self.dynamodb.describe_table(TableName=self.table)["Table"]
        self.stream = told["LatestStreamArn"]
        tags = {"Environment": "Production", "Application": "OrderManagement", "StudentID": self.student}
        self.dynamodb.tag_resource(
            ResourceArn=told["TableArn"], Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )
        self.dynamodb.update_continuous_backups(
            TableName=self.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )

    def expire(self):
        self.dynamodb.update_time_to_live(
            TableName=self.table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiry_date"},
        )

    def put_orders(self):
        """Two customers, two statuses: both vary."""
        later = int(time.time())
        orders = []
        for number in range(1, 41):
            cents = 5000 + 137 * number
            order = {
                "customer_id": {"S": f"CUST{'001' if number % 3 else '002'}"},
                "order_id": {"S": f"ORD{number:04d}"},
                "status": {"S": "shipped" if number % 4 else "pending"},
                "order_date": {"S": f"2026-02-{number % 28 + 1:02d}"},
                "product": {"S": "Monitor"},
                "quantity": {"N": str(number % 5 + 1)},
                "total_amount": {"N": f"{cents // 100}.{cents % 100:02d}"},
                "shipping_address": {"S": "Bahnhofstraße 1, 10115 Berlin, Deutschland"},
                "created_at": {"S": f"2026-02-{number % 28 + 1:02d}T23:59:59.123456+01:00"},
                # days ahead differ: 30 to 400
                "expiry_date": {"N": str(later + (30 + number * 9) * 86400)},
                # more than asked
                "tracking": {"M": {"carrier": {"S": "DHL"}, "stops": {"L": [{"S": "Berlin"}]}}},
                "gift": {"BOOL": number % 2 == 0},
                "labels": {"SS": ["fragile", f"box-{number}"]},
                "note": {"NULL": True},
            }
            orders.append(order)
        for start in range(0, len(orders), 10):
            self.dynamodb.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": self.table,
                            "Item": order,
                            "ConditionExpression": "attribute_not_exists(#o)",
                            "ExpressionAttributeNames": {"#o": "order_id"},
                        }
                    }
                    for order in orders[start : start + 10]
                ]
            )

    def make_function(self):
        s3, iam, functions = boto3.client("s3"), boto3.client("iam"), boto3.client("lambda")
        bucket = f"code-{self.account}-{self.function}"
        s3.create_bucket(Bucket=bucket)
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("texts.py", "NEW = 'new order {} of {}: {}'\nCHANGED = 'order {}: {} -> {}'\n")
            archive.writestr(
                "lambda_function.py",
                "from texts import CHANGED, NEW\n\n\n"
                "def lambda_handler(event, _context):\n"
                "    for record in event['Records']:\n"
                "        new, old = (record['dynamodb'].get(name, {}) for name in ('NewImage', 'OldImage'))\n"
                "        after, before = (image.get('status', {}).get('S') for image in (new, old))\n"
                "        if record['eventName'] == 'INSERT':\n"
                "            print(NEW.format(new['order_id']['S'], new['customer_id']['S'], after))\n"
                "        elif record['eventName'] == 'MODIFY' and after != before:\n"
                "            print(CHANGED.format(new['order_id']['S'], before, after))\n"
                "    return {'statusCode': 200, 'body': len(event['Records'])}\n",
            )
        s3.put_object(Bucket=bucket, Key="stream.zip", Body=zipped.getvalue())
        role = f"orders-stream-{self.student}"
        iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        )
        streams = f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table}/stream/*"
        actions = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"]
        iam.put_role_policy(
            RoleName=role,
            PolicyName="stream",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": f"dynamodb:{action}", "Resource": [streams]} for action in actions
                    ],
                }
            ),
        )
        iam.attach_role_policy(
            RoleName=role, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        )
        time.sleep(20)
        functions.create_function(
            FunctionName=self.function,
            Runtime="python3.12",
            Handler="lambda_function.lambda_handler",
            Role=f"arn:aws:iam::{self.account}:role/{role}",
            Code={"S3Bucket": bucket, "S3Key": "stream.zip"},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=self.function)
        functions.create_event_source_mapping(
            FunctionName=f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}",
            EventSourceArn=self.stream,
            BatchSize=10,
            StartingPosition="LATEST",
            ParallelizationFactor=2,
        )

    def watch(self):
        topic = boto3.client("sns").create_topic(Name=f"dynamodb-{self.student}")["TopicArn"]
        common = {
            "Namespace": "AWS/DynamoDB",
            "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [topic],
        }
        table = [{"Name": "TableName", "Value": self.table}]
        index = [*table, {"Name": "GlobalSecondaryIndexName", "Value": "StatusDateIndex"}]
        put = boto3.client("cloudwatch").put_metric_alarm
        # 6 in 5 minutes are 2 in one of them
        by_minute = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1}
        put(AlarmName=f"R-{self.table}", MetricName="ReadThrottleEvents", Dimensions=table, **by_minute, **common)
        put(AlarmName=f"W-{self.table}", MetricName="WriteThrottleEvents", Dimensions=table, **by_minute, **common)
        put(
            AlarmName=f"I-{self.table}",
            MetricName="ReadThrottleEvents",
            Dimensions=index,
            Period=300,
            EvaluationPeriods=1,
            Threshold=10,
            **common,
        )


lab = Lab()
lab.make_table()
lab.make_function()
lab.expire()
lab.put_orders()
lab.watch()
