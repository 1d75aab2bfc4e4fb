"""Proxy settings, and the links in which they are shared.

    tg://proxy?server=HOST&port=PORT&secret=SECRET           an MTProxy; also https://t.me/proxy?...
    tg://socks?server=HOST&port=PORT&user=USER&pass=PASS     a SOCKS5 proxy; also https://t.me/socks?...
    socks5://USER:PASS@HOST:PORT                             the same
    http://USER:PASS@HOST:PORT                               an HTTP proxy
    tg://webproxy?server=HOST[%2FPATH]&secret=SECRET         a WEB proxy; also https://t.me/webproxy?...

User and password are optional, and so is the port of the last two (defaults: 1080 and 80).
https://core.telegram.org/api/links#proxy-links
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_profiles import BROWSER
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.proxy.handshake import ProxyHandshake, check_credentials, check_target
from sansio_tl.proxy.web_address import PORT, WebAddress, require_web_secret

_LINK_HOSTS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_DEFAULT_PORTS: Final = {"socks5": 1080, "socks5h": 1080, "http": 80}


class ProxyKind(Enum):
    """The protocol of a proxy."""

    SOCKS5 = "socks5"
    HTTP = "http"
    MTPROXY = "mtproxy"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Address and credentials of a proxy. The repr shows no credentials."""

    kind: ProxyKind
    host: str
    port: int
    username: str = ""
    """Empty for none."""
    password: str = ""
    secret: ProxySecret | None = None
    """Only for MTProxy and WEB, which require it."""
    path: str = ""
    """Only for WEB: where the relay is on its site; empty for the root."""
    tls_hello: HelloProfile = BROWSER
    """The shape of the ClientHello if the secret requires fake TLS. No link has it: use `dataclasses.replace`."""

    def __post_init__(self) -> None:
        if not isinstance(self.kind, ProxyKind):
            raise LocalProtocolError(f"invalid proxy kind: found {type(self.kind).__name__}, expected ProxyKind")
        check_target(self.host, self.port)
        check_credentials(self.username, self.password)
        if self.secret is not None and not isinstance(self.secret, ProxySecret):
            raise LocalProtocolError(f"invalid proxy secret: found {type(self.secret).__name__}, expected ProxySecret")
        if not isinstance(self.tls_hello, HelloProfile):
            raise LocalProtocolError(
                f"invalid tls_hello of a proxy: found {type(self.tls_hello).__name__}, expected a HelloProfile"
            )
        if (self.secret is not None) != (self.kind in {ProxyKind.MTPROXY, ProxyKind.WEB}):
            raise LocalProtocolError("an MTProxy and a WEB proxy require a secret, and other proxies have none")
        if self.kind is ProxyKind.WEB and self.secret is not None:
            WebAddress(self.host, self.path)
            require_web_secret(self.secret)
        elif self.path:
            raise LocalProtocolError("only a WEB proxy has a path")

    def __repr__(self) -> str:
        masked = "***@" if self.username or self.password or self.secret else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = f"/{self.path}" if self.path else ""
        return f"Proxy({self.kind.value}://{masked}{host}:{self.port}{path})"

    @classmethod
    def parse(cls, link: str) -> Proxy:
        """Parse a proxy link. Raises LocalProtocolError, whose text does not show the link: it may hold secrets."""
        try:
            if not isinstance(link, str):
                raise LocalProtocolError(f"invalid proxy link: found {type(link).__name__}, expected str")
            parts = urlsplit(link.strip())
            if parts.scheme in _DEFAULT_PORTS and parts.hostname not in _LINK_HOSTS:
                return cls._from_url(parts)
            return cls._from_telegram(parts)
        except ValueError:
            raise LocalProtocolError("invalid proxy link: malformed URL") from None

    @classmethod
    def _from_url(cls, parts: SplitResult) -> Proxy:
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise LocalProtocolError("invalid proxy link: nothing may follow the port")
        return cls(
            kind=ProxyKind.HTTP if parts.scheme == "http" else ProxyKind.SOCKS5,
            host=parts.hostname or "",
            port=_DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @classmethod
    def _from_telegram(cls, parts: SplitResult) -> Proxy:
        kind = _telegram_kind(parts)
        # The fields of the link are not form-encoded: a plus sign in them is one of base64.
        fields = {name: values[0] for name, values in parse_qs(parts.query.replace("+", "%2B")).items()}
        if kind is ProxyKind.WEB:
            # "host" is what links of some Android clients have.
            address = WebAddress.parse(fields.get("server") or fields.get("host", ""))
            secret = address.read_secret(fields.get("secret", ""))
            if fields.get("port", str(PORT)) != str(PORT):  # TR18
                raise LocalProtocolError(f"invalid WEB proxy link: it has no port, which is always {PORT}")
            return cls(kind=kind, host=address.host, path=address.path, port=PORT, secret=secret)
        port = fields.get("port", "")
        if not (port.isascii() and port.isdigit()):
            raise LocalProtocolError("invalid proxy link: the port is not a number")
        if kind is ProxyKind.SOCKS5:
            user, password = fields.get("user", ""), fields.get("pass", "")
            return cls(kind=kind, host=fields.get("server", ""), port=int(port), username=user, password=password)
        secret = ProxySecret.parse(fields.get("secret", ""))
        return cls(kind=kind, host=fields.get("server", ""), port=int(port), secret=secret)

    def handshake(self, host: str, port: int, *, entropy: Entropy | None = None) -> ProxyHandshake | None:
        """The handshake with this proxy for a connection to `host`; None for an MTProxy, whose secret is part of the
        framing.

        That with a WEB proxy takes place inside TLS, and requires `entropy`.

        Raises LocalProtocolError if a required library is missing, or if the proxy's protocol cannot express `host`.
        """
        try:
            match self.kind:
                case ProxyKind.SOCKS5:
                    from sansio_tl.proxy.socks5 import Socks5Handshake

                    return Socks5Handshake(host, port, username=self.username, password=self.password)
                case ProxyKind.HTTP:
                    from sansio_tl.proxy.http_connect import HttpConnectHandshake

                    return HttpConnectHandshake(host, port, username=self.username, password=self.password)
                case ProxyKind.WEB if self.secret is not None:
                    from sansio_tl.proxy.web_client import WebHandshake

                    if entropy is None:
                        raise LocalProtocolError("the handshake with a WEB proxy requires entropy")
                    address = WebAddress(self.host, self.path)
                    return WebHandshake(address, self.secret, entropy=entropy, port=self.port)
                case _:
                    return None
        except ImportError as error:
            raise LocalProtocolError(str(error)) from error


def _telegram_kind(parts: SplitResult) -> ProxyKind:
    name = ""
    if parts.scheme == "tg":
        name = parts.netloc or parts.path
    elif parts.scheme in {"https", "http"} and parts.hostname in _LINK_HOSTS:
        name = parts.path.strip("/")
    match name:
        case "proxy":
            return ProxyKind.MTPROXY
        case "socks":
            return ProxyKind.SOCKS5
        case "webproxy":
            return ProxyKind.WEB
        case _:
            raise LocalProtocolError(
                "invalid proxy link: expected tg://proxy, tg://socks, tg://webproxy, https://t.me/proxy, socks5:// or http://"
            )
