"""Files that hold secrets: written atomically, readable by their owner only, locked against other processes."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""Rejects a lock file that is a symbolic link, where the system supports it."""
_BINARY = getattr(os, "O_BINARY", 0)
LOCKS_ARE_ADVISORY = sys.platform != "win32"
"""Whether a locked file can be read and replaced."""


def write_whole(path: Path, content: bytes, mode: int, temporary: Path | None = None) -> None:
    """Replace the file `path` atomically; other users can never read it before `mode` allows it.

    `temporary` is written first, in the same folder; it may be left from a process that was killed. Give one if only
    one process at a time writes `path`; otherwise it gets a random name. When the function returns, the file survives a
    power failure.
    """
    handle, name = _new_file(path, temporary)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        name.chmod(mode)
        name.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            name.unlink()
        raise
    _sync_folder(path.parent)


def _new_file(path: Path, temporary: Path | None) -> tuple[int, Path]:
    if temporary is None:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        return handle, Path(name)
    temporary.unlink(missing_ok=True)
    return os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY | NO_FOLLOW, 0o600), temporary


def _sync_folder(path: Path) -> None:
    """Make a rename durable. Where folders cannot be opened (Windows) the file system does so itself."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def access_problem(path: Path, status: os.stat_result) -> str | None:
    """Why the user is not the only one who can read the file, and what to do; None if that is so."""
    if os.name != "posix":
        return None
    if status.st_uid != os.geteuid():
        return f"{path} belongs to another user (uid {status.st_uid}), who could use your account: name another file"
    if status.st_mode & 0o077:
        return f"{path} can be read by others, who could use your account: chmod 600 {path}"
    return None


if sys.platform == "win32":
    import msvcrt

    def lock_handle(handle: int) -> None:
        """Lock an open file until it is closed. Raises BlockingIOError when it is locked already."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

else:
    import fcntl

    def lock_handle(handle: int) -> None:
        """Lock an open file until it is closed. Raises BlockingIOError when it is locked already."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
