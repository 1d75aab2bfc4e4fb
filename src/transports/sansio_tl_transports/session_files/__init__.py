"""Session files of other libraries, to import and export a login.

    account = session_files.read("anna.session")                 # of any of the libraries, or of sansio-tl login
    session_files.FORMATS["telethon"](account, Path("new.session"), now=time.time())
    with open_client(config, account.to_snapshot()) as client: ...

    sansio-tl sessions import FILE
    sansio-tl sessions export telethon-file --out FILE

Session files of Telethon, Pyrogram, Kurigram and mtcute are SQLite databases; a session of GramJS is a directory; the
session file of `sansio-tl login` is JSON. They are read without changing them. A written file is always a new one, with
mode 0600; the library completes it when it first opens it.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.session_files import command_line, gramjs, kurigram, mtcute, pyrogram, telethon
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


def read(path: str | Path) -> SavedAccount:
    """The account in a session file of one of the libraries, or of `sansio-tl login`.

    Raises LocalProtocolError for another file, OSError when it cannot be read.
    """
    if not isinstance(path, str | Path):
        raise LocalProtocolError(f"invalid path of a session file: found {type(path).__name__}, expected str or Path")
    path = Path(path)
    try:
        path.lstat()
    except ValueError:
        raise LocalProtocolError("invalid path of a session file: it has a null character or a surrogate") from None
    if path.is_dir():
        return gramjs.read(path)
    if command_line.is_json(path):
        return command_line.read(path)
    with opened(path) as database:
        for read_, table, column in _READERS:
            if database.has(table, column):
                try:
                    return read_(database)
                except KeyError as error:
                    raise LocalProtocolError(f"{path} is not a session file: it lacks the column {error}") from None
    raise LocalProtocolError(f"{path} is not a session file of {', '.join(FORMATS)} or sansio-tl login")


__all__ = ["FORMATS", "read"]
