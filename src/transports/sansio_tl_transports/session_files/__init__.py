"""Session files of other libraries, to import and export a login.

    account = session_files.read(Path("anna.session"))           # of any of the libraries
    session_files.FORMATS["telethon"](account, Path("new.session"), now=time.time())

    sansio-tl sessions import FILE
    sansio-tl sessions export telethon-file --out FILE

Session files of Telethon, Pyrogram, Kurigram and mtcute are SQLite databases; a session of GramJS is a directory. They
are read without changing them. A written file is always a new one, with mode 0600; the library completes it when it
first opens it.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.session_files import gramjs, kurigram, mtcute, pyrogram, telethon
from sansio_tl_transports.session_files.sqlite import opened


class _WriteFile(Protocol):
    def __call__(self, account: SavedAccount, path: Path, *, now: float) -> None: ...


FORMATS: MappingProxyType[str, _WriteFile] = MappingProxyType(
    {
        "telethon": telethon.write,
        "pyrogram": pyrogram.write,
        "kurigram": kurigram.write,
        "gramjs": gramjs.write,
        "mtcute": mtcute.write,
    }
)
"""Library -> function that writes a session file; `now` is seconds since the Unix epoch.

Raises FileExistsError when the file exists, LocalProtocolError when a value is missing that the library needs.
"""

_READERS = (
    (mtcute.read, "key_value", "value"),
    (kurigram.read, "sessions", "user_id"),  # reads files of Pyrogram, too
    (telethon.read, "sessions", "server_address"),
)
"""Reader, and the table and column that identify its databases."""


def read(path: Path) -> SavedAccount:
    """The account in a session file. Raises LocalProtocolError for another file, OSError when it cannot be read."""
    if path.is_dir():
        return gramjs.read(path)
    with opened(path) as database:
        for read_, table, column in _READERS:
            if database.has(table, column):
                try:
                    return read_(database)
                except KeyError as error:
                    raise LocalProtocolError(f"{path} is not a session file: it lacks the column {error}") from None
    raise LocalProtocolError(f"{path} is not a session file of {', '.join(FORMATS)}")


__all__ = ["FORMATS", "read"]
