"""Tells the staff when a product runs low: a Lambda function that consumes the table's stream.

A record tells an item before and after a change. Only a stock that *falls below* the level is news; one that was low
before is not, and neither is a record that is delivered twice in a row of equal values.

Lambda delivers the records of an item in order, and a batch again when the function fails. So the first record that
cannot be handled is reported: Lambda goes on from there, and what came before it is not done twice.
"""

from __future__ import annotations

import json
import logging
import os
from typing import Any

import boto3

LOW = 5

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Handles a batch of records. The answer names the record to go on from; an empty list says that all is done.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
    for record in event["Records"]:
        try:
            handle(record["dynamodb"])
        except Exception:
            logger.exception("A record could not be handled; it comes again.")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def handle(change: dict[str, Any]) -> None:
    """Tells of one change, if it is news."""
    before, after = quantity(change.get("OldImage")), quantity(change.get("NewImage"))
    if after is None or after >= LOW or (before is not None and before < LOW):
        return
    product = change["Keys"]["PK"]["S"]
    news = {"product": product, "quantity": after}
    logger.info("Low stock: %s", json.dumps(news))
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC_ARN"], Subject="Low stock", Message=json.dumps(news))


def quantity(image: dict[str, Any] | None) -> int | None:
    """The stock in an image; None where there is no image, or none in it."""
    return int(image["quantity"]["N"]) if image and "quantity" in image else None
