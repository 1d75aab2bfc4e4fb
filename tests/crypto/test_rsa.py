from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha1, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto import rsa
from sansio_tl.crypto.primes import is_prime
from sansio_tl.crypto.rsa import (
    EXPONENT,
    RsaPrivateKey,
    RsaPublicKey,
    rsa_pad,
    rsa_unpad,
    rsa_unpad_legacy,
)
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from tests.crypto import reference
from tests.helpers.entropy import SeededEntropy


@cache
def private_key() -> RsaPrivateKey:
    return RsaPrivateKey.generate(SeededEntropy("a key"))


def raw(block: bytes) -> bytes:
    """Textbook RSA of a block that the tests padded themselves."""
    key = private_key().public_key
    return pow(int.from_bytes(block, "big"), key.e, key.n).to_bytes(256, "big")


def pad_by_the_book(data: bytes, padding: bytes, temp_key: bytes, digest: bytes | None = None) -> bytes:
    """RSA_PAD as core.telegram.org/mtproto/auth_key words it, with the cipher's definition."""
    data_with_padding = data + padding
    data_pad_reversed = data_with_padding[::-1]
    data_with_hash = data_pad_reversed + (digest or sha256(temp_key + data_with_padding).digest())
    aes_encrypted = reference.ige_encrypt(data_with_hash, temp_key, bytes(32))
    temp_key_xor = bytes(a ^ b for a, b in zip(temp_key, sha256(aes_encrypted).digest(), strict=True))
    return temp_key_xor + aes_encrypted


@given(st.binary(max_size=144), st.binary(max_size=16))
def test_HS5_rsa_unpad_inverts_rsa_pad(data: bytes, seed: bytes) -> None:
    padded = rsa_unpad(rsa_pad(data, private_key().public_key, SeededEntropy(seed)), private_key())
    assert len(padded) == 192
    assert padded[: len(data)] == data
    assert padded[len(data) :] == SeededEntropy(seed)(192 - len(data))


def test_HS5_rsa_pad_matches_the_specification() -> None:
    data = bytes(range(100))
    stream = SeededEntropy("book")
    padding, temp_key = stream(92), stream(32)
    while int.from_bytes(pad_by_the_book(data, padding, temp_key), "big") >= private_key().n:
        temp_key = stream(32)
    assert rsa_pad(data, private_key().public_key, SeededEntropy("book")) == raw(
        pad_by_the_book(data, padding, temp_key)
    )


@pytest.mark.parametrize("size", [145, 192, 255])
def test_HS5_padding_more_than_144_bytes_is_refused(size: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"found {size} bytes, expected at most 144"):
        rsa_pad(bytes(size), private_key().public_key, os.urandom)


def test_HS5_padding_144_bytes_is_accepted() -> None:
    assert rsa_unpad(rsa_pad(b"\7" * 144, private_key().public_key, os.urandom), private_key())[:144] == b"\7" * 144


@pytest.mark.parametrize("modulus", [(1 << 2047) - 1, 1 << 2048])
def test_HS5_modulus_of_another_size_is_refused(modulus: int) -> None:
    with pytest.raises(LocalProtocolError, match="expected 2048"):
        rsa_pad(b"", RsaPublicKey(modulus, EXPONENT), os.urandom)


def test_HS5_block_above_the_modulus_is_drawn_again() -> None:
    """With the smallest modulus of 2048 bits about half of all blocks are too large."""
    smallest = RsaPublicKey((1 << 2047) + 1, EXPONENT)
    retried = 0
    for seed in range(20):
        stream = SeededEntropy(f"again {seed}")
        encrypted = rsa_pad(b"data", smallest, stream)
        tries = stream.calls - 1
        replay = SeededEntropy(f"again {seed}")
        padding, *temp_keys = replay(188), *(replay(32) for _ in range(tries))
        blocks = [int.from_bytes(pad_by_the_book(b"data", padding, key), "big") for key in temp_keys]
        assert all(block >= smallest.n for block in blocks[:-1])
        assert blocks[-1] < smallest.n
        assert encrypted == pow(blocks[-1], EXPONENT, smallest.n).to_bytes(256, "big")
        retried += tries > 1
    assert retried > 3


def test_HS5_block_equal_to_the_modulus_is_drawn_again() -> None:
    for seed in range(64):
        replay = SeededEntropy(f"equal {seed}")
        padding, first, second = replay(188), replay(32), replay(32)
        equal, below = (int.from_bytes(pad_by_the_book(b"data", padding, key), "big") for key in (first, second))
        if equal.bit_length() == 2048 and below < equal:
            encrypted = rsa_pad(b"data", RsaPublicKey(equal, EXPONENT), SeededEntropy(f"equal {seed}"))
            assert encrypted == pow(below, EXPONENT, equal).to_bytes(256, "big")
            return
    pytest.fail("no seed fits")


def test_HS5_entropy_that_repeats_itself_is_refused() -> None:
    smallest = RsaPublicKey((1 << 2047) + 1, EXPONENT)
    unlucky = next(d for d in (bytes([i]) for i in range(64)) if pad_by_the_book(d, bytes(191), bytes(32))[0] >= 0x80)
    with pytest.raises(LocalProtocolError, match="repeats itself"):
        rsa_pad(unlucky, smallest, bytes)


