"""The command line: it finds the command, and says what ended it. Heavy imports wait until a command needs them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence

from harness.cli import audit, check_lab, checks, grade, handout, init, list_labs, policy, sweep
from harness.cli.arguments import explained
from harness.cli.output import complain, prepare, stop_on_signals

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "list": list_labs.run,
    "init": init.run,
    "check-lab": check_lab.run,
    "audit": audit.run,
    "handout": handout.run,
    "checks": checks.run,
    "policy": policy.run,
    "sweep": sweep.run,
}
"""The commands beside grading."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    prepare()
    stop_on_signals()
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        if arguments and arguments[0] in COMMANDS:
            return COMMANDS[arguments[0]](arguments[1:])
        return grade.run(arguments, debug=debug, commands=COMMANDS)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the last resort: say so, and show it with --debug)
        if debug:
            traceback.print_exc()
        sentence, code = explained(error)
        complain(sentence)
        return code
