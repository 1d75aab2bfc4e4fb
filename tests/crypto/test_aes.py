from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto import aes
from sansio_tl.errors import LocalProtocolError
from tests.crypto import reference

blocks = st.integers(0, 40).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n))
keys = st.binary(min_size=32, max_size=32)


@pytest.fixture(params=["with cryptg", "without cryptg"])
def _both_implementations(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without cryptg":
        monkeypatch.setattr(aes, "CRYPTG", None)
    else:
        pytest.importorskip("cryptg")


@given(blocks, keys, keys)
def test_ige_decryption_inverts_encryption(data: bytes, key: bytes, iv: bytes) -> None:
    assert aes.ige_decrypt(aes.ige_encrypt(data, key, iv), key, iv) == data
    assert aes.ige_decrypt_by_ecb(aes.ige_encrypt_by_cbc(data, key, iv), key, iv) == data


@pytest.mark.usefixtures("_both_implementations")
@pytest.mark.parametrize(
    ("key", "iv", "plain", "encrypted"),
    [
        (
            bytes(range(32)).hex(),
            bytes(range(32)).hex(),
            bytes(range(32)).hex(),
            "e28112a53e5c89c7b1ea8071c133699fd4e86b26c4bac9fc5af1ab8ce27a44a4",
        ),
        (
            bytes(range(32)).hex(),
            bytes(range(32)).hex(),
            "e5777afacd7b2c16f7ac40cae61ef603fee6098fb8a8860ab9ee672cd7e5bacc",
            bytes(range(32)).hex(),
        ),
    ],
)
def test_ige_matches_the_test_vectors_of_other_libraries(key: str, iv: str, plain: str, encrypted: str) -> None:
    """Known answers that other libraries test themselves with."""
    for module in (aes, reference):
        assert module.ige_encrypt(bytes.fromhex(plain), bytes.fromhex(key), bytes.fromhex(iv)).hex() == encrypted
        assert module.ige_decrypt(bytes.fromhex(encrypted), bytes.fromhex(key), bytes.fromhex(iv)).hex() == plain


@given(blocks.filter(bool), keys, keys)
def test_every_ige_implementation_matches_the_reference(data: bytes, key: bytes, iv: bytes) -> None:
    encrypted = reference.ige_encrypt(data, key, iv)
    decrypted = reference.ige_decrypt(data, key, iv)
    assert aes.ige_encrypt(data, key, iv) == encrypted
    assert aes.ige_encrypt_by_cbc(data, key, iv) == encrypted
    assert aes.ige_decrypt(data, key, iv) == decrypted
    assert aes.ige_decrypt_by_ecb(data, key, iv) == decrypted


@pytest.mark.usefixtures("_both_implementations")
def test_ige_of_a_large_message_matches_the_reference() -> None:
    data, key, iv = os.urandom(1 << 17), os.urandom(32), os.urandom(32)
    assert aes.ige_encrypt(data, key, iv) == reference.ige_encrypt(data, key, iv)
    assert aes.ige_decrypt(data, key, iv) == reference.ige_decrypt(data, key, iv)


def test_changed_ige_block_garbles_every_later_block() -> None:
    """The infinite garble that names the mode, computed by the formula with single blocks."""
    key, iv = bytes(range(32)), bytes(range(32, 64))
    data = bytes(64)
    encrypted = aes.ige_encrypt(data, key, iv)
    damaged = encrypted[:16] + bytes([encrypted[16] ^ 1]) + encrypted[17:]
    decrypted = aes.ige_decrypt(damaged, key, iv)
    assert decrypted[:16] == data[:16]
    assert all(decrypted[at : at + 16] != data[at : at + 16] for at in (16, 32, 48))


@pytest.mark.usefixtures("_both_implementations")
@pytest.mark.parametrize(
    ("data", "key", "iv"), [(15, 32, 32), (17, 32, 32), (16, 16, 32), (16, 33, 32), (16, 32, 16), (16, 32, 48)]
)
def test_ige_refuses_wrong_lengths_of_data_key_and_iv(data: int, key: int, iv: int) -> None:
    for function in (aes.ige_encrypt, aes.ige_decrypt):
        with pytest.raises(LocalProtocolError, match=f"found {data}, {key} and {iv}"):
            function(bytes(data), bytes(key), bytes(iv))


@pytest.mark.interpreted
def test_cryptg_is_used_if_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("cryptg")
    monkeypatch.setitem(sys.modules, "cryptg", module)
    assert aes.find_cryptg() is module
    monkeypatch.setitem(sys.modules, "cryptg", None)
    assert aes.find_cryptg() is None


@pytest.mark.interpreted
def test_ige_is_computed_by_cryptg_if_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(
        encrypt_ige=lambda data, key, iv: b"encrypted", decrypt_ige=lambda data, key, iv: b"decrypted"
    )
    monkeypatch.setattr(aes, "CRYPTG", found)
    assert aes.ige_encrypt(bytes(16), bytes(32), bytes(32)) == b"encrypted"
    assert aes.ige_decrypt(bytes(16), bytes(32), bytes(32)) == b"decrypted"
