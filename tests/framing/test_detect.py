"""One port for every framing: the server recognises its client by the first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import AutoDetectFraming, Packet
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role
from tests.framing.helpers import STREAM_FRAMINGS, byte_by_byte, cut, drain, outcome, payloads, written


@given(st.sampled_from(STREAM_FRAMINGS), st.lists(payloads, min_size=1, max_size=3), st.lists(st.integers(0, 9)))
def test_TR9_each_framing_is_detected_in_any_fragmentation(
    framing: type[StreamFraming], packets: list[bytes], sizes: list[int]
) -> None:
    data = written(Role.CLIENT, framing, *packets)
    for pieces in ([data], byte_by_byte(data), list(cut(data, sizes))):
        server = AutoDetectFraming()
        assert server.kind is None
        assert outcome(server, pieces) == [Packet(packet) for packet in packets]
        assert server.kind == framing.name
        assert server.supports_quick_ack == framing.quick_acks


@pytest.mark.parametrize("framing", STREAM_FRAMINGS, ids=lambda framing: framing.name)
def test_server_replies_in_the_framing_of_the_client(framing: type[StreamFraming]) -> None:
    client, server = framing(Role.CLIENT), AutoDetectFraming()
    client.send_packet(b"ABCDEFGH")
    server.receive_data(client.data_to_send())
    assert drain(server) == [Packet(b"ABCDEFGH")]
    server.send_packet(b"IJKLMNOP")
    client.receive_data(server.data_to_send())
    assert drain(client) == [Packet(b"IJKLMNOP")]


def test_sending_before_the_framing_is_detected_is_a_local_error() -> None:
    server = AutoDetectFraming()
    server.receive_data(b"\xee\xee\xee")
    with pytest.raises(LocalProtocolError, match="framing is not known"):
        server.send_packet(bytes(8))
    with pytest.raises(LocalProtocolError, match="framing is not known"):
        server.send_transport_error(-404)
    assert server.data_to_send() == b""


def test_TR10_eof_inside_the_framing_tag_is_an_error() -> None:
    assert outcome(AutoDetectFraming(), []) == []
    assert outcome(AutoDetectFraming(), [b"\xee\xee"]) == ["TR10"]
