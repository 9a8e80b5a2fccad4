"""The shop's probe: loads a shop through a submission's Store and asks it the lab's questions; and what its judges share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict

from checks.facts.tables import describe_table, listed
from fixtures.dynamodb_ecommerce.data import (
    PLENTY_EACH,
    RECENT_DAYS,
    YEAR_DAYS,
    Shop,
    Step,
    Window,
    generate,
    unrelated,
)
from fixtures.dynamodb_ecommerce.model import Model
from harness.account.errors import (
    DENIED_CODES,
    GAP_STATUS,
    NOT_ALLOWED_CODE,
    THROTTLED_CODES,
    TOOL_FAULT_CODE,
    Denied,
)
from harness.account.reads import ITEM_READS, ITEM_WRITES, STATEMENTS
from harness.checking.check import CheckFunction, Context, Failed, NotAllowed, Passed, Undetermined, UsedGap
from harness.driving.evidence import ENVIRONMENT_ROLE, START, STORE_ROLE, CallRecord, Evidence, Exchange
from harness.submission.caller import FailureKind
from harness.usage import shortened

if TYPE_CHECKING:
    from harness.driving.session import DrivingSession

LOAD, LITTLE, MORE, MUCH = "load", "little data", "more data", "much data"
SMALL_PAGES, CURRENT, PRICES, BEFORE = "small pages", "current stock", "new prices", "before anything expires"
"""The phases of the probe. Those that bring the table to another time are named after how far that is."""

TRAVELS_DAYS = (728, 730, 733, 3652)
"""So many days on the table is looked at: before and after the newest price expires, and after ten years."""

EVER = "2000-01-01"
NEW_PRICE_AGES = (0, 100, 700)
"""How old, in days, the prices are whose recording is watched."""

WATCHED_STOCK = 2


class Shown(TypedDict):
    """The arguments of an Outcome that show a call, and say where in the submission it happened."""

    detail: str
    file: str
    line: int


ERROR_CHARACTERS = 300
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "orders_for_customer": ("place_order",),
    "reviews_for_product": ("put_review",),
    "inventory_level": ("set_inventory",),
    "price_history": ("put_product", "record_price"),
}
"""The methods that answer the lab's four questions, and those that write what they answer with."""

READERS = (*PATTERNS, "get_product", "get_order")
"""The methods that answer."""

LOADERS: Mapping[str, str] = {
    "products": "put_product",
    "prices": "record_price",
    "reviews": "put_review",
    "stock": "set_inventory",
    "orders": "place_order",
}


RESTS_ON: Mapping[str, tuple[str, ...]] = {"place_order": ("set_inventory",)}
"""Methods that can only work where others did before."""


def shop(bench: DrivingSession, table: str, archive_bucket: str, expiry_attribute: str | None) -> None:
    """Gathers the evidence. What loads and what asks are different processes, and nobody asks in one that asked before
    there was more. Phases that nobody judges are left out; that of the load is always needed.

    Args:
        expiry_attribute: the table's attribute for time to live; None where it is not enabled.
    """
    prefix = bench.setting.prefix
    made = generate(bench.setting.seed, bench.today, prefix=prefix)
    more = unrelated(made, prefix=prefix)
    arguments = ("store", "Store", table, archive_bucket)
    asked_little = (*questions(made), *_single_reads(made))
    asked_much = (*questions(made), *_wider_questions(made))
    paged = tuple(one for one in asked_much if one.method != "inventory_level")
    stocked = made.products[:WATCHED_STOCK]
    watched = (*(new_price(made, age) for age in NEW_PRICE_AGES), made.fresh)
    attribute = expiry_attribute if bench.can_travel and bench.wants(BEFORE) else None
    stays, prices = _all_that_stays(made), _all_prices(made)
    calls = {
        LITTLE: len(asked_little),
        MUCH: len(more) + len(asked_much),
        SMALL_PAGES: len(paged),
        CURRENT: 2 * len(stocked),
        PRICES: len(watched),
        BEFORE: 2 * len(stays) + (len(TRAVELS_DAYS) - 1) * len(prices) if attribute else 0,
    }
    bench.plan(len(made.steps) + sum(count for phase, count in calls.items() if bench.wants(phase)))
    with bench.watching(), bench.process(*arguments) as writer:
        _do(writer.call, LOAD, made.steps)
        bench.settle()
        if bench.wants(LITTLE):
            with bench.process(*arguments) as reader:
                _do(reader.call, LITTLE, asked_little)
        if bench.wants(MUCH):
            _do(writer.call, MORE, more)
            bench.settle()
        with bench.process(*arguments) as reader:
            if bench.wants(MUCH):
                _do(reader.call, MUCH, asked_much)
            with bench.small_pages():
                _do(reader.call, SMALL_PAGES, paged if bench.wants(SMALL_PAGES) else ())
            for number, product in enumerate(stocked if bench.wants(CURRENT) else (), 1):
                writer.call(CURRENT, "set_inventory", product, number, made.day(0))
                reader.call(CURRENT, "inventory_level", product)
            for step in watched if bench.wants(PRICES) else ():
                writer.call(PRICES, step.method, *step.arguments, watched=True)
            if attribute is not None:
                _do(reader.call, BEFORE, stays)
                for days in TRAVELS_DAYS:
                    phase = f"{days} days on"
                    bench.travel(phase, bench.today + timedelta(days=days), attribute)
                    _do(reader.call, phase, stays if days == TRAVELS_DAYS[-1] else prices)


