"""Connect options shared by the adapters: framing, proxy and TLS.

    socket to the proxy, or to the data center -> ProxyHandshake (SOCKS5, HTTP CONNECT) -> TLS -> framing
    socket to the relay of a WEB proxy -> TLS -> ProxyHandshake (WEB) -> WebCarrier -> framing

An adapter opens the sockets, runs the proxy handshake and TLS on them. This module decides which addresses to connect
to, and words the errors.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final, TypeAlias

from sansio_tl import Config, Limits
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import FRAMINGS, Framing, client_framing
from sansio_tl.framing.hello_profiles import BROWSER
from sansio_tl.proxy import Proxy, ProxyError, ProxyHandshake, ProxyKind
from sansio_tl.proxy.handshake import check_target
from sansio_tl.role import Role
from sansio_tl.validation import require
from sansio_tl_transports import ConnectError

HAPPY_EYEBALLS_DELAY = 0.25
"""Seconds until the next address is tried while another attempt is pending (RFC 8305, 5)."""

PAUSE = 1.0
"""Seconds between two attempts to open the second socket of a session: HTTP servers may close it at any time."""

_USUAL_PORTS = frozenset({80, 443})

AddressInfo: TypeAlias = tuple[int, Any, int, str, Any]
"""An element of what getaddrinfo returns: the family first, the address last."""

Failure = (OSError, ProxyError)
"""Exceptions of an attempt to connect to a data center."""

NotReached = (OSError, UnicodeError, OverflowError)
"""Exceptions of opening a socket: OSError, and what Python raises for an invalid host or port."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: a socket to `host`, and from there a connection to the data center."""

    host: str
    port: int
    target: tuple[str, int]
    """Host and port of the data center."""
    proxy: Proxy | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    continues: bool = False
    """Whether this is another connection of a session with a WEB proxy, so that there is no handshake with it."""

    @property
    def tls_host(self) -> str:
        """The name in the certificate."""
        proxy = self.proxy
        return proxy.host if proxy is not None and proxy.kind is ProxyKind.WEB else self.target[0]

    @property
    def is_address(self) -> bool:
        """Whether `host` is an IP address, not a name to resolve."""
        try:
            ipaddress.ip_address(self.host.partition("%")[0])
        except ValueError:
            return False
        return True

    def proxy_handshake(self) -> ProxyHandshake | None:
        """The handshake with the proxy, if there is one."""
        if self.proxy is None or self.continues:
            return None
        return self.proxy.handshake(*self.target, entropy=os.urandom)

    def failed(self, error: Exception) -> Exception:
        """The error of opening the socket; names the proxy if there is one."""
        if self.proxy is not None:
            return ConnectError(f"connecting to {self.proxy!r}", describe_error(error))
        return (
            error
            if isinstance(error, OSError)
            else ConnectError(f"connecting to {self.host!a} port {self.port}", describe_error(error))
        )

    def handshake_failed(self, handshake: ProxyHandshake, error: Exception) -> Exception:
        """The error of the handshake with the proxy; names the proxy."""
        step = f"{handshake.step} with {self.proxy!r}"
        return (
            ProxyError(step, error.reason)
            if isinstance(error, ProxyError)
            else ConnectError(step, describe_error(error))
        )

    def tls_failed(self, error: Exception) -> Exception:
        """The error of the TLS handshake."""
        host, port = self.target
        if self.proxy is not None and self.proxy.kind is ProxyKind.WEB:
            host, port = self.proxy.host, self.proxy.port
        return ConnectError(f"TLS with {host} port {port}", describe_error(error))


def check_call(address: tuple[str, int], config: Config) -> None:
    """Check the arguments of `connect` before a socket is opened.

    Raises LocalProtocolError for an invalid address or Config, EncodeError for a setting that cannot be encoded.
    """
    check_address(address)
    require(isinstance(config, Config), "connect: config", "a Config (open_client takes a ClientConfig)", config)
    config.init_connection_prefix()


def check_address(address: tuple[str, int]) -> None:
    """Raises LocalProtocolError for an invalid host or port."""
    pair = isinstance(address, tuple | list) and len(address) == 2
    require(pair, "the address of a data center", "a tuple of host and port", address)
    check_target(*address)


