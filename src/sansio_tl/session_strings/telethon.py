"""Session strings of Telethon.

"1" base64url( dc_id uint8 | address 4 or 16 | port uint16 | auth key 256 )      big endian
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import Struct

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.session_strings import base64text
from sansio_tl.session_strings.account import SavedAccount

VERSION = "1"
_LAYOUTS = {layout.size: layout for layout in (Struct(">B4sH256s"), Struct(">B16sH256s"))}


def read(text: str) -> SavedAccount:
    """The account in a string of `StringSession.save`. Raises LocalProtocolError if it is none."""
    if not isinstance(text, str) or not text.startswith(VERSION):
        raise LocalProtocolError('not a session string of Telethon: those begin with "1"')
    data = base64text.unpack(text[1:], "Telethon")
    layout = _LAYOUTS.get(len(data))
    if layout is None:
        raise LocalProtocolError(f"not a session string of Telethon: found {len(data)} bytes, expected 263 or 275")
    dc_id, address, port, key = layout.unpack(data)
    if len(address) == 16 and address[0] == 0:
        raise LocalProtocolError("a session string of GramJS, not of Telethon: no such IPv6 address is in use")
    return SavedAccount(auth_key=AuthKey(key), dc_id=dc_id, host=str(ip_address(address)), port=port)


def write(account: SavedAccount) -> str:
    """The string for `StringSession(...)`. Raises LocalProtocolError for a host that is no IP address."""
    host, port = account.address()
    try:
        address = ip_address(host).packed
    except ValueError:
        raise LocalProtocolError("Telethon stores IP addresses only, no host names") from None
    layout = _LAYOUTS[len(address) + 259]
    data = base64text.packed(layout, account.dc_id, address, port, account.auth_key.key)
    return VERSION + base64text.pack(data, urlsafe=True, padded=True)
