"""The session file, which keeps a login between two runs of the command line.

It holds the auth key, which gives full access to the account. So only its owner may read it (mode 0600). A new file
replaces the old one atomically.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sansio_tl import AuthKey
from sansio_tl.session_strings import SavedAccount

MODE = 0o600
MAX_SIZE = 1 << 20
"""Bytes of a session file; a written one has a few hundred."""
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""Rejects a lock file that is a symbolic link, where the system supports it."""


_held: dict[Path, int] = {}
"""Session files that this process has locked -> the descriptor that holds the lock, -1 for none."""


class SessionFileError(Exception):
    """The file is not usable; the text has instructions."""


class Session(msgspec.Struct, kw_only=True):
    """The contents of the file, which are JSON. The repr hides them."""

    version: int = 1
    host: str
    port: int
    dc_id: int
    environment: str
    """``"prod"``, ``"test"`` or ``"own"``: which data centers the login may migrate to."""
    auth_key: bytes
    """256 bytes, in base64; empty when only logout tokens are kept."""
    user_id: int | None = None
    """The logged-in user; None before the login is complete."""
    is_bot: bool | None = None
    """Whether the user is a bot; None if unknown."""
    api_id: int | None = None
    """The application that logged in; None if unknown."""
    login: dict[str, Any] | None = msgspec.field(default=None, name="log_in")
    """An interrupted login: `Flow.snapshot`."""
    logout_tokens: tuple[bytes, ...] = ()
    """Future auth tokens of logouts, in base64, the newest first: a login with one of them needs no code."""

    def __repr__(self) -> str:
        return f"Session(dc_id={self.dc_id}, ...)"

    @property
    def key(self) -> AuthKey:
        """The auth key. Raises LocalProtocolError when there is none."""
        return AuthKey(self.auth_key)

    def to_saved_account(self) -> SavedAccount:
        """The account, for other libraries and `Client`. Raises LocalProtocolError for invalid values."""
        return SavedAccount(
            auth_key=self.key,
            dc_id=self.dc_id,
            host=self.host if self.environment == "own" else "",
            port=self.port,
            test_mode=self.environment == "test",
            user_id=self.user_id,
            is_bot=self.is_bot,
            api_id=self.api_id,
        )


def load(path: Path) -> Session | None:
    """Read a session; None when there is no such file. Raises SessionFileError for an invalid or unsafe file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would block
            raise SessionFileError(f"{path} is not a session file: it is not a regular file; use another one")
        with path.open("rb") as file:
            _check_access(path, os.fstat(file.fileno()))
            content = file.read(MAX_SIZE + 1)
        if len(content) > MAX_SIZE:
            raise SessionFileError(f"{path} is not a session file: it has more than {MAX_SIZE} bytes; use another one")
        session = msgspec.json.decode(content, type=Session)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionFileError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SessionFileError(f"{path} is not a session file, or damaged: use another one, or delete it") from None
    if session.version != 1 or len(session.auth_key) not in {0, 256}:
        raise SessionFileError(f"{path} was not written by this version: use another one, or delete it")
    return session


def _check_access(path: Path, status: os.stat_result) -> None:
    """Raise SessionFileError when another user has or may have the auth key: a login would be theirs, too."""
    if os.name != "posix":
        return
    if status.st_uid != os.geteuid():
        raise SessionFileError(
            f"{path} belongs to another user (uid {status.st_uid}), who could use your account: name another file"
        )
    if status.st_mode & 0o077:
        raise SessionFileError(f"{path} can be read by others, who could use your account: chmod 600 {path}")


def save(path: Path, session: Session) -> None:
    """Write a session atomically. Raises SessionFileError when the file cannot be written."""
    try:
        target = _target(path)
        write_whole(target, msgspec.json.format(msgspec.json.encode(session)) + b"\n", MODE)
        if target.resolve() in _held:
            _hold(target)
    except OSError as error:
        raise SessionFileError(f"cannot write {path}: {error.strerror}") from error


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Lock a session against other processes of `sansio-tl` for the duration of the block.

    Two clients with one auth key and different states lose messages and can get the key revoked (AUTH_KEY_DUPLICATED).
    The lock is on a file beside the session file, because that is replaced when it is written; all symbolic links to a
    session share one lock. Where the system supports it, the session file is locked, too: it may have hard links, and
    the lock file may be deleted. Raises SessionFileError.
    """
    target = _target(path)
    beside = target.with_name(f".{target.name}.lock")
    handle = -1
    try:
        while handle < 0:
            handle = _open_locked(beside)
        _hold(target)
    except BlockingIOError:
        _release(beside, handle)
        raise SessionFileError(
            f"{path} is in use by another sansio-tl: wait until it has ended, or use another file with --session"
        ) from None
    except OSError as error:
        raise SessionFileError(f"cannot lock {beside}: {error.strerror}") from error
    try:
        yield
    finally:
        _close(_held.pop(target.resolve(), -1))
        _release(beside, handle)


def _hold(target: Path) -> None:
    """Lock the session file, if there is one, instead of the file that it has replaced.

    Raises BlockingIOError when another process has it.
    """
    handle = -1
    if _LOCKS_ARE_ADVISORY:
        with contextlib.suppress(OSError):  # reading it reports the error
            handle = os.open(target, os.O_RDWR | os.O_NONBLOCK)
    try:
        if handle >= 0:
            lock_handle(handle)
    except BaseException:
        os.close(handle)
        raise
    _close(_held.pop(target.resolve(), -1))
    _held[target.resolve()] = handle


def _release(beside: Path, handle: int) -> None:
    """Release the lock, and delete the lock file unless another process has replaced it."""
    if handle >= 0:
        with contextlib.suppress(OSError):  # Windows does not delete open files
            if _is_same(beside, handle):
                beside.unlink()
        os.close(handle)


def _close(handle: int) -> None:
    if handle >= 0:
        os.close(handle)


def _target(path: Path) -> Path:
    """The target of a symbolic link; the path itself when there is no such file."""
    return path.resolve() if path.exists() else path


def _open_locked(path: Path) -> int:
    """The descriptor of the locked file; -1 when the previous holder has deleted the file meanwhile.

    Raises BlockingIOError when another process has the lock.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR | _NO_FOLLOW, MODE)
    try:
        lock_handle(handle)
        if _is_same(path, handle):
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return -1


def _is_same(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


_LOCKS_ARE_ADVISORY = sys.platform != "win32"
"""Whether a locked file can be read and replaced, as session files are."""

if sys.platform == "win32":
    import msvcrt

    def lock_handle(handle: int) -> None:
        """Lock an open file. Raises BlockingIOError if another process has."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

else:
    import fcntl

    def lock_handle(handle: int) -> None:
        """Lock an open file. Raises BlockingIOError if another process has."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove(path: Path) -> None:
    """Delete a session file."""
    try:
        _target(path).unlink(missing_ok=True)
    except OSError as error:
        raise SessionFileError(f"cannot delete {path}: {error.strerror}; delete it yourself") from error


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Replace the file `path` atomically; other users can never read it before `mode` allows it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600, a new file
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
