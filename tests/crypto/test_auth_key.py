from __future__ import annotations

import pickle
from hashlib import sha1

import pytest

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError


def test_key_id_and_aux_hash_are_the_two_ends_of_the_sha1() -> None:
    key = AuthKey(bytes(range(256)))
    digest = sha1(key.key).digest()
    assert (key.aux_hash, key.id) == (digest[:8], digest[12:])


@pytest.mark.parametrize("size", [0, 255, 257])
def test_auth_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"found {size} bytes, expected 256"):
        AuthKey(bytes(size))


def test_repr_shows_the_id_and_not_the_key() -> None:
    key = AuthKey(b"secret!!" * 32)
    assert "secret" not in repr(key)
    assert repr(key.id) in repr(key)


def test_equal_keys_are_equal_and_survive_pickling() -> None:
    key = AuthKey(bytes(256))
    assert key == AuthKey(bytes(256))
    assert hash(key) == hash(AuthKey(bytes(256)))
    assert key != AuthKey(b"\1" * 256)
    assert pickle.loads(pickle.dumps(key)) == key
