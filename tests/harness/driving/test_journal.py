"""What a run writes is written down before it is written, and removed again to the last item, whatever happens."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from harness import paths
from harness.account.errors import Denied, NotImplementedByTarget, ReadError, Throttled, Unreachable
from harness.account.session import sealed_client, sealed_session
from harness.cli.sweep import run as sweep
from harness.clock import Clock, Interrupted
from harness.driving.batch_writer import ATTEMPTS, SECONDS_BETWEEN_ATTEMPTS
from harness.driving.evidence import NoEvidence
from harness.driving.journal import (
    CLEANER_ROLE,
    Journal,
    Place,
    kept,
    remove,
    try_removal,
)
from harness.driving.keys import Key
from harness.driving.scenario import Driven, Scenario
from harness.driving.scenario_runner import ScenarioOptions, ScenarioRunner
from harness.driving.session import DrivingSession
from harness.driving.write_guard import GuardedTable, WriteGuard
from harness.gateway.server import Gateway, Request, Response
from harness.targets import target
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from harness.targets.target import Target, TargetKind, TargetOptions
from harness.usage import UsageError
from tests.accounts import account_of, drop, refuse
from tests.support import ROOT, FakeClock

REGION = "us-east-1"
PLACE = Place(
    endpoint_url="http://127.0.0.1:4566",
    profile="",
    region=REGION,
    account_id=ACCOUNT_ID,
    table="orders",
    key_names=("PK", "SK"),
)
HEADER = (
    '{"endpoint_url": "http://127.0.0.1:4566", "profile": "", "region": "us-east-1", "account_id": "123456789012", '
    '"table": "orders", "key_names": ["PK", "SK"]}\n'
)


def attributes(number: int) -> dict[str, Any]:
    return {"PK": {"S": f"P{number}"}, "SK": {"S": str(number)}}


def key(number: int) -> Key:
    return json.dumps(attributes(number))


def line(number: int) -> str:
    return key(number) + "\n"


@pytest.fixture(autouse=True)
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the journals of this test lie."""
    folder = tmp_path / "journals"
    monkeypatch.setattr(paths, "JOURNALS", folder)
    return folder


