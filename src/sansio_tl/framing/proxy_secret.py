"""MTProxy secrets, which the owner of a proxy gives to its users.

    16 bytes                       plain: mixed into the keys of obfuscated2
    dd | 16 bytes                  padded: the same, and the inner framing is padded intermediate
    ee | 16 bytes | host name      the same inside fake TLS, which imitates a TLS connection to that host

They are written in hexadecimal, or in base64 with either alphabet and with or without its padding.
https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError

_KEY_SIZE: Final = 16
_SECURED: Final = 0xDD
_FAKE_TLS: Final = 0xEE
_MAX_HOST_SIZE: Final = 182
"""The official client's limit: a longer name would not fit the ClientHello that it imitates."""


class SecretKind(Enum):
    """The framing that the proxy requires."""

    PLAIN = "plain"
    PADDED = "secured"
    FAKE_TLS = "fake TLS"


@dataclass(frozen=True, slots=True)
class ProxySecret:
    """The secret of an MTProxy. The key is never shown."""

    kind: SecretKind
    key: bytes = field(repr=False)
    """16 bytes."""
    host: str | None = None
    """The host name that fake TLS claims to connect to."""

    def __post_init__(self) -> None:
        if not isinstance(self.kind, SecretKind):
            raise LocalProtocolError(
                f"invalid kind of proxy secret: found {type(self.kind).__name__}, expected SecretKind"
            )
        if not isinstance(self.key, bytes):
            raise LocalProtocolError(f"invalid key of a proxy secret: found {type(self.key).__name__}, expected bytes")
        if len(self.key) != _KEY_SIZE:
            raise LocalProtocolError(
                f"invalid key of a proxy secret: found {len(self.key)} bytes, expected {_KEY_SIZE}"
            )
        if (self.host is not None) != (self.kind is SecretKind.FAKE_TLS):
            raise LocalProtocolError("invalid proxy secret: fake TLS secrets have a host name, others have none")
        if self.host is not None and not _is_host_name(self.host):
            raise LocalProtocolError(
                f"invalid host name of a proxy secret: expected ASCII, 1 to {_MAX_HOST_SIZE} characters"
            )

    @classmethod
    def parse(cls, secret: str | bytes) -> ProxySecret:
        """Parse a secret from a link (text) or a configuration (bytes). Raises LocalProtocolError."""
        data = _decode(secret) if isinstance(secret, str) else secret
        if not isinstance(data, bytes):
            raise LocalProtocolError(f"invalid proxy secret: found {type(data).__name__}, expected str or bytes")
        if len(data) == _KEY_SIZE:
            return cls(SecretKind.PLAIN, data)
        marker, key, host = data[:1], data[1 : 1 + _KEY_SIZE], data[1 + _KEY_SIZE :]
        if len(key) == _KEY_SIZE and marker == bytes([_SECURED]) and not host:
            return cls(SecretKind.PADDED, key)
        if len(key) == _KEY_SIZE and marker == bytes([_FAKE_TLS]):
            if not host:
                raise LocalProtocolError("invalid proxy secret: it begins with ee, for fake TLS, but names no host")
            return cls(SecretKind.FAKE_TLS, key, host.decode("latin-1"))
        raise LocalProtocolError(f"invalid proxy secret: {len(data)} bytes match no kind of secret")

    def to_hex(self) -> str:
        """The secret as it is written in links. Do not log it."""
        if self.kind is SecretKind.PLAIN:
            return self.key.hex()
        marker = _SECURED if self.kind is SecretKind.PADDED else _FAKE_TLS
        return (bytes([marker]) + self.key + (self.host or "").encode("ascii")).hex()


def _decode(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        # The cause would show the secret.
        raise LocalProtocolError("invalid proxy secret: expected hexadecimal or base64") from None


def _is_host_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _MAX_HOST_SIZE and name.isascii() and name.isprintable()