def _do(call: Callable[..., None], phase: str, steps: Sequence[Step]) -> None:
    for step in steps:
        call(phase, step.method, *step.arguments)


def questions(made: Shop) -> tuple[Step, ...]:
    """The lab's questions, whose answers unrelated data does not change. Of who or what has nothing, too."""
    products, customers = (*made.products, made.bare), (*made.customers, made.idle)
    since, edge, a_year_ago, today = (made.day(age) for age in (RECENT_DAYS, RECENT_DAYS, YEAR_DAYS, 0))
    return (
        *(Step("orders_for_customer", (one, since, today)) for one in customers),
        Step("orders_for_customer", (made.customers[0], edge, edge)),
        *(Step("orders_for_customer", (made.customers[0], *_texts(one))) for one in made.order_windows),
        *(Step("reviews_for_product", (one,)) for one in products if one != made.busy),
        *(Step("inventory_level", (one,)) for one in (*products, f"{made.bare}-unknown")),
        *(Step("price_history", (one, a_year_ago, today)) for one in products),
        Step("price_history", (made.products[0], a_year_ago, a_year_ago)),
        *(Step("price_history", (made.products[0], *_texts(one))) for one in made.price_windows),
    )


def _texts(window: Window) -> tuple[str, str]:
    return window.since.isoformat(), window.until.isoformat()


def _single_reads(made: Shop) -> tuple[Step, ...]:
    """Each entity by its id, and some that are not there: with the beginning of an id, or with another customer's."""
    orders = [step.arguments[0] for step in made.steps if step.method == "place_order"]
    first, second = made.customers[:2]
    order_id = orders[0]["orderId"]
    return (
        *(Step("get_product", (one,)) for one in (*made.products, made.bare, f"{made.bare}-unknown", made.bare[:-1])),
        *(Step("get_order", (one["customerId"], one["orderId"])) for one in orders[:-PLENTY_EACH]),
        *(Step("get_order", (first, one)) for one in (f"{order_id}-unknown", order_id[:-3])),
        Step("get_order", (second, order_id)),
        Step("get_order", (first, next(one["orderId"] for one in orders if one["customerId"] == second))),
    )


def _wider_questions(made: Shop) -> tuple[Step, ...]:
    """Questions of which the answers are many items, on several pages perhaps."""
    return (
        Step("orders_for_customer", (made.customers[0], EVER, made.day(RECENT_DAYS + 1))),
        Step("reviews_for_product", (made.busy,)),
        Step("price_history", (made.products[0], EVER, made.day(0))),
    )


def new_price(made: Shop, age: int) -> Step:
    """A price of the product that had none."""
    return Step("record_price", (made.bare, made.steps[0].arguments[0]["price"], made.day(age)))


def _all_prices(made: Shop) -> tuple[Step, ...]:
    fresh = made.fresh.arguments[0]["productId"]
    return tuple(Step("price_history", (one, EVER, made.day(0))) for one in (made.bare, made.products[1], fresh))


