"""Session strings of Pyrogram and of its fork Kurigram.

    base64url( dc_id uint8 | api_id uint32 | test_mode bool | auth key 256 | user_id uint64 | is_bot bool )   big endian

without padding. Older ones lack the api_id, and the oldest have user ids of 32 bits.
"""

from __future__ import annotations

from struct import Struct

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.session_strings import base64text
from sansio_tl.session_strings.account import SavedAccount

_PRESENT = Struct(">BI?256sQ?")
_OLDER = {layout.size: layout for layout in (Struct(">B?256sI?"), Struct(">B?256sQ?"))}


def read(text: str) -> SavedAccount:
    """The account in a string of `export_session_string`. Raises LocalProtocolError if it is none."""
    data = base64text.unpack(text, "Pyrogram")
    api_id: int | None = None
    if len(data) == _PRESENT.size:
        dc_id, api_id, test_mode, key, user_id, is_bot = _PRESENT.unpack(data)
    elif len(data) in _OLDER:
        dc_id, test_mode, key, user_id, is_bot = _OLDER[len(data)].unpack(data)
    else:
        raise LocalProtocolError(f"not a session string of Pyrogram: found {len(data)} bytes, expected {_PRESENT.size}")
    return SavedAccount(
        auth_key=AuthKey(key),
        dc_id=dc_id,
        test_mode=test_mode,
        user_id=user_id or None,
        is_bot=is_bot,
        api_id=api_id,
    )


def write(account: SavedAccount) -> str:
    """The string for `Client(session_string=...)`; Pyrogram needs the api_id and the user id.

    Raises LocalProtocolError if one of them is missing.
    """
    if account.api_id is None or account.user_id is None:
        raise LocalProtocolError("a session string of Pyrogram needs api_id and user_id")
    data = base64text.packed(
        _PRESENT,
        account.dc_id,
        account.api_id,
        account.test_mode,
        account.auth_key.key,
        account.user_id,
        bool(account.is_bot),
    )
    return base64text.pack(data, urlsafe=True, padded=False)
