"""Cases for clients: the encrypted envelope. A forged answer comes in an envelope that must not be accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha1, sha256

from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import Deliver, ForgedAnswer, lengthened, packet
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_server import ServedConnection
from sansio_tl.crypto.kdf import message_key
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role

Made = Iterator[tuple[bytes, str]]


def in_correct_envelope(link: ServedConnection, forged: Message, _: Message) -> Made:
    """The control: an answer that a client has to accept."""
    yield packet(link, forged), "the forged answer, correct in every respect"


def control() -> ForgedAnswer:
    """The client accepts the answer if nothing is wrong with its message."""
    return ForgedAnswer(in_correct_envelope, true_too=False, must_accept=True)


def case(
    name: str,
    check: str,
    title: str,
    deliver: Deliver,
    *,
    risk: str,
    section: str = sections.GUIDELINES,
    level: Level = Level.MUST,
    tags: tuple[str, ...] = ("envelope",),
) -> Case:
    """A case in which a client must not accept an answer."""
    return Case(
        name=name,
        check=check,
        role=Role.CLIENT,
        title=title,
        expected="The client does not use the answer in it: it ignores the message, or closes the connection.",
        risk=risk,
        section=section,
        level=level,
        tags=tags,
        make=lambda: ForgedAnswer(deliver),
        control=control,
    )


def _altered(change: Callable[[bytes], bytes], note: str) -> Deliver:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        yield change(packet(link, forged)), note

    return deliver


def _flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]


def _sealed(
    note: str,
    *,
    padding: int | None = None,
    length: Callable[[int], int] | None = None,
    session: Callable[[int], int] | None = None,
) -> Deliver:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        size = None if length is None else length(len(forged.body))
        session_id = None if session is None else session(link.session_id)
        yield packet(link, forged, padding=padding, length=size, session_id=session_id), note

    return deliver


def _padding(size: int) -> Deliver:
    """Exactly so many bytes of padding, a multiple of 4: a longer phone_code_hash aligns the body."""

    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        missing = -(32 + len(forged.body) + size) % 16
        yield packet(link, lengthened(forged, missing), padding=size), f"{size} bytes of padding"

    return deliver


def _changed_in_padding(link: ServedConnection, forged: Message, _: Message) -> Made:
    yield _flip(packet(link, forged, padding=48), -3), "a bit of the last block, in the padding, is changed"


def _msg_key(compute: Callable[[ServedConnection, bytes, int], bytes], note: str) -> Deliver:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        used = 32 + len(forged.body)
        yield packet(link, forged, msg_key=lambda plaintext: compute(link, plaintext, used)), note

    return deliver


def _auth_key(link: ServedConnection) -> bytes:
    return b"" if link.key is None else link.key.key


def _without_padding(link: ServedConnection, plaintext: bytes, used: int) -> bytes:
    return sha256(_auth_key(link)[96:128] + plaintext[:used]).digest()[8:24]


def _of_first_version(link: ServedConnection, plaintext: bytes, used: int) -> bytes:
    return sha1(plaintext[:used], usedforsecurity=False).digest()[4:20]


def _of_client(link: ServedConnection, plaintext: bytes, used: int) -> bytes:
    return message_key(_auth_key(link), plaintext, Role.CLIENT)


def _reflected(link: ServedConnection, forged: Message, _: Message) -> Made:
    yield packet(link, forged, sender=Role.CLIENT), "encrypted as a client does"


_FORGERY = "An attacker on the network changes messages, or makes new ones, without knowing the key."
_PADDING_RISK = "Padding outside of the bounds was part of published attacks on the first version of the envelope."

CASES = (
    case(
        "packet-not-in-blocks",
        "EN1",
        "The ciphertext has 4 bytes more than whole AES blocks.",
        _altered(lambda made: made + b"\1\2\3\4", "4 bytes are appended"),
        risk="What stands outside of the blocks is not authenticated.",
        section=sections.DESCRIPTION,
        level=Level.SHOULD,
    ),
    case(
        "unknown-auth-key-id",
        "EN2",
        "The packet has the id of another auth key.",
        _altered(lambda made: _flip(made, 0), "a bit of auth_key_id is changed"),
        risk="A message of another key, an older one perhaps, counts as one of this key.",
    ),
    case(
        "msg-key-changed",
        "EN3",
        "A bit of msg_key is changed.",
        _altered(lambda made: _flip(made, 20), "one bit"),
        risk=_FORGERY,
    ),
    case(
        "ciphertext-changed-in-body",
        "EN3",
        "A bit of the last block but three is changed.",
        _altered(lambda made: _flip(made, -60), "one bit"),
        risk=_FORGERY,
    ),
    case(
        "ciphertext-changed-in-padding",
        "EN3",
        "A bit of the last block, which holds padding only, is changed.",
        _changed_in_padding,
        risk="The padding is not authenticated: what depends on it is under an attacker's control.",
    ),
    case(
        "msg-key-without-padding",
        "EN3",
        "msg_key is computed without the padding.",
        _msg_key(_without_padding, "msg_key of the plaintext without its padding"),
        risk="The padding is not authenticated, as in the first version of the protocol (Jakobsen and Orlandi, 2015).",
    ),
    case(
        "msg-key-of-mtproto-1",
        "EN3",
        "msg_key is the SHA-1 of MTProto 1.0.",
        _msg_key(_of_first_version, "msg_key as in the first version"),
        risk="A downgrade to the first version of the protocol, which has known weaknesses.",
    ),
    case(
        "msg-key-of-other-direction",
        "EN3",
        "msg_key is computed as for messages of a client.",
        _msg_key(_of_client, "msg_key of the other direction"),
        risk="Messages of a client can be sent back to it.",
    ),
    case(
        "reflected-envelope",
        "EN3",
        "The whole packet is encrypted as a client encrypts.",
        _reflected,
        risk="Messages of a client can be sent back to it (reflection).",
    ),
    case(
        "length-not-of-words",
        "EN4",
        "The length inside is the body's plus 2.",
        _sealed("length + 2", length=lambda size: size + 2, padding=32),
        risk="A length that no sender writes means a forged or corrupt message.",
        level=Level.SHOULD,
    ),
    case(
        "length-beyond-data",
        "EN5",
        "The length inside exceeds the decrypted data.",
        _sealed("length + 1024", length=lambda size: size + 1024),
        risk="The parser reads beyond the message, into memory of something else.",
    ),
    case(
        "length-negative",
        "EN5",
        "The length inside is negative.",
        _sealed("length -4", length=lambda _: -4),
        risk="The parser reads beyond the message, into memory of something else.",
    ),
    *(
        case(
            f"padding-of-{size}",
            "EN6",
            f"The message has {size} bytes of padding; 12 are the minimum.",
            _padding(size),
            risk=_PADDING_RISK,
        )
        for size in (0, 8)
    ),
    case(
        "padding-of-2048",
        "EN6",
        "The message has more than 2048 bytes of padding; 1024 are the maximum.",
        _sealed("2048 bytes", padding=2048),
        risk=_PADDING_RISK,
    ),
    case(
        "other-session",
        "EN7",
        "The message belongs to another session.",
        _sealed("another session_id", session=lambda session_id: session_id ^ 1),
        risk="An attacker replays the messages of an earlier session of the same key.",
    ),
    case(
        "session-zero",
        "EN7",
        "The message has the session id 0.",
        _sealed("session_id 0", session=lambda _: 0),
        risk="An attacker replays the messages of an earlier session of the same key.",
    ),
)
