"""Sessions that read nothing from the machine: no environment variable, no file below the home folder.

botocore takes some forty settings from environment variables and `~/.aws`. Here each has botocore's own default.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConfigValueStore, ConstantProvider
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 20


@functools.cache
def _loader() -> Loader:
    """The service models that botocore ships, each read once in a process."""
    data = str(Path(botocore.__file__).parent / "data")
    return Loader(extra_search_paths=[data], include_default_search_paths=False)


@functools.cache
def service_model(service: str) -> ServiceModel:
    """What botocore knows about a service.

    Raises:
        UnknownServiceError: botocore does not know it.
    """
    return sealed_session().get_service_model(service)


def aws_domains() -> set[str]:
    """The domains of AWS's endpoints in every partition, such as `amazonaws.com`."""
    outputs = [partition["outputs"] for partition in _loader().load_data("partitions")["partitions"]]
    return {one[name] for one in outputs for name in ("dnsSuffix", "dualStackDnsSuffix")}


@functools.cache
def sealed_session() -> Session:
    """A botocore session that knows only what is in the botocore package."""
    session = Session()
    constants = {name: ConstantProvider(default) for name, (_, _, default, _) in _variables().items()}
    session.register_component("config_store", ConfigValueStore(mapping=constants))
    session.register_component("data_loader", _loader())
    return session


def _variables() -> dict[str, tuple[object, object, object, object]]:
    variables = dict(BOTOCORE_DEFAUT_SESSION_VARIABLES)
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    return variables


def sealed_client(
    session: Session, service: str, *, region: str, endpoint_url: str, credentials: Credentials
) -> BaseClient:
    """A client for one endpoint, which uses no proxy and never retries: Account does that."""
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        config=Config(
            proxies={},
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            max_pool_connections=16,
            s3={"addressing_style": "path"},
        ),
    )
