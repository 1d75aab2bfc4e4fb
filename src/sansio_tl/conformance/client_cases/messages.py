"""Cases for clients: message ids, replays, containers and compression. Each has a forged answer that must not count."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from struct import pack

from sansio_tl import codec, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import ForgedAnswer, packet
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.client_cases.envelope import case
from sansio_tl.conformance.faulty_server import ServedConnection
from sansio_tl.mtproto.container import deflate, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.plain_message import seal_plain

Made = Iterator[tuple[bytes, str]]
_GZIP = 31
"""The gzip format, for zlib."""
_REPLAY = "An attacker who has recorded a message, or a server, has it count a second time."
_NESTING = "Nesting without bound exhausts the stack, and other implementations read something else."


def _at(seconds: float, bits: int | None = None) -> Callable[[ServedConnection, Message, Message], Made]:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        low = forged.msg_id & 3 if bits is None else bits
        msg_id = (int((link.run.now + seconds) * 2**32) & ~3) | low
        note = f"msg_id {low} modulo 4, {seconds:g} s from now"
        yield packet(link, Message(msg_id, forged.seqno, forged.body)), note

    return deliver


def _body(change: Callable[[ServedConnection, Message], bytes], note: str) -> Callable[..., Made]:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        yield packet(link, Message(forged.msg_id, forged.seqno, change(link, forged))), note

    return deliver


def _container(change: Callable[[ServedConnection, Message], bytes], note: str) -> Callable[..., Made]:
    def deliver(link: ServedConnection, forged: Message, _: Message) -> Made:
        inside = Message(forged.msg_id - 4000, forged.seqno, forged.body)
        yield packet(link, Message(forged.msg_id | 3, forged.seqno & ~1, change(link, inside))), note

    return deliver


def _same_id(link: ServedConnection, forged: Message, answer: Message) -> Made:
    harmless = codec.encode(types.mtproto.MsgsAck([int.from_bytes(answer.body[4:12], "little", signed=True)]))
    yield packet(link, Message(forged.msg_id, forged.seqno, harmless)), "msgs_ack"
    yield packet(link, Message(forged.msg_id + 40, forged.seqno, harmless)), "another msgs_ack"
    yield packet(link, forged), "the forged answer, with the same message id"


def _same_id_in_container(link: ServedConnection, forged: Message, answer: Message) -> Made:
    harmless = codec.encode(types.mtproto.MsgsAck([int.from_bytes(answer.body[4:12], "little", signed=True)]))
    inside = Message(forged.msg_id - 4000, forged.seqno, harmless)
    yield (
        packet(link, Message(forged.msg_id - 2000 | 3, forged.seqno & ~1, join([inside]))),
        "a container with msgs_ack",
    )
    yield packet(link, Message(forged.msg_id + 40, forged.seqno, harmless)), "another msgs_ack"
    again = Message(inside.msg_id, forged.seqno, forged.body)
    yield (
        packet(link, Message(forged.msg_id | 3, forged.seqno & ~1, join([again]))),
        "a container with the forged answer, which has the id of that msgs_ack",
    )


def _same_container(link: ServedConnection, forged: Message, answer: Message) -> Made:
    harmless = codec.encode(types.mtproto.MsgsAck([int.from_bytes(answer.body[4:12], "little", signed=True)]))
    first = Message(forged.msg_id - 4000, forged.seqno, harmless)
    yield packet(link, Message(forged.msg_id | 3, forged.seqno & ~1, join([first]))), "a container with msgs_ack"
    yield packet(link, Message(forged.msg_id + 40, forged.seqno, harmless)), "another msgs_ack"
    yield (
        packet(link, Message(forged.msg_id | 3, forged.seqno & ~1, join([forged]))),
        "a container with the forged answer, and with the same id as the other container",
    )


def _in_container(link: ServedConnection, forged: Message, _: Message) -> Made:
    inside = Message(forged.msg_id - 4000, forged.seqno, forged.body)
    yield packet(link, Message(forged.msg_id | 3, forged.seqno & ~1, join([inside]))), "a correct container"


def container_control() -> ForgedAnswer:
    """The client accepts an answer in a container."""
    return ForgedAnswer(_in_container, true_too=False, must_accept=True)


def _plain(link: ServedConnection, forged: Message, _: Message) -> Made:
    yield seal_plain(forged.msg_id, forged.body), "the forged answer, unencrypted"


def _child(size: Callable[[int], int]) -> Callable[[ServedConnection, Message], bytes]:
    def make(_: ServedConnection, inside: Message) -> bytes:
        head = pack("<iqii", 1, inside.msg_id, inside.seqno, size(len(inside.body)))
        return join([])[:4] + head + inside.body

    return make


def _other_request(link: ServedConnection, forged: Message) -> bytes:
    asked = int.from_bytes(forged.body[4:12], "little", signed=True)
    return forged.body[:4] + (asked + 4).to_bytes(8, "little", signed=True) + forged.body[12:]


def _answered_request(link: ServedConnection, forged: Message) -> bytes:
    asked = int.from_bytes(forged.body[4:12], "little", signed=True)
    earlier = [sent.message.msg_id for sent in link.run.messages if sent.message.msg_id < asked]
    return (
        forged.body[:4] + (earlier[0] if earlier else asked - 4).to_bytes(8, "little", signed=True) + forged.body[12:]
    )


def _compressed(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(body) + packer.flush()


def contained(made: Case) -> Case:
    """The case with the control that has a container."""
    return replace(made, control=container_control)


CASES = (
    *(
        case(
            f"message-id-{bits}-modulo-4",
            "MS1",
            f"The message id is {bits} modulo 4, as of a client.",
            _at(0.0, bits),
            risk="A client accepts its own messages, reflected.",
            tags=("messages",),
            level=level,
        )
        for bits, level in ((0, Level.MUST), (2, Level.SHOULD))
    ),
    case(
        "message-id-10-minutes-old",
        "MS2",
        "The message id is 10 minutes old.",
        _at(-600.0),
        risk=_REPLAY,
        level=Level.SHOULD,
        tags=("messages",),
    ),
    case(
        "message-id-2-minutes-ahead",
        "MS2",
        "The message id is 2 minutes ahead.",
        _at(120.0),
        risk="Recorded messages count again, if the clock of the client is behind. It may correct its clock instead"
        " if the message proves to be new.",
        level=Level.MAY,
        tags=("messages",),
    ),
    case(
        "message-id-repeated",
        "MS3",
        "The message has the id of an earlier message, which is not the last one.",
        _same_id,
        risk=_REPLAY,
        tags=("messages",),
    ),
    contained(
        case(
            "message-id-repeated-in-container",
            "MS4",
            "The message, in a container, has the id of an earlier one.",
            _same_id_in_container,
            level=Level.SHOULD,
            risk=_REPLAY,
            tags=("messages",),
        )
    ),
    contained(
        case(
            "container-id-repeated",
            "MS3",
            "The container has the id of an earlier container.",
            _same_container,
            risk=_REPLAY,
            tags=("messages",),
        )
    ),
    case(
        "result-of-no-request",
        "MS17",
        "rpc_result names a request that was never made.",
        _body(_other_request, "req_msg_id + 4"),
        risk="An answer counts for another request.",
        section=sections.SERVICE,
        tags=("messages",),
    ),
    case(
        "result-of-earlier-request",
        "MS17",
        "rpc_result names an earlier request.",
        _body(_answered_request, "req_msg_id of an earlier request"),
        risk="An answer counts for another request.",
        section=sections.SERVICE,
        tags=("messages",),
    ),
    case(
        "unencrypted-result",
        "HS17",
        "rpc_result comes in an unencrypted message.",
        _plain,
        risk="Anyone on the network answers requests.",
        tags=("messages", "envelope"),
    ),
    contained(
        case(
            "container-inside-container",
            "MS13",
            "A container stands in a container.",
            _container(lambda _, inside: join([Message(inside.msg_id + 8, 0, join([inside]))]), "nested"),
            risk=_NESTING,
            section=sections.SERVICE,
            level=Level.SHOULD,
            tags=("messages",),
        )
    ),
    contained(
        case(
            "container-inside-gzip",
            "MS13",
            "A container stands in gzip_packed.",
            _container(lambda _, inside: deflate(join([inside])), "compressed"),
            risk=_NESTING,
            section=sections.SERVICE,
            level=Level.MAY,
            tags=("messages",),
        )
    ),
    contained(
        case(
            "container-bytes-left-over",
            "MS13",
            "4 bytes follow the messages of a container.",
            _container(lambda _, inside: join([inside]) + bytes(4), "4 bytes too many"),
            risk="What is parsed differently by two parts can be smuggled.",
            section=sections.SERVICE,
            level=Level.MAY,
            tags=("messages",),
        )
    ),
    contained(
        case(
            "container-message-too-long",
            "MS13",
            "A message in a container claims 1 MiB more than there is.",
            _container(_child(lambda size: size + (1 << 20)), "1 MiB too long"),
            risk="The parser reads beyond the container.",
            section=sections.SERVICE,
            level=Level.SHOULD,
            tags=("messages",),
        )
    ),
    contained(
        case(
            "container-message-negative",
            "MS13",
            "A message in a container has a negative length.",
            _container(_child(lambda _: -4), "length -4"),
            risk="The parser goes backwards, and does not end.",
            section=sections.SERVICE,
            level=Level.MUST,
            tags=("messages",),
        )
    ),
    case(
        "gzip-inside-gzip",
        "MS14",
        "The result is gzip_packed in gzip_packed.",
        _body(lambda _, forged: forged.body[:12] + deflate(deflate(forged.body[12:])), "gzip inside gzip"),
        risk="Nesting without bound exhausts memory.",
        section=sections.SERVICE,
        level=Level.MAY,
        tags=("messages",),
    ),
    case(
        "gzip-bytes-left-over",
        "MS15",
        "Bytes follow the compressed data inside of gzip_packed.",
        _body(
            lambda _, forged: (
                forged.body[:12] + codec.encode(types.mtproto.GzipPacked(_compressed(forged.body[12:]) + b"\1\2\3\4"))
            ),
            "4 bytes too many",
        ),
        risk="Two parsers read something different.",
        section=sections.SERVICE,
        level=Level.MAY,
        tags=("messages",),
    ),
)
