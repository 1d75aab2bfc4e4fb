from __future__ import annotations

from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.crypto import AuthKey as TheirAuthKey
from telethon.helpers import generate_key_data_from_nonce
from telethon.network.mtprotostate import MTProtoState

from sansio_tl.crypto import kdf
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.role import Role

auth_keys = st.binary(min_size=256, max_size=256)


@given(auth_keys, st.binary(min_size=16, max_size=16))
def test_aes_key_and_iv_are_those_of_telethon(auth_key: bytes, msg_key: bytes) -> None:
    for role, is_client in ((Role.CLIENT, True), (Role.SERVER, False)):
        theirs = MTProtoState._calc_key(auth_key, msg_key, is_client)
        assert kdf.aes_key_iv(auth_key, msg_key, role) == theirs


@given(auth_keys, st.binary(max_size=100))
def test_the_two_directions_never_share_a_key(auth_key: bytes, plaintext: bytes) -> None:
    """Unless the auth key has a period of 8 bytes, which hypothesis likes and nature does not."""
    auth_key = sha1(auth_key).digest() + auth_key[20:]
    client = kdf.message_key(auth_key, plaintext, Role.CLIENT)
    assert len(client) == 16
    assert kdf.aes_key_iv(auth_key, client, Role.CLIENT) != kdf.aes_key_iv(auth_key, client, Role.SERVER)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_handshake_key_and_iv_are_those_of_telethon(server_nonce: bytes, new_nonce: bytes) -> None:
    theirs = generate_key_data_from_nonce(
        int.from_bytes(server_nonce, "little", signed=True), int.from_bytes(new_nonce, "little", signed=True)
    )
    assert kdf.handshake_key_iv(server_nonce, new_nonce) == theirs


@pytest.mark.parametrize("number", [1, 2, 3])
def test_HS14_new_nonce_hash_is_that_of_telethon(number: int) -> None:
    new_nonce, key = bytes(range(32)), AuthKey(bytes(range(256)))
    theirs = TheirAuthKey(key.key).calc_new_nonce_hash(int.from_bytes(new_nonce, "little", signed=True), number)
    assert kdf.new_nonce_hash(new_nonce, number, key.key) == theirs.to_bytes(16, "little", signed=True)


@given(auth_keys, st.binary(min_size=16, max_size=16))
def test_HS18_the_derivation_of_MTProto_1_is_that_of_the_documentation(key: bytes, msg_key: bytes) -> None:
    a = sha1(msg_key + key[0:32]).digest()
    b = sha1(key[32:48] + msg_key + key[48:64]).digest()
    c = sha1(key[64:96] + msg_key).digest()
    d = sha1(msg_key + key[96:128]).digest()
    aes_key = a[0:8] + b[8:20] + c[4:16]
    aes_iv = a[8:20] + b[0:8] + c[16:20] + d[0:8]
    assert kdf.binding_key_iv(key, msg_key) == (aes_key, aes_iv)
