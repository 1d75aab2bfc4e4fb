"""The hellos of fake TLS: like those of a browser and a web site, with a proof of the secret in place of the random.

    16 03 01 | 02 00 | 01 | 00 01 fc | 03 03 | random: 32 | 20 | session id: 32 | cipher suites | 01 00 | extensions
    record    length  hello  length    TLS 1.2

The ClientHello is 517 bytes long, filled up by the padding extension: browsers did so for years, and every proxy
expects it. The values of the form ?A?A are GREASE (RFC 8701), which browsers choose randomly for each connection.

    client's random = HMAC-SHA-256(secret, ClientHello), its last 4 bytes XOR the time: uint32 LE
    proxy's random  = HMAC-SHA-256(secret, client's random | ServerHello ... first record of data)

each over bytes in which the random itself is zeros. A proxy checks the proof and that the clocks agree within minutes;
without the secret it looks random. RFC 8446, 4.1.2 and 4.1.3
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret

RECORD_HEADER: Final = 5
SESSION_ID_SIZE: Final = 32
HELLO_SIZE: Final = 76
"""Size of a hello, from the start of the record to the end of its session id."""

_RANDOM: Final = 11
"""Start and end of the random, in a ClientHello and in a ServerHello."""
_RANDOM_END: Final = 43

_SIZE: Final = 517
_BEHIND: Final = 10 * 60
_AHEAD: Final = 20 * 60
"""Allowed difference from the client's clock, in seconds: what proxies allow."""


def client_hello(host: str, secret: bytes, entropy: Entropy, now: float) -> bytes:
    """Size of the whole record."""
    session_id = entropy(32)
    share = X25519PrivateKey.from_private_bytes(entropy(32)).public_key().public_bytes_raw()
    body = (
        b"\x03\x03"
        + bytes(32)
        + _sized(1, session_id)
        + _extensions_and_suites(host.encode("ascii"), share, grease_values(entropy(5)))
    )
    hello = b"\x16\x03\x01" + _sized(2, b"\x01" + _sized(3, body))
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
    share = X25519PrivateKey.from_private_bytes(entropy(32)).public_key().public_bytes_raw()
    extensions = _extension(0x0033, b"\x00\x1d" + _sized(2, share)) + _extension(0x002B, b"\x03\x04")
    body = (
        b"\x03\x03"
        + bytes(32)
        + _sized(1, hello[HELLO_SIZE - SESSION_ID_SIZE : HELLO_SIZE])
        + b"\x13\x01\x00"
        + _sized(2, extensions)
    )
    # Stands for the encrypted certificate and what follows it.
    noise = entropy(1024 + int.from_bytes(entropy(2), "little") % 3072)
    answer = (
        b"\x16\x03\x03"
        + _sized(2, b"\x02" + _sized(3, body))
        + b"\x14\x03\x03\x00\x01\x01"
        + b"\x17\x03\x03"
        + _sized(2, noise)
    )
    return with_random(answer, proof_of(secret, random_of(hello) + answer))


def check_server_hello(answer: bytes, client_random: bytes, secret: bytes) -> None:
    """Client role: raises RemoteProtocolError("TR8") unless the answer proves the secret."""
    proof = proof_of(secret, client_random + with_random(answer, bytes(32)))
    if not hmac.compare_digest(proof, random_of(answer)):
        raise RemoteProtocolError("TR8", "the TLS answer does not prove the proxy secret")


def _extensions_and_suites(host: bytes, share: bytes, grease: list[bytes]) -> bytes:
    suites = grease[0] + bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
    extensions = b"".join(
        (
            _extension(int.from_bytes(grease[1], "big"), b""),
            _extension(0x0000, _sized(2, b"\x00" + _sized(2, host))),  # server_name
            _extension(0x0017, b""),  # extended_master_secret
            _extension(0xFF01, b"\x00"),  # renegotiation_info
            _extension(0x000A, _sized(2, grease[2] + bytes.fromhex("001d00170018"))),  # supported_groups
            _extension(0x000B, _sized(1, b"\x00")),  # ec_point_formats
            _extension(0x0023, b""),  # session_ticket
            _extension(0x0010, _sized(2, _sized(1, b"h2") + _sized(1, b"http/1.1"))),  # ALPN
            _extension(0x0005, bytes.fromhex("0100000000")),  # status_request
            _extension(0x000D, _sized(2, bytes.fromhex("04030804040105030805050108060601"))),  # signature_algorithms
            _extension(0x0012, b""),  # signed_certificate_timestamp
            _extension(0x0033, _sized(2, grease[2] + _sized(2, b"\x00") + b"\x00\x1d" + _sized(2, share))),  # key_share
            _extension(0x002D, _sized(1, b"\x01")),  # psk_key_exchange_modes
            _extension(0x002B, _sized(1, grease[3] + bytes.fromhex("0304030303020301"))),  # supported_versions
            _extension(0x001B, _sized(1, b"\x00\x02")),  # compress_certificate
            _extension(int.from_bytes(grease[4], "big"), b"\x00"),
        )
    )
    head = _sized(2, suites) + _sized(1, b"\x00")
    taken = RECORD_HEADER + 4 + 2 + 32 + 33 + len(head) + 2 + len(extensions)
    padding = _extension(0x0015, bytes(_SIZE - taken - 4))
    return head + _sized(2, extensions + padding)


def grease_values(drawn: bytes) -> list[bytes]:
    """Five values of the form ?A?A; those of the two extensions differ, because no extension may come twice."""
    values = [byte & 0xF0 | 0x0A for byte in drawn]
    if values[1] == values[4]:
        values[4] ^= 0x10
    return [bytes((value, value)) for value in values]


def _extension(number: int, data: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(2, data)


def _sized(width: int, data: bytes) -> bytes:
    """A vector of TLS: its length in `width` bytes, and itself."""
    return len(data).to_bytes(width, "big") + data


def with_random(hello: bytes, random: bytes) -> bytes:
    """A ClientHello or ServerHello with these 32 bytes in its field random."""
    return hello[:_RANDOM] + random + hello[_RANDOM_END:]


def proof_of(secret: bytes, zeroed: bytes) -> bytes:
    """Proof of the secret: the HMAC of a hello whose random is zeros."""
    return hmac.digest(secret, zeroed, "sha256")


def xor_time(proof: bytearray, time: int) -> None:
    """Mix the time, Unix seconds, into the last four bytes of a proof; a second time takes it out."""
    proof[28:] = (int.from_bytes(proof[28:], "little") ^ (time & 0xFFFFFFFF)).to_bytes(4, "little")
