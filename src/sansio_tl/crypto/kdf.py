"""Key derivation for MTProto 2.0 messages and the auth key handshake.

A message's AES key comes from the auth key and from the message key, which is a hash of the padded plaintext. That
makes the message key a MAC as well: the receiver computes it again from the decrypted data (EN3). The two directions
use different parts of the auth key, shifted by x: 0 for messages from the client, 8 for messages from the server.

    auth key (256 bytes)   0 .. 76+x  feeds key and iv,   88+x .. 120+x  feeds the message key

Section "Defining AES Key and Initialization Vector" of core.telegram.org/mtproto/description.
"""

from __future__ import annotations

from hashlib import sha1, sha256

from sansio_tl.role import CLIENT, Role

_SERVER_SHIFT = 8
"""x of the server's messages."""
_begin = sha256().copy
"""Copying a fresh hash object takes half as long as creating one, which looks the algorithm up by name each time."""


def message_key_large(auth_key: bytes, padded_plaintext: bytes, sender: Role) -> bytes:
    """The 32 bytes `msg_key_large` of a plaintext *with* its padding; `auth_key` is 256 bytes.

    Bytes 8 to 24 are the message key; bytes 0 to 4 become the token of a quick acknowledgement (TR4).
    """
    x = 0 if sender is CLIENT else _SERVER_SHIFT
    state = _begin()
    state.update(auth_key[88 + x : 120 + x])
    state.update(padded_plaintext)
    return state.digest()


def message_key(auth_key: bytes, padded_plaintext: bytes, sender: Role) -> bytes:
    """The 16-byte message key of a plaintext *with* its padding; `auth_key` is 256 bytes."""
    return message_key_large(auth_key, padded_plaintext, sender)[8:24]


def aes_key_iv(auth_key: bytes, msg_key: bytes, sender: Role) -> tuple[bytes, bytes]:
    """The AES key and iv, 32 bytes each, of the message with the 16-byte `msg_key`; `auth_key` is 256 bytes."""
    x = 0 if sender is CLIENT else _SERVER_SHIFT
    state = _begin()
    state.update(msg_key + auth_key[x : x + 36])
    a = state.digest()
    state = _begin()
    state.update(auth_key[40 + x : 76 + x] + msg_key)
    b = state.digest()
    return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]


def handshake_key_iv(server_nonce: bytes, new_nonce: bytes) -> tuple[bytes, bytes]:
    """`tmp_aes_key` and `tmp_aes_iv` of the handshake, 32 bytes each, from nonces of 16 and 32 bytes.

    They protect `encrypted_answer` and `encrypted_data`. Only a peer that can decrypt the RSA block knows `new_nonce`.
    """
    new_server = sha1(new_nonce + server_nonce, usedforsecurity=False).digest()
    server_new = sha1(server_nonce + new_nonce, usedforsecurity=False).digest()
    new_new = sha1(new_nonce + new_nonce, usedforsecurity=False).digest()
    return new_server + server_new[:12], server_new[12:] + new_new + new_nonce[:4]


def new_nonce_hash(new_nonce: bytes, number: int, auth_key: bytes) -> bytes:
    """`new_nonce_hash1`, 2 or 3 (HS14), 16 bytes: proof that the server has the same key and sent this answer.

    `number` is 1 for dh_gen_ok, 2 for dh_gen_retry and 3 for dh_gen_fail.
    """
    aux_hash = sha1(auth_key, usedforsecurity=False).digest()[:8]
    return sha1(new_nonce + bytes([number]) + aux_hash, usedforsecurity=False).digest()[4:]


def binding_key_iv(auth_key: bytes, msg_key: bytes) -> tuple[bytes, bytes]:
    """The AES key and iv of MTProto 1, 32 bytes each, which only auth.bindTempAuthKey still uses (HS18)."""
    a = sha1(msg_key + auth_key[:32], usedforsecurity=False).digest()
    b = sha1(auth_key[32:48] + msg_key + auth_key[48:64], usedforsecurity=False).digest()
    c = sha1(auth_key[64:96] + msg_key, usedforsecurity=False).digest()
    d = sha1(msg_key + auth_key[96:128], usedforsecurity=False).digest()
    return a[:8] + b[8:] + c[4:16], a[8:] + b[:8] + c[16:] + d[:8]
