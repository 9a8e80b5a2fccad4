"""A strict reader of YAML. It accepts what JSON can say, and knows the position of every value.

It refuses or switches off what surprises in YAML 1.1: no duplicate keys, no aliases (a small file could become
gigabytes), no tags, no `yes` that means true, no dates. Values follow YAML 1.2's JSON schema.
https://yaml.org/spec/1.2.2/#102-json-schema
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.usage import UsageError, shortened

SIZE_LIMIT_BYTES = 512 * 1024
DEPTH_LIMIT = 20
VALUES_LIMIT = 3000
NUMBER_LENGTH_LIMIT = 30

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}

UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, format characters, lone surrogates, line separators. A terminal, a process's environment or a reader's eye
takes them for something else. Escapes in quotes can hold them, though the file may not."""

ValuePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file. `line` counts from 1; `path` leads to the value, such as `tasks[0].points`."""

    file: Path
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: at {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class DefinitionError(UsageError):
    """A definition that cannot be used, with every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file. `lines` holds the line of each value, by its path; `digest` identifies the text, whatever
    its line endings."""

    file: Path
    value: Any
    lines: dict[ValuePath, int]
    digest: str = ""

    def problem(self, path: ValuePath, message: str) -> Problem:
        """A problem at a value (or at the nearest value around it that has a line)."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines.get(known, 1), path_text(path), message)


def path_text(path: ValuePath) -> str:
    """`tasks[0].checks[1].with`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" if text else shortened(part)
    return text


def read(file: Path) -> Document:
    """Reads one file.

    Raises:
        DefinitionError: it cannot be read, is not valid YAML of this kind, or is too large or too deep.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise DefinitionError([Problem(file, 1, "", f"cannot be read: {error.strerror}.")]) from error
    if len(raw) > SIZE_LIMIT_BYTES:
        limit = SIZE_LIMIT_BYTES // 1024
        raise DefinitionError([Problem(file, 1, "", f"is larger than {limit} KiB, the most that is allowed.")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DefinitionError([Problem(file, line, "", "is not UTF-8 text.")]) from error
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character U+{error.character:04X} is not allowed."
        raise DefinitionError([Problem(file, line, "", message)]) from error
    builder = _Builder(file)
    try:
        value = builder.build(iter(loader.get_event, None))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DefinitionError([Problem(file, line, "", f"is not YAML: {error.problem}.")]) from error
    except (ValueError, OverflowError) as error:  # PyYAML: a version of thousands of digits, "\UFFFFFFFF"
        raise DefinitionError([Problem(file, loader.line + 1, "", "is not YAML: a number is out of range.")]) from error
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return Document(file, value, builder.lines, hashlib.sha256(lines).hexdigest()[:16])


class _Builder:
    """Builds values from the parser's events, one by one, so that it can check the depth early."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path: ValuePath = ()
        self.lines: dict[ValuePath, int] = {}

    def build(self, events: Iterator[Any]) -> Any:
        documents: list[Any] = []
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if documents:
                    raise self._error(event, "holds more than one YAML document.")
                documents.append(self._value(next(events), events))
        if not documents:
            raise DefinitionError([Problem(self._file, 1, "", "is empty.")])
        return documents[0]

    def _error(self, event: Any, message: str) -> DefinitionError:
        return DefinitionError([Problem(self._file, event.start_mark.line + 1, path_text(self._path), message)])

    def _value(self, event: Any, events: Iterator[Any]) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"aliases (*{shortened(str(event.anchor))}) are not allowed; write the value out.")
        if event.anchor is not None:
            raise self._error(event, f"anchors (&{shortened(event.anchor)}) are not allowed; write the value out.")
        if event.tag is not None:
            raise self._error(event, f"tags ({shortened(event.tag)}) are not allowed.")
        self.lines[self._path] = event.start_mark.line + 1
        if len(self.lines) > VALUES_LIMIT:
            raise self._error(event, f"holds more than {VALUES_LIMIT} values, the most that is allowed.")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(self._path) >= DEPTH_LIMIT:
            raise self._error(event, f"is nested deeper than {DEPTH_LIMIT} levels.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events)
        return self._mapping(events)

    def _sequence(self, events: Iterator[Any]) -> list[Any]:
        around = self._path
        values: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            self._path = (*around, len(values))
            values.append(self._value(event, events))
        self._path = around
        return values

    def _mapping(self, events: Iterator[Any]) -> dict[str, Any]:
        around = self._path
        values: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._path = around
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise self._error(event, "a key must be plain text.")
            key = self._text(event)
            if "\n" in key:
                raise self._error(event, "a key must be on one line.")
            self._path = (*around, key)
            if key in values:
                raise self._error(event, f"duplicate key {shortened(key)!r}.")
            values[key] = self._value(next(events), events)
        self._path = around
        return values

    def _scalar(self, event: Any) -> Any:
        text = self._text(event)
        if not event.implicit[0]:
            return text
        if text in WORDS:
            return WORDS[text]
        if NUMBER.fullmatch(text):
            if len(text) > NUMBER_LENGTH_LIMIT:
                raise self._error(event, "this number is too long; put text into quotes.")
            number = int(text) if INTEGER.fullmatch(text) else float(text)
            if not math.isfinite(number):
                raise self._error(event, "this number is too large.")
            return number
        return text

    def _text(self, event: Any) -> str:
        text: str = event.value
        for character in text:
            if unicodedata.category(character) in UNSAFE_CATEGORIES and character not in "\n\t":
                raise self._error(event, f"the character U+{ord(character):04X} is not allowed.")
        return text