def _all_that_stays(made: Shop) -> tuple[Step, ...]:
    """The prices, and everything that must outlive them."""
    products, customers = (*made.products, made.bare), made.customers
    return (
        *_all_prices(made),
        *(Step("get_product", (one,)) for one in products),
        *(Step("inventory_level", (one,)) for one in products),
        *(Step("reviews_for_product", (one,)) for one in products if one != made.busy),
        *(Step("orders_for_customer", (one, EVER, made.day(0))) for one in customers),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with what a Store must answer: what the model says at that moment."""

    called: CallRecord
    expected: Any


def asked(transcript: Evidence, *methods: str) -> list[Asked]:
    """The calls of reading methods before anything expires, in their order."""
    return [one for one in _asked(transcript) if one.called.method in methods]


@functools.lru_cache(maxsize=8)
def _asked(transcript: Evidence) -> tuple[Asked, ...]:
    """All of them. The model has seen every write before them, those that the Store failed at too: they are what it
    should know."""
    model = Model(transcript.today)
    found = []
    for called in transcript.calls:
        if called.phase == BEFORE:
            break
        if called.method not in (*LOADERS.values(), *READERS):
            raise Undetermined(f"The evidence holds a call of {shortened(called.method)}, which nobody should make.")
        expected = getattr(model, called.method)(*called.arguments)
        if called.method in READERS:
            found.append(Asked(called, list(expected) if isinstance(expected, list) else expected))
    return tuple(found)


def compared(called: CallRecord) -> Any:
    """The value of a call as it is compared: a product without `priceHistory`, which may come back or not."""
    if called.method != "get_product" or not isinstance(called.value, Mapping):
        return called.value
    return {name: value for name, value in called.value.items() if name != "priceHistory"}


def evidence(context: Context, table: str) -> tuple[Evidence, str]:
    """The probe's transcript, and the table's ARN. Raises where no object of the submission's class could be made."""
    arn: str = describe_table(context, table)["TableArn"]
    transcript = context.evidence
    if transcript.failed_start is not None:
        refuse(transcript.failed_start, arn)
    return transcript, arn


def refuse_failures(transcript: Evidence, methods: Collection[str], resource: str) -> None:
    """Raises where a call of one of these methods came to no value."""
    failed = [one for one in transcript.calls if one.method in methods and one.failure is not None]
    if failed:
        earlier = RESTS_ON.get(failed[0].method, ())
        causes = [one for one in transcript.calls if one.method in earlier and one.failure is not None]
        first, *others = causes or failed
        refuse(first, resource, times=1 + len(others))


def resting_on(methods: Callable[..., Iterable[str]]) -> Callable[[CheckFunction], CheckFunction]:
    """Decorates a judge of code, so that nothing is held against a submission where a method that it judges met what the
    target lacks, or what the tool failed at, and went on: what follows may follow from that.

    Args:
        methods: by the check's parameters, those that the judge rests on.
    """

    def decorate(judge: CheckFunction) -> CheckFunction:
        @functools.wraps(judge)
        def judged(context: Context, **parameters: Any) -> Passed:
            try:
                return judge(context, **parameters)
            except Failed as failed:
                _refuse_unanswered(context.evidence, frozenset(methods(**parameters)), failed)
                raise

        return judged

    return decorate


def _refuse_unanswered(transcript: Evidence, methods: Collection[str], failed: Failed) -> None:
    """Raises where one of these methods, or one on which they rest, asked for what the target could not answer."""
    concerned = {*methods, *(other for one in methods for other in RESTS_ON.get(one, ()))}
    for called in transcript.calls:
        for one in called.exchanges if called.method in concerned else ():
            what = f"{called.method} asked for {one.service} {one.operation}"
            if one.status == GAP_STATUS:
                raise UsedGap(
                    f"Not decided, because {what}, which this target lacks. So far: {failed.message}",
                    resource=failed.resource,
                    remedy=f"Write {called.method} without {one.operation}, or grade on a target that has it.",
                    **shown(called),
                ) from failed
            if one.code == TOOL_FAULT_CODE:
                raise Undetermined(
                    f"Not decided, because {what}, at which this tool itself failed. So far: {failed.message}",
                    resource=failed.resource,
                    remedy="Please report it, with the submission: it is a fault of this tool.",
                    **shown(called),
                ) from failed


def refuse(called: CallRecord, resource: str, *, times: int = 1) -> NoReturn:
    """Raises what a call that came to no value means: usually that the submission is wrong.

    Args:
        times: how often the method failed.
    """
    failure = called.failure
    if failure is None:
        raise ValueError("this call came to a value")
    last = called.exchanges[-1] if called.exchanges else None
    if failure.kind is FailureKind.RAISED and last is not None and not last.succeeded:
        _refuse_target(called, last, resource)
    if failure.kind is FailureKind.OUT_OF_TIME:
        raise Undetermined(
            f"{called.method} was not driven to its end: {_sentence(failure.summary)}",
            expected="an end of all calls within --timeout",
            actual=f"{failure.kind}: {_sentence(failure.summary)}",
            resource=resource,
            remedy="Grade again with a longer --timeout, or on a machine that has less to do.",
            **shown(called),
        )
    where = shown(called)
    if failure.traceback:
        where["detail"] += f"\n{failure.traceback}"
    again = f" This and {times - 1} more of its calls failed." if times > 1 else ""
    if called.phase == START:
        message = f"The code cannot be used: {_sentence(failure.summary)}"
        expected = f"store.py holds a class {called.method} that can be imported and made"
        remedy = START_REMEDIES.get(failure.summary.partition(":")[0], REMEDIES[failure.kind])
    else:
        message = f"{called.method} failed: {_sentence(failure.summary)}{again}"
        expected = f"{called.method} returns plain data, without an error"
        remedy = REMEDIES[failure.kind]
    raise Failed(
        message,
        expected=expected,
        actual=f"{failure.kind}: {_sentence(failure.summary)}",
        resource=resource,
        remedy=remedy,
        **where,
    )


def shown(called: CallRecord, when: str = "") -> Shown:
    """What an Outcome shows of a call: the call itself, and where in the submission it failed or is answered."""
    return {"detail": pasted(called, when), "file": called.place.file, "line": called.place.line}


def pasted(called: CallRecord, when: str = "") -> str:
    """A call as a finding's detail shows it, with what makes the store that it is a call of; and what was printed."""
    told = f" ({when})" if when else ""
    call = called.call.python()
    needed = [line for name, line in IMPORTS.items() if name in call]
    lines = [*needed, *STORE_LINES, *([] if called.phase == START else [call])]
    text = f"The call{told}, as Python, to be run where provision.py has run, with its environment:\n\n"
    text += "\n".join(lines) + "\n"
    if called.output.strip():
        text += f"\n--- what it printed, the end of it ---\n{called.output.rstrip()}\n"
    return text


IMPORTS = {"Decimal(": "from decimal import Decimal", "datetime.": "import datetime"}
STORE_LINES = (
    "from os import environ",
    "import boto3",
    "from store import Store",
    "store = Store(environ['TABLE_NAME'], environ['ARCHIVE_BUCKET'], boto3.Session())",
)
"""What makes a store by hand. A line of more than 80 columns could not be pasted from a terminal."""

REMEDIES = {
    FailureKind.RAISED: "See the traceback, which shows your own lines alone; the call above it repeats it.",
    FailureKind.MISSING: "Write store.py with a class Store that has every method of the starter, by these names.",
    FailureKind.NOT_PLAIN: "Return lists, dictionaries, texts, Decimal, int, bool and None; no objects of your own, and "
    "no more of them than the method is asked for.",
    FailureKind.HUNG: "Look for what it waits for: a lock, an event, input, or a connection to somewhere else.",
    FailureKind.TOO_MUCH_CPU: "Look for a loop that never ends.",
    FailureKind.TOO_MANY_REQUESTS: "Look for a loop that never ends, such as pages that are asked for with the same "
    "start key, or a request that is repeated until it succeeds.",
    FailureKind.ENDED: "Leave out sys.exit and os._exit, and what uses too much memory (4 GiB may be used).",
    FailureKind.GARBLED: "Leave file descriptors alone that your code did not open.",
}
"""What to do about a call that failed."""

START_REMEDIES = {
    "ModuleNotFoundError": "Import only the standard library, the packages of requirements.txt, and your own files beside store.py.",
    "SyntaxError": "Correct the line that is named, or save the file as UTF-8. To try it, in the submission's folder: python -c 'import store'",
}
"""What to do about an error of importing the code, by its name."""


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= ERROR_CHARACTERS else f"{line[: ERROR_CHARACTERS - 3]}..."
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _refuse_target(called: CallRecord, last: Exchange, resource: str) -> None:
    """Raises where the call ended at what this target cannot do or does not allow, which says nothing of the Store."""
    what = f"{last.service} {last.operation}"
    if last.operation in STATEMENTS:
        raise UsedGap(
            f"{called.method} uses PartiQL ({last.operation}), which cannot be followed here.",
            actual=last.condition,
            resource=resource,
            remedy="Use GetItem, Query and the other operations that name keys, and it can be graded.",
        )
    if last.code == NOT_ALLOWED_CODE:
        raise NotAllowed(
            f"{called.method} asked for {what}, which may not pass on this target.",
            actual=last.condition or ", ".join(last.tables),
            resource=resource,
            remedy="Only new items of the lab's table may be written there. Grade on the embedded account.",
        )
    if last.status == GAP_STATUS:
        raise UsedGap(
            f"{called.method} ended when it asked for {what}, which this target lacks.",
            actual=last.code,
            resource=resource,
            remedy=f"Write {called.method} without {last.operation}, or grade on a target that has it.",
        )
    if last.code == TOOL_FAULT_CODE:
        raise Undetermined(
            f"{called.method} ended when it asked for {what}, at which this tool itself failed. That says nothing of "
            f"{called.method}.",
            actual=last.condition or last.code,
            resource=resource,
            remedy="Please report it, with the submission: it is a fault of this tool.",
            **shown(called),
        )
    if last.status >= 500 or last.status == 0:
        raise Undetermined(
            f"{called.method} ended when it asked for {what}, to which this target gave no usable answer "
            f"({f'HTTP {last.status}' if last.status else 'the connection was closed'}).",
            actual=last.code,
            resource=resource,
            remedy="Check the connection and the endpoint, and run again.",
        )
    if last.role in (STORE_ROLE, ENVIRONMENT_ROLE) and last.code in DENIED_CODES:
        raise Denied(last.service, last.operation, {"TableName": next(iter(last.tables), "")}, last.code, "")
    if last.code in THROTTLED_CODES:
        raise Undetermined(
            f"{called.method} was throttled when it asked for {what}: that says nothing of how it works.",
            actual=last.code,
            resource=resource,
        )


def reads_of(called: CallRecord) -> list[Exchange]:
    """The reads of items that a call made, as far as they succeeded."""
    return _succeeded(called, ITEM_READS)


def writes_of(called: CallRecord) -> list[Exchange]:
    """The writes of items that a call made, as far as they succeeded."""
    return _succeeded(called, ITEM_WRITES)


def _succeeded(called: CallRecord, operations: Collection[str]) -> list[Exchange]:
    return [
        one for one in called.exchanges if one.service == "dynamodb" and one.operation in operations and one.succeeded
    ]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an answer or its cost, in words for its author. `weight` tells which is worse."""

    says: str
    expected: str
    actual: str
    remedy: str
    weight: int = 0


def memory_problem(called: CallRecord, table: str) -> Problem | None:
    """What is wrong with an answer that holds something, and for which nobody looked into the table."""
    if called.value in (None, []) or [read for read in reads_of(called) if table in read.tables]:
        return None
    return Problem(
        "answered without reading the table.",
        f"a read of {table} for each answer that holds something",
        f"requests: {listed(sorted({one.operation for one in called.exchanges})) or 'none'}",
        "Answer from the table each time: another process must find everything there, and what is new too.",
    )


def refuse_from_memory(called: CallRecord, table: str, resource: str) -> None:
    """Raises where an answer that holds something came from nowhere."""
    problem = memory_problem(called, table)
    if problem is not None:
        raise Failed(
            f"{called.method} {problem.says}",
            expected=problem.expected,
            actual=problem.actual,
            resource=resource,
            remedy=problem.remedy,
            **shown(called, called.phase),
        )


def described(exchange: Exchange) -> str:
    """A read as a finding shows it: where it looked, by which condition, and what that cost."""
    where = f" of index {exchange.index}" if exchange.index else ""
    condition = f" where {exchange.condition}" if exchange.condition else ""
    filtered = f", filtered by {exchange.filter}" if exchange.filter else ""
    return (
        f"{exchange.operation}{where}{condition}{filtered}: "
        f"{exchange.examined} examined, {exchange.returned} returned, {exchange.size} bytes"
    )
