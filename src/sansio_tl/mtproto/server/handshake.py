"""The server's part of the auth key handshake; `mtproto/client/handshake.py` lists the messages.

The client may start again at any time with a new req_pq_multi. What breaks a rule raises RemoteProtocolError, which
the connection answers with transport error -404, as the data centers do.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial
from hmac import compare_digest
from typing import TypeAlias, TypeVar

from sansio_tl import codec, functions, types
from sansio_tl.computation import Computing, Job, compute
from sansio_tl.crypto import dh
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import handshake_key_iv, new_nonce_hash
from sansio_tl.crypto.modular import power
from sansio_tl.crypto.primes import random_prime
from sansio_tl.crypto.rsa import RsaPrivateKey, rsa_unpad, rsa_unpad_legacy
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.handshake_common import (
    HandshakeResult,
    check_nonce,
    check_server_nonce,
    derive_auth_key,
    first_salt,
    minimal_bytes,
    open_inner,
    seal_inner,
)
from sansio_tl.tl.objects import TLObject

T = TypeVar("T")
_InnerData: TypeAlias = "types.mtproto.PQInnerData | types.mtproto.PQInnerDataDc | types.mtproto.PQInnerDataTempDc"
_GENERATOR = 3
PQ_PRIME_BITS = 31
"""The product of two of these just fits into the 63 bits that pq may have."""
MAX_PADDING = 255
"""Bytes that may follow a client's message inside its stated length: TDLib pads its own with as many random ones."""
_MAX_INVALID_INNER_DATA = 8
"""How many invalid encrypted parts one handshake may send: each uses the RSA key."""


class WrongDataCenter(RemoteProtocolError):
    """The client requests a key of another data center (HS6); answered with transport error -444."""


