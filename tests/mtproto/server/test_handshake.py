"""HS1 to HS17 in the server: a client that violates a check gets no key."""

from __future__ import annotations

from collections.abc import Container
from hashlib import sha1
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import codec, functions, types
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.factorization import factorize
from sansio_tl.crypto.kdf import handshake_key_iv, new_nonce_hash
from sansio_tl.crypto.rsa import rsa_pad
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.handshake import ClientHandshake
from sansio_tl.mtproto.server.handshake import PQ_PRIME_BITS, ServerHandshake, WrongDataCenter
from tests.helpers.entropy import SeededEntropy
from tests.helpers.handshake_double import Edit
from tests.helpers.rsa_key import rsa_key

NOW = 1_790_000_000.5
OTHER = bytes(range(16))


class Everything:
    """The ids of a data center that knows every key there is."""

    def __contains__(self, _: object) -> bool:
        return True


def server(
    *, known: Container[bytes] = (), legacy: bool = False, pq_prime_bits: int = PQ_PRIME_BITS
) -> ServerHandshake:
    return ServerHandshake(
        private_keys=(rsa_key(),),
        dc_id=2,
        known_keys=known,
        accept_legacy_rsa=legacy,
        pq_prime_bits=pq_prime_bits,
        entropy=SeededEntropy("the server"),
        limits=Limits(),
    )


def legacy_rsa(data: bytes) -> bytes:
    """The SHA1 padding that older clients send."""
    block = sha1(data).digest() + data
    block += bytes(255 - len(block))
    return pow(int.from_bytes(block, "big"), rsa_key().e, rsa_key().n).to_bytes(256, "big")


class FakeClient:
    """Makes the three requests; `edits` are named req_dh, inner, set_dh, dh_inner, plain, encrypted."""

    def __init__(self, handshake: ServerHandshake, **edits: Edit) -> None:
        self.server = handshake
        self.edits = edits
        self.nonce = OTHER[::-1]
        self.new_nonce = bytes(range(32))
        self.entropy = SeededEntropy("the fake client")
        self.legacy = False
        self.padding = b""

    def edit(self, name: str, value: Any) -> Any:
        return self.edits.get(name, lambda unchanged: unchanged)(value)

    def ask(self, function: Any) -> Any:
        return codec.decode(self.server.receive(codec.encode(function) + self.padding, NOW))

    def begin(self) -> types.mtproto.ResPQ:
        answer = self.ask(functions.mtproto.ReqPqMulti(self.nonce))
        assert isinstance(answer, types.mtproto.ResPQ)
        self.server_nonce = answer.server_nonce
        self.pq = answer.pq
        p, q = factorize(int.from_bytes(answer.pq, "big"))
        self.p, self.q = p.to_bytes(4, "big"), q.to_bytes(4, "big")
        return answer

    def request_dh(self) -> None:
        inner = self.edit(
            "inner",
            types.mtproto.PQInnerDataDc(self.pq, self.p, self.q, self.nonce, self.server_nonce, self.new_nonce, 2),
        )
        data = codec.encode(inner)
        encrypted = legacy_rsa(data) if self.legacy else rsa_pad(data, rsa_key().public_key, self.entropy)
        request = functions.mtproto.ReqDHParams(
            self.nonce, self.server_nonce, self.p, self.q, rsa_key().fingerprint, encrypted
        )
        answer = self.ask(self.edit("req_dh", request))
        assert isinstance(answer, types.mtproto.ServerDHParamsOk)
        self.key_iv = handshake_key_iv(self.server_nonce, self.new_nonce)
        plain = ige_decrypt(answer.encrypted_answer, *self.key_iv)
        group, size = codec.decode_prefix(plain[20:])
        assert isinstance(group, types.mtproto.ServerDHInnerData)
        self.group = group
        assert plain[:20] == sha1(plain[20 : 20 + size]).digest()

    def set_dh(self, retry_id: int = 0) -> Any:
        b = int.from_bytes(self.entropy(256), "big")
        self.auth_key = pow(int.from_bytes(self.group.g_a, "big"), b, KNOWN_PRIME).to_bytes(256, "big")
        g_b = pow(self.group.g, b, KNOWN_PRIME).to_bytes(256, "big")
        inner = self.edit("dh_inner", types.mtproto.ClientDHInnerData(self.nonce, self.server_nonce, retry_id, g_b))
        data = codec.encode(inner)
        plain = sha1(data).digest() + data
        plain = self.edit("plain", plain + bytes(-len(plain) % 16))
        encrypted = self.edit("encrypted", ige_encrypt(plain, *self.key_iv))
        return self.ask(
            self.edit("set_dh", functions.mtproto.SetClientDHParams(self.nonce, self.server_nonce, encrypted))
        )

    def run(self) -> Any:
        self.begin()
        self.request_dh()
        return self.set_dh()


