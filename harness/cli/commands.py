"""The commands beside grading."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from harness.cli.arguments import ExitCode, Parser, parser, path, text
from harness.cli.output import complain, say, tell
from harness.usage import UsageError, did_you_mean


def list_labs(arguments: Sequence[str]) -> int:
    """`list`: the labs and their titles."""
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


def init(arguments: Sequence[str]) -> int:
    """`init LAB [DIR]`: copies a lab's starter."""
    from harness import paths
    from harness.labs.definition import find_definition

    init_parser = parser("init", "Copies a lab's starter.")
    init_parser.add_argument("lab")
    init_parser.add_argument("folder", nargs="?", type=path, help="where to copy it; by default submission/LAB")
    options = init_parser.parse_args(arguments)
    find_definition(options.lab)
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
    named = "" if options.folder is None else f" --submission {folder}"
    say(
        f"The starter of {options.lab} is in {folder}. Next:\n"
        f"  1. python validate_tasks.py {options.lab} --list     shows what to build\n"
        f"  2. edit {folder / 'provision.py'}\n"
        f"  3. python validate_tasks.py {options.lab}{named}     grades it\n"
    )
    return ExitCode.PASSED


def check_lab(arguments: Sequence[str]) -> int:
    """`check-lab LAB`: every problem of a lab's definition."""
    from harness import paths
    from harness.audit.lint import lint
    from harness.labs.definition import find_definition

    check_parser = parser("check-lab", "Checks a lab's definition.")
    check_parser.add_argument("lab")
    file = find_definition(check_parser.parse_args(arguments).lab)
    lab, problems = lint(file)
    if problems:
        say("".join(f"{problem}\n" for problem in problems))
        return ExitCode.USAGE
    number = len(list(lab.checks))
    unread = "" if paths.solution(lab.id).is_dir() else " There is no reference solution, so hints may quote it."
    say(f"{lab.id}: {len(lab.tasks)} tasks, {number} checks, 100 points: no problem found.{unread}\n")
    return ExitCode.PASSED


def handout(arguments: Sequence[str]) -> int:
    """`handout LAB`: the lab as students read it."""
    from harness.labs.definition import load_lab
    from harness.report import handout as handouts
    from harness.targets.target import UNKNOWN_ACCOUNT_ID

    options = _names_parser("handout", "Prints what students read before they start, as Markdown.").parse_args(
        arguments
    )
    lab = load_lab(options.lab, student_id=options.student_id, account_id=UNKNOWN_ACCOUNT_ID, region=options.region)
    say(handouts.render(lab, student_id=options.student_id, unknown_account_id=UNKNOWN_ACCOUNT_ID))
    return ExitCode.PASSED


def audit(arguments: Sequence[str]) -> int:
    """`audit [LAB]`: whether a lab's checks notice every mistake, and blame nothing that is right."""
    from harness.audit import audit as audits
    from harness.labs.definition import known_labs
    from harness.report import audit_report

    audit_parser = parser("audit", "Proves that a lab's checks notice every mistake, and blame nothing that is right.")
    every_check = audits.EVERY_CHECK
    audit_parser.add_argument(
        "lab", nargs="?", help=f"the lab, or {every_check} for the kinds of checks; by default all of them"
    )
    audit_parser.add_argument("--full", action="store_true", help="run the mutants of the reference's code too")
    audit_parser.add_argument(
        "--accept",
        action="store_true",
        help="write down how each mutant is judged now, if all is proven; look at the difference",
    )
    audit_parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    options = audit_parser.parse_args(arguments)
    labs = [*known_labs(), every_check] if options.lab is None else [options.lab]
    results = [
        audits.audit(lab, full=options.full, accept=options.accept, progress=lambda line: tell(f"... {line}"))
        for lab in labs
    ]
    say(audit_report.as_json(results) if options.format == "json" else audit_report.as_text(results))
    return ExitCode.PASSED if not [one for one in results if not one.proven] else ExitCode.FAILED


def checks(arguments: Sequence[str]) -> int:
    """`checks [KIND]`: what can be checked, and how a definition asks for it."""
    from harness.checking.check import REGISTRY
    from harness.report import catalogue

    checks_parser = parser("checks", "Shows the kinds of checks, or one of them in full.")
    checks_parser.add_argument("kind", nargs="?")
    checks_parser.add_argument(
        "--markdown",
        action="store_true",
        help="in full: all of them as docs/checks.md has them, or the one that is named",
    )
    options = checks_parser.parse_args(arguments)
    if options.kind in REGISTRY:
        say(catalogue.entry(REGISTRY[options.kind]))
    elif options.kind is not None:
        near = did_you_mean(options.kind, REGISTRY) or " python validate_tasks.py checks shows all of them."
        raise UsageError(f"There is no check kind {options.kind!r}.{near}")
    elif options.markdown:
        say(catalogue.markdown(REGISTRY.values()))
    else:
        say("".join(f"{kind:32} {check.summary}\n" for kind, check in sorted(REGISTRY.items())))
    return ExitCode.PASSED


