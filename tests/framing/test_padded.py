"""TR7: padded intermediate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import AutoDetectFraming, Packet, PaddedIntermediate, QuickAck, TransportErrorReceived
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, cut, exchange, limits, messages, outcome
from tests.helpers.entropy import SeededEntropy


def packet(payload: bytes, padding: bytes) -> bytes:
    return (len(payload) + len(padding)).to_bytes(4, "little") + payload + padding


@given(messages, st.binary(max_size=15))
def test_TR7_padding_up_to_15_bytes_is_stripped(message: bytes, padding: bytes) -> None:
    for role in Role:
        assert outcome(PaddedIntermediate(role, tagged=False), [packet(message, padding)]) == [Packet(message)]


@given(st.lists(messages, max_size=4), st.integers(), st.lists(st.integers(0, 40)))
def test_TR9_any_fragmentation_gives_the_same_events(packets: list[bytes], seed: int, sizes: list[int]) -> None:
    for role in Role:
        writer = PaddedIntermediate(role, entropy=SeededEntropy(seed), tagged=False)
        for message in packets:
            writer.send_packet(message)
        data = writer.data_to_send()
        for pieces in ([data], byte_by_byte(data), cut(data, sizes)):
            reader = PaddedIntermediate(role, tagged=False)
            assert outcome(reader, pieces) == [Packet(message) for message in packets]


@given(st.lists(messages, min_size=1, max_size=3), st.integers())
def test_client_and_server_exchange_packets_and_the_framing_is_detected(packets: list[bytes], seed: int) -> None:
    server = AutoDetectFraming(entropy=SeededEntropy(seed + 1))
    exchange(PaddedIntermediate(Role.CLIENT, entropy=SeededEntropy(seed)), server, packets)
    assert server.kind == "padded"


def test_TR7_padding_length_varies_from_0_to_15() -> None:
    connection = PaddedIntermediate(Role.CLIENT, entropy=SeededEntropy(), tagged=False)
    sizes = set()
    for _ in range(200):
        connection.send_packet(b"K" * 24)
        sizes.add(len(connection.data_to_send()) - 28)
    assert sizes == set(range(16))


@pytest.mark.parametrize(("theirs", "ours"), [(0, 3), (3, 3), (4, 15), (15, 15)])
def test_TR7_server_pads_no_more_than_its_client_can_strip(theirs: int, ours: int) -> None:
    connection = PaddedIntermediate(Role.SERVER, entropy=SeededEntropy(), tagged=False)
    assert outcome(connection, [packet(b"K" * 24, bytes(theirs))], eof=False) == [Packet(b"K" * 24)]
    sizes = set()
    for _ in range(200):
        connection.send_packet(b"K" * 24)
        sizes.add(len(connection.data_to_send()) - 28)
    assert sizes == set(range(ours + 1))


@pytest.mark.parametrize("theirs", [0, 15])
def test_TR7_padded_error_code_stays_under_16_bytes(theirs: int) -> None:
    """TDLib reads a packet of 16 bytes or more as a message, so that it would not see the code."""
    connection = PaddedIntermediate(Role.SERVER, entropy=SeededEntropy(), tagged=False)
    outcome(connection, [packet(b"K" * 24, bytes(theirs))], eof=False)
    sizes = set()
    for _ in range(200):
        connection.send_transport_error(-404)
        sizes.add(len(connection.data_to_send()) - 4)
    assert max(sizes) < 16
    assert len(sizes) > 1


@pytest.mark.parametrize("padding", [16, 17, 32, 1000])
def test_TR7_padding_above_15_bytes_after_a_plain_message_is_refused(padding: int) -> None:
    message = bytes(16) + (8).to_bytes(4, "little") + b"ABCDEFGH"
    assert outcome(PaddedIntermediate(Role.SERVER, tagged=False), [packet(message, bytes(padding))]) == ["TR7"]


@pytest.mark.parametrize("body", [b"\x0c\0\0\0ABCDEFGH", b"\xff\xff\xff\xffABCDEFGH"])
def test_TR7_plain_message_longer_than_its_packet_is_refused(body: bytes) -> None:
    assert outcome(PaddedIntermediate(Role.SERVER, tagged=False), [packet(bytes(16) + body, b"")]) == ["TR7"]


@pytest.mark.parametrize("size", [20, 21, 22, 23])
def test_TR7_packet_too_short_for_a_message_is_refused(size: int) -> None:
    assert outcome(PaddedIntermediate(Role.CLIENT, tagged=False), [packet(b"K" * size, b"")]) == ["TR7"]


@given(st.integers(-(1 << 31), -2), st.binary(max_size=15))
def test_TR3_padded_error_code_is_reported(code: int, padding: bytes) -> None:
    data = packet(code.to_bytes(4, "little", signed=True), padding)
    assert outcome(PaddedIntermediate(Role.CLIENT, tagged=False), [data]) == [TransportErrorReceived(code)]
    assert outcome(PaddedIntermediate(Role.SERVER, tagged=False), [data]) == ["TR3"]


@given(st.binary(max_size=15), st.integers())
def test_TR3_padded_code_zero_is_skipped(padding: bytes, seed: int) -> None:
    assert outcome(PaddedIntermediate(Role.CLIENT, tagged=False), [packet(bytes(4), padding)]) == []
    server = PaddedIntermediate(Role.SERVER, entropy=SeededEntropy(seed), tagged=False)
    server.send_transport_error(-404)
    assert outcome(PaddedIntermediate(Role.CLIENT), [server.data_to_send()]) == [TransportErrorReceived(-404)]


@pytest.mark.parametrize("padding", range(12))
def test_TR4_quick_ack_is_accepted_as_a_token_and_as_a_packet(padding: int) -> None:
    for data in (b"ABC\x84", packet(b"\xff\xff\xff\xffABC\x84", bytes(padding))):
        client = PaddedIntermediate(Role.CLIENT, tagged=False)
        assert outcome(PaddedIntermediate(Role.CLIENT, tagged=False), [data]) == ["TR4"]
        client.send_packet(b"K" * 24, quick_ack=True)
        asked = outcome(PaddedIntermediate(Role.SERVER, tagged=False), [client.data_to_send()])
        assert asked == [Packet(b"K" * 24, quick_ack=True)]
        assert outcome(client, [data]) == [QuickAck(b"ABC\x84")]


def test_TR1_TR2_length_outside_the_bounds_is_refused() -> None:
    small = limits(1024)
    for size, expected in ((1048 + 15, "TR1"), (1040, "TR1"), (3, "TR2"), (0, "TR2")):
        data = size.to_bytes(4, "little")
        assert outcome(PaddedIntermediate(Role.CLIENT, small, tagged=False), [data], eof=False) == [expected]
    message = b"K" * (24 + 62 * 16)
    data = packet(message, bytes(15))
    assert outcome(PaddedIntermediate(Role.CLIENT, small, tagged=False), [data]) == [Packet(message)]


@pytest.mark.parametrize("size", [8, 20, 28, 44])
def test_TR7_sending_a_size_that_the_peer_cannot_strip_is_refused(size: int) -> None:
    connection = PaddedIntermediate(Role.CLIENT, entropy=SeededEntropy(), tagged=False)
    with pytest.raises(LocalProtocolError, match="padding"):
        connection.send_packet(b"K" * size)
    assert connection.data_to_send() == b""
