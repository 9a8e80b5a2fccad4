"""What pip installs: pyproject.toml names it, and requirements*.txt agree with that."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GRADING = PROJECT["project"]["dependencies"]
TESTS = PROJECT["dependency-groups"]["test"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]


def name(requirement: str) -> str:
    """The package that a line of requirements is about."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(file: str) -> dict[str, set[str]]:
    """The packages of a compiled file, with each pin. One may have several, for several Pythons."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / file).read_text("utf-8").splitlines():
        if line[:1].isalnum():
            found.setdefault(name(line), set()).add(line)
    return found


def imported(*folders: str) -> set[str]:
    """What else than Python's own modules and the tool's is imported by the code in these folders."""
    found = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {one.name.partition(".")[0] for one in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found - {*sys.stdlib_module_names, "harness", "checks", "fixtures", "tests", "validate_tasks"}


def test_the_compiled_requirements_hold_what_the_project_names() -> None:
    tests, development = pins("requirements.txt"), pins("requirements-dev.txt")

    assert {name(one) for one in GRADING + TESTS} <= {*tests}
    assert {name(one) for one in DEVELOPMENT} <= {*development}
    assert {package: lines for package, lines in development.items() if package in tests} == tests
    assert not {name(one) for one in DEVELOPMENT} & {*tests}, "nothing that only developers need is installed to grade"


def test_what_is_pinned_in_the_project_is_pinned_to_the_same_version() -> None:
    exact = [one for one in GRADING + TESTS if "==" in one]

    assert [one for one in exact if re.sub(r"\[.*\]", "", one) not in pins("requirements.txt")[name(one)]] == []
    assert name(exact[0]) == "moto"


def test_grading_needs_what_its_code_imports_and_tests_need_more() -> None:
    distributions = {module: {name(one) for one in ones} for module, ones in packages_distributions().items()}
    through_others = {"botocore", "werkzeug"}  # of boto3 and moto
    named = {name(one) for one in GRADING}

    engine = {name for module in imported("harness", "checks") for name in distributions[module]}
    assert engine - through_others == named
    assert {name(one) for one in TESTS} & engine == set()


@pytest.mark.parametrize("key", ["readme", "license-files"])
def test_files_that_the_project_names_exist(key: str) -> None:
    named = PROJECT["project"][key]
    assert all((ROOT / file).is_file() for file in ([named] if isinstance(named, str) else named))
