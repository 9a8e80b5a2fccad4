"""The three targets: the embedded account, an endpoint that is compatible with AWS, the credentials' own account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session
from botocore.utils import get_environ_proxies

from harness.account.client import Account
from harness.account.errors import ReadError
from harness.account.regions import known_regions
from harness.account.session import aws_domains
from harness.clock import Clock
from harness.gateway.server import HARNESS_ROLE, Gateway
from harness.region_names import DEFAULT_REGION, validate_region
from harness.targets.embedded.account import ACCOUNT_ID, EmbeddedAccount
from harness.targets.forwarding import Upstream
from harness.usage import UsageError, did_you_mean

UNKNOWN_ACCOUNT_ID = "000000000000"


class TargetKind(StrEnum):
    """Where to look."""

    EMBEDDED = "embedded"
    ENDPOINT = "endpoint"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What the user chose. `endpoint_url` and `live` exclude each other; without both, it is the embedded account."""

    endpoint_url: str | None = None
    live: bool = False
    profile: str | None = None
    region: str | None = None
    expect_account: str | None = None
    provision: bool = False
    allow_writes: bool = False

    @property
    def kind(self) -> TargetKind:
        if self.live:
            return TargetKind.LIVE
        return TargetKind.ENDPOINT if self.endpoint_url else TargetKind.EMBEDDED


@dataclass(frozen=True, slots=True)
class Target:
    """An open target. `account_id` and `identity` (an ARN) are empty if the target does not report them."""

    kind: TargetKind
    region: str
    gateway: Gateway
    account: Account
    embedded: EmbeddedAccount | None
    account_id: str
    identity: str


@contextmanager
def open_target(options: TargetOptions, clock: Clock) -> Iterator[Target]:
    """Opens a target and starts its gateway, and closes both again.

    Raises:
        UsageError: the options cannot be used on this machine (no credentials, no Region, another account).
    """
    if options.provision and options.endpoint_url and _is_aws(options.endpoint_url):
        raise UsageError("--provision writes, and AWS is read-only here. Leave it out, or name another endpoint.")
    embedded = EmbeddedAccount(clock.now) if options.kind is TargetKind.EMBEDDED else None
    region, backend = (options.region or DEFAULT_REGION, embedded) if embedded else _upstream(options)
    validate_region(region)
    if embedded and region not in known_regions():
        raise UsageError(f"--region {region}: AWS does not have this Region.{did_you_mean(region, known_regions())}")
    faithful = options.endpoint_url is None or _is_aws(options.endpoint_url)
    with Gateway(backend, reads_only=embedded is None and not options.provision) as gateway:
        account = Account(
            endpoint_url=gateway.url,
            credentials=gateway.credentials(HARNESS_ROLE),
            region=region,
            clock=clock,
            faithful=faithful,
        )
        account_id, identity = (ACCOUNT_ID, "") if embedded else _identity(account)
        account.account_id = account_id
        if options.expect_account and account_id != options.expect_account:
            found = (
                f"these credentials belong to account {account_id}"
                if account_id
                else "the account of these credentials is unknown"
            )
            raise UsageError(
                f"--expect-account {options.expect_account}: {found}. Nothing was graded; check the profile."
            )
        yield Target(options.kind, region, gateway, account, embedded, account_id, identity)


def _is_aws(endpoint_url: str) -> bool:
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith(tuple(f".{domain}" for domain in aws_domains()))


def _identity(account: Account) -> tuple[str, str]:
    """Account id and caller's ARN. Both are empty if the target does not report them; each check then says so too."""
    try:
        answer = account.read("sts", "GetCallerIdentity")
    except ReadError:
        return "", ""
    return str(answer.get("Account", "")), str(answer.get("Arn", ""))


def _upstream(options: TargetOptions) -> tuple[str, Upstream]:
    """The Region and the forwarder of an endpoint or of AWS."""
    if options.endpoint_url and not options.profile:
        return options.region or DEFAULT_REGION, Upstream(
            _one_endpoint(options.endpoint_url), lambda: Credentials("test", "test")
        )
    try:
        session = Session(profile=options.profile)
        region = options.region or session.get_config_variable("region")
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise UsageError(f"The AWS settings of this machine cannot be used: {error}") from error
    if credentials is None:
        raise UsageError("No AWS credentials were found. Sign in (aws sso login, aws configure) or name a --profile.")
    if not region:
        raise UsageError("No Region is set for these credentials. Choose one with --region.")
    if options.endpoint_url:
        return region, Upstream(_one_endpoint(options.endpoint_url), lambda: credentials)
    live = _AwsEndpoints(session)
    proxies = get_environ_proxies(live("sts", region))
    return region, Upstream(live, lambda: credentials, proxies, session.get_config_variable("ca_bundle") or True)


def _one_endpoint(url: str) -> Callable[[str, str], str]:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # not the number of a port
        usable = False
    if not usable:
        raise UsageError(f"--endpoint-url {url!r} is not a URL such as http://127.0.0.1:4566.")
    return lambda service, region: url


class _AwsEndpoints:
    """AWS's own endpoints. Settings of this machine that point elsewhere are ignored, because --live means AWS."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._urls: dict[tuple[str, str], str] = {}

    def __call__(self, service: str, region: str) -> str:
        key = (service, region)
        if key not in self._urls:
            config = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # not in the stubs
            client = self._session.create_client(
                service,
                region_name=region,
                config=config,
                aws_access_key_id="none",
                aws_secret_access_key="none",  # noqa: S106  (the client only tells its endpoint)
            )
            self._urls[key] = client.meta.endpoint_url
        return self._urls[key]
