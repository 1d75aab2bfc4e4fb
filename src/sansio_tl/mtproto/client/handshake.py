"""The client's part of the auth key handshake.

    req_pq_multi(nonce)                            ->
                                                   <-  resPQ(server_nonce, pq, fingerprints)
    req_DH_params(p, q, RSA_PAD(new_nonce ...))    ->
                                                   <-  server_DH_params_ok(IGE(g, dh_prime, g_a, server_time))
    set_client_DH_params(IGE(g_b))                 ->
                                                   <-  dh_gen_ok | dh_gen_retry | dh_gen_fail

Bodies in, bodies out; plain messages and the framing are the connection's. Protocol: "Creating an authorization key".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha1
from hmac import compare_digest
from typing import NamedTuple, TypeAlias, TypeVar

from sansio_tl import codec, functions, types
from sansio_tl.computation import Computing, Job, compute
from sansio_tl.crypto import dh
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.factorization import Factorization, continue_factorization
from sansio_tl.crypto.kdf import handshake_key_iv, new_nonce_hash
from sansio_tl.crypto.modular import power
from sansio_tl.crypto.rsa import RsaPublicKey, rsa_pad
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
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
_Step: TypeAlias = "Computing[bytes | None]"


class ClientHandshake:
    """One handshake: `start`, then `receive` each answer until `negotiated` is set."""

    def __init__(
        self,
        *,
        public_keys: tuple[RsaPublicKey, ...],
        dc: int,
        entropy: Entropy,
        limits: Limits,
        expires_in: int | None = None,
    ) -> None:
        """`dc` is the data center as HS6 wants it; `expires_in` seconds makes a temporary key."""
        self.negotiated: HandshakeResult | None = None
        """The outcome, once there is one."""
        self._public_keys = {key.fingerprint: key for key in public_keys}
        self._dc = dc
        self._expires_in = expires_in
        self._entropy = entropy
        self._limits = limits
        self._nonce = entropy(16)
        self._server_nonce = b""
        self._new_nonce = b""
        self._tmp_key_iv = (b"", b"")
        self._group: types.mtproto.ServerDHInnerData | None = None
        self._auth_key: AuthKey | None = None
        self._retries = 0
        self._step: Callable[[bytes], _Step] = self._on_res_pq

    def start(self) -> bytes:
        """The body of the first message."""
        return codec.encode(functions.mtproto.ReqPqMulti(nonce=self._nonce))

    def receive(self, body: bytes) -> bytes | None:
        """Take the server's answer; returns the body of our next message, None when the handshake is over.

        Raises RemoteProtocolError HS1 to HS14.
        """
        return compute(self._step(body))

    def step(self, body: bytes) -> Computing[bytes | None]:
        """As `receive`, but the computations are left to the caller."""
        return self._step(body)

    def _on_res_pq(self, body: bytes) -> _Step:
        answer = _decode(body, types.mtproto.ResPQ)
        check_nonce(answer.nonce, self._nonce)
        self._server_nonce = answer.server_nonce
        p, q = yield from _split_pq(answer.pq)
        public_key = self._choose_key(answer.server_public_key_fingerprints)
        self._new_nonce = self._entropy(32)
        inner = self._inner_data(answer.pq, minimal_bytes(p), minimal_bytes(q))
        self._step = self._on_dh_params
        return codec.encode(
            functions.mtproto.ReqDHParams(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                p=minimal_bytes(p),
                q=minimal_bytes(q),
                public_key_fingerprint=public_key.fingerprint,
                encrypted_data=rsa_pad(codec.encode(inner), public_key, self._entropy),
            )
        )

    def _choose_key(self, fingerprints: Sequence[int]) -> RsaPublicKey:
        """HS4: only a key that we were configured with will do."""
        for fingerprint in fingerprints:
            if fingerprint in self._public_keys:
                return self._public_keys[fingerprint]
        offered = ", ".join(f"{fingerprint & (1 << 64) - 1:016x}" for fingerprint in fingerprints[:8])
        ours = ", ".join(f"{fingerprint & (1 << 64) - 1:016x}" for fingerprint in self._public_keys)
        raise RemoteProtocolError(
            "HS4",
            f"the server has none of the RSA keys of Config.public_keys ({ours}); it offers {offered or 'none'}. "
            "The keys differ between Telegram's production, its test environment (Config.test_mode) and other servers",
        )

    def _inner_data(self, pq: bytes, p: bytes, q: bytes) -> types.mtproto.TypePQInnerData:
        """HS6: the data center is named, so that the answer cannot come from another one."""
        nonces = (self._nonce, self._server_nonce, self._new_nonce)
        if self._expires_in is None:
            return types.mtproto.PQInnerDataDc(pq, p, q, *nonces, self._dc)
        return types.mtproto.PQInnerDataTempDc(pq, p, q, *nonces, self._dc, self._expires_in)

    def _on_dh_params(self, body: bytes) -> _Step:
        answer = codec.decode(body)
        if not isinstance(answer, types.mtproto.ServerDHParamsOk | types.mtproto.ServerDHParamsFail):
            raise _out_of_turn(answer)
        check_nonce(answer.nonce, self._nonce)
        check_server_nonce(answer.server_nonce, self._server_nonce)
        if isinstance(answer, types.mtproto.ServerDHParamsFail):
            if not compare_digest(answer.new_nonce_hash, sha1(self._new_nonce, usedforsecurity=False).digest()[4:]):
                raise RemoteProtocolError("HS14", "new_nonce_hash of server_DH_params_fail is wrong")
            raise RemoteProtocolError("HS14", "the server refused our answer to its pq (server_DH_params_fail)")
        self._tmp_key_iv = handshake_key_iv(self._server_nonce, self._new_nonce)
        inner = _decode(open_inner(answer.encrypted_answer, *self._tmp_key_iv), types.mtproto.ServerDHInnerData)
        check_nonce(inner.nonce, self._nonce)
        check_server_nonce(inner.server_nonce, self._server_nonce)
        prime = int.from_bytes(inner.dh_prime, "big")
        check_group = partial(dh.check_group, prime, inner.g)
        if prime == dh.KNOWN_PRIME:
            check_group()
        else:
            yield Job(check_group, type(None))
        dh.check_public(int.from_bytes(inner.g_a, "big"), prime)
        self._group = inner
        return (yield from self._send_g_b(inner, retry_id=0))

    def _send_g_b(self, group: types.mtproto.ServerDHInnerData, retry_id: int) -> _Step:
        """HS13: b is 2048 bits from the injected source of randomness."""
        prime = int.from_bytes(group.dh_prime, "big")
        b = int.from_bytes(self._entropy(256), "big")
        made = yield Job(partial(_exchange, group.g, int.from_bytes(group.g_a, "big"), b, prime), _Exchange)
        try:
            dh.check_public(made.g_b, prime)
        except RemoteProtocolError as error:
            raise LocalProtocolError("the entropy source gave a secret exponent that is not random") from error
        self._auth_key = made.auth_key
        inner = types.mtproto.ClientDHInnerData(
            nonce=self._nonce, server_nonce=self._server_nonce, retry_id=retry_id, g_b=minimal_bytes(made.g_b)
        )
        self._step = self._on_dh_gen
        return codec.encode(
            functions.mtproto.SetClientDHParams(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                encrypted_data=seal_inner(codec.encode(inner), *self._tmp_key_iv, self._entropy),
            )
        )

    def _on_dh_gen(self, body: bytes) -> _Step:
        answer = codec.decode(body)
        if not isinstance(answer, types.mtproto.DhGenOk | types.mtproto.DhGenRetry | types.mtproto.DhGenFail):
            raise _out_of_turn(answer)
        check_nonce(answer.nonce, self._nonce)
        check_server_nonce(answer.server_nonce, self._server_nonce)
        group, auth_key = self._group, self._auth_key
        if group is None or auth_key is None:
            raise LocalProtocolError("the handshake has not come this far")
        match answer:
            case types.mtproto.DhGenOk():
                self._check_hash(answer.new_nonce_hash1, 1, auth_key)
                self.negotiated = HandshakeResult(
                    auth_key,
                    first_salt(self._new_nonce, self._server_nonce),
                    group.server_time,
                    self._dc,
                    self._expires_in,
                )
                self._step = self._on_anything_more
                return None
            case types.mtproto.DhGenRetry():
                self._check_hash(answer.new_nonce_hash2, 2, auth_key)
                self._retries += 1
                if self._retries > self._limits.max_dh_retries:
                    raise RemoteProtocolError("HS14", f"the server asked for {self._retries} retries (dh_gen_retry)")
                retry_id = int.from_bytes(auth_key.aux_hash, "little", signed=True)
                return (yield from self._send_g_b(group, retry_id))
            case types.mtproto.DhGenFail():
                self._check_hash(answer.new_nonce_hash3, 3, auth_key)
                raise RemoteProtocolError("HS14", "the server refused the key (dh_gen_fail)")

    def _check_hash(self, received: bytes, number: int, auth_key: AuthKey) -> None:
        """HS14: the hash proves that the answer comes from who knows new_nonce and the key."""
        if not compare_digest(received, new_nonce_hash(self._new_nonce, number, auth_key.key)):
            raise RemoteProtocolError("HS14", f"new_nonce_hash{number} is wrong")

    def _on_anything_more(self, body: bytes) -> _Step:
        raise RemoteProtocolError("HS17", f"a plain message of {len(body)} bytes after the handshake")


def _split_pq(pq: bytes) -> Computing[tuple[int, int]]:
    """HS3: at most 8 bytes and 2**63-1, a product of two primes. In jobs of less than 1 ms."""
    if not 0 < len(pq) <= 8 or (len(pq) == 8 and pq[0] > 127):
        raise RemoteProtocolError("HS3", f"pq of {len(pq)} bytes is not a number below 2**63")
    state = Factorization(int.from_bytes(pq, "big"))
    while state.primes is None:
        state = yield Job(partial(continue_factorization, state), Factorization)
    return state.primes


class _Exchange(NamedTuple):
    """Our public number, and the key that both sides have then."""

    g_b: int
    auth_key: AuthKey


def _exchange(g: int, g_a: int, b: int, prime: int) -> _Exchange:
    return _Exchange(power(g, b, prime), derive_auth_key(power(g_a, b, prime)))


def _decode(body: bytes, expected: type[T]) -> T:
    """The answer, if it is the one that may come now."""
    answer = codec.decode(body)
    if isinstance(answer, expected):
        return answer
    raise _out_of_turn(answer)


def _out_of_turn(answer: TLObject) -> RemoteProtocolError:
    return RemoteProtocolError("HS17", f"{answer.NAME} does not belong at this step of the handshake")
