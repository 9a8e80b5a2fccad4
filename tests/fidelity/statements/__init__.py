"""The statements about DynamoDB that make the figure in docs/fidelity.md: one module a subject."""

from importlib import import_module

from tests.fidelity.statement import ALL

SUBJECTS = {
    name: str(import_module(f"{__name__}.{name}").__doc__)
    for name in (
        "tables",
        "recovery",
        "items",
        "expressions",
        "evaluation",
        "updates",
        "reads",
        "batches",
        "capacity",
        "streams",
        "exports",
        "mappings",
        "alarms",
    )
}
"""The modules with statements, in order, and the subject of each."""

__all__ = ["ALL", "SUBJECTS"]