def policy(arguments: Sequence[str]) -> int:
    """`policy LAB`: the IAM policy of an identity that grades, and can do nothing else."""
    import json

    from harness.account.least_policy import ANY_ACCOUNT, least_policy
    from harness.labs.definition import load_lab
    from harness.targets.target import UNKNOWN_ACCOUNT_ID

    options = _names_parser("policy", "Prints the least IAM policy that grading a lab needs.").parse_args(arguments)
    lab = load_lab(options.lab, student_id=options.student_id, account_id=UNKNOWN_ACCOUNT_ID, region=options.region)
    needs = [(spec.check.actions, spec.parameters, spec.region or options.region) for spec in lab.checks]
    document = least_policy(needs)
    say(json.dumps(document, indent=2).replace(UNKNOWN_ACCOUNT_ID, ANY_ACCOUNT) + "\n")
    return ExitCode.PASSED


def sweep(arguments: Sequence[str]) -> int:
    """`sweep`: removes what killed runs with --allow-writes left in tables."""
    from harness import paths

    parser("sweep", "Removes what a killed run with --allow-writes left behind.").parse_args(arguments)
    lines: list[str] = []
    problems: list[str] = []
    for file in sorted(paths.JOURNALS.glob("*.jsonl")):
        try:
            if line := _swept(file):
                lines.append(line)
                say(f"{line}\n")
        except UsageError as error:  # the others are swept all the same
            problems.append(str(error))
            complain(str(error))
    if not lines and not problems:
        say("Nothing was left behind.\n")
    return ExitCode.USAGE if problems else ExitCode.PASSED


def _swept(file: Path) -> str:
    """Removes what a run left, by its journal, and says so; empty where it left nothing.

    Raises:
        UsageError: it cannot be removed, and the journal stays.
    """
    from harness.clock import SystemClock
    from harness.driving.journal import Journal, counted, remove
    from harness.targets.target import open_target

    journal = Journal.reopen(file)
    if journal is None:
        return f"{file.name}: its run still lasts; it was left alone." if file.exists() else ""
    place, clock = journal.place, SystemClock()
    where = f"{place.table} ({place.endpoint_url or f'account {place.account_id}, {place.region}'})"
    by = f" of the profile {place.profile}" if place.profile else ""

    def still_there(why: str) -> UsageError:
        return UsageError(
            f"{counted(len(journal.keys))} may still be in {where}, because {why}. Make it reachable as it was "
            f"for that run, or delete {file} if that table is gone for good; then type: python validate_tasks.py sweep"
        )

    with closing(journal), ExitStack() as stack:
        if not journal.keys:
            journal.end()
            return ""
        try:
            target = stack.enter_context(open_target(place.target, clock))
        except UsageError as error:  # it names options of the command that grades
            told = f" ({error.__cause__})" if error.__cause__ else ""
            raise still_there(f"the AWS credentials{by} cannot be used{told}") from error
        if place.account_id and not target.account_id:
            server = place.endpoint_url or "AWS"
            raise still_there(f"{server} does not tell to whose account the credentials{by} belong")
        if place.account_id not in ("", target.account_id):
            raise still_there(f"the credentials{by} belong to the account {target.account_id}")
        number = remove(journal, target, clock)
    if number == 0:
        return f"Nothing is left in {where}."
    return f"{counted(number)} {'was' if number == 1 else 'were'} removed from {where}."


def _names_parser(command: str, description: str) -> Parser:
    """The arguments of a command that prints a lab with its names filled in."""
    from harness.labs.definition import DEFAULT_STUDENT_ID
    from harness.region_names import DEFAULT_REGION

    made = parser(command, description)
    made.add_argument("lab")
    made.add_argument(
        "--student-id", default=DEFAULT_STUDENT_ID, type=text, metavar="ID", help="whose names (default: student)"
    )
    made.add_argument("--region", default=DEFAULT_REGION, type=text, metavar="R", help="the AWS Region")
    return made


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "list": list_labs,
    "init": init,
    "check-lab": check_lab,
    "audit": audit,
    "handout": handout,
    "checks": checks,
    "policy": policy,
    "sweep": sweep,
}
