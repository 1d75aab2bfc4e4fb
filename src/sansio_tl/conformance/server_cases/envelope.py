"""Cases for servers: the encrypted envelope. A ping comes in an envelope that must not be accepted."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1, sha256

from sansio_tl import types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_client import Doing, FaultyClient, Script, not_reached
from sansio_tl.conformance.server_cases.probes import (
    begin,
    correct,
    is_alive,
    must_not_execute,
    must_work,
    ping,
    server_case,
    violated,
    was_executed,
)
from sansio_tl.crypto.kdf import message_key
from sansio_tl.role import Role

_EXPECTED = "The server does not answer the ping in it: it ignores the packet, or closes the connection."
_FORGERY = "An attacker on the network changes messages, or makes new ones, without knowing the key."
_PADDING_RISK = "Padding outside of the bounds was part of published attacks on the first version of the envelope."


def _flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]


def _altered(change: Callable[[bytes], bytes], **faults: int) -> Callable[[FaultyClient], tuple[bytes, str]]:
    return lambda peer: (change(peer.packet(peer.message(ping()), **faults)), "a damaged packet")


def _sealed(note: str, **faults: int) -> Callable[[FaultyClient], tuple[bytes, str]]:
    return lambda peer: (peer.packet(peer.message(ping()), **faults), note)


def _msg_key(compute: Callable[[FaultyClient, bytes], bytes], note: str) -> Callable[[FaultyClient], tuple[bytes, str]]:
    return lambda peer: (
        peer.packet(peer.message(ping()), msg_key=lambda plaintext: compute(peer, plaintext)),
        note,
    )


def _key(peer: FaultyClient) -> bytes:
    return b"" if peer.auth_key is None else peer.auth_key.key


_PING_SIZE = 12
_USED = 32 + _PING_SIZE


def case(
    name: str,
    check: str,
    title: str,
    make: Callable[[FaultyClient], tuple[bytes, str]],
    *,
    risk: str = _FORGERY,
    level: Level = Level.MUST,
) -> Case:
    """A case in which a server must not execute what is in a packet."""
    return server_case(
        f"server-{name}", check, title, must_not_execute(make), expected=_EXPECTED, risk=risk,
        section=sections.GUIDELINES, level=level, tags=("envelope",),
    )  # fmt: skip


def _reactions(peer: FaultyClient) -> Script:
    """EN8: the reactions to four failures behind the decryption."""
    seen: dict[str, tuple[object, ...]] = {}
    faulty: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("msg_key", lambda: _flip(peer.packet(peer.message(ping())), 20)),
        ("length", lambda: peer.packet(peer.message(ping()), length=2)),
        ("length beyond the data", lambda: peer.packet(peer.message(ping()), length=4096)),
        ("padding", lambda: peer.packet(peer.message(ping()), padding=2048)),
    )
    for name, change in faulty:
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        yield from peer.pass_time(0.3)  # new_session_created may come after the pong
        before = len(peer.messages)
        yield from peer.write_packet(change(), f"a packet with a wrong {name}")
        yield from peer.pass_time(0.5)
        if was_executed(peer):
            return violated(f"the server executed the packet with a wrong {name}")
        seen[name] = (peer.closed, peer.transport_error, len(peer.messages) - before)
    if len(set(seen.values())) > 1:
        return violated(f"the reactions differ: {seen}")
    return correct("the four reactions are the same")


def _padding_of(peer: FaultyClient) -> Doing[str | None]:
    yield from is_alive(peer, 3)
    for plaintext in peer.plaintexts:
        length = int.from_bytes(plaintext[28:32], "little", signed=True)
        size = len(plaintext) - 32 - length
        if not 12 <= size <= 1024:
            return f"a message with {size} bytes of padding"
        if not any(plaintext[32 + length :]):
            return "padding of zeros"
    return None


def _random_padding(peer: FaultyClient) -> Script:
    if not (yield from begin(peer)):
        return not_reached("the server does not answer a correct ping")
    for number in range(10, 26):
        yield from is_alive(peer, number)
    sizes = {
        len(plaintext) - 32 - int.from_bytes(plaintext[28:32], "little", signed=True) for plaintext in peer.plaintexts
    }
    if len(sizes) < 3:
        return violated(f"16 messages have paddings of the same sizes: {sorted(sizes)}")
    return correct(f"paddings of {min(sizes)} to {max(sizes)} bytes")


def _other_session(peer: FaultyClient) -> Script:
    """EN7: the answers belong to the session of the request."""
    if not (yield from begin(peer)):
        return not_reached("the server does not answer a correct ping")
    first = peer.session_id
    peer.new_session()
    if not (yield from is_alive(peer, 7)):
        return violated("no answer in a second session")
    for packet in peer.packets:
        for_second = packet.message.constructor == types.mtproto.Pong.ID.to_bytes(4, "little") and (
            packet.message.body[12:20] == (7).to_bytes(8, "little")
        )
        if for_second and packet.session_id == first:
            return violated("the answer of the second session came in the first")
    return correct("the answer came in the session of the ping")


CASES = (
    case(
        "packet-not-in-blocks",
        "EN1",
        "The ciphertext has 4 bytes more than whole AES blocks.",
        _altered(lambda made: made + b"\1\2\3\4"),
        level=Level.SHOULD,
    ),
    case(
        "packet-without-ciphertext",
        "EN1",
        "The packet ends after msg_key.",
        _altered(lambda made: made[:24]),
        risk="A packet that is too short is read beyond its end.",
    ),
    case("msg-key-changed", "EN3", "A bit of msg_key is changed.", _altered(lambda made: _flip(made, 20))),
    case("ciphertext-changed", "EN3", "A bit of the ciphertext is changed.", _altered(lambda made: _flip(made, 60))),
    case(
        "ciphertext-changed-in-padding",
        "EN3",
        "A bit of the last block, which holds padding only, is changed.",
        _altered(lambda made: _flip(made, -3), padding=48),
        risk="The padding is not authenticated: what depends on it is under an attacker's control.",
    ),
    case(
        "msg-key-without-padding",
        "EN3",
        "msg_key is computed without the padding.",
        _msg_key(
            lambda peer, plaintext: sha256(_key(peer)[88:120] + plaintext[:_USED]).digest()[8:24], "without padding"
        ),
        risk="The padding is not authenticated, as in the first version of the protocol (Jakobsen and Orlandi, 2015).",
    ),
    case(
        "msg-key-of-mtproto-1",
        "EN3",
        "msg_key is the SHA-1 of MTProto 1.0.",
        _msg_key(lambda _, plaintext: sha1(plaintext[:_USED], usedforsecurity=False).digest()[4:20], "SHA-1"),
        risk="A downgrade to the first version of the protocol, which has known weaknesses.",
    ),
    case(
        "msg-key-of-other-direction",
        "EN3",
        "msg_key is computed as for messages of a server.",
        _msg_key(lambda peer, plaintext: message_key(_key(peer), plaintext, Role.SERVER), "other direction"),
        risk="Messages of a server can be sent back to it.",
    ),
    case(
        "reflected-envelope",
        "EN3",
        "The whole packet is encrypted as a server encrypts.",
        lambda peer: (peer.packet(peer.message(ping()), sender=Role.SERVER), "encrypted as a server does"),
        risk="Messages of a server can be sent back to it (reflection).",
    ),
    case(
        "length-not-of-words",
        "EN4",
        "The length inside is the body's plus 2.",
        _sealed("length + 2", length=_PING_SIZE + 2, padding=32),
        level=Level.SHOULD,
        risk="A length that no sender writes means a forged or corrupt message.",
    ),
    case(
        "length-beyond-data",
        "EN5",
        "The length inside exceeds the decrypted data.",
        _sealed("length + 4096", length=_PING_SIZE + 4096),
        risk="The parser reads beyond the message, into memory of something else.",
    ),
    case(
        "length-negative",
        "EN5",
        "The length inside is negative.",
        _sealed("length -4", length=-4),
        risk="The parser reads beyond the message, into memory of something else.",
    ),
    case(
        "padding-of-4",
        "EN6",
        "The message has 4 bytes of padding; 12 are the minimum.",
        _sealed("4 bytes of padding", padding=4),
        risk=_PADDING_RISK,
    ),
    case(
        "padding-of-2048",
        "EN6",
        "The message has more than 2048 bytes of padding; 1024 are the maximum.",
        _sealed("2048 bytes of padding", padding=2048),
        risk=_PADDING_RISK,
    ),
    server_case(
        "server-answers-in-session",
        "EN7",
        "A second session of the same key sends a ping.",
        _other_session,
        expected="The answer comes in that session.",
        risk="A client gets the answers of another one of its sessions.",
        tags=("envelope",),
    ),
    server_case(
        "server-same-reactions",
        "EN8",
        "Packets come in which msg_key, the length, or the padding is wrong.",
        _reactions,
        expected="From outside, the reactions cannot be distinguished.",
        risk="An attacker learns about the plaintext from the kind of failure.",
        section=sections.GUIDELINES,
        level=Level.SHOULD,
        tags=("envelope",),
    ),
    server_case(
        "server-padding-bounds",
        "EN6",
        "The server answers a ping.",
        must_work(_padding_of),
        expected="Its messages have 12 to 1024 bytes of padding, which are not zeros.",
        risk="Strict clients reject such messages, and the padding does not protect the length.",
        tags=("envelope",),
    ),
    server_case(
        "server-padding-random",
        "EN9",
        "The server answers 16 pings.",
        _random_padding,
        expected="The sizes of the paddings differ.",
        risk="The length of messages is visible from outside.",
        level=Level.SHOULD,
        tags=("envelope",),
    ),
)
