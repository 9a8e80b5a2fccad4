"""Transcripts made by hand: what a shop's probe might have found, a call at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harness.checking.finding import Finding
from harness.driving.evidence import STORE_ROLE, CallRecord, Change, Evidence, Exchange, TimeJump
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


def called(phase: str, method: str, *arguments: Any, value: Any = None, by: Any = (), **fields: Any) -> CallRecord:
    """A call that came to a value."""
    exchanges = by if isinstance(by, tuple) else (by,)
    return replace(CallRecord(phase, Call(method, arguments), value, None, exchanges), **fields)


def failed(one: CallRecord, kind: FailureKind = FailureKind.RAISED, summary: str = "KeyError: 'PK'") -> CallRecord:
    return replace(one, value=None, failure=Failure(kind, summary, "Traceback: line 3\n"))


def change(after: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None) -> Change:
    return Change(before, after)


def transcript(*calls: CallRecord, time_jumps: tuple[TimeJump, ...] = ()) -> Evidence:
    return Evidence(7, TODAY, "", calls, time_jumps)


def judged(kind: str, *calls: CallRecord, time_jumps: tuple[TimeJump, ...] = (), **parameters: Any) -> Finding:
    """What a check of that kind says of these calls."""
    answers = {"DescribeTable": table(), "DescribeTimeToLive": EXPIRING}
    found = transcript(*calls, time_jumps=time_jumps)
    return judge(kind, answers, evidence=found, table=TABLE, **parameters)
