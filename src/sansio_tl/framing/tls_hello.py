"""The hellos of fake TLS: like those of a browser and a web site, with a proof of the secret in place of the random.

    16 03 01 | length | 01 | length | 03 03 | random: 32 | 20 | session id: 32 | cipher suites | 01 00 | extensions
    record     2      hello  3        TLS 1.2

What follows the session id is described by a `HelloProfile`.

    client's random = HMAC-SHA-256(secret, ClientHello), its last 4 bytes XOR the time: uint32 LE
    proxy's random  = HMAC-SHA-256(secret, client's random | ServerHello ... first record of data)

each over bytes in which the random itself is zeros. A proxy checks the proof and that the clocks agree within minutes;
without the secret it looks random. RFC 8446, 4.1.2 and 4.1.3

The answer continues the key exchange that web sites prefer: X25519MLKEM768 if the hello has a share for it, else
X25519.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_writer import HelloWriter, extension, sized
from sansio_tl.framing.key_shares import ML_KEM_768_KEY_SIZE, X25519_SIZE, ml_kem_768_ciphertext, x25519_key
from sansio_tl.framing.proxy_secret import ProxySecret

RECORD_HEADER: Final = 5
SESSION_ID_SIZE: Final = 32
HELLO_SIZE: Final = 76
"""Size of a hello, from the start of the record to the end of its session id."""

_RANDOM: Final = 11
"""Start and end of the random, in a ClientHello and in a ServerHello."""
_RANDOM_END: Final = 43

_X25519: Final = b"\x00\x1d"
_X25519_MLKEM_768: Final = b"\x11\xec"
_KEY_SHARE: Final = 0x0033

_BEHIND: Final = 10 * 60
_AHEAD: Final = 20 * 60
"""Allowed difference from the client's clock, in seconds: what proxies allow."""


def client_hello(profile: HelloProfile, host: str, secret: bytes, entropy: Entropy, now: float) -> bytes:
    """A ClientHello of that shape, with its record header."""
    writer = HelloWriter(host, entropy)
    session_id = entropy(SESSION_ID_SIZE)
    body = b"\x03\x03" + bytes(32) + sized(1, session_id) + writer.cipher_suites(profile) + b"\x01\x00"
    body += writer.extensions(profile, RECORD_HEADER + 4 + len(body))
    hello = b"\x16\x03\x01" + sized(2, b"\x01" + sized(3, body))
    proof = bytearray(proof_of(secret, hello))
    xor_time(proof, int(now))
    return with_random(hello, bytes(proof))


def find_secret(hello: bytes, secrets: Iterable[ProxySecret], now: float | None) -> ProxySecret:
    """Server role: the secret that the hello proves. Raises RemoteProtocolError (TR8) if there is none, or if its time
    is too far off.
    """
    for secret in secrets:
        proof = bytearray(proof_of(secret.key, with_random(hello, bytes(32))))
        if not hmac.compare_digest(proof[:28], random_of(hello)[:28]):
            continue
        xor_time(proof, int.from_bytes(random_of(hello)[28:], "little"))
        sent = int.from_bytes(proof[28:], "little")
        if now is not None and not -_BEHIND <= sent - now <= _AHEAD:
            raise RemoteProtocolError("TR8", "the clock of the fake TLS client differs too much")
        return secret
    raise RemoteProtocolError("TR8", "a TLS client that proves no proxy secret")


def random_of(hello: bytes) -> bytes:
    """The random, 32 bytes, of a ClientHello or ServerHello that begins with its record's first byte."""
    return hello[_RANDOM:_RANDOM_END]


def server_hello(hello: bytes, secret: bytes, entropy: Entropy) -> bytes:
    """Server role: the answer to a proven ClientHello: ServerHello, ChangeCipherSpec and a record of noise.

    Its random proves the secret as well: HMAC-SHA-256(secret, the client's random | the answer with a random of zeros).
    """
    if (_X25519_MLKEM_768, ML_KEM_768_KEY_SIZE + X25519_SIZE) in _offered_shares(hello):
        share = _X25519_MLKEM_768 + sized(2, ml_kem_768_ciphertext(entropy) + x25519_key(entropy))
    else:
        share = _X25519 + sized(2, x25519_key(entropy))
    body = (
        b"\x03\x03"
        + bytes(32)
        + sized(1, hello[HELLO_SIZE - SESSION_ID_SIZE : HELLO_SIZE])
        + b"\x13\x01\x00"
        + sized(2, extension(_KEY_SHARE, share) + extension(0x002B, b"\x03\x04"))
    )
    # Stands for the encrypted certificate and what follows it. One record: clients check no more.
    noise = entropy(1024 + int.from_bytes(entropy(2), "little") % 3072)
    answer = (
        b"\x16\x03\x03"
        + sized(2, b"\x02" + sized(3, body))
        + b"\x14\x03\x03\x00\x01\x01"
        + b"\x17\x03\x03"
        + sized(2, noise)
    )
    return with_random(answer, proof_of(secret, random_of(hello) + answer))


def check_server_hello(answer: bytes, client_random: bytes, secret: bytes) -> None:
    """Client role: raises RemoteProtocolError("TR8") unless the answer proves the secret."""
    proof = proof_of(secret, client_random + with_random(answer, bytes(32)))
    if not hmac.compare_digest(proof, random_of(answer)):
        raise RemoteProtocolError("TR8", "the TLS answer does not prove the proxy secret")


def _offered_shares(hello: bytes) -> list[tuple[bytes, int]]:
    """The groups of the key shares that a ClientHello offers, and the sizes of the keys. Empty if it is malformed: it
    has proven the secret, so it is answered all the same.
    """
    after_suites = _skip(hello, HELLO_SIZE, 2)
    extensions = _vector(hello, _skip(hello, after_suites, 1), 2)
    for number, data in _entries(extensions):
        if number == _KEY_SHARE.to_bytes(2, "big"):
            return [(group, len(key)) for group, key in _entries(_vector(data, 0, 2))]
    return []


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of a number of two bytes and a vector, as extensions and key shares are; up to the first incomplete one."""
    at = 0
    while (end := _skip(data, at + 2, 2)) <= len(data):
        yield data[at : at + 2], data[at + 4 : end]
        at = end


def _vector(data: bytes, at: int, width: int) -> bytes:
    """The contents of a vector, without what is missing of it."""
    return data[at + width : _skip(data, at, width)]


def _skip(data: bytes, at: int, width: int) -> int:
    """The end of the vector that begins at `at`; beyond the data if that ends earlier."""
    size = data[at : at + width]
    return at + width + int.from_bytes(size, "big") if len(size) == width else len(data) + 1


def with_random(hello: bytes, random: bytes) -> bytes:
    """A ClientHello or ServerHello with these 32 bytes in its field random."""
    return hello[:_RANDOM] + random + hello[_RANDOM_END:]


def proof_of(secret: bytes, zeroed: bytes) -> bytes:
    """Proof of the secret: the HMAC of a hello whose random is zeros."""
    return hmac.digest(secret, zeroed, "sha256")


def xor_time(proof: bytearray, time: int) -> None:
    """Mix the time, Unix seconds, into the last four bytes of a proof; a second time takes it out."""
    proof[28:] = (int.from_bytes(proof[28:], "little") ^ (time & 0xFFFFFFFF)).to_bytes(4, "little")
