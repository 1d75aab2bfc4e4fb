"""TL1-TL9: the bytes that the codec of the shipped schema accepts, and its errors for others."""

from __future__ import annotations

import struct
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import (
    DecodeError,
    TLObject,
    Unknown,
    decode,
    decode_result,
    encode,
    functions,
    types,
)
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing.strategies import values
from sansio_tl.tl.errors import UnknownConstructorError
from tests.codec.samples import history, send_code, sent_code

VECTOR = bytes.fromhex("15c4b51c")


# TL1


def test_TL1_vector_count_above_the_remaining_bytes_is_refused_without_allocating() -> None:
    forged = (
        struct.pack("<I", types.messages.ChatsSlice.ID) + struct.pack("<i", 1) + VECTOR + struct.pack("<I", 1 << 30)
    )
    with pytest.raises(DecodeError):
        decode(forged)  # imports what it needs
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError) as caught:
            decode(forged + bytes(64))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert caught.value.check == "TL1"
    assert caught.value.path == "messages.chatsSlice > chats"
    assert caught.value.offset == 12


def test_TL1_vector_count_is_bounded_by_the_size_of_the_items() -> None:
    ids = functions.messages.GetCustomEmojiDocuments(document_id=[1, 2, 3])
    data = encode(ids)
    forged = data[:8] + struct.pack("<I", 4) + data[12:]
    with pytest.raises(DecodeError, match="TL1: messages.getCustomEmojiDocuments > document_id at byte 8: 4 items"):
        decode(forged)


def test_TL1_vector_count_with_the_high_bit_set_is_refused() -> None:
    data = struct.pack("<I", functions.messages.GetCustomEmojiDocuments.ID) + VECTOR + struct.pack("<i", -1)
    with pytest.raises(DecodeError, match="TL1"):
        decode(data)
    with pytest.raises(DecodeError, match="TL1"):
        decode_result(functions.users.GetUsers, VECTOR + struct.pack("<i", -1))


def test_TL1_bare_vector_count_above_the_remaining_bytes_is_refused() -> None:
    salts = types.mtproto.FutureSalts(req_msg_id=1, now=2, salts=[types.mtproto.FutureSalt(1, 2, 3)])
    data = bytearray(encode(salts))
    data[16:20] = struct.pack("<I", 2)
    with pytest.raises(DecodeError, match="TL1"):
        decode(bytes(data))


def test_vector_without_its_constructor_id_is_refused() -> None:
    data = encode(functions.messages.GetCustomEmojiDocuments(document_id=[1]))
    with pytest.raises(DecodeError, match="expected Vector<long>, found constructor 1cb5c414"):
        decode(data[:4] + b"\x14" + data[5:])


# TL2


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 252, 253, 254, 255, 256, 257, 1000])
def test_TL2_string_of_each_length_round_trips_and_is_refused_when_cut(length: int) -> None:
    code = types.EmailVerificationCode(code="x" * length)
    data = encode(code)
    assert len(data) % 4 == 0
    assert decode(data) == code
    for cut in (1, 2, 3, 4):
        with pytest.raises(DecodeError) as caught:
            decode(data[:-cut])
        assert caught.value.check == "TL2"


def test_TL2_string_that_begins_with_ff_is_refused() -> None:
    data = struct.pack("<I", types.EmailVerificationCode.ID)
    for tail in (b"\xff", b"\xff\x01\x00\x00" + bytes(8), b"\xff" + bytes(300)):
        with pytest.raises(
            DecodeError, match="TL2: emailVerificationCode > code at byte 4: a string cannot begin with ff"
        ):
            decode(data + tail)


def test_TL2_string_that_begins_with_ff_is_refused_even_with_a_fitting_length() -> None:
    data = struct.pack("<I", types.EmailVerificationCode.ID)
    assert decode(data + b"\xfe\x01\0\0x\0\0\0") == types.EmailVerificationCode(code="x")
    with pytest.raises(DecodeError, match="TL2"):
        decode(data + b"\xff\x01\0\0x\0\0\0")


def test_TL2_text_that_is_not_utf8_round_trips() -> None:
    cut = "привет".encode()[:-1]
    data = encode(types.EmailVerificationCode(code="x" * len(cut))).replace(b"x" * len(cut), cut)
    value = decode(data)
    assert value == types.EmailVerificationCode(code=cut.decode("utf-8", "surrogateescape"))
    assert encode(value) == data


# TL3


def test_TL3_unknown_top_level_constructor_is_kept_with_its_bytes() -> None:
    value = decode(b"\x01\x02\x03\x04the rest")
    assert value == Unknown(id=0x04030201, data=b"the rest")
    assert encode(value) == b"\x01\x02\x03\x04the rest"
    assert "the rest" not in repr(value)


def test_TL3_unknown_constructor_as_a_result_raises_with_its_bytes() -> None:
    with pytest.raises(UnknownConstructorError) as caught:
        decode_result(functions.auth.SendCode, b"\x01\x02\x03\x04the rest")
    assert caught.value.check == "TL3"
    assert caught.value.unknown == Unknown(id=0x04030201, data=b"the rest")


def test_TL3_unknown_constructor_inside_a_value_is_refused() -> None:
    data = encode(send_code())
    forged = data[:-8] + b"\x01\x02\x03\x04" + data[-4:]
    with pytest.raises(UnknownConstructorError, match="TL3: auth.sendCode > settings at byte 28: .* 04030201"):
        decode(forged)


def test_TL3_unknown_object_at_the_end_of_the_input_is_kept() -> None:
    data = encode(types.mtproto.RpcResult(req_msg_id=5, result=types.mtproto.Pong(1, 2)))
    value = decode(data[:12] + b"\x01\x02\x03\x04rest")
    assert value == types.mtproto.RpcResult(req_msg_id=5, result=Unknown(id=0x04030201, data=b"rest"))


