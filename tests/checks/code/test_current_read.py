"""What is read right after it was written."""

from __future__ import annotations

from typing import Any

from harness.checking.finding import Finding, Status
from harness.driving.evidence import CallRecord
from harness.driving.scenario import JUST_WRITTEN, LOAD, MUCH
from tests.checks.code.evidence import ago, called, exchange, failed, judged, told
from tests.each import each


def current(*calls: CallRecord) -> Finding:
    return judged("code.current_read", *calls, question="inventory_level")


class TestCurrentStock:
    def asked(self, value: Any, **read: Any) -> Finding:
        sets = called(JUST_WRITTEN, "set_inventory", "P1", 1, ago(0))
        by = exchange("GetItem", **read)
        return current(sets, called(JUST_WRITTEN, "inventory_level", "P1", value=value, by=by))

    def test_a_consistent_read_passes_without_a_remark(self) -> None:
        finding = self.asked(1, consistent=True)

        assert (finding.status, "Remark" in finding.message) == (Status.PASS, False)

    @each(
        ("read", "said"), [({}, "is eventually consistent. On AWS"), ({"index": "GSI1"}, "with the index GSI1. On AWS")]
    )
    def test_another_read_gets_a_remark_and_passes(self, read: Any, said: str) -> None:
        finding = self.asked(1, **read)

        assert finding.status is Status.PASS
        assert "Remark: the read is eventually consistent" in finding.message
        assert said in finding.message

    def test_the_old_number_is_remarked_on_where_the_read_may_be_late(self) -> None:
        sets = [
            called(phase, "set_inventory", "P1", number, ago(0)) for phase, number in ((LOAD, 7), (JUST_WRITTEN, 1))
        ]
        first = called(MUCH, "inventory_level", "P1", value=7, by=exchange("GetItem"))

        def ask(value: Any, *, consistent: bool) -> Finding:
            by = exchange("GetItem", consistent=consistent)
            last = called(JUST_WRITTEN, "inventory_level", "P1", value=value, by=by)
            return current(sets[0], first, sets[1], last)

        late = ask(7, consistent=False)
        assert (late.status, "the answer was still the old value. Remark: " in late.message) == (Status.PASS, True)
        assert ask(7, consistent=True).status is Status.FAIL
        assert ask(8, consistent=False).status is Status.FAIL

    def test_the_old_number_fails(self) -> None:
        assert told(self.asked(7, consistent=True)).startswith(
            "inventory_level does not return what was set a moment before."
        )

    def test_a_failure_and_silence_are_told(self) -> None:
        sets = called(JUST_WRITTEN, "set_inventory", "P1", 1, ago(0))
        ask = failed(called(JUST_WRITTEN, "inventory_level", "P1"))

        assert told(current(sets, ask)).startswith("inventory_level failed: ")
        assert told(current(failed(sets))).startswith("set_inventory failed: ")
        assert current(sets).status is Status.ERROR
