"""Cryptography compared with Telethon's: key derivation, SRP, RSA, and the data centers' keys."""

from __future__ import annotations

import os
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon import password as their_srp
from telethon.client import telegrambaseclient
from telethon.crypto import AuthKey as TheirAuthKey
from telethon.crypto import rsa as their_rsa
from telethon.helpers import generate_key_data_from_nonce
from telethon.network.mtprotostate import MTProtoState
from telethon.tl import types as their_types

from sansio_tl import data_centers
from sansio_tl.crypto import kdf, srp
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey, rsa_unpad_legacy
from sansio_tl.role import Role
from tests.helpers.entropy import SeededEntropy

P = KNOWN_PRIME.to_bytes(256, "big")
auth_keys = st.binary(min_size=256, max_size=256)


@cache
def private_key() -> RsaPrivateKey:
    return RsaPrivateKey.generate(SeededEntropy("a key"))


@given(auth_keys, st.binary(min_size=16, max_size=16))
def test_aes_key_and_iv_match_telethon(auth_key: bytes, msg_key: bytes) -> None:
    for role, is_client in ((Role.CLIENT, True), (Role.SERVER, False)):
        theirs = MTProtoState._calc_key(auth_key, msg_key, is_client)
        assert kdf.aes_key_iv(auth_key, msg_key, role) == theirs


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_handshake_key_and_iv_match_telethon(server_nonce: bytes, new_nonce: bytes) -> None:
    theirs = generate_key_data_from_nonce(
        int.from_bytes(server_nonce, "little", signed=True), int.from_bytes(new_nonce, "little", signed=True)
    )
    assert kdf.handshake_key_iv(server_nonce, new_nonce) == theirs


@pytest.mark.parametrize("number", [1, 2, 3])
def test_HS14_new_nonce_hash_matches_telethon(number: int) -> None:
    new_nonce, key = bytes(range(32)), AuthKey(bytes(range(256)))
    theirs = TheirAuthKey(key.key).calc_new_nonce_hash(int.from_bytes(new_nonce, "little", signed=True), number)
    assert kdf.new_nonce_hash(new_nonce, number, key.key) == theirs.to_bytes(16, "little", signed=True)


@settings(max_examples=5)
@given(st.text(min_size=1), st.binary(max_size=64), st.binary(max_size=64), st.sampled_from([3, 4, 7]))
def test_srp_proof_of_telethon_is_accepted(password: str, salt1: bytes, salt2: bytes, g: int) -> None:
    algo = their_types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(salt1, salt2, g, P)
    v = srp.verifier(password, salt1=salt1, salt2=salt2, g=g, p=P)
    assert v == their_srp.compute_digest(algo, password)
    offered = srp.challenge(v, g=g, p=P, entropy=os.urandom)
    account = their_types.account.Password(
        new_algo=algo, new_secure_algo=None, secure_random=b"", current_algo=algo, srp_B=offered.B, srp_id=1
    )
    check = their_srp.compute_check(account, password)
    assert srp.is_proven(v, offered, salt1=salt1, salt2=salt2, g=g, p=P, A=check.A, M1=check.M1)


@given(st.integers(0, 58).flatmap(lambda words: st.binary(min_size=4 * words, max_size=4 * words)))
def test_legacy_rsa_padding_of_telethon_is_decrypted(data: bytes) -> None:
    their_rsa.add_key(private_key().public_key.to_pem(), old=False)
    encrypted = their_rsa.encrypt(private_key().fingerprint, data)
    assert rsa_unpad_legacy(encrypted, private_key()) == data


def test_rsa_fingerprints_match_telethon() -> None:
    for fingerprint, (key, _) in list(their_rsa._server_keys.items()):
        assert RsaPublicKey(key.n, key.e).fingerprint == fingerprint
    for seed in range(3):  # exponents of other lengths
        key = RsaPublicKey(private_key().n, 3 + (seed << 30 * seed))
        assert key.fingerprint == their_rsa._compute_fingerprint(key)


def test_HS4_known_public_keys_exclude_the_old_keys_of_telethon() -> None:
    """HS4: a server that proves itself by one of these old keys does not prove itself."""
    old = {fingerprint for fingerprint, (_, is_old) in their_rsa._server_keys.items() if is_old}
    ours = {key.fingerprint for mode in (False, True) for key in data_centers.public_keys(test_mode=mode)}
    assert len(old) == 4
    assert not ours & old


def test_default_data_center_matches_telethon() -> None:
    default = data_centers.PRODUCTION[data_centers.DEFAULT_DC]
    assert default.ipv4 == telegrambaseclient.DEFAULT_IPV4_IP
    assert default.ipv6 == telegrambaseclient.DEFAULT_IPV6_IP
