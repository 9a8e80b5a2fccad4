"""harness/ and checks/ know no lab: none of the words that only one lab has stands in their code, texts or comments.

A lab's words are its id, what its `names` begin with, the methods that its starter asks for, its entities (the
parameters that are mappings or end in `_id`, and the keys of its entities.json) and its attributes in camelCase.
All text is searched, in the singular and the plural, as `place_order`, `placeOrder`, `PlaceOrder` or "place order".
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from harness import paths
from harness.documents import strict_yaml
from harness.labs.definition import known_labs
from tests.each import each
from tests.support import ROOT

COMMON = """
    account action add archive attribute backup batch bucket call client count create data database date delete
    event find function get group handler history id index item key last level lambda list load main message name
    number page put query read record region request resource role run save scan schema session set start status
    stream table time transaction update user value version window workgroup write
"""
"""What DynamoDB, AWS or programs have anyway tells of no lab: a term is searched if one of its words is another."""

OTHER_SENSES = (
    # (where, pattern): a lab's word in another sense. Whatever else is said of it is found.
    ("", r"\b(?:in|keep)\s+(?:(?:their|its|any|no|another|good|ascending)\s+)?order\b"),
    ("", r"\bthe\s+order\s+(?:of|in\s+which)\b"),
    ("checks/facts/alarms.py", r"\bORDER\\s"),  # ORDER BY in a Metrics Insights query
    ("checks/languages/sql_slips.py", r'\bORDER_BY\b|"ORDER"|\btheir\s+order\b'),  # ORDER BY in SQL
    ("checks/facts/trials.py", r"\bitertools\.product\b"),
    ("checks/table.py", r"\bCUSTOMER_MANAGED\b|\"CUSTOMER\"|\bcustomer\s+manages\b"),  # whose a KMS key is
    ("harness/targets/embedded/moto_corrections.py", r"\bcustomer\s+managed\b"),  # whose a KMS key is
    ("harness/targets/embedded/account.py", r"\bCUSTOMER_DATA_PATH\b"),  # a setting of moto
    ("harness/targets/dynamodb/grammar.py", r"\bORDER\b"),  # a token of a grammar: < and its like
    ("harness/checking/runner.py", r"\bstatic_order\b|\border(?=[.:])"),  # of checks, from graphlib
    ("harness/labs/definition.py", r"\b_order_problems\b"),  # of checks
    ("checks/items.py", r"\bWHERE = .*"),  # a part of examples
    ("harness/gateway/server.py", r"\bto\s+order\s+them\b"),  # of requests
    ("harness/audit/", r"(?i)review(?:s|ed)?(?![a-z])"),  # what an author has reviewed for an audit
    ("harness/paths.py", r"\breview(?:_file)?\b"),
)

WORDS = {"some lab", "shop archive", "place order", "order id", "order", "review", "product", "customer", "inventory"}
"""For the test's own tests."""

ENGINE = sorted(
    file
    for package in ("harness", "checks")
    for suffix in ("*.py", "*.json")
    for file in (ROOT / package).rglob(suffix)
)


def split(text: str) -> str:
    """A text in lower case, with camelCase, snake_case and words-with-dashes as separate words; its lines stay."""
    return re.sub(r"[_-]", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)).lower()


def terms(lab_id: str) -> set[str]:
    """The words that only this lab has."""
    names: dict[str, str] = strict_yaml.read(paths.definition(lab_id)).value.get("names", {})
    found = {part.strip("-_./") for name in names.values() for part in re.split(r"\$\{\w+\}", name)}
    for file in sorted(paths.starter(lab_id).rglob("*.py")):
        found |= set(_of_starter(file.read_text("utf-8")))
    entities = paths.FIXTURES / lab_id / "entities.json"
    if entities.is_file():
        described: dict[str, dict[str, Any]] = json.loads(entities.read_text("utf-8"))
        found |= {*described, *(key for entity in described.values() for key in entity if key != key.lower())}
    return {split(term) for term in found if set(split(term).split()) - set(COMMON.split())}


