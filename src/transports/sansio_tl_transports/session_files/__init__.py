"""Session files of other libraries, to move in and out with a log-in.

    account = session_files.read(Path("anna.session"))           # whichever library it is of
    session_files.FORMATS["telethon"](account, Path("new.session"), now=time.time())

    sansio-tl sessions import FILE
    sansio-tl sessions export telethon-file --out FILE

Those of Telethon, Pyrogram, Kurigram and mtcute are SQLite databases, one of GramJS is a directory. They are opened for
reading only; what is written is new, mode 0600, and completed by its library when that opens it.
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
"""By library: makes a session file; `now` is seconds since the Unix epoch.

Raises FileExistsError when there is one, LocalProtocolError when something is missing that the library needs.
"""

_MARKS = (
    (mtcute.read, "key_value", "value"),
    (kurigram.read, "sessions", "user_id"),  # what Pyrogram wrote, too
    (telethon.read, "sessions", "server_address"),
)
"""Which reader is for a database with this column in this table."""


def read(path: Path) -> SavedAccount:
    """The account in a session file. Raises LocalProtocolError when it is none, OSError when it cannot be read."""
    if path.is_dir():
        return gramjs.read(path)
    with opened(path) as database:
        for read_, table, column in _MARKS:
            if database.has(table, column):
                try:
                    return read_(database)
                except KeyError as error:
                    raise LocalProtocolError(f"{path} is no session file: it lacks the column {error}") from None
    raise LocalProtocolError(f"{path} is no session file of {', '.join(FORMATS)}")


__all__ = ["FORMATS", "read"]
