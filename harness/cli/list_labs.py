"""`list`: the labs and their titles."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.arguments import ExitCode, parser
from harness.cli.output import say


def run(arguments: Sequence[str]) -> int:
    """Shows the labs."""
    from harness.documents.strict_yaml import DefinitionError, read
    from harness.labs.definition import known_labs
    from harness.paths import definition

    parser("list", "Shows the labs.").parse_args(arguments)
    lines = []
    for lab_id in known_labs():
        try:
            value = read(definition(lab_id)).value
            title = str(value.get("title", "")) if isinstance(value, dict) else ""
        except DefinitionError:
            title = f"(its definition is broken; see: python validate_tasks.py check-lab {lab_id})"
        lines.append(f"{lab_id:24} {title}\n")
    say("".join(lines))
    return ExitCode.PASSED
