"""Hellos of fake TLS with a valid proof, which no random input has: what follows the session id, and what follows the
hello.
"""

from __future__ import annotations

from collections.abc import Iterable

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import Framing
from sansio_tl.framing.factory import client_framing
from sansio_tl.framing.fake_tls import FakeTlsServer
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_profiles import HELLO_PROFILES
from sansio_tl.framing.tls_hello import proof_of, random_of, with_random, xor_time
from sansio_tl.role import Role
from tests.fuzz.fixtures import NOW, SECRETS, SMALL, Stream

SECRET = SECRETS[2]


def fake_tls(data: bytes) -> None:
    """The first byte chooses role and profile, the second how the rest is cut, the next two how much is proven."""
    if len(data) < 4:
        return
    server, profile = not data[0] & 1, list(HELLO_PROFILES.values())[data[0] >> 1 & 1]
    size, proven = data[1] % 61 + 1, int.from_bytes(data[2:4], "big") % (len(data) - 3)
    head, rest = data[4 : 4 + proven], data[4 + proven :]
    if server:
        stream = proven_hello(head) + rest
        whole, cut = (
            _run(FakeTlsServer(SMALL, secrets=[SECRET], entropy=Stream(), now=NOW), pieces)
            for pieces in ([stream], _cut(stream, size))
        )
    else:
        one, other = _client(profile), _client(profile)
        stream = proven_answer(head, one.data_to_send()) + rest
        other.data_to_send()
        whole, cut = _run(one, [stream]), _run(other, _cut(stream, size))
    if whole != cut:
        raise AssertionError(f"{whole[0]!r} in one piece, {cut[0]!r} in pieces of {size} (TR9)")


def _client(profile: HelloProfile) -> Framing:
    make = client_framing("obfuscated", entropy=Stream(), now=NOW, secret=SECRET, tls_hello=profile)
    return make(Role.CLIENT, SMALL)


def proven_hello(tail: bytes) -> bytes:
    """A ClientHello with this tail after its session id."""
    body = b"\x03\x03" + bytes(32) + b"\x20" + bytes(32) + tail
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    hello = b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message
    proof = bytearray(proof_of(SECRET.key, hello))
    xor_time(proof, int(NOW))
    return with_random(hello, bytes(proof))


def proven_answer(tail: bytes, question: bytes) -> bytes:
    """A ServerHello with this tail after its random, and what has to follow it."""
    body = b"\x03\x03" + bytes(32) + tail
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    answer = b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message
    answer += b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x01x"
    return with_random(answer, proof_of(SECRET.key, random_of(question) + answer))


def _cut(stream: bytes, size: int) -> Iterable[bytes]:
    return (stream[at : at + size] for at in range(0, len(stream), size))


def _run(framing: Framing, pieces: Iterable[bytes]) -> tuple[list[str], bytes]:
    """The events and what was sent; without the latter, the check that failed, if one did: it may fail before the next
    call of data_to_send.
    """
    seen: list[str] = []
    sent = b""
    try:
        for piece in pieces:
            framing.receive_data(piece)
            sent += framing.data_to_send()
            while (event := framing.next_event()) is not None:
                seen.append(repr(event))
        framing.receive_eof()
    except RemoteProtocolError as error:
        return [*seen, error.check], b""
    return seen, sent
