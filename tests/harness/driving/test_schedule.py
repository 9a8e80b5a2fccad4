"""What several clients ask at once reaches the backend in the order that the schedule chooses, and nothing waits for ever."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.account.session import sealed_client, sealed_session
from harness.driving import schedule
from harness.driving.evidence import SESSION_ROLE
from harness.driving.schedule import LOSSES, STEPS_LIMIT, TURNS_IN_A_ROW, Choose, Schedule, in_turn
from harness.gateway.server import Gateway, Hold, Request, Response, error_response
from tests.each import each

JSON = {"content-type": "application/x-amz-json-1.0"}
ENDS_SECONDS = 60
"""A test that is not done by then has found a client that waits for ever."""

Ask = Callable[[str], str]
"""Sends a request about an item as one of the clients, and returns the error's code (empty: it took effect)."""


class Backend:
    """Remembers whose requests it sees, in their order. Those about the items in `refused` fail."""

    def __init__(self, *refused: str) -> None:
        self.refused = {*refused}
        self.seen: list[str] = []
        self.lost: set[int] = set()

    def __call__(self, request: Request) -> Response:
        client = request.role.partition(" ")[0]
        parameters = request.parameters
        item = str((parameters.get("Item") or parameters["Key"])["id"]["S"])
        self.seen.append(client)
        if len(self.seen) in self.lost:
            return Response(0)
        if item in self.refused:
            return error_response(request, 400, "ConditionalCheckFailedException", "no")
        return Response(200, b"{}", JSON)


class Bench:
    """Clients of a gateway before a backend."""

    def __init__(self, gateway: Gateway, backend: Backend) -> None:
        self.gateway = gateway
        self.backend = backend

    def client(self, name: str) -> Any:
        """A client of boto3 that asks once."""
        return sealed_client(
            sealed_session(),
            "dynamodb",
            region="us-east-1",
            endpoint_url=self.gateway.url,
            credentials=self.gateway.credentials(f"{name} {SESSION_ROLE}"),
        )

    def put(self, name: str) -> Ask:
        put_item = self.client(name).put_item
        return lambda item: code_of(put_item, Item={"id": {"S": item}})

    def get(self, name: str) -> Ask:
        get_item = self.client(name).get_item
        return lambda item: code_of(get_item, Key={"id": {"S": item}})

    def run(
        self,
        choose: Choose,
        after_write: Callable[[], object] = lambda: None,
        **calls: Callable[[], Any],
    ) -> dict[str, Any]:
        """What clients' calls return; in a thread, so that a test that would never end fails."""
        before = list(self.gateway.rules), list(self.gateway.observers)
        found: list[dict[str, Any]] = []
        raised: list[BaseException] = []

        def run() -> None:
            try:
                found.append(Schedule(self.gateway, choose, after_write).run(calls))
            except BaseException as error:  # noqa: BLE001  (it is raised below)
                raised.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(ENDS_SECONDS)
        assert not thread.is_alive(), "somebody waits for ever"
        assert (self.gateway.rules, self.gateway.observers) == before
        for error in raised:
            raise error
        return found[0]


