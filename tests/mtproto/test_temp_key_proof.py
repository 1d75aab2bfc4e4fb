"""HS18: a temporary key is bound by a proof of the permanent one."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import binding_key_iv
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.functions.auth import BindTempAuthKey
from sansio_tl.mtproto.temp_key_proof import bind, check_binding
from tests.helpers.entropy import SeededEntropy

PERMANENT, TEMPORARY, OTHER = (AuthKey(SeededEntropy(name)(256)) for name in ("permanent", "temporary", "other"))
SESSION, MSG_ID, EXPIRES_AT = -5, 7 << 32, 2_000_000_000


def request(**changes: Any) -> BindTempAuthKey:
    facts: dict[str, Any] = {
        "permanent": PERMANENT,
        "temporary": TEMPORARY,
        "session_id": SESSION,
        "msg_id": MSG_ID,
        "expires_at": EXPIRES_AT,
        "entropy": SeededEntropy("bind"),
    }
    return bind(**facts | changes)


def check(query: BindTempAuthKey) -> None:
    check_binding(query, permanent=PERMANENT, temporary=TEMPORARY, session_id=SESSION, msg_id=MSG_ID)


def test_HS18_proof_is_104_bytes_and_accepted() -> None:
    query = request()
    assert len(query.encrypted_message) == 104
    assert query.encrypted_message[:8] == PERMANENT.id
    check(query)


@pytest.mark.parametrize(
    "changes",
    [
        {"permanent": OTHER},
        {"temporary": OTHER},
        {"session_id": SESSION + 1},
        {"msg_id": MSG_ID + 4},
    ],
    ids=str,
)
def test_HS18_proof_with_other_values_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError, match="HS18"):
        check(request(**changes))


def test_HS18_outer_fields_that_differ_from_the_proof_are_refused() -> None:
    query = request()
    for wrong in (
        replace(query, nonce=query.nonce ^ 1),
        replace(query, expires_at=EXPIRES_AT + 1),
        replace(query, encrypted_message=query.encrypted_message[:-16]),
        replace(query, encrypted_message=query.encrypted_message[:30] + bytes(74)),
        replace(query, encrypted_message=OTHER.id + query.encrypted_message[8:]),
    ):
        with pytest.raises(RemoteProtocolError, match="HS18"):
            check(wrong)


def test_HS18_wrong_msg_key_of_the_proof_is_refused() -> None:
    """Everything else is right: who holds the permanent key can make such a message, and must not."""
    good = request()
    key_iv = binding_key_iv(PERMANENT.key, good.encrypted_message[8:24])
    plain = ige_decrypt(good.encrypted_message[24:], *key_iv)
    other = bytes(16)
    sealed = ige_encrypt(plain, *binding_key_iv(PERMANENT.key, other))
    with pytest.raises(RemoteProtocolError, match="HS18: the msg_key"):
        check(replace(good, encrypted_message=PERMANENT.id + other + sealed))
