"""The session file, which keeps a login between two runs of the command line.

It holds the auth key, which gives full access to the account. So only its owner may read it (mode 0600). A new file
replaces the old one atomically.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from sansio_tl import AuthKey, session_strings
from sansio_tl.errors import LocalProtocolError
from sansio_tl.reprs import rich_repr
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports._shared.files import (
    LOCKS_ARE_ADVISORY,
    NO_FOLLOW,
    access_problem,
    lock_handle,
    write_whole,
)

MODE = 0o600
MAX_SIZE = 1 << 20
"""Bytes of a session file; a written one has a few hundred."""

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

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

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
    content = b""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would block
            raise SessionFileError(f"{path} is not a session file: it is not a regular file; use another one")
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(MAX_SIZE + 1)
        if len(content) > MAX_SIZE:
            raise SessionFileError(f"{path} is not a session file: it has more than {MAX_SIZE} bytes; use another one")
        session = msgspec.json.decode(content, type=Session)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionFileError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SessionFileError(f"{path} {_what_it_is(content)}") from None
    if session.version != 1 or len(session.auth_key) not in {0, 256}:
        raise SessionFileError(f"{path} was not written by this version: use another one, or delete it")
    _check_access(path, status)
    return session


_FOREIGN: Final = (
    (b"SQLite format 3\0", b"key_value", "a session file of mtcute"),
    (b"SQLite format 3\0", b"server_address", "a session file of Telethon"),
    (b"SQLite format 3\0", b"api_id", "a session file of Pyrogram or Kurigram"),
)
"""How a file of another library begins, what it has, and its name. `session_files` reads them."""


def _what_it_is(content: bytes) -> str:
    """What a file is that is not a session file of this command, and what to do about it."""
    for beginning, part, name in _FOREIGN:
        if content.startswith(beginning) and part in content:
            return f"is {name}: import it to another file with sansio-tl sessions --session NEW import FILE"
    if content.startswith(b"{") and b'"home_dc"' in content:
        return "is the snapshot of a Client, which a program passes to open_client: use another file"
    if content.startswith(b"-----BEGIN "):
        return "is a key in PEM, not a session file: that is for --key"
    with contextlib.suppress(LocalProtocolError, UnicodeDecodeError):
        session_strings.read(content.decode().strip())
        return "is a session string: import it with sansio-tl sessions --session NEW import - < FILE"
    return "is not a session file, or damaged: use another one, or delete it"


def _check_access(path: Path, status: os.stat_result) -> None:
    """Raise SessionFileError when another user has or may have the auth key: a login would be theirs, too."""
    if (problem := access_problem(path, status)) is not None:
        raise SessionFileError(problem)


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
    if not target.parent.is_dir():
        raise SessionFileError(f"cannot create {path}: there is no folder {target.parent}")
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
    if LOCKS_ARE_ADVISORY:
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
    handle = os.open(path, os.O_CREAT | os.O_RDWR | NO_FOLLOW, MODE)
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


def remove(path: Path) -> None:
    """Delete a session file."""
    try:
        _target(path).unlink(missing_ok=True)
    except OSError as error:
        raise SessionFileError(f"cannot delete {path}: {error.strerror}; delete it yourself") from error
