"""Cases for servers: the auth key handshake. In each one message of the client is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_client import FaultyClient, HandshakeRefusedError, Script, not_reached
from sansio_tl.conformance.server_cases.probes import begin, correct, is_alive, must_refuse, server_case, violated
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.rsa import rsa_pad
from sansio_tl.mtproto.handshake_common import minimal_bytes

DH, SET_DH = "req_DH_params", "set_client_DH_params"
_EXPECTED = "The server does not answer it, or answers with an error: the handshake ends."
_SPLICE = "Messages of different handshakes can be combined."


def _flip(data: bytes, at: int = 0) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def case(
    name: str,
    check: str,
    title: str,
    step: str,
    edits: dict[str, Callable[[Any, FaultyClient], Any]],
    *,
    risk: str = _SPLICE,
    level: Level = Level.MUST,
) -> Case:
    """A case in which a server has to refuse a step."""
    return server_case(
        f"server-{name}",
        check,
        title,
        must_refuse(step, edits),
        expected=_EXPECTED,
        risk=risk,
        section=sections.AUTH_KEY,
        level=level,
        tags=("handshake",),
    )


def _of(field: str, at: int = 0) -> Callable[[Any, FaultyClient], Any]:
    return lambda value, _: replace(value, **{field: _flip(getattr(value, field), at)})


def _swapped(value: Any, _: FaultyClient) -> Any:
    return replace(value, p=value.q, q=value.p)


def _g_b(number: int) -> dict[str, Callable[[Any, FaultyClient], Any]]:
    return {"client_inner": lambda inner, _: replace(inner, g_b=minimal_bytes(number) or b"\0")}


def _without_dc(inner: Any, _: FaultyClient) -> Any:
    return types.mtproto.PQInnerData(inner.pq, inner.p, inner.q, inner.nonce, inner.server_nonce, inner.new_nonce)


_G_B_RISK = "The key has a few possible values, known to an attacker who chose g_b in the client's place."
_MARGIN = 1 << 1984


def _set_dh_first(peer: FaultyClient) -> Script:
    yield from peer.connect()
    yield from peer.send_plain(functions.mtproto.ReqPqMulti(peer.entropy(16)), "req_pq_multi")
    answer = yield from peer.receive_plain()
    if not isinstance(answer, types.mtproto.ResPQ):
        return not_reached("no answer to req_pq_multi")
    request = functions.mtproto.SetClientDHParams(answer.nonce, answer.server_nonce, peer.entropy(336))
    yield from peer.send_plain(request, "set_client_DH_params, in place of req_DH_params")
    answer = yield from peer.receive_plain(1.0)
    if isinstance(answer, types.mtproto.DhGenOk | types.mtproto.DhGenRetry):
        return violated("the server answered it")
    return correct("the server refused it")


def _unknown_key(peer: FaultyClient) -> Script:
    yield from peer.connect()
    yield from peer.write_packet(peer.entropy(24 + 64), "a packet with an unknown auth_key_id")
    yield from peer.pass_time(1.0)
    if peer.transport_error == -404:
        return correct("the server answered -404")
    return violated(f"no transport error -404, but {peer.transport_error}")


def _plain_when_encrypted(peer: FaultyClient) -> Script:
    if not (yield from begin(peer)):
        return not_reached("the server does not answer a correct ping")
    ping = codec.encode(functions.mtproto.Ping(ping_id=5))
    yield from peer.send_plain(ping, "an unencrypted ping")
    yield from peer.pass_time(1.0)
    return violated("the server answered an unencrypted ping") if peer.plain else correct("the server did not answer")


def _again(peer: FaultyClient) -> Script:
    yield from peer.connect()
    for _ in range(3):
        yield from peer.send_plain(functions.mtproto.ReqPqMulti(peer.entropy(16)), "req_pq_multi")
        if not isinstance((yield from peer.receive_plain()), types.mtproto.ResPQ):
            return violated("no answer to a further req_pq_multi")
    try:
        yield from peer.make_key()
    except HandshakeRefusedError as refused:
        return violated(f"the server refused {refused.step} after that")
    return correct("the last handshake was completed")


def _zero_first(inner: Any, peer: FaultyClient) -> Any:
    peer.new_nonce = b"\0" + peer.new_nonce[1:]
    return replace(inner, new_nonce=peer.new_nonce)


def _zero_nonce(peer: FaultyClient) -> Script:
    yield from peer.connect()
    try:
        yield from peer.make_key({"inner": _zero_first})
    except HandshakeRefusedError as refused:
        return violated(f"the server refused {refused.step}")
    if not (yield from is_alive(peer)):
        return violated("the server does not answer a ping that is encrypted with the key")
    return correct("the server completed the handshake")


CASES = (
    case("nonce-in-req-dh", "HS1", "req_DH_params has another nonce.", DH, {"req_dh": _of("nonce")}),
    case("nonce-in-inner-data", "HS1", "p_q_inner_data has another nonce.", DH, {"inner": _of("nonce")}),
    case("nonce-in-set-dh", "HS1", "set_client_DH_params has another nonce.", SET_DH, {"set_dh": _of("nonce")}),
    case(
        "nonce-in-client-inner-data",
        "HS1",
        "client_DH_inner_data has another nonce.",
        SET_DH,
        {"client_inner": _of("nonce")},
    ),
    case(
        "nonce-of-server-in-req-dh",
        "HS2",
        "req_DH_params has another server_nonce.",
        DH,
        {"req_dh": _of("server_nonce")},
    ),
    case(
        "nonce-of-server-in-inner-data",
        "HS2",
        "p_q_inner_data has another server_nonce.",
        DH,
        {"inner": _of("server_nonce")},
    ),
    case(
        "nonce-of-server-in-set-dh",
        "HS2",
        "set_client_DH_params has another server_nonce.",
        SET_DH,
        {"set_dh": _of("server_nonce")},
    ),
    case(
        "nonce-of-server-in-client-inner-data",
        "HS2",
        "client_DH_inner_data has another server_nonce.",
        SET_DH,
        {"client_inner": _of("server_nonce")},
    ),
    case(
        "factors-swapped",
        "HS3",
        "p and q are sent in the wrong order.",
        DH,
        {"req_dh": _swapped},
        risk="The proof of work is not checked.",
        level=Level.SHOULD,
    ),
    case(
        "factors-wrong",
        "HS3",
        "p and q are not the factors of pq.",
        DH,
        {"req_dh": lambda value, _: replace(value, p=b"\x17", q=b"\x29")},
        risk="The proof of work is not checked: handshakes cost an attacker nothing.",
    ),
    case(
        "inner-factors-swapped",
        "HS3",
        "p_q_inner_data has p and q in the wrong order.",
        DH,
        {"inner": _swapped},
        risk="What is inside of the encryption is not compared with what is outside.",
        level=Level.SHOULD,
    ),
    case(
        "inner-pq-wrong",
        "HS3",
        "p_q_inner_data has another pq.",
        DH,
        {"inner": _of("pq", -1)},
        risk="What is inside of the encryption is not compared with what is outside.",
        level=Level.SHOULD,
    ),
    case(
        "fingerprint-unknown",
        "HS4",
        "req_DH_params names a key that the server did not offer.",
        DH,
        {"req_dh": lambda value, _: replace(value, public_key_fingerprint=value.public_key_fingerprint ^ 1)},
        risk="The server uses another key than the client believes.",
    ),
    case(
        "rsa-data-changed",
        "HS5",
        "encrypted_data is damaged.",
        DH,
        {"rsa": lambda data, _: _flip(data, 100)},
        risk="The hash inside of RSA_PAD is not checked.",
    ),
    case(
        "rsa-data-short",
        "HS5",
        "encrypted_data has 255 bytes.",
        DH,
        {"rsa": lambda data, _: data[1:]},
        risk="The size is not checked before the computation.",
    ),
    case(
        "rsa-of-other-data",
        "HS5",
        "encrypted_data holds 144 random bytes.",
        DH,
        {"rsa": lambda _, peer: rsa_pad(peer.entropy(144), peer.target.public_key, peer.entropy)},
        risk="Anything decrypts to something.",
    ),
    case(
        "other-data-center",
        "HS6",
        "p_q_inner_data names another data center.",
        DH,
        {"inner": lambda inner, _: replace(inner, dc=inner.dc % 5 + 1)},
        risk="The handshake of one data center is relayed to another one.",
        level=Level.SHOULD,
    ),
    case(
        "no-data-center",
        "HS6",
        "The client sends p_q_inner_data, which names no data center.",
        DH,
        {"inner": _without_dc},
        risk="The handshake of one data center is relayed to another one.",
        level=Level.MAY,
    ),
    case(
        "client-data-not-in-blocks",
        "HS7",
        "encrypted_data of set_client_DH_params is no multiple of 16.",
        SET_DH,
        {"encrypted": lambda data, peer: data + peer.entropy(4)},
        risk="What is outside of the hash is not authentic.",
    ),
    case(
        "client-data-hash",
        "HS8",
        "The SHA-1 in front of client_DH_inner_data is wrong.",
        SET_DH,
        {"plain": lambda plain, _: _flip(plain, 4)},
        risk="An attacker changes g_b, and with it the key.",
    ),
    case(
        "client-data-padding",
        "HS8",
        "client_DH_inner_data has 16 bytes of padding more than it needs.",
        SET_DH,
        {"plain": lambda plain, peer: plain + peer.entropy(16)},
        risk="The padding is not authenticated.",
        level=Level.SHOULD,
    ),
    *(
        case(name, check, f"g_b is {what}.", SET_DH, _g_b(number), risk=_G_B_RISK)
        for name, check, what, number in (
            ("g-b-is-zero", "HS11", "0", 0),
            ("g-b-is-one", "HS11", "1", 1),
            ("g-b-is-minus-one", "HS11", "dh_prime - 1", KNOWN_PRIME - 1),
            ("g-b-above-prime", "HS11", "above dh_prime", KNOWN_PRIME + 2),
            ("g-b-small", "HS12", "just below 2^1984", _MARGIN - 1),
            ("g-b-large", "HS12", "just above dh_prime - 2^1984", KNOWN_PRIME - _MARGIN + 1),
        )
    ),
    case(
        "retry-id-of-nothing",
        "HS14",
        "retry_id is not 0 in the first attempt.",
        SET_DH,
        {"client_inner": lambda inner, _: replace(inner, retry_id=7)},
        risk="A key that was not rejected is replaced.",
        level=Level.SHOULD,
    ),
    server_case(
        "server-steps-out-of-order",
        "HS17",
        "set_client_DH_params comes in place of req_DH_params.",
        _set_dh_first,
        expected=_EXPECTED,
        risk="Steps of the handshake, with their checks, can be left out.",
        section=sections.AUTH_KEY,
        tags=("handshake",),
    ),
    server_case(
        "server-unencrypted-ping",
        "HS17",
        "A ping comes unencrypted, when there is a key.",
        _plain_when_encrypted,
        expected="The server does not answer it.",
        risk="Messages that are not authenticated have an effect.",
        tags=("handshake",),
    ),
    server_case(
        "server-handshake-begun-again",
        "HS17",
        "req_pq_multi comes three times, before a handshake is completed.",
        _again,
        expected="The server answers each, and completes the last handshake.",
        risk="Clients that begin again after a lost answer cannot connect.",
        section=sections.AUTH_KEY,
        level=Level.SHOULD,
        tags=("handshake",),
    ),
    server_case(
        "server-new-nonce-begins-with-zero",
        "HS8",
        "new_nonce begins with a zero byte.",
        _zero_nonce,
        expected="The server completes the handshake: nonces are bytes, and not numbers.",
        risk="One of 256 handshakes fails, and no test finds out why.",
        section=sections.AUTH_KEY,
        tags=("handshake",),
    ),
    server_case(
        "server-unknown-auth-key",
        "EN2",
        "The first packet has the id of an unknown auth key.",
        _unknown_key,
        expected="The server answers with the transport error -404.",
        risk="Clients do not notice that their key was lost, and wait.",
        section=sections.TRANSPORTS,
        tags=("transport",),
    ),
)
