"""`new-lab NAME`: writes a small lab to start from."""

from __future__ import annotations

import argparse

from harness import paths
from harness.cli.arguments import ExitCode
from harness.cli.commands import commands
from harness.cli.output import say
from harness.usage import UsageError

SUMMARY = "Writes a small lab that can be graded, for an author to start from."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("name", help="3 to 60 lower-case letters, digits and underscores, beginning with a letter")


def run(options: argparse.Namespace) -> int:
    """Copies the skeleton with the new name."""
    name, folder = options.name, paths.own_tasks()
    _require_new(name)
    texts = {
        folder / str(file.relative_to(paths.SKELETON)).replace(paths.SKELETON_ID, name): file.read_text("utf-8")
        for file in sorted(paths.SKELETON.rglob("*"))
        if file.suffix in (".py", ".yaml")
    }
    if existing := [file for file in (*texts, *{file.parent for file in texts}) if name in file.name and file.exists()]:
        raise UsageError(f"{existing[0]} exists. Nothing was written; choose another name.")
    try:
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as stream:
                stream.write(_named(text, name))
    except OSError as error:
        raise UsageError(f"The lab cannot be written to {folder}: {error.strerror or error}.") from error
    say(
        f"The lab {name} is in {folder}. Next:\n"
        f"  1. edit {folder / name}.yaml, starter/{name}/ and solution/{name}/ beside it\n"
        f"  2. {paths.PROGRAM} check-lab {name}     shows what is wrong with the definition\n"
        f"  3. {paths.PROGRAM} {name}     grades the solution\n"
        f"  4. {paths.PROGRAM} audit {name} --full     shows which mistakes no check notices; put what the lab\n"
        f"     does not require into audit/{name}.yaml, and if everything is proven, add --accept\n"
    )
    return ExitCode.PASSED


def _require_new(name: str) -> None:
    """Refuses a name that cannot be the id of a lab, or that exists already.

    Raises:
        UsageError: it is one of these.
    """
    from harness.labs.definition import known_labs, require_lab_id

    require_lab_id(name)
    if name in commands():
        raise UsageError(f"{name} is the name of a command; choose another name.")
    if name in (*known_labs(), *paths.labs_for_tests()):
        raise UsageError(f"The lab {name} exists; choose another name.")


def _named(text: str, name: str) -> str:
    """A text of the skeleton for a lab with that name. Outside a clone, editors find the schema with the tool."""
    text = text.replace(paths.SKELETON_ID, name)
    if paths.INSTALLED:
        for schema in (paths.LAB_SCHEMA, paths.AUDIT_SCHEMA):
            text = text.replace(f"$schema={schema.name}", f"$schema={schema}")
    return text
