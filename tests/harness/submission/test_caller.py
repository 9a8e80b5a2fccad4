"""A submission's methods are called in a process of its own, and whatever they do costs no other call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.gateway.server import Traffic
from harness.submission.caller import STARTS_LIMIT, Call, Callee, Caller, Failure, FailureKind, Limits, OwnTime, Place
from tests.harness.submission.test_provisioning import is_running

Drive = Callable[..., Caller]
GENEROUS = Limits(idle_seconds=20.0, cpu_seconds=20.0)
BLOCKED = "import threading; threading.Event().wait()"
COMPUTING = "while True: pass"


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    """Drives the class Store of a text."""
    made: list[Caller] = []

    def start(
        text: str | bytes,
        *,
        limits: Limits = GENEROUS,
        total_seconds: float = 60.0,
        traffic: Callable[[], Traffic] = lambda: Traffic(0, 0.0),
        secrets: tuple[str, ...] = (),
        **more: Any,
    ) -> Caller:
        folder = tmp_path / "work of a student"
        folder.mkdir(exist_ok=True)
        (folder / "store.py").write_bytes(text.encode() if isinstance(text, str) else text)
        driven = Callee(folder, "store", "Store", more.get("arguments", ()), more.get("session"), secrets)
        own_time = OwnTime(total_seconds)
        driver = Caller(driven, {"STUDENT_ID": "ann"}, limits=limits, own_time=own_time, traffic=traffic)
        made.append(driver)
        return driver

    yield start
    for driver in made:
        driver.close()


def store(*lines: str, before: str = "import os, sys") -> str:
    """The text of a Store with a method `do` of these lines, and one, `echo`, that always works."""
    body = "".join(f"        {line}\n" for line in lines)
    return (
        f"{before}\nclass Store:\n    def do(self, *given):\n{body}    def echo(self, value):\n        return value\n"
    )


def failed(driver: Caller, *given: Any) -> Failure:
    """How the method `do` failed; the object must be of use afterwards."""
    failure = driver.call("do", *given).failure
    assert failure is not None
    again = driver.call("echo", 7)
    assert (again.value, again.failure) == (7, None)
    return failure


def test_values_keep_their_types(drive: Drive) -> None:
    given = {"price": Decimal("79.90"), "tags": ["a", None, True, 1.5], "$set": {"n": 2**70}}

    outcome = drive(store("return list(given)")).call("do", given, "grüße")

    assert (outcome.value, outcome.failure) == ([given, "grüße"], None)
    assert type(outcome.value[0]["price"]) is Decimal


def test_the_object_is_made_once_with_its_arguments(drive: Drive) -> None:
    text = """
class Store:
    made = 0
    def __init__(self, *arguments):
        Store.made += 1
        self.arguments = arguments
    def seen(self):
        return [Store.made, *self.arguments]
"""
    driver = drive(text, arguments=("orders", None))

    assert [driver.call("seen").value for _ in range(2)] == [[1, "orders", None]] * 2


def test_a_session_is_the_last_argument(drive: Drive) -> None:
    text = """
class Store:
    def __init__(self, name, session):
        self.session = session
    def seen(self):
        return [self.session.region_name, self.session.get_credentials().access_key]
"""
    session = {"region_name": "eu-west-1", "aws_access_key_id": "AKIA", "aws_secret_access_key": "secret"}

    assert drive(text, arguments=("orders",), session=session).call("seen").value == ["eu-west-1", "AKIA"]


@pytest.mark.parametrize(
    ("line", "kind", "summary"),
    [
        ("raise KeyError('PK')", FailureKind.RAISED, "KeyError: 'PK'"),
        ("sys.exit('bye')", FailureKind.RAISED, "SystemExit: bye"),
        ("raise KeyboardInterrupt", FailureKind.RAISED, "KeyboardInterrupt"),
        (  # not by calling `do`: Python 3.13.0 never refuses the recursion of a function with *arguments
            "return (lambda again: again(again))(lambda again: again(again))",
            FailureKind.RAISED,
            "RecursionError: maximum recursion depth exceeded",
        ),
        ("return (one for one in given)", FailureKind.NOT_PLAIN, "do returned a generator, not plain data"),
        ("return self", FailureKind.NOT_PLAIN, "do returned a Store, not plain data"),
        (
            "a = []; a.append(a); return a",
            FailureKind.NOT_PLAIN,
            "do returned lists or objects nested more than 100 levels deep, not plain data",
        ),
        ("os._exit(3)", FailureKind.ENDED, "its process ended during the call, with exit code 3"),
        ("os.kill(os.getpid(), 9)", FailureKind.ENDED, "its process ended during the call, with a signal (9)"),
        ("os.closerange(3, 50); return 1", FailureKind.ENDED, "its process ended during the call, with"),
        (
            "[os.write(fd, b'x\\n') for fd in PIPES]; return 1",
            FailureKind.GARBLED,
            "the reply could not be read: it is not JSON",
        ),
        (
            """[os.write(fd, b'{"number": 1, "value": 2}\\n') for fd in PIPES]; import time; return 1""",
            FailureKind.GARBLED,
            "the reply could not be read: it is",
        ),
        (
            "[os.write(fd, b'[]\\n') for fd in PIPES]; return 1",
            FailureKind.GARBLED,
            "the reply could not be read: it ",
        ),
    ],
)
def test_whatever_a_method_does_costs_its_own_call_alone(
    drive: Drive, line: str, kind: FailureKind, summary: str
) -> None:
    before = """import os, stat, sys
