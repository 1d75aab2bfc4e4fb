"""HS1 to HS16 in the client: a server that violates a check is refused, and the error names the check."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import codec, functions, types
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.rsa import rsa_unpad, rsa_unpad_legacy
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.handshake import ClientHandshake
from sansio_tl.mtproto.handshake_common import derive_auth_key
from tests.helpers.entropy import SeededEntropy
from tests.helpers.handshake_double import SERVER_TIME, Edit, HandshakeServerDouble, P, Q
from tests.helpers.rsa_key import rsa_key

OTHER = bytes(range(16))


def shake_hands(server: HandshakeServerDouble, **settings: Any) -> ClientHandshake:
    """Run a handshake to its end."""
    keys = settings.pop("public_keys", (rsa_key().public_key,))
    client = ClientHandshake(
        public_keys=keys,
        dc=settings.pop("dc", 2),
        entropy=settings.pop("entropy", SeededEntropy("the client")),
        limits=Limits(),
        **settings,
    )
    body: bytes | None = client.start()
    while body is not None:
        body = client.receive(server.receive(body))
    return client


def refused(check: str, retries: int = 0, /, **edits: Edit) -> pytest.ExceptionInfo[RemoteProtocolError]:
    """The server with these edits is refused by `should_ping`."""
    with pytest.raises(RemoteProtocolError) as caught:
        shake_hands(HandshakeServerDouble(edits, retries=retries))
    assert caught.value.check == check, caught.value
    return caught


def test_client_and_server_agree_on_the_key_and_the_server_time() -> None:
    server = HandshakeServerDouble()
    negotiated = shake_hands(server).negotiated
    assert negotiated is not None
    assert negotiated.auth_key.key == server.auth_key
    assert negotiated.server_time == SERVER_TIME


@pytest.mark.parametrize("answer", ["res_pq", "dh_params", "inner", "dh_gen"])
def test_HS1_another_nonce_is_refused(answer: str) -> None:
    refused("HS1", **{answer: lambda value: replace(value, nonce=OTHER)})


@pytest.mark.parametrize("answer", ["dh_params", "inner", "dh_gen"])
def test_HS2_another_server_nonce_is_refused(answer: str) -> None:
    refused("HS2", **{answer: lambda value: replace(value, server_nonce=OTHER)})


def test_HS1_HS2_other_nonces_in_server_DH_params_fail_are_refused() -> None:
    server = HandshakeServerDouble(
        {"dh_params": lambda ok: types.mtproto.ServerDHParamsFail(OTHER, ok.server_nonce, OTHER)}
    )
    with pytest.raises(RemoteProtocolError, match="HS1"):
        shake_hands(server)
    server = HandshakeServerDouble({"dh_params": lambda ok: types.mtproto.ServerDHParamsFail(ok.nonce, OTHER, OTHER)})
    with pytest.raises(RemoteProtocolError, match="HS2"):
        shake_hands(server)


@pytest.mark.parametrize(
    "pq",
    [
        b"",
        (2**63 + 15).to_bytes(8, "big"),
        b"\x01" + bytes(8),
        b"\x00" + (P * Q).to_bytes(8, "big"),
        (1_229_739_323).to_bytes(4, "big"),  # prime
        b"\x01",
        bytes(8),
    ],
    ids=["empty", "too large", "nine bytes", "nine bytes with a zero in front", "prime", "one", "zero"],
)
def test_HS3_pq_that_is_no_product_of_two_primes_below_2_to_63_is_refused(pq: bytes) -> None:
    refused("HS3", res_pq=lambda answer: replace(answer, pq=pq))


def test_HS3_p_and_q_are_sent_minimal_and_in_order() -> None:
    shake_hands(HandshakeServerDouble())  # the fake server asserts both


def test_HS4_server_without_a_known_rsa_key_is_refused() -> None:
    caught = refused("HS4", res_pq=lambda answer: replace(answer, server_public_key_fingerprints=[1, -2]))
    assert "fffffffffffffffe" in str(caught.value)


def test_HS5_data_for_rsa_is_padded_by_RSA_PAD() -> None:
    server = HandshakeServerDouble()
    shake_hands(server)  # the fake server can only open RSA_PAD
    assert server.inner.new_nonce == server.new_nonce


@pytest.mark.parametrize("fingerprints", [1, 3])
def test_L4_client_uses_RSA_PAD_whatever_the_server_offers(fingerprints: int) -> None:
    """Whatever it offers: what is sent for its key is RSA_PAD, and is not what the old padding makes."""
    server = HandshakeServerDouble(
        {
            "res_pq": lambda answer: replace(
                answer, server_public_key_fingerprints=[rsa_key().fingerprint] * fingerprints
            )
        }
    )
    client = ClientHandshake(
        public_keys=(rsa_key().public_key,), dc=2, entropy=SeededEntropy("the client"), limits=Limits()
    )
    request = codec.decode(client.receive(server.receive(client.start())) or b"")
    assert isinstance(request, functions.mtproto.ReqDHParams)
    rsa_unpad(request.encrypted_data, rsa_key())
    with pytest.raises(RemoteProtocolError, match="HS5"):
        rsa_unpad_legacy(request.encrypted_data, rsa_key())


@pytest.mark.parametrize("dc", [2, 10002, -4])
def test_HS6_inner_data_names_the_data_center(dc: int) -> None:
    server = HandshakeServerDouble()
    shake_hands(server, dc=dc)
    assert isinstance(server.inner, types.mtproto.PQInnerDataDc)
    assert server.inner.dc == dc


def test_HS6_inner_data_of_a_temporary_key_has_its_expiry() -> None:
    server = HandshakeServerDouble()
    negotiated = shake_hands(server, expires_in=86400).negotiated
    assert isinstance(server.inner, types.mtproto.PQInnerDataTempDc)
    assert server.inner.expires_in == 86400
    assert negotiated is not None
    assert negotiated.expires_in == 86400


@pytest.mark.parametrize("cut", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b""])
def test_HS7_encrypted_answer_of_partial_blocks_is_refused(cut: Callable[[bytes], bytes]) -> None:
    refused("HS7", encrypted=cut)


def test_HS8_wrong_sha1_is_refused() -> None:
    refused("HS8", plain=lambda plain: bytes([plain[0] ^ 1]) + plain[1:])


def test_HS8_changed_answer_is_refused() -> None:
    refused("HS8", plain=lambda plain: plain[:100] + bytes([plain[100] ^ 1]) + plain[101:])


def test_HS8_sixteen_bytes_of_padding_are_too_many() -> None:
    refused("HS8", plain=lambda plain: plain + bytes(16))


@pytest.mark.parametrize(
    "prime",
    [KNOWN_PRIME + 2, KNOWN_PRIME >> 1, KNOWN_PRIME << 1, (1 << 2048) - 1557],
    ids=["not prime", "2047 bits", "2049 bits", "prime but not safe"],
)
def test_HS9_prime_that_is_unsafe_or_of_another_size_is_refused(prime: int) -> None:
    size = (prime.bit_length() + 7) // 8
    refused("HS9", inner=lambda inner: replace(inner, dh_prime=prime.to_bytes(size, "big")))


@pytest.mark.parametrize("g", [0, 1, 2, 8, -3])
def test_HS10_generator_that_does_not_fit_the_prime_is_refused(g: int) -> None:
    refused("HS10", inner=lambda inner: replace(inner, g=g))


@pytest.mark.parametrize("g_a", [0, 1, KNOWN_PRIME - 1, KNOWN_PRIME, KNOWN_PRIME + 5])
def test_HS11_g_a_outside_1_to_p_minus_1_is_refused(g_a: int) -> None:
    refused("HS11", inner=lambda inner: replace(inner, g_a=g_a.to_bytes(256, "big")))


@pytest.mark.parametrize("g_a", [2, (1 << 1984) - 1, KNOWN_PRIME - (1 << 1984) + 1])
def test_HS12_g_a_near_the_ends_of_the_group_is_refused(g_a: int) -> None:
    refused("HS12", inner=lambda inner: replace(inner, g_a=g_a.to_bytes(256, "big")))


def test_HS13_secret_exponent_is_256_bytes_of_the_given_entropy() -> None:
    asked: list[int] = []
    stream = SeededEntropy("the client")

    def entropy(n: int) -> bytes:
        asked.append(n)
        return stream(n)

    shake_hands(HandshakeServerDouble(retries=1), entropy=entropy)
    assert asked.count(256) == 2  # the first exponent, and another one for the retry


def test_HS13_auth_key_keeps_its_leading_zeros() -> None:
    assert derive_auth_key(5).key == bytes(255) + b"\x05"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_HS14_wrong_new_nonce_hash_is_refused(number: int) -> None:
    kinds = {1: types.mtproto.DhGenOk, 2: types.mtproto.DhGenRetry, 3: types.mtproto.DhGenFail}
    caught = refused("HS14", dh_gen=lambda answer: kinds[number](answer.nonce, answer.server_nonce, OTHER))
    assert f"new_nonce_hash{number} is wrong" in str(caught.value)


def test_HS14_dh_gen_fail_with_the_right_hash_ends_the_handshake() -> None:
    server = HandshakeServerDouble()
    edits = {"dh_gen": lambda _: types.mtproto.DhGenFail(*server.nonces, server.new_nonce_hash(3))}
    server.edits = edits
    with pytest.raises(RemoteProtocolError, match="HS14: the server refused the key"):
        shake_hands(server)


@pytest.mark.parametrize("right", [True, False])
def test_HS14_hash_of_server_DH_params_fail_is_verified(right: bool) -> None:
    server = HandshakeServerDouble()

    def fail(ok: Any) -> Any:
        digest = sha1(server.new_nonce).digest()[4:] if right else OTHER
        return types.mtproto.ServerDHParamsFail(ok.nonce, ok.server_nonce, digest)

    server.edits = {"dh_params": fail}
    with pytest.raises(RemoteProtocolError, match="refused our answer" if right else "is wrong"):
        shake_hands(server)


def test_HS14_retry_names_the_refused_key_and_draws_another_exponent() -> None:
    server = HandshakeServerDouble(retries=2)
    negotiated = shake_hands(server).negotiated
    assert negotiated is not None
    assert negotiated.auth_key.key == server.auth_key
    assert server.retry_ids[0] == 0
    assert len(set(server.retry_ids)) == 3


def test_HS14_too_many_dh_gen_retries_are_refused() -> None:
    assert shake_hands(HandshakeServerDouble(retries=Limits().max_dh_retries)).negotiated is not None
    refused("HS14", Limits().max_dh_retries + 1)
    caught = refused("HS14", 100)
    assert "retries" in str(caught.value)


def test_HS16_first_salt_is_the_xor_of_both_nonces() -> None:
    server = HandshakeServerDouble()
    negotiated = shake_hands(server).negotiated
    assert negotiated is not None
    _, server_nonce = server.nonces
    expected = bytes(a ^ b for a, b in zip(server.new_nonce[:8], server_nonce[:8], strict=True))
    assert negotiated.server_salt == int.from_bytes(expected, "little", signed=True)


@pytest.mark.parametrize(
    "edits",
    [
        {"res_pq": lambda answer: types.mtproto.DhGenOk(answer.nonce, answer.server_nonce, OTHER)},
        {"inner": lambda inner: types.mtproto.Pong(1, 2)},
        {"dh_gen": lambda answer: types.mtproto.ResPQ(answer.nonce, answer.server_nonce, b"\x0f", [])},
    ],
)
def test_HS17_answer_out_of_order_is_refused(edits: dict[str, Callable[[Any], Any]]) -> None:
    refused("HS17", **edits)


def test_HS17_plain_message_after_the_handshake_is_refused() -> None:
    client = shake_hands(HandshakeServerDouble())
    with pytest.raises(RemoteProtocolError, match="HS17"):
        client.receive(b"\0\0\0\0")
