"""Importing `checks` registers the kinds that tests ask for."""

import checks  # noqa: F401
