"""Session strings of mtcute, version 3, and the records of which its session files are made.

    base64url( 3 | flags int32 | main data center | [media data center] | [user_id int53, is_bot Bool] | auth key )

Little endian; data centers and key are TL byte strings. flags: 1 a user follows, 4 a media data center follows. A data
center is  2 | id | flags | address, a TL string | port int32;  flags: 1 IPv6, 2 media only, 4 test environment.
"""

from __future__ import annotations

from struct import Struct, error
from typing import NamedTuple

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.session_strings import base64text
from sansio_tl.session_strings.account import SavedAccount

VERSION = 3
_HAS_USER, _OLD_TEST_MODE, _HAS_MEDIA = 1, 2, 4
_IPV6, _TEST_MODE = 1, 4
_DATA_CENTER_VERSIONS = (1, 2)
_USER_VERSION = 1
_IS_BOT = 1
_DATA_CENTER = Struct("BBB")
_INT = Struct("<i")
_LONG = Struct("<q")
_TRUE, _FALSE = bytes.fromhex("b5757299"), bytes.fromhex("379779bc")


class DcAddress(NamedTuple):
    """A data center in mtcute's format."""

    dc_id: int
    host: str
    port: int
    test_mode: bool


def read(text: str) -> SavedAccount:
    """The account in a string of `exportSession`. Raises LocalProtocolError if it is none."""
    data = base64text.unpack(text, "mtcute")
    if not data or data[0] != VERSION:
        raise LocalProtocolError("not a session string of mtcute of version 3")
    try:
        return _read(data)
    except (error, IndexError, UnicodeDecodeError):
        raise LocalProtocolError("not a session string of mtcute: it is cut short") from None


def _read(data: bytes) -> SavedAccount:
    (flags,) = _INT.unpack_from(data, 1)
    data_center, at = read_bytes_value(data, 5)
    if flags & _HAS_MEDIA:
        _, at = read_bytes_value(data, at)
    user_id: int | None = None
    is_bot: bool | None = None
    if flags & _HAS_USER:
        (user_id,) = _LONG.unpack_from(data, at)
        is_bot = data[at + 8 : at + 12] == _TRUE
        at += 12
    key, _ = read_bytes_value(data, at)
    dc_id, host, port, test_mode = read_data_center(data_center)
    if len(key) != 256:
        raise LocalProtocolError("not a session string of mtcute: no key in it")
    return SavedAccount(
        auth_key=AuthKey(key),
        dc_id=dc_id,
        host=host,
        port=port,
        test_mode=bool(flags & _OLD_TEST_MODE) or test_mode,
        user_id=user_id,
        is_bot=is_bot,
    )


def write(account: SavedAccount) -> str:
    """The string for `importSession`."""
    data = (
        bytes([VERSION])
        + _INT.pack(_HAS_USER if account.user_id is not None else 0)
        + write_bytes_value(write_data_center(account))
    )
    if account.user_id is not None:
        data += _LONG.pack(account.user_id) + (_TRUE if account.is_bot else _FALSE)
    return base64text.pack(data + write_bytes_value(account.auth_key.key), urlsafe=True, padded=False)


def read_data_center(data: bytes) -> DcAddress:
    """A data center of a string, or `dc_main` of a file. Raises LocalProtocolError if it is invalid."""
    try:
        version, dc_id, flags = data[:3]
        address, at = read_bytes_value(data, 3)
        (port,) = _INT.unpack_from(data, at)
        host = address.decode("ascii")
    except (error, IndexError, ValueError):
        raise LocalProtocolError("not a session of mtcute: a data center in it is cut short") from None
    if version not in _DATA_CENTER_VERSIONS:
        raise LocalProtocolError("not a session of mtcute of version 3: no data center in it")
    return DcAddress(dc_id, host, port, bool(flags & _TEST_MODE))


def write_data_center(account: SavedAccount) -> bytes:
    """The data center of an account. Raises LocalProtocolError if no address of it is known."""
    host, port = account.address()
    flags = (_IPV6 if ":" in host else 0) | (_TEST_MODE if account.test_mode else 0)
    return (
        base64text.packed(_DATA_CENTER, 2, account.dc_id, flags)
        + write_bytes_value(host.encode("ascii"))
        + _INT.pack(port)
    )


def read_user(data: bytes) -> tuple[int, bool] | None:
    """`current_user` of a file, 16 bytes and optional names: the user id and whether it is a bot; None if not logged
    in.
    """
    if len(data) < 16 or _INT.unpack_from(data)[0] != _USER_VERSION:
        return None
    return _LONG.unpack_from(data, 8)[0], bool(_INT.unpack_from(data, 4)[0] & _IS_BOT)


def write_user(account: SavedAccount) -> bytes:
    """The inverse; empty if the user is unknown."""
    if account.user_id is None:
        return b""
    return _INT.pack(_USER_VERSION) + _INT.pack(_IS_BOT if account.is_bot else 0) + _LONG.pack(account.user_id)


def read_bytes_value(data: bytes, at: int) -> tuple[bytes, int]:
    """A TL byte string and the position after it."""
    size, start = data[at], at + 1
    if size == 254:
        size, start = int.from_bytes(data[at + 1 : at + 4], "little"), at + 4
    end = start + size
    if end > len(data):
        raise IndexError(end)
    return data[start:end], end + -(end - at) % 4


def write_bytes_value(data: bytes) -> bytes:
    """The inverse: length, content, zeros up to a multiple of 4."""
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)
