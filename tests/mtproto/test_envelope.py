"""EN1 to EN9: checks of an encrypted packet before its fields are used."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import aes_key_iv, message_key
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto import envelope
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.role import Role
from tests.helpers.entropy import SeededEntropy

KEY = AuthKey(SeededEntropy("auth key")(256))
MESSAGE = Message(0x62345678_9ABCDEF1, 3, b"body" * 5)


def find_key(auth_key_id: bytes) -> AuthKey | None:
    return KEY if auth_key_id == KEY.id else None


def packet(
    *, length: int | None = None, body: bytes = MESSAGE.body, padding: int = 12, sender: Role = Role.SERVER
) -> bytes:
    """A packet made by hand, with a right msg_key over whatever the plaintext is."""
    plain = pack("<qqqii", 1, 2, MESSAGE.msg_id, MESSAGE.seqno, len(body) if length is None else length) + body
    plain += bytes(padding)
    msg_key = message_key(KEY.key, plain, sender)
    return KEY.id + msg_key + ige_encrypt(plain, *aes_key_iv(KEY.key, msg_key, sender))


def refused(check: str, data: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decrypt_message(data, find_key, Role.SERVER)
    assert caught.value.check == check


@given(body=st.binary(max_size=2000).map(lambda data: data + bytes(-len(data) % 4)), sender=st.sampled_from(Role))
def test_decryption_inverts_encryption(body: bytes, sender: Role) -> None:
    message = Message(5 << 32, 7, body)
    sealed = encrypt_message(message, auth_key=KEY, salt=-3, session_id=-4, sender=sender, entropy=SeededEntropy(body))
    opened = decrypt_message(sealed.packet, find_key, sender)
    assert opened == DecryptedPacket(KEY, -3, -4, message, sealed.msg_key_large)


@pytest.mark.parametrize("size", [0, 8, 23, 24, 40, 71, 73, 80, 87])
def test_EN1_packet_of_an_impossible_size_is_refused(size: int) -> None:
    refused("EN1", (packet() * 2)[:size])


def test_EN2_packet_of_an_unknown_key_is_refused() -> None:
    refused("EN2", b"\x80" + packet()[1:])


@given(data=st.data())
def test_EN3_packet_with_a_changed_byte_is_refused(data: st.DataObject) -> None:
    good = packet()
    at = data.draw(st.integers(8, len(good) - 1))
    refused("EN3", good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :])


def test_EN3_msg_key_that_omits_the_padding_is_refused() -> None:
    plain = pack("<qqqii", 1, 2, MESSAGE.msg_id, 3, 20) + MESSAGE.body
    msg_key = message_key(KEY.key, plain, Role.SERVER)
    forged = ige_encrypt(plain + bytes(12), *aes_key_iv(KEY.key, msg_key, Role.SERVER))
    refused("EN3", KEY.id + msg_key + forged)


class Unread:
    """Stands where fields would be read from, and must not."""

    size = 32

    def unpack_from(self, *_: Any) -> Any:
        raise AssertionError("a field was read before the msg_key was verified")


@pytest.mark.interpreted
def test_EN3_msg_key_is_checked_before_any_field_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wrong msg_key *and* a wrong length, padding and all: EN3 speaks, and nothing was unpacked."""
    bad = packet(length=-1, padding=28)
    monkeypatch.setattr(envelope, "_INNER", Unread())
    refused("EN3", bad[:-1] + bytes([bad[-1] ^ 1]))


@pytest.mark.interpreted
@pytest.mark.parametrize("length", [-1, -4, 0, 2, 20, 2**31 - 1])
@pytest.mark.parametrize("padding", [0, 12, 2000])
def test_L3_wrong_msg_key_is_refused_without_reading_the_plaintext(
    length: int, padding: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = packet(length=length, body=bytes(4), padding=padding + -(36 + padding) % 16)
    monkeypatch.setattr(envelope, "_INNER", Unread())
    refused("EN3", bad[:8] + bytes([bad[8] ^ 1]) + bad[9:])


def test_EN3_packet_reflected_to_its_sender_is_refused() -> None:
    refused("EN3", packet(sender=Role.CLIENT))


@pytest.mark.parametrize("length", [1, 2, 3, 17])
def test_EN4_inner_length_that_is_no_multiple_of_4_is_refused(length: int) -> None:
    refused("EN4", packet(length=length))


@pytest.mark.parametrize("length", [-4, -(2**31), 36, 2**31 - 4])
def test_EN5_inner_length_outside_the_packet_is_refused(length: int) -> None:
    refused("EN5", packet(length=length))


@pytest.mark.parametrize(("body", "padding"), [(20, 12), (20, 1020), (24, 24), (16, 1024)])
def test_EN6_padding_from_12_to_1024_is_accepted(body: int, padding: int) -> None:
    assert decrypt_message(packet(body=bytes(body), padding=padding), find_key, Role.SERVER).message.body == bytes(body)


@pytest.mark.parametrize(("body", "padding"), [(32, 0), (28, 4), (24, 8), (28, 1028), (16, 1040)])
def test_EN6_padding_outside_12_to_1024_is_refused(body: int, padding: int) -> None:
    refused("EN6", packet(body=bytes(body), padding=padding))


def test_EN9_padding_varies_in_length_and_in_content() -> None:
    entropy = SeededEntropy("padding")
    sealed = [
        encrypt_message(MESSAGE, auth_key=KEY, salt=0, session_id=0, sender=Role.CLIENT, entropy=entropy).packet
        for _ in range(100)
    ]
    assert len({len(one) for one in sealed}) > 5
    paddings = set()
    for one in sealed:
        plain = ige_decrypt(one[24:], *aes_key_iv(KEY.key, one[8:24], Role.CLIENT))
        paddings.add(plain[32 + len(MESSAGE.body) :])
    assert len(paddings) == len(sealed)
    assert all(12 <= len(padding) <= 1024 for padding in paddings)


def test_L2_same_message_encrypted_twice_gives_different_bytes() -> None:
    entropy = SeededEntropy("again")
    one, other = (
        encrypt_message(MESSAGE, auth_key=KEY, salt=0, session_id=0, sender=Role.CLIENT, entropy=entropy).packet
        for _ in range(2)
    )
    assert one[8:] != other[8:]
