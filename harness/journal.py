"""What a run writes to somebody's table, written down before it is, so that it can be removed whatever happens."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from harness import paths
from harness.aws.ledger import Key, Ledger
from harness.aws.session import sealed_client, sealed_session
from harness.aws.target import Target, TargetOptions
from harness.clock import Clock
from harness.usage import UsageError

CLEANER_ROLE = "cleaner"
"""The role of the requests that remove what was written."""

BATCH_ITEMS = 25
"""How many items BatchWriteItem takes.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""

ATTEMPTS = 10
SECONDS_BETWEEN_ATTEMPTS = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run writes. Texts are empty where there is nothing to tell; `key_names` are those of the table's key."""

    endpoint_url: str
    profile: str
    region: str
    account_id: str
    table: str
    key_names: tuple[str, ...]

    @property
    def target(self) -> TargetOptions:
        """How to reach it again."""
        return TargetOptions(
            endpoint_url=self.endpoint_url or None,
            live=not self.endpoint_url,
            profile=self.profile or None,
            region=self.region,
            expect_account=self.account_id or None,
            allow_writes=True,
        )


class Journal:
    """The file of one run. It is locked while the run lasts, and deleted when everything is removed."""

    def __init__(self, file: Path, stream: IO[str], place: Place, keys: Sequence[Key]) -> None:
        self.file = file
        self.place = place
        self.keys = list(keys)
        self._stream = stream

    @classmethod
    def begin(cls, place: Place) -> Journal:
        """A new one.

        Raises:
            UsageError: it cannot be written, so that nothing else may be.
        """
        file = paths.JOURNALS / f"{place.table}-{secrets.token_hex(4)}.jsonl"
        try:
            paths.JOURNALS.mkdir(exist_ok=True)
            stream = file.open("x", encoding="utf-8")
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            journal = cls(file, stream, place, ())
            journal._write(asdict(place))
        except OSError as error:
            raise UsageError(
                f"--allow-writes needs to write down what it writes, and cannot, in {file}: {error.strerror}."
            ) from error
        return journal

    @classmethod
    def reopen(cls, file: Path) -> Journal | None:
        """One that a killed run left; None while its run still lasts.

        Raises:
            UsageError: it cannot be read, or is damaged.
        """
        try:
            stream = file.open("r+", encoding="utf-8")
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.close()
                return None
            lines = stream.read().splitlines()
            told = json.loads(lines[0])
            place = Place(**{**told, "key_names": tuple(told["key_names"])})
            keys = [json.loads(line) for line in lines[1:] if line.endswith("}")]  # the last may be half written
            if [key for key in keys if set(key) != set(place.key_names)]:
                raise ValueError("a key has other attributes than the table's")
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise UsageError(
                f"{file} is damaged: it does not tell what was written where. Look at it, and delete it."
            ) from error
        return cls(file, stream, place, [json.dumps(key) for key in keys])

    def note(self, key: Key) -> None:
        """Notes a key. It is on the disk when this returns."""
        self._write(json.loads(key))
        self.keys.append(key)

    def end(self) -> None:
        """Deletes the file: nothing is left to remove."""
        self.file.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leaves the file to a later sweep."""
        self._stream.close()

    def _write(self, data: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(data) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())


@contextmanager
def kept(place: Place) -> Iterator[Journal]:
    """A journal for a run: it is left where it is, unless it was ended."""
    journal = Journal.begin(place)
    try:
        yield journal
    finally:
        journal.close()


def remove(journal: Journal, target: Target, clock: Clock) -> None:
    """Removes exactly the items of a journal, and then the journal.

    Raises:
        UsageError: they cannot be removed; the journal stays.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    place, gateway = journal.place, target.gateway
    credentials = gateway.credentials(CLEANER_ROLE)
    known = set(journal.keys)
    ledger = Ledger(
        place.table,
        place.key_names,
        lambda key: None if key in known else "it is not in the journal",
        region=place.region,
    )
    client: Any = sealed_client(
        sealed_session(), "dynamodb", region=place.region, endpoint_url=gateway.url, credentials=credentials
    )
    try:
        with gateway.writable(ledger):
            for start in range(0, len(journal.keys), BATCH_ITEMS):
                keys = [Ledger.attributes(key) for key in journal.keys[start : start + BATCH_ITEMS]]
                _remove(client, place.table, [{"DeleteRequest": {"Key": key}} for key in keys], clock)
    except (ClientError, BotoCoreError, TimeoutError) as error:
        raise UsageError(
            f"{len(journal.keys)} items could not be removed from {place.table}: {error}. They are listed in "
            f"{journal.file}; to try again, type: python validate_tasks.py sweep"
        ) from error
    finally:
        gateway.revoke(credentials)
    journal.end()


def _remove(client: Any, table: str, requests: list[Any], clock: Clock) -> None:
    """Deletes some items, however often AWS puts them off."""
    from botocore.exceptions import ClientError

    for _ in range(ATTEMPTS):
        try:
            requests = client.batch_write_item(RequestItems={table: requests})["UnprocessedItems"].get(table, [])
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status < 500 and "Throttl" not in str(error) and "ThroughputExceeded" not in str(error):
                raise
        if not requests:
            return
        clock.wait(SECONDS_BETWEEN_ATTEMPTS)
    raise TimeoutError(f"{len(requests)} of them are still put off after {ATTEMPTS} attempts")
