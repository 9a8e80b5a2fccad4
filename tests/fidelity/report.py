"""Tries the statements on emulators, and writes what they hold."""

from __future__ import annotations

from tests.fidelity.emulators import EMULATORS, Emulator
from tests.fidelity.statements import ALL


def problems(emulator: Emulator) -> dict[str, str]:
    """The statements that an emulator does not hold, by id: why not."""
    with emulator.start() as target:
        tried = {statement.id: statement.problem(target) for statement in ALL}
    return {name: problem for name, problem in tried.items() if problem}
