"""Cases for servers: fake TLS, of a server that has a proxy secret of kind `ee` (--proxy-secret).

A server answers a ClientHello that proves the secret, and proves it as well. To any other it must not prove it: a
prober with recorded or guessed hellos would find the servers that are no web site.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_client import (
    Doing,
    FaultyClient,
    OpenConnection,
    Script,
    WaitForBytes,
    Write,
    not_reached,
)
from sansio_tl.conformance.server_cases.probes import ScriptMaker, correct, server_case, violated
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing.hello_profiles import BROWSER
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.framing.tls_hello import check_server_hello, client_hello, random_of
from sansio_tl.role import Role

_ANSWER_TIME: Final = 3.0
"""Seconds in which a server answers a hello."""
_HEADER: Final = 5
_RECORDS: Final = 3
"""ServerHello, ChangeCipherSpec and the first record of data: what the proof is over."""
_HOUR: Final = 3600.0
_PROBING: Final = "A censor who probes servers with recorded or guessed hellos finds the proxies among the web sites."
Hello = Callable[[FaultyClient, ProxySecret], bytes]


def _hello(peer: FaultyClient, secret: ProxySecret, *, key: bytes = b"", seconds: float = 0.0) -> bytes:
    """A ClientHello; what is not specified is correct."""
    return client_hello(BROWSER, secret.host or "", key or secret.key, peer.entropy, peer.now + seconds)


def _answer(data: bytes) -> bytes:
    """The first three records; empty while they are incomplete."""
    at = 0
    for _ in range(_RECORDS):
        if len(data) < at + _HEADER:
            return b""
        at += _HEADER + int.from_bytes(data[at + 3 : at + _HEADER], "big")
    return data[:at] if at <= len(data) else b""


def _is_proven(peer: FaultyClient, hello: bytes, secret: ProxySecret, pieces: int = 1) -> Doing[bool]:
    """Whether the server answers a hello, on a new connection, with a proof of the secret."""
    peer.note(None, "connecting, with fake TLS")
    got = yield OpenConnection()
    peer.now = got.now
    if got.data is None:
        return False
    peer.note(Role.CLIENT, "ClientHello", hello)
    size = -(-len(hello) // pieces)
    got = yield Write(tuple(hello[at : at + size] for at in range(0, len(hello), size)))
    peer.now = got.now
    until, received = peer.now + _ANSWER_TIME, b""
    while not _answer(received) and peer.now < until:
        got = yield WaitForBytes(max(until - peer.now, 0.001))
        peer.now = got.now
        if got.data == b"":
            break
        received += got.data or b""
    if received:
        peer.note(Role.SERVER, "answer of the server", received)
    try:
        check_server_hello(_answer(received) or received, random_of(hello), secret.key)
    except RemoteProtocolError:
        return False
    return True


def _must_not_prove(make: Hello) -> ScriptMaker:
    def script(peer: FaultyClient) -> Script:
        secret = peer.target.proxy_secret
        if secret is None:
            return not_reached("no proxy secret is given: --proxy-secret")
        if (yield from _is_proven(peer, make(peer, secret), secret)):
            return violated("the server answered it, and proved that it knows the secret")
        return correct("the server did not prove that it knows the secret")

    return script


def _must_prove(pieces: int) -> ScriptMaker:
    def script(peer: FaultyClient) -> Script:
        secret = peer.target.proxy_secret
        if secret is None:
            return not_reached("no proxy secret is given: --proxy-secret")
        if (yield from _is_proven(peer, _hello(peer, secret), secret, pieces)):
            return correct("the server answered it, and proved that it knows the secret")
        return violated("the server did not answer a correct ClientHello")

    return script


def _replayed(peer: FaultyClient) -> Script:
    secret = peer.target.proxy_secret
    if secret is None:
        return not_reached("no proxy secret is given: --proxy-secret")
    hello = _hello(peer, secret)
    if not (yield from _is_proven(peer, hello, secret)):
        return not_reached("the server did not answer the first ClientHello")
    if (yield from _is_proven(peer, hello, secret)):
        return violated("the server answered the same ClientHello again, over another connection")
    return correct("the server did not answer the same ClientHello again")


def hello_control() -> ScriptMaker:
    """A server answers a correct hello."""
    return _CONTROL


_CONTROL = _must_prove(1)


def _case(name: str, check: str, title: str, make: ScriptMaker, *, risk: str = _PROBING, expected: str) -> Case:
    return server_case(
        f"server-hello-{name}", check, title, make, expected=expected, risk=risk, section=sections.TRANSPORTS,
        level=Level.SHOULD, tags=("fake-tls",), without_fault=hello_control,
    )  # fmt: skip


_NO_PROOF = "The server does not prove that it knows the secret: it behaves as a web site, or closes the connection."

CASES = (
    _case(
        "other-secret",
        "TR8",
        "A ClientHello of fake TLS proves another secret.",
        _must_not_prove(lambda peer, secret: _hello(peer, secret, key=bytes(15) + b"\1")),
        expected=_NO_PROOF,
    ),
    _case(
        "an-hour-old",
        "TR8",
        "The time in a ClientHello of fake TLS is an hour ago.",
        _must_not_prove(lambda peer, secret: _hello(peer, secret, seconds=-_HOUR)),
        expected=_NO_PROOF,
    ),
    _case(
        "an-hour-ahead",
        "TR8",
        "The time in a ClientHello of fake TLS is in an hour.",
        _must_not_prove(lambda peer, secret: _hello(peer, secret, seconds=_HOUR)),
        expected=_NO_PROOF,
    ),
    _case(
        "replayed",
        "TR12",
        "A ClientHello of fake TLS comes again, over another connection.",
        _replayed,
        expected=_NO_PROOF,
    ),
    _case(
        "in-pieces",
        "TR9",
        "A ClientHello of fake TLS comes in 20 pieces.",
        _must_prove(20),
        expected="The server answers it.",
        risk="Slow networks deliver a hello in pieces.",
    ),
)
