from __future__ import annotations

from hashlib import sha1, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto import kdf
from sansio_tl.role import Role

auth_keys = st.binary(min_size=256, max_size=256)


@given(auth_keys, st.binary(max_size=100))
def test_client_and_server_keys_of_a_message_differ(auth_key: bytes, plaintext: bytes) -> None:
    """Unless the auth key has a period of 8 bytes, which hypothesis likes and nature does not."""
    auth_key = sha1(auth_key).digest() + auth_key[20:]
    client = kdf.message_key(auth_key, plaintext, Role.CLIENT)
    assert len(client) == 16
    assert kdf.aes_key_iv(auth_key, client, Role.CLIENT) != kdf.aes_key_iv(auth_key, client, Role.SERVER)


@given(auth_keys, st.binary(min_size=16, max_size=16))
def test_HS18_binding_key_derivation_matches_the_documentation(key: bytes, msg_key: bytes) -> None:
    a = sha1(msg_key + key[0:32]).digest()
    b = sha1(key[32:48] + msg_key + key[48:64]).digest()
    c = sha1(key[64:96] + msg_key).digest()
    d = sha1(msg_key + key[96:128]).digest()
    aes_key = a[0:8] + b[8:20] + c[4:16]
    aes_iv = a[8:20] + b[0:8] + c[16:20] + d[0:8]
    assert kdf.binding_key_iv(key, msg_key) == (aes_key, aes_iv)


@pytest.mark.parametrize(("sender", "x"), [(Role.CLIENT, 0), (Role.SERVER, 8)])
@given(key=auth_keys, msg_key=st.binary(min_size=16, max_size=16), plaintext=st.binary(max_size=100))
def test_message_key_derivation_matches_the_documentation(
    sender: Role, x: int, key: bytes, msg_key: bytes, plaintext: bytes
) -> None:
    assert kdf.message_key(key, plaintext, sender) == sha256(key[88 + x : 120 + x] + plaintext).digest()[8:24]
    a = sha256(msg_key + key[x : x + 36]).digest()
    b = sha256(key[40 + x : 76 + x] + msg_key).digest()
    assert kdf.aes_key_iv(key, msg_key, sender) == (a[0:8] + b[8:24] + a[24:32], b[0:8] + a[8:24] + b[24:32])


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_handshake_key_derivation_matches_the_documentation(server_nonce: bytes, new_nonce: bytes) -> None:
    mixed = sha1(server_nonce + new_nonce).digest()
    aes_key = sha1(new_nonce + server_nonce).digest() + mixed[0:12]
    aes_iv = mixed[12:20] + sha1(new_nonce + new_nonce).digest() + new_nonce[0:4]
    assert kdf.handshake_key_iv(server_nonce, new_nonce) == (aes_key, aes_iv)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 3), auth_keys)
def test_new_nonce_hash_matches_the_documentation(new_nonce: bytes, number: int, key: bytes) -> None:
    aux_hash = sha1(key).digest()[0:8]
    assert kdf.new_nonce_hash(new_nonce, number, key) == sha1(new_nonce + bytes([number]) + aux_hash).digest()[4:20]
