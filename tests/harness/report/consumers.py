"""The reports as their consumers read them. Each refuses what its consumer would not understand."""

from __future__ import annotations

import functools
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from xmlschema import XMLSchema

from tests.support import ROOT

HERE = Path(__file__).resolve().parent
LINE_ENDS = re.compile(r"\r\n|\r|\n")
COMMANDS = {
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"),
    *("remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
}


@functools.cache
def _schema(file: Path) -> Draft202012Validator:
    schema = json.loads(file.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@functools.cache
def _junit_schema() -> XMLSchema:
    return XMLSchema(HERE / "junit.xsd")


def read_json(text: str) -> dict[str, Any]:
    """The report for machines."""
    report: dict[str, Any] = json.loads(text)
    _schema(ROOT / "harness" / "report" / "report.schema.json").validate(report)
    return report


def read_gradescope(text: str) -> dict[str, Any]:
    """Gradescope's results.json, with the fields that its documentation names and no other."""
    report: dict[str, Any] = json.loads(text)
    _schema(HERE / "gradescope.schema.json").validate(report)
    return report


def read_junit(text: str) -> JUnitXml:
    """JUnit XML, in the dialect that Ant's and Jenkins' schemas share."""
    _junit_schema().validate(text)
    return JUnitXml.fromfile(io.BytesIO(text.encode("utf-8")))


def read_markdown(text: str) -> list[Token]:
    """Markdown as GitHub reads it: with tables, bare links and HTML. Tokens in a row, those inside of lines too."""
    tokens: list[Token] = []
    for token in MarkdownIt("gfm-like", {"html": True}).parse(text):
        tokens += [token, *(token.children or ())]
    return tokens


@dataclass(frozen=True)
class Command:
    """What the runner of GitHub Actions was told to do."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def read_log(text: str) -> list[Command]:
    """The commands that the runner of GitHub Actions finds in a log, in their two forms.
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""
    found = (_command(line) or _old_command(line) for line in LINE_ENDS.split(text))
    return [one for one in found if one is not None]


def _command(line: str) -> Command | None:
    """`::name key=value,key=value::data`, with nothing but white space before it."""
    head, separator, data = line.lstrip().removeprefix("::").partition("::")
    name, _, properties = head.partition(" ")
    if not line.lstrip().startswith("::") or not separator or name.lower() not in COMMANDS:
        return None
    pairs = [one.partition("=") for one in properties.strip().split(",") if "=" in one]
    told = {key: _unescaped(value, ",:\r\n%") for key, _, value in pairs}
    return Command(name.lower(), _unescaped(data, "\r\n%"), told)


def _old_command(line: str) -> Command | None:
    """`##[name key=value;key=value]data`, anywhere in a line."""
    _, prefix, rest = line.partition("##[")
    head, separator, data = rest.partition("]")
    name = head.partition(" ")[0].lower()
    return Command(name, data) if prefix and separator and name in COMMANDS else None


def _unescaped(text: str, characters: str) -> str:
    for character in characters:
        text = text.replace(f"%{ord(character):02X}", character)
    return text
