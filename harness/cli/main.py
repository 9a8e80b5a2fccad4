"""The command line: it finds the command, and reports what ended it. Heavy imports wait until a command needs them."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence

from harness import __version__, paths
from harness.cli.arguments import ExitCode, Parser, explained
from harness.cli.commands import commands
from harness.cli.output import complain, prepare, say, stop_on_signals

DEFAULT = "grade"
"""The command if a line begins with none."""

EPILOGUE = f"""\
To grade a lab, you need no command: {paths.PROGRAM} LAB [options]
The options of a command: {paths.PROGRAM} COMMAND --help

exit codes: 0 passed, 1 failed, 2 wrong usage, definition or submission,
3 incomplete, 130 interrupted
"""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    prepare()
    stop_on_signals()
    debug = "--debug" in arguments
    given = [argument for argument in arguments if argument != "--debug"]
    try:
        made = parser()
        if not given:
            say(made.format_help())
            return ExitCode.USAGE
        if given[0] not in (*commands(), "-h", "--help", "--version"):
            given.insert(0, DEFAULT)
        options = made.parse_args(given)
        options.debug = debug
        return int(options.run(options))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the last resort: say so, and show it with --debug)
        if debug:
            traceback.print_exc()
        sentence, code = explained(error)
        complain(sentence)
        return code


def parser() -> Parser:
    """The parser of the command line, with the parsers of all commands."""
    made = Parser(
        prog=paths.PROGRAM,
        description="Grades AWS DynamoDB labs.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"{paths.PROGRAM.split()[-1]} {__version__}")
    made.add_argument("--debug", action="store_true", help="show tracebacks; works with every command")
    known = made.add_subparsers(title="commands", metavar="COMMAND")
    for name, module in commands().items():
        command = known.add_parser(name, help=module.SUMMARY, description=module.SUMMARY, allow_abbrev=False)
        command.add_argument("--debug", action="store_true", help="show tracebacks")
        command.set_defaults(run=module.run)
        if hasattr(module, "add_arguments"):
            module.add_arguments(command)
    return made
