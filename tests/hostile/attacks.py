"""Attacks, as endless streams of bytes. Each is made with the auth key, unless it says otherwise."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import TypeAlias

from sansio_tl import codec, functions, types
from sansio_tl.limits import Limits
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.role import Role
from tests.helpers.attacker import KEY, Attacker

Stream: TypeAlias = Iterator[bytes]
LIMITS = Limits()
IDS = LIMITS.max_ids_per_message
TOGETHER = LIMITS.max_container_messages
CLIENT, SERVER = Role.CLIENT, Role.SERVER
_VECTOR = 0x1CB5C415
BOMBS = 1 << 16
"""Bytes of a few bombs."""


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack, and the bounds that its cost must keep to."""

    name: str
    victim: Role
    about: str
    make: Callable[[Attacker], Stream]
    size: int | None
    """How many bytes the attack has; None: any number."""
    memory: float
    """The bound on peak memory in megabytes; the tests check it."""
    echo: float
    """The bound on bytes sent in return for each byte; the tests check it."""


_made: dict[str, Attack] = {}


def attack(
    victim: Role, *, size: int | None = None, memory: float = 12.0, echo: float = 2.0
) -> Callable[[Callable[[Attacker], Stream]], Attack]:
    """Register an attack, with its docstring as description."""

    def register(make: Callable[[Attacker], Stream]) -> Attack:
        name = make.__name__.replace("_", " ").removesuffix(" at server")
        made = Attack(name, victim, " ".join((make.__doc__ or "").split()), make, size, memory, echo)
        _made[f"{victim.value}: {name}"] = made
        return made

    return register


# --- lengths ------------------------------------------------------------------------------------------------------


@attack(CLIENT)
def a_giant_packet_is_announced(attacker: Attacker) -> Stream:
    """A packet of 2 GiB is announced (no key needed)."""
    yield struct.pack("<I", 0x7FFFFFF0)
    for _ in count():
        yield bytes(65536)


