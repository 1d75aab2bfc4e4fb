"""Sessions in files: all of them in one, or each in a file of its own.

    FileStore("sessions.json")          one file; each save and each renewal writes it anew: for a few accounts
    FolderStore("sessions")             a folder with a file for each session

A file is JSON, with the data in base64. Only its owner may read it (mode 0600); another mode is refused. A new file
replaces the old one atomically, so that a crash leaves one of them whole; a copy that it leaves is deleted by the next
operation that locks the file. A lock file beside it, which stays, admits one process and one thread at a time. For one
computer: network file systems lock and order writes in ways of their own.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import string
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sansio_tl.reprs import rich_repr
from sansio_tl_transports._shared.files import NO_FOLLOW, access_problem, lock_handle, write_whole
from sansio_tl_transports.stores import _refusals
from sansio_tl_transports.stores._paths import resolved
from sansio_tl_transports.stores.base import (
    Lease,
    StoredData,
    check_data,
    check_lease,
    check_name,
    check_owner,
    check_seconds,
    check_time,
    check_version,
    listed_names,
)
from sansio_tl_transports.stores.errors import StoredDataError, StoreError, StoreUnavailableError

_FORMAT = "sansio_tl sessions"
_VERSION = 1
_MODE = 0o600
_SUFFIX = ".session"
_PLAIN = frozenset(string.ascii_lowercase + string.digits + "-_")
"""Characters that stand for themselves in a file name, also where upper case is the same as lower case."""
_POLL = 0.005


class _StoredRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One session. After `delete` it has no data, but keeps its numbers."""

    data: str | None = None
    """In base64."""
    version: int = 0
    token: int = 0
    owner: str | None = None
    expires: float = 0.0
    """By the clock of the store."""

    def __repr__(self) -> str:
        return f"_StoredRecord(version={self.version}, token={self.token}, ...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    def belongs_to(self, lease: Lease) -> bool:
        return (self.token, self.owner) == (lease.token, lease.owner)

    @property
    def stored_version(self) -> int:
        return 0 if self.data is None else self.version


class _Contents(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file."""

    format: str
    version: int
    sessions: dict[str, _StoredRecord] = {}


class _Header(msgspec.Struct):
    """What all versions of the file have."""

    format: str
    version: int


@dataclass(slots=True)
class _File:
    """One file with records, and its lock."""

    path: Path
    timeout: float
    contents: _Contents = field(default_factory=lambda: _Contents(format=_FORMAT, version=_VERSION))
    _handle: int | None = None
    """The lock file while it is locked."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[_File]:
        """Lock the file and read it. Raises StoreUnavailableError or StoredDataError."""
        handle = self._lock()
        try:
            with contextlib.suppress(FileNotFoundError):
                self._temporary.unlink()  # a copy that a killed process has left
            self._handle = handle
            self.read()
            yield self
        except OSError as error:
            raise _unavailable("use", self.path, error) from error
        finally:
            self._handle = None
            os.close(handle)

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.lock")

    @property
    def _temporary(self) -> Path:
        return self.path.with_name(f".{self.path.name}.new")

    def _lock(self) -> int:
        """Lock the lock file, and open it again if it was removed in the meantime."""
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                handle = os.open(self._beside, os.O_CREAT | os.O_RDWR | NO_FOLLOW, _MODE)
            except OSError as error:
                raise _unavailable("lock", self._beside, error) from error
            try:
                self._wait_for_lock(handle, deadline)
                if self._is_locked_by(handle):
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _wait_for_lock(self, handle: int, deadline: float) -> None:
        while True:
            try:
                lock_handle(handle)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreUnavailableError(
                        f"{self._beside} is locked by another process for longer than {self.timeout:g} s: end that "
                        "process"
                    ) from None
            except OSError as error:
                raise _unavailable("lock", self._beside, error) from error
            time.sleep(_POLL)

    def _is_locked_by(self, handle: int) -> bool:
        """Whether others that open the lock file find this one."""
        try:
            return os.path.samestat(os.fstat(handle), self._beside.lstat())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unavailable("lock", self._beside, error) from error

    def read(self) -> None:
        """Read the file; it may be missing."""
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):  # opening a named pipe would block
                raise StoredDataError(f"{self.path} is not a regular file: name another one")
            with self.path.open("rb") as file:
                if (problem := access_problem(self.path, os.fstat(file.fileno()))) is not None:
                    raise StoredDataError(problem)
                content = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unavailable("read", self.path, error) from error
        self.contents = self._decode(content)

    def _decode(self, content: bytes) -> _Contents:
        try:
            header = msgspec.json.decode(content, type=_Header)
            if header.format == _FORMAT and header.version > _VERSION:
                raise StoredDataError(
                    f"{self.path} was written by a newer version of sansio_tl (format {header.version}, this one reads "
                    f"{_VERSION}): upgrade sansio_tl, or name another file. It is not changed"
                )
            contents = msgspec.json.decode(content, type=_Contents)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._damaged() from None
        if contents.format != _FORMAT or contents.version < 1:
            raise self._damaged()
        return contents

    def _damaged(self) -> StoredDataError:
        return StoredDataError(
            f"{self.path} is not a file of sessions, or damaged: restore it from a backup, or name another file. It is "
            "not changed"
        )

    def write(self) -> None:
        """Replace the file, which is locked."""
        if self._handle is None or not self._is_locked_by(self._handle):
            raise StoreUnavailableError(
                f"{self._beside} was removed while this process had locked it, so that another one may write, too: "
                "do not remove it. Nothing was written"
            )
        content = msgspec.json.format(msgspec.json.encode(self.contents)) + b"\n"
        try:
            write_whole(self.path, content, _MODE, self._temporary)
        except OSError as error:
            raise _unavailable("write", self.path, error) from error

    def data(self, name: str) -> StoredData | None:
        """What is stored under a name."""
        record = self.contents.sessions.get(name)
        if record is None or record.data is None:
            return None
        try:
            return StoredData(b64decode(record.data, validate=True), record.version)
        except ValueError:
            raise self._damaged() from None

    def record(self, name: str) -> _StoredRecord:
        """The record of a name."""
        return self.contents.sessions.setdefault(name, _StoredRecord())

    def fenced(self, lease: Lease) -> _StoredRecord:
        """The record of a lease. Raises LeaseLostError when there is a later one."""
        record = self.record(lease.name)
        if not record.belongs_to(lease):
            raise _refusals.lost(lease, record.owner)
        return record

    def replaced(self, lease: Lease, version: int) -> _StoredRecord:
        """The record whose stored version is to be replaced. Raises LeaseLostError or StoreConflictError."""
        record = self.fenced(lease)
        if record.stored_version != version:
            raise _refusals.conflict(lease.name, version, record.stored_version)
        return record


