"""Session strings of other libraries, to move in and out with a log-in.

    account = sessions.read(text)                       # whichever library it is of
    client = Client(config, snapshot=account.to_snapshot(), ...)
    sessions.FORMATS["telethon"].write(SavedAccount.from_snapshot(client.snapshot()))

Two libraries must not use the same key at the same time: the server would end it (AUTH_KEY_DUPLICATED).
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
    """How a library writes a log-in as a string."""

    read: _ReadString
    """The account in a string. Raises LocalProtocolError when it is none of this library."""
    write: _WriteString
    """The string. Raises LocalProtocolError when something is missing that the library needs."""


FORMATS = MappingProxyType(
    {
        "telethon": Format(telethon.read, telethon.write),
        "pyrogram": Format(pyrogram.read, pyrogram.write),
        "kurigram": Format(pyrogram.read, pyrogram.write),
        "gramjs": Format(gramjs.read, gramjs.write),
        "mtcute": Format(mtcute.read, mtcute.write),
    }
)
"""By library; Kurigram took its strings over from Pyrogram."""


def read(text: str) -> SavedAccount:
    """The account in a session string of any of these libraries. Raises LocalProtocolError when it is of none."""
    for form in FORMATS.values():
        try:
            return form.read(text)
        except LocalProtocolError:
            continue
    raise LocalProtocolError(f"not a session string of {', '.join(FORMATS)}")


__all__ = ["FORMATS", "Format", "SavedAccount", "read"]
