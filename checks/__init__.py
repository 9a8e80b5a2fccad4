"""The check kinds, grouped in modules by subject. Importing this package registers all of them."""

import importlib
import pkgutil

from checks import code

for _package in (__name__, code.__name__):
    for _module in pkgutil.iter_modules(importlib.import_module(_package).__path__):
        if not _module.ispkg:  # packages hold what several checks share
            importlib.import_module(f"{_package}.{_module.name}")
