"""Every framing carries a conversation of both connections, in pieces of any size."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Connection, functions, types
from sansio_tl.connection.server import ServerConnection
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.events import ConnectionClosed, ResultReceived, UpdatesReceived
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.role import Role
from tests.helpers.connected_pair import NEAREST, NOW, ConnectedPair, client_config, key_record
from tests.helpers.entropy import SeededEntropy


def framing(name: str, secret: ProxySecret | None = None) -> Any:
    return client_framing(name, entropy=SeededEntropy("framing"), now=NOW, host="localhost", dc=2, secret=secret)


def converse(pair: ConnectedPair) -> None:
    for _ in range(3):
        handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
        for _ in range(3):
            if ResultReceived(handle, NEAREST) in pair.run():
                break
            pair.now += 20
            pair.server.handle_deadline(now=pair.now)
        assert ResultReceived(handle, NEAREST) in pair.events
    assert not pair.client.closed
    assert not pair.server.closed


@pytest.mark.parametrize("chunk", [None, 1, 100])
@pytest.mark.parametrize("name", FRAMINGS)
def test_TR9_request_is_answered_over_each_framing(name: str, chunk: int | None) -> None:
    converse(ConnectedPair(framing=framing(name), chunk=chunk))


@pytest.mark.parametrize("secret", ["0123456789abcdef" * 2, "dd" + "0123456789abcdef" * 2])
def test_request_is_answered_with_a_proxy_secret(secret: str) -> None:
    parsed = ProxySecret.parse(secret)
    converse(ConnectedPair(framing=framing("obfuscated padded", parsed), proxy_secrets=(parsed,)))


def test_request_is_answered_over_fake_tls() -> None:
    parsed = ProxySecret.parse("ee" + "0123456789abcdef" * 2 + b"example.org".hex())
    converse(ConnectedPair(framing=framing("obfuscated padded", parsed), proxy_secrets=(parsed,)))


# -- HTTP -----------------------------------------------------------------------------------------------------------


def test_TR11_held_poll_is_answered_with_pushed_updates() -> None:
    pair = ConnectedPair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    session = next(iter(next(iter(pair.keys.values())).sessions.values()))
    pair.events.clear()
    pair.server.push(session, types.UpdatesTooLong(), now=pair.now)
    assert UpdatesReceived(types.UpdatesTooLong()) in pair.run()


def test_TR11_poll_is_answered_empty_at_its_deadline_and_repeated() -> None:
    pair = ConnectedPair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    pair.now += 11  # acknowledgements are sent meanwhile, and the client asks again
    for end in (pair.client, pair.server):
        end.handle_deadline(now=pair.now)
    pair.run()
    before = len(pair.wire)
    deadline = pair.server.next_deadline()
    assert deadline is not None
    assert deadline <= pair.now + 15
    pair.now = deadline
    pair.server.handle_deadline(now=pair.now)
    pair.run()
    assert b"content-length: 0" in pair.wire[before][1].lower()
    assert len(pair.wire) > before + 1  # the client asks again


def test_TR11_with_two_connections_a_request_does_not_wait_for_the_poll() -> None:
    pair = ConnectedPair(record=key_record(), framing=framing("http"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    second = ConnectedPair(framing=framing("http"), keys=pair.keys)
    second.client = Connection(
        client_config(framing=framing("http")),
        session=pair.client.session,
        entropy=SeededEntropy("second"),
        now=pair.now,
    )
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    for _ in range(4):
        second.run()
        pair.run()
    reported = pair.events + second.events
    assert ResultReceived(handle, NEAREST) in reported


# -- packets that are too large to be plain ------------------------------------------------------------------------


LARGE = 4120
"""Bytes: 24 and a multiple of 16, as all encrypted packets have."""


def deliver_most(pair: ConnectedPair, name: str, packet: bytes) -> None:
    """Let the server have a packet less its last kilobyte."""
    sender = framing(name)(Role.CLIENT, Limits())
    sender.send_packet(packet)
    data = sender.data_to_send()
    if "websocket" in name:
        pair.server.receive_data(data, now=pair.now)
        sender.receive_data(pair.server.data_to_send(now=pair.now))
        assert sender.next_event() is None
        data = sender.data_to_send()
    pair.server.receive_data(data[:-1024], now=pair.now)


def the_end(connection: Connection | ServerConnection) -> str | None:
    """The check that ended the connection, if it has ended."""
    ends = [event for event in iter(connection.next_event, None) if isinstance(event, ConnectionClosed)]
    if not ends:
        return None
    (end,) = ends
    assert isinstance(end.error, RemoteProtocolError)
    return end.error.check


@pytest.mark.parametrize("name", FRAMINGS)
def test_TR14_server_does_not_wait_for_a_large_packet_without_a_key(name: str) -> None:
    pair = ConnectedPair(record=key_record(), framing=framing(name))
    deliver_most(pair, name, seal_plain(4, bytes(LARGE - 20)))
    assert the_end(pair.server) == "TR14"


@pytest.mark.parametrize("name", FRAMINGS)
def test_TR14_server_does_not_wait_for_a_large_packet_of_an_unknown_key(name: str) -> None:
    pair = ConnectedPair(record=key_record(), framing=framing(name))
    deliver_most(pair, name, b"otherkey" + bytes(LARGE - 8))
    assert the_end(pair.server) == "EN2"
    assert pair.server.data_to_send(now=pair.now)  # -404: a client may have to learn that its key is gone


@pytest.mark.parametrize("name", FRAMINGS)
def test_TR14_server_waits_for_a_large_packet_of_a_key_that_it_has(name: str) -> None:
    record = key_record()
    pair = ConnectedPair(record=record, framing=framing(name))
    deliver_most(pair, name, record.auth_key.id + bytes(LARGE - 8))
    assert the_end(pair.server) is None


@pytest.mark.parametrize("name", FRAMINGS)
def test_TR14_packets_of_the_size_of_a_handshake_are_waited_for(name: str) -> None:
    pair = ConnectedPair(record=key_record(), framing=framing(name))
    deliver_most(pair, name, seal_plain(4, bytes(Limits().max_plain_packet - 20)))
    assert the_end(pair.server) is None


def test_TR14_client_in_a_handshake_refuses_large_packets() -> None:
    for head, check in ((bytes(8), "TR14"), (b"otherkey", "EN2")):
        pair = ConnectedPair()
        pair.client.receive_data(LARGE.to_bytes(4, "little") + head, now=pair.now)
        assert the_end(pair.client) == check


def test_TR14_client_waits_for_a_large_packet_of_its_own_key_only() -> None:
    record = key_record()
    for head, check in ((bytes(8), "TR14"), (b"otherkey", "EN2"), (record.auth_key.id, None)):
        pair = ConnectedPair(record=record)
        pair.client.receive_data(LARGE.to_bytes(4, "little") + head[:7], now=pair.now)
        assert the_end(pair.client) is None
        pair.client.receive_data(head[7:], now=pair.now)
        assert the_end(pair.client) == check
