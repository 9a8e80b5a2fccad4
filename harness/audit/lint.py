"""What `check-lab` reports besides the problems with which a definition cannot be loaded."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from harness import paths
from harness.account.regions import known_regions
from harness.audit.review import load_review
from harness.documents import strict_yaml
from harness.documents.strict_yaml import Document, Problem
from harness.labs.definition import Lab, load, named_regions
from harness.usage import did_you_mean

LONGEST_STUDENT_ID = "a" * 20
LONGEST_REGION = "ap-northeast-1"
BUCKET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
WORDS_IN_A_ROW = 6
WORD = re.compile(r"[A-Za-z0-9_#$]+")
COINED_NAME = re.compile(r"(?=.*[a-z0-9])[A-Za-z][A-Za-z0-9_]*(?:[0-9_]|[a-z][A-Z])[A-Za-z0-9_]*|[A-Z]+[0-9]+[A-Z0-9]*")


def lint(file: Path) -> tuple[Lab, list[Problem]]:
    """Loads a definition with the longest possible names, and lists what an author should correct.

    Raises:
        DefinitionError: it, or its review, cannot be loaded at all.
    """
    longest = (LONGEST_REGION, *sorted(known_regions(), key=len, reverse=True))
    region = next(one for one in longest if one not in named_regions(file).values())
    lab = load(file, student_id=LONGEST_STUDENT_ID, account_id="1" * 12, region=region)
    problems = list(_problems(strict_yaml.read(file), lab))
    if paths.review(lab.id).is_file():
        load_review(paths.review(lab.id), {spec.finding_id for spec in lab.checks})
    return lab, problems


def _problems(document: Document, lab: Lab) -> Iterator[Problem]:
    yield from _hint_problems(document, lab)
    for name, value in lab.names.items():
        if LONGEST_STUDENT_ID not in value:
            message = "must hold ${student_id}, so that students can share an account."
            yield document.problem(("names", name), message)
    for name, region in lab.regions.items():
        if region not in known_regions():
            message = f"AWS does not have the Region {region}.{did_you_mean(region, known_regions())}"
            yield document.problem(("regions", name), message)
    buckets = {spec.parameters["bucket"] for spec in lab.checks if "bucket" in spec.parameters}
    for name, value in lab.names.items():
        if value in buckets and not BUCKET_NAME.fullmatch(value):
            message = f"{value!r} is not a valid bucket name for every student id and account."
            yield document.problem(("names", name), message)
    starter, review = paths.starter(lab.id), paths.review(lab.id)
    for what, place in (("starter", starter), ("review for its audit", review)):
        if not place.exists():
            yield document.problem((), f"there is no {what}: {place} does not exist.")


def _hint_problems(document: Document, lab: Lab) -> Iterator[Problem]:
    try:
        quoted = _Solution(paths.solution(lab.id))
    except (SyntaxError, ValueError, OSError) as error:
        yield document.problem((), f"the reference solution cannot be read: {error}.")
        return
    for index, task in enumerate(lab.tasks):
        if not task.hints:
            yield document.problem(("tasks", index, "hints"), "a task needs a hint.")
        for tier, hint in enumerate(task.hints):
            if found := quoted.quotes(hint, prescribed=f"{task.title}\n{task.description}"):
                yield document.problem(("tasks", index, "hints", tier), f"quotes the solution: {found!r}.")
        for position, spec in enumerate(task.checks):
            if found := quoted.quotes(spec.hint, prescribed=f"{task.title}\n{task.description}\n{spec.says}"):
                path = ("tasks", index, "checks", position, "hint")
                yield document.problem(path, f"quotes the solution: {found!r}.")


class _Solution:
    """The words of the reference solution, and the names that it invents for attributes and indexes, to find them in
    hints."""

    def __init__(self, folder: Path) -> None:
        self._rows: set[tuple[str, ...]] = set()
        self._names: set[str] = set()
        for file in sorted(folder.rglob("*.py")):
            text = file.read_text("utf-8")
            self._rows |= _rows(text)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and COINED_NAME.fullmatch(node.value):
                    self._names.add(node.value)

    def quotes(self, hint: str, *, prescribed: str) -> str:
        """What the hint quotes from the solution, or nothing. It may name what the task itself prescribes."""
        for row in sorted((_rows(hint) & self._rows) - _rows(prescribed)):
            return " ".join(row)
        secret = self._names - set(WORD.findall(prescribed))
        return next((word for word in WORD.findall(hint) if word in secret), "")


def _rows(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return {tuple(words[start : start + WORDS_IN_A_ROW]) for start in range(len(words) - WORDS_IN_A_ROW + 1)}
