"""Whether everything that code writes goes to the tables of the lab."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.evidence import Code, code_of, refuse_failures, resting_on, writes_of
from checks.facts.tables import listed
from harness.account.reads import is_read
from harness.checking.check import Context, Failed, Passed, check
from harness.driving.evidence import CallRecord, Exchange
from harness.driving.scenario import LITTLE
from harness.usage import counted, shortened

SINGLE_TABLE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/data-modeling-foundations.html"
DATA_STORES = ("dynamodb", "s3")
"""Services that could keep entities. Metrics, for example, may go anywhere."""


@check(
    "code.one_table",
    example={"driven": "store"},
    actions=("dynamodb:DescribeTable",),
    requires=("table.exists", "table.active"),
    source=SINGLE_TABLE,
    phases=(LITTLE,),
    declared=("tables",),
)
@resting_on(lambda scenario: scenario.writes.values())
def one_table(context: Context) -> Passed:
    """Everything that the code is given goes to the table of the lab, or to its tables, and nowhere else.

    This looks at the writes of each method. Several tables are often a good design; a lab with this check requires one.
    """
    code = code_of(context)
    tables, either = code.tables, " or ".join(code.driven.tables)
    is_one = len(code.driven.tables) == 1
    elsewhere = list(_writes_elsewhere(code))
    if elsewhere:
        called, one, where = elsewhere[0]
        every = sorted({place for _, _, place in elsewhere})
        raise Failed(
            f"{called.method} writes to {where}, which "
            + ("breaks this lab's rule of one table." if is_one else "is not one of this lab's tables."),
            expected=f"writes only to {tables}",
            actual=f"{one.service} {one.operation} to {where}; in all, writes to {listed(every)}",
            resource=code.resource,
            remedy=f"Keep that in {tables} too: a prefix in the key distinguishes the kinds of entities. "
            "(Several tables are not a bad practice; one table is what this lab is about.)"
            if is_one
            else f"Keep that in {either}.",
        )
    for kind, method in code.scenario.writes.items():
        calls = [one for one in code.evidence.calls if one.method == method]
        if not [one for one in calls if [write for write in writes_of(one) if {*write.tables} & {*code.driven.tables}]]:
            refuse_failures(code, (method,))
            raise Failed(
                f"{method} writes nothing to {'the table ' if is_one else ''}{either}.",
                expected=f"{kind} in {either}",
                actual=_requests(calls),
                resource=code.resource,
                remedy=f"Write an item to {either} in {method}.",
            )
    return Passed(f"Every kind of entity is written only to {tables}.", resource=code.resource)


def _writes_elsewhere(code: Code) -> Iterator[tuple[CallRecord, Exchange, str]]:
    for called in code.evidence.calls:
        for one in called.exchanges:
            if is_read(one.service, one.operation) or one.service not in DATA_STORES:
                continue
            if one.service != "dynamodb":
                yield called, one, f"{one.service} ({one.operation})"
            for other in one.tables:
                if other not in code.driven.tables:
                    yield called, one, f"the table {shortened(other)}"


def _requests(calls: list[CallRecord]) -> str:
    operations = sorted({f"{one.service} {one.operation}" for called in calls for one in called.exchanges})
    return f"requests: {listed(operations)}" if operations else f"{counted(len(calls), 'call')} and no request"