@pytest.fixture
def on_disk(journals: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the one journal held, each time that it was brought to the disk."""
    texts: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        [file] = journals.iterdir()
        assert os.fstat(descriptor).st_ino == file.stat().st_ino
        texts.append(file.read_text("utf-8"))

    monkeypatch.setattr(os, "fsync", noted)
    return texts


def damaged(journals: Path, content: bytes) -> str:
    """What is said of a file with that content, which is left as it is."""
    journals.mkdir()
    file = journals / "orders-1.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        Journal.reopen(file)
    assert file.read_bytes() == content
    return str(caught.value).replace(str(journals), "…")


def left(journals: Path, content: str) -> Journal:
    """A journal with that content, as a killed run left it."""
    journals.mkdir(exist_ok=True)
    file = journals / "orders-1.jsonl"
    file.write_text(content, "utf-8")
    journal = Journal.reopen(file)
    assert journal is not None
    return journal


def test_everything_is_on_the_disk_before_anything_may_be_written(on_disk: list[str], journals: Path) -> None:
    journal = Journal.begin(PLACE)
    assert on_disk == [HEADER]

    journal.note(key(1))
    assert on_disk == [HEADER, HEADER + line(1)]
    journal.note('{"PK": {"S": "gr\\u00fc\\ud800\\n"}, "SK": {"B": "AP8="}}')

    assert on_disk[2:] == [HEADER + line(1) + '{"PK": {"S": "gr\\u00fc\\ud800\\n"}, "SK": {"B": "AP8="}}\n']
    assert (journal.keys[0], len(journal.keys), journal.place) == (key(1), 2, PLACE)
    assert journal.file.parent == journals
    assert journal.file.name.startswith("orders-")
    journal.close()
    again = Journal.reopen(journal.file)
    assert again is not None
    assert (again.keys, again.place, again.file) == (journal.keys, PLACE, journal.file)
    again.close()


def test_runs_at_once_have_journals_of_their_own(journals: Path) -> None:
    with kept(PLACE) as one, kept(PLACE) as other:
        one.note(key(1))
        other.note(key(2))
        assert one.file != other.file
        assert len(list(journals.iterdir())) == 2

    assert (one.file.read_text(), other.file.read_text()) == (HEADER + line(1), HEADER + line(2))


def test_a_journal_is_left_where_it_is_unless_it_was_ended(journals: Path) -> None:
    with pytest.raises(KeyboardInterrupt), kept(PLACE) as stopped:
        raise KeyboardInterrupt
    assert stopped.file.read_text() == HEADER

    with kept(PLACE) as ended:
        ended.note(key(1))
        ended.end()
        assert not ended.file.exists()
    ended.end()
    assert list(journals.iterdir()) == [stopped.file]


@pytest.mark.parametrize(
    ("place", "options"),
    [
        (
            PLACE,
            TargetOptions(endpoint_url="http://127.0.0.1:4566", region=REGION, allow_writes=True),
        ),
        (
            Place("", "lab", "eu-west-1", "999999999999", "orders", ("PK",)),
            TargetOptions(live=True, profile="lab", region="eu-west-1", allow_writes=True),
        ),
        (
            Place("http://a", "lab", "eu-west-1", "", "orders", ("PK",)),
            TargetOptions(endpoint_url="http://a", profile="lab", region="eu-west-1", allow_writes=True),
        ),
    ],
)  # fmt: skip
def test_a_place_tells_how_to_reach_it_again(place: Place, options: TargetOptions) -> None:
    assert place.target == options


LOOK = """
import pathlib, sys
from harness.driving.journal import Journal
journal = Journal.reopen(pathlib.Path(sys.argv[1]))
sys.stdout.write("locked" if journal is None else repr((journal.keys, journal.place)))
"""


def seen_elsewhere(file: Path) -> str:
    """What another process finds there."""
    return subprocess.run(
        [sys.executable, "-c", LOOK, file], cwd=ROOT, check=True, capture_output=True, text=True, timeout=600
    ).stdout


def test_no_other_process_gets_a_journal_while_its_run_lasts() -> None:
    with kept(PLACE) as journal:
        journal.note(key(1))
        assert Journal.reopen(journal.file) is None
        assert seen_elsewhere(journal.file) == "locked"
        journal.note(key(2))

    assert seen_elsewhere(journal.file) == repr(([key(1), key(2)], PLACE))
    again = Journal.reopen(journal.file)
    assert again is not None
    assert Journal.reopen(journal.file) is None, "two sweeps do not remove the same"
    again.close()


@pytest.mark.parametrize("half", [key(2)[:length] for length in range(len(key(2)) + 1)])
def test_a_last_line_that_is_half_written_is_ignored(half: str, journals: Path) -> None:
    journal = left(journals, HEADER + line(1) + half)

    assert (journal.keys, journal.place) == ([key(1)], PLACE)
    journal.close()
    journal = left(journals, HEADER + half)
    assert journal.keys == []
    journal.close()


@pytest.mark.parametrize("content", ["", "{", HEADER[:20], HEADER[:-1]])
def test_a_run_that_was_killed_before_it_wrote_anything_leaves_nothing(content: str, journals: Path) -> None:
    journals.mkdir()
    file = journals / "orders-1.jsonl"
    file.write_text(content)

    assert Journal.reopen(file) is None
    assert list(journals.iterdir()) == []
    assert Journal.reopen(file) is None, "it is gone"


def test_a_journal_that_another_sweep_ends_meanwhile_is_gone(journals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = left(journals, HEADER + line(1))
    flock = fcntl.flock

    def ended_first(stream: Any, operation: int) -> None:
        journal.end()
        flock(stream, operation)

    monkeypatch.setattr(fcntl, "flock", ended_first)

    assert Journal.reopen(journal.file) is None


OTHER_PLACES: list[object] = [
    None,
    [],
    {},
    {**asdict(PLACE), "more": ""},
    {name: value for name, value in asdict(PLACE).items() if name != "table"},
    {**asdict(PLACE), "key_names": None},
    {**asdict(PLACE), "key_names": "PK"},
    {**asdict(PLACE), "key_names": ["PK", 5]},
    {**asdict(PLACE), "endpoint_url": 5},
    {**asdict(PLACE), "endpoint_url": "", "account_id": ""},
]


@pytest.mark.parametrize(
    "content",
    [
        *("\n", "\x00\n", "orders\n", HEADER[:-2] + "\n", line(1), line(1) + HEADER),
        *(json.dumps(place) + "\n" for place in OTHER_PLACES),
        HEADER + '{"PK": {"S": "P1"}}\n',
        HEADER + '{"PK": {"S": "P1"}, "SK": {"S": "1"}, "more": {"S": "1"}}\n' + line(2),
        HEADER + line(1) + '{"PK": }\n' + line(2),
        HEADER + line(1) + '{"PK": {"S": "P2\n' + line(3),
        HEADER + '{"PK": 5, "SK": 6}\n',
        HEADER + '{"PK": {"S": 5}, "SK": {"S": "x"}}\n',
        HEADER + '{"PK": {"N": "x"}, "SK": {"S": "x"}}\n',
        HEADER + "[" * 100_000 + "\n",
    ],
    ids=lambda content: ascii(content[-40:]),
)
def test_a_damaged_file_is_refused_and_left_to_be_looked_at(content: str, journals: Path) -> None:
    assert damaged(journals, content.encode()) == (
        "…/orders-1.jsonl is damaged: it does not say what was written, and where. Look at it, and delete it."
    )


def test_a_file_that_is_no_text_is_refused(journals: Path) -> None:
    assert "is damaged" in damaged(journals, HEADER.encode() + b"\xff\xfe}\n")


def test_what_cannot_be_read_is_a_sentence(journals: Path) -> None:
    file = journals / "orders-1.jsonl"
    file.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"orders-1\.jsonl cannot be read: Is a directory\.$"):
        Journal.reopen(file)


CANNOT = r"^--allow-writes must first note what it writes, and cannot write to .*orders-[0-9a-f]{8}\.jsonl: "


def test_where_nothing_can_be_written_down_nothing_may_be_written(journals: Path) -> None:
    journals.write_text("a file")

    with pytest.raises(UsageError, match=CANNOT + r"File exists\.$"):
        Journal.begin(PLACE)
    assert journals.read_text() == "a file"


def test_without_a_place_for_the_folder_nothing_may_be_written(journals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "JOURNALS", journals / "nowhere")

    with pytest.raises(UsageError, match=CANNOT + r"No such file or directory\.$"):
        Journal.begin(PLACE)


def no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_nothing_may_be_written(journals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(UsageError, match=CANNOT + r"No space left on device\.$"):
        Journal.begin(PLACE)
    assert list(journals.iterdir()) == []


class Shop:
    """An account with a table, in which somebody writes, behind a gateway that lets nobody write."""

    def __init__(self, embedded: EmbeddedAccount, owners: Gateway, gateway: Gateway) -> None:
        self.gateway = gateway
        self.clock = FakeClock()
        self.target = Target(TargetKind.ENDPOINT, REGION, gateway, account_of(gateway), None, ACCOUNT_ID, "")
        self.owner = self.client(owners, "owner")
        self.requests: list[list[dict[str, Any]]] = []
        """The batches that came through, each with the keys that it deletes."""

        def backend(request: Request) -> Response:
            if request.role == CLEANER_ROLE:
                assert (request.operation, list(request.parameters)) == ("BatchWriteItem", ["RequestItems"])
                [(table, actions)] = request.parameters["RequestItems"].items()
                assert table == "orders"
                self.requests.append([one["DeleteRequest"]["Key"] for one in actions])
            return self.answer(request)

        self.answer: Callable[[Request], Response] = embedded
        gateway.backend = backend

    @staticmethod
    def client(gateway: Gateway, role: str, region: str = REGION) -> Any:
        return sealed_client(
            sealed_session(),
            "dynamodb",
            region=region,
            endpoint_url=gateway.url,
            credentials=gateway.credentials(role),
        )

    def create(self, *kinds: str) -> None:
        """Creates the table, with keys of these types."""
        names = dict(zip(("PK", "SK"), kinds, strict=True))
        self.owner.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in names.items()],
            KeySchema=[
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
        )

    def put(self, *numbers: int) -> None:
        for start in range(0, len(numbers), 25):
            items = [{**attributes(number), "of": {"S": "x"}} for number in numbers[start : start + 25]]
            self.owner.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": one}} for one in items]})

    @property
    def numbers(self) -> list[int]:
        """Which items there are."""
        return sorted(int(one["SK"]["S"]) for one in self.owner.scan(TableName="orders")["Items"])

    def refuses_writes(self) -> bool:
        """Whether nobody can write through the gateway, and nobody is left who might."""
        try:
            self.client(self.gateway, "store").put_item(TableName="orders", Item=attributes(999))
        except ClientError as error:
            return "This target is read-only" in str(error) and CLEANER_ROLE not in self.gateway._roles.values()
        return False


@pytest.fixture
def shop() -> Iterator[Shop]:
    embedded = EmbeddedAccount(lambda: 0.0)
    with Gateway(embedded, reads_only=False) as owners, Gateway(embedded, reads_only=True) as gateway:
        yield Shop(embedded, owners, gateway)


@pytest.fixture
def orders(shop: Shop) -> Shop:
    """The shop with its table: somebody has two items there."""
    shop.create("S", "S")
    shop.put(501, 502)
    return shop


def test_what_was_written_is_removed_in_batches_and_nothing_else(orders: Shop, journals: Path) -> None:
    orders.put(*range(60))
    journal = left(journals, HEADER + "".join(map(line, [*range(60), 777])))

    assert remove(journal, orders.target, orders.clock) == 61

    assert orders.numbers == [501, 502]
    assert [len(batch) for batch in orders.requests] == [25, 25, 11]
    assert [one for batch in orders.requests for one in batch] == [attributes(number) for number in [*range(60), 777]]
    assert (list(journals.iterdir()), orders.clock.time) == ([], 0.0)
    assert orders.refuses_writes()


@pytest.mark.parametrize(("number", "batches"), [(0, []), (1, [1]), (25, [25]), (26, [25, 1])])
def test_no_batch_is_empty_or_too_large(number: int, batches: list[int], orders: Shop) -> None:
    orders.put(*range(number))
    with kept(PLACE) as journal:
        for one in range(number):
            journal.note(key(one))
        remove(journal, orders.target, orders.clock)

    assert [len(batch) for batch in orders.requests] == batches
    assert orders.numbers == [501, 502]
    assert not journal.file.exists()


def test_what_dynamodb_puts_off_is_asked_for_again(orders: Shop, journals: Path) -> None:
    orders.put(*range(30))
    embedded = orders.answer

    def slowly(request: Request) -> Response:
        """Deletes the first ten of a batch, and puts off the others."""
        actions = request.parameters["RequestItems"]["orders"]
        for action in actions[:10]:
            orders.owner.delete_item(TableName="orders", Key=action["DeleteRequest"]["Key"])
        unprocessed = {"orders": actions[10:]} if actions[10:] else {}
        return Response(200, json.dumps({"UnprocessedItems": unprocessed}).encode())

    orders.answer = lambda request: slowly(request) if request.role == CLEANER_ROLE else embedded(request)
    remove(left(journals, HEADER + "".join(map(line, range(30)))), orders.target, orders.clock)

    numbers = [[int(one["SK"]["S"]) for one in batch] for batch in orders.requests]
    assert numbers == [list(range(25)), list(range(10, 25)), list(range(20, 25)), list(range(25, 30))]
    assert orders.numbers == [501, 502]
    assert orders.clock.time == 2 * SECONDS_BETWEEN_ATTEMPTS
    assert list(journals.iterdir()) == []


TRANSIENT = [
    (400, "ThrottlingException"),
    (400, "ProvisionedThroughputExceededException"),
    (400, "Throttling"),
    (400, "RequestLimitExceeded"),
    (0, "a dropped connection"),
    (500, "InternalServerError"),
    (502, "UpstreamUnreachable"),
    (503, "ServiceUnavailable"),
]


@pytest.mark.parametrize(("status", "code"), TRANSIENT, ids=[code for _, code in TRANSIENT])
def test_what_fails_for_a_moment_is_tried_again(status: int, code: str, orders: Shop, journals: Path) -> None:
    orders.put(1, 2)
    embedded = orders.answer

    def at_last(request: Request) -> Response:
        return (embedded if len(orders.requests) == ATTEMPTS else refuse(status, code) if status else drop)(request)

    orders.answer = at_last

    remove(left(journals, HEADER + line(1) + line(2)), orders.target, orders.clock)

    assert orders.numbers == [501, 502]
    assert orders.requests == [[attributes(1), attributes(2)]] * ATTEMPTS
    assert orders.clock.time == (ATTEMPTS - 1) * SECONDS_BETWEEN_ATTEMPTS
    assert list(journals.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "attempts", "said"),
    [
        (refuse(400, "AccessDeniedException"), 1, "dynamodb BatchWriteItem: AccessDeniedException: "),
        (refuse(403, "ExpiredTokenException"), 1, "dynamodb BatchWriteItem: ExpiredTokenException: "),
        (refuse(400, "ThrottlingException"), ATTEMPTS, "10 of them are still undone after 10 attempts"),
        (refuse(503, "ServiceUnavailable"), ATTEMPTS, "10 of them are still undone after 10 attempts"),
    ],
    ids=["denied", "expired", "throttled for ever", "unavailable for ever"],
)
def test_what_cannot_be_removed_stays_in_the_journal_for_a_sweep(
    answer: Callable[[Request], Response], attempts: int, said: str, orders: Shop, journals: Path
) -> None:
    orders.put(*range(35))
    embedded = orders.answer

    def only_once(request: Request) -> Response:
        return (embedded if len(orders.requests) == 1 else answer)(request)

    orders.answer = only_once
    with kept(PLACE) as journal:
        for number in range(35):
            journal.note(key(number))
        with pytest.raises(UsageError) as caught:
            remove(journal, orders.target, orders.clock)

    message = str(caught.value)
    assert message.startswith("35 items could not be removed from orders: ")
    assert said in message
    assert message.endswith(f"They are listed in {journal.file}; to try again, type: python validate_tasks.py sweep")
    assert len(orders.requests) == 1 + attempts
    assert orders.numbers == [*range(25, 35), 501, 502]
    assert orders.refuses_writes()

    orders.answer = embedded
    again = Journal.reopen(journal.file)
    assert again is not None
    assert again.keys == [key(number) for number in range(35)]
    remove(again, orders.target, orders.clock)
    assert orders.numbers == [501, 502]
    assert list(journals.iterdir()) == []


def test_a_stopped_removal_leaves_the_journal(orders: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders.put(1)
    orders.answer = refuse(503, "ServiceUnavailable")

    def stopped(seconds: float) -> None:
        raise Interrupted

    monkeypatch.setattr(orders.clock, "wait", stopped)
    with kept(PLACE) as journal:
        journal.note(key(1))
        with pytest.raises(Interrupted):
            remove(journal, orders.target, orders.clock)

    assert journal.file.read_text() == HEADER + line(1)
    assert orders.refuses_writes()


def test_while_it_removes_nobody_writes_anything_else(orders: Shop, journals: Path) -> None:
    orders.put(1)
    embedded = orders.answer
    refused: list[str] = []

    def meanwhile(request: Request) -> Response:
        for table, number, region in (("orders", 501, REGION), ("other", 1, REGION), ("orders", 1, "eu-west-1")):
            with pytest.raises(ClientError) as caught:
                orders.client(orders.gateway, "store", region).delete_item(TableName=table, Key=attributes(number))
            refused.append(str(caught.value).rpartition(": ")[2])
        return embedded(request)

    orders.answer = meanwhile
    remove(left(journals, HEADER + line(1)), orders.target, orders.clock)

    assert refused == ["it is not in the journal.", "it writes to other.", "it writes in the Region eu-west-1."]
    assert orders.numbers == [501, 502]


ITEMS: dict[tuple[str, str], list[tuple[Any, Any]]] = {
    ("S", "N"): [("ü\x00\u2028", "7.00"), ("}", "-1E-5"), ("P1", "0.0")],
    ("B", "S"): [(b"\x00\xff", "x"), (b"\xfb\xef\xbe", '"')],
    ("N", "B"): [("100", b"a"), ("1.5E3", b"\n")],
}


@pytest.mark.parametrize(("kinds", "keys"), ITEMS.items(), ids=map("".join, ITEMS))
def test_what_a_store_writes_is_removed_whatever_its_keys(
    kinds: tuple[str, str], keys: list[tuple[Any, Any]], shop: Shop, journals: Path
) -> None:
    shop.create(*kinds)
    arn = shop.owner.describe_table(TableName="orders")["Table"]["TableArn"]
    items = [{"PK": {kinds[0]: one}, "SK": {kinds[1]: other}} for one, other in keys]

    def guard(key: Key) -> None:
        journal.note(key)

    with kept(PLACE) as journal:
        with shop.gateway.writable(WriteGuard(GuardedTable("orders", PLACE.key_names, guard, region=REGION, arn=arn))):
            store = shop.client(shop.gateway, "store")
            for one in items:
                store.put_item(TableName="orders", Item=one)
        assert len(shop.owner.scan(TableName="orders")["Items"]) == len(journal.keys) == len(items)
    again = Journal.reopen(journal.file)
    assert again is not None
    assert again.keys == journal.keys
    remove(again, shop.target, shop.clock)

    assert shop.owner.scan(TableName="orders")["Items"] == []
    assert list(journals.iterdir()) == []


def test_what_cannot_be_noted_is_not_written(orders: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def guard(key: Key) -> None:
        journal.note(key)

    with kept(PLACE) as journal:
        table = GuardedTable("orders", PLACE.key_names, guard, region=REGION)
        with orders.gateway.writable(WriteGuard(table)):
            store = orders.client(orders.gateway, "store")
            store.put_item(TableName="orders", Item=attributes(1))
            with monkeypatch.context() as full:
                full.setattr(os, "fsync", no_space)
                with pytest.raises(ConnectionClosedError):
                    store.put_item(TableName="orders", Item=attributes(2))
        assert orders.numbers == [1, 501, 502]
        assert (journal.keys, table.keys) == ([key(1)], [key(1)])
        remove(journal, orders.target, orders.clock)

    assert orders.numbers == [501, 502]


def test_a_key_that_aws_refuses_does_not_keep_the_others(orders: Shop, journals: Path) -> None:
    embedded = orders.answer

    def aws(request: Request) -> Response:
        """Rejects a whole batch where one key has another type than the table's."""
        wrong = request.role == CLEANER_ROLE and [one for one in orders.requests[-1] if set(one["SK"]) != {"S"}]
        return (refuse(400, "ValidationException") if wrong else embedded)(request)

    orders.put(*range(3))
    orders.answer = aws
    wrong = '{"PK": {"S": "P9"}, "SK": {"N": "5"}}\n'

    assert remove(left(journals, HEADER + line(0) + wrong + line(1) + line(2)), orders.target, orders.clock) == 3

    assert [len(batch) for batch in orders.requests] == [4, 1, 1, 1, 1]
    assert (orders.numbers, list(journals.iterdir())) == ([501, 502], [])


def test_of_a_table_that_is_gone_nothing_is_left(shop: Shop, journals: Path) -> None:
    assert remove(left(journals, HEADER + line(1)), shop.target, shop.clock) == 0
    assert list(journals.iterdir()) == []


def test_of_numbers_of_38_digits_the_right_one_is_removed(shop: Shop) -> None:
    shop.create("N", "S")
    number = "12345678901234567890123456789012345678"
    mine, theirs = ({"PK": {"N": one}, "SK": {"S": "x"}} for one in (number, number[:28] + "0" * 10))
    with kept(PLACE) as journal:
        journal.note(GuardedTable("orders", PLACE.key_names).key_of(mine))
        for one in (mine, theirs):
            shop.owner.put_item(TableName="orders", Item=one)
        remove(journal, shop.target, shop.clock)

    assert shop.owner.scan(TableName="orders")["Items"] == [theirs]


def test_what_is_under_way_when_the_code_ends_is_removed_too(orders: Shop, journals: Path) -> None:
    """As on Ctrl-C: the store's process is killed while its request is on its way to AWS."""
    embedded, arrived, go = orders.answer, threading.Event(), threading.Event()

    def slow(request: Request) -> Response:
        if request.role == "store":
            arrived.set()
            go.wait(10)
        return embedded(request)

    def guard(key: Key) -> None:
        journal.note(key)

    orders.answer = slow
    store = orders.client(orders.gateway, "store")
    sender = threading.Thread(target=lambda: store.put_item(TableName="orders", Item=attributes(1)))
    with kept(PLACE) as journal:
        with orders.gateway.writable(WriteGuard(GuardedTable("orders", PLACE.key_names, guard, region=REGION))):
            sender.start()
            arrived.wait(10)
            threading.Timer(0.3, go.set).start()
        remove(journal, orders.target, orders.clock)
    sender.join()

    assert (orders.numbers, list(journals.iterdir())) == ([501, 502], [])


def test_whether_items_can_be_removed_is_tried_on_one_that_is_not_there(orders: Shop, journals: Path) -> None:
    try_removal(PLACE, key(7), orders.target, orders.clock)

    assert (orders.requests, orders.numbers, journals.exists()) == ([[attributes(7)]], [501, 502], False)
    assert orders.refuses_writes()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", Denied),
        ("ThrottlingException", Throttled),
        ("UnknownOperationException", NotImplementedByTarget),
        ("ValidationException", Unreachable),
    ],
)
def test_where_items_cannot_be_removed_that_is_an_error_of_that_kind(
    code: str, kind: type[ReadError], orders: Shop
) -> None:
    orders.answer = refuse(400, code)

    with pytest.raises(kind) as caught:
        try_removal(PLACE, key(7), orders.target, orders.clock)

    assert (caught.value.code, caught.value.action, caught.value.resource) == (
        code,
        "dynamodb:BatchWriteItem",
        "table orders",
    )
    assert orders.refuses_writes()


