"""How arguments are parsed, and how the command ends."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from enum import IntEnum
from itertools import combinations
from pathlib import Path
from typing import Any, NoReturn

from harness.cli.output import say
from harness.paths import INSTALLED
from harness.region_names import DEFAULT_REGION
from harness.report import FORMATS
from harness.usage import UsageError

SEED = re.compile(r"[0-9]{1,15}", re.ASCII)
LONGEST_SECONDS = 24 * 3600.0


class ExitCode(IntEnum):
    """The exit codes of the command."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERRUPTED = 130


def explained(error: BaseException) -> tuple[str, ExitCode]:
    """The message and the exit code for an error that ended the command."""
    if isinstance(error, UsageError):
        return str(error), ExitCode.USAGE
    if isinstance(error, KeyboardInterrupt):
        return "stopped.", ExitCode.INTERRUPTED
    if isinstance(error, ImportError):
        requirements = f"Type: {sys.executable} -m pip install -r requirements.txt"
        missing = isinstance(error, ModuleNotFoundError)
        problem = f"the package {error.name} is missing" if missing else f"a package cannot be used ({error})"
        return f"{problem}. {'Install this tool again.' if INSTALLED else requirements}", ExitCode.USAGE
    if isinstance(error, OSError):
        named = f": {str(error.filename)[:200]}" if error.filename else ""
        return f"{error.strerror or error}{named}", ExitCode.USAGE
    fault = f"nothing was graded, because of a bug of this tool ({type(error).__name__}: {error})"
    return f"{fault}. Please report it, with the output of --debug.", ExitCode.INCOMPLETE


class Parser(argparse.ArgumentParser):
    """A parser whose errors are sentences."""

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002  (as argparse calls it)
        say(message)

    def parse_known_args(self, *given: Any, **more: Any) -> Any:
        """Refuses unknown arguments here, so that the message names the command and not the parser of all commands."""
        options, unknown = super().parse_known_args(*given, **more)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


class Once(argparse.Action):
    """An option that may be given once. Otherwise its last value would silently replace an earlier one."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, option: str | None = None
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option} may be given only once")
        setattr(namespace, self.dest, values)


def text(given: str) -> str:
    """An argument that is not empty. An empty one is usually an unset variable in the caller's shell."""
    if not given.strip():
        raise argparse.ArgumentTypeError("is empty")
    return given


def path(given: str) -> Path:
    """A file or folder."""
    return _named(text(given))


def report(given: str) -> tuple[str, Path]:
    """A report and where to write it: FORMAT=FILE."""
    name, _, file = given.partition("=")
    if name not in FORMATS or not file.strip():
        raise argparse.ArgumentTypeError(
            f"{given!r} is not FORMAT=FILE, such as junit=report.xml; the formats: {', '.join(FORMATS)}"
        )
    return name, _named(file)


def _named(file: str) -> Path:
    """A file. `-`, which means standard input or output in other programs, is refused."""
    if file == "-":
        raise argparse.ArgumentTypeError("- is not a file here; for a file with that name, write ./-")
    return Path(file)


def refuse_same_file(named: Iterable[tuple[str, Path]]) -> None:
    """Refuses two options that name the same file, by any path or link: the content of one of them would be lost.

    Args:
        named: options, such as `--output`, each with its file, which need not exist.

    Raises:
        UsageError: two of them are the same file.
    """
    for (one, first), (other, second) in combinations(named, 2):
        if os.path.realpath(first) == os.path.realpath(second) or _is_same_file(first, second):
            raise UsageError(f"{one} and {other} name the same file; name two different files.")


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:  # one of them does not exist yet
        return False


def seed(given: str) -> int:
    """A number from which random data is made."""
    if not SEED.fullmatch(given):
        raise argparse.ArgumentTypeError(f"{given!r} is not a whole number of up to 15 digits")
    return int(given)


def seconds(given: str) -> float:
    """A number of seconds."""
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{given!r} is not a number of seconds between 0 and {LONGEST_SECONDS:.0f}")
    return number


def add_names(parser: argparse.ArgumentParser) -> None:
    """Adds the options for the names that a command fills in when it shows a lab."""
    parser.add_argument(
        "--student-id", default="student", type=text, metavar="ID", help="whose names (default: student)"
    )
    parser.add_argument("--region", default=DEFAULT_REGION, type=text, metavar="R", help="the AWS Region")
