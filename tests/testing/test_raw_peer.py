"""RawPeer: valid numbers unless given, and nothing that it refuses to send."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import encode, functions, types
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import Packet, PaddedIntermediate
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import unpack_gzip
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.role import Role
from sansio_tl.testing.raw_peer import RawPeer
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.helpers.scripted_server import KEY

PING = functions.mtproto.Ping(5)


def peer(role: Role, **settings: Any) -> RawPeer:
    return RawPeer(role, KEY, entropy=SeededEntropy(role.value), now=NOW, **settings)


def test_message_ids_and_seqnos_follow_the_rules_of_the_role() -> None:
    for role, bits in ((Role.CLIENT, {0}), (Role.SERVER, {1, 3})):
        sender = peer(role)
        messages = [
            sender.message(PING, content_related=number % 2 == 0, answer=number % 2 == 0) for number in range(6)
        ]
        ids = [message.msg_id for message in messages]
        assert ids == sorted(set(ids))
        assert {msg_id & 3 for msg_id in ids} == bits
        assert [message.seqno for message in messages] == [1, 2, 3, 4, 5, 6]
        assert abs(ids[0] / 2**32 - NOW) < 1


def test_any_number_salt_and_session_can_be_wrong() -> None:
    sender = peer(Role.CLIENT, session_id=5, salt=7)
    message = sender.message(b"\1\2\3\4", msg_id=-8, seqno=99)
    assert (message.msg_id, message.seqno, message.body) == (-8, 99, b"\1\2\3\4")
    opened = decrypt_message(sender.packet(message), lambda _: KEY, Role.CLIENT)
    assert (opened.session_id, opened.salt, opened.message) == (5, 7, message)
    opened = decrypt_message(sender.packet(message, session_id=6, salt=-1), lambda _: KEY, Role.CLIENT)
    assert (opened.session_id, opened.salt) == (6, -1)


def test_client_and_server_exchange_messages_and_the_server_adopts_the_session() -> None:
    client, server = peer(Role.CLIENT, session_id=-5), peer(Role.SERVER)
    together = client.container(client.message(PING), client.message(functions.help.GetConfig()))
    assert [message.body for message in server.receive(client.send(together))] == [
        encode(PING),
        encode(functions.help.GetConfig()),
    ]
    assert server.session_id == -5
    pong = types.mtproto.Pong(together.msg_id, 5)
    (answer,) = client.receive(server.send(pong))
    assert answer.body == encode(pong)
    assert client.session_id == -5


def test_container_has_the_highest_id_and_is_not_content_related() -> None:
    sender = peer(Role.CLIENT)
    children = [sender.message(PING), sender.message(PING)]
    container = sender.container(*children)
    assert container.msg_id > max(child.msg_id for child in children)
    assert container.seqno == 4
    assert sender.container(msg_id=4).msg_id == 4


def test_gzipped_body_can_be_unpacked() -> None:
    assert unpack_gzip(peer(Role.CLIENT).gzipped(PING), Limits()) == encode(PING)
    assert unpack_gzip(peer(Role.CLIENT).gzipped(encode(PING)), Limits()) == encode(PING)


def test_packet_can_be_framed_twice_in_another_framing() -> None:
    sender = RawPeer(Role.CLIENT, KEY, entropy=SeededEntropy("s"), now=NOW, framing=PaddedIntermediate(Role.CLIENT))
    packet = sender.packet(sender.message(PING))
    reader = PaddedIntermediate(Role.SERVER)
    reader.receive_data(sender.frame(packet) + sender.frame(packet))
    events = [event for event in iter(reader.next_event, None) if isinstance(event, Packet)]
    assert [event.payload for event in events] == [packet, packet]


def test_receiving_an_invalid_packet_raises() -> None:
    client, server = peer(Role.CLIENT), peer(Role.SERVER)
    packet = bytearray(client.packet(client.message(PING)))
    packet[-1] ^= 1
    with pytest.raises(RemoteProtocolError, match="EN3"):
        server.receive(client.frame(bytes(packet)))


def test_unencrypted_packets_are_skipped() -> None:
    client, server = peer(Role.CLIENT), peer(Role.SERVER)
    assert server.receive(client.frame(bytes(40))) == []