def refused(check: str, **edits: Edit) -> None:
    handshake = server()
    with pytest.raises(RemoteProtocolError) as caught:
        FakeClient(handshake, **edits).run()
    assert caught.value.check == check, caught.value
    assert handshake.negotiated is None


def test_client_and_server_agree_on_the_key() -> None:
    handshake = server()
    assert handshake.negotiated is None
    client = FakeClient(handshake)
    answer = client.run()
    assert isinstance(answer, types.mtproto.DhGenOk)
    assert answer.new_nonce_hash1 == new_nonce_hash(client.new_nonce, 1, client.auth_key)
    negotiated = handshake.negotiated
    assert negotiated is not None
    assert negotiated.auth_key.key == client.auth_key
    assert (negotiated.dc, negotiated.expires_in) == (2, None)
    assert client.group.server_time == int(NOW)


def test_ClientHandshake_and_ServerHandshake_agree() -> None:
    handshake = server()
    client = ClientHandshake(
        public_keys=(rsa_key().public_key,), dc=10002, entropy=SeededEntropy("c"), limits=Limits(), expires_in=99
    )
    body: bytes | None = client.start()
    while body is not None:
        body = client.receive(handshake.receive(body, NOW))
    assert client.negotiated == handshake.negotiated
    assert client.negotiated is not None
    assert (client.negotiated.dc, client.negotiated.expires_in) == (10002, 99)


@pytest.mark.parametrize("message", ["req_dh", "inner", "set_dh", "dh_inner"])
def test_HS1_another_nonce_is_refused(message: str) -> None:
    refused("HS1", **{message: lambda value: replace(value, nonce=OTHER)})


@pytest.mark.parametrize("message", ["req_dh", "inner", "set_dh", "dh_inner"])
def test_HS2_another_server_nonce_is_refused(message: str) -> None:
    refused("HS2", **{message: lambda value: replace(value, server_nonce=OTHER)})


@pytest.mark.parametrize("message", ["req_dh", "inner"])
@pytest.mark.parametrize("field", ["p", "q"])
def test_HS3_factors_with_leading_zeros_or_wrong_are_refused(message: str, field: str) -> None:
    refused("HS3", **{message: lambda value: replace(value, **{field: b"\0" + getattr(value, field)})})
    refused("HS3", **{message: lambda value: replace(value, p=value.q, q=value.p)})


def test_HS3_another_pq_in_the_inner_data_is_refused() -> None:
    refused("HS3", inner=lambda value: replace(value, pq=value.pq[:-1] + bytes([value.pq[-1] ^ 2])))


def test_HS3_size_of_pq_can_be_reduced() -> None:
    easy = FakeClient(server(pq_prime_bits=16)).begin()
    assert len(easy.pq) == 4


def test_HS3_pq_is_minimal_and_a_product_of_two_primes() -> None:
    answer = FakeClient(server()).begin()
    assert answer.pq[0] != 0
    assert len(answer.pq) == 8


def test_HS4_fingerprint_that_was_not_offered_is_refused() -> None:
    refused("HS4", req_dh=lambda request: replace(request, public_key_fingerprint=5))


@pytest.mark.parametrize("encrypted", [b"", bytes(255), bytes(256), b"\xff" * 256])
def test_HS5_data_without_RSA_PAD_is_refused(encrypted: bytes) -> None:
    refused("HS5", req_dh=lambda request: replace(request, encrypted_data=encrypted))


def test_HS5_legacy_padding_is_refused_unless_allowed() -> None:
    for legacy in (False, True):
        handshake = server(legacy=legacy)
        client = FakeClient(handshake)
        client.legacy = True
        if legacy:
            client.run()
            assert handshake.negotiated is not None
        else:
            with pytest.raises(RemoteProtocolError, match="HS5"):
                client.run()


@pytest.mark.parametrize("dc", [1, 10003, -3, 0])
def test_HS6_another_data_center_is_refused(dc: int) -> None:
    with pytest.raises(WrongDataCenter):
        FakeClient(server(), inner=lambda inner: replace(inner, dc=dc)).run()


