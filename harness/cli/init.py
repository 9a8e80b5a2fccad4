"""`init LAB [DIR]`: copies a lab's starter."""

from __future__ import annotations

import argparse
import shutil

from harness import paths
from harness.cli.arguments import ExitCode, path
from harness.cli.output import say
from harness.usage import UsageError

SUMMARY = "Copies a lab's starter, and says what to type next."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("lab")
    parser.add_argument("folder", nargs="?", type=path, help="where to copy it; by default submission/LAB")


def run(options: argparse.Namespace) -> int:
    """Copies the starter."""
    from harness.labs.definition import find_definition, handed_in

    files = handed_in(find_definition(options.lab))
    starter = paths.starter(options.lab)
    if not starter.is_dir():
        raise UsageError(f"The lab {options.lab} has no starter ({starter} does not exist).")
    folder = (options.folder or paths.submission(options.lab)).resolve()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} exists and is not empty. Nothing was copied; name another folder.")
        shutil.copytree(starter, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    except OSError as error:
        raise UsageError(f"The starter cannot be copied to {folder}: {error.strerror or error}.") from error
    begin = folder / files[0] if files else folder
    named = "" if options.folder is None else f" --submission {folder}"
    say(
        f"The starter of {options.lab} is in {folder}. Next:\n"
        f"  1. {paths.PROGRAM} list {options.lab}     shows what to build\n"
        f"  2. edit {begin}\n"
        f"  3. {paths.PROGRAM} {options.lab}{named}     grades it\n"
    )
    return ExitCode.PASSED
