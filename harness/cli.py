"""The command line. It parses, calls, prints and chooses the exit code; heavy imports wait until they are needed."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from harness import __version__
from harness.usage import UsageError, did_you_mean

if TYPE_CHECKING:
    from harness.grade import Result

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_INTERRUPTED = 130
LONGEST_SECONDS = 24 * 3600.0

COMMANDS = """\
other commands:
  list                  show the labs
  init LAB [DIR]        copy a lab's starter (to submission/LAB) and say what to type next
  check-lab LAB         check a lab's definition, for authors
  audit [LAB]           prove that a lab's checks notice mistakes, for authors

exit codes: 0 passed, 1 failed, 2 wrong usage, definition or submission, 3 incomplete, 130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # never fail on a character
    signal.signal(signal.SIGTERM, _stop)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        if arguments and arguments[0] in _COMMANDS:
            return _COMMANDS[arguments[0]](arguments[1:])
        return _grade(arguments, debug=debug)
    except UsageError as error:
        if debug:
            traceback.print_exc()
        _complain(str(error))
        return EXIT_USAGE
    except KeyboardInterrupt:
        _complain("stopped.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # whoever read the report has gone away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_USAGE
    except Exception as error:  # noqa: BLE001  (the last resort: say so, and show it with --debug)
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError) and error.filename is not None:
            _complain(f"{error.strerror}: {str(error.filename)[:200]}")
            return EXIT_USAGE
        _complain(
            f"nothing was graded, because of a fault of this tool ({type(error).__name__}: {error}). "
            "Please report it, with what --debug prints."
        )
        return EXIT_INCOMPLETE


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (as signal calls it)
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    from harness.report.text import printable

    print(f"validate_tasks.py: {printable(message, lines=True)}", file=sys.stderr)


def _parser(command: str, description: str) -> _Parser:
    program = f"python validate_tasks.py {command}".strip()
    parser = _Parser(prog=program, description=description, allow_abbrev=False)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _list(arguments: Sequence[str]) -> int:
    from harness.assessment import known_assessments
    from harness.paths import definition
    from harness.strict_yaml import DefinitionError, read

    _parser("list", "Shows the labs.").parse_args(arguments)
    for assessment_id in known_assessments():
        try:
            value = read(definition(assessment_id)).value
            title = str(value.get("title", "")) if isinstance(value, dict) else ""
        except DefinitionError:
            title = f"(its definition is broken; see: python validate_tasks.py check-lab {assessment_id})"
        print(f"{assessment_id:24} {title}")
    return EXIT_PASSED


def _init(arguments: Sequence[str]) -> int:
    from harness import paths
    from harness.assessment import find_definition

    parser = _parser("init", "Copies a lab's starter.")
    parser.add_argument("lab")
    parser.add_argument("folder", nargs="?", type=Path, help="where to copy it; by default submission/LAB")
    options = parser.parse_args(arguments)
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
    print(f"The starter of {options.lab} is in {folder}. Next:")
    print(f"  1. python validate_tasks.py {options.lab} --list     shows what to build")
    print(f"  2. edit {folder / 'provision.py'}")
    print(f"  3. python validate_tasks.py {options.lab}{named}     grades it")
    return EXIT_PASSED


def _check_lab(arguments: Sequence[str]) -> int:
    from harness.assessment import find_definition
    from harness.lint import lint
    from harness.strict_yaml import DefinitionError

    parser = _parser("check-lab", "Checks a lab's definition.")
    parser.add_argument("lab")
    file = find_definition(parser.parse_args(arguments).lab)
    try:
        assessment, problems = lint(file)
    except DefinitionError as error:
        raise UsageError(str(error)) from error
    for problem in problems:
        print(f"{file}: {problem}")
    if problems:
        return EXIT_USAGE
    checks = list(assessment.checks)
    print(f"{assessment.id}: {len(assessment.tasks)} tasks, {len(checks)} checks, 100 points: no problem found.")
    return EXIT_PASSED


