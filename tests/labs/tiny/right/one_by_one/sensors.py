import os

import boto3
from boto3.dynamodb.conditions import Key

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def save_sensors(sensors):
    for sensor in sensors:
        TABLE.put_item(Item=sensor)


def sensors_in_room(room):
    found, place = [], {}
    while True:
        answer = TABLE.query(IndexName="by-room", KeyConditionExpression=Key("room").eq(room), **place)
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return found
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
