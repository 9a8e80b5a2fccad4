"""Every text of the product is in plain modern English: none of these words and phrases is in it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.each import each

ROOT = Path(__file__).parent.parent
FOLDERS = ("harness", "checks", "fixtures", "tasks", "docs", "bench")
NOT_COVERED = ("tasks/audit", "fixtures/every_check/tasks/audit", "fixtures/tiny/tasks/audit")
"""Reviews: `says` of a mutant is a part of its name in the accepted outcomes."""

BANNED = (
    r"mend(s|ed)?",
    r"anew",
    r"at last",
    r"for ever",
    r"(is|are|was|were|be|not) told",
    r"tells? (that|of|about)",
    r"nobody (told|asked|asks|knows|tells)",
    r"(it|that|this|which|what|who|[a-z]+s) (is|are|was|were) no (?!(longer|more|other|such|one|access)\b)[a-z]+",
    r"stands? (alone|twice|once|here|there)",
    r"what (lies|lay|stands)",
    r"the more [^.]* the more",
    r"be it",
    r"what needed it",
    r"(graded|counted|seen|judged) are",
    r"by reads alone",
    r"of which one",
    r"is sent (the|what)",
    r"before all else",
    r"whoever (asks|reads|grades|writes)",
)
SEARCH = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", re.IGNORECASE).search


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """The texts in a file, with their lines: of Python, its strings and comments."""
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def product() -> list[Path]:
    files = [
        file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".md", ".yaml")
    ]
    covered = [file for file in files if not file.relative_to(ROOT).as_posix().startswith(NOT_COVERED)]
    return sorted([*covered, *ROOT.glob("*.md"), *ROOT.glob("*.py"), *(ROOT / "harness").rglob("*.schema.json")])


def test_no_text_has_one_of_these_phrases() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}" for file in product() for line, text in texts(file) if SEARCH(text)
    ]

    assert found == []


@each(
    "phrase",
    ["It is told.", "Nobody asked.", "mend it", "Graded are all.", "it is no table", "THE MORE it is, the more"],
)
def test_each_of_them_would_be_found(phrase: str) -> None:
    assert SEARCH(phrase)


def test_it_reads_comments_docstrings_and_documents(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""It is\n    told."""\nX = f"nobody {1} asks"  # mend it\n')

    assert [text for _, text in texts(file)] == ["It is told.", "nobody", "asks", "# mend it"]
    assert {ROOT / "README.md", ROOT / "harness" / "usage.py", ROOT / "docs" / "gaps.md"} <= set(product())
