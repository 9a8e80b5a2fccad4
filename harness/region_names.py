"""The names of Regions, as people type them. `account/regions.py` knows which Regions exist."""

from __future__ import annotations

import re

from harness.usage import UsageError

DEFAULT_REGION = "us-east-1"
REGION_PATTERN = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")


def validate_region(region: str) -> str:
    """Returns the Region if its name has the form of one.

    Raises:
        UsageError: it does not.
    """
    if not REGION_PATTERN.fullmatch(region):
        raise UsageError(f"{region!r} is not the name of an AWS Region, such as {DEFAULT_REGION}.")
    return region
