"""`audit [LAB]`: whether a lab's checks notice every mistake, and blame nothing that is right."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.arguments import ExitCode, parser
from harness.cli.output import say, tell


def run(arguments: Sequence[str]) -> int:
    """Audits one lab or all of them."""
    from harness.audit import audit as audits
    from harness.labs.definition import known_labs
    from harness.paths import labs_for_tests
    from harness.report import audit_report

    audit_parser = parser("audit", "Proves that a lab's checks notice every mistake, and blame nothing that is right.")
    audit_parser.add_argument("lab", nargs="?", help="the lab; by default all of them, those for tests too")
    audit_parser.add_argument("--full", action="store_true", help="run the mutants of the reference's code too")
    audit_parser.add_argument(
        "--accept",
        action="store_true",
        help="write down how each mutant is judged now, if all is proven; look at the difference",
    )
    audit_parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    options = audit_parser.parse_args(arguments)
    labs = list(dict.fromkeys([*known_labs(), *labs_for_tests()])) if options.lab is None else [options.lab]
    results = [
        audits.audit(lab, full=options.full, accept=options.accept, progress=lambda line: tell(f"... {line}"))
        for lab in labs
    ]
    say(audit_report.as_json(results) if options.format == "json" else audit_report.as_text(results))
    return ExitCode.PASSED if not [one for one in results if not one.proven] else ExitCode.FAILED