def _audit(arguments: Sequence[str]) -> int:
    from harness.assessment import known_assessments
    from harness.audit.audit import audit, audit_every_check
    from harness.report import audit_report
    from harness.strict_yaml import DefinitionError

    parser = _parser("audit", "Proves that a lab's checks notice every mistake, and blame nothing that is right.")
    parser.add_argument("lab", nargs="?", help="the lab; by default all of them, and every kind of check")
    parser.add_argument("--full", action="store_true", help="run the mutants of the reference's code too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    options = parser.parse_args(arguments)
    try:
        labs = [options.lab] if options.lab else known_assessments()
        results = [audit(lab, full=options.full, progress=_progress) for lab in labs]
        if not options.lab:
            results.append(audit_every_check())
    except DefinitionError as error:
        raise UsageError(str(error)) from error
    render = audit_report.as_json if options.format == "json" else audit_report.text
    sys.stdout.write(render(results))
    return EXIT_PASSED if all(result.proven for result in results) else EXIT_FAILED


_COMMANDS = {"list": _list, "init": _init, "check-lab": _check_lab, "audit": _audit}


def _grade_parser() -> _Parser:
    parser = _parser("", "Grades a DynamoDB lab.")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = COMMANDS
    parser.usage = "python validate_tasks.py LAB [options]"
    parser.add_argument("lab", help="the lab to grade, such as dynamodb_ecommerce")
    parser.add_argument("--version", action="version", version=f"validate_tasks.py {__version__}")
    parser.add_argument(
        "--list", action="store_true", help="show the lab's tasks, points and checks, and grade nothing"
    )
    parser.add_argument("--task", metavar="ID", help="grade one task, and what it needs")

    what = parser.add_argument_group("what is graded")
    what.add_argument(
        "--submission",
        metavar="DIR",
        type=Path,
        help="the submission's folder; by default submission/LAB, else the reference solution",
    )
    what.add_argument("--student-id", default="student", metavar="ID", help="part of every name (default: student)")
    what.add_argument(
        "--timeout",
        type=_seconds,
        default=120.0,
        metavar="S",
        help="seconds for the submission's script (default: 120)",
    )

    where = parser.add_argument_group("where (default: an embedded account, without AWS)")
    where.add_argument("--endpoint-url", metavar="URL", help="an AWS-compatible endpoint, read only")
    where.add_argument(
        "--provision", action="store_true", help="with --endpoint-url: run the submission's script there first"
    )
    where.add_argument("--live", action="store_true", help="the AWS account of your credentials, read only")
    where.add_argument("--profile", metavar="P", help="the AWS profile to use")
    where.add_argument("--region", metavar="R", help="the AWS Region (default: us-east-1, or the profile's)")
    where.add_argument("--expect-account", metavar="ID", help="with --live: refuse any other account")
    where.add_argument(
        "--wait",
        type=_seconds,
        default=60.0,
        metavar="S",
        help="seconds to wait for what is still changing (default: 60)",
    )

    tape = parser.add_argument_group("tapes")
    tape.add_argument("--record", metavar="FILE", type=Path, help="write every answer that was read to a tape")
    tape.add_argument("--record-items", action="store_true", help="with --record: keep items of tables too")
    tape.add_argument("--replay", metavar="FILE", type=Path, help="grade a tape again, without any access")

    report = parser.add_argument_group("report")
    report.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    report.add_argument("--output", metavar="FILE", type=Path, help="write the report there instead")
    report.add_argument(
        "--hints", type=int, choices=range(6), default=1, metavar="N", help="tiers of hints with a failure (default: 1)"
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds between 0 and {LONGEST_SECONDS:.0f}")
    return seconds


def _grade(arguments: Sequence[str], *, debug: bool) -> int:
    parser = _grade_parser()
    if not arguments:
        parser.print_help()
        return EXIT_USAGE
    options = parser.parse_args(arguments)
    _refuse_contradictions(options)
    from harness.assessment import find_definition
    from harness.strict_yaml import DefinitionError

    try:
        find_definition(options.lab)
    except UsageError as error:
        raise UsageError(f"{error}{did_you_mean(options.lab, _COMMANDS)}") from None
    try:
        return _show_tasks(options) if options.list else _grade_lab(options, debug=debug)
    except DefinitionError as error:
        raise UsageError(str(error)) from error


def _refuse_contradictions(options: argparse.Namespace) -> None:
    if options.live and options.endpoint_url:
        raise UsageError("--live and --endpoint-url exclude each other.")
    if options.provision and not options.endpoint_url:
        raise UsageError(
            "--provision goes with --endpoint-url: the embedded account is always provisioned, a live one never."
        )
    for name in ("profile", "expect_account"):
        if getattr(options, name) and not (options.live or options.endpoint_url):
            raise UsageError(f"--{name.replace('_', '-')} goes with --live or --endpoint-url.")
    _refuse_files(options)


def _refuse_files(options: argparse.Namespace) -> None:
    """What is wrong with the files that a run should read or write, said before anything is graded."""
    if options.record_items and not options.record:
        raise UsageError("--record-items goes with --record.")
    if options.replay:
        used = [name for name in ("live", "endpoint_url", "submission", "record") if getattr(options, name)]
        if used:
            raise UsageError(f"--replay grades a tape alone; leave out --{used[0].replace('_', '-')}.")
    for name in ("output", "record"):
        file = getattr(options, name)
        if file and file.is_dir():
            raise UsageError(f"--{name} {file} is a folder; name a file.")
        if file and not file.parent.is_dir():
            raise UsageError(f"--{name} {file}: the folder {file.parent} does not exist.")


def _show_tasks(options: argparse.Namespace) -> int:
    from harness.assessment import DEFAULT_REGION, find_definition, load, validate_region, validate_student_id
    from harness.aws.embedded import ACCOUNT_ID

    student_id = validate_student_id(options.student_id)
    region = validate_region(options.region or DEFAULT_REGION)
    lab = load(find_definition(options.lab), student_id=student_id, account_id=ACCOUNT_ID, region=region)
    print(f"{lab.title}\n\n{_wrapped(lab.summary)}\n")
    print(f"Pass mark: {lab.pass_mark} of 100 points. Names to use:")
    for name, value in lab.names.items():
        print(f"  {name.upper()}={value}")
    chosen = lab.tasks if options.task is None else (lab.task(options.task),)
    for number, task in enumerate(lab.tasks, 1):
        if task not in chosen:
            continue
        required = ", required" if task.required else ""
        print(f"\n{number}. {task.title} [{task.id}] {task.points} points{required}\n")
        print(f"{_wrapped(task.description, '   ')}\n")
        for spec in task.checks:
            worth = f"{spec.points} points" if spec.points else "gate"
            print(_wrapped(f"- {spec.finding_id} ({worth}): {spec.check.summary}", "   ", "  "))
    return EXIT_PASSED


def _wrapped(text: str, indent: str = "", hanging: str = "") -> str:
    """Paragraphs, filled to 80 columns."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    filled = [
        textwrap.fill(paragraph, 80, initial_indent=indent, subsequent_indent=indent + hanging)
        for paragraph in paragraphs
    ]
    return "\n\n".join(filled)


def _grade_lab(options: argparse.Namespace, *, debug: bool) -> int:
    from harness.finding import Verdict
    from harness.report import console, json_report

    result = _replay(options) if options.replay else _run(options)
    if options.record:
        from harness.aws import tape

        _save(tape.dumps(result.tape, items=options.record_items), options.record, "tape")
    if options.format == "json":
        text = json_report.render(result)
    else:
        terminal = sys.stdout.isatty() and options.output is None
        colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        width = min(shutil.get_terminal_size().columns, 120) if terminal else None
        text = console.render(result, hints=options.hints, width=width, colour=colour)
    if options.output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _save(text, options.output, "report")
    if debug:
        _print_details(result)
    if result.interrupted:
        return EXIT_INTERRUPTED
    return {
        Verdict.PASSED: EXIT_PASSED,
        Verdict.FAILED: EXIT_FAILED,
        Verdict.INCOMPLETE: EXIT_INCOMPLETE,
    }[result.verdict]


def _run(options: argparse.Namespace) -> Result:
    from harness.aws.target import TargetOptions
    from harness.grade import GradeOptions, grade

    return grade(
        GradeOptions(
            assessment_id=options.lab,
            submission=options.submission,
            student_id=options.student_id,
            task_id=options.task,
            timeout_seconds=options.timeout,
            wait_seconds=options.wait,
            target=TargetOptions(
                endpoint_url=options.endpoint_url,
                live=options.live,
                profile=options.profile,
                region=options.region,
                expect_account=options.expect_account,
                provision=options.provision,
            ),
        ),
        progress=_progress,
    )


def _progress(message: str) -> None:
    from harness.report.text import printable

    print(f"... {printable(message)}", file=sys.stderr, flush=True)


def _replay(options: argparse.Namespace) -> Result:
    from harness.aws import tape
    from harness.grade import replay

    recorded = tape.read(options.replay)
    if recorded.stamp.assessment != options.lab:
        raise UsageError(f"The tape {options.replay} is of another lab: {recorded.stamp.assessment}.")
    result = replay(recorded, task_id=options.task)
    if recorded.stamp.definition_digest != result.assessment.digest:
        print("... the definition has changed since the tape was recorded", file=sys.stderr)
    return result


def _save(text: str, file: Path, what: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"The {what} cannot be written to {file}: {error.strerror}.") from error
    print(f"The {what} is in {file}.", file=sys.stderr)


def _print_details(result: Result) -> None:
    for finding in result.findings:
        if finding.detail:
            print(f"{finding.id}:\n{finding.detail}", file=sys.stderr)
