"""Which code of a submission a lab asks for, as its definition declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.submission.caller import file_of


@dataclass(frozen=True, slots=True)
class DrivenCode:
    """Code that a lab asks for: a class in a module, created with arguments and perhaps a boto3 session after them, or
    the functions of a module (`class_name` is empty). `tables` are those that it works with; `made_with` are its
    arguments as Python expressions, as a student would write them."""

    name: str
    module: str
    class_name: str
    arguments: tuple[Any, ...]
    made_with: tuple[str, ...]
    session: bool
    tables: tuple[str, ...]
    scenario_name: str

    @property
    def file(self) -> str:
        """The module's file, by its path in a submission's folder."""
        return file_of(self.module)

    @property
    def what(self) -> str:
        """Its name in messages."""
        return f"The {self.class_name}" if self.class_name else self.file

    @property
    def subject(self) -> str:
        """The object or module that has its methods or functions, in an example."""
        return self.name if self.class_name else self.module.rpartition(".")[2]

    def plain(self) -> dict[str, Any]:
        """As plain data. Evidence counts only as long as the code is declared in the same way."""
        return {
            "module": self.module,
            "class": self.class_name,
            "arguments": list(self.arguments),
            "session": self.session,
            "tables": list(self.tables),
            "scenario": self.scenario_name,
        }