class ServerHandshake:
    """One handshake after another: `receive` each message, look at `negotiated` after each."""

    def __init__(
        self,
        *,
        private_keys: tuple[RsaPrivateKey, ...],
        dc_id: int,
        known_keys: Container[bytes],
        accept_legacy_rsa: bool,
        pq_prime_bits: int,
        entropy: Entropy,
        limits: Limits,
    ) -> None:
        """`known_keys` holds the ids of keys that exist, so that a new one is never equal to one of them.

        `accept_legacy_rsa` also accepts the SHA1 padding and p_q_inner_data that older clients send.
        """
        self.negotiated: HandshakeResult | None = None
        """The outcome, once there is one."""
        self._private_keys = {key.public_key.fingerprint: key for key in private_keys}
        self._dc_id = dc_id
        self._known_keys = known_keys
        self._legacy = accept_legacy_rsa
        self._pq_prime_bits = pq_prime_bits
        self._entropy = entropy
        self._limits = limits
        self._step: Callable[[TLObject, float], Computing[bytes]] = self._nothing_begun

    @property
    def nonces(self) -> bytes | None:
        """The nonces in the client's next message: nonce | server_nonce; None when none is expected."""
        return None if self._step == self._nothing_begun else self._nonce + self._server_nonce

    @property
    def has_proof_of_work(self) -> bool:
        """Whether the client has found the factors of pq (HS3), which costs it more than a question."""
        return self._step == self._on_client_dh_params

    def receive(self, body: bytes, now: float) -> bytes:
        """Take the client's message and return the body of the answer. Raises RemoteProtocolError HS1 to HS17."""
        return compute(self.step(body, now))

    def step(self, body: bytes, now: float) -> Computing[bytes]:
        """As `receive`, but the computations are left to the caller."""
        message, size = codec.decode_prefix(body)
        if len(body) - size > MAX_PADDING:
            raise RemoteProtocolError("HS17", f"{len(body) - size} bytes after {message.NAME}, above {MAX_PADDING}")
        if isinstance(message, (functions.mtproto.ReqPqMulti, functions.mtproto.ReqPq)):
            return self._on_req_pq(message.nonce)
        return (yield from self._step(message, now))

    def _nothing_begun(self, message: TLObject, _now: float) -> Computing[bytes]:
        raise RemoteProtocolError("HS17", f"{message.NAME} before req_pq_multi")

    def _on_req_pq(self, nonce: bytes) -> bytes:
        self.negotiated = None
        self._nonce = nonce
        self._server_nonce = self._entropy(16)
        first = random_prime(self._pq_prime_bits, self._entropy)
        second = first
        while second == first:
            second = random_prime(self._pq_prime_bits, self._entropy)
        self._p, self._q = (minimal_bytes(prime) for prime in sorted((first, second)))
        self._pq = minimal_bytes(first * second)
        self._attempts = 0
        self._invalid_inner_data = 0
        self._retry_id = 0
        self._step = self._on_req_dh_params
        return codec.encode(
            types.mtproto.ResPQ(
                nonce=nonce,
                server_nonce=self._server_nonce,
                pq=self._pq,
                server_public_key_fingerprints=list(self._private_keys),
            )
        )

    def _on_req_dh_params(self, message: TLObject, now: float) -> Computing[bytes]:
        request = _expect(message, functions.mtproto.ReqDHParams)
        check_nonce(request.nonce, self._nonce)
        check_server_nonce(request.server_nonce, self._server_nonce)
        self._check_factors(request.p, request.q)
        private_key = self._private_keys.get(request.public_key_fingerprint)
        if private_key is None:
            raise RemoteProtocolError("HS4", "the client chose an RSA key that was not offered")
        try:
            inner = yield Job(
                partial(_open_inner_data, request.encrypted_data, private_key, legacy=self._legacy), TLObject
            )
            self._check_inner_data(inner)
            self._dc = self._check_dc(inner)
        except RemoteProtocolError:
            self._count_invalid_inner_data()
            raise
        self._expires_in = inner.expires_in if isinstance(inner, types.mtproto.PQInnerDataTempDc) else None
        self._new_nonce = inner.new_nonce
        return (yield from self._send_dh_params(now))

    def _send_dh_params(self, now: float) -> Computing[bytes]:
        self._a = int.from_bytes(self._entropy(256), "big")
        self._server_time = int(now)
        self._tmp_key_iv = handshake_key_iv(self._server_nonce, self._new_nonce)
        g_a = yield Job(partial(power, _GENERATOR, self._a, dh.KNOWN_PRIME), int)
        answer = types.mtproto.ServerDHInnerData(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            g=_GENERATOR,
            dh_prime=minimal_bytes(dh.KNOWN_PRIME),
            g_a=minimal_bytes(g_a),
            server_time=self._server_time,
        )
        self._step = self._on_client_dh_params
        return codec.encode(
            types.mtproto.ServerDHParamsOk(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                encrypted_answer=seal_inner(codec.encode(answer), *self._tmp_key_iv, self._entropy),
            )
        )

    def _on_client_dh_params(self, message: TLObject, _now: float) -> Computing[bytes]:
        request = _expect(message, functions.mtproto.SetClientDHParams)
        check_nonce(request.nonce, self._nonce)
        check_server_nonce(request.server_nonce, self._server_nonce)
        body = open_inner(request.encrypted_data, *self._tmp_key_iv)
        inner = _expect(codec.decode(body), types.mtproto.ClientDHInnerData)
        check_nonce(inner.nonce, self._nonce)
        check_server_nonce(inner.server_nonce, self._server_nonce)
        if inner.retry_id != self._retry_id:
            raise RemoteProtocolError("HS14", "retry_id does not name the key that was refused")
        g_b = int.from_bytes(inner.g_b, "big")
        dh.check_public(g_b, dh.KNOWN_PRIME)
        auth_key = yield Job(partial(_make_auth_key, g_b, self._a), AuthKey)
        if auth_key.id in self._known_keys:
            return self._ask_again(auth_key)
        salt = first_salt(self._new_nonce, self._server_nonce)
        self.negotiated = HandshakeResult(auth_key, salt, self._server_time, self._dc, self._expires_in)
        self._step = self._nothing_begun
        return codec.encode(
            types.mtproto.DhGenOk(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                new_nonce_hash1=new_nonce_hash(self._new_nonce, 1, auth_key.key),
            )
        )

    def _ask_again(self, auth_key: AuthKey) -> bytes:
        """HS14: two keys may not share an id; the client draws another b, a bounded number of times."""
        self._attempts += 1
        nonces = (self._nonce, self._server_nonce)
        if self._attempts > self._limits.max_dh_retries:
            self._step = self._nothing_begun
            return codec.encode(types.mtproto.DhGenFail(*nonces, new_nonce_hash(self._new_nonce, 3, auth_key.key)))
        self._retry_id = int.from_bytes(auth_key.aux_hash, "little", signed=True)
        return codec.encode(types.mtproto.DhGenRetry(*nonces, new_nonce_hash(self._new_nonce, 2, auth_key.key)))

    def _check_inner_data(self, inner: _InnerData) -> None:
        check_nonce(inner.nonce, self._nonce)
        check_server_nonce(inner.server_nonce, self._server_nonce)
        self._check_factors(inner.p, inner.q)
        if not compare_digest(inner.pq, self._pq):
            raise RemoteProtocolError("HS3", "p_q_inner_data has another pq")

    def _count_invalid_inner_data(self) -> None:
        """HS22: a handshake survives what does not decrypt, but an attacker gets no unlimited use of the RSA key."""
        self._invalid_inner_data += 1
        if self._invalid_inner_data >= _MAX_INVALID_INNER_DATA:
            self._step = self._nothing_begun

    def _check_factors(self, p: bytes, q: bytes) -> None:
        """HS3: p < q, both as minimal big-endian bytes."""
        if not (compare_digest(p, self._p) and compare_digest(q, self._q)):
            raise RemoteProtocolError("HS3", "p and q are not the factors of pq in minimal form")

    def _check_dc(self, inner: _InnerData) -> int | None:
        """HS6: the client names this data center; test ones add 10000, media ones change the sign."""
        if not isinstance(inner, (types.mtproto.PQInnerDataDc, types.mtproto.PQInnerDataTempDc)):
            if not self._legacy:
                raise RemoteProtocolError("HS6", f"{inner.NAME} does not name a data center")
            return None
        if abs(inner.dc) % 10000 != self._dc_id:
            raise WrongDataCenter("HS6", f"invalid data center: found {inner.dc}, expected {self._dc_id}")
        return inner.dc


def _make_auth_key(g_b: int, a: int) -> AuthKey:
    return derive_auth_key(power(g_b, a, dh.KNOWN_PRIME))


def _open_inner_data(encrypted: bytes, private_key: RsaPrivateKey, *, legacy: bool) -> _InnerData:
    """HS5: RSA_PAD; the old padding only where it was allowed."""
    try:
        return _inner_data(rsa_unpad(encrypted, private_key))
    except RemoteProtocolError:
        if not legacy:
            raise
    return _inner_data(rsa_unpad_legacy(encrypted, private_key))


def _inner_data(padded: bytes) -> _InnerData:
    inner, _ = codec.decode_prefix(padded)
    if isinstance(inner, types.mtproto.PQInnerData | types.mtproto.PQInnerDataDc | types.mtproto.PQInnerDataTempDc):
        return inner
    raise _out_of_turn(inner)


def _expect(message: TLObject, expected: type[T]) -> T:
    if isinstance(message, expected):
        return message
    raise _out_of_turn(message)


def _out_of_turn(message: TLObject) -> RemoteProtocolError:
    return RemoteProtocolError("HS17", f"{message.NAME} does not belong at this step of the handshake")
