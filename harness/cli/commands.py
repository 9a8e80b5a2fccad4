"""The commands: the modules of this package that have a `run`. `check_lab.py` is the command `check-lab`.

Such a module holds `SUMMARY`, its line in the help; `add_arguments(parser)`, if it has arguments; and `run(options)`,
which returns the exit code.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from harness import cli


@functools.cache
def commands() -> Mapping[str, ModuleType]:
    """The module of each command, by its name."""
    modules = [importlib.import_module(f"{cli.__name__}.{one.name}") for one in pkgutil.iter_modules(cli.__path__)]
    return {_named(module): module for module in modules if hasattr(module, "run")}


def _named(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2].replace("_", "-")
