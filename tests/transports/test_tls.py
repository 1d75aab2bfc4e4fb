"""The socket that a pump has over TLS, step by step over a pair of sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from selectors import EVENT_READ
from typing import Any

import pytest

from sansio_tl_transports._shared.tls import TlsSocket, continue_handshake
from tests.transports.certificates import contexts

Pair = tuple[ssl.SSLSocket, ssl.SSLSocket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The server's socket and the client's, before the handshake. Neither hides an end without close_notify."""
    for_server, for_client = contexts()
    raw = socket.socketpair()
    for each in raw:
        each.setblocking(False)
    options: dict[str, Any] = {"do_handshake_on_connect": False, "suppress_ragged_eofs": False}
    server = for_server.wrap_socket(raw[0], server_side=True, **options)
    client = for_client.wrap_socket(raw[1], server_hostname="127.0.0.1", **options)
    with server, client:
        yield server, client


def hand_shake(pair: Pair) -> None:
    waited = [continue_handshake(each) for each in reversed(pair)]
    assert waited == [EVENT_READ, EVENT_READ]
    while any(waited):
        waited = [continue_handshake(each) for each in reversed(pair)]


def fill(sock: TlsSocket) -> None:
    while True:
        sock.send(bytes(1 << 14))


def test_socket_without_data_blocks_as_a_plain_one_does(pair: Pair) -> None:
    hand_shake(pair)
    server, client = map(TlsSocket, pair)
    assert server.fileno() == pair[0].fileno()
    with pytest.raises(BlockingIOError) as raised:
        server.recv(5)
    assert raised.value.__suppress_context__
    assert client.send(b"hello") == 5
    assert server.recv(5) == b"hello"
    assert server.send(b"world") == 5
    buffer = memoryview(bytearray(8))
    assert client.recv_into(buffer) == 5
    assert bytes(buffer[:5]) == b"world"
    with pytest.raises(BlockingIOError):
        client.recv_into(buffer)
    with pytest.raises(BlockingIOError):
        fill(client)


def test_shutdown_tells_the_peer_that_nothing_is_cut_off(pair: Pair) -> None:
    hand_shake(pair)
    TlsSocket(pair[0]).shutdown(socket.SHUT_WR)
    assert TlsSocket(pair[1]).recv(1) == b""


def test_close_without_shutdown_is_an_end_that_may_be_cut_off(pair: Pair) -> None:
    hand_shake(pair)
    TlsSocket(pair[0]).close()
    assert pair[0].fileno() == -1
    with pytest.raises(ssl.SSLEOFError):
        TlsSocket(pair[1]).recv(1)


def test_shutdown_of_a_closed_socket_is_no_failure(pair: Pair) -> None:
    server = TlsSocket(pair[0])
    server.shutdown(socket.SHUT_WR)
    server.close()
    server.shutdown(socket.SHUT_WR)


def test_options_are_those_of_the_socket_inside(pair: Pair) -> None:
    server = TlsSocket(pair[0])
    server.setblocking(True)
    assert pair[0].getblocking()
    server.setblocking(False)
    assert not pair[0].getblocking()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    assert pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