def is_writable_pipe(fd):
    import fcntl
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    except OSError:
        return False
PIPES = [fd for fd in range(3, 30) if is_writable_pipe(fd)]
"""
    failure = failed(drive(store(line, before=before)))

    assert failure.kind is kind, failure
    assert failure.summary.startswith(summary)


def test_what_hangs_is_ended_with_everything_it_started(drive: Drive, tmp_path: Path) -> None:
    text = store(
        "import subprocess, threading",
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])",
        "open(given[0], 'w').write(f'{os.getpid()} {child.pid}')",
        "threading.Event().wait()",
    )
    driver = drive(text, limits=Limits(idle_seconds=1.5))
    written = tmp_path / "processes"

    failure = failed(driver, str(written))

    pids = [int(one) for one in written.read_text().split()]
    assert (failure.kind, failure.summary) == (
        FailureKind.HUNG,
        "it neither computed nor waited for an answer for 1.5 s",
    )
    assert not [pid for pid in pids if is_running(pid)]


def test_sleeping_costs_nothing(drive: Drive) -> None:
    assert drive(store("import time; time.sleep(3600); return 1")).call("do").value == 1


def slowly() -> Iterator[Traffic]:
    """What is told of a code that waits for an answer all the time, until it has been looked at often."""
    for number in range(200):
        yield Traffic(number // 100, time.monotonic())
    while True:
        yield Traffic(2, 1e6)


def test_time_in_which_the_target_answers_does_not_count(drive: Drive) -> None:
    told = slowly()
    driver = drive(store(BLOCKED), limits=Limits(idle_seconds=0.2), total_seconds=1.5, traffic=lambda: next(told))

    outcome = driver.call("do")

    assert outcome.failure is not None
    assert next(told) == Traffic(2, 1e6), "it was ended while the target answered"
    assert outcome.failure.kind is FailureKind.HUNG


def test_a_loop_is_told_by_the_processor_time_that_it_uses(drive: Drive) -> None:
    driver = drive(store(COMPUTING), limits=Limits(idle_seconds=30.0, cpu_seconds=0.3))

    assert failed(driver) == Failure(FailureKind.TOO_MUCH_CPU, "it computed for more than 0.3 s without finishing")


def test_a_loop_of_what_it_started_is_its_own(drive: Drive) -> None:
    text = store("import subprocess", f"subprocess.run([sys.executable, '-c', {COMPUTING!r}])")

    failure = drive(text, limits=Limits(idle_seconds=30.0, cpu_seconds=0.3)).call("do").failure

    assert failure is not None
    assert failure.kind is FailureKind.TOO_MUCH_CPU


@pytest.mark.parametrize("lines", [BLOCKED, "return 1"], ids=["under way", "answered"])
def test_a_call_may_send_so_many_requests(drive: Drive, lines: str) -> None:
    counts = [0]
    driver = drive(store(lines), limits=replace(GENEROUS, requests=10), traffic=lambda: Traffic(counts[0], 0.0))
    assert driver.call("echo", 1).failure is None

    def more() -> Traffic:
        counts[0] += 11
        return Traffic(counts[0], 0.0)

    driver._traffic = more

    assert driver.call("do").failure == Failure(FailureKind.TOO_MANY_REQUESTS, "it sent more than 10 requests")


def test_who_asks_as_often_as_is_allowed_is_not_ended(drive: Drive) -> None:
    told = iter([Traffic(0, 0.0)] * 3)
    driver = drive(
        store("return 1"), limits=replace(GENEROUS, requests=10), traffic=lambda: next(told, Traffic(10, 0.0))
    )

    assert driver.call("do").value == 1


def test_the_limit_of_all_calls_comes_last_and_is_no_ones_fault(drive: Drive) -> None:
    driver = drive(store(BLOCKED), total_seconds=1.5)

    outcomes = [driver.call("do"), driver.call("echo", 1)]

    told = Failure(
        FailureKind.OUT_OF_TIME, "the 1.5 s for all calls together, not counting the target's answers, were used up"
    )
    assert [one.failure for one in outcomes] == [told, told]


def test_what_is_printed_does_no_harm_and_is_kept_with_its_call(drive: Drive) -> None:
    text = store("print('{\"value\": 8}', flush=True); print(given, 'AKIASECRET', file=sys.stderr); return 1")
    driver = drive("print('imported')\n" + text, secrets=("AKIASECRET",))

    outcomes = [driver.call("do", number) for number in (1, 2)]

    assert [one.value for one in outcomes] == [1, 1]
    assert [one.output for one in outcomes] == [
        f'{{"value": 8}}\n({number},) (credentials left out)\n' for number in (1, 2)
    ]


@pytest.mark.parametrize(
    "line",
    ["raise KeyError(given)", "os._exit(3)", "return self", "return [1] * 6_000_000", BLOCKED],
    ids=lambda one: one[:12],
)
def test_what_a_call_printed_is_kept_however_it_fails(drive: Drive, line: str) -> None:
    driver = drive(store("print('x' * 5000); print('the end')", line), limits=Limits(idle_seconds=1.0))

    outcome = driver.call("do")

    assert outcome.failure is not None
    assert outcome.output.endswith("xx\nthe end\n")
    assert len(outcome.output) == 2048


def test_credentials_are_left_out_of_what_a_call_raises(drive: Drive) -> None:
    failure = drive(store("raise KeyError('AKIASECRET')"), secrets=("AKIASECRET",)).call("do").failure

    assert failure is not None
    assert failure.summary == "KeyError: '(credentials left out)'"
    assert "AKIASECRET" not in failure.traceback.replace("raise KeyError('AKIASECRET')", "")


def test_a_clever_equality_does_not_survive(drive: Drive) -> None:
    before = """