def _of_starter(source: str) -> Iterator[str]:
    """Its methods and functions, the entities among their parameters, and attributes in camelCase."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name
            for argument in node.args.args:
                if argument.arg.endswith("_id"):
                    yield argument.arg.removesuffix("_id")
                elif argument.annotation and "Mapping" in ast.unparse(argument.annotation):
                    yield argument.arg
    yield from re.findall(r"\b[a-z]+(?:[A-Z][a-z0-9]*)+\b", source)


def searched(name: str, source: str) -> str:
    """A file's name and its text, without the examples of checks and what has another sense; its lines stay."""
    text = f"{name} {source}"
    for node in ast.walk(ast.parse(source)) if name.endswith(".py") else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
            for keyword in node.keywords:
                if keyword.arg == "example" and (example := ast.get_source_segment(source, keyword)):
                    text = text.replace(example, _blank(example))
    for place, pattern in OTHER_SENSES:
        if name.startswith(place):
            text = re.sub(pattern, lambda found: _blank(found[0]), text)
    return split(text)


def _blank(text: str) -> str:
    return "\n" * text.count("\n")


def found_in(name: str, source: str, words: set[str]) -> list[str]:
    """Where a file says one of the words: line and word."""
    plurals = (f"{re.escape(word[:-1])}(?:y|ies)" if word.endswith("y") else f"{re.escape(word)}s?" for word in words)
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(plurals, key=len, reverse=True))})\b")
    text = searched(name, source)
    return [f"{name}:{text.count(chr(10), 0, one.start()) + 1}: {one[0]}" for one in pattern.finditer(text)]


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """By file: where it says a word of a lab."""
    places = {}
    words = {lab_id: terms(lab_id) for lab_id in known_labs()}
    for file in ENGINE:
        name, source = file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
        for lab_id, own in words.items():
            said = found_in(name, source, own)
            if is_of_a_lab(said) or re.search(rf"\b{lab_id}\b", source):
                places[name] = [*said, lab_id]
    return places


def is_of_a_lab(said: list[str]) -> bool:
    """Whether words that a file says tell of a lab: one word alone may have another sense there, such as a lab's `score`."""
    words = {one.rpartition(": ")[2] for one in said}
    return len({word.removesuffix("s") for word in words}) > 1 or bool([word for word in words if " " in word])


def test_no_lab_is_known(found: dict[str, list[str]]) -> None:
    assert found == {}


@each(
    ("said", "expected"),
    [
        ([], False),
        (["a.py:1: score", "a.py:2: scores"], False),
        (["a.py:1: score", "a.py:2: player"], True),
        (["a.py:1: best score"], True),
    ],
)
def test_one_word_alone_may_have_another_sense(said: list[str], expected: bool) -> None:
    assert is_of_a_lab(said) is expected


@each("lab_id", known_labs())
def test_a_lab_has_words_of_its_own(lab_id: str) -> None:
    assert len(terms(lab_id)) > 0


def test_a_starter_tells_methods_entities_and_attributes() -> None:
    source = (
        "class Store:\n    def send(self, order: Mapping[str, int], city_id: str, day: str) -> None:\n        'orderId'"
    )

    assert set(_of_starter(source)) == {"send", "order", "city", "orderId"}


@each(
    "source",
    [
        "def place_order() -> None: ...",
        "class PlaceOrder: ...",
        "orders = 1",
        "found = {'orderId': 1}",
        "# three reviews of one product",
        "text = 'The order was not written.'",
        "text = f'{number} orders are missing'",
        "prefix = 'shop-archive-'",
        "LAB = 'some_lab'",
        "import inventory_facts",
        '@check("a.b", actions=("order",), example={"table": "x"})\ndef judge() -> None: ...',
    ],
)
def test_a_word_of_a_lab_is_found(source: str) -> None:
    assert found_in("checks/some.py", source, WORDS) != []


@each(
    "source",
    [
        "# in order to read them in their order",
        "border, reorder, production, preview = 1, 2, 3, 4",
        "text = 'Put the order of the\\nkeys right.'",
        '@check("a.b", example={"key": "customer_id"})\ndef judge() -> None: ...',
    ],
)
def test_what_has_another_sense_is_not_found(source: str) -> None:
    assert found_in("checks/some.py", source, WORDS) == []
