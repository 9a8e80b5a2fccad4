"""Transcripts made by hand: what a shop's probe might have found, a call at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harness.checking.finding import Finding
from harness.driving.evidence import STORE_ROLE, Called, Change, Exchange, Transcript, Travel
from harness.submission.caller import Call, Failure, FailureKind
from tests.support import judge, table

TODAY = date(2026, 3, 1)
TABLE = "orders"
EXPIRING = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}}


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def exchange(operation: str, **fields: Any) -> Exchange:
    """A request of the lab's table that succeeded."""
    plain = Exchange(STORE_ROLE, "dynamodb", operation, (TABLE,), 200)
    return replace(plain, **fields)


def called(phase: str, method: str, *arguments: Any, value: Any = None, by: Any = (), **fields: Any) -> Called:
    """A call that came to a value."""
    exchanges = by if isinstance(by, tuple) else (by,)
    return replace(Called(phase, Call(method, arguments), value, None, exchanges), **fields)


def failed(one: Called, kind: FailureKind = FailureKind.RAISED, summary: str = "KeyError: 'PK'") -> Called:
    return replace(one, value=None, failure=Failure(kind, summary, "Traceback: line 3\n"))


def change(after: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None) -> Change:
    return Change(before, after)


def transcript(*calls: Called, travels: tuple[Travel, ...] = ()) -> Transcript:
    return Transcript(7, TODAY, "", calls, travels)


def judged(kind: str, *calls: Called, travels: tuple[Travel, ...] = (), **parameters: Any) -> Finding:
    """What a check of that kind says of these calls."""
    answers = {"DescribeTable": table(), "DescribeTimeToLive": EXPIRING}
    found = transcript(*calls, travels=travels)
    return judge(kind, answers, transcript=found, table=TABLE, **parameters)
