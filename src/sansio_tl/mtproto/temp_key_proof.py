"""auth.bindTempAuthKey: how a temporary key proves that the permanent one stands behind it (HS18).

For perfect forward secrecy, traffic is encrypted with temporary keys. The proof is a message encrypted by the rules of
MTProto 1 with the permanent key, sent over the temporary one:

    perm_auth_key_id 8 | msg_key 16 | IGE( random 16 | msg_id 8 | seqno 4 = 0 | length 4 = 40 | inner 40 | padding 8 )

`inner` is bind_auth_key_inner. msg_id is that of the outer message, msg_key is SHA1 of the 72 bytes before the padding.
Section "Binding" of core.telegram.org/method/auth.bindTempAuthKey.
"""

from __future__ import annotations

from hashlib import sha1
from hmac import compare_digest
from struct import Struct

from sansio_tl import codec, functions, types
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import binding_key_iv
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError

_HEAD = Struct("<16sqii")
_INNER_SIZE = 40
_PLAIN_SIZE = _HEAD.size + _INNER_SIZE
_PADDING = 8
_MESSAGE_SIZE = 24 + _PLAIN_SIZE + _PADDING


def bind(
    *, permanent: AuthKey, temporary: AuthKey, session_id: int, msg_id: int, expires_at: int, entropy: Entropy
) -> functions.auth.BindTempAuthKey:
    """The request that binds `temporary` to `permanent`; it must leave with exactly this `msg_id`.

    `expires_at` is the absolute server time, in seconds, at which the temporary key ends.
    """
    nonce = int.from_bytes(entropy(8), "little", signed=True)
    inner = types.mtproto.BindAuthKeyInner(
        nonce=nonce,
        temp_auth_key_id=_as_long(temporary.id),
        perm_auth_key_id=_as_long(permanent.id),
        temp_session_id=session_id,
        expires_at=expires_at,
    )
    plain = _HEAD.pack(entropy(16), msg_id, 0, _INNER_SIZE) + codec.encode(inner)
    msg_key = sha1(plain, usedforsecurity=False).digest()[4:]
    sealed = ige_encrypt(plain + entropy(_PADDING), *binding_key_iv(permanent.key, msg_key))
    return functions.auth.BindTempAuthKey(
        perm_auth_key_id=_as_long(permanent.id),
        nonce=nonce,
        expires_at=expires_at,
        encrypted_message=permanent.id + msg_key + sealed,
    )


def check_binding(
    request: functions.auth.BindTempAuthKey, *, permanent: AuthKey, temporary: AuthKey, session_id: int, msg_id: int
) -> None:
    """The server's part: raises RemoteProtocolError HS18 unless the request proves the binding."""
    message = request.encrypted_message
    if len(message) != _MESSAGE_SIZE or message[:8] != permanent.id:
        raise RemoteProtocolError("HS18", "encrypted_message is not made with that permanent key")
    msg_key = message[8:24]
    plain = ige_decrypt(message[24:], *binding_key_iv(permanent.key, msg_key))[:_PLAIN_SIZE]
    if not compare_digest(sha1(plain, usedforsecurity=False).digest()[4:], msg_key):
        raise RemoteProtocolError("HS18", "the msg_key of encrypted_message is wrong")
    _, inner_msg_id, seqno, length = _HEAD.unpack_from(plain)
    if (inner_msg_id, seqno, length) != (msg_id, 0, _INNER_SIZE):
        raise RemoteProtocolError("HS18", "the inner message does not bear the numbers of the outer one")
    expected = types.mtproto.BindAuthKeyInner(
        nonce=request.nonce,
        temp_auth_key_id=_as_long(temporary.id),
        perm_auth_key_id=_as_long(permanent.id),
        temp_session_id=session_id,
        expires_at=request.expires_at,
    )
    if plain[_HEAD.size :] != codec.encode(expected):
        raise RemoteProtocolError("HS18", "bind_auth_key_inner names other keys, another session or another time")


def _as_long(key_id: bytes) -> int:
    return int.from_bytes(key_id, "little", signed=True)