@pytest.mark.parametrize("dc", [2, 10002, -2, -10002])
def test_HS6_test_and_media_addresses_of_this_data_center_are_served(dc: int) -> None:
    handshake = server()
    FakeClient(handshake, inner=lambda inner: replace(inner, dc=dc)).run()
    assert handshake.negotiated is not None
    assert handshake.negotiated.dc == dc


def test_HS6_inner_data_without_a_data_center_is_refused_unless_legacy_clients_are_allowed() -> None:
    def without(inner: Any) -> Any:
        return types.mtproto.PQInnerData(inner.pq, inner.p, inner.q, inner.nonce, inner.server_nonce, inner.new_nonce)

    refused("HS6", inner=without)
    handshake = server(legacy=True)
    FakeClient(handshake, inner=without).run()
    assert handshake.negotiated is not None
    assert handshake.negotiated.dc is None


@pytest.mark.parametrize("encrypted", [b"", bytes(15), bytes(33)])
def test_HS7_encrypted_data_of_partial_blocks_is_refused(encrypted: bytes) -> None:
    refused("HS7", encrypted=lambda _: encrypted)


def test_HS8_wrong_sha1_and_too_much_padding_are_refused() -> None:
    refused("HS8", plain=lambda plain: bytes([plain[0] ^ 1]) + plain[1:])
    refused("HS8", plain=lambda plain: plain + bytes(16))


@pytest.mark.parametrize("g_b", [0, 1, KNOWN_PRIME - 1, KNOWN_PRIME])
def test_HS11_g_b_outside_1_to_p_minus_1_is_refused(g_b: int) -> None:
    refused("HS11", dh_inner=lambda inner: replace(inner, g_b=g_b.to_bytes(256, "big")))


@pytest.mark.parametrize("g_b", [2, (1 << 1984) - 1, KNOWN_PRIME - (1 << 1984) + 1])
def test_HS12_g_b_near_the_ends_of_the_group_is_refused(g_b: int) -> None:
    refused("HS12", dh_inner=lambda inner: replace(inner, g_b=g_b.to_bytes(256, "big")))


def test_HS14_existing_key_id_is_retried_a_bounded_number_of_times() -> None:
    handshake = server(known=Everything())
    client = FakeClient(handshake)
    answer = client.run()
    for _ in range(Limits().max_dh_retries - 1):
        assert isinstance(answer, types.mtproto.DhGenRetry)
        assert answer.new_nonce_hash2 == new_nonce_hash(client.new_nonce, 2, client.auth_key)
        retry_id = int.from_bytes(AuthKey(client.auth_key).aux_hash, "little", signed=True)
        answer = client.set_dh(retry_id)
    answer = client.set_dh(int.from_bytes(AuthKey(client.auth_key).aux_hash, "little", signed=True))
    assert isinstance(answer, types.mtproto.DhGenFail)
    assert answer.new_nonce_hash3 == new_nonce_hash(client.new_nonce, 3, client.auth_key)
    assert handshake.negotiated is None


def test_HS14_retry_id_of_another_key_is_refused() -> None:
    client = FakeClient(server(known=Everything()))
    client.run()
    with pytest.raises(RemoteProtocolError, match="HS14"):
        client.set_dh(1)


def test_HS14_first_retry_id_other_than_0_is_refused() -> None:
    refused("HS14", dh_inner=lambda inner: replace(inner, retry_id=1))


def test_HS17_request_out_of_order_is_refused() -> None:
    client = FakeClient(server())
    with pytest.raises(RemoteProtocolError, match="HS17"):
        client.ask(functions.mtproto.SetClientDHParams(OTHER, OTHER, b""))
    client.begin()
    with pytest.raises(RemoteProtocolError, match="HS17"):
        client.ask(functions.mtproto.SetClientDHParams(OTHER, OTHER, b""))


@pytest.mark.parametrize("size", [1, 4, 255])
def test_HS17_padding_behind_a_message_is_ignored(size: int) -> None:
    client = FakeClient(server())
    client.padding = b"\xa5" * size
    assert isinstance(client.run(), types.mtproto.DhGenOk)


def test_HS17_more_padding_than_tdlib_sends_is_refused() -> None:
    client = FakeClient(server())
    client.padding = bytes(256)
    with pytest.raises(RemoteProtocolError, match="HS17: 256 bytes after mtproto.req_pq_multi"):
        client.begin()


def test_client_may_restart_the_handshake() -> None:
    handshake = server()
    client = FakeClient(handshake)
    client.begin()
    client.request_dh()
    client.run()
    assert handshake.negotiated is not None
