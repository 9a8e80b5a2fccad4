"""The tape of a run: every answer that it read, and how the submission's script ended, to grade the same run again.

A tape holds no credentials and no signed links, and items only on request. A tape may come from anybody, so what is
read from it is first checked against a schema.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError

from harness.account import errors
from harness.account.errors import NotOnTape, ReadError
from harness.account.reading import Answer, Reading, ReadKey, fields, other_region, read_key
from harness.account.session import service_model
from harness.account.shapes import misshapen
from harness.documents.plain import decode, encode
from harness.documents.schema import strict_validator
from harness.driving.evidence import Evidence, NoEvidence
from harness.driving.scenario import Driven
from harness.region_names import REGION_PATTERN
from harness.usage import UsageError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

TAPE_VERSION = 6
SIZE_LIMIT_BYTES = 64 * 1024 * 1024
READINGS_LIMIT = 10_000
DRIVEN_LIMIT = 100
LARGEST_NUMBER = 2**53
"""JSON readers may not agree on larger numbers. https://datatracker.ietf.org/doc/html/rfc8259#section-6"""

SIGNED_LINK = re.compile(
    r"(https?://[^\s\"'?]+)\?[^\s\"']*(?:Signature|Security-Token|AWSAccessKeyId)=[^\s\"']*", re.IGNORECASE
)
"""A link with a signature of version 4 (`X-Amz-Signature`) or 2 (`Signature`), which boto3 still uses for S3.
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth"""

CONFIGURATION_READ = re.compile(
    r"(Describe|Head|List)\w+"
    r"|Get(CallerIdentity|(Role|Policy)\w*|Function(Concurrency|Configuration)|Database|NamedQuery|WorkGroup"
    r"|PublicAccessBlock|Bucket\w+)"
)
"""Reads whose answers hold no items. A read that is not listed here is kept only together with the items."""

ERROR_KINDS: dict[str, type[ReadError]] = {
    kind.__name__: kind
    for kind in (
        errors.NotFound,
        errors.NotConfigured,
        errors.Denied,
        errors.Throttled,
        errors.NotImplementedByTarget,
        errors.NotAllowedHere,
        errors.Unreachable,
    )
}

_TEXT = {"type": "string"}
_NUMBER = {"type": "number", "minimum": 0, "maximum": LARGEST_NUMBER}
_COUNT = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


_READ: Mapping[str, type] = {"service": str, "operation": str, "parameters": dict}
_REQUEST: Mapping[str, type] = {"role": str, "region": str, **_READ, "status": int, "error": str}
_ERROR: Mapping[str, type] = dict.fromkeys(("kind", "code", "text"), str)
"""The fields of a recorded request, of a read and of its error. A tape holds hundreds of them, and checking them with a
schema would take most of the time."""


def _has(value: Any, kinds: Mapping[str, type]) -> bool:
    """Whether it is an object with exactly these fields."""
    return (
        isinstance(value, dict)
        and value.keys() == kinds.keys()
        and not [name for name, kind in kinds.items() if type(value[name]) is not kind]
    )


def _is_request(value: Any) -> bool:
    return _has(value, _REQUEST) and 0 <= value["status"] <= LARGEST_NUMBER


def _is_reading(value: Any) -> bool:
    if isinstance(value, dict) and "region" in value:
        region = value["region"]
        if not isinstance(region, str) or not REGION_PATTERN.fullmatch(region):
            return False
        value = {name: one for name, one in value.items() if name != "region"}
    if _has(value, {**_READ, "answer": dict}):
        return True
    return (
        _has(value, {**_READ, "error": dict}) and _has(value["error"], _ERROR) and value["error"]["kind"] in ERROR_KINDS
    )


