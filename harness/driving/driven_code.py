"""Which code a lab drives, as its definition declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.submission.caller import file_of


@dataclass(frozen=True, slots=True)
class DrivenCode:
    """Code that a lab drives, as its definition declares it: a class of a module, made with arguments and perhaps a boto3
    session after them, or the functions of a module (`class_name` is empty). `tables` are those that it works with;
    `made_with` are its arguments as Python expressions, as a student would write them."""

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
        """What messages call it."""
        return f"The {self.class_name}" if self.class_name else self.file

    @property
    def subject(self) -> str:
        """What its methods or functions are attributes of, in an example."""
        return self.name if self.class_name else self.module.rpartition(".")[2]

    def plain(self) -> dict[str, Any]:
        """As plain data: evidence of what was declared otherwise is no evidence of it."""
        return {
            "module": self.module,
            "class": self.class_name,
            "arguments": list(self.arguments),
            "session": self.session,
            "tables": list(self.tables),
            "scenario": self.scenario_name,
        }
