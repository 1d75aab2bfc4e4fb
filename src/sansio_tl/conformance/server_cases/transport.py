"""Cases for servers: framings, and the codec."""

from __future__ import annotations

from struct import pack
from zlib import crc32

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_client import Doing, FaultyClient, Script, not_reached
from sansio_tl.conformance.server_cases.messages import works
from sansio_tl.conformance.server_cases.probes import (
    ScriptMaker,
    begin,
    correct,
    is_alive,
    ping,
    server_case,
    violated,
    was_executed,
)

_FRAMINGS = (
    "abridged",
    "intermediate",
    "padded",
    "full",
    "obfuscated abridged",
    "obfuscated intermediate",
    "obfuscated padded",
)
_VECTOR = 0x1CB5C415

_PINGS = 30
"""Enough for each size of the padding, where there is a random one."""


def _framing(name: str) -> ScriptMaker:
    def script(peer: FaultyClient) -> Script:
        if not (yield from begin(peer, name)):
            return violated("the server does not answer")
        for number in range(_PINGS):
            if not (yield from is_alive(peer, 100 + number)):
                return violated(f"the server answers no more after {number} pings")
        return correct("the server answers")

    return script


def _byte_by_byte(peer: FaultyClient) -> Doing[str | None]:
    packet = peer.packet(peer.message(ping(30)))
    yield from peer.write_packet(packet, "a ping, byte by byte", piece_size=1)
    pong = yield from peer.receive(types.mtproto.Pong, where=lambda pong: pong.ping_id == 30)
    return None if pong else "no answer"


def _rejected(data: bytes, note: str, framing: str = "intermediate") -> ScriptMaker:
    """Bytes that no framing has: the connection ends, or they are ignored; other clients are served."""

    def script(peer: FaultyClient) -> Script:
        if not (yield from begin(peer, framing)):
            return not_reached("the server does not answer a correct ping")
        peer.note(None, note)
        yield from peer.write(data)
        yield from peer.pass_time(1.0)
        ended = peer.closed or peer.transport_error is not None
        if not (yield from begin(peer)):
            return violated("the server does not serve a new connection")
        return correct("the server ended the connection") if ended else violated("the server kept the connection open")

    return script


def _flood(peer: FaultyClient) -> Script:
    """TR1: the server takes 64 MB of a packet that it announces."""
    if not (yield from begin(peer)):
        return not_reached("the server does not answer a correct ping")
    peer.note(None, "a packet of 1 GiB is announced, and 64 MiB of it are sent")
    yield from peer.write(pack("<I", 1 << 30))
    for _ in range(64):
        yield from peer.write(bytes(1 << 20))
        yield from peer.pass_time(0.001)
        if peer.closed:
            return correct("the server closed the connection")
    return violated("the server read 64 MiB of it")


def _full(peer: FaultyClient, *, crc: int = 0, seqno: int = 0) -> Script:
    if not (yield from begin(peer, "full")):
        return not_reached("the server does not answer in the full framing")
    packet = peer.packet(peer.message(ping()))
    number = peer.frames_sent + seqno
    framed = pack("<iI", len(packet) + 12, number) + packet
    yield from peer.write(framed + pack("<I", crc32(framed) ^ crc))
    yield from peer.pass_time(1.0)
    return violated("the server executed it") if was_executed(peer) else correct("the server did not execute it")


def _quick_ack(peer: FaultyClient) -> Doing[str | None]:
    packet = peer.packet(peer.message(ping(31)))
    yield from peer.write_packet(packet, "a ping that requests a quick acknowledgement", quick_ack=True)
    yield from peer.receive(types.mtproto.Pong, where=lambda pong: pong.ping_id == 31)
    return None if peer.quick_acks else "no quick acknowledgement"


def _giant_vector(peer: FaultyClient) -> Doing[str | None]:
    body = codec.encode(types.mtproto.MsgsAck(msg_ids=[]))[:4] + pack("<Ii", _VECTOR, 0x7FFFFFFF) + bytes(16)
    yield from peer.send(peer.message(body, content=False), "msgs_ack of 2^31 - 1 ids")
    return None if (yield from is_alive(peer, 32)) else "the server does not answer any more"


def _negative_vector(peer: FaultyClient) -> Doing[str | None]:
    body = codec.encode(types.mtproto.MsgsAck(msg_ids=[]))[:4] + pack("<Ii", _VECTOR, -1)
    yield from peer.send(peer.message(body, content=False), "msgs_ack of -1 ids")
    return None if (yield from is_alive(peer, 32)) else "the server does not answer any more"


