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
def test_TR9_each_framing_is_recognised_in_any_fragmentation(
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
def test_the_answer_is_in_the_clients_framing(framing: type[StreamFraming]) -> None:
    client, server = framing(Role.CLIENT), AutoDetectFraming()
    client.send_packet(b"ABCDEFGH")
    server.receive_data(client.data_to_send())
    assert drain(server) == [Packet(b"ABCDEFGH")]
    server.send_packet(b"IJKLMNOP")
    client.receive_data(server.data_to_send())
    assert drain(client) == [Packet(b"IJKLMNOP")]


def test_nothing_can_be_sent_before_the_framing_is_known() -> None:
    server = AutoDetectFraming()
    server.receive_data(b"\xee\xee\xee")
    with pytest.raises(LocalProtocolError, match="framing is not known"):
        server.send_packet(bytes(8))
    with pytest.raises(LocalProtocolError, match="framing is not known"):
        server.send_transport_error(-404)
    assert server.data_to_send() == b""


def test_TR10_the_end_before_the_framing_is_known() -> None:
    assert outcome(AutoDetectFraming(), []) == []
    assert outcome(AutoDetectFraming(), [b"\xee\xee"]) == ["TR10"]
