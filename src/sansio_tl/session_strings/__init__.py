"""Session strings of other libraries, to import and export a login.

    account = session_strings.read(text)                # of any of the libraries
    client = Client(config, snapshot=account.to_snapshot(), ...)
    session_strings.FORMATS["telethon"].write(SavedAccount.from_snapshot(client.snapshot()))

Two libraries must not use the same key at the same time: the server would revoke it (AUTH_KEY_DUPLICATED).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple, Protocol

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.session_strings import gramjs, mtcute, pyrogram, telethon
from sansio_tl.session_strings.account import SavedAccount


class _ReadString(Protocol):
    def __call__(self, text: str) -> SavedAccount: ...


class _WriteString(Protocol):
    def __call__(self, account: SavedAccount) -> str: ...


class Format(NamedTuple):
    """The string format of a library."""

    read: _ReadString
    """The account in a string. Raises LocalProtocolError if it is not one of this library."""
    write: _WriteString
    """The string. Raises LocalProtocolError if a value is missing that the library needs."""


FORMATS = MappingProxyType(
    {
        "telethon": Format(telethon.read, telethon.write),
        "pyrogram": Format(pyrogram.read, pyrogram.write),
        "kurigram": Format(pyrogram.read, pyrogram.write),
        "gramjs": Format(gramjs.read, gramjs.write),
        "mtcute": Format(mtcute.read, mtcute.write),
    }
)
"""By library; Kurigram uses the strings of Pyrogram."""


def read(text: str) -> SavedAccount:
    """The account in a session string of any of these libraries. Raises LocalProtocolError if it is of none."""
    for form in FORMATS.values():
        try:
            return form.read(text)
        except LocalProtocolError:
            continue
    raise LocalProtocolError(f"invalid session string: expected one of {', '.join(FORMATS)}")


__all__ = ["FORMATS", "Format", "SavedAccount", "read"]
