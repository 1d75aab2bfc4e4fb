"""Session files of `sansio-tl login`, which are JSON."""

from __future__ import annotations

import stat
from pathlib import Path

from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.cli import session_file


def is_json(path: Path) -> bool:
    """Whether the file begins as a JSON object. Raises OSError when it cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would block
        return False
    with path.open("rb") as file:
        return file.read(1) == b"{"


def read(path: Path) -> SavedAccount:
    """The account. Raises LocalProtocolError for another file, for one that others can read, or without a login."""
    try:
        session = session_file.load(path)
    except session_file.SessionFileError as error:
        reason = "; the snapshot of a client is passed to open_client" if _is_snapshot(path) else ""
        raise LocalProtocolError(f"{error}{reason}") from None
    if session is None or session.user_id is None or not session.auth_key:
        raise LocalProtocolError(f"{path} has no login: complete it with sansio-tl login")
    return session.to_saved_account()


def _is_snapshot(path: Path) -> bool:
    """Whether it seems to be a saved `Client.snapshot`."""
    with path.open("rb") as file:
        return b'"home_dc"' in file.read(session_file.MAX_SIZE)