class Clever(str):
    __hash__ = str.__hash__
    def __eq__(self, other): return True
"""
    value = drive(store("return [Clever('a')]", before=before)).call("do").value

    assert value == ["a"]
    assert value != ["b"]


def test_the_traceback_is_the_students_own_lines(drive: Drive) -> None:
    text = """import json
class Store:
    def do(self, text):
        try:
            return json.loads(text)
        except ValueError as error:
            raise LookupError("no such product") from error
"""
    outcome = drive(text).call("do", "{")

    assert outcome.failure is not None
    assert outcome.failure.summary == "LookupError: no such product"
    lines = outcome.failure.traceback.splitlines()
    assert [line.strip() for line in lines if line.startswith("  File")] == [
        'File "store.py", line 5, in do',
        'File "store.py", line 7, in do',
    ]
    assert "json/decoder" not in outcome.failure.traceback
    assert "harness" not in outcome.failure.traceback


def test_a_cancelled_transaction_is_shown_with_its_reasons(drive: Drive) -> None:
    before = """
class Cancelled(Exception):
    response = {"CancellationReasons": [{"Code": "None"}, {"Code": "ValidationError", "Message": "Type mismatch"}]}
"""
    message = "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]"

    outcome = drive(store(f"raise Cancelled('{message}')", before=before)).call("do")

    assert outcome.failure is not None
    assert outcome.failure.summary == "store.Cancelled: Transaction cancelled: action 2: Type mismatch"


@pytest.mark.parametrize(
    ("text", "kind", "summary"),
    [
        ("x = 1 / 0", FailureKind.RAISED, "ZeroDivisionError: division by zero"),
        ("def Store(:", FailureKind.RAISED, "SyntaxError: invalid syntax (store.py, line 1)"),
        ("import not_there", FailureKind.RAISED, "ModuleNotFoundError: No module named 'not_there'"),
        ("store = 1", FailureKind.MISSING, "store.py has no class Store"),
        ("class Store:\n    def __init__(self): raise OSError('no')", FailureKind.RAISED, "OSError: no"),
        (
            "class Store:\n    def __init__(self): import os; os._exit(0)",
            FailureKind.ENDED,
            "its process ended during the call",
        ),
        (BLOCKED, FailureKind.HUNG, "it neither computed nor waited for an answer for 1 s"),
        (
            "x = 1\n".encode("utf-16"),
            FailureKind.RAISED,
            "null bytes",
        ),
        ("x = 1\n".encode("utf-16-le"), FailureKind.RAISED, "null bytes"),
    ],
)
def test_without_an_object_every_call_says_why(
    drive: Drive, text: str | bytes, kind: FailureKind, summary: str
) -> None:
    driver = drive(text, limits=Limits(idle_seconds=1.0))

    for outcome in (driver.start(), *(driver.call("echo", 1) for _ in range(3))):
        assert outcome.failure is not None
        assert outcome.failure.kind is kind, outcome.failure
        assert summary in outcome.failure.summary
        assert outcome.place == Place("store.py", 2 if "def __init__(self): raise" in str(text) else 1)


PLACES = """
import functools, helper
def shown(method):
    @functools.wraps(method)
    def inner(*given):
        return method(*given)
    return inner
