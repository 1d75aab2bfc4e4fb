"""Parses the inputs of the commands: bytes in hex, base64 or a file; a key; a schema."""

from __future__ import annotations

import base64
import binascii
import re
import sys
from pathlib import Path

from sansio_tl import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.usage_error import UsageError
from sansio_tl_transports.cli.session_file import SessionFileError, load

# No group is repeated: re would take 100 bytes for each repetition.
_HEX = re.compile(r"[0-9a-fA-F]*")
_NO_HEX = re.compile(r"[^0-9a-fA-FxX\s:,]|(?<!0)[xX]")
_BASE64_BEGINNING = re.compile(r"[A-Za-z0-9+/_\s-]*=*\s*")
_TEXT = re.compile(r"[\t\n\r -~]*")
_ENCODED = 8
"""Characters of hex or base64 with which a text begins that is meant as such; binary data has other bytes by then."""
_KEY_SIZE = 256


def read_bytes(given: str) -> bytes:
    """Bytes from hex, from base64, from the file of that name, or from standard input (`-`). Raises UsageError."""
    if given == "-":
        return from_content(sys.stdin.buffer.read(), "standard input")
    path = Path(given)
    if _is_file(path):
        try:
            return from_content(path.read_bytes(), given)
        except OSError as error:
            raise UsageError(f"cannot read {given}: {error.strerror}") from None
    data = None if _is_path(given) else from_text(given)
    if data is None:
        raise UsageError(f"{_short(given)} is neither hexadecimal nor base64, and no file has this name")
    return data


def _is_path(given: str) -> bool:
    """Whether this is a path with a typing error: base64 may begin with a slash, too, but is padded then."""
    return given.startswith("/") and len(given) % 4 != 0


def read_text(given: str) -> str:
    """The argument itself, the text of the file of that name, or standard input (`-`). Raises UsageError."""
    try:
        if given == "-":
            return sys.stdin.read()
        return Path(given).read_text(encoding="utf-8") if _is_file(Path(given)) else given
    except OSError as error:
        raise UsageError(f"cannot read {given}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{given} is not UTF-8 text") from None


def from_content(content: bytes, name: str) -> bytes:
    """The contents of a file: decoded if all of it is hex or base64, else unchanged.

    Raises UsageError for text that only begins as hex or base64: it is damaged or cut, and is no binary data.
    """
    if not content.strip():
        raise UsageError(f"{name} is empty")
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return content
    data = from_text(text)
    if data is not None:
        return data
    if _TEXT.fullmatch(text) and (fault := _fault(text)) is not None:
        raise UsageError(f"{name} {fault}")
    return content


def _fault(text: str) -> str | None:
    """Where a text stops being hex and base64; None if it does not even begin as one of them."""
    of_hex = len(text) if (found := _NO_HEX.search(text)) is None else found.start()
    of_base64 = 0 if (matched := _BASE64_BEGINNING.match(text)) is None else matched.end()
    if of_hex == len(text):
        return "has an odd number of hexadecimal digits"
    if of_base64 == len(text):
        return "is base64 of an impossible length: characters are missing"
    if of_hex == of_base64 >= _ENCODED:
        return f"stops being hexadecimal or base64 at offset {of_hex}"
    ends = (("hexadecimal", of_hex), ("base64", of_base64))
    parts = [f"{name} at offset {end}" for name, end in ends if end >= _ENCODED]
    return f"stops being {', '.join(parts)}" if parts else None


def from_text(text: str) -> bytes | None:
    """Bytes from hex with or without spaces, colons and 0x, or from base64 in either alphabet; None for neither.

    An odd number of hex digits is hex that lacks one, not base64 without its padding.
    """
    plain = re.sub(r"0[xX]|[\s:,]+", "", text)
    if not plain:
        return None
    if _HEX.fullmatch(plain):
        return None if len(plain) % 2 else bytes.fromhex(plain)
    plain = re.sub(r"\s+", "", text).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def read_key(given: str) -> AuthKey:
    """An auth key: 256 bytes as hex, base64 or a file, or a session file of `sansio-tl login`. Raises UsageError."""
    path = Path(given)
    if _is_file(path) and path.read_bytes().lstrip()[:1] == b"{":
        try:
            session = load(path)
        except SessionFileError as error:
            raise UsageError(str(error)) from None
        if session is not None:
            return session.key
    try:
        data = read_bytes(given)
    except UsageError:
        if given == "-" or _is_file(path):
            raise
        raise UsageError("the auth key is neither hexadecimal nor base64, and no file has this name") from None
    if len(data) != _KEY_SIZE:
        raise UsageError(f"an auth key has {_KEY_SIZE} bytes, not {len(data)}")
    return AuthKey(data)


def read_coder(schema: Path | None) -> SchemaCodec:
    """The codec of a schema file, or the shipped one. Raises UsageError."""
    if schema is None:
        from sansio_tl.codec import coder

        return coder
    from sansio_tl import Schema

    try:
        return Schema.parse(schema.read_text(encoding="utf-8")).coder
    except OSError as error:
        raise UsageError(f"cannot read {schema}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{schema} is not UTF-8 text") from None
    except LocalProtocolError as error:
        raise UsageError(f"{schema}, {error}") from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a zero in it
        return False


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
