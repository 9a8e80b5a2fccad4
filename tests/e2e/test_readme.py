"""The README tells the truth: its commands work, and its report is what the command prints."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from tests.labs.dynamodb_ecommerce.stores import reference_with
from tests.labs.dynamodb_ecommerce.test_wrong_stores import WRONG
from tests.support import ROOT, copy_of_the_clone, copy_of_the_reference, run_command

LAB = "dynamodb_ecommerce"
README = (ROOT / "README.md").read_text("utf-8")
VOLATILE = [
    (re.compile(r" --submission \S+"), ""),
    (re.compile(r"^submission\s.*(?:\n(?!\n).*)*", re.MULTILINE), "submission SOMEWHERE"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "2026-01-01 12:00:00 UTC"),
    (re.compile(r"\d+ API calls in \d+\.\d s$", re.MULTILINE), "967 API calls in 5.0 s"),
    (re.compile(r"hand in \S+\.$", re.MULTILINE), "hand in SOMEWHERE."),
    (re.compile(r"\d{4}-\d\d-\d\d(?! \d)"), "2026-01-01"),
]


def steady(report: str) -> str:
    """A report without what differs from run to run."""
    for pattern, text in VOLATILE:
        report = pattern.sub(text, report)
    return report.strip()


def flawed_submission(folder: Path) -> Path:
    """The submission of which the README shows the report."""
    submission = copy_of_the_reference(folder, (ROOT / "tasks" / "solution" / LAB / "provision.py").read_text("utf-8"))
    flawed = reference_with(folder / "flawed", WRONG["orders-filtered-afterwards"].changes)
    (submission / "store.py").write_text(flawed.read_text("utf-8"), "utf-8")
    return submission


def test_the_report_in_the_readme_is_the_report_of_the_command(tmp_path: Path) -> None:
    shown = README.partition("<!-- report -->\n```text\n")[2].partition("```")[0]

    run = run_command(
        LAB, "--submission", flawed_submission(tmp_path), "--task", "questions", "--seed", "7", "--hints", "0"
    )

    assert run.returncode == 0, run.stderr
    assert steady(shown) == steady(run.stdout), f"put this into the README:\n{steady(run.stdout)}"


def test_the_commands_in_the_readme_work(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = [
        shlex.split(found, comments=True)
        for block in blocks
        for found in re.findall(r"python validate_tasks\.py(.*)", block)
    ]
    assert len(commands) >= 6

    for arguments in commands:
        if arguments[0] == "audit":  # which takes long, and is tested by itself
            continue
        run = run_command(*arguments, root=clone)
        assert run.returncode in (0, 1), f"{arguments}: {run.stderr}"
        assert "Traceback" not in run.stderr


def test_what_the_readme_shows_of_options_and_files_exists() -> None:
    wide = {"PATH": os.defpath, "COLUMNS": "200"}
    shown = "".join(run_command(*more, "--help", env=wide).stdout for more in (("grade",), ("audit",), ("policy",)))
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--universal", "--python-version"}
    assert options - set(re.findall(r"--[a-z][a-z-]+", shown)) == set()
    assert "--endpoint-url" in options

    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert len(links) >= 4


def test_the_readme_lists_every_check_kind() -> None:
    from harness.checking.check import REGISTRY

    listed = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", README)) & {*REGISTRY}
    assert set(REGISTRY) - listed == set()
