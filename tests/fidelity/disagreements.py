"""Where the embedded account and ministack answer differently, and who is right by AWS's documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fidelity.comparison import Outcome
from tests.fidelity.requests import Request


@dataclass(frozen=True)
class Disagreement:
    """A settled disagreement: what it is about, what each account does, and which of them does what AWS does."""

    about: str
    embedded: str
    ministack: str
    right: str
    page: str
    applies: Callable[[str, Request, Outcome, Outcome], bool]
    """Whether it explains what an account answered to a request: the rule that the request breaks (empty: none), the
    request, what came of it in the embedded account, and in ministack."""


SETTLED: tuple[Disagreement, ...] = ()
