"""The file in which a log-in is kept between two runs of the command line.

It holds the auth key, and who has the key is logged in. So it is readable by its owner only (mode 0600), and it is
written beside the old one and then put in its place: whatever happens meanwhile, there is one whole file.
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

MODE = 0o600
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""A lock file that is a symbolic link is refused, where the system can tell."""


_held: dict[Path, int] = {}
"""Sessions that this process has locked -> the open file that is locked, -1 while there is none."""


class SessionFileError(Exception):
    """The file cannot be used; the text says what to do."""


class Session(msgspec.Struct, kw_only=True):
    """What the file holds, as JSON. Shows nothing of it."""

    version: int = 1
    host: str
    port: int
    dc_id: int
    environment: str
    """``"prod"``, ``"test"`` or ``"own"``: what may be followed when the account lives on another data center."""
    auth_key: bytes
    """256 bytes, in base64; none when what is kept is of an earlier log-in."""
    user_id: int | None = None
    """Who is logged in; None while nobody is."""
    is_bot: bool | None = None
    """Whether that is a bot; None where nobody said."""
    api_id: int | None = None
    """The application that logged in; None where nobody said."""
    log_in: dict[str, Any] | None = None
    """A log-in that was left in the middle: `Flow.snapshot`."""
    logout_tokens: tuple[bytes, ...] = ()
    """What log-outs have left, in base64, the newest first: with one that fits the next log-in needs no code."""

    def __repr__(self) -> str:
        return f"Session(dc_id={self.dc_id}, ...)"

    @property
    def key(self) -> AuthKey:
        """The auth key as the engine takes it. Raises LocalProtocolError when there is none."""
        return AuthKey(self.auth_key)


def load(path: Path) -> Session | None:
    """Read a session; None when there is no such file. Raises SessionFileError when it is not fit to be used."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a named pipe would be waited for
            raise SessionFileError(f"{path} is no session file: not a regular file; name another one")
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise SessionFileError(f"{path} can be read by others, who could use your account: chmod 600 {path}")
            session = msgspec.json.decode(file.read(), type=Session)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionFileError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SessionFileError(f"{path} is no session file, or damaged: name another one, or delete it") from None
    if session.version != 1 or len(session.auth_key) not in {0, 256}:
        raise SessionFileError(f"{path} was not written by this version: name another one, or delete it")
    return session


def save(path: Path, session: Session) -> None:
    """Write a session, whole or not at all. Raises SessionFileError when that is impossible."""
    try:
        target = _target(path)
        write_whole(target, msgspec.json.format(msgspec.json.encode(session)) + b"\n", MODE)
        if target.resolve() in _held:
            _hold(target)
    except OSError as error:
        raise SessionFileError(f"cannot write {path}: {error.strerror}") from error


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep other processes of `sansio-tl` away from a session until the block ends, however it ends.

    Two clients with one auth key and different ideas of its sessions, salts and login lose messages and can get the
    key revoked (AUTH_KEY_DUPLICATED). The lock is on a file beside the session's, which is replaced when it is written;
    all symbolic links to a session have one lock. Where the system can, the session's own file is locked, too: it may
    have hard links, and the other file may be deleted. Raises SessionFileError.
    """
    target = _target(path)
    beside = target.with_name(f".{target.name}.lock")
    handle = -1
    try:
        while handle < 0:
            handle = _open_locked(beside)
        _hold(target)
    except BlockingIOError:
        _let_go(beside, handle)
        raise SessionFileError(
            f"{path} is in use by another sansio-tl: wait until that has ended, or name another file with --session"
        ) from None
    except OSError as error:
        raise SessionFileError(f"cannot lock {beside}: {error.strerror}") from error
    try:
        yield
    finally:
        _close(_held.pop(target.resolve(), -1))
        _let_go(beside, handle)


def _hold(target: Path) -> None:
    """Lock the session's own file, if there is one, in place of the one that it has replaced.

    Raises BlockingIOError when another process has it.
    """
    handle = -1
    if _LOCKS_ARE_ADVISORY:
        with contextlib.suppress(OSError):  # whoever reads it says what is wrong with it
            handle = os.open(target, os.O_RDWR | os.O_NONBLOCK)
    try:
        if handle >= 0:
            _lock(handle)
    except BaseException:
        os.close(handle)
        raise
    _close(_held.pop(target.resolve(), -1))
    _held[target.resolve()] = handle


def _let_go(beside: Path, handle: int) -> None:
    """Delete the lock file, unless that is another one by now, and with it the lock."""
    if handle >= 0:
        with contextlib.suppress(OSError):  # on Windows an open file stays
            if _is_same(beside, handle):
                beside.unlink()
        os.close(handle)


def _close(handle: int) -> None:
    if handle >= 0:
        os.close(handle)


def _target(path: Path) -> Path:
    """The file that a symbolic link leads to; the path itself when there is no such file."""
    return path.resolve() if path.exists() else path


def _open_locked(path: Path) -> int:
    """The locked file; -1 when it was deleted by the process that had it meanwhile, so that the lock is on no file.

    Raises BlockingIOError when another process has the lock.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR | _NO_FOLLOW, MODE)
    try:
        _lock(handle)
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
"""Whether a locked file can be read and replaced, as a session must be."""

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove(path: Path) -> None:
    """Forget a session."""
    try:
        _target(path).unlink(missing_ok=True)
    except OSError as error:
        raise SessionFileError(f"cannot delete {path}: {error.strerror}; delete it yourself") from error


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put a file with this content in the place of `path`; it is never there in part or for others to read."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600, and nobody else's file
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
