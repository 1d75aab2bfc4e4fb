"""A framing by its name, as given in a configuration or on a command line.

    abridged  intermediate  padded  full          not wrapped
    obfuscated abridged | intermediate | padded   inside obfuscated2; `obfuscated` alone is intermediate
    http  websocket                               over HTTP; the WebSocket carries obfuscated intermediate

A proxy secret determines the framing: obfuscated padded for `dd` secrets, inside fake TLS for `ee` ones.
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
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_profiles import BROWSER
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
    tls_hello: HelloProfile = BROWSER,
) -> Callable[[Role, Limits], Framing]:
    """A factory for `Config.framing`: creates the framing `name` for one connection of a client.

    Raises LocalProtocolError for an unknown name, a name that a `secret` rules out, and a missing library.

    Args:
        name: one of `FRAMINGS`.
        entropy: the source of headers, paddings and masks.
        now: seconds since the Unix epoch, when the connection begins.
        host: the Host header of HTTP and WebSocket, with the port if it is not the default.
        dc: the data center to which an MTProxy routes: negative for media, +10000 for test.
        secret: the secret of the MTProxy.
        tls_hello: the shape of the ClientHello if the secret requires fake TLS.
    """
    if name not in FRAMINGS:
        raise LocalProtocolError(f"invalid framing: found {name!r}, expected one of {', '.join(FRAMINGS)}")
    if secret is not None and name not in _INSIDE:
        raise LocalProtocolError(f"invalid framing: found {name}, expected an obfuscated one for an MTProxy")

    def make(role: Role, limits: Limits) -> Framing:
        if role is not Role.CLIENT:
            raise LocalProtocolError("servers detect the framing of their clients: use AutoDetectFraming")
        if secret is not None:
            return through_proxy(secret, limits, name=name, entropy=entropy, now=now, dc=dc, tls_hello=tls_hello)
        if name in _INSIDE:
            return Obfuscated(role, limits, inner=_INSIDE[name], entropy=entropy, dc=dc)
        if name == "padded":
            return PaddedIntermediate(role, limits, entropy=entropy)
        if name in _PLAIN:
            return _PLAIN[name](role, limits)
        return _over_http(name, limits, entropy=entropy, host=host, dc=dc)

    return make


def through_proxy(
    secret: ProxySecret,
    limits: Limits,
    *,
    name: str,
    entropy: Entropy,
    now: float,
    dc: int | None,
    tls_hello: HelloProfile = BROWSER,
) -> Framing:
    """The framing that an MTProxy with this secret requires. `name` applies to plain secrets only."""
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
    return FakeTlsClient(limits, inner=inner, secret=secret, entropy=entropy, now=now, profile=tls_hello)


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
