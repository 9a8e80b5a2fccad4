"""The shop's probe: loads a shop through a submission's Store and asks it the lab's questions; and what its judges share."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from checks.facts import describe_table, listed
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
from harness.aws.errors import DENIED_CODES, NOT_ALLOWED_CODE, THROTTLED_CODES, Denied
from harness.aws.reads import ITEM_READS, ITEM_WRITES, STATEMENTS
from harness.check import Context, Failed, NotAllowed, Undetermined, Unsupported
from harness.driver import FailureKind
from harness.transcript import ENVIRONMENT_ROLE, STORE_ROLE, Called, Exchange, Transcript
from harness.usage import shortened

if TYPE_CHECKING:
    from harness.probe import Bench

LOAD, LITTLE, MORE, MUCH = "load", "little data", "more data", "much data"
SMALL_PAGES, CURRENT, PRICES, BEFORE = "small pages", "current stock", "new prices", "before anything expires"
"""The phases of the probe. Those that bring the table to another time are named after how far that is."""

TRAVELS_DAYS = (728, 730, 733, 3652)
"""So many days on the table is looked at: before and after the newest price expires, and after ten years."""

EVER = "2000-01-01"
NEW_PRICE_AGES = (0, 100, 700)
"""How old, in days, the prices are whose recording is watched."""

WATCHED_STOCK = 2
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


def shop(bench: Bench, table: str, archive_bucket: str, expiry_attribute: str | None) -> None:
    """Gathers the evidence. What loads and what asks are different processes, and nobody asks in one that asked before
    there was more.

    Args:
        expiry_attribute: the table's attribute for time to live; None where it is not enabled.
    """
    prefix = bench.setting.prefix
    made = generate(bench.setting.seed, bench.today, prefix=prefix)
    more = unrelated(made, prefix=prefix)
    arguments = ("store", "Store", table, archive_bucket)
    with bench.watching(), bench.process(*arguments) as writer:
        _do(writer.call, LOAD, made.steps)
        bench.settle()
        with bench.process(*arguments) as reader:
            _do(reader.call, LITTLE, (*questions(made), *_single_reads(made)))
        _do(writer.call, MORE, more)
        bench.settle()
        with bench.process(*arguments) as reader:
            _do(reader.call, MUCH, (*questions(made), *_wider_questions(made)))
            with bench.small_pages():
                paged = (one for one in questions(made) if one.method != "inventory_level")
                _do(reader.call, SMALL_PAGES, (*paged, *_wider_questions(made)))
            for number, product in enumerate(made.products[:WATCHED_STOCK], 1):
                writer.call(CURRENT, "set_inventory", product, number, made.day(0))
                reader.call(CURRENT, "inventory_level", product)
            for step in (*(new_price(made, age) for age in NEW_PRICE_AGES), made.fresh):
                writer.call(PRICES, step.method, *step.arguments, watched=True)
            if bench.can_travel and expiry_attribute is not None:
                _do(reader.call, BEFORE, _all_that_stays(made))
                for days in TRAVELS_DAYS:
                    phase = f"{days} days on"
                    bench.travel(phase, bench.today + timedelta(days=days), expiry_attribute)
                    last = days == TRAVELS_DAYS[-1]
                    _do(reader.call, phase, _all_that_stays(made) if last else _all_prices(made))


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

    called: Called
    expected: Any


def asked(transcript: Transcript, *methods: str) -> list[Asked]:
    """The calls of reading methods before anything expires, in their order."""
    return [one for one in _asked(transcript) if one.called.method in methods]


@functools.lru_cache(maxsize=8)
def _asked(transcript: Transcript) -> tuple[Asked, ...]:
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


def compared(called: Called) -> Any:
    """The value of a call as it is compared: a product without `priceHistory`, which may come back or not."""
    if called.method != "get_product" or not isinstance(called.value, Mapping):
        return called.value
    return {name: value for name, value in called.value.items() if name != "priceHistory"}


def evidence(context: Context, table: str) -> tuple[Transcript, str]:
    """The probe's transcript, and the table's ARN."""
    arn: str = describe_table(context, table)["TableArn"]
    return context.transcript, arn


def refuse_failures(transcript: Transcript, methods: Collection[str], resource: str) -> None:
    """Raises where a call of one of these methods came to no value."""
    failed = [one for one in transcript.calls if one.method in methods and one.failure is not None]
    if failed:
        refuse(failed[0], resource, times=len(failed))


def refuse(called: Called, resource: str, *, times: int = 1) -> None:
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
    detail = pasted(called)
    if failure.traceback:
        detail += f"\n{failure.traceback}"
    again = f" This and {times - 1} more of its calls failed." if times > 1 else ""
    raise Failed(
        f"{called.method} failed: {_sentence(failure.summary)}{again}",
        expected=f"{called.method} returns plain data, without an error",
        actual=f"{failure.kind}: {_sentence(failure.summary)}",
        resource=resource,
        remedy=REMEDIES[failure.kind],
        detail=detail,
    )


def pasted(called: Called, when: str = "") -> str:
    """A call as a finding's detail shows it."""
    told = f" ({when})" if when else ""
    return f"The call{told}, as Python:\n\n{textwrap.indent(called.call.python(), '    ')}\n"


