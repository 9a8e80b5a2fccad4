import os

import boto3
from boto3.dynamodb.conditions import Key

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def save_sensors(sensors):
    requests = [{"PutRequest": {"Item": sensor}} for sensor in sensors]
    for start in range(0, len(requests), 25):
        TABLE.meta.client.batch_write_item(RequestItems={TABLE.name: requests[start : start + 25]})


def sensors_in_room(room):
    found, place = [], {}
    while True:
        answer = TABLE.query(IndexName="by-room", KeyConditionExpression=Key("room").eq(room), **place)
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return found
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