def code_of(request: Any, **parameters: Any) -> str:
    try:
        request(TableName="orders", **parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@contextmanager
def bench(*refused: str) -> Iterator[Bench]:
    backend = Backend(*refused)
    with Gateway(backend, reads_only=False) as gateway:
        yield Bench(gateway, backend)


def times(number: int, ask: Ask, item: str = "1") -> Callable[[], list[str]]:
    """Asks several times."""
    return lambda: [ask(item) for _ in range(number)]


def until_done(ask: Ask, item: str) -> Callable[[], int]:
    """Asks until it takes effect; returns how often it asked."""

    def call() -> int:
        number = 1
        while ask(item):
            number += 1
        return number

    return call


def of(order: str) -> Choose:
    return in_turn(order)


@each("order", sorted({"".join(one) for one in permutations("aaabb")}), ids=str)
def test_the_backend_sees_requests_in_the_order_of_the_schedule(order: str) -> None:
    with bench() as made:
        results = made.run(of(order), a=times(3, made.put("a")), b=times(2, made.get("b")))

        assert "".join(made.backend.seen) == order
        assert results == {"a": [""] * 3, "b": [""] * 2}


@each(
    ("order", "seen"),
    [("", "aaabb"), ("bab", "babaa"), ("bbbaaa", "bbaaa"), ("aaaaab", "aaabb"), ("cba", "baaab")],
)
def test_turns_of_who_does_not_wait_are_left_out_and_in_the_end_each_goes_on_to_its_end(order: str, seen: str) -> None:
    with bench() as made:
        made.run(of(order), b=times(2, made.put("b")), a=times(3, made.put("a")))

        assert "".join(made.backend.seen) == seen


def test_a_random_schedule_of_five_clients_is_the_same_again() -> None:
    """However long each computes between its requests: nobody's request is let through before all wait."""

    def seen(seed: int) -> tuple[list[str], list[Sequence[str]]]:
        told: list[Sequence[str]] = []
        chooser = random.Random(seed)

        def choose(waiting: Sequence[str]) -> str:
            told.append(waiting)
            return chooser.choice(waiting)

        with bench("lost") as made:
            calls = {name: times(4, made.put(name), "lost" if name == "c" else "1") for name in "edcba"}
            made.run(choose, **calls)
            return made.backend.seen, told

    first, again = seen(7), seen(7)
    assert first == again
    assert first[0] != seen(8)[0]
    assert first[1][0] == ["a", "b", "c", "d", "e"], "who waits is told in alphabetical order"


def test_nobody_is_let_through_before_all_wait() -> None:
    arrived, told = threading.Event(), []
    with bench() as made:
        put = made.put("b")

        def call() -> str:
            assert arrived.wait(ENDS_SECONDS)
            return put("1")

        def choose(waiting: Sequence[str]) -> str:
            told.append(waiting)
            return waiting[0]

        with made.gateway.rule(lambda request: arrived.set()):
            made.run(choose, a=times(1, made.put("a")), b=call)

        assert made.backend.seen == ["a", "b"]
        assert told == [["a", "b"], ["b"]]


def test_who_lost_three_times_in_a_row_waits_until_the_others_are_done_and_goes_on_alone() -> None:
    with bench("lost") as made:
        order = "aaaaaaaabbb"
        made.run(of(order), a=times(6, made.put("a"), "lost"), b=times(3, made.put("b")))

        assert "".join(made.backend.seen) == "a" * LOSSES + "bbb" + "aaa"


def test_of_several_who_lost_each_goes_on_alone_to_its_end() -> None:
    """Otherwise they could go on losing against each other."""
    with bench("lost") as made:

        def lose(name: str) -> Callable[[], object]:
            put = made.put(name)
            return lambda: [put("lost") for _ in range(LOSSES)] + [put("1"), put("1")]

        made.run(of("ab" * LOSSES + "babababa"), a=lose("a"), b=lose("b"))

        assert "".join(made.backend.seen) == "ab" * LOSSES + "a" + "a" + "bb"


def test_only_losses_in_a_row_count_and_reads_are_none() -> None:
    with bench("lost") as made:
        put, get = made.put("a"), made.get("a")

        def call() -> list[str]:
            return [put(one) for one in ("lost", "lost", "1", "lost", "lost")] + [get("lost"), put("lost"), put("1")]

        made.run(of("aaaaaaaabb"), a=call, b=times(2, made.put("b")))

        assert "".join(made.backend.seen) == "aaaaaaa" + "bb" + "a"


def test_a_write_whose_answer_is_lost_is_no_loss_and_was_a_write() -> None:
    looks: list[int] = []
    with bench() as made:
        made.backend.lost = {1}
        port = int(made.gateway.url.rpartition(":")[2])

        def drop() -> str:
            with pytest.raises(http.client.HTTPException):
                send(made, port, "a")
            return "dropped"

        results = made.run(of("aab"), lambda: looks.append(1), a=drop, b=times(1, made.put("b")))

        assert results == {"a": "dropped", "b": [""]}
        assert (made.backend.seen, len(looks)) == (["a", "b"], 2)


def send(made: Bench, port: int, name: str) -> int:
    """A write without boto3."""
    access_key = made.gateway.credentials(f"{name} {SESSION_ROLE}").access_key
    scope = f"Credential={access_key}/20260101/us-east-1/dynamodb/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ENDS_SECONDS)
    try:
        connection.request("POST", "/", b'{"TableName": "orders", "Item": {"id": {"S": "1"}}}', headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_after_twenty_turns_in_a_row_another_client_has_one() -> None:
    """The one may be waiting for the other: for a lock that it holds."""
    with bench() as made:
        free = threading.Event()
        get, put = made.get("a"), made.put("b")

        def spin() -> int:
            number = 0
            while not free.is_set():
                get("1")
                number += 1
            return number

        def unlock() -> None:
            put("1")
            free.set()

        results = made.run(of(""), a=spin, b=unlock)

        assert made.backend.seen[: TURNS_IN_A_ROW + 1] == ["a"] * TURNS_IN_A_ROW + ["b"]
        assert results["a"] <= TURNS_IN_A_ROW + 2


def test_who_spins_gives_way_also_to_who_lost() -> None:
    with bench("lost") as made:
        order = "b" * LOSSES + "a" * 40
        made.run(of(order), a=times(30, made.get("a")), b=times(LOSSES + 2, made.put("b"), "lost"))

        expected = "b" * LOSSES + "a" * TURNS_IN_A_ROW + "b" + "a" * 10 + "b"
        assert "".join(made.backend.seen) == expected


def test_after_so_many_requests_nothing_is_held_back_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "STEPS_LIMIT", 12)
    looks: list[int] = []
    with bench() as made:
        results = made.run(
            of("ab" * 6), lambda: looks.append(1), a=times(20, made.put("a")), b=times(20, made.put("b"))
        )

        assert "".join(made.backend.seen[:12]) == "ab" * 6
        assert len(made.backend.seen) == 40
        assert results == {"a": [""] * 20, "b": [""] * 20}
        assert len(looks) == 12
    assert STEPS_LIMIT == 300


def test_a_client_that_asks_for_two_things_at_the_same_time_does_not_wait_for_ever() -> None:
    with bench() as made:
        put_items = [made.put("a") for _ in range(3)]

        def at_the_same_time() -> str:
            threads = [threading.Thread(target=put, args=("1",)) for put in put_items]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return put_items[0]("1")

        made.run(of("ababababab"), a=at_the_same_time, b=times(3, made.put("b")))

        assert sorted(made.backend.seen) == list("aaaabbb")


def test_clients_that_ask_for_nothing_end_and_the_others_go_on() -> None:
    with bench() as made:
        results = made.run(of("cabcab"), a=lambda: 1, b=times(2, made.put("b")), c=lambda: 3)

        assert results == {"a": 1, "b": ["", ""], "c": 3}
        assert made.backend.seen == ["b", "b"]
        assert made.run(of(""), a=lambda: 5) == {"a": 5}


def test_what_a_client_leaves_running_holds_nobody_up() -> None:
    arrived = threading.Event()
    with bench() as made:
        late = threading.Thread(target=made.put("a"), args=("1",))

        def leave() -> None:
            late.start()
            assert arrived.wait(ENDS_SECONDS)

        with made.gateway.rule(lambda request: arrived.set() if request.role.startswith("a") else None):
            made.run(of("aabb"), a=leave, b=times(2, made.put("b")))
            late.join(ENDS_SECONDS)

        assert not late.is_alive()
        assert sorted(made.backend.seen) == ["a", "b", "b"]


def test_what_others_ask_is_not_held_back() -> None:
    """Whoever looks meanwhile is none of the clients; nor is the one whose name only begins like a client's."""
    with bench() as made:
        look, alike = made.get("observer"), made.get("a b")
        results = made.run(
            of("ab"), lambda: (look("1"), alike("1")), a=times(1, made.put("a")), b=times(1, made.put("b"))
        )

        assert made.backend.seen == ["a", "observer", "a", "b", "observer", "a"]
        assert results == {"a": [""], "b": [""]}


def test_somebody_looks_after_each_write_that_took_effect_while_all_wait() -> None:
    looks: list[tuple[str, int]] = []
    with bench("lost") as made:
        put, get = made.put("a"), made.get("a")

        def look() -> None:
            [hold] = made.gateway.rules
            assert isinstance(hold, Hold)
            looks.append(("".join(made.backend.seen), len(hold.waiting(0, timeout_seconds=0))))

        def call() -> list[str]:
            return [get("1"), put("lost"), put("1"), get("1")]

        made.run(of("aababa"), look, a=call, b=times(2, made.put("b")))

        assert "".join(made.backend.seen) == "aababa"
        assert looks == [("aab", 2), ("aaba", 2), ("aabab", 1)], "in the end, b is done"


def test_a_client_that_raises_does_so_after_the_others_ended() -> None:
    with bench() as made:

        def fails() -> None:
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            made.run(of("bbb"), a=fails, b=times(3, made.put("b")))

        assert made.backend.seen == ["b"] * 3


@each("who", ["choose", "look"])
def test_whatever_raises_lets_everybody_go(who: str) -> None:
    def raises(*_: object) -> Any:
        raise LookupError(who)

    with bench() as made:
        choose, look = (raises, lambda: None) if who == "choose" else (of("ab"), raises)
        with pytest.raises(LookupError, match=who):
            made.run(choose, look, a=times(3, made.put("a")), b=times(3, made.put("b")))

        assert sorted(made.backend.seen) == list("aaabbb"), "everybody came to an end"


def test_a_backend_that_fails_is_an_answer_too() -> None:
    def fails(request: Request) -> Response:
        raise KeyError("no")

    with bench() as made:
        made.gateway.backend = fails
        results = made.run(of("ab"), a=times(2, made.put("a")), b=times(1, made.put("b")))

        assert {*results["a"], *results["b"]} != {""}


def test_who_loses_to_another_wins_in_the_end() -> None:
    """A store that asks until it succeeds, while the others take the item again and again."""
    with bench("1") as made:
        put = made.put("b")

        def give_back() -> None:
            for _ in range(5):
                put("2")
            made.backend.refused.clear()
            put("2")

        results = made.run(of("ab" * 20), a=until_done(made.put("a"), "1"), b=give_back)

        assert results["a"] == LOSSES + 1
        assert "".join(made.backend.seen) == "ababab" + "bbb" + "a"
