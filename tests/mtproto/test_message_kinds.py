"""Names of messages in traces."""

from __future__ import annotations

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.codec.index import MODULE_OF
from sansio_tl.mtproto import message_kinds
from sansio_tl.mtproto.message_kinds import kind_at, references, result_kind
from sansio_tl.mtproto.server.session import rpc_result
from sansio_tl.tl.objects import TLObject

VECTOR = 0x1CB5C415


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (codec.encode(functions.help.GetNearestDc()), "help.getNearestDc"),
        (codec.encode(types.mtproto.MsgsAck([1])), "msgs_ack"),
        (VECTOR.to_bytes(4, "little"), "vector"),
        (b"\xef\xbe\xad\xde", "0xdeadbeef"),
        (b"\x01\x00\x00", "3 bytes"),
        (b"", "0 bytes"),
    ],
)
def test_a_message_has_the_name_of_its_constructor(body: bytes, kind: str) -> None:
    assert kind_at(body) == kind


def test_unknown_constructors_are_not_remembered() -> None:
    before = len(message_kinds._names)
    for number in range(0xDEAD0000, 0xDEAD0100):
        assert number not in MODULE_OF
        kind_at(number.to_bytes(4, "little"))
    assert len(message_kinds._names) == before


def test_a_result_has_the_name_of_what_is_in_it() -> None:
    body = rpc_result(5, codec.encode(types.NearestDc(country="NL", this_dc=2, nearest_dc=2)))
    assert (kind_at(body), result_kind(body), references(body)) == ("rpc_result", "nearestDc", (5,))
    assert result_kind(codec.encode(types.mtproto.MsgsAck([1]))) is None
    assert result_kind(body[:12]) == "0 bytes"
    assert references(body[:11]) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (types.mtproto.MsgsAck([5, -6]), (5, -6)),
        (types.mtproto.MsgsAck([]), ()),
        (types.mtproto.MsgResendReq(list(range(100))), tuple(range(32))),
        (types.mtproto.Pong(msg_id=7, ping_id=8), (7,)),
        (types.mtproto.BadMsgNotification(bad_msg_id=9, bad_msg_seqno=1, error_code=16), (9,)),
        (functions.mtproto.Ping(ping_id=3), ()),
        (types.NearestDc(country="NL", this_dc=2, nearest_dc=2), ()),
    ],
)
def test_service_messages_name_what_they_are_about(value: TLObject, expected: tuple[int, ...]) -> None:
    assert references(codec.encode(value)) == expected


def test_a_count_that_exceeds_the_body_is_harmless() -> None:
    body = codec.encode(types.mtproto.MsgsAck([1, 2]))
    forged = body[:8] + (2**31).to_bytes(4, "little") + body[12:]
    assert references(forged) == (1, 2)
