"""A class of another name."""

from __future__ import annotations


class Shop:
    """The harness looks for `Store`."""
