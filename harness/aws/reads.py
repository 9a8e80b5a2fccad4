"""Which operations only read."""

from __future__ import annotations

import re

READ_PATTERN = re.compile(r"(Describe|List|Get|Head|BatchGet)[A-Z]\w*|Query|Scan|TransactGetItems")
NOT_READS = frozenset(
    {
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "GetDelegatedAccessToken"),
        ("sts", "GetWebIdentityToken"),
        ("kms", "GetParametersForImport"),
    }
)
"""Operations that are named like reads and make credentials or keys."""


def is_read(service: str, operation: str) -> bool:
    """Whether an operation only reads. Unknown names are not reads: only reading verbs pass."""
    return READ_PATTERN.fullmatch(operation) is not None and (service, operation) not in NOT_READS
