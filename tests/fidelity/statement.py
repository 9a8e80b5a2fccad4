"""What a statement about DynamoDB is, the account it is tried on, and the words in which statements are written.

A statement is a function: its docstring is the sentence, and it asserts that an account behaves so. The functions expect
an account that is ready at once, as emulators are: a table is active, and an index and a stream show a write, as soon as
the request is answered.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness.account.session import sealed_session

PAGES = "https://docs.aws.amazon.com/amazondynamodb/latest/"
VALIDATION = "ValidationException"
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}

Wire = dict[str, Any]
"""An attribute's value as a request has it, such as `{"S": "text"}`."""


class Raw(dict[str, Any]):
    """A value that is already as a request has it, right or wrong."""


def number(text: str) -> Raw:
    """A number as somebody wrote it."""
    return Raw({"N": text})


def wire(value: Any) -> Wire:
    """A Python value as a request has it."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | Decimal):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, set | frozenset):
        [kind] = {next(iter(wire(one))) for one in value}
        return {f"{kind}S": [wire(one)[kind] for one in sorted(value)]}
    if isinstance(value, list):
        return {"L": [wire(one) for one in value]}
    return {"M": item(value)}


def item(attributes: Mapping[str, Any]) -> dict[str, Wire]:
    """An item or a key as a request has it."""
    return {name: wire(value) for name, value in attributes.items()}


def values(**given: Any) -> dict[str, Wire]:
    """ExpressionAttributeValues: `v=1` is `:v`."""
    return {f":{name}": wire(value) for name, value in given.items()}


def attributes(**types: str) -> list[dict[str, str]]:
    """AttributeDefinitions."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def keys(*names: str) -> list[dict[str, str]]:
    """A KeySchema: the partition key, then the sort key."""
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE", "RANGE"), strict=False)
    ]


def index(name: str, *key: str, projection: str = "ALL", **more: Any) -> dict[str, Any]:
    """An index, as CreateTable has it; `include=[...]` are its NonKeyAttributes."""
    included = {"NonKeyAttributes": more.pop("include")} if "include" in more else {}
    return {
        "IndexName": name,
        "KeySchema": keys(*key),
        "Projection": {"ProjectionType": projection, **included},
        **more,
    }


@dataclass
class Refusal:
    """How a request was refused."""

    answer: dict[str, Any]

    @property
    def reasons(self) -> list[str]:
        """The codes of CancellationReasons."""
        return [reason.get("Code") for reason in self.answer["CancellationReasons"]]


@contextmanager
def refused(code: str = VALIDATION, *phrases: str) -> Iterator[Refusal]:
    """Asserts that the request in the block is refused.

    Args:
        code: the code of the refusal; with `|` between them, several are right.
        phrases: parts of the message, upper or lower case, that are the same in every Region.
    """
    refusal = Refusal({})
    try:
        yield refusal
    except ClientError as error:
        refusal.answer = dict(error.response)
        found, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        assert found in code.split("|"), f"{found}: {message}"
        for phrase in phrases:
            assert phrase.lower() in message.lower(), f"no {phrase!r} in {message!r}"
    else:
        raise AssertionError(f"accepted, not refused with {code}")


