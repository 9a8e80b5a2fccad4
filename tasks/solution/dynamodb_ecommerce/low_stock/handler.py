"""Notifies the staff when a product runs low: a Lambda function that consumes the table's stream.

A record shows an item before and after a change. Only a stock that *falls below* the level is news. A stock that was
already low is not, and neither is a record that is delivered twice with equal values.

Lambda delivers the records of an item in order, and delivers a batch again if the function fails. So the function
reports the first record that it cannot handle: Lambda continues from there, and does not repeat what came before.
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
    """Handles a batch of records. The answer names the record to continue from; an empty list means that all is done.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
    for record in event["Records"]:
        try:
            handle(record["dynamodb"])
        except Exception:
            logger.exception("A record could not be handled. Lambda will deliver it again.")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def handle(change: dict[str, Any]) -> None:
    """Publishes a change, if it is news."""
    before, after = quantity(change.get("OldImage")), quantity(change.get("NewImage"))
    if after is None or after >= LOW or (before is not None and before < LOW):
        return
    product = change["Keys"]["PK"]["S"]
    news = {"product": product, "quantity": after}
    logger.info("Low stock: %s", json.dumps(news))
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC_ARN"], Subject="Low stock", Message=json.dumps(news))


def quantity(image: dict[str, Any] | None) -> int | None:
    """The stock in an image; None if there is no image, or no stock in it."""
    return int(image["quantity"]["N"]) if image and "quantity" in image else None
