"""Reports. Each is made from the one result object of `harness.grading.grade`, by the name of its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.grading.grade import Result


def _text(result: Result, hints: int, verbose: bool) -> str:
    from harness.report import console

    return console.render(result, hints=hints, verbose=verbose)


def _json(result: Result, hints: int, verbose: bool) -> str:  # noqa: ARG001  (machines get everything)
    from harness.report import json_report

    return json_report.render(result)


def _junit(result: Result, hints: int, verbose: bool) -> str:  # noqa: ARG001  (for graders)
    from harness.report import junit

    return junit.render(result)


def _markdown(result: Result, hints: int, verbose: bool) -> str:
    from harness.report import markdown

    return markdown.render(result, hints=hints, verbose=verbose)


def _github(result: Result, hints: int, verbose: bool) -> str:  # noqa: ARG001  (annotations are short)
    from harness.report import github

    return github.render(result)


def _gradescope(result: Result, hints: int, verbose: bool) -> str:  # noqa: ARG001  (each check is a test there)
    from harness.report import gradescope

    return gradescope.render(result, hints=hints)


FORMATS: Mapping[str, Callable[[Result, int, bool], str]] = {
    "text": _text,
    "json": _json,
    "junit": _junit,
    "markdown": _markdown,
    "github": _github,
    "gradescope": _gradescope,
}
"""What makes each format, from a result, the number of hints to show, and whether to show every check. A format's
imports are loaded when it is used."""
