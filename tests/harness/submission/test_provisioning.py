"""The submission's script runs in a process of its own, and nothing it does harms the grading."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import paths
from harness.gateway.server import Traffic
from harness.submission import provisioning as submission
from harness.submission.process import cpu_seconds_listed
from harness.submission.provisioning import (
    REQUESTS_LIMIT,
    Provisioning,
    ProvisioningRun,
    SubmissionKind,
    find_submission,
)
from harness.usage import UsageError
from tests.labs.engine import LAB

Provision = Callable[..., Provisioning]
FILES = ("provision.py", "store.py")


@pytest.fixture
def provision(tmp_path: Path) -> Provision:
    """Runs a script's text and returns how it ended."""

    def run(
        text: str, timeout_seconds: float = 20.0, traffic: Callable[[], Traffic] = lambda: Traffic(0, 0.0)
    ) -> Provisioning:
        folder = tmp_path / "work of a student"
        folder.mkdir(exist_ok=True)
        script = folder / "provision.py"
        script.write_text(text, "utf-8")
        process = ProvisioningRun(script, {"TABLE_NAME": "orders"}, timeout_seconds, traffic)
        try:
            return process.finish()
        finally:
            process.end()

    return run


def is_running(pid: int) -> bool:
    """Whether a process is there and not just waiting to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_output_and_exit_code_are_kept(provision: Provision) -> None:
    run = provision("import sys; print('hello'); print('grüße', file=sys.stderr); sys.exit(7)")

    assert (run.exit_code, run.timed_out, run.left_processes) == (7, False, False)
    assert run.output == "hello\ngrüße\n"


def test_the_environment_is_fresh(provision: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-machine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")

    run = provision(
        "import json, os, sys, tempfile\n"
        "print(json.dumps({'env': dict(os.environ), 'cwd': os.listdir(), 'home': os.listdir(os.path.expanduser('~')),"
        " 'temporary': os.listdir(tempfile.gettempdir()), 'path': sys.path[0], 'argv': sys.argv,"
        " 'main': __name__}))"
    )

    seen = json.loads(run.output)
    assert set(seen["env"]) <= {
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "LC_ALL",
        "AWS_EC2_METADATA_DISABLED",
        "TABLE_NAME",
        "LC_CTYPE",
        "__CF_USER_TEXT_ENCODING",
    }
    assert (seen["cwd"], seen["home"], seen["temporary"]) == ([], [], [])
    assert seen["path"] == str(run.script.parent)
    assert (seen["argv"], seen["main"]) == ([str(run.script)], "__main__")


def test_modules_beside_the_script_can_be_imported_and_nothing_is_left_there(
    provision: Provision, tmp_path: Path
) -> None:
    folder = tmp_path / "work of a student"
    folder.mkdir()
    (folder / "helper.py").write_text("NAME = 'from the helper'")

    run = provision("import helper; print(helper.NAME)")

    assert run.output == "from the helper\n"
    assert sorted(path.name for path in folder.iterdir()) == ["helper.py", "provision.py"]


def test_the_harness_cannot_be_imported_by_accident(provision: Provision) -> None:
    run = provision("import harness")

    assert run.exit_code == 1
    assert "ModuleNotFoundError: No module named 'harness'" in run.output


def test_a_traceback_names_the_students_file(provision: Provision) -> None:
    run = provision("def build():\n    raise RuntimeError('no table')\nbuild()\n")

    assert run.exit_code == 1
    assert f'File "{run.script}", line 2, in build' in run.output
    assert "RuntimeError: no table" in run.output


def test_sleeps_are_recorded_and_not_slept(provision: Provision) -> None:
    run = provision("import time\nfor _ in range(3): time.sleep(3600)\nfrom time import sleep\nsleep(0.5)\nprint('up')")

    assert run.output == "up\n"
    assert (run.sleeps, run.sleeps_seconds) == (4, 10800.5)
    assert run.seconds < 10


def test_what_is_written_to_the_record_of_sleeps_does_no_harm(provision: Provision) -> None:
    run = provision(
        "import pathlib\n"
        "log = pathlib.Path.home().parent / 'log' / 'sleeps'\n"
        "log.write_bytes(b'nan\\ninf\\n-5\\nxyz\\n\\xff\\n1.5\\n')"
    )

    assert (run.exit_code, run.sleeps, run.sleeps_seconds) == (0, 1, 1.5)


def test_a_script_that_never_ends_is_ended(provision: Provision) -> None:
    run = provision("import threading\nprint('waiting', flush=True)\nthreading.Event().wait()", timeout_seconds=1.0)

    assert run.timed_out
    assert run.exit_code < 0
    assert run.output == "waiting\n"


def test_a_script_that_ignores_signals_is_ended(provision: Provision) -> None:
    run = provision(
        "import signal, threading\n"
        "for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)\n"
        "threading.Event().wait()",
        timeout_seconds=1.0,
    )

    assert run.timed_out


def test_megabytes_of_output_are_read_and_only_their_end_is_kept(provision: Provision) -> None:
    run = provision("for _ in range(20_000): print('x' * 999)\nprint('the end')")

    assert run.exit_code == 0
    assert run.output_bytes == 20_000_000 + len("the end\n")
    assert len(run.output) <= 8 * 1024
    assert run.output.endswith("x\nthe end\n")


def test_output_that_is_not_text_does_no_harm(provision: Provision) -> None:
    run = provision("import sys; sys.stdout.buffer.write(bytes(range(256)))")

    assert run.exit_code == 0
    assert "ABC" in run.output


def test_children_left_behind_are_noticed_and_ended(provision: Provision) -> None:
    run = provision(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import threading; threading.Event().wait()'])\n"
        "print(child.pid)"
    )

    assert run.exit_code == 0
    assert run.left_processes
    assert not is_running(int(run.output))


def test_a_child_that_leaves_the_group_and_holds_the_output_open_does_not_hang_the_run(provision: Provision) -> None:
    run = provision(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'], start_new_session=True,"
        " stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "import os; os._exit(0)"
    )

    assert run.exit_code == 0
    assert run.seconds < 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what left the group")
def test_a_child_that_leaves_the_group_is_noticed_and_ended(provision: Provision) -> None:
    run = provision(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import threading; threading.Event().wait()'],"
        " start_new_session=True, stdout=subprocess.DEVNULL)\n"
        "print(child.pid)"
    )

    assert run.exit_code == 0
    assert run.left_processes
    assert not is_running(int(run.output))


def test_helpers_that_end_by_themselves_are_not_left_behind(provision: Provision) -> None:
    run = provision(
        "import multiprocessing\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-1]))"
    )

    assert (run.exit_code, run.output) == (0, "[1]\n")
    assert not run.left_processes


def test_the_kernel_ends_a_script_that_nobody_ends(provision: Provision) -> None:
    run = provision(
        "import resource, signal; print(signal.alarm(0), resource.getrlimit(resource.RLIMIT_CPU)[0])",
        timeout_seconds=30,
    )

    seconds, cpu_seconds = map(int, run.output.split())
    assert (86_000 < seconds <= 86_400, cpu_seconds) == (True, 62)


def test_time_in_which_the_target_answers_does_not_count(provision: Provision, tmp_path: Path) -> None:
    answers, written = itertools.count(), tmp_path / "go on"

    def slow() -> Traffic:
        """As if all time were spent on waiting, until the script has been looked at three times."""
        if next(answers) == 3:
            written.touch()
        return Traffic(1, time.monotonic())

    run = provision(
        f"import os\nwhile not os.path.exists({str(written)!r}): pass\nprint('built')",
        timeout_seconds=0.1,
        traffic=slow,
    )

    assert (run.timed_out, run.exit_code, run.output) == (False, 0, "built\n")
    assert run.seconds > 0.1


def test_a_script_that_asks_for_ever_is_ended_however_fast_the_answers(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "LOOK_SECONDS", 0.01)
    told = iter([Traffic(7, 0.0)])

    run = provision("while True: pass", traffic=lambda: next(told, Traffic(REQUESTS_LIMIT + 8, 0.0)))

    assert (run.timed_out, run.exit_code) == (True, -9)


def test_the_packages_of_the_harness_are_found_wherever_they_lie(
    provision: Provision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "user" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "only_there.py").write_text("where = 'found'")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])

    assert provision("import only_there; print(only_there.where)").output == "found\n"


def test_a_script_that_kills_itself_says_so(provision: Provision) -> None:
    run = provision("import os, signal; print('bye', flush=True); os.kill(os.getpid(), signal.SIGKILL)")

    assert (run.exit_code, run.timed_out) == (-9, False)


def test_there_is_no_input_to_wait_for(provision: Provision) -> None:
    run = provision("input('name? ')")

    assert run.exit_code == 1
    assert "EOFError" in run.output


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce this limit")
def test_memory_is_limited(provision: Provision) -> None:
    run = provision("data = bytearray(6 * 1024**3)")

    assert run.exit_code == 1
    assert "MemoryError" in run.output


def test_folders_are_removed_afterwards(provision: Provision) -> None:
    run = provision("import os, pathlib; print(pathlib.Path.home().parent)")

    assert not Path(run.output.strip()).exists()


def test_a_named_folder_is_graded(tmp_path: Path) -> None:
    (tmp_path / "provision.py").touch()

    submission = find_submission(LAB, tmp_path, FILES)

    assert (submission.kind, submission.folder) == (SubmissionKind.STUDENT, tmp_path)


def test_else_the_folder_of_the_lab_and_else_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "OWN", tmp_path)
    monkeypatch.setattr(paths, "TASKS", tmp_path / "tasks")
    reference = tmp_path / "tasks" / "solution" / "lab"
    reference.mkdir(parents=True)
    (reference / "provision.py").touch()
    assert find_submission("lab", None, FILES).kind is SubmissionKind.REFERENCE

    own = tmp_path / "submission" / "lab"
    own.mkdir(parents=True)
    (own / "provision.py").touch()
    found = find_submission("lab", None, FILES)
    assert (found.kind, found.folder) == (SubmissionKind.STUDENT, own)


def test_an_archive_is_no_submission(tmp_path: Path) -> None:
    (tmp_path / "ann.zip").write_bytes(b"PK")

    with pytest.raises(
        UsageError, match=r"ann\.zip is a file\. Unpack it, and name the folder that holds provision\.py\."
    ):
        find_submission(LAB, tmp_path / "ann.zip", FILES)


def test_a_folder_without_a_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"provision\.py does not exist.*init {LAB}"):
        find_submission(LAB, tmp_path / "nowhere", FILES)


MODULES = ("orders.py", "app/stock.py", "report.py")


@pytest.mark.parametrize(
    ("files", "there", "told"),
    [
        (FILES, ["provision.py"], ""),
        (FILES, ["store.py"], "{folder}/provision.py does not exist. A submission is a folder that holds provision.py; "),
        (("store.py",), ["store.py"], ""),
        (("store.py",), ["provision.py"], "{folder}/store.py does not exist. A submission is a folder that holds store.py; "),
        (MODULES, ["app/stock.py"], ""),
        (MODULES, ["stock.py"], "{folder}/orders.py or {folder}/app/stock.py or {folder}/report.py does not exist. A submission is a folder that holds orders.py or app/stock.py or report.py; "),
    ],
    ids=["script and code", "code alone", "one module", "another file", "one of three", "none of three"],
)  # fmt: skip
def test_a_submission_holds_the_script_or_else_some_of_the_code(
    tmp_path: Path, files: tuple[str, ...], there: list[str], told: str
) -> None:
    """Which code is missing is told by whoever drives it: some of several modules are enough to begin."""
    (tmp_path / "app").mkdir()
    for one in there:
        (tmp_path / one).touch()

    if not told:
        found = find_submission("lab", tmp_path, files)
        assert (found.kind, found.folder) == (SubmissionKind.STUDENT, tmp_path)
        return
    with pytest.raises(UsageError) as refused:
        find_submission("lab", tmp_path, files)
    told = told.replace("{folder}", str(tmp_path))
    assert str(refused.value) == f"{told}start one with: python validate_tasks.py init lab"


@pytest.mark.parametrize("folder", ["work", None])
def test_a_lab_that_asks_for_no_files_grades_what_lies_in_the_account(tmp_path: Path, folder: str | None) -> None:
    found = find_submission("lab", tmp_path / folder if folder else None, ())

    assert (found.kind, found.folder) == (SubmissionKind.ACCOUNT, None)


def test_without_any_submission_the_way_to_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "OWN", tmp_path)
    monkeypatch.setattr(paths, "TASKS", tmp_path / "tasks")

    with pytest.raises(UsageError, match=r"There is no submission to grade.*init lab"):
        find_submission("lab", None, FILES)


@pytest.mark.parametrize(
    ("listed", "seconds"),
    [
        ("  42   0:01.25\n  42 00:00:02\n 421 1:00:00\n", 3.25),
        ("42 1-01:00:01\n", 90_001.0),
        ("", 0.0),
        ("PGID TIME\n", 0.0),
    ],
    ids=["of macOS and Linux", "days", "none", "a heading"],
)
def test_processor_time_is_read_from_what_ps_lists(listed: str, seconds: float) -> None:
    assert cpu_seconds_listed(listed, 42) == seconds
