"""TR17: a server that requires a proxy secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import ConnectionClosed
from sansio_tl.framing import (
    Abridged,
    AutoDetectFraming,
    Full,
    Intermediate,
    Obfuscated,
    Packet,
    PaddedIntermediate,
    ProxySecret,
    SecretKind,
)
from sansio_tl.framing.fake_tls import FakeTlsClient
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, drain, outcome, written
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

KEY = bytes(range(16))
NOW = 1_700_000_000.5
PLAIN, PADDED = ProxySecret(SecretKind.PLAIN, KEY), ProxySecret(SecretKind.PADDED, KEY)
FAKE_TLS = ProxySecret(SecretKind.FAKE_TLS, KEY, "example.org")
MESSAGE = b"M" * 40

HTTP = [
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nHost: example.org\r\nOrigin: https://example.org\r\n\r\n",
    b"POST /api HTTP/1.1\r\nHost: example.org\r\nContent-Length: 40\r\n\r\n" + MESSAGE,
    (
        b"GET /apiws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: binary\r\n\r\n"
    ),
]


def obfuscated(*secrets: ProxySecret) -> bytes:
    return written(
        Role.CLIENT,
        lambda role: Obfuscated(role, inner=PaddedIntermediate, entropy=SeededEntropy(5), secrets=secrets),
        MESSAGE,
    )


def server(*secrets: ProxySecret) -> AutoDetectFraming:
    return AutoDetectFraming(entropy=SeededEntropy(99), secrets=secrets, require_secret=True, now=NOW)


WITHOUT_A_SECRET = [
    *HTTP,
    *(written(Role.CLIENT, framing, MESSAGE) for framing in (Abridged, Intermediate, Full)),
    written(Role.CLIENT, lambda role: PaddedIntermediate(role, entropy=SeededEntropy(1)), MESSAGE),
    obfuscated(),
    obfuscated(ProxySecret(SecretKind.PADDED, KEY[::-1])),
]


@pytest.mark.parametrize("data", WITHOUT_A_SECRET, ids=range(len(WITHOUT_A_SECRET)))
@pytest.mark.parametrize("secrets", [(PLAIN,), (PADDED,), (FAKE_TLS,), (PLAIN, FAKE_TLS)], ids=range(4))
def test_TR17_prober_without_the_secret_gets_no_byte(data: bytes, secrets: tuple[ProxySecret, ...]) -> None:
    for pieces in ([data + bytes(64)], byte_by_byte(data + bytes(64))):
        answering = server(*secrets)
        [error] = outcome(answering, pieces, eof=False)
        assert error in {"TR8", "TR17"}
        assert answering.data_to_send() == b""


@pytest.mark.parametrize("data", [*HTTP, obfuscated(FAKE_TLS)], ids=range(len(HTTP) + 1))
def test_TR17_server_with_fake_tls_only_ends_other_connections_at_their_first_byte(data: bytes) -> None:
    assert outcome(server(FAKE_TLS), [data[:1]], eof=False) == ["TR17"]


def test_TR17_connection_of_a_prober_sends_nothing_and_ends() -> None:
    config = ServerConfig(private_keys=(rsa_key(),), proxy_secrets=(FAKE_TLS,), require_proxy_secret=True)
    connection = ServerConnection(config, keys=KeyStore(), entropy=SeededEntropy(1), now=NOW)
    connection.receive_data(HTTP[0], now=NOW)
    assert connection.data_to_send(now=NOW) == b""
    [closed] = iter(connection.next_event, None)
    assert isinstance(closed, ConnectionClosed)
    assert "TR17" in str(closed.error)


@given(st.sampled_from([PLAIN, PADDED]), st.booleans())
def test_clients_with_a_secret_are_served(secret: ProxySecret, one_byte_at_a_time: bool) -> None:
    data = obfuscated(secret)
    pieces = byte_by_byte(data) if one_byte_at_a_time else [data]
    assert outcome(server(secret, FAKE_TLS), pieces) == [Packet(MESSAGE)]


def test_client_of_fake_tls_is_served() -> None:
    inner = Obfuscated(Role.CLIENT, inner=PaddedIntermediate, entropy=SeededEntropy(3), secrets=[FAKE_TLS])
    client = FakeTlsClient(inner=inner, secret=FAKE_TLS, entropy=SeededEntropy(4), now=NOW)
    answering = server(FAKE_TLS)
    client.send_packet(MESSAGE)
    for _ in range(2):
        for piece in byte_by_byte(client.data_to_send()):
            answering.receive_data(piece)
        client.receive_data(answering.data_to_send())
    assert drain(answering) == [Packet(MESSAGE)]


def test_requiring_a_secret_without_one_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="require_proxy_secret"):
        ServerConfig(private_keys=(rsa_key(),), require_proxy_secret=True)
