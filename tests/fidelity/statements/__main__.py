"""Prints docs/fidelity.md: `python -m tests.fidelity.statements > docs/fidelity.md`."""

from __future__ import annotations

import sys

from tests.fidelity.report import document

sys.stdout.write(document())
