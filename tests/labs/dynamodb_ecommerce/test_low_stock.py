"""The reference's consumer does what it says: students read it as an example."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from harness import paths

TOPIC = "arn:aws:sns:us-east-1:123456789012:trouble"


@pytest.fixture(scope="module")
def handler() -> ModuleType:
    file = paths.solution("dynamodb_ecommerce") / "low_stock" / "handler.py"
    spec = importlib.util.spec_from_file_location("low_stock_handler", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(before: int | None, after: int | None, number: str = "1") -> dict[str, Any]:
    """A change of a product's stock; None: no such image."""
    images = {"OldImage": before, "NewImage": after}
    shown = {name: {"quantity": {"N": str(stock)}} for name, stock in images.items() if stock is not None}
    return {"dynamodb": {"Keys": {"PK": {"S": "PRODUCT#P1"}, "SK": {"S": "STOCK"}}, "SequenceNumber": number, **shown}}


def run(handler: ModuleType, *records: dict[str, Any], publish: Any = None) -> tuple[Any, list[dict[str, Any]]]:
    """The handler's answer, and what it published."""
    client = mock.Mock()
    client.publish.side_effect = publish
    with (
        mock.patch.object(handler.boto3, "client", return_value=client),
        mock.patch.dict("os.environ", TOPIC_ARN=TOPIC),
    ):
        answer = handler.lambda_handler({"Records": list(records)}, None)
    return answer, [call.kwargs for call in client.publish.call_args_list]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(6, 4, True), (5, 4, True), (None, 1, True), (6, 5, False), (4, 3, False), (4, 9, False), (6, None, False)],
)
def test_only_a_stock_that_falls_below_the_level_is_told(
    handler: ModuleType, before: int | None, after: int | None, told: bool
) -> None:
    answer, published = run(handler, record(before, after))

    assert answer == {"batchItemFailures": []}
    assert [json.loads(one["Message"]) for one in published] == (
        [{"product": "PRODUCT#P1", "quantity": after}] if told else []
    )
    assert {one["TopicArn"] for one in published} <= {TOPIC}


def test_an_item_without_a_stock_is_no_news(handler: ModuleType) -> None:
    change = record(9, 1)
    change["dynamodb"]["NewImage"] = {"name": {"S": "lamp"}}

    assert run(handler, change) == ({"batchItemFailures": []}, [])


def test_the_first_record_that_fails_is_reported_and_nothing_behind_it_done(handler: ModuleType) -> None:
    records = [record(9, 1, "10"), record(9, 2, "11"), record(9, 3, "12")]

    answer, published = run(handler, *records, publish=[None, RuntimeError("no network"), None])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "11"}]}
    assert len(published) == 2
