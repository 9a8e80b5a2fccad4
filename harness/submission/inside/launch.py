"""Runs a script with a submission's code, in a separate process:
`python -I -B launch.py SCRIPT FOLDER SLEEPS SECONDS PACKAGES [ARGUMENT ...]`.

It imports nothing from the harness, so that a submission finds nothing of it either. FOLDER, the submission's, is
`sys.path[0]`, as if Python had run a script there. `time.sleep` returns at once and is recorded in the file SLEEPS, a
number of seconds a line, so waiting takes no time here. After SECONDS of CPU time, or a day, the kernel ends the
process, even if the harness has ended. PACKAGES are the folders of the packages that the harness uses, wherever pip put
them.
"""

import os
import resource
import runpy
import signal
import sys
import time
import types

MEMORY_LIMIT_BYTES = 4 * 1024**3
FILE_LIMIT_BYTES = 256 * 1024**2
LONGEST_SECONDS = 24 * 60 * 60
SLEEPS_LIMIT = 100_000


def _limit(cpu_seconds: int) -> None:
    for name, value in (
        ("RLIMIT_CPU", cpu_seconds),
        ("RLIMIT_DATA", MEMORY_LIMIT_BYTES),
        ("RLIMIT_FSIZE", FILE_LIMIT_BYTES),
        ("RLIMIT_CORE", 0),
    ):
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or value < hard:
            resource.setrlimit(kind, (value, value))


def _record_sleeps(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    left = [SLEEPS_LIMIT]

    def sleep(seconds: float, /) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if left[0] > 0:
            left[0] -= 1
            os.write(log, f"{float(seconds)}\n".encode())

    time.sleep = sleep  # type: ignore[assignment]


def _begin_tracebacks_in(script: str) -> None:
    """Shows an error as if Python had run the script itself: without the lines of this file that lead to it."""

    def show(kind: type[BaseException], error: BaseException, trace: types.TracebackType | None) -> None:
        while trace is not None and trace.tb_frame.f_code.co_filename != script:
            trace = trace.tb_next
        sys.__excepthook__(kind, error.with_traceback(trace), trace)

    sys.excepthook = show


def main() -> None:
    script, folder, sleeps, seconds, packages = sys.argv[1:6]
    _limit(int(seconds))
    signal.alarm(LONGEST_SECONDS)
    _record_sleeps(sleeps)
    _begin_tracebacks_in(script)
    sys.argv = [script, *sys.argv[6:]]
    folders = packages.split(os.pathsep)
    sys.path[:] = [folder, *(one for one in sys.path if one not in folders), *folders]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
