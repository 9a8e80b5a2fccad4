"""Orders the requests of several clients at once: each waits until the schedule lets it through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from harness.account.reads import ITEM_WRITES
from harness.driving.request_log import client_of
from harness.gateway.server import Gateway, Hold, Request, Response

LOSSES = 3
"""How often in a row a client may lose against others. Then it waits until they are done, and goes on alone."""

TURNS_IN_A_ROW = 20
"""After so many requests of one client, the others have their turn: it may be waiting for them."""

STEPS_LIMIT = 300
"""After so many requests, nothing is held back any more."""

Result = TypeVar("Result")

Choose = Callable[[Sequence[str]], str]
"""Chooses one of the clients that wait, by their names, which are in alphabetical order."""


def in_turn(order: Sequence[str]) -> Choose:
    """The clients in that order, as long as they wait; afterwards each to its end."""
    left = list(order)

    def choose(waiting: Sequence[str]) -> str:
        while left:
            if (client := left.pop(0)) in waiting:
                return client
        return waiting[0]

    return choose


class Schedule:
    """Makes calls of several clients at once. Only one of them computes at any time, so that the result depends on
    nothing but the order in which their requests are answered."""

    def __init__(self, gateway: Gateway, choose: Choose, after_write: Callable[[], object]) -> None:
        """Args:
        after_write: is called after each write of an item that took effect, while all clients wait.
        """
        self._gateway = gateway
        self._choose = choose
        self._after_write = after_write
        self._hold = Hold(lambda request: client_of(request)[0] in self._clients)
        self._clients: frozenset[str] = frozenset()
        self._is_done: Callable[[str], bool] = lambda client: False
        self._answers: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._turns: list[str] = []
        self._wrote = False

    def run(self, calls: Mapping[str, Callable[[], Result]]) -> dict[str, Result]:
        """Makes the calls, and returns their results, by the names of the clients.

        Args:
            calls: the call of each client; it returns when the client's code does.
        """
        self._clients = frozenset(calls)
        self._gateway.observers.append(self._answered)
        try:
            with self._gateway.rule(self._hold), ThreadPoolExecutor(len(calls)) as threads:
                try:
                    futures = {client: threads.submit(call) for client, call in calls.items()}
                    self._is_done = lambda client: futures[client].done()
                    for future in futures.values():
                        future.add_done_callback(lambda _: self._hold.look_again())
                    for request in self._steps():
                        self._let_through(request)
                finally:
                    self._hold.release_all()
            return {client: future.result() for client, future in futures.items()}
        finally:
            self._gateway.observers.remove(self._answered)

    def _steps(self) -> Iterator[Request]:
        """The next request, until nobody waits."""
        while held := self._held(self._is_ready):
            if len(self._turns) >= STEPS_LIMIT:
                return
            client = self._next(sorted({client_of(one)[0] for one in held}))
            self._turns.append(client)
            yield next(one for one in held if client_of(one)[0] == client)

    def _held(self, ready: Callable[[Sequence[Request]], bool]) -> list[Request]:
        """The requests that wait, of clients that still run."""
        return [one for one in self._hold.wait(ready) if not self._is_done(client_of(one)[0])]

    def _is_ready(self, held: Sequence[Request]) -> bool:
        """Whether each client waits or is done."""
        waiting = {client_of(one)[0] for one in held}
        return not [client for client in self._clients if client not in waiting and not self._is_done(client)]

    def _next(self, waiting: Sequence[str]) -> str:
        able = [one for one in waiting if self._losses[one] < LOSSES] or waiting[:1]
        last = self._turns[-TURNS_IN_A_ROW:]
        others = [one for one in waiting if one not in last]
        return others[0] if others and len({*last}) == 1 and len(last) == TURNS_IN_A_ROW else self._choose(able)

    def _let_through(self, request: Request) -> None:
        client = client_of(request)[0]
        answers, self._wrote = self._answers[client], False
        self._hold.release(request)
        self._hold.wait(lambda held: self._answers[client] > answers and self._is_ready(held))
        if self._wrote:
            self._after_write()

    def _answered(self, request: Request, response: Response) -> None:
        client = client_of(request)[0]
        if client not in self._clients:
            return
        if request.operation in ITEM_WRITES:
            took_effect = response.status in (0, 200)
            self._losses[client] = 0 if took_effect else self._losses[client] + 1
            self._wrote = self._wrote or took_effect
        self._answers[client] += 1
        self._hold.look_again()