class Base:
    def inherited(self): return 1
class Store(Base):
    def plain(self):
        return 1
    @shown
    def decorated(self):
        return 1
    def raises(self):
        return helper.deep(
            0)
    def raises_elsewhere(self):
        import json
        return json.loads("{")
    lambdas = lambda self: 1
    built_in = len
"""


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("plain", Place("store.py", 11)),
        ("decorated", Place("store.py", 13)),
        ("inherited", Place("store.py", 9)),
        ("lambdas", Place("store.py", 22)),
        ("raises", Place("helper.py", 3)),
        ("raises_elsewhere", Place("store.py", 21)),
        ("built_in", Place()),
        ("not_there", Place()),
    ],
)
def test_a_call_says_where_it_failed_or_where_its_method_is(
    drive: Drive, tmp_path: Path, method: str, place: Place
) -> None:
    driver = drive(PLACES)
    (tmp_path / "work of a student" / "helper.py").write_text(
        "def deep(n):\n    if n == 5:\n        1 / 0\n    deep(n + 1)\n"
    )

    assert driver.call(method).place == place


@pytest.mark.parametrize(
    "told",
    [
        *(
            "{'do': ['/etc/passwd', 1]}",
            "{'do': ['../x.py', 1]}",
            "{'do': ['store.py', 0]}",
            "{'do': ['store.py', '1']}",
        ),
        *(
            "{'do': ['not_there.py', 1]}",
            "{'do': ['a\\0b', 1]}",
            "{'do': ['x' * 9999, 1]}",
            "{'do': [['store.py'], True]}",
        ),
        *("{'do': 7}", "[1]", "'do'", "{str(n): ['store.py', 1] for n in range(2000)}"),
    ],
)
def test_a_place_that_cannot_be_is_not_believed(drive: Drive, told: str) -> None:
    """Whatever the process answers when the object was made."""
    text = (
        store("return 1")
        + f"""
    def __init__(self):
        frame = sys._getframe()
        while 'Worker' not in frame.f_globals:
            frame = frame.f_back
        frame.f_globals['Worker']._places = lambda self: {told}
"""
    )

    outcome = drive(text).call("do")

    assert (outcome.value, outcome.place) == (1, Place())


def test_a_missing_method_is_named(drive: Drive) -> None:
    failure = drive(store("return 1")).call("place_order", {}).failure

    assert failure == Failure(FailureKind.MISSING, "Store has no method place_order")


def test_nothing_is_kept_between_processes(drive: Drive, tmp_path: Path) -> None:
    text = store(
        "home = os.path.expanduser('~')",
        "seen = [os.listdir(one) for one in (home, os.getcwd(), os.environ['TMPDIR'])]",
        "[open(os.path.join(one, 'kept'), 'w').close() for one in (home, os.getcwd(), os.environ['TMPDIR'])]",
        "return [seen, sys.path[0], os.environ.get('STUDENT_ID')]",
    )

    for _ in range(2):
        driver = drive(text)
        assert driver.call("do").value == [[[], [], []], str(tmp_path / "work of a student"), "ann"]
        driver.close()


def test_all_calls_together_have_a_limit(drive: Drive) -> None:
    driver = drive(store("return 1"), total_seconds=0.0)

    failure = driver.call("do").failure
    assert failure is not None
    assert failure.kind is FailureKind.OUT_OF_TIME


def test_a_process_that_always_ends_is_not_started_for_ever(drive: Drive) -> None:
    driver = drive(store("os._exit(1)"))

    outcomes = [driver.call("do") for _ in range(STARTS_LIMIT + 1)]

    last = outcomes[-1].failure
    assert last == Failure(FailureKind.ENDED, f"its process had already ended {STARTS_LIMIT} times")


def test_large_values_cross_the_pipe_in_both_directions(drive: Drive) -> None:
    text = "x" * 5_000_000

    assert drive(store("return given[0]")).call("do", text).value == text


def test_a_call_is_told_as_python() -> None:
    assert Call("set_inventory", ("P1", 4)).python("store") == "store.set_inventory('P1', 4)"


def test_a_long_call_takes_several_lines_and_means_the_same() -> None:
    long = "a" * 101 + "b" * 300
    call = Call("put_review", ({"rating": 4, "total": Decimal("1.20"), "comment": long}, ("x", None)))

    lines = call.python("store").splitlines()

    assert (lines[0], lines[-1]) == ("store.put_review(", ")")
    assert max(map(len, lines)) < 80
    told = eval(call.python("store").removeprefix("store.put_review"), {"Decimal": Decimal})
    assert told[0] == {"rating": 4, "total": Decimal("1.20"), "comment": ("a" * 30).ljust(401, ".")}
    assert told[1] == ["x", None]


FUNCTIONS = """
import os
from app import prices
made_at = os.environ["STUDENT_ID"]

