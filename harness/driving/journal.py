"""A list of what a run writes to a table that somebody keeps. Each key is noted before its item is written, so that the
item can be removed, whatever happens."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from harness import paths
from harness.account.errors import ReadError, Unreachable
from harness.clock import Clock
from harness.driving.batch_writer import batches, refused, write_batch, writing
from harness.driving.keys import Key, attributes
from harness.driving.write_guard import GuardedTable, WriteGuard
from harness.targets.target import Target, TargetOptions
from harness.usage import UsageError, counted

CLEANER_ROLE = "cleaner"
"""The role of requests that remove what was written."""

REFUSED = "ValidationException"
NO_TABLE = "ResourceNotFoundException"
"""DynamoDB's codes for a request that can never succeed, and for a table that does not exist.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run writes. Texts are empty if there is no value; `key_names` name the table's key attributes."""

    endpoint_url: str
    profile: str
    region: str
    account_id: str
    table: str
    key_names: tuple[str, ...]

    @property
    def target(self) -> TargetOptions:
        """The options to reach it again."""
        return TargetOptions(
            endpoint_url=self.endpoint_url or None,
            live=not self.endpoint_url,
            profile=self.profile or None,
            region=self.region,
            allow_writes=True,
        )


class Journal:
    """The file of one run. It is locked during the run, and deleted when everything is removed."""

    def __init__(self, file: Path, stream: IO[str], place: Place, keys: Sequence[Key]) -> None:
        self.file = file
        self.place = place
        self.keys = list(keys)
        self._stream = stream

    @classmethod
    def begin(cls, place: Place) -> Journal:
        """Starts a new one.

        Raises:
            UsageError: the file cannot be written, so nothing else may be written either.
        """
        file = paths.JOURNALS / f"{place.table}-{secrets.token_hex(4)}.jsonl"
        draft = file.with_suffix(".new")  # so that no sweep opens it before it is locked
        try:
            paths.JOURNALS.mkdir(exist_ok=True)
            with ExitStack() as unless_begun:
                journal = cls(file, draft.open("x", encoding="utf-8"), place, ())
                unless_begun.callback(draft.unlink)
                unless_begun.callback(journal.close)
                fcntl.flock(journal._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                journal._write(asdict(place))
                draft.rename(file)
                unless_begun.pop_all()
        except OSError as error:
            raise UsageError(
                f"--allow-writes must first note what it writes, and cannot write to {file}: {error.strerror}."
            ) from error
        return journal

    @classmethod
    def reopen(cls, file: Path) -> Journal | None:
        """Opens one that a killed run left behind. None if its run is still going, if it is gone, or if it is removed
        now because its run was killed before it wrote anything.

        Raises:
            UsageError: it cannot be read, or is damaged.
        """
        try:
            with ExitStack() as unless_sound:
                stream = unless_sound.enter_context(file.open("r+", encoding="utf-8"))
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(stream.fileno()).st_nlink == 0:  # another sweep has just removed it
                    return None
                *lines, _ = stream.read().split(
                    "\n"
                )  # a last line without its end was cut off, so its item not written
                if not lines:
                    file.unlink()
                    return None
                place = _place(json.loads(lines[0]))
                table = GuardedTable(place.table, place.key_names)
                if [line for line in lines[1:] if table.key_of(json.loads(line)) != line]:
                    raise ValueError("this is not a key of the table")
                unless_sound.pop_all()
        except (BlockingIOError, FileNotFoundError):
            return None
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
        except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
            raise UsageError(
                f"{file} is damaged: it does not say what was written, and where. Look at it, and delete it."
            ) from error
        return cls(file, stream, place, lines[1:])

    def note(self, key: Key) -> None:
        """Notes a key. It is on the disk when this returns."""
        self._write(json.loads(key))
        self.keys.append(key)

    def end(self) -> None:
        """Deletes the file, because nothing is left to remove."""
        self.file.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leaves the file to a later sweep."""
        with suppress(OSError):  # a full disk: an item whose key could not be noted was not written
            self._stream.close()

    def _write(self, data: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(data) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())


@contextmanager
def kept(place: Place) -> Iterator[Journal]:
    """A journal for a run. Its file stays, unless `end` was called."""
    journal = Journal.begin(place)
    try:
        yield journal
    finally:
        journal.close()


def _place(told: Any) -> Place:
    """The place that a journal names.

    Raises:
        ValueError, TypeError, KeyError: it names none.
    """
    names = told["key_names"]
    texts = [value for name, value in told.items() if name != "key_names"]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in (*names, *texts)):
        raise TypeError("these are not texts")
    place = Place(**{**told, "key_names": tuple(names)})
    if not place.endpoint_url and not place.account_id:
        raise ValueError("the account of this table is unknown")
    return place


def try_removal(place: Place, key: Key, target: Target, clock: Clock) -> None:
    """Removes an item that does not exist. This shows, before anything is written, that items can be removed.

    Raises:
        ReadError: they cannot be removed.
    """
    if _delete(place, [key], target, clock) == 0:
        raise refused(place.table, Unreachable, REFUSED, "a valid key was refused")


def remove(journal: Journal, target: Target, clock: Clock) -> int:
    """Removes exactly the items of a journal, and then the journal. Returns how many. A key that AWS refuses was never
    written, and a table that is gone holds nothing any more.

    Raises:
        UsageError: they cannot be removed; the journal stays.
    """
    number = 0
    try:
        number = _delete(journal.place, journal.keys, target, clock)
    except ReadError as error:
        if error.code != NO_TABLE:
            raise UsageError(
                f"{counted(len(journal.keys), 'item')} could not be removed from {journal.place.table}: {error}. They are "
                f"listed in {journal.file}; to try again, type: {paths.PROGRAM} sweep"
            ) from error
    journal.end()
    return number


def _delete(place: Place, keys: Sequence[Key], target: Target, clock: Clock) -> int:
    """Deletes exactly these items. Returns how many of the keys AWS accepted."""
    gateway = target.gateway
    known = set(keys)
    table = GuardedTable(
        place.table,
        place.key_names,
        lambda key: None if key in known else "it is not in the journal",
        region=place.region,
    )
    with writing(gateway, CLEANER_ROLE, place.region) as client, gateway.writable(WriteGuard(table)):
        return sum(_delete_batch(client, place.table, batch, clock) for batch in batches(keys))


def _delete_batch(client: Any, table: str, keys: Sequence[Key], clock: Clock) -> int:
    """Deletes some items. If AWS refuses one key, it refuses the whole batch; then each key is tried alone."""
    try:
        write_batch(client, table, [{"DeleteRequest": {"Key": attributes(key)}} for key in keys], clock)
    except Unreachable as error:
        if error.code != REFUSED:
            raise
        return sum(_delete_batch(client, table, [key], clock) for key in keys) if len(keys) > 1 else 0
    return len(keys)