@attack(CLIENT, size=LIMITS.max_packet_size + 4, memory=36.0)
def the_largest_packet_and_no_more(attacker: Attacker) -> Stream:
    """A packet of 16 MiB, the maximum, in pieces of 64 KiB, that begins with the key id but is not encrypted (only
    the id is needed).
    """
    yield struct.pack("<I", LIMITS.max_packet_size) + KEY.id
    for _ in range(LIMITS.max_packet_size // 65536):
        yield bytes(65536)


@attack(CLIENT, size=1 << 17)
def a_slow_drip(attacker: Attacker) -> Stream:
    """A packet of 16 MiB that never ends, sent byte by byte (only the key id is needed)."""
    for byte in struct.pack("<I", LIMITS.max_packet_size) + KEY.id:
        yield bytes((byte,))
    for _ in count():
        yield b"\0"


@attack(CLIENT)
def a_giant_vector(attacker: Attacker) -> Stream:
    """Messages with a vector that announces two thousand million items."""
    body = codec.encode(types.mtproto.MsgsAck(msg_ids=[]))[:4] + struct.pack("<Ii", _VECTOR, 0x7FFFFFFF) + bytes(16)
    for _ in count():
        yield attacker.packet(body)


@attack(CLIENT)
def a_giant_string(attacker: Attacker) -> Stream:
    """Answers with a string that announces 16 MB."""
    body = codec.encode(types.NearestDc(country="", this_dc=2, nearest_dc=2))[:4] + b"\xfe\xff\xff\xff" + bytes(16)
    for _ in count():
        yield attacker.packet(_result(attacker, body))


# --- containers and gzip ------------------------------------------------------------------------------------------


@attack(CLIENT)
def endless_containers(attacker: Attacker) -> Stream:
    """Containers of 1020 updates, one after the other; each update requires an acknowledgement."""
    body = codec.encode(types.UpdatesTooLong())
    for _ in count():
        yield attacker.container(*(attacker.message(body) for _ in range(TOGETHER)))


@attack(CLIENT)
def a_container_in_a_container(attacker: Attacker) -> Stream:
    """A container inside a container."""
    inner = b"\xdc\xf8\xf1\x73" + struct.pack("<i", 0)
    for _ in count():
        yield attacker.container(*(attacker.message(inner, content=False) for _ in range(TOGETHER)))


@attack(CLIENT, size=BOMBS)
def gzip_bombs(attacker: Attacker) -> Stream:
    """4 MiB of zeros in packets of 4 KB, compressed with gzip."""
    yield from _bombs(attacker, bytes(attacker.inflated))


@attack(CLIENT, size=BOMBS, memory=36.0)
def the_smallest_objects_that_gzip_may_hold(attacker: Attacker) -> Stream:
    """As many updates of 4 bytes in one packet as the limits of size and ratio allow: a million in 140 KB."""
    yield from _bombs(attacker, _small_objects(attacker, attacker.inflated * 96 // 100 // 4))


@attack(CLIENT, size=BOMBS, memory=20.0)
def small_objects_to_be_read_twice(attacker: Attacker) -> Stream:
    """As many such objects as are decoded step by step, with an error at the end that makes this necessary."""
    yield from _bombs(
        attacker, _small_objects(attacker, min(LIMITS.max_objects // 2 - 8, attacker.inflated // 4)) + bytes(4)
    )


def _small_objects(attacker: Attacker, number: int) -> bytes:
    """Updates with so many objects of 4 bytes, and noise, so that it cannot be packed smaller than is believed."""
    reset = codec.encode(types.UpdateContactsReset())
    noise = types.UpdateBotCallbackQuery(
        query_id=1,
        user_id=1,
        peer=types.PeerUser(1),
        msg_id=1,
        chat_instance=1,
        data=attacker.random(4 * number // (LIMITS.max_inflate_ratio - 3)),
    )
    head = codec.encode(types.Updates(updates=[], users=[], chats=[], date=0, seq=0))
    return head[:4] + struct.pack("<Ii", _VECTOR, number + 1) + reset * number + codec.encode(noise) + head[12:]


@attack(CLIENT, size=BOMBS)
def gzip_beyond_the_limit(attacker: Attacker) -> Stream:
    """A packet that would inflate to 64 MiB."""
    yield from _bombs(attacker, bytes(64 << 20))


def _bombs(attacker: Attacker, body: bytes) -> Stream:
    packed = codec.encode(types.mtproto.GzipPacked(gzip.compress(body, 9, mtime=0)))
    for _ in count():
        yield attacker.packet(packed)


# --- messages without sense ---------------------------------------------------------------------------------------


@attack(CLIENT)
def unknown_messages(attacker: Attacker) -> Stream:
    """Messages of unknown constructors, in containers of 1020."""
    for _ in count():
        bodies = (attacker.random(3) + b"\x01" + attacker.random(4) for _ in range(TOGETHER))
        yield attacker.container(*(attacker.message(body) for body in bodies))


@attack(CLIENT)
def answers_to_nothing(attacker: Attacker) -> Stream:
    """Answers to requests that were never made."""
    body = codec.encode(types.NearestDc(country="", this_dc=2, nearest_dc=2))
    for number in count():
        yield attacker.container(*(attacker.message(_answer(number * TOGETHER + n, body)) for n in range(TOGETHER)))


@attack(CLIENT)
def the_same_packet_again(attacker: Attacker) -> Stream:
    """One packet, replayed forever (no key needed)."""
    packet = attacker.packet(types.UpdatesTooLong())
    for _ in count():
        yield packet * 64


@attack(CLIENT, echo=4.0)
def messages_from_the_future(attacker: Attacker) -> Stream:
    """Updates dated a minute ahead, each of which makes the client check its clock offset."""
    notice = types.mtproto.BadMsgNotification(bad_msg_id=attacker.requests[0], bad_msg_seqno=1, error_code=16)
    yield attacker.packet(notice, content=False)  # from now on the client believes to know the time
    attacker.pass_time(60.0)
    for _ in count():
        yield attacker.packet(types.UpdatesTooLong())


@attack(CLIENT)
def rubbish(attacker: Attacker) -> Stream:
    """Random packets with the right key id (no key needed)."""
    for _ in count():
        attacker.wire.send_packet(KEY.id + attacker.random(1024 + 16))
        yield attacker.wire.data_to_send()


# --- service messages ---------------------------------------------------------------------------------------------


@attack(CLIENT)
def acknowledgements_of_nothing(attacker: Attacker) -> Stream:
    """msgs_ack of 8192 messages that were never sent."""
    for _ in count():
        yield attacker.packet(types.mtproto.MsgsAck(msg_ids=list(range(1, 4 * IDS, 4))), content=False)


@attack(CLIENT)
def questions_of_state(attacker: Attacker) -> Stream:
    """msgs_state_req for 8192 messages, repeatedly; each has to be answered."""
    for _ in count():
        yield attacker.packet(types.mtproto.MsgsStateReq(msg_ids=list(range(1, 4 * IDS, 4))))


@attack(CLIENT)
def requests_to_send_again(attacker: Attacker) -> Stream:
    """msg_resend_req for a request of the client, in containers of 1020."""
    while True:
        expected = types.mtproto.MsgResendReq(msg_ids=[attacker.requests[0]])
        yield attacker.container(*(attacker.message(expected) for _ in range(TOGETHER)))


@attack(CLIENT)
def answers_announced(attacker: Attacker) -> Stream:
    """msg_new_detailed_info for answers that do not exist; each is requested."""
    for number in count():
        infos = (
            types.mtproto.MsgNewDetailedInfo(answer_msg_id=attacker.next_id() + 4 * number, bytes=64, status=0)
            for _ in range(TOGETHER)
        )
        yield attacker.container(*(attacker.message(info, content=False) for info in infos))


@attack(CLIENT)
def new_sessions(attacker: Attacker) -> Stream:
    """new_session_created, repeatedly; each requires the client's requests to be sent again."""
    for number in count():
        notices = (
            types.mtproto.NewSessionCreated(
                first_msg_id=attacker.next_id(), unique_id=number * TOGETHER + n, server_salt=n
            )
            for n in range(TOGETHER)
        )
        yield attacker.container(*(attacker.message(notice) for notice in notices))


@attack(CLIENT)
def refusals_of_the_salt(attacker: Attacker) -> Stream:
    """bad_server_salt for the client's requests, each time with another salt."""
    for number in count():
        for request in attacker.requests:
            notice = types.mtproto.BadServerSalt(
                bad_msg_id=request, bad_msg_seqno=1, error_code=48, new_server_salt=number
            )
            yield attacker.packet(notice, content=False)


# --- against the server -------------------------------------------------------------------------------------------


@attack(SERVER)
def a_giant_packet_is_announced_at_server(attacker: Attacker) -> Stream:
    """A packet of 2 GiB is announced (no key needed)."""
    yield b"\xee\xee\xee\xee" + struct.pack("<I", 0x7FFFFFF0)
    for _ in count():
        yield bytes(65536)


@attack(SERVER, size=1 << 17)
def a_slow_drip_at_server(attacker: Attacker) -> Stream:
    """A packet of 1 MiB that never ends, sent byte by byte (only a key id is needed)."""
    for byte in b"\xee\xee\xee\xee" + struct.pack("<I", LIMITS.max_client_packet_size) + KEY.id:
        yield bytes((byte,))
    for _ in count():
        yield b"\0"


@attack(SERVER)
def an_endless_http_header(attacker: Attacker) -> Stream:
    """An HTTP request with an endless header (no key needed)."""
    yield b"POST /api HTTP/1.1\r\nHost: x\r\n"
    for number in count():
        yield b"X-%d: %s\r\n" % (number, b"x" * 1000)


@attack(SERVER, echo=4.0)
def piled_up_http_requests(attacker: Attacker) -> Stream:
    """Pipelined HTTP requests, each of which begins a handshake (no key needed)."""
    head = b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n"
    for _ in count():
        bodies = (codec.encode(functions.mtproto.ReqPqMulti(nonce=attacker.random(16))) for _ in range(16))
        yield b"".join(head + seal_plain(attacker.next_id(), body) for body in bodies)


@attack(SERVER, size=1 << 18, echo=2.5)
def handshakes_begun(attacker: Attacker) -> Stream:
    """req_pq_multi, repeatedly, without a next step (no key needed)."""
    for _ in count():
        body = codec.encode(functions.mtproto.ReqPqMulti(nonce=attacker.random(16)))
        attacker.wire.send_packet(seal_plain(attacker.next_id(), body))
        yield attacker.wire.data_to_send()


@attack(SERVER)
def endless_containers_at_server(attacker: Attacker) -> Stream:
    """Containers of 1020 pings; each has to be answered."""
    for number in count():
        pings = (functions.mtproto.Ping(ping_id=number * TOGETHER + n) for n in range(TOGETHER))
        yield attacker.container(*(attacker.message(ping) for ping in pings))


@attack(SERVER, size=BOMBS)
def gzip_bombs_at_server(attacker: Attacker) -> Stream:
    """Requests of 4 MiB in packets of 4 KB, compressed with gzip."""
    request = codec.encode(functions.help.SaveAppLog(events=[]))[:4]
    number = attacker.inflated // 4
    yield from _bombs(attacker, request + struct.pack("<Ii", _VECTOR, number) + bytes(4 * number))


@attack(SERVER, echo=4.0)
def unknown_messages_at_server(attacker: Attacker) -> Stream:
    """Messages of unknown constructors, in containers of 1020."""
    yield from unknown_messages.make(attacker)


@attack(SERVER, echo=4.0)
def requests_never_acknowledged(attacker: Attacker) -> Stream:
    """Requests in containers of 1020 whose answers are never acknowledged, so that they have to be kept."""
    for _ in count():
        yield attacker.container(*(attacker.message(functions.help.GetNearestDc()) for _ in range(TOGETHER)))


@attack(SERVER, echo=2.5)
def a_session_for_each_message(attacker: Attacker) -> Stream:
    """Each message in a new session."""
    for number in count(100):
        yield attacker.packet(functions.mtproto.Ping(ping_id=1), session=number)


@attack(SERVER)
def deep_wrappers(attacker: Attacker) -> Stream:
    """Nested wrappers of queries, 100,000 deep."""
    wrapper = codec.encode(functions.InvokeWithoutUpdates(query=functions.help.GetConfig()))[:4]
    body = wrapper * 100_000 + codec.encode(functions.help.GetConfig())
    for _ in count():
        yield attacker.packet(body)


@attack(SERVER, size=1 << 17, echo=3.0)
def questions_for_salts(attacker: Attacker) -> Stream:
    """get_future_salts for the maximum number of salts, in containers of 1020."""
    for _ in count():
        expected = functions.mtproto.GetFutureSalts(num=64)
        yield attacker.container(*(attacker.message(expected) for _ in range(TOGETHER)))


@attack(SERVER)
def questions_of_state_at_server(attacker: Attacker) -> Stream:
    """msgs_state_req for 8192 messages, repeatedly; each has to be answered."""
    yield from questions_of_state.make(attacker)


@attack(SERVER)
def rubbish_at_server(attacker: Attacker) -> Stream:
    """Random packets with the right key id (no key needed)."""
    yield from rubbish.make(attacker)


def _answer(msg_id: int, body: bytes) -> bytes:
    return types.mtproto.RpcResult.ID.to_bytes(4, "little") + msg_id.to_bytes(8, "little", signed=True) + body


def _result(attacker: Attacker, body: bytes) -> bytes:
    return _answer(attacker.requests[0], body)


ATTACKS: Mapping[str, Attack] = MappingProxyType(_made)
