"""Reading a file strictly: what is refused, with which words and in which line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.documents.strict_yaml import (
    DEPTH_LIMIT,
    SIZE_LIMIT_BYTES,
    VALUES_LIMIT,
    DefinitionError,
    Problem,
    path_text,
    read,
)


def value_of(folder: Path, text: str | bytes) -> Any:
    """What a file with this text says."""
    file = folder / "lab.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(file).value


def problem_of(folder: Path, text: str | bytes) -> Problem:
    """The one problem for which a file with this text is refused."""
    with pytest.raises(DefinitionError) as refused:
        value_of(folder, text)
    [problem] = refused.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("null", None),
        ("~", None),
        ("---", None),
        ("'true'", "true"),
        ('"1"', "1"),
        ("yes", "yes"),
        ("on", "on"),
        ("True", "True"),
        ("NULL", "NULL"),
        ("0x10", "0x10"),
        ("0o7", "0o7"),
        ("007", "007"),
        ("+1", "+1"),
        ("1_000", "1_000"),
        (".5", ".5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("\u0661\u0662", "\u0661\u0662"),  # digits of another script are no number
        ("a: 1\nb: [x, {c: d}]", {"a": 1, "b": ["x", {"c": "d"}]}),
        ("on: 1\n1: 2\ntrue: 3\nnull: 4", {"on": 1, "1": 2, "true": 3, "null": 4}),
        ("a:\nb: ''", {"a": None, "b": ""}),
        ("{}", {}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ('"one\\ttwo\\nthree"', "one\ttwo\nthree"),
        ("\U0001f600", "\U0001f600"),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("%YAML 1.1\n---\na: 1\n...\n", {"a": 1}),
    ],
)
def test_values_are_those_of_json(tmp_path: Path, text: str, value: object) -> None:
    found = value_of(tmp_path, text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "path", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "a", "duplicate key 'a'."),
        ("a: 1\n'a': 3", 2, "a", "duplicate key 'a'."),
        ("x:\n  - a: 1\n    a: 2", 3, "x[0].a", "duplicate key 'a'."),
        ("a: &x 1", 1, "a", "anchors (&x) are not allowed; write the value out."),
        ("a: 1\nb: *x", 2, "b", "aliases (*x) are not allowed; write the value out."),
        ("<<: *x", 1, "<<", "aliases (*x) are not allowed; write the value out."),
        ("a: !!python/name:os.system", 1, "a", "tags (tag:yaml.org,2002:python/name:os.system) are not allowed."),
        ("a: ! x", 1, "a", "tags (!) are not allowed."),
        ("a: !!str 1", 1, "a", "tags (tag:yaml.org,2002:str) are not allowed."),
        ("a: 1\n? [x]\n: 2", 2, "", "a key must be plain text."),
        ("&x a: 1", 1, "", "a key must be plain text."),
        ("a:\n  b: 1\n  !x c: 1", 3, "a", "a key must be plain text."),
        ("? |\n  x\n  y\n: 1", 1, "", "a key must be on one line."),
        ("a: 1\n---\nb: 2", 2, "", "holds more than one YAML document."),
        ("", 1, "", "is empty."),
        ("# nothing\n", 1, "", "is empty."),
        ("a: 1\nb: " + "1" * 31, 2, "b", "this number is too long; put text into quotes."),
        ("a: 1e999", 1, "a", "this number is too large."),
        ("a: -1e999", 1, "a", "this number is too large."),
        ("a:\n\tb: 1", 2, "", "is not YAML: found character '\\t' that cannot start any token."),
        ("a: 1\nb: [", 2, "", "is not YAML: expected the node content, but found '<stream end>'."),
        ("a: 1\n b: 2", 2, "", "is not YAML: mapping values are not allowed here."),
        ("a: 'x", 1, "", "is not YAML: found unexpected end of stream."),
        ("%YAML 3.0\n---\n", 1, "", "is not YAML: found incompatible YAML document (version 1.* is required)."),
        ("%YAML " + "1" * 5000 + ".1\n---\n", 1, "", "is not YAML: a number is out of range."),
        ('a: 1\nb: "\\UFFFFFFFF"', 2, "", "is not YAML: a number is out of range."),
        ('a: 1\nb: "\\e[2J"', 2, "b", "the character U+001B is not allowed."),
        ('a: "\\0"', 1, "a", "the character U+0000 is not allowed."),
        ('a: "\\ud800"', 1, "a", "the character U+D800 is not allowed."),
        ('"a\\u202e": 1', 1, "", "the character U+202E is not allowed."),
        ("a: 1\nb: x\u202ey", 2, "b", "the character U+202E is not allowed."),
        ("a: 1\nb: \x00", 2, "", "the character U+0000 is not allowed."),
        ("a: 1\nb: \x1b", 2, "", "the character U+001B is not allowed."),
        (b"a: 1\nb: \xff", 2, "", "is not UTF-8 text."),
        (b"\xed\xa0\x80", 1, "", "is not UTF-8 text."),
        ("a: 1".encode("utf-16"), 1, "", "is not UTF-8 text."),
    ],
)
def test_what_surprises_is_refused_where_it_stands(
    tmp_path: Path, text: str | bytes, line: int, path: str, message: str
) -> None:
    problem = problem_of(tmp_path, text)

    assert (problem.line, problem.path, problem.message) == (line, path, message)
    assert str(problem).startswith(f"{tmp_path / 'lab.yaml'}:{line}: ")


@pytest.mark.parametrize(("opening", "part"), [("[", "[0]"), ("- ", "[0]"), ("{a: ", ".a"), ("? ", "")])
def test_deep_nesting_is_refused_before_it_hurts(tmp_path: Path, opening: str, part: str) -> None:
    problem = problem_of(tmp_path, opening * 100_000)

    assert problem.line == 1
    if part:
        assert problem.message == f"is nested deeper than {DEPTH_LIMIT} levels."
        assert problem.path == (part * DEPTH_LIMIT).lstrip(".")
    else:
        assert problem.message == "a key must be plain text."


def test_what_is_just_deep_enough_is_read(tmp_path: Path) -> None:
    assert value_of(tmp_path, "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)


@pytest.mark.parametrize(
    "text", ["[" + "1," * VALUES_LIMIT + "]", "".join(f"k{number}: 1\n" for number in range(VALUES_LIMIT))]
)
def test_too_many_values_are_refused(tmp_path: Path, text: str) -> None:
    assert problem_of(tmp_path, text).message == "holds more than 3000 values, the most that is allowed."


def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "#" * (SIZE_LIMIT_BYTES + 1))

    assert problem.message == "is larger than 512 KiB, the most that is allowed."


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("a" * 900 + ": 1\n" + "a" * 900 + ": 2", 200),
        ("x: &" + "a" * 100_000 + " 1", 200),
        ("x: *" + "a" * 100_000, 200),
        ("x: !" + "a" * 100_000 + " 1", 200),
    ],
)
def test_messages_stay_short(tmp_path: Path, text: str, longest: int) -> None:
    problem = problem_of(tmp_path, text)

    assert len(problem.message) + len(problem.path) < longest


def test_files_that_cannot_be_read_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"nowhere\.yaml:1: cannot be read: No such file or directory\."):
        read(tmp_path / "nowhere.yaml")
    with pytest.raises(DefinitionError, match=r"cannot be read: Is a directory\."):
        read(tmp_path)


def test_each_value_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("# about\na: 1\nb:\n  - x\n  - c: |\n      text\n")

    document = read(file)

    assert document.lines == {(): 2, ("a",): 2, ("b",): 4, ("b", 0): 4, ("b", 1): 5, ("b", 1, "c"): 5}
    assert document.problem(("b", 1, "missing", 7), "is missing.").line == 5
    assert str(document.problem((), "is wrong.")) == f"{file}:2: is wrong."


def test_paths_are_written_as_authors_read_them() -> None:
    assert path_text(("tasks", 0, "checks", 12, "with")) == "tasks[0].checks[12].with"
    assert path_text((0, "a")) == "[0].a"
    assert path_text(("a" * 500,)) == "a" * 57 + "..."
