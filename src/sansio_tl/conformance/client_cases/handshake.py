"""Cases for clients: the auth key handshake. In each one answer of the server is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import ENCRYPTED, FaultyAnswer, Tolerated
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_handshake import Edit, FaultyHandshake
from sansio_tl.conformance.faulty_server import ClientRun, ServerBehavior
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.mtproto.handshake_common import minimal_bytes
from sansio_tl.role import Role

DH, SET_DH = "req_DH_params", "set_client_DH_params"
UNSAFE_PRIME = KNOWN_PRIME + 570
"""A prime of 2048 bits of which (p - 1) / 2 is no prime."""
SHORT_SAFE_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
"""The safe prime of 1024 bits of RFC 2409."""
OTHER_SAFE_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
"""The safe prime of 2048 bits of RFC 3526."""
_SLOW = 10.0
"""Seconds without a sign of the client, where it may be testing a prime."""


def _flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def case(
    name: str,
    check: str,
    title: str,
    accepted_by: str,
    edits: Mapping[str, Edit],
    *,
    risk: str,
    section: str = sections.AUTH_KEY,
    level: Level = Level.MUST,
    times: int = 1,
    quiet: float = 4.0,
    plain: Mapping[str, int] | None = None,
    may_be_late: bool = True,
) -> Case:
    """A case in which a client has to give up."""
    return Case(
        name=name,
        check=check,
        role=Role.CLIENT,
        title=title,
        expected="The handshake ends: the client does not use the key."
        if accepted_by == ENCRYPTED
        else f"The handshake ends: the client sends no {accepted_by}, and does not use the key.",
        risk=risk,
        section=section,
        level=level,
        tags=("handshake",),
        make=lambda: FaultyAnswer(accepted_by, edits, times=times, quiet=quiet, plain=plain, may_be_late=may_be_late),
        control=ServerBehavior,
    )


def _nonce(answer: Any, _: FaultyHandshake) -> Any:
    return replace(answer, nonce=_flip(answer.nonce))


def _server_nonce(answer: Any, _: FaultyHandshake) -> Any:
    return replace(answer, server_nonce=_flip(answer.server_nonce, 15))


_SPLICE = "Answers of different handshakes can be combined: an attacker on the network replays a recorded answer."

NONCES = (
    case("nonce-in-res-pq", "HS1", "resPQ has another nonce.", DH, {"res_pq": _nonce}, risk=_SPLICE),
    case(
        "nonce-in-dh-params",
        "HS1",
        "server_DH_params_ok has another nonce.",
        SET_DH,
        {"dh_params": _nonce},
        risk=_SPLICE,
    ),
    case(
        "nonce-in-dh-inner-data",
        "HS1",
        "server_DH_inner_data has another nonce.",
        SET_DH,
        {"inner": _nonce},
        risk=_SPLICE,
    ),
    case("nonce-in-dh-gen-ok", "HS1", "dh_gen_ok has another nonce.", ENCRYPTED, {"dh_gen": _nonce}, risk=_SPLICE),
    case(
        "server-nonce-in-dh-params",
        "HS2",
        "server_DH_params_ok has another server_nonce.",
        SET_DH,
        {"dh_params": _server_nonce},
        risk=_SPLICE,
    ),
    case(
        "server-nonce-in-dh-inner-data",
        "HS2",
        "server_DH_inner_data has another server_nonce.",
        SET_DH,
        {"inner": _server_nonce},
        risk=_SPLICE,
    ),
    case(
        "server-nonce-in-dh-gen-ok",
        "HS2",
        "dh_gen_ok has another server_nonce.",
        ENCRYPTED,
        {"dh_gen": _server_nonce},
        risk=_SPLICE,
    ),
)


def _pq(number: int) -> Mapping[str, Edit]:
    return {"res_pq": lambda answer, _: replace(answer, pq=minimal_bytes(number) or b"\0")}


_PQ_RISK = "A client that does not check pq may never end its search for the factors, or send wrong ones."
PQ = (
    case(
        "pq-is-prime",
        "HS3",
        "pq is a prime number of 31 bits.",
        DH,
        _pq((1 << 31) - 1),
        risk=_PQ_RISK,
        may_be_late=False,
        level=Level.SHOULD,
        quiet=_SLOW,
    ),
    case("pq-is-zero", "HS3", "pq is 0.", DH, _pq(0), risk=_PQ_RISK, may_be_late=False, level=Level.SHOULD),
    case("pq-is-one", "HS3", "pq is 1.", DH, _pq(1), risk=_PQ_RISK, may_be_late=False, level=Level.SHOULD),
    case(
        "pq-is-square",
        "HS3",
        "pq is the square of a prime.",
        DH,
        _pq(1_229_739_323**2),
        risk=_PQ_RISK,
        may_be_late=False,
        level=Level.SHOULD,
        quiet=_SLOW,
    ),
    case(
        "pq-is-too-long",
        "HS3",
        "pq has 16 bytes: the product of two primes of 64 bits.",
        DH,
        _pq(18_446_744_073_709_551_557 * 18_446_744_073_709_551_533),
        may_be_late=False,
        risk="The size of pq bounds the work of a client: a server, or an attacker, keeps its processor busy for good.",
        level=Level.SHOULD,
        quiet=_SLOW,
    ),
)
KEYS = (
    case(
        "unknown-rsa-key",
        "HS4",
        "resPQ offers only the fingerprint of an RSA key that the client does not have.",
        DH,
        {"res_pq": lambda answer, _: replace(answer, server_public_key_fingerprints=[0x1234567890ABCDEF])},
        may_be_late=False,
        risk="Falling back to another key gives the handshake to anyone who has it.",
    ),
    case(
        "no-rsa-key",
        "HS4",
        "resPQ offers no fingerprint.",
        DH,
        {"res_pq": lambda answer, _: replace(answer, server_public_key_fingerprints=[])},
        may_be_late=False,
        risk="Falling back to another key gives the handshake to anyone who has it.",
    ),
    Case(
        name="rsa-key-among-others",
        check="HS4",
        role=Role.CLIENT,
        title="resPQ offers three fingerprints, of which the client knows the last.",
        expected="The client uses the key that it knows.",
        risk="Telegram offers several keys while it changes them: such a client cannot connect then.",
        section=sections.AUTH_KEY,
        tags=("handshake",),
        make=lambda: Tolerated(
            edits={
                "res_pq": lambda answer, handshake: replace(
                    answer, server_public_key_fingerprints=[0x0123456789ABCDEF, -5, handshake.fingerprint]
                )
            }
        ),
        control=ServerBehavior,
    ),
)


def _grow(size: int) -> Edit:
    return lambda encrypted, handshake: encrypted + handshake.entropy(size)


ANSWER = (
    case(
        "encrypted-answer-not-in-blocks",
        "HS7",
        "encrypted_answer is 4 bytes longer than whole AES blocks.",
        SET_DH,
        {"encrypted": _grow(4)},
        risk="What is outside of the hash is not authenticated.",
        level=Level.SHOULD,
    ),
    case(
        "answer-hash",
        "HS8",
        "The SHA-1 in front of server_DH_inner_data is wrong.",
        SET_DH,
        {"plain": lambda plain, _: _flip(plain, 3)},
        risk="The encryption is malleable: an attacker on the network changes g_a, and with it the key.",
    ),
    case(
        "answer-padding",
        "HS8",
        "server_DH_inner_data is followed by 16 to 31 bytes of padding in place of 0 to 15.",
        SET_DH,
        {"plain": lambda plain, handshake: plain + handshake.entropy(16)},
        risk="The padding is not authenticated: it should be no larger than necessary.",
        level=Level.SHOULD,
    ),
)


def _prime(number: int) -> Mapping[str, Edit]:
    return {
        "inner": lambda answer, handshake: replace(
            answer, dh_prime=minimal_bytes(number), g_a=handshake.public_value(answer.g, number)
        )
    }


_PRIME_RISK = (
    "In a group that the server has chosen badly, or an attacker has chosen, discrete logarithms are easy: the key can "
    "be computed from recorded traffic."
)
PRIMES = (
    case(
        "dh-prime-composite",
        "HS9",
        "dh_prime is a composite number of 2048 bits.",
        SET_DH,
        _prime(KNOWN_PRIME + 6),
        risk=_PRIME_RISK,
        section=sections.GUIDELINES,
        quiet=_SLOW,
    ),
    case(
        "dh-prime-not-safe",
        "HS9",
        "dh_prime is a prime of 2048 bits, but (dh_prime - 1) / 2 is not prime.",
        SET_DH,
        _prime(UNSAFE_PRIME),
        risk=_PRIME_RISK,
        section=sections.GUIDELINES,
        quiet=_SLOW,
    ),
    case(
        "dh-prime-short",
        "HS9",
        "dh_prime is a safe prime of 1024 bits.",
        SET_DH,
        _prime(SHORT_SAFE_PRIME),
        risk=_PRIME_RISK,
        section=sections.GUIDELINES,
        quiet=_SLOW,
    ),
    case(
        "dh-prime-even",
        "HS9",
        "dh_prime is an even number of 2048 bits.",
        SET_DH,
        _prime(KNOWN_PRIME + 1),
        risk=_PRIME_RISK,
        section=sections.GUIDELINES,
        quiet=_SLOW,
    ),
    Case(
        name="dh-prime-other-safe",
        check="HS9",
        role=Role.CLIENT,
        title="dh_prime is a safe prime of 2048 bits, but not the one that Telegram uses: that of RFC 3526.",
        expected="Both are allowed: to test the prime and accept it, or to know Telegram's prime only.",
        risk="If Telegram changes its prime, a client that knows only the present one cannot connect.",
        section=sections.GUIDELINES,
        level=Level.MAY,
        tags=("handshake",),
        make=lambda: Tolerated(edits=_prime(OTHER_SAFE_PRIME)),
        control=ServerBehavior,
    ),
)


def _generator(g: int) -> Mapping[str, Edit]:
    def edit(answer: Any, handshake: FaultyHandshake) -> Any:
        if g > 1:
            return replace(answer, g=g, g_a=handshake.public_value(g))
        handshake.shared = g
        return replace(answer, g=g, g_a=minimal_bytes(g) or b"\0")

    return {"inner": edit}


_GENERATOR_RISK = (
    "A generator of the wrong subgroup reveals a bit of each exponent, and that of a small one reveals the key."
)
GENERATORS = (
    *(
        case(
            f"generator-{g}",
            "HS10",
            f"g is {g}, {why}.",
            SET_DH,
            _generator(g),
            risk=_GENERATOR_RISK,
            section=sections.GUIDELINES,
            level=level,
            quiet=_SLOW,
        )
        for g, why, level in (
            (0, "which generates nothing", Level.MUST),
            (1, "which generates only 1", Level.MUST),
            (2, "which is no quadratic residue modulo this dh_prime", Level.MUST),
            (5, "which is no quadratic residue modulo this dh_prime", Level.MUST),
            (6, "which is no quadratic residue modulo this dh_prime", Level.MUST),
            (9, "which is none of 2 to 7", Level.SHOULD),
        )
    ),
    Case(
        name="generator-7",
        check="HS10",
        role=Role.CLIENT,
        title="g is 7, which generates the right subgroup, too.",
        expected="The client accepts it.",
        risk="If Telegram changes its generator, such a client cannot connect.",
        section=sections.GUIDELINES,
        level=Level.SHOULD,
        tags=("handshake",),
        make=lambda: Tolerated(edits=_generator(7)),
        control=ServerBehavior,
    ),
)


def _g_a(number: int, shared: int | None = None) -> Mapping[str, Edit]:
    def edit(answer: Any, handshake: FaultyHandshake) -> Any:
        handshake.shared = shared
        return replace(answer, g_a=minimal_bytes(number) or b"\0")

    return {"inner": edit}


def _g_a_above(answer: Any, _: FaultyHandshake) -> Any:
    return replace(answer, g_a=minimal_bytes(int.from_bytes(answer.g_a, "big") + KNOWN_PRIME))


def _g_a_small(answer: Any, handshake: FaultyHandshake) -> Any:
    """3^1251 is just below 2^1984."""
    return replace(answer, g_a=handshake.use_exponent(1251))


_G_A_RISK = "With a public value of small order the key has a few possible values, known to an attacker."
_MARGIN = 1 << 1984
PUBLIC_VALUES = (
    *(
        case(
            name,
            check,
            f"g_a is {what}.",
            SET_DH,
            edits,
            risk=_G_A_RISK,
            section=sections.GUIDELINES,
            level=level,
        )
        for name, check, what, edits, level in (
            ("g-a-is-zero", "HS11", "0", _g_a(0, 0), Level.MUST),
            ("g-a-is-one", "HS11", "1", _g_a(1, 1), Level.MUST),
            ("g-a-is-minus-one", "HS11", "dh_prime - 1", _g_a(KNOWN_PRIME - 1, 1), Level.SHOULD),
            ("g-a-is-prime", "HS11", "dh_prime", _g_a(KNOWN_PRIME, 0), Level.MUST),
            ("g-a-above-prime", "HS11", "above dh_prime", {"inner": _g_a_above}, Level.MUST),
            ("g-a-small", "HS12", "3^1251, just below 2^1984", {"inner": _g_a_small}, Level.SHOULD),
            (
                "g-a-large",
                "HS12",
                "just above dh_prime - 2^1984",
                _g_a(KNOWN_PRIME - _MARGIN + 1),
                Level.SHOULD,
            ),
        )
    ),
)


def _retry(answer: Any, handshake: FaultyHandshake) -> Any:
    return types.mtproto.DhGenRetry(handshake.nonce, handshake.server_nonce, handshake.hash_of(2))


def _retry_once(answer: Any, handshake: FaultyHandshake) -> Any:
    return answer if handshake.retries_sent else _retry(answer, handshake)


def _zero_first(answer: types.mtproto.ResPQ, handshake: FaultyHandshake) -> types.mtproto.ResPQ:
    handshake.server_nonce = b"\0" + handshake.server_nonce[1:]
    return replace(answer, server_nonce=handshake.server_nonce)


def _first_failed(run: ClientRun) -> str | None:
    return None if run.handshakes[0].negotiated else "its first handshake failed, and another one did not"


def _wrong_retry_id(run: ClientRun) -> str | None:
    if not run.handshakes:
        return "the client made no key"
    handshake = run.handshakes[0]
    inner = handshake.client_inner
    if handshake.attempts == 1 and len(run.handshakes) > 1:
        return None  # the client began a new handshake, which is as good
    if inner is None or not handshake.retries_sent:
        return "the client did not try again"
    return "its retry_id is 0" if inner.retry_id == 0 else None


_HASH_RISK = (
    "The hash proves that the other end has the same key: without it a man in the middle goes unnoticed until later."
)
FINAL_ANSWERS = (
    case(
        "dh-gen-ok-hash",
        "HS14",
        "new_nonce_hash1 of dh_gen_ok is wrong.",
        ENCRYPTED,
        {"dh_gen": lambda answer, _: replace(answer, new_nonce_hash1=_flip(answer.new_nonce_hash1, 9))},
        risk=_HASH_RISK,
    ),
    case(
        "dh-gen-ok-hash-of-retry",
        "HS14",
        "dh_gen_ok has the hash of dh_gen_retry.",
        ENCRYPTED,
        {"dh_gen": lambda answer, handshake: replace(answer, new_nonce_hash1=handshake.hash_of(2))},
        risk="An attacker turns a request to try again into a success, with a key that the server does not keep.",
    ),
    case(
        "dh-gen-retry-hash",
        "HS14",
        "new_nonce_hash2 of dh_gen_retry is wrong.",
        SET_DH,
        {
            "dh_gen": lambda _, handshake: types.mtproto.DhGenRetry(
                handshake.nonce, handshake.server_nonce, _flip(handshake.hash_of(2))
            )
        },
        may_be_late=False,
        risk="An attacker on the network makes the client try again at will.",
        times=2,
        level=Level.SHOULD,
    ),
    case(
        "dh-gen-fail",
        "HS14",
        "The server answers dh_gen_fail, with the right hash.",
        ENCRYPTED,
        {
            "dh_gen": lambda _, handshake: types.mtproto.DhGenFail(
                handshake.nonce, handshake.server_nonce, handshake.hash_of(3)
            )
        },
        risk="The server does not have the key: everything that the client sends with it is lost.",
    ),
    case(
        "dh-gen-retry-for-ever",
        "HS14",
        "The server answers dh_gen_retry every time, with the right hash.",
        SET_DH,
        {"dh_gen": _retry},
        may_be_late=False,
        risk="A server keeps the client computing for ever.",
        times=12,
        level=Level.SHOULD,
    ),
    Case(
        name="dh-gen-retry",
        check="HS14",
        role=Role.CLIENT,
        title="The server answers dh_gen_retry once, with the right hash.",
        expected="The client draws another b, and names the rejected key in retry_id, or begins a new handshake.",
        risk="A client that cannot try again fails now and then, when its key collides with another one.",
        section=sections.AUTH_KEY,
        level=Level.SHOULD,
        tags=("handshake",),
        make=lambda: Tolerated(edits={"dh_gen": _retry_once}, check=_wrong_retry_id),
        control=ServerBehavior,
    ),
    Case(
        name="server-nonce-begins-with-zero",
        check="HS8",
        role=Role.CLIENT,
        title="server_nonce begins with a zero byte.",
        expected="The client completes the handshake: nonces are bytes, and not numbers.",
        risk="One of 256 handshakes fails, and no test finds out why.",
        section=sections.AUTH_KEY,
        tags=("handshake",),
        make=lambda: Tolerated(edits={"res_pq": _zero_first}, check=_first_failed),
        control=ServerBehavior,
    ),
)


def _out_of_turn(answer: Any, handshake: FaultyHandshake) -> Any:
    return types.mtproto.DhGenOk(handshake.nonce, handshake.server_nonce, bytes(16))


def _unchanged(answer: Any, _: FaultyHandshake) -> Any:
    return answer


ORDER = (
    case(
        "dh-gen-ok-at-once",
        "HS17",
        "dh_gen_ok comes in answer to req_DH_params.",
        SET_DH,
        {"dh_params": _out_of_turn},
        may_be_late=False,
        risk="Steps of the handshake, with their checks, can be left out.",
    ),
    case(
        "unknown-answer",
        "HS17",
        "An unknown constructor comes in answer to req_DH_params.",
        SET_DH,
        {"dh_params": lambda answer, _: b"\x01\x02\x03\x04" + codec.encode(answer)[4:]},
        may_be_late=False,
        risk="Whatever has the right length is read as the expected answer.",
    ),
    case(
        "plain-message-id-of-client",
        "HS17",
        "An unencrypted answer has a message id of a client (0 modulo 4).",
        DH,
        {"res_pq": _unchanged},
        risk="A client accepts its own messages, reflected.",
        level=Level.SHOULD,
        section=sections.DESCRIPTION,
        plain={"parity": 0},
    ),
    case(
        "plain-message-length",
        "HS17",
        "An unencrypted answer states a length that is 64 bytes too large.",
        DH,
        {"res_pq": _unchanged},
        risk="A length that is trusted reads beyond the message.",
        level=Level.SHOULD,
        section=sections.DESCRIPTION,
        plain={"parity": -1, "length": 64},
    ),
)

CASES = (*NONCES, *PQ, *KEYS, *ANSWER, *PRIMES, *GENERATORS, *PUBLIC_VALUES, *FINAL_ANSWERS, *ORDER)
