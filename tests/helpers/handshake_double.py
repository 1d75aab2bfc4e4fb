"""A server of the handshake that makes each mistake on request.

Written from the protocol's text and apart from `handshake_server`, so that the client is tested against two servers.
Each answer passes through an edit before it is sent:
``HandshakeServerDouble({"res_pq": lambda answer: replace(answer, ...)})``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha1
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.kdf import handshake_key_iv, new_nonce_hash
from sansio_tl.crypto.rsa import rsa_unpad
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

P, Q = 1_229_739_323, 1_402_015_859
SERVER_TIME = 1_800_000_000
Edit = Callable[[Any], Any]


class HandshakeServerDouble:
    """Answers the three requests; `edits` are named res_pq, dh_params, inner, plain, encrypted, dh_gen."""

    def __init__(self, edits: Mapping[str, Edit] | None = None, *, retries: int = 0) -> None:
        self.inner: Any = None
        """The p_q_inner_data that the client sent."""
        self.auth_key = b""
        self.retry_ids: list[int] = []
        """The retry_id of each set_client_DH_params."""
        self.edits = dict(edits or {})
        self._retries = retries
        self._entropy = SeededEntropy("the fake server")
        self._server_nonce = self._entropy(16)

    def receive(self, body: bytes) -> bytes:
        """The answer to one request."""
        request = codec.decode(body)
        match request:
            case functions.mtproto.ReqPqMulti():
                self._nonce = request.nonce
                answer: Any = self._edit(
                    "res_pq",
                    types.mtproto.ResPQ(
                        nonce=request.nonce,
                        server_nonce=self._server_nonce,
                        pq=(P * Q).to_bytes(8, "big"),
                        server_public_key_fingerprints=[rsa_key().fingerprint],
                    ),
                )
            case functions.mtproto.ReqDHParams():
                assert (request.p, request.q) == (P.to_bytes(4, "big"), Q.to_bytes(4, "big"))
                answer = self._dh_params(request.encrypted_data)
            case functions.mtproto.SetClientDHParams():
                answer = self._dh_gen(request.encrypted_data)
            case _:
                raise AssertionError(f"the client sent {request!r}")
        return codec.encode(answer)

    def _edit(self, name: str, value: Any) -> Any:
        return self.edits.get(name, lambda unchanged: unchanged)(value)

    def _dh_params(self, encrypted_data: bytes) -> Any:
        self.inner, _ = codec.decode_prefix(rsa_unpad(encrypted_data, rsa_key()))
        self._new_nonce = self.inner.new_nonce
        self._key_iv = handshake_key_iv(self._server_nonce, self._new_nonce)
        self._a = int.from_bytes(self._entropy(256), "big")
        inner = self._edit(
            "inner",
            types.mtproto.ServerDHInnerData(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                g=3,
                dh_prime=KNOWN_PRIME.to_bytes(256, "big"),
                g_a=pow(3, self._a, KNOWN_PRIME).to_bytes(256, "big"),
                server_time=SERVER_TIME,
            ),
        )
        data = codec.encode(inner)
        plain = sha1(data).digest() + data
        plain = self._edit("plain", plain + self._entropy(-len(plain) % 16))
        return self._edit(
            "dh_params",
            types.mtproto.ServerDHParamsOk(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                encrypted_answer=self._edit("encrypted", ige_encrypt(plain, *self._key_iv)),
            ),
        )

    def _dh_gen(self, encrypted_data: bytes) -> Any:
        plain = ige_decrypt(encrypted_data, *self._key_iv)
        inner: Any
        inner, size = codec.decode_prefix(plain[20:])
        assert plain[:20] == sha1(plain[20 : 20 + size]).digest()
        self.retry_ids.append(inner.retry_id)
        self.auth_key = pow(int.from_bytes(inner.g_b, "big"), self._a, KNOWN_PRIME).to_bytes(256, "big")
        number, kind = (1, types.mtproto.DhGenOk)
        if self._retries:
            self._retries -= 1
            number, kind = (2, types.mtproto.DhGenRetry)  # type: ignore[assignment]
        return self._edit(
            "dh_gen", kind(self._nonce, self._server_nonce, new_nonce_hash(self._new_nonce, number, self.auth_key))
        )

    def new_nonce_hash(self, number: int) -> bytes:
        """The right hash, for edits that change the kind of the last answer."""
        return new_nonce_hash(self._new_nonce, number, self.auth_key)

    @property
    def nonces(self) -> tuple[bytes, bytes]:
        """nonce and server_nonce."""
        return self._nonce, self._server_nonce

    @property
    def new_nonce(self) -> bytes:
        """What only who holds the RSA key can know."""
        return self._new_nonce  # type: ignore[no-any-return]
