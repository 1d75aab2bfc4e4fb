"""Cases for clients: framings, transport errors, and values that claim too much."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import pack
from zlib import crc32

from sansio_tl import codec, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.client_cases.envelope import control
from sansio_tl.conformance.client_cases.service import before, case, changed
from sansio_tl.conformance.faulty_server import ServerBehavior
from sansio_tl.conformance.reactions import BrokenFrame, Endless, MayEnd
from sansio_tl.conformance.samples import gzip_of_zeros
from sansio_tl.role import Role

_VECTOR = 0x1CB5C415
_UPDATES = types.Updates.ID.to_bytes(4, "little")
_JSON_ARRAY = bytes.fromhex("634744f7")
_SURVIVES = "The client does not crash or hang: it ignores the message and goes on, or ends the connection."


def _survives(name: str, check: str, title: str, body: bytes, *, risk: str, level: Level = Level.MUST) -> Case:
    return case(
        name, check, title, before(body, title, content=True), risk=risk, section=sections.SERIALIZE, level=level,
        tags=("codec",),
    )  # fmt: skip


def _flags(body: bytes) -> bytes:
    """An unknown flag of auth.sentCode is set."""
    flags = int.from_bytes(body[16:20], "little") | 1 << 28
    return body[:16] + flags.to_bytes(4, "little") + body[20:]


def _wrong_checksum(number: int, forged: bytes) -> bytes:
    framed = pack("<iI", len(forged) + 12, number) + forged
    return framed + pack("<I", crc32(framed) ^ 1)


def _wrong_number(number: int, forged: bytes) -> bytes:
    framed = pack("<iI", len(forged) + 12, number + 3) + forged
    return framed + pack("<I", crc32(framed))


def _transport_error(code: int) -> ServerBehavior:
    return MayEnd(lambda link, _: link.send_transport_error(code))


def _full(name: str, title: str, make: Callable[[int, bytes], bytes], risk: str) -> Case:
    return Case(
        name=name,
        check="TR5",
        role=Role.CLIENT,
        title=title,
        expected="The client does not use the answer in it.",
        risk=risk,
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
        make=lambda: BrokenFrame(make),
        control=control,
    )


CASES = (
    case(
        "byte-by-byte",
        "TR9",
        "Everything that the server sends comes byte by byte.",
        None,
        piece_size=1,
        risk="Slow networks deliver packets in pieces.",
        section=sections.TRANSPORTS,
        tags=("transport",),
    ),
    case(
        "in-small-pieces",
        "TR9",
        "Everything that the server sends comes in pieces of 7 bytes.",
        None,
        piece_size=7,
        risk="Slow networks deliver packets in pieces.",
        section=sections.TRANSPORTS,
        tags=("transport",),
    ),
    Case(
        name="endless-packet",
        check="TR1",
        role=Role.CLIENT,
        title="The longest packet that the framing can announce is announced, and 48 MiB of it are sent.",
        expected="The client ends the connection instead of buffering it.",
        risk="Anyone on the network exhausts the memory of the client.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
        make=Endless,
        control=ServerBehavior,
    ),
    *(
        Case(
            name=f"transport-error-{-code}",
            check="TR3",
            role=Role.CLIENT,
            title=f"The transport error {code} comes in place of an answer.",
            expected="The client reports an error, or tries again: it does not crash or hang.",
            risk="The client waits for ever.",
            section=sections.TRANSPORTS,
            level=Level.SHOULD,
            tags=("transport",),
            make=partial(_transport_error, code),
            control=ServerBehavior,
        )
        for code in (-429, -444, -999)
    ),
    _full(
        "full-checksum",
        "The checksum of the full framing is wrong.",
        _wrong_checksum,
        "Damage goes unnoticed until the decryption.",
    ),
    _full(
        "full-packet-number",
        "The packet number of the full framing is wrong.",
        _wrong_number,
        "Lost and repeated packets go unnoticed.",
    ),
    _survives(
        "unknown-message",
        "TL3",
        "A message with an unknown constructor comes.",
        b"\x01\x02\x03\x04" + bytes(12),
        risk="The client of an older layer ends with the next change of the schema.",
    ),
    _survives(
        "vector-of-2-billion",
        "TL1",
        "updates with a vector of 2^31 - 1 items come.",
        _UPDATES + pack("<Ii", _VECTOR, 0x7FFFFFFF) + bytes(16),
        risk="A small message exhausts memory.",
    ),
    _survives(
        "vector-of-minus-one",
        "TL1",
        "updates with a vector of -1 items come.",
        _UPDATES + pack("<Ii", _VECTOR, -1) + bytes(16),
        risk="A negative count is a loop without end.",
    ),
    _survives(
        "string-beyond-data",
        "TL2",
        "A string that claims 16 MB comes.",
        codec.encode(types.mtproto.MsgsStateInfo(1, b""))[:-4] + b"\xfe\xff\xff\xff" + bytes(16),
        risk="The parser reads beyond the message.",
    ),
    _survives(
        "string-of-length-255",
        "TL2",
        "A string begins with 255, which is no length.",
        codec.encode(types.mtproto.MsgsStateInfo(1, b""))[:-4] + b"\xff\1\0\0" + bytes(16),
        risk="Two parsers read something different.",
        level=Level.SHOULD,
    ),
    _survives(
        "deep-value",
        "TL4",
        "JSON arrays come, 5,000 deep.",
        (_JSON_ARRAY + pack("<Ii", _VECTOR, 1)) * 5_000,
        risk="Nesting without bound exhausts the stack.",
    ),
    _survives(
        "random-message",
        "TL9",
        "A message of random bytes comes.",
        bytes(range(3, 251, 4)) + bytes(6),
        risk="Any bytes end the client.",
    ),
    case(
        "unknown-flag",
        "TL6",
        "A flag of auth.sentCode is set that the schema does not have.",
        changed(_flags, "flags | 1 << 28"),
        risk="The client ends with the next change of the schema.",
        section=sections.SERIALIZE,
        level=Level.SHOULD,
        tags=("codec",),
    ),
    case(
        "gzip-of-32-mib",
        "MS15",
        "gzip_packed with 32 MiB of zeros comes.",
        before(lambda _, __: gzip_of_zeros(32), "32 MiB, compressed", content=True),
        risk="A small message exhausts memory.",
        tags=("codec",),
    ),
    case(
        "gzip-damaged",
        "MS15",
        "gzip_packed with truncated data comes.",
        before(codec.encode(types.mtproto.GzipPacked(b"\x1f\x8b\x08\0\0\0\0\0\0\3abc")), "truncated", content=True),
        risk="A damaged message ends the client.",
        tags=("codec",),
    ),
)
