"""Any bytes give events or a RemoteProtocolError, never another exception or an endless loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.framing import AutoDetectFraming, Framing, Obfuscated, ProxySecret, SecretKind
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, outcome
from tests.helpers.entropy import SeededEntropy

SECRET = ProxySecret(SecretKind.FAKE_TLS, bytes(range(16)), "example.org")

OPENINGS = [
    b"",
    b"\xef",
    b"\xee\xee\xee\xee",
    b"\xdd\xdd\xdd\xdd",
    b"\x10\0\0\0\0\0\0\0",
    b"POST /api HTTP/1.1\r\nHost: x\r\n",
    b"POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"OPTIONS /api HTTP/1.1\r\n",
    b"GET /apiws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\n",
    b"\x16\x03\x01\x02\x00",
    b"\x16\x03\x03\x00\x7a",
    b"\x17\x03\x03",
]


def server() -> Framing:
    return AutoDetectFraming(Limits(max_packet_size=1 << 16), entropy=SeededEntropy(1), secrets=[SECRET], now=0.0)


def client(name: str, secret: ProxySecret | None = None) -> Callable[[], Framing]:
    def make() -> Framing:
        framing = client_framing(name, entropy=SeededEntropy(), now=0.0, host="x", secret=secret)(
            Role.CLIENT, Limits(max_packet_size=1 << 16)
        )
        framing.send_packet(b"K" * 40, quick_ack=framing.supports_quick_ack)
        framing.data_to_send()
        return framing

    return make


ENDS = {"server": server, **{name: client(name) for name in FRAMINGS}, "fake TLS": client("obfuscated", SECRET)}

header_lines = st.builds(
    lambda name, value: name + b": " + value + b"\r\n",
    st.sampled_from([b"Host", b"Content-Length", b"Connection", b"Sec-WebSocket-Key", b"Transfer-Encoding", b"Expect"]),
    st.sampled_from([b"8", b"close", b"chunked", b"100-continue", b"\xff", b"x, y", b""]) | st.binary(max_size=8),
)
hostile = st.builds(
    lambda opening, rest: opening + b"".join(rest),
    st.sampled_from(OPENINGS),
    st.lists(header_lines | st.just(b"\r\n") | st.binary(max_size=40), max_size=6),
)


@pytest.mark.parametrize("end", ENDS)
@given(data=hostile)
def test_TR9_random_bytes_give_the_same_events_in_any_fragmentation(end: str, data: bytes) -> None:
    whole = outcome(ENDS[end](), [data])
    assert outcome(ENDS[end](), byte_by_byte(data)) == whole


@given(data=hostile)
def test_obfuscated_random_bytes_give_the_same_events_in_any_fragmentation(data: bytes) -> None:
    connection = Obfuscated(Role.CLIENT, entropy=SeededEntropy())
    header = connection.data_to_send()
    cipher = Cipher(AES(header[8:40]), modes.CTR(header[40:56])).encryptor()
    cipher.update(bytes(64))  # of the header
    payload = cipher.update(data)
    whole = outcome(AutoDetectFraming(), [header + payload])
    assert outcome(AutoDetectFraming(), [header, *byte_by_byte(payload)]) == whole
