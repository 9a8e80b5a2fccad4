"""With whose credentials a Store asks."""

from __future__ import annotations

from harness.checking.finding import Status
from harness.driving.evidence import ENVIRONMENT_ROLE
from harness.driving.scenario import LITTLE, LOAD
from tests.checks.code.evidence import REVIEW, WRITES, called, exchange, failed, judged, told


class TestSession:
    def test_a_store_that_uses_its_session_passes(self) -> None:
        finding = judged("code.session", *WRITES)

        assert (finding.status, finding.message) == (Status.PASS, "The Store uses its session: 5 requests.")

    def test_the_environments_credentials_are_not_the_sessions(self) -> None:
        other = called(LITTLE, "get_product", "P1", by=exchange("GetItem", role=ENVIRONMENT_ROLE))

        finding = judged("code.session", *WRITES, other)

        assert told(finding) == (
            "The Store ignores the session that it got: 1 request came with the credentials of the environment."
        )
        assert "store.get_product('P1')" in finding.detail
        assert finding.actual == "dynamodb GetItem in get_product"

    def test_credentials_of_its_own_are_none_of_the_sessions(self) -> None:
        other = called(LITTLE, "get_product", "P1", by=exchange("GetItem", role="unknown", status=403))

        assert "unknown credentials, which were refused" in told(judged("code.session", *WRITES, other))

    def test_a_store_without_a_request_keeps_nothing_in_the_table(self) -> None:
        assert (
            told(judged("code.session", called(LOAD, "put_review", REVIEW)), with_call=False)
            == "The Store sends no request at all."
        )

    def test_a_store_that_cannot_be_made_shows_why(self) -> None:
        broken = failed(called(LOAD, "put_review", REVIEW), summary="SyntaxError: invalid syntax")

        finding = judged("code.session", broken, broken)

        assert told(finding) == "put_review failed: SyntaxError: invalid syntax. This and 1 more of its calls failed."
        assert "Traceback: line 3" in finding.detail
