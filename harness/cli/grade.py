"""`grade LAB`, or only `LAB`: grades a submission, or a tape of one."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.arguments import (
    ExitCode,
    Once,
    explained,
    path,
    refuse_same_file,
    report,
    seconds,
    seed,
    text,
)
from harness.cli.commands import commands
from harness.cli.output import complain, say, tell
from harness.paths import PROGRAM
from harness.report import FORMATS
from harness.usage import UsageError, did_you_mean

if TYPE_CHECKING:
    from harness.grading.grade import Result
    from harness.grading.options import GradeOptions

SUMMARY = "Grades a submission, or a tape of one. A lab without a command does this too."


def run(options: argparse.Namespace) -> int:
    """Grades a lab."""
    _refuse_contradictions(options)
    _require_lab(options.lab)
    return _grade_lab(options)


def add_arguments(made: argparse.ArgumentParser) -> None:
    """The options of grading."""
    made.usage = f"{PROGRAM} LAB [options]"
    made.set_defaults(parser=made)
    made.add_argument("lab", help="the lab to grade, as the command `list` names it")
    made.add_argument("--task", metavar="ID", type=text, action=Once, help="grade one task, and what it needs")

    what = made.add_argument_group("what is graded")
    what.add_argument(
        "--submission",
        metavar="DIR",
        type=path,
        help="the submission's folder; by default submission/LAB, or else the reference solution",
    )
    what.add_argument(
        "--student-id", default="student", type=text, metavar="ID", help="part of every name (default: student)"
    )
    what.add_argument(
        "--timeout",
        type=seconds,
        default=120.0,
        metavar="S",
        help="seconds for the submission's script, and for its code, without the target's answers (default: 120)",
    )

    what.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="seed of the data with which code is called (default: a new one each time)",
    )

    where = made.add_argument_group("where (default: an embedded account, without AWS)")
    where.add_argument("--endpoint-url", metavar="URL", type=text, help="an AWS-compatible endpoint, read-only")
    where.add_argument(
        "--provision", action="store_true", help="with --endpoint-url: run the submission's script there first"
    )
    where.add_argument(
        "--allow-writes",
        action="store_true",
        help="with --endpoint-url or --live: call the submission's code there, with data of its own that is removed afterwards",
    )
    where.add_argument("--live", action="store_true", help="the AWS account of your credentials, read-only")
    where.add_argument("--profile", metavar="P", type=text, help="the AWS profile to use")
    where.add_argument("--region", metavar="R", type=text, help="the AWS Region (default: us-east-1, or the profile's)")
    where.add_argument("--expect-account", metavar="ID", type=text, help="with --live: refuse any other account")
    where.add_argument(
        "--wait",
        type=seconds,
        default=60.0,
        metavar="S",
        help="seconds to wait for what is still changing (default: 60)",
    )

    tape = made.add_argument_group("tapes")
    tape.add_argument("--record", metavar="FILE", type=path, help="write every answer that was read to a tape")
    tape.add_argument("--record-items", action="store_true", help="with --record: also keep the items of tables")
    tape.add_argument("--replay", metavar="FILE", type=path, help="grade a tape again, without any access")

    reports = made.add_argument_group("report")
    reports.add_argument("--format", choices=tuple(FORMATS), default="text", help="the report's format (default: text)")
    reports.add_argument("--output", metavar="FILE", type=path, help="write the report to that file instead")
    reports.add_argument(
        "--report",
        metavar="FORMAT=FILE",
        type=report,
        action="append",
        default=[],
        help="also write a report in that format to that file; may be given several times",
    )
    reports.add_argument(
        "--explain", metavar="FINDING", type=text, help="show the calls that one finding rests on, instead of a report"
    )
    reports.add_argument(
        "--hints", type=int, choices=range(6), default=1, metavar="N", help="how many hints with a failure (default: 1)"
    )
    reports.add_argument(
        "--verbose",
        action="store_true",
        help="show every check, also those that passed and those that wait for another",
    )


def _refuse_contradictions(options: argparse.Namespace) -> None:
    given = {name for name, value in vars(options).items() if value != options.parser.get_default(name)}

    def refuse(names: Sequence[str], reason: str) -> None:
        if used := [name for name in names if name in given]:
            raise UsageError(f"{reason}; leave out --{used[0].replace('_', '-')}.")

    if options.live and options.endpoint_url:
        raise UsageError("--live and --endpoint-url exclude each other.")
    if options.provision and not options.endpoint_url:
        raise UsageError(
            "--provision needs --endpoint-url: the embedded account is always provisioned, a live one never."
        )
    for name in ("profile", "expect_account", "allow_writes"):
        if getattr(options, name) and not (options.live or options.endpoint_url):
            raise UsageError(f"--{name.replace('_', '-')} needs --live or --endpoint-url.")
    if options.record_items and not options.record:
        raise UsageError("--record-items needs --record.")
    told_by_the_tape = (
        "live",
        "endpoint_url",
        "submission",
        "record",
        "student_id",
        "region",
        "timeout",
        "wait",
        "seed",
    )
    for name, others, reason in (
        ("explain", ("format",), "--explain shows one finding as text"),
        ("replay", told_by_the_tape, "--replay grades only a tape"),
    ):
        if getattr(options, name):
            refuse(others, reason)
    _refuse_files(options)


def _refuse_files(options: argparse.Namespace) -> None:
    """Reports problems with the files that a run should write, before anything is graded."""
    written = [("--output", options.output), ("--record", options.record)]
    written += [(f"--report {name}", file) for name, file in options.report]
    for option, file in written:
        if file and file.is_dir():
            raise UsageError(f"{option} {file} is a folder; name a file.")
        if file and not file.parent.is_dir():
            raise UsageError(f"{option} {file}: the folder {file.parent} does not exist.")
    refuse_same_file((option, file) for option, file in [*written, ("--replay", options.replay)] if file)


def _require_lab(lab: str) -> None:
    """Refuses a name that is not a lab; it may be a mistyped command."""
    from harness.labs.definition import find_definition

    try:
        find_definition(lab)
    except UsageError as error:
        raise UsageError(f"{error}{did_you_mean(lab, commands())}") from None


def _grade_lab(options: argparse.Namespace) -> int:
    from harness.checking.finding import Verdict

    try:
        result = _replay(options) if options.replay else _graded(options)
    except ImportError:
        raise  # then the reports cannot be made either
    except (Exception, KeyboardInterrupt) as error:
        _report_nothing_graded(options, error)
        raise
    unwritten: list[str] = []
    if options.record:  # the tape comes first, whatever happens to the rest, because it is the evidence
        from harness.grading import tape

        unwritten += _save("tape", options.record, tape.dumps(result.tape, items=options.record_items))
    if options.debug:
        _tell_details(result)
    unwritten += _save_reports(result, options)
    shown = _shown(result, options)
    if options.output is not None:
        unwritten += _save("report", options.output, shown)
    else:
        try:
            say(shown)
        except UsageError as error:
            unwritten.append(str(error))
    if unwritten:
        raise UsageError(" ".join(unwritten))
    return {
        Verdict.PASSED: ExitCode.PASSED,
        Verdict.FAILED: ExitCode.FAILED,
        Verdict.INCOMPLETE: ExitCode.INCOMPLETE,
        Verdict.INTERRUPTED: ExitCode.INCOMPLETE if result.replayed else ExitCode.INTERRUPTED,
    }[result.verdict]


def _report_nothing_graded(options: argparse.Namespace, error: BaseException) -> None:
    """Writes the requested reports of a run without a result, because a grader needs a row for each student. People
    read the sentence on standard error instead."""
    from harness.checking.finding import Verdict
    from harness.grading.grade import nothing_graded

    sentence, code = explained(error)
    verdict = {ExitCode.INTERRUPTED: Verdict.INTERRUPTED, ExitCode.INCOMPLETE: Verdict.INCOMPLETE}.get(code)
    result = nothing_graded(_grade_options(options), sentence, verdict or Verdict.UNUSABLE)
    unwritten = _save_reports(result, options)
    if options.output is not None and not options.explain:
        unwritten += _save("report", options.output, _shown(result, options))
    elif options.format != "text":
        try:
            say(_shown(result, options))
        except UsageError as unsaid:
            unwritten.append(str(unsaid))
    for sentence in unwritten:
        complain(sentence)


def _save_reports(result: Result, options: argparse.Namespace) -> list[str]:
    """Writes the files of --report; returns what could not be written, as sentences."""
    unwritten: list[str] = []
    for name, file in options.report:
        unwritten += _save(f"{name} report", file, FORMATS[name](result, options.hints, options.verbose))
    return unwritten


def _shown(result: Result, options: argparse.Namespace) -> str:
    """The report for standard output or --output. On a terminal, the text report uses its width and colours."""
    if options.explain:
        from harness.report import explanation

        return explanation.render(result, options.explain)
    if options.format != "text" or options.output is not None or not sys.stdout.isatty():
        return FORMATS[options.format](result, options.hints, options.verbose)
    from harness.report import console

    colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = min(shutil.get_terminal_size().columns, 120)
    return console.render(result, hints=options.hints, verbose=options.verbose, width=width, colour=colour)


def _graded(options: argparse.Namespace) -> Result:
    from harness.grading.grade import grade

    return grade(_grade_options(options), progress=lambda line: tell(f"... {line}"))


def _grade_options(options: argparse.Namespace) -> GradeOptions:
    from harness.grading.options import GradeOptions
    from harness.targets.target import TargetOptions

    return GradeOptions(
        lab_id=options.lab,
        submission=options.submission,
        student_id=options.student_id,
        task_id=options.task,
        timeout_seconds=options.timeout,
        wait_seconds=options.wait,
        seed=options.seed,
        target=TargetOptions(
            endpoint_url=options.endpoint_url,
            live=options.live,
            profile=options.profile,
            region=options.region,
            expect_account=options.expect_account,
            provision=options.provision,
            allow_writes=options.allow_writes,
        ),
    )


def _replay(options: argparse.Namespace) -> Result:
    from harness.grading import tape
    from harness.grading.replay import replay

    recorded = tape.read(options.replay)
    if recorded.stamp.lab != options.lab:
        raise UsageError(f"The tape {options.replay} is of another lab: {recorded.stamp.lab}.")
    result = replay(recorded, task_id=options.task)
    if recorded.stamp.definition_digest != result.lab.digest:
        tell("... the definition has changed since the tape was recorded")
    return result


def _save(what: str, file: Path, content: str) -> list[str]:
    """Writes a file; returns why it could not be written, if so."""
    try:
        file.write_text(content, "utf-8")
    except OSError as error:
        return [f"The {what} cannot be written to {file}: {error.strerror}."]
    tell(f"The {what} is in {file}.")
    return []


def _tell_details(result: Result) -> None:
    for finding in result.findings:
        if finding.detail:
            tell(f"{finding.id}:\n{finding.detail}")
