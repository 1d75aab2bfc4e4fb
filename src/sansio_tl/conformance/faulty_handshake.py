"""The server's part of a handshake in which each answer can be changed before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha1
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.dh import KNOWN_PRIME, power
from sansio_tl.crypto.kdf import handshake_key_iv, new_nonce_hash
from sansio_tl.crypto.rsa import RsaPrivateKey, rsa_unpad, rsa_unpad_legacy
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto.handshake_common import HandshakeResult, derive_auth_key, first_salt, minimal_bytes, open_inner


def decrypted(data: bytes, key: bytes, iv: bytes) -> bytes:
    """An encrypted part of the handshake, whatever it contains; empty if it is no whole number of blocks."""
    return b"" if len(data) % 16 else ige_decrypt(data, key, iv)


def draw_nonce(entropy: Entropy, size: int) -> bytes:
    """A nonce that does not begin with a zero byte: some peers drop it, and the cases about that say so."""
    drawn = entropy(size)
    return drawn if drawn[0] else b"\1" + drawn[1:]


P, Q = 1_229_739_323, 1_402_015_859
Edit = Callable[[Any, "FaultyHandshake"], Any]


class FaultyHandshake:
    """One handshake.

    `edits` change an answer; they are named ``res_pq``, ``inner`` (server_DH_inner_data), ``plain`` (with its hash and
    padding), ``encrypted``, ``dh_params`` and ``dh_gen``.
    """

    def __init__(self, edits: Mapping[str, Edit], private_key: RsaPrivateKey, entropy: Entropy, now: float) -> None:
        self.negotiated: HandshakeResult | None = None
        """The outcome, once there is one."""
        self.applied = False
        """Whether an edit was used."""
        self.legacy_padding = False
        """Whether the client has used the RSA padding with SHA-1 in place of RSA_PAD."""
        self.request: functions.mtproto.ReqDHParams | None = None
        self.inner: types.mtproto.TypePQInnerData | None = None
        """p_q_inner_data of the client."""
        self.client_inner: types.mtproto.ClientDHInnerData | None = None
        self.nonce = b""
        self.server_nonce = b""
        self.new_nonce = b""
        self.auth_key: AuthKey | None = None
        self.pq: bytes = (P * Q).to_bytes(8, "big")
        self.retries_sent = 0
        self.shared: int | None = None
        """g_ab, for edits that make a public value of which the exponent is not known."""
        self.attempts = 0
        """How often set_client_DH_params has come."""
        self.opened = b""
        """The encrypted part of the message that was received last, decrypted."""
        self.sealed = b""
        """The encrypted part of the answer to it, before it was encrypted."""
        self.edits = dict(edits)
        self._private_key = private_key
        self._entropy = entropy
        self._now = now
        self._a = 0
        self._key_iv = (b"", b"")

    @property
    def has_leading_zero(self) -> bool:
        """Whether a number begins with a zero byte that is not of the suite's making: some clients drop it."""
        key = self.auth_key if self.negotiated and not self.applied else None
        return self.new_nonce[:1] == b"\0" or (key is not None and key.key[:1] == b"\0")

    @property
    def fingerprint(self) -> int:
        """The fingerprint of the key that the client knows."""
        return self._private_key.fingerprint

    def receive(self, body: bytes) -> bytes:
        """The answer to a message. Raises RemoteProtocolError for what is no message of a handshake."""
        self.opened = self.sealed = b""
        message, _ = codec.decode_prefix(body)
        match message:
            case functions.mtproto.ReqPqMulti() | functions.mtproto.ReqPq():
                answer = self._res_pq(message.nonce)
            case functions.mtproto.ReqDHParams():
                answer = self._dh_params(message)
            case functions.mtproto.SetClientDHParams():
                answer = self._dh_gen(message)
            case _:
                raise RemoteProtocolError("HS17", f"{message.NAME} is no message of a handshake")
        return answer if isinstance(answer, bytes) else codec.encode(answer)

    def entropy(self, size: int) -> bytes:
        """Random bytes, for edits."""
        return self._entropy(size)

    def hash_of(self, number: int) -> bytes:
        """new_nonce_hash1, 2 or 3, for edits."""
        return new_nonce_hash(self.new_nonce, number, b"" if self.auth_key is None else self.auth_key.key)

    def _edit(self, name: str, value: object) -> Any:
        edit = self.edits.get(name)
        if edit is None:
            return value
        self.applied = True
        return edit(value, self)

    def _res_pq(self, nonce: bytes) -> Any:
        self.nonce, self.server_nonce = nonce, draw_nonce(self._entropy, 16)
        return self._edit(
            "res_pq",
            types.mtproto.ResPQ(
                nonce=nonce,
                server_nonce=self.server_nonce,
                pq=self.pq,
                server_public_key_fingerprints=[self._private_key.fingerprint],
            ),
        )

    def _dh_params(self, request: functions.mtproto.ReqDHParams) -> Any:
        self.request = request
        try:
            padded = rsa_unpad(request.encrypted_data, self._private_key)
        except RemoteProtocolError:
            padded = rsa_unpad_legacy(request.encrypted_data, self._private_key)
            self.legacy_padding = True
        self.opened = padded
        inner, _ = codec.decode_prefix(padded)
        if not isinstance(
            inner,
            types.mtproto.PQInnerData
            | types.mtproto.PQInnerDataDc
            | types.mtproto.PQInnerDataTemp
            | types.mtproto.PQInnerDataTempDc,
        ):
            raise RemoteProtocolError("HS17", f"{inner.NAME} is no p_q_inner_data")
        self.inner, self.new_nonce = inner, inner.new_nonce
        self._key_iv = handshake_key_iv(self.server_nonce, self.new_nonce)
        self._a = int.from_bytes(self._entropy(256), "big")
        answer = self._edit(
            "inner",
            types.mtproto.ServerDHInnerData(
                nonce=self.nonce,
                server_nonce=self.server_nonce,
                g=3,
                dh_prime=minimal_bytes(KNOWN_PRIME),
                g_a=minimal_bytes(power(3, self._a, KNOWN_PRIME)),
                server_time=int(self._now),
            ),
        )
        self._prime, self._generator = int.from_bytes(answer.dh_prime, "big"), answer.g
        data = codec.encode(answer)
        hashed = sha1(data, usedforsecurity=False).digest() + data
        hashed = self._edit("plain", hashed + self._entropy(-len(hashed) % 16))
        self.sealed = hashed
        encrypted = self._edit("encrypted", ige_encrypt(hashed, *self._key_iv))
        return self._edit("dh_params", types.mtproto.ServerDHParamsOk(self.nonce, self.server_nonce, encrypted))

    def public_value(self, generator: int, prime: int = KNOWN_PRIME) -> bytes:
        """The server's public value with another group, for edits."""
        return minimal_bytes(power(generator, self._a, prime))

    def use_exponent(self, exponent: int) -> bytes:
        """Use this exponent of the server, for edits; returns its public value."""
        self._a = exponent
        return self.public_value(3)

    def _dh_gen(self, request: functions.mtproto.SetClientDHParams) -> Any:
        self.opened = decrypted(request.encrypted_data, *self._key_iv)
        inner = codec.decode(open_inner(request.encrypted_data, *self._key_iv))
        if not isinstance(inner, types.mtproto.ClientDHInnerData):
            raise RemoteProtocolError("HS17", f"{inner.NAME} is no client_DH_inner_data")
        self.client_inner = inner
        self.attempts += 1
        g_ab = power(int.from_bytes(inner.g_b, "big"), self._a, self._prime) if self.shared is None else self.shared
        self.auth_key = derive_auth_key(g_ab)
        expires_in = getattr(self.inner, "expires_in", None)
        dc = getattr(self.inner, "dc", None)
        salt = first_salt(self.new_nonce, self.server_nonce)
        answer = self._edit("dh_gen", types.mtproto.DhGenOk(self.nonce, self.server_nonce, self.hash_of(1)))
        if isinstance(answer, types.mtproto.DhGenRetry):
            self.retries_sent += 1
        else:
            self.negotiated = HandshakeResult(self.auth_key, salt, int(self._now), dc, expires_in)
        return answer
