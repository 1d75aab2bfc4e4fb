"""Detection of the client's framing by a server, from the first bytes of the connection.

    ef                         abridged
    ee ee ee ee                intermediate
    dd dd dd dd                padded intermediate
    POST HEAD OPTI             HTTP
    GET                        WebSocket: a browser's upgrade; MTProto over HTTP has no GET
    16 03 01                   fake TLS, if there are proxy secrets for it
    second word zero           full: length, then sequence number 0
    anything else              64 bytes of an obfuscated2 header, which names the framing inside

No tag is a prefix of another, and TR8 excludes obfuscated2 headers that begin like one. The server sends nothing before
the framing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.events import FramingEvent
from sansio_tl.framing.fake_tls import FakeTlsServer
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl.framing.seen_hellos import SeenHellos
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role

if TYPE_CHECKING:
    from sansio_tl.framing.websocket import WebSocketServer

_HTTP: Final = (b"POST", b"GET ", b"HEAD", b"OPTI")
_TLS: Final = b"\x16\x03\x01"


class AutoDetectFraming(FramingWrapper):
    """Server role: detects the client's framing by its first bytes and delegates to it."""

    name = "any"

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        entropy: Entropy | None = None,
        secrets: Iterable[ProxySecret] = (),
        require_secret: bool = False,
        now: float | None = None,
        allowed_origins: frozenset[str] | None = None,
        seen: SeenHellos | None = None,
    ) -> None:
        """Clients may use one of the proxy `secrets`, or none; with `require_secret`, a client without one gets no byte
        (TR17).

        `entropy` supplies the bytes of paddings; fake TLS requires it, and `now` to reject old hellos.
        `allowed_origins` are the web pages that may use the server from a browser (see `AllowedOrigins`); None allows
        all. `seen` holds the fake TLS hellos that the server has answered and is shared by its connections (TR12). HTTP
        and WebSocket need the libraries of their extras: without them such a client is rejected.
        """
        super().__init__(Role.SERVER, limits, None)
        self._entropy = entropy
        self._now = now
        self._secrets = tuple(secrets)
        self._tls = entropy is not None and any(secret.kind is SecretKind.FAKE_TLS for secret in self._secrets)
        self._require_secret = require_secret
        self._allowed_origins = allowed_origins
        self._seen = seen
        self._first = ReceiveBuffer()

    @property
    def kind(self) -> str | None:
        """The name of the client's framing; None until it is known."""
        return self._inner.kind if self._inner is not None else None

    def _take_in(self, data: bytes) -> None:
        self._first.append(data)
        inner = self._recognise(self._first.peek(8))
        if inner is None:
            return
        self._carry(inner)
        self._receive = inner.receive_data
        if isinstance(inner, StreamFraming):
            self._receive, self._next = inner.bare
        else:
            self._next = self._next_over_http if inner.polled else inner.next_event
        self._receive(self._first.take(self._first.size))

    def _next_over_http(self) -> FramingEvent | None:
        """Proxies send upgrades over connections that have carried other requests before."""
        from sansio_tl.framing.http_server import UpgradeRequested

        try:
            return self._known().next_event()
        except UpgradeRequested as requested:
            inner = self._websocket()
            self._carry(inner)
            self._receive = inner.receive_data
            self._next = inner.next_event
            inner.take_over(requested.http, requested.head)
        return inner.next_event()

    def _recognise(self, head: bytes) -> Framing | None:
        """The framing that begins with these bytes; None while they do not decide it."""
        if self._require_secret:
            return self._recognise_proxy(head)
        role, limits = self._role, self._limits
        if head.startswith(Abridged.tag):
            return Abridged(role, limits)
        if head.startswith(Intermediate.tag):
            return Intermediate(role, limits)
        if head.startswith(PaddedIntermediate.tag):
            return PaddedIntermediate(role, limits, entropy=self._entropy)
        if head.startswith(_HTTP):
            return self._over_http(head)
        if (tls := self._fake_tls(head)) is not None:
            return tls
        if len(head) < 8:
            return None
        if head[4:] == bytes(4):
            return Full(role, limits)
        return self._obfuscated()

    def _recognise_proxy(self, head: bytes) -> Framing | None:
        """TR17: as a proxy, which has only fake TLS and obfuscated2, each with its own secrets."""
        if self._tls and _TLS.startswith(head[: len(_TLS)]):
            return self._fake_tls(head)
        secrets = [secret for secret in self._secrets if secret.kind is not SecretKind.FAKE_TLS]
        if not secrets:
            raise RemoteProtocolError("TR17", "the client uses no fake TLS, and this server has no other secrets")
        return Obfuscated(self._role, self._limits, entropy=self._entropy, secrets=secrets, require_secret=True)

    def _fake_tls(self, head: bytes) -> FakeTlsServer | None:
        if not (self._tls and head.startswith(_TLS)) or self._entropy is None:
            return None
        return FakeTlsServer(self._limits, secrets=self._secrets, entropy=self._entropy, now=self._now, seen=self._seen)

    def _over_http(self, head: bytes) -> Framing:
        if head.startswith(b"GET "):
            return self._websocket()
        try:
            from sansio_tl.framing.allowed_origins import AllowedOrigins
            from sansio_tl.framing.http_server import HttpServer
        except ImportError as error:
            raise _cannot_serve(error) from error
        return HttpServer(self._limits, origins=AllowedOrigins(self._allowed_origins))

    def _websocket(self) -> WebSocketServer:
        try:
            from sansio_tl.framing.allowed_origins import AllowedOrigins
            from sansio_tl.framing.websocket import WebSocketServer
        except ImportError as error:
            raise _cannot_serve(error) from error
        return WebSocketServer(self._limits, inner=self._obfuscated(), origins=AllowedOrigins(self._allowed_origins))

    def _obfuscated(self) -> Obfuscated:
        return Obfuscated(self._role, self._limits, entropy=self._entropy, secrets=self._secrets)

    def _forget_input(self) -> None:
        super()._forget_input()
        self._first = ReceiveBuffer()

    def _check_end(self) -> None:
        if self._first.size:
            raise RemoteProtocolError("TR10", "the stream ended before the client's framing was known")

    def _drain(self) -> bytes:
        return self._inner.data_to_send() if self._inner is not None else b""


def _cannot_serve(error: ImportError) -> RemoteProtocolError:
    return RemoteProtocolError("TR11", f"this installation lacks a library for the client's framing: {error}")