class ConnectOptions:
    """The framing, proxy and TLS arguments of `connect` and `open_client`."""

    def __init__(
        self,
        *,
        framing: str | None = None,
        proxy: str | Proxy | None = None,
        tls: bool | ssl.SSLContext = False,
        clock: Callable[[], float],
    ) -> None:
        """Raises LocalProtocolError for an unknown framing, an invalid proxy URL, or an invalid combination."""
        known = proxy is None or isinstance(proxy, str | Proxy)
        require(known, "proxy", "a URL or a sansio_tl.proxy.Proxy, or None for none", proxy)
        require(isinstance(tls, bool | ssl.SSLContext), "tls", "True, False or an ssl.SSLContext", tls)
        self._proxy = Proxy.parse(proxy) if isinstance(proxy, str) else proxy
        self._secret = None if self._proxy is None else self._proxy.secret
        self._tls_hello = BROWSER if self._proxy is None else self._proxy.tls_hello
        if self._secret is not None and framing is None:
            framing = "obfuscated"
        if self._proxy is not None and self._proxy.kind is ProxyKind.WEB:
            tls = tls or True  # to the relay; the context may have other certificates
        elif self._secret is not None and tls:
            raise LocalProtocolError("tls cannot be used with an MTProxy: its secret selects the framing")
        if framing is not None and framing not in FRAMINGS:
            raise LocalProtocolError(f"unknown framing {framing!r}: expected one of {', '.join(FRAMINGS)}")
        self._framing = framing
        self.polled: Final = framing == "http"
        """Whether the framing polls (HTTP), so that a session needs a second connection."""
        self._tls = _default_context(self._proxy) if tls is True else (tls or None)
        self._clock = clock
        self.framed(Config(api_id=1), ("localhost", 443))(Role.CLIENT, Limits())  # raises now if unavailable
        if self._proxy is not None:
            self._proxy.handshake("localhost", 443, entropy=os.urandom)

    @property
    def through(self) -> str:
        """Suffix for texts of errors: " through" the proxy, if there is one."""
        return "" if self._proxy is None else f" through {self._proxy!r}"

    @property
    def chooses_framing(self) -> bool:
        """Whether these options select the framing, rather than the `Config`."""
        return self._framing is not None

    @property
    def stagger(self) -> float | None:
        """Seconds between the starts of parallel attempts; None: one after the other, as through a proxy."""
        return HAPPY_EYEBALLS_DELAY if self._proxy is None else None

    def attempts(self, targets: Sequence[tuple[str, int]]) -> list[Attempt]:
        """The attempts, best first. An MTProxy finds the data center by its number.

        Raises LocalProtocolError for an invalid host or port.
        """
        for target in targets:
            check_address(target)
        if self._proxy is None:
            return [Attempt(host, port, (host, port), tls=self._tls) for host, port in targets]
        proxy = self._proxy
        if proxy.kind in {ProxyKind.MTPROXY, ProxyKind.WEB}:
            targets = targets[:1]
        return [Attempt(proxy.host, proxy.port, target, proxy, self._tls) for target in targets]

    def require_plain_addresses(self, feature: str) -> None:
        """Raises LocalProtocolError unless the connections are TCP ones to the addresses of data centers."""
        by_number = self._proxy is not None and self._proxy.kind in {ProxyKind.MTPROXY, ProxyKind.WEB}
        if by_number or self._tls is not None or self._framing in {"http", "websocket"}:
            raise LocalProtocolError(
                f"{feature} cannot be used with an MTProxy, a WEB proxy, TLS, HTTP or a WebSocket: "
                "the addresses are for TCP"
            )

    def fetch_attempt(self, server: tuple[str, int]) -> Attempt:
        """How to connect to an HTTPS server, through the proxy if there is one."""
        proxy, context = self._proxy, ssl.create_default_context()
        host, port = server if proxy is None else (proxy.host, proxy.port)
        return Attempt(host, port, server, proxy, context)

    def framed(self, config: Config, target: tuple[str, int]) -> Callable[[Role, Limits], Framing]:
        """A factory of framings for connections to that data center, at that address."""
        if self._framing is None:
            return config.framing
        host, port = target
        shown = f"[{host}]" if ":" in host else host
        return client_framing(
            self._framing,
            entropy=os.urandom,
            now=self._clock(),
            host=shown if port in _USUAL_PORTS else f"{shown}:{port}",
            dc=config.wire_dc_id,
            secret=self._secret,
            tls_hello=self._tls_hello,
        )


def _default_context(proxy: Proxy | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if proxy is not None and proxy.kind is ProxyKind.WEB:
        context.set_alpn_protocols(["http/1.1"])
    return context


def interleaved(found: Iterable[AddressInfo]) -> list[AddressInfo]:
    """What getaddrinfo has found, the addresses of each family by turns (RFC 8305, 4)."""
    by_family: dict[int, list[AddressInfo]] = {}
    for info in found:
        by_family.setdefault(info[0], []).append(info)
    return [info for turn in zip_longest(*by_family.values()) for info in turn if info is not None]


def describe_error(error: BaseException) -> str:
    """The reason of an exception as text, never empty."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"invalid certificate: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__


def combined_error(failures: Sequence[Exception]) -> Exception:
    """The exception to raise when every attempt has failed."""
    if len(failures) == 1:
        return failures[0]
    return ConnectError("connecting", "; ".join(dict.fromkeys(str(each) or describe_error(each) for each in failures)))
