"""Handles each change of an order."""

from typing import Any


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Logs new orders, and orders whose status changed.

    A removed order is not logged, because time to live removes orders too.
    """
    records = event["Records"]
    for record in records:
        images = record["dynamodb"]
        if record["eventName"] == "INSERT":
            new = images["NewImage"]
            print(f"order {text(new, 'order_id')} of {text(new, 'customer_id')} is new: {text(new, 'status')}")
        elif record["eventName"] == "MODIFY":
            before, after = text(images["OldImage"], "status"), text(images["NewImage"], "status")
            if before != after:
                print(f"order {text(images['NewImage'], 'order_id')} was {before} and is {after}")
    return {"statusCode": 200, "count": len(records)}


def text(image: dict[str, dict[str, str]], attribute: str) -> str:
    """A String attribute of an item in a record; empty if the item does not have it."""
    return image.get(attribute, {}).get("S", "")