def test_HS5_wrong_hash_inside_rsa_pad_is_refused() -> None:
    block = pad_by_the_book(b"data", bytes(188), bytes(32), digest=b"\1" * 32)
    for temp_key in (bytes([i]) * 32 for i in range(64)):
        block = pad_by_the_book(b"data", bytes(188), temp_key, digest=b"\1" * 32)
        if int.from_bytes(block, "big") < private_key().n:
            break
    with pytest.raises(RemoteProtocolError, match="HS5: the hash inside RSA_PAD does not match"):
        rsa_unpad(raw(block), private_key())


@given(st.binary(max_size=300))
def test_HS5_random_encrypted_data_is_refused(encrypted: bytes) -> None:
    for unpad in (rsa_unpad, rsa_unpad_legacy):
        with pytest.raises(RemoteProtocolError, match="HS5"):
            unpad(encrypted, private_key())


def test_HS5_encrypted_data_of_another_size_than_256_bytes_is_refused() -> None:
    good = rsa_pad(b"data", private_key().public_key, os.urandom)
    for encrypted in (b"\0" + good, good[:255]):
        with pytest.raises(
            RemoteProtocolError, match="HS5: invalid encrypted_data: expected 256 bytes below the modulus"
        ):
            rsa_unpad(encrypted, private_key())


def test_HS5_encrypted_data_at_or_above_the_modulus_is_refused() -> None:
    good = int.from_bytes(rsa_pad(b"data", private_key().public_key, os.urandom), "big")
    for value in (private_key().n, (1 << 2048) - 1):
        with pytest.raises(
            RemoteProtocolError, match="HS5: invalid encrypted_data: expected 256 bytes below the modulus"
        ):
            rsa_unpad(value.to_bytes(256, "big"), private_key())
    if good + private_key().n < 1 << 2048:  # the same residue, but not the canonical number
        with pytest.raises(RemoteProtocolError, match="HS5"):
            rsa_unpad((good + private_key().n).to_bytes(256, "big"), private_key())


def test_HS5_legacy_padding_with_a_wrong_hash_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="HS5: the hash inside the legacy RSA padding does not match"):
        rsa_unpad_legacy(raw(b"\0" + bytes(20) + bytes(235)), private_key())


def test_HS5_legacy_block_of_256_bytes_is_refused() -> None:
    data = b"data"
    block = b"\1" + sha1(data).digest() + data + bytes(231)
    with pytest.raises(RemoteProtocolError, match="HS5: the legacy RSA block has more than 255 bytes"):
        rsa_unpad_legacy(raw(block), private_key())


def test_rsa_pad_and_legacy_padding_refuse_each_others_blocks() -> None:
    modern = rsa_pad(b"data", private_key().public_key, os.urandom)
    legacy = raw(b"\0" + sha1(b"data").digest() + b"data" + bytes(231))
    with pytest.raises(RemoteProtocolError):
        rsa_unpad(legacy, private_key())
    with pytest.raises(RemoteProtocolError):
        rsa_unpad_legacy(modern, private_key())


def test_public_key_is_read_from_pkcs1_and_spki_pem() -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = private_key().public_key
    pkcs1 = key.to_pem()
    assert pkcs1.startswith("-----BEGIN RSA PUBLIC KEY-----\n")
    spki = RSAPublicNumbers(key.e, key.n).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert spki.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert RsaPublicKey.from_pem(pkcs1) == RsaPublicKey.from_pem(pkcs1.encode()) == RsaPublicKey.from_pem(spki) == key


def test_private_key_round_trips_through_pem() -> None:
    pem = private_key().to_pem()
    assert pem.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert RsaPrivateKey.from_pem(pem) == RsaPrivateKey.from_pem(pem.encode()) == private_key()


@pytest.mark.parametrize("read", [RsaPublicKey.from_pem, RsaPrivateKey.from_pem])
@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n"])
def test_invalid_pem_is_a_local_error(read: Callable[[str], object], pem: str) -> None:
    with pytest.raises(LocalProtocolError, match="invalid PEM p"):
        read(pem)


def test_encrypted_and_foreign_keys_are_a_local_error() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    foreign = Ed25519PrivateKey.from_private_bytes(bytes(32))
    pem = foreign.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(LocalProtocolError, match="not an RSA key|invalid RSA key"):
        RsaPrivateKey.from_pem(pem)
    public = foreign.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(LocalProtocolError, match="not an RSA key|invalid RSA key"):
        RsaPublicKey.from_pem(public)
    locked = foreign.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    with pytest.raises(LocalProtocolError, match="unencrypted"):
        RsaPrivateKey.from_pem(locked)


def test_generated_key_depends_only_on_its_entropy() -> None:
    key = RsaPrivateKey.generate(SeededEntropy("a key"))
    assert key == private_key()
    assert key != RsaPrivateKey.generate(SeededEntropy("another"))
    assert key.n.bit_length() == 2048
    assert key.n == key.p * key.q
    message = 0x1234
    assert pow(pow(message, key.e, key.n), key.d, key.n) == message


