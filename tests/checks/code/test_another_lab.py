"""The judges of code know no lab: here they judge functions that keep a library's books and readers in two tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from harness.checking.finding import Finding, Reason, Status
from harness.driving.evidence import ENVIRONMENT_ROLE, UNKNOWN_ROLE, CallRecord, Exchange
from harness.driving.scenario import (
    FAULTS,
    JUST_WRITTEN,
    LITTLE,
    LOAD,
    MUCH,
    Driven,
    Entity,
    Question,
    Scenario,
)
from tests.checks.code.evidence import EXPIRING, called, failed, gathered, told
from tests.each import each
from tests.support import judge, table

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/books"
BOUNDS: dict[str, Any] = {"examined_per_item": 2, "bytes_factor": 5, "maximum_calls": 20}
WORDS_OF_THE_SHOP = re.compile(
    r"\b(shops?|stores?|products?|customers?|orders?|stock|prices?|reviews?|inventory|place_order|put_\w+)\b",
    re.IGNORECASE,
)


class Library:
    """What the functions must answer."""

    def __init__(self, today: date) -> None:
        self._books: dict[str, Mapping[str, Any]] = {}

    def add(self, book: Mapping[str, Any]) -> None:
        self._books[book["id"]] = book

    def enrol(self, reader: Mapping[str, Any]) -> None:
        """No question asks for readers."""

    def get(self, book_id: str) -> Mapping[str, Any] | None:
        return self._books.get(book_id)

    def get_many(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        return [self._books[one] for one in dict.fromkeys(keys) if one in self._books]


LIBRARY = Scenario(
    gather=lambda session: None,
    model=Library,
    writes={"books": "add", "readers": "enrol"},
    questions={
        "get": Question(written_by=("add",), about="id", answers="book"),
        "get_many": Question(written_by=("add",), about="ids", answers="book", identified_by="id"),
    },
    entities={"book": Entity(written_by="add", given_back_by="get")},
)
FUNCTIONS = Driven(
    name="library",
    module="catalogue.books",
    class_name="",
    arguments=(),
    made_with=(),
    session=False,
    tables=("books", "readers"),
    scenario_name="library",
    scenario=LIBRARY,
)


def judged(kind: str, *calls: CallRecord, driven: Driven = FUNCTIONS, **parameters: Any) -> Finding:
    """What a check of that kind says of these calls: it never speaks of a shop."""
    answers = {"DescribeTable": table(TableName="books", TableArn=ARN), "DescribeTimeToLive": EXPIRING}
    finding = judge(kind, answers, driven=driven, evidence=gathered(*calls, driven=driven), **parameters)
    said = (finding.message, finding.expected, finding.actual, finding.remedy, finding.detail)
    assert [word for text in said for word in WORDS_OF_THE_SHOP.findall(text)] == []
    assert finding.reason is not Reason.CRASHED
    assert finding.resource == (ARN if finding.status is not Status.ERROR else finding.resource)
    return finding


def request(operation: str, **fields: Any) -> Exchange:
    """A request that succeeded, with the credentials of the environment."""
    return replace(Exchange(ENVIRONMENT_ROLE, "dynamodb", operation, ("books",), 200), **fields)


def book(number: int) -> dict[str, Any]:
    return {"id": f"B{number}", "title": f"Volume {number}", "pages": 100 + number}


BATCH = request("BatchGetItem", examined=3, returned=3, size=300)
GET = request("GetItem", examined=1, returned=1, size=100)
ADDED = tuple(called(LOAD, "add", book(number), by=request("PutItem")) for number in range(4))
ENROLLED = called(LOAD, "enrol", {"id": "R1"}, by=request("PutItem", tables=("readers",)))
WRITTEN = (*ADDED, ENROLLED)
THREE = ["B0", "B1", "B2"]
BOOKS = [book(0), book(1), book(2)]


def many(value: Any, *, phase: str = LITTLE, keys: Sequence[str] = THREE, by: Any = BATCH) -> CallRecord:
    return called(phase, "get_many", list(keys), value=value, by=by)


def one(value: Any, *, phase: str = LITTLE, of: str = "B1", by: Any = GET) -> CallRecord:
    return called(phase, "get", of, value=value, by=by)


class TestAnswers:
    @each(
        ("value", "keys"),
        [(BOOKS, THREE), (BOOKS[::-1], THREE), ([book(3)], ["B3", "B9"]), ([], ["B9"]), ([], [])],
    )
    def test_a_right_list_passes(self, value: Any, keys: Sequence[str]) -> None:
        finding = judged("code.answers", *WRITTEN, many(value, keys=keys), question="get_many")

        assert (finding.status, finding.message) == (Status.PASS, "get_many answers 1 question correctly.")

    @each(
        ("value", "said", "actual"),
        [
            (BOOKS[:2], "It lacks 1 that should be there.", "2 books: B0, B1; missing: B2"),
            ([], "It lacks 3 that should be there: it returns nothing at all.", "0 books; missing: B0, B1, B2"),
            ([*BOOKS, book(3)], "It holds 1 that should not be there.", "4 books: B3, B0, B1, B2"),
            ([*BOOKS, book(0)], "The book B0 is returned twice.", "4 books: B0, B1, B2, B0"),
            (
                [*BOOKS[:2], {**book(2), "pages": 7}],
                "The book B2 is not what add was given: at pages: 7 instead of 102.",
                "at pages: 7 instead of 102",
            ),
            ([*BOOKS[:2], None], "It lacks 1 that should be there, and holds 1", "3 books: None, B0, B1; missing: B2"),
            ({"B0": book(0)}, "It returned an object, not a list.", "an object"),
        ],
    )
    def test_a_wrong_list_is_told(self, value: Any, said: str, actual: str) -> None:
        finding = judged("code.answers", *WRITTEN, many(value), question="get_many")

        assert told(finding).startswith(f"get_many answers 1 question of 1 wrong. {said}")
        assert finding.actual == actual
        assert "\nfrom catalogue import books\nbooks.get_many(['B0', 'B1', 'B2'])\n" in finding.detail

    def test_what_to_do_about_what_is_too_much_or_missing_is_told(self) -> None:
        too_much, missing = (
            judged("code.answers", *WRITTEN, many(value), question="get_many")
            for value in ([*BOOKS, book(3)], BOOKS[:2])
        )

        assert too_much.remedy.startswith("Query by the whole id: ")
        assert missing.remedy == "Compare the keys that are written with those that are asked for."

    @each(("value", "of"), [(book(1), "B1"), (None, "B9")])
    def test_a_right_value_passes(self, value: Any, of: str) -> None:
        finding = judged("code.answers", *WRITTEN, one(value, of=of), question="get")

        assert (finding.status, finding.message) == (Status.PASS, "get answers 1 question correctly.")

    @each(
        ("value", "of", "said", "expected"),
        [
            (None, "B1", "For the id B1 it says None.", "an object, as given to add"),
            (
                {**book(1), "pages": 7},
                "B1",
                "For the id B1 it says at pages: 7 instead of 101.",
                "an object, as given to add",
            ),
            (book(1), "B9", "For the id B9 it says an object.", "None, because there is no book"),
            ([], "B9", "For the id B9 it says a list.", "None, because there is no book"),
        ],
    )
    def test_a_wrong_value_is_told(self, value: Any, of: str, said: str, expected: str) -> None:
        finding = judged("code.answers", *WRITTEN, one(value, of=of), question="get")

        assert told(finding) == f"get answers 1 question of 1 wrong. {said}"
        assert finding.expected.startswith(expected)

    @each(("ask", "question"), [(many(BOOKS, by=()), "get_many"), (one(book(1), by=()), "get")])
    def test_an_answer_from_memory_is_none(self, ask: CallRecord, question: str) -> None:
        finding = judged("code.answers", *WRITTEN, ask, question=question)

        assert "It answered without reading the table." in told(finding)
        assert finding.expected == "a read of books and readers for each answer that holds something"

    def test_keys_that_were_left_undone_are_named(self) -> None:
        left = replace(BATCH, more=True, injected=True)
        finding = judged("code.answers", *WRITTEN, many(BOOKS[:2], phase=FAULTS, by=left), question="get_many")

        assert "It lacks 1 that should be there, when DynamoDB leaves a part undone." in told(finding)
        assert finding.remedy == "Ask again for the UnprocessedKeys, as long as an answer has some."
        assert "(under faults)" in finding.detail

    def test_keys_that_were_left_undone_are_named_whatever_batches_come_after(self) -> None:
        left = replace(BATCH, more=True, injected=True, partitions=('"B0"', '"B1"', '"B2"'))
        next_batch = replace(BATCH, partitions=('"B3"',))
        asked_again = replace(BATCH, partitions=('"B2"',))

        def lacking(*by: Exchange) -> Finding:
            return judged("code.answers", *WRITTEN, many(BOOKS[:2], phase=FAULTS, by=by), question="get_many")

        assert "when DynamoDB leaves a part undone" in told(lacking(left, next_batch))
        assert "undone" not in told(lacking(left, next_batch, asked_again))

    @each(
        ("last", "named"),
        [
            (
                request("BatchGetItem", status=400, code="ProvisionedThroughputExceededException", injected=True),
                "ProvisionedThroughputExceededException",
            ),
            (request("BatchGetItem", status=500, code="InternalServerError", injected=True), "InternalServerError"),
            (replace(BATCH, more=True, injected=True), "an answer that leaves a part of the batch undone"),
        ],
    )
    def test_who_raises_at_a_fault_that_is_injected_fails_by_it(self, last: Exchange, named: str) -> None:
        ask = failed(many(None, phase=FAULTS, by=last), summary="ClientError: An error occurred")
        finding = judged("code.answers", *WRITTEN, many(BOOKS), ask, question="get_many")

        assert told(finding) == (
            "get_many failed: ClientError: An error occurred. "
            f"It does not handle {named}, which BatchGetItem may answer at any time."
        )

    def test_who_raises_when_the_target_itself_throttles_is_undecided(self) -> None:
        last = request("BatchGetItem", status=400, code="ProvisionedThroughputExceededException")
        finding = judged("code.answers", *WRITTEN, failed(many(None, by=last)), question="get_many")

        assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)


class TestCost:
    def cost(self, *calls: CallRecord, question: str = "get_many") -> Finding:
        return judged("code.cost", *WRITTEN, *calls, question=question, **BOUNDS)

    @each("question", ["get", "get_many"])
    def test_what_keys_ask_for_does_not_grow(self, question: str) -> None:
        asks = [ask for phase in (LITTLE, MUCH) for ask in (one(book(1), phase=phase), many(BOOKS, phase=phase))]
        finding = self.cost(*asks, question=question)

        assert finding.status is Status.PASS, finding
        assert finding.message.startswith(f"What {question} reads does not grow with the table: at most ")

    def test_a_scan_is_named(self) -> None:
        scan = request("Scan", examined=4, returned=4, size=400)
        finding = self.cost(many(BOOKS, by=scan), many(BOOKS, phase=MUCH, by=scan))

        assert told(finding) == "get_many reads the whole table or index: it uses Scan."

    def test_what_grows_is_named(self) -> None:
        more = request("Query", examined=90, returned=90, size=9_000)
        finding = self.cost(many(BOOKS), many(BOOKS, phase=MUCH, by=more))

        assert told(finding) == "get_many reads more as the table grows, for the same answer."
        assert "the answer holds 3 items" in finding.actual

    def test_long_answers_may_take_a_batch_for_each_hundred_keys_but_no_read_for_each_key(self) -> None:
        numbers = range(10, 1010)
        keys, found = [f"B{number}" for number in numbers], [book(number) for number in numbers]
        added = [called(LOAD, "add", one, by=request("PutItem")) for one in found]

        def asked(*by: Exchange) -> Finding:
            asks = [many(found, phase=phase, keys=keys, by=by) for phase in (LITTLE, MUCH)]
            return self.cost(*added, *asks, many(BOOKS), many(BOOKS, phase=MUCH))

        batch = request("BatchGetItem", examined=100, returned=100, size=10_000)
        assert asked(*[batch] * 10).status is Status.PASS
        assert "get_many makes 1000 calls for an answer of 1000 items." in told(asked(*[GET] * 1000))


class TestRoundTrip:
    def test_what_comes_back_passes(self) -> None:
        finding = judged("code.round_trip", *WRITTEN, one(book(1)), one(None, of="B9"), entity="book")

        assert (finding.status, finding.message) == (Status.PASS, "1 book returned exactly.")

    @each(
        ("value", "problem"),
        [
            (None, "None instead of an object"),
            ({**book(1), "pages": 101.0}, "at pages: the float 101.0 instead of 101"),
            ({"id": "B1", "title": "Volume 1"}, "the attribute pages is missing"),
        ],
    )
    def test_what_does_not_is_told(self, value: Any, problem: str) -> None:
        finding = judged("code.round_trip", *WRITTEN, one(value), entity="book")

        assert told(finding) == f"A book is not returned by get as it was given to add: {problem}."
        assert finding.expected == "an object with the attributes id, title, pages"
        assert "\nfrom catalogue import books\nbooks.get('B1')\n" in finding.detail

    def test_what_a_fault_does_is_judged_by_the_answers_alone(self) -> None:
        """A run of one task drives no faults: it must not say otherwise."""
        fault = request("GetItem", status=400, code="ProvisionedThroughputExceededException", injected=True)
        under_faults = failed(one(None, phase=FAULTS, by=fault))
        finding = judged("code.round_trip", *WRITTEN, one(book(1)), under_faults, entity="book")

        assert finding.status is Status.PASS


class TestSession:
    def test_functions_use_the_credentials_of_their_environment(self) -> None:
        finding = judged("code.session", *WRITTEN, one(book(1)))

        assert (finding.status, finding.message) == (
            Status.PASS,
            "catalogue/books.py uses its credentials: 6 requests.",
        )

    def test_credentials_of_their_own_are_refused(self) -> None:
        finding = judged("code.session", *WRITTEN, one(None, by=replace(GET, role=UNKNOWN_ROLE, status=403)))

        assert told(finding) == (
            "catalogue/books.py ignores the credentials of its environment: 1 request came with unknown credentials, "
            "which were refused."
        )
        assert finding.expected == "requests only with the environment's credentials"
        assert finding.remedy == ("Leave out access keys and profiles of your own; use boto3's default " + "session.")

    def test_functions_that_ask_nothing_keep_nothing(self) -> None:
        finding = judged("code.session", called(LOAD, "add", book(1)))

        assert told(finding, with_call=False) == "catalogue/books.py sends no request at all."
        assert finding.remedy == "Keep things in the table: boto3.resource('dynamodb').Table(name)."

    def test_an_object_without_a_session_uses_its_environment_too(self) -> None:
        loans = replace(FUNCTIONS, class_name="Loans")

        assert judged("code.session", *WRITTEN, driven=loans).message == "The Loans uses its credentials: 5 requests."


class TestOneTable:
    def test_both_tables_are_the_labs(self) -> None:
        finding = judged("code.one_table", *WRITTEN)

        assert (finding.status, finding.message) == (
            Status.PASS,
            "Every kind of entity is written only to books and readers.",
        )

    def test_a_third_table_is_named(self) -> None:
        elsewhere = called(LOAD, "enrol", {"id": "R2"}, by=request("PutItem", tables=("people",)))
        finding = judged("code.one_table", *WRITTEN, elsewhere)

        assert told(finding, with_call=False) == (
            "enrol writes to the table people, which is not one of this lab's tables."
        )
        assert finding.expected == "writes only to books and readers"
        assert finding.remedy == "Keep that in books or readers."

    def test_a_kind_that_is_never_written_is_named(self) -> None:
        finding = judged("code.one_table", *ADDED, called(LOAD, "enrol", {"id": "R1"}))

        assert told(finding, with_call=False) == "enrol writes nothing to books or readers."
        assert finding.expected == "readers in books or readers"


class TestCurrentRead:
    CHANGED = called(JUST_WRITTEN, "add", {**book(1), "pages": 7}, by=request("PutItem"))

    @each(
        ("question", "old", "new"),
        [
            ("get", one(book(1)), one({**book(1), "pages": 7}, phase=JUST_WRITTEN)),
            ("get_many", many(BOOKS), many([{**book(1), "pages": 7}, book(0), book(2)], phase=JUST_WRITTEN)),
        ],
    )
    def test_the_new_value_and_a_late_one_pass_and_another_fails(
        self, question: str, old: CallRecord, new: CallRecord
    ) -> None:
        def asked(value: Any, *, consistent: bool) -> Finding:
            by = tuple(replace(one, consistent=consistent) for one in new.exchanges)
            last = replace(new, value=value, exchanges=by)
            return judged("code.current_read", *WRITTEN, old, self.CHANGED, last, question=question)

        current = asked(new.value, consistent=True)
        assert (current.status, current.message) == (
            Status.PASS,
            "The book is current: right after it was set, the answer was the new value.",
        )
        late = asked(old.value, consistent=False)
        assert (
            late.status,
            "Right after the book was set, the answer was still the old value. Remark: " in late.message,
        ) == (Status.PASS, True)
        stale = asked(old.value, consistent=True)
        assert told(stale).startswith(f"{question} does not return what was set a moment before. ")
        assert asked(None, consistent=False).status is Status.FAIL

    @each(("pages", "status"), [(8, Status.PASS), (7, Status.PASS), (101, Status.PASS), (9, Status.FAIL)])
    def test_of_several_values_any_may_be_the_old_one(self, pages: int, status: Status) -> None:
        again = called(JUST_WRITTEN, "add", {**book(1), "pages": 8}, by=request("PutItem"))
        first = one({**book(1), "pages": 7}, phase=JUST_WRITTEN)
        last = one({**book(1), "pages": pages}, phase=JUST_WRITTEN)
        calls = (*WRITTEN, one(book(1)), self.CHANGED, first, again, last)

        assert judged("code.current_read", *calls, question="get").status is status

    def test_the_old_value_of_another_is_none_of_its_own(self) -> None:
        calls = (*WRITTEN, one(book(2), of="B2"), one(book(1)), self.CHANGED, one(book(2), phase=JUST_WRITTEN))

        assert "at id: 'B2' instead of 'B1'" in told(judged("code.current_read", *calls, question="get"))

    def test_what_was_not_there_before_may_be_missing_for_a_moment(self) -> None:
        calls = (*WRITTEN, one(None, of="B7"), called(JUST_WRITTEN, "add", book(7), by=request("PutItem")))
        finding = judged("code.current_read", *calls, one(None, phase=JUST_WRITTEN, of="B7"), question="get")

        assert (finding.status, "the answer was still the old value" in finding.message) == (Status.PASS, True)


def test_nothing_is_said_of_a_call_that_nobody_should_make() -> None:
    finding = judged("code.answers", *WRITTEN, called(LITTLE, "place", "B1"), one(book(1)), question="get")

    assert finding.status is Status.ERROR
    assert finding.message == "The evidence holds an unexpected call: place."