def total(*numbers):
    return sum(numbers) + prices.extra

def student():
    return made_at

def fail(number):
    prices.look_up(number)

answer = 42
"""
PRICES = """
extra = 1

def look_up(number):
    raise KeyError(number)
"""


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Callable[..., Caller]]:
    """Drives the functions of a module of a folder with these files."""
    made: list[Caller] = []

    def start(module: str, **files: str) -> Caller:
        for name, text in files.items():
            file = tmp_path / "work" / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        callee = Callee(tmp_path / "work", module, None, (), None)
        caller = Caller(
            callee,
            {"STUDENT_ID": "ann"},
            limits=GENEROUS,
            own_time=OwnTime(60.0),
            traffic=lambda: Traffic(0, 0.0),
        )
        made.append(caller)
        return caller

    yield start
    for caller in made:
        caller.close()


@pytest.mark.parametrize(("module", "file"), [("orders", "orders"), ("app.orders", "app/orders")])
def test_the_functions_of_a_module_are_called(functions: Callable[..., Caller], module: str, file: str) -> None:
    caller = functions(module, **{module.replace(".", "__"): FUNCTIONS, "app__prices": PRICES})

    assert (caller.call("total", 1, 2).value, caller.call("student").value) == (4, "ann")
    assert caller.call("total").place == Place(f"{file}.py", 6)
    for name in ("nothing", "answer"):
        failure = caller.call(name).failure
        assert failure == Failure(FailureKind.MISSING, f"{file}.py has no function {name}")
    failed = caller.call("fail", 7)
    assert failed.failure is not None
    assert (failed.failure.kind, failed.failure.summary) == (FailureKind.RAISED, "KeyError: 7")
    assert failed.place == Place("app/prices.py", 5), "the innermost place that is the submission's"
    assert [line.split(",")[0] for line in failed.failure.traceback.splitlines() if "File" in line] == [
        f'  File "{file}.py"',
        '  File "app/prices.py"',
    ]
    assert caller.call("total", 1).value == 2


@pytest.mark.parametrize(
    ("files", "kind", "summary"),
    [
        ({}, FailureKind.MISSING, "there is no app/orders.py in the submission's folder"),
        ({"app__orders": "import nothing_of_the_kind"}, FailureKind.RAISED, "ModuleNotFoundError: No module named"),
        ({"app__orders": "def total(:"}, FailureKind.RAISED, "SyntaxError: invalid syntax"),
    ],
    ids=["no file", "an import that fails", "no Python"],
)
def test_a_module_that_cannot_be_imported_is_told_by_its_file(
    functions: Callable[..., Caller], files: dict[str, str], kind: FailureKind, summary: str
) -> None:
    caller = functions("app.orders", **files)

    started = caller.start()

    assert started.call == Call("app.orders", ())
    assert started.failure is not None
    assert started.failure.kind is kind
    assert started.failure.summary.startswith(summary)
    assert not files or started.place == Place("app/orders.py", 1)
    again = caller.call("total", 1)
    assert (again.call, again.failure) == (Call("total", (1,)), started.failure)


def test_an_object_is_made_without_a_session_where_none_is_asked_for(drive: Drive) -> None:
    text = """
class Store:
    def __init__(self, *given):
        self.given = given
    def seen(self):
        return list(self.given)
"""
    assert drive(text, arguments=("orders", 5)).call("seen").value == ["orders", 5]
    made = drive(text, arguments=("orders",), session={"region_name": "eu-west-1"}).call("seen")
    assert made.failure == Failure(FailureKind.NOT_PLAIN, "seen returned a Session, not plain data")
