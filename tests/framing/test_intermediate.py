"""TR4: the intermediate framing."""

from __future__ import annotations

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import Intermediate, Packet, QuickAck
from sansio_tl.role import Role
from tests.framing.helpers import outcome


def test_TR4_quick_ack_request_sets_the_high_bit_of_the_length() -> None:
    client = Intermediate(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    client.send_packet(bytes(128))
    data = client.data_to_send()
    assert data == b"\xee\xee\xee\xee" + b"\x08\x00\x00\x80" + bytes(8) + b"\x80\x00\x00\x00" + bytes(128)
    # 128 has the high bit of its low byte set: no request.
    assert outcome(Intermediate(Role.SERVER), [data]) == [Packet(bytes(8), quick_ack=True), Packet(bytes(128))]


def test_TR4_quick_ack_token_is_sent_unchanged() -> None:
    server = Intermediate(Role.SERVER)
    server.send_quick_ack(b"\x01\x02\x03\x84")
    data = server.data_to_send()
    assert data == b"\x01\x02\x03\x84"
    client = Intermediate(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [data]) == [QuickAck(data)]


@pytest.mark.parametrize("token", [b"\x00\x00\x00\x80", b"\xff\xff\xff\xff"])
def test_TR4_lowest_and_highest_quick_ack_token_is_read(token: bytes) -> None:
    server, client = Intermediate(Role.SERVER), Intermediate(Role.CLIENT)
    server.send_quick_ack(token)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [server.data_to_send()]) == [QuickAck(token)]


def test_TR4_unrequested_quick_ack_token_is_refused() -> None:
    assert outcome(Intermediate(Role.CLIENT), [b"\x01\x02\x03\x84"]) == ["TR4"]
    client = Intermediate(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [b"\x01\x02\x03\x84" * 2]) == [QuickAck(b"\x01\x02\x03\x84"), "TR4"]


def test_TR4_only_clients_request_and_only_servers_send_quick_acks() -> None:
    with pytest.raises(LocalProtocolError, match="server cannot request"):
        Intermediate(Role.SERVER).send_packet(bytes(8), quick_ack=True)
    with pytest.raises(LocalProtocolError, match="client cannot send"):
        Intermediate(Role.CLIENT).send_quick_ack(b"\x01\x02\x03\x84")
    for token in (b"\x01\x02\x03\x04", b"\x84", b"\x01\x02\x03\x84\x85"):
        with pytest.raises(LocalProtocolError, match="token"):
            Intermediate(Role.SERVER).send_quick_ack(token)