@pytest.fixture
def opened(orders: Shop, monkeypatch: pytest.MonkeyPatch) -> list[TargetOptions]:
    """The targets that a sweep opens, each of which is that of the orders."""
    options: list[TargetOptions] = []

    @contextmanager
    def open_target(given: TargetOptions, clock: Clock) -> Iterator[Target]:
        options.append(given)
        yield orders.target

    monkeypatch.setattr(target, "open_target", open_target)
    return options


def test_one_journal_that_cannot_be_ended_does_not_keep_the_others(
    orders: Shop, opened: list[TargetOptions], journals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders.put(1, 2, 3)
    journals.mkdir()
    elsewhere = {**asdict(PLACE), "account_id": "999999999999", "profile": "lab"}
    for name, content in {
        "a": "damaged\n",
        "b": json.dumps(elsewhere) + "\n" + line(501),
        "c": HEADER,
        "d": HEADER + line(1),
        "e": HEADER + line(2) + line(3),
        "f": json.dumps({**asdict(PLACE), "table": "gone"}) + "\n",
    }.items():
        (journals / f"{name}.jsonl").write_text(content)

    assert sweep(Namespace()) == 2

    said = capsys.readouterr()
    assert said.out == (
        "1 item was removed from orders (http://127.0.0.1:4566).\n"
        "2 items were removed from orders (http://127.0.0.1:4566).\n"
    )
    damaged, other = said.err.replace(str(journals), "…").splitlines()
    assert damaged.startswith("validate_tasks.py: …/a.jsonl is damaged: ")
    assert other == (
        "validate_tasks.py: 1 item may still be in orders (http://127.0.0.1:4566), because the credentials of the "
        f"profile lab belong to the account {ACCOUNT_ID}. Make it reachable again as it was for that run, or delete "
        "…/b.jsonl if that table no longer exists; then type: python validate_tasks.py sweep"
    )
    assert orders.numbers == [501, 502]
    assert [file.name for file in sorted(journals.iterdir())] == ["a.jsonl", "b.jsonl"]
    assert len(opened) == 3


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (
            {"endpoint_url": "http://127.0.0.1:9"},
            "http://127.0.0.1:9 does not report which account the credentials belong to",
        ),
        (
            {"endpoint_url": "", "profile": "nobody"},
            "the AWS credentials of the profile nobody cannot be used (The config profile (nobody) could not be found)",
        ),
    ],
)
def test_where_nobody_answers_it_is_told_what_to_do(
    place: dict[str, str], why: str, journals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journals.mkdir()
    file = journals / "a.jsonl"
    file.write_text(json.dumps({**asdict(PLACE), **place}) + "\n" + line(1))

    assert sweep(Namespace()) == 2

    said = capsys.readouterr()
    assert (said.out, file.exists()) == ("", True)
    assert f"because {why}. Make it reachable" in said.err
    assert "--" not in said.err


def test_a_journal_that_vanishes_meanwhile_is_no_problem(
    journals: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [self / pattern.replace("*", "a")])

    assert sweep(Namespace()) == 0
    assert capsys.readouterr() == ("Nothing was left behind.\n", "")
    assert not journals.exists()


def driven(gather: Callable[[DrivingSession], None]) -> Driven:
    """A store that a lab drives on the table of the orders, in this way."""
    scenario = Scenario(gather, model=lambda today: None)
    return Driven("store", "store", "Store", (), (), True, ("orders",), "shop", scenario)


def never(session: DrivingSession) -> None:
    raise AssertionError("it was driven")


def driving(orders: Shop, kind: TargetKind, account_id: str, told: list[str]) -> ScenarioRunner:
    """What drives code on the table of the orders."""
    place = Target(kind, REGION, orders.gateway, account_of(orders.gateway), None, account_id, "")
    allowed = TargetOptions(live=True, allow_writes=True)
    options = ScenarioOptions(ROOT, {}, datetime.now(UTC), 60.0, allowed, seed=1)
    return ScenarioRunner(options, place, orders.clock, told.append)


@pytest.mark.parametrize("operation", ["BatchGetItem", "BatchWriteItem"])
def test_what_is_missing_to_remove_items_is_told_before_any_is_written(
    operation: str, orders: Shop, journals: Path
) -> None:
    embedded, passed = orders.answer, list[str]()

    def denies(request: Request) -> Response:
        passed.append(request.operation)
        return (refuse(400, "AccessDeniedException") if request.operation == operation else embedded)(request)

    orders.answer = denies
    drives = driving(orders, TargetKind.LIVE, ACCOUNT_ID, [])

    with pytest.raises(Denied) as caught:
        drives.gather(driven(never), ())

    assert caught.value.action == f"dynamodb:{operation}"
    assert passed == ["DescribeTable", "BatchGetItem", "BatchWriteItem"][: 2 + (operation == "BatchWriteItem")]
    assert (orders.numbers, journals.exists()) == ([501, 502], False)


def test_in_an_account_that_is_not_told_nothing_is_written(orders: Shop, journals: Path) -> None:
    drives = driving(orders, TargetKind.LIVE, "", [])

    with pytest.raises(NoEvidence, match="the account of these credentials is unknown"):
        drives.gather(driven(never), ())
    assert not journals.exists()


@pytest.mark.parametrize("stop", [Interrupted, KeyboardInterrupt, RuntimeError])
def test_a_removal_that_is_cut_short_says_how_to_finish_it(
    stop: type[BaseException], orders: Shop, journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(session: DrivingSession) -> None:
        with session.recording():
            orders.client(orders.gateway, "store").put_item(TableName="orders", Item=mine(session))

    def mine(session: DrivingSession) -> dict[str, Any]:
        return {"PK": {"S": session.options.prefix}, "SK": {"S": "1"}}

    def stopped(*_: object) -> int:
        raise stop

    monkeypatch.setattr("harness.driving.scenario_runner.remove", stopped)
    told: list[str] = []
    drives = driving(orders, TargetKind.LIVE, ACCOUNT_ID, told)

    with pytest.raises(stop):
        drives.gather(driven(gather), ())

    assert told[-2] == "removing 1 item from orders"
    assert told[-1] == (
        "the removal was interrupted: 1 item may still be in orders. To remove the rest, type: "
        "python validate_tasks.py sweep"
    )
    assert len(list(journals.iterdir())) == 1