def _long_string(peer: FaultyClient) -> Doing[str | None]:
    body = codec.encode(functions.auth.BindTempAuthKey(1, 2, 3, b""))[:-4] + b"\xfe\xff\xff\xff" + bytes(16)
    yield from peer.send(body, "a string that claims 16 MB")
    return None if (yield from is_alive(peer, 33)) else "the server does not answer any more"


def _deep(peer: FaultyClient) -> Doing[str | None]:
    wrapper = codec.encode(functions.InvokeWithoutUpdates(query=functions.help.GetConfig()))[:4]
    body = wrapper * 20_000 + codec.encode(functions.help.GetConfig())
    yield from peer.send(body, "20,000 wrappers around a query")
    if not (yield from is_alive(peer, 34)):
        return "the server does not answer any more"
    return None


def _random_bodies(peer: FaultyClient) -> Doing[str | None]:
    for size in range(4, 204, 4):
        yield from peer.send(peer.entropy(size), "a random body")
    return None if (yield from is_alive(peer, 35)) else "the server does not answer any more"


def _served(framing: str) -> Case:
    return server_case(
        f"server-framing-{framing.replace(' ', '-')}", "TR9", f"A client uses the {framing} framing.",
        _framing(framing), expected="It is served.", risk="Clients with this framing cannot connect.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD, tags=("transport",),
    )  # fmt: skip


_ENDS = "The server ends the connection, and serves others."

CASES = (
    *map(_served, _FRAMINGS),
    works(
        "byte-by-byte",
        "TR9",
        "A packet comes byte by byte.",
        _byte_by_byte,
        expected="It is answered.",
        risk="Slow networks deliver packets in pieces.",
        section=sections.TRANSPORTS,
    ),
    server_case(
        "server-packet-too-long",
        "TR1",
        "A packet of 1 GiB is announced, and sent.",
        _flood,
        expected="The server ends the connection instead of buffering it.",
        risk="Some connections exhaust the memory, without any key.",
        section=sections.TRANSPORTS,
        tags=("transport",),
    ),
    server_case(
        "server-packet-length-zero",
        "TR2",
        "A packet has the length 0.",
        _rejected(bytes(4), "length 0"),
        expected=_ENDS,
        risk="The parser does not go on.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
    ),
    server_case(
        "server-random-stream",
        "TR2",
        "The stream goes on with random bytes.",
        _rejected(bytes(range(7, 250, 3)) * 40, "random bytes"),
        expected=_ENDS,
        risk="The parser does not go on.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
    ),
    server_case(
        "server-full-checksum",
        "TR5",
        "The checksum of the full framing is wrong.",
        lambda peer: _full(peer, crc=1),
        expected="The packet is not accepted.",
        risk="Damage goes unnoticed until the decryption.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
    ),
    server_case(
        "server-full-number",
        "TR5",
        "The packet number of the full framing is wrong.",
        lambda peer: _full(peer, seqno=5),
        expected="The packet is not accepted.",
        risk="Lost and repeated packets go unnoticed.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
    ),
    works(
        "quick-ack",
        "TR4",
        "A packet requests a quick acknowledgement.",
        _quick_ack,
        expected="It is sent.",
        risk="Clients show messages as not sent.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
    ),
    works(
        "giant-vector",
        "TL1",
        "A vector claims 2^31 - 1 items.",
        _giant_vector,
        expected="The server goes on.",
        risk="A small message exhausts memory.",
        section=sections.SERIALIZE,
    ),
    works(
        "negative-vector",
        "TL1",
        "A vector claims -1 items.",
        _negative_vector,
        expected="The server goes on.",
        risk="A negative count is a loop without end.",
        section=sections.SERIALIZE,
    ),
    works(
        "string-beyond-data",
        "TL2",
        "A string claims more bytes than there are.",
        _long_string,
        expected="The server goes on.",
        risk="The parser reads beyond the message.",
        section=sections.SERIALIZE,
    ),
    works(
        "deep-query",
        "TL4",
        "20,000 wrappers stand around a query.",
        _deep,
        expected="The server goes on.",
        risk="Nesting without bound exhausts the stack.",
        section=sections.SERIALIZE,
    ),
    works(
        "random-bodies",
        "TL9",
        "50 messages have random bodies.",
        _random_bodies,
        expected="The server goes on.",
        risk="Any bytes end the connection, or the server.",
        section=sections.SERIALIZE,
        level=Level.SHOULD,
    ),
)
