"""The statements about DynamoDB that make the figure in docs/fidelity.md: one module a subject."""

from tests.fidelity.statement import ALL
from tests.fidelity.statements import (
    tables,  # noqa: F401  (each module adds its statements, in this order)
)
from tests.fidelity.statements import recovery  # noqa: F401
from tests.fidelity.statements import items  # noqa: F401
from tests.fidelity.statements import expressions  # noqa: F401
from tests.fidelity.statements import evaluation  # noqa: F401
from tests.fidelity.statements import updates  # noqa: F401
from tests.fidelity.statements import reads  # noqa: F401
from tests.fidelity.statements import batches  # noqa: F401
from tests.fidelity.statements import capacity  # noqa: F401
from tests.fidelity.statements import streams  # noqa: F401
from tests.fidelity.statements import exports  # noqa: F401

__all__ = ["ALL"]