def _unavailable(action: str, path: Path, error: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"cannot {action} {path}: {error.strerror}. Check the folder, its permissions and the free space"
    )


class FileStore:
    """All sessions in one file. A link to it is followed; other links to the same file must not be used as stores."""

    def __init__(self, path: str | Path, *, timeout: float = 10.0, clock: Callable[[], float] = time.time) -> None:
        """`timeout` is for waiting for other processes, in seconds. `clock` is that of all users of the file."""
        self._path = Path(path)
        self._timeout = timeout
        self._clock = clock

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    def _file(self, name: str) -> _File:
        check_name(name)
        return _File(resolved(self._path), self._timeout)

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        check_owner(owner)
        check_seconds(seconds)
        with self._file(name).locked() as file:
            record, now = file.record(name), check_time(self._clock())
            if record.owner is not None and record.owner != owner and record.expires > now:
                raise _refusals.held(name, record.owner, record.expires - now)
            record.token += 1
            record.owner, record.expires = owner, now + seconds
            file.write()
            return Lease(name, record.token, owner)

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        check_lease(lease)
        check_seconds(seconds)
        with self._file(lease.name).locked() as file:
            file.fenced(lease).expires = check_time(self._clock()) + seconds
            file.write()

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        check_lease(lease)
        with self._file(lease.name).locked() as file:
            record = file.record(lease.name)
            if record.belongs_to(lease):
                record.owner = None
                file.write()

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        file = self._file(name)
        file.read()  # without a lock: it is replaced atomically
        return file.data(name)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        check_data(check_lease(lease).name, data)
        check_version(version)
        with self._file(lease.name).locked() as file:
            record = file.replaced(lease, version)
            record.version += 1
            record.data = b64encode(data).decode("ascii")
            file.write()
            return record.version

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        check_lease(lease)
        check_version(version)
        with self._file(lease.name).locked() as file:
            file.replaced(lease, version).data = None
            file.write()

    def names(self) -> list[str]:
        """The names under which something is stored."""
        file = _File(resolved(self._path), self._timeout)
        file.read()
        return listed_names(self, (name for name, each in file.contents.sessions.items() if each.data is not None))

    def close(self) -> None:
        """Nothing: no file stays open."""


class FolderStore(FileStore):
    """A folder with a file for each session. The folder is made at the first use, with mode 0700."""

    def _file(self, name: str) -> _File:
        check_name(name)
        folder = resolved(self._path)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable("make", folder, error) from error
        return _File(folder / f"{_file_name(name)}{_SUFFIX}", self._timeout)

    def names(self) -> list[str]:
        """The names under which something is stored."""
        found: list[object] = []
        folder = resolved(self._path)
        try:
            paths = sorted(folder.glob(f"*{_SUFFIX}")) if folder.exists() else []
        except OSError as error:
            raise _unavailable("read", folder, error) from error
        for path in paths:
            file = _File(path, self._timeout)
            try:
                file.read()
            except StoreError:  # `load` raises it
                found.append(_name_of(path))
            else:
                found += [name for name, record in file.contents.sessions.items() if record.data is not None]
        return listed_names(self, found)


def _name_of(path: Path) -> object:
    """The name of the session in a file; the file's own name if that is not of a session."""
    plain = re.sub("(?:%[0-9a-f]{2})+", lambda match: _unescaped(match[0]), path.name.removesuffix(_SUFFIX))
    return plain if _file_name(plain) + _SUFFIX == path.name else os.fsencode(path.name)


def _unescaped(text: str) -> str:
    return bytes.fromhex(text.replace("%", "")).decode("utf-8", "replace")


def _file_name(name: str) -> str:
    """The name in ASCII, different for each name on every file system."""
    encoded = ((char, char.encode("utf-8", "surrogatepass")) for char in name)  # a foreign file may have any name
    return "".join(char if char in _PLAIN else "".join(f"%{byte:02x}" for byte in code) for char, code in encoded)
