"""Files that hold secrets: written atomically, readable by their owner only, locked against other processes."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""Rejects a lock file that is a symbolic link, where the system supports it."""
LOCKS_ARE_ADVISORY = sys.platform != "win32"
"""Whether a locked file can be read and replaced."""


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Replace the file `path` atomically; other users can never read it before `mode` allows it.

    When it returns, the file survives a power failure.
    """
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
    _sync_folder(path.parent)


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
