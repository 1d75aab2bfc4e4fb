"""TR1-TR4, TR9, TR10: the rules that hold for every packet format on a byte stream."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from sys import getrefcount
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import Framing, Packet, PaddedIntermediate, QuickAck, TransportErrorReceived
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import (
    STREAM_FRAMINGS,
    byte_by_byte,
    cut,
    drain,
    events_of,
    limits,
    outcome,
    payloads,
    written,
)

framings = st.sampled_from(STREAM_FRAMINGS)
each_framing = pytest.mark.parametrize("framing", STREAM_FRAMINGS, ids=lambda framing: framing.name)
each_role = pytest.mark.parametrize("role", Role)

OTHER = {Role.CLIENT: Role.SERVER, Role.SERVER: Role.CLIENT}

HEADERS: dict[str, Callable[[int], bytes]] = {
    "abridged": lambda length: b"\x7f" + (length // 4).to_bytes(3, "little"),
    "intermediate": lambda length: struct.pack("<I", length),
    "full": lambda length: struct.pack("<I", length + 12),
}


def sent(framing: type[StreamFraming], sender: Role, *packets: bytes) -> bytes:
    """Packets of any size as `sender` would frame them, from its first byte on."""
    data = framing.tag if sender is Role.CLIENT else b""
    for number, packet in enumerate(packets):
        if framing.name == "full":
            head = struct.pack("<II", len(packet) + 12, number)
            data += head + packet + struct.pack("<I", crc32(head + packet))
        else:
            data += HEADERS[framing.name](len(packet)) + packet
    return data


@pytest.mark.parametrize("framing", [*STREAM_FRAMINGS, PaddedIntermediate], ids=lambda framing: framing.name)
def test_framing_keeps_no_packet_that_it_has_returned(framing: type[StreamFraming]) -> None:
    reader = framing(Role.CLIENT)
    reader.receive_data(written(Role.SERVER, framing, b"key_id.." + bytes(16 + 64)))
    packet = reader.next_event()
    assert isinstance(packet, Packet)
    payload, other = packet.payload, bytes(bytearray(88))
    del packet
    assert reader.next_event() is None
    assert getrefcount(payload) == getrefcount(other)


@given(framings, st.sampled_from(Role), st.lists(payloads, max_size=5))
def test_TR9_written_packets_are_read_by_the_other_role(
    framing: type[StreamFraming], role: Role, packets: list[bytes]
) -> None:
    data = written(role, framing, *packets)
    assert outcome(framing(OTHER[role]), [data]) == [Packet(packet) for packet in packets]


@given(framings, st.sampled_from(Role), st.lists(payloads, max_size=5), st.lists(st.integers(0, 40)))
def test_TR9_any_fragmentation_gives_the_same_events(
    framing: type[StreamFraming], role: Role, packets: list[bytes], sizes: list[int]
) -> None:
    data = written(role, framing, *packets)
    whole = outcome(framing(OTHER[role]), [data])
    assert outcome(framing(OTHER[role]), cut(data, sizes)) == whole
    assert outcome(framing(OTHER[role]), byte_by_byte(data)) == whole


@given(framings, st.sampled_from(Role), st.binary(max_size=80), st.lists(st.integers(0, 8)))
def test_TR9_random_bytes_give_the_same_events_in_any_fragmentation(
    framing: type[StreamFraming], role: Role, data: bytes, sizes: list[int]
) -> None:
    # The header of a bad packet is refused as soon as it is there, so the order of events cannot depend on the cut.
    whole = outcome(framing(role, tagged=False), [data])
    assert outcome(framing(role, tagged=False), cut(data, sizes)) == whole
    assert outcome(framing(role, tagged=False), byte_by_byte(data)) == whole


@each_framing
@each_role
def test_TR1_too_long_packet_is_refused_by_its_header(framing: type[StreamFraming], role: Role) -> None:
    connection = framing(role, limits(1024), tagged=False)
    connection.receive_data(HEADERS[framing.name](1028))
    with pytest.raises(RemoteProtocolError, match="1028") as caught:
        connection.next_event()
    assert caught.value.check == "TR1"


@each_framing
def test_TR1_packet_of_the_maximum_size_is_accepted(framing: type[StreamFraming]) -> None:
    data = written(Role.CLIENT, lambda role: framing(role, limits(1024)), bytes(1024))
    assert outcome(framing(Role.SERVER, limits(1024)), [data]) == [Packet(bytes(1024))]


@each_framing
def test_TR1_sending_a_packet_above_the_limit_is_refused(framing: type[StreamFraming]) -> None:
    connection = framing(Role.CLIENT, limits(1024), tagged=False)
    with pytest.raises(LocalProtocolError, match="1028"):
        connection.send_packet(bytes(1028))
    assert connection.data_to_send() == b""


@each_framing
def test_TR1_client_and_server_packets_have_separate_limits(framing: type[StreamFraming]) -> None:
    bounds = Limits(max_packet_size=4096, max_client_packet_size=1024)
    client, server = framing(Role.CLIENT, bounds, tagged=False), framing(Role.SERVER, bounds, tagged=False)
    with pytest.raises(LocalProtocolError, match="1028"):
        client.send_packet(bytes(1028))
    client.send_packet(bytes(1024))
    assert outcome(server, [client.data_to_send()], eof=False) == [Packet(bytes(1024))]
    server.send_packet(bytes(4096))
    assert outcome(client, [server.data_to_send()], eof=False) == [Packet(bytes(4096))]
    assert outcome(framing(Role.SERVER, bounds, tagged=False), [HEADERS[framing.name](1028)], eof=False) == ["TR1"]


def test_TR1_client_limit_fits_the_largest_container_of_other_libraries() -> None:
    assert Limits().max_client_packet_size >= 1_044_456 + 88 + 1024, "with its envelope and all padding"


@each_role
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("abridged", b"\x00"),
        ("abridged", b"\x7f\x00\x00\x00"),
        ("intermediate", b"\x00\x00\x00\x00"),
        ("intermediate", b"\x02\x00\x00\x00"),
        ("intermediate", b"\x0e\x00\x00\x00"),
        ("full", b"\x0c\x00\x00\x00"),
        ("full", b"\x1a\x00\x00\x00"),
    ],
)
def test_TR2_empty_and_unaligned_lengths_are_refused(role: Role, kind: str, data: bytes) -> None:
    framing = {f.name: f for f in STREAM_FRAMINGS}[kind]
    assert outcome(framing(role, tagged=False), [data], eof=False) == ["TR2"]


@each_framing
def test_TR2_server_with_a_fixed_framing_requires_its_tag(framing: type[StreamFraming]) -> None:
    if framing.tag:
        assert outcome(framing(Role.SERVER), [b"\xaa\xaa\xaa\xaa\xaa"]) == ["TR2"]


@each_framing
@pytest.mark.parametrize("size", [0, 1, 4, 7, 10, 21])
def test_TR2_sending_a_packet_of_a_wrong_size_is_refused(framing: type[StreamFraming], size: int) -> None:
    connection = framing(Role.CLIENT, tagged=False)
    with pytest.raises(LocalProtocolError, match=str(size)):
        connection.send_packet(bytes(size))
    assert connection.data_to_send() == b""


@each_framing
@pytest.mark.parametrize("code", [-404, -429, -444, -(1 << 31), -1])
def test_TR3_packet_of_four_bytes_is_an_error_code(framing: type[StreamFraming], code: int) -> None:
    server = framing(Role.SERVER)
    server.send_transport_error(code)
    assert outcome(framing(Role.CLIENT), [server.data_to_send()]) == [TransportErrorReceived(code)]


@each_framing
def test_TR3_code_zero_is_skipped(framing: type[StreamFraming]) -> None:
    for role in Role:
        data = sent(framing, OTHER[role], bytes(4), b"ABCDEFGH")
        assert outcome(framing(role), [data]) == [Packet(b"ABCDEFGH")]


@each_framing
def test_TR3_positive_code_and_code_from_a_client_are_refused(framing: type[StreamFraming]) -> None:
    for reader, word in ((Role.CLIENT, 1), (Role.CLIENT, 404), (Role.SERVER, 404), (Role.SERVER, -404)):
        data = sent(framing, OTHER[reader], struct.pack("<i", word))
        assert outcome(framing(reader), [data]) == ["TR3"]


@each_framing
def test_TR3_sending_a_code_as_client_or_a_code_above_minus_1_is_refused(framing: type[StreamFraming]) -> None:
    with pytest.raises(LocalProtocolError, match="server"):
        framing(Role.CLIENT).send_transport_error(-404)
    for code in (0, 404, -(1 << 31) - 1):
        with pytest.raises(LocalProtocolError, match="negative int32"):
            framing(Role.SERVER).send_transport_error(code)


@each_framing
def test_TR4_quick_ack_sent_as_a_packet_is_accepted_only_when_requested(framing: type[StreamFraming]) -> None:
    server = framing(Role.SERVER)
    server.send_packet(b"\xff\xff\xff\xffABC\x81")
    answer = server.data_to_send()
    assert outcome(framing(Role.CLIENT), [answer]) == ["TR4"]
    if framing.quick_acks:
        client = framing(Role.CLIENT)
        client.send_packet(b"ABCDEFGH", quick_ack=True)
        assert outcome(client, [answer]) == [QuickAck(b"ABC\x81")]


@each_framing
def test_TR10_eof_inside_a_packet_is_an_error(framing: type[StreamFraming]) -> None:
    data = written(Role.CLIENT, framing, b"ABCDEFGH")
    for size in range(1, len(data)):
        inside = size != len(framing.tag)
        assert outcome(framing(Role.SERVER), [data[:size]]) == (["TR10"] if inside else []), size


@each_framing
def test_TR10_complete_packets_are_returned_before_the_error(framing: type[StreamFraming]) -> None:
    data = written(Role.CLIENT, framing, b"ABCDEFGH", b"IJKLMNOP")
    connection = framing(Role.SERVER)
    connection.receive_data(data[:-1])
    connection.receive_eof()
    assert connection.next_event() == Packet(b"ABCDEFGH")
    with pytest.raises(RemoteProtocolError) as caught:
        connection.next_event()
    assert caught.value.check == "TR10"


@each_framing
def test_TR10_eof_between_packets_is_accepted(framing: type[StreamFraming]) -> None:
    connection = framing(Role.SERVER)
    connection.receive_data(written(Role.CLIENT, framing, b"ABCDEFGH"))
    connection.receive_eof()
    connection.receive_eof()
    assert drain(connection) == [Packet(b"ABCDEFGH")]
    assert drain(connection) == []
    with pytest.raises(LocalProtocolError, match="receive_eof"):
        connection.receive_data(b"more")


@each_framing
def test_failed_framing_raises_the_same_error_again(framing: type[StreamFraming]) -> None:
    connection: Framing = framing(Role.SERVER, limits(64), tagged=False)
    connection.receive_data(HEADERS[framing.name](1 << 20))
    failures = []
    for call in (
        connection.next_event,
        connection.next_event,
        connection.receive_eof,
        lambda: connection.receive_data(bytes(100)),
    ):
        with pytest.raises(RemoteProtocolError) as caught:
            call()
        failures.append(caught.value)
    assert len({id(failure) for failure in failures}) == 1


@each_framing
@pytest.mark.parametrize("piece", [1400, 65536])
def test_TR9_large_packet_in_small_pieces_takes_linear_time(framing: type[StreamFraming], piece: int) -> None:
    size = 1 << 24
    data = written(Role.SERVER, framing, bytes(size))
    connection = framing(Role.CLIENT)
    begin = time.process_time()
    events = []
    for at in range(0, len(data), piece):
        connection.receive_data(data[at : at + piece])
        events += drain(connection)
    # Moving the rest at every piece would copy 100 GB.
    assert time.process_time() - begin < 3
    assert events == [Packet(bytes(size))]


@each_framing
def test_TR9_many_packets_in_one_piece_take_linear_time(framing: type[StreamFraming]) -> None:
    count = 100_000
    data = written(Role.CLIENT, framing, *[b"ABCDEFGHIJKLMNOPQRSTUVWX"] * count)
    for begin in (0, 7):
        connection = framing(Role.SERVER)
        connection.receive_data(data[:begin])
        connection.receive_data(data[begin:])
        start = time.process_time()
        assert sum(1 for _ in events_of(connection)) == count
        # Moving the rest at every packet would copy 150 GB.
        assert time.process_time() - start < 3


@pytest.mark.long
@each_framing
def test_TR9_large_packet_is_read_byte_by_byte(framing: type[StreamFraming]) -> None:
    size = 1 << 24
    data = written(Role.SERVER, framing, bytes(size))
    connection = framing(Role.CLIENT)
    events = []
    for byte in data:
        connection.receive_data(byte.to_bytes(1, "little"))
        events += drain(connection)
    assert events == [Packet(bytes(size))]


@each_framing
@each_role
def test_byte_stream_framing_has_no_polls_and_no_end_of_its_own(framing: type[StreamFraming], role: Role) -> None:
    made = framing(role)
    assert (made.polled, made.listening, made.has_pending_poll, made.finished) == (False, True, False, False)
    before = made.data_to_send()
    made.send_nothing()
    assert (made.data_to_send(), before) == (b"", framing.tag if role is Role.CLIENT else b"")
    assert made.kind == framing.name


@each_framing
@pytest.mark.parametrize("size", [16, 20])
def test_TR4_packet_of_16_bytes_or_more_is_never_a_quick_ack(framing: type[StreamFraming], size: int) -> None:
    payload = struct.pack("<i", -1).ljust(size, b"x")
    client = framing(Role.CLIENT)
    client.receive_data(written(Role.SERVER, framing, payload))
    assert drain(client) == [Packet(payload)]


@each_framing
@pytest.mark.parametrize("size", [8, 12])
def test_TR4_packet_of_a_server_below_16_bytes_that_begins_with_minus_1_is_a_quick_ack(
    framing: type[StreamFraming], size: int
) -> None:
    payload = struct.pack("<i", -1).ljust(size, b"x")
    client = framing(Role.CLIENT)
    client.receive_data(written(Role.SERVER, framing, payload))
    with pytest.raises(RemoteProtocolError, match="TR4: a quick acknowledgement that was not requested"):
        drain(client)
    server = framing(Role.SERVER)
    server.receive_data(written(Role.CLIENT, framing, payload))
    assert drain(server) == [Packet(payload)]
    other = b"\x01" + payload[1:]
    client = framing(Role.CLIENT)
    client.receive_data(written(Role.SERVER, framing, other))
    assert drain(client) == [Packet(other)]


@each_framing
@pytest.mark.parametrize("token", [b"", bytes(3) + b"\x7f", bytes(2) + b"\x80", bytes(4) + b"\x80"])
def test_quick_ack_token_without_4_bytes_and_the_high_bit_is_refused(
    framing: type[StreamFraming], token: bytes
) -> None:
    server = framing(Role.SERVER)
    if framing.quick_acks:
        with pytest.raises(LocalProtocolError, match="invalid quick acknowledgement token"):
            server.send_quick_ack(token)
        server.send_quick_ack(bytes(3) + b"\x80")
        assert len(server.data_to_send()) == 4
    else:
        with pytest.raises(LocalProtocolError, match="a server cannot send quick acks in the full framing"):
            server.send_quick_ack(bytes(3) + b"\x80")


@each_framing
def test_TR3_transport_error_code_has_32_bits(framing: type[StreamFraming]) -> None:
    server = framing(Role.SERVER)
    for wrong in (0, 1, -(1 << 31) - 1):
        with pytest.raises(LocalProtocolError, match=f"invalid transport error code: found {wrong}"):
            server.send_transport_error(wrong)
    for code in (-1, -(1 << 31)):
        server.send_transport_error(code)
    client = framing(Role.CLIENT)
    client.receive_data(server.data_to_send())
    assert drain(client) == [TransportErrorReceived(-1), TransportErrorReceived(-(1 << 31))]


@each_framing
def test_TR14_key_id_of_a_large_packet_is_checked_once_its_8_bytes_are_here(framing: type[StreamFraming]) -> None:
    large = Limits().max_plain_packet
    for size, checked in ((large, []), (large + 4, [b"12345678"])):
        stream = written(Role.CLIENT, framing, b"12345678".ljust(size, b"."))
        header = len(stream) - size - len(framing.tag) - (4 if framing.name == "full" else 0)
        seen: list[bytes] = []
        server = framing(Role.SERVER)
        server.check_large_packets(seen.append)
        server.receive_data(stream[: len(framing.tag) + header + 7])
        assert drain(server) == []
        assert seen == []
        server.receive_data(stream[len(framing.tag) + header + 7 :][:1])
        assert drain(server) == []
        assert seen == checked


@each_framing
def test_TR15_stopped_framing_ignores_input_and_keeps_its_output(framing: type[StreamFraming]) -> None:
    server = framing(Role.SERVER)
    server.receive_data(written(Role.CLIENT, framing, bytes(24)))
    server.send_packet(bytes(24))
    server.stop_reading()
    assert server.next_event() is None
    server.receive_data(b"anything")
    assert server.next_event() is None
    assert len(server.data_to_send()) >= 24


@pytest.mark.parametrize("size", [1, 2, 3])
def test_TR2_tag_that_arrives_in_pieces_is_read(size: int) -> None:
    for framing in STREAM_FRAMINGS:
        data = written(Role.CLIENT, framing, bytes(24))
        server = framing(Role.SERVER)
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        assert outcome(server, pieces) == [Packet(bytes(24))]


@pytest.mark.parametrize("framing", [framing for framing in STREAM_FRAMINGS if framing.quick_acks])
@pytest.mark.parametrize("size", [8, 12])
def test_TR4_token_of_a_quick_ack_sent_as_a_packet_has_4_bytes(framing: type[StreamFraming], size: int) -> None:
    client = framing(Role.CLIENT)
    client.send_packet(bytes(24), quick_ack=True)
    client.receive_data(written(Role.SERVER, framing, struct.pack("<i", -1) + b"abcd".ljust(size - 4, b"x")))
    assert drain(client) == [QuickAck(b"abcd")]


@each_framing
def test_TR10_second_eof_loses_no_packet_that_waits(framing: type[StreamFraming]) -> None:
    server = framing(Role.SERVER)
    server.receive_data(written(Role.CLIENT, framing, b"A" * 24, b"B" * 24, b"C" * 24))
    server.receive_eof()
    server.receive_eof()
    assert drain(server) == [Packet(b"A" * 24), Packet(b"B" * 24), Packet(b"C" * 24)]


@pytest.mark.parametrize(
    ("received", "text"),
    [
        (b"HTTP/1.1 400 Bad Request", r'found \d+ \(the text "HTTP"\), expected at most'),
        (b"SSH-2.0", r'found \d+ \(the text "SSH-"\), expected at most'),
        (b"\x01HTT", r"found \d+, expected at most"),
    ],
)
def test_TR1_text_in_place_of_a_length_is_in_the_error(received: bytes, text: str) -> None:
    framing = Intermediate(Role.CLIENT)
    framing.receive_data(received)
    with pytest.raises(RemoteProtocolError, match=f"^TR1: invalid packet length: {text}"):
        framing.next_event()
