"""Cases for clients: bytes that are no value of TL, or an unusual one. What a client took from them shows afterwards.

The answer to auth.sendCode exists twice, as in the cases for envelopes: the first one, with another phone_code_hash, is
no correct serialization.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from struct import pack
from typing import Any

from msgspec import structs

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import HASH_SIZE, ForgedAnswer, packet
from sansio_tl.conformance.case import Case, Finding, Judgement, Level
from sansio_tl.conformance.client_cases import envelope, handshake, service
from sansio_tl.conformance.facts import body_of
from sansio_tl.conformance.faulty_handshake import FaultyHandshake
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.conformance.reactions import MayEnd, PackedErrors, password_control
from sansio_tl.conformance.samples import LONGEST_SHORT, UNKNOWN, gzip_beyond_data, gzip_head_of_255, string
from sansio_tl.mtproto.container import deflate, join
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.tl.errors import DecodeError

Made = Iterator[tuple[bytes, str]]
Change = Callable[[types.auth.SentCode], bytes]
_SIGN_IN = functions.auth.SignIn.ID.to_bytes(4, "little")
_HASH_BYTES = 1 + HASH_SIZE + 1
"""Bytes of a phone_code_hash as it is serialized: length, text, padding."""
_READS_BEYOND = "The parser reads beyond the message, into memory of something else, or takes a part for the whole."
_TWO_READERS = "Two parsers read something different."


def _forged(
    change: Change, note: str, *, zero_padding: bool = False
) -> Callable[[ServedConnection, Message, Message], Made]:
    """`change` gets an auth.sentCode of which phone_code_hash is the last field, and returns the result."""

    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        sent = codec.decode(forged.body[12:])
        if isinstance(sent, types.auth.SentCode):
            result = change(structs.replace(sent, next_type=None, timeout=None))
            message = Message(forged.msg_id, forged.seqno, forged.body[:12] + result)
            yield packet(link, message, zero_padding=zero_padding), note

    return deliver


def _case(
    name: str, check: str, title: str, change: Change, *, note: str, risk: str, level: Level, compressed: bool = False,
    zero_padding: bool = False,
) -> Case:  # fmt: skip
    made = envelope.case(
        f"result-{name}", check, title, _forged(change, note, zero_padding=zero_padding), risk=risk,
        section=sections.SERIALIZE, level=level, tags=("codec",),
    )  # fmt: skip
    return replace(made, control=compressed_control) if compressed else made


def compressed_control() -> ForgedAnswer:
    """The client accepts an answer that is compressed."""
    compressed = _forged(lambda sent: deflate(codec.encode(sent)), "the forged answer, compressed, and correct")
    return ForgedAnswer(compressed, true_too=False, must_accept=True)


def _string_too_long(sent: types.auth.SentCode) -> bytes:
    encoded = codec.encode(sent)
    return encoded[:-_HASH_BYTES] + bytes([HASH_SIZE + 8]) + encoded[1 - _HASH_BYTES :]


def _without_last_field(sent: types.auth.SentCode) -> bytes:
    return codec.encode(structs.replace(sent, timeout=60))[:-4]


def _head_of_255(sent: types.auth.SentCode) -> bytes:
    text = sent.phone_code_hash.encode()
    return codec.encode(sent)[:-_HASH_BYTES] + b"\xff" + text + b"f" * (255 - len(text))


def _other_constructor(constructor: bytes) -> Change:
    """next_type is the last field, and only a constructor."""

    def change(sent: types.auth.SentCode) -> bytes:
        return codec.encode(structs.replace(sent, next_type=types.auth.CodeTypeSms()))[:-4] + constructor

    return change


def _second_fingerprint_missing(answer: Any, _: FaultyHandshake) -> bytes:
    encoded = codec.encode(answer)
    return encoded[:-12] + pack("<i", 2) + encoded[-8:]


def _other_vector(answer: Any, _: FaultyHandshake) -> bytes:
    encoded = codec.encode(answer)
    return encoded[:-16] + UNKNOWN + encoded[-12:]


class _LongText(ForgedAnswer):
    """The phone_code_hash has another length, and the client has to send it as it is."""

    def __init__(self, size: int) -> None:
        self._text = b""
        self._size = size
        super().__init__(
            _forged(self._lengthen, f"a phone_code_hash of {size} bytes"), true_too=False, must_accept=True
        )

    def _lengthen(self, sent: types.auth.SentCode) -> bytes:
        text = sent.phone_code_hash.encode()
        self._text = text + b"f" * (self._size - len(text))
        return codec.encode(sent)[:-_HASH_BYTES] + string(self._text)

    def decide(self, run: ClientRun) -> Judgement | None:
        """As it was sent, and in auth.signIn that can be decoded."""
        found = super().decide(run)
        if found is None or found.finding is not Finding.CORRECT:
            return found
        body = next(body for sent in run.messages if self.forged_hash in (body := body_of(sent.message)))
        if string(self._text) not in body:
            return Judgement(Finding.VIOLATED, "the client sent something else than the phone_code_hash")
        if _SIGN_IN in body:
            try:
                codec.decode(body[body.index(_SIGN_IN) :])
            except DecodeError as error:
                return Judgement(Finding.VIOLATED, f"the client's auth.signIn cannot be decoded: {error}")
        return Judgement(Finding.CORRECT, "the client sent the phone_code_hash as it is")

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It may refuse a phone_code_hash of that length."""
        return Judgement(Finding.NOT_REACHED, "the client does not use a phone_code_hash of that length")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended without it."""
        return self.on_quiet(run) or super().on_end(run)


def _long_text(size: int, how: str) -> Case:
    return Case(
        name=f"text-of-{size}-bytes",
        check="TL7",
        role=Role.CLIENT,
        title=f"The phone_code_hash has {size} bytes, {how}.",
        expected="The client sends it as it is, in an auth.signIn that can be decoded.",
        risk="Long texts are damaged.",
        section=sections.SERIALIZE,
        tags=("codec",),
        make=lambda: _LongText(size),
        control=envelope.control,
    )


def _unknown_result(link: ServedConnection, answer: Message) -> None:
    body = answer.body[:12] + UNKNOWN + answer.body[16:]
    link.send_packet(packet(link, Message(answer.msg_id, answer.seqno, body)), "a result with an unknown constructor")


def _with_unknown_message(link: ServedConnection, answer: Message) -> bool:
    link.run.marks["connection"] = link.facts.number
    unknown = Message(answer.msg_id - 4000 | 3, answer.seqno & ~1, UNKNOWN + bytes(12))
    body = join([unknown, answer])
    link.send_packet(
        packet(link, Message(answer.msg_id + 4 | 3, answer.seqno & ~1, body)),
        "a container with an unknown message and the answer",
    )
    return True


CASES = (
    _case(
        "string-beyond-data",
        "TL2",
        "A string in the result claims 8 bytes more than there are.",
        _string_too_long,
        note="the string claims 8 bytes more",
        risk=_READS_BEYOND,
        level=Level.MUST,
    ),
    _case(
        "cut-short",
        "TL9",
        "The last field of the result, a number, is missing.",
        _without_last_field,
        note="the last 4 bytes are missing",
        risk=_READS_BEYOND,
        level=Level.MUST,
    ),
    _case(
        "bytes-left-over",
        "TL9",
        "4 bytes follow the result.",
        lambda sent: codec.encode(sent) + bytes(4),
        note="4 bytes too many",
        risk=_TWO_READERS,
        level=Level.SHOULD,
    ),
    _case(
        "string-of-length-255",
        "TL2",
        "A string in the result begins with 255, which is no length, and 255 bytes follow.",
        _head_of_255,
        note="a string that begins with 255",
        risk=_TWO_READERS,
        level=Level.SHOULD,
    ),
    _case(
        "without-padding",
        "TL2",
        "The result is compressed, and the padding of its last string is missing.",
        lambda sent: deflate(codec.encode(sent)[:-1]),
        note="the last byte is missing, a padding",
        risk=_TWO_READERS,
        level=Level.SHOULD,
        compressed=True,
    ),
    _case(
        "gzip-beyond-data",
        "TL2",
        "The string in gzip_packed claims 8 bytes more than there are.",
        lambda sent: gzip_beyond_data(codec.encode(sent)),
        note="gzip_packed claims 8 bytes more; the padding is zeros, which zlib ignores after its data",
        risk=_READS_BEYOND,
        level=Level.MUST,
        compressed=True,
        zero_padding=True,
    ),
    _case(
        "gzip-of-length-255",
        "TL2",
        "The string in gzip_packed begins with 255, which is no length, in place of 254.",
        lambda sent: gzip_head_of_255(codec.encode(sent)),
        note="gzip_packed begins with 255",
        risk=_TWO_READERS,
        level=Level.SHOULD,
        compressed=True,
    ),
    _case(
        "unknown-type-inside",
        "TL3",
        "The last field of the result has an unknown constructor.",
        _other_constructor(UNKNOWN),
        note="next_type has an unknown constructor",
        risk="A client that guesses what it does not know takes something else for the rest.",
        level=Level.SHOULD,
    ),
    _case(
        "wrong-type-inside",
        "TL9",
        "The last field of the result has a constructor of another type: updatesTooLong as auth.CodeType.",
        _other_constructor(types.UpdatesTooLong.ID.to_bytes(4, "little")),
        note="next_type is updatesTooLong",
        risk="A program finds a value where its library promises another type.",
        level=Level.SHOULD,
    ),
    handshake.case(
        "fingerprints-cut-short",
        "TL1",
        "resPQ ends after the first of two fingerprints.",
        handshake.DH,
        {"res_pq": _second_fingerprint_missing},
        risk=_READS_BEYOND,
        section=sections.SERIALIZE,
    ),
    handshake.case(
        "fingerprints-in-no-vector",
        "TL9",
        "The fingerprints of resPQ have an unknown constructor in place of Vector's.",
        handshake.DH,
        {"res_pq": _other_vector},
        risk=_TWO_READERS,
        section=sections.SERIALIZE,
        level=Level.SHOULD,
    ),
    _long_text(LONGEST_SHORT, "the most that have a length of one byte"),
    _long_text(LONGEST_SHORT + 1, "the least that have a length of three bytes"),
    Case(
        name="result-unknown",
        check="TL3",
        role=Role.CLIENT,
        title="The result of a request has an unknown constructor.",
        expected="The request fails: the client does not crash, or wait for ever.",
        risk="A program waits for ever for what a newer server answers.",
        section=sections.SERIALIZE,
        level=Level.SHOULD,
        tags=("codec",),
        make=lambda: MayEnd(_unknown_result),
        control=ServerBehavior,
    ),
    service.case(
        "unknown-message-in-container",
        "TL3",
        "The answer stands in a container with a message that has an unknown constructor.",
        _with_unknown_message,
        run_check=service.gave_up_connection,
        expected="The client uses the answer, and keeps its connection.",
        risk="The client of an older layer ends with the next change of the schema.",
        section=sections.SERIALIZE,
        level=Level.SHOULD,
        tags=("codec",),
    ),
    Case(
        name="compressed-error",
        check="TL8",
        role=Role.CLIENT,
        title="The error SESSION_PASSWORD_NEEDED is gzip_packed.",
        expected="The client enters the password, and completes its program.",
        risk="Servers may compress any result, and an error is one.",
        section=sections.SERVICE,
        level=Level.SHOULD,
        tags=("codec",),
        make=PackedErrors,
        control=password_control,
    ),
)
