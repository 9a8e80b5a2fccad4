"""The documents tell the truth: their commands work, their report is what the command prints, their links lead somewhere."""

from __future__ import annotations

import argparse
import re
import shlex
import textwrap
from pathlib import Path

import pytest

from harness.cli.commands import commands as known_commands
from tests.support import ROOT, copy_of_the_clone, copy_of_the_reference, run_command

LAB = "dynamodb_ecommerce"
README, AUTHORING = ROOT / "README.md", ROOT / "docs" / "authoring.md"
DOCUMENTS = [README, *(ROOT / "docs" / f"{name}.md" for name in ("students", "live-accounts", "grading")), AUTHORING]
"""What users read, in the order in which they read it."""

LINKING = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README_LINES = 120
VOLATILE = [
    (re.compile(r" --submission \S+"), ""),
    (re.compile(r"^submission\s.*(?:\n(?!\n).*)*", re.MULTILINE), f"submission submission/{LAB}"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "2026-01-01 12:00:00 UTC"),
    (re.compile(r"\d+ API calls in \d+\.\d s$", re.MULTILINE), "31 API calls in 2.0 s"),
]


def steady(report: str) -> str:
    """A report without what differs from run to run."""
    for pattern, text in VOLATILE:
        report = pattern.sub(text, report)
    return report.strip()


def blocks(document: Path, *languages: str) -> list[str]:
    """The texts of a document's code blocks in these languages."""
    found = re.findall(r"```(\w+)\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    return [text for language, text in found if language in languages]


def commands(document: Path, language: str) -> list[list[str]]:
    """What a document's code blocks give to `python validate_tasks.py`."""
    lines = "\n".join(blocks(document, language))
    return [
        shlex.split(found, comments=True)
        for found in re.findall(r"(?:^|&& )python validate_tasks\.py(.*)", lines, re.MULTILINE)
    ]


def flawed_submission(folder: Path) -> Path:
    """The submission of which the README shows the report."""
    script = (ROOT / "tasks" / "solution" / LAB / "provision.py").read_text("utf-8")
    assert "NEW_AND_OLD_IMAGES" in script
    return copy_of_the_reference(folder, script.replace("NEW_AND_OLD_IMAGES", "NEW_IMAGE"))


@pytest.mark.proof
def test_the_report_in_the_readme_is_the_report_of_the_command(tmp_path: Path) -> None:
    shown = README.read_text("utf-8").partition("<!-- report -->\n```text\n")[2].partition("```")[0]

    run = run_command(LAB, "--submission", flawed_submission(tmp_path), "--task", "stream", "--hints", "0")

    assert run.returncode == 1, run.stderr
    assert steady(shown) == steady(run.stdout), f"put this into the README:\n{steady(run.stdout)}"


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= README_LINES


@pytest.mark.proof
def test_the_commands_in_the_documents_work(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path)
    done: list[list[str]] = []
    for document in DOCUMENTS:
        for arguments in commands(document, "sh"):
            if arguments in done or arguments[0] == "audit":  # which takes long, and is tested by itself
                continue
            run = run_command(*arguments, root=clone)
            assert run.returncode in (0, 1), f"{document.name}: {arguments}: {run.stderr}"
            assert "Traceback" not in run.stderr
            if arguments[0] == "init":  # what is graded is another submission from here on
                done.clear()
            done.append(arguments)
    assert ["init", LAB] in done


def test_commands_that_need_an_account_or_a_submission_have_options_that_exist() -> None:
    from harness.cli.main import parser

    shown = [one for document in DOCUMENTS for one in commands(document, "text") if one[0] == LAB]
    assert len(shown) >= 4
    for arguments in shown:
        parser().parse_args(["grade", *arguments])


def test_options_in_the_documents_exist() -> None:
    known = {"--help", "--version", "--debug"}
    for module in known_commands().values():
        taken = argparse.ArgumentParser()
        getattr(module, "add_arguments", lambda _: None)(taken)
        known |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", taken.format_help()))
    for document in DOCUMENTS:
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", document.read_text("utf-8")))
        assert options - known == set(), document.name
    assert "--endpoint-url" in known


@pytest.mark.parametrize("document", LINKING, ids=[one.name for one in LINKING])
def test_links_lead_somewhere(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings], link


def test_every_document_is_linked_from_another() -> None:
    texts = {file: file.read_text("utf-8") for file in LINKING}
    unlinked = {
        one.name for one in LINKING if not any(f"{one.name})" in text for file, text in texts.items() if file != one)
    }
    assert unlinked == {"README.md"}


def test_the_examples_for_authors_are_those_of_the_tiny_lab() -> None:
    tiny = ROOT / "fixtures" / "tiny"
    texts = [file.read_text("utf-8") for file in (tiny / "tasks" / "tiny.yaml", tiny / "scenario.py")]
    examples = blocks(AUTHORING, "yaml", "python")
    assert len(examples) >= 4
    for example in examples:
        assert any(example in text for text in texts), textwrap.indent(example, "  ")
