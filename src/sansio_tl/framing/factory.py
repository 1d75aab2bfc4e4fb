"""A framing by its name, for whoever reads it from a configuration or a command line.

    abridged  intermediate  padded  full          as they are
    obfuscated abridged | intermediate | padded   inside obfuscated2; `obfuscated` alone is intermediate
    http  websocket                               over HTTP; the WebSocket carries obfuscated intermediate

A proxy's secret decides by itself: obfuscated padded for `dd` secrets, fake TLS around it for `ee` ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.fake_tls import FakeTlsClient
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_INSIDE: Final[dict[str, type[StreamFraming]]] = {
    "obfuscated": Intermediate,
    "obfuscated abridged": Abridged,
    "obfuscated intermediate": Intermediate,
    "obfuscated padded": PaddedIntermediate,
}
_PLAIN: Final[dict[str, type[StreamFraming]]] = {
    "abridged": Abridged,
    "intermediate": Intermediate,
    "full": Full,
}
FRAMINGS: Final = (*_PLAIN, "padded", *_INSIDE, "http", "websocket")
"""The names that `client_framing` knows."""


def client_framing(
    name: str,
    *,
    entropy: Entropy,
    now: float,
    host: str = "",
    dc: int | None = None,
    secret: ProxySecret | None = None,
) -> Callable[[Role, Limits], Framing]:
    """What `Config.framing` wants: makes the framing `name` for one link of a client.

    Raises LocalProtocolError for an unknown name, a name that a `secret` rules out, and a missing library.

    Args:
        name: one of `FRAMINGS`.
        entropy: what headers, paddings and masks are drawn from.
        now: seconds since the Unix epoch, when the link begins.
        host: what HTTP and WebSocket call the server, with the port if it is not the usual one.
        dc: the data center for an MTProxy to route to: negative for media, +10000 for test.
        secret: the MTProxy's.
    """
    if name not in FRAMINGS:
        raise LocalProtocolError(f"there is no framing {name!r}, but {', '.join(FRAMINGS)}")
    if secret is not None and name not in _INSIDE:
        raise LocalProtocolError(f"an MTProxy speaks obfuscated framings, not {name}")

    def make(role: Role, limits: Limits) -> Framing:
        if role is not Role.CLIENT:
            raise LocalProtocolError("servers recognise the framing of their clients (AutoDetectFraming)")
        if secret is not None:
            return through_proxy(secret, limits, name=name, entropy=entropy, now=now, dc=dc)
        if name in _INSIDE:
            return Obfuscated(role, limits, inner=_INSIDE[name], entropy=entropy, dc=dc)
        if name == "padded":
            return PaddedIntermediate(role, limits, entropy=entropy)
        if name in _PLAIN:
            return _PLAIN[name](role, limits)
        return _over_http(name, limits, entropy=entropy, host=host, dc=dc)

    return make


def through_proxy(
    secret: ProxySecret, limits: Limits, *, name: str, entropy: Entropy, now: float, dc: int | None
) -> Framing:
    """What an MTProxy with this secret understands. `name` counts for plain secrets only."""
    plain = secret.kind is SecretKind.PLAIN
    inner = Obfuscated(
        Role.CLIENT,
        limits,
        inner=_INSIDE[name] if plain else PaddedIntermediate,
        entropy=entropy,
        secrets=(secret,),
        dc=dc,
    )
    if secret.kind is not SecretKind.FAKE_TLS:
        return inner
    return FakeTlsClient(limits, inner=inner, secret=secret, entropy=entropy, now=now)


def _over_http(name: str, limits: Limits, *, entropy: Entropy, host: str, dc: int | None) -> Framing:
    try:
        if name == "http":
            from sansio_tl.framing.http_client import HttpClient

            return HttpClient(limits, host=host)
        from sansio_tl.framing.websocket import WebSocketClient

        inner = Obfuscated(Role.CLIENT, limits, entropy=entropy, dc=dc)
        return WebSocketClient(limits, inner=inner, entropy=entropy, host=host)
    except ImportError as error:
        raise LocalProtocolError(str(error)) from error