class Target:
    """An account on which statements are tried. The tables that many of them share are made once."""

    def __init__(self, url: str, credentials: Credentials, region: str = "us-east-1") -> None:
        self.url = url
        self._credentials = credentials
        self._region = region
        self._clients: dict[str, BaseClient] = {}
        self._numbers = itertools.count(1)

    def client(self, service: str) -> Any:
        """A client of a service. It lets through what botocore would refuse, and tries once."""
        if service not in self._clients:
            self._clients[service] = sealed_session().create_client(
                service,
                region_name=self._region,
                endpoint_url=self.url,
                aws_access_key_id=self._credentials.access_key,
                aws_secret_access_key=self._credentials.secret_key,
                config=Config(
                    parameter_validation=False,
                    proxies={},
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    connect_timeout=5,
                    read_timeout=30,
                    s3={"addressing_style": "path"},
                ),
            )
        return self._clients[service]

    @property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @property
    def streams(self) -> Any:
        return self.client("dynamodbstreams")

    def fresh(self, prefix: str = "x") -> str:
        """A name that nothing has yet: of a table, or a partition key."""
        return f"{prefix}-{next(self._numbers):05}"

    # Tables

    def table(self, *key: str, types: Mapping[str, str] | None = None, **request: Any) -> str:
        """Makes a table, on demand unless the request says otherwise, with keys of type S unless `types` says so.
        Returns its name."""
        name = self.fresh("table")
        definitions = attributes(**{"pk": "S", **dict.fromkeys(key, "S"), **(types or {})})
        billing = {} if "ProvisionedThroughput" in request else ON_DEMAND
        self.dynamodb.create_table(
            **{
                "TableName": name,
                "AttributeDefinitions": definitions,
                "KeySchema": keys("pk", *key),
                **billing,
                **request,
            }
        )
        return name

    @cached_property
    def single(self) -> str:
        """A table whose only key is `pk`."""
        return self.table()

    @cached_property
    def pair(self) -> str:
        """A table with the keys `pk` and `sk`."""
        return self.table("sk")

    @cached_property
    def numbered(self) -> str:
        """A table whose sort key `sk` is a number."""
        return self.table("sk", types={"sk": "N"})

    @cached_property
    def bytewise(self) -> str:
        """A table whose sort key `sk` is binary."""
        return self.table("sk", types={"sk": "B"})

    @cached_property
    def indexed(self) -> str:
        """A table with the keys `pk` and `sk`, two global and two local indexes."""
        return self.table(
            "sk",
            types={"maker": "S", "kind": "S", "score": "N", "due": "S", "grade": "N"},
            GlobalSecondaryIndexes=[
                index("by-maker", "maker", projection="INCLUDE", include=["note"]),
                index("by-kind", "kind", "score"),
            ],
            LocalSecondaryIndexes=[
                index("by-due", "pk", "due"),
                index("by-grade", "pk", "grade", projection="KEYS_ONLY"),
            ],
        )

    @cached_property
    def multiple(self) -> str:
        """A table with an index `by-place`, whose keys are `country` and `city`, then `street` and `house`."""
        schema = [
            *({"AttributeName": name, "KeyType": "HASH"} for name in ("country", "city")),
            *({"AttributeName": name, "KeyType": "RANGE"} for name in ("street", "house")),
        ]
        place = {**index("by-place"), "KeySchema": schema}
        types = {"country": "S", "city": "S", "street": "S", "house": "N"}
        return self.table(types=types, GlobalSecondaryIndexes=[place])

    @cached_property
    def heavy(self) -> tuple[str, str]:
        """A table, and its partition with 60 items of 290 KB, a binary each."""
        partition = self.fresh()
        for number_of_item in range(60):
            self.put(self.pair, {"pk": partition, "sk": f"{number_of_item:02}", "b": b"x" * 290 * 1024})
        return self.pair, partition

    def describe(self, table: str) -> dict[str, Any]:
        """A table's description."""
        description: dict[str, Any] = self.dynamodb.describe_table(TableName=table)["Table"]
        return description

    # Requests

    def put(self, table: str, attributes: Mapping[str, Any], condition: str = "", **request: Any) -> dict[str, Any]:
        """PutItem."""
        if condition:
            request["ConditionExpression"] = condition
        answer: dict[str, Any] = self.dynamodb.put_item(TableName=table, Item=item(attributes), **request)
        return answer

    def given(self, **attributes: Any) -> dict[str, str]:
        """Puts an item with these attributes and a key of its own into `single`, and returns the key."""
        key = {"pk": self.fresh()}
        self.put(self.single, {**key, **attributes})
        return key

    def get(self, key: Mapping[str, Any], table: str = "", **request: Any) -> Any:
        """GetItem: the item, as the answer has it; None if there is none."""
        answer = self.dynamodb.get_item(TableName=table or self.single, Key=item(key), **request)
        return answer.get("Item")

    def update(self, key: Mapping[str, Any], expression: str, table: str = "", **request: Any) -> dict[str, Any]:
        """UpdateItem. Arguments in lower case are ExpressionAttributeValues."""
        given = {name: request.pop(name) for name in list(request) if name.islower()}
        if given:
            request["ExpressionAttributeValues"] = values(**given)
        answer: dict[str, Any] = self.dynamodb.update_item(
            TableName=table or self.single, Key=item(key), UpdateExpression=expression, **request
        )
        return answer

    def updated(self, before: Mapping[str, Any], expression: str, **request: Any) -> dict[str, Any]:
        """What an update makes of an item in `single`, without its key, as the answer has it."""
        key = self.given(**before)
        self.update(key, expression, **request)
        after = self.get(key)
        return {name: value for name, value in after.items() if name != "pk"}

    def query(self, table: str, condition: str, **request: Any) -> dict[str, Any]:
        """Query. Arguments in lower case are ExpressionAttributeValues."""
        given = {name: request.pop(name) for name in list(request) if name.islower()}
        if given:
            request["ExpressionAttributeValues"] = values(**given)
        answer: dict[str, Any] = self.dynamodb.query(TableName=table, KeyConditionExpression=condition, **request)
        return answer

    def holds(self, attributes: Mapping[str, Any], condition: str, **request: Any) -> bool:
        """Whether a filter lets an item with these attributes through."""
        key = self.given(**attributes)
        answer = self.query(self.single, "pk = :pk", FilterExpression=condition, pk=key["pk"], **request)
        return bool(answer["Count"] == 1)

    def filled(self, table: str, *sort_keys: Any, **attributes: Any) -> str:
        """Puts items with these sort keys into a partition of their own, and returns its key."""
        partition = self.fresh()
        for sort_key in sort_keys:
            self.put(table, {"pk": partition, "sk": sort_key, **attributes})
        return partition

    def units(self, answer: Mapping[str, Any]) -> float:
        """The capacity that an answer says was used."""
        return float(answer["ConsumedCapacity"]["CapacityUnits"])

    # Streams

    def streaming(self, view: str = "NEW_AND_OLD_IMAGES", *key: str) -> str:
        """Makes a table with a stream."""
        return self.table(*key, StreamSpecification={"StreamEnabled": True, "StreamViewType": view})

    def records(self, table: str) -> list[dict[str, Any]]:
        """All records of a table's stream."""
        arn = self.describe(table)["LatestStreamArn"]
        return [record for shard in self.shards(arn) for record in self.records_of(arn, shard)]

    def shards(self, arn: str) -> list[str]:
        """The ids of a stream's shards."""
        shards = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        return [shard["ShardId"] for shard in shards]

    def records_of(self, arn: str, shard: str, start: str = "TRIM_HORIZON", **request: Any) -> list[dict[str, Any]]:
        """The records of a shard from a position on."""
        iterator = self.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=start, **request)[
            "ShardIterator"
        ]
        records: list[dict[str, Any]] = []
        while iterator:
            answer = self.streams.get_records(ShardIterator=iterator)
            if not answer["Records"]:
                break
            records += answer["Records"]
            iterator = answer.get("NextShardIterator")
        return records


