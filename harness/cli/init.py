"""`init LAB [DIR]`: copies a lab's starter."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from harness.cli.arguments import ExitCode, parser, path
from harness.cli.output import say
from harness.usage import UsageError


def run(arguments: Sequence[str]) -> int:
    """Copies the starter, and says what to type next."""
    from harness import paths
    from harness.labs.definition import find_definition, handed_in

    init_parser = parser("init", "Copies a lab's starter.")
    init_parser.add_argument("lab")
    init_parser.add_argument("folder", nargs="?", type=path, help="where to copy it; by default submission/LAB")
    options = init_parser.parse_args(arguments)
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
        f"  1. python validate_tasks.py {options.lab} --list     shows what to build\n"
        f"  2. edit {begin}\n"
        f"  3. python validate_tasks.py {options.lab}{named}     grades it\n"
    )
    return ExitCode.PASSED
