"""TR4, TR6: the abridged framing."""

from __future__ import annotations

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import Abridged, Packet, QuickAck, TransportErrorReceived
from sansio_tl.role import Role
from tests.framing.helpers import limits, outcome, written


@pytest.mark.parametrize(
    ("size", "header"),
    [(8, "02"), (504, "7e"), (508, "7f7f0000"), (512, "7f800000"), (1024, "7f000100"), (1 << 24, "7f000040")],
)
def test_TR6_length_of_127_words_and_more_is_escaped(size: int, header: str) -> None:
    data = written(Role.SERVER, Abridged, bytes(size))
    assert data[:-size].hex() == header
    assert outcome(Abridged(Role.CLIENT), [data]) == [Packet(bytes(size))]


def test_TR6_escaped_short_length_is_accepted() -> None:
    assert outcome(Abridged(Role.CLIENT), [bytes.fromhex("7f020000") + bytes(8)]) == [Packet(bytes(8))]
    assert outcome(Abridged(Role.CLIENT), [bytes.fromhex("7f0100006cfeffff")]) == [TransportErrorReceived(-404)]


def test_TR6_packet_of_one_word_is_an_error_code() -> None:
    assert outcome(Abridged(Role.CLIENT), [bytes.fromhex("016cfeffff")]) == [TransportErrorReceived(-404)]


@pytest.mark.parametrize("size", [8, 24, 40, 88, 504, 508, 1024])
def test_TR6_packet_with_a_high_auth_key_id_is_not_an_error_code(size: int) -> None:
    packet = bytes.fromhex("6cfeffff000000ff") + bytes(size - 8)
    data = written(Role.SERVER, Abridged, packet)
    assert outcome(Abridged(Role.CLIENT), [data]) == [Packet(packet)]


def test_TR4_quick_ack_request_sets_the_high_bit_of_the_first_byte() -> None:
    client = Abridged(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    client.send_packet(bytes(512), quick_ack=True)
    client.send_packet(bytes(8))
    data = client.data_to_send()
    assert data == b"\xef" + b"\x82" + bytes(8) + b"\xff\x80\x00\x00" + bytes(512) + b"\x02" + bytes(8)
    assert outcome(Abridged(Role.SERVER), [data]) == [
        Packet(bytes(8), quick_ack=True),
        Packet(bytes(512), quick_ack=True),
        Packet(bytes(8)),
    ]


def test_TR4_quick_ack_token_is_byte_swapped() -> None:
    server = Abridged(Role.SERVER)
    server.send_quick_ack(b"\x01\x02\x03\x84")
    data = server.data_to_send()
    assert data == b"\x84\x03\x02\x01"
    client = Abridged(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [data]) == [QuickAck(b"\x01\x02\x03\x84")]


@pytest.mark.parametrize("token", [b"\x00\x00\x00\x80", b"\xff\xff\xff\xff"])
def test_TR4_lowest_and_highest_quick_ack_token_is_read(token: bytes) -> None:
    server, client = Abridged(Role.SERVER), Abridged(Role.CLIENT)
    server.send_quick_ack(token)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [server.data_to_send()]) == [QuickAck(token)]


def test_TR4_unrequested_quick_ack_token_is_refused() -> None:
    assert outcome(Abridged(Role.CLIENT), [b"\x84\x03\x02\x01"]) == ["TR4"]
    client = Abridged(Role.CLIENT)
    client.send_packet(bytes(8), quick_ack=True)
    assert outcome(client, [b"\x84\x03\x02\x01" * 2]) == [QuickAck(b"\x01\x02\x03\x84"), "TR4"]


def test_packet_too_long_for_a_three_byte_length_is_refused() -> None:
    connection = Abridged(Role.SERVER, limits(1 << 27))
    with pytest.raises(LocalProtocolError, match="do not fit"):
        connection.send_packet(bytes(1 << 26))
