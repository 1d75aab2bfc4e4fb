r"""Where the relay of a WEB proxy is, and the proof that a client knows its secret.

    tg://webproxy?server=HOST[%2FPATH]&secret=SECRET         also https://t.me/webproxy?...

HOST is a lower-case DNS name; the port is 443. With a PATH, everything is below https://HOST/PATH/, and the secret in
the link is marked: base64url(70 | secret), so that clients without paths do not send it to the root of the site.

The proof, called bridge capability, is base64url(HMAC-SHA256(secret, "tdesktop-web-proxy-bridge-v1\n" HOST)), with a
path ("tdesktop-web-proxy-bridge-v2\n" HOST "\n" PATH). The secret is that of an MTProxy with its dd, if it has one.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl.hosts import is_host

PORT: Final = 443
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*")
_MAX_PATH: Final = 128
_LOCAL: Final = "localhost"
"""The only name without a dot, for tests."""
_DIGITS: Final = re.compile(r"[0-9]+")
_MARK: Final = b"\x70"
_MARKED_SIZE: Final = 17
"""Least size of a marked secret."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Host and base path of a relay (TR18)."""

    host: str
    path: str = ""
    """Without slashes at its ends; empty for the root of the site."""

    def __post_init__(self) -> None:
        if not _is_name(self.host):
            raise LocalProtocolError("invalid host of a WEB proxy: expected a DNS name in lower case, without a port")
        if not isinstance(self.path, str) or len(self.path) > _MAX_PATH:
            raise LocalProtocolError(f"invalid path of a WEB proxy: expected at most {_MAX_PATH} characters")
        if self.path and not _PATH.fullmatch(self.path):
            raise LocalProtocolError(
                "invalid path of a WEB proxy: expected segments of letters, digits, - and _, separated by /"
            )

    @classmethod
    def parse(cls, server: str) -> WebAddress:
        """``HOST`` or ``HOST/PATH``. Raises LocalProtocolError."""
        host, slash, path = server.partition("/")
        if slash and not path:
            raise LocalProtocolError("invalid path of a WEB proxy: it is empty")
        return cls(host, path)

    @property
    def base(self) -> str:
        """The path of the relay with slashes at both ends."""
        return f"/{self.path}/" if self.path else "/"

    def capability(self, secret: ProxySecret) -> str:
        """The proof for this secret: 43 characters."""
        message = f"tdesktop-web-proxy-bridge-v1\n{self.host}"
        if self.path:
            message = f"tdesktop-web-proxy-bridge-v2\n{self.host}\n{self.path}"
        return base64url(hmac.digest(bytes.fromhex(secret.to_hex()), message.encode("ascii"), "sha256"))

    def read_secret(self, text: str) -> ProxySecret:
        """The secret of a link to this address. Raises LocalProtocolError, also for fake TLS."""
        if not self.path:
            data = _decode_marked(text)
            secret = ProxySecret.parse(text if data is None else data)
        elif (data := _decode_marked(text)) is None:
            raise LocalProtocolError("invalid proxy secret: a WEB proxy with a path has one that begins with 70")
        else:
            secret = ProxySecret.parse(data)
        require_web_secret(secret)
        return secret

    def link(self, secret: ProxySecret) -> str:
        """The link to share. It holds the secret: do not log it."""
        require_web_secret(secret)
        data = secret.to_hex()
        if not self.path:
            return f"tg://webproxy?server={self.host}&secret={data}"
        server = f"{self.host}%2F{self.path.replace('/', '%2F')}"
        return f"tg://webproxy?server={server}&secret={base64url(_MARK + bytes.fromhex(data))}"


def require_web_secret(secret: ProxySecret) -> None:
    """Raises LocalProtocolError for a secret that requires fake TLS: a relay does not carry it."""
    if secret.kind is SecretKind.FAKE_TLS:
        raise LocalProtocolError("invalid proxy secret: a WEB proxy has a plain one, or one that begins with dd")


def base64url(data: bytes) -> str:
    """Without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _is_name(host: object) -> bool:
    if not isinstance(host, str) or host != host.lower() or host.endswith(".") or "_" in host or not is_host(host):
        return False
    labels = host.split(".")
    return (len(labels) > 1 or host == _LOCAL) and ":" not in host and not _DIGITS.fullmatch(labels[-1])


def _decode_marked(text: str) -> bytes | None:
    """The secret behind its mark; None if there is no mark."""
    plain = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        data = bytes.fromhex(text)
    except ValueError:
        try:
            data = urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
        except ValueError:
            return None
    return data[1:] if data.startswith(_MARK) and len(data) >= _MARKED_SIZE else None
