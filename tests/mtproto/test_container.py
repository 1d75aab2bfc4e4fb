"""MS12 to MS16: containers and gzip."""

from __future__ import annotations

import gzip
import zlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import codec, types
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, Shares, join, split, unpack_gzip
from sansio_tl.mtproto.message import Message

LIMITS = Limits()
BODY = codec.encode(types.mtproto.Pong(msg_id=1, ping_id=2))
BODIES = st.binary(min_size=1, max_size=40).map(lambda data: b"body" + data + bytes(-len(data) % 4))
MESSAGES = st.lists(st.builds(Message, st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**31 - 1), BODIES), max_size=9)


def refused(check: str, body: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        split(body, LIMITS)
    assert caught.value.check == check


def child(body: bytes, *, claims: int | None = None) -> bytes:
    return pack("<qii", 1, 1, len(body) if claims is None else claims) + body


@given(MESSAGES)
def test_split_inverts_join(messages: list[Message]) -> None:
    assert split(join(messages), LIMITS) == messages


def test_MS16_empty_container_is_accepted() -> None:
    assert split(CONTAINER + bytes(4), LIMITS) == []


def test_MS12_container_of_too_many_messages_is_refused() -> None:
    refused("MS12", join([Message(1, 1, BODY)] * (LIMITS.max_container_messages + 1)))


@pytest.mark.parametrize("count", [-1, -(2**31), 2, 2**31 - 1])
def test_MS13_wrong_message_count_is_refused(count: int) -> None:
    refused("MS13", CONTAINER + pack("<i", count) + child(BODY))


@pytest.mark.parametrize("claims", [-4, 0, 3, 5, len(BODY) + 4, 2**31 - 4])
def test_MS13_wrong_message_length_is_refused(claims: int) -> None:
    refused("MS13", CONTAINER + pack("<i", 1) + child(BODY, claims=claims))


@pytest.mark.parametrize("body", [b"", b"12345", b"123456", b"1234567"])
def test_MS13_message_length_that_is_no_multiple_of_4_is_refused(body: bytes) -> None:
    refused("MS13", CONTAINER + pack("<i", 1) + child(body))


@pytest.mark.parametrize(
    ("messages", "sent"),
    [
        (child(BODY) + child(b""), "message 1 of the container claims 0 bytes"),
        (child(BODY) + child(b"")[:-1] + b"", "the container ends before its message 1"),
        (child(BODY) + child(b"abc"), "message 1 of the container claims 3 bytes"),
    ],
)
def test_MS13_error_at_the_end_of_a_container_is_described(messages: bytes, sent: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"MS13: {sent}"):
        split(CONTAINER + pack("<i", 2) + messages, LIMITS)


def test_MS13_trailing_bytes_are_refused() -> None:
    refused("MS13", CONTAINER + pack("<i", 1) + child(BODY) + bytes(4))


def test_MS13_container_inside_a_container_is_refused() -> None:
    refused("MS13", join([Message(1, 0, join([]))]))


@given(MESSAGES, st.data())
def test_MS13_truncated_container_is_refused(messages: list[Message], data: st.DataObject) -> None:
    whole = join([*messages, Message(5, 1, BODY)])
    refused("MS13", whole[: data.draw(st.integers(0, len(whole) - 1))])


def packed(data: bytes) -> bytes:
    return codec.encode(types.mtproto.GzipPacked(packed_data=data))


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_MS15_gzip_and_zlib_are_inflated(compress: object) -> None:
    assert callable(compress)
    assert unpack_gzip(packed(compress(BODY)), LIMITS) == BODY
    assert unpack_gzip(BODY, LIMITS) == BODY


def test_MS14_gzip_inside_gzip_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="MS14"):
        unpack_gzip(packed(gzip.compress(packed(gzip.compress(BODY)))), LIMITS)


@pytest.mark.parametrize(
    "data",
    [gzip.compress(bytes(1 << 25)), gzip.compress(BODY)[:-1], gzip.compress(BODY) + b"x", b"", b"nonsense"],
    ids=["too large", "truncated", "trailing", "empty", "no gzip"],
)
def test_MS15_bombs_and_broken_streams_are_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="MS15"):
        unpack_gzip(packed(data), LIMITS)


@pytest.mark.parametrize("body", [b"", b"\xff" + bytes(3), b"\x08" + bytes(3), b"\x01\x01\x01\x01\x01\x01\x01\x01"])
def test_TL2_gzip_packed_holds_exactly_one_byte_string(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="TL2"):
        unpack_gzip(packed(b"")[:4] + body, LIMITS)


def test_MS12_messages_of_a_container_share_the_decoding_limits() -> None:
    messages = [Message(1, 1, bytes(4 * size)) for size in (8, 1 << 13, 1 << 14)]
    envelope = Message(2, 0, join(messages))
    shares = [Shares(LIMITS, envelope).of(each) for each in messages]
    assert LIMITS.max_objects * 0.99 < sum(each.max_objects for each in shares) <= LIMITS.max_objects
    assert sum(each.max_inflated_size for each in shares) <= LIMITS.max_inflated_size + (1 << 12)
    assert shares[0].max_inflated_size == 1 << 12
    assert all(each.max_objects > len(message.body) // 4 for each, message in zip(shares, messages, strict=True))


def test_MS12_single_or_small_messages_have_the_full_decoding_limits() -> None:
    alone = Message(1, 1, bytes(1 << 16))
    assert Shares(LIMITS, alone).of(alone) is LIMITS
    small = Message(1, 1, bytes(64))
    assert Shares(LIMITS, Message(2, 0, join([small, small]))).of(small) is LIMITS


def test_limits_of_messages_of_the_same_size_are_made_once() -> None:
    """Making and checking limits takes ten times as long as reading a ping."""
    messages = [Message(n, 0, bytes(12)) for n in range(1000)]
    shares = Shares(LIMITS, Message(2000, 0, join(messages)))
    assert len({id(shares.of(each)) for each in messages}) == 1