REMEDIES = {
    FailureKind.RAISED: "See the traceback, which shows your own lines alone; the call above it repeats it.",
    FailureKind.MISSING: "Write store.py with a class Store that has every method of the starter, by these names.",
    FailureKind.NOT_PLAIN: "Return lists, dictionaries, texts, Decimal, int, bool and None; no objects of your own.",
    FailureKind.HUNG: "Look for a loop that never ends, such as pages that are asked for with the same start key.",
    FailureKind.ENDED: "Leave out sys.exit and os._exit, and what uses too much memory (4 GiB may be used).",
    FailureKind.GARBLED: "Leave file descriptors alone that your code did not open.",
    FailureKind.OUT_OF_TIME: "Make the methods faster: look at how many requests each of them makes.",
}


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= ERROR_CHARACTERS else f"{line[: ERROR_CHARACTERS - 3]}..."
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _refuse_target(called: Called, last: Exchange, resource: str) -> None:
    """Raises where the call ended at what this target cannot do or does not allow, which says nothing of the Store."""
    what = f"{last.service} {last.operation}"
    if last.operation in STATEMENTS:
        raise Unsupported(
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
    if last.status in (500, 501, 502, 503, 0):
        raise Unsupported(
            f"{called.method} ended when it asked for {what}, which this target cannot do (HTTP {last.status}).",
            actual=last.code,
            resource=resource,
            remedy="Grade on another target, or leave that operation out.",
        )
    if last.role in (STORE_ROLE, ENVIRONMENT_ROLE) and last.code in DENIED_CODES:
        raise Denied(last.service, last.operation, {"TableName": next(iter(last.tables), "")}, last.code, "")
    if last.code in THROTTLED_CODES:
        raise Undetermined(
            f"{called.method} was throttled when it asked for {what}: that says nothing of how it works.",
            actual=last.code,
            resource=resource,
        )


def reads_of(called: Called) -> list[Exchange]:
    """The reads of items that a call made, as far as they succeeded."""
    return _succeeded(called, ITEM_READS)


def writes_of(called: Called) -> list[Exchange]:
    """The writes of items that a call made, as far as they succeeded."""
    return _succeeded(called, ITEM_WRITES)


def _succeeded(called: Called, operations: Collection[str]) -> list[Exchange]:
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


def memory_problem(called: Called, table: str) -> Problem | None:
    """What is wrong with an answer that holds something, and for which nobody looked into the table."""
    if called.value in (None, []) or [read for read in reads_of(called) if table in read.tables]:
        return None
    return Problem(
        "answered without reading the table.",
        f"a read of {table} for each answer that holds something",
        f"requests: {listed(sorted({one.operation for one in called.exchanges})) or 'none'}",
        "Answer from the table each time: another process must find everything there, and what is new too.",
    )


def refuse_from_memory(called: Called, table: str, resource: str) -> None:
    """Raises where an answer that holds something came from nowhere."""
    problem = memory_problem(called, table)
    if problem is not None:
        raise Failed(
            f"{called.method} {problem.says}",
            expected=problem.expected,
            actual=problem.actual,
            resource=resource,
            remedy=problem.remedy,
            detail=pasted(called, called.phase),
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
