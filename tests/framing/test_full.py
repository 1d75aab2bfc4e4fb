"""TR5: the full framing."""

from __future__ import annotations

import struct
from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import Full, Packet, TransportErrorReceived
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, outcome, written


@pytest.mark.parametrize("length", [11, 8, 4, 0, -1, -1000, -(1 << 31)])
def test_TR5_length_below_12_is_refused(length: int) -> None:
    assert outcome(Full(Role.SERVER), [struct.pack("<i", length)], eof=False) == ["TR5"]


def test_TR5_wrong_sequence_number_is_refused_before_the_payload() -> None:
    data = written(Role.CLIENT, Full, b"ABCDEFGH", b"IJKLMNOP")
    first, second = data[:20], data[20:]
    assert outcome(Full(Role.SERVER), [second[:8]], eof=False) == ["TR5"]
    assert outcome(Full(Role.SERVER), [first, first[:8]], eof=False) == [Packet(b"ABCDEFGH"), "TR5"]
    assert outcome(Full(Role.SERVER), [first, second]) == [Packet(b"ABCDEFGH"), Packet(b"IJKLMNOP")]


@given(st.integers(8, 19), st.integers(1, 255))
def test_TR5_wrong_checksum_is_refused(at: int, flip: int) -> None:
    damaged = bytearray(written(Role.CLIENT, Full, b"ABCDEFGH"))
    damaged[at] ^= flip
    assert outcome(Full(Role.SERVER), [bytes(damaged)], eof=False) == ["TR5"]
    assert outcome(Full(Role.SERVER), byte_by_byte(bytes(damaged)), eof=False) == ["TR5"]


def test_TR5_checksum_of_the_payload_alone_is_refused() -> None:
    good = written(Role.CLIENT, Full, b"ABCDEFGH")
    assert outcome(Full(Role.SERVER), [good[:16] + crc32(b"ABCDEFGH").to_bytes(4, "little")], eof=False) == ["TR5"]


@pytest.mark.parametrize("words", [1, 3])
def test_TR3_error_code_in_place_of_the_length_is_reported(words: int) -> None:
    data = struct.pack("<i", -429) * words
    for pieces in ([data], byte_by_byte(data)):
        assert outcome(Full(Role.CLIENT), pieces) == [TransportErrorReceived(-429)]


def test_quick_acks_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="full"):
        Full(Role.CLIENT).send_packet(bytes(8), quick_ack=True)
    with pytest.raises(LocalProtocolError, match="full"):
        Full(Role.SERVER).send_quick_ack(b"\x01\x02\x03\x84")
