"""How a request is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VALIDATION = "ValidationException"
INVALID = "One or more parameter values were invalid: "


class Refused(Exception):
    """AWS refuses the request.

    Attributes:
        rule: the short name of the rule that the request breaks. Each rule has one name.
        message: AWS's text, as far as it is known. AWS's Regions have had different texts since 2026.
        code: AWS's error code.
        details: other members of the error, such as CancellationReasons.
    """

    def __init__(self, rule: str, message: str, code: str = VALIDATION, **details: Any) -> None:
        super().__init__(message)
        self.rule, self.message, self.code = rule, message, code
        self.details: Mapping[str, Any] = details


class Undecided(Exception):
    """It is not known what AWS answers to this request. The message says why, as a sentence."""
