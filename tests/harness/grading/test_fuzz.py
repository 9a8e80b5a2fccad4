"""Whatever stands in a definition, a review or a tape: it is loaded, or refused with sentences. Nothing crashes, hangs,
or takes more memory than a file of that size may."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness import paths
from harness.audit.review import load_review
from harness.documents import strict_yaml
from harness.documents.strict_yaml import DefinitionError
from harness.grading import tape
from harness.labs import definition
from harness.usage import UsageError
from tests.labs.labs import SMALL as LAB
from tests.support import EVERY_CHECK

DEFINITION = paths.definition(LAB).read_text("utf-8")
REVIEW = paths.review(LAB).read_text("utf-8")
TAPE = paths.tape(EVERY_CHECK).read_text("utf-8")
MEMORY_LIMIT_BYTES = 64 * 1024 * 1024

settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        *("- ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!python/object:os.system ", "? ", "| \n", "> \n", "'", '"'),
        *("#", "\t", "\n", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "${", "${student_id}", "yes", "0x10", "1e999"),
        *("\x00", "\ufeff", "\ud800", "é"),
    ]
)
WILD = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join)


def refusal(call: Callable[[], object]) -> str:
    """The sentences with which a call refuses what it is given; nothing when it does not."""
    try:
        call()
    except (DefinitionError, UsageError) as error:
        return str(error)
    return ""


def load(folder: Path, text: str | bytes) -> None:
    """Loads a definition; sentences with file and line are the only way to fail."""
    file = folder / f"{LAB}.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    said = refusal(lambda: definition.load(file, student_id="student", account_id="1" * 12, region="us-east-1"))
    definition._document.cache_clear()
    assert said.count(f"{file}:") <= definition.PROBLEMS_SHOWN
    assert not said or re.match(rf"{re.escape(str(file))}:\d+: ", said)
    assert len(said) < 2000 * definition.PROBLEMS_SHOWN


@given(text=WILD)
@example(text="a: " * 5000)
@example(text="[" * 5000)
@example(text="- " * 5000)
@example(text="? " * 3000)
@example(text="&a [" + "*a," * 1000 + "]")
def test_wild_text_is_loaded_or_refused(tmp_path: Path, text: str) -> None:
    load(tmp_path, text)


@given(data=st.binary(max_size=200))
@example(data=b"\xff\xfe" + "schema_version: 1".encode("utf-16-le"))
def test_bytes_are_loaded_or_refused(tmp_path: Path, data: bytes) -> None:
    load(tmp_path, data)


@given(place=st.integers(0, len(DEFINITION)), length=st.integers(0, 80), text=WILD)
def test_a_definition_with_anything_in_it_is_loaded_or_refused(
    tmp_path: Path, place: int, length: int, text: str
) -> None:
    load(tmp_path, DEFINITION[:place] + text + DEFINITION[place + length :])


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of everything in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in leaves(one, (*path, key)))]


def replaced(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    """A value in which something else stands at a path."""
    if not path:
        return other
    if isinstance(value, dict):
        return {key: replaced(one, path[1:], other) if key == path[0] else one for key, one in value.items()}
    return [replaced(one, path[1:], other) if index == path[0] else one for index, one in enumerate(value)]


PLAIN = yaml.safe_load(DEFINITION)
PLACES = leaves(PLAIN)


@given(place=st.sampled_from(PLACES), other=JSON)
def test_a_definition_with_any_value_anywhere_is_loaded_or_refused(
    tmp_path: Path, place: tuple[str | int, ...], other: Any
) -> None:
    load(tmp_path, json.dumps(replaced(PLAIN, place, other)))


@given(text=WILD, place=st.integers(0, len(REVIEW)))
def test_a_review_with_anything_in_it_is_loaded_or_refused(tmp_path: Path, text: str, place: int) -> None:
    file = tmp_path / "review.yaml"
    file.write_bytes((REVIEW[:place] + text + REVIEW[place:]).encode("utf-8", "surrogatepass"))

    assert f"{file}:" in refusal(lambda: load_review(file, set())), "it names findings that this lab does not have"


RECORDED = json.loads(TAPE)
SPOTS = leaves(RECORDED)


@settings(max_examples=200)
@given(place=st.sampled_from(SPOTS), other=JSON)
def test_a_tape_with_any_value_anywhere_is_loaded_or_refused(place: tuple[str | int, ...], other: Any) -> None:
    said = refusal(lambda: tape.loads(json.dumps(replaced(RECORDED, place, other)), "x.json"))

    assert not said or said.startswith("The tape x.json ")


@given(raw=st.binary(max_size=300) | WILD.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_is_a_tape_or_refused(raw: bytes) -> None:
    assert refusal(lambda: tape.loads(raw, "x.json")).startswith("The tape x.json ")


@pytest.mark.parametrize("size", [100_000, pytest.param(strict_yaml.SIZE_LIMIT_BYTES, marks=pytest.mark.proof)])
@pytest.mark.parametrize(
    ("beginning", "repeated", "end"),
    [
        ("", "x", ""),
        ("", "- a\n", ""),
        ("", "[", ""),
        ("", "{a: ", ""),
        ("a: &a [x]\nb: [", "*a, ", "]"),
        ('"', "\\n", '"'),
        ("x: ", "9", ""),
        ("%TAG ! tag:", "x", ""),
    ],
    ids=["one word", "a long list", "deep lists", "deep mappings", "aliases", "escapes", "a long number", "a long tag"],
)
def test_the_largest_files_take_bounded_memory(
    tmp_path: Path, size: int, beginning: str, repeated: str, end: str
) -> None:
    text = beginning + repeated * ((size - len(beginning + end)) // len(repeated)) + end
    tracemalloc.start()
    try:
        load(tmp_path, text)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_LIMIT_BYTES * size / strict_yaml.SIZE_LIMIT_BYTES
    finally:
        tracemalloc.stop()