def test_TL3_unknown_object_in_a_vector_is_refused() -> None:
    """It would take what follows it for its own bytes."""
    message = types.mtproto.Message(msg_id=1, seqno=1, bytes=20, body=types.mtproto.Pong(1, 2))
    data = encode(types.mtproto.MsgContainer([message]))
    with pytest.raises(UnknownConstructorError, match=r"TL3: mtproto.msg_container > messages\[0\] > body") as caught:
        decode(data[:24] + b"\x01\x02\x03\x04" + data[28:])
    assert caught.value.unknown is None


# TL5


def test_TL5_bool_of_another_constructor_is_refused() -> None:
    data = encode(functions.account.UpdateStatus(offline=True))
    for wrong in (b"\1\0\0\0", b"\0\0\0\0", VECTOR, b"\xb5\x75\x72\x98"):
        with pytest.raises(DecodeError) as caught:
            decode(data[:4] + wrong)
        assert caught.value.check == "TL5"
        assert caught.value.path == "account.updateStatus > offline"
    with pytest.raises(DecodeError, match="TL5"):
        decode_result(functions.account.UpdateStatus, b"\1\0\0\0")


# TL6


@pytest.mark.parametrize("bit", [9, 17, 31])
def test_TL6_unknown_flag_bits_are_tolerated(bit: int) -> None:
    data = bytearray(encode(sent_code()))
    data[4:8] = struct.pack("<I", struct.unpack("<I", data[4:8])[0] | 1 << bit)
    assert decode(bytes(data)) == sent_code()


# TL7: the other tests of this property, over every constructor, are in test_every_type.


@given(values())
def test_TL7_random_values_round_trip(value: TLObject) -> None:
    data = encode(value)
    assert decode(data) == value
    assert len(data) % 4 == 0


# TL9


@given(st.binary(max_size=200))
def test_TL9_any_bytes_give_a_value_or_a_decode_error(data: bytes) -> None:
    try:
        decode(data)
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)


@given(values(), st.data())
def test_TL9_damaged_values_give_a_value_or_a_decode_error(value: TLObject, data: st.DataObject) -> None:
    damaged = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    for attempt in (bytes(damaged), bytes(damaged[:cut])):
        try:
            found = decode(attempt)
        except DecodeError:
            continue
        assert repr(decode(encode(found))) == repr(found)  # a NaN equals nothing, not even itself


def test_TL9_truncated_value_is_refused_at_the_offset_of_the_cut() -> None:
    data = encode(history(2))
    for cut in range(4, len(data)):
        with pytest.raises(DecodeError) as caught:
            decode(data[:cut])
        assert cut - 8 < caught.value.offset <= cut or caught.value.check in ("TL1", "TL2")


def test_TL9_trailing_bytes_are_refused() -> None:
    with pytest.raises(DecodeError, match="TL9: input at byte 44: 1 bytes are left over"):
        decode(encode(sent_code()) + b"\0")
    with pytest.raises(DecodeError, match="left over"):
        decode_result(functions.auth.SendCode, encode(sent_code()) + bytes(4))


def test_TL9_field_or_result_of_another_type_is_refused() -> None:
    data = encode(send_code())
    forged = data[:-8] + struct.pack("<I", types.InputPeerSelf.ID)
    with pytest.raises(DecodeError, match="expected CodeSettings, found inputPeerSelf"):
        decode(forged)
    with pytest.raises(DecodeError, match="expected auth.SentCode, found user"):
        decode_result(functions.auth.SendCode, encode(types.User(id=1)))
    with pytest.raises(DecodeError, match="expected auth.SentCode, found auth.sendCode"):
        decode_result(functions.auth.SendCode, data)


def test_TL9_decoding_to_an_error_takes_linear_time() -> None:
    def spent(messages: int) -> float:
        data = encode(history(messages)) + b"?"
        start = time.perf_counter()
        with pytest.raises(DecodeError):
            decode(data)
        return time.perf_counter() - start

    spent(10)
    assert min(spent(800) for _ in range(3)) < 30 * max(min(spent(100) for _ in range(3)), 0.001)


def test_error_path_names_the_damaged_field() -> None:
    data = bytearray(encode(history()))
    marker = struct.pack("<I", types.MessageEntityBold.ID)
    at = -1
    for _ in range(4):
        at = data.index(marker, at + 1)
    data[at : at + 4] = struct.pack("<I", types.PeerUser.ID)
    with pytest.raises(DecodeError) as caught:
        decode(bytes(data))
    assert caught.value.path == "messages.messages > messages[3] > entities[0]"
    assert caught.value.offset == at
    assert str(caught.value) == (
        f"TL9: messages.messages > messages[3] > entities[0] at byte {at}: expected MessageEntity, found peerUser"
    )


def test_bytearray_and_memoryview_are_decoded() -> None:
    data = encode(sent_code())
    assert decode(bytearray(data)) == sent_code()
    assert decode(memoryview(data)) == sent_code()
    with pytest.raises(LocalProtocolError, match="expected bytes, found str"):
        decode("abcd")  # type: ignore[arg-type]


def test_bytes_of_a_subclass_are_decoded_as_they_are() -> None:
    class Misleading(bytes):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, _key: object) -> bytes:  # type: ignore[override]
            return b"abcd"

    value = types.NearestDc(country="NL", this_dc=1, nearest_dc=2)
    data = encode(value)
    assert decode(Misleading(data)) == value
    assert decode_result(functions.help.GetNearestDc, Misleading(data)) == value
