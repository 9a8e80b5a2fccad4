"""What `check-lab` says of a definition beyond what loading it refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from harness import paths
from harness.assessment import Assessment, load

LONGEST_STUDENT_ID = "a" * 20
LONGEST_REGION = "ap-northeast-1"
BUCKET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
WORDS_IN_A_ROW = 6
WORD = re.compile(r"[A-Za-z0-9_#$]+")
COINED_NAME = re.compile(r"(?=.*[a-z0-9])[A-Za-z][A-Za-z0-9_]*(?:[0-9_]|[a-z][A-Z])[A-Za-z0-9_]*|[A-Z]+[0-9]+[A-Z0-9]*")


def lint(file: Path) -> tuple[Assessment, list[str]]:
    """Loads a definition with the longest names there can be, and lists what an author should mend.

    Raises:
        DefinitionError: it cannot be loaded at all.
    """
    assessment = load(file, student_id=LONGEST_STUDENT_ID, account_id="1" * 12, region=LONGEST_REGION)
    return assessment, list(_problems(assessment))


def _problems(assessment: Assessment) -> Iterator[str]:
    try:
        quoted = _Solution(paths.solution(assessment.id))
    except (SyntaxError, ValueError, OSError) as error:
        yield f"the reference solution cannot be read: {error}."
        return
    for task in assessment.tasks:
        if not task.hints:
            yield f"task {task.id}: has no hint."
        for tier, hint in enumerate(task.hints, 1):
            if found := quoted.quotes(hint):
                yield f"task {task.id}: hint {tier} quotes the solution: {found!r}."
    for name, value in assessment.names.items():
        if LONGEST_STUDENT_ID not in value:
            yield f"names.{name}: must hold ${{student_id}}, so that students can share an account."
    bucket = assessment.names.get("archive_bucket", "archive")
    if not BUCKET_NAME.fullmatch(bucket):
        yield f"names.archive_bucket: {bucket!r} is no valid bucket name for every student id and account."
    if not paths.starter(assessment.id).is_dir():
        yield f"there is no starter: {paths.starter(assessment.id)} does not exist."


class _Solution:
    """The reference solution's words and coined names (attribute and index names), to find them in hints."""

    def __init__(self, folder: Path) -> None:
        self._rows: set[tuple[str, ...]] = set()
        self._names: set[str] = set()
        for file in sorted(folder.rglob("*.py")):
            text = file.read_text("utf-8")
            self._rows |= _rows(text)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and COINED_NAME.fullmatch(node.value):
                    self._names.add(node.value)

    def quotes(self, hint: str) -> str:
        """What the hint quotes of the solution, or nothing."""
        for row in sorted(_rows(hint) & self._rows):
            return " ".join(row)
        return next((word for word in WORD.findall(hint) if word in self._names), "")


def _rows(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return {tuple(words[start : start + WORDS_IN_A_ROW]) for start in range(len(words) - WORDS_IN_A_ROW + 1)}
