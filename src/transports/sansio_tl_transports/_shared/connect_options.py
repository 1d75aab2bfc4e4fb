"""The way to a data center: which framing, through which proxy, with TLS or without. What the adapters share of it.

    socket to the proxy, or to the data center -> ProxyHandshake (SOCKS5, HTTP CONNECT) -> TLS -> framing

An adapter opens the sockets, lets the road talk over them, and puts TLS around them; what is opened where, and in which
words failures are told, is decided here.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sansio_tl import Config, Limits
from sansio_tl.checking import require
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import FRAMINGS, Framing, client_framing
from sansio_tl.proxy import Proxy, ProxyError, ProxyHandshake, ProxyKind
from sansio_tl.proxy.handshake import check_target
from sansio_tl.role import Role

HAPPY_EYEBALLS_DELAY = 0.25
"""Seconds until the next address is tried while one still has not answered (RFC 8305, 5)."""

PAUSE = 1.0
"""Seconds between two tries to open the second socket of a session: HTTP servers hang up when they like."""

_USUAL_PORTS = frozenset({80, 443})

Failure = (OSError, ProxyError)
"""What an attempt to reach a data center may raise."""

NotReached = (OSError, UnicodeError, OverflowError)
"""What opening a socket may raise: OSError, and for a host or port that cannot be, what Python thinks of it."""


class ConnectError(ConnectionError):
    """The data center cannot be reached; says at which step that failed, and why."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: a socket to `host`, and from there to the data center."""

    host: str
    port: int
    target: tuple[str, int]
    """Where the data center is."""
    proxy: Proxy | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def is_address(self) -> bool:
        """Whether `host` is an address, and no name that has to be looked up."""
        try:
            ipaddress.ip_address(self.host.partition("%")[0])
        except ValueError:
            return False
        return True

    def road(self) -> ProxyHandshake | None:
        """The talk with the proxy, if it wants one."""
        return None if self.proxy is None else self.proxy.handshake(*self.target)

    def failed(self, error: Exception) -> Exception:
        """An exception of opening the socket; with a proxy, says that it is the proxy which cannot be reached."""
        if self.proxy is not None:
            return ConnectError(f"dialling {self.proxy!r}", describe_error(error))
        return (
            error
            if isinstance(error, OSError)
            else ConnectError(f"dialling {self.host!a} port {self.port}", describe_error(error))
        )

    def talk_failed(self, road: ProxyHandshake, error: Exception) -> Exception:
        """An exception of the talk with the proxy; says which proxy that is."""
        step = f"{road.step} with {self.proxy!r}"
        return (
            ProxyError(step, error.reason)
            if isinstance(error, ProxyError)
            else ConnectError(step, describe_error(error))
        )

    def tls_failed(self, error: Exception) -> Exception:
        """An exception of TLS."""
        host, port = self.target
        return ConnectError(f"TLS with {host} port {port}", describe_error(error))


def check_call(address: tuple[str, int], config: Config) -> None:
    """What cannot be sent shall not even be dialled with.

    Raises LocalProtocolError for what is no address or no Config, EncodeError for a setting that cannot be sent.
    """
    check_address(address)
    require(isinstance(config, Config), "connect: config", "a Config (open_client takes a ClientConfig)", config)
    config.init_connection_prefix()


def check_address(address: tuple[str, int]) -> None:
    """Raises LocalProtocolError for what is no host and port, or cannot be."""
    pair = isinstance(address, tuple | list) and len(address) == 2
    require(pair, "the address of a data center", "a tuple of host and port", address)
    check_target(*address)


class ConnectOptions:
    """What `connect` and `open_client` were told."""

    def __init__(
        self,
        *,
        framing: str | None = None,
        proxy: str | Proxy | None = None,
        tls: bool | ssl.SSLContext = False,
        clock: Callable[[], float],
    ) -> None:
        """Raises LocalProtocolError for a framing, a link, or a combination that there is not."""
        self._proxy = Proxy.parse(proxy) if isinstance(proxy, str) else proxy
        self._secret = None if self._proxy is None else self._proxy.secret
        if self._secret is not None and framing is None:
            framing = "obfuscated"
        if self._secret is not None and tls:
            raise LocalProtocolError("an MTProxy speaks no TLS of its own: the secret decides what it looks like")
        if framing is not None and framing not in FRAMINGS:
            raise LocalProtocolError(f"there is no framing {framing!r}, but {', '.join(FRAMINGS)}")
        self._framing = framing
        self._tls = ssl.create_default_context() if tls is True else (tls or None)
        self._clock = clock
        self.framed(Config(api_id=1), ("localhost", 443))(Role.CLIENT, Limits())  # what cannot be had is refused now
        if self._proxy is not None:
            self._proxy.handshake("localhost", 443)

    @property
    def through(self) -> str:
        """What to say after "the connection": through which proxy, if there is one."""
        return "" if self._proxy is None else f" through {self._proxy!r}"

    @property
    def chooses_framing(self) -> bool:
        """Whether the framing is decided here, rather than by the `Config`."""
        return self._framing is not None

    @property
    def polled(self) -> bool:
        """Whether the server speaks only when it is asked, so that a session wants a second link (HTTP)."""
        return self._framing == "http"

    @property
    def stagger(self) -> float | None:
        """Seconds between two attempts at the same time; None: one after the other, as through a proxy."""
        return HAPPY_EYEBALLS_DELAY if self._proxy is None else None

    def attempts(self, targets: Sequence[tuple[str, int]]) -> list[Attempt]:
        """What to try, best first. An MTProxy finds the data center by itself.

        Raises LocalProtocolError for a host or port that cannot be.
        """
        for target in targets:
            check_address(target)
        if self._proxy is None:
            return [Attempt(host, port, (host, port), tls=self._tls) for host, port in targets]
        proxy = self._proxy
        if proxy.kind is ProxyKind.MTPROXY:
            targets = targets[:1]
        return [Attempt(proxy.host, proxy.port, target, proxy, self._tls) for target in targets]

    def framed(self, config: Config, target: tuple[str, int]) -> Callable[[Role, Limits], Framing]:
        """What makes the framing of a link to that data center, at that address."""
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
        )


def describe_error(error: BaseException) -> str:
    """An exception as a reason, never empty."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not good: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__


def none_led(failures: Sequence[Exception]) -> Exception:
    """What to raise when every attempt has failed."""
    if len(failures) == 1:
        return failures[0]
    return ConnectError("dialling", "; ".join(dict.fromkeys(str(each) or describe_error(each) for each in failures)))
