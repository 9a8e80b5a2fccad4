"""Which Regions AWS has, according to botocore's endpoint data. A Region may be newer than these data."""

from __future__ import annotations

import functools
from typing import Any

from botocore.exceptions import UnknownServiceError

from harness.account.session import sealed_session, service_model


@functools.cache
def _partitions() -> list[dict[str, Any]]:
    partitions: list[dict[str, Any]] = (
        sealed_session().get_component("data_loader").load_data("endpoints")["partitions"]
    )
    return partitions


@functools.cache
def known_regions() -> frozenset[str]:
    """The Regions of every partition."""
    return frozenset(region for partition in _partitions() for region in partition["regions"])


def is_region_of(service: str, region: str) -> bool:
    """Whether requests to a service (botocore's name) may name that Region.

    Global services, such as IAM, are shared by all Regions of a partition: a client reaches them whatever it calls its
    Region. Some others also have a name for all Regions, such as `aws-global`.
    https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints
    """
    if region in known_regions():
        return True
    try:
        prefix = service_model(service).endpoint_prefix
    except UnknownServiceError:
        return False
    offers = [partition["services"].get(prefix, {}) for partition in _partitions()]
    return any(offer.get("isRegionalized") is False or offer.get("partitionEndpoint") == region for offer in offers)
