"""Many small cases in one test: where each takes microseconds, pytest takes longer for the test around it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]


def each(
    names: str | tuple[str, ...], cases: Iterable[Any], ids: Callable[[Any], object] = repr
) -> Callable[[Test], Test]:
    """What `pytest.mark.parametrize` does, in one test: for cases that need no fixture of their own, and leave nothing
    behind. All cases are tried; a failure names each that failed, and shows the first.

    Args:
        names: the parameters; in a text with commas, or a tuple, several.
        cases: for one parameter a value each, for several a tuple each; or a `pytest.param` with an id.
        ids: what a value is called in a failure.
    """
    several = isinstance(names, tuple) or "," in names
    parameters = [one.strip() for one in (names.split(",") if isinstance(names, str) else names)]
    tried: list[tuple[str, tuple[Any, ...]]] = []
    for case in cases:
        named = isinstance(case, type(pytest.param()))
        values = tuple(case.values if named else case if several else (case,))
        name = case.id if named and case.id else ", ".join(str(ids(one))[:200] for one in values)
        tried.append((name, values))

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def every(*arguments: Any, **fixtures: Any) -> None:
            failed: list[tuple[str, BaseException]] = []
            for name, values in tried:
                try:
                    test(*arguments, **fixtures, **dict(zip(parameters, values, strict=True)))
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  (it is raised below)
                    failed.append((name, error))
            if failed:
                first = failed[0][1]
                first.add_note(
                    f"failed with {len(failed)} of {len(tried)} cases: {'; '.join(name for name, _ in failed)}"
                )
                raise first

        assert tried, "no case"
        given = inspect.signature(test)
        kept = [one for name, one in given.parameters.items() if name not in parameters]
        every.__signature__ = given.replace(parameters=kept)  # type: ignore[attr-defined]
        return every

    return decorate
