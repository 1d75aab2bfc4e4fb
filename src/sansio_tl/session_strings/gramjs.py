"""Session strings of GramJS (npm `telegram`).

    "1" base64( dc_id uint8 | length int16 | address as text | port int16 | auth key 256 )      big endian

GramJS reads Telethon's strings too.
"""

from __future__ import annotations

from struct import Struct, error

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.session_strings import base64text
from sansio_tl.session_strings.account import SavedAccount

VERSION = "1"
_HEAD = Struct(">BH")
_PORT = Struct(">H")
_MAX_ADDRESS = 100
"""GramJS itself interprets longer ones as another format."""
_MAX_PORT = 0x7FFF
"""GramJS can neither write nor read greater ones."""


def read(text: str) -> SavedAccount:
    """The account in a string of `StringSession.save`. Raises LocalProtocolError if it is none."""
    if not isinstance(text, str) or not text.startswith(VERSION):
        raise LocalProtocolError('not a session string of GramJS: those begin with "1"')
    data = base64text.unpack(text[1:], "GramJS")
    try:
        dc_id, length = _HEAD.unpack_from(data)
        (port,) = _PORT.unpack_from(data, _HEAD.size + length)
        host = data[_HEAD.size : _HEAD.size + length].decode("ascii")
    except (error, UnicodeDecodeError):
        raise LocalProtocolError("not a session string of GramJS") from None
    key = data[_HEAD.size + length + _PORT.size :]
    if length > _MAX_ADDRESS or len(key) != 256:
        raise LocalProtocolError("not a session string of GramJS: no key of 256 bytes at its end")
    return SavedAccount(auth_key=AuthKey(key), dc_id=dc_id, host=host, port=port)


def write(account: SavedAccount) -> str:
    """The string for `new StringSession(...)`. Raises LocalProtocolError for a port that GramJS cannot read."""
    host, port = account.address()
    if port > _MAX_PORT:
        raise LocalProtocolError(f"GramJS cannot read a port above {_MAX_PORT} from a string; use its directory format")
    name = host.encode("ascii")
    data = base64text.packed(_HEAD, account.dc_id, len(name)) + name + _PORT.pack(port) + account.auth_key.key
    return VERSION + base64text.pack(data, urlsafe=False, padded=True)
