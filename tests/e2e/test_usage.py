"""The command line as people type it, wrongly too: sentences and exit code 2, never a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import paths
from harness.cli import main
from harness.cli.commands import commands
from harness.documents import strict_yaml
from tests.labs.engine import LAB
from tests.support import DEFINITION, LISTED, MISSPELT, ROOT, copy_of_the_clone, named, points, run_command


def refused(*arguments: str | Path, root: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What is said of a command line that is refused."""
    run = run_command(*arguments, root=root, env=env)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith("validate_tasks.py: ")
    return run.stderr.removeprefix("validate_tasks.py: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            [MISSPELT],
            f"There is no lab {MISSPELT!r}. Did you mean {LISTED[0]!r}? The labs: {', '.join(LISTED)}.",
        ),
        (["lst"], f"There is no lab 'lst'. The labs: {', '.join(LISTED)}. Did you mean 'list'?"),
        (["check-lab", "x\x1b[2J"], f"There is no lab 'x\\x1b[2J'. The labs: {', '.join(LISTED)}."),
        ([LAB, "--task", "expiri"], f"{LAB} has no task 'expiri'. Did you mean 'expiry'?"),
        ([LAB, "--student-id", "xn--a"], "--student-id 'xn--a' cannot be part of AWS names: use 1 to 20"),
        (["list", LAB, "--student-id", "s3alias"], "S3 reserves -s3alias there."),
        (["grade", "lst"], f"There is no lab 'lst'. The labs: {', '.join(LISTED)}. Did you mean 'list'?"),
        (["grade"], "The following arguments are required: lab. See: python validate_tasks.py grade --help"),
        ([LAB, "--list"], "Unrecognized arguments: --list. See: python validate_tasks.py grade --help"),
        (
            [LAB, "--region", "eu-centrl-1"],
            "--region eu-centrl-1: AWS does not have this Region. Did you mean 'eu-central-1'?",
        ),
        ([LAB, "--wait", "nan"], "'nan' is not a number of seconds between 0 and 86400"),
        ([LAB, "--hints", "9"], "Argument --hints: invalid choice: 9"),
        ([LAB, "--endpoint-url", ""], "Argument --endpoint-url: is empty"),
        ([LAB, "--submission", " "], "Argument --submission: is empty"),
        (
            ["list", LAB, "--format", "json"],
            "Unrecognized arguments: --format json. See: python validate_tasks.py list --help",
        ),
        ([LAB, "--allow-writes"], "--allow-writes needs --live or --endpoint-url."),
        ([LAB, "--allow-writes", "--submission", "x"], "--allow-writes needs --live or --endpoint-url."),
        ([LAB, "--replay", "x", "--allow-writes"], "--allow-writes needs --live or --endpoint-url."),
        (
            [LAB, "--live", "--submission", "."],
            "Leave it out, or add --allow-writes to try its store.py there.",
        ),
        (
            [LAB, "--endpoint-url", "http://127.0.0.1:9", "--submission", "."],
            "Leave it out, or add --allow-writes to try its store.py there, or --provision to run its script.",
        ),
        (["sweep", "--force"], "Unrecognized arguments: --force"),
        ([LAB, "--replay", "x", "--student-id", "a"], "--replay grades only a tape; leave out --student-id."),
        (
            [LAB, "--output", "x", "--record", "./x"],
            "--output and --record name the same file; name two different files.",
        ),
        ([LAB, "--format", "xml"], "Argument --format: invalid choice: 'xml' (choose from"),
        ([LAB, "--output", "-"], "Argument --output: - is not a file here; for a file with that name, write ./-"),
        ([LAB, "--report", "json=-"], "Argument --report: - is not a file here; for a file with that name, write ./-"),
        ([LAB, "--report", "junit"], "Argument --report: 'junit' is not FORMAT=FILE, such as junit=report.xml; the"),
        ([LAB, "--report", "xml=x"], "formats: text, json, junit, markdown, github, gradescope. See: "),
        ([LAB, "--report", "markdown="], "Argument --report: 'markdown=' is not FORMAT=FILE"),
        ([LAB, "--report", "junit=."], "--report junit . is a folder; name a file."),
        ([LAB, "--task", "stream", "--task", "alarms"], "--task may be given only once."),
        ([LAB, "--report", "junit=nowhere/x"], "--report junit nowhere/x: the folder nowhere does not exist."),
        (
            [LAB, "--report", "junit=x", "--report", "json=tasks/../x"],
            "--report junit and --report json name the same file; name two different files.",
        ),
        (
            [LAB, "--report", "json=x", "--report", "json=x"],
            "--report json and --report json name the same file; name two different files.",
        ),
        (
            [LAB, "--output", "x", "--report", "json=./x"],
            "--output and --report json name the same file; name two different files.",
        ),
        (
            [LAB, "--record", "x", "--report", "json=./x"],
            "--record and --report json name the same file; name two different files.",
        ),
        (
            [LAB, "--replay", "x", "--report", "json=x"],
            "--report json and --replay name the same file; name two different files.",
        ),
    ],
    ids=lambda value: " ".join(map(ascii, value)) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_refused_with_a_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process: to start one takes longer than all the rest."""
    monkeypatch.setattr(main, "stop_on_signals", lambda: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks").mkdir()

    code = main.main(arguments)

    printed, said = capsys.readouterr()
    assert (code, printed) == (2, "")
    assert sentence in said
    assert "Traceback" not in said
    assert [one.name for one in tmp_path.iterdir()] == ["tasks"]


def test_without_a_lab_the_help_is_shown() -> None:
    run = run_command()

    assert (run.returncode, run.stderr) == (2, "")
    assert run.stdout == run_command("--help").stdout
    assert "To grade a lab, you need no command: python validate_tasks.py LAB [options]\n" in run.stdout


def test_the_help_shows_each_command_with_what_its_own_help_says() -> None:
    shown = " ".join(run_command("--help").stdout.split())

    assert {"grade", "list", "init", "handout", "new-lab", "check-lab", "audit", "policy", "sweep"} < {*commands()}
    for name, module in commands().items():
        assert f" {name} {module.SUMMARY} " in shown
    for name in ("grade", "new-lab"):
        own = run_command(name, "--help").stdout
        assert commands()[name].SUMMARY in " ".join(own.split())
        assert "--debug" in own


def test_debug_shows_where_an_error_comes_from_with_every_command() -> None:
    for line in (("list", "nope", "--debug"), ("--debug", "nope")):
        run = run_command(*line)
        assert run.returncode == 2
        assert "Traceback" in run.stderr
        assert run.stderr.splitlines()[-1].startswith("validate_tasks.py: There is no lab 'nope'.")


def test_a_labs_tasks_points_and_checks_are_listed_in_80_columns() -> None:
    run = run_command("list", LAB, "--student-id", "ann")

    assert (run.returncode, run.stderr) == (0, "")
    assert f"Pass mark: 70 of 100 points. Names to use:\n  TABLE_NAME={named('table_name', 'ann')}\n" in run.stdout
    assert f"\n2. One table for all entities [schema] {points('schema')} points, required\n" in run.stdout
    assert f"\n   - schema.primary-key ({points('schema.primary-key')} points): " in run.stdout
    assert "\n   - schema.table (gate): " in run.stdout
    assert "${" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_a_starter_is_copied_and_never_over_anything(tmp_path: Path) -> None:
    folder = tmp_path / "my work"
    run = run_command("init", LAB, folder)

    assert (run.returncode, run.stderr) == (0, "")
    assert f"The starter of {LAB} is in {folder}. Next:" in run.stdout
    assert f"python validate_tasks.py list {LAB} " in run.stdout
    assert f"edit {folder / 'provision.py'}" in run.stdout

    (folder / "provision.py").write_text("mine")
    assert refused("init", LAB, folder) == (
        f"{folder} exists and is not empty. Nothing was copied; name another folder."
    )
    assert (folder / "provision.py").read_text() == "mine"


def test_labs_are_listed_and_broken_ones_named_with_file_line_and_place(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    broken = clone / "tasks" / "broken.yaml"
    broken.write_text("schema_version: 1\nid: broken\ntitle: A\ntitle: B\n")

    listed = run_command("list", root=clone)
    assert (listed.returncode, listed.stderr) == (0, "")
    titles = {lab: strict_yaml.read(paths.definition(lab)).value["title"] for lab in LISTED}
    titles["broken"] = "(its definition is broken; see: python validate_tasks.py check-lab broken)"
    assert [line.split(None, 1) for line in listed.stdout.splitlines()] == [
        [lab, titles[lab]] for lab in sorted(titles)
    ]

    for command in (("check-lab", "broken"), ("list", "broken"), ("grade", "broken"), ("broken",)):
        assert refused(*command, root=clone) == f"{broken}:4: at title: duplicate key 'title'."


def test_an_authors_lab_is_checked_beyond_what_loading_refuses(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    definition = clone / DEFINITION.relative_to(ROOT)
    text = definition.read_text("utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "table_name: " in one)
    definition.write_text(re.sub(r"table_name: .*", "table_name: shared", text, count=1), "utf-8")

    run = run_command("check-lab", LAB, root=clone)

    assert (run.returncode, run.stderr) == (2, "")
    assert run.stdout == (
        f"{definition}:{line}: at names.table_name: must hold ${{student_id}}, so that students can share an account.\n"
    )
