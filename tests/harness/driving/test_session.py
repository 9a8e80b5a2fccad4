"""What a scenario drives and writes down: calls with their requests, what is not called again, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.driving.driven_code import DrivenCode
from harness.driving.evidence import START, CallRecord
from harness.driving.schedule import in_turn
from harness.driving.session import DrivingOptions, DrivingSession, NotStarted
from harness.driving.write_guard import GuardedTable, WriteGuard
from harness.gateway.server import Gateway, Response
from harness.submission.caller import Call, FailureKind, Limits
from harness.targets.target import Target, TargetKind
from tests.support import FakeClock

JSON = {"content-type": "application/x-amz-json-1.0"}
STORE = """
import sys
class Store:
    def __init__(self, session):
        self.client = session.client("dynamodb")
        self.client.list_tables()
        print("made", session.get_credentials().secret_key)
    def ask(self, times):
        print("asking", times)
        for _ in range(times):
            self.client.list_tables()
        return times
    def ask_for_ever(self):
        while True:
            self.client.list_tables()
    def idle(self):
        import threading; threading.Event().wait()
    def end(self):
        sys.stdout.flush()
        import os; os._exit(1)
"""


STORES = DrivenCode("store", "store", "Store", (), (), True, ("orders",), "shop")
FEW = Limits(requests=20)


@contextmanager
def bench(
    folder: Path, text: str = STORE, limits: Limits = FEW, progress: Callable[[str], None] = print
) -> Iterator[DrivingSession]:
    """A session with a store on a target that answers everything with nothing."""
    (folder / "store.py").write_text(text, "utf-8")
    with Gateway(lambda request: Response(200, b"{}", JSON), reads_only=False) as gateway:
        target = Target(TargetKind.ENDPOINT, "us-east-1", gateway, None, None, "", "")  # type: ignore[arg-type]
        environment = {"AWS_ENDPOINT_URL": gateway.url}
        options = DrivingOptions(folder, environment, 7, datetime(2026, 3, 1, tzinfo=UTC), "", {"load"}, 60.0, limits)
        guard = WriteGuard(GuardedTable("orders", ("PK",)))
        made = DrivingSession(STORES, options, target, guard, FakeClock(), progress)
        with made.recording():
            yield made


def calls(made: DrivingSession) -> list[CallRecord]:
    return list(made.evidence.calls)


def test_a_call_is_kept_with_its_requests_and_what_it_printed(tmp_path: Path) -> None:
    with bench(tmp_path) as made, made.process("reader") as store:
        for times in (2, 0, 20):
            store.call("load", "ask", times)

    assert [one.value for one in calls(made)] == [2, 0, 20]
    assert [len(one.exchanges) for one in calls(made)] == [3, 0, 20], "making the object counts to its first call"
    assert [one.output for one in calls(made)] == ["asking 2\n", "asking 0\n", "asking 20\n"]
    assert {(one.place.file, one.place.line) for one in calls(made)} == {("store.py", 8)}
    assert made.evidence.failed_start is None


def test_a_call_that_asks_for_ever_is_stopped_and_not_made_again(tmp_path: Path) -> None:
    with bench(tmp_path) as made, made.process("reader") as store:
        for _ in range(2):
            store.call("load", "ask_for_ever")
        store.call("load", "ask", 21)
        store.call("load", "ask", 1)

    failures = [one.failure for one in calls(made)]
    assert {one.kind for one in failures if one} == {FailureKind.TOO_MANY_REQUESTS}
    assert {one.summary for one in failures if one} == {"it sent more than 20 requests"}
    assert len([one for one in failures if one]) == 4
    assert [len(one.exchanges) for one in calls(made)][:2] == [21, 0], "so many are kept, however many were sent"


def test_an_object_that_cannot_be_made_is_kept_with_what_it_asked_and_printed(tmp_path: Path) -> None:
    text = STORE.replace(
        "    def ask(self, times):", "        raise LookupError('no table')\n    def ask(self, times):"
    )
    with bench(tmp_path, text) as made, pytest.raises(NotStarted), made.process("reader"):
        raise AssertionError("it was driven")

    [start] = calls(made)
    assert made.evidence.failed_start is start
    assert (start.phase, start.method, len(start.exchanges)) == (START, "Store", 1)
    assert start.failure is not None
    assert start.failure.summary == "LookupError: no table"
    assert (start.output, start.place.line) == ("made (credentials left out)\n", 8)


def test_a_method_that_ends_its_process_is_called_twice_at_most(tmp_path: Path) -> None:
    with bench(tmp_path) as made, made.process("reader") as store:
        for _ in range(4):
            store.call("load", "end")
        store.call("load", "ask", 1)

    assert [one.failure.kind if one.failure else None for one in calls(made)] == [FailureKind.ENDED] * 4 + [None]
    assert [len(one.exchanges) for one in calls(made)] == [1, 1, 0, 0, 2]


@pytest.mark.parametrize(("planned", "told"), [(4, [1, 2, 3, 4]), (25, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]), (0, [])])
def test_progress_is_told_ten_times_at_most(tmp_path: Path, planned: int, told: list[int]) -> None:
    lines: list[str] = []
    with bench(tmp_path, progress=lines.append) as made:
        made.plan(planned)
        call = CallRecord("load", Call("ask", ()), 1, None, ())
        for _ in range(planned):
            made.note(call)

    assert lines == [f"{number} of {planned} calls made" for number in told]


def test_phases_that_nobody_judges_are_not_wanted(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        assert [made.wants(one) for one in ("load", "more")] == [True, False]


def test_of_clients_at_once_each_has_its_own_result_and_their_requests_are_numbered(tmp_path: Path) -> None:
    seen: list[int] = []
    with bench(tmp_path) as made, made.process("b") as one, made.process("a") as other:
        one.call("load", "ask", 1)
        other.call("load", "ask", 1)
        calls_at_once = {one: ("ask", (2,)), other: ("ask", (3,))}
        made.at_once("at once", 7, calls_at_once, in_turn("babba"), lambda: seen.append(1))
        one.call("load", "ask", 1)

    [*_, first, second, last] = calls(made)
    assert [(called.client, called.value, called.part) for called in (first, second)] == [("b", 2, 7), ("a", 3, 7)]
    assert [[exchange.number for exchange in called.exchanges] for called in (first, second)] == [[1, 3], [2, 4, 5]]
    assert [exchange.number for exchange in last.exchanges] == [0], "nobody else asks meanwhile"
    assert seen == [], "nobody wrote"


def test_a_client_that_idles_is_stopped_also_while_the_others_wait_for_it(tmp_path: Path) -> None:
    """Their requests are held back until it asks too. That is not its own waiting."""
    limits = Limits(idle_seconds=1.0, requests=20)
    with bench(tmp_path, limits=limits) as made, made.process("a") as one, made.process("b") as other:
        made.at_once("at once", 1, {one: ("idle", ()), other: ("ask", (2,))}, in_turn(()))

    [idle, asked] = calls(made)
    assert idle.failure is not None
    assert (idle.failure.kind, asked.value, asked.failure) == (FailureKind.HUNG, 2, None)


def test_what_one_client_asks_does_not_count_for_the_others(tmp_path: Path) -> None:
    with bench(tmp_path) as made, made.process("a") as one, made.process("b") as other:
        made.at_once("at once", 1, {one: ("ask", (12,)), other: ("ask_for_ever", ())}, in_turn("b" * 20))

    [asked, for_ever] = calls(made)
    assert (asked.value, asked.failure) == (12, None)
    assert for_ever.failure is not None
    assert for_ever.failure.kind is FailureKind.TOO_MANY_REQUESTS


def test_a_call_that_is_only_made_is_not_kept_until_it_is_noted(tmp_path: Path) -> None:
    """Of the sequences that are tried, those that show nothing are not kept."""
    lines: list[str] = []
    with bench(tmp_path, progress=lines.append) as made, made.process("a") as store:
        made.plan(1)
        called = store.called("in a sequence", "ask", 1, part=3)
        assert calls(made) == []
        made.note(called)

    assert calls(made) == [called]
    assert (called.part, lines) == (3, []), "phases with parts are not part of the plan"