_PROVISIONING = _object(
    script=_TEXT,
    exit_code={"type": "integer", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
    timed_out={"type": "boolean"},
    timeout_seconds=_NUMBER,
    seconds=_NUMBER,
    output=_TEXT,
    output_bytes=_COUNT,
    sleeps=_COUNT,
    sleeps_seconds=_NUMBER,
    left_processes={"type": "boolean"},
    requests={"type": "array"},
)
_STAMP = _object(
    tool_version=_TEXT,
    lab=_TEXT,
    definition_digest=_TEXT,
    student_id=_TEXT,
    submission={"enum": ["student", "reference", "account"]},
    submission_folder=_TEXT,
    target={"enum": ["embedded", "endpoint", "live"]},
    region=_TEXT,
    account_id={"type": "string", "pattern": "^([0-9]{12})?$"},
    identity=_TEXT,
    faithful={"type": "boolean"},
    task=_TEXT,
    interrupted={"type": "boolean"},
    recorded={"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?\+00:00$"},
    seed={"anyOf": [{"type": "null"}, _COUNT]},
)
SCHEMA = _object(
    tape_version={"const": TAPE_VERSION},
    stamp=_STAMP,
    provisioning={"anyOf": [{"type": "null"}, _PROVISIONING]},
    readings={"type": "array", "maxItems": READINGS_LIMIT},
    evidence={"type": "object", "maxProperties": DRIVEN_LIMIT},
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What was graded, where and when. Enumerations are kept as their values; `task` is the one task that was graded
    (empty: all); `recorded` is in UTC; `seed` is the seed of the data for the code (None: the code was not called)."""

    tool_version: str
    lab: str
    definition_digest: str
    student_id: str
    submission: str
    submission_folder: str
    target: str
    region: str
    account_id: str
    identity: str
    faithful: bool
    task: str
    interrupted: bool
    recorded: str
    seed: int | None


@dataclass(frozen=True, slots=True)
class Tape:
    """A recorded run. `provisioning` is how the submission's script ended, as plain data (None: it did not run);
    `evidence` holds what was gathered, by the names of the driven code, or why that was not allowed."""

    stamp: Stamp
    provisioning: Mapping[str, Any] | None
    readings: tuple[Reading, ...]
    evidence: Mapping[str, Evidence | str] = field(default_factory=dict)

    def evidence_of(self, driven: Driven) -> Evidence:
        """The evidence about driven code of the lab.

        Raises:
            NotOnTape: this tape has no such evidence, or the lab declared the code differently then.
            NoEvidence: there is none, because it was not allowed.
        """
        found = self.evidence.get(driven.name)
        if isinstance(found, str):
            raise NoEvidence(found)
        if found is None or found.driven != driven.plain():
            why = "did not call its code" if found is None else "called code that the lab declared differently then"
            raise NotOnTape("submission", f"evidence of {driven.name}", {}, "NotOnTape", f"the recorded run {why}")
        return found


def dumps(tape: Tape, *, items: bool) -> str:
    """The tape as text.

    Args:
        items: keep the answers of reads that return items, and the evidence from an account that somebody keeps, where
            code that scans a table also returns older items.
    """
    kept = items or tape.stamp.target == "embedded"
    data = {
        "tape_version": TAPE_VERSION,
        "stamp": asdict(tape.stamp),
        "provisioning": tape.provisioning,
        "readings": [
            _plain_reading(one) for one in tape.readings if items or CONFIGURATION_READ.fullmatch(one.operation)
        ],
    }
    kept_evidence = {
        name: one if isinstance(one, str) else one.plain()
        for name, one in tape.evidence.items()
        if kept or isinstance(one, str)
    }
    text = json.dumps(to_plain(data), indent=1).removesuffix("\n}")
    lines = json.dumps(_without_signatures(kept_evidence), separators=(",", ":"))  # thousands of values
    return f'{text},\n "evidence": {lines}\n}}\n'


def read(file: Path) -> Tape:
    """Reads a tape.

    Raises:
        UsageError: it cannot be read, is damaged, or is of a version that this tool does not know.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The tape {file} cannot be read: {error.strerror}.") from error
    if len(raw) > SIZE_LIMIT_BYTES:
        raise UsageError(f"The tape {file} is larger than a tape can be. Nothing was graded.")
    return loads(raw, str(file))


def loads(raw: bytes | str, name: str) -> Tape:
    """The tape in a text.

    Args:
        name: the tape's name in messages.

    Raises:
        UsageError: it is damaged, or of a version that this tool does not know.
    """
    try:
        data = json.loads(raw, parse_constant=_refuse_constant)
        version = data.get("tape_version") if isinstance(data, dict) else None
        if type(version) is int and version != TAPE_VERSION:
            raise UsageError(
                f"The tape {name} is of version {version}; this tool reads version {TAPE_VERSION}. "
                "Replay it with the version of the tool that its stamp names."
            )
        problem = next(_validator().iter_errors(data), None)
        if problem is not None:
            where = ".".join(map(str, problem.absolute_path)) or "its beginning"
            raise UsageError(f"The tape {name} is damaged at {where[:200]}. Nothing was graded.")
        stamp = Stamp(**data["stamp"])
        datetime.fromisoformat(stamp.recorded)
        requests = (data["provisioning"] or {}).get("requests", [])
        for where, entries, is_sound in (
            ("provisioning.requests", requests, _is_request),
            ("readings", data["readings"], _is_reading),
        ):
            for number, entry in enumerate(entries):
                if not is_sound(entry):
                    raise UsageError(f"The tape {name} is damaged at {where}.{number}. Nothing was graded.")
        evidence = {
            name: one if isinstance(one, str) else Evidence.from_plain(one) for name, one in data["evidence"].items()
        }
        readings = tuple(_reading(one) for one in data["readings"])
        if len(_by_key(readings)) < len(readings):
            raise UsageError(f"The tape {name} is damaged: it holds two answers to the same read. Nothing was graded.")
        if stamp.region in {one.region for one in readings}:
            raise UsageError(f"The tape {name} is damaged: a read names the run's own Region. Nothing was graded.")
        return Tape(stamp, data["provisioning"], readings, evidence)
    except (ValueError, ArithmeticError, RecursionError, UnknownServiceError, OperationNotFoundError) as error:
        raise UsageError(f"The tape {name} is damaged ({type(error).__name__}). Nothing was graded.") from error


@functools.cache
def _validator() -> Validator:
    return strict_validator(SCHEMA)


def _refuse_constant(name: str) -> NoReturn:
    """NaN and the infinities are not allowed in JSON, and are not numbers to count with."""
    raise ValueError(f"{name} is not a number")


def _by_key(readings: Iterable[Reading]) -> dict[ReadKey, Reading]:
    return {one.key: one for one in readings}


class TapeAccount:
    """The account as a tape knows it: it can answer only the reads that the tape holds."""

    def __init__(self, tape: Tape) -> None:
        self.region = tape.stamp.region
        self.account_id = tape.stamp.account_id
        self.faithful = tape.stamp.faithful
        self.started = datetime.fromisoformat(tape.stamp.recorded)
        self._readings = _by_key(tape.readings)

    def read(self, service: str, operation: str, *, in_region: str = "", **parameters: Any) -> Answer:
        """The answer that the recorded run got in that Region; NotOnTape if it did not ask."""
        key = read_key(service, operation, parameters, other_region(in_region, self.region))
        reading = self._readings.get(key)
        if reading is None:
            raise NotOnTape(service, operation, parameters, "NotOnTape", "the recorded run did not read it")
        if reading.answer is None:
            raise reading.error or NotOnTape(service, operation, parameters, "NotOnTape", "the tape holds no answer")
        return reading.answer

    def forget(self, keys: Iterable[ReadKey]) -> None:
        """Does nothing: a tape cannot be asked again."""


def _plain_reading(reading: Reading) -> dict[str, Any]:
    asked = {"service": reading.service, "operation": reading.operation, "parameters": reading.parameters}
    if reading.region:
        asked["region"] = reading.region
    if reading.error is not None:
        error = reading.error
        return {**asked, "error": {"kind": type(error).__name__, "code": error.code, "text": error.text}}
    return {**asked, "answer": reading.answer}


def _reading(data: Mapping[str, Any]) -> Reading:
    service, operation, parameters = data["service"], data["operation"], decode(data["parameters"])
    error, region = data.get("error"), data.get("region", "")
    if error is None:
        output = service_model(service).operation_model(operation).output_shape
        if (where := misshapen(answer := decode(data["answer"]), output)) is not None:
            raise ValueError(f"{operation}: {where}")
        answer = fields(answer, service, operation, parameters)
        return Reading(service, operation, parameters, answer, None, region)
    kind = ERROR_KINDS[error["kind"]]
    failure = kind(service, operation, parameters, error["code"], error["text"])
    return Reading(service, operation, parameters, None, failure, region)


def to_plain(value: Any) -> Any:
    """A value of a read as a tape holds it, without the signatures of links."""
    return encode(_without_signatures(value))


def _without_signatures(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_signatures(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_signatures(inner) for inner in value]
    return SIGNED_LINK.sub(r"\1?(signature left out)", value) if isinstance(value, str) else value