def test_key_generation_refuses_equal_primes() -> None:
    prime = private_key().p.to_bytes(128, "big")
    with pytest.raises(LocalProtocolError, match="repeats itself"):
        RsaPrivateKey.generate(lambda n: prime)


def test_repr_shows_the_fingerprint_and_no_secret() -> None:
    key = private_key()
    shown = repr(key)
    assert f"{key.fingerprint & (1 << 64) - 1:016x}" in shown
    for secret in (key.d, key.p, key.q):
        assert str(secret) not in shown


def test_inconsistent_private_key_is_not_written() -> None:
    key = private_key()
    with pytest.raises(LocalProtocolError, match="numbers are inconsistent"):
        RsaPrivateKey(key.n, key.e, key.d + 2, key.p, key.q).to_pem()


def test_primes_that_allow_no_exponent_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    start = (3 << 1022) // (2 * EXPONENT)
    useless = next(p for k in range(start, start + 10_000) if is_prime(p := 2 * k * EXPONENT + 1, 1))
    key = private_key()
    drawn = iter([useless, key.q, key.p, key.q])
    monkeypatch.setattr(rsa, "random_prime", lambda bits, entropy: next(drawn))
    assert RsaPrivateKey.generate(SeededEntropy("unused")) == key
    assert next(drawn, None) is None


@pytest.mark.parametrize("unlucky_draws", [127, 128])
def test_HS5_rsa_pad_draws_128_temporary_keys_at_most(unlucky_draws: int) -> None:
    smallest = RsaPublicKey((1 << 2047) + 1, EXPONENT)
    above, below = (
        next(key for key in (bytes([i]) * 32 for i in range(256)) if fits(pad_by_the_book(b"", bytes(192), key)[0]))
        for fits in ((0x80).__lt__, (0x80).__gt__)
    )
    draws = iter([bytes(192), *[above] * unlucky_draws, below])
    if unlucky_draws < 128:
        encrypted = rsa_pad(b"", smallest, lambda size: next(draws))
        block = int.from_bytes(pad_by_the_book(b"", bytes(192), below), "big")
        assert encrypted == pow(block, EXPONENT, smallest.n).to_bytes(256, "big")
    else:
        with pytest.raises(LocalProtocolError, match="repeats itself"):
            rsa_pad(b"", smallest, lambda size: next(draws))
        assert list(draws) == [below]


def test_HS5_decryption_agrees_with_the_private_exponent() -> None:
    key = private_key()
    for value in (0, 1, 2, key.p, key.q, key.n - 1, 3**1200 % key.n):
        assert key.decrypt(value.to_bytes(256, "big")) == pow(value, key.d, key.n)


@pytest.mark.parametrize("size", [0, 4, 96, 144, 228])
def test_HS5_legacy_padding_around_whole_words_is_removed(size: int) -> None:
    data = SeededEntropy("legacy")(size)
    block = b"\0" + sha1(data).digest() + data + SeededEntropy("random")(235 - size)
    assert rsa_unpad_legacy(raw(block), private_key()) == data


@pytest.mark.parametrize("numbers", [(0, 3), (3, 0), (-3, 3), (3, -3), ("3", 3), (3, True), (3.0, 3), (None, None)])
def test_public_key_without_positive_integers_is_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(LocalProtocolError, match="invalid RSA key: expected two positive integers, n and e"):
        RsaPublicKey(*numbers)
    assert RsaPublicKey(1, 1) == RsaPublicKey(n=1, e=1)


@pytest.mark.parametrize("pem", [None, 5, bytearray(b"pem")])
def test_public_key_is_read_from_str_or_bytes_only(pem: str) -> None:
    with pytest.raises(LocalProtocolError, match=f"found {type(pem).__name__}, expected str or bytes"):
        RsaPublicKey.from_pem(pem)


def test_public_key_of_invalid_numbers_is_not_written() -> None:
    with pytest.raises(LocalProtocolError, match="invalid RSA key"):
        RsaPublicKey(3, 1).to_pem()


def test_numbers_are_hashed_for_the_fingerprint_as_tl_bytes() -> None:
    for bits, head in ((8 * 253, b"\xfd"), (8 * 254, b"\xfe\xfe\x00\x00"), (2048, b"\xfe\x00\x01\x00")):
        n = (1 << bits) - 1
        content = head + b"\xff" * (bits // 8)
        digest = sha1(content + bytes(-len(content) % 4) + b"\x03\x01\x00\x01").digest()
        assert RsaPublicKey(n, EXPONENT).fingerprint == int.from_bytes(digest[-8:], "little", signed=True)
    digest = sha1(b"\x01\x05\x00\x00" + b"\x02\x12\x34\x00").digest()
    assert RsaPublicKey(5, 0x1234).fingerprint == int.from_bytes(digest[-8:], "little", signed=True)


def test_repr_of_a_private_key_is_that_of_its_public_key() -> None:
    key = private_key()
    assert repr(key) == f"RsaPrivateKey(public_key={key.public_key!r})"
    assert key.fingerprint == key.public_key.fingerprint