@dataclass(frozen=True)
class Statement:
    """A sentence about DynamoDB, the page of AWS that says it, and a function that asserts it of an account."""

    id: str
    sentence: str
    page: str
    group: str
    assert_of: Callable[[Target], None]

    def problem(self, target: Target) -> str:
        """Why an account does not behave so, in one line; empty if it does."""
        try:
            self.assert_of(target)
        except Exception as error:  # noqa: BLE001  (whatever goes wrong, the statement does not hold)
            text = str(error) or str(traceback.extract_tb(error.__traceback__)[-1].line)
            return f"{type(error).__name__}: {text}".splitlines()[0][:300]
        return ""


ALL: list[Statement] = []
"""The statements, in the order of their modules."""


def statement(page: str) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    """Makes a statement of a function: its name is the id, and its docstring the sentence.

    Args:
        page: the page that says so; without a host, one of DynamoDB's documentation.
    """

    def decorate(function: Callable[[Target], None]) -> Callable[[Target], None]:
        sentence = " ".join((function.__doc__ or "").split())
        group = function.__module__.rpartition(".")[2]
        address = page if page.startswith("https://") else f"{PAGES}{page}"
        ALL.append(Statement(function.__name__.replace("_", "-"), sentence, address, group, function))
        return function

    return decorate
